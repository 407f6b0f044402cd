"""Perfect Bayesian equilibria: signalling games with closed forms, brute force, and the rules for beliefs."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from trees import crisis, games, horse, signalling, trees

from halys.strategy import Node, Signalling, Tree, solve_equilibria, solve_play
from halys.strategy.assessment import find_assessment
from halys.strategy.behaviour import find_beliefs, find_reach, move_values
from halys.strategy.signals import find_senders


def unit_at(tree: Tree, node: int) -> int:
    return tree.information.unit_of[node]


def quiche() -> np.ndarray:
    """Beer (x) or quiche (y), then a duel (u) or none (v): Cho and Kreps (1987), figure 1; type a is the weak one.

    Breakfast as liked is worth 1, no duel 2; the other likes a duel with the weak one only.
    """
    rows = []
    for kind, breakfast, reply in itertools.product("ab", "xy", "uv"):
        liked = (kind == "a") == (breakfast == "y")
        rows.append([1.0 * liked + 2.0 * (reply == "v"), 0.0 if reply == "v" else (1.0 if kind == "a" else -1.0)])
    return np.array(rows)


def test_beer_and_quiche():
    tree = signalling(0.1)
    found = solve_equilibria(tree, quiche(), "pbe")
    assert found.complete
    assert {item.senders[0].signalling for item in found} == {Signalling.POOLING}
    beer = [item for item in found if item.strategy[unit_at(tree, 1)][0] == 1]
    quiche_ = [item for item in found if item.strategy[unit_at(tree, 1)][0] == 0]
    assert len(beer) == len(quiche_) == 2
    for item in beer:
        assert item.payoffs.tolist() == pytest.approx([0.1 * 2 + 0.9 * 3, 0])
        assert item.senders[0].passes_intuitive
    for item in quiche_:
        assert item.payoffs.tolist() == pytest.approx([0.1 * 3 + 0.9 * 2, 0])
        assert not item.senders[0].passes_intuitive
    # Off the path a duel needs a belief in the weak one of at least 1/2; just enough to deter is a duel with 1/2.
    pure = next(item for item in beer if item.pure)
    np.testing.assert_allclose(pure.belief_ranges[unit_at(tree, 4)], [[0.5, 0], [1, 0.5]], atol=1e-8)
    mixed = next(item for item in beer if not item.pure)
    assert mixed.strategy[unit_at(tree, 4)].tolist() == [0.5, 0.5]
    np.testing.assert_allclose(mixed.beliefs[unit_at(tree, 4)], [0.5, 0.5], atol=1e-8)


def test_beer_and_quiche_with_many_weak_ones_is_hybrid():
    """Prior 0.6: 2/3 of the weak have beer, which leaves the other indifferent; a duel with 1/2 leaves them so."""
    tree = signalling(0.6)
    (found,) = solve_equilibria(tree, quiche(), "pbe")
    assert found.senders[0].signalling == Signalling.HYBRID
    np.testing.assert_allclose(found.strategy[unit_at(tree, 1)], [2 / 3, 1 / 3])
    np.testing.assert_allclose(found.strategy[unit_at(tree, 3)], [0.5, 0.5])
    assert found.gap <= 1e-12
    assert found.regret <= 1e-12


@pytest.mark.parametrize("cost", [0.8, 1.5, 2.2])
def test_spence(cost):
    """Schooling (y) costs c/θ; the wage is 1 (u) or 2 (v), and the employer wants it near θ. Type a has θ = 1, b 2.

    Schooling separates if and only if 1 ≤ c ≤ 2: then and only then the able go and the others do not.
    """
    rows = []
    for theta, school, wage in itertools.product((1, 2), (0, 1), (1, 2)):
        rows.append([wage - cost * school / theta, -float((wage - theta) ** 2)])
    found = solve_equilibria(signalling(0.75), rows, "pbe")
    separating = [item for item in found if item.senders[0].signalling == Signalling.SEPARATING]
    assert len(separating) == (1 if 1 <= cost <= 2 else 0)
    if separating:
        assert separating[0].payoffs.tolist() == pytest.approx([0.75 * 1 + 0.25 * (2 - cost / 2), 0])
        assert separating[0].senders[0].passes_intuitive
    assert any(item.senders[0].signalling == Signalling.POOLING for item in found)


def bargaining(prior: float) -> Tree:
    return Tree(
        ("challenger", "defender"),
        (
            Node(-1, "Resolve", ("resolved", "not"), (1, 2), (prior, 1 - prior)),
            Node(0, "Resolved", ("quiet", "threat"), (~0, 3)),
            Node(0, "Unresolved", ("quiet", "threat"), (~1, 4)),
            Node(1, "Reply", ("concede", "resist"), (~2, ~3), information="threatened"),
            Node(1, "Reply", ("concede", "resist"), (~4, ~5), information="threatened"),
        ),
        ("quiet r", "quiet u", "concede r", "war", "concede u", "climb down"),
    )


def test_a_bluff_in_crisis_bargaining():
    """The resolved always threaten. The defender resists if its belief in resolve is under 2/3, as 1 − 3/2 μ = 0 there.

    So of prior 0.2 the unresolved bluff with b, 0.2/(0.2 + 0.8 b) = 2/3, and resistance with r keeps them indifferent,
    (1 − r) − r/2 = 0.
    """
    tree = bargaining(0.2)
    payoffs = [[0, 1], [0, 1], [1, 0], [0.2, -0.5], [1, 0], [-0.5, 1]]
    (found,) = solve_equilibria(tree, payoffs, "pbe")
    np.testing.assert_allclose(found.strategy[unit_at(tree, 2)][1], 0.125)
    np.testing.assert_allclose(found.strategy[unit_at(tree, 3)][1], 2 / 3)
    np.testing.assert_allclose(found.beliefs[unit_at(tree, 3)], [2 / 3, 1 / 3])
    assert found.senders[0].signalling == Signalling.HYBRID
    (sure,) = solve_equilibria(bargaining(0.8), payoffs, "pbe")
    assert sure.senders[0].signalling == Signalling.POOLING
    assert sure.payoffs.tolist() == [1, 0]


def test_selten_horse_keeps_one_of_two_sets():
    """Kreps and Wilson (1982): three believes in one's deviation with 1/3 at most."""
    found = solve_equilibria(*horse(), "pbe")
    assert all(item.payoffs.tolist() == [1, 1, 1] for item in found)
    three = unit_at(horse()[0], 2)
    np.testing.assert_allclose(found.found[0].belief_ranges[three], [[0, 2 / 3], [1 / 3, 1]], atol=1e-8)
    np.testing.assert_allclose(found.found[1].beliefs[three], [1 / 3, 2 / 3], atol=1e-8)


