"""Charts of draws: how often each move or future comes, and how real income is spread over the draws."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from halys.report.charts.format import plain, signed
from halys.report.charts.theme import BLUE, GREY, SIGNED_LABELS, VERMILION, Spec, actor_colours, ink, spec, to_chart

if TYPE_CHECKING:
    import altair as alt

_ROW = 30  # pixels


def chart_moves(record: Mapping[str, Any]) -> alt.Chart | alt.LayerChart:
    """How often each move of the focal decision is played over the draws, with standard errors.

    Args:
        record: `halys.run_ensemble(...).data`.
    """
    return to_chart(moves_spec(record))


def chart_futures(record: Mapping[str, Any]) -> alt.Chart | alt.LayerChart:
    """How likely each named future is, with standard errors.

    Args:
        record: `halys.run_campaign(...).data` or that of draws.
    """
    return to_chart(futures_spec(record))


def chart_spread(record: Mapping[str, Any]) -> alt.Chart | alt.LayerChart:
    """Real income of each actor over the draws: median, the middle half, the middle nine tenths."""
    return to_chart(spread_spec(record))


def moves_spec(record: Mapping[str, Any]) -> Spec:
    """Vega-Lite of `chart_moves`."""
    rows = [_bar(move["label"], move, VERMILION if move["crosses"] else BLUE) for move in record["moves"]]
    note = "% of the draws; whiskers are two standard errors. Brown crosses the line."
    return _bars("How often each move is played", note, rows)


def futures_spec(record: Mapping[str, Any]) -> Spec:
    """Vega-Lite of `chart_futures`."""
    rows = [_bar(future["label"], future, GREY if future["id"] == "rest" else BLUE) for future in record["futures"]]
    return _bars("Which future comes", "% of free play; whiskers are two standard errors.", rows)


def _bar(label: str, entry: Mapping[str, Any], colour: str) -> Spec:
    share, error = 100 * entry["share"], 200 * (entry["standard_error"] or 0.0)
    words = f"{plain(share)} % (± {plain(error / 2)})"
    ends = {"low": max(0.0, share - error), "high": min(100.0, share + error)}
    return {"label": label, "share": share, **ends, "words": words, "colour": colour}


def _bars(title: str, note: str, rows: Sequence[Spec]) -> Spec:
    y: Spec = {"field": "label", "type": "nominal", "sort": None, "title": None}
    y["axis"] = {"ticks": False, "domain": False, "labelLimit": {"expr": "width < 420 ? 130 : 260"}}
    x: Spec = {"type": "quantitative", "title": None, "scale": {"domain": [0, 100]}}
    tooltip = [{"field": "label", "title": "What"}, {"field": "words", "title": "How often"}]
    colour = {"field": "colour", "type": "nominal", "scale": None}
    bar = {"y": y, "x": {"field": "share", **x}, "color": colour, "tooltip": tooltip}
    whisker = {"y": y, "x": {"field": "low", **x}, "x2": {"field": "high"}}
    layers = [
        {"mark": {"type": "bar", "opacity": 0.85}, "encoding": bar},
        {"mark": {"type": "rule", "strokeWidth": 1.5}, "encoding": whisker},
    ]
    words = "; ".join(f"{row['label']}: {row['words']}" for row in rows)
    parts: Spec = {"data": {"values": list(rows)}, "layer": layers, "description": f"{title}. {words}."}
    return spec(title, note, parts, height=_ROW * len(rows))


def spread_spec(record: Mapping[str, Any]) -> Spec:
    """Vega-Lite of `chart_spread`."""
    colours = actor_colours([actor["actor"] for actor in record["actors"]])
    rows = [
        {
            "label": actor["label"],
            "colour": colours[actor["actor"]],
            **{name: actor["percent"][name] for name in ("q5", "q25", "q50", "q75", "q95")},
            "words": f"{signed(actor['percent']['q50'])} % ({signed(actor['billion']['q50'])} bn)",
            "span": f"{signed(actor['percent']['q5'])} to {signed(actor['percent']['q95'])} %",
        }
        for actor in record["actors"]
    ]
    y: Spec = {"field": "label", "type": "nominal", "sort": None, "title": None}
    y["axis"] = {"ticks": False, "domain": False}
    x: Spec = {"type": "quantitative", "title": "% of own income a year", "axis": {"labelExpr": SIGNED_LABELS}}
    colour = {"field": "colour", "type": "nominal", "scale": None}
    told = [{"field": field, "title": title} for field, title in _TOLD]

    def bar(low: str, high: str, width: float) -> Spec:
        mark = {"type": "rule", "strokeWidth": width, "opacity": 0.45 if width < 10 else 0.75}
        return {
            "mark": mark,
            "encoding": {"y": y, "x": {"field": low, **x}, "x2": {"field": high}, "color": colour, "tooltip": told},
        }

    dot = {"type": "point", "filled": True, "size": 70, "color": ink("ink"), "opacity": 1}
    layers = [
        {"mark": {"type": "rule", "color": ink("faint")}, "encoding": {"x": {"datum": 0}}},
        bar("q5", "q95", 4),
        bar("q25", "q75", 11),
        {"mark": dot, "encoding": {"y": y, "x": {"field": "q50", **x}, "tooltip": told}},
    ]
    words = "; ".join(f"{row['label']}: median {row['words']}, {row['span']}" for row in rows)
    parts: Spec = {"data": {"values": rows}, "layer": layers, "description": f"Real income over the draws. {words}."}
    note = "As played. Dot: median of the draws; thick: the middle half; thin: the middle nine tenths."
    return spec("How real income is spread", note, parts, height=_ROW * len(rows))


_TOLD = (("label", "Who"), ("words", "Median"), ("span", "5 to 95 %"))
