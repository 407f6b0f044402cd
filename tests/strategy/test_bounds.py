"""Bounds from choices against closed forms, brute force over vertices and grids, and simulated choices."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from trees import make_tree, trees

from halys.errors import InputError
from halys.strategy import Node, Tree, solve_play
from halys.strategy.bounds import Choice, find_bounds, list_halfspaces, project
from halys.strategy.prospects import MOST_PROSPECTS, find_prospects, simplex_vertices

FREE = (-np.inf, np.inf)


def one(choice: Choice, low: float = 0.0, high: float = 1.0):
    return find_bounds([choice], [low], [high])


class TestClosedForms:
    """A move that costs 0.3 % of income and puts the whole of a stake at work."""

    def test_chosen_it_bounds_the_stake_from_below(self) -> None:
        (reach,) = one(Choice.plain([0, -0.3], [[0], [1]], 1)).reaches
        assert (reach.low, reach.high) == pytest.approx((0.3, 1.0), abs=1e-9)
        assert (reach.revealed_low, reach.revealed_high) == (pytest.approx(0.3), np.inf)
        assert reach.narrower
        assert [(a.observation, a.alternative) for a in reach.at_low] == [(0, 0)]
        assert reach.at_low[0].multiplier == pytest.approx(1.0)
        assert reach.at_high == ()

    def test_not_chosen_it_bounds_the_stake_from_above(self) -> None:
        (reach,) = one(Choice.plain([0, -0.3], [[0], [1]], 0)).reaches
        assert (reach.low, reach.high) == pytest.approx((0.0, 0.3), abs=1e-9)
        assert (reach.revealed_low, reach.revealed_high) == (-np.inf, pytest.approx(0.3))

    def test_half_an_exposure_doubles_the_bound_and_its_multiplier(self) -> None:
        (reach,) = one(Choice.plain([0, -0.3], [[0], [0.5]], 1)).reaches
        assert reach.low == pytest.approx(0.6)
        assert reach.at_low[0].multiplier == pytest.approx(2.0)

    def test_without_prior_ranges_an_end_is_infinite(self) -> None:
        (reach,) = find_bounds([Choice.plain([0, -0.3], [[0], [1]], 1)], *([end] for end in FREE)).reaches
        assert (reach.low, reach.high) == (pytest.approx(0.3), np.inf)
        assert reach.narrower

    def test_a_choice_between_equal_exposures_says_nothing_of_the_stake(self) -> None:
        bounds = one(Choice.plain([0, -0.3], [[0.5], [0.5]], 0))
        (reach,) = bounds.reaches
        assert (reach.low, reach.high, reach.revealed_low, reach.revealed_high) == (0.0, 1.0, *FREE)
        assert not reach.narrower
        assert bounds.centre == pytest.approx(0.5)
        assert bounds.radius == pytest.approx(0.5)

    def test_no_choice_leaves_the_prior_range(self) -> None:
        (reach,) = find_bounds([], [0.0], [2.0]).reaches
        assert (reach.low, reach.high, reach.narrower) == (0.0, 2.0, False)

    def test_two_stakes_bound_each_other_within_their_ranges(self) -> None:
        """v − w/2 ≥ 0.3 with w from 0 to 1: v from 0.3, and w to 1 as v goes to 1; the range of w holds the low end."""
        choice = Choice.plain([0, -0.3], [[0, 0], [1, -0.5]], 1)
        v, w = find_bounds([choice], [0, 0], [0.6, 1]).reaches
        assert (v.low, w.high) == pytest.approx((0.3, 0.6))
        assert v.held_low == (1,)
        assert w.held_high == (0,)

    def test_the_centre_is_that_of_the_largest_ball(self) -> None:
        """Two of three corners of the square cut off by v ≥ w: the incircle of a right triangle."""
        bounds = find_bounds([Choice.plain([0, 0], [[0, 0], [1, -1]], 1)], [0, 0], [1, 1])
        assert bounds.radius == pytest.approx(1 / (2 + np.sqrt(2)))
        assert bounds.centre == pytest.approx([1 - bounds.radius, bounds.radius])

    def test_without_stakes_a_choice_is_either_best_or_in_conflict(self) -> None:
        best, worse = (Choice.plain([0, -1], np.zeros((2, 0)), chosen) for chosen in (0, 1))
        assert find_bounds([best], [], []).conflict is None
        found = find_bounds([best, worse], [], []).conflict
        assert found is not None
        assert (found.slack, found.observations) == (pytest.approx(1.0), (1,))

    def test_the_joint_polytope_is_listed(self) -> None:
        choices = [Choice.plain([0, -0.3, 0.1], [[0], [1], [-1]], 1), Choice.plain([0, 1], [[0], [-1]], 0)]
        a, b, owners = list_halfspaces(choices)
        np.testing.assert_allclose(a[:, 0], [1, 2, 1])
        np.testing.assert_allclose(b, [0.3, 0.4, 1])
        assert owners == [(0, 0), (0, 1), (1, 0)]


class TestConflicts:
    def test_the_least_slack_and_the_observations_that_conflict(self) -> None:
        """At least 0.6 and at most 0.4: both give way by 0.1. The third agrees with either."""
        choices = [
            Choice.plain([0, -0.6], [[0], [1]], 1),
            Choice.plain([0, -0.9], [[0], [1]], 0),
            Choice.plain([0, -0.4], [[0], [1]], 0),
        ]
        found = find_bounds(choices, [0], [1])
        assert found.reaches == ()
        assert found.conflict is not None
        assert found.conflict.slack == pytest.approx(0.1)
        assert found.conflict.stakes == pytest.approx(0.5)
        assert found.conflict.observations == (0, 2)
        assert found.conflict.unranged_slack == pytest.approx(0.1)

    def test_a_choice_that_only_the_range_forbids(self) -> None:
        found = find_bounds([Choice.plain([0, -1.5], [[0], [1]], 1)], [0], [1]).conflict
        assert found is not None
        assert (found.slack, found.unranged_slack) == (pytest.approx(0.5), 0.0)

    def test_a_choice_that_no_stake_explains(self) -> None:
        found = find_bounds([Choice.plain([0, -0.2], [[1], [1]], 1)], [0], [1]).conflict
        assert found is not None
        assert found.slack == pytest.approx(0.2)
        assert found.observations == (0,)

    @settings(max_examples=8)
    @given(st.integers(0, 2**32 - 1))
    def test_conflicts_are_irreducible_and_the_slack_opens_the_set(self, seed: int) -> None:
        rng = np.random.default_rng(seed)
        choices, shift = [], []
        for _ in range(5):
            w, x = rng.normal(size=3), rng.normal(size=(3, 2))
            choices.append(Choice.plain(w, x, 0))
            shift.append((w, x))
        low, high = np.full(2, -0.5), np.full(2, 0.5)
        found = find_bounds(choices, low, high).conflict
        if found is None:
            return
        opened = [Choice.plain(w + (found.slack + 1e-7) * np.eye(3)[0], x, 0) for w, x in shift]
        assert find_bounds(opened, low, high).conflict is None
        closed = [Choice.plain(w + (found.slack - 1e-4) * np.eye(3)[0], x, 0) for w, x in shift]
        assert find_bounds(closed, low, high).conflict is not None
        own = [choices[o] for o in found.observations]
        assert find_bounds(own, low, high).conflict is not None
        for n in range(len(own)):
            assert find_bounds([*own[:n], *own[n + 1 :]], low, high).conflict is None


class TestVertices:
    @pytest.mark.parametrize(
        ("low", "high", "vertices"),
        [
            ([0, 0, 0], [1, 1, 1], [[1, 0, 0], [0, 1, 0], [0, 0, 1]]),
            ([0.3, 0.7], [0.3, 0.7], [[0.3, 0.7]]),
            ([0.2, 0.2], [0.6, 1.0], [[0.6, 0.4], [0.2, 0.8]]),
            ([1], [1], [[1]]),
        ],
    )
    def test_by_hand(self, low: list[float], high: list[float], vertices: list[list[float]]) -> None:
        np.testing.assert_allclose(simplex_vertices(low, high), vertices, atol=1e-12)

    @given(st.integers(0, 2**32 - 1))
    def test_they_span_all_distributions_within_the_ranges(self, seed: int) -> None:
        rng = np.random.default_rng(seed)
        count = int(rng.integers(2, 5))
        q = rng.dirichlet(np.ones(count))
        low, high = q * rng.uniform(0, 1, count), q + (1 - q) * rng.uniform(0, 1, count)
        vertices = simplex_vertices(low, high)
        assert np.all(vertices >= low - 1e-9)
        assert np.all(vertices <= high + 1e-9)
        np.testing.assert_allclose(vertices.sum(axis=1), 1)
        draws = rng.uniform(low, high, (2000, count))
        draws[:, -1] = 1 - draws[:, :-1].sum(axis=1)
        within = draws[(draws[:, -1] >= low[-1]) & (draws[:, -1] <= high[-1])]
        for direction in rng.normal(size=(5, count)):
            assert np.all(within @ direction <= (vertices @ direction).max() + 1e-9)

    @pytest.mark.parametrize(
        ("low", "high", "told"),
        [
            ([0.6, 0.6], [0.7, 0.7], "cannot sum to 1"),
            ([0, 0], [0.3, 0.3], "cannot sum to 1"),
            ([0.5, 0.4], [0.4, 0.6], "0 ≤ low ≤ high ≤ 1"),
            ([-0.1, 0], [1, 1], "0 ≤ low"),
            ([0, 0], [1], "one of each per move"),
            (np.full(20, 0.02), np.full(20, 0.08), "more than 4096 vertices"),
        ],
    )
    def test_refused(self, low: list[float], high: list[float], told: str) -> None:
        with pytest.raises(InputError, match=told):
            simplex_vertices(low, high)


def believed(tree: Tree, player: int, rng: np.random.Generator, width: float) -> list[np.ndarray | None]:
    """A belief about every other player's node, with vertices within `width` of a random distribution."""
    found: list[np.ndarray | None] = []
    for node in tree.nodes:
        q = rng.dirichlet(np.ones(len(node.moves)))
        ends = simplex_vertices(np.maximum(q - width, 0), np.minimum(q + width, 1))
        found.append(None if node.player == player else ends)
    return found


