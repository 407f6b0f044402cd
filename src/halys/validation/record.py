"""What a reference run holds: figures of Halys, published ones beside them, a verdict in words, and reasons."""

from __future__ import annotations

import functools
import math
from collections.abc import Mapping
from dataclasses import dataclass
from importlib import resources
from typing import Any

import yaml

CONFIRMED = {
    "first-hand": "Read in the publication, its abstract or its publisher's summary.",
    "secondary": "Read in another text that reports it, not at first hand.",
    "not confirmed": "Not confirmed: no text with it was read; no verdict.",
}
NO_VERDICT = "not confirmed"


@dataclass(frozen=True)
class Published:
    """A figure in print, or a range of them.

    Attributes:
        key: its name in `data/published.yaml`.
        what: what was computed there.
        low, high: the figure; both are it where it is no range.
        step: unit of its last printed digit.
        tolerance: what counts as the same: half of the last printed digit, as rounding, unless `why` gives another
            reason; nothing at the ends of a range and at a bound.
        at_least: it is a bound: the effect is at least as large.
        unit: "per cent" unless something else is counted.
        source: authors, year, title, place.
        confirmed: "first-hand", "secondary" or "not confirmed".
        note: what differs there from the run here.
        why: the reason for a tolerance that this project chose.
    """

    key: str
    what: str
    low: float
    high: float
    step: float
    source: str
    confirmed: str
    unit: str = "per cent"
    at_least: bool = False
    note: str = ""
    tolerance: float = 0.0
    why: str = ""

    @property
    def text(self) -> str:
        """The figure as printed; in brackets where it was not confirmed to be in print."""
        digits = max(0, -math.floor(math.log10(self.step) + 1e-9))
        low, high = f"{self.low:.{digits}f}", f"{self.high:.{digits}f}"
        figure = f"{'beyond ' if self.at_least else ''}{low if low == high else f'{low} to {high}'}"
        return figure if self.confirmed != "not confirmed" else f"({figure})"


@dataclass(frozen=True)
class Figure:
    """A figure of Halys with its range over the trade elasticity; low and high are it where nothing was varied."""

    value: float
    low: float
    high: float


@dataclass(frozen=True)
class Row:
    """One quantity, in the run's columns, and what is in print.

    Attributes:
        quantity: what it is.
        figures: by column, as "long run" or "Halys".
        published: None where nothing is in print for it.
        compared: the column that the published figure stands beside.
        digits: decimal places that are printed.
        remark: the verdict, where nothing is in print.
    """

    quantity: str
    figures: Mapping[str, Figure]
    published: Published | None
    compared: str
    digits: int = 2
    remark: str = ""

    @property
    def verdict(self) -> str:
        """In words: agrees; agrees for some trade elasticity of the range; agrees at another horizon; or which is
        larger. None of a figure that is not confirmed to be in print."""
        p = self.published
        if p is None:
            return self.remark
        if p.confirmed == "not confirmed":
            return NO_VERDICT
        mine = self.figures[self.compared]
        if _meets(p, mine.value, mine.value):
            return "agrees" if p.low == p.high else "inside"
        if _meets(p, mine.low, mine.high):
            return "in our range"
        for column, figure in self.figures.items():
            if column != self.compared and _meets(p, figure.low, figure.high):
                return f"only in the {column}"
        if mine.value * p.high < 0:
            return "other sign"
        return "ours is smaller" if abs(mine.value) < min(abs(p.low), abs(p.high)) else "ours is larger"


def _meets(p: Published, low: float, high: float) -> bool:
    """Whether what is in print and the interval from low to high overlap, but for the tolerance of a figure."""
    if p.at_least:
        return low <= p.low if p.low < 0 else high >= p.low
    return low <= p.high + p.tolerance and high >= p.low - p.tolerance


@dataclass(frozen=True)
class Result:
    """A reference run that was computed.

    Attributes:
        name, title: of the run.
        done: what was done, sentences.
        columns: those of the table.
        rows: quantities.
        reasons: why the figures differ where they do, in numbers of this run.
    """

    name: str
    title: str
    done: tuple[str, ...]
    columns: tuple[str, ...]
    rows: tuple[Row, ...]
    reasons: tuple[str, ...]

    @property
    def sources(self) -> tuple[tuple[Published, ...], ...]:
        """What is cited, in the order of the rows: the figures of each source that were confirmed in the same way."""
        found: dict[tuple[str, str], list[Published]] = {}
        for row in self.rows:
            if row.published is not None:
                found.setdefault((row.published.source, row.published.confirmed), []).append(row.published)
        return tuple(map(tuple, found.values()))

    def as_record(self) -> dict[str, Any]:
        """As plain data."""
        return {
            "name": self.name,
            "title": self.title,
            "done": list(self.done),
            "rows": [_row_record(row) for row in self.rows],
            "reasons": list(self.reasons),
        }


def _row_record(row: Row) -> dict[str, Any]:
    p = row.published
    in_print = None
    if p is not None:
        in_print = {name: getattr(p, name) for name in p.__dataclass_fields__}
    figures = {column: {"value": f.value, "low": f.low, "high": f.high} for column, f in row.figures.items()}
    return {
        "quantity": row.quantity,
        "halys": figures,
        "published": in_print,
        "compared_with": row.compared if p is not None else None,
        "verdict": row.verdict,
    }


@functools.cache
def _entries() -> Mapping[str, dict[str, Any]]:
    text = resources.files("halys.validation").joinpath("data/published.yaml").read_text(encoding="utf-8")
    entries: Mapping[str, dict[str, Any]] = yaml.load(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))
    return entries


def published(key: str) -> Published:
    """The published figure of this name."""
    entry = _entries()[key]
    value = entry.get("value")
    low, high = (value, value) if value is not None else (entry["low"], entry["high"])
    return _published(key, entry, low, high, entry["step"], entry["what"])


def published_table(key: str, variant: str) -> Mapping[str, tuple[Published, ...]]:
    """A published table by effect: a figure for each economy, its step taken from the digits that are written. Empty
    where the table has no such variant."""
    entry = _entries()[key]
    part = entry["variants"].get(variant, {"figures": {}})
    told = {**entry, **part}
    return {
        effect: tuple(_published(key, told, v, v, 10.0 ** -len(v.split(".")[1]), f"{effect}, {variant}") for v in texts)
        for effect, texts in part["figures"].items()
    }


def _published(
    key: str, entry: Mapping[str, Any], low: float | str, high: float | str, step: float, what: str
) -> Published:
    exact = entry.get("at_least", False) or float(low) != float(high)
    return Published(
        key=key,
        what=what,
        low=float(low),
        high=float(high),
        step=float(step),
        source=entry["source"].strip(),
        confirmed=entry["confirmed"],
        unit=entry.get("unit", "per cent"),
        at_least=bool(entry.get("at_least", False)),
        note=entry.get("note", "").strip(),
        tolerance=float(entry.get("tolerance", 0.0 if exact else step / 2)),
        why=entry.get("why", "").strip(),
    )
