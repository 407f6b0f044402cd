"""Loading scenarios: a bundled name or a path to a checked `Scenario`."""

from __future__ import annotations

import json
from collections.abc import Callable
from importlib import resources
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ValidationError

from halys.errors import FileError, InputError, Problem, UnknownNameError, did_you_mean
from halys.measures import INSTRUMENTS
from halys.scenario.assumptions import QUANTITY_KEYS, place_assumptions
from halys.scenario.campaign_schema import CampaignSpec, FutureSpec, MomentumSpec, PolicySpec, TrackSpec
from halys.scenario.checks import find_name_problems, find_problems
from halys.scenario.coalition_schema import CoalitionSpec, MemberSpec
from halys.scenario.correlation_checks import find_correlation_problems
from halys.scenario.correlation_schema import Correlation
from halys.scenario.document import Document, parse_document, read_document
from halys.scenario.dossier_load import allowed_keys, find_evidence, is_dossier
from halys.scenario.dossier_schema import EvidenceSpec, Source
from halys.scenario.observed_schema import BeliefCase, Observation
from halys.scenario.repetition_schema import Repetition
from halys.scenario.scenario import Scenario
from halys.scenario.schema import (
    SCHEMA_VERSION,
    Actor,
    Assumption,
    BesideSpec,
    Case,
    Discounting,
    Focus,
    HorizonSpec,
    LossOf,
    Move,
    Programme,
    ScenarioFile,
    Stage,
    Stake,
)
from halys.scenario.validation import DataPath, problems_from_validation
from halys.world import World, load_world
from halys.world.load import file_name


def bundled_scenarios() -> tuple[str, ...]:
    """Names of the scenarios that come with Halys."""
    folder = resources.files("halys.scenario").joinpath("bundled")
    return tuple(sorted(entry.name.removesuffix(".yaml") for entry in folder.iterdir() if entry.name.endswith(".yaml")))


def bundled_text(name: str) -> str:
    """The YAML of a bundled scenario."""
    return resources.files("halys.scenario").joinpath("bundled", f"{name}.yaml").read_text(encoding="utf-8")


def template_text(id: str) -> str:
    """A small complete scenario with this id, to start from."""
    text = resources.files("halys.scenario").joinpath("template.yaml").read_text(encoding="utf-8")
    return text.replace("id: template", f'id: "{id[:60].strip("-")}"', 1)


def load_scenario(name: str | Path) -> Scenario:
    """A scenario by its bundled name, or from a file.

    Raises:
        FileError: the file cannot be used; every fault with its line and column.
        UnknownNameError: neither a file nor a bundled scenario.
    """
    text = str(name)
    if text in bundled_scenarios():
        return check_document(parse_document(bundled_text(text), f"{text}.yaml"))
    if not ("/" in text or "\\" in text or text.endswith((".yaml", ".yml")) or _exists(text)):
        names = bundled_scenarios()
        raise UnknownNameError(
            f"{text!r} is neither a file nor a bundled scenario.{did_you_mean(text, names)} "
            f"Bundled: {', '.join(names)}. `halys new FILE` writes one to start from."
        )
    name = Path(text).name.removesuffix(".yaml")
    if name in bundled_scenarios() and not _exists(text):
        raise UnknownNameError(f"there is no file {text!r}. {name} is a bundled scenario: give its name without .yaml.")
    return check_document(read_document(text))


def _exists(text: str) -> bool:
    try:
        return Path(text).exists()
    except OSError:  # too long or otherwise not a name of a file
        return False


def check_document(document: Document) -> Scenario:
    """The scenario in a document.

    Raises:
        FileError: with every fault found.
    """
    if is_dossier(document.data):
        message = "this is a dossier, not a scenario: `halys evidence` shows it. A scenario names it with `dossier:`."
        raise FileError([document.problem(("dossier_version",), message, at_key=True)])
    _check_version(document)
    evidence = find_evidence(document)
    placed = place_assumptions(evidence.document)
    told = {problem.where for problem in evidence.problems}
    problems: list[Problem] = [*evidence.problems, *(p for p in placed.problems if p.where not in told)]
    file = None
    try:
        file = ScenarioFile.model_validate(placed.document.data, context={"reading": document.name})
    except ValidationError as error:
        keys = _allowed_keys(document)
        problems += placed.explain(problems_from_validation(placed.document, error, allowed_keys=keys))
    name = document.data.get("world", _DEFAULT_WORLD)
    world = None
    try:
        world = _load_world(name, Path(document.name).parent) if isinstance(name, str) else None
    except InputError as error:
        problems.append(document.problem(("world",), str(error)))
    if world is not None:
        problems += find_name_problems(document, world)
        problems += [] if file is None else find_problems(document, file, world)
    if file is not None and not problems:
        problems = find_correlation_problems(document, file, evidence.dossier)
    if problems or file is None or world is None:
        raise FileError(sorted(dict.fromkeys(problems), key=lambda p: _line(p.where)))
    return Scenario(file, world, document.text, document.name, evidence.dossier)


