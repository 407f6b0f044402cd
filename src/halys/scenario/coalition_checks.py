"""Checks of the section `coalition` that need the world or the rest of the file, and who its blocs are."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence

from halys.errors import HalysError, Problem, UnknownNameError, did_you_mean
from halys.measures import Measure, compile_measures
from halys.measures.base import Names
from halys.measures.registry import MEASURE_NAMES
from halys.scenario.assumptions import Path
from halys.scenario.coalition_schema import MEMBERS, MOST_MEMBERS, CoalitionSpec
from halys.scenario.document import Document, Fault
from halys.scenario.schema import ScenarioFile
from halys.world import World


def find_coalition_problems(document: Document, file: ScenarioFile, world: World) -> Iterator[Problem]:
    """Faults of the coalition of a file that fits the schema, except names that stand in its blocs and measures."""
    if file.coalition is None:
        return
    actors = {name: actor.economies for name, actor in file.actors.items() if actor.economies is not None}
    for path, message, at_key in find_faults(file.coalition, world, actors, file.in_force):
        yield document.problem(("coalition", *path), message, at_key=at_key)


def find_faults(
    spec: CoalitionSpec, world: World, actors: Mapping[str, Names], in_force: Collection[str]
) -> Iterator[Fault]:
    """Faults of a coalition in a world.

    Args:
        actors: economies of each actor that the target may name. in_force: ids that `against` may name.
    """
    try:
        target = select_target(spec, world, actors)
    except HalysError as error:
        yield Fault(("target",), str(error))
        target = ()
    yield from _blocs(spec, world, target)
    yield from _measures(spec, world)
    for n, name in enumerate(spec.against):
        if name not in in_force:
            hint = did_you_mean(name, in_force) or (f" It has {', '.join(in_force)}." if in_force else "")
            yield Fault(("against", n), f"{name!r} is not listed under `in_force`.{hint}")
        elif name in spec.against[:n]:
            yield Fault(("against", n), f"{name!r} is there twice. Name it once.")


def select_target(spec: CoalitionSpec, world: World, actors: Mapping[str, Names]) -> tuple[str, ...]:
    """Economy codes of the target: of an actor of this name, else of what the world calls so.

    Raises:
        UnknownNameError: neither.
    """
    if isinstance(spec.target, str) and spec.target in actors:
        return world.select(actors[spec.target])
    try:
        return world.select(spec.target)
    except UnknownNameError as error:
        listed = f" It may be an actor too: {', '.join(actors)}." if actors else ""
        raise UnknownNameError(f"{error}{listed}") from None


def _blocs(spec: CoalitionSpec, world: World, target: Sequence[str]) -> Iterator[Fault]:
    owner: dict[str, str] = {}
    for name, member in spec.members.items():
        at: Path = ("members", name, "economies")
        try:
            codes = world.select(member.economies)
        except HalysError:  # reported with the names
            continue
        inside = [code for code in codes if code in target]
        twice = [code for code in codes if code in owner]
        if inside:
            yield Fault(at, f"{inside[0]} belongs to the target, on which members impose. Leave it out.")
        elif twice:
            message = f"{twice[0]} belongs to member {owner[twice[0]]!r} already. An economy has one member."
            yield Fault(at, message)
        owner |= dict.fromkeys(codes, name)
    count = len(spec.current)
    if count == 0:
        message = "every member is a candidate; the coalition is of those that are not. Remove `candidate` from some."
        yield Fault(("members",), message)
    if count > MOST_MEMBERS:
        message = f"{count} members; a coalition has at most {MOST_MEMBERS}. Put several economies into one."
        yield Fault(("members",), message)


def _measures(spec: CoalitionSpec, world: World) -> Iterator[Fault]:
    """Measures that name nobody of the coalition, and those that not every bloc can impose."""
    blocs = {}
    for name, member in spec.members.items():
        try:
            blocs[name] = world.select(member.economies)
        except HalysError:  # reported with the names
            return
    for n, measure in enumerate(spec.measures):
        if not names_members(measure):
            message = (
                f"the measure names `{MEMBERS}` nowhere, so that it would not depend on who joins. "
                f"Write `{MEMBERS}` for the economies of those that join, or move it to `in_force`."
            )
            yield Fault(("measures", n), message)
            continue
        for name, codes in blocs.items():
            try:
                compile_measures(world, [imposed_by(measure, codes)])
            except UnknownNameError:  # reported with the names
                break
            except HalysError as error:
                yield Fault(("measures", n), f"where {name!r} alone has joined: {error}")
                break


def names_members(measure: Measure) -> bool:
    """Whether the word `members` stands among the economies that a measure names."""
    return any(_holds(value) for _, value in _economy_fields(measure))


def _economy_fields(measure: Measure) -> Iterator[tuple[str, object]]:
    for field in type(measure).model_fields:
        if MEASURE_NAMES.get(field) == "economy":
            yield field, getattr(measure, field)


def _holds(value: object) -> bool:
    return value == MEMBERS or (isinstance(value, list) and MEMBERS in value)


def imposed_by(measure: Measure, codes: Sequence[str]) -> Measure:
    """The measure with these economies in the place of the word `members`."""
    changes: dict[str, object] = {}
    for field, value in _economy_fields(measure):
        if _holds(value):
            others = [name for name in value if name != MEMBERS] if isinstance(value, list) else []
            changes[field] = list(dict.fromkeys([*codes, *others]))
    return measure.model_copy(update=changes)
