"""From instruments to one `Shock`.

On each cell (industry, exporter, importer): coverages of one programme combine by their maximum, those of independent
programmes by 1 − prod(1 − b), trade-cost factors multiply, tariff and export-tax rates add percentage points to the
baseline. Transfers add up, productivity factors multiply. Measures that act on what others do (relief, concessions,
price caps, evasion and its policing, backfill) are resolved as `halys.measures.resolution` says.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator

import numpy as np
from numpy.typing import NDArray

from halys.economy.shock import Shock
from halys.errors import InfeasibleError, InputError
from halys.measures.base import Composite, Measure, TradeMeasure
from halys.measures.cells import Cells, cells_between
from halys.measures.instruments import Ban, ExportTax, Productivity, Tariff, TradeCost, Transfer
from halys.measures.lines import shut_lines
from halys.measures.numbers import value_of
from halys.measures.resolution import RESOLVED, relief_left, resolve_measures
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
    return _Compiler(world).run((measures,) if isinstance(measures, Measure) else measures)


class _Compiler:
    def __init__(self, world: World) -> None:
        self.world = world
        self.shape = len(world.industries), len(world.economies), len(world.economies)
        self.iceberg: Array | None = None
        self.tariff: Array | None = None
        self.export_tax: Array | None = None
        self.open: Array | None = None  # share of varieties left open by the programmes combined so far
        self.nest: Array | None = None  # factor on the sum of the origin nest, where bans shut whole lines
        self.transfer: Array | None = None
        self.productivity: Array | None = None
        self.left: Array | None = None  # of every barrier, after economic relief
        self.touched: dict[str, NDArray[np.bool_]] = {}  # flat cells at which an array may differ from the baseline

    def run(self, given: Iterable[Measure]) -> Shock:
        measures = list(self._expanded(given))
        resolved = [measure for measure in measures if isinstance(measure, RESOLVED)]
        self.left = relief_left(self.world, resolved)
        bans: dict[object, list[Ban]] = {}
        for number, measure in enumerate(measures):
            if isinstance(measure, RESOLVED):
                continue
            if isinstance(measure, Ban):
                bans.setdefault(measure.programme if measure.programme is not None else number, []).append(measure)
            elif isinstance(measure, Tariff):
                self._tariff(measure)
            elif isinstance(measure, ExportTax):
                self._export_tax(measure)
            elif isinstance(measure, TradeCost):
                self._trade_cost(measure)
            elif isinstance(measure, Transfer):
                self._transfer(measure)
            elif isinstance(measure, Productivity):
                self._productivity(measure)
            else:
                raise InputError(f"{measure!r} is not an instrument; use halys.Tariff, halys.Ban and so on.")
        for programme in bans.values():
            self._programme(programme)
        shock = Shock(
            iceberg=self.iceberg,
            tariff=self.tariff,
            export_tax=self.export_tax,
            ban=self._ban(),
            transfer=self.transfer,
            productivity=self.productivity,
            origin_nest=self.nest,
            touched={} if resolved else {name: np.flatnonzero(mask) for name, mask in self.touched.items()},
        )
        return resolve_measures(self.world, shock, resolved) if resolved else shock

    def _ban(self) -> Array | None:
        """Shares shut, where anything is."""
        if self.open is None:
            return None
        if "ban" not in self.touched:
            return 1.0 - self.open
        cells, ban = np.flatnonzero(self.touched["ban"]), np.zeros(self.shape)
        ban.reshape(-1)[cells] = 1.0 - self.open.take(cells)
        return ban

    def _touch(self, name: str, cells: Cells) -> None:
        """Remember that an array may differ from the baseline at these cells."""
        if name not in self.touched:
            self.touched[name] = np.zeros(math.prod(self.shape), dtype=bool)
        self.touched[name][cells] = True

    def _expanded(self, measures: Iterable[Measure]) -> Iterator[Measure]:
        for measure in measures:
            if isinstance(measure, Composite):
                yield from self._expanded(measure.expand(self.world))
            else:
                yield measure

    def _cells(self, measure: TradeMeasure) -> Cells:
        """Flat indices of the cells that a measure hits, each once."""
        what = type(measure).__name__
        return cells_between(self.world, what, measure.exporters, measure.importers, measure.industries)

    def _left(self, cells: Cells) -> Array | float:
        """What relief leaves of a barrier at these cells."""
        return 1.0 if self.left is None else self.left.take(cells)

    def _tariff(self, measure: Tariff) -> None:
        if self.tariff is None:
            self.tariff = np.zeros(self.shape) if self.world.tariff is None else self.world.tariff.copy()
        cells = self._cells(measure)
        self._touch("tariff", cells)
        self.tariff.reshape(-1)[cells] += value_of(measure.rate) * self._left(cells)

    def _export_tax(self, measure: ExportTax) -> None:
        if self.export_tax is None:
            self.export_tax = np.zeros(self.shape)
        cells = self._cells(measure)
        self._touch("export_tax", cells)
        self.export_tax.reshape(-1)[cells] += value_of(measure.rate) * self._left(cells)

    def _trade_cost(self, measure: TradeCost) -> None:
        if self.iceberg is None:
            self.iceberg = np.ones(self.shape)
        cells, factor = self._cells(measure), value_of(measure.factor)
        self._touch("iceberg", cells)
        relieved = factor if self.left is None else 1.0 + (factor - 1.0) * self._left(cells)
        self.iceberg.reshape(-1)[cells] *= relieved

    def _programme(self, bans: list[Ban]) -> None:
        if self.open is None:
            self.open = np.ones(self.shape)
        lists = [ban for ban in bans if ban.lines is not None]
        bans = [ban for ban in bans if ban.lines is None]
        hit = [self._cells(ban) for ban in bans]
        if lists:
            self._shut_lines(lists, hit)
        if not bans:
            return
        shut = [
            np.broadcast_to(self._coverage(ban, cells) * self._left(cells), cells.shape)
            for ban, cells in zip(bans, hit, strict=True)
        ]
        for cells in hit:
            self._touch("ban", cells)
        if len(bans) == 1:  # most programmes
            self.open.reshape(-1)[hit[0]] *= 1.0 - shut[0]
            return
        largest, mask = np.zeros(self.open.size), np.zeros(self.open.size, dtype=bool)
        for cells, share in zip(hit, shut, strict=True):
            mask[cells] = True
            largest[cells] = np.maximum(largest[cells], share)
        cells = np.flatnonzero(mask)
        self.open.reshape(-1)[cells] *= 1.0 - largest[cells]

    def _shut_lines(self, bans: list[Ban], others: list[Cells]) -> None:
        """Bans of one programme that name lines; of several on the same trade the longest list counts."""
        assert self.open is not None
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
            lines.reshape(-1)[hits] = np.maximum(lines.take(hits), value_of(ban.lines) * self._left(hits))
        s, j = np.divmod(np.unique(cells // count**2 * count + cells % count), count)
        found = shut_lines(self.world.trade_share[s, :, j].T, lines[s, :, j].T)
        if found.sole.any():
            first = int(np.flatnonzero(found.sole)[0])
            raise InfeasibleError(
                f"a Ban cannot shut a part of the lines of {self.world.industries[s[first]]} bought by "
                f"{self.world.economies[j[first]]}: the exporters named supply all of it, and in these lines nobody "
                "would be left. Use coverage= there, or leave the industry out."
            )
        self._touch("ban", np.ravel_multi_index((s[:, None], np.arange(count), j[:, None]), self.shape).ravel())
        self.open[s, :, j] *= found.open.T
        if self.nest is None:
            self.nest = np.ones((self.shape[0], count))
        self.nest[s, j] *= found.nest

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

    def _transfer(self, measure: Transfer) -> None:
        payers, recipients = self.world.positions(measure.payers), self.world.positions(measure.recipients)
        both = np.intersect1d(payers, recipients)
        if both.size:
            raise InputError(f"a Transfer has {self.world.economies[int(both[0])]} both as payer and as recipient.")
        if self.transfer is None:
            self.transfer = np.zeros(self.shape[1])
        amount, income = value_of(measure.amount) * 1e9, self.world.income
        self.transfer[payers] -= amount * income[payers] / income[payers].sum()
        self.transfer[recipients] += amount * income[recipients] / income[recipients].sum()

    def _productivity(self, measure: Productivity) -> None:
        if self.productivity is None:
            self.productivity = np.ones((self.shape[1], self.shape[0]))
        economies = self.world.positions(measure.economies)
        industries = self.world.positions(measure.industries, "industry")
        self.productivity[np.ix_(economies, industries)] *= value_of(measure.factor)
