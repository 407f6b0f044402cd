"""Equilibria kept on disk: the same bits as a solve, and never believed without looking.

Whatever a file holds, the result is that of a solve; only the warning and the counts tell that the file was bad.
"""

from __future__ import annotations

import errno
import logging
import os
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import numpy as np
import platformdirs
import pytest

from halys.economy import (
    EquilibriumStore,
    Shock,
    SolverOptions,
    calibrate_baseline,
    equilibrium,
    key,
    open_default_store,
    solve_baseline,
    solve_equilibrium,
    store,
)
from halys.economy.key import identify_problem
from halys.errors import ConvergenceError, InputError, StorageError
from worlds import make_world, pairs, random_pairs

THETA = np.array([3.0, 5.0, 8.0])
LARGE = 10**9


@pytest.fixture
def shock(small_world) -> Shock:
    w = small_world
    return Shock(tariff=w.tariff + random_pairs(w, 2, 0.0, 0.5, 0.0), ban=random_pairs(w, 3, 0.0, 0.5, 0.0))


@pytest.fixture
def kept(tmp_path) -> EquilibriumStore:
    return EquilibriumStore(tmp_path / "cache", LARGE)


def solve(world, shock, kept=None, **options):
    return solve_equilibrium(
        calibrate_baseline(world), THETA, shock, options=SolverOptions(**options) if options else None, store=kept
    )


def the_file(kept: EquilibriumStore) -> Path:
    (path,) = kept.folder.iterdir()
    return path


def assert_same(one, other) -> None:
    """To the bit, everything that a result is made of."""
    for name in ("real_income", "wage_hat", "price_hat", "flows", "trade_share", "terms_of_trade"):
        np.testing.assert_array_equal(getattr(one, name), getattr(other, name))
    np.testing.assert_array_equal(np.stack(one.decomposition), np.stack(other.decomposition))
    np.testing.assert_array_equal(one.solution.point, other.solution.point)
    for name in ("status", "residuals", "steps", "newton_steps"):
        assert getattr(one.solution, name) == getattr(other.solution, name)


# What is taken from the store -----------------------------------------------------------------------------------------


def test_what_is_recalled_is_what_was_solved(small_world, shock, kept, monkeypatch):
    """Nothing is solved the second time, by another store on the same folder: no preconditioner is asked for."""
    alone, first = solve(small_world, shock), solve(small_world, shock, kept)
    monkeypatch.setattr(equilibrium, "find_preconditioner", lambda *_: pytest.fail("it was solved again"))
    second = solve(small_world, shock, EquilibriumStore(kept.folder, LARGE))
    assert [q.solution.recalled for q in (alone, first, second)] == [False, False, True]
    assert_same(first, alone)
    assert_same(second, alone)
    assert kept.stats == (0, 1, 1, 0, 0)


def test_bundled_world(world, kept):
    b, theta = calibrate_baseline(world), np.full(50, 5.0)
    sanctions = Shock(ban=pairs(world, "coalition_2022", "RUS", 0.7, 0.0))
    first, second = (solve_equilibrium(b, theta, sanctions, "proportional", store=kept) for _ in range(2))
    assert second.solution.recalled
    assert_same(first, second)


def test_resolved_baselines_are_kept_too(small_world, kept):
    zero = np.zeros(4)
    first, second = (solve_baseline(small_world, THETA, zero, store=kept) for _ in range(2))
    assert kept.stats.hits == 1
    assert first.hash == second.hash == solve_baseline(small_world, THETA, zero).hash


def test_failures_are_not_kept(small_world, shock, kept):
    for _ in range(2):
        with pytest.raises(ConvergenceError, match="not converged after 2 steps"):
            solve(small_world, shock, kept, max_steps=2)
    assert kept.describe().equilibria == 0
    failed = ConvergenceError
    with pytest.raises(failed) as caught:
        solve(small_world, shock, max_steps=2)
    with pytest.raises(ValueError, match="only converged"):
        kept.put("0" * 64, caught.value.report)


def test_threads_share_a_store(small_world, kept):
    shocks = [Shock(ban=random_pairs(small_world, n % 3, 0.0, 0.5, 0.0)) for n in range(24)]
    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(lambda s: solve(small_world, s, kept).real_income, shocks))
    for n, income in enumerate(found):
        np.testing.assert_array_equal(income, found[n % 3])
    assert kept.describe().equilibria == 3
    assert kept.stats.hits + kept.stats.misses == 24


