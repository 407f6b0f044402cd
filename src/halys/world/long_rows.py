"""Rows of codes and one number each, from CSV or Parquet: a fast way, and a slow one that says what is wrong where."""

from __future__ import annotations

import csv
import io
from collections.abc import Generator, Iterable, Sequence
from contextlib import closing, suppress
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from halys.errors import InputError, nearest
from halys.world.accounts import Array
from halys.world.files import Faults, Kind, disk_errors, near_text, open_bytes, read_header, refuse

_CHUNK = 500_000
Ids = NDArray[np.int32]


class Rows(NamedTuple):
    """Rows of a file: `ids` (column, row) point into the sorted `codes`; `values` (row,) are finite."""

    codes: tuple[str, ...]
    ids: Ids
    values: Array

    def shown(self, row: int) -> str:
        """One row in words, numbered as in the file: the first below the header is row 1."""
        cells = ", ".join(self.codes[n] or "(empty)" for n in self.ids[:, row])
        return f"row {row + 1:,} ({cells}: {self.values[row]:g})"

    def positions(self, known: Sequence[str]) -> NDArray[np.intp]:
        """Position of each code among the known ones, -1 for others."""
        place = {code: at for at, code in enumerate(known)}
        return np.array([place.get(code, -1) for code in self.codes], dtype=np.intp)

    def check_repeats(self, faults: Faults) -> None:
        """Cells that are given twice."""
        key = np.zeros(self.values.size, dtype=np.int64)
        for column in self.ids:
            key = key * len(self.codes) + column
        order = np.argsort(key, kind="stable")
        again = np.flatnonzero(key[order][1:] == key[order][:-1]).tolist()
        faults.add_each(
            "repeated cells",
            again,
            lambda at: f"{self.shown(int(order[at + 1]))} repeats the cell of row {order[at] + 1:,}.",
        )


class Columns(NamedTuple):
    """What a file holds: its columns, the last of them numbers; what to do where there is none; and known codes."""

    names: tuple[str, ...]
    without_number: str
    known: tuple[Sequence[str], ...] = ()

    def check_codes(self, found: Sequence[Iterable[str]], faults: Faults) -> None:
        """Codes of each column that are not among the known ones, where these are given."""
        for name, known, codes in zip(self.names, self.known, found, strict=False):
            for code in sorted(set(codes).difference(known)):
                hint = near_text(code, known)
                faults.add("codes", "", f"column {name}: {code or '(empty)'!r} is not in the table.{hint}")


def read_rows(path: Path, kind: Kind, wanted: Columns) -> Rows:
    """Rows with these columns.

    Raises:
        FileError: wrong headers, lines of another length, cells that hold no number; all at once, with their places.
        InputError: a Parquet file, and the package that reads it is not installed.
    """
    columns, found = wanted.names, dict[str, int]()
    ids: list[Ids] = []
    values: list[Array] = []
    try:
        with closing(
            _parquet_pieces(path, columns) if kind == "parquet" else _csv_pieces(path, kind, columns)
        ) as pieces:
            for frame in pieces:
                numbers = pd.to_numeric(frame[columns[-1]]).to_numpy(np.float64, na_value=np.nan)
                if not np.isfinite(numbers).all():
                    raise ValueError(f"column {columns[-1]}")
                values.append(numbers)
                ids.append(np.stack([_numbered(frame[name], found) for name in columns[:-1]]))
    except (ValueError, TypeError) as error:
        _explain(path, kind, wanted)
        raise refuse(str(path), f"the file cannot be read as a table ({error}).") from None
    if not values or not sum(map(len, values)):
        raise refuse(str(path), "the file has a header and no rows.")
    codes = sorted(found)
    order = np.empty(len(codes), dtype=np.int32)
    order[[found[code] for code in codes]] = np.arange(len(codes), dtype=np.int32)
    return Rows(tuple(codes), order[np.concatenate(ids, axis=1)], np.concatenate(values))


def _numbered(column: Any, found: dict[str, int]) -> Ids:
    cells = column.astype("category").cat
    own = np.array([found.setdefault(str(code).strip(), len(found)) for code in cells.categories], dtype=np.int32)
    places = cells.codes.to_numpy()
    if (places < 0).any():
        raise ValueError(f"column {column.name}")
    return np.asarray(own[places])


def _csv_pieces(path: Path, kind: Kind, columns: tuple[str, ...]) -> Generator[pd.DataFrame]:
    with open_bytes(path, kind) as stream:
        header = [cell.casefold() for cell in read_header(stream.readline(), str(path))]
        _check_header(header, columns, str(path))
        types: dict[str, Any] = dict.fromkeys(columns[:-1], "category") | {columns[-1]: np.float64}
        _check_first(stream, len(header))
        with (
            suppress(pd.errors.EmptyDataError),
            pd.read_csv(
                stream,
                names=header,
                header=None,
                dtype=types,
                chunksize=_CHUNK,
                keep_default_na=False,
                na_values=[],
                skipinitialspace=True,
                index_col=False,
                encoding="utf-8",
            ) as reader,
        ):
            yield from reader


