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

import numpy as np
from numpy.typing import NDArray

from halys.economy.baseline import Baseline
from halys.economy.equations import Coefficients, evaluate
from halys.economy.linear import Directions, Linearization

Array = NDArray[np.float64]
Array32 = NDArray[np.float32]

MODES = 8  # vectors kept for each economy; 4 to 8 all work, 8 takes the fewest passes
_PROBES = 60  # random directions from which they are found
_SWEEPS = 8  # block sweeps for the wage derivative; it needs two digits only
_BLOCK = 8  # economies whose modes are pushed through the equations together
_SEED = 20220314


class Preconditioner:
    """Turns residuals into a step of (log wage, log price, purchases / baseline purchases)."""

    def __init__(self, b: Baseline, c: Coefficients, modes: int = MODES) -> None:
        """Built at the baseline: `c` must carry no shock."""
        self.count, self.kinds = b.size
        start = np.zeros(self.count), np.zeros((self.count, self.kinds)), b.purchases
        self._linear = Linearization(c, evaluate(c, *start), b.purchases)
        self._scale = np.where(b.bought, b.purchases, 1.0)
        self._bought = b.bought
        domestic = np.einsum("sjj->js", c.trade)
        blocks = np.linalg.inv(np.eye(self.kinds) - domestic[:, :, None] * c.input_share)
        self._prices: Array32 = blocks.astype(np.float32)
        self._spending: Array32 = np.ascontiguousarray(blocks.transpose(0, 2, 1)).astype(np.float32)
        self._wages = -np.linalg.inv(self._wage_derivative())
        self._left, self._core, self._right = self._coarse(b, min(modes, 2 * self.kinds + 1))

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

    # Construction ----------------------------------------------------------------------------------------------------

    def _wage_derivative(self) -> Array:
        """d wage_gap / d log wage (j, j) once prices and expenditures have answered, by block sweeps."""
        n, k = self.count, self.kinds
        eye = np.eye(n)
        d = Directions(eye, np.zeros((n, k, n)), np.zeros((n, k, n)))
        for _ in range(_SWEEPS):
            gap = self._linear.tangent(d)
            price = d.price + np.matmul(self._prices, gap.price.astype(np.float32))
            purchases = d.purchases + np.matmul(self._spending, gap.purchases.astype(np.float32))
            d = Directions(eye, price, purchases)
        return np.asarray(self._linear.tangent(d).wage)

    def _error(self, z: Array) -> Array:
        """E z in the scaled state; z is (j, 2 k + 1, B) in the local order prices, wage, relative purchases."""
        k, state = self.kinds, z / self._root
        gap = self._linear.tangent(Directions(state[:, k], state[:, :k], state[:, k + 1 :] * self._scale[:, :, None]))
        step = np.empty_like(z)
        step[:, k] = self._wages @ gap.wage
        step[:, :k] = np.matmul(self._prices, gap.price)
        step[:, k + 1 :] = np.matmul(self._spending, gap.purchases) / self._scale[:, :, None]
        return np.asarray(z + step * self._root)

    def _error_transposed(self, z: Array) -> Array:
        """E' z, same order as `_error`."""
        k, weight = self.kinds, z * self._root
        pulled = self._linear.cotangent(
            Directions(
                self._wages.T @ weight[:, k],
                np.matmul(self._prices.transpose(0, 2, 1), weight[:, :k]),
                np.matmul(self._spending.transpose(0, 2, 1), weight[:, k + 1 :] / self._scale[:, :, None]),
            )
        )
        back = np.empty_like(z)
        back[:, k] = pulled.wage
        back[:, :k] = pulled.price
        back[:, k + 1 :] = pulled.purchases * self._scale[:, :, None]
        return np.asarray(z + back / self._root)

    def _coarse(self, b: Baseline, modes: int) -> tuple[Array32, Array32, Array32]:
        n, k = self.count, self.kinds
        size = np.concatenate([self._scale, b.value_added[:, None], self._scale], axis=1)
        self._root = np.sqrt(size)[:, :, None]
        live = np.concatenate([self._bought, np.ones((n, 1), dtype=bool), self._bought], axis=1)[:, :, None]
        probes = np.random.default_rng(_SEED).standard_normal((n, 2 * k + 1, _PROBES)) * live
        left = np.linalg.svd(self._error(probes) * live, full_matrices=False)[0][:, :, :modes]
        right = np.linalg.svd(self._error_transposed(probes) * live, full_matrices=False)[0][:, :, :modes]
        core = np.empty((n * modes, n * modes))
        for first in range(0, n, _BLOCK):  # in blocks that stay in cache
            economies = range(first, min(first + _BLOCK, n))
            wide = np.zeros((n, 2 * k + 1, len(economies) * modes))
            for place, j in enumerate(economies):
                wide[j, :, place * modes : (place + 1) * modes] = right[j]
            columns = np.matmul(left.transpose(0, 2, 1), self._error(wide))
            core[:, first * modes : (economies[-1] + 1) * modes] = columns.reshape(n * modes, -1)
        cross = np.zeros_like(core)
        overlap = np.matmul(right.transpose(0, 2, 1), left)
        for j in range(n):
            cross[j * modes : (j + 1) * modes] = overlap[j] @ core[j * modes : (j + 1) * modes]
        core = core @ np.linalg.inv(np.eye(n * modes) - cross)
        # In plain units, stored so that each product reads memory in order.
        to_modes = (right * self._root).transpose(0, 2, 1)
        from_modes = (left / self._root).transpose(0, 2, 1)
        del self._root
        return (
            np.ascontiguousarray(from_modes, dtype=np.float32),
            core.astype(np.float32),
            np.ascontiguousarray(to_modes, dtype=np.float32),
        )
