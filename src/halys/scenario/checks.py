"""Checks of a scenario that need more than its schema: names, references, conditions. All faults at once."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from itertools import islice

from halys.errors import HalysError, Problem, UnknownNameError, did_you_mean
from halys.measures import Quantity, compile_measures
from halys.measures.registry import MEASURE_NAMES
from halys.scenario.campaign_checks import find_campaign_problems
from halys.scenario.coalition_checks import find_coalition_problems
from halys.scenario.coalition_schema import MEMBERS
from halys.scenario.document import Document
from halys.scenario.game_checks import find_game_problems, find_sum_problems
from halys.scenario.information_checks import find_information_problems, find_probability_problems
from halys.scenario.observed_checks import find_observed_problems, find_unmet_problems
from halys.scenario.repetition_checks import find_repetition_problems
from halys.scenario.scenario import MOST_HISTORIES, all_measures, beside_of, horizon_of, paths
from halys.scenario.schema import HorizonSpec, ScenarioFile
from halys.scenario.schema_base import When
from halys.world import World
from halys.world.groups import Kind

Path = tuple[str | int, ...]


def find_name_problems(document: Document, world: World) -> list[Problem]:
    """Names that the world does not know and sources that are not listed, wherever they stand.

    Works on the document as read, so that these faults are reported beside those of the schema.
    """
    listed = document.data.get("sources")
    sources = listed if isinstance(listed, dict) else {}
    return list(_walk(document, world, sources, document.data, ()))


def _walk(
    document: Document, world: World, sources: Mapping[str, object], value: object, path: Path
) -> Iterator[Problem]:
    entries = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, entry in entries:
        at = (*path, key)
        if isinstance(entry, dict) or (path and path[-1] in _OWN_KEYS):
            yield from _walk(document, world, sources, entry, at)
        elif (kind := _named(key, path)) is not None:
            for place, name in _texts(entry, at):
                if name == MEMBERS and kind == "economy" and path[:2] == ("coalition", "measures"):
                    continue  # those that have joined
                try:
                    world.select(name, kind)
                except HalysError as error:
                    yield document.problem(place, str(error))
        elif key == "source" or (key == "sources" and path):
            for place, name in _texts(entry, at):
                if name not in sources:
                    yield document.problem(place, _unlisted(name, sources))
        else:
            yield from _walk(document, world, sources, entry, at)


def _texts(entry: object, path: Path) -> Iterator[tuple[Path, str]]:
    """Each text of a text or a list of texts, with its path; other values are the schema's to refuse."""
    for at, item in [((*path, n), x) for n, x in enumerate(entry)] if isinstance(entry, list) else [(path, entry)]:
        if isinstance(item, str) and item:
            yield at, item


def _unlisted(name: str, sources: Mapping[str, object]) -> str:
    hint = did_you_mean(name, sources) or (f" It has {', '.join(sources)}." if 0 < len(sources) <= 8 else "")
    return f"source {name!r} is not listed under `sources`.{hint} Add it there, or correct the id."


def find_problems(document: Document, file: ScenarioFile, world: World) -> list[Problem]:
    """What is wrong with a file that fits the schema, beyond names and sources."""
    found = [
        *_horizon(document, file, world),
        *_actors(document, file, world),
        *_measures(document, file, world),
        *_stages(document, file),
        *find_game_problems(document, file, world),
        *find_information_problems(document, file),
        *find_coalition_problems(document, file, world),
        *find_campaign_problems(document, file),
        *find_repetition_problems(document, file),
        *find_observed_problems(document, file),
        *_signals(document, file),
    ]
    if found:
        return found
    if sum(1 for _ in islice(paths(file), MOST_HISTORIES + 1)) > MOST_HISTORIES:
        message = f"more than {MOST_HISTORIES:,} histories. Use fewer moves, `ends`, or `when` conditions."
        return [document.problem(("stages",), message)]
    return [
        *find_sum_problems(document, file),
        *find_probability_problems(document, file),
        *find_unmet_problems(document, file),
    ]


def _signals(document: Document, file: ScenarioFile) -> Iterator[Problem]:
    """Claims that are said to be a move of the game already name a stage of it."""
    stages = [stage.id for stage in file.stages]
    for name, claim in file.evidence.claims.items() if file.evidence is not None else ():
        if claim.signal is not None and claim.signal not in stages:
            hint = did_you_mean(claim.signal, stages) or f" It has {', '.join(stages) or 'none'}."
            message = f"signal {claim.signal!r} is not listed under `stages`.{hint}"
            yield document.problem(("evidence", "claims", name, "signal"), message)


def _horizon(document: Document, file: ScenarioFile, world: World) -> Iterator[Problem]:
    if file.beside is not None and file.beside.name == file.horizon.name:
        other = "short" if file.horizon.name == "long" else "long"
        message = (
            f"horizon and beside are both of the {file.horizon.name} run; beside is for the other. "
            f"Write beside: {{name: {other}}}, or leave beside out."
        )
        yield document.problem(("beside",), message, at_key=True)
        return
    for section, spec in (("horizon", file.horizon), ("beside", beside_of(file))):
        try:
            horizon_of(spec).elasticities(world.industries)
        except HalysError as error:
            message = _in_yaml(str(error), section, spec)
            yield document.problem((section, _faulty(spec, message)), message)
            continue
        factor = spec.trade_elasticity_factor
        if isinstance(factor, Quantity) and factor.high is not None:
            try:
                replace(horizon_of(spec), trade_elasticity_factor=factor.high).elasticities(world.industries)
            except HalysError as error:
                yield document.problem((section, "trade_elasticity_factor"), f"at its high end, {error}")


