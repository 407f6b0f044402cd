"""Many problems of one baseline solved in lockstep.

A shock changes few trade coefficients, so that problems of one baseline share nearly all constants of the equations.
Solved side by side, each pass multiplies the shared matrices with a block of columns, one for each problem, instead of
reading them once for each problem; the cells that a shock changes are corrected afterwards. They lie in the rows and
columns of a few economies, the cover of the problem:

    Phi_js = sum_i pi_ijs c_is^(−theta_s) + (a − pi) c^(−theta) in the rows and columns of the cover.

State and equations are in double precision with the problems on the last axis; preconditioner and Anderson's memory are
in single precision, the latter with its products taken on sums of random signs. What comes out is a candidate, which
the caller evaluates by the ordinary equations at the full tolerance.

The columns do not mix: every sum over economies or industries is taken for each problem apart, and matrix products are
always `WIDTH` columns wide, filled up with problems at rest. So a candidate does not depend on what is solved beside
it, to the bit. Problems that are not of the common form (`Lockstep.serves`, `Lockstep.cover`) are left to the ordinary
solver.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from halys.economy.baseline import Baseline
from halys.economy.batch_anderson import BatchAnderson
from halys.economy.batch_shocks import WIDTH, BatchShocks, cover_changes
from halys.economy.equations import Coefficients
from halys.economy.preconditioner import Preconditioner

Array = NDArray[np.float64]
Array32 = NDArray[np.float32]

PASSES = 60  # after which a problem is left to the ordinary solver
_COVER = 20  # economies whose rows and columns hold all changed cells of a problem
_CLIP = 2.0  # log earnings and prices move by no more than this in one step
_FLOOR = 0.1  # purchases fall to no less than this share of their value in one of the first steps
_EARLY = 8  # steps that are clipped and floored
_ROWS = 1024  # of the state that are updated together, so that they stay in cache


class Candidate(NamedTuple):
    """A point laid out as `Solution.point`, and the passes it took."""

    point: Array
    steps: int


class Lockstep:
    """Solves problems of one baseline with one set of elasticities of substitution and one mobility of factors.

    Args:
        rest: coefficients of the baseline without a shock; theta may differ between problems.
    """

    def __init__(self, b: Baseline, rest: Coefficients, preconditioner: Preconditioner) -> None:
        self.b, self.rest = b, rest
        self.scale = np.where(b.bought, b.purchases, 1.0)
        self.count, self.kinds = b.size
        self.market: _Plain | _Nested = _Plain(rest, self.scale) if rest.nests is None else _Nested(rest, self.scale)
        self.factors = 1 if rest.factors is None else self.kinds
        self.step = preconditioner.batched()
        self.unbought = np.nonzero(~b.bought)

    @staticmethod
    def serves(rest: Coefficients) -> bool:
        """Whether the equations of a baseline have the common form, whatever the shock."""
        if rest.part.shape[1] != 1 or rest.tariff_owner.shape[1]:
            return False
        if rest.nests is None:
            return rest.factors is None
        n = rest.nests
        powers = [*n.value_added_power, *(nest.power for nest in n.inputs), n.consumption_power]
        specific = rest.factors is not None and rest.factors.inverse_mobility == 1.0
        return specific and len(n.inputs) == 1 and min(map(abs, powers)) > 1e-3

    def cover(self, c: Coefficients) -> list[int] | None:
        """The cover of a problem's changes; None where it is left to the ordinary solver."""
        if c.part.shape[1] != 1:
            return None
        if c.factors is not None and (c.factors.idle != self.rest.factors.idle).any():  # type: ignore[union-attr]
            return None
        changed = (c.trade != self.b.trade_share).any(axis=0)
        if c.seller is not c.trade:
            changed |= (c.seller != c.trade).any(axis=0)
        cover = cover_changes(changed)
        return cover if len(cover) <= _COVER else None

    def solve(
        self,
        problems: Sequence[Coefficients],
        covers: Sequence[list[int]],
        tolerance: float,
        starts: Sequence[Array | None],
    ) -> list[Candidate | None]:
        """Candidates of at most `WIDTH` problems; None where there is none after `PASSES` passes.

        Args:
            covers: of each problem, from `cover`. starts: points laid out as `Solution.point`, or None.
        """
        order = sorted(range(len(problems)), key=lambda n: -len(covers[n]))
        shocks = BatchShocks(self.b, [problems[n] for n in order], [covers[n] for n in order])
        x = self._start([starts[n] for n in order])
        found: list[Candidate | None] = [None] * len(problems)
        left = np.arange(WIDTH) < len(problems)
        anderson = BatchAnderson(WIDTH, self.count, x.shape[1], self.factors == 1)
        gap = np.zeros(x.shape, dtype=np.float32)
        with np.errstate(all="ignore"):  # a problem that goes astray shows as one that is not finite
            for steps in range(1, PASSES + 1):
                labour = self._evaluate(shocks, x, gap)
                left &= np.isfinite(labour)
                ready = left & (labour <= tolerance)
                if ready.any():
                    ready &= self._worst(x, gap) <= tolerance
                    for n in np.flatnonzero(ready):
                        found[order[n]] = Candidate(self._point(x[:, :, n]), steps)
                    left &= ~ready
                if not left.any():
                    break
                self._advance(x, anderson.step(self.step(gap)), steps <= _EARLY)
        return found

    def _start(self, starts: Sequence[Array | None]) -> Array:
        """(j, k + f + k, B): log prices, log earnings, purchases over their scale."""
        n, k, f = self.count, self.kinds, self.factors
        x = np.zeros((n, 2 * k + f, WIDTH))
        x[:, k + f :] = self.b.bought[:, :, None]
        for at, start in enumerate(starts):
            if start is not None:
                x[:, k : k + f, at] = start[: n * f].reshape(n, f)
                x[:, :k, at] = start[n * f : n * (f + k)].reshape(n, k)
                x[:, k + f :, at] = start[n * (f + k) :].reshape(n, k) / self.scale
        return x

    def _point(self, x: Array) -> Array:
        k, f = self.kinds, self.factors
        parts = (x[:, k : k + f], x[:, :k], x[:, k + f :] * self.scale)
        return np.concatenate([part.ravel() for part in parts])

    def _worst(self, x: Array, gap: Array32) -> Array:
        """(B,) largest residual of prices and of purchases, relative."""
        k, purchases = self.kinds, x[:, self.kinds + self.factors :]
        relative = np.abs(gap[:, -k:]) / (purchases + ~self.b.bought[:, :, None])
        return np.asarray(np.maximum(np.abs(gap[:, :k]).max(axis=(0, 1)), relative.max(axis=(0, 1))))

    def _evaluate(self, shocks: BatchShocks, x: Array, gap: Array32) -> Array:
        """Residuals into `gap`; returns the largest of the factor markets (B,)."""
        k, f = self.kinds, self.factors
        price, earnings, purchases = x[:, :k], x[:, k : k + f], x[:, k + f :]
        supply, shares = self.market.cost(x)
        shocks.change_cost(supply)
        factors = shocks.ceilings(supply)
        flat = supply.reshape(self.count, -1)
        flat *= -shocks.theta.reshape(-1)
        np.exp(supply, out=supply)
        phi, output, spread = self._trade(shocks, supply, purchases)
        revenue, claimed = shocks.revenue(supply, spread), shocks.claimed(supply, spread, factors)
        np.log(phi, out=phi)
        flat = phi.reshape(self.count, -1)
        flat *= -1.0 / shocks.theta.reshape(-1)
        np.subtract(phi, price, out=gap[:, :k], casting="same_kind")
        gap[:, :k][self.unbought] = 0.0
        factor_income = self.market.earn(earnings)
        total = factor_income.sum(axis=0)
        level = np.log(total / self.rest.value_added.sum())
        closing = (shocks.proportional * factor_income).sum(axis=0) / total
        income = factor_income + revenue + shocks.deficit + factor_income * (shocks.proportional - closing)
        income += claimed
        income -= shocks.given
        demand, wage = self.market.demand(shares, x, output, income)
        shocks.change_demand(demand)
        np.subtract(demand, purchases, out=gap[:, k + f :], casting="same_kind")
        labour = np.maximum(np.abs(wage).max(axis=0).max(axis=0), np.abs(level))
        wage -= level
        gap[:, k : k + f] = wage
        return np.asarray(np.maximum(labour, np.abs(wage).max(axis=0).max(axis=0)))

    def _trade(self, shocks: BatchShocks, supply: Array, purchases: Array) -> tuple[Array, Array, Array]:
        """Phi (j, s, B), output (i, s, B) and spread (j, s, B)."""
        pi, phi, output = self.b.trade_share, np.empty_like(supply), np.empty_like(supply)
        spread = purchases * self.scale[:, :, None]
        np.matmul(pi.transpose(0, 2, 1), supply.transpose(1, 0, 2), out=phi.transpose(1, 0, 2))
        shocks.change_phi(phi, supply)
        phi[self.unbought] += 1.0
        spread /= phi
        np.matmul(pi, spread.transpose(1, 0, 2), out=output.transpose(1, 0, 2))
        shocks.change_sales(output, spread)
        output *= supply
        return phi, output, spread

    def _advance(self, x: Array, step: Array32, early: bool) -> None:
        """Take the step (B, j, k + f + k), or what is allowed of it."""
        k = self.kinds
        flat, steps = x.reshape(-1, WIDTH), step.reshape(WIDTH, -1)
        if early:
            np.clip(steps, -_CLIP, _CLIP, out=steps)
            purchases = x[:, -k:]
            taken = step[:, :, -k:].transpose(1, 2, 0)
            for n in np.flatnonzero((taken < (_FLOOR - 1.0) * purchases).any(axis=(0, 1))):
                np.maximum(step[n, :, -k:], (_FLOOR - 1.0) * purchases[:, :, n], out=step[n, :, -k:])
        for rows in range(0, len(flat), _ROWS):
            flat[rows : rows + _ROWS] += steps[:, rows : rows + _ROWS].T