@given(st.integers(0, 2**32 - 1))
@settings(max_examples=30, deadline=None)
def test_pure_equilibria_of_signalling_games_agree_with_brute_force(seed):
    rng = np.random.default_rng(seed)
    tree, payoffs = signalling(float(rng.uniform(0.1, 0.9))), rng.integers(0, 5, (8, 2)).astype(float)
    payoffs[:, 1] += rng.random(8) / 10  # no ties of the receiver
    prior, table = tree.nodes[0].probabilities, payoffs.reshape(2, 2, 2, 2)  # [type, signal, reply, player]
    expected = set()
    for signals in itertools.product((0, 1), repeat=2):
        for replies in itertools.product((0, 1), repeat=2):
            content = all(
                table[t, signals[t], replies[signals[t]], 0] >= table[t, 1 - signals[t], replies[1 - signals[t]], 0]
                for t in (0, 1)
            )
            if content and all(_rational(table, prior, signals, s, replies[s]) for s in (0, 1)):
                expected.add((*signals, *replies))
    found = solve_equilibria(tree, payoffs, "pbe")
    listed = {
        tuple(int(np.argmax(item.strategy[unit_at(tree, n)])) for n in (1, 2, 3, 4)) for item in found if item.pure
    }
    assert listed == expected
    assert found.found, "a sequential equilibrium exists (Kreps and Wilson)"
    assert found.complete


