"""Reference runs as text: a table of at most the given width, the reasons and the sources."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence

from halys.validation.record import CONFIRMED, Figure, Published, Result, Row

NARROW = 72  # columns below which the table becomes a list


def render(result: Result, width: int) -> str:
    """A reference run for the terminal."""
    lines = [f"{result.title}  [{result.name}]"]
    for sentence in result.done:
        lines += textwrap.wrap(sentence, width)
    lines += ["", *(_table(result, width) if width >= NARROW else _list(result, width)), ""]
    for reason in result.reasons:
        lines += textwrap.wrap(f"- {reason}", width, subsequent_indent="  ")
    lines.append("")
    for n, source in enumerate(result.sources, start=1):
        lines += textwrap.wrap(f"[{n}] {cite(source)}", width, subsequent_indent="    ")
    return "\n".join(lines)


def cite(figures: Sequence[Published]) -> str:
    """Source of some figures, how they were confirmed, what differs there, and reasons for tolerances chosen here."""
    first = figures[0]
    chosen = (f"Within {p.tolerance:g} of {p.text} counts as the same: {p.why}." for p in figures if p.why)
    parts = (f"{first.source}.", CONFIRMED[first.confirmed], *(p.note for p in figures), *chosen)
    return " ".join(dict.fromkeys(filter(None, parts)))


def number(value: float, digits: int) -> str:
    """With its sign; zero without."""
    text = f"{value:+.{digits}f}"
    return text if float(text) else f"{0:.{digits}f}"


def _cells(figure: Figure | None, digits: int) -> list[str]:
    if figure is None:
        return [""]
    value, low, high = (number(x, digits) for x in (figure.value, figure.low, figure.high))
    return [value] if low == high else [value, f"{low} to {high}"]


def _printed(result: Result, row: Row) -> list[str]:
    if row.published is None:
        return ["", row.remark] if row.remark else [""]
    mark = 1 + next(n for n, figures in enumerate(result.sources) if row.published in figures)
    return [f"{row.published.text} [{mark}]", row.verdict]


def _table(result: Result, width: int) -> list[str]:
    """Where figures have ranges each row takes two lines: figure and range, figure in print and verdict. Else one."""
    columns = [*result.columns, "in print"]
    body = [
        [*(_cells(row.figures.get(c), row.digits) for c in result.columns), _printed(result, row)]
        for row in result.rows
    ]
    if all(f.low == f.high for row in result.rows for f in row.figures.values()):
        columns.append("")
        body = [[*cells[:-1], cells[-1][:1], cells[-1][1:]] for cells in body]
    wide = [max(len(title), *(len(line) for cells in body for line in cells[n])) for n, title in enumerate(columns)]
    label = min(width - sum(wide) - 2 * len(wide), max(len(row.quantity) for row in result.rows))
    lines = [_line("", columns, label, wide), _line("-" * label, ["-" * w for w in wide], label, wide)]
    for row, cells in zip(result.rows, body, strict=True):
        words = textwrap.wrap(row.quantity, label)
        for n in range(max(len(words), *(len(cell) for cell in cells))):
            first = words[n] if n < len(words) else ""
            lines.append(_line(first, [cell[n] if n < len(cell) else "" for cell in cells], label, wide))
    return lines


def _line(first: str, cells: list[str], label: int, wide: list[int]) -> str:
    return "  ".join([f"{first:<{label}}", *(f"{cell:>{w}}" for cell, w in zip(cells, wide, strict=True))]).rstrip()


def _list(result: Result, width: int) -> list[str]:
    """The rows one below the other, for a narrow terminal."""
    lines: list[str] = []
    for row in result.rows:
        lines += textwrap.wrap(row.quantity, width)
        said = [(c, _cells(row.figures.get(c), row.digits)) for c in result.columns]
        said.append(("in print", _printed(result, row)))
        for name, cells in said:
            rest = f" ({cells[1]})" if len(cells) > 1 and cells[1] else ""
            if cells[0] or rest:
                lines += textwrap.wrap(
                    f"{name}: {cells[0]}{rest}", width, initial_indent="  ", subsequent_indent="    "
                )
    return lines
