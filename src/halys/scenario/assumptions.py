"""Named numbers: a text that stands where a number may is the name of an assumption, whose numbers take its place.

This happens in the data as read, before the schema sees them, so that bounds are checked at every place of use.
"""

from __future__ import annotations

import copy
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from pydantic import BaseModel

from halys.errors import Problem, did_you_mean
from halys.measures.numbers import Quantity
from halys.measures.registry import MEASURE_BOUNDS
from halys.scenario.document import Document
from halys.scenario.text_edit import listed_overrides
from halys.scenario.validation import path_text

Path = tuple[str | int, ...]

QUANTITY_KEYS = tuple(name for name in Quantity.model_fields if name != "assumption")
"""What a file may write about a number."""
BY_INDUSTRY = ("trade_elasticity", "value_added_substitution", "input_substitution")
"""Elasticities of a horizon that may be one number or one for each industry."""
ELASTICITIES = (*BY_INDUSTRY, "trade_elasticity_factor", "consumption_substitution", "factors")
"""The numbers of a horizon."""
REPETITION = ("discount", "occasions_per_year", "tough")
"""The numbers of a repetition."""
_MEASURE_NUMBERS = frozenset(field for fields in MEASURE_BOUNDS.values() for field in fields)


@dataclass(frozen=True)
class Placed:
    """A document with its assumptions put in place.

    Attributes:
        document: with numbers in the places of names. uses: path of each place, with the name that stood there.
        problems: names that are not listed, and listed ones that nothing uses.
    """

    document: Document
    uses: Mapping[Path, str]
    problems: tuple[Problem, ...]

    def explain(self, problems: list[Problem]) -> list[Problem]:
        """Faults of the schema: those at a place of use say which assumption it is; those of a faulty assumption are
        told once, where it is defined."""
        broken = {name for name in set(self.uses.values()) if _beneath(problems, ("assumptions", name))}
        refused = {problem.where for problem in self.problems}
        names = {path_text(path): name for path, name in self.uses.items()}
        found = []
        for problem in problems:
            path = problem.where.partition(" › ")[2]
            name = next((n for at, n in names.items() if path == at or path.startswith(f"{at}.")), None)
            if problem.where in refused or name in broken:
                continue
            if name is not None:
                line, _ = self.document.position(("assumptions", name), at_key=True)
                there = f" The number is the assumption {name!r} of line {line}."
                problem = replace(problem, message=f"{problem.message.rstrip('.')}.{there}")
            found.append(problem)
        return found


def _beneath(problems: list[Problem], path: Path) -> bool:
    at = path_text(path)
    found = (problem.where.partition(" › ")[2] for problem in problems)
    return any(p == at or p.startswith(f"{at}.") for p in found)


def place_assumptions(document: Document) -> Placed:
    """The document with the numbers of its assumptions wherever their names stand."""
    given = document.data.get("assumptions")
    listed: Mapping[str, Any] = given if isinstance(given, dict) else {}
    uses: dict[Path, str] = {}
    problems = []
    places = dict(number_places(document.data))
    for path, value in places.items():
        if isinstance(value, str) and (value in listed or _is_name(value)):
            if value in listed:
                uses[path] = value
            else:
                problems.append(document.problem(path, _unlisted(value, listed)))
    used = set(uses.values())
    excused = bool(problems)  # the name that is not used may be the one that was meant
    excused = excused or bool(listed_overrides(document.text))  # a setting may take the place of its only use
    for name in listed:
        if name not in used and not excused:
            message = f"no number uses the assumption {name!r}. Write its name where a number stands, or remove it."
            problems.append(document.problem(("assumptions", name), message, at_key=True))
    for path, value in [*places.items(), *((("assumptions", name), entry) for name, entry in listed.items())]:
        if isinstance(value, dict) and "assumption" in value:
            message = (
                "a file writes the name of the assumption instead of the number, not `assumption`. Remove the key."
            )
            problems.append(document.problem((*path, "assumption"), message, at_key=True))
    data = document.data
    if uses:
        data = copy.deepcopy(data)
        for path, name in uses.items():
            _put(data, path, _numbers(listed[name], name))
    return Placed(replace(document, data=data), uses, tuple(problems))


def _numbers(entry: Any, name: str) -> Any:
    """What takes the place of a name; the name itself where its assumption is no mapping and is refused for that."""
    if not isinstance(entry, dict):
        return name
    return {key: copy.deepcopy(entry[key]) for key in QUANTITY_KEYS if key in entry} | {"assumption": name}


def _is_name(text: str) -> bool:
    """Whether a text is more likely the name of an assumption than a number in quotes or with a unit."""
    if not text.replace("-", "").replace("_", "").isalnum() or not any(c.isalpha() for c in text):
        return False
    try:
        float(text)
    except ValueError:
        return True
    return False


def _unlisted(name: str, listed: Mapping[str, object]) -> str:
    hint = did_you_mean(name, listed) or (f" It has {', '.join(listed)}." if 0 < len(listed) <= 8 else "")
    return (
        f"{name!r} is neither a number nor the name of an assumption under `assumptions`.{hint} "
        "Write a number, or list it there."
    )


def _put(data: Any, path: Path, value: Any) -> None:
    for item in path[:-1]:
        data = data[item]
    data[path[-1]] = value


