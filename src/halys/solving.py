"""From measures to an outcome: one equilibrium, or a batch of them side by side."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import zip_longest
from typing import TypeVar

import numpy as np
from numpy.typing import ArrayLike, NDArray

from halys.economy import (
    Closure,
    Equilibrium,
    EquilibriumStore,
    Horizon,
    Shock,
    SolverOptions,
    calibrate_baseline,
    check_closure,
    solve_equilibria,
    solve_equilibrium,
    without_default,
)
from halys.economy import solve_baseline as _solve_baseline
from halys.economy.batch_shocks import WIDTH
from halys.economy.blas import one_blas_thread
from halys.economy.equilibrium import find_preconditioner
from halys.economy.heap import keep_memory
from halys.economy.memo import Memo
from halys.errors import ConvergenceError, InfeasibleError, InputError
from halys.measures import Compiler, Measure, compile_measures
from halys.outcome import Outcome, record_solver
from halys.parallel import FEWEST, map_in_order
from halys.world import World

LOOSEST_REPORTED = 1e-8


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
        raise InputError(
            f"world must be a halys.World, not {type(world).__name__}; halys.load_world() gives the bundled one."
        )
    if not world.in_equilibrium:
        raise InputError(
            f"world {world.id} does not balance; re-solve it first: halys.solve_baseline(world, horizon=...)."
        )
    chosen = check_closure(closure)
    if not isinstance(measures, Iterable | Measure):
        raise InputError(
            f"measures must be instruments such as halys.Tariff(...), or a list of these, not {measures!r}."
        )
    if tolerance > LOOSEST_REPORTED:
        raise InputError(
            f"tolerance is {tolerance!r}; it must lie between 1e-13 and {LOOSEST_REPORTED:g}: above, small effects "
            "are wrong in their second digit."
        )
    listed = (measures,) if isinstance(measures, Measure) else tuple(measures)
    job = Job(listed, chosen, check_horizon(horizon), SolverOptions(tolerance=tolerance, max_steps=max_steps))
    return solve_job(world, job)


def solve_baseline(world: World, *, horizon: Horizon | None = None, deficit: ArrayLike | None = None) -> World:
    """A world re-solved to equilibrium: for a table that does not balance, or to change its deficits.

    Technologies, preferences, tariffs and world value added stay; trade, output and value added are the solution's.

    Args:
        deficit: new deficits (economy,) in the world's unit, summing to zero; 0 for none; None keeps the world's own.

    Raises:
        InputError, InfeasibleError, ConvergenceError: as `solve`.
    """
    horizon = check_horizon(horizon)
    target = None
    if deficit is not None:
        target = np.asarray(deficit, dtype=np.float64)
        target = np.full(len(world.economies), float(target)) if target.ndim == 0 else target
    return _solve_baseline(world, horizon.elasticities(world.industries), target)


def check_horizon(horizon: Horizon | None) -> Horizon:
    """The horizon, or the default.

    Raises:
        InputError: something else.
    """
    if horizon is None:
        return Horizon.long()
    if not isinstance(horizon, Horizon):
        raise InputError(
            f"horizon must be a halys.Horizon, such as halys.Horizon.long(trade_elasticity=5.0), not {horizon!r}."
        )
    return horizon


_balanced_worlds: Memo[World] = Memo()


def baseline_for(world: World, horizon: Horizon, closure: Closure, store: EquilibriumStore | None = None) -> World:
    """The world that changes are measured from: under `balanced` the world re-solved without deficits.

    Trade balances close in the long run. A horizon with mobile factors and constant shares is such a run, and its own
    trade elasticities hold; for any other those of `Horizon.long()` do, where every industry has one there.
    """
    if closure != "balanced":
        return world
    theta, none = _balancing(world, horizon), np.zeros(len(world.economies))
    return _balanced_worlds.get(
        (world, theta.tobytes()), lambda: replace(_solve_baseline(world, theta, none, store=store), id=world.id)
    )


def _balancing(world: World, horizon: Horizon) -> NDArray[np.float64]:
    """Trade elasticities (industry,) at which a world loses its deficits."""
    own = horizon.elasticities(world.industries)
    if (own.mobile and own.cobb_douglas) or without_default(world.industries):
        return own.theta
    return Horizon.long().theta(world.industries)


@dataclass(frozen=True, eq=False)
class Job:
    """One equilibrium to find: measures, closure, elasticities, how exactly.

    `start` is a point nearby to start from, and `near` the elasticities for which that was found.
    """

    measures: tuple[Measure, ...]
    closure: Closure
    horizon: Horizon
    options: SolverOptions = field(default_factory=SolverOptions)
    start: NDArray[np.float64] | None = None
    near: Horizon | None = None


def solve_job(world: World, job: Job, store: EquilibriumStore | None = None) -> Outcome:
    """The outcome of a job on a world in equilibrium, from the store if it is there. Raises as `solve`."""
    elasticities = job.horizon.elasticities(world.industries)
    world = baseline_for(world, job.horizon, job.closure, store)
    shock = compile_measures(world, job.measures)
    near = None if job.near is None else job.near.elasticities(world.industries)
    equilibrium = solve_equilibrium(
        calibrate_baseline(world),
        elasticities,
        shock,
        job.closure,
        job.options,
        start=job.start,
        near=near,
        store=store,
    )
    return Outcome(world, equilibrium, record_solver(world, equilibrium, job.options, job.horizon.describe()))


Kept = TypeVar("Kept")
Failure = InfeasibleError | ConvergenceError
FEWEST_ALIKE = 8  # jobs from which they are solved side by side


def solve_batch(
    world: World,
    jobs: Sequence[Job],
    keep: Callable[[Outcome], Kept],
    store: EquilibriumStore | None = None,
    *,
    far: bool = False,
) -> Iterator[Kept | Failure]:
    """What is to be kept of each job's outcome, in the order of the jobs; the error where there is no equilibrium.

    Every second job is solved in a process of its own where that is safe (`halys.parallel`), and jobs that share a
    baseline and a preconditioner are solved side by side (`solve_equilibria`). The jobs alone decide which these are,
    so that results depend neither on the number of processes nor on what the store holds. Outcomes are reduced at
    once, so that memory stays small.

    Args:
        far: whether jobs that have a start are many passes away from it all the same.
    """
    shares = (_gather(world, jobs, range(first, len(jobs), 2), far) for first in (0, 1))
    groups = [group for pair in zip_longest(*shares, fillvalue=()) for group in pair]

    compilers: dict[World, Compiler] = {}  # jobs of a batch share most of their measures

    def work(group: tuple[int, ...]) -> list[Kept | Failure]:
        found = _solve_group(world, [jobs[n] for n in group], store, compilers)
        return [keep(each) if isinstance(each, Outcome) else each for each in found]

    ready: dict[int, Kept | Failure] = {}
    count, fewest = 0, 2 if len(jobs) >= FEWEST else len(groups) + 1
    for group, found in zip(groups, map_in_order(work, groups, fewest), strict=True):
        ready.update(zip(group, found, strict=True))
        while count in ready:
            yield ready.pop(count)
            count += 1


def prepare_batch(world: World, horizon: Horizon, closure: Closure, store: EquilibriumStore | None = None) -> None:
    """Make ahead what many jobs of a horizon and closure share, so that a second process need not make it again."""
    keep_memory()
    # What cannot be made is told by every job that needs it.
    with contextlib.suppress(InfeasibleError, ConvergenceError), one_blas_thread:
        base = baseline_for(world, horizon, closure, store)
        find_preconditioner(calibrate_baseline(base), horizon.elasticities(base.industries), closure)


def keep_welfare(outcome: Outcome) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """For `solve_batch`: equivalent variation and baseline final spending (economy,), billion USD a year."""
    return np.array(outcome.equivalent_variation), np.array(outcome.income_baseline)


def _gather(world: World, jobs: Sequence[Job], share: Sequence[int], far: bool) -> list[tuple[int, ...]]:
    """The jobs of a share in groups that one process works on one after another: `WIDTH` alike at most, or one.

    What starts nearby takes a few passes only, which do not repay holding many problems at once, unless it is far.
    """
    alike: dict[Hashable, list[int]] = {}
    known: dict[tuple[int, ...], Hashable] = {}  # jobs share their horizons and options
    for n in share:
        job = jobs[n]
        key = id(job.horizon), id(job.near), id(job.options), id(job.closure)
        if key not in known:
            known[key] = _likeness(world, job)
        alike.setdefault(known[key], []).append(n)
    groups = []
    for members in alike.values():
        size = WIDTH if len(members) >= FEWEST_ALIKE and (far or jobs[members[0]].start is None) else 1
        groups += [tuple(members[n : n + size]) for n in range(0, len(members), size)]
    return sorted(groups)


def _likeness(world: World, job: Job) -> Hashable:
    """The same for jobs that can be solved side by side."""
    own = job.horizon.elasticities(world.industries)
    near = None if job.near is None else job.near.elasticities(world.industries)
    theta = own.theta.tobytes() if near is None or job.closure == "balanced" else b""
    return job.closure, repr(job.options), own.substitution, theta, None if near is None else near.hash


def _solve_group(
    world: World, jobs: Sequence[Job], store: EquilibriumStore | None, compilers: dict[World, Compiler]
) -> Iterator[Outcome | Failure]:
    """Outcomes of jobs that are alike."""
    if len(jobs) == 1:
        try:
            yield solve_job(world, jobs[0], store)
        except (InfeasibleError, ConvergenceError) as error:
            yield error
    elif jobs:
        try:
            base = baseline_for(world, jobs[0].horizon, jobs[0].closure, store)
        except (InfeasibleError, ConvergenceError) as error:
            yield from [error] * len(jobs)
            return
        if base not in compilers:
            compilers.clear()  # under the balanced closure every horizon may have a baseline of its own
            compilers[base] = Compiler(base)
        yield from _solve_together(compilers[base], jobs, store)


def _solve_together(
    compiler: Compiler, jobs: Sequence[Job], store: EquilibriumStore | None
) -> Iterator[Outcome | Failure]:
    """Outcomes of jobs that are alike, on the world that changes are measured from."""
    base = compiler.world
    shocks: list[Shock | Failure] = []
    for job in jobs:
        try:
            shocks.append(compiler.compile(job.measures))
        except (InfeasibleError, ConvergenceError) as error:
            shocks.append(error)
    solved = [(job, shock) for job, shock in zip(jobs, shocks, strict=True) if isinstance(shock, Shock)]
    near = jobs[0].near
    horizons = {id(job.horizon): job.horizon for job in jobs}
    elasticities = {key: horizon.elasticities(base.industries) for key, horizon in horizons.items()}
    found = solve_equilibria(
        calibrate_baseline(base),
        [elasticities[id(job.horizon)] for job, _ in solved],
        [shock for _, shock in solved],
        jobs[0].closure,
        jobs[0].options,
        starts=[job.start for job, _ in solved],
        near=None if near is None else near.elasticities(base.industries),
        store=store,
    )
    for job, shock in zip(jobs, shocks, strict=True):
        each = next(found) if isinstance(shock, Shock) else shock
        if isinstance(each, Equilibrium):
            yield Outcome(base, each, record_solver(base, each, job.options, job.horizon.describe()))
        else:
            yield each
