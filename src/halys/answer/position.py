"""The game of a scenario as it stands at the reference: tree, payoffs, play, and where its decisions lie."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from halys.answer.payoffs import Payoffs, aggregate_welfare, make_payoffs, prune
from halys.answer.results import equilibrium_index
from halys.scenario import Scenario
from halys.scenario.schema import Focus
from halys.strategy import Play, Tree, solve_play

Array = NDArray[np.float64]

CHANCE_NAME = "chance"
"""What stands for the actor where chance moves."""


@dataclass(frozen=True, eq=False)
class Position:
    """A game at the reference values of its stakes.

    Attributes:
        tree: of the histories that have an equilibrium. stages: stage id of each node. lost: moves of each node that
            lead to none.
        rows: (terminal,) index of each terminal in `scenario.histories`.
        payoffs: by terminal. welfare_billion: ΔW (terminal, actor) in billion US dollars a year.
        income: (actor,) baseline final spending, billion US dollars a year. made: exposures (terminal, stake) by moves.
    """

    scenario: Scenario
    tree: Tree
    stages: tuple[str, ...]
    lost: tuple[tuple[str, ...], ...]
    rows: NDArray[np.intp]
    payoffs: Payoffs
    welfare_billion: Array
    income: Array
    made: Array

    @cached_property
    def actors(self) -> tuple[str, ...]:
        return tuple(self.scenario.file.actors)

    @cached_property
    def stakes(self) -> tuple[str, ...]:
        return tuple(self.scenario.file.stakes)

    @cached_property
    def play(self) -> Play:
        """Subgame-perfect play at the reference."""
        return solve_play(self.tree, self.payoffs.total())

    @property
    def focus(self) -> Focus | None:
        return self.scenario.file.focus

    @cached_property
    def focal_node(self) -> int | None:
        """Node of the decision that the answer is about: on the played path, else the first such node."""
        if self.focus is None:
            return None
        found = [n for n, stage in enumerate(self.stages) if stage == self.focus.stage]
        return next((n for n, _ in self.play.path if n in found), found[0] if found else None)

    def focal_node_of(self, terminal: int) -> int | None:
        """Node of the focal decision on the way to a terminal; `focal_node` where the decision does not come up."""
        found = self._focal_nodes[terminal]
        return self.focal_node if found is None else found

    @cached_property
    def _focal_nodes(self) -> tuple[int | None, ...]:
        """(terminal,) node of the focal decision on the way there."""
        nodes: list[int | None] = [None] * len(self.tree.nodes)
        ends: list[int | None] = [None] * len(self.tree.terminals)
        for n, node in enumerate(self.tree.nodes):
            here = n if self.focus is not None and self.stages[n] == self.focus.stage else nodes[n]
            for child in node.children:
                if child >= 0:
                    nodes[child] = here
                else:
                    ends[~child] = here
        return tuple(ends)

    def move_at(self, terminal: int, stage: str) -> str | None:
        """The move chosen at a stage in the history of a terminal; None where the stage did not come up."""
        return dict(self.scenario.histories[self.rows[terminal]].moves).get(stage)

    @cached_property
    def focal_moves(self) -> tuple[str | None, ...]:
        """(terminal,) the move at the focal stage."""
        assert self.focus is not None
        return tuple(self.move_at(t, self.focus.stage) for t in range(len(self.tree.terminals)))

    def crosses(self, move: str | None) -> bool:
        """Whether a focal move crosses the line."""
        return self.focus is not None and move in self.focus.line

    def end(self, place: int) -> int:
        """Terminal that play reaches from a place, by the most likely moves of chance."""
        return ~place if place < 0 else self.play.outcome[place]

    def child(self, node: int, move: str) -> int | None:
        """Place that a move of a node leads to; None where it is not open."""
        found = self.tree.nodes[node]
        return found.children[found.moves.index(move)] if move in found.moves else None

    def descend(self, place: int, stage: str) -> int | None:
        """The first node of a stage that play comes to from a place; None where it ends before."""
        while place >= 0 and self.stages[place] != stage:
            place = self.tree.nodes[place].children[self.play.choice[place]]
        return place if place >= 0 else None

    def label_of(self, stage: str, move: str) -> str:
        """A move in words."""
        return self.scenario.file.moves[stage][move].label

    def label_of_actor(self, stage: str) -> str:
        """The actor of a stage, or chance, in words."""
        return self.scenario.movers[stage]

    def actor_of(self, stage: str) -> str:
        """The actor of a stage; `chance` where nobody decides."""
        return next(s.actor or CHANCE_NAME for s in self.scenario.file.stages if s.id == stage)

    def mean(self, place: int, table: Array) -> Array:
        """What play from a place comes to on average, in a table over terminals."""
        lottery = ((~place, 1.0),) if place < 0 else self.play.lotteries[place]
        return np.asarray(sum(p * table[t] for t, p in lottery))

    def history(self, terminal: int) -> str:
        """Id of a terminal's history."""
        return self.tree.terminals[terminal]

    def after(self, terminal: int, stage: str) -> str:
        """The moves of a history after a stage, in words."""
        moves = list(self.scenario.histories[self.rows[terminal]].moves)
        names = [s for s, _ in moves]
        rest = moves[names.index(stage) + 1 :] if stage in names else moves
        return "; ".join(f"{self.label_of_actor(s)}: {self.label_of(s, m)}" for s, m in rest)

    def money(self, actor: int, percent: float) -> float | None:
        """Per cent of an actor's income in billion US dollars; None for an actor whose income is not known."""
        return percent / 100.0 * float(self.income[actor]) if self.income[actor] > 0 else None


def find_position(scenario: Scenario, data: xr.Dataset) -> Position:
    """The position that the results of a scenario lead to."""
    first = data.isel(closure=0)
    change = first["equivalent_variation"].transpose("equilibrium", "economy").values
    return locate(scenario, change, first["final_spending_baseline"].values, equilibrium_index(data))


def locate(scenario: Scenario, change: Array, income: Array, own: NDArray[np.intp]) -> Position:
    """The position at equivalent variations (equilibrium, economy) and baseline final spending (economy,), billions.

    Args:
        own: (history,) the equilibrium of each.
    """
    welfare, billions = aggregate_welfare(scenario, change, income, own)
    sizes = np.array([float(income[at].sum()) for at in scenario.actor_positions])
    return place(scenario, welfare, billions, sizes)


def place(scenario: Scenario, welfare: Array, billions: Array, income: Array) -> Position:
    """The position at ΔW (history, actor) in % and in billions; histories with NaN are left out."""
    kept = np.asarray(np.isfinite(welfare).all(axis=1))
    tree, stages = scenario.game
    pruned, nodes = prune(tree, kept)
    rows, made = np.array([scenario.row_of(id) for id in pruned.terminals], dtype=np.intp), scenario.exposures()
    payoffs = make_payoffs(scenario, welfare[rows], made[rows])
    found = tuple(stages[n] for n in nodes)
    lost = tuple(
        tuple(move for move in tree.nodes[n].moves if move not in node.moves)
        for n, node in zip(nodes, pruned.nodes, strict=True)
    )
    return Position(scenario, pruned, found, lost, rows, payoffs, billions[rows], income, made[rows])