def _entries(value: object, *keys: str) -> Iterator[tuple[str, Any]]:
    """Entries of a mapping or a model, those with these keys where any are given; none of anything else."""
    if isinstance(value, dict | BaseModel):
        entries = value.items() if isinstance(value, dict) else value
        yield from ((k, v) for k, v in entries if not keys or k in keys)


def number_places(file: Mapping[str, Any] | BaseModel) -> Iterator[tuple[Path, Any]]:
    """Path and content of every place of a file, as read or validated, where a number may stand, whatever does."""
    parts = dict(
        _entries(
            file,
            "horizon",
            "beside",
            "discounting",
            "repetition",
            "stakes",
            "in_force",
            "moves",
            "coalition",
            "campaign",
            "observed",
        )
    )
    for section in ("horizon", "beside"):
        for key, value in _entries(parts.get(section), *ELASTICITIES):
            if key in BY_INDUSTRY and isinstance(value, dict) and "value" not in value:
                yield from (((section, key, code), entry) for code, entry in value.items())
            elif key != "factors" or not isinstance(value, str):  # there a text is a word, not the name of a number
                yield (section, key), value
    for key, value in _entries(parts.get("discounting"), "rate", "years"):
        yield ("discounting", key), value
    for key, value in _entries(parts.get("repetition"), *REPETITION):
        yield ("repetition", key), value
    for name, stake in _entries(parts.get("stakes")):
        yield from ((("stakes", name, key), value) for key, value in _entries(stake, "percent_of_income"))
        for key, outcome in _entries(stake, "outcome"):
            yield from ((("stakes", name, key, k), value) for k, value in _entries(outcome, "percent"))
    for name, programme in _entries(parts.get("in_force")):
        yield from _of_part(programme, ("in_force", name))
    for stage, moves in _entries(parts.get("moves")):
        for name, move in _entries(moves):
            yield from _of_part(move, ("moves", stage, name))
    yield from _of_coalition(parts.get("coalition"))
    yield from _of_campaign(parts.get("campaign"))
    for name, observation in _entries(parts.get("observed")):
        for _, beliefs in _entries(observation, "beliefs"):
            yield from _of_beliefs(beliefs, ("observed", name, "beliefs"))


def _of_coalition(part: object) -> Iterator[tuple[Path, Any]]:
    """Numbers of the coalition: what staying is worth to its members, its measures, the level."""
    for _, members in _entries(part, "members"):
        for name, member in _entries(members):
            yield from ((("coalition", "members", name, key), value) for key, value in _entries(member, "staying"))
    yield from _of_part(part, ("coalition",))
    yield from ((("coalition", key), value) for key, value in _entries(part, "level"))


def _of_campaign(part: object) -> Iterator[tuple[Path, Any]]:
    """Numbers of the campaign: its own, of tracks, of the momentum, exposures of states, erosion."""
    at: Path = ("campaign",)
    yield from (((*at, key), value) for key, value in _entries(part, "discount", "half_life", "precision"))
    for _, tracks in _entries(part, "tracks"):
        for name, track in _entries(tracks):
            place = (*at, "tracks", name)
            yield from (((*place, key), value) for key, value in _entries(track, "precision"))
            for key, costs in _entries(track, "entry", "exit"):
                yield from (((*place, key, level), value) for level, value in _entries(costs))
    for _, momentum in _entries(part, "momentum"):
        yield from (((*at, "momentum", key), value) for key, value in _entries(momentum, "up", "down"))
        for _, shifts in _entries(momentum, "shifts"):
            for n, shift in enumerate(shifts if isinstance(shifts, list) else ()):
                yield from (((*at, "momentum", "shifts", n, k), v) for k, v in _entries(shift, "by"))
    for section in ("exposures", "erosion"):
        for _, cases in _entries(part, section):
            for n, case in enumerate(cases if isinstance(cases, list) else ()):
                yield from (((*at, section, n, k), v) for k, v in _entries(case, "percent_a_year"))
                for _, exposures in _entries(case, "exposures"):
                    yield from (((*at, section, n, "exposures", k), v) for k, v in _entries(exposures))


def _of_beliefs(beliefs: object, at: Path) -> Iterator[tuple[Path, Any]]:
    """Probabilities of moves, of a belief or of its cases; `rest` is a word, not the name of a number."""
    for stage, belief in _entries(beliefs):
        cases = list(enumerate(belief)) if isinstance(belief, list) else [(None, {"moves": belief})]
        for n, case in cases:
            place = (*at, stage) if n is None else (*at, stage, n, "moves")
            for _, moves in _entries(case, "moves"):
                yield from (((*place, move), p) for move, p in _entries(moves) if p != "rest")


def _of_part(part: object, at: Path) -> Iterator[tuple[Path, Any]]:
    """Numbers of a programme, move or case."""
    for key, entry in _entries(part, "probability", "measures", "exposures", "cases"):
        if key == "probability":
            if entry != "rest":  # what the others leave is no number of its own
                yield (*at, key), entry
        elif key == "exposures":
            yield from (((*at, key, stake), value) for stake, value in _entries(entry))
        elif isinstance(entry, list) and key == "measures":
            for n, measure in enumerate(entry):
                written = measure.model_fields_set if isinstance(measure, BaseModel) else _MEASURE_NUMBERS
                numbers = (entry for entry in _entries(measure, *_MEASURE_NUMBERS) if entry[0] in written)
                yield from (((*at, key, n, k), v) for k, v in numbers)
        elif isinstance(entry, list) and at[0] == "moves":
            for n, case in enumerate(entry):
                yield from _of_part(case, (*at, key, n))
