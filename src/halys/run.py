"""The one path from measures or a scenario to results, used by the command line, notebooks and every server."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache

import numpy as np
from numpy.typing import ArrayLike

from halys.economy import (
    Horizon,
    SolverOptions,
    calibrate_baseline,
    check_closure,
    solve_equilibrium,
)
from halys.economy import solve_baseline as _solve_baseline
from halys.errors import InputError
from halys.measures import Measure, compile_measures
from halys.outcome import Outcome, record_solver
from halys.world import World


def solve(
    world: World,
    measures: Measure | Iterable[Measure] = (),
    *,
    horizon: Horizon | None = None,
    closure: str = "fixed",
    tolerance: float = 1e-10,
    max_steps: int = 400,
) -> Outcome:
    """The equilibrium that a set of measures leads to.

    Args:
        world: a baseline in equilibrium, from `load_world`, `World.from_arrays` or `solve_baseline`.
        measures: instruments; none gives the baseline back, all changes being 1.
        horizon: elasticities; default `Horizon.long()`, trade elasticities by industry.
        closure: how deficits answer. "fixed" keeps them in the numeraire; "proportional" keeps them in proportion to
            value added; "balanced" first re-solves the world without deficits, and measures changes from there.
        tolerance: bound on the largest dimensionless residual, 1e-13 to 1e-8.

    Raises:
        InputError: a name, number or option that cannot be used.
        InfeasibleError: the measures admit no equilibrium.
        ConvergenceError: the tolerance was not reached; nothing is returned as if it were.
    """
    if not isinstance(world, World):
        raise InputError(f"world must be a halys.World, not {type(world).__name__}; halys.load_world() gives the bundled one.")
    if not world.in_equilibrium:
        raise InputError(f"world {world.id} does not balance; re-solve it first: halys.solve_baseline(world, horizon=...).")
    chosen = check_closure(closure)
    horizon = horizon or Horizon.long()
    theta = horizon.theta(world.industries)
    if chosen == "balanced":
        world = _balanced(world, horizon)
    shock = compile_measures(world, [measures] if isinstance(measures, Measure) else measures)
    options = SolverOptions(tolerance=tolerance, max_steps=max_steps)
    equilibrium = solve_equilibrium(calibrate_baseline(world), theta, shock, chosen, options)
    return Outcome(world, equilibrium, record_solver(world, equilibrium, options, horizon.describe()))


def solve_baseline(world: World, *, horizon: Horizon | None = None, deficit: ArrayLike | None = None) -> World:
    """A world re-solved to equilibrium: for a table that does not balance, or to change its deficits.

    Technologies, preferences, tariffs and world value added stay; trade, output and value added are the solution's.

    Args:
        deficit: new deficits (economy,) in the world's unit, summing to zero; 0 for none; None keeps the world's own.

    Raises:
        InputError, InfeasibleError, ConvergenceError: as `solve`.
    """
    horizon = horizon or Horizon.long()
    target = None
    if deficit is not None:
        target = np.asarray(deficit, dtype=np.float64)
        target = np.full(len(world.economies), float(target)) if target.ndim == 0 else target
    return _solve_baseline(world, horizon.theta(world.industries), target)


@lru_cache(maxsize=8)
def _balanced(world: World, horizon: Horizon) -> World:
    return solve_baseline(world, horizon=horizon, deficit=0.0)
