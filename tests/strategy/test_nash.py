"""Nash equilibria: textbook games, brute force, invariances, and games with three players."""

from __future__ import annotations

import itertools
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from trees import crisis, games, horse, make_tree, simultaneous

from halys.errors import InputError
from halys.strategy import Tree, find_regret, solve_equilibria
from halys.strategy.bimatrix import solve_two
from halys.strategy.exact import exact_payoffs, simplest_fraction
from halys.strategy.rays import find_rays


def mixtures(found) -> list[list[list[float]]]:
    """Of simultaneous games: each player's probabilities, rounded."""
    return [[np.round(sigma, 9).tolist() for sigma in item.strategy] for item in found]


def test_matching_pennies_has_one_equilibrium():
    (found,) = solve_equilibria(*simultaneous([[1, -1], [-1, 1]], [[-1, 1], [1, -1]]), "nash")
    assert [sigma.tolist() for sigma in found.strategy] == [[0.5, 0.5], [0.5, 0.5]]
    assert (found.regret, found.pure, found.residual) == (0, False, None)


def test_battle_of_the_sexes_has_three():
    found = solve_equilibria(*simultaneous([[2, 0], [0, 1]], [[1, 0], [0, 2]]), "nash")
    assert mixtures(found)[:2] == [[[1, 0], [1, 0]], [[0, 1], [0, 1]]]
    np.testing.assert_allclose(np.array(found.found[2].strategy), [[2 / 3, 1 / 3], [1 / 3, 2 / 3]])
    assert found.complete
    assert [item.component for item in found] == [0, 1, 2]


def test_chicken():
    found = solve_equilibria(*simultaneous([[0, -1], [1, -10]], [[0, 1], [-1, -10]]), "nash")
    assert [item.payoffs.tolist() for item in found][:2] == [[-1, 1], [1, -1]]
    np.testing.assert_allclose(np.array(found.found[2].strategy), [[0.9, 0.1], [0.9, 0.1]])


def test_prisoners_dilemma_has_one():
    (found,) = solve_equilibria(*simultaneous([[2, 0], [3, 1]], [[2, 3], [0, 1]]), "nash")
    assert found.payoffs.tolist() == [1, 1]


def test_rock_paper_scissors():
    table = np.array([[0, -1, 1], [1, 0, -1], [-1, 1, 0]])
    (found,) = solve_equilibria(*simultaneous(table, -table), "nash")
    np.testing.assert_allclose(np.array(found.strategy), 1 / 3)


def test_coordination_on_three_has_all_seven():
    table = np.diag([1, 2, 3])
    found = solve_equilibria(*simultaneous(table, table), "nash")
    assert len(found) == 7
    for item in found:  # on every support, with odds in inverse proportion to what it is worth
        weights = np.where(item.strategy[0] > 0, 1 / np.array([1, 2, 3]), 0)
        np.testing.assert_allclose(item.strategy[0], weights / weights.sum())


def test_a_degenerate_game_lists_the_corners_of_its_set():
    """If the column is left the row does not matter: equilibria (q, left) for q ≤ 1/2 [up]."""
    found = solve_equilibria(*simultaneous([[1, 0], [1, 2]], [[0, 1], [1, 0]]), "nash")
    listed = mixtures(found)
    assert [[0, 1], [1, 0]] in listed
    assert [[0.5, 0.5], [1, 0]] in listed
    assert len({item.component for item in found}) == 1


def test_an_empty_threat_is_nash():
    found = solve_equilibria(crisis(), [[0, 0], [-2, -4], [-0.1, 3], [-2, -1]], "nash")
    outcomes = {tuple(item.payoffs.tolist()) for item in found}
    assert outcomes == {(0.0, 0.0), (-0.1, 3.0)}
    corner = [item for item in found if not item.pure]
    assert [item.strategy[2].tolist() for item in corner] == [[0.25, 0.75]]  # just enough to deter


def test_selten_horse_has_two_sets():
    """Selten (1975): (D, c, L) with c of at least 1/3 and (C, c, R) with R of at least 3/4."""
    found = solve_equilibria(*horse(), "nash")
    listed = {tuple(tuple(np.round(sigma, 6)) for sigma in item.strategy) for item in found}
    assert listed == {
        ((1, 0), (0, 1), (1, 0)),
        ((1, 0), (0.666667, 0.333333), (1, 0)),
        ((0, 1), (0, 1), (0, 1)),
        ((0, 1), (0, 1), (0.25, 0.75)),
    }
    assert not found.complete
    assert found.complete_pure


def test_three_players_who_all_mix():
    """Each wants to differ from the next: one equilibrium, at a half each."""
    shape = (2, 2, 2)
    tables = [np.zeros(shape) for _ in range(3)]
    for cell in np.ndindex(shape):
        for i in range(3):
            tables[i][cell] = float(cell[i] != cell[(i + 1) % 3]) if i < 2 else float(cell[i] == cell[0])
    found = solve_equilibria(*simultaneous(*tables), "nash")
    assert any(np.allclose(np.array(item.strategy), 0.5) for item in found)
    assert all(item.regret <= 1e-9 for item in found)


