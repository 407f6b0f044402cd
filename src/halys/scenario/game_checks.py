"""Checks of what a scenario says about its game: stakes, exposures and the focus of the answer.

ΔW is the change of an actor's real income. A stake may not name anything that it holds, or it would count twice: by
structure (the loss of the stake's own actor), and by the words of its id and label in `MEASURED`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from halys.errors import HalysError, Problem, did_you_mean
from halys.measures import value_of
from halys.scenario.assumptions import Path
from halys.scenario.document import Document
from halys.scenario.scenario import Index, paths
from halys.scenario.schema import Focus, ScenarioFile, Stake
from halys.scenario.stakes import ExposureTerm, sum_exposures
from halys.scenario.validation import path_text
from halys.world import World

MEASURED: Final = (
    "income", "real income", "gdp", "growth", "wage", "wages", "output", "export", "exports", "import", "imports",
    "trade", "price", "prices", "tariff revenue", "terms of trade", "welfare", "consumption", "economic loss",
    "economic losses", "economic cost", "economic costs", "cost of sanctions", "costs of sanctions",
)  # fmt: skip
"""Words and phrases, in lower case, that name what ΔW holds; `trade-off` is none of them."""

_WORDS = re.compile(rf"\b(?:{'|'.join(sorted(map(re.escape, MEASURED), key=len, reverse=True))})\b(?! offs?\b)")
_EPSILON = 1e-9


def find_game_problems(document: Document, file: ScenarioFile, world: World) -> Iterator[Problem]:
    """Faults of stakes, exposures and focus, except sums of exposures."""
    for name, stake in file.stakes.items():
        yield from _stake(document, file, world, name, stake)
    yield from _exposures(document, file)
    if file.focus is not None:
        yield from _focus(document, file, file.focus)


def find_sum_problems(document: Document, file: ScenarioFile) -> Iterator[Problem]:
    """Exposures that leave [-1, 1] at a history, and a focus that none comes to. For a file without other faults."""
    index, met = Index(file), set[str]()
    parts = index.parts()
    found: dict[tuple[ExposureTerm, ...], list[str]] = {}
    for path in paths(file):
        met.update(stage for stage, _ in path)
        plan = index.plan(path)
        terms = [term for n in plan.played for term in parts[n].exposures]
        if not terms:
            continue
        (row,) = sum_exposures(file.stakes, [terms])
        for stake, total in zip(file.stakes, row, strict=True):
            if abs(total) > 1 + _EPSILON:
                found.setdefault(tuple(t for t in terms if t.stake == stake), []).append(plan.id)
    for terms_, histories in found.items():
        yield document.problem(terms_[-1].path, _too_much(terms_, histories))
    for key in ("stage", "reply"):
        stage = getattr(file.focus, key, None)
        if stage is not None and stage not in met:
            message = f"stage {stage!r} comes up in no history. Name another, or change its `when`."
            yield document.problem(("focus", key), message)


def _too_much(terms: Sequence[ExposureTerm], histories: Sequence[str]) -> str:
    listed = ", ".join(f"{value_of(t.number):+g} by {path_text(t.path[: t.path.index('exposures')])}" for t in terms)
    more = f" and {len(histories) - 1} more" if len(histories) > 1 else ""
    total = sum(value_of(t.number) for t in terms)
    return (
        f"the exposure of stake {terms[0].stake!r} is {total:g} at history {histories[0]}{more}: {listed}. "
        "The sum must stay between -1 and 1. Make them smaller, or move a part to `cases` that exclude each other."
    )


def _unknown(what: str, name: str, known: Mapping[str, object] | Sequence[str], where: str) -> str:
    hint = did_you_mean(name, known) or (f" It has {', '.join(known)}." if 0 < len(known) <= 8 else "")
    return f"{what} {name!r} is not listed under `{where}`.{hint}"


def _stake(document: Document, file: ScenarioFile, world: World, name: str, stake: Stake) -> Iterator[Problem]:
    at: Path = ("stakes", name)
    if stake.actor not in file.actors:
        yield document.problem((*at, "actor"), _unknown("actor", stake.actor, file.actors, "actors"))
    if stake.accrual == "once" and file.discounting is None:
        message = (
            "a stake that accrues once needs the rate and the years that make it a yearly one. "
            "Add `discounting: {rate: {value: 0.03, low: 0.01, high: 0.07, source: ...}, years: 20}`, or use flow."
        )
        yield document.problem((*at, "accrual"), message)
    yield from _measured(document, file, world, name, stake)
    moved = any(s == name and number != 0 for _, s, number in _all_exposures(file))
    if stake.outcome is None and not moved:
        message = (
            f"nothing exposes stake {name!r}: no move and no outcome changes it. "
            "Name it under `exposures` of a move, give it an `outcome`, or remove it."
        )
        yield document.problem(at, message, at_key=True)


def _measured(document: Document, file: ScenarioFile, world: World, name: str, stake: Stake) -> Iterator[Problem]:
    """A stake that names what ΔW holds already."""
    owner = file.actors[stake.actor].label if stake.actor in file.actors else stake.actor
    holds = (
        f"the change of real income of {owner} is in its payoff already, with prices, wages, trade, tariff revenue and "
        "transfers, and would count twice. Name the political value instead, such as standing, resolve or security"
    )
    if stake.outcome is not None:
        place, target = ("stakes", name, "outcome", "loss_of"), stake.outcome.loss_of
        if target not in file.actors:
            yield document.problem(place, _unknown("actor", target, file.actors, "actors"))
        elif file.actors[target].economies is None:
            message = f"{file.actors[target].label} has no economy, so that its loss is not known. Name another actor."
            yield document.problem(place, message)
        elif target == stake.actor or _share(file, world, target, stake.actor):
            yield document.problem(place, f"{holds}, or name another actor here.")
    for path, text, at_key in ((("stakes", name), name, True), (("stakes", name, "label"), stake.label, False)):
        found = _WORDS.search(" ".join(re.split(r"[\W_]+", text.casefold())))
        if found:
            yield document.problem(path, f"{found[0]!r} names what the model measures: {holds}.", at_key=at_key)
            break


def _share(file: ScenarioFile, world: World, one: str, two: str) -> bool:
    if two not in file.actors:
        return False
    first, second = file.actors[one].economies, file.actors[two].economies
    if first is None or second is None:
        return False
    try:
        return bool(set(world.select(first)) & set(world.select(second)))
    except HalysError:  # reported with the names
        return False


def _all_exposures(file: ScenarioFile) -> Iterator[tuple[Path, str, object]]:
    for stage, moves in file.moves.items():
        for name, move in moves.items():
            at: Path = ("moves", stage, name)
            parts = [(at, move.exposures), *(((*at, "cases", n), case.exposures) for n, case in enumerate(move.cases))]
            for place, exposures in parts:
                yield from (((*place, "exposures", stake), stake, number) for stake, number in exposures.items())


def _exposures(document: Document, file: ScenarioFile) -> Iterator[Problem]:
    for path, name, _ in _all_exposures(file):
        stake = file.stakes.get(name)
        if stake is None:
            yield document.problem(path, _unknown("stake", name, file.stakes, "stakes"), at_key=True)
        elif stake.outcome is not None:
            message = (
                f"stake {name!r} has an `outcome`, which alone makes its exposure. "
                "Remove it here, or write another stake for what moves put at work."
            )
            yield document.problem(path, message, at_key=True)


def _focus(document: Document, file: ScenarioFile, focus: Focus) -> Iterator[Problem]:
    order = [stage.id for stage in file.stages]
    later = order[order.index(focus.stage) + 1 :] if focus.stage in order else order

    def fault(message: str, *path: str | int, at_key: bool = False) -> Problem:
        return document.problem(("focus", *path), message, at_key=at_key)

    def moves_of(stage: str, names: Sequence[str], key: str) -> Iterator[Problem]:
        known = file.moves.get(stage, {})
        for n, move in enumerate(names):
            if known and move not in known:
                yield fault(f"stage {stage!r} has no move {move!r}; it has {', '.join(known)}.", key, n)
        if known and set(known) <= set(names):
            yield fault(f"{key} holds every move of stage {stage!r}. Leave out those that do not belong.", key)

    if focus.stage not in order:
        yield fault(_unknown("stage", focus.stage, order, "stages"), "stage")
    else:
        yield from moves_of(focus.stage, focus.line, "line")
    if focus.reply is not None and focus.reply not in later:
        yield fault(_later("reply", focus.reply, focus.stage, order, later), "reply")
    elif focus.reply is not None:
        yield from moves_of(focus.reply, focus.no_reply, "no_reply")
    if focus.reply is not None and not focus.no_reply:
        yield fault("a reply needs `no_reply`: those of its moves that carry nothing out.", "reply")
    if focus.reply is None and focus.no_reply:
        yield fault("`no_reply` needs `reply`, the stage whose moves these are.", "no_reply", at_key=True)
    for n, partner in enumerate(focus.partners):
        if partner not in later or partner == focus.reply:
            yield fault(
                _later("partner", partner, focus.stage, order, [s for s in later if s != focus.reply]), "partners", n
            )
        elif partner not in focus.joins:
            yield fault(f"`joins` does not say which move of {partner!r} is joining. Add it there.", "partners", n)
    for partner, move in focus.joins.items():
        known = file.moves.get(partner, {})
        if partner not in focus.partners:
            yield fault(
                f"{partner!r} is not one of the `partners`. Add it there, or remove it.", "joins", partner, at_key=True
            )
        elif known and move not in known:
            yield fault(f"stage {partner!r} has no move {move!r}; it has {', '.join(known)}.", "joins", partner)
    if focus.target is not None and focus.target not in file.actors:
        yield fault(_unknown("actor", focus.target, file.actors, "actors"), "target")
    for n, stake in enumerate(focus.map or ()):
        if stake not in file.stakes:
            yield fault(_unknown("stake", stake, file.stakes, "stakes"), "map", n)
    if focus.map is not None and len(set(focus.map)) == 1:
        yield fault(f"the map needs two different stakes, and {focus.map[0]!r} is there twice.", "map", 1)


def _later(what: str, stage: str, focal: str, order: Sequence[str], later: Sequence[str]) -> str:
    if stage not in order:
        return _unknown(f"the {what} must be a stage:", stage, order, "stages")
    allowed = f"Later ones: {', '.join(later)}." if later else "No stage comes after it."
    return f"the {what} must be another stage after {focal!r}, and {stage!r} is not. {allowed}"
