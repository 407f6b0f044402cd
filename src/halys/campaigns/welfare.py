"""Real income in every state of a campaign: its equilibria, of the short run and of the long."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from halys.answer.payoffs import aggregate_welfare
from halys.campaigns.setup import Setup
from halys.economy import EquilibriumStore
from halys.errors import HalysError, InfeasibleError
from halys.solving import keep_welfare, solve_batch

Array = NDArray[np.float64]
Told = Callable[[int, int], None]


@dataclass(frozen=True, eq=False)
class Solved:
    """Real income of every combination of levels.

    Attributes:
        short, long: (level..., actor) % of baseline final spending a year. income: (actor,) baseline final spending,
            billion US dollars a year.
    """

    short: Array
    long: Array
    income: Array


def collect(setup: Setup, results: Sequence[tuple[Array, Array] | HalysError]) -> Solved:
    """Real income from what was kept of the equilibria of `Setup.jobs`.

    Raises:
        InfeasibleError: a state has no equilibrium.
    """
    kept, own = setup.own
    found = []
    for n, result in enumerate(results):
        if isinstance(result, HalysError):
            run = ("short", "long")[n // len(kept)]
            state = kept[n % len(kept)].id
            raise InfeasibleError(
                f"the campaign needs the equilibrium of every combination of levels, and {state} has none in the "
                f"{run} run: {result} Close the combination by leaving a level out."
            )
        found.append(result)
    income = found[0][1]
    parts = []
    for first in (0, len(kept)):
        change = np.array([each[0] for each in found[first : first + len(kept)]])
        percent, _ = aggregate_welfare(setup.scenario, change, found[first][1], own.ravel())
        parts.append(percent.reshape(*own.shape, -1))
    sizes = np.array([float(income[at].sum()) for at in setup.scenario.actor_positions])
    return Solved(parts[0], parts[1], sizes)


def solve_states(setup: Setup, store: EquilibriumStore | None, progress: Told | None = None) -> Solved:
    """Solve the equilibria of a campaign.

    Raises:
        InfeasibleError: a state has none; the error names it.
    """
    jobs = setup.jobs()
    results = []
    for n, result in enumerate(solve_batch(setup.scenario.world, jobs, keep_welfare, store)):
        if progress is not None:
            progress(n, len(jobs))
        results.append(result)
    if progress is not None:
        progress(len(jobs), len(jobs))
    return collect(setup, results)
