"""The key of an equilibrium: a hash of all that its numbers depend on.

Two problems have the same key only if the engine solves them to the same bits: same baseline, elasticities, shock,
closure, options, start, code of the engine and versions of NumPy and SciPy. A shock is hashed by the cells that differ
from their resting level, so that None and an array of resting levels are one.
"""

from __future__ import annotations

import hashlib
from dataclasses import fields
from functools import lru_cache
from importlib import resources
from importlib.metadata import version

import numpy as np
from numpy.typing import NDArray

from halys.economy.baseline import Baseline
from halys.economy.elasticities import Elasticities, as_elasticities
from halys.economy.problem import Closure, find_changes
from halys.economy.shock import TABLES, Indices, Shock
from halys.economy.solver import SolverOptions

Array = NDArray[np.float64]


def identify_problem(
    b: Baseline,
    elasticities: Elasticities | Array,
    shock: Shock,
    closure: Closure,
    options: SolverOptions,
    start: Array | None = None,
    near: Elasticities | Array | None = None,
    changes: dict[str, Indices] | None = None,
    method: str = "",
) -> str:
    """sha256, in hexadecimal digits, of a problem of `solve_equilibrium`.

    Args:
        changes: what `find_changes` finds, where it is known already.
        method: how it is solved, where not one by one.
    """
    digest = hashlib.sha256()
    for part in (engine_version(), b.hash, closure, repr(options), method):
        digest.update(part.encode() + b"\n")
    digest.update(as_elasticities(elasticities).hash.encode())
    digest.update(b"cold" if start is None else start.tobytes())
    digest.update(b"own" if near is None else as_elasticities(near).hash.encode())
    for name, changed in (find_changes(b, shock) if changes is None else changes).items():
        values = getattr(shock, name)
        digest.update(f"{name} {values.shape} {changed.size}\n".encode())
        digest.update(changed.astype(np.uint32).tobytes())
        digest.update(values.take(changed).tobytes())
    for name in TABLES:
        table = getattr(shock, name)
        for column in fields(table) if table is not None and table.cells.size else ():
            values = getattr(table, column.name)
            digest.update(f"{name}.{column.name} {values.shape} {values.dtype}\n".encode())
            digest.update(values.tobytes())
    return digest.hexdigest()


@lru_cache(maxsize=1)
def engine_version() -> str:
    """sha256 of the code of the engine and the versions of NumPy and SciPy, whose sums decide the last digits."""
    digest = hashlib.sha256(f"{np.__version__} {version('scipy')}".encode())
    for file in sorted(resources.files("halys.economy").iterdir(), key=lambda entry: entry.name):
        if file.name.endswith(".py"):
            digest.update(file.name.encode())
            digest.update(file.read_bytes())
    return digest.hexdigest()
