"""The cells (industry, exporter, importer) that an instrument touches, and how shares of several programmes combine."""

from __future__ import annotations

import functools
from collections.abc import Hashable, Iterable, Mapping

import numpy as np
from numpy.typing import NDArray

from halys.errors import InputError
from halys.measures.base import Names
from halys.world import World

Array = NDArray[np.float64]
_Key = str | tuple[str, ...]
Cells = NDArray[np.intp]  # flat indices of (industry, exporter, importer)


def cells_between(world: World, what: str, exporters: Names, importers: Names, industries: Names) -> Cells:
    """Flat indices of the trade between two sides, each once; sales at home are never hit.

    Args:
        what: the instrument, for messages.

    Raises:
        UnknownNameError: a name that the world does not have. InputError: both sides are one economy.
    """
    sides = (names if isinstance(names, str) else tuple(names) for names in (exporters, importers, industries))
    cells = _between(world, *sides)
    if not cells.size:
        only = world.economies[int(world.positions(exporters)[0])]
        raise InputError(
            f"a {what} from {only} to {only} hits nothing: sales at home are never hit. "
            "Name another exporter or importer."
        )
    return cells


@functools.lru_cache(maxsize=256)  # the same measures are compiled for hundreds of histories and variants
def _between(world: World, exporters: _Key, importers: _Key, industries: _Key) -> Cells:
    sellers, buyers = world.positions(exporters), world.positions(importers)
    products = world.positions(industries, "industry")
    count = len(world.economies)
    pairs = (sellers[:, None] * count + buyers)[sellers[:, None] != buyers]
    cells = np.asarray((products[:, None] * count**2 + pairs).ravel())
    cells.setflags(write=False)
    return cells


def split(world: World, cells: Cells) -> tuple[Cells, Cells, Cells]:
    """Industry, exporter and importer of each cell."""
    count = len(world.economies)
    return cells // count**2, cells // count % count, cells % count


def left_after(size: int, programmes: Mapping[Hashable, Iterable[tuple[Cells, Array | float]]]) -> Array:
    """What shares taken off leave: the largest within a programme, prod(1 − share) over independent programmes.

    Args:
        size: number of cells. programmes: of each, cells (each once) and the share taken off there.
    """
    left = np.ones(size)
    for parts in programmes.values():
        taken = np.zeros(size)
        for cells, share in parts:
            taken[cells] = np.maximum(taken[cells], share)
        left *= 1.0 - taken
    return left
