"""The folder of a run: written aside and renamed, so that it is either complete or not there."""

from __future__ import annotations

import contextlib
import errno
import json
import os
import re
import shutil
import textwrap
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import xarray as xr

from halys.errors import InputError, StorageError
from halys.parallel import map_in_order, uninterrupted
from halys.report.tables import TABLES, Sheet, make_table, table_names, write_table
from halys.scenario import Scenario
from halys.scenario.overrides import listed_overrides
from halys.world.stored import pack_world

SUMMARY, REPORT, README = "summary.json", "report.html", "README.txt"
SCENARIO, RESULTS = "scenario.yaml", "results.nc"
GAME, GAMBIT = "game.nc", "game.efg"
_ALWAYS = (SUMMARY, README, REPORT, SCENARIO, RESULTS)
_ENDINGS = ("csv", "xlsx", "parquet")  # of tables; all but the first are asked for
_KNOWN = frozenset((*_ALWAYS, GAME, GAMBIT, *(f"{name}.{ending}" for name in TABLES for ending in _ENDINGS)))


def run_files(summary: Mapping[str, Any]) -> tuple[str, ...]:
    """The files that the run of this summary has in any case."""
    game = (GAME, GAMBIT) if summary.get("answer") else ()
    world = summary["world"].get("file")  # a world file of the user's own is kept with the run
    kept = [name for name in (world, summary.get("dossier")) if name]
    return (*_ALWAYS, *kept, *game, *(f"{name}.csv" for name in table_names(summary)))


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
        known = {*_KNOWN, *run_files(self.summary)}
        return sorted(entry.name for entry in self.path.iterdir() if entry.name not in known)

    @property
    def has_spreadsheets(self) -> bool:
        """Whether every table is there as XLSX too."""
        return all(_is_filled(self.path / f"{name}.xlsx") for name in table_names(self.summary))


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
            return RunFolder(path, summary, all(_is_filled(path / name) for name in run_files(summary)))
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


def write_run(
    path: Path,
    scenario: Scenario,
    data: xr.Dataset,
    summary: dict[str, Any],
    report: str,
    *,
    game: xr.Dataset | None = None,
    gambit: str | None = None,
    xlsx: bool = False,
) -> RunFolder:
    """Write a run to `path`, all or nothing, in place of a run that is there (which the caller has looked at).

    Args:
        report: the HTML of `report.html`. game: payoffs, exposures and stakes of a scenario with stages.
            gambit: the same game as text. xlsx: write every table as a spreadsheet too.

    Raises:
        StorageError: the disk is full or not writable; nothing is left behind, and a run that was there stays.
    """
    target = path.resolve()  # through links: the folder that a link points to is replaced, not the link
    with _aside(path, target) as folder:

        def write_texts() -> None:
            texts = {SCENARIO: scenario.text, REPORT: report, SUMMARY: _readable(summary)}
            for name, text in (texts if gambit is None else {**texts, GAMBIT: gambit}).items():
                (folder / name).write_text(text, encoding="utf-8")
            if scenario.world_file:
                (folder / scenario.world_file).write_bytes(pack_world(scenario.world))
            if scenario.dossier_file and scenario.dossier is not None:
                (folder / scenario.dossier_file).write_text(scenario.dossier.text, encoding="utf-8")
            sheets = [make_table(name, scenario, data, summary) for name in table_names(summary)]
            for sheet in sheets:
                for ending in ("csv", "xlsx") if xlsx else ("csv",):
                    write_table(sheet, folder / f"{sheet.name}.{ending}", summary["notes"])
            (folder / README).write_text(_readme(scenario.text, summary, sheets, xlsx), encoding="utf-8")

        def write_arrays() -> None:
            _write_netcdf(data, folder / RESULTS)
            if game is not None:
                _write_netcdf(game, folder / GAME)

        for _ in map_in_order(lambda write: write(), (write_texts, write_arrays), fewest=2):
            pass
        _flush(folder)
        _move(folder, target)
    return RunFolder(path, summary)


