"""The folder of a run: written aside and renamed, so that it is either complete or not there."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd
import xarray as xr

from halys.errors import InputError, StorageError
from halys.measures import Quantity, value_of
from halys.report.results import who_pays
from halys.scenario import Scenario, all_measures, numbers

SUMMARY = "summary.json"


@dataclass(frozen=True)
class RunFolder:
    """A complete run on disk."""

    path: Path
    summary: dict[str, Any]

    @property
    def hash(self) -> str:
        return str(self.summary["hash"])


def find_run(path: Path) -> RunFolder | None:
    """The run in a folder, or None where there is none (no folder, an empty one).

    Raises:
        InputError: the path is a file, or a folder with other things in it.
        StorageError: it cannot be read.
    """
    try:
        if not path.exists():
            return None
        if not path.is_dir():
            raise InputError(f"{path} is a file; the results need a folder. Choose another --out.")
        if (path / SUMMARY).is_file():
            summary = json.loads((path / SUMMARY).read_text(encoding="utf-8"))
            if isinstance(summary, dict) and "hash" in summary and "histories" in summary:
                return RunFolder(path, summary)
        if any(path.iterdir()):
            raise InputError(f"{path} holds other files and is left as it is. Choose another --out.")
    except json.JSONDecodeError:
        raise InputError(
            f"{path / SUMMARY} is not the summary of a run; the folder is left as it is. Choose another --out."
        ) from None
    except OSError as error:
        raise StorageError(f"{path} cannot be read: {error.strerror or error}.") from error
    return None


def write_run(path: Path, scenario: Scenario, data: xr.Dataset, summary: dict[str, Any], *, replace: bool) -> RunFolder:
    """Write a run to `path`, all or nothing. An existing run there is replaced only if `replace`.

    Raises:
        StorageError: the disk is full or not writable; nothing is left behind.
    """
    with _aside(path) as folder:
        (folder / "scenario.yaml").write_text(scenario.text, encoding="utf-8")
        _write_netcdf(data, folder / "results.nc")
        for name, table in _tables(scenario, data).items():
            table.to_csv(folder / f"{name}.csv", index=False)
        text = json.dumps(summary, ensure_ascii=False, indent=1) + "\n"
        (folder / SUMMARY).write_text(text, encoding="utf-8")
        _flush(folder)
        _move(folder, path, replace)
    return RunFolder(path, summary)


@contextlib.contextmanager
def _aside(path: Path) -> Iterator[Path]:
    """A fresh folder beside `path`, removed whatever happens. Those of processes that died are cleared first."""
    folder = path.with_name(f".{path.name}.partial-{os.getpid()}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        for stale in path.parent.glob(f".{path.name}.partial-*"):
            if not _alive(stale.name.rsplit("-", 1)[-1]):
                shutil.rmtree(stale, ignore_errors=True)
        folder.mkdir()
        yield folder
    except OSError as error:
        raise StorageError(
            f"the results could not be written to {path}: {error.strerror or error}. Nothing was left there. "
            "Free some space, or choose another place with --out."
        ) from error
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _alive(pid: str) -> bool:
    if not pid.isdigit():
        return True
    try:
        os.kill(int(pid), 0)
    except ProcessLookupError:
        return False
    except OSError:
        return True
    return True


def _write_netcdf(data: xr.Dataset, path: Path) -> None:
    encoding = {
        name: {"zlib": True, "complevel": 1, "shuffle": True} for name, v in data.data_vars.items() if v.ndim > 2
    }
    try:
        data.to_netcdf(path, engine="netcdf4", format="NETCDF4", encoding=encoding)
    except RuntimeError as error:  # the NetCDF library reports a full disk this way
        raise OSError(f"NetCDF: {error}") from error


def _flush(folder: Path) -> None:
    """Force the files to disk before the rename, so that a power cut cannot leave a complete-looking, empty run."""
    for file in folder.iterdir():
        with file.open("rb") as stream:
            os.fsync(stream.fileno())


def _move(folder: Path, path: Path, replace: bool) -> None:
    if replace and path.exists():
        old = path.with_name(f".{path.name}.partial-{os.getpid()}-old")
        path.rename(old)
        try:
            folder.rename(path)
        except OSError:
            old.rename(path)
            raise
        shutil.rmtree(old, ignore_errors=True)
    else:
        folder.rename(path)


def _tables(scenario: Scenario, data: xr.Dataset) -> dict[str, pd.DataFrame]:
    return {
        "who_pays": who_pays(scenario, data),
        "economies": _economies(data),
        "industries": _industries(data),
        "decomposition": data["decomposition"].to_dataframe()["decomposition"].unstack("term").reset_index(),
        "measures": _measures(scenario),
        "sources": _sources(scenario),
    }


def _economies(data: xr.Dataset) -> pd.DataFrame:
    """One row for each closure, history and economy."""
    names = [n for n, v in data.data_vars.items() if v.dims[-1:] == ("economy",) and "term" not in v.dims]
    frame = data[names].to_dataframe().reset_index()
    frame.insert(4, "real_income_percent", 100.0 * (frame["real_income"] - 1.0))
    return frame


def _industries(data: xr.Dataset) -> pd.DataFrame:
    """One row for each history, economy and industry that sells anything, under the first closure."""
    first = data.isel(closure=0, drop=True)
    names = ["output_baseline", "output", "value_added_baseline", "value_added", "producer_price"]
    frame = first[names].to_dataframe().reset_index()
    frame = frame[frame["output_baseline"] > 0]
    return frame.drop(columns=[c for c in ("economy_name", "industry_name") if c in frame])


def _measures(scenario: Scenario) -> pd.DataFrame:
    """Every number of every measure, with its range and source."""
    rows = []
    for placed in all_measures(scenario.file):
        m = placed.measure
        base = {
            "programme": placed.programme,
            "instrument": m.instrument,
            "from": _names(getattr(m, "exporters", getattr(m, "payers", ""))),
            "to": _names(getattr(m, "importers", getattr(m, "recipients", getattr(m, "economies", "")))),
            "industries": _names(getattr(m, "industries", "")),
        }
        for field, number in numbers(m):
            q = number if isinstance(number, Quantity) else Quantity(value=value_of(number))
            rows.append({**base, "field": field, **q.model_dump()})
    columns = ["programme", "instrument", "from", "to", "industries", "field", *Quantity.model_fields]
    return pd.DataFrame(rows, columns=columns)


def _names(names: str | list[str]) -> str:
    return names if isinstance(names, str) else " ".join(names)


def _sources(scenario: Scenario) -> pd.DataFrame:
    rows = [{"id": name, **source.model_dump()} for name, source in scenario.file.sources.items()]
    return pd.DataFrame(rows, columns=["id", "title", "publisher", "date", "author", "url", "note"])
