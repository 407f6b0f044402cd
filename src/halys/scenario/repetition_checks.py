"""Checks of the section `repetition` that need the rest of the file: the threat that is repeated, and its stakes."""

from __future__ import annotations

from collections.abc import Iterator

from halys.errors import Problem, did_you_mean
from halys.scenario.document import Document
from halys.scenario.schema import ScenarioFile


def find_repetition_problems(document: Document, file: ScenarioFile) -> Iterator[Problem]:
    """Faults of the section, beyond its schema, names and sources."""
    given = file.repetition
    if given is None:
        return
    at = ("repetition",)
    if file.focus is None or file.focus.reply is None:
        message = (
            "repetition is about a threat, and no decision and no reply are named. Add `focus` with `stage`, `line`, "
            "`reply` and `no_reply`, or remove `repetition`."
        )
        yield document.problem(at, message, at_key=True)
        return
    owner = {stage.id: stage.actor for stage in file.stages}
    sender = owner.get(file.focus.reply)
    if sender is not None and sender == owner.get(file.focus.stage):
        message = (
            f"{sender!r} both decides at stage {file.focus.stage!r} and answers at {file.focus.reply!r}; a threat "
            "needs a target that is not its sender. Name a reply of another actor in `focus`, or remove `repetition`."
        )
        yield document.problem(at, message, at_key=True)
    if given.tough is not None and given.horizon == "infinite":
        message = (
            "a prior that the sender is tough needs a number of occasions, and the horizon is infinite, where a known "
            "sender keeps its word already. Write how many there are, such as `horizon: 10`, or remove `tough`."
        )
        yield document.problem((*at, "tough"), message, at_key=True)
    for n, name in enumerate(given.instead_of):
        stake = file.stakes.get(name)
        if stake is None:
            hint = did_you_mean(name, file.stakes)
            message = f"stake {name!r} is not listed under `stakes`.{hint} Correct it, or remove it."
        elif sender is not None and stake.actor != sender:
            message = (
                f"stake {name!r} is of {stake.actor!r}; the reputation is that of the sender, {sender!r}. Name a stake "
                "of the sender, or remove it."
            )
        elif name in given.instead_of[:n]:
            message = f"stake {name!r} is there twice. Name it once."
        else:
            continue
        yield document.problem((*at, "instead_of", n), message)
