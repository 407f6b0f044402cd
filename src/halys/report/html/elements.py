"""Pieces of a page: escaped text, footnote marks, tables, figures. Every text of a file passes through here."""

from __future__ import annotations

import html
import json
import math
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from halys.scenario.dossier_schema import Source

Cell = str  # ready HTML
_NARROW_COLUMNS = 2  # a phone shows as many beside each other


def text(value: object) -> str:
    """Text as HTML, with real minus signs before numbers."""
    return re.sub(r"(?<![\w.,–-])-(?=\d)", "−", html.escape(str(value), quote=True))


def plain_json(value: Any) -> str:
    """Strict, compact JSON that may stand inside a script element; what is not a number becomes null."""
    dumped = json.dumps(_clean(value), ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    return safe_in_script(dumped)


def safe_in_script(dumped: str) -> str:
    """JSON that cannot end the script element that it stands in."""
    return dumped.replace("<", "\\u003c").replace("\u2028", "\\u2028").replace("\u2029", "\\u2029")


def _clean(value: Any) -> Any:
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, dict):
        return {str(key): _clean(entry) for key, entry in value.items()}
    if isinstance(value, list | tuple):
        return [_clean(entry) for entry in value]
    if value is None or isinstance(value, str | bool | int):
        return value
    return _clean(value.item())  # a number of NumPy


@dataclass
class Footnotes:
    """Marks for sources, numbered in the order in which they are first named.

    Attributes:
        sources: of the scenario, by id. A source that is not among them stands for itself.
    """

    sources: Mapping[str, Source]
    order: dict[str, int] = field(default_factory=dict)

    def mark(self, *ids: str | None) -> str:
        """The marks of sources, as links to the list at the end."""
        numbers = [self._number(name) for name in dict.fromkeys(ids) if name]
        links = (f'<a href="#source-{n}">{n}</a>' for n in numbers)
        return f'<sup class="mark">[{", ".join(links)}]</sup>' if numbers else ""

    def _number(self, name: str) -> int:
        return self.order.setdefault(name, len(self.order) + 1)

    def section(self) -> str:
        """The list of sources: those that bear a mark, then the others of the scenario."""
        for name in self.sources:
            self._number(name)
        items = "".join(
            f'<li id="source-{n}" value="{n}">{self._describe(name)}</li>' for name, n in self.order.items()
        )
        return f'<ol class="sources">{items}</ol>' if items else ""

    def _describe(self, name: str) -> str:
        source = self.sources.get(name)
        if source is None:
            return text(name)
        author = f"{text(source.author)}, " if source.author else ""
        parts = [f"{author}<cite>{text(source.title)}</cite>", text(source.publisher), text(source.date)]
        entry = ", ".join(parts) + "."
        if source.reliability is not None:
            entry += f" Reliability {source.reliability} (A to F)."
        if source.note:
            entry += f" {text(source.note)}."
        if source.url and re.match(r"https?://", source.url):
            address = html.escape(source.url, quote=True)
            entry += f' <a class="url" href="{address}" rel="noreferrer">{text(source.url)}</a>'
        return entry


def paragraphs(lines: Iterable[str]) -> str:
    """Ready HTML lines as paragraphs."""
    return "".join(f"<p>{line}</p>" for line in lines)


def long_head(title: str) -> Cell:
    """A numbered title over columns, of which a phone shows the number alone."""
    number, found, rest = title.partition(") ")
    return f'{text(number)})<span class="long"> {text(rest)}</span>' if found and title.startswith("(") else text(title)


def short_heads(titles: Sequence[str]) -> str:
    """What the numbers over columns mean, for a phone."""
    return f'<p class="phone-only small">{"<br>".join(map(text, titles))}</p>' if len(titles) > 1 else ""


def bullets(lines: Iterable[str]) -> str:
    """Ready HTML lines as a list."""
    return f"<ul>{''.join(f'<li>{line}</li>' for line in lines)}</ul>"


