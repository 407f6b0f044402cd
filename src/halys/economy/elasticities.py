"""`Elasticities`: the numbers of a horizon by industry, as the equations take them."""

from __future__ import annotations

import hashlib
import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from halys.errors import InputError

Array = NDArray[np.float64]


class Elasticities(NamedTuple):
    """Elasticities of one horizon for K industries.

    theta (k,): between origins, > 0. value_added (k,): sigma_v between value added and inputs of the using industry.
    inputs (k,): sigma_m among its inputs. consumption: sigma_c among products in final spending. All sigma >= 0; 0 is
    Leontief, 1 Cobb-Douglas. factor_mobility: epsilon >= 1 of the draws of workers; 1 keeps every factor in its
    industry, infinity lets it move freely.
    """

    theta: Array
    value_added: Array
    inputs: Array
    consumption: float
    factor_mobility: float

    @property
    def mobile(self) -> bool:
        """Whether one wage holds in each economy."""
        return math.isinf(self.factor_mobility)

    @property
    def cobb_douglas(self) -> bool:
        """Whether all nests above the origins have constant shares."""
        return bool((self.value_added == 1.0).all() and (self.inputs == 1.0).all() and self.consumption == 1.0)

    @property
    def long_run(self) -> Elasticities:
        """The same theta with mobile factors and Cobb-Douglas nests, for which baselines are re-solved."""
        return as_elasticities(self.theta)

    @property
    def substitution(self) -> str:
        """The `hash` of all but theta."""
        return self._replace(theta=self.theta[:0]).hash

    @property
    def hash(self) -> str:
        """Hexadecimal digest of all numbers."""
        digest = hashlib.sha256()
        for part in self:
            digest.update(np.ascontiguousarray(part, dtype=np.float64).tobytes() + b"|")
        return digest.hexdigest()


def as_elasticities(given: Elasticities | Array) -> Elasticities:
    """Elasticities as they are, or from trade elasticities (industry,) those of the long run.

    Raises:
        InputError: out of range, or arrays of unlike lengths.
    """
    if not isinstance(given, Elasticities):
        theta = np.asarray(given, dtype=np.float64)
        return _checked(Elasticities(theta, np.ones(theta.shape), np.ones(theta.shape), 1.0, math.inf))
    theta, value_added, inputs = (np.asarray(part, dtype=np.float64) for part in given[:3])
    return _checked(Elasticities(theta, value_added, inputs, float(given.consumption), float(given.factor_mobility)))


def _checked(e: Elasticities) -> Elasticities:
    if e.theta.ndim != 1 or e.value_added.shape != e.theta.shape or e.inputs.shape != e.theta.shape:
        raise InputError("theta, value_added and inputs of elasticities must hold one number for each industry.")
    if not (np.isfinite(e.theta).all() and (e.theta > 0).all()):
        raise InputError("trade elasticities theta must be finite and greater than 0.")
    sigmas = np.concatenate([e.value_added, e.inputs, [e.consumption]])
    if not (np.isfinite(sigmas).all() and (sigmas >= 0).all()):
        raise InputError("elasticities of substitution must be finite and at least 0.")
    if not e.factor_mobility >= 1.0:
        raise InputError(f"factor_mobility is {e.factor_mobility!r}; it must be at least 1 (1: specific factors).")
    return e
