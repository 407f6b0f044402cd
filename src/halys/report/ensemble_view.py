"""An ensemble for the terminal: shares of moves, spread of real income, what goes along with either."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping
from typing import Any

from halys.answer.words import amount, signed
from halys.report.drawn_words import along_lines, drawn_words

_NOTE = (
    "Every number with a range was drawn from its distribution, uniform where none is stated, independently but for "
    "stated correlations and posteriors of one question. Shares say what follows from these distributions: where a "
    "range is a judgement, so is the share. Errors are those of independent draws; these are more even. A rank "
    "correlation says in which direction a number goes along with the result, not how much of it is due to it."
)


def render_ensemble(record: Mapping[str, Any], columns: int) -> str:
    """The draws in words."""
    head = f"{record['title']} [{record['scenario']}]: {record['draws']:,} draws, seed {record['seed']}"
    lines = textwrap.wrap(head, columns)
    lost = record["draws"] - record["played"]
    if record["without_some_equilibrium"] or lost:
        words = (
            f"In {record['without_some_equilibrium']:,} draws some history has no equilibrium and is left out of the "
            f"game; {lost:,} draws have no play, {record['impossible']:,} of them since their numbers cannot stand "
            "together. All are kept in the store."
        )
        lines += textwrap.wrap(words, columns)
    if record["crosses"] is not None:
        lines += ["", f"Crosses the line: {_share(record['crosses'])}"]
        wide = max(len(entry["label"]) for entry in record["moves"])
        for entry in sorted(record["moves"], key=lambda e: -e["share"]):
            mark = "!" if entry["crosses"] else " "
            lines.append(f"  {mark} {entry['label']:<{wide}}  {_share(entry)}")
    lines += ["", "Real income as played, %: mean, median and from 5 to 95 % of the draws; median in bn USD a year"]
    wide = max(len(actor["label"]) for actor in record["actors"])
    for actor in record["actors"]:
        p, b = actor["percent"], actor["billion"]
        span = f"{signed(p['q5'])} to {signed(p['q95'])}"
        middle = f"{signed(p['mean']):>8} {signed(p['q50']):>8}"
        lines.append(f"  {actor['label']:<{wide}}  {middle}   {span:<20} {signed(b['q50']):>8}")
    for block in record["correlations"]:
        if block["numbers"]:
            lines += ["", *along_lines(block, columns)]
    lines.append("")
    for words in [*drawn_words(record), _NOTE]:
        lines += textwrap.wrap(words, columns)
    return "\n".join(lines)


def _share(entry: Mapping[str, Any]) -> str:
    return f"{amount(100 * entry['share'])} % (± {amount(100 * entry['standard_error'])})"
