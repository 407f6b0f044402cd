"""Charts of a campaign: what is held in each quarter, the fan of losses, and the window in which a line can be kept."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from halys.errors import InputError, did_you_mean
from halys.report.charts.format import plain, share, signed
from halys.report.charts.theme import (
    BLUE,
    BROWN,
    GREEN,
    GREY,
    ORANGE,
    PURPLE,
    SKY,
    VERMILION,
    Spec,
    actor_colours,
    ink,
    move_colours,
    spec,
    to_chart,
)

if TYPE_CHECKING:
    import altair as alt

_LINES = (BLUE, VERMILION, GREEN, PURPLE, ORANGE, SKY, BROWN, GREY)
_FREE = "#5d6672"


def chart_fan(record: Mapping[str, Any], actor: str) -> alt.Chart | alt.LayerChart:
    """Cumulated change of an actor's real income by quarter: median and the middle 50 and 90 % of the paths.

    Args:
        record: `halys.run_campaign(...).data`. actor: its id.

    Raises:
        InputError: no such actor.
    """
    return to_chart(fan_spec(record, actor))


def chart_window(record: Mapping[str, Any], line: int = 0) -> alt.Chart | alt.LayerChart:
    """How likely a line is kept for good, by the quarter from which a policy holds."""
    return to_chart(window_spec(record, record["lines"][line]))


def chart_held(record: Mapping[str, Any], track: str) -> alt.Chart | alt.LayerChart:
    """The share of paths on which each level of a track is held, by quarter."""
    return to_chart(held_spec(record, track))


def fan_spec(record: Mapping[str, Any], actor: str) -> Spec:
    """Vega-Lite of `chart_fan`."""
    found = {entry["id"]: entry for entry in record["actors"]}
    if actor not in found:
        raise InputError(
            f"{actor!r} is no actor of the campaign.{did_you_mean(actor, found)} It has {', '.join(found)}."
        )
    fan, money = found[actor]["percent"], found[actor]["billion"]
    colour = actor_colours(found)[actor]
    rows = [
        {
            "quarter": quarter,
            **{name: fan[name][n] for name in ("q5", "q25", "q50", "q75", "q95")},
            "words": f"{signed(fan['q50'][n])} % ({signed(money['q50'][n])} bn)",
            "span": f"{signed(fan['q5'][n])} to {signed(fan['q95'][n])} %",
        }
        for n, quarter in enumerate(record["quarters"])
    ]
    x, y = _quarters(record), {"type": "quantitative", "title": "% of one year's income, cumulated"}
    tooltip = [
        {"field": "quarter", "title": "Quarter"},
        {"field": "words", "title": "Median"},
        {"field": "span", "title": "5 to 95 %"},
    ]

    def band(low: str, high: str, opacity: float) -> Spec:
        return {
            "mark": {"type": "area", "color": colour, "opacity": opacity},
            "encoding": {"x": x, "y": {"field": low, **y}, "y2": {"field": high}, "tooltip": tooltip},
        }

    layers = [
        band("q5", "q95", 0.18),
        band("q25", "q75", 0.32),
        {
            "mark": {"type": "line", "color": colour, "strokeWidth": 2.5},
            "encoding": {"x": x, "y": {"field": "q50", **y}, "tooltip": tooltip},
        },
        {"mark": {"type": "rule", "color": ink("faint")}, "encoding": {"y": {"datum": 0}}},
    ]
    note = ["Against no level being changed. Line: median of the paths; dark: the middle half; pale: nine tenths."]
    words = f"{found[actor]['label']}: {rows[-1]['words']} at the end in the middle of the paths, {rows[-1]['span']}."
    parts: Spec = {"data": {"values": rows}, "layer": layers, "description": words}
    return spec(f"{found[actor]['label']}: cumulated change of real income", note, parts, height=220)


def window_spec(record: Mapping[str, Any], line: Mapping[str, Any]) -> Spec:
    """Vega-Lite of `chart_window`."""
    rows = [
        {
            "quarter": quarter,
            "policy": window["label"],
            "kept": 100 * window["kept"][n],
            "words": share({"share": window["kept"][n], "standard_error": window["standard_error"][n], "paths": None}),
        }
        for window in line["windows"]
        for n, quarter in enumerate(record["quarters"])
    ]
    names = [window["label"] for window in line["windows"]]
    colours = [_FREE, *(_LINES[n % len(_LINES)] for n in range(len(names) - 1))]
    dashes = [[1, 0], [6, 2], [2, 2], [8, 3, 2, 3], [4, 4], [1, 3]]
    x = _quarters(record)
    y: Spec = {"type": "quantitative", "title": "% of paths on which the line is kept", "scale": {"domain": [0, 100]}}
    legend = {"title": None, "columns": {"expr": "width < 520 ? 1 : 2"}, "labelLimit": 320}
    layers: list[Spec] = [
        {
            "mark": {"type": "line", "strokeWidth": 2.5, "point": {"size": 24, "filled": True}},
            "encoding": {
                "x": x,
                "y": {"field": "kept", **y},
                "color": {
                    "field": "policy",
                    "type": "nominal",
                    "scale": {"domain": names, "range": colours},
                    "legend": legend,
                },
                "strokeDash": {
                    "field": "policy",
                    "type": "nominal",
                    "scale": {"domain": names, "range": [dashes[n % len(dashes)] for n in range(len(names))]},
                    "legend": None,
                },
                "tooltip": [
                    {"field": "quarter", "title": "From"},
                    {"field": "policy", "title": "Policy"},
                    {"field": "words", "title": "Kept for good"},
                ],
            },
        },
        {
            "mark": {"type": "rule", "strokeDash": [3, 3], "color": ink("faint")},
            "encoding": {"y": {"datum": 50}},
        },
    ]
    note = ["If, from a quarter on, a policy holds and was not expected before. Dashed: 50 %, where the window closes."]
    ends = "; ".join(
        f"{w['label']}: {plain(100 * w['kept'][0])} % at first, {plain(100 * w['kept'][-1])} % at last"
        for w in line["windows"]
    )
    parts: Spec = {"data": {"values": rows}, "layer": layers, "description": f"The line is kept. {ends}."}
    return spec("How long the line can be kept", note, parts, height=260)


def held_spec(record: Mapping[str, Any], track: str) -> Spec:
    """Vega-Lite of `chart_held`."""
    found = {entry["id"]: entry for entry in record["tracks"]}
    if track not in found:
        raise InputError(
            f"{track!r} is no track of the campaign.{did_you_mean(track, found)} It has {', '.join(found)}."
        )
    levels: Sequence[Mapping[str, Any]] = found[track]["levels"]
    ramp = move_colours([(level["id"], level["crosses"]) for level in levels])
    rows = [
        {
            "quarter": quarter,
            "order": k,
            "level": level["label"],
            "share": 100 * found[track]["shares"][n][k],
            "words": f"{plain(100 * found[track]['shares'][n][k])} %",
        }
        for n, quarter in enumerate(record["quarters"])
        for k, level in enumerate(levels)
    ]
    scale = {"domain": [level["label"] for level in levels], "range": [ramp[level["id"]] for level in levels]}
    encoding: Spec = {
        "x": _quarters(record),
        "y": {
            "field": "share",
            "type": "quantitative",
            "stack": "zero",
            "title": "% of paths",
            "scale": {"domain": [0, 100]},
        },
        "color": {
            "field": "level",
            "type": "nominal",
            "sort": None,
            "scale": scale,
            "legend": {"title": None, "columns": {"expr": "width < 520 ? 1 : 2"}, "labelLimit": 320},
        },
        "order": {"field": "order", "type": "quantitative"},
        "tooltip": [
            {"field": "quarter", "title": "Quarter"},
            {"field": "level", "title": "Held"},
            {"field": "words", "title": "Share"},
        ],
    }
    mark = {"type": "bar", "stroke": ink("paper"), "strokeWidth": 0.5}
    last = "; ".join(
        f"{level['label']}: {row['words']}" for level, row in zip(levels, rows[-len(levels) :], strict=True)
    )
    parts: Spec = {"data": {"values": rows}, "mark": mark, "encoding": encoding, "description": f"At the end: {last}."}
    note = ["Share of the paths of free play on which a level is held."]
    return spec(found[track]["label"], note, parts, height=200)


def _quarters(record: Mapping[str, Any]) -> Spec:
    """The axis of quarters; every fourth is named."""
    names = list(record["quarters"])
    every = max(1, -(-len(names) // 8))
    return {
        "field": "quarter",
        "type": "ordinal",
        "title": None,
        "scale": {"domain": names},
        "axis": {"values": names[::every], "labelAngle": 0, "grid": False, "labelOverlap": True},
    }
