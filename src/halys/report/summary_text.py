"""The answer for the terminal: at most 40 lines at 80 columns, in the order in which an adviser reads."""

from __future__ import annotations

import textwrap
from typing import Any

MOST_LINES = 40
_NARROWEST, _WIDEST = 60, 100  # longer lines are hard to read
_CAPS = {"answer": 7, "line": 4, "who-pays": 13, "threat": 7, "flips": 5, "left-out": 2}  # lines of each part
_MORE = " ... (more in the report)"
_MOST_ROWS = 8


def render_answer(summary: dict[str, Any], width: int, report: str | None = None) -> str:
    """The block of an answer as text; a part that is too long ends in dots, the report has it whole.

    Args:
        summary: of a run with an answer. width: columns, of which 60 to 100 are used. report: where the report is.
    """
    width = min(max(width, _NARROWEST), _WIDEST)
    scenario = summary["scenario"]
    head = textwrap.wrap(f"{scenario['title']} [{scenario['id']}]", width, max_lines=1)
    head += _failures(summary, width)
    sections = [_section(part, width) for part in summary["answer"]["block"]]
    ending = [] if report is None else [f"Report: {report}"]
    spare = MOST_LINES - len(head) - len(ending) - sum(map(len, sections))
    lines = head
    for section in sections:
        lines = lines + ([""] if spare > 0 else []) + section
        spare -= 1
    return "\n".join(lines + ending)


def _failures(summary: dict[str, Any], width: int) -> list[str]:
    failed = list(dict.fromkeys(history for failure in summary["failures"] for history in failure["histories"]))
    text = f"! {len(failed)} of {len(summary['histories'])} histories have no equilibrium (--table says why)."
    return textwrap.wrap(text, width, max_lines=1) if failed else []


def _section(part: dict[str, Any], width: int) -> list[str]:
    title, table = part["title"].upper(), _table(part, width) if part.get("table") else []
    lines, texts = table, part["text"]
    for n, text in enumerate(texts):
        first = "" if n or table else f"{title}  "
        indent = "" if first else "  "
        left = _CAPS[part["id"]] - len(lines)
        if left > 0:
            lines = lines + textwrap.wrap(
                first + text, width, initial_indent=indent, subsequent_indent="  ", max_lines=left, placeholder=_MORE
            )
    return lines


def _table(part: dict[str, Any], width: int) -> list[str]:
    """Actors side by side in two columns, under numbers that stand for the histories."""
    table = part["table"]
    titles = table["headings"]
    legend = "; ".join(f"({n}) {title}" for n, title in enumerate(titles, start=1)) if len(titles) > 1 else titles[0]
    columns, units = table["columns"], ", ".join(table["columns"])
    lines = textwrap.wrap(
        f"{part['title'].upper()}  {legend}. Change of real income, {units}.", width, subsequent_indent="  "
    )
    heads = [f"({n})" if len(titles) > 1 else "" for n in range(1, len(titles) + 1) for _ in columns]
    cells = [
        [
            "",
            *[f"{head} {column.split()[0]}".strip() for head, column in zip(heads, columns * len(titles), strict=True)],
        ]
    ]
    rows = table["rows"]
    cells += rows if len(rows) <= _MOST_ROWS else [*rows[: _MOST_ROWS - 1], rows[-1]]
    wide = [max(len(row[n]) for row in cells) for n in range(len(cells[0]))]
    printed = [_row(row, wide) for row in cells]
    if 2 * len(printed[0]) + 3 > width - 2:
        return lines + [f"  {row}" for row in printed]
    body, half = printed[1:], len(printed) // 2
    left, right = body[:half], [*body[half:], *[""] * (2 * half - len(body))]
    pairs = [(printed[0], printed[0]), *zip(left, right, strict=True)]
    return lines + [f"  {one}   {other}".rstrip() for one, other in pairs]


def _row(cells: list[str], wide: list[int]) -> str:
    return "  ".join([f"{cells[0]:<{wide[0]}}", *(f"{cell:>{w}}" for cell, w in zip(cells[1:], wide[1:], strict=True))])
