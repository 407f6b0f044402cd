"""What matters as one page of still pictures (`halys.report.still`)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

from halys.report.charts.importance import box_spec, indices_spec, regret_spec, tornado_spec
from halys.report.importance_view import box_words, left_words, limit_words, regret_words, spread_words, status_words
from halys.report.still import figure, heading, paragraph, still_page, still_table, write_beside

RECORD: Final = "importance.json"
PAGE: Final = "importance.html"


def write_importance(record: Mapping[str, Any], folder: Path) -> tuple[Path, Path]:
    """Write the record and the page into a folder, each aside and renamed.

    Raises:
        StorageError: the disk.
    """
    return write_beside(folder, (RECORD, record), (PAGE, importance_page(record)))


def importance_page(record: Mapping[str, Any]) -> str:
    """The page as HTML."""
    about = f"{record['base']:,} base points, {record['evaluations']:,} evaluations of the game, seed {record['seed']}."
    parts = [paragraph(about), *_drivers(record), *_box(record), *_regret(record)]
    return still_page(f"What matters: {record['title']}", parts)


def _drivers(record: Mapping[str, Any]) -> Iterator[str]:
    for result, tornado in zip(record["results"], record["tornado"], strict=True):
        yield heading(f"What drives {result['label']}")
        yield paragraph(f"{spread_words(result)}. {status_words(result)} {left_words(result)}")
        if any(not group["without_effect"] for group in result["groups"]):
            yield figure(indices_spec(result))
        if tornado["reference"] is not None and any(entry["span"] for entry in tornado["numbers"]):
            yield figure(tornado_spec(tornado))


def _box(record: Mapping[str, Any]) -> Iterator[str]:
    box = record["box"]
    yield heading("Where deterrence fails")
    yield from map(paragraph, box_words(box))
    if box["absent"]:
        return
    if box["limits"]:
        rows = [(limit["label"], limit_words(limit), f"{limit['quasi_p']:.1g}") for limit in box["limits"]]
        yield still_table(("Number", "Limits", "Quasi-p-value"), rows)
    if len(box["path"]) > 1:
        yield figure(box_spec(box))


def _regret(record: Mapping[str, Any]) -> Iterator[str]:
    yield heading("Regret of each policy")
    yield from map(paragraph, regret_words(record["regret"]))
    if not record["regret"]["absent"]:
        yield figure(regret_spec(record["regret"]))
