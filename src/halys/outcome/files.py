"""Results as files: NetCDF, Parquet and CSV, written aside and renamed, never over a file that is there unasked."""

from __future__ import annotations

import importlib.util
import os
from collections.abc import Callable, Mapping
from pathlib import Path

import pandas as pd
import xarray as xr

from halys.errors import InputError, StorageError
from halys.parallel import uninterrupted

Writer = Callable[[Path], None]


def write_files(files: Mapping[Path, Writer], overwrite: bool) -> list[Path]:
    """Write all of the files or none; those that are there are kept unless `overwrite`.

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
    aside = {path: path.with_name(f".{path.name}.partial-{os.getpid()}") for path in files}
    try:
        for path, write in files.items():
            path.parent.mkdir(parents=True, exist_ok=True)
            write(aside[path])
        for path, partial in aside.items():
            partial.replace(path)
    except OSError as error:
        raise StorageError(
            f"{error.filename or next(iter(files))} could not be written: {error.strerror or error}. Free some "
            "space or choose another place."
        ) from error
    finally:
        for partial in aside.values():
            partial.unlink(missing_ok=True)
    return list(files)


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