def every_prospect(tree: Tree, place: int, values: np.ndarray, beliefs: list[np.ndarray | None]):
    """Prospects by whole plans and whole vertex profiles: {plan: {belief: point}}, the slow way."""
    nodes = tree.below(place)
    own = [n for n in nodes if beliefs[n] is None]
    others = [n for n in nodes if beliefs[n] is not None]

    def point(at: int, weights: dict[int, np.ndarray]) -> np.ndarray:
        if at < 0:
            return values[~at]
        return sum(w * point(c, weights) for w, c in zip(weights[at], tree.nodes[at].children, strict=True) if w > 0)

    table = []
    for plan in itertools.product(*(np.eye(len(tree.nodes[n].moves)) for n in own)):
        profiles = itertools.product(*(beliefs[n] for n in others))
        table.append([point(place, dict(zip([*own, *others], [*plan, *belief], strict=True))) for belief in profiles])
    return np.array(table)  # (plan, belief, 1 + stake)


class TestProspects:
    @given(st.integers(0, 2**32 - 1))
    def test_both_tables_agree_with_whole_plans_and_profiles(self, seed: int) -> None:
        rng = np.random.default_rng(seed)
        tree = make_tree(rng, int(rng.integers(2, 7)), 2, moves=3)
        values, beliefs = rng.normal(size=(len(tree.terminals), 3)), believed(tree, 0, rng, 0.2)
        slow = every_prospect(tree, 0, values, beliefs)
        for by, table in (("plan", slow), ("belief", slow.transpose(1, 0, 2))):
            fast = find_prospects(tree, 0, values, beliefs, by)
            for v in rng.normal(size=(6, 2)):
                worth = table @ np.append(1.0, v)
                lists = [part @ np.append(1.0, v) for part in fast]
                for outer, inner in ((max, min), (min, max), (max, max), (min, min)):
                    assert outer(inner(r) for r in lists) == pytest.approx(outer(inner(r) for r in worth))

    def test_a_terminal_is_its_own_prospect(self) -> None:
        tree = Tree(("a",), (Node(0, "n", ("x", "y"), (~0, ~1)),), ("s", "t"))
        (part,) = find_prospects(tree, ~1, np.array([[1.0], [2.0]]), [None], "plan")
        assert part.tolist() == [[2.0]]

    def test_too_many_are_refused(self) -> None:
        rng = np.random.default_rng(1)
        tree = make_tree(rng, 400, 1, moves=2)
        beliefs = [np.eye(1) if len(n.moves) == 1 else np.array([[0.3, 0.7], [0.6, 0.4]]) for n in tree.nodes]
        values = rng.normal(size=(400, 2))
        with pytest.raises(InputError, match=str(MOST_PROSPECTS)):
            find_prospects(tree, 0, values, beliefs, "belief")


