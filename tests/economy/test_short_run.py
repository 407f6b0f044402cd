"""Nests of any elasticity, factors that stay where they are: limits, closed forms, an independent solver, invariants.

Worlds are small and solved to 1e-12. The independent solver is written from the equations of the model in levels of
changes, with powers instead of logs, and shares nothing with the package but a world's tables.
"""

from __future__ import annotations

import itertools
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.optimize import root

import halys
from halys.economy import (
    CLOSURES,
    Elasticities,
    EquilibriumStore,
    Horizon,
    Shock,
    SolverOptions,
    Status,
    calibrate_baseline,
    equilibrium,
    preconditioner,
    solve_equilibrium,
    solver,
)
from halys.errors import InfeasibleError, InputError
from worlds import ECONOMIES, INDUSTRIES, make_arrays, make_world, pairs, random_pairs, worlds

TIGHT = SolverOptions(tolerance=1e-12)
THETA = np.array([2.0, 5.0, 0.8])


def short(kinds: int = 3, **changes) -> Elasticities:
    standard = Elasticities(np.full(kinds, 2.0), np.full(kinds, 0.5), np.full(kinds, 0.2), 0.9, 1.0)
    wide = {name: np.broadcast_to(value, (kinds,)) for name, value in changes.items() if name in standard._fields[:3]}
    return standard._replace(**(changes | wide))


def solve(w, elasticities, shock, closure="fixed"):
    return solve_equilibrium(calibrate_baseline(w), elasticities, shock, closure, TIGHT)


def mixed(w, seed: int = 1, size: float = 0.2) -> Shock:
    rng = np.random.default_rng(seed)
    old = 0.0 if w.tariff is None else w.tariff
    return Shock(
        iceberg=random_pairs(w, seed, 1.0, 1.0 + size, 1.0),
        tariff=old + random_pairs(w, seed + 1, 0.0, size, 0.0),
        export_tax=random_pairs(w, seed + 2, 0.0, size / 2, 0.0),
        ban=random_pairs(w, seed + 3, 0.0, size, 0.0),
        productivity=rng.uniform(1.0 - size, 1.0 + size, w.value_added.shape),
    )


def assert_close(one, other, tolerance: float) -> None:
    for name in ("real_income", "wage_hat", "consumer_price_hat", "price_hat", "cost_hat", "flows"):
        np.testing.assert_allclose(
            getattr(one, name), getattr(other, name), rtol=tolerance, atol=tolerance, err_msg=name
        )


# Limits ---------------------------------------------------------------------------------------------------------------


def test_unit_elasticities_and_mobile_factors_are_the_long_run(small_world):
    same = short(theta=THETA, value_added=1.0, inputs=1.0, consumption=1.0, factor_mobility=np.inf)
    assert_close(solve(small_world, same, mixed(small_world)), solve(small_world, THETA, mixed(small_world)), 1e-12)


@pytest.mark.parametrize("mobility", [1.0, 2.0, np.inf])
def test_nests_near_cobb_douglas_tend_to_it(small_world, mobility):
    """1e-9 from 1 moves results by 1e-9 or so; forms that lose digits near 1 would move them by 1e-7."""
    near = short(theta=THETA, value_added=1 - 1e-9, inputs=1 + 1e-9, consumption=1 - 1e-9, factor_mobility=mobility)
    exact = short(theta=THETA, value_added=1.0, inputs=1.0, consumption=1.0, factor_mobility=mobility)
    shock = mixed(small_world)
    assert_close(solve(small_world, near, shock), solve(small_world, exact, shock), 2e-9)


@pytest.mark.parametrize("elasticities", [{}, {"value_added": 1.0, "inputs": 1.0, "consumption": 1.0}])
def test_ends_of_factor_mobility(small_world, elasticities):
    """epsilon = 1 + 1e-9 is specific to 1e-8, 1e6 is mobile to 1e-5."""
    shock = mixed(small_world)
    found = {
        e: solve(small_world, short(factor_mobility=e, **elasticities), shock) for e in (1.0, 1 + 1e-9, 1e6, np.inf)
    }
    assert_close(found[1 + 1e-9], found[1.0], 1e-8)
    assert_close(found[1e6], found[np.inf], 1e-5)
    assert np.ptp(found[1e6].return_hat, axis=1).max() < 1e-5 < np.ptp(found[1.0].return_hat, axis=1).max()


