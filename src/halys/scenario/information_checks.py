"""Checks of chance moves and hidden moves: probabilities, and what actors can tell apart."""

from __future__ import annotations

from collections.abc import Iterator

from halys.errors import InputError, Problem, did_you_mean
from halys.measures import Quantity
from halys.scenario.assumptions import Path
from halys.scenario.chance import chance_odds, information_of, probability_of, stage_positions
from halys.scenario.document import Document
from halys.scenario.scenario import paths
from halys.scenario.schema import ScenarioFile, Stage
from halys.scenario.when import agrees


def find_information_problems(document: Document, file: ScenarioFile) -> Iterator[Problem]:
    """Faults of single stages and moves: who is kept from seeing, when it is revealed, where probabilities stand."""
    order = [stage.id for stage in file.stages]
    for number, stage in enumerate(file.stages):
        yield from _hidden(document, file, stage, number, order)
        for name, move in file.moves.get(stage.id, {}).items():
            at: Path = ("moves", stage.id, name)
            stated = [(at, move.probability), *(((*at, "cases", n), c.probability) for n, c in enumerate(move.cases))]
            for path, probability in stated:
                if probability is not None and not stage.chance:
                    message = (
                        f"stage {stage.id!r} is a decision of {stage.actor!r}, whose moves have no probability. "
                        "Remove it, or make the stage `chance: true`."
                    )
                    yield document.problem((*path, "probability"), message)
            if stage.chance and move.probability is None:
                message = f"move {name!r} of the chance stage {stage.id!r} has no probability. Add one, or `rest`."
                yield document.problem(at, message, at_key=True)
    focus = file.focus
    for key in ("stage", "reply"):
        stage_id = getattr(focus, key, None)
        if any(stage.id == stage_id and stage.chance for stage in file.stages):
            message = f"{stage_id!r} is a move of chance, which decides nothing. Name a stage of an actor."
            yield document.problem(("focus", key), message)


def _hidden(document: Document, file: ScenarioFile, stage: Stage, number: int, order: list[str]) -> Iterator[Problem]:
    path: Path = ("stages", number)
    for n, actor in enumerate(stage.hidden_from):
        if actor not in file.actors:
            hint = did_you_mean(actor, file.actors)
            yield document.problem((*path, "hidden_from", n), f"{actor!r} is not listed under `actors`.{hint}")
        elif actor == stage.actor:
            message = f"{actor!r} moves here and knows its own move. Name those who do not see it."
            yield document.problem((*path, "hidden_from", n), message)
    later = order[number + 1 :]
    if stage.revealed_at is not None and stage.revealed_at not in later:
        allowed = f"Later stages: {', '.join(later)}." if later else "No stage comes after this one."
        message = f"{stage.revealed_at!r} is not a later stage. {allowed}"
        yield document.problem((*path, "revealed_at"), message)


def find_probability_problems(document: Document, file: ScenarioFile) -> Iterator[Problem]:
    """Probabilities that do not sum to 1, and information sets whose nodes differ. For a file without other faults."""
    told: set[str] = set()
    sets: dict[tuple[str, str], tuple[str, tuple[str, ...]]] = {}
    positions = stage_positions(file)
    for path in _prefixes(file):
        stage = file.stages[positions[path[-1][0]]]
        chosen = dict(path[:-1])
        after = "/".join(f"{s}={m}" for s, m in path[:-1])
        moves = tuple(name for name, move in file.moves[stage.id].items() if agrees(move.when, chosen))
        if stage.chance:
            try:
                odds = chance_odds(file, stage.id, path[:-1], moves)
                _check_ranges(file, stage.id, chosen, dict(zip(moves, odds, strict=True)))
            except InputError as error:
                if stage.id not in told:
                    told.add(stage.id)
                    yield document.problem(("moves", stage.id), f"{error}{_after(after)}", at_key=True)
            continue
        known = sets.setdefault((stage.id, information_of(file, stage.id, path[:-1])), (after, moves))
        if known[1] != moves and stage.id not in told:
            told.add(stage.id)
            actor = file.actors[str(stage.actor)].label
            message = (
                f"after {known[0] or 'nothing'} and after {after or 'nothing'} {actor} cannot tell which, but has the "
                f"moves {', '.join(known[1])} and {', '.join(moves)}. Make `when` of the moves hang on what "
                f"{actor} sees, or show it (`hidden_from`, `revealed_at`)."
            )
            yield document.problem(("moves", stage.id), message, at_key=True)


def _check_ranges(file: ScenarioFile, stage: str, chosen: dict[str, str], odds: dict[str, float]) -> None:
    """Refuse a range that no other move can make room for.

    Raises:
        InputError: naming the move.
    """
    stated = {name: probability_of(file.moves[stage][name], chosen) for name in odds}
    rest = next((name for name, p in stated.items() if p == "rest"), None)
    for name, p in stated.items():
        if not isinstance(p, Quantity) or not p.ranged or p.high is None:
            continue
        if rest is None:
            raise InputError(
                f"the probability of {name} has a range, and the other moves leave it no room. Write `rest` for one."
            )
        if p.high - p.value >= odds[rest]:
            raise InputError(
                f"at its high end, {p.high:g}, the probability of {name} leaves nothing for {rest} (`rest`, "
                f"{odds[rest]:g} now). Lower it."
            )


def _after(history: str) -> str:
    return f" (after {history})" if history else ""


def _prefixes(file: ScenarioFile) -> Iterator[tuple[tuple[str, str], ...]]:
    """Every beginning of a history that ends in the first open move of a stage: once for each decision."""
    seen: set[tuple[tuple[tuple[str, str], ...], str]] = set()
    for path in paths(file):
        for k, (stage, _) in enumerate(path):
            if (path[:k], stage) not in seen:
                seen.add((path[:k], stage))
                yield path[: k + 1]
