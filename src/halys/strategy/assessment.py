"""Beliefs that make a strategy profile sequentially rational: which exist, and their range.

Where the others' moves lead to a set, Bayes' rule gives the belief (`halys.strategy.behaviour`). Elsewhere any belief b
over the nodes of the set is admissible that keeps to two rules, both of which sequential equilibrium [1] implies:

1. *No signalling of what one does not know* [2]. The ways to nodes n and n′ share some decisions; take the others. If
all of    them have positive probability on both ways, b(n) : b(n′) is the ratio of these probabilities (chance
included), since only    the shared decisions can be mistakes. If that is so for n only, b(n′) = 0. 2. *Bayes' rule from
beliefs.* If the player's belief at an own set before, with the others' strategies, leads here, it decides    the belief
here.

For one player let y(n) ≥ 0 be the belief, not yet divided by its sum. All rules are linear and homogeneous in y, and so
is rationality at the set: for each move m with σ(m) > 0 and each move m′,

    Σ over n of y(n) (V(child(n, m), i) − V(child(n, m′), i)) ≥ 0.

So a linear programme decides for each first off-path set, with the sets that its belief decides, whether a belief
exists, and gives the least and the largest probability of each node.

References:
    1. Kreps, D. M. and Wilson, R. (1982). Sequential equilibria. Econometrica 50(4), 863-894.
    2. Fudenberg, D. and Tirole, J. (1991). Perfect Bayesian equilibrium and sequential equilibrium. Journal of Economic
       Theory 53(2), 236-260.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from halys.strategy.behaviour import Beliefs, Strategy, find_beliefs, find_values, move_values
from halys.strategy.tree import Tree

_SLACK = 1e-9  # of rationality, in shares of the spread of the payoffs
_MASS = 1e-7  # less belief than this is none


@dataclass(frozen=True, eq=False)
class Assessment:
    """Beliefs that support a strategy."""

    beliefs: Beliefs
    """For each unit [node of the unit]; off the path a point amid the admissible ones."""
    ranges: tuple[NDArray[np.float64], ...]
    """For each unit the least and the largest admissible belief [2, node of the unit]."""


@dataclass(frozen=True)
class _Ways:
    """How each node is reached."""

    decisions: list[frozenset[tuple[int, int]]]
    """Moves of players on the way: (unit, move)."""
    chance: list[float]
    """Probability of the moves of chance on the way."""
    own: list[tuple[int, int] | None]
    """The last node on the way that is the same player's, and the player's move there."""


@dataclass
class _Block:
    """An off-path set and those whose beliefs it decides; y of the first set is the unknown."""

    maps: dict[int, NDArray[np.float64]]
    """For each unit [node of the unit, unknown]."""


def find_assessment(
    tree: Tree, strategy: Strategy, payoffs: NDArray[np.float64], tie_tolerance: float
) -> Assessment | None:
    """Beliefs that make the strategy sequentially rational, or None if there are none.

    Args:
        strategy: one array [move] per unit.
        payoffs: [terminal, player].
        tie_tolerance: moves this close to the best count as best, in the unit of the payoffs.
    """
    tolerance = max(tie_tolerance, _SLACK * float(np.ptp(payoffs)))
    beliefs = list(find_beliefs(tree, strategy))
    for sigma, worth in zip(strategy, move_values(tree, strategy, tuple(beliefs), payoffs), strict=True):
        if np.isfinite(worth).all() and worth.max() - worth[sigma > 0].min() > tolerance:
            return None
    ranges = [np.array([belief, belief]) for belief in beliefs]
    ways, values = _find_ways(tree), find_values(tree, strategy, payoffs)
    open_units = {k for k, belief in enumerate(beliefs) if np.isnan(belief).any()}
    # Sets come after the own sets before them; a set that its block gives no belief starts a block of its own.
    for k in sorted(open_units, key=lambda unit: tree.information.units[unit][0]):
        if not np.isnan(beliefs[k]).any():
            continue
        block = _find_block(tree, strategy, ways, k, [j for j in open_units if np.isnan(beliefs[j]).any()])
        solved = _solve_block(tree, strategy, ways, values, payoffs, block, tolerance)
        if solved is None:
            return None
        for unit, (belief, range_) in solved.items():
            beliefs[unit], ranges[unit] = belief, range_
    return Assessment(tuple(beliefs), tuple(ranges))


def _find_ways(tree: Tree) -> _Ways:
    count = len(tree.nodes)
    decisions: list[frozenset[tuple[int, int]]] = [frozenset()] * count
    chance = [1.0] * count
    last: list[dict[int, tuple[int, int]]] = [{} for _ in range(count)]
    for n, node in enumerate(tree.nodes):
        for m, child in enumerate(node.children):
            if child >= 0:
                step = (tree.information.unit_of[n], m)
                decisions[child] = decisions[n] if node.chance else decisions[n] | {step}
                chance[child] = chance[n] * (node.probabilities[m] if node.chance else 1.0)
                last[child] = last[n] if node.chance else {**last[n], node.player: (n, m)}
    return _Ways(decisions, chance, [last[n].get(node.player) for n, node in enumerate(tree.nodes)])


def _find_block(tree: Tree, strategy: Strategy, ways: _Ways, first: int, open_units: list[int]) -> _Block:
    """The sets that the belief at a first set decides, with the map from its y to theirs."""
    units, unit_of = tree.information.units, tree.information.unit_of
    player = tree.nodes[units[first][0]].player
    maps = {first: np.eye(len(units[first]))}
    for k in sorted(open_units, key=lambda unit: units[unit][0]):
        before = ways.own[units[k][0]]
        if k == first or tree.nodes[units[k][0]].player != player or before is None or unit_of[before[0]] not in maps:
            continue
        source = unit_of[before[0]]
        step = np.zeros((len(units[k]), len(units[source])))
        for row, n in enumerate(units[k]):
            at = ways.own[n]
            assert at is not None, "nodes of one set have the same own moves before them"
            between = ways.decisions[n] - ways.decisions[at[0]] - {(source, at[1])}
            chance = ways.chance[n] / ways.chance[at[0]]
            step[row, units[source].index(at[0])] = chance * _product(strategy, between)
        if step.any():
            maps[k] = step @ maps[source]
    return _Block(maps)


def _product(strategy: Strategy, decisions: frozenset[tuple[int, int]]) -> float:
    return float(np.prod([strategy[k][m] for k, m in decisions]))


def _solve_block(
    tree: Tree,
    strategy: Strategy,
    ways: _Ways,
    values: NDArray[np.float64],
    payoffs: NDArray[np.float64],
    block: _Block,
    tolerance: float,
) -> dict[int, tuple[NDArray[np.float64], NDArray[np.float64]]] | None:
    """For each unit of the block that gets a belief that belief and its range; None if no belief is rational."""
    equal = [row @ block.maps[k] for k in block.maps for row in _ratio_rows(tree, strategy, ways, k)]
    gains = [row @ block.maps[k] for k in block.maps for row in _gain_rows(tree, strategy, values, payoffs, k)]
    size = next(iter(block.maps.values())).shape[1]
    ends: dict[int, list[NDArray[np.float64]]] = {}
    for k, map_ in block.maps.items():
        weights = map_.sum(axis=0)
        for row in map_:
            for sign in (1.0, -1.0):
                end = _programme(sign * row, equal, gains, weights, size, tolerance)
                if end is not None:
                    ends.setdefault(k, []).append(end)
        if not ends:
            return None
    # A point amid the admissible ones: the mean of all ends that were met.
    every = [y / y.sum() for found in ends.values() for y in found if y.sum() > 0]
    middle = np.mean(every, axis=0)
    solved = {}
    for k, found in ends.items():
        mass = block.maps[k] @ middle
        if mass.sum() > _MASS:
            shares = np.array([block.maps[k] @ y / (block.maps[k] @ y).sum() for y in found])
            solved[k] = (mass / mass.sum(), np.array([shares.min(axis=0), shares.max(axis=0)]))
    return solved


def _ratio_rows(tree: Tree, strategy: Strategy, ways: _Ways, k: int) -> list[NDArray[np.float64]]:
    """Rows a with a · y = 0: the first rule."""
    unit, rows = tree.information.units[k], []
    for i, n in enumerate(unit):
        for j in range(i + 1, len(unit)):
            other = unit[j]
            here = ways.chance[n] * _product(strategy, ways.decisions[n] - ways.decisions[other])
            there = ways.chance[other] * _product(strategy, ways.decisions[other] - ways.decisions[n])
            if here or there:
                row = np.zeros(len(unit))
                row[i], row[j] = there / max(here, there), -here / max(here, there)
                rows.append(row)
    return rows


def _gain_rows(
    tree: Tree, strategy: Strategy, values: NDArray[np.float64], payoffs: NDArray[np.float64], k: int
) -> list[NDArray[np.float64]]:
    """Rows a with a · y ≥ 0: what each move that is made is worth more than each other."""
    unit = tree.information.units[k]
    player = tree.nodes[unit[0]].player
    worth = np.array(
        [
            [values[child, player] if child >= 0 else payoffs[~child, player] for child in tree.nodes[n].children]
            for n in unit
        ]
    )
    made = np.flatnonzero(strategy[k] > 0)
    return [worth[:, m] - worth[:, other] for m in made for other in range(worth.shape[1]) if other != m]


def _programme(
    objective: NDArray[np.float64],
    equal: list[NDArray[np.float64]],
    gains: list[NDArray[np.float64]],
    weights: NDArray[np.float64],
    size: int,
    tolerance: float,
) -> NDArray[np.float64] | None:
    """y ≥ 0 with weights · y = 1 that is admissible and makes the objective least; None if there is none."""
    from scipy.optimize import linprog  # seldom needed, and slow to load

    scale = max((float(np.abs(row).max()) for row in gains), default=0.0) or 1.0
    found = linprog(
        objective,
        A_ub=-np.array(gains) / scale if gains else None,
        b_ub=np.full(len(gains), tolerance / scale) if gains else None,
        A_eq=np.array([*equal, weights]),
        b_eq=np.append(np.zeros(len(equal)), 1.0),
        bounds=[(0, None)] * size,
        method="highs",
        options={"primal_feasibility_tolerance": 1e-10, "dual_feasibility_tolerance": 1e-10},
    )
    return np.clip(found.x, 0.0, None) if found.status == 0 and found.x is not None else None