def test_mobility_lies_between(small_world):
    """The spread of returns within an economy falls with mobility."""
    spreads = [
        np.ptp(np.log(solve(small_world, short(factor_mobility=e), mixed(small_world)).return_hat), axis=1)
        for e in (1.0, 1.5, 3.0, 20.0, np.inf)
    ]
    for stiff, loose in itertools.pairwise(spreads):
        assert (loose < stiff).all()
    np.testing.assert_allclose(spreads[-1], 0.0, atol=1e-15)


@pytest.mark.parametrize("closure", CLOSURES)
def test_no_shock_gives_hats_of_one(small_world, closure):
    q = solve(small_world, short(), Shock(), closure)
    for hats in (q.real_income, q.wage_hat, q.price_hat, q.cost_hat, q.return_hat):
        np.testing.assert_allclose(hats, 1.0, rtol=1e-15)
    assert q.solution.steps == 1


# Closed forms ---------------------------------------------------------------------------------------------------------


def test_one_industry_without_inputs_is_armington(world):
    """W_j = π_jj^(−1/θ) whatever the factor is called: one industry has nowhere to move from."""
    w = make_world(2, 4, 1, inputs=0.0, symmetric=True, tariffs=False)
    iceberg = random_pairs(w, 1, 1.0, 1.5, 1.0)
    for mobility in (1.0, 1.5, np.inf):
        q = solve(w, short(1, theta=3.0, factor_mobility=mobility), Shock(iceberg=iceberg))
        home = np.einsum("jj->j", q.trade_share[0]) / np.einsum("jj->j", w.trade_share[0])
        np.testing.assert_allclose(q.real_income, home ** (-1 / 3.0), rtol=1e-10)


def alone(kinds: int, seed: int = 4, inputs: float = 0.6) -> halys.World:
    """A world whose economies do not trade."""
    table = make_arrays(seed, 2, kinds, tariffs=False, inputs=0.0)
    flows = table["flows"] * np.eye(2)
    rng = np.random.default_rng(seed)
    intermediate = inputs * rng.uniform(0.1, 1.0, (kinds, kinds, 2)) / kinds
    size = flows.sum(axis=1)
    intermediate = intermediate * np.minimum(size[:, None, :], size[None, :, :])
    value_added = (flows.sum(axis=2) - intermediate.sum(axis=0)).T
    return halys.World.from_arrays(
        ECONOMIES[:2], INDUSTRIES[:kinds], flows=flows, intermediate=intermediate, value_added=value_added, id="alone"
    )


def test_closed_economy_of_one_industry():
    """Its own output is its only input. With unit cost c = P: P^(1−σ) A^(1−σ) = β f^(1−σ) + (1−β) P^(1−σ), so
    W = f/P = [(A^(1−σ) − (1−β)) / β]^(1/(1−σ))."""
    w = alone(1)
    share = w.value_added[:, 0] / w.output[:, 0]
    assert (share < 0.9).all()
    a = np.array([[0.8], [1.1]])
    for sigma in (0.0, 0.5, 2.0):
        q = solve(w, short(1, value_added=sigma), Shock(productivity=a))
        r = 1.0 - sigma
        np.testing.assert_allclose(q.real_income, ((a[:, 0] ** r - (1 - share)) / share) ** (1 / r), rtol=1e-10)
    q = solve(w, short(1, value_added=1.0), Shock(productivity=a))
    np.testing.assert_allclose(q.real_income, a[:, 0] ** (1 / share), rtol=1e-10)


@pytest.mark.parametrize("sigma", [0.3, 0.9, 1.0, 3.0])
def test_closed_economy_of_two_industries_with_specific_factors(sigma):
    """No inputs: quantities are A_k, so utility is the CES mean of A_k, and returns follow from marginal utility."""
    w = alone(2, inputs=0.0)
    a = np.array([[0.5, 1.2], [1.0, 0.7]])
    q = solve(w, short(2, consumption=sigma), Shock(productivity=a))
    weight = w.final / w.final.sum(axis=1, keepdims=True)
    if sigma == 1.0:
        expected = (a**weight).prod(axis=1)
    else:
        r = (sigma - 1.0) / sigma
        expected = (weight * a**r).sum(axis=1) ** (1 / r)
        relative = (a[:, 0] / a[:, 1]) ** (1 - 1 / sigma)  # of factor incomes: price falls as a^(−1/σ)
        np.testing.assert_allclose(q.return_hat[:, 0] / q.return_hat[:, 1], relative, rtol=1e-9)
    np.testing.assert_allclose(q.real_income, expected, rtol=1e-9)


