"""What players know: information sets, the order in which they can be solved, and beliefs that chance alone decides.

A *unit* is a chance node or an information set. Unit h comes before unit h′ where a node of h leads to one of h′. Where
that order has no cycle, backward induction over units is possible if what a player believes at a set does not depend on
what anybody chose: if the same moves at the same sets lead to every node of the set, so that its nodes differ by chance
alone. The belief at node n of set h is then

    b(n) = ρ(n) / Σ over n′ in h of ρ(n′),    ρ(n) = product of the probabilities of chance on the way to n,

at every strategy profile, also off the path: a fixed share of any way in which the set can be reached (the consistency
of [1]). Games of perfect information are the case in which every set is one node; types drawn by chance and signals
whose likelihoods are stated are such games too. Simultaneous moves, and signals that an informed player chooses, are
not.

References:
    1. Kreps, D. M. and Wilson, R. (1982). Sequential equilibria. Econometrica 50(4), 863-894.
    2. Osborne, M. J. and Rubinstein, A. (1994). A Course in Game Theory. MIT Press. Chapters 11 and 12.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

from halys.errors import InputError

if TYPE_CHECKING:
    from halys.strategy.tree import Tree

Unit: TypeAlias = tuple[int, ...]
"""Nodes of an information set in increasing order, or one chance node."""


@dataclass(frozen=True)
class Information:
    """The units of a tree."""

    units: tuple[Unit, ...]
    """In the order of their first nodes; where `ordered`, every unit before those that its nodes lead to."""
    unit_of: tuple[int, ...]
    """Unit of each node, an index into `units`."""
    beliefs: tuple[tuple[float, ...], ...]
    """For each unit how likely its nodes are as far as chance decides; they sum to 1."""
    given: bool
    """Whether chance alone decides all beliefs, so that backward induction solves the game."""
    perfect: bool
    """Whether every set is one node: everybody knows all moves made."""


def find_information(tree: Tree) -> Information:
    """The units of a tree, and whether beliefs are given."""
    listed: dict[tuple[int, str], list[int]] = {}
    for n, node in enumerate(tree.nodes):
        listed.setdefault((node.player, node.information) if node.information else (n, ""), []).append(n)
    sets = [tuple(nodes) for nodes in listed.values()]
    unit_of = [0] * len(tree.nodes)
    for k, nodes in enumerate(sets):
        for n in nodes:
            unit_of[n] = k
    pasts, weights = _pasts(tree, unit_of), _weights(tree)
    order = _order(tree, sets, unit_of)
    given = order is not None and all(len({pasts[n] for n in nodes}) == 1 for nodes in sets)
    if order is not None:
        sets = [sets[k] for k in order]
        for k, nodes in enumerate(sets):
            for n in nodes:
                unit_of[n] = k
    totals = [sum(weights[n] for n in nodes) for nodes in sets]
    beliefs = tuple(tuple(weights[n] / total for n in nodes) for nodes, total in zip(sets, totals, strict=True))
    return Information(tuple(sets), tuple(unit_of), beliefs, given, all(len(nodes) == 1 for nodes in sets))


Past: TypeAlias = tuple[tuple[int, int], ...]


def _pasts(tree: Tree, unit_of: list[int]) -> list[Past]:
    """For each node the decisions on the way there: (unit, move), without chance."""
    pasts: list[Past] = [()] * len(tree.nodes)
    for n, node in enumerate(tree.nodes):
        for m, child in enumerate(node.children):
            if child >= 0:
                pasts[child] = pasts[n] if node.chance else (*pasts[n], (unit_of[n], m))
    return pasts


def _weights(tree: Tree) -> list[float]:
    """For each node the product of the probabilities of chance on the way there."""
    weights = [1.0] * len(tree.nodes)
    for n, node in enumerate(tree.nodes):
        for m, child in enumerate(node.children):
            if child >= 0:
                weights[child] = weights[n] * (node.probabilities[m] if node.chance else 1.0)
    return weights


def _order(tree: Tree, sets: list[Unit], unit_of: list[int]) -> list[int] | None:
    """The units so that each comes before those that it leads to, by their first nodes; None if there is a cycle."""
    after: list[set[int]] = [set() for _ in sets]
    before = [0] * len(sets)
    for n, node in enumerate(tree.nodes):
        for child in node.children:
            if child >= 0 and unit_of[child] not in after[unit_of[n]]:
                after[unit_of[n]].add(unit_of[child])
                before[unit_of[child]] += 1
    ready = [k for k, count in enumerate(before) if count == 0]
    order: list[int] = []
    for k in ready:
        order.append(k)
        for later in sorted(after[k]):
            before[later] -= 1
            if before[later] == 0:
                ready.append(later)
    return order if len(order) == len(sets) else None


def check_information(tree: Tree) -> None:
    """Refuse nodes of one information set that the player could tell apart.

    Raises:
        InputError: naming the nodes: other moves, or other own moves before them
            (also where one comes before the other).
    """
    if not any(node.information for node in tree.nodes):
        return
    listed: dict[tuple[int, str], list[int]] = {}
    for n, node in enumerate(tree.nodes):
        if node.information:
            listed.setdefault((node.player, node.information), []).append(n)
    own: list[dict[int, tuple[tuple[str | int, int], ...]]] = [{} for _ in tree.nodes]
    for n, node in enumerate(tree.nodes):
        name: str | int = node.information or n
        for m, child in enumerate(node.children):
            if child >= 0:
                own[child] = own[n]
                if not node.chance:
                    own[child] = {**own[n], node.player: (*own[n].get(node.player, ()), (name, m))}
    for (player, set_name), nodes in listed.items():
        first, moves = nodes[0], tree.nodes[nodes[0]].moves
        for n in nodes[1:]:
            pair = f"information set {set_name!r}: {tree.name(first)} and {tree.name(n)}"
            if tree.nodes[n].moves != moves:
                raise InputError(
                    f"{pair} have the moves {', '.join(moves)} and {', '.join(tree.nodes[n].moves)}. A player who "
                    "cannot tell two nodes apart has the same moves in the same order at both."
                )
            if own[n].get(player, ()) != own[first].get(player, ()):
                raise InputError(
                    f"{pair} follow other own moves of {tree.players[player]!r}, who would have to forget them. Give "
                    "them sets of their own."
                )
