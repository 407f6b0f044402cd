"""Quantal response: closed forms, the fixed point, invariances, both limits, nests."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import brentq
from trees import crisis, games, signalling, simultaneous, trees

from halys.errors import ConvergenceError, InputError
from halys.strategy import Nests, Node, Tree, follow_branch, solve_equilibria, solve_play, solve_responses
from halys.strategy.behaviour import find_beliefs, move_values
from halys.strategy.choice import check_nests, log_choice

PAYOFFS = np.array([[0, 0], [-2, -4], [-0.5, 3], [-2, -1.0]])


def logistic(x: float) -> float:
    return 1 / (1 + np.exp(-x))


def test_two_stages_by_hand():
    """The sender punishes with probability 1/(1+e^(1.5λ)) after crossing; the target knows."""
    lam = 0.7
    punished_crossing, punished_staying = logistic(-1.5 * lam), logistic(-2 * lam)
    cross = 3 - 4 * punished_crossing
    stay = -4 * punished_staying
    crosses = logistic(lam * (cross - stay))
    found = solve_responses(crisis(), PAYOFFS, lam)
    expected = [
        (1 - crosses) * (1 - punished_staying),
        (1 - crosses) * punished_staying,
        crosses * (1 - punished_crossing),
        crosses * punished_crossing,
    ]
    np.testing.assert_allclose(found.terminal_probabilities, expected, rtol=1e-14)


def test_each_player_may_have_a_precision_of_its_own():
    found = solve_responses(crisis(), PAYOFFS, [0.0, 1.0])
    assert found.strategy[1].tolist() == found.strategy[2].tolist() == [0.5, 0.5]
    assert found.strategy[0][1] == pytest.approx(logistic(1.0 - -2.0))


def test_draws_are_solved_at_once_as_one_by_one():
    rng = np.random.default_rng(3)
    draws = rng.normal(size=(5, 2, 4, 2))
    found = solve_responses(crisis(), draws, 2.0)
    assert found.terminal_probabilities.shape == (5, 2, 4)
    assert found.values.shape == (5, 2, 2)
    for index in np.ndindex(5, 2):
        one = solve_responses(crisis(), draws[index], 2.0)
        np.testing.assert_allclose(found.terminal_probabilities[index], one.terminal_probabilities, rtol=1e-13)
        for all_draws, single in zip(found.strategy, one.strategy, strict=True):
            np.testing.assert_allclose(all_draws[index], single, rtol=1e-13)


def test_a_signal_of_stated_likelihood_moves_beliefs():
    """A receiver of a signal that is right with 0.8 about a type of prior 0.3, by Bayes' rule and logit."""
    tree = Tree(
        ("one",),
        (
            Node(-1, "Type", ("high", "low"), (1, 2), (0.3, 0.7)),
            Node(-1, "Signal", ("warn", "quiet"), (3, 4), (0.8, 0.2)),
            Node(-1, "Signal", ("warn", "quiet"), (5, 6), (0.2, 0.8)),
            Node(0, "Go?", ("go", "wait"), (~0, ~1), information="warn"),
            Node(0, "Go?", ("go", "wait"), (~2, ~3), information="quiet"),
            Node(0, "Go?", ("go", "wait"), (~4, ~5), information="warn"),
            Node(0, "Go?", ("go", "wait"), (~6, ~7), information="quiet"),
        ),
        tuple("abcdefgh"),
    )
    payoffs = np.array([[-10], [0], [-10], [0], [4], [0], [4], [0.0]])
    found = solve_responses(tree, payoffs, 0.5)
    high = 0.3 * 0.8 / (0.3 * 0.8 + 0.7 * 0.2)
    (warned,) = [sigma for sigma, unit in zip(found.strategy, tree.information.units, strict=True) if unit == (3, 5)]
    assert warned[0] == pytest.approx(logistic(0.5 * (-10 * high + 4 * (1 - high))), rel=1e-13)


def test_generalised_matching_pennies():
    """Goeree and Holt (2001, table 1) raise one payoff to 320; the fixed point by a root finder."""
    tree, payoffs = simultaneous([[320, 40], [40, 80]], [[40, 80], [80, 40]])
    for lam in (0.01, 0.1, 1.0):
        row = lambda p, lam=lam: logistic(lam * (p * 320 + (1 - p) * 40 - p * 40 - (1 - p) * 80))  # noqa: E731
        col = lambda q, lam=lam: logistic(lam * (q * 40 + (1 - q) * 80 - q * 80 - (1 - q) * 40))  # noqa: E731
        left = brentq(lambda p, row=row, col=col: col(row(p)) - p, 0, 1, xtol=1e-15)
        found = follow_branch(tree, payoffs, lam)
        assert found.strategy[1][0] == pytest.approx(left, abs=1e-12)
        assert found.strategy[0][0] == pytest.approx(row(left), abs=1e-10)
        assert found.residual <= 1e-10


