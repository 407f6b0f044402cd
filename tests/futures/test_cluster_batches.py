"""Batches on a cluster of this machine: workers killed, errors of workers, a scheduler that goes; nothing is lost."""

from __future__ import annotations

import copy
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest

from cluster_work import Deadly, Elsewhere, Plain, Refusing, columns
from halys.errors import InputError, StorageError
from halys.futures import cluster as module
from halys.futures.cluster import ClusterError, Parcel, connect, evaluate_batch, run_on_cluster
from halys.futures.ensemble import run_batches
from halys.futures.store import DrawStore

distributed = pytest.importorskip("distributed")

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(sys.platform == "win32", reason="signals of POSIX"),
    # A worker that is killed leaves sockets and processes behind, which Dask lets the garbage collector close.
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]

SIZE = 4


@pytest.fixture
def store(tmp_path: Path) -> DrawStore:
    return DrawStore.open(tmp_path / "draws", {"scenario": "mine"}, SIZE)


@pytest.fixture(scope="module")
def local() -> Iterator[distributed.LocalCluster]:
    """Two workers of one thread, each under a nanny that starts another where it dies."""
    with distributed.LocalCluster(n_workers=2, threads_per_worker=1, processes=True, dashboard_address=":0") as made:
        made.scheduler.allowed_failures = 0
        yield made


class ByHand:
    """A scheduler and workers started as on several machines, without nannies."""

    def __init__(self, folder: Path) -> None:
        self.file, self.log = folder / "scheduler.json", folder / "log"
        self.processes: list[subprocess.Popen[bytes]] = []
        self.scheduler = self.start("scheduler", "--port", "0", "--no-dashboard", "--scheduler-file", str(self.file))
        wait(lambda: self.file.exists() and self.file.stat().st_size > 0)
        self.address = json.loads(self.file.read_text(encoding="utf-8"))["address"]

    def worker(self) -> subprocess.Popen[bytes]:
        return self.start("worker", self.address, "--no-nanny", "--nthreads", "1", "--no-dashboard")

    def start(self, kind: str, *args: str) -> subprocess.Popen[bytes]:
        command = [sys.executable, "-m", f"distributed.cli.dask_{kind}", "--host", "127.0.0.1", *args]
        paths = os.pathsep.join([str(Path(__file__).parents[1]), os.environ.get("PYTHONPATH", "")])
        with self.log.open("ab") as log:
            made = subprocess.Popen(
                command, stdout=log, stderr=log, cwd=self.log.parent, env={**os.environ, "PYTHONPATH": paths}
            )
        self.processes.append(made)
        return made

    def stop(self) -> None:
        for each in self.processes:
            each.kill()
            each.wait()


@pytest.fixture
def by_hand(tmp_path: Path) -> Iterator[ByHand]:
    made = ByHand(tmp_path)
    yield made
    made.stop()


