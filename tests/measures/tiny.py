"""A world small enough to reckon by hand, and what the tests of instruments share."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from halys import World
from halys.economy import Equilibrium, Horizon, Shock, SolverOptions, calibrate_baseline, solve_equilibrium
from halys.measures import Measure, compile_measures

Array = NDArray[np.float64]
BEST = SolverOptions(tolerance=1e-12)
PAIR = {"exporters": "AAA", "importers": "BBB"}


def one_product() -> World:
    """Three economies, one product, no inputs, no deficits: incomes 100, 200 and 400.

    AAA sells 20 to BBB and 10 to CCC, BBB sells 20 to AAA and 30 to CCC, CCC 10 to AAA and 30 to BBB.
    """
    flows = np.array([[[70.0, 20.0, 10.0], [20.0, 150.0, 30.0], [10.0, 30.0, 360.0]]])
    return World.from_arrays(
        ("AAA", "BBB", "CCC"),
        ("goods",),
        flows=flows,
        intermediate=np.zeros((1, 1, 3)),
        value_added=flows.sum(axis=2).T,
        id="by-hand",
    )


def solve(
    world: World,
    measures: Measure | Sequence[Measure] | Shock,
    horizon: Horizon | float = 5.0,
    closure: str = "fixed",
) -> Equilibrium:
    """The equilibrium of measures, or of a shock, solved to 1e-12; the horizon, or theta in the long run."""
    listed = [measures] if isinstance(measures, Measure) else measures
    shock = listed if isinstance(listed, Shock) else compile_measures(world, listed)
    b = calibrate_baseline(world)
    elasticities = horizon if isinstance(horizon, Horizon) else Horizon.long(horizon)
    return solve_equilibrium(b, elasticities.elasticities(world.industries), shock, closure, BEST)


def world_gain(world: World, q: Equilibrium) -> float:
    """Sum of equivalent variation over the world's final spending."""
    return float(((q.real_income - 1.0) * world.income).sum() / world.income.sum())
