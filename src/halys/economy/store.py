"""Equilibria kept on disk, so that what was solved once is not solved again by the next run.

A file holds the solution point (log wages, log prices, purchases) and the record of its solve, under the key of the
problem (`economy.key`). A file is never believed: `solve_equilibrium` evaluates the equations at the point and takes it
only where every residual meets the tolerance. Files are written aside and renamed, so that threads and processes may
share a folder. The store is kept below a size; what was used longest ago goes first.
"""

from __future__ import annotations

import contextlib
import io
import json
import logging
import math
import os
import re
import tempfile
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import NamedTuple

import numpy as np
import platformdirs
from numpy.typing import NDArray

from halys.economy.solver import Solution, Status
from halys.errors import InputError, StorageError

Array = NDArray[np.float64]

DEFAULT_CAP_MB = 512.0
FOLDER_VARIABLE, CAP_VARIABLE = "HALYS_CACHE", "HALYS_CACHE_MB"

_log = logging.getLogger(__name__)
_NAME = re.compile(r"[0-9a-f]{64}\.npz")
_ASIDE = ".new-"  # how files that are being written begin
_ABANDONED = 3600.0  # seconds after which such a file is what an interrupted process left
_KEPT = 0.9  # share of the cap that is left after making room, so that room is not made at every put
_RECOUNT = 1 / 16  # of the cap: so much may be added before the folder, which others write to as well, is read again


@dataclass(frozen=True, eq=False)
class Stored:
    """What a file holds: the point of a solution (see `Solution.point`) and how it was found."""

    point: Array
    steps: int
    newton_steps: int
    residual: float


class StoreStats(NamedTuple):
    """What a store has done since it was opened. `rejected` files were damaged or foreign and were removed."""

    hits: int
    misses: int
    puts: int
    rejected: int
    evicted: int


class StoreSize(NamedTuple):
    """What a store holds on disk."""

    folder: Path
    equilibria: int
    size_bytes: int
    cap_bytes: int


class _File(NamedTuple):
    used: int  # nanoseconds
    size: int
    path: str


class EquilibriumStore:
    """Equilibria in a folder, by key.

    Args:
        folder: made if it is not there. Only files named like a key, and those that were being written, are ever
            counted or removed.
        cap_bytes: the most that the files may take together. Processes that share a folder count for themselves and
            may exceed it by a sixteenth each, for a while.

    Raises:
        StorageError: the folder cannot be made or written.
    """

    def __init__(self, folder: str | Path, cap_bytes: int) -> None:
        self.folder, self.cap_bytes = Path(folder), cap_bytes
        self._lock = threading.Lock()
        self._counts = dict.fromkeys(StoreStats._fields, 0)
        self._total: int | None = None  # bytes in the folder as far as is known
        self._added = 0  # bytes since the folder was read
        self._trouble: set[str] = set()  # kinds of trouble that were told
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            with tempfile.NamedTemporaryFile(dir=self.folder, prefix=_ASIDE):
                pass
        except OSError as error:
            raise StorageError(f"{self.folder} cannot be used as a cache: {error.strerror or error}.") from error

    @property
    def stats(self) -> StoreStats:
        """Counts since the store was opened."""
        with self._lock:
            return StoreStats(**self._counts)

    def get(self, key: str) -> Stored | None:
        """What is stored under a key; None where there is nothing, or nothing that can be read."""
        path = self._path(key)
        try:
            content = path.read_bytes()
        except FileNotFoundError:
            self._count("misses")
            return None
        except OSError as error:
            self._warn_once("read", f"the cache {self.folder} cannot be read and is left alone: {error}")
            self._count("misses")
            return None
        try:
            stored = _unpack(key, content)
        except Exception as error:  # whatever a damaged file makes its reader raise
            self._count("hits")
            self.reject(key, str(error) or type(error).__name__)
            return None
        with contextlib.suppress(OSError):  # a folder that has become read-only still serves
            os.utime(path)
        self._count("hits")
        return stored

    def put(self, key: str, solution: Solution) -> None:
        """Keep a converged solution. A disk that cannot take it is told once, and nothing more is written."""
        if solution.status is not Status.CONVERGED:
            raise ValueError("only converged solutions are stored.")
        if "write" in self._trouble:
            return
        content = _pack(key, solution)
        if len(content) > self.cap_bytes:
            return
        try:
            self._write(self._path(key), content)
            self._count("puts")
            self._make_room(len(content))
        except OSError as error:
            self._warn_once("write", f"nothing more is kept in the cache {self.folder}: {error}")

    def reject(self, key: str, reason: str) -> None:
        """Remove what `get` returned for a key because it is not a solution; it counts as a miss."""
        path = self._path(key)
        _log.warning("%s is not the equilibrium that it should be (%s); it is removed and solved anew.", path, reason)
        with self._lock:
            self._counts["hits"] -= 1
            self._counts["misses"] += 1
            self._counts["rejected"] += 1
        with contextlib.suppress(OSError):  # it is written over as soon as it is solved
            path.unlink(missing_ok=True)

    def describe(self) -> StoreSize:
        """Number and size of the stored equilibria.

        Raises:
            StorageError: the folder cannot be read.
        """
        try:
            files = list(self._files())
        except OSError as error:
            raise StorageError(f"{self.folder} cannot be read: {error.strerror or error}.") from error
        return StoreSize(self.folder, len(files), sum(file.size for file in files), self.cap_bytes)

    def clear(self) -> StoreSize:
        """Remove all stored equilibria, and say what they were.

        Raises:
            StorageError: a file cannot be removed.
        """
        before = self.describe()
        try:
            for file in self._files():
                Path(file.path).unlink(missing_ok=True)
        except OSError as error:
            raise StorageError(f"{error.filename} cannot be removed: {error.strerror or error}.") from error
        with self._lock:
            self._total, self._added = None, 0
        return before

    def _path(self, key: str) -> Path:
        return self.folder / f"{key}.npz"

    def _count(self, what: str) -> None:
        with self._lock:
            self._counts[what] += 1

    def _warn_once(self, kind: str, message: str) -> None:
        with self._lock:
            told = kind in self._trouble
            self._trouble.add(kind)
        if not told:
            _log.warning("%s", message)

    def _write(self, path: Path, content: bytes) -> None:
        """Write aside and rename, so that a file is there as a whole or not at all."""
        with tempfile.NamedTemporaryFile(dir=self.folder, prefix=_ASIDE, delete=False) as file:
            aside = Path(file.name)
            try:
                file.write(content)
                file.close()
                aside.replace(path)
            except BaseException:
                with contextlib.suppress(OSError):
                    aside.unlink()
                raise

    def _files(self) -> Iterator[_File]:
        """The stored equilibria; what interrupted processes left is removed in passing."""
        with os.scandir(self.folder) as entries:
            for entry in entries:
                known = _NAME.fullmatch(entry.name) is not None
                if not known and not entry.name.startswith(_ASIDE):
                    continue
                try:
                    stat = entry.stat(follow_symlinks=False)
                except FileNotFoundError:  # another process removed it
                    continue
                if known:
                    yield _File(stat.st_mtime_ns, stat.st_size, entry.path)
                elif time.time() - stat.st_mtime > _ABANDONED:
                    Path(entry.path).unlink(missing_ok=True)

    def _make_room(self, added: int) -> None:
        with self._lock:
            if self._total is not None:
                self._total += added
                self._added += added
                if self._total <= self.cap_bytes and self._added <= _RECOUNT * self.cap_bytes:
                    return
            files = list(self._files())
            total = sum(file.size for file in files)
            if total > self.cap_bytes:
                for file in sorted(files):
                    Path(file.path).unlink(missing_ok=True)
                    total -= file.size
                    self._counts["evicted"] += 1
                    if total <= _KEPT * self.cap_bytes:
                        break
            self._total, self._added = total, 0