def _readable(summary: Mapping[str, Any]) -> str:
    """JSON with a line for each part, of which histories have one each: what is short to write is long to indent."""
    parts = []
    for name, value in summary.items():
        if name == "histories":
            value = "[\n" + ",\n".join(f"  {_compact(history)}" for history in value) + "\n ]"
        else:
            value = _compact(value)
        parts.append(f" {_compact(name)}: {value}")
    return "{\n" + ",\n".join(parts) + "\n}\n"


def _compact(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)


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
    if os.name == "nt":  # there signal 0 is Ctrl-C, so nothing can be asked; the folder stays
        return True
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
        with uninterrupted():  # xarray holds a lock meanwhile that closing the file after an interrupt would wait for
            data.to_netcdf(path, engine="netcdf4", format="NETCDF4", encoding=encoding)
    except RuntimeError as error:  # the NetCDF library reports a disk that is full this way
        raise OSError(errno.ENOSPC, f"the NetCDF library could not write ({error})") from error


def _flush(folder: Path) -> None:
    """Force the files to disk before the rename, so that a power cut cannot leave a complete-looking, empty run."""
    for file in folder.iterdir():
        with file.open("r+b") as stream:  # Windows flushes only what is open for writing
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


def _readme(source: str, summary: Mapping[str, Any], sheets: Sequence[Sheet], xlsx: bool) -> str:
    """What every file of the folder is, with units, and what the command line set in the scenario."""
    scenario, world = summary["scenario"], summary["world"]
    files = [
        (REPORT, "All of it to read in a browser, with charts and sources; it needs no network."),
        (SUMMARY, "The run in plain data: who pays in every history, and the answer where the scenario asks for one."),
        (SCENARIO, "The scenario as it was run; `halys run scenario.yaml` gives the same numbers."),
        (
            RESULTS,
            "All results with labels and units, and trade between economies, for xarray and NetCDF readers.",
        ),
    ]
    if world.get("file"):
        files.append((world["file"], "The world that it was run on; `halys world FILE` shows it."))
    if summary.get("dossier"):
        files.append((summary["dossier"], "The evidence that it was run with; `halys evidence FILE` shows it."))
    if summary.get("answer"):
        files.append((GAME, "Payoffs, exposures and stakes of every history, in the same format."))
        files.append((GAMBIT, "The game at the reference stakes, for Gambit and other programs that read its format."))
    files += [(f"{sheet.name}.csv", sheet.about) for sheet in sheets]
    wide = max(len(name) for name, _ in files) + 2
    closures = ", ".join(summary["closures"])
    lines = [
        f"{scenario['title']} [{scenario['id']}]",
        *textwrap.wrap(scenario["question"], 110),
        *_changes(source),
        "",
        *textwrap.wrap(
            f"Halys {summary['halys']}; world {world['id']}; {summary['horizon']}; closures: {closures}.", 110
        ),
        f"Hash of scenario, world and code: {summary['hash']}",
        "",
        "Files",
    ]
    for name, about in files:
        lines += textwrap.wrap(about, 110, initial_indent=f"  {name:<{wide}}", subsequent_indent=" " * (wide + 2))
    if xlsx:
        lines.append("  Every .csv also as .xlsx, with a second sheet that says what the columns are.")
    lines += ["", "Columns of the tables"]
    for sheet in sheets:
        lines.append(f"  {sheet.name}")
        for name, (label, unit) in sheet.columns.items():
            text = f"{label} [{unit}]" if unit else label
            lines += textwrap.wrap(text, 110, initial_indent=f"    {name:<24}", subsequent_indent=" " * 28)
    lines += ["", "Units", *(f"  {name}: {unit}" for name, unit in summary["units"].items()), "", "Notes"]
    for note in [*([summary["world_note"]] if summary["world_note"] else []), *summary["notes"]]:
        lines += textwrap.wrap(note.strip(), 110, initial_indent="  - ", subsequent_indent="    ")
    return "\n".join(lines) + "\n"


def _changes(source: str) -> list[str]:
    """What the command line set, in lines."""
    listed = listed_overrides(source)
    wrapped = (
        line for entry in listed for line in textwrap.wrap(entry, 110, initial_indent="  ", subsequent_indent="    ")
    )
    return ["", "Changed from the scenario as it comes:", *wrapped] if listed else []
