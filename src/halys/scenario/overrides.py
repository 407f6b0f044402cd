"""Settings from the command line: `PATH=VALUE` changes one number, text or list of a scenario before it is checked.

The path is that of the file (`moves.china.relief.measures[0].amount`); below a move or programme `measures[0]` may be
left out, and then every measure of it that has the field is meant. A number set where the file has `{value, low, high}`
becomes its value, and the range stays.
"""

from __future__ import annotations

import math
import re
import textwrap
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path as FilePath
from typing import Any

from halys.errors import FileError, InputError, Problem, did_you_mean
from halys.measures import INSTRUMENTS
from halys.scenario.assumptions import BY_INDUSTRY
from halys.scenario.document import parse_document
from halys.scenario.load import check_document, load_scenario
from halys.scenario.places import KEYS, RANGE, is_number, is_quantity, is_there, number_fields, unknown_place
from halys.scenario.repetition_schema import Repetition
from halys.scenario.scenario import Scenario
from halys.scenario.schema import HorizonSpec, Move, Programme, ScenarioFile
from halys.scenario.text_edit import SETTINGS_HEADING, Path, changed, flow_text, replace_value, value_at
from halys.scenario.text_edit import listed_overrides as listed_overrides
from halys.scenario.validation import path_text

_TOKEN = re.compile(r"""\.?(?:(?P<key>[^.\[\]'"=]+)|"(?P<double>[^"]*)"|'(?P<single>[^']*)')|\[(?P<number>\d{1,6})\]""")
_ADDABLE = ("horizon", "beside", "discounting", "focus", "repetition")  # sections that a setting may begin
_HORIZONS = ("horizon", "beside")
_WIDE = 60


@dataclass(frozen=True)
class Change:
    """One place that a setting changed.

    Attributes:
        setting: as given. path: the place in the file. before, after: what stood and stands there, as YAML; before is
            empty where nothing stood there. note: what the change reaches beyond the place, or does not reach.
    """

    setting: str
    path: Path
    before: str
    after: str
    note: str = ""

    def __str__(self) -> str:
        was = f"was {textwrap.shorten(self.before, _WIDE, placeholder=' ...')}" if self.before else "was not set"
        note = f"; {self.note}" if self.note else ""
        return f"{path_text(self.path)} = {textwrap.shorten(self.after, _WIDE, placeholder=' ...')} ({was}{note})"

    def as_record(self) -> dict[str, Any]:
        """The change as plain data."""
        names = ("setting", "before", "after", "note")
        return {"path": path_text(self.path), **{name: getattr(self, name) for name in names}}


@dataclass(frozen=True)
class Overridden:
    """The new text and what was changed in it."""

    text: str
    changes: tuple[Change, ...]


def apply_overrides(text: str, name: str, settings: Sequence[str]) -> Overridden:
    """The text of a scenario with the settings in it, each at its place; a comment at the end lists them.

    Args:
        text: YAML. name: the file as shown in messages. settings: `PATH=VALUE`, in order; a later one counts.

    Raises:
        FileError: the text is no YAML, or a setting that cannot be used, all at once; the place is `-s PATH=VALUE`.
    """
    problems: list[Problem] = []
    changes: list[Change] = []
    for setting in settings:
        try:
            data = parse_document(text, name).data
            for path, value in _resolve(data, setting):
                text, change = _change(text, name, setting, path, value)
                changes.append(change)
        except FileError:
            raise
        except InputError as error:
            problems.append(Problem(f"-s {setting}", str(error)))
    data = parse_document(text, name).data
    problems += _outside(data, changes)
    if problems:
        raise FileError(list(dict.fromkeys(problems)))
    if changes:
        lines = "".join(f"#   {_one_line(str(change))}\n" for change in changes)
        text = f"{text}{'' if text.endswith(chr(10)) else chr(10)}{SETTINGS_HEADING}\n{lines}"
    return Overridden(text, tuple(changes))


