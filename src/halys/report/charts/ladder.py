"""The ladder of the focal decision, and the lines on it: values of each stake at which the move changes."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Any

import xarray as xr

from halys.report.charts.access import focal_moves, units
from halys.report.charts.format import change, plain
from halys.report.charts.theme import GREY, LOSS, SIGNED_LABELS, Spec, ink, ink_on, move_colours, spec, to_chart

if TYPE_CHECKING:
    import altair as alt

_RUNG = 58  # pixels
_NUMBERS = 116  # for the column of numbers
_STRIP = 84
_APART = 0.09  # of the strip: labels that stand closer would run into each other


def chart_ladder(game: xr.Dataset, answer: dict[str, Any]) -> alt.Chart | alt.LayerChart:
    """What each rung costs the actor of the focal decision, with what follows it; the mildest rung at the foot."""
    return to_chart(ladder_spec(game, answer))


def chart_lines(game: xr.Dataset, answer: dict[str, Any]) -> alt.Chart | alt.LayerChart:
    """For each stake that matters the move chosen along its range, where it changes, and the reference value."""
    return to_chart(lines_spec(game, answer))


def moving_lines(answer: dict[str, Any]) -> list[dict[str, Any]]:
    """The stakes within whose ranges the move changes; where none does, those of the actor who decides."""
    lines = list(answer.get("lines") or [])
    own = (answer.get("focus") or {}).get("actor")
    moving = [line for line in lines if len(line["pieces"]) > 1]
    return moving or [line for line in lines if line["actor"] == own] or lines


def ladder_spec(game: xr.Dataset, answer: dict[str, Any]) -> Spec:
    """Vega-Lite of `chart_ladder`."""
    rungs, actor = list(reversed(answer["ladder"])), answer["focus"]["actor_label"]
    colours, played = move_colours(focal_moves(answer)), (answer.get("played") or {}).get("move")
    rows: list[dict[str, Any]] = []
    for n, rung in enumerate(rungs):
        follows = rung.get("path_label")
        rows.append(
            {
                "row": n,
                "label": f"{rung['label']}{' (played)' if rung['move'] == played else ''}",
                "follows": f"then {follows}" if follows else "nothing follows",
                "percent": rung["percent"],
                "text": change(rung["percent"], rung["billion"]),
                "colour": colours[rung["move"]],
                "line": "crosses the line" if rung["crosses"] else "stays below the line",
            }
        )
    lines = [n + 1 for n, (a, b) in enumerate(pairwise(rungs)) if a["crosses"] != b["crosses"]]
    high, low = max(0.0, *(r["percent"] for r in rungs)), min(0.0, *(r["percent"] for r in rungs))
    y: Spec = {
        "field": "row",
        "type": "quantitative",
        "axis": None,
        "scale": {"domain": [0, len(rows)], "nice": False, "reverse": True},
    }
    x = {
        "field": "percent",
        "type": "quantitative",
        "title": f"% of income of {actor}, a year",
        "scale": {
            "domain": [low, high if high > low else low + 1.0],
            "nice": True,
            "range": [0, {"expr": f"width - {_NUMBERS}"}],
        },
        "axis": {"grid": True, "tickCount": 5, "labelExpr": SIGNED_LABELS},
    }
    wide = {"type": "text", "baseline": "middle", "limit": {"expr": "width"}}
    tooltip = [
        {"field": "label", "title": "Move"},
        {"field": "text", "title": actor},
        {"field": "follows", "title": "What follows"},
        {"field": "line", "title": "The line"},
    ]
    layers: list[Spec] = [
        {
            "mark": {"type": "rect", "yOffset": _RUNG * 0.42, "y2Offset": _RUNG * 0.62},
            "encoding": {
                "y": y,
                "y2": {"field": "row"},
                "x": x,
                "x2": {"datum": 0},
                "color": {"field": "colour", "type": "nominal", "scale": None},
                "tooltip": tooltip,
            },
        },
        {"data": {"values": [{}]}, "mark": {"type": "rule", "strokeWidth": 1.2}, "encoding": {"x": {"datum": 0}}},
        {
            "mark": {
                **wide,
                "align": "left",
                "yOffset": _RUNG * 0.25,
                "fontSize": 13,
                "fontWeight": "bold",
                "limit": {"expr": f"width - {_NUMBERS}"},
            },
            "encoding": {"y": y, "x": {"value": 0}, "text": {"field": "label"}},
        },
        {
            "mark": {**wide, "align": "right", "yOffset": _RUNG * 0.25, "fontSize": 13},
            "encoding": {"y": y, "x": {"value": "width"}, "text": {"field": "text"}},
        },
        {
            "mark": {**wide, "align": "left", "yOffset": _RUNG * 0.8, "color": ink("faint"), "fontSize": 11.5}
            | {"limit": {"expr": "width - 60"}},
            "encoding": {"y": y, "x": {"value": 0}, "text": {"field": "follows"}},
        },
    ]
    if lines:
        at: Spec = {"data": {"values": [{"row": n} for n in lines]}}
        dash = {"type": "rule", "strokeDash": [5, 3], "strokeWidth": 1.6, "color": LOSS}
        words = {"type": "text", "align": "right", "dy": -6, "color": LOSS, "fontSize": 11.5, "fontWeight": "bold"}
        across = {"y": y, "x": {"value": 0}, "x2": {"value": "width"}}
        layers.append({**at, "mark": dash, "encoding": across})
        layers.append(
            {**at, "mark": words, "encoding": {"y": y, "x": {"value": "width"}, "text": {"value": "the line"}}}
        )
    parts: Spec = {"data": {"values": rows}, "layer": layers}
    title = f"The ladder of {actor}"
    note = [
        f"Change of real income, {units(game, 'welfare', '% a year')}, with billion US dollars a year in brackets.",
        "Each rung with what follows it in subgame-perfect play; the mildest at the foot. Brown rungs cross the line.",
    ]
    return spec(title, note, parts, height=_RUNG * len(rows))


def lines_spec(game: xr.Dataset, answer: dict[str, Any]) -> Spec:
    """Vega-Lite of `chart_lines`."""
    colours = move_colours(focal_moves(answer))
    segments: list[Spec] = []
    heads: list[Spec] = []
    ticks: list[Spec] = []
    bands: list[Spec] = []
    for n, line in enumerate(moving_lines(answer)):
        width = (line["high"] - line["low"]) or 1.0

        def place(value: float, low: float = line["low"], width: float = width) -> float:
            return (value - low) / width

        what = f"{line['actor_label']}: {line['label']}"
        heads.append({"row": n, "text": what, "value": place(line["value"]), "at": f"{plain(line['value'])} %"})
        for piece in line["pieces"]:
            label, span = piece.get("move_label") or "", place(piece["high"]) - place(piece["low"])
            segments.append(
                {
                    "row": n,
                    "low": place(piece["low"]),
                    "high": place(piece["high"]),
                    "middle": (place(piece["low"]) + place(piece["high"])) / 2,
                    "span": span,
                    "label": label if span > 0.05 else "",
                    "move": label,
                    "colour": (colour := colours.get(str(piece.get("move")), GREY)),
                    "ink": ink_on(colour),
                    "range": f"{plain(piece['low'])} to {plain(piece['high'])} % of income a year",
                    "stake": what,
                }
            )
        ticks += [{"row": n, **tick} for tick in _ticks(line, place)]
        bands += [{"row": n, "stake": what, **band} for band in _bands(line, place)]
    x = {"type": "quantitative", "axis": None, "scale": {"domain": [0, 1], "nice": False}}
    y: Spec = {"field": "row", "type": "quantitative", "axis": None}
    y |= {"scale": {"domain": [0, len(heads)], "nice": False, "reverse": True}}
    bar = _STRIP * 0.44
    tooltip = [
        {"field": "stake", "title": "Stake"},
        {"field": "range", "title": "Worth"},
        {"field": "move", "title": "Then"},
    ]
    text: Spec = {"type": "text", "baseline": "middle"}
    layers: list[Spec] = [
        {
            "data": {"values": segments},
            "mark": {"type": "rect", "y2Offset": bar + 13, "yOffset": bar - 13, "stroke": ink("paper")},
            "encoding": {
                "x": {"field": "low", **x},
                "x2": {"field": "high"},
                "y": y,
                "y2": {"field": "row"},
                "color": {"field": "colour", "type": "nominal", "scale": None},
                "tooltip": tooltip,
            },
        },
        {
            "data": {"values": segments},
            "mark": {
                **text,
                "yOffset": bar,
                "fontSize": 11.5,
                "color": {"expr": "datum.ink"},
                "limit": {"expr": "datum.span * width - 8"},
            },
            "encoding": {"x": {"field": "middle", **x}, "y": y, "text": {"field": "label"}},
        },
        {
            "data": {"values": bands},
            "mark": {"type": "rule", "yOffset": bar + 15, "strokeWidth": 4, "color": ink("ink"), "opacity": 0.55},
            "encoding": {
                "x": {"field": "low", **x},
                "x2": {"field": "high"},
                "y": y,
                "tooltip": [{"field": "stake", "title": "Stake"}, {"field": "text", "title": "Economics moves it"}],
            },
        },
        {
            "data": {"values": ticks},
            "mark": {**text, "yOffset": bar + 27, "fontSize": 11.5, "align": {"expr": "datum.align"}},
            "encoding": {"x": {"field": "at", **x}, "y": y, "text": {"field": "text"}},
        },
        {
            "data": {"values": heads},
            "mark": {**text, "yOffset": 10, "align": "left", "fontWeight": "bold", "limit": {"expr": "width"}},
            "encoding": {"x": {"value": 0}, "y": y, "text": {"field": "text"}},
        },
        {
            "data": {"values": heads},
            "mark": {
                "type": "point",
                "shape": "diamond",
                "filled": True,
                "size": 90,
                "yOffset": bar - 13,
                "color": ink("ink"),
                "stroke": ink("paper"),
                "opacity": 1,
            },
            "encoding": {
                "x": {"field": "value", **x},
                "y": y,
                "tooltip": [{"field": "at", "title": "Reference value"}],
            },
        },
    ]
    note = [
        f"What each stake is worth, {units(game, 'stake_value', '% a year')}. A strip is the whole range of its stake,",
        "the diamond the reference value. Under the strip stand the values at which the move changes.",
        "Stakes that change nothing within their ranges are left out. Bars under a strip: how far any one number of",
        "the economics, over its range, moves that value.",
    ]
    return spec("The lines", note, {"layer": layers}, height=_STRIP * len(heads))


def _bands(line: dict[str, Any], place: Any) -> list[Spec]:
    """Bars under a strip for the changes within it: how far the economics moves them, cut at the ends of the strip."""
    found = []
    for b in line["breaks"]:
        if line["low"] < b["at"] < line["high"] and "band_low" in b:
            low = line["low"] if b["band_low"] is None else b["band_low"]
            high = line["high"] if b["band_high"] is None else b["band_high"]
            ends = [min(max(place(value), 0.0), 1.0) for value in (low, high)]
            found.append({"low": ends[0], "high": ends[1], "text": f"{plain(low)} to {plain(high)} %"})
    return found


def _ticks(line: dict[str, Any], place: Any) -> list[Spec]:
    """Labels under a strip: both ends, and those changes that leave room, changes across the line first."""
    ends = [{"at": 0.0, "text": f"{plain(line['low'])} %", "align": "left"}]
    ends += [{"at": 1.0, "text": f"{plain(line['high'])} %", "align": "right"}]
    inside = [b for b in line["breaks"] if line["low"] < b["at"] < line["high"]]
    for b in sorted(inside, key=lambda b: not b.get("flips")):
        at = place(b["at"])
        if all(abs(at - tick["at"]) > _APART for tick in ends):
            ends.append({"at": at, "text": f"{plain(b['at'])} %", "align": "center"})
    return ends
