"""The text for Gambit, read back by a parser of its own and solved by plain recursion."""

from __future__ import annotations

import re

import numpy as np
from hypothesis import given
from trees import crisis, trees

from halys.strategy import Node, Tree, solve_play, write_efg

TOKEN = re.compile(r'\s*(?:"((?:\\"|[^"])*)"|([{}])|([^\s{},]+)|,)')


def tokens(text: str) -> list[tuple[str, str]]:
    found, at = [], 0
    while text[at:].strip():
        match = TOKEN.match(text, at)
        assert match
        at = match.end()
        if match[1] is not None:
            found.append(("text", match[1].replace('\\"', '"')))
        elif match[2] or match[3]:
            found.append(("brace" if match[2] else "word", match[2] or match[3]))
    return found


class Reader:
    """Reads the format as its description has it: prologue, then nodes in prefix order."""

    def __init__(self, text: str) -> None:
        self.left = tokens(text)
        self.sets: list[tuple[int, int]] = []
        self.outcomes: dict[int, str] = {}
        assert [self.take("word") for _ in range(3)] == ["EFG", "2", "R"]
        self.title = self.take("text")
        self.players = self.take_list("text")
        self.take("text")
        self.root = self.take_node()
        assert not self.left

    def take(self, kind: str) -> str:
        found, value = self.left.pop(0)
        assert found == kind, (found, value)
        return value

    def take_list(self, kind: str) -> list[str]:
        assert self.take("brace") == "{"
        values = []
        while self.left[0][1] != "}" or self.left[0][0] != "brace":
            values.append(self.take(kind))
        self.take("brace")
        return values

    def take_node(self):
        kind, name = self.take("word"), self.take("text")
        if kind == "t":
            number, outcome = int(self.take("word")), self.take("text")
            assert number not in self.outcomes
            self.outcomes[number] = outcome
            return outcome, [float(value) for value in self.take_list("word")]
        assert kind == "p"
        player, information_set = int(self.take("word")), int(self.take("word"))
        assert (player, information_set) not in self.sets
        self.sets.append((player, information_set))
        self.take("text")
        moves = self.take_list("text")
        assert self.take("word") == "0"
        return name, player, {move: self.take_node() for move in moves}


def solve(place) -> tuple[list[str], str, list[float]]:
    """Moves, outcome and payoffs of backward induction on what was read."""
    if len(place) == 2:
        return [], place[0], place[1]
    _, player, moves = place
    best = None
    for move, following in moves.items():
        path, outcome, payoffs = solve(following)
        if best is None or payoffs[player - 1] > best[2][player - 1]:
            best = ([move, *path], outcome, payoffs)
    assert best
    return best


@given(trees())
def test_what_is_read_back_has_the_same_equilibrium(game):
    tree, rng = game
    payoffs = rng.normal(size=(len(tree.terminals), len(tree.players))) * 10.0 ** rng.integers(-9, 9)
    play = solve_play(tree, payoffs, tie_tolerance=0.0)
    read = Reader(write_efg(tree, payoffs, "A game"))
    path, outcome, values = solve(read.root)
    assert path == [tree.nodes[n].moves[m] for n, m in play.path]
    assert outcome == tree.terminals[play.terminal]
    assert values == payoffs[play.terminal].tolist()
    assert read.players == list(tree.players)
    assert read.outcomes == {t + 1: name for t, name in enumerate(tree.terminals)}


def test_every_node_is_an_information_set_of_its_own():
    read = Reader(write_efg(crisis(), np.zeros((4, 2)), "Crisis"))
    assert sorted(read.sets) == [(1, 1), (1, 2), (2, 1)]


def test_a_whole_file():
    assert write_efg(crisis(), [[0, 0], [-2, -4], [-0.1, 3], [-2, 1e-7]], "Crisis").splitlines() == [
        'EFG 2 R "Crisis" { "sender" "target" }',
        '""',
        "",
        'p "Cross the line?" 2 1 "Cross the line?" { "stay" "cross" } 0',
        'p "Reply to staying?" 1 1 "Reply to staying?" { "nothing" "punish" } 0',
        't "" 1 "stay-nothing" { 0.0, 0.0 }',
        't "" 2 "stay-punish" { -2.0, -4.0 }',
        'p "Reply to crossing?" 1 2 "Reply to crossing?" { "nothing" "punish" } 0',
        't "" 3 "cross-nothing" { -0.1, 3.0 }',
        't "" 4 "cross-punish" { -2.0, 1e-07 }',
    ]


def test_names_are_quoted():
    tree = Tree(('the "boss"',), (Node(0, "A\nline", ('say "no"', "back\\"), (~0, ~1)),), ("a", "b"))
    read = Reader(write_efg(tree, [[1.0], [0.0]], 'He said "go"'))
    assert read.title == 'He said "go"'
    assert read.players == ['the "boss"']
    assert read.root[0] == "A line"
    assert list(read.root[2]) == ['say "no"', "back/"]


def test_information_sets_of_one_label_are_told_apart():
    tree = Tree(("one",), (Node(0, "Go?", ("a", "b"), (1, ~0)), Node(0, "Go?", ("a", "b"), (~1, ~2))), ("A", "B", "C"))
    text = write_efg(tree, np.zeros((3, 1)), "")
    assert 'p "Go? 1" 1 1 "Go? 1"' in text
    assert 'p "Go? 2" 1 2 "Go? 2"' in text


def test_names_are_in_ascii_and_differ_where_gambit_wants_it():
    children = ((1, 2), (~0, ~1), (~2, ~3))
    labels = ("Größe – “ganz”?", "b 1", "b")
    nodes = tuple(Node(0, label, ("é", "e"), to) for label, to in zip(labels, children, strict=True))
    nodes = (*nodes[:2], Node(0, "b", ("x", "λ"), children[2]))
    lines = write_efg(Tree(("one",), nodes, ("A", "B", "C", "D")), np.zeros((4, 1)), "“Ж”").splitlines()
    assert lines[0] == 'EFG 2 R "\\"?\\"" { "one" }'
    assert lines[3] == 'p "Grosse - \\"ganz\\"?" 1 1 "Grosse - \\"ganz\\"?" { "e 1" "e 2" } 0'
    assert lines[4].startswith('p "b 1" 1 2 "b 1" ')
    assert lines[7] == 'p "b" 1 3 "b" { "x" "?" } 0'
