"""Linear programmes over half-spaces of which some are alternatives: the least value of a line on a union of polytopes.

Variables are stakes v with box bounds and one margin s. Observation o demands

    ∃ option c of o:  ∀ alternative a of o:  ∃ option j of a:   N v + γ s ≥ d   for all rows (N, d) of (c, a, j),

so that the set of stakes is a union of polytopes, one where nothing has two options. Minimising on it is disjunctive
programming [1]: depth-first branching on a demand that the relaxed solution breaks, with the relaxation (the demands
decided so far) as lower bound. The result is exact up to the tolerance of the linear programmes (1e-10), solved by
HiGHS [2]; more than `MOST_PROGRAMMES` of them are refused.

The margin is one of three: `none` (s = 0); `slack` (γ = 1, s ≥ 0: by how much every row may be missed); `radius`
(γ = −‖N‖, and the box shrinks by s: the radius of a ball inside).

References:
    1. Balas, E. (1979). Disjunctive programming. Annals of Discrete Mathematics 5, 3-51.
    2. Huangfu, Q. and Hall, J. A. J. (2018). Parallelizing the dual revised simplex method. Mathematical Programming
       Computation 10(1), 119-142.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linprog

from halys.errors import ConvergenceError, InputError

Array: TypeAlias = NDArray[np.float64]
Margin: TypeAlias = Literal["none", "slack", "radius"]

MOST_PROGRAMMES = 20_000
"""Linear programmes for one number."""
_TOLERANCE = 1e-10  # of a linear programme
_VIOLATED = 1e-8  # by how much a row, scaled to a largest coefficient of 1, must be missed to count as broken


class Rows(NamedTuple):
    """Half-spaces N v ≥ d: `normal` (row, stake), `offset` (row,)."""

    normal: Array
    offset: Array


Demand: TypeAlias = tuple[tuple[tuple[Rows, ...], ...], ...]
"""By option of the observation, by alternative, by option of the alternative."""


class Active(NamedTuple):
    """A half-space that holds with equality at a solution and decides it.

    Attributes:
        observation, alternative: where it comes from. multiplier: by how much the value would move if the row's
            offset rose by 1, > 0.
    """

    observation: int
    alternative: int
    multiplier: float


@dataclass(frozen=True, eq=False)
class Least:
    """The least value: −inf where there is none, +inf where the set is empty; the point and what decides it.

    Attributes:
        stakes: (stake,) where it is taken; None where it is not finite. margin: s there.
        active: half-spaces with a multiplier. bounded: stakes whose box bound has one.
    """

    value: float
    stakes: Array | None
    margin: float
    active: tuple[Active, ...]
    bounded: tuple[int, ...]


NOTHING_THERE = Least(np.inf, None, np.nan, (), ())


class _Solved(NamedTuple):
    status: Literal["optimal", "empty", "unbounded"]
    value: float = np.nan
    point: Array | None = None
    multipliers: Array | None = None
    bounded: tuple[int, ...] = ()


def minimise(
    demands: Sequence[Demand],
    low: Array,
    high: Array,
    cost: Array,
    margin: Margin = "none",
    weight: float = 0.0,
    enough: float = -np.inf,
) -> Least:
    """The least cost·v + weight·s over the stakes that meet all demands.

    Args:
        low, high: (stake,) box bounds, may be infinite. cost: (stake,). enough: a value at which the search may stop;
            a lower bound of the least value, or one below which the value itself does not matter.

    Raises:
        InputError: more than `MOST_PROGRAMMES` linear programmes would be needed.
        ConvergenceError: a linear programme could not be solved.
    """
    return _Search(demands, low, high, np.append(cost, weight), margin).run(enough)


class _Search:
    """Depth-first branch and bound; a node is what has been decided: an option of observations and of alternatives."""

    def __init__(self, demands: Sequence[Demand], low: Array, high: Array, cost: Array, margin: Margin) -> None:
        self.demands, self.low, self.high, self.cost, self.margin = demands, low, high, cost, margin
        self.best, self.programmes = NOTHING_THERE, 0

    def run(self, enough: float) -> Least:
        waiting: list[dict[tuple[int, ...], int]] = [self._forced()]
        while waiting and self.best.value > enough:
            decided = waiting.pop()
            if self.programmes >= MOST_PROGRAMMES:
                raise InputError(
                    f"more than {MOST_PROGRAMMES:,} linear programmes for one bound: the beliefs leave too many "
                    "combinations open. State more of them, or give fewer a range."
                )
            self.programmes += 1
            rows, owners = self._rows(decided)
            found = self._solve(rows)
            if found.status == "empty" or (found.status == "optimal" and found.value >= self.best.value - 1e-12):
                continue
            open_ = self._broken(decided, found.point)
            if open_ is None:
                self.best = self._leaf(found, owners)  # where it is unbounded, nothing can be less
                continue
            waiting += [{**decided, open_: option} for option in reversed(range(self._options(decided, open_)))]
        return self.best

    def _forced(self) -> dict[tuple[int, ...], int]:
        """What leaves no choice."""
        decided: dict[tuple[int, ...], int] = {}
        for o, demand in enumerate(self.demands):
            if len(demand) == 1:
                decided[(o,)] = 0
                decided |= {(o, a): 0 for a, options in enumerate(demand[0]) if len(options) == 1}
        return decided

    def _options(self, decided: dict[tuple[int, ...], int], item: tuple[int, ...]) -> int:
        demand = self.demands[item[0]]
        return len(demand) if len(item) == 1 else len(demand[decided[item[:1]]][item[1]])

    def _rows(self, decided: dict[tuple[int, ...], int]) -> tuple[Rows, list[tuple[int, int]]]:
        """All half-spaces that are decided, and the observation and alternative of each."""
        parts, owners = [], list[tuple[int, int]]()
        for o, demand in enumerate(self.demands):
            if (o,) not in decided:
                continue
            for a, options in enumerate(demand[decided[(o,)]]):
                option = 0 if len(options) == 1 else decided.get((o, a))
                if option is not None:
                    parts.append(options[option])
                    owners += [(o, a)] * len(options[option].offset)
        if not parts:
            return Rows(np.zeros((0, len(self.low))), np.zeros(0)), owners
        return Rows(np.concatenate([p.normal for p in parts]), np.concatenate([p.offset for p in parts])), owners

    def _margins(self, rows: Rows) -> Array:
        """γ of each row."""
        if self.margin == "radius":
            return np.asarray(-np.linalg.norm(rows.normal, axis=1))
        return np.full(len(rows.offset), 1.0 if self.margin == "slack" else 0.0)

    def _solve(self, rows: Rows) -> _Solved:
        normal, scale = np.column_stack([rows.normal, self._margins(rows)]), _scales(rows)
        matrix, limit = -normal / scale[:, None], -rows.offset / scale
        if self.margin == "radius":
            matrix, limit = _shrink_box(matrix, limit, self.low, self.high)
        ends = [*zip(self.low, self.high, strict=True), (0.0, 0.0 if self.margin == "none" else np.inf)]
        found = _linear_programme(self.cost, matrix, limit, ends)
        if found.multipliers is None:
            return found
        return found._replace(multipliers=found.multipliers[: len(scale)] / scale)

    def _broken(self, decided: dict[tuple[int, ...], int], point: Array | None) -> tuple[int, ...] | None:
        """What to decide next: an open item that the point does not meet; without a point, any open item."""
        for o, demand in enumerate(self.demands):
            known = decided.get((o,))
            options = range(len(demand)) if known is None else [known]
            if point is not None and any(self._met(demand[c], o, decided, point) for c in options):
                continue
            if known is None:
                return (o,)
            for a, each in enumerate(demand[known]):
                if len(each) > 1 and (o, a) not in decided and (point is None or not self._any(each, point)):
                    return (o, a)
        return None

    def _met(
        self, option: tuple[tuple[Rows, ...], ...], o: int, decided: dict[tuple[int, ...], int], point: Array
    ) -> bool:
        return all((o, a) in decided or self._any(each, point) for a, each in enumerate(option))

    def _any(self, options: tuple[Rows, ...], point: Array) -> bool:
        return any(
            bool(np.all((r.normal @ point[:-1] + self._margins(r) * point[-1] - r.offset) / _scales(r) >= -_VIOLATED))
            for r in options
        )

    def _leaf(self, found: _Solved, owners: list[tuple[int, int]]) -> Least:
        if found.point is None or found.multipliers is None:
            return Least(-np.inf, None, np.nan, (), ())
        weight: dict[tuple[int, int], float] = {}
        for owner, multiplier in zip(owners, found.multipliers, strict=True):
            weight[owner] = weight.get(owner, 0.0) + float(multiplier)
        largest = max(weight.values(), default=0.0)
        active = tuple(Active(*owner, m) for owner, m in weight.items() if m > 1e-9 * max(largest, 1.0))
        return Least(found.value, found.point[:-1], float(found.point[-1]), active, found.bounded)


def _scales(rows: Rows) -> Array:
    """The largest coefficient of each row; 1 for a row without any."""
    largest = np.abs(rows.normal).max(axis=1, initial=0.0)
    return np.where(largest > 0, largest, 1.0)


def _shrink_box(matrix: Array, limit: Array, low: Array, high: Array) -> tuple[Array, Array]:
    """Rows v_k − s ≥ low_k and v_k + s ≤ high_k where the ends are finite."""
    unit = np.eye(len(low), len(low) + 1)
    unit[:, -1] = -1.0
    below, above = np.isfinite(low), np.isfinite(high)
    other = np.abs(unit)
    return (
        np.concatenate([matrix, -unit[below], other[above]]),
        np.concatenate([limit, -low[below], high[above]]),
    )


def _linear_programme(cost: Array, matrix: Array, limit: Array, ends: Sequence[tuple[float, float]]) -> _Solved:
    """min cost·x with matrix x ≤ limit and ends."""
    found = _highs(cost, matrix, limit, ends)
    if found.status == 0:
        upper, lower = found.upper.marginals[:-1], found.lower.marginals[:-1]
        bounded = tuple(int(k) for k in np.flatnonzero((np.abs(upper) > 1e-9) | (np.abs(lower) > 1e-9)))
        return _Solved("optimal", float(found.fun), np.asarray(found.x), -np.asarray(found.ineqlin.marginals), bounded)
    if found.status == 2:
        return _Solved("empty")
    # What HiGHS calls unbounded may be empty as well: it is unbounded where there is any point at all.
    feasible = _highs(np.zeros_like(cost), matrix, limit, ends)
    if found.status in (3, 4) and feasible.status in (0, 2):
        return _Solved("unbounded" if feasible.status == 0 else "empty")
    raise ConvergenceError(
        f"a linear programme of the bounds was not solved: {found.message} Check that exposures and losses are of "
        "usual size, or leave out an observation."
    )


def _highs(cost: Array, matrix: Array, limit: Array, ends: Sequence[tuple[float, float]]) -> Any:
    return linprog(
        cost,
        A_ub=matrix,
        b_ub=limit,
        bounds=list(ends),
        method="highs",
        options={"primal_feasibility_tolerance": _TOLERANCE, "dual_feasibility_tolerance": _TOLERANCE},
    )
