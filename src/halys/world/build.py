"""A world from a file: find its layout, read it, close the accounts, merge codes, and say what was done."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from importlib import resources
from pathlib import Path
from typing import Any, Literal

import numpy as np

from halys.errors import InputError
from halys.world.accounts import Array
from halys.world.files import Kind, file_digest, find_kind, listed, open_bytes, read_header, refuse
from halys.world.groups import KINDS, load_groups
from halys.world.icio import read_icio
from halys.world.load import WORLDS
from halys.world.long_format import COLUMNS, is_long, read_long, read_tariffs
from halys.world.mapping import apply_mapping
from halys.world.metadata import YEARS, Metadata, check_groups, read_metadata
from halys.world.model import World
from halys.world.settle import TOLERANCE, Draft, Settled, settle
from halys.world.table import check_tolerance

Layout = Literal["icio", "long"]
LAYOUTS: tuple[Layout, ...] = ("icio", "long")
Names = tuple[dict[str, str], dict[str, str]]
"""Names of economies and of industries, by code."""
_ICIO_SOURCE = "OECD, Inter-Country Input-Output tables, http://oe.cd/icio"
_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")
_YEAR = re.compile(r"(?:19|20)\d\d")


def build_world(
    table: str | Path,
    *,
    layout: Layout | None = None,
    mapping: str | Path | None = None,
    tariffs: str | Path | None = None,
    metadata: str | Path | None = None,
    id: str | None = None,
    title: str | None = None,
    year: int | None = None,
    tolerance: float = TOLERANCE,
) -> World:
    """A world from a table file; `save_world` keeps it. The formats and rules are in `docs/tables.md`.

    Args:
        table: an ICIO file of the OECD (CSV), or a table in the long format (CSV or Parquet); CSV may be gzipped.
        layout: "icio" or "long"; None finds out by the headers.
        mapping: a file that says which codes to merge. tariffs: baseline tariffs, as fractions, in the long format.
        metadata: YAML or JSON with title, year, unit, names and groups; `id`, `title`, `year` go before it.
        tolerance: largest relative gap between sales and costs that counts as rounding, at most 0.01.

    Raises:
        FileError: faults of a file, all at once, with their places. TableError: a table that does not balance.
        InputError: an argument that cannot be used. StorageError: the disk failed.
    """
    path = Path(table)
    check_tolerance(tolerance)
    _check_arguments(layout, title, year)
    about = Metadata() if metadata is None else read_metadata(Path(metadata))
    known = _check_id(about.id or _id_of(path) if id is None else id)
    kind = find_kind(path)
    found = find_layout(path, kind) if layout is None else layout

    def tariff_of(economies: tuple[str, ...], industries: tuple[str, ...]) -> Array | None:
        if tariffs is None:
            return None
        return read_tariffs(Path(tariffs), find_kind(Path(tariffs)), economies, industries)

    draft = (read_icio if found == "icio" else read_long)(path, kind, tariff_of)
    settled = settle(draft, str(path), tolerance)
    world = _close(draft, settled, known, _names(found, about), about)
    before = {kind: world.codes(kind) for kind in KINDS}
    if mapping is not None:
        world = _rename(apply_mapping(world, Path(mapping)), about)
    if metadata is not None and about.groups:  # of the codes that are left, so that a mapping knows none of them
        check_groups(about.groups, Path(metadata), {kind: world.codes(kind) for kind in KINDS}, before)
        world = replace(world, groups={**world.groups, **about.groups})
    given = about.year if year is None else year
    when = _year_of(path) if given is None else given
    record = {
        "table": _origin(path),
        "layout": found,
        "year": when,
        "source": about.source or (_ICIO_SOURCE if found == "icio" else ""),
        "licence": about.licence,
        "tariffs": None if tariffs is None else _origin(Path(tariffs)),
        "mapping": None if mapping is None else _origin(Path(mapping)),
        "size_of_table": {"economies": len(draft.economies), "industries": len(draft.industries)},
        "tolerance": tolerance,
        "facts": draft.facts,
        "adjustments": [adjustment.as_record() for adjustment in settled.adjustments],
    }
    name = about.title or _title(found, when)
    return replace(world, id=known, title=name if title is None else title, note=about.note, provenance=record)


def _check_arguments(layout: object, title: object, year: object) -> None:
    if layout is not None and layout not in LAYOUTS:
        raise InputError(f"layout is {layout!r}; it must be {' or '.join(LAYOUTS)}, or None to find out.")
    if title is not None and not (isinstance(title, str) and title.strip()):
        raise InputError(f"title is {title!r}; it must be a text that is not empty, or None for one that is made up.")
    if year is None:
        return
    if not isinstance(year, int) or isinstance(year, bool) or not YEARS[0] <= year <= YEARS[1]:
        raise InputError(f"year is {year!r}; it must be a year from {YEARS[0]} to {YEARS[1]}, such as 2022.")


def _check_id(id: str) -> str:
    if not isinstance(id, str) or not _ID.fullmatch(id):
        raise InputError(f"the id {id!r} must be letters, digits, '-', '_' and '.', the first a letter or digit.")
    if id in WORLDS:
        raise InputError(f"{id!r} is the id of a bundled world. Choose another with id (--id NAME).")
    return id


def _close(draft: Draft, settled: Settled, id: str, names: Names, about: Metadata) -> World:
    return World.from_arrays(
        draft.economies,
        draft.industries,
        settled.flows,
        settled.intermediate,
        settled.value_added,
        draft.tariff,
        id=id,
        unit=about.unit,
        economy_names=_among(names[0], draft.economies),
        industry_names=_among(names[1], draft.industries),
        groups=load_groups(),
    )


def _rename(world: World, about: Metadata) -> World:
    """The world with the given names of codes that a mapping made."""
    return replace(
        world,
        economy_names={**world.economy_names, **_among(about.economies, world.economies)},
        industry_names={**world.industry_names, **_among(about.industries, world.industries)},
    )


def find_layout(path: Path, kind: Kind) -> Layout:
    """The layout of a table file by its headers.

    Raises:
        FileError: not a table that Halys reads.
    """
    if kind == "parquet":
        return "long"
    with open_bytes(path, kind) as stream:
        header = read_header(stream.readline(), str(path))
    if is_long(header):
        return "long"
    if sum("_" in cell for cell in header[1:]) * 2 >= len(header) - 1:
        return "icio"
    shown = listed([repr(cell) for cell in header], 6)
    icio = "an ICIO table of the OECD (AGO_A01, ..., AGO_HFCE, ..., OUT)"
    long = f"the long format ({', '.join(COLUMNS)})"
    raise refuse(f"{path}:1", f"the headers are neither those of {icio} nor those of {long}: {shown}.")


def describe_build(world: World, most: int = 10) -> dict[str, Any]:
    """What a built world holds and what was done to the table, as plain data; money in billion USD a year."""
    scale = world.unit / 1e9
    value_added = world.value_added.sum(axis=1)
    empty = np.argwhere(world.output <= 0)
    largest = np.argsort(-value_added)[:most]
    return {
        "id": world.id,
        "title": world.title,
        "hash": world.hash,
        "unit": world.unit,
        "economies": len(world.economies),
        "industries": len(world.industries),
        "value_added": float(value_added.sum() * scale),
        "output": float(world.output.sum() * scale),
        "final_use": float(world.final.sum() * scale),
        "trade": float((world.flows.sum() - np.einsum("sjj->", world.flows)) * scale),
        "tariff_revenue": float(world.tariff_revenue.sum() * scale),
        "empty_industries": [f"{world.economies[j]} {world.industries[k]}" for j, k in empty],
        "doubtful": list(world.doubtful),
        "unnamed_economies": [code for code in world.economies if world.name_of(code) == code],
        "largest_economies": [
            {
                "code": world.economies[j],
                "name": world.name_of(world.economies[j]),
                "value_added": float(value_added[j] * scale),
                "balance_percent": float(-100.0 * world.deficit[j] / value_added[j]),
            }
            for j in largest
        ],
        "provenance": dict(world.provenance),
    }


def _names(layout: Layout, about: Metadata) -> Names:
    """Names of economies and industries: given ones, and for the OECD's codes those of the bundled world."""
    economies, industries = dict(about.economies), dict(about.industries)
    if layout == "icio":
        text = resources.files("halys.world").joinpath(f"data/{WORLDS[0]}.json").read_text(encoding="utf-8")
        record = json.loads(text)
        economies = {**record["economies"], "ROW": "Rest of the World", **economies}
        industries = {**record["industries"], **industries}
    return economies, industries


def _among(names: Mapping[str, str], codes: Sequence[str]) -> dict[str, str]:
    return {code: name for code, name in names.items() if code in codes}


def _origin(path: Path) -> dict[str, Any]:
    return {"file": path.name, "sha256": file_digest(path), "bytes": path.stat().st_size}


def _id_of(path: Path) -> str:
    stem = path.name.removesuffix(".gz").rsplit(".", 1)[0]
    return re.sub(r"[^a-z0-9]+", "-", stem.casefold()).strip("-") or "custom"


def _year_of(path: Path) -> int | None:
    """The last year in the name of a file: `2022_SML.csv`, `ICIO2021_2018.csv`."""
    years = _YEAR.findall(path.name)
    return int(years[-1]) if years else None


def _title(layout: Layout, year: int | None) -> str:
    when = "" if year is None else f", reference year {year}"
    return f"OECD Inter-Country Input-Output tables{when}" if layout == "icio" else f"Own table{when}"
