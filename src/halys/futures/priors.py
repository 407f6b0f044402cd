"""Distributions of a scenario's numbers: from value, range and kind to quantiles.

Every distribution lies between `low` and `high`; what `value` is in it depends on the kind:

    uniform      equally likely everywhere (also where no kind is stated)
    loguniform   equally likely everywhere in logarithms
    triangular   value is the most likely one; falls in straight lines to the ends
    pert         value is the most likely one; Beta with 1 + 4 s and 5 − 4 s, s = (value − low)/(high − low) [1]_
    beta         value is the mean; Beta of the concentration 4
    normal       centred at value, cut off at the ends; the ends are 3.29 standard deviations apart, as those of a range
                 that holds nine tenths are
    lognormal    the same in logarithms
    discrete     one of the values, each with its probability; quantiles are steps

References:
    .. [1] Malcolm, Roseboom, Clark and Fazar (1959), Operations Research 7(5), for PERT; Vose (2008), Risk Analysis,
       for the weight 4.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final, Literal, get_args

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import stats

from halys.errors import InputError, did_you_mean

Array = NDArray[np.float64]
Kind = Literal["uniform", "loguniform", "triangular", "pert", "beta", "normal", "lognormal", "discrete"]

NINE_TENTHS: Final = 2.0 * 1.6448536269514722  # standard deviations between the ends of nine tenths of a normal
CONCENTRATION: Final = 4.0  # of `beta`
PERT: Final = 4.0  # weight of the most likely value
_SUM: Final = 1e-9  # by how much probabilities may miss 1
_NOTHING: Final = 2.0**-100  # of probability: no draw is below it, and quantiles of Beta are not found there


@dataclass(frozen=True)
class Prior:
    """How a number is spread between two ends.

    Attributes:
        low, high: finite, low < high. value: in [low, high]; see the module for what it is. kind: of the distribution.
        values, probabilities: of `discrete` alone: rising from low to high; each above 0, together 1.

    Raises:
        InputError: ends that are no range, a value outside, a kind that is not known, or one without support: in
            logarithms with low <= 0, `beta` with its mean at an end, `discrete` without values or with probabilities
            that do not sum to 1.
    """

    value: float
    low: float
    high: float
    kind: Kind = "uniform"
    values: tuple[float, ...] = ()
    probabilities: tuple[float, ...] = ()

    def __post_init__(self) -> None:
        if not (math.isfinite(self.low) and math.isfinite(self.high) and self.low < self.high):
            raise InputError(f"low, high: {self.low!r} to {self.high!r} is no range. Give finite numbers, low < high.")
        if not self.low <= self.value <= self.high:
            raise InputError(f"value: {self.value!r} lies outside {self.low!r} to {self.high!r}.")
        if self.kind not in get_args(Kind):
            known = ", ".join(get_args(Kind))
            raise InputError(f"kind: {self.kind!r}. Give one of {known}.{did_you_mean(self.kind, get_args(Kind))}")
        if self.kind in ("loguniform", "lognormal") and self.low <= 0:
            raise InputError(f"kind: {self.kind!r} has no support at or below 0; low is {self.low!r}.")
        if self.kind == "beta" and self.value in (self.low, self.high):
            raise InputError(f"kind: 'beta' has its mean between the ends; value is {self.value!r}. Use 'pert' there.")
        if self.kind == "discrete" or self.values or self.probabilities:
            self._check_values()

    def _check_values(self) -> None:
        if self.kind != "discrete":
            raise InputError(f"values, probabilities: those of kind 'discrete' alone, not {self.kind!r}.")
        rising = all(a < b for a, b in pairwise(self.values))
        if not (rising and len(self.values) > 1 and (self.values[0], self.values[-1]) == (self.low, self.high)):
            raise InputError(f"values: {self.values!r}. Give two or more, rising from {self.low!r} to {self.high!r}.")
        total, count = math.fsum(self.probabilities), len(self.probabilities)
        if count != len(self.values) or not (min(self.probabilities) > 0 and abs(total - 1.0) <= _SUM):
            raise InputError(
                f"probabilities: {count} for {len(self.values)} values, which sum to {total!r}. Give one above 0 for "
                "each value; together they are 1."
            )

    def quantile(self, probability: ArrayLike) -> Array:
        """The numbers below which these probabilities in [0, 1] lie; any shape."""
        p = np.asarray(probability, dtype=np.float64)
        p = np.where(p < _NOTHING, 0.0, p)
        width, share = self.high - self.low, (self.value - self.low) / (self.high - self.low)
        if self.kind == "uniform":
            found = self.low + p * width
        elif self.kind == "loguniform":
            found = self.low * (self.high / self.low) ** p
        elif self.kind == "triangular":
            found = stats.triang.ppf(p, share, self.low, width)
        elif self.kind == "pert":
            found = stats.beta.ppf(p, 1 + PERT * share, 1 + PERT * (1 - share), self.low, width)
        elif self.kind == "beta":
            found = stats.beta.ppf(p, CONCENTRATION * share, CONCENTRATION * (1 - share), self.low, width)
        elif self.kind == "normal":
            found = _truncated(p, self.value, self.low, self.high)
        elif self.kind == "discrete":
            upto = np.cumsum(self.probabilities)
            upto[-1] = 1.0  # not what rounding makes of the sum, above which there would be no value
            found = np.asarray(self.values)[np.searchsorted(upto, p)]
        else:
            found = np.exp(_truncated(p, *map(math.log, (self.value, self.low, self.high))))
        return np.clip(np.asarray(found, dtype=np.float64), self.low, self.high)


def _truncated(p: Array, centre: float, low: float, high: float) -> Array:
    """Quantiles of a normal between two ends."""
    deviation = (high - low) / NINE_TENTHS
    ends = (low - centre) / deviation, (high - centre) / deviation
    return np.asarray(stats.truncnorm.ppf(p, *ends, loc=centre, scale=deviation))


def quantiles(priors: Sequence[Prior], probability: Array) -> Array:
    """(..., prior) numbers for probabilities of that shape, each column by its own prior."""
    if probability.shape[-1:] != (len(priors),):
        raise InputError(f"probability must have {len(priors)} columns, one for each prior.")
    if not priors:
        return probability.copy()
    return np.stack([prior.quantile(probability[..., n]) for n, prior in enumerate(priors)], axis=-1)
