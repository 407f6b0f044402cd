"""What tells problems of one baseline apart, laid out for `halys.economy.batch`: problems on the last axis.

A shock changes trade coefficients in the rows and columns of a few economies, its cover. Slot n holds the n-th economy
of each cover, of the problems that have so many: they stand first, widest cover first. Gifts, productivities and claims
(`halys.economy.claims`) are few and kept by flat index.
"""

from __future__ import annotations

import copy
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from halys.economy.baseline import Baseline
from halys.economy.equations import Coefficients

Array = NDArray[Any]  # in double precision, or of `BatchShocks.single` in single
Indices = NDArray[np.intp]

WIDTH = 16  # problems side by side


def cover_changes(changed: NDArray[np.bool_]) -> list[int]:
    """Economies in whose rows or columns all changed pairs (exporter, importer) lie; most changed ones first."""
    left, cover = changed.copy(), []
    while left.any():
        economy = int((left.sum(axis=0) + left.sum(axis=1)).argmax())
        cover.append(economy)
        left[economy] = left[:, economy] = False
    return cover


class _Strip(NamedTuple):
    """Coefficients of one economy for each of m problems, as far as they differ from those of the baseline."""

    economy: Indices  # (m,)
    row: Array  # (importer, product, m) of what it sells
    column: Array  # (exporter, product, m) of what it buys

    def single(self) -> _Strip:
        return _Strip(self.economy, self.row.astype(np.float32), self.column.astype(np.float32))


class _Levy(NamedTuple):
    economy: Indices  # (m,) who levies
    wedge: Array  # (partner, product, m) of what passes, the part that it keeps

    def single(self) -> _Levy:
        return _Levy(self.economy, self.wedge.astype(np.float32))


class _Cells(NamedTuple):
    """Values at places of arrays (economy, product, B), each place once."""

    at: tuple[Indices, Indices, Indices]
    value: Array


class BatchShocks:
    """At most `WIDTH` problems with their covers, widest first; problems that are missing are at rest."""

    def __init__(self, b: Baseline, problems: Sequence[Coefficients], covers: Sequence[list[int]]) -> None:
        count, kinds = b.size
        self.size, rest = (count, kinds, WIDTH), problems[0]
        self.theta = np.repeat(rest.theta[:, None], WIDTH, axis=1)
        self.deficit = np.repeat(rest.deficit[:, None], WIDTH, axis=1)
        self.proportional = np.repeat(rest.proportional[:, None], WIDTH, axis=1)
        self.given = np.zeros((count, WIDTH))  # what economies give away
        for n, c in enumerate(problems):
            self.theta[:, n], self.deficit[:, n], self.proportional[:, n] = c.theta, c.deficit, c.proportional
            if c.gifts is not None:
                self.given[:, n] = c.gifts.sum(axis=1)
        self._bought = self._strips(b, [c.trade for c in problems], covers)
        taxed = any(c.seller is not c.trade for c in problems)
        self._sold = self._strips(b, [c.seller for c in problems], covers) if taxed else self._bought
        self._duties = self._levies(
            [(c.tariff_owner.argmax(axis=0), c.tariff_wedge.transpose(2, 1, 0)) for c in problems]
        )
        self._export_taxes = self._levies(
            [(c.export_owner.argmax(axis=0), c.export_wedge.transpose(1, 2, 0)) for c in problems]
        )
        shares = b.bought / np.where(b.bought, b.purchases, 1.0)
        self._gifts = self._cells([None if c.gifts is None else c.gifts * shares for c in problems])
        self._productivity = self._cells([c.log_productivity for c in problems])
        self._claims = _Claimed.make(problems, count, kinds)

    def _strips(self, b: Baseline, trades: Sequence[Array], covers: Sequence[list[int]]) -> list[_Strip]:
        count, kinds, _ = self.size
        found = []
        for slot in range(max(map(len, covers))):
            wide = [n for n, cover in enumerate(covers) if len(cover) > slot]  # the first ones
            row, column = np.zeros((2, count, kinds, len(wide)))
            for n in wide:
                cover, economy = covers[n], covers[n][slot]
                row[:, :, n] = (trades[n][:, economy] - b.trade_share[:, economy]).T
                column[:, :, n] = (trades[n][:, :, economy] - b.trade_share[:, :, economy]).T
                row[cover[:slot], :, n] = 0.0  # in the columns of those before
                column[cover[: slot + 1], :, n] = 0.0  # in their rows
            found.append(_Strip(np.array([covers[n][slot] for n in wide], dtype=np.intp), row, column))
        return found

    def _levies(self, levies: Sequence[tuple[Indices, Array]]) -> list[_Levy]:
        """From who levies (L,) and what they keep (L, partner, product), of each problem."""
        count, kinds, _ = self.size
        found = []
        for slot in range(max(len(owners) for owners, _ in levies)):
            last = max(n for n, (owners, _) in enumerate(levies) if len(owners) > slot) + 1
            economy, wedge = np.zeros(last, dtype=np.intp), np.zeros((count, kinds, last))
            for n, (owners, kept) in enumerate(levies[:last]):
                if len(owners) > slot:
                    economy[n], wedge[:, :, n] = owners[slot], kept[slot]
            found.append(_Levy(economy, wedge))
        return found

    def _cells(self, arrays: Sequence[Array | None]) -> _Cells | None:
        """The entries of arrays (economy, product) that are not 0; None where none is."""
        found = []
        for n, array in enumerate(arrays):
            if array is not None and array.any():
                economy, product = np.nonzero(array)
                found.append((economy, product, np.full(len(economy), n), array[economy, product]))
        if not found:
            return None
        economy, product, problem, value = (np.concatenate(column) for column in zip(*found, strict=True))
        return _Cells((economy, product, problem), value)

    def single(self) -> BatchShocks:
        """The same in single precision."""
        found = copy.copy(self)
        for name in ("theta", "deficit", "proportional", "given"):
            setattr(found, name, getattr(self, name).astype(np.float32))
        found._bought = [strip.single() for strip in self._bought]
        found._sold = found._bought if self._sold is self._bought else [strip.single() for strip in self._sold]
        found._duties = [levy.single() for levy in self._duties]
        found._export_taxes = [levy.single() for levy in self._export_taxes]
        return found

    def change_cost(self, log_cost: Array) -> None:
        """Take productivities (j, k, B) into account, in place."""
        if self._productivity is not None:
            log_cost[self._productivity.at] -= self._productivity.value

    def change_demand(self, demand: Array) -> None:
        """Add gifts to purchases over their scale (j, s, B), in place."""
        if self._gifts is not None:
            demand[self._gifts.at] += self._gifts.value

    def change_phi(self, phi: Array, supply: Array) -> None:
        """Add to Phi (j, s, B), in place, what supply (i, s, B) makes of the changed coefficients."""
        _correct(self._bought, phi, supply, selling=False)

    def change_sales(self, sales: Array, spread: Array) -> None:
        """Add to sales per unit of supply (i, s, B), in place, what spread (j, s, B) makes of the changes."""
        _correct(self._sold, sales, spread, selling=True)

    def revenue(self, supply: Array, spread: Array) -> Array:
        """Tax revenue (j, B)."""
        found = np.zeros((self.size[0], WIDTH))
        for levies, own, others in ((self._duties, spread, supply), (self._export_taxes, supply, spread)):
            for levy in levies:
                m, at = len(levy.economy), np.arange(len(levy.economy))
                per_unit = np.einsum("ikb,ikb->kb", levy.wedge, others[:, :, :m])
                found[levy.economy, at] += (per_unit.T * own[levy.economy, :, at]).sum(axis=1)
        return found

    def ceilings(self, log_cost: Array) -> Array | None:
        """What `claimed` needs of log unit costs (i, s, B)."""
        return None if self._claims is None else self._claims.factors(log_cost)

    def claimed(self, supply: Array, spread: Array, factors: Array | None) -> Array | float:
        """Net income from claims (j, B)."""
        return 0.0 if self._claims is None or factors is None else self._claims.income(supply, spread, factors)


