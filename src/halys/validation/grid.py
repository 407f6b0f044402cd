"""Experiments at the elasticities of both horizons: one batch of equilibria, and figures with their ranges."""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import brentq

from halys.economy import Closure, Horizon, theta_ends
from halys.errors import HalysError
from halys.measures import Ban, Measure
from halys.outcome import Outcome
from halys.solving import Job, solve_batch, solve_job
from halys.validation.record import Figure
from halys.world import World

LONG, SHORT = "long run", "short run"
LONG_THETA = (*theta_ends("long"), 5.0)  # beside the elasticities by product; 5 is theirs for services, everywhere
SHORT_THETA = theta_ends("short")  # beside the horizon's own, 1

Economies = str | Sequence[str]
At = Callable[[str, str], float]
"""Real income in per cent, of an experiment and a target."""


@dataclass(frozen=True)
class Experiment:
    """Measures and the closure under which their equilibrium is found."""

    measures: Sequence[Measure]
    closure: Closure = "fixed"


def horizons() -> Mapping[str, tuple[Horizon, ...]]:
    """The horizons of each column. The first gives the figure, all give its range."""
    return {
        LONG: (Horizon.long(), *(Horizon.long(theta) for theta in LONG_THETA)),
        SHORT: (Horizon.short(), *(replace(Horizon.short(), trade_elasticity=theta) for theta in SHORT_THETA)),
    }


def cut_off(
    some: str | list[str], others: str | list[str], industries: str = "all", coverage: float = 1.0
) -> list[Measure]:
    """A ban both ways."""
    pairs = ((some, others), (others, some))
    return [Ban(exporters=i, importers=j, industries=industries, coverage=coverage) for i, j in pairs]


class _Kept(NamedTuple):
    """Real income of the targets, per cent, and the point of the solution."""

    income: Mapping[str, float]
    point: NDArray[np.float64]


class Grid:
    """Real income of each target in each experiment, at each horizon."""

    def __init__(self, world: World, experiments: Mapping[str, Experiment], targets: Mapping[str, Economies]) -> None:
        self._world, self._experiments, self._targets = world, experiments, targets
        self._horizons = horizons()
        self._found: dict[tuple[str, str, int], _Kept] = {}
        self._solve((0,))
        self._solve(range(1, max(map(len, self._horizons.values()))))

    def _solve(self, numbers: Sequence[int]) -> None:
        """Solve the horizons of these numbers in each column, side by side.

        All but a column's first start from its solution and, where deficits are fixed, share its preconditioner: the
        horizons of a column differ in trade elasticities only. Columns take turns, because every second job is solved
        in another process (`solve_batch`): so each column's preconditioners are made once.
        """
        jobs = {
            (name, column, n): self._job(name, column, n)
            for n in numbers
            for name in self._experiments
            for column, listed in self._horizons.items()
            if n < len(listed)
        }

        def keep(outcome: Outcome) -> _Kept:
            income = {target: outcome.total(economies).percent for target, economies in self._targets.items()}
            return _Kept(income, outcome.equilibrium.solution.point)

        for (key, job), found in zip(jobs.items(), solve_batch(self._world, list(jobs.values()), keep), strict=True):
            if isinstance(found, HalysError):
                raise type(found)(f"{key[0]}, {job.horizon.describe()}: {found}")
            self._found[key] = found

    def _job(self, name: str, column: str, n: int) -> Job:
        experiment, first = self._experiments[name], self._horizons[column][0]
        job = Job(tuple(experiment.measures), experiment.closure, self._horizons[column][n])
        if n == 0:
            return job
        near = first if experiment.closure == "fixed" else None
        return replace(job, start=self._found[name, column, 0].point, near=near)

    def at(self, column: str, n: int = 0) -> At:
        """Real income in per cent at the n-th horizon of a column."""
        return lambda experiment, target: self._found[experiment, column, n].income[target]

    def figures(self, value: Callable[[At], float]) -> dict[str, Figure]:
        """A number that follows from the experiments, in each column, with its range."""
        out = {}
        for column, listed in self._horizons.items():
            values = [value(self.at(column, n)) for n in range(len(listed))]
            out[column] = Figure(values[0], min(values), max(values))
        return out

    def income(self, experiment: str, target: str) -> dict[str, Figure]:
        """The change of a target's real income, per cent."""
        return self.figures(lambda at: at(experiment, target))


class Path:
    """Real income of one target along a path of experiments and horizons, each solved from the one before.

    The horizons of a path leave factors as mobile as the first does.
    """

    def __init__(self, world: World, target: Economies) -> None:
        self._world, self._target = world, target
        self._first: Horizon | None = None
        self._point: NDArray[np.float64] | None = None

    def income(self, experiment: Experiment, horizon: Horizon) -> float:
        """Per cent.

        Raises:
            ConvergenceError, InfeasibleError: there is no equilibrium, or it was not found.
        """
        near = self._first if experiment.closure == "fixed" else None
        job = Job(tuple(experiment.measures), experiment.closure, horizon, start=self._point, near=near)
        outcome = solve_job(self._world, job)
        self._first, self._point = self._first or horizon, outcome.equilibrium.solution.point
        return outcome.total(self._target).percent


def uniform(theta: float) -> Horizon:
    """The long run with one trade elasticity throughout."""
    return Horizon.long(theta)


@dataclass(frozen=True)
class Search:
    """Which elasticity brings a target's real income to what is in print.

    Attributes:
        target: whose income.
        low, high: the elasticities between which it is looked for, above 0.
        make: the horizon with such an elasticity; factors are as mobile at each of them.
    """

    world: World
    experiment: Experiment
    target: Economies
    low: float
    high: float
    make: Callable[[float], Horizon] = uniform

    @functools.cached_property
    def _income(self) -> Callable[[float], float]:
        path = Path(self.world, self.target)
        return functools.cache(lambda x: path.income(self.experiment, self.make(x)))

    def income(self, x: float) -> float:
        """Real income at an elasticity, per cent."""
        return self._income(x)

    def find(self, wanted: float) -> float | None:
        """The elasticity at which the income is the wanted one; None if the ends lie on one side of it.

        Losses are nearly proportional to the reciprocal of an elasticity, in which it is looked for.
        """
        ends = 1.0 / self.high, 1.0 / self.low
        found = find_number(lambda x: self.income(1.0 / x), wanted, *ends)
        return None if found is None else 1.0 / found


def find_number(income: Callable[[float], float], wanted: float, low: float, high: float) -> float | None:
    """Where a continuous function between low and high takes the wanted value, to 2e-4; None if the ends lie on one
    side of it."""

    @functools.cache
    def gap(x: float) -> float:
        return income(x) - wanted

    if gap(low) * gap(high) > 0:
        return None
    return float(brentq(gap, low, high, xtol=2e-4))
