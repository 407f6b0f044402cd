"""First derivatives of the equations at a state: tangent (forward) and cotangent (reverse) products, for many
directions.

Directions are stacked on the last axis: log factor incomes (j, B) or (j, k, B), log prices (j, s, B), purchases
(j, s, B). The
preconditioner is made from these products at the baseline and the Newton-Krylov fallback uses them at any state.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from halys.economy.claims import ClaimSlopes
from halys.economy.equations import Coefficients, Evaluation, input_shares, trade_shares

Array = NDArray[Any]  # float64; float32 while a preconditioner is made


class Directions(NamedTuple):
    """A batch of directions in the state, or of residuals: (j, B) or (j, k, B), (j, s, B), (j, s, B)."""

    wage: Array
    price: Array
    purchases: Array


class Linearization:
    """The derivative of the residuals at one state.

    Args:
        c, e: coefficients and the evaluation at the state.
        purchases: X' of the state (j, s).
    """

    def __init__(self, c: Coefficients, e: Evaluation, purchases: Array) -> None:
        self.c, self.e, self.purchases = c, e, purchases
        self.share = trade_shares(c, e)  # pi' (s, i, j)
        self.receipt = c.seller * e.supply[:, :, None] / e.phi[:, None, :]  # seller's receipts per unit of X'
        self.tariffed = np.flatnonzero(c.tariff_owner.any(axis=1))
        self.taxing = np.flatnonzero(c.export_owner.any(axis=1))
        self.tariff = c.tariff_wedge * e.supply[:, :, None] / e.phi[:, None, self.tariffed]
        self.export = c.export_wedge * e.supply[:, self.taxing, None] / e.phi[:, None, :]
        self.nest = _Nest(c, e)
        self.market = _Mobile(e, self.nest) if c.factors is None else _Immobile(c, e, self.nest)
        self.part_income = e.factor_income @ c.part
        self.closing = (c.proportional * e.factor_income) @ c.part / self.part_income
        self.claims = None if c.claims is None else ClaimSlopes(c.claims, e.log_cost, e.supply, purchases.T, e.phi)

    def tangent(self, d: Directions) -> Directions:
        """Derivative of (wage_gap, price_gap, purchases_gap) along each direction."""
        c, e, nest = self.c, self.e, self.nest
        x = self.purchases.T[:, :, None]
        log_return, factor = self.market.supply(d.wage)
        cost, bundle = nest.cost(log_return, d.price)
        supply = -c.theta[:, None, None] * cost.transpose(1, 0, 2)  # d log supply (s, i, B)
        phi = np.matmul(self.share.transpose(0, 2, 1), supply)
        price = (-phi / c.theta[:, None, None]).transpose(1, 0, 2) * c.bought[:, :, None] - d.price
        spread = d.purchases.transpose(1, 0, 2) - x * phi  # X' d log(X'/phi)
        output = e.output.T[:, :, None] * supply + np.matmul(self.receipt, spread)
        excess = c.proportional - c.part @ self.closing
        slope = c.part @ (c.part.T @ (excess[:, None] * factor) / self.part_income[:, None])
        income = factor * (1.0 + excess)[:, None] - e.factor_income[:, None] * slope
        if self.tariffed.size:
            t = self.tariffed
            gain = (self.tariff.sum(axis=1)[:, :, None] * spread[:, t]).sum(axis=0)
            gain += np.einsum("sij,sib,sj->jb", self.tariff, supply, self.purchases.T[:, t], optimize=True)
            income[t] += gain
        if self.taxing.size:
            i = self.taxing
            gain = np.matmul(self.export, spread).sum(axis=0)
            gain += ((self.export * self.purchases.T[:, None, :]).sum(axis=2)[:, :, None] * supply[:, i]).sum(axis=0)
            income[i] += gain
        if self.claims is not None:
            income += self.claims.tangent(cost, supply, spread)
        output = output.transpose(1, 0, 2)
        demand = nest.demand(output, cost, bundle, d.price) + nest.spending(income, d.price)
        fall = c.part @ (c.part.T @ factor / self.part_income[:, None])
        wage = self.market.gap(d.wage, output, log_return, cost, fall)
        return Directions(wage, price, demand * c.bought[:, :, None] - d.purchases)

    def cotangent(self, a: Directions) -> Directions:
        """Transpose of `tangent`: pulls weights on the residuals back to the state."""
        c, e, nest = self.c, self.e, self.nest
        x = self.purchases.T[:, :, None]
        demand = a.purchases * c.bought[:, :, None]
        wage, output, log_return, cost, fall = self.market.gap_back(a.wage)
        added, more, bundle, price = nest.demand_back(demand)
        output, cost = output + added, cost + more
        income, spending = nest.spending_back(demand)
        price = price + spending
        excess = c.proportional - c.part @ self.closing
        pulled = c.part @ (c.part.T @ (income * e.factor_income[:, None]) / self.part_income[:, None])
        factor = income * (1.0 + excess)[:, None] - excess[:, None] * pulled
        factor += c.part @ (c.part.T @ fall / self.part_income[:, None])
        output = output.transpose(1, 0, 2)
        spread = np.matmul(self.receipt.transpose(0, 2, 1), output)
        supply = e.output.T[:, :, None] * output
        if self.tariffed.size:
            t = self.tariffed
            spread[:, t] += self.tariff.sum(axis=1)[:, :, None] * income[t]
            supply += np.einsum("sij,sj,jb->sib", self.tariff, self.purchases.T[:, t], income[t], optimize=True)
        if self.taxing.size:
            i = self.taxing
            spread += np.matmul(
                self.export.transpose(0, 2, 1), np.broadcast_to(income[i], (len(c.theta), *income[i].shape))
            )
            supply[:, i] += (self.export * self.purchases.T[:, None, :]).sum(axis=2)[:, :, None] * income[i]
        claimed = None if self.claims is None else self.claims.cotangent(income, supply, spread)
        phi = -x * spread - (a.price * c.bought[:, :, None]).transpose(1, 0, 2) / c.theta[:, None, None]
        supply += np.matmul(self.share, phi)
        cost = cost + (-c.theta[:, None, None] * supply).transpose(1, 0, 2)
        if claimed is not None:
            cost = cost + claimed
        more_return, more_price = nest.cost_back(cost, bundle)
        wage = wage + self.market.supply_back(log_return + more_return, factor)
        return Directions(wage, price + more_price - a.price, spread.transpose(1, 0, 2) - a.purchases)


class _Nest:
    """Derivatives of unit costs, input demand and final spending; the part of substitution is left out at sigma 1."""

    def __init__(self, c: Coefficients, e: Evaluation) -> None:
        self.value_added = e.value_added_share[:, :, None]
        self.inputs = input_shares(c, e)  # g' (j, k, s)
        self.final = e.final_share[:, :, None]
        self.substitutes = c.nests is not None
        if c.nests is None:
            return
        n = c.nests
        kinds = c.value_added_share.shape[1]
        powers = np.empty(kinds, dtype=self.inputs.dtype)
        for nest in n.inputs:
            powers[slice(None) if nest.industries is None else nest.industries] = nest.power
        total = self.inputs.sum(axis=2)
        self.per_bundle = np.divide(1.0, total, out=np.zeros_like(total), where=total > 0)[:, :, None]
        self.rise = n.value_added_power[None, :, None]  # 1 − sigma_v
        self.output = e.output[:, :, None]
        self.turn = self.output * (n.value_added_power - powers)[None, :, None]
        self.own = np.vecmat(e.output * powers, self.inputs)[:, :, None]
        self.final_rise = e.income[:, None, None] * self.final * self.final.dtype.type(n.consumption_power)

    def cost(self, log_return: Array, price: Array) -> tuple[Array, Array | None]:
        """d log c (j, k, B) and d log m, at d log f (j, 1 or k, B) and d log P (j, s, B)."""
        paid = np.matmul(self.inputs, price)
        return self.value_added * log_return + paid, paid * self.per_bundle if self.substitutes else None

    def cost_back(self, cost: Array, bundle: Array | None) -> tuple[Array, Array]:
        paid = cost if bundle is None else cost + bundle * self.per_bundle
        return self.value_added * cost, np.matmul(self.inputs.transpose(0, 2, 1), paid)

    def demand(self, output: Array, cost: Array, bundle: Array | None, price: Array) -> Array:
        """dX (j, s, B) of industries: g' dY + Y dg'."""
        if bundle is None:
            return np.asarray(np.matmul(self.inputs.transpose(0, 2, 1), output))
        moved = output + self.turn * bundle - self.output * self.rise * cost
        return np.asarray(np.matmul(self.inputs.transpose(0, 2, 1), moved) + self.own * price)

    def demand_back(self, demand: Array) -> tuple[Array, Array | float, Array | None, Array | float]:
        """Weights on output, cost, bundle and price."""
        moved = np.matmul(self.inputs, demand)
        if not self.substitutes:
            return moved, 0.0, None, 0.0
        return moved, -self.output * self.rise * moved, self.turn * moved, self.own * demand

    def spending(self, income: Array, price: Array) -> Array:
        """d(alpha' I) (j, s, B)."""
        level = self.final * income[:, None, :]
        if not self.substitutes:
            return np.asarray(level)
        apart = price - (self.final * price).sum(axis=1, keepdims=True)
        return np.asarray(level + self.final_rise * apart)

    def spending_back(self, demand: Array) -> tuple[Array, Array | float]:
        """Weights on income and price."""
        income = (self.final * demand).sum(axis=1)
        if not self.substitutes:
            return income, 0.0
        weighted = self.final_rise * demand
        return income, weighted - self.final * weighted.sum(axis=1, keepdims=True)


class _Mobile:
    """One factor market in each economy."""

    def __init__(self, e: Evaluation, nest: _Nest) -> None:
        demand = e.value_added_share * e.output
        self.income = e.factor_income[:, None]
        self.nest = nest
        self.per_output = (e.value_added_share / demand.sum(axis=1)[:, None])[:, :, None]
        self.weight = (demand / demand.sum(axis=1)[:, None])[:, :, None]

    def supply(self, wage: Array) -> tuple[Array, Array]:
        """d log f (j, 1 or k, B) and d factor income (j, B)."""
        return wage[:, None, :], self.income * wage

    def supply_back(self, log_return: Array, factor: Array) -> Array:
        return np.asarray(log_return.sum(axis=1) + self.income * factor)

    def gap(self, wage: Array, output: Array, log_return: Array, cost: Array, fall: Array) -> Array:
        found = (self.per_output * output).sum(axis=1) - wage - fall
        if self.nest.substitutes:
            found = found + (self.weight * self.nest.rise * (log_return - cost)).sum(axis=1)
        return np.asarray(found)

    def gap_back(self, a: Array) -> tuple[Array, Array, Array | float, Array | float, Array]:
        """Weights on wage, output, log_return, cost and fall."""
        wide = a[:, None, :]
        if not self.nest.substitutes:
            return -a, self.per_output * wide, 0.0, 0.0, -a
        turned = self.weight * self.nest.rise * wide
        return -a, self.per_output * wide, turned, -turned, -a


class _Immobile:
    """A factor market in each industry; z is the log of its factor income over the baseline."""

    def __init__(self, c: Coefficients, e: Evaluation, nest: _Nest) -> None:
        assert c.factors is not None
        f = c.factors
        income = f.income * np.exp(e.log_earnings)
        self.income = income[:, :, None]
        self.common = (1.0 - f.inverse_mobility) * (income / e.factor_income[:, None])[:, :, None]
        self.own = self.income.dtype.type(f.inverse_mobility)
        self.alive = (1.0 - f.idle)[:, :, None]
        output = np.where(f.idle > 0, 1.0, e.output)
        self.per_output = ((1.0 - f.idle) / output)[:, :, None]
        self.nest = nest

    def supply(self, z: Array) -> tuple[Array, Array]:
        return self.own * z + (self.common * z).sum(axis=1, keepdims=True), (self.income * z).sum(axis=1)

    def supply_back(self, log_return: Array, factor: Array) -> Array:
        together = log_return.sum(axis=1, keepdims=True)
        return np.asarray(self.own * log_return + self.common * together + self.income * factor[:, None, :])

    def gap(self, z: Array, output: Array, log_return: Array, cost: Array, fall: Array) -> Array:
        found = self.per_output * output - z - fall[:, None, :]
        if self.nest.substitutes:
            found = found + self.alive * self.nest.rise * (log_return - cost)
        return np.asarray(found)

    def gap_back(self, a: Array) -> tuple[Array, Array, Array | float, Array | float, Array]:
        if not self.nest.substitutes:
            return -a, self.per_output * a, 0.0, 0.0, -a.sum(axis=1)
        turned = self.alive * self.nest.rise * a
        return -a, self.per_output * a, turned, -turned, -a.sum(axis=1)
