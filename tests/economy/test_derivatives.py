"""Derivatives of the equations: forward against central differences, reverse against forward.

Central differences with a step of 1e-6 are good to about 1e-10 of the function's size; 1e-6 relative is the promise.
Reverse mode is the transpose of forward mode, an identity of linear algebra: 1e-12.
"""

from __future__ import annotations

import numpy as np
import pytest
from linearized import assert_forward_equals_central_differences, assert_reverse_is_the_transpose

from halys.economy import Elasticities, Shock, calibrate_baseline
from halys.economy.equations import evaluate
from halys.economy.linear import Directions, Linearization
from halys.economy.preconditioner import local_derivative
from halys.economy.problem import compile_coefficients
from halys.economy.solver import earnings_shape
from worlds import make_world, random_pairs

HORIZONS = {
    "long": np.array([2.0, 5.0, 9.0]),
    "short": Elasticities(np.array([2.0, 5.0, 9.0]), np.full(3, 0.5), np.full(3, 0.2), 0.9, 1.0),
    "by industry, Roy": Elasticities(
        np.array([0.8, 1.0, 5.0]), np.array([0.0, 1.0, 2.0]), np.array([0.2, 1.0, 0.2]), 0.0, 1.5
    ),
    "nests, mobile": Elasticities(np.array([2.0, 5.0, 9.0]), np.full(3, 0.5), np.zeros(3), 1.0, np.inf),
    "Cobb-Douglas, specific": Elasticities(np.array([2.0, 5.0, 9.0]), np.ones(3), np.ones(3), 1.0, 1.0),
}


def problem(kind: str, closure: str, horizon: str = "long"):
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
    c = compile_coefficients(b, HORIZONS[horizon], Shock(**shocks[kind]), closure)
    state = (
        0.1 * rng.standard_normal(earnings_shape(c)),
        0.1 * rng.standard_normal((4, 3)),
        b.purchases * rng.uniform(0.7, 1.3, (4, 3)),
    )
    return c, state, rng


CASES = [
    (kind, closure, "long")
    for kind in ("no taxes", "baseline tariffs", "tariffs", "export taxes", "all")
    for closure in ("fixed", "proportional")
] + [("all", closure, horizon) for horizon in HORIZONS if horizon != "long" for closure in ("fixed", "proportional")]


@pytest.mark.parametrize(("kind", "closure", "horizon"), CASES)
def test_forward_equals_central_differences(kind, closure, horizon):
    assert_forward_equals_central_differences(*problem(kind, closure, horizon))


@pytest.mark.parametrize(("kind", "closure", "horizon"), CASES)
def test_reverse_is_the_transpose_of_forward(kind, closure, horizon):
    assert_reverse_is_the_transpose(*problem(kind, closure, horizon))


@pytest.mark.parametrize("horizon", ["long", "short"])
def test_local_derivative_is_the_block_of_the_whole(horizon):
    """What the preconditioner inverts for each economy are the diagonal blocks of the derivative at any state, but for
    tax revenues and the closure's deficits."""
    c, (wage, price, purchases), _ = problem("no taxes", "fixed", horizon)
    linear = Linearization(c, evaluate(c, wage, price, purchases), purchases)
    blocks = local_derivative(linear, np.ones((4, 3)))
    factors = 1 if wage.ndim == 1 else 3
    for j in range(4):
        eye = np.zeros((4, 6 + factors, 6 + factors))
        eye[j] = np.eye(6 + factors)
        inside = eye[:, 3:-3] if factors == 3 else eye[:, 3]
        found = linear.tangent(Directions(inside, eye[:, :3], eye[:, -3:]))
        gap = found.wage[j] if factors == 3 else found.wage[j][None]
        np.testing.assert_allclose(blocks[j], np.concatenate([found.price[j], gap, found.purchases[j]]), atol=1e-12)


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
