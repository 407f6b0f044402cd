"""Equilibrium in changes: one evaluation of all equations.

With x_hat = new / baseline, economies i, j, products s, industries k [1]_ [2]_:

    unit cost      c_jk     = [beta_jk f_jk^(1−sigma_v) + (1−beta_jk) m_jk^(1−sigma_v)]^(1/(1−sigma_v)) / A_jk
    inputs         m_jk     = [sum_s gamma_sjk P_js^(1−sigma_m)]^(1/(1−sigma_m))
    origin nest    P_js     = [sum_i a_ijs c_is^(−theta_s)]^(−1/theta_s)
                   a_ijs    = pi_ijs (1 − b_ijs) (kappa_ijs (1+t')(1+e') / ((1+t)(1+e)))^(−theta_s)
    trade share    pi'_ijs  = a_ijs c_is^(−theta_s) / P_js^(−theta_s)
    final price    P^C_j    = [sum_s alpha_js P_js^(1−sigma_c)]^(1/(1−sigma_c))
    expenditure    X'_js    = sum_k g'_jks Y'_jk + alpha'_js I'_j + gifts_js
    revenue        Y'_is    = sum_j pi'_ijs X'_js / ((1+t')(1+e'))
    income         I'_j     = V'_j + tariff revenue + export-tax revenue + D'_j + transfers + claims − sum_s gifts_js
    factor market  V'_jk    = beta'_jk Y'_jk
    numeraire      sum_j V'_j = sum_j V_j, in each part of the world that trade connects

beta', g' and alpha' are the shares that the nests give at the new prices; where all sigma are 1 they are those of the
baseline. f_jk is the return of the factor in industry k, V'_j the factor income. A mobile factor has one wage
w_j = f_jk in each economy. Otherwise workers draw a productivity for every industry [3]_: with epsilon >= 1, baseline
income shares lambda_jk and z_jk = log(V'_jk/V_jk), the change of the factor income of an industry,

    log Phi_j  = log sum_k lambda_jk exp(z_jk)              V'_j = Phi_j V_j
    log f_jk   = z_jk / epsilon + (1 − 1/epsilon) log Phi_j

which is v_jk = (f_jk/Phi_j)^(epsilon−1), Phi_j = (sum_k lambda_jk f_jk^epsilon)^(1/epsilon) solved for f. epsilon = 1
is a factor that is specific to its industry, epsilon to infinity a mobile one. The unknown is z_jk, or log w_j: either
is the log of factor income over its baseline.

Everything here is array-namespace neutral (array API standard): the functions run on NumPy and on JAX alike, keep no
state and never write in place.

References:
    .. [1] Caliendo and Parro (2015), Review of Economic Studies 82, equations (4) to (9) in changes; bans as the
       share of varieties shut out multiply the trade share, exactly.
    .. [2] Baqaee and Farhi (2024), Econometrica 92(2): nested production in networks that cross borders.
    .. [3] Galle, Rodriguez-Clare and Yi (2023), Review of Economic Studies 90(1): Frechet draws by industry.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from array_api_compat import array_namespace

from halys.economy.claims import Claims, claimed_income
from halys.economy.nests import Factors, Nests, phi, psi, two_goods

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
    nests: elasticities of substitution, None where all are 1. factors: None for a mobile factor.
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
    nests: Nests | None = None
    factors: Factors | None = None


class Evaluation(NamedTuple):
    """All endogenous quantities at one state, and the three residuals; zero residuals are an equilibrium."""

    wage_gap: Xp  # (j,) or (j, k) factor_gap less the numeraire gap of its part: what the solver drives to zero
    factor_gap: Xp  # (j,) or (j, k) log factor demand − log factor income
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
    log_earnings: Xp  # (j,) or (j, k) log of factor income over its baseline, of the state
    log_return: Xp  # (j,) or (j, k) log f
    value_added_share: Xp  # (j, k) beta'
    input_scale: tuple[Xp, ...]  # for each nest of inputs: (j, s), which times
    industry_scale: Xp  # (j, k) this and g is g'; () and None where all sigma are 1
    final_share: Xp  # (j, s) alpha'
    log_consumer_price: Xp  # (j,)


def _rows_times(xp: Any, rows: Xp, matrices: Xp) -> Xp:
    """(s, i), (s, i, j) -> (s, j)."""
    return xp.vecmat(rows, matrices) if hasattr(xp, "vecmat") else xp.matmul(rows[:, None, :], matrices)[:, 0, :]


def _times_columns(xp: Any, matrices: Xp, columns: Xp) -> Xp:
    """(s, i, j), (s, j) -> (s, i)."""
    return xp.matvec(matrices, columns) if hasattr(xp, "matvec") else xp.matmul(matrices, columns[:, :, None])[:, :, 0]


class _Cost(NamedTuple):
    log_cost: Xp
    value_added_share: Xp
    input_scale: tuple[Xp, ...]
    industry_scale: Xp


def _unit_cost(xp: Any, c: Coefficients, log_return: Xp, log_price: Xp) -> _Cost:
    """Log unit cost (j, k) and the shares of its parts at these prices."""
    if log_return.ndim == 1:
        log_return = log_return[:, None]
    if c.nests is None:
        direct = c.value_added_share * log_return + _times_columns(xp, c.input_share, log_price)
        return _Cost(direct - c.log_productivity, c.value_added_share, (), None)
    n = c.nests
    level = xp.sum(c.final_share * log_price, axis=1)[:, None]
    apart = log_price - level
    some = n.intermediate_share > 0
    weight = xp.where(some, n.intermediate_share, xp.ones_like(n.intermediate_share))
    bundles, powers = [], []
    for nest in n.inputs:
        share = weight if nest.industries is None else xp.take(weight, nest.industries, axis=1)
        total = _times_columns(xp, nest.input_share, phi(xp, nest.power, apart)) / share
        bundles.append(psi(xp, nest.power, total))
        powers.append(xp.zeros_like(total) + nest.power)
    bundle = _side_by_side(xp, n, bundles)
    log_return = log_return + xp.zeros_like(bundle)
    gross = two_goods(xp, n.value_added_power, c.value_added_share, log_return, level + bundle)
    return _Cost(
        gross - c.log_productivity,
        c.value_added_share * xp.exp(n.value_added_power * (log_return - gross)),
        tuple(xp.exp(nest.power * apart) for nest in n.inputs),
        xp.exp(n.value_added_power * (level + bundle - gross) - _side_by_side(xp, n, powers) * bundle),
    )


def _side_by_side(xp: Any, n: Nests, parts: list[Xp]) -> Xp:
    """(j, g) of each nest of inputs -> (j, k)."""
    return parts[0] if n.place is None else xp.take(xp.concat(parts, axis=1), n.place, axis=1)


def _input_demand(xp: Any, c: Coefficients, cost: _Cost, output: Xp) -> Xp:
    """Purchases (j, s) of all industries for output (j, k)."""
    if c.nests is None:
        return _rows_times(xp, output, c.input_share)
    scaled, parts = output * cost.industry_scale, []
    for nest, scale in zip(c.nests.inputs, cost.input_scale, strict=True):
        used = scaled if nest.industries is None else xp.take(scaled, nest.industries, axis=1)
        parts.append(scale * _rows_times(xp, used, nest.input_share))
    return sum(parts[1:], parts[0])


def _final_shares(xp: Any, c: Coefficients, log_price: Xp) -> tuple[Xp, Xp]:
    """log P^C (j,) and alpha' (j, s)."""
    mean = xp.sum(c.final_share * log_price, axis=1)
    if c.nests is None or c.nests.consumption_power == 0.0:
        return mean, c.final_share
    power = c.nests.consumption_power
    total = xp.sum(c.final_share * phi(xp, power, log_price - mean[:, None]), axis=1)
    log_consumer_price = mean + psi(xp, power, total)
    return log_consumer_price, c.final_share * xp.exp(power * (log_price - log_consumer_price[:, None]))


