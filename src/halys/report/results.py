"""The results of a scenario as one labelled dataset, and who pays in it.

Dimensions: closure, history, then economy, industry, exporter, importer or term. Money is billion US dollars a year.
Histories with the same measures are solved once and point to the same numbers.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
import xarray as xr

from halys.outcome import Outcome
from halys.scenario import Scenario
from halys.scenario.scenario import History

OUTSIDERS = 3
LARGE_DEFICIT = 0.05  # of value added: beyond it the closure decides much, so that a second closure stands beside

_KEPT = (
    "real_income",
    "equivalent_variation",
    "real_wage",
    "wage",
    "consumer_price",
    "terms_of_trade",
    "final_spending",
    "final_spending_baseline",
    "tariff_revenue",
    "export_tax_revenue",
    "transfer_received",
    "deficit",
    "decomposition",
    "price",
    "producer_price",
    "output",
    "output_baseline",
    "value_added",
    "value_added_baseline",
)


def reduce_outcome(outcome: Outcome) -> xr.Dataset:
    """What a run keeps of one outcome: everything by economy and industry, and trade summed over industries."""
    kept = outcome.data[list(_KEPT)]
    for name in ("trade_flow", "trade_flow_baseline"):
        flow = outcome.data[name].sum("industry", keep_attrs=True)
        flow.attrs["long_name"] = flow.attrs["long_name"].replace("Sales of the product", "Sales of all products")
        kept[name] = flow
    kept["steps"] = ((), outcome.solver.steps, {"long_name": "Steps of the solver", "units": "1"})
    residual = outcome.solver.largest_residual
    kept["largest_residual"] = ((), residual, {"long_name": "Largest dimensionless residual", "units": "1"})
    return kept


def collect_results(
    scenario: Scenario, closures: Sequence[str], solved: Sequence[Sequence[xr.Dataset]], sources: Sequence[int]
) -> xr.Dataset:
    """One dataset over closures and histories.

    Args:
        solved: for each closure, the reduced outcomes of the distinct problems.
        sources: for each history, which of these is its own.
    """
    ids = [history.id for history in scenario.histories]
    per_closure = []
    for outcomes in solved:
        stacked = xr.concat(
            [outcomes[n] for n in sources], dim=pd.Index(ids, name="history"), combine_attrs="drop_conflicts"
        )
        per_closure.append(stacked)
    data = xr.concat(per_closure, dim=pd.Index(list(closures), name="closure"), combine_attrs="drop_conflicts")
    for name in data.data_vars:  # a baseline is the same in every history
        if str(name).endswith("_baseline"):
            data[name] = data[name].isel(history=0, drop=True)
    data["history"].attrs["long_name"] = "History: moves in order"
    data["closure"].attrs["long_name"] = "How deficits answer"
    first = [ids[sources.index(n)] for n in sources]
    data["solved_as"] = (
        "history",
        first,
        {"long_name": "First history with the same measures, whose solution this is"},
    )
    for name in ("solver_status", "largest_residual", "closure"):
        data.attrs.pop(name, None)
    data.attrs |= {"title": scenario.file.title, "scenario": scenario.id}
    return data


def who_pays(scenario: Scenario, data: xr.Dataset) -> pd.DataFrame:
    """Real income of actors, hardest-hit outsiders and the world, one row each: % of baseline final spending and
    billion USD.

    Columns: closure, history, kind (actor, outsider, world), who, label, percent, billion_usd. Outsiders are economies
    of no actor, those that lose most of their own income first.
    """
    actors = scenario.actor_economies
    inside = {code for codes in actors.values() for code in codes}
    codes = np.array(data["economy"].values)
    masks = {name: np.isin(codes, members) for name, members in actors.items()}
    outside = np.flatnonzero(~np.isin(codes, list(inside)))
    groups = [("actor", name, actor.label, masks[name]) for name, actor in scenario.file.actors.items()]
    rows: list[dict[str, Any]] = []
    for closure in data["closure"].values:
        spending = data["final_spending_baseline"].sel(closure=closure).values
        for history in data["history"].values:
            change = data["equivalent_variation"].sel(closure=closure, history=history).values
            worst = outside[np.argsort(change[outside] / spending[outside], kind="stable")[:OUTSIDERS]]
            outsiders = [
                ("outsider", str(codes[j]), scenario.world.name_of(str(codes[j])), codes == codes[j]) for j in worst
            ]
            for kind, who, label, mask in [
                *groups,
                *outsiders,
                ("world", "world", "World", np.ones(codes.shape, dtype=bool)),
            ]:
                amount = float(change[mask].sum())
                percent = 100.0 * amount / float(spending[mask].sum())
                row = {"kind": kind, "who": who, "label": label, "percent": percent, "billion_usd": amount}
                rows.append({"closure": str(closure), "history": str(history), **row})
    return pd.DataFrame(rows)


def exposed_actors(scenario: Scenario) -> list[str]:
    """Actors whose trade deficit or surplus exceeds 5 % of their value added, for whom the closure matters."""
    world = scenario.world
    found = []
    for name, codes in scenario.actor_economies.items():
        at = world.positions(codes)
        if abs(world.deficit[at].sum()) > LARGE_DEFICIT * world.value_added[at].sum():
            found.append(name)
    return found


def describe_history(scenario: Scenario, history: History) -> str:
    """The moves of a history in words."""
    if not history.moves:
        return "Measures in force"
    actors = {stage.id: scenario.file.actors[stage.actor].label for stage in scenario.file.stages}
    return "; ".join(f"{actors[s]}: {scenario.file.moves[s][m].label}" for s, m in history.moves)


def summarize(scenario: Scenario, data: xr.Dataset, run_hash: str, version: str) -> dict[str, Any]:
    """The run in plain data, the content of `summary.json`. Nothing in it depends on time or machine."""
    table = who_pays(scenario, data)
    histories = []
    for history in scenario.histories:
        entry: dict[str, Any] = {
            "id": history.id,
            "moves": dict(history.moves),
            "label": describe_history(scenario, history),
            "solved_as": str(data["solved_as"].sel(history=history.id).item()),
            "closures": {},
        }
        for closure in scenario.file.closures:
            rows = table[(table.closure == closure) & (table.history == history.id)]
            entry["closures"][closure] = {
                kind: [
                    {"who": r.who, "label": r.label, "percent": r.percent, "billion_usd": r.billion_usd}
                    for r in rows[rows.kind == kind].itertuples()
                ]
                for kind in ("actor", "outsider", "world")
            } | {"largest_residual": float(data["largest_residual"].sel(closure=closure, history=history.id))}
        histories.append(entry)
    file = scenario.file
    return {
        "format": 1,
        "halys": version,
        "hash": run_hash,
        "scenario": {"id": file.id, "title": file.title, "question": file.question},
        "world": {"id": scenario.world.id, "title": scenario.world.title, "hash": scenario.world.hash},
        "horizon": data.attrs["horizon"],
        "closures": list(file.closures),
        "units": {"percent": "% of baseline final spending", "billion_usd": "billion USD a year, equivalent variation"},
        "exposed_actors": exposed_actors(scenario),
        "histories": histories,
        "notes": list(file.notes),
    }