SOLVES = """
import sys
import numpy as np
from halys.economy import EquilibriumStore, Shock, calibrate_baseline, solve_equilibrium
from worlds import make_world, random_pairs
w = make_world(seed=1)
kept = EquilibriumStore(sys.argv[1], 10_000)
def solve(seed):
    shock = Shock(ban=random_pairs(w, seed, 0.0, 0.5, 0.0))
    return solve_equilibrium(calibrate_baseline(w), np.array([3.0, 5.0, 8.0]), shock, store=kept)
for n in range(40):
    print(float(solve(n % 12).real_income[0]).hex())
for n in range(24):  # of its own, which no other process puts: it must make room for them, however late it started
    solve(100 * int(sys.argv[2]) + n)
print(kept.stats.rejected, kept.stats.evicted > 0)
"""


def test_processes_share_a_folder(tmp_path):
    """Two processes put, take and make room at the same time: neither sees half a file, and both get the same bits."""
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parent.parent)}
    command = [sys.executable, "-W", "error", "-c", SOLVES, str(tmp_path)]
    running = [
        subprocess.Popen([*command, which], env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        for which in ("1", "2")
    ]
    ends = [process.communicate(timeout=100) for process in running]
    assert [errors for _, errors in ends] == ["", ""]
    assert ends[0][0] == ends[1][0]
    assert ends[0][0].endswith("0 True\n")
    assert not list(tmp_path.glob(".new-*"))


# Files that are not what they should be -------------------------------------------------------------------------------


def spoil_truncate(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-40])


def spoil_half(path: Path) -> None:
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def spoil_empty(path: Path) -> None:
    path.write_bytes(b"")


def spoil_noise(path: Path) -> None:
    path.write_bytes(np.random.default_rng(0).bytes(5000))


