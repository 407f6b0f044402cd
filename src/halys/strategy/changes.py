"""Where the equilibria of a game with hidden moves change, in a number that the game depends on: by bracketed roots.

With perfect information, and wherever chance alone decides beliefs, thresholds are exact (`halys.strategy.pieces`).
Elsewhere play may be mixed and there may be several equilibria. The list of equilibria then has a pattern: of each, the
moves at each information set that have a positive probability. Between the points of a grid at which the pattern
differs every change is bracketed down to `WIDTH`; the probabilities of mixed play move inside a pattern all the time.
What comes and goes between two neighbouring points of the grid is not seen. Right at a change equilibria of both sides
may exist within rounding; the bracket is then as wide as that sliver, some 1e-9.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from halys.errors import InputError
from halys.strategy.equilibria import solve_equilibria
from halys.strategy.equilibrium import Concept, Equilibria
from halys.strategy.tree import Tree

WIDTH = 1e-12  # of a bracket, over the largest end of the range or 1
POINTS = 33
_SUPPORT = 1e-9  # a move less likely than this is not played
_APART = 1e-8  # changes closer than this part of the range are one: between them equilibria of both sides meet

GameAt: TypeAlias = Callable[[float], tuple[Tree, NDArray[np.float64]]]
"""From a number to the game at it: its tree and payoffs [terminal, player]. The tree keeps its units and moves."""
Pattern: TypeAlias = tuple[tuple[tuple[bool, ...], ...], ...]


@dataclass(frozen=True, eq=False)
class EquilibriumChange:
    """A place at which the pattern of the equilibria changes."""

    low: float
    """The pattern is that of `below` here."""
    high: float
    """The pattern is that of `above` here; the change lies in between."""
    below: Equilibria
    above: Equilibria


def find_changes(
    game_at: GameAt, low: float, high: float, concept: Concept = "spe", *, points: int = POINTS
) -> list[EquilibriumChange]:
    """Every change of pattern between neighbouring points of a grid, in rising order.

    Args:
        low, high: ends of the range, finite and rising.
        concept: `spe`, `nash` or `pbe`.
        points: of the grid, at least 2.

    Raises:
        InputError: the range is empty or the grid too coarse; quantal response, which has no patterns; a game that is
            too large for the concept.
    """
    if not (np.isfinite(low) and np.isfinite(high) and low < high):
        raise InputError(f"low, high: {low!r} to {high!r} is no range. Give finite numbers, the lower one first.")
    if points < 2:
        raise InputError(f"points: {points}. A grid has at least its two ends.")
    if concept == "qre":
        raise InputError("concept: quantal response plays every move; it changes smoothly and has no thresholds.")
    width = WIDTH * max(1.0, abs(low), abs(high))
    solved: dict[float, tuple[Pattern, Equilibria]] = {}

    def at(value: float) -> tuple[Pattern, Equilibria]:
        if value not in solved:
            tree, payoffs = game_at(value)
            found = solve_equilibria(tree, payoffs, concept, tie_tolerance=0.0)
            solved[value] = _pattern(found), found
        return solved[value]

    def between(left: float, right: float) -> list[EquilibriumChange]:
        if at(left)[0] == at(right)[0]:
            return []
        middle = (left + right) / 2
        if right - left <= width or not left < middle < right:
            return [EquilibriumChange(left, right, at(left)[1], at(right)[1])]
        return [*between(left, middle), *between(middle, right)]

    grid = np.linspace(low, high, points).tolist()
    found = [change for left, right in pairwise(grid) for change in between(left, right)]
    return _joined(found, _APART * (high - low))


def _pattern(found: Equilibria) -> Pattern:
    return tuple(
        sorted(tuple(tuple(bool(p > _SUPPORT) for p in moves) for moves in each.strategy) for each in found.found)
    )


def _joined(changes: list[EquilibriumChange], apart: float) -> list[EquilibriumChange]:
    """Neighbouring changes as one. At a threshold equilibria of both sides exist, in a sliver as wide as a tie."""
    joined: list[EquilibriumChange] = []
    for change in changes:
        if joined and change.low - joined[-1].high <= apart:
            first = joined.pop()
            change = EquilibriumChange(first.low, change.high, first.below, change.above)
        joined.append(change)
    return [change for change in joined if _pattern(change.below) != _pattern(change.above)]
