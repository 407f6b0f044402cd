"""What the moves of a player's types tell the others.

A *sender* has several information sets to which the same decisions of players lead and between which chance alone
decides: its types. Some other player has to be unable to tell them apart afterwards. Its types are

- *pooling* if all move alike,
- *separating* if no move is made by two types,
- *hybrid* otherwise.

**The intuitive criterion** [1], for the simple form in which each type is one node and each of its moves leads either
to an end or to one set of a receiver whose moves end the game. For a move m that no type makes let J be the types whose
equilibrium payoff exceeds the most that m could give them with a reply that is best for some belief. The equilibrium
fails if a type outside J gets more than its equilibrium payoff from m with every reply that is best for some belief on
the types outside J.

References:
    1. Cho, I.-K. and Kreps, D. M. (1987). Signaling games and stable equilibria. Quarterly Journal of Economics 102(2),
       179-221.
    2. Spence, M. (1973). Job market signaling. Quarterly Journal of Economics 87(3), 355-374.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from halys.strategy.behaviour import Strategy, find_values
from halys.strategy.equilibrium import Sender, Signalling
from halys.strategy.tree import Tree

_SAME = 1e-9  # probabilities closer than this are one
_LEAST = 1e-9  # smaller differences of payoffs, in shares of their spread, are none


def find_senders(tree: Tree) -> list[tuple[int, tuple[int, ...]]]:
    """Players with types, and the units of the types."""
    units, unit_of = tree.information.units, tree.information.unit_of
    pasts: list[tuple[tuple[int, int], ...]] = [()] * len(tree.nodes)
    passed: list[frozenset[int]] = [frozenset()] * len(tree.nodes)
    for n, node in enumerate(tree.nodes):
        for m, child in enumerate(node.children):
            if child >= 0:
                pasts[child] = pasts[n] if node.chance else (*pasts[n], (unit_of[n], m))
                passed[child] = passed[n] | {unit_of[n]}
    groups: dict[object, list[int]] = {}
    for k, unit in enumerate(units):
        node = tree.nodes[unit[0]]
        if not node.chance:
            groups.setdefault((node.player, node.moves, frozenset(pasts[n] for n in unit)), []).append(k)
    found = []
    for group in groups.values():
        player = tree.nodes[units[group[0]][0]].player
        hidden = any(
            len({frozenset(passed[n] & set(group)) for n in unit}) > 1
            for unit in units
            if len(unit) > 1 and tree.nodes[unit[0]].player != player
        )
        if len(group) > 1 and hidden:
            found.append((player, tuple(group)))
    return found


def label_senders(tree: Tree, strategy: Strategy, payoffs: NDArray[np.float64]) -> tuple[Sender, ...]:
    """Every sender of the game, and what its moves tell under the strategy; payoffs [terminal, player]."""
    return tuple(
        Sender(player, units, _signalling([strategy[k] for k in units]), _passes(tree, strategy, payoffs, units))
        for player, units in find_senders(tree)
    )


def _signalling(moves: Sequence[NDArray[np.float64]]) -> Signalling:
    table = np.array(moves)
    if np.ptp(table, axis=0).max() <= _SAME:
        return Signalling.POOLING
    return Signalling.SEPARATING if ((table > 0).sum(axis=0) <= 1).all() else Signalling.HYBRID


def _passes(tree: Tree, strategy: Strategy, payoffs: NDArray[np.float64], types: tuple[int, ...]) -> bool | None:
    """Whether the intuitive criterion holds; None where the game is not of the simple form."""
    units = tree.information.units
    if any(len(units[k]) > 1 for k in types):
        return None
    nodes = [units[k][0] for k in types]
    sender, values = tree.nodes[nodes[0]].player, find_values(tree, strategy, payoffs)
    slack = _LEAST * float(np.ptp(payoffs))
    for m in range(len(tree.nodes[nodes[0]].moves)):
        children = [tree.nodes[n].children[m] for n in nodes]
        if all(child < 0 for child in children):
            continue
        if not _is_simple(tree, children):
            return None
        if any(strategy[k][m] > 0 for k in types):
            continue
        ends = np.array([[~end for end in tree.nodes[child].children] for child in children])  # [type, reply]
        receiver = tree.nodes[children[0]].player
        if _fails(payoffs[ends, sender], payoffs[ends, receiver], values[nodes, sender], slack):
            return False
    return True


def _is_simple(tree: Tree, children: Sequence[int]) -> bool:
    """Whether the children are exactly one set whose moves end the game."""
    if any(child < 0 for child in children):
        return False
    unit = tree.information.units[tree.information.unit_of[children[0]]]
    return sorted(children) == sorted(unit) and all(end < 0 for n in unit for end in tree.nodes[n].children)


def _fails(gains: NDArray[np.float64], replies: NDArray[np.float64], now: NDArray[np.float64], slack: float) -> bool:
    """Whether a type would break from the equilibrium by a move that the others could not gain from.

    Args:
        gains: what the sender gets [type, reply].
        replies: what the receiver gets [type, reply].
        now: what the sender gets in equilibrium [type].
    """
    best = _best_replies(replies)
    left = [t for t in range(len(now)) if gains[t, best].max() >= now[t] - slack]
    if not left:
        return False
    among = _best_replies(replies[left])
    return any(gains[t, among].min() > now[t] + slack for t in left)


def _best_replies(replies: NDArray[np.float64]) -> list[int]:
    """Replies that are best for some belief about the types; replies [type, reply]."""
    from scipy.optimize import linprog  # seldom needed, and slow to load

    types, count = replies.shape
    found = []
    for reply in range(count):
        worse = np.delete(replies, reply, axis=1) - replies[:, [reply]]  # ≤ 0 on average where the reply is best
        solved = linprog(
            np.zeros(types),
            A_ub=worse.T if count > 1 else None,
            b_ub=np.zeros(count - 1) if count > 1 else None,
            A_eq=np.ones((1, types)),
            b_eq=[1.0],
            bounds=[(0, 1)] * types,
            method="highs",
        )
        if solved.status == 0:
            found.append(reply)
    return found
