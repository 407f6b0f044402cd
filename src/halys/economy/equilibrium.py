"""`solve_equilibrium`: from a baseline and a shock to a checked equilibrium, and to a new baseline."""

from __future__ import annotations

import contextlib
import math
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from halys.economy.baseline import Baseline
from halys.economy.blas import one_blas_thread
from halys.economy.continuation import part_of_shock, solve_in_parts
from halys.economy.decomposition import Decomposition, decompose, price_ratio_at_border
from halys.economy.elasticities import Elasticities, as_elasticities
from halys.economy.equations import Coefficients, input_shares
from halys.economy.feasibility import check_feasible
from halys.economy.key import identify_problem
from halys.economy.memo import Memo
from halys.economy.preconditioner import Preconditioner
from halys.economy.problem import Closure, Touched, compile_coefficients, compile_touched, find_changes
from halys.economy.routes import Rerouted, reroute
from halys.economy.shock import Shock
from halys.economy.solver import (
    Solution,
    SolverOptions,
    Status,
    earnings_shape,
    recall_solution,
    solve_equations,
    split_point,
)
from halys.economy.store import EquilibriumStore
from halys.errors import ConvergenceError, InfeasibleError, InputError

Array = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Equilibrium:
    """A converged equilibrium in changes; x_hat = new / baseline. Money in world value added."""

    baseline: Baseline
    coefficients: Coefficients
    shock: Shock
    closure: Closure
    solution: Solution

    @cached_property
    def wage_hat(self) -> Array:
        """(economy,) wage, in the numeraire (world factor income unchanged).

        Where factors are not mobile, their average return: factor income over its baseline.
        """
        return np.asarray(self.solution.evaluation.factor_income / self.baseline.value_added)

    @cached_property
    def return_hat(self) -> Array:
        """(economy, industry) return of the factor f, that of all industries where it is mobile.

        NaN where an industry has no factor income at the baseline, or has lost all its buyers and earns nothing.
        """
        returns = np.exp(self.solution.evaluation.log_return)
        factors = self.coefficients.factors
        earns = self.baseline.factor_income > 0 if factors is None else factors.idle == 0
        return np.where(earns, returns[:, None] if returns.ndim == 1 else returns, np.nan)

    @cached_property
    def value_added(self) -> Array:
        """(economy, industry) factor income of the industry, in world value added."""
        e = self.solution.evaluation
        return np.asarray(e.value_added_share * e.output)

    @cached_property
    def input_share(self) -> Array:
        """(economy, industry, input) cost share of each input at the new prices."""
        return np.asarray(input_shares(self.coefficients, self.solution.evaluation))

    @cached_property
    def price_hat(self) -> Array:
        """(economy, industry) buyers' price of each product; NaN where it is not bought."""
        return np.where(self.baseline.bought, np.exp(self.solution.log_price), np.nan)

    @cached_property
    def cost_hat(self) -> Array:
        """(economy, industry) unit cost at the factory gate; NaN for empty industries."""
        return np.where(self.baseline.sold, np.exp(self.solution.evaluation.log_cost), np.nan)

    @cached_property
    def consumer_price_hat(self) -> Array:
        """(economy,) P^C, price of final spending."""
        return np.asarray(np.exp(self.solution.evaluation.log_consumer_price))

    @cached_property
    def income_hat(self) -> Array:
        """(economy,) final spending, in the numeraire."""
        return np.asarray(self.solution.evaluation.income / self.baseline.income)

    @cached_property
    def real_income(self) -> Array:
        """(economy,) W = (I'/I) / P^C."""
        return np.asarray(self.income_hat / self.consumer_price_hat)

    @cached_property
    def real_wage(self) -> Array:
        """(economy,) wage over the price of final spending."""
        return np.asarray(self.wage_hat / self.consumer_price_hat)

    @cached_property
    def trade_share(self) -> Array:
        """(industry, exporter, importer) pi', tariffs included."""
        c, e = self.coefficients, self.solution.evaluation
        share = c.trade * e.supply[:, :, None]
        share /= e.phi[:, None, :]  # in place: new large arrays cost more than the arithmetic
        return np.asarray(share)

    @cached_property
    def flows(self) -> Array:
        """(industry, exporter, importer) sales net of tariffs, export taxes included.

        What takes a detour around a ban is counted once, from its exporter to its importer, as it leaves the exporter.
        """
        detours = self.detours
        if detours is None:
            return self.direct_flows
        flows = self.direct_flows.copy()
        np.add.at(flows.reshape(-1), detours.cell, detours.shipped)
        return flows

    @cached_property
    def direct_flows(self) -> Array:
        """(industry, exporter, importer) as `flows`, without what takes a detour around a ban."""
        c, e, tax = self.coefficients, self.solution.evaluation, self.shock.export_tax
        flows = c.seller * e.supply[:, :, None]
        flows *= (self.solution.purchases.T / e.phi)[:, None, :]
        if self.detours is not None:
            np.subtract.at(flows.reshape(-1), self.detours.cell, self.detours.received)
        return np.asarray(flows if tax is None else flows * (1.0 + tax))

    @cached_property
    def detours(self) -> Rerouted | None:
        """Trade around bans, a row for each cell and route, in money; None where the shock has no routes."""
        if self.shock.routes is None:
            return None
        c, e, count = self.coefficients, self.solution.evaluation, len(self.baseline.value_added)
        detours = reroute(self.baseline, c.theta, self.shock)
        industry, exporter, importer = np.unravel_index(detours.cell, (len(c.theta), count, count))
        size = e.supply[industry, exporter] * (self.solution.purchases.T / e.phi)[industry, importer]
        if self.shock.origin_nest is not None:
            size = size * self.shock.origin_nest[industry, importer]
        return detours._replace(**{name: getattr(detours, name) * size for name in detours._fields[2:]})

    @cached_property
    def through_hubs(self) -> Array:
        """(industry, hub) value of what passes each economy on its way around bans, as it lands at the importer's."""
        through = np.zeros((len(self.coefficients.theta), len(self.baseline.value_added)))
        if self.detours is not None:
            cells = self.detours.cell // len(self.baseline.value_added) ** 2, self.detours.hub
            np.add.at(through, cells, self.detours.landed)
        return through

    @cached_property
    def terms_of_trade(self) -> Array:
        """(economy,) price of exports over price of imports, at baseline weights; NaN without trade abroad."""
        return price_ratio_at_border(self.baseline, self.solution.evaluation, self.shock)

    @cached_property
    def decomposition(self) -> Decomposition:
        """First-order sources of the change of real income, with the remainder."""
        e = self.solution.evaluation
        return decompose(self.baseline, self.coefficients, e, self.shock, self.direct_flows, self.real_income)


