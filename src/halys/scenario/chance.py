"""Chance and information in a scenario: probabilities of chance moves, and what an actor has seen at a decision.

An actor has seen every earlier move but those of stages that are hidden from it (`hidden_from`) and not yet revealed
(`revealed_at`). Decisions of one stage at which an actor has seen the same are one information set.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from halys.errors import InputError
from halys.measures import Number, value_of
from halys.scenario.schema import Move, ScenarioFile
from halys.scenario.when import agrees

Path = Sequence[tuple[str, str]]
"""Stage and move of every decision so far."""

_SUM = 1e-9  # how far probabilities may sum from 1


def chance_odds(file: ScenarioFile, stage: str, before: Path, moves: Sequence[str]) -> tuple[float, ...]:
    """Probabilities of the open moves of a chance stage after a beginning of a history.

    Raises:
        InputError: they do not sum to 1, nothing is left for `rest`, or two moves are `rest`.
    """
    chosen = dict(before)
    stated = [_stated(file.moves[stage][name], chosen) for name in moves]
    rest = [name for name, p in zip(moves, stated, strict=True) if p is None]
    total = sum(p for p in stated if p is not None)
    words = ["rest" if p is None else f"{p:g}" for p in stated]
    listed = ", ".join(f"{name} {word}" for name, word in zip(moves, words, strict=True))
    if len(rest) > 1:
        raise InputError(f"{' and '.join(rest)} are both `rest` ({listed}). One move may be.")
    if rest:
        if total >= 1.0:
            raise InputError(f"the other moves sum to {total:g}, so that nothing is left for `rest` ({listed}).")
        return tuple(1.0 - total if p is None else p for p in stated)
    if abs(total - 1.0) > _SUM:
        raise InputError(f"the probabilities sum to {total:.10g} ({listed}). They must sum to 1; write `rest` for one.")
    return tuple(p for p in stated if p is not None)


def _stated(move: Move, chosen: dict[str, str]) -> float | None:
    """The probability that holds; None for `rest`."""
    found = probability_of(move, chosen)
    return None if isinstance(found, str) else value_of(found)


def probability_of(move: Move, chosen: dict[str, str]) -> Literal["rest"] | Number:
    """The probability that holds after the moves chosen so far, as it is written."""
    found = move.probability
    for case in move.cases:
        if case.probability is not None and agrees(case.when, chosen):
            found = case.probability
    return "rest" if found is None else found


def information_of(file: ScenarioFile, stage: str, before: Path) -> str:
    """What the actor of a stage has seen: the visible moves before it, `china=arms/usa=broad`.

    Equal to the path itself where nothing is hidden from the actor.
    """
    positions = stage_positions(file)
    here = positions[stage]
    actor = file.stages[here].actor
    seen = []
    for name, move in before:
        earlier = file.stages[positions[name]]
        revealed = earlier.revealed_at is not None and positions[earlier.revealed_at] <= here
        if actor not in earlier.hidden_from or revealed:
            seen.append(f"{name}={move}")
    return "/".join(seen)


def stage_positions(file: ScenarioFile) -> dict[str, int]:
    """Position of each stage."""
    return {stage.id: n for n, stage in enumerate(file.stages)}
