"""Import of the OECD's inter-country input-output tables (ICIO) from the CSV files as published.

One file holds one year. Rows are sellers, `AGO_A01`; columns are buyers, first industries, then categories of final
demand, `AGO_HFCE`; the last rows hold taxes less subsidies on products, value added and output, the last column
output. The releases differ in names and in detail, and all of these are read:

- 2025: 80 economies and ROW, 50 industries; rows TLS, VA, OUT, column OUT.
- 2023: 76 economies and ROW, 45 industries; the same rows, column OUT or TOTAL.
- 2021 and 2018: rows `AUS_TAXSUB` ..., VALU, OUTPUT, column TOTAL; China and Mexico are split in production (CN1, CN2,
  MX1, MX2 beside CHN and MEX), as they are in the extended files of later releases. The parts are summed.

The file is read line by line and only sums are kept, so that memory does not grow with it.
"""

from __future__ import annotations

import csv
import warnings
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from halys.world.accounts import Array
from halys.world.files import Faults, Kind, listed, near_text, open_bytes, read_header, refuse
from halys.world.settle import Draft

TariffOf = Callable[[tuple[str, ...], tuple[str, ...]], Array | None]
"""Tariffs (industry, exporter, importer) for these economies and industries, or None."""

PARTS = {"CN1": "CHN", "CN2": "CHN", "MX1": "MEX", "MX2": "MEX"}
"""Parts of an economy in the extended tables, and the economy they belong to."""
FINAL = {
    **{code: code for code in ("HFCE", "NPISH", "GGFC", "GFCF", "INVNT", "DPABR")},
    **{"NPS": "NPISH", "INV": "INVNT", "P33": "DPABR", "DIRP": "DPABR", "NONRES": "DPABR"},
}
"""Codes of categories of final demand in the releases, and the code they have now."""
_OUTPUT = ("OUT", "OUTPUT", "TOTAL")
_VALUE_ADDED = ("VA", "VALU", "VA+TAXSUB")
_TAXES = ("TLS", "TAXSUB", "TAX")
_MARGINS = {**dict.fromkeys(_OUTPUT, "output"), **dict.fromkeys(_VALUE_ADDED, "value added")}
_MARGINS |= dict.fromkeys(_TAXES, "taxes")
Rows = NDArray[np.intp]


@dataclass(frozen=True)
class Columns:
    """What each column of the file is. Positions count from the first column after the labels.

    Attributes:
        nodes: industry columns; node_economy, node_industry: whose they are, by position in the two tuples.
        final: columns of final demand; final_economy: whose they are.
        output: the column of output, or -1.
        place: (economy, industry) positions of each label of a seller.
    """

    labels: tuple[str, ...]
    economies: tuple[str, ...]
    industries: tuple[str, ...]
    nodes: Rows
    node_economy: Rows
    node_industry: Rows
    final: Rows
    final_economy: Rows
    output: int
    place: dict[str, tuple[int, int]]


