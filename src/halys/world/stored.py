"""World files: one compressed archive with the arrays in double precision and a record of names and provenance.

The archive is NumPy's (`.npz`), so that `numpy.load` opens it; the record is its member `world.json`. The same world
gives the same bytes.
"""

from __future__ import annotations

import io
import json
import os
import zipfile
import zlib
from dataclasses import asdict
from functools import lru_cache
from pathlib import Path
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
    aside = target.with_name(f".{target.name}.{os.getpid()}.part")
    try:
        with aside.open("wb") as file:
            file.write(pack_world(world))
            file.flush()
            os.fsync(file.fileno())
        aside.replace(target)
    except OSError as error:
        raise StorageError(f"{target} cannot be written: {error.strerror or error}.") from error
    finally:
        aside.unlink(missing_ok=True)
    return target


def check_target(path: str | Path, *, overwrite: bool = False) -> Path:
    """The path, if a world file may be written there; what `save_world` raises otherwise."""
    target = Path(path)
    if target.suffix.lower() != SUFFIX:
        raise InputError(f"{target}: the name of a world file ends in {SUFFIX}.")
    if target.is_dir():
        raise InputError(f"{target} is a folder. Give the name of a file.")
    if target.exists() and not overwrite:
        raise InputError(f"{target} exists. Give another name with --out, or replace it with --force.")
    if not target.parent.is_dir():
        raise InputError(f"{target}: there is no folder {target.parent}. Make it first.")
    return target


def pack_world(world: World) -> bytes:
    """The bytes of a world file."""
    record = {
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
    """The world in a file that `save_world` wrote. Read once; later calls return the same read-only object.

    Raises:
        InputError: there is no such file, or it is no world file, a damaged one or one of a newer Halys.
        StorageError: the disk failed.
    """
    file = Path(path)
    try:
        found = file.stat()
        if file.is_dir():
            raise InputError(f"{file} is a folder, not a world file.")
        return _read(file.resolve(), found.st_mtime_ns, found.st_size)
    except (FileNotFoundError, NotADirectoryError):
        advice = "`halys world build TABLE` makes one from a table."
        raise InputError(f"there is no world file {str(file)!r}. {advice}") from None
    except InputError as error:
        raise InputError(str(error).replace(str(file.resolve()), str(file))) from None
    except OSError as error:
        raise StorageError(f"{file} cannot be read: {error.strerror or error}.") from error


@lru_cache(maxsize=8)
def _read(file: Path, _changed: int, _size: int) -> World:
    packed = io.BytesIO(file.read_bytes())  # what fails from here on is the content and not the disk
    try:
        with zipfile.ZipFile(packed) as archive:
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
