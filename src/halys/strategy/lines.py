"""Payoffs that are lines in one number s, and how two of them are compared without being fooled by rounding.

    U_i(t; s) = constant[t, i] + s·slope[t, i],    low ≤ s ≤ high

A stake, an exposure, a discount factor or an assumption with a linear effect is such a number, and it may enter the
payoffs of any player. Two lines are *the same* if they differ by at most the tie tolerance at both ends of the range;
otherwise they tie at s only if they cross there, up to rounding.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Sequence

from numpy.typing import ArrayLike

from halys.strategy.play import reachable_terminals
from halys.strategy.tree import Tree, check_range, check_tolerance, payoff_array

_EPSILON = sys.float_info.epsilon
_SNAP = 1e-12  # breakpoints closer than this share of the range are one


class Lines:
    """A game whose payoffs are lines in s, checked on construction.

    Raises:
        InputError: if the arrays do not fit the tree, or the range or the tolerance cannot be used.
    """

    def __init__(
        self, tree: Tree, constant: ArrayLike, slope: ArrayLike, low: float, high: float, tie_tolerance: float
    ) -> None:
        self.tree = tree
        self.low, self.high = check_range(low, high, "range of s")
        self.constant: list[list[float]] = payoff_array(tree, constant, "constant").T.tolist()
        self.slope: list[list[float]] = payoff_array(tree, slope, "slope").T.tolist()
        self.tolerance = check_tolerance(tie_tolerance)
        self.snap = max(_SNAP * (self.high - self.low), 4 * _EPSILON * max(abs(self.low), abs(self.high)))

    def value(self, player: int, t: int, s: float) -> float:
        """Payoff of the player at terminal t."""
        return self.constant[player][t] + s * self.slope[player][t]

    def same(self, player: int, t: int, u: int) -> bool:
        """Whether the player is indifferent between terminals t and u on the whole range."""
        if t == u:
            return True
        constant, slope = self.constant[player], self.slope[player]
        gap, tilt = constant[t] - constant[u], slope[t] - slope[u]
        at_low, at_high = gap + self.low * tilt, gap + self.high * tilt
        return (
            abs(at_low) <= max(self.tolerance, self._rounding(player, t, u, self.low))
            and abs(at_high) <= max(self.tolerance, self._rounding(player, t, u, self.high))
        )  # fmt: skip

    def compare(self, player: int, t: int, u: int, s: float) -> int:
        """1 where the player likes terminal t more than u, −1 where less, 0 where the two tie at s."""
        if self.same(player, t, u):
            return 0
        tilt = self.slope[player][t] - self.slope[player][u]
        gap = self.constant[player][t] - self.constant[player][u] + s * tilt
        if abs(gap) <= self.snap * abs(tilt) + self._rounding(player, t, u, s):
            return 0
        return 1 if gap > 0 else -1

    def crossing(self, player: int, t: int, u: int) -> float:
        """Where the lines of t and u meet; their slopes must differ."""
        constant, slope = self.constant[player], self.slope[player]
        return (constant[u] - constant[t]) / (slope[t] - slope[u])

    def outcomes_at(self, places: Iterable[int], s: float) -> list[int]:
        """Terminals that the play reaches from the places at one s; ties go to the first move in order."""
        places = list(places)
        outcome: dict[int, int] = {}
        for n in reversed(self.tree.below(*places)):
            node = self.tree.nodes[n]
            reached = [outcome[child] if child >= 0 else ~child for child in node.children]
            best = max(reached, key=lambda t: self.value(node.player, t, s))
            outcome[n] = next(t for t in reached if self.compare(node.player, t, best, s) == 0)
        return [outcome[place] if place >= 0 else ~place for place in places]

    def reachable(self, place: int, s: float) -> tuple[int, ...]:
        """Terminals that some subgame-perfect equilibrium of the subgame at the place reaches at s."""

        def at_least(player: int, t: int, u: int) -> bool:
            return self.compare(player, t, u, s) >= 0

        def least(player: int, terminals: Sequence[int]) -> int:
            return min(terminals, key=lambda t: self.value(player, t, s))

        return reachable_terminals(self.tree, place, at_least, least)

    def distinct(self, points: Iterable[float]) -> list[float]:
        """The points inside the range in increasing order, one for those that are closer than `snap`."""
        kept: list[float] = []
        for s in sorted(points):
            last = kept[-1] if kept else self.low
            if s - last > self.snap and self.high - s > self.snap:
                kept.append(s)
        return kept

    def _rounding(self, player: int, t: int, u: int, s: float) -> float:
        constant, slope = self.constant[player], self.slope[player]
        return 4 * _EPSILON * (abs(constant[t]) + abs(constant[u]) + abs(s) * (abs(slope[t]) + abs(slope[u])))