class TestPolytopes:
    """Sets over beliefs against brute force: all vertices, on a grid of stakes."""

    @settings(max_examples=8)
    @given(st.integers(0, 2**32 - 1))
    def test_outer_and_inner_sets_are_those_of_the_grid(self, seed: int) -> None:
        rng = np.random.default_rng(seed)
        grid = np.array(list(itertools.product(np.linspace(0, 1, 41), repeat=2)))
        choices, some, every = [], np.ones(len(grid), bool), np.ones(len(grid), bool)
        for _ in range(int(rng.integers(1, 3))):
            beliefs = int(rng.integers(1, 4))
            parts = [rng.normal(scale=0.5, size=(beliefs, 3)) for _ in range(3)]
            choices.append(Choice((parts[0],), tuple(tuple(r[None] for r in p) for p in parts[1:])))
            own, *others = (np.column_stack([np.ones(len(grid)), grid]) @ p.T for p in parts)
            some &= np.all([own.max(axis=1) >= o.min(axis=1) for o in others], axis=0)
            every &= np.all([own.min(axis=1) >= o.max(axis=1) for o in others], axis=0)
        step = 1 / 40
        for validity, inside in (("some", some), ("every", every)):
            found = find_bounds(choices, [0, 0], [1, 1], validity)
            if found.conflict is not None:
                assert not inside.any()
                continue
            if inside.any():
                for k, reach in enumerate(found.reaches):
                    assert reach.low <= grid[inside, k].min() + 1e-9
                    assert reach.high >= grid[inside, k].max() - 1e-9
            if validity == "every" and found.radius > step:  # convex and wide: the grid meets it near its ends
                for k, reach in enumerate(found.reaches):
                    assert grid[inside, k].min() <= found.centre[k] + step
                    assert reach.low <= found.centre[k] <= reach.high

    @settings(max_examples=6)
    @given(st.integers(0, 2**32 - 1))
    def test_the_union_over_vertices_has_the_ends_of_every_combination(self, seed: int) -> None:
        rng = np.random.default_rng(seed)
        parts = [rng.normal(scale=0.5, size=(2, 3)) for _ in range(3)]
        union = Choice((parts[0],), tuple(tuple(r[None] for r in p) for p in parts[1:]))
        found = find_bounds([union], [0, 0], [1, 1])
        each = [
            find_bounds([Choice.plain([a[0], b[0], c[0]], [a[1:], b[1:], c[1:]], 0)], [0, 0], [1, 1])
            for a, b, c in itertools.product(*parts)
        ]
        alive = [bounds for bounds in each if bounds.conflict is None]
        if found.conflict is not None:
            assert not alive
            assert found.conflict.slack == pytest.approx(min(b.conflict.slack for b in each), abs=1e-8)
            return
        for k, reach in enumerate(found.reaches):
            assert reach.low == pytest.approx(min(b.reaches[k].low for b in alive), abs=1e-8)
            assert reach.high == pytest.approx(max(b.reaches[k].high for b in alive), abs=1e-8)
        assert found.radius == pytest.approx(max(b.radius for b in alive), abs=1e-8)

    @settings(max_examples=5)
    @given(st.integers(0, 2**32 - 1))
    def test_the_inner_set_is_within_the_outer(self, seed: int) -> None:
        rng = np.random.default_rng(seed)
        tree = make_tree(rng, 9, 2, moves=3)
        if tree.nodes[0].player != 0 or len(tree.nodes[0].moves) < 2:
            return
        values, beliefs = rng.normal(size=(len(tree.terminals), 3)), believed(tree, 0, rng, 0.1)
        first, *rest = tree.nodes[0].children
        chosen = find_prospects(tree, first, values, beliefs, "plan")
        choice = Choice(chosen, tuple(find_prospects(tree, c, values, beliefs, "belief") for c in rest))
        inner, outer = (find_bounds([choice], [-1, -1], [1, 1], v) for v in ("every", "some"))
        if inner.conflict is None:
            assert outer.conflict is None
            for a, b in zip(inner.reaches, outer.reaches, strict=True):
                assert b.low - 1e-8 <= a.low <= a.high <= b.high + 1e-8
        elif outer.conflict is not None:
            assert inner.conflict.slack >= outer.conflict.slack - 1e-8