_preconditioners: Memo[Preconditioner] = Memo()


def find_preconditioner(b: Baseline, e: Elasticities, closure: Closure) -> Preconditioner:
    """That of a baseline without deficits to share out, or with; `fixed` and `balanced` have the same derivative.

    Raises:
        InfeasibleError: the equations have no derivative that can be inverted, so that prices are not determined.
    """
    kind: Closure = "proportional" if closure == "proportional" else "fixed"
    try:
        return _preconditioners.get(
            (b, e.hash, kind), lambda: Preconditioner(b, compile_coefficients(b, e, Shock(), kind))
        )
    except np.linalg.LinAlgError as error:
        raise InfeasibleError(
            "no equilibrium that is determined: at these elasticities prices can change without any quantity changing "
            "(fixed proportions everywhere and factors that cannot move). Take elasticities of substitution above 0, "
            "or let factors move."
        ) from error


def check_shock(b: Baseline, elasticities: Elasticities | Array, shock: Shock, closure: Closure) -> None:
    """Refuse a shock that is known, without solving, to admit no equilibrium.

    Raises:
        InfeasibleError: naming the products or economies and what to change.
    """
    check_feasible(b, compile_coefficients(b, elasticities, shock, closure), closure)


def solve_equilibrium(
    b: Baseline,
    elasticities: Elasticities | Array,
    shock: Shock,
    closure: Closure = "fixed",
    options: SolverOptions | None = None,
    *,
    start: Array | None = None,
    near: Elasticities | Array | None = None,
    store: EquilibriumStore | None = None,
) -> Equilibrium:
    """Solve for the equilibrium that a shock leads to.

    A solve that stalls is tried again in parts of the shock. BLAS is held to one thread: the products are small and
    many threads slow them down.

    Args:
        elasticities: of a horizon (`Horizon.elasticities`); trade elasticities theta (industry,) stand for those of the
            long run.
        start: where to start from instead of the baseline: `solution.point` of an equilibrium nearby, of a baseline of
            the same size. It saves steps and decides nothing beyond the tolerance; where it leads nowhere, the solve
            starts again from the baseline.
        near: elasticities whose preconditioner serves the solve; default its own. To make one takes longer than ten
            solves, which is not worth while for a few at elasticities of their own.
        store: equilibria solved before, where this one is looked for, and kept. Start and `near` are part of its key,
            so that the bits of a result never depend on what the store holds.

    Raises:
        InputError: a start that is not a point of this economy.
        InfeasibleError: the shock admits no equilibrium.
        ConvergenceError: the largest residual stayed above the tolerance; its `report` is the `Solution`.
    """
    options = options or SolverOptions()
    with one_blas_thread:
        problem = prepare_problem(b, elasticities, shock, closure, options, start, near, store)
        solution = problem.recall(store) or problem.solve()
        problem.keep(store, solution)
    return problem.finish(solution)


