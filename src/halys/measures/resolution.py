"""Measures that act on what others do: resolved before or after them, whatever their order.

On each cell (industry, exporter, importer):

1. economic relief takes its share off the coverage or lines of each ban, the kappa − 1 of each trade cost and the rate
   of each tariff and export tax, before these combine. Reliefs of one programme count once, the largest; independent
   ones leave prod(1 − share);
2. concessional sales multiply 1 + t' or 1 + e' by 1 − discount;
3. of price caps the one that moves most counts alone, by coverage x discount at the prices of the equilibrium, so that
   another cap never lowers the rent (`halys.measures.ceilings`). Those in the form of a wedge are tariffs;
4. evasion is a route for each measure where a ban is left, policing multiplies its capacity and loss;
5. backfill of independent programmes takes prod(1 − share) of what is left, within one programme the largest counts.

Military transfers add up.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Sequence
from dataclasses import replace
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from halys.economy.shock import Backfill, Routes, Shock
from halys.errors import InfeasibleError, InputError
from halys.measures.base import Measure, Names
from halys.measures.caps import ConcessionalSale, PriceCap
from halys.measures.ceilings import Cap, rents_under
from halys.measures.cells import Cells, cells_between, left_after, split
from halys.measures.evasion import Evasion, Policing
from halys.measures.numbers import highest_of, value_of
from halys.measures.support import DualUseBackfill, EconomicRelief, MilitaryTransfer
from halys.world import World

Array = NDArray[np.float64]
Some = TypeVar("Some", bound=Measure)

RESOLVED = (
    EconomicRelief,
    ConcessionalSale,
    PriceCap,
    Evasion,
    Policing,
    DualUseBackfill,
    MilitaryTransfer,
)
"""The instruments that are resolved here."""


def resolve_measures(world: World, shock: Shock, measures: Sequence[Measure]) -> Shock:
    """The shock with these measures on top of what the others compile to.

    Raises:
        UnknownNameError: a name that the world does not have.
        InputError: a measure that hits nothing, capacities above 1.
        InfeasibleError: what this baseline cannot bear: gifts beyond what their recipient buys, ways around customs
            lines.
    """

    def of(kind: type[Some]) -> list[Some]:
        return [measure for measure in measures if isinstance(measure, kind)]

    shock = _concede(world, shock, of(ConcessionalSale))
    shock = _cap(world, shock, of(PriceCap))
    shock = _reroute(world, shock, of(Evasion), of(Policing))
    shock = _backfill(world, shock, of(DualUseBackfill))
    return _give(world, shock, of(MilitaryTransfer))


def _cells(world: World, measure: EconomicRelief | ConcessionalSale | PriceCap | Evasion) -> Cells:
    what = type(measure).__name__
    return cells_between(world, what, measure.exporters, measure.importers, measure.industries)


def _by_programme(
    measures: Iterable[Some], part: Callable[[Some], tuple[Cells, Array | float]]
) -> dict[Hashable, list[tuple[Cells, Array | float]]]:
    found: dict[Hashable, list[tuple[Cells, Array | float]]] = defaultdict(list)
    for number, measure in enumerate(measures):
        found[number if measure.programme is None else measure.programme].append(part(measure))
    return found


def relief_left(world: World, measures: Sequence[Measure]) -> Array | None:
    """What economic relief leaves of every barrier (industry, exporter, importer), in [0, 1]; None without any."""
    relief = [measure for measure in measures if isinstance(measure, EconomicRelief)]
    if not relief:
        return None
    parts = _by_programme(relief, lambda m: (_cells(world, m), value_of(m.share)))
    return left_after(world.flows.size, parts).reshape(world.flows.shape)


def _concede(world: World, shock: Shock, measures: list[ConcessionalSale]) -> Shock:
    factors: dict[str, Array] = {}
    for measure in measures:
        field = "export_tax" if measure.paid_by == "exporter" else "tariff"
        factor = factors.setdefault(field, np.ones(world.flows.shape))
        factor.reshape(-1)[_cells(world, measure)] *= 1.0 - value_of(measure.discount)
    for field, factor in factors.items():
        rate = getattr(shock, field)
        if rate is None:
            rate = world.tariff if field == "tariff" and world.tariff is not None else np.zeros(world.flows.shape)
        changed = np.where(factor < 1.0, (1.0 + rate) * factor - 1.0, rate)
        shock = replace(shock, touched=_touched_but(shock, field), **{field: changed})
    return shock


def _cap(world: World, shock: Shock, measures: list[PriceCap]) -> Shock:
    if not measures:
        return shock
    wedge, caps = np.zeros(world.flows.size), []
    for measure in measures:
        cells, coverage = _cells(world, measure), value_of(measure.coverage)
        if measure.form == "wedge":
            wedge[cells] = np.maximum(wedge[cells], coverage * measure.stated)
        else:
            caps.append((cells, Cap(coverage, measure.stated, measure.ratio)))
    shock = replace(shock, rents=rents_under(world.flows.reshape(-1), caps))
    if wedge.any():
        tariff = shock.tariff if shock.tariff is not None else world.tariff
        kept = (wedge / (1.0 - wedge)).reshape(world.flows.shape)
        shock = replace(shock, tariff=kept if tariff is None else tariff + kept, touched=_touched_but(shock, "tariff"))
    return shock


def _touched_but(shock: Shock, field: str) -> dict[str, Cells]:
    """The cells that a shock says it touches, but for an array that is about to change elsewhere."""
    return {name: cells for name, cells in shock.touched.items() if name != field}


def _reroute(world: World, shock: Shock, measures: list[Evasion], policing: list[Policing]) -> Shock:
    """A row for each banned cell and measure."""
    columns: list[tuple[Cells, Cells, Array, Array, Array, Array]] = []
    highest = np.zeros(world.flows.size) if measures else np.zeros(0)
    for measure in measures:
        hub = _one_economy(world, measure.hub)
        cells = _cells(world, measure)
        _, exporter, importer = split(world, cells)
        cells = cells[(exporter != hub) & (importer != hub)]
        if not cells.size:
            raise InputError(
                f"an Evasion through {world.economies[hub]} has no other exporter or importer than the hub itself; a "
                "hub is a third economy. Name another hub, or other parties."
            )
        highest[cells] += highest_of(measure.capacity)
        _check_capacity(world, highest, cells, measures)
        if shock.ban is not None:
            cells = cells[(shock.ban.take(cells) > 0) & (world.flows.take(cells) > 0)]
            even = np.ones(cells.size)
            capacity, loss = _policed(world, cells, hub, policing)
            _refuse_lines(world, shock, cells, "Evasion")
            columns.append(
                (
                    cells,
                    np.full(cells.size, hub, dtype=np.intp),
                    value_of(measure.capacity) * capacity,
                    value_of(measure.margin) * even,
                    value_of(measure.loss) * loss,
                    (0.0 if measure.rho is None else value_of(measure.rho)) * even,
                )
            )
    for rule in policing:  # names are checked also where there is nothing to police
        world.positions(rule.hubs)
        cells_between(world, "Policing", rule.exporters, rule.importers, rule.industries)
    joined = [np.concatenate(column) for column in zip(*columns, strict=True)]
    if not joined or not joined[0].size:
        return shock
    order = np.lexsort((joined[1], joined[0]))
    return replace(shock, routes=Routes(*(column[order] for column in joined)))


def _refuse_lines(world: World, shock: Shock, cells: Cells, what: str) -> None:
    """Where whole lines are shut, what reaches the buyer anyway would have to be known line by line."""
    if shock.origin_nest is None:
        return
    industry, exporter, importer = split(world, cells)
    hit = np.flatnonzero(shock.origin_nest[industry, importer] != 1.0)
    if hit.size:
        s, i, j = (int(part[hit[0]]) for part in (industry, exporter, importer))
        raise InfeasibleError(  # it may be so at one end of a range only, or for one set of moves
            f"{what} on {world.industries[s]} from {world.economies[i]} to {world.economies[j]}, where a ban states "
            "lines: which lines get through is not known. State that ban as coverage or reduction."
        )


def _policed(world: World, cells: Cells, hub: int, policing: list[Policing]) -> tuple[Array, Array]:
    """Factors on capacity and loss of routes through a hub."""
    capacity, loss = np.ones((2, cells.size))
    for rule in policing:
        if hub not in world.positions(rule.hubs):
            continue
        hit = np.isin(cells, cells_between(world, "Policing", rule.exporters, rule.importers, rule.industries))
        capacity[hit] *= 1.0 if rule.capacity_factor is None else value_of(rule.capacity_factor)
        loss[hit] *= 1.0 if rule.loss_factor is None else value_of(rule.loss_factor)
    return capacity, loss


def _check_capacity(world: World, highest: Array, cells: Cells, measures: list[Evasion]) -> None:
    """Ranges are drawn on their own, so that their high ends meet."""
    over = cells[highest[cells] > 1.0 + 1e-9]
    if over.size:
        s, i, j = (int(part[0]) for part in split(world, over[:1]))
        hubs = ", ".join(dict.fromkeys(m.hub for m in measures))
        raise InputError(
            f"re-export capacities above 1: those on {world.industries[s]} from {world.economies[i]} to "
            f"{world.economies[j]} sum to {highest[over[0]]:g} at the high ends of their ranges (hubs {hubs}). They "
            "are shares of what is banned and sum to at most 1; make them smaller."
        )


def _backfill(world: World, shock: Shock, measures: list[DualUseBackfill]) -> Shock:
    lost = [_lost_cells(world, shock, measure) for measure in measures]
    if shock.ban is None or not measures:
        return shock
    for cells in lost:
        _refuse_lines(world, shock, cells, "DualUseBackfill")
    every = np.unique(np.concatenate(lost))
    places = [np.searchsorted(every, cells) for cells in lost]
    place_of = dict(zip(map(id, measures), places, strict=True))
    left = left_after(every.size, _by_programme(measures, lambda m: (place_of[id(m)], value_of(m.share))))
    asked = np.zeros(every.size)
    for measure, at in zip(measures, places, strict=True):
        asked[at] += value_of(measure.share)
    columns: list[tuple[Cells, Cells, Array, Array]] = []
    for measure, at in zip(measures, places, strict=True):
        at = at[asked[at] > 0]
        cells, share = every[at], value_of(measure.share) * (1.0 - left[at]) / asked[at]
        for supporter, part in _suppliers(world, shock, measure, cells):
            used = np.flatnonzero(part > 0)
            columns.append(
                (
                    cells[used],
                    np.full(used.size, supporter, dtype=np.intp),
                    (share * part)[used],
                    np.full(used.size, value_of(measure.cost)),
                )
            )
    joined = [np.concatenate(column) for column in zip(*columns, strict=True)]
    if not joined or not joined[0].size:
        return shock
    order = np.lexsort((joined[1], joined[0]))
    return replace(shock, backfill=Backfill(*(column[order] for column in joined)))


def _lost_cells(world: World, shock: Shock, measure: DualUseBackfill) -> Cells:
    """Cells whose banned part a measure replaces."""
    supporters, targets = world.positions(measure.supporters), world.positions(measure.targets)
    both = np.intersect1d(supporters, targets)
    if both.size:
        code = world.economies[int(both[0])]
        raise InputError(f"a DualUseBackfill has {code} both as supporter and as target.")
    cells = cells_between(world, "DualUseBackfill", measure.replaces, measure.targets, measure.industries)
    if shock.ban is None:
        return cells[:0]
    return cells[(shock.ban.take(cells) > 0) & (world.flows.take(cells) > 0)]


def _suppliers(world: World, shock: Shock, measure: DualUseBackfill, cells: Cells) -> list[tuple[int, Array]]:
    """Each supporter with its part (cell,) of what the measure replaces, by what it produces."""
    assert shock.ban is not None
    industry, exporter, importer = split(world, cells)
    supporters = world.positions(measure.supporters)
    makes = [
        world.output[h, industry] * (exporter != h) * (shock.ban[industry, h, importer] == 0.0) for h in supporters
    ]
    total = np.sum(makes, axis=0)
    safe = np.where(total > 0, total, 1.0)
    return [(int(h), made / safe) for h, made in zip(supporters, makes, strict=True)]


def _give(world: World, shock: Shock, measures: list[MilitaryTransfer]) -> Shock:
    if not measures:
        return shock
    gifts = np.zeros((len(world.economies), len(world.industries)))
    for measure in measures:
        donors, recipients = world.positions(measure.donors), world.positions(measure.recipients)
        industries = world.positions(measure.industries, "industry")
        both = np.intersect1d(donors, recipients)
        if both.size:
            code = world.economies[int(both[0])]
            raise InputError(f"a MilitaryTransfer has {code} both as donor and as recipient.")
        given = value_of(measure.amount) * 1e9
        gifts += given * _divided(world, donors, industries, "donor")
        gifts -= value_of(measure.fungible) * given * _divided(world, recipients, industries, "recipient")
    spared = -gifts - world.final * world.unit
    if (spared > 0).any():
        j, s = np.unravel_index(int(spared.argmax()), spared.shape)
        raise InfeasibleError(  # the baseline decides: it may hold, and fail without deficits or at an end of a range
            f"military transfers free {world.economies[j]} of {-gifts[j, s] / 1e9:.4g} billion US dollars a year of "
            f"{world.industries[s]}, but its own final use of it is {world.final[j, s] * world.unit / 1e9:.4g} in "
            "this baseline. Make `fungible` or `amount`, or the high end of their range, smaller, or name more "
            "industries or recipients."
        )
    return replace(shock, gifts=gifts)


def _divided(world: World, economies: NDArray[np.intp], industries: NDArray[np.intp], who: str) -> Array:
    """Shares (economy, industry), summing to 1: by income between economies, by final use within them."""
    shares = np.zeros_like(world.final)
    used = world.final[np.ix_(economies, industries)]
    total = used.sum(axis=1)
    if not (total > 0).all():
        code = world.economies[int(economies[int(total.argmin())])]
        raise InputError(f"a MilitaryTransfer has the {who} {code}, which uses nothing of the industries named.")
    income = world.income[economies] / world.income[economies].sum()
    shares[np.ix_(economies, industries)] = used / total[:, None] * income[:, None]
    return shares


def _one_economy(world: World, name: Names) -> int:
    found = world.positions(name)
    if found.size != 1:
        raise InputError(
            f"hub {name!r} is a group of {found.size} economies; a hub is one economy. Write one evasion for each."
        )
    return int(found[0])
