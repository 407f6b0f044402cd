"""Distributions against closed forms, and draws that are what they are by their index."""

from __future__ import annotations

from typing import get_args

import numpy as np
import pytest
from scipy import stats

from halys.errors import InputError
from halys.futures import Kind, Prior, correlate, correlation_factor, quantiles, sobol_points

P = (np.arange(20_000) + 0.5) / 20_000
CONTINUOUS = tuple(kind for kind in get_args(Kind) if kind != "discrete")


@pytest.mark.parametrize("kind", CONTINUOUS)
def test_every_kind_lies_between_its_ends_and_rises(kind):
    found = Prior(0.5, 0.2, 1.4, kind).quantile(P)
    assert (found >= 0.2).all()
    assert (found <= 1.4).all()
    assert (np.diff(found) >= 0).all()
    np.testing.assert_allclose(Prior(0.5, 0.2, 1.4, kind).quantile([0.0, 1.0]), [0.2, 1.4], atol=1e-12)


def test_what_the_value_is():
    mean = {kind: Prior(0.5, 0.2, 1.4, kind).quantile(P).mean() for kind in CONTINUOUS}
    assert mean["uniform"] == pytest.approx(0.8, rel=1e-6)
    assert mean["triangular"] == pytest.approx((0.2 + 0.5 + 1.4) / 3, rel=1e-4)
    assert mean["pert"] == pytest.approx((0.2 + 4 * 0.5 + 1.4) / 6, rel=1e-4)
    assert mean["beta"] == pytest.approx(0.5, rel=1e-3)
    assert mean["loguniform"] == pytest.approx(1.2 / np.log(7), rel=1e-4)
    middle = Prior(0.8, 0.2, 1.4, "normal").quantile(0.5)
    assert float(middle) == pytest.approx(0.8)
    assert float(Prior(0.6, 0.2, 1.8, "lognormal").quantile(0.5)) == pytest.approx(0.6)


def test_the_most_likely_value():
    """Where quantiles are closest to each other."""
    for kind in ("triangular", "pert", "normal"):
        found = Prior(0.5, 0.2, 1.4, kind).quantile(P)
        densest = found[:-100][np.argmin(found[100:] - found[:-100])]
        assert densest == pytest.approx(0.5, abs=0.03)


def test_a_normal_whose_ends_hold_nine_tenths():
    free = stats.norm(0.0, 2.0 / (2 * stats.norm.ppf(0.95)))
    assert free.cdf(1.0) - free.cdf(-1.0) == pytest.approx(0.9)
    np.testing.assert_allclose(Prior(0.0, -1.0, 1.0, "normal").quantile(0.75), free.ppf(0.05 + 0.9 * 0.75), rtol=1e-9)


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ((1.0, 1.0, 1.0), "is no range"),
        ((0.5, 0.0, np.inf), "is no range"),
        ((2.0, 0.0, 1.0), "lies outside"),
        ((0.5, 0.0, 1.0, "loguniform"), "no support at or below 0"),
        ((0.5, -1.0, 1.0, "lognormal"), "no support at or below 0"),
        ((0.0, 0.0, 1.0, "beta"), "between the ends"),
        ((0.5, 0.0, 1.0, "gaussian"), "Give one of"),
    ],
)
def test_refused_priors(given, told):
    with pytest.raises(InputError, match=told):
        Prior(*given)


def test_columns_have_their_own_prior():
    found = quantiles([Prior(0, -1, 1), Prior(2, 1, 4, "pert")], np.full((3, 2), 0.5))
    np.testing.assert_allclose(found[:, 0], 0.0)
    np.testing.assert_allclose(found[:, 1], Prior(2, 1, 4, "pert").quantile(0.5))
    assert quantiles([], np.empty((3, 0))).shape == (3, 0)
    with pytest.raises(InputError, match="2 columns"):
        quantiles([Prior(0, -1, 1), Prior(0, -1, 1)], np.full((3, 3), 0.5))


def test_a_draw_is_known_by_its_index():
    whole = sobol_points(5, 0, 1000, seed=7)
    parts = [sobol_points(5, first, size, seed=7) for first, size in ((0, 256), (256, 100), (356, 644))]
    np.testing.assert_array_equal(np.concatenate(parts), whole)
    assert not np.array_equal(sobol_points(5, 0, 1000, seed=8), whole)
    assert (whole > 0).all()
    assert (whole < 1).all()


def test_they_fill_the_cube_evenly():
    """Every eighth of each axis has an eighth of 1,024 points, and the mean of a product is as good as it should be."""
    points = sobol_points(4, 0, 1024, seed=1)
    for column in points.T:
        assert (np.histogram(column, 8, (0, 1))[0] == 128).all()
    assert points.prod(axis=1).mean() == pytest.approx(1 / 16, abs=5e-4)


def test_correlation_of_ranks():
    r = np.array([[1.0, 0.6, 0.0], [0.6, 1.0, -0.3], [0.0, -0.3, 1.0]])
    points = correlate(sobol_points(3, 0, 8192, seed=3), correlation_factor(r))
    found = stats.spearmanr(points).statistic
    np.testing.assert_allclose(found, r, atol=0.02)
    for column in points.T:
        assert stats.kstest(column, "uniform").statistic < 0.01


def test_far_points_stay_inside_the_cube():
    """Sums of far normals are farther than any; quantiles there may be infinite, or not found."""
    n = 20
    factor = correlation_factor(np.full((n, n), 0.9) + 0.1 * np.eye(n))
    for point in (2.0**-33, 1 - 2.0**-33):
        found = correlate(np.full((1, n), point), factor)
        assert ((found > 0) & (found < 1)).all()


def test_no_correlation_changes_nothing():
    points = sobol_points(3, 0, 64, seed=3)
    np.testing.assert_allclose(correlate(points, correlation_factor(np.eye(3)))[:, 1], points[:, 1], atol=1e-12)


@pytest.mark.parametrize(
    ("matrix", "told"),
    [
        ([[1.0, 0.5]], "square"),
        ([[1.0, 0.5], [0.4, 1.0]], "symmetric"),
        ([[1.0, 1.5], [1.5, 1.0]], "between -1 and 1"),
        ([[1.0, 0.9, -0.9], [0.9, 1.0, 0.9], [-0.9, 0.9, 1.0]], "no numbers can be correlated like this"),
    ],
)
def test_impossible_correlations(matrix, told):
    with pytest.raises(InputError, match=told):
        correlation_factor(np.array(matrix))


def test_refused_points():
    with pytest.raises(InputError, match="up to 21,201"):
        sobol_points(30_000, 0, 4, seed=1)
    with pytest.raises(InputError, match="draws -1"):
        sobol_points(3, -1, 4, seed=1)
    assert sobol_points(0, 0, 4, seed=1).shape == (4, 0)
