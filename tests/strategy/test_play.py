"""Subgame-perfect play: against solvers that try everything, textbook games, invariances, ties."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from trees import brute, chain_store, crisis, equilibrium_terminals, make_tree, trees

from halys.errors import InputError
from halys.strategy import Node, Tree, solve_grid, solve_many, solve_play


def rearranged(tree: Tree, rng: np.random.Generator) -> tuple[Tree, list[np.ndarray]]:
    """The same game with the moves of every node in another order, and the old index of each new move."""
    orders = [rng.permutation(len(node.moves)) for node in tree.nodes]
    nodes = tuple(
        Node(n.player, n.label, tuple(n.moves[m] for m in order), tuple(n.children[m] for m in order))
        for n, order in zip(tree.nodes, orders, strict=True)
    )
    return Tree(tree.players, nodes, tree.terminals), orders


# Against slow solvers -------------------------------------------------------------------------------------------------


@given(trees())
def test_play_is_that_of_plain_recursion(game):
    tree, rng = game
    payoffs = rng.integers(-3, 4, (len(tree.terminals), len(tree.players)))  # with many ties
    play = solve_play(tree, payoffs)
    assert play.terminal == brute(tree, payoffs)
    assert list(play.outcome) == [brute(tree, payoffs, n) for n in range(len(tree.nodes))]
    assert play.regret == 0.0
    for n, node in enumerate(tree.nodes):
        reached = [brute(tree, payoffs, child) for child in node.children]
        best = max(payoffs[t, node.player] for t in reached)
        tied = tuple(m for m, t in enumerate(reached) if payoffs[t, node.player] == best)
        assert play.tied[n] == (tied if len(tied) > 1 else ())
        assert play.choice[n] == tied[0]
        assert play.values[n].tolist() == payoffs[play.outcome[n]].tolist()


@given(trees(most=8))
def test_tied_terminals_are_those_of_all_equilibria(game):
    """Every pure strategy profile is tried for a gain from one deviation."""
    tree, rng = game
    assume(np.prod([len(node.moves) for node in tree.nodes]) <= 2000)
    payoffs = rng.integers(0, 3, (len(tree.terminals), len(tree.players)))
    assert set(solve_play(tree, payoffs).terminals_tied) == equilibrium_terminals(tree, payoffs.tolist())


@given(trees())
def test_the_path_leads_to_the_terminal(game):
    tree, rng = game
    play = solve_play(tree, rng.normal(size=(len(tree.terminals), len(tree.players))))
    place = tree.root
    for n, move in play.path:
        assert (place, play.choice[n]) == (n, move)
        place = tree.nodes[n].children[move]
    assert ~place == play.terminal
    assert play.terminals_tied == (play.terminal,)


@given(trees(most=30))
def test_many_games_at_once_are_played_as_one_by_one(game):
    tree, rng = game
    payoffs = rng.integers(-4, 5, (3, 7, len(tree.terminals), len(tree.players)))
    choice, terminal = solve_many(tree, payoffs)
    for at in np.ndindex(3, 7):
        play = solve_play(tree, payoffs[at])
        assert choice[at].tolist() == list(play.choice)
        assert terminal[at].tolist() == list(play.outcome)


@given(trees(most=30))
def test_a_grid_is_played_as_its_points(game):
    tree, rng = game
    constant, slope_x, slope_y = rng.integers(-4, 5, (3, len(tree.terminals), len(tree.players)))
    x, y = np.linspace(-1, 1, 6), np.linspace(0, 2, 5)
    grid = solve_grid(tree, constant, slope_x, slope_y, x, y)
    assert grid.shape == (5, 6)
    for j, i in np.ndindex(5, 6):
        assert grid[j, i] == solve_play(tree, constant + x[i] * slope_x + y[j] * slope_y).terminal


def test_blocks_do_not_show():
    """More games than are solved at once, where the play differs between blocks."""
    tree = make_tree(np.random.default_rng(3), 20, 2)
    constant, slope_x, slope_y = np.random.default_rng(4).normal(size=(3, 20, 2))
    x, y = np.linspace(-2, 2, 150), np.linspace(-2, 2, 151)
    grid = solve_grid(tree, constant, slope_x, slope_y, x, y)
    stacked = constant + x[:, None, None] * slope_x + y[:, None, None, None] * slope_y
    _, terminal = solve_many(tree, stacked)
    assert len(np.unique(grid)) > 3
    np.testing.assert_array_equal(grid, terminal[..., 0])


# Invariances ----------------------------------------------------------------------------------------------------------


@given(trees(), st.lists(st.tuples(st.floats(0.1, 10), st.floats(-5, 5)), min_size=3, max_size=3))
def test_positive_affine_changes_leave_the_play(game, changes):
    tree, rng = game
    payoffs = rng.normal(size=(len(tree.terminals), len(tree.players)))
    scale, shift = np.array(changes[: len(tree.players)]).T
    assert solve_play(tree, scale * payoffs + shift).choice == solve_play(tree, payoffs).choice


@given(trees())
def test_moves_in_another_order_are_the_same_game(game):
    tree, rng = game
    payoffs = rng.normal(size=(len(tree.terminals), len(tree.players)))
    other, orders = rearranged(tree, rng)
    old, new = solve_play(tree, payoffs), solve_play(other, payoffs)
    assert new.terminal == old.terminal
    assert [order[m] for order, m in zip(orders, new.choice, strict=True)] == list(old.choice)


@given(trees())
def test_the_set_of_equilibria_does_not_depend_on_the_order_of_moves(game):
    """With ties the play may: the first move is played."""
    tree, rng = game
    payoffs = rng.integers(0, 3, (len(tree.terminals), len(tree.players)))
    other, _ = rearranged(tree, rng)
    assert solve_play(other, payoffs).terminals_tied == solve_play(tree, payoffs).terminals_tied


@given(trees())
def test_relabelling_players_and_terminals_relabels_the_play(game):
    tree, rng = game
    payoffs = rng.normal(size=(len(tree.terminals), len(tree.players)))
    players, terminals = rng.permutation(len(tree.players)), rng.permutation(len(tree.terminals))
    nodes = tuple(
        Node(int(players[n.player]), n.label, n.moves, tuple(c if c >= 0 else ~int(terminals[~c]) for c in n.children))
        for n in tree.nodes
    )
    moved = np.empty_like(payoffs)
    moved[np.ix_(terminals, players)] = payoffs
    play = solve_play(Tree(tree.players, nodes, tree.terminals), moved)
    assert play.terminal == terminals[solve_play(tree, payoffs).terminal]


# Ties -----------------------------------------------------------------------------------------------------------------


def test_ties_go_to_the_first_move_and_are_reported():
    tree = Tree(("one",), (Node(0, "Go?", ("a", "b", "c"), (~0, ~1, ~2)),), ("A", "B", "C"))
    play = solve_play(tree, [[0.0], [1.0], [1.0]])
    assert (play.choice, play.tied, play.terminals_tied) == ((1,), ((1, 2),), (1, 2))


def test_a_tie_within_the_tolerance_is_a_tie():
    tree = Tree(("one",), (Node(0, "Go?", ("a", "b"), (~0, ~1)),), ("A", "B"))
    near = [[1.0], [1.0 + 1e-10]]
    play = solve_play(tree, near)
    assert (play.terminal, play.tied) == (0, ((0, 1),))
    assert 0.0 < play.regret <= 1e-9
    exact = solve_play(tree, near, tie_tolerance=0.0)
    assert (exact.terminal, exact.tied, exact.regret) == (1, ((),), 0.0)


def test_a_tie_of_another_player_may_change_the_play():
    """The second player is indifferent; what they do decides whether the first enters. Both ends are equilibria."""
    tree = Tree(
        ("one", "two"),
        (Node(0, "Enter?", ("stay", "enter"), (~0, 1)), Node(1, "Fight?", ("no", "yes"), (~1, ~2))),
        "abc",
    )
    play = solve_play(tree, [[0, 0], [1, 5], [-1, 5]])
    assert (play.terminal, play.terminals_tied, play.tied) == (1, (0, 1), ((), (0, 1)))


def test_tolerances_are_not_negative():
    with pytest.raises(InputError, match="tie_tolerance: -1 is no tolerance"):
        solve_play(crisis(), np.zeros((4, 2)), -1)


def test_many_games_need_payoffs_that_fit():
    with pytest.raises(
        InputError, match=r"payoffs: shape \(3, 4, 3\), but the last two axes are 4 terminals × 2 players"
    ):
        solve_many(crisis(), np.zeros((3, 4, 3)))
    with pytest.raises(InputError, match="payoffs: not an array of numbers"):
        solve_many(crisis(), [[1.0, 2.0], [3.0]])
    with pytest.raises(InputError, match="x: not an array of numbers"):
        solve_grid(crisis(), *[np.zeros((4, 2))] * 3, ["low"], [0.0])
    with pytest.raises(InputError, match="not finite"):
        solve_many(crisis(), np.full((3, 4, 2), np.inf))
    with pytest.raises(InputError, match="x: give a one-dimensional array"):
        solve_grid(crisis(), *np.zeros((3, 4, 2)), np.zeros((2, 2)), np.zeros(2))


# Textbook games -------------------------------------------------------------------------------------------------------


def test_entry_deterrence():
    """Osborne and Rubinstein, section 6.5.1: the threat to fight is not credible, so the rival enters."""
    tree, payoffs = chain_store(1)
    play = solve_play(tree, payoffs)
    assert tree.terminals[play.terminal] == "y"
    assert payoffs[play.terminal].tolist() == [2.0, 2.0]
    assert play.regret == 0.0


@pytest.mark.parametrize("occasions", [2, 3, 5])
def test_finite_repetition_unravels(occasions):
    """The chain store paradox: with a known last occasion the store yields everywhere, after every history."""
    tree, payoffs = chain_store(occasions)
    play = solve_play(tree, payoffs)
    assert tree.terminals[play.terminal] == "y" * occasions
    for node, move in zip(tree.nodes, play.choice, strict=True):
        assert node.moves[move] == ("yield" if node.player == 0 else "enter")


def test_a_threat_deters_once_it_is_credible():
    """The sender punishes if a broken word costs it more than the punishment."""
    for resolve, ends in ((1.0, "cross-nothing"), (3.0, "stay-nothing")):
        play = solve_play(crisis(), [[0, 0], [-2, -4], [-resolve, 3], [-2, -1]])
        assert crisis().terminals[play.terminal] == ends