def load_overridden(name: str | FilePath, settings: Sequence[str]) -> tuple[Scenario, tuple[Change, ...]]:
    """A bundled scenario or a file with settings, checked as `load_scenario` checks it.

    Raises:
        FileError: as `apply_overrides`; faults of a place that a setting changed point at the setting.
        UnknownNameError: neither a file nor a bundled scenario.
    """
    loaded = load_scenario(name)
    if not settings:
        return loaded, ()
    done = apply_overrides(loaded.text, loaded.name, settings)
    try:
        return check_document(parse_document(done.text, loaded.name)), done.changes
    except FileError as error:
        raise FileError([_pointed(problem, done.changes) for problem in error.problems]) from None


def _one_line(text: str) -> str:
    return " ".join(text.split())


def _pointed(problem: Problem, changes: Sequence[Change]) -> Problem:
    """A fault at a changed place, said of the setting that changed it."""
    place = problem.where.split(" › ")[-1]
    for change in reversed(changes):
        path = path_text(change.path)
        if place == path or place.startswith((f"{path}.", f"{path}[")) or _is_part(place, change):
            return Problem(f"-s {change.setting} › {place}", problem.message)
    return problem


def _is_part(place: str, change: Change) -> bool:
    """Whether a fault of a number as a whole, or of its measure, comes from a change inside it."""
    inner = path_text(change.path)
    return bool(place) and inner.startswith(f"{place}.") and (change.path[-1] in KEYS or "measures" in change.path)


# From a setting to places -----------------------------------------------------------------------------------------


def _resolve(data: dict[str, Any], setting: str) -> list[tuple[Path, Any]]:
    """The places that a setting means, with the value for each."""
    left, sign, right = setting.partition("=")
    if not sign or not left.strip():
        raise InputError("a setting is PATH=VALUE, such as moves.china.relief.amount=20.")
    tokens, value = _tokens(left.strip()), _value(right)
    section = next((part for part in ("assumptions", "stakes") if tokens[0] in _names(data, part)), None)
    if tokens[0] not in data and section is not None:
        tokens = (section, *tokens)
    places = list(_places(data, tokens))
    if not places:
        raise InputError(unknown_place(data, tokens))
    moves = dict.fromkeys(path_text(path[:3]) for path in places if path[0] == "moves")
    if len(moves) > 1:
        raise InputError(f"{', '.join(moves)} have it. Name the move.")
    return list(dict(_aim(data, path, value) for path in places).items())


def _tokens(path: str) -> Path:
    tokens: list[str | int] = []
    at = 0
    while at < len(path):
        found = _TOKEN.match(path, at)
        if found is None or (found[0].startswith(".") and not tokens):
            raise InputError(f"{path!r} is not a path. Write it as moves.china.relief.measures[0].amount.")
        number = found["number"]
        text = next((t for t in (found["key"], found["double"], found["single"]) if t is not None), "")
        tokens.append(int(number) if number is not None else text.strip())
        at = found.end()
    if not isinstance(tokens[0], str):
        raise InputError(f"{path!r} is not a path. It begins with a section of the file, such as moves.")
    return tuple(tokens)


def _value(text: str) -> Any:
    if not text.strip():
        raise InputError("there is no value after '='. Write a number, a text or a list such as [C26, C28].")
    try:
        value = parse_document(f"value: {text.strip()}", "VALUE").data["value"]
    except FileError as error:
        raise InputError(f"the value cannot be read: {error.problems[0].message}") from None
    if isinstance(value, float) and not math.isfinite(value):
        raise InputError(f"{text.strip()} is not a finite number.")
    return value


def _places(data: Any, tokens: Path, at: Path = ()) -> Iterator[Path]:
    """Places of the data that tokens lead to from `at`; what a move or programme leaves out is filled in."""
    if not tokens:
        yield at
        return
    here = value_at(data, at)
    first, rest = tokens[0], tokens[1:]
    known = (first in here) if isinstance(here, dict) else isinstance(here, list) and first in range(len(here))
    if known:
        yield from _places(data, rest, (*at, first))
    elif may_add(data, (*at, *tokens)):
        yield (*at, *tokens)
    elif isinstance(here, dict) and isinstance(first, str):
        for inner in _inside(here, at):
            yield from _places(data, tokens, inner)