def _rational(table, prior, signals, signal, reply) -> bool:
    senders = [t for t in (0, 1) if signals[t] == signal]
    gains = table[:, signal, reply, 1] - table[:, signal, 1 - reply, 1]
    return sum(prior[t] * gains[t] for t in senders) >= 0 if senders else max(gains) >= 0


@given(games(most=8))
@settings(max_examples=60, deadline=None)
def test_listed_equilibria_are_sequentially_rational(game):
    tree, rng = game
    payoffs = rng.integers(-3, 4, size=(len(tree.terminals), len(tree.players))).astype(float)
    found = solve_equilibria(tree, payoffs, "pbe")
    for item in found:
        assert item.gap <= 1e-6
        assert item.regret <= 1e-6
        for belief, range_, bayes in zip(
            item.beliefs, item.belief_ranges, find_beliefs(tree, item.strategy), strict=True
        ):
            assert belief.sum() == pytest.approx(1)
            assert (range_[0] <= belief + 1e-6).all()
            assert (belief <= range_[1] + 1e-6).all()
            if np.isfinite(bayes).all():
                np.testing.assert_allclose(belief, bayes)
    assert found.found or not found.complete


@given(games(most=7, players=2))
@settings(max_examples=40, deadline=None)
def test_a_nash_equilibrium_that_reaches_everything_is_perfect_bayesian(game):
    tree, rng = game
    payoffs = rng.normal(size=(len(tree.terminals), len(tree.players)))
    listed = [np.round(item.terminal_probabilities, 7).tolist() for item in solve_equilibria(tree, payoffs, "pbe")]
    for item in solve_equilibria(tree, payoffs, "nash"):
        if all(find_reach(tree, item.strategy)[0] > 0):
            assert np.round(item.terminal_probabilities, 7).tolist() in listed


@given(trees())
@settings(deadline=None)
def test_with_perfect_information_it_is_backward_induction(game):
    tree, rng = game
    payoffs = rng.normal(size=(len(tree.terminals), len(tree.players)))
    (found,) = solve_equilibria(tree, payoffs, "pbe")
    assert found.terminal_probabilities[solve_play(tree, payoffs).terminal] == 1


def test_ties_branch_where_chance_decides_beliefs():
    found = solve_equilibria(crisis(), [[0, 0], [-2, -4], [-1, 3], [-1, -1]], "pbe")
    assert sorted(item.payoffs.tolist() for item in found) == [[-1, 3], [0, 0]]
    assert (found.complete, found.complete_pure) == (False, True)
    cut = solve_equilibria(crisis(), np.zeros((4, 2)), "pbe", most=3)
    assert (len(cut), cut.complete_pure) == (3, False)


def three_in_turn() -> Tree:
    """A type; one knows it and passes; two does not and stops or passes; three knows two passed."""
    return Tree(
        ("one", "two", "three"),
        (
            Node(-1, "Type", ("a", "b"), (1, 2), (0.25, 0.75)),
            Node(0, "One, a", ("stop", "pass"), (~0, 3)),
            Node(0, "One, b", ("stop", "pass"), (~1, 4)),
            Node(1, "Two", ("stop", "pass"), (~2, 5), information="two"),
            Node(1, "Two", ("stop", "pass"), (~3, 6), information="two"),
            Node(2, "Three", ("u", "v"), (~4, ~5), information="three"),
            Node(2, "Three", ("u", "v"), (~6, ~7), information="three"),
        ),
        tuple("abcdefgh"),
    )


