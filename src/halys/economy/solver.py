"""Solving the equations: joint Anderson acceleration on wages, prices and purchases, with Newton-Krylov as the
fallback.

Anderson [1]_ combines the last steps so that their preconditioned residual is least in the least-squares sense. Where
it stalls, Newton's method with GMRES on the same preconditioned equations takes over from the best state seen; it uses
exact derivatives and a line search. A solve is converged only when the largest of all dimensionless residuals is at or
below the tolerance, whichever method got there; otherwise its status says so and `Equilibrium` is never built from it.

References:
    .. [1] Walker and Ni (2011), Anderson acceleration for fixed-point iterations, SIAM J. Numer. Anal. 49(4).
"""

from __future__ import annotations

import enum
import math
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from halys.economy.equations import Coefficients, Evaluation, evaluate
from halys.economy.linear import Directions, Linearization
from halys.economy.preconditioner import Preconditioner, State
from halys.errors import InputError

Array = NDArray[np.float64]

LOOSEST_TOLERANCE = 1e-6  # for comparisons of large effects; what is reported is solved to 1e-8 or better
TIGHTEST_TOLERANCE = 1e-13  # below it, rounding decides


class Status(enum.Enum):
    """How a solve ended. The value is the message for people, with what to try next."""

    CONVERGED = "converged"
    STALLED = (
        "the solver stopped making progress above its tolerance. Try a smaller shock, or reach this one in steps; "
        "if an economy is nearly cut off, try the closure 'balanced'; under 'proportional' try 'fixed'"
    )
    TOO_MANY_STEPS = "the solver used all its steps. Raise max_steps, or loosen the tolerance (at most 1e-8)"
    INCOME_NOT_POSITIVE = (
        "an economy's income falls to zero: a fixed surplus or a transfer would have it give more than it makes. "
        "Make the transfer smaller, or try the closure 'proportional' or 'balanced'"
    )


@dataclass(frozen=True)
class Residual:
    """The largest dimensionless residual of one block of equations, and the indices of its economy and industry."""

    value: float
    economy: int
    industry: int | None = None


@dataclass(frozen=True)
class SolverOptions:
    """What a solve may use. `tolerance` bounds the largest dimensionless residual; `depth` is Anderson's memory."""

    tolerance: float = 1e-10
    max_steps: int = 400
    depth: int = 8
    max_newton: int = 40
    newton_directions: int = 80

    def __post_init__(self) -> None:
        if not TIGHTEST_TOLERANCE <= self.tolerance <= LOOSEST_TOLERANCE:
            raise InputError(
                f"tolerance is {self.tolerance!r}; it must lie between {TIGHTEST_TOLERANCE:g} "
                f"and {LOOSEST_TOLERANCE:g}."
            )
        if self.max_steps < 1 or self.depth < 1:
            raise InputError("max_steps and depth must be at least 1.")


@dataclass(frozen=True, eq=False)
class Solution:
    """The state at the end of a solve, with its evaluation, and how it got there.

    `log_earnings` is the log of factor income over its baseline: (j,) log wages where the factor is mobile, (j, k)
    elsewhere.

    `steps` and `newton_steps` are those of the solve, also where it was `recalled` from a store; `seconds` are this
    time's.
    """

    status: Status
    log_earnings: Array
    log_price: Array
    purchases: Array
    evaluation: Evaluation
    residuals: dict[str, Residual]
    steps: int
    newton_steps: int
    seconds: float
    trace: tuple[float, ...] = field(repr=False, default=())
    recalled: bool = False

    @property
    def point(self) -> Array:
        """Log earnings, log prices and purchases as one vector: a start for a problem nearby, and what is stored."""
        return np.concatenate([self.log_earnings.ravel(), self.log_price.ravel(), self.purchases.ravel()])

    @property
    def largest(self) -> float:
        """The largest dimensionless residual."""
        return max(r.value for r in self.residuals.values())


def earnings_shape(c: Coefficients) -> tuple[int, ...]:
    """Shape of the unknowns of the factor markets: (j,), or (j, k) where factors are not mobile."""
    shape: tuple[int, ...] = c.value_added.shape if c.factors is None else c.value_added_share.shape
    return shape


def split_point(c: Coefficients, point: Array) -> tuple[Array, Array, Array]:
    """Earnings, prices and purchases of a vector laid out as `Solution.point`."""
    earnings, shape = earnings_shape(c), c.bought.shape
    n, nk = math.prod(earnings), c.bought.size
    return point[:n].reshape(earnings), point[n : n + nk].reshape(shape), point[n + nk :].reshape(shape)


