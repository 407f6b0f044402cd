"""A shock refuses what no instrument may compile to; and what a shock of productivity does exactly."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from halys.economy import Shock, SolverOptions, calibrate_baseline, solve_equilibrium
from halys.errors import InputError
from worlds import make_world


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("iceberg", 0.0),
        ("iceberg", -1.0),
        ("iceberg", np.inf),
        ("iceberg", np.nan),
        ("tariff", -1.0),
        ("tariff", np.nan),
        ("export_tax", -1.0),
        ("export_tax", np.inf),
        ("ban", -0.1),
        ("ban", 1.1),
        ("ban", np.nan),
        ("transfer", np.nan),
        ("productivity", 0.0),
        ("productivity", np.nan),
    ],
)
def test_values_that_cannot_be(name, value):
    """An iceberg factor of infinity is an embargo, which has its own exact form."""
    with pytest.raises(InputError, match=rf"{name} of a shock must be"):
        Shock(**{name: np.array([1.0 if name != "ban" else 0.5, value])})


def test_transfers_must_sum_to_zero():
    """What one gives another receives; free money would be income from nothing."""
    with pytest.raises(InputError, match="transfers must sum to zero"):
        Shock(transfer=np.array([1.0, 0.0]))
    Shock(transfer=np.array([1e12, -1e12 + 1.0]))  # rounding of a sum of large numbers


def test_arrays_of_a_shock_are_read_only():
    """A shock is a value: it may be stored with a result and used again."""
    shock = Shock(ban=np.zeros((1, 2, 2)))
    with pytest.raises(ValueError, match="read-only"):
        shock.ban[0, 0, 1] = 1.0


@given(st.integers(0, 9999))
def test_productivity_in_a_closed_economy_counts_by_sales_over_gdp(seed):
    """Hulten (1978), exact with Cobb-Douglas technology and tastes: W = Π_k A_k ** (sales_k / GDP) without trade."""
    w = make_world(seed, 1, 3, tariffs=False, inputs=0.7)
    a = np.random.default_rng(seed).uniform(0.5, 2.0, (1, 3))
    b = calibrate_baseline(w)
    q = solve_equilibrium(b, np.full(3, 5.0), Shock(productivity=a.copy()), options=SolverOptions(tolerance=1e-12))
    expected = np.exp((np.log(a) * w.output / w.value_added.sum()).sum())
    np.testing.assert_allclose(q.real_income, expected, rtol=1e-10)


@given(st.integers(0, 9999), st.floats(0.5, 2.0))
def test_productivity_of_the_whole_world_raises_all_incomes_alike(seed, factor):
    """Every industry of every economy better by the same factor: without inputs real income everywhere is that factor,
    and no trade share moves."""
    w = make_world(seed, 4, 2, tariffs=True, inputs=0.0)
    b = calibrate_baseline(w)
    shock = Shock(productivity=np.full((4, 2), factor))
    q = solve_equilibrium(b, np.full(2, 5.0), shock, options=SolverOptions(tolerance=1e-12))
    np.testing.assert_allclose(q.real_income, factor, rtol=1e-10)
    np.testing.assert_allclose(q.trade_share, w.trade_share, rtol=1e-10)
