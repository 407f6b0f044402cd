"""Checks of `correlations` that need the rest of the file: which numbers, and whether any can have them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

import numpy as np

from halys.errors import Problem, did_you_mean
from halys.scenario.correlations import Pair, joined_sets, posterior_places, rank_matrix
from halys.scenario.document import Document
from halys.scenario.dossier import Dossier
from halys.scenario.elasticity_ranges import with_elasticity_ranges
from halys.scenario.numbers import all_numbers
from halys.scenario.schema import ScenarioFile
from halys.scenario.unknowns import Unknown, list_unknowns
from halys.scenario.validation import path_text

_SLACK: Final = 1e-9  # an eigenvalue this far below 0 is one of rounding
_MOST_NAMED: Final = 3


def find_correlation_problems(document: Document, file: ScenarioFile, dossier: Dossier | None) -> list[Problem]:
    """Faults of the section, for a file without others."""
    if not file.correlations:
        return []
    unknowns = list_unknowns(with_elasticity_ranges(file))
    positions = {unknown.id: n for n, unknown in enumerate(unknowns)}
    found = list[Problem]()
    pairs: dict[Pair, int] = {}
    questions: dict[str, str] = {}  # of evidence -> the posterior of it that is correlated
    for n, entry in enumerate(file.correlations):
        at = ("correlations", n, "between")
        faults = [
            document.problem((*at, m), message)
            for m, name in enumerate(entry.between)
            if (message := _unfit(file, unknowns, name) or _second_posterior(dossier, questions, name))
        ]
        found += faults
        if faults:
            continue
        a, b = entry.between
        if a == b:
            message = f"{a!r} is correlated with itself, which says nothing. Name two numbers."
            found.append(document.problem(at, message))
            continue
        first, second = sorted((positions[a], positions[b]))
        if (first, second) in pairs:
            line, _ = document.position(("correlations", pairs[first, second]))
            message = f"{a!r} and {b!r} are correlated already in line {line}. Keep one of the two."
            found.append(document.problem(at, message))
            continue
        pairs[first, second] = n
    return found or list(_impossible(document, file, unknowns, pairs))


def _unfit(file: ScenarioFile, unknowns: tuple[Unknown, ...], name: str) -> str:
    """Why a name is no number that is drawn; empty where it is one."""
    known = {unknown.id: unknown for unknown in unknowns}
    if name in known:
        if known[name].quantity.ranged:
            return ""
        return f"{name!r} has no range, so that it is not drawn. Give it low and high, or remove the correlation."
    places = {path_text(path): unknown.id for unknown in unknowns for path in unknown.paths}
    if name in places:
        return f"{name!r} is the number {places[name]!r}. Write that id."
    if name in file.assumptions:
        return f"the assumption {name!r} decides nothing in the game, so that it is not drawn. Remove the correlation."
    if name in {path_text(path) for path, _ in all_numbers(file)}:
        return f"the number {name!r} has no range, or decides nothing in the game, so that it is not drawn."
    drawn = [unknown.id for unknown in unknowns if unknown.quantity.ranged]
    hint = did_you_mean(name, drawn) or f" It has {', '.join(drawn[:12])}{', ...' if len(drawn) > 12 else ''}."
    return f"{name!r} is not a number with a range in this scenario.{hint}"


def _second_posterior(dossier: Dossier | None, questions: dict[str, str], name: str) -> str:
    """Why a posterior cannot be correlated beside another of the same question."""
    question, _ = posterior_places(dossier).get(name, (None, 0))
    if question is None or questions.setdefault(question, name) == name:
        return ""
    return (
        f"{name!r} and {questions[question]!r} answer the same question and are drawn together from the evidence. "
        "Correlate one posterior of a question with other numbers."
    )


def _impossible(
    document: Document, file: ScenarioFile, unknowns: tuple[Unknown, ...], pairs: Mapping[Pair, int]
) -> Iterator[Problem]:
    """Sets of correlations that no numbers can have together: the normals behind them have no such matrix."""
    ranks = {pair: file.correlations[n].rank for pair, n in pairs.items()}
    for members in joined_sets(pairs):
        values, vectors = np.linalg.eigh(2.0 * np.sin(np.pi / 6.0 * rank_matrix(members, ranks)))
        if values[0] >= -_SLACK:
            continue
        largest = np.abs(vectors[:, 0]).argsort(kind="stable")[::-1][:_MOST_NAMED]
        named = ", ".join(repr(unknowns[members[n]].id) for n in sorted(largest.tolist()))
        inside = {members[n] for n in largest.tolist()}
        entry = min((n for pair, n in pairs.items() if inside.issuperset(pair)), default=min(pairs.values()))
        message = (
            f"no numbers can be correlated like this together: the smallest eigenvalue of their correlations is "
            f"{values[0]:.3g}, mostly from {named}; it must not be below 0. Pairs that are not stated have the "
            "correlation 0. Weaken correlations among these, or state those that follow from them."
        )
        yield document.problem(("correlations", entry), message)
