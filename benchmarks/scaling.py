"""How an ensemble scales with the workers of a cluster: measured on this machine with 1 and 2, and from that for 100.

    .venv/bin/python benchmarks/scaling.py rome-2022 --batches 4

A scheduler and workers of one thread run as processes of their own, as on several machines. Each worker first makes its
evaluator; then batches are timed. What a batch costs client and scheduler, whoever computes it, is timed with workers
that return the columns of a batch at once. The model: W workers finish B batches in

    max(⌈B/W⌉ · t, B · c),

t being the time of a batch on one worker and c what it costs client and scheduler; ⌈B/W⌉ has the loss of the last wave.
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
from typing import Any

import numpy as np
from distributed import Client

from halys.ensembles import BATCH, SEED, Work
from halys.futures.cluster import run_on_cluster
from halys.futures.ensemble import Evaluate
from halys.futures.store import DrawStore
from halys.run import hash_run
from halys.scenario import load_scenario

NOTHING = 400  # batches that cost nothing to compute


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


def timed(client: Client, folder: Path, work: Any, warm: int, batches: int) -> float:
    """Seconds for so many batches, once `warm` others have made the evaluators."""
    store = DrawStore.open(folder, {"benchmark": str(work)[:80]}, BATCH)
    run_on_cluster(store, warm * BATCH, work, client)
    begun = time.perf_counter()
    run_on_cluster(store, (warm + batches) * BATCH, work, client)
    return time.perf_counter() - begun


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
    work = Work(scenario, SEED, False, hash_run(scenario))
    took: dict[int, float] = {}
    cost = math.nan
    for count in chosen.workers:
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            with cluster(count, folder) as client:
                elapsed = timed(client, folder / "draws", work, count, chosen.batches * count)
                took[count] = elapsed / chosen.batches
                print(
                    f"{count} workers: {took[count]:.2f} s for a batch of {BATCH} draws on each, "
                    f"{BATCH * count / took[count]:.2f} draws a second, {memory(client):.0f} MB in a worker at most",
                    flush=True,
                )
                ready = Ready(DrawStore.open(folder / "draws", {"benchmark": str(work)[:80]}, BATCH).read(BATCH))
                cost = timed(client, folder / "ready", ready, count, NOTHING) / NOTHING
                print(f"    client and scheduler: {1000 * cost:.1f} ms for a batch", flush=True)
    t = took[min(took)]
    for draws in (4096, 65536):
        batches = -(-draws // BATCH)
        for count in (1, 2, 10, 100, 1000):
            seconds = model(count, batches, t, cost)
            share = batches * t / (count * seconds)
            print(f"{draws:6} draws, {count:4} workers: {seconds:8.0f} s, {100 * share:3.0f} % of {count} times one")
    print(f"client and scheduler are the limit from {t / cost:.0f} workers on")


if __name__ == "__main__":
    main()
