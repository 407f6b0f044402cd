"""Bounds on political values from observed choices, for a scenario: solves what its histories need, or reads a run."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import xarray as xr

from halys.answer.bounds import describe_bounds, flat_rows
from halys.answer.position import Position, find_position, locate
from halys.economy import EquilibriumStore, open_default_store
from halys.errors import HalysError, InputError
from halys.scenario import Scenario, load_scenario
from halys.solving import Job, solve_batch

Progress = Callable[[int, int, str], None]

COLUMNS: dict[str, str] = {
    "actor": "Whose stake it is",
    "stake": "Id of the stake",
    "label": "The stake in words",
    "beliefs": "stated: at the stated beliefs; some: for some admissible belief; every: for every admissible belief",
    "prior_low": "Low end of the prior range, % of income a year",
    "prior_high": "High end of the prior range, % of income a year",
    "low": "Low end of what the choices leave of the prior range, % of income a year",
    "high": "High end of what the choices leave of the prior range, % of income a year",
    "low_billion": "The low end in billion US dollars a year",
    "high_billion": "The high end in billion US dollars a year",
    "low_once": "The low end in % of one year's income, where the stake accrues once",
    "high_once": "The high end in % of one year's income, where the stake accrues once",
    "revealed_low": "Low end with the prior range of this stake alone lifted; -inf where nothing bounds it",
    "revealed_high": "High end with the prior range of this stake alone lifted; inf where nothing bounds it",
    "narrower": "Whether the choices leave less than the prior range",
    "binding_low": "Comparisons that decide the low end, as observation:move not made",
    "binding_high": "Comparisons that decide the high end, as observation:move not made",
}
"""Columns of the table and what they hold."""


@dataclass(frozen=True, eq=False)
class ObservedBounds:
    """Bounds on stakes from the observed choices of a scenario.

    Attributes:
        scenario: the scenario. data: the bounds in plain data; an infinite end is None beside a flag.
    """

    scenario: Scenario = field(repr=False)
    data: dict[str, Any] = field(repr=False)

    @cached_property
    def table(self) -> pd.DataFrame:
        """One row for each actor, view of its beliefs and stake; `attrs["columns"]` says what columns hold."""
        frame = pd.DataFrame(flat_rows(self.data), columns=list(COLUMNS))
        frame.attrs = {"scenario": self.scenario.id, "unit": self.data["unit"], "columns": dict(COLUMNS)}
        return frame


def solve_bounds(
    scenario: Scenario | str | Path, *, cache: bool = True, progress: Progress | None = None
) -> ObservedBounds:
    """Bounds on the stakes of those whose choices a scenario lists as observed.

    Every distinct set of measures of its histories is solved once, under the first closure that it names.

    Args:
        scenario: a bundled name, a path or a loaded scenario.
        cache: take equilibria that were solved before from the user's cache folder, and keep new ones there.
        progress: called with (done, total, history id) before each solve and once at the end.

    Raises:
        FileError, InputError: the scenario cannot be used, or lists no observed choice.
        InfeasibleError, ConvergenceError: no history has an equilibrium.
    """
    chosen = scenario if isinstance(scenario, Scenario) else load_scenario(scenario)
    check_observed(chosen)
    return _bounds(_solve_position(chosen, open_default_store() if cache else None, progress or _silent))


def read_bounds(scenario: Scenario, results: xr.Dataset) -> ObservedBounds:
    """The same from the results of a run; nothing is solved.

    Raises:
        InputError: the scenario lists no observed choice.
    """
    check_observed(scenario)
    return _bounds(find_position(scenario, results))


def check_observed(scenario: Scenario) -> None:
    """Refuse a scenario that says nothing about choices.

    Raises:
        InputError: it lists no observed choice.
    """
    if not scenario.file.observed:
        raise InputError(
            f"{scenario.name} lists no observed choice. Add a section such as `observed: {{spring: {{label: By spring, "
            "stage: STAGE, move: MOVE}}`; docs/bounds.md has all keys."
        )


def _bounds(position: Position) -> ObservedBounds:
    data = describe_bounds(position)
    assert data is not None  # checked before anything was solved
    return ObservedBounds(position.scenario, data)


def _solve_position(scenario: Scenario, store: EquilibriumStore | None, progress: Progress) -> Position:
    """The game at the reference, from the equilibria of its histories."""
    first, own = scenario.distinct
    closure = scenario.file.closures[0]
    jobs = [Job(tuple(history.instruments), closure, scenario.horizon) for history in first]
    shape = (len(jobs), len(scenario.world.economies))
    change, income = np.full(shape, np.nan), np.full(shape[1], np.nan)
    failures: list[HalysError] = []
    progress(0, len(jobs), first[0].id)
    solved = solve_batch(scenario.world, jobs, lambda o: (o.equivalent_variation, o.income_baseline), store)
    for n, (history, found) in enumerate(zip(first, solved, strict=True)):
        if isinstance(found, HalysError):
            failures.append(found)
        else:
            change[n], income[:] = found
        progress(n + 1, len(jobs), history.id)
    if len(failures) == len(jobs):
        raise failures[0]
    return locate(scenario, change, income, np.array(own, dtype=np.intp))


def _silent(done: int, total: int, history: str) -> None:
    """Progress nobody asked for."""
