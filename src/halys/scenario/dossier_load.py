"""Loading dossiers, alone or with a scenario, and posteriors as numbers of a scenario."""

from __future__ import annotations

import copy
import datetime
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from importlib import resources
from pathlib import Path
from typing import Any, NamedTuple

from pydantic import BaseModel, ValidationError

from halys.errors import FileError, InputError, Problem, UnknownNameError, did_you_mean
from halys.scenario.assumptions import QUANTITY_KEYS, number_places
from halys.scenario.document import Document, parse_document, read_document
from halys.scenario.dossier import PREFIX, Dossier
from halys.scenario.dossier_checks import find_faults
from halys.scenario.dossier_schema import (
    Claim,
    DossierFile,
    Event,
    EvidenceSpec,
    Group,
    Hypothesis,
    Question,
    Side,
    Source,
    Speaker,
    Vote,
)
from halys.scenario.validation import DataPath, problems_from_validation

EVIDENCE_SOURCE = "evidence"
"""The source of a number that is a posterior."""
_FOLDER = "dossiers"
_MODELS: dict[str, type[BaseModel]] = {
    "sides": Side,
    "speakers": Speaker,
    "events": Event,
    "claims": Claim,
    "questions": Question,
    "groups": Group,
    "votes": Vote,
    "sources": Source,
}


def bundled_dossiers() -> tuple[str, ...]:
    """Names of the dossiers that come with Halys."""
    folder = resources.files("halys.scenario").joinpath(_FOLDER)
    return tuple(sorted(entry.name.removesuffix(".yaml") for entry in folder.iterdir() if entry.name.endswith(".yaml")))


def is_dossier(data: object) -> bool:
    """Whether the data of a file are those of a dossier, and not of a scenario."""
    return isinstance(data, dict) and "dossier_version" in data


def load_dossier(name: str | Path, folder: Path | None = None) -> Dossier:
    """A dossier by its bundled name, or from a file.

    Args:
        folder: where a relative path starts; the current folder by default.

    Raises:
        FileError: the file cannot be used; every fault with its line and column.
        UnknownNameError: neither a file nor a bundled dossier.
    """
    text = str(name)
    if text in bundled_dossiers():
        content = resources.files("halys.scenario").joinpath(_FOLDER, f"{text}.yaml").read_text(encoding="utf-8")
        return check_dossier(parse_document(content, f"{text}.yaml"))
    path = (folder or Path()) / text
    if not text.endswith((".yaml", ".yml")) and not _is_file(path):
        known = bundled_dossiers()
        raise UnknownNameError(
            f"{text!r} is neither a file nor a bundled dossier.{did_you_mean(text, known)} Bundled: {', '.join(known)}."
        )
    return check_dossier(read_document(path))


def _is_file(path: Path) -> bool:
    try:
        return path.is_file()
    except OSError:  # too long or otherwise not a name of a file
        return False


def check_dossier(document: Document) -> Dossier:
    """The dossier in a document.

    Raises:
        FileError: with every fault found.
    """
    try:
        file = DossierFile.model_validate(document.data)
    except ValidationError as error:
        raise FileError(problems_from_validation(document, error, allowed_keys=allowed_keys(DossierFile))) from error
    problems = _problems(document, file, file.sources, ())
    if problems:
        raise FileError(problems)
    return Dossier(file.id, file.title, tuple(file.notes), file, file.sources, document.text, document.name)


def _problems(document: Document, spec: EvidenceSpec, sources: Mapping[str, Source], at: DataPath) -> list[Problem]:
    today = datetime.date.today()
    return [
        document.problem((*at, *fault.path), fault.message, at_key=fault.at_key)
        for fault in find_faults(spec, sources, today)
    ]


def allowed_keys(model: type[BaseModel], below: DataPath = ()) -> Callable[[DataPath], list[str]]:
    """Keys that a mapping of the ledger may have, by its path; `below` is where in the document the ledger stands."""

    def allowed(path: DataPath) -> list[str]:
        path = path[len(below) :]
        if not path:
            return list(model.model_fields)
        if len(path) == 2 and path[0] in _MODELS:
            return list(_MODELS[str(path[0])].model_fields)
        if len(path) == 4 and path[0] == "questions":
            return list(Hypothesis.model_fields)
        return list(QUANTITY_KEYS) if len(path) > 2 else []

    return allowed


class Found(NamedTuple):
    """A scenario's document with its posteriors in place, its dossier, and what is wrong with either."""

    document: Document
    dossier: Dossier | None
    problems: list[Problem]


_UNKNOWN = "the posterior is not known while the evidence has faults."


