"""Labelled results: units on every variable, names on every axis, and totals over groups."""

from __future__ import annotations

import numpy as np
import pytest

import halys
from worlds import FIVE, gaps

DIMENSIONS = {"economy", "industry", "exporter", "importer", "term"}


@pytest.fixture(scope="module")
def outcome(small_world):
    measures = [
        halys.Tariff(exporters="AAA", importers="BBB", rate=0.2),
        halys.ExportTax(exporters="CCC", importers="all", rate=0.1),
        halys.Ban(exporters="BBB", importers="DDD", coverage=0.4),
        halys.Transfer(payers="AAA", recipients="CCC", amount=0.0005),
    ]
    return halys.solve(small_world, measures, horizon=FIVE, tolerance=1e-12)


def test_every_variable_has_units_and_a_long_name(outcome):
    for name, variable in outcome.data.data_vars.items():
        assert variable.attrs.get("units"), name
        assert variable.attrs.get("long_name"), name
        assert set(variable.dims) <= DIMENSIONS, name


def test_variables_of_the_model_are_there(outcome):
    expected = {
        "real_income",
        "real_wage",
        "wage",
        "equivalent_variation",
        "price",
        "producer_price",
        "consumer_price",
        "output",
        "value_added",
        "expenditure",
        "trade_flow",
        "trade_share",
        "tariff_revenue",
        "export_tax_revenue",
        "terms_of_trade",
        "final_spending",
        "transfer_received",
        "rents_received",
        "reexports",
        "gifts_given",
        "deficit",
        "exports",
        "imports",
        "trade_balance",
        "real_output",
        "factor_return",
        "industry_exports",
        "industry_imports",
        "partner_tariff_revenue",
        "decomposition",
    }
    assert expected <= set(outcome.data.data_vars)


def test_axes_carry_codes_and_names(outcome, small_world):
    data = outcome.data
    assert tuple(data["economy"].values) == tuple(data["exporter"].values) == tuple(data["importer"].values)
    assert tuple(data["industry"].values) == small_world.industries
    assert tuple(data["term"].values)[-1] == "remainder"
    assert data["trade_flow"].dims == ("industry", "exporter", "importer")


def test_attributes_say_what_was_solved(outcome, small_world):
    attributes = outcome.data.attrs
    assert attributes["world_hash"] == small_world.hash
    assert attributes["closure"] == "fixed"
    assert attributes["solver_status"] == "converged"
    assert attributes["largest_residual"] <= 1e-12
    assert "trade elasticity 5" in attributes["horizon"]


def test_equivalent_variation_is_the_change_at_baseline_spending(outcome, small_world):
    """(W − 1) times baseline final spending, billion USD."""
    expected = (outcome.data["real_income"].values - 1.0) * small_world.income * small_world.unit / 1e9
    np.testing.assert_allclose(outcome.data["equivalent_variation"], expected, rtol=1e-12, atol=1e-18)


def test_total_of_one_economy_and_of_all(outcome, small_world):
    """A total is the sum of equivalent variations, its per cent that sum over summed spending."""
    data = outcome.data
    one = outcome.total("AAA")
    assert one.percent == pytest.approx(100 * float(data["real_income"].sel(economy="AAA") - 1.0), rel=1e-12)
    two = outcome.total(["AAA", "CCC"])
    amount = data["equivalent_variation"].sel(economy=["AAA", "CCC"]).sum()
    spent = data["final_spending_baseline"].sel(economy=["AAA", "CCC"]).sum()
    assert two.billion_usd == pytest.approx(float(amount), rel=1e-12)
    assert two.percent == pytest.approx(100 * float(amount / spent), rel=1e-12)
    assert outcome.total() == outcome.total("all")


def test_total_of_a_group(world):
    outcome = halys.solve(world, halys.Tariff(exporters="CHN", importers="EU27", rate=0.1), horizon=FIVE)
    members = list(world.select("EU27"))
    amount = outcome.data["equivalent_variation"].sel(economy=members).sum()
    assert outcome.total("EU27").billion_usd == pytest.approx(float(amount), rel=1e-12)


