"""Subgame-perfect equilibria: agreement with backward induction, repeated games, brute force."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from trees import chain_store, crisis, equilibrium_terminals, games, horse, make_tree, signalling, simultaneous, trees

from halys.strategy import Node, Tree, find_subgames, solve_equilibria, solve_play
from halys.strategy.behaviour import find_regret


@given(trees())
@settings(deadline=None)
def test_backward_induction_is_the_first_listed(game):
    tree, rng = game
    payoffs = rng.integers(0, 3, size=(len(tree.terminals), len(tree.players))).astype(float)  # with ties
    found = solve_equilibria(tree, payoffs, "spe", most=50)
    play = solve_play(tree, payoffs)
    assert found.found[0].terminal_probabilities[play.terminal] == 1
    assert all(item.regret == 0 and item.gap == 0 and item.pure for item in found)


@given(trees(most=7))
@settings(deadline=None)
def test_all_ties_are_listed(game):
    tree, rng = game
    payoffs = rng.integers(0, 2, size=(len(tree.terminals), len(tree.players))).astype(float)
    found = solve_equilibria(tree, payoffs, "spe")
    assert found.complete_pure
    reached = {int(np.argmax(item.terminal_probabilities)) for item in found}
    assert reached == equilibrium_terminals(tree, payoffs.tolist()) == set(solve_play(tree, payoffs).terminals_tied)


@given(games(most=7))
@settings(max_examples=50, deadline=None)
def test_pure_equilibria_agree_with_brute_force(game):
    tree, rng = game
    payoffs = rng.integers(-2, 3, size=(len(tree.terminals), len(tree.players))).astype(float)
    roots = find_subgames(tree)
    found = solve_equilibria(tree, payoffs, "spe")
    listed = {tuple(np.round(item.payoffs, 9)) for item in found if item.pure}
    units, expected = tree.information.units, set()
    sizes = [1 if tree.nodes[u[0]].chance else len(tree.nodes[u[0]].moves) for u in units]
    for moves in itertools.product(*map(range, sizes)):
        strategy = tuple(
            np.array(tree.nodes[u[0]].probabilities) if tree.nodes[u[0]].chance else np.eye(size)[m]
            for u, size, m in zip(units, sizes, moves, strict=True)
        )
        if find_regret(tree, strategy, payoffs, roots) <= 1e-12:
            values = _value(tree, strategy, payoffs, tree.root)
            expected.add(tuple(np.round(values, 9)))
    assert listed == expected
    assert all(item.regret <= 1e-9 for item in found)


def _value(tree, strategy, payoffs, place):
    if place < 0:
        return payoffs[~place]
    sigma = strategy[tree.information.unit_of[place]]
    return sum(s * _value(tree, strategy, payoffs, c) for s, c in zip(sigma, tree.nodes[place].children, strict=True))


def twice(table: np.ndarray) -> tuple[Tree, np.ndarray]:
    """A symmetric game of two players and two moves, played twice; all moves are seen in between."""
    nodes: list[Node] = [
        Node(0, "one", ("c", "d"), (1, 2)),
        Node(1, "two", ("c", "d"), (3, 4), information="first"),
        Node(1, "two", ("c", "d"), (5, 6), information="first"),
    ]
    terminals, payoffs = [], []
    following: list[Node] = []
    for k, past in enumerate(np.ndindex(2, 2)):
        start = 7 + 2 * k
        nodes.append(Node(0, "one", ("c", "d"), (start, start + 1)))
        for move in range(2):
            children = []
            for other in range(2):
                children.append(~len(terminals))
                terminals.append(f"{past}{move}{other}")
                payoffs.append(
                    [
                        table[past] + table[move, other],
                        table[past[::-1]] + table[other, move],
                    ]
                )
            following.append(Node(1, "two", ("c", "d"), tuple(children), information=f"after {past}"))
    return Tree(("one", "two"), tuple(nodes + following), tuple(terminals)), np.array(payoffs, dtype=float)


def test_the_prisoners_dilemma_twice_unravels():
    tree, payoffs = twice(np.array([[2, 0], [3, 1]]))
    found = solve_equilibria(tree, payoffs, "spe")
    assert find_subgames(tree) == (0, 3, 4, 5, 6)
    assert len(found) == 1
    assert found.complete
    assert found.found[0].payoffs.tolist() == [2, 2]


def test_the_stag_hunt_twice_has_every_combination():
    """Stage equilibria: 2 pure, 1 mixed. After each of 4 histories one of 3; several first moves hold some together."""
    tree, payoffs = twice(np.array([[3, 0], [2, 2]]))
    found = solve_equilibria(tree, payoffs, "spe")
    assert found.complete
    assert len(found) >= 81
    assert all(item.regret <= 1e-9 for item in found)
    assert {6.0, 4.0} <= {float(item.payoffs[0]) for item in found if item.pure}


def test_the_chain_store_unravels():
    tree, payoffs = chain_store(3)
    (found,) = solve_equilibria(tree, payoffs, "spe")
    assert found.payoffs.tolist() == [6, 2, 2, 2]


def test_subgames_do_not_cut_information_sets():
    assert find_subgames(crisis()) == (0, 1, 2)
    assert find_subgames(horse()[0]) == (0,)
    assert find_subgames(signalling(0.5)) == (0,)
    assert find_subgames(simultaneous(np.eye(2), np.eye(2))[0]) == (0,)


@given(games())
@settings(deadline=None)
def test_subgames_by_their_definition(game):
    tree, _ = game
    expected = []
    for n in range(len(tree.nodes)):
        below = set(tree.below(n))
        units = [set(unit) for unit in tree.information.units if set(unit) & below]
        if len(tree.information.units[tree.information.unit_of[n]]) == 1 and all(unit <= below for unit in units):
            expected.append(n)
    assert list(find_subgames(tree)) == expected


def test_an_incredible_threat_is_not_subgame_perfect():
    (found,) = solve_equilibria(crisis(), [[0, 0], [-2, -4], [-0.1, 3], [-2, -1]], "spe")
    assert found.payoffs.tolist() == [-0.1, 3]


def test_a_continuum_in_an_inner_subgame_makes_the_list_incomplete():
    payoffs = [[0, 0], [-2, -4], [-1, 3], [-1, -1]]  # after crossing the sender is indifferent
    found = solve_equilibria(crisis(), payoffs, "spe")
    assert sorted(item.payoffs.tolist() for item in found) == [[-1, 3], [0, 0]]
    assert not found.complete
    assert found.complete_pure
    assert "continuum" in found.method


def test_more_equilibria_than_asked_for_are_cut_and_it_is_said():
    tree = make_tree(np.random.default_rng(2), 12, 2)
    found = solve_equilibria(tree, np.zeros((12, 2)), "spe", most=5)
    assert len(found) == 5
    assert not found.complete
    assert not found.complete_pure
    assert "only the first 5" in found.method


def test_a_large_game_of_perfect_information():
    rng = np.random.default_rng(4)
    tree = make_tree(rng, 1500, 4)
    payoffs = rng.normal(size=(1500, 4))
    (found,) = solve_equilibria(tree, payoffs, "spe")
    assert found.payoffs == pytest.approx(payoffs[solve_play(tree, payoffs).terminal])


def test_chance_between_subgames():
    """Chance picks who moves; each subgame has one answer."""
    tree = Tree(
        ("a", "b"),
        (
            Node(0, "In?", ("in", "out"), (1, ~0)),
            Node(-1, "Who", ("a", "b"), (2, 3), (0.25, 0.75)),
            Node(0, "A", ("x", "y"), (~1, ~2)),
            Node(1, "B", ("x", "y"), (~3, ~4)),
        ),
        tuple("stuvw"),
    )
    (found,) = solve_equilibria(tree, [[0.5, 0], [1, 0], [2, 1], [0, 0], [0.4, 3]], "spe")
    assert found.payoffs.tolist() == pytest.approx([0.25 * 2 + 0.75 * 0.4, 0.25 + 0.75 * 3])
