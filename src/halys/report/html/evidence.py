"""The section on evidence: what is believed and why, contradictions, every claim with its source, line by line."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from halys.report.charts.evidence import beliefs_spec, timeline_spec
from halys.report.charts.format import plain
from halys.report.evidence_view import MATRIX_NOTE, percent
from halys.report.html.elements import bullets, disclosure, paragraphs, table, text
from halys.report.html.model import Page

Record = Mapping[str, Any]

_ABOUT = (
    "A claim is what somebody said, in a paraphrase; it is not a fact. Claims that report one event form a group, and "
    "a group says how likely such a report is under each hypothesis. Copies of one report count once, doubt about a "
    "source pulls towards no information, and a denial by a party with an interest moves nothing by default."
)


def evidence(page: Page) -> str:
    """Charts, beliefs, contradictions, votes and claims; empty where the scenario has no evidence."""
    record: Record | None = page.summary.get("evidence")
    if not record:
        return ""
    parts = [paragraphs([text(_ABOUT), *map(text, record["notes"])])]
    if record["questions"]:
        words = " ".join(_spoken(question) for question in record["questions"])
        parts.append(page.figures.add("beliefs", beliefs_spec(record), text(words), titled=False))
        parts += [_question(page, question) for question in record["questions"]]
    parts += [_conflicts(page, record), _votes(page, record)]
    days = f"{len(record['claims'])} claims and {len(record['events'])} events, by day and by side."
    parts.append(page.figures.add("timeline", timeline_spec(record), text(days), titled=False))
    parts.append(_claims(page, record))
    if record["warnings"]:
        parts.append(disclosure("What is odd about the likelihoods", bullets(map(text, record["warnings"]))))
    return "".join(parts)


def _spoken(question: Record) -> str:
    listed = "; ".join(
        f"{h['label']} {percent(h['posterior']['value'])} ({percent(h['posterior']['inner_low'])} to "
        f"{percent(h['posterior']['inner_high'])})"
        for h in question["hypotheses"]
    )
    return f"{question['label']} {listed}."


def _question(page: Page, question: Record) -> str:
    """The groups of a question with their likelihoods; the matrix and what each source does on demand."""
    if not question["groups"]:
        return ""
    labels = {h["id"]: h["label"] for h in question["hypotheses"]}
    rows = []
    for group in question["groups"]:
        reports = f"{group['reports']:g}"
        if group["effective"] < group["reports"]:
            reports += f" (count as {plain(group['effective'])})"
        name = f"{text(group['label'])}{page.notes.mark(*group['sources'])}"
        cells = ["moves nothing" if group["by_default"] else _likelihood(group["likelihood"][h]) for h in labels]
        times = [plain(group["times"][h]) for h in labels]
        rows.append([name, reports, _likelihood(group["trust"]), *cells, *times])
    named = [text(label) for label in labels.values()]
    heads = ["Reported", "Reports", "Trust", *named, *named]
    count = len(labels)
    spans = [("", 3), ("probability of such a report if", count), ("weight, trust and copies counted", count)]
    shown = table(heads, rows, caption=text(question["label"]), numeric=range(1, len(heads)), groups=spans)
    return shown + _reasons(question) + _without(page, question, labels) + _matrix(question, labels)


def _likelihood(number: Record) -> str:
    if number["low"] == number["high"]:
        return plain(number["value"])
    return f"{plain(number['value'])} ({plain(number['low'])} to {plain(number['high'])})"


def _reasons(question: Record) -> str:
    notes = [f"{text(g['label'])}: {text(g['note'])}" for g in question["groups"] if g["note"]]
    return disclosure("Why these likelihoods", bullets(notes)) if notes else ""


def _without(page: Page, question: Record, labels: Mapping[str, str]) -> str:
    """Posteriors had a source never been read."""
    sources = page.notes.sources
    rows = []
    for entry in question["without_source"]:
        source = sources.get(entry["source"])
        name = text(source.title if source is not None else entry["source"]) + page.notes.mark(entry["source"])
        rows.append([name, *(percent(entry["posterior"][h]["value"]) for h in labels)])
    now = ["as it is", *(percent(h["posterior"]["value"]) for h in question["hypotheses"])]
    heads = ["Had it never been read", *(text(label) for label in labels.values())]
    return disclosure("What each source moves", table(heads, [now, *rows], numeric=range(1, len(heads))))


def _matrix(question: Record, labels: Mapping[str, str]) -> str:
    """Heuer's matrix, with its caveat."""
    rows = [[text(g["label"]), *(g["marks"][h] for h in labels)] for g in question["groups"]]
    rows.append(["against each", *(f"{h['inconsistency']:g}" for h in question["hypotheses"])])
    heads = ["Reported", *(text(label) for label in labels.values())]
    content = paragraphs([text(MATRIX_NOTE)]) + table(heads, rows)
    return disclosure("The matrix of competing hypotheses", content)


def _conflicts(page: Page, record: Record) -> str:
    """Who asserts and who denies, and whose readout says what, side by side."""
    if not record["conflicts"]:
        return ""
    claims = {claim["id"]: claim for claim in record["claims"]}
    rows = []
    for conflict in record["conflicts"]:
        kind = "denied" if conflict["kind"] == "denial" else "two readouts"
        rows.append([kind, *(_said(page, claims[conflict[end]]) for end in ("first", "second"))])
    return table(["", "One says", "Another says"], rows, caption="Contradictions")


def _said(page: Page, claim: Record) -> str:
    voice = f"<strong>{text(claim['speaker_label'])}</strong> ({text(claim['side_label'])}, {text(claim['date'])}): "
    return voice + text(claim["text"]) + page.notes.mark(*claim["sources"])


def _votes(page: Page, record: Record) -> str:
    rows = [
        [
            f"{text(vote['label'])}{page.notes.mark(*vote['sources'])}",
            "vote" if vote["is_vote"] else "stances",
            text(vote["date"]),
            text("; ".join(f"{side}: {position}" for side, position in vote["positions"].items()))
            + (f". {text(vote['note'])}" if "note" in vote else ""),
        ]
        for vote in record["votes"]
    ]
    return table(["On what", "Kind", "Date", "Who stood where"], rows, caption="Votes and statements") if rows else ""


def _claims(page: Page, record: Record) -> str:
    """Every claim, to be checked line by line."""
    named = {group["id"]: group["label"] for question in record["questions"] for group in question["groups"]}
    rows = []
    for claim in record["claims"]:
        figures = "".join(f" [{plain(f['value'])} {text(f['unit'])}]" for f in claim["figures"])
        said = text(claim["text"]) + figures + page.notes.mark(*claim["sources"])
        bears = "; ".join(text(named[group]) for group in claim["groups"])
        who = [text(claim[key]) for key in ("date", "side_label", "speaker_label", "stance")]
        rows.append([*who, said, bears])
    heads = ["Day", "Side", "Who", "Stance", "What was said", "Counts in"]
    return disclosure(f"All {len(rows)} claims, by day", table(heads, rows))
