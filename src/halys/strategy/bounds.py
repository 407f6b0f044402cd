"""Bounds on stakes from what a player was seen to choose (revealed preference, partial identification).

Payoffs of the player are U = W + Σ_k v_k · X_k: W is measured (its coefficient 1 is the normalisation, and its unit
that of the stakes), the stakes v_k are unknown. A move a* that was made, with what the player then believed about the
others, was worth at least as much as every other move a [1, 2]:

    W(a*) + Σ_k v_k X_k(a*)  ≥  W(a) + Σ_k v_k X_k(a)        for all plans that begin with a,

linear in v: a half-space for each alternative plan. All of them, of all observed choices, and the prior ranges of the
stakes leave a set, which is reported by its extent along each stake. Ends without a bound are a result [3].

**Beliefs.** Where beliefs are a polytope (`halys.strategy.prospects`), two sets are told apart:

- *some* = {v : there is an admissible belief under which the choices were best}, an outer set. For given v the best
  belief about a* is a vertex, and so is the worst about each alternative, since their decisions lie in different parts
  of the tree; the set is the union of polytopes over vertices, exactly;
- *every* = {v : one plan was best under each admissible belief}, an inner set: the intersection over vertices.

A plan that begins with a* is not seen beyond it: the set is a union over such plans in either case.

**An empty set** says that no stakes within the ranges explain the choices. The least slack ε, in the unit of W, that
opens U(a*) ≥ U(a) − ε for all of them says by how much; an irreducible set of observations that conflict is found by
leaving out one after another (deletion filter [4]).

References:
    1. Afriat, S. N. (1967). The construction of utility functions from expenditure data. International Economic Review
       8(1), 67-77. Varian, H. R. (1982). The nonparametric approach to demand analysis. Econometrica 50(4), 945-973.
    2. Pakes, A., Porter, J., Ho, K. and Ishii, J. (2015). Moment inequalities and their application. Econometrica
       83(1), 315-334.
    3. Manski, C. F. (2003). Partial Identification of Probability Distributions. Springer.
    4. Chinneck, J. W. and Dravnieks, E. W. (1991). Locating minimal infeasible constraint sets in linear programs. ORSA
       Journal on Computing 3(2), 157-168.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal, NamedTuple, TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

from halys.errors import InputError
from halys.strategy.disjunctions import Active, Demand, Rows, minimise
from halys.strategy.prospects import Family
from halys.strategy.tree import number_array

Array: TypeAlias = NDArray[np.float64]
Validity: TypeAlias = Literal["some", "every"]

EMPTY = 1e-8
"""Slack, in the unit of W, from which a set counts as empty: less is the tolerance of the linear programmes."""
_ZERO = 1e-9  # differences of prospects below are rounding
_SAME = 1e-9  # ends of a range closer than this are the same


@dataclass(frozen=True, eq=False)
class Choice:
    """One observed choice as prospects (W, X_1, …, X_K), see `halys.strategy.prospects`.

    Attributes:
        chosen: of the move made, for each plan (belief, 1 + stake).
        alternatives: of each other move, for each belief (plan, 1 + stake).
    """

    chosen: Family
    alternatives: tuple[Family, ...]

    @classmethod
    def plain(cls, welfare: ArrayLike, exposure: ArrayLike, chosen: int) -> Choice:
        """A choice with one belief and without later moves of one's own.

        Args:
            welfare: (alternative,) expected W. exposure: (alternative, stake) expected X. chosen: the move made.

        Raises:
            InputError: the shapes do not fit, a number is not finite, or there is no such alternative.
        """
        w, x = number_array(welfare, "welfare"), number_array(exposure, "exposure")
        if w.ndim != 1 or x.ndim != 2 or len(w) != len(x) or not (np.isfinite(w).all() and np.isfinite(x).all()):
            raise InputError(
                f"welfare has shape {w.shape} and exposure {x.shape}. Give finite numbers (alternative,) and "
                "(alternative, stake)."
            )
        if not 0 <= chosen < len(w):
            raise InputError(f"chosen: {chosen} is no alternative. Give 0..{len(w) - 1}.")
        points = np.column_stack([w, x])
        others = tuple((points[n : n + 1],) for n in range(len(w)) if n != chosen)
        return cls((points[chosen : chosen + 1],), others)


class Reach(NamedTuple):
    """The extent of the set along one stake, in % of income a year like the stake.

    Attributes:
        low, high: within the prior ranges. revealed_low, revealed_high: with the range of this stake alone lifted;
            infinite where nothing bounds it.
        at_low, at_high: the half-spaces that decide each end where it lies within the prior range, else the revealed
            end; empty where none does. held_low, held_high: other stakes whose prior range decides that end too.
        narrower: whether the set is narrower than the prior range.
    """

    low: float
    high: float
    revealed_low: float
    revealed_high: float
    at_low: tuple[Active, ...]
    at_high: tuple[Active, ...]
    held_low: tuple[int, ...]
    held_high: tuple[int, ...]
    narrower: bool


class Conflict(NamedTuple):
    """Why a set is empty.

    Attributes:
        slack: the least by which every choice must be allowed to fall short, in the unit of W. stakes: (stake,) then.
        observations: irreducible: without any one of them the rest has a solution.
        unranged_slack: the least slack with all prior ranges lifted; 0 where the ranges alone are in the way.
    """

    slack: float
    stakes: Array
    observations: tuple[int, ...]
    unranged_slack: float


@dataclass(frozen=True, eq=False)
class Bounds:
    """What choices say about stakes.

    Attributes:
        validity: `some` admissible belief, or `every`. reaches: by stake; empty where the set is.
        centre: (stake,) centre of the largest ball within the set (of one of its polytopes), None where it is empty or
            no ball is largest. radius: of that ball, inf where none is largest, nan where the set is empty.
        conflict: why the set is empty, else None.
    """

    validity: Validity
    reaches: tuple[Reach, ...]
    centre: Array | None
    radius: float
    conflict: Conflict | None


def find_bounds(choices: Sequence[Choice], low: ArrayLike, high: ArrayLike, validity: Validity = "some") -> Bounds:
    """The set of stakes under which the choices were best.

    Args:
        low, high: (stake,) prior ranges; −inf and inf where there is none. validity: for some admissible belief (an
            outer set) or for every one (an inner set); the same where each belief is one point.

    Raises:
        InputError: ranges in the wrong order or of another number of stakes, or beliefs that leave too much open.
        ConvergenceError: a linear programme could not be solved.
    """
    lower, upper = _check_ranges(choices, low, high)
    demands = [_demand(choice, validity) for choice in choices]
    conflict = _find_conflict(demands, lower, upper)
    if conflict is not None:
        return Bounds(validity, (), None, np.nan, conflict)
    reaches = tuple(_reach(demands, lower, upper, k) for k in range(len(lower)))
    ball = minimise(demands, lower, upper, np.zeros(len(lower)), "radius", -1.0)
    radius = -ball.value if ball.stakes is not None else np.inf
    return Bounds(validity, reaches, ball.stakes, radius, None)


def list_halfspaces(choices: Sequence[Choice]) -> tuple[Array, Array, list[tuple[int, int]]]:
    """A, b and (observation, alternative) of each row of the joint polytope A v ≥ b of choices with plain beliefs.

    Raises:
        InputError: a choice has several plans or beliefs, so that the set is no polytope.
    """
    normals, offsets, owners = [], [], []
    for o, choice in enumerate(choices):
        demand = _demand(choice, "some")
        if len(demand) > 1 or any(len(options) > 1 for options in demand[0]):
            raise InputError(f"observation {o} has several plans or beliefs: its set is a union, not one polytope.")
        for a, (rows,) in enumerate(demand[0]):
            normals.append(rows.normal)
            offsets.append(rows.offset)
            owners += [(o, a)] * len(rows.offset)
    if not normals:
        raise InputError("no choices. Give at least one.")
    return np.concatenate(normals), np.concatenate(offsets), owners


def project(
    choices: Sequence[Choice], low: ArrayLike, high: ArrayLike, x: int, y: int, validity: Validity = "some"
) -> Array:
    """Corners (corner, 2) of the set seen along two stakes, anticlockwise; of its convex hull where it is a union.

    None (0, 2) where the set is empty; one or two where it is a point or a segment.

    Raises:
        InputError: as `find_bounds`; or an end is infinite, so that the shadow may be unbounded.
    """
    lower, upper = _check_ranges(choices, low, high)
    if not (np.isfinite(lower).all() and np.isfinite(upper).all()):
        raise InputError("the shadow of a set on two stakes needs finite ranges of all stakes.")
    demands = [_demand(choice, validity) for choice in choices]

    def farthest(direction: Array) -> Array | None:
        cost = np.zeros(len(lower))
        cost[x], cost[y] = -direction
        found = minimise(demands, lower, upper, cost).stakes
        return None if found is None else found[[x, y]]

    first = [farthest(np.array(d, dtype=float)) for d in ((1, 0), (0, 1), (-1, 0), (0, -1))]
    corners = [corner for corner in first if corner is not None]
    if len(corners) < len(first):
        return np.zeros((0, 2))
    outline = _without_repeats([p for a, b in pairwise([*corners, corners[0]]) for p in _between(a, b, farthest)])
    return np.array(outline)


def _between(a: Array, b: Array, farthest: Callable[[Array], Array | None]) -> list[Array]:
    """a and the corners that lie beyond the line from a to b, in order; b left out."""
    step = b - a
    length = float(np.hypot(*step))
    if length <= _SAME:
        return [a]
    outward = np.array([step[1], -step[0]]) / length
    beyond = farthest(outward)
    if beyond is None or outward @ (beyond - a) <= _SAME:
        return [a]
    return [*_between(a, beyond, farthest), *_between(beyond, b, farthest)]


def _without_repeats(corners: list[Array]) -> list[Array]:
    kept: list[Array] = []
    for corner in corners:
        if not any(np.abs(corner - other).max() <= _SAME for other in kept):
            kept.append(corner)
    return kept


def _check_ranges(choices: Sequence[Choice], low: ArrayLike, high: ArrayLike) -> tuple[Array, Array]:
    lower, upper = number_array(low, "low"), number_array(high, "high")
    if lower.ndim != 1 or lower.shape != upper.shape or not np.all(lower <= upper):
        raise InputError(
            f"ranges from {lower.tolist()} to {upper.tolist()}: give low ≤ high for each stake, -inf or inf for none."
        )
    for o, choice in enumerate(choices):
        for part in (*choice.chosen, *(part for family in choice.alternatives for part in family)):
            if part.ndim != 2 or part.shape[1] != len(lower) + 1:
                raise InputError(
                    f"observation {o}: prospects of shape {part.shape}; with {len(lower)} stakes give (row, "
                    f"{len(lower) + 1})."
                )
    return lower, upper


def _demand(choice: Choice, validity: Validity) -> Demand:
    """What a choice asks of the stakes."""
    if validity == "some":
        options = [row[None] for plan in choice.chosen for row in plan]
        return tuple(
            tuple(tuple(_half_spaces(own, other) for other in family) for family in choice.alternatives)
            for own in options
        )
    everything = [np.concatenate(family) for family in choice.alternatives]
    return tuple(tuple((_half_spaces(plan, other),) for other in everything) for plan in choice.chosen)


def _half_spaces(own: Array, other: Array) -> Rows:
    """U(own) ≥ U(other) for each row of the one and each of the other."""
    difference = (own[:, None] - other[None]).reshape(-1, own.shape[1])
    difference[np.abs(difference) < _ZERO] = 0.0
    return Rows(difference[:, 1:], -difference[:, 0])


def _find_conflict(demands: Sequence[Demand], low: Array, high: Array) -> Conflict | None:
    count, free = len(low), np.full(len(low), np.inf)
    least = minimise(demands, low, high, np.zeros(count), "slack", 1.0, EMPTY / 2)
    assert least.stakes is not None  # a slack opens every set
    if least.value <= EMPTY:
        return None
    kept = list(range(len(demands)))
    for o in range(len(demands)):
        rest = [n for n in kept if n != o]
        if minimise([demands[n] for n in rest], low, high, np.zeros(count), "slack", 1.0, EMPTY).value > EMPTY:
            kept = rest
    unranged = minimise(demands, -free, free, np.zeros(count), "slack", 1.0, EMPTY).value
    return Conflict(least.value, least.stakes, tuple(kept), unranged if unranged > EMPTY else 0.0)


def _reach(demands: Sequence[Demand], low: Array, high: Array, stake: int) -> Reach:
    cost, free_low, free_high = np.zeros(len(low)), low.copy(), high.copy()
    cost[stake], free_low[stake], free_high[stake] = 1.0, -np.inf, np.inf
    lifted = [minimise(demands, free_low, free_high, sign * cost) for sign in (1, -1)]
    within = []
    for sign, found, end in zip((1, -1), lifted, (low[stake], -high[stake]), strict=True):
        # A least value that lies within the range is taken at a point within it.
        inside = found.stakes is not None and low[stake] <= found.stakes[stake] <= high[stake]
        within.append(found if inside else minimise(demands, low, high, sign * cost, enough=end + _SAME))
    ends = (_snapped(within[0].value, low[stake]), _snapped(-within[1].value, high[stake]))
    inside = (ends[0] > low[stake], ends[1] < high[stake])
    told = [one if moved else other for one, other, moved in zip(within, lifted, inside, strict=True)]
    held = [tuple(k for k in each.bounded if k != stake) for each in told]
    revealed = (lifted[0].value, -lifted[1].value)
    return Reach(*ends, *revealed, told[0].active, told[1].active, held[0], held[1], bool(any(inside)))


def _snapped(value: float, end: float) -> float:
    """The end of the prior range where the value is that, up to the tolerance."""
    return float(end) if np.isfinite(end) and abs(value - end) <= _SAME * max(1.0, abs(end)) else float(value)
