"""Timings of imports, run by `make bench`. Targets on 2 cores: a full-size ICIO file 60 s and 4 GB."""

from __future__ import annotations

import resource
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

import halys
from halys.world import read_world, save_world
from table_files import IcioFile

HALYS = [sys.executable, "-c", "from halys.cli import main; main()"]


@pytest.fixture(scope="module")
def full_size(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The bundled world in the layout of 2025: 4,053 rows and 4,537 columns, 260 MB."""
    folder = tmp_path_factory.mktemp("full")
    return IcioFile(halys.load_world(), parts=[("ROW", "ZAF", 0.3)]).write(folder / "2022_SML.csv")


def test_import_full_size(benchmark: Any, full_size: Path) -> None:
    """`halys world build` as a whole process; the peak memory is in `extra_info`."""
    command = [*HALYS, "world", "build", str(full_size), "--force", "--out", str(full_size.with_name("w.npz"))]
    benchmark.pedantic(subprocess.run, (command,), {"check": True, "capture_output": True}, rounds=3)
    benchmark.extra_info["peak_mb"] = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024


def test_read_world_file(benchmark: Any, tmp_path: Path) -> None:
    """Reading a world file of the size of the bundled world, its hash checked."""
    path = save_world(halys.load_world(), tmp_path / "w.npz")

    def read() -> None:
        path.touch()  # a file that has not changed is read once
        read_world(path)

    benchmark.pedantic(read, rounds=10)
