"""Every kind of distribution against SciPy and closed forms, at the ends too, and by properties of any."""

from __future__ import annotations

import math
from typing import get_args

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from halys.errors import InputError
from halys.futures import Kind, Prior, sobol_points
from halys.measures.numbers import Distribution

LOW, HIGH = 0.2, 1.4
CONTINUOUS = tuple(kind for kind in get_args(Kind) if kind != "discrete")
P = (np.arange(50_000) + 0.5) / 50_000  # midpoints: the mean of quantiles there is the integral
SD = (HIGH - LOW) / (stats.norm.ppf(0.95) - stats.norm.ppf(0.05))


def law(kind: str, value: float) -> stats.rv_continuous:
    """The distribution as SciPy has it; made of other functions than those of the code where it can be."""
    width, share = HIGH - LOW, (value - LOW) / (HIGH - LOW)
    if kind == "uniform":
        return stats.uniform(LOW, width)
    if kind == "loguniform":
        return stats.loguniform(LOW, HIGH)
    if kind == "triangular":
        return stats.triang(share, LOW, width)
    if kind == "pert":
        return stats.beta(1 + 4 * share, 5 - 4 * share, LOW, width)
    if kind == "beta":
        return stats.beta(4 * share, 4 - 4 * share, LOW, width)
    return stats.truncnorm((LOW - value) / SD, (HIGH - value) / SD, value, SD)


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        (kind, value)
        for kind in CONTINUOUS
        for value in (LOW, 0.5, 0.8, HIGH)
        if kind != "lognormal" and not (kind == "beta" and value in (LOW, HIGH))  # which is refused
    ],
)
def test_the_law_and_its_moments(kind: str, value: float) -> None:
    found, known = Prior(value, LOW, HIGH, kind).quantile(P), law(kind, value)
    np.testing.assert_allclose(known.cdf(found), P, atol=1e-9)
    assert found.mean() == pytest.approx(known.mean(), abs=1e-6)
    assert found.var() == pytest.approx(known.var(), rel=1e-4)


@pytest.mark.parametrize("value", [LOW, 0.5, HIGH])
def test_a_lognormal_is_a_normal_of_logarithms(value: float) -> None:
    """By the normal's own distribution function: the share between low and x of the share between low and high."""
    sd = math.log(HIGH / LOW) / (2 * stats.norm.ppf(0.95))
    at = stats.norm(math.log(value), sd).cdf
    found = np.log(Prior(value, LOW, HIGH, "lognormal").quantile(P))
    inside = (at(found) - at(math.log(LOW))) / (at(math.log(HIGH)) - at(math.log(LOW)))
    np.testing.assert_allclose(inside, P, atol=1e-9)


def test_closed_forms_of_means() -> None:
    def mean(kind: str, value: float) -> float:
        return float(Prior(value, LOW, HIGH, kind).quantile(P).mean())

    assert mean("pert", LOW) == pytest.approx((5 * LOW + HIGH) / 6, abs=1e-6)
    assert mean("triangular", HIGH) == pytest.approx((LOW + 2 * HIGH) / 3, abs=1e-6)
    assert mean("beta", 0.3) == pytest.approx(0.3, abs=1e-5)
    assert mean("loguniform", 0.5) == pytest.approx((HIGH - LOW) / math.log(HIGH / LOW), abs=1e-6)
    z = stats.norm.ppf(0.95)  # of a normal at the low end, the half above it
    half = SD * (stats.norm.pdf(0) - stats.norm.pdf(2 * z)) / (stats.norm.cdf(2 * z) - 0.5)
    assert mean("normal", LOW) == pytest.approx(LOW + half, abs=1e-6)


