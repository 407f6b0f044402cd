"""Sentences on draws: what was drawn beyond the ranges of a file, and what goes along with a result."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping, Sequence
from typing import Any

from halys.report.charts.format import exact


def drawn_words(data: Mapping[str, Any]) -> list[str]:
    """What is drawn beyond the ranges of the file, and together."""
    found = [
        f"{' and '.join(entry['labels'])} are drawn with a rank correlation of {entry['rank']:g}."
        for entry in data.get("together", ())
    ]
    found += [
        f"{entry['label']} is not stated in the file, and drawn from {exact(entry['low'])} to {exact(entry['high'])} "
        f"({entry['source']['title']})."
        for entry in data.get("elasticities", ())
    ]
    return found


def clear_ones(block: Mapping[str, Any]) -> Sequence[Mapping[str, Any]]:
    """The numbers that go along with a result by more than chance would bring."""
    return [entry for entry in block["numbers"] if entry["beyond_chance"]]


def along_lines(block: Mapping[str, Any], width: int) -> list[str]:
    """What goes along with a result, for a terminal of this width."""
    clear = clear_ones(block)
    lines = [f"Goes along with {block['with']} (rank correlation)"]
    if not clear:
        return [*lines, "  No number by more than chance would bring with so few draws."]
    for entry in clear:
        text = f"{entry['correlation']:+.2f}  {entry['label']}"
        lines += textwrap.wrap(text, width, initial_indent="  ", subsequent_indent="         ")
    return lines
