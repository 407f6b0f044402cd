"""How measures combine into one shock, and what cannot be compiled.

Numbers here are products and sums of given numbers: they are compared exactly or to 1e-14.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

import halys
from halys.errors import InfeasibleError, InputError, UnknownNameError
from halys.measures import compile_measures
from worlds import FIVE, make_world

HOME = range(4)


def compiled(world, *measures):
    return compile_measures(world, measures)


def cell(world, array, industry: str, exporter: str, importer: str) -> float:
    s, i, j = world.industries.index(industry), world.economies.index(exporter), world.economies.index(importer)
    return float(array[s, i, j])


def test_no_measures_are_no_shock(small_world):
    shock = compiled(small_world)
    parts = (shock.iceberg, shock.tariff, shock.export_tax, shock.ban, shock.transfer, shock.productivity)
    assert parts == (None,) * 6


# Combination ----------------------------------------------------------------------------------------------------------


def test_coverages_of_one_programme_combine_by_their_maximum(small_world):
    """Two acts of one programme on the same trade shut out the same varieties: the larger counts."""
    acts = [halys.Ban(exporters="AAA", importers="BBB", coverage=b, programme="2022") for b in (0.3, 0.5, 0.2)]
    assert cell(small_world, compiled(small_world, *acts).ban, "farms", "AAA", "BBB") == pytest.approx(0.5, rel=1e-14)


def test_independent_coverages_combine_as_independent_chances(small_world):
    """1 − (1 − 0.3)(1 − 0.5): a variety passes only if it passes both."""
    acts = [halys.Ban(exporters="AAA", importers="BBB", coverage=b) for b in (0.3, 0.5)]
    ban = compiled(small_world, *acts).ban
    assert cell(small_world, ban, "farms", "AAA", "BBB") == pytest.approx(0.65, rel=1e-14)


def test_programmes_are_independent_of_each_other(small_world):
    """Maximum within, independent between; a ban without a programme stands alone."""
    pair = {"exporters": "AAA", "importers": "BBB"}
    acts = [
        halys.Ban(**pair, coverage=0.3, programme="one"),
        halys.Ban(**pair, coverage=0.4, programme="two"),
        halys.Ban(**pair, coverage=0.2, programme="one"),
        halys.Ban(**pair, coverage=0.1),
    ]
    expected = 1.0 - 0.7 * 0.6 * 0.9
    assert cell(small_world, compiled(small_world, *acts).ban, "farms", "AAA", "BBB") == pytest.approx(
        expected, rel=1e-14
    )


def test_programme_covers_different_trade_by_different_acts(small_world):
    acts = [
        halys.Ban(exporters="AAA", importers="BBB", industries="farms", coverage=0.3, programme="p"),
        halys.Ban(exporters="AAA", importers="CCC", industries="farms", coverage=0.6, programme="p"),
    ]
    ban = compiled(small_world, *acts).ban
    assert cell(small_world, ban, "farms", "AAA", "BBB") == pytest.approx(0.3)
    assert cell(small_world, ban, "farms", "AAA", "CCC") == pytest.approx(0.6)
    assert cell(small_world, ban, "services", "AAA", "BBB") == 0.0


def test_full_coverage_is_an_exact_embargo_in_any_combination(small_world):
    """1 must stay 1 to the bit, or a trace of trade would be left."""
    acts = [halys.Ban(exporters="AAA", importers="BBB", coverage=b) for b in (0.1, 1.0, 0.7)]
    assert cell(small_world, compiled(small_world, *acts).ban, "farms", "AAA", "BBB") == 1.0


def test_trade_cost_factors_multiply(small_world):
    acts = [halys.TradeCost(exporters="AAA", importers=who, factor=f) for who, f in (("all", 1.2), ("BBB", 1.5))]
    iceberg = compiled(small_world, *acts).iceberg
    assert cell(small_world, iceberg, "farms", "AAA", "BBB") == pytest.approx(1.8, rel=1e-14)
    assert cell(small_world, iceberg, "farms", "AAA", "CCC") == 1.2


def test_tariff_rates_add_to_the_baseline_tariff(small_world):
    """Percentage points, on top of what the world has; pairs that no measure names keep their tariff."""
    acts = [halys.Tariff(exporters="AAA", importers="BBB", rate=r) for r in (0.1, 0.25)]
    tariff = compiled(small_world, *acts).tariff
    change = tariff - small_world.tariff
    np.testing.assert_allclose(change[:, 0, 1], 0.35, rtol=1e-14)
    change[:, 0, 1] = 0.0
    assert np.all(change == 0.0)


def test_tariff_on_a_world_without_tariffs():
    w = make_world(1, tariffs=False)
    tariff = compiled(w, halys.Tariff(exporters="AAA", importers="BBB", rate=0.1)).tariff
    assert tariff.sum() == pytest.approx(0.3)


def test_compiling_leaves_the_worlds_tariff_alone(small_world):
    before = small_world.tariff.copy()
    compiled(small_world, halys.Tariff(exporters="AAA", importers="BBB", rate=0.1))
    np.testing.assert_array_equal(small_world.tariff, before)


def test_export_taxes_add(small_world):
    acts = [halys.ExportTax(exporters="AAA", importers=who, rate=r) for who, r in (("all", 0.1), ("BBB", 0.05))]
    tax = compiled(small_world, *acts).export_tax
    assert cell(small_world, tax, "farms", "AAA", "BBB") == pytest.approx(0.15, rel=1e-14)
    assert cell(small_world, tax, "farms", "BBB", "AAA") == 0.0


def test_productivity_factors_multiply(small_world):
    acts = [
        halys.Productivity(economies="AAA", factor=0.9),
        halys.Productivity(economies="all", industries="farms", factor=0.5),
    ]
    a = compiled(small_world, *acts).productivity
    np.testing.assert_allclose(a, [[0.45, 0.9, 0.9], [0.5, 1, 1], [0.5, 1, 1], [0.5, 1, 1]], rtol=1e-14)


def test_order_of_measures_does_not_matter(small_world):
    acts = [
        halys.Ban(exporters="AAA", importers="BBB", coverage=0.3, programme="p"),
        halys.Ban(exporters="all", importers="BBB", coverage=0.4, programme="q"),
        halys.Tariff(exporters="CCC", importers="BBB", rate=0.2),
        halys.TradeCost(exporters="DDD", importers="all", factor=1.3),
        halys.Transfer(payers="AAA", recipients="BBB", amount=1e-3),
    ]
    one, two = compiled(small_world, *acts), compiled(small_world, *acts[::-1])
    for name in ("iceberg", "tariff", "ban", "transfer"):
        np.testing.assert_allclose(getattr(one, name), getattr(two, name), rtol=1e-14, atol=1e-300)


# Cells ----------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("measure", "part", "resting"),
    [
        (halys.Ban(exporters="all", importers="all", coverage=1.0), "ban", 0.0),
        (halys.TradeCost(exporters="all", importers="all", factor=2.0), "iceberg", 1.0),
        (halys.ExportTax(exporters="all", importers="all", rate=0.3), "export_tax", 0.0),
        (halys.Tariff(exporters="all", importers="all", rate=0.3), "tariff", 0.0),
    ],
    ids=["ban", "trade cost", "export tax", "tariff"],
)
def test_sales_at_home_are_never_hit(small_world, measure, part, resting):
    """ "All" on both sides means trade across borders; a ban of everything leaves every economy its own products."""
    array = getattr(compiled(small_world, measure), part)
    assert np.all(array[:, HOME, HOME] == resting)
    away = ~np.eye(4, dtype=bool)
    assert np.all(array[:, away] != resting)


def test_groups_name_their_members(world):
    """39 economies on one, 27 industries, both named by group."""
    ban = compiled(world, halys.Ban(exporters="coalition_2022", importers="RUS", industries="goods", coverage=0.5)).ban
    assert int((ban > 0).sum()) == 39 * 27
    s, i, j = np.nonzero(ban)
    assert {world.economies[k] for k in j} == {"RUS"}
    assert {world.economies[k] for k in i} == set(world.select("coalition_2022"))
    assert {world.industries[k] for k in s} == set(world.select("goods", "industry"))


def test_lists_mix_codes_and_groups(world):
    tariff = compiled(
        world, halys.Tariff(exporters=["CHN", "BRICS"], importers=["EU27", "USA"], rate=0.1, industries="C29")
    ).tariff
    assert int((tariff > 0).sum()) == 5 * 28


# Reduction ------------------------------------------------------------------------------------------------------------


def fall_at_given_prices(world, ban, exporters, importer, industry) -> float:
    """1 − new/old value of the banned flow at baseline prices and spending, from the shares alone."""
    s, j = world.industries.index(industry), world.economies.index(importer)
    left = world.trade_share[s, :, j] * (1.0 - ban[s, :, j])
    at = [world.economies.index(code) for code in exporters]
    new = left[at].sum() / left.sum()
    return 1.0 - new / world.trade_share[s, at, j].sum()


@pytest.mark.parametrize("reduction", [0.0, 0.1, 0.5, 0.9, 1.0])
@pytest.mark.parametrize("exporters", [["AAA"], ["AAA", "CCC"], ["AAA", "CCC", "DDD"]], ids=len)
def test_reduction_is_inverted_exactly(small_world, reduction, exporters):
    """The flow of all exporters named falls by `reduction` at baseline prices and spending, when they are hit
    together."""
    ban = compiled(small_world, halys.Ban(exporters=exporters, importers="BBB", reduction=reduction)).ban
    for industry in small_world.industries:
        fall = fall_at_given_prices(small_world, ban, exporters, "BBB", industry)
        assert fall == pytest.approx(reduction, abs=1e-14)


def test_reduction_of_all_coalition_members_at_once(world):
    """Joint inversion on the real table: the coalition's sales of every product that it sells fall by 70 %."""
    members = list(world.select("coalition_2022"))
    ban = compiled(world, halys.Ban(exporters=members, importers="RUS", industries="goods", reduction=0.7)).ban
    for industry in world.select("goods", "industry"):
        assert fall_at_given_prices(world, ban, members, "RUS", industry) == pytest.approx(0.7, abs=1e-12)


