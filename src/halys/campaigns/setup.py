"""A campaign of a scenario as arrays: states, what is allowed in them, what they are worth, the chain of momentum."""

from __future__ import annotations

import itertools
import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from halys.economy import Closure, Horizon, SolverOptions
from halys.errors import InputError
from halys.futures.campaign import Campaign, Future, Policy, States, Track
from halys.measures import value_of
from halys.scenario import Scenario
from halys.scenario.campaign_schema import CROSSED, MOMENTUM, NONE, CampaignSpec, TrackSpec
from halys.scenario.scenario import History, horizon_of
from halys.scenario.schema_base import When
from halys.scenario.stakes import sum_exposures
from halys.scenario.when import agrees
from halys.solving import LOOSEST_REPORTED, Job

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Labels:
    """Names of a campaign in words.

    Attributes:
        tracks: of each track. levels: for each track (id, label) of its levels. owners: id of each track's actor.
    """

    tracks: tuple[str, ...]
    levels: tuple[tuple[tuple[str, str], ...], ...]
    owners: tuple[str, ...]


class Setup:
    """The campaign of a scenario without its equilibria.

    Raises:
        InputError: the scenario has no section `campaign`.
    """

    def __init__(self, scenario: Scenario) -> None:
        if scenario.file.campaign is None:
            raise InputError(f"{scenario.name} has no section `campaign`. Add one, or run a scenario that has it.")
        self.scenario, self.spec = scenario, scenario.file.campaign
        self.names = tuple(self.spec.tracks)
        self.shape = tuple(len(track.levels) for track in self.spec.tracks.values())

    @property
    def momentum(self) -> tuple[str, ...]:
        """States of the momentum, bottom up; one where there is none."""
        return ("",) if self.spec.momentum is None else tuple(self.spec.momentum.states)

    @property
    def lines(self) -> tuple[str, ...]:
        """Tracks with a line, in the order of the bits."""
        return tuple(name for name, track in self.spec.tracks.items() if track.crosses)

    @property
    def lined(self) -> int:
        """The track of the first line."""
        return self.names.index(self.lines[0])

    @cached_property
    def labels(self) -> Labels:
        """Everything in words."""
        file, spec = self.scenario.file, self.spec
        owner = {stage.id: stage.actor for stage in file.stages}
        question = {stage.id: stage.question for stage in file.stages}
        levels, words, owners = [], [], []
        for name, track in spec.tracks.items():
            moves = file.moves.get(name, {})
            levels.append(tuple((x, track.labels.get(x) or moves[x].label) for x in track.levels))
            owners.append(str(owner.get(name) or track.actor))
            words.append(track.label or question.get(name) or file.actors[owners[-1]].label)
        return Labels(tuple(words), tuple(levels), tuple(owners))

    def states(self, when: When) -> States:
        """(level..., momentum, crossed) whether each state agrees with a condition."""
        found = np.ones((*self.shape, len(self.momentum), 1 << len(self.lines)), dtype=bool)
        for key, given in when.items():
            wanted = [given] if isinstance(given, str) else given
            if key == CROSSED:
                sets = np.arange(1 << len(self.lines))
                agree = np.zeros(len(sets), dtype=bool)
                for name in wanted:
                    agree |= sets == 0 if name == NONE else (sets >> self.lines.index(name) & 1) == 1
                found &= agree
            elif key == MOMENTUM:
                found &= np.isin(self.momentum, wanted)[:, None]
            else:
                k = self.names.index(key)
                agree = np.isin(self.spec.tracks[key].levels, wanted)
                found &= agree.reshape([-1 if n == k else 1 for n in range(found.ndim)])
        return found

    @cached_property
    def histories(self) -> tuple[History, ...]:
        """The history of every combination of levels, the last track's fastest."""
        stages = {stage.id for stage in self.scenario.file.stages}
        found = []
        for at in itertools.product(*(track.levels for track in self.spec.tracks.values())):
            held = dict(zip(self.names, at, strict=True))
            moves = {name: level for name, level in held.items() if name in stages}
            found.append(self.scenario.combine({**moves, **_rest(self.spec, held)}))
        return tuple(found)

    @cached_property
    def own(self) -> tuple[tuple[History, ...], NDArray[np.intp]]:
        """Histories that differ in their measures, and (level...) which of these is that of each combination."""
        first: dict[str, int] = {}
        kept: list[History] = []
        own: list[int] = []
        for history in self.histories:
            n = first.setdefault(repr(history.instruments), len(first))
            if n == len(kept):
                kept.append(history)
            own.append(n)
        return tuple(kept), np.array(own, dtype=np.intp).reshape(self.shape)

    @property
    def horizons(self) -> tuple[Horizon, Horizon]:
        """Elasticities of the short and of the long run."""
        here, beside = self.scenario.horizon, horizon_of(self.scenario.beside)
        return (beside, here) if self.scenario.file.horizon.name == "long" else (here, beside)

    def jobs(self, near: tuple[Horizon, Horizon] | None = None) -> list[Job]:
        """The equilibria that are needed: those of the short run, then those of the long.

        Args:
            near: elasticities nearby, of either run, whose preconditioners are shared.
        """
        options, closure = SolverOptions(tolerance=LOOSEST_REPORTED), self.closure
        return [
            Job(tuple(history.instruments), closure, horizon, options, near=None if near is None else near[n])
            for n, horizon in enumerate(self.horizons)
            for history in self.own[0]
        ]

    @property
    def closure(self) -> Closure:
        """How deficits answer: the first that the scenario names."""
        return self.scenario.file.closures[0]

    @cached_property
    def tracks(self) -> tuple[Track, ...]:
        """The tracks as arrays."""
        _, own = self.own
        actors = list(self.scenario.file.actors)
        found = []
        for k, (name, track) in enumerate(self.spec.tracks.items()):
            none = track.levels.index(track.none or track.levels[0])
            by_level = np.moveaxis(own, k, 0).reshape(len(track.levels), -1)
            bits = np.zeros(len(track.levels), dtype=np.intp)
            if name in self.lines:
                bits[[track.levels.index(level) for level in track.crosses]] = 1 << self.lines.index(name)
            found.append(
                Track(
                    owner=actors.index(self.labels.owners[k]),
                    start=track.levels.index(track.start or track.levels[0]),
                    none=none,
                    aged=(by_level != by_level[none]).any(axis=1),
                    bits=bits,
                    entry=_costs(track, track.entry),
                    exit=_costs(track, track.exit),
                    precision=value_of(self.spec.precision if track.precision is None else track.precision),
                    start_age=track.held_for,
                )
            )
        return tuple(found)

    def check(self) -> None:
        """Refuse what no campaign can be, before anything is solved.

        Raises:
            InputError: too many states, or a state in which every level of a track is closed.
        """
        nothing = np.zeros((*self.shape, len(self.scenario.file.actors)))
        for k, table in enumerate(self._allowed()):
            shut = np.argwhere(~table.any(axis=-1))
            if len(shut):
                at = shut[0]
                held = (f"{n}: {t.levels[i]}" for (n, t), i in zip(self.spec.tracks.items(), at, strict=False))
                words = ", ".join([*held, *([f"momentum: {self.momentum[at[-2]]}"] if self.momentum[0] else [])])
                raise InputError(
                    f"{self.scenario.name} › campaign.closed: every level of {self.names[k]} is closed in the state "
                    f"{words}. Leave one that may be held."
                )
        self.campaign(nothing, nothing)

    def campaign(self, short: Array, long: Array) -> Campaign:
        """The campaign, from real income (level..., actor) in % a year in the short and in the long run.

        Its actors are those of the scenario with all that they value, and once more with their real income alone.
        """
        spec = self.spec
        discount = value_of(spec.discount)
        states, sets, actors = len(self.momentum), 1 << len(self.lines), len(self.scenario.file.actors)
        stakes = np.zeros((*self.shape, states, sets, 2 * actors))
        stakes[..., :actors] = self._stakes() - self._erosion(discount)
        start = 0 if spec.momentum is None else self.momentum.index(spec.momentum.start)
        crossed = 0
        for track in self.tracks:
            crossed |= int(track.bits[track.start])
        return Campaign(
            tracks=self.tracks,
            short=np.concatenate([short + self._outcomes(short), short], axis=-1),
            long=np.concatenate([long + self._outcomes(long), long], axis=-1),
            stakes=stakes,
            momentum=self._chain(),
            absorbing=np.isin(self.momentum, [] if spec.momentum is None else spec.momentum.ends),
            allowed=self._allowed(),
            discount=np.full(2 * actors, discount),
            quarters=spec.quarters,
            half_life=value_of(spec.half_life),
            continuation=math.inf if spec.continuation == "forever" else float(spec.continuation),
            start_momentum=start,
            start_crossed=crossed,
            run_off=spec.run_off,
        )

    @property
    def by_momentum(self) -> tuple[str, ...]:
        """Stakes that the momentum by itself exposes: what moves, which shift it, say of these would count twice."""
        found = (name for case in self.spec.exposures if set(case.when) == {MOMENTUM} for name in case.exposures)
        return tuple(dict.fromkeys(found))

    def _stakes(self) -> Array:
        """(level..., momentum, crossed, actor) what stakes are worth a year, but for those with an outcome."""
        file, s = self.scenario.file, self.scenario.stakes
        moved = sum_exposures(file.stakes, [self.scenario.exposure_terms(history) for history in self.histories])
        moved[:, [s.ids.index(name) for name in self.by_momentum]] = 0.0
        exposure = np.zeros((*self.shape, len(self.momentum), 1 << len(self.lines), len(s.ids)))
        exposure += moved.reshape(*self.shape, 1, 1, len(s.ids))
        for case in self.spec.exposures:
            at = self.states(case.when)
            for stake, number in case.exposures.items():
                exposure[at, s.ids.index(stake)] += value_of(number)
        exposure = np.clip(exposure, -1.0, 1.0)
        found = np.zeros((*exposure.shape[:-1], len(file.actors)))
        for k, owner in enumerate(s.actor):
            found[..., owner] += s.value[k] * exposure[..., k]
        return found

    def _outcomes(self, welfare: Array) -> Array:
        """(level..., actor) what stakes with an outcome are worth at a real income."""
        file, s, actors = self.scenario.file, self.scenario.stakes, list(self.scenario.file.actors)
        found = np.zeros_like(welfare)
        for k, stake in enumerate(file.stakes.values()):
            if stake.outcome is not None:
                loss = -welfare[..., actors.index(stake.outcome.loss_of)] / value_of(stake.outcome.percent)
                found[..., s.actor[k]] += s.value[k] * np.clip(loss, -1.0, 1.0)
        return found

    def _erosion(self, discount: float) -> Array:
        """(level..., momentum, crossed, actor) the present value of what a year of holding wears away for good."""
        actors = list(self.scenario.file.actors)
        found = np.zeros((*self.shape, len(self.momentum), 1 << len(self.lines), len(actors)))
        for erosion in self.spec.erosion:
            at = self.states(erosion.when)
            found[at, actors.index(erosion.actor)] += value_of(erosion.percent_a_year) * discount / (1.0 - discount)
        return found

    def _chain(self) -> Array:
        """(level..., momentum, momentum) probabilities of moving in a quarter."""
        count = len(self.momentum)
        chain = np.zeros((*self.shape, count, count))
        given = self.spec.momentum
        if given is None:
            chain[...] = 1.0
            return chain
        shift = np.zeros(self.shape)
        for entry in given.shifts:
            shift += value_of(entry.by) * self.states(entry.when)[..., 0, 0]
        up, down = value_of(given.up) * np.exp(shift), value_of(given.down) * np.exp(-shift)
        stay = 1.0 - value_of(given.up) - value_of(given.down)
        total = up + down + stay
        for n, state in enumerate(given.states):
            if state in given.ends:
                chain[..., n, n] = 1.0
                continue
            if n + 1 < count:
                chain[..., n, n + 1] = up / total
            if n > 0:
                chain[..., n, n - 1] = down / total
            chain[..., n, n] = np.maximum(0.0, 1.0 - chain[..., n, :].sum(axis=-1))  # rounding may take it below
        return chain

    def _allowed(self) -> tuple[NDArray[np.bool_], ...]:
        states, sets = len(self.momentum), 1 << len(self.lines)
        found = [np.ones((*self.shape, states, sets, levels), dtype=bool) for levels in self.shape]
        for k, name in enumerate(self.names):
            for held, own in itertools.product(np.ndindex(*self.shape), range(self.shape[k])):
                if held[k] != own and not self._open(name, held, own):
                    found[k][(*held, ..., own)] = False
        for closed in self.spec.closed:
            levels = self.spec.tracks[closed.track].levels
            at = self.states(closed.when)
            for level in closed.levels:
                found[self.names.index(closed.track)][at, levels.index(level)] = False
        return tuple(found)

    def _open(self, name: str, at: tuple[int, ...], level: int) -> bool:
        """Whether stage and move let a level be taken up where others are held; the level `none` always may be."""
        stage = next((s for s in self.scenario.file.stages if s.id == name), None)
        track = self.spec.tracks[name]
        if stage is None or level == track.levels.index(track.none or track.levels[0]):
            return True
        held = {n: t.levels[i] for (n, t), i in zip(self.spec.tracks.items(), at, strict=True)}
        held[name] = track.levels[level]
        chosen = {**held, **_rest(self.spec, held)}
        move = self.scenario.file.moves[name][track.levels[level]]
        return agrees(stage.when, chosen) and agrees(move.when, chosen)

    def policies(self) -> dict[str, Policy]:
        """The commitments that the file names."""
        found = {}
        for name, policy in self.spec.policies.items():
            levels = self.spec.tracks[policy.track].levels
            choice = np.full((*self.shape, len(self.momentum), 1 << len(self.lines)), -1, dtype=np.intp)
            for rule in reversed(policy.rules):
                choice[self.states(rule.when)] = levels.index(rule.move)
            found[name] = Policy(self.names.index(policy.track), choice)
        return found

    def futures(self) -> dict[str, Future]:
        """The named futures of the file."""
        return {
            name: Future(
                tuple(self.states(when) for when in future.ever),
                tuple(self.states(when) for when in future.never),
                self.states(future.at_end) if future.at_end else None,
                tuple((self.states(spell.when), spell.at_least) for spell in future.quarters),
            )
            for name, future in self.spec.futures.items()
        }


def _rest(spec: CampaignSpec, held: Mapping[str, str]) -> dict[str, str]:
    """Moves of the stages that are no tracks, where levels are held."""
    found = {}
    for stage, given in spec.rest.items():
        if isinstance(given, str):
            found[stage] = given
            continue
        for case in given:
            if agrees(case.when, dict(held)):
                found[stage] = case.move
                break
    return found


def _costs(track: TrackSpec, given: Mapping[str, object]) -> Array:
    return np.array([value_of(given[level]) if level in given else 0.0 for level in track.levels])  # type: ignore[arg-type]