def test_prices_that_nothing_determines():
    """Fixed proportions in use and fixed quantities: any relative price will do."""
    w = alone(2, inputs=0.0)
    with pytest.raises(InfeasibleError, match="determined: at these elasticities"):
        solve(w, short(2, consumption=0.0), Shock(productivity=np.array([[0.5, 1.2], [1.0, 0.7]])))


# Another solver -------------------------------------------------------------------------------------------------------


def solve_with_scipy(w, e: Elasticities, shock: Shock) -> dict[str, np.ndarray]:
    """Equations of the model in hats, unknowns log f, log P and log X by economy and industry, by MINPACK."""
    count, kinds = w.purchases.shape
    zeros = np.zeros((kinds, count, count))
    old = zeros if w.tariff is None else w.tariff
    tariff, tax, ban = shock.tariff, shock.export_tax, shock.ban
    wedge = shock.iceberg * (1 + tariff) * (1 + tax) / (1 + old)
    cost_total = w.value_added + w.intermediate.sum(axis=0).T
    beta = w.value_added / cost_total
    gamma = w.intermediate / np.maximum(w.intermediate.sum(axis=0), 1e-300)  # (input, industry, economy)
    alpha = w.final / w.final.sum(axis=1, keepdims=True)
    endowment = w.value_added.sum(axis=1)
    share = w.value_added / endowment[:, None]
    eps = e.factor_mobility

    def ces(weight, price, sigma, axis):
        if sigma == 1.0:
            return np.exp((weight * np.log(price)).sum(axis=axis))
        return (weight * price ** (1 - sigma)).sum(axis=axis) ** (1 / (1 - sigma))

    def parts(x):
        f, price, spent = np.exp(x).reshape(3, count, kinds)
        bundle, unit, own = np.empty((count, kinds)), np.empty((count, kinds)), np.empty((count, kinds))
        demand = np.zeros((count, kinds))
        for j in range(count):
            for k in range(kinds):
                bundle[j, k] = ces(gamma[:, k, j], price[j], e.inputs[k], 0)
                both = np.array([beta[j, k], 1 - beta[j, k]]), np.array([f[j, k], bundle[j, k]])
                unit[j, k] = ces(*both, e.value_added[k], 0)
                own[j, k] = beta[j, k] * (f[j, k] / unit[j, k]) ** (1 - e.value_added[k])
        unit = unit / shock.productivity
        pull = w.trade_share * (1 - ban) * (wedge * unit.T[:, :, None]) ** -e.theta[:, None, None]
        implied = pull.sum(axis=1).T ** (-1 / e.theta)
        trade = pull / pull.sum(axis=1, keepdims=True)
        gross = trade * spent.T[:, None, :]
        border = gross / (1 + tariff)
        received = border / (1 + tax)
        output = received.sum(axis=2).T
        level = ces(share, f, 1 - eps, 1)  # Φ = (Σ λ f^ε)^(1/ε)
        supply = (f / level[:, None]) ** (eps - 1)
        factor = w.value_added * f * supply
        income = (
            factor.sum(axis=1) + (gross - border).sum(axis=(0, 1)) + (border - received).sum(axis=(0, 2)) + w.deficit
        )
        consumer = np.array([ces(alpha[j], price[j], e.consumption, 0) for j in range(count)])
        for j in range(count):
            demand[j] = alpha[j] * (price[j] / consumer[j]) ** (1 - e.consumption) * income[j]
            for k in range(kinds):
                inside = gamma[:, k, j] * (price[j] / bundle[j, k]) ** (1 - e.inputs[k])
                demand[j] += inside * (1 - own[j, k]) * output[j, k]
        return f, price, spent, implied, demand, own * output, factor, income, consumer

    def gaps(x):
        _, price, spent, implied, demand, bill, factor, _, _ = parts(x)
        money = np.log(bill / factor)
        money[0, 0] += np.log(factor.sum() / endowment.sum())  # the numeraire takes the place of Walras' law
        return np.concatenate([money.ravel(), np.log(implied / price).ravel(), np.log(demand / spent).ravel()])

    start = np.concatenate([np.zeros(2 * count * kinds), np.log(w.purchases).ravel()])
    found = root(gaps, start, method="hybr", options={"xtol": 1e-13})
    assert np.abs(found.fun).max() < 1e-10, found.message
    f, price, *_, factor, income, consumer = parts(found.x)
    return {
        "return_hat": f,
        "price_hat": price,
        "consumer_price_hat": consumer,
        "real_income": income / w.final.sum(axis=1) / consumer,
        "wage_hat": factor.sum(axis=1) / endowment,
    }


