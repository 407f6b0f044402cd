"""Which imports an economy could least do without: one equilibrium for the loss of each."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from halys.economy import EquilibriumStore, Horizon, check_closure
from halys.measures import Ban
from halys.outcome import BILLION, Outcome, exposure
from halys.outcome.dependence import find_economy, find_suppliers
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
    target = find_economy(world, economy)
    sellers = [world.economies[i] for i in find_suppliers(world, target, suppliers)]
    table = exposure(world, economy, sellers, horizon=horizon).to_dataframe().reset_index()
    table = table[table["industry"].isin(world.select(industries, "industry")) & (table["imports"] > 0)]
    jobs = [
        Job((Ban(exporters=sellers, importers=economy, industries=code, coverage=1.0),), chosen, horizon)
        for code in table["industry"]
    ]
    rows = [
        found if isinstance(found, dict) else {"failed": str(found)}
        for found in solve_batch(world, jobs, lambda outcome: _losses(outcome, economy, sellers), store)
    ]
    solved = pd.DataFrame(rows, index=table.index, columns=list(_SOLVED))
    frame = pd.concat([table, solved], axis=1)[list(COLUMNS)]
    frame = frame.sort_values("real_income_percent", na_position="first").reset_index(drop=True)
    frame.attrs = {"economy": economy, "suppliers": " ".join(sellers), "closure": chosen, "horizon": horizon.describe()}
    frame.attrs["columns"] = {name: list(column) for name, column in COLUMNS.items()}
    return frame


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
