"""Thresholds and the decision map: for the terminal, and the map as a file."""

from __future__ import annotations

import os
import textwrap
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import altair as alt
import numpy as np
import vl_convert
import xarray as xr

from halys.answer.listing import describe_changes
from halys.answer.map import Map, describe_map
from halys.answer.position import find_position
from halys.answer.words import amount
from halys.errors import InputError, UnknownNameError, did_you_mean
from halys.scenario import Scenario

ENDINGS = (".svg", ".png", ".html")
_LETTERS = "abcdefghijklmnopqrstuvwxyz"


def choose_lines(answer: Mapping[str, Any], stakes: Sequence[str]) -> list[dict[str, Any]]:
    """The lines of an answer, or those of some stakes.

    Raises:
        UnknownNameError: a stake that the scenario does not have.
    """
    lines = {line["stake"]: line for line in answer["lines"]}
    for stake in stakes:
        check_stake(stake, lines)
    return [lines[stake] for stake in stakes or lines]


def check_stake(name: str, known: Iterable[str]) -> None:
    """Refuse a stake that is not known.

    Raises:
        UnknownNameError: naming those that are.
    """
    known = list(known)
    if name not in known:
        hint = did_you_mean(name, known) or f" It has {', '.join(known) or 'none'}."
        raise UnknownNameError(f"the scenario has no stake {name!r}.{hint}")


def render_thresholds(title: str, lines: Sequence[Mapping[str, Any]], columns: int) -> str:
    """Every stake with its range, and the values at which the play changes."""
    found = [f"{title}: where the play changes, % of the owner's income a year"]
    still = [line for line in lines if not line["breaks"]]
    for line in lines:
        if line["breaks"]:
            head = f"{line['actor_label']}: {line['label']} [{line['stake']}]"
            span = f"range {amount(line['low'])} to {amount(line['high'])} %, now {amount(line['value'])} %"
            found += ["", *textwrap.wrap(f"{head}; {span}", columns, subsequent_indent="  ")]
            for b in line["breaks"]:
                found += textwrap.wrap(_break(b), columns, initial_indent="  ", subsequent_indent="      ")
    if still:
        names = "; ".join(f"{line['actor_label']}: {line['label']}" for line in still)
        found += ["", *textwrap.wrap(f"No value up to 100 % changes the play: {names}.", columns)]
    found += ["", *textwrap.wrap(_NOTE, columns)]
    return "\n".join(found)


def find_stake_changes(
    scenario: Scenario, results: xr.Dataset, stakes: Sequence[str], told: Callable[[int, int, str], None] | None = None
) -> list[dict[str, Any]]:
    """For a game with hidden moves: where its equilibria change over the range of each stake, or of some.

    Args:
        told: called with (done, total, stake) before each.

    Raises:
        UnknownNameError: a stake that the scenario does not have. InputError: the game is too large.
    """
    known = list(scenario.file.stakes)
    wanted = list(stakes) or known
    for name in wanted:
        check_stake(name, known)
    position, found = find_position(scenario, results), []
    for n, name in enumerate(wanted):
        if told is not None:
            told(n, len(wanted), name)
        found.append(describe_changes(position, known.index(name)))
    return found


def render_changes(title: str, found: Sequence[Mapping[str, Any]], columns: int) -> str:
    """Every stake with its range, and the values at which the list of equilibria changes."""
    lines = [f"{title}: where the equilibria change, % of the owner's income a year"]
    for record in found:
        head = f"{record['actor_label']}: {record['label']} [{record['stake']}]"
        span = f"range {amount(record['low'])} to {amount(record['high'])} %, now {amount(record['value'])} %"
        lines += ["", *textwrap.wrap(f"{head}; {span}", columns, subsequent_indent="  ")]
        if not record["changes"]:
            lines.append("  No change was found within the range.")
        for change in record["changes"]:
            money = "" if change["at_billion"] is None else f", {amount(change['at_billion'])} bn USD"
            lines += textwrap.wrap(f"{amount(change['high'])} %{money}", columns, initial_indent="  ")
            for side in ("below", "above"):
                words = f"{side}: {_equilibria(change[side])}"
                lines += textwrap.wrap(words, columns, initial_indent="    ", subsequent_indent="      ")
    note = (
        f"Numerical: bracketed between {found[0]['points'] if found else 0} points of each range, the other stakes at "
        "their reference; what comes and goes between two points is not seen. No equilibrium is picked."
    )
    return "\n".join([*lines, "", *textwrap.wrap(note, columns)])


def _equilibria(record: Mapping[str, Any]) -> str:
    """How many equilibria, and the most likely history of each that is listed."""
    if not record["count"]:
        return "none found"
    listed = []
    for entry in record["listed"]:
        first = entry["histories"][0]
        odds = "" if len(entry["histories"]) == 1 else f"{amount(100 * first['probability'])} %: "
        listed.append(f"{odds}{first['label']}")
    more = f"; {record['count'] - len(listed)} more" if record["count"] > len(listed) else ""
    return f"{record['count']}: {' | '.join(listed)}{more}"


