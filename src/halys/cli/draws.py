"""What commands that draw share: progress with the time left, and sentences beside it."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import typer


def note(words: str) -> None:
    """A sentence on stderr, on a line of its own."""
    typer.echo(f"\r{words}\033[K" if sys.stderr.isatty() else words, err=True)


@contextmanager
def draws_progress(noun: str = "draws", *, quiet: float = 0.0) -> Iterator[Callable[[int, int], None]]:
    """What is done and the time left on stderr: in place in a terminal, elsewhere a line for each batch.

    Args:
        quiet: least seconds between two lines, but for the last, where the output is no terminal.
    """
    began, at_start, last = time.monotonic(), -1, -float("inf")
    live = sys.stderr.isatty()

    def told(done: int, total: int) -> None:
        nonlocal at_start, last
        at_start, now = done if at_start < 0 else at_start, time.monotonic()
        if not live and now - last < quiet and done < total:
            return
        last, made = now, done - at_start
        left = f", about {_duration((now - began) / made * (total - done))} left" if made and done < total else ""
        words = f"{done:,} of {total:,} {noun}{left}"
        typer.echo(f"\r{words}\033[K" if live else words, err=True, nl=not live)

    yield told
    if live:
        typer.echo("", err=True)


def _duration(seconds: float) -> str:
    if seconds < 100:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 6000 else f"{seconds / 3600:.1f} h"
