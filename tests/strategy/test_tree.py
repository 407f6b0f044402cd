"""Each rule of a tree has a game that breaks it; the message names the node."""

from __future__ import annotations

import numpy as np
import pytest
from trees import crisis

from halys.errors import InputError
from halys.strategy import Node, Tree, find_pieces, solve_many, solve_play


def node(*children: int, player: int = 0, label: str = "Go?", moves: tuple[str, ...] | None = None) -> Node:
    return Node(player, label, moves or tuple(f"m{k}" for k in range(len(children))), children)


@pytest.mark.parametrize(
    ("nodes", "terminals", "message"),
    [
        ((node(~0, ~1, player=1),), 2, r"node 0 \('Go\?'\): player 1 is out of range. Give 0..0."),
        ((node(~0, ~1, player=-2),), 2, r"node 0 \('Go\?'\): player -2 is out of range"),
        ((node(moves=()),), 1, r"node 0 \('Go\?'\): it has no moves"),
        ((node(~0, ~1, moves=("a", "a")),), 2, r"node 0 \('Go\?'\): move 'a' is there twice"),
        ((node(~0, ~1, moves=("a", "b", "c")),), 2, r"node 0 \('Go\?'\): 3 moves but 2 children"),
        ((node(~0, 1),), 1, r"node 0 \('Go\?'\): move 'm1' leads to 1, which is out of range"),
        ((node(~0, ~2),), 2, r"node 0 \('Go\?'\): move 'm1' leads to -3, which is out of range"),
        ((node(~0, 0),), 1, r"node 0 \('Go\?'\): move 'm1' leads to node 0, which is not later"),
        (
            (node(2, ~0), node(~1, ~2, label="B"), node(1, ~3, label="C")),
            4,
            r"node 2 \('C'\): .* node 1, which is not later",
        ),
        ((node(~0, ~0),), 1, "terminal 't0': 2 moves lead there"),
        ((node(~0, ~1),), 3, "terminal 't2': no move leads there"),
        ((node(1, 1), node(~0, ~1, label="B")), 2, r"node 1 \('B'\): 2 moves lead there"),
        ((node(~0, ~1), node(~2, ~3, label="B")), 4, r"node 1 \('B'\): no move leads there"),
        ((), 2, "terminal 't0': no move leads there"),
        ((), 0, "the tree has no terminals"),
    ],
)
def test_what_is_no_tree_is_refused(nodes, terminals, message):
    with pytest.raises(InputError, match=message):
        Tree(("one",), nodes, tuple(f"t{t}" for t in range(terminals)))


def test_names_of_players_and_terminals_differ():
    with pytest.raises(InputError, match="player 'one' is there twice"):
        Tree(("one", "one"), (node(~0, ~1),), ("a", "b"))
    with pytest.raises(InputError, match="terminal 'a' is there twice"):
        Tree(("one",), (node(~0, ~1),), ("a", "a"))


def test_a_tree_without_decisions_has_one_end():
    tree = Tree(("one",), (), ("only",))
    play = solve_play(tree, [[3.0]])
    assert (play.terminal, play.path, play.regret, play.terminals_tied) == (0, (), 0.0, (0,))
    assert play.values.shape == (0, 1)
    assert find_pieces(tree, [[0.0]], [[1.0]], 0, 1) == ()
    choice, terminal = solve_many(tree, np.zeros((5, 2, 1, 1)))
    assert choice.shape == terminal.shape == (5, 2, 0)


def test_places_below():
    assert crisis().below(0) == [0, 1, 2]
    assert crisis().below(2, ~0) == [2]
    assert crisis().name(~3) == "terminal 'cross-punish'"


@pytest.mark.parametrize(
    ("payoffs", "message"),
    [
        (np.zeros((4, 3)), r"payoffs: shape \(4, 3\), but the tree has 4 terminals × 2 players"),
        (np.zeros(4), r"payoffs: shape \(4,\)"),
        ([["x", 0]] * 4, "payoffs: not an array of numbers"),
        (np.where(np.eye(4, 2) == 1, np.nan, 0.0), "nan for player 'sender' at terminal 'stay-nothing'"),
    ],
)
def test_payoffs_that_do_not_fit_are_refused(payoffs, message):
    with pytest.raises(InputError, match=message):
        solve_play(crisis(), payoffs)
