"""The folder of a run: written aside and renamed, so that it is either complete or not there."""

from __future__ import annotations

import contextlib
import errno
import json
import os
import re
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
TABLES = ("who_pays", "economies", "industries", "decomposition", "measures", "sources")
FILES = (SUMMARY, "scenario.yaml", "results.nc", *(f"{name}.csv" for name in TABLES))


@dataclass(frozen=True)
class RunFolder:
    """A run on disk. `complete` is False where a file of it is gone."""

    path: Path
    summary: dict[str, Any]
    complete: bool = True

    @property
    def hash(self) -> str:
        return str(self.summary["hash"])

    @property
    def strangers(self) -> list[str]:
        """Names in the folder that are not of the run."""
        return sorted(entry.name for entry in self.path.iterdir() if entry.name not in FILES)


def find_run(path: Path) -> RunFolder | None:
    """The run in a folder, or None where there is none (no folder, an empty one).

    Raises:
        InputError: the path is a file, or a folder with other things in it.
        StorageError: it cannot be read.
    """
    try:
        if not path.exists():
            _recover(path)
        if not path.exists():
            return None
        if not path.is_dir():
            raise InputError(f"{path} is a file; the results need a folder. Choose another --out.")
        if not any(path.iterdir()):
            return None
        summary = _read_summary(path / SUMMARY)
        if summary is not None:
            return RunFolder(path, summary, all(_is_filled(path / name) for name in FILES))
    except OSError as error:
        raise StorageError(f"{path} cannot be read: {error.strerror or error}.") from error
    raise InputError(f"{path} holds other files and is left as it is. Choose another --out.")


def _is_filled(file: Path) -> bool:
    return file.is_file() and file.stat().st_size > 0


def _read_summary(file: Path) -> dict[str, Any] | None:
    """The summary of a run, or None where the file is missing or is something else."""
    try:
        summary = json.loads(file.read_text(encoding="utf-8"))
        is_run = (
            summary["format"] == 1 and len(summary["hash"]) == 64 and summary["scenario"]["id"] and summary["histories"]
        )
    except (FileNotFoundError, ValueError, LookupError, TypeError):
        return None
    return summary if is_run else None


def write_run(path: Path, scenario: Scenario, data: xr.Dataset, summary: dict[str, Any]) -> RunFolder:
    """Write a run to `path`, all or nothing, in place of a run that is there (which the caller has looked at).

    Raises:
        StorageError: the disk is full or not writable; nothing is left behind, and a run that was there stays.
    """
    target = path.resolve()  # through links: the folder that a link points to is replaced, not the link
    with _aside(path, target) as folder:
        (folder / "scenario.yaml").write_text(scenario.text, encoding="utf-8")
        _write_netcdf(data, folder / "results.nc")
        for name, table in _tables(scenario, data).items():
            table.to_csv(folder / f"{name}.csv", index=False)
        text = json.dumps(summary, ensure_ascii=False, indent=1) + "\n"
        (folder / SUMMARY).write_text(text, encoding="utf-8")
        _flush(folder)
        _move(folder, target)
    return RunFolder(path, summary)


def _partial(target: Path) -> Path:
    return target.with_name(f".{target.name}.partial-{os.getpid()}")


def _old(target: Path) -> Path:
    return target.with_name(f"{_partial(target).name}-old")


@contextlib.contextmanager
def _aside(path: Path, target: Path) -> Iterator[Path]:
    """A fresh folder beside `target`, removed whatever happens. Those of processes that died are cleared first."""
    folder = _partial(target)
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        for stale in _leftovers(target):
            shutil.rmtree(stale)
        folder.mkdir()
        yield folder
    except OSError as error:
        where = path.parent if isinstance(error, FileExistsError | NotADirectoryError) else path
        full = error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
        advice = "Free some space, or choose" if full else "Choose"
        raise StorageError(
            f"the results could not be written to {path}: {where}: {error.strerror or error}. Nothing was left there. "
            f"{advice} another place with --out."
        ) from error
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _leftovers(target: Path) -> list[Path]:
    """Folders beside `target` that runs which died (or an earlier one with our process id) left there."""
    name = re.compile(re.escape(f".{target.name}.partial-") + r"(\d+)(-old)?")
    found = [(entry, name.fullmatch(entry.name)) for entry in target.parent.iterdir()]
    return [entry for entry, match in found if match and not _busy(int(match[1]))]


def _busy(pid: int) -> bool:
    if pid == os.getpid():
        return False
    try:
        os.kill(pid, 0)
    except (ProcessLookupError, OverflowError):
        return False
    except OSError:
        return True
    return True


def _recover(path: Path) -> None:
    """Put back a run that a killed process had moved away to replace it, before the new one took its place."""
    target = path.resolve()
    if target.parent.is_dir():
        for left in _leftovers(target):
            if left.name.endswith("-old") and _read_summary(left / SUMMARY) is not None and not target.exists():
                left.rename(target)


def _write_netcdf(data: xr.Dataset, path: Path) -> None:
    encoding = {
        name: {"zlib": True, "complevel": 1, "shuffle": True} for name, v in data.data_vars.items() if v.ndim > 2
    }
    try:
        data.to_netcdf(path, engine="netcdf4", format="NETCDF4", encoding=encoding)
    except RuntimeError as error:  # the NetCDF library reports a disk that is full this way
        raise OSError(errno.ENOSPC, f"the NetCDF library could not write ({error})") from error


def _flush(folder: Path) -> None:
    """Force the files to disk before the rename, so that a power cut cannot leave a complete-looking, empty run."""
    for file in folder.iterdir():
        with file.open("rb") as stream:
            os.fsync(stream.fileno())


def _move(folder: Path, target: Path) -> None:
    """Rename the finished folder to its place. What was there is moved away first and back again if that fails."""
    if not target.exists():
        folder.rename(target)
        return
    old = _old(target)
    try:
        target.rename(old)
        folder.rename(target)
    except BaseException:  # an interrupt too must not cost the run that was there
        if old.exists() and not target.exists():
            old.rename(target)
        raise
    shutil.rmtree(old, ignore_errors=True)


def _tables(scenario: Scenario, data: xr.Dataset) -> dict[str, pd.DataFrame]:
    decomposition = data["decomposition"].to_dataframe()["decomposition"].unstack("term").reset_index()
    tables = (
        who_pays(scenario, data),
        _economies(data),
        _industries(data),
        decomposition,
        _measures(scenario),
        _sources(scenario),
    )
    return dict(zip(TABLES, tables, strict=True))


def _economies(data: xr.Dataset) -> pd.DataFrame:
    """One row for each closure, equilibrium and economy."""
    names = [n for n, v in data.data_vars.items() if v.dims[-1:] == ("economy",) and "term" not in v.dims]
    frame = data[names].to_dataframe().reset_index()
    frame.insert(4, "real_income_percent", 100.0 * (frame["real_income"] - 1.0))
    return frame


def _industries(data: xr.Dataset) -> pd.DataFrame:
    """One row for each equilibrium, economy and industry that sells anything, under the first closure."""
    first = data.isel(closure=0)
    names = ["output_baseline", "output", "producer_price"]
    frame = first[names].to_dataframe().reset_index()
    return frame[frame["output_baseline"] > 0].drop(columns=["economy_name", "industry_name"])


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
