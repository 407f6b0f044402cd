"""Behaviour strategies: where they lead, what they are worth, and what a player could gain by another one.

A behaviour strategy profile σ is one array per unit h of `tree.information.units`: σ_h(m) ≥ 0 with sum 1, the
probability of each move, at all nodes of the set alike. At a unit of chance it is the probabilities of chance. From a
place on,

    P(n) = product of σ over the moves on the way to n,     V(n, ·) = Σ_m σ(m) V(child(n, m), ·),    V(~t, ·) = U(t, ·).

**Beliefs.** Leave out the moves of player i: P_i(n). With perfect recall all nodes of a set of i follow the same own
moves, so Bayes' rule gives b(n) = P_i(n) / Σ over n′ in h of P_i(n′) wherever the others' moves lead to h at all, also
where i itself would have to deviate. Elsewhere Bayes' rule is silent, and the belief is not a number (nan).

**Regret.** With perfect recall the best whole strategy against σ is found by dynamic programming over a player's own
sets [1, 2]: the value of move m at set h is what ends there, Σ P_i(t) U_i(t) over the terminals whose last own move it
is, plus the best values of the own sets that come next. Regret is the largest gain of one player over all whole
strategies; σ is a Nash equilibrium if and only if it is 0.

**Gap.** With beliefs b the gap of h is the gain of the best move over σ_h, both followed by σ: max_m q(h, m) − Σ σ(m)
q(h, m), q(h, m) = Σ over n in h of b(n) V(child(n, m), i). If beliefs at a player's later sets follow from those at the
earlier by Bayes' rule, a profile without a gap is sequentially rational in whole strategies as well [3].

References:
    1. Koller, D., Megiddo, N. and von Stengel, B. (1996). Efficient computation of equilibria for extensive two-person
       games. Games and Economic Behavior 14(2), 247-259.
    2. Kuhn, H. W. (1953). Extensive games and the problem of information. Contributions to the Theory of Games II.
    3. Hendon, E., Jacobsen, H. J. and Sloth, B. (1996). The one-shot-deviation principle for sequential rationality.
       Games and Economic Behavior 12(2), 274-282.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

from halys.errors import InputError
from halys.strategy.tree import Tree, number_array

Strategy: TypeAlias = tuple[NDArray[np.float64], ...]
"""For each unit of `tree.information.units` the probability of each move [move]; chance included."""

Beliefs: TypeAlias = tuple[NDArray[np.float64], ...]
"""For each unit how likely the player holds each of its nodes [node of the unit]; nan where no rule says so."""

_SUM = 1e-9  # how far probabilities may sum from 1


def check_strategy(tree: Tree, strategy: Sequence[ArrayLike]) -> Strategy:
    """The strategy as arrays.

    Args:
        strategy: one array [move] per unit; what it says of chance must be the tree's own probabilities.

    Raises:
        InputError: naming the unit whose array has another length or is no distribution.
    """
    units = tree.information.units
    if len(strategy) != len(units):
        raise InputError(f"strategy: {len(strategy)} arrays, but the tree has {len(units)} units. Give one for each.")
    arrays = []
    for k, (nodes, values) in enumerate(zip(units, strategy, strict=True)):
        node, array = tree.nodes[nodes[0]], number_array(values, f"strategy[{k}]")
        where = f"strategy[{k}], {tree.name(nodes[0])}"
        if array.shape != (len(node.moves),):
            raise InputError(f"{where}: shape {array.shape} for {len(node.moves)} moves. Give one probability each.")
        if not (np.isfinite(array).all() and (array >= 0).all() and abs(array.sum() - 1) <= _SUM):
            raise InputError(f"{where}: {array.tolist()} is no distribution. Give numbers ≥ 0 that sum to 1.")
        if node.chance and np.abs(array - node.probabilities).max() > _SUM:
            raise InputError(f"{where}: {array.tolist()}, but chance moves with {list(node.probabilities)}.")
        arrays.append(array)
    return tuple(arrays)


def uniform_strategy(tree: Tree) -> Strategy:
    """Every move of every player equally likely."""
    return tuple(
        np.array(node.probabilities) if node.chance else np.full(len(node.moves), 1 / len(node.moves))
        for node in (tree.nodes[unit[0]] for unit in tree.information.units)
    )


def find_reach(
    tree: Tree, strategy: Strategy, place: int | None = None, *, without: int | None = None
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """The probability of each node and of each terminal.

    Args:
        strategy: one array [move] per unit.
        place: where play starts; the root if None. Places that it does not lead to have probability 0.
        without: a player whose moves count as certain: P_i of the module.

    Returns:
        [node] and [terminal].
    """
    nodes, terminals = np.zeros(len(tree.nodes)), np.zeros(len(tree.terminals))
    start = tree.root if place is None else place
    if start < 0:
        terminals[~start] = 1.0
        return nodes, terminals
    nodes[start] = 1.0
    unit_of = tree.information.unit_of
    for n in range(start, len(tree.nodes)):
        if nodes[n] == 0.0:
            continue
        node, sigma = tree.nodes[n], strategy[unit_of[n]]
        for m, child in enumerate(node.children):
            probability = nodes[n] * (1.0 if node.player == without else sigma[m])
            if child >= 0:
                nodes[child] = probability
            else:
                terminals[~child] = probability
    return nodes, terminals


def find_values(tree: Tree, strategy: Strategy, payoffs: NDArray[np.float64]) -> NDArray[np.float64]:
    """V [node, player]: what everybody expects at each node, reached or not; payoffs [terminal, player]."""
    values = np.zeros((len(tree.nodes), len(tree.players)))
    unit_of = tree.information.unit_of
    for n in range(len(tree.nodes) - 1, -1, -1):
        values[n] = strategy[unit_of[n]] @ _following(tree, n, values, payoffs)
    return values


def _following(tree: Tree, n: int, values: NDArray[np.float64], payoffs: NDArray[np.float64]) -> NDArray[np.float64]:
    """What each move of a node is worth [move, player]."""
    return np.array([values[child] if child >= 0 else payoffs[~child] for child in tree.nodes[n].children])


def expected_payoffs(
    tree: Tree, strategy: Strategy, payoffs: NDArray[np.float64], place: int | None = None
) -> NDArray[np.float64]:
    """What each player expects [player] from a place on, the root if None."""
    return find_reach(tree, strategy, place)[1] @ payoffs


def find_beliefs(tree: Tree, strategy: Strategy) -> Beliefs:
    """Bayes' rule wherever the others' moves lead to a set, nan elsewhere; for chance 1."""
    by_player = [find_reach(tree, strategy, without=player)[0] for player in range(len(tree.players))]
    beliefs = []
    for unit in tree.information.units:
        player = tree.nodes[unit[0]].player
        if tree.nodes[unit[0]].chance:
            beliefs.append(np.ones(1))
            continue
        weights = by_player[player][list(unit)]
        total = weights.sum()
        beliefs.append(weights / total if total > 0 else np.full(len(unit), np.nan))
    return tuple(beliefs)


def move_values(
    tree: Tree, strategy: Strategy, beliefs: Beliefs, payoffs: NDArray[np.float64]
) -> tuple[NDArray[np.float64], ...]:
    """q: for each unit what each move [move] is worth to its player under the beliefs; for chance zeros."""
    values = find_values(tree, strategy, payoffs)
    found = []
    for k, unit in enumerate(tree.information.units):
        node = tree.nodes[unit[0]]
        if node.chance:
            found.append(np.zeros(len(node.moves)))
            continue
        worth = np.array([_following(tree, n, values, payoffs)[:, node.player] for n in unit])
        found.append(beliefs[k] @ worth)
    return tuple(found)


def find_gap(tree: Tree, strategy: Strategy, beliefs: Beliefs, payoffs: NDArray[np.float64]) -> float:
    """The largest gain at any set by another move there, ≥ 0, in the unit of the payoffs.

    Args:
        beliefs: one array per unit; sets whose belief is nan are left out.
        payoffs: [terminal, player].
    """
    gap = 0.0
    for sigma, values in zip(strategy, move_values(tree, strategy, beliefs, payoffs), strict=True):
        if np.isfinite(values).all():
            gap = max(gap, float(values.max() - sigma @ values))
    return gap


def find_best_reply(
    tree: Tree,
    strategy: Strategy,
    payoffs: NDArray[np.float64],
    player: int,
    place: int | None = None,
    stops: Mapping[int, float] | None = None,
) -> tuple[float, dict[int, NDArray[np.float64]]]:
    """The value of a player's best whole strategy against the others' from a place on.

    Args:
        place: where play starts; the root if None.
        stops: roots of inner subgames with the player's best value there, so that they are not gone through again.

    Returns:
        The value, and for each own unit what each move [move] is worth with best play after it, weighted by P_i.
    """
    start, stops = tree.root if place is None else place, stops or {}
    if start < 0:
        return float(payoffs[~start, player]), {}
    unit_of = tree.information.unit_of
    reach: dict[int, float] = {start: 1.0}
    last: dict[int, tuple[int, int] | None] = {start: None}  # last own move before a place: (unit, move)
    worth: dict[int, NDArray[np.float64]] = {}
    before: dict[int, tuple[int, int] | None] = {}
    total = 0.0
    for n in _piece(tree, start, stops):
        node, k, past = tree.nodes[n], unit_of[n], last[n]
        own = node.player == player
        if own and k not in worth:
            worth[k], before[k] = np.zeros(len(node.moves)), past
        for m, child in enumerate(node.children):
            probability = reach[n] * (1.0 if own else float(strategy[k][m]))
            now = (k, m) if own else past
            if child >= 0 and child not in stops:
                reach[child], last[child] = probability, now
                continue
            value = probability * (stops[child] if child >= 0 else float(payoffs[~child, player]))
            if now is None:
                total += value
            else:
                worth[now[0]][now[1]] += value
    # Sets were met parents first, so that in reverse each is complete before it counts for the one before it.
    for k in reversed(worth):
        earlier, best = before[k], float(worth[k].max())
        if earlier is None:
            total += best
        else:
            worth[earlier[0]][earlier[1]] += best
    return total, worth


def _piece(tree: Tree, start: int, stops: Collection[int]) -> list[int]:
    """Nodes from a node on that are not behind a stop, parents first."""
    found, waiting = [], [start]
    while waiting:
        n = waiting.pop()
        found.append(n)
        waiting += [child for child in tree.nodes[n].children if child >= 0 and child not in stops]
    return sorted(found)


def find_regret(tree: Tree, strategy: Strategy, payoffs: NDArray[np.float64], roots: Sequence[int] = ()) -> float:
    """The most that one player gains by another whole strategy, ≥ 0, in the unit of the payoffs.

    Args:
        strategy: one array [move] per unit.
        payoffs: [terminal, player].
        roots: nodes at which subgames start: the gain counts from each of them too, not only from the root.
    """
    values, most = find_values(tree, strategy, payoffs), 0.0
    if not tree.nodes:
        return most
    best: list[dict[int, float]] = [{} for _ in tree.players]
    for root in sorted({0, *roots}, reverse=True):
        for player, stops in enumerate(best):
            stops[root] = find_best_reply(tree, strategy, payoffs, player, root, stops)[0]
            most = max(most, stops[root] - float(values[root, player]))
    return most
