"""Subgame-perfect equilibrium in pure strategies, by backward induction.

From the last decisions to the first, the player of node n takes the move whose continuation is worth most to them:

    V[n, ·] = V[child(n, m*), ·],    m* = the first move m with V[child(n, m), i(n)] ≥ max over m′ − tie_tolerance.

Where chance moves, V[n, ·] = Σ p(m)·V[child(n, m), ·]. At an information set h whose nodes differ by chance alone the
player holds the beliefs b that chance gives (`halys.strategy.information`) and takes one move for all its nodes:

    m* = the first m with Σ over n in h of b(n)·V[child(n, m), i] ≥ max over m′ − tie_tolerance.

These beliefs hold at every strategy profile, so the play is a sequential equilibrium [4]. Games in which players hide
moves from each other are not solved so, but by `halys.strategy.solve_equilibria`.

**Ties.** Moves within `tie_tolerance` (unit of the payoffs) of the best tie; the first in order is played. Every tie is
reported, and so is the set of all terminals that some subgame-perfect equilibrium reaches: terminal t of child c is
reachable from n if i(n) has a punishment for every other child, U_i(t) ≥ max over c′ ≠ c of min over the terminals
reachable from c′. This is exact, so no list of equilibria is made and nothing is capped. With chance moves or
information sets every way to break the ties is followed, up to `MOST_WAYS`.

**Regret.** A strategy profile of a finite game is subgame perfect if and only if no single deviation at any one node
gains (one-shot deviation principle [1, lemma 98.2]), so `Play.regret` is the largest such gain. It is 0, except where a
tie was decided for a move that is worse by rounding; it never exceeds `tie_tolerance`.

References:
    1. Osborne, M. J. and Rubinstein, A. (1994). A Course in Game Theory. MIT Press. Sections 6.2-6.3.
    2. Selten, R. (1965). Spieltheoretische Behandlung eines Oligopolmodells mit Nachfrageträgheit. Zeitschrift für die
       gesamte Staatswissenschaft 121, 301-324.
    3. Kuhn, H. W. (1953). Extensive games and the problem of information. Contributions to the Theory of Games II.
    4. Kreps, D. M. and Wilson, R. (1982). Sequential equilibria. Econometrica 50(4), 863-894.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from halys.errors import InputError
from halys.strategy.information import Unit
from halys.strategy.outcomes import Lottery, Outcomes, expected
from halys.strategy.tree import Tree, check_tolerance, payoff_array

TIE_TOLERANCE = 1e-9
"""Payoffs closer than this, in their own unit, tie."""
MOST_WAYS = 4096
"""Ways to break ties that are followed in a game with chance moves or information sets."""


@dataclass(frozen=True, eq=False)
class Play:
    """A subgame-perfect equilibrium and what it says at every decision, reached or not."""

    choice: tuple[int, ...]
    """Move played at each node, an index into its moves."""
    outcome: tuple[int, ...]
    """Terminal that the play reaches from each node; where chance moves, by its most likely (the first of equals)."""
    lotteries: tuple[Lottery, ...]
    """All terminals that the play may reach from each node, with their probabilities."""
    values: NDArray[np.float64]
    """[node, player]: payoffs at `outcome`, expected where chance moves."""
    tied: tuple[tuple[int, ...], ...]
    """Moves that tie for the best at each node, the played one first; empty where the best move is alone."""
    path: tuple[tuple[int, int], ...]
    """The play from the root: (node, move), in order, by the most likely moves of chance."""
    terminal: int
    """Where it ends."""
    terminals_tied: tuple[int, ...]
    """All terminals that some subgame-perfect equilibrium may reach, in increasing order; `terminal` is one."""
    ties_complete: bool
    """Whether `terminals_tied` is known to hold all of them; False where ties were too many to follow."""
    regret: float
    """The most that any one player would gain by another move at any one set, ≥ 0, in the unit of the payoffs."""


def solve_play(tree: Tree, payoffs: ArrayLike, tie_tolerance: float = TIE_TOLERANCE, *, find_tied: bool = True) -> Play:
    """The subgame-perfect equilibrium of a game; ties go to the first move in order.

    Args:
        payoffs: [terminal, player], finite.
        tie_tolerance: payoffs this close tie; ≥ 0, in the unit of the payoffs.
        find_tied: whether to find all of `terminals_tied`, which takes longer than the play; else it is `terminal`.

    Raises:
        InputError: if the payoffs do not fit the tree, the tolerance is negative, or players hide moves from each
            other.
    """
    array = payoff_array(tree, payoffs, "payoffs")
    tolerance = check_tolerance(tie_tolerance)
    require_given(tree)
    ends = Outcomes(array)
    found = _Induction(tree, ends, tolerance)
    for unit in reversed(tree.information.units):
        found.solve(unit)
    count = len(tree.nodes)
    outcome = tuple(ends.main[o] for o in found.outcome)
    terminal = outcome[0] if count else 0
    tied: tuple[tuple[int, ...], bool] = (terminal,), True
    if find_tied:
        simple = tree.information.perfect and not tree.has_chance
        tied = (_reachable(tree, array.tolist(), tolerance), True) if simple else ways_to_play(tree, ends, tolerance)
    (rows,) = ends.tables
    return Play(
        choice=tuple(found.choice),
        outcome=outcome,
        lotteries=tuple(ends.lotteries[o] for o in found.outcome),
        values=np.array(rows).T[found.outcome] if count else array[:0],
        tied=tuple(found.tied),
        path=_path(tree, found.choice),
        terminal=terminal,
        terminals_tied=tied[0],
        ties_complete=tied[1],
        regret=found.regret,
    )


def require_given(tree: Tree) -> None:
    """Refuse a game that backward induction does not solve.

    Raises:
        InputError: players hide moves from each other, so that beliefs depend on what is played.
    """
    if not tree.information.given:
        raise InputError(
            "in this game players hide moves from each other, so that what they believe depends on what is played. "
            "Backward induction does not solve it; solve_equilibria does."
        )


class _Induction:
    """Backward induction, one unit after another from the last to the first."""

    def __init__(self, tree: Tree, ends: Outcomes, tolerance: float) -> None:
        count = len(tree.nodes)
        self.tree, self.ends, self.tolerance = tree, ends, tolerance
        self.choice, self.outcome = [0] * count, [0] * count
        self.tied: list[tuple[int, ...]] = [()] * count
        self.regret = 0.0

    def solve(self, unit: Unit) -> None:
        """The move of a unit, after all that follows."""
        node = self.tree.nodes[unit[0]]
        if node.chance:
            (n,) = unit
            self.choice[n] = max(range(len(node.moves)), key=lambda m: node.probabilities[m])
            self.outcome[n] = self.ends.mix(list(zip(node.probabilities, self.reached(n), strict=True)))
            return
        near, values = self.best(unit)
        self.take(unit, near[0])
        for n in unit:
            self.tied[n] = tuple(near) if len(near) > 1 else ()
        self.regret = max(self.regret, max(values) - values[near[0]])

    def best(self, unit: Unit) -> tuple[list[int], list[float]]:
        """Moves within the tolerance of the best, and what each move is worth."""
        player = self.tree.nodes[unit[0]].player
        payoff, beliefs = self.ends.tables[0][player], self.tree.information.beliefs[self.unit_of(unit)]
        columns = zip(*(self.reached(n) for n in unit), strict=True)
        values = [expected([payoff[o] for o in column], beliefs) for column in columns]
        cut = max(values) - self.tolerance
        return [m for m, value in enumerate(values) if value >= cut], values

    def take(self, unit: Unit, move: int) -> None:
        """The player of a unit makes a move."""
        for n in unit:
            self.choice[n], self.outcome[n] = move, self.reached(n)[move]

    def reached(self, n: int) -> list[int]:
        """Outcome that each move of a node leads to."""
        return [self.outcome[child] if child >= 0 else ~child for child in self.tree.nodes[n].children]

    def unit_of(self, unit: Unit) -> int:
        return self.tree.information.unit_of[unit[0]]


def ways_to_play(tree: Tree, ends: Outcomes, tolerance: float, start: int = 0) -> tuple[tuple[int, ...], bool]:
    """Terminals that play from a place may reach over all ways to break its ties, and whether all were followed."""
    if start < 0:
        return (~start,), True
    units = tuple(reversed(tree.units_below(start)))
    reached: set[int] = set()
    waiting: list[tuple[int, list[int]]] = [(0, [0] * len(tree.nodes))]
    made = 0
    while waiting:
        at, outcome = waiting.pop()
        found = _Induction(tree, ends, tolerance)
        found.outcome = outcome
        for k in range(at, len(units)):
            if tree.nodes[units[k][0]].chance:
                found.solve(units[k])
                continue
            near, _ = found.best(units[k])
            for move in near[1:]:
                if made < MOST_WAYS:
                    made += 1
                    other = _Induction(tree, ends, tolerance)
                    other.outcome = list(found.outcome)
                    other.take(units[k], move)
                    waiting.append((k + 1, other.outcome))
            found.take(units[k], near[0])
        reached |= {t for t, _ in ends.lotteries[found.outcome[start]]}
    return tuple(sorted(reached)), made < MOST_WAYS


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
