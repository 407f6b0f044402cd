"""Exposure, labelled: of a baseline world and of an outcome. The equations are in `halys.economy.exposure`."""

from __future__ import annotations

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from halys.economy import Horizon, calibrate_baseline
from halys.economy.exposure import (
    ImportExposure,
    InputReliance,
    import_exposure,
    input_reliance,
    trade_concentration,
)
from halys.economy.supply_chain import SupplyChain
from halys.errors import InputError, UnknownNameError
from halys.outcome.variables import BILLION, Array, Rows, Variable, dataset, labelled
from halys.world import World
from halys.world.groups import EVERYTHING
from halys.world.model import Selection

_SQUARES = "1 (sum of squared shares)"
_INPUTS = "1 (share of inputs)"


def exposure(world: World, economy: str, suppliers: Selection, *, horizon: Horizon | None = None) -> xr.Dataset:
    """What share of an economy's inputs and purchases a set of suppliers controls, industry by industry.

    Args:
        economy: code of one economy, which is left out of the suppliers.
        suppliers: a code, a group, `all` (everyone else) or a list of these.
        horizon: its trade elasticities weigh the cost of replacement; default the long run.

    Returns:
        Dataset over industry; the variables are in docs/outcome.md.

    Raises:
        UnknownNameError, InputError: not one economy; no supplier but the economy itself.
    """
    theta = (Horizon.long() if horizon is None else horizon).theta(world.industries)
    b = calibrate_baseline(world)
    return exposure_dataset(world, SupplyChain.of_baseline(b), theta, b.money / 1e9, economy, suppliers)


def concentration(world: World) -> xr.Dataset:
    """Hirschman indices of imports over origins and of exports over destinations, in a baseline world."""
    return concentration_dataset(world, SupplyChain.of_baseline(calibrate_baseline(world)))


def find_economy(world: World, economy: str) -> int:
    """Position of one economy.

    Raises:
        UnknownNameError: a group, or no economy of the world.
    """
    if economy not in world.economies:
        world.select(economy)  # raises for what is no name at all
        raise UnknownNameError(f"{economy!r} is a group; name one economy, such as {world.economies[0]}.")
    return world.economies.index(economy)


def find_suppliers(world: World, target: int, suppliers: Selection) -> NDArray[np.intp]:
    """Positions of suppliers other than the target.

    Raises:
        UnknownNameError: a name that the world does not have. InputError: none is left.
    """
    found: NDArray[np.intp] = np.setdiff1d(world.positions(suppliers), [target])
    if not found.size:
        raise InputError(
            f"{world.economies[target]} is the only supplier named, but exposure is to others. Name other economies, a "
            f"group, or {EVERYTHING!r}."
        )
    return found


def exposure_dataset(
    world: World, chain: SupplyChain, theta: Array, billions: float, economy: str, suppliers: Selection
) -> xr.Dataset:
    """As `exposure`, of any state of the world."""
    target = find_economy(world, economy)
    found = find_suppliers(world, target, suppliers)
    variables = {
        **_input_variables(input_reliance(chain, found), chain, target, billions),
        **_import_variables(import_exposure(chain, theta, target, found), billions),
    }
    attributes = {
        "title": "Exposure",
        "world": world.id,
        "world_hash": world.hash,
        "economy": economy,
        "suppliers": " ".join(world.economies[i] for i in found),
        "note": world.note,
    }
    return dataset(world, variables, attributes)


def _input_variables(reliance: InputReliance, chain: SupplyChain, target: int, billions: float) -> dict[str, Variable]:
    """What the industries of the economy buy."""
    look_through = "Share of the production along the chain of the industry's inputs that is located there"
    income = "Suppliers' value added in the industry's output"
    made, spent = chain.output[target] * billions, chain.input_share[target].sum(axis=1)
    chained = reliance.production[target] * made
    rows: Rows = [
        (
            "inputs_face_value",
            reliance.face_value[target],
            "Share of the industry's inputs that the suppliers sell",
            _INPUTS,
        ),
        ("inputs_look_through", reliance.look_through[target], look_through, _INPUTS),
        ("value_added_share", reliance.value_added[target], income, "1 (share of output)"),
        ("output", made, "Sales of the industry", BILLION),
        ("input_spending", spent * made, "Inputs that the industry buys, at buyers' prices", BILLION),
        ("chain_production", chained, "All production along the chain of the industry's inputs, everywhere", BILLION),
    ]
    return labelled(("industry",), rows)


def _import_variables(bought: ImportExposure, billions: float) -> dict[str, Variable]:
    """What the suppliers sell the economy."""
    purchases, imports, income = (f"1 (share of {of})" for of in ("purchases", "imports", "final spending"))
    index, lost = "Hirschman index of the origins of imports of the product", "shut out, all else unchanged"
    rows: Rows = [
        ("imports", bought.imports * billions, "Imports of the product from the suppliers", BILLION),
        ("purchase_share", bought.purchase_share, "Suppliers' share of all purchases of the product", purchases),
        ("import_share", bought.import_share, "Suppliers' share of all imports of the product", imports),
        ("import_concentration", bought.concentration, index, _SQUARES),
        ("import_weight", bought.import_weight, "Imports from the suppliers over final spending", income),
        ("replacement_cost", bought.replacement_cost, f"Loss when the suppliers are {lost}", income),
    ]
    return labelled(("industry",), rows)


def concentration_dataset(world: World, chain: SupplyChain) -> xr.Dataset:
    """As `concentration`, of any state of the world."""
    c = trade_concentration(chain)
    economy, node = ("economy",), ("economy", "industry")
    variables = {
        "import_concentration": Variable(node, c.imports, "Hirschman index of origins of imports", _SQUARES),
        "export_concentration": Variable(node, c.exports, "Hirschman index of destinations of exports", _SQUARES),
        "import_partner_concentration": Variable(
            economy, c.import_partners, "Hirschman index of origins of all imports", _SQUARES
        ),
        "export_partner_concentration": Variable(
            economy, c.export_partners, "Hirschman index of destinations of all exports", _SQUARES
        ),
    }
    attributes = {"title": "Concentration of trade", "world": world.id, "world_hash": world.hash, "note": world.note}
    return dataset(world, variables, attributes)
