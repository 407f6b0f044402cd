"""Price caps: the rent by hand, the ceiling in equilibrium, what a cap leaves unchanged and what it does not."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tiny import PAIR, one_product, solve, world_gain

import halys
from halys.economy import Horizon, Shock, calibrate_baseline
from halys.economy.claims import claim_values
from halys.economy.equations import evaluate
from halys.economy.problem import compile_coefficients
from halys.errors import InputError
from halys.measures import compile_measures
from halys.measures.ceilings import Cap, largest_of
from worlds import make_world, worlds


def test_rent_by_hand():
    """30 % of half of AAA's sales of 20 to BBB, at baseline prices: 3 moves, and nothing else."""
    w = one_product()
    b = calibrate_baseline(w)
    shock = compile_measures(w, [halys.PriceCap(**PAIR, discount=0.3, coverage=0.5)])
    start = np.zeros(3), np.zeros((3, 1)), b.purchases
    capped, free = (evaluate(compile_coefficients(b, np.array([5.0]), s, "fixed"), *start) for s in (shock, Shock()))
    np.testing.assert_allclose(capped.claimed * 700.0, [-3.0, 3.0, 0.0], atol=1e-12)
    np.testing.assert_allclose((capped.income - free.income) * 700.0, [-3.0, 3.0, 0.0], atol=1e-12)
    assert np.array_equal(capped.price_gap, free.price_gap)  # the price at the margin is the market's
    assert np.array_equal(capped.output, free.output)  # and at given incomes so is the volume


def test_receipt_equals_the_cap():
    """Cap 60 of a price of 100, world prices as they come out: what AAA keeps of its price is 60 % of the old one."""
    w = one_product()
    q = solve(w, halys.PriceCap(**PAIR, cap=60, price=100))
    receipts = q.flows[0, 0, 1] - (q.solution.evaluation.claimed[1])
    per_unit = receipts / (q.flows[0, 0, 1] / q.cost_hat[0, 0])
    assert per_unit == pytest.approx(0.6, rel=1e-10)
    assert q.cost_hat[0, 0] < 1.0  # AAA is poorer


def test_ceiling_above_the_market_price_binds_nobody():
    """A ban on BBB's own goods is not at hand: AAA is made to sell cheaply by higher productivity, below the cap."""
    w = one_product()
    better = halys.Productivity(economies="AAA", factor=2.0)
    cap = halys.PriceCap(**PAIR, cap=95, price=100)
    with_cap, without = solve(w, [better, cap]), solve(w, [better])
    assert with_cap.cost_hat[0, 0] < 0.95
    assert np.all(with_cap.solution.evaluation.claimed == 0.0)
    np.testing.assert_allclose(with_cap.real_income, without.real_income, rtol=0, atol=1e-12)


def test_cap_at_the_price_moves_nothing_of_note():
    """Cap = price: no rent at baseline prices, where everything stays."""
    q = solve(one_product(), halys.PriceCap(**PAIR, cap=100, price=100))
    np.testing.assert_allclose(q.real_income, 1.0, atol=1e-11)


def test_wedge_is_the_tariff_d_over_1_minus_d():
    w = make_world(2, tariffs=True)
    cap = solve(w, halys.PriceCap(**PAIR, discount=0.2, form="wedge", coverage=0.5))
    tariff = solve(w, halys.Tariff(**PAIR, rate=0.1 / 0.9))
    np.testing.assert_allclose(cap.real_income, tariff.real_income, rtol=0, atol=1e-12)
    stated = compile_measures(w, [halys.PriceCap(**PAIR, cap=80, price=100, form="wedge", coverage=0.5)])
    np.testing.assert_allclose(stated.tariff, cap.shock.tariff, rtol=1e-12)


CAPS = st.one_of(
    st.builds(Cap, st.floats(0, 1), st.floats(0, 0.9), st.none()),
    st.builds(lambda coverage, ceiling: Cap(coverage, 1 - ceiling, ceiling), st.floats(0, 1), st.floats(0.01, 1)),
    st.sampled_from([Cap(1.0, 0.125, 0.875), Cap(0.1, 0.25, 0.75), Cap(0.5, 0.25, 0.75), Cap(0.5, 0.5, None)]),
)


