"""Bans that shut whole customs lines: shares and prices against lines counted one by one."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import halys
from halys.economy import calibrate_baseline
from halys.economy.problem import compile_coefficients
from halys.errors import InfeasibleError, InputError
from halys.measures import compile_measures
from halys.measures.lines import shut_lines
from worlds import FIVE, gaps, make_arrays, make_world

PAIR = {"exporters": "AAA", "importers": "BBB"}


def line_by_line(share, lines, theta, count=1000):
    """Share of each exporter and factor on the price, from `count` lines of equal weight with nested lists."""
    got, logged = np.zeros_like(share), 0.0
    for line in range(count):
        left = np.where((line + 0.5) / count < lines, 0.0, share)
        got += left / left.sum() / count
        logged += -np.log(left.sum()) / theta / count
    return got, np.exp(logged)


def from_nest(share, lines, theta):
    found = shut_lines(share[:, None], lines[:, None])
    pull = share * found.open[:, 0] * found.nest[0]
    return pull / pull.sum(), pull.sum() ** (-1.0 / theta)


@pytest.mark.parametrize(
    "lines", [[0.4, 0, 0, 0], [0.4, 0.4, 0, 0], [0.4, 0.7, 0.1, 0], [1, 0.5, 0, 0], [1, 1, 1, 0], [0.2, 0, 1, 0.001]]
)
def test_nest_gives_what_lines_give(lines):
    share, lines = np.array([0.3, 0.1, 0.2, 0.4]), np.array(lines)
    expected, found = line_by_line(share, lines, 4.0), from_nest(share, lines, 4.0)
    np.testing.assert_allclose(found[0], expected[0], atol=1e-14)
    assert found[1] == pytest.approx(expected[1], rel=1e-12)


@given(st.lists(st.floats(0.01, 1.0), min_size=2, max_size=6), st.floats(0.0, 1.0))
def test_one_length_is_the_closed_form(sizes, length):
    """Share (1 − l) pi of who is shut out, price (1 − P)^(−l/theta)."""
    share = np.array(sizes) / sum(sizes)
    lines = np.array([length] + [0.0] * (len(sizes) - 1))
    new, price = from_nest(share, lines, 5.0)
    assert new[0] == pytest.approx((1 - length) * share[0], abs=1e-14)
    assert price == pytest.approx((1 - share[0]) ** (-length / 5.0), rel=1e-12)


def test_flow_falls_as_by_reduction_and_price_rises_more(small_world):
    """The same coverages as `reduction`; the factor on the nest is what the lines add: by hand for one market."""
    lines = compile_measures(small_world, [halys.Ban(**PAIR, lines=0.5)])
    flow = compile_measures(small_world, [halys.Ban(**PAIR, reduction=0.5)])
    np.testing.assert_allclose(lines.ban, flow.ban, rtol=1e-13)
    pi = small_world.trade_share[:, 0, 1]
    np.testing.assert_allclose(lines.origin_nest[:, 1], (0.5 + 0.5 / (1 - pi)) * (1 - pi) ** 0.5, rtol=1e-13)
    assert np.all(lines.origin_nest[:, [0, 2, 3]] == 1.0)
    b, theta = calibrate_baseline(small_world), np.full(3, 5.0)
    c = compile_coefficients(b, theta, lines, "fixed")
    np.testing.assert_allclose(c.trade[:, :, 1].sum(axis=1), (1 - pi) ** 0.5, rtol=1e-13)
    np.testing.assert_allclose(c.trade[:, 0, 1] / c.trade[:, :, 1].sum(axis=1), 0.5 * pi, rtol=1e-13)


@pytest.mark.parametrize(("lines", "same"), [(0.0, 0.0), (1.0, 1.0)])
def test_ends_are_no_ban_and_an_embargo(small_world, lines, same):
    one = halys.solve(small_world, halys.Ban(**PAIR, lines=lines), horizon=FIVE)
    other = halys.solve(small_world, halys.Ban(**PAIR, coverage=same), horizon=FIVE)
    np.testing.assert_allclose(one.data["real_income"], other.data["real_income"], rtol=1e-12)


def test_equations_hold(small_world):
    """Money and goods add up, by an account that shares no code with the solver."""
    outcome = halys.solve(small_world, halys.Ban(**PAIR, lines=0.5), horizon=FIVE)
    assert max(gaps(small_world, outcome.equilibrium).values()) < 1e-9


def test_decomposition_stays_first_order_right(small_world):
    """The remainder of a small ban is of second order, as for the other forms."""
    remainders = [
        float(
            halys.solve(small_world, halys.Ban(**PAIR, lines=size), horizon=FIVE)
            .data["decomposition"]
            .sel(economy="BBB", term="remainder")
        )
        for size in (0.02, 0.01)
    ]
    assert remainders[0] / remainders[1] == pytest.approx(4.0, rel=0.1)


def test_lists_of_one_programme_are_nested(small_world):
    """Two senders, two lengths; and of two lists for the same trade the longer counts."""
    acts = [
        halys.Ban(exporters="AAA", importers="BBB", lines=0.2, programme="p"),
        halys.Ban(exporters="AAA", importers="BBB", lines=0.5, programme="p"),
        halys.Ban(exporters="CCC", importers="BBB", lines=0.8, programme="p"),
    ]
    shock = compile_measures(small_world, acts)
    for s in range(3):
        pi = small_world.trade_share[s, :, 1]
        expected, price = line_by_line(pi, np.array([0.5, 0.0, 0.8, 0.0]), 5.0)
        pull = pi * (1 - shock.ban[s, :, 1]) * shock.origin_nest[s, 1]
        np.testing.assert_allclose(pull / pull.sum(), expected, rtol=1e-12)
        assert pull.sum() ** (-1 / 5.0) == pytest.approx(price, rel=1e-12)


def test_programmes_are_independent(small_world):
    one, two = halys.Ban(**PAIR, lines=0.5), halys.Ban(**PAIR, coverage=0.4)
    shock, alone = compile_measures(small_world, [one, two]), compile_measures(small_world, [one])
    np.testing.assert_allclose(1 - shock.ban[:, 0, 1], 0.6 * (1 - alone.ban[:, 0, 1]), rtol=1e-13)
    np.testing.assert_allclose(shock.origin_nest, alone.origin_nest, rtol=1e-15)


def test_two_forms_of_one_programme_on_the_same_trade(small_world):
    acts = [halys.Ban(**PAIR, lines=0.5, programme="p"), halys.Ban(**PAIR, coverage=0.4, programme="p")]
    with pytest.raises(InputError, match="same trade in lines and in another form: farms from AAA to BBB"):
        compile_measures(small_world, acts)
    apart = [acts[0], halys.Ban(exporters="CCC", importers="BBB", coverage=0.4, programme="p")]
    assert compile_measures(small_world, apart).ban[0, 2, 1] == pytest.approx(0.4)


def test_lines_of_a_sole_supplier_cannot_be_shut_in_part():
    arrays = make_arrays(1, tariffs=False, inputs=0.0)
    arrays["flows"][0, 1:, 1] = 0.0
    arrays["value_added"] = arrays["flows"].sum(axis=2).T
    arrays["tariff"] = None
    w = halys.World.from_arrays(("AAA", "BBB", "CCC", "DDD"), ("farms", "factories", "services"), **arrays)
    with pytest.raises(InfeasibleError, match="part of the lines of farms bought by BBB"):
        compile_measures(w, [halys.Ban(**PAIR, lines=0.5)])
    assert compile_measures(w, [halys.Ban(**PAIR, lines=1.0)]).ban[0, 0, 1] == 1.0


def test_small_shares_keep_all_exporters(small_world):
    """Whatever the list, shares stay shares and nobody who is not named loses."""
    for seed in range(5):
        w = make_world(seed)
        share = w.trade_share[0, :, 1:]
        lines = np.random.default_rng(seed).random(share.shape)
        lines[3] = 0.0
        found = shut_lines(share, lines)
        assert np.all((found.open >= 0) & (found.open <= 1))
        np.testing.assert_allclose(found.open[3], 1.0, rtol=1e-14)
        assert np.all(found.nest >= 1.0)
