"""Repetition: closed forms, unravelling against the whole game, reputation against its best-response inequalities."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from trees import chain_store, crisis, trees

from halys.errors import InputError
from halys.strategy import CHANCE, Interval, Node, Tree, solve_play
from halys.strategy.repetition import (
    CurvePiece,
    deter_repeatedly,
    discount_per_occasion,
    discount_per_year,
    discount_rate,
    find_critical_discount,
    find_discount_curve,
    repeat_game,
    unravel,
)
from halys.strategy.reputation import Reputation, State, find_temptation, solve_reputation

worth = st.floats(-3.0, 3.0).filter(lambda x: x == 0 or abs(x) > 1e-6)


# No known end ---------------------------------------------------------------------------------------------------------


def test_the_critical_factor_is_the_cost_over_cost_and_benefit():
    assert find_critical_discount(1.0, 3.0) == 0.25
    assert find_critical_discount(0.0, -1.0) == 0.0
    assert find_critical_discount(-2.0, 0.0) == 0.0
    assert find_critical_discount(1.0, 0.0) is None
    assert find_critical_discount(1.0, -5.0) is None
    assert find_critical_discount(1e-12, 0.0) == 0.0  # a tie, as on one occasion


@given(worth, worth, st.floats(0.01, 0.99))
def test_a_threat_is_carried_out_where_the_sum_over_later_occasions_pays_for_it(cost, benefit, discount):
    """The one-shot deviation, with the later occasions added up one by one."""
    least = find_critical_discount(cost, benefit)
    if least is not None and abs(discount - least) < 1e-3:
        return
    later = benefit * sum(discount**k for k in range(1, 3000))
    believed = cost <= 0 or cost <= later
    (found,) = deter_repeatedly(cost, benefit, True, True).credible or (None,)
    assert (found is not None and discount in found) == believed


@given(worth, worth, st.booleans(), st.booleans())
def test_all_three_conditions_deter_and_a_word_that_does_not_deter_is_not_kept(cost, benefit, sufficient, assured):
    found = deter_repeatedly(cost, benefit, sufficient, assured)
    whole = (Interval(0.0, 1.0, True, False),)
    assert found.sufficient == (whole if sufficient else ())
    assert found.assured == (whole if assured else ())
    if sufficient and assured:
        assert found.deters == found.credible
    else:
        assert found.deters == ()
        assert found.credible == (whole if cost <= 0 else ())


def test_factors_are_turned_into_years_and_rates():
    assert discount_per_year(0.9, 2.0) == pytest.approx(0.81)
    assert discount_per_occasion(0.81, 2.0) == pytest.approx(0.9)
    assert discount_per_year(0.0, 2.0) == 0.0
    assert discount_rate(0.8) == pytest.approx(0.25)
    assert discount_rate(0.0) == math.inf


@given(st.floats(0.001, 0.999), st.floats(0.05, 20))
def test_a_year_and_back_is_the_same(discount, occasions):
    back = discount_per_occasion(discount_per_year(discount, occasions), occasions)
    assert back == pytest.approx(discount, rel=1e-9) or discount**occasions < 1e-250


@pytest.mark.parametrize("discount", [1.0, 1.2, -0.1, math.nan])
def test_a_factor_of_one_or_more_is_refused(discount):
    for convert in (discount_rate, lambda d: discount_per_year(d, 1.0), lambda d: discount_per_occasion(d, 1.0)):
        with pytest.raises(InputError, match="from 0 to below 1"):
            convert(discount)


@pytest.mark.parametrize("occasions", [0.0, -1.0, math.inf])
def test_no_occasions_are_refused(occasions):
    with pytest.raises(InputError, match="greater than 0"):
        discount_per_year(0.9, occasions)


@pytest.mark.parametrize(("cost", "benefit"), [(math.nan, 1.0), (1.0, math.inf)])
def test_numbers_that_are_none_are_refused(cost, benefit):
    with pytest.raises(InputError, match="finite"):
        find_critical_discount(cost, benefit)


# The curve over a stake -----------------------------------------------------------------------------------------------


@given(*[worth] * 4, st.floats(-2.0, 0.0), st.floats(0.5, 3.0))
def test_the_curve_is_the_critical_factor_at_every_value(c0, c1, g0, g1, low, high):
    pieces = find_discount_curve((c0, c1), (g0, g1), low, high)
    assert pieces[0].low == low
    assert pieces[-1].high == high
    assert all(a.high == b.low for a, b in pairwise(pieces))
    for s in np.linspace(low, high, 41):
        cost, benefit = c0 + s * c1, g0 + s * g1
        if min(abs(cost), abs(benefit)) < 1e-6:
            continue
        (piece,) = [p for p in pieces if p.low <= s < p.high or s == p.high == high]
        wanted = find_critical_discount(cost, benefit)
        assert piece.at(s) == (None if wanted is None else pytest.approx(wanted, abs=1e-9))


def test_the_curve_of_a_known_case():
    """c = 1 − s, g = s − 1/2: never below 1/2, the ratio (1 − s)/(1/2) up to 1, always beyond."""
    first, second, third = find_discount_curve((1.0, -1.0), (-0.5, 1.0), 0.0, 2.0)
    assert first == CurvePiece(0.0, 0.5, "never")
    assert second == CurvePiece(0.5, 1.0, "from", (1.0, -1.0), (0.5, 0.0))
    assert third == CurvePiece(1.0, 2.0, "always")
    assert (second.at(0.5), second.at(0.75), second.at(1.0)) == (1.0, 0.5, 0.0)
    assert first.at(0.2) is None
    assert third.at(1.5) == 0.0


def test_a_line_that_is_nothing_everywhere_is_a_tie():
    assert find_discount_curve((1e-12, 0.0), (0.0, 0.0), 0.0, 1.0) == (CurvePiece(0.0, 1.0, "always"),)
    assert find_discount_curve((1.0, 0.0), (0.0, 1e-12), 0.0, 1.0) == (CurvePiece(0.0, 1.0, "never"),)


def test_a_range_without_width_is_refused():
    with pytest.raises(InputError, match="low < high"):
        find_discount_curve((1.0, 0.0), (1.0, 0.0), 1.0, 1.0)
    with pytest.raises(InputError, match="finite"):
        find_discount_curve((math.nan, 0.0), (1.0, 0.0), 0.0, 1.0)


# A known end ----------------------------------------------------------------------------------------------------------


@given(trees(most=5), st.integers(1, 4), st.sampled_from([1.0, 0.8]))
@settings(max_examples=60)
def test_unravelling_is_the_play_of_the_whole_game(game, occasions, discount):
    """At every decision of every copy, reached or not."""
    tree, rng = game
    if not tree.nodes:
        return
    payoffs = rng.normal(size=(len(tree.terminals), len(tree.players)))
    lasting = [p for p in range(len(tree.players)) if rng.random() < 0.5]
    found = unravel(tree, payoffs, lasting, occasions, discount)
    whole, sums = repeat_game(tree, payoffs, lasting, occasions, discount)
    play = solve_play(whole, sums, find_tied=False)
    once = solve_play(tree, payoffs)
    assert found.same
    assert all(p.choice == once.choice for p in found.plays)
    size = len(tree.nodes)
    assert len(whole.nodes) % size == 0
    for start in range(0, len(whole.nodes), size):
        assert play.choice[start : start + size] == once.choice


def test_the_payoffs_of_the_whole_are_sums_for_those_who_stay():
    payoffs = np.array([[4.0, 0.0], [3.0, -1.0], [0.0, 3.0], [-2.0, -1.0]])
    whole, sums = repeat_game(crisis(), payoffs, [0], 2, 0.5)
    assert whole.players == ("sender", "target (1)", "target (2)")
    assert len(whole.terminals) == 16
    at = whole.terminals.index("cross-nothing; stay-punish")
    assert sums[at].tolist() == [0.0 + 0.5 * 3.0, 3.0, -1.0]


def test_the_chain_store_unravels():
    """Selten's game: the last rival enters and is let in, and so is every other, whatever a fight would have taught."""
    once, payoffs = chain_store(1)
    found = unravel(once, payoffs, [0], 20)
    assert found.same
    assert {p.terminal for p in found.plays} == {once.terminals.index("y")}
    whole, sums = chain_store(4)
    assert whole.terminals[solve_play(whole, sums).terminal] == "yyyy"


