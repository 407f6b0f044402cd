"""Files damaged at random: whatever the damage, what comes is a world or an error raised on purpose."""

from __future__ import annotations

import random
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest

import halys
from halys.errors import HalysError
from halys.world import read_world
from halys.world.build import build_world
from halys.world.mapping import apply_mapping
from halys.world.metadata import read_metadata
from halys.world.stored import pack_world
from table_files import IcioFile
from worlds import make_arrays, make_world

EXAMPLE = Path(__file__).parents[2] / "docs" / "table-example.csv"
JUNK = (
    b",",
    b"\n",
    b'"',
    b";",
    b":",
    b"[",
    b"-",
    b"9",
    b"\0",
    b"\xff",
    b" ",
    b"_",
    b"nan",
    b"",
    b"\r",
    b"1e400",
    b"&a",
)
CASES = 150


def damaged(rng: random.Random, data: bytes) -> bytes:
    """Bytes replaced, cut out, cut off or doubled, in one to four places."""
    out = bytearray(data)
    for _ in range(rng.randint(1, 4)):
        at = rng.randrange(len(out)) if out else 0
        way = rng.random()
        if way < 0.5:
            out[at : at + rng.randint(0, 3)] = rng.choice(JUNK)
        elif way < 0.7:
            del out[at : at + rng.randint(1, 40)]
        elif way < 0.77:
            out = out[:at]
        else:
            start = rng.randrange(len(out)) if out else 0
            out[at:at] = out[start : start + rng.randint(1, 60)]
    return bytes(out)


def as_table(path: Path) -> object:
    return build_world(path, id="damaged")


def as_mapping(path: Path) -> object:
    return apply_mapping(make_world(seed=1), path)


def contents(folder: Path) -> dict[str, tuple[bytes, Callable[[Path], object]]]:
    """A sound file of each kind, and how it is read."""
    codes = ("CHN", "DEU", "MEX"), ("A01", "C17_18")
    world = halys.World.from_arrays(*codes, **make_arrays(seed=5, count=3, kinds=2, tariffs=False))
    pd.read_csv(EXAMPLE).to_parquet(folder / "t.parquet")
    return {
        "icio.csv": (IcioFile(world).write(folder / "t.csv").read_bytes(), as_table),
        "long.csv": (EXAMPLE.read_bytes(), as_table),
        "long.parquet": ((folder / "t.parquet").read_bytes(), as_table),
        "world.npz": (pack_world(make_world(seed=1)), read_world),
        "mapping.csv": (b"kind,from,to\neconomy,AAA,X\neconomy,*,keep\nindustry,farms,a\nindustry,*,b\n", as_mapping),
        "mapping.yaml": (b"economies: {X: [AAA, BBB], keep: '*'}\nindustries:\n  a: farms\n  b: '*'\n", as_mapping),
        "meta.yaml": (b"id: a\nyear: 2000\nunit: 1e6\ngroups:\n  g: {kind: economy, members: [AAA]}\n", read_metadata),
    }


@pytest.mark.parametrize(
    "name", ["icio.csv", "long.csv", "long.parquet", "world.npz", "mapping.csv", "mapping.yaml", "meta.yaml"]
)
def test_only_errors_raised_on_purpose(name: str, tmp_path: Path) -> None:
    data, read = contents(tmp_path)[name]
    (tmp_path / name).write_bytes(data)
    assert read(tmp_path / name) is not None
    rng = random.Random(name)
    for number in range(CASES):
        path = tmp_path / f"{number}-{name}"
        path.write_bytes(damaged(rng, data))
        try:
            read(path)
        except HalysError as error:
            assert str(error)  # noqa: PT017 (most are refused, some are still sound)