def _check_first(stream: BinaryIO, width: int) -> None:
    """Refuse a first row that is longer than the header; the stream stays where it is.

    pandas takes its width for that of the table, and cuts all rows to the header. Later rows that are longer than the
    first it refuses itself.

    Raises:
        ValueError: it is, or it is no CSV.
    """
    start = stream.tell()
    try:
        rows = csv.reader(line.decode(errors="replace") for line in stream)
        first = next((cells for cells in rows if any(cell.strip() for cell in cells)), [])
    except csv.Error as error:
        raise ValueError(str(error)) from None
    stream.seek(start)
    if len(first) > width:
        raise ValueError("rows of another length")


def _parquet_pieces(path: Path, columns: tuple[str, ...]) -> Generator[pd.DataFrame]:
    parquet = _pyarrow()
    with disk_errors(path):
        try:
            # pandas keeps the labels of rows in columns of this name.
            names = [name for name in parquet.read_schema(path).names if not name.startswith("__index_level_")]
            _check_header([name.casefold() for name in names], columns, str(path))
            texts = [name for name in names if name.casefold() != columns[-1]]
            with parquet.ParquetFile(path, read_dictionary=texts) as file:
                for batch in file.iter_batches(_CHUNK, columns=names):
                    frame = batch.to_pandas(ignore_metadata=True).rename(columns=str.casefold)
                    if "use" in columns and frame["exporter"].isna().any():  # value added has none
                        frame["exporter"] = frame["exporter"].astype(object).where(frame["exporter"].notna(), "")
                    yield frame
        except (ValueError, KeyError, OSError) as error:  # of which the errors of pyarrow are kinds
            if isinstance(error, OSError) and error.errno is not None:
                raise
            reason = " ".join(str(error).split())[:200]
            raise refuse(str(path), f"the Parquet file is cut short or damaged ({reason}).") from None


def _pyarrow() -> Any:
    try:
        import pyarrow.parquet
    except ImportError:
        raise InputError(
            "Parquet files are read with the package pyarrow, which is not installed. "
            "Install it with: pip install 'halys[parquet]'. Or give the table as CSV."
        ) from None
    return pyarrow.parquet


def _check_header(header: Sequence[str], columns: Sequence[str], name: str) -> None:
    faults = Faults(name)
    odd = [cell for cell in header if cell not in columns]
    for wanted in [wanted for wanted in columns if wanted not in header]:
        near = [cell for cell in nearest(wanted, odd) if cell]
        hint = f" Is it {near[0]!r}? Rename it." if near else ""
        faults.add("headers", ":1", f"the column {wanted!r} is missing. The columns are {', '.join(columns)}.{hint}")
    for cell in dict.fromkeys(cell for cell in header if cell in columns and list(header).count(cell) > 1):
        faults.add("headers", ":1", f"the column {cell!r} is given twice.")
    for cell in [] if faults else odd:
        faults.add("headers", ":1", f"the column {cell!r} is not known. Take it out: {', '.join(columns)} are read.")
    faults.stop()


def _explain(path: Path, kind: Kind, wanted: Columns) -> None:
    """Read cell by cell and raise all faults with their places."""
    faults, columns = Faults(str(path)), wanted.names
    codes: list[set[str]] = [set() for _ in columns[:-1]]
    for place, cells in _parquet_cells(path, columns) if kind == "parquet" else _csv_cells(path, kind, columns):
        if len(cells) != len(columns):
            words = f"{len(cells)} cells; a row has {len(columns)}. Is the file cut short?"
            faults.add("lines of another length", place, words)
            continue
        for seen, cell in zip(codes, cells, strict=False):
            seen.add(cell.strip())
        text = cells[-1].strip()
        try:
            value = float("nan" if "_" in text else text)
        except ValueError:
            value = float("nan")
        if not np.isfinite(value):
            given = f"{text!r} is not a finite number" if text else "the value is empty"
            shown = ", ".join(cell or "(empty)" for cell in cells[:-1])
            faults.add("cells that hold no number", place, f"({shown}): {given}. {wanted.without_number}")
    if faults:  # else the cause is another, which the caller tells
        wanted.check_codes(codes, faults)
    faults.stop()


def _csv_cells(path: Path, kind: Kind, columns: tuple[str, ...]) -> Iterable[tuple[str, list[str]]]:
    with open_bytes(path, kind) as stream:
        header = [cell.casefold() for cell in read_header(stream.readline(), str(path))]
        order = [header.index(name) for name in columns]
        lines = csv.reader(io.TextIOWrapper(stream, encoding="utf-8", errors="replace", newline=""))
        try:
            for cells in lines:
                if cells:
                    yield f":{lines.line_num + 1}", [cells[at] for at in order] if len(cells) == len(order) else cells
        except csv.Error as error:
            raise refuse(f"{path}:{lines.line_num + 1}", f"the line is no CSV ({error}).") from None


def _parquet_cells(path: Path, columns: tuple[str, ...]) -> Iterable[tuple[str, list[str]]]:
    number = 0
    for frame in _parquet_pieces(path, columns):
        for row in frame[list(columns)].astype(object).to_numpy():
            number += 1
            yield f", row {number:,}", ["" if cell is None or cell != cell else str(cell) for cell in row]
