"""The head of the report and the answer: the same block that the terminal prints first."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from halys.report.html.elements import bullets, long_head, paragraphs, short_heads, table, text
from halys.report.html.model import Page
from halys.report.text import CLOSURE_WORDS
from halys.scenario.overrides import listed_overrides


def header(page: Page) -> str:
    """Title, question and what the numbers rest on."""
    file, closures = page.scenario.file, [str(c) for c in page.results["closure"].values]
    count, distinct = len(page.scenario.histories), page.results.sizes["equilibrium"]
    many = "1 history" if count == 1 else f"{count} histories, {distinct} with measures of their own"
    facts = [
        f"World {text(page.scenario.world.id)}",
        text(page.results.attrs.get("horizon", "")),
        f"{text(CLOSURE_WORDS.get(closures[0], closures[0]))}",
        many,
        f"Halys {text(page.summary.get('halys', ''))}",
        f"run {text(str(page.summary.get('hash', ''))[:12])}",
    ]
    meta = " · ".join(fact for fact in facts if fact)
    return (
        f'<header><h1>{text(file.title)}</h1>{_changed(page)}<p class="question">{text(file.question)}</p>'
        f'<p class="meta">{meta}</p></header>'
    )


def _changed(page: Page) -> str:
    """What the command line set, so that the page is not taken for that of the scenario as it comes."""
    lines = listed_overrides(page.scenario.text)
    head = "<p>Changed from the scenario as it comes:</p>"
    return f'<div class="warning changed">{head}{bullets(map(text, lines))}</div>' if lines else ""


def cautions(page: Page) -> str:
    """The notes of the scenario and of its world, which say how far the numbers carry."""
    notes = [note.strip() for note in (*page.scenario.file.notes, page.scenario.world.note) if note.strip()]
    return f'<div class="cautions">{bullets(map(text, notes))}</div>' if notes else ""


def opening(page: Page) -> str:
    """The answer block: a sentence, then titled parts."""
    parts = page.answer.get("block") or _block(page)
    if not parts:
        return ""
    made, lead = [], ""
    for part in parts:
        lines = [_marked(page, _capital(str(line))) for line in _lines(part)]
        if part.get("id") == "answer" and lines:
            lead = f'<p class="lead">{lines[0]}</p>' + paragraphs(lines[1:])
            continue
        body = bullets(lines) if len(lines) > 1 else paragraphs(lines)
        made.append(
            f'<div class="part{" full" if part.get("id") in _FULL else ""}"><h3>{text(part.get("title", ""))}</h3>'
            f"{_table(part['table']) if part.get('table') else ''}{body}</div>"
        )
    return f'{lead}<div class="parts two">{"".join(made)}</div>{_doubts(page)}'


_FULL = ("line", "who-pays", "beside", "left-out")  # parts that take the whole width


def _capital(line: str) -> str:
    return line[:1].upper() + line[1:]


def _lines(part: Mapping[str, Any]) -> list[str]:
    given = part.get("text") or part.get("paragraphs") or []
    return [given] if isinstance(given, str) else list(given)


def _doubts(page: Page) -> str:
    ties = (page.answer.get("played") or {}).get("ties") or []
    if not ties:
        return ""
    return f'<p class="warning">Ties: {" ".join(text(tie) for tie in ties)}</p>'


def _table(given: Mapping[str, Any]) -> str:
    """Names down the side, for each history its columns."""
    columns, titles = list(given["columns"]), _headings(given)
    groups = [("", 1), *((long_head(h), len(columns)) for h in titles)]
    per = len(given.get("headings") or [1])
    heads = ["", *(text(column) for _ in range(per) for column in columns)]
    rows = [[text(cell) for cell in row] for row in given["rows"]]
    return short_heads(titles) + table(
        heads, rows, caption=text(given.get("about", "")), numeric=range(1, len(heads)), groups=groups if titles else ()
    )


def _headings(given: Mapping[str, Any]) -> list[str]:
    """The histories of a table, numbered as its text refers to them."""
    listed = [_capital(str(heading)) for heading in given.get("headings") or []]
    return [f"({n + 1}) {heading}" for n, heading in enumerate(listed)] if len(listed) > 1 else listed


def _sources(page: Page) -> dict[str, str]:
    """The source of every number that texts quote by its label."""
    found: dict[str, str] = {}
    for line in [*(page.answer.get("sensitivity") or []), *(page.answer.get("lines") or [])]:
        if line.get("source"):
            found[str(line["label"])] = str(line["source"])
    return found


def _marked(page: Page, line: str) -> str:
    """Text with a mark behind every quoted label of a number that has a source."""
    sources, world = _sources(page), page.scenario.world
    line = line.replace(" %", "\u00a0%").replace(" bn", "\u00a0bn")

    def plain(words: str) -> str:
        """Words, with the names of economies behind their codes."""
        parts = re.split(r"\b([A-Z]{3})\b(?= )", words)
        return "".join(
            f'<abbr title="{text(world.name_of(part))}">{text(part)}</abbr>'
            if n % 2 and part in world.economies
            else text(part)
            for n, part in enumerate(parts)
        )

    def replace(match: re.Match[str]) -> str:
        source = sources.get(match[1])
        return f"{text(match[0])}{page.notes.mark(source)}"

    found, last = [], 0
    for match in re.finditer("“([^”]+)”", line):
        found += [plain(line[last : match.start()]), replace(match)]
        last = match.end()
    return "".join([*found, plain(line[last:])])


def _block(page: Page) -> list[dict[str, Any]]:
    """The block where the answer brings none: its sentences, and what is not modelled."""
    answer, notes = page.answer, list(page.scenario.file.not_modelled)
    parts = []
    if answer.get("sentence"):
        parts.append({"id": "answer", "title": "Answer", "text": [answer["sentence"], *answer.get("holds_if", [])]})
    deterrence = answer.get("deterrence") or {}
    if deterrence.get("sentence"):
        parts.append({"id": "threat", "title": "The threat", "text": [deterrence["sentence"]]})
    if notes:
        parts.append({"id": "left-out", "title": "Not modelled", "text": notes})
    return parts
