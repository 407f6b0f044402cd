"""A file of the size of the OECD's own, written from the bundled world: 81 economies, 50 industries, 4,053 rows and
4,537 columns, about 260 MB of text."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest

import halys
from halys.world import read_world
from table_files import IcioFile

resource = pytest.importorskip("resource", reason="memory is limited by means of POSIX")
pytestmark = pytest.mark.slow

HALYS = [sys.executable, "-c", "from halys.cli import main; main()"]
LIMIT = 4 * 2**30
"""Bytes of memory that an import may take; beyond it the process is refused memory and the test fails."""


def _limit_memory() -> None:
    resource.setrlimit(resource.RLIMIT_DATA, (LIMIT, LIMIT))


@pytest.fixture(scope="module")
def imported(world: halys.World, tmp_path_factory: pytest.TempPathFactory) -> halys.World:
    """The bundled world through a file, in which 30 % of South Africa stand as the rest of the world, merged again."""
    folder = tmp_path_factory.mktemp("full")
    table = IcioFile(world, parts=[("ROW", "ZAF", 0.3)]).write(folder / "2022_SML.csv")
    with table.open() as file:
        assert file.readline().count(",") == 4537
        assert sum(1 for _ in file) == 4053
    (folder / "map.csv").write_text("kind,from,to\neconomy,ROW,ZAF\neconomy,ZAF,ZAF\neconomy,*,keep\n")
    command = [*HALYS, "world", "build", str(table), "--mapping", str(folder / "map.csv"), "--out", "full.npz"]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, preexec_fn=_limit_memory, check=False)
    table.unlink()
    assert done.returncode == 0, done.stderr
    assert "80 economies × 50 industries, merged from 81 × 50" in done.stdout
    return read_world(folder / "full.npz")


def test_gives_the_bundled_world_back(imported: halys.World, world: halys.World) -> None:
    """Flows, inputs, value added, final use and deficits, to 1e-9 of themselves or of the smallest that matters."""
    assert imported.economies == world.economies
    assert imported.industries == world.industries
    for name in ("flows", "intermediate", "value_added", "final", "deficit"):
        there = getattr(world, name)
        floor = 1e-9 * np.abs(there).max()
        np.testing.assert_allclose(getattr(imported, name), there, rtol=1e-9, atol=1e-3 * floor, err_msg=name)
    assert {**imported.economy_names, "ZAF": "South Africa"} == world.economy_names  # it was merged
    assert imported.doubtful == world.doubtful
    assert all(entry["cells"] == 0 for entry in imported.provenance["adjustments"])


@pytest.mark.parametrize("closure", ["fixed", "balanced"])
def test_solves_to_the_same_results(closure: str, imported: halys.World, world: halys.World) -> None:
    measures = [
        halys.Ban(exporters="coalition_2022", importers="RUS", industries="goods", coverage=0.5),
        halys.Tariff(exporters="CHN", importers="USA", rate=0.2),
    ]
    a, b = (halys.solve(w, measures, closure=closure).data for w in (imported, world))
    for name in ("real_income", "equivalent_variation"):
        np.testing.assert_allclose(a[name], b[name], rtol=1e-9, atol=1e-9 * float(np.abs(b[name]).max()))
