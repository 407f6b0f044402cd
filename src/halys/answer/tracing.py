"""On what every number of a scenario rests: claims, documents, beliefs, or somebody's judgement."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal

from halys.measures import Quantity, value_of
from halys.scenario import Scenario
from halys.scenario.dossier import PREFIX
from halys.scenario.dossier_load import EVIDENCE_SOURCE
from halys.scenario.numbers import all_numbers, is_definition
from halys.scenario.validation import path_text

Basis = Literal["claims", "document", "belief", "judgement", "definition", "orphan"]
JUDGEMENT = "assumption"
"""The id of the source that stands for the author's own judgement."""


def trace_numbers(scenario: Scenario) -> list[dict[str, Any]]:
    """For every number its path, value, range, source, what it rests on and the claims that its source carries.

    An assumption is listed once, with all its places. A number without a source that is no definition is an orphan.
    """
    found: dict[object, dict[str, Any]] = {}
    for path, number in all_numbers(scenario.file):
        name = number.assumption if isinstance(number, Quantity) else None
        place = path_text(path)
        if name is not None and name in found:
            found[name]["places"].append(place)
            continue
        source = number.source if isinstance(number, Quantity) else None
        claims = _claims(scenario, name, source)
        basis: Basis
        if source is None:
            basis = "definition" if is_definition(path, number) else "orphan"
        elif source == EVIDENCE_SOURCE and name is not None and name.startswith(PREFIX):
            basis = "belief"
        elif source == JUDGEMENT or scenario.file.sources[source].kind == "own":
            basis = "judgement"
        else:
            basis = "claims" if claims else "document"
        found[name if name is not None else path] = {
            "name": name,
            "places": [place],
            "value": value_of(number),
            "low": number.low if isinstance(number, Quantity) else None,
            "high": number.high if isinstance(number, Quantity) else None,
            "unit": number.unit if isinstance(number, Quantity) else None,
            "source": source,
            "basis": basis,
            "claims": claims,
        }
    return list(found.values())


def _claims(scenario: Scenario, name: str | None, source: str | None) -> list[str]:
    """Claims that a number's source carries, or, for a posterior, those of the groups that move it."""
    dossier = scenario.dossier
    if dossier is None or source is None:
        return []
    if source == EVIDENCE_SOURCE and name is not None:
        questions = [
            question
            for question, spec in dossier.spec.questions.items()
            if name.removeprefix(f"{PREFIX}{question}-") in spec.hypotheses
        ]
        groups = [group for group in dossier.spec.groups.values() if group.question in questions]
        return list(dict.fromkeys(claim for group in groups for claim in group.claims))
    return [claim for claim, c in dossier.spec.claims.items() if source in c.sources]


def count_bases(traced: Sequence[Mapping[str, Any]]) -> dict[str, int]:
    """How many numbers rest on what."""
    counts = {"claims": 0, "document": 0, "belief": 0, "judgement": 0, "definition": 0, "orphan": 0}
    for entry in traced:
        counts[entry["basis"]] += 1
    return counts
