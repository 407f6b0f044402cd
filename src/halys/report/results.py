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

from halys.outcome import BILLION, Outcome, Variable, coordinates, economy_variables
from halys.scenario import Scenario
from halys.scenario.scenario import History

OUTSIDERS = 3
_DOUBTFUL_SHARE = 0.1
LARGE_DEFICIT = 0.05  # of value added: beyond it the closure decides much, so that a second closure stands beside

Kept = dict[str, Variable]


def reduce_outcome(outcome: Outcome) -> Kept:
    """What a run keeps of one outcome: everything by economy and industry, and trade summed over industries."""
    q, record = outcome.equilibrium, outcome.solver
    billions, pair = q.baseline.money / 1e9, ("exporter", "importer")
    before = q.baseline.flows.sum(axis=0) * billions
    text = "Sales of all products by origin and destination, net of tariffs"
    return {
        **economy_variables(q),
        "trade_flow": Variable(pair, q.flows.sum(axis=0) * billions, text, BILLION),
        "trade_flow_baseline": Variable(pair, before, f"{text}, before the shock", BILLION),
        "steps": Variable((), np.asarray(record.steps), "Steps of the solver", "1"),
        "largest_residual": Variable((), np.asarray(record.largest_residual), "Largest dimensionless residual", "1"),
    }


def collect_results(
    scenario: Scenario, horizon: str, solved: Sequence[Sequence[Kept]], own: Sequence[int]
) -> xr.Dataset:
    """One dataset over closures and histories.

    Args:
        horizon: the elasticities in words. solved: for each closure, the reduced outcomes of the distinct problems.
        own: for each history, which of these is its own.
    """
    ids, closures = [history.id for history in scenario.histories], list(scenario.file.closures)
    variables = {}
    for name, first in solved[0][0].items():
        if name.endswith("_baseline"):  # the same in every history
            values = np.stack([outcomes[0][name].values for outcomes in solved])
            dims: tuple[str, ...] = ("closure", *first.dims)
        else:
            values = np.stack([np.stack([outcomes[n][name].values for n in own]) for outcomes in solved])
            dims = ("closure", "history", *first.dims)
        variables[name] = Variable(dims, values, first.label, first.units).to_xarray()
    label = {"long_name": "First history with the same measures, whose solution this is"}
    variables["solved_as"] = xr.Variable("history", [ids[own.index(n)] for n in own], label)
    places = {
        "closure": xr.Variable("closure", closures, {"long_name": "How deficits answer"}),
        "history": xr.Variable("history", ids, {"long_name": "History: moves in order"}),
        **coordinates(scenario.world),
    }
    attributes = {
        "title": scenario.file.title,
        "scenario": scenario.id,
        "world": scenario.world.id,
        "world_hash": scenario.world.hash,
        "horizon": horizon,
        "numeraire": "world factor income",
        "note": scenario.world.note,
    }
    return xr.Dataset(variables, places, attributes)


def who_pays(scenario: Scenario, data: xr.Dataset) -> pd.DataFrame:
    """Real income of actors, hardest-hit outsiders and the world, one row each: % of baseline final spending and
    billion USD.

    Columns: closure, history, kind (actor, outsider, doubtful, world), who, label, percent, billion_usd, doubtful.
    Outsiders are economies of no actor, those that lose most of their own income first. Economies whose final demand
    the table recovers poorly (`World.doubtful`) are not ranked; those that would stand among the outsiders follow under
    their own kind. An actor is doubtful where such economies are more than a tenth of it.
    """
    world, actors = scenario.world, scenario.actor_economies
    inside = {code for codes in actors.values() for code in codes}
    codes = np.array(data["economy"].values)
    doubtful = np.isin(codes, world.doubtful)
    masks = {name: np.isin(codes, members) for name, members in actors.items()}
    outside = ~np.isin(codes, list(inside))
    everyone = np.ones(codes.shape, dtype=bool)
    changes = data["equivalent_variation"].transpose("closure", "history", "economy").values
    incomes = data["final_spending_baseline"].transpose("closure", "economy").values
    rows: list[dict[str, Any]] = []
    for closure, by_history, income in zip(data["closure"].values, changes, incomes, strict=True):
        for history, change in zip(data["history"].values, by_history, strict=True):
            share = change / income
            ranked = [j for j in np.argsort(share, kind="stable") if outside[j]]
            worst = [j for j in ranked if not doubtful[j]][:OUTSIDERS]
            apart = [j for j in ranked if doubtful[j] and share[j] < 0 and (not worst or share[j] < share[worst[-1]])]
            groups = [("actor", name, scenario.file.actors[name].label, mask) for name, mask in masks.items()]
            groups += [("outsider", codes[j], world.name_of(codes[j]), codes == codes[j]) for j in worst]
            groups += [("doubtful", codes[j], world.name_of(codes[j]), codes == codes[j]) for j in apart]
            for kind, who, label, mask in [*groups, ("world", "world", "World", everyone)]:
                amount, size = float(change[mask].sum()), float(income[mask].sum())
                row = {"kind": kind, "who": str(who), "label": label, "percent": 100.0 * amount / size}
                row |= {"billion_usd": amount, "doubtful": bool(income[mask & doubtful].sum() > _DOUBTFUL_SHARE * size)}
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
    payers: dict[tuple[str, str, str], list[dict[str, Any]]] = {}
    for r in who_pays(scenario, data).itertuples():
        row = {name: getattr(r, name) for name in ("who", "label", "percent", "billion_usd", "doubtful")}
        payers.setdefault((str(r.closure), str(r.history), str(r.kind)), []).append(row)
    residuals = data["largest_residual"].transpose("closure", "history").values
    histories = []
    for n, history in enumerate(scenario.histories):
        closures = {
            closure: {
                kind: payers.get((closure, history.id, kind), []) for kind in ("actor", "outsider", "doubtful", "world")
            }
            | {"largest_residual": float(residuals[m, n])}
            for m, closure in enumerate(scenario.file.closures)
        }
        entry = {
            "id": history.id,
            "moves": dict(history.moves),
            "label": describe_history(scenario, history),
            "solved_as": str(data["solved_as"].values[n]),
            "closures": closures,
        }
        histories.append(entry)
    file = scenario.file
    return {
        "format": 1,
        "halys": version,
        "hash": run_hash,
        "scenario": {"id": file.id, "title": file.title, "question": file.question},
        "world": {"id": scenario.world.id, "title": scenario.world.title, "hash": scenario.world.hash},
        "world_note": scenario.world.note,
        "horizon": data.attrs["horizon"],
        "closures": list(file.closures),
        "units": {"percent": "% of baseline final spending", "billion_usd": "billion USD a year, equivalent variation"},
        "exposed_actors": exposed_actors(scenario),
        "histories": histories,
        "notes": list(file.notes),
    }
