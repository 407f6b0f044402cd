"""Sales on terms that a budget pays for: taxes below zero, and no free lunch."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tiny import PAIR, one_product, solve, world_gain

import halys
from halys.economy import Shock
from halys.errors import InputError
from halys.measures import compile_measures
from worlds import make_world, worlds


@pytest.mark.parametrize(("paid_by", "field"), [("exporter", "export_tax"), ("importer", "tariff")])
def test_is_a_tax_below_zero(paid_by, field):
    w = one_product()
    shock = compile_measures(w, [halys.ConcessionalSale(**PAIR, discount=0.2, paid_by=paid_by)])
    rate = np.zeros((1, 3, 3))
    rate[0, 0, 1] = -0.2
    np.testing.assert_allclose(getattr(shock, field), rate, atol=1e-15)
    revenue = "export_revenue" if paid_by == "exporter" else "tariff_revenue"
    payer = 0 if paid_by == "exporter" else 1
    q = solve(w, shock)
    paid = getattr(q.solution.evaluation, revenue)
    # the budget pays a fifth of the value at the undiscounted price
    gross = q.flows[0, 0, 1] / (0.8 if paid_by == "exporter" else 1.0)
    assert paid[payer] == pytest.approx(-0.2 * gross, rel=1e-10)


def test_factors_multiply_with_taxes_and_each_other():
    w = make_world(2, tariffs=True)
    half, tariff = halys.ConcessionalSale(**PAIR, discount=0.5, paid_by="importer"), halys.Tariff(**PAIR, rate=0.2)
    for order in ([half, half, tariff], [tariff, half, half]):
        shock = compile_measures(w, order)
        np.testing.assert_allclose(1.0 + shock.tariff[:, 0, 1], (1.2 + w.tariff[:, 0, 1]) * 0.25, rtol=1e-14)
        assert np.array_equal(shock.tariff[:, 1, 0], w.tariff[:, 1, 0])


@given(worlds(tariffs=False), st.floats(0.0, 0.4), st.sampled_from(["exporter", "importer"]), st.floats(1.0, 8.0))
def test_no_concession_raises_the_income_of_the_world(w, discount, paid_by, theta):
    """Without distortions the baseline is efficient: valued at baseline prices nothing feasible is worth more."""
    sale = halys.ConcessionalSale(exporters="AAA", importers=w.economies[1:], discount=discount, paid_by=paid_by)
    assert world_gain(w, solve(w, sale, theta)) <= 1e-11


def test_what_it_wastes_is_of_second_order():
    w = one_product()
    lost = [world_gain(w, solve(w, halys.ConcessionalSale(**PAIR, discount=d))) for d in (0.02, 0.01)]
    assert lost[0] / lost[1] == pytest.approx(4.0, rel=0.1)
    assert lost[0] < 0


def test_none_is_nothing():
    w = make_world(2, tariffs=True)
    shock = compile_measures(w, [halys.ConcessionalSale(**PAIR, discount=0.0)])
    assert np.array_equal(solve(w, shock).real_income, solve(w, Shock()).real_income)


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"discount": 1.0}, r"ConcessionalSale\.discount: the number is 1; it must be 0 or more and less than 1"),
        ({"discount": -0.1}, r"ConcessionalSale\.discount"),
        ({"discount": float("nan")}, r"ConcessionalSale\.discount"),
        ({"discount": 0.1, "paid_by": "seller"}, r"ConcessionalSale\.paid_by"),
        ({}, r"ConcessionalSale\.discount: is required"),
    ],
)
def test_refused(fields, said):
    with pytest.raises(InputError, match=said):
        halys.ConcessionalSale(**PAIR, **fields)
