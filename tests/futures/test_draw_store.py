"""The store of draws: whole or not there, never doubled, never of something else."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from halys.errors import InputError, StorageError
from halys.futures.ensemble import describe_spread, rank_correlations, run_batches, share_with_error
from halys.futures.store import DrawStore

MANIFEST = {"scenario": "mine", "hash": "a" * 64, "seed": 1}


def columns(first: int, size: int) -> dict[str, np.ndarray]:
    draw = np.arange(first, first + size)
    return {"draw": draw, "numbers": np.sqrt(draw[:, None] + np.arange(3)), "failed": np.zeros(size, dtype=np.int32)}


@pytest.fixture
def store(tmp_path: Path) -> DrawStore:
    return DrawStore.open(tmp_path / "draws", MANIFEST, 4)


def test_what_was_written_is_read(store):
    assert run_batches(store, 10, columns) == 3
    found = store.read(10)
    for name, array in columns(0, 10).items():
        np.testing.assert_array_equal(found[name], array)
        assert found[name].dtype == array.dtype
    assert run_batches(store, 10, columns) == 0
    assert run_batches(store, 17, columns) == 2
    np.testing.assert_array_equal(store.read(17)["draw"], np.arange(17))


def test_progress_counts_what_was_there(store):
    run_batches(store, 4, columns)
    told: list[tuple[int, int]] = []
    run_batches(store, 12, columns, lambda done, total: told.append((done, total)))
    assert told == [(4, 12), (8, 12), (12, 12)]


def test_a_hole_is_filled_and_nothing_doubled(store):
    run_batches(store, 12, columns)
    (store.path / "draws-000000004.parquet").unlink()
    (store.path / "draws-000000008.parquet.77.part").write_bytes(b"half")
    with pytest.raises(InputError, match="lacks 1 batches"):
        store.read(12)
    assert run_batches(store, 12, columns) == 1
    np.testing.assert_array_equal(store.read(12)["draw"], np.arange(12))
    assert not list(store.path.glob("*.part"))


def test_a_store_of_something_else_is_refused(store, tmp_path):
    with pytest.raises(InputError, match="seed was 1 and is 2"):
        DrawStore.open(store.path, {**MANIFEST, "seed": 2}, 4)
    with pytest.raises(InputError, match="hash differs"):
        DrawStore.open(store.path, {**MANIFEST, "hash": "b" * 64}, 4)
    with pytest.raises(InputError, match="size was 4 and is 8"):
        DrawStore.open(store.path, MANIFEST, 8)
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "letter.txt").write_text("mine", encoding="utf-8")
    with pytest.raises(InputError, match="holds no ensemble"):
        DrawStore.open(tmp_path / "other", MANIFEST, 4)
    (store.path / "ensemble.json").write_text("{", encoding="utf-8")
    with pytest.raises(InputError, match="cannot be read"):
        DrawStore.open(store.path, MANIFEST, 4)


def test_a_spoilt_file_is_named(store):
    run_batches(store, 8, columns)
    (store.path / "draws-000000004.parquet").write_bytes(b"no parquet")
    with pytest.raises(StorageError, match=r"draws-000000004.parquet cannot be read .* Remove it"):
        store.read(8)


def test_columns_of_another_length_are_refused(store):
    with pytest.raises(InputError, match="4 draws"):
        store.write(0, columns(0, 3))
    assert store.finished() == frozenset()


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
def test_a_full_disk_loses_nothing(store, monkeypatch):
    run_batches(store, 4, columns)

    def full(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("pyarrow.parquet.write_table", full)
    with pytest.raises(StorageError, match=r"No space left on device.*finished draws are kept"):
        run_batches(store, 8, columns)
    monkeypatch.undo()
    assert store.finished() == {0}
    assert run_batches(store, 8, columns) == 1


SLOW = """
import sys, time
sys.path.insert(0, {tests!r})
from futures.test_draw_store import MANIFEST, columns
from pathlib import Path
from halys.futures.ensemble import run_batches
from halys.futures.store import DrawStore
def slow(first, size):
    time.sleep(0.02)
    return columns(first, size)
run_batches(DrawStore.open(Path(sys.argv[1]), MANIFEST, 4), 400, slow)
"""


@pytest.mark.parametrize("delay", [0.0, 0.037, 0.11])
def test_a_kill_at_any_moment(tmp_path, delay):
    """What is there after the kill is whole, and the rest is made once."""
    code = SLOW.format(tests=str(Path(__file__).parents[1]))
    process = subprocess.Popen([sys.executable, "-c", code, str(tmp_path / "draws")])
    deadline = time.monotonic() + 60
    while len(list((tmp_path / "draws").glob("*.parquet"))) < 3 and time.monotonic() < deadline:
        time.sleep(0.005)
    time.sleep(delay)
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    store = DrawStore.open(tmp_path / "draws", MANIFEST, 4)
    there = store.finished()
    assert 3 <= len(there) < 100
    made: list[int] = []

    def evaluate(first: int, size: int) -> dict[str, np.ndarray]:
        made.append(first)
        return columns(first, size)

    run_batches(store, 400, evaluate)
    assert set(made) | there == set(range(0, 400, 4))
    assert not set(made) & there
    np.testing.assert_array_equal(store.read(400)["numbers"], columns(0, 400)["numbers"])


def test_what_draws_say():
    weights = np.array([[1.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 0.0]])
    mean, error = share_with_error(weights)
    np.testing.assert_allclose(mean, [0.75, 0.25])
    np.testing.assert_allclose(error, 0.25)
    spread = describe_spread(np.array([*range(101), np.nan]))
    assert (spread["mean"], spread["q5"], spread["q50"], spread["q95"]) == (50, 5, 50, 95)
    numbers = np.random.default_rng(1).uniform(size=(200, 3))
    found = rank_correlations(numbers, -np.exp(3 * numbers[:, 1]), ["a", "b", "c"])
    assert found[0] == {"name": "b", "correlation": pytest.approx(-1.0), "beyond_chance": True}
    assert [entry["beyond_chance"] for entry in found[1:]] == [False, False]
    assert rank_correlations(numbers, np.ones(200), ["a", "b", "c"]) == []
