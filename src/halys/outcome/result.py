"""From the arrays of an equilibrium to labelled results with units (xarray), and the solver's record."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import NamedTuple

import xarray as xr

from halys.economy import Closure, Equilibrium, SolverOptions
from halys.outcome.variables import Array, dataset, economy_variables, industry_variables, trade_variables
from halys.world import World
from halys.world.model import Selection


class WorstResidual(NamedTuple):
    """Largest dimensionless residual of one block of equations and where it is."""

    value: float
    where: str


@dataclass(frozen=True)
class SolverRecord:
    """How an outcome was found. `residuals` is dimensionless, by block of equations."""

    status: str
    steps: int
    newton_steps: int
    largest_residual: float
    residuals: Mapping[str, WorstResidual]
    tolerance: float
    seconds: float
    horizon: str
    closure: Closure
    world: str
    world_hash: str
    left_out: str


class Total(NamedTuple):
    """The effect on a set of economies together."""

    percent: float
    billion_usd: float


@dataclass(frozen=True, eq=False, repr=False)
class Outcome:
    """The equilibrium that a set of measures leads to.

    Attributes:
        data: `xarray.Dataset` with dimensions economy, industry, exporter, importer and term.
        solver: status, steps, residuals and where, seconds.
        world: the baseline that changes are measured against; under the balanced closure it is the world re-solved with
            zero deficits.
    """

    world: World
    equilibrium: Equilibrium = field(repr=False)
    solver: SolverRecord

    def __repr__(self) -> str:
        s = self.solver
        return f"<Outcome: {s.status} in {s.steps} steps; world {s.world}; {s.horizon}; closure {s.closure}>"

    @cached_property
    def data(self) -> xr.Dataset:
        """All results, labelled, with `long_name` and `units` on every variable."""
        return _dataset(self.world, self.equilibrium, self.solver)

    @cached_property
    def equivalent_variation(self) -> Array:
        """(economy,) (W − 1) times baseline final spending, billion US dollars a year."""
        b = self.equilibrium.baseline
        return (self.equilibrium.real_income - 1.0) * b.income * b.money / 1e9

    def total(self, economies: Selection = "all") -> Total:
        """Equivalent variation of a set of economies: % of their baseline final spending, and billion US dollars."""
        chosen = self.world.positions(economies)
        b = self.equilibrium.baseline
        amount = float(self.equivalent_variation[chosen].sum())
        return Total(100.0 * amount / float(b.income[chosen].sum() * b.money / 1e9), amount)


def record_solver(world: World, equilibrium: Equilibrium, options: SolverOptions, horizon: str) -> SolverRecord:
    """The solver's record in names instead of indices."""
    s, b = equilibrium.solution, equilibrium.baseline
    residuals = {}
    for block, r in s.residuals.items():
        where = world.economies[r.economy] + ("" if r.industry is None else f" {world.industries[r.industry]}")
        residuals[block] = WorstResidual(r.value, where)
    empty, unbought = int((~b.sold).sum()), int((~b.bought).sum())
    return SolverRecord(
        status=s.status.value,
        steps=s.steps,
        newton_steps=s.newton_steps,
        largest_residual=s.largest,
        residuals=residuals,
        tolerance=options.tolerance,
        seconds=s.seconds,
        horizon=horizon,
        closure=equilibrium.closure,
        world=world.id,
        world_hash=world.hash,
        left_out=f"{empty} empty industries, {unbought} products that an economy does not buy",
    )


def _dataset(world: World, q: Equilibrium, solver: SolverRecord) -> xr.Dataset:
    attributes: dict[str, str | float] = {
        "title": "Halys outcome",
        "world": solver.world,
        "world_hash": solver.world_hash,
        "horizon": solver.horizon,
        "closure": solver.closure,
        "solver_status": solver.status,
        "largest_residual": solver.largest_residual,
        "numeraire": "world factor income",
        "note": world.note,
    }
    return dataset(world, economy_variables(q) | industry_variables(q) | trade_variables(q), attributes)
