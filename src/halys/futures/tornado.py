"""One number at a time: the result with each at its low and at its high quantile and all others at the reference.

It shows direction and size near the reference, and nothing of what numbers do together; Sobol indices do.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from halys.errors import InputError
from halys.futures.priors import Prior

Array = NDArray[np.float64]

ENDS: Final = (0.05, 0.95)


def tornado_rows(priors: Sequence[Prior], reference: Array) -> Array:
    """(1 + 2 · number, number) the reference, then each number at its two quantiles `ENDS`, low before high.

    Args:
        reference: (number,) the others' values.
    """
    if np.shape(reference) != (len(priors),):
        raise InputError(f"reference must be {len(priors)} numbers, one for each prior.")
    rows = np.tile(np.asarray(reference, dtype=np.float64), (1 + 2 * len(priors), 1))
    for n, prior in enumerate(priors):
        rows[1 + 2 * n : 3 + 2 * n, n] = prior.quantile(ENDS)
    return rows


@dataclass(frozen=True, eq=False)
class Tornado:
    """Swings of a result.

    Attributes:
        reference: the result with all numbers at the reference; NaN where there is none.
        low, high: (number,) the result with the number at its low and at its high quantile; NaN where there is none.
        span: (number,) the largest difference among low, high and reference, of those that are there; 0 where
            the number changes nothing, NaN where fewer than two of them are there.
        order: numbers by span, the largest first, those without one last; equal ones in their order.
    """

    reference: float
    low: Array
    high: Array
    span: Array
    order: tuple[int, ...]


def read_tornado(results: Array, resolution: float = 0.0) -> Tornado:
    """The swings from results (row,) in the order of `tornado_rows`.

    Args:
        resolution: results that differ from the reference by no more are the same, in the unit of the result.
    """
    y = np.asarray(results, dtype=np.float64)
    if y.ndim != 1 or len(y) % 2 == 0:
        raise InputError("results must be one for the reference and two for each number.")
    y = np.where(np.abs(y - y[0]) <= resolution, y[0], y)
    pairs = y[1:].reshape(-1, 2)
    three = np.column_stack([pairs, np.full(len(pairs), y[0])])
    known = np.isfinite(three)
    most, least = np.where(known, three, -np.inf).max(axis=1), np.where(known, three, np.inf).min(axis=1)
    span = np.full(len(pairs), np.nan)
    enough = known.sum(axis=1) > 1
    span[enough] = most[enough] - least[enough]
    order = sorted(range(len(span)), key=lambda n: (np.isnan(span[n]), -span[n] if span[n] == span[n] else 0.0, n))
    return Tornado(float(y[0]), pairs[:, 0], pairs[:, 1], span, tuple(order))