@dataclass(frozen=True, eq=False)
class Problem:
    """A problem of `solve_equilibrium` that is not known to be without a solution.

    `key` is "" without a store; `touched` says where its coefficients differ from the baseline, None for anywhere.
    """

    baseline: Baseline
    elasticities: Elasticities
    shock: Shock
    closure: Closure
    options: SolverOptions
    start: Array | None
    near: Elasticities | None
    coefficients: Coefficients
    key: str
    touched: Touched | None

    def recall(self, store: EquilibriumStore | None) -> Solution | None:
        """The stored solution, if there is one and it solves the equations."""
        return None if store is None else _recall(store, self.key, self.coefficients, self.options)

    def solve(self) -> Solution:
        """Its solution, whatever its status."""
        parts = self.elasticities, self.shock, self.closure, self.options, self.start, self.near
        return _solve(self.baseline, self.coefficients, *parts)

    def keep(self, store: EquilibriumStore | None, solution: Solution) -> None:
        """Store a solution that was not recalled."""
        if store is not None and not solution.recalled and solution.status is Status.CONVERGED:
            store.put(self.key, solution)

    def finish(self, solution: Solution) -> Equilibrium:
        """The equilibrium of a solution.

        Raises:
            ConvergenceError: it is none.
        """
        if solution.status is not Status.CONVERGED:
            raise _not_converged(self.baseline, solution, self.options)
        return Equilibrium(self.baseline, self.coefficients, self.shock, self.closure, solution)