class TestSimulatedChoices:
    @settings(max_examples=8)
    @given(trees(), st.integers(1, 3))
    def test_the_bounds_contain_the_stakes_that_made_the_choices(self, drawn, stakes: int) -> None:
        """Every decision of a player in subgame-perfect play, with the play as the belief about the others."""
        tree, rng = drawn
        welfare = rng.normal(size=(len(tree.terminals), len(tree.players)))
        exposure = rng.uniform(-1, 1, (len(tree.terminals), stakes))
        true = rng.uniform(0, 1, stakes)
        payoffs = welfare.copy()
        payoffs[:, 0] += exposure @ true
        play = solve_play(tree, payoffs)
        values = np.column_stack([welfare[:, 0], exposure])
        beliefs = [
            None if node.player == 0 else np.eye(len(node.moves))[play.choice[n]][None]
            for n, node in enumerate(tree.nodes)
        ]
        choices = []
        for n, node in enumerate(tree.nodes):
            if node.player == 0 and len(node.moves) > 1:
                made = node.children[play.choice[n]]
                others = [c for c in node.children if c != made]
                chosen = find_prospects(tree, made, values, beliefs, "plan")
                choices.append(
                    Choice(chosen, tuple(find_prospects(tree, c, values, beliefs, "belief") for c in others))
                )
        for validity in ("some", "every"):
            found = find_bounds(choices, np.zeros(stakes), np.ones(stakes), validity)
            assert found.conflict is None
            for value, reach in zip(true, found.reaches, strict=True):
                assert reach.low - 1e-8 <= value <= reach.high + 1e-8
                assert reach.revealed_low - 1e-8 <= value <= reach.revealed_high + 1e-8


