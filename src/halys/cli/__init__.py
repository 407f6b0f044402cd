"""The command line. Nothing heavy is imported until a command needs it, so that help is instant."""

from __future__ import annotations

import os
import sys


def main() -> None:
    """Entry point of the `halys` command."""
    from halys.cli.app import app
    from halys.errors import INTERRUPTED_EXIT_CODE

    try:
        app(prog_name="halys")
    except KeyboardInterrupt:  # before a command took over
        sys.exit(INTERRUPTED_EXIT_CODE)
    except BrokenPipeError:  # the reader of a pipe went away, as `head` does
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(0)
