"""Games read from Gambit's format: round trips, a file in Gambit's own style, every refusal with its place."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from trees import games, signalling

from halys.errors import InputError
from halys.strategy import Node, Tree, read_efg, write_efg


def shape(tree: Tree, payoffs, place: int):
    """A game without the numbers and labels of its nodes: players, probabilities, moves, terminals, payoffs."""
    if place < 0:
        return tree.terminals[~place], tuple(payoffs[~place].tolist())
    node = tree.nodes[place]
    return (
        node.player,
        tuple(round(p, 14) for p in node.probabilities),
        tuple((m, shape(tree, payoffs, child)) for m, child in zip(node.moves, node.children, strict=True)),
    )


def partition(tree: Tree) -> set:
    names: dict[int, str] = {0: ""}
    for n, node in enumerate(tree.nodes):
        for m, child in enumerate(node.children):
            names[child] = f"{names[n]}/{m}"
    return {(tree.nodes[unit[0]].player, frozenset(names[n] for n in unit)) for unit in tree.information.units}


@given(games())
@settings(deadline=None)
def test_what_is_written_is_read_back(game):
    tree, rng = game
    payoffs = rng.normal(size=(len(tree.terminals), len(tree.players))) * 10.0 ** rng.integers(-9, 9)
    read = read_efg(write_efg(tree, payoffs, 'A "game"'))
    assert read.title == 'A "game"'
    assert read.tree.players == tree.players
    assert shape(read.tree, read.payoffs, read.tree.root) == shape(tree, payoffs, tree.root)
    assert partition(read.tree) == partition(tree)
    # A second time nothing changes any more.
    again = write_efg(read.tree, read.payoffs, read.title)
    assert write_efg(*read_efg(again)) == again


def test_sets_and_chance_in_a_whole_file():
    text = write_efg(signalling(0.25), np.arange(16).reshape(8, 2), "Signals")
    assert text.splitlines()[3:9] == [
        'c "Type" 1 "Type" { "a" 0.25 "b" 0.75 } 0',
        'p "Signal of a" 1 1 "Signal of a" { "x" "y" } 0',
        'p "Reply to x 1" 2 1 "x" { "u" "v" } 0',
        't "" 1 "axu" { 0.0, 1.0 }',
        't "" 2 "axv" { 2.0, 3.0 }',
        'p "Reply to y 1" 2 2 "y" { "u" "v" } 0',
    ]
    assert 'p "Reply to x 2" 2 1 "x" { "u" "v" } 0' in text


def test_probabilities_sum_to_exactly_one():
    """Three times 0.3333333333333333 is less than 1, which Gambit refuses."""
    tree = Tree(("one",), (Node(-1, "Which", ("a", "b", "c"), (~0, ~1, ~2), (1 / 3,) * 3),), ("a", "b", "c"))
    text = write_efg(tree, np.zeros((3, 1)), "")
    assert '{ "a" 1/3 "b" 1/3 "c" 1/3 }' in text
    assert read_efg(text).tree == tree


POKER = """EFG 2 R "A card, \\"high\\" or low" { "Fred" "Alice" }
"A comment
over two lines"

