"""Commands and their options. Each command hands over to the library and prints."""

from __future__ import annotations

import contextlib
import json
import shutil
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from halys.errors import INTERRUPTED_EXIT_CODE, HalysError, StorageError

if TYPE_CHECKING:
    from rich.progress import Progress

app = typer.Typer(
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    no_args_is_help=True,
    context_settings={"help_option_names": ["-h", "--help"]},
    help=(
        "What sanctions and support would cost whom. Halys solves a world economy of 80 economies and 50 industries "
        "(OECD, 2022) for the measures of a scenario file. Start with: halys run rome-2022"
    ),
    epilog="Exit codes: 0 done, 2 usage or file, 3 no equilibrium exists, 4 not converged, 5 disk, 130 interrupted.",
)

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON, also for errors.")]
WIDE = 200  # columns used where the output is not a terminal


@app.callback(invoke_without_command=True)
def _root(version: Annotated[bool, typer.Option("--version", help="Print the version and leave.")] = False) -> None:
    if version:
        import halys

        typer.echo(f"halys {halys.__version__}")
        raise typer.Exit


@app.command()
def run(
    scenario: Annotated[str, typer.Argument(help="A bundled scenario (see `halys scenarios`) or a file.")],
    out: Annotated[Path | None, typer.Option(help="The run folder. Default: runs/<id>-<hash>.")] = None,
    force: Annotated[bool, typer.Option("--force", help="Solve again and replace the run that is there.")] = False,
    as_json: AsJson = False,
) -> None:
    """Solve every history of a scenario and show who pays.

    Prints the change of real income of each actor, of the world and of the hardest-hit outsiders, and writes a folder
    with NetCDF, CSV tables and summary.json. A complete run of the same scenario is read again instead of solved.
    """
    with _errors(as_json):
        from halys.report import render_who_pays
        from halys.run import default_folder
        from halys.run import run as run_scenario
        from halys.scenario import load_scenario

        chosen = load_scenario(scenario)
        with _progress() as progress:
            result = run_scenario(chosen, out=out or default_folder(chosen), force=force, progress=progress)
        assert result.folder is not None
        if as_json:
            _print_json({"folder": str(result.folder.path), "reused": result.reused, **result.summary})
            return
        typer.echo(render_who_pays(result.summary, _width()))
        note = " (complete already; --force solves again)" if result.reused else ""
        typer.echo(f"\nResults: {result.folder.path}{note}")


@app.command()
def check(
    file: Annotated[str, typer.Argument(help="A scenario file, or the name of a bundled scenario.")],
    as_json: AsJson = False,
) -> None:
    """Check a scenario file without solving it.

    Shows every fault with its line, and whether each history can have an equilibrium at all.
    """
    with _errors(as_json):
        from halys.run import check_scenario
        from halys.scenario import load_scenario

        scenario = load_scenario(file)
        record = check_scenario(scenario)
        if as_json:
            _print_json(record)
            return
        typer.echo(f"{file} is a valid scenario: {record['id']}, {record['title']}")
        typer.echo(
            f"{record['histories']} histories, {record['distinct']} distinct, closures {', '.join(record['closures'])}."
        )
        unsourced = record["numbers_without_source"]
        typer.echo(f"{record['numbers']} numbers, {len(unsourced)} of them without a source{':' if unsourced else '.'}")
        for where in unsourced:
            typer.echo(f"  {where}")


@app.command()
def new(
    file: Annotated[Path, typer.Argument(help="The file to write. It must not exist yet.")],
    as_json: AsJson = False,
) -> None:
    """Write a small complete scenario to start from."""
    with _errors(as_json):
        from halys.run import write_template

        write_template(file)
        if as_json:
            _print_json({"file": str(file)})
            return
        typer.echo(f"Wrote {file}. Next: halys check {file}, then halys run {file}")


@app.command()
def scenarios(as_json: AsJson = False) -> None:
    """List the scenarios that come with Halys."""
    with _errors(as_json):
        from halys.run import list_scenarios

        entries = list_scenarios()
        if as_json:
            _print_json({"scenarios": entries})
            return
        for entry in entries:
            typer.echo(f"{entry['id']}  {entry['title']} ({entry['histories']} histories)\n    {entry['question']}")


@app.command()
def world(
    economy: Annotated[str | None, typer.Argument(help="An economy, by its code, to look at closely.")] = None,
    codes: Annotated[bool, typer.Option("--codes", help="List all codes and groups.")] = False,
    as_json: AsJson = False,
) -> None:
    """Show the baseline world: its size, or one economy with its partners, industries and exposures."""
    with _errors(as_json):
        from halys.report import world_view

        record, text = world_view.view(economy, codes, _width())
        if as_json:
            _print_json(record)
        else:
            typer.echo(text)


def _width() -> int:
    return shutil.get_terminal_size((WIDE, 24)).columns if sys.stdout.isatty() else WIDE


def _print_json(record: Any) -> None:
    typer.echo(json.dumps(record, ensure_ascii=False, indent=1, allow_nan=False))


@contextlib.contextmanager
def _errors(as_json: bool) -> Iterator[None]:
    """Turn an error raised on purpose into one message and its exit code; others are bugs and keep their traceback."""
    try:
        yield
    except HalysError as error:
        _fail(error, as_json)
    except KeyboardInterrupt:
        typer.echo("\ninterrupted; no run folder was written", err=True)
        raise typer.Exit(INTERRUPTED_EXIT_CODE) from None
    except BrokenPipeError:
        raise
    except OSError as error:
        if error.errno is None:
            raise
        _fail(StorageError(f"{error.filename or 'the output'}: {error.strerror}"), as_json)


def _fail(error: HalysError, as_json: bool) -> None:
    if as_json:
        _print_json({"error": error.as_record()})
    else:
        lines = str(error).splitlines()
        head = "halys: " if len(lines) == 1 else f"halys: {len(lines)} problems\n"
        typer.echo(head + "\n".join(lines), err=True)
    raise typer.Exit(error.exit_code) from None


@contextlib.contextmanager
def _progress() -> Iterator[Callable[[int, int, str], None]]:
    """Progress on stderr: a bar in a terminal, a line at the start and at the end elsewhere."""
    if not sys.stderr.isatty():

        def lines(done: int, total: int, _: str) -> None:
            if done in (0, total):
                typer.echo(f"solving {total} equilibria" if done == 0 else f"solved {total} equilibria", err=True)

        yield lines
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    columns = (
        TextColumn("solving"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TextColumn("{task.description}"),
    )
    bar: Progress = Progress(*columns, console=Console(stderr=True), transient=True)
    with bar:
        task = bar.add_task("")
        yield lambda done, total, history: bar.update(task, completed=done, total=total, description=history)
