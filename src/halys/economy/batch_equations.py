"""The equations of `halys.economy.batch` for problems side by side, in double or in single precision.

The state (j, k + f + k, B) holds log prices, log earnings and purchases over their scale. Nothing here mixes columns.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import DTypeLike, NDArray

from halys.economy.baseline import Baseline
from halys.economy.batch_shocks import WIDTH, BatchShocks
from halys.economy.equations import Coefficients

Array = NDArray[Any]  # of the precision of the equations
Array32 = NDArray[np.float32]


class BatchEquations:
    """The equations of one baseline, with one set of elasticities of substitution and one mobility of factors.

    Args:
        rest: coefficients of the baseline without a shock. scale (j, s): of purchases. precision: of all numbers.
    """

    def __init__(self, b: Baseline, rest: Coefficients, scale: NDArray[np.float64], precision: DTypeLike) -> None:
        self.precision = np.dtype(precision)
        self._count, self._kinds = b.size
        self._factors = 1 if rest.factors is None else self._kinds
        self._share = b.trade_share.astype(self.precision)
        self._scale = scale.astype(self.precision)[:, :, None]
        self._unbought, self._idle = np.nonzero(~b.bought), ~b.bought[:, :, None]
        self._world = float(rest.value_added.sum())
        self._market: _Plain | _Nested = (_Plain if rest.nests is None else _Nested)(rest, scale, self.precision)

    def worst(self, x: Array, gap: Array32) -> Array:
        """(B,) largest residual of prices and of purchases, relative."""
        k, purchases = self._kinds, x[:, self._kinds + self._factors :]
        relative = np.abs(gap[:, -k:]) / (purchases + self._idle)
        return np.asarray(np.maximum(np.abs(gap[:, :k]).max(axis=(0, 1)), relative.max(axis=(0, 1))))

    def evaluate(self, shocks: BatchShocks, x: Array, gap: Array32) -> Array:
        """Residuals into `gap`; returns the largest of the factor markets (B,).

        Args:
            shocks: in the precision of the equations.
        """
        k, f = self._kinds, self._factors
        price, earnings, purchases = x[:, :k], x[:, k : k + f], x[:, k + f :]
        supply, shares = self._market.cost(x)
        shocks.change_cost(supply)
        factors = shocks.ceilings(supply)
        flat = supply.reshape(self._count, -1)
        flat *= -shocks.theta.reshape(-1)
        np.exp(supply, out=supply)
        phi, output, spread = self._trade(shocks, supply, purchases)
        revenue, claimed = shocks.revenue(supply, spread), shocks.claimed(supply, spread, factors)
        np.log(phi, out=phi)
        flat = phi.reshape(self._count, -1)
        flat *= -1.0 / shocks.theta.reshape(-1)
        np.subtract(phi, price, out=gap[:, :k], casting="same_kind")
        gap[:, :k][self._unbought] = 0.0
        factor_income = self._market.earn(earnings)
        total = factor_income.sum(axis=0)
        level = np.log(total / self._world)
        closing = (shocks.proportional * factor_income).sum(axis=0) / total
        income = factor_income + revenue + shocks.deficit + factor_income * (shocks.proportional - closing)
        income += claimed
        income -= shocks.given
        demand, wage = self._market.demand(shares, x, output, income.astype(self.precision))
        shocks.change_demand(demand)
        np.subtract(demand, purchases, out=gap[:, k + f :], casting="same_kind")
        labour = np.maximum(np.abs(wage).max(axis=0).max(axis=0), np.abs(level))
        wage -= level
        gap[:, k : k + f] = wage
        return np.asarray(np.maximum(labour, np.abs(wage).max(axis=0).max(axis=0)))

    def _trade(self, shocks: BatchShocks, supply: Array, purchases: Array) -> tuple[Array, Array, Array]:
        """Phi (j, s, B), output (i, s, B) and spread (j, s, B)."""
        pi, phi, output = self._share, np.empty_like(supply), np.empty_like(supply)
        spread = purchases * self._scale
        np.matmul(pi.transpose(0, 2, 1), supply.transpose(1, 0, 2), out=phi.transpose(1, 0, 2))
        shocks.change_phi(phi, supply)
        phi[self._unbought] += 1.0
        spread /= phi
        np.matmul(pi, spread.transpose(1, 0, 2), out=output.transpose(1, 0, 2))
        shocks.change_sales(output, spread)
        output *= supply
        return phi, output, spread


class _Plain:
    """Cobb-Douglas nests and a mobile factor."""

    def __init__(self, c: Coefficients, scale: NDArray[np.float64], precision: DTypeLike) -> None:
        n, k = scale.shape
        income = c.value_added[:, None]
        share = c.bought / scale
        uses = np.zeros((n, k + 1, k))
        uses[:, :k] = c.input_share.transpose(0, 2, 1) * share[:, :, None]
        uses[:, k] = c.value_added_share / income
        cost = np.concatenate([c.input_share, c.value_added_share[:, :, None]], axis=2)
        final = (c.final_share * share)[:, :, None]
        self._income, self._uses, self._cost, self._final = (a.astype(precision) for a in (income, uses, cost, final))

    def cost(self, x: Array) -> tuple[Array, None]:
        """Log unit cost (j, k, B)."""
        return np.matmul(self._cost, x[:, : self._cost.shape[2]]), None

    def earn(self, earnings: Array) -> Array:
        """Factor income (j, B)."""
        return np.asarray(np.exp(earnings[:, 0]) * self._income)

    def demand(self, _: _Shares | None, x: Array, output: Array, income: Array) -> tuple[Array, Array]:
        """Purchases over their scale (j, s, B), and log factor demand less log factor income (j, f, B)."""
        k = output.shape[1]
        found = np.matmul(self._uses, output)
        bought = found[:, :k]
        bought += self._final * income[:, None, :]
        return bought, np.log(found[:, k:]) - x[:, k : k + 1]


class _Shares(NamedTuple):
    """Of a nest at new prices over their baseline (j, k, B), but for the powers of prices."""

    value_added: Array
    inputs: Array
    power: Array  # (j, s, B)


class _Nested:
    """Nests with one elasticity among inputs for all industries, none of the elasticities 1, and specific factors."""

    def __init__(self, c: Coefficients, scale: NDArray[np.float64], precision: DTypeLike) -> None:
        n, f = c.nests, c.factors
        assert n is not None
        assert f is not None
        self._among, self._final_power = n.inputs[0].power, n.consumption_power
        some = np.where(n.intermediate_share > 0, n.intermediate_share, 1.0)
        constants = (
            np.repeat(n.value_added_power, WIDTH).reshape(-1, WIDTH),
            n.inputs[0].input_share / some[:, :, None],
            c.value_added_share[:, :, None],
            f.income[:, :, None],
            c.final_share[:, :, None],
            (c.bought / scale)[:, :, None],
            np.log(np.where(f.idle > 0, 1.0, f.income))[:, :, None],
        )
        cast = (array.astype(precision) for array in constants)
        self._between, self._inputs, self._share, self._income, self._final, self._bought, self._log_income = cast
        self._rest = (1.0 - c.value_added_share[:, :, None]).astype(precision)
        self._idle = np.nonzero(f.idle)

    def cost(self, x: Array) -> tuple[Array, _Shares]:
        """Log unit cost (j, k, B), and the shares of its parts."""
        k = self._share.shape[1]
        price, earnings = x[:, :k], x[:, k:-k]
        power = np.expm1(self._among * price)
        bundle = np.matmul(self._inputs, power)
        inputs = np.log1p(bundle)
        inputs *= self._between / self._among
        np.expm1(inputs, out=inputs)
        own = np.expm1(self._between * earnings)
        total = self._share * own
        total += self._rest * inputs
        log_cost = np.log1p(total)
        log_cost /= self._between
        total += 1.0
        own += 1.0
        own /= total
        own *= self._share
        inputs += 1.0
        bundle += 1.0
        bundle *= total
        inputs /= bundle
        inputs *= self._rest
        power += 1.0
        return log_cost, _Shares(own, inputs, power)

    def earn(self, earnings: Array) -> Array:
        """Factor income (j, B)."""
        income = np.exp(earnings)
        income *= self._income
        return np.asarray(income.sum(axis=1))

    def demand(self, shares: _Shares | None, x: Array, output: Array, income: Array) -> tuple[Array, Array]:
        """Purchases over their scale (j, s, B), and log factor demand less log factor income (j, f, B)."""
        assert shares is not None
        k = output.shape[1]
        used = np.multiply(shares.inputs, output, out=shares.inputs)
        bought = np.matmul(self._inputs.transpose(0, 2, 1), used)
        bought *= shares.power
        final = np.expm1(self._final_power * x[:, :k])
        final *= self._final
        spent = income / (1.0 + final.sum(axis=1))
        final += self._final
        final *= spent[:, None, :]
        bought += final
        bought *= self._bought
        wage = np.multiply(shares.value_added, output, out=shares.value_added)
        np.log(wage, out=wage)
        wage -= self._log_income
        wage -= x[:, k:-k]
        wage[self._idle] = -x[:, k:-k][self._idle]
        return bought, wage
