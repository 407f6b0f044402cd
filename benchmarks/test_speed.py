"""Timings, run by `make bench` and never by the tests. Targets on 2 cores: a solve 40 ms in the long run and 100 ms in
the short run, `halys run rome-2022` 6 s and 1 GB, `halys --help` 0.3 s, loading the world and reading a
scenario file of 300 kB 0.3 s each.
"""

from __future__ import annotations

import resource
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import halys
from halys.answer.results import reduce_outcome
from halys.economy import EquilibriumStore, Shock, SolverOptions, calibrate_baseline, solve_equilibrium
from halys.economy.preconditioner import Preconditioner
from halys.economy.problem import compile_coefficients
from halys.measures import compile_measures
from halys.scenario import load_scenario
from halys.scenario.document import parse_document
from halys.solving import Job, solve_batch
from halys.world.load import load_bundled

HALYS = [sys.executable, "-c", "from halys.cli import main; main()"]
HORIZONS = {
    "theta 5": halys.Horizon.long(trade_elasticity=5.0),
    "theta by industry": halys.Horizon.long(),
    "short run": halys.Horizon.short(),
    "short run, theta 2": halys.Horizon.short(2.0),
}
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
    found = benchmark.pedantic(halys.solve, (world, SHOCKS[shock]), {"horizon": HORIZONS[horizon]}, rounds=15)
    benchmark.extra_info["steps"] = found.solver.steps


@pytest.mark.parametrize("horizon", HORIZONS)
def test_solve_all_pairs(benchmark: Any, horizon: str) -> None:
    """Random trade costs of 0 to 50 % on every pair and industry."""
    world = halys.load_world()
    b, elasticities = calibrate_baseline(world), HORIZONS[horizon].elasticities(world.industries)
    cost = 1.0 + 0.5 * np.random.default_rng(0).random(b.trade_share.shape)
    np.einsum("sjj->sj", cost)[...] = 1.0
    solve_equilibrium(b, elasticities, Shock(iceberg=cost))
    found = benchmark.pedantic(solve_equilibrium, (b, elasticities, Shock(iceberg=cost)), rounds=15)
    benchmark.extra_info["steps"] = found.solution.steps


@pytest.mark.parametrize("horizon", HORIZONS)
def test_preconditioner(benchmark: Any, horizon: str) -> None:
    """What a baseline and a set of elasticities cost once."""
    world = halys.load_world()
    b, elasticities = calibrate_baseline(world), HORIZONS[horizon].elasticities(world.industries)
    coefficients = compile_coefficients(b, elasticities, Shock(), "fixed")
    benchmark.pedantic(Preconditioner, (b, coefficients), rounds=5)


@pytest.mark.parametrize("shock", SHOCKS)
def test_recall(benchmark: Any, tmp_path: Path, shock: str) -> None:
    """An equilibrium from the store: constants of the equations, one evaluation and its residuals."""
    world = halys.load_world()
    b, theta, store = (
        calibrate_baseline(world),
        HORIZONS["theta 5"].theta(world.industries),
        EquilibriumStore(tmp_path, 10**9),
    )
    problem = (b, theta, compile_measures(world, SHOCKS[shock]))
    solve_equilibrium(*problem, store=store)
    benchmark.pedantic(solve_equilibrium, problem, {"store": store}, rounds=30)
    assert store.stats.hits == 30


@pytest.mark.parametrize("start", ["baseline to 1e-10", "baseline", "a neighbour", "the line through two neighbours"])
def test_solve_near(benchmark: Any, start: str) -> None:
    """One of a batch of perturbed trade costs to 1e-8; the steps are in `extra_info`."""
    world = halys.load_world()
    b, theta = calibrate_baseline(world), HORIZONS["theta by industry"].theta(world.industries)

    def shock(factor: float) -> Shock:
        ways = {"exporters": "CHN", "importers": "all"}, {"exporters": "all", "importers": "CHN"}
        return compile_measures(world, [halys.TradeCost(**way, factor=factor) for way in ways])

    one, two = (solve_equilibrium(b, theta, shock(factor)).solution.point for factor in (1.0375, 1.05))
    options = SolverOptions(tolerance=1e-10 if start.endswith("1e-10") else 1e-8)
    starts = {"a neighbour": one, "the line through two neighbours": 0.6 * one + 0.4 * two}
    found = benchmark.pedantic(
        solve_equilibrium, (b, theta, shock(1.0425), "fixed", options), {"start": starts.get(start)}, rounds=15
    )
    benchmark.extra_info["steps"] = found.solution.steps


@pytest.mark.parametrize("stored", [False, True], ids=["solved", "from the store"])
def test_batch(benchmark: Any, tmp_path: Path, stored: bool) -> None:
    """150 equilibria of rome-2022 under two closures, reduced to what a run keeps; 3 s is the most it should take."""
    scenario, store = load_scenario("rome-2022"), EquilibriumStore(tmp_path, 10**9) if stored else None
    jobs = [
        Job(tuple(history.instruments), closure, scenario.horizon)
        for history in scenario.distinct[0]
        for closure in ("fixed", "balanced")
    ]
    jobs = (jobs * (150 // len(jobs) + 1))[:150]

    def run() -> None:
        assert not any(isinstance(kept, Exception) for kept in solve_batch(scenario.world, jobs, reduce_outcome, store))

    benchmark.pedantic(run, rounds=3, warmup_rounds=1)


def test_load_world(benchmark: Any) -> None:
    """Reading the bundled table, numpy being imported already."""
    benchmark.pedantic(load_bundled.__wrapped__, ("icio-2022",), rounds=10)


def test_read_scenario(benchmark: Any) -> None:
    """A file of 300 kB into plain data with the place of every value."""
    entry = "move_{}:\n  description: some text of usual length here\n  rate: 0.25\n  exporters: [CHN, USA]\n"
    benchmark.pedantic(parse_document, ("".join(entry.format(i) for i in range(3300)), "f"), rounds=10)


def test_help(benchmark: Any) -> None:
    """`halys --help` as a whole process."""
    benchmark.pedantic(subprocess.run, ([*HALYS, "--help"],), {"check": True, "capture_output": True}, rounds=10)


def test_run_rome(benchmark: Any, tmp_path: Path) -> None:
    """`halys run rome-2022` as a whole process, files written; the peak memory is in `extra_info`."""
    command = [*HALYS, "run", "rome-2022", "--force", "--out", str(tmp_path / "run")]
    benchmark.pedantic(subprocess.run, (command,), {"check": True, "capture_output": True}, rounds=5, warmup_rounds=1)
    benchmark.extra_info["peak_mb"] = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
