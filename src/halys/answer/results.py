"""The results of a scenario as one labelled dataset, and who pays in it.

Dimensions: closure, equilibrium, then economy, industry, exporter, importer or term. Money is billion US dollars a
year. Histories with the same measures lead to the same equilibrium, which is solved and kept once.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
import xarray as xr
from numpy.typing import NDArray

from halys.answer.evidence import describe_evidence
from halys.errors import UnknownNameError, did_you_mean
from halys.outcome import BILLION, Array, Outcome, Variable, coordinates, economy_variables
from halys.scenario import Scenario
from halys.scenario.scenario import History

OUTSIDERS = 3
NOTHING = 1e-6  # changes below, in % or in billions, are what the solver's tolerance leaves, not effects
_DOUBTFUL_SHARE = 0.1
LARGE_DEFICIT = 0.05  # of value added: beyond it the closure decides much, so that a second closure stands beside

Kept = dict[str, Variable]


def reduce_outcome(outcome: Outcome) -> Kept:
    """What a run keeps of one outcome: everything by economy and industry, and trade summed over industries."""
    q, record = outcome.equilibrium, outcome.solver
    billions, pair = q.baseline.money / 1e9, ("exporter", "importer")
    before = q.baseline.pair_flows * billions
    text = "Sales of all products by origin and destination, net of tariffs"
    return {
        **economy_variables(q),
        "trade_flow": Variable(pair, q.flows.sum(axis=0) * billions, text, BILLION),
        "trade_flow_baseline": Variable(pair, before, f"{text}, before the shock", BILLION),
        "steps": Variable((), np.asarray(record.steps), "Steps of the solver", "1"),
        "largest_residual": Variable((), np.asarray(record.largest_residual), "Largest dimensionless residual", "1"),
    }


def collect_results(
    scenario: Scenario, horizon: str, solved: Sequence[Sequence[Kept | None]], own: Sequence[int]
) -> xr.Dataset:
    """One dataset over closures and equilibria, and which equilibrium each history leads to.

    An equilibrium bears the id of the first history that leads to it. Where none exists its numbers are NaN.

    Args:
        horizon: the elasticities in words. solved: for each closure, the reduced outcomes of the distinct problems,
            None where there is no equilibrium. own: for each history, which of these is its own.
    """
    histories = np.array([history.id for history in scenario.histories])
    ids = [str(histories[n]) for n in np.unique(np.array(own), return_index=True)[1]]
    shape_of = next(outcome for outcomes in solved for outcome in outcomes if outcome is not None)
    variables = {}
    for name, first in shape_of.items():
        void = np.full_like(first.values, np.nan, dtype=np.float64)
        values = np.stack([np.stack([void if o is None else o[name].values for o in outcomes]) for outcomes in solved])
        dims: tuple[str, ...] = ("closure", "equilibrium", *first.dims)
        if name.endswith("_baseline"):  # the same in every history
            found = [next((n for n, o in enumerate(outcomes) if o is not None), 0) for outcomes in solved]
            values = np.stack([values[m, n] for m, n in enumerate(found)])
            dims = ("closure", *first.dims)
        variables[name] = Variable(dims, values, first.label, first.units).to_xarray()
    label = {"long_name": "Equilibrium that the history leads to, named by the first history with the same measures"}
    variables["equilibrium_of"] = xr.Variable("history", [ids[n] for n in own], label)
    places = {
        "closure": xr.Variable("closure", list(scenario.file.closures), {"long_name": "How deficits answer"}),
        "history": xr.Variable("history", histories, {"long_name": "History: moves in order"}),
        "equilibrium": xr.Variable("equilibrium", ids, {"long_name": "First history that leads to the equilibrium"}),
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


def select_history(data: xr.Dataset, history: str) -> xr.Dataset:
    """The results of one history.

    Raises:
        UnknownNameError: the run has no such history.
    """
    known = [str(h) for h in data["history"].values]
    if history not in known:
        raise UnknownNameError(f"the run has no history {history!r}.{did_you_mean(history, known)}")
    own = data["equilibrium_of"].sel(history=history).item()
    return data.sel(equilibrium=own, history=history)


def equilibrium_index(data: xr.Dataset) -> NDArray[np.intp]:
    """Position of each history's equilibrium, (history,)."""
    place = {str(e): n for n, e in enumerate(data["equilibrium"].values)}
    return np.array([place[str(e)] for e in data["equilibrium_of"].values], dtype=np.intp)


