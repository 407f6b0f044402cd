"""`Scenario`: a checked scenario file and its histories."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from halys.economy import Horizon
from halys.errors import UnknownNameError, did_you_mean
from halys.measures import Instrument, Number, value_of
from halys.scenario.dossier import Dossier
from halys.scenario.schema import HorizonSpec, ScenarioFile, Stage
from halys.scenario.schema_base import When
from halys.scenario.stakes import ExposureTerm, Stakes, annual_factor, stakes_of, sum_exposures, terms
from halys.scenario.unknowns import Unknown, find_unknown, list_unknowns, with_value_at, with_values_at
from halys.scenario.when import agrees
from halys.world import World
from halys.world.load import file_name

if TYPE_CHECKING:
    from halys.strategy import Tree

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
        blocks: the measures of each programme, move and case that applies at its end.
    """

    id: str
    moves: tuple[tuple[str, str], ...]
    blocks: tuple[tuple[PlacedMeasure, ...], ...] = field(repr=False)

    @cached_property
    def measures(self) -> tuple[PlacedMeasure, ...]:
        """Everything that applies at its end."""
        return tuple(chain.from_iterable(self.blocks))

    @property
    def instruments(self) -> list[Instrument]:
        """The measures alone, each bound to its programme."""
        return [p.measure for p in self.measures]


class Part(NamedTuple):
    """What a programme in force, a move or a case brings."""

    measures: tuple[PlacedMeasure, ...]
    exposures: tuple[ExposureTerm, ...] = ()


class Plan(NamedTuple):
    """A history by the numbers of its parts: those whose measures apply at its end, and those of its moves."""

    id: str
    moves: tuple[tuple[str, str], ...]
    applied: tuple[int, ...]
    played: tuple[int, ...]


