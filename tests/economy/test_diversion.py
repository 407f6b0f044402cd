"""Trade diversion: identities, the closed form of the origin nest, and what counts as hit."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import halys
from halys.economy import Equilibrium
from halys.economy.diversion import hit_cells, purchases_by_origin, split_change
from halys.economy.shock import Shock
from halys.errors import InputError, UnknownNameError
from worlds import FIVE, make_world, worlds

HIT = halys.Ban(exporters="BBB", importers="DDD", coverage=0.6)


@pytest.fixture(scope="module")
def outcome(small_world: halys.World) -> halys.Outcome:
    return halys.solve(small_world, HIT, horizon=FIVE, tolerance=1e-13)


def test_split_by_hand() -> None:
    change = np.array([-5.0, 2.0, 1.0, -0.5])
    hit, home = np.array([True, False, False, True]), np.array([False, True, False, False])
    split = split_change(change, hit, home)
    assert split == (5.5, 1.0, 2.0, 2.5)
    assert split.lost == split.gained_abroad + split.gained_home + split.net_fall


@given(world=worlds(least=3), coverage=st.floats(0.05, 0.9))
def test_what_is_lost_goes_somewhere(world: halys.World, coverage: float) -> None:
    """lost = gained abroad + gained at home + net fall, in quantities and values; rows sum to the totals."""
    measure = halys.Ban(exporters=world.economies[0], importers=world.economies[1], coverage=coverage)
    if not world.flows[:, 0, 1].any():
        return
    found = halys.solve(world, measure, horizon=FIVE).diversion(importers=world.economies[1])
    table = found.table.set_index("kind")
    for split, column in ((found.quantity, "quantity_change"), (found.value, "value_change")):
        size = abs(split.lost) + abs(split.net_fall)
        assert split.lost == pytest.approx(split.gained_abroad + split.gained_home + split.net_fall, abs=1e-9 * size)
        sums = table[column].groupby("kind").sum()
        assert -sums["hit"] == pytest.approx(split.lost, abs=1e-9 * size)
        assert sums["home"] == pytest.approx(split.gained_home, abs=1e-9 * size)
        assert -sums.sum() == pytest.approx(split.net_fall, abs=1e-9 * size)
    assert found.quantity.lost > 0
    ratios = table["diversion_ratio"].sum() + found.quantity.net_fall / found.quantity.lost
    assert ratios == pytest.approx(1.0, rel=1e-9)


def test_those_not_hit_gain_as_the_origin_nest_says(outcome: halys.Outcome) -> None:
    """Independence of irrelevant alternatives: growth × cost^(1+theta) is the same for all origins that are not hit."""
    q = outcome.equilibrium
    bought = purchases_by_origin(q, np.arange(3), np.array([3]))
    growth = (bought.quantity / bought.value_baseline)[:, [0, 2, 3], 0]
    common = growth * q.cost_hat.T[:, [0, 2, 3]] ** 6.0
    np.testing.assert_allclose(common, common[:, :1].repeat(3, axis=1), rtol=1e-12)


def test_real_fall_is_spending_over_the_price_index(outcome: halys.Outcome) -> None:
    """A product dearer by the loss of varieties: buyers get less even where as many units are bought."""
    d = outcome.data.sel(economy="DDD")
    expected = float((d["expenditure_baseline"] - d["expenditure"] / d["price"]).sum())
    found = outcome.diversion("DDD")
    assert found.real_fall == pytest.approx(expected, rel=1e-12)
    assert found.real_fall > found.quantity.net_fall


def test_the_hit_origin_sells_less_by_the_ban(outcome: halys.Outcome) -> None:
    """Against an origin that is not hit: quantities fall by 1 − b beyond the change of relative costs."""
    q = outcome.equilibrium
    bought = purchases_by_origin(q, np.arange(3), np.array([3]))
    growth = (bought.quantity / bought.value_baseline)[:, :, 0] * q.cost_hat.T**6.0
    np.testing.assert_allclose(growth[:, 1] / growth[:, 0], 0.4, rtol=1e-12)


def test_quantities_are_at_baseline_prices_delivered(small_world: halys.World) -> None:
    """Icebergs and export taxes are in the price that a unit costs at the border, tariffs are not."""
    measures = [
        halys.TradeCost(exporters="AAA", importers="BBB", factor=1.2),
        halys.ExportTax(exporters="CCC", importers="BBB", rate=0.1),
        halys.Tariff(exporters="DDD", importers="BBB", rate=0.3),
    ]
    q = halys.solve(small_world, measures, horizon=FIVE).equilibrium
    bought = purchases_by_origin(q, np.arange(3), np.array([1]))
    price = q.cost_hat.T * np.array([1.2, 1.0, 1.1, 1.0])
    np.testing.assert_allclose(bought.quantity[:, :, 0], q.flows[:, :, 1] / price, rtol=1e-12)


def test_detours_and_copies_count_what_arrives(small_world: halys.World) -> None:
    """What takes a detour counts with its exporter, less what melts; copies with their maker, at what they cost."""
    ban = halys.Ban(exporters="BBB", importers="DDD", coverage=0.5)
    detour = halys.Evasion(
        exporters="BBB", importers="DDD", industries="all", hub="AAA", capacity=1.0, margin=0.2, loss=1.25
    )
    fill = halys.DualUseBackfill(supporters="CCC", targets="DDD", industries="all", share=0.5, cost=2.0)
    theta = 5.0
    q = halys.solve(small_world, [ban, detour], horizon=FIVE).equilibrium
    growth = _growth(q)  # in units of an origin that is neither hit nor helps
    # Half of the varieties go at the direct cost, the other half at 1.2 × 1.25 of it: quantity is price^(−theta−1).
    both = 0.5 + 0.5 * 1.5 ** (-theta - 1.0)
    np.testing.assert_allclose(growth[:, 1] / growth[:, 0], both, rtol=1e-10)
    q = halys.solve(small_world, [ban, fill], horizon=FIVE).equilibrium
    growth, pi = _growth(q), q.baseline.trade_share[:, :, 3]
    copies = 0.5 * 0.5 * pi[:, 1] / pi[:, 2] * 2.0 ** (-theta - 1.0)
    np.testing.assert_allclose(growth[:, 2] / growth[:, 0], 1.0 + copies, rtol=1e-10)


def _growth(q: Equilibrium) -> np.ndarray:
    """(industry, exporter) quantities that DDD buys, new over baseline, at the cost of every origin held."""
    bought = purchases_by_origin(q, np.arange(3), np.array([3]))
    return (bought.quantity / bought.value_baseline)[:, :, 0] * q.cost_hat.T**6.0


def test_nothing_happens_without_a_shock(small_world: halys.World) -> None:
    found = halys.solve(small_world, horizon=FIVE).diversion("DDD", exporters="BBB")
    assert max(map(abs, (*found.quantity, *found.value))) < 1e-12
    assert set(found.table["kind"]) == {"hit", "other", "home"}


def test_hit_is_what_the_measures_hit(small_world: halys.World) -> None:
    """Bans, costs, and taxes above the baseline; not what is relieved."""
    assert hit_cells(Shock(), small_world.tariff) is None
    count = len(small_world.economies)
    tariff = small_world.tariff.copy()
    tariff[0, 1, 2] += 0.1
    tariff[0, 2, 1] *= 0.5
    ban = np.zeros_like(tariff)
    ban[1, 0, 3] = 0.2
    hit = hit_cells(Shock(tariff=tariff, ban=ban), small_world.tariff)
    assert [tuple(cell) for cell in np.argwhere(hit)] == [(0, 1, 2), (1, 0, 3)]
    assert hit.shape == (3, count, count)


def test_named_and_found_suppliers_agree(outcome: halys.Outcome) -> None:
    assert outcome.diversion("DDD").quantity == outcome.diversion("DDD", exporters="BBB").quantity


def test_rows_by_industry_add_up(outcome: halys.Outcome) -> None:
    one, each = outcome.diversion("DDD"), outcome.diversion("DDD", by_industry=True)
    assert set(each.table["industry"]) == set(outcome.world.industries)
    keys, numbers = ["exporter", "kind"], ["value_baseline", "value", "quantity", "quantity_change"]
    summed = each.table.groupby(keys)[numbers].sum()
    np.testing.assert_allclose(summed, one.table.set_index(keys).loc[summed.index, numbers], rtol=1e-12)


def test_a_group_of_buyers_buys_at_home_and_from_each_other(outcome: halys.Outcome) -> None:
    """A member's sales at home and to other members are rows of their own."""
    found = outcome.diversion(["CCC", "DDD"])
    rows = found.table.set_index(["exporter", "kind"])["value_baseline"]
    flows = outcome.data["trade_flow_baseline"].sum("industry")
    assert rows["CCC", "home"] == pytest.approx(float(flows.sel(exporter="CCC", importer="CCC")))
    assert rows["CCC", "other"] == pytest.approx(float(flows.sel(exporter="CCC", importer="DDD")))
    assert rows["BBB", "hit"] == pytest.approx(float(flows.sel(exporter="BBB", importer="DDD")))
    assert rows["BBB", "other"] == pytest.approx(float(flows.sel(exporter="BBB", importer="CCC")))
    assert rows.sum() == pytest.approx(float(flows.sel(importer=["CCC", "DDD"]).sum()))


