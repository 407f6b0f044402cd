"""Numbers that are known by equally likely joint draws of them, taken by points of the unit cube.

Draws are sorted by their first number into blocks, each block by the second, and so on, down to single draws: a point
picks a block by its first coordinate and goes on within it. Even points so fall evenly on the draws, every draw is as
likely as any other, and the numbers keep whatever ties them to each other. This is Rosenblatt's transformation [1]_ of
the empirical distribution.

References:
    .. [1] Rosenblatt (1952), Remarks on a multivariate transformation, Annals of Mathematical Statistics 23(3).
"""

from __future__ import annotations

from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from halys.errors import InputError

Array = NDArray[np.float64]


class JointSample:
    """Equally likely draws of numbers, sorted once.

    Args:
        draws: (draw, number), finite, at least one of each.
        free: how many of the first numbers are sorted by, the rest following from them; all by default.

    Raises:
        InputError: draws of another shape or not finite, or `free` that is not from 1 to the number of numbers.
    """

    def __init__(self, draws: Array, free: int | None = None) -> None:
        given = np.asarray(draws, dtype=np.float64)
        if given.ndim != 2 or 0 in given.shape or not np.isfinite(given).all():
            raise InputError("draws must be finite numbers of the shape (draw, number), at least one of each.")
        count = given.shape[1]
        self.free = count if free is None else free
        if not 1 <= self.free <= count:
            raise InputError(f"free is {self.free}; it must be from 1 to {count}, the number of numbers.")
        self._blocks = max(1, round(len(given) ** (1.0 / self.free)))
        self.draws = given[self._sort(given)]

    def at(self, points: Array) -> Array:
        """(n, number) draws at points (n, free) of the unit cube; more columns than that say nothing."""
        start = np.zeros(len(points), dtype=np.intp)
        size = np.full(len(points), len(self.draws), dtype=np.intp)
        for level in range(self.free):
            parts = self._parts(level, size)
            part = np.minimum((points[:, level] * parts).astype(np.intp), parts - 1)
            begin, end = part * size // parts, (part + 1) * size // parts
            start, size = start + begin, end - begin
        return np.asarray(self.draws[start])

    def _parts(self, level: int, size: NDArray[np.intp]) -> NDArray[np.intp]:
        """Into how many parts blocks of a level are split: single draws on the last."""
        return size if level == self.free - 1 else np.minimum(size, self._blocks)

    def _sort(self, draws: Array) -> NDArray[np.intp]:
        order = np.arange(len(draws))
        blocks = [(0, len(draws))]
        for level in range(self.free):
            below = []
            for start, size in blocks:
                inside = order[start : start + size]
                order[start : start + size] = inside[np.argsort(draws[inside, level], kind="stable")]
                parts = int(self._parts(level, np.array(size)))
                ends = [n * size // parts for n in range(parts + 1)]
                below += [(start + a, b - a) for a, b in pairwise(ends)]
            blocks = below
        return order
