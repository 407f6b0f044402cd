"""What a move may bring its player, given beliefs about the others: points (ΔW, exposures) by plan and by belief.

Payoffs of player i are linear in unknown stakes v: U(t) = W(t) + Σ_k v_k · X_k(t) at terminal t. A *prospect* is the
point (E W, E X_1, …, E X_K) that a place of the tree leads to under

- a *belief*: at each node of another player, a distribution over its moves. A node has a polytope of admissible ones,
  given by its vertices; nodes vary independently of each other;
- a *plan*: a move at each node of i itself.

Expectations are multilinear in the distributions of the nodes, so that the prospects of a plan are spanned by those of
the vertices, and every extreme value of U over beliefs is taken at a vertex, whatever the stakes.

Two tables of the same prospects are made. `by="plan"`: for each plan, (belief, 1 + stake). `by="belief"`: for each
belief, (plan, 1 + stake). Parts of a plan or a belief that are never reached make no row of their own.

References:
    1. Osborne, M. J. and Rubinstein, A. (1994). A Course in Game Theory. MIT Press. Section 6.1.
    2. Manski, C. F. (2004). Measuring expectations. Econometrica 72(5), 1329-1376. On choices, preferences and beliefs
       that cannot be told apart by choices alone.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from itertools import product
from typing import Literal, TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

from halys.errors import InputError
from halys.strategy.tree import Tree, number_array

Array: TypeAlias = NDArray[np.float64]
Family: TypeAlias = tuple[Array, ...]

MOST_PROSPECTS = 4096
"""Points of one move, over its plans and the vertices of its beliefs."""
MOST_VERTICES = 4096
"""Vertices of the belief at one decision."""
SUM_TOLERANCE = 1e-9
"""By how much probabilities may miss 1."""


def simplex_vertices(low: ArrayLike, high: ArrayLike) -> Array:
    """Vertices (vertex, move) of the distributions q with low ≤ q ≤ high and Σ q = 1.

    At a vertex all probabilities but one stand at an end of their range, and that one makes up the rest.

    Args:
        low, high: (move,) within 0 and 1.

    Raises:
        InputError: ends out of [0, 1] or in the wrong order, no distribution within them, or more than `MOST_VERTICES`.
    """
    ends = _check_ends(low, high)
    found: set[tuple[float, ...]] = set()
    for free in range(ends.shape[1]):
        _fill(ends, free, 0, [], 1.0 - float(ends[0].sum() - ends[0, free]), found)
    vertices = np.array(sorted(found, reverse=True))
    kept: list[Array] = []
    for vertex in vertices:  # the same vertex by another free move differs by rounding
        if not any(np.abs(vertex - other).max() <= SUM_TOLERANCE for other in kept):
            kept.append(vertex)
    return np.array(kept)


def _check_ends(low: ArrayLike, high: ArrayLike) -> Array:
    lower, upper = number_array(low, "low"), number_array(high, "high")
    if lower.ndim != 1 or lower.shape != upper.shape or not len(lower):
        raise InputError(f"probabilities: low has shape {lower.shape}, high {upper.shape}. Give one of each per move.")
    if not (np.all(lower >= 0) and np.all(lower <= upper) and np.all(upper <= 1)):
        raise InputError(f"probabilities from {lower.tolist()} to {upper.tolist()}: give 0 ≤ low ≤ high ≤ 1.")
    if lower.sum() > 1 + SUM_TOLERANCE or upper.sum() < 1 - SUM_TOLERANCE:
        raise InputError(
            f"probabilities from {lower.tolist()} to {upper.tolist()} cannot sum to 1: the low ends sum to "
            f"{lower.sum():g}, the high ends to {upper.sum():g}."
        )
    return np.array([lower, upper])


def _fill(ends: Array, free: int, move: int, taken: list[float], rest: float, found: set[tuple[float, ...]]) -> None:
    """Put every move but `free` at an end; `rest` is what is left for `free` if all that follow stand at their low."""
    if rest < ends[0, free] - SUM_TOLERANCE or len(found) > MOST_VERTICES:
        if len(found) > MOST_VERTICES:
            raise InputError(f"a belief with more than {MOST_VERTICES} vertices. Give ranges to fewer moves.")
        return
    if move == ends.shape[1]:
        if rest <= ends[1, free] + SUM_TOLERANCE:
            last = float(np.clip(rest, ends[0, free], ends[1, free]))
            found.add(tuple(last if m == free else p for m, p in enumerate(taken)))
        return
    if move == free:
        _fill(ends, free, move + 1, [*taken, 0.0], rest, found)
        return
    low, high = float(ends[0, move]), float(ends[1, move])
    _fill(ends, free, move + 1, [*taken, low], rest, found)
    if high > low:
        _fill(ends, free, move + 1, [*taken, high], rest - (high - low), found)


def find_prospects(
    tree: Tree, place: int, values: Array, beliefs: Sequence[Array | None], by: Literal["plan", "belief"]
) -> Family:
    """The prospects of a place.

    Args:
        values: [terminal, 1 + stake], W and exposures of the player.
        beliefs: for each node of the tree, the vertices (vertex, move) of the believed distribution; None where the
            player itself moves and plans.
        by: what the result lists; the rows of each array run over the other.

    Raises:
        InputError: more than `MOST_PROSPECTS` points.
    """
    tree.check_place(place)
    families: dict[int, Family] = {}

    def of(child: int) -> Family:
        return families[child] if child >= 0 else (values[~child : ~child + 1],)

    for n in reversed(tree.below(place)):
        families[n] = _at_node(beliefs[n], tree.nodes[n].children, of, by)
        rows = sum(len(part) for part in families[n])
        if rows > MOST_PROSPECTS:
            raise InputError(
                f"{tree.name(n)}: more than {MOST_PROSPECTS} combinations of plans and beliefs follow. State what is "
                "believed about more of the later decisions, or give fewer of them a range."
            )
    return of(place)


def mix_prospects(weights: Array, families: Sequence[Family]) -> Family:
    """The prospects of a move at an information set: of its nodes, each as likely as its weight.

    Args:
        weights: (node,), greater than 0. families: of each node, all by plan or all by belief; its plans and beliefs
            vary apart from those of the other nodes.
    """
    return _distinct(_mixed(weights, parts) for parts in _combinations(families))


def _at_node(vertices: Array | None, children: Sequence[int], of: Callable[[int], Family], by: str) -> Family:
    """The family of a node from those of its children."""
    if vertices is None:
        if by == "plan":
            return _distinct(part for child in children for part in of(child))
        return _distinct(np.concatenate(parts) for parts in _combinations([of(child) for child in children]))
    if by == "belief":
        return _distinct(
            _mixed(p[p > 0], parts)
            for p in vertices
            for parts in _combinations([of(child) for child, q in zip(children, p, strict=True) if q > 0])
        )
    believed = vertices.max(axis=0) > 0
    used = [child for child, possible in zip(children, believed, strict=True) if possible]
    return _distinct(
        np.concatenate([_mixed(p, parts) for p in vertices[:, believed]])
        for parts in _combinations([of(child) for child in used])
    )


def _combinations(families: Sequence[Family]) -> list[tuple[Array, ...]]:
    """One part of each family, in all ways; refused before they are made where they are too many."""
    count = int(np.prod([len(family) for family in families], dtype=float))
    if count > MOST_PROSPECTS:
        raise InputError(
            f"{count:,} combinations of plans or beliefs at one decision, more than {MOST_PROSPECTS}. State what is "
            "believed about more of the later decisions, or give fewer of them a range."
        )
    return list(product(*families))


def _mixed(p: Array, parts: Sequence[Array]) -> Array:
    """Σ_c p_c · (a row of part c), for every combination of rows."""
    total = np.zeros((1, parts[0].shape[1]))
    for q, part in zip(p, parts, strict=True):
        if q > 0:
            if len(total) * len(part) > MOST_PROSPECTS:
                raise InputError(
                    f"more than {MOST_PROSPECTS} combinations of plans and beliefs. State what is believed about more "
                    "of the later decisions, or give fewer of them a range."
                )
            total = (total[:, None] + q * part[None]).reshape(-1, total.shape[1])
    return total


def _distinct(parts: Iterable[Array]) -> Family:
    """The parts with repeated rows once, each part once."""
    seen: dict[bytes, Array] = {}
    for part in parts:
        rows = np.unique(part, axis=0)
        seen.setdefault(rows.tobytes(), rows)
    return tuple(seen.values())
