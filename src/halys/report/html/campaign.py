"""The section on a campaign: which future comes, how long the line can be kept, who loses, what waiting is worth."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from halys.report.campaign_view import (
    band_sentences,
    heading,
    notes,
    still_level,
    window_sentence,
    worth_sentences,
)
from halys.report.charts.campaign import fan_spec, held_spec, window_spec
from halys.report.charts.format import brief, share, signed
from halys.report.html.elements import bullets, disclosure, paragraphs, table, text
from halys.report.html.model import Page

_ABOUT = (
    "The same decisions are taken again each quarter; what is held works at first as in the short run and comes nearer "
    "to the long run with its age. Who moves weighs all that may follow, and errs a little. A line that was crossed "
    "stays crossed."
)


def campaign(page: Page) -> str:
    """Futures, windows, what is held, fans of losses; nothing where the run has no campaign."""
    record: Mapping[str, Any] | None = page.answer.get("campaign")
    if not record:
        return ""
    parts = [paragraphs([text(_ABOUT), *map(text, heading(record)[:1])]), _futures(page, record)]
    for n, line in enumerate(record["lines"]):
        caption = text(window_sentence(record, line))
        parts.append(page.figures.add(f"window-{n}", window_spec(record, line), caption))
    parts.append(bullets(map(text, worth_sentences(record))))
    for track in record["tracks"]:
        still = still_level(track["levels"], track["shares"])
        if still is not None:
            parts.append(paragraphs([text(f"{track['label']} {still}, on every path in every quarter.")]))
            continue
        words = f"{track['actor']}: what it holds, on what share of the paths."
        parts.append(page.figures.add(f"held-{track['id']}", held_spec(record, track["id"]), text(words)))
    parts += [_losses(record), _fans(page, record)]
    band = band_sentences(record)
    if band:
        parts.append(disclosure("Where a measure is not imposed, and not lifted", bullets(map(text, band))))
    parts.append(paragraphs(map(text, [*heading(record)[1:], *notes(record)])))
    return "".join(parts)


def _futures(page: Page, record: Mapping[str, Any]) -> str:
    """How likely each named future is, under free play and under each commitment."""
    if not record["futures"]:
        return ""
    policies = record["policies"]
    heads = ["Future", "free play", *(text(policy["label"]) for policy in policies)]
    rows = []
    for future in record["futures"]:
        label = text(future["label"]) + (
            f'<br><span class="small">{text(future["summary"])}</span>' if future["summary"] else ""
        )
        under = [text(brief(future["under"][policy["id"]])) for policy in policies]
        rows.append([label, text(share(future)), *under])
    marks = page.notes.mark(*page.scenario.file.campaign.sources) if page.scenario.file.campaign is not None else ""
    caption = f"{text(record['label'])}{marks}: which future comes, with the error of the simulation"
    return table(heads, rows, caption=caption, numeric=range(1, len(heads)))


def _losses(record: Mapping[str, Any]) -> str:
    rows = []
    for actor in record["actors"]:
        p, b = actor["percent"], actor["billion"]
        span = f"{signed(p['q5'][-1])} to {signed(p['q95'][-1])}"
        rows.append([text(actor["label"]), signed(p["mean"][-1]), signed(p["q50"][-1]), span, signed(b["q50"][-1])])
    last = record["quarters"][-1]
    words = f"Cumulated change of real income until {last}, against no level being changed, % of one year's income"
    caption = text(words)
    heads = ["Who", "mean", "median", "5 to 95 %", "median, bn USD"]
    return table(heads, rows, caption=caption, numeric=range(1, len(heads)))


def _fans(page: Page, record: Mapping[str, Any]) -> str:
    """A fan for each actor who decides, and the others on demand."""
    owners = {track["actor"] for track in record["tracks"]}
    shown: list[str] = []
    more: list[str] = []
    for actor in record["actors"]:
        words = f"{actor['label']}: {signed(actor['percent']['q50'][-1])} % at the end, in the middle of the paths."
        figure = page.figures.add(f"fan-{actor['id']}", fan_spec(record, actor["id"]), text(words))
        (shown if actor["label"] in owners else more).append(figure)
    return "".join(shown) + (disclosure("The other actors", "".join(more)) if more else "")
