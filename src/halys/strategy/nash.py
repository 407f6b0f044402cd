"""Nash equilibria of a game as a whole, through its reduced strategic form.

A profile is a Nash equilibrium if nobody gains by another whole plan [1]; what it does after deviations is anybody's
guess, so threats in it need not be credible. With at most two players who have a choice the list is complete: all
extreme points of all connected sets (`halys.strategy.bimatrix`). With more, all pure equilibria are listed and mixed
ones as far as they are found (`halys.strategy.multimatrix`).

Sets that a player's own moves exclude are beside the point for Nash. There the record takes, from the last to the
first, the best reply to the others, the first in order where several are.

References:
    1. Nash, J. (1951). Non-cooperative games. Annals of Mathematics 54(2), 286-295.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

import numpy as np
from numpy.typing import ArrayLike, NDArray

from halys.strategy.behaviour import Strategy, find_best_reply
from halys.strategy.bimatrix import Point, solve_one, solve_two, undominated
from halys.strategy.equilibrium import Equilibria, Equilibrium, make_equilibrium
from halys.strategy.exact import exact_payoffs
from halys.strategy.multimatrix import solve_many_players
from halys.strategy.play import TIE_TOLERANCE
from halys.strategy.strategic import Mixture, Piece, make_piece
from halys.strategy.tree import Tree, check_tolerance, payoff_array

Behaviour = Mapping[int, Sequence[Fraction]]
"""Probabilities of the first moves at some units; moves beyond have probability 0."""


@dataclass(frozen=True)
class Found:
    """The equilibria of one piece."""

    points: tuple[Point, ...]
    complete: bool
    words: str
    """How they were found, and what may be missing."""


TWO = "all extreme points, by vertices of the best-reply polyhedra in exact arithmetic"
MANY = (
    "three or more players mix: all pure equilibria, all in which one player mixes, and those that Newton's method "
    "finds on supports where several do; there may be others"
)
PURE_ONLY = (
    "three or more players: all pure equilibria and all in which one player mixes; supports where several mix are too "
    "many to search"
)


def solve_piece(piece: Piece, values: Mapping[int, Sequence[Fraction]]) -> Found:
    """The Nash equilibria of a piece.

    Args:
        values: for each end of the piece, by place, the value of each player of the tree.

    Raises:
        InputError: if the piece is too large.
    """
    if not piece.active:
        return Found((Point((), 0),), True, TWO)
    tables = piece.tables(values, piece.active)
    kept = undominated(tables)
    cut = [table[np.ix_(*kept)] for table in tables]
    choosing = [axis for axis, plans in enumerate(kept) if len(plans) > 1]
    small = [cut[axis][tuple(slice(None) if k in choosing else 0 for k in range(len(kept)))] for axis in choosing]
    words, complete = TWO, True
    if not choosing:
        points = [Point((), 0)]
    elif len(choosing) == 1:
        points = solve_one(small[0])
    elif len(choosing) == 2:
        points = solve_two(small[0], small[1])
    else:
        points, searched = solve_many_players(small)
        words, complete = MANY if searched else PURE_ONLY, False
    sizes = [len(plans) for plans in piece.plans]
    return Found(tuple(_restore(point, kept, choosing, sizes) for point in points), complete, words)


def _restore(point: Point, kept: Sequence[Sequence[int]], choosing: Sequence[int], sizes: Sequence[int]) -> Point:
    """The point in terms of all plans of all active players."""
    mixtures: list[Mixture] = []
    for axis, size in enumerate(sizes):
        shares = point.mixtures[choosing.index(axis)] if axis in choosing else (Fraction(1),)
        by_plan = dict(zip(kept[axis], shares, strict=True))
        mixtures.append(tuple(by_plan.get(plan, Fraction(0)) for plan in range(size)))
    return Point(tuple(mixtures), point.component)


def solve_nash(tree: Tree, payoffs: ArrayLike, tie_tolerance: float = TIE_TOLERANCE) -> Equilibria:
    """Nash equilibria in behaviour strategies, pure ones first.

    Args:
        payoffs: [terminal, player], finite.
        tie_tolerance: payoffs of one player this close count as equal; ≥ 0, in the unit of the payoffs.

    Raises:
        InputError: if the payoffs do not fit, or the strategic form is too large (the message says what to do).
    """
    array, tolerance = payoff_array(tree, payoffs, "payoffs"), check_tolerance(tie_tolerance)
    if not tree.nodes:
        return Equilibria("nash", (make_equilibrium(tree, (), array, component=0),), True, True, "nothing to decide")
    piece = make_piece(tree, 0, frozenset())
    found = solve_piece(piece, {~t: row for t, row in enumerate(exact_payoffs(array, tolerance))})
    listed: dict[bytes, Equilibrium] = {}
    for point in found.points:
        strategy = fill_strategy(tree, behaviour_of(piece, point), array)
        # Plans may differ where the others' mixture of plans is one behaviour; it is listed once.
        key = b"".join(sigma.tobytes() for sigma in strategy)
        if key not in listed:
            listed[key] = make_equilibrium(tree, strategy, array, component=point.component)
    items = sorted(listed.values(), key=lambda item: not item.pure)
    return Equilibria("nash", tuple(items), found.complete, True, f"reduced strategic form: {found.words}")


def behaviour_of(piece: Piece, point: Point) -> dict[int, tuple[Fraction, ...]]:
    """What the mixtures say at each unit that their own moves do not exclude."""
    return {
        unit: moves
        for axis, mixture in enumerate(point.mixtures)
        for unit, moves in piece.behaviour(axis, mixture).items()
    }


def fill_strategy(tree: Tree, said: Behaviour, payoffs: NDArray[np.float64]) -> Strategy:
    """The strategy that does what is said, and where nothing is said replies best to the others."""
    strategy, silent = [], []
    for k, unit in enumerate(tree.information.units):
        node = tree.nodes[unit[0]]
        sigma = np.zeros(len(node.moves))
        if node.chance:
            sigma[:] = node.probabilities
        elif k in said:
            sigma[: len(said[k])] = [float(share) for share in said[k]]
        else:
            silent.append(k)
            sigma[0] = 1.0
        strategy.append(sigma)
    for k in reversed(silent):
        player = tree.nodes[tree.information.units[k][0]].player
        values = find_best_reply(tree, tuple(strategy), payoffs, player)[1][k]
        strategy[k][:] = 0.0
        strategy[k][int(np.argmax(values))] = 1.0
    return tuple(strategy)
