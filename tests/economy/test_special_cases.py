"""Special cases of the model that theory solves in closed form, or as the equivalence of two instruments."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.sparse.csgraph import connected_components

import halys
from halys.economy import Shock, SolverOptions, calibrate_baseline, solve_equilibrium
from halys.economy.baseline import label_parts
from worlds import FIVE, make_world, pairs, random_pairs, worlds

TIGHT = SolverOptions(tolerance=1e-12)


def solve(w, shock: Shock, theta: float = 5.0, closure="fixed"):
    return solve_equilibrium(calibrate_baseline(w), np.full(len(w.industries), theta), shock, closure, TIGHT)


# Gains from trade -----------------------------------------------------------------------------------------------------


@given(st.integers(0, 9999), st.integers(2, 5), st.floats(0.8, 12.0))
def test_one_industry_without_inputs_is_armington(seed, count, theta):
    """Arkolakis, Costinot and Rodríguez-Clare (2012, equation 1): W = pi_jj_hat ** (−1/theta) for any trade costs, with
    balanced trade and no tariffs. Exact, so 1e-9 is only the solver."""
    w = make_world(seed, count, 1, tariffs=False, inputs=0.0, symmetric=True)
    q = solve(w, Shock(iceberg=random_pairs(w, seed, 1.0, 2.0, 1.0)), theta)
    home = np.einsum("sjj->j", q.trade_share) / np.einsum("sjj->j", w.trade_share)
    np.testing.assert_allclose(q.real_income, home ** (-1.0 / theta), rtol=1e-9)


@given(st.integers(0, 9999), st.floats(1.5, 12.0))
def test_inputs_raise_the_gains_by_the_value_added_share(seed, theta):
    """With the industry's own output as its input the exponent is −1/(theta beta_j): a trade cost is paid at every
    round (ACR 2012, section IV; Caliendo and Parro 2015, equation 15 with one sector)."""
    w = make_world(seed, 4, 1, tariffs=False, inputs=0.6, symmetric=True)
    beta = (w.value_added / w.output)[:, 0]
    assert beta.max() < 1.0
    q = solve(w, Shock(iceberg=random_pairs(w, seed, 1.0, 1.5, 1.0)), theta)
    home = np.einsum("sjj->j", q.trade_share) / np.einsum("sjj->j", w.trade_share)
    np.testing.assert_allclose(q.real_income, home ** (-1.0 / (theta * beta)), rtol=1e-9)


def test_autarky_costs_the_gains_from_trade():
    """A complete embargo of everyone by everyone: pi_jj' = 1, so that W = pi_jj ** (1/theta) < 1."""
    w = make_world(4, 4, 1, tariffs=False, inputs=0.0, symmetric=True)
    q = solve(w, Shock(ban=pairs(w, "all", "all", 1.0, 0.0)), closure="balanced")
    np.testing.assert_allclose(q.real_income, np.einsum("sjj->j", w.trade_share) ** 0.2, rtol=1e-9)


def test_real_wage_by_sector_shares():
    """Caliendo and Parro (2015): with several industries and no inputs the real wage is Π_s pi_jjs_hat **
    (−alpha_js/theta_s), whatever tariffs and deficits do, because it only prices domestic goods."""
    w = make_world(2, 4, 3, inputs=0.0)
    theta = np.array([2.0, 5.0, 9.0])
    shock = Shock(tariff=w.tariff + random_pairs(w, 8, 0.0, 0.5, 0.0), iceberg=random_pairs(w, 9, 1.0, 1.3, 1.0))
    q = solve_equilibrium(calibrate_baseline(w), theta, shock, "fixed", TIGHT)
    home = np.log(np.einsum("sjj->js", q.trade_share) / np.einsum("sjj->js", w.trade_share))
    share = w.final / w.income[:, None]
    np.testing.assert_allclose(q.real_wage, np.exp(-(share * home / theta).sum(axis=1)), rtol=1e-9)


# Bans -----------------------------------------------------------------------------------------------------------------


def test_ban_is_the_limit_of_trade_costs(small_world):
    """Coverage 1 against factors 10, 100, 1000, 10000 at theta = 5: what is left of trade falls with factor ** −5, so
    does the distance to the embargo, down to the solver's 1e-12."""
    way = ["AAA", "BBB"], ["CCC"]
    embargo = solve(small_world, Shock(ban=pairs(small_world, *way, 1.0, 0.0))).real_income
    gaps = []
    for factor in (10.0, 1e2, 1e3, 1e4):
        costly = solve(small_world, Shock(iceberg=pairs(small_world, *way, factor, 1.0))).real_income
        gaps.append(np.abs(costly - embargo).max())
    assert 1e-7 < gaps[0] < 1e-4
    assert gaps[1] < 1e-4 * gaps[0]
    assert max(gaps[2:]) < 1e-10


