"""Several price caps on one trade: the rent is the largest that any of them gives by itself.

With c the exporter's price over the baseline's, a stated discount d of coverage v gives the rent v d, a ceiling r of
coverage v the rent v max(0, 1 − r/c), per unit of the flow. The largest of these is convex and piecewise linear in 1/c,
so it is the first piece and, from each corner on, what the next one gains on the one before:

    max(f, L_1, ..., L_n) = max(f, L_1) + sum_m max(0, L_{m+1} − L_m),    L_m = v_m (1 − r_m/c),

over the ceilings that are largest anywhere, in the order in which a rising price reaches them. Each term is a row of
`halys.economy.shock.Rents`. Another cap therefore never lowers the rent, at whatever prices.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from halys.economy.shock import Rents
from halys.measures.cells import Cells

Array = NDArray[np.float64]


class Cap(NamedTuple):
    """One cap: coverage in [0, 1], the discount as a share of the price, and the ceiling over the baseline price; None
    where the discount is stated."""

    coverage: float
    discount: float
    ceiling: float | None


class Row(NamedTuple):
    """A row of rents: max(floor, weight (1 − ceiling / c))."""

    floor: float
    weight: float
    ceiling: float


def rents_under(flows: Array, caps: Sequence[tuple[Cells, Cap]]) -> Rents | None:
    """The rents of all caps together, rows in the order of the cells; None without any.

    Args:
        flows: of the baseline, by flat cell. caps: with the cells, each once, that they hold on.
    """
    kind, kinds = np.zeros(flows.size, dtype=np.intp), [frozenset[Cap]()]
    for cells, cap in caps:  # cells under the same caps are resolved once
        before, place = np.unique(kind[cells], return_inverse=True)
        kind[cells] = len(kinds) + place
        kinds += [kinds[n] | {cap} for n in before]
    pieces = [largest_of(group) for group in kinds]
    depth = np.array([len(rows) for rows in pieces])
    capped = np.flatnonzero((depth[kind] > 0) & (flows > 0))
    found: list[tuple[Cells, Array]] = []
    for level in range(int(depth.max())):
        at = capped[depth[kind[capped]] > level]
        rows = np.array([rows[level] if len(rows) > level else Row(0.0, 0.0, 0.0) for rows in pieces])
        found.append((at, rows[kind[at]]))
    if not capped.size:
        return None
    cells, columns = (np.concatenate(part) for part in zip(*found, strict=True))
    order = np.argsort(cells, kind="stable")
    return Rents(cells[order], *columns[order].T.copy())


def largest_of(caps: Iterable[Cap]) -> list[Row]:
    """Rows that sum to the largest rent of any of the caps, at every price."""
    caps = set(caps)
    floor = max((cap.coverage * cap.discount for cap in caps if cap.ceiling is None), default=0.0)
    left = sorted({(cap.coverage, cap.ceiling) for cap in caps if cap.ceiling is not None and cap.coverage > floor})
    rows: list[Row] = []
    level, slope = floor, 0.0  # of the piece so far, as a function of 1/c
    while left:
        corners = [((weight * ceiling - slope) / (weight - level), -weight, ceiling) for weight, ceiling in left]
        corner, weight, ceiling = min(corners)  # the lowest price from which on one gives more; of equals the steepest
        rows.append(Row(0.0, -weight - level, max(corner, 0.0)) if rows else Row(floor, -weight, ceiling))
        level, slope = -weight, -weight * ceiling
        left = [(weight, ceiling) for weight, ceiling in left if weight > level]
    return rows or [Row(floor, 0.0, 0.0)] * (floor > 0.0)
