"""Other ways to the same equilibrium: Newton-Krylov alone, a slow plain solver, another array library.

Two solvers that share neither path nor, in one case, code cannot agree to seven digits by accident.
"""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor

import array_api_strict
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from threadpoolctl import threadpool_info

import halys
from halys.economy import Shock, SolverOptions, Status, calibrate_baseline, equilibrium, solve_equilibrium, solver
from halys.economy.continuation import part_of_shock, solve_in_parts
from halys.economy.elasticities import Elasticities
from halys.economy.equations import evaluate, input_shares, trade_shares
from halys.economy.memo import Memo
from halys.economy.problem import compile_coefficients
from halys.economy.solver import earnings_shape
from halys.errors import ConvergenceError, InfeasibleError, InputError
from worlds import FIVE, gaps, make_world, pairs, random_pairs, solve_slowly, worlds

TIGHT = SolverOptions(tolerance=1e-12)


@settings(max_examples=12)
@given(worlds(), st.integers(0, 99), st.floats(1.0, 8.0))
def test_plain_tatonnement_agrees(w, seed, theta):
    """Wages that follow excess demand for labour, nothing else. It stops at 1e-11, hence 1e-7 with room to spare."""
    iceberg = random_pairs(w, seed, 1.0, 1.3, 1.0)
    tariff = (0.0 if w.tariff is None else w.tariff) + random_pairs(w, seed + 1, 0.0, 0.3, 0.0)
    b, shock = calibrate_baseline(w), Shock(iceberg=iceberg, tariff=tariff)
    q = solve_equilibrium(b, np.full(len(w.industries), theta), shock, "fixed", TIGHT)
    np.testing.assert_allclose(q.real_income, solve_slowly(w, theta, tariff, iceberg), rtol=1e-7)


def newton_only(monkeypatch):
    """Anderson is made to give up at once, at the state that it was given."""

    def give_up(state, x, preconditioner, options):
        e = state.evaluate(x)
        return x, e, [state.worst(x, e)], 0

    monkeypatch.setattr(solver, "_anderson", give_up)


@pytest.mark.parametrize("closure", ["fixed", "proportional"])
def test_newton_alone_on_a_small_world(small_world, closure, monkeypatch):
    w = small_world
    shock = Shock(
        tariff=w.tariff + random_pairs(w, 1, 0.0, 0.5, 0.0),
        export_tax=random_pairs(w, 2, 0.0, 0.2, 0.0),
        ban=random_pairs(w, 3, 0.0, 0.9, 0.0),
    )
    arguments = calibrate_baseline(w), np.full(3, 5.0), shock, closure, TIGHT
    usual = solve_equilibrium(*arguments)
    newton_only(monkeypatch)
    other = solve_equilibrium(*arguments)
    assert usual.solution.newton_steps == 0 < other.solution.newton_steps
    np.testing.assert_allclose(other.real_income, usual.real_income, rtol=1e-10)
    np.testing.assert_allclose(other.price_hat, usual.price_hat, rtol=1e-10)


def test_newton_alone_on_the_bundled_world(world, monkeypatch):
    """The fallback must be able to carry an embargo of the real table by itself: 80 economies, trade shares set to
    zero."""
    ban = pairs(world, "coalition_2022", "RUS", 1.0, 0.0) + pairs(world, "RUS", "coalition_2022", 1.0, 0.0)
    arguments = calibrate_baseline(world), np.full(50, 5.0), Shock(ban=ban)
    usual = solve_equilibrium(*arguments)
    newton_only(monkeypatch)
    other = solve_equilibrium(*arguments)
    assert other.solution.newton_steps > 0
    np.testing.assert_allclose(other.real_income, usual.real_income, rtol=1e-8)


def test_newton_takes_over_where_anderson_stalls(small_world, monkeypatch):
    """Without patience Anderson stops after its first pass."""
    monkeypatch.setattr(solver, "_PATIENCE", -1)
    shock = Shock(ban=random_pairs(small_world, 3, 0.0, 0.9, 0.0))
    q = solve_equilibrium(calibrate_baseline(small_world), np.full(3, 0.6), shock, "fixed", TIGHT)
    assert q.solution.status is Status.CONVERGED
    assert q.solution.newton_steps > 0