def test_reduction_needs_more_coverage_on_a_larger_supplier(small_world):
    """b = r / (1 − pi (1 − r)) grows with the market share: others cannot stand in for a dominant supplier at once."""
    ban = compiled(small_world, halys.Ban(exporters="AAA", importers="BBB", reduction=0.5)).ban[:, 0, 1]
    share = small_world.trade_share[:, 0, 1]
    np.testing.assert_allclose(ban, 0.5 / (1.0 - 0.5 * share), rtol=1e-14)
    assert np.all(ban > 0.5)


def test_reduction_of_nothing_and_of_everything(small_world):
    none = compiled(small_world, halys.Ban(exporters="AAA", importers="BBB", reduction=0.0)).ban
    full = compiled(small_world, halys.Ban(exporters="AAA", importers="BBB", reduction=1.0)).ban
    assert np.all(none == 0.0)
    assert np.all(full[:, 0, 1] == 1.0)


def sole_supplier_world():
    """AAA alone supplies farms to BBB."""
    w = make_world(1, tariffs=False, inputs=0.0)
    flows = w.flows.copy()
    flows[0, 1:, 1] = 0.0
    return halys.World.from_arrays(w.economies, w.industries, flows, w.intermediate, flows.sum(axis=2).T)


def test_reduction_on_a_sole_supplier_cannot_be():
    """At given spending the sole supplier's sales do not fall, whatever part of its varieties is shut out."""
    w = sole_supplier_world()
    with pytest.raises(InfeasibleError, match=r"cannot reduce farms bought by BBB by 0\.5.*Use coverage="):
        compiled(w, halys.Ban(exporters="AAA", importers="BBB", reduction=0.5))
    assert compiled(w, halys.Ban(exporters="AAA", importers="BBB", reduction=1.0)).ban[0, 0, 1] == 1.0