@dataclass(frozen=True, eq=False)
class Scenario:
    """A scenario that has passed all checks.

    Attributes:
        file: the content; world: its baseline; text: the source as written; name: the file as the user named it;
            dossier: its evidence, where it has any.
    """

    file: ScenarioFile
    world: World
    text: str
    name: str
    dossier: Dossier | None = None

    @property
    def id(self) -> str:
        return self.file.id

    @property
    def horizon(self) -> Horizon:
        """The elasticities that the file asks for."""
        return horizon_of(self.file.horizon)

    @property
    def beside(self) -> HorizonSpec:
        """What the file says about the horizon whose results stand beside: by default the other of long and short."""
        return beside_of(self.file)

    @property
    def world_file(self) -> str:
        """The name of the world file that it uses, without folders; empty for a bundled world."""
        return file_name(self.file.world)

    @property
    def dossier_file(self) -> str:
        """The name of the dossier's file, without folders; empty without one, or where it comes with Halys."""
        name = self.file.dossier or ""
        return Path(name).name if name.endswith((".yaml", ".yml")) else ""

    @cached_property
    def histories(self) -> tuple[History, ...]:
        """All histories, in the order of the file."""
        parts = self._parts
        return tuple(
            History(plan.id, plan.moves, tuple(parts[n].measures for n in plan.applied)) for plan in self._plans
        )

    def history(self, id: str) -> History:
        """The history of this id.

        Raises:
            UnknownNameError: there is none.
        """
        return self.histories[self.row_of(id)]

    @cached_property
    def movers(self) -> dict[str, str]:
        """Who moves at each stage, in words: the label of its actor, or chance."""
        actors = self.file.actors
        return {stage.id: "Chance" if stage.actor is None else actors[stage.actor].label for stage in self.file.stages}

    def row_of(self, id: str) -> int:
        """Position of a history among `histories`.

        Raises:
            UnknownNameError: there is none of this id.
        """
        if id not in self._rows:
            raise UnknownNameError(f"the scenario has no history {id!r}.{did_you_mean(id, self._rows)}")
        return self._rows[id]

    @cached_property
    def _rows(self) -> dict[str, int]:
        return {plan.id: row for row, plan in enumerate(self._plans)}

    @cached_property
    def distinct(self) -> tuple[tuple[History, ...], tuple[int, ...]]:
        """The first history of each set of measures, and for each history which of these has its measures."""
        contents: dict[str, int] = {}
        keys = [
            tuple(contents.setdefault(repr(p.measure), len(contents)) for p in part.measures) for part in self._parts
        ]
        first: dict[tuple[int, ...], int] = {}
        which: list[int] = []
        own = []
        for number, plan in enumerate(self._plans):
            place = first.setdefault(tuple(chain.from_iterable(keys[n] for n in plan.applied)), len(first))
            if place == len(which):
                which.append(number)
            own.append(place)
        return tuple(self.histories[number] for number in which), tuple(own)

    @cached_property
    def actor_economies(self) -> dict[str, tuple[str, ...]]:
        """Economy codes of each actor that has any."""
        actors = self.file.actors.items()
        return {name: self.world.select(actor.economies) for name, actor in actors if actor.economies is not None}

    @property
    def actor_positions(self) -> list[NDArray[np.intp]]:
        """Positions of the economies of every actor in the world; none for an actor without an economy."""
        codes, none = self.actor_economies, np.zeros(0, dtype=np.intp)
        return [self.world.positions(codes[name]) if name in codes else none for name in self.file.actors]

    @cached_property
    def stakes(self) -> Stakes:
        """The stakes as arrays, in % of the owners' income a year."""
        return stakes_of(self.file)

    def combine(self, moves: Mapping[str, str]) -> History:
        """The history of any moves (stage: move), whether or not its stages let them come together."""
        plan = self._index.plan(tuple((s.id, moves[s.id]) for s in self.file.stages if s.id in moves))
        return History(plan.id, plan.moves, tuple(self._parts[n].measures for n in plan.applied))

    def annual_factor(self, stake: str) -> float:
        """What turns the value of a stake into a yearly one; 1 where it accrues as a flow."""
        return annual_factor(self.file, stake)

    def exposure_terms(self, history: History) -> tuple[ExposureTerm, ...]:
        """What each move of a history, and each of its cases that agrees, adds to the exposure of a stake."""
        return self._terms(self._index.plan(history.moves))

    def exposures(self) -> NDArray[np.float64]:
        """Exposure (history, stake) by moves, at the values of the file; 0 for a stake with an `outcome`."""
        of_part = sum_exposures(self.file.stakes, (part.exposures for part in self._parts))
        return np.asarray(self._played @ of_part)

    @cached_property
    def _played(self) -> NDArray[np.float64]:
        """(history, part) 1 where a part is one of the history's moves or of their cases."""
        played = np.zeros((len(self._plans), len(self._parts)))
        for row, plan in zip(played, self._plans, strict=True):
            row[list(plan.played)] = 1.0
        return played

    def _terms(self, plan: Plan) -> tuple[ExposureTerm, ...]:
        return tuple(chain.from_iterable(self._parts[n].exposures for n in plan.played))

    @cached_property
    def unknowns(self) -> tuple[Unknown, ...]:
        """Every assumption and every other number with a range, once each."""
        return list_unknowns(self.file)

    @cached_property
    def campaign_unknowns(self) -> tuple[Unknown, ...]:
        """The unknowns with those of the campaign among them."""
        return list_unknowns(self.file, campaign=True)

    def with_unknown(self, id: str, value: float) -> Scenario:
        """This scenario with one unknown at another value; its range stays. Nothing is read or checked again.

        The text gets a line that says so, since it is what tells one run from another.

        Raises:
            InputError: there is no such unknown, or the value is out of the bounds of a field where it stands.
        """
        file = with_value_at(self.file, find_unknown(self.unknowns, id), value)
        changed = Scenario(
            file, self.world, f"{self.text.rstrip()}\n# {id} set to {value!r} after reading\n", self.name, self.dossier
        )
        for name in ("_plans", "_played", "actor_economies"):  # they hold no number
            changed.__dict__[name] = getattr(self, name)
        return changed

    def with_unknowns(self, values: Mapping[str, float]) -> Scenario:
        """This scenario with unknowns at other values, as `with_unknown`; its text stays that of the file.

        Raises:
            InputError: there is no such unknown, or a value is out of the bounds of a field where it stands.
        """
        known = self.unknowns if self.file.campaign is None else self.campaign_unknowns
        found = {find_unknown(known, id): value for id, value in values.items()}
        changed = Scenario(with_values_at(self.file, found), self.world, self.text, self.name, self.dossier)
        for name in ("_plans", "_played", "actor_economies"):  # they hold no number
            changed.__dict__[name] = getattr(self, name)
        return changed

    def game_tree(self) -> Tree:
        """The histories as a game."""
        return self.game[0]

    @cached_property
    def game(self) -> tuple[Tree, tuple[str, ...]]:
        """The histories as a game, and the stage of each of its nodes; see `halys.scenario.game.game_tree`."""
        from halys.scenario.game import game_tree  # what only reads or solves scenarios need not load games

        return game_tree(self)

    @cached_property
    def _index(self) -> Index:
        return Index(self.file)

    @cached_property
    def _parts(self) -> tuple[Part, ...]:
        return self._index.parts()

    @cached_property
    def _plans(self) -> tuple[Plan, ...]:
        return tuple(self._index.plan(path) for path in paths(self.file))


