"""Reading of table files: what kind of file it is, its lines, and the faults found in it, all told at once."""

from __future__ import annotations

import csv
import gzip
import hashlib
import zipfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, Literal, TypeVar, cast

from halys.errors import FileError, Problem, StorageError, nearest

SHOWN = 8
"""Faults of one kind that are told one by one; the rest are counted."""

T = TypeVar("T")
Kind = Literal["text", "gzip", "parquet"]
_UTF16_MARKS = (b"\xff\xfe", b"\xfe\xff")
_OTHERS = {b"\t": "tabs", b";": "';'", b"|": "'|'"}


class Faults:
    """Faults of one file, gathered so that all are told at once; at most `SHOWN` of each kind one by one."""

    def __init__(self, name: str) -> None:
        self.name = name
        self._found: dict[str, list[Problem]] = {}
        self._count: dict[str, int] = {}

    def add(self, kind: str, place: str, message: str, number: int = 1) -> None:
        """One fault, or `number` of a kind of which one is described. `place` is what follows the name of the file."""
        self._count[kind] = self._count.get(kind, 0) + number
        shown = self._found.setdefault(kind, [])
        if len(shown) < SHOWN:
            shown.append(Problem(f"{self.name}{place}", message))

    def add_each(self, kind: str, cases: Sequence[T], describe: Callable[[T], str]) -> None:
        """Cases of one kind, of which only those that are told are put into words: there may be millions."""
        for case in cases[:SHOWN]:
            self.add(kind, "", describe(case))
        self._count[kind] = self._count.get(kind, 0) + max(len(cases) - SHOWN, 0)

    def __bool__(self) -> bool:
        return bool(self._found)

    def stop(self) -> None:
        """Raise what was found, if anything.

        Raises:
            FileError: with every fault.
        """
        problems = []
        for kind, shown in self._found.items():
            more = self._count[kind] - len(shown)
            problems += [*shown, *([Problem(self.name, f"and {more:,} more: {kind}.")] if more else [])]
        if problems:
            raise FileError(problems)


def refuse(name: str, message: str) -> FileError:
    """One fault of a whole file, as an error."""
    return FileError([Problem(name, message)])


def near_text(name: str, known: Iterable[str]) -> str:
    """` Nearest: A, B.`, or nothing where none is near."""
    found = nearest(name, known)
    return f" Nearest: {', '.join(found)}." if found else ""


def listed(names: Sequence[str], most: int = SHOWN) -> str:
    """`A, B, C and 4 more`."""
    more = f" and {len(names) - most:,} more" if len(names) > most else ""
    return f"{', '.join(names[:most])}{more}"


@contextmanager
def disk_errors(path: Path) -> Iterator[None]:
    """Turn what the system says of a file into one message."""
    try:
        yield
    except FileNotFoundError:
        raise refuse(
            str(path), "there is no such file. Check the spelling; a relative path starts at the current folder."
        ) from None
    except IsADirectoryError:
        raise refuse(str(path), "this is a folder. Give a file.") from None
    except PermissionError:
        raise refuse(str(path), "no permission to read this file.") from None
    except (EOFError, gzip.BadGzipFile) as error:
        raise refuse(str(path), f"the compressed file is cut short or damaged ({error}). Download it again.") from None
    except OSError as error:
        if error.errno is None:
            raise
        raise StorageError(f"{path}: the file could not be read: {error.strerror}.") from error


def find_kind(path: Path) -> Kind:
    """Which kind of file this is, by its first bytes.

    Raises:
        FileError: no such file, an empty or binary one, an archive or a spreadsheet.
    """
    with disk_errors(path):
        if path.exists() and not (path.is_file() or path.is_dir()):  # reading a pipe would empty it
            raise refuse(str(path), "this is not a regular file (but a pipe, socket or device). Save it to one.")
        with path.open("rb") as stream:
            start = stream.read(4096)
    if start.startswith(b"PAR1"):
        return "parquet"
    if start.startswith(b"\x1f\x8b"):
        return "gzip"
    if not start.strip():
        raise refuse(str(path), "the file is empty.")
    if start.startswith(b"PK"):
        raise refuse(str(path), _archive(path))
    if start.startswith(_UTF16_MARKS):
        raise refuse(str(path), "the file is UTF-16 text. Save it again as CSV with the encoding UTF-8.")
    if b"\0" in start:
        raise refuse(str(path), "this is a binary file. Give a CSV file (gzip is read too) or a Parquet file.")
    return "text"


def _archive(path: Path) -> str:
    try:
        with zipfile.ZipFile(path) as archive:
            names = [n for n in archive.namelist() if n.lower().endswith(".csv")]
            book = any(n.startswith("xl/") for n in archive.namelist())
    except zipfile.BadZipFile:
        names, book = [], False
    if book:
        return "this is a spreadsheet. Save the sheet as CSV with the encoding UTF-8."
    inside = f" It holds {listed(names)}." if names else ""
    return f"this is a zip archive. Unpack it and give one CSV file.{inside}"


@contextmanager
def open_bytes(path: Path, kind: Kind) -> Iterator[BinaryIO]:
    """The bytes of a text file, unpacked if need be."""
    with disk_errors(path), path.open("rb") as raw:
        if kind == "gzip":
            with gzip.GzipFile(fileobj=raw) as unpacked:
                yield cast(BinaryIO, unpacked)
        else:
            yield raw


def read_header(line: bytes, name: str) -> list[str]:
    """The cells of the first line of a CSV file.

    Raises:
        FileError: not UTF-8, or columns that are not separated by commas.
    """
    try:
        text = line.decode("utf-8-sig").rstrip("\r\n")
    except UnicodeDecodeError as error:
        raise refuse(f"{name}:1", f"the byte 0x{line[error.start]:02x} is not UTF-8 text. Save as UTF-8.") from None
    if "\r" in text:
        raise refuse(f"{name}:1", "the lines end in CR alone. Save the file with line ends LF or CR LF.")
    if b"," not in line:
        used = [words for mark, words in _OTHERS.items() if mark in line]
        found = f"its columns seem to be separated by {used[0]}" if used else "its first line has one cell only"
        raise refuse(f"{name}:1", f"not a CSV file: {found}. Columns must be separated by commas.")
    try:
        return [cell.strip() for cell in next(csv.reader([text]))]
    except csv.Error as error:
        raise refuse(f"{name}:1", f"the line is no CSV ({error}).") from None


def file_digest(path: Path) -> str:
    """sha256 of a file as it is on the disk."""
    with disk_errors(path), path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
