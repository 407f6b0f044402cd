"""Commands and their options. Each command hands over to the library and prints."""

from __future__ import annotations

import contextlib
import json
import shlex
import shutil
import sys
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Annotated, Any, NoReturn

import typer

from halys.errors import INTERRUPTED_EXIT_CODE, HalysError, InputError, StorageError

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
def _root(
    version: Annotated[bool, typer.Option("--version", help="Print the version and leave.")] = False,
) -> None:
    if version:
        import halys

        typer.echo(f"halys {halys.__version__}")
        raise typer.Exit


@app.command()
def run(
    scenario: Annotated[str, typer.Argument(metavar="SCENARIO", help="A bundled scenario or a file.")],
    out: Annotated[str | None, typer.Option(metavar="DIR", help="The run folder. Default: runs/<id>-<hash>.")] = None,
    force: Annotated[bool, typer.Option("--force", help="Solve again and replace the run that is there.")] = False,
    as_json: AsJson = False,
) -> None:
    """Solve every history of a scenario and show who pays.

    Prints the change of real income of each actor, of the world and of the hardest-hit outsiders, and writes a folder
    with NetCDF, CSV tables and summary.json. A complete run of the same scenario is read again instead of solved.
    """
    with _errors(as_json, "interrupted; no run folder was written"):
        from halys.report import render_who_pays
        from halys.run import default_folder, find_doubts
        from halys.run import run as run_scenario
        from halys.scenario import load_scenario

        chosen = load_scenario(scenario)
        for doubt in find_doubts(chosen):
            typer.echo(f"is this meant? {doubt}", err=True)
        with _progress() as progress:
            result = run_scenario(
                chosen, out=default_folder(chosen) if out is None else out, force=force, progress=progress
            )
        assert result.folder is not None
        if as_json:
            _print_json({"folder": str(result.folder.path), "reused": result.reused, **result.summary})
            return
        typer.echo(render_who_pays(result.summary, _width()))
        note = " (complete already; --force solves again)" if result.reused else ""
        typer.echo(f"\nResults: {result.folder.path}{note}".replace("\n\n", "\n"))


@app.command()
def check(
    file: Annotated[str, typer.Argument(metavar="FILE", help="A scenario file, or the name of a bundled scenario.")],
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
        counts = f"{_count(record['histories'], 'history')}, {record['distinct']} distinct"
        typer.echo(f"{counts}; closures: {', '.join(record['closures'])}.")
        unsourced = record["numbers_without_source"]
        end = ":" if unsourced else "."
        typer.echo(f"{_count(record['numbers'], 'number')}, {len(unsourced)} without a source{end}")
        for where in unsourced:
            typer.echo(f"  {where}")
        for doubt in record["doubts"]:
            typer.echo(f"Is this meant? {doubt}")


@app.command()
def new(
    file: Annotated[str, typer.Argument(metavar="FILE", help="The file to write. It must not exist yet.")],
    as_json: AsJson = False,
) -> None:
    """Write a small complete scenario to start from."""
    with _errors(as_json):
        from halys.run import write_template

        path = write_template(file)
        if as_json:
            _print_json({"file": str(path)})
            return
        name = shlex.quote(str(path))
        typer.echo(f"Wrote {path}. Next: halys check {name}, then halys run {name}")


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
            typer.echo(
                f"{entry['id']}  {entry['title']} ({_count(entry['histories'], 'history')})\n    {entry['question']}"
            )


@app.command()
def world(
    economy: Annotated[
        str | None, typer.Argument(metavar="ECONOMY", help="An economy, by its code, to look at closely.")
    ] = None,
    codes: Annotated[bool, typer.Option("--codes", help="List all codes and groups.")] = False,
    as_json: AsJson = False,
) -> None:
    """Show the baseline world, or one economy closely.

    The world: its size, its economies and groups. An economy: partners, industries, exposures.
    """
    with _errors(as_json):
        if codes and economy is not None:
            raise InputError(f"--codes lists all codes; leave it out to look at {economy}.")
        from halys.report import world_view

        record, text = world_view.view(economy, codes, _width())
        if as_json:
            _print_json(record)
        else:
            typer.echo(text)


def _width() -> int:
    """Columns of the terminal or of COLUMNS; many where there is neither."""
    return shutil.get_terminal_size((WIDE, 24)).columns


def _count(number: int, noun: str) -> str:
    """`1 history`, `17 histories`."""
    plural = noun[:-1] + "ies" if noun.endswith("y") else noun + "s"
    return f"{number} {noun if number == 1 else plural}"


def _print_json(record: Any) -> None:
    typer.echo(json.dumps(record, ensure_ascii=False, indent=1, allow_nan=False))


@contextlib.contextmanager
def _errors(as_json: bool, interrupted: str = "interrupted") -> Iterator[None]:
    """Turn an error raised on purpose into one message and its exit code; others are bugs and keep their traceback."""
    try:
        yield
    except HalysError as error:
        _fail(error, as_json)
    except BrokenPipeError:
        raise
    except OSError as error:
        if error.errno is None:
            raise
        _fail(StorageError(f"{error.filename or 'the output could not be written'}: {error.strerror}."), as_json)
    except KeyboardInterrupt:
        if as_json:
            record = {"kind": "interrupted", "exit_code": INTERRUPTED_EXIT_CODE, "message": interrupted}
            _print_json({"error": record})
        else:
            typer.echo(f"\n{interrupted}", err=True)
        raise typer.Exit(INTERRUPTED_EXIT_CODE) from None


def _fail(error: HalysError, as_json: bool) -> NoReturn:
    lines, code = str(error).splitlines(), error.exit_code
    text = ("halys: " if len(lines) == 1 else f"halys: {len(lines)} problems\n") + "\n".join(lines)
    if as_json:
        try:
            _print_json({"error": error.as_record()})
        except OSError as full:  # the output itself failed, which weighs more
            typer.echo(f"{text}\nhalys: the output could not be written: {full.strerror}.", err=True)
            code = StorageError.exit_code
    else:
        typer.echo(text, err=True)
    raise typer.Exit(code) from None


@contextlib.contextmanager
def _progress() -> Iterator[Callable[[int, int, str], None]]:
    """Progress on stderr: a bar in a terminal, a line at the start and at the end elsewhere."""
    if not sys.stderr.isatty():

        def lines(done: int, total: int, _: str) -> None:
            if done in (0, total):
                noun = "equilibrium" if total == 1 else "equilibria"
                typer.echo(f"{'solving' if done == 0 else 'solved'} {total} {noun}", err=True)

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

    def update(done: int, total: int, history: str) -> None:
        if not bar.tasks:  # nothing is shown before there is something to solve
            bar.add_task("", total=total)
            bar.start()
        bar.update(bar.tasks[0].id, completed=done, description=history)

    try:
        yield update
    finally:
        bar.stop()
