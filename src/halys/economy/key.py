"""The key of an equilibrium: a hash of all that its numbers depend on.

Two problems have the same key only if the engine solves them to the same bits: same baseline, elasticities, shock,
closure, options, start, code of the engine and version of NumPy. A shock is hashed by the cells that differ from their
resting level, so that None and an array of resting levels are one.
"""

from __future__ import annotations

import hashlib
from dataclasses import fields
from functools import lru_cache
from importlib import resources

import numpy as np
from numpy.typing import NDArray

from halys.economy.baseline import Baseline
from halys.economy.problem import Closure
from halys.economy.shock import Shock
from halys.economy.solver import SolverOptions

Array = NDArray[np.float64]


def identify_problem(
    b: Baseline, theta: Array, shock: Shock, closure: Closure, options: SolverOptions, start: Array | None = None
) -> str:
    """sha256, in hexadecimal digits, of a problem of `solve_equilibrium`."""
    digest = hashlib.sha256()
    for part in (engine_version(), b.hash, closure, repr(options)):
        digest.update(part.encode() + b"\n")
    digest.update(theta.astype(np.float64).tobytes())
    digest.update(b"cold" if start is None else start.tobytes())
    for field in fields(shock):
        values = getattr(shock, field.name)
        if values is not None:
            resting = _RESTING[field.name] if field.name != "tariff" or b.tariff is None else b.tariff
            _add_changes(digest, field.name, values, resting)
    return digest.hexdigest()


_RESTING = {"iceberg": 1.0, "tariff": 0.0, "export_tax": 0.0, "ban": 0.0, "transfer": 0.0, "productivity": 1.0}


def _add_changes(digest: hashlib._Hash, name: str, values: Array, resting: Array | float) -> None:
    """Indices and values that differ from the resting level; nothing where none does."""
    changed = np.flatnonzero(values != resting)
    if changed.size:
        digest.update(f"{name} {values.shape} {changed.size}\n".encode())
        digest.update(changed.astype(np.uint32).tobytes())
        digest.update(np.ravel(values)[changed].tobytes())


@lru_cache(maxsize=1)
def engine_version() -> str:
    """sha256 of the code of the engine and the version of NumPy, whose sums decide the last digits."""
    digest = hashlib.sha256(np.__version__.encode())
    for file in sorted(resources.files("halys.economy").iterdir(), key=lambda entry: entry.name):
        if file.name.endswith(".py"):
            digest.update(file.name.encode())
            digest.update(file.read_bytes())
    return digest.hexdigest()