def wait(ready: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 120
    while not ready():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def same_as_local(store: DrawStore, draws: int) -> None:
    found = store.read(draws)
    for name, array in columns(0, draws).items():
        np.testing.assert_array_equal(found[name], array)
        assert found[name].dtype == array.dtype


def test_a_worker_killed_in_the_middle(store: DrawStore, local: distributed.LocalCluster) -> None:
    """Begun here, gone on there: every draw once, in the bits of a local run, whoever died."""
    run_batches(store, 3 * SIZE, columns)
    written = {p.name: p.stat().st_mtime_ns for p in store.path.glob("*.parquet")}
    told: list[tuple[int, int]] = []
    killed: list[int] = []

    def kill(done: int, total: int) -> None:
        told.append((done, total))
        if done >= 10 * SIZE and not killed:
            killed.extend(nanny.pid for nanny in list(local.workers.values())[:1])
            os.kill(killed[0], signal.SIGKILL)

    assert run_on_cluster(store, 60 * SIZE, Plain(0.05), local.scheduler_address, kill) == 57
    assert killed
    assert told == [(n * SIZE, 60 * SIZE) for n in range(3, 61)]
    same_as_local(store, 60 * SIZE)
    assert {name: (store.path / name).stat().st_mtime_ns for name in written} == written
    assert run_on_cluster(store, 60 * SIZE, Plain(), "tcp://nobody.invalid:1") == 0  # nothing left: nobody is asked


def test_a_batch_that_kills_its_workers(store: DrawStore, local: distributed.LocalCluster) -> None:
    """It is named, not one that lay beside it, and what was finished is kept."""
    with pytest.raises(ClusterError, match=rf"draws {2 * SIZE} to {3 * SIZE - 1}: 1 worker died"):
        run_on_cluster(store, 8 * SIZE, Deadly(at=2 * SIZE), local.scheduler_address)
    kept = store.finished()
    assert 2 * SIZE not in kept
    # What was given up may still be at work on a worker, and take it down with the next batches.
    wait(lambda: not local.scheduler.tasks and len(local.scheduler.workers) == 2)
    assert run_on_cluster(store, 8 * SIZE, Plain(), local.scheduler_address) == 8 - len(kept)
    same_as_local(store, 8 * SIZE)


@pytest.mark.parametrize(
    ("work", "error", "told"),
    [
        (Refusing(at=SIZE), InputError, "^this draw is refused$"),
        (Refusing(at=SIZE, bug=True), ZeroDivisionError, "^a bug$"),
        (
            Elsewhere(process=os.getpid()),
            InputError,
            r"cannot import .*No module named 'halys'.* Install the same versions",
        ),
    ],
)
def test_what_a_worker_raises_is_raised(
    store: DrawStore, local: distributed.LocalCluster, work: Plain, error: type[Exception], told: str
) -> None:
    with distributed.Client(local, set_as_default=False) as client:
        with pytest.raises(error, match=told):
            run_on_cluster(store, 3 * SIZE, work, client)
        assert SIZE not in store.finished()
        assert run_on_cluster(store, 3 * SIZE, Plain(), client) >= 1
        same_as_local(store, 3 * SIZE)
        wait(lambda: not local.scheduler.tasks)  # nothing is left on the cluster


def test_a_full_disk_and_an_interrupt(
    store: DrawStore, local: distributed.LocalCluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is under way is given up; what is kept stays."""

    def full(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    def fill(done: int, _: int) -> None:
        if done == 2 * SIZE:
            monkeypatch.setattr("pyarrow.parquet.write_table", full)

    def interrupt(done: int, _: int) -> None:
        if done == 3 * SIZE:
            raise KeyboardInterrupt

    with distributed.Client(local, set_as_default=False) as client:
        with pytest.raises(StorageError, match="No space left on device"):
            run_on_cluster(store, 40 * SIZE, Plain(0.05), client, fill)
        monkeypatch.undo()
        assert len(store.finished()) == 2
        with pytest.raises(KeyboardInterrupt):
            run_on_cluster(store, 40 * SIZE, Plain(0.05), client, interrupt)
        assert len(store.finished()) == 3
        assert not list(store.path.glob("*.part"))
        wait(lambda: not local.scheduler.tasks)


def test_workers_that_come_and_go(store: DrawStore, by_hand: ByHand) -> None:
    """No worker at first, then one that is killed, then two others, of which none has a nanny."""
    workers: list[subprocess.Popen[bytes]] = []
    noted: list[str] = []

    def note(words: str) -> None:
        noted.append(words)
        workers.append(by_hand.worker())

    def told(done: int, total: int) -> None:
        if done == 5 * SIZE and len(workers) == 1:
            workers[0].kill()
            workers.extend((by_hand.worker(), by_hand.worker()))

    run_on_cluster(store, 30 * SIZE, Plain(0.05), by_hand.file, told, noted=note)
    assert "has no worker; waiting for one, 300 s at most" in noted[0]
    same_as_local(store, 30 * SIZE)
    for each in by_hand.processes[1:]:
        each.kill()
        each.wait()
    with pytest.raises(ClusterError, match=r"has had no worker for 0 s\. Start one .* Finished draws are kept"):
        run_on_cluster(store, 40 * SIZE, Plain(), by_hand.address, patience=0.0)


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_a_scheduler_that_goes_away(store: DrawStore, by_hand: ByHand, monkeypatch: pytest.MonkeyPatch) -> None:
    by_hand.worker()
    monkeypatch.setattr(module, "ANSWER_S", 2.0)

    def told(done: int, _: int) -> None:
        if done == 3 * SIZE:
            by_hand.scheduler.kill()
            by_hand.scheduler.wait()

    with pytest.raises(ClusterError, match=r"went away, or gave up the work\. .* Finished draws are kept"):
        run_on_cluster(store, 200 * SIZE, Plain(0.05), by_hand.address, told)
    kept = store.finished()
    assert 3 <= len(kept) < 200
    assert run_batches(store, 200 * SIZE, columns) == 200 - len(kept)
    same_as_local(store, 200 * SIZE)


def test_one_batch_at_a_time_and_one_evaluator() -> None:
    """In a process of several threads too; the last parcel's evaluator is kept, and no other."""
    with (
        distributed.LocalCluster(
            n_workers=1, threads_per_worker=4, processes=False, dashboard_address=":0", protocol="inproc"
        ) as inside,
        distributed.Client(inside, set_as_default=False) as client,
    ):
        parcel = Parcel.of(Plain(0.01))
        futures = [client.submit(evaluate_batch, parcel, n, SIZE, pure=False) for n in range(8)]
        for n, future in enumerate(futures):
            np.testing.assert_array_equal(future.result()["draw"], np.arange(n, n + SIZE))
        client.submit(evaluate_batch, Parcel.of(Plain(0.0)), 0, SIZE).result()
        assert list(module._evaluators) == [Parcel.of(Plain(0.0)).key]
        other = Parcel(parcel.key, {**parcel.versions, "numpy": "0.9"}, parcel.content)
        with pytest.raises(
            InputError, match=r"the worker at inproc://.* has numpy .* \(here 0\.9\)\. Install the same"
        ):
            client.submit(evaluate_batch, other, 0, SIZE).result()


@pytest.mark.parametrize(
    ("scheduler", "told"),
    [
        ("tcp://127.0.0.1:9", "no Dask scheduler answers at tcp://127.0.0.1:9 within 1 s. Start one"),
        ("nonsense://here:1", "'nonsense://here:1' cannot be used as the address of a Dask scheduler"),
        ("127.0.0.1", "missing port"),
        ("tls://127.0.0.1:9", "certificates"),
        ("", "no address. It looks like tcp://host:8786"),
        ("missing.json", "scheduler file missing.json: No such file or directory"),
        (7, "scheduler: 7. Give an address such as tcp://host:8786"),
    ],
)
def test_no_scheduler(scheduler: str, told: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "ANSWER_S", 1.0)
    with pytest.raises(InputError) as caught, connect(scheduler):
        pass
    assert told in str(caught.value)


def test_a_worker_or_scheduler_with_other_versions(
    store: DrawStore, local: distributed.LocalCluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Refused before anything is sent."""
    with distributed.Client(local, set_as_default=False) as client:
        real = client.get_versions(packages=["halys", "numpy", "scipy"])
        worker = next(iter(real["workers"]))
        changes = [
            (("workers", worker), "numpy", "1.0", rf"worker at {worker} has numpy 1\.0 \(here "),
            (("workers", worker), "halys", None, rf"worker at {worker} has no halys\. Install the same versions"),
            (("scheduler",), "halys", None, "the scheduler at .* has no halys"),
        ]
        for path, name, value, message in changes:
            told = copy.deepcopy(real)
            place = told
            for key in path:
                place = place[key]
            place["packages"][name] = value
            with monkeypatch.context() as patch:
                patch.setattr(client, "get_versions", lambda packages, told=told: told)
                with pytest.raises(InputError, match=message):
                    run_on_cluster(store, SIZE, Plain(), client)
        assert not store.finished()
        assert run_on_cluster(store, SIZE, Plain(), client) == 1


def test_a_scheduler_file_of_something_else(tmp_path: Path) -> None:
    for text in ("{", "[]", "{}"):
        (tmp_path / "s.json").write_text(text, encoding="utf-8")
        with pytest.raises(InputError, match="holds no address"), connect(tmp_path / "s.json"):
            pass


def test_without_dask(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "find_spec", lambda _: None)
    with pytest.raises(InputError, match=r"pip install 'halys\[futures\]'"), connect("tcp://127.0.0.1:9"):
        pass
