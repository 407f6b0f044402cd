"""Where equilibria of games with hidden moves change, against closed forms and against a fine grid."""

from __future__ import annotations

import math
from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from trees import make_game

from halys.errors import InputError
from halys.strategy import CHANCE, Node, Signalling, Tree, find_changes, find_thresholds, solve_equilibria

ONCE = Tree(
    ("a", "b"),
    (
        Node(0, "a", ("hawk", "dove"), (1, 2)),
        Node(1, "b", ("hawk", "dove"), (~0, ~1), information="b"),
        Node(1, "b", ("hawk", "dove"), (~2, ~3), information="b"),
    ),
    ("hh", "hd", "dh", "dd"),
)
BEER = Tree(
    ("sender", "receiver"),
    (
        Node(CHANCE, "type", ("strong", "weak"), (1, 2), probabilities=(0.9, 0.1)),
        Node(0, "strong", ("beer", "quiche"), (3, 5)),
        Node(0, "weak", ("beer", "quiche"), (4, 6)),
        Node(1, "after beer", ("fight", "not"), (~0, ~1), information="beer"),
        Node(1, "after beer", ("fight", "not"), (~2, ~3), information="beer"),
        Node(1, "after quiche", ("fight", "not"), (~4, ~5), information="quiche"),
        Node(1, "after quiche", ("fight", "not"), (~6, ~7), information="quiche"),
    ),
    ("sbf", "sbn", "wbf", "wbn", "sqf", "sqn", "wqf", "wqn"),
)


def hawk_dove(prize: float):
    """A fight costs 1 and each wins half of the time."""
    return ONCE, np.array([[(prize - 1) / 2] * 2, [prize, 0], [0, prize], [prize / 2] * 2])


def beer_and_quiche(strong: float):
    """Cho and Kreps (1987), with the prior as the number that varies."""
    nodes = (replace(BEER.nodes[0], probabilities=(strong, 1 - strong)), *BEER.nodes[1:])
    payoffs = [[1, 0], [3, 1], [0, 1], [2, 0], [0, 0], [2, 1], [1, 1], [3, 0]]
    return Tree(BEER.players, nodes, BEER.terminals), np.array(payoffs, dtype=float)


@pytest.mark.parametrize("concept", ["spe", "nash"])
def test_the_prize_worth_a_fight(concept):
    (change,) = find_changes(hawk_dove, 0.5, math.pi / 2, concept)
    assert change.low <= 1.0 <= change.high + 1e-12
    assert change.high - change.low < 1e-8
    assert (len(change.below.found), len(change.above.found)) == (3, 1)


def test_the_prior_at_which_types_pool():
    """Below one half the receiver would fight a pool, so that the weak mix; above it both types send one message."""
    (change,) = find_changes(beer_and_quiche, 0.1, 0.9, "pbe", points=8)
    assert change.low <= 0.5 <= change.high
    assert change.high - change.low < 1e-8
    assert {each.senders[0].signalling for each in change.below.found} == {Signalling.HYBRID}
    assert {each.senders[0].signalling for each in change.above.found} == {Signalling.POOLING}


@pytest.mark.parametrize("seed", range(12))
def test_random_games_against_a_fine_grid(seed):
    rng = np.random.default_rng(seed)
    tree = make_game(rng, 7, 2, hidden=0.9)
    constant, slope = rng.uniform(-1, 1, (2, 7, 2))
    slope[:, 1] = 0.0

    def at(value):
        return tree, constant + value * slope

    def pattern(found):
        return sorted(tuple(tuple((moves > 1e-9).tolist()) for moves in each.strategy) for each in found.found)

    changes = find_changes(at, -1.0, 1.0)
    assert all(here.high <= there.low for here, there in pairwise(changes))
    for value in np.random.default_rng(99).uniform(-1, 1, 40):
        here = pattern(solve_equilibria(*at(value)))
        below = [change for change in changes if change.high <= value]
        above = [change for change in changes if change.low >= value]
        if below:
            assert pattern(below[-1].above) == here
        if above:
            assert pattern(above[0].below) == here


def test_with_perfect_information_they_are_the_exact_thresholds():
    tree = Tree(
        ("target", "sender"),
        (
            Node(0, "cross", ("stay", "cross"), (~0, 1)),
            Node(1, "reply", ("nothing", "punish"), (~1, ~2)),
        ),
        ("stay", "crossed", "punished"),
    )
    constant, slope = np.array([[0.0, 0.0], [1.0, -1.0], [-1.0, -1.3]]), np.array([[0.0, 0.0], [0, 0], [0, 1.0]])
    (change,) = find_changes(lambda v: (tree, constant + v * slope), 0.0, 1.0)
    exact = [t.at for t in find_thresholds(tree, constant, slope, 0.0, 1.0)]
    assert exact == [pytest.approx(0.3, abs=1e-12)]
    assert change.low - 1e-12 <= exact[0] <= change.high + 1e-12


@pytest.mark.parametrize(
    ("low", "high", "concept", "points", "told"),
    [
        (1.0, 0.5, "spe", 9, "is no range"),
        (0.0, math.inf, "spe", 9, "is no range"),
        (0.0, 1.0, "spe", 1, "at least its two ends"),
        (0.0, 1.0, "qre", 9, "has no thresholds"),
    ],
)
def test_refusals(low, high, concept, points, told):
    with pytest.raises(InputError, match=told):
        find_changes(hawk_dove, low, high, concept, points=points)
