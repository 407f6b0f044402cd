"""When a threat deters over the discount factor: where each reply is credible, sufficient and assured."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from halys.answer.repetition_words import factor
from halys.errors import InputError
from halys.report.charts.format import plain
from halys.report.charts.theme import (
    BLUE,
    BROWN,
    GREEN,
    GREY,
    ORANGE,
    PURPLE,
    SETS,
    SKY,
    VERMILION,
    Spec,
    ink,
    spec,
    to_chart,
)

if TYPE_CHECKING:
    import altair as alt

_ROW = 24  # pixels
_COLOURS = (SKY, ORANGE, PURPLE, VERMILION, GREEN, BLUE, BROWN, GREY)
_MEANING = {
    "credible": "credible: keeping the word is worth more than carrying it out costs",
    "sufficient": "sufficient: the target would rather stay below the line",
    "assured": "assured: nothing follows if the line is not crossed",
    "deters": "deters: all three",
}


def chart_repetition(answer: dict[str, Any]) -> alt.Chart | alt.LayerChart:
    """The sets of every reply over the yearly discount factor, where no occasion is known to be the last.

    Raises:
        InputError: the answer says nothing about repetition.
    """
    return to_chart(repetition_spec(answer))


def repetition_spec(answer: dict[str, Any]) -> Spec:
    """Vega-Lite of `chart_repetition`."""
    found = answer.get("repetition")
    if not found or not found["replies"]:
        raise InputError("the answer says nothing about repetition; the scenario has no `repetition`, or no reply.")
    names, bars, heads, empty = _rows(found["replies"])
    y: Spec = {"field": "row", "type": "ordinal", "title": None}
    y["scale"] = {"domain": list(range(len(names))), "paddingInner": 0.3, "paddingOuter": 0.1}
    y["axis"] = {"labelExpr": "names[datum.value]", "domain": False, "ticks": False}
    x: Spec = {
        "type": "quantitative",
        "title": f"What a year from now counts for {found['sender_label']}: 1 is as today",
    }
    x["scale"] = {"domain": [0, 1], "nice": False}
    x["axis"] = {"tickCount": 6, "titleLimit": {"expr": "width"}, "format": ".1~f"}
    drawn = {
        name: colour for name, colour in SETS.items() if name != "deters"
    }  # which is in ink, to be seen in the dark
    scale = {"domain": list(drawn), "range": list(drawn.values())}
    colour = {"field": "set", "type": "nominal", "legend": None, "scale": scale}
    tooltip = [
        {"field": "reply", "title": "Reply"},
        {"field": "meaning", "title": "Set"},
        {"field": "words", "title": "Where"},
    ]
    across = {"y": y, "x": {"field": "low", **x}, "x2": {"field": "high"}, "tooltip": tooltip}
    text = {"type": "text", "align": "left", "baseline": "middle", "limit": {"expr": "width"}}
    layers: list[Spec] = [
        *_given(found["discount"], x),
        {
            "data": {"values": [bar for bar in bars if bar["set"] != "deters"]},
            "mark": {"type": "bar", "cornerRadius": 1},
            "encoding": {**across, "color": colour},
        },
        {
            "data": {"values": [bar for bar in bars if bar["set"] == "deters"]},
            "mark": {"type": "bar", "cornerRadius": 1, "color": ink("ink")},
            "encoding": across,
        },
        {
            "data": {"values": heads},
            "mark": {**text, "fontWeight": "bold", "dy": 3},
            "encoding": {"y": y, "x": {"value": 0}, "text": {"field": "text"}},
        },
        {
            "data": {"values": empty},
            "mark": {**text, "dx": 4, "fontStyle": "italic", "color": ink("faint")},
            "encoding": {"y": y, "x": {"value": 0}, "text": {"field": "text"}},
        },
        _reference(found["discount"], x),
    ]
    many = found["occasions_per_year"]["value"]
    note = [
        f"No occasion is known to be the last; {plain(many)} occasions a year. Factors from 0 to 1 (100 % of today).",
        "The dashed line is the factor of the scenario, the band its range. Credible: a kept word is worth its price.",
    ]
    parts: Spec = {"params": [{"name": "names", "value": names}], "layer": layers}
    return spec("When a threat deters, by how much the future counts", note, parts, height=_ROW * len(names))


def _rows(replies: list[dict[str, Any]]) -> tuple[list[str], list[Spec], list[Spec], list[Spec]]:
    """Names of the rows; bars, headings and the words where a set is empty."""
    names: list[str] = []
    bars: list[Spec] = []
    heads: list[Spec] = []
    empty: list[Spec] = []
    for reply in replies:
        heads.append({"row": len(names), "text": reply["label"]})
        names.append("")
        for which in SETS:
            intervals = reply["sets"][which]
            for low, high in intervals:
                words = f"from {factor(low)} on" if low > 0 else "at every factor"
                entry = {"row": len(names), "set": which, "low": low, "high": high, "words": words}
                bars.append({**entry, "reply": reply["label"], "meaning": _MEANING[which]})
            if not intervals:
                words = "at no factor all three" if which == "deters" else f"at no factor {which}"
                empty.append({"row": len(names), "text": words})
            names.append(which)
    return names, bars, heads, empty


def moving_curves(answer: dict[str, Any]) -> list[dict[str, Any]]:
    """The stakes of the sender over which the factor that it takes is not the same throughout for every reply."""
    listed = (answer.get("repetition") or {}).get("curves") or []

    def moves(reply: dict[str, Any]) -> bool:
        heights = {round(at, 9) for piece in reply["pieces"] for _, at in piece["points"]}
        return len({piece["credible"] for piece in reply["pieces"]}) > 1 or len(heights) > 1

    return [curve for curve in listed if any(moves(reply) for reply in curve["replies"])]


def chart_discount_curves(answer: dict[str, Any], stake: str) -> alt.Chart | alt.LayerChart:
    """What a year from now must at least count for each reply to deter, over a stake of the sender.

    Raises:
        InputError: the answer has no such stake.
    """
    return to_chart(discount_curves_spec(answer, stake))


def discount_curves_spec(answer: dict[str, Any], stake: str) -> Spec:
    """Vega-Lite of `chart_discount_curves`."""
    found = answer.get("repetition") or {}
    listed = found.get("curves") or []
    curve = next((c for c in listed if c["stake"] == stake), None)
    if curve is None:
        raise InputError(f"the answer has no curves over the stake {stake!r}; it has {[c['stake'] for c in listed]}.")
    rows = [
        {"reply": reply["label"], "piece": f"{reply['reply']} {n}", "at": s, "factor": at, "words": factor(at)}
        for reply in curve["replies"]
        for n, piece in enumerate(reply["pieces"])
        for s, at in piece["points"]
    ]
    x: Spec = {"type": "quantitative", "title": f"“{curve['label']}”, % of income of {found['sender_label']} a year"}
    x["scale"] = {"domain": [curve["low"], curve["high"]], "nice": False}
    x["axis"] = {"tickCount": 5, "titleLimit": {"expr": "width"}, "grid": False}
    y: Spec = {"type": "quantitative", "title": "What a year from now must count"}
    y["scale"] = {"domain": [0, 1], "nice": False}
    y["axis"] = {"tickCount": 6}
    names = [reply["label"] for reply in curve["replies"]]
    colour = {"field": "reply", "type": "nominal", "legend": {"title": None, "columns": 2}}
    colour["scale"] = {"domain": names, "range": [_COLOURS[n % len(_COLOURS)] for n in range(len(names))]}
    tooltip = [{"field": "reply", "title": "Reply"}, {"field": "words", "title": "At least"}]
    discount = found["discount"]
    band = {"data": {"values": [discount]}, "mark": {"type": "rect", "color": ink("faint"), "opacity": 0.18}}
    across = {"x": {"value": 0}, "x2": {"value": "width"}}
    layers: list[Spec] = [
        {**band, "encoding": {**across, "y": {"field": "low", **y}, "y2": {"field": "high"}}},
        {
            "data": {"values": [discount]},
            "mark": {"type": "rule", "strokeDash": [3, 3]},
            "encoding": {**across, "y": {"field": "value", **y}},
        },
        {
            "data": {"values": [{"at": curve["value"]}]},
            "mark": {"type": "rule", "strokeDash": [3, 3]},
            "encoding": {"x": {"field": "at", **x}},
        },
        {
            "data": {"values": rows},
            "mark": {"type": "line", "strokeWidth": 2.5, "clip": True},
            "encoding": {"x": {"field": "at", **x}, "y": {"field": "factor", **y}, "color": colour}
            | {"detail": {"field": "piece"}, "tooltip": tooltip},
        },
    ]
    note = [
        "A reply deters on and above its line, and at no factor where it has none; at 0 it needs no reputation.",
        "Dashed: the factor and the stake of the scenario; the band is the range of the factor (1 is 100 % of today).",
    ]
    return spec(f"How much the future must count: “{curve['label']}”", note, {"layer": layers}, height=300)


def _given(discount: dict[str, Any], x: Spec) -> list[Spec]:
    """The range of the scenario's factor as a band over the whole height; nothing where it has none."""
    if discount["low"] == discount["high"]:
        return []
    band = {"low": discount["low"], "high": discount["high"]}
    mark = {"type": "rect", "color": ink("faint"), "opacity": 0.18}
    encoding = {"x": {"field": "low", **x}, "x2": {"field": "high"}, "y": {"value": 0}, "y2": {"value": "height"}}
    return [{"data": {"values": [band]}, "mark": mark, "encoding": encoding}]


def _reference(discount: dict[str, Any], x: Spec) -> Spec:
    words = f"{factor(discount['value'])} ({factor(discount['low'])} to {factor(discount['high'])})"
    return {
        "data": {"values": [{"at": discount["value"], "text": words}]},
        "mark": {"type": "rule", "strokeDash": [3, 3], "color": ink("ink")},
        "encoding": {"x": {"field": "at", **x}, "tooltip": [{"field": "text", "title": "The scenario's factor"}]},
    }