class _Supply(NamedTuple):
    log_return: Xp  # (j,) or (j, k)
    income: Xp  # (j,)
    by_industry: Xp | None  # (j, k), None where the factor is mobile


def _factor_supply(xp: Any, c: Coefficients, log_earnings: Xp) -> _Supply:
    """Returns and incomes of the factor at log factor incomes (j,) or (j, k) over their baseline."""
    if c.factors is None:
        return _Supply(log_earnings, xp.exp(log_earnings) * c.value_added, None)
    f = c.factors
    by_industry = xp.exp(log_earnings) * f.income
    income = xp.sum(by_industry, axis=1)
    log_return = log_earnings
    if f.inverse_mobility < 1.0:
        common = xp.log(income / c.value_added)[:, None]
        log_return = f.inverse_mobility * log_earnings + (1.0 - f.inverse_mobility) * common
    return _Supply(log_return, income, by_industry)


def _factor_gap(xp: Any, c: Coefficients, demand: Xp, supply: _Supply, log_earnings: Xp) -> Xp:
    """log factor demand − log factor income; an idle industry has no income and keeps log_earnings at 0."""
    if c.factors is None:
        return xp.log(xp.sum(demand, axis=1) / supply.income)
    idle = c.factors.idle
    return xp.log((demand * (1.0 - idle) + idle) / (supply.by_industry + idle)) - idle * log_earnings


