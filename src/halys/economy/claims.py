"""Claims: income that moves with trade. Rents under a price cap, margins of the hubs that evasion runs through.

A claim k sits on the sales of product s by exporter i to importer j. With q = c^(−theta) the exporter's supply term and
z = X'/Phi the importer's spread (both as in `halys.economy.equations`) its value is

    v_k = a_k q_is z_js g_k,    g_k = max(floor_k, weight_k (1 − ceiling_k / c_is)),

a_k the part of the trade coefficient that it rests on. The factor g is a stated share (weight 0), or what an
exporter's price exceeds a ceiling by (c the change of that price, the ceiling relative to the baseline price), and no
less than the floor. The payee's income rises by v_k and the payer's falls by it; a claim that the seller's receipts
leave out already (a hub's margin) has no payer.

`claimed_income` is array-namespace neutral, as the equations are; the derivatives are NumPy, as `linear` is.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

Xp = Any  # an array of any namespace; shapes are in the docstrings
Array = NDArray[Any]


class Claims(NamedTuple):
    """n claims. Only the m economies that pay or receive any are stored.

    seller (n,): s · N + i; buyer (n,): s · N + j; value (n,): a_k; floor, weight, ceiling (n,): of g;
    owner (N, m): 1 where an economy is a member; moves (m, n): 1 for the payee, −1 for the payer.
    """

    seller: Xp
    buyer: Xp
    value: Xp
    floor: Xp
    weight: Xp
    ceiling: Xp
    owner: Xp
    moves: Xp


def claimed_income(xp: Any, c: Claims, log_cost: Xp, supply: Xp, spread: Xp) -> Xp:
    """Net income (j,) from claims, at log_cost (j, s), supply (s, i) and spread (s, j)."""
    return xp.matmul(c.owner, xp.matmul(c.moves, claim_values(xp, c, log_cost, supply, spread)))


def claim_values(xp: Any, c: Claims, log_cost: Xp, supply: Xp, spread: Xp) -> Xp:
    """v (n,), in the unit of the spread."""
    factor = xp.maximum(c.floor, c.weight * (1.0 - _ceiling_over_price(xp, c, log_cost)))
    return c.value * _at(xp, supply, c.seller) * _at(xp, spread, c.buyer) * factor


def _ceiling_over_price(xp: Any, c: Claims, log_cost: Xp) -> Xp:
    return c.ceiling * xp.exp(-_at(xp, log_cost.T, c.seller))


def _at(xp: Any, values: Xp, cells: Xp) -> Xp:
    return xp.take(xp.reshape(values, (-1,)), cells)


class ClaimSlopes:
    """The derivative of the claims at one state; directions are stacked on the last axis, as in `linear`.

    Args:
        log_cost (j, s), supply (s, i), purchases X' (s, j), phi (s, j): the state.
    """

    def __init__(self, c: Claims, log_cost: Array, supply: Array, purchases: Array, phi: Array) -> None:
        self.c, self.log_cost_shape = c, log_cost.shape
        count = len(c.owner)
        ratio = _ceiling_over_price(np, c, log_cost)
        binding = c.weight * (1.0 - ratio) > c.floor
        bought = _at(np, purchases, c.buyer)
        per_purchase = c.value * _at(np, supply, c.seller) / _at(np, phi, c.buyer)
        factor = np.where(binding, c.weight * (1.0 - ratio), c.floor)
        self._per_purchase = (per_purchase * factor)[:, None]
        self._per_supply = (per_purchase * bought * factor)[:, None]
        self._per_cost = (per_purchase * bought * np.where(binding, c.weight * ratio, 0.0))[:, None]
        self._seller, self._buyer = np.divmod(c.seller, count), np.divmod(c.buyer, count)

    def tangent(self, cost: Array, supply: Array, spread: Array) -> Array:
        """d net income (j, B) for d log cost (j, s, B), d log supply (s, i, B) and X' d log(X'/phi) (s, j, B)."""
        product, exporter = self._seller
        change = self._per_supply * supply[product, exporter] + self._per_purchase * spread[self._buyer]
        change += self._per_cost * cost[exporter, product]
        return np.asarray(self.c.owner @ (self.c.moves @ change))

    def cotangent(self, income: Array, supply: Array, spread: Array) -> Array:
        """Pulls weights on net income (j, B) back: returns those on log cost (j, s, B), adds the others in place.

        Args:
            supply (s, i, B), spread (s, j, B): weights so far on log supply and on X' d log(X'/phi).
        """
        product, exporter = self._seller
        weight = self.c.moves.T @ (self.c.owner.T @ income)
        np.add.at(supply, (product, exporter), self._per_supply * weight)
        np.add.at(spread, self._buyer, self._per_purchase * weight)
        cost = np.zeros((*self.log_cost_shape, income.shape[-1]), dtype=weight.dtype)
        np.add.at(cost, (exporter, product), self._per_cost * weight)
        return cost