def test_three_players_with_a_known_mixed_equilibrium():
    """A volunteer's dilemma: cost 1, benefit 4; each abstains with (1/4)^(1/2) if all mix."""
    tables = [np.zeros((2, 2, 2)) for _ in range(3)]
    for cell in np.ndindex(2, 2, 2):
        for i in range(3):
            tables[i][cell] = 4.0 * any(cell) - 1.0 * cell[i]
    found = solve_equilibria(*simultaneous(*tables), "nash")
    assert sum(item.pure for item in found) == 3
    assert any(np.allclose([sigma[0] for sigma in item.strategy], 0.5) for item in found)


@given(games(most=8))
@settings(max_examples=60, deadline=None)
def test_nobody_gains_from_a_listed_equilibrium(game):
    tree, rng = game
    payoffs = rng.integers(-3, 4, size=(len(tree.terminals), len(tree.players))).astype(float)  # with ties
    found = solve_equilibria(tree, payoffs, "nash")
    for item in found:
        assert item.regret <= 1e-9
        assert item.regret == find_regret(tree, item.strategy, payoffs)
        np.testing.assert_allclose(item.payoffs, item.terminal_probabilities @ payoffs)
    assert found.found or not found.complete


@given(games(most=6))
@settings(max_examples=40, deadline=None)
def test_all_pure_equilibria_are_listed(game):
    tree, rng = game
    payoffs = rng.integers(-2, 3, size=(len(tree.terminals), len(tree.players))).astype(float)
    listed = {tuple(np.round(item.terminal_probabilities, 9)) for item in solve_equilibria(tree, payoffs, "nash")}
    units = tree.information.units
    ranges = [range(1 if tree.nodes[u[0]].chance else len(tree.nodes[u[0]].moves)) for u in units]
    for moves in itertools.product(*ranges):
        strategy = tuple(
            np.array(tree.nodes[u[0]].probabilities) if tree.nodes[u[0]].chance else np.eye(len(r))[m]
            for u, r, m in zip(units, ranges, moves, strict=True)
        )
        if find_regret(tree, strategy, payoffs) == 0:
            item = np.zeros(len(tree.terminals))
            for t in range(len(tree.terminals)):
                item[t] = _probability(tree, strategy, t)
            assert tuple(np.round(item, 9)) in listed


def _probability(tree: Tree, strategy, t: int) -> float:
    total = {tree.root: 1.0}
    for n, node in enumerate(tree.nodes):
        for m, child in enumerate(node.children):
            total[child] = total[n] * strategy[tree.information.unit_of[n]][m]
    return total[~t]


@given(st.integers(0, 2**32 - 1), st.integers(2, 4), st.integers(2, 4))
@settings(max_examples=60, deadline=None)
def test_two_players_agree_with_support_enumeration(seed, rows, columns):
    """Games without ties have isolated equilibria, which equal supports find; their number is odd."""
    rng = np.random.default_rng(seed)
    first, second = rng.permutation(1000)[: rows * columns], rng.permutation(1000)[: rows * columns]
    a, b = first.reshape(rows, columns), second.reshape(rows, columns)
    expected = set()
    for size in range(1, min(rows, columns) + 1):
        for own in itertools.combinations(range(rows), size):
            for other in itertools.combinations(range(columns), size):
                y = _indifferent(a[np.ix_(own, other)])
                x = _indifferent(b[np.ix_(own, other)].T)
                if x is None or y is None or min(x.min(), y.min()) <= 0:
                    continue
                xs, ys = np.zeros(rows), np.zeros(columns)
                xs[list(own)], ys[list(other)] = x, y
                if (a @ ys).max() <= xs @ a @ ys + 1e-9 and (xs @ b).max() <= xs @ b @ ys + 1e-9:
                    expected.add((tuple(np.round(xs, 7)), tuple(np.round(ys, 7))))
    found = {
        tuple(tuple(round(float(share), 7) for share in mixture) for mixture in point.mixtures)
        for point in solve_two(a.astype(object), b.astype(object))
    }
    assert found == expected
    assert len(found) % 2 == 1


def _indifferent(table) -> np.ndarray | None:
    """Weights of the columns that make all rows worth the same."""
    size = len(table)
    matrix = np.block([[table, -np.ones((size, 1))], [np.ones((1, size)), np.zeros((1, 1))]])
    if abs(np.linalg.det(matrix)) < 1e-9:
        return None
    return np.linalg.solve(matrix, np.append(np.zeros(size), 1.0))[:size]


@given(games(most=7, players=2))
@settings(max_examples=40, deadline=None)
def test_units_of_payoffs_do_not_matter(game):
    tree, rng = game
    payoffs = rng.integers(-3, 4, size=(len(tree.terminals), len(tree.players))).astype(float)
    moved = payoffs * np.array([4.0, 0.5])[: len(tree.players)] + np.array([3.0, -7.0])[: len(tree.players)]
    for concept in ("nash", "spe", "pbe"):
        first, second = (solve_equilibria(tree, values, concept) for values in (payoffs, moved))
        assert len(first) == len(second)
        for one, other in zip(first, second, strict=True):
            assert all((a == b).all() for a, b in zip(one.strategy, other.strategy, strict=True))


