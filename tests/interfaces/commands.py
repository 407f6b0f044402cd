"""What the tests of the interfaces share: running `halys` in this process or in one of its own, and small scenarios."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from typer.testing import CliRunner

from halys.cli.app import app

# Ctrl-C must reach the command also where the tests run in the background, which makes shells ignore it.
PROGRAM = (
    "import signal, sys; signal.signal(signal.SIGINT, signal.default_int_handler); "
    "from halys.cli import main; sys.exit(main())"
)

HEAD = """\
schema_version: 1
id: small
title: A small scenario
question: What does a ban cost?
sources:
  own: {title: Chosen for this test, publisher: The author, date: "2026"}
actors:
  russia: {label: Russia, economies: RUS}
"""

SMALL = (
    HEAD
    + """\
in_force:
  machines:
    label: Embargo on machines
    measures:
      - {instrument: ban, exporters: EU27, importers: RUS, industries: C28, coverage: {value: 0.5, source: own}}
"""
)
"""One history, `in-force`."""

OLDER_ROME = Path(__file__).parents[1] / "scenario" / "older" / "rome-2022-v1a.yaml"
"""An older Rome with 17 histories and no stakes; it never changes."""

ROME_IDS = (
    "china=restraint",
    "china=political",
    *(
        f"china={china}/usa={usa}"
        for china in ("relief", "dual-use", "arms")
        for usa in (
            "warning",
            "banks/europe=stays-out",
            "banks/europe=joins",
            "broad/europe=stays-out",
            "broad/europe=joins",
        )
    ),
)


@dataclass(frozen=True)
class Answer:
    """What a command printed and how it ended."""

    code: int
    out: str
    err: str

    @property
    def record(self) -> Any:
        """Its output as JSON; NaN and infinity, which JSON does not have, are refused."""
        return json.loads(self.out, parse_constant=_not_json)

    @property
    def error(self) -> dict[str, Any]:
        """The error that it printed as JSON, which must be all that it printed."""
        record = self.record
        assert list(record) == ["error"]
        error: dict[str, Any] = record["error"]
        assert {"kind", "exit_code", "message"} <= set(error)
        assert error["exit_code"] == self.code
        assert error["message"]
        return error


@dataclass(frozen=True)
class Solved:
    """A run made by the command line: its folder and what the command printed."""

    folder: Path
    answer: Answer


def _not_json(constant: str) -> Any:
    raise AssertionError(f"{constant} is not JSON")


def halys(*args: str | Path) -> Answer:
    """Run a command in this process. Any exception but a plain exit is a bug and goes through."""
    result = CliRunner().invoke(app, [str(a) for a in args], prog_name="halys")
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    assert "Traceback" not in result.output
    return Answer(result.exit_code, result.stdout, result.stderr)


def spawn(*args: str | Path, cwd: Path, **options: Any) -> subprocess.Popen[str]:
    """Start a command in a process of its own, with pipes for its output."""
    given: dict[str, Any] = {
        "stdout": subprocess.PIPE,
        "stderr": subprocess.PIPE,
        "stdin": subprocess.DEVNULL,
    } | options
    command = [sys.executable, "-c", PROGRAM, *(str(a) for a in args)]
    environment = {**os.environ, "PYTHONUNBUFFERED": "1", "PYTHONUTF8": "1"}
    return subprocess.Popen(command, cwd=cwd, text=True, env=environment, **given)


def process(*args: str | Path, cwd: Path, **options: Any) -> Answer:
    """Run a command in a process of its own to its end."""
    with spawn(*args, cwd=cwd, **options) as child:
        out, err = child.communicate(timeout=100)
    return Answer(child.returncode, out or "", err or "")


def tree(folder: Path) -> dict[str, bytes | None]:
    """Everything below a folder, hidden or not: files with their bytes, folders with None."""
    return {str(p.relative_to(folder)): p.read_bytes() if p.is_file() else None for p in sorted(folder.rglob("*"))}


def write(folder: Path, text: str, name: str = "small.yaml") -> Path:
    """A file with this text."""
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path
