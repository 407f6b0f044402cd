"""A two-level approximation of the inverse derivative at the baseline, made once per baseline and set of elasticities.

Level one works economy by economy. Where all nests are Cobb-Douglas and the factor is mobile: with D_j the domestic
shares and G_j the input shares of economy j, H_j = (I − diag(D_j) G_j)^-1 solves the price block and its transpose the
expenditure block as if trade stood still; −J^-1, with J the derivative of the wage gap in log wages after prices and
expenditures have answered, solves the labour markets and fixes the numeraire (the gap holds the log of world factor
income; without it J would be singular). Elsewhere prices, returns and expenditures of an economy hang together too
closely for blocks: the derivative of all its residuals in all its unknowns is formed and inverted whole
(`local_derivative`).

Level two removes the modes that cross borders. After level one a step leaves the error E = I + P R, R the derivative
of the residuals. In the scaled state (square roots of factor income and of purchases) take, for each economy, the
`modes` leading left vectors U of its rows of E and right vectors V of its columns; with the core C = U' E V the step f
is corrected to f + U C (I − V' U C)^-1 V' f (Woodbury for (I − E)^-1). The vectors come from random products with E
and its transpose, so E is never formed.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol, TypeVar

import numpy as np
from numpy.typing import NDArray

from halys.economy.baseline import Baseline
from halys.economy.equations import Coefficients, Evaluation, evaluate
from halys.economy.linear import Directions, Linearization

Array = NDArray[np.float64]
Array32 = NDArray[np.float32]

State = tuple[Array, Array, Array]  # log earnings, log prices, purchases
Record = TypeVar("Record", Coefficients, Evaluation)

MODES = 8  # vectors kept for each economy; 4 to 8 all work, 8 takes the fewest passes
_PROBES = 40  # random directions from which they are found
_SWEEPS = 6  # block sweeps for the wage derivative; it needs two digits only
_BLOCK = 8  # economies whose modes are pushed through the equations together
_SINGULAR = 1e13  # condition number; of local derivatives that are not singular it is some 10 to 1000
_SEED = 20220314


class Preconditioner:
    """Turns residuals into a step of (log factor income, log price, purchases / baseline purchases)."""

    def __init__(self, b: Baseline, c: Coefficients, state: State | None = None, modes: int = MODES) -> None:
        """Built at the baseline, where `c` must carry no shock, or at a state of the problem of `c`."""
        self.count, self.kinds = b.size
        build = _Construction(b, c, state)
        self._scale = np.where(b.bought, b.purchases, 1.0)
        self._level = build.level
        self._left, self._core, self._right = build.coarse(min(modes, build.local))

    def step(self, wage_gap: Array, price_gap: Array, purchases_gap: Array) -> Array:
        """The step for residuals (j,) or (j, k), (j, s), (j, s), as one vector: factor incomes, prices, purchases."""
        n, k, nf = self.count, self.kinds, wage_gap.size
        f, local = self._level.step(wage_gap, price_gap, purchases_gap, self._scale)
        modes = self._core @ np.matvec(self._right, local).ravel()
        extra = np.vecmat(modes.reshape(n, -1), self._left)
        f[:nf] += extra[:, k : k + nf // n].ravel()
        f[nf : nf + n * k] += extra[:, :k].ravel()
        f[nf + n * k :] += extra[:, -k:].ravel()
        return f

    def batched(self) -> BatchStep:
        """The step for problems side by side."""
        return BatchStep(self._level.batched(self._scale), self._left, self._core, self._right)


class BatchStep:
    """Steps of a `Preconditioner` for problems side by side, in single precision.

    In every product the problems lie along the contiguous axis. BLAS fills its registers along it, so that all of a
    multiple of 16 are treated alike; along the other axis some kernels sum the first problems in another order.
    """

    def __init__(self, level: LevelOneBatch, left: Array32, core: Array32, right: Array32) -> None:
        self._level, self._core, self._right = level, core, right
        self._left_by_unknown = np.ascontiguousarray(left.transpose(0, 2, 1))

    def __call__(self, gap: Array32) -> Array32:
        """Steps (B, j, local) for residuals (j, local, B), purchases over their scale in both."""
        count, local, width = gap.shape
        f = np.empty((count, local, width), dtype=np.float32)
        self._level(gap, f)
        modes = self._core @ np.matmul(self._right, f).reshape(-1, width)
        f += np.matmul(self._left_by_unknown, modes.reshape(count, -1, width))
        return np.ascontiguousarray(f.transpose(2, 0, 1))


LevelOneBatch = Callable[[Array32, Array32], None]
"""Level one from residuals (j, local, B) into steps of that shape."""


class _LevelOne(Protocol):
    """Level one as a linear map on local vectors (j, k + factors + k, B): prices, factors, purchases."""

    def batched(self, scale: Array) -> LevelOneBatch:
        """Level one for problems side by side."""

    def step(self, wage_gap: Array, price_gap: Array, purchases_gap: Array, scale: Array) -> tuple[Array, Array32]:
        """The step as one vector (factors, prices, purchases over their scale), and as local vectors (j, local)."""

    def apply(self, gap: Directions) -> Array32:
        """(j, local, B); purchases are not divided by their scale."""

    def transpose(self, weight: Array32) -> Directions:
        """Its transpose."""


class _Blocks:
    """Prices, wages and purchases apart: for Cobb-Douglas nests and a mobile factor."""

    def __init__(self, c: Coefficients, linear: Linearization) -> None:
        self.count, self.kinds = c.value_added_share.shape
        domestic = np.einsum("sjj->js", c.trade)
        blocks = np.linalg.inv(np.eye(self.kinds) - domestic[:, :, None] * c.input_share)
        self.prices: Array32 = blocks.astype(np.float32)
        self.spending: Array32 = np.ascontiguousarray(blocks.transpose(0, 2, 1), dtype=np.float32)
        self.wages = -np.linalg.inv(self._wage_derivative(linear).astype(np.float64))
        self.wages32: Array32 = self.wages.astype(np.float32)
        self.wages = self.wages32.astype(np.float64)

    def _wage_derivative(self, linear: Linearization) -> Array32:
        """d wage_gap / d log wage (j, j) once prices and expenditures have answered, by block sweeps."""
        n, k = self.count, self.kinds
        eye = np.eye(n, dtype=np.float32)
        d = Directions(eye, *np.zeros((2, n, k, n), dtype=np.float32))
        for _ in range(_SWEEPS):
            gap = linear.tangent(d)
            price = d.price + np.matmul(self.prices, gap.price)
            d = Directions(eye, price, d.purchases + np.matmul(self.spending, gap.purchases))
        return np.asarray(linear.tangent(d).wage)

    def step(self, wage_gap: Array, price_gap: Array, purchases_gap: Array, scale: Array) -> tuple[Array, Array32]:
        n, nk = self.count, self.count * self.kinds
        f = np.empty(n + 2 * nk)
        f[:n] = self.wages @ wage_gap
        f[n : n + nk] = np.matvec(self.prices, price_gap.astype(np.float32)).ravel()
        f[n + nk :] = (np.matvec(self.spending, purchases_gap.astype(np.float32)) / scale).ravel()
        parts = [f[n : n + nk].reshape(n, -1), f[:n, None], f[n + nk :].reshape(n, -1)]
        return f, np.concatenate(parts, axis=1, dtype=np.float32)

    def batched(self, scale: Array) -> LevelOneBatch:
        k = self.kinds
        spending = (self.spending * (scale[:, None, :] / scale[:, :, None])).astype(np.float32)

        def step(gap: Array32, out: Array32) -> None:
            np.matmul(self.prices, gap[:, :k], out=out[:, :k])
            np.matmul(spending, gap[:, k + 1 :], out=out[:, k + 1 :])
            out[:, k] = self.wages32 @ gap[:, k]

        return step

    def apply(self, gap: Directions) -> Array32:
        step = [
            np.matmul(self.prices, gap.price),
            (self.wages32 @ gap.wage)[:, None, :],
            np.matmul(self.spending, gap.purchases),
        ]
        return np.concatenate(step, axis=1)

    def transpose(self, weight: Array32) -> Directions:
        k = self.kinds
        return Directions(
            self.wages32.T @ weight[:, k],
            np.matmul(self.prices.transpose(0, 2, 1), weight[:, :k]),
            np.matmul(self.spending.transpose(0, 2, 1), weight[:, k + 1 :]),
        )


class _Joint:
    """All unknowns of an economy together."""

    def __init__(self, b: Baseline, c: Coefficients, linear: Linearization) -> None:
        self.count, self.kinds = b.size
        self.mobile = c.factors is None
        # Purchases are measured in their baseline here: an inverse in single precision needs numbers of like size.
        scale = np.where(b.bought, b.purchases, 1.0)
        self.scale: Array32 = scale.astype(np.float32)
        self.inverse: Array32 = -_invert(local_derivative(linear, scale)).astype(np.float32)

    def step(self, wage_gap: Array, price_gap: Array, purchases_gap: Array, scale: Array) -> tuple[Array, Array32]:
        n, k = self.count, self.kinds
        gap = [price_gap, wage_gap.reshape(n, -1), purchases_gap / scale]
        local = np.matvec(self.inverse, np.concatenate(gap, axis=1, dtype=np.float32))
        f = np.concatenate([local[:, k:-k].ravel(), local[:, :k].ravel(), local[:, -k:].ravel()], dtype=np.float64)
        return f, local

    def batched(self, _: Array) -> LevelOneBatch:
        def step(gap: Array32, out: Array32) -> None:
            np.matmul(self.inverse, gap, out=out)

        return step

    def apply(self, gap: Directions) -> Array32:
        wage = gap.wage[:, None, :] if self.mobile else gap.wage
        scale = self.scale[:, :, None]
        found = np.matmul(self.inverse, np.concatenate([gap.price, wage, gap.purchases / scale], axis=1))
        found[:, -self.kinds :] *= scale
        return np.asarray(found)

    def transpose(self, weight: Array32) -> Directions:
        k, scale = self.kinds, self.scale[:, :, None]
        weight = np.concatenate([weight[:, :-k], weight[:, -k:] * scale], axis=1)
        found = np.matmul(self.inverse.transpose(0, 2, 1), weight)
        wage = found[:, k] if self.mobile else found[:, k:-k]
        return Directions(wage, found[:, :k], found[:, -k:] / scale)


def _invert(matrices: Array) -> Array:
    """Inverses (j, r, r); a LinAlgError where one is singular but for rounding, which `inv` need not notice."""
    found = np.linalg.inv(matrices)
    condition = (np.linalg.norm(a, ord=np.inf, axis=(1, 2)) for a in (matrices, found))
    if not np.prod(list(condition), axis=0).max(initial=0.0) < _SINGULAR:
        raise np.linalg.LinAlgError("singular to the working precision")
    return np.asarray(found)


def local_derivative(linear: Linearization, scale: Array) -> Array:
    """Derivative (j, r, r) of an economy's residuals in its own unknowns, abroad standing still.

    Rows and columns are prices (k), factors (1 or k), purchases over `scale` (k). Tax revenues, claims and the
    closure's deficits are left out: level two sees them.
    """
    c, e, nest, market = linear.c, linear.e, linear.nest, linear.market
    n, k = scale.shape
    factors = 1 if c.factors is None else k
    r, eye = 2 * k + factors, np.eye(k)
    d = Directions(np.zeros((n, factors, r)), np.zeros((n, k, r)), np.zeros((n, k, r)))
    d.wage[:, :, k : k + factors] = np.eye(factors)
    d.price[:, :, :k] = eye
    d.purchases[:, :, k + factors :] = eye * scale[:, :, None]
    wage = d.wage[:, 0] if c.factors is None else d.wage
    log_return, factor = market.supply(wage)
    cost, bundle = nest.cost(log_return, d.price)
    # Sales answer costs everywhere, less what the seller's own weight moves the buyers' prices.
    answer = e.output - np.einsum("sij,sij,js->is", linear.receipt, linear.share, linear.purchases)
    home, domestic = (np.einsum("sjj->js", array)[:, :, None] for array in (linear.receipt, linear.share))
    sales = -c.theta[:, None] * answer[:, :, None] * cost + home * d.purchases
    demand = nest.demand(sales, cost, bundle, d.price) + nest.spending(factor, d.price)
    fall = factor / (c.part @ linear.part_income)[:, None]  # of the numeraire, as far as it is the economy's own
    labour = market.gap(wage, sales, log_return, cost, fall)
    bought = c.bought[:, :, None]
    out = [
        domestic * bought * cost - d.price,
        labour[:, None] if c.factors is None else labour,
        (demand * bought - d.purchases) / scale[:, :, None],
    ]
    return np.concatenate(out, axis=1)


class _Construction:
    """Level one, and the error operator from which level two is made, in single precision.

    Local vectors (j, local, B) hold prices, factors and relative purchases of each economy.
    """

    def __init__(self, b: Baseline, c: Coefficients, state: State | None) -> None:
        self.count, self.kinds = b.size
        earnings = np.zeros(self.count) if c.factors is None else np.zeros((self.count, self.kinds))
        self.local = 2 * self.kinds + (1 if c.factors is None else self.kinds)
        separate = state is None and c.factors is None and c.nests is None
        state = state or (earnings, np.zeros((self.count, self.kinds)), b.purchases)
        e = evaluate(c, *state)
        self.linear = Linearization(_single(c), _single(e), state[2].astype(np.float32))
        self.level: _LevelOne = _Blocks(c, self.linear) if separate else _Joint(b, c, Linearization(c, e, state[2]))
        scale = np.where(b.bought, b.purchases, 1.0)
        self.scale: Array32 = scale[:, :, None].astype(np.float32)
        income, alive = b.value_added[:, None], np.ones((self.count, 1), dtype=bool)
        if c.factors is not None:
            alive = c.factors.idle == 0
            income = np.where(alive, c.factors.income, 1.0)
        size = np.concatenate([scale, income, scale], axis=1)
        self.root: Array32 = np.sqrt(size)[:, :, None].astype(np.float32)
        live = np.concatenate([b.bought, alive, b.bought], axis=1)
        self.live: Array32 = live[:, :, None].astype(np.float32)

    def error(self, z: Array32) -> Array32:
        """E z in the scaled state, E the error that a step of level one leaves."""
        k, state = self.kinds, z / self.root
        wage = state[:, k] if self.linear.c.factors is None else state[:, k:-k]
        step = self.level.apply(self.linear.tangent(Directions(wage, state[:, :k], state[:, -k:] * self.scale)))
        step[:, -k:] /= self.scale
        return np.asarray(z + step * self.root)

    def error_transposed(self, z: Array32) -> Array32:
        """E' z."""
        k, weight = self.kinds, z * self.root
        weight[:, -k:] /= self.scale
        pulled = self.linear.cotangent(self.level.transpose(weight))
        wage = pulled.wage if pulled.wage.ndim == 3 else pulled.wage[:, None, :]
        back = np.concatenate([pulled.price, wage, pulled.purchases * self.scale], axis=1)
        return np.asarray(z + back / self.root)

    def coarse(self, modes: int) -> tuple[Array32, Array32, Array32]:
        """Left vectors (j, mode, local), core (j mode, j mode) and right vectors (j, mode, local), in plain units."""
        n, local = self.count, self.local
        draws = np.random.default_rng(_SEED).standard_normal((n, local, _PROBES), dtype=np.float32)
        probes = draws * self.live
        left = np.linalg.svd(self.error(probes) * self.live, full_matrices=False)[0][:, :, :modes]
        right = np.linalg.svd(self.error_transposed(probes) * self.live, full_matrices=False)[0][:, :, :modes]
        core = np.empty((n * modes, n * modes))
        for first in range(0, n, _BLOCK):  # in blocks that stay in cache
            economies = range(first, min(first + _BLOCK, n))
            wide = np.zeros((n, local, len(economies) * modes), dtype=np.float32)
            for place, j in enumerate(economies):
                wide[j, :, place * modes : (place + 1) * modes] = right[j]
            columns = np.matmul(left.transpose(0, 2, 1), self.error(wide))
            core[:, first * modes : (economies[-1] + 1) * modes] = columns.reshape(n * modes, -1)
        overlap = np.matmul(right.transpose(0, 2, 1), left)
        cross = np.matmul(overlap, core.reshape(n, modes, -1)).reshape(n * modes, -1)
        core = core @ np.linalg.inv(np.eye(n * modes) - cross)
        return (
            np.ascontiguousarray((left / self.root).transpose(0, 2, 1), dtype=np.float32),
            core.astype(np.float32),
            np.ascontiguousarray((right * self.root).transpose(0, 2, 1), dtype=np.float32),
        )


def _single(record: Record) -> Record:
    """The same named arrays in single precision."""
    return type(record)(*(_halve(part) for part in record))


def _halve(part: Any) -> Any:
    if isinstance(part, np.ndarray):
        return part.astype(np.float32) if part.dtype == np.float64 else part
    if isinstance(part, tuple):
        halved = [_halve(each) for each in part]
        return type(part)(*halved) if hasattr(part, "_fields") else tuple(halved)
    return part
