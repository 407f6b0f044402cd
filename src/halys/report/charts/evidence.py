"""Evidence drawn: claims and events by day and side, and what is believed with its bounds."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from halys.errors import InputError
from halys.evidence import by_day
from halys.report.charts.format import plain
from halys.report.charts.theme import Spec, actor_colours, ink, layer, spec, to_chart

if TYPE_CHECKING:
    import altair as alt

_ROW = 26  # pixels of a hypothesis
_THIN, _THICK = 3, 12
_DOT = 12  # pixels between claims of one day
_SHAPES = {
    "asserts": "circle", "reports": "circle", "judges": "diamond", "denies": "cross", "readout": "square",
    "warns": "triangle-up", "promises": "triangle-right", "asks": "triangle-down",
}  # fmt: skip


def chart_timeline(record: Mapping[str, Any]) -> alt.Chart | alt.LayerChart:
    """Claims by day and side, with the events above them.

    Args:
        record: `summary["evidence"]` of a run, or what `halys evidence --json` prints.

    Raises:
        InputError: there is no claim.
    """
    return to_chart(timeline_spec(record))


def timeline_spec(record: Mapping[str, Any]) -> Spec:
    """Vega-Lite of `chart_timeline`. Days stand side by side, however far apart; only those on which something was."""
    if not record["claims"]:
        raise InputError("the dossier has no claim: there is nothing to draw.")
    days = sorted({entry["date"] for part in ("claims", "events", "votes") for entry in record[part]}, key=by_day)
    at = {day: n for n, day in enumerate(days)}
    sides = list(dict.fromkeys(claim["side_label"] for claim in record["claims"]))
    rows = ["Events", *sides]
    colours = actor_colours(sides)
    here: dict[tuple[str, str], int] = {}
    for claim in record["claims"]:
        key = claim["side_label"], claim["date"]
        here[key] = here.get(key, 0) + 1
    # A side is as high as the most claims that it has on one day; these stand above each other around its middle.
    heights = [2, *(max(2, *(count for (side, _), count in here.items() if side == name)) for name in sides)]
    middle = [sum(heights[:n]) + height / 2 for n, height in enumerate(heights)]
    placed: dict[tuple[str, str], int] = {}
    points = []
    for claim in record["claims"]:
        key = claim["side_label"], claim["date"]
        nth = placed[key] = placed.get(key, -1) + 1
        points.append({
            "x": at[claim["date"]], "y": middle[rows.index(key[0])] + nth - (here[key] - 1) / 2,
            "stance": claim["stance"], "colour": colours[key[0]], "day": claim["date"],
            "who": claim["speaker_label"], "text": claim["text"], "sources": ", ".join(claim["sources"]),
        })  # fmt: skip
    events = [
        {"x": at[e["date"]], "y": middle[0], "day": e["date"], "kind": e.get("kind", "vote"), "text": e["label"]}
        for e in [*record["events"], *record["votes"]]
    ]
    total = sum(heights)
    x: Spec = {"field": "x", "type": "quantitative", "title": None}
    x["scale"] = {"domain": [-0.6, len(days) - 0.4], "nice": False}
    x["axis"] = {
        "values": list(range(len(days))),
        "labelExpr": "days[datum.value]",
        "labelAngle": -45,
        "labelOverlap": "greedy",
        "grid": True,
    }
    y: Spec = {"field": "y", "type": "quantitative", "title": None}
    y["scale"] = {"domain": [total, 0], "nice": False}
    y["axis"] = {
        "values": middle,
        "labelExpr": "rows[indexof(middle, datum.value)]",
        "grid": False,
        "ticks": False,
        "domain": False,
        "labelLimit": {"expr": "width < 420 ? 80 : 160"},
    }
    shape: Spec = {"field": "stance", "type": "nominal", "title": "Stance"}
    shape["scale"] = {"domain": list(_SHAPES), "range": list(_SHAPES.values())}
    shape["legend"] = {"orient": "top", "columns": {"expr": "width < 420 ? 3 : 8"}, "symbolFillColor": ink("faint")}
    colour = {"field": "colour", "type": "nominal", "scale": None, "legend": None}
    told = (("day", "Day"), ("who", "Who"), ("stance", "Stance"), ("text", "Claim"), ("sources", "Carried by"))
    tooltip = [{"field": field, "title": title} for field, title in told]
    of_event = (("day", "Day"), ("kind", "Kind"), ("text", "What"))
    happened = [{"field": field, "title": title} for field, title in of_event]
    point = {"type": "point", "filled": True, "size": 70, "opacity": 0.9}
    layers = [
        layer(events, {"type": "rule", "color": ink("faint"), "strokeDash": [2, 3]}, {"x": x}),
        layer(points, point, {"x": x, "y": y, "shape": shape, "color": colour, "tooltip": tooltip}),
        layer(
            events,
            {"type": "point", "shape": "diamond", "size": 90, "filled": True, "color": ink("ink"), "opacity": 1},
            {"x": x, "y": y, "tooltip": happened},
        ),
    ]
    lists = (("days", days), ("rows", rows), ("middle", middle))
    parts: Spec = {"params": [{"name": name, "value": value} for name, value in lists], "layer": layers}
    note = [
        "What was said, by whom and when: not what is so. Days on which nothing was said are left out.",
        "Black diamonds: events. Point at a mark to read it; the table below lists all.",
    ]
    return spec("Claims and events", note, parts, height=_DOT * total)


def chart_beliefs(record: Mapping[str, Any]) -> alt.Chart | alt.LayerChart:
    """The posterior of every hypothesis, with bounds, inner range and prior.

    Raises:
        InputError: the dossier asks no question.
    """
    return to_chart(beliefs_spec(record))


def beliefs_spec(record: Mapping[str, Any]) -> Spec:
    """Vega-Lite of `chart_beliefs`."""
    if not record["questions"]:
        raise InputError("the dossier asks no question: there is nothing to draw.")
    names: list[str] = []
    heads, spans, inner, values, priors = list[Spec](), list[Spec](), list[Spec](), list[Spec](), list[Spec]()
    colours = actor_colours([question["about"] for question in record["questions"]])
    for question in record["questions"]:
        heads.append({"row": len(names), "text": question["label"]})
        names.append("")
        for h in question["hypotheses"]:
            p, prior = h["posterior"], h["prior"]
            row = {"row": len(names), "hypothesis": h["label"], "colour": colours[question["about"]]}
            names.append(h["label"])
            spans.append({**row, **_interval("bounds over all ranges", p["low"], p["high"])})
            inner.append({**row, **_interval("nine tenths of the draws", p["inner_low"], p["inner_high"])})
            values.append({**row, "at": 100 * p["value"], "meaning": "at the reference", "words": _percent(p["value"])})
            priors.append({**row, "at": 100 * prior["value"], "meaning": "before", "words": _percent(prior["value"])})
    y: Spec = {"field": "row", "type": "ordinal", "title": None}
    y["scale"] = {"domain": list(range(len(names))), "paddingInner": 0.2, "paddingOuter": 0.1}
    y["axis"] = {
        "labelExpr": "names[datum.value]",
        "domain": False,
        "ticks": False,
        "labelLimit": {"expr": "width < 420 ? 110 : 260"},
    }
    x: Spec = {"type": "quantitative", "title": "probability, %"}
    x["scale"] = {"domain": [0, 100], "nice": False}
    x["axis"] = {"tickCount": 6}
    told = (("hypothesis", "Hypothesis"), ("meaning", "What"), ("words", "Probability"))
    tooltip = [{"field": field, "title": title} for field, title in told]
    colour = {"field": "colour", "type": "nominal", "scale": None, "legend": None}
    span = {"y": y, "x": {"field": "low", **x}, "x2": {"field": "high"}, "color": colour, "tooltip": tooltip}
    point = {"y": y, "x": {"field": "at", **x}, "tooltip": tooltip}
    dot = {"type": "point", "size": 50, "filled": True, "fill": ink("paper"), "stroke": ink("ink"), "opacity": 1}
    head = {"type": "text", "align": "left", "baseline": "middle", "fontWeight": "bold", "dy": 3}
    layers = [
        layer(spans, {"type": "bar", "height": _THIN, "opacity": 0.6}, span),
        layer(inner, {"type": "bar", "height": _THICK, "cornerRadius": 1, "opacity": 0.75}, span),
        layer(priors, {"type": "tick", "thickness": 2, "height": _ROW - 8, "color": ink("faint")}, point),
        layer(values, dot, point),
        layer(
            heads,
            {**head, "limit": {"expr": "width"}},
            {"y": y, "x": {"value": 0}, "text": {"field": "text"}},
        ),
    ]
    note = [
        "Circle: by Bayes' rule at the reference likelihoods; tick: before any of the evidence.",
        "Thick: nine tenths of log-uniform draws from the ranges. Thin: bounds over all ranges at once.",
    ]
    parts: Spec = {"params": [{"name": "names", "value": names}], "layer": layers}
    return spec("What the evidence leaves to believe", note, parts, height=_ROW * len(names))


def _percent(share: float) -> str:
    return f"{plain(100 * share)} %"


def _interval(meaning: str, low: float, high: float) -> Spec:
    words = f"{_percent(low)} to {_percent(high)}"
    return {"low": 100 * low, "high": 100 * high, "meaning": meaning, "words": words}
