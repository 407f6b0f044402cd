"""Changing one value in the text of a YAML file so that everything else in it, comments too, stays as it was.

The place is found from the marks of the parser's events. What an anchor shares is shared no longer where one of its
places changes: the first alias elsewhere becomes the anchor, with the old value written out, and an alias on the way to
the place is written out with the new value. The text must have been read by `parse_document` before.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import yaml

Path = tuple[str | int, ...]

SETTINGS_HEADING = "# Set on the command line:"
"""Begins the comments at the end of a scenario that list what was set."""

_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_SIMPLE = re.compile(r"[A-Za-z][\w./-]*(?: [\w./-]+)*")
_WORDS = frozenset(("true", "false", "null"))


def flow_text(value: Any) -> str:
    """A value as YAML on one line."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{flow_text(key)}: {flow_text(entry)}" for key, entry in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(flow_text(item) for item in value) + "]"
    if value is None or isinstance(value, bool):
        return {None: "null", True: "true", False: "false"}[value]
    if isinstance(value, float):
        return (
            repr(value) if math.isfinite(value) else ".nan" if math.isnan(value) else ".inf" if value > 0 else "-.inf"
        )
    if isinstance(value, int):
        return str(value)
    plain = _SIMPLE.fullmatch(value) and value.isascii() and value.casefold() not in _WORDS
    quoted = json.dumps(value, ensure_ascii=False)
    return value if plain else "".join(c if c.isprintable() else f"\\U{ord(c):08x}" for c in quoted)


@dataclass
class _Span:
    """A node of the text: where it begins (with its anchor) and ends, and what is in it."""

    start: int
    path: Path
    kind: str  # mapping, sequence, scalar, alias
    anchor: str | None = None  # of an alias: the name that it refers to
    flow: bool = False
    end: int = 0
    keys: dict[str, _Span] = field(default_factory=dict)
    entries: dict[str | int, _Span] = field(default_factory=dict)

    def walk(self) -> Iterator[_Span]:
        """The node and all below it, in the order of the text."""
        yield self
        for entry in self.entries.values():
            yield from entry.walk()


def replace_value(text: str, data: dict[str, Any], path: Path, value: Any) -> tuple[str, bool]:
    """The text with another value at one place, and whether other places shared it and keep the old value.

    A key that is not there yet is added to its mapping.

    Args:
        data: what the text holds. path: of the place; all of it but the last key must be there.
    """
    root = _spans(text)
    node, passed = root, [root]
    for depth, item in enumerate(path):
        if node.kind == "alias":
            edit = (node.start, node.end, flow_text(changed(value_at(data, path[:depth]), path[depth:], value)))
            return _apply(text, [edit, *_unshare(text, data, root, passed, edit)]), True
        if item not in node.entries:
            edit = _addition(text, node, str(item), flow_text(value), top=node is root)
            kept = _unshare(text, data, root, passed, edit)
            return _apply(text, [edit, *kept]), bool(kept)
        node = node.entries[item]
        passed.append(node)
    edit = _replacement(text, node, passed[-2] if len(passed) > 1 else root, path[-1], flow_text(value))
    kept = _unshare(text, data, root, [*passed, *node.walk()], edit)
    return _apply(text, [edit, *kept]), bool(kept) or node.kind == "alias"


def listed_overrides(text: str) -> list[str]:
    """What was set on the command line, as the comments at the end of a scenario say."""
    _, *blocks = text.split(f"\n{SETTINGS_HEADING}\n")
    return [line[4:] for block in blocks for line in block.splitlines() if line.startswith("#   ")]


def value_at(data: Any, path: Sequence[str | int]) -> Any:
    """The value at a path that is there."""
    for item in path:
        data = data[item]
    return data


def changed(old: Any, path: Sequence[str | int], value: Any) -> Any:
    """A copy of plain data with another value at a path."""
    if not path:
        return value
    copy = dict(old) if isinstance(old, dict) else list(old)
    known = path[0] in copy if isinstance(copy, dict) else True
    copy[path[0]] = changed(copy[path[0]] if known else {}, path[1:], value)  # type: ignore[index]
    return copy


