"""Facts that hold for every equilibrium of every world, whatever the numbers.

Small worlds are solved to 1e-12, so that facts that are exact in theory are tested to 1e-9 or better: what is left is
the solver's residual times the condition of the equations.
"""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import halys
from halys.economy import CLOSURES, Shock, SolverOptions, calibrate_baseline, solve_equilibrium
from worlds import ECONOMIES, FIVE, INDUSTRIES, gaps, make_arrays, make_world, pairs, random_pairs, worlds

TIGHT = SolverOptions(tolerance=1e-12)


def mixed(w, seed: int, size: float = 0.2) -> Shock:
    """Every kind of shock at once."""
    rng = np.random.default_rng(seed)
    income = w.value_added.sum(axis=1)
    # In proportion to income, so that no small economy is asked for more than it has.
    gift = income * rng.uniform(-1.0, 1.0, len(income))
    old = 0.0 if w.tariff is None else w.tariff
    return Shock(
        iceberg=random_pairs(w, seed, 1.0, 1.0 + size, 1.0),
        tariff=old + random_pairs(w, seed + 1, 0.0, size, 0.0),
        export_tax=random_pairs(w, seed + 2, 0.0, size / 2, 0.0),
        ban=random_pairs(w, seed + 3, 0.0, size, 0.0),
        transfer=0.1 * size * w.unit * (gift - gift.sum() * income / income.sum()),
        productivity=rng.uniform(1.0 - size, 1.0 + size, w.value_added.shape),
    )


def solve(w, shock: Shock, theta: float = 5.0, closure="fixed"):
    return solve_equilibrium(calibrate_baseline(w), np.full(len(w.industries), theta), shock, closure, TIGHT)


# No change ------------------------------------------------------------------------------------------------------------


def all_hats(q):
    return (
        q.wage_hat,
        q.price_hat[q.baseline.bought],
        q.cost_hat[q.baseline.sold],
        q.real_income,
        q.income_hat,
        q.real_wage,
    )


@pytest.mark.parametrize("closure", CLOSURES)
def test_no_change_gives_the_bundled_world_back(world, closure):
    """All hats are 1 to 1e-12, the rounding of sums of 4000 numbers. Under "balanced" the measure is taken from the
    re-solved world, itself known to its solver's tolerance of 1e-10."""
    outcome = halys.solve(world, closure=closure)
    loosest = 2e-10 if closure == "balanced" else 1e-12
    for hats in all_hats(outcome.equilibrium):
        np.testing.assert_allclose(hats, 1.0, rtol=0, atol=loosest)


@given(worlds())
def test_no_change_gives_any_world_back(w):
    q = solve(w, Shock())
    assert q.solution.steps == 1
    for hats in all_hats(q):
        np.testing.assert_allclose(hats, 1.0, rtol=0, atol=1e-12)
    assert max(abs(term).max() for term in q.decomposition) < 1e-12


def test_shocks_at_their_resting_level_change_nothing(small_world):
    """An iceberg factor of 1, the old tariff, a coverage of 0 and a transfer of 0 are no shock."""
    w, shape = small_world, small_world.flows.shape
    nothing = Shock(np.ones(shape), w.tariff.copy(), np.zeros(shape), np.zeros(shape), np.zeros(4), np.ones((4, 3)))
    for hats in all_hats(solve(w, nothing)):
        np.testing.assert_allclose(hats, 1.0, rtol=0, atol=1e-12)


# The equations --------------------------------------------------------------------------------------------------------


@given(worlds(), st.integers(0, 99), st.sampled_from(["fixed", "proportional"]))
def test_every_equation_holds(w, seed, closure):
    """Costs, prices, shares, spending, output, labour, income and trade balances, rebuilt from the tables and the new
    flows alone. No market is dropped: Walras' law leaves one equation of a full set implied, and all are tested.
    1e-9 is a thousand times the solver's tolerance, room for trade balances, which sum over all markets."""
    found = gaps(w, solve(w, mixed(w, seed), closure=closure))
    assert max(found.values()) < 1e-9, found


@pytest.mark.parametrize("seed", range(3))
def test_every_equation_holds_on_the_bundled_world(world, seed):
    q = solve(world, mixed(world, seed))
    found = gaps(world, q)
    assert max(found.values()) < 1e-9, found


def test_every_equation_holds_with_elasticities_by_industry(world):
    """The default long run: theta from 1.45 to 64.85 in one solve."""
    theta = halys.Horizon.long().theta(world.industries)
    q = solve_equilibrium(calibrate_baseline(world), theta, mixed(world, 5, 0.1), "fixed", TIGHT)
    found = gaps(world, q, theta)
    assert max(found.values()) < 1e-9, found


def test_world_value_added_is_the_numeraire(small_world):
    """Σ V' = Σ V: factor income, without tariff revenue."""
    q = solve(small_world, mixed(small_world, 1))
    assert (q.wage_hat * q.baseline.value_added).sum() == pytest.approx(1.0, abs=1e-11)
    assert q.solution.evaluation.tariff_revenue.sum() > 0.01


# Homogeneity ----------------------------------------------------------------------------------------------------------


@given(worlds(), st.floats(1e-3, 1e6))
def test_scale_of_the_table_changes_no_hat(w, scale):
    """All flows in other units of account: nothing real changes. The transfer scales with the table."""
    arrays = [scale * a for a in (w.flows, w.intermediate, w.value_added)]
    scaled = halys.World.from_arrays(w.economies, w.industries, *arrays, tariff=w.tariff)
    first, second = solve(w, mixed(w, 7)), solve(scaled, mixed(scaled, 7))
    np.testing.assert_allclose(second.real_income, first.real_income, rtol=1e-10)
    np.testing.assert_allclose(second.wage_hat, first.wage_hat, rtol=1e-10)
    np.testing.assert_allclose(second.price_hat, first.price_hat, rtol=1e-10)


