"""Claims on trade and gifts in the equations: values by hand, accounts, derivatives on either side of the kink."""

from __future__ import annotations

import array_api_strict
import numpy as np
import pytest
from linearized import assert_forward_equals_central_differences, assert_reverse_is_the_transpose

from halys.economy import Horizon, Shock, calibrate_baseline
from halys.economy.claims import Claims, claim_values, claimed_income
from halys.economy.equations import Coefficients, evaluate
from halys.economy.problem import compile_coefficients
from worlds import make_world, random_pairs

COUNT, KINDS = 4, 3
THETA = {"farms": 2.0, "factories": 5.0, "services": 9.0}
LONG = Horizon.long(THETA)
HORIZONS = [LONG, Horizon.short(THETA), Horizon.short(THETA, factors=3.0)]
#  (industry, exporter, importer, payee, payer or −1, value of a, floor, weight, ceiling)
ROWS = [
    (0, 0, 1, 1, 0, 0.4, 0.3, 0.0, 0.0),  # a stated share
    (1, 0, 1, 1, 0, 0.5, 0.0, 1.0, 0.5),  # far above its ceiling
    (1, 0, 2, 2, 0, 0.5, 0.0, 1.0, 3.0),  # far below its ceiling: no rent
    (1, 0, 2, 2, 0, 0.5, 0.2, 0.8, 0.6),  # a floor below what the ceiling gives
    (2, 1, 3, 3, 1, 0.2, 0.9, 1.0, 0.8),  # a floor above it
    (2, 1, 3, 2, -1, 0.1, 1.0, 0.0, 0.0),  # a margin of a hub
]


def make_claims() -> Claims:
    s, i, j, payee, payer, value, floor, weight, ceiling = (np.array(column) for column in zip(*ROWS, strict=True))
    numbers = (column.astype(float) for column in (value, floor, weight, ceiling))
    return Claims(s * COUNT + i, s * COUNT + j, *numbers, payee=payee, payer=payer)


def problem(closure: str = "fixed", horizon: Horizon = LONG) -> tuple[Coefficients, tuple, np.random.Generator]:
    w = make_world(3, COUNT, KINDS, tariffs=True)
    rng = np.random.default_rng(5)
    b = calibrate_baseline(w)
    shock = Shock(export_tax=random_pairs(w, 3, 0.0, 0.5, 0.0))
    c = compile_coefficients(b, horizon.elasticities(w.industries), shock, closure)
    c = c._replace(claims=make_claims(), gifts=0.02 * rng.standard_normal((COUNT, KINDS)))
    wage = 0.1 * rng.standard_normal(4 if c.factors is None else (4, 3))
    state = wage, 0.1 * rng.standard_normal((4, 3)), b.purchases * rng.uniform(0.7, 1.3, (4, 3))
    return c, state, rng


def test_value_by_hand():
    """One unit of supply and spread, the exporter's price doubled: g = max(floor, weight (1 − ceiling / 2))."""
    c = make_claims()
    values = claim_values(np, c, np.full((4, 3), np.log(2.0)), np.ones((3, 4)), np.full((3, 4), 3.0))
    by_hand = [1.2 * 0.3, 1.5 * 0.75, 0.0, 1.5 * 0.56, 0.6 * 0.9, 0.3]
    np.testing.assert_allclose(values, by_hand, rtol=1e-15)


def test_what_one_receives_another_pays():
    """Only the hub's margin is nobody's loss of income: the seller's receipts leave it out already."""
    c, (wage, price, purchases), _ = problem()
    e = evaluate(c, wage, price, purchases)
    values = claim_values(np, c.claims, e.log_cost, e.supply, purchases.T / e.phi)
    assert e.claimed.sum() == pytest.approx(values[5], rel=1e-12)
    assert e.claimed[1] == pytest.approx(values[0] + values[1] - values[4], rel=1e-12)


def test_income_on_the_array_api_standard():
    """The same sums from an implementation of the standard that refuses everything outside it."""
    c, rng = make_claims(), np.random.default_rng(1)
    state = 0.1 * rng.standard_normal((4, 3)), rng.uniform(0.5, 2.0, (3, 4)), rng.uniform(0.5, 2.0, (3, 4))
    strict = Claims(*(array_api_strict.asarray(column) for column in c))
    found = claimed_income(array_api_strict, strict, *(array_api_strict.asarray(part) for part in state))
    np.testing.assert_allclose(np.asarray(found), claimed_income(np, c, *state), rtol=1e-13, atol=1e-15)


def test_gifts_are_bought_and_not_consumed():
    """Gifts leave income and come back as demand for the goods given; consumption falls by as much."""
    c, (wage, price, purchases), _ = problem()
    e = evaluate(c, wage, price, purchases)
    bare = evaluate(c._replace(gifts=None), wage, price, purchases)
    np.testing.assert_allclose(bare.income - e.income, c.gifts.sum(axis=1), rtol=1e-12, atol=1e-15)
    demand = e.purchases_gap - bare.purchases_gap
    np.testing.assert_allclose(demand.sum(axis=1), 0.0, atol=1e-15)
    np.testing.assert_allclose(demand, c.gifts - c.final_share * c.gifts.sum(axis=1)[:, None], atol=1e-15)


@pytest.mark.parametrize("horizon", HORIZONS)
@pytest.mark.parametrize("closure", ["fixed", "proportional"])
def test_forward_equals_central_differences(closure, horizon):
    """No claim is within the step of its kink."""
    assert_forward_equals_central_differences(*problem(closure, horizon))


@pytest.mark.parametrize("horizon", HORIZONS)
@pytest.mark.parametrize("closure", ["fixed", "proportional"])
def test_reverse_is_the_transpose_of_forward(closure, horizon):
    assert_reverse_is_the_transpose(*problem(closure, horizon))
