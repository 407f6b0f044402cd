"""Trade in value added, labelled: of a baseline world, and of an outcome beside its baseline."""

from __future__ import annotations

import numpy as np
import xarray as xr

from halys.economy import Baseline, calibrate_baseline
from halys.economy.memo import Memo
from halys.economy.supply_chain import SupplyChain
from halys.economy.value_added_trade import ValueAddedTrade
from halys.outcome.variables import BILLION, Array, Variable, dataset
from halys.world import World

_baselines: Memo[ValueAddedTrade] = Memo(2)


def baseline_value_added(b: Baseline) -> ValueAddedTrade:
    """That of a baseline, which is kept: outcomes of the same world share it."""
    return _baselines.get(b, lambda: ValueAddedTrade(SupplyChain.of_baseline(b)))


def value_added_trade(world: World) -> xr.Dataset:
    """Where the income is earned that exports and final spending pay for, in a baseline world.

    Dimensions: economy, industry, origin (where value added is earned), destination (whose final demand absorbs it).
    The variables are in docs/outcome.md; the equations in `halys.economy.value_added_trade`.
    """
    b = calibrate_baseline(world)
    variables = value_added_variables(baseline_value_added(b), b.money / 1e9)
    return value_added_dataset(world, variables, {"title": "Trade in value added", "world": world.id})


def value_added_dataset(world: World, variables: dict[str, Variable], attributes: dict[str, str | float]) -> xr.Dataset:
    """With codes on all dimensions."""
    codes = list(world.economies)
    return dataset(
        world,
        variables,
        {**attributes, "world_hash": world.hash, "note": world.note},
        origin=xr.Variable("origin", codes, {"long_name": "Where value added is earned"}),
        destination=xr.Variable("destination", codes, {"long_name": "Whose final demand absorbs it"}),
    )


def value_added_variables(v: ValueAddedTrade, billions: float) -> dict[str, Variable]:
    """The variables of one state of the world. Money in billion US dollars a year."""
    economy, node = ("economy",), ("economy", "industry")
    gross, domestic, foreign = v.gross_exports, v.domestic_in_exports, v.foreign_in_exports
    total, share = gross.sum(axis=1), "1 (share of gross exports)"
    return {
        "value_added_absorbed": Variable(
            ("origin", "destination"), v.absorbed * billions, "Value added by origin and by final demand", BILLION
        ),
        "value_added_exports": Variable(
            economy, v.value_added_exports * billions, "Own value added that foreign final demand absorbs", BILLION
        ),
        "value_added_imports": Variable(
            economy, v.value_added_imports * billions, "Foreign value added that own final demand absorbs", BILLION
        ),
        "taxes_absorbed": Variable(
            economy,
            v.taxes_absorbed * billions,
            "Taxes on trade and margins in final spending, along the chain",
            BILLION,
        ),
        "vax_ratio": Variable(
            economy, _share(v.value_added_exports, total), "Value-added exports over gross exports", share
        ),
        "domestic_share": Variable(
            economy, _share(domestic.sum(axis=1), total), "Domestic value added in gross exports", share
        ),
        "foreign_share": Variable(
            economy, _share(foreign.sum(axis=1), total), "Foreign value added in gross exports", share
        ),
        "gross_exports": Variable(node, gross * billions, "Gross exports of the industry", BILLION),
        "domestic_in_exports": Variable(
            node, domestic * billions, "Domestic value added in the industry's gross exports", BILLION
        ),
        "foreign_in_exports": Variable(
            node, foreign * billions, "Foreign value added in the industry's gross exports", BILLION
        ),
        "foreign_origin": Variable(
            ("origin", "economy"),
            v.in_exports.sum(axis=2) * billions,
            "Value added of the origin in the economy's gross exports",
            BILLION,
        ),
    }


def _share(part: Array, whole: Array) -> Array:
    return np.divide(part, whole, out=np.full_like(whole, np.nan), where=whole > 0)
