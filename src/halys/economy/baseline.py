"""The world as plain arrays of shares, the constants of the equations.

Money is in units of world value added, so that the numeraire reads sum_j V_j = 1 and every residual is dimensionless.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, fields
from functools import cached_property
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from halys.economy.memo import Memo
from halys.world import World

Array = NDArray[np.float64]
Mask = NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class Baseline:
    """Shares and sizes of a balanced world; N economies, K industries.

    Attributes:
        trade_share: pi (industry, exporter, importer), tariffs included; sums to 1 over exporters where the
            product is bought.
        tariff: t (industry, exporter, importer), or None for none anywhere.
        value_added_share: beta (economy, industry); 1 where an industry is empty.
        input_share: (economy, industry, input), cost share of each input: gamma (1 − beta); rows and beta sum to 1.
        final_share: alpha (economy, industry), shares of final spending; sums to 1 over industries.
        purchases: X (economy, industry); output: Y (economy, industry); value_added: V (economy,).
        factor_income: value added by node (economy, industry).
        deficit: D (economy,), sums to 0; income: final spending V + tariff revenue + D (economy,).
        money: US dollars per unit (world value added).
        economies, industries: codes, for messages only.
    """

    trade_share: Array
    tariff: Array | None
    value_added_share: Array
    input_share: Array
    final_share: Array
    purchases: Array
    output: Array
    value_added: Array
    factor_income: Array
    deficit: Array
    income: Array
    money: float
    economies: tuple[str, ...]
    industries: tuple[str, ...]

    def __post_init__(self) -> None:
        for value in vars(self).values():
            if isinstance(value, np.ndarray):
                value.setflags(write=False)

    @property
    def size(self) -> tuple[int, int]:
        """Number of economies and of industries."""
        return self.purchases.shape[0], self.purchases.shape[1]

    @cached_property
    def hash(self) -> str:
        """sha256 of all arrays and of the unit of money: baselines with the same hash have the same equilibria."""
        digest = hashlib.sha256(repr(self.money).encode())
        for field in fields(self):
            value = getattr(self, field.name)
            if isinstance(value, np.ndarray):
                digest.update(f"{field.name} {value.shape}".encode())
                digest.update(np.ascontiguousarray(value).data)
        return digest.hexdigest()

    @cached_property
    def bought(self) -> Mask:
        """(economy, industry): products that the economy buys at all; the others have no price and are left out."""
        return np.asarray(self.purchases > 0)

    @cached_property
    def sold(self) -> Mask:
        """(economy, industry): industries with sales; the others are empty."""
        return np.asarray(self.output > 0)

    @cached_property
    def flows(self) -> Array:
        """Sales (industry, exporter, importer), net of tariffs."""
        gross = self.trade_share * self.purchases.T[:, None, :]
        return gross if self.tariff is None else gross / (1.0 + self.tariff)

    @cached_property
    def sales(self) -> Array:
        """(industry, exporter): sales everywhere."""
        return np.asarray(self.flows.sum(axis=2))

    @cached_property
    def pair_flows(self) -> Array:
        """(exporter, importer): sales of all products, net of tariffs."""
        return np.asarray(self.flows.sum(axis=0))

    @cached_property
    def flows_abroad(self) -> Array:
        """Sales (industry, exporter, importer) across borders, net of tariffs."""
        return np.asarray(self.flows * (1.0 - np.eye(len(self.value_added))))

    @cached_property
    def trade_abroad(self) -> tuple[Array, Array]:
        """Sums of `flows_abroad`: exports (industry, exporter) and imports (importer,)."""
        return np.asarray(self.flows_abroad.sum(axis=2)), np.asarray(self.flows_abroad.sum(axis=(0, 1)))

    @cached_property
    def parts(self) -> Array:
        """(economy, part): parts of the world that trade connects; one column where it connects all."""
        return connected_parts(self.trade_share)

    @cached_property
    def connected(self) -> bool:
        """Whether trade connects all economies with each other, in both directions."""
        return label_parts(np.asarray((self.trade_share > 0).any(axis=0)), "strong")[0] == 1


def connected_parts(trade: Array) -> Array:
    """Membership (economy, part) of the parts of the world between which nothing is traded.

    Args:
        trade: shares (industry, exporter, importer) after bans.
    """
    count, label = label_parts(np.asarray((trade > 0).any(axis=0)), "weak")
    return np.asarray(np.eye(count)[label])


def label_parts(sells: Mask, connection: Literal["weak", "strong"]) -> tuple[int, NDArray[np.intp]]:
    """Number of connected components of who sells to whom (exporter, importer), and that of each economy.

    One economy that trades both ways with all others connects the world; SciPy is asked, and loaded, only if none does.
    """
    if (sells.all(axis=0) & sells.all(axis=1)).any():
        return 1, np.zeros(len(sells), dtype=np.intp)
    from scipy.sparse.csgraph import connected_components

    count, label = connected_components(np.asarray(sells), directed=True, connection=connection)
    return int(count), label.astype(np.intp)


_baselines: Memo[Baseline] = Memo()


def calibrate_baseline(world: World) -> Baseline:
    """Shares of a world; of a table that does not balance too, whose shares are exact and whose sizes are a start."""
    return _baselines.get(world, lambda: _calibrate(world))


def _calibrate(world: World) -> Baseline:
    total = float(world.value_added.sum())
    cost = world.value_added + world.intermediate.sum(axis=0).T
    empty = cost <= 0
    safe = np.where(empty, 1.0, cost)
    purchases, spending = world.purchases, world.final.sum(axis=1)
    return Baseline(
        trade_share=world.trade_share,
        tariff=world.tariff,
        value_added_share=np.where(empty, 1.0, world.value_added / safe),
        input_share=np.ascontiguousarray(world.intermediate.transpose(2, 1, 0) / safe[:, :, None]),
        final_share=world.final / spending[:, None],
        purchases=purchases / total,
        output=world.output / total,
        value_added=world.value_added.sum(axis=1) / total,
        factor_income=world.value_added / total,
        deficit=world.deficit / total,
        income=(world.value_added.sum(axis=1) + world.tariff_revenue + world.deficit) / total,
        money=total * world.unit,
        economies=world.economies,
        industries=world.industries,
    )