def _inside(here: dict[str, Any], at: Path) -> Iterator[Path]:
    """What may be left out below a stake, a stage, a move or a programme: its range, moves, cases and measures."""
    if len(at) == 2 and at[0] == "stakes" and "percent_of_income" in here:
        yield (*at, "percent_of_income")
    if len(at) == 2 and at[0] == "moves":
        yield from ((*at, move) for move, entry in here.items() if isinstance(entry, dict))
        return
    for part in ("measures", "cases"):
        entries = here.get(part)
        if isinstance(entries, list) and (len(at) in (2, 3, 5) and at[0] in ("moves", "in_force")):
            yield from ((*at, part, n) for n, entry in enumerate(entries) if isinstance(entry, dict))


def may_add(data: dict[str, Any], path: Path) -> bool:
    """Whether the schema has a place here that the file leaves out."""
    head, key, above = path[0], path[-1], path[:-1]
    if not isinstance(key, str):
        return False
    if len(path) == 1:
        return key in ScenarioFile.model_fields
    if head in _ADDABLE and head in ScenarioFile.model_fields and head not in data:
        return head not in _HORIZONS or (path[1] in HorizonSpec.model_fields and len(path) <= 3)
    if head in _HORIZONS and len(path) == 3 and path[1] in BY_INDUSTRY and path[1] not in data.get(head, {}):
        return True
    try:
        parent = value_at(data, above)
    except (LookupError, TypeError):
        return False
    if is_quantity(parent) or (is_number(parent) and key in KEYS) or _assumed(data, parent) is not None:
        return key in KEYS
    if not isinstance(parent, dict):
        return False
    if "instrument" in parent:
        instrument = INSTRUMENTS.get(str(parent["instrument"]))
        return instrument is not None and key in instrument.model_fields
    if head in _HORIZONS:
        return len(path) == 3 or key in HorizonSpec.model_fields
    if head == "repetition":
        return len(path) == 2 and key in Repetition.model_fields
    if head == "moves":
        return (len(path) == 4 and key in Move.model_fields) or (len(path) == 5 and path[3] == "exposures")
    return head == "in_force" and len(path) == 3 and key in Programme.model_fields


def _aim(data: dict[str, Any], path: Path, value: Any) -> tuple[Path, Any]:
    """The place in the text to write to, and what: numbers go into the value of a range."""
    above, key = path[:-1], path[-1]
    parent = value_at(data, above) if is_there(data, above) else None
    assumed = _assumed(data, parent)
    if assumed is not None and key in KEYS:  # the name of an assumption stands where a part of a number is set
        return above, {**assumed, str(key): value}
    if is_number(parent) and key in KEYS:
        return above, value if key == "value" else {"value": parent, str(key): value}
    if not is_there(data, path):
        missing = next(n for n in range(1, len(path) + 1) if not is_there(data, path[:n]))
        for item in reversed(path[missing:]):
            value = {item: value}
        return path[:missing], value
    if len(path) == 2 and path[0] == "stakes" and isinstance(value, int | float | str):
        return _aim(data, (*path, "percent_of_income"), value)
    here = value_at(data, path)
    assumed = _assumed(data, here)
    if is_number(value) and assumed is not None:
        return path, {**assumed, "value": value}
    if is_number(value) and is_quantity(here):
        return (*path, "value"), value
    if assumed is not None or is_quantity(here) or is_number(here):
        _require_number(data, path, value, assumed or here)
    if isinstance(here, dict) and not isinstance(value, dict) and not is_quantity(here) and path[0] not in _HORIZONS:
        name, fields = path_text(path), number_fields(data, path) or here
        raise InputError(f"{name} holds {', '.join(map(str, here))}. Name one number: -s {name}.{next(iter(fields))}=…")
    return path, value


