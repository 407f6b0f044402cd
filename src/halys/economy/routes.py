"""Ways around a ban: re-export through third economies, and third economies that make what is banned.

**Routes.** Of the varieties that a ban shuts out, share b of the exporter's, some reach the importer through hubs h:

    a_ijs = pi_ijs [(1 − b) (direct cost)^(−theta) + b R_ijs]
    R_ijs = Omega^max(0, 1 − theta/rho) [sum_h omega_h ((1−b_ih)(1−b_hj))^(rho/theta) mu_h^(−rho)]^(theta/rho)
    mu_h  = (1+m_h) delta_h kappa_ih kappa_hj x taxes that measures add on the two legs,    Omega = sum_h omega_h <= 1.

Routes are a nest of elasticity rho inside the exporter's varieties [1]_; spending divides among them as the terms of
the sum do. The capacity Omega bounds what can pass: at rho >= theta exactly Omega of the banned varieties passes where
passing costs nothing, which is why the power of Omega stands before the bracket (without it, routes that replace each
other well would let pass more than their capacity). Where Omega = 1 it is the plain nest. R <= Omega always, and R
rises in each capacity. Each leg's own bans and trade costs count; a route does not pay the direct barriers, which is
its point. At the hub's and the importer's border it pays what measures add to the legs' tariffs and export taxes;
baseline tariffs on the legs are left out (transit is free of duty) and the importer's baseline tariff on the exporter's
own goods stays. The margin m_h is income of the hub, delta_h melts.

**Backfill.** A supplier h makes copies of what is banned and finds no way around at any price, at chi times its own
cost:

    a_hjs gains phi b_ijs (1 − S_ijs) pi_ijs chi^(−theta) (barriers of h's own sales to j),

S_ijs what R would be if passing were free (mu = 1): varieties that pass at a high price are there still, and copies of
them would be varieties from nothing.

References:
    .. [1] McFadden (1978), Modelling the choice of residential location, for nested choice; Allen and Arkolakis (2022),
       Review of Economic Studies 89(6), for choice among routes with a single elasticity.
"""

from __future__ import annotations

from dataclasses import replace
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from halys.economy.baseline import Baseline
from halys.economy.claims import Claims
from halys.economy.shock import Indices, Rents, Routes, Shock

Array = NDArray[np.float64]


class Rerouted(NamedTuple):
    """Trade around bans, a row for each cell and route, of what the importer spends on it per unit of supply x spread.

    cell, hub (n,): flat (industry, exporter, importer) and economy; spent (n,): a; landed, shipped, received (n,): the
    part of it before the importer's duty, at the exporter's border, and of the seller. delivered: the seller's part,
    less what melts on the way.
    """

    cell: Indices
    hub: Indices
    spent: Array
    landed: Array
    shipped: Array
    received: Array
    delivered: Array


def add_claims(
    b: Baseline, theta: Array, shock: Shock, trade: Array, seller: Array
) -> tuple[Array, Array, Claims | None]:
    """Trade and sellers' receipts (industry, exporter, importer) with routes, and the claims on trade of a shock."""
    if shock.rents is None and shock.routes is None:
        return trade, seller, None
    parts = []
    if shock.rents is not None:
        parts.append(_rents(b, shock, shock.rents, seller))
    if shock.routes is not None:
        routed = reroute(b, theta, shock)
        trade, seller = trade.copy(), seller.copy()
        np.add.at(trade.reshape(-1), routed.cell, routed.spent)
        np.add.at(seller.reshape(-1), routed.cell, routed.received)
        parts.append(_charges(b, routed))
    return trade, seller, _gather(b, parts)


class _Rows(NamedTuple):
    cell: Indices
    payee: Indices
    payer: Indices  # −1 for nobody
    value: Array
    floor: Array
    weight: Array
    ceiling: Array


def _rents(b: Baseline, shock: Shock, rents: Rents, seller: Array) -> _Rows:
    count = len(b.value_added)
    value, ceiling = seller.take(rents.cells), rents.ceiling
    if shock.export_tax is not None:  # the ceiling holds at the border, where the price includes the tax
        taxed = 1.0 + shock.export_tax.take(rents.cells)
        value, ceiling = value * taxed, ceiling / taxed
    exporter, importer = rents.cells // count % count, rents.cells % count
    return _Rows(rents.cells, importer, exporter, value, rents.floor, rents.weight, ceiling)


