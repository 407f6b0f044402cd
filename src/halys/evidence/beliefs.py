"""Bayes' rule over groups of reports, with dependence, doubt and ranges instead of one posterior.

With prior p_h and group g of n_g reports that says L_gh, the probability of such a report under hypothesis h [1]_:

    q_g     = sum_h p_h L_gh                                 what an uninformed report would be heard with
    R_gh    = t_g L_gh / q_g + (1 − t_g)                     t: trust; doubt pulls towards no information
    m_g     = n_g / (1 + (n_g − 1) rho_g)                    reports that count; rho 1: copies count once
    p'_h    ∝ p_h prod_g R_gh ^ m_g

q is taken at the reference prior and likelihoods, so that neither the order of the groups nor a range moves it. A
range of likelihoods is a set of them, and gives a set of posteriors: its ends, and its inner part by draws.

References:
    .. [1] Fenton, Neil and Berger (2016), Bayes and the law, Annual Review of Statistics and Its Application 3, for
       likelihood ratios of dependent evidence; Walley (1991), Statistical reasoning with imprecise probabilities.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from halys.errors import InputError

Array = NDArray[np.float64]

DRAWS = 4096
_SEED = 20220314
_INNER = (0.05, 0.95)  # of the draws
_LEAST = 1e-9  # of a prior that the others leave


class Ranged(NamedTuple):
    """Numbers with the ends of their ranges, all of one shape."""

    value: Array
    low: Array
    high: Array

    @classmethod
    def certain(cls, value: Array) -> Ranged:
        """Numbers without a range."""
        value = np.asarray(value, dtype=np.float64)
        return cls(value, value, value)


@dataclass(frozen=True, eq=False)
class Evidence:
    """What bears on one question.

    Attributes:
        prior: (hypothesis,), in (0, 1); the values sum to 1. rest: the hypothesis whose prior is what the others leave
            of 1, also where these are drawn; None where each is stated. likelihood: (group, hypothesis), in (0, 1].
        reports: (group,) how many sources carry the group, at least 1.
        dependence, trust: (group,), in [0, 1].

    Raises:
        InputError: shapes or ranges that do not fit.
    """

    prior: Ranged
    likelihood: Ranged
    reports: Array
    dependence: Ranged
    trust: Ranged
    rest: int | None = None

    def __post_init__(self) -> None:
        groups, count = self.likelihood.value.shape
        shapes = {"prior": (count,), "likelihood": (groups, count), "dependence": (groups,), "trust": (groups,)}
        for name, shape in shapes.items():
            given: Ranged = getattr(self, name)
            if any(part.shape != shape for part in given):
                raise InputError(f"{name} must have the shape {shape}, as value, low and high.")
            if not (np.isfinite(np.stack(given)).all() and (given.low <= given.value).all()):
                raise InputError(f"{name} must be finite, with low <= value <= high.")
            if (given.value > given.high).any() or (given.low < 0).any() or (given.high > 1).any():
                raise InputError(f"{name} must lie between 0 and 1, with low <= value <= high.")
        if (self.likelihood.low <= 0).any():
            raise InputError("a likelihood must be greater than 0: what was reported was possible.")
        if (self.prior.low <= 0).any() or abs(self.prior.value.sum() - 1.0) > 1e-9:
            raise InputError("priors must be greater than 0 and sum to 1.")
        if self.reports.shape != (groups,) or (self.reports < 1).any():
            raise InputError(f"reports must have the shape {(groups,)} and be at least 1.")

    @property
    def expected(self) -> Array:
        """q (group,): how probable such a report is under the prior."""
        return np.asarray(self.likelihood.value @ self.prior.value)

    def keep(self, groups: NDArray[np.bool_] | list[int], reports: Array | None = None) -> Evidence:
        """With some of the groups alone, and other numbers of reports for these."""
        return replace(
            self,
            likelihood=Ranged(*(part[groups] for part in self.likelihood)),
            reports=self.reports[groups] if reports is None else reports,
            dependence=Ranged(*(part[groups] for part in self.dependence)),
            trust=Ranged(*(part[groups] for part in self.trust)),
        )


def effective_reports(reports: Array, dependence: Array) -> Array:
    """m = n / (1 + (n − 1) rho): how many independent reports n reports of mutual dependence rho are worth."""
    return np.asarray(reports / (1.0 + (reports - 1.0) * dependence))


def log_ratios(e: Evidence) -> Array:
    """(group, hypothesis) log R^m at the reference values: what each group adds to the log of each hypothesis."""
    return _log_ratios(e, e.likelihood.value, e.dependence.value, e.trust.value)


def _log_ratios(e: Evidence, likelihood: Array, dependence: Array, trust: Array) -> Array:
    ratio = trust[..., None] * likelihood / e.expected[:, None] + 1.0 - trust[..., None]
    return np.asarray(np.log(ratio) * effective_reports(e.reports, dependence)[..., None])


def _normalise(log_weight: Array) -> Array:
    weight = np.exp(log_weight - log_weight.max(axis=-1, keepdims=True))
    return np.asarray(weight / weight.sum(axis=-1, keepdims=True))


def find_posterior(e: Evidence) -> Array:
    """(hypothesis,) posterior at the reference values."""
    return _normalise(np.log(e.prior.value) + log_ratios(e).sum(axis=0))


def find_bounds(e: Evidence) -> tuple[Array, Array]:
    """(hypothesis,) least and largest posterior over all ranges at once.

    A hypothesis is lowest where its own likelihoods and prior are at the low ends and those of the others at the high
    ends. Dependence and trust, which bear on all of a group's likelihoods, are at those ends that are worst together:
    each group is tried at its four corners until none of them moves the result further. With two hypotheses that is
    the bound; with more the worst may lie inside the ranges of dependence and trust, so that what the reference and
    draws reach counts too, and the bounds may be short of it by a little.
    """
    return _bounds(e, draw_posteriors(e))


def _bounds(e: Evidence, draws: Array) -> tuple[Array, Array]:
    low, high = np.empty((2, len(e.prior.value)))
    for h in range(len(low)):
        low[h], high[h] = (_extreme(e, h, upward) for upward in (False, True))
    reached = np.vstack([find_posterior(e), draws])
    return np.minimum(low, reached.min(axis=0)), np.maximum(high, reached.max(axis=0))


def _extreme(e: Evidence, h: int, upward: bool) -> float:
    own, others = (2, 1) if upward else (1, 2)  # position of high and low in a Ranged
    prior, likelihood = e.prior[others].copy(), e.likelihood[others].copy()
    prior[h], likelihood[:, h] = e.prior[own][h], e.likelihood[own][:, h]
    corners = [(rho, t) for rho in (e.dependence.low, e.dependence.high) for t in (e.trust.low, e.trust.high)]
    tried = np.stack([_log_ratios(e, likelihood, rho, t) for rho, t in corners])  # (corner, group, hypothesis)
    chosen = np.zeros(len(e.reports), dtype=np.intp)
    every = np.arange(len(chosen))
    sign, best = (1.0 if upward else -1.0), -np.inf
    moved = True
    while moved:
        moved = False
        for g in range(max(1, len(chosen))):
            for corner in range(len(corners) if len(chosen) else 1):
                trial = chosen.copy()
                trial[g : g + 1] = corner
                found = sign * _normalise(np.log(prior) + tried[trial, every].sum(axis=0))[h]
                if found > best + 1e-15:
                    best, chosen, moved = found, trial, True
    return float(sign * best)


def draw_posteriors(e: Evidence, draws: int = DRAWS, seed: int = _SEED) -> Array:
    """(draw, hypothesis) posteriors with likelihoods drawn log-uniform over their ranges, the others uniform.

    A prior that is the rest is what the drawn ones leave; where each is stated they are made to sum to 1.

    The draws say how the set of posteriors is filled if nothing speaks for one place of a range more than for another;
    they are no probabilities of probabilities.
    """
    rng = np.random.default_rng(seed)

    def uniform(r: Ranged) -> Array:
        return np.asarray(r.low + rng.random((draws, *r.value.shape)) * (r.high - r.low))

    prior = uniform(e.prior)
    if e.rest is not None:
        others = np.delete(prior, e.rest, axis=1).sum(axis=1)
        prior[:, e.rest] = np.maximum(1.0 - others, _LEAST)
    logs = Ranged(*(np.log(part) for part in e.likelihood))
    parts = _log_ratios(e, np.exp(uniform(logs)), uniform(e.dependence), uniform(e.trust))
    return _normalise(np.log(prior) + parts.sum(axis=1))


class Belief(NamedTuple):
    """Posterior of a question: at the reference, its bounds, and the inner nine tenths of the draws, (hypothesis,)."""

    value: Array
    low: Array
    high: Array
    inner_low: Array
    inner_high: Array


def believe(e: Evidence) -> Belief:
    """The posterior with its ranges."""
    draws = draw_posteriors(e)
    low, high = _bounds(e, draws)
    inner = np.quantile(draws, _INNER, axis=0)
    return Belief(find_posterior(e), low, high, inner[0], inner[1])


def vary_likelihoods(e: Evidence) -> Array:
    """(group, hypothesis, 2, hypothesis) posterior with one likelihood at its low and its high end, all else kept."""
    groups, count = e.likelihood.value.shape
    found = np.empty((groups, count, 2, count))
    base = np.log(e.prior.value) + log_ratios(e).sum(axis=0)
    mean, size = e.expected, effective_reports(e.reports, e.dependence.value)
    for end, likelihood in enumerate((e.likelihood.low, e.likelihood.high)):
        t = e.trust.value[:, None]
        now = np.log(t * likelihood / mean[:, None] + 1.0 - t) * size[:, None]
        change = now - log_ratios(e)
        for g in range(groups):
            for h in range(count):
                moved = base.copy()
                moved[h] += change[g, h]
                found[g, h, end] = _normalise(moved)
    return found
