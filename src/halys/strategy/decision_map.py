"""The decision map: which play follows from two numbers at once, as colours and as exact lines.

Payoffs are planes in two numbers x and y, such as two stakes:

    U_i(t; x, y) = constant[t, i] + x·slope_x[t, i] + y·slope_y[t, i]

The play is then constant on convex polygons. By backward induction on the whole rectangle: every place parts the
rectangle into convex cells with one terminal each, and a node's player takes from each child's cells what is above
the best of the moves before: it is cut out along the line where the two planes meet. Neighbours with the same terminal
are merged. Borders are computed from two planes directly, so they are exact up to rounding (1e-12 of the rectangle).

Where chance moves, or a player does not see what it did, cells are those in which all plays that are averaged stay the
same; expected payoffs are planes too.

**Ties** on lines belong to either side; moves that tie on the whole rectangle (up to the tie tolerance at its corners)
go to the first in order, as everywhere.

**Fallback.** The number of cells can grow with the square of the number of lines. If a node needs more than
`max_polygons`, no polygons are given, `exact` is False, and lines join points of the raster's mesh at which the play
changes, each found by bisection to 1e-12 of the rectangle or to where the payoffs come within the tie tolerance: right
on the mesh, straight in between.

References:
    1. Osborne, M. J. and Rubinstein, A. (1994). A Course in Game Theory. MIT Press. Section 6.2.
    2. de Berg, M. et al. (2008). Computational Geometry, 3rd ed. Springer. Chapter 2 (overlays).
    3. Lorensen, W. and Cline, H. (1987). Marching cubes. Computer Graphics 21(4), 163-169 (the fallback, in the plane).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

from halys.errors import InputError
from halys.strategy.information import Unit
from halys.strategy.many import Floats, Indices, solve_grid, solve_points
from halys.strategy.outcomes import Outcomes
from halys.strategy.play import TIE_TOLERANCE
from halys.strategy.polygons import UNIT_SQUARE, Cell, HalfPlane, Polygon, apart, borders, boundaries, carve, merge
from halys.strategy.tree import Tree, check_range, check_tolerance, payoff_array

MAX_POLYGONS = 2000
"""Cells of one node beyond which the exact map is given up."""

_HALVINGS = 40  # 2^-40 < 1e-12
_ROUNDING = 1e-15

XY: TypeAlias = tuple[float, float]
Segment: TypeAlias = tuple[XY, XY]


@dataclass(frozen=True, slots=True)
class Region:
    """A convex part of the map on which the play has one label."""

    label: int
    points: tuple[XY, ...]
    """Vertices (x, y), counter-clockwise."""


@dataclass(frozen=True, eq=False)
class DecisionMap:
    """The play for every (x, y) of a rectangle. Labels are terminals, unless others were given."""

    x: Floats
    """[nx] points of the raster from one end of the range to the other."""
    y: Floats
    """[ny]"""
    raster: Indices
    """[ny, nx] label of the play at each point."""
    polygons: tuple[Region, ...]
    """Convex parts that make up the rectangle; several may have one label. Empty if the map is not exact."""
    lines: tuple[Segment, ...]
    """Segments ((x, y), (x, y)) that part different labels."""
    exact: bool
    """Whether polygons and lines are exact; if not, lines are right where they meet the mesh of the raster."""


def draw_map(
    tree: Tree,
    constant: ArrayLike,
    slope_x: ArrayLike,
    slope_y: ArrayLike,
    x_range: tuple[float, float],
    y_range: tuple[float, float],
    size: int = 400,
    labels: Sequence[int] | None = None,
    max_polygons: int = MAX_POLYGONS,
    tie_tolerance: float = TIE_TOLERANCE,
) -> DecisionMap:
    """The play on a rectangle of two numbers, with payoffs constant + x·slope_x + y·slope_y.

    Args:
        constant, slope_x, slope_y: [terminal, player], finite.
        x_range, y_range: ends of the ranges, finite, the lower first.
        size: points of the raster along each axis, at least 2.
        labels: [terminal] what to tell apart, such as the first mover's move; the terminals themselves if None.
        max_polygons: cells of one node beyond which the exact map is given up (see the module).
        tie_tolerance: payoffs this close tie; ≥ 0, in the unit of the payoffs.

    Raises:
        InputError: if the arrays or labels do not fit the tree, or a range, size or tolerance cannot be used.
    """
    x_low, x_high = check_range(*x_range, "x_range", point=False)
    y_low, y_high = check_range(*y_range, "y_range", point=False)
    if size < 2:
        raise InputError(f"size: {size} points along an axis. Give at least 2.")
    names = _labels(tree, labels)
    x, y = np.linspace(x_low, x_high, size), np.linspace(y_low, y_high, size)
    arrays = (constant, slope_x, slope_y)
    raster = names[solve_grid(tree, *arrays, x, y, tie_tolerance)]
    planes = _Planes(tree, *arrays, (x_low, x_high), (y_low, y_high), tie_tolerance)
    cells = _part(planes, max_polygons)
    if cells is None:

        def label(at_x: Floats, at_y: Floats) -> Indices:
            return names[solve_points(tree, *arrays, at_x, at_y, tie_tolerance)]

        return DecisionMap(x, y, raster, (), _mesh_lines(label, x, y, raster), False)
    labelled = merge([(polygon, int(names[planes.ends.main[t]])) for polygon, t in cells])

    def place(point: XY) -> XY:
        return x_low + point[0] * (x_high - x_low), y_low + point[1] * (y_high - y_low)

    regions = tuple(Region(name, tuple(place(point) for point in polygon)) for polygon, name in labelled)
    lines = tuple((place(start), place(end)) for start, end in boundaries(labelled))
    return DecisionMap(x, y, raster, regions, lines, True)


def _labels(tree: Tree, labels: Sequence[int] | None) -> Indices:
    if labels is None:
        return np.arange(len(tree.terminals), dtype=np.int32)
    given = np.asarray(labels)
    if given.shape != (len(tree.terminals),) or not np.issubdtype(given.dtype, np.integer):
        raise InputError(f"labels: give {len(tree.terminals)} whole numbers, one for each terminal.")
    return given.astype(np.int32)


class _Planes:
    """Payoffs as planes over the unit square, onto which the rectangle is mapped."""

    def __init__(
        self,
        tree: Tree,
        constant: ArrayLike,
        slope_x: ArrayLike,
        slope_y: ArrayLike,
        x_range: tuple[float, float],
        y_range: tuple[float, float],
        tie_tolerance: float,
    ) -> None:
        self.tree = tree
        self.tolerance = check_tolerance(tie_tolerance)
        base = payoff_array(tree, constant, "constant")
        by_x, by_y = payoff_array(tree, slope_x, "slope_x"), payoff_array(tree, slope_y, "slope_y")
        base = base + x_range[0] * by_x + y_range[0] * by_y
        self.ends = Outcomes(base, by_x * (x_range[1] - x_range[0]), by_y * (y_range[1] - y_range[0]))

    def above(self, player: int, t: int, u: int) -> HalfPlane | None:
        """Where the player likes terminal (or lottery) t more than u; None if the two tie everywhere."""
        first, second = ([table[player][each] for table in self.ends.tables] for each in (t, u))
        a, b, c = first[0] - second[0], first[1] - second[1], first[2] - second[2]
        rounding = _ROUNDING * sum(abs(number) for number in first + second)
        largest = max(abs(a), abs(a + b), abs(a + c), abs(a + b + c))
        return None if largest <= max(self.tolerance, rounding) else (a, b, c)


def _part(planes: _Planes, limit: int) -> list[Cell] | None:
    """Cells of the root, or None if some node needs more than the limit."""
    tree = planes.tree
    parts: dict[int, list[Cell]] = {}
    for unit in reversed(tree.information.units):
        nodes = [tree.nodes[n] for n in unit]
        children = [[parts.pop(c) if c >= 0 else [(UNIT_SQUARE, ~c)] for c in node.children] for node in nodes]
        if nodes[0].chance:
            found: list[list[Cell]] | None = _average(planes, nodes[0].probabilities, children[0], limit)
        elif len(unit) == 1:
            cells = _best(planes, nodes[0].player, children[0], limit)
            found = None if cells is None else [cells]
        else:
            found = _together(planes, unit, children, limit)
        if found is None:
            return None
        parts |= zip(unit, found, strict=True)
    return parts[0] if tree.nodes else [(UNIT_SQUARE, 0)]


def _best(planes: _Planes, player: int, children: Sequence[list[Cell]], limit: int) -> list[Cell] | None:
    """The best of a player's moves everywhere."""
    cells = children[0]
    for child in children[1:]:
        cells = _improve(planes, player, cells, child)
        if len(cells) > limit:
            return None
    return cells