def table(
    heads: Sequence[Cell],
    rows: Iterable[Sequence[Cell]],
    *,
    caption: str = "",
    numeric: Iterable[int] = (),
    groups: Sequence[tuple[str, int]] = (),
) -> str:
    """A table in a box that scrolls sideways where the page is narrow; on a phone the rows of a wide one are cards.

    Args:
        heads: of the columns, ready HTML like all cells; the first cell of a row is its head.
        caption: ready HTML. numeric: columns of numbers, which stand at the right. groups: headings over several
            columns and how many each spans.
    """
    right, words_of = set(numeric), [re.sub("<[^>]*>", "", head).replace('"', "&quot;") for head in heads]
    kind = "grouped" if groups else "cards" if len(heads) > _NARROW_COLUMNS else "short"

    def cell(tag: str, n: int, content: str, scope: str = "") -> str:
        style = ' class="n"' if n in right else ""
        if tag == "td" and kind == "cards":
            style += f' data-label="{words_of[n]}"'
        return f"<{tag}{style}{scope}>{content}</{tag}>"

    above = "".join(f'<th colspan="{span}" scope="colgroup">{label}</th>' for label, span in groups)
    head = "".join(cell("th", n, content, ' scope="col"') for n, content in enumerate(heads))
    body = "".join(
        "<tr>"
        + "".join(cell("td" if n else "th", n, c, "" if n else ' scope="row"') for n, c in enumerate(row))
        + "</tr>"
        for row in rows
    )
    over = f'<tr class="over">{above}</tr>' if above else ""
    words = f'<p class="caption">{caption}</p>' if caption else ""
    label = re.sub("<[^>]*>", "", caption).replace('"', "&quot;") or "Table"
    return (
        f'{words}<div class="scroll" tabindex="0" role="group" aria-label="{label}"><table class="{kind}">'
        f"<thead>{over}<tr>{head}</tr></thead><tbody>{body}</tbody></table></div>"
    )


def disclosure(summary: str, content: str) -> str:
    """Content that opens on demand; a printed page shows it open."""
    return f"<details><summary>{summary}</summary>{content}</details>"


@dataclass
class Figures:
    """Charts of a page: their places in the text, and their specifications at its end."""

    specs: dict[str, dict[str, Any]] = field(default_factory=dict)

    def add(
        self,
        name: str,
        spec: dict[str, Any],
        caption: str,
        *,
        ratio: float | None = None,
        note: str = "",
        titled: bool = True,
        legend: str = "",
    ) -> str:
        """The figure of a chart, whose title becomes a heading and whose caption says what it shows.

        Args:
            caption: ready HTML, the chart in words. ratio: height over width, where the height follows the width.
            note: ready HTML under the chart. titled: whether to print the title; not where a section has the same.
            legend: ready HTML above the chart.
        """
        title, unit = self._keep(name, spec)
        heading = f"<h3>{text(title)}</h3>" if titled else ""
        shape = f' data-ratio="{ratio}"' if ratio else ""
        extra = f'<p class="note">{note}</p>' if note else ""
        return (
            f'<figure id="figure-{name}">{heading}<p class="unit">{text(unit)}</p>{legend}'
            f'<div class="bind"></div><div class="chart" data-spec="{name}"{shape} role="img" '
            f'aria-labelledby="caption-{name}"></div>{extra}'
            f'<figcaption id="caption-{name}">{caption}</figcaption></figure>'
        )

    def add_captions(self, name: str, captions: list[str]) -> str:
        """Captions of a figure with a choice, one for each value of its parameter `pick`, in order."""
        return f'<script type="application/json" id="captions-{name}">{plain_json(captions)}</script>'

    def add_printed(self, name: str, spec: dict[str, Any], caption: str, *, ratio: float) -> str:
        """A figure that only the printed page shows."""
        heading, unit = self._keep(name, spec)
        return (
            f'<figure class="print-only" id="figure-{name}"><h3>{text(heading)}</h3><p class="unit">{text(unit)}</p>'
            f'<div class="chart" data-spec="{name}" data-ratio="{ratio}" data-printed role="img" '
            f'aria-labelledby="caption-{name}"></div><figcaption id="caption-{name}">{caption}</figcaption></figure>'
        )

    def _keep(self, name: str, spec: dict[str, Any]) -> tuple[str, str]:
        self.specs[name] = {key: value for key, value in spec.items() if key not in ("title", "$schema")}
        title = spec["title"]
        return str(title["text"]), " ".join(title["subtitle"])

    def scripts(self) -> str:
        """The specifications as data."""
        return "\n".join(
            f'<script type="application/json" id="spec-{name}">{plain_json(spec)}</script>'
            for name, spec in self.specs.items()
        )