class Index:
    """Numbers the parts of a file, so that a history is a few numbers: programmes in force, then moves with cases."""

    def __init__(self, file: ScenarioFile) -> None:
        self.file = file
        self.programmes = {name: n for n, name in enumerate(file.in_force)}
        self.moves: dict[tuple[str, str], list[tuple[When, int]]] = {}
        count = len(self.programmes)
        for stage, moves in file.moves.items():
            for name, move in moves.items():
                conditions: list[When] = [{}, *(case.when for case in move.cases)]
                self.moves[stage, name] = [(when, count + n) for n, when in enumerate(conditions)]
                count += len(conditions)

    def parts(self) -> tuple[Part, ...]:
        """The parts, in the order of their numbers."""
        found = [Part(tuple(_of_programme(self.file, name))) for name in self.file.in_force]
        for stage, name in self.moves:
            move, at = self.file.moves[stage][name], ("moves", stage, name)
            label = f"moves.{stage}.{name}"
            found.append(Part(_bind(move.measures, label, (*at, "measures")), terms(move.exposures, at)))
            for number, case in enumerate(move.cases):
                place = (*at, "cases", number)
                found.append(Part(_bind(case.measures, label, (*place, "measures")), terms(case.exposures, place)))
        return tuple(found)

    def plan(self, path: tuple[tuple[str, str], ...]) -> Plan:
        """The plan of a history. Measures of superseded moves do not apply; the moves were made all the same."""
        chosen = dict(path)
        superseded = {target for stage, move in path for target in self.file.moves[stage][move].supersede}
        blocks = [n for name, n in self.programmes.items() if name not in superseded]
        played: list[int] = []
        for stage, move in path:
            agreeing = [n for when, n in self.moves[stage, move] if agrees(when, chosen)]
            played += agreeing
            if f"{stage}.{move}" not in superseded:
                blocks += agreeing
        return Plan("/".join(f"{s}={m}" for s, m in path) or "in-force", path, tuple(blocks), tuple(played))


def horizon_of(spec: HorizonSpec) -> Horizon:
    """The elasticities that a part of a file asks for, at the values that a single run uses."""
    given: dict[str, Any] = {
        "trade_elasticity": spec.trade_elasticity_set or _plain(spec.trade_elasticity),
        "trade_elasticity_factor": _plain(spec.trade_elasticity_factor),
        "value_added_substitution": _plain(spec.value_added_substitution),
        "input_substitution": _plain(spec.input_substitution),
        "consumption_substitution": _plain(spec.consumption_substitution),
        "factors": spec.factors if isinstance(spec.factors, str) else _plain(spec.factors),
    }
    chosen = {name: value for name, value in given.items() if value is not None}
    base = Horizon.long() if spec.name == "long" else Horizon.short()
    return replace(base, **chosen)


def beside_of(file: ScenarioFile) -> HorizonSpec:
    """The horizon whose results stand beside, of the run that the file's own horizon is not."""
    other = "short" if file.horizon.name == "long" else "long"
    given = {} if file.beside is None else dict(file.beside)
    return HorizonSpec.model_construct(**{**given, "name": other})


def _plain(given: Number | dict[str, Number] | None) -> float | dict[str, float] | None:
    if isinstance(given, dict):
        return {code: value_of(number) for code, number in given.items()}
    return None if given is None else value_of(given)


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


def _of_programme(file: ScenarioFile, name: str) -> tuple[PlacedMeasure, ...]:
    return _bind(file.in_force[name].measures, f"in_force.{name}", ("in_force", name, "measures"))


def _bind(measures: list[Instrument], label: str, at: tuple[str | int, ...]) -> tuple[PlacedMeasure, ...]:
    """Measures of one programme combine as one: those that name no programme of their own get its label."""
    return tuple(
        PlacedMeasure(m if m.programme else m.model_copy(update={"programme": label}), label, (*at, number))
        for number, m in enumerate(measures)
    )


def all_measures(file: ScenarioFile) -> list[PlacedMeasure]:
    """Every measure of a file, once, with its path."""
    return [measure for part in Index(file).parts() for measure in part.measures]