class _State:
    """The unknowns as one vector: log earnings, log prices, purchases relative to their baseline."""

    def __init__(self, c: Coefficients, scale: Array) -> None:
        self.c, self.n, self.scale = c, math.prod(earnings_shape(c)), scale
        self.nk = scale.size

    def split(self, x: Array) -> tuple[Array, Array, Array]:
        earnings, price, relative = split_point(self.c, x)
        return earnings, price, relative * self.scale

    def evaluate(self, x: Array) -> Evaluation:
        return evaluate(self.c, *self.split(x))

    def worst(self, x: Array, e: Evaluation) -> float:
        relative = np.abs(e.purchases_gap) / np.where(
            self.c.bought > 0, x[self.n + self.nk :].reshape(self.scale.shape) * self.scale, 1.0
        )
        labour = max(np.abs(e.factor_gap).max(), np.abs(e.numeraire_gap).max(), np.abs(e.wage_gap).max())
        largest = max(labour, np.abs(e.price_gap).max(), relative.max())
        return float(largest) if np.isfinite(largest) else np.inf


def _residuals(c: Coefficients, purchases: Array, e: Evaluation) -> dict[str, Residual]:
    bought = np.where(c.bought > 0, purchases, 1.0)
    at = np.unravel_index(np.abs(e.factor_gap).argmax(), e.factor_gap.shape)
    part = int(np.abs(e.numeraire_gap).argmax())
    member = int(c.part[:, part].argmax())
    found = {
        "factor market": Residual(float(abs(e.factor_gap[at])), *map(int, at)),
        "numeraire": Residual(float(abs(e.numeraire_gap[part])), member),
    }
    for name, gap in (("price", np.abs(e.price_gap)), ("expenditure", np.abs(e.purchases_gap) / bought)):
        row, column = divmod(int(gap.argmax()), gap.shape[1])
        found[name] = Residual(float(gap[row, column]), row, column)
    return found


def solve_equations(
    c: Coefficients,
    scale: Array,
    preconditioner: Preconditioner,
    options: SolverOptions,
    start: Array | None = None,
    remake: Callable[[State], Preconditioner] | None = None,
) -> Solution:
    """Solve from the baseline, or from `start`.

    Args:
        c: the problem; scale: baseline purchases (j, s), 1 where nothing is bought, which purchases are measured in.
        start: a `Solution.point` to start from.
        remake: makes a preconditioner at a state of this problem, for a solve that stalls far from the baseline.
    """
    began = time.perf_counter()
    state = _State(c, scale)
    x = np.concatenate([np.zeros(state.n + state.nk), c.bought.ravel()])
    if start is not None:
        rest = state.n + state.nk
        x = np.concatenate([start[:rest], start[rest:] / scale.ravel()])
    with np.errstate(all="ignore"):  # an overshooting trial state shows as a residual of infinity and is handled
        x, e, trace, steps = _anderson(state, x, preconditioner, options)
        for _ in range(_REMADE):
            left = options.max_steps - steps
            if remake is None or left < 1 or trace[-1] <= options.tolerance or not np.isfinite(min(trace)):
                break
            try:
                preconditioner = remake(state.split(x))
            except np.linalg.LinAlgError:  # the state is too far out
                break
            x, e, more, extra = _anderson(state, x, preconditioner, replace(options, max_steps=left))
            trace, steps = trace + more, steps + extra
        newton = 0
        if not trace[-1] <= options.tolerance and steps < options.max_steps:
            x, e, more, newton = _newton(state, x, preconditioner, options)
            trace += more
    parts = state.split(x)
    residuals = _residuals(c, parts[2], e)
    return Solution(
        _status(e, residuals, options, steps),
        *parts,
        evaluation=e,
        residuals=residuals,
        steps=steps,
        newton_steps=newton,
        seconds=time.perf_counter() - began,
        trace=tuple(trace),
    )


def recall_solution(c: Coefficients, point: Array, options: SolverOptions, steps: int, newton_steps: int) -> Solution:
    """The solution at a point found before, by one evaluation; its status says whether it is one."""
    began = time.perf_counter()
    earnings, price, purchases = split_point(c, point)
    with np.errstate(all="ignore"):  # the point may be anything
        e = evaluate(c, earnings, price, purchases)
        residuals = _residuals(c, purchases, e)
    return Solution(
        _status(e, residuals, options, 0),
        earnings,
        price,
        purchases,
        evaluation=e,
        residuals=residuals,
        steps=steps,
        newton_steps=newton_steps,
        seconds=time.perf_counter() - began,
        recalled=True,
    )


def _status(e: Evaluation, residuals: dict[str, Residual], options: SolverOptions, steps: int) -> Status:
    if all(r.value <= options.tolerance for r in residuals.values()) and bool((e.income > 0).all()):
        return Status.CONVERGED
    if not bool((e.income > 0).all()):
        return Status.INCOME_NOT_POSITIVE
    return Status.TOO_MANY_STEPS if steps >= options.max_steps else Status.STALLED


