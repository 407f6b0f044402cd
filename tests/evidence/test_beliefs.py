"""Beliefs against posteriors computed by hand, and the properties that they must have."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from halys.errors import InputError
from halys.evidence import (
    Evidence,
    Ranged,
    believe,
    draw_posteriors,
    effective_reports,
    find_bounds,
    find_posterior,
    inconsistency,
    log_ratios,
    make_matrix,
    vary_likelihoods,
)


def make(prior, likelihood, reports=None, dependence=None, trust=None, wide=0.0) -> Evidence:
    """Evidence with ranges of a relative width around likelihoods."""
    likelihood = np.array(likelihood, dtype=float).reshape(-1, len(prior))
    groups, one = len(likelihood), np.ones(len(likelihood))
    return Evidence(
        prior=Ranged.certain(np.array(prior, dtype=float)),
        likelihood=Ranged(likelihood, likelihood / (1 + wide), np.minimum(1.0, likelihood * (1 + wide))),
        reports=one if reports is None else np.array(reports, dtype=float),
        dependence=Ranged.certain(one if dependence is None else np.array(dependence, dtype=float)),
        trust=Ranged.certain(one if trust is None else np.array(trust, dtype=float)) if groups else Ranged.certain(one),
    )


def by_hand(prior, likelihood) -> list[float]:
    """Bayes' rule in rational numbers."""
    weights = []
    for h, p in enumerate(prior):
        weight = Fraction(p)
        for row in likelihood:
            weight *= Fraction(row[h])
        weights.append(weight)
    return [float(w / sum(weights)) for w in weights]


@st.composite
def evidence(draw: st.DrawFn) -> Evidence:
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    groups, count = draw(st.integers(1, 4)), draw(st.integers(2, 3))
    prior = rng.dirichlet(np.ones(count)) * 0.9 + 0.1 / count
    value = rng.uniform(0.1, 0.9, (groups, count))

    def ranged(low, high):
        ends = np.sort(rng.uniform(low, high, (3, groups)), axis=0)
        return Ranged(ends[1], ends[0], ends[2])

    return Evidence(
        Ranged(prior, prior * 0.9, np.minimum(prior * 1.1, 0.999)),
        Ranged(value, value * rng.uniform(0.5, 1, value.shape), value + (1 - value) * rng.uniform(0, 1, value.shape)),
        rng.integers(1, 6, groups).astype(float),
        ranged(0, 1),
        ranged(0.2, 1),
    )


def test_the_textbook_case():
    """Prior 1/2; reported with 4/5 under one hypothesis and 1/5 under the other: 4/5 after one, 16/17 after two."""
    once = make([0.5, 0.5], [[0.8, 0.2]])
    np.testing.assert_allclose(find_posterior(once), [0.8, 0.2], rtol=1e-14)
    twice = make([0.5, 0.5], [[0.8, 0.2], [0.8, 0.2]])
    np.testing.assert_allclose(find_posterior(twice), [16 / 17, 1 / 17], rtol=1e-14)


def test_three_hypotheses_by_hand():
    prior, rows = (0.5, 0.3, 0.2), ((0.25, 0.5, 0.75), (0.9, 0.6, 0.3), (0.125, 0.5, 0.25))
    np.testing.assert_allclose(find_posterior(make(prior, rows)), by_hand(prior, rows), rtol=1e-13)


def test_copies_of_one_report_move_beliefs_once():
    once = find_posterior(make([0.4, 0.6], [[0.7, 0.2]]))
    copies = find_posterior(make([0.4, 0.6], [[0.7, 0.2]], reports=[12]))
    np.testing.assert_allclose(copies, once, rtol=1e-14)


def test_independent_reports_count_each():
    three = find_posterior(make([0.4, 0.6], [[0.7, 0.2]], reports=[3], dependence=[0.0]))
    np.testing.assert_allclose(three, by_hand((0.4, 0.6), ((0.7, 0.2),) * 3), rtol=1e-13)


def test_dependence_in_between():
    """Four reports with rho 1/2 are worth 4 / (1 + 3/2) = 1.6."""
    np.testing.assert_allclose(effective_reports(np.array([4.0]), np.array([0.5])), [1.6])
    odds = (0.7 / 0.2) ** 1.6
    found = find_posterior(make([0.5, 0.5], [[0.7, 0.2]], reports=[4], dependence=[0.5]))
    np.testing.assert_allclose(found[0] / found[1], odds, rtol=1e-13)


def test_doubt_pulls_towards_no_information():
    """Trust 0 says nothing; trust t makes the ratio (t L + (1 − t) q) / (t L' + (1 − t) q), q what was expected."""
    np.testing.assert_allclose(find_posterior(make([0.3, 0.7], [[0.9, 0.1]], trust=[0.0])), [0.3, 0.7], rtol=1e-14)
    q = 0.5 * 0.9 + 0.5 * 0.1
    found = find_posterior(make([0.5, 0.5], [[0.9, 0.1]], trust=[0.6]))
    np.testing.assert_allclose(found[0] / found[1], (0.6 * 0.9 + 0.4 * q) / (0.6 * 0.1 + 0.4 * q), rtol=1e-13)
    moved = [find_posterior(make([0.5, 0.5], [[0.9, 0.1]], trust=[t]))[0] for t in np.linspace(0, 1, 6)]
    assert (np.diff(moved) > 0).all()