def _average(
    planes: _Planes, probabilities: Sequence[float], children: Sequence[list[Cell]], limit: int
) -> list[list[Cell]] | None:
    """The lottery of a chance node everywhere."""
    overlaid = _overlay(children, limit)
    if overlaid is None:
        return None
    return [merge([(p, planes.ends.mix(list(zip(probabilities, ends, strict=True)))) for p, ends in overlaid])]


def _together(
    planes: _Planes, unit: Unit, children: Sequence[Sequence[list[Cell]]], limit: int
) -> list[list[Cell]] | None:
    """One move for all nodes of an information set: what each of them comes to everywhere."""
    information = planes.tree.information
    beliefs, player = information.beliefs[information.unit_of[unit[0]]], planes.tree.nodes[unit[0]].player
    moves: list[list[Cell]] = []
    ends_of: dict[int, tuple[int, ...]] = {}
    for column in zip(*children, strict=True):
        overlaid = _overlay(column, limit)
        if overlaid is None:
            return None
        cells = []
        for polygon, ends in overlaid:
            mixed = planes.ends.mix(list(zip(beliefs, ends, strict=True)))
            ends_of[mixed] = ends
            cells.append((polygon, mixed))
        moves.append(cells)
    best = _best(planes, player, moves, limit)
    if best is None:
        return None
    return [merge([(polygon, ends_of[mixed][k]) for polygon, mixed in best]) for k in range(len(unit))]


