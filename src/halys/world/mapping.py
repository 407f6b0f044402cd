"""Merging the codes of a world by a file: which economies and industries become one.

As CSV, with one row for each code, group or `*` (all that no other row names):

    kind,from,to
    economy,EU27,EU
    economy,GBR,keep
    economy,*,REST

The same as YAML: `economies: {EU: EU27, keep: GBR, REST: "*"}`; a list of sources may stand for one. `keep` leaves
codes as they are. A kind that the file does not name stays whole; of one that it names, every code must be covered.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

import yaml

from halys.errors import InputError, UnknownNameError
from halys.world.files import Faults, disk_errors, find_kind, listed, refuse
from halys.world.groups import EVERYTHING, KINDS, Kind
from halys.world.model import World

KEEP, REST = "keep", "*"
_KINDS: dict[str, Kind] = {
    "economy": "economy",
    "economies": "economy",
    "industry": "industry",
    "industries": "industry",
}


class Rule(NamedTuple):
    """One line of a mapping, with its place in the file."""

    kind: Kind
    source: str
    target: str
    place: str


def apply_mapping(world: World, path: Path) -> World:
    """The world merged as a file says.

    Raises:
        FileError: codes that the world does not have, named twice or left out; all at once.
    """
    faults = Faults(str(path))
    rules = read_mapping(path, faults)
    merges = {kind: _merges(world, kind, [r for r in rules if r.kind == kind], faults) for kind in KINDS}
    faults.stop()
    try:
        return world.aggregate(economies=merges["economy"], industries=merges["industry"])
    except InputError as error:
        raise refuse(str(path), str(error)) from None


def read_mapping(path: Path, faults: Faults) -> list[Rule]:
    """The lines of a mapping file; what is wrong with one goes to `faults`.

    Raises:
        FileError: not a mapping file at all.
    """
    if find_kind(path) != "text":
        raise refuse(str(path), "a mapping is a CSV or YAML file.")
    with disk_errors(path):
        try:
            text = path.read_text(encoding="utf-8-sig")
        except UnicodeDecodeError as error:
            raise refuse(str(path), f"byte {error.start + 1} is not UTF-8 text. Save the file as UTF-8.") from None
    yes = path.suffix.lower() in (".yaml", ".yml", ".json")
    rules = list(_yaml_rules(text, path, faults) if yes else _csv_rules(text, path, faults))
    if not rules and not faults:
        raise refuse(str(path), "the mapping names no economy and no industry.")
    return rules


def _csv_rules(text: str, path: Path, faults: Faults) -> Iterator[Rule]:
    lines = csv.reader(io.StringIO(text))
    header = [cell.strip().casefold() for cell in next(lines)]
    if header != ["kind", "from", "to"]:
        raise refuse(f"{path}:1", f"the header is {','.join(header)!r}; it must be 'kind,from,to'.")
    for cells in lines:
        place = f":{lines.line_num}"
        row = [cell.strip() for cell in cells]
        if not any(row):
            continue
        if len(row) != 3 or not all(row):
            faults.add("lines", place, f"{','.join(cells)!r}: a line has kind, from and to, none of them empty.")
        elif row[0].casefold() not in _KINDS:
            faults.add("lines", place, f"the kind {row[0]!r} is neither 'economy' nor 'industry'.")
        else:
            yield Rule(_KINDS[row[0].casefold()], row[1], row[2], place)


def _yaml_rules(text: str, path: Path, faults: Faults) -> Iterator[Rule]:
    try:
        root = yaml.compose(text, Loader=yaml.BaseLoader)  # texts only: NO is Norway, not false
    except yaml.YAMLError as error:
        raise refuse(str(path), " ".join(str(error).split())) from None
    expected = "expected 'economies:' and 'industries:', each a mapping from new code to the codes that it merges"
    if not isinstance(root, yaml.MappingNode):
        raise refuse(str(path), f"{expected}.")
    for key, body in root.value:
        if not isinstance(key, yaml.ScalarNode) or key.value not in _KINDS or not isinstance(body, yaml.MappingNode):
            faults.add("lines", _place(key), f"{expected}.")
            continue
        for target, sources in body.value:
            for source in sources.value if isinstance(sources, yaml.SequenceNode) else [sources]:
                if isinstance(source, yaml.ScalarNode) and isinstance(target, yaml.ScalarNode) and source.value:
                    yield Rule(_KINDS[key.value], source.value, target.value, _place(source))
                else:
                    faults.add("lines", _place(target), "expected a code, a group, '*' or a list of these.")


def _place(node: yaml.Node) -> str:
    return f":{node.start_mark.line + 1}:{node.start_mark.column + 1}"


def _merges(world: World, kind: Kind, rules: Sequence[Rule], faults: Faults) -> dict[str, list[str]]:
    """New codes and the codes that each merges. A code that keeps its name is not among them."""
    if not rules:
        return {}
    target: dict[str, Rule] = {}
    rest: Rule | None = None
    for rule in rules:
        if rule.target in (EVERYTHING, REST, ""):
            faults.add("new codes", rule.place, f"{rule.target!r} cannot be a code. Choose another.")
        if rule.source == REST:
            if rest is not None:
                faults.add("codes named twice", rule.place, f"'*' stands at {rest.place.strip(':')} already.")
            rest = rule
            continue
        try:
            codes = world.select(rule.source, kind)
        except UnknownNameError as error:
            faults.add("unknown codes", rule.place, str(error))
            continue
        for code in codes:
            if code in target:
                before = target[code]
                through = f" through {before.source}" if before.source != code else ""
                words = f"{code} goes to {rule.target} and, at {before.place.strip(':')}{through}, to {before.target}."
                faults.add("codes named twice", rule.place, words)
            target.setdefault(code, rule)
    left = [code for code in world.codes(kind) if code not in target]
    if rest is not None:
        target |= dict.fromkeys(left, rest)
    elif left:
        plural = "economies" if kind == "economy" else "industries"
        words = f"{plural} left out: {listed(left, 20)}. Name them, or say what becomes of the rest with '*'"
        faults.add("codes left out", "", f"{words} ('keep' leaves them as they are).")
    merges: dict[str, list[str]] = {}
    for code, rule in target.items():
        if rule.target != KEEP:
            merges.setdefault(rule.target, []).append(code)
    return merges
