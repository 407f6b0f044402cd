"""Merging economies and industries keeps every total, and the merged world is balanced again."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given

import halys
from halys.errors import InputError, UnknownNameError
from halys.world import calc_balance
from worlds import FIVE, worlds

EXACT = 1e-12


def closes(w) -> bool:
    return not calc_balance(w.economies, w.industries, w.flows, w.intermediate, w.value_added, w.final, w.tariff, 1e-11)


@given(worlds(least=3))
def test_totals_are_preserved(w):
    """Flows, inputs, value added, final use, deficits and tariff revenue are sums over the parts."""
    merged = w.aggregate(economies={"XY": ["AAA", "CCC"]}, industries={"all_kinds": list(w.industries)})
    parts = np.array([0, 2])
    at = merged.economies.index("XY")
    assert closes(merged)
    for name in ("flows", "intermediate", "value_added", "final"):
        assert getattr(merged, name).sum() == pytest.approx(getattr(w, name).sum(), rel=EXACT)
    np.testing.assert_allclose(merged.value_added[at].sum(), w.value_added[parts].sum(), rtol=EXACT)
    np.testing.assert_allclose(merged.final[at].sum(), w.final[parts].sum(), rtol=EXACT)
    np.testing.assert_allclose(merged.deficit[at], w.deficit[parts].sum(), atol=EXACT * w.value_added.sum())
    np.testing.assert_allclose(merged.tariff_revenue[at], w.tariff_revenue[parts].sum(), atol=EXACT * w.income.sum())
    np.testing.assert_allclose(merged.tariff_revenue.sum(), w.tariff_revenue.sum(), atol=EXACT * w.income.sum())


def test_trade_inside_a_merged_economy_becomes_domestic(small_world):
    merged = small_world.aggregate(economies={"XY": ["AAA", "BBB"]})
    at = merged.economies.index("XY")
    np.testing.assert_allclose(merged.flows[:, at, at], small_world.flows[:, :2, :2].sum(axis=(1, 2)), rtol=EXACT)


def test_merged_tariff_is_the_mean_weighted_by_flows(small_world):
    merged = small_world.aggregate(economies={"XY": ["AAA", "BBB"]})
    at, other = merged.economies.index("XY"), merged.economies.index("DDD")
    flows, tariff = small_world.flows[:, :2, 3], small_world.tariff[:, :2, 3]
    expected = (flows * tariff).sum(axis=1) / flows.sum(axis=1)
    np.testing.assert_allclose(merged.tariff[:, at, other], expected, rtol=EXACT)


def test_bundled_world_to_blocks(world):
    """A merge of groups on the real table: balanced, shorter, totals the same."""
    merged = world.aggregate(economies={"EU": "EU27"}, industries={"goods_all": "goods", "services_all": "services"})
    assert (len(merged.economies), len(merged.industries)) == (54, 2)
    assert merged.value_added.sum() == pytest.approx(world.value_added.sum(), rel=EXACT)
    assert closes(merged)
    assert merged.id != world.id
    assert merged.hash != world.hash


def test_groups_follow_the_merge(world):
    """A group keeps a merged code if all parts belonged to it."""
    merged = world.aggregate(economies={"EU": "EU27"})
    assert "EU" in merged.select("coalition_2022")
    assert len(merged.select("coalition_2022")) == 13
    assert "EU" not in merged.select("G7")


def test_nothing_to_merge_gives_the_same_accounts(small_world):
    same = small_world.aggregate()
    np.testing.assert_array_equal(same.flows, small_world.flows)
    np.testing.assert_allclose(same.tariff, small_world.tariff, rtol=EXACT)


def test_code_in_two_merges(small_world):
    with pytest.raises(InputError, match="BBB is merged twice, into XY and YZ"):
        small_world.aggregate(economies={"XY": ["AAA", "BBB"], "YZ": ["BBB", "CCC"]})


def test_new_code_that_is_taken(small_world):
    with pytest.raises(InputError, match="new code 'DDD' is already a code"):
        small_world.aggregate(economies={"DDD": ["AAA", "BBB"]})


def test_new_code_may_be_one_of_its_parts(small_world):
    assert small_world.aggregate(economies={"AAA": ["AAA", "BBB"]}).economies == ("AAA", "CCC", "DDD")


def test_unknown_part(small_world):
    with pytest.raises(UnknownNameError, match="'EEE' is not an economy"):
        small_world.aggregate(economies={"XY": ["AAA", "EEE"]})


def test_merged_world_is_an_equilibrium_that_solves(world):
    """Five blocks and goods against services: no shock gives hats of 1, an embargo converges."""
    blocks = {
        "EU": "EU27",
        "REST": [c for c in world.economies if c not in (*world.select("EU27"), "USA", "CHN", "RUS")],
    }
    merged = world.aggregate(economies=blocks, industries={"goods_all": "goods", "services_all": "services"})
    nothing = halys.solve(merged, horizon=FIVE)
    np.testing.assert_allclose(nothing.data["real_income"], 1.0, rtol=0, atol=EXACT)
    ban = halys.Ban(exporters="EU", importers="RUS", industries="goods_all", coverage=1.0)
    assert halys.solve(merged, ban, horizon=FIVE).total("RUS").percent < 0.0


def test_an_economy_that_takes_in_an_outsider_leaves_its_groups(world):
    """DEU that now holds Russia is no member of the EU, although it keeps its code."""
    merged = world.aggregate(economies={"DEU": ["DEU", "RUS"]})
    assert "DEU" not in merged.groups["EU27"].members
    assert "DEU" not in merged.select("coalition_2022")
    assert len(merged.select("EU27")) == 26


@pytest.mark.parametrize("code", ["all", ""])
def test_reserved_codes(world, code):
    with pytest.raises(InputError, match="reserved"):
        world.aggregate(economies={code: ["DEU", "FRA"]})
