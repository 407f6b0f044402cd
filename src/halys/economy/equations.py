"""Equilibrium in changes with Cobb-Douglas nests and a mobile factor: one evaluation of all equations.

With x_hat = new / baseline, economies i, j, products s, industries k [1]_:

    unit cost      log c_jk = beta_jk log w_j + sum_s g_jks log P_js − log A_jk
    origin nest    P_js     = [sum_i a_ijs c_is^(−theta_s)]^(−1/theta_s)
                   a_ijs    = pi_ijs (1 − b_ijs) (kappa_ijs (1+t')(1+e') / ((1+t)(1+e)))^(−theta_s)
    trade share    pi'_ijs  = a_ijs c_is^(−theta_s) / P_js^(−theta_s)
    expenditure    X'_js    = sum_k g_jks Y'_jk + alpha_js I'_j + gifts_js
    revenue        Y'_is    = sum_j pi'_ijs X'_js / ((1+t')(1+e'))
    income         I'_j     = w_j V_j + tariff revenue + export-tax revenue + D'_j + transfers + claims − sum_s gifts_js
    factor market  w_j V_j  = sum_k beta_jk Y'_jk
    numeraire      sum_j w_j V_j = sum_j V_j, in each part of the world that trade connects

Everything here is array-namespace neutral (array API standard): the functions run on NumPy and on JAX alike, keep no
state and never write in place.

References:
    .. [1] Caliendo and Parro (2015), Review of Economic Studies 82, equations (4) to (9) in changes; bans as the
       share of varieties shut out multiply the trade share, exactly.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from array_api_compat import array_namespace

from halys.economy.claims import Claims, claimed_income

Xp = Any  # an array of any namespace; shapes are in the docstrings


class Coefficients(NamedTuple):
    """Constants of one problem: a baseline, elasticities and a shock. Money in world value added.

    trade (s, i, j): a_ijs; seller (s, i, j): a_ijs / ((1+t')(1+e')); theta (s,); value_added_share and log_productivity
    (j, k); input_share (j, k, s); final_share (j, s); value_added (j,); deficit (j,): fixed part of D' plus transfers;
    proportional (j,): D/V under the proportional closure, else 0; bought (j, s): 1 where the product is bought, else 0.
    tariff_wedge (s, i, J): a − a/(1+t') on the J importers that levy any; tariff_owner (j, J): who they are.
    export_wedge (s, I, j): a/(1+t') − seller on the I exporters that levy any; export_owner (j, I).
    part (j, C): which of the C parts of the world an economy belongs to; each has its own numeraire.
    claims: income that moves with trade, None where none does. gifts (j, s): what an economy buys in its own market and
    gives away (negative: what it is given in place of buying it), None where nobody gives any.
    """

    trade: Xp
    seller: Xp
    theta: Xp
    value_added_share: Xp
    log_productivity: Xp
    input_share: Xp
    final_share: Xp
    value_added: Xp
    deficit: Xp
    proportional: Xp
    bought: Xp
    tariff_wedge: Xp
    tariff_owner: Xp
    export_wedge: Xp
    export_owner: Xp
    part: Xp
    claims: Claims | None = None
    gifts: Xp | None = None


class Evaluation(NamedTuple):
    """All endogenous quantities at one state, and the three residuals; zero residuals are an equilibrium."""

    wage_gap: Xp  # (j,) factor_gap less the numeraire gap of its part: what the solver drives to zero
    factor_gap: Xp  # (j,) log labour demand − log factor income
    numeraire_gap: Xp  # (part,) log growth of the factor income of each part
    price_gap: Xp  # (j, s) log P implied by costs − log P of the state
    purchases_gap: Xp  # (j, s) X implied − X of the state, in world value added
    log_cost: Xp  # (j, k)
    supply: Xp  # (s, i) c^(−theta)
    phi: Xp  # (s, j) P^(−theta) implied; 1 where nothing is bought
    output: Xp  # (j, k)
    factor_income: Xp  # (j,)
    tariff_revenue: Xp  # (j,)
    export_revenue: Xp  # (j,)
    deficit: Xp  # (j,) D' with transfers
    claimed: Xp  # (j,) net income from claims on trade
    income: Xp  # (j,) what is left for an economy's own final use, after gifts


def _rows_times(xp: Any, rows: Xp, matrices: Xp) -> Xp:
    """(s, i), (s, i, j) -> (s, j)."""
    return xp.vecmat(rows, matrices) if hasattr(xp, "vecmat") else xp.matmul(rows[:, None, :], matrices)[:, 0, :]


def _times_columns(xp: Any, matrices: Xp, columns: Xp) -> Xp:
    """(s, i, j), (s, j) -> (s, i)."""
    return xp.matvec(matrices, columns) if hasattr(xp, "matvec") else xp.matmul(matrices, columns[:, :, None])[:, :, 0]


def evaluate(c: Coefficients, log_wage: Xp, log_price: Xp, purchases: Xp) -> Evaluation:
    """One pass through the equations at a state: log_wage (j,), log_price (j, s), purchases X' (j, s) >= 0."""
    xp = np if isinstance(log_wage, np.ndarray) else array_namespace(log_wage)
    log_cost = (
        c.value_added_share * log_wage[:, None] + _times_columns(xp, c.input_share, log_price) - c.log_productivity
    )
    supply = xp.exp(-c.theta[:, None] * log_cost.T)
    # A product that nobody there buys has no suppliers in the table: its phi is 0 and is set to 1, its price stays put.
    phi = _rows_times(xp, supply, c.trade) + (1.0 - c.bought.T)
    spread = purchases.T / phi
    output = (supply * _times_columns(xp, c.seller, spread)).T
    factor_income = xp.exp(log_wage) * c.value_added
    level = xp.log(xp.matmul(factor_income, c.part) / xp.matmul(c.value_added, c.part))
    tariff_revenue = xp.matmul(
        c.tariff_owner,
        xp.sum(xp.matmul(spread, c.tariff_owner) * _rows_times(xp, supply, c.tariff_wedge), axis=0),
    )
    export_revenue = xp.matmul(
        c.export_owner,
        xp.sum(xp.matmul(supply, c.export_owner) * _times_columns(xp, c.export_wedge, spread), axis=0),
    )
    closing = xp.matmul(c.part, xp.matmul(c.proportional * factor_income, c.part) / xp.matmul(factor_income, c.part))
    deficit = c.deficit + factor_income * (c.proportional - closing)
    income = factor_income + tariff_revenue + export_revenue + deficit
    claimed = xp.zeros_like(income)
    if c.claims is not None:
        claimed = claimed_income(xp, c.claims, log_cost, supply, spread)
        income = income + claimed
    if c.gifts is not None:
        income = income - xp.sum(c.gifts, axis=1)
    demand = _rows_times(xp, output, c.input_share) + c.final_share * income[:, None]
    if c.gifts is not None:
        demand = demand + c.gifts
    labour = xp.sum(c.value_added_share * output, axis=1)
    factor_gap = xp.log(labour / factor_income)
    return Evaluation(
        wage_gap=factor_gap - xp.matmul(c.part, level),
        factor_gap=factor_gap,
        numeraire_gap=level,
        price_gap=(-xp.log(phi) / c.theta[:, None]).T * c.bought - log_price,
        purchases_gap=demand * c.bought - purchases,
        log_cost=log_cost,
        supply=supply,
        phi=phi,
        output=output,
        factor_income=factor_income,
        tariff_revenue=tariff_revenue,
        export_revenue=export_revenue,
        deficit=deficit,
        claimed=claimed,
        income=income,
    )


def trade_shares(c: Coefficients, e: Evaluation) -> Xp:
    """pi' (industry, exporter, importer), tariffs included."""
    return c.trade * e.supply[:, :, None] / e.phi[:, None, :]
