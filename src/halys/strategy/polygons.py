"""Convex polygons in the unit square: cutting by a line, carving one out of another, merging neighbours.

A polygon is its vertices, counter-clockwise. A half-plane is (a, b, c): the points with a + b·u + c·v ≥ 0. Vertices
closer to a line than `EPSILON` lie on it, so that cuts by lines that agree up to rounding leave no slivers.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from math import hypot
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

Point: TypeAlias = tuple[float, float]
Polygon: TypeAlias = tuple[Point, ...]
HalfPlane: TypeAlias = tuple[float, float, float]
Cell: TypeAlias = tuple[Polygon, int]
"""A polygon and what holds on it."""

EPSILON = 1e-12
UNIT_SQUARE: Polygon = ((0.0, 0.0), (1.0, 0.0), (1.0, 1.0), (0.0, 1.0))

_DIGITS = 10  # vertices that agree to so many digits are the same corner
_TOUCH = 1e-9  # edges this close lie on one line
_ROWS = 256  # edges compared with all others at once


def split(polygon: Polygon, half: HalfPlane) -> tuple[Polygon | None, Polygon | None]:
    """The parts of a polygon inside and outside a half-plane; None for a part without area."""
    a, b, c = half
    norm = hypot(b, c)
    if norm == 0.0:
        return (polygon, None) if a > 0.0 else (None, polygon)
    distance = [(a + b * u + c * v) / norm for u, v in polygon]
    if max(distance) <= EPSILON:
        return None, polygon
    if min(distance) >= -EPSILON:
        return polygon, None
    inside: list[Point] = []
    outside: list[Point] = []
    for k, point in enumerate(polygon):
        before, here = distance[k - 1], distance[k]
        if (before > EPSILON and here < -EPSILON) or (before < -EPSILON and here > EPSILON):
            (u, v), share = polygon[k - 1], before / (before - here)
            cut = (u + share * (point[0] - u), v + share * (point[1] - v))
            inside.append(cut)
            outside.append(cut)
        if here >= -EPSILON:
            inside.append(point)
        if here <= EPSILON:
            outside.append(point)
    return tuple(inside), tuple(outside)


def carve(polygon: Polygon, halves: Iterable[HalfPlane]) -> tuple[Polygon | None, list[Polygon]]:
    """The part of a polygon inside all half-planes, and the rest in convex parts (whole, if nothing is inside)."""
    inside, rest = polygon, []
    for half in halves:
        within, beyond = split(inside, half)
        if within is None:
            return None, [polygon]
        if beyond is not None:
            rest.append(beyond)
        inside = within
    return inside, rest


def borders(polygon: Polygon) -> list[HalfPlane]:
    """The half-planes whose intersection with the unit square is the polygon."""
    halves = []
    for k, (u, v) in enumerate(polygon):
        du, dv = u - polygon[k - 1][0], v - polygon[k - 1][1]
        on_frame = (du == 0.0 and u in (0.0, 1.0)) or (dv == 0.0 and v in (0.0, 1.0))
        if not on_frame:
            halves.append((dv * u - du * v, -dv, du))
    return halves


def apart(first: Polygon, second: Polygon) -> bool:
    """Whether the boxes around two polygons do not overlap; if so, neither do the polygons."""
    for axis in (0, 1):
        one, two = [p[axis] for p in first], [p[axis] for p in second]
        if max(one) - min(two) <= EPSILON or max(two) - min(one) <= EPSILON:
            return True
    return False


def merge(cells: Sequence[Cell]) -> list[Cell]:
    """The same partition with fewer cells: neighbours of one value become one where their union is convex.

    The union of two convex polygons that touch is convex only if they share a whole edge, so edges are matched.
    """
    alive: dict[int, Cell] = {k: (_without_flat(polygon), value) for k, (polygon, value) in enumerate(cells)}
    edge_of: dict[tuple[object, ...], int] = {}
    waiting = list(alive)
    following = len(waiting)
    while waiting:
        k = waiting.pop()
        if k not in alive:
            continue
        polygon, value = alive[k]
        for at, end in enumerate(polygon):
            start = polygon[at - 1]
            other = edge_of.get((value, _corner(end), _corner(start)))
            if other is None or other not in alive:
                continue
            union = _union(polygon, alive[other][0], at)
            if union is not None:
                del alive[k], alive[other]
                alive[following] = (union, value)
                waiting.append(following)
                following += 1
                break
        else:
            for at, end in enumerate(polygon):
                edge_of[value, _corner(polygon[at - 1]), _corner(end)] = k
    return list(alive.values())


def boundaries(cells: Sequence[Cell]) -> list[tuple[Point, Point]]:
    """Segments that part cells of different values; those on one line that touch are one segment."""
    edges = [(polygon[k - 1], end, value) for polygon, value in cells for k, end in enumerate(polygon)]
    inner = [e for e in edges if not _on_frame(e[0], e[1])]
    if not inner:
        return []
    ends = np.array([(*start, *end) for start, end, _ in inner])
    values = np.array([value for *_, value in inner])
    found: list[tuple[Point, Point]] = []
    for start in range(0, len(inner), _ROWS):
        found += _shared(ends[start : start + _ROWS], values[start : start + _ROWS], ends, values)
    return _joined(found)


def _shared(
    ends: NDArray[np.float64], values: NDArray[np.int_], all_ends: NDArray[np.float64], all_values: NDArray[np.int_]
) -> list[tuple[Point, Point]]:
    """Overlaps of edges with edges of other values, each measured on the longer of the two."""
    origin, along = ends[:, None, :2], ends[:, None, 2:] - ends[:, None, :2]
    length = np.hypot(along[..., 0], along[..., 1])
    unit = along / length[..., None]
    offset = np.stack([all_ends[None, :, :2] - origin, all_ends[None, :, 2:] - origin])
    across = np.abs(unit[..., 0] * offset[..., 1] - unit[..., 1] * offset[..., 0]).max(axis=0)
    on = (unit * offset).sum(axis=-1)
    low, high = np.maximum(on.min(axis=0), 0.0), np.minimum(on.max(axis=0), length)
    all_length = np.hypot(all_ends[:, 2] - all_ends[:, 0], all_ends[:, 3] - all_ends[:, 1])
    longer = (length > all_length) | ((length == all_length) & (values[:, None] < all_values))
    pairs = np.argwhere((values[:, None] != all_values) & (across <= _TOUCH) & (high - low > _TOUCH) & longer)
    found = []
    for i, j in pairs:
        first, last = (ends[i, :2] + at[i, j] * unit[i, 0] for at in (low, high))
        found.append(((float(first[0]), float(first[1])), (float(last[0]), float(last[1]))))
    return found


def _joined(segments: list[tuple[Point, Point]]) -> list[tuple[Point, Point]]:
    groups: list[tuple[Point, Point, list[tuple[float, float]]]] = []
    for start, end in sorted(segments, key=lambda s: -hypot(s[1][0] - s[0][0], s[1][1] - s[0][1])):
        for origin, unit, spans in groups:
            on = [_on_line(origin, unit, point) for point in (start, end)]
            if all(abs(across) <= _TOUCH for _, across in on):
                spans.append((min(on)[0], max(on)[0]))
                break
        else:
            length = hypot(end[0] - start[0], end[1] - start[1])
            unit = ((end[0] - start[0]) / length, (end[1] - start[1]) / length)
            groups.append((start, unit, [(0.0, length)]))
    joined = []
    for origin, unit, spans in groups:
        runs: list[list[float]] = []
        for low, high in sorted(spans):
            if runs and low <= runs[-1][1] + _TOUCH:
                runs[-1][1] = max(runs[-1][1], high)
            else:
                runs.append([low, high])
        joined += [(_along(origin, unit, low), _along(origin, unit, high)) for low, high in runs]
    return joined


def _on_line(origin: Point, unit: Point, point: Point) -> tuple[float, float]:
    du, dv = point[0] - origin[0], point[1] - origin[1]
    return du * unit[0] + dv * unit[1], du * unit[1] - dv * unit[0]


def _along(origin: Point, unit: Point, at: float) -> Point:
    return origin[0] + at * unit[0], origin[1] + at * unit[1]


def _on_frame(start: Point, end: Point) -> bool:
    return any(
        abs(start[axis] - side) <= EPSILON and abs(end[axis] - side) <= EPSILON
        for axis in (0, 1)
        for side in (0.0, 1.0)
    )


def _corner(point: Point) -> Point:
    return round(point[0], _DIGITS) + 0.0, round(point[1], _DIGITS) + 0.0


def _depth(before: Point, point: Point, after: Point) -> float:
    """How far a vertex stands out of the chord of its neighbours; negative where it is a dent."""
    du, dv = after[0] - before[0], after[1] - before[1]
    length = hypot(du, dv)
    cross = (point[0] - before[0]) * dv - (point[1] - before[1]) * du
    return cross / length if length > 0.0 else 0.0


def _without_flat(polygon: Polygon) -> Polygon:
    """The polygon without vertices that lie on the chord of their neighbours."""
    kept = list(polygon)
    k = 0
    while k < len(kept) and len(kept) > 3:
        if _depth(kept[k - 1], kept[k], kept[(k + 1) % len(kept)]) <= EPSILON:
            del kept[k]
            k = max(k - 1, 0)
        else:
            k += 1
    return tuple(kept)


def _union(first: Polygon, second: Polygon, at: int) -> Polygon | None:
    """The union across the edge of `first` that ends at vertex `at`, or None where it is not convex."""
    end, start = _corner(first[at]), _corner(first[at - 1])
    corners = [_corner(point) for point in second]
    if end not in corners or start not in corners:
        return None
    begin = corners.index(start)  # the other polygon runs along the edge backwards: end, then start
    ring = [*first[at:], *first[:at], *(second[(begin + k) % len(second)] for k in range(1, len(second) - 1))]
    size = len(first)
    for joint in (0, size - 1):
        if _depth(ring[joint - 1], ring[joint], ring[(joint + 1) % len(ring)]) < -EPSILON:
            return None
    return _without_flat(tuple(ring))
