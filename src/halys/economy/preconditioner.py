"""A two-level approximation of the inverse derivative at the baseline, made once per baseline and set of elasticities.

Level one works economy by economy. With D_j the domestic shares and G_j the input shares of economy j,
H_j = (I − diag(D_j) G_j)^-1 solves the price block and its transpose the expenditure block as if trade stood still;
−J^-1, with J the derivative of the wage gap in log wages after prices and expenditures have answered, solves the labour
markets and fixes the numeraire (the gap holds the log of world factor income; without it J would be singular).

Level two removes the modes that cross borders. After level one a step leaves the error E = I + P R, R the derivative
of the residuals. In the scaled state (square roots of value added and of purchases) take, for each economy, the
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

Record = TypeVar("Record", Coefficients, Evaluation)

MODES = 8  # vectors kept for each economy; 4 to 8 all work, 8 takes the fewest passes
_PROBES = 40  # random directions from which they are found
_SWEEPS = 6  # block sweeps for the wage derivative; it needs two digits only
_BLOCK = 8  # economies whose modes are pushed through the equations together
_SEED = 20220314


class Preconditioner:
    """Turns residuals into a step of (log wage, log price, purchases / baseline purchases)."""

    def __init__(self, b: Baseline, c: Coefficients, modes: int = MODES) -> None:
        """Built at the baseline: `c` must carry no shock."""
        self.count, self.kinds = b.size
        build = _Construction(b, c)
        self._scale = np.where(b.bought, b.purchases, 1.0)
        self._prices = build.prices
        self._spending = build.spending
        self._wages = build.wages.astype(np.float64)
        self._left, self._core, self._right = build.coarse(min(modes, 2 * self.kinds + 1))

    def step(self, wage_gap: Array, price_gap: Array, purchases_gap: Array) -> Array:
        """The step for residuals (j,), (j, s), (j, s), as one vector: wages, then prices, then relative purchases."""
        n, nk = self.count, self.count * self.kinds
        f = np.empty(n + 2 * nk)
        f[:n] = self._wages @ wage_gap
        f[n : n + nk] = np.matvec(self._prices, price_gap.astype(np.float32)).ravel()
        f[n + nk :] = (np.matvec(self._spending, purchases_gap.astype(np.float32)) / self._scale).ravel()
        local = np.concatenate(
            [f[n : n + nk].reshape(n, -1), f[:n, None], f[n + nk :].reshape(n, -1)], axis=1, dtype=np.float32
        )
        modes = self._core @ np.matvec(self._right, local).ravel()
        extra = np.vecmat(modes.reshape(n, -1), self._left)
        f[:n] += extra[:, self.kinds]
        f[n : n + nk] += extra[:, : self.kinds].ravel()
        f[n + nk :] += extra[:, self.kinds + 1 :].ravel()
        return f


class _Construction:
    """Level one, and the error operator from which level two is made, in single precision.

    Local vectors (j, 2 k + 1, B) hold prices, the wage and relative purchases of each economy.
    """

    def __init__(self, b: Baseline, c: Coefficients) -> None:
        self.count, self.kinds = b.size
        start = np.zeros(self.count), np.zeros((self.count, self.kinds)), b.purchases
        single, state = _single(c), _single(evaluate(c, *start))
        self.linear = Linearization(single, state, b.purchases.astype(np.float32))
        domestic = np.einsum("sjj->js", c.trade)
        blocks = np.linalg.inv(np.eye(self.kinds) - domestic[:, :, None] * c.input_share)
        self.prices: Array32 = blocks.astype(np.float32)
        self.spending: Array32 = np.ascontiguousarray(blocks.transpose(0, 2, 1), dtype=np.float32)
        self.wages: Array32 = -np.linalg.inv(self._wage_derivative().astype(np.float64)).astype(np.float32)
        scale = np.where(b.bought, b.purchases, 1.0)
        self.scale: Array32 = scale[:, :, None].astype(np.float32)
        size = np.concatenate([scale, b.value_added[:, None], scale], axis=1)
        self.root: Array32 = np.sqrt(size)[:, :, None].astype(np.float32)
        live = np.concatenate([b.bought, np.ones((self.count, 1), dtype=bool), b.bought], axis=1)
        self.live: Array32 = live[:, :, None].astype(np.float32)

    def _wage_derivative(self) -> Array32:
        """d wage_gap / d log wage (j, j) once prices and expenditures have answered, by block sweeps."""
        n, k = self.count, self.kinds
        eye = np.eye(n, dtype=np.float32)
        d = Directions(eye, *np.zeros((2, n, k, n), dtype=np.float32))
        for _ in range(_SWEEPS):
            gap = self.linear.tangent(d)
            price = d.price + np.matmul(self.prices, gap.price)
            d = Directions(eye, price, d.purchases + np.matmul(self.spending, gap.purchases))
        return np.asarray(self.linear.tangent(d).wage)

    def error(self, z: Array32) -> Array32:
        """E z in the scaled state, E the error that a step of level one leaves."""
        k, state = self.kinds, z / self.root
        gap = self.linear.tangent(Directions(state[:, k], state[:, :k], state[:, k + 1 :] * self.scale))
        step = np.empty_like(z)
        step[:, k] = self.wages @ gap.wage
        step[:, :k] = np.matmul(self.prices, gap.price)
        step[:, k + 1 :] = np.matmul(self.spending, gap.purchases) / self.scale
        return np.asarray(z + step * self.root)

    def error_transposed(self, z: Array32) -> Array32:
        """E' z."""
        k, weight = self.kinds, z * self.root
        pulled = self.linear.cotangent(
            Directions(
                self.wages.T @ weight[:, k],
                np.matmul(self.prices.transpose(0, 2, 1), weight[:, :k]),
                np.matmul(self.spending.transpose(0, 2, 1), weight[:, k + 1 :] / self.scale),
            )
        )
        back = np.empty_like(z)
        back[:, k] = pulled.wage
        back[:, :k] = pulled.price
        back[:, k + 1 :] = pulled.purchases * self.scale
        return np.asarray(z + back / self.root)

    def coarse(self, modes: int) -> tuple[Array32, Array32, Array32]:
        """Left vectors (j, mode, local), core (j mode, j mode) and right vectors (j, mode, local), in plain units."""
        n, local = self.count, 2 * self.kinds + 1
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
    """The same named arrays in single precision; what there is none of stays None."""
    single: dict[str, Any] = {
        name: np.asarray(array, dtype=np.float32) for name, array in record._asdict().items() if array is not None
    }
    return record._replace(**single)
