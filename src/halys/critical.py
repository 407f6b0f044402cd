"""Which imports an economy could least do without: one equilibrium for the loss of each."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from halys.economy import Closure, EquilibriumStore, Horizon, check_closure
from halys.measures import Ban
from halys.outcome import BILLION, Outcome, concentration, exposure
from halys.solving import Job, check_horizon, solve_batch
from halys.world import World
from halys.world.model import Selection

_SOLVED: dict[str, tuple[str, str]] = {
    "real_income_percent": ("Change of real income of the economy", "% of baseline final spending"),
    "billion_usd": ("The same: equivalent variation", BILLION),
    "output_percent": ("Change of the quantity that all its industries make, baseline weights", "%"),
    "suppliers_billion_usd": ("Equivalent variation of the suppliers together", BILLION),
    "failed": ("Why there is no equilibrium; empty where there is one", ""),
}
COLUMNS: dict[str, tuple[str, str]] = {
    "industry": ("Code of the product", ""),
    "industry_name": ("Product", ""),
    "imports": ("Imports of the product from the suppliers", BILLION),
    "purchase_share": ("Suppliers' share of all purchases of the product", "1 (share of purchases)"),
    "import_weight": ("Imports from the suppliers over final spending", "1 (share of final spending)"),
    "replacement_cost": ("Loss when the suppliers are shut out, all else unchanged", "1 (share of final spending)"),
    **_SOLVED,
}


def criticality(
    world: World,
    economy: str,
    suppliers: Selection,
    *,
    industries: Selection = "all",
    horizon: Horizon | None = None,
    closure: str = "fixed",
    store: EquilibriumStore | None = None,
) -> pd.DataFrame:
    """What an economy would lose if the suppliers sold it no more of a product, for every product on its own.

    Each row is an equilibrium of its own: an exact embargo (coverage 1) on what the suppliers sell the economy of one
    product, everything else free to adjust. Beside it stand the first-order figures of `halys.exposure`. Products that
    the economy does not buy from them are left out. The worst loss comes first, after those without an equilibrium.
    Losses of products do not add up to the loss from an embargo on all of them.

    Args:
        suppliers: a code, a group, `all` (everyone else) or a list of these.
        horizon, closure: as in `halys.solve`.
        store: equilibria solved before, where these are looked for, and kept.

    Returns:
        One row for each product; `attrs["columns"]` holds {column: [meaning, unit]}.

    Raises:
        UnknownNameError, InputError: as `halys.exposure`.
    """
    chosen, horizon = check_closure(closure), check_horizon(horizon)
    data = exposure(world, economy, suppliers, horizon=horizon)
    sellers = data.attrs["suppliers"].split()
    table = data.to_dataframe().reset_index()
    table = table[table["industry"].isin(world.select(industries, "industry"))]
    losses = _solve_each(world, economy, sellers, _imported(table), horizon, chosen, store)
    frame = table.merge(losses, on="industry")[list(COLUMNS)]
    frame = frame.sort_values("real_income_percent", na_position="first").reset_index(drop=True)
    frame.attrs = {"economy": economy, "suppliers": " ".join(sellers), "closure": chosen, "horizon": horizon.describe()}
    frame.attrs["columns"] = {name: list(column) for name, column in COLUMNS.items()}
    return frame


def _imported(table: pd.DataFrame) -> list[str]:
    return [str(code) for code in table["industry"][table["imports"] > 0]]


def _solve_each(
    world: World,
    economy: str,
    sellers: list[str],
    products: list[str],
    horizon: Horizon,
    closure: Closure,
    store: EquilibriumStore | None,
) -> pd.DataFrame:
    """One row for each product: `industry` and the columns `_SOLVED`."""
    jobs = [
        Job((Ban(exporters=sellers, importers=economy, industries=code, coverage=1.0),), closure, horizon)
        for code in products
    ]
    rows = [
        found if isinstance(found, dict) else {"failed": str(found)}
        for found in solve_batch(world, jobs, lambda outcome: _losses(outcome, economy, sellers), store)
    ]
    solved = pd.DataFrame(rows, columns=list(_SOLVED))
    solved.insert(0, "industry", products)
    return solved


def _losses(outcome: Outcome, economy: str, sellers: list[str]) -> dict[str, Any]:
    total, q = outcome.total(economy), outcome.equilibrium
    target = outcome.world.economies.index(economy)
    before, after, price = q.baseline.output[target], q.solution.evaluation.output[target], q.cost_hat[target]
    quantity = np.divide(after, price, out=np.zeros_like(after), where=before > 0)
    return {
        "real_income_percent": total.percent,
        "billion_usd": total.billion_usd,
        "output_percent": 100.0 * float(quantity.sum() / before.sum() - 1.0),
        "suppliers_billion_usd": outcome.total(sellers).billion_usd,
        "failed": "",
    }


def describe_exposure(
    world: World,
    economy: str,
    suppliers: Selection,
    industries: Selection,
    horizon: Horizon,
    solve: bool,
    store: EquilibriumStore | None = None,
) -> tuple[dict[str, Any], pd.DataFrame]:
    """An economy's exposure to suppliers as plain data, and the table of its industries.

    Args:
        solve: find the equilibrium without each product too, under fixed deficits.

    Returns:
        The record, whose numbers that do not exist or are infinite are None, and the table with these as they are.

    Raises:
        UnknownNameError, InputError: a name that the world does not have; no supplier but the economy itself.
    """
    data = exposure(world, economy, suppliers, horizon=horizon)
    everything = data.to_dataframe().reset_index()
    everything.insert(1, "industry_name", everything.pop("industry_name"))
    sellers = data.attrs["suppliers"].split()
    table = everything[everything["industry"].isin(world.select(industries, "industry"))].reset_index(drop=True)
    if solve:
        losses = _solve_each(world, economy, sellers, _imported(table), horizon, "fixed", store)
        table = table.merge(losses.drop(columns="output_percent"), on="industry", how="left")
        table["failed"] = table["failed"].fillna("")
    hirschman = concentration(world).sel(economy=economy)
    named = [suppliers] if isinstance(suppliers, str) else list(suppliers)
    spent, chained = everything["input_spending"], everything["chain_production"]
    record = {
        "code": economy,
        "name": world.name_of(economy),
        "world": world.id,
        "unit": "billion USD a year; shares as fractions",
        "horizon": horizon.describe(),
        "suppliers": named,
        "supplier_codes": sellers,
        "inputs_face_value": _mean(everything["inputs_face_value"], spent),
        "inputs_look_through": _mean(everything["inputs_look_through"], chained),
        "value_added_share": _mean(everything["value_added_share"], everything["output"]),
        "imports": float(everything["imports"].sum()),
        "import_partner_concentration": _plain(float(hirschman["import_partner_concentration"])),
        "export_partner_concentration": _plain(float(hirschman["export_partner_concentration"])),
        "industries": [{str(name): _plain(value) for name, value in row.items()} for row in table.to_dict("records")],
        "doubtful": economy in world.doubtful,
        "note": world.note,
    }
    return record, table


def _plain(value: Any) -> Any:
    """JSON has no NaN and no infinity."""
    return None if isinstance(value, float) and not np.isfinite(value) else value


def _mean(share: pd.Series[float], weight: pd.Series[float]) -> float | None:
    whole = float(weight.sum())
    return float((share * weight).sum()) / whole if whole > 0 else None