@given(worlds(), st.integers(0, 99), st.floats(0.6, 20.0))
def test_partial_ban_is_a_trade_cost_on_trade_shares(w, seed, theta):
    """Coverage b multiplies the trade share by 1 − b, exactly as the factor (1 − b) ** (−1/theta) does: all hats
    agree."""
    ban = random_pairs(w, seed, 0.0, 0.5, 0.0)
    shut = solve(w, Shock(ban=ban), theta)
    costly = solve(w, Shock(iceberg=(1.0 - ban) ** (-1.0 / theta)), theta)
    np.testing.assert_allclose(shut.real_income, costly.real_income, rtol=1e-9)
    np.testing.assert_allclose(shut.flows, costly.flows, rtol=1e-8, atol=1e-13)


def test_embargoed_trade_is_zero_to_the_bit(small_world):
    """A full embargo is exact: no flow is left, not even a small one."""
    q = solve(small_world, Shock(ban=pairs(small_world, "AAA", "BBB", 1.0, 0.0)))
    assert np.all(q.flows[:, 0, 1] == 0.0)
    assert (q.flows[:, 1, 0] > 0.0).all()


def test_small_ban_on_a_dominant_supplier_cuts_less_than_its_coverage(small_world):
    """At given prices and spending the flow falls to (1 − b)/(1 − b pi), tested on prices held at their baseline."""
    pi = small_world.trade_share
    share = solve(small_world, Shock(ban=pairs(small_world, "AAA", "BBB", 0.01, 0.0))).trade_share
    direct = pi[:, 0, 1] * 0.99 / (1.0 - 0.01 * pi[:, 0, 1])
    np.testing.assert_allclose(share[:, 0, 1], direct, rtol=5e-3)  # prices answer by a part of the 1 %


# Tariffs --------------------------------------------------------------------------------------------------------------


@given(worlds(tariffs=False), st.floats(0.01, 0.4))
def test_tariff_leaves_the_importer_better_off_than_the_same_trade_cost(w, rate):
    """Both raise the buyer's price by the same factor, so that trade shares have the same formula. The tariff's wedge
    is income, the iceberg's melts: the importer's income holds the revenue, and its real income is higher."""
    one = pairs(w, "all", "AAA", rate, 0.0)
    tariff, iceberg = solve(w, Shock(tariff=one)), solve(w, Shock(iceberg=1.0 + one))
    np.testing.assert_allclose(tariff.coefficients.trade, iceberg.coefficients.trade, rtol=1e-12)
    revenue = (tariff.flows * one).sum(axis=(0, 1))
    evaluation = tariff.solution.evaluation
    np.testing.assert_allclose(evaluation.tariff_revenue, revenue, rtol=1e-9)
    np.testing.assert_allclose(
        evaluation.income, evaluation.factor_income + revenue + tariff.baseline.deficit, rtol=1e-9
    )
    assert iceberg.solution.evaluation.tariff_revenue.max() == 0.0
    assert tariff.real_income[0] > iceberg.real_income[0]


def test_optimal_tariff_lies_inside(small_world):
    """Some tariff raises the sender's real income, a prohibitive one does not: the gain turns over."""
    w = make_world(1, tariffs=False)
    gain = [solve(w, Shock(tariff=pairs(w, "all", "AAA", rate, 0.0))).real_income[0] for rate in (0.0, 0.1, 0.2, 3.0)]
    assert gain[1] > gain[0]
    assert gain[2] > gain[0]
    assert gain[3] < max(gain)


@pytest.mark.parametrize("rate", [0.1, 0.5])
def test_lerner_symmetry(rate):
    """A uniform import tariff and a uniform export tax of one economy, all industries, no deficits: equal real incomes
    everywhere, relative wage differing by exactly 1 + t (Lerner 1936)."""
    w = halys.solve_baseline(make_world(5, tariffs=False), horizon=FIVE, deficit=0.0)
    tariff = solve(w, Shock(tariff=pairs(w, "all", "AAA", rate, 0.0)))
    tax = solve(w, Shock(export_tax=pairs(w, "AAA", "all", rate, 0.0)))
    np.testing.assert_allclose(tariff.real_income, tax.real_income, rtol=1e-9)
    relative = (tariff.wage_hat[0] / tariff.wage_hat[1:]) / (tax.wage_hat[0] / tax.wage_hat[1:])
    np.testing.assert_allclose(relative, 1.0 + rate, rtol=1e-9)


