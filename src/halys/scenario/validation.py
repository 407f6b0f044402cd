"""What is wrong with a document, in plain words: faults met by the YAML parser and faults met by the schema.

Both report in the terms of programmers ("did not find expected key", "Input should be a valid dictionary"). Here each
fault becomes: where, what was given, what is allowed, what to do. Pydantic is never imported, only its error objects
are read, so that reading a file stays quick.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from typing import TYPE_CHECKING, Any, Final, TypeAlias

from halys.errors import Problem, did_you_mean

if TYPE_CHECKING:
    import pydantic
    import yaml

    from halys.scenario.document import Document

DataPath: TypeAlias = tuple[str | int, ...]
# The items of a `loc` that are not in the document, as (depth, name): members of unions and tags of tagged unions.
_Branches: TypeAlias = tuple[tuple[int, str | int], ...]

_PLAIN_KEY = re.compile(r"\w[\w-]*")
_QUOTED = re.compile(r"'((?:[^'\\]|\\.)*)'")
_ABSENT: Final = object()
_MANY_KEYS: Final = 30
_MOST_READINGS: Final = 64


def path_text(path: Sequence[str | int]) -> str:
    """`("moves", "china", 1)` as `moves.china[1]`; keys that are not simple words are quoted."""
    parts: list[str] = []
    for item in path:
        if isinstance(item, int):
            parts.append(f"[{item}]")
        else:
            key = item if len(item) <= 60 and _PLAIN_KEY.fullmatch(item) else shown(item, 60)
            parts.append(f".{key}" if parts else key)
    return "".join(parts)


def shown(value: object, limit: int = 40) -> str:
    """What was given, short and on one line, in the words of YAML."""
    if value is None:
        return "nothing (null)"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, dict):
        keys = ", ".join(shown(key, 20) for key in list(value)[:3])
        return f"a mapping (keys {keys}{', …' if len(value) > 3 else ''})" if value else "an empty mapping"
    if isinstance(value, (list, tuple)):
        return f"a list of {len(value)}" if value else "an empty list"
    if isinstance(value, float) and not math.isfinite(value):
        return ".nan" if math.isnan(value) else ".inf" if value > 0 else "-.inf"
    if isinstance(value, str):
        return repr(value if len(value) <= limit else value[: limit - 1] + "…")
    text = repr(value)
    return text if len(text) <= limit else text[: limit - 1] + "…"


# What the parser says, what it means, and whether the place to show is where the unfinished piece began. In order: the
# first match counts. The C and the Python parser word some faults differently, hence the short fragments.
_SYNTAX: Final[tuple[tuple[str, bool, str], ...]] = (
    ("tab character", False, "a tab stands here. YAML indents with spaces only: replace the tab by spaces."),
    ("unexpected end of stream", True, "the quote that opens here is never closed. Add the closing quote."),
    ("unexpected document", True, "the quote that opens here is not closed before a '---' or '...' line. Close it."),
    ("',' or ']'", True, "the '[' that opens here is not closed: {met} was met instead of ',' or ']'. Close it."),
    ("',' or '}'", True, "the '{{' that opens here is not closed: {met} was met instead of ',' or '}}'. Close it."),
    ("expected ':'", True, "this is not a 'key: value' pair. Write a ':' and a space after the key."),
    ("cannot start any token", False, "a value cannot begin with {char}. Put the text in quotes."),
    (
        "mapping values are",
        False,
        "a ':' cannot stand here. Check the indentation, see that a space follows each ':' of the lines before, "
        "and put text that holds ': ' in quotes.",
    ),
    ("entries are not", False, "a '-' cannot stand here. Begin the list on a new line, or quote the text."),
    ("alphabetic or numeric", False, "after '*' or '&' the name of an anchor must follow. Put other text in quotes."),
    ("escape", False, "an unknown escape after '\\' in double quotes. Write '\\\\', or use single quotes."),
    ("tag handle", False, "a text that begins with '!' is read as a tag, and this one is unknown. Put it in quotes."),
    ("node content", False, "{char} stands where a key or value must be. Write it, close brackets, or use quotes."),
    ("expected key", False, "{char} cannot stand here. {advice}"),
    ("'-' indicator", False, "{char} cannot stand here. {advice}"),
    ("<block end>", False, "{char} cannot stand here. {advice}"),
)


def syntax_advice(text: str, error: yaml.MarkedYAMLError) -> tuple[str, int]:
    """A fault met by the YAML parser in plain words, and the index in `text` where it is best shown."""
    mark, opening, problem = error.problem_mark, error.context_mark, error.problem or "unreadable text"
    end = len(text.rstrip())
    index = end if mark is None else min(mark.index, end)
    if text[index : index + 1] == "\t" and "any token" in problem:
        problem = "tab character"
    line = len(re.findall(r"\r\n|\r|\n", text[:index])) + 1
    char = repr(text[index]) if index < end else "the end of the file"
    met = f"{char} in line {line}" if index < end else char
    if index < end and text[index] in "]}":
        advice = "Its opening bracket is missing: remove it, or put the text in quotes."
    elif text[index : index + 1] == ":":
        advice = "The key before it is missing: write one, or put the text in quotes."
    elif text[:index].rstrip(" ")[-1:] in ("'", '"'):
        advice = "It follows a closing quote: put the whole text in one pair of quotes."
    else:
        begin = f" that begins in line {opening.line + 1}" if opening is not None else ""
        advice = f"Give all entries of the block{begin} the same indentation, and close quotes and brackets."
    for fragment, at_opening, message in _SYNTAX:
        if fragment in problem:
            place = opening.index if at_opening and opening is not None else index
            return message.format(char=char, met=met, advice=advice), place
    return f"this is not valid YAML: {problem}; {char} was met. Check the indentation and the quotes.", index


_NUMBER: Final = "a plain number such as 0.25"
_WHOLE: Final = "a whole number such as 3"
_TEXT: Final = "text; put it in quotes if it looks like a number, true/false or null"
_LIST: Final = "a list, as '[a, b]' or as lines that begin with '- '"
_MAPPING: Final = "a mapping of 'key: value' lines"
_DATE: Final = "a date as YYYY-MM-DD, such as 2022-03-14"
_DATETIME: Final = "a date and time, such as 2022-03-14T12:00:00"
_WANTED: Final[dict[str, str]] = {
    **dict.fromkeys(("float_type", "float_parsing", "decimal_type", "decimal_parsing"), _NUMBER),
    **dict.fromkeys(("int_type", "int_parsing", "int_from_float", "int_parsing_size"), _WHOLE),
    **dict.fromkeys(("string_type", "string_sub_type"), _TEXT),
    **dict.fromkeys(("bool_type", "bool_parsing"), "true or false"),
    **dict.fromkeys(("list_type", "tuple_type", "set_type", "frozen_set_type", "iterable_type"), _LIST),
    **dict.fromkeys(("dict_type", "mapping_type", "model_type", "model_attributes_type", "dataclass_type"), _MAPPING),
    **dict.fromkeys(("date_type", "date_parsing", "date_from_datetime_parsing", "date_from_datetime_inexact"), _DATE),
    **dict.fromkeys(("datetime_type", "datetime_parsing", "datetime_from_date_parsing"), _DATETIME),
    "finite_number": "a finite number (not .inf or .nan)",
    "none_required": "null, or leave the value empty",
    "greater_than": "a value greater than {gt}",
    "greater_than_equal": "a value of at least {ge}",
    "less_than": "a value less than {lt}",
    "less_than_equal": "a value of at most {le}",
    "multiple_of": "a multiple of {multiple_of}",
    "string_pattern_mismatch": "text of the form {pattern}",
    "string_too_short": "text of at least {min_length} characters",
    "string_too_long": "text of at most {max_length} characters",
    "too_short": "{min_length} or more entries",
    "too_long": "{max_length} or fewer entries",
    "literal_error": "one of {expected}",
    "enum": "one of {expected}",
}
_CHOICES: Final = frozenset(("literal_error", "enum"))


@dataclass(frozen=True)
class _Fault:
    """One error of pydantic, with its place in the document."""

    kind: str
    path: DataPath
    branches: _Branches
    at_key: bool
    given: Any
    context: dict[str, Any]
    message: str
    options: tuple[_Fault, ...] = ()  # the branches of a union, none of which fits


def problems_from_validation(
    document: Document,
    error: pydantic.ValidationError,
    prefix: Sequence[str | int] = (),
    allowed_keys: Callable[[DataPath], Iterable[str]] | None = None,
) -> list[Problem]:
    """Every error of a pydantic validation as a Problem with its place in the document, sorted by place.

    Args:
        document: the file whose data was validated.
        error: what pydantic raised.
        prefix: path in the document of the value that was validated, if it was not the whole.
        allowed_keys: gives the keys allowed in the mapping at a path of the document, for the advice on unknown keys.
    """
    faults = [_fault(document, tuple(prefix), found) for found in error.errors(include_url=False)]
    placed: dict[Problem, tuple[int, int]] = {}
    for fault in _relevant(faults):
        path, at_key, message = _explain(document, fault, allowed_keys)
        problem = document.problem(path, message, at_key=at_key)
        placed.setdefault(problem, document.position(path, at_key=at_key))
    return sorted(placed, key=placed.__getitem__)


def _child(value: Any, item: str | int) -> Any:
    if isinstance(value, dict):
        return value.get(item, _ABSENT)
    if isinstance(value, list) and isinstance(item, int) and 0 <= item < len(value):
        return value[item]
    return _ABSENT


def _value(document: Document, path: DataPath) -> Any:
    value: Any = document.data
    for item in path:
        value = _child(value, item)
    return value


def _fault(document: Document, prefix: DataPath, found: Any) -> _Fault:
    kind, loc, given = found["type"], list(found["loc"]), found["input"]
    tail: DataPath = ()
    at_key = kind == "extra_forbidden"
    if kind in ("missing", "extra_forbidden") and loc:
        tail = (loc.pop(),)
    elif len(loc) > 1 and loc[-1] == "[key]" and loc[-2] == given:
        at_key = bool(loc.pop())
    choices: list[tuple[bool, int, DataPath, _Branches]] = []
    # A branch of a union may be called like a key (kind `tariff` with a field `tariff`): the true reading is the one
    # that leads to the value pydantic complained about. The number of readings doubles with each repeated name.
    for path, dropped, end in islice(_alignments(_value(document, prefix), loc), _MOST_READINGS):
        if at_key and not tail:
            fits = path[-1:] == (given,)
        else:
            reached = end if kind == "missing" or not tail else _child(end, tail[0])
            fits = reached is given or reached == given
        choices.append((not fits, len(dropped), path, dropped))
        if fits and not dropped:
            break
    _, _, path, dropped = min(choices, key=lambda choice: choice[:2])
    branches = tuple((len(prefix) + depth, name) for depth, name in dropped)
    return _Fault(kind, prefix + path + tail, branches, at_key, given, found.get("ctx") or {}, found["msg"])


def _alignments(value: Any, loc: Sequence[str | int], depth: int = 0) -> Iterator[tuple[DataPath, _Branches, Any]]:
    """Readings of `loc`, likeliest first: the path in the data, the items left out, and the value reached."""
    if not loc:
        yield (), (), value
        return
    first, rest = loc[0], loc[1:]
    child = _child(value, first)
    if child is not _ABSENT:
        for path, dropped, end in _alignments(child, rest, depth + 1):
            yield (first, *path), dropped, end
    for path, dropped, end in _alignments(value, rest, depth):
        yield path, ((depth, first), *dropped), end


def _relevant(faults: list[_Fault]) -> list[_Fault]:
    """Without the faults of those branches of unions which were not meant; branches that tie become one fault."""
    level = 0
    while any(len(fault.branches) > level for fault in faults):
        groups: dict[Any, list[_Fault]] = {}
        kept: list[_Fault] = []
        for fault in faults:
            if len(fault.branches) > level:
                site = fault.path[: fault.branches[level][0]]
                groups.setdefault((site, fault.branches[:level]), []).append(fault)
            else:
                kept.append(fault)
        for (site, _), group in groups.items():
            kept.extend(_chosen(site, group, level))
        faults, level = kept, level + 1
    return faults


def _chosen(site: DataPath, group: list[_Fault], level: int) -> list[_Fault]:
    branches: dict[str | int, list[_Fault]] = {}
    for fault in group:
        branches.setdefault(fault.branches[level][1], []).append(fault)
    if len(branches) == 1:
        return group
    meant = [b for b in branches.values() if not any(_other_sort(f) and f.path == site for f in b)]
    if all(fault.kind in _CHOICES for branch in meant for fault in branch):
        # `exporters: chn` for "a list, or 'all'": that it is a text does not show that 'all' was meant.
        meant = list(branches.values())
    if len(meant) == 1:
        return meant[0]
    at_site = [fault for branch in meant for fault in branch if fault.path == site]
    deeper = [branch for branch in meant if any(fault.path != site for fault in branch)]
    if deeper or not at_site:
        # Several sorts of mapping (or list) are possible: the one with the fewest faults is the likeliest.
        return min(deeper or meant, key=len)
    first = at_site[0]
    return [replace(first, kind="union", branches=first.branches[:level], options=tuple(at_site))]


def _other_sort(fault: _Fault) -> bool:
    container = isinstance(fault.given, (dict, list))
    return fault.kind.endswith("_type") or (container and fault.kind in (*_CHOICES, "none_required"))


def _explain(
    document: Document, fault: _Fault, allowed_keys: Callable[[DataPath], Iterable[str]] | None
) -> tuple[DataPath, bool, str]:
    """The path to show, whether the key is meant, and the message."""
    path, context, kind = fault.path, fault.context, fault.kind
    if kind == "missing":
        return path, False, f"{shown(path[-1] if path else 'a value')} is missing. Add it here."
    if kind == "extra_forbidden":
        allowed = list(allowed_keys(path[:-1])) if allowed_keys is not None else []
        key = str(path[-1]) if path else ""
        names = ", ".join(allowed[:_MANY_KEYS]) + (", …" if len(allowed) > _MANY_KEYS else "")
        listed = f" Allowed here: {names}.{did_you_mean(key, allowed)}" if allowed else ""
        return path, True, f"unknown key {shown(key)}.{listed} Correct its spelling or remove it."
    if kind in ("union_tag_invalid", "union_tag_not_found"):
        named = _QUOTED.fullmatch(str(context.get("discriminator", "")))
        key_path = (*path, named[1]) if named else path
        if kind == "union_tag_invalid":
            expected = str(context.get("expected_tags", ""))
            known = _value(document, key_path) is not _ABSENT
            return (key_path if known else path), False, _one_of(context.get("tag"), expected)
        if named and isinstance(fault.given, dict):
            return key_path, False, f"{shown(named[1])} is missing; it says which sort of entry this is. Add it."
        return path, False, _refuse(fault.given, [_MAPPING + (f" with the key {shown(named[1])}" if named else "")])
    return path, fault.at_key, _message(fault)


def _message(fault: _Fault) -> str:
    kind, context = fault.kind, fault.context
    if kind == "union":
        wanted = dict.fromkeys(text for text in map(_wanted, fault.options) if text is not None)
        others = dict.fromkeys(_message(option) for option in fault.options if _wanted(option) is None)
        if not others:
            names = " ".join(str(option.context.get("expected", "")) for option in fault.options)
            return _refuse(fault.given, list(wanted)) + _nearest(fault.given, names)
        return " ".join(others) + (f" Or write {', or '.join(wanted)}." if wanted else "")
    if kind in ("value_error", "assertion_error"):
        text = " ".join(str(context.get("error", "")).split())
        return text or f"{shown(fault.given)} is not allowed here. Correct the value."
    if kind in ("literal_error", "enum"):
        return _one_of(fault.given, str(context.get("expected", "")))
    wanted_here = _wanted(fault)
    if wanted_here is None:
        text = fault.message.replace("Input should", "the value should")
        return f"{text.rstrip('.')}; given: {shown(fault.given)}. Correct the value."
    reason = f" ({context['error']})" if kind.startswith("date") and "error" in context else ""
    if kind in ("float_parsing", "int_parsing") and any(char.isdigit() for char in str(fault.given)):
        wanted_here += " (no unit, no '%', no thousands separator, '.' before decimals)"
    return _refuse(fault.given, [wanted_here], reason)


def _wanted(fault: _Fault) -> str | None:
    template = _WANTED.get(fault.kind)
    if template is None:
        return None
    try:
        text = template.format_map(fault.context)
    except (KeyError, IndexError):
        return None
    return text if " or " in text or "," in text else text.removeprefix("one of ")


def _refuse(given: object, wanted: Sequence[str], reason: str = "") -> str:
    return f"{shown(given)} is not allowed here{reason}. Write {', or '.join(wanted)}."


def _one_of(given: object, expected: str) -> str:
    many = " or " in expected or "," in expected
    return _refuse(given, [f"one of {expected}" if many else expected]) + _nearest(given, expected)


def _nearest(given: object, expected: str) -> str:
    return did_you_mean(given, _QUOTED.findall(expected)) if isinstance(given, str) else ""
