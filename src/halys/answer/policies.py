"""Policies of the sender: each reply, carried out whenever the line has been crossed, and the reply it likes best then.

A policy fixes the move at every decision of the focal reply to which a crossing of the line leads and where the move is
open; elsewhere the sender decides as it sees fit. All others know the policy. What remains is solved by backward
induction, by the rule of `halys.strategy.play`, ties included: a commitment is judged by what it brings about, whether
or not the sender would like to keep it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from halys.answer.position import Position
from halys.scenario import Scenario
from halys.strategy.play import TIE_TOLERANCE

Array = NDArray[np.float64]

AS_IT_SEES_FIT: Final = ""
"""The policy that binds nothing; no move is called so."""


@dataclass(frozen=True, eq=False)
class PolicyOutcomes:
    """What each policy leads to.

    Attributes:
        payoff: (policy, actor) expected payoffs, % of own baseline final spending a year.
        crosses: (policy,) probability that the line is crossed, in [0, 1].

    Rows are in the order of `sender_policies`; NaN for a move that is open after no crossing.
    """

    payoff: Array
    crosses: Array


def sender_policies(scenario: Scenario) -> tuple[str, ...]:
    """The moves of the focal reply in the order of the file, then `AS_IT_SEES_FIT`; none where no actor replies."""
    focus = scenario.file.focus
    if focus is None or focus.reply is None or sender_of(scenario) is None:
        return ()
    return (*scenario.file.moves[focus.reply], AS_IT_SEES_FIT)


def sender_of(scenario: Scenario) -> int | None:
    """Index of the actor that replies; None where none does."""
    focus = scenario.file.focus
    actor = next((s.actor for s in scenario.file.stages if focus and s.id == focus.reply), None)
    return None if actor is None else list(scenario.file.actors).index(actor)


def play_policies(position: Position) -> PolicyOutcomes:
    """What each of `sender_policies` leads to at a position; no rows where there are none."""
    policies = sender_policies(position.scenario)
    total = position.payoffs.total()
    if not policies:
        return PolicyOutcomes(np.empty((0, total.shape[1])), np.empty(0))
    crossing = [float(position.crosses(move)) for move in position.focal_moves]
    table = np.column_stack([total, crossing])
    answers = _answers(position)
    found = np.full((len(policies), table.shape[1]), np.nan)
    for row, policy in zip(found, policies, strict=True):
        fixed = {n: moves.index(policy) for n, moves in answers.items() if policy in moves}
        if policy == AS_IT_SEES_FIT or fixed:
            row[:] = _solve(position, table, fixed)
    return PolicyOutcomes(found[:, :-1], found[:, -1])


def _answers(position: Position) -> dict[int, tuple[str, ...]]:
    """Nodes of the reply after a crossing of the line, and their moves.

    In a game that is solved by backward induction all actors see each other's moves, so that the nodes that the sender
    cannot tell from one of these, since chance moved, are among them.
    """
    tree, focus = position.tree, position.focus
    assert focus is not None
    found: dict[int, tuple[str, ...]] = {}
    for n, node in enumerate(tree.nodes):
        if position.stages[n] == focus.stage:
            crossed = [c for m, c in zip(node.moves, node.children, strict=True) if position.crosses(m)]
            found |= {b: tree.nodes[b].moves for b in tree.below(*crossed) if position.stages[b] == focus.reply}
    return found


def _solve(position: Position, table: Array, fixed: dict[int, int]) -> Array:
    """A row of the table (terminal, column) as play from the root has it, with the moves of some nodes fixed.

    What no fixed node follows is played as the position plays it, so that only decisions before fixed ones are solved.
    """
    tree, values = position.tree, dict[int, Array]()

    def value(place: int) -> Array:
        if place < 0:
            return np.asarray(table[~place])
        if place not in values:
            values[place] = position.mean(place, table)
        return values[place]

    for unit in _units_before(position, fixed):
        node = tree.nodes[unit[0]]
        reached = [[value(child) for child in tree.nodes[n].children] for n in unit]
        if node.chance:
            values[unit[0]] = np.asarray(sum(p * v for p, v in zip(node.probabilities, reached[0], strict=True)))
            continue
        move = fixed.get(unit[0])
        if move is None:
            beliefs = tree.information.beliefs[tree.information.unit_of[unit[0]]]
            worth = [
                sum(b * float(at[m][node.player]) for b, at in zip(beliefs, reached, strict=True))
                for m in range(len(node.moves))
            ]
            best = max(worth) - TIE_TOLERANCE
            move = next(m for m, w in enumerate(worth) if w >= best)
        values |= {n: at[move] for n, at in zip(unit, reached, strict=True)}
    return value(tree.root)


def _units_before(position: Position, fixed: dict[int, int]) -> Iterator[Sequence[int]]:
    """Information sets with a fixed node, or one that play may go through to a fixed node, from the last on."""
    tree, touched = position.tree, set(fixed)
    for unit in reversed(tree.information.units):
        if any(n in touched or not touched.isdisjoint(tree.nodes[n].children) for n in unit):
            touched.update(unit)
            yield unit
