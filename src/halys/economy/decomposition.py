"""Why real income changes: a first-order decomposition at baseline weights, with the remainder always shown.

For economy j, with I_j baseline final spending, M imports and E exports net of tariffs, p = c (1+e') the price at the
border, hats for new / baseline and every flow at its baseline value,

    W_j − 1 = [ sum E_j. (p_j^ − 1) − sum M_.j (p_i^ − 1)                       terms of trade
              + sum t M ((M^ − 1) − (p_i^ − 1) − log kappa)                     volume of trade
              − sum M log kappa                                                 trade costs
              − sum X_js (1/theta_s) pi b                                       bans
              + sum Y_jk log A_jk                                               productivity
              + transfers received + change of the deficit ] / I_j + remainder.

The first two terms are those of Caliendo and Parro (2015, equation 15) as their Table 2 computes them. Their sum is
what they call the welfare effect; it is not the exact change of real income. Each term is right to first order, the
remainder holds the rest: it is small for small shocks and may be large for an embargo.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from halys.economy.baseline import Baseline
from halys.economy.equations import Coefficients, Evaluation
from halys.economy.shock import Shock

Array = NDArray[np.float64]


class Decomposition(NamedTuple):
    """Terms (economy,) as fractions of baseline final spending, whose sum is W − 1."""

    terms_of_trade: Array
    volume_of_trade: Array
    trade_costs: Array
    bans: Array
    productivity: Array
    transfers: Array
    deficit: Array
    remainder: Array


def value_at_border(flows: Array, price: Array, export_tax: Array | None) -> tuple[Array, Array]:
    """Exports and imports (economy,) of given flows at new prices (industry, exporter), with any export taxes."""
    if export_tax is not None:
        valued = flows * price[:, :, None] * (1.0 + export_tax)
        return valued.sum(axis=(0, 2)), valued.sum(axis=(0, 1))
    return (price * flows.sum(axis=2)).sum(axis=0), np.vecmat(price, flows).sum(axis=0)


def decompose(
    b: Baseline, c: Coefficients, e: Evaluation, shock: Shock, flows_new: Array, real_income: Array
) -> Decomposition:
    """Split the change of real income (economy,) into its first-order sources.

    Args:
        flows_new: new sales net of tariffs (industry, exporter, importer); real_income: exact W (economy,).
    """
    flows = b.flows
    exports, imports = value_at_border(flows, np.exp(e.log_cost.T), shock.export_tax)
    kappa = 0.0 if shock.iceberg is None else np.log(shock.iceberg)
    nothing = np.zeros_like(b.income)
    volume = nothing
    if b.tariff is not None:
        growth = np.divide(flows_new, flows, out=np.ones_like(flows), where=flows > 0) - 1.0
        cost = np.exp(e.log_cost.T)[:, :, None]
        border = (cost if shock.export_tax is None else cost * (1.0 + shock.export_tax)) - 1.0
        volume = (b.tariff * flows * (growth - border - kappa)).sum(axis=(0, 1))
    bans = nothing
    if shock.ban is not None:
        shut = np.einsum("sij,sij->sj", b.trade_share, shock.ban)
        bans = -(b.purchases.T / c.theta[:, None] * shut).sum(axis=0)
    transfer = nothing if shock.transfer is None else shock.transfer / b.money
    terms = {
        "terms_of_trade": (exports - flows.sum(axis=(0, 2))) - (imports - flows.sum(axis=(0, 1))),
        "volume_of_trade": volume,
        "trade_costs": nothing if shock.iceberg is None else -np.einsum("sij,sij->j", flows, kappa),
        "bans": bans,
        "productivity": (b.output * c.log_productivity).sum(axis=1),
        "transfers": transfer,
        "deficit": e.deficit - transfer - b.deficit,
    }
    shares = {name: value / b.income for name, value in terms.items()}
    return Decomposition(**shares, remainder=real_income - 1.0 - sum(shares.values()))