def _in_yaml(message: str, section: str, spec: HorizonSpec) -> str:
    """What to do, in the words of a scenario, where the horizon says it in those of Python."""
    fault, python, _ = message.partition(" Give one: Horizon.")
    if not python:
        return message
    name = "" if section == "horizon" else f"name: {spec.name}, "
    return f"{fault} Give one: `{section}: {{{name}trade_elasticity: 5}}`, or a mapping from industry to number."


def _faulty(spec: HorizonSpec, message: str) -> str:
    """The key of a horizon that an error is about: it begins with its name."""
    if spec.trade_elasticity_set is not None and message.startswith("trade_elasticity"):
        return "trade_elasticity_set"
    return next((key for key in HorizonSpec.model_fields if message.startswith(key)), "trade_elasticity")


def _actors(document: Document, file: ScenarioFile, world: World) -> Iterator[Problem]:
    owner: dict[str, str] = {}
    for name, actor in file.actors.items():
        if actor.economies is None:
            continue
        try:
            codes = world.select(actor.economies)
        except HalysError:  # reported with the names
            continue
        for code in codes:
            if code in owner:
                message = f"{code} belongs to actor {owner[code]!r} already. An economy has one actor."
                yield document.problem(("actors", name, "economies"), message)
                break
            owner[code] = name


def _measures(document: Document, file: ScenarioFile, world: World) -> Iterator[Problem]:
    for placed in all_measures(file):
        try:
            compile_measures(world, [placed.measure])
        except UnknownNameError:  # reported with the names
            continue
        except HalysError as error:
            yield document.problem(placed.path, str(error))


_OWN_KEYS = frozenset(("when", "joins", "exposures"))  # their keys are ids of the file, whatever they are called


def _named(key: object, path: Path) -> Kind | None:
    """Of what kind the names under a key are, where it holds names of the world: in measures, and of actors."""
    if path[-2:-1] == ("measures",):
        return MEASURE_NAMES.get(str(key))
    return "economy" if key == "economies" else None


def _stages(document: Document, file: ScenarioFile) -> Iterator[Problem]:
    earlier: list[str] = []
    for number, stage in enumerate(file.stages):
        path: Path = ("stages", number)
        if stage.id in earlier:
            yield document.problem((*path, "id"), f"stage {stage.id!r} is there twice. Stage ids must differ.")
        if stage.actor is not None and stage.actor not in file.actors:
            hint = did_you_mean(stage.actor, file.actors)
            yield document.problem((*path, "actor"), f"{stage.actor!r} is not listed under `actors`.{hint}")
        if not file.moves.get(stage.id):
            yield document.problem((*path, "id"), f"stage {stage.id!r} has no moves. List them under moves.{stage.id}.")
        yield from _conditions(document, file, stage.when, (*path, "when"), earlier)
        for name, move in file.moves.get(stage.id, {}).items():
            at: Path = ("moves", stage.id, name)
            yield from _conditions(document, file, move.when, (*at, "when"), earlier)
            for case_number, case in enumerate(move.cases):
                yield from _conditions(document, file, case.when, (*at, "cases", case_number, "when"), earlier)
            yield from _superseded(document, file, move.supersede, (*at, "supersede"), earlier)
        earlier.append(stage.id)
    for name in file.moves:
        if name not in earlier:
            hint = did_you_mean(name, earlier)
            yield document.problem(
                ("moves", name), f"{name!r} is not the id of a stage.{hint} Add the stage under `stages`.", at_key=True
            )


def _conditions(
    document: Document, file: ScenarioFile, when: When, path: Path, earlier: list[str]
) -> Iterator[Problem]:
    for stage, moves in when.items():
        if stage not in earlier:
            allowed = f"earlier stages: {', '.join(earlier)}" if earlier else "no stage comes before this one"
            yield document.problem((*path, stage), f"{stage!r} is not an earlier stage; {allowed}.", at_key=True)
            continue
        known = file.moves.get(stage, {})
        listed = (
            [((*path, stage), moves)]
            if isinstance(moves, str)
            else [((*path, stage, n), m) for n, m in enumerate(moves)]
        )
        for at, move in listed:
            if known and move not in known:
                yield document.problem(at, f"stage {stage!r} has no move {move!r}; it has {', '.join(known)}.")


def _superseded(
    document: Document, file: ScenarioFile, names: list[str], path: Path, stages: list[str]
) -> Iterator[Problem]:
    known = [*file.in_force, *(f"{stage}.{move}" for stage in stages for move in file.moves.get(stage, {}))]
    for number, name in enumerate(names):
        if name not in known:
            hint = did_you_mean(name, known)
            yield document.problem(
                (*path, number),
                f"{name!r} is neither a programme in force nor a move of an earlier stage (`stage.move`).{hint}",
            )