def rent_at(rows, price: float) -> float:
    return sum(max(floor, weight * (1 - ceiling / price)) for floor, weight, ceiling in rows)


@given(st.lists(CAPS, max_size=6), st.floats(0.2, 5.0))
def test_rows_sum_to_the_largest_rent_of_any_cap(caps, price):
    alone = [c.coverage * (c.discount if c.ceiling is None else max(0.0, 1 - c.ceiling / price)) for c in caps]
    assert rent_at(largest_of(caps), price) == pytest.approx(max(alone, default=0.0), rel=1e-12, abs=1e-14)


@given(st.lists(CAPS, max_size=5), CAPS, st.floats(0.2, 5.0))
def test_another_cap_never_lowers_the_rent(caps, more, price):
    assert rent_at(largest_of([*caps, more]), price) >= rent_at(largest_of(caps), price) - 1e-14


def test_a_lower_ceiling_with_little_coverage_moves_no_less():
    """70 of 80 on all of the trade moves 1/8 of it; 60 of 80 on a tenth would move 1/40 by itself, at these prices."""
    w, b = one_product(), calibrate_baseline(one_product())
    wide, narrow = halys.PriceCap(**PAIR, cap=70, price=80), halys.PriceCap(**PAIR, cap=60, price=80, coverage=0.1)
    start = np.zeros(3), np.zeros((3, 1)), b.purchases
    for caps, moved in (([wide], 2.5), ([narrow], 0.5), ([wide, narrow], 2.5), ([narrow, wide], 2.5)):
        c = compile_coefficients(b, np.array([5.0]), compile_measures(w, caps), "fixed")
        np.testing.assert_allclose(evaluate(c, *start).claimed * 700.0, [-moved, moved, 0.0], atol=1e-12)


@given(st.integers(0, 9999), st.lists(CAPS, min_size=2, max_size=4))
def test_each_trade_has_the_largest_rent_of_its_own_caps(seed, caps):
    """Caps on different buyers, which overlap: cell by cell as if each were alone, at given prices."""
    w = make_world(seed, 4, 2)
    b, rng = calibrate_baseline(w), np.random.default_rng(seed)
    theta, log_cost = np.full(2, 4.0), 0.3 * rng.standard_normal((4, 2))
    measures = []
    for cap in caps:
        buyers = [w.economies[j] for j in 1 + np.flatnonzero(rng.random(3) < 0.6)] or ["BBB"]
        size = {"discount": cap.discount} if cap.ceiling is None else {"cap": cap.ceiling, "price": 1.0}
        measures.append(halys.PriceCap(exporters="AAA", importers=buyers, coverage=cap.coverage, **size))

    def rents(chosen):
        claims = compile_coefficients(b, theta, compile_measures(w, chosen), "fixed").claims
        found = np.zeros((4, 4))
        if claims is not None:
            np.add.at(found, (claims.payer, claims.payee), claim_values(np, claims, log_cost, *np.ones((2, 2, 4))))
        return found

    # One industry at a time, for the largest of sums is not the sum of the largest.
    for industry in w.industries:
        own = [m.model_copy(update={"industries": industry}) for m in measures]
        largest = np.max([rents([m]) for m in own], axis=0)
        np.testing.assert_allclose(rents(own), largest, rtol=1e-12, atol=1e-16)


def test_of_two_caps_the_larger_discount_counts():
    w = make_world(2, tariffs=False)
    small, large = halys.PriceCap(**PAIR, discount=0.1), halys.PriceCap(**PAIR, discount=0.4, coverage=0.5)
    low, high = halys.PriceCap(**PAIR, cap=60, price=100), halys.PriceCap(**PAIR, cap=80, price=100)
    for pair, alone in (((small, large), large), ((low, high), low), ((high, low), low), ((small, low), low)):
        both, one = solve(w, list(pair)), solve(w, [alone])
        np.testing.assert_allclose(both.real_income, one.real_income, rtol=0, atol=1e-12)
    stated = solve(w, [halys.PriceCap(**PAIR, discount=0.5), low])  # the stated discount is larger in equilibrium
    np.testing.assert_allclose(
        stated.real_income, solve(w, halys.PriceCap(**PAIR, discount=0.5)).real_income, rtol=0, atol=1e-12
    )


