"""Worlds by name or file: those that come with Halys and those that `halys world build` wrote."""

from __future__ import annotations

import functools
import io
import json
import zipfile
from importlib import resources
from pathlib import Path, PurePath

import numpy as np

from halys.errors import InputError, StorageError, UnknownNameError, did_you_mean
from halys.world.accounts import calc_tariff_revenue
from halys.world.model import World
from halys.world.stored import SUFFIX, read_world

WORLDS = ("icio-2022",)


def load_world(name: str | Path = "icio-2022", folder: str | Path | None = None) -> World:
    """A bundled world by its name, or a world file by its path.

    `icio-2022` is OECD ICIO 2022, 80 economies × 50 industries, USD million. Loading takes about 0.1 s once; later
    calls return the same read-only object.

    Args:
        folder: where relative paths start; None for the current folder.

    Raises:
        UnknownNameError: neither a bundled world nor a path. InputError: no world file, or a damaged one.
        StorageError: the data file of the installation is missing or damaged, or the disk failed.
    """
    if name in WORLDS:
        return load_bundled(str(name))
    if is_world_file(name):
        try:
            path = Path(name).expanduser()
        except RuntimeError:  # ~name of nobody
            raise InputError(
                f"{str(name)!r} starts at the home of a user who is not known. Give another path."
            ) from None
        return read_world(path if folder is None else Path(folder) / path)
    raise UnknownNameError(
        f"{str(name)!r} is not a bundled world.{did_you_mean(str(name), WORLDS)} There is {WORLDS[0]!r}; or give the "
        f"path of a world file, such as mine{SUFFIX}, that `halys world build` has made."
    )


def is_world_file(name: str | Path) -> bool:
    """Whether a name is meant as the path of a world file."""
    text = str(name)
    return isinstance(name, Path) or "/" in text or "\\" in text or text.lower().endswith(SUFFIX)


def file_name(name: str) -> str:
    """The name of a world file without its folders, `mine.npz`; empty for a bundled world."""
    return PurePath(name.replace("\\", "/")).name if is_world_file(name) else ""


@functools.cache
def load_bundled(name: str) -> World:
    """A world that comes with Halys."""
    folder = resources.files("halys.world").joinpath("data")
    try:
        record = json.loads(folder.joinpath(f"{name}.json").read_text(encoding="utf-8"))
        with np.load(io.BytesIO(folder.joinpath(f"{name}.npz").read_bytes())) as stored:
            table = {key: stored[key] for key in stored.files}
    except (OSError, ValueError, KeyError, zipfile.BadZipFile) as error:
        raise StorageError(
            f"the bundled data of world {name} cannot be read ({error}). Install Halys again."
        ) from error
    flows, intermediate, final = table["flows"], table["intermediate"], table["final"]
    value_added = np.ascontiguousarray((flows.sum(axis=2) - intermediate.sum(axis=0)).T)
    value_added[flows.sum(axis=2).T <= 0] = 0.0
    deficit = final.sum(axis=1) - value_added.sum(axis=1) - calc_tariff_revenue(flows, None)
    return World(
        id=record["id"],
        economies=tuple(record["economies"]),
        industries=tuple(record["industries"]),
        flows=flows,
        intermediate=intermediate,
        value_added=value_added,
        final=final,
        deficit=deficit,
        unit=record["unit"],
        economy_names=record["economies"],
        industry_names=record["industries"],
        title=record["title"],
        note=record["note"],
    )
