"""The store of an ensemble: a folder of Parquet files, one for each batch of draws, that a kill cannot spoil.

A batch is known by the index of its first draw and written aside, flushed and renamed, so that a file that is there is
whole. The manifest says what the draws are of; a store of anything else is refused. A batch that two processes make is
the same in both, so that the later file takes the place of the earlier and nothing counts twice.
"""

from __future__ import annotations

import contextlib
import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy.typing import NDArray

from halys.errors import InputError, StorageError

if TYPE_CHECKING:
    import pyarrow as pa

MANIFEST: Final = "ensemble.json"
FORMAT: Final = 1
_PREFIX, _ENDING, _ASIDE = "draws-", ".parquet", ".part"

Columns = Mapping[str, NDArray[Any]]
"""By name, arrays whose first axis are the draws of a batch; at most one further axis."""


@dataclass(frozen=True)
class DrawStore:
    """Batches of draws on disk.

    Attributes:
        path: the folder. manifest: what the draws are of, in plain data. size: draws of a batch.
    """

    path: Path
    manifest: Mapping[str, Any]
    size: int

    @classmethod
    def open(cls, path: Path, manifest: Mapping[str, Any], size: int) -> DrawStore:
        """The store in a folder, which is made where there is none.

        Raises:
            InputError: the folder holds something else, or draws of another scenario, seed or version.
            StorageError: the disk.
        """
        if find_spec("pyarrow") is None:
            raise InputError(
                "draws are kept in Parquet files, which pyarrow writes. Install it: pip install halys[futures]"
            )
        told = {"format": FORMAT, "size": size, **manifest}
        try:
            if (path / MANIFEST).is_file():
                found = _read_manifest(path / MANIFEST)
                differing = [key for key in {**found, **told} if found.get(key) != told.get(key)]
                if differing:
                    raise InputError(
                        f"{path} holds draws of another kind: {_differences(found, told, differing)}. Give another "
                        "folder, or remove this one."
                    )
            else:
                if path.exists() and any(path.iterdir()):
                    raise InputError(f"{path} is not empty and holds no ensemble. Give another folder.")
                path.mkdir(parents=True, exist_ok=True)
                _write(path / MANIFEST, json.dumps(told, indent=1, sort_keys=True).encode())
        except OSError as error:
            raise StorageError(f"{path}: {error.strerror or error}. Free space or give another folder.") from error
        except ValueError as error:
            raise InputError(
                f"{path / MANIFEST} cannot be read ({error}). Remove the folder, or give another."
            ) from error
        return cls(path, told, size)

    def finished(self) -> frozenset[int]:
        """First draws of the batches that are there; what was left half written by a kill is removed."""
        found = set()
        for entry in self.path.iterdir():
            if entry.name.endswith(_ASIDE):
                with contextlib.suppress(FileNotFoundError):  # another process may have removed it, or renamed it
                    entry.unlink()
            elif entry.name.startswith(_PREFIX) and entry.name.endswith(_ENDING):
                number = entry.name[len(_PREFIX) : -len(_ENDING)]
                if number.isdecimal():  # a copy of a file under another name is no batch
                    found.add(int(number))
        return frozenset(found)

    def missing(self, draws: int) -> list[int]:
        """First draws of the batches that are needed for so many draws and not there, in order."""
        done = self.finished()
        return [first for first in range(0, draws, self.size) if first not in done]

    def write(self, first: int, columns: Columns) -> None:
        """Keep a batch.

        Raises:
            InputError: columns of another length than a batch.
            StorageError: the disk; no half of the batch is left.
        """
        import pyarrow.parquet as pq

        if any(len(array) != self.size for array in columns.values()):
            raise InputError(f"a batch has {self.size} draws; the columns are of other lengths.")
        target = self._file(first)
        aside = target.with_name(f"{target.name}.{os.getpid()}{_ASIDE}")
        for again in (True, False):
            try:
                pq.write_table(_table(columns), aside, compression="zstd")
                with aside.open("rb") as file:
                    os.fsync(file.fileno())
                aside.replace(target)
                return
            except OSError as error:
                if again and isinstance(error, FileNotFoundError):
                    continue  # another process that began took the file for what a kill left, and removed it
                aside.unlink(missing_ok=True)
                raise StorageError(
                    f"{target}: {error.strerror or error}. Free space; finished draws are kept."
                ) from error

    def read(self, draws: int) -> dict[str, NDArray[Any]]:
        """The columns of the first draws, in order.

        Raises:
            InputError: not all of them are there.
            StorageError: a file cannot be read; it says which to remove.
        """
        import pyarrow as pa
        import pyarrow.parquet as pq

        left = self.missing(draws)
        if left:
            raise InputError(f"{self.path} lacks {len(left)} batches of the first {draws:,} draws. Finish them first.")
        parts: dict[str, list[NDArray[Any]]] = {}
        for first in range(0, draws, self.size):
            try:
                table = pq.read_table(self._file(first))
            except (OSError, pa.ArrowInvalid) as error:
                raise StorageError(f"{self._file(first)} cannot be read ({error}). Remove it and run again.") from error
            for name in table.column_names:
                parts.setdefault(name, []).append(_array(table.column(name)))
        return {name: np.concatenate(arrays)[:draws] for name, arrays in parts.items()}

    def _file(self, first: int) -> Path:
        return self.path / f"{_PREFIX}{first:09d}{_ENDING}"


def _read_manifest(file: Path) -> dict[str, Any]:
    try:
        found = json.loads(file.read_text(encoding="utf-8"))
    except ValueError as error:
        raise InputError(f"{file} cannot be read ({error}). Remove the folder, or give another.") from error
    if not isinstance(found, dict):
        raise InputError(f"{file} is no manifest of an ensemble. Remove the folder, or give another.")
    return found


def _differences(found: Mapping[str, Any], told: Mapping[str, Any], names: list[str]) -> str:
    shown = []
    for name in names[:3]:
        before, now = found.get(name), told.get(name)
        short = isinstance(before, str | int) and isinstance(now, str | int) and len(f"{before}{now}") < 80
        shown.append(f"{name} was {before!r} and is {now!r}" if short else f"{name} differs")
    return "; ".join(shown)


def _write(target: Path, content: bytes) -> None:
    aside = target.with_name(f"{target.name}.{os.getpid()}{_ASIDE}")
    with aside.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    aside.replace(target)


def _table(columns: Columns) -> pa.Table:
    import pyarrow as pa

    arrays = {}
    for name, array in columns.items():
        if array.ndim == 1:
            arrays[name] = pa.array(array)
        else:
            flat = pa.array(np.ascontiguousarray(array).reshape(-1))
            arrays[name] = pa.FixedSizeListArray.from_arrays(flat, array.shape[1])
    return pa.table(arrays)


def _array(column: pa.ChunkedArray) -> NDArray[Any]:
    import pyarrow as pa

    whole = column.combine_chunks()
    if pa.types.is_fixed_size_list(whole.type):
        return np.asarray(whole.flatten().to_numpy(zero_copy_only=False)).reshape(len(whole), whole.type.list_size)
    return np.asarray(whole.to_numpy(zero_copy_only=False))