@given(st.integers(0, 2**32 - 1))
@settings(max_examples=30, deadline=None)
def test_relabelled_moves_permute_the_equilibria(seed):
    rng = np.random.default_rng(seed)
    a, b = rng.integers(0, 4, (2, 3, 3))
    order = rng.permutation(3)
    first = mixtures(solve_equilibria(*simultaneous(a, b), "nash"))
    second = mixtures(solve_equilibria(*simultaneous(a[order], b[order]), "nash"))
    assert sorted([[np.array(x)[order].tolist(), y] for x, y in first]) == sorted(second)


def test_numbers_are_read_as_the_simplest_fractions():
    assert simplest_fraction(0.1) == Fraction(1, 10)
    assert simplest_fraction(1 / 3) == Fraction(1, 3)
    assert simplest_fraction(-2.5) == Fraction(-5, 2)
    assert simplest_fraction(0.1 + 0.2) == Fraction("0.30000000000000004")
    assert float(simplest_fraction(1.2345678901234567e-30)) == 1.2345678901234567e-30


@given(st.floats(-1e9, 1e9))
def test_a_fraction_reads_back_as_the_same_float(value):
    assert float(simplest_fraction(value)) == value


def test_payoffs_that_are_close_tie():
    rows = exact_payoffs(np.array([[1.0], [1.0 + 1e-12], [1.1]]), 1e-9)
    assert rows[0] == rows[1] == [1]
    assert rows[2] == [Fraction(11, 10)]


@given(st.integers(0, 2**32 - 1))
@settings(max_examples=30, deadline=None)
def test_rays_agree_with_brute_force(seed):
    """An extreme ray is tight in d − 1 independent inequalities."""
    rng = np.random.default_rng(seed)
    dimension = 4
    rows = rng.integers(-3, 4, (int(rng.integers(1, 5)), dimension))
    every = np.vstack([np.eye(dimension, dtype=int), rows])
    expected = set()
    for chosen in itertools.combinations(range(len(every)), dimension - 1):
        matrix = every[list(chosen)]
        if np.linalg.matrix_rank(matrix) < dimension - 1:
            continue
        ray = np.linalg.svd(matrix)[2][-1]
        for sign in (1, -1):
            if (every @ (sign * ray) >= -1e-9).all():
                expected.add(tuple(np.round(sign * ray / np.abs(ray).sum(), 6) + 0.0))
    found = {
        tuple(np.round(np.array(vector, dtype=float) / sum(vector), 6))
        for vector, _ in find_rays(rows.tolist(), dimension)
    }
    assert found == expected


# ---- Refusals --------------------------------------------------------------------------------------------------------


def test_too_many_plans_are_refused_with_a_way_out():
    rng = np.random.default_rng(5)
    tree = make_tree(rng, 300, 1)
    with pytest.raises(InputError, match=r"player 'player 0' has \d+ plans, more than 200. .* use concept 'qre'"):
        solve_equilibria(tree, rng.normal(size=(300, 1)), "nash")


def test_too_many_combinations_are_refused_with_a_way_out(monkeypatch):
    monkeypatch.setattr("halys.strategy.strategic.MOST_CELLS", 3)
    with pytest.raises(InputError, match="4 combinations of plans, more than 3"):
        solve_equilibria(*simultaneous(np.eye(2), np.eye(2)), "nash")


def test_too_many_vertices_are_refused_with_a_way_out(monkeypatch):
    monkeypatch.setattr("halys.strategy.rays.MOST_RAYS", 3)
    with pytest.raises(InputError, match="more than 3 extreme points"):
        solve_equilibria(*simultaneous(np.diag([1, 2, 3]), np.diag([1, 2, 3])), "nash")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"concept": "nsh"}, "concept: 'nsh'. Give one of spe, nash, pbe, qre. Nearest: 'nash'"),
        ({"concept": "qre"}, "precision: missing"),
        ({"concept": "nash", "precision": 1.0}, "precision, nests: they belong to concept 'qre', not 'nash'"),
        ({"concept": "nash", "tie_tolerance": -1.0}, "tie_tolerance: -1.0 is no tolerance"),
        ({"concept": "spe", "most": 0}, "most: 0. Give a whole number"),
        ({"concept": "pbe", "most": 0}, "most: 0. Give a whole number"),
    ],
)
def test_bad_arguments_are_refused(arguments, message):
    with pytest.raises(InputError, match=message):
        solve_equilibria(crisis(), np.zeros((4, 2)), **arguments)
    with pytest.raises(InputError, match=r"payoffs: shape \(2, 2\)"):
        solve_equilibria(crisis(), np.zeros((2, 2)), "nash")


@pytest.mark.parametrize("concept", ["spe", "nash", "pbe", "qre"])
def test_a_game_with_nothing_to_decide(concept):
    tree = Tree(("one",), (), ("only",))
    (found,) = solve_equilibria(tree, [[3.0]], concept, **({"precision": 1.0} if concept == "qre" else {}))
    assert found.payoffs.tolist() == [3.0]
    assert (found.regret, found.gap, found.pure) == (0, 0, True)
