"""Draws of many numbers at once: scrambled Sobol points by index, correlated where it is stated.

Points of a scrambled Sobol sequence [1]_ fill the unit cube more evenly than random ones, and the n-th is the same
whatever was drawn before: a batch of draws is given by its first index and its size. Correlation is that of ranks,
through a Gaussian copula [2]_.

References:
    .. [1] Owen (1998), Scrambling Sobol' and Niederreiter-Xing points, Journal of Complexity 14(4).
    .. [2] Iman and Conover (1982), Communications in Statistics 11(3), for rank correlation of inputs; a rank
       correlation r is one of 2 sin(pi r / 6) between the normals.
"""

from __future__ import annotations

import contextlib
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy import special
from scipy.stats import qmc

from halys.errors import InputError

Array = NDArray[np.float64]

MOST_NUMBERS: Final = qmc.Sobol.MAXDIM
MOST_DRAWS: Final = 2**30
_SLACK = 1e-9  # an eigenvalue this far below 0 is one of rounding
_INSIDE = 2.0**-33  # points keep away from the ends of the unit interval, where quantiles may be infinite


def sobol_points(count: int, first: int, size: int, seed: int) -> Array:
    """(size, count) points in (0, 1): those from index `first` on of the sequence of a seed.

    Raises:
        InputError: more numbers or draws than the sequence has, or negative ones.
    """
    if not 0 <= count <= MOST_NUMBERS:
        raise InputError(f"count: {count} numbers; a Sobol sequence is known for up to {MOST_NUMBERS:,}.")
    if first < 0 or size < 0 or first + size > MOST_DRAWS:
        raise InputError(f"first, size: draws {first} to {first + size}; there are {MOST_DRAWS:,}.")
    if count == 0 or size == 0:
        return np.empty((size, count))
    sequence = qmc.Sobol(count, scramble=True, rng=np.random.default_rng(seed))
    if first:
        sequence.fast_forward(first)
    return np.clip(_random(sequence, size), _INSIDE, 1.0 - _INSIDE)


def _random(sequence: qmc.Sobol, size: int) -> Array:
    """The next points; that a batch is no power of two says nothing about the sequence as a whole."""
    parts, left = [], size
    while left:
        power = 1 << (left.bit_length() - 1)
        parts.append(sequence.random(power))
        left -= power
    return np.concatenate(parts)


def correlation_factor(rank_correlation: Array) -> Array:
    """The factor (n, n) that makes independent normals have these rank correlations (n, n).

    Raises:
        InputError: no correlation matrix: not symmetric, a diagonal other than 1, numbers outside [-1, 1], or
            correlations that no numbers can have together (it names by how much).
    """
    r = np.asarray(rank_correlation, dtype=np.float64)
    if r.ndim != 2 or r.shape[0] != r.shape[1] or not np.isfinite(r).all():
        raise InputError("rank_correlation must be a square matrix of finite numbers.")
    if not (np.allclose(r, r.T, atol=1e-12) and np.allclose(np.diag(r), 1.0, atol=1e-12) and (abs(r) <= 1).all()):
        raise InputError("rank_correlation must be symmetric, 1 on the diagonal and between -1 and 1 elsewhere.")
    normal = 2.0 * np.sin(np.pi / 6.0 * r)
    with contextlib.suppress(np.linalg.LinAlgError):  # where some are tied to others it has no such factor
        return np.asarray(np.linalg.cholesky(normal))
    values, vectors = np.linalg.eigh(normal)
    if len(values) and values[0] < -_SLACK:
        largest = np.abs(vectors[:, 0]).argsort()[::-1][:3].tolist()
        raise InputError(
            f"rank_correlation: no numbers can be correlated like this together; the smallest eigenvalue is "
            f"{values[0]:.3g}, mostly from the numbers {', '.join(map(str, sorted(largest)))}. Weaken correlations "
            "among these."
        )
    return np.asarray(vectors * np.sqrt(np.maximum(values, 0.0)))


def correlate(points: Array, factor: Array) -> Array:
    """Points (draw, n) of the unit cube with the rank correlations of a `correlation_factor`; columns stay uniform."""
    found = special.ndtr(special.ndtri(points) @ factor.T)  # sums of far normals may be 0 or 1
    return np.asarray(np.clip(found, _INSIDE, 1.0 - _INSIDE))
