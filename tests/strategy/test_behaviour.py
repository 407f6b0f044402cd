"""Behaviour strategies against plain recursion and against every pure strategy."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from trees import crisis, games, horse, signalling, simultaneous

from halys.errors import InputError
from halys.strategy import Tree, find_regret
from halys.strategy.behaviour import (
    check_strategy,
    expected_payoffs,
    find_beliefs,
    find_best_reply,
    find_gap,
    find_reach,
    find_values,
    uniform_strategy,
)


def random_strategy(tree: Tree, rng: np.random.Generator, zeros: float = 0.0):
    arrays = []
    for unit in tree.information.units:
        node = tree.nodes[unit[0]]
        weights = rng.random(len(node.moves)) * (rng.random(len(node.moves)) >= zeros)
        weights = weights if weights.any() else np.eye(len(node.moves))[0]
        arrays.append(np.array(node.probabilities) if node.chance else weights / weights.sum())
    return tuple(arrays)


def value_by_recursion(tree: Tree, strategy, payoffs, place: int):
    if place < 0:
        return payoffs[~place]
    sigma = strategy[tree.information.unit_of[place]]
    parts = [value_by_recursion(tree, strategy, payoffs, child) for child in tree.nodes[place].children]
    return sum(share * part for share, part in zip(sigma, parts, strict=True))


def best_pure_reply(tree: Tree, strategy, payoffs, player: int) -> float:
    """By trying every pure strategy of the player."""
    units = [k for k, unit in enumerate(tree.information.units) if tree.nodes[unit[0]].player == player]
    best = -np.inf
    for moves in itertools.product(*(range(len(strategy[k])) for k in units)):
        other = list(strategy)
        for k, m in zip(units, moves, strict=True):
            other[k] = np.eye(len(strategy[k]))[m]
        best = max(best, value_by_recursion(tree, other, payoffs, tree.root)[player])
    return best


@given(games())
@settings(max_examples=60, deadline=None)
def test_values_and_probabilities_agree_with_recursion(game):
    tree, rng = game
    payoffs = rng.normal(size=(len(tree.terminals), len(tree.players)))
    strategy = check_strategy(tree, random_strategy(tree, rng))
    nodes, terminals = find_reach(tree, strategy)
    assert terminals.sum() == pytest.approx(1)
    expected = value_by_recursion(tree, strategy, payoffs, tree.root)
    np.testing.assert_allclose(expected_payoffs(tree, strategy, payoffs), expected, atol=1e-12)
    if tree.nodes:
        np.testing.assert_allclose(find_values(tree, strategy, payoffs)[0], expected, atol=1e-12)
        assert nodes[0] == 1


@given(games())
@settings(max_examples=60, deadline=None)
def test_the_best_reply_is_the_best_of_all_pure_strategies(game):
    tree, rng = game
    payoffs = rng.normal(size=(len(tree.terminals), len(tree.players)))
    strategy = random_strategy(tree, rng, zeros=0.4)
    expected = value_by_recursion(tree, strategy, payoffs, tree.root)
    gains = []
    for player in range(len(tree.players)):
        best = best_pure_reply(tree, strategy, payoffs, player)
        assert find_best_reply(tree, strategy, payoffs, player)[0] == pytest.approx(best, abs=1e-12)
        gains.append(best - expected[player])
    assert find_regret(tree, strategy, payoffs) == pytest.approx(max(0.0, *gains), abs=1e-12)


@given(games())
@settings(max_examples=30, deadline=None)
def test_regret_and_gap_scale_with_the_payoffs(game):
    tree, rng = game
    payoffs = rng.normal(size=(len(tree.terminals), len(tree.players)))
    strategy = random_strategy(tree, rng)
    beliefs = find_beliefs(tree, strategy)
    moved = 4.0 * payoffs + rng.normal(size=len(tree.players))
    assert find_regret(tree, strategy, moved) == pytest.approx(4 * find_regret(tree, strategy, payoffs), abs=1e-9)
    before = find_gap(tree, strategy, beliefs, payoffs)
    assert find_gap(tree, strategy, beliefs, moved) == pytest.approx(4 * before, abs=1e-9)


def test_beliefs_follow_from_the_others_moves_alone():
    tree, _ = horse()
    (three,) = [k for k, unit in enumerate(tree.information.units) if len(unit) == 2]
    strategy = list(uniform_strategy(tree))
    assert find_beliefs(tree, strategy)[three].tolist() == pytest.approx([2 / 3, 1 / 3])
    strategy[0] = strategy[1] = np.array([0.0, 1.0])  # nobody leads to three
    assert np.isnan(find_beliefs(tree, strategy)[three]).all()


def test_beliefs_hold_where_only_the_player_itself_would_have_to_deviate():
    tree, _ = simultaneous(np.zeros((2, 2)), np.zeros((2, 2)))
    beliefs = find_beliefs(tree, (np.array([0.25, 0.75]), np.array([1.0, 0.0])))
    assert [belief.tolist() for belief in beliefs] == [[1.0], [0.25, 0.75]]


def test_a_type_keeps_its_prior():
    tree = signalling(0.3)
    beliefs = find_beliefs(tree, uniform_strategy(tree))
    assert [b.tolist() for b in beliefs if len(b) == 2] == [[0.3, 0.7], [0.3, 0.7]]


def test_a_deviation_in_a_subgame_counts_where_it_is_asked_for():
    payoffs = np.array([[0, 0], [-2, -4], [-1, 3], [-2, -1.0]])
    threat = (np.array([1.0, 0.0]), np.array([1.0, 0.0]), np.array([0.0, 1.0]))  # stay, for crossing is punished
    assert find_regret(crisis(), threat, payoffs) == 0
    assert find_regret(crisis(), threat, payoffs, roots=(2,)) == 1


@pytest.mark.parametrize(
    ("strategy", "message"),
    [
        (([1, 0],), "1 arrays, but the tree has 3 units"),
        (([1, 0], [1, 0], [1, 0, 0]), r"strategy\[2\], node 2 .*: shape \(3,\) for 2 moves"),
        (([1, 0], [0.5, 0.4], [1, 0]), r"strategy\[1\], node 1 .* is no distribution"),
        (([1, 0], [1.5, -0.5], [1, 0]), r"strategy\[1\], node 1 .* is no distribution"),
        (([1, 0], ["a", 0], [1, 0]), r"strategy\[1\]: not an array of numbers"),
    ],
)
def test_what_is_no_strategy_is_refused(strategy, message):
    with pytest.raises(InputError, match=message):
        check_strategy(crisis(), strategy)


def test_chance_cannot_be_told_what_to_do():
    tree = signalling(0.3)
    strategy = [sigma.tolist() for sigma in uniform_strategy(tree)]
    strategy[0] = [0.5, 0.5]
    with pytest.raises(InputError, match=r"but chance moves with \[0.3, 0.7\]"):
        check_strategy(tree, strategy)
