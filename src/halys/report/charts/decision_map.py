"""The decision map: which move is played for every pair of values of two stakes."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Any

import xarray as xr

from halys.report.charts.access import actor_labels, focal_moves, history_labels, stake_labels, units
from halys.report.charts.theme import BELOW, CROSSING, GREY, Spec, ink_on, move_colours, spec, to_chart

if TYPE_CHECKING:
    import altair as alt

_GRID = 100  # rows and columns that stand for a raster
_SMALL = 0.02  # of the map: parts below have no label in them


def chart_decision_map(game: xr.Dataset, answer: dict[str, Any]) -> alt.Chart | alt.LayerChart:
    """Areas of two stakes by the move that is played there, with the exact lines between them."""
    return to_chart(decision_map_spec(game, answer))


def decision_map_spec(game: xr.Dataset, answer: dict[str, Any]) -> Spec:
    """Vega-Lite of `chart_decision_map`."""
    drawn, histories = answer["map"], history_labels(game)
    polygons = drawn["polygons"] or _runs(game, answer)
    colours = _colours(answer, list(dict.fromkeys(_key(p) for p in polygons)))
    corners = [
        {"part": n, "order": k, "x": x, "y": y, "label": p.get("label") or "", "colour": colours[_key(p)]}
        | {"history": histories.get(p.get("history", ""), "")}
        for n, p in enumerate(polygons)
        for k, (x, y) in enumerate(p["points"])
    ]
    spans = {axis: _span([c[axis] for c in corners]) for axis in ("x", "y")}
    segments = [{"x": a[0], "y": a[1], "x2": b[0], "y2": b[1]} for a, b in drawn["lines"]]

    def axis(name: str) -> Spec:
        low, high = spans[name]
        scale = {"domain": [low, high], "nice": False, "zero": False}
        title = _title(game, str(drawn[name]))
        style = {"grid": False, "tickCount": 6, "titleLimit": {"expr": "width" if name == "x" else "height"}}
        return {"field": name, "type": "quantitative", "title": title, "scale": scale, "axis": style}

    x, y = axis("x"), axis("y")
    shape = {"type": "line", "filled": True, "interpolate": "linear-closed", "strokeWidth": 0.6, "strokeJoin": "round"}
    kept = {"type": "nominal", "scale": None}
    tooltip = [{"field": "label", "title": "Move"}]
    if any(corner["history"] for corner in corners):
        tooltip.append({"field": "history", "title": "History"})
    layers: list[Spec] = [
        {
            "data": {"values": corners},
            "mark": shape,
            "encoding": {
                "x": x,
                "y": y,
                "detail": {"field": "part", "type": "nominal"},
                "order": {"field": "order", "type": "quantitative"},
                "fill": {"field": "colour", **kept},
                "stroke": {"field": "colour", **kept},
                "tooltip": tooltip,
            },
        },
        {
            "data": {"values": segments},
            "mark": {"type": "rule", "color": "#ffffff", "strokeWidth": 1.3},
            "encoding": {"x": x, "y": y, "x2": {"field": "x2"}, "y2": {"field": "y2"}},
        },
        {
            "data": {"values": _labels(polygons, spans, colours)},
            "mark": {"type": "text", "fontSize": 12, "fontWeight": "bold", "color": {"expr": "datum.ink"}}
            | {"limit": {"expr": "datum.wide * width - 8"}},
            "encoding": {"x": x, "y": y, "text": {"field": "label"}},
        },
    ]
    if drawn.get("at"):
        here = {"x": drawn["at"][0], "y": drawn["at"][1], "text": "Reference values"}
        point = {"type": "point", "shape": "diamond", "filled": True, "size": 130, "opacity": 1, "color": "#10151b"}
        layers.append(
            {
                "data": {"values": [here]},
                "mark": {**point, "stroke": "#ffffff", "strokeWidth": 1.4},
                "encoding": {"x": x, "y": y, "tooltip": [{"field": "text", "title": "Point"}]},
            }
        )
    note = [
        f"Stakes in {units(game, 'stake_value', '% a year')}. Blue: the line is not crossed; brown: it is.",
        f"White lines: there the play changes{', exactly' if drawn.get('exact', True) else ', about'}. "
        "The diamond marks the reference values.",
    ]
    return spec("The decision map", note, {"layer": layers}, height=400)


def _runs(game: xr.Dataset, answer: dict[str, Any]) -> list[dict[str, Any]]:
    """Rectangles of equal move from the raster, for maps with too many parts to have polygons."""
    raster = game["map_history"].transpose("map_y", "map_x")
    every = max(1, raster.sizes["map_y"] // _GRID)
    coarse = raster.isel(map_y=slice(None, None, every), map_x=slice(None, None, every))
    xs, ys = coarse["map_x"].values, coarse["map_y"].values
    labels = {str(rung["move"]): rung["label"] for rung in answer.get("ladder") or []}
    names = [str(name) for name in raster.attrs.get("moves", [])]
    found = []
    for n, row in enumerate(coarse.values[:-1]):
        starts = [0, *(k + 1 for k in range(len(row) - 1) if row[k] != row[k + 1])]
        for start, stop in zip(starts, [*starts[1:], len(row) - 1], strict=True):
            move = names[int(row[start])]
            corners = [(xs[start], ys[n]), (xs[stop], ys[n]), (xs[stop], ys[n + 1]), (xs[start], ys[n + 1])]
            points = [[float(x), float(y)] for x, y in corners]
            found.append({"move": move, "label": labels.get(move, move), "points": points})
    return found


def _key(polygon: dict[str, Any]) -> str:
    """What the colour of a part stands for: the focal move, or without a focus the history."""
    return str(polygon.get("move") or polygon.get("history"))


def _colours(answer: dict[str, Any], keys: list[str]) -> dict[str, str]:
    known = move_colours(focal_moves(answer))
    spare = [*BELOW, *CROSSING]
    others = [key for key in keys if key not in known]
    return known | {key: spare[n] if n < len(spare) else GREY for n, key in enumerate(others)}


def _span(values: list[float]) -> tuple[float, float]:
    low, high = min(values), max(values)
    return low, high if high > low else low + 1.0


def _title(game: xr.Dataset, stake: str) -> str:
    labels, actors = stake_labels(game), actor_labels(game)
    if stake not in labels:
        return stake
    owner = str(game["stake_actor"].sel(stake=stake).item())
    return f"{actors.get(owner, owner)}: {labels[stake]} (% of income a year)"


def _labels(
    polygons: list[dict[str, Any]], spans: dict[str, tuple[float, float]], colours: dict[str, str]
) -> list[Spec]:
    """One label for each move, in the largest part where it is played."""
    (x0, x1), (y0, y1) = spans["x"], spans["y"]
    parts: dict[str, list[tuple[float, dict[str, Any]]]] = defaultdict(list)
    for polygon in polygons:
        parts[_key(polygon)].append((_area(polygon["points"]) / ((x1 - x0) * (y1 - y0)), polygon))
    found = []
    for sized in parts.values():
        size, polygon = max(sized, key=lambda pair: pair[0])
        xs, ys = [p[0] for p in polygon["points"]], [p[1] for p in polygon["points"]]
        if size >= _SMALL:
            middle = {"x": sum(xs) / len(xs), "y": sum(ys) / len(ys), "wide": (max(xs) - min(xs)) / (x1 - x0)}
            found.append({**middle, "label": polygon.get("label") or "", "ink": ink_on(colours[_key(polygon)])})
    return found


def _area(points: list[list[float]]) -> float:
    following = [*points[1:], points[0]]
    return abs(sum(a[0] * b[1] - b[0] * a[1] for a, b in zip(points, following, strict=True))) / 2
