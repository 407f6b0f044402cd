"""When a threat deters: the values of a stake at which each reply is credible, sufficient and assured."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import xarray as xr

from halys.errors import InputError
from halys.report.charts.access import actor_labels, units
from halys.report.charts.format import plain
from halys.report.charts.theme import SETS, Spec, ink, spec, to_chart

if TYPE_CHECKING:
    import altair as alt

_ROW = 24  # pixels
_MEANING = {
    "credible": "credible: carrying it out is worth more than not",
    "sufficient": "sufficient: the target would rather stay below the line",
    "assured": "assured: nothing follows if the line is not crossed",
    "deters": "deters: all three",
}


def stake_charts(answer: dict[str, Any]) -> list[dict[str, Any]]:
    """The sets over each stake that the answer has, one entry for each stake."""
    found = (answer.get("deterrence") or {}).get("chart") or []
    listed = [found] if isinstance(found, dict) else list(found)
    return [chart for chart in listed if chart.get("rows")]


def varies(chart: dict[str, Any]) -> bool:
    """Whether any set begins or ends within the range of the stake."""
    whole = [[chart["low"], chart["high"]]]
    return any(row["intervals"] not in ([], whole) for row in chart["rows"])


def chart_deterrence(game: xr.Dataset, answer: dict[str, Any], stake: str | None = None) -> alt.Chart | alt.LayerChart:
    """The sets of every reply over one stake, by default the first.

    Raises:
        InputError: the answer has no such stake.
    """
    return to_chart(deterrence_spec(game, answer, stake))


def deterrence_spec(game: xr.Dataset, answer: dict[str, Any], stake: str | None = None) -> Spec:
    """Vega-Lite of `chart_deterrence`."""
    listed = stake_charts(answer)
    chart = next((c for c in listed if stake is None or c["stake"] == stake), None)
    if chart is None:
        raise InputError(f"the answer has no sets over the stake {stake!r}; it has {[c['stake'] for c in listed]}.")
    names: list[str] = []
    bars: list[Spec] = []
    heads: list[Spec] = []
    empty: list[Spec] = []
    for row in chart["rows"]:
        if not heads or heads[-1]["reply"] != row["reply"]:
            heads.append({"row": len(names), "text": row["label"], "reply": row["reply"]})
            names.append("")
        for low, high in row["intervals"]:
            words = f"{plain(low)} to {plain(high)} % of income a year"
            entry = {"row": len(names), "set": row["set"], "low": low, "high": high, "words": words}
            bars.append({**entry, "reply": row["label"], "meaning": _MEANING.get(row["set"], row["set"])})
        if not row["intervals"]:
            words = "at no value all three" if row["set"] == "deters" else f"at no value {row['set']}"
            empty.append({"row": len(names), "text": words})
        names.append(row["set"])
    y: Spec = {"field": "row", "type": "ordinal", "title": None}
    y["scale"] = {"domain": list(range(len(names))), "paddingInner": 0.3, "paddingOuter": 0.1}
    y["axis"] = {"labelExpr": "names[datum.value]", "domain": False, "ticks": False}
    owner = actor_labels(game).get(str(chart.get("actor")), str(chart.get("actor", "")))
    x: Spec = {"type": "quantitative", "title": f"“{chart['label']}”, % of income of {owner} a year"}
    x["scale"] = {"domain": [chart["low"], chart["high"]], "nice": False}
    x["axis"] = {"tickCount": 5, "titleLimit": {"expr": "width"}}
    scale = {"domain": list(SETS), "range": list(SETS.values())}
    colour = {"field": "set", "type": "nominal", "legend": None, "scale": scale}
    tooltip = [
        {"field": "reply", "title": "Reply"},
        {"field": "meaning", "title": "Set"},
        {"field": "words", "title": "Where"},
    ]
    text = {"type": "text", "align": "left", "baseline": "middle", "limit": {"expr": "width"}}
    layers: list[Spec] = [
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
        {
            "data": {"values": [{"at": chart["value"], "text": f"reference value {plain(chart['value'])} %"}]},
            "mark": {"type": "rule", "strokeDash": [3, 3], "color": ink("ink")},
            "encoding": {"x": {"field": "at", **x}, "tooltip": [{"field": "text", "title": chart["label"]}]},
        },
    ]
    note = [
        f"Values of the stake in {units(game, 'stake_value', '% a year')}; the dashed line is the reference value.",
        "Credible: carried out rather than not. Sufficient: the target rather stays. Assured: who stays is spared.",
    ]
    parts: Spec = {"params": [{"name": "names", "value": names}], "layer": layers}
    return spec(f"When a threat deters: “{chart['label']}”", note, parts, height=_ROW * len(names))
