"""Ensembles of a scenario on a cluster of this machine: the bits of a local run, whoever dies."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from commands import halys

import halys as package
from halys.authoring import write_template
from halys.ensembles import BATCH, SEED, Work
from halys.errors import InputError
from halys.evaluator import Evaluator
from halys.futures import cluster as module
from halys.futures.cluster import run_on_cluster
from halys.futures.store import DrawStore
from halys.scenario import load_scenario
from halys.scenario.overrides import load_overridden

distributed = pytest.importorskip("distributed")

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(sys.platform == "win32", reason="signals of POSIX"),
    # A worker that is killed leaves sockets and processes behind, which Dask lets the garbage collector close.
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]

DRAWS = 5 * BATCH


@pytest.fixture(scope="module")
def cluster() -> Iterator[distributed.LocalCluster]:
    with distributed.LocalCluster(n_workers=2, threads_per_worker=1, processes=True, dashboard_address=":0") as made:
        yield made


@pytest.fixture(scope="module")
def mine(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The template, with its draws made here."""
    place = tmp_path_factory.mktemp("cluster")
    write_template(place / "mine.yaml")
    package.run_ensemble(place / "mine.yaml", DRAWS, place / "draws")
    return place


def same(one: package.Ensemble, other: package.Ensemble) -> None:
    assert one.data == other.data
    assert list(one.columns) == list(other.columns)
    for name, array in one.columns.items():
        assert array.dtype == other.columns[name].dtype
        assert array.tobytes() == other.columns[name].tobytes()


def test_the_bits_of_a_local_run(mine: Path, cluster: distributed.LocalCluster, empty_folder: Path) -> None:
    """Begun here, gone on with there; a worker is killed in the middle."""
    package.run_ensemble(mine / "mine.yaml", BATCH, "draws")
    killed: list[int] = []

    def kill(done: int, _: int) -> None:
        if done == 2 * BATCH and not killed:
            killed.append(next(iter(cluster.workers.values())).pid)
            os.kill(killed[0], signal.SIGKILL)

    found = package.run_ensemble(mine / "mine.yaml", DRAWS, "draws", told=kill, scheduler=cluster.scheduler_address)
    assert killed
    same(found, package.run_ensemble(mine / "mine.yaml", DRAWS, mine / "draws"))


def test_the_command_with_a_change(mine: Path, cluster: distributed.LocalCluster, empty_folder: Path) -> None:
    """A scenario with `-s` travels as it was changed."""
    (empty_folder / "scheduler.json").write_text(f'{{"address": "{cluster.scheduler_address}"}}', encoding="utf-8")
    number = next(iter(load_scenario(mine / "mine.yaml").file.assumptions))
    setting = f"assumptions.{number}.value={load_scenario(mine / 'mine.yaml').file.assumptions[number].value!r}"
    answer = halys(
        "ensemble", mine / "mine.yaml", "--draws", "8", "-s", setting, "--out", "there", "--scheduler", "scheduler.json"
    )
    assert answer.code == 0, answer.err
    assert "8 of 8 draws" in answer.err
    there = package.run_ensemble(load_overridden(str(mine / "mine.yaml"), [setting])[0], BATCH, "there")
    same(there, package.run_ensemble(load_overridden(str(mine / "mine.yaml"), [setting])[0], BATCH, "here"))


def test_another_halys_is_refused(mine: Path, cluster: distributed.LocalCluster, empty_folder: Path) -> None:
    store = DrawStore.open(empty_folder / "draws", {"scenario": "mine"}, BATCH)
    work = Work(Evaluator, load_scenario(mine / "mine.yaml"), SEED, False, "0" * 64)
    with pytest.raises(InputError, match=r"the worker at tcp://.* has another Halys"):
        run_on_cluster(store, BATCH, work, cluster.scheduler_address)
    assert store.finished() == frozenset()


@pytest.mark.parametrize(
    ("options", "code", "told"),
    [
        (("--scheduler", "tcp://127.0.0.1:9"), 2, "no Dask scheduler answers at tcp://127.0.0.1:9"),
        (("--scheduler", "no-such.json"), 2, "scheduler file no-such.json: No such file or directory"),
        (("--patience", "-1"), 2, "patience: -1.0"),
        (("--patience", "nan"), 2, "patience: nan"),
    ],
)
def test_refusals(
    mine: Path, options: tuple[str, ...], code: int, told: str, empty_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "ANSWER_S", 1.0)
    answer = halys("ensemble", mine / "mine.yaml", "--draws", "8", "--out", "draws", *options)
    assert answer.code == code
    assert told in answer.err
    assert "Traceback" not in answer.err


def test_a_cluster_without_workers(mine: Path, empty_folder: Path) -> None:
    options: dict[str, Any] = {"n_workers": 0, "processes": False, "dashboard_address": ":0"}
    with distributed.LocalCluster(**options) as empty:
        address = empty.scheduler_address
        command = ("ensemble", mine / "mine.yaml", "--draws", "8", "--out", "draws", "--scheduler", address)
        answer = halys(*command, "--patience", "0.5")
    assert answer.code == 6
    assert f"the scheduler at {address} has no worker; waiting for one, 0.5 s at most" in answer.err
    assert "has had no worker for 0.5 s. Start one" in answer.err


def test_bits_do_not_hang_on_the_thread(mine: Path, empty_folder: Path) -> None:
    """Workers evaluate in threads of their own, of a process whose main thread may have solved before."""
    with (
        distributed.LocalCluster(n_workers=1, threads_per_worker=2, processes=False, dashboard_address=":0") as inside,
        distributed.Client(inside, set_as_default=False) as client,
    ):
        found = package.run_ensemble(mine / "mine.yaml", 2 * BATCH, "draws", scheduler=client)
    np.testing.assert_array_equal(
        found.columns["percent"], package.run_ensemble(mine / "mine.yaml", 2 * BATCH, mine / "draws").columns["percent"]
    )
