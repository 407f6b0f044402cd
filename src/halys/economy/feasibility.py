"""What can be known before solving: shocks that admit no equilibrium.

Three faults. A product that is bought somewhere loses its last supplier: its price would be infinite, whatever
replaces it in production. Its price would rise beyond all numbers, because the elasticity between its origins is low
for what is taken away. Or a part of the world that trade no longer connects in one direction or both must still run the
deficit of the closure: money cannot cross where goods cannot, so that a part without imports and exports needs a
balance of zero, one that only exports a surplus and one that only imports a deficit.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from halys.economy.baseline import Baseline, label_parts
from halys.economy.equations import Coefficients
from halys.economy.problem import Closure, Touched
from halys.errors import InfeasibleError

_SHOWN = 6
_STEEPEST = 69.0  # log of a rise of 1e30
_PLAIN = 1e-3  # of a product's baseline supply, at unchanged costs; what is left above this needs no closer look
_ZERO = 1e-9  # a balance below this share of the part's value added is rounding


def check_feasible(b: Baseline, c: Coefficients, closure: Closure, touched: Touched | None = None) -> None:
    """Refuse a problem without solution.

    Args:
        touched: where its coefficients differ from the baseline, if that is known.

    Raises:
        InfeasibleError: naming the products or economies and what to change.
    """
    if touched is None or not _supplied(b, c, touched.cells):
        _check_prices(b, c)
    _check_transfers(b, c)
    if touched is None or not (touched.same_pairs and b.connected):
        _check_balances(b, c, closure)


def _supplied(b: Baseline, c: Coefficients, cells: NDArray[np.intp]) -> bool:
    """Whether every product in use plainly keeps suppliers, judged by the cells where coefficients differ alone."""
    trade = c.trade.take(cells)
    if not (np.isfinite(trade).all() and (c.seller is c.trade or np.isfinite(c.seller.take(cells)).all())):
        return False
    count = len(b.value_added)
    market = cells // count**2 * count + cells % count
    together = np.bincount(market, trade - b.trade_share.take(cells), c.trade.shape[0] * count)
    return bool(together.min(initial=0.0) >= _PLAIN - 1.0 and c.theta.min() * _STEEPEST >= -np.log(_PLAIN))


def _check_prices(b: Baseline, c: Coefficients) -> None:
    """Every product in use keeps a supplier and a price that numbers can hold."""
    _check_numbers(b, c)
    together = c.trade.sum(axis=1).T
    supplied = together > 0
    lost = np.argwhere(b.bought & ~supplied)
    if len(lost):
        shown = ", ".join(f"{b.industries[s]} in {b.economies[j]}" for j, s in lost[:_SHOWN])
        more = f" and {len(lost) - _SHOWN} more" if len(lost) > _SHOWN else ""
        raise InfeasibleError(
            f"no equilibrium: the last supplier of a product in use is cut off: {shown}{more}. Leave the industry out "
            "of the ban there, or use a coverage below 1 (0.99 stands for what leaks through)."
        )
    with np.errstate(divide="ignore"):
        rise = -np.log(np.where(b.bought, together, 1.0)) / c.theta
    j, s = np.unravel_index(rise.argmax(), rise.shape)
    if rise[j, s] > _STEEPEST:
        raise InfeasibleError(
            f"no equilibrium that numbers can hold: at costs as they are the price of {b.industries[s]} in "
            f"{b.economies[j]} would rise by a factor of 1e{rise[j, s] / np.log(10.0):.0f}, its trade elasticity being "
            f"{c.theta[s]:g}. Take a higher elasticity there, a lower coverage or a lower cost."
        )


def _check_numbers(b: Baseline, c: Coefficients) -> None:
    """Powers of costs stay within what a float holds."""
    if np.isfinite(c.trade.sum()) and (c.seller is c.trade or np.isfinite(c.seller.sum())):
        return
    s, i, j = np.argwhere(~(np.isfinite(c.trade) & np.isfinite(c.seller)))[0]
    raise InfeasibleError(
        f"no equilibrium that numbers can hold: the cost of {b.industries[s]} from {b.economies[i]} to "
        f"{b.economies[j]} falls so far that its power {c.theta[s]:g}, the trade elasticity, overflows. Take a smaller "
        "change of cost or a lower elasticity there."
    )


def _check_transfers(b: Baseline, c: Coefficients) -> None:
    """No economy can give away more than all that it spends; this is far beyond any transfer on record."""
    given, what = b.deficit - c.deficit if not c.proportional.any() else -c.deficit, "transfers"
    if c.gifts is not None:
        given, what = given + c.gifts.sum(axis=1), "transfers and gifts"
    for j in np.flatnonzero(given >= b.income):
        raise InfeasibleError(
            f"no equilibrium: {what} take {given[j] * b.money / 1e9:.6g} bn USD a year from {b.economies[j]}, whose "
            f"whole final spending is {b.income[j] * b.money / 1e9:.6g}. Make them smaller; amounts are in billion "
            "US dollars."
        )


def _check_balances(b: Baseline, c: Coefficients, closure: Closure) -> None:
    sells: NDArray[np.bool_] = (c.trade > 0).any(axis=0)
    parts, label = label_parts(sells, "strong")
    if parts == 1:
        return
    required = c.deficit + c.proportional * b.value_added
    for part in np.argsort(np.bincount(label), kind="stable"):  # the smallest first: it is what was cut off
        inside = label == part
        exports, imports = bool(sells[inside][:, ~inside].any()), bool(sells[~inside][:, inside].any())
        balance, tiny = float(required[inside].sum()), _ZERO * float(b.value_added[inside].sum())
        if exports and imports:
            continue
        if closure == "proportional" and (exports or imports):  # its deficits depend on the solution: let it be tried
            continue
        if exports and not imports and balance < -tiny:
            continue
        if imports and not exports and balance > tiny:
            continue
        if not exports and not imports and abs(balance) <= tiny:
            continue
        raise InfeasibleError(_explain(b, inside, exports, imports, balance, closure))


def _explain(
    b: Baseline, inside: NDArray[np.bool_], exports: bool, imports: bool, balance: float, closure: Closure
) -> str:
    members = [b.economies[j] for j in np.flatnonzero(inside)]
    who = ", ".join(members[:_SHOWN]) + (" ..." if len(members) > _SHOWN else "")
    are, keeps, has = ("is", "keeps", "has") if len(members) == 1 else ("are", "keep", "have")
    amount = f"{abs(balance) * b.money / 1e9:.4g} bn USD a year"
    if not exports and not imports:
        kind = "surplus" if balance < 0 else "deficit"
        return (
            f"no equilibrium: {who} {are} cut off from all trade but must run a {kind} of {amount} under the closure "
            f"{closure!r}. Use the closure 'balanced', or leave some trade open."
        )
    way, other = ("exports", "imports") if exports else ("imports", "exports")
    need = "surplus" if exports else "deficit"
    held = "a balance of zero" if closure == "balanced" else f"a {'surplus' if balance < 0 else 'deficit'} of {amount}"
    return (
        f"no equilibrium: {who} {keeps} {way} but {has} lost all {other}, which needs a {need}, and the closure "
        f"{closure!r} gives {held}. Shut the other direction too, or leave some {other} open."
    )
