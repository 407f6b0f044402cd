"""What holds of every linearization: it is the limit of differences, and its reverse is the transpose."""

from __future__ import annotations

import numpy as np

from halys.economy.equations import Coefficients, evaluate
from halys.economy.linear import Directions, Linearization


def directions(rng: np.random.Generator, earnings, scale, batch: int) -> Directions:
    return Directions(
        rng.standard_normal((*earnings.shape, batch)),
        rng.standard_normal((4, 3, batch)),
        scale[:, :, None] * rng.standard_normal((4, 3, batch)),
    )


def assert_forward_equals_central_differences(c: Coefficients, state, rng: np.random.Generator) -> None:
    """With a step of 1e-6, to 1e-6 relative."""
    wage, price, purchases = state
    d = directions(rng, wage, purchases, 5)
    tangent = Linearization(c, evaluate(c, wage, price, purchases), purchases).tangent(d)
    h = 1e-6
    for k in range(5):
        ahead, behind = (
            evaluate(
                c,
                wage + sign * h * d.wage[..., k],
                price + sign * h * d.price[:, :, k],
                purchases + sign * h * d.purchases[:, :, k],
            )
            for sign in (1, -1)
        )
        for analytic, name in zip(tangent, ("wage_gap", "price_gap", "purchases_gap"), strict=True):
            numeric = (getattr(ahead, name) - getattr(behind, name)) / (2 * h)
            np.testing.assert_allclose(analytic[..., k], numeric, rtol=1e-6, atol=1e-6 * np.abs(numeric).max())


def assert_reverse_is_the_transpose(c: Coefficients, state, rng: np.random.Generator) -> None:
    """⟨a, J d⟩ = ⟨J' a, d⟩ for random a and d."""
    wage, price, purchases = state
    linear = Linearization(c, evaluate(c, wage, price, purchases), purchases)
    d, a = directions(rng, wage, purchases, 6), directions(rng, wage, np.ones((4, 3)), 6)
    forward, back = linear.tangent(d), linear.cotangent(a)
    left = sum((x * y).reshape(-1, 6).sum(axis=0) for x, y in zip(a, forward, strict=True))
    right = sum((x * y).reshape(-1, 6).sum(axis=0) for x, y in zip(back, d, strict=True))
    size = sum(np.abs(x * y).reshape(-1, 6).sum(axis=0) for x, y in zip(a, forward, strict=True))
    assert np.all(np.abs(left - right) < 1e-12 * size)
