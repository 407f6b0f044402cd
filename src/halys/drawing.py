"""Draws of a scenario: the numbers that have a range, each from its distribution, by the index of the draw."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from halys.errors import InputError
from halys.futures import Prior, quantiles, sobol_points
from halys.scenario import Scenario
from halys.scenario.unknowns import Unknown

Array = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Drawing:
    """What is drawn in a scenario.

    Attributes:
        scenario, seed: of the draws.

    Raises:
        InputError: no number has a range, or one has a distribution without support.
    """

    scenario: Scenario
    seed: int

    @cached_property
    def unknowns(self) -> tuple[Unknown, ...]:
        """The numbers drawn, in their order."""
        return drawn_unknowns(self.scenario)

    @cached_property
    def priors(self) -> tuple[Prior, ...]:
        """The distribution of each."""
        return tuple(prior_of(unknown) for unknown in self.unknowns)

    def numbers(self, first: int, size: int) -> Array:
        """(size, number) the draws from index `first` on."""
        return self.at(sobol_points(len(self.priors), first, size, self.seed))

    def at(self, points: Array) -> Array:
        """(draw, number) the numbers at points (draw, number) of the unit cube."""
        return quantiles(self.priors, points)

    def named(self, row: Array) -> dict[str, float]:
        """The numbers (number,) of one draw by the ids of the unknowns, as `Scenario.with_unknowns` takes them."""
        return dict(zip((unknown.id for unknown in self.unknowns), map(float, row), strict=True))


def drawn_unknowns(scenario: Scenario) -> tuple[Unknown, ...]:
    """The numbers with a range, in their order.

    Raises:
        InputError: there is none.
    """
    found = tuple(unknown for unknown in scenario.unknowns if unknown.quantity.ranged)
    if not found:
        raise InputError(f"{scenario.name} has no number with a range, so that there is nothing to draw.")
    return found


def prior_of(unknown: Unknown) -> Prior:
    """Its distribution; uniform where the file states none.

    Raises:
        InputError: a distribution without support, naming the number.
    """
    q = unknown.quantity
    assert q.low is not None
    assert q.high is not None
    try:
        return Prior(q.value, q.low, q.high, q.distribution or "uniform")
    except InputError as error:
        raise InputError(f"{unknown.id}: {error}") from error
