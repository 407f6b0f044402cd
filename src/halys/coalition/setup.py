"""What a coalition is solved for: blocs, target, measures, and the economics of the world they live in."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import chain
from typing import Any

from pydantic import ValidationError

from halys.economy import Closure, Horizon, check_closure
from halys.errors import InputError
from halys.measures import Ban, Measure, Quantity, value_of
from halys.scenario import Scenario, all_measures
from halys.scenario.coalition_checks import find_faults, imposed_by, select_target
from halys.scenario.coalition_schema import CoalitionSpec
from halys.scenario.validation import path_text
from halys.solving import baseline_for, check_horizon
from halys.world import World

PROGRAMME = "coalition"
"""Measures of the coalition are one decision: of several bans on the same trade the largest counts."""


@dataclass(frozen=True)
class Bloc:
    """A bloc that joins as one.

    Attributes:
        staying: what staying is worth to it beyond the economics, % of its own income a year.
    """

    id: str
    label: str
    economies: tuple[str, ...]
    staying: float = 0.0


@dataclass(frozen=True, eq=False)
class Setup:
    """What is solved.

    Attributes:
        target: economy codes. members: in the coalition today. candidates: those that may join.
        measures: of the coalition, with the word `members` in them. in_force: apply in every coalition.
        level: the loss of the target at which it gives in, % of its income, or None.
    """

    label: str
    world: World
    horizon: Horizon
    closure: Closure
    target: tuple[str, ...]
    target_label: str
    members: tuple[Bloc, ...]
    candidates: tuple[Bloc, ...]
    measures: tuple[Measure, ...]
    in_force: tuple[Measure, ...]
    level: Quantity | None

    def imposed(self, economies: Sequence[str]) -> tuple[Measure, ...]:
        """Everything that applies where these economies have joined."""
        return (*self.in_force, *(imposed_by(measure, economies) for measure in self.measures if economies))

    def joined(self, mask: int) -> tuple[str, ...]:
        """Economies of the members of a coalition."""
        return economies_of(bloc for i, bloc in enumerate(self.members) if mask >> i & 1)

    @cached_property
    def baseline(self) -> World:
        """The world that changes are measured from."""
        return baseline_for(self.world, self.horizon, self.closure)

    def income(self, economies: Sequence[str]) -> float:
        """Baseline final spending of economies, billion US dollars a year."""
        spent = self.baseline.income[self.world.positions(list(economies))].sum()
        return float(spent * self.baseline.unit / 1e9)

    @property
    def everyone(self) -> tuple[str, ...]:
        """All economies but the target's."""
        return tuple(code for code in self.world.economies if code not in self.target)

    def embargo(self) -> tuple[Measure, ...]:
        """A ban on all trade of everyone with the target, on top of what is in force."""
        sides = ((self.everyone, self.target), (self.target, self.everyone))
        bans = (Ban(exporters=list(i), importers=list(j), coverage=1.0) for i, j in sides)
        return (*self.in_force, *bans)


def economies_of(blocs: Iterable[Bloc]) -> tuple[str, ...]:
    """The economies of blocs, in order."""
    return tuple(chain.from_iterable(bloc.economies for bloc in blocs))


def set_up(
    given: Scenario | World,
    spec: CoalitionSpec | Mapping[str, Any] | None,
    horizon: Horizon | None,
    closure: str | None,
    in_force: Iterable[Measure],
) -> Setup:
    """The setup of a scenario with a section `coalition`, or of a world with such a section in Python.

    Raises:
        InputError: what cannot be used, all at once.
    """
    if isinstance(given, Scenario):
        if spec is not None or tuple(in_force):
            raise InputError("a scenario brings its coalition and what is in force. Give a world to state them apart.")
        return _of_scenario(given, horizon, closure)
    if not isinstance(given, World):
        raise InputError(f"give a halys.Scenario, or a halys.World with spec=, not {type(given).__name__}.")
    if spec is None:
        raise InputError("a world alone has no coalition. Give spec=, the mapping that a file has under `coalition`.")
    if not given.in_equilibrium:
        raise InputError(
            f"world {given.id} does not balance; re-solve it first: halys.solve_baseline(world, horizon=...)."
        )
    checked = spec if isinstance(spec, CoalitionSpec) else _validate(spec)
    faults = [f"spec.{path_text(path)}: {message}" for path, message, _ in find_faults(checked, given, {}, ())]
    if faults:
        raise InputError("\n".join(faults))
    chosen = check_closure("fixed" if closure is None else closure)
    label = checked.target if isinstance(checked.target, str) else ", ".join(checked.target)
    label = given.name_of(label) if label in given.economies else label
    return _make(checked, given, check_horizon(horizon), chosen, {}, label, tuple(in_force))


def _validate(spec: Mapping[str, Any]) -> CoalitionSpec:
    try:
        return CoalitionSpec.model_validate(dict(spec), context={"reading": "spec"})
    except ValidationError as error:
        lines = [
            f"spec.{path_text(tuple(fault['loc']))}: {fault['msg'].removeprefix('Value error, ')}."
            for fault in error.errors(include_url=False)
        ]
        raise InputError("\n".join(dict.fromkeys(lines))) from None


def _of_scenario(scenario: Scenario, horizon: Horizon | None, closure: str | None) -> Setup:
    file = scenario.file
    spec = file.coalition
    if spec is None:
        raise InputError(
            f"{scenario.name} has no section `coalition`, so that nothing says who may join against whom. Add one: "
            "`coalition: {label: ..., target: ACTOR, members: {eu: {label: European Union, economies: EU27}, ...}, "
            "measures: [{instrument: ban, exporters: members, importers: ..., reduction: ...}]}`; docs/coalitions.md "
            "explains every key."
        )
    kept = [p.measure for p in all_measures(file) if p.path[0] == "in_force" and p.path[1] not in spec.against]
    actors = {name: actor.economies for name, actor in file.actors.items()}
    named = spec.target if isinstance(spec.target, str) else ", ".join(spec.target)
    label = file.actors[named].label if named in actors else named
    chosen = check_closure(file.closures[0] if closure is None else closure)
    elasticities = scenario.horizon if horizon is None else check_horizon(horizon)
    return _make(spec, scenario.world, elasticities, chosen, actors, label, tuple(kept))


def _make(
    spec: CoalitionSpec,
    world: World,
    horizon: Horizon,
    closure: Closure,
    actors: Mapping[str, Any],
    target_label: str,
    in_force: tuple[Measure, ...],
) -> Setup:
    blocs = {
        name: Bloc(
            name,
            member.label,
            world.select(member.economies),
            0.0 if member.staying is None else value_of(member.staying),
        )
        for name, member in spec.members.items()
    }
    measures = tuple(m if m.programme else m.model_copy(update={"programme": PROGRAMME}) for m in spec.measures)
    return Setup(
        label=spec.label,
        world=world,
        horizon=horizon,
        closure=closure,
        target=select_target(spec, world, actors),
        target_label=target_label,
        members=tuple(blocs[name] for name in spec.current),
        candidates=tuple(blocs[name] for name in spec.candidates),
        measures=measures,
        in_force=in_force,
        level=spec.level,
    )
