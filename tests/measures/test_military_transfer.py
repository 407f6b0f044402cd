"""Arms given: by hand, and in the accounts of the donor, the recipient and the world."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tiny import one_product, solve, world_gain

import halys
from halys.economy import calibrate_baseline
from halys.errors import InfeasibleError, InputError
from halys.measures import compile_measures
from worlds import make_world, worlds

BILLION = 1e9


def arms(amount: float, **fields) -> halys.MilitaryTransfer:
    return halys.MilitaryTransfer(
        **{"donors": "AAA", "recipients": "BBB", "industries": "all", "fungible": 0.25, "amount": amount, **fields}
    )


def test_by_hand():
    """10 of AAA's income of 100 goes to arms; a quarter of them BBB would have bought. With one product spending stays
    where it is at given prices, so real incomes are 0.90 and 1.0125 before prices move, and they do not."""
    w = one_product()
    q = solve(w, arms(10.0 * w.unit / BILLION))
    np.testing.assert_allclose(q.real_income, [0.9, 1.0 + 2.5 / 200.0, 1.0], atol=1e-10)
    np.testing.assert_allclose(q.solution.purchases, q.baseline.purchases, rtol=1e-10)
    np.testing.assert_allclose(q.decomposition.transfers, [-0.1, 0.0125, 0.0], atol=1e-15)


def test_goods_of_the_industry_are_bought():
    """The donor's demand turns to arms: their makers sell more, by what is spent less consumption forgone."""
    w = make_world(1, tariffs=False, inputs=0.0)
    b = calibrate_baseline(w)
    amount = 0.05 * w.income[0] * w.unit / BILLION
    q = solve(w, arms(amount, industries="farms", fungible=0.0))
    spent = q.solution.purchases[0] - q.solution.evaluation.income[0] * b.final_share[0]
    np.testing.assert_allclose(spent * b.money / BILLION, [amount, 0.0, 0.0], atol=1e-8 * amount)
    assert q.cost_hat[0, 0] == pytest.approx(q.wage_hat[0], rel=1e-9)


def test_shares_of_several():
    """Donors share by income, industries by the donor's own final use."""
    w = make_world(1, tariffs=False)
    amount = 0.01 * w.income[:2].sum() * w.unit / BILLION
    gifts = compile_measures(w, [arms(amount, donors=["AAA", "BBB"], recipients=["CCC", "DDD"])]).gifts
    np.testing.assert_allclose(gifts[:2].sum(axis=1), 0.01 * w.income[:2] * w.unit, rtol=1e-12)
    np.testing.assert_allclose(gifts[0] / gifts[0].sum(), w.final[0] / w.final[0].sum(), rtol=1e-12)
    assert gifts.sum() == pytest.approx(0.75 * amount * BILLION)


@given(worlds(tariffs=False), st.floats(0.0, 0.1), st.floats(0.0, 1.0))
def test_the_world_loses_what_is_used_up(w, part, fungible):
    """To first order (1 − fungible) of the amount; donors lose, and nobody makes anything of it."""
    given_away = part * min(w.income[0], w.final[1].sum())
    q = solve(w, arms(given_away * w.unit / BILLION, fungible=fungible))
    assert q.real_income[0] <= 1.0 + 1e-9
    assert world_gain(w, q) <= -(1 - fungible) * given_away / w.income.sum() + 0.1 * part**2 + 1e-11


def test_more_than_the_recipient_buys_is_refused():
    w = one_product()
    with pytest.raises(InfeasibleError, match=r"military transfers free BBB of .* billion US dollars a year of goods"):
        compile_measures(w, [arms(250.0 * w.unit / BILLION, donors="CCC", fungible=1.0)])


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"amount": -1.0}, r"MilitaryTransfer\.amount: the number is -1; it must be 0 or more"),
        ({"amount": float("nan")}, r"MilitaryTransfer\.amount"),
        ({"amount": 1.0, "fungible": 1.2}, r"MilitaryTransfer\.fungible: the number is 1\.2"),
    ],
)
def test_refused(fields, said):
    with pytest.raises(InputError, match=said):
        arms(**{"amount": 1.0, **fields})


def test_donor_among_the_recipients_is_refused():
    with pytest.raises(InputError, match="has AAA both as donor and as recipient"):
        compile_measures(one_product(), [arms(1.0, recipients=["AAA", "BBB"])])