class _Plain:
    """Cobb-Douglas nests and a mobile factor."""

    def __init__(self, c: Coefficients, scale: Array) -> None:
        n, k = scale.shape
        self.income = c.value_added[:, None]
        self._cost = np.concatenate([c.input_share, c.value_added_share[:, :, None]], axis=2)
        share = c.bought / scale
        self._uses = np.zeros((n, k + 1, k))
        self._uses[:, :k] = c.input_share.transpose(0, 2, 1) * share[:, :, None]
        self._uses[:, k] = c.value_added_share / self.income
        self._final = (c.final_share * share)[:, :, None]

    def cost(self, x: Array) -> tuple[Array, None]:
        """Log unit cost (j, k, B)."""
        return np.matmul(self._cost, x[:, : self._cost.shape[2]]), None

    def earn(self, earnings: Array) -> Array:
        """Factor income (j, B)."""
        return np.asarray(np.exp(earnings[:, 0]) * self.income)

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

    def __init__(self, c: Coefficients, scale: Array) -> None:
        n, f = c.nests, c.factors
        assert n is not None
        assert f is not None
        self._among, self._final_power = n.inputs[0].power, n.consumption_power
        self._between = np.repeat(n.value_added_power, WIDTH).reshape(-1, WIDTH)
        some = np.where(n.intermediate_share > 0, n.intermediate_share, 1.0)
        self._inputs = n.inputs[0].input_share / some[:, :, None]
        self._share, self._rest = c.value_added_share[:, :, None], 1.0 - c.value_added_share[:, :, None]
        self._idle = np.nonzero(f.idle)
        self._income, self._final = f.income[:, :, None], c.final_share[:, :, None]
        self._bought = (c.bought / scale)[:, :, None]
        self._log_income = np.log(np.where(f.idle > 0, 1.0, f.income))[:, :, None]

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
