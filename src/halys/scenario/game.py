"""The game of a scenario: its histories as a tree, for `halys.strategy`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from halys.scenario.chance import chance_odds, information_of
from halys.strategy import CHANCE, Node, Tree

if TYPE_CHECKING:
    from halys.scenario.scenario import Scenario


def game_tree(scenario: Scenario) -> tuple[Tree, tuple[str, ...]]:
    """The tree, and the stage of each of its nodes.

    Players are the actors and terminals the histories, in the order of the file. The label of a node is the path that
    leads to it: "" at the root, then `china=arms/usa=broad`. Decisions of one stage at which the actor has seen the
    same moves are one information set.
    """
    places: dict[str, int] = {}
    stages: list[str] = []
    moves: list[list[str]] = []
    children: list[list[int]] = []
    for terminal, history in enumerate(scenario.histories):
        label, parent = "", None
        for stage, move in history.moves:
            place = places.setdefault(label, len(places))
            if place == len(stages):  # depth first: a node is met first on the way to its first terminal
                stages.append(stage)
                moves.append([])
                children.append([])
                if parent is not None:
                    children[parent].append(place)
            if move not in moves[place][-1:]:
                moves[place].append(move)
            label, parent = f"{label}/{stage}={move}".lstrip("/"), place
        if parent is not None:
            children[parent].append(~terminal)
    players = tuple(scenario.file.actors)
    owner = {s.id: CHANCE if s.actor is None else players.index(s.actor) for s in scenario.file.stages}
    nodes = []
    hides = any(stage.hidden_from for stage in scenario.file.stages)
    for n, label in enumerate(places):
        player, information = owner[stages[n]], ""
        odds: tuple[float, ...] = ()
        before = [(stage, move) for stage, _, move in (part.partition("=") for part in label.split("/") if part)]
        if player == CHANCE:
            odds = chance_odds(scenario.file, stages[n], before, moves[n])
        elif hides:
            seen = information_of(scenario.file, stages[n], before)
            information = "" if seen == label else f"{stages[n]}: {seen}"
        nodes.append(Node(player, label, tuple(moves[n]), tuple(children[n]), odds, information))
    return Tree(players, tuple(nodes), tuple(history.id for history in scenario.histories)), tuple(stages)
