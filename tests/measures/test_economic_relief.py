"""Relief takes back part of what other measures did, and nothing more."""

from __future__ import annotations

from itertools import permutations

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

BARRIERS = [
    halys.Ban(**PAIR, coverage=0.8, programme="first"),
    halys.Ban(**PAIR, coverage=0.5),
    halys.TradeCost(**PAIR, factor=1.5),
    halys.Tariff(**PAIR, rate=0.4),
    halys.ExportTax(**PAIR, rate=0.2),
]


def test_by_hand():
    """A quarter of each barrier goes: 0.8 and 0.5 become 0.6 and 0.375, 1.5 becomes 1.375, 0.4 and 0.2 0.3 and 0.15."""
    w = one_product()
    shock = compile_measures(w, [*BARRIERS, halys.EconomicRelief(**PAIR, share=0.25)])
    assert shock.ban[0, 0, 1] == pytest.approx(1 - 0.4 * 0.625)
    assert shock.iceberg[0, 0, 1] == pytest.approx(1.375)
    assert shock.tariff[0, 0, 1] == pytest.approx(0.3)
    assert shock.export_tax[0, 0, 1] == pytest.approx(0.15)


def test_lines_are_relieved_line_by_line():
    w = make_world(1, tariffs=False)
    ban = {"exporters": ["AAA", "CCC"], "importers": "BBB"}
    relieved = compile_measures(w, [halys.Ban(**ban, lines=0.8), halys.EconomicRelief(**ban, share=0.5)])
    half = compile_measures(w, [halys.Ban(**ban, lines=0.4)])
    assert np.array_equal(relieved.ban, half.ban)
    assert np.array_equal(relieved.origin_nest, half.origin_nest)


def test_order_does_not_matter():
    w = make_world(1, tariffs=True)
    relief = halys.EconomicRelief(**PAIR, share=0.3)
    shocks = [compile_measures(w, order) for order in permutations([BARRIERS[0], BARRIERS[2], BARRIERS[3], relief])]
    for shock in shocks[1:]:
        for name in ("ban", "iceberg", "tariff"):
            assert np.array_equal(getattr(shock, name), getattr(shocks[0], name))


def test_programmes():
    """Of one programme the largest counts, independent reliefs leave prod(1 − share)."""
    w, cost = one_product(), halys.TradeCost(**PAIR, factor=2.0)
    relief = {"one": [0.5, 0.2], "two": [0.4]}
    measures = [halys.EconomicRelief(**PAIR, share=s, programme=p) for p, shares in relief.items() for s in shares]
    assert compile_measures(w, [cost, *measures]).iceberg[0, 0, 1] == pytest.approx(1 + 0.5 * 0.6)


def test_full_relief_is_no_measure():
    w = make_world(1, tariffs=True)
    shock = compile_measures(w, [*BARRIERS, halys.EconomicRelief(**PAIR, share=1.0)])
    np.testing.assert_allclose(solve(w, shock).real_income, 1.0, atol=1e-11)
    assert np.array_equal(shock.ban, np.zeros_like(shock.ban))
    assert np.array_equal(shock.iceberg, np.ones_like(shock.iceberg))
    assert np.array_equal(shock.tariff, w.tariff)


@pytest.mark.parametrize("elsewhere", [[], [halys.Ban(exporters="CCC", importers="DDD", coverage=0.5)]])
def test_without_a_barrier_nothing_changes_by_a_bit(elsewhere):
    w = make_world(1, tariffs=True)
    relief = halys.EconomicRelief(exporters="all", importers="BBB", share=0.7)
    with_relief, without = solve(w, [*elsewhere, relief]), solve(w, elsewhere or Shock())
    assert np.array_equal(with_relief.real_income, without.real_income)
    assert np.array_equal(with_relief.flows, without.flows)


@given(worlds(tariffs=False), st.floats(0, 1), st.floats(0, 1), st.floats(1, 3), st.floats(0, 1))
def test_relief_cannot_raise_the_income_of_the_world_above_the_baseline(w, share, coverage, factor, rate):
    """Free relief without a barrier would be income from nothing; with one it gives back at most what was lost."""
    pair = {"exporters": "AAA", "importers": w.economies[1:]}
    barriers = [
        halys.Ban(**pair, coverage=0.99 * coverage),
        halys.TradeCost(**pair, factor=factor),
        halys.Tariff(**pair, rate=rate),
    ]
    q = solve(w, [*barriers, halys.EconomicRelief(**pair, share=share)])
    assert world_gain(w, q) <= 1e-11


@pytest.mark.parametrize("share", [-0.1, 1.1, float("nan")])
def test_refused(share):
    with pytest.raises(InputError, match=r"EconomicRelief\.share"):
        halys.EconomicRelief(**PAIR, share=share)
