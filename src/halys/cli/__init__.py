"""The command line. Nothing heavy is imported until a command needs it, so that help is instant."""

from __future__ import annotations

import json
import os
import signal
import sys
import threading
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from typer.exceptions import TyperException


def main() -> None:
    """Entry point of the `halys` command."""
    import typer
    from typer.exceptions import TyperException

    from halys.cli.app import app
    from halys.errors import INTERRUPTED_EXIT_CODE

    if threading.current_thread() is threading.main_thread():
        signal.signal(signal.SIGTERM, _terminate)
    stdout = sys.stdout
    code: object = 0
    try:
        code = app(prog_name="halys", standalone_mode=False)
    except TyperException as error:  # a wrong option or argument
        code = getattr(error, "exit_code", 2)
        if "--json" in sys.argv:
            record = {"kind": "usage", "exit_code": code, "message": error.format_message()}
            print(json.dumps({"error": record}, ensure_ascii=False, indent=1))
        else:
            typer.echo(_usage(error), err=True)
    except BrokenPipeError:
        code = 0
    except KeyboardInterrupt:  # before a command took over
        code = INTERRUPTED_EXIT_CODE
    except SystemExit as leave:
        # Typer replaces stdout and leaves with 1 when the reader of a pipe has gone, as `head` does: that is no fault.
        code = 0 if sys.stdout is not stdout else leave.code
    sys.exit(_close(code if isinstance(code, int) else 0))


def _usage(error: TyperException) -> str:
    """A usage error with the usage line of its command."""
    context = getattr(error, "ctx", None)
    if len(sys.argv) == 1:  # no command: the message is the help
        return error.format_message()
    usage = "" if context is None else f"{context.get_usage()}\nTry '{context.command_path} --help' for help.\n\n"
    return f"{usage}Error: {error.format_message()}"


def _terminate(*_: object) -> None:
    """A polite kill is an interrupt: what is half-written is cleared."""
    raise KeyboardInterrupt


def _close(code: int) -> int:
    """Flush the output while an error can still be told; what cannot be flushed is dropped."""
    try:
        sys.stdout.flush()
    except BrokenPipeError:
        _drop_output()
    except OSError as error:
        from halys.errors import StorageError

        _drop_output()
        print(f"halys: the output could not be written: {error.strerror}", file=sys.stderr)
        return StorageError.exit_code
    return code


def _drop_output() -> None:
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
