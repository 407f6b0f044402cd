"""Checks of the section `campaign` that need the rest of the file: tracks, conditions, commitments, futures."""

from __future__ import annotations

import math
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Final

from halys.errors import Problem, did_you_mean
from halys.measures import Quantity, value_of
from halys.scenario.assumptions import Path
from halys.scenario.campaign_schema import CROSSED, FREE, MOMENTUM, NONE, REST, CampaignSpec, FutureSpec, TrackSpec
from halys.scenario.document import Document, Fault
from halys.scenario.schema import ScenarioFile
from halys.scenario.schema_base import When

MOST_STATES_SOLVED: Final = 400  # combinations of levels, each with two equilibria


def find_campaign_problems(document: Document, file: ScenarioFile) -> Iterator[Problem]:
    """Faults of the section, beyond its schema, names and sources."""
    if file.campaign is not None:
        for path, message, at_key in _faults(file, file.campaign):
            yield document.problem(("campaign", *path), message, at_key=at_key)


def _faults(file: ScenarioFile, spec: CampaignSpec) -> Iterator[Fault]:
    for name, track in spec.tracks.items():
        yield from _track(file, name, track)
    yield from _rest(file, spec)
    yield from _momentum(spec)
    for path, when in _conditions(spec):
        yield from _condition(spec, path, when)
    for n, closed in enumerate(spec.closed):
        yield from _of_track(spec, ("closed", n), closed.track, closed.levels, "levels")
        free = [] if closed.track not in spec.tracks else spec.tracks[closed.track].levels
        if free and not set(free) - set(closed.levels):
            yield Fault(("closed", n, "levels"), "every level of the track is closed. Leave one that may be held.")
    for n, case in enumerate(spec.exposures):
        for stake in case.exposures:
            if stake not in file.stakes:
                yield Fault(
                    ("exposures", n, "exposures", stake), _unlisted("stake", stake, file.stakes, "stakes"), True
                )
            elif file.stakes[stake].outcome is not None:
                message = (
                    f"stake {stake!r} is exposed by an outcome; a state may not set it too. Remove one of the two."
                )
                yield Fault(("exposures", n, "exposures", stake), message, True)
    for n, erosion in enumerate(spec.erosion):
        if erosion.actor not in file.actors:
            yield Fault(("erosion", n, "actor"), _unlisted("actor", erosion.actor, file.actors, "actors"))
    for name, policy in spec.policies.items():
        if name == FREE:
            yield Fault(("policies", name), f"{FREE!r} is play without a commitment. Give this one another id.", True)
        moves = [rule.move for rule in policy.rules]
        yield from _of_track(spec, ("policies", name), policy.track, moves, "rules")
    for name, future in spec.futures.items():
        yield from _future(spec, name, future)
    count = math.prod(len(track.levels) for track in spec.tracks.values())
    if count > MOST_STATES_SOLVED:
        message = (
            f"{count:,} combinations of levels, each of which needs an equilibrium of the short and of the long run; "
            f"at most {MOST_STATES_SOLVED}. Use fewer tracks or levels."
        )
        yield Fault(("tracks",), message, True)


def _track(file: ScenarioFile, name: str, track: TrackSpec) -> Iterator[Fault]:
    at: Path = ("tracks", name)
    stage = next((s for s in file.stages if s.id == name), None)
    if name in (MOMENTUM, CROSSED, NONE):
        yield Fault(at, f"{name!r} is a word of conditions. Give the track another name.", True)
    elif stage is not None:
        if stage.actor is None:
            yield Fault(at, f"chance moves at stage {name!r}; a track needs somebody who decides. Name another.", True)
        if track.actor:
            yield Fault((*at, "actor"), f"stage {name!r} says so already. Remove `actor`.", True)
        known: Collection[str] = file.moves.get(name, {})
        for n, level in enumerate(track.levels):
            if level not in known:
                yield Fault((*at, "levels", n), _unlisted("move", level, known, f"moves.{name}"))
    else:
        stages = ", ".join(s.id for s in file.stages)
        if track.actor is None or track.label is None:
            message = (
                f"there is no stage {name!r}, so that the track is one of its own and needs `actor`, `label` and "
                f"`labels` of its levels.{did_you_mean(name, [s.id for s in file.stages])} Stages: {stages or 'none'}."
            )
            yield Fault(at, message, True)
        elif track.actor not in file.actors:
            yield Fault((*at, "actor"), _unlisted("actor", track.actor, file.actors, "actors"))
        for n, level in enumerate(track.levels):
            if level not in track.labels:
                yield Fault((*at, "levels", n), f"level {level!r} has no label. Add it under `labels`.")
    for n, level in enumerate(track.levels):
        if level in track.levels[:n]:
            yield Fault((*at, "levels", n), f"level {level!r} is there twice. Name it once.")
    for level in track.labels:
        if level not in track.levels:
            yield Fault((*at, "labels", level), _unlisted("level", level, track.levels, "levels"), True)
    held: list[tuple[Path, str]] = [((key,), x) for key in ("start", "none") if (x := getattr(track, key)) is not None]
    held += [(("crosses", n), level) for n, level in enumerate(track.crosses)]
    held += [((key, level), level) for key in ("entry", "exit") for level in getattr(track, key)]
    for path, level in held:
        if level not in track.levels:
            yield Fault((*at, *path), _unlisted("level", level, track.levels, "levels"), path[0] in ("entry", "exit"))


