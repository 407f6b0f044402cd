"""Why real income changes: a first-order decomposition at baseline weights, with the remainder always shown.

For economy j, with I_j baseline final spending, M imports and E exports net of tariffs, p = c (1+e') the price at the
border, hats for new / baseline and every flow at its baseline value,

    W_j − 1 = [ sum E_j. (p_j^ − 1) − sum M_.j (p_i^ − 1)                       terms of trade
              + sum t M ((M^ − 1) − (p_i^ − 1) − log kappa)                     volume of trade
              − sum M log kappa − sum X_js (1/theta_s) pi b (R° − R)            trade costs
              − sum X_js (1/theta_s) (pi b (1 − R°) − copies − log N_js)        bans
              + sum Y_jk log A_jk                                               productivity
              + rents and margins received, less those paid                     rents
              + transfers received − gifts + change of the deficit ] / I_j + remainder.

R is what evasion lets pass of a ban and R° what it would let pass without losses on the way, copies what others make
of the banned varieties (`halys.economy.routes`). Rents are those of price caps, margins of hubs and duties on goods in
transit (`halys.economy.claims`).

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
from halys.economy.routes import copied, evaded
from halys.economy.shock import RESTING, Shock

Array = NDArray[np.float64]


class Decomposition(NamedTuple):
    """Terms (economy,) as fractions of baseline final spending, whose sum is W − 1."""

    terms_of_trade: Array
    volume_of_trade: Array
    trade_costs: Array
    bans: Array
    productivity: Array
    rents: Array
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
        flows_new: new sales net of tariffs (industry, exporter, importer), without what takes detours.
        real_income: exact W (economy,).
    """
    flows, count = b.flows, len(b.income)
    nothing = np.zeros_like(b.income)
    volume, costs, bans = nothing, nothing, nothing
    if b.tariff is not None:
        growth = np.divide(flows_new, flows, out=np.ones_like(flows), where=flows > 0) - 1.0
        cost = np.exp(e.log_cost.T)[:, :, None]
        border = (cost if shock.export_tax is None else cost * (1.0 + shock.export_tax)) - 1.0
        kappa = 0.0 if shock.iceberg is None else np.log(shock.iceberg)
        volume = (b.tariff * flows * (growth - border - kappa)).sum(axis=(0, 1))
    if shock.iceberg is not None:
        cells = shock.changed("iceberg", RESTING["iceberg"])
        costs = -_sum_by(cells % count, flows.take(cells) * np.log(shock.iceberg.take(cells)), count)
    if shock.ban is not None:
        cells = shock.changed("ban", RESTING["ban"])
        weight = (b.purchases / c.theta).T[cells // count**2, cells % count]
        bans = -_sum_by(cells % count, weight * b.trade_share.take(cells) * shock.ban.take(cells), count)
        costs, bans = _detours(b, c, shock, costs, bans)
    if shock.origin_nest is not None:  # bans of whole customs lines
        bans = bans + (b.purchases / c.theta * np.log(shock.origin_nest).T).sum(axis=1)
    transfer = nothing if shock.transfer is None else shock.transfer / b.money
    gifts = nothing if c.gifts is None else c.gifts.sum(axis=1)
    terms = {
        "terms_of_trade": _gain_at_border(b, e, shock),
        "volume_of_trade": volume,
        "trade_costs": costs,
        "bans": bans,
        "productivity": (b.output * c.log_productivity).sum(axis=1),
        "rents": e.claimed,
        "transfers": transfer - gifts,
        "deficit": e.deficit - transfer - b.deficit,
    }
    shares = {name: value / b.income for name, value in terms.items()}
    return Decomposition(**shares, remainder=real_income - 1.0 - sum(shares.values()))


def _detours(b: Baseline, c: Coefficients, shock: Shock, costs: Array, bans: Array) -> tuple[Array, Array]:
    """Trade costs and bans (economy,) with what evasion and copies spare of the bans."""
    count, weight = len(b.income), (b.purchases / c.theta).T
    cells, passing, free = evaded(b, c.theta, shock)
    if cells.size and shock.ban is not None:
        shut = weight[cells // count**2, cells % count] * b.trade_share.take(cells) * shock.ban.take(cells)
        bans = bans + _sum_by(cells % count, shut * free, count)
        costs = costs - _sum_by(cells % count, shut * (free - passing), count)
    cells, copies = copied(b, c.theta, shock)
    if cells.size:
        bans = bans + _sum_by(cells % count, weight[cells // count**2, cells % count] * copies, count)
    return costs, bans


def _gain_at_border(b: Baseline, e: Evaluation, shock: Shock) -> Array:
    """(economy,) rise of the value of exports less that of imports, at baseline quantities; sales at home cancel."""
    rise, count = np.exp(e.log_cost.T) - 1.0, len(b.income)
    gain = (b.sales * rise).sum(axis=0) - np.vecmat(rise, b.flows).sum(axis=0)
    if shock.export_tax is not None:
        cells = shock.changed("export_tax", RESTING["export_tax"])
        industry, exporter, importer = np.unravel_index(cells, b.flows.shape)
        tax = b.flows.take(cells) * (1.0 + rise[industry, exporter]) * shock.export_tax.take(cells)
        gain += _sum_by(exporter, tax, count) - _sum_by(importer, tax, count)
    return np.asarray(gain)


def price_ratio_at_border(b: Baseline, e: Evaluation, shock: Shock) -> Array:
    """Laspeyres index of export prices over that of import prices (economy,), across borders; NaN without trade."""
    (sales, bought), price = b.trade_abroad, np.exp(e.log_cost.T)
    exports, imports = (price * sales).sum(axis=0), np.vecmat(price, b.flows_abroad).sum(axis=0)
    if shock.export_tax is not None:
        taxes = b.flows_abroad * (price[:, :, None] * shock.export_tax)
        exports, imports = exports + taxes.sum(axis=(0, 2)), imports + taxes.sum(axis=(0, 1))
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.asarray((exports / sales.sum(axis=0)) / (imports / bought))


def _sum_by(group: NDArray[np.intp], values: Array, count: int) -> Array:
    return np.bincount(group, weights=values, minlength=count).astype(np.float64, copy=False)
