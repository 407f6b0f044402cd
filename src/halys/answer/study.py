"""One unknown along its range: payoffs at any value, and where the focal move changes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from halys.answer.deciding import Guess
from halys.answer.position import Position
from halys.scenario.unknowns import Unknown
from halys.strategy import Play, Tree, find_pieces, solve_many, solve_play
from halys.strategy.many import Odds

Array = NDArray[np.float64]

_GRID = 65
_ZOOM = 33  # points between which a change of the play is sought, again and again
_ROUNDS = 8
_SAME = 1e-11  # of the range


class Switch(NamedTuple):
    """A value at which the focal move changes: the move on the side of the reference, and the move beyond."""

    at: float
    here: str | None
    there: str | None


@dataclass(eq=False)
class Study:
    """What one unknown does to the play.

    Attributes:
        payoffs: from values (n,) to payoffs (n, terminal, player).
        odds: from values (n,) to probabilities of chance nodes, (n, move) each, where the unknown is a probability.
        exact: payoffs are known at every value, not only interpolated. affine: they are lines in the value.
        knots: values that were solved for, with ΔW (terminal, actor) there. guesses: the ends of the range among them.
    """

    position: Position
    unknown: Unknown
    payoffs: Callable[[Array], Array]
    exact: bool
    affine: bool = False
    knots: dict[float, Array] = field(default_factory=dict)
    odds: Callable[[Array], Odds] | None = None
    guesses: Sequence[Guess] = ()

    @property
    def range(self) -> tuple[float, float]:
        """Ends of the unknown's range."""
        low, high = self.unknown.quantity.low, self.unknown.quantity.high
        assert low is not None
        assert high is not None
        return low, high

    def played(self, values: Array) -> list[str | None]:
        """The focal move played at each value."""
        odds = None if self.odds is None else self.odds(values)
        _, terminal = solve_many(self.position.tree, self.payoffs(values), odds=odds)
        return [self.position.focal_moves[t] for t in terminal[:, 0]]

    def ends(self) -> list[tuple[str | None, float]]:
        """At both ends of the range: the focal move played, and the lead of the best on the next, in % of income."""
        ends = np.array(self.range)
        payoffs, odds = self.payoffs(ends), None if self.odds is None else self.odds(ends)
        found = []
        for k, worth in enumerate(payoffs):
            tree = self.position.tree if odds is None else with_odds(self.position.tree, odds, k)
            play = solve_play(tree, worth, find_tied=False)
            focal = self.position.focal_node_of(play.terminal)
            assert focal is not None
            ranked = sorted(worth_of_moves(tree, play, worth, focal), reverse=True)
            lead = ranked[0] - ranked[1] if len(ranked) > 1 else 0.0
            found.append((self.position.focal_moves[play.terminal], lead))
        return found

    def named(self) -> list[Switch]:
        """The changes that the answer names, the nearest first.

        On each side of the reference the nearest at which crossing the line changes; where there is none on either,
        the nearest at which the move changes.
        """
        sides, value = self._outward(), self.unknown.quantity.value
        found = [next(filter(self.flips, side), None) for side in sides]  # the line is crossed alike until then
        crossing = sorted((s for s in found if s is not None), key=lambda s: abs(s.at - value))
        return crossing or sorted((side[0] for side in sides if side), key=lambda s: abs(s.at - value))[:1]

    def flips(self, switch: Switch) -> bool:
        """Whether the line is crossed on one side of a switch and not on the other."""
        return self.position.crosses(switch.here) != self.position.crosses(switch.there)

    def _outward(self) -> tuple[list[Switch], list[Switch]]:
        """Changes below the reference and above it, each from the reference outwards."""
        value, found = self.unknown.quantity.value, self._changes()
        own = self.played(np.array([value]))[0] if any(s.at == value for s in found) else None
        above = [s for s in found if s.at > value or (s.at == value and s.here == own)]
        below = [Switch(s.at, s.there, s.here) for s in reversed(found) if s not in above]
        return below, above

    def _changes(self) -> list[Switch]:
        """In increasing order: the move below and the move above."""
        low, high = self.range
        moves = self.position.focal_moves
        if self.affine:
            ends = self.payoffs(np.array([low, high]))
            slope = (ends[1] - ends[0]) / (high - low)
            pieces = find_pieces(self.position.tree, ends[0] - low * slope, slope, low, high)[0]
            found = [Switch(a.high, moves[a.terminal], moves[b.terminal]) for a, b in pairwise(pieces)]
            return [switch for switch in found if switch.here != switch.there]
        grid = np.unique(np.append(np.linspace(low, high, _GRID), self.unknown.quantity.value))
        return self._joined([s for interval in self._intervals(grid) for s in self._zoom(*interval)])

    def _intervals(self, grid: Array) -> list[tuple[float, float]]:
        """Neighbours on a grid between which the focal move changes."""
        moves = self.played(grid)
        return [
            (float(grid[n]), float(grid[n + 1])) for n, (here, there) in enumerate(pairwise(moves)) if here != there
        ]

    def _zoom(self, low: float, high: float, rounds: int = _ROUNDS) -> list[Switch]:
        """The changes between two values, to machine precision."""
        grid = np.unique(np.linspace(low, high, _ZOOM))
        if rounds == 0 or len(grid) < _ZOOM:
            return [Switch((low + high) / 2, *self.played(np.array([low, high])))]
        return [s for interval in self._intervals(grid) for s in self._zoom(*interval, rounds - 1)]

    def _joined(self, found: list[Switch]) -> list[Switch]:
        """One change for those that rounding alone keeps apart."""
        low, high = self.range
        joined: list[Switch] = []
        for switch in found:
            if joined and switch.at - joined[-1].at <= _SAME * (high - low):
                switch = Switch(switch.at, joined.pop().here, switch.there)
            if switch.here != switch.there:
                joined.append(switch)
        return joined


def worth_of_moves(tree: Tree, play: Play, payoffs: Array, n: int) -> list[float]:
    """What each move of a decision is worth to its player, who holds the beliefs that chance gives.

    Args:
        payoffs: (terminal, player), those of the play.
    """
    k = tree.information.unit_of[n]
    unit, beliefs, player = tree.information.units[k], tree.information.beliefs[k], tree.nodes[n].player

    def worth(place: int) -> float:
        return float(payoffs[~place, player] if place < 0 else play.values[place, player])

    return [
        sum(b * worth(tree.nodes[node].children[m]) for node, b in zip(unit, beliefs, strict=True))
        for m in range(len(tree.nodes[n].moves))
    ]


def with_odds(tree: Tree, odds: Odds, point: int) -> Tree:
    """The tree with other probabilities of chance, those of one point."""
    nodes = [
        replace(node, probabilities=tuple(map(float, odds[n][point]))) if n in odds else node
        for n, node in enumerate(tree.nodes)
    ]
    return replace(tree, nodes=tuple(nodes))
