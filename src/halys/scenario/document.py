"""Reading of YAML files that keeps where every value stood.

An error found long after reading (by the schema, by the world, by a sweep) must still say
`file:line:col › path.to[2].value`, so the places are kept next to the plain values.

The values follow the YAML 1.2 core schema, not YAML 1.1: `NO` is the country code of Norway and not "false",
`1:30` is not a number of seconds. The tree is built from parser events in one loop instead of by `yaml.compose`: the
composer recurses in C and overflows the stack on deep input, while the loop can stop at any depth, counts what aliases
would expand to before anything is expanded, and is several times faster.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, NamedTuple, NoReturn, TypeAlias

import yaml

from halys.errors import FileError, Problem
from halys.scenario.source_text import MAX_BYTES, decode, place, read_bytes, refusal, too_large
from halys.scenario.validation import path_text, shown, syntax_advice

MAX_NODES: Final = 100_000
MAX_DEPTH: Final = 60
MAX_INT_DIGITS: Final = 30
MAX_PROBLEMS: Final = 50

_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)

_ABSENT: Final = object()
_WORDS: Final[dict[str, bool | None]] = {
    **dict.fromkeys(("", "~", "null", "Null", "NULL"), None),
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
}
_INT = re.compile(r"[-+]?[0-9]+|0o[0-7]+|0x[0-9a-fA-F]+")
_FLOAT = re.compile(
    r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?|[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN)"
)
_CORE: Final = "tag:yaml.org,2002:"
_TAGS: Final[dict[str, type[object]]] = {
    f"{_CORE}int": int,
    f"{_CORE}float": float,
    f"{_CORE}bool": bool,
    f"{_CORE}null": type(None),
    f"{_CORE}str": str,
    f"{_CORE}map": dict,
    f"{_CORE}seq": list,
}
# What YAML calls printable, less the line separators that editors do not count as lines (they would shift every line
# number after them) and the byte order mark inside the text (invisible, and part of the neighbouring word).
_UNPRINTABLE = re.compile("[^\t\n\r\x20-\x7e\xa0-\u2027\u202a-\ud7ff\ue000-\ufefe\uff00-\ufffd\U00010000-\U0010ffff]")


# A value and where it stood: (line, column, value). The items of a list are nodes; the entries of a mapping are
# (line of key, column of key, node of value). Plain tuples, as a large file has tens of thousands.
_Node: TypeAlias = tuple[int, int, Any]


@dataclass(frozen=True)
class Document:
    """One YAML file: its plain `data`, and the place of every key and value in it.

    `name` is the file name as shown to the user, `text` the source (without byte order mark).
    """

    name: str
    data: dict[str, Any]
    text: str = field(repr=False)
    _root: _Node = field(repr=False, compare=False)

    def position(self, path: Sequence[str | int], *, at_key: bool = False) -> tuple[int, int]:
        """Line and column, from 1, of the value at `path` (or of its key); of the nearest ancestor if there is none."""
        node, place = self._root, (1, 1)
        for item in path:
            entry = _child(node, item)
            if entry is None:
                return place
            key_line, key_column, node = entry
            place = node[:2]
        if at_key and path:
            return key_line, key_column
        return place

    def where(self, path: Sequence[str | int]) -> str:
        """The place of the value at `path`, as `rome.yaml:12:5 › moves.china.measures[1]`."""
        return _label(self.name, self.position(path), path)

    def key_where(self, path: Sequence[str | int]) -> str:
        """The place of the key at `path`; for an item of a list, of the item."""
        return _label(self.name, self.position(path, at_key=True), path)

    def problem(self, path: Sequence[str | int], message: str, *, at_key: bool = False) -> Problem:
        """A fault of the value (or key) at `path`, ready to be put into a FileError."""
        return Problem(self.key_where(path) if at_key else self.where(path), message)


class Fault(NamedTuple):
    """What is wrong, and where within a section of a file; whether the key itself is meant."""

    path: tuple[str | int, ...]
    message: str
    at_key: bool = False


def read_document(path: str | Path) -> Document:
    """Reads a YAML file.

    Raises:
        FileError: the file is missing, is no regular file, may not be read, is too large, or its content is refused;
            all faults that can be found in one go are listed.
        StorageError: the disk failed while reading.
    """
    name, raw = read_bytes(path)
    return parse_document(raw, name)


def parse_document(text: str | bytes, name: str) -> Document:
    """Reads YAML from memory; `name` stands for the file in messages.

    Raises:
        FileError: the content is refused; all faults that can be found in one go are listed.
    """
    raw = text if isinstance(text, bytes) else text.encode("utf-8", "surrogatepass")
    if len(raw) > MAX_BYTES:
        raise too_large(name, len(raw))
    source = decode(raw, name) if isinstance(text, bytes) else text.removeprefix("\ufeff")
    root = _Reader(name, source).read()
    return Document(name, _plain(root[2]), source, root)


def _label(name: str, place: tuple[int, int], path: Sequence[str | int]) -> str:
    start = f"{name}:{place[0]}:{place[1]}"
    return f"{start} › {path_text(path)}" if path else start


def _child(node: _Node, item: str | int) -> tuple[int, int, _Node] | None:
    value = node[2]
    if isinstance(value, dict):
        found: tuple[int, int, _Node] | None = value.get(item)
        return found
    if isinstance(value, list) and isinstance(item, int) and 0 <= item < len(value):
        return (*value[item][:2], value[item])
    return None


def _plain(value: Any) -> Any:
    # The depth is bounded by MAX_DEPTH, so recursion is safe. Aliased values are copied: changing one place of the
    # data must not change another.
    if isinstance(value, dict):
        return {key: _plain(entry[2][2]) for key, entry in value.items()}
    return [_plain(item[2]) for item in value] if isinstance(value, list) else value


class _Stop(Exception):
    """Reading cannot go on; the reason has been noted."""


class _Frame:
    """A collection whose end has not been met yet."""

    __slots__ = ("anchor", "before", "height", "keep", "key", "key_place", "node")

    def __init__(self, node: _Node, anchor: str | None, before: int) -> None:
        self.node = node
        self.anchor = anchor
        self.before = before  # nodes counted when it began
        self.height = 1
        self.key: str | None = None  # the key that waits for its value
        self.key_place = (1, 1)
        self.keep = True  # false when that key was refused


class _Reader:
    """Builds the node tree of one text and collects what is wrong with it."""

    def __init__(self, name: str, text: str) -> None:
        self.name = name
        self.text = text
        self.found: list[tuple[tuple[int, int], Problem]] = []
        self.stack: list[_Frame] = []
        self.anchors: dict[str, tuple[_Node, int, int] | None] = {}  # node, size, height; None while still open
        self.root: _Node | None = None
        self.total = 0
        self.place = (1, 1)  # of the event at hand

    def read(self) -> _Node:
        try:
            self._characters()
            self._events()
        except _Stop:
            pass
        except yaml.MarkedYAMLError as error:
            message, index = syntax_advice(self.text, error)
            self.place = place(self.text, index)
            self._note(message, [])
        except (yaml.YAMLError, ValueError, OverflowError):
            # The parser gives no place for these, so the last one it passed is shown.
            self._note("a tag or escape soon after this place cannot be decoded. Put text with '!' in single quotes.")
        if self.found:
            raise FileError([problem for _, problem in sorted(self.found, key=lambda pair: pair[0])])
        if self.root is None or self.root[2] is None:
            raise refusal(f"{self.name}:1:1", "the file is empty. Write at least one 'key: value' line.")
        if not isinstance(self.root[2], dict):
            where = _label(self.name, self.root[:2], ())
            given = shown(self.root[2])
            raise refusal(where, f"the file must be a mapping of 'key: value' lines, but its top level is {given}.")
        return self.root

    def _note(self, message: str, path: Sequence[str | int] | None = None) -> None:
        path = self._path() if path is None else path
        if len(self.found) == MAX_PROBLEMS:
            self._stop("there may be more faults from here on. Mend those above first.", [])
        self.found.append((self.place, Problem(_label(self.name, self.place, path), message)))

    def _stop(self, message: str, path: Sequence[str | int] | None = None) -> NoReturn:
        path = self._path() if path is None else path
        self.found.append((self.place, Problem(_label(self.name, self.place, path), message)))
        raise _Stop

    def _path(self) -> list[str | int]:
        path: list[str | int] = []
        for frame in self.stack:
            if isinstance(frame.node[2], list):
                path.append(len(frame.node[2]))
            elif frame.key is not None:
                path.append(frame.key)
        return path

    def _characters(self) -> None:
        for found in _UNPRINTABLE.finditer(self.text):
            self.place = place(self.text, found.start())
            advice = "Remove it, or write it as an escape such as \\u2028 inside double quotes."
            self._note(f"the invisible character U+{ord(found[0]):04X} cannot stand in a YAML file. {advice}")
        if self.found:
            raise _Stop

    def _events(self) -> None:
        documents = 0
        event: Any
        for event in yaml.parse(self.text, Loader=_LOADER):
            kind = type(event)
            if kind is yaml.MappingEndEvent or kind is yaml.SequenceEndEvent:
                frame = self.stack.pop()
                if frame.anchor is not None:
                    self.anchors[frame.anchor] = (frame.node, self.total - frame.before, frame.height)
                self._attach(frame.node, frame.height, None)
                continue
            self.place = (event.start_mark.line + 1, event.start_mark.column + 1)
            if kind is yaml.ScalarEvent:
                self._count(1)
                node = (*self.place, self._scalar(event))
                if event.anchor is not None:
                    self._anchor(event.anchor, (node, 1, 0))
                self._attach(node, 0, event)
            elif kind is yaml.MappingStartEvent or kind is yaml.SequenceStartEvent:
                self._open(event.tag, event.anchor, {} if kind is yaml.MappingStartEvent else [])
            elif kind is yaml.AliasEvent:
                self._alias(event.anchor)
            elif kind is yaml.DocumentStartEvent:
                documents += 1
                if documents > 1:
                    self._stop("a second document starts here. One file holds one document: remove '---' or split it.")

    def _open(self, tag: str | None, anchor: str | None, value: Any) -> None:
        if tag is not None and tag != "!" and _TAGS.get(tag) is not type(value):
            self._bad_tag(tag, "a mapping" if isinstance(value, dict) else "a list")
        self._count(1)
        if len(self.stack) >= MAX_DEPTH:
            self._stop(f"nested deeper than {MAX_DEPTH} levels. Make the structure flatter.")
        if anchor is not None:
            self._anchor(anchor, None)
        self.stack.append(_Frame((*self.place, value), anchor, self.total - 1))

    def _anchor(self, anchor: str, target: tuple[_Node, int, int] | None) -> None:
        # YAML lets a later anchor take over the name; in a model file that changes numbers unnoticed.
        if anchor in self.anchors:
            self._note(f"the anchor {shown('&' + anchor)} is defined a second time. Give each anchor its own name.")
        self.anchors[anchor] = target

    def _alias(self, anchor: str) -> None:
        word = shown("*" + anchor)
        target = self.anchors.get(anchor)
        if target is None:
            if anchor in self.anchors:
                self._note(f"the alias {word} stands inside the value it refers to. Write the value out.")
            else:
                name = shown("&" + anchor)
                self._note(f"the alias {word} refers to no anchor. Define {name} before it, or quote it as text.")
            target = ((*self.place, "*" + anchor), 1, 0)
        node, size, height = target
        self._count(size)
        if len(self.stack) + height > MAX_DEPTH:
            self._stop(f"the alias {word} nests deeper than {MAX_DEPTH} levels. Make the structure flatter.")
        self._attach((*self.place, node[2]), height, None)

    def _count(self, size: int) -> None:
        self.total += size
        if self.total > MAX_NODES:
            cause = "expanding the aliases gives" if size > 1 else "the file has"
            self._stop(f"{cause} more than {MAX_NODES:,} values. Use fewer values or aliases.")

    def _attach(self, node: _Node, height: int, scalar: Any) -> None:
        if not self.stack:
            self.root = node
            return
        frame = self.stack[-1]
        if height >= frame.height:
            frame.height = height + 1
        value = frame.node[2]
        if isinstance(value, list):
            value.append(node)
        elif frame.key is None:
            self._key(frame, node, scalar)
        else:
            if frame.keep:
                value[frame.key] = (*frame.key_place, node)
            frame.key = None

    def _key(self, frame: _Frame, node: _Node, scalar: Any) -> None:
        key = node[2]
        problem = None
        if isinstance(key, str):
            if key == "<<" and scalar is not None and scalar.implicit[0]:
                problem = (
                    "merge keys ('<<') are not supported. Write the keys out, or put '<<' in quotes if it is text."
                )
            elif key in frame.node[2]:
                line, column = frame.node[2][key][:2]
                problem = (
                    f"the key {shown(key)} is given twice, first at {line}:{column}. Remove or rename one of them."
                )
        elif scalar is None:
            problem = f"a key must be text, not {shown(key)}. Put it in quotes if it is meant as text."
        elif scalar.value == "":
            problem = "there is no key before the ':'. Write one."
        else:
            kind = "nothing" if key is None else "true/false" if isinstance(key, bool) else "a number"
            raw = shown(scalar.value)
            problem = f"a key must be text, but {raw[1:-1]} without quotes is read as {kind}. Put it in quotes: {raw}."
        self.place = frame.key_place = node[:2]
        frame.keep = problem is None
        if problem is not None and not isinstance(key, str):
            self._note(problem)
        frame.key = key if isinstance(key, str) else scalar.value if scalar is not None else "?"
        if problem is not None and isinstance(key, str):
            self._note(problem)

    def _scalar(self, event: Any) -> Any:
        text, tag = event.value, event.tag
        if tag is None:
            return self._resolve(text) if event.implicit[0] else text
        wanted = str if tag == "!" else _TAGS.get(tag)
        value = text if wanted is str else self._resolve(text)
        if wanted is float and type(value) is int:
            return float(value)
        if type(value) is not wanted:
            self._bad_tag(tag, shown(text))
        return value

    def _bad_tag(self, tag: str, given: str) -> None:
        word = shown("!!" + tag.removeprefix(_CORE) if tag.startswith(_CORE) else tag)
        fault = f"does not fit {given}" if tag in _TAGS else "is not supported"
        self._note(f"the tag {word} {fault}. Remove it, or put the text in quotes if the '!' belongs to it.")

    def _resolve(self, text: str) -> Any:
        value = _WORDS.get(text, _ABSENT)
        if value is not _ABSENT:
            return value
        if text[0] in "+-.0123456789":
            if _INT.fullmatch(text):
                if len(text.lstrip("+-")) > MAX_INT_DIGITS:
                    self._note(f"a whole number of more than {MAX_INT_DIGITS} digits. Shorten it, or quote it as text.")
                    return 0
                return int(text, {"0o": 8, "0x": 16}.get(text[:2], 10))
            if _FLOAT.fullmatch(text):
                return float(text.replace(".", "", 1) if text[-1] in "fFnN" else text)
        return text
