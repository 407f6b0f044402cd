"""What helps to write a scenario: checks without solving, doubts about numbers, a template, the bundled ones."""

from __future__ import annotations

import contextlib
import errno
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from halys.economy import calibrate_baseline, check_shock
from halys.errors import InfeasibleError, InputError, StorageError
from halys.measures import Quantity, compile_measures, value_of
from halys.scenario import (
    Scenario,
    all_measures,
    all_numbers,
    bundled_scenarios,
    load_scenario,
    numbers_without_source,
    template_text,
)
from halys.scenario.validation import path_text
from halys.solving import baseline_for


def check_scenario(scenario: Scenario) -> dict[str, Any]:
    """Counts of a valid scenario, its numbers without a source, and a check that every history can have an equilibrium.

    Raises:
        InfeasibleError: histories that cannot, each with its id.
    """
    elasticities = scenario.horizon.elasticities(scenario.world.industries)
    distinct, _ = scenario.distinct
    impossible: list[str] = []
    for closure in scenario.file.closures:
        world = baseline_for(scenario.world, scenario.horizon, closure)
        for history in distinct:
            try:
                check_shock(
                    calibrate_baseline(world), elasticities, compile_measures(world, history.instruments), closure
                )
            except InfeasibleError as error:
                impossible.append(f"{scenario.name} › history {history.id}, closure {closure}: {error}")
    if impossible:
        raise InfeasibleError("\n".join(impossible))
    listed = list(all_numbers(scenario.file))
    return {
        "id": scenario.id,
        "title": scenario.file.title,
        "world": scenario.world.id,
        "histories": len(scenario.histories),
        "distinct": len(distinct),
        "closures": list(scenario.file.closures),
        "numbers": len(listed),
        "numbers_without_source": [path_text(path) for path in numbers_without_source(scenario.file)],
        "doubts": find_doubts(scenario),
    }


def find_doubts(scenario: Scenario) -> list[str]:
    """Numbers that are allowed but were probably meant otherwise: per cent for a fraction, millions for billions."""
    found = []
    for path, number in all_numbers(scenario.file):
        value, where = value_of(number), path_text(path)
        unit = (number.unit or "").casefold() if isinstance(number, Quantity) else ""
        if path[-1] == "rate" and value > _LARGE_RATE:
            found.append(f"{where} is {value:g}, which is {100 * value:g} %")
        if path[0] not in ("stakes", "campaign") and ("%" in unit or "percent" in unit or "per cent" in unit):
            found.append(f"{where} has the unit {unit!r}, but {value:g} is read as a fraction or factor")
        if path[-1] == "amount" and ("million" in unit or "trillion" in unit):
            found.append(f"{where} has the unit {unit!r}, but {value:g} is read as billion US dollars a year")
    return [*found, *_without_effect(scenario)]


_LARGE_RATE = 3.0  # beyond 300 % a rate was more likely meant in per cent


def _without_effect(scenario: Scenario) -> Iterator[str]:
    """Measures that only change what others do, in files without any of these others."""
    placed = all_measures(scenario.file)
    kinds = {entry.measure.instrument for entry in placed}
    shutting = kinds & _SHUTTING or any(getattr(entry.measure, "by", None) in _SHUTTING for entry in placed)
    for entry in placed:
        lacking = {
            "evasion": "" if shutting else "a ban to get around",
            "dual_use_backfill": "" if shutting else "a ban to make up for",
            "policing": "" if "evasion" in kinds else "evasion to police",
            "economic_relief": "" if shutting or kinds & _COSTING else "a barrier to take down",
        }.get(entry.measure.instrument, "")
        if lacking:
            yield f"{path_text(entry.path)} does nothing: the file has not {lacking}"


_SHUTTING = {"ban", "technology_denial", "voluntary_exit"}
_COSTING = {"tariff", "export_tax", "trade_cost", "financial_cut_off", "secondary_sanctions"}


def list_scenarios() -> list[dict[str, Any]]:
    """The bundled scenarios: id, title, question and number of histories."""
    loaded = [load_scenario(name) for name in bundled_scenarios()]
    return [
        {"id": s.id, "title": s.file.title, "question": s.file.question, "histories": len(s.histories)} for s in loaded
    ]


def write_template(file: str | Path) -> Path:
    """Write a small complete scenario to a new file.

    Raises:
        InputError: the file exists, or its folder does not.
        StorageError: the disk.
    """
    path = Path(file)
    try:
        if str(file).endswith(("/", "\\")) or path.is_dir():
            raise InputError(f"{file} is a folder; name a file in it, such as {path / 'mine.yaml'}.")
        if not path.parent.is_dir():
            raise InputError(f"{path.parent} is not a folder. Make it first, or name another file.")
        text = template_text(re.sub(r"[^a-z0-9]+", "-", path.stem.lower()).strip("-") or "scenario")
        with path.open("x", encoding="utf-8") as stream, _removing(path):
            stream.write(text)
            stream.flush()
    except FileExistsError:
        raise InputError(f"{path} exists already and is left as it is. Name another file.") from None
    except OSError as error:
        if error.errno == errno.ENAMETOOLONG:
            raise InputError(f"the name {path.name[:40]}... is too long. Choose a shorter one.") from None
        raise StorageError(f"{path} could not be written: {error.strerror or error}.") from error
    return path


@contextlib.contextmanager
def _removing(path: Path) -> Iterator[None]:
    """Leave no half-written file behind."""
    try:
        yield
    except BaseException:
        path.unlink(missing_ok=True)
        raise
