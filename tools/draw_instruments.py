"""Draw the charts of docs/instruments from the examples on its pages.

Each page has one example in Python: a loop `for NAME in (...):` over strengths of the instrument, that solves the
bundled world at each. The script runs the example again over a finer grid of strengths, takes the changes of real
income from the outcomes, and writes docs/instruments/charts/NAME.svg, the numbers in its <metadata>. The tests
compare them with what the example gives.

Run: python tools/draw_instruments.py [NAME ...]
"""

from __future__ import annotations

import contextlib
import io
import json
import re
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import altair as alt
import vl_convert

import halys
from halys.report.charts.theme import (
    BLUE,
    GREEN,
    GREY,
    ORANGE,
    PURPLE,
    SIGNED_LABELS,
    SKY,
    VERMILION,
    ink,
    spec,
    to_chart,
)

PAGES = Path(__file__).resolve().parent.parent / "docs" / "instruments"
BILLION, PERCENT = "billion US dollars a year", "% of baseline final spending"
WIDTH, HEIGHT, MARGIN = 560, 250, 120  # pixels; the margin is for the names of the lines
COLOURS = {
    "United States": BLUE,
    "China": VERMILION,
    "Russia": PURPLE,
    "European Union": ORANGE,
    "Ukraine": SKY,
    "Türkiye": GREEN,
    "Poland": GREEN,
    "Coalition": ORANGE,
    "World": GREY,
    "Buyers": GREEN,
}
FIRST = re.compile(r"^for (\w+) in \(([^()]*)\):", re.MULTILINE)

Series = Mapping[str, str | Sequence[str]]  # a line: its name, and the economies whose real income it shows


class Drawing(NamedTuple):
    """How to draw an example. axis: the strength in words. grid: strengths beside those of the example. lines: for
    each solve of one pass of the loop, what to show of it. percent: whether strengths are shares."""

    title: str
    axis: str
    grid: tuple[float, ...]
    lines: tuple[Series, ...]
    unit: str = BILLION
    percent: bool = True
    falling: bool = False  # whether a smaller number is the stronger instrument


def _steps(low: float, high: float, count: int = 9) -> tuple[float, ...]:
    return tuple(round(low + (high - low) * n / (count - 1), 6) for n in range(count))