def _rest(file: ScenarioFile, spec: CampaignSpec) -> Iterator[Fault]:
    stages = [stage.id for stage in file.stages]
    for name, given in spec.rest.items():
        at: Path = ("rest", name)
        if name in spec.tracks:
            yield Fault(at, f"{name!r} is a track; what is held there is chosen. Remove it here.", True)
        elif name not in stages:
            yield Fault(at, _unlisted("stage", name, stages, "stages"), True)
        else:
            cases = (
                [(at, given)] if isinstance(given, str) else [((*at, n, "move"), c.move) for n, c in enumerate(given)]
            )
            for path, move in cases:
                if move not in file.moves.get(name, {}):
                    yield Fault(path, _unlisted("move", move, file.moves.get(name, {}), f"moves.{name}"))


def _momentum(spec: CampaignSpec) -> Iterator[Fault]:
    given = spec.momentum
    if given is None:
        return
    for path, state in (("start", given.start), *(("ends", state) for state in given.ends)):
        if state not in given.states:
            yield Fault(("momentum", path), _unlisted("state", state, given.states, "states"))
    if set(given.ends) >= set(given.states) or given.start in given.ends:
        yield Fault(("momentum", "ends"), "the campaign would be over before it begins. Leave out where it starts.")
    highest = sum(_high(number) for number in (given.up, given.down))
    if highest > 1.0:
        message = (
            f"up and down come to {highest:g} at the upper ends of their ranges; the probability of moving in a "
            "quarter is at most 1. Make them smaller."
        )
        yield Fault(("momentum", "up"), message)


def _high(number: float | Quantity) -> float:
    return number.high if isinstance(number, Quantity) and number.high is not None else value_of(number)


def _conditions(spec: CampaignSpec) -> Iterator[tuple[Path, When]]:
    for stage, given in spec.rest.items():
        for n, case in enumerate(given if not isinstance(given, str) else ()):
            yield ("rest", stage, n, "when"), case.when
    for n, shift in enumerate(spec.momentum.shifts if spec.momentum is not None else ()):
        yield ("momentum", "shifts", n, "when"), shift.when
    for key in ("closed", "exposures", "erosion"):
        for n, entry in enumerate(getattr(spec, key)):
            yield (key, n, "when"), entry.when
    for name, policy in spec.policies.items():
        for n, rule in enumerate(policy.rules):
            yield ("policies", name, "rules", n, "when"), rule.when
    for name, future in spec.futures.items():
        for key in ("ever", "never"):
            for n, when in enumerate(getattr(future, key)):
                yield ("futures", name, key, n), when
        yield ("futures", name, "at_end"), future.at_end
        for n, spell in enumerate(future.quarters):
            yield ("futures", name, "quarters", n, "when"), spell.when


def _condition(spec: CampaignSpec, path: Path, when: When) -> Iterator[Fault]:
    """A condition on a state; those of moves of other stages and of shifts see the tracks alone."""
    lined = [name for name, track in spec.tracks.items() if track.crosses]
    only_tracks = path[0] == "rest" or path[:2] == ("momentum", "shifts")
    for key, given in when.items():
        values = [given] if isinstance(given, str) else given
        if key in spec.tracks:
            known: Sequence[str] = spec.tracks[key].levels
        elif only_tracks:
            yield Fault((*path, key), _unlisted("track", key, spec.tracks, "tracks"), True)
            continue
        elif key == MOMENTUM and spec.momentum is not None:
            known = list(spec.momentum.states)
        elif key == CROSSED:
            known = [*lined, NONE]
        else:
            words = [*spec.tracks, *([MOMENTUM] if spec.momentum is not None else []), CROSSED]
            yield Fault((*path, key), _unlisted("condition", key, words, "tracks"), True)
            continue
        for n, value in enumerate(values):
            if value not in known:
                place = (*path, key) if isinstance(given, str) else (*path, key, n)
                yield Fault(place, _unlisted("level", value, known, f"tracks.{key}.levels"))


def _of_track(spec: CampaignSpec, at: Path, track: str, levels: Sequence[str], key: str) -> Iterator[Fault]:
    if track not in spec.tracks:
        yield Fault((*at, "track"), _unlisted("track", track, spec.tracks, "tracks"))
        return
    for n, level in enumerate(levels):
        if level not in spec.tracks[track].levels:
            place = (*at, key, n, "move") if key == "rules" else (*at, key, n)
            yield Fault(place, _unlisted("level", level, spec.tracks[track].levels, f"tracks.{track}.levels"))


def _future(spec: CampaignSpec, name: str, future: FutureSpec) -> Iterator[Fault]:
    at: Path = ("futures", name)
    if name == REST:
        yield Fault(at, f"{REST!r} is the future of paths that no rule names. Give this one another id.", True)
    if not (future.ever or future.never or future.at_end or future.quarters):
        yield Fault(
            at, "the future states nothing: every path would be of it. Add ever, never, at_end or quarters.", True
        )
    for n, spell in enumerate(future.quarters):
        if spell.at_least > spec.quarters:
            message = f"at least {spell.at_least} quarters, and the campaign has {spec.quarters}. Write fewer."
            yield Fault((*at, "quarters", n, "at_least"), message)


def _unlisted(what: str, name: str, known: Collection[str] | Mapping[str, object], where: str) -> str:
    hint = did_you_mean(name, list(known)) or (f" It has {', '.join(known)}." if 0 < len(known) <= 10 else "")
    return f"{what} {name!r} is not listed under `{where}`.{hint}"
