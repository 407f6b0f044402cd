"""Subgame-perfect play of very many games on one tree at once: backward induction vectorised over the games.

The rule is that of `halys.strategy.play`, ties included. Games are solved in blocks, and where a whole block agrees on
what follows a node, one number stands for it. Where chance moves, or a player does not see what it did, expected
payoffs of every player are carried along instead, and the probabilities of chance may differ from game to game.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

from halys.errors import InputError
from halys.strategy.play import TIE_TOLERANCE, require_given
from halys.strategy.tree import Tree, check_tolerance, number_array, payoff_array

_BLOCK = 1 << 14  # points solved at once: what a block needs stays in the processor's cache

Floats: TypeAlias = NDArray[np.float64]
Indices: TypeAlias = NDArray[np.int32]
Values: TypeAlias = Callable[[int, int | Indices], Floats]
"""values(player, terminal) → [point] or []; the terminal is one for all points or one for each."""


Odds: TypeAlias = Mapping[int, Floats]
"""Probabilities (move,) or (point, move) of chance nodes; those of the tree where a node is not there."""


def solve_many(
    tree: Tree, payoffs: ArrayLike, tie_tolerance: float = TIE_TOLERANCE, odds: Odds | None = None
) -> tuple[Indices, Indices]:
    """Subgame-perfect play of many games on one tree at once, by the same rule as `solve_play`.

    Args:
        payoffs: [..., terminal, player], finite; any leading axes.
        tie_tolerance: payoffs this close tie; ≥ 0, in the unit of the payoffs.
        odds: node → probabilities [..., move] of chance there, instead of those of the tree.

    Returns:
        choice [..., node], the move played at each node, and terminal [..., node], the terminal reached from it, by the
        most likely moves of chance. A tree without nodes has no columns.

    Raises:
        InputError: if the payoffs do not fit the tree, the tolerance is negative, or players hide moves from each
            other.
    """
    require_given(tree)
    tolerance = check_tolerance(tie_tolerance)
    array = number_array(payoffs, "payoffs")
    shape = (len(tree.terminals), len(tree.players))
    if array.shape[-2:] != shape:
        raise InputError(
            f"payoffs: shape {array.shape}, but the last two axes are {shape[0]} terminals × {shape[1]} players."
        )
    if not np.isfinite(array).all():
        raise InputError("payoffs: some are not finite numbers. Leave those games out.")
    leading = array.shape[:-2]
    flat = array.reshape(-1, *shape)
    choice = np.empty((len(flat), len(tree.nodes)), dtype=np.int32)
    terminal = np.empty_like(choice)
    size = max(1, _BLOCK // max(1, shape[0] // 16))
    for start in range(0, len(flat) if tree.nodes else 0, size):
        block = slice(start, start + size)
        values = _stacked_values(flat[block])
        here = {n: np.reshape(p, (-1, np.shape(p)[-1]))[block] for n, p in (odds or {}).items()}
        _induce(tree, values, len(flat[block]), tolerance, choice[block], terminal[block], here)
    shape_out = (*leading, len(tree.nodes))
    return choice.reshape(shape_out), terminal.reshape(shape_out)


def solve_grid(
    tree: Tree,
    constant: ArrayLike,
    slope_x: ArrayLike,
    slope_y: ArrayLike,
    x: ArrayLike,
    y: ArrayLike,
    tie_tolerance: float = TIE_TOLERANCE,
) -> Indices:
    """Terminal that the play reaches at every point of a grid, with payoffs constant + x·slope_x + y·slope_y.

    The payoffs of the grid are never stored, so a fine grid needs little memory.

    Args:
        constant, slope_x, slope_y: [terminal, player], finite.
        x: [nx] values of the first number, finite.
        y: [ny] values of the second.
        tie_tolerance: payoffs this close tie; ≥ 0, in the unit of the payoffs.

    Returns:
        terminal [ny, nx].

    Raises:
        InputError: if the arrays do not fit the tree or hold numbers that are not finite.
    """
    xs, ys = _axis(x, "x"), _axis(y, "y")
    points_x, points_y = np.tile(xs, len(ys)), np.repeat(ys, len(xs))
    return solve_points(tree, constant, slope_x, slope_y, points_x, points_y, tie_tolerance).reshape(len(ys), len(xs))


def solve_points(
    tree: Tree,
    constant: ArrayLike,
    slope_x: ArrayLike,
    slope_y: ArrayLike,
    x: Floats,
    y: Floats,
    tie_tolerance: float = TIE_TOLERANCE,
) -> Indices:
    """Terminal [point] that the play reaches at the points (x[point], y[point]); otherwise as `solve_grid`."""
    require_given(tree)
    tolerance = check_tolerance(tie_tolerance)
    tables = [payoff_array(tree, a, name).T.copy() for a, name in _named(constant, slope_x, slope_y)]
    found = np.zeros(len(x), dtype=np.int32)
    if not tree.nodes:
        return found
    for start in range(0, len(x), _BLOCK):
        block = slice(start, start + _BLOCK)
        found[block] = _induce(tree, _affine_values(tables, x[block], y[block]), len(x[block]), tolerance)
    return found


def _named(constant: ArrayLike, slope_x: ArrayLike, slope_y: ArrayLike) -> list[tuple[ArrayLike, str]]:
    return [(constant, "constant"), (slope_x, "slope_x"), (slope_y, "slope_y")]


def _axis(values: ArrayLike, name: str) -> Floats:
    axis = number_array(values, name)
    if axis.ndim != 1 or not np.isfinite(axis).all():
        raise InputError(f"{name}: give a one-dimensional array of finite numbers.")
    return axis


def _stacked_values(payoffs: Floats) -> Values:
    points = np.arange(len(payoffs))

    def values(player: int, terminal: int | Indices) -> Floats:
        found: Floats = payoffs[:, terminal, player] if isinstance(terminal, int) else payoffs[points, terminal, player]
        return found

    return values


def _affine_values(tables: list[Floats], x: Floats, y: Floats) -> Values:
    constant, slope_x, slope_y = tables
    terms = [[(s[p], at) for s, at in ((slope_x, x), (slope_y, y)) if s[p].any()] for p in range(len(constant))]

    def values(player: int, terminal: int | Indices) -> Floats:
        found = np.asarray(constant[player][terminal])
        for slope, at in terms[player]:
            found = found + slope[terminal] * at
        return found

    return values


def _induce(
    tree: Tree,
    values: Values,
    points: int,
    tolerance: float,
    choice: Indices | None = None,
    terminal: Indices | None = None,
    odds: Odds | None = None,
) -> Indices | int:
    """Backward induction at many points; fills `choice` and `terminal` [point, node] where given.

    Returns:
        Terminal [point] reached from the root, or one number where all points agree.
    """
    if tree.has_chance or not tree.information.perfect:
        return _Expected(tree, values, points, tolerance, odds or {}).solve(choice, terminal)
    outcome: dict[int, Indices | int] = {}
    for n in range(len(tree.nodes) - 1, -1, -1):
        node = tree.nodes[n]
        reached = [outcome.pop(child) if child >= 0 else ~child for child in node.children]
        worth = [values(node.player, r) for r in reached]
        cut = worth[0]
        for u in worth[1:]:
            cut = np.maximum(cut, u)
        cut = cut - tolerance
        found = np.empty(points, dtype=np.int32)
        for m in range(len(worth) - 1, -1, -1):  # the first move last, so that it wins ties
            best = worth[m] >= cut
            np.copyto(found, reached[m], where=best)
            if choice is not None:
                np.copyto(choice[:, n], m, where=best)
        if terminal is not None:
            terminal[:, n] = found
        outcome[n] = int(found[0]) if (found == found[0]).all() else found
    return outcome[0]


class _Expected:
    """Backward induction at many points with chance moves and information sets: payoffs are expectations.

    Attributes:
        worth: node → expected payoffs [player] of [point]; an entry is gone once its parent is solved.
        main: node → terminal [point] by the most likely moves of chance.
    """

    def __init__(self, tree: Tree, values: Values, points: int, tolerance: float, odds: Odds) -> None:
        self.tree, self.values, self.points, self.tolerance, self.odds = tree, values, points, tolerance, odds
        self.worth: dict[int, list[Floats]] = {}
        self.main: dict[int, Indices] = {}

    def solve(self, choice: Indices | None, terminal: Indices | None) -> Indices:
        """Terminal [point] reached from the root; fills `choice` and `terminal` where given."""
        for unit in reversed(self.tree.information.units):
            moves = self.chance(unit[0]) if self.tree.nodes[unit[0]].chance else self.decide(unit)
            for n in unit:
                if choice is not None:
                    choice[:, n] = moves
                if terminal is not None:
                    terminal[:, n] = self.main[n]
        return self.main[0]

    def at(self, place: int) -> list[Floats]:
        """Expected payoffs of all players at a place."""
        if place >= 0:
            return self.worth[place]
        return [self.values(i, ~place) for i in range(len(self.tree.players))]

    def end(self, place: int) -> Indices:
        return self.main[place] if place >= 0 else np.full(self.points, ~place, dtype=np.int32)

    def chance(self, n: int) -> Indices:
        """Expectations at a chance node; returns its most likely move [point]."""
        node = self.tree.nodes[n]
        odds = np.broadcast_to(self.odds.get(n, np.array(node.probabilities)), (self.points, len(node.moves)))
        below = [self.at(child) for child in node.children]
        self.worth[n] = [
            np.asarray(sum(odds[:, m] * each[i] for m, each in enumerate(below))) for i in range(len(self.tree.players))
        ]
        likely: Indices = odds.argmax(axis=1).astype(np.int32)
        self._follow(n, likely)
        return likely

    def decide(self, unit: tuple[int, ...]) -> Indices:
        """The move [point] of an information set, the same at all its nodes."""
        nodes, player = [self.tree.nodes[n] for n in unit], self.tree.nodes[unit[0]].player
        beliefs = self._beliefs(unit)
        below = [[self.at(child) for child in node.children] for node in nodes]
        worth = [
            np.asarray(sum(b * row[m][player] for b, row in zip(beliefs, below, strict=True)))
            for m in range(len(nodes[0].moves))
        ]
        cut = np.max(np.broadcast_arrays(*worth), axis=0) - self.tolerance
        move = np.zeros(self.points, dtype=np.int32)
        for m in range(len(worth) - 1, -1, -1):  # the first move last, so that it wins ties
            np.copyto(move, m, where=worth[m] >= cut)
        for n, row in zip(unit, below, strict=True):
            self.worth[n] = [_pick(move, [each[i] for each in row], self.points) for i in range(len(self.tree.players))]
            self._follow(n, move)
        return move

    def _follow(self, n: int, move: Indices) -> None:
        ends = [self.end(child) for child in self.tree.nodes[n].children]
        self.main[n] = _pick(move, ends, self.points)
        for child in self.tree.nodes[n].children:
            self.worth.pop(child, None)
            self.main.pop(child, None)

    def _beliefs(self, unit: tuple[int, ...]) -> list[Floats | float]:
        """How likely each node of a set is, for all points or [point] where the odds of chance differ."""
        if len(unit) == 1:
            return [1.0]
        if not self.odds:
            return list(self.tree.information.beliefs[self.tree.information.unit_of[unit[0]]])
        ways = [self._way(n) for n in unit]
        total = sum(ways)
        return [way / total for way in ways]

    def _way(self, n: int) -> Floats:
        """The product of the probabilities of chance on the way to a node."""
        found = np.ones(self.points)
        for parent, m in self.tree.way_to(n):
            node = self.tree.nodes[parent]
            if node.chance:
                found = found * np.asarray(self.odds.get(parent, np.array(node.probabilities)))[..., m]
        return found


def _pick(move: Indices, values: list[NDArray[Any]], points: int) -> NDArray[Any]:
    """For each point the value of the move made there."""
    stacked = np.stack([np.broadcast_to(each, (points,)) for each in values])
    return np.asarray(stacked[move, np.arange(points)])