RUSSIA_AND_CHINA: Series = {"Russia": "RUS", "China": "CHN"}
DRAWINGS: dict[str, Drawing] = {
    "tariff": Drawing(
        "A small tariff pays the importer, a large one does not",
        "US tariff on Chinese goods, added to that of the baseline",
        (0.01, 0.02, 0.04, 0.07, *_steps(0, 0.5)),
        ({"United States": "USA", "China": "CHN"},),
    ),
    "export_tax": Drawing(
        "A tax on exports works as a tariff does",
        "Chinese tax on exports of high technology to the coalition",
        _steps(0, 0.25, 11),
        ({"China": "CHN", "Coalition": "coalition_2022"},),
    ),
    "trade_cost": Drawing(
        "A cost pays nobody",
        "Cost added to the delivery of Chinese goods to the United States",
        _steps(1, 1.25),
        ({"United States": "USA", "China": "CHN"},),
        percent=False,
    ),
    "ban": Drawing(
        "The same number in three forms: what Russia loses",
        "Coverage, reduction or lines of a ban on the coalition's goods",
        _steps(0, 0.9, 10),
        ({"coverage": "RUS"}, {"reduction": "RUS"}, {"lines": "RUS"}),
        unit=PERCENT,
    ),
    "transfer": Drawing(
        "What is given is lost, and a little more",
        "Aid of the European Union to Ukraine, billion US dollars a year",
        _steps(0, 90, 4),
        ({"European Union": "EU27", "Ukraine": "UKR"},),
        percent=False,
    ),
    "productivity": Drawing(
        "Productivity is of gross output: value added falls by more",
        "Factor on the productivity of all industries of Ukraine",
        _steps(0.7, 1, 7),
        ({"Ukraine": "UKR", "Poland": "POL"},),
        unit=PERCENT,
        percent=False,
        falling=True,
    ),
    "financial_cut_off": Drawing(
        "Whoever trades with the target pays, the sender too",
        "Cost of paying round the rails that the United States cut",
        _steps(0, 0.1, 6),
        ({"United States": "USA", "China": "CHN", "World": "all"},),
    ),
    "reserve_freeze": Drawing(
        "The return moves, the world as a whole loses nothing",
        "Frozen part of Russia's reserves, billion US dollars",
        _steps(0, 300, 4),
        ({"Russia": "RUS", "Coalition": "coalition_2022"},),
        percent=False,
    ),
    "secondary_sanctions": Drawing(
        "The same size by two instruments: what the senders gain or lose",
        "Tariff, or trade cost, on goods that the coalition buys from China",
        _steps(0, 0.25, 11),
        ({"by tariff": "coalition_2022"}, {"by trade cost": "coalition_2022"}),
    ),
    "technology_denial": Drawing(
        "What comes with the goods weighs more than the goods",
        "Productivity that China's dual-use industries lose, beside the ban",
        _steps(0, 0.03, 7),
        ({"China": "CHN", "Coalition": "coalition_2022"},),
    ),
    "voluntary_exit": Drawing(
        "Firms that leave",
        "Share of their varieties that EU and G7 firms withdraw from Russia",
        _steps(0, 0.4),
        ({"Russia": "RUS", "Their homes": ["EU27", "G7"]},),
    ),
    "price_cap": Drawing(
        "A rent moves to the buyers",
        "Discount on Russian oil and gas for China, India and Türkiye",
        _steps(0, 0.3, 7),
        ({"Russia": "RUS", "Buyers": ["CHN", "IND", "TUR"]},),
    ),
    "concessional_sale": Drawing(
        "A sale below price: the world loses, the more the larger the discount",
        "Discount on oil and gas that Russia pays for, to China and India",
        _steps(0, 0.1, 11),
        ({"Russia": "RUS", "Buyers": ["CHN", "IND"], "World": "all"},),
    ),
    "economic_relief": Drawing(
        "China's way round the cut rails",
        "Part of the payment friction on trade of Russia and China that is lifted",
        _steps(0, 1),
        (RUSSIA_AND_CHINA,),
    ),
    "dual_use_backfill": Drawing(
        "Copies at 1.2 times the supplier's own cost",
        "Share of the banned dual-use goods that China makes instead",
        _steps(0, 0.5, 6),
        (RUSSIA_AND_CHINA,),
    ),
    "military_transfer": Drawing(
        "Arms cost the donor their price and free little of the recipient's income",
        "Arms given by the United States, billion US dollars a year",
        _steps(0, 20, 5),
        ({"United States": "USA", "Ukraine": "UKR"},),
        percent=False,
    ),
    "evasion": Drawing(
        "A hub softens a ban and earns a margin",
        "Share of the banned varieties that Türkiye can re-export",
        _steps(0, 0.4, 5),
        ({"Russia": "RUS", "Türkiye": "TUR"},),
    ),
    "policing": Drawing(
        "Checks at the hub bring the ban back",
        "Capacity of the hub that policing leaves",
        _steps(0, 1, 6),
        ({"Russia": "RUS", "Türkiye": "TUR"},),
        falling=True,
    ),
}


def example_of(page: str) -> str:
    """The Python of a page, which has one block of it."""
    (code,) = re.findall(r"```python\n(.*?)```", page, re.DOTALL)
    return str(code)


def strengths_of(code: str) -> tuple[float, ...]:
    """The strengths that the example solves."""
    found = FIRST.search(code)
    if found is None:
        raise SystemExit("the example has no loop `for NAME in (...):`")
    return tuple(float(x) for x in found[2].split(","))


def run_example(code: str, strengths: Sequence[float] | None = None) -> tuple[str, list[halys.Outcome]]:
    """What the example prints, and its outcomes in order; at other strengths than its own where they are given."""
    if strengths is not None:
        listed = ", ".join(repr(x) for x in strengths)
        code = FIRST.sub(lambda found: f"for {found[1]} in ({listed},):", code, count=1)
    outcomes: list[halys.Outcome] = []
    printed = io.StringIO()
    with _recorded(outcomes), contextlib.redirect_stdout(printed):
        exec(code, {})
    return printed.getvalue(), outcomes


@contextlib.contextmanager
def _recorded(outcomes: list[halys.Outcome]) -> Iterator[None]:
    """While it lasts, `halys.solve` keeps what it returns."""
    solve = halys.solve

    def keep(*given: Any, **named: Any) -> halys.Outcome:
        outcomes.append(solve(*given, **named))
        return outcomes[-1]

    halys.solve = keep
    try:
        yield
    finally:
        halys.solve = solve


def points_of(drawing: Drawing, strengths: Sequence[float], outcomes: Sequence[halys.Outcome]) -> list[dict[str, Any]]:
    """A row for each strength and line: change of real income."""
    calls = len(drawing.lines)
    rows = []
    for n, strength in enumerate(strengths):
        for series, outcome in zip(drawing.lines, outcomes[n * calls : (n + 1) * calls], strict=True):
            for line, economies in series.items():
                total = outcome.total(economies)
                value = total.percent if drawing.unit == PERCENT else total.billion_usd
                rows.append({"strength": strength, "line": line, "value": round(value, 4)})
    return rows