def test_lerner_symmetry_on_the_bundled_world(world):
    """The same on the real table without deficits, which are known to 1e-10 of world value added: 1e-8 for the
    smallest economies."""
    one = {"horizon": FIVE, "closure": "balanced", "tolerance": 1e-12}
    tariff = halys.solve(world, halys.Tariff(exporters="all", importers="USA", rate=0.1), **one).equilibrium
    tax = halys.solve(world, halys.ExportTax(exporters="USA", importers="all", rate=0.1), **one).equilibrium
    np.testing.assert_allclose(tariff.real_income, tax.real_income, rtol=1e-8)
    j = world.economies.index("USA")
    relative = (tariff.wage_hat[j] / tariff.wage_hat) / (tax.wage_hat[j] / tax.wage_hat)
    np.testing.assert_allclose(np.delete(relative, j), 1.1, rtol=1e-8)


def test_tariff_on_one_pair_moves_more_trade_at_a_higher_elasticity(small_world):
    """Trade answers more where origins replace each other more easily."""
    shock = {"tariff": small_world.tariff + pairs(small_world, "AAA", "BBB", 0.2, 0.0)}
    left = [solve(small_world, Shock(**shock), theta).flows[:, 0, 1].sum() for theta in (1.0, 3.0, 9.0)]
    assert left[0] > left[1] > left[2]


# Transfers and closures -----------------------------------------------------------------------------------------------


def test_transfer_moves_income_and_nothing_is_lost(small_world):
    """What one gives the other receives; the giver's spending falls, the receiver's rises, and the deficits without
    transfers stay."""
    gift = 0.1 * small_world.value_added[0].sum() * small_world.unit / 1e9
    data = halys.solve(small_world, halys.Transfer(payers="AAA", recipients="BBB", amount=gift), horizon=FIVE).data
    received = data["transfer_received"]
    assert float(received.sum()) == pytest.approx(0.0, abs=1e-12)
    assert float(received.sel(economy="BBB")) == pytest.approx(gift, rel=1e-12)
    assert float(data["real_income"].sel(economy="AAA")) < 1.0 < float(data["real_income"].sel(economy="BBB"))
    np.testing.assert_allclose(data["deficit"], small_world.deficit * small_world.unit / 1e9, rtol=1e-9)


def test_transfer_is_spent_on_imports(small_world):
    """The trade balance of the receiver worsens by the transfer."""
    gift = np.array([-0.5, 0.5, 0.0, 0.0])
    q = solve(small_world, Shock(transfer=gift * small_world.unit))
    flows = q.flows * small_world.value_added.sum()
    balance = flows.sum(axis=(0, 1)) - flows.sum(axis=(0, 2))
    np.testing.assert_allclose(balance, small_world.deficit + gift, rtol=0, atol=1e-9 * small_world.value_added.sum())


SHOCK = ["AAA"], ["BBB", "CCC"]


def test_fixed_closure_keeps_deficits_in_the_numeraire(small_world):
    q = solve(small_world, Shock(iceberg=pairs(small_world, *SHOCK, 1.5, 1.0)))
    total = small_world.value_added.sum()
    np.testing.assert_array_equal(q.solution.evaluation.deficit, q.baseline.deficit)
    np.testing.assert_allclose(q.baseline.deficit, small_world.deficit / total, rtol=1e-14)


@given(worlds(), st.integers(0, 99))
def test_proportional_closure_is_its_formula(w, seed):
    """D'_j = (D_j/V_j) V'_j − (V'_j/ΣV') Σ_k (D_k/V_k) V'_k, which sums to zero and is D at the baseline."""
    q = solve(w, Shock(iceberg=random_pairs(w, seed, 1.0, 1.6, 1.0)), closure="proportional")
    old, ratio = w.value_added.sum(axis=1), w.deficit / w.value_added.sum(axis=1)
    new = q.wage_hat * old
    expected = ratio * new - new / new.sum() * (ratio * new).sum()
    found = q.solution.evaluation.deficit * old.sum()
    np.testing.assert_allclose(found, expected, rtol=0, atol=1e-10 * old.sum())
    assert abs(found.sum()) < 1e-12 * old.sum()


