"""Places of a scenario's data that a setting may mean, and what to say where there is none."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, TypeGuard

from halys.errors import nearest
from halys.scenario.assumptions import QUANTITY_KEYS
from halys.scenario.text_edit import Path, flow_text, value_at
from halys.scenario.validation import path_text

RANGE = ("value", "low", "high")
KEYS = frozenset((*QUANTITY_KEYS, "label", "note"))
"""What a file may write about a number or an assumption."""
_MOST_SHOWN = 4


def is_there(data: Any, path: Path) -> bool:
    """Whether a path leads to something."""
    try:
        value_at(data, path)
    except (LookupError, TypeError):
        return False
    return True


def is_number(value: object) -> TypeGuard[int | float]:
    """Whether a value is a number, which true and false are not."""
    return isinstance(value, int | float) and not isinstance(value, bool)


def is_quantity(value: object) -> TypeGuard[dict[str, Any]]:
    """Whether a value is a number with its range, as files write it."""
    return isinstance(value, dict) and value.keys() <= KEYS and any(key in value for key in RANGE)


def unknown_place(data: dict[str, Any], tokens: Path) -> str:
    """What is missing, and the nearest places with what stands there."""
    depth = next(n for n in range(1, len(tokens) + 1) if not is_there(data, tokens[:n])) - 1
    at, item = tokens[:depth], tokens[depth]
    where = f"under {path_text(at)}" if at else "at the top of the file"
    missing = f"there is no {path_text((item,)) if isinstance(item, int) else repr(item)} {where}."
    fields = number_fields(data, at) if at and at[0] in ("moves", "in_force") else {}
    if fields and depth == len(tokens) - 1:
        listed = ", ".join(f"{field} ({', '.join(values)})" for field, values in fields.items())
        return f"{missing} The numbers of its measures: {listed}."
    shown = {_short(path): f" ({number:g})" for path, number in _numbers(data)}
    named = {} if at else _named_numbers(data)
    near = nearest(str(item), named, _MOST_SHOWN)
    if near:
        shown |= named
    elif not at and len(tokens) == 1:
        near, shown = nearest(str(item), data, _MOST_SHOWN), {}
    near = near or nearest(path_text(tokens), shown, _MOST_SHOWN)
    if near:
        listed = ", ".join(name + shown.get(name, "") for name in near)
        return f"{missing} Nearest: {listed}."
    here = value_at(data, at)
    if not isinstance(here, dict | list) or not here:
        return f"{missing} {path_text(at)} is {flow_text(here)}, and has no parts."
    names = [path_text((*at, key)) for key in (here if isinstance(here, dict) else range(len(here)))]
    return f"{missing} It has {', '.join(names[:12])}{', …' if len(names) > 12 else ''}."


def _named_numbers(data: dict[str, Any]) -> dict[str, str]:
    """Assumptions and stakes, which a setting may name alone, with their values in brackets."""
    found: dict[str, str] = {}
    for section, key in (("stakes", "percent_of_income"), ("assumptions", "value")):
        entries = data.get(section)
        for name, entry in entries.items() if isinstance(entries, dict) else ():
            number = entry.get(key) if isinstance(entry, dict) else None
            ends = [number.get(end) for end in RANGE] if is_quantity(number) else [number]
            listed = [f"{end:g}" for end in ends if is_number(end)]
            found[str(name)] = f" ({listed[0] if len(listed) != 2 else ' to '.join(listed)})" if listed else ""
    return found


def number_fields(data: dict[str, Any], at: Path) -> dict[str, list[str]]:
    """Fields with numbers of the measures below a move or programme, each with its values."""
    fields: dict[str, list[str]] = {}
    for path, number in _numbers(value_at(data, at), at):
        field = path[-2] if path[-1] == "value" else path[-1]
        if "measures" in path:
            fields.setdefault(str(field), []).append(f"{number:g}")
    return {field: list(dict.fromkeys(values)) for field, values in fields.items()}


def _numbers(value: Any, at: Path = ()) -> Iterator[tuple[Path, float]]:
    """Every number below a value that a setting is likely to mean; of a range, its value."""
    if is_number(value):
        yield at, value
    elif is_quantity(value):
        yield from [((*at, "value"), value["value"])] if is_number(value.get("value")) else []
    elif isinstance(value, dict | list):
        for key, entry in value.items() if isinstance(value, dict) else enumerate(value):
            yield from _numbers(entry, (*at, key))


def _short(path: Path) -> str:
    """The path as a user may write it."""
    kept = path[:-1] if path[-1] == "value" else path
    if kept[0] in ("moves", "in_force") and "measures" in kept:
        kept = tuple(item for item in kept if item not in ("measures", "cases") and not isinstance(item, int))
    return path_text(kept)
