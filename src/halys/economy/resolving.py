"""`solve_baseline`: the balanced world that a table's shares and tariffs imply, with its own deficits or others."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from halys.economy.baseline import calibrate_baseline
from halys.economy.elasticities import Elasticities, as_elasticities
from halys.economy.equilibrium import solve_equilibrium
from halys.economy.shock import Shock
from halys.economy.solver import SolverOptions
from halys.economy.store import EquilibriumStore
from halys.errors import InputError
from halys.world import World

Array = NDArray[np.float64]


def solve_baseline(
    world: World,
    elasticities: Elasticities | Array,
    deficit: Array | None = None,
    options: SolverOptions | None = None,
    *,
    store: EquilibriumStore | None = None,
) -> World:
    """The equilibrium that a world's shares and tariffs imply, as a balanced world.

    Use it for a table that does not balance, and to close deficits before an experiment. Technologies, preferences and
    tariffs stay; flows, deficits and value added are the solution's. World value added keeps its size.

    A baseline is a long-run object: of a horizon only the trade elasticities count here, with mobile factors and
    constant shares in all other nests.

    Args:
        elasticities: of a horizon, or trade elasticities (industry,).
        deficit: new deficits (economy,) in the world's unit, summing to zero; None keeps the world's own.
        store: as in `solve_equilibrium`.

    Raises:
        InputError: deficits of the wrong shape or that do not sum to zero.
        InfeasibleError, ConvergenceError: as `solve_equilibrium`.
    """
    b = calibrate_baseline(world)
    total = float(world.value_added.sum())
    target = world.deficit if deficit is None else np.asarray(deficit, dtype=np.float64)
    if target.shape != world.deficit.shape or not np.isfinite(target).all():
        raise InputError(f"deficit must hold one finite number for each of the {len(world.economies)} economies.")
    if abs(target.sum()) > 1e-9 * total:
        raise InputError(f"deficits must sum to zero over the world; these sum to {target.sum():.6g}.")
    moved = target - world.deficit
    moved -= (
        moved.sum() * world.value_added.sum(axis=1) / total
    )  # the rounding, so that it sums to zero as transfers do
    change = Shock() if deficit is None else Shock(transfer=moved * world.unit)
    solved = solve_equilibrium(
        b,
        as_elasticities(elasticities).long_run,
        change,
        "fixed",
        options or SolverOptions(tolerance=1e-12),
        store=store,
    )
    flows = solved.flows * total
    output = flows.sum(axis=2).T
    purchases = (flows if world.tariff is None else flows * (1.0 + world.tariff)).sum(axis=1).T
    intermediate = b.input_share.transpose(2, 1, 0) * output.T[None]
    value_added = b.value_added_share * output
    final = np.where(world.final > 0, np.maximum(purchases - intermediate.sum(axis=1).T, 0.0), 0.0)
    return replace(
        world,
        id=f"{world.id}-resolved",
        flows=flows,
        intermediate=intermediate,
        value_added=value_added,
        final=final,
        deficit=world.deficit if deficit is None else world.deficit + moved,
        in_equilibrium=True,
    )
