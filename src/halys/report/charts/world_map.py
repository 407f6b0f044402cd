"""The world map of gains and losses, one history at a time, in classes that are the same for all histories."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np
import xarray as xr

from halys.errors import InputError
from halys.report.charts.access import equilibria, income_change, sharing, unsolved
from halys.report.charts.theme import DIVERGING, WIDTH, Spec, ink, spec, to_chart
from halys.report.shapes import area_names, load_shapes

if TYPE_CHECKING:
    import altair as alt

RATIO = 0.46  # height over width of the projected map without Antarctica
_PROJECTION = {"type": "equalEarth", "rotate": [-11, 0, 0]}  # the cut runs through the Bering Strait
_WITHIN = 0.98  # of all changes: the others would take the steps from the rest
_LEAST = 0.3  # %, for the outermost border: smaller classes would show what does not matter
_STEPS = (1.0, 0.3, 0.1, 0.03)  # borders of the classes, times a round number
_NUMBER = "abs({0}) < 0.0005 ? '≈0' : format({0}, abs({0}) >= 9.995 ? '+,.1f' : abs({0}) >= 0.00995 ? '+,.2f' : '+.3f')"


def chart_world_map(
    results: xr.Dataset, histories: Mapping[str, str] | None = None, only: str | None = None
) -> alt.Chart | alt.LayerChart:
    """Change of real income of every economy, % of baseline final spending, with a choice of history.

    Args:
        results: of a run. histories: words for histories, by id. only: draw this history alone, without a choice.

    Raises:
        InputError: the history asked for has no equilibrium, or none has.
    """
    return to_chart(world_map_spec(results, histories or {}, only))


def world_map_spec(
    results: xr.Dataset, histories: Mapping[str, str], only: str | None = None, *, shapes: bool = True
) -> Spec:
    """Vega-Lite of `chart_world_map`. Without `shapes` the page must bring the data sets `economies` and `hatch`."""
    percent, billion = income_change(results)
    names, codes = equilibria(results), [str(c) for c in results["economy"].values]
    missing, groups = unsolved(results), sharing(results)
    shown = [n for n, name in enumerate(names) if name not in missing and (only is None or only in groups[name])]
    if not shown:
        raise InputError(f"there is no equilibrium to draw a map of{'' if only is None else f' for {only}'}.")
    labels = [option_label(groups[names[n]], histories) for n in shown]
    values = [
        {"code": code, "name": str(name), "p": _digits(percent[shown, j]), "b": _digits(billion[shown, j])}
        for j, (code, name) in enumerate(zip(codes, results["economy_name"].values, strict=True))
    ]
    borders = class_borders(percent[np.isfinite(percent)])
    parts: Spec = {"projection": _PROJECTION, "layer": _layers(values, borders)}
    if shapes:
        loaded = load_shapes()
        parts["datasets"] = {name: loaded[name] for name in ("economies", "hatch")}
    pick: Spec = {"name": "pick", "value": 0}
    if len(shown) > 1:
        pick["bind"] = {"input": "select", "options": list(range(len(shown))), "labels": labels, "name": "History "}
    words: Spec = {"name": "classes", "value": class_names(borders)}
    parts["params"] = [pick, words, {"name": "shades", "value": list(DIVERGING)}]
    title = "Gains and losses" if only is None else f"Gains and losses: {histories.get(only, only)}"
    note = "Change of real income, % of baseline final spending a year. Hatched: not in the table."
    return spec(title, note, parts, height=round(WIDTH * RATIO))


def option_label(shared: Sequence[str], histories: Mapping[str, str]) -> str:
    """The histories with one equilibrium in a line: the first, and how many more."""
    more = "" if len(shared) == 1 else f" (and {len(shared) - 1} with the same measures)"
    return f"{histories.get(shared[0], shared[0])}{more}"


def class_borders(percent: Any) -> list[float]:
    """Borders of nine classes around zero, a factor of about three apart; few changes lie beyond the outermost."""
    largest = max(_LEAST, float(np.quantile(np.abs(percent), _WITHIN)) if len(percent) else 0.0)
    power = 10.0 ** math.floor(math.log10(largest))
    leading = largest >= 3 * power * (1 - 1e-9)
    ladder = [power * step for step in ((3.0, 1.0, 0.3, 0.1) if leading else _STEPS)]
    sizes = [float(f"{v:.3g}") for v in ladder]
    return [-v for v in sizes] + sizes[::-1]


def class_names(borders: Sequence[float]) -> list[str]:
    """The classes between borders in words."""
    words = [f"{'−' if b < 0 else '+'}{abs(b):g}" for b in borders]
    between = [f"{a} to {b}" for a, b in pairwise(words)]
    return [f"below {words[0]}", *between, f"above {words[-1]}"]


def _digits(values: Any) -> list[float]:
    """Enough digits to print, as JSON needs no more."""
    return [float(f"{v:.4g}") for v in values]


def _layers(values: list[Spec], borders: list[float]) -> list[Spec]:
    codes = [v["code"] for v in values]
    outlined = area_names()
    dots = [d | values[codes.index(d["id"])] for d in load_shapes()["dots"] if d["id"] in codes]
    areas: Spec = {"name": "economies", "format": {"type": "topojson", "feature": "economies"}}
    lines: Spec = {"name": "hatch", "format": {"type": "topojson", "feature": "hatch"}}
    without = sorted(set(outlined) - set(codes))
    absent = {"filter": {"field": "id", "oneOf": without}}
    fields = ["code", "name", "p", "b"]
    look_up = {"lookup": "id", "from": {"data": {"values": values}, "key": "code", "fields": fields}}
    change: list[Spec] = [
        {"calculate": "datum.p[pick]", "as": "percent"},
        {"calculate": "datum.b[pick]", "as": "billion"},
        {"calculate": f"({_NUMBER.format('datum.percent')}) + ' %'", "as": "percent_text"},
        {"calculate": f"({_NUMBER.format('datum.billion')}) + ' billion USD a year'", "as": "billion_text"},
    ]
    classes = "+".join(f"(datum.percent >= {b:g})" for b in borders)
    change.append({"calculate": f"datum.percent == null ? null : {classes}", "as": "class"})
    colour: Spec = {
        "field": "class",
        "type": "ordinal",
        "scale": {
            "domain": list(range(len(DIVERGING))),
            "range": [{"expr": f"shades[{n}]"} for n in range(len(DIVERGING))],
        },
        "legend": {
            "title": "% of income a year; the classes are the same for all histories",
            "orient": "bottom",
            "symbolType": "square",
            "titleLimit": {"expr": "width"},
            "symbolStrokeWidth": 0,
            "columns": {"expr": "width < 480 ? 2 : 5"},
            "labelExpr": "classes[datum.value]",
            "columnPadding": 14,
        },
    }
    tooltip = [
        {"field": "name", "title": "Economy"},
        {"field": "percent_text", "title": "Real income"},
        {"field": "billion_text", "title": "Money"},
    ]
    hatch = {"type": "geoshape", "filled": False, "stroke": ink("faint"), "strokeWidth": 0.5, "strokeOpacity": 0.65}
    return [
        {
            "data": areas,
            "transform": [absent, {"calculate": "datum.properties.name + ' (not in the table)'", "as": "n"}],
            "mark": {"type": "geoshape", "fill": ink("paper"), "stroke": ink("faint"), "strokeWidth": 0.35},
            "encoding": {"tooltip": [{"field": "n", "title": "Area"}]},
        },
        {"data": lines, "transform": [absent], "mark": {**hatch, "tooltip": None}},
        {
            "data": areas,
            "transform": [{"filter": {"field": "id", "oneOf": sorted(codes)}}, look_up, *change],
            "mark": {"type": "geoshape", "stroke": ink("paper"), "strokeWidth": 0.6},
            "encoding": {"color": colour, "tooltip": tooltip},
        },
        {
            "data": {"values": dots},
            "transform": change,
            "mark": {
                "type": "circle",
                "size": {"expr": "width < 420 ? 26 : 64"},
                "opacity": 1,
                "stroke": ink("ink"),
                "strokeWidth": 0.8,
            },
            "encoding": {
                "longitude": {"field": "lon", "type": "quantitative"},
                "latitude": {"field": "lat", "type": "quantitative"},
                "color": colour,
                "tooltip": tooltip,
            },
        },
    ]