def test_a_certain_report_moves_nothing():
    np.testing.assert_allclose(find_posterior(make([0.2, 0.8], [[1.0, 1.0]])), [0.2, 0.8], rtol=1e-14)


def test_no_evidence_leaves_the_prior():
    belief = believe(make([0.2, 0.8], np.empty((0, 2))))
    np.testing.assert_allclose(belief.value, [0.2, 0.8])
    np.testing.assert_allclose([belief.low, belief.high], [[0.2, 0.8]] * 2)


@given(evidence())
def test_the_order_of_evidence_does_not_matter(e):
    order = list(range(len(e.reports)))[::-1]
    np.testing.assert_allclose(find_posterior(e.keep(order)), find_posterior(e), rtol=1e-12)
    one = find_posterior(e.keep(order[:1]))
    rest = log_ratios(e.keep(order[1:])).sum(axis=0)
    later = one * np.exp(rest) / (one * np.exp(rest)).sum()  # the others after it
    np.testing.assert_allclose(later, find_posterior(e), rtol=1e-10)


@given(evidence())
def test_bounds_hold_every_draw_and_the_reference(e):
    low, high = find_bounds(e)
    value = find_posterior(e)
    assert (low <= value + 1e-12).all()
    assert (value <= high + 1e-12).all()
    draws = draw_posteriors(e, 400)
    belief = believe(e)
    assert (draws >= low - 1e-9).mean() > 0.999
    assert (draws <= high + 1e-9).mean() > 0.999
    assert (belief.inner_low <= belief.inner_high).all()
    assert (belief.low <= belief.inner_low).all()
    assert (belief.high >= belief.inner_high).all()


def test_bounds_are_reached_at_the_ends():
    """One group, trust and copies certain: the bounds are Bayes' rule at opposite ends."""
    e = make([0.5, 0.5], [[0.6, 0.3]], wide=0.5)
    low, high = find_bounds(e)
    np.testing.assert_allclose(high[0], 0.9 / (0.9 + 0.2), rtol=1e-12)
    np.testing.assert_allclose(low[0], 0.4 / (0.4 + 0.45), rtol=1e-12)


def test_bounds_with_three_hypotheses_hold_what_draws_reach():
    """The worst dependence lies inside its range here, where no corner finds it."""
    likelihood = np.array([[0.5, 0.9, 0.1]])
    e = Evidence(
        Ranged.certain(np.array([0.33, 0.01, 0.66])),
        Ranged.certain(likelihood),
        np.array([10.0]),
        Ranged(np.array([0.5]), np.array([0.0]), np.array([1.0])),
        Ranged.certain(np.ones(1)),
    )
    low, high = find_bounds(e)
    reached = draw_posteriors(e)
    assert high[0] >= find_posterior(e)[0] > 0.83
    assert (low <= reached.min(axis=0)).all()
    assert (high >= reached.max(axis=0)).all()


def test_a_prior_that_is_the_rest_is_what_the_others_leave():
    """Without evidence the draws are the priors; those stated fill their range, and the rest fills what is left."""
    prior = Ranged(np.array([0.5, 0.5]), np.array([0.2, 0.2]), np.array([0.8, 0.8]))
    nothing = Ranged.certain(np.empty((0, 2)))
    none = Ranged.certain(np.empty(0))
    draws = draw_posteriors(Evidence(prior, nothing, np.empty(0), none, none, rest=1))
    np.testing.assert_allclose(draws.sum(axis=1), 1.0)
    np.testing.assert_allclose(np.quantile(draws[:, 0], [0.05, 0.5, 0.95]), [0.23, 0.5, 0.77], atol=0.01)


def test_one_likelihood_at_a_time():
    e = make([0.5, 0.5], [[0.6, 0.3], [0.5, 0.8]], wide=0.25)
    found = vary_likelihoods(e)
    moved = by_hand((0.5, 0.5), ((0.75, 0.3), (0.5, 0.8)))
    np.testing.assert_allclose(found[0, 0, 1], moved, rtol=1e-12)
    moved = by_hand((0.5, 0.5), ((0.6, 0.3), (0.5, 0.64)))
    np.testing.assert_allclose(found[1, 1, 0], moved, rtol=1e-12)


def test_draws_are_the_same_every_time():
    e = make([0.5, 0.5], [[0.6, 0.3]], wide=0.5)
    np.testing.assert_array_equal(draw_posteriors(e, 50), draw_posteriors(e, 50))


def test_the_matrix_of_competing_hypotheses():
    """Against a mean of 0.5 the ratios are 1.8 and 0.2; against 0.35 both within 1.5."""
    marks = make_matrix(make([0.5, 0.5], [[0.9, 0.1], [0.3, 0.4]]))
    assert marks.tolist() == [["C", "II"], ["N", "N"]]
    np.testing.assert_array_equal(inconsistency(marks), [0.0, 2.0])


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"prior": [0.5, 0.6]}, "sum to 1"),
        ({"prior": [0.0, 1.0]}, "greater than 0"),
        ({"likelihood": [[0.0, 0.5]]}, "greater than 0"),
        ({"likelihood": [[0.5, 1.2]]}, "between 0 and 1"),
        ({"reports": [0]}, "at least 1"),
        ({"trust": [1.5]}, "between 0 and 1"),
        ({"dependence": [-0.1]}, "between 0 and 1"),
    ],
)
def test_refusals(change, told):
    given = {"prior": [0.5, 0.5], "likelihood": [[0.5, 0.5]], **change}
    with pytest.raises(InputError, match=told):
        make(**given)