@pytest.mark.parametrize("horizon", [Horizon.long(4.0), Horizon.short(), Horizon.short(factors=2.0)])
@given(seed=st.integers(0, 9999), discount=st.floats(0.0, 0.4), ceiling=st.booleans())
def test_a_rent_is_a_transfer(horizon, seed, discount, ceiling):
    """The cap itself moves neither price nor volume: a plain transfer of the same money gives the same world."""
    w = make_world(seed, 3, 2)
    size = {"cap": 100 * (1 - discount), "price": 100} if ceiling else {"discount": discount}
    cap = halys.PriceCap(exporters="AAA", importers=["BBB", "CCC"], industries="farms", **size)
    q = solve(w, cap, horizon)
    paid = q.solution.evaluation.claimed
    same = solve(w, Shock(transfer=(paid - paid.mean()) * q.baseline.money), horizon)
    np.testing.assert_allclose(same.real_income, q.real_income, rtol=0, atol=1e-9)
    np.testing.assert_allclose(same.flows, q.flows, rtol=1e-7, atol=1e-12)


@given(worlds(), st.floats(0.0, 0.4))
def test_a_rent_never_raises_the_producer_price_in_the_long_run(w, discount):
    """Everyone buys mostly at home in these worlds: who is poorer has lower costs."""
    q = solve(w, halys.PriceCap(exporters="AAA", importers=w.economies[1:], industries="farms", discount=discount))
    assert np.nan_to_num(q.cost_hat[0]).max() <= 1.0 + 1e-9
    assert q.real_income[0] <= 1.0 + 1e-9


@given(st.integers(0, 9999), st.floats(0.0, 0.8), st.floats(1.0, 8.0))
def test_a_wedge_lowers_the_covered_volume_where_trade_balances(seed, discount, theta):
    """Without deficits; an economy that must ship a fixed surplus sells more units the less it gets for each."""
    w = make_world(seed, 3, 2, tariffs=False, symmetric=True)
    cap = halys.PriceCap(exporters="AAA", importers=["BBB", "CCC"], industries="farms", discount=discount, form="wedge")
    q = solve(w, cap, theta)
    volume = q.flows[0, 0, 1:].sum() / q.cost_hat[0, 0]
    assert volume <= q.baseline.flows[0, 0, 1:].sum() * (1 + 1e-9)
    assert world_gain(w, q) <= 1e-12


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        (
            {"cap": 110, "price": 100},
            r"the cap is above the price: up to 110 against as little as 100\. .*make it smaller",
        ),
        (
            {"cap": {"value": 60, "low": 50, "high": 90}, "price": {"value": 100, "low": 80, "high": 120}},
            "the cap is above the price: up to 90 against as little as 80",
        ),
        ({"discount": 1.0}, r"PriceCap\.discount: the number is 1; it must be 0 or more and less than 1"),
        ({"discount": -0.1}, r"PriceCap\.discount: the number is -0\.1"),
        ({"discount": float("nan")}, r"PriceCap\.discount"),
        ({"discount": 0.1, "coverage": 1.1}, r"PriceCap\.coverage: the number is 1\.1; it must be between 0 and 1"),
        ({"cap": 60}, "cap is given without price"),
        ({"price": 60}, "price is given without cap"),
        ({}, "needs discount, or cap and price; neither given"),
        ({"discount": 0.1, "cap": 60, "price": 100}, "both given"),
        ({"cap": 0, "price": 100}, r"PriceCap\.cap: the number is 0; it must be greater than 0"),
        ({"discount": 0.1, "form": "quota"}, r"PriceCap\.form"),
    ],
)
def test_refused(fields, said):
    with pytest.raises(InputError, match=said):
        halys.PriceCap(**PAIR, **fields)


def test_sales_at_home_have_no_cap():
    with pytest.raises(InputError, match="a PriceCap from AAA to AAA hits nothing"):
        compile_measures(one_product(), [halys.PriceCap(exporters="AAA", importers="AAA", discount=0.1)])
