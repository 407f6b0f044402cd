"""Regret against a table worked out by hand, and properties."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from halys.errors import InputError
from halys.futures.regret import find_regret

# Losses of three policies in four futures. Regrets: (0, 2, 4), (0, 2, 4), (0, 1, 3), (9, 2, 0).
TABLE = np.array([[1.0, 3.0, 5.0], [1.0, 3.0, 5.0], [2.0, 3.0, 5.0], [9.0, 2.0, 0.0]])


def test_a_table_by_hand() -> None:
    """The first policy loses least on average; the second is never far from the best."""
    found = find_regret(TABLE)
    assert found is not None
    np.testing.assert_allclose(found.loss, [3.25, 2.75, 3.75])
    np.testing.assert_allclose(found.mean, [2.25, 1.75, 2.75])
    np.testing.assert_allclose(found.worst, [9.0, 2.0, 4.0])
    np.testing.assert_array_equal(found.worst_draw, [3, 0, 0])
    np.testing.assert_allclose(found.best, [0.75, 0.0, 0.25])
    np.testing.assert_allclose(found.quantiles[0], [0.0, 0.0, 9.0])
    assert found.by_loss == found.by_regret == (1,)
    np.testing.assert_allclose(found.loss_error, TABLE.std(axis=0, ddof=1) / 2)


def test_the_two_rules_may_choose_differently() -> None:
    """With little weight on the last future the first policy loses least; its worst regret stays what it is."""
    found = find_regret(TABLE, np.array([1.0, 1.0, 1.0, 0.1]))
    assert found is not None
    assert found.by_loss == (0,)
    assert found.by_regret == (1,)
    np.testing.assert_allclose(found.worst, [9.0, 2.0, 4.0])
    assert found.margin_error[0] == 0.0


def test_ties_are_told() -> None:
    found = find_regret(np.array([[1.0, 1.0, 2.0], [0.0, 0.0, 3.0]]))
    assert found is not None
    assert found.by_loss == found.by_regret == (0, 1)
    np.testing.assert_allclose(found.best, [1.0, 1.0, 0.0])


def test_draws_without_a_loss_are_left_out_and_counted() -> None:
    holes = np.vstack([TABLE[:2], [[np.nan, 0.0, 0.0]], TABLE[2:]])
    found, plain = find_regret(holes), find_regret(TABLE)
    assert found is not None
    assert plain is not None
    assert (found.draws, found.left_out) == (4, 1)
    np.testing.assert_array_equal(found.loss, plain.loss)
    np.testing.assert_array_equal(found.worst_draw, [4, 0, 0])
    assert find_regret(np.full((3, 2), np.nan)) is None


def test_one_draw_has_no_error() -> None:
    found = find_regret(TABLE[:1])
    assert found is not None
    assert np.isnan(found.loss_error).all()


@given(arrays(np.float64, st.tuples(st.integers(1, 12), st.integers(1, 5)), elements=st.floats(-100, 100)))
def test_properties(table: np.ndarray) -> None:
    found = find_regret(table)
    assert found is not None
    assert (found.mean >= 0).all()
    assert (found.worst >= found.mean - 1e-9).all()
    assert (np.diff(found.quantiles, axis=1) >= 0).all()
    assert found.best.sum() >= 1.0 - 1e-9
    # The expected regret and the expected loss differ by the same number for every policy.
    gap = found.loss - found.mean
    np.testing.assert_allclose(gap, gap[0], atol=1e-9)
    shifted = find_regret(table + np.linspace(-5, 5, len(table))[:, None])
    assert shifted is not None
    np.testing.assert_allclose(shifted.worst, found.worst, atol=1e-9)


def test_equal_weights_are_no_weights_and_twice_a_draw_is_twice_its_weight() -> None:
    found = find_regret(TABLE, np.array([1.0, 2.0, 1.0, 1.0]))
    twice = find_regret(np.vstack([TABLE, TABLE[1:2]]))
    assert found is not None
    assert twice is not None
    np.testing.assert_allclose(found.loss, twice.loss)
    np.testing.assert_allclose(found.quantiles, twice.quantiles)


@pytest.mark.parametrize(
    ("table", "weights"),
    [
        (np.ones(3), None),
        (np.ones((3, 0)), None),
        (np.ones((3, 2)), np.ones(2)),
        (np.ones((3, 2)), np.array([1.0, -1.0, 1.0])),
        (np.ones((3, 2)), np.array([1.0, np.nan, 1.0])),
    ],
)
def test_bad_input(table: np.ndarray, weights: np.ndarray | None) -> None:
    with pytest.raises(InputError):
        find_regret(table, weights)
