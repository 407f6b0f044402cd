"""Printing a run and its tables."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from halys.cli.common import print_json, width
from halys.errors import InputError, UnknownNameError, did_you_mean

if TYPE_CHECKING:
    from halys.run import Run


def show_run(
    run: Run, record: dict[str, Any], economy: str | None, histories: Sequence[str], table: bool, as_json: bool,
    note: str = "",
) -> None:  # fmt: skip
    """Print a run: its answer, the table of who pays, or one economy first."""
    from halys.report import render_who_pays
    from halys.report.economy_view import describe_runs, economy_view, render_economy_view
    from halys.report.folder import REPORT
    from halys.report.histories import find_history
    from halys.report.summary_text import render_answer
    from halys.scenario.overrides import listed_overrides

    assert run.folder is not None
    ids = [history["id"] for history in run.summary["histories"]]
    chosen = [find_history(ids, history, run.summary.get("answer")) for history in histories]
    view, runs = None, list[str]()
    if economy is not None:
        runs = describe_runs(run.summary["horizons"], economy)
        view = economy_view(run.scenario, run.data, run.summary.get("answer"), economy, chosen)
    if as_json:
        print_json({**record, **run.summary} if view is None else {**record, **run.summary, "economy_view": view})
        return
    columns, folder = width(), run.folder.path
    settings = [f"Set here: {setting}" for setting in listed_overrides(run.scenario.text)]
    if view is None and run.summary.get("answer") and not table:
        typer.echo(render_answer(run.summary, columns, [*settings, f"Report: {folder / REPORT}{note}"]))
        return
    typer.echo(render_who_pays(run.summary, columns) if view is None else render_economy_view(view, columns, runs))
    typer.echo("")
    for setting in settings:
        typer.echo("\n".join(textwrap.wrap(setting, columns, subsequent_indent="  ")))
    typer.echo(f"Results: {folder}{note}")


FORMATS = ("csv", "xlsx", "json", "parquet")


def export_tables(run: Run, names: Sequence[str], form: str, out: str | None, force: bool, as_json: bool) -> None:
    """List tables, print one, or write them to a folder.

    Raises:
        InputError: an unknown format, a table for which no place is given, a folder that cannot be used.
        UnknownNameError: no such table.
    """
    from halys.report.tables import TABLES, make_table, table_names, table_record, write_table

    known = table_names(run.summary)
    for name in names:
        if name not in known:
            hint = did_you_mean(name, known)
            raise UnknownNameError(f"the run has no table {name!r}.{hint} It has {', '.join(known)}.")
    if form not in FORMATS:
        raise InputError(f"{form!r} is not a format of tables. Write csv, xlsx, json or parquet.")
    if form == "parquet":
        from halys.outcome.files import check_parquet

        check_parquet()
    if out is None and not names:
        listed = [{"table": name, "about": TABLES[name].about} for name in known]
        wide = max(map(len, known))
        text = "\n".join(f"{row['table']:<{wide}}  {row['about']}" for row in listed)
        print_json({"tables": listed}) if as_json else typer.echo(text)
        return
    sheets = [make_table(name, run.scenario, run.data, run.summary) for name in names or known]
    if out is None:
        if len(sheets) > 1 or form in ("xlsx", "parquet"):
            raise InputError("name a folder for the files with --out DIR; only one table, as csv or json, is printed.")
        if form == "json" or as_json:
            print_json(table_record(sheets[0], run.summary["notes"]))
        else:
            typer.echo(sheets[0].frame.to_csv(index=False), nl=False)
        return
    folder = Path(out)
    if folder.exists() and not folder.is_dir():
        raise InputError(f"{out} is a file; the tables need a folder. Choose another --out.")
    files = [folder / f"{sheet.name}.{form}" for sheet in sheets]
    there = [str(file) for file in files if file.exists()]
    if there and not force:
        raise InputError(f"{', '.join(there[:5])} exists already. Choose another --out, or --force to replace.")
    folder.mkdir(parents=True, exist_ok=True)
    for sheet, file in zip(sheets, files, strict=True):
        write_table(sheet, file, run.summary["notes"])
    print_json({"files": [str(file) for file in files]}) if as_json else typer.echo("\n".join(map(str, files)))
