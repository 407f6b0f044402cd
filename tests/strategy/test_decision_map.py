"""The decision map: raster, regions and lines say the same as backward induction."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from trees import brute, crisis, make_tree, rational, trees

from halys.errors import InputError
from halys.strategy import draw_map, find_thresholds, solve_play

X, Y = (-1.0, 2.0), (0.0, 4.0)


def area(points) -> float:
    x, y = np.array(points).T
    return 0.5 * float(x @ np.roll(y, -1) - y @ np.roll(x, -1))


def depth(points, x: float, y: float) -> float:
    """How far inside a convex polygon a point is, the least distance to its sides; negative outside."""
    corners = np.array(points)
    side = np.roll(corners, -1, axis=0) - corners
    across = side[:, 0] * (y - corners[:, 1]) - side[:, 1] * (x - corners[:, 0])
    return float((across / np.hypot(*side.T)).min())


def label_at(regions, x: float, y: float) -> int | None:
    """The label of the region around a point, None on a border."""
    found = [region.label for region in regions if depth(region.points, x, y) > 1e-9]
    assert len(found) <= 1
    return found[0] if found else None


def draw(game, integers: bool = False):
    tree, rng = game
    shape = (3, len(tree.terminals), len(tree.players))
    return tree, (rng.integers(-2, 3, shape).astype(float) if integers else rng.normal(size=shape)), rng


@given(trees(most=25))
def test_regions_are_those_of_backward_induction(game):
    tree, planes, rng = draw(game)
    drawn = draw_map(tree, *planes, X, Y, size=5)
    assert drawn.exact
    for x, y in zip(rng.uniform(*X, 60), rng.uniform(*Y, 60), strict=True):
        label = label_at(drawn.polygons, x, y)
        assert label is None or label == solve_play(tree, planes[0] + x * planes[1] + y * planes[2]).terminal


@given(trees(most=25))
def test_regions_are_convex_and_fill_the_rectangle(game):
    tree, planes, _ = draw(game)
    drawn = draw_map(tree, *planes, X, Y, size=3)
    assert sum(area(region.points) for region in drawn.polygons) == pytest.approx(12.0, rel=1e-10)
    for region in drawn.polygons:
        assert area(region.points) > 0
        assert min(depth(region.points, *corner) for corner in region.points) > -1e-10


@given(trees(most=14))
def test_games_full_of_ties(game):
    """Whole numbers: planes that agree everywhere or meet in one line or point."""
    tree, planes, rng = draw(game, integers=True)
    drawn = draw_map(tree, *planes, X, Y, size=3)
    assert sum(area(region.points) for region in drawn.polygons) == pytest.approx(12.0, rel=1e-10)
    for x, y in zip(rng.uniform(*X, 60), rng.uniform(*Y, 60), strict=True):
        label = label_at(drawn.polygons, x, y)
        assert label is None or label == solve_play(tree, planes[0] + x * planes[1] + y * planes[2]).terminal


@given(trees(most=25))
def test_the_raster_agrees_with_the_regions(game):
    tree, planes, _ = draw(game)
    drawn = draw_map(tree, *planes, X, Y, size=9)
    assert drawn.raster.shape == (9, 9)
    assert (drawn.x[0], drawn.x[-1], drawn.y[0], drawn.y[-1]) == (*X, *Y)
    for j, i in np.ndindex(9, 9):
        x, y = drawn.x[i], drawn.y[j]
        assert drawn.raster[j, i] == solve_play(tree, planes[0] + x * planes[1] + y * planes[2]).terminal
        assert label_at(drawn.polygons, x, y) in (None, drawn.raster[j, i])


@given(trees(most=25))
def test_lines_part_what_differs_and_are_exact(game):
    """Beside the middle of every line the play differs, without rounding; along rows they are the exact thresholds."""
    tree, planes, rng = draw(game)
    drawn = draw_map(tree, *planes, X, Y, size=3)
    for (x0, y0), (x1, y1) in drawn.lines:
        length = np.hypot(x1 - x0, y1 - y0)
        if length < 1e-4:
            continue
        share = Fraction(float(rng.uniform(0.2, 0.8)))
        x, y = (
            Fraction(x0) + share * (Fraction(x1) - Fraction(x0)),
            Fraction(y0) + share * (Fraction(y1) - Fraction(y0)),
        )
        across = Fraction(float((y1 - y0) / length * 1e-9)), Fraction(float((x0 - x1) / length * 1e-9))
        sides = []
        for sign in (1, -1):
            payoffs = rational(planes[0], planes[1], x + sign * across[0])
            payoffs = [
                [p + (y + sign * across[1]) * Fraction(k) for p, k in zip(row, slopes, strict=True)]
                for row, slopes in zip(payoffs, planes[2].tolist(), strict=True)
            ]
            sides.append(brute(tree, payoffs))
        assert sides[0] != sides[1]


@given(trees(most=25))
def test_rows_of_the_map_are_the_exact_thresholds(game):
    tree, planes, rng = draw(game)
    drawn = draw_map(tree, *planes, X, Y, size=3)
    for y in rng.uniform(*Y, 5):
        exact = [t.at for t in find_thresholds(tree, planes[0] + y * planes[2], planes[1], *X)]
        met = []
        for (x0, y0), (x1, y1) in drawn.lines:
            if min(y0, y1) <= y <= max(y0, y1) and y0 != y1:
                met.append(x0 + (y - y0) / (y1 - y0) * (x1 - x0))
        assert len(met) == len(exact)
        np.testing.assert_allclose(sorted(met), exact, rtol=0, atol=1e-8)


def test_the_map_of_the_crisis_game():
    """x: the sender's resolve, y: the target's gain. It stays if the threat is credible (x > 2) and enough (y < 3)."""
    constant = [[0, 0], [-2, -4], [0, 0], [-2, -3]]
    slope_x = [[0, 0], [0, 0], [-1, 0], [0, 0]]
    slope_y = [[0, 0], [0, 0], [0, 1], [0, 1]]
    drawn = draw_map(crisis(), constant, slope_x, slope_y, (0, 5), (0.5, 4.5), size=401)
    labels = [(0 if y < 3 else 3) if x > 2 else 2 for x, y in ((1, 1), (1, 4), (3, 1), (3, 4))]
    assert [label_at(drawn.polygons, x, y) for x, y in ((1, 1), (1, 4), (3, 1), (3, 4))] == labels
    assert sorted(tuple(sorted(line)) for line in drawn.lines) == [((2, 0.5), (2, 4.5)), ((2, 3), (5, 3))]
    assert len(drawn.polygons) == 3
    assert sorted(np.unique(drawn.raster)) == [0, 2, 3]


def test_labels_colour_by_move():
    """Told apart by whether the target crosses, the two ways of crossing are one."""
    constant = [[0, 0], [-2, -4], [0, 0], [-2, -3]]
    slope_x = [[0, 0], [0, 0], [-1, 0], [0, 0]]
    slope_y = [[0, 0], [0, 0], [0, 1], [0, 1]]
    drawn = draw_map(crisis(), constant, slope_x, slope_y, (0, 5), (0.5, 4.5), size=50, labels=[0, 0, 1, 1])
    assert sorted(np.unique(drawn.raster)) == [0, 1]
    assert {region.label for region in drawn.polygons} == {0, 1}
    assert sorted(tuple(sorted(line)) for line in drawn.lines) == [((2, 0.5), (2, 3)), ((2, 3), (5, 3))]


def test_beyond_the_cap_lines_come_from_the_mesh():
    """The map says so, and its lines run along the exact ones."""
    rng = np.random.default_rng(2)
    tree = make_tree(rng, 30, 2)
    planes = rng.normal(size=(3, 30, 2))
    exact = draw_map(tree, *planes, X, Y, size=60)
    capped = draw_map(tree, *planes, X, Y, size=60, max_polygons=1, tie_tolerance=0)
    assert exact.exact
    assert not capped.exact
    assert capped.polygons == ()
    np.testing.assert_array_equal(capped.raster, exact.raster)
    ends = np.array(exact.lines)
    on_mesh = [
        point
        for line in capped.lines
        for point in line
        if np.isin(point[0], exact.x) or np.isin(point[1], exact.y)  # else the middle of a square
    ]
    assert len(on_mesh) > 100
    for point in on_mesh:
        along = ends[:, 1] - ends[:, 0]
        share = ((point - ends[:, 0]) * along).sum(axis=1) / (along**2).sum(axis=1)
        nearest = ends[:, 0] + np.clip(share, 0, 1)[:, None] * along
        assert np.hypot(*(nearest - point).T).min() < 1e-9


def test_nothing_to_decide_is_one_region():
    from halys.strategy import Tree

    drawn = draw_map(Tree(("one",), (), ("only",)), [[0]], [[1]], [[1]], (0, 1), (0, 2), size=4)
    assert [region.points for region in drawn.polygons] == [((0, 0), (1, 0), (1, 2), (0, 2))]
    assert drawn.lines == ()
    assert not drawn.raster.any()


def test_what_cannot_be_drawn_is_refused():
    zero = np.zeros((3, 4, 2))
    with pytest.raises(InputError, match=r"x_range: from 1 to 1\. Give finite ends with low < high"):
        draw_map(crisis(), *zero, (1, 1), Y)
    with pytest.raises(InputError, match="y_range: from 0 to inf"):
        draw_map(crisis(), *zero, X, (0, np.inf))
    with pytest.raises(InputError, match="size: 1 points along an axis"):
        draw_map(crisis(), *zero, X, Y, size=1)
    with pytest.raises(InputError, match="labels: give 4 whole numbers"):
        draw_map(crisis(), *zero, X, Y, labels=[0, 1])
