"""`halys bounds` as text: what observed choices leave of the ranges of stakes, and why."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping
from typing import Any

from halys.answer.words import amount
from halys.report.text import Block, render_tables

_WIDEST = 100  # longer lines are hard to read
_NAME = 36
_ABOUT = (
    "Each choice was worth at least as much to its actor as every other move, given what it believed would follow. "
    "Stakes are in % of the actor's own income a year; the change of real income counts once."
)
_PRIOR = "Prior: the range of the scenario."
_ALONE = "Alone: with the prior range of this stake lifted, the others within theirs; ... where nothing bounds it."
_BELIEFS = (
    "Some: for some admissible belief (an outer bound). Every: for every admissible belief (an inner bound); none "
    "where under some belief no values explain the choices."
)
_MORE = "--all shows what was believed and what each comparison says."


def render_bounds(record: Mapping[str, Any], title: str, id: str, columns: int, everything: bool = False) -> str:
    """What `halys.answer.bounds.describe_bounds` found, in lines of at most `columns`, and at most 100.

    Args:
        everything: what was believed, and every comparison of the move made with another, too.
    """
    width = min(columns, _WIDEST)
    lines = [*_wrapped(f"{title} [{id}]", width), *_wrapped(f"Bounds from observed choices. {_ABOUT}", width)]
    for actor in record["actors"]:
        lines += ["", *_actor(actor, width, everything)]
    for one in record["unused"]:
        lines += ["", *_wrapped(f"! Not used: {one['label']} [{one['observation']}]: {one['reason']}", width)]
    if record["actors"]:
        ranged = any(len(actor["views"]) > 1 for actor in record["actors"])
        alone = any(len(actor["views"]) == 1 for actor in record["actors"]) or width >= _WIDEST
        told = [_PRIOR, *([_ALONE] if alone else []), *([_BELIEFS] if ranged else []), *([] if everything else [_MORE])]
        lines += ["", *_wrapped(" ".join(told), width)]
    return "\n".join(lines)


def _actor(actor: Mapping[str, Any], width: int, everything: bool) -> list[str]:
    income = actor["income_billion"]
    size = "" if income is None else f" (income {income:,.0f} bn USD a year)"
    lines = [*_wrapped(f"{actor['label'].upper()}{size}", width), *_table(actor, width)]
    lines += [line for sentence in actor["sentences"] for line in _wrapped(f"  {sentence}", width)]
    for seen in actor["observations"]:
        gap = [""] if everything else []
        lines += [*gap, *_observation(seen, width, everything)]
    return lines


def _table(actor: Mapping[str, Any], width: int) -> list[str]:
    """A row for each stake: prior range, what is kept of it by view, and with its own range lifted."""
    views = {view["view"]: {stake["stake"]: stake for stake in view["stakes"]} for view in actor["views"]}
    columns, rows = ["prior %"], [[_range(s["prior_low"], s["prior_high"])] for s in actor["stakes"]]
    for name, found in views.items():
        columns.append(f"{name} %" if len(views) > 1 else "kept %")
        for row, stake in zip(rows, actor["stakes"], strict=True):
            at = found.get(stake["stake"])
            row.append("none" if at is None else _range(at["low"], at["high"]))
    if len(views) == 1 or width >= _WIDEST:
        columns.append("alone %")
        for row, stake in zip(rows, actor["stakes"], strict=True):
            at = views["stated"].get(stake["stake"])
            row.append("none" if at is None else _range(at["revealed_low"], at["revealed_high"]))
    cells = Block("", tuple(columns), tuple(map(tuple, rows)))
    room = max(min(_NAME, width - cells.width - 5), 8)
    names = tuple((textwrap.shorten(s["label"], room, placeholder="..."),) for s in actor["stakes"])
    table = render_tables(Block("", ("stake",), names, words=True), [cells], width).splitlines()
    return [f"  {line}" for line in table if line.strip()]


def _range(low: float | None, high: float | None) -> str:
    ends = ["..." if end is None else amount(end) for end in (low, high)]
    return f"{ends[0]} to {ends[1]}"


def _observation(seen: Mapping[str, Any], width: int, everything: bool) -> list[str]:
    """One choice: what was seen and, if everything is wanted, what was believed and what each comparison says."""
    after = f" after {seen['after_label']}" if seen["after_label"] else ""
    lines = _wrapped(f"  {seen['label']} [{seen['id']}]: “{seen['move_label']}”{after}.", width)
    if not everything:
        return lines
    if words := _beliefs(seen):
        lines += _wrapped(f"    Believed: {words}.", width)
    if seen["plans"] > 1:
        told = f"{seen['plans']} plans begin with this move, and any may be meant"
        lines += _wrapped(f"    What it would do later was not seen: {told}.", width)
    for name, moves in (("Left out as not open", seen["excludes"]), ("No equilibrium follows", seen["lost"])):
        lines += _wrapped(f"    {name}: {', '.join(moves)}.", width) if moves else []
    for row in seen["comparisons"]:
        lines += _wrapped(f"    Over “{row['move_label']}”: {row['words']}.", width)
    return lines


def _beliefs(seen: Mapping[str, Any]) -> str:
    parts = [
        f"{one['label']}{' after ' + one['when'] if one['when'] else ''}: {one['words']}" for one in seen["beliefs"]
    ]
    if seen["assumed"]:
        parts.append(f"as in play at the reference: {', '.join(seen['assumed_labels'])}")
    return "; ".join(parts)


def _wrapped(text: str, width: int) -> list[str]:
    start = text[: len(text) - len(text.lstrip())]
    return textwrap.wrap(
        text.strip(), width, initial_indent=start, subsequent_indent=f"{start}  ", break_on_hyphens=False
    )
