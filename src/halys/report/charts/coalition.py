"""A coalition: what each member brings about beside what it bears, and which member joins at what worth of the loss."""

from __future__ import annotations

import math
import textwrap
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from halys.report.charts.format import NARROW, billions, percent, plain
from halys.report.charts.theme import BLUE, GREEN, GREY, LOSS, Spec, ink, spec, to_chart

if TYPE_CHECKING:
    import altair as alt

IMPOSED, BORNE = "Loss of the target that its joining brings about", "Its own loss with all members"
COALITION_COLOURS = {IMPOSED: BLUE, BORNE: LOSS}
_NARROW = "width < 420"
_LINE = 14  # letters in a line of a name where the chart is narrow
_ROW = 38  # pixels
_TIP = 66  # pixels for the number beside the longest bar
_SQUARE = 380
_NEAR_ZERO = 600.0  # the largest amount over the one below which the symmetric logarithm is nearly linear


def chart_coalition(record: Mapping[str, Any]) -> alt.Chart | alt.LayerChart:
    """Bars for each member, largest part first: its part in the target's loss beside what it bears."""
    return to_chart(coalition_spec(record))


def coalition_spec(record: Mapping[str, Any], *, legend: bool = True) -> Spec:
    """Vega-Lite of `chart_coalition`. Without `legend` the page must say which colour is what.

    Args:
        record: `CoalitionRecord.data`.
    """
    members = sorted(record["members"], key=lambda row: -row["shapley_billion"])
    names = [row["label"] for row in members]
    lines = [textwrap.wrap(name, _LINE, max_lines=2, placeholder="…") or [""] for name in names]
    known: list[Spec] = [{"name": "names", "value": names}, {"name": "lines", "value": lines}]
    note = [
        "Losses of real income, billion US dollars a year; shares in % of the loss imposed, costs in % of own income.",
        f"The parts are means over all orders of joining and sum to {_total(record)}.",
    ]
    bars = [bar for n, row in enumerate(members) for bar in _bars(n, row)]
    layers = _bar_layers(len(names), legend, record["method"] == "sampled")
    parts: Spec = {"data": {"values": bars}, "params": known, "layer": layers}
    return spec("Who brings about the loss, and who pays", note, parts, height=_ROW * len(names))


def _bars(n: int, row: Mapping[str, Any]) -> list[Spec]:
    """The two bars of a member, with the ends of the standard error where the part is sampled."""
    part, cost, error = row["shapley_billion"], row["borne_billion"], row["error_billion"]
    share, percents = _share(row), percent(-row["borne_percent"])
    imposed = f"{billions(part)}{', ' if share else ''}{share}{' of the loss imposed' if share else ''}"
    borne = f"{percents} of its income ({billions(-cost)})"
    spread = {} if error is None else {"low": part - error, "high": part + error}
    common = {"row": n, "who": row["label"]}
    return [
        {**common, "what": IMPOSED, "order": 0, "value": part, "text": imposed, "tip": share, **spread},
        {**common, "what": BORNE, "order": 1, "value": cost, "text": borne, "tip": percents},
    ]


def _bar_layers(count: int, legend: bool, sampled: bool) -> list[Spec]:
    names = {
        "labelExpr": f"{_NARROW} ? lines[datum.value] : names[datum.value]",
        "labelLimit": {"expr": f"{_NARROW} ? 92 : 230"},
        "domain": False,
        "ticks": False,
    }
    rows = {"domain": list(range(count)), "paddingInner": 0.2}
    y: Spec = {"field": "row", "type": "ordinal", "title": None, "scale": rows, "axis": names}
    offset: Spec = {"field": "order", "type": "ordinal", "scale": {"domain": [0, 1], "paddingInner": 0.1}}
    colour: Spec = {
        "field": "what",
        "type": "nominal",
        "scale": {"domain": list(COALITION_COLOURS), "range": list(COALITION_COLOURS.values())},
        "legend": {"title": None, "columns": 1} if legend else None,
    }
    x: Spec = {
        "field": "value",
        "type": "quantitative",
        "title": "billion US dollars a year (a loss to the right)",
        "scale": {"range": [0, {"expr": f"width - {_TIP}"}]},
        "axis": {"tickCount": {"expr": f"{_NARROW} ? 3 : 6"}},
    }
    titles = {"who": "Member", "what": "What", "text": "Change of real income"}
    tooltip = [{"field": field, "title": title} for field, title in titles.items()]
    place = {"y": y, "yOffset": offset}
    layers: list[Spec] = [
        {"mark": {"type": "bar"}, "encoding": {**place, "x": x, "color": colour, "tooltip": tooltip}},
        {"data": {"values": [{}]}, "mark": {"type": "rule", "strokeWidth": 1.2}, "encoding": {"x": {"datum": 0}}},
        {
            "transform": [{"calculate": "max(datum.value, 0, isValid(datum.high) ? datum.high : 0)", "as": "end"}],
            "mark": {"type": "text", "align": "left", "dx": 5, "baseline": "middle", "fontSize": 11.5},
            "encoding": {**place, "x": {**x, "field": "end"}, "text": {"field": "tip"}},
        },
    ]
    if sampled:
        encoding = {**place, "x": {**x, "field": "low"}, "x2": {"field": "high"}}
        within = [{"filter": "isValid(datum.low)"}]
        layers.append({"transform": within, "mark": {"type": "rule", "strokeWidth": 2}, "encoding": encoding})
    return layers


