"""Shapley and Banzhaf values, pivots, samples and the order of joining, against axioms, brute force and print."""

from __future__ import annotations

from itertools import permutations
from math import factorial

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from halys.errors import InputError
from halys.strategy.coalitions import (
    banzhaf_values,
    find_margins,
    find_pivots,
    members_of,
    shapley_values,
    sizes,
)
from halys.strategy.joining import order_joining
from halys.strategy.sampled_coalitions import sample_pivots, sample_shapley

SEEDS = st.integers(0, 10_000)
COUNTS = st.integers(1, 6)


def draw_game(seed: int, count: int, functions: int = 1) -> np.ndarray:
    values = np.random.default_rng(seed).normal(size=(1 << count, functions))
    return values[:, 0] if functions == 1 else values


def brute_force(values: np.ndarray) -> np.ndarray:
    count = len(values).bit_length() - 1
    found = np.zeros((count, *values.shape[1:]))
    for order in permutations(range(count)):
        mask = 0
        for i in order:
            found[i] += values[mask | 1 << i] - values[mask]
            mask |= 1 << i
    return found / factorial(count)


def swap(values: np.ndarray, i: int, j: int) -> np.ndarray:
    """The game in which i and j have changed places."""
    masks = np.arange(len(values))
    bits = (masks >> i ^ masks >> j) & 1
    return values[masks ^ (bits << i | bits << j)]


def test_a_table_in_print() -> None:
    """The gloves game: one left glove and two right ones; phi = (4/6, 1/6, 1/6) (Osborne and Rubinstein, ch. 14)."""
    pairs = np.array([0, 0, 0, 1, 0, 1, 0, 1], dtype=float)
    np.testing.assert_allclose(shapley_values(pairs), [4 / 6, 1 / 6, 1 / 6], atol=1e-15)
    np.testing.assert_allclose(banzhaf_values(pairs), [3 / 4, 1 / 4, 1 / 4], atol=1e-15)


def test_the_security_council() -> None:
    """Shapley and Shubik (1954), for the council of 1945: 5 with a veto of 11, 7 votes: 76/77 to the five."""
    masks = np.arange(1 << 11)
    size = sizes(11)
    wins = ((masks & 31) == 31) & (size >= 7)
    phi = shapley_values(wins.astype(float))
    np.testing.assert_allclose(phi[:5].sum(), 76 / 77, atol=1e-14)
    pivots = find_pivots(wins.astype(float), 1.0)
    np.testing.assert_allclose(pivots.share, phi, atol=1e-14)
    assert pivots.decisive.tolist() == [True] * 5 + [False] * 6
    assert len(pivots.smallest) == 15  # the five with any two of the six
    assert not pivots.already
    assert pivots.never == 0.0


@given(seed=SEEDS, count=COUNTS)
def test_exact_is_brute_force(seed: int, count: int) -> None:
    values = draw_game(seed, count, 3)
    np.testing.assert_allclose(shapley_values(values), brute_force(values), atol=1e-12)


@given(seed=SEEDS, count=COUNTS)
def test_efficiency(seed: int, count: int) -> None:
    values = draw_game(seed, count)
    np.testing.assert_allclose(shapley_values(values).sum(), values[-1] - values[0], atol=1e-12)


@given(seed=SEEDS, count=st.integers(2, 6))
def test_symmetry(seed: int, count: int) -> None:
    values = draw_game(seed, count)
    alike = values + swap(values, 0, 1)
    phi = shapley_values(alike)
    np.testing.assert_allclose(phi[0], phi[1], atol=1e-12)
    mixed = shapley_values(swap(values, 0, 1))
    own = shapley_values(values)
    np.testing.assert_allclose(mixed[[1, 0, *range(2, count)]], own, atol=1e-12)


@given(seed=SEEDS, count=st.integers(1, 5))
def test_null_player(seed: int, count: int) -> None:
    values = np.concatenate([draw_game(seed, count)] * 2)  # the last member changes nothing
    assert abs(shapley_values(values)[-1]) < 1e-14
    assert abs(banzhaf_values(values)[-1]) < 1e-14
    np.testing.assert_allclose(shapley_values(values)[:-1], shapley_values(draw_game(seed, count)), atol=1e-12)


@given(seed=SEEDS, count=COUNTS)
def test_additivity(seed: int, count: int) -> None:
    one, two = draw_game(seed, count), draw_game(seed + 1, count)
    np.testing.assert_allclose(
        shapley_values(2.0 * one - two), 2.0 * shapley_values(one) - shapley_values(two), atol=1e-11
    )


@given(seed=SEEDS, count=COUNTS)
def test_an_additive_game_has_the_same_margin_everywhere(seed: int, count: int) -> None:
    worth = np.random.default_rng(seed).normal(size=count)
    values = np.array([sum(worth[i] for i in members_of(m)) for m in range(1 << count)])
    margins = find_margins(values)
    for found in (shapley_values(values), banzhaf_values(values), margins.first, margins.last):
        np.testing.assert_allclose(found, worth, atol=1e-12)


@given(seed=SEEDS, count=COUNTS, level=st.floats(-1, 2))
def test_pivots_are_brute_force(seed: int, count: int, level: float) -> None:
    values = draw_game(seed, count)
    share, never = np.zeros(count), 0.0
    for order in permutations(range(count)):
        mask, who = 0, None
        if values[0] >= level:
            continue
        for i in order:
            mask |= 1 << i
            if values[mask] >= level:
                who = i
                break
        if who is None:
            never += 1 / factorial(count)
        else:
            share[who] += 1 / factorial(count)
    found = find_pivots(values, level)
    np.testing.assert_allclose(found.share, share, atol=1e-12)
    np.testing.assert_allclose(found.never, never, atol=1e-12)
    assert found.already == (values[0] >= level)
    for mask in range(1 << count):
        alone = values[mask] >= level and all(values[mask ^ 1 << i] < level for i in members_of(mask))
        assert (mask in found.smallest) == alone