class TestDiscrete:
    VALUES, ODDS = (0.1, 0.25, 0.35), (0.2, 0.5, 0.3)

    @pytest.fixture
    def prior(self) -> Prior:
        return Prior(0.25, 0.1, 0.35, "discrete", self.VALUES, self.ODDS)

    def test_quantiles_are_steps(self, prior: Prior) -> None:
        p = [0.0, 0.1, 0.2, np.nextafter(0.2, 1), 0.7, np.nextafter(0.7, 1), 1 - 1e-16, 1.0]
        assert prior.quantile(p).tolist() == [0.1, 0.1, 0.1, 0.25, 0.25, 0.35, 0.35, 0.35]

    def test_the_law_is_that_of_scipy(self, prior: Prior) -> None:
        known = stats.rv_discrete(values=([0, 1, 2], self.ODDS))
        np.testing.assert_array_equal(prior.quantile(P), np.array(self.VALUES)[known.ppf(P).astype(int)])

    def test_draws_have_the_probabilities(self, prior: Prior) -> None:
        found = prior.quantile(sobol_points(1, 0, 4096, seed=2)[:, 0])
        shares = [(found == value).mean() for value in self.VALUES]
        assert sum(shares) == 1.0
        np.testing.assert_allclose(shares, self.ODDS, atol=1 / 4096)

    def test_a_sum_that_rounding_misses(self) -> None:
        """Ten tenths sum to 0.9999999999999999: the last value is there all the same."""
        values = tuple(map(float, range(10)))
        prior = Prior(0.0, 0.0, 9.0, "discrete", values, (0.1,) * 10)
        assert prior.quantile([1 - 1e-17, 1 - 1e-12]).tolist() == [9.0, 9.0]

    @pytest.mark.parametrize(
        ("values", "odds", "told"),
        [
            ((), (), "Give two or more"),
            ((0.35,), (1.0,), "Give two or more"),
            ((0.1, 0.35, 0.25), ODDS, "rising from 0.1 to 0.35"),
            ((0.1, 0.1, 0.35), ODDS, "rising"),
            ((0.1, 0.25, 0.3), ODDS, "rising from 0.1 to 0.35"),
            (VALUES, (0.5, 0.5), "2 for 3 values"),
            (VALUES, (0.2, 0.5, 0.2), "sum to 0.9"),
            (VALUES, (0.5, 0.5, 0.0), "above 0"),
            (VALUES, (1.2, -0.5, 0.3), "above 0"),
            (VALUES, (math.nan, 0.5, 0.3), "sum to nan"),
        ],
    )
    def test_refused(self, values: tuple[float, ...], odds: tuple[float, ...], told: str) -> None:
        with pytest.raises(InputError, match=told):
            Prior(0.25, 0.1, 0.35, "discrete", values, odds)

    def test_values_of_another_kind(self) -> None:
        with pytest.raises(InputError, match="'discrete' alone"):
            Prior(0.25, 0.1, 0.35, "pert", self.VALUES, self.ODDS)


def test_files_and_draws_know_the_same_kinds() -> None:
    assert set(get_args(Kind)) == set(get_args(Distribution))


@st.composite
def any_prior(draw: st.DrawFn) -> Prior:
    """A distribution of any kind, with its value anywhere that the kind allows, the ends included."""
    kind = draw(st.sampled_from(get_args(Kind)))
    positive = kind in ("loguniform", "lognormal")
    low = draw(st.floats(1e-3 if positive else -1e3, 1e3))
    width = draw(st.floats(1e-2, 1e3))
    share = draw(st.floats(0.01, 0.99) if kind == "beta" else st.floats(0, 1))
    high = low + width
    value = min(high, low + share * width)
    if kind != "discrete":
        return Prior(value, low, high, kind)
    inner = draw(st.lists(st.floats(0.01, 0.99), unique=True, max_size=5))
    values = tuple(sorted({low, *(low + x * width for x in inner), high}))
    weights = np.array([draw(st.floats(0.01, 1.0)) for _ in values])
    return Prior(low, low, high, kind, values, tuple((weights / weights.sum()).tolist()))


@given(prior=any_prior(), p=st.lists(st.floats(0, 1), min_size=2, max_size=20))
@settings(max_examples=200, deadline=None)
def test_quantiles_rise_and_stay_between_the_ends(prior: Prior, p: list[float]) -> None:
    found = prior.quantile(np.sort(p))
    assert np.isfinite(found).all()
    assert (found >= prior.low).all()
    assert (found <= prior.high).all()
    slack = 1e-9 * (prior.high - prior.low)  # of the iterations behind quantiles of Beta
    assert (np.diff(found) >= -slack).all()
    if prior.kind == "discrete":
        assert set(found.tolist()) <= set(prior.values)