def _pack(key: str, solution: Solution) -> bytes:
    record = {
        "key": key,
        "steps": solution.steps,
        "newton_steps": solution.newton_steps,
        "residual": solution.largest,
    }
    content = io.BytesIO()
    np.savez(content, point=solution.point, record=np.array(json.dumps(record)))
    return content.getvalue()


def _unpack(key: str, content: bytes) -> Stored:
    """Raises: ValueError and whatever else reading a damaged file may."""
    with np.load(io.BytesIO(content), allow_pickle=False) as file:
        point, record = file["point"], json.loads(str(file["record"]))
    if record["key"] != key:
        raise ValueError("it was stored for another problem")
    if point.dtype != np.float64 or point.ndim != 1:
        raise ValueError("its point is not a vector of numbers")
    return Stored(point, int(record["steps"]), int(record["newton_steps"]), float(record["residual"]))


def open_default_store() -> EquilibriumStore | None:
    """The store in the user's cache folder, or in the folder that HALYS_CACHE names.

    HALYS_CACHE_MB is its size in megabytes, 512 by default. None, for no caching, where either variable is set and
    empty or the size is 0; also where the user's cache folder cannot be written, which is logged once.

    Raises:
        StorageError: HALYS_CACHE names a folder that cannot be made or written.
        InputError: HALYS_CACHE_MB is not a size.
    """
    named, cap = os.environ.get(FOLDER_VARIABLE), _cap_bytes()
    if named == "" or cap == 0:
        return None
    if named is not None:
        try:
            return EquilibriumStore(Path(named).expanduser() / "equilibria", cap)
        except (StorageError, RuntimeError) as error:
            raise StorageError(
                f"{FOLDER_VARIABLE} is {named!r}: {error} Name a folder that can be written, or set "
                f"{FOLDER_VARIABLE} to nothing to work without a cache."
            ) from error
    usual = Path(platformdirs.user_cache_dir("halys", appauthor=False)) / "equilibria"
    try:
        if not usual.is_absolute():  # no home folder is known
            raise StorageError(f"{usual} is not a place for a cache.")
        return EquilibriumStore(usual, cap)
    except StorageError as error:
        _warn_of_no_cache(str(error))
        return None


@cache
def _warn_of_no_cache(reason: str) -> None:
    _log.warning(
        "%s Solved equilibria are not kept; %s can name another folder, or nothing for none.", reason, FOLDER_VARIABLE
    )


def _cap_bytes() -> int:
    given = os.environ.get(CAP_VARIABLE)
    if given is None:
        return int(DEFAULT_CAP_MB * 1e6)
    try:
        megabytes = float(given or 0.0)
    except ValueError:
        megabytes = math.nan
    if not 0 <= megabytes < math.inf:
        raise InputError(
            f"{CAP_VARIABLE} is {given!r}; it must be a size in megabytes, such as 512, or 0 to work without a cache."
        )
    return int(megabytes * 1e6)
