"""Many problems of one baseline solved in lockstep.

A shock changes few trade coefficients, so that problems of one baseline share nearly all constants of the equations.
Solved side by side, each pass multiplies the shared matrices with a block of columns, one for each problem, instead of
reading them once for each problem; the cells that a shock changes are corrected afterwards. They lie in the rows and
columns of a few economies, the cover of the problem:

    Phi_js = sum_i pi_ijs c_is^(−theta_s) + (a − pi) c^(−theta) in the rows and columns of the cover.

The problems lie on the last axis. The first `_SINGLE` passes are in single precision, in which they take a third of
the time: they end far above what its rounding leaves. The others are in double precision, in which alone a residual
counts; preconditioner and Anderson's memory are in single precision throughout. A problem that finds no candidate this
way is tried once more without single precision, whose numbers overflow sooner. What comes out is a candidate, which the
caller evaluates by the ordinary equations at the full tolerance.

The columns do not mix: every sum over economies or industries is taken for each problem apart, and matrix products are
always `WIDTH` columns wide, filled up with problems at rest. So a candidate does not depend on what is solved beside
it, to the bit. Problems that are not of the common form (`Lockstep.serves`, `Lockstep.cover`) are left to the ordinary
solver.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from halys.economy.baseline import Baseline
from halys.economy.batch_anderson import BatchAnderson
from halys.economy.batch_equations import BatchEquations
from halys.economy.batch_shocks import WIDTH, BatchShocks, cover_changes
from halys.economy.equations import Coefficients
from halys.economy.preconditioner import Preconditioner
from halys.economy.problem import Touched

Array = NDArray[np.float64]
Array32 = NDArray[np.float32]
State = NDArray[Any]  # of either precision

PASSES = 60  # after which a problem is left to the ordinary solver
_SINGLE = 6  # of these, passes in single precision
_COVER = 20  # economies whose rows and columns hold all changed cells of a problem
_CLIP = 2.0  # log earnings and prices move by no more than this in one step
_FLOOR = 0.1  # purchases fall to no less than this share of their value in one of the first steps
_EARLY = 8  # steps that are clipped and floored


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
        self.single, self.double = (BatchEquations(b, rest, self.scale, kind) for kind in (np.float32, np.float64))
        self.factors = 1 if rest.factors is None else self.kinds
        self.step = preconditioner.batched()

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

    def cover(self, c: Coefficients, touched: Touched | None) -> list[int] | None:
        """The cover of a problem's changes; None where it is left to the ordinary solver."""
        if touched is None or c.part.shape[1] != 1:
            return None
        if c.factors is not None and (c.factors.idle != self.rest.factors.idle).any():  # type: ignore[union-attr]
            return None
        cells = touched.cells
        different = c.trade.take(cells) != self.b.trade_share.take(cells)
        if c.seller is not c.trade:
            different |= c.seller.take(cells) != c.trade.take(cells)
        changed = np.zeros((self.count, self.count), dtype=bool)
        changed.reshape(-1)[cells[different] % changed.size] = True
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
        found: list[Candidate | None] = [None] * len(problems)
        for passes in (_SINGLE, 0):
            left = [n for n, candidate in enumerate(found) if candidate is None]
            some = self._solve([(problems[n], covers[n], starts[n]) for n in left], tolerance, passes) if left else []
            for n, candidate in zip(left, some, strict=True):
                found[n] = candidate
        return found

    def _solve(
        self, given: Sequence[tuple[Coefficients, list[int], Array | None]], tolerance: float, single: int
    ) -> list[Candidate | None]:
        """Candidates of problems with their covers and starts, after so many passes in single precision."""
        order = sorted(range(len(given)), key=lambda n: -len(given[n][1]))
        shocks = BatchShocks(self.b, [given[n][0] for n in order], [given[n][1] for n in order])
        x = self._start([given[n][2] for n in order])
        found: list[Candidate | None] = [None] * len(given)
        left = np.arange(WIDTH) < len(given)
        anderson = BatchAnderson(WIDTH, self.count, x.shape[1], self.factors == 1)
        gap = np.zeros(x.shape, dtype=np.float32)
        with np.errstate(all="ignore"):  # a problem that goes astray shows as one that is not finite
            if single:
                x, few = x.astype(np.float32), shocks.single()
                for steps in range(1, single + 1):
                    self.single.evaluate(few, x, gap)
                    self._advance(x, anderson.step(self.step(gap)), steps <= _EARLY)
                x = x.astype(np.float64)
            for steps in range(single + 1, PASSES + 1):
                labour = self.double.evaluate(shocks, x, gap)
                left &= np.isfinite(labour)
                ready = left & (labour <= tolerance)
                if ready.any():
                    ready &= self.double.worst(x, gap) <= tolerance
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

    def _advance(self, x: State, step: Array32, early: bool) -> None:
        """Take the step (j, k + f + k, B), or what is allowed of it."""
        if early:
            np.clip(step, -_CLIP, _CLIP, out=step)
            purchases, taken = x[:, -self.kinds :], step[:, -self.kinds :]
            np.maximum(taken, (_FLOOR - 1.0) * purchases, out=taken, casting="same_kind")
        x += step
