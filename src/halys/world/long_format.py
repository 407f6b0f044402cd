"""Import of a table in the long format: one row for each sale, with the columns `COLUMNS`, as CSV or Parquet.

    exporter  industry     importer  use    value
    USA       steel        DEU       cars   12.5     US steel bought by the car industry of Germany
    USA       steel        DEU       final   3.0     US steel bought for consumption and investment in Germany
              value_added  DEU       cars   20.0     wages, profits and taxes of the car industry of Germany

Values are net of tariffs. What is not sold has no row. A use that starts with `final` is final use, so that
`final_investment` may stand beside `final_consumption`. Tariffs come in a second file (`read_tariffs`).
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from halys.world.accounts import Array
from halys.world.files import Faults, Kind, near_text
from halys.world.icio import TariffOf
from halys.world.long_rows import Columns, Rows, read_rows
from halys.world.settle import Draft

COLUMNS = ("exporter", "industry", "importer", "use", "value")
TARIFF_COLUMNS = ("exporter", "industry", "importer", "tariff")
VALUE_ADDED = "value_added"
FINAL = "final"
_HIGHEST = 10.0
Mask = NDArray[np.bool_]


def is_long(header: Sequence[str]) -> bool:
    """Whether a first line looks like the long format's."""
    return len({cell.casefold() for cell in header} & set(COLUMNS)) >= 2


def is_final(use: str) -> bool:
    """Whether a use is final: `final`, or `final` and a word after `_`, `-`, `.`, `:` or a space."""
    return use == FINAL or (use.startswith(FINAL) and use[len(FINAL)] in "_-.: ")


class _Kinds(NamedTuple):
    """Which rows (row,) are value added, inputs of industries and final use."""

    income: Mask
    inputs: Mask
    final: Mask


def read_long(path: Path, kind: Kind, tariff_of: TariffOf = lambda *_: None) -> Draft:
    """Read a table in the long format. Economies and industries come in alphabetical order.

    Raises:
        FileError: with every fault: headers, cells, repeated rows, industries without value added.
        InputError: a Parquet file, and the package that reads it is not installed.
    """
    rows = read_rows(path, kind, Columns(COLUMNS, "Leave out rows of what is not sold."))
    faults = Faults(str(path))
    final = np.array([is_final(code) for code in rows.codes], dtype=bool)
    income = np.array([code == VALUE_ADDED for code in rows.codes], dtype=bool)[rows.ids[1]]
    to_final = final[rows.ids[3]] & ~income
    kinds = _Kinds(income, ~income & ~to_final, to_final)
    _check_rows(rows, kinds, final, faults)
    rows.check_repeats(faults)
    faults.stop()
    exporter, industry, importer, use = rows.ids
    economies = tuple(rows.codes[n] for n in np.union1d(exporter[~income], importer))
    industries = tuple(rows.codes[n] for n in np.union1d(industry[~income], use[~to_final]))
    _check_value_added(rows, kinds, economies, industries, faults)
    faults.stop()
    return _draft(rows, kinds, economies, industries, tariff_of(economies, industries))


def _draft(
    rows: Rows, kinds: _Kinds, economies: tuple[str, ...], industries: tuple[str, ...], tariff: Array | None
) -> Draft:
    of_economy, of_industry = rows.positions(economies), rows.positions(industries)
    exporter, industry, importer, use = rows.ids
    j, k = of_economy[importer], of_industry[use]
    i, s = of_economy[exporter], of_industry[industry]
    n, m = len(economies), len(industries)

    def total(cell: NDArray[np.intp], values: Array, shape: tuple[int, ...], which: Mask) -> Array:
        return np.bincount(cell[which], values[which], int(np.prod(shape))).reshape(shape).astype(np.float64)

    paid = rows.values
    if tariff is not None:
        paid = paid * (1.0 + np.where(kinds.income, 0.0, tariff[s, i, j]))
    intermediate = total((s * m + k) * n + j, paid, (m, m, n), kinds.inputs)
    value_added = total(j * m + k, rows.values, (n, m), kinds.income)
    below = rows.values[kinds.final & (rows.values < 0)]
    return Draft(
        economies,
        industries,
        total((s * n + i) * n + j, rows.values, (m, n, n), ~kinds.income),
        intermediate,
        intermediate.sum(axis=0).T + value_added,
        tariff,
        facts={
            "rows": int(rows.values.size),
            "stated value added": float(value_added.sum()),
            "negative cells of final demand": int(below.size),
            "sum of negative cells of final demand": float(abs(below.sum())),
        },
    )


