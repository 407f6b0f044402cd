"""Commands on a scenario: run it, check it."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated, Any

import typer

from halys.cli.common import AsJson, ForEconomy, Settings, count, errors, print_json, progress
from halys.cli.showing import show_run
from halys.errors import StorageError


def run(
    scenario: Annotated[str, typer.Argument(metavar="SCENARIO", help="A bundled scenario or a file.")],
    settings: Settings = None,
    economy: ForEconomy = None,
    table: Annotated[bool, typer.Option("--table", help="Print the full table of who pays in every history.")] = False,
    out: Annotated[str | None, typer.Option(metavar="DIR", help="The run folder. Default: runs/<id>-<hash>.")] = None,
    force: Annotated[bool, typer.Option("--force", help="Solve again and replace the run that is there.")] = False,
    xlsx: Annotated[bool, typer.Option("--xlsx", help="Write every table as a spreadsheet too.")] = False,
    full: Annotated[
        bool,
        typer.Option("--full", help="Find coalition, campaign and bounds of observed choices too, for the report."),
    ] = False,
    no_cache: Annotated[
        bool, typer.Option("--no-cache", help="Neither take solved equilibria from the cache nor keep them there.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Solve every history of a scenario and show the answer.

    Prints the answer, or who pays in every history where the scenario has no stages, and writes a folder with NetCDF,
    tables, a report and summary.json. A complete run of the same scenario is read again instead of solved.
    """
    with errors(as_json, "interrupted; no run folder was written"):
        from halys.authoring import find_doubts
        from halys.report.economy_view import select_economies
        from halys.run import default_folder
        from halys.run import run as run_scenario
        from halys.scenario.overrides import load_overridden

        chosen, changes = load_overridden(scenario, settings or ())
        if economy is not None:
            select_economies(chosen, economy)  # a wrong code is told before anything is solved
        folder = default_folder(chosen) if out is None else Path(out)
        _check_writable(folder)
        for doubt in find_doubts(chosen):
            typer.echo(f"is this meant? {doubt}", err=True)
        with progress() as told:
            result = run_scenario(
                chosen,
                out=folder if out is None else out,
                force=force,
                progress=told,
                cache=not no_cache,
                economy=economy,
                xlsx=xlsx,
                full=full,
            )
        assert result.folder is not None
        if result.made is not None and result.made.recalled:
            typer.echo(f"{result.made.recalled} of these were in the cache", err=True)
        record = {"folder": str(result.folder.path), "reused": result.reused}
        if changes:
            record["settings"] = [change.as_record() for change in changes]
        note = " (complete already; --force solves again)" if result.reused else ""
        show_run(result, record, economy, (), table, as_json, note)
        _tell_failures(result.summary["failures"])


def _check_writable(folder: Path) -> None:
    """Refuse a place where no folder can be made before anything is solved; a disk may still fill up later.

    Raises:
        StorageError: the nearest folder that exists may not be written, or is no folder.
    """
    parent = next((p for p in folder.absolute().parents if os.path.lexists(p)), None)
    if parent is None:
        return
    if not parent.is_dir():
        reason = "Not a directory"
    elif os.access(parent, os.W_OK | os.X_OK):
        return
    else:
        reason = "Read-only file system" if _read_only(parent) else "Permission denied"
    raise StorageError(
        f"the results cannot be written to {folder}: {parent}: {reason}. Choose another place with --out."
    )


def _read_only(folder: Path) -> bool:
    return hasattr(os, "statvfs") and bool(os.statvfs(folder).f_flag & os.ST_RDONLY)


def _tell_failures(failures: list[dict[str, Any]]) -> None:
    """Name the histories without an equilibrium, why, and what to do; the run of the others stands."""
    for failure in failures:
        first, *same = failure["histories"]
        others = f" and {count(len(same), 'history')} with the same measures" if same else ""
        typer.echo(
            f"halys: history {first}{others}, closure {failure['closure']}: {failure['message']} "
            "The other histories are kept; this one is no part of the game.",
            err=True,
        )
    if failures:
        raise typer.Exit(max(failure["exit_code"] for failure in failures))


def check(
    file: Annotated[str, typer.Argument(metavar="FILE", help="A scenario file, or the name of a bundled scenario.")],
    settings: Settings = None,
    as_json: AsJson = False,
) -> None:
    """Check a scenario file without solving it.

    Shows every fault with its line, and whether each history can have an equilibrium at all.
    """
    with errors(as_json):
        from halys.authoring import check_scenario
        from halys.scenario.overrides import load_overridden

        scenario, changes = load_overridden(file, settings or ())
        record = check_scenario(scenario)
        if as_json:
            settings_made = {"settings": [change.as_record() for change in changes]} if changes else {}
            print_json({**record, **settings_made})
            return
        typer.echo(f"{file} is a valid scenario: {record['id']}, {record['title']}")
        for change in changes:
            typer.echo(f"Set here: {change}")
        counts = f"{count(record['histories'], 'history')}, {record['distinct']} distinct"
        typer.echo(f"{counts}; closures: {', '.join(record['closures'])}.")
        unsourced = record["numbers_without_source"]
        end = ":" if unsourced else "."
        typer.echo(f"{count(record['numbers'], 'number')}, {len(unsourced)} without a source{end}")
        for where in unsourced:
            typer.echo(f"  {where}")
        for doubt in record["doubts"]:
            typer.echo(f"Is this meant? {doubt}")
