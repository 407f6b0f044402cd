"""The section about numbers: every number that the scenario states, with its range and the mark of its source."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from halys.measures import Measure, Quantity
from halys.report.charts.format import exact
from halys.report.html.elements import disclosure, table, text
from halys.report.html.model import Page
from halys.scenario import numbers
from halys.scenario.scenario import PlacedMeasure, all_measures
from halys.scenario.schema import Programme, Stake

_HEADS = ("Number", "Value", "Range", "Unit")


def assumptions(page: Page) -> str:
    """Named numbers, stakes and measures."""
    named = [_row(page, entry.label, entry, entry.note) for entry in page.scenario.file.assumptions.values()]
    stakes = [
        _row(
            page,
            f"{page.actors.get(stake.actor, stake.actor)}: {stake.label}",
            stake.percent_of_income,
            stake.limits,
            _per(stake),
        )
        for stake in page.scenario.file.stakes.values()
    ]
    parts = [
        table(_HEADS, named, caption="Named assumptions", numeric=(1,)) if named else "",
        table(_HEADS, stakes, caption="Stakes: political values, as stated, % of income", numeric=(1,))
        if stakes
        else "",
        _programmes(page),
    ]
    return "".join(parts)


def _row(page: Page, label: str, number: float | Quantity, note: str | None = None, unit: str = "") -> list[str]:
    """A number with its range and the mark of its source; `unit` where it states none."""
    extra = f'<br><span class="small">{text(note)}</span>' if note else ""
    if not isinstance(number, Quantity):
        return [f"{text(label)}{extra}", text(exact(number)), "", text(unit)]
    ends = (
        "" if number.low is None or number.high is None else f"{text(exact(number.low))} to {text(exact(number.high))}"
    )
    mark = page.notes.mark(number.source)
    return [f"{text(label)}{mark}{extra}", text(exact(number.value)), ends, text(number.unit or unit)]


def _programmes(page: Page) -> str:
    """Programmes and moves with their measures, each under its own heading."""
    file = page.scenario.file
    placed: dict[str, list[PlacedMeasure]] = {}
    for measure in all_measures(file):
        placed.setdefault(measure.programme, []).append(measure)
    listed: dict[str, tuple[str, Programme]] = {
        f"in_force.{name}": (f"In force: {programme.label}", programme) for name, programme in file.in_force.items()
    }
    actors: Mapping[str, str] = page.scenario.movers
    for stage, moves in file.moves.items():
        for name, move in moves.items():
            listed[f"moves.{stage}.{name}"] = (f"{actors.get(stage, stage)}: {move.label}", move)
    inner = "".join(
        _programme(page, heading, programme, placed.get(name, [])) for name, (heading, programme) in listed.items()
    )
    return disclosure("Measures in force and moves: how each decision becomes numbers", inner) if inner else ""


def _programme(page: Page, heading: str, programme: Programme, placed: Iterable[PlacedMeasure]) -> str:
    said = [part for part in (programme.summary, programme.mapping) if part]
    limits = f'<p class="small">What this leaves out: {text(programme.limits)}</p>' if programme.limits else ""
    body = "".join(f'<p class="small">{text(part)}</p>' for part in said)
    rows = []
    for entry in placed:
        measure = entry.measure
        what = f"{measure.kind.replace('_', ' ')}, {_who(measure)}"
        rows += [_row(page, f"{what}: {name}", number) for name, number in numbers(measure)]
    listed = table(_HEADS, rows, numeric=(1,)) if rows else ""
    return (
        f'<div class="part"><h3>{text(heading)}{page.notes.mark(*programme.sources)}</h3>{body}{listed}{limits}</div>'
    )


def _who(measure: Measure) -> str:
    """From whom to whom, and in which industries."""
    ends = [_names(value) for value in measure.parties if value is not None]
    kinds = getattr(measure, "industries", None)
    return " → ".join(ends) + (f" ({_names(kinds)})" if kinds else "")


def _names(given: str | list[str]) -> str:
    """Names in a few words."""
    listed = [given] if isinstance(given, str) else list(given)
    return ", ".join(listed[:6]) + (f" and {len(listed) - 6} more" if len(listed) > 6 else "")


def _per(stake: Stake) -> str:
    """What a stake is measured in."""
    return "% of income, once" if stake.accrual == "once" else "% of income a year"
