"""Who joins first, by what a loss of the target is worth.

A member that joins brings about a loss I_i of the target and bears B_i itself, in the same unit. If one unit of the
target's loss is worth omega units to it, joining is worth

    omega I_i − B_i.

It joins from omega = B_i / I_i on. A member with B_i <= 0 gains from sanctions and joins at any omega >= 0: no ratio
says anything about it, so it is listed apart, first. One with I_i <= 0 brings about no loss and never joins for the
loss. Two members swap places in the order where their lines cross, at (B_i − B_j) / (I_i − I_j).
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import ArrayLike, NDArray

from halys.errors import InputError

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Ranking:
    """The order of members by omega I − B on an interval of omega, first who wants it most.

    Attributes:
        low, high: ends of the interval. order: all members. willing: how many of these, from the first, join.
    """

    low: float
    high: float
    order: tuple[int, ...]
    willing: int


@dataclass(frozen=True, eq=False)
class Joining:
    """Who joins, and in which order.

    Attributes:
        joins_from: (n,) the omega from which a member joins: 0 where it gains, infinite where it never does.
        gaining: members that gain from joining, largest gain first. refusing: those that never join.
        rankings: intervals of omega from the lowest to the highest, together the whole range.
    """

    joins_from: Array
    gaining: tuple[int, ...]
    refusing: tuple[int, ...]
    rankings: tuple[Ranking, ...]


def order_joining(imposed: ArrayLike, borne: ArrayLike, low: float, high: float) -> Joining:
    """The order of joining over a range of omega, with every omega at which it changes.

    Args:
        imposed, borne: (n,) losses in one unit, finite; negative ones are gains.
        low, high: range of omega, 0 <= low < high.

    Raises:
        InputError: shapes that differ, numbers that are not finite, an empty range.
    """
    i, b = np.asarray(imposed, dtype=np.float64), np.asarray(borne, dtype=np.float64)
    if i.ndim != 1 or i.shape != b.shape or not i.size or not (np.isfinite(i).all() and np.isfinite(b).all()):
        raise InputError(f"imposed and borne must be finite vectors of one length; given {i.shape} and {b.shape}.")
    if not 0.0 <= low < high < np.inf:
        raise InputError(f"the range of omega is {low:g} to {high:g}; it needs 0 <= low < high, both finite.")
    gains = b <= 0.0
    with np.errstate(divide="ignore", invalid="ignore"):
        starts = np.where(gains, 0.0, np.where(i > 0.0, b / i, np.inf))
        crossings = ((b[:, None] - b) / (i[:, None] - i))[np.triu_indices(len(i), 1)]
        zeros = b / i
    between = np.concatenate([crossings, zeros])
    between = np.unique(between[np.isfinite(between) & (between > low) & (between < high)])
    ends = np.concatenate([[low], between, [high]])
    rankings: list[Ranking] = []
    for left, right in pairwise(ends):
        score = 0.5 * (left + right) * i - b
        order = tuple(int(n) for n in np.argsort(-score, kind="stable"))
        willing = int((score >= 0.0).sum())
        if rankings and (rankings[-1].order, rankings[-1].willing) == (order, willing):
            rankings[-1] = Ranking(rankings[-1].low, float(right), order, willing)
        else:
            rankings.append(Ranking(float(left), float(right), order, willing))
    return Joining(
        joins_from=starts,
        gaining=tuple(int(n) for n in np.argsort(b, kind="stable") if gains[n]),
        refusing=tuple(int(n) for n in np.flatnonzero(~gains & (i <= 0.0))),
        rankings=tuple(rankings),
    )