def test_a_mistake_of_one_who_does_not_know_tells_nothing():
    tree, payoffs = three_in_turn(), np.zeros((8, 3))
    stop, go = np.array([1.0, 0.0]), np.array([0.0, 1.0])
    strategy = [stop] * len(tree.information.units)
    strategy[unit_at(tree, 0)] = np.array([0.25, 0.75])
    strategy[unit_at(tree, 1)] = strategy[unit_at(tree, 2)] = go
    found = find_assessment(tree, tuple(strategy), payoffs, 1e-9)
    three = unit_at(tree, 5)
    np.testing.assert_allclose(found.beliefs[three], [0.25, 0.75], atol=1e-9)
    np.testing.assert_allclose(found.ranges[three], [[0.25, 0.75]] * 2, atol=1e-9)
    strategy[unit_at(tree, 2)] = np.array([0.5, 0.5])  # type b passes half the time
    found = find_assessment(tree, tuple(strategy), payoffs, 1e-9)
    np.testing.assert_allclose(found.beliefs[three], [0.4, 0.6], atol=1e-9)
    strategy[unit_at(tree, 1)] = stop  # only type b passes: a would be a second mistake
    found = find_assessment(tree, tuple(strategy), payoffs, 1e-9)
    np.testing.assert_allclose(found.beliefs[three], [0, 1], atol=1e-9)
    strategy[unit_at(tree, 2)] = stop  # both stop: two's belief is free, three's any too
    found = find_assessment(tree, tuple(strategy), payoffs, 1e-9)
    np.testing.assert_allclose(found.ranges[three], [[0, 0], [1, 1]], atol=1e-9)


def again() -> Tree:
    """After an unseen type and a signal that is never sent, the same receiver decides twice."""
    return Tree(
        ("sender", "receiver"),
        (
            Node(-1, "Type", ("a", "b"), (1, 2), (0.5, 0.5)),
            Node(0, "Signal of a", ("x", "y"), (~0, 3)),
            Node(0, "Signal of b", ("x", "y"), (~1, 4)),
            Node(1, "First", ("out", "on"), (~2, 5), information="first"),
            Node(1, "First", ("out", "on"), (~3, 6), information="first"),
            Node(1, "Second", ("u", "v"), (~4, ~5), information="second"),
            Node(1, "Second", ("u", "v"), (~6, ~7), information="second"),
        ),
        tuple("abcdefgh"),
    )


def test_a_later_belief_follows_from_an_earlier_one():
    """First `on` pays if type a is likely, then `u` if b is: even odds alone support both."""
    tree = again()
    payoffs = np.zeros((8, 2))
    payoffs[[0, 1], 0] = 1.0
    payoffs[:, 1] = [0, 0, 0, 0, 1, 2, -1, -2]  # on, then u: a 1, b −1; v: a 2, b −2
    x, y = np.array([1.0, 0.0]), np.array([0.0, 1.0])
    strategy = [x] * len(tree.information.units)
    strategy[unit_at(tree, 0)] = np.array([0.5, 0.5])
    strategy[unit_at(tree, 3)] = y
    # u is better than v only if b is more likely than a, and then `out` is better than `on`.
    found = find_assessment(tree, tuple(strategy), payoffs, 1e-9)
    np.testing.assert_allclose(found.beliefs[unit_at(tree, 5)], [0.5, 0.5], atol=1e-7)
    payoffs[4, 1] = 0.9  # now `on` needs more than even odds
    assert find_assessment(tree, tuple(strategy), payoffs, 1e-9) is None
    strategy[unit_at(tree, 5)] = y
    found = find_assessment(tree, tuple(strategy), payoffs, 1e-9)
    first, second = (found.ranges[unit_at(tree, n)] for n in (3, 5))
    np.testing.assert_allclose(first, [[0.5, 0], [1, 0.5]], atol=1e-7)
    np.testing.assert_allclose(second, first, atol=1e-7)
    worth = move_values(tree, tuple(strategy), found.beliefs, payoffs)
    assert worth[unit_at(tree, 5)].tolist() == pytest.approx([0.425, 1.0], abs=1e-6)


def test_who_has_types():
    assert find_senders(crisis()) == []
    tree = signalling(0.5)
    assert find_senders(tree) == [(0, (unit_at(tree, 1), unit_at(tree, 2)))]
    assert [player for player, _ in find_senders(bargaining(0.5))] == [0]


def test_a_form_that_is_not_simple_has_no_intuitive_criterion():
    tree = again()
    payoffs = np.zeros((8, 2))
    payoffs[[0, 1], 0] = 1.0
    found = solve_equilibria(tree, payoffs, "pbe")
    assert found.found
    assert all(item.senders[0].passes_intuitive is None for item in found)
