"""Payoffs of a scenario's game: real income from the results, political stakes from the file.

    U_i(h) = ΔW_i(h) + Σ_k v_ik · exposure_k(h)        in % of i's own baseline final spending a year

Stakes declared `once` enter at their yearly equivalent. Histories without an equilibrium are not part of the game.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from halys.answer.results import equilibrium_index
from halys.measures import value_of
from halys.scenario import Scenario
from halys.strategy import Node, Tree

Array = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Payoffs:
    """Payoffs of every history for every actor, open to other values of the stakes.

    Attributes:
        welfare: ΔW (..., history, actor), % of own baseline final spending.
        exposure: (..., history, stake), in [-1, 1].
        owner: (stake,) index of the actor whose stake it is.
        value, low, high: (stake,) yearly equivalent, % of the owner's baseline final spending.
    """

    welfare: Array
    exposure: Array
    owner: NDArray[np.intp]
    value: Array
    low: Array
    high: Array

    def total(self, value: Array | None = None) -> Array:
        """U (history, actor) at stakes (..., stake), default the reference values; leading axes are kept."""
        value = self.value if value is None else value
        shape = np.broadcast_shapes(value.shape[:-1], self.welfare.shape[:-2])
        total = np.array(np.broadcast_to(self.welfare, (*shape, *self.welfare.shape[-2:])))
        for k, owner in enumerate(self.owner):
            total[..., owner] += value[..., k, None] * self.exposure[..., k]
        return total

    def along(self, stake: int) -> tuple[Array, Array]:
        """U = constant + s · slope in one stake's value s, the others at their reference: two (history, actor)."""
        slope = np.zeros_like(self.welfare)
        slope[:, self.owner[stake]] = self.exposure[:, stake]
        value = self.value.copy()
        value[stake] = 0.0
        return self.total(value), slope

    def rows(self, kept: NDArray[np.intp]) -> Payoffs:
        """Those of some histories alone."""
        return replace(self, welfare=self.welfare[..., kept, :], exposure=self.exposure[..., kept, :])


def find_welfare(scenario: Scenario, data: xr.Dataset) -> tuple[Array, Array]:
    """ΔW under the first closure in % and in billion US dollars (history, actor); NaN without an equilibrium."""
    first = data.isel(closure=0)
    change = first["equivalent_variation"].transpose("equilibrium", "economy").values
    return aggregate_welfare(scenario, change, first["final_spending_baseline"].values, equilibrium_index(data))


def aggregate_welfare(scenario: Scenario, change: Array, income: Array, own: NDArray[np.intp]) -> tuple[Array, Array]:
    """Sums over actors: from billions (equilibrium, economy) and (economy,) to % and billions (history, actor)."""
    billions = np.empty((len(own), len(scenario.file.actors)))
    percent = np.empty_like(billions)
    for n, at in enumerate(scenario.actor_positions):
        billions[:, n] = change[:, at].sum(axis=1)[own]
        # An actor without an economy neither gains nor loses; where there is no equilibrium, that is unknown too.
        percent[:, n] = 100.0 * billions[:, n] / income[at].sum() if len(at) else 0.0 * change[own, 0]
    return percent, billions


def make_payoffs(scenario: Scenario, welfare: Array, made: Array) -> Payoffs:
    """Payoffs from ΔW in % and the stakes of the file.

    Args:
        welfare: (..., history, actor), of any of the histories. made: exposures (history, stake) by moves, of the same.
    """
    file, actors = scenario.file, list(scenario.file.actors)
    exposure = np.array(np.broadcast_to(made, (*welfare.shape[:-1], made.shape[-1])))
    for k, stake in enumerate(file.stakes.values()):
        if stake.outcome is not None:
            exposure[..., k] += -welfare[..., actors.index(stake.outcome.loss_of)] / value_of(stake.outcome.percent)
    s = scenario.stakes
    return Payoffs(welfare, np.clip(exposure, -1.0, 1.0), s.actor, s.value, s.low, s.high)


def prune(tree: Tree, kept: NDArray[np.bool_]) -> tuple[Tree, NDArray[np.intp]]:
    """The tree of the terminals kept, and for each of its nodes the node of `tree` that it was.

    A node that leads to none of them is gone; one with a single move left stays. A move that is lost at one node of an
    information set is lost at all of them, since the player could not tell where it may be chosen. What chance can no
    longer do makes the rest as much more likely. The terminals of the tree that is left may be fewer than those kept.
    """
    if kept.all():
        return tree, np.arange(len(tree.nodes))
    open_ = _open_moves(tree, kept)
    nodes: dict[int, int] = {}
    ends: dict[int, int] = {}
    waiting = [0] if tree.nodes and open_[0] else []
    while waiting:  # depth first in order, as the nodes and terminals of the tree are
        n = waiting.pop()
        nodes[n] = len(nodes)
        waiting += reversed([c for m in open_[n] if (c := tree.nodes[n].children[m]) >= 0])
    order = sorted(nodes)
    nodes = {n: m for m, n in enumerate(order)}
    for t in sorted(~c for n in order for m in open_[n] if (c := tree.nodes[n].children[m]) < 0):
        ends[t] = len(ends)
    if not tree.nodes and kept.any():
        ends = {int(t): n for n, t in enumerate(np.flatnonzero(kept))}
    made = []
    for n in order:
        node, left = tree.nodes[n], open_[n]
        children = tuple(nodes[c] if (c := node.children[m]) >= 0 else ~ends[~c] for m in left)
        total = sum(node.probabilities[m] for m in left) if node.chance else 1.0
        odds = tuple(node.probabilities[m] / total for m in left) if node.chance else ()
        moves = tuple(node.moves[m] for m in left)
        made.append(Node(node.player, node.label, moves, children, odds, node.information))
    return Tree(tree.players, tuple(made), tuple(tree.terminals[t] for t in ends)), np.array(order, dtype=np.intp)


def _open_moves(tree: Tree, kept: NDArray[np.bool_]) -> list[list[int]]:
    """For each node the moves that lead to a terminal kept; those of an information set agree."""
    shut: set[tuple[int, int]] = set()
    while True:
        found: list[list[int]] = [[] for _ in tree.nodes]
        for n in range(len(tree.nodes) - 1, -1, -1):
            for m, c in enumerate(tree.nodes[n].children):
                if (n, m) not in shut and (found[c] if c >= 0 else kept[~c]):
                    found[n].append(m)
        more = set()
        for unit in tree.information.units:
            alive = [n for n in unit if found[n]]
            common = set.intersection(*(set(found[n]) for n in alive)) if alive else set()
            more |= {(n, m) for n in alive for m in found[n] if m not in common}
        if not more:
            return found
        shut |= more
