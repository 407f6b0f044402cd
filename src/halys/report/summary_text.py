"""The answer for the terminal: at most 40 lines at 80 columns, in the order in which an adviser reads."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from typing import Any

MOST_LINES = 40
_NARROWEST, _WIDEST = 60, 100  # longer lines are hard to read
_CAPS = {"answer": 8, "line": 6, "who-pays": 18, "beside": 3, "threat": 8, "flips": 7, "left-out": 5}
"""Most lines of each part."""
_LEAST = {"left-out": 1, "threat": 6, "flips": 5, "line": 2, "beside": 2, "who-pays": 15, "answer": 5}
"""Fewest lines of each part, in the order of cutting."""
_MORE = " ... (more in the report)"
_MOST_ROWS = 8
_HELD = "\u00a0"  # keeps a number and its unit on one line


def render_answer(summary: dict[str, Any], width: int, ending: Sequence[str] = ()) -> str:
    """The block of an answer as text; a part that is too long ends in dots, the report has it whole.

    Args:
        summary: of a run with an answer. width: columns, of which 60 to 100 are used. ending: lines that come last.
    """
    width = min(max(width, _NARROWEST), _WIDEST)
    scenario, parts = summary["scenario"], summary["answer"]["block"]
    head = textwrap.wrap(f"{scenario['title']} [{scenario['id']}]", width, max_lines=1)
    head += _failures(summary, width)
    last = [line for text in ending for line in _wrapped(text, width)]
    room, caps = MOST_LINES - len(head) - len(last), dict(_CAPS)
    sections = [_section(part, width, caps[part["id"]]) for part in parts]
    while sum(map(len, sections)) > room and caps != _LEAST:
        caps[next(name for name in _LEAST if caps[name] > _LEAST[name])] -= 1
        sections = [_section(part, width, caps[part["id"]]) for part in parts]
    spare = room - sum(map(len, sections))
    lines = head
    for section in sections:
        lines = lines + ([""] if spare > 0 else []) + section
        spare -= 1
    return "\n".join(lines + last)


def _failures(summary: dict[str, Any], width: int) -> list[str]:
    failed = list(dict.fromkeys(history for failure in summary["failures"] for history in failure["histories"]))
    text = f"! {len(failed)} of {len(summary['histories'])} histories have no equilibrium (--table says why)."
    return textwrap.wrap(text, width, max_lines=1) if failed else []


def _section(part: dict[str, Any], width: int, cap: int) -> list[str]:
    title, table = part["title"].upper(), _table(part, width) if part.get("table") else []
    lines = table
    for n, text in enumerate(part["text"]):
        first = n == 0 and not table
        if len(lines) < cap:
            lines = lines + _wrapped(f"{title}  {text}" if first else text, width, not first, cap - len(lines))
    return lines


def _wrapped(text: str, width: int, indented: bool = False, most: int | None = None) -> list[str]:
    indent = "  " if indented else ""
    found = textwrap.wrap(
        text.replace(" %", f"{_HELD}%").replace(" bn", f"{_HELD}bn"),
        width,
        initial_indent=indent,
        subsequent_indent="  ",
        max_lines=most,
        placeholder=_MORE,
        break_on_hyphens=False,
        break_long_words=most is not None,  # a path stays whole
    )
    return [line.replace(_HELD, " ") for line in found]


def _table(part: dict[str, Any], width: int) -> list[str]:
    """Actors side by side in two columns, under numbers that stand for the histories."""
    table = part["table"]
    titles = table["headings"]
    *others, last = titles
    short = [*(title.partition(": ")[0] for title in others), last]  # what is played, and what answers, is told beside
    legend = "; ".join(f"({n}) {title}" for n, title in enumerate(short, start=1)) if others else last
    columns = table["columns"]
    lines = _wrapped(f"{part['title'].upper()}  {legend}. {table['about']}", width)
    cells, rows = [["", *columns * len(titles)]], table["rows"]
    cells += rows if len(rows) <= _MOST_ROWS else [*rows[: _MOST_ROWS - 1], rows[-1]]
    wide = [max(len(row[n]) for row in cells) for n in range(len(cells[0]))]
    head, *body = (_row(row, wide, len(columns)) for row in cells)
    heads = [_numbers(wide, len(columns)), head] if others else [head]
    if 2 * len(head) + 3 > width - 2:
        return lines + [f"  {row}".rstrip() for row in (*heads, *body)]
    half = (len(body) + 1) // 2
    left, right = body[:half], [*body[half:], *[""] * (2 * half - len(body))]
    pairs = [*((row.ljust(len(head)), row) for row in heads), *zip(left, right, strict=True)]
    return lines + [f"  {one}   {other}".rstrip() for one, other in pairs]


def _row(cells: list[str], wide: list[int], group: int) -> str:
    """A name and its numbers, those of one history close together."""
    found = f"{cells[0]:<{wide[0]}}"
    for n, (cell, w) in enumerate(zip(cells[1:], wide[1:], strict=True)):
        found += f"{'  ' if n % group == 0 else ' '}{cell:>{w}}"
    return found


def _numbers(wide: list[int], group: int) -> str:
    """The numbers of the histories above their columns."""
    found = " " * wide[0]
    for n, start in enumerate(range(1, len(wide), group), start=1):
        found += "  " + f"({n})".center(sum(wide[start : start + group]) + group - 1)
    return found.rstrip()
