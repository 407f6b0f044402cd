"""Results as files: NetCDF, Parquet and CSV, written aside and moved, never over a file that is there unasked."""

from __future__ import annotations

import importlib.util
import shutil
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path

import pandas as pd
import xarray as xr

from halys.errors import InputError, StorageError
from halys.parallel import uninterrupted

Writer = Callable[[Path], None]


def write_files(files: Mapping[Path, Writer], overwrite: bool) -> list[Path]:
    """Write all of the files, or none: if one cannot be written or put in its place, all are as they were before.

    They are written in a folder of their own beside their places. Only a process that is killed leaves that behind, or
    a disk on which what was there cannot be put back; it is in that folder then.

    Raises:
        InputError: a file that is there, or a path that is a folder. StorageError: it cannot be written.
    """
    there = [path for path in files if path.exists()]
    folders = [path for path in there if path.is_dir()]
    if folders:
        raise InputError(f"{folders[0]} is a folder; name a file in it.")
    if there and not overwrite:
        more = f" and {len(there) - 1} more" if len(there) > 1 else ""
        raise InputError(f"{there[0]}{more} exists already. Choose another place, or pass overwrite=True.")
    aside: dict[Path, Path] = {}
    new: dict[Path, Path] = {}
    try:
        for path, write in files.items():
            with _told(path):
                if path.parent not in aside:
                    path.parent.mkdir(parents=True, exist_ok=True)
                    aside[path.parent] = Path(tempfile.mkdtemp(prefix=".halys-", dir=path.parent))
                new[path] = aside[path.parent] / f"{len(new)}{path.suffix}"
                write(new[path])
        _put(new)
    finally:
        _remove(new.values())
        for folder in aside.values():
            with suppress(OSError):  # it is not empty if what was there could not be put back
                folder.rmdir()
    return list(files)


@contextmanager
def _told(path: Path) -> Iterator[None]:
    """Turn what the system says of a file into one message."""
    try:
        yield
    except OSError as error:
        raise StorageError(
            f"{path} could not be written: {error.strerror or error}. Free some space or choose another place."
        ) from error


def _put(new: Mapping[Path, Path]) -> None:
    """Move each file to its place; if one cannot be, all places are made what they were."""
    old: dict[Path, Path] = {}
    put: list[Path] = []
    try:
        for path, file in new.items():
            with _told(path):
                if path.exists():
                    old[path] = _keep(path, file.with_name(f"{file.name}.old"))
                put.append(path)
                file.replace(path)
    except BaseException as error:  # an interrupt too must not cost what was there
        for path in put:
            try:
                if path in old:
                    old[path].replace(path)
                elif not new[path].exists():
                    path.unlink(missing_ok=True)
            except OSError as worse:
                reason = f"{error} Then {path} could not be made what it was: {worse.strerror or worse}."
                raise StorageError(f"{reason} What was there is in {new[path].parent}.") from error
        _remove(old.values())
        raise
    _remove(old.values())


def _keep(path: Path, kept: Path) -> Path:
    """The content of a file under a second name; the file itself stays where it is."""
    try:
        kept.hardlink_to(path)
    except (OSError, NotImplementedError):  # not every disk has links
        shutil.copy2(path, kept)
    return kept


def _remove(files: Iterable[Path]) -> None:
    for file in files:
        with suppress(OSError):  # what is left over is no reason to fail
            file.unlink(missing_ok=True)


def netcdf_writer(data: xr.Dataset) -> Writer:
    """Writes a dataset as compressed NetCDF 4."""
    large = [name for name, v in data.data_vars.items() if v.ndim > 1]
    encoding = {name: {"zlib": True, "complevel": 1, "shuffle": True} for name in large}

    def write(path: Path) -> None:
        try:
            with uninterrupted():  # xarray holds a lock meanwhile that closing after an interrupt would wait for
                data.to_netcdf(path, engine="netcdf4", format="NETCDF4", encoding=encoding)
        except RuntimeError as error:  # the NetCDF library reports a disk that is full this way
            raise OSError(f"the NetCDF library could not write ({error})") from error

    return write


def table_writer(frame: pd.DataFrame, form: str) -> Writer:
    """Writes a table as `csv` (every digit) or `parquet` (types, and meaning and unit of columns, kept)."""
    if form == "csv":
        return lambda path: frame.to_csv(path, index=False)
    return lambda path: frame.to_parquet(path, engine="pyarrow", index=False)


def check_folder(folder: Path) -> None:
    """Refuse a file where a folder is needed.

    Raises:
        InputError: it is a file.
    """
    if folder.exists() and not folder.is_dir():
        raise InputError(f"{folder} is a file; the tables need a folder.")


def check_parquet() -> None:
    """Refuse Parquet where the library that writes it is not installed.

    Raises:
        InputError: it is not.
    """
    if importlib.util.find_spec("pyarrow") is None:
        raise InputError("Parquet files need pyarrow, which is not installed: pip install 'halys[parquet]'.")