def test_who_was_hit_must_be_known(outcome: halys.Outcome) -> None:
    with pytest.raises(InputError, match="no measure puts a barrier"):
        outcome.diversion("AAA")
    with pytest.raises(InputError, match=r"so nobody was hit\. Name the suppliers"):
        halys.solve(outcome.world, horizon=FIVE).diversion()
    with pytest.raises(UnknownNameError, match="'XYZ'"):
        outcome.diversion("XYZ")
    with pytest.raises(UnknownNameError, match="'tanks'"):
        outcome.diversion("DDD", "tanks")
    with pytest.raises(UnknownNameError, match="'QQQ'"):
        outcome.diversion("DDD", exporters="QQQ")


def test_a_cap_that_moves_income_hits_nobody(small_world: halys.World) -> None:
    """The message says why; with the suppliers named the question has an answer."""
    cap = halys.PriceCap(exporters="BBB", importers="DDD", industries="all", discount=0.2)
    found = halys.solve(small_world, cap, horizon=FIVE)
    with pytest.raises(InputError, match=r"A price cap moves income and limits no sales\. Name the suppliers"):
        found.diversion("DDD")
    assert set(found.diversion("DDD", exporters="BBB").table["kind"]) == {"hit", "other", "home"}


def test_oil_of_a_large_supplier_is_replaced_by_others(world: halys.World) -> None:
    """A 90 % cut of what Russia sells the EU of petroleum products: lost by about as much, and mostly replaced."""
    at = world.positions("EU27")
    measure = halys.Ban(exporters="RUS", importers="EU27", industries="C19", reduction=0.9)
    found = halys.solve(world, measure).diversion("EU27", "C19").quantity
    before = float(world.flows[np.ix_(world.positions("C19", "industry"), world.positions("RUS"), at)].sum()) / 1e3
    assert found.lost == pytest.approx(0.9 * before, rel=0.05)
    assert found.gained_abroad > 0
    assert found.gained_home > 0


def test_world_of_two_has_nobody_else(small_world: halys.World) -> None:
    world = make_world(3, count=2)
    found = halys.solve(world, halys.Ban(exporters="AAA", importers="BBB", coverage=0.5), horizon=FIVE).diversion("BBB")
    assert found.quantity.gained_abroad == 0.0
    assert "other" not in set(found.table["kind"])
