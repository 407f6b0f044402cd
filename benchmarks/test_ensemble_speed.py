"""Pace of an ensemble: equilibria a second from drawing to the folder of draws. Run with `make bench`.

rome-2022 in the long run, all its numbers with a range drawn, the trade elasticities among them: 200 equilibria a
second on two cores is the least that it should do. What else runs on the machine shows in the wall clock, and less in
the time of the processor.
"""

from __future__ import annotations

import os
import time
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from halys.ensembles import run_ensemble
from halys.scenario import load_scenario

DRAWS = 16


@pytest.mark.timeout(300)
@pytest.mark.parametrize("processes", [1, 2])
def test_ensemble(benchmark: Any, tmp_path: Path, processes: int, capsys: pytest.CaptureFixture[str]) -> None:
    """Draws of one process held to one core, or of two."""
    scenario, own = load_scenario("rome-2022"), os.sched_getaffinity(0)
    if len(own) < processes:
        pytest.skip(f"{len(own)} core")
    equilibria, folders, spent = DRAWS * len(scenario.distinct[0]), count(), []

    def run() -> None:
        began = time.process_time()
        run_ensemble(scenario, DRAWS, tmp_path / str(next(folders)))
        spent.append(time.process_time() - began)

    os.sched_setaffinity(0, set(sorted(own)[:processes]))
    try:
        benchmark.pedantic(run, rounds=2, warmup_rounds=1)
    finally:
        os.sched_setaffinity(0, own)
    pace = equilibria / benchmark.stats.stats.min
    benchmark.extra_info["equilibria a second"] = round(pace)
    told = f"{processes} process(es): {pace:.0f} equilibria a second"
    if processes == 1:  # of two, the time of the other is not this one's
        told += f", {1e3 * min(spent) / equilibria:.1f} ms of the processor each"
    with capsys.disabled():
        print(f"\n{told}")
