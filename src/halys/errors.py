"""Every error that Halys raises on purpose, one class for each kind of remedy.

A message says where, what was given, what is allowed and what to do. Each class carries the exit code of the command
line and the `kind` that machines read: 2 usage or file, 3 infeasible, 4 not converged, 5 disk, 6 cluster
(`halys.futures.cluster.ClusterError`), 130 interrupted.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass


class HalysError(Exception):
    """Base of all errors raised on purpose. Catch it to tell a refusal from a bug."""

    kind = "error"
    exit_code = 1

    def as_record(self) -> dict[str, object]:
        """The error as plain data, the one shape used by `--json` and by servers."""
        return {"kind": self.kind, "exit_code": self.exit_code, "message": str(self)}


class InputError(HalysError):
    """A value, name or argument that cannot be used. Remedy: change what was given."""

    kind = "input"
    exit_code = 2


class UnknownNameError(InputError):
    """A code or group that the world does not have. The nearest known names are in the message."""

    kind = "unknown-name"


class TableError(InputError):
    """An input-output table that does not balance or is not well formed. Remedy: mend the named cells."""

    kind = "table"


class InfeasibleError(HalysError):
    """The shock admits no equilibrium (a product without supplier, a deficit without trade). Remedy: in the message."""

    kind = "infeasible"
    exit_code = 3


class ConvergenceError(HalysError):
    """The solver stopped above its tolerance. The solve report is in `report`; no outcome is returned."""

    kind = "not-converged"
    exit_code = 4

    def __init__(self, message: str, report: object | None = None) -> None:
        super().__init__(message)
        self.report = report


class StorageError(HalysError):
    """A file or folder that cannot be written or read for reasons of the disk. Nothing half-written is left."""

    kind = "storage"
    exit_code = 5


@dataclass(frozen=True)
class Problem:
    """One fault of a file: where it is (`file:line:col › path`) and what is wrong, allowed and to be done."""

    where: str
    message: str

    def __str__(self) -> str:
        return f"{self.where}: {self.message}" if self.where else self.message


class FileError(InputError):
    """All faults found in one file, each with its place."""

    kind = "file"

    def __init__(self, problems: Sequence[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(str(p) for p in self.problems))

    def as_record(self) -> dict[str, object]:
        problems = [{"where": p.where, "message": p.message} for p in self.problems]
        return {**super().as_record(), "problems": problems}


INTERRUPTED_EXIT_CODE = 130


def nearest(name: str, known: Iterable[str], count: int = 3) -> list[str]:
    """Known names most like `name`, best first; case and one- or two-letter slips are forgiven."""
    by_fold: dict[str, str] = {}
    for candidate in known:
        by_fold.setdefault(candidate.casefold(), candidate)
    fold = name.casefold()
    if len(fold) <= 1:
        return []
    starts = [full for key, full in by_fold.items() if key.startswith(fold)] if len(fold) == 2 else []
    swapped = [full for key, full in by_fold.items() if sorted(key) == sorted(fold)]
    swapped.sort(key=lambda full: sum(a != b for a, b in zip(full.casefold(), fold, strict=True)))
    close = [by_fold[key] for key in difflib.get_close_matches(fold, by_fold, n=count, cutoff=0.5)]
    return list(dict.fromkeys(swapped + starts + close))[:count]


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """A sentence naming the nearest known names, or an empty string when none is near."""
    found = nearest(name, known)
    return f" Nearest: {', '.join(repr(n) for n in found)}." if found else ""
