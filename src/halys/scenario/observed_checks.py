"""Checks of the section `observed`: the choice is one of the game, and beliefs are distributions over open moves."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from typing import Any

from halys.errors import Problem, did_you_mean
from halys.measures import value_of
from halys.measures.numbers import highest_of, lowest_of
from halys.scenario.assumptions import Path
from halys.scenario.document import Document
from halys.scenario.observed_schema import REST, BeliefCase, Observation
from halys.scenario.scenario import paths
from halys.scenario.schema import ScenarioFile
from halys.scenario.schema_base import When
from halys.scenario.when import agrees

_SUM = 1e-9

Moves = tuple[tuple[str, str], ...]
Stated = Mapping[str, Any]
"""By move: a number, or `rest`."""


def find_observed_problems(document: Document, file: ScenarioFile) -> Iterator[Problem]:
    """Faults of the section that the lists of stages and moves show: names, conditions, sums of probabilities."""
    game = _Game(file)
    for name, observation in file.observed.items():
        at: Path = ("observed", name)
        yield from _choice(document, game, observation, at)
        yield from _beliefs(document, game, observation, at)


def find_unmet_problems(document: Document, file: ScenarioFile) -> Iterator[Problem]:
    """Choices that no history holds, and beliefs in moves that are not open. For a file without other faults."""
    game = _Game(file)
    for name, observation in file.observed.items():
        yield from _open(document, game, observation, ("observed", name))


class _Game:
    """The stages of a file in order, and its histories."""

    def __init__(self, file: ScenarioFile) -> None:
        self.file = file
        self.order = [stage.id for stage in file.stages]

    @cached_property
    def histories(self) -> tuple[Moves, ...]:
        return tuple(paths(self.file))

    def moves(self, stage: str) -> Mapping[str, object]:
        """The moves of a stage; none where they are missing, which is told elsewhere."""
        return self.file.moves.get(stage, {})

    def before(self, stage: str) -> list[str]:
        return self.order[: self.order.index(stage)]

    def after(self, stage: str) -> list[str]:
        return self.order[self.order.index(stage) + 1 :]


def _choice(document: Document, game: _Game, seen: Observation, at: Path) -> Iterator[Problem]:
    """Stage, move, excluded moves and the moves before."""
    if seen.stage not in game.order:
        hint = did_you_mean(seen.stage, game.order) or f" It has {', '.join(game.order)}."
        yield document.problem((*at, "stage"), f"stage {seen.stage!r} is not listed under `stages`.{hint}")
        return
    known = game.moves(seen.stage)
    if seen.move not in known:
        yield document.problem((*at, "move"), _no_move(seen.stage, seen.move, known))
    for n, move in enumerate(seen.excludes):
        place = (*at, "excludes", n)
        if move not in known:
            yield document.problem(place, _no_move(seen.stage, move, known))
        elif move == seen.move:
            yield document.problem(place, f"{move!r} is what was seen, so it was open. Leave it out here.")
    if set(seen.excludes) | {seen.move} >= set(known):
        yield document.problem(
            (*at, "excludes"), "every other move is excluded, so that the choice tells nothing. Leave one open."
        )
    for stage, move in seen.after.items():
        place = (*at, "after", stage)
        if stage not in game.before(seen.stage):
            yield document.problem(place, _not_earlier(stage, seen.stage, game.before(seen.stage)), at_key=True)
        elif move not in game.moves(stage):
            yield document.problem(place, _no_move(stage, move, game.moves(stage)))


def _no_move(stage: str, move: str, known: Mapping[str, object]) -> str:
    return f"stage {stage!r} has no move {move!r}; it has {', '.join(known)}.{did_you_mean(move, known)}"


def _not_earlier(stage: str, than: str, allowed: Sequence[str]) -> str:
    listed = f"earlier stages: {', '.join(allowed)}" if allowed else "no stage comes before it"
    return f"{stage!r} is not a stage before {than!r}; {listed}."


def _beliefs(document: Document, game: _Game, seen: Observation, at: Path) -> Iterator[Problem]:
    """Stages, conditions, moves and sums of the beliefs."""
    if seen.stage not in game.order:
        return
    later = game.after(seen.stage)
    for stage, belief in seen.beliefs.items():
        place: Path = (*at, "beliefs", stage)
        if stage not in later:
            listed = f"later stages: {', '.join(later)}" if later else "no stage comes after it"
            yield document.problem(place, f"{stage!r} is not a stage after {seen.stage!r}; {listed}.", at_key=True)
            continue
        cases = belief_cases(seen, stage)
        for n, case in enumerate(cases):
            where = (*place, n) if isinstance(belief, list) else place
            yield from _condition(document, game, case.when, stage, (*where, "when"))
            if not isinstance(case.moves, str):
                inner = (*where, "moves") if isinstance(belief, list) else where
                yield from _distribution(document, game, stage, case.moves, inner)


def _condition(document: Document, game: _Game, when: When, stage: str, at: Path) -> Iterator[Problem]:
    for earlier, moves in when.items():
        if earlier not in game.before(stage):
            yield document.problem((*at, earlier), _not_earlier(earlier, stage, game.before(stage)), at_key=True)
            continue
        for n, move in enumerate([moves] if isinstance(moves, str) else moves):
            if move not in game.moves(earlier):
                place = (*at, earlier) if isinstance(moves, str) else (*at, earlier, n)
                yield document.problem(place, _no_move(earlier, move, game.moves(earlier)))


def _distribution(document: Document, game: _Game, stage: str, moves: Stated, at: Path) -> Iterator[Problem]:
    known = game.moves(stage)
    unknown = [move for move in moves if move not in known]
    if unknown:
        yield from (document.problem((*at, m), _no_move(stage, m, known), at_key=True) for m in unknown)
        return
    rest = [move for move, p in moves.items() if p == REST]
    numbers = {move: p for move, p in moves.items() if not isinstance(p, str)}
    total = sum(map(value_of, numbers.values()))
    listed = ", ".join(f"{move} {value_of(p):g}" for move, p in numbers.items())
    if len(rest) > 1:
        yield document.problem((*at, rest[1]), "`rest` stands twice; it is 1 minus all the others. Write it once.")
    elif rest and total > 1 + _SUM:
        message = f"nothing is left for {rest[0]!r}: the others sum to {total:g} ({listed}). Make them 1 at most."
        yield document.problem((*at, rest[0]), message)
    elif not rest and abs(total - 1) > _SUM:
        message = f"the probabilities sum to {total:g} ({listed}), not to 1. Correct them, or give one move the `rest`."
        yield document.problem(at, message)


def _open(document: Document, game: _Game, seen: Observation, at: Path) -> Iterator[Problem]:
    """Whether the choice can come up, and beliefs are about moves that are open where they apply."""
    nodes = _nodes(game.histories, seen.stage, seen.after)
    if not nodes:
        after = ", ".join(f"{stage}: {move}" for stage, move in seen.after.items())
        message = f"stage {seen.stage!r} comes up in no history with {{{after}}}. Change `after`, or the stage."
        yield document.problem((*at, "after" if seen.after else "stage"), message)
        return
    if not any(seen.move in open_ for open_ in nodes.values()):
        message = f"{seen.move!r} is not open at {seen.stage!r} after these moves. Open: {_listed(nodes)}."
        yield document.problem((*at, "move"), message)
        return
    for stage, belief in seen.beliefs.items():
        place: Path = (*at, "beliefs", stage)
        cases = belief_cases(seen, stage)
        for n, (case, met) in enumerate(zip(cases, _met(game, seen, stage, cases), strict=True)):
            where = (*place, n) if isinstance(belief, list) else place
            if not met:
                message = f"stage {stage!r} never comes up there: no history after the choice agrees. Remove it."
                yield document.problem(where, message, at_key=not isinstance(belief, list))
            elif not isinstance(case.moves, str):
                inner = (*where, "moves") if isinstance(belief, list) else where
                yield from _closed(document, stage, case.moves, met, inner)


def _nodes(histories: Sequence[Moves], at: str, after: Mapping[str, str]) -> dict[Moves, list[str]]:
    """Decisions of a stage that agree with `after`: the path to each, and the moves open there."""
    nodes: dict[Moves, list[str]] = {}
    for history in histories:
        stages = [stage for stage, _ in history]
        if at in stages:
            n = stages.index(at)
            if agrees(dict(after), dict(history[:n])):
                open_ = nodes.setdefault(history[:n], [])
                if history[n][1] not in open_:
                    open_.append(history[n][1])
    return nodes


def _listed(nodes: Mapping[Moves, list[str]]) -> str:
    return ", ".join(dict.fromkeys(move for open_ in nodes.values() for move in open_))


def _met(game: _Game, seen: Observation, stage: str, cases: Sequence[BeliefCase]) -> list[dict[Moves, list[str]]]:
    """For each case the decisions of the stage to which it applies: those that no case before it takes."""
    later = _nodes(game.histories, stage, seen.after)
    nodes = {path: open_ for path, open_ in later.items() if seen.stage in dict(path)}
    found: list[dict[Moves, list[str]]] = [{} for _ in cases]
    for path, open_ in nodes.items():
        n = next((n for n, case in enumerate(cases) if agrees(case.when, dict(path))), None)
        if n is not None:
            found[n][path] = open_
    return found


def _closed(
    document: Document,
    stage: str,
    moves: Stated,
    met: Mapping[Moves, list[str]],
    at: Path,
) -> Iterator[Problem]:
    """Moves that are believed in where they are not open."""
    for move, p in moves.items():
        if not isinstance(p, str) and highest_of(p) == 0:
            continue
        path = next((path for path, open_ in met.items() if move not in open_), None)
        if path is not None:
            there = "/".join(f"{s}={m}" for s, m in path)
            open_ = ", ".join(met[path])
            message = f"{move!r} is not open at {stage!r} after {there}; open: {open_}. Write cases with `when`."
            yield document.problem((*at, move), message, at_key=True)


def belief_cases(seen: Observation, stage: str) -> list[BeliefCase]:
    """What was stated of a stage, as cases; a belief without conditions is one case that always agrees."""
    belief = seen.beliefs[stage]
    return belief if isinstance(belief, list) else [BeliefCase.model_construct(when={}, moves=belief)]


def belief_at(seen: Observation, stage: str, path: Mapping[str, str]) -> str | Stated:
    """What was believed of a stage after these moves; `play` where nothing is said."""
    cases = belief_cases(seen, stage) if stage in seen.beliefs else []
    return next((case.moves for case in cases if agrees(case.when, dict(path))), "play")


def probability_range(moves: Stated, move: str) -> tuple[float, float, float]:
    """Value, low and high end of the probability of a move in a stated belief; 0 where it is not named."""
    given = moves.get(move, 0.0)
    if not isinstance(given, str):
        return value_of(given), lowest_of(given), highest_of(given)
    numbers = [p for p in moves.values() if not isinstance(p, str)]
    value, low, high = (sum(map(of, numbers)) for of in (value_of, lowest_of, highest_of))
    return 1.0 - value, max(0.0, 1.0 - high), min(1.0, 1.0 - low)
