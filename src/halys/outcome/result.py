"""From the arrays of an equilibrium to labelled results with units (xarray), and the solver's record."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any, NamedTuple

import pandas as pd
import xarray as xr

from halys.economy import Closure, Equilibrium, SolverOptions
from halys.economy.diversion import hit_cells
from halys.economy.supply_chain import SupplyChain
from halys.economy.value_added_trade import ValueAddedTrade
from halys.errors import InputError
from halys.outcome.comparison import compare_data
from halys.outcome.dependence import concentration_dataset, exposure_dataset
from halys.outcome.diversion import Diversion, find_diversion
from halys.outcome.files import check_folder, check_parquet, netcdf_writer, table_writer, write_files
from halys.outcome.tables import OUTCOME_TABLES, listed_tables, make_table
from halys.outcome.value_added import baseline_value_added, value_added_dataset, value_added_variables
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
        return (self.equilibrium.real_income - 1.0) * b.income * (b.money / 1e9)  # as the tables of a run round it

    @property
    def income_baseline(self) -> Array:
        """(economy,) baseline final spending, the base of every percentage, billion US dollars a year."""
        b = self.equilibrium.baseline
        return b.income * (b.money / 1e9)

    def total(self, economies: Selection = "all") -> Total:
        """Equivalent variation of a set of economies: % of their baseline final spending, and billion US dollars."""
        chosen = self.world.positions(economies)
        b = self.equilibrium.baseline
        amount = float(self.equivalent_variation[chosen].sum())
        return Total(100.0 * amount / float(b.income[chosen].sum() * b.money / 1e9), amount)

    # Asked for, not part of a solve ----------------------------------------------------------------------------------

    @cached_property
    def chain(self) -> SupplyChain:
        """The supply chain of the world after the shock."""
        return SupplyChain.of_equilibrium(self.equilibrium)

    @property
    def chain_baseline(self) -> SupplyChain:
        """The supply chain of the world before the shock."""
        return baseline_value_added(self.equilibrium.baseline).chain

    @cached_property
    def value_added_trade(self) -> xr.Dataset:
        """Where the income is earned that exports and final spending pay for, after the shock and before (`_baseline`).

        Dimensions: economy, industry, origin, destination. Takes a fraction of a second when first asked for.
        """
        b = self.equilibrium.baseline
        after = value_added_variables(ValueAddedTrade(self.chain), b.money / 1e9)
        before = value_added_variables(baseline_value_added(b), b.money / 1e9)
        for name, v in before.items():
            after[f"{name}_baseline"] = v._replace(label=f"{v.label}, before the shock")
        return value_added_dataset(self.world, after, {"title": "Trade in value added", **self._told()})

    def exposure(self, economy: str, suppliers: Selection) -> xr.Dataset:
        """What share of an economy's inputs a set of suppliers controls after the shock: as `halys.exposure`."""
        theta, billions = self.equilibrium.coefficients.theta, self.equilibrium.baseline.money / 1e9
        return exposure_dataset(self.world, self.chain, theta, billions, economy, suppliers)

    @cached_property
    def concentration(self) -> xr.Dataset:
        """Hirschman indices after the shock: as `halys.concentration`."""
        return concentration_dataset(self.world, self.chain)

    def diversion(
        self,
        importers: Selection = "all",
        industries: Selection = "all",
        exporters: Selection | None = None,
        *,
        by_industry: bool = False,
    ) -> Diversion:
        """Who replaces the suppliers that were hit, in what some buyers buy of some products.

        Args:
            importers, industries: codes, groups, `all` or lists of these.
            exporters: the suppliers that count as hit; None for those on whose sales to these buyers the measures put a
                barrier or a tax.
            by_industry: a row for each industry instead of sums over them.

        Raises:
            UnknownNameError: a name that the world does not have.
            InputError: no measure hits this trade and no suppliers are named, or these are the buyer alone.
        """
        return find_diversion(self.world, self.equilibrium, importers, industries, exporters, by_industry)

    def compare(self, other: Outcome, labels: tuple[str, str] = ("first", "second")) -> xr.Dataset:
        """All differences, `other` less this: points of a percentage, and billion US dollars a year.

        Horizons and closures may differ; each outcome's changes are from its own baseline. Under the balanced closure
        that is the world re-solved without deficits.

        Raises:
            InputError: not an outcome, or one of another world, naming the difference.
        """
        if not isinstance(other, Outcome):
            raise InputError(f"an outcome is compared with another outcome of `halys.solve`, not with {other!r}.")
        return compare_data(self.data, other.data, (self.world, other.world), labels)

    @property
    def tables(self) -> tuple[str, ...]:
        """Names of the tables that this outcome has."""
        hit = hit_cells(self.equilibrium.shock, self.equilibrium.baseline.tariff)
        return tuple(name for name in OUTCOME_TABLES if name != "diversion" or (hit is not None and hit.any()))

    def table(self, name: str, **options: Any) -> pd.DataFrame:
        """A table as a tidy data frame, whose `attrs` say what it and its columns are.

        Args:
            name: one of `tables`.
            options: of `diversion`, as `Outcome.diversion`; of `exposures`, `suppliers` (default everyone else).

        Raises:
            UnknownNameError: no such table. InputError: an option that it does not have.
        """
        return make_table(self, name, options)

    def to_netcdf(self, path: str | os.PathLike[str], *, overwrite: bool = False) -> Path:
        """Write `data` as NetCDF, all or nothing.

        Raises:
            InputError: the file exists. StorageError: it cannot be written.
        """
        return write_files({Path(path): netcdf_writer(self.data)}, overwrite)[0]

    def to_csv(
        self, folder: str | os.PathLike[str], tables: Sequence[str] | None = None, *, overwrite: bool = False
    ) -> list[Path]:
        """Write tables, by default all, as CSV files of their names, all or nothing. Raises as `to_netcdf`."""
        return self._write_tables(Path(folder), tables, "csv", overwrite)

    def to_parquet(
        self, folder: str | os.PathLike[str], tables: Sequence[str] | None = None, *, overwrite: bool = False
    ) -> list[Path]:
        """Write tables, by default all, as Parquet files of their names, all or nothing; needs `halys[parquet]`.

        Raises:
            InputError: a file exists, or pyarrow is not installed. StorageError: they cannot be written.
        """
        check_parquet()
        return self._write_tables(Path(folder), tables, "parquet", overwrite)

    def _write_tables(self, folder: Path, tables: Sequence[str] | None, form: str, overwrite: bool) -> list[Path]:
        check_folder(folder)
        names = self.tables if tables is None else listed_tables(tables)
        return write_files({folder / f"{n}.{form}": table_writer(self.table(n), form) for n in names}, overwrite)

    def _told(self) -> dict[str, str | float]:
        s = self.solver
        return {"world": s.world, "horizon": s.horizon, "closure": s.closure}


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
