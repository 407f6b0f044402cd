"""Long and short run side by side: a few histories under both horizons, over ranges of θ and both closures of
deficits.

Elasticities decide the size of every number, and no study settles them. A result is therefore solved at the central
elasticities of each horizon, at the ends of the ranges that the file or the published set that it names gives, and
always at what is in print: in the short run 0.75 and 2, an assumption; in the long run 1 in every industry, if one
believes estimates from tariffs alone (Boehm, Levchenko and Pandalai-Nayar 2023: 0.75 to 1.25).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any, Literal, NamedTuple

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from halys.answer.results import exposed_actors, select_history
from halys.economy import Closure, Horizon, load_elasticity_sets
from halys.economy.elasticity_sets import theta_ends
from halys.errors import HalysError
from halys.measures import Number, Quantity, as_quantity
from halys.scenario import Scenario
from halys.scenario.scenario import horizon_of
from halys.scenario.schema import HorizonSpec

Array = NDArray[np.float64]
Run = Literal["long", "short"]
RUNS: tuple[Run, Run] = ("long", "short")

SHORT_RANGE = theta_ends("short")  # of θ in the short run
_BY_INDUSTRY = "θ by industry"
(LONG_LOW,) = theta_ends("long")  # θ in every industry, if one believes estimates from tariffs alone


class View(NamedTuple):
    """One set of elasticities: of which run, whether it is the central one, in words, and the horizon itself."""

    run: Run
    central: bool
    words: str
    horizon: Horizon


class Found(NamedTuple):
    """Equivalent variation and its base, baseline final spending, (economy,) in billion US dollars a year."""

    change: Array
    income: Array


class Beside(NamedTuple):
    """All histories at the central elasticities of the run that stands beside, under the first closure.

    change: (equilibrium, economy), NaN where there is none; income: (economy,), both in billion US dollars a year.
    """

    change: Array
    income: Array


SolveViews = Callable[[Sequence[tuple[Horizon, Closure, int]]], Sequence[Found | HalysError]]
"""From horizon, closure and the number of a distinct set of measures to what is found, or why there is nothing."""


def list_views(scenario: Scenario) -> tuple[View, ...]:
    """The elasticities under which headline results are solved, those of the long run first."""
    specs = sorted((scenario.file.horizon, scenario.beside), key=lambda spec: RUNS.index(spec.name))
    return tuple(view for spec in specs for view in _views(spec))


def _views(spec: HorizonSpec) -> list[View]:
    """The central elasticities, the ends of the ranges that the file or a published set gives, and published ones."""
    central, found = horizon_of(spec), list[tuple[str, Horizon]]()
    theta, factor = spec.trade_elasticity, spec.trade_elasticity_factor
    if isinstance(theta, Quantity):
        found += [(f"θ {x:g}", replace(central, trade_elasticity=x)) for x in _ends(theta)]
    elif isinstance(theta, dict):
        found += [(f"θ at its {end} ends", replace(central, trade_elasticity=each)) for end, each in _each(theta)]
    elif spec.trade_elasticity_set is not None:
        own = load_elasticity_sets()[spec.trade_elasticity_set].range
        found += [(f"θ {x:g}", replace(central, trade_elasticity=x)) for x in own or ()]
    if isinstance(factor, Quantity):
        found += [(f"θ times {x:g}", replace(central, trade_elasticity_factor=x)) for x in _ends(factor)]
    published = (LONG_LOW,) if spec.name == "long" else SHORT_RANGE
    found += [
        (f"θ {x:g} in every industry", replace(central, trade_elasticity=x, trade_elasticity_factor=1.0))
        for x in published
    ]
    distinct = {horizon: words for words, horizon in reversed(found) if horizon != central}
    return [
        View(spec.name, True, _words(spec), central),
        *(View(spec.name, False, words, horizon) for horizon, words in reversed(distinct.items())),
    ]


def _ends(number: Quantity) -> list[float]:
    return [end for end in (number.low, number.high) if end is not None and end != number.value]


def _each(theta: Mapping[str, Number]) -> list[tuple[str, dict[str, float]]]:
    """Elasticities by industry, all at the low ends of their ranges, then all at the high ones."""
    quantities = {code: as_quantity(number) for code, number in theta.items()}
    return [
        (end, {code: q.value if (x := getattr(q, end)) is None else x for code, q in quantities.items()})
        for end in ("low", "high")
        if any(getattr(q, end) is not None for q in quantities.values())
    ]


def _words(spec: HorizonSpec) -> str:
    """The central θ in a few words."""
    horizon = horizon_of(spec)
    given, factor = horizon.trade_elasticity, horizon.trade_elasticity_factor
    own = f"θ {given:g}" if isinstance(given, int | float) else f"θ {given}" if isinstance(given, str) else _BY_INDUSTRY
    return own if factor == 1.0 else f"{own} times {factor:g}"


def describe_horizons(
    scenario: Scenario,
    results: xr.Dataset,
    histories: Sequence[Mapping[str, Any]],
    solve: SolveViews,
    rows: Sequence[Mapping[str, Any]] | None = None,
    *,
    whole: bool = False,
) -> tuple[dict[str, Any], Beside | None]:
    """Changes of real income in some histories, long and short run beside each other.

    Args:
        results: of the run, at the scenario's own horizon. histories: `history`, `role` and `title` of each.
        solve: solves what the run has not.
        rows: `who`, `label` and `kind` of actors and economies to show, `economies` of one of kind economy; default
            the actors and the world.
        whole: solve every history at the central elasticities of the run beside.

    Returns:
        The record, and with `whole` what it takes to play the game on the run beside; None where nothing was found.
        The record holds `views` (run, central, words, horizon), `closures`, `histories`, `failed` and `rows`, each with
        one `values` per history: for each run `percent` and `billion` at the central elasticities, `low` and `high` per
        cent over all of that run, and `closures` with the same under other closures; None where there is none.
    """
    views, closures = list_views(scenario), _closures(scenario)
    number = [scenario.distinct[1][scenario.row_of(str(h["history"]))] for h in histories]
    asked = [
        (view, closure, n)
        for view in views
        for closure in (closures if view.central else closures[:1])
        for n in dict.fromkeys(number)
    ]
    known = {(v.horizon, c, n): f for v, c, n in asked if (f := _solved(scenario, results, v, c, n)) is not None}
    wanted = [(v.horizon, c, n) for v, c, n in asked if (v.horizon, c, n) not in known]
    other = next(view.horizon for view in views if view.central and view.run != scenario.file.horizon.name)
    count = len(scenario.distinct[0]) if whole else 0
    wanted = list(dict.fromkeys([*wanted, *((other, closures[0], n) for n in range(count))]))
    found = known | dict(zip(wanted, solve(wanted), strict=True))
    table = _Table(scenario, views, closures, found)
    record = {
        "main": scenario.file.horizon.name,
        "views": [
            {"run": v.run, "central": v.central, "words": v.words, "horizon": v.horizon.describe()} for v in views
        ],
        "closures": list(closures),
        "histories": [dict(h) for h in histories],
        "rows": [table.row(row, number) for row in (usual_rows(scenario) if rows is None else rows)],
        "failed": [
            {
                "history": str(histories[number.index(n)]["history"]),
                "run": v.run,
                "words": v.words,
                "closure": c,
                **error.as_record(),
            }
            for v, c, n in asked
            if isinstance(error := found[v.horizon, c, n], HalysError)
        ],
    }
    return record, _beside([found[other, closures[0], n] for n in range(count)])


def _beside(found: Sequence[Found | HalysError]) -> Beside | None:
    solved = [one for one in found if not isinstance(one, HalysError)]
    if not solved:
        return None
    void = np.full_like(solved[0].change, np.nan)
    return Beside(np.stack([void if isinstance(f, HalysError) else f.change for f in found]), solved[0].income)


def _closures(scenario: Scenario) -> tuple[Closure, ...]:
    """Those of the scenario; where an actor's balance is large, one without deficits or with, beside a sole one."""
    named = tuple(scenario.file.closures)
    if len(named) > 1 or not exposed_actors(scenario):
        return named
    return (*named, "fixed" if named[0] == "balanced" else "balanced")