def as_strict(part):
    """Arrays, and records of arrays, of the strict implementation; numbers and None as they are."""
    if isinstance(part, np.ndarray):
        return array_api_strict.asarray(np.ascontiguousarray(part))
    if isinstance(part, tuple):
        inside = [as_strict(each) for each in part]
        return type(part)(*inside) if hasattr(part, "_fields") else tuple(inside)
    return part


HORIZONS = {
    "long": np.array([2.0, 5.0, 9.0]),
    "short": Elasticities(np.array([2.0, 5.0, 9.0]), np.full(3, 0.5), np.full(3, 0.2), 0.9, 1.0),
    "mixed": Elasticities(np.array([0.8, 1.0, 2.0]), np.array([0.0, 1.0, 2.0]), np.array([0.2, 1.0, 0.2]), 0.5, 1.5),
    "nests": Elasticities(np.array([2.0, 5.0, 9.0]), np.array([0.0, 1.0, 2.0]), np.zeros(3), 1.0, np.inf),
}


@pytest.mark.parametrize("closure", ["fixed", "proportional"])
@pytest.mark.parametrize("horizon", HORIZONS)
def test_equations_run_on_the_array_api_standard(closure, horizon):
    """The same numbers from an implementation of the standard that refuses everything outside it. 1e-13: the order of
    sums may differ."""
    w = make_world(3, holes=True)
    shock = Shock(
        iceberg=random_pairs(w, 1, 1.0, 1.4, 1.0),
        tariff=random_pairs(w, 2, 0.0, 0.5, 0.0),
        export_tax=random_pairs(w, 3, 0.0, 0.5, 0.0),
        ban=random_pairs(w, 4, 0.0, 0.8, 0.0),
    )
    b = calibrate_baseline(w)
    c = compile_coefficients(b, HORIZONS[horizon], shock, closure)
    rng = np.random.default_rng(0)
    state = (
        0.1 * rng.standard_normal(earnings_shape(c)),
        0.1 * rng.standard_normal((4, 3)),
        b.purchases * rng.uniform(0.8, 1.2, (4, 3)),
    )
    expected = evaluate(c, *state)
    strict = as_strict(c)
    found = evaluate(strict, *(array_api_strict.asarray(part) for part in state))
    for name, values in expected._asdict().items():
        pairs_of = (
            zip(getattr(found, name), values, strict=True)
            if name == "input_scale"
            else [(getattr(found, name), values)]
        )
        for one, other in pairs_of:
            if other is None:
                assert one is None
            else:
                np.testing.assert_allclose(np.asarray(one), other, rtol=1e-12, atol=1e-15, err_msg=name)
    np.testing.assert_allclose(np.asarray(trade_shares(strict, found)), trade_shares(c, expected), rtol=1e-13)
    np.testing.assert_allclose(np.asarray(input_shares(strict, found)), input_shares(c, expected), rtol=1e-13)


def test_equations_without_any_tax_on_the_array_api_standard():
    """Arrays of wedges are then of width zero."""
    w = make_world(3, tariffs=False)
    b = calibrate_baseline(w)
    c = compile_coefficients(b, np.full(3, 5.0), Shock(), "fixed")
    state = [array_api_strict.asarray(part) for part in (np.zeros(4), np.zeros((4, 3)), b.purchases)]
    found = evaluate(as_strict(c), *state)
    np.testing.assert_allclose(np.asarray(found.wage_gap), 0.0, atol=1e-14)
    np.testing.assert_allclose(np.asarray(found.purchases_gap), 0.0, atol=1e-14)


# Reports and refusals -------------------------------------------------------------------------------------------------


def test_out_of_steps_is_an_error_with_a_report(world):
    """An unconverged solve never returns; the report says where the equations are off and what to try."""
    measure = halys.Tariff(exporters="USA", importers="CHN", rate=0.2)
    with pytest.raises(
        ConvergenceError, match=r"not converged after 3 steps: the .* equation of .* Raise max_steps"
    ) as e:
        halys.solve(world, measure, horizon=FIVE, max_steps=3)
    report = e.value.report
    assert report.status is Status.TOO_MANY_STEPS
    assert report.steps == 3
    assert report.largest > 1e-10
    assert (e.value.exit_code, e.value.kind) == (4, "not-converged")


