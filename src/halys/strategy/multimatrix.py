"""Nash equilibria of games in strategic form with three players or more.

Three searches, each as exact as the problem allows:

1. *Pure*: every combination of plans is tried. Complete. 2. *One player mixes*, the others play pure: the mixtures form
a polytope, cut from the face of the player's best plans by the    linear conditions that nobody else gains; its
vertices are listed. Complete. 3. *Two or more mix*: for each support, plans that are to be played with positive
probability, the conditions that each player    is indifferent between the plans of the support are polynomials,

       u_i(s, x_−i) = w_i for s in S_i,    Σ x_i = 1,

   solved by Newton's method from several starts with a fixed seed [1, 2]. What satisfies the other conditions is
listed. A    support with several solutions may keep some to itself, and a support with a continuum yields single points
of it, so that    this part is not complete. It is left out where there are more than `MOST_SUPPORTS` supports.

References:
    1. Porter, R., Nudelman, E. and Shoham, Y. (2008). Simple search methods for finding a Nash equilibrium. Games and
       Economic Behavior 63(2), 642-662.
    2. McKelvey, R. D. and McLennan, A. (1996). Computation of equilibria in finite games. In Handbook of Computational
       Economics, vol. 1. Elsevier.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator, Sequence
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from halys.strategy.bimatrix import Point
from halys.strategy.rays import find_rays
from halys.strategy.strategic import Mixture, Table

MOST_SUPPORTS = 600
"""Combinations of supports in which two or more players mix."""

_STARTS = 5  # of Newton's method for each support
_NEWTON = 25
_FAR = 1e3  # probabilities this large mean that it diverges
_CLOSE = 1e-12  # of the equations, with payoffs scaled to [0, 1]
_POSITIVE = 1e-9  # least probability of a plan of the support
_GAIN = 1e-10  # most that a plan outside may gain
_SAME = 1e-7  # solutions closer than this are one


def solve_many_players(tables: Sequence[Table]) -> tuple[list[Point], bool]:
    """The equilibria found, pure ones first, and whether mixtures of two or more players were searched for at all."""
    pure = [cell for cell in np.ndindex(tables[0].shape) if _is_pure_equilibrium(tables, cell)]
    found = [tuple(_unit(s, size) for s, size in zip(cell, tables[0].shape, strict=True)) for cell in pure]
    for mixtures in _one_mixes(tables):
        if mixtures not in found:
            found.append(mixtures)
    shape = tables[0].shape
    # Supports with at least two players that mix: all, less those where nobody or one does.
    all_supports = math.prod(2**size - 1 for size in shape)
    nobody = math.prod(shape)
    one = sum((2**size - 1 - size) * (nobody // size) for size in shape)
    searched = all_supports - nobody - one <= MOST_SUPPORTS
    if searched:
        found += _several_mix(tables)
    return [Point(mixtures, None) for mixtures in found], searched


def _is_pure_equilibrium(tables: Sequence[Table], cell: tuple[int, ...]) -> bool:
    return all(
        table[cell] >= table[(*cell[:axis], other, *cell[axis + 1 :])]
        for axis, table in enumerate(tables)
        for other in range(table.shape[axis])
    )


def _one_mixes(tables: Sequence[Table]) -> Iterator[tuple[Mixture, ...]]:
    """Vertices of the sets of equilibria in which one player mixes and all others play pure."""
    shape = tables[0].shape
    for axis, size in enumerate(shape):
        others = [range(n) for k, n in enumerate(shape) if k != axis]
        for rest in itertools.product(*others):
            values = np.moveaxis(tables[axis], axis, -1)[rest]
            best = [s for s in range(size) if values[s] == values.max()]
            if len(best) < 2:
                continue
            rows = [
                [int(worth[s]) for s in best]
                for k in range(len(shape))
                if k != axis
                for worth in _losses(np.moveaxis(tables[k], axis, -1), rest, k if k < axis else k - 1)
            ]
            for vector, _ in find_rays(rows, len(best)):
                total = sum(vector)
                shares = dict(zip(best, vector, strict=True))
                mixed = tuple(Fraction(shares.get(s, 0), total) for s in range(size))
                fixed = [_unit(s, n) for s, n in zip(rest, (len(r) for r in others), strict=True)]
                yield (*fixed[:axis], mixed, *fixed[axis:])


def _losses(table: Table, rest: tuple[int, ...], player: int) -> list[Table]:
    """For each plan that a player does not play what the player would lose by it [plan of the one who mixes].

    Args:
        table: what the player gets, the axis of the one who mixes last.
        rest: plans of the players who do not mix.
        player: position of the player in `rest`.
    """
    return [
        table[rest] - table[(*rest[:player], other, *rest[player + 1 :])]
        for other in range(table.shape[player])
        if other != rest[player]
    ]


def _several_mix(tables: Sequence[Table]) -> list[tuple[Mixture, ...]]:
    """Equilibria in which two or more players mix, by Newton's method on each support."""
    scaled = [_scaled(table) for table in tables]
    rng = np.random.default_rng(0)
    found: list[tuple[Mixture, ...]] = []
    points: list[NDArray[np.float64]] = []
    for supports in itertools.product(*(_subsets(size) for size in tables[0].shape)):
        if sum(len(support) > 1 for support in supports) < 2 or _beaten(tables, supports):
            continue
        for start in range(_STARTS):
            mixtures = _newton(scaled, supports, rng if start else None)
            if mixtures is None or not _is_equilibrium(scaled, mixtures):
                continue
            flat = np.concatenate(mixtures)
            if all(np.abs(flat - other).max() > _SAME for other in points):
                points.append(flat)
                found.append(tuple(_as_fractions(mixture) for mixture in mixtures))
    return found


