"""Evidence for the terminal: beliefs, what moves them, contradictions, claims by date; and what numbers rest on."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping, Sequence
from typing import Any

from halys.answer.tracing import count_bases
from halys.answer.words import amount
from halys.scenario import Scenario

Record = Mapping[str, Any]
MATRIX_NOTE = (
    "The matrix of competing hypotheses (CC, C consistent; N neither; I, II inconsistent) is shown because readers "
    "know it. It ranks nothing: it throws away how strong a report is and whether reports copy each other, and trials "
    "find no gain in accuracy from it."
)
_BELIEF_NOTE = (
    "Values by Bayes' rule at the reference likelihoods. In round brackets: nine tenths of draws from the ranges, "
    "likelihoods log-uniform. In square ones: the bounds over all ranges of priors, likelihoods, dependence and trust "
    "at once. These are sets of beliefs, not distributions of them."
)


def percent(share: float) -> str:
    """A probability in per cent."""
    return f"{amount(100 * share)} %"


def render_evidence(record: Record, columns: int, *, claims: bool = False, matrix: bool = False) -> str:
    """A dossier in words: a block for each question, then contradictions, votes, warnings, and claims if asked."""
    counts = ", ".join(
        f"{len(record[part])} {part if len(record[part]) != 1 else part[:-1]}"
        for part in ("claims", "sources", "events")
    )
    lines = [f"{record['title']} [{record['id']}]", counts]
    for note in record["notes"]:
        lines += textwrap.wrap(note, columns, initial_indent="  ", subsequent_indent="  ")
    for question in record["questions"]:
        lines += ["", *_question(question, columns, matrix)]
    lines += ["", *_conflicts(record, columns)]
    for vote in record["votes"]:
        words = "; ".join(f"{side} {position}" for side, position in vote["positions"].items())
        kind, note = "VOTE" if vote["is_vote"] else "STANCES", f" {vote['note']}" if "note" in vote else ""
        lines += _wrapped(f"{kind} {vote['date']}: {vote['label']}: {words}.{note}", columns, "", "  ")
    if record["warnings"]:
        lines += ["", "IS THIS MEANT?"]
        lines += [row for w in record["warnings"] for row in _wrapped(w, columns, "  ", "    ")]
    if claims:
        lines += ["", "CLAIMS, by date: what was said, not what is so"]
        for claim in record["claims"]:
            lines += _claim(claim, columns)
        lines += ["", "SOURCES; reliability by the Admiralty code, A to F, for the eye alone"]
        for source in record["sources"]:
            more = [source.get("kind"), f"reliability {source['reliability']}" if "reliability" in source else None]
            more.append(f"read in {source['via']}" if "via" in source else None)
            words = "; ".join(
                [f"{source['id']}: {source['title']}. {source['publisher']}, {source['date']}", *filter(None, more)]
            )
            lines += _wrapped(words, columns, "  ", "      ")
    else:
        lines += ["", "--claims lists every claim, --matrix the matrix of competing hypotheses."]
    if record["questions"]:
        lines += ["", *textwrap.wrap(_BELIEF_NOTE, columns)]
    if matrix:
        lines += textwrap.wrap(MATRIX_NOTE, columns)
    return "\n".join(lines)


def _wrapped(text: str, columns: int, first: str, rest: str) -> list[str]:
    return textwrap.wrap(text, columns, initial_indent=first, subsequent_indent=rest)


def _question(question: Record, columns: int, matrix: bool) -> list[str]:
    lines = textwrap.wrap(f"{question['label']} [{question['id']}]", columns)
    wide = max(len(h["label"]) for h in question["hypotheses"])
    for h in question["hypotheses"]:
        p, prior = h["posterior"], h["prior"]
        span = f"{percent(p['value']):>8} ({percent(p['inner_low'])} to {percent(p['inner_high'])})"
        span += f" [{percent(p['low'])} to {percent(p['high'])}]"
        lines.append(f"  {h['label']:<{wide}}  {span}  before: {percent(prior['value'])}")
    for group in question["groups"]:
        lines += _wrapped(_group(question, group), columns, "  · ", "      ")
        if matrix:
            marks = ", ".join(f"{_label(question, h)} {mark}" for h, mark in group["marks"].items())
            lines += _wrapped(f"matrix: {marks}", columns, "      ", "      ")
    if matrix and question["groups"]:
        scores = ", ".join(f"{h['label']} {h['inconsistency']:g}" for h in question["hypotheses"])
        lines += _wrapped(f"matrix, against each: {scores}", columns, "  ", "      ")
    moved = [entry for entry in question["without_source"] if _shift(question, entry)[1] >= 0.0005]
    if moved:
        words = "; ".join(f"{entry['source']}: {_moved(question, entry)}" for entry in moved)
        lines += _wrapped(f"Had a source never been read: {words}.", columns, "  ", "      ")
    if question["sensitivity"]:
        first = question["sensitivity"][0]
        words = (
            f"The likelihood that matters most: that of “{_group_label(question, first['group'])}” under "
            f"“{_label(question, first['likelihood_under'])}” moves “{_label(question, first['moves'])}” from "
            f"{percent(first['at_low'])} to {percent(first['at_high'])} over its range."
        )
        lines += _wrapped(words, columns, "  ", "      ")
    return lines


def _label(question: Record, hypothesis: str) -> str:
    return str(next(h["label"] for h in question["hypotheses"] if h["id"] == hypothesis))


def _group_label(question: Record, group: str) -> str:
    return str(next(g["label"] for g in question["groups"] if g["id"] == group))


def _group(question: Record, group: Record) -> str:
    """A group in one sentence: how many reports, what they count as, which way they point and how strongly."""
    reports = f"{group['reports']:g} report{'' if group['reports'] == 1 else 's'}"
    if group["effective"] < group["reports"]:
        reports += f" that count as {amount(group['effective'])}"
    if group["by_default"]:
        return f"{group['label']} ({reports}): denied by a party with an interest; moves nothing."
    times = group["times"]
    best, worst = max(times, key=times.__getitem__), min(times, key=times.__getitem__)
    if times[best] / times[worst] < 1.0 + 1e-9:
        return f"{group['label']} ({reports}): moves nothing."
    words = f"speaks for “{_label(question, best)}” {amount(times[best] / times[worst])} times as much as for"
    open_ = "; the ranges overlap, so that the direction is open" if group["open"] else ""
    return f"{group['label']} ({reports}): {words} “{_label(question, worst)}”{open_}."


def _shift(question: Record, entry: Record) -> tuple[str, float]:
    """The hypothesis that the loss of a source moves most, and by how much."""
    now = {h["id"]: h["posterior"]["value"] for h in question["hypotheses"]}
    moved = {h: abs(p["value"] - now[h]) for h, p in entry["posterior"].items()}
    most = max(moved, key=moved.__getitem__)
    return most, moved[most]


def _moved(question: Record, entry: Record) -> str:
    most, _ = _shift(question, entry)
    return f"“{_label(question, most)}” {percent(entry['posterior'][most]['value'])}"


def _conflicts(record: Record, columns: int) -> list[str]:
    if not record["conflicts"]:
        return ["No contradictions."]
    claims = {claim["id"]: claim for claim in record["claims"]}
    lines = ["CONTRADICTIONS"]
    for conflict in record["conflicts"]:
        first, second = claims[conflict["first"]], claims[conflict["second"]]
        word = "denied by" if conflict["kind"] == "denial" else "and by"
        lines += _wrapped(f"{_voice(first)}: {first['text']}", columns, "  ", "    ")
        lines += _wrapped(f"{word} {_voice(second)}: {second['text']}", columns, "    ", "      ")
    return lines


def _voice(claim: Record) -> str:
    return f"{claim['speaker_label']} ({claim['side_label']}, {claim['date']})"


def _claim(claim: Record, columns: int) -> list[str]:
    text = f"{claim['date']} {claim['stance']:<8} {claim['speaker_label']} ({claim['side_label']}): "
    text += f"{claim['text']} [{', '.join(claim['sources'])}]"
    if claim["denies"]:
        text += f" denies {', '.join(claim['denies'])}"
    return _wrapped(text, columns, "  ", "      ")


def render_sources(scenario: Scenario, traced: Sequence[Record], columns: int) -> str:
    """Source by source: the numbers that rest on it and the claims that it carries; orphans last."""
    counts = count_bases(traced)
    words = (
        f"{len(traced)} numbers: {counts['claims']} on sources with claims, {counts['document']} on documents, "
        f"{counts['belief']} beliefs, {counts['judgement']} judgements, {counts['definition']} definitions; "
        f"orphans: {counts['orphan'] or 'none'}."
    )
    lines = [f"{scenario.file.title} [{scenario.id}]", *textwrap.wrap(words, columns)]
    claims = {} if scenario.dossier is None else scenario.dossier.spec.claims
    for name, source in scenario.file.sources.items():
        numbers = [entry for entry in traced if entry["source"] == name]
        carried = [claim for claim, c in claims.items() if name in c.sources]
        if not numbers and not carried:
            continue
        lines += ["", *_wrapped(f"{name}: {source.title}. {source.publisher}, {source.date}.", columns, "", "  ")]
        lines += [row for entry in numbers for row in _wrapped(_entry(entry), columns, "  ", "      ")]
        for claim in carried:
            lines += _wrapped(f"claim {claim}: {claims[claim].text}", columns, "  ", "      ")
    orphans = [entry for entry in traced if entry["basis"] == "orphan"]
    if orphans:
        lines += ["", "ORPHANS: numbers that name nothing"]
        lines += [row for entry in orphans for row in _wrapped(_entry(entry), columns, "  ", "      ")]
    return "\n".join(lines)


def _entry(entry: Record) -> str:
    span = "" if entry["low"] is None else f" ({amount(entry['low'])} to {amount(entry['high'])})"
    unit = f" {entry['unit']}" if entry["unit"] else ""
    where = entry["name"] or entry["places"][0]
    more = f", at {len(entry['places'])} places" if len(entry["places"]) > 1 else ""
    return f"{where}: {amount(entry['value'])}{span}{unit}{more}"
