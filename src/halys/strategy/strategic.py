"""The reduced strategic form of a game, or of a piece of it: whole plans instead of moves.

A *piece* starts at a place and stops at terminals and at the roots of inner subgames, whose values are put in. A *plan*
of player i says what i does at every own set that the plan itself does not exclude (a reduced strategy [1, definition
94.1]): with sets forming a forest, number(h) = Σ over moves m of Π over sets h′ next after (h, m) of number(h′). With
perfect recall a mixture x of plans is as good as the behaviour strategy [2]

    σ_h(m) = Σ of x over the plans with m at h / Σ of x over the plans that say something at h,

which is silent where the second sum is 0.

References:
    1. Osborne, M. J. and Rubinstein, A. (1994). A Course in Game Theory. MIT Press. Sections 6.1, 11.4.
    2. Kuhn, H. W. (1953). Extensive games and the problem of information. Contributions to the Theory of Games II.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from halys.errors import InputError
from halys.strategy.exact import exact_probabilities
from halys.strategy.tree import Tree

Plan: TypeAlias = dict[int, int]
"""Move at each own set that the plan reaches: unit → move."""

Table: TypeAlias = NDArray[Any]
"""Whole numbers of any size, one axis for each active player."""

Mixture: TypeAlias = tuple[Fraction, ...]
"""Probability of each plan of one player."""

MOST_PLANS = 200
"""Plans of one player in one piece."""
MOST_CELLS = 20_000
"""Combinations of plans in one piece."""


@dataclass(frozen=True)
class End:
    """A place where a piece stops."""

    place: int
    chance: Fraction
    """Probability that chance makes the moves on the way there."""
    plans: tuple[tuple[int, ...], ...]
    """For each active player the plans that make the player's moves on the way there."""


@dataclass(frozen=True)
class Piece:
    """The reduced strategic form of a piece, without its values."""

    start: int
    active: tuple[int, ...]
    """Players that move in the piece, in increasing order; one axis each."""
    plans: tuple[tuple[Plan, ...], ...]
    """For each active player."""
    ends: tuple[End, ...]

    def tables(self, values: Mapping[int, Sequence[Fraction]], players: Sequence[int]) -> list[Table]:
        """What each of the players gets for each combination of plans, times a number that makes all of them whole.

        Args:
            values: for each end, by place, the value of each player of the tree.
        """
        shape = tuple(len(plans) for plans in self.plans)
        found = []
        for player in players:
            worth = [end.chance * values[end.place][player] for end in self.ends]
            scale = math.lcm(*(value.denominator for value in worth))
            table: Table = np.zeros(shape, dtype=object)
            for end, value in zip(self.ends, worth, strict=True):
                table[np.ix_(*end.plans)] += int(value * scale)
            found.append(table)
        return found

    def expected(self, values: Mapping[int, Sequence[Fraction]], mixtures: Sequence[Mixture]) -> tuple[Fraction, ...]:
        """The value of each player of the tree under mixtures of plans, one for each active player."""
        totals: list[Fraction] = []
        for end in self.ends:
            chance = end.chance
            for mixture, plans in zip(mixtures, end.plans, strict=True):
                chance *= sum((mixture[s] for s in plans), Fraction(0))
            worth = values[end.place]
            totals = totals or [Fraction(0)] * len(worth)
            if chance:
                totals = [total + chance * value for total, value in zip(totals, worth, strict=True)]
        return tuple(totals)

    def behaviour(self, axis: int, mixture: Mixture) -> dict[int, tuple[Fraction, ...]]:
        """For each own unit that the mixture reaches the probability of each move."""
        weights: dict[int, dict[int, Fraction]] = {}
        for plan, weight in zip(self.plans[axis], mixture, strict=True):
            if weight:
                for unit, move in plan.items():
                    moves = weights.setdefault(unit, {})
                    moves[move] = moves.get(move, Fraction(0)) + weight
        found = {}
        for unit, moves in weights.items():
            total = sum(moves.values(), Fraction(0))
            found[unit] = tuple(moves.get(m, Fraction(0)) / total for m in range(max(moves) + 1))
        return found