def _spans(text: str) -> _Span:
    stack: list[_Span] = []
    waiting: list[_Span | None] = []  # the key of each open mapping that waits for its value
    root: _Span | None = None
    event: Any
    for event in yaml.parse(text, Loader=_LOADER):
        start, end = event.start_mark.index, event.end_mark.index
        if isinstance(event, yaml.CollectionEndEvent):
            node = stack.pop()
            waiting.pop()
            last = list(node.entries.values())[-1:]
            node.end = end if node.flow or not last else last[0].end
            continue
        if not isinstance(event, yaml.NodeEvent):
            continue
        node = _Span(start, (), "scalar", event.anchor, end=end)
        parent = stack[-1] if stack else None
        if parent is not None and parent.kind == "mapping" and waiting[-1] is None:
            waiting[-1] = node
            node.path = (str(getattr(event, "value", event.anchor)),)
            continue
        if parent is not None:
            key = waiting[-1]
            item: str | int = len(parent.entries) if key is None else key.path[0]
            node.path = (*parent.path, item)
            parent.entries[item] = node
            if key is not None:
                parent.keys[str(item)] = key
            waiting[-1] = None
        else:
            root = node
        if isinstance(event, yaml.CollectionStartEvent):
            node.kind = "mapping" if isinstance(event, yaml.MappingStartEvent) else "sequence"
            node.flow = bool(event.flow_style)
            stack.append(node)
            waiting.append(None)
        elif isinstance(event, yaml.AliasEvent):
            node.kind = "alias"
        else:
            node.end = node.start + len(text[node.start : node.end].rstrip())
    assert root is not None
    return root


_Edit = tuple[int, int, str]


def _replacement(text: str, node: _Span, parent: _Span, item: str | int, new: str) -> _Edit:
    """A value in the place of another. A block under its key may stand too far left for a value on one line."""
    key = parent.keys.get(str(item)) if parent.kind == "mapping" else None
    if key is not None and node.end > node.start and not node.flow and node.kind in ("mapping", "sequence"):
        return text.index(":", key.end) + 1, node.end, f" {new}"
    blank = node.end == node.start and text[node.start - 1 : node.start] == ":"
    return node.start, node.end, f" {new}" if blank else new


def _addition(text: str, node: _Span, key: str, new: str, *, top: bool) -> _Edit:
    """One more key of a mapping: at the end of one in braces and of the file, before the first key elsewhere."""
    entry = f"{flow_text(key)}: {new}"
    if node.flow:
        last = list(node.entries.values())[-1:]
        at = last[0].end if last else node.end - 1
        return at, at, f", {entry}" if last else entry
    if top and not re.search(r"^\.\.\.", text, re.MULTILINE):
        return len(text), len(text), f"{'' if text.endswith(chr(10)) else chr(10)}{entry}\n"
    first = next(iter(node.keys.values())).start
    indent = first - (max(text.rfind("\n", 0, first), text.rfind("\r", 0, first)) + 1)
    return first, first, f"{entry}\n{' ' * indent}"


def _unshare(text: str, data: dict[str, Any], root: _Span, touched: Sequence[_Span], edit: _Edit) -> list[_Edit]:
    """Edits that give the other places of every anchor touched the old value."""
    edits = []
    for node in {id(n): n for n in touched if n.anchor is not None and n.kind != "alias"}.values():
        aliases = [n for n in root.walk() if n.kind == "alias" and n.anchor == node.anchor]
        elsewhere = [n for n in aliases if not edit[0] <= n.start < edit[1]]
        if not elsewhere:
            continue
        first = elsewhere[0]
        edits.append((first.start, first.end, f"&{node.anchor} {flow_text(value_at(data, node.path))}"))
        if not edit[0] <= node.start < edit[1]:
            mark = re.compile(rf"&{re.escape(str(node.anchor))} *").search(text, node.start)
            assert mark is not None
            edits.append((*mark.span(), ""))
    return edits


def _apply(text: str, edits: list[_Edit]) -> str:
    for start, end, new in sorted(edits, reverse=True):
        text = text[:start] + new + text[end:]
    return text
