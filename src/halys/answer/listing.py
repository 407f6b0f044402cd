"""The answer to a game in which actors hide moves from each other: every equilibrium that was found, none picked.

What an actor believes then depends on what is played, so that there may be several equilibria, or none in pure
moves. Simultaneous moves are solved by subgames (subgame-perfect equilibria); where an actor does not see what chance
has drawn for another either, by perfect Bayesian equilibria (`halys.strategy.solve_equilibria`). Lines, threats and
maps speak of one play and are left out; tables show the most likely history of the equilibrium that is listed first.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from halys.answer.position import Position
from halys.answer.words import amount, signed
from halys.strategy import Concept, Equilibria, Equilibrium, Tree, find_changes, solve_equilibria

MOST_LISTED = 8
_LIKELY = 1e-6  # histories that are less likely are not listed
_WORDS = {"spe": "subgame-perfect", "pbe": "perfect Bayesian"}


def find_equilibria(position: Position) -> Equilibria:
    """All equilibria that are found at the reference.

    Raises:
        InputError: the game is too large for the concept; it says what may be done.
    """
    return solve_equilibria(position.tree, position.payoffs.total(), concept_of(position.tree))


def concept_of(tree: Tree) -> Concept:
    """Perfect Bayesian where somebody does not see what chance has drawn for another, subgame-perfect elsewhere."""
    return "pbe" if _has_types(tree) else "spe"


def describe_changes(position: Position, stake: int, points: int = 33) -> dict[str, Any]:
    """Where over the range of a stake, the others at their reference, the list of equilibria changes.

    Raises:
        InputError: the game is too large for the concept; it says what may be done.
    """
    name, spec = list(position.scenario.file.stakes.items())[stake]
    payoffs, concept = position.payoffs, concept_of(position.tree)
    constant, slope = payoffs.along(stake)
    low, high, owner = float(payoffs.low[stake]), float(payoffs.high[stake]), int(payoffs.owner[stake])
    found = []
    if low < high and slope.any():
        tree = position.tree
        found = find_changes(lambda value: (tree, constant + value * slope), low, high, concept, points=points)
    return {
        "stake": name,
        "label": spec.label,
        "actor": spec.actor,
        "actor_label": position.scenario.file.actors[spec.actor].label,
        "value": float(payoffs.value[stake]),
        "low": low,
        "high": high,
        "concept": concept,
        "points": points,
        "changes": [
            {
                "low": change.low,
                "high": change.high,
                "at_billion": position.money(owner, change.high),
                "below": describe_equilibria(position, change.below),
                "above": describe_equilibria(position, change.above),
            }
            for change in found
        ],
    }


def _has_types(tree: Tree) -> bool:
    """Whether some information set holds nodes between which chance has decided."""
    information = tree.information
    return any(
        len({tuple(m for m in tree.way_to(n) if tree.nodes[m[0]].chance) for n in unit}) > 1
        for unit in information.units
    )


def describe_equilibria(position: Position, found: Equilibria) -> dict[str, Any]:
    """The equilibria in plain data: payoffs, regret, how likely each history is, what is chosen at each set."""
    return {
        "concept": found.concept,
        "method": found.method,
        "complete": found.complete,
        "listed": [_describe(position, equilibrium) for equilibrium in found.found[:MOST_LISTED]],
        "count": len(found.found),
    }


def _describe(position: Position, equilibrium: Equilibrium) -> dict[str, Any]:
    order = np.argsort(-equilibrium.terminal_probabilities, kind="stable")
    odds = equilibrium.terminal_probabilities
    return {
        "pure": equilibrium.pure,
        "regret": equilibrium.regret,
        "payoffs": dict(zip(position.actors, map(float, equilibrium.payoffs), strict=True)),
        "histories": [
            {"history": position.history(int(t)), "label": position.after(int(t), ""), "probability": float(odds[t])}
            for t in order
            if odds[t] > _LIKELY
        ],
        "choices": [choice for k in range(len(equilibrium.strategy)) if (choice := _choice(position, equilibrium, k))],
    }


def _choice(position: Position, equilibrium: Equilibrium, k: int) -> dict[str, Any] | None:
    """What is chosen at an information set, and what its actor believes there."""
    unit = position.tree.information.units[k]
    node = position.tree.nodes[unit[0]]
    if node.chance:
        return None
    beliefs = [None if np.isnan(b) else float(b) for b in equilibrium.beliefs[k]]
    return {
        "actor": position.actors[node.player],
        "stage": position.stages[unit[0]],
        "nodes": [position.tree.nodes[n].label for n in unit],
        "beliefs": beliefs,
        "moves": dict(zip(node.moves, map(float, equilibrium.strategy[k]), strict=True)),
    }


def equilibrium_sentences(position: Position, record: dict[str, Any]) -> list[str]:
    """The equilibria in words, one paragraph each."""
    count, words = record["count"], _WORDS[record["concept"]]
    if not count:
        return [f"No {words} equilibrium was found. {record['method']}"]
    whole = "all there are" if record["complete"] else "there may be more"
    head = f"{count} {words} equilibri{'um' if count == 1 else 'a'} ({whole}); none is picked."
    return [head, *(f"({n}) {_words(position, entry)}" for n, entry in enumerate(record["listed"], start=1))]


def _words(position: Position, entry: dict[str, Any]) -> str:
    shown = entry["histories"][:3]
    listed = "; or ".join(
        h["label"] if len(entry["histories"]) == 1 else f"{amount(100 * h['probability'])} %: {h['label']}"
        for h in shown
    )
    more = f"; {len(entry['histories']) - 3} more histories" if len(entry["histories"]) > 3 else ""
    actors = position.scenario.file.actors
    payoffs = ", ".join(f"{actors[a].label} {signed(x)} %" for a, x in entry["payoffs"].items())
    return f"{listed}{more}. Payoffs: {payoffs}."
