"""Trade diversion: who replaces the suppliers that measures hit, and what is not replaced at all.

Purchases of one product by one importer are split into those from suppliers that were hit, from others abroad and from
home. With q = value over the rise of the price that is paid at the border, delivered, so that quantities are at
baseline prices, and Δ new less baseline,

    lost by those hit = gained by others abroad + gained by home + net fall of all purchases,

in quantities and in values alike. Units of different origins are not one good to buyers: the fall of what they get is
that of spending over the price index of the product, X (X^ / P^ − 1), told apart. The diversion ratio of another
supplier is its gain over what those hit lost [1]_; with that of home and the net fall they sum to 1. Quantities of
different origins and products are added at baseline prices (Laspeyres). What takes a detour around a ban counts as
bought from its exporter; copies of what is banned count as bought from their maker.

References:
    .. [1] Viner (1950), The Customs Union Issue, for the term; Conlon and Mortimer (2021), Empirical properties of
       diversion ratios, RAND Journal of Economics 52(4), for the ratio.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from halys.economy.baseline import Baseline
from halys.economy.equilibrium import Equilibrium
from halys.economy.routes import copied
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
    b, c, shock = q.baseline, q.coefficients, q.shock
    cells = np.ix_(industries, np.arange(len(b.income)), importers)
    cost = np.exp(q.solution.evaluation.log_cost.T)[:, :, None]
    quantity = q.direct_flows / cost
    if shock.iceberg is not None:
        quantity /= shock.iceberg
    if shock.export_tax is not None:
        quantity /= 1.0 + shock.export_tax
    if shock.backfill is not None:  # copies cost more than their makers' own goods
        made, gained, factor = _copies(b, c.theta, shock)
        quantity.reshape(-1)[made] *= 1.0 - gained * (1.0 - 1.0 / factor)
    if q.detours is not None:
        per_unit = np.broadcast_to(cost, quantity.shape).take(q.detours.cell)
        np.add.at(quantity.reshape(-1), q.detours.cell, q.detours.delivered / per_unit)
    return Purchases(b.flows[cells], q.flows[cells], quantity[cells])


def _copies(b: Baseline, theta: Array, shock: Shock) -> tuple[Indices, Array, Array]:
    """Cells (n,) that sell copies of what is banned, the share of copies in their sales, and their mean cost factor."""
    assert shock.backfill is not None
    cells, gained = copied(b, theta, shock)
    each, place = np.unique(cells, return_inverse=True)
    copies, cheap = (np.bincount(place, weights=w) for w in (gained, gained / shock.backfill.cost))
    some = copies > 0
    share = copies[some] / (b.trade_share.take(each[some]) + copies[some])
    return each[some], share, copies[some] / cheap[some]


def real_purchases(q: Equilibrium, industries: Indices, importers: Indices) -> tuple[Array, Array]:
    """Purchases of each product (importers, industries) at buyers' prices, before, and after at baseline prices.

    The latter is spending over the price index of the product: what it is worth to buyers.
    """
    cells = np.ix_(importers, industries)
    spent = (q.solution.purchases * q.baseline.bought)[cells]
    price = np.where(q.baseline.bought, np.exp(q.solution.log_price), 1.0)[cells]
    return q.baseline.purchases[cells], spent / price


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