def spoil_bit(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[content.index(b"\n", 60) + 50] ^= 4
    path.write_bytes(content)


def rewrite(path: Path, **parts) -> None:
    with np.load(path) as file:
        content = dict(file) | parts
    with path.open("wb") as file:
        np.savez(file, **content)


def spoil_point(path: Path) -> None:
    with np.load(path) as file:
        rewrite(path, point=file["point"] * (1.0 + 1e-7))


def spoil_nan(path: Path) -> None:
    with np.load(path) as file:
        rewrite(path, point=np.full_like(file["point"], np.nan))


def spoil_size(path: Path) -> None:
    with np.load(path) as file:
        rewrite(path, point=file["point"][:-1])


def spoil_type(path: Path) -> None:
    with np.load(path) as file:
        rewrite(path, point=file["point"].astype(np.float32))


def spoil_pickle(path: Path) -> None:
    rewrite(path, point=np.array([{"no": "numbers"}], dtype=object))


def spoil_record(path: Path) -> None:
    rewrite(path, record=np.array("{}"))


def spoil_members(path: Path) -> None:
    with path.open("wb") as file:
        np.savez(file, other=np.zeros(3))


SPOILERS = [value for name, value in globals().items() if name.startswith("spoil_")]


@pytest.mark.parametrize("spoil", SPOILERS, ids=lambda f: f.__name__.removeprefix("spoil_"))
def test_a_spoiled_file_is_found_out_removed_and_solved_anew(small_world, shock, kept, caplog, spoil):
    first = solve(small_world, shock, kept)
    content = the_file(kept).read_bytes()
    spoil(the_file(kept))
    with caplog.at_level(logging.WARNING):
        again = solve(small_world, shock, kept)
    assert not again.solution.recalled
    assert_same(again, first)
    assert "is not the equilibrium that it should be" in caplog.text
    assert caplog.text.count("WARNING") == 1
    assert kept.stats == (0, 2, 2, 1, 0)
    assert the_file(kept).read_bytes() == content
    assert solve(small_world, shock, kept).solution.recalled


def test_the_file_of_another_problem_is_found_out(small_world, shock, kept, caplog):
    """Even that of the same problem at a looser tolerance, whose point might meet this one's by chance."""
    solve(small_world, shock, kept, tolerance=1e-9)
    b, tight = calibrate_baseline(small_world), SolverOptions(tolerance=1e-10)
    other = kept.folder / f"{identify_problem(b, THETA, shock, 'fixed', tight)}.npz"
    other.write_bytes(the_file(kept).read_bytes())
    assert_same(solve(small_world, shock, kept, tolerance=1e-10), solve(small_world, shock, tolerance=1e-10))
    assert "it was stored for another problem" in caplog.text


def test_a_file_that_cannot_be_read_is_left_alone(small_world, shock, kept, caplog):
    first = solve(small_world, shock, kept)
    path = the_file(kept)
    path.unlink()
    path.mkdir()
    again = [solve(small_world, shock, kept) for _ in range(2)]
    assert_same(again[1], first)
    assert caplog.text.count("cannot be read and is left alone") == 1
    assert path.is_dir()


# Keys -----------------------------------------------------------------------------------------------------------------


def test_whatever_decides_a_result_is_in_its_key(small_world, shock, monkeypatch):
    b, options, start = calibrate_baseline(small_world), SolverOptions(), np.ones(28)
    problem = {"b": b, "elasticities": THETA, "shock": shock, "closure": "fixed", "options": options, "start": None}
    nudged = shock.ban.copy()
    nudged[0, 1, 2] = np.nextafter(nudged[0, 1, 2], 1.0)
    moved = np.zeros_like(shock.ban)
    moved[0, 1, 2] = moved[1, 2, 0] = 0.5
    swapped = np.zeros_like(shock.ban)
    swapped[0, 1, 2] = swapped[1, 2, 1] = 0.5
    variants = [
        {},
        {"b": calibrate_baseline(make_world(seed=2))},
        {"b": replace(b, money=2.0 * b.money)},
        {"elasticities": np.array([3.0, 5.0, np.nextafter(8.0, 9.0)])},
        {"shock": Shock()},
        {"shock": Shock(ban=shock.ban)},
        {"shock": Shock(ban=nudged)},
        {"shock": Shock(ban=moved)},
        {"shock": Shock(ban=swapped)},
        {"shock": Shock(export_tax=shock.ban)},
        {"shock": Shock(tariff=shock.tariff)},
        {"shock": Shock(transfer=np.array([1.0, -1.0, 0.0, 0.0]))},
        {"shock": Shock(transfer=np.array([-1.0, 1.0, 0.0, 0.0]))},
        {"shock": Shock(productivity=np.full((4, 3), 1.1))},
        {"closure": "proportional"},
        {"closure": "balanced"},
        {"options": SolverOptions(tolerance=1e-9)},
        {"options": SolverOptions(max_steps=300)},
        {"options": SolverOptions(depth=5)},
        {"start": start},
        {"start": 2.0 * start},
    ]
    keys = [identify_problem(**(problem | variant)) for variant in variants]
    assert len(set(keys)) == len(variants)
    assert keys[0] == identify_problem(**problem)
    monkeypatch.setattr(key, "engine_version", lambda: "another")
    assert identify_problem(**problem) not in keys


@pytest.mark.parametrize("tariffs", [True, False], ids=["baseline tariffs", "no baseline tariffs"])
def test_arrays_of_resting_levels_are_no_shock(tariffs):
    w = make_world(seed=1, tariffs=tariffs)
    b, ones = calibrate_baseline(w), np.ones_like(w.flows)
    resting = Shock(
        iceberg=ones,
        tariff=w.tariff.copy() if tariffs else np.zeros_like(ones),
        export_tax=-0.0 * ones,
        ban=0.0 * ones,
        transfer=np.zeros(4),
        productivity=np.ones((4, 3)),
    )
    none, levels = (identify_problem(b, THETA, s, "fixed", SolverOptions()) for s in (Shock(), resting))
    assert none == levels
    if tariffs:
        free = Shock(tariff=0.0 * ones)
        assert identify_problem(b, THETA, free, "fixed", SolverOptions()) != none


def test_a_key_does_not_depend_on_how_an_array_lies_in_memory(small_world, shock):
    b, turned = calibrate_baseline(small_world), Shock(ban=np.asfortranarray(shock.ban))
    usual, other = (identify_problem(b, THETA, s, "fixed", SolverOptions()) for s in (Shock(ban=shock.ban), turned))
    assert usual == other
    assert_same(solve(small_world, Shock(ban=shock.ban)), solve(small_world, turned))


def test_other_code_does_not_take_what_this_code_stored(small_world, shock, kept, monkeypatch):
    solve(small_world, shock, kept)
    monkeypatch.setattr(key, "engine_version", lambda: "another")
    assert not solve(small_world, shock, kept).solution.recalled
    assert kept.describe().equilibria == 2


# Room on the disk -----------------------------------------------------------------------------------------------------


def shocks_of(world, count: int) -> list[Shock]:
    return [Shock(ban=random_pairs(world, n, 0.0, 0.5, 0.0)) for n in range(count)]


def test_what_was_used_longest_ago_goes_first(small_world, tmp_path):
    first, second, *more = shocks_of(small_world, 6)
    size = file_size(small_world, tmp_path)
    kept = EquilibriumStore(tmp_path / "small", int(4.2 * size))
    for number, shock in enumerate((first, second, *more[:2])):
        solve(small_world, shock, kept)
        for path in kept.folder.iterdir():  # each was used a while before the next
            os.utime(path, ns=(path.stat().st_atime_ns, path.stat().st_mtime_ns - 10**9 * (4 - number)))
    assert solve(small_world, first, kept).solution.recalled
    solve(small_world, more[2], kept)
    assert kept.describe().size_bytes <= kept.cap_bytes
    assert kept.stats.evicted == 2, "one too many, and one so that room is not made every time"
    assert [
        solve(small_world, s, EquilibriumStore(kept.folder, LARGE)).solution.recalled for s in (first, more[2])
    ] == [
        True,
        True,
    ]
    assert not solve(small_world, second, kept).solution.recalled


def file_size(world, folder: Path) -> int:
    sample = EquilibriumStore(folder / "sample", LARGE)
    solve(world, Shock(), sample)
    return sample.describe().size_bytes


def test_the_folder_is_not_read_at_every_put(small_world, kept, monkeypatch):
    read, scandir = [], os.scandir
    monkeypatch.setattr(store.os, "scandir", lambda path: read.append(path) or scandir(path))
    for shock in shocks_of(small_world, 10):
        solve(small_world, shock, kept)
    assert len(read) == 1


def test_what_is_larger_than_the_cap_is_not_kept(small_world, tmp_path):
    kept = EquilibriumStore(tmp_path, 100)
    solve(small_world, Shock(), kept)
    assert kept.describe() == (tmp_path, 0, 0, 100)


def no_space(*_, **__):
    raise OSError(errno.ENOSPC, "No space left on device")


def test_a_full_disk_is_told_once_and_leaves_nothing(small_world, kept, caplog, monkeypatch):
    monkeypatch.setattr(store.Path, "replace", no_space)
    for shock in shocks_of(small_world, 3):
        assert not solve(small_world, shock, kept).solution.recalled
    assert caplog.text.count("nothing more is kept") == caplog.text.count("WARNING") == 1
    assert "No space left on device" in caplog.text
    assert list(kept.folder.iterdir()) == []
    monkeypatch.undo()
    solve(small_world, Shock(), kept)
    assert kept.stats.puts == 0, "it is not tried again"


def test_a_folder_that_becomes_read_only_still_serves(small_world, shock, kept, caplog, monkeypatch):
    solve(small_world, shock, kept)
    for name in ("tempfile.NamedTemporaryFile", "os.utime"):
        monkeypatch.setattr(f"halys.economy.store.{name}", no_space)
    assert solve(small_world, shock, kept).solution.recalled
    assert caplog.text == ""
    assert not solve(small_world, Shock(), kept).solution.recalled
    assert caplog.text.count("WARNING") == 1


def test_an_interrupt_leaves_nothing(small_world, kept, monkeypatch):
    def interrupt(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr(store.Path, "replace", interrupt)
    with pytest.raises(KeyboardInterrupt):
        solve(small_world, Shock(), kept)
    assert list(kept.folder.iterdir()) == []


def test_clearing_removes_only_what_the_store_wrote(small_world, kept):
    for shock in shocks_of(small_world, 3):
        solve(small_world, shock, kept)
    strangers = [kept.folder / name for name in ("notes.txt", "mine.npz", ".new-fresh")]
    left = kept.folder / ".new-left"
    for path in (*strangers, left):
        path.write_text("x")
    os.utime(left, (time.time() - 7200, time.time() - 7200))
    folder, count, size, cap = kept.describe()
    assert (folder, count, cap) == (kept.folder, 3, LARGE)
    assert kept.clear() == (folder, 3, size, cap)
    assert sorted(kept.folder.iterdir()) == sorted(strangers), "what is just being written stays too"
    assert not solve(small_world, Shock(), kept).solution.recalled


def test_trouble_while_looking_and_clearing_is_an_error(kept, small_world, monkeypatch):
    solve(small_world, Shock(), kept)
    monkeypatch.setattr(store.Path, "unlink", no_space)
    with pytest.raises(StorageError, match="cannot be removed: No space"):
        kept.clear()
    monkeypatch.setattr(store.os, "scandir", no_space)
    with pytest.raises(StorageError, match="cannot be read: No space"):
        kept.describe()


# The user's own store -------------------------------------------------------------------------------------------------


@pytest.fixture
def usual_place(tmp_path, monkeypatch) -> Path:
    """Stands for the user's cache folder."""
    monkeypatch.delenv("HALYS_CACHE", raising=False)
    monkeypatch.setattr(platformdirs, "user_cache_dir", lambda *_, **__: str(tmp_path / "usual"))
    store._warn_of_no_cache.cache_clear()
    return tmp_path / "usual"


def test_the_usual_place(usual_place):
    found = open_default_store()
    assert (found.folder, found.cap_bytes) == (usual_place / "equilibria", 512_000_000)
    assert found.folder.is_dir()


def test_a_named_place_and_size(tmp_path, usual_place, monkeypatch):
    monkeypatch.setenv("HALYS_CACHE", str(tmp_path / "a" / "b"))
    monkeypatch.setenv("HALYS_CACHE_MB", "2.5")
    found = open_default_store()
    assert (found.folder, found.cap_bytes) == (tmp_path / "a" / "b" / "equilibria", 2_500_000)
    assert not usual_place.exists()


@pytest.mark.parametrize(("variable", "value"), [("HALYS_CACHE", ""), ("HALYS_CACHE_MB", "0"), ("HALYS_CACHE_MB", "")])
def test_no_cache_where_none_is_wanted(usual_place, monkeypatch, caplog, variable, value):
    monkeypatch.setenv(variable, value)
    assert open_default_store() is None
    assert not usual_place.exists()
    assert caplog.text == ""


@pytest.mark.parametrize("size", ["large", "-1", "nan", "inf", "512 MB"])
def test_sizes_that_cannot_be(usual_place, monkeypatch, size):
    monkeypatch.setenv("HALYS_CACHE_MB", size)
    with pytest.raises(InputError, match=f"HALYS_CACHE_MB is {size!r}; it must be a size in megabytes, such as 512"):
        open_default_store()


def test_a_named_place_that_cannot_be_used_is_an_error(tmp_path, monkeypatch):
    (tmp_path / "file").write_text("x")
    monkeypatch.setenv("HALYS_CACHE", str(tmp_path / "file"))
    with pytest.raises(
        StorageError, match=r"HALYS_CACHE is .*file'.* cannot be used as a cache: .* Name a folder"
    ) as e:
        open_default_store()
    assert e.value.exit_code == 5


def test_a_named_place_that_cannot_be_written_is_an_error(tmp_path, monkeypatch):
    monkeypatch.setenv("HALYS_CACHE", str(tmp_path))
    monkeypatch.setattr(store.tempfile, "NamedTemporaryFile", no_space)
    with pytest.raises(StorageError, match=r"HALYS_CACHE is .* No space left on device"):
        open_default_store()


@pytest.mark.parametrize("trouble", ["a file is there", "no home"])
def test_without_a_usual_place_nothing_is_kept_and_this_is_told_once(usual_place, monkeypatch, caplog, trouble):
    if trouble == "no home":
        monkeypatch.setattr(platformdirs, "user_cache_dir", lambda *_, **__: "~/.cache/halys")
    else:
        usual_place.write_text("x")
    assert open_default_store() is None
    assert open_default_store() is None
    assert caplog.text.count("Solved equilibria are not kept; HALYS_CACHE can name another folder") == 1
