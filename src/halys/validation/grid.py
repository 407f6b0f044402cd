"""Experiments at the elasticities of both horizons: one batch of equilibria, and figures with their ranges."""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from scipy.optimize import brentq

from halys.economy import Closure, Horizon
from halys.errors import HalysError
from halys.measures import Ban, Measure
from halys.outcome import Outcome
from halys.solving import Job, solve_batch
from halys.validation.record import Figure
from halys.world import World

LONG, SHORT = "long run", "short run"
LONG_THETA = (1.0, 5.0)  # beside the elasticities by product
SHORT_THETA = (0.75, 2.0)  # beside the horizon's own, 1

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


class Grid:
    """Real income of each target in each experiment, at each horizon."""

    def __init__(self, world: World, experiments: Mapping[str, Experiment], targets: Mapping[str, Economies]) -> None:
        columns = horizons()
        jobs = {
            (name, column, n): Job(tuple(experiment.measures), experiment.closure, horizon)
            for column, listed in columns.items()
            for n, horizon in enumerate(listed)
            for name, experiment in experiments.items()
        }

        def keep(outcome: Outcome) -> dict[str, float]:
            return {target: outcome.total(economies).percent for target, economies in targets.items()}

        self._columns = {column: len(listed) for column, listed in columns.items()}
        self._found: dict[tuple[str, str, int], dict[str, float]] = {}
        for (key, job), found in zip(jobs.items(), solve_batch(world, list(jobs.values()), keep), strict=True):
            if isinstance(found, HalysError):
                raise type(found)(f"{key[0]}, {job.horizon.describe()}: {found}")
            self._found[key] = found

    def at(self, column: str, n: int = 0) -> At:
        """Real income in per cent at the n-th horizon of a column."""
        return lambda experiment, target: self._found[experiment, column, n][target]

    def figures(self, value: Callable[[At], float]) -> dict[str, Figure]:
        """A number that follows from the experiments, in each column, with its range."""
        out = {}
        for column, count in self._columns.items():
            values = [value(self.at(column, n)) for n in range(count)]
            out[column] = Figure(values[0], min(values), max(values))
        return out

    def income(self, experiment: str, target: str) -> dict[str, Figure]:
        """The change of a target's real income, per cent."""
        return self.figures(lambda at: at(experiment, target))


def solve_income(world: World, experiment: Experiment, horizon: Horizon, target: Economies) -> float:
    """Real income of one target, per cent, at one horizon."""
    job = Job(tuple(experiment.measures), experiment.closure, horizon)
    (found,) = solve_batch(world, [job], lambda outcome: outcome.total(target).percent)
    if isinstance(found, HalysError):
        raise found
    return found


def uniform(theta: float) -> Horizon:
    """The long run with one trade elasticity throughout."""
    return Horizon.long(theta)


@dataclass(frozen=True)
class Search:
    """Which elasticity brings a target's real income to what is in print.

    Attributes:
        target: whose income.
        low, high: the elasticities between which it is looked for.
        make: the horizon with such an elasticity.
    """

    world: World
    experiment: Experiment
    target: Economies
    low: float
    high: float
    make: Callable[[float], Horizon] = uniform

    def income(self, x: float) -> float:
        """Real income at an elasticity, per cent."""
        return solve_income(self.world, self.experiment, self.make(x), self.target)

    def find(self, wanted: float) -> float | None:
        """The elasticity at which the income is the wanted one; None if the ends lie on one side of it."""
        return find_number(self.income, wanted, self.low, self.high)


def find_number(income: Callable[[float], float], wanted: float, low: float, high: float) -> float | None:
    """Where a continuous function between low and high takes the wanted value, to 1e-3; None if the ends lie on one
    side of it."""

    @functools.cache
    def gap(x: float) -> float:
        return income(x) - wanted

    if gap(low) * gap(high) > 0:
        return None
    return float(brentq(gap, low, high, xtol=1e-3))