def _share(row: Mapping[str, Any]) -> str:
    return "" if row["share"] is None else f"{plain(100 * row['share'])}{NARROW}%"


def _total(record: Mapping[str, Any]) -> str:
    imposed = record["loss"]["imposed"]
    return f"{plain(imposed['billion'])} bn, {plain(imposed['percent'])} % of the income of {record['target']['label']}"


def chart_joining(record: Mapping[str, Any]) -> alt.Chart | alt.LayerChart:
    """Members by what their joining brings about and what it costs them, with lines of equal worth."""
    return to_chart(joining_spec(record))


def joining_spec(record: Mapping[str, Any]) -> Spec:
    """Vega-Lite of `chart_joining`. Both axes are symmetric logarithms, so that gains and small members show."""
    points = [
        {
            "who": row["label"],
            "imposed": row["shapley_billion"],
            "borne": row["joining_billion"],
            "gains": row["joining_billion"] <= 0,
            "text": _joins(row),
        }
        for row in record["members"]
    ]
    top = 1.3 * max(max(abs(p["imposed"]), abs(p["borne"])) for p in points) or 1.0
    lowest = {key: min(0.0, *(p[key] for p in points)) for key in ("imposed", "borne")}
    scale = {"type": "symlog", "constant": top / _NEAR_ZERO, "nice": False}
    axis = {"values": _ticks(min(lowest.values()), top), "format": "~g"}

    def place(field: str, title: str) -> Spec:
        within = {**scale, "domain": [1.3 * lowest[field], top]}
        return {"field": field, "type": "quantitative", "title": title, "scale": within, "axis": axis}

    encoding = {
        "x": place("imposed", "loss of the target by its joining, bn"),
        "y": place("borne", "cost of its joining to itself, bn"),
    }
    note = [
        "Both in billion US dollars a year, means over all orders of joining. Who costs itself nothing stands below 0.",
        "A member joins where a dollar of the loss is worth to it what the dashed line says, in dollars, or more.",
    ]
    layers = [*_ray_layers(encoding, top), *_point_layers(encoding, top)]
    parts: Spec = {"data": {"values": points}, "layer": layers}
    return spec("What joining brings about, and what it costs", note, parts, height=_SQUARE)


def _ray_layers(encoding: Spec, top: float) -> list[Spec]:
    """Lines of equal worth of a dollar of the loss."""
    rays, tips = [], []
    for worth in (0.1, 1.0, 10.0):
        ends = [top * 1e-5 ** (1.0 - n / 60) for n in range(61)]
        inside = [{"imposed": x, "borne": worth * x, "worth": f"{worth:g}"} for x in ends if max(1.0, worth) * x <= top]
        rays += inside
        tips.append(inside[-1])
    return [
        {
            "data": {"values": rays},
            "mark": {"type": "line", "strokeDash": [3, 3], "strokeWidth": 1, "color": GREY},
            "encoding": {**encoding, "detail": {"field": "worth"}},
        },
        {
            "data": {"values": tips},
            "mark": {"type": "text", "align": "right", "dx": -5, "dy": -4, "fontSize": 11, "color": ink("faint")},
            "encoding": {**encoding, "text": {"field": "worth"}},
        },
    ]


def _point_layers(encoding: Spec, top: float) -> list[Spec]:
    """A point and a name for each member; those that gain have a colour of their own."""
    tooltip = [
        {"field": "who", "title": "Member"},
        {"field": "imposed", "title": "Loss of the target, bn", "format": ".3~g"},
        {"field": "borne", "title": "Cost to itself, bn", "format": ".3~g"},
        {"field": "text", "title": "Joins"},
    ]
    colour = {"condition": {"test": "datum.gains", "value": GREEN}, "value": BLUE}
    far = f"datum.imposed > {0.3 * top}"
    name = {
        "type": "text",
        "align": {"expr": f"{far} ? 'right' : 'left'"},
        "dx": {"expr": f"{far} ? -8 : 8"},
        "fontSize": 11,
        "limit": 150,
    }
    return [
        {
            "mark": {"type": "point", "filled": True, "size": 80, "opacity": 1, "stroke": ink("paper")},
            "encoding": {**encoding, "color": colour, "tooltip": tooltip},
        },
        {"mark": name, "encoding": {**encoding, "text": {"field": "who"}}},
    ]


def _joins(row: Mapping[str, Any]) -> str:
    worth = row["joins_from"]
    if worth == 0:
        return "whatever the loss is worth"
    return "never for the loss" if worth is None else f"from a worth of {plain(worth)} a dollar of the loss"


def _ticks(low: float, high: float) -> list[float]:
    """Zero and powers of ten."""
    last = math.floor(math.log10(high))
    found = [10.0**n for n in range(last - 2, last + 1)]
    return [*(-x for x in reversed(found) if -x >= 1.3 * low), 0.0, *found]