@given(games(players=2), st.sampled_from([0.1, 1.0, 5.0]))
@settings(max_examples=40, deadline=None)
def test_the_branch_is_a_fixed_point_of_logit_responses(game, lam):
    tree, rng = game
    payoffs = rng.normal(size=(len(tree.terminals), len(tree.players)))
    (found,) = solve_equilibria(tree, payoffs, "qre", precision=lam)
    assert found.residual <= 1e-10
    assert found.regret >= 0
    assert found.terminal_probabilities.sum() == pytest.approx(1)
    # Beliefs and values once more, without logarithms.
    beliefs = find_beliefs(tree, found.strategy)
    for k, values in enumerate(move_values(tree, found.strategy, beliefs, payoffs)):
        if not tree.nodes[tree.information.units[k][0]].chance:
            np.testing.assert_allclose(found.strategy[k], np.exp(log_choice(lam * values)), atol=1e-9)


@given(games())
@settings(max_examples=25, deadline=None)
def test_recursion_and_branch_agree_where_both_apply(game):
    tree, rng = game
    if not tree.information.given:
        return
    payoffs = rng.normal(size=(len(tree.terminals), len(tree.players)))
    branch = follow_branch(tree, payoffs, 2.0)
    for one, other in zip(solve_responses(tree, payoffs, 2.0).strategy, branch.strategy, strict=True):
        np.testing.assert_allclose(one, other, atol=1e-12)


@given(games(players=2))
@settings(max_examples=25, deadline=None)
def test_constants_and_units_do_not_matter(game):
    tree, rng = game
    payoffs = rng.normal(size=(len(tree.terminals), len(tree.players)))
    (first,) = solve_equilibria(tree, payoffs, "qre", precision=1.5)
    factors, constants = np.array([8.0, 0.25])[: len(tree.players)], rng.normal(size=len(tree.players))
    (second,) = solve_equilibria(tree, payoffs * factors + constants, "qre", precision=1.5 / factors)
    np.testing.assert_allclose(first.terminal_probabilities, second.terminal_probabilities, atol=1e-9)


@given(trees())
def test_the_limits_are_uniform_and_subgame_perfect(game):
    tree, rng = game
    payoffs = rng.permutation(np.arange(1.0, len(tree.terminals) + 1))[:, None] * np.ones(len(tree.players))
    payoffs = np.column_stack([rng.permutation(payoffs[:, p]) for p in range(len(tree.players))])  # no ties
    for sigma in solve_responses(tree, payoffs, 0.0).strategy:
        np.testing.assert_allclose(sigma, 1 / len(sigma))
    sharp = solve_responses(tree, payoffs, 1e6)
    assert sharp.terminal_probabilities[solve_play(tree, payoffs).terminal] == pytest.approx(1)


def test_relabelled_moves_permute_the_result():
    tree, payoffs = simultaneous([[3, 1, 0], [0, 2, 1]], [[1, 0, 2], [0, 2, 1]])
    swapped, moved = simultaneous([[0, 1, 3], [1, 2, 0]], [[2, 0, 1], [1, 2, 0]])
    first, second = follow_branch(tree, payoffs, 1.2), follow_branch(swapped, moved, 1.2)
    np.testing.assert_allclose(first.strategy[1], second.strategy[1][::-1], atol=1e-12)


def test_a_large_precision_finds_the_mixed_equilibrium():
    tree, payoffs = simultaneous([[9, 0], [0, 1]], [[0, 1], [1, 0]])
    found = follow_branch(tree, payoffs, 1e5)
    np.testing.assert_allclose(found.strategy[0], [0.5, 0.5], atol=1e-4)
    np.testing.assert_allclose(found.strategy[1], [0.1, 0.9], atol=1e-4)


def test_beliefs_exist_where_probabilities_vanish():
    """At λ = 5000 a signal has probability e^-thousands, and the receiver still has a belief about its sender."""
    tree = signalling(0.4)
    payoffs = np.zeros((8, 2))
    payoffs[[2, 3], 0], payoffs[[6, 7], 0] = -1.0, -2.0  # signal y costs type b more
    payoffs[2, 1] = payoffs[7, 1] = 1.0
    found = follow_branch(tree, payoffs, 5000.0)
    (after_y,) = [b for b, unit in zip(found.beliefs, tree.information.units, strict=True) if unit == (4, 6)]
    np.testing.assert_allclose(after_y, [1.0, 0.0], atol=1e-12)


# ---- Nests -----------------------------------------------------------------------------------------------------------


def choice_tree(moves: int) -> Tree:
    names = tuple(f"m{m}" for m in range(moves))
    return Tree(("one",), (Node(0, "Go?", names, tuple(~m for m in range(moves))),), names)


def test_nested_logit_by_hand():
    worth, mu = np.array([1.0, 0.6, 0.2]), 0.4
    found = np.exp(log_choice(worth, Nests(((0, 2),), (mu,))))
    inner = np.exp(worth[[0, 2]] / mu)
    group = inner.sum() ** mu
    total = group + np.exp(0.6)
    np.testing.assert_allclose(
        found, [group / total * inner[0] / inner.sum(), np.exp(0.6) / total, group / total * inner[1] / inner.sum()]
    )


