"""What matters as charts: Sobol indices with intervals, a tornado, the trade-off of boxes, regrets of policies."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from halys.errors import InputError
from halys.report.charts.format import plain, rounded
from halys.report.charts.theme import BLUE, GREEN, ORANGE, SKY, VERMILION, Spec, ink, layer, spec, to_chart

if TYPE_CHECKING:
    import altair as alt

_ROW = 34  # pixels
_APART = 0.17  # of a row, by which the two marks of one row stand from its middle
_MOST = 12  # rows
_LINE = 34  # letters in a line of a name
_KINDS = {"first": "first order (S1), alone", "total": "total (ST), with all others"}


def chart_indices(record: Mapping[str, Any], result: str = "crossing") -> alt.Chart | alt.LayerChart:
    """First-order and total indices of the numbers that drive a result, with intervals.

    Args:
        record: `halys.run_importance(...).data`. result: `crossing`, or the id of an actor for its real income.

    Raises:
        InputError: there is no such result, or it has no indices.
    """
    return to_chart(indices_spec(_of(record, "results", result)))


def indices_spec(found: Mapping[str, Any]) -> Spec:
    """Vega-Lite of `chart_indices`, of one of `record["results"]`."""
    shown = [group for group in found["groups"] if not group["without_effect"]][:_MOST]
    if not shown:
        raise InputError(f"{found['label']} does not vary, or too few draws have a play: there are no indices.")
    points = [
        {
            "y": n + (_APART if kind == "total" else -_APART),
            "who": group["label"],
            "kind": words,
            "at": group[kind],
            "low": group[f"{kind}_low"],
            "high": group[f"{kind}_high"],
            "text": f"{group[kind]:.2f} ({group[f'{kind}_low']:.2f} to {group[f'{kind}_high']:.2f})",
        }
        for n, group in enumerate(shown)
        for kind, words in _KINDS.items()
    ]
    y = _rows(len(shown))
    x: Spec = {"field": "at", "type": "quantitative", "title": "Share of the variance", "axis": {"tickCount": 6}}
    colour: Spec = {"field": "kind", "type": "nominal", "legend": {"title": None}}
    colour["scale"] = {"domain": list(_KINDS.values()), "range": [BLUE, ORANGE]}
    tooltip = [{"field": field, "title": title} for field, title in _TOLD["indices"]]
    bar = {"type": "rule", "strokeWidth": 5, "opacity": 0.45, "strokeCap": "round"}
    dot = {"type": "point", "filled": True, "size": 72, "opacity": 1, "stroke": ink("paper")}
    layers = [
        layer([{}], {"type": "rule", "strokeWidth": 1.2}, {"x": {"datum": 0}}),
        layer(points, bar, {"y": y, "x": {**x, "field": "low"}, "x2": {"field": "high"}, "color": colour}),
        layer(points, dot, {"y": y, "x": x, "color": colour, "tooltip": tooltip}),
    ]
    listed = "; ".join(f"{group['label']}: S1 {group['first']:.2f}, ST {group['total']:.2f}" for group in shown)
    note = "Share of its variance. Points with 95 % intervals; what reaches 0 is not identified."
    return _named(
        f"What drives {found['label']}", note, layers, [group["label"] for group in shown], f"Sobol indices. {listed}."
    )


def chart_tornado(record: Mapping[str, Any], result: str = "crossing") -> alt.Chart | alt.LayerChart:
    """What a result is with one number at a time at its 5 % and its 95 % quantile.

    Raises:
        InputError: there is no such result, or no number moves it.
    """
    return to_chart(tornado_spec(_of(record, "tornado", result)))


def tornado_spec(found: Mapping[str, Any]) -> Spec:
    """Vega-Lite of `chart_tornado`, of one of `record["tornado"]`."""
    shown = [entry for entry in found["numbers"] if entry["span"]][:_MOST]
    if not shown or found["reference"] is None:
        raise InputError(f"no number moves {found['label']} by itself: there is nothing to draw.")
    ends = ("5 % quantile", "95 % quantile")
    bars = [
        {
            "y": n + (_APART if end == "high" else -_APART),
            "who": entry["label"],
            "end": words,
            "from": found["reference"],
            "to": entry[end],
            "text": rounded(entry[end]),
            "number": rounded(entry["at"][end == "high"]),
        }
        for n, entry in enumerate(shown)
        for end, words in zip(("low", "high"), ends, strict=True)
        if entry[end] is not None
    ]
    names = [f"{entry['label']} *" if entry["flips"] else entry["label"] for entry in shown]
    unit = "probability" if found["unit"] == "probability" else "% of income a year"
    x: Spec = {"field": "from", "type": "quantitative", "title": f"{_capital(found['label'])}, {unit}"}
    x |= {"axis": {"tickCount": 6, "titleLimit": {"expr": "width"}}, "scale": {"zero": False}}
    colour: Spec = {"field": "end", "type": "nominal", "legend": {"title": "The number at its"}}
    colour["scale"] = {"domain": list(ends), "range": [SKY, VERMILION]}
    tooltip = [{"field": field, "title": title} for field, title in _TOLD["tornado"]]
    encoding = {"y": _rows(len(shown)), "x": x, "x2": {"field": "to"}, "color": colour, "tooltip": tooltip}
    layers = [
        layer(bars, {"type": "bar", "height": 11}, encoding),
        layer([{}], {"type": "rule", "strokeWidth": 1.2}, {"x": {"datum": found["reference"]}}),
    ]
    listed = "; ".join(
        f"{entry['label']}: {_end(entry['low'])} to {_end(entry['high'])}"
        f"{'; another move is the most likely one there' if entry['flips'] else ''}"
        for entry in shown
    )
    note = [
        f"One number at a time, the others at the reference ({rounded(found['reference'])}, the upright line).",
        "*: at one of the ends another move is the most likely one.",
    ]
    words = f"Tornado chart. {listed}."
    return _named(f"One number at a time: {found['label']}", note, layers, names, words)


def chart_box(record: Mapping[str, Any]) -> alt.Chart | alt.LayerChart:
    """Coverage against density of the boxes that peeling went through, and of the one that was chosen.

    Raises:
        InputError: no box was looked for, or all draws are alike.
    """
    return to_chart(box_spec(record["box"]))


def box_spec(box: Mapping[str, Any]) -> Spec:
    """Vega-Lite of `chart_box`, of `record["box"]`."""
    if box["absent"] or len(box["path"]) < 2:
        raise InputError("no box of failed deterrence was looked for: there is nothing to draw.")
    points = [
        {
            **one,
            "text": f"{plain(100 * one['coverage'])} % of crossings, {plain(100 * one['density'])} % of draws cross",
        }
        for one in box["path"]
    ]
    x: Spec = {"field": "coverage", "type": "quantitative", "title": "Coverage: share of all crossings"}
    y: Spec = {"field": "density", "type": "quantitative", "title": "Density: share of draws that cross"}
    for axis in (x, y):
        axis |= {"scale": {"domain": [0, 1], "nice": False}, "axis": {"format": ".0%", "tickCount": 5}}
    most = max(one["limited"] for one in points)
    colour: Spec = {"field": "limited", "type": "quantitative", "title": "Numbers limited"}
    colour |= {"scale": {"scheme": "viridis", "domain": [0, max(most, 1)]}, "legend": {"tickMinStep": 1}}
    tooltip = [{"field": "text", "title": "Box"}, {"field": "limited", "title": "Numbers limited"}]
    chosen = [{"coverage": box["coverage"], "density": box["density"], "text": "chosen", "limited": len(box["limits"])}]
    ring = {"type": "point", "size": 170, "strokeWidth": 2.5, "filled": False, "stroke": ink("ink"), "opacity": 1}
    layers = [
        layer([{}], {"type": "rule", "strokeDash": [4, 4], "color": ink("faint")}, {"y": {"datum": box["wanted"]}}),
        layer(points, {"type": "point", "filled": True, "size": 60, "opacity": 1}, {"x": x, "y": y, "color": colour}),
        layer(chosen, ring, {"x": x, "y": y, "tooltip": tooltip}),
    ]
    layers[1]["encoding"]["tooltip"] = tooltip
    words = (
        f"Trade-off of {len(points)} boxes; the chosen one limits {len(box['limits'])} numbers, holds "
        f"{plain(100 * box['coverage'])} % of all crossings, and {plain(100 * box['density'])} % of its draws cross."
    )
    note = (
        "Each point is a box that limits more numbers, or more tightly. Ring: the chosen box. Dashed: density wanted."
    )
    parts: Spec = {"layer": layers, "description": words}
    return spec("Where deterrence fails: coverage against density", note, parts, height=320)


def chart_regret(record: Mapping[str, Any]) -> alt.Chart | alt.LayerChart:
    """Expected loss beyond the least and worst regret of each policy of the sender, side by side.

    Raises:
        InputError: there are no policies.
    """
    return to_chart(regret_spec(record["regret"]))


def regret_spec(regret: Mapping[str, Any]) -> Spec:
    """Vega-Lite of `chart_regret`, of `record["regret"]`."""
    if regret["absent"]:
        raise InputError(f"no regrets: {regret['absent']}")
    kinds = {"loss": "expected loss beyond the least", "worst": "worst regret", "q95": "regret at 95 % of the draws"}
    least = min(entry["loss"] for entry in regret["policies"])
    points = []
    for n, entry in enumerate(regret["policies"]):
        values = {"loss": entry["loss"] - least, "worst": entry["worst_regret"], "q95": entry["regret_q95"]}
        for kind, shift in (("loss", -_APART), ("q95", _APART), ("worst", _APART)):
            chosen = kind != "q95" and entry["policy"] in regret["by_loss" if kind == "loss" else "by_regret"]
            points.append(
                {
                    "y": n + shift,
                    "who": entry["label"],
                    "kind": kinds[kind],
                    "at": values[kind],
                    "text": f"{rounded(values[kind])} % of income{', the least' if chosen else ''}",
                    "mark": "least" if chosen else "",
                }
            )
    x: Spec = {"field": "at", "type": "quantitative", "title": "% of its own income a year", "axis": {"tickCount": 6}}
    colour: Spec = {"field": "kind", "type": "nominal", "legend": {"title": None}}
    colour["scale"] = {"domain": list(kinds.values()), "range": [BLUE, VERMILION, GREEN]}
    y = _rows(len(regret["policies"]))
    tooltip = [{"field": field, "title": title} for field, title in _TOLD["regret"]]
    dot = {"type": "point", "filled": True, "size": 80, "opacity": 1, "stroke": ink("paper")}
    text = {"type": "text", "align": "left", "baseline": "middle", "dx": 8, "color": ink("ink")}
    layers = [
        layer([{}], {"type": "rule", "strokeWidth": 1.2}, {"x": {"datum": 0}}),
        layer(points, dot, {"y": y, "x": x, "color": colour, "tooltip": tooltip}),
        layer([p for p in points if p["mark"]], text, {"y": y, "x": x, "text": {"field": "mark"}}),
    ]
    listed = "; ".join(
        f"{entry['label']}: expected loss {rounded(entry['loss'])}, worst regret {rounded(entry['worst_regret'])}"
        for entry in regret["policies"]
    )
    note = (
        f"Policies of {regret['sender_label']} once the line is crossed; % of its own income a year, stakes included."
    )
    names = [entry["label"] for entry in regret["policies"]]
    return _named("Regret of each policy", note, layers, names, f"Regrets of policies. {listed}.")


_TOLD = {
    "indices": (("who", "Number"), ("kind", "Index"), ("text", "Share (95 % interval)")),
    "tornado": (("who", "Number"), ("end", "At its"), ("number", "That is"), ("text", "Result")),
    "regret": (("who", "Policy"), ("kind", "What"), ("text", "Size")),
}


def _of(record: Mapping[str, Any], part: str, result: str) -> Mapping[str, Any]:
    found: Sequence[Mapping[str, Any]] = record[part]
    for one in found:
        if one["result"] == result:
            return one
    raise InputError(f"there is no result {result!r}; there are {', '.join(one['result'] for one in found)}.")


def _rows(count: int) -> Spec:
    """The upright axis of named rows."""
    return {
        "field": "y",
        "type": "quantitative",
        "title": None,
        "scale": {"domain": [-0.6, count - 0.4], "reverse": True, "nice": False, "zero": False},
        "axis": {
            "values": list(range(count)),
            "labelExpr": "names[datum.value]",
            "labelLimit": 290,
            "labelPadding": 10,
            "domain": False,
            "ticks": False,
            "grid": False,
        },
    }


def _named(title: str, note: str | Sequence[str], layers: list[Spec], names: Sequence[str], words: str) -> Spec:
    """A chart with named rows; names in at most two lines."""
    lines = [textwrap.wrap(name, _LINE, max_lines=2, placeholder="…") or [""] for name in names]
    parts: Spec = {"params": [{"name": "names", "value": lines}], "layer": layers, "description": words}
    return spec(title, note, parts, height=_ROW * len(names))


def _end(value: float | None) -> str:
    return "no play" if value is None else rounded(value)


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