def _tax_revenues(xp: Any, c: Coefficients, supply: Xp, spread: Xp) -> tuple[Xp, Xp]:
    """Revenue (j,) from tariffs and from export taxes."""
    bought = xp.matmul(spread, c.tariff_owner) * _rows_times(xp, supply, c.tariff_wedge)
    sold = xp.matmul(supply, c.export_owner) * _times_columns(xp, c.export_wedge, spread)
    return xp.matmul(c.tariff_owner, xp.sum(bought, axis=0)), xp.matmul(c.export_owner, xp.sum(sold, axis=0))


def evaluate(c: Coefficients, log_earnings: Xp, log_price: Xp, purchases: Xp) -> Evaluation:
    """One pass through the equations at a state.

    Args:
        log_earnings: log of factor income over its baseline, (j,) where the factor is mobile and (j, k) elsewhere.
        log_price: (j, s). purchases: X' (j, s) >= 0.
    """
    xp = np if isinstance(log_price, np.ndarray) else array_namespace(log_price)
    factor = _factor_supply(xp, c, log_earnings)
    cost = _unit_cost(xp, c, factor.log_return, log_price)
    supply = xp.exp(-c.theta[:, None] * cost.log_cost.T)
    # A product that nobody there buys has no suppliers in the table: its phi is 0 and is set to 1, its price stays put.
    phi_new = _rows_times(xp, supply, c.trade) + (1.0 - c.bought.T)
    spread = purchases.T / phi_new
    output = (supply * _times_columns(xp, c.seller, spread)).T
    factor_income = factor.income
    level = xp.log(xp.matmul(factor_income, c.part) / xp.matmul(c.value_added, c.part))
    tariff_revenue, export_revenue = _tax_revenues(xp, c, supply, spread)
    closing = xp.matmul(c.part, xp.matmul(c.proportional * factor_income, c.part) / xp.matmul(factor_income, c.part))
    deficit = c.deficit + factor_income * (c.proportional - closing)
    income = factor_income + tariff_revenue + export_revenue + deficit
    claimed = xp.zeros_like(income)
    if c.claims is not None:
        claimed = claimed_income(xp, c.claims, cost.log_cost, supply, spread)
        income = income + claimed
    if c.gifts is not None:
        income = income - xp.sum(c.gifts, axis=1)
    log_consumer_price, final_share = _final_shares(xp, c, log_price)
    demand = _input_demand(xp, c, cost, output) + final_share * income[:, None]
    if c.gifts is not None:
        demand = demand + c.gifts
    factor_gap = _factor_gap(xp, c, cost.value_added_share * output, factor, log_earnings)
    fall = xp.matmul(c.part, level)
    return Evaluation(
        wage_gap=factor_gap - (fall if factor_gap.ndim == 1 else fall[:, None]),
        factor_gap=factor_gap,
        numeraire_gap=level,
        price_gap=(-xp.log(phi_new) / c.theta[:, None]).T * c.bought - log_price,
        purchases_gap=demand * c.bought - purchases,
        log_cost=cost.log_cost,
        supply=supply,
        phi=phi_new,
        output=output,
        factor_income=factor_income,
        tariff_revenue=tariff_revenue,
        export_revenue=export_revenue,
        deficit=deficit,
        claimed=claimed,
        income=income,
        log_earnings=log_earnings,
        log_return=factor.log_return,
        value_added_share=cost.value_added_share,
        input_scale=cost.input_scale,
        industry_scale=cost.industry_scale,
        final_share=final_share,
        log_consumer_price=log_consumer_price,
    )


def trade_shares(c: Coefficients, e: Evaluation) -> Xp:
    """pi' (industry, exporter, importer), tariffs included."""
    return c.trade * e.supply[:, :, None] / e.phi[:, None, :]


def input_shares(c: Coefficients, e: Evaluation) -> Xp:
    """g' (economy, industry, input): shares of the inputs in costs at the new prices."""
    if c.nests is None:
        return c.input_share
    xp = array_namespace(c.input_share)
    parts = [nest.input_share * scale[:, None, :] for nest, scale in zip(c.nests.inputs, e.input_scale, strict=True)]
    return _side_by_side(xp, c.nests, parts) * e.industry_scale[:, :, None]