def make_piece(tree: Tree, start: int, inner: frozenset[int]) -> Piece:
    """The reduced strategic form of the piece from a node to the terminals and inner roots.

    Raises:
        InputError: if there are more plans than `MOST_PLANS`, or more combinations than `MOST_CELLS`.
    """
    nodes = _nodes_of(tree, start, inner)
    active = tuple(sorted({tree.nodes[n].player for n in nodes if not tree.nodes[n].chance}))
    own: dict[int, tuple[tuple[int, int], ...]] = {start: ()}  # decisions before each place: (unit, move)
    chance: dict[int, Fraction] = {start: Fraction(1)}
    unit_of, ends = tree.information.unit_of, []
    for n in nodes:
        node = tree.nodes[n]
        shares = exact_probabilities(tree, n) if node.chance else (Fraction(1),) * len(node.moves)
        for m, child in enumerate(node.children):
            own[child] = own[n] if node.chance else (*own[n], (unit_of[n], m))
            chance[child] = chance[n] * shares[m]
            if child < 0 or child in inner:
                ends.append(child)
    plans = tuple(_plans(tree, nodes, own, player) for player in active)
    cells = math.prod(len(listed) for listed in plans)
    if cells > MOST_CELLS:
        raise InputError(
            f"tree: from {tree.name(start)} on there are {cells} combinations of plans, more than {MOST_CELLS}. Make "
            "the game smaller, or use concept 'qre', which grows with the moves and not with their combinations."
        )
    listed = []
    for place in ends:
        needed = [
            tuple(s for s, plan in enumerate(plans[axis]) if _makes(tree, plan, own[place], player))
            for axis, player in enumerate(active)
        ]
        listed.append(End(place, chance[place], tuple(needed)))
    return Piece(start, active, plans, tuple(listed))


def _nodes_of(tree: Tree, start: int, inner: frozenset[int]) -> list[int]:
    found, waiting = [], [start]
    while waiting:
        n = waiting.pop()
        found.append(n)
        waiting += [child for child in tree.nodes[n].children if child >= 0 and child not in inner]
    return sorted(found)


def _makes(tree: Tree, plan: Plan, decisions: Sequence[tuple[int, int]], player: int) -> bool:
    units = tree.information.units
    return all(plan.get(k) == m for k, m in decisions if tree.nodes[units[k][0]].player == player)


def _plans(
    tree: Tree, nodes: Sequence[int], own: Mapping[int, tuple[tuple[int, int], ...]], player: int
) -> tuple[Plan, ...]:
    """All plans of a player, in the order of their moves."""
    units, unit_of = tree.information.units, tree.information.unit_of
    after: dict[tuple[int, int] | None, list[int]] = {}  # own units that come next after an own move
    for n in nodes:
        if tree.nodes[n].player == player:
            mine = [step for step in own[n] if tree.nodes[units[step[0]][0]].player == player]
            following = after.setdefault(mine[-1] if mine else None, [])
            if unit_of[n] not in following:
                following.append(unit_of[n])

    def count(past: tuple[int, int] | None) -> int:
        numbers = (sum(count((k, m)) for m in range(len(tree.nodes[units[k][0]].moves))) for k in after.get(past, ()))
        return math.prod(numbers)

    def build(past: tuple[int, int] | None) -> list[Plan]:
        choices = [
            [{k: m, **rest} for m in range(len(tree.nodes[units[k][0]].moves)) for rest in build((k, m))]
            for k in after.get(past, ())
        ]
        return [{k: m for part in parts for k, m in part.items()} for parts in itertools.product(*choices)]

    if count(None) > MOST_PLANS:
        raise InputError(
            f"tree: from {tree.name(nodes[0])} on player {tree.players[player]!r} has {count(None)} plans, more than "
            f"{MOST_PLANS}. Make the game smaller, or use concept 'qre', which grows with the moves and not with plans."
        )
    return tuple(build(None))
