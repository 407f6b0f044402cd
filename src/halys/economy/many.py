"""`solve_equilibria`: equilibria of one baseline side by side, each as `solve_equilibrium` would find it.

Problems go through `halys.economy.batch` a few at a time. A candidate counts only where the ordinary equations hold at
it to the full tolerance; what has no such candidate is solved by itself. A candidate does not depend on the problems
beside it, so that the bits of a result depend neither on these nor on what the store holds; they differ in the last
digits from those of `solve_equilibrium`, and the keys in the store say so.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from halys.economy.baseline import Baseline
from halys.economy.batch import PASSES, Lockstep
from halys.economy.batch_shocks import WIDTH
from halys.economy.blas import one_blas_thread
from halys.economy.elasticities import Elasticities
from halys.economy.equilibrium import Equilibrium, Problem, find_preconditioner, prepare_problem
from halys.economy.memo import Memo
from halys.economy.problem import Closure, compile_coefficients
from halys.economy.shock import Shock
from halys.economy.solver import Solution, SolverOptions, Status, recall_solution
from halys.economy.store import EquilibriumStore
from halys.errors import ConvergenceError, InfeasibleError

Array = NDArray[np.float64]
Failure = InfeasibleError | ConvergenceError

_METHOD = "side by side"


def solve_equilibria(
    b: Baseline,
    elasticities: Sequence[Elasticities],
    shocks: Sequence[Shock],
    closure: Closure = "fixed",
    options: SolverOptions | None = None,
    *,
    starts: Sequence[Array | None] | None = None,
    near: Elasticities | None = None,
    store: EquilibriumStore | None = None,
) -> Iterator[Equilibrium | Failure]:
    """Equilibria that shocks lead to, in their order; the error where there is none.

    Args:
        elasticities: of each problem. Those of substitution and the mobility of factors are the same for all; without
            `near`, theta too.
        shocks, starts: of each problem; closure, options, near, store: of all. See `solve_equilibrium`.

    Raises:
        InputError: a start that is not a point of this economy.
    """
    options = options or SolverOptions()
    starts = [None] * len(shocks) if starts is None else starts
    given = list(zip(elasticities, shocks, starts, strict=True))
    for first in range(0, len(given), WIDTH):
        with one_blas_thread:
            found: list[Problem | Failure] = []
            for e, shock, start in given[first : first + WIDTH]:
                try:
                    found.append(prepare_problem(b, e, shock, closure, options, start, near, store, _METHOD))
                except InfeasibleError as error:
                    found.append(error)
            answers = _solve_some([each for each in found if isinstance(each, Problem)], store)
        answers.reverse()
        found.reverse()
        while found:  # large arrays are let go one by one
            each = found.pop()
            yield answers.pop() if isinstance(each, Problem) else each


def _solve_some(problems: list[Problem], store: EquilibriumStore | None) -> list[Equilibrium | Failure]:
    """At most `WIDTH` problems."""
    solutions = [problem.recall(store) for problem in problems]
    missing = [n for n, solution in enumerate(solutions) if solution is None]
    for n, candidate in zip(missing, _find_together([problems[n] for n in missing]), strict=True):
        solutions[n] = candidate
    answers: list[Equilibrium | Failure] = []
    for problem, solution in zip(problems, solutions, strict=True):
        try:
            solution = solution or problem.solve()
            problem.keep(store, solution)
            answers.append(problem.finish(solution))
        except (InfeasibleError, ConvergenceError) as error:
            answers.append(error)
    return answers


def _find_together(problems: list[Problem]) -> list[Solution | None]:
    """Solutions found in lockstep; None for what has to be solved by itself."""
    found: list[Solution | None] = [None] * len(problems)
    if not problems or problems[0].options.max_steps < PASSES:
        return found
    lockstep = _lockstep(problems[0])
    if lockstep is None:
        return found
    covers = [lockstep.cover(problem.coefficients, problem.touched) for problem in problems]
    at = [n for n, cover in enumerate(covers) if cover is not None]
    if not at:
        return found
    candidates = lockstep.solve(
        [problems[n].coefficients for n in at],
        [cover for cover in covers if cover is not None],
        problems[0].options.tolerance,
        [problems[n].start for n in at],
    )
    for n, candidate in zip(at, candidates, strict=True):
        if candidate is not None:
            problem = problems[n]
            solution = recall_solution(problem.coefficients, candidate.point, problem.options, candidate.steps, 0)
            found[n] = replace(solution, recalled=False) if solution.status is Status.CONVERGED else None
    return found


_locksteps: Memo[Lockstep | None] = Memo()


def _lockstep(problem: Problem) -> Lockstep | None:
    """What solves problems like this one together; None where their equations are not of the common form."""
    b, own, closure = problem.baseline, problem.elasticities, problem.closure
    near = own if problem.near is None else problem.near

    def make() -> Lockstep | None:
        rest = compile_coefficients(b, own, Shock(), "fixed")
        if not Lockstep.serves(rest):
            return None
        try:
            return Lockstep(b, rest, find_preconditioner(b, near, closure))
        except InfeasibleError:  # which each problem by itself says again
            return None

    return _locksteps.get((b, own.substitution, near.hash, closure == "proportional"), make)
