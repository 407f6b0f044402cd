"""Scenario discovery: the simplest box of numbers in which something happens, by the patient rule induction method.

From the box of all draws, the rule [1]_ peels off the face whose removal raises the share of cases most for each draw
lost, a few draws at a time, again and again. Each box on the way is a trade between

    coverage   cases in the box / all cases             density   cases in the box / draws in the box
    mass       draws in the box / all draws

and is described by the limits on few numbers. The chosen box is then widened where that costs no density (pasting), and
limits that chance could have brought are dropped, as in [2]_: the quasi-p-value of a limited number is the probability
that the draws in the box would hold as many cases if each were one with the share that the box has without this
number's limits (binomial). Because the box was looked for among many numbers on the same draws, a limit counts as found
only below 0.05 divided by the number of numbers.

Which box: among those on the way with at least the wanted density, the one with the fewest limited numbers, of these
the one with the most coverage; where none reaches it, that with the largest harmonic mean of coverage and density.

References:
    .. [1] Friedman and Fisher (1999), Bump hunting in high-dimensional data, Statistics and Computing 9(2).
    .. [2] Bryant and Lempert (2010), Thinking inside the box, Technological Forecasting and Social Change 77(1).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from halys.errors import InputError

Array = NDArray[np.float64]
Mask = NDArray[np.bool_]

PEEL: Final = 0.05  # share of the draws of a box that one step takes off or adds
LEAST_MASS: Final = 0.05  # of all draws, that a box has
LEAST_DRAWS: Final = 10
DENSITY: Final = 0.8
LEVEL: Final = 0.05


@dataclass(frozen=True, eq=False)
class Box:
    """Limits on numbers, and what they hold.

    Attributes:
        low, high: (number,) limits, both inside the box; −inf and inf where there is none. draws, cases: in the box.
        coverage, density, mass: in [0, 1].
    """

    low: Array
    high: Array
    draws: int
    cases: int
    coverage: float
    density: float
    mass: float

    @property
    def limited(self) -> tuple[int, ...]:
        """Numbers with a limit."""
        return tuple(int(n) for n in np.flatnonzero(np.isfinite(self.low) | np.isfinite(self.high)))

    def holds(self, numbers: Array) -> Mask:
        """(draw,) which draws (draw, number) lie in it."""
        return np.asarray(((numbers >= self.low) & (numbers <= self.high)).all(axis=1))


@dataclass(frozen=True, eq=False)
class Discovery:
    """What was found.

    Attributes:
        draws, cases: in all. path: the boxes of peeling, from all draws on: the trade-off. wanted: density asked for.
        reached: whether the chosen box has it. box: the chosen one; without limits where chance explains all of them.
        quasi_p: by limited number of the box. dropped: numbers whose limits chance could have brought, with the
            quasi-p-value at which each went.
        none, every: whether nothing was a case, or all draws were; the path is then one box, and nothing is looked for.
    """

    draws: int
    cases: int
    path: tuple[Box, ...]
    wanted: float
    reached: bool
    box: Box
    quasi_p: dict[int, float]
    dropped: dict[int, float]

    @property
    def none(self) -> bool:
        return self.cases == 0

    @property
    def every(self) -> bool:
        return self.cases == self.draws


def find_box(
    numbers: Array, cases: Mask, *, density: float = DENSITY, peel: float = PEEL, least_mass: float = LEAST_MASS
) -> Discovery:
    """The simplest box of numbers that holds cases at a density.

    Args:
        numbers: (draw, number), finite. cases: (draw,) which draws are cases.
        density: wanted, in (0, 1]. peel: share of a box that a step takes off, in (0, 0.5). least_mass: of a box, in
            (0, 1); a box has at least `LEAST_DRAWS` draws too.

    Raises:
        InputError: arrays that do not fit, no draws, settings out of their range.
    """
    x, y = np.asarray(numbers, dtype=np.float64), np.asarray(cases)
    if x.ndim != 2 or y.shape != (len(x),) or y.dtype != np.bool_ or not len(x) or not np.isfinite(x).all():
        raise InputError("numbers must be (draw, number), finite, at least one draw, and cases (draw,) true or false.")
    if not (0 < density <= 1 and 0 < peel < 0.5 and 0 < least_mass < 1):
        raise InputError("density must be in (0, 1], peel in (0, 0.5) and least_mass in (0, 1).")
    search = _Search(x, y, peel, max(LEAST_DRAWS, int(np.ceil(least_mass * len(x)))))
    path = search.peel()
    chosen = _choose(path, density)
    dropped: dict[int, float] = {}
    box = search.paste(chosen)
    while (worst := search.least_sure(box)) is not None:
        dropped[worst[0]] = worst[1]
        box = search.paste(search.without(box, worst[0]))
    return Discovery(
        draws=len(x),
        cases=int(y.sum()),
        path=tuple(path),
        wanted=density,
        reached=box.density >= density,
        box=box,
        quasi_p={n: search.quasi_p(box, n) for n in box.limited},
        dropped=dropped,
    )


def _choose(path: list[Box], density: float) -> Box:
    dense = [box for box in path if box.density >= density]
    if dense:
        return min(dense, key=lambda box: (len(box.limited), -box.coverage))

    def mean(box: Box) -> float:
        return 2 * box.coverage * box.density / (box.coverage + box.density) if box.cases else 0.0

    return max(path, key=mean)


class _Search:
    """Peeling and pasting on one set of draws."""

    def __init__(self, x: Array, y: Mask, share: float, least: int) -> None:
        self.x, self.y, self.share, self.least = x, y, share, least
        self.low, self.high = x.min(axis=0), x.max(axis=0)

    def box(self, low: Array, high: Array) -> Box:
        """The box of limits; one that no draw lies beyond is none."""
        low, high = np.where(low <= self.low, -np.inf, low), np.where(high >= self.high, np.inf, high)
        held = ((self.x >= low) & (self.x <= high)).all(axis=1)
        draws, cases, every = int(held.sum()), int(self.y[held].sum()), int(self.y.sum())
        coverage, density = cases / every if every else 0.0, cases / draws if draws else 0.0
        return Box(low, high, draws, cases, coverage, density, draws / len(self.x))

    def peel(self) -> list[Box]:
        """Boxes from all draws on, each inside the one before, as long as a step raises the density."""
        unlimited = np.full(self.x.shape[1], np.inf)
        path = [self.box(-unlimited, unlimited)]
        while 0 < path[-1].cases < path[-1].draws:
            following = self._peel_once(path[-1])
            if following is None:
                break
            path.append(following)
        return path

    def _peel_once(self, box: Box) -> Box | None:
        held = box.holds(self.x)
        x, y = self.x[held], self.y[held]
        best, found = 0.0, None
        for n in range(x.shape[1]):
            column = x[:, n]
            for side in (-1, 1):
                limit = _next_limit(column, side, self.share)
                kept = column >= limit if side < 0 else column <= limit
                count = int(kept.sum())
                if not self.least <= count < len(y):
                    continue
                gain = (float(y[kept].mean()) - box.density) / (len(y) - count)
                if gain > best:
                    best, found = gain, (n, side, limit)
        if found is None:
            return None
        low, high = box.low.copy(), box.high.copy()
        (low if found[1] < 0 else high)[found[0]] = found[2]
        return self.box(low, high)

    def paste(self, box: Box) -> Box:
        """The box with its faces moved outwards as long as that does not lower the density."""
        while True:
            wider = [self._widen(box, n, side) for n in box.limited for side in (-1, 1)]
            better = [one for one in wider if one is not None and one.density >= box.density]
            if not better:
                return box
            box = max(better, key=lambda one: (one.density, one.coverage, one.draws))

    def _widen(self, box: Box, n: int, side: int) -> Box | None:
        """The box with the next few draws beyond one of its faces; None where there is no face or no draw."""
        if not np.isfinite(box.low[n] if side < 0 else box.high[n]):
            return None
        low, high = box.low.copy(), box.high.copy()
        (low if side < 0 else high)[n] = side * np.inf
        open_ = ((self.x >= low) & (self.x <= high)).all(axis=1)
        column = self.x[open_, n]
        beyond = np.sort(column[column < box.low[n]])[::-1] if side < 0 else np.sort(column[column > box.high[n]])
        if not beyond.size:
            return self.box(low, high)
        limit = beyond[min(len(beyond), max(1, int(self.share * box.draws))) - 1]
        (low if side < 0 else high)[n] = limit
        return self.box(low, high)

    def without(self, box: Box, n: int) -> Box:
        """The box without the limits on a number."""
        low, high = box.low.copy(), box.high.copy()
        low[n], high[n] = -np.inf, np.inf
        return self.box(low, high)

    def quasi_p(self, box: Box, n: int) -> float:
        """Probability of as many cases in the box at the density that it has without the limits on a number."""
        return float(stats.binom.sf(box.cases - 1, box.draws, self.without(box, n).density))

    def least_sure(self, box: Box) -> tuple[int, float] | None:
        """The limited number with the largest quasi-p-value, where that is beyond what counts as found."""
        found = [(self.quasi_p(box, n), n) for n in box.limited]
        if not found or max(found)[0] <= LEVEL / self.x.shape[1]:
            return None
        p, n = max(found)
        return n, p


def _next_limit(column: Array, side: int, share: float) -> float:
    """The limit that leaves out about a share of the draws on one side, and at least those at the end."""
    ordered = np.sort(column) if side < 0 else np.sort(column)[::-1]
    limit = ordered[min(max(1, int(share * len(ordered))), len(ordered) - 1)]
    if limit == ordered[0]:  # many draws at the end: all of them go
        inside = ordered[ordered > limit] if side < 0 else ordered[ordered < limit]
        return float(inside[0]) if inside.size else float(side * -np.inf)
    return float(limit)
