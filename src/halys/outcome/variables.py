"""Labelled variables: from the arrays of an equilibrium to results with a meaning and a unit."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from halys.economy import Decomposition, Equilibrium
from halys.world import World

Array = NDArray[np.float64]

RATIO = "1 (new / baseline)"
BILLION = "billion USD a year"
SHARE = "1 (share of baseline final spending)"


class Variable(NamedTuple):
    """One labelled result before it becomes part of a dataset."""

    dims: tuple[str, ...]
    values: Array
    label: str
    units: str

    def to_xarray(self) -> xr.Variable:
        """With `long_name` and `units`."""
        return xr.Variable(self.dims, self.values, {"long_name": self.label, "units": self.units})


Rows = list[tuple[str, Array, str, str]]  # name, values, label, units


def economy_variables(q: Equilibrium) -> dict[str, Variable]:
    """What a run keeps: results by economy, the most used by economy and industry, and the decomposition."""
    b, e = q.baseline, q.solution.evaluation
    billions = b.money / 1e9
    transfer = np.zeros_like(b.income) if q.shock.transfer is None else q.shock.transfer / b.money
    change = (q.real_income - 1.0) * b.income * billions
    gifts = np.zeros_like(b.income) if q.coefficients.gifts is None else q.coefficients.gifts.sum(axis=1)
    through = q.through_hubs.sum(axis=0)
    (exports, imports), (exports_before, imports_before) = (
        trade_abroad(pairs * billions) for pairs in (q.flows.sum(axis=0), b.pair_flows)
    )
    economy: Rows = [
        ("real_income", q.real_income, "Real income: final spending over its price", RATIO),
        ("equivalent_variation", change, "Equivalent variation: change of real income at baseline prices", BILLION),
        ("real_wage", q.real_wage, "Factor income over the price of final spending; mobile: the real wage", RATIO),
        ("wage", q.wage_hat, "Factor income, world factor income being the numeraire; mobile: the wage", RATIO),
        ("consumer_price", q.consumer_price_hat, "Price of final spending", RATIO),
        ("terms_of_trade", q.terms_of_trade, "Price of exports over price of imports, baseline weights", RATIO),
        ("final_spending", e.income * billions, "Final spending", BILLION),
        ("final_spending_baseline", b.income * billions, "Final spending before the shock", BILLION),
        ("tariff_revenue", e.tariff_revenue * billions, "Tariff revenue", BILLION),
        ("export_tax_revenue", e.export_revenue * billions, "Export-tax revenue", BILLION),
        ("transfer_received", transfer * billions, "Net transfers received", BILLION),
        ("rents_received", e.claimed * billions, "Net rents of price caps, and margins and duties on transit", BILLION),
        ("reexports", through * billions, "Trade of others that passes through the economy around bans", BILLION),
        ("gifts_given", gifts * billions, "Net gifts in kind, bought in the own market", BILLION),
        ("deficit", (e.deficit - transfer) * billions, "Deficit: excess of imports, without transfers", BILLION),
        ("exports", exports, "Exports at the border, with export taxes", BILLION),
        ("exports_baseline", exports_before, "Exports before the shock", BILLION),
        ("imports", imports, "Imports at the border, net of tariffs", BILLION),
        ("imports_baseline", imports_before, "Imports before the shock", BILLION),
        ("trade_balance", exports - imports, "Exports less imports", BILLION),
        ("trade_balance_baseline", exports_before - imports_before, "Exports less imports before the shock", BILLION),
    ]
    node: Rows = [
        ("price", q.price_hat, "Buyers' price of the product", RATIO),
        ("producer_price", q.cost_hat, "Unit cost at the factory gate", RATIO),
        ("output", e.output * billions, "Sales of the industry", BILLION),
        ("output_baseline", b.output * billions, "Sales of the industry before the shock", BILLION),
        ("value_added", q.value_added * billions, "Value added of the industry", BILLION),
        ("value_added_baseline", b.factor_income * billions, "Value added of the industry before the shock", BILLION),
        ("expenditure", q.solution.purchases * b.bought * billions, "Purchases of the product for all uses", BILLION),
        ("expenditure_baseline", b.purchases * billions, "Purchases of the product before the shock", BILLION),
    ]
    terms = np.stack(q.decomposition)
    label = "First-order sources of the change of real income, with the remainder"
    return {
        **labelled(("economy",), economy),
        **labelled(("economy", "industry"), node),
        "decomposition": Variable(("term", "economy"), terms, label, SHARE),
    }


def industry_variables(q: Equilibrium) -> dict[str, Variable]:
    """Results by economy and industry that a run does not keep: they follow from what it keeps, or take much room."""
    b, billions = q.baseline, q.baseline.money / 1e9
    with np.errstate(invalid="ignore", divide="ignore"):
        real_output = q.solution.evaluation.output / b.output / q.cost_hat
    exports, imports = _trade_by_industry(q.flows * billions)
    before = _trade_by_industry(b.flows * billions)
    return labelled(
        ("economy", "industry"),
        [
            ("factor_return", q.return_hat, "Return of the factor in the industry; mobile: the wage", RATIO),
            ("real_output", real_output, "Quantity that the industry makes: sales over its unit cost", RATIO),
            ("industry_exports", exports, "Exports of the product at the border, with export taxes", BILLION),
            ("industry_exports_baseline", before[0], "Exports of the product before the shock", BILLION),
            ("industry_imports", imports, "Imports of the product at the border, net of tariffs", BILLION),
            ("industry_imports_baseline", before[1], "Imports of the product before the shock", BILLION),
        ],
    )


def trade_variables(q: Equilibrium) -> dict[str, Variable]:
    """Results by industry, exporter and importer, and tariff revenue by partner."""
    billions, dims = q.baseline.money / 1e9, ("industry", "exporter", "importer")
    before = "Sales of the product before the shock, net of tariffs"
    tariff = q.baseline.tariff if q.shock.tariff is None else q.shock.tariff
    revenue = np.zeros_like(q.baseline.pair_flows) if tariff is None else (tariff * q.direct_flows).sum(axis=0)
    return {
        "trade_flow": Variable(
            dims, q.flows * billions, "Sales of the product by origin and destination, net of tariffs", BILLION
        ),
        "trade_flow_baseline": Variable(dims, q.baseline.flows * billions, before, BILLION),
        "trade_share": Variable(dims, q.trade_share, "Share of the exporter in the importer's purchases", "1"),
        "partner_tariff_revenue": Variable(
            dims[1:], revenue * billions, "Tariff revenue of the importer on what the exporter sells it", BILLION
        ),
    }


def trade_abroad(pairs: Array) -> tuple[Array, Array]:
    """Exports and imports (economy,) of sales (exporter, importer)."""
    home = np.diagonal(pairs)
    return pairs.sum(axis=1) - home, pairs.sum(axis=0) - home


def _trade_by_industry(flows: Array) -> tuple[Array, Array]:
    """Exports and imports (economy, industry) of sales (industry, exporter, importer)."""
    home = np.diagonal(flows, axis1=1, axis2=2)
    return (flows.sum(axis=2) - home).T, (flows.sum(axis=1) - home).T


def labelled(dims: tuple[str, ...], rows: Rows) -> dict[str, Variable]:
    """Variables on the same dimensions."""
    return {name: Variable(dims, values, text, units) for name, values, text, units in rows}


def coordinates(world: World) -> dict[str, xr.Variable]:
    """Codes of every dimension, and the names of economies and industries."""
    codes, kinds = list(world.economies), list(world.industries)
    return {
        "economy": xr.Variable("economy", codes, {"long_name": "Economy"}),
        "industry": xr.Variable("industry", kinds, {"long_name": "Industry"}),
        "exporter": xr.Variable("exporter", codes, {"long_name": "Exporter"}),
        "importer": xr.Variable("importer", codes, {"long_name": "Importer"}),
        "term": xr.Variable("term", list(Decomposition._fields), {"long_name": "Term of the decomposition"}),
        "economy_name": xr.Variable("economy", [world.name_of(code) for code in codes], {"long_name": "Economy"}),
        "industry_name": xr.Variable("industry", [world.name_of(code) for code in kinds], {"long_name": "Industry"}),
    }


def dataset(
    world: World, variables: Mapping[str, Variable], attributes: Mapping[str, str | float], **more: xr.Variable
) -> xr.Dataset:
    """Variables with the coordinates of the dimensions that they have, and further coordinates of their own."""
    dims = {dim for v in variables.values() for dim in v.dims}
    places = {name: c for name, c in {**coordinates(world), **more}.items() if set(c.dims) <= dims}
    return xr.Dataset({name: v.to_xarray() for name, v in variables.items()}, places, dict(attributes))