_NEWTON_PATIENCE = 5  # Newton gives up after so many steps without halving its residual
_REMADE = 3  # preconditioners remade at the best state seen, before Newton takes over
_FLOOR = 0.1  # purchases fall to no less than this share of their value in one step, so that they stay positive
_CLIP = 2.0  # log wages and prices move by no more than this in one step
_PATIENCE = 40  # Anderson gives up after so many steps without halving the best residual


def _advance(x: Array, step: Array, n: int, nk: int) -> Array:
    new = x + np.clip(step, -_CLIP, _CLIP) if np.abs(step[: n + nk]).max() > _CLIP else x + step
    np.maximum(new[n + nk :], _FLOOR * x[n + nk :], out=new[n + nk :])
    return new


def _anderson(
    state: _State, x: Array, preconditioner: Preconditioner, options: SolverOptions
) -> tuple[Array, Evaluation, list[float], int]:
    """Returns the best state seen, its evaluation, the residual of every pass and their number."""
    depth, n, nk = options.depth, state.n, state.nk
    changes, gains = np.zeros((depth, x.size)), np.zeros((depth, x.size))
    gram = np.zeros((depth, depth))
    previous_x, previous_f = x, np.empty_like(x)
    stored, trace = 0, []
    best, best_x, best_e, since = np.inf, x, None, 0
    for _ in range(options.max_steps):
        e = state.evaluate(x)
        worst = state.worst(x, e)
        trace.append(worst)
        if best_e is None or worst < best:
            since = 0 if worst < 0.5 * best else since + 1
            best, best_x, best_e = worst, x, e
        else:
            since += 1
        if worst <= options.tolerance or not np.isfinite(worst) or since > _PATIENCE:
            break
        f = preconditioner.step(e.wage_gap, e.price_gap, e.purchases_gap)
        step = f
        if len(trace) > 1:
            row = stored % depth
            stored += 1
            np.subtract(f, previous_f, out=gains[row])
            np.subtract(x, previous_x, out=changes[row])
            changes[row] += gains[row]
            held = min(stored, depth)
            products = gains[:held] @ gains[row]
            gram[row, :held] = gram[:held, row] = products
            size = np.sqrt(np.diag(gram)[:held]) + 1e-300
            scaled = gram[:held, :held] / size[:, None] / size
            scaled.flat[:: held + 1] += 1e-12
            step = f - (np.linalg.solve(scaled, gains[:held] @ f / size) / size) @ changes[:held]
        previous_x, previous_f = x, f
        x = _advance(x, step, n, nk)
    assert best_e is not None
    return best_x, best_e, trace, len(trace)


def _newton(
    state: _State, x: Array, preconditioner: Preconditioner, options: SolverOptions
) -> tuple[Array, Evaluation, list[float], int]:
    """Newton with GMRES on the preconditioned equations and a backtracking line search, from `x`."""
    from scipy.sparse.linalg import LinearOperator, gmres  # seldom needed, and slow to load

    n, nk = state.n, state.nk
    e = state.evaluate(x)
    f = preconditioner.step(e.wage_gap, e.price_gap, e.purchases_gap)
    trace: list[float] = []
    sizes: list[float] = []
    for count in range(options.max_newton):
        worst = state.worst(x, e)
        sizes.append(float(np.linalg.norm(f)))
        slow = count >= _NEWTON_PATIENCE and sizes[-1] > 0.5 * sizes[-1 - _NEWTON_PATIENCE]
        if worst <= options.tolerance or not np.isfinite(worst) or slow:
            return x, e, trace, count
        linear = Linearization(state.c, e, state.split(x)[2])

        def product(v: Array, linear: Linearization = linear) -> Array:
            gap = linear.tangent(Directions(*(part[..., None] for part in state.split(v))))
            return -preconditioner.step(gap.wage[..., 0], gap.price[..., 0], gap.purchases[..., 0])

        operator = LinearOperator((x.size, x.size), matvec=product, dtype=np.float64)
        step, _ = gmres(operator, f, rtol=min(1e-2, max(worst, 1e-8)), restart=options.newton_directions, maxiter=2)
        reach, length = float(np.linalg.norm(f)), 1.0
        for _ in range(12):
            trial = _advance(x, length * step, n, nk)
            e_trial = state.evaluate(trial)
            f_trial = preconditioner.step(e_trial.wage_gap, e_trial.price_gap, e_trial.purchases_gap)
            if float(np.linalg.norm(f_trial)) < (1.0 - 1e-4 * length) * reach:
                break
            length *= 0.5
        else:
            return x, e, trace, count
        x, e, f = trial, e_trial, f_trial
        trace.append(state.worst(x, e))
    return x, e, trace, options.max_newton
