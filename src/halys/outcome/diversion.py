"""Trade diversion of an outcome, labelled: who replaces the suppliers that measures hit."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from halys.economy import Equilibrium
from halys.economy.diversion import (
    Diverted,
    Mask,
    hit_cells,
    purchases_by_origin,
    real_purchases,
    split_change,
)
from halys.errors import InputError
from halys.world import World
from halys.world.groups import EVERYTHING
from halys.world.model import Selection

Array = NDArray[np.float64]
COLUMNS = (
    "industry", "exporter", "kind", "value_baseline", "value", "value_change", "quantity", "quantity_change",
    "diversion_ratio",
)  # fmt: skip


@dataclass(frozen=True, eq=False)
class Diversion:
    """What buyers lost from the suppliers that were hit, and who replaced it. Billion US dollars a year.

    Attributes:
        table: one row for each industry (`all` together unless split), exporter and kind (hit; other: abroad, not hit;
            home: the buyers' own suppliers); columns in docs/outcome.md.
        quantity: the change at baseline prices; value: at current prices. `lost` = `gained_abroad` + `gained_home` +
            `net_fall`, in each.
        real_fall: fall of purchases at buyers' prices, at constant prices of the product: units of different origins
            count by what they are worth to buyers, so that it differs from the net fall of units.
    """

    table: pd.DataFrame
    quantity: Diverted
    value: Diverted
    real_fall: float

    def __repr__(self) -> str:
        q = self.quantity
        return (
            f"<Diversion, billion USD a year at baseline prices: lost {q.lost:.4g}, gained by others abroad "
            f"{q.gained_abroad:.4g}, at home {q.gained_home:.4g}, net fall {q.net_fall:.4g}; real fall "
            f"{self.real_fall:.4g}>"
        )


def find_diversion(
    world: World,
    q: Equilibrium,
    importers: Selection,
    industries: Selection,
    exporters: Selection | None,
    by_industry: bool,
) -> Diversion:
    """See `Outcome.diversion`."""
    buyers, kinds = world.positions(importers), world.positions(industries, "industry")
    home = np.arange(len(world.economies))[:, None] == buyers[None, :]  # (exporter, buyer)
    hit = _hit(world, q, buyers, kinds, exporters) & ~home
    if exporters is not None and not hit.any():
        raise InputError(
            f"{world.economies[buyers[0]]} is the only supplier named and the only buyer, but diversion is from "
            f"suppliers abroad. Name other economies, a group, or {EVERYTHING!r}."
        )
    billions = q.baseline.money / 1e9
    bought = purchases_by_origin(q, kinds, buyers)
    before, value, quantity = (x * billions for x in bought)
    wanted, got = real_purchases(q, kinds, buyers)
    every_home = np.broadcast_to(home, hit.shape)
    rows: list[dict[str, Any]] = []
    for name, chosen in _parts(world, kinds, by_industry):
        lost = split_change((quantity - before)[chosen], hit[chosen], every_home[chosen]).lost
        cells = {"hit": hit[chosen], "other": ~hit[chosen] & ~every_home[chosen], "home": every_home[chosen]}
        for kind, mask in cells.items():
            sums = [np.where(mask, x[chosen], 0.0).sum(axis=(0, 2)) for x in (before, value, quantity)]
            rows += _rows(world, name, kind, sums, lost)
    return Diversion(
        table=pd.DataFrame(rows, columns=list(COLUMNS)),
        quantity=split_change(quantity - before, hit, every_home),
        value=split_change(value - before, hit, every_home),
        real_fall=float((wanted - got).sum() * billions),
    )


def _hit(
    world: World, q: Equilibrium, buyers: NDArray[np.intp], kinds: NDArray[np.intp], exporters: Selection | None
) -> Mask:
    """(industry, exporter, buyer): the suppliers named, or the trade that the measures hit."""
    everyone = np.arange(len(world.economies))
    if exporters is not None:
        named = np.isin(everyone, world.positions(exporters))
        return np.broadcast_to(named[None, :, None], (len(kinds), len(everyone), len(buyers))).copy()
    hit = hit_cells(q.shock, q.baseline.tariff)
    found = None if hit is None else hit[np.ix_(kinds, everyone, buyers)]
    if found is None or not found.any():
        caps = " A price cap moves income and limits no sales." if q.shock.rents is not None else ""
        raise InputError(
            f"no measure puts a barrier or a tax on this trade, so nobody was hit.{caps} Name the suppliers with "
            "exporters=..."
        )
    return found


def _parts(world: World, kinds: NDArray[np.intp], by_industry: bool) -> Iterator[tuple[str, slice]]:
    if not by_industry:
        yield "all", slice(None)
        return
    for n, s in enumerate(kinds):
        yield world.industries[s], slice(n, n + 1)


def _rows(world: World, industry: str, kind: str, sums: list[Array], lost: float) -> Iterator[dict[str, Any]]:
    """One for each exporter with sales before or after."""
    before, value, quantity = sums
    for i in np.flatnonzero((before != 0) | (value != 0)):
        change = float(quantity[i] - before[i])
        ratio = change / lost if lost > 0 and kind != "hit" else float("nan")
        numbers = (before[i], value[i], value[i] - before[i], quantity[i], change, ratio)
        yield dict(zip(COLUMNS, (industry, world.economies[i], kind, *map(float, numbers)), strict=True))
