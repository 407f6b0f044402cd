"""One unknown along its range: payoffs at any value, and where the focal move changes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from itertools import pairwise
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from halys.scenario.unknowns import Unknown
from halys.strategy import Tree, find_pieces, solve_many

Array = NDArray[np.float64]

_GRID = 65
_ZOOM = 33  # points between which a change of the play is sought, again and again
_ROUNDS = 8


class Switch(NamedTuple):
    """A value at which the focal move changes: the move on the side of the reference, and the move beyond."""

    at: float
    here: str | None
    there: str | None


@dataclass(eq=False)
class Study:
    """What one unknown does to the play.

    Attributes:
        tree: of the histories looked at. terminals: where these stand among those of the position.
        moves: focal move of each. focal: node of the focal decision.
        payoffs: from values (n,) to payoffs (n, terminal, player).
        exact: payoffs are known at every value, not only interpolated. affine: they are lines in the value.
        knots: values that were solved for, with ΔW there.
    """

    unknown: Unknown
    tree: Tree
    terminals: NDArray[np.intp]
    moves: tuple[str | None, ...]
    focal: int
    payoffs: Callable[[Array], Array]
    exact: bool
    affine: bool = False
    knots: dict[float, Array] = field(default_factory=dict)

    @cached_property
    def range(self) -> tuple[float, float]:
        """Ends of the unknown's range."""
        low, high = self.unknown.quantity.low, self.unknown.quantity.high
        assert low is not None
        assert high is not None
        return low, high

    def played(self, values: Array) -> list[str | None]:
        """The focal move played at each value."""
        _, terminal = solve_many(self.tree, self.payoffs(values))
        return [self.moves[t] for t in terminal[:, 0]]

    def ends(self) -> list[tuple[str | None, float]]:
        """At both ends of the range: the focal move played, and its lead on the next best in % of income."""
        payoffs = self.payoffs(np.array(self.range))
        _, terminal = solve_many(self.tree, payoffs)
        node, found = self.tree.nodes[self.focal], []
        for reached, worth in zip(terminal, payoffs[..., node.player], strict=True):
            ends = [int(reached[c]) if c >= 0 else ~c for c in node.children]
            ranked = sorted((float(worth[t]) for t in ends), reverse=True)
            found.append((self.moves[reached[0]], ranked[0] - ranked[1] if len(ranked) > 1 else 0.0))
        return found

    def nearest(self) -> Switch | None:
        """The change of the play that is nearest to the reference."""
        value = self.unknown.quantity.value
        found = self._changes()
        if not found:
            return None
        switch = min(found, key=lambda s: abs(s.at - value))
        return switch if switch.at >= value else Switch(switch.at, switch.there, switch.here)

    def _changes(self) -> list[Switch]:
        low, high = self.range
        if self.affine:
            ends = self.payoffs(np.array([low, high]))
            slope = (ends[1] - ends[0]) / (high - low)
            pieces = find_pieces(self.tree, ends[0] - low * slope, slope, low, high)[0]
            found = [Switch(a.high, self.moves[a.terminal], self.moves[b.terminal]) for a, b in pairwise(pieces)]
            return [switch for switch in found if switch.here != switch.there]
        grid = np.unique(np.append(np.linspace(low, high, _GRID), self.unknown.quantity.value))
        return [self._zoom(*interval) for interval in self._intervals(grid)]

    def _intervals(self, grid: Array) -> list[tuple[float, float]]:
        """Neighbours on a grid between which the focal move changes."""
        moves = self.played(grid)
        return [
            (float(grid[n]), float(grid[n + 1])) for n, (here, there) in enumerate(pairwise(moves)) if here != there
        ]

    def _zoom(self, low: float, high: float) -> Switch:
        """The first change between two values, to machine precision."""
        for _ in range(_ROUNDS):
            grid = np.unique(np.linspace(low, high, _ZOOM))
            if len(grid) < _ZOOM:
                break
            low, high = self._intervals(grid)[0]
        here, there = self.played(np.array([low, high]))
        return Switch((low + high) / 2, here, there)
