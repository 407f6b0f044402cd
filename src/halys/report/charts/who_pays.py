"""Who pays: real income of actors, members, outsiders and the world in the histories that the answer names."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import xarray as xr

from halys.report.charts.access import units
from halys.report.charts.format import change
from halys.report.charts.theme import BLUE, BROWN, GREY, LOSS, ORANGE, SIGNED_LABELS, Spec, ink, spec, to_chart

if TYPE_CHECKING:
    import altair as alt

_ROLES = {"played": BLUE, "crossed": ORANGE, "threat": LOSS}
_OTHERS = (GREY, BROWN)
_KINDS = {
    "actor": "Actors",
    "member": "Members of actors, hardest hit first",
    "outsider": "Outsiders, hardest hit first",
    "unranked": "Not ranked: poorly recovered by the table",
    "doubtful": "Not ranked: poorly recovered by the table",
    "rest": "In sum",
    "world": "In sum",
}
_NARROW = "width < 420"
_LINE = 14  # letters in a line of a name where the chart is narrow
_BAR = 12  # pixels
_SINGLE = 26  # pixels for a row of one bar, so that two lines of a name fit
MOST_OF_A_KIND = 8
_NUMBERS = 128  # pixels for the column of numbers


def chart_who_pays(game: xr.Dataset, answer: dict[str, Any]) -> alt.Chart | alt.LayerChart:
    """Bars of the change of real income, one for each history that the answer names."""
    return to_chart(who_pays_spec(game, answer))


def who_pays_spec(game: xr.Dataset, answer: dict[str, Any], *, legend: bool = True) -> Spec:
    """Vega-Lite of `chart_who_pays`. Without `legend` the page must say which colour is which history."""
    payers = answer["who_pays"]
    titles = history_titles(payers["histories"])
    colours = history_colours(payers["histories"])
    bars: list[Spec] = []
    heads: list[Spec] = []
    names: list[str] = []
    listed = [*payers["rows"], *(payers.get("unranked") or [])]
    for kind, heading in _KINDS.items():
        rows = hardest_hit(listed, kind)
        if rows and not (heads and heads[-1]["text"] == heading):
            heads.append({"row": len(names), "text": heading})
            names.append("")
        for row in rows:
            for n, value in enumerate(row["values"]):
                if value is not None and value.get("percent") is not None:
                    text = change(value["percent"], value["billion"])
                    entry = {"row": len(names), "who": row["label"], "history": titles[n], "order": n}
                    bars.append({**entry, "percent": value["percent"], "text": text})
            names.append(row["label"])
    low, high = (f(0.0, *(b["percent"] for b in bars)) for f in (min, max))
    y: Spec = {"field": "row", "type": "ordinal", "title": None}
    y["scale"] = {"domain": list(range(len(names))), "paddingInner": 0.18, "paddingOuter": 0.05}
    y["axis"] = {
        "labelExpr": f"{_NARROW} ? lines[datum.value] : names[datum.value]",
        "labelLimit": {"expr": f"{_NARROW} ? 92 : 230"},
        "domain": False,
        "ticks": False,
    }
    offset: Spec = {"field": "order", "type": "ordinal", "sort": None}
    offset["scale"] = {"domain": list(range(len(titles))), "paddingInner": 0.1}
    colour: Spec = {
        "field": "history",
        "type": "nominal",
        "sort": None,
        "scale": {"domain": titles, "range": colours},
        "legend": {
            "title": None,
            "columns": {"expr": f"{_NARROW} ? 1 : 0"},
            "labelLimit": {"expr": "max(width - 20, 120)"},
        }
        if legend and len(titles) > 1
        else None,
    }
    x: Spec = {
        "field": "percent",
        "type": "quantitative",
        "title": "% of income a year",
        "scale": {
            "domain": [low, high if high > low else low + 1.0],
            "nice": True,
            "range": [0, {"expr": f"width - {_NUMBERS}"}],
        },
        "axis": {"tickCount": {"expr": f"{_NARROW} ? 2 : 5"}, "labelExpr": SIGNED_LABELS},
    }
    tooltip = [
        {"field": "who", "title": "Who"},
        {"field": "history", "title": "History"},
        {"field": "text", "title": "Real income"},
    ]
    encoding = {"y": y, "yOffset": offset}
    layers: list[Spec] = [
        {"mark": {"type": "bar"}, "encoding": {**encoding, "x": x, "color": colour, "tooltip": tooltip}},
        {"data": {"values": [{}]}, "mark": {"type": "rule", "strokeWidth": 1.2}, "encoding": {"x": {"datum": 0}}},
        {
            "mark": {"type": "text", "align": "right", "baseline": "middle", "fontSize": 11.5},
            "encoding": {**encoding, "x": {"value": "width"}, "text": {"field": "text"}},
        },
        {
            "data": {"values": heads},
            "mark": {
                "type": "text",
                "align": "left",
                "baseline": "middle",
                "dy": 6,
                "fontWeight": "bold",
                "fontSize": 11.5,
                "color": ink("faint"),
                "limit": {"expr": "width"},
            },
            "encoding": {"y": y, "x": {"value": 0}, "text": {"field": "text"}},
        },
    ]
    many = max(len(titles), 2)
    lines = [textwrap.wrap(name, _LINE, max_lines=many, placeholder="…") or [""] for name in names]
    known: list[Spec] = [{"name": "names", "value": names}, {"name": "lines", "value": lines}]
    parts: Spec = {"data": {"values": bars}, "params": known, "layer": layers}
    note = f"Change of real income, {units(game, 'welfare', '% a year')}; billion US dollars a year in brackets."
    step = _BAR * many + 4 if len(titles) > 1 else _SINGLE
    return spec("Who pays", note, parts, height=step * len(names))


def hardest_hit(rows: list[dict[str, Any]], kind: str) -> list[dict[str, Any]]:
    """The rows of one kind: actors in order, of others those that lose most in the last history, hardest first."""
    own = [row for row in rows if row["kind"] == kind]
    if kind in ("actor", "rest", "world"):
        return own
    return sorted(own, key=lambda row: float((row["values"][-1] or {}).get("percent") or 0.0))[:MOST_OF_A_KIND]


def history_titles(histories: Sequence[Mapping[str, Any]]) -> list[str]:
    """Titles of the histories: with a capital, told apart where two are the same, numbered where there are several."""
    titles: list[str] = []
    for history in histories:
        title = str(history["title"])
        title = title[:1].upper() + title[1:]
        titles.append(title if title not in titles else f"{title} ({history['history']})")
    return [f"({n}) {title}" for n, title in enumerate(titles, 1)] if len(titles) > 1 else titles


def history_colours(histories: Sequence[Mapping[str, Any]]) -> list[str]:
    """A colour for each history, by its role."""
    others = iter(_OTHERS * len(histories))
    return [_ROLES.get(str(h.get("role"))) or next(others) for h in histories]