def prepare_problem(
    b: Baseline,
    elasticities: Elasticities | Array,
    shock: Shock,
    closure: Closure,
    options: SolverOptions,
    start: Array | None,
    near: Elasticities | Array | None,
    store: EquilibriumStore | None,
    method: str = "",
) -> Problem:
    """A problem with its coefficients and key.

    Args:
        method: how it is solved, where that decides the last bits of its solution.

    Raises:
        InputError, InfeasibleError: as `solve_equilibrium`.
    """
    e = as_elasticities(elasticities)
    near = None if near is None else as_elasticities(near)
    if near is not None and near.mobile != e.mobile:
        raise InputError(
            "near has mobile factors and elasticities has not, or the other way round: their unknowns differ, so that "
            "one's preconditioner is of no use to the other."
        )
    if start is not None:
        start = _check_start(b, e, start)
    changes = find_changes(b, shock)
    c, touched = compile_touched(b, e, shock, closure, changes)
    check_feasible(b, c, closure, touched)
    key = ""
    if store is not None:
        key = identify_problem(b, e, shock, closure, options, start, near, changes, method)
    return Problem(b, e, shock, closure, options, start, near, c, key, touched)


def _not_converged(b: Baseline, solution: Solution, options: SolverOptions) -> ConvergenceError:
    worst = max(solution.residuals, key=lambda name: solution.residuals[name].value)
    at = solution.residuals[worst]
    node = b.economies[at.economy] + ("" if at.industry is None else f" {b.industries[at.industry]}")
    return ConvergenceError(
        f"not converged after {solution.steps} steps: the {worst} equation of {node} is off by {at.value:.2g} "
        f"(tolerance {options.tolerance:g}); {solution.status.value}.",
        report=solution,
    )


def _check_start(b: Baseline, e: Elasticities, start: Array) -> Array:
    """The start as a vector of its own.

    Raises:
        InputError: of the wrong length, not finite, or with a product in use of which nothing is bought.
    """
    point = np.array(start, dtype=np.float64)
    count = (len(b.value_added) if e.mobile else b.purchases.size) + 2 * b.purchases.size
    if (
        point.shape != (count,)
        or not np.isfinite(point).all()
        or not (point[-b.bought.size :][b.bought.ravel()] > 0).all()
    ):
        raise InputError(
            f"start must be a solution point of this economy: {count} finite numbers, purchases above 0. Take "
            "`solution.point` of an equilibrium of the same economies and industries."
        )
    return point


def _recall(store: EquilibriumStore, key: str, c: Coefficients, options: SolverOptions) -> Solution | None:
    """The stored solution, if there is one and it solves the equations."""
    stored = store.get(key)
    if stored is None:
        return None
    if stored.point.size != math.prod(earnings_shape(c)) + 2 * c.bought.size:
        store.reject(key, f"it holds {stored.point.size} numbers")
        return None
    solution = recall_solution(c, stored.point, options, stored.steps, stored.newton_steps)
    if solution.status is not Status.CONVERGED:
        store.reject(key, f"its largest residual is {solution.largest:.2g}")
        return None
    return solution


def _solve(
    b: Baseline,
    c: Coefficients,
    e: Elasticities,
    shock: Shock,
    closure: Closure,
    options: SolverOptions,
    start: Array | None,
    near: Elasticities | None,
) -> Solution:
    """From the start; where that fails from the baseline; where that stalls in parts of the shock."""
    scale = np.where(b.bought, b.purchases, 1.0)
    preconditioner = find_preconditioner(b, e if near is None else near, closure)
    lost = 0
    if start is not None:
        solution = solve_equations(c, scale, preconditioner, options, start)
        if solution.status is Status.CONVERGED:
            return solution
        lost = solution.steps
    solution = solve_equations(c, scale, preconditioner, options, remake=lambda state: Preconditioner(b, c, state))
    solution = replace(solution, steps=lost + solution.steps)
    if solution.status not in (Status.STALLED, Status.INCOME_NOT_POSITIVE):
        return solution

    def part(share: float, start: Array | None) -> Solution:
        some = compile_coefficients(b, e, part_of_shock(b, shock, share), closure)
        nearer = preconditioner
        if start is not None:
            with contextlib.suppress(np.linalg.LinAlgError):  # where it is singular the baseline's still serves
                nearer = Preconditioner(b, some, split_point(some, start))
        return solve_equations(some, scale, nearer, options, start)

    return solve_in_parts(part, solution)
