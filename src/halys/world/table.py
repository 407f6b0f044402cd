"""Making a user's table into closed accounts: shapes, signs, identities, deficits. Refusals name the worst cells."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from halys.errors import TableError
from halys.world.accounts import (
    Array,
    Imbalance,
    calc_balance,
    calc_purchases,
    calc_tariff_revenue,
    calc_trade_deficit,
)
from halys.world.groups import EVERYTHING

_SHOWN = 8
_NOISE = 1e-12  # a residual below this share of its node is rounding, not final demand or value added
_LOOSEST = 0.01

Axes = tuple[tuple[str, ...], ...]


def frozen(array: Array) -> Array:
    """The array itself, made read-only: a world is shared by all that use it."""
    array.setflags(write=False)
    return array


class Table:
    """Arrays of a table while it is checked and closed. Shapes as in `World.from_arrays`."""

    def __init__(
        self,
        economies: tuple[str, ...],
        industries: tuple[str, ...],
        flows: object,
        intermediate: object,
        value_added: object,
        tariff: object | None,
        final: object | None,
        tolerance: float,
    ) -> None:
        self.economies, self.industries, self.tolerance = economies, industries, tolerance
        pair, node = (industries, economies, economies), (economies, industries)
        self.flows = check_array("flows", flows, pair)
        self.intermediate = check_array("intermediate", intermediate, (industries, industries, economies))
        self.value_added = check_array("value_added", value_added, node)
        given = None if tariff is None else check_array("tariff", tariff, pair, floor=-1.0, open_floor=True)
        self.tariff = given if given is not None and given.any() else None
        self.given_final = None if final is None else check_array("final", final, node)
        self.final = np.zeros_like(self.value_added) if self.given_final is None else self.given_final

    def close(self) -> None:
        """Refuse what does not balance; put rounding into value added and final use, so that identities hold."""
        arrays = self.flows, self.intermediate, self.value_added, self.given_final, self.tariff
        worst = calc_balance(self.economies, self.industries, *arrays, self.tolerance)
        if worst:
            raise TableError(_unbalanced(worst, self.tolerance))
        purchases, sales = calc_purchases(self.flows, self.tariff), self.flows.sum(axis=2).T
        # Rounding may make inputs exceed what is bought or sold; they are then scaled down to it. Rows first: scaling
        # columns afterwards only lowers uses.
        self.intermediate = self.intermediate * _cap(purchases, self.intermediate.sum(axis=1).T).T[:, None, :]
        self.intermediate = self.intermediate * _cap(sales, self.intermediate.sum(axis=0).T).T[None, :, :]
        self.value_added = _residual(sales, self.intermediate.sum(axis=0).T)
        self.final = _residual(purchases, self.intermediate.sum(axis=1).T)

    def check_shares(self) -> None:
        """A table that does not balance must still give shares: a cost to every seller, a supplier to every user."""
        if self.given_final is None:
            raise TableError("A table that does not balance needs final use: pass final=(economy, industry).")
        cost = self.intermediate.sum(axis=0).T + self.value_added
        used = self.intermediate.sum(axis=1).T + self.final
        for fault, cells in (
            ("sells but has neither inputs nor value added", (self.flows.sum(axis=2).T > 0) & (cost <= 0)),
            ("is used but bought from nobody", (used > 0) & (calc_purchases(self.flows, self.tariff) <= 0)),
        ):
            if cells.any():
                shown = ", ".join(
                    f"{self.industries[k]} of {self.economies[j]}" for j, k in np.argwhere(cells)[:_SHOWN]
                )
                raise TableError(f"no shares can be read from the table: {shown} {fault} ({int(cells.sum())} in all).")

    def check_income(self) -> None:
        """Every economy needs factor income and spending."""
        for what, total in (("value added", self.value_added.sum(axis=1)), ("final use", self.final.sum(axis=1))):
            poor = [self.economies[j] for j in np.flatnonzero(~(total > 0))]
            if poor:
                raise TableError(f"every economy needs positive {what}; {', '.join(poor[:_SHOWN])} has none.")

    def settle_deficits(self, deficit: object | None, balanced: bool) -> Array:
        """Deficits (economy,) that sum to zero. Those of a balanced table follow from it; given ones are compared."""
        size = self.value_added.sum(axis=1)
        implied = calc_trade_deficit(self.flows)
        if balanced:
            implied = self.final.sum(axis=1) - size - calc_tariff_revenue(self.flows, self.tariff)
        settled = implied
        if deficit is not None:
            given = check_array("deficit", deficit, (self.economies,), floor=-np.inf)
            apart = np.abs(given - implied) / size
            if balanced and apart.max() > self.tolerance:
                j = int(apart.argmax())
                raise TableError(
                    f"deficit of {self.economies[j]} is given as {given[j]:.6g} but its flows imply {implied[j]:.6g}. "
                    "Leave deficit out, or pass balanced=False and re-solve with halys.solve_baseline."
                )
            if abs(given.sum()) > self.tolerance * size.sum():
                raise TableError(f"deficits must sum to zero over the world; these sum to {given.sum():.6g}.")
            settled = implied if balanced else given
        return np.asarray(settled - settled.sum() * size / size.sum())


def check_tolerance(tolerance: float) -> float:
    """The tolerance for rounding, from 0 to 0.01."""
    if not 0.0 <= tolerance <= _LOOSEST:
        raise TableError(f"tolerance is {tolerance!r}; it must lie between 0 and {_LOOSEST:g}: more is no rounding.")
    return tolerance


def check_codes(codes: Sequence[str], what: str) -> tuple[str, ...]:
    """Distinct, non-empty codes, none of them reserved."""
    names = tuple(str(code) for code in codes)
    twice = sorted({name for name in names if names.count(name) > 1})
    if not names or twice or EVERYTHING in names or "" in names:
        fault = f"{', '.join(twice)} given twice" if twice else "none, or an empty or reserved ('all') code"
        raise TableError(f"{what}: {fault}. Codes must be distinct, not empty and not 'all'.")
    return names


def check_array(name: str, values: object, axes: Axes, floor: float = 0.0, open_floor: bool = False) -> Array:
    """A float64 copy with one axis for each tuple of codes, finite and above the floor."""
    shape = tuple(len(axis) for axis in axes)
    try:
        array = np.array(values, dtype=np.float64, order="C")
    except (TypeError, ValueError) as error:
        raise TableError(f"{name} is not an array of numbers: {error}.") from None
    if array.shape != shape:
        raise TableError(f"{name} has shape {array.shape}; with these codes it must be {shape}.")
    bad = ~np.isfinite(array) | (array <= floor if open_floor else array < floor)
    if bad.any():
        cells = np.argwhere(bad)[:_SHOWN]
        shown = "; ".join(
            f"{', '.join(axis[i] for axis, i in zip(axes, cell, strict=True))} = {array[tuple(cell)]:.6g}"
            for cell in cells
        )
        limit = f"finite and {'>' if open_floor else '>='} {floor:g}" if np.isfinite(floor) else "finite"
        raise TableError(f"{name} must be {limit}. {int(bad.sum())} cells are not, among them {shown}.")
    return array


def _residual(total: Array, part: Array) -> Array:
    """total − part, with what is below rounding set to zero."""
    rest = total - part
    return np.where(rest > _NOISE * total, rest, 0.0)


def _cap(limit: Array, total: Array) -> Array:
    """Factor (<= 1) that brings a total down to its limit where it exceeds it."""
    return np.divide(limit, total, out=np.ones_like(total), where=total > limit)


def _unbalanced(worst: list[Imbalance], tolerance: float) -> str:
    lines = "\n".join(f"  {cell}" for cell in worst[:_SHOWN])
    more = f"\n  and {len(worst) - _SHOWN} more" if len(worst) > _SHOWN else ""
    return (
        f"the table does not balance: {len(worst)} identities fail by more than {tolerance:g} of their size. Worst:\n"
        f"{lines}{more}\nMend these cells; or, if the shares are what you trust, pass balanced=False and re-solve the "
        "table to an equilibrium with halys.solve_baseline."
    )
