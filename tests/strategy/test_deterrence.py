"""Preferences and deterrence as sets of one number: against rational numbers and against closed forms."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from trees import brute, crisis, rational, trees

from halys.errors import InputError
from halys.strategy import Interval, Node, Threat, Tree, deter, prefers
from halys.strategy.intervals import complement, intersect

LOW, HIGH = -2.0, 3.0
CRISIS = Threat(crossed=~3, unanswered=~2, below=(1,), stay_unanswered=~0, stay_punished=~1)


def ends(intervals) -> list[tuple[float, float]]:
    return [(i.low, i.high) for i in intervals]


def away_from_ends(intervals, s: float) -> bool:
    return all(abs(s - end) > 1e-9 for pair in ends(intervals) for end in pair)


# Preferences ----------------------------------------------------------------------------------------------------------


@given(trees(most=20), st.booleans(), st.booleans())
def test_preferences_are_those_of_backward_induction(game, strict, integers):
    """On a fine grid, and on both sides of every end that was found."""
    tree, rng = game
    shape = (2, len(tree.terminals), len(tree.players))
    constant, slope = rng.integers(-3, 4, shape).astype(float) if integers else rng.normal(size=shape)
    places = [*range(len(tree.nodes)), *(~t for t in range(len(tree.terminals)))]
    chosen = rng.choice(places, size=min(4, len(places)), replace=False).tolist()
    place, others = chosen[0], chosen[1:] or chosen[:1]
    player = int(rng.integers(len(tree.players)))
    found = prefers(tree, constant, slope, LOW, HIGH, player, place, others, strict)

    def holds(s: Fraction) -> bool:
        payoffs = rational(constant, slope, s)
        own = payoffs[brute(tree, payoffs, place)][player]
        best = max(payoffs[brute(tree, payoffs, other)][player] for other in others)
        return own > best if strict else own >= best

    for s in np.linspace(LOW + 1e-4, HIGH - 1e-4, 101):
        if away_from_ends(found, s):
            assert any(s in interval for interval in found) == holds(Fraction(s))
    near = Fraction(1, 10**10)
    for interval in found:
        for end, side in ((interval.low, -1), (interval.high, 1)):
            if LOW < end < HIGH and interval.low < interval.high:
                assert holds(Fraction(end) - side * near)
                assert not holds(Fraction(end) + side * near) or not away_from_ends(
                    [i for i in found if i is not interval], end
                )
            elif LOW < end < HIGH:
                assert not holds(Fraction(end) + side * near)


@given(trees(most=12))
def test_ends_belong_as_the_play_at_the_point_says(game):
    """Whole numbers cross at simple fractions; where these are floats, the point itself can be checked exactly."""
    tree, rng = game
    constant, slope = rng.integers(-3, 4, (2, len(tree.terminals), len(tree.players))).astype(float)
    others = tuple(~t for t in range(1, len(tree.terminals))) or (~0,)
    found = prefers(tree, constant, slope, LOW, HIGH, 0, tree.root, others)
    points = {end for pair in ends(found) for end in pair} | {LOW, HIGH, 0.0, 0.5, 1.0}
    for s in points:
        if (Fraction(s) * 8).denominator == 1:
            payoffs = rational(constant, slope, s)
            own = payoffs[brute(tree, payoffs)][0]
            holds = own >= max(payoffs[~other][0] for other in others)
            assert any(s in interval for interval in found) == holds


def test_a_tie_counts_unless_strict():
    tree = Tree(("one",), (Node(0, "?", ("a", "b"), (~0, ~1)),), ("a", "b"))
    both = (tree, [[0.0], [-1.0]], [[0.0], [1.0]], 0, 3, 0)
    assert prefers(*both, ~1, [~0]) == (Interval(1, 3, True, True),)
    assert prefers(*both, ~1, [~0], strict=True) == (Interval(1, 3, False, True),)
    assert prefers(*both, ~0, [~1]) == (Interval(0, 1, True, True),)
    assert prefers(*both, 0, [~0, ~1]) == (Interval(0, 3, True, True),)
    assert prefers(*both, 0, [~0, ~1], strict=True) == ()


def test_the_same_line_is_a_tie_everywhere():
    tree = Tree(("one",), (Node(0, "?", ("a", "b"), (~0, ~1)),), ("a", "b"))
    same = (tree, [[0.3], [0.1 + 0.2]], [[1.0], [1.0]], 0, 1, 0)
    for place, other in ((~0, ~1), (~1, ~0)):
        assert prefers(*same, place, [other]) == (Interval(0, 1),)
        assert prefers(*same, place, [other], strict=True) == ()


def test_a_preference_may_hold_on_several_intervals():
    """A third party's answer breaks the preference between 1 and 2, which another's stake decides."""
    tree = Tree(
        ("one", "two"),
        (Node(0, "?", ("keep", "try"), (~0, 1)), Node(1, "?", ("a", "b", "c"), (~1, ~2, ~3))),
        ("keep", "a", "b", "c"),
    )
    constant = [[0, 0], [1, 0], [-1, -1], [1, -3]]
    slope = [[0, 0], [0, 0], [0, 1], [0, 2]]
    # At 1 the second player is indifferent and takes the first move, a; at 2 it takes b.
    assert prefers(tree, constant, slope, 0, 3, 0, 1, [~0]) == (Interval(0, 1, True, True), Interval(2, 3, False, True))


def test_two_crossings_at_one_point_leave_the_point():
    """Worth as much as the others at 1/3 only, where rounding puts the two crossings an ulp or so apart."""
    tree = Tree(("one",), (Node(0, "?", ("a", "b", "c"), (~0, ~1, ~2)),), ("a", "b", "c"))
    constant, slope = [[0.2], [0.0], [0.2 + 0.04 + 0.4 - 0.4]], [[0.0], [0.6], [-0.12]]
    (found,) = prefers(tree, constant, slope, 0, 1, 0, ~0, [~1, ~2])
    assert found == Interval(pytest.approx(1 / 3, abs=1e-15), found.low)
    assert prefers(tree, constant, slope, 0, 1, 0, ~0, [~1, ~2], strict=True) == ()


def test_one_value_is_a_range_of_one_point():
    at_two = (crisis(), [[0, 0], [-2, -4], [0, 3], [-2, -1]], [[0, 0], [0, 0], [-1, 0], [0, 0]], 2.0, 2.0)
    assert prefers(*at_two, 0, ~3, [~2]) == (Interval(2.0, 2.0),)
    assert prefers(*at_two, 0, ~3, [~2], strict=True) == ()
    assert deter(*at_two, 0, 1, CRISIS).deters == (Interval(2.0, 2.0),)


# Deterrence -----------------------------------------------------------------------------------------------------------


def test_deterrence_in_the_crisis_game():
    """U_S(cross, nothing) = −s against −2: credible from 2 on. The target loses 1 by crossing; the sender spares it."""
    found = deter(crisis(), [[0, 0], [-2, -4], [0, 3], [-2, -1]], [[0, 0], [0, 0], [-1, 0], [0, 0]], 0, 5, 0, 1, CRISIS)
    assert found.credible == (Interval(2, 5),)
    assert found.sufficient == found.assured == (Interval(0, 5),)
    assert found.deters == (Interval(2, 5),)


def test_each_condition_can_fail():
    """A stake that makes the threat credible from 2 on, too weak from 4 on, and carried out anyway from 3 on."""
    constant = [[0, 0], [-3, -4], [0, 3], [-2, -4]]
    slope = [[0, 0], [1, 0], [-1, 0], [0, 1]]
    found = deter(crisis(), constant, slope, 0, 6, 0, 1, CRISIS)
    assert found.credible == (Interval(2, 6),)
    assert found.assured == (Interval(0, 3),)
    # Below the line the target gets 0 until the sender punishes anyway (from 3 on), then −4: crossing gives s − 4.
    assert found.sufficient == (Interval(0, 3, True, True),)
    assert found.deters == (Interval(2, 3, True, True),)
    alone = Threat(~3, ~2, (~0,))
    found = deter(crisis(), constant, slope, 0, 6, 0, 1, alone)
    assert found.assured == (Interval(0, 6),)
    assert found.sufficient == (Interval(0, 4, True, False),)
    assert found.deters == (Interval(2, 4, True, False),)


@given(trees(most=16))
def test_deterrence_is_its_definition(game):
    tree, rng = game
    constant, slope = rng.normal(size=(2, len(tree.terminals), len(tree.players)))
    places = [*range(len(tree.nodes)), *(~t for t in range(len(tree.terminals)))]
    crossed, unanswered, first, second, stay, punished = rng.choice(places, size=6).tolist()
    sender, target = rng.integers(len(tree.players), size=2).tolist()
    threat = Threat(crossed, unanswered, (first, second), stay, punished)
    found = deter(tree, constant, slope, LOW, HIGH, sender, target, threat)
    for s in np.linspace(LOW + 1e-4, HIGH - 1e-4, 41):
        payoffs = rational(constant, slope, s)

        def worth(player: int, place: int, payoffs=payoffs) -> Fraction:
            return payoffs[brute(tree, payoffs, place)][player]

        credible = worth(sender, crossed) >= worth(sender, unanswered)
        sufficient = worth(target, crossed) < max(worth(target, first), worth(target, second))
        assured = worth(sender, stay) >= worth(sender, punished)
        for intervals, holds in (
            (found.credible, credible),
            (found.sufficient, sufficient),
            (found.assured, assured),
            (found.deters, credible and sufficient and assured),
        ):
            assert any(s in interval for interval in intervals) == holds or not away_from_ends(intervals, s)


# Sets -----------------------------------------------------------------------------------------------------------------


def test_complement_and_intersection():
    some = (Interval(0, 1, True, False), Interval(2, 2), Interval(3, 4, False, True))
    rest = complement(some, 0, 4)
    assert rest == (Interval(1, 2, True, False), Interval(2, 3, False, True))
    assert complement(rest, 0, 4) == some
    assert intersect(some, rest) == ()
    assert intersect(some, (Interval(0.5, 3.5),)) == (
        Interval(0.5, 1, True, False),
        Interval(2, 2),
        Interval(3, 3.5, False, True),
    )
    assert complement((), 1, 1) == (Interval(1, 1),)
    assert complement((Interval(1, 1),), 1, 1) == ()


# Refusals -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("threat", "message"),
    [
        (Threat(~3, ~2, ()), "threat.below: the target has no move below the line"),
        (Threat(~3, ~2, (1,), ~0), "give both stay_unanswered and stay_punished, or neither"),
        (Threat(9, ~2, (1,)), "threat.crossed: 9 is no place of the tree"),
        (Threat(~3, ~2, (1, ~7)), r"threat.below\[1\]: -8 is no place of the tree"),
    ],
)
def test_threats_that_make_no_sense_are_refused(threat, message):
    with pytest.raises(InputError, match=message):
        deter(crisis(), np.zeros((4, 2)), np.zeros((4, 2)), 0, 1, 0, 1, threat)


def test_players_and_places_must_exist():
    zero = np.zeros((4, 2))
    with pytest.raises(InputError, match=r"sender: 2 is no player. Give 0..1"):
        deter(crisis(), zero, zero, 0, 1, 2, 1, CRISIS)
    with pytest.raises(InputError, match="player: -1 is no player"):
        prefers(crisis(), zero, zero, 0, 1, -1, ~0, [~1])
    with pytest.raises(InputError, match="others: there is nothing to compare with"):
        prefers(crisis(), zero, zero, 0, 1, 0, ~0, [])
    with pytest.raises(InputError, match="place: 5 is no place"):
        prefers(crisis(), zero, zero, 0, 1, 0, ~0, [5])
