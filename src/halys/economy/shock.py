"""`Shock`: what every instrument of statecraft compiles to.

Arrays are new levels on (industry, exporter, importer); None stands for the baseline level everywhere.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from halys.errors import InputError

Array = NDArray[np.float64]
Indices = NDArray[np.intp]

RESTING = {"iceberg": 1.0, "tariff": 0.0, "export_tax": 0.0, "ban": 0.0, "transfer": 0.0, "productivity": 1.0}


@dataclass(frozen=True, eq=False)
class Shock:
    """Changes of policy and technology.

    Attributes:
        iceberg: kappa (industry, exporter, importer), factor on the cost of delivery, finite and > 0; baseline 1.
        tariff: t', new ad-valorem tariff levied by the importer, > −1; None keeps the baseline tariff.
        export_tax: e', new ad-valorem export tax levied by the exporter, > −1; baseline 0.
        ban: b, share of the exporter's varieties shut out, in [0, 1]; 1 is an exact embargo; baseline 0.
        transfer: net transfer received (economy,), US dollars a year in the numeraire, sums to 0; baseline 0.
        productivity: A (economy, industry), factor on productivity, finite and > 0; baseline 1.
    """

    iceberg: Array | None = None
    tariff: Array | None = None
    export_tax: Array | None = None
    ban: Array | None = None
    transfer: Array | None = None
    productivity: Array | None = None

    def __post_init__(self) -> None:
        # NaN passes none of the comparisons, and the least and the largest value hand it on.
        rules: list[tuple[str, Callable[[float, float], bool], str]] = [
            ("iceberg", lambda low, high: low > 0 and high < np.inf, "finite and > 0 (a full embargo is ban = 1)"),
            ("tariff", lambda low, high: low > -1 and high < np.inf, "finite and > -1"),
            ("export_tax", lambda low, high: low > -1 and high < np.inf, "finite and > -1"),
            ("ban", lambda low, high: low >= 0 and high <= 1, "in [0, 1]"),
            ("transfer", lambda low, high: low > -np.inf and high < np.inf, "finite"),
            ("productivity", lambda low, high: low > 0 and high < np.inf, "finite and > 0"),
        ]
        for name, holds, allowed in rules:
            values = getattr(self, name)
            if values is None:
                continue
            if not holds(values.min(), values.max()):
                raise InputError(f"{name} of a shock must be {allowed}.")
            view = values.view()  # read-only here, while the caller's own array stays as it is
            view.setflags(write=False)
            object.__setattr__(self, name, view)
        if self.transfer is not None and abs(self.transfer.sum()) > 1e-9 * max(np.abs(self.transfer).sum(), 1.0):
            raise InputError("transfers must sum to zero: what one economy gives another receives.")

    def changed(self, name: str, resting: Array | float) -> Indices:
        """Flat indices, in order, of the cells of an array of the shock that differ from a resting level."""
        values: Array | None = getattr(self, name)
        return np.zeros(0, dtype=np.intp) if values is None else np.flatnonzero(values != resting)
