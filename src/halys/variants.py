"""Equilibria beyond those of a scenario's histories: at other numbers, at other elasticities, under other closures."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from halys.answer.horizons import Found, SolveViews
from halys.answer.sensitivity import Evaluate
from halys.economy import Closure, EquilibriumStore, Horizon, SolverOptions
from halys.errors import HalysError
from halys.outcome import Outcome
from halys.parallel import FEWEST
from halys.scenario import Scenario
from halys.scenario.scenario import horizon_of
from halys.solving import LOOSEST_REPORTED, Failure, Job, prepare_batch, solve_batch

_VARIANT_TOLERANCE = 1e-6  # ΔW within 1e-5 % of income, far less than any lead that decides


def solve_variants(
    scenario: Scenario, points: Sequence[NDArray[np.float64] | None], store: EquilibriumStore | None
) -> Evaluate:
    """What solves variants of a scenario for its sensitivities, from the solutions at hand.

    Args:
        points: the solution of each distinct set of measures under the first closure, None where there is none.
    """
    closure, own = scenario.file.closures[0], scenario.distinct[1]
    positions = scenario.actor_positions

    def welfare(outcome: Outcome) -> NDArray[np.float64]:
        income, change = outcome.income_baseline, outcome.equivalent_variation
        return np.array([100.0 * change[at].sum() / income[at].sum() if len(at) else 0.0 for at in positions])

    def evaluate(variants: Sequence[tuple[Scenario, int]]) -> list[NDArray[np.float64] | HalysError]:
        jobs = [
            Job(
                tuple(variant.histories[row].instruments),
                closure,
                variant.horizon,
                SolverOptions(tolerance=_VARIANT_TOLERANCE),
                points[own[row]],
                scenario.horizon,
            )
            for variant, row in variants
        ]
        return list(solve_batch(scenario.world, jobs, welfare, store))

    return evaluate


def solve_views(scenario: Scenario, store: EquilibriumStore | None) -> SolveViews:
    """What solves distinct sets of measures at other elasticities and closures.

    Elasticities of one run, long or short, share the preconditioner of its central ones.
    """
    first, beside = scenario.distinct[0], horizon_of(scenario.beside)
    options = SolverOptions(tolerance=LOOSEST_REPORTED)

    def keep(outcome: Outcome) -> Found:
        return Found(outcome.equivalent_variation, outcome.income_baseline)

    def solve(wanted: Sequence[tuple[Horizon, Closure, int]]) -> Sequence[Found | Failure]:
        jobs = []
        for horizon, closure, n in wanted:
            near = beside if horizon.name == beside.name else scenario.horizon
            jobs.append(Job(tuple(first[n].instruments), closure, horizon, options, near=near))
        if len(jobs) >= FEWEST:
            prepare_batch(scenario.world, beside, scenario.file.closures[0], store)
        return list(solve_batch(scenario.world, jobs, keep, store))

    return solve
