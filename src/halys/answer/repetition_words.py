"""What repetition does, in sentences: for the report, and for whoever reads the answer as data."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from halys.answer.words import amount


def repetition_sentences(data: Mapping[str, Any]) -> list[str]:
    """What the occasions are; every threat without a known end; the play with one; what a doubt does."""
    found = [_occasions(data)]
    if data["instead_of"]:
        names = ", ".join(f"“{stake['label']}”" for stake in data["instead_of"])
        found.append(f"The reputation stands here in place of {names}, which count nothing.")
    if data["known_end"] is not None:
        found.append(_known_end(data))
    if data["tough"] is not None:
        found += _doubts(data)
    return found + _endless(data)


def _occasions(data: Mapping[str, Any]) -> str:
    many = data["occasions_per_year"]["value"]
    how = f"one every {1.0 / many:.3g} years" if many < 1.0 else f"{amount(many)} a year"
    end = "no occasion is known to be the last" if data["horizon"] == "infinite" else f"{data['horizon']} in all"
    yearly = data["discount"]["value"]
    return (
        f"Occasions ({data['label']}): {how}, {end}. A year from now counts {factor(yearly)} for "
        f"{data['sender_label']} (a rate of {amount(100.0 * (1.0 / yearly - 1.0))} % a year), the next occasion "
        f"{factor(data['per_occasion']['value'])}."
    )


def factor(value: float) -> str:
    """A discount factor or a probability: three digits, more where it is close to 1."""
    digits = 3
    while digits < 8 and value < 1.0 and round(value, digits) == 1.0:
        digits += 1
    text = f"{value:.{digits}f}".rstrip("0").rstrip(".")
    return text if float(text) or not value else f"{value:.2g}"


def chance(value: float) -> str:
    """A probability: small ones as one in so many."""
    if value >= 0.01:
        return factor(value)
    many = 1.0 / value
    for size, name in ((1e9, "billion"), (1e6, "million")):
        if many >= size:
            return f"1 in {amount(many / size)} {name}"
    return f"1 in {many:,.0f}"


# No known end ---------------------------------------------------------------------------------------------------------


def _endless(data: Mapping[str, Any]) -> list[str]:
    """From which discount factor on the threats deter that need a reputation; which need none; which deter nowhere."""
    head = "Where no occasion is known to be the last" if data["horizon"] == "infinite" else "Were the end not known"
    kept = [
        r for r in data["replies"] if not r["once"] and r["critical"] is not None and r["sufficient"] and r["assured"]
    ]
    found = []
    if kept:
        listed = ", ".join(f"“{r['label']}” {factor(r['critical'])}" for r in kept)
        found.append(f"{head}, a threat deters once a year from now counts at least: {listed}. {_here(data, kept)}")
    once = [r["label"] for r in data["replies"] if r["once"]]
    if once:
        found.append(f"On one occasion already, and so without any reputation, {_names(once)} {_verb(once, 'deter')}.")
    for why, labels in _never(data).items():
        found.append(f"At no discount factor {_names(labels)} {_verb(labels, 'deter')}: {why}.")
    return found


def _here(data: Mapping[str, Any], kept: Sequence[Mapping[str, Any]]) -> str:
    """Which deter at the factor of the file, and which of them not over all of the ranges."""
    at = f"At {factor(data['discount']['value'])}"
    deters = [r["label"] for r in kept if r["deters"]]
    mixed = [r["label"] for r in kept if len({r["deters"], r["at_low"]["deters"], r["at_high"]["deters"]}) > 1]
    which = (
        "none does"
        if not deters
        else "all do"
        if len(deters) == len(kept)
        else f"{_names(deters)} {_verb(deters, 'do')}"
    )
    over = f"; over the ranges of the numbers this changes for {_names(mixed)}" if mixed else ""
    return f"{at} {which}{over}."


def _never(data: Mapping[str, Any]) -> dict[str, list[str]]:
    """Labels of the threats that deter at no discount factor, by why."""
    reasons: dict[str, list[str]] = {}
    for reply in data["replies"]:
        if not reply["assured"]:
            why = f"{data['sender_label']} would carry it out below the line too"
        elif not reply["sufficient"]:
            why = "not sufficient, and a word that does not deter is not worth keeping"
        elif reply["critical"] is None:
            why = "a kept word is worth nothing" if reply["tempted"] else "the target would stay anyway"
        else:
            continue
        reasons.setdefault(why, []).append(reply["label"])
    return reasons


def _names(labels: Sequence[str]) -> str:
    *most, last = [f"“{label}”" for label in labels]
    return f"{', '.join(most)} and {last}" if most else last


def _verb(labels: Sequence[str], verb: str) -> str:
    return verb if len(labels) > 1 else f"{verb}es" if verb.endswith("o") else f"{verb}s"


# A known end, a doubt -------------------------------------------------------------------------------------------------


def _known_end(data: Mapping[str, Any]) -> str:
    found = data["known_end"]
    answer = (
        "" if found["answer_label"] is None else f" and {data['sender_label']} answers with “{found['answer_label']}”"
    )
    many = found["occasions"]
    if not found["same"]:
        return f"With {many} occasions the play does not repeat itself: moves of one occasion tie."
    if many == 1:
        return f"There is one occasion: the target chooses “{found['label']}”{answer}."
    return (
        f"With {many} occasions and everybody's aims known the play unravels from the last one: on every occasion, as "
        f"on one alone, the target chooses “{found['label']}”{answer}."
    )


def _doubts(data: Mapping[str, Any]) -> list[str]:
    """On how many occasions each threat deters, and from which prior on."""
    prior, many = factor(data["tough"]["value"]), data["horizon"]
    head = f"If {data['sender_label']} may be one who carries out every threat, with a prior of {prior}"
    kept = [r for r in data["replies"] if r["doubt"] is not None]
    if not kept:
        return [f"{head}: no threat hangs on that."]
    counts = ", ".join(f"“{r['label']}” {_count(r['doubt'], many)}" for r in kept)
    priors = ", ".join(f"“{r['label']}” {chance(r['doubt']['prior_first'])}" for r in kept)
    return [
        f"{head}, a threat surely deters on so many of the {many} occasions, from the first on: {counts}.",
        f"To deter on the first occasion it takes a prior above: {priors}.",
    ]


def _count(found: Mapping[str, Any], many: int) -> str:
    low, high = found["deterred_low"], found["deterred_high"]
    count = "none" if not found["deterred"] else "all" if found["deterred"] == many else str(found["deterred"])
    return count if low == high else f"{count} ({low} to {high} over the ranges)"