def test_levels_in_the_dataset_close(outcome, small_world):
    """The printed variables satisfy the accounts: money in billions, revenue and transfers included."""
    d = outcome.data
    assert max(gaps(small_world, outcome.equilibrium).values()) < 1e-9
    income = d["value_added"].sum("industry") + d["tariff_revenue"] + d["export_tax_revenue"] + d["transfer_received"]
    income = income + d["rents_received"] - d["gifts_given"]
    np.testing.assert_allclose(income + d["deficit"], d["final_spending"], rtol=1e-9)
    np.testing.assert_allclose(d["trade_share"].sum("exporter"), 1.0, rtol=1e-12)
    np.testing.assert_allclose(d["decomposition"].sum("term"), d["real_income"] - 1.0, rtol=0, atol=1e-14)
    size = float(d["value_added"].sum())
    trade = d["trade_flow"].sum("industry")
    imports = trade.sum("exporter").rename(importer="economy")
    exports = trade.sum("importer").rename(exporter="economy")
    np.testing.assert_allclose(imports - exports, d["deficit"] + d["transfer_received"], rtol=0, atol=1e-9 * size)


def test_baseline_levels_are_the_worlds(outcome, small_world):
    billions = small_world.unit / 1e9
    for name, level in (
        ("trade_flow_baseline", small_world.flows),
        ("output_baseline", small_world.output),
        ("value_added_baseline", small_world.value_added),
        ("expenditure_baseline", small_world.purchases),
        ("final_spending_baseline", small_world.income),
    ):
        np.testing.assert_allclose(outcome.data[name], level * billions, rtol=1e-12)


def test_what_does_not_exist_is_not_a_number(world):
    """Prices of products that nobody buys and costs of empty industries are missing, not 1."""
    data = halys.solve(world, horizon=FIVE).data
    assert int(data["price"].isnull().sum()) == 10
    assert int(data["producer_price"].isnull().sum()) == 51
    for name in ("real_income", "output", "trade_flow", "expenditure", "decomposition"):
        assert not bool(data[name].isnull().any()), name


def test_terms_of_trade_are_one_without_a_shock(world):
    data = halys.solve(world, horizon=FIVE).data
    np.testing.assert_allclose(data["terms_of_trade"], 1.0, rtol=0, atol=1e-12)


def test_better_export_prices_better_terms_of_trade(small_world):
    """An export tax of one economy raises its price at the border against those of its imports."""
    data = halys.solve(small_world, halys.ExportTax(exporters="AAA", importers="all", rate=0.2), horizon=FIVE).data
    assert float(data["terms_of_trade"].sel(economy="AAA")) > 1.0


def test_tariff_revenue_is_the_importers(small_world):
    """Rate times flow, new tariffs and baseline ones together."""
    outcome = halys.solve(small_world, halys.Tariff(exporters="AAA", importers="BBB", rate=0.2), horizon=FIVE)
    flows = outcome.data["trade_flow"].values
    tariff = small_world.tariff.copy()
    tariff[:, 0, 1] += 0.2
    np.testing.assert_allclose(outcome.data["tariff_revenue"], (tariff * flows).sum(axis=(0, 1)), rtol=1e-9)


def test_exports_and_imports_are_sums_of_flows(outcome):
    """At the border: with export taxes, net of tariffs; by economy and by industry; the balance is their difference."""
    d = outcome.data
    for suffix in ("", "_baseline"):
        flows = d[f"trade_flow{suffix}"].values * (1.0 - np.eye(4))
        exports, imports = flows.sum(axis=2).T, flows.sum(axis=1).T
        np.testing.assert_allclose(d[f"industry_exports{suffix}"], exports, rtol=1e-12)
        np.testing.assert_allclose(d[f"industry_imports{suffix}"], imports, rtol=1e-12)
        np.testing.assert_allclose(d[f"exports{suffix}"], exports.sum(axis=1), rtol=1e-12)
        np.testing.assert_allclose(d[f"imports{suffix}"], imports.sum(axis=1), rtol=1e-12)
        balance = d[f"exports{suffix}"] - d[f"imports{suffix}"]
        np.testing.assert_allclose(d[f"trade_balance{suffix}"], balance, rtol=1e-12)
    np.testing.assert_allclose(
        d["trade_balance_baseline"], -outcome.world.deficit * outcome.world.unit / 1e9, atol=1e-15
    )
    np.testing.assert_allclose(d["trade_balance"], -(d["deficit"] + d["transfer_received"]), atol=1e-12)