_NOTE = (
    "Exact in the stake, the others at their reference. In brackets: the band over the range of any one number of the "
    "economics (measures, elasticities), and which moves it most. ! the line is crossed on one side alone."
)


def _break(b: Mapping[str, Any]) -> str:
    money = "" if b["at_billion"] is None else f", {amount(b['at_billion'])} bn USD"
    once = "" if b["at_once"] is None else f", {amount(b['at_once'])} % once"
    outside = "" if b["within"] else "; beyond the range"
    flips = "! " if b["flips"] else ""
    return f"{flips}{amount(b['at'])} %{money}{once}{_band(b)}: “{b['from_label']}” → “{b['to_label']}”{outside}"


def _band(b: Mapping[str, Any]) -> str:
    if "band_low" not in b:
        return ""
    low = "none" if b["band_low"] is None else amount(b["band_low"])
    high = "none" if b["band_high"] is None else amount(b["band_high"])
    by = f", by “{b['band_by']}”" if b["band_by"] else ""
    return f" [{low} to {high}{by}]"


def draw_decision_map(scenario: Scenario, results: xr.Dataset, x: str | None, y: str | None, size: int) -> Map:
    """The decision map of a run over two stakes, by default those that the scenario names.

    Raises:
        UnknownNameError: a stake that the scenario does not have. InputError: the same stake twice, or no two stakes.
    """
    stakes = list(scenario.file.stakes)
    for name in (x, y):
        if name is not None:
            check_stake(name, stakes)
    if x is not None and x == y:
        raise InputError(f"--x and --y are both {x}. A map needs two stakes.")
    axes = None
    if x is not None or y is not None:
        others = [name for name in stakes if name not in (x, y)]
        pair = (x or others[0], y or others[0]) if others or (x and y) else None
        if pair is None:
            raise InputError("the scenario has a single stake. A map needs two.")
        axes = stakes.index(pair[0]), stakes.index(pair[1])
    found = describe_map(find_position(scenario, results), axes, size)
    if found is None:
        raise InputError("there is no map: the scenario has no `focus`, or fewer than two stakes.")
    return found


def render_map(drawn: Map, columns: int) -> str:
    """The map in letters, one for each move, with the axes and what part of the map each move has."""
    data, raster = drawn.data, drawn.raster
    moves = list(raster.attrs["moves"])
    labels = {str(p["move"]): p["label"] for p in data["polygons"]}
    across, up = max(20, min(columns - 10, 64)), 20
    rows = np.linspace(raster.shape[0] - 1, 0, up).round().astype(int)
    places = np.linspace(0, raster.shape[1] - 1, across).round().astype(int)
    lines = [f"{data['y_label']}, % of income a year"]
    for n, row in enumerate(rows):
        value = float(raster["map_y"].values[row])
        head = f"{amount(value):>8} " if n in (0, up - 1) else " " * 9
        lines.append(head + "".join(_LETTERS[raster.values[row, k] % 26] for k in places))
    low, high = amount(data["x_range"][0]), amount(data["x_range"][1])
    lines.append(" " * 9 + low + high.rjust(across - len(low)))
    lines.append(" " * 9 + f"{data['x_label']}, % of income a year")
    for n, move in enumerate(moves):
        share = float((raster.values == n).mean())
        if share > 0:
            lines.append(f"  {_LETTERS[n % 26]}  {labels.get(move, move)} ({_share(share)} of the map)")
    exact = "Lines between moves are exact." if data["exact"] else "Lines are exact where they meet the mesh of points."
    at = " and ".join(amount(value) for value in data["at"])
    return "\n".join([*lines, *textwrap.wrap(f"The reference is at {at} %. {exact}", columns)])


def _share(share: float) -> str:
    return "under 1 %" if share < 0.005 else f"{100 * share:.0f} %"


def save_map(game: xr.Dataset | None, answer: Mapping[str, Any], drawn: Map, file: Path) -> str:
    """Write the chart of a map, aside and renamed.

    Raises:
        InputError: the file exists, or ends in something else.
    """
    from halys.report.charts import chart_decision_map

    if file.suffix not in ENDINGS:
        raise InputError(f"--out is {file}. Name a file that ends in {', '.join(ENDINGS)}.")
    if file.exists():
        raise InputError(f"{file} exists already. Choose another --out.")
    assert game is not None
    chart = chart_decision_map(game.assign(map_history=drawn.raster), {**answer, "map": drawn.data})
    content = _content(chart, file.suffix)
    aside = file.with_name(f".{file.name}.{os.getpid()}")
    try:
        aside.write_bytes(content)
        aside.replace(file)
    finally:
        aside.unlink(missing_ok=True)
    return str(file)


def _content(chart: alt.TopLevelMixin, ending: str) -> bytes:
    specification = chart.to_dict()
    if ending == ".svg":
        return str(vl_convert.vegalite_to_svg(specification)).encode()
    if ending == ".png":
        return bytes(vl_convert.vegalite_to_png(specification, scale=2))
    return str(vl_convert.vegalite_to_html(specification, bundle=True)).encode()
