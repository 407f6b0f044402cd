"""How severe a threat may be to be credible, and must be to be enough, over a stake: steps on the scale of replies."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from halys.errors import InputError
from halys.report.charts.format import plain
from halys.report.charts.theme import SETS, Spec, ink, spec, to_chart

if TYPE_CHECKING:
    import altair as alt

_HEIGHT = 300  # pixels
_APART = 0.055  # of the scale: labels of replies that stand closer would run into each other
MOST, LEAST, DETERS = "severest that is credible (p max)", "mildest that is enough (p min)", "a threat deters"
_DASHES = "datum.whole ? [1, 0] : [4, 4]"


def severity_stakes(answer: dict[str, Any]) -> list[dict[str, Any]]:
    """The stakes over which the answer has steps, those that move any of them first."""
    listed = list((answer.get("severity") or {}).get("stakes") or [])
    return sorted(listed, key=lambda stake: len(stake["steps"]) == 1)


def chart_severity(answer: dict[str, Any], stake: str | None = None) -> alt.Chart | alt.LayerChart:
    """p_max and p_min over one stake, by default the first that moves them, shaded where some threat deters.

    Raises:
        InputError: the answer has no such stake.
    """
    return to_chart(severity_spec(answer, stake))


def severity_spec(answer: dict[str, Any], stake: str | None = None) -> Spec:
    """Vega-Lite of `chart_severity`."""
    listed = severity_stakes(answer)
    chart = next((c for c in listed if stake is None or c["stake"] == stake), None)
    if chart is None:
        raise InputError(
            f"the answer has no severities over the stake {stake!r}; it has {[c['stake'] for c in listed]}."
        )
    scale = answer["severity"]["scale"]
    top = 1.12 * max(0.0, *(entry["severity"] for entry in scale)) or 1.0
    bottom = min(0.0, *(entry["severity"] for entry in scale))
    x: Spec = {"type": "quantitative", "title": f"“{chart['label']}”, % of income a year"}
    x["scale"] = {"domain": [chart["low"], chart["high"]], "nice": False}
    x["axis"] = {"tickCount": 5, "titleLimit": {"expr": "width"}, "grid": False}
    y: Spec = {"type": "quantitative", "title": "Cost of the reply to the target, % of its income"}
    y["scale"] = {"domain": [bottom, top], "nice": False}
    y["axis"] = {"tickCount": 5, "grid": False}
    layers = [
        _shade(chart, scale, x),
        *_ruled(scale, top - bottom, y),
        _steps(_segments(chart, scale), x, y),
        {
            "data": {"values": [{"at": chart["value"], "text": f"reference value {plain(chart['value'])} %"}]},
            "mark": {"type": "rule", "strokeDash": [3, 3], "color": ink("ink")},
            "encoding": {"x": {"field": "at", **x}, "tooltip": [{"field": "text", "title": chart["label"]}]},
        },
    ]
    note = [
        "Replies stand at what they cost the target, % of its income a year; 0 is no reply, which is always credible.",
        "Shaded: some threat deters. Dashed steps: the set leaves out a reply in between, and is not an interval.",
        "The dashed upright line is the reference value of the stake.",
    ]
    return spec(f"Severe enough, and still credible: “{chart['label']}”", note, {"layer": layers}, height=_HEIGHT)


def _segments(chart: dict[str, Any], scale: list[dict[str, Any]]) -> list[Spec]:
    """The steps of p_max and p_min; p_max is 0 where nothing is credible, p_min is nowhere where nothing is enough."""
    entries = {entry["reply"]: entry for entry in scale}
    found: list[Spec] = []
    last: dict[str, Spec] = {}
    for step in chart["steps"]:
        for name, reply, held in ((MOST, step["most"], "credible"), (LEAST, step["least"], "sufficient")):
            if reply is None and name == LEAST:
                continue
            entry = entries.get(reply, {"severity": 0.0, "label": "no reply"})
            listed = ", ".join(entries[each]["label"] for each in step[held]) or "none"
            segment = {
                "severity": entry["severity"],
                "set": name,
                "reply": entry["label"],
                "held": f"{held}: {listed}",
                "whole": step[f"{held}_is_interval"],
            }
            before = last.get(name)
            if before is not None and before["high"] == step["low"] and before.items() >= segment.items():
                before["high"] = step["high"]
            else:
                last[name] = {"low": step["low"], "high": step["high"], **segment}
                found.append(last[name])
    for segment in found:
        segment["where"] = f"{plain(segment['low'])} to {plain(segment['high'])} % of income a year"
    return found


def _steps(segments: list[Spec], x: Spec, y: Spec) -> Spec:
    colours = {"domain": [MOST, LEAST], "range": [SETS["credible"], SETS["sufficient"]]}
    return {
        "data": {"values": segments},
        "mark": {
            "type": "rule",
            "strokeWidth": 4,
            "strokeDash": {"expr": _DASHES},
            "yOffset": {"expr": f"datum.set == '{MOST}' ? -2.5 : 2.5"},
        },
        "encoding": {
            "x": {"field": "low", **x},
            "x2": {"field": "high"},
            "y": {"field": "severity", **y},
            "color": {"field": "set", "type": "nominal", "scale": colours, "legend": {"title": None}},
            "tooltip": [
                {"field": "set", "title": "Which"},
                {"field": "reply", "title": "Reply"},
                {"field": "where", "title": "Where"},
                {"field": "held", "title": "All that are"},
            ],
        },
    }


def _shade(chart: dict[str, Any], scale: list[dict[str, Any]], x: Spec) -> Spec:
    """A band over the whole height wherever some threat deters."""
    labels = {entry["reply"]: entry["label"] for entry in scale}
    bands = [
        {"low": step["low"], "high": step["high"], "text": ", ".join(labels[reply] for reply in step["deters"])}
        for step in chart["steps"]
        if step["deters"]
    ]
    return {
        "data": {"values": bands},
        "mark": {"type": "rect", "color": ink("faint"), "opacity": 0.16},
        "encoding": {
            "x": {"field": "low", **x},
            "x2": {"field": "high"},
            "y": {"value": 0},
            "y2": {"value": "height"},
            "tooltip": [{"field": "text", "title": "Deters"}],
        },
    }


def _ruled(scale: list[dict[str, Any]], height: float, y: Spec) -> list[Spec]:
    """A thin line for every reply, and its name where there is room."""
    rows = [{"severity": entry["severity"], "text": entry["label"]} for entry in scale]
    named: list[Spec] = []
    for row in rows:
        if not named or row["severity"] - named[-1]["severity"] > _APART * height:
            named.append(row)
    at = {"field": "severity", **y}
    text = {"type": "text", "align": "left", "baseline": "bottom", "dx": 4, "dy": -7, "fontSize": 11.5}
    return [
        {
            "data": {"values": rows},
            "mark": {"type": "rule", "color": ink("grid"), "strokeWidth": 1},
            "encoding": {"y": at, "x": {"value": 0}, "x2": {"value": "width"}},
        },
        {
            "data": {"values": named},
            "mark": {**text, "color": ink("faint"), "limit": {"expr": "width - 8"}},
            "encoding": {"y": at, "x": {"value": 0}, "text": {"field": "text"}},
        },
    ]
