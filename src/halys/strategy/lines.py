"""Payoffs that are lines in one number s, and how two of them are compared without being fooled by rounding.

    U_i(t; s) = constant[t, i] + s·slope[t, i],    low ≤ s ≤ high

A stake, an exposure, a discount factor or an assumption with a linear effect is such a number, and it may enter the
payoffs of any player. Two lines are *the same* if they differ by at most the tie tolerance at both ends of the range;
otherwise they tie at s only if they cross there, up to rounding.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import ArrayLike

from halys.strategy.outcomes import Outcomes
from halys.strategy.play import reachable_terminals, require_given, ways_to_play
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
        require_given(tree)
        self.ends = Outcomes(payoff_array(tree, constant, "constant"), payoff_array(tree, slope, "slope"))
        self.constant, self.slope = self.ends.tables  # [player][outcome]: lotteries are lines too
        self.tolerance = check_tolerance(tie_tolerance)
        self.snap = max(_SNAP * (self.high - self.low), 4 * _EPSILON * max(abs(self.low), abs(self.high)))

    def value(self, player: int, t: int, s: float) -> float:
        """Payoff of the player at terminal (or lottery) t."""
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
        """Outcomes that the play reaches from the places at one s; ties go to the first move in order."""
        places = list(places)
        outcome: dict[int, int] = {}
        nodes, beliefs = self.tree.nodes, self.tree.information.beliefs
        for unit in reversed(self.tree.units_below(*places)):
            reached = [[outcome[c] if c >= 0 else ~c for c in nodes[n].children] for n in unit]
            first = nodes[unit[0]]
            if first.chance:
                outcome[unit[0]] = self.ends.mix(list(zip(first.probabilities, reached[0], strict=True)))
                continue
            weights = beliefs[self.tree.information.unit_of[unit[0]]]
            worth = [self.blend(weights, column) for column in zip(*reached, strict=True)]
            best = max(worth, key=lambda t: self.value(first.player, t, s))
            move = next(m for m, t in enumerate(worth) if self.compare(first.player, t, best, s) == 0)
            outcome |= {n: row[move] for n, row in zip(unit, reached, strict=True)}
        return [outcome[place] if place >= 0 else ~place for place in places]

    def blend(self, weights: Sequence[float], outcomes: Sequence[int]) -> int:
        """What a player who holds these beliefs expects; the outcome itself where there is one."""
        return outcomes[0] if len(outcomes) == 1 else self.ends.mix(list(zip(weights, outcomes, strict=True)))

    def reachable(self, place: int, s: float) -> tuple[int, ...]:
        """Terminals that some subgame-perfect equilibrium of the subgame at the place may reach at s."""
        if self.tree.has_chance or not self.tree.information.perfect:
            rows = np.array(self.constant)[:, : len(self.tree.terminals)]
            at = Outcomes((rows + s * np.array(self.slope)[:, : len(self.tree.terminals)]).T)
            near = max(self.tolerance, 1e-12 * float(np.abs(at.tables[0]).max(initial=0.0)))
            return ways_to_play(self.tree, at, near, place)[0]

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
