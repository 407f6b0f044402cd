"""Shapley values from random orders, for more members than all coalitions can be solved for.

An order of joining gives every member's contribution v(those before and i) − v(those before), and their mean over
random orders estimates the Shapley value without bias [1]. Each order is drawn together with its reverse: a member that
comes early in the one comes late in the other, so that what depends on the place cancels to first order. Pairs are
independent, and the standard error is that of the mean of pairs. Contributions of one order sum to v(N) − v(nobody), so
that the estimates do too.

1. Castro, J., Gómez, D. and Tejada, J. (2009). Polynomial calculation of the Shapley value based on sampling.
   *Computers & Operations Research* 36, 1726-1730.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from halys.errors import InputError
from halys.strategy.coalitions import MOST_MEMBERS, Array, Masks

Value = Callable[[Masks], Array]
"""(m,) masks to their values (m,) or (m, k)."""


@dataclass(frozen=True, eq=False)
class Sample:
    """Estimates from random orders.

    Attributes:
        values: (n,) or (n, k) estimated Shapley values; standard_errors: of the same shape, 0 where n is 1.
        orders: (orders, n) members in their order of joining.
        paths: (orders, n + 1) or (orders, n + 1, k) values on the way, from nobody to all.
        known: every mask that was evaluated, in ascending order; known_values: their values.
    """

    values: Array
    standard_errors: Array
    orders: NDArray[np.intp]
    paths: Array
    known: Masks
    known_values: Array


def sample_shapley(value: Value, count: int, samples: int, seed: int = 0) -> Sample:
    """Estimate Shapley values from `samples` orders, each drawn with its reverse.

    Args:
        value: evaluates masks, all at once and each only once.
        count: members, 1 to 20. samples: orders, an even number from 4.

    Raises:
        InputError: counts out of range.
    """
    if not 1 <= count <= MOST_MEMBERS:
        raise InputError(f"{count} members; a sample is for 1 to {MOST_MEMBERS}.")
    if samples < 4 or samples % 2:
        raise InputError(f"samples is {samples}; it must be an even number from 4, as orders are drawn in pairs.")
    rng = np.random.default_rng(seed)
    drawn = np.array([rng.permutation(count) for _ in range(samples // 2)], dtype=np.intp)
    orders = np.stack([drawn, drawn[:, ::-1]], axis=1).reshape(samples, count)
    masks = np.zeros((samples, count + 1), dtype=np.int64)
    masks[:, 1:] = np.cumsum(1 << orders.astype(np.int64), axis=1)
    known, place = np.unique(masks, return_inverse=True)
    found = np.asarray(value(known), dtype=np.float64)
    paths = found[place.reshape(masks.shape)]
    added = np.empty((samples, count, *found.shape[1:]))
    np.put_along_axis(added, orders.reshape(samples, count, *[1] * (found.ndim - 1)), np.diff(paths, axis=1), axis=1)
    pairs = added.reshape(samples // 2, 2, *added.shape[1:]).mean(axis=1)
    errors = pairs.std(axis=0, ddof=1) / np.sqrt(len(pairs))
    return Sample(pairs.mean(axis=0), errors, orders, paths, known, found)


def sample_pivots(orders: NDArray[np.intp], path: Array, level: float) -> tuple[Array, float]:
    """Share of sampled orders in which each member first carries a value to a level, and in which nobody does.

    Args:
        orders, path: (orders, n) and (orders, n + 1), as in `Sample`, for one value function.
    """
    reached = path >= level
    first = reached.argmax(axis=1)
    counts = np.bincount(
        orders[np.arange(len(orders)), np.maximum(first, 1) - 1][reached.any(axis=1) & (first > 0)],
        minlength=orders.shape[1],
    )
    return counts / len(orders), float((~reached.any(axis=1)).mean())
