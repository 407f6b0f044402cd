"""Derivatives of the equations: forward against central differences, reverse against forward.

Central differences with a step of 1e-6 are good to about 1e-10 of the function's size; 1e-6 relative is the promise.
Reverse mode is the transpose of forward mode, an identity of linear algebra: 1e-12.
"""

from __future__ import annotations

import numpy as np
import pytest

from halys.economy import Shock, calibrate_baseline
from halys.economy.equations import evaluate
from halys.economy.linear import Directions, Linearization
from halys.economy.problem import compile_coefficients
from worlds import make_world, random_pairs


def problem(kind: str, closure: str):
    """Coefficients and a state away from the baseline, on a world with baseline tariffs and empty flows."""
    w = make_world(3, 4, 3, holes=True, tariffs=kind != "no taxes")
    rng = np.random.default_rng(5)
    shocks = {
        "no taxes": {"iceberg": random_pairs(w, 1, 1.0, 1.4, 1.0)},
        "baseline tariffs": {},
        "tariffs": {"tariff": random_pairs(w, 2, 0.0, 0.5, 0.0)},
        "export taxes": {"export_tax": random_pairs(w, 3, 0.0, 0.5, 0.0)},
        "all": {
            "iceberg": random_pairs(w, 1, 1.0, 1.4, 1.0),
            "tariff": random_pairs(w, 2, 0.0, 0.5, 0.0),
            "export_tax": random_pairs(w, 3, 0.0, 0.5, 0.0),
            "ban": random_pairs(w, 4, 0.0, 0.8, 0.0),
            "transfer": np.array([-1e5, 1e5, 5e4, -5e4]),
            "productivity": rng.uniform(0.8, 1.2, (4, 3)),
        },
    }
    if kind == "all":  # one economy without tariffs and one without export taxes: only those that levy are stored
        shocks[kind]["tariff"][:, :, 2] = 0.0
        shocks[kind]["export_tax"][:, 1] = 0.0
    b = calibrate_baseline(w)
    c = compile_coefficients(b, np.array([2.0, 5.0, 9.0]), Shock(**shocks[kind]), closure)
    state = 0.1 * rng.standard_normal(4), 0.1 * rng.standard_normal((4, 3)), b.purchases * rng.uniform(0.7, 1.3, (4, 3))
    return c, state, rng


CASES = [
    (kind, closure)
    for kind in ("no taxes", "baseline tariffs", "tariffs", "export taxes", "all")
    for closure in ("fixed", "proportional")
]


def directions(rng, scale, batch: int) -> Directions:
    return Directions(
        rng.standard_normal((4, batch)),
        rng.standard_normal((4, 3, batch)),
        scale[:, :, None] * rng.standard_normal((4, 3, batch)),
    )


@pytest.mark.parametrize(("kind", "closure"), CASES)
def test_forward_equals_central_differences(kind, closure):
    c, (wage, price, purchases), rng = problem(kind, closure)
    d = directions(rng, purchases, 5)
    tangent = Linearization(c, evaluate(c, wage, price, purchases), purchases).tangent(d)
    h = 1e-6
    for k in range(5):
        at = [
            evaluate(
                c,
                wage + sign * h * d.wage[:, k],
                price + sign * h * d.price[:, :, k],
                purchases + sign * h * d.purchases[:, :, k],
            )
            for sign in (1, -1)
        ]
        for analytic, name in zip(tangent, ("wage_gap", "price_gap", "purchases_gap"), strict=True):
            numeric = (getattr(at[0], name) - getattr(at[1], name)) / (2 * h)
            np.testing.assert_allclose(analytic[..., k], numeric, rtol=1e-6, atol=1e-6 * np.abs(numeric).max())


@pytest.mark.parametrize(("kind", "closure"), CASES)
def test_reverse_is_the_transpose_of_forward(kind, closure):
    """⟨a, J d⟩ = ⟨J' a, d⟩ for random a and d."""
    c, (wage, price, purchases), rng = problem(kind, closure)
    linear = Linearization(c, evaluate(c, wage, price, purchases), purchases)
    d, a = directions(rng, purchases, 6), directions(rng, np.ones((4, 3)), 6)
    forward, back = linear.tangent(d), linear.cotangent(a)
    left = sum((x * y).reshape(-1, 6).sum(axis=0) for x, y in zip(a, forward, strict=True))
    right = sum((x * y).reshape(-1, 6).sum(axis=0) for x, y in zip(back, d, strict=True))
    size = sum(np.abs(x * y).reshape(-1, 6).sum(axis=0) for x, y in zip(a, forward, strict=True))
    assert np.all(np.abs(left - right) < 1e-12 * size)


def test_reverse_is_the_transpose_on_the_bundled_world(world):
    """Empty industries and products that nobody buys must drop out of both modes alike."""
    b = calibrate_baseline(world)
    tax = {"tariff": random_pairs(world, 1, 0.0, 0.3, 0.0), "export_tax": random_pairs(world, 2, 0.0, 0.3, 0.0)}
    c = compile_coefficients(b, np.full(50, 5.0), Shock(**tax), "proportional")
    rng = np.random.default_rng(2)
    zero = np.zeros(80), np.zeros((80, 50)), b.purchases
    linear = Linearization(c, evaluate(c, *zero), b.purchases)
    d = Directions(
        rng.standard_normal((80, 1)),
        rng.standard_normal((80, 50, 1)),
        b.purchases[:, :, None] * rng.standard_normal((80, 50, 1)),
    )
    a = Directions(rng.standard_normal((80, 1)), rng.standard_normal((80, 50, 1)), rng.standard_normal((80, 50, 1)))
    left = sum((x * y).sum() for x, y in zip(a, linear.tangent(d), strict=True))
    right = sum((x * y).sum() for x, y in zip(linear.cotangent(a), d, strict=True))
    assert left == pytest.approx(right, rel=1e-10)
