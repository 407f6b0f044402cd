"""The short run on the bundled world: sizes of trial runs, large shocks that must converge, and its elasticities.

Trial runs of the model were made with an earlier selection of allies; where their numbers come out otherwise for that
reason, the test says so. Bounds are about a fifth of the number.
"""

from __future__ import annotations

import numpy as np
import pytest

import halys
from halys.economy import Horizon, Shock, calibrate_baseline, solve_equilibrium
from halys.errors import InfeasibleError
from worlds import random_pairs

COALITION, RUSSIA, CHINA = "coalition_2022", "RUS", "CHN"


def both_ways(one, other, kind=halys.Ban, industries="goods", **numbers):
    return [
        kind(exporters=one, importers=other, industries=industries, **numbers),
        kind(exporters=other, importers=one, industries=industries, **numbers),
    ]


def converged(outcome) -> bool:
    return outcome.solver.status == "converged" and outcome.solver.largest_residual <= 1e-10


def test_goods_ban_of_russia(world):
    """θ = 2, coverage 0.7: RUS −4.0, EU −0.45, China +0.02 % in the trial runs."""
    outcome = halys.solve(world, both_ways(COALITION, RUSSIA, coverage=0.7), horizon=Horizon.short(2.0))
    assert outcome.total(RUSSIA).percent == pytest.approx(-4.0, abs=0.1)
    assert outcome.total("EU27").percent == pytest.approx(-0.45, abs=0.02)
    assert outcome.total(CHINA).percent == pytest.approx(0.02, abs=0.01)


@pytest.mark.parametrize(("theta", "loss"), [(5.0, -3.4), (2.0, -7.4), (0.76, -16.0)])
def test_theta_decides_the_size(world, theta, loss):
    """A full goods embargo costs Russia 3.4 % at θ = 5, 7.4 % at 2 and 16 % at 0.76 in the trial runs; here 3.5, 7.4
    and 16.3."""
    outcome = halys.solve(world, both_ways(COALITION, RUSSIA, coverage=1.0), horizon=Horizon.short(theta))
    assert converged(outcome)
    assert outcome.total(RUSSIA).percent == pytest.approx(loss, rel=0.05)


def test_trade_cost_on_goods_with_china(world):
    """θ = 2: CHN −1.2, USA −0.3, EU −0.9 % in the trial runs. The EU is at −0.43 here, as it is at −0.3 for −0.5 in
    the long run: the allies are others."""
    measures = both_ways(COALITION, CHINA, halys.TradeCost, factor=1.25)
    outcome = halys.solve(world, measures, horizon=Horizon.short(2.0))
    assert outcome.total(CHINA).percent == pytest.approx(-1.2, rel=0.2)
    assert outcome.total("USA").percent == pytest.approx(-0.3, rel=0.2)
    assert -0.9 < outcome.total("EU27").percent < outcome.total("USA").percent


def test_full_goods_embargo_of_china(world):
    """θ = 2: CHN −4.1, TWN −8.8, KOR −4.1, JPN −2.1, USA −1.0 % in the trial runs."""
    outcome = halys.solve(world, both_ways(COALITION, CHINA, coverage=1.0), horizon=Horizon.short(2.0))
    for economy, percent in {"CHN": -4.1, "TWN": -8.8, "KOR": -4.1, "JPN": -2.1, "USA": -1.0}.items():
        assert outcome.total(economy).percent == pytest.approx(percent, rel=0.12), economy


def test_losses_are_larger_before_factors_have_moved(world):
    """At one θ: specific above partly mobile above mobile factors, for the target of an embargo."""
    losses = [
        halys.solve(world, both_ways(COALITION, RUSSIA, coverage=1.0), horizon=Horizon.short(2.0, factors=factors))
        .total(RUSSIA)
        .percent
        for factors in ("specific", 1.5, 3.0, "mobile")
    ]
    assert losses == sorted(losses)


SHOCKS = {
    "embargo of Russia, everything": both_ways(COALITION, RUSSIA, industries="all", coverage=1.0),
    "embargo of China": both_ways(COALITION, CHINA, coverage=1.0),
    "three times the cost": both_ways(COALITION, RUSSIA, halys.TradeCost, factor=3.0),
    "tariffs of 60 %": both_ways(COALITION, CHINA, halys.Tariff, rate=0.6),
}


@pytest.mark.parametrize("closure", ["fixed", "proportional", "balanced"])
@pytest.mark.parametrize("theta", [0.76, 1.0, 2.0, 5.0])
def test_large_shocks_converge(world, theta, closure):
    """In a hundred passes at most, most of them in thirty, without Newton."""
    for name, measures in SHOCKS.items():
        outcome = halys.solve(world, measures, horizon=Horizon.short(theta), closure=closure)
        assert converged(outcome), name
        assert outcome.solver.newton_steps == 0, name
        assert outcome.solver.steps <= 100, (name, outcome.solver.steps)