def _charges(b: Baseline, routed: Rerouted) -> _Rows:
    """Duties, margins and export taxes on the way: the seller's receipts leave them out."""
    count = len(b.value_added)
    paid = [
        (routed.cell % count, routed.spent - routed.landed),
        (routed.hub, routed.landed - routed.shipped),
        (routed.cell // count % count, routed.shipped - routed.received),
    ]
    payee, value = (np.concatenate(column) for column in zip(*paid, strict=True))
    cell, rows = np.tile(routed.cell, len(paid)), np.flatnonzero(value)
    one, zero = np.ones(rows.size), np.zeros(rows.size)
    return _Rows(cell[rows], payee[rows], np.full(rows.size, -1), value[rows], one, zero, zero)


def _gather(b: Baseline, parts: list[_Rows]) -> Claims | None:
    rows = _Rows(*(np.concatenate(column) for column in zip(*parts, strict=True)))
    if rows.cell.size == 0:
        return None
    count = len(b.value_added)
    return Claims(
        seller=rows.cell // count,
        buyer=rows.cell // count**2 * count + rows.cell % count,
        value=rows.value,
        floor=rows.floor,
        weight=rows.weight,
        ceiling=rows.ceiling,
        payee=rows.payee,
        payer=rows.payer,
    )


def reroute(b: Baseline, theta: Array, shock: Shock) -> Rerouted:
    """The routes of a shock that carry anything."""
    r = shock.routes
    assert r is not None
    passing, division = _passing(b, theta, shock, r)
    banned = np.zeros(r.cells.size) if shock.ban is None else shock.ban.take(r.cells)
    spent = b.trade_share.take(r.cells) * banned * passing * division
    used = np.flatnonzero(spent > 0)
    cell, hub, spent = r.cells[used], r.hub[used], spent[used]
    first, second = _legs(b, cell, hub)
    duty = _added_duty(b, shock, second)
    if b.tariff is not None:
        duty = duty * (1.0 + b.tariff.take(cell))
    landed = spent / duty
    shipped = landed / ((1.0 + r.margin[used]) * _export_tax(shock, second) * _added_duty(b, shock, first))
    received, melt = shipped / _export_tax(shock, first), r.loss[used]
    if shock.iceberg is not None:
        melt = melt * shock.iceberg.take(first) * shock.iceberg.take(second)
    return Rerouted(cell, hub, spent, landed, shipped, received, received / melt)


def _passing(b: Baseline, theta: Array, shock: Shock, r: Routes) -> tuple[Array, Array]:
    """R of the cell of each route, and the share of the route in what passes there."""
    first, second = _legs(b, r.cells, r.hub)
    mu = (1.0 + r.margin) * r.loss
    open_to = np.ones(r.cells.size)
    for leg in (first, second):
        mu = mu * _added_duty(b, shock, leg) * _export_tax(shock, leg)
        if shock.iceberg is not None:
            mu = mu * shock.iceberg.take(leg)
        if shock.ban is not None:
            open_to = open_to * (1.0 - shock.ban.take(leg))
    own = theta[r.cells // len(b.value_added) ** 2]
    cells, cell = np.unique(r.cells, return_inverse=True)
    least = np.full(cells.size, np.inf)
    np.minimum.at(least, cell, np.where(r.elasticity > 0, r.elasticity, own))
    rho = least[cell]
    with np.errstate(divide="ignore"):  # a route that is shut has the logarithm −inf and the term 0
        term = np.log(r.capacity) + rho / own * np.log(open_to) - rho * np.log(mu)
    highest = np.full(cells.size, -np.inf)
    np.maximum.at(highest, cell, term)
    highest = np.where(np.isfinite(highest), highest, 0.0)[
        cell
    ]  # powers of large elasticities leave the range of floats
    weight = np.exp(term - highest)
    total = np.bincount(cell, weights=weight)[cell]
    capacity = np.bincount(cell, weights=r.capacity)[cell]
    some = total > 0
    safe, power = np.where(some, total, 1.0), own / rho
    passing = np.exp(power * (highest + np.log(safe))) * capacity ** np.maximum(0.0, 1.0 - power)
    return np.where(some, passing, 0.0), weight / safe


def copied(b: Baseline, theta: Array, shock: Shock) -> tuple[Indices, Array]:
    """Cells of the suppliers' own sales (n,), and what each gains there, in shares of baseline purchases.

    A cell has a row for each banned exporter that is replaced there; barriers on the sales come on top.
    """
    fill = shock.backfill
    if fill is None or shock.ban is None:
        return np.zeros(0, dtype=np.intp), np.zeros(0)
    lost = shock.ban.take(fill.cells) * b.trade_share.take(fill.cells)
    if shock.routes is not None:
        r, around = shock.routes, np.zeros(b.trade_share.size)
        free = replace(r, margin=np.zeros(r.cells.size), loss=np.ones(r.cells.size))
        around[r.cells] = _passing(b, theta, Shock(ban=shock.ban), free)[0]
        lost = lost * (1.0 - around[fill.cells])
    gained = fill.share * lost * np.exp(-theta[fill.cells // len(b.value_added) ** 2] * np.log(fill.cost))
    return _legs(b, fill.cells, fill.supplier)[1], gained


def evaded(b: Baseline, theta: Array, shock: Shock) -> tuple[Indices, Array, Array]:
    """Banned cells with routes (n,), each once; R there, and what it would be without losses on the way."""
    r = shock.routes
    if r is None:
        return np.zeros(0, dtype=np.intp), np.zeros(0), np.zeros(0)
    cells, first = np.unique(r.cells, return_index=True)
    passing = _passing(b, theta, shock, r)[0][first]
    free = replace(shock, iceberg=None)
    return cells, passing, _passing(b, theta, free, replace(r, loss=np.ones(r.cells.size)))[0][first]


def _legs(b: Baseline, cells: Indices, hub: Indices) -> tuple[Indices, Indices]:
    """Cells from the exporter to the hub and from the hub to the importer."""
    count = len(b.value_added)
    industry, exporter, importer = cells // count**2, cells // count % count, cells % count
    base = industry * count**2
    return base + exporter * count + hub, base + hub * count + importer


def _added_duty(b: Baseline, shock: Shock, cells: Indices) -> Array:
    """(1+t') / (1+t), at least 1: a duty below that of the baseline is no subsidy to goods in transit."""
    if shock.tariff is None:
        return np.ones(cells.size)
    added = 1.0 + shock.tariff.take(cells)
    if b.tariff is not None:
        added = added / (1.0 + b.tariff.take(cells))
    return np.asarray(np.maximum(added, 1.0))


def _export_tax(shock: Shock, cells: Indices) -> Array:
    return np.ones(cells.size) if shock.export_tax is None else np.maximum(1.0 + shock.export_tax.take(cells), 1.0)
