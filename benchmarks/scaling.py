"""How an ensemble scales with the workers of a cluster: measured on this machine with 1 and 2, and from that for 100.

    .venv/bin/python benchmarks/scaling.py rome-2022 --batches 4

A scheduler and workers of one thread run as processes of their own, as on several machines. Each worker first makes its
evaluator; then batches are timed. What a batch costs client and scheduler, whoever computes it, is measured with
workers that return the columns of a batch at once. The model: W workers finish B batches in

    max(⌈B/W⌉ · t, B · c),

t being what a batch takes one worker and c what it takes the client or the scheduler, whichever is more: each is one
process. ⌈B/W⌉ has the loss of the last wave. Both are processor time, which other work on the machine does not change.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import math
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from distributed import Client

from halys.ensembles import BATCH, SEED, Work
from halys.evaluator import Evaluator
from halys.futures.cluster import run_on_cluster
from halys.futures.ensemble import Evaluate
from halys.futures.store import DrawStore
from halys.run import hash_run
from halys.scenario import load_scenario

NOTHING = 200  # batches that cost nothing to compute


@dataclass(frozen=True)
class Ready:
    """Returns the same columns for every batch, at once."""

    columns: Mapping[str, np.ndarray]

    def __call__(self, where: str) -> Evaluate:
        return lambda first, size: {**self.columns, "draw": np.arange(first, first + size)}


@contextlib.contextmanager
def cluster(workers: int, folder: Path) -> Iterator[Client]:
    """A client of a scheduler and workers, each in a process."""
    file = folder / "scheduler.json"
    started = []

    def start(kind: str, *options: str) -> None:
        command = [sys.executable, "-m", f"distributed.cli.dask_{kind}", "--host", "127.0.0.1", "--no-dashboard"]
        quiet: dict[str, Any] = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL, "cwd": folder}
        started.append(subprocess.Popen([*command, "--scheduler-file", str(file), *options], **quiet))

    try:
        start("scheduler", "--port", "0")
        while not file.exists() or not file.stat().st_size:
            time.sleep(0.1)
        for _ in range(workers):
            start("worker", "--nthreads", "1")
        with Client(json.loads(file.read_text(encoding="utf-8"))["address"], set_as_default=False) as client:
            client.wait_for_workers(workers, timeout=120)
            yield client
    finally:
        for each in started:
            each.terminate()
            each.wait()


class Took(NamedTuple):
    """Seconds for a batch: by the clock, and of the processor in a worker, the client and the scheduler."""

    clock: float
    worker: float
    client: float
    scheduler: float


def timed(client: Client, folder: Path, work: Any, warm: int, batches: int) -> Took:
    """What so many batches take, once `warm` others have made the evaluators."""

    def clocks() -> np.ndarray:
        workers = sum(client.run(time.process_time).values())
        return np.array([time.perf_counter(), workers, time.process_time(), client.run_on_scheduler(time.process_time)])

    store = DrawStore.open(folder, {"benchmark": str(work)[:80]}, BATCH)
    run_on_cluster(store, warm * BATCH, work, client)
    begun = clocks()
    run_on_cluster(store, (warm + batches) * BATCH, work, client)
    return Took(*((clocks() - begun) / batches).tolist())


def memory(client: Client) -> float:
    """Most that a worker has held, in MB."""

    def peak() -> float:
        import resource

        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024

    return max(client.run(peak).values())


def model(workers: int, batches: int, t: float, c: float) -> float:
    """Seconds; see above."""
    return max(math.ceil(batches / workers) * t, batches * c)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("scenario", nargs="?", default="rome-2022")
    parser.add_argument("--batches", type=int, default=4, help="timed batches for each worker")
    parser.add_argument("--workers", type=int, nargs="*", default=[1, 2])
    chosen = parser.parse_args()
    scenario = load_scenario(chosen.scenario)
    work = Work(Evaluator, scenario, SEED, False, hash_run(scenario))
    times = []
    for count in chosen.workers:
        with tempfile.TemporaryDirectory() as name, cluster(count, Path(name)) as client:
            folder = Path(name)
            took = timed(client, folder / "draws", work, count, chosen.batches * count)
            print(
                f"{count} workers: a batch of {BATCH} draws takes {took.worker:.2f} s of a processor in a worker; one "
                f"is done every {took.clock:.2f} s; {memory(client):.0f} MB in a worker at most",
                flush=True,
            )
            ready = Ready(DrawStore.open(folder / "draws", {"benchmark": str(work)[:80]}, BATCH).read(BATCH))
            kept = timed(client, folder / "ready", ready, count, NOTHING)
            print(
                f"    the client takes {1000 * kept.client:.1f} ms for it, "
                f"the scheduler {1000 * kept.scheduler:.1f} ms",
                flush=True,
            )
            times.append((took.worker, max(kept.client, kept.scheduler)))
    t, cost = np.mean(times, axis=0).tolist()
    for draws in (4096, 65536):
        batches = -(-draws // BATCH)
        for count in (1, 2, 10, 100, 1000):
            seconds = model(count, batches, t, cost)
            share = batches * t / (count * seconds)
            print(f"{draws:6} draws, {count:4} workers: {seconds:8.0f} s, {100 * share:3.0f} % of {count} times one")
    print(f"client and scheduler are the limit from {t / cost:.0f} workers on")


if __name__ == "__main__":
    main()
