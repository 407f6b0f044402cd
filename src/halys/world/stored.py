"""World files: one compressed archive with the arrays in double precision and a record of names and provenance.

The archive is NumPy's (`.npz`), so that `numpy.load` opens it; the record is its member `world.json`. The same world
gives the same bytes.
"""

from __future__ import annotations

import hashlib
import io
import json
import os
import tempfile
import zipfile
import zlib
from dataclasses import asdict
from pathlib import Path
from threading import Lock
from typing import Any

import numpy as np

from halys.errors import InputError, StorageError
from halys.world.groups import Group, load_groups
from halys.world.model import World

SUFFIX = ".npz"
_FORMAT, _VERSION = "halys-world", 1
_RECORD = "world.json"
_ARRAYS = ("flows", "intermediate", "value_added", "final", "deficit", "tariff")
_DAMAGE = (zipfile.BadZipFile, zlib.error, LookupError, ValueError, TypeError, OSError, EOFError, RuntimeError)
_EPOCH = (1980, 1, 1, 0, 0, 0)


def save_world(world: World, path: str | Path, *, overwrite: bool = False) -> Path:
    """Write a world to a file, aside and then renamed, so that the file is there as a whole or not at all.

    Raises:
        InputError: the file exists and `overwrite` is not set, its name does not end in `.npz`, or it is a folder.
        StorageError: it cannot be written.
    """
    target = check_target(path, overwrite=overwrite)
    packed = pack_world(world)
    try:
        with tempfile.TemporaryDirectory(prefix=".halys-", dir=target.parent, ignore_cleanup_errors=True) as folder:
            aside = Path(folder) / "world"
            with aside.open("wb") as file:
                file.write(packed)
                file.flush()
                os.fsync(file.fileno())
            aside.replace(target)
    except OSError as error:
        raise StorageError(f"{target} cannot be written: {error.strerror or error}.") from error
    return target


_REPLACE = "Give another path, or replace it with overwrite=True."


def check_target(path: str | Path, *, overwrite: bool = False, advice: str = _REPLACE) -> Path:
    """The path, if a world file may be written there; what `save_world` raises otherwise. `advice` where it exists."""
    target = Path(path)
    if target.suffix.lower() != SUFFIX:
        raise InputError(f"{target}: the name of a world file ends in {SUFFIX}.")
    if target.is_dir():
        raise InputError(f"{target} is a folder. Give the name of a file.")
    if target.exists() and not overwrite:
        raise InputError(f"{target} exists. {advice}")
    if not target.parent.is_dir():
        raise InputError(f"{target}: there is no folder {target.parent}. Make it first.")
    return target


def describe_world(world: World) -> dict[str, Any]:
    """All of a world but its arrays, for which its hash stands, as plain data."""
    return {
        "format": _FORMAT,
        "version": _VERSION,
        "hash": world.hash,
        "id": world.id,
        "title": world.title,
        "note": world.note,
        "unit": world.unit,
        "in_equilibrium": world.in_equilibrium,
        "economies": list(world.economies),
        "industries": list(world.industries),
        "economy_names": dict(world.economy_names),
        "industry_names": dict(world.industry_names),
        "groups": None if world.groups == load_groups() else [asdict(group) for group in world.groups.values()],
        "provenance": dict(world.provenance),
    }


def pack_world(world: World) -> bytes:
    """The bytes of a world file."""
    record = describe_world(world)
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        text = json.dumps(record, ensure_ascii=False, indent=1, allow_nan=False)
        archive.writestr(_member(_RECORD), text.encode())
        for name in _ARRAYS:
            array = getattr(world, name)
            if array is not None:
                data = io.BytesIO()
                np.lib.format.write_array(data, np.ascontiguousarray(array), allow_pickle=False)
                archive.writestr(_member(f"{name}.npy"), data.getvalue())
    return packed.getvalue()


def _member(name: str) -> zipfile.ZipInfo:
    member = zipfile.ZipInfo(name, _EPOCH)
    member.compress_type = zipfile.ZIP_DEFLATED
    return member


def read_world(path: str | Path) -> World:
    """The world in a file that `save_world` wrote.

    The last few are kept: a file of the same content gives the same read-only object.

    Raises:
        InputError: there is no such file, or it is no world file, a damaged one or one of a newer Halys.
        StorageError: the disk failed.
    """
    file = Path(path)
    try:
        if file.is_dir():
            raise InputError(f"{file} is a folder, not a world file.")
        packed = file.read_bytes()
    except (FileNotFoundError, NotADirectoryError):
        advice = "`halys world build TABLE` makes one from a table."
        raise InputError(f"there is no world file {str(file)!r}. {advice}") from None
    except OSError as error:
        raise StorageError(f"{file} cannot be read: {error.strerror or error}.") from error
    digest = hashlib.sha256(packed).digest()
    with _lock:
        world = _read.get(digest)
        if world is None:
            world = _read[digest] = _unpack(packed, file)
            for oldest in list(_read)[:-_MOST_READ]:
                del _read[oldest]
    return world


_MOST_READ = 2
_lock = Lock()
_read: dict[bytes, World] = {}
"""Worlds by the sha256 of their files, wherever these are; the last few that were read."""


def _unpack(packed: bytes, file: Path) -> World:
    try:
        with zipfile.ZipFile(io.BytesIO(packed)) as archive:
            record = json.loads(archive.read(_RECORD))
            if record["format"] != _FORMAT:
                raise KeyError("format")
            if record["version"] > _VERSION:
                raise InputError(f"{file} was written by a newer Halys. Install that, or build the world again.")
            arrays = {
                name: np.lib.format.read_array(io.BytesIO(archive.read(f"{name}.npy")), allow_pickle=False)
                for name in _ARRAYS
                if f"{name}.npy" in archive.namelist()
            }
        world = _from_record(record, arrays)
    except _DAMAGE as error:
        reason = f"{type(error).__name__}: {error}"
        words = "is not a world file of Halys, or a damaged one"
        raise InputError(f"{file} {words} ({reason}). `halys world build TABLE` makes one from a table.") from None
    if world.hash != record["hash"]:
        raise InputError(f"{file} was changed after it was written: its numbers do not fit its hash. Build it again.")
    return world


def _from_record(record: dict[str, Any], arrays: dict[str, Any]) -> World:
    groups = record["groups"]
    return World(
        id=record["id"],
        economies=tuple(record["economies"]),
        industries=tuple(record["industries"]),
        **arrays,
        unit=record["unit"],
        economy_names=record["economy_names"],
        industry_names=record["industry_names"],
        groups=load_groups()
        if groups is None
        else {entry["name"]: Group(**{**entry, "members": tuple(entry["members"])}) for entry in groups},
        title=record["title"],
        in_equilibrium=record["in_equilibrium"],
        note=record["note"],
        provenance=record["provenance"],
    )
