"""One look for all charts: fonts, inks that follow light and dark, colours that colour-blind readers can tell apart.

A chart is a Vega-Lite specification, a plain dict. `to_chart` makes an Altair chart of it, which stands on its own in a
notebook; the report takes the specification as it is. Inks are parameters of the specification (`ink`, `faint`, `grid`,
`paper`), so that a page can change them while the chart stands.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import altair as alt

Spec = dict[str, Any]

WIDTH = 680
FONT = "Helvetica Neue, Arial, Liberation Sans, sans-serif"
INKS = {"ink": "#1b1f24", "faint": "#5d6672", "grid": "#d8dce2", "paper": "#ffffff"}

# Okabe and Ito (2008), in the order in which actors without a colour of their own take them.
BLUE, VERMILION, GREEN, PURPLE, SKY, ORANGE = "#0072b2", "#d55e00", "#009e73", "#b4548b", "#56b4e9", "#e69f00"
GREY, BROWN = "#8a929c", "#8c6d46"
_FIXED = {
    **dict.fromkeys(("usa", "us", "united-states", "washington"), BLUE),
    **dict.fromkeys(("china", "chn", "beijing"), VERMILION),
    **dict.fromkeys(("europe", "eu", "eu27"), ORANGE),
    **dict.fromkeys(("russia", "rus", "moscow"), PURPLE),
    **dict.fromkeys(("ukraine", "ukr"), SKY),
    **dict.fromkeys(("allies", "partners"), GREEN),
}
_PALETTE = (BLUE, VERMILION, GREEN, PURPLE, SKY, ORANGE, BROWN, GREY)

# Moves that stay below the line, from light to dark, and moves that cross it.
BELOW = ("#c6dcec", "#8fbbdb", "#5a98c6", "#2f75a8", "#1b5480")
CROSSING = ("#f9cf9c", "#f3a55f", "#e27a31", "#bd5415", "#8a3b0c")
LOSS, NEUTRAL = "#a6430b", "#e9e5db"
DIVERGING = ("#7a2c02", "#b9500f", "#e08a4a", "#f3c69f", NEUTRAL, "#b5d3e7", "#6ba5cc", "#2a77aa", "#0d4a73")
SETS = {"credible": BLUE, "sufficient": ORANGE, "assured": GREEN, "deters": "#3a3f47"}


def actor_colours(actors: Iterable[str]) -> dict[str, str]:
    """A colour for every actor: its own where it has one in every scenario, else the next that is free."""
    names = list(actors)
    taken = {_FIXED[name] for name in names if name in _FIXED}
    free = [colour for colour in _PALETTE if colour not in taken] or list(_PALETTE)
    others = [name for name in names if name not in _FIXED]
    found = {name: free[n % len(free)] for n, name in enumerate(others)}
    return {name: _FIXED.get(name) or found[name] for name in names}


def move_colours(moves: Sequence[tuple[str, bool]]) -> dict[str, str]:
    """A colour for every move of a decision, given whether it crosses the line: blues below it, browns beyond."""
    colours: dict[str, str] = {}
    for ramp, crosses in ((BELOW, False), (CROSSING, True)):
        side = [move for move, crossing in moves if crossing == crosses]
        steps = len(ramp) - 1
        for n, move in enumerate(side):
            colours[move] = ramp[round(steps * (n + 0.5) / max(len(side), 1) - 0.5) if len(side) > 1 else 2]
    return colours


def ink_on(colour: str) -> str:
    """Black or white, whichever is easier to read on a colour (relative luminance of WCAG)."""
    parts = (int(colour[n : n + 2], 16) / 255 for n in (1, 3, 5))
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts]
    return "#ffffff" if 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2] < 0.18 else "#10151b"


def ink(name: str = "ink") -> dict[str, str]:
    """A reference to one of the inks, for any colour property of a mark."""
    return {"expr": name}


def spec(title: str, note: str | Sequence[str], parts: Spec, *, height: float | dict[str, Any]) -> Spec:
    """A complete specification in the common look: title, subtitle that says units, inks and theme."""
    notes = [note] if isinstance(note, str) else list(note)
    given = list(parts.pop("params", []))
    return {
        "$schema": "https://vega.github.io/schema/vega-lite/v6.json",
        "title": {"text": title, "subtitle": notes},
        "background": {"expr": "paper"},
        "width": WIDTH,
        "height": height,
        "autosize": {"type": "fit-x", "contains": "padding"},
        "params": [*({"name": name, "value": value} for name, value in INKS.items()), *given],
        **parts,
        "config": _CONFIG,
    }


SIGNED_LABELS = "datum.value == 0 ? '0' : format(datum.value, '+~g')"


def layer(values: list[Spec], mark: Spec, encoding: Spec) -> Spec:
    """One layer of a chart with data of its own."""
    return {"data": {"values": values}, "mark": mark, "encoding": encoding}


def to_chart(specification: Spec) -> alt.Chart | alt.LayerChart:
    """The Altair chart of a specification."""
    import altair as alt

    kind = alt.LayerChart if "layer" in specification else alt.Chart
    return kind.from_dict(specification, validate=False)


_CONFIG: Spec = {
    "font": FONT,
    "view": {"stroke": None},
    "axis": {
        "labelColor": ink("faint"),
        "titleColor": ink("faint"),
        "gridColor": ink("grid"),
        "domainColor": ink("grid"),
        "tickColor": ink("grid"),
        "labelFontSize": 12,
        "titleFontSize": 12,
        "titleFontWeight": "normal",
        "titlePadding": 8,
    },
    "axisY": {"labelColor": ink("ink")},
    "legend": {
        "labelColor": ink("ink"),
        "titleColor": ink("faint"),
        "labelFontSize": 12,
        "titleFontSize": 12,
        "titleFontWeight": "normal",
        "labelLimit": 320,
        "orient": "top",
        "direction": "horizontal",
    },
    "title": {
        "color": ink("ink"),
        "subtitleColor": ink("faint"),
        "anchor": "start",
        "fontSize": 16,
        "subtitleFontSize": 12,
        "subtitlePadding": 4,
        "offset": 14,
    },
    "text": {"color": ink("ink"), "fontSize": 12},
    "rule": {"color": ink("ink")},
    "line": {"color": ink("ink")},
    "bar": {"discreteBandSize": {"band": 0.72}},
}
