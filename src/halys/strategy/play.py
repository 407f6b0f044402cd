"""Subgame-perfect equilibrium in pure strategies, by backward induction.

From the last decisions to the first, the player of node n takes the move whose continuation is worth most to them:

    V[n, ·] = V[child(n, m*), ·],    m* = the first move m with V[child(n, m), i(n)] ≥ max over m′ − tie_tolerance.

**Ties.** Moves within `tie_tolerance` (unit of the payoffs) of the best tie; the first in order is played. Every tie is
reported, and so is the set of all terminals that some subgame-perfect equilibrium reaches: terminal t of child c is
reachable from n if i(n) has a punishment for every other child, U_i(t) ≥ max over c′ ≠ c of min over the terminals
reachable from c′. This is exact, so no list of equilibria is made and nothing is capped.

**Regret.** A strategy profile of a finite game is subgame perfect if and only if no single deviation at any one node
gains (one-shot deviation principle [1, lemma 98.2]), so `Play.regret` is the largest such gain. It is 0, except where a
tie was decided for a move that is worse by rounding; it never exceeds `tie_tolerance`.

References:
    1. Osborne, M. J. and Rubinstein, A. (1994). A Course in Game Theory. MIT Press. Sections 6.2-6.3.
    2. Selten, R. (1965). Spieltheoretische Behandlung eines Oligopolmodells mit Nachfrageträgheit. Zeitschrift für die
       gesamte Staatswissenschaft 121, 301-324.
    3. Kuhn, H. W. (1953). Extensive games and the problem of information. Contributions to the Theory of Games II.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from halys.strategy.tree import Tree, check_tolerance, payoff_array

TIE_TOLERANCE = 1e-9
"""Payoffs closer than this, in their own unit, tie."""


@dataclass(frozen=True, eq=False)
class Play:
    """A subgame-perfect equilibrium and what it says at every decision, reached or not."""

    choice: tuple[int, ...]
    """Move played at each node, an index into its moves."""
    outcome: tuple[int, ...]
    """Terminal that the play reaches from each node."""
    values: NDArray[np.float64]
    """[node, player]: payoffs at `outcome`."""
    tied: tuple[tuple[int, ...], ...]
    """Moves that tie for the best at each node, the played one first; empty where the best move is alone."""
    path: tuple[tuple[int, int], ...]
    """The play from the root: (node, move), in order."""
    terminal: int
    """Where it ends."""
    terminals_tied: tuple[int, ...]
    """All terminals that some subgame-perfect equilibrium reaches, in increasing order; `terminal` is one."""
    regret: float
    """The most that any one player would gain by another move at any one node, ≥ 0, in the unit of the payoffs."""


def solve_play(tree: Tree, payoffs: ArrayLike, tie_tolerance: float = TIE_TOLERANCE, *, find_tied: bool = True) -> Play:
    """The subgame-perfect equilibrium of a game; ties go to the first move in order.

    Args:
        payoffs: [terminal, player], finite.
        tie_tolerance: payoffs this close tie; ≥ 0, in the unit of the payoffs.
        find_tied: whether to find all of `terminals_tied`, which takes longer than the play; else it is `terminal`.

    Raises:
        InputError: if the payoffs do not fit the tree, or the tolerance is negative.
    """
    array = payoff_array(tree, payoffs, "payoffs")
    tolerance = check_tolerance(tie_tolerance)
    rows: list[list[float]] = array.tolist()
    count = len(tree.nodes)
    choice, outcome = [0] * count, [0] * count
    tied: list[tuple[int, ...]] = [()] * count
    regret = 0.0
    for n in range(count - 1, -1, -1):
        node = tree.nodes[n]
        reached = [outcome[child] if child >= 0 else ~child for child in node.children]
        values = [rows[t][node.player] for t in reached]
        best = max(values)
        near = [m for m, value in enumerate(values) if value >= best - tolerance]
        choice[n], outcome[n] = near[0], reached[near[0]]
        tied[n] = tuple(near) if len(near) > 1 else ()
        regret = max(regret, best - values[near[0]])
    path = _path(tree, choice)
    return Play(
        choice=tuple(choice),
        outcome=tuple(outcome),
        values=array[outcome] if count else array[:0],
        tied=tuple(tied),
        path=path,
        terminal=outcome[0] if count else 0,
        terminals_tied=_reachable(tree, rows, tolerance) if find_tied else (outcome[0] if count else 0,),
        regret=regret,
    )


def _path(tree: Tree, choice: Sequence[int]) -> tuple[tuple[int, int], ...]:
    path, place = [], tree.root
    while place >= 0:
        path.append((place, choice[place]))
        place = tree.nodes[place].children[choice[place]]
    return tuple(path)


def _reachable(tree: Tree, rows: list[list[float]], tolerance: float) -> tuple[int, ...]:
    def at_least(player: int, t: int, u: int) -> bool:
        return rows[t][player] >= rows[u][player] - tolerance

    def least(player: int, terminals: Sequence[int]) -> int:
        return min(terminals, key=lambda t: rows[t][player])

    return reachable_terminals(tree, tree.root, at_least, least)


def reachable_terminals(
    tree: Tree, place: int, at_least: Callable[[int, int, int], bool], least: Callable[[int, Sequence[int]], int]
) -> tuple[int, ...]:
    """Terminals that some subgame-perfect equilibrium of the subgame at `place` reaches, in increasing order.

    Args:
        at_least: at_least(player, t, u), whether the player likes terminal t at least as much as u, ties included.
        least: least(player, terminals), one of the terminals that the player likes least.
    """
    if place < 0:
        return (~place,)
    sets: dict[int, tuple[int, ...]] = {}
    for n in reversed(tree.below(place)):
        node = tree.nodes[n]
        reached = [sets.pop(child) if child >= 0 else (~child,) for child in node.children]
        worst = [least(node.player, terminals) for terminals in reached]
        # Only the two hardest punishments to beat matter: of all children, and of the others where c is the hardest.
        kept: list[int] = []
        hardest = _hardest(node.player, worst, at_least)
        for c, terminals in enumerate(reached):
            others = worst[:c] + worst[c + 1 :] if c == hardest else [worst[hardest]]
            kept += [t for t in terminals if all(at_least(node.player, t, u) for u in others)]
        sets[n] = tuple(sorted(kept))
    return sets[place]


def _hardest(player: int, worst: Sequence[int], at_least: Callable[[int, int, int], bool]) -> int:
    hardest = 0
    for c in range(1, len(worst)):
        if not at_least(player, worst[hardest], worst[c]):
            hardest = c
    return hardest
