"""Regret of policies across draws: what each costs beyond the one that would have been best there.

    regret(d, a) = loss(d, a) − min over a′ of loss(d, a′)        ≥ 0, in the unit of the loss

Two rules choose from the same table and need not agree: the least expected loss trusts the weights of the draws; the
least worst regret [1]_ [2]_ does not need them, and hangs on the draws that are there: more draws, a worse worst.

References:
    .. [1] Savage (1951), The theory of statistical decision, Journal of the American Statistical Association 46(253).
    .. [2] Lempert, Popper and Bankes (2003), Shaping the Next One Hundred Years, RAND MR-1626.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from halys.errors import InputError

Array = NDArray[np.float64]

QUANTILES: Final = (0.5, 0.75, 0.95)
TIE: Final = 1e-9  # losses closer than this, in their own unit, are the same, as in play


@dataclass(frozen=True, eq=False)
class Regrets:
    """Loss and regret of each policy.

    Attributes:
        loss, loss_error: (policy,) expected loss and its standard error, as of independent draws.
        mean, mean_error: (policy,) expected regret and its standard error.
        quantiles: (policy, quantile) regret at `QUANTILES`. worst: (policy,) the largest. worst_draw: (policy,) the
            draw in which it is so, by its place in the table given.
        best: (policy,) share of the weight on draws in which the policy is the best or as good.
        by_loss, by_regret: the policies with the least expected loss, and with the least worst regret; several where
            they tie, in their order.
        margin_error: (policy,) standard error of the difference in expected loss from the first of `by_loss`, of draws
            in pairs; 0 for that one.
        draws, left_out: used, and without, since some policy has no loss there.
    """

    loss: Array
    loss_error: Array
    mean: Array
    mean_error: Array
    quantiles: Array
    worst: Array
    worst_draw: NDArray[np.intp]
    best: Array
    by_loss: tuple[int, ...]
    by_regret: tuple[int, ...]
    margin_error: Array
    draws: int
    left_out: int


def find_regret(loss: Array, weights: Array | None = None) -> Regrets | None:
    """Regret of each policy; None where no draw has a loss for every policy.

    Args:
        loss: (draw, policy), in any one unit; NaN where a policy has none.
        weights: (draw,) not negative; alike if None.

    Raises:
        InputError: no policy, or weights that are none.
    """
    table = np.asarray(loss, dtype=np.float64)
    if table.ndim != 2 or table.shape[1] == 0:
        raise InputError("loss must be (draw, policy) with at least one policy.")
    w = np.ones(len(table)) if weights is None else np.asarray(weights, dtype=np.float64)
    if w.shape != (len(table),) or not np.isfinite(w).all() or (w < 0).any():
        raise InputError("weights must be one finite number for each draw, none of them negative.")
    rows = np.flatnonzero(np.isfinite(table).all(axis=1) & (w > 0))
    if not rows.size:
        return None
    table, w = table[rows], w[rows] / w[rows].sum()
    regret = table - table.min(axis=1, keepdims=True)
    expected, worst = w @ table, regret.max(axis=0)
    by_loss, by_regret = _least(expected), _least(worst)
    return Regrets(
        loss=expected,
        loss_error=_error(table, w),
        mean=w @ regret,
        mean_error=_error(regret, w),
        quantiles=np.array([[_quantile(column, w, q) for q in QUANTILES] for column in regret.T]),
        worst=worst,
        worst_draw=rows[regret.argmax(axis=0)],
        best=w @ (regret <= TIE),
        by_loss=by_loss,
        by_regret=by_regret,
        margin_error=_error(table - table[:, [by_loss[0]]], w),
        draws=len(rows),
        left_out=len(loss) - len(rows),
    )


def _least(values: Array) -> tuple[int, ...]:
    return tuple(int(n) for n in np.flatnonzero(values <= values.min() + TIE))


def _error(table: Array, w: Array) -> Array:
    """Standard error of the weighted mean of each column; NaN for a single draw."""
    if len(w) < 2:
        return np.full(table.shape[1], np.nan)
    spread = (table - w @ table) ** 2
    return np.asarray(np.sqrt(w**2 @ spread * len(w) / (len(w) - 1)))


def _quantile(values: Array, w: Array, q: float) -> float:
    """The smallest value up to which a share q of the weight lies."""
    order = np.argsort(values, kind="stable")
    reached = np.cumsum(w[order])
    return float(values[order][min(int(np.searchsorted(reached, q - 1e-12)), len(values) - 1)])
