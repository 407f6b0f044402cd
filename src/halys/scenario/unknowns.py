"""The unknowns of a scenario: every number that may be any of several, once, and a file with one at another value."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from pydantic import BaseModel

from halys.errors import InputError, did_you_mean
from halys.measures import Quantity
from halys.measures.numbers import Bounds, with_value
from halys.measures.registry import MEASURE_BOUNDS
from halys.scenario.assumptions import Path
from halys.scenario.campaign_schema import CAMPAIGN_BOUNDS
from halys.scenario.numbers import all_numbers, in_exposures
from halys.scenario.repetition_schema import REPETITION_BOUNDS
from halys.scenario.schema import (
    DISCOUNT_RATE,
    FACTOR_MOBILITY,
    LOSS,
    PERCENT,
    PROBABILITY,
    SUBSTITUTION,
    THETA,
    THETA_FACTOR,
    YEARS,
    Programme,
    ScenarioFile,
)
from halys.scenario.schema_base import EXPOSURE
from halys.scenario.validation import path_text


@dataclass(frozen=True)
class Unknown:
    """A number that may be any of several, under one name for all the places where it stands.

    Attributes:
        id: of its assumption; of a number without one, its first path. label: in words.
        quantity: value, range, unit and source. An assumption need not have a range.
        paths: every place of use, in the order of the file.
        assumption: whether it is an assumption of the file.
    """

    id: str
    label: str
    quantity: Quantity
    paths: tuple[Path, ...]
    assumption: bool

    @property
    def economic(self) -> bool:
        """Whether equilibria depend on it: it stands in a measure or among the elasticities."""
        return any(path[0] == "horizon" or _in_measures(path) for path in self.paths)

    @property
    def affine(self) -> bool:
        """Whether payoffs are affine in it: it stands for values of stakes alone, or for exposures alone."""
        return all(path[-1] == "percent_of_income" for path in self.paths) or all(map(in_exposures, self.paths))


_OF_CAMPAIGN: Final = ("campaign", "beside")
"""Of these, what a campaign rests on: its own numbers, and the elasticities of the other run."""
_ASIDE: Final = ("beside", "coalition", "observed", "campaign")
"""Sections whose numbers decide nothing in the results of a run: they stand beside, or are a question of their own."""


def list_unknowns(file: ScenarioFile, *, campaign: bool = False) -> tuple[Unknown, ...]:
    """Every assumption, then every other number with a range; with those of the campaign where they are asked for.

    The same number at several places is one unknown: where measures have it in the same field, or moves for the same
    stake, with the same value, range, unit and source. Stakes and horizons are never the same.
    """
    uses: dict[str, list[Path]] = {name: [] for name in file.assumptions}
    inline: dict[tuple[Any, ...], list[Path]] = {}
    found: dict[tuple[Any, ...], Quantity] = {}
    for path, number in all_numbers(file):
        if not isinstance(number, Quantity) or (path[0] in _ASIDE and not (campaign and path[0] in _OF_CAMPAIGN)):
            continue
        if number.assumption is not None:
            uses[number.assumption].append(path)
        elif number.ranged:
            key = (_kind(path), *(getattr(number, name) for name in Quantity.model_fields))
            inline.setdefault(key, []).append(path)
            found[key] = number
    named = [
        Unknown(name, file.assumptions[name].label, _quantity(file, name), tuple(paths), True)
        for name, paths in uses.items()
        if paths  # a setting may have taken its only place
    ]
    return (*named, *_labelled(file, [(found[key], tuple(paths)) for key, paths in inline.items()]))


def _kind(path: Path) -> Path:
    """What identical numbers must have in common to be one: the field of a measure, the stake of an exposure."""
    if _in_measures(path):
        return ("measures", path[-1])
    return ("exposures", path[-1]) if in_exposures(path) and path[0] == "moves" else path


def _in_measures(path: Path) -> bool:
    return len(path) > 3 and path[-3] == "measures"


def _quantity(file: ScenarioFile, name: str) -> Quantity:
    entry = file.assumptions[name]
    fields = {field: getattr(entry, field) for field in Quantity.model_fields}
    return Quantity(**{**fields, "assumption": name})


def _labelled(file: ScenarioFile, listed: list[tuple[Quantity, tuple[Path, ...]]]) -> list[Unknown]:
    """Labels in words; where two would be the same, with what the number does."""
    labels = [_label(file, paths[0]) for _, paths in listed]
    found = []
    for label, (quantity, paths) in zip(labels, listed, strict=True):
        clear = label if labels.count(label) == 1 else f"{label} ({_detail(file, paths[0])})"
        found.append(Unknown(path_text(paths[0]), clear, quantity, paths, False))
    return found


_WORDS = {
    "trade_elasticity": "Trade elasticity",
    "trade_elasticity_factor": "Factor on all trade elasticities",
    "value_added_substitution": "Substitution between value added and inputs",
    "input_substitution": "Substitution among inputs",
    "consumption_substitution": "Substitution among products of final spending",
    "factors": "Mobility of factors between industries",
    "rate": "Discount rate",
    "years": "Years over which a stake that accrues once is spread",
    "discount": "Discount factor of the sender, a year",
    "occasions_per_year": "Occasions a year",
    "tough": "Prior probability that the sender carries out every threat",
}


def _label(file: ScenarioFile, path: Path) -> str:
    section, name, last = path[0], path[1], str(path[-1])
    if section in ("horizon", "beside", "discounting", "repetition"):
        beside = "of the run beside: " if section == "beside" else ""
        return beside + _WORDS[str(name)] + (f" of {last}" if len(path) == 3 else "")
    if section == "campaign":
        return _campaign_label(file, path)
    if section == "stakes":
        what = "% of income" if last == "percent_of_income" else "loss at which the exposure is 1"
        return f"{file.stakes[str(name)].label}: {what}"
    programme = _programme(file, path)
    if in_exposures(path):
        return f"{programme.label}: exposure of {file.stakes[last].label!r}"
    if last == "probability":
        return f"{programme.label}: probability"
    return f"{programme.label}: {last}"


def _campaign_label(file: ScenarioFile, path: Path) -> str:
    if path[1] == "tracks":
        words = {"entry": "cost of taking up", "exit": "cost of giving up"}.get(str(path[3]), "precision of choices")
        return f"Campaign, {path[2]}: {words}" + (f" {path[4]}" if len(path) > 4 else "")
    if path[1] in ("momentum", "exposures", "erosion"):
        entry = _at(file, path[: 4 if path[1:3] == ("momentum", "shifts") else 3])
        if path[1] == "momentum" and not hasattr(entry, "when"):
            return f"Campaign, momentum: probability of moving {path[2]} in a quarter"
        said = "; ".join(f"{k}: {m if isinstance(m, str) else ' or '.join(m)}" for k, m in entry.when.items())
        what = f"exposure of {file.stakes[str(path[-1])].label!r}" if path[1] == "exposures" else _MOVES[str(path[1])]
        return f"Campaign, {what} where {said}"
    return f"Campaign: {_CAMPAIGN_WORDS[str(path[1])]}"


_MOVES = {"momentum": "shift of the momentum", "erosion": "erosion a year"}
_CAMPAIGN_WORDS = {
    "discount": "what a year from now counts",
    "half_life": "quarters to half of the long run",
    "precision": "precision of choices",
}


def _programme(file: ScenarioFile, path: Path) -> Programme:
    return file.in_force[str(path[1])] if path[0] == "in_force" else file.moves[str(path[1])][str(path[2])]


def _detail(file: ScenarioFile, path: Path) -> str:
    """What tells a number from one of the same label: its case, and whose trade its measure is on."""
    parts: list[str] = []
    if path[3:4] == ("cases",):
        case = _at(file, path[:5])
        parts += [f"after {s}: {m if isinstance(m, str) else ' or '.join(m)}" for s, m in case.when.items()]
    if _in_measures(path):
        measure = _at(file, path[:-1])
        shown = [name if isinstance(name, str) else "+".join(name) for name in measure.parties if name is not None]
        parts.append(f"{measure.kind} {int(path[-2]) + 1}, {' to '.join(shown)}")
    return "; ".join(parts) or path_text(path)


def _at(file: ScenarioFile, path: Path) -> Any:
    value: Any = file
    for item in path:
        value = getattr(value, str(item)) if isinstance(value, BaseModel) else value[item]
    return value


def find_unknown(unknowns: Sequence[Unknown], id: str) -> Unknown:
    """The unknown of this id.

    Raises:
        InputError: there is none.
    """
    listed = {unknown.id: unknown for unknown in unknowns}
    if id not in listed:
        some = f"{', '.join(list(listed)[:12])}{', ...' if len(listed) > 12 else ''}" or "none"
        raise InputError(f"{id!r} is not an unknown of this scenario.{did_you_mean(id, listed)} It has {some}.")
    return listed[id]


def with_value_at(file: ScenarioFile, unknown: Unknown, value: float) -> ScenarioFile:
    """The file with an unknown at another value, everywhere. Only what changes is copied; the range stays.

    Raises:
        InputError: the value is not within the bounds of a field where it stands. It may be out of its own range.
    """
    for path in unknown.paths:
        _bounds(file, path).require(value, f"{unknown.label} ({path_text(path)})")
    changed = file
    named = [*_used_aside(file).get(unknown.id, ()), ("assumptions", unknown.id)] if unknown.assumption else []
    for path in (*unknown.paths, *named):
        changed = _replaced(changed, path, value)
    return changed


def with_values_at(file: ScenarioFile, values: Mapping[Unknown, float]) -> ScenarioFile:
    """The file with many unknowns at other values; every part of it is copied at most once.

    Raises:
        InputError: as `with_value_at`.
    """
    changes: dict[Any, Any] = {}
    aside = _used_aside(file)
    for unknown, value in values.items():
        for path in unknown.paths:
            _bounds(file, path).require(value, f"{unknown.label} ({path_text(path)})")
        named = [*aside.get(unknown.id, ()), ("assumptions", unknown.id)] if unknown.assumption else []
        for path in (*unknown.paths, *named):
            part = changes
            for item in path:
                part = part.setdefault(item, {})
            part[_VALUE] = value
    changed: ScenarioFile = _changed(file, changes)
    return changed


_VALUE: Final = object()
"""The key under which changes hold the value of the place that they lead to."""


def _changed(part: Any, changes: dict[Any, Any]) -> Any:
    if _VALUE in changes:
        return with_value(part, changes[_VALUE])
    if isinstance(part, BaseModel):
        return part.model_copy(update={str(k): _changed(getattr(part, str(k)), below) for k, below in changes.items()})
    if isinstance(part, dict):
        return {**part, **{k: _changed(part[k], below) for k, below in changes.items()}}
    return [_changed(entry, changes[n]) if n in changes else entry for n, entry in enumerate(part)]


def _used_aside(file: ScenarioFile) -> dict[str, list[Path]]:
    """Where the coalition and the campaign use each assumption: no places that decide results, but the same number."""
    found: dict[str, list[Path]] = {}
    sections = {name for name in ("coalition", "campaign") if getattr(file, name) is not None}
    for path, number in all_numbers(file) if sections else ():
        if path[0] in sections and isinstance(number, Quantity) and number.assumption is not None:
            found.setdefault(number.assumption, []).append(path)
    return found


_ELASTICITY_BOUNDS = {
    "trade_elasticity": THETA,
    "trade_elasticity_factor": THETA_FACTOR,
    "factors": FACTOR_MOBILITY,
}


def _bounds(file: ScenarioFile, path: Path) -> Bounds:
    if path[0] in ("horizon", "beside"):
        return _ELASTICITY_BOUNDS.get(str(path[1]), SUBSTITUTION)
    if path[0] == "discounting":
        return DISCOUNT_RATE if path[1] == "rate" else YEARS
    if path[0] == "repetition":
        return REPETITION_BOUNDS[str(path[1])]
    if path[0] == "stakes":
        return LOSS if path[-1] == "percent" else PERCENT
    if in_exposures(path):
        return EXPOSURE
    if path[0] == "campaign":
        return CAMPAIGN_BOUNDS[str(path[-2 if path[-2] in ("entry", "exit") else -1])]
    if path[-1] == "probability":
        return PROBABILITY
    return MEASURE_BOUNDS[_at(file, path[:-1]).instrument][str(path[-1])]


def _replaced(part: Any, path: Path, value: float) -> Any:
    if not path:
        return with_value(part, value)
    head, rest = path[0], path[1:]
    if isinstance(part, BaseModel):
        return part.model_copy(update={str(head): _replaced(getattr(part, str(head)), rest, value)})
    if isinstance(part, dict):
        return {**part, head: _replaced(part[head], rest, value)}
    return [_replaced(entry, rest, value) if n == head else entry for n, entry in enumerate(part)]