def _check_rows(rows: Rows, kinds: _Kinds, final: Mask, faults: Faults) -> None:
    exporter, industry, importer, use = rows.ids
    empty = np.array([code == "" for code in rows.codes], dtype=bool)
    reserved = np.array([code == VALUE_ADDED or code == "all" for code in rows.codes], dtype=bool)
    checks = (
        ("the exporter is empty", ~kinds.income & empty[exporter]),
        ("the industry is empty", empty[industry]),
        ("the importer is empty", empty[importer]),
        ("the use is empty", empty[use]),
        (f"the exporter of {VALUE_ADDED} must be empty", kinds.income & ~empty[exporter]),
        (f"{VALUE_ADDED} belongs to an industry, not to final use", kinds.income & final[use]),
        ("an industry cannot have the name of a final use", final[industry]),
        ("sales to industries cannot be negative", kinds.inputs & (rows.values < 0)),
        ("the code is reserved", reserved[exporter] | reserved[importer] | reserved[use]),
    )
    for words, where in checks:
        faults.add_each(words, np.flatnonzero(where).tolist(), partial(_told, rows, words))
    if not kinds.income.any():
        faults.add("rows", "", f"no row of {VALUE_ADDED}: every industry of every economy that sells needs one.")
    if not kinds.final.any():
        faults.add("rows", "", f"no row of {FINAL} use.")


def _told(rows: Rows, words: str, row: int) -> str:
    return f"{rows.shown(row)}: {words}."


def _check_value_added(
    rows: Rows, kinds: _Kinds, economies: Sequence[str], industries: Sequence[str], faults: Faults
) -> None:
    """Who sells has value added. An economy with none at all is likely a slip of a code."""
    exporter, industry, importer, use = rows.ids
    of_economy, of_industry = rows.positions(economies), rows.positions(industries)
    sells = np.zeros((len(economies), len(industries)), dtype=bool)
    stated = sells.copy()
    sold = ~kinds.income & (rows.values > 0)
    sells[of_economy[exporter[sold]], of_industry[industry[sold]]] = True
    stated[of_economy[importer[kinds.income]], of_industry[use[kinds.income]]] = True
    for j, code in enumerate(economies):
        lacking = [industries[k] for k in np.flatnonzero(sells[j] & ~stated[j]).tolist()]
        if not stated[j].any():
            words = f"{code} has no row of {VALUE_ADDED}.{near_text(code, [e for e in economies if e != code])}"
            faults.add("economies without value added", "", words)
        else:
            for item in lacking:
                words = f"{item} of {code} sells but has no row of {VALUE_ADDED}."
                faults.add("industries without value added", "", words)


def read_tariffs(path: Path, kind: Kind, economies: Sequence[str], industries: Sequence[str]) -> Array:
    """Tariffs (industry, exporter, importer) from a file with the columns `TARIFF_COLUMNS`; 0 where no row stands.

    Raises:
        FileError: codes the table does not have, repeated rows, rates that are no fractions.
    """
    advice = "Write a fraction, 0.05 for 5 %; leave out rows of what bears no tariff."
    wanted = Columns(TARIFF_COLUMNS, advice, (economies, industries, economies))
    rows = read_rows(path, kind, wanted)
    faults = Faults(str(path))
    wanted.check_codes([[rows.codes[n] for n in np.unique(column)] for column in rows.ids], faults)
    odd = np.flatnonzero((rows.values <= -1) | (rows.values > _HIGHEST)).tolist()
    faults.add_each("rates", odd, lambda row: f"{rows.shown(row)}: a fraction above -1 is meant, 0.05 for 5 %.")
    own = np.flatnonzero((rows.ids[0] == rows.ids[2]) & (rows.values != 0)).tolist()
    faults.add_each("own goods", own, lambda row: f"{rows.shown(row)}: an economy levies no tariff on its own goods.")
    rows.check_repeats(faults)
    faults.stop()
    of_economy, of_industry = rows.positions(economies), rows.positions(industries)
    tariff = np.zeros((len(industries), len(economies), len(economies)))
    tariff[of_industry[rows.ids[1]], of_economy[rows.ids[0]], of_economy[rows.ids[2]]] = rows.values
    return tariff
