"""From a baseline, elasticities, a shock and a closure to the coefficients of the equations."""

from __future__ import annotations

from typing import Literal, get_args

import numpy as np
from numpy.typing import NDArray

from halys.economy.baseline import Baseline, connected_parts
from halys.economy.equations import Coefficients
from halys.economy.shock import Shock
from halys.errors import InputError, did_you_mean

Array = NDArray[np.float64]
Closure = Literal["fixed", "proportional", "balanced"]
CLOSURES: tuple[Closure, ...] = get_args(Closure)


def check_closure(closure: str) -> Closure:
    """The closure of that name.

    Raises:
        InputError: no such closure.
    """
    for known in CLOSURES:
        if closure == known:
            return known
    raise InputError(
        f"closure is {closure!r}; allowed are {', '.join(map(repr, CLOSURES))}.{did_you_mean(closure, CLOSURES)}"
    )


def compile_coefficients(b: Baseline, theta: Array, shock: Shock, closure: Closure) -> Coefficients:
    """Constants of `equations.evaluate`. `balanced` expects a baseline already re-solved with zero deficits.

    Only the cells that a shock touches are computed; the others keep pi to the bit, so that no shock gives hats of 1.
    """
    count, kinds = b.size
    trade = seller = b.trade_share
    tariff_wedge, tariff_owner = np.zeros((kinds, count, 0)), np.zeros((count, 0))
    export_wedge, export_owner = np.zeros((kinds, 0, count)), np.zeros((count, 0))
    if shock.iceberg is not None or shock.tariff is not None or shock.export_tax is not None or shock.ban is not None:
        trade = _trade(b, theta, shock)
        seller = trade
    tariff = b.tariff if shock.tariff is None else shock.tariff
    if tariff is not None and tariff.any():
        seller = trade / (1.0 + tariff)
        levying = np.flatnonzero(tariff.any(axis=(0, 1)))
        tariff_wedge, tariff_owner = (trade - seller)[:, :, levying], np.eye(count)[:, levying]
    if shock.export_tax is not None and shock.export_tax.any():
        received, seller = seller, seller / (1.0 + shock.export_tax)
        levying = np.flatnonzero(shock.export_tax.any(axis=(0, 2)))
        export_wedge, export_owner = (received - seller)[:, levying], np.eye(count)[:, levying]
    transfer = np.zeros(count) if shock.transfer is None else shock.transfer / b.money
    proportional = b.deficit / b.value_added if closure == "proportional" else np.zeros(count)
    productivity = np.zeros((count, kinds)) if shock.productivity is None else np.log(shock.productivity)
    return Coefficients(
        trade=trade,
        seller=seller,
        theta=theta,
        value_added_share=b.value_added_share,
        log_productivity=productivity,
        input_share=b.input_share,
        final_share=b.final_share,
        value_added=b.value_added,
        deficit=transfer if closure == "proportional" else b.deficit + transfer,
        proportional=proportional,
        bought=b.bought.astype(np.float64),
        tariff_wedge=np.ascontiguousarray(tariff_wedge),
        tariff_owner=tariff_owner,
        export_wedge=np.ascontiguousarray(export_wedge),
        export_owner=export_owner,
        part=b.parts if trade is b.trade_share else connected_parts(trade),
    )


def delivered_factor(b: Baseline, shock: Shock, cells: tuple[NDArray[np.intp], ...]) -> Array:
    """kappa (1+t')(1+e') / (1+t) at the cells (industries, exporters, importers)."""
    factor = np.ones(len(cells[0]))
    if shock.iceberg is not None:
        factor *= shock.iceberg[cells]
    if shock.tariff is not None:
        factor *= 1.0 + shock.tariff[cells]
        if b.tariff is not None:
            factor /= 1.0 + b.tariff[cells]
    if shock.export_tax is not None:
        factor *= 1.0 + shock.export_tax[cells]
    return factor


def touched_cells(b: Baseline, shock: Shock) -> NDArray[np.bool_]:
    """Cells (industry, exporter, importer) with trade whose cost or coverage the shock changes."""
    touched = np.zeros(b.trade_share.shape, dtype=bool)
    for array, resting in (
        (shock.iceberg, 1.0),
        (shock.tariff, 0.0 if b.tariff is None else b.tariff),
        (shock.export_tax, 0.0),
        (shock.ban, 0.0),
    ):
        if array is not None:
            touched |= array != resting
    return touched & (b.trade_share > 0)


def _trade(b: Baseline, theta: Array, shock: Shock) -> Array:
    trade = b.trade_share.copy()
    cells = np.nonzero(touched_cells(b, shock))
    power = np.exp(-theta[cells[0]] * np.log(delivered_factor(b, shock, cells)))
    if shock.ban is not None:
        power *= 1.0 - shock.ban[cells]
    trade[cells] *= power
    return trade
