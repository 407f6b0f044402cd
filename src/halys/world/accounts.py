"""Accounting identities of an input-output table, as pure functions.

For every economy j and industry k, output sold equals inputs bought plus value added,

    sum_j' flow[k, j, j'] = sum_s intermediate[s, k, j] + value_added[j, k],                                    (cost)

and what is bought of product s, tariffs included, is used up by industries and final users,

    sum_i (1 + tariff[s, i, j]) flow[s, i, j] = sum_k intermediate[s, k, j] + final[j, s].                       (uses)
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Imbalance:
    """One cell at which an identity fails. `relative` is the gap over the larger side."""

    identity: str
    economy: str
    industry: str
    left: float
    right: float

    @property
    def relative(self) -> float:
        scale = max(abs(self.left), abs(self.right))
        return abs(self.left - self.right) / scale if scale > 0 else 0.0

    def __str__(self) -> str:
        names = {"cost": ("sales", "inputs + value added"), "uses": ("purchases", "intermediate + final use")}
        left, right = names[self.identity]
        return (
            f"{self.economy} {self.industry}: {left} {self.left:.6g}, {right} {self.right:.6g} "
            f"({100 * self.relative:.3g} % apart)"
        )


def calc_purchases(flows: Array, tariff: Array | None) -> Array:
    """Purchases (economy, industry) at buyers' prices: flows plus tariffs, summed over exporters."""
    gross = flows if tariff is None else flows * (1.0 + tariff)
    return np.ascontiguousarray(gross.sum(axis=1).T)


def calc_tariff_revenue(flows: Array, tariff: Array | None) -> Array:
    """Tariff revenue (economy,) that each importer levies."""
    if tariff is None:
        return np.zeros(flows.shape[2])
    return np.asarray(np.einsum("sij,sij->j", flows, tariff))


def calc_trade_deficit(flows: Array) -> Array:
    """Imports less exports (economy,), net of tariffs. Sums to zero."""
    return np.asarray(flows.sum(axis=(0, 1)) - flows.sum(axis=(0, 2)))


def calc_balance(
    economies: Sequence[str],
    industries: Sequence[str],
    flows: Array,
    intermediate: Array,
    value_added: Array,
    final: Array | None = None,
    tariff: Array | None = None,
    tolerance: float = 1e-6,
) -> list[Imbalance]:
    """Cells whose identities fail by more than `tolerance` (relative), worst first.

    Shapes as in `World.from_arrays`. Without `final`, the (uses) identity is read as: industries use no more of a
    product than the economy buys.
    """
    sales = flows.sum(axis=2).T
    cost = intermediate.sum(axis=0).T + value_added
    purchases = calc_purchases(flows, tariff)
    used = intermediate.sum(axis=1).T + (0.0 if final is None else final)
    if final is None:
        used = np.maximum(used, purchases)
    found = []
    for identity, left, right in (("cost", sales, cost), ("uses", purchases, used)):
        scale = np.maximum(np.abs(left), np.abs(right))
        for j, k in np.argwhere(np.abs(left - right) > tolerance * scale):
            found.append(Imbalance(identity, economies[j], industries[k], float(left[j, k]), float(right[j, k])))
    return sorted(found, key=lambda cell: -abs(cell.left - cell.right))
