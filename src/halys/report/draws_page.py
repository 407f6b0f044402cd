"""Draws of a scenario or of its campaign as one page of still pictures, beside the draws (`halys.report.still`)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

from halys.report.campaign_view import window_sentence, worth_of_draws
from halys.report.charts.campaign import fan_spec, window_spec
from halys.report.charts.draws import futures_spec, moves_spec, spread_spec
from halys.report.charts.format import brief, share
from halys.report.drawn_words import clear_ones, drawn_words
from halys.report.still import figure, heading, paragraph, still_page, still_table, write_beside

RECORD: Final = "draws.json"
PAGE: Final = "draws.html"


def write_draws(record: Mapping[str, Any], folder: Path) -> tuple[Path, Path]:
    """Write the record and the page of an ensemble, or of draws of a campaign, into the folder of its draws.

    Raises:
        StorageError: the disk.
    """
    page = campaign_page(record) if "quarters" in record else ensemble_page(record)
    return write_beside(folder, (RECORD, record), (PAGE, page))


def ensemble_page(record: Mapping[str, Any]) -> str:
    """The page of an ensemble."""
    return still_page(f"Draws: {record['title']}", _ensemble(record))


def campaign_page(record: Mapping[str, Any]) -> str:
    """The page of draws of a campaign."""
    return still_page(f"Futures: {record['title']}", _campaign(record))


def _ensemble(record: Mapping[str, Any]) -> Iterator[str]:
    yield _drawn(record)
    if record["moves"]:
        yield figure(moves_spec(record))
    if record["played"]:
        yield figure(spread_spec(record))
    yield from _along(record)


def _campaign(record: Mapping[str, Any]) -> Iterator[str]:
    yield _drawn(record)
    if record["futures"]:
        yield figure(futures_spec(record))
        policies = record["policies"]
        rows = [(f["label"], share(f), *(brief(f["under"][p["id"]]) for p in policies)) for f in record["futures"]]
        yield still_table(("Future", "Free play", *(p["label"] for p in policies)), rows)
    for line in record["lines"]:
        yield heading("How long the line can be kept")
        yield paragraph(window_sentence(record, line))
        yield figure(window_spec(record, line))
    yield from map(paragraph, worth_of_draws(record))
    if record["actors"]:
        yield heading("What it costs")
    for actor in record["actors"]:
        yield figure(fan_spec(record, actor["id"]))
    yield from _along(record)


def _drawn(record: Mapping[str, Any]) -> str:
    lost = record["draws"] - record["played"]
    words = f"{record['draws']:,} draws, seed {record['seed']}."
    if lost:
        words += f" {lost:,} of them have no play; in {record['impossible']:,} the numbers cannot stand together."
    return paragraph(words)


def _along(record: Mapping[str, Any]) -> Iterator[str]:
    for block in record["correlations"]:
        clear = clear_ones(block)
        if clear:
            yield heading(f"Goes along with {block['with']}")
            yield still_table(("Number", "Rank correlation"), [(e["label"], f"{e['correlation']:+.2f}") for e in clear])
    yield from map(paragraph, drawn_words(record))