def test_reduction_by_nothing_on_a_sole_supplier_is_no_ban():
    """The formula reads 0/0 there; a reduction of 0 is a coverage of 0, as the low end of a range may be."""
    w = sole_supplier_world()
    assert compiled(w, halys.Ban(exporters="AAA", importers="BBB", reduction=0.0)).ban.max() == 0.0


# Transfers ------------------------------------------------------------------------------------------------------------


def test_transfer_is_shared_by_final_spending(small_world):
    """Two payers and two recipients, each pair in proportion to baseline final spending; dollars, summing to zero."""
    t = compiled(small_world, halys.Transfer(payers=["AAA", "BBB"], recipients=["CCC", "DDD"], amount=0.001)).transfer
    income = small_world.income
    assert t[0] / t[1] == pytest.approx(income[0] / income[1], rel=1e-14)
    assert t[2] / t[3] == pytest.approx(income[2] / income[3], rel=1e-14)
    assert t[:2].sum() == pytest.approx(-1e6, rel=1e-14)
    assert t[2:].sum() == pytest.approx(1e6, rel=1e-14)
    assert t.sum() == pytest.approx(0.0, abs=1e-8)


def test_transfers_add_up(small_world):
    acts = [halys.Transfer(payers="AAA", recipients="BBB", amount=a) for a in (1.0, 2.0)]
    acts.append(halys.Transfer(payers="BBB", recipients="AAA", amount=0.5))
    np.testing.assert_allclose(compiled(small_world, *acts).transfer, [-2.5e9, 2.5e9, 0.0, 0.0], rtol=1e-14)