def test_almost_converged_is_not_converged(world):
    """However near the tolerance a solve runs out of steps, it raises: every number of steps either meets 1e-10 or
    fails."""
    measure = halys.Tariff(exporters="USA", importers="CHN", rate=0.2)
    seen = []
    for steps in range(3, 30):
        try:
            outcome = halys.solve(world, measure, horizon=FIVE, max_steps=steps)
        except ConvergenceError as error:
            seen.append(error.report.largest)
        else:
            assert outcome.solver.largest_residual <= 1e-10
            break
    assert all(residual > 1e-10 for residual in seen)
    assert min(seen) < 1e-6, "the last failures must have been near misses"


def test_income_that_would_be_negative(small_world):
    """A transfer of twice the payer's income is refused before solving; one near all of it ends in an error too."""
    income = small_world.income[0] * small_world.unit / 1e9
    with pytest.raises(InfeasibleError, match=r"transfers take .* from AAA, whose whole final spending is"):
        halys.solve(small_world, halys.Transfer(payers="AAA", recipients="BBB", amount=2.0 * income), horizon=FIVE)
    gift = 0.999 * income
    with pytest.raises(ConvergenceError, match="income falls to zero"):
        halys.solve(small_world, halys.Transfer(payers="AAA", recipients="BBB", amount=gift), horizon=FIVE)


def test_income_that_would_be_negative_on_the_bundled_world(world):
    with pytest.raises(InfeasibleError, match="5000 bn USD a year from RUS"):
        halys.solve(world, halys.Transfer(payers="RUS", recipients="USA", amount=5000.0), horizon=FIVE)


@pytest.mark.parametrize("tolerance", [1e-7, 1e-14, 0.0, float("nan")])
def test_tolerance_out_of_bounds(small_world, tolerance):
    """A loose tolerance makes small effects wrong in their second digit; a tighter one than rounding cannot be met."""
    with pytest.raises(InputError, match="tolerance is"):
        halys.solve(small_world, horizon=FIVE, tolerance=tolerance)


def test_max_steps_must_be_positive(small_world):
    with pytest.raises(InputError, match="max_steps"):
        halys.solve(small_world, horizon=FIVE, max_steps=0)


def test_record_of_a_solve(world):
    """Residual of every block of equations, where it is, and what the solve was."""
    outcome = halys.solve(world, halys.Tariff(exporters="USA", importers="CHN", rate=0.2), horizon=FIVE)
    s = outcome.solver
    assert s.status == "converged"
    assert set(s.residuals) == {"factor market", "numeraire", "price", "expenditure"}
    assert s.largest_residual == max(r.value for r in s.residuals.values()) <= s.tolerance == 1e-10
    assert s.residuals["factor market"].where in world.economies
    assert s.residuals["price"].where.split(" ")[1] in world.industries
    assert (s.world, s.world_hash) == (world.id, world.hash)
    assert s.left_out.startswith("51 empty industries, 10 products")
    assert s.horizon == "long run, trade elasticity 5 in every industry"


def test_world_that_is_not_in_equilibrium_is_refused(small_world):
    w = small_world
    value_added = w.value_added * np.array([1.0, 1.1, 1.2])
    raw = halys.World.from_arrays(
        w.economies, w.industries, w.flows, w.intermediate, value_added, w.tariff, w.final, balanced=False
    )
    with pytest.raises(InputError, match=r"does not balance; re-solve it first: halys\.solve_baseline"):
        halys.solve(raw, horizon=FIVE)
    assert halys.solve_baseline(raw, horizon=FIVE).in_equilibrium


def test_world_of_another_type(small_world):
    with pytest.raises(InputError, match=r"world must be a halys\.World, not str"):
        halys.solve("icio-2022")


