"""World files: what is written comes back, bit for bit, and a file that is no world is said to be none."""

from __future__ import annotations

import dataclasses
import gc
import json
import os
import weakref
import zipfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

import halys
from halys.errors import InputError, StorageError, UnknownNameError
from halys.world import load_groups, read_world, save_world
from halys.world.groups import Group
from halys.world.stored import pack_world
from worlds import make_world


@pytest.fixture
def stored(small_world: halys.World, tmp_path: Path) -> Path:
    return save_world(small_world, tmp_path / "small.npz")


def test_comes_back_bit_for_bit(small_world: halys.World, stored: Path) -> None:
    found = read_world(stored)
    assert found.hash == small_world.hash
    for field in dataclasses.fields(small_world):
        there, here = getattr(small_world, field.name), getattr(found, field.name)
        if isinstance(there, np.ndarray):
            np.testing.assert_array_equal(here, there)
            assert not here.flags.writeable
        else:
            assert here == there, field.name
    np.testing.assert_array_equal(found.trade_share, small_world.trade_share)


def test_without_tariffs_and_with_groups_names_and_provenance(tmp_path: Path) -> None:
    own = {**load_groups(), "west": Group("west", "economy", "West", ("AAA", "BBB"), "made up")}
    plain = make_world(seed=4, tariffs=False)
    w = dataclasses.replace(
        plain,
        groups=own,
        title="Ours — «βeta»",
        note="Only a test.",
        economy_names={"AAA": "Älpha"},
        provenance={"table": {"file": "t.csv"}, "year": None},
    )
    found = read_world(save_world(w, tmp_path / "w.npz"))
    assert found.tariff is None
    assert found.select("west") == ("AAA", "BBB")
    assert (found.title, found.note, found.name_of("AAA")) == (w.title, w.note, "Älpha")
    assert found.provenance == w.provenance
    assert found.groups == own
    assert found.hash == w.hash
    assert w.hash != plain.hash  # a scenario may name the group


def test_same_world_same_bytes(small_world: halys.World) -> None:
    assert pack_world(small_world) == pack_world(make_world(seed=1))


def test_numpy_opens_it(stored: Path, small_world: halys.World) -> None:
    with np.load(stored) as arrays:
        np.testing.assert_array_equal(arrays["flows"], small_world.flows)


def test_read_once(stored: Path, small_world: halys.World) -> None:
    first = halys.load_world(stored)
    assert halys.load_world(str(stored)) is first
    other = make_world(seed=9)
    save_world(other, stored, overwrite=True)
    assert halys.load_world(stored).hash == other.hash != small_world.hash


def test_content_decides_what_is_read(stored: Path, tmp_path: Path) -> None:
    """Time and size of a file may stay when it is written anew; a copy elsewhere is the same world."""
    first, old = read_world(stored), stored.stat()
    copy = tmp_path / "copy.npz"
    copy.write_bytes(stored.read_bytes())
    assert read_world(copy) is first
    save_world(dataclasses.replace(first, title="One"), stored, overwrite=True)
    os.utime(stored, ns=(old.st_atime_ns, old.st_mtime_ns))
    assert read_world(stored).title == "One"
    save_world(dataclasses.replace(first, title="Two"), stored, overwrite=True)
    os.utime(stored, ns=(old.st_atime_ns, old.st_mtime_ns))
    assert read_world(stored).title == "Two"


def test_few_worlds_are_kept_in_memory(tmp_path: Path) -> None:
    files = [save_world(make_world(seed=n), tmp_path / f"{n}.npz") for n in range(5)]
    kept = [weakref.ref(read_world(file)) for file in files]
    gc.collect()
    assert [world() is not None for world in kept] == [False, False, False, True, True]


