"""Commands on finished runs: show, explain, compare, tables."""

from __future__ import annotations

from typing import Annotated

import typer

from halys.cli.common import AsJson, ForEconomy, RunName, errors, print_json, width
from halys.errors import InputError


def show(
    run: RunName,
    economy: ForEconomy = None,
    histories: Annotated[
        list[str] | None,
        typer.Option("--history", metavar="ID", help="With --for: these histories. Repeatable."),
    ] = None,
    table: Annotated[bool, typer.Option("--table", help="Print the full table of who pays in every history.")] = False,
    as_json: AsJson = False,
) -> None:
    """Show a finished run again, or one economy in it."""
    with errors(as_json):
        from halys.cli.showing import show_run
        from halys.run import open_run

        if histories and economy is None:
            raise InputError("--history goes with --for CODE, which shows one economy in these histories.")
        opened = open_run(run)
        assert opened.folder is not None
        show_run(opened, {"folder": str(opened.folder.path)}, economy, histories or (), table, as_json)


def explain(
    run: RunName,
    value: Annotated[
        str | None, typer.Argument(metavar="VALUE", help="What to explain. Without it: what can be explained.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Explain a number of a run and where it comes from.

    VALUE is china@HISTORY or CHN@HISTORY (real income), payoff.china@HISTORY, line.STAKE or assumption.ID. Of a history
    only the moves that tell it apart are needed, as in china@china=arms/europe=joins; `played` and `threat` name those
    of the answer.
    """
    with errors(as_json):
        from halys.report.explain import explain_value, list_values
        from halys.report.explain_text import render_explanation, render_values
        from halys.run import open_run

        opened = open_run(run)
        if value is None:
            known = list_values(opened.scenario, opened.summary)
            print_json(known) if as_json else typer.echo(render_values(known, width()))
            return
        record = explain_value(opened.scenario, opened.data, opened.summary, value)
        print_json(record) if as_json else typer.echo(render_explanation(record, width()))


def compare(
    run: RunName,
    other: Annotated[str | None, typer.Argument(metavar="[RUN]", help="The run to compare with.")] = None,
    histories: Annotated[
        tuple[str, str] | None,
        typer.Option("--histories", metavar="A B", help="Compare two histories of one run instead: B minus A."),
    ] = None,
    everything: Annotated[bool, typer.Option("--all", help="Show every difference, not only the largest.")] = False,
    as_json: AsJson = False,
) -> None:
    """Show what differs between two runs or histories: B minus A."""
    with errors(as_json):
        from halys.report.compare import compare_histories, compare_runs, render_histories, render_runs
        from halys.run import open_run

        if (other is None) == (histories is None):
            raise InputError("give two runs, or one run with --histories A B.")
        first = open_run(run)
        if histories is not None:
            record = compare_histories(first.scenario, first.data, *histories, first.summary.get("answer"))
            text = render_histories(record, width(), everything)
        else:
            assert other is not None
            second = open_run(other)
            record = compare_runs((first.scenario, first.summary), (second.scenario, second.summary), (run, other))
            text = render_runs(record, width(), everything)
        print_json(record) if as_json else typer.echo(text)


def tables(
    run: RunName,
    names: Annotated[
        list[str] | None, typer.Argument(metavar="[TABLE]...", help="Which tables. Without any, they are listed.")
    ] = None,
    form: Annotated[str, typer.Option("--format", metavar="FORMAT", help="csv, xlsx, json or parquet.")] = "csv",
    out: Annotated[
        str | None, typer.Option(metavar="DIR", help="Folder for the files. Without it one table is printed.")
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Replace files that are there.")] = False,
    as_json: AsJson = False,
) -> None:
    """List, print or write the tables of a run.

    Without TABLE they are listed. One is printed as CSV or JSON; with --out they are written as files.
    """
    with errors(as_json):
        from halys.cli.showing import export_tables
        from halys.run import open_run

        export_tables(open_run(run), names or [], form, out, force, as_json)
