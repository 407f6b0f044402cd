"""Where the play changes as one number s moves: exact backward induction on a whole range of s.

With payoffs that are lines in s (`halys.strategy.lines`) the play is piecewise constant in s. At a node, the children's
pieces are refined to cells in which every child keeps one terminal. In a cell the player chooses among lines, so the
choice follows their upper envelope and changes only where two of them cross; the crossing is computed from these two
lines directly, so a breakpoint is exact to machine precision. The other players' values jump there.

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
    """Where the play from the node ends."""
    choice: int
    """The move played at the node, an index into its moves."""


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
    for n in reversed(lines.tree.below(*places)):
        children = [found[c] if c >= 0 else constant_piece(lines, ~c) for c in lines.tree.nodes[n].children]
        found[n] = _node_pieces(lines, lines.tree.nodes[n].player, children)
    return found


def constant_piece(lines: Lines, terminal: int) -> Pieces:
    """What "the play from a terminal" is: the terminal, on the whole range."""
    return (Piece(lines.low, lines.high, terminal, -1),)


def refine(lines: Lines, parts: Sequence[Pieces]) -> list[tuple[float, float, list[int]]]:
    """The common refinement: cells (low, high, terminal of each part), in increasing order, none of them empty."""
    inner = lines.distinct({piece.low for pieces in parts for piece in pieces[1:]})
    ends = [lines.low, *inner, lines.high]
    at = [0] * len(parts)
    cells = []
    for low, high in pairwise(ends):
        middle = low + (high - low) / 2
        for k, pieces in enumerate(parts):
            while at[k] + 1 < len(pieces) and pieces[at[k]].high <= middle:
                at[k] += 1
        cells.append((low, high, [pieces[k].terminal for k, pieces in zip(at, parts, strict=True)]))
    return cells


def _node_pieces(lines: Lines, player: int, children: Sequence[Pieces]) -> Pieces:
    merged: list[Piece] = []
    for cell_low, cell_high, terminals in refine(lines, children):
        for low, high, best in _envelope(lines, player, terminals, cell_low, cell_high):
            choice = next(m for m, t in enumerate(terminals) if lines.same(player, t, terminals[best]))
            if merged and merged[-1].terminal == terminals[choice]:
                low = merged.pop().low
            merged.append(Piece(low, high, terminals[choice], choice))
    return tuple(merged)


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
