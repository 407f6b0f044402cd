"""Coalitions: what each member is worth, and on whom it depends whether a coalition is enough.

N members, numbered from 0. A coalition S is a bit mask: member i belongs to it where bit i is set, so that the array
of all values has 2^n rows and row 0 is the coalition of nobody. v(S) may be several numbers at once (the target's loss,
the loss of each member); they stand on the last axis and are treated alike.

Shapley value [1]: the mean over all n! orders of joining of what i adds to those before it,

    phi_i = sum over S without i of |S|! (n − |S| − 1)! / n! · (v(S + i) − v(S)).

It is the only rule that shares out v(N) − v(nobody) (efficiency), treats equals alike (symmetry), gives nothing to whom
adds nothing (null player) and adds up over sums of games (additivity). Banzhaf's index [2] is the mean of the same
differences over all S alike; it does not share out.

Pivot [3]: in an order of joining the member at whose arrival the value first reaches a level. Its share of all orders
is counted exactly, also where v falls again as others join: p(S) is the probability that the first |S| of a random
order are S and that no value on the way reached the level,

    p(S + i) gains p(S) / (n − |S|) while v(S) is below the level,

and where v(S + i) reaches it, that probability is i's.

1. Shapley, L. S. (1953). A value for n-person games. In *Contributions to the Theory of Games II*, 307-317.
2. Banzhaf, J. F. (1965). Weighted voting doesn't work. *Rutgers Law Review* 19, 317-343.
3. Shapley, L. S. and Shubik, M. (1954). A method for evaluating the distribution of power in a committee system.
   *American Political Science Review* 48, 787-792.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import comb

import numpy as np
from numpy.typing import ArrayLike, NDArray

from halys.errors import InputError

Array = NDArray[np.float64]
Masks = NDArray[np.int64]

MOST_MEMBERS = 20  # a mask, and an array of all values, stay small


def members_of(mask: int) -> tuple[int, ...]:
    """The members of a coalition, in order."""
    return tuple(i for i in range(int(mask).bit_length()) if mask >> i & 1)


def sizes(count: int) -> NDArray[np.intp]:
    """(2^count,) number of members of every coalition."""
    found = np.zeros(1, dtype=np.intp)
    for _ in range(count):
        found = np.concatenate([found, found + 1])
    return found


def count_members(values: ArrayLike) -> int:
    """The number of members that an array of the values of all coalitions is for.

    Raises:
        InputError: its length is no power of two from 2 to 2^20, or a value is not finite.
    """
    given = np.asarray(values, dtype=np.float64)
    rows = given.shape[0] if given.ndim else 0
    count = rows.bit_length() - 1
    if given.ndim not in (1, 2) or rows != 1 << max(count, 0) or not 1 <= count <= MOST_MEMBERS:
        raise InputError(
            f"values have shape {given.shape}; they need one row for each of the 2^n coalitions of 1 to {MOST_MEMBERS} "
            "members, row 0 for the coalition of nobody, and at most one more axis."
        )
    if not np.isfinite(given).all():
        first = int(np.flatnonzero(~np.isfinite(given.reshape(rows, -1)).all(axis=1))[0])
        raise InputError(f"the value of coalition {first} (members {members_of(first)}) is not finite.")
    return count


def shapley_values(values: ArrayLike) -> Array:
    """Shapley values, in O(n 2^n).

    Args:
        values: (2^n,) or (2^n, k), any unit, row by mask.

    Returns:
        (n,) or (n, k) in the unit of the values; summed over members v(N) − v(nobody).

    Raises:
        InputError: as `count_members`.
    """
    count = count_members(values)
    weight = np.array([1.0 / (count * comb(count - 1, size)) for size in range(count)])
    return _weighted(values, count, weight)


def banzhaf_values(values: ArrayLike) -> Array:
    """Banzhaf values: the mean of what a member adds over all coalitions of others. Arguments as `shapley_values`."""
    count = count_members(values)
    return _weighted(values, count, np.full(count, 0.5 ** (count - 1)))


def _weighted(values: ArrayLike, count: int, weight: Array) -> Array:
    """(n, ...) sum over coalitions without i, by their size, of what i adds."""
    given = np.asarray(values, dtype=np.float64)
    of = weight[sizes(count - 1)]  # of the coalitions of the n − 1 others
    found = np.empty((count, *given.shape[1:]))
    for i in range(count):
        parts = given.reshape(-1, 2, 1 << i, *given.shape[1:])
        added = parts[:, 1] - parts[:, 0]
        found[i] = np.tensordot(of.reshape(added.shape[:2]), added, axes=2)
    return found


@dataclass(frozen=True, eq=False)
class Margins:
    """What a member adds as the first and as the last one: where `last` is larger, members need each other.

    Attributes:
        first: (n,) or (n, k) v({i}) − v(nobody). last: v(N) − v(N without i).
    """

    first: Array
    last: Array


def find_margins(values: ArrayLike) -> Margins:
    """What each member adds to nobody and to all others. Arguments as `shapley_values`."""
    count = count_members(values)
    given, one = np.asarray(values, dtype=np.float64), 1 << np.arange(count)
    return Margins(given[one] - given[0], given[-1] - given[len(given) - 1 - one])


@dataclass(frozen=True, eq=False)
class Pivots:
    """On whom it depends whether a value reaches a level.

    Attributes:
        level: the level.
        share: (n,) share of all orders of joining in which a member carries the value to the level.
        never: share of orders in which it is never reached; already: whether nobody is needed.
        decisive: (n,) whether all reach the level together and all but this member do not.
        smallest: masks of the coalitions that reach it and of which no member can be spared, smallest first.
    """

    level: float
    share: Array
    never: float
    already: bool
    decisive: NDArray[np.bool_]
    smallest: tuple[int, ...]


def find_pivots(values: ArrayLike, level: float) -> Pivots:
    """Who carries a value to a level, counted over all orders.

    Args:
        values: (2^n,) by mask. level: in their unit.

    Raises:
        InputError: as `count_members`; several value functions; a level that is not finite.
    """
    count = count_members(values)
    v = np.asarray(values, dtype=np.float64)
    if v.ndim != 1 or not np.isfinite(level):
        raise InputError("pivots are counted for one value function, (2^n,), and one finite level.")
    reached, size = v >= level, sizes(count)
    masks = np.arange(len(v))
    likely, share = np.zeros(len(v)), np.zeros(count)
    likely[0] = 0.0 if reached[0] else 1.0
    for joined in range(count):
        here = masks[(size == joined) & (likely > 0)]
        for i in range(count):
            absent = here[here >> i & 1 == 0]
            after, part = absent | 1 << i, likely[absent] / (count - joined)
            share[i] += part[reached[after]].sum()
            likely[after] += np.where(reached[after], 0.0, part)
    spared = np.zeros(len(v), dtype=bool)
    for i in range(count):
        inside = masks[masks >> i & 1 == 1]
        spared[inside] |= reached[inside ^ 1 << i]
    least = masks[reached & ~spared]
    without = ~reached[len(v) - 1 - (1 << np.arange(count))]
    return Pivots(
        level=float(level),
        share=share,
        never=float(likely[-1]),
        already=bool(reached[0]),
        decisive=without & reached[-1],
        smallest=tuple(int(mask) for mask in least[np.argsort(size[least], kind="stable")]),
    )