def test_unit_changes_money_only(small_world):
    """The same table in another unit: hats to the bit, money in proportion."""
    w = small_world
    thousand = halys.World.from_arrays(
        w.economies, w.industries, w.flows, w.intermediate, w.value_added, w.tariff, unit=1e9
    )
    measure = halys.Tariff(exporters="AAA", importers="BBB", rate=0.2)
    one, two = (halys.solve(each, measure, horizon=FIVE) for each in (w, thousand))
    np.testing.assert_array_equal(one.data["real_income"], two.data["real_income"])
    np.testing.assert_array_equal(one.data["price"], two.data["price"])
    for name in ("equivalent_variation", "final_spending", "tariff_revenue", "trade_flow", "output"):
        np.testing.assert_allclose(two.data[name], 1000.0 * one.data[name], rtol=1e-14)


# Names and the grain of the table -------------------------------------------------------------------------------------


@given(worlds(), st.randoms(use_true_random=False))
def test_relabelling_permutes_results(w, random):
    """The order of economies and industries is a matter of print. The solver takes another path, hence 1e-9."""
    people, kinds = list(range(len(w.economies))), list(range(len(w.industries)))
    random.shuffle(people)
    random.shuffle(kinds)
    p, k = np.array(people), np.array(kinds)
    moved = halys.World.from_arrays(
        [w.economies[i] for i in p],
        [w.industries[s] for s in k],
        w.flows[np.ix_(k, p, p)],
        w.intermediate[np.ix_(k, k, p)],
        w.value_added[np.ix_(p, k)],
        tariff=None if w.tariff is None else w.tariff[np.ix_(k, p, p)],
    )
    shock = mixed(w, 11)
    same = Shock(
        iceberg=shock.iceberg[np.ix_(k, p, p)],
        tariff=shock.tariff[np.ix_(k, p, p)],
        export_tax=shock.export_tax[np.ix_(k, p, p)],
        ban=shock.ban[np.ix_(k, p, p)],
        transfer=shock.transfer[p],
        productivity=shock.productivity[np.ix_(p, k)],
    )
    first, second = solve(w, shock), solve(moved, same)
    np.testing.assert_allclose(second.real_income, first.real_income[p], rtol=1e-9)
    np.testing.assert_allclose(second.price_hat, first.price_hat[np.ix_(p, k)], rtol=1e-9)
    np.testing.assert_allclose(second.flows, first.flows[np.ix_(k, p, p)], rtol=1e-8, atol=1e-13)


def halve(array: np.ndarray, axis: int, split: bool = True) -> np.ndarray:
    """The last entry of an axis twice, each half (or, for rates, whole)."""
    last = np.take(array, [-1], axis=axis) * (0.5 if split else 1.0)
    return np.concatenate([np.take(array, range(array.shape[axis] - 1), axis=axis), last, last], axis=axis)


@pytest.mark.parametrize("seed", range(4))
def test_two_identical_halves_of_an_industry_are_the_industry(seed):
    """Same trade elasticity, half the flows, inputs, value added and final use each: nothing real changes. It holds for
    Cobb-Douglas nests, where a cost share that is split over two equal prices is the share of one."""
    table = make_arrays(seed)
    w = make_world(seed)
    split = halys.World.from_arrays(
        ECONOMIES[:4],
        [*INDUSTRIES[:2], "half one", "half two"],
        halve(table["flows"], 0),
        halve(halve(table["intermediate"], 0), 1),
        halve(table["value_added"], 1),
        tariff=halve(table["tariff"], 0, split=False),
    )
    shock = mixed(w, seed)
    same = Shock(
        iceberg=halve(shock.iceberg, 0, False),
        tariff=halve(shock.tariff, 0, False),
        export_tax=halve(shock.export_tax, 0, False),
        ban=halve(shock.ban, 0, False),
        transfer=shock.transfer.copy(),
        productivity=halve(shock.productivity, 1, False),
    )
    first, second = solve(w, shock), solve(split, same)
    np.testing.assert_allclose(second.real_income, first.real_income, rtol=1e-9)
    np.testing.assert_allclose(second.price_hat[:, :3], first.price_hat, rtol=1e-9)
    np.testing.assert_allclose(second.price_hat[:, 3], second.price_hat[:, 2], rtol=1e-9)


def test_trade_costs_that_fall_on_nobody_change_nothing():
    """A change on a pair that does not trade touches no cell."""
    w = make_world(3, holes=True)
    empty = (w.flows == 0).astype(float)
    assert empty.any(), "the example must have empty flows"
    np.testing.assert_allclose(solve(w, Shock(iceberg=1.0 + empty)).real_income, 1.0, rtol=0, atol=1e-12)


def test_measures_do_not_change_the_world(small_world):
    before = small_world.hash, small_world.flows.copy()
    halys.solve(small_world, halys.Ban(exporters="AAA", importers="BBB", coverage=0.5), horizon=FIVE)
    np.testing.assert_array_equal(small_world.flows, before[1])


def test_pairs_helper_leaves_home_alone(small_world):
    """The helper of these tests hits no domestic sales."""
    ban = pairs(small_world, "all", "AAA", 1.0, 0.0)
    assert np.all(ban[:, range(4), range(4)] == 0.0)