def who_pays(scenario: Scenario, data: xr.Dataset) -> pd.DataFrame:
    """Real income of actors, hardest-hit outsiders and the world, one row each: % of baseline final spending and
    billion USD.

    Columns: closure, history, kind (actor, outsider, doubtful, world), who, label, percent, billion_usd, doubtful.
    Outsiders are economies of no actor, those that lose most of their own income first. Economies whose final demand
    the table recovers poorly (`World.doubtful`) are not ranked; those that would stand among the outsiders follow under
    their own kind. An actor is doubtful where such economies are more than a tenth of it. A history without an
    equilibrium has no rows.
    """
    changes = data["equivalent_variation"].transpose("closure", "equilibrium", "economy").values
    incomes = data["final_spending_baseline"].transpose("closure", "economy").values
    payers = _Payers(scenario, np.array(data["economy"].values))
    own, rows = equilibrium_index(data), []
    for closure, by_equilibrium, income in zip(data["closure"].values, changes, incomes, strict=True):
        found = [payers.rows(change, income) for change in by_equilibrium]
        for history, n in zip(data["history"].values, own, strict=True):
            rows += [{"closure": str(closure), "history": str(history), **row} for row in found[n]]
    return pd.DataFrame(rows, columns=["closure", "history", *PAYER_COLUMNS])


PAYER_COLUMNS = ("kind", "who", "label", "percent", "billion_usd", "doubtful")


class _Payers:
    """Who is listed for an equilibrium: actors, outsiders by rank, those not ranked, the world."""

    def __init__(self, scenario: Scenario, codes: NDArray[np.str_]) -> None:
        actors = scenario.actor_economies
        inside = [code for members in actors.values() for code in members]
        self.scenario, self.codes = scenario, codes
        self.doubtful = np.isin(codes, scenario.world.doubtful)
        self.masks = {name: np.isin(codes, members) for name, members in actors.items()}
        self.outside = ~np.isin(codes, inside)

    def rows(self, change: Array, income: Array) -> list[dict[str, Any]]:
        """From the equivalent variation and baseline final spending (economy,), billion US dollars."""
        if np.isnan(change).any():
            return []
        share, codes, world = change / income, self.codes, self.scenario.world
        ranked = [j for j in np.argsort(share, kind="stable") if self.outside[j]]
        worst = [j for j in ranked if not self.doubtful[j]][:OUTSIDERS]
        apart = [j for j in ranked if self.doubtful[j] and share[j] < 0 and (not worst or share[j] < share[worst[-1]])]
        groups = [("actor", name, self.scenario.file.actors[name].label, mask) for name, mask in self.masks.items()]
        groups += [("outsider", codes[j], world.name_of(codes[j]), codes == codes[j]) for j in worst]
        groups += [("doubtful", codes[j], world.name_of(codes[j]), codes == codes[j]) for j in apart]
        everyone = np.ones(codes.shape, dtype=bool)
        rows = []
        for kind, who, label, mask in [*groups, ("world", "world", "World", everyone)]:
            amount, size = float(change[mask].sum()), float(income[mask].sum())
            doubt = bool(income[mask & self.doubtful].sum() > _DOUBTFUL_SHARE * size)
            cells = (kind, str(who), label, 100.0 * amount / size, amount, doubt)
            rows.append(dict(zip(PAYER_COLUMNS, cells, strict=True)))
        return rows


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
    return "; ".join(f"{scenario.movers[s]}: {scenario.file.moves[s][m].label}" for s, m in history.moves)


def summarize(scenario: Scenario, data: xr.Dataset, run_hash: str, version: str) -> dict[str, Any]:
    """The run in plain data, the content of `summary.json`. Nothing in it depends on time or machine."""
    payers: dict[tuple[str, str, str], list[dict[str, Any]]] = {}
    for r in who_pays(scenario, data).itertuples():
        row = {name: getattr(r, name) for name in ("who", "label", "percent", "billion_usd", "doubtful")}
        payers.setdefault((str(r.closure), str(r.history), str(r.kind)), []).append(row)
    residuals = data["largest_residual"].transpose("closure", "equilibrium").values
    own = equilibrium_index(data)
    histories = []
    for n, history in enumerate(scenario.histories):
        closures = {
            closure: {
                kind: payers.get((closure, history.id, kind), []) for kind in ("actor", "outsider", "doubtful", "world")
            }
            | {"largest_residual": None if np.isnan(residuals[m, own[n]]) else float(residuals[m, own[n]])}
            for m, closure in enumerate(scenario.file.closures)
        }
        entry = {
            "id": history.id,
            "moves": dict(history.moves),
            "label": describe_history(scenario, history),
            "equilibrium": str(data["equilibrium_of"].values[n]),
            "closures": closures,
        }
        histories.append(entry)
    file = scenario.file
    return {
        "format": 1,
        "halys": version,
        "hash": run_hash,
        "scenario": {"id": file.id, "title": file.title, "question": file.question},
        "world": {
            "id": scenario.world.id,
            "title": scenario.world.title,
            "hash": scenario.world.hash,
            "file": scenario.world_file,
        },
        "world_note": scenario.world.note,
        "dossier": scenario.dossier_file,
        "evidence": None if scenario.dossier is None else describe_evidence(scenario.dossier),
        "horizon": data.attrs["horizon"],
        "closures": list(file.closures),
        "units": {"percent": "% of baseline final spending", "billion_usd": "billion USD a year, equivalent variation"},
        "exposed_actors": exposed_actors(scenario),
        "histories": histories,
        "notes": [*file.notes, *(f"Not modelled: {text}" for text in file.not_modelled)],
    }
