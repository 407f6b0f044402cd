"""The section that sets long and short run side by side, with the ranges of θ and both closures of deficits."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from halys.answer.horizon_words import horizon_sentences
from halys.answer.results import NOTHING
from halys.report.charts.format import signed
from halys.report.charts.horizons import RUN_COLOURS, horizons_spec
from halys.report.charts.who_pays import history_titles
from halys.report.html.elements import bullets, disclosure, paragraphs, table, text
from halys.report.html.model import Page
from halys.report.text import CLOSURE_WORDS

_ABOUT = (
    "In the long run factors move between industries and buyers find other suppliers. In the short run factors are "
    "specific to their industry, inputs are hard to replace, and so is one origin by another. How readily origins "
    "replace each other, θ, decides the size of every number, and studies disagree: each cell gives the change at the "
    "central θ and, in brackets, over its range."
)
_RUNS = {"long": "Long run", "short": "Short run"}


def horizons(page: Page) -> str:
    """A chart of the last history, a table for each, and which elasticities these are."""
    given: Mapping[str, Any] | None = page.summary.get("horizons")
    if not given or not given["rows"]:
        return ""
    titles = history_titles(given["histories"])
    caption = f"{titles[-1]}. {' '.join(horizon_sentences(dict(given)))}"
    spec = horizons_spec(given, legend=False)
    figure = page.figures.add("horizons", spec, text(caption), titled=False, legend=_legend())
    tables = [_table(given, n, title) for n, title in enumerate(titles)]
    shown = tables[-1] + (disclosure("The other histories", "".join(tables[:-1])) if len(tables) > 1 else "")
    return paragraphs([text(_ABOUT)]) + figure + shown + _play(given) + _views(given) + _failed(given)


def _legend() -> str:
    items = (
        f'<li><span class="chip" style="background:{RUN_COLOURS[run]}"></span>{words}</li>'
        for run, words in _RUNS.items()
    )
    return f'<ul class="legend">{"".join(items)}</ul>'


def _table(given: Mapping[str, Any], n: int, title: str) -> str:
    others = list(given["closures"][1:])
    heads = ["Who", *("%", "bn USD", *(f"% {closure}" for closure in others)) * len(_RUNS)]
    groups = [("", 1), *((words, 2 + len(others)) for words in _RUNS.values())]
    rows = [
        [text(row["label"]), *(cell for run in _RUNS for cell in _cells(row["values"][n][run], others))]
        for row in given["rows"]
        if row["kind"] != "unranked"
    ]
    return table(heads, rows, caption=text(title), numeric=range(1, len(heads)), groups=groups)


def _cells(value: Mapping[str, Any] | None, others: list[str]) -> list[str]:
    if value is None:
        return ["–"] * (2 + len(others))
    span = ""
    if value["high"] - value["low"] > NOTHING:
        span = f' <span class="small">({signed(value["low"])} to {signed(value["high"])})</span>'
    under = [value["closures"].get(closure) for closure in others]
    return [
        f"{signed(value['percent'])}{span}",
        signed(value["billion"]),
        *("–" if cell is None else signed(cell["percent"]) for cell in under),
    ]


def _play(given: Mapping[str, Any]) -> str:
    """The game on the horizon that stands beside."""
    play = given.get("play")
    if not play:
        return ""
    main, other = _RUNS[given["main"]].lower(), _RUNS[play["run"]].lower()
    lines = [f"The rest of this page is played on the {main}. On the {other}:", *play["sentences"]]
    return f"<h3>Played on the {other}</h3>{paragraphs(map(text, lines[:1]))}{bullets(map(text, lines[1:]))}"


def _views(given: Mapping[str, Any]) -> str:
    """Which elasticities the numbers stand on, and what the closures mean."""
    lines = []
    for run, words in _RUNS.items():
        own = [view for view in given["views"] if view["run"] == run]
        central = [view["horizon"] for view in own if view["central"]]
        ends = [view["words"] for view in own if not view["central"]]
        over = f"; range: {text(', '.join(ends))}" if ends else ""
        lines += [f"{words}: {text(described.removeprefix(f'{run} run, '))}{over}." for described in central]
    first, *others = given["closures"]
    closing = f"Trade balances: {text(CLOSURE_WORDS[first])}"
    closing += "".join(f"; “{text(c)}”: {text(CLOSURE_WORDS[c])}" for c in others)
    return f'<div class="small">{bullets([*lines, closing + "."])}</div>'


def _failed(given: Mapping[str, Any]) -> str:
    lines = [
        f"{text(_RUNS[f['run']])}, {text(f['words'])}, closure {text(f['closure'])}: {text(f['message'])}"
        for f in given["failed"]
    ]
    head = "<p>No equilibrium, or none found:</p>"
    return f'<div class="warning">{head}{bullets(dict.fromkeys(lines))}</div>' if lines else ""
