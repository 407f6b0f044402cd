"""Checks of a scenario that need more than its schema: names, references, conditions. All faults at once."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import islice

from halys.economy import Horizon
from halys.errors import HalysError, Problem, did_you_mean
from halys.measures import Instrument, Quantity, Transfer, compile_measures
from halys.scenario.document import Document
from halys.scenario.scenario import MOST_HISTORIES, all_measures, numbers, paths
from halys.scenario.schema import Programme, ScenarioFile, When
from halys.world import World
from halys.world.groups import Kind

Path = tuple[str | int, ...]


def find_problems(document: Document, file: ScenarioFile, world: World) -> list[Problem]:
    """Everything wrong with a file that fits the schema, in the order of its lines."""
    found = [
        *_horizon(document, file, world),
        *_actors(document, file, world),
        *_sources(document, file),
        *_measures(document, file, world),
        *_stages(document, file),
    ]
    if not found and sum(1 for _ in islice(paths(file), MOST_HISTORIES + 1)) > MOST_HISTORIES:
        found.append(
            document.problem(
                ("stages",), f"more than {MOST_HISTORIES:,} histories. Use fewer moves, or `when` conditions."
            )
        )
    return found


def _horizon(document: Document, file: ScenarioFile, world: World) -> Iterator[Problem]:
    try:
        Horizon(file.horizon.name, file.horizon.trade_elasticity).theta(world.industries)
    except HalysError as error:
        yield document.problem(("horizon", "trade_elasticity"), str(error))


def _unknown(world: World, names: str | Sequence[str], kind: Kind, path: Path) -> Iterator[tuple[Path, str]]:
    """(path, message) of each name that the world does not know."""
    listed = [(path, names)] if isinstance(names, str) else [((*path, n), name) for n, name in enumerate(names)]
    for at, name in listed:
        try:
            world.select(name, kind)
        except HalysError as error:
            yield at, str(error)


def _actors(document: Document, file: ScenarioFile, world: World) -> Iterator[Problem]:
    owner: dict[str, str] = {}
    for name, actor in file.actors.items():
        path: Path = ("actors", name, "economies")
        faults = list(_unknown(world, actor.economies, "economy", path))
        yield from (document.problem(at, message) for at, message in faults)
        for code in () if faults else world.select(actor.economies):
            if code in owner:
                yield document.problem(
                    path, f"{code} belongs to actor {owner[code]!r} already. An economy has one actor."
                )
                break
            owner[code] = name


def _sources(document: Document, file: ScenarioFile) -> Iterator[Problem]:
    def missing(name: str, path: Path) -> Iterator[Problem]:
        if name not in file.sources:
            hint = did_you_mean(name, file.sources) or (
                f" It has {', '.join(file.sources)}." if 0 < len(file.sources) <= 8 else ""
            )
            yield document.problem(
                path, f"source {name!r} is not listed under `sources`.{hint} Add it there, or correct the id."
            )

    programmes: list[tuple[Path, Programme]] = [(("in_force", name), p) for name, p in file.in_force.items()]
    programmes += [(("moves", s, m), move) for s, moves in file.moves.items() for m, move in moves.items()]
    for path, programme in programmes:
        for number, name in enumerate(programme.sources):
            yield from missing(name, (*path, "sources", number))
    for placed in all_measures(file):
        for field, value in numbers(placed.measure):
            if isinstance(value, Quantity) and value.source is not None:
                yield from missing(value.source, (*placed.path, field, "source"))


def _measures(document: Document, file: ScenarioFile, world: World) -> Iterator[Problem]:
    for placed in all_measures(file):
        faults: list[tuple[Path, str]] = []
        for field, kind in _NAMES:
            names = getattr(placed.measure, field, None)
            if names is not None:
                faults += _unknown(world, names, kind, (*placed.path, field))
        yield from (document.problem(at, message) for at, message in faults)
        if not faults:
            yield from _compiles(document, world, placed.measure, placed.path)


_NAMES: tuple[tuple[str, Kind], ...] = (
    ("exporters", "economy"),
    ("importers", "economy"),
    ("payers", "economy"),
    ("recipients", "economy"),
    ("economies", "economy"),
    ("industries", "industry"),
)


def _compiles(document: Document, world: World, measure: Instrument, path: Path) -> Iterator[Problem]:
    try:
        compile_measures(world, [measure])
    except HalysError as error:
        at = (*path, "payers") if isinstance(measure, Transfer) else path
        yield document.problem(at, str(error))


def _stages(document: Document, file: ScenarioFile) -> Iterator[Problem]:
    earlier: list[str] = []
    for number, stage in enumerate(file.stages):
        path: Path = ("stages", number)
        if stage.id in earlier:
            yield document.problem((*path, "id"), f"stage {stage.id!r} is there twice. Stage ids must differ.")
        if stage.actor not in file.actors:
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
            yield from _superseded(document, file, move.supersede, (*at, "supersede"), [*earlier, stage.id])
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
            if move not in known:
                yield document.problem(at, f"stage {stage!r} has no move {move!r}; it has {', '.join(known)}.")


def _superseded(
    document: Document, file: ScenarioFile, names: list[str], path: Path, stages: list[str]
) -> Iterator[Problem]:
    known = [*file.in_force, *(f"{stage}.{move}" for stage in stages for move in file.moves.get(stage, {}))]
    for number, name in enumerate(names):
        if name not in known:
            hint = did_you_mean(name, known)
            yield document.problem((*path, number), f"{name!r} is neither a programme in force nor `stage.move`.{hint}")