@pytest.mark.parametrize("closure", ["fixed", "balanced"])
@pytest.mark.parametrize("theta", [2.0, 5.0])
def test_russia_without_trade_in_goods(world, theta, closure):
    """Only services cross its border; what it sold abroad is worth a thousandth at home."""
    others = [code for code in world.economies if code != RUSSIA]
    outcome = halys.solve(world, both_ways(others, RUSSIA, coverage=1.0), horizon=Horizon.short(theta), closure=closure)
    assert converged(outcome)
    assert outcome.total(RUSSIA).percent < -9.0
    assert np.log(np.nanmin(outcome.equilibrium.return_hat[world.economies.index(RUSSIA)])) < -4.0


@pytest.mark.slow
def test_the_hardest_case_is_reached_in_parts(world):
    """θ = 1 and a fixed surplus of 15 % of value added, earned with services alone: it loses half of its income."""
    others = [code for code in world.economies if code != RUSSIA]
    outcome = halys.solve(world, both_ways(others, RUSSIA, coverage=1.0), horizon=Horizon.short(1.0), max_steps=1000)
    assert converged(outcome)
    assert outcome.total(RUSSIA).percent == pytest.approx(-50.8, abs=0.1)


@pytest.mark.parametrize("factors", ["specific", 1.5, 3.0])
def test_random_worlds(world, factors):
    """Trade costs of 0 to 50 % on every pair and industry, drawn anew four times."""
    b, e = calibrate_baseline(world), Horizon.short(factors=factors).elasticities(world.industries)
    for seed in range(4):
        q = solve_equilibrium(b, e, Shock(iceberg=random_pairs(world, seed, 1.0, 1.5, 1.0)))
        assert q.solution.largest <= 1e-10
        assert q.solution.steps <= 40


def test_one_preconditioner_serves_draws_of_theta(world):
    """That of θ = 1 from 0.75 to 2, the range of the short run; the answer is that of the solve's own."""
    b = calibrate_baseline(world)
    ban = Shock(ban=random_pairs(world, 5, 0.0, 0.5, 0.0))
    one = Horizon.short(1.0).elasticities(world.industries)
    for theta in (0.75, 2.0):
        e = Horizon.short(theta).elasticities(world.industries)
        near, own = solve_equilibrium(b, e, ban, near=one), solve_equilibrium(b, e, ban)
        assert near.solution.steps <= 60
        np.testing.assert_allclose(near.real_income, own.real_income, rtol=1e-8)


def test_elasticities_by_industry_in_every_nest(world):
    """Fifty values of each: as many nests of inputs as industries."""
    rng = np.random.default_rng(0)
    horizon = Horizon(
        "drawn",
        dict(zip(world.industries, rng.uniform(0.76, 5.0, 50), strict=True)),
        value_added_substitution=dict(zip(world.industries, rng.uniform(0.0, 1.0, 50), strict=True)),
        input_substitution=dict(zip(world.industries, rng.uniform(0.0, 1.0, 50), strict=True)),
        factors=1.5,
    )
    outcome = halys.solve(world, both_ways(COALITION, RUSSIA, coverage=0.7), horizon=horizon)
    assert converged(outcome)
    assert -15.0 < outcome.total(RUSSIA).percent < 0.0


def test_balanced_baselines_of_both_horizons_are_one(world):
    """Trade balances close in the long run: for every short run the world without deficits is that of the long one."""
    measure = halys.Tariff(exporters="USA", importers="CHN", rate=0.2)
    long, short = (
        halys.solve(world, measure, horizon=horizon, closure="balanced")
        for horizon in (Horizon.long(), Horizon.short(2.0))
    )
    assert long.world is short.world
    own = halys.solve(world, measure, horizon=Horizon.long(2.0), closure="balanced")
    assert own.world is not long.world


def test_prices_beyond_all_numbers_are_refused_by_name(world):
    """θ = 0.01 and one thousandth of a dominant supplier left: 1000 to the power 100."""
    ban = halys.Ban(exporters="all", importers="DEU", industries="B06", coverage=0.9999)
    with pytest.raises(InfeasibleError, match=r"price of B06 in DEU would rise by a factor of 1e\d+, its trade"):
        halys.solve(world, ban, horizon=Horizon.short(0.02))


def test_powers_that_overflow_are_refused_by_name(world):
    cheap = np.ones((50, 80, 80))
    k, i, j = world.industries.index("C19"), world.economies.index("RUS"), world.economies.index("DEU")
    cheap[k, i, j] = 1e-6
    with pytest.raises(InfeasibleError, match="cost of C19 from RUS to DEU falls so far"):
        solve_equilibrium(calibrate_baseline(world), Horizon.long().theta(world.industries), Shock(iceberg=cheap))
