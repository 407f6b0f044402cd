"""Thresholds: exact against backward induction in rational numbers, analytic cases, ties, slivers."""

from __future__ import annotations

from fractions import Fraction
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from trees import brute, crisis, make_tree, rational, trees

from halys.errors import InputError
from halys.strategy import Node, Tree, find_pieces, find_thresholds, solve_play

LOW, HIGH = -2.0, 3.0


def draw(game, integers: bool = False) -> tuple[Tree, np.ndarray, np.ndarray]:
    tree, rng = game
    shape = (2, len(tree.terminals), len(tree.players))
    constant, slope = rng.integers(-3, 4, shape).astype(float) if integers else rng.normal(size=shape)
    return tree, constant, slope


def one_player(*moves: str) -> Tree:
    return Tree(("one",), (Node(0, "Go?", moves, tuple(~t for t in range(len(moves)))),), moves)


# Against rational numbers ---------------------------------------------------------------------------------------------


@given(trees(most=25))
def test_pieces_cover_the_range_and_hold_inside(game):
    """At every node; a piece is checked near both ends and in the middle, without rounding."""
    tree, constant, slope = draw(game)
    for n, pieces in enumerate(find_pieces(tree, constant, slope, LOW, HIGH)):
        assert (pieces[0].low, pieces[-1].high) == (LOW, HIGH)
        assert all(a.high == b.low and a.terminal != b.terminal for a, b in pairwise(pieces))
        for piece in pieces:
            width = Fraction(piece.high) - Fraction(piece.low)
            assert width > 0
            for share in (Fraction(1, 10**5), Fraction(1, 3), Fraction(1, 2), 1 - Fraction(1, 10**5)):
                payoffs = rational(constant, slope, Fraction(piece.low) + share * width)
                assert brute(tree, payoffs, n) == piece.terminal
                reached = tree.nodes[n].children[piece.choice]
                assert brute(tree, payoffs, reached) == piece.terminal


@given(trees(most=25))
def test_thresholds_are_the_switches_of_backward_induction(game):
    """Switches between points of a fine grid, located by bisection in rational numbers."""
    tree, constant, slope = draw(game)
    thresholds = find_thresholds(tree, constant, slope, LOW, HIGH)

    def terminal(s: Fraction) -> int:
        return brute(tree, rational(constant, slope, s))

    grid = [Fraction(LOW) + Fraction(k, 40) for k in range(201)]
    for left, right in pairwise(grid):
        start, end, before = left, right, terminal(left)
        if terminal(right) == before:
            continue
        while end - start > Fraction(1, 10**14):
            middle = (start + end) / 2
            start, end = (middle, end) if terminal(middle) == before else (start, middle)
        assert min(abs(Fraction(t.at) - end) for t in thresholds) < Fraction(1, 10**12)


@given(trees(most=25))
def test_thresholds_are_exact(game):
    """Just below and just above, the terminals are those named; both and any third one are tied at the point."""
    tree, constant, slope = draw(game)
    near = Fraction(1, 10**11)
    for t in find_thresholds(tree, constant, slope, LOW, HIGH):
        assert brute(tree, rational(constant, slope, Fraction(t.at) - near)) == t.before
        assert brute(tree, rational(constant, slope, Fraction(t.at) + near)) == t.after
        assert {t.before, t.after} <= set(t.tied)
        assert set(t.tied) == set(solve_play(tree, constant + t.at * slope).terminals_tied)


@given(trees(most=14))
def test_games_full_of_ties(game):
    """Whole numbers: duplicate lines, common crossings and switches of several nodes at once."""
    tree, constant, slope = draw(game, integers=True)
    pieces = find_pieces(tree, constant, slope, LOW, HIGH)
    for s in np.linspace(LOW, HIGH, 301) + 1e-4:  # away from crossings, which have small denominators
        if s > HIGH:
            continue
        payoffs = rational(constant, slope, s)
        for n in range(len(tree.nodes)):
            (found,) = [p for p in pieces[n] if p.low <= s < p.high]
            assert found.terminal == brute(tree, payoffs, n)
    for t in find_thresholds(tree, constant, slope, LOW, HIGH):
        assert set(t.tied) == set(solve_play(tree, constant + t.at * slope).terminals_tied)