def test_a_sample_is_within_its_errors_and_adds_up() -> None:
    count = 9
    rng = np.random.default_rng(5)
    weight = rng.uniform(0.1, 1.0, count)
    masks = np.arange(1 << count)
    total = ((masks[:, None] >> np.arange(count)) & 1) @ weight
    values = np.stack([np.sqrt(total), total**2 + 0.3 * rng.normal(size=len(masks))], axis=1)
    exact = shapley_values(values)
    calls: list[int] = []

    def value(asked: np.ndarray) -> np.ndarray:
        calls.append(len(asked))
        assert len(set(asked.tolist())) == len(asked)
        return values[asked]

    outside = 0
    for seed in range(20):
        found = sample_shapley(value, count, 60, seed)
        np.testing.assert_allclose(found.values.sum(axis=0), values[-1] - values[0], atol=1e-12)
        assert (found.standard_errors > 0).all()
        outside += int((np.abs(found.values - exact) > 2 * found.standard_errors).sum())
    assert len(calls) == 20
    assert outside <= 0.1 * 20 * exact.size  # about one in twenty is expected
    again = sample_shapley(value, count, 60, 3)
    np.testing.assert_array_equal(again.values, sample_shapley(value, count, 60, 3).values)


def test_the_reverse_order_removes_what_depends_on_the_place() -> None:
    """A quadratic game: contributions are linear in the place, so that a pair is exact."""
    count = 7
    weight = np.arange(1.0, count + 1)
    masks = np.arange(1 << count)
    values = (((masks[:, None] >> np.arange(count)) & 1) @ weight) ** 2
    found = sample_shapley(lambda asked: values[asked], count, 4)
    np.testing.assert_allclose(found.values, shapley_values(values), rtol=1e-12)
    np.testing.assert_allclose(found.standard_errors, 0.0, atol=1e-10)


def test_sampled_pivots_are_near_the_exact_ones() -> None:
    values = np.sqrt(sizes(6).astype(float)) + 0.2 * draw_game(1, 6)
    sample = sample_shapley(lambda asked: values[asked], 6, 2000, 1)
    for level in (-5.0, 1.6, 9.0):
        share, never = sample_pivots(sample.orders, sample.paths, level)
        exact = find_pivots(values, level)
        np.testing.assert_allclose(share, exact.share, atol=0.04)
        np.testing.assert_allclose(never, exact.never, atol=0.04)


def test_who_gains_joins_first_and_who_imposes_nothing_never() -> None:
    found = order_joining([4.0, 2.0, 1.0, 0.0], [1.0, 1.0, -0.5, 0.2], 0.0, 2.0)
    assert found.joins_from.tolist() == [0.25, 0.5, 0.0, np.inf]
    assert found.gaining == (2,)
    assert found.refusing == (3,)
    assert found.rankings[0].order[0] == 2
    assert found.rankings[-1].order == (0, 1, 2, 3)
    assert [r.willing for r in found.rankings if r.low >= 0.5] == [3] * sum(r.low >= 0.5 for r in found.rankings)


@given(seed=SEEDS, count=COUNTS)
def test_rankings_hold_everywhere_on_a_fine_grid(seed: int, count: int) -> None:
    rng = np.random.default_rng(seed)
    imposed, borne = rng.normal(1, 1, count), rng.normal(0.3, 0.5, count)
    found = order_joining(imposed, borne, 0.0, 3.0)
    assert found.rankings[0].low == 0.0
    assert found.rankings[-1].high == 3.0
    for left, right in zip(found.rankings, found.rankings[1:], strict=False):
        assert left.high == right.low
    for omega in np.linspace(0.003, 2.997, 200):
        (here,) = [r for r in found.rankings if r.low <= omega < r.high]
        score = omega * imposed - borne
        if min((abs(omega - end) for r in found.rankings for end in (r.low, r.high)), default=1) > 1e-9:
            assert (np.diff(score[list(here.order)]) <= 1e-9).all()
            assert here.willing == (score >= 0).sum()
    for i, start in enumerate(found.joins_from):
        if 0 < start < np.inf:
            assert start * imposed[i] - borne[i] == pytest.approx(0.0, abs=1e-12)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: shapley_values([0.0, 1.0, 2.0]), "2\\^n coalitions"),
        (lambda: shapley_values([1.0]), "2\\^n coalitions"),
        (lambda: shapley_values([0.0, 1.0, np.nan, 2.0]), "coalition 2 .members .1,.. is not finite"),
        (lambda: find_pivots(np.zeros((4, 2)), 1.0), "one value function"),
        (lambda: find_pivots(np.zeros(4), np.nan), "finite level"),
        (lambda: sample_shapley(lambda m: m, 21, 10), "1 to 20"),
        (lambda: sample_shapley(lambda m: m, 3, 5), "even number"),
        (lambda: order_joining([1.0], [1.0, 2.0], 0, 1), "vectors of one length"),
        (lambda: order_joining([1.0], [1.0], 1, 1), "range of omega"),
    ],
)
def test_bad_input_is_refused(call, message: str) -> None:
    with pytest.raises(InputError, match=message):
        call()