def _solved(scenario: Scenario, results: xr.Dataset, view: View, closure: Closure, number: int) -> Found | None:
    """What the run itself has solved."""
    if view.horizon != scenario.horizon or closure not in results["closure"].values:
        return None
    first = scenario.distinct[0][number].id
    own = select_history(results, first).sel(closure=closure)
    change = np.asarray(own["equivalent_variation"].values)
    if np.isnan(change).any():
        return None  # it has no equilibrium: solved again, it says why
    return Found(change, np.asarray(own["final_spending_baseline"].values))


def usual_rows(scenario: Scenario) -> list[dict[str, Any]]:
    """Actors and the world."""
    rows = [
        {"kind": "actor", "who": name, "label": scenario.file.actors[name].label} for name in scenario.actor_economies
    ]
    return [*rows, {"kind": "world", "who": "world", "label": "World"}]


class _Table:
    """Sums over the economies of a row, for each run."""

    def __init__(
        self,
        scenario: Scenario,
        views: Sequence[View],
        closures: Sequence[Closure],
        found: Mapping[tuple[Horizon, Closure, int], Found | HalysError],
    ) -> None:
        self.scenario, self.views, self.closures, self.found = scenario, views, closures, found

    def row(self, row: Mapping[str, Any], number: Sequence[int]) -> dict[str, Any]:
        at = self._positions(row)
        values = [{run: self._cell(run, n, at) for run in RUNS} for n in number]
        return {"kind": row["kind"], "who": row["who"], "label": row["label"], "values": values}

    def _positions(self, row: Mapping[str, Any]) -> NDArray[np.intp]:
        world, actors = self.scenario.world, self.scenario.actor_economies
        if row["kind"] == "actor":
            return world.positions(actors[row["who"]])
        if row["kind"] == "economy":
            return world.positions(row["economies"])
        if row["kind"] == "rest":
            inside = np.concatenate([world.positions(codes) for codes in actors.values()])
            return np.setdiff1d(np.arange(len(world.economies)), inside)
        return np.arange(len(world.economies)) if row["kind"] == "world" else world.positions(row["who"])

    def _cell(self, run: Run, n: int, at: NDArray[np.intp]) -> dict[str, Any] | None:
        own = [view for view in self.views if view.run == run]
        central = self._sum(own[0], self.closures[0], n, at)
        if central is None:
            return None
        ends = [x for view in own if (x := self._sum(view, self.closures[0], n, at)) is not None]
        others = {c: self._sum(own[0], c, n, at) for c in self.closures[1:]}
        percents = [x["percent"] for x in ends]
        return {**central, "low": min(percents), "high": max(percents), "closures": others}

    def _sum(self, view: View, closure: Closure, n: int, at: NDArray[np.intp]) -> dict[str, float] | None:
        found = self.found[view.horizon, closure, n]
        if isinstance(found, HalysError):
            return None
        amount = float(found.change[at].sum())
        return {"percent": 100.0 * amount / float(found.income[at].sum()), "billion": amount}