def test_hard_shocks_are_reached_in_parts(world, monkeypatch):
    """At an elasticity of 1, large random tariffs on nearly all pairs defeat both direct methods; the shock in parts
    arrives, and its answer obeys the equations to the same tolerance."""
    rng = np.random.default_rng(4)
    hit = (rng.random(world.flows.shape) < 0.9) & ~np.eye(len(world.economies), dtype=bool)
    tariff = np.where(hit, rng.exponential(0.5, world.flows.shape), 0.0)
    failed = []
    monkeypatch.setattr(
        equilibrium,
        "solve_in_parts",
        lambda part, first: failed.append(first) or solve_in_parts(part, first),
    )
    b, theta = calibrate_baseline(world), np.full(len(world.industries), 1.0)
    q = solve_equilibrium(b, theta, Shock(tariff=tariff), "proportional")
    assert [first.status for first in failed] == [Status.STALLED]
    assert q.solution.status is Status.CONVERGED
    assert q.solution.steps > failed[0].steps, "the steps of the first attempt count too"
    assert max(gaps(world, q, 1.0).values()) < 1e-8


def test_part_of_a_shock_runs_from_the_baseline_to_the_whole(small_world):
    w = small_world
    shock = Shock(
        iceberg=1.0 + random_pairs(w, 1, 0.0, 1.0, 0.0),
        tariff=w.tariff + random_pairs(w, 2, 0.0, 0.5, 0.0),
        export_tax=random_pairs(w, 3, 0.0, 0.2, 0.0),
        ban=random_pairs(w, 4, 0.0, 1.0, 0.0),
        productivity=np.full((len(w.economies), len(w.industries)), 0.8),
    )
    b = calibrate_baseline(w)
    none, whole = part_of_shock(b, shock, 0.0), part_of_shock(b, shock, 1.0)
    for name in ("iceberg", "tariff", "export_tax", "ban", "productivity"):
        np.testing.assert_allclose(getattr(whole, name), getattr(shock, name), rtol=1e-14, atol=1e-15)
    np.testing.assert_allclose(none.iceberg, 1.0)
    np.testing.assert_allclose(none.tariff, w.tariff)
    assert not none.export_tax.any()
    assert not none.ban.any()


def test_where_every_part_fails_the_answer_is_an_error(small_world, monkeypatch):
    """Every part fails, the smallest too: the direct attempt is reported, never passed off as converged."""
    w = small_world
    newton_only(monkeypatch)
    options = SolverOptions(max_newton=0)
    with pytest.raises(ConvergenceError, match="stopped making progress") as caught:
        solve_equilibrium(
            calibrate_baseline(w), np.full(3, 5.0), Shock(ban=random_pairs(w, 3, 0.0, 0.9, 0.0)), "fixed", options
        )
    assert caught.value.report.status is Status.STALLED
    assert caught.value.report.largest > 1e-3


def test_solves_in_threads_give_the_threads_of_blas_back(world):
    """BLAS is held to one thread while any solve runs; a server must find it as it was."""
    before = [info["num_threads"] for info in threadpool_info() if info["user_api"] == "blas"]
    tariff = halys.Tariff(exporters="USA", importers="CHN", rate=0.2)
    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(lambda _: halys.solve(world, tariff, horizon=FIVE).total("CHN").percent, range(16)))
    assert max(found) == min(found)
    assert [info["num_threads"] for info in threadpool_info() if info["user_api"] == "blas"] == before


def test_threads_that_need_the_same_thing_wait_for_one_making():
    """And an error of the making is told to each that asks, and is not kept."""
    memo, made = Memo(size=2), []

    def make():
        time.sleep(0.02)
        made.append(1)
        return object()

    with ThreadPoolExecutor(4) as pool:
        assert len(set(pool.map(lambda _: memo.get("key", make), range(8)))) == 1
    assert len(made) == 1
    with pytest.raises(ZeroDivisionError):
        memo.get("other", lambda: 1 / 0)
    assert memo.get("other", lambda: 7) == 7
    assert memo.get("third", lambda: 8) == 8
    assert memo.get("key", lambda: 9) == 9, "the oldest is forgotten"