@given(trees(most=25))
def test_positive_affine_changes_leave_the_thresholds(game):
    tree, constant, slope = draw(game)
    scale = np.linspace(0.5, 4.0, len(tree.players))
    old = find_thresholds(tree, constant, slope, LOW, HIGH)
    new = find_thresholds(tree, scale * constant + 3.0, scale * slope - 1.0, LOW, HIGH)
    assert [(t.before, t.after) for t in new] == [(t.before, t.after) for t in old]
    assert [t.at for t in new] == pytest.approx([t.at for t in old], rel=1e-12, abs=1e-12)


@given(trees(most=25))
def test_a_place_is_a_game_of_its_own(game):
    tree, constant, slope = draw(game)
    pieces = find_pieces(tree, constant, slope, LOW, HIGH)
    for n in range(len(tree.nodes)):
        thresholds = find_thresholds(tree, constant, slope, LOW, HIGH, place=n)
        assert [t.at for t in thresholds] == [p.low for p in pieces[n][1:]]
    assert find_thresholds(tree, constant, slope, LOW, HIGH, place=~0) == ()


@given(trees(most=25))
def test_a_range_of_one_point_is_the_play_there(game):
    tree, constant, slope = draw(game, integers=True)
    play = solve_play(tree, constant + 0.5 * slope)
    for n, pieces in enumerate(find_pieces(tree, constant, slope, 0.5, 0.5)):
        (piece,) = pieces
        assert (piece.low, piece.high, piece.terminal, piece.choice) == (0.5, 0.5, play.outcome[n], play.choice[n])


# Closed forms ---------------------------------------------------------------------------------------------------------


def test_the_threshold_of_the_crisis_game():
    """The sender punishes from a resolve of 2.3 on; below it the target crosses, above it stays."""
    constant = [[0, 0], [-2.3, -4], [0, 3], [-2.3, -1]]
    slope = [[0, 0], [0, 0], [-1, 0], [0, 0]]
    (threshold,) = find_thresholds(crisis(), constant, slope, 0.0, 5.0)
    assert threshold.at == 2.3
    assert (threshold.before, threshold.after, threshold.tied) == (2, 0, (0, 2))


def test_a_stake_of_one_player_can_make_another_jump_twice():
    """The second player's reply changes at 1 and 2, and the first enters only in between."""
    tree = Tree(
        ("one", "two"),
        (Node(0, "Enter?", ("stay", "enter"), (~0, 1)), Node(1, "Reply?", ("a", "b", "c"), (~1, ~2, ~3))),
        ("out", "a", "b", "c"),
    )
    constant = [[0, 0], [-1, 0], [1, -1], [-1, -3]]
    slope = [[0, 0], [0, 0], [0, 1], [0, 2]]
    found = find_thresholds(tree, constant, slope, 0, 3)
    assert [(t.at, t.before, t.after) for t in found] == [(1.0, 0, 2), (2.0, 2, 0)]
    assert [t.tied for t in found] == [(0, 2), (0, 2)]
    assert [(p.low, p.choice) for p in find_pieces(tree, constant, slope, 0, 3)[1]] == [(0, 0), (1, 1), (2, 2)]


def test_three_lines_through_one_point_make_one_threshold():
    (found,) = find_thresholds(one_player("a", "b", "c"), [[0], [-0.1], [-0.3]], [[0], [0.1], [0.3]], 0, 2)
    assert (found.at, found.before, found.after) == (pytest.approx(1.0, rel=1e-15), 0, 2)
    assert found.tied == (0, 1, 2)