def test_chance_and_information_are_copied_with_every_occasion():
    tree = Tree(
        ("one", "two"),
        (
            Node(0, "?", ("a", "b"), (1, 2)),
            Node(1, "?", ("c", "d"), (~0, ~1), information="hidden"),
            Node(1, "?", ("c", "d"), (3, ~2), information="hidden"),
            Node(CHANCE, "!", ("heads", "tails"), (~3, ~4), probabilities=(0.5, 0.5)),
        ),
        ("ac", "ad", "bd", "h", "t"),
    )
    whole, _ = repeat_game(tree, np.zeros((5, 2)), [0], 2)
    sets = {n.information for n in whole.nodes if n.information}
    assert len(sets) == 6
    assert len(whole.information.units) == 6 * 3
    assert sum(n.chance for n in whole.nodes) == 6


@pytest.mark.parametrize(
    ("occasions", "discount", "lasting", "told"),
    [
        (0, 1.0, [0], "at least 1"),
        (2, 0.0, [0], "greater than 0"),
        (2, 1.1, [0], "at most 1"),
        (2, 1.0, [7], "lasting"),
    ],
)
def test_a_repetition_that_makes_no_sense_is_refused(occasions, discount, lasting, told):
    for use in (unravel, repeat_game):
        with pytest.raises(InputError, match=told):
            use(crisis(), np.zeros((4, 2)), lasting, occasions, discount)


