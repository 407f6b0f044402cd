"""Who pays, beside each other in the histories that the answer speaks of."""

from __future__ import annotations

from typing import Any

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from halys.answer.position import Position
from halys.answer.results import OUTSIDERS, select_history

Array = NDArray[np.float64]
MEMBERS = 3  # of each actor of several economies, those hit hardest


def describe_payers(position: Position, data: xr.Dataset, histories: list[dict[str, str]]) -> dict[str, Any]:
    """Rows of actors, their members hit hardest, outsiders hit hardest, all others and the world; a cell per history.

    Members and outsiders are ranked by the last of the histories. Economies that the table recovers poorly are not
    ranked; those that would stand before the first outsider are `unranked`.

    Args:
        histories: `history`, `role` and `title` of each column.
    """
    scenario, world = position.scenario, position.scenario.world
    first = data.isel(closure=0)
    income = np.asarray(first["final_spending_baseline"].values)
    changes = [np.asarray(select_history(first, h["history"])["equivalent_variation"].values) for h in histories]
    codes = np.array(data["economy"].values)
    trusted = ~np.isin(codes, world.doubtful)
    share = changes[-1] / income

    def row(kind: str, who: str, label: str, at: NDArray[np.intp]) -> dict[str, Any]:
        size = float(income[at].sum())
        amounts = [float(change[at].sum()) for change in changes]
        values = [{"percent": 100.0 * amount / size, "billion": amount} for amount in amounts]
        return {"kind": kind, "who": who, "label": label, "values": values}

    def ranked(among: NDArray[np.bool_], count: int) -> list[int]:
        chosen = np.flatnonzero(among & trusted)
        return [int(j) for j in chosen[np.argsort(share[chosen], kind="stable")][:count]]

    rows, inside = [], np.zeros(len(codes), dtype=bool)
    for name, members in scenario.actor_economies.items():
        at = world.positions(members)
        inside[at] = True
        rows.append(row("actor", name, scenario.file.actors[name].label, at))
    for name, members in scenario.actor_economies.items():
        if len(members) > MEMBERS:
            among = np.isin(codes, members)
            rows += [
                {**row("member", str(codes[j]), world.name_of(str(codes[j])), np.array([j])), "of": name}
                for j in ranked(among, MEMBERS)
            ]
    outside = ranked(~inside, OUTSIDERS)
    rows += [row("outsider", str(codes[j]), world.name_of(str(codes[j])), np.array([j])) for j in outside]
    if not inside.all():
        rows.append(row("rest", "rest", "Everyone else", np.flatnonzero(~inside)))
    rows.append(row("world", "world", "World", np.arange(len(codes))))
    bar = min((share[j] for j in outside), default=0.0)
    apart = [int(j) for j in np.flatnonzero(~trusted & (share < bar))]
    unranked = [row("unranked", str(codes[j]), world.name_of(str(codes[j])), np.array([j])) for j in apart]
    return {"histories": histories, "rows": rows, "unranked": unranked}


def measure_waverers(
    position: Position, data: xr.Dataset, pairs: list[dict[str, Any]], most: int
) -> list[dict[str, Any]]:
    """What joining costs each member of the partners, hardest first: % of its own income and billion US dollars.

    Args:
        pairs: for each partner `actor`, and the histories in which it has `joined` and stays `apart`.
    """
    world, first = position.scenario.world, data.isel(closure=0)
    income = first["final_spending_baseline"].values
    found = []
    for pair in pairs:
        joined, apart = (
            select_history(first, pair[which])["equivalent_variation"].values for which in ("joined", "apart")
        )
        for code in position.scenario.actor_economies[pair["actor"]]:
            if code in world.doubtful:
                continue
            j = int(world.positions(code)[0])
            cost = float(joined[j] - apart[j])
            found.append(
                {
                    "who": code,
                    "label": world.name_of(code),
                    "actor": pair["actor"],
                    "cost_percent": 100.0 * cost / float(income[j]),
                    "cost_billion": cost,
                }
            )
    return sorted(found, key=lambda w: w["cost_percent"])[:most]
