"""Nash equilibria of games in strategic form with at most two players: all extreme points, exactly.

Player 1 has plans i with payoffs A[i, j], player 2 plans j with B[i, j]. Let

    P = {(x, v) : x ≥ 0, v ≥ Σ_i B[i, j] x_i for all j},    Q = {(y, u) : y ≥ 0, u ≥ Σ_j A[i, j] y_j for all i},

with Σ x = Σ y = 1. A vertex bears label i if x_i = 0 or i is a best reply to y, and label j likewise. (x, y) is an
extreme equilibrium if and only if it is a pair of vertices that bears all labels together, and every equilibrium is a
mixture of extreme ones [1, 2]: extreme equilibria (x, y), (x, y′) that share a part span an edge, and the connected
sets (components) of equilibria are the connected parts of that graph. This holds in degenerate games, which strategic
forms of trees usually are.

Plans that another plan beats whatever the others do are left out first, repeatedly: no equilibrium uses them.

References:
    1. Mangasarian, O. L. (1964). Equilibrium points of bimatrix games. Journal of SIAM 12(4), 778-780.
    2. Avis, D., Rosenberg, G. D., Savani, R. and von Stengel, B. (2010). Enumeration of Nash equilibria for two-player
       games. Economic Theory 42(1), 9-37.
    3. Nash, J. (1951). Non-cooperative games. Annals of Mathematics 54(2), 286-295.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from halys.strategy.rays import find_rays
from halys.strategy.strategic import Mixture, Table


@dataclass(frozen=True)
class Point:
    """An equilibrium in strategic form."""

    mixtures: tuple[Mixture, ...]
    """One for each player of the form."""
    component: int | None
    """Number of its connected set, where that is known."""

    @property
    def pure(self) -> bool:
        """Whether everybody has one plan."""
        return all(max(mixture) == 1 for mixture in self.mixtures)


def undominated(tables: Sequence[Table]) -> tuple[list[int], ...]:
    """For each player the plans left after plans that one other plan beats strictly are taken out, repeatedly."""
    kept = tuple(list(range(size)) for size in tables[0].shape)
    while True:
        removed = False
        for axis, table in enumerate(tables):
            rows = np.moveaxis(table[np.ix_(*kept)], axis, 0).reshape(len(kept[axis]), -1)
            beaten = {s for s in range(len(rows)) if any((other > rows[s]).all() for other in rows)}
            if beaten:
                kept[axis][:] = [plan for s, plan in enumerate(kept[axis]) if s not in beaten]
                removed = True
        if not removed:
            return kept


def solve_one(table: Table) -> list[Point]:
    """All best plans of a single player; they are one component."""
    best = table.max()
    size = len(table)
    return [Point((_unit(s, size),), 0) for s in range(size) if table[s] == best]


def solve_two(first: Table, second: Table) -> list[Point]:
    """All extreme equilibria of two players, pure ones first, then in the order of their plans.

    Args:
        first: what player 1 gets, whole numbers [plan of 1, plan of 2].
        second: what player 2 gets.

    Raises:
        InputError: if the polyhedra have too many vertices.
    """
    m, n = first.shape
    every = (1 << (m + n)) - 1
    # Signs of x are labels 0..m−1, best replies of player 2 labels m..; on the other side the two change places.
    xs = [(x, mask) for x, mask in _vertices(second.T)]
    low = (1 << n) - 1
    ys = [(y, (mask >> n) | ((mask & low) << m)) for y, mask in _vertices(first)]
    pairs = [(a, b) for a, (_, mask) in enumerate(xs) for b, (_, other) in enumerate(ys) if mask | other == every]
    component = _components(pairs)
    points = [Point((xs[a][0], ys[b][0]), component[a]) for a, b in pairs]
    points.sort(key=_order)
    number: dict[int | None, int] = {}
    return [Point(point.mixtures, number.setdefault(point.component, len(number))) for point in points]


def _order(point: Point) -> tuple[bool, list[list[Fraction]]]:
    return not point.pure, [[-share for share in mixture] for mixture in point.mixtures]


def _vertices(payoffs: Table) -> list[tuple[Mixture, int]]:
    """Vertices of {(x, v): x ≥ 0, v ≥ payoffs[j] · x, Σ x = 1}, with bits: signs of x first, then the rows j.

    Args:
        payoffs: [row j, entry of x].
    """
    count = payoffs.shape[1]
    least = int(payoffs.min())
    positive = (payoffs - (least - 1)).tolist()  # so that v > 0 and is bounded below by its sign
    rays = find_rays([[*(-value for value in row), 1] for row in positive], count + 1)
    found = []
    low = (1 << count) - 1
    for vector, tight in rays:
        total = sum(vector[:count])
        if total:
            mixture = tuple(Fraction(value, total) for value in vector[:count])
            # The bit of the sign of v, which is never tight, is left out.
            found.append((mixture, (tight & low) | (tight >> (count + 1) << count)))
    return found


def _components(pairs: Sequence[tuple[int, int]]) -> dict[int, int]:
    """A number for each first part; parts that the pairs connect have the same."""
    parent: dict[tuple[str, int], tuple[str, int]] = {}

    def find(item: tuple[str, int]) -> tuple[str, int]:
        parent.setdefault(item, item)
        while parent[item] != item:
            item = parent[item]
        return item

    for a, b in pairs:
        parent[find(("y", b))] = find(("x", a))
    numbers: dict[tuple[str, int], int] = {}
    return {a: numbers.setdefault(find(("x", a)), len(numbers)) for a, _ in pairs}


def _unit(s: int, size: int) -> Mixture:
    return tuple(Fraction(int(k == s)) for k in range(size))
