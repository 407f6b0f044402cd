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
    billions = np.empty((len(own), len(scenario.actor_economies)))
    percent = np.empty_like(billions)
    for n, codes in enumerate(scenario.actor_economies.values()):
        at = scenario.world.positions(codes)
        billions[:, n] = change[:, at].sum(axis=1)[own]
        percent[:, n] = 100.0 * billions[:, n] / income[at].sum()
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

    A node that leads to none of them is gone; one with a single move left stays.
    """
    terminal = {int(t): n for n, t in enumerate(np.flatnonzero(kept))}
    alive = np.zeros(len(tree.nodes), dtype=bool)
    for n in range(len(tree.nodes) - 1, -1, -1):
        alive[n] = any(alive[c] if c >= 0 else ~c in terminal for c in tree.nodes[n].children)
    place = {int(n): m for m, n in enumerate(np.flatnonzero(alive))}
    nodes = []
    for n in place:
        node = tree.nodes[n]
        open_ = [m for m, c in enumerate(node.children) if (c in place if c >= 0 else ~c in terminal)]
        children = tuple(place[c] if (c := node.children[m]) >= 0 else ~terminal[~c] for m in open_)
        nodes.append(Node(node.player, node.label, tuple(node.moves[m] for m in open_), children))
    pruned = Tree(tree.players, tuple(nodes), tuple(tree.terminals[t] for t in terminal))
    return pruned, np.array(list(place), dtype=np.intp)
