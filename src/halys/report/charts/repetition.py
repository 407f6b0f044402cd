"""When a threat deters over the discount factor: where each reply is credible, sufficient and assured."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from halys.answer.repetition_words import factor
from halys.errors import InputError
from halys.report.charts.format import plain
from halys.report.charts.theme import SETS, Spec, ink, spec, to_chart

if TYPE_CHECKING:
    import altair as alt

_ROW = 24  # pixels
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
    scale = {"domain": list(SETS), "range": list(SETS.values())}
    colour = {"field": "set", "type": "nominal", "legend": None, "scale": scale}
    tooltip = [
        {"field": "reply", "title": "Reply"},
        {"field": "meaning", "title": "Set"},
        {"field": "words", "title": "Where"},
    ]
    text = {"type": "text", "align": "left", "baseline": "middle", "limit": {"expr": "width"}}
    layers: list[Spec] = [
        *_given(found["discount"], x),
        {
            "data": {"values": bars},
            "mark": {"type": "bar", "cornerRadius": 1},
            "encoding": {"y": y, "x": {"field": "low", **x}, "x2": {"field": "high"}, "color": colour}
            | {"tooltip": tooltip},
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
