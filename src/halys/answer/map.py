"""The decision map: what is played over two stakes."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import xarray as xr

from halys.answer.position import Position
from halys.strategy import draw_map, solve_many

SIZE = 400


class Map(NamedTuple):
    """`data`: regions and lines in plain data. `raster`: index of the history played on a grid of both stakes."""

    data: dict[str, Any]
    raster: xr.DataArray


def describe_map(position: Position, axes: tuple[int, int] | None = None, size: int = SIZE) -> Map | None:
    """The play over the two stakes that the scenario names, else the first of the focal actor and of the replier.

    Regions are those of the focal move; `history` is the one played in the middle of a region. None where there are no
    two stakes.

    Args:
        axes: other stakes, by position. size: points of the raster along each axis.
    """
    axes = axes or _axes(position)
    if axes is None or position.focal_node is None:
        return None
    x, y = axes
    p, stakes = position.payoffs, position.stakes
    value = p.value.copy()
    value[[x, y]] = 0.0
    slopes = [p.along(k)[1] for k in (x, y)]
    ranges = [(float(p.low[k]), float(p.high[k])) for k in (x, y)]
    names = list(dict.fromkeys(position.focal_moves))
    labels = [names.index(move) for move in position.focal_moves]
    constant = p.total(value)
    drawn = draw_map(position.tree, constant, slopes[0], slopes[1], ranges[0], ranges[1], size, labels=labels)
    assert position.focus is not None
    stage = position.focus.stage
    middles = np.array([np.mean(region.points, axis=0) for region in drawn.polygons]).reshape(-1, 2)
    _, reached = solve_many(position.tree, constant + np.tensordot(middles, np.stack(slopes), axes=1))
    data = {
        "x": stakes[x],
        "y": stakes[y],
        "x_label": _label(position, x),
        "y_label": _label(position, y),
        "x_range": list(ranges[0]),
        "y_range": list(ranges[1]),
        "at": [float(p.value[x]), float(p.value[y])],
        "exact": drawn.exact,
        "polygons": [
            {
                "move": names[region.label],
                "history": position.history(int(terminal)),
                "label": "—" if names[region.label] is None else position.label_of(stage, str(names[region.label])),
                "crosses": position.crosses(names[region.label]),
                "points": [list(map(float, point)) for point in region.points],
            }
            for region, terminal in zip(drawn.polygons, reached[:, 0], strict=True)
        ],
        "lines": [[list(map(float, a)), list(map(float, b))] for a, b in drawn.lines],
    }
    attributes = {"long_name": "Focal move played", "units": "1", "moves": [str(n) for n in names]}
    places = {"map_y": drawn.y, "map_x": drawn.x}
    raster = xr.DataArray(drawn.raster.astype(np.int16), places, ("map_y", "map_x"), attrs=attributes)
    return Map(data, raster)


def _label(position: Position, stake: int) -> str:
    found = position.scenario.file.stakes[position.stakes[stake]]
    return f"{position.scenario.file.actors[found.actor].label}: {found.label}"


def _axes(position: Position) -> tuple[int, int] | None:
    focus, node = position.focus, position.focal_node
    if focus is None or node is None:
        return None
    if focus.map is not None:
        return position.stakes.index(focus.map[0]), position.stakes.index(focus.map[1])
    owners = [position.actors[o] for o in position.payoffs.owner]
    first = position.actors[position.tree.nodes[node].player]
    second = None if focus.reply is None else position.actor_of(focus.reply)
    if first in owners and second in owners:
        x, y = owners.index(first), owners.index(second)
        if x != y:
            return x, y
    return (0, 1) if len(owners) > 1 else None
