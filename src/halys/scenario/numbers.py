"""The numbers of a scenario with their paths."""

from __future__ import annotations

from collections.abc import Iterator

from halys.measures import Instrument, Quantity
from halys.measures.registry import MEASURE_BOUNDS
from halys.scenario.assumptions import Path, number_places
from halys.scenario.schema import ScenarioFile


def numbers(measure: Instrument) -> Iterator[tuple[str, float | Quantity]]:
    """The numbers of a measure, by field."""
    for field in MEASURE_BOUNDS[measure.instrument]:
        value = getattr(measure, field)
        if value is not None:
            yield field, value


def all_numbers(file: ScenarioFile) -> Iterator[tuple[Path, float | Quantity]]:
    """Every number of a file with its path: horizon, discounting, repetition, stakes, programmes and moves in the
    order of the file, coalition, campaign, and what observed actors believed. An assumption is there at each place."""
    for path, value in number_places(file):
        if value is not None:
            yield path, value


def numbers_without_source(file: ScenarioFile) -> list[Path]:
    """Paths of the numbers that name no source.

    Plain exposures, certain beliefs and the scale of an outcome are definitions and need none.
    """
    return [
        path
        for path, number in all_numbers(file)
        if not (isinstance(number, Quantity) and number.source) and not is_definition(path, number)
    ]


def is_definition(path: Path, number: float | Quantity) -> bool:
    """Whether a number needs no source: a plain exposure, a certain belief, the scale of an outcome."""
    return not isinstance(number, Quantity) and (
        in_exposures(path) or path[0] == "observed" or path[2:] == ("outcome", "percent")
    )


def in_exposures(path: Path) -> bool:
    """Whether a number is an exposure, of a move, a case or a state of the campaign."""
    return path[0] in ("moves", "campaign") and path[-2] == "exposures"
