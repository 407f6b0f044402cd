"""The game tree: a finite game in extensive form, with chance moves and information sets.

A game has players i = 0..P−1, nodes n = 0..N−1 and terminals t = 0..T−1. Every node is a decision of one player, or
chance (`CHANCE`) with a probability for each of its moves; a move leads to a later node or to a terminal. A *place* is
either: a node n ≥ 0, or a terminal t written as ~t = −t − 1 < 0. Payoffs are arrays `[terminal, player]` in the unit of
the caller.

Nodes of one player that bear the same `information` are one information set: the player knows to be at one of them and
not at which, and chooses one move for all. A node without is a set of its own. Players remember what they knew and did
(perfect recall [1, definition 203.3]): all nodes of a set have the same own sets and moves before them.

References:
    1. Osborne, M. J. and Rubinstein, A. (1994). A Course in Game Theory. MIT Press. Sections 6.1, 11.1.
    2. Kuhn, H. W. (1953). Extensive games and the problem of information. Contributions to the Theory of Games II.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import ArrayLike, NDArray

from halys.errors import InputError
from halys.strategy.information import Information, Unit, check_information, find_information

CHANCE = -1
"""The `player` of a node at which chance moves."""

_SUM = 1e-9  # how far probabilities may sum from 1


@dataclass(frozen=True, slots=True)
class Node:
    """One decision: whose it is, its moves in order (milder first: ties go to the first) and where each leads."""

    player: int
    """Index into `Tree.players`, or `CHANCE`."""
    label: str
    """The decision in words; need not be unique."""
    moves: tuple[str, ...]
    """Names of the moves, unique at this node."""
    children: tuple[int, ...]
    """Place that each move leads to: a later node n ≥ 0, or terminal t as ~t."""
    probabilities: tuple[float, ...] = ()
    """Of chance alone: that of each move, greater than 0; they sum to 1."""
    information: str = ""
    """Name of the player's information set; empty for a node that the player tells from all others."""

    @property
    def chance(self) -> bool:
        """Whether chance moves here."""
        return self.player == CHANCE


@dataclass(frozen=True)
class Tree:
    """A game without its payoffs. Node 0 is the root; a tree without nodes has one terminal and nothing to decide.

    Raises:
        InputError: naming the node or terminal at fault, if the parts are not a tree in which children come later.
    """

    players: tuple[str, ...]
    """Names of the players, unique."""
    nodes: tuple[Node, ...]
    """Decisions, every child after its parent."""
    terminals: tuple[str, ...]
    """Ids of the terminals, unique."""

    def __post_init__(self) -> None:
        _check_unique("player", self.players)
        _check_unique("terminal", self.terminals)
        for n, node in enumerate(self.nodes):
            self._check_node(n, node)
        self._check_reached()
        check_information(self)

    @property
    def root(self) -> int:
        """Place where the game starts: node 0, or ~0 if there is nothing to decide."""
        return 0 if self.nodes else ~0

    @cached_property
    def information(self) -> Information:
        """Its information sets, and whether chance alone decides beliefs."""
        return find_information(self)

    @cached_property
    def has_chance(self) -> bool:
        """Whether chance moves anywhere."""
        return any(node.chance for node in self.nodes)

    def name(self, place: int) -> str:
        """A place in words, for messages."""
        return f"terminal {self.terminals[~place]!r}" if place < 0 else f"node {place} ({self.nodes[place].label!r})"

    def check_place(self, place: int, what: str = "place") -> None:
        """Refuse a place that the tree does not have."""
        if not -len(self.terminals) <= place < len(self.nodes):
            raise InputError(
                f"{what}: {place} is no place of the tree. Give a node 0..{len(self.nodes) - 1}, or a terminal t as ~t "
                f"with t in 0..{len(self.terminals) - 1}."
            )

    def check_player(self, player: int, what: str = "player") -> None:
        """Refuse a player index that the tree does not have."""
        if not 0 <= player < len(self.players):
            raise InputError(f"{what}: {player} is no player. Give 0..{len(self.players) - 1}.")

    def below(self, *places: int) -> list[int]:
        """Nodes of the subtrees at the places, in increasing order: parents before children."""
        found: set[int] = set()
        waiting = [place for place in places if place >= 0]
        while waiting:
            n = waiting.pop()
            if n not in found:
                found.add(n)
                waiting += [child for child in self.nodes[n].children if child >= 0]
        return sorted(found)

    @cached_property
    def _parents(self) -> tuple[tuple[int, int], ...]:
        """For each node the node before it and the move that leads there; (−1, 0) for the root."""
        found = [(-1, 0)] * len(self.nodes)
        for n, node in enumerate(self.nodes):
            for m, child in enumerate(node.children):
                if child >= 0:
                    found[child] = (n, m)
        return tuple(found)

    def way_to(self, n: int) -> list[tuple[int, int]]:
        """The (node, move) that lead from the root to a node, in order."""
        way = []
        while (before := self._parents[n])[0] >= 0:
            way.append(before)
            n = before[0]
        return way[::-1]

    def units_below(self, *places: int) -> list[Unit]:
        """Units that play from the places hangs on, each before those that it leads to.

        Beside the subtrees these are the sets that reach into them, and what follows there.
        """
        units, unit_of = self.information.units, self.information.unit_of
        found: set[int] = set()
        waiting = [unit_of[n] for n in self.below(*places)]
        while waiting:
            k = waiting.pop()
            if k not in found:
                found.add(k)
                if len(units[k]) > 1:
                    waiting += [unit_of[n] for n in self.below(*units[k])]
        return [units[k] for k in sorted(found)]

    def _check_node(self, n: int, node: Node) -> None:
        where = f"node {n} ({node.label!r})"
        if not node.chance and not 0 <= node.player < len(self.players):
            raise InputError(f"{where}: player {node.player} is out of range. Give 0..{len(self.players) - 1}.")
        _check_chance(where, node)
        if not node.moves:
            raise InputError(f"{where}: it has no moves. Give at least one, or make it a terminal.")
        if len(set(node.moves)) != len(node.moves):
            raise InputError(
                f"{where}: move {_repeated(node.moves)!r} is there twice. Names of moves differ at a node."
            )
        if len(node.moves) != len(node.children):
            raise InputError(
                f"{where}: {len(node.moves)} moves but {len(node.children)} children. Give one child per move."
            )
        for move, child in zip(node.moves, node.children, strict=True):
            if not -len(self.terminals) <= child < len(self.nodes):
                raise InputError(
                    f"{where}: move {move!r} leads to {child}, which is out of range. Give a later node up to "
                    f"{len(self.nodes) - 1}, or a terminal t as ~t with t in 0..{len(self.terminals) - 1}."
                )
            if 0 <= child <= n:
                raise InputError(
                    f"{where}: move {move!r} leads to node {child}, which is not later. List every node after the one "
                    "that leads to it."
                )

    def _check_reached(self) -> None:
        times_node, times_terminal = [0] * len(self.nodes), [0] * len(self.terminals)
        for node in self.nodes:
            for child in node.children:
                if child >= 0:
                    times_node[child] += 1
                else:
                    times_terminal[~child] += 1
        if self.nodes:
            times_node[0] = 1
        elif len(self.terminals) == 1:
            times_terminal[0] = 1
        places = [*range(len(self.nodes)), *(~t for t in range(len(self.terminals)))]
        for place, times in zip(places, times_node + times_terminal, strict=True):
            if times != 1:
                how = "no move leads there" if times == 0 else f"{times} moves lead there"
                raise InputError(f"{self.name(place)}: {how}. In a tree exactly one does.")
        if not self.terminals:
            raise InputError("the tree has no terminals. Give at least one.")