def test_threads_that_write_one_file_do_not_collide(tmp_path: Path) -> None:
    """Each writes its own file aside; one of the worlds is there whole in the end."""
    worlds, target = [make_world(seed=n) for n in range(4)], tmp_path / "w.npz"
    with ThreadPoolExecutor(4) as pool:
        for _ in pool.map(lambda n: save_world(worlds[n % 4], target, overwrite=True), range(40)):
            pass
    assert read_world(target).hash in {w.hash for w in worlds}
    assert list(tmp_path.iterdir()) == [target]


def test_paths_and_names(stored: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(stored.parent)
    assert halys.load_world("small.npz") is halys.load_world(stored)
    assert halys.load_world("../" + stored.parent.name + "/small.npz").id == "small-1"
    assert halys.load_world("small.npz", stored.parent).id == "small-1"
    with pytest.raises(UnknownNameError, match=r"'small' is not a bundled world\. There is 'icio-2022'; or give the"):
        halys.load_world("small")


def test_existing_file_is_kept(stored: Path, small_world: halys.World) -> None:
    before = stored.read_bytes()
    with pytest.raises(InputError, match=r"small.npz exists. Give another path, or replace it with overwrite=True.$"):
        save_world(make_world(seed=2), stored)
    assert stored.read_bytes() == before


@pytest.mark.parametrize(
    ("name", "told"),
    [("w.csv", "ends in .npz"), ("no/w.npz", "there is no folder .*no. Make it first"), ("a.npz", "is a folder")],
)
def test_where_nothing_can_be_written(name: str, told: str, small_world: halys.World, tmp_path: Path) -> None:
    (tmp_path / "a.npz").mkdir()
    with pytest.raises(InputError, match=told):
        save_world(small_world, tmp_path / name, overwrite=True)


def test_never_half_written(small_world: halys.World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A disk that fails leaves what was there, and nothing beside it."""
    target = save_world(small_world, tmp_path / "w.npz")

    def fail(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", fail)
    with pytest.raises(StorageError, match="No space left on device"):
        save_world(make_world(seed=2), target, overwrite=True)
    assert list(tmp_path.iterdir()) == [target]
    assert read_world(target).hash == small_world.hash


def rewrite(path: Path, **changes: object) -> None:
    """The same archive with other entries in its record."""
    with zipfile.ZipFile(path) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    record = {**json.loads(members["world.json"]), **changes}
    with zipfile.ZipFile(path, "w") as archive:
        for name, data in {**members, "world.json": json.dumps(record).encode()}.items():
            archive.writestr(name, data)


def test_newer_version(stored: Path) -> None:
    rewrite(stored, version=2)
    with pytest.raises(InputError, match="newer Halys"):
        read_world(stored)


def test_changed_after_it_was_written(stored: Path) -> None:
    rewrite(stored, unit=1.0)
    with pytest.raises(InputError, match=r"small.npz was changed after it was written"):
        read_world(stored)


@pytest.mark.parametrize("content", [b"", b"hello", "npz", "cut", "spoilt", "odd"])
def test_what_is_no_world(content: bytes | str, stored: Path) -> None:
    whole = stored.read_bytes()
    if content == "npz":
        np.savez(stored, flows=np.ones(3))
    elif content == "odd":
        rewrite(stored, economies=5)
    elif content == "cut":
        stored.write_bytes(whole[: len(whole) // 2])
    elif content == "spoilt":
        stored.write_bytes(whole[:900] + bytes(byte ^ 255 for byte in whole[900:1000]) + whole[1000:])
    else:
        assert isinstance(content, bytes)
        stored.write_bytes(content)
    with pytest.raises(InputError, match=r"small.npz is not a world file of Halys, or a damaged one"):
        read_world(stored)


def test_no_file_and_a_folder(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"there is no world file .*nosuch.npz'.*halys world build"):
        read_world(tmp_path / "nosuch.npz")
    (tmp_path / "f.npz").mkdir()
    with pytest.raises(InputError, match="is a folder"):
        read_world(tmp_path / "f.npz")