def read_columns(header: Sequence[str], faults: Faults) -> Columns:
    """Sort the columns of a file by its first line; what is wrong with them goes to `faults`.

    Raises:
        FileError: no economy or no industry can be made out at all.
    """
    labels = tuple(header[1:])
    while labels and not labels[-1]:  # a trailing comma on every line
        labels = labels[:-1]
    nodes: list[tuple[int, str, str]] = []
    final: list[tuple[int, str, str]] = []
    output = -1
    _find_repeats(labels, faults)
    for at, label in enumerate(labels):
        economy, mark, item = label.partition("_")
        if label.upper() in _OUTPUT:
            output = at
        elif not (mark and economy and item):
            where = f":1, column {at + 2}"
            known = [known for known in labels if "_" in known]
            faults.add("headers", where, _bad_header(label, known))
        elif item.upper() in FINAL:
            final.append((at, PARTS.get(economy, economy), FINAL[item.upper()]))
        else:
            nodes.append((at, PARTS.get(economy, economy), item))
    if not nodes or not final:
        lacks = "industries (ECONOMY_INDUSTRY)" if not nodes else f"final demand (ECONOMY_{'/'.join(list(FINAL)[:6])})"
        raise refuse(f"{faults.name}:1", f"no column of {lacks} among the {len(labels)} headers: not an ICIO table.")
    economies = tuple(dict.fromkeys(economy for _, economy, _ in nodes))
    industries = tuple(dict.fromkeys(item for _, _, item in nodes))
    _check_grid(economies, industries, nodes, final, faults)
    i, k = {code: n for n, code in enumerate(economies)}, {code: n for n, code in enumerate(industries)}
    demand = [(at, i[economy]) for at, economy, _ in final if economy in i]
    return Columns(
        labels,
        economies,
        industries,
        _positions(at for at, _, _ in nodes),
        _positions(i[economy] for _, economy, _ in nodes),
        _positions(k[item] for _, _, item in nodes),
        _positions(at for at, _ in demand),
        _positions(economy for _, economy in demand),
        output,
        {labels[at]: (i[economy], k[item]) for at, economy, item in nodes},
    )


def _positions(numbers: Iterable[int]) -> Rows:
    return np.array(list(numbers), dtype=np.intp)


def _find_repeats(labels: Sequence[str], faults: Faults) -> None:
    seen: dict[str, int] = {}
    for at, label in enumerate(labels):
        if label in seen:
            faults.add("headers", f":1, column {at + 2}", f"{label} is also the header of column {seen[label] + 2}.")
        seen.setdefault(label, at)


def _bad_header(label: str, known: Sequence[str]) -> str:
    hint = near_text(label, known)
    expected = "ECONOMY_INDUSTRY (AGO_A01), ECONOMY_CATEGORY of final demand (AGO_HFCE) or OUT"
    return f"the header {label!r} is not of the form {expected}.{hint}"


def _check_grid(
    economies: Sequence[str],
    industries: Sequence[str],
    nodes: Sequence[tuple[int, str, str]],
    final: Sequence[tuple[int, str, str]],
    faults: Faults,
) -> None:
    """Every economy has every industry and every category; a code that few have is likely a slip."""
    held = {(economy, item) for _, economy, item in nodes}
    for item in industries:
        lack = [economy for economy in economies if (economy, item) not in held]
        if len(lack) > len(economies) / 2:
            have = [economy for economy in economies if economy not in lack]
            hint = near_text(item, [*FINAL, *(other for other in industries if other != item)])
            words = f"only {listed(have)} {'has' if len(have) == 1 else 'have'} an industry {item!r}.{hint}"
            faults.add("headers", ":1", words)
        elif lack:
            columns = listed([f"{economy}_{item}" for economy in lack])
            faults.add("columns", ":1", f"missing columns: {columns}. Other economies have {item}.", len(lack))
    wanted = tuple(dict.fromkeys(item for _, _, item in final))
    demanded = {(economy, item) for _, economy, item in final}
    for item in wanted:
        lack = [economy for economy in economies if (economy, item) not in demanded]
        if lack:
            columns = listed([f"{economy}_{item}" for economy in lack])
            faults.add("columns", ":1", f"missing columns: {columns}. Other economies have {item}.", len(lack))
    for economy in dict.fromkeys(economy for _, economy, _ in final if economy not in set(economies)):
        faults.add("headers", ":1", f"{economy} has final demand but no industry.{near_text(economy, economies)}")