CASES = {
    "short": {},
    "by industry": {"theta": THETA, "value_added": np.array([0.2, 1.0, 2.0]), "inputs": np.array([0.0, 1.0, 0.5])},
    "Roy": {"factor_mobility": 1.5},
    "Roy, Cobb-Douglas": {"factor_mobility": 3.0, "value_added": 1.0, "inputs": 1.0, "consumption": 1.0},
    "Leontief": {"value_added": 0.0, "inputs": 0.0, "consumption": 0.0, "factor_mobility": 2.0},
    "inputs in two groups": {"inputs": np.array([0.2, 0.2, 3.0]), "consumption": 2.0},
}


@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("size", [(2, 3), (3, 3)])
def test_an_independent_solver_agrees(case, size):
    w = make_world(5, *size)
    e, shock = short(**CASES[case]), mixed(w, 2)
    q, expected = solve(w, e, shock), solve_with_scipy(w, e, shock)
    for name, values in expected.items():
        np.testing.assert_allclose(getattr(q, name), values, rtol=1e-9, err_msg=name)


# Facts of every equilibrium -------------------------------------------------------------------------------------------


def horizons() -> st.SearchStrategy[Elasticities]:
    sigma, three = st.sampled_from([0.0, 0.2, 0.5, 1.0, 1.5]), 3
    return st.builds(
        lambda t, v, m, c, e: Elasticities(np.array(t), np.array(v), np.array(m), c, e),
        st.lists(st.floats(0.8, 8.0), min_size=three, max_size=three),
        st.lists(sigma, min_size=three, max_size=three),
        st.lists(sigma, min_size=three, max_size=three),
        sigma,
        st.sampled_from([1.0, 1.3, 3.0, np.inf]),
    )


@given(worlds(), horizons(), st.integers(0, 99), st.sampled_from(["fixed", "proportional"]))
def test_accounts_hold_everywhere(w, e, seed, closure):
    """Walras' law, the numeraire, budgets and trade balances: none of them is an equation that is solved."""
    kinds = len(w.industries)
    e = e._replace(theta=e.theta[:kinds], value_added=e.value_added[:kinds], inputs=e.inputs[:kinds])
    q = solve(w, e, mixed(w, seed, 0.1), closure)
    b, ev = q.baseline, q.solution.evaluation
    factor = q.value_added.sum(axis=1)
    np.testing.assert_allclose(factor, ev.factor_income, rtol=1e-10)
    assert factor.sum() == pytest.approx(1.0, abs=1e-10)
    balance = q.flows.sum(axis=(0, 1)) - q.flows.sum(axis=(0, 2))
    np.testing.assert_allclose(balance, ev.deficit, atol=1e-10)
    shares = ev.value_added_share + q.input_share.sum(axis=2)
    np.testing.assert_allclose(shares[b.sold], 1.0, atol=1e-12)
    np.testing.assert_allclose(ev.final_share.sum(axis=1), 1.0, atol=1e-12)
    spent = np.einsum("jks,jk->js", q.input_share, ev.output) + ev.final_share * ev.income[:, None]
    np.testing.assert_allclose(spent, q.solution.purchases, rtol=1e-10)


def test_only_relative_money_matters(small_world):
    """Ten times the money in every table: the same hats."""
    w = small_world
    large = replace(
        w,
        flows=10 * w.flows,
        intermediate=10 * w.intermediate,
        value_added=10 * w.value_added,
        final=10 * w.final,
        deficit=10 * w.deficit,
    )
    assert_hats = solve(w, short(), mixed(w)).real_income
    np.testing.assert_allclose(solve(large, short(), mixed(w)).real_income, assert_hats, rtol=1e-11)


