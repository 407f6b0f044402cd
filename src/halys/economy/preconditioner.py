"""A two-level approximation of the inverse derivative at the baseline, made once per baseline and set of elasticities.

Level one works economy by economy: the derivative of all residuals of an economy in all its own unknowns is formed and
inverted, as if trade stood still (`local_derivative`). Prices, returns and expenditures of an economy hang together too
closely to be taken apart: with Cobb-Douglas nests and a mobile factor, where this is possible, it takes a quarter more
passes.

Level two removes the modes that cross borders. After level one a step leaves the error E = I + P R, R the derivative
of the residuals. In the scaled state (square roots of factor income and of purchases) take, for each economy, the
`modes` leading left vectors U of its rows of E and right vectors V of its columns; with the core C = U' E V the step f
is corrected to f + U C (I − V' U C)^-1 V' f (Woodbury for (I − E)^-1). The vectors come from random products with E
and its transpose, so E is never formed.
"""

from __future__ import annotations

from typing import Any, TypeVar

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
_SINGULAR = 1e13  # condition number; it is some 10 to 1000, up to 1e11 where next to nothing of a product is bought
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
        return BatchStep(self._level.inverse, self._left, self._core, self._right)


class BatchStep:
    """Steps of a `Preconditioner` for problems side by side, in single precision.

    In every product the problems lie along the contiguous axis. BLAS fills its registers along it, so that all of a
    multiple of 16 are treated alike; along the other axis some kernels sum the first problems in another order.
    """

    def __init__(self, level: Array32, left: Array32, core: Array32, right: Array32) -> None:
        self._level, self._core, self._right = level, core, right
        self._left_by_unknown = np.ascontiguousarray(left.transpose(0, 2, 1))

    def __call__(self, gap: Array32) -> Array32:
        """Steps (j, local, B) for residuals of that shape, purchases over their scale in both."""
        count, _, width = gap.shape
        f: Array32 = np.matmul(self._level, gap)
        modes = self._core @ np.matmul(self._right, f).reshape(-1, width)
        f += np.matmul(self._left_by_unknown, modes.reshape(count, -1, width))
        return f


class _LevelOne:
    """A linear map on local vectors (j, k + factors + k, B): prices, factors, purchases of an economy together."""

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
    """Inverses (j, r, r); a LinAlgError where one is singular but for rounding, which `inv` need not notice.

    The condition is Skeel's, of |A⁻¹| |A|: a product of which an economy buys next to nothing scales a row, and makes
    the common one as large as that of a singular matrix.
    """
    found = np.linalg.inv(matrices)
    condition = np.linalg.norm(np.abs(found) @ np.abs(matrices), ord=np.inf, axis=(1, 2))
    if not condition.max(initial=0.0) < _SINGULAR:
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
        state = state or (earnings, np.zeros((self.count, self.kinds)), b.purchases)
        e = evaluate(c, *state)
        self.linear = Linearization(_single(c), _single(e), state[2].astype(np.float32))
        self.level = _LevelOne(b, c, Linearization(c, e, state[2]))
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
