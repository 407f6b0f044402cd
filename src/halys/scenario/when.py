"""Conditions on earlier moves."""

from __future__ import annotations

from halys.scenario.schema_base import When


def agrees(when: When, chosen: dict[str, str]) -> bool:
    """Whether the moves chosen so far meet a condition. A stage that did not come up meets none."""
    return all(chosen.get(stage) in ([moves] if isinstance(moves, str) else moves) for stage, moves in when.items())