@dataclass
class _Sums:
    """What is kept of the lines read so far."""

    columns: Columns
    tariff: Array | None
    flows: Array
    intermediate: Array
    inputs: Array  # basic prices, flat (economy, industry)
    value_added: Array
    taxes: Array
    output_row: Array
    output_column: Array
    taxes_on_final: float = 0.0
    negative_cells: int = 0
    negative_amount: float = 0.0
    seen: dict[str, int] = field(default_factory=dict)

    @classmethod
    def empty(cls, columns: Columns, tariff: Array | None) -> _Sums:
        count, kinds = len(columns.economies), len(columns.industries)
        nodes = count * kinds
        return cls(
            columns,
            tariff,
            flows=np.zeros((kinds, count, count)),
            intermediate=np.zeros((kinds, kinds * count)),
            inputs=np.zeros(nodes),
            value_added=np.zeros(nodes),
            taxes=np.zeros(nodes),
            output_row=np.full(nodes, np.nan),
            output_column=np.full(nodes, np.nan),
        )

    def add(self, label: str, kind: str, row: Array) -> None:
        """One line: a seller's sales, or a row of the margins."""
        c = self.columns
        count, kinds = len(c.economies), len(c.industries)
        sales = row[c.nodes]
        flat = c.node_economy * kinds + c.node_industry
        if kind == "seller":
            i, s = c.place[label]
            final: Array = row[c.final]
            below = final[final < 0]
            self.negative_cells += below.size
            self.negative_amount -= float(below.sum())
            self.flows[s, i] += np.bincount(c.node_economy, sales, count) + np.bincount(c.final_economy, final, count)
            self.inputs += np.bincount(flat, sales, count * kinds)
            paid = sales if self.tariff is None else sales * (1.0 + self.tariff[s, i, c.node_economy])
            self.intermediate[s] += np.bincount(c.node_industry * count + c.node_economy, paid, kinds * count)
            if c.output >= 0:
                at = i * kinds + s
                self.output_column[at] = row[c.output] + np.nan_to_num(self.output_column[at])
            return
        total = np.bincount(flat, sales, count * kinds)
        if kind == "value added":
            self.value_added += total
        elif kind == "taxes":
            self.taxes += total
            self.taxes_on_final += float(np.nansum(row[c.final]))
        else:
            self.output_row = np.where(np.isnan(self.output_row), total, np.nan_to_num(self.output_row) + total)

    def draft(self) -> Draft:
        """The table, once all lines are read."""
        c = self.columns
        shape = len(c.economies), len(c.industries)
        stated = {"the row of output": self.output_row, "the column of output": self.output_column}
        return Draft(
            c.economies,
            c.industries,
            self.flows,
            self.intermediate.reshape(shape[1], shape[1], shape[0]),
            (self.inputs + self.taxes + self.value_added).reshape(shape),
            self.tariff,
            {word: values.reshape(shape) for word, values in stated.items() if not np.isnan(values).all()},
            {
                "published value added": float(self.value_added.sum()),
                "taxes less subsidies on inputs, counted as value added": float(self.taxes.sum()),
                "taxes less subsidies on final demand, left out": self.taxes_on_final,
                "negative cells of final demand": self.negative_cells,
                "sum of negative cells of final demand": self.negative_amount,
            },
        )


def read_icio(path: Path, kind: Kind, tariff_of: TariffOf = lambda *_: None) -> Draft:
    """Read an ICIO table.

    Raises:
        FileError: with every fault of the file: headers, labels, cells, missing or repeated rows.
    """
    faults = Faults(str(path))
    with open_bytes(path, kind) as stream, warnings.catch_warnings():
        warnings.simplefilter("error", DeprecationWarning)  # how NumPy before 2.3 says that a line has odd cells
        columns = read_columns(read_header(stream.readline(), str(path)), faults)
        tariff = None if faults else tariff_of(columns.economies, columns.industries)
        sums = _Sums.empty(columns, tariff)
        number = 1
        for number, line in enumerate(stream, start=2):
            if line.strip():
                _read_line(line, number, sums, faults)
    _check_rows(sums, number, faults)
    faults.stop()
    return sums.draft()


