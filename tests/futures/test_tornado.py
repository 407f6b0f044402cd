"""One number at a time: rows, swings and their order."""

from __future__ import annotations

import numpy as np
import pytest

from halys.errors import InputError
from halys.futures import Prior
from halys.futures.tornado import read_tornado, tornado_rows

PRIORS = (Prior(1.0, 0.0, 2.0), Prior(10.0, 0.0, 100.0), Prior(5.0, 4.0, 6.0))
REFERENCE = np.array([1.0, 10.0, 5.0])


def test_each_number_stands_at_its_quantiles_alone() -> None:
    rows = tornado_rows(PRIORS, REFERENCE)
    assert rows.shape == (7, 3)
    np.testing.assert_array_equal(rows[0], REFERENCE)
    for n, prior in enumerate(PRIORS):
        np.testing.assert_allclose(rows[1 + 2 * n : 3 + 2 * n, n], prior.quantile([0.05, 0.95]))
        others = [m for m in range(3) if m != n]
        np.testing.assert_array_equal(rows[1 + 2 * n : 3 + 2 * n, others], np.tile(REFERENCE[others], (2, 1)))


def test_swings_of_a_linear_result() -> None:
    slopes = np.array([3.0, -0.5, 0.0])
    found = read_tornado(tornado_rows(PRIORS, REFERENCE) @ slopes)
    widths = np.array([0.9 * (prior.high - prior.low) for prior in PRIORS])
    np.testing.assert_allclose(found.span, abs(slopes) * widths)
    assert found.order == (1, 0, 2)
    assert found.reference == pytest.approx(-2.0)
    assert found.low[1] > found.high[1]


def test_a_swing_to_one_side_of_the_reference_counts_from_there() -> None:
    found = read_tornado(np.array([0.0, 2.0, 3.0]))
    assert found.span[0] == 3.0


def test_what_has_no_result_comes_last() -> None:
    found = read_tornado(np.array([1.0, np.nan, np.nan, 1.5, np.nan, 1.0, 1.0]))
    assert found.order == (1, 2, 0)
    assert np.isnan(found.span[0])
    assert found.span[1] == 0.5
    lost = read_tornado(np.array([np.nan, 0.0, 2.0, np.nan, np.nan]))
    assert lost.span[0] == 2.0
    assert np.isnan(lost.span[1])


def test_differences_below_the_resolution_are_none() -> None:
    found = read_tornado(np.array([1.0, 1.0 + 1e-9, 1.0 - 1e-9]), resolution=1e-6)
    assert found.span[0] == 0.0
    assert found.low[0] == found.high[0] == 1.0


def test_bad_input() -> None:
    with pytest.raises(InputError):
        tornado_rows(PRIORS, REFERENCE[:2])
    with pytest.raises(InputError):
        read_tornado(np.ones(4))