def test_a_game_that_is_too_large_is_not_written_out():
    with pytest.raises(InputError, match="1,048,576 ends"):
        repeat_game(crisis(), np.zeros((4, 2)), [0], 10)
    with pytest.raises(InputError, match="nothing to repeat"):
        unravel(Tree(("one",), (), ("end",)), [[0.0]], [0], 3)


# Unknown type ---------------------------------------------------------------------------------------------------------


@st.composite
def reputations(draw: st.DrawFn) -> Reputation:
    """Any prior, also one on a threshold; peace may be worth less than an answer costs."""
    temptation = draw(st.sampled_from([0.25, 0.5]) | st.floats(0.05, 0.95))
    prior = draw(st.floats(0.01, 0.99) | st.sampled_from([temptation, temptation**2]))
    peace, discount = draw(st.floats(0.1, 4.0)), draw(st.sampled_from([1.0, 0.95, 0.6]))
    return solve_reputation(prior, draw(st.integers(1, 6)), 1.0, peace, temptation, discount)


def value(r: Reputation, left: int, state: State) -> float:
    """What the plain sender gets, in units of c, by adding up what follows."""
    if left == 0:
        return 0.0
    stays, fights = r.stays(left, state), r.plain_answers(left, state)
    crossed = fights * (-1.0 + r.discount * value(r, left - 1, r.after_answer(left, state)))
    crossed += (1.0 - fights) * r.discount * value(r, left - 1, State(0.0))
    return stays * (r.peace + r.discount * value(r, left - 1, r.after_staying(left, state))) + (1.0 - stays) * crossed


def reached(r: Reputation, left: int, state: State) -> Iterator[tuple[int, State]]:
    """Every state after every history, on the path or off it."""
    if left == 0:
        return
    yield left, state
    for after in (r.after_staying(left, state), r.after_answer(left, state), State(0.0)):
        yield from reached(r, left - 1, after)


@given(reputations())
@settings(max_examples=150)
def test_nobody_gains_by_another_move_and_beliefs_follow_bayes(r):
    """The inequalities of a perfect Bayesian equilibrium, at every state: one deviation at a time suffices."""
    for left, state in set(reached(r, r.occasions, State(r.prior))):
        p, stays, fights = state.belief, r.stays(left, state), r.plain_answers(left, state)
        answered = p + (1.0 - p) * fights
        assert answered == pytest.approx(r.answers(left, state), abs=1e-12)
        gain = r.temptation - answered  # of a crossing: (1 − P)·b + P·(b − 1)
        assert gain <= 1e-12 or stays == 0.0
        assert gain >= -1e-12 or stays == 1.0
        after = r.after_answer(left, state)
        if answered > 0.0:
            assert after.belief == pytest.approx(p / answered, rel=1e-12)
        fight = -1.0 + r.discount * value(r, left - 1, after)
        if p > 0.0:
            assert fight <= 1e-9 or fights == 1.0
            assert fight >= -1e-9 or fights == 0.0
        if state.promised is not None:
            assert value(r, left, state) == pytest.approx(state.promised, abs=1e-9)


@given(st.floats(0.1, 4.0), st.sampled_from([1.0, 0.9, 0.6]), st.sampled_from([0.3, 0.5, 0.8]), st.integers(1, 12))
def test_thresholds_are_those_of_backward_induction_on_a_grid(peace, discount, temptation, occasions):
    """An answer with n left pays at a belief where what follows is worth 1/δ; a target stays from b times that on."""
    beliefs = np.linspace(0.0, 1.0, 2001)
    worth = np.zeros_like(beliefs)
    r = solve_reputation(0.5, occasions, 1.0, peace, temptation, discount)
    for left in range(1, occasions + 1):
        enough = discount * worth >= 1.0 - 1e-12
        needed = beliefs[np.argmax(enough)] if enough.any() else 1.0
        assert r.needed(left) == pytest.approx(needed, abs=2e-3)
        stays = beliefs > r.threshold(left)
        worth = np.where(stays, peace + discount * worth, 0.0)