def test_a_duplicate_move_doubles_a_weight_and_a_nest_undoes_it():
    payoffs = np.array([[1.0], [0.5]])
    once = solve_responses(choice_tree(2), payoffs, 2.0).terminal_probabilities
    doubled = np.array([[1.0], [1.0], [0.5]])
    plain = solve_responses(choice_tree(3), doubled, 2.0).terminal_probabilities
    odds = once[0] / once[1]
    assert (plain[0] + plain[1]) / plain[2] == pytest.approx(2 * odds)
    nested = solve_responses(choice_tree(3), doubled, 2.0, {0: Nests(((0, 1),), (1e-9,))}).terminal_probabilities
    assert (nested[0] + nested[1]) / nested[2] == pytest.approx(odds, rel=1e-8)
    same = solve_responses(choice_tree(3), doubled, 2.0, {0: Nests(((0, 1),), (1.0,))}).terminal_probabilities
    np.testing.assert_allclose(same, plain)


def test_nests_work_on_the_branch_too():
    tree, payoffs = simultaneous([[3, 0], [3, 0], [0, 2]], [[0, 1], [0, 1], [1, 0]])
    found = follow_branch(tree, payoffs, 1.0, {0: Nests(((0, 1),), (1e-6,))})
    small, few = simultaneous([[3, 0], [0, 2]], [[0, 1], [1, 0]])
    alone = follow_branch(small, few, 1.0)
    assert found.strategy[0][:2].sum() == pytest.approx(alone.strategy[0][0], abs=1e-5)


@given(st.lists(st.floats(-1e3, 1e3), min_size=1, max_size=5), st.sampled_from([0.0, 1.0, 1e6]))
def test_choice_never_overflows(values, lam):
    logs = log_choice(lam * np.array(values))
    assert np.exp(logs).sum() == pytest.approx(1)


# ---- Refusals --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("nests", "message"),
    [
        ({9: Nests(((0, 1),), (0.5,))}, "nests: 9 is no information set"),
        ({0: Nests(((0, 1),), ())}, "1 groups, 0 dissimilarities"),
        ({0: Nests(((0, 5),), (0.5,))}, r"Give moves 0..1, each in one group"),
        ({0: Nests(((0, 1), (1,)), (0.5, 0.5))}, "each in one group at most"),
        ({0: Nests(((),), (0.5,))}, "each in one group at most"),
        ({0: Nests(((0, 1),), (0.0,))}, "dissimilarity 0. Give a number greater than 0 and at most 1"),
        ({0: Nests(((0, 1),), (1.5,))}, "dissimilarity 1.5"),
    ],
)
def test_what_are_no_nests_is_refused(nests, message):
    with pytest.raises(InputError, match=message):
        check_nests(crisis(), nests)


@pytest.mark.parametrize(
    ("payoffs", "precision", "message"),
    [
        (PAYOFFS, -1, "precision: -1.0. Give finite numbers ≥ 0"),
        (PAYOFFS, np.inf, "precision: inf"),
        (PAYOFFS, [1, 2, 3], r"precision: shape \(3,\)"),
        (PAYOFFS[:3], 1, r"payoffs: shape \(3, 2\). Give \[..., terminal, player\] with 4 × 2"),
        (np.where(PAYOFFS == 3, np.nan, PAYOFFS), 1, "a value is not a finite number"),
    ],
)
def test_bad_input_is_refused(payoffs, precision, message):
    with pytest.raises(InputError, match=message):
        solve_responses(crisis(), payoffs, precision)


def test_recursion_refuses_games_in_which_choices_decide_beliefs():
    tree, payoffs = simultaneous(np.eye(2), np.eye(2))
    with pytest.raises(InputError, match="backward recursion does not solve this game"):
        solve_responses(tree, payoffs, 1.0)


def test_a_branch_of_too_many_moves_is_refused(monkeypatch):
    monkeypatch.setattr("halys.strategy.branch.MOST_UNKNOWNS", 3)
    with pytest.raises(InputError, match="4 moves at information sets, more than 3"):
        follow_branch(*simultaneous(np.eye(2), np.eye(2)), 1.0)


def test_a_residual_that_rounding_keeps_large_is_an_error(monkeypatch):
    tree, payoffs = simultaneous([[9, 0], [0, 1]], [[0, 1], [1, 0]])
    monkeypatch.setattr("halys.strategy.branch.RESIDUAL", 1e-15)
    with pytest.raises(ConvergenceError, match=r"the response differs from the strategy by .* Lower the precision"):
        follow_branch(tree, payoffs, 1e6)


def test_a_branch_that_takes_too_many_steps_is_an_error(monkeypatch):
    tree, payoffs = simultaneous([[9, 0], [0, 1]], [[0, 1], [1, 0]])
    monkeypatch.setattr("halys.strategy.branch._STEPS", 10)
    with pytest.raises(ConvergenceError, match=r"precision 100: the principal branch could be followed to \S+ only"):
        follow_branch(tree, payoffs, 100.0)