@pytest.mark.parametrize(
    "measure",
    [
        halys.PriceCap(exporters="DDD", importers="AAA", industries="farms", discount=0.2),
        halys.MilitaryTransfer(donors="AAA", recipients="BBB", industries="farms", amount=0.0003, fungible=0.5),
        halys.ConcessionalSale(exporters="CCC", importers="DDD", industries="farms", discount=0.2),
        halys.Transfer(payers="AAA", recipients="CCC", amount=0.0005),
    ],
    ids=lambda measure: measure.instrument,
)
def test_the_trade_balance_is_paid_for(small_world, measure):
    """By deficits, transfers and rents; gifts in kind are bought at home. And final spending is all income."""
    d = halys.solve(small_world, measure, horizon=FIVE, tolerance=1e-13).data
    paid = d["deficit"] + d["transfer_received"] + d["rents_received"]
    np.testing.assert_allclose(d["trade_balance"], -paid, atol=1e-14)
    earned = d["value_added"].sum("industry") + d["tariff_revenue"] + d["export_tax_revenue"]
    np.testing.assert_allclose(
        earned + d["transfer_received"] + d["rents_received"] - d["gifts_given"] + d["deficit"],
        d["final_spending"],
        rtol=1e-11,
    )
    assert float(d["rents_received"].sum()) == pytest.approx(0.0, abs=1e-15)


def test_tariff_revenue_by_partner_adds_up(outcome):
    d = outcome.data
    np.testing.assert_allclose(d["partner_tariff_revenue"].sum("exporter"), d["tariff_revenue"], rtol=1e-9)
    assert float(d["partner_tariff_revenue"].sel(exporter="AAA", importer="AAA")) == 0.0


def test_real_output_is_what_the_factors_make(small_world):
    """A productivity gain of one industry raises what it makes by more than the gain, since its price falls."""
    outcome = halys.solve(
        small_world, halys.Productivity(economies="AAA", industries="farms", factor=1.1), horizon=FIVE
    )
    d = outcome.data
    np.testing.assert_allclose(d["real_output"], d["output"] / d["output_baseline"] / d["producer_price"], rtol=1e-12)
    assert float(d["real_output"].sel(economy="AAA", industry="farms")) > 1.1
    idle = halys.solve(small_world, horizon=FIVE).data
    np.testing.assert_allclose(idle["real_output"], 1.0, rtol=1e-9)


def test_factor_returns_by_horizon(small_world):
    """One wage in the long run; specific factors earn what their industry pays; income is return times factor."""
    measure = halys.Ban(exporters="BBB", importers="DDD", coverage=0.6)
    long = halys.solve(small_world, measure, horizon=FIVE).data
    expected = np.broadcast_to(long["wage"].values[:, None], long["factor_return"].shape)
    np.testing.assert_allclose(long["factor_return"], expected, rtol=1e-12)
    short = halys.solve(small_world, measure, horizon=halys.Horizon.short()).data
    np.testing.assert_allclose(short["factor_return"], short["value_added"] / short["value_added_baseline"], rtol=1e-8)
    spread = short["factor_return"].max("industry") - short["factor_return"].min("industry")
    assert float(spread.max()) > 1e-4
    for data in (long, short):
        total = (data["value_added"]).sum("industry") / data["value_added_baseline"].sum("industry")
        np.testing.assert_allclose(data["wage"], total, rtol=1e-8)


def test_value_added_in_the_short_run_follows_the_new_shares(small_world):
    """With substitution below 1 cost shares move: value added and inputs still make up sales."""
    measure = halys.TradeCost(exporters="all", importers="DDD", factor=1.5)
    outcome = halys.solve(small_world, measure, horizon=halys.Horizon.short(), tolerance=1e-12)
    chain, d = outcome.chain, outcome.data
    paid = chain.input_share.sum(axis=2) * d["output"] + d["value_added"]
    np.testing.assert_allclose(paid, d["output"], rtol=1e-9)
    share = (d["value_added"] / d["output"]).values
    assert np.abs(share / (d["value_added_baseline"] / d["output_baseline"]).values - 1.0).max() > 1e-3
