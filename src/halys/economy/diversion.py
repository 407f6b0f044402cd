"""Trade diversion: who replaces the suppliers that measures hit, and what is not replaced at all.

Purchases of one product by one importer are split into those from suppliers that were hit, from others abroad and from
home. With q = value over the rise of the price that is paid at the border, delivered, so that quantities are at
baseline prices, and Δ new less baseline,

    lost by those hit = gained by others abroad + gained by home + net fall of all purchases,

in quantities and in values alike. The diversion ratio of another supplier is its gain over what those hit lost [1]_;
with that of home and the net fall they sum to 1. Quantities of different origins and products are added at baseline
prices (Laspeyres).

References:
    .. [1] Viner (1950), The Customs Union Issue, for the term; Conlon and Mortimer (2021), Empirical properties of
       diversion ratios, RAND Journal of Economics 52(4), for the ratio.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from halys.economy.equilibrium import Equilibrium
from halys.economy.shock import RESTING, Shock

Array = NDArray[np.float64]
Indices = NDArray[np.intp]
Mask = NDArray[np.bool_]


class Purchases(NamedTuple):
    """Purchases (industry, exporter, importer) net of tariffs, in world value added."""

    value_baseline: Array
    value: Array
    quantity: Array  # at baseline prices; the baseline quantity is the baseline value


def purchases_by_origin(q: Equilibrium, industries: Indices, importers: Indices) -> Purchases:
    """What importers buy from everyone, before and after a shock: (industries, exporter, importers)."""
    cells = np.ix_(industries, np.arange(len(q.baseline.income)), importers)
    value = q.flows[cells]
    cost = np.exp(q.solution.evaluation.log_cost.T)[industries][:, :, None]
    price = np.broadcast_to(cost, value.shape)
    if q.shock.iceberg is not None:
        price = price * q.shock.iceberg[cells]
    if q.shock.export_tax is not None:
        price = price * (1.0 + q.shock.export_tax[cells])
    return Purchases(q.baseline.flows[cells], value, value / price)


def hit_cells(shock: Shock, baseline_tariff: Array | None) -> Mask | None:
    """(industry, exporter, importer): trade on which a shock puts a barrier or a tax; None where there is none."""
    hit: Mask | None = None
    for name in ("ban", "iceberg", "tariff", "export_tax"):
        levels: Array | None = getattr(shock, name)
        if levels is None:
            continue
        resting = baseline_tariff if name == "tariff" and baseline_tariff is not None else RESTING[name]
        found = np.asarray(levels > resting)
        hit = found if hit is None else hit | found
    return hit


class Diverted(NamedTuple):
    """What those hit lost and where it went; each number may be negative. `lost` is the sum of the other three."""

    lost: float
    gained_abroad: float
    gained_home: float
    net_fall: float


def split_change(change: Array, hit: Mask, home: Mask) -> Diverted:
    """Split changes of purchases (any shape) by whether a cell was hit, is sales at home, or neither."""
    return Diverted(
        lost=-float(change[hit].sum()),
        gained_abroad=float(change[~hit & ~home].sum()),
        gained_home=float(change[home & ~hit].sum()),
        net_fall=-float(change.sum()),
    )
