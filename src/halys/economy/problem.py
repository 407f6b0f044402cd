"""From a baseline, elasticities, a shock and a closure to the coefficients of the equations."""

from __future__ import annotations

from dataclasses import replace
from typing import Literal, NamedTuple, get_args

import numpy as np
from numpy.typing import NDArray

from halys.economy.baseline import Baseline, connected_parts
from halys.economy.elasticities import Elasticities, as_elasticities
from halys.economy.equations import Coefficients
from halys.economy.nests import Factors, InputNest, Nests
from halys.economy.routes import add_claims, copied
from halys.economy.shock import RESTING, Indices, Shock
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


def find_changes(b: Baseline, shock: Shock) -> dict[str, Indices]:
    """Flat indices of the cells that differ from the baseline, for each array of a shock that has any."""
    found = {}
    for name, resting in RESTING.items():
        before = b.tariff if name == "tariff" and b.tariff is not None else resting
        changed = shock.changed(name, before)
        if changed.size:
            found[name] = changed
    return found


def compile_coefficients(
    b: Baseline,
    elasticities: Elasticities | Array,
    shock: Shock,
    closure: Closure,
    changes: dict[str, Indices] | None = None,
) -> Coefficients:
    """Constants of `equations.evaluate`. `balanced` expects a baseline already re-solved with zero deficits.

    Only the cells that a shock touches are computed; the others keep pi to the bit, so that no shock gives hats of 1.

    Args:
        elasticities: of a horizon; trade elasticities (industry,) stand for those of the long run.
        changes: what `find_changes` finds, where it is known already.
    """
    return compile_touched(b, elasticities, shock, closure, changes)[0]


class Touched(NamedTuple):
    """Where trade coefficients or sellers' receipts may differ from the baseline.

    cells: flat indices, in order. same_pairs: whether trade flows at the same of these cells as before.
    """

    cells: Indices
    same_pairs: bool


def compile_touched(
    b: Baseline,
    elasticities: Elasticities | Array,
    shock: Shock,
    closure: Closure,
    changes: dict[str, Indices] | None = None,
) -> tuple[Coefficients, Touched | None]:
    """As `compile_coefficients`, and where they differ from the baseline; None where that may be anywhere."""
    count, kinds = b.size
    elasticities = as_elasticities(elasticities)
    theta = elasticities.theta
    changes = find_changes(b, shock) if changes is None else changes
    if shock.origin_nest is not None and "origin_nest" in changes:
        b = replace(b, trade_share=b.trade_share * shock.origin_nest[:, None, :])
    trade, cells = _trade(b, theta, shock, changes)
    seller, taxes = _compile_taxes(b, shock, changes, trade)
    trade, seller, claims = add_claims(b, theta, shock, trade, seller)
    touched = None
    if b.tariff is None and "origin_nest" not in changes:
        if shock.routes is not None:
            cells = _union(trade.size, [cells, shock.routes.cells])
        same = bool(((trade.take(cells) > 0) == (b.trade_share.take(cells) > 0)).all())
        touched = Touched(cells, same)
    transfer = np.zeros(count) if shock.transfer is None else shock.transfer / b.money
    proportional = b.deficit / b.value_added if closure == "proportional" else np.zeros(count)
    productivity = np.zeros((count, kinds)) if shock.productivity is None else np.log(shock.productivity)
    whole = trade is b.trade_share or (touched is not None and touched.same_pairs)
    c = Coefficients(
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
        **taxes,
        part=b.parts if whole else connected_parts(trade),
        claims=claims,
        gifts=None if shock.gifts is None else shock.gifts / b.money,
        nests=None if elasticities.cobb_douglas else compile_nests(b, elasticities),
        factors=None if elasticities.mobile else compile_factors(b, elasticities, trade),
    )
    return c, touched