def _load_world(name: str, folder: Path) -> World:
    """A bundled world, or a world file by a path that starts at the folder of the scenario.

    A finished run keeps its world beside its scenario: that copy is read, whatever stands at the path by now.
    """
    kept = file_name(name)
    if kept and kept == _world_of_run(folder):
        return load_world(kept, folder)
    return load_world(name, folder)


def _world_of_run(folder: Path) -> str:
    """The name of the world file that the run in a folder keeps; empty where there is no run, or none is kept."""
    try:
        summary = json.loads((folder / "summary.json").read_text(encoding="utf-8"))
        return str(summary["world"]["file"]) if len(summary["hash"]) == 64 else ""
    except (OSError, ValueError, LookupError, TypeError):
        return ""


_DEFAULT_WORLD = ScenarioFile.model_fields["world"].default


def _line(where: str) -> tuple[int, int]:
    place = where.split(" › ")[0].rsplit(":", 2)
    return (int(place[1]), int(place[2])) if len(place) == 3 and place[1].isdigit() and place[2].isdigit() else (0, 0)


def _check_version(document: Document) -> None:
    given = document.data.get("schema_version") if isinstance(document.data, dict) else None
    if isinstance(given, bool):  # Python takes true for 1
        message = f"{str(given).lower()} is not a version of the schema. Write {SCHEMA_VERSION}."
        raise FileError([document.problem(("schema_version",), message)])
    if isinstance(given, int) and given > SCHEMA_VERSION:
        message = (
            f"written for scenario schema {given}, and this Halys reads up to {SCHEMA_VERSION}. "
            "Install a newer Halys, or rewrite the file for the older schema."
        )
        raise FileError([document.problem(("schema_version",), message)])


_MODELS: dict[str, type[BaseModel]] = {
    "sources": Source,
    "assumptions": Assumption,
    "correlations": Correlation,
    "actors": Actor,
    "stakes": Stake,
    "in_force": Programme,
    "stages": Stage,
    "observed": Observation,
}
_PARTS: dict[str, type[BaseModel]] = {
    "horizon": HorizonSpec,
    "beside": BesideSpec,
    "discounting": Discounting,
    "focus": Focus,
    "repetition": Repetition,
}


def _allowed_keys(document: Document) -> Callable[[DataPath], list[str]]:
    """Keys that a mapping may have, by its path in the document."""

    def allowed(path: DataPath) -> list[str]:
        if not path:
            return list(ScenarioFile.model_fields)
        if path[0] in _PARTS:
            return _keys(_PARTS[str(path[0])]) if len(path) == 1 else list(QUANTITY_KEYS)
        if path[0] == "stakes" and len(path) > 2:
            return _keys(LossOf) if path[-1] == "outcome" else list(QUANTITY_KEYS)
        if "measures" in path:
            if len(path) > path.index("measures") + 2:
                return list(QUANTITY_KEYS)
            measure: Any = document.data
            for item in path:
                measure = measure[item]
            instrument = INSTRUMENTS.get(str(measure.get("instrument")))
            return list(instrument.model_fields) if instrument else []
        if path[0] == "moves":
            return _keys(Move) if len(path) == 3 else _keys(Case) if len(path) == 5 else list(QUANTITY_KEYS)
        if path[0] == "coalition":
            member = len(path) == 3 and path[1] == "members"
            return _keys(CoalitionSpec) if len(path) == 1 else _keys(MemberSpec) if member else list(QUANTITY_KEYS)
        if path[0] == "campaign":
            return _campaign_keys(path)
        if path[0] == "observed" and len(path) > 4:
            return _keys(BeliefCase) if len(path) == 5 and isinstance(path[4], int) else list(QUANTITY_KEYS)
        if path[0] == "evidence":
            return allowed_keys(EvidenceSpec, ("evidence",))(path)
        model = _MODELS.get(str(path[0])) if len(path) == 2 else None
        return _keys(model) if model else []

    return allowed


_OF_CAMPAIGN: dict[str, type[BaseModel]] = {"tracks": TrackSpec, "policies": PolicySpec, "futures": FutureSpec}


def _campaign_keys(path: DataPath) -> list[str]:
    if len(path) == 1:
        return _keys(CampaignSpec)
    if path[1:] == ("momentum",):
        return _keys(MomentumSpec)
    model = _OF_CAMPAIGN.get(str(path[1])) if len(path) == 3 else None
    return _keys(model) if model else [] if isinstance(path[-1], int) else list(QUANTITY_KEYS)


def _keys(model: type[BaseModel]) -> list[str]:
    return [name for name in model.model_fields if name != "assumption"]
