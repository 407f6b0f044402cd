"""Draws of a scenario: the numbers that have a range, each from its distribution, by the index of the draw.

What is drawn are the numbers of the file with a range, and the elasticities that it leaves out where a range of them is
in print. They are independent but for the correlations that the file states and for posteriors of one question of the
evidence, which come from the same draws of its likelihoods, so that they sum to 1.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from halys.errors import InputError
from halys.evidence.beliefs import draw_posteriors
from halys.futures import Prior, correlate, correlation_factor, sobol_points
from halys.futures.samples import JointSample
from halys.scenario import Scenario
from halys.scenario.correlations import Pair, joined_sets, posterior_places, rank_matrix
from halys.scenario.elasticity_ranges import missing_ranges, with_elasticity_ranges
from halys.scenario.unknowns import Unknown

Array = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Drawing:
    """What is drawn in a scenario.

    Attributes:
        scenario, seed: of the draws. campaign: whether the numbers of the campaign are drawn too.

    Raises:
        InputError: no number has a range, or one has a distribution without support.
    """

    scenario: Scenario
    seed: int
    campaign: bool = False

    @cached_property
    def base(self) -> Scenario:
        """The scenario with the elasticities that it leaves out as numbers with a range; its results are the same."""
        return _with_elasticity_ranges(self.scenario)

    @cached_property
    def unknowns(self) -> tuple[Unknown, ...]:
        """The numbers drawn, in their order."""
        return _ranged(self.base, self.campaign)

    @cached_property
    def built_in(self) -> tuple[Unknown, ...]:
        """Those of them that the file does not state; their sources stand in `base.file.sources`."""
        added = {f"horizon.{name}" for name in missing_ranges(self.scenario.file.horizon)}
        return tuple(unknown for unknown in self.unknowns if unknown.id in added)

    @cached_property
    def priors(self) -> tuple[Prior, ...]:
        """The distribution of each; of a posterior, that of its draws."""
        places = self._posteriors
        return tuple(
            _prior_of_sample(self._samples[places[n][0]].draws[:, self._columns[n]]) if n in places else prior_of(u)
            for n, u in enumerate(self.unknowns)
        )

    @cached_property
    def ranks(self) -> Mapping[Pair, float]:
        """The rank correlations that the file states, by positions of numbers, the smaller first."""
        place = {unknown.id: n for n, unknown in enumerate(self.unknowns)}
        found = {}
        for entry in self.scenario.file.correlations:
            first, second = sorted(place[name] for name in entry.between)
            found[first, second] = entry.rank
        return found

    @cached_property
    def groups(self) -> tuple[tuple[int, ...], ...]:
        """The sets of positions whose numbers are not independent of each other, two or more in each.

        Each of the others is independent of all. Indices of sensitivity, which need independent parts, are those of
        whole sets.
        """
        return joined_sets([*self.ranks, *self._together.values()])

    def numbers(self, first: int, size: int) -> Array:
        """(size, number) the draws from index `first` on."""
        return self.at(sobol_points(len(self.unknowns), first, size, self.seed))

    def at(self, points: Array) -> Array:
        """(draw, number) the numbers at points (draw, number) of the unit cube.

        Points are those of independent numbers. Correlated ones are made of the points of their set alone; the points
        of the others reach their distributions as they are.

        Raises:
            InputError: points that have not one column for each number.
        """
        if points.ndim != 2 or points.shape[1] != len(self.unknowns):
            raise InputError(f"points must have {len(self.unknowns)} columns, one for each number.")
        points = points.copy()
        for members, factor in self._factors:
            points[:, members] = correlate(points[:, members], factor)
        found = np.empty_like(points)
        for n, prior in enumerate(self.priors):
            if n not in self._posteriors:
                found[:, n] = prior.quantile(points[:, n])
        for question, members in self._together.items():
            columns = [self._columns[n] for n in members]
            found[:, members] = self._samples[question].at(points[:, members])[:, columns]
        return found

    def named(self, row: Array) -> dict[str, float]:
        """The numbers (number,) of one draw by the ids of the unknowns, as `base.with_unknowns` takes them."""
        return dict(zip((unknown.id for unknown in self.unknowns), map(float, row), strict=True))

    def variant(self, row: Array) -> Scenario:
        """The scenario at the numbers (number,) of one draw, those of the file and the elasticities that it leaves out.

        Raises:
            InputError: a number that is out of the bounds of a field where it stands.
        """
        return self.base.with_unknowns(self.named(row))

    def describe(self) -> dict[str, Any]:
        """What readers of draws must know beyond the ranges of the file, in plain data.

        `together`: the correlations that the file states; `elasticities`: what it leaves out and is drawn all the same.
        """
        labels = {unknown.id: unknown.label for unknown in self.unknowns}
        return {
            "together": [
                {
                    "between": list(entry.between),
                    "labels": [labels[name] for name in entry.between],
                    "rank": entry.rank,
                    "source": entry.source,
                    "note": entry.note,
                }
                for entry in self.scenario.file.correlations
            ],
            "elasticities": [
                {
                    "name": unknown.id,
                    "label": unknown.label,
                    **{end: getattr(unknown.quantity, end) for end in ("value", "low", "high")},
                    "source": self.base.file.sources[str(unknown.quantity.source)].model_dump(exclude_none=True),
                }
                for unknown in self.built_in
            ],
        }

    @cached_property
    def _factors(self) -> tuple[tuple[list[int], Array], ...]:
        """The sets that are correlated by statement, with what makes independent normals of them so."""
        sets = joined_sets(self.ranks)
        return tuple((list(members), correlation_factor(rank_matrix(members, self.ranks))) for members in sets)

    @cached_property
    def _posteriors(self) -> Mapping[int, tuple[str, int]]:
        """By position of a number that is a posterior: its question and the position of its hypothesis."""
        places = posterior_places(self.scenario.dossier)
        return {n: places[u.id] for n, u in enumerate(self.unknowns) if u.assumption and u.id in places}

    @cached_property
    def _together(self) -> Mapping[str, list[int]]:
        """The posteriors of each question, by position; one that is correlated with other numbers comes first, since
        its coordinate is then the one that it alone follows."""
        correlated = {n for pair in self.ranks for n in pair}
        found: dict[str, list[int]] = {}
        for n, (question, _) in self._posteriors.items():
            found.setdefault(question, []).append(n)
        return {question: sorted(members, key=lambda n: n not in correlated) for question, members in found.items()}

    @cached_property
    def _columns(self) -> Mapping[int, int]:
        """By position of a posterior, its column in the sample of its question."""
        return {n: column for members in self._together.values() for column, n in enumerate(members)}

    @cached_property
    def _samples(self) -> Mapping[str, JointSample]:
        """The draws of the posteriors of each question; what the hypotheses but one leave of 1 is no freedom."""
        dossier = self.scenario.dossier
        found = {}
        for question, members in self._together.items():
            assert dossier is not None
            draws = draw_posteriors(dossier.evidence(question))
            columns = [self._posteriors[n][1] for n in members]
            found[question] = JointSample(draws[:, columns], min(len(members), draws.shape[1] - 1))
        return found


def drawn_unknowns(scenario: Scenario) -> tuple[Unknown, ...]:
    """The numbers drawn, in their order: those of the file with a range, and elasticities that it leaves out.

    Raises:
        InputError: there is none.
    """
    return _ranged(_with_elasticity_ranges(scenario))


def _with_elasticity_ranges(scenario: Scenario) -> Scenario:
    file = with_elasticity_ranges(scenario.file)
    if file is scenario.file:
        return scenario
    return Scenario(file, scenario.world, scenario.text, scenario.name, scenario.dossier)


def _ranged(scenario: Scenario, campaign: bool = False) -> tuple[Unknown, ...]:
    listed = scenario.campaign_unknowns if campaign else scenario.unknowns
    found = tuple(unknown for unknown in listed if unknown.quantity.ranged)
    if not found:
        raise InputError(f"{scenario.name} has no number with a range, so that there is nothing to draw.")
    return found


def prior_of(unknown: Unknown) -> Prior:
    """Its distribution; uniform where the file states none.

    Raises:
        InputError: a distribution without support, naming the number.
    """
    q = unknown.quantity
    assert q.low is not None
    assert q.high is not None
    try:
        return Prior(q.value, q.low, q.high, q.distribution or "uniform", q.values or (), q.probabilities or ())
    except InputError as error:
        raise InputError(f"{unknown.id}: {error}") from error


def _prior_of_sample(draws: Array) -> Prior:
    """The distribution of equally likely draws (draw,)."""
    values, counts = np.unique(draws, return_counts=True)
    ends = float(values[0]), float(values[-1])
    shares = counts / counts.sum()
    return Prior(float(np.median(draws)), *ends, "discrete", tuple(values.tolist()), tuple(shares.tolist()))
