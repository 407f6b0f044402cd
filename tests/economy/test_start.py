"""Starting from an equilibrium nearby: fewer steps to the same answer."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from halys.economy import Horizon, Shock, SolverOptions, Status, calibrate_baseline, solve_equilibrium
from halys.errors import InputError
from worlds import make_world, pairs, random_pairs, worlds

TIGHT = SolverOptions(tolerance=1e-12)


def costs(world, factor: float) -> Shock:
    """A trade cost of an economy with all others, next to a ban."""
    iceberg = pairs(world, "CHN", "all", factor, 1.0) * pairs(world, "all", "CHN", factor, 1.0)
    return Shock(iceberg=iceberg, ban=pairs(world, "coalition_2022", "RUS", 0.7, 0.0))


@given(worlds(), st.integers(0, 99), st.floats(0.0, 1.0))
def test_the_start_decides_nothing(w, seed, blend):
    """From anywhere between two other equilibria the answer is the same, up to the tolerance of 1e-12 times the
    condition of the equations."""
    b, theta = calibrate_baseline(w), np.full(len(w.industries), 5.0)
    shock, one, two = (Shock(iceberg=random_pairs(w, seed + n, 1.0, 1.5, 1.0)) for n in range(3))
    ends = [solve_equilibrium(b, theta, s).solution.point for s in (one, two)]
    start = (1.0 - blend) * ends[0] + blend * ends[1]
    cold, warm = (solve_equilibrium(b, theta, shock, "fixed", TIGHT, start=s) for s in (None, start))
    np.testing.assert_allclose(warm.real_income, cold.real_income, rtol=1e-10)
    np.testing.assert_allclose(warm.price_hat, cold.price_hat, rtol=1e-10)
    assert warm.solution.largest <= 1e-12


def test_a_start_nearby_saves_steps(world):
    """A batch of perturbed numbers at 1e-8 from the point of its middle, or from the line through two points."""
    b, theta, loose = calibrate_baseline(world), np.full(50, 5.0), SolverOptions(tolerance=1e-8)
    middle, end = (solve_equilibrium(b, theta, costs(world, f)).solution.point for f in (1.04, 1.05))
    line = middle + 0.5 * (end - middle)
    cold = solve_equilibrium(b, theta, costs(world, 1.045))
    steps = [cold.solution.steps]
    for start in (middle, line):
        warm = solve_equilibrium(b, theta, costs(world, 1.045), options=loose, start=start)
        np.testing.assert_allclose(warm.real_income, cold.real_income, rtol=1e-8)
        steps.append(warm.solution.steps)
    assert steps[0] >= steps[1] + 3
    assert steps[1] >= steps[2] + 2


def test_at_the_solution_one_look_is_enough(small_world):
    b, theta, shock = (
        calibrate_baseline(small_world),
        np.full(3, 5.0),
        Shock(ban=random_pairs(small_world, 1, 0, 0.5, 0)),
    )
    solved = solve_equilibrium(b, theta, shock, options=TIGHT)
    again = solve_equilibrium(b, theta, shock, start=solved.solution.point)
    assert again.solution.steps == 1
    assert not again.solution.recalled


@pytest.mark.parametrize("far", [3.0, 50.0])
def test_a_start_that_leads_nowhere_is_given_up(small_world, far):
    """Log prices and wages of random numbers this large are no economy; the baseline is, and its answer comes out."""
    b, theta, shock = (
        calibrate_baseline(small_world),
        np.full(3, 5.0),
        Shock(ban=random_pairs(small_world, 1, 0, 0.5, 0)),
    )
    cold = solve_equilibrium(b, theta, shock, options=TIGHT)
    start = far * np.random.default_rng(1).standard_normal(28)
    start[16:] = 1.0
    warm = solve_equilibrium(b, theta, shock, options=TIGHT, start=start)
    assert warm.solution.status is Status.CONVERGED
    assert warm.solution.steps >= cold.solution.steps
    np.testing.assert_allclose(warm.real_income, cold.real_income, rtol=1e-10)


def spoiled(point: np.ndarray, at: int, value: float) -> np.ndarray:
    point = point.copy()
    point[at] = value
    return point


@pytest.mark.parametrize(
    "spoil",
    [
        lambda x: x[:-1],
        lambda x: x.reshape(2, -1),
        lambda x: spoiled(x, 0, np.nan),
        lambda x: spoiled(x, 5, np.inf),
        lambda x: spoiled(x, -1, 0.0),
        lambda x: spoiled(x, -1, -1.0),
    ],
    ids=["too short", "a table", "NaN", "infinite", "no purchases", "negative purchases"],
)
def test_starts_that_cannot_be(small_world, spoil):
    b, theta = calibrate_baseline(small_world), np.full(3, 5.0)
    point = solve_equilibrium(b, theta, Shock()).solution.point
    with pytest.raises(InputError, match="start must be a solution point of this economy: 28 finite numbers"):
        solve_equilibrium(b, theta, Shock(), start=spoil(point))


def test_the_start_is_left_as_it_is():
    """Also where products are bought nowhere."""
    w = make_world(3, 4, 3, holes=True)
    b, theta = calibrate_baseline(w), np.full(3, 5.0)
    point = solve_equilibrium(b, theta, Shock()).solution.point
    before = point.copy()
    solve_equilibrium(b, theta, Shock(iceberg=random_pairs(w, 1, 1.0, 1.4, 1.0)), start=point)
    np.testing.assert_array_equal(point, before)


def test_elasticities_nearby_are_of_the_same_kind():
    w = make_world()
    b = calibrate_baseline(w)
    long, short = (h.elasticities(w.industries) for h in (Horizon.long(5.0), Horizon.short(1.0)))
    for own, near in ((long, short), (short, long)):
        with pytest.raises(InputError, match="near has mobile factors"):
            solve_equilibrium(b, own, Shock(), near=near)
