"""`Scenario`: a checked scenario file and its histories."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from halys.economy import Horizon
from halys.measures import Instrument, Quantity, value_of
from halys.scenario.schema import ScenarioFile, Stage, When
from halys.world import World

MOST_HISTORIES = 20_000


@dataclass(frozen=True)
class PlacedMeasure:
    """A measure, the programme that it belongs to and its path in the file."""

    measure: Instrument
    programme: str
    path: tuple[str | int, ...]


@dataclass(frozen=True)
class History:
    """One way through the stages.

    Attributes:
        id: the moves in order, `china=arms/usa=broad`; `in-force` where a scenario has no stages.
        moves: (stage id, move id) in order.
        measures: everything that applies at its end.
    """

    id: str
    moves: tuple[tuple[str, str], ...]
    measures: tuple[PlacedMeasure, ...]

    @property
    def instruments(self) -> list[Instrument]:
        """The measures alone, each bound to its programme."""
        return [p.measure for p in self.measures]


@dataclass(frozen=True, eq=False)
class Scenario:
    """A scenario that has passed all checks.

    Attributes:
        file: the content; world: its baseline; text: the source as written; name: the file as the user named it.
    """

    file: ScenarioFile
    world: World
    text: str
    name: str

    @property
    def id(self) -> str:
        return self.file.id

    @property
    def horizon(self) -> Horizon:
        """The elasticities that the file asks for."""
        return horizon_of(self.file)

    @cached_property
    def histories(self) -> tuple[History, ...]:
        """All histories, in the order of the file."""
        return tuple(
            History("/".join(f"{s}={m}" for s, m in path) or "in-force", path, self._measures(path))
            for path in paths(self.file)
        )

    @cached_property
    def distinct(self) -> tuple[tuple[History, ...], tuple[int, ...]]:
        """The first history of each set of measures, and for each history which of these has its measures."""
        first: dict[str, int] = {}
        own = [first.setdefault(repr(history.instruments), len(first)) for history in self.histories]
        return tuple(self.histories[own.index(n)] for n in range(len(first))), tuple(own)

    @cached_property
    def actor_economies(self) -> dict[str, tuple[str, ...]]:
        """Economy codes of each actor."""
        return {name: self.world.select(actor.economies) for name, actor in self.file.actors.items()}

    def _measures(self, path: tuple[tuple[str, str], ...]) -> tuple[PlacedMeasure, ...]:
        chosen = dict(path)
        superseded = {target for stage, move in path for target in self.file.moves[stage][move].supersede}
        placed: list[PlacedMeasure] = []
        for name in self.file.in_force:
            if name not in superseded:
                placed += _of_programme(self.file, name)
        for stage, move in path:
            if f"{stage}.{move}" not in superseded:
                placed += _of_move(self.file, stage, move, chosen)
        return tuple(placed)


def horizon_of(file: ScenarioFile) -> Horizon:
    """The elasticities of a file, at the values that a single run uses."""
    given = file.horizon.trade_elasticity
    values = {code: value_of(n) for code, n in given.items()} if isinstance(given, dict) else given
    factor = file.horizon.trade_elasticity_factor
    return Horizon(
        file.horizon.name,
        values if values is None or isinstance(values, dict) else value_of(values),
        1.0 if factor is None else value_of(factor),
    )


def paths(file: ScenarioFile) -> Iterator[tuple[tuple[str, str], ...]]:
    """All ways through the stages, depth first, moves in the order of the file."""
    yield from _walk(file, list(file.stages), ())


def _walk(
    file: ScenarioFile, stages: list[Stage], path: tuple[tuple[str, str], ...]
) -> Iterator[tuple[tuple[str, str], ...]]:
    if not stages:
        yield path
        return
    stage, rest, chosen = stages[0], stages[1:], dict(path)
    open_moves = [name for name, move in file.moves[stage.id].items() if agrees(move.when, chosen)]
    if not open_moves or not agrees(stage.when, chosen):
        yield from _walk(file, rest, path)
        return
    for name in open_moves:
        after = [] if file.moves[stage.id][name].ends else rest
        yield from _walk(file, after, (*path, (stage.id, name)))


def agrees(when: When, chosen: dict[str, str]) -> bool:
    """Whether the moves chosen so far meet a condition. A stage that did not come up meets none."""
    return all(chosen.get(stage) in ([moves] if isinstance(moves, str) else moves) for stage, moves in when.items())


def _of_programme(file: ScenarioFile, name: str) -> list[PlacedMeasure]:
    return _bind(file.in_force[name].measures, f"in_force.{name}", ("in_force", name, "measures"))


def _of_move(file: ScenarioFile, stage: str, name: str, chosen: dict[str, str] | None = None) -> list[PlacedMeasure]:
    """Measures of a move, with those cases that agree with the moves chosen; with all cases where none are given."""
    move, label = file.moves[stage][name], f"moves.{stage}.{name}"
    at: tuple[str | int, ...] = ("moves", stage, name)
    placed = _bind(move.measures, label, (*at, "measures"))
    for number, case in enumerate(move.cases):
        if chosen is None or agrees(case.when, chosen):
            placed += _bind(case.measures, label, (*at, "cases", number, "measures"))
    return placed


def _bind(measures: list[Instrument], label: str, at: tuple[str | int, ...]) -> list[PlacedMeasure]:
    """Measures of one programme combine as one: those that name no programme of their own get its label."""
    return [
        PlacedMeasure(m if m.programme else m.model_copy(update={"programme": label}), label, (*at, number))
        for number, m in enumerate(measures)
    ]


def all_measures(file: ScenarioFile) -> list[PlacedMeasure]:
    """Every measure of a file, once, with its path."""
    placed = [measure for name in file.in_force for measure in _of_programme(file, name)]
    return placed + [m for stage, moves in file.moves.items() for name in moves for m in _of_move(file, stage, name)]


def all_numbers(file: ScenarioFile) -> Iterator[tuple[tuple[str | int, ...], float | Quantity]]:
    """Every number of a file with its path: elasticities, then measures in the order of the file."""
    given = file.horizon.trade_elasticity
    path = ("horizon", "trade_elasticity")
    if isinstance(given, dict):
        yield from (((*path, code), number) for code, number in given.items())
    elif given is not None:
        yield path, given
    for placed in all_measures(file):
        yield from (((*placed.path, field), number) for field, number in numbers(placed.measure))


def numbers(measure: Instrument) -> Iterator[tuple[str, float | Quantity]]:
    """The numbers of a measure, by field."""
    for field in ("rate", "factor", "coverage", "reduction", "amount"):
        value = getattr(measure, field, None)
        if value is not None:
            yield field, value