def test_order_of_economies_and_industries_does_not_matter(small_world):
    w = small_world
    people, things = np.array([2, 0, 3, 1]), np.array([1, 2, 0])
    turned = halys.World.from_arrays(
        [w.economies[i] for i in people],
        [w.industries[k] for k in things],
        flows=w.flows[np.ix_(things, people, people)],
        intermediate=w.intermediate[np.ix_(things, things, people)],
        value_added=w.value_added[np.ix_(people, things)],
        tariff=w.tariff[np.ix_(things, people, people)],
        id="turned",
    )
    e = short(theta=THETA, value_added=np.array([0.5, 1.0, 0.0]), inputs=np.array([0.2, 1.0, 0.2]), factor_mobility=1.5)
    moved = e._replace(theta=e.theta[things], value_added=e.value_added[things], inputs=e.inputs[things])
    shock = mixed(w)
    cells, nodes = np.ix_(things, people, people), np.ix_(people, things)
    other = Shock(
        **{name: getattr(shock, name)[cells] for name in ("iceberg", "tariff", "export_tax", "ban")},
        productivity=shock.productivity[nodes],
    )
    one, two = solve(w, e, shock), solve(turned, moved, other)
    np.testing.assert_allclose(two.real_income, one.real_income[people], rtol=1e-10)
    np.testing.assert_allclose(two.return_hat, one.return_hat[nodes], rtol=1e-10)


@pytest.mark.parametrize("inputs", [0.0, 0.5])
def test_splitting_an_industry_into_halves(inputs):
    """Two equal halves of an industry, hit alike, are the industry again: their prices move together, so that no nest
    can tell them apart, and each holds half of the specific factor."""
    table = make_arrays(6, 3, 2, inputs=inputs)
    whole = halys.World.from_arrays(ECONOMIES[:3], INDUSTRIES[:2], **table, id="whole")
    of, part = np.array([0, 1, 1]), np.array([1.0, 0.5, 0.5])
    split = halys.World.from_arrays(
        ECONOMIES[:3],
        INDUSTRIES[:3],
        flows=table["flows"][of] * part[:, None, None],
        intermediate=table["intermediate"][np.ix_(of, of)] * part[:, None, None] * part[None, :, None],
        value_added=table["value_added"][:, of] * part,
        tariff=table["tariff"][of],
        id="split",
    )
    shock = mixed(whole)
    same = Shock(
        **{name: getattr(shock, name)[of] for name in ("iceberg", "tariff", "export_tax", "ban")},
        productivity=shock.productivity[:, of],
    )
    for mobility in (1.0, 2.0):
        e = short(2, theta=np.array([2.0, 4.0]), factor_mobility=mobility)
        wide = short(3, theta=np.array([2.0, 4.0, 4.0]), factor_mobility=mobility)
        one, two = solve(whole, e, shock), solve(split, wide, same)
        np.testing.assert_allclose(two.real_income, one.real_income, rtol=1e-10)
        np.testing.assert_allclose(two.return_hat, one.return_hat[:, of], rtol=1e-10)


# Industries that lose all their buyers --------------------------------------------------------------------------------


def test_an_industry_that_loses_all_its_buyers_earns_nothing(small_world):
    """BBB makes farm goods for others only, and others buy them no more: its farms earn nothing, nobody's else is
    lost, and all accounts hold."""
    table = make_arrays(3, 4, 3, tariffs=False)
    flows = table["flows"].copy()
    flows[0, 1, 1] = 0.0
    home = flows.sum(axis=1)  # (industry, importer)
    scale = np.minimum(1.0, 0.9 * home / np.maximum(table["intermediate"].sum(axis=1), 1e-300))
    intermediate = table["intermediate"] * scale[:, None, :]
    intermediate[:, 0, 1] *= 0.5
    value_added = (flows.sum(axis=2) - intermediate.sum(axis=0)).T
    w = halys.World.from_arrays(
        ECONOMIES[:4],
        INDUSTRIES[:3],
        flows=flows,
        intermediate=intermediate,
        value_added=value_added,
        id="sells-abroad",
    )
    ban = np.zeros_like(flows)
    ban[0, 1] = 1.0
    for mobility in (1.0, 1.5, np.inf):
        q = solve(w, short(factor_mobility=mobility), Shock(ban=ban))
        assert q.value_added[1, 0] == 0.0
        assert np.isnan(q.return_hat[1, 0]) == np.isfinite(mobility)
        np.testing.assert_allclose(q.value_added.sum(axis=1), q.solution.evaluation.factor_income, rtol=1e-10)
        assert q.value_added.sum() == pytest.approx(1.0, abs=1e-10)
        assert q.real_income[1] < 1.0


# What the result tells ------------------------------------------------------------------------------------------------


def test_residuals_of_factor_markets_name_the_industry(small_world):
    outcome = halys.solve(
        small_world, halys.TradeCost(exporters="AAA", importers="BBB", factor=1.2), horizon=Horizon.short()
    )
    where = outcome.solver.residuals["factor market"].where.split()
    assert where[0] in small_world.economies
    assert where[1] in small_world.industries


