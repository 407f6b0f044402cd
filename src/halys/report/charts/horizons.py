"""Long and short run beside each other: a point for the central elasticities, a bar over the range of θ."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from halys.report.charts.format import percent
from halys.report.charts.theme import BLUE, ORANGE, SIGNED_LABELS, Spec, ink, spec, to_chart

if TYPE_CHECKING:
    import altair as alt

RUN_COLOURS = {"long": BLUE, "short": ORANGE}
_LABELS = {"long": "Long run", "short": "Short run"}
_NARROW = "width < 420"
_LINE = 14  # letters in a line of a name where the chart is narrow
_ROW = 34  # pixels
_APART = 0.18  # of a row, by which a run stands above or below the middle


def chart_horizons(horizons: Mapping[str, Any], history: int = -1) -> alt.Chart | alt.LayerChart:
    """Actors and the world in one history: real income in the long and in the short run, with the range over θ."""
    return to_chart(horizons_spec(horizons, history))


def horizons_spec(horizons: Mapping[str, Any], history: int = -1, *, legend: bool = True) -> Spec:
    """Vega-Lite of `chart_horizons`. Without `legend` the page must say which colour is which run.

    Args:
        history: which of the histories, by position.
    """
    shown = [row for row in horizons["rows"] if row["kind"] in ("actor", "world")]
    points: list[Spec] = []
    for n, row in enumerate(shown):
        for run, cell in row["values"][history].items():
            if cell is None:
                continue
            words = f"{percent(cell['percent'])} ({percent(cell['low'])} to {percent(cell['high'])})"
            ends = {key: cell[key] for key in ("percent", "low", "high")}
            y = n + (_APART if run == "short" else -_APART)
            points.append({"y": y, "who": row["label"], "run": _LABELS[run], "text": words, **ends})
    names = [row["label"] for row in shown]
    lines = [textwrap.wrap(name, _LINE, max_lines=2, placeholder="…") or [""] for name in names]
    place: Spec = {
        "field": "y",
        "type": "quantitative",
        "title": None,
        "scale": {"domain": [-0.6, len(names) - 0.4], "reverse": True, "nice": False, "zero": False},
        "axis": {
            "values": list(range(len(names))),
            "labelExpr": f"{_NARROW} ? lines[datum.value] : names[datum.value]",
            "labelLimit": {"expr": f"{_NARROW} ? 92 : 230"},
            "domain": False,
            "ticks": False,
            "grid": False,
        },
    }
    scale = {"domain": list(_LABELS.values()), "range": list(RUN_COLOURS.values())}
    colour: Spec = {"field": "run", "type": "nominal", "scale": scale, "legend": {"title": None} if legend else None}
    x: Spec = {
        "field": "percent",
        "type": "quantitative",
        "title": "% of income a year",
        "axis": {"tickCount": {"expr": f"{_NARROW} ? 3 : 6"}, "labelExpr": SIGNED_LABELS},
    }
    tooltip = [
        {"field": "who", "title": "Who"},
        {"field": "run", "title": "Run"},
        {"field": "text", "title": "Real income"},
    ]
    layers: list[Spec] = [
        {"data": {"values": [{}]}, "mark": {"type": "rule", "strokeWidth": 1.2}, "encoding": {"x": {"datum": 0}}},
        {
            "mark": {"type": "rule", "strokeWidth": 5, "opacity": 0.45, "strokeCap": "round"},
            "encoding": {"y": place, "x": {**x, "field": "low"}, "x2": {"field": "high"}, "color": colour},
        },
        {
            "mark": {"type": "point", "filled": True, "size": 72, "opacity": 1, "stroke": ink("paper")},
            "encoding": {"y": place, "x": x, "color": colour, "tooltip": tooltip},
        },
    ]
    known: list[Spec] = [{"name": "names", "value": names}, {"name": "lines", "value": lines}]
    note = "Change of real income, % of baseline final spending: point at the central θ, bar over its range."
    parts: Spec = {"data": {"values": points}, "params": known, "layer": layers}
    return spec("Long and short run", note, parts, height=_ROW * len(names))