def find_evidence(document: Document) -> Found:
    """The evidence of a scenario as read, and the posteriors that it names among its assumptions.

    A dossier file lies beside the scenario; a finished run keeps both.
    """
    data = document.data if isinstance(document.data, dict) else {}
    name, own = data.get("dossier"), data.get("evidence")
    names = [path for path, value in number_places(data) if isinstance(value, str) and value.startswith(PREFIX)]
    if isinstance(name, str) and own is None:
        unknown = [document.problem(path, _UNKNOWN) for path in names]
        if name not in bundled_dossiers() and Path(name).name != name:
            message = f"{name!r} is not beside the scenario. Put the file into its folder, and write its name alone."
            return Found(document, None, [document.problem(("dossier",), message), *unknown])
        try:
            dossier = load_dossier(name, Path(document.name).parent)
        except FileError as error:
            return Found(document, None, [*error.problems, *unknown])
        except InputError as error:
            return Found(document, None, [document.problem(("dossier",), str(error)), *unknown])
    elif own is not None:
        found, faults = _own_dossier(document, own)
        if found is None:
            return Found(document, None, [*faults, *(document.problem(path, _UNKNOWN) for path in names)])
        dossier = found
    else:
        message = "a posterior needs evidence, and the scenario has neither `evidence` nor `dossier`."
        return Found(document, None, [document.problem(path, message) for path in names])
    placed, problems = place_beliefs(document, dossier)
    return Found(placed, dossier, problems)


def _own_dossier(document: Document, own: object) -> tuple[Dossier | None, list[Problem]]:
    """The dossier in the section `evidence` of a scenario, or its faults but for those that the schema tells."""
    try:
        spec = EvidenceSpec.model_validate(own)
        listed = document.data.get("sources")
        sources = {name: Source.model_validate(entry) for name, entry in (listed or {}).items()}
    except (ValidationError, AttributeError):
        return None, []
    faults = _problems(document, spec, sources, ("evidence",))
    if faults:
        return None, faults
    title, notes = str(document.data.get("title", "")), ()
    made = Dossier(str(document.data.get("id", "")), title, notes, spec, sources, document.text, document.name)
    return made, []


def place_beliefs(document: Document, dossier: Dossier) -> tuple[Document, list[Problem]]:
    """The document with the posteriors that it names (`belief-QUESTION-HYPOTHESIS`) among its assumptions.

    Faulty names are told where they stand; what the schema does not allow there is told by it.
    """
    posteriors = list_posteriors(dossier)
    wanted: dict[str, DataPath] = {}
    for path, value in number_places(document.data):
        if isinstance(value, str) and value.startswith(PREFIX):
            wanted.setdefault(value, path)
    listed = document.data.get("assumptions")
    own = listed if isinstance(listed, dict) else {}
    problems = [
        document.problem(path, _no_posterior(name, posteriors))
        for name, path in wanted.items()
        if name not in posteriors and name not in own
    ]
    problems += [
        document.problem(("assumptions", name), f"{name!r} is a posterior of the evidence. Rename it.", at_key=True)
        for name in own
        if name in posteriors
    ]
    used = {name: posteriors[name] for name in wanted if name in posteriors and name not in own}
    if not used:
        return document, problems
    data = copy.deepcopy(document.data)
    data["assumptions"] = {**own, **used}
    sources = data.setdefault("sources", {})
    if isinstance(sources, dict):
        latest = max(claim.date for claim in dossier.spec.claims.values())
        title = f"Beliefs from the evidence: {dossier.title}"
        sources.setdefault(
            EVIDENCE_SOURCE, {"title": title, "publisher": "Bayes' rule over the ledger", "date": latest}
        )
    return replace(document, data=data), problems


def _no_posterior(name: str, known: Iterable[str]) -> str:
    known = list(known)
    hint = did_you_mean(name, known) or (f" It has {', '.join(known)}." if 0 < len(known) <= 8 else "")
    return f"{name!r} is no posterior of the evidence: belief-QUESTION-HYPOTHESIS.{hint}"


def list_posteriors(dossier: Dossier) -> dict[str, dict[str, Any]]:
    """By name, every posterior as an assumption; its range holds nine tenths of the draws, as `Belief` has them."""
    found = {}
    for name, question in dossier.spec.questions.items():
        belief = dossier.beliefs[name]
        for n, (h, hypothesis) in enumerate(question.hypotheses.items()):
            found[f"{PREFIX}{name}-{h}"] = {
                "label": f"Belief: {question.label.rstrip('?')}: {hypothesis.label}",
                "value": float(belief.value[n]),
                "low": float(min(belief.inner_low[n], belief.value[n])),
                "high": float(max(belief.inner_high[n], belief.value[n])),
                "unit": "probability",
                "source": EVIDENCE_SOURCE,
            }
    return found
