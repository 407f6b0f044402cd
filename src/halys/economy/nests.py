"""Nests of constant elasticity of substitution in changes, with the Cobb-Douglas nest as their exact limit.

With weights that sum to 1, r = 1 − sigma and p = log of the prices' changes, the log price of a nest is

    p0 + psi(sum_k w_k phi(p_k − p0)),    phi(x) = (exp(r x) − 1) / r,    psi(y) = log(1 + r y) / r,

whatever the reference p0. At r = 0 both are the identity; through expm1 and log1p no digit is lost near it. The
reference, a mean of the prices, keeps powers of a common level out of the sums.

Everything here is array-namespace neutral, as are the equations.
"""

from __future__ import annotations

from typing import Any, NamedTuple

Xp = Any  # an array of any namespace; shapes are in the docstrings


class InputNest(NamedTuple):
    """The inputs of the industries that share one elasticity sigma_m.

    power: 1 − sigma_m. industries: their indices (g,), or None for all of them. input_share (j, g, s): their rows of
    the coefficients' input_share.
    """

    power: float
    industries: Xp | None
    input_share: Xp


class Nests(NamedTuple):
    """Elasticities of substitution other than all 1.

    value_added_power (k,): 1 − sigma_v. inputs: one nest for each sigma_m. place (k,): where the industries are when
    the nests are laid side by side, None for a single nest. intermediate_share (j, k): 1 − beta.
    consumption_power: 1 − sigma_c.
    """

    value_added_power: Xp
    inputs: tuple[InputNest, ...]
    place: Xp | None
    intermediate_share: Xp
    consumption_power: float


class Factors(NamedTuple):
    """Factors that are not free to move between industries.

    share (j, k): baseline factor-income shares lambda; 0 where an industry earns nothing, or nothing any more.
    income (j, k): lambda V in world value added. idle (j, k): 1 where share is 0, else 0.
    inverse_mobility: 1/epsilon in (0, 1], 1 for factors that are specific to their industry.
    """

    share: Xp
    income: Xp
    idle: Xp
    inverse_mobility: float


def phi(xp: Any, power: float, x: Xp) -> Xp:
    """(exp(r x) − 1) / r of an array, for a number r."""
    return x if power == 0.0 else xp.expm1(power * x) / power


def psi(xp: Any, power: float, y: Xp) -> Xp:
    """log(1 + r y) / r, its inverse."""
    return y if power == 0.0 else xp.log1p(power * y) / power


def two_goods(xp: Any, power: Xp, weight: Xp, first: Xp, second: Xp) -> Xp:
    """Log price (j, k) of a nest of two with elasticities by industry: power (k,), weight (j, k) of the first.

    Around the Cobb-Douglas price, so that the sum of powers is never below 1.
    """
    rest = 1.0 - weight
    mean = weight * first + rest * second
    flat = power == 0.0
    safe = xp.where(flat, xp.ones_like(power), power)
    total = weight * xp.expm1(safe * (first - mean)) + rest * xp.expm1(safe * (second - mean))
    return mean + xp.where(flat, xp.zeros_like(total), xp.log1p(total) / safe)
