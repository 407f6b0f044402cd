"""Observed choices as prospects: which decision it was, what its actor believed, what each move then brings.

A decision is found by the earlier moves that the observation names, and by play where it names none. At each later node
the believed distribution is the one stated, or that of subgame-perfect play at the reference values; nodes of the actor
itself are left open, as parts of its plan, unless a belief is stated for their stage too.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from halys.answer.position import Position
from halys.scenario.observed_checks import Stated, belief_at, probability_range
from halys.scenario.observed_schema import Observation
from halys.strategy.bounds import Choice
from halys.strategy.prospects import find_prospects, mix_prospects, simplex_vertices

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Unused:
    """An observation that cannot be used, and why."""

    id: str
    reason: str


@dataclass(frozen=True, eq=False)
class Seen:
    """An observed choice in the game of a position.

    Attributes:
        player: whose choice; index of the actor. stakes: (stake,) indices of the player's own stakes.
        node: where it was made. moves: the move made, then its alternatives. lost: moves that lead to no equilibrium.
        stated: at the values of the stated beliefs. ranged: over their ranges.
        certain: whether these are the same. assumed: later stages of others of which nothing was stated, so that play
            at the reference stands for what was believed; of these only those that may come up.
    """

    id: str
    observation: Observation
    player: int
    stakes: tuple[int, ...]
    node: int
    moves: tuple[str, ...]
    lost: tuple[str, ...]
    stated: Choice
    ranged: Choice
    certain: bool
    assumed: tuple[str, ...]


def find_seen(position: Position, id: str) -> Seen | Unused:
    """An observation of the scenario as a choice in its game.

    Raises:
        InputError: its plans and beliefs are too many.
    """
    observation = position.scenario.file.observed[id]
    node = _find_node(position, observation)
    if isinstance(node, str):
        return Unused(id, node)
    open_, lost = position.tree.nodes[node].moves, position.lost[node]
    if observation.move in lost:
        return Unused(id, f"“{position.label_of(observation.stage, observation.move)}” leads to no equilibrium.")
    moves = (observation.move, *(m for m in open_ if m != observation.move and m not in observation.excludes))
    if len(moves) < 2:
        return Unused(id, "no other move is open there, so that the choice tells nothing.")
    believed = _Believed(position, observation, node)
    if believed.fault:
        return Unused(id, believed.fault)
    kept = tuple(move for move in lost if move not in observation.excludes)
    stated, ranged = (believed.choice(moves, ranges) for ranges in (False, True))
    certain = not any(len(vertices) > 1 for vertices in believed.reached(moves))
    assumed = believed.assumed(moves)
    return Seen(id, observation, believed.player, believed.own, node, moves, kept, stated, ranged, certain, assumed)


def _find_node(position: Position, observation: Observation) -> int | str:
    """The node of the decision, or why there is none."""
    place, met = position.tree.root, set[str]()
    while place >= 0 and position.stages[place] != observation.stage:
        stage, named = position.stages[place], observation.after.get(position.stages[place])
        met.add(stage)
        child = position.play.choice[place] if named is None else _index(position, place, named)
        if child is None:
            return f"after {position.tree.nodes[place].label or 'the start'} the move {stage}={named} is not open."
        place = position.tree.nodes[place].children[child]
    named_too = [stage for stage in observation.after if stage not in met]
    if place < 0:
        end = position.history(~place)
        return f"play does not come to {observation.stage!r} after these moves: it ends at {end}. Name more in `after`."
    if named_too:
        return f"{named_too[0]!r} does not come up on the way, {position.tree.nodes[place].label}. Correct `after`."
    return place


def _index(position: Position, node: int, move: str) -> int | None:
    moves = position.tree.nodes[node].moves
    return moves.index(move) if move in moves else None


class _Believed:
    """What the actor of an observation believed at every node after the decision.

    Attributes:
        values, ranges: by node, vertices (vertex, move) at the stated values and over the ranges; None where the actor
            plans, and at nodes that are not after the decision. fault: why they cannot be used; empty where they can.
    """

    def __init__(self, position: Position, observation: Observation, node: int) -> None:
        tree = position.tree
        self.position, self.observation, self.node, self.player = position, observation, node, tree.nodes[node].player
        self.own = tuple(int(k) for k in np.flatnonzero(position.payoffs.owner == self.player))
        self.unit = tree.information.unit_of[node]
        self.values: list[Array | None] = [None] * len(tree.nodes)
        self.ranges: list[Array | None] = [None] * len(tree.nodes)
        self.fault = ""
        nodes = tree.information.units[self.unit]
        for n in tree.below(*(child for at in nodes for child in tree.nodes[at].children)):
            found = self._at(n)
            if found is not None:
                self.values[n], self.ranges[n] = found

    @cached_property
    def points(self) -> Array:
        """[terminal, 1 + own stake] ΔW and exposures."""
        payoffs = self.position.payoffs
        return np.column_stack([payoffs.welfare[:, self.player], payoffs.exposure[:, list(self.own)]])

    def choice(self, moves: tuple[str, ...], ranges: bool) -> Choice:
        """The prospects of the moves at the information set of the decision."""
        tree, beliefs = self.position.tree, self.ranges if ranges else self.values
        nodes, weights = tree.information.units[self.unit], np.array(tree.information.beliefs[self.unit])

        def children(move: str) -> list[int]:
            return [tree.nodes[n].children[tree.nodes[n].moves.index(move)] for n in nodes]

        made = [find_prospects(tree, place, self.points, beliefs, "plan") for place in children(moves[0])]
        others = [
            mix_prospects(weights, [find_prospects(tree, c, self.points, beliefs, "belief") for c in children(move)])
            for move in moves[1:]
        ]
        return Choice(mix_prospects(weights, made), tuple(others))

    def reached(self, moves: tuple[str, ...]) -> list[Array]:
        """The believed distributions of all nodes that may follow one of the moves."""
        return [vertices for n in self._after(moves) if (vertices := self.ranges[n]) is not None]

    def assumed(self, moves: tuple[str, ...]) -> tuple[str, ...]:
        """Stages of others that may follow and of which nothing was stated."""
        tree, stages = self.position.tree, self.position.stages
        found = [
            stages[n]
            for n in self._after(moves)
            if self.ranges[n] is not None and not tree.nodes[n].chance and self._word(n) == "play"
        ]
        return tuple(dict.fromkeys(stage for stage in found if len(self._moves_of(stage)) > 1))

    def _moves_of(self, stage: str) -> Mapping[str, object]:
        return self.position.scenario.file.moves[stage]

    def _after(self, moves: tuple[str, ...]) -> list[int]:
        """Nodes after one of the moves that some admissible belief holds possible."""
        tree = self.position.tree
        nodes = [tree.nodes[n] for n in tree.information.units[self.unit]]
        start = [c for node in nodes for m, c in zip(node.moves, node.children, strict=True) if m in moves]
        waiting, found = [place for place in start if place >= 0], list[int]()
        while waiting:
            n = waiting.pop()
            found.append(n)
            vertices = self.ranges[n]
            for m, child in enumerate(tree.nodes[n].children):
                if child >= 0 and (vertices is None or vertices[:, m].max() > 0):
                    waiting.append(child)
        return sorted(found)

    @cached_property
    def _paths(self) -> list[dict[str, str]]:
        """[node] the moves that lead there, by stage."""
        tree = self.position.tree
        found: list[dict[str, str]] = [{} for _ in tree.nodes]
        for n, node in enumerate(tree.nodes):
            for move, child in zip(node.moves, node.children, strict=True):
                if child >= 0:
                    found[child] = {**found[n], self.position.stages[n]: move}
        return found

    def _word(self, n: int) -> str | Stated:
        return belief_at(self.observation, self.position.stages[n], self._paths[n])

    def _at(self, n: int) -> tuple[Array, Array] | None:
        """Vertices (vertex, move) at the stated values and over the ranges; None where the actor plans."""
        node = self.position.tree.nodes[n]
        if node.player == self.player and self.position.stages[n] not in self.observation.beliefs:
            self._refuse_hidden(n)
            return None
        word = self._word(n)
        if not isinstance(word, str):
            return self._stated(n, word)
        odds = np.array(node.probabilities) if node.chance else np.eye(len(node.moves))[self.position.play.choice[n]]
        return odds[None], np.eye(len(node.moves)) if word == "any" else odds[None]

    def _stated(self, n: int, moves: Stated) -> tuple[Array, Array] | None:
        node, lost = self.position.tree.nodes[n], self.position.lost[n]
        ends = np.array([probability_range(moves, move) for move in node.moves])
        gone = [move for move in lost if probability_range(moves, move)[2] > 0]
        if gone:
            self.fault = (
                f"{self.position.stages[n]}={gone[0]} was believed possible, and leads to no equilibrium after "
                f"{node.label}."
            )
            return np.full((1, len(node.moves)), 1 / len(node.moves)), np.full(
                (1, len(node.moves)), 1 / len(node.moves)
            )
        return ends[None, :, 0], simplex_vertices(ends[:, 1], ends[:, 2])

    def _refuse_hidden(self, n: int) -> None:
        """A plan makes one move at all nodes of a set; plans are made node by node here."""
        information = self.position.tree.information
        if len(information.units[information.unit_of[n]]) > 1:
            stage = self.position.stages[n]
            self.fault = (
                f"at its own later stage {stage!r} the actor does not see all moves before. State under `beliefs` what "
                f"it then does: {stage}: play, or the probability of each move."
            )