def _require_number(data: dict[str, Any], path: Path, value: Any, here: Any) -> None:
    """Refuse words where a number stands, but for the name of an assumption at a place that may hold one."""
    named = path[0] != "assumptions" and isinstance(value, str) and value in _names(data, "assumptions")
    if named or not isinstance(value, str | bool | list):
        return
    found = next((here[key] for key in RANGE if is_number(here.get(key))), None) if isinstance(here, dict) else here
    if isinstance(value, str) and re.fullmatch(r"[+-]?\d+,\d+", value):
        found = float(value.replace(",", "."))
    given = value if isinstance(value, str) else flow_text(value)
    hint = did_you_mean(given, _names(data, "assumptions")) if path[0] != "assumptions" else ""
    example = f" such as {found:g}" if is_number(found) else ""
    raise InputError(f"{given!r} is no number. Write a number{example}.{hint}")


def _names(data: dict[str, Any], section: str) -> dict[str, Any]:
    found = data.get(section)
    return found if isinstance(found, dict) else {}


def _assumed(data: dict[str, Any], value: object) -> dict[str, Any] | None:
    """The numbers of the assumption that a text names."""
    entry = _names(data, "assumptions").get(value) if isinstance(value, str) else None
    return {k: v for k, v in entry.items() if k not in ("label", "note")} if isinstance(entry, dict) else None


# Changing ---------------------------------------------------------------------------------------------------------


def _change(text: str, name: str, setting: str, path: Path, value: Any) -> tuple[str, Change]:
    data = parse_document(text, name).data
    before = flow_text(value_at(data, path)) if is_there(data, path) else ""
    new, shared = replace_value(text, data, path, value)
    try:
        same = parse_document(new, name).data == changed(data, path, value)
    except FileError:
        same = False
    if not same:
        raise InputError(f"the text of the file has no plain place for {path_text(path)}. Write it into the file.")
    return new, Change(setting, path, before, flow_text(value), _note(data, path, before, shared))


def _note(data: dict[str, Any], path: Path, before: str, shared: bool) -> str:
    if path[0] == "assumptions":
        uses = sum(1 for at, text in _texts(data) if text == path[1] and at[0] != "assumptions")
        return f"used at {uses} places" if uses != 1 else "used at 1 place"
    if before in _names(data, "assumptions"):
        return f"here alone; for every place: -s assumptions.{before}=…"
    return "here alone; other places that share it keep theirs" if shared else ""


def _texts(value: Any, at: Path = ()) -> Iterator[tuple[Path, str]]:
    if isinstance(value, str):
        yield at, value
    elif isinstance(value, dict | list):
        for key, entry in value.items() if isinstance(value, dict) else enumerate(value):
            yield from _texts(entry, (*at, key))


def _outside(data: dict[str, Any], changes: Sequence[Change]) -> Iterator[Problem]:
    """Values that a setting put outside their own range."""
    for change in changes:
        at = change.path[:-1] if change.path[-1] in RANGE else change.path
        entry = value_at(data, at) if is_there(data, at) else None
        if not isinstance(entry, dict) or not is_number(entry.get("value")):
            continue
        value, low, high, name = entry["value"], entry.get("low"), entry.get("high"), path_text(at)
        for end, beyond in (
            ("low", is_number(low) and value < low),
            ("high", is_number(high) and value > high),
        ):
            if beyond:
                message = (
                    f"{value:g} is outside the range of {name}, {_ends(low, high)}. Choose a value inside it, or widen "
                    f"it: -s {name}.{end}={value:g}"
                )
                yield Problem(f"-s {change.setting}", message)


def _ends(low: object, high: object) -> str:
    words = [f"{x:g}" if isinstance(x, int | float) else "no bound" for x in (low, high)]
    return f"{words[0]} to {words[1]}"
