"""Timings, run by `make bench` and never by the tests. Targets on 2 cores: a solve 40 ms, `halys run rome-2022` 6 s and
1 GB, `halys --help` 0.3 s, loading the world 0.3 s."""

from __future__ import annotations

import resource
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import halys
from halys.economy import Shock, calibrate_baseline, solve_equilibrium

HALYS = [sys.executable, "-c", "from halys.cli import main; main()"]
HORIZONS = {"theta 5": halys.Horizon.long(trade_elasticity=5.0), "theta by industry": halys.Horizon.long()}
COALITION, RUSSIA = "coalition_2022", "RUS"


def both_ways(kind: Any, **numbers: float) -> list[Any]:
    return [
        kind(exporters=COALITION, importers=RUSSIA, industries="goods", **numbers),
        kind(exporters=RUSSIA, importers=COALITION, industries="goods", **numbers),
    ]


SHOCKS = {
    "tariffs of two giants": [
        halys.Tariff(exporters="USA", importers="CHN", rate=0.2),
        halys.Tariff(exporters="CHN", importers="USA", rate=0.2),
    ],
    "trade cost x3": both_ways(halys.TradeCost, factor=3.0),
    "embargo by 39": both_ways(halys.Ban, coverage=1.0),
}


@pytest.mark.parametrize("horizon", HORIZONS)
@pytest.mark.parametrize("shock", SHOCKS)
def test_solve(benchmark: Any, shock: str, horizon: str) -> None:
    """`halys.solve` to 1e-10 at 80 × 50, from measures to outcome, once the preconditioner is made."""
    world = halys.load_world()
    halys.solve(world, SHOCKS[shock], horizon=HORIZONS[horizon])
    benchmark.pedantic(halys.solve, (world, SHOCKS[shock]), {"horizon": HORIZONS[horizon]}, rounds=15)


@pytest.mark.parametrize("horizon", HORIZONS)
def test_solve_all_pairs(benchmark: Any, horizon: str) -> None:
    """Random trade costs of 0 to 50 % on every pair and industry."""
    world = halys.load_world()
    b, theta = calibrate_baseline(world), HORIZONS[horizon].theta(world.industries)
    cost = 1.0 + 0.5 * np.random.default_rng(0).random(b.trade_share.shape)
    np.einsum("sjj->sj", cost)[...] = 1.0
    solve_equilibrium(b, theta, Shock(iceberg=cost))
    benchmark.pedantic(solve_equilibrium, (b, theta, Shock(iceberg=cost)), rounds=15)


def test_load_world(benchmark: Any) -> None:
    """Reading the bundled table, numpy being imported already."""
    benchmark.pedantic(halys.load_world.__wrapped__, rounds=10)  # type: ignore[attr-defined]


def test_help(benchmark: Any) -> None:
    """`halys --help` as a whole process."""
    benchmark.pedantic(subprocess.run, ([*HALYS, "--help"],), {"check": True, "capture_output": True}, rounds=10)


def test_run_rome(benchmark: Any, tmp_path: Path) -> None:
    """`halys run rome-2022` as a whole process, files written; the peak memory is in `extra_info`."""
    command = [*HALYS, "run", "rome-2022", "--force", "--out", str(tmp_path / "run")]
    benchmark.pedantic(subprocess.run, (command,), {"check": True, "capture_output": True}, rounds=5, warmup_rounds=1)
    benchmark.extra_info["peak_mb"] = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
