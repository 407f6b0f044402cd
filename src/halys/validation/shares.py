"""The bundled world with other shares of one supplier in one economy's imports, all accounts kept.

Sales and purchases of every economy stay as they are, industry by industry: what the supplier sells more here it sells
less elsewhere, and the others the other way round (RAS on trade between economies).
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from halys.errors import InputError
from halys.world import World

Array = NDArray[np.float64]
_PASSES = 2000
_CLOSE = 1e-13  # of an industry's trade


def with_import_shares(world: World, supplier: str, buyer: str, shares: Mapping[str, float]) -> World:
    """A world in which the supplier has these shares of the buyer's imports.

    Args:
        shares: {industry: share in [0, 1)} of the value of imports.

    Raises:
        InputError: the supplier sells less in all than it would have to, or the world has tariffs, whose revenue would
            change.
    """
    if world.tariff is not None:
        raise InputError(f"world {world.id} has tariffs; shares can be changed only where there are none.")
    at, to = world.economies.index(supplier), world.economies.index(buyer)
    flows = np.array(world.flows)
    for industry, share in shares.items():
        k = world.industries.index(industry)
        flows[k] = _shift(flows[k], at, to, share, f"{supplier} in {industry}")
    return World.from_arrays(
        world.economies,
        world.industries,
        flows,
        world.intermediate,
        world.value_added,
        id=f"{world.id}, {buyer} buying from {supplier} as in 2021",
        unit=world.unit,
        groups=world.groups,
    )


def _shift(flows: Array, at: int, to: int, share: float, where: str) -> Array:
    """One industry's flows (exporter, importer) with the share, row and column sums kept."""
    home = np.diag(np.diag(flows))
    traded = flows - home
    column = traded[:, to].copy()
    wanted = column * (1.0 - share) / (column.sum() - column[at]) * column.sum()
    wanted[at] = share * column.sum()
    rest = traded.copy()
    rest[:, to] = 0.0
    rows, columns = traded.sum(axis=1) - wanted, rest.sum(axis=0)
    if rows.min() < 0.0:
        raise InputError(f"{where}: a share of {share:g} is more than it sells abroad in all.")
    for _ in range(_PASSES):
        rest *= _ratio(rows, rest.sum(axis=1))[:, None]
        rest *= _ratio(columns, rest.sum(axis=0))[None, :]
        if np.abs(rest.sum(axis=1) - rows).max() <= _CLOSE * traded.sum():
            break
    else:
        raise InputError(f"{where}: no flows have these sums.")
    rest[:, to] = wanted
    return rest + home


def _ratio(wanted: Array, found: Array) -> Array:
    return np.divide(wanted, found, out=np.zeros_like(found), where=found > 0)