def test_decomposition_is_right_to_first_order():
    """Halving a small shock cuts the remainder to a quarter."""
    w = make_world(2)
    left = []
    for size in (0.01, 0.005):
        shock = Shock(
            iceberg=random_pairs(w, 1, 1.0, 1.0 + size, 1.0),
            tariff=w.tariff + random_pairs(w, 2, 0.0, size, 0.0),
            productivity=np.random.default_rng(3).uniform(1 - size, 1.0, w.value_added.shape),
        )
        q = solve_equilibrium(calibrate_baseline(w), short(), shock, "fixed", SolverOptions(tolerance=1e-13))
        terms = q.decomposition
        np.testing.assert_allclose(sum(terms), q.real_income - 1.0, atol=1e-14)
        left.append(terms.remainder)
    np.testing.assert_allclose(left[0] / left[1], 4.0, rtol=0.1)


def test_a_full_embargo_of_a_small_world_in_every_closure(small_world):
    w = small_world
    ban = pairs(w, ["AAA", "BBB"], "CCC", 1.0, 0.0) + pairs(w, "CCC", ["AAA", "BBB"], 1.0, 0.0)
    for closure in ("fixed", "proportional"):
        q = solve(w, short(theta=1.0), Shock(ban=ban), closure)
        assert q.real_income[2] < 1.0
        assert q.flows[:, 0, 2].sum() == 0.0


# Solvers, starts, stores ----------------------------------------------------------------------------------------------


def test_newton_alone_agrees(small_world, monkeypatch):
    """Exact derivatives of every nest, without Anderson."""

    def give_up(state, x, preconditioner, options):
        e = state.evaluate(x)
        return x, e, [state.worst(x, e)], 0

    e, shock = short(theta=THETA, inputs=np.array([0.0, 0.2, 1.0]), factor_mobility=1.5), mixed(small_world)
    usual = solve(small_world, e, shock)
    monkeypatch.setattr(solver, "_anderson", give_up)
    other = solve(small_world, e, shock)
    assert usual.solution.newton_steps == 0 < other.solution.newton_steps
    assert_close(other, usual, 1e-10)


def test_a_preconditioner_made_on_the_way(small_world, monkeypatch):
    """One that is useless is thrown away where the solve stalls."""
    made = []

    class Bad(preconditioner.Preconditioner):
        def __init__(self, b, c, state=None):
            super().__init__(b, c, state)
            made.append(state)

            self.useless = state is None

        def step(self, *gaps):
            return 0.0 * super().step(*gaps) if self.useless else super().step(*gaps)

    monkeypatch.setattr(equilibrium, "Preconditioner", Bad)
    w = make_world(91)
    ban = Shock(ban=random_pairs(w, 3, 0.0, 0.9, 0.0))
    q = solve_equilibrium(calibrate_baseline(w), short(theta=THETA), ban, options=TIGHT)
    assert q.solution.status is Status.CONVERGED
    assert [state is None for state in made] == [True, False]
    assert q.solution.newton_steps == 0


def test_a_start_must_fit_the_factors(small_world):
    b, shock = calibrate_baseline(small_world), mixed(small_world)
    long, brief = (solve_equilibrium(b, e, shock).solution.point for e in (THETA, short()))
    assert (len(long), len(brief)) == (4 + 2 * 12, 3 * 12)
    again = solve_equilibrium(b, short(), shock, start=brief)
    assert again.solution.steps <= 2
    with pytest.raises(InputError, match="36 finite numbers"):
        solve_equilibrium(b, short(), shock, start=long)


def test_the_store_keeps_horizons_apart(small_world, tmp_path):
    store, b, shock = EquilibriumStore(tmp_path, 10**8), calibrate_baseline(small_world), mixed(small_world)
    several = [
        short(),
        short(factor_mobility=1.5),
        short(consumption=1.0),
        short(inputs=0.3),
        short(value_added=0.3),
        THETA,
    ]
    first = [solve_equilibrium(b, e, shock, store=store) for e in several]
    assert store.stats.puts == len(several)
    again = [solve_equilibrium(b, e, shock, store=store) for e in several]
    assert (store.stats.hits, store.stats.rejected) == (len(several), 0)
    for one, two in zip(first, again, strict=True):
        assert two.solution.recalled
        assert_close(one, two, 1e-13)
