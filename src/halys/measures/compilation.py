"""From instruments to one `Shock`.

On each cell (industry, exporter, importer): coverages of one programme combine by their maximum, those of independent
programmes by 1 − prod(1 − b), trade-cost factors multiply, tariff and export-tax rates add percentage points to the
baseline. Transfers add up, productivity factors multiply. Measures that act on what others do (relief, concessions,
price caps, evasion and its policing, backfill) are resolved as `halys.measures.resolution` says.

Measures that follow each other in one programme are combined first, on the cells that they touch, and the programmes
then. A `Compiler` remembers what it has combined, for the many histories of a scenario share their programmes.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from halys.economy.shock import RESTING, Shock
from halys.errors import InfeasibleError, InputError
from halys.measures.base import Composite, Measure, TradeMeasure
from halys.measures.cells import Cells, cells_between
from halys.measures.instruments import Ban, ExportTax, Productivity, Tariff, TradeCost, Transfer
from halys.measures.lines import shut_lines
from halys.measures.numbers import value_of
from halys.measures.resolution import RESOLVED, relief_left, resolve_measures
from halys.measures.support import EconomicRelief
from halys.world import World

Array = NDArray[np.float64]


def compile_measures(world: World, measures: Measure | Iterable[Measure]) -> Shock:
    """The shock that a set of measures amounts to in a world.

    Raises:
        UnknownNameError: a name that the world does not have.
        InputError: a measure that touches nothing but domestic sales, a transfer to oneself.
        InfeasibleError: what the baseline cannot bear, though another may: a reduction of sales that nobody else makes,
            gifts beyond what their recipient buys.
    """
    return Compiler(world).compile(measures)


class _Part(NamedTuple):
    """Values at cells, each once."""

    cells: Cells
    values: Array


class _Bans(NamedTuple):
    """Bans of one programme; None where each stands alone. `lines`: those that state customs lines."""

    programme: str | None
    shut: _Part | None
    lines: tuple[Ban, ...]


class _Combined(NamedTuple):
    """What measures amount to: factors on costs, rates added, bans, transfers (economy,), productivities."""

    iceberg: _Part | None
    tariff: _Part | None
    export_tax: _Part | None
    bans: tuple[_Bans, ...]
    transfer: Array | None
    productivity: Array | None


class Compiler:
    """Compiles sets of measures in one world, and remembers what it has combined by the measures themselves.

    A measure is known by its identity: the same object in several sets is combined once.
    """

    def __init__(self, world: World) -> None:
        self.world = world
        self.shape = len(world.industries), len(world.economies), len(world.economies)
        self._size = world.flows.size
        self._zero, self._one = np.zeros(self._size), np.ones(self._size)  # always left as they were
        self._expansions: dict[tuple[int, ...], tuple[Any, tuple[Measure, ...]]] = {}
        self._left: dict[tuple[int, ...], tuple[Sequence[Measure], Array]] = {}
        self._parts: dict[tuple[tuple[int, ...], tuple[int, ...]], _Combined] = {}
        self._unions: dict[tuple[int, ...], tuple[Sequence[Cells], Cells]] = {}

    def compile(self, given: Measure | Iterable[Measure]) -> Shock:
        """As `compile_measures`."""
        listed = (given,) if isinstance(given, Measure) else tuple(given)
        runs = [tuple(run) for _, run in groupby(listed, lambda m: m.programme if isinstance(m, Measure) else None)]
        keys = [tuple(map(id, run)) for run in runs]
        expanded = [self._expand(key, run) for key, run in zip(keys, runs, strict=True)]
        resolved = [measure for run in expanded for measure in run if isinstance(measure, RESOLVED)]
        left = self._left_by([measure for measure in resolved if isinstance(measure, EconomicRelief)])
        parts = [self._remember(key, run, left) for key, run in zip(keys, expanded, strict=True)]
        shock = self._join(parts, left)
        return resolve_measures(self.world, shock, resolved) if resolved else shock

    def _expand(self, key: tuple[int, ...], run: tuple[Measure, ...]) -> tuple[Measure, ...]:
        if key not in self._expansions:
            self._expansions[key] = run, tuple(self._expanded(run))  # which keeps the measures, so that ids stay theirs
        return self._expansions[key][1]

    def _expanded(self, measures: Iterable[Measure]) -> Iterator[Measure]:
        for measure in measures:
            if isinstance(measure, Composite):
                yield from self._expanded(measure.expand(self.world))
            else:
                yield measure

    def _left_by(self, relief: list[EconomicRelief]) -> Array | None:
        """What economic relief leaves of every barrier; None without any."""
        if not relief:
            return None
        key = tuple(map(id, relief))
        if key not in self._left:
            self._left.clear()  # large, and histories with the same relief follow each other
            left = relief_left(self.world, relief)
            assert left is not None
            self._left[key] = relief, left
        return self._left[key][1]

    def _remember(self, key: tuple[int, ...], run: tuple[Measure, ...], left: Array | None) -> _Combined:
        full = key, () if left is None else next(iter(self._left))
        if full not in self._parts:
            self._parts[full] = self._combine(run, left)
        return self._parts[full]

    # One programme after another -------------------------------------------------------------------------------------

    def _combine(self, measures: tuple[Measure, ...], left: Array | None) -> _Combined:
        """Measures that follow each other in one programme. left: of every barrier, after economic relief."""
        of: dict[type[Measure], list[Any]] = {kind: [] for kind in _ELEMENTARY}
        for measure in measures:
            if isinstance(measure, RESOLVED):
                continue
            kind = next((kind for kind in _ELEMENTARY if isinstance(measure, kind)), None)
            if kind is None:
                raise InputError(f"{measure!r} is not an instrument; use halys.Tariff, halys.Ban and so on.")
            of[kind].append(measure)
        return _Combined(
            iceberg=self._multiply([(self._cells(m), value_of(m.factor)) for m in of[TradeCost]], left),
            tariff=self._add([(self._cells(m), value_of(m.rate)) for m in of[Tariff]], left),
            export_tax=self._add([(self._cells(m), value_of(m.rate)) for m in of[ExportTax]], left),
            bans=tuple(self._bans(of[Ban], left)),
            transfer=self._transfer(of[Transfer]),
            productivity=self._productivity(of[Productivity]),
        )

    def _cells(self, measure: TradeMeasure) -> Cells:
        """Flat indices of the cells that a measure hits, each once."""
        what = type(measure).__name__
        return cells_between(self.world, what, measure.exporters, measure.importers, measure.industries)

    def _union(self, sets: Sequence[Cells]) -> Cells:
        """The cells of all sets, each once, in order. Sets are told apart by identity."""
        key = tuple(map(id, sets))
        if key not in self._unions:
            self._unions[key] = sets, _any_of(self._size, sets)  # which keeps the sets
        return self._unions[key][1]

    def _multiply(self, factors: list[tuple[Cells, float]], left: Array | None) -> _Part | None:
        if not factors:
            return None
        cells, values = self._union([cells for cells, _ in factors]), self._one
        for hit, factor in factors:
            values[hit] *= factor if left is None else 1.0 + (factor - 1.0) * left.take(hit)
        return _taken(values, cells, 1.0)

    def _add(self, rates: list[tuple[Cells, float]], left: Array | None) -> _Part | None:
        if not rates:
            return None
        cells, values = self._union([cells for cells, _ in rates]), self._zero
        for hit, rate in rates:
            values[hit] += rate if left is None else rate * left.take(hit)
        return _taken(values, cells, 0.0)

    def _bans(self, bans: list[Ban], left: Array | None) -> Iterator[_Bans]:
        """Bans of one programme together, those of none one by one; of the former the largest coverage counts."""
        programmes: dict[object, list[Ban]] = {}
        for number, ban in enumerate(bans):
            programmes.setdefault(number if ban.programme is None else ban.programme, []).append(ban)
        for some in programmes.values():
            plain = [(self._cells(ban), ban) for ban in some if ban.lines is None]
            shut = [(hit, self._coverage(ban, hit) * (1.0 if left is None else left.take(hit))) for hit, ban in plain]
            part = None
            if shut:
                cells = self._union([hit for hit, _ in shut])
                for hit, share in shut:
                    self._zero[hit] = np.maximum(self._zero[hit], share)
                part = _taken(self._zero, cells, 0.0)
            yield _Bans(some[0].programme, part, tuple(ban for ban in some if ban.lines is not None))

    def _coverage(self, ban: Ban, cells: Cells) -> Array | float:
        if ban.coverage is not None:
            return value_of(ban.coverage)
        assert ban.reduction is not None
        reduction = value_of(ban.reduction)
        if reduction == 0.0:
            return 0.0
        count = self.shape[1]
        s, j = cells // count**2, cells % count
        bought = s * count + j  # an industry and an importer
        joint = np.bincount(bought, weights=self.world.trade_share.take(cells), minlength=self.shape[0] * count)
        share: Array = joint[bought]
        sole = (share >= 1.0 - 1e-12) & (reduction < 1.0)
        if sole.any():
            at = int(np.flatnonzero(sole)[0])
            raise InfeasibleError(
                f"a Ban cannot reduce {self.world.industries[s[at]]} bought by {self.world.economies[j[at]]} by "
                f"{reduction:g} at given spending: the exporters named supply all of it. "
                "Use coverage= there, or leave the industry out."
            )
        return reduction / (1.0 - share * (1.0 - reduction))

    def _transfer(self, transfers: list[Transfer]) -> Array | None:
        if not transfers:
            return None
        found, income = np.zeros(self.shape[1]), self.world.income
        for measure in transfers:
            payers, recipients = self.world.positions(measure.payers), self.world.positions(measure.recipients)
            both = np.intersect1d(payers, recipients)
            if both.size:
                raise InputError(f"a Transfer has {self.world.economies[int(both[0])]} both as payer and as recipient.")
            amount = value_of(measure.amount) * 1e9
            found[payers] -= amount * income[payers] / income[payers].sum()
            found[recipients] += amount * income[recipients] / income[recipients].sum()
        return found

    def _productivity(self, measures: list[Productivity]) -> Array | None:
        if not measures:
            return None
        found = np.ones((self.shape[1], self.shape[0]))
        for measure in measures:
            economies = self.world.positions(measure.economies)
            industries = self.world.positions(measure.industries, "industry")
            found[np.ix_(economies, industries)] *= value_of(measure.factor)
        return found

    # All of them -----------------------------------------------------------------------------------------------------

    def _join(self, parts: Sequence[_Combined], left: Array | None) -> Shock:
        """The shock of all but the measures that act on what others do."""
        touched: dict[str, Cells] = {}
        arrays: dict[str, Array | None] = {}
        for name in ("iceberg", "tariff", "export_tax"):
            found = [part for each in parts if (part := getattr(each, name)) is not None]
            arrays[name] = self._put(name, found) if found else None
            if found:
                touched[name] = self._union([cells for cells, _ in found])
        transfers = [part.transfer for part in parts if part.transfer is not None]
        productivities = [part.productivity for part in parts if part.productivity is not None]
        ban, nest, cells = self._shut([bans for part in parts for bans in part.bans], left)
        if cells is not None:
            touched["ban"] = cells
        return Shock(
            iceberg=arrays["iceberg"],
            tariff=arrays["tariff"],
            export_tax=arrays["export_tax"],
            ban=ban,
            transfer=sum(transfers[1:], transfers[0]) if transfers else None,
            productivity=np.prod(productivities, axis=0) if productivities else None,
            origin_nest=nest,
            touched=touched,
        )

    def _put(self, name: str, parts: Sequence[_Part]) -> Array:
        """New levels (industry, exporter, importer) of an array of the shock."""
        if name == "tariff" and self.world.tariff is not None:
            array = self.world.tariff.copy()
        else:
            array = np.full(self.shape, RESTING[name])
        flat = array.reshape(-1)
        for cells, values in parts:
            if name == "iceberg":
                flat[cells] *= values
            else:
                flat[cells] += values
        return array

    def _shut(self, bans: Sequence[_Bans], left: Array | None) -> tuple[Array | None, Array | None, Cells | None]:
        """Coverages (industry, exporter, importer), factors on origin nests, and the cells that are not 0."""
        if not bans:
            return None, None, None
        programmes: dict[object, list[_Bans]] = {}
        for number, some in enumerate(bans):
            programmes.setdefault(number if some.programme is None else some.programme, []).append(some)
        opened, nest, hit = self._one.reshape(self.shape), None, []
        flat = opened.reshape(-1)
        try:
            for group in programmes.values():
                shut = [some.shut for some in group if some.shut is not None]
                lists = [ban for some in group for ban in some.lines]
                if lists:
                    nest = np.ones((self.shape[0], self.shape[1])) if nest is None else nest
                    hit.append(self._shut_lines(lists, [cells for cells, _ in shut], left, opened, nest))
                if len(shut) == 1:  # nearly always
                    (cells, values), *_ = shut
                elif shut:
                    cells = self._union([cells for cells, _ in shut])
                    for place, share in shut:
                        self._zero[place] = np.maximum(self._zero[place], share)
                    values = _taken(self._zero, cells, 0.0).values
                else:
                    continue
                hit.append(cells)
                flat[cells] *= 1.0 - values
            every = self._union(hit) if nest is None else _any_of(self._size, hit)
            ban = np.zeros(self.shape)
            ban.reshape(-1)[every] = 1.0 - flat[every]
        finally:
            for cells in hit:
                flat[cells] = 1.0
        return ban, nest, every

    def _shut_lines(
        self, bans: Sequence[Ban], others: list[Cells], left: Array | None, opened: Array, nest: Array
    ) -> Cells:
        """Bans of one programme that name lines; of several on the same trade the longest list counts.

        Changes `opened` (industry, exporter, importer), at the cells returned, and `nest` (industry, importer).
        """
        count, hit = self.shape[1], [self._cells(ban) for ban in bans]
        cells = np.unique(np.concatenate(hit))
        both = np.intersect1d(cells, np.concatenate(others)) if others else cells[:0]
        if both.size:
            at = np.unravel_index(int(both[0]), self.shape)
            raise InputError(
                "bans of one programme state the same trade in lines and in another form: "
                f"{self.world.industries[at[0]]} from {self.world.economies[at[1]]} to {self.world.economies[at[2]]}. "
                "Use one form, or two programmes."
            )
        lines = np.zeros(self.shape)
        for ban, hits in zip(bans, hit, strict=True):
            assert ban.lines is not None
            lines.reshape(-1)[hits] = np.maximum(
                lines.take(hits), value_of(ban.lines) * (1.0 if left is None else left.take(hits))
            )
        s, j = np.divmod(np.unique(cells // count**2 * count + cells % count), count)
        found = shut_lines(self.world.trade_share[s, :, j].T, lines[s, :, j].T)
        if found.sole.any():
            first = int(np.flatnonzero(found.sole)[0])
            raise InfeasibleError(
                f"a Ban cannot shut a part of the lines of {self.world.industries[s[first]]} bought by "
                f"{self.world.economies[j[first]]}: the exporters named supply all of it, and in these lines nobody "
                "would be left. Use coverage= there, or leave the industry out."
            )
        opened[s, :, j] *= found.open.T
        nest[s, j] *= found.nest
        return np.ravel_multi_index((s[:, None], np.arange(count), j[:, None]), self.shape).ravel()


_ELEMENTARY: tuple[type[Measure], ...] = (Ban, Tariff, ExportTax, TradeCost, Transfer, Productivity)


def _any_of(size: int, sets: Iterable[Cells]) -> Cells:
    """The cells of all sets, each once, in order; size: number of cells."""
    touched = np.zeros(size, dtype=bool)
    for cells in sets:
        touched[cells] = True
    return np.flatnonzero(touched)


def _taken(values: Array, cells: Cells, resting: float) -> _Part:
    """The values at cells, where they are put back to rest."""
    found = values[cells]
    values[cells] = resting
    return _Part(cells, found)
