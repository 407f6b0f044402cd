"""What a table does not say of itself: title, year, unit, names and groups, from a YAML or JSON file beside it."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from halys.world.files import Faults, disk_errors, find_kind, near_text, refuse
from halys.world.groups import EVERYTHING, KINDS, Group, Kind, load_groups

_TEXTS = ("id", "title", "note", "source", "licence")
_KEYS = (*_TEXTS, "year", "unit", "economies", "industries", "groups")
YEARS = (1800, 2200)
"""First and last year that a table may be of."""
_GROUP_KEYS = ("kind", "members", "label", "source", "note")
_GROUP_NAME = re.compile(r"[A-Za-z0-9_]+")


@dataclass(frozen=True)
class Metadata:
    """Title, year, unit (US dollars for one unit of the table), names by code, and groups of a table's own."""

    id: str = ""
    title: str = ""
    note: str = ""
    source: str = ""
    licence: str = ""
    year: int | None = None
    unit: float = 1e6
    economies: Mapping[str, str] = field(default_factory=dict)
    industries: Mapping[str, str] = field(default_factory=dict)
    groups: Mapping[str, Group] = field(default_factory=dict)


def read_metadata(path: Path) -> Metadata:
    """The metadata in a file.

    Raises:
        FileError: with every fault.
    """
    if find_kind(path) != "text":
        raise refuse(str(path), "metadata is a YAML or JSON file.")
    with disk_errors(path):
        raw = path.read_bytes()
    try:
        data = yaml.load(raw, Loader=yaml.BaseLoader)  # texts only: NO is Norway, not false
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise refuse(str(path), " ".join(str(error).split())) from None
    if not isinstance(data, dict):
        raise refuse(str(path), f"expected 'key: value' lines. The keys are {', '.join(_KEYS)}.")
    faults = Faults(str(path))
    found: dict[str, Any] = {}
    for key, value in data.items():
        try:
            if key not in _KEYS:
                raise ValueError(f"this key is not known.{near_text(str(key), _KEYS)} The keys are {', '.join(_KEYS)}.")
            found[key] = _read(key, value)
        except ValueError as error:
            faults.add("keys", f" › {key}", str(error))
    faults.stop()
    return Metadata(**found)


def _read(key: str, value: Any) -> Any:
    if key == "groups":
        return _groups(value)
    if key in ("economies", "industries"):
        if not isinstance(value, dict) or not all(isinstance(name, str) for name in value.values()):
            raise ValueError("expected a mapping from code to name.")
        return value
    if not isinstance(value, str) or not value.strip():
        raise ValueError("expected a text.")
    if key == "year":
        if not (value.isascii() and value.isdigit() and len(value) < 5 and YEARS[0] <= int(value) <= YEARS[1]):
            raise ValueError(f"{value!r} is not a year such as 2022.")
        return int(value)
    return parse_unit(value) if key == "unit" else value


def parse_unit(text: str) -> float:
    """US dollars for one unit of a table.

    Raises:
        ValueError: not a number greater than 0.
    """
    try:
        unit = float(text)
    except ValueError:
        unit = math.nan
    if not (math.isfinite(unit) and unit > 0):
        raise ValueError(f"{text!r} is not a number of US dollars greater than 0, such as 1e6 for USD million.")
    return unit


def _groups(value: Any) -> dict[str, Group]:
    if not isinstance(value, dict):
        raise ValueError("expected a mapping from the name of a group to its kind and members.")
    groups = {}
    for name, entry in value.items():
        if not isinstance(entry, dict) or any(key not in _GROUP_KEYS for key in entry):
            raise ValueError(f"{name}: expected a mapping with the keys {', '.join(_GROUP_KEYS)}.")
        if not _GROUP_NAME.fullmatch(name):
            raise ValueError(f"the name {name!r} of a group must be letters (A to Z), digits and '_'.")
        kind, members = entry.get("kind"), entry.get("members")
        if kind not in ("economy", "industry"):
            raise ValueError(f"{name}: kind is {kind!r}; it must be economy or industry.")
        if not isinstance(members, list) or not members or not all(isinstance(code, str) for code in members):
            raise ValueError(f"{name}: members must be a list of codes.")
        if name in load_groups() or name == EVERYTHING:
            raise ValueError(f"{name} is the name of a group that comes with Halys. Choose another.")
        texts = {key: str(entry.get(key, "")) for key in ("source", "note")}
        groups[name] = Group(name, kind, str(entry.get("label", name)), tuple(dict.fromkeys(members)), **texts)
    return groups


def check_groups(
    groups: Mapping[str, Group], path: Path, codes: Mapping[Kind, Sequence[str]], table: Mapping[Kind, Sequence[str]]
) -> None:
    """Refuse groups of a table's own that speak of codes the finished world does not have, or that bear one's name.

    Args:
        path: of the metadata. codes: of the finished world, by kind. table: of the table, before a mapping.

    Raises:
        FileError: with every fault.
    """
    faults = Faults(str(path))
    for name, group in groups.items():
        place = f" › groups › {name}"
        taken = next((kind for kind in KINDS if name in codes[kind]), None)
        if taken is not None:
            words = "an economy" if taken == "economy" else "an industry"
            faults.add("names of groups", place, f"{name!r} is the code of {words}. Choose another name for the group.")
        for code in group.missing(codes[group.kind]):
            merged = " The mapping merged it: name the new code." if code in table[group.kind] else ""
            hint = merged or near_text(code, codes[group.kind])
            faults.add("members of groups", place, f"{code!r} is not an {group.kind} of this world.{hint}")
    faults.stop()