def _overlay(parts: Sequence[list[Cell]], limit: int) -> list[tuple[Polygon, tuple[int, ...]]] | None:
    """The common refinement: polygons with the end of each part; None if there are more than the limit."""
    found: list[tuple[Polygon, tuple[int, ...]]] = [(UNIT_SQUARE, ())]
    for part in parts:
        finer = []
        for polygon, ends in found:
            for other, end in part:
                if len(part) > 1 and apart(polygon, other):
                    continue
                both = polygon if len(part) == 1 else carve(polygon, borders(other))[0]
                if both is not None:
                    finer.append((both, (*ends, end)))
        found = finer
        if len(found) > limit:
            return None
    return found


def _improve(planes: _Planes, player: int, cells: list[Cell], child: list[Cell]) -> list[Cell]:
    """The better of two plays everywhere; ties stay with the first."""
    found: list[Cell] = []
    sides = [borders(polygon) for polygon, _ in child]
    for polygon, t in cells:
        left: list[Polygon] = [polygon]
        for (other, u), borders_of_other in zip(child, sides, strict=True):
            above = planes.above(player, u, t)
            if above is None or _nowhere(above, polygon) or (borders_of_other and apart(polygon, other)):
                continue
            still_left: list[Polygon] = []
            for part in left:
                taken, rest = carve(part, [above, *borders_of_other])
                still_left += rest
                if taken is not None:
                    found.append((taken, u))
            left = still_left
        found += [(part, t) for part in left]
    return merge(found) if len(found) > 1 else found


def _nowhere(half: HalfPlane, polygon: Polygon) -> bool:
    a, b, c = half
    return all(a + b * u + c * v <= 0.0 for u, v in polygon)


def _mesh_lines(
    label: Callable[[Floats, Floats], Indices], x: Floats, y: Floats, raster: Indices
) -> tuple[Segment, ...]:
    """Lines through the mesh: in each square, the points where its sides change label are joined.

    Two points are joined directly, more of them through their mean.
    """
    rows, across = np.nonzero(raster[:, 1:] != raster[:, :-1])
    along, columns = np.nonzero(raster[1:] != raster[:-1])
    start = np.concatenate([np.stack([x[across], y[rows]]), np.stack([x[columns], y[along]])], axis=1)
    end = np.concatenate([np.stack([x[across + 1], y[rows]]), np.stack([x[columns], y[along + 1]])], axis=1)
    points = _bisect(label, start, end)
    squares: dict[tuple[int, int], list[XY]] = {}
    horizontal = [((r, c), (r - 1, c)) for r, c in zip(rows.tolist(), across.tolist(), strict=True)]
    vertical = [((r, c), (r, c - 1)) for r, c in zip(along.tolist(), columns.tolist(), strict=True)]
    for k, pair in enumerate(horizontal + vertical):
        for r, c in pair:
            if 0 <= r < len(y) - 1 and 0 <= c < len(x) - 1:
                squares.setdefault((r, c), []).append((float(points[0, k]), float(points[1, k])))
    lines: list[Segment] = []
    for crossed in squares.values():
        if len(crossed) == 2:
            lines.append((crossed[0], crossed[1]))
        else:
            middle = (sum(p[0] for p in crossed) / len(crossed), sum(p[1] for p in crossed) / len(crossed))
            lines += [(point, middle) for point in crossed]
    return tuple(lines)


def _bisect(label: Callable[[Floats, Floats], Indices], start: Floats, end: Floats) -> NDArray[np.float64]:
    """[2, k] points between start and end [2, k] where the label changes from that at the start to another."""
    at_start = label(start[0], start[1])
    for _ in range(_HALVINGS):
        middle = (start + end) / 2
        stays = label(middle[0], middle[1]) == at_start
        start, end = np.where(stays, middle, start), np.where(stays, end, middle)
    return (start + end) / 2
