"""Where the play changes as one number s moves: exact backward induction on a whole range of s.

With payoffs that are lines in s (`halys.strategy.lines`) the play is piecewise constant in s. At a node, the children's
pieces are refined to cells in which every child keeps one terminal. In a cell the player chooses among lines, so the
choice follows their upper envelope and changes only where two of them cross; the crossing is computed from these two
lines directly, so a breakpoint is exact to machine precision. The other players' values jump there.

**Chance.** A chance node has a lottery in each cell of its children's refinement, and expected payoffs are lines too.
At an information set the player chooses among what the beliefs make of each move (`halys.strategy.information`).

**At a breakpoint** moves tie, and play is a set: every terminal that some subgame-perfect equilibrium reaches. Pieces
are therefore read as open at breakpoints; at the point itself the first move in order is played. A point where the
play ties but is the same on both sides is no breakpoint.

**Ties on whole intervals** (lines that are the same, up to the tie tolerance) are decided for the first move in order
and make no breakpoint. Breakpoints closer than 1e-12 of the range are one.

References:
    1. Osborne, M. J. and Rubinstein, A. (1994). A Course in Game Theory. MIT Press. Section 6.2.
    2. de Berg, M. et al. (2008). Computational Geometry, 3rd ed. Springer. Section 11.4 (envelopes of lines).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TypeAlias

from numpy.typing import ArrayLike

from halys.strategy.lines import Lines
from halys.strategy.play import TIE_TOLERANCE
from halys.strategy.tree import Tree


@dataclass(frozen=True, slots=True)
class Piece:
    """An interval of s on which the play from one node stays the same. Neighbours share their ends."""

    low: float
    high: float
    terminal: int
    """Where the play from the node ends; by the most likely moves of chance."""
    choice: int
    """The move played at the node, an index into its moves; of chance the most likely."""
    outcome: int
    """The terminal or lottery that the play ends in, an index that tells pieces apart."""


@dataclass(frozen=True, slots=True)
class Threshold:
    """A value of s at which the play changes."""

    at: float
    before: int
    """Terminal reached just below."""
    after: int
    """Terminal reached just above."""
    tied: tuple[int, ...]
    """Terminals that some subgame-perfect equilibrium reaches at the threshold itself, in increasing order."""


Pieces: TypeAlias = tuple[Piece, ...]


def find_pieces(
    tree: Tree, constant: ArrayLike, slope: ArrayLike, low: float, high: float, tie_tolerance: float = TIE_TOLERANCE
) -> tuple[Pieces, ...]:
    """Subgame-perfect play from every node, for all s from low to high, with payoffs constant + s·slope.

    Args:
        constant: [terminal, player], finite; unit of the payoffs.
        slope: [terminal, player], finite; the same unit for one unit of s.
        low, high: finite, low ≤ high; where they are equal there is one piece.
        tie_tolerance: moves whose payoffs differ by no more at both ends of the range tie everywhere; ≥ 0.

    Returns:
        For each node its pieces in increasing order, without gaps.

    Raises:
        InputError: if the arrays do not fit the tree, or the range or the tolerance cannot be used.
    """
    lines = Lines(tree, constant, slope, low, high, tie_tolerance)
    found = pieces_below(lines, tree.root)
    return tuple(found[n] for n in range(len(tree.nodes)))


def find_thresholds(
    tree: Tree,
    constant: ArrayLike,
    slope: ArrayLike,
    low: float,
    high: float,
    place: int | None = None,
    tie_tolerance: float = TIE_TOLERANCE,
) -> tuple[Threshold, ...]:
    """The values of s strictly inside the range at which the play changes, in increasing order.

    Args:
        constant, slope, low, high, tie_tolerance: as in `find_pieces`.
        place: where the play starts; the root if None.

    Raises:
        InputError: if the arrays do not fit the tree, or the place, range or tolerance cannot be used.
    """
    lines = Lines(tree, constant, slope, low, high, tie_tolerance)
    start = tree.root if place is None else place
    tree.check_place(start)
    if start < 0:
        return ()
    pieces = pieces_below(lines, start)[start]
    found = []
    for before, after in pairwise(pieces):
        tied = {before.terminal, after.terminal, *lines.reachable(start, after.low)}
        found.append(Threshold(after.low, before.terminal, after.terminal, tuple(sorted(tied))))
    return tuple(found)


def pieces_below(lines: Lines, *places: int) -> dict[int, Pieces]:
    """Pieces of every node of the subtrees at the places."""
    found: dict[int, Pieces] = {}
    for unit in reversed(lines.tree.units_below(*places)):
        nodes = [lines.tree.nodes[n] for n in unit]
        children = [[found[c] if c >= 0 else constant_piece(lines, ~c) for c in node.children] for node in nodes]
        if nodes[0].chance:
            found[unit[0]] = _chance_pieces(lines, nodes[0].probabilities, children[0])
        else:
            beliefs = lines.tree.information.beliefs[lines.tree.information.unit_of[unit[0]]]
            found |= zip(unit, _set_pieces(lines, nodes[0].player, beliefs, children), strict=True)
    return found


def constant_piece(lines: Lines, terminal: int) -> Pieces:
    """What "the play from a terminal" is: the terminal, on the whole range."""
    return (Piece(lines.low, lines.high, terminal, -1, terminal),)


def refine(lines: Lines, parts: Sequence[Pieces]) -> list[tuple[float, float, list[int]]]:
    """The common refinement: cells (low, high, outcome of each part), in increasing order, none of them empty."""
    inner = lines.distinct({piece.low for pieces in parts for piece in pieces[1:]})
    ends = [lines.low, *inner, lines.high]
    at = [0] * len(parts)
    cells = []
    for low, high in pairwise(ends):
        middle = low + (high - low) / 2
        for k, pieces in enumerate(parts):
            while at[k] + 1 < len(pieces) and pieces[at[k]].high <= middle:
                at[k] += 1
        cells.append((low, high, [pieces[k].outcome for k, pieces in zip(at, parts, strict=True)]))
    return cells


def _chance_pieces(lines: Lines, probabilities: Sequence[float], children: Sequence[Pieces]) -> Pieces:
    merged: list[Piece] = []
    likely = max(range(len(children)), key=lambda m: probabilities[m])
    for low, high, outcomes in refine(lines, children):
        _append(lines, merged, low, high, likely, lines.ends.mix(list(zip(probabilities, outcomes, strict=True))))
    return tuple(merged)


def _set_pieces(
    lines: Lines, player: int, beliefs: Sequence[float], children: Sequence[Sequence[Pieces]]
) -> list[Pieces]:
    """For each node of an information set its pieces; `children` holds the pieces of each node's moves."""
    count = len(children[0])
    merged: list[list[Piece]] = [[] for _ in children]
    for cell_low, cell_high, outcomes in refine(lines, [pieces for row in children for pieces in row]):
        rows = [outcomes[k : k + count] for k in range(0, len(outcomes), count)]
        worth = [lines.blend(beliefs, column) for column in zip(*rows, strict=True)]
        for low, high, best in _envelope(lines, player, worth, cell_low, cell_high):
            choice = next(m for m, t in enumerate(worth) if lines.same(player, t, worth[best]))
            for own, row in zip(merged, rows, strict=True):
                _append(lines, own, low, high, choice, row[choice])
    return [tuple(own) for own in merged]


def _append(lines: Lines, merged: list[Piece], low: float, high: float, choice: int, outcome: int) -> None:
    """Add a piece, joined to the last one where that ends in the same outcome."""
    if merged and merged[-1].outcome == outcome:
        low = merged.pop().low
    merged.append(Piece(low, high, lines.ends.main[outcome], choice, outcome))


def _envelope(
    lines: Lines, player: int, terminals: Sequence[int], low: float, high: float
) -> list[tuple[float, float, int]]:
    """The upper envelope of the terminals' lines in one cell: (low, high, index of the highest line).

    Walks from the left: the next line on top is steeper, and of those the one that crosses first.
    """
    slope = [lines.slope[player][t] for t in terminals]
    top = max(range(len(terminals)), key=lambda m: (lines.value(player, terminals[m], low), slope[m], -m))
    start, found = low, []
    while True:
        steeper = [m for m in range(len(terminals)) if slope[m] > slope[top]]
        met = [(lines.crossing(player, terminals[m], terminals[top]), -slope[m], m) for m in steeper]
        at, _, after = min(met, default=(high, 0.0, top))
        if high - at <= lines.snap:
            found.append((start, high, top))
            return found
        if at - start > lines.snap:
            found.append((start, at, top))
            start = at
        top = after
