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
    """n claims, all columns (n,).

    seller: s · N + i; buyer: s · N + j; value: a_k; floor, weight, ceiling: of g; payee: the economy whose income
    rises; payer: that whose income falls, −1 for none.
    """

    seller: Xp
    buyer: Xp
    value: Xp
    floor: Xp
    weight: Xp
    ceiling: Xp
    payee: Xp
    payer: Xp


def claimed_income(xp: Any, c: Claims, log_cost: Xp, supply: Xp, spread: Xp) -> Xp:
    """Net income (j,) from claims, at log_cost (j, s), supply (s, i) and spread (s, j)."""
    values, count = claim_values(xp, c, log_cost, supply, spread), log_cost.shape[0]
    return _sum_by(xp, c.payee, values, count) - _sum_by(xp, c.payer, values, count)


def _sum_by(xp: Any, economy: Xp, values: Xp, count: int) -> Xp:
    """Sums (j,) of values (n,) of each economy; those of −1 are left out."""
    if xp is np:
        return np.bincount(economy + 1, weights=values, minlength=count + 1)[1:]
    # The standard has no sum by index. This is dense, n numbers for each economy.
    return xp.matmul(xp.astype(xp.arange(count)[:, None] == economy[None, :], values.dtype), values)


def claim_values(xp: Any, c: Claims, log_cost: Xp, supply: Xp, spread: Xp) -> Xp:
    """v (n,), in the unit of the spread."""
    factor = xp.maximum(c.floor, c.weight * (1.0 - _ceiling_over_price(xp, c, log_cost)))
    return c.value * _at(xp, supply, c.seller) * _at(xp, spread, c.buyer) * factor


def _ceiling_over_price(xp: Any, c: Claims, log_cost: Xp) -> Xp:
    return c.ceiling * _at(xp, xp.exp(-log_cost.T), c.seller)


def _at(xp: Any, values: Xp, cells: Xp) -> Xp:
    return xp.take(xp.reshape(values, (-1,)), cells)


class ClaimSlopes:
    """The derivative of the claims at one state; directions are stacked on the last axis, as in `linear`.

    Args:
        log_cost (j, s), supply (s, i), purchases X' (s, j), phi (s, j): the state.
    """

    def __init__(self, c: Claims, log_cost: Array, supply: Array, purchases: Array, phi: Array) -> None:
        self._shape = supply.shape
        ratio = _ceiling_over_price(np, c, log_cost)
        binding = c.weight * (1.0 - ratio) > c.floor
        bought = _at(np, purchases, c.buyer)
        per_purchase = c.value * _at(np, supply, c.seller) / _at(np, phi, c.buyer)
        factor = np.where(binding, c.weight * (1.0 - ratio), c.floor)
        paid = np.flatnonzero(c.payer >= 0)
        owner = np.concatenate([c.payee, c.payer[paid]])
        held = np.bincount(owner, minlength=len(log_cost)) > 0
        self._members = np.flatnonzero(held)
        row = (np.cumsum(held) - 1)[owner]

        def slope(of: Array, at: Array) -> Array:
            """(member, s · N + i): derivative of net income by what stands at a flat index."""
            place = row * supply.size + np.concatenate([at, at[paid]])
            values = np.concatenate([of, -of[paid]])
            return np.bincount(place, values, self._members.size * supply.size).reshape(-1, supply.size)

        self._by_supply = slope(per_purchase * bought * factor, c.seller)
        self._by_spread = slope(per_purchase * factor, c.buyer)
        per_cost = per_purchase * bought * np.where(binding, c.weight * ratio, 0.0)
        self._by_cost = slope(per_cost, c.seller) if binding.any() else None

    def tangent(self, cost: Array, supply: Array, spread: Array) -> Array:
        """d net income (j, B) for d log cost (j, s, B), d log supply (s, i, B) and X' d log(X'/phi) (s, j, B)."""
        change = self._by_supply @ _flat(supply) + self._by_spread @ _flat(spread)
        if self._by_cost is not None:
            change += self._by_cost @ _flat(cost.transpose(1, 0, 2))
        income = np.zeros((self._shape[1], change.shape[-1]), dtype=change.dtype)
        income[self._members] = change
        return income

    def cotangent(self, income: Array, supply: Array, spread: Array) -> Array:
        """Pulls weights on net income (j, B) back: returns those on log cost (j, s, B), adds the others in place.

        Args:
            supply (s, i, B), spread (s, j, B): weights so far on log supply and on X' d log(X'/phi).
        """
        weight = income[self._members]
        supply += (self._by_supply.T @ weight).reshape(supply.shape)
        spread += (self._by_spread.T @ weight).reshape(spread.shape)
        if self._by_cost is None:
            return np.zeros_like(supply).transpose(1, 0, 2)
        return np.asarray((self._by_cost.T @ weight).reshape(supply.shape).transpose(1, 0, 2))


def _flat(directions: Array) -> Array:
    """(s, i, B) -> (s · N + i, B)."""
    return directions.reshape(-1, directions.shape[-1])
