"""What observed choices leave of the range of each stake: a thin bar for the range, a thick one for what is left."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from halys.errors import InputError
from halys.report.charts.format import plain
from halys.report.charts.theme import Spec, actor_colours, ink, layer, spec, to_chart

if TYPE_CHECKING:
    import altair as alt

_ROW = 26  # pixels
_THIN, _THICK = 3, 12


def chart_bounds(record: Mapping[str, Any]) -> alt.Chart | alt.LayerChart:
    """Prior and identified interval of every stake of the actors whose choices were observed.

    Args:
        record: `answer["bounds"]`, or `halys.solve_bounds(...).data`.

    Raises:
        InputError: no observed choice could be used, so that there is nothing to draw.
    """
    return to_chart(bounds_spec(record))


def bounds_spec(record: Mapping[str, Any]) -> Spec:
    """Vega-Lite of `chart_bounds`."""
    drawn = _Rows(record)
    if not drawn.names:
        raise InputError("no observed choice could be used, or their actors have no stakes: there is nothing to draw.")
    y: Spec = {"field": "row", "type": "ordinal", "title": None}
    y["scale"] = {"domain": list(range(len(drawn.names))), "paddingInner": 0.2, "paddingOuter": 0.1}
    y["axis"] = {
        "labelExpr": "names[datum.value]",
        "domain": False,
        "ticks": False,
        "labelLimit": {"expr": "width < 420 ? 110 : 250"},
    }
    x: Spec = {"type": "quantitative", "title": "% of the actor's own income a year"}
    x["scale"] = {"domain": [drawn.low, drawn.high], "nice": False}
    x["axis"] = {"tickCount": 6, "titleLimit": {"expr": "width"}}
    note = [
        "% of own income a year. Thin: prior range. Thick: what is left at the stated beliefs; pale: for some belief.",
        "Ticks: an end by one choice alone. Arrows: nothing seen bounds that end. Circle: the reference value.",
    ]
    parts: Spec = {"params": [{"name": "names", "value": drawn.names}], "layer": _layers(drawn, x, y)}
    return spec("Stakes, as bounded by observed choices", note, parts, height=_ROW * len(drawn.names))


class _Rows:
    """The data of the layers, a row for each actor and stake."""

    def __init__(self, record: Mapping[str, Any]) -> None:
        self.names: list[str] = []
        self.heads, self.priors, self.outer, self.kept = list[Spec](), list[Spec](), list[Spec](), list[Spec]()
        self.ticks, self.arrows, self.words, self.values = list[Spec](), list[Spec](), list[Spec](), list[Spec]()
        colours = actor_colours([actor["actor"] for actor in record["actors"]])
        shown = [actor for actor in record["actors"] if actor["stakes"]]
        ends = [end for a in shown for s in a["stakes"] for end in (s["prior_low"], s["prior_high"])]
        self.low, self.high = min([0.0, *ends]), max([0.0, *ends])
        room = 0.03 * (self.high - self.low)  # for arrows
        self.low, self.high = self.low - room, self.high + room
        for actor in shown:
            self.heads.append({"row": len(self.names), "text": actor["label"]})
            self.names.append("")
            for stake in actor["stakes"]:
                self._stake(actor, stake, colours[actor["actor"]])

    def _stake(self, actor: Mapping[str, Any], stake: Mapping[str, Any], colour: str) -> None:
        row = {"row": len(self.names), "colour": colour, "stake": stake["label"]}
        self.names.append(stake["label"])
        self.priors.append({**row, **_interval("prior range", stake["prior_low"], stake["prior_high"])})
        self.values.append({**row, "at": stake["value"], "words": f"{plain(stake['value'])} %", "meaning": "reference"})
        views = {
            v["view"]: next((s for s in v["stakes"] if s["stake"] == stake["stake"]), None) for v in actor["views"]
        }
        stated, some = views["stated"], views.get("some")
        if some is not None:
            self.outer.append({**row, **_interval("for some admissible belief", some["low"], some["high"])})
        if stated is None:
            self.words.append({**row, "at": stake["prior_low"], "text": "no values explain the choices"})
            return
        self.kept.append({**row, **_interval("at the stated beliefs", stated["low"], stated["high"])})
        for end, mark in (("low", "◀"), ("high", "▶")):
            if stated[f"unbounded_{end}"]:
                self.arrows.append({**row, "at": stated[end], "text": mark, "side": end})
        self._ticks(actor, stake, row)

    def _ticks(self, actor: Mapping[str, Any], stake: Mapping[str, Any], row: Spec) -> None:
        for seen in actor["observations"]:
            alone = next((s for s in seen["alone"]["stakes"] if s["stake"] == stake["stake"]), None)
            if alone is None:
                continue
            for end, moved in (
                ("low", alone["low"] > stake["prior_low"]),
                ("high", alone["high"] < stake["prior_high"]),
            ):
                if moved:
                    words = f"{end} end {plain(alone[end])} %"
                    self.ticks.append({**row, "at": alone[end], "words": words, "meaning": f"{seen['label']} alone"})


def _interval(meaning: str, low: float, high: float) -> Spec:
    return {"low": low, "high": high, "meaning": meaning, "words": f"{plain(low)} to {plain(high)} %"}


def _layers(drawn: _Rows, x: Spec, y: Spec) -> list[Spec]:
    names = (("stake", "Stake"), ("meaning", "What"), ("words", "Where"))
    tooltip = [{"field": field, "title": title} for field, title in names]
    colour = {"field": "colour", "type": "nominal", "scale": None, "legend": None}
    span = {"y": y, "x": {"field": "low", **x}, "x2": {"field": "high"}, "tooltip": tooltip}
    point = {"y": y, "x": {"field": "at", **x}, "tooltip": tooltip}
    text = {"type": "text", "align": "left", "baseline": "middle"}
    arrow: Spec = {"type": "text", "baseline": "middle", "fontSize": 13}
    return [
        layer(drawn.priors, {"type": "bar", "height": _THIN, "color": ink("faint"), "opacity": 0.5}, span),
        layer(drawn.outer, {"type": "bar", "height": _THICK, "opacity": 0.3}, {**span, "color": colour}),
        layer(drawn.kept, {"type": "bar", "height": _THICK, "cornerRadius": 1}, {**span, "color": colour}),
        layer(drawn.ticks, {"type": "tick", "thickness": 2, "height": _ROW - 6, "color": ink("ink")}, point),
        *(
            layer(
                [a for a in drawn.arrows if a["side"] == side],
                {**arrow, "align": align, "dx": shift},
                {"y": y, "x": {"field": "at", **x}, "text": {"field": "text"}, "color": colour},
            )
            for side, align, shift in (("low", "right", 2), ("high", "left", -2))
        ),
        layer(
            drawn.values,
            {"type": "point", "size": 45, "filled": True, "fill": ink("paper"), "stroke": ink("ink"), "opacity": 1},
            point,
        ),
        layer(
            drawn.words,
            {**text, "dy": -9, "fontStyle": "italic", "color": ink("faint")},
            {"y": y, "x": {"field": "at", **x}, "text": {"field": "text"}},
        ),
        layer(
            drawn.heads,
            {**text, "fontWeight": "bold", "dy": 3, "limit": {"expr": "width"}},
            {"y": y, "x": {"value": 0}, "text": {"field": "text"}},
        ),
    ]


def chart_joint_bounds(record: Mapping[str, Any], actor: str) -> alt.Chart | alt.LayerChart:
    """The values of two stakes of an actor that explain its choices together, for some values of the others.

    Raises:
        InputError: the actor has fewer than two stakes, no choice of it was observed, or no values explain them.
    """
    found = next((one for one in record["actors"] if one["actor"] == actor), None)
    if found is None or found["shadow"] is None:
        raise InputError(f"no joint bounds of {actor!r}: it needs an observed choice, two stakes, and values that fit.")
    return to_chart(joint_bounds_spec(found))


def joint_bounds_spec(actor: Mapping[str, Any]) -> Spec:
    """Vega-Lite of `chart_joint_bounds`, of one actor of the record."""
    shadow, colour = actor["shadow"], actor_colours([actor["actor"]])[actor["actor"]]
    x, y = (next(s for s in actor["stakes"] if s["stake"] == shadow[axis]) for axis in ("x", "y"))
    points = [{"x": p[0], "y": p[1], "order": n} for n, p in enumerate(shadow["points"])]

    def axis(stake: Mapping[str, Any]) -> Spec:
        domain = [min(0.0, stake["prior_low"]), stake["prior_high"]]
        shown = {"tickCount": 5, "titleLimit": {"expr": "width"}}
        return {"type": "quantitative", "scale": {"domain": domain, "nice": False}, "axis": shown}

    at = {"x": {"field": "x", **axis(x), "title": f"“{x['label']}”, % of income a year"}}
    at["y"] = {"field": "y", **axis(y), "title": f"“{y['label']}”, % of income a year"}
    area = {"type": "line", "interpolate": "linear-closed", "fill": colour, "fillOpacity": 0.35, "color": colour}
    dot = {"type": "point", "size": 45, "filled": True, "fill": ink("paper"), "stroke": ink("ink"), "opacity": 1}
    reference = [{"x": x["value"], "y": y["value"], "words": "reference values"}]
    note = [
        f"Filled: values that explain all choices of {actor['label']} at the stated beliefs,",
        "% of its own income a year, for some values of its other stakes within their ranges. Circle: reference.",
    ]
    layers = [
        layer(points, area, {**at, "order": {"field": "order", "type": "quantitative"}}),
        layer(reference, dot, {**at, "tooltip": [{"field": "words", "title": "At"}]}),
    ]
    return spec(f"Two stakes of {actor['label']} together", note, {"layer": layers}, height=320)
