"""The evidence of a scenario, or of a dossier alone, in plain data: claims, contradictions and beliefs."""

from __future__ import annotations

from typing import Any

import numpy as np

from halys.evidence import Belief, by_day, effective_reports, inconsistency, log_ratios, make_matrix, vary_likelihoods
from halys.measures import Number, value_of
from halys.measures.numbers import as_quantity, highest_of, lowest_of
from halys.scenario.dossier import Dossier
from halys.scenario.dossier_schema import Claim

_SEEN = 1e-3  # a likelihood that moves no posterior by so much over its range is left out of the sensitivities


def describe_evidence(dossier: Dossier) -> dict[str, Any]:
    """Everything that a reader needs to check a ledger line by line.

    Posteriors stand at the reference values, with the bounds over all ranges (`low`, `high`) and the inner nine tenths
    of log-uniform draws (`inner_low`, `inner_high`).
    """
    spec = dossier.spec
    return {
        "id": dossier.id,
        "title": dossier.title,
        "notes": list(dossier.notes),
        "sources": [_source(dossier, name) for name in _carrying(dossier)],
        "events": [
            {"id": name, **e.model_dump(exclude_none=True), "side_labels": _labels(dossier, e.sides)}
            for name, e in sorted(spec.events.items(), key=lambda item: by_day(item[1].date))
        ],
        "claims": [
            _claim(dossier, name, c) for name, c in sorted(spec.claims.items(), key=lambda item: by_day(item[1].date))
        ],
        "conflicts": [
            {"kind": c.kind, "first": c.first, "second": c.second, "event": spec.claims[c.second].event}
            for c in dossier.conflicts
        ],
        "votes": [
            {
                "id": name,
                **vote.model_dump(exclude_none=True),
                "is_vote": vote.event is None or spec.events[vote.event].kind == "vote",
                "positions": {spec.sides[side].label: position for side, position in vote.positions.items()},
            }
            for name, vote in spec.votes.items()
        ],
        "questions": [_question(dossier, name) for name in spec.questions],
        "warnings": list(dossier.warnings),
    }


def _carrying(dossier: Dossier) -> list[str]:
    """Sources that carry a claim, an event or a vote, in the order of the file."""
    spec = dossier.spec
    named = {s for part in (spec.claims, spec.events, spec.votes) for entry in part.values() for s in entry.sources}
    return [name for name in dossier.sources if name in named]


def _source(dossier: Dossier, name: str) -> dict[str, Any]:
    carried = [claim for claim, c in dossier.spec.claims.items() if name in c.sources]
    return {"id": name, **dossier.sources[name].model_dump(exclude_none=True), "claims": carried}


def _labels(dossier: Dossier, sides: list[str]) -> list[str]:
    return [dossier.spec.sides[side].label for side in sides]


def _claim(dossier: Dossier, name: str, claim: Claim) -> dict[str, Any]:
    speaker = dossier.spec.speakers[claim.speaker]
    return {
        "id": name,
        "date": claim.date,
        "text": claim.text,
        "speaker": claim.speaker,
        "speaker_label": speaker.label,
        "side": speaker.side,
        "side_label": dossier.spec.sides[speaker.side].label,
        "stance": claim.stance,
        "about": _labels(dossier, claim.about),
        "event": claim.event,
        "event_label": None if claim.event is None else dossier.spec.events[claim.event].label,
        "sources": list(claim.sources),
        "denies": list(claim.denies),
        "repeats": claim.repeats,
        "figures": [figure.model_dump() for figure in claim.figures],
        "groups": [group for group, g in dossier.spec.groups.items() if name in g.claims],
        "signal": claim.signal,
    }


def _number(number: Number) -> dict[str, Any]:
    return {
        "value": value_of(number),
        "low": lowest_of(number),
        "high": highest_of(number),
        "source": as_quantity(number).source,
    }


def _posterior(belief: Belief, n: int) -> dict[str, float]:
    return {field: float(getattr(belief, field)[n]) for field in Belief._fields}


def _question(dossier: Dossier, name: str) -> dict[str, Any]:
    question, e, belief = dossier.question(name), dossier.evidence(name), dossier.beliefs[name]
    hypotheses, groups = list(question.hypotheses), dossier.groups_of(name)
    marks, ratios = make_matrix(e), log_ratios(e)
    effective = effective_reports(e.reports, e.dependence.value)
    found = []
    for g, group in enumerate(groups):
        spec = dossier.spec.groups[group]
        found.append(
            {
                "id": group,
                "label": spec.label,
                "claims": list(spec.claims),
                "sources": list(dossier.ledger.sources_of(group)),
                "reports": float(e.reports[g]),
                "effective": float(effective[g]),
                "dependence": _number(spec.dependence),
                "trust": _number(spec.trust),
                "by_default": spec.likelihood is None,
                "likelihood": {h: _number(1.0 if spec.likelihood is None else spec.likelihood[h]) for h in hypotheses},
                "times": {h: float(np.exp(ratios[g, n])) for n, h in enumerate(hypotheses)},
                "marks": {h: str(marks[g, n]) for n, h in enumerate(hypotheses)},
                "note": spec.note,
                "open": bool((e.likelihood.low[g].max() <= e.likelihood.high[g].min()) and spec.likelihood is not None),
            }
        )
    return {
        "id": name,
        "label": question.label,
        "about": dossier.spec.sides[question.about].label,
        "hypotheses": [
            {
                "id": h,
                "label": question.hypotheses[h].label,
                "prior": {end: float(getattr(e.prior, end)[n]) for end in ("value", "low", "high")},
                "posterior": _posterior(belief, n),
                "inconsistency": float(inconsistency(marks)[n]) if groups else 0.0,
            }
            for n, h in enumerate(hypotheses)
        ],
        "groups": found,
        "without_source": [
            {"source": source, "posterior": {h: _posterior(other, n) for n, h in enumerate(hypotheses)}}
            for source, other in dossier.without_each_source(name).items()
        ],
        "sensitivity": _sensitivity(dossier, name),
    }


def _sensitivity(dossier: Dossier, name: str) -> list[dict[str, Any]]:
    """Of each likelihood, how far it alone moves the hypothesis that it moves most; the largest first."""
    e, groups = dossier.evidence(name), dossier.groups_of(name)
    hypotheses = list(dossier.question(name).hypotheses)
    moved = vary_likelihoods(e)
    found = []
    for g, group in enumerate(groups):
        for h, hypothesis in enumerate(hypotheses):
            ends = moved[g, h]  # (end, hypothesis)
            most = int(np.abs(ends[1] - ends[0]).argmax())
            if abs(ends[1, most] - ends[0, most]) > _SEEN:
                found.append(
                    {
                        "group": group,
                        "likelihood_under": hypothesis,
                        "moves": hypotheses[most],
                        "at_low": float(ends[0, most]),
                        "at_high": float(ends[1, most]),
                    }
                )
    return sorted(found, key=lambda entry: -abs(entry["at_high"] - entry["at_low"]))
