"""Correlations of a scenario as numbers by position: which unknowns go along with each other, in what sets."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from halys.scenario.dossier import PREFIX, Dossier

Array = NDArray[np.float64]
Pair = tuple[int, int]


def joined_sets(pairs: Iterable[Sequence[int]]) -> tuple[tuple[int, ...], ...]:
    """The sets of positions that pairs, or longer rows, join to each other; rising, each set once."""
    found: list[set[int]] = []
    for pair in pairs:
        joined = set(pair)
        apart = []
        for other in found:
            if other & joined:
                joined |= other
            else:
                apart.append(other)
        found = [*apart, joined]
    return tuple(sorted(tuple(sorted(one)) for one in found if len(one) > 1))


def rank_matrix(members: Sequence[int], ranks: Mapping[Pair, float]) -> Array:
    """(n, n) rank correlations among the members of a set; 0 where none is stated.

    Args:
        ranks: by pairs of positions, the smaller first.
    """
    place = {position: n for n, position in enumerate(members)}
    found = np.eye(len(members))
    for (a, b), rank in ranks.items():
        if a in place and b in place:
            found[place[a], place[b]] = found[place[b], place[a]] = rank
    return found


def posterior_places(dossier: Dossier | None) -> dict[str, tuple[str, int]]:
    """By the id of a posterior, its question and the position of its hypothesis."""
    questions = {} if dossier is None else dossier.spec.questions
    return {
        f"{PREFIX}{name}-{hypothesis}": (name, n)
        for name, question in questions.items()
        for n, hypothesis in enumerate(question.hypotheses)
    }