class TestProjection:
    def test_a_corner_cut_off_a_square(self) -> None:
        choice = Choice.plain([0, -0.5], [[0, 0], [1, 1]], 1)  # v + w ≥ 0.5
        corners = project([choice], [0, 0], [1, 1], 0, 1)
        assert {tuple(np.round(c, 9)) for c in corners} == {(0.5, 0), (1, 0), (1, 1), (0, 1), (0, 0.5)}
        x, y = corners.T
        assert 0.5 * float(x @ np.roll(y, -1) - y @ np.roll(x, -1)) == pytest.approx(1 - 0.125)  # anticlockwise

    @given(st.integers(0, 2**32 - 1))
    def test_the_shadow_holds_just_the_points_of_the_set(self, seed: int) -> None:
        rng = np.random.default_rng(seed)
        choices = [Choice.plain(rng.normal(scale=0.3, size=3), rng.normal(size=(3, 2)), 0) for _ in range(2)]
        corners = project(choices, [0, 0], [1, 1], 0, 1)
        a, b, _ = list_halfspaces(choices)
        if find_bounds(choices, [0, 0], [1, 1]).conflict is not None:
            assert len(corners) == 0
            return
        assert np.all(corners @ a.T >= b - 1e-7)
        inside = [v for v in rng.uniform(0, 1, (300, 2)) if np.all(a @ v >= b)]
        for p, q in itertools.pairwise([*corners, corners[0]]):
            for v in inside:
                assert (q - p)[0] * (v - p)[1] - (q - p)[1] * (v - p)[0] >= -1e-7

    def test_infinite_ranges_are_refused(self) -> None:
        with pytest.raises(InputError, match="finite ranges"):
            project([], [0, 0], [1, np.inf], 0, 1)


class TestRefused:
    def test_ranges(self) -> None:
        with pytest.raises(InputError, match="low ≤ high"):
            find_bounds([], [1.0], [0.0])

    def test_prospects_of_another_number_of_stakes(self) -> None:
        with pytest.raises(InputError, match="observation 0"):
            find_bounds([Choice.plain([0, 1], [[0], [1]], 0)], [0, 0], [1, 1])

    @pytest.mark.parametrize(
        ("welfare", "exposure", "chosen", "told"),
        [
            ([0, 1], [[0], [1]], 2, "no alternative"),
            ([0, np.nan], [[0], [1]], 0, "finite numbers"),
            ([0, 1], [0, 1], 0, "finite numbers"),
        ],
    )
    def test_plain_choices(self, welfare, exposure, chosen, told) -> None:
        with pytest.raises(InputError, match=told):
            Choice.plain(welfare, exposure, chosen)

    def test_a_union_is_no_polytope(self) -> None:
        two = np.array([[0.0, 1.0], [0.5, 0.0]])
        with pytest.raises(InputError, match="union"):
            list_halfspaces([Choice((two,), ((np.zeros((1, 2)),),))])
        with pytest.raises(InputError, match="no choices"):
            list_halfspaces([])
