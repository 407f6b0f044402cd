"""What the commands share: options, errors as messages with exit codes, progress, and the width of the terminal."""

from __future__ import annotations

import contextlib
import json
import shutil
import sys
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Annotated, Any, NoReturn

import typer

from halys.errors import INTERRUPTED_EXIT_CODE, FileError, HalysError, StorageError, TableError

if TYPE_CHECKING:
    from rich.progress import Progress

WIDE = 200  # columns used where the output is not a terminal

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON, also for errors.")]
Settings = Annotated[
    list[str] | None,
    typer.Option(
        "--set",
        "-s",
        metavar="PATH=VALUE",
        help="Change a number, text or list of the scenario: -s moves.china.relief.amount=20. Repeatable.",
    ),
]
ForEconomy = Annotated[
    str | None,
    typer.Option("--for", metavar="CODE", help="Put one economy, group or actor first: what it gains and loses."),
]
RunName = Annotated[
    str, typer.Argument(metavar="RUN", help="The folder of a run, or a scenario that was run in this folder.")
]


def width() -> int:
    """Columns of the terminal or of COLUMNS; many where there is neither."""
    return shutil.get_terminal_size((WIDE, 24)).columns


def count(number: int, noun: str) -> str:
    """`1 history`, `17 histories`."""
    plural = noun[:-1] + "ies" if noun.endswith("y") else noun + "s"
    return f"{number} {noun if number == 1 else plural}"


def print_json(record: Any) -> None:
    """Plain data as JSON."""
    typer.echo(json.dumps(record, ensure_ascii=False, indent=1, allow_nan=False))


@contextlib.contextmanager
def errors(as_json: bool, interrupted: str = "interrupted") -> Iterator[None]:
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
            print_json({"error": record})
        else:
            typer.echo(f"\n{interrupted}", err=True)
        raise typer.Exit(INTERRUPTED_EXIT_CODE) from None


def _count_problems(error: HalysError) -> int:
    """A table that does not balance is one problem, with lines for its worst cells; elsewhere each line is one."""
    if isinstance(error, FileError):
        return len(error.problems)
    return 1 if isinstance(error, TableError) else len(str(error).splitlines())


def _fail(error: HalysError, as_json: bool) -> NoReturn:
    code, problems = error.exit_code, _count_problems(error)
    text = ("halys: " if problems == 1 else f"halys: {problems} problems\n") + str(error)
    if as_json:
        try:
            print_json({"error": error.as_record()})
        except OSError as full:  # the output itself failed, which weighs more
            typer.echo(f"{text}\nhalys: the output could not be written: {full.strerror}.", err=True)
            code = StorageError.exit_code
    else:
        typer.echo(text, err=True)
    raise typer.Exit(code) from None


@contextlib.contextmanager
def progress() -> Iterator[Callable[[int, int, str], None]]:
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