def chart_of(drawing: Drawing, rows: Sequence[Mapping[str, Any]]) -> alt.Chart | alt.LayerChart:
    """Lines with their names at their ends, and a rule at zero."""
    names = list(dict.fromkeys(row["line"] for row in rows))
    values = [row["value"] for row in rows]
    low, high = min(0.0, *values), max(0.0, *values)
    room = 0.06 * (high - low)
    domain = [low - room, high + room]
    free = iter((BLUE, VERMILION, GREEN, PURPLE))
    colours = {name: COLOURS.get(name) or next(free) for name in names}
    last = rows[0 if drawing.falling else -1]["strength"]
    ends = sorted(({**row} for row in rows if row["strength"] == last), key=lambda row: row["value"])
    for row, place in zip(
        ends, _apart([row["value"] for row in ends], 17 * (domain[1] - domain[0]) / HEIGHT), strict=True
    ):
        row["place"] = place
    colour = {"field": "line", "scale": {"domain": names, "range": list(colours.values())}, "legend": None}
    x = {
        "field": "strength",
        "type": "quantitative",
        "title": drawing.axis,
        "scale": {
            "zero": False,
            "nice": False,
            "reverse": drawing.falling,
            "range": [0, {"expr": f"width - {MARGIN}"}],
        },
        "axis": {
            "labelExpr": f"format(datum.value, '{'~%' if drawing.percent else '~g'}')",
            "grid": False,
            "tickCount": 6,
        },
    }
    y = {"type": "quantitative", "scale": {"domain": domain, "nice": False}}
    axis = {"title": None, "labelExpr": SIGNED_LABELS, "tickCount": 6}
    layers = [
        {
            "data": {"values": [{"zero": 0, "from": rows[0]["strength"], "to": rows[-1]["strength"]}]},
            "mark": {"type": "rule", "color": ink("faint")},
            "encoding": {
                "x": {**x, "field": "from"},
                "x2": {"field": "to"},
                "y": {"field": "zero", **y, "axis": axis},
            },
        },
        {
            "data": {"values": list(rows)},
            "mark": {"type": "line", "strokeWidth": 2.5, "interpolate": "monotone"},
            "encoding": {"x": x, "y": {"field": "value", **y, "axis": axis}, "color": colour},
        },
        {
            "data": {"values": ends},
            "mark": {"type": "text", "align": "left", "dx": 8, "fontSize": 12.5, "fontWeight": 600},
            "encoding": {
                "x": x,
                "y": {"field": "place", **y, "axis": axis},
                "text": {"field": "line"},
                "color": colour,
            },
        },
    ]
    note = f"Change of real income, {drawing.unit}; long run"
    return to_chart({**spec(drawing.title, note, {"layer": layers}, height=HEIGHT), "width": WIDTH})


def _apart(values: Sequence[float], least: float) -> list[float]:
    """Places for labels in rising order, at least so far from each other and close to their values."""
    places = list(values)
    for _ in range(50):
        for n in range(len(places) - 1):
            short = least - (places[n + 1] - places[n])
            if short > 1e-12:
                places[n] -= short / 2
                places[n + 1] += short / 2
    return places


def draw(name: str) -> Path:
    """Write the chart of an instrument."""
    drawing, page = DRAWINGS[name], PAGES / f"{name}.md"
    code = example_of(page.read_text(encoding="utf-8"))
    strengths = sorted({*drawing.grid, *strengths_of(code)})
    _, outcomes = run_example(code, strengths)
    rows = points_of(drawing, strengths, outcomes)
    svg = vl_convert.vegalite_to_svg(chart_of(drawing, rows).to_dict())
    head, body = svg.split(">", 1)
    path = PAGES / "charts" / f"{name}.svg"
    path.parent.mkdir(exist_ok=True)
    path.write_text(f"{head}><metadata>{json.dumps(rows, ensure_ascii=False)}</metadata>{body}\n", encoding="utf-8")
    return path


def read_points(path: Path) -> list[dict[str, Any]]:
    """The numbers in a chart that `draw` wrote."""
    (found,) = re.findall(r"<metadata>(.*?)</metadata>", path.read_text(encoding="utf-8"))
    return list(json.loads(found))


def main(names: Sequence[str]) -> None:
    """Draw the charts named, or all."""
    for name in names or DRAWINGS:
        path = draw(name)
        print(f"{path.name}: {path.stat().st_size / 1024:.1f} kB")


if __name__ == "__main__":
    main(sys.argv[1:])