def test_transfer_to_oneself(small_world):
    with pytest.raises(InputError, match="Transfer has BBB both as payer and as recipient"):
        compiled(small_world, halys.Transfer(payers=["AAA", "BBB"], recipients=["BBB", "CCC"], amount=1.0))


# Refusals -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "measure",
    [
        halys.Ban(exporters="AAA", importers="AAA", coverage=0.5),
        halys.Tariff(exporters="AAA", importers="AAA", rate=0.5),
        halys.TradeCost(exporters="AAA", importers="AAA", factor=1.5),
        halys.ExportTax(exporters="AAA", importers=["AAA", "AAA"], rate=0.5),
    ],
    ids=["ban", "tariff", "trade cost", "export tax"],
)
def test_measure_on_domestic_sales_only(small_world, measure):
    with pytest.raises(InputError, match="from AAA to AAA hits nothing: sales at home are never hit"):
        compiled(small_world, measure)


@pytest.mark.parametrize(
    ("field", "value"),
    [("exporters", "XXX"), ("importers", ["BBB", "XXX"]), ("industries", "mining"), ("exporters", "goods")],
)
def test_unknown_names(small_world, field, value):
    measure = halys.Ban(**{"exporters": "AAA", "importers": "BBB", "coverage": 0.5, field: value})
    with pytest.raises(UnknownNameError, match=r"is not an (economy|industry) or a group"):
        compiled(small_world, measure)


def test_something_else_than_a_measure(small_world):
    with pytest.raises(InputError, match="is not an instrument"):
        compiled(small_world, {"instrument": "ban"})


def test_one_measure_need_not_be_in_a_list(small_world):
    measure = halys.Tariff(exporters="AAA", importers="BBB", rate=0.1)
    alone, listed = (halys.solve(small_world, given, horizon=FIVE) for given in (measure, [measure]))
    np.testing.assert_array_equal(alone.data["real_income"], listed.data["real_income"])


def test_generator_of_measures(small_world):
    """Any iterable will do, also one that can be read only once."""
    outcome = halys.solve(
        small_world, (halys.Tariff(exporters=e, importers="BBB", rate=0.1) for e in ("AAA", "CCC")), horizon=FIVE
    )
    assert float(outcome.data["tariff_revenue"].sel(economy="BBB")) > 0


def test_cells_that_a_shock_names_are_all_that_differ(world) -> None:
    """What the compiler says it touched is what a search of the whole arrays finds."""
    measures = [
        halys.Ban(exporters="EU27", importers="RUS", industries="goods", coverage=0.4, programme="one"),
        halys.Ban(exporters=["DEU", "USA"], importers="RUS", industries=["C26", "C27"], reduction=0.7, programme="one"),
        halys.Ban(exporters="JPN", importers="RUS", industries="C29", lines=0.5),
        halys.TradeCost(exporters="RUS", importers="all", factor=1.2),
        halys.Tariff(exporters="CHN", importers="USA", rate=0.25),
        halys.ExportTax(exporters="SAU", importers="all", industries="B06", rate=0.1),
    ]
    shock = compile_measures(world, measures)
    bare = replace(shock, touched={})
    assert set(shock.touched) == {"ban", "iceberg", "tariff", "export_tax"}
    for name, resting in (("ban", 0.0), ("iceberg", 1.0), ("tariff", 0.0), ("export_tax", 0.0)):
        np.testing.assert_array_equal(shock.changed(name, resting), bare.changed(name, resting))


def test_a_measure_alone_is_a_list_of_one() -> None:
    w = make_world()
    ban = halys.Ban(exporters=w.economies[0], importers=w.economies[1], coverage=0.5)
    np.testing.assert_array_equal(compile_measures(w, ban).ban, compile_measures(w, [ban]).ban)
