"""Bundled worlds."""

from __future__ import annotations

import functools
import io
import json
import zipfile
from importlib import resources

import numpy as np

from halys.errors import StorageError, UnknownNameError, did_you_mean
from halys.world.accounts import calc_tariff_revenue
from halys.world.model import World

WORLDS = ("icio-2022",)


@functools.cache
def load_world(name: str = "icio-2022") -> World:
    """The bundled world `name`: OECD ICIO 2022, 80 economies × 50 industries, USD million.

    Loading takes about 0.1 s once; later calls return the same read-only object.

    Raises:
        UnknownNameError: no bundled world of that name.
        StorageError: the data file of the installation is missing or damaged.
    """
    if name not in WORLDS:
        raise UnknownNameError(f"{name!r} is not a bundled world.{did_you_mean(name, WORLDS)} There is {WORLDS[0]!r}.")
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