def _read_line(line: bytes, number: int, sums: _Sums, faults: Faults) -> None:
    columns = sums.columns
    label, rest = _split_label(line)
    kind = _row_kind(label, columns)
    if kind is None:
        near = near_text(label, [*columns.place, *_MARGINS])
        expected = "neither the label of an industry column nor TLS, VA or OUT"
        faults.add("labels of rows", f":{number}", f"the row {label!r} is {expected}.{near}")
        return
    if label in sums.seen:
        faults.add("labels of rows", f":{number}", f"the row {label} stands at line {sums.seen[label]} already.")
        return
    sums.seen[label] = number
    row = _numbers(rest, len(columns.labels))
    if row is None:
        row = _odd_numbers(line, number, label, kind, columns, faults)
    elif not np.isfinite(row).all():
        _odd_numbers(line, number, label, kind, columns, faults)
        row = None
    if row is None:
        return
    if kind == "seller":
        for at in columns.nodes[row[columns.nodes] < 0]:
            given = f"{row[at]:g}; sales to industries cannot be negative."
            faults.add(
                "negative sales to industries", f":{number}", f"row {label}, column {columns.labels[at]}: {given}"
            )
    sums.add(label, kind, row)


def _split_label(line: bytes) -> tuple[str, bytes]:
    label, _, rest = line.partition(b",")
    return label.decode("utf-8", "replace").strip().strip('"').strip(), rest


def _row_kind(label: str, columns: Columns) -> str | None:
    if label in columns.place:
        return "seller"
    return _MARGINS.get(label.upper()) or _MARGINS.get(label.upper().rpartition("_")[2])


def _numbers(text: bytes, count: int) -> Array | None:
    """The numbers of a line, or None where they are not `count` plain numbers."""
    try:
        row = np.fromstring(text.decode("ascii"), dtype=np.float64, sep=",")
    except (ValueError, DeprecationWarning):
        return None
    return row if row.size == count else None


def _odd_numbers(line: bytes, number: int, label: str, kind: str, columns: Columns, faults: Faults) -> Array | None:
    """The slow way for a line with quotes, empty cells, or faults. None if it has faults."""
    try:
        cells = next(csv.reader([line.decode("utf-8", "replace").rstrip("\r\n")]))[1:]
    except csv.Error as error:
        faults.add("lines that are no CSV", f":{number}", f"row {label}: {error}.")
        return None
    wanted = len(columns.labels)
    while len(cells) > wanted and not cells[-1].strip():
        cells.pop()
    if len(cells) != wanted:
        words = f"row {label} has {len(cells):,} cells after its label, and the header has {wanted:,}."
        faults.add("lines of another length", f":{number}", f"{words} Is the file cut short?" if kind else words)
        return None
    used = set(columns.nodes.tolist()) | (set(columns.final.tolist()) if kind == "seller" else set())
    needed = set() if kind == "output" else used
    row, good = np.zeros(wanted), True
    for at, cell in enumerate(cells):
        text = cell.strip()
        if not text and at not in needed:
            row[at] = np.nan if kind == "output" or at == columns.output else 0.0
            continue
        try:
            value = float("nan" if "_" in text else text)
        except ValueError:
            value = np.nan
        if not np.isfinite(value) and (at in used or text):
            place = f"row {label}, column {columns.labels[at]}"
            given = f"{text!r} is not a finite number." if text else "the cell is empty. Write 0 where nothing is sold."
            faults.add("cells that hold no number", f":{number}", f"{place}: {given}")
            good = False
        row[at] = value
    return row if good else None


def _check_rows(sums: _Sums, lines: int, faults: Faults) -> None:
    """Rows that the header promises and the file lacks."""
    columns = sums.columns
    lacking = [label for label in columns.place if label not in sums.seen]
    if lacking:
        have = len(columns.place) - len(lacking)
        words = f"{have:,} of {len(columns.place):,} rows of sellers are there ({lines:,} lines). Missing: "
        cut = " Is the file cut short?" if list(columns.place)[-1] in lacking else ""
        faults.add("rows", "", f"{words}{listed(lacking)}.{cut}")
    if not any(_row_kind(label, columns) == "value added" for label in sums.seen):
        names = " or ".join(_VALUE_ADDED)
        faults.add("rows", "", f"there is no row of value added ({names}). Is the file cut short?")