def test_one_indifference_in_two_branches_makes_no_sliver():
    """Both replies change at the same stake, but rounding puts the crossings an ulp apart."""
    reply = ("no", "yes")
    tree = Tree(
        ("one", "two"),
        (Node(0, "?", ("a", "b"), (1, 2)), Node(1, "?", reply, (~0, ~1)), Node(1, "?", reply, (~2, ~3))),
        ("A-", "A+", "B-", "B+"),
    )
    constant = [[0.0, 0.2], [2.0, 0.0], [1.0, 0.04 + 0.4], [0.5, 0.4]]
    slope = [[0.0, 0.0], [0.0, 0.6], [0.0, 0.0], [0.0, 0.12]]
    pieces = find_pieces(tree, constant, slope, 0, 1)
    assert 0 < pieces[1][1].low - pieces[2][1].low < 1e-15  # in between, the first would end at B+
    assert [p.terminal for p in pieces[0]] == [2, 1]


# Ties and edges -------------------------------------------------------------------------------------------------------


def test_moves_that_are_the_same_everywhere_go_to_the_first():
    """A duplicate of the best line, and one that differs by rounding only, make no threshold."""
    tree = one_player("low", "first", "copy", "nearly", "high")
    constant = [[0.5], [0.1 + 0.2], [0.3], [0.3 + 1e-16], [-1.0]]
    slope = [[0.0], [1.0], [1.0], [1.0 + 1e-15], [2.0]]
    pieces = find_pieces(tree, constant, slope, 0, 3)[0]
    assert [p.terminal for p in pieces] == [0, 1, 4]
    assert [p.low for p in pieces] == pytest.approx([0, 0.2, 1.3], rel=1e-14)
    assert find_thresholds(tree, constant, slope, 0, 3)[0].tied == (0, 1, 2, 3)


@pytest.mark.parametrize("shift", [0.0, 1e-16, 1e-13])
def test_a_crossing_at_an_end_of_the_range_is_no_threshold(shift):
    tree = one_player("a", "b")
    assert find_thresholds(tree, [[0.0], [-shift]], [[0.0], [1.0]], 0, 1) == ()
    assert find_thresholds(tree, [[0.0], [shift - 1.0]], [[0.0], [1.0]], 0, 1) == ()
    (after,) = find_pieces(tree, [[0.0], [-shift]], [[0.0], [1.0]], 0, 1)[0]
    assert after.terminal == 1


def test_a_threshold_keeps_its_digits_far_from_zero():
    (found,) = find_thresholds(one_player("a", "b"), [[1e6 + 0.25], [0.0]], [[0.0], [1.0]], 1e6, 1e6 + 1)
    assert found.at == 1e6 + 0.25


def test_ranges_that_cannot_be_used_are_refused():
    for low, high in ((1, 0), (0, np.inf), (np.nan, 1)):
        with pytest.raises(InputError, match=r"range of s: from .* Give finite ends with low ≤ high"):
            find_pieces(crisis(), np.zeros((4, 2)), np.zeros((4, 2)), low, high)
    with pytest.raises(InputError, match=r"slope: shape \(4, 1\)"):
        find_pieces(crisis(), np.zeros((4, 2)), np.zeros((4, 1)), 0, 1)
    with pytest.raises(InputError, match="place: 3 is no place of the tree"):
        find_thresholds(crisis(), np.zeros((4, 2)), np.zeros((4, 2)), 0, 1, place=3)


def test_a_large_game():
    """Thousands of terminals; spot checks in rational numbers."""
    rng = np.random.default_rng(5)
    tree = make_tree(rng, 3000, 4)
    constant, slope = rng.normal(size=(2, 3000, 4))
    pieces = find_pieces(tree, constant, slope, LOW, HIGH)[0]
    for s in rng.uniform(LOW, HIGH, 3):
        (found,) = [p for p in pieces if p.low <= s < p.high]
        assert found.terminal == brute(tree, rational(constant, slope, s))