def _check_chance(where: str, node: Node) -> None:
    """Probabilities where chance moves, and nowhere else."""
    if not node.chance:
        if node.probabilities:
            raise InputError(f"{where}: probabilities belong to chance. Leave them out, or make the player CHANCE.")
        return
    if node.information:
        raise InputError(f"{where}: chance has no information set. Leave `information` out.")
    if len(node.probabilities) != len(node.moves):
        raise InputError(
            f"{where}: {len(node.probabilities)} probabilities for {len(node.moves)} moves of chance. Give one each."
        )
    for move, probability in zip(node.moves, node.probabilities, strict=True):
        if not 0.0 < probability <= 1.0:
            raise InputError(
                f"{where}: the probability of {move!r} is {probability:g}. Give a number greater than 0 and at most 1; "
                "leave out what never happens."
            )
    total = sum(node.probabilities)
    if abs(total - 1.0) > _SUM:
        raise InputError(f"{where}: the probabilities sum to {total:.10g}. They must sum to 1.")


def number_array(values: ArrayLike, name: str) -> NDArray[np.float64]:
    """The values as floats, of any shape.

    Raises:
        InputError: if they are not an array of numbers.
    """
    try:
        return np.asarray(values, dtype=np.float64)
    except (TypeError, ValueError) as error:
        raise InputError(f"{name}: not an array of numbers ({error}).") from error


def payoff_array(tree: Tree, values: ArrayLike, name: str) -> NDArray[np.float64]:
    """The values as floats, checked.

    Args:
        values: [terminal, player], finite.
        name: what to call them in a message.

    Raises:
        InputError: if the shape is not that of the tree, or a value is not a finite number.
    """
    array = number_array(values, name)
    shape = (len(tree.terminals), len(tree.players))
    if array.shape != shape:
        raise InputError(f"{name}: shape {array.shape}, but the tree has {shape[0]} terminals × {shape[1]} players.")
    bad = np.argwhere(~np.isfinite(array))
    if len(bad):
        t, p = bad[0]
        raise InputError(
            f"{name}: {array[t, p]} for player {tree.players[p]!r} at terminal {tree.terminals[t]!r}. "
            "Give finite payoffs."
        )
    return array


def check_range(low: float, high: float, name: str, *, point: bool = True) -> tuple[float, float]:
    """The ends of a range as floats; `point` allows low = high.

    Raises:
        InputError: if an end is not finite or the ends are in the wrong order.
    """
    low, high = float(low), float(high)
    if not (np.isfinite(low) and np.isfinite(high) and (low <= high if point else low < high)):
        order = "low ≤ high" if point else "low < high"
        raise InputError(f"{name}: from {low:g} to {high:g}. Give finite ends with {order}.")
    return low, high


def check_tolerance(tie_tolerance: float) -> float:
    """The tolerance as a float.

    Raises:
        InputError: if it is negative or not finite.
    """
    if not (np.isfinite(tie_tolerance) and tie_tolerance >= 0):
        raise InputError(f"tie_tolerance: {tie_tolerance} is no tolerance. Give a finite number ≥ 0.")
    return float(tie_tolerance)


def _check_unique(what: str, names: Sequence[str]) -> None:
    if len(set(names)) != len(names):
        raise InputError(f"{what} {_repeated(names)!r} is there twice. Names of {what}s differ.")


def _repeated(names: Iterable[str]) -> str:
    seen: set[str] = set()
    for name in names:
        if name in seen:
            return name
        seen.add(name)
    raise AssertionError("no name repeats")