def _correct(strips: Sequence[_Strip], total: Array, terms: Array, *, selling: bool) -> None:
    """Add the changed coefficients times terms (partner, product, B) to total (economy, product, B)."""
    for economy, row, column in strips:
        own, others = (column, row) if selling else (row, column)
        m, at = len(economy), np.arange(len(economy))
        total[:, :, :m] += own * np.ascontiguousarray(terms[economy, :, at].T)  # by rows, ten times as fast
        total[economy, :, at] += np.einsum("ikb,ikb->kb", others, terms[:, :, :m]).T


class _Claimed:
    """The claims of all problems one after another; see `halys.economy.claims` for their columns."""

    def __init__(self, columns: Sequence[NDArray[np.float64]], shape: tuple[int, int]) -> None:
        seller, buyer, value, floor, weight, ceiling, payee, payer = columns
        self._seller, self._buyer = seller.astype(np.intp), buyer.astype(np.intp)
        self._payee, self._payer = payee.astype(np.intp), payer.astype(np.intp)
        self._value, self._floor = value, floor
        self._capped = np.flatnonzero(weight)
        self._weight, self._ceiling = weight[self._capped], ceiling[self._capped]
        self._shape = shape

    @classmethod
    def make(cls, problems: Sequence[Coefficients], count: int, kinds: int) -> _Claimed | None:
        """None where no problem has any."""
        parts = []
        for n, c in enumerate(problems):
            if c.claims is not None:
                q = c.claims
                seller, buyer = ((at % count * kinds + at // count) * WIDTH + n for at in (q.seller, q.buyer))
                payee, payer = ((at + 1) * WIDTH + n for at in (q.payee, q.payer))  # the payer −1 is nobody
                parts.append([seller, buyer, q.value, q.floor, q.weight, q.ceiling, payee, payer])
        if not parts:
            return None
        return cls([np.concatenate(column) for column in zip(*parts, strict=True)], (count + 1, WIDTH))

    def factors(self, log_cost: Array) -> Array:
        factor = self._floor.copy()
        if self._capped.size:
            cost = np.exp(log_cost.reshape(-1)[self._seller[self._capped]])
            above = self._weight * (1.0 - self._ceiling / cost)
            factor[self._capped] = np.maximum(factor[self._capped], above)
        return factor

    def income(self, supply: Array, spread: Array, factors: Array) -> Array:
        values = self._value * supply.reshape(-1)[self._seller] * spread.reshape(-1)[self._buyer] * factors
        size = self._shape[0] * self._shape[1]
        net = np.bincount(self._payee, values, size) - np.bincount(self._payer, values, size)
        return np.asarray(net.reshape(self._shape)[1:])
