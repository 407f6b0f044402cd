"""From the arrays of an equilibrium to labelled results with units (xarray), and the solver's record."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import NamedTuple

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from halys.economy import Closure, Decomposition, Equilibrium, SolverOptions
from halys.world import World
from halys.world.model import Selection

Array = NDArray[np.float64]

RATIO = "1 (new / baseline)"
BILLION = "billion USD a year"
SHARE = "1 (share of baseline final spending)"


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


class Variable(NamedTuple):
    """One labelled result before it becomes part of a dataset."""

    dims: tuple[str, ...]
    values: Array
    label: str
    units: str

    def to_xarray(self) -> xr.Variable:
        """With `long_name` and `units`."""
        return xr.Variable(self.dims, self.values, {"long_name": self.label, "units": self.units})


def economy_variables(q: Equilibrium) -> dict[str, Variable]:
    """Results by economy and by economy and industry, and the decomposition."""
    b, e = q.baseline, q.solution.evaluation
    billions = b.money / 1e9
    transfer = np.zeros_like(b.income) if q.shock.transfer is None else q.shock.transfer / b.money
    change = (q.real_income - 1.0) * b.income * billions
    value_added = b.value_added_share * e.output * billions
    economy: list[tuple[str, Array, str, str]] = [
        ("real_income", q.real_income, "Real income: final spending over its price", RATIO),
        ("equivalent_variation", change, "Equivalent variation: change of real income at baseline prices", BILLION),
        ("real_wage", q.real_wage, "Wage over the price of final spending", RATIO),
        ("wage", q.wage_hat, "Return of the mobile factor, world factor income being the numeraire", RATIO),
        ("consumer_price", q.consumer_price_hat, "Price of final spending", RATIO),
        ("terms_of_trade", q.terms_of_trade, "Price of exports over price of imports, baseline weights", RATIO),
        ("final_spending", e.income * billions, "Final spending", BILLION),
        ("final_spending_baseline", b.income * billions, "Final spending before the shock", BILLION),
        ("tariff_revenue", e.tariff_revenue * billions, "Tariff revenue", BILLION),
        ("export_tax_revenue", e.export_revenue * billions, "Export-tax revenue", BILLION),
        ("transfer_received", transfer * billions, "Net transfers received", BILLION),
        ("deficit", (e.deficit - transfer) * billions, "Deficit: excess of imports, without transfers", BILLION),
    ]
    node: list[tuple[str, Array, str, str]] = [
        ("price", q.price_hat, "Buyers' price of the product", RATIO),
        ("producer_price", q.cost_hat, "Unit cost at the factory gate", RATIO),
        ("output", e.output * billions, "Sales of the industry", BILLION),
        ("output_baseline", b.output * billions, "Sales of the industry before the shock", BILLION),
        ("value_added", value_added, "Value added of the industry", BILLION),
        ("value_added_baseline", b.factor_income * billions, "Value added of the industry before the shock", BILLION),
        ("expenditure", q.solution.purchases * b.bought * billions, "Purchases of the product for all uses", BILLION),
        ("expenditure_baseline", b.purchases * billions, "Purchases of the product before the shock", BILLION),
    ]
    terms = np.stack(q.decomposition)
    label = "First-order sources of the change of real income, with the remainder"
    return {
        **{name: Variable(("economy",), values, text, units) for name, values, text, units in economy},
        **{name: Variable(("economy", "industry"), values, text, units) for name, values, text, units in node},
        "decomposition": Variable(("term", "economy"), terms, label, SHARE),
    }


def trade_variables(q: Equilibrium) -> dict[str, Variable]:
    """Results by industry, exporter and importer."""
    billions, dims = q.baseline.money / 1e9, ("industry", "exporter", "importer")
    before = "Sales of the product before the shock, net of tariffs"
    return {
        "trade_flow": Variable(
            dims, q.flows * billions, "Sales of the product by origin and destination, net of tariffs", BILLION
        ),
        "trade_flow_baseline": Variable(dims, q.baseline.flows * billions, before, BILLION),
        "trade_share": Variable(dims, q.trade_share, "Share of the exporter in the importer's purchases", "1"),
    }


def coordinates(world: World) -> dict[str, xr.Variable]:
    """Codes of every dimension, and the names of economies and industries."""
    codes, kinds = list(world.economies), list(world.industries)
    return {
        "economy": xr.Variable("economy", codes, {"long_name": "Economy"}),
        "industry": xr.Variable("industry", kinds, {"long_name": "Industry"}),
        "exporter": xr.Variable("exporter", codes, {"long_name": "Exporter"}),
        "importer": xr.Variable("importer", codes, {"long_name": "Importer"}),
        "term": xr.Variable("term", list(Decomposition._fields), {"long_name": "Term of the decomposition"}),
        "economy_name": xr.Variable("economy", [world.name_of(code) for code in codes], {"long_name": "Economy"}),
        "industry_name": xr.Variable("industry", [world.name_of(code) for code in kinds], {"long_name": "Industry"}),
    }


def _dataset(world: World, q: Equilibrium, solver: SolverRecord) -> xr.Dataset:
    variables = {name: v.to_xarray() for name, v in (economy_variables(q) | trade_variables(q)).items()}
    attributes = {
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
    return xr.Dataset(variables, coordinates(world), attributes)