def _subsets(size: int) -> list[tuple[int, ...]]:
    return [support for k in range(1, size + 1) for support in itertools.combinations(range(size), k)]


def _beaten(tables: Sequence[Table], supports: Sequence[tuple[int, ...]]) -> bool:
    """Whether some plan of a support is strictly worse than another plan against all of the others' supports."""
    for axis, table in enumerate(tables):
        ranges = [range(table.shape[k]) if k == axis else support for k, support in enumerate(supports)]
        rows = np.moveaxis(table[np.ix_(*ranges)], axis, 0).reshape(table.shape[axis], -1)
        if any((other > rows[s]).all() for s in supports[axis] for other in rows):
            return True
    return False


def _scaled(table: Table) -> NDArray[np.float64]:
    """The table as floats from 0 to 1, which changes no equilibrium."""
    low, high = table.min(), table.max()
    spread = high - low
    flat = [float(Fraction(int(value - low), int(spread))) if spread else 0.0 for value in table.ravel()]
    return np.array(flat).reshape(table.shape)


def _newton(
    tables: Sequence[NDArray[np.float64]], supports: Sequence[tuple[int, ...]], rng: np.random.Generator | None
) -> list[NDArray[np.float64]] | None:
    """Mixtures with these supports that make everybody indifferent, from the centre or a random start; None if none."""
    parts = [table[np.ix_(*supports)] for table in tables]
    sizes = [len(support) for support in supports]
    x = [np.full(size, 1 / size) if rng is None else rng.dirichlet(np.ones(size)) for size in sizes]
    worth = np.array([float(_against(parts[i], x, {i}).mean()) for i in range(len(sizes))])
    cuts = np.cumsum(sizes)[:-1]
    for _ in range(_NEWTON):
        value, slope = _equations(parts, x, worth)
        if np.abs(value).max() <= _CLOSE:
            if min(float(part.min()) for part in x) < _POSITIVE:
                return None
            return [
                _spread(part, support, table.shape[i])
                for i, (part, support, table) in enumerate(zip(x, supports, tables, strict=True))
            ]
        # Least squares, because a support with a continuum of solutions makes the derivative singular.
        move = np.linalg.lstsq(slope, value, rcond=None)[0]
        total = sum(sizes)
        x = [part - step for part, step in zip(x, np.split(move[:total], cuts), strict=True)]
        worth = worth - move[total:]
        if not np.isfinite(worth).all() or max(float(np.abs(part).max()) for part in x) > _FAR:
            return None
    return None


def _spread(part: NDArray[np.float64], support: tuple[int, ...], size: int) -> NDArray[np.float64]:
    full = np.zeros(size)
    full[list(support)] = part / part.sum()
    return full


def _against(table: NDArray[np.float64], x: Sequence[NDArray[np.float64]], without: set[int]) -> NDArray[np.float64]:
    """The table averaged over the mixtures of all players but these; the axes left are theirs, in order."""
    found = table
    for axis in range(len(x) - 1, -1, -1):
        if axis not in without:
            found = np.tensordot(found, x[axis], axes=(axis, 0))
    return found


def _equations(
    parts: Sequence[NDArray[np.float64]], x: Sequence[NDArray[np.float64]], worth: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Indifference and sums, and their derivative by (x, w)."""
    sizes = [len(part) for part in x]
    starts = np.concatenate([[0], np.cumsum(sizes)])
    total, players = int(starts[-1]), len(sizes)
    value, slope = np.zeros(total + players), np.zeros((total + players, total + players))
    for i in range(players):
        rows = slice(starts[i], starts[i + 1])
        value[rows] = _against(parts[i], x, {i}) - worth[i]
        slope[rows, total + i] = -1.0
        for j in range(players):
            if j != i:
                cross = _against(parts[i], x, {i, j})
                slope[rows, starts[j] : starts[j + 1]] = cross if i < j else cross.T
        value[total + i] = x[i].sum() - 1.0
        slope[total + i, rows] = 1.0
    return value, slope


def _is_equilibrium(tables: Sequence[NDArray[np.float64]], mixtures: Sequence[NDArray[np.float64]]) -> bool:
    for axis, table in enumerate(tables):
        values = _against(table, mixtures, {axis})
        if values.max() - values @ mixtures[axis] > _GAIN:
            return False
    return True


def _as_fractions(mixture: NDArray[np.float64]) -> Mixture:
    exact = [Fraction(value) for value in mixture.tolist()]
    total = sum(exact, Fraction(0))
    return tuple(value / total for value in exact)


def _unit(s: int, size: int) -> Mixture:
    return tuple(Fraction(int(k == s)) for k in range(size))
