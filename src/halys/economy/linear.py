"""First derivatives of the equations at a state: tangent (forward) and cotangent (reverse) products, for many
directions.

Directions are stacked on the last axis: log wages (j, B), log prices (j, s, B), purchases (j, s, B). The
preconditioner is made from these products at the baseline and the Newton-Krylov fallback uses them at any state.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from halys.economy.claims import ClaimSlopes
from halys.economy.equations import Coefficients, Evaluation, trade_shares

Array = NDArray[Any]  # float64; float32 while a preconditioner is made


class Directions(NamedTuple):
    """A batch of directions in the state, or of residuals: (j, B), (j, s, B), (j, s, B)."""

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
        self.labour = (c.value_added_share * e.output).sum(axis=1)
        self.part_income = e.factor_income @ c.part
        self.closing = (c.proportional * e.factor_income) @ c.part / self.part_income
        self.claims = None if c.claims is None else ClaimSlopes(c.claims, e.log_cost, e.supply, purchases.T, e.phi)

    def tangent(self, d: Directions) -> Directions:
        """Derivative of (wage_gap, price_gap, purchases_gap) along each direction."""
        c, e = self.c, self.e
        x = self.purchases.T[:, :, None]
        cost = c.value_added_share[:, :, None] * d.wage[:, None, :] + np.matmul(c.input_share, d.price)
        supply = -c.theta[:, None, None] * cost.transpose(1, 0, 2)  # d log supply (s, i, B)
        phi = np.matmul(self.share.transpose(0, 2, 1), supply)
        price = (-phi / c.theta[:, None, None]).transpose(1, 0, 2) * c.bought[:, :, None] - d.price
        spread = d.purchases.transpose(1, 0, 2) - x * phi  # X' d log(X'/phi)
        output = e.output.T[:, :, None] * supply + np.matmul(self.receipt, spread)
        factor = e.factor_income[:, None] * d.wage
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
        demand = np.matmul(c.input_share.transpose(0, 2, 1), output) + c.final_share[:, :, None] * income[:, None, :]
        labour = (c.value_added_share[:, :, None] * output).sum(axis=1) / self.labour[:, None]
        wage = labour - d.wage - c.part @ (c.part.T @ factor / self.part_income[:, None])
        return Directions(wage, price, demand * c.bought[:, :, None] - d.purchases)

    def cotangent(self, a: Directions) -> Directions:
        """Transpose of `tangent`: pulls weights on the residuals back to the state."""
        c, e = self.c, self.e
        x = self.purchases.T[:, :, None]
        demand = a.purchases * c.bought[:, :, None]
        output = (
            np.matmul(c.input_share, demand)
            + c.value_added_share[:, :, None] * (a.wage / self.labour[:, None])[:, None, :]
        )
        income = (c.final_share[:, :, None] * demand).sum(axis=1)
        excess = c.proportional - c.part @ self.closing
        pulled = c.part @ (c.part.T @ (income * e.factor_income[:, None]) / self.part_income[:, None])
        factor = income * (1.0 + excess)[:, None] - excess[:, None] * pulled
        factor -= c.part @ (c.part.T @ a.wage / self.part_income[:, None])
        wage = e.factor_income[:, None] * factor - a.wage
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
        cost = (-c.theta[:, None, None] * supply).transpose(1, 0, 2)
        if claimed is not None:
            cost = cost + claimed
        wage += (c.value_added_share[:, :, None] * cost).sum(axis=1)
        price = np.matmul(c.input_share.transpose(0, 2, 1), cost) - a.price
        return Directions(wage, price, spread.transpose(1, 0, 2) - a.purchases)