def _compile_taxes(
    b: Baseline, shock: Shock, changes: dict[str, Indices], trade: Array
) -> tuple[Array, dict[str, Array]]:
    """Receipts of the sellers (industry, exporter, importer) and the fields of the coefficients on taxes."""
    count, kinds = b.size
    tariff_wedge, tariff_owner = np.zeros((kinds, count, 0)), np.zeros((count, 0))
    export_wedge, export_owner = np.zeros((kinds, 0, count)), np.zeros((count, 0))
    seller = trade
    tariff = b.tariff if shock.tariff is None else shock.tariff
    if tariff is None:
        levying = np.zeros(0, dtype=np.intp)
    elif b.tariff is None:
        levying = _members(count, changes.get("tariff", np.zeros(0, dtype=np.intp)) % count)
    else:
        levying = np.flatnonzero(tariff.any(axis=(0, 1)))
    if tariff is not None and levying.size:
        seller = trade.copy()
        seller[:, :, levying] /= 1.0 + tariff[:, :, levying]
        tariff_wedge = trade[:, :, levying] - seller[:, :, levying]
        tariff_owner = np.eye(count)[:, levying]
    if shock.export_tax is not None and "export_tax" in changes:
        levying = _members(count, changes["export_tax"] // count % count)
        received, seller = seller, seller.copy()
        seller[:, levying] /= 1.0 + shock.export_tax[:, levying]
        export_wedge = received[:, levying] - seller[:, levying]
        export_owner = np.eye(count)[:, levying]
    return seller, {
        "tariff_wedge": np.ascontiguousarray(tariff_wedge),
        "tariff_owner": tariff_owner,
        "export_wedge": np.ascontiguousarray(export_wedge),
        "export_owner": export_owner,
    }


def compile_nests(b: Baseline, e: Elasticities) -> Nests:
    """Industries with one sigma_m are taken together, so that powers of prices are needed once for each value."""
    values = np.unique(e.inputs)
    groups = [np.flatnonzero(e.inputs == value) for value in values]
    single = len(values) == 1
    return Nests(
        value_added_power=1.0 - e.value_added,
        inputs=tuple(
            InputNest(
                1.0 - float(value),
                None if single else group,
                b.input_share if single else np.ascontiguousarray(b.input_share[:, group]),
            )
            for value, group in zip(values, groups, strict=True)
        ),
        place=None if single else np.argsort(np.concatenate(groups)),
        intermediate_share=b.input_share.sum(axis=2),
        consumption_power=1.0 - e.consumption,
    )


def compile_factors(b: Baseline, e: Elasticities, trade: Array) -> Factors:
    """Factors by industry. One that has lost all its buyers earns nothing: its factor leaves the market."""
    earns = b.factor_income > 0
    if trade is not b.trade_share:
        earns = earns & (np.matvec(trade, b.bought.T.astype(np.float64)) > 0).T
    income = np.where(earns, b.factor_income, 0.0)
    return Factors(income / b.value_added[:, None], income, 1.0 - earns, 1.0 / e.factor_mobility)


def _members(count: int, places: Indices) -> Indices:
    """The places, below count, each once and in order."""
    held = np.zeros(count, dtype=bool)
    held[places] = True
    return np.flatnonzero(held)


def _union(size: int, sets: list[Indices]) -> Indices:
    """The cells of all sets, each once and in order; size: number of cells."""
    return sets[0] if len(sets) == 1 else _members(size, np.concatenate(sets))


def _trade(b: Baseline, theta: Array, shock: Shock, changes: dict[str, Indices]) -> tuple[Array, Indices]:
    """a (industry, exporter, importer): pi, changed where there is trade whose cost or coverage the shock changes.

    And the cells, flat and in order, where it may be changed.
    """
    sets = [changes[name] for name in ("iceberg", "tariff", "export_tax", "ban") if name in changes]
    cells = _union(b.trade_share.size, sets) if sets else np.zeros(0, dtype=np.intp)
    if shock.backfill is None:  # which brings trade where there was none
        cells = cells[b.trade_share.take(cells) > 0]
    if not cells.size:
        return b.trade_share, cells
    industry = cells // len(b.value_added) ** 2
    with np.errstate(over="ignore"):  # `check_feasible` names what overflows
        power = np.exp(-theta[industry] * np.log(_delivered_factor(b, shock, cells)))
    if shock.ban is not None:
        power *= 1.0 - shock.ban.take(cells)
    trade, changed = b.trade_share.copy(), cells
    if shock.backfill is not None:
        places, copies = copied(b, theta, shock)
        np.add.at(trade.reshape(-1), places, copies)
        changed = _union(trade.size, [cells, places])
    trade.reshape(-1)[cells] *= power
    return trade, changed


def _delivered_factor(b: Baseline, shock: Shock, cells: Indices) -> Array:
    """kappa (1+t')(1+e') / (1+t) at cells given by flat indices."""
    factor = np.ones(len(cells))
    if shock.iceberg is not None:
        factor *= shock.iceberg.take(cells)
    if shock.tariff is not None:
        factor *= 1.0 + shock.tariff.take(cells)
        if b.tariff is not None:
            factor /= 1.0 + b.tariff.take(cells)
    if shock.export_tax is not None:
        factor *= 1.0 + shock.export_tax.take(cells)
    return factor
