"""What keeps a coalition together: transfers that equalise burdens, who would leave, and payments that keep it.

All are found in the equilibrium itself: a transfer moves income, and with it prices. The unknown amounts are few and
what they bring about is nearly linear, one dollar received being worth about one dollar, so that Broyden's method [1]
from the derivative 1 needs a few equilibria.

1. Broyden, C. G. (1965). A class of methods for solving nonlinear simultaneous equations. *Mathematics of Computation*
   19, 577-593.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from halys.coalition.equilibria import Precise
from halys.coalition.setup import Bloc, Setup, economies_of
from halys.errors import ConvergenceError
from halys.measures import Transfer

Array = NDArray[np.float64]

EXACT = 1e-8  # % of income, to which burdens are equal and members indifferent
_ROUNDS = 40
_SMALLEST = 1e-15  # billion US dollars a year that are worth an instrument


@dataclass(frozen=True, eq=False)
class Keeping:
    """What keeps members.

    Attributes:
        nobody, full: change of real income (economy,), bn, where nobody and where all have joined.
        without: the same where all but a member have joined (member, economy).
        gain: (member,) what leaving is worth, EV(N without i) − EV(N), bn.
        payment: (member,) what the others pay it to be indifferent, bn; 0 where it stays by itself.
        payers: (member,) what that leaves the others of, change of their real income together, bn.
        transfer: (member,) received, summing to zero, bn. burden: the loss that then is everyone's, % of income.
        residual: largest gap between a member's burden and that, % of its income. rounds: equilibria it took.
    """

    nobody: Array
    full: Array
    without: Array
    gain: Array
    payment: Array
    payers: Array
    transfer: Array
    burden: float
    residual: float
    rounds: int


def keep_together(setup: Setup) -> Keeping:
    """Everything of `Keeping`.

    Raises:
        InfeasibleError, ConvergenceError: an equilibrium, or the amounts, were not found.
    """
    blocs = setup.members
    precise = Precise(setup)
    everyone = economies_of(blocs)
    parts = [economies_of(other for other in blocs if other is not bloc) for bloc in blocs]
    full, nobody, *without = precise.solve([(codes, ()) for codes in (everyone, (), *parts)])
    places = [setup.world.positions(list(bloc.economies)) for bloc in blocs]
    income = np.array([setup.income(bloc.economies) for bloc in blocs])
    gain = np.array([change[at].sum() - full[at].sum() for change, at in zip(without, places, strict=True)])
    staying = np.array([bloc.staying for bloc in blocs]) * income / 100.0
    payment, payers = np.zeros(len(blocs)), np.zeros(len(blocs))
    transfer, burden, residual, rounds = np.zeros(len(blocs)), 0.0, 0.0, 0
    if len(blocs) > 1:
        payment, payers = _pay(setup, precise, places, income, full, gain - staying)
        transfer, burden, residual, rounds = _equalise(setup, precise, places, income, nobody)
    return Keeping(nobody, full, np.array(without), gain, payment, payers, transfer, burden, residual, rounds)


def _pay(
    setup: Setup, precise: Precise, places: list[NDArray[np.intp]], income: Array, full: Array, wanted: Array
) -> tuple[Array, Array]:
    """Payments that bring each member that would leave what leaving does, each on its own, by secants.

    Args:
        wanted: (member,) what a member has to gain from its payment, bn; those at 0 or below get none.
    """
    blocs, everyone = setup.members, economies_of(setup.members)
    own = np.array([full[at].sum() for at in places])
    together = np.concatenate(places)
    payment, payers = np.zeros(len(blocs)), np.zeros(len(blocs))
    open_ = [i for i in range(len(blocs)) if wanted[i] > 0.0]
    slope = np.ones(len(blocs))
    before, gained_before = np.zeros(len(blocs)), np.zeros(len(blocs))
    payment[open_] = wanted[open_]
    for _ in range(_ROUNDS):
        if not open_:
            return payment, payers
        changes = precise.solve([(everyone, [_payment(blocs, i, float(payment[i]))]) for i in open_])
        left = []
        for i, change in zip(open_, changes, strict=True):
            gained = change[places[i]].sum() - own[i]
            payers[i] = change[together].sum() - full[together].sum() - gained
            gap = wanted[i] - gained
            if abs(gap) <= EXACT / 100.0 * income[i]:
                continue
            if payment[i] != before[i]:
                slope[i] = (gained - gained_before[i]) / (payment[i] - before[i])
            before[i], gained_before[i] = payment[i], gained
            payment[i] += gap / slope[i]
            left.append(i)
        open_ = left
    names = ", ".join(blocs[i].id for i in open_)
    raise ConvergenceError(f"no payment was found in {_ROUNDS} steps that makes these members indifferent: {names}.")


def _payment(blocs: tuple[Bloc, ...], i: int, amount: float) -> Transfer:
    """From all other members in proportion to their income to one; back where the amount is negative."""
    others = list(economies_of(bloc for n, bloc in enumerate(blocs) if n != i))
    own = list(blocs[i].economies)
    if amount < 0.0:
        return Transfer(payers=own, recipients=others, amount=-amount)
    return Transfer(payers=others, recipients=own, amount=amount)


def _equalise(
    setup: Setup, precise: Precise, places: list[NDArray[np.intp]], income: Array, nobody: Array
) -> tuple[Array, float, float, int]:
    """Transfers summing to zero at which every member loses the same share of its income to the coalition."""
    everyone = economies_of(setup.members)
    before = np.array([nobody[at].sum() for at in places])

    def gaps(transfer: Array) -> Array:
        """Loss beyond the common share, bn; sums to zero."""
        (change,) = precise.solve([(everyone, match_transfers(setup.members, transfer))])
        loss = before - np.array([change[at].sum() for at in places])
        shares.append(float(loss.sum() / income.sum()))
        return np.asarray(loss - shares[-1] * income)

    shares: list[float] = []
    transfer, gap = solve_broyden(gaps, np.zeros(len(income)), lambda g: float(np.abs(100.0 * g / income).max()))
    return transfer, 100.0 * shares[-1], float(np.abs(100.0 * gap / income).max()), len(shares)


def solve_broyden(gaps: Callable[[Array], Array], start: Array, size: Callable[[Array], float]) -> tuple[Array, Array]:
    """The x at which `gaps` vanish to `EXACT` in `size`, its derivative being near −1; and the gaps left.

    Raises:
        ConvergenceError: not found in 40 steps.
    """
    x, inverse = start.copy(), np.eye(len(start))  # minus the inverse of the derivative
    gap = gaps(x)
    for _ in range(_ROUNDS):
        if size(gap) <= EXACT:
            return x, gap
        step = inverse @ gap
        x = x + step
        new = gaps(x)
        moved = inverse @ (gap - new)
        weight = step @ moved
        if weight != 0.0:
            inverse += np.outer(step - moved, step @ inverse) / weight
        gap = new
    raise ConvergenceError(
        f"transfers that equalise burdens were not found in {_ROUNDS} steps: a gap of {size(gap):.2g} % of income is "
        "left."
    )


def match_transfers(blocs: tuple[Bloc, ...], received: Array) -> list[Transfer]:
    """The instruments that give every bloc what it receives, net: at most one fewer than there are blocs.

    Args:
        received: (bloc,) bn, summing to zero; below zero it pays.
    """
    left = np.array(received, dtype=np.float64)
    found = []
    for _ in range(len(blocs) - 1):
        payer, recipient = int(left.argmin()), int(left.argmax())
        amount = float(min(-left[payer], left[recipient]))
        if amount <= _SMALLEST:
            break
        sides = list(blocs[payer].economies), list(blocs[recipient].economies)
        found.append(Transfer(payers=sides[0], recipients=sides[1], amount=amount))
        left[payer] += amount
        left[recipient] -= amount
    return found
