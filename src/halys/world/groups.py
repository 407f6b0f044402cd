"""Named groups of economies and of industries, as data with sources (`data/groups.yaml`).

A group lists its members as the world has them on paper, also those that a table leaves out: Albania is a member of
NATO although no bundled table has it. What a table lacks is shown, never dropped in silence.
"""

from __future__ import annotations

import functools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib import resources
from typing import Final, Literal

import yaml

Kind = Literal["economy", "industry"]
KINDS: Final[tuple[Kind, ...]] = ("economy", "industry")
EVERYTHING = "all"


@dataclass(frozen=True)
class Group:
    """A named set of codes of one kind, with the source of its membership."""

    name: str
    kind: Kind
    label: str
    members: tuple[str, ...]
    source: str
    note: str = ""

    def missing(self, codes: Sequence[str]) -> tuple[str, ...]:
        """Members that are not among `codes`."""
        known = set(codes)
        return tuple(m for m in self.members if m not in known)

    def present(self, codes: Sequence[str]) -> tuple[str, ...]:
        """Members among `codes`, in the group's own order."""
        known = set(codes)
        return tuple(m for m in self.members if m in known)


@functools.cache
def load_groups() -> Mapping[str, Group]:
    """The bundled groups, by name. A group may be built from others, named under `of:`, plus members of its own."""
    text = resources.files("halys.world").joinpath("data/groups.yaml").read_text(encoding="utf-8")
    entries = yaml.load(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))
    groups: dict[str, Group] = {}
    for name, entry in entries.items():
        members = [m for base in entry.get("of", []) for m in groups[base].members] + entry.get("members", [])
        groups[name] = Group(
            name=name,
            kind=entry["kind"],
            label=entry["label"],
            members=tuple(dict.fromkeys(members)),
            source=entry["source"],
            note=entry.get("note", ""),
        )
    return groups
