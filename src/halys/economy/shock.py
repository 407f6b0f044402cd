"""`Shock`: what every instrument of statecraft compiles to.

Arrays are new levels on (industry, exporter, importer); None stands for the baseline level everywhere.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields, replace

import numpy as np
from numpy.typing import NDArray

from halys.errors import InputError

Array = NDArray[np.float64]
Indices = NDArray[np.intp]
_LARGEST = float(np.finfo(np.float64).max)

RESTING = {
    "iceberg": 1.0,
    "tariff": 0.0,
    "export_tax": 0.0,
    "ban": 0.0,
    "transfer": 0.0,
    "productivity": 1.0,
    "gifts": 0.0,
    "origin_nest": 1.0,
}
TABLES = ("rents", "routes", "backfill")
"""Fields of a shock that are tables: one row for each cell, or cell and economy, that they touch."""


def _require(what: str, values: Array, low: float, high: float, allowed: str) -> None:
    if values.size and not (values.min() >= low and values.max() <= high):  # NaN passes neither comparison
        raise InputError(f"{what} of a shock must be {allowed}.")


def _require_parts(what: str, cells: Indices, share: Array) -> None:
    """Shares of the same cell are parts of a whole."""
    place = np.unique(cells, return_inverse=True)[1]
    if cells.size and np.bincount(place, weights=share).max() > 1.0 + 1e-12:
        raise InputError(f"{what} of a shock must sum to at most 1 on each cell.")


class _Table(ABC):
    """What the tables share: columns of one length, read-only."""

    def __post_init__(self) -> None:
        lengths = {getattr(self, column.name).shape for column in fields(self)}  # type: ignore[arg-type]
        if len(lengths) != 1 or len(next(iter(lengths))) != 1:
            raise InputError(f"the columns of {type(self).__name__} must be vectors of one length; given {lengths}.")
        for column in fields(self):  # type: ignore[arg-type]
            view = getattr(self, column.name).view()
            view.setflags(write=False)
            object.__setattr__(self, column.name, view)
        self._check()

    @abstractmethod
    def _check(self) -> None:
        """Refuse columns out of range: InputError."""


@dataclass(frozen=True, eq=False)
class Rents(_Table):
    """Rents that move from the exporter to the importer of n cells, the price at the margin unchanged.

    The part of the value of the flow (at the exporter's border) that moves is max(floor, weight (1 − ceiling / c)), c
    the exporter's price relative to the baseline. Rows of the same cell add up (`halys.measures.ceilings`).

    Attributes:
        cells: flat indices of (industry, exporter, importer).
        floor: stated share, in [0, 1]. weight: share of the flow that a ceiling holds for, in [0, 1]. The larger of
            the two sums to at most 1 on each cell.
        ceiling: the highest price allowed over the exporter's baseline price, finite and >= 0.
    """

    cells: Indices
    floor: Array
    weight: Array
    ceiling: Array

    def _check(self) -> None:
        _require("rents.floor", self.floor, 0.0, 1.0, "in [0, 1]")
        _require("rents.weight", self.weight, 0.0, 1.0, "in [0, 1]")
        _require("rents.ceiling", self.ceiling, 0.0, _LARGEST, "finite and >= 0")
        _require_parts("rents.floor and rents.weight", self.cells, np.maximum(self.floor, self.weight))

    def part(self, share: float) -> Rents:
        """The same with a part of the rents."""
        return replace(self, floor=share * self.floor, weight=share * self.weight)


@dataclass(frozen=True, eq=False)
class Routes(_Table):
    """Ways around a ban through third economies; see `halys.economy.routes`.

    Attributes:
        cells: flat indices of the banned (industry, exporter, importer); a cell has a row for each of its routes.
        hub: position of the economy that the route leads through.
        capacity: omega, share of the banned varieties that can take the route, in [0, 1]; of a cell at most 1.
        margin: m >= 0, kept by the hub, as a share of the price before it. loss: delta >= 1, lost on the way.
        elasticity: rho > 0 between routes; 0 stands for the trade elasticity of the industry.
    """

    cells: Indices
    hub: Indices
    capacity: Array
    margin: Array
    loss: Array
    elasticity: Array

    def _check(self) -> None:
        _require("routes.capacity", self.capacity, 0.0, 1.0, "in [0, 1]")
        _require("routes.margin", self.margin, 0.0, _LARGEST, "finite and >= 0")
        _require("routes.loss", self.loss, 1.0, _LARGEST, "finite and >= 1")
        _require("routes.elasticity", self.elasticity, 0.0, _LARGEST, "finite and >= 0")
        _require_parts("routes.capacity", self.cells, self.capacity)


@dataclass(frozen=True, eq=False)
class Backfill(_Table):
    """Banned varieties that a third economy makes instead.

    Attributes:
        cells: flat indices of the banned (industry, exporter, importer); a cell has a row for each of its suppliers.
        supplier: position of the economy that makes them.
        share: phi, part of what is banned and finds no way around, in [0, 1]; of a cell at most 1.
        cost: chi >= 1, cost of a copy over that of the supplier's own goods.
    """

    cells: Indices
    supplier: Indices
    share: Array
    cost: Array

    def _check(self) -> None:
        _require("backfill.share", self.share, 0.0, 1.0, "in [0, 1]")
        _require("backfill.cost", self.cost, 1.0, _LARGEST, "finite and >= 1")
        _require_parts("backfill.share", self.cells, self.share)


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
        gifts: (economy, industry), US dollars a year in the numeraire, finite: what an economy buys in its own market
            to give it away, beside its own consumption; negative for what it is given in place of buying it; baseline
            0. They need not sum to zero: a gift may be of no use to the recipient's consumption.
        origin_nest: (industry, importer), factor on the sum over origins that the price of a product is made of, finite
            and > 0; baseline 1. Bans of whole customs lines need it (`halys.measures.lines`).
        rents, routes, backfill: price caps, ways around bans and replacements of what is banned; None for none.
        touched: by the name of an array its only cells (flat, in order) that may differ from the baseline; an array
            that is not named may differ anywhere.
    """

    iceberg: Array | None = None
    tariff: Array | None = None
    export_tax: Array | None = None
    ban: Array | None = None
    transfer: Array | None = None
    productivity: Array | None = None
    gifts: Array | None = None
    origin_nest: Array | None = None
    rents: Rents | None = None
    routes: Routes | None = None
    backfill: Backfill | None = None
    touched: Mapping[str, Indices] = field(default_factory=dict, repr=False)

    def __post_init__(self) -> None:
        # NaN passes none of the comparisons, and the least and the largest value hand it on.
        rules: list[tuple[str, Callable[[float, float], bool], str]] = [
            ("iceberg", lambda low, high: low > 0 and high < np.inf, "finite and > 0 (a full embargo is ban = 1)"),
            ("tariff", lambda low, high: low > -1 and high < np.inf, "finite and > -1"),
            ("export_tax", lambda low, high: low > -1 and high < np.inf, "finite and > -1"),
            ("ban", lambda low, high: low >= 0 and high <= 1, "in [0, 1]"),
            ("transfer", lambda low, high: low > -np.inf and high < np.inf, "finite"),
            ("productivity", lambda low, high: low > 0 and high < np.inf, "finite and > 0"),
            ("gifts", lambda low, high: low > -np.inf and high < np.inf, "finite"),
            ("origin_nest", lambda low, high: low > 0 and high < np.inf, "finite and > 0"),
        ]
        for name, holds, allowed in rules:
            values = getattr(self, name)
            if values is None:
                continue
            given = values.take(self.touched[name]) if name in self.touched else values
            if given.size and not holds(given.min(), given.max()):
                raise InputError(f"{name} of a shock must be {allowed}.")
            view = values.view()  # read-only here, while the caller's own array stays as it is
            view.setflags(write=False)
            object.__setattr__(self, name, view)
        if self.transfer is not None and abs(self.transfer.sum()) > 1e-9 * max(np.abs(self.transfer).sum(), 1.0):
            raise InputError("transfers must sum to zero: what one economy gives another receives.")

    def changed(self, name: str, resting: Array | float) -> Indices:
        """Flat indices, in order, of the cells of an array of the shock that differ from a resting level."""
        values: Array | None = getattr(self, name)
        if values is None:
            return np.zeros(0, dtype=np.intp)
        if name not in self.touched:
            return np.flatnonzero(values != resting)
        cells = self.touched[name]
        before = resting.take(cells) if isinstance(resting, np.ndarray) else resting
        return np.asarray(cells[values.take(cells) != before])
