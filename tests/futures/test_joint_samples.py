"""Draws that are known jointly: each as likely as any other, by points of the cube, in order."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from halys.errors import InputError
from halys.futures import sobol_points
from halys.futures.samples import JointSample


def midpoints(sizes: list[int]) -> np.ndarray:
    axes = [(np.arange(n) + 0.5) / n for n in sizes]
    return np.stack([axis.ravel() for axis in np.meshgrid(*axes, indexing="ij")], axis=-1)


def test_one_number_is_its_empirical_quantile() -> None:
    draws = np.random.default_rng(1).normal(size=(512, 1))
    found = JointSample(draws).at(midpoints([512]))
    np.testing.assert_array_equal(found, np.sort(draws, axis=0))


@pytest.mark.parametrize("sizes", [[64, 64], [16, 16, 16]])
def test_a_grid_of_points_takes_every_draw_once(sizes: list[int]) -> None:
    draws = np.random.default_rng(2).random((4096, len(sizes)))
    found = JointSample(draws).at(midpoints(sizes))
    np.testing.assert_array_equal(np.sort(found[:, 0]), np.sort(draws[:, 0]))
    assert len(np.unique(found, axis=0)) == 4096


def test_what_ties_numbers_is_kept() -> None:
    """Three shares that sum to 1 have two freedoms; their correlations are those of the draws."""
    draws = np.random.default_rng(3).dirichlet([2, 3, 4], size=4096)
    found = JointSample(draws, 2).at(sobol_points(3, 0, 8192, seed=5))
    np.testing.assert_allclose(found.sum(axis=1), 1.0)
    np.testing.assert_allclose(stats.spearmanr(found).statistic, stats.spearmanr(draws).statistic, atol=0.01)
    np.testing.assert_allclose(found.mean(axis=0), draws.mean(axis=0), atol=1e-3)
    np.testing.assert_allclose(found.std(axis=0), draws.std(axis=0), rtol=5e-3)


def test_the_first_number_follows_its_own_coordinate() -> None:
    draws = np.random.default_rng(4).dirichlet([2, 3, 4], size=4096)[:, :2]
    points = sobol_points(2, 0, 4096, seed=6)
    found = JointSample(draws).at(points)
    assert stats.spearmanr(points[:, 0], found[:, 0]).statistic > 0.999


@given(
    count=st.integers(1, 40),
    free=st.integers(1, 3),
    corner=st.lists(st.sampled_from([0.0, 1.0]), min_size=3, max_size=3),
)
@settings(max_examples=60, deadline=None)
def test_any_number_of_draws(count: int, free: int, corner: list[float]) -> None:
    """Fine points meet every draw, with the same weight up to blocks that differ by one; corners are inside."""
    draws = np.arange(count * 3, dtype=float).reshape(count, 3)[::-1]
    sample = JointSample(draws, free)
    assert sample.at(np.array([corner])).shape == (1, 3)
    found = sample.at(midpoints([60] * free))[:, 0]
    assert set(found) == set(draws[:, 0])


@pytest.mark.parametrize(
    ("draws", "free", "told"),
    [
        (np.zeros(3), None, "shape"),
        (np.zeros((0, 2)), None, "at least one"),
        (np.full((4, 1), np.nan), None, "finite"),
        (np.zeros((4, 2)), 3, "from 1 to 2"),
        (np.zeros((4, 2)), 0, "from 1 to 2"),
    ],
)
def test_refused(draws: np.ndarray, free: int | None, told: str) -> None:
    with pytest.raises(InputError, match=told):
        JointSample(draws, free)