c "ROOT" 1 "(0,1)" { "High" 1/2 "Low" .5 } 0
p "" 1 1 "(1,1)" { "Raise" "Fold" } 3 "ante" { 1 -1 }
p "" 2 1 "(2,1)" { "Meet" "Pass" } 0
t "" 1 "Win" { 1, -1 }
t "" 2 "Take" { 0.25 -2.5e-1 }
t "" 2
p "" 1 2 "(1,2)" { "Raise" "Fold" } 0
p "" 2 1 0
t "" 4 "Lose" { -3/2, 3/2 }
t "" 2
t "end" 0
"""


def test_outcomes_shared_and_at_inner_nodes_fractions_and_sets_said_once():
    read = read_efg(POKER)
    assert read.title == 'A card, "high" or low'
    assert read.tree.nodes[0] == Node(-1, "ROOT", ("High", "Low"), (1, 3), (0.5, 0.5))
    assert read.tree.terminals == ("Win", "Take", "Take 2", "Lose", "Take 3", "end")
    assert read.payoffs.tolist() == [[2, -2], [1.25, -1.25], [1.25, -1.25], [-1.5, 1.5], [0.25, -0.25], [0, 0]]
    assert {unit for unit in read.tree.information.units if len(unit) > 1} == {(2, 4)}


def test_a_game_without_decisions():
    read = read_efg('EFG 2 R "" { "a" }\nt "" 1 "only" { 3 }')
    assert read.tree == Tree(("a",), (), ("only",))
    assert read.payoffs.tolist() == [[3]]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "efg:1:1: expected the word EFG, found the end of the text"),
        ('NFG 1 R "x" { "a" }', "efg:1:1: this is no text in format EFG 2"),
        ('EFG 2 X "x" { "a" }', "efg:1:7: expected R or D after EFG 2"),
        ("EFG 2 R x", "efg:1:9: expected the title in quotes, found 'x'"),
        ('EFG 2 R "x', "efg:1:9: a quote opens and does not close"),
        ('EFG 2 R "x" "a"', "efg:1:13: expected { before the names of the players, found 'a'"),
        ('EFG 2 R "x" } "a"', "efg:1:13: expected { before the names of the players, found }"),
        ('EFG 2 R "x" { "a" 3 }', "efg:1:19: expected } after the names of the players, found '3'"),
        ('EFG 2 R "x" { "a" }\n\n', "efg:3:1: expected a node: c, p or t, found the end of the text"),
        ('EFG 2 R "x" { "a" }\nq ""', "efg:2:1: expected a node: c, p or t, found 'q'"),
        ('EFG 2 R "x" { "a" }\nt "" 1', "efg:2:6: outcome 1 is used before it is described"),
        ('EFG 2 R "x" { "a" }\nt "" 1 "o" { 1 2 }', "efg:2:6: 2 payoffs for 1 players"),
        ('EFG 2 R "x" { "a" }\nt "" 1 "o" { 1/0 }', "efg:2:14: expected a payoff, a number such as 2, 0.5 or 1/3"),
        ('EFG 2 R "x" { "a" }\nt "" x', "efg:2:6: expected the number of the outcome, a whole number, found 'x'"),
        ('EFG 2 R "x" { "a" }\nt "" 0\nt "" 0', "efg:3:1: all moves lead somewhere already"),
        ('EFG 2 R "x" { "a" }\np "" 2 1 "" { "l" } 0', "efg:2:6: player 2 is out of range; give 1..1"),
        ('EFG 2 R "x" { "a" }\np "" 1 1 0', "efg:2:10: information set 1 has no moves yet"),
        ('EFG 2 R "x" { "a" }\np "" 1 1 "" { } 0', "efg:2:6: the node has no moves"),
        ('EFG 2 R "x" { "a" }\np "" 1 1 "" { "l" "l" } 0', "efg:2:6: two of the moves l, l have one name"),
        ('EFG 2 R "x" { "a" }\np "" 1 1 "" { "l" } 0\np "" 1 1 "" { "r" } 0', "efg:3:6: information set 1 had the"),
        ('EFG 2 R "x" { "a" }\nc "" 1 "" { "l" 0 "r" 1 } 0', "efg:2:13: probability 0 of 'l'"),
        ('EFG 2 R "x" { "a" }\nc "" 1 "" { "l" 0.5 "r" 0.4 } 0', "efg:2:11: the probabilities sum to 0.9, not 1"),
        ('EFG 2 R "x" { "a" }\nc "" 1 "" { "l" "r" } 0', "efg:2:17: expected the probability of the move, found 'r'"),
        (
            'EFG 2 R "x" { "a" }\np "" 1 1 "" { "l" "r" } 0\nt "" 1 "o" { 1 }\nt "" 1 "o" { 2 }',
            "efg:4:6: outcome 1 had other payoffs before",
        ),
        (
            'EFG 2 R "x" { "a" }\np "" 1 1 "s" { "l" "r" } 0\np "" 1 1 "s" { "l" "r" } 0\nt "" 0\nt "" 0\nt "" 0',
            "information set 's'.*would have to forget",
        ),
    ],
)
def test_what_breaks_the_format_is_refused_with_its_place(text, message):
    import re

    pattern = message if ".*" in message else re.escape(message)
    with pytest.raises(InputError, match=pattern):
        read_efg(text)


def test_the_name_of_the_file_is_in_the_message():
    with pytest.raises(InputError, match=r"game\.efg:1:1"):
        read_efg("x", "game.efg")