def test_proportional_closure_adds_transfers(small_world):
    gift = np.array([-0.5, 0.5, 0.0, 0.0])
    q = solve(small_world, Shock(transfer=gift * small_world.unit), closure="proportional")
    old, ratio = small_world.value_added.sum(axis=1), small_world.deficit / small_world.value_added.sum(axis=1)
    new = q.wage_hat * old
    expected = ratio * new - new / new.sum() * (ratio * new).sum() + gift
    np.testing.assert_allclose(q.solution.evaluation.deficit * old.sum(), expected, rtol=0, atol=1e-10 * old.sum())


def test_balanced_closure_has_no_deficits(small_world):
    """Changes are measured from the world re-solved without deficits, and trade balances before and after. 1e-9 of
    world value added: the new baseline is known to the solver's 1e-10."""
    outcome = halys.solve(
        small_world, halys.Ban(exporters="AAA", importers="BBB", coverage=0.5), horizon=FIVE, closure="balanced"
    )
    total = small_world.value_added.sum()
    for name in ("trade_flow", "trade_flow_baseline"):
        flows = outcome.data[name].values / small_world.unit * 1e9
        assert np.abs(flows.sum(axis=(0, 1)) - flows.sum(axis=(0, 2))).max() < 1e-9 * total
    assert np.abs(outcome.world.deficit).max() < 1e-9 * total
    assert outcome.world.value_added.sum() == pytest.approx(total, rel=1e-9)


def test_balanced_world_gives_one_answer_under_every_closure():
    """Without deficits the closures are one."""
    w = make_world(6, tariffs=False, symmetric=True)
    shock = Shock(iceberg=random_pairs(w, 6, 1.0, 1.5, 1.0))
    fixed = solve(w, shock).real_income
    np.testing.assert_allclose(solve(w, shock, closure="proportional").real_income, fixed, rtol=1e-10)
    np.testing.assert_allclose(solve(w, shock, closure="balanced").real_income, fixed, rtol=1e-10)


def test_unknown_closure(small_world):
    with pytest.raises(
        halys.HalysError, match=r"closure is 'balance'; allowed are 'fixed', 'proportional', 'balanced'.*Nearest"
    ):
        halys.solve(small_world, horizon=FIVE, closure="balance")


@given(worlds())
def test_resolving_a_balanced_world_changes_nothing(w):
    """`solve_baseline` on an equilibrium is the identity, to the solver's 1e-10."""
    again = halys.solve_baseline(w, horizon=FIVE)
    np.testing.assert_allclose(again.flows, w.flows, rtol=1e-8)
    np.testing.assert_allclose(again.deficit, w.deficit, rtol=0, atol=1e-9 * w.value_added.sum())


def test_resolved_baseline_keeps_technology_tastes_and_tariffs(small_world):
    """Other deficits change sizes, not shares of inputs, of value added or of final spending. Deficits come out as
    asked."""
    target = np.array([1.0, -1.0, 0.5, -0.5])
    w = halys.solve_baseline(small_world, horizon=FIVE, deficit=target)
    np.testing.assert_allclose(w.deficit, target, rtol=0, atol=1e-8)
    np.testing.assert_array_equal(w.tariff, small_world.tariff)
    np.testing.assert_allclose(w.value_added / w.output, small_world.value_added / small_world.output, rtol=1e-8)
    np.testing.assert_allclose(w.final / w.income[:, None], small_world.final / small_world.income[:, None], rtol=1e-8)
    assert w.value_added.sum() == pytest.approx(small_world.value_added.sum(), rel=1e-9)


@pytest.mark.parametrize(
    ("deficit", "said"),
    [(1.0, "must sum to zero"), (np.array([1.0, -1.0]), "one finite number"), (np.full(4, np.nan), "finite")],
)
def test_deficits_that_cannot_be(small_world, deficit, said):
    with pytest.raises(halys.HalysError, match=said):
        halys.solve_baseline(small_world, horizon=FIVE, deficit=deficit)


@pytest.mark.parametrize("connection", ["weak", "strong"])
def test_parts_by_the_short_way_and_by_the_long(connection):
    """One hub that trades both ways with all connects the world; without one SciPy's answer is taken."""
    rng = np.random.default_rng(4)
    for _ in range(50):
        sells = (rng.random((6, 6)) < rng.choice([0.1, 0.3, 0.8])) | np.eye(6, dtype=bool)
        if rng.random() < 0.5:
            sells[0, :] = sells[:, 0] = True
        count, label = label_parts(sells, connection)
        expected, same = connected_components(sells, directed=True, connection=connection)
        assert count == expected
        assert ((label[:, None] == label) == (same[:, None] == same)).all()