def test_the_strategies_are_those_of_kreps_and_wilson():
    """Their proposition 1, with a = 2 and b = 0.4 and no discounting."""
    a, b = 2.0, 0.4
    r = solve_reputation(0.03, 8, 1.0, a, b)
    assert r.price == 1
    for n in range(1, 9):
        assert r.threshold(n) == pytest.approx(b**n)
        for p in (0.01, 0.05, 0.3):
            mixed = (1 - b ** (n - 1)) * p / ((1 - p) * b ** (n - 1))
            assert r.plain_answers(n, State(p)) == pytest.approx(1.0 if p >= b ** (n - 1) else mixed)
        if n > 1:
            low = State(b**n / 2)
            after = r.after_answer(n, low)
            assert after.belief == pytest.approx(b ** (n - 1))
            assert r.stays(n - 1, after) == pytest.approx(1 / a)
    assert r.plain_answers(1, State(0.3)) == 0.0
    assert r.deterred == 5  # 0.4^4 = 0.0256 < 0.03 < 0.4^3: the targets with 4 to 8 left stay
    assert [o.stays for o in r.path[:6]] == [1.0, 1.0, 1.0, 1.0, 1.0, 0.0]
    assert r.path[5].answered == pytest.approx(0.03 / b**2)
    assert r.path[6].stays == pytest.approx(0.03 / b**2 / a)


@given(reputations())
def test_the_path_is_made_of_probabilities_and_begins_with_the_deterred(r):
    assert len(r.path) == r.occasions
    for o in r.path:
        assert o.stays + o.answered + o.passes == pytest.approx(1.0)
        assert min(o.stays, o.answered, o.passes) >= 0.0
    assert all(o.stays == 1.0 for o in r.path[: r.deterred])


@given(reputations())
def test_below_the_bound_of_the_endless_game_no_answer_is_worth_it(r):
    if r.discount < find_critical_discount(1.0, r.peace):
        assert r.price is None
        assert r.threshold(r.occasions) == r.temptation


def test_a_small_doubt_deters_if_occasions_are_many():
    counts = [solve_reputation(0.001, n, 1.0, 2.0, 0.5).deterred for n in (5, 10, 50)]
    assert counts == [0, 1, 41]  # 0.5^10 < 0.001 < 0.5^9


def test_the_temptation_is_the_gain_over_gain_and_loss():
    assert find_temptation(0.0, 3.0, -1.0) == 0.75
    assert find_temptation(4.0, 3.0, -1.0) < 0  # it does not want to cross
    assert find_temptation(-2.0, 3.0, -1.0) > 1
    with pytest.raises(InputError, match="no worse"):
        find_temptation(0.0, 1.0, 1.0)
    with pytest.raises(InputError, match="finite"):
        find_temptation(math.nan, 1.0, 0.0)


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"prior": 0.0}, "prior"),
        ({"prior": 1.0}, "prior"),
        ({"temptation": 1.0}, "temptation"),
        ({"cost": 0.0}, "no dilemma"),
        ({"benefit": -1.0}, "no dilemma"),
        ({"discount": 1.01}, "at most 1"),
        ({"discount": 0.0}, "greater than 0"),
        ({"occasions": 0}, "from 1 to"),
        ({"occasions": 1001}, "from 1 to"),
    ],
)
def test_numbers_out_of_range_are_refused(change, told):
    good = {"prior": 0.1, "occasions": 5, "cost": 1.0, "benefit": 2.0, "temptation": 0.5, "discount": 0.9}
    with pytest.raises(InputError, match=told):
        solve_reputation(**(good | change))


# The page -------------------------------------------------------------------------------------------------------------


def test_the_example_of_the_page_prints_what_it_says(capsys):
    page = (Path(__file__).parents[2] / "docs" / "repetition.md").read_text(encoding="utf-8")
    (code,) = re.findall(r"```python\n(.*?)```", page, re.DOTALL)
    exec(code, {})
    said = re.findall(r"^print\(.*\)  # (.*)$", code, re.MULTILINE)
    assert capsys.readouterr().out.splitlines() == said
    assert len(said) == 4
    for name in ("deter_repeatedly", "find_discount_curve", "unravel", "repeat_game"):
        assert f"`{name}`" in page
