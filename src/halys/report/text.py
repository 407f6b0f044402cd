"""Tables for the terminal: who pays in every history."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from halys.answer.results import NOTHING

_DOUBT = "†"
CLOSURE_WORDS = {
    "fixed": "deficits fixed",
    "proportional": "deficits proportional to value added",
    "balanced": "measured from a world without deficits",
}


@dataclass(frozen=True)
class Block:
    """Columns that stay together under one heading. Every cell has its final text."""

    heading: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    words: bool = False  # words read from the left, numbers stand at the right

    @cached_property  # every line asks for them
    def widths(self) -> list[int]:
        wide = [max(len(c), *(len(r[n]) for r in self.rows)) for n, c in enumerate(self.columns)]
        short = len(self.heading) - (sum(wide) + 2 * (len(wide) - 1))
        wide[-1] += max(short, 0)
        return wide

    @property
    def width(self) -> int:
        return sum(self.widths) + 2 * (len(self.columns) - 1)


def render_tables(label: Block, blocks: Sequence[Block], width: int) -> str:
    """Tables side by side, as many blocks in each as fit the width; the label column is repeated in each."""
    tables: list[list[Block]] = []
    used = 0
    for block in blocks:
        if not tables or used + 3 + block.width > width:
            tables.append([])
            used = label.width
        tables[-1].append(block)
        used += 3 + block.width
    return "\n\n".join(_table([label, *group]) for group in tables)


def _table(blocks: list[Block]) -> str:
    lines = ["   ".join(f"{b.heading:^{b.width}}" for b in blocks).rstrip()]
    titles = [_line(b, b.columns) for b in blocks]
    lines += ["   ".join(titles).rstrip(), "   ".join("-" * b.width for b in blocks)]
    lines += ["   ".join(_line(b, b.rows[n]) for b in blocks).rstrip() for n in range(len(blocks[0].rows))]
    return "\n".join(lines)


def _line(block: Block, cells: tuple[str, ...]) -> str:
    pairs = zip(cells, block.widths, strict=True)
    return "  ".join(f"{cell:<{wide}}" if block.words else f"{cell:>{wide}}" for cell, wide in pairs)


def percent(value: float) -> str:
    """A change in per cent with its sign; a change that would print as zero shows that it is small, not none."""
    if abs(value) < NOTHING:
        return "0"
    return f"{value:+.2f}" if abs(value) >= 0.005 else ("+" if value > 0 else "-") + "0.00"


def billions(value: float) -> str:
    """Billion US dollars with sign."""
    return "0" if abs(value) < NOTHING else f"{value:+,.1f}"


def render_who_pays(summary: dict[str, Any], width: int) -> str:
    """The main table of a run: each history, each actor, the world and the hardest-hit outsiders.

    Where one table with the ids of the histories is too wide, the moves stand in columns of their own and the table is
    split into as many as needed; where even these are too wide, histories are numbered and listed first.
    """
    histories, main = _solved(summary), summary["closures"][0]
    blocks = _blocks(summary)
    label = Block("", ("history",), tuple((h["id"],) for h in histories), words=True)
    stages = list(dict.fromkeys(stage for h in histories for stage in h["moves"]))
    if stages and label.width + sum(3 + block.width for block in blocks) > width:
        moves = tuple(tuple(h["moves"].get(stage, "") for stage in stages) for h in histories)
        label = Block("", tuple(stages), moves, words=True)
    listed: list[str] = []
    if label.width + 3 + max(block.width for block in blocks) > width:  # no block fits beside the moves: number them
        for n, history in enumerate(histories, start=1):
            words = f"{n:>3}  {history['id'].replace('/', '/ ')}"
            wrapped = textwrap.wrap(words, width, subsequent_indent=" " * 5, break_on_hyphens=False)
            listed += [line[:5] + line[5:].replace("/ ", "/") for line in wrapped]
        label = Block("", ("no.",), tuple((f"{n:>3}",) for n in range(1, len(histories) + 1)), words=True)
        listed.append("")
    lines = [
        f"{summary['scenario']['title']}  [{summary['scenario']['id']}]",
        *textwrap.wrap(summary["scenario"]["question"], width),
        "",
        *textwrap.wrap(
            "Change of real income against the baseline: % of final spending, and billion USD a year "
            f"(equivalent variation). World {summary['world']['id']}; {summary['horizon']}; {CLOSURE_WORDS[main]}.",
            width,
        ),
        "",
        *listed,
        render_tables(label, blocks, width),
        "",
        *_both_runs(summary, width),
    ]
    for note in [*_footnotes(summary), *(f"- {note.strip()}" for note in summary["notes"])]:
        lines += textwrap.wrap(note, width, subsequent_indent="  ")
    return "\n".join(lines)


def _both_runs(summary: dict[str, Any], width: int) -> list[str]:
    """Long and short run beside each other, for a scenario without stages; one with them has this in its answer."""
    given = summary.get("horizons")
    if not given or summary.get("answer"):
        return []
    rows = given["rows"]
    label = Block("", ("",), tuple((row["label"],) for row in rows), words=True)
    blocks = []
    for run in ("long", "short"):
        cells = [row["values"][0][run] for row in rows]
        columns = ("%", "from", "to", *(f"% {closure}" for closure in given["closures"][1:]))
        blocks.append(Block(f"{run} run", columns, tuple(_spread(cell, given["closures"][1:]) for cell in cells)))
    about = "Long and short run: % of final spending, over the range of θ"
    words = "; ".join(f"{view['run']}: {view['words']}" for view in given["views"])
    failed = [f"! {f['run']} run, {f['words']}, {f['closure']}: {f['message']}" for f in given["failed"]]
    lines = [line for text in dict.fromkeys(failed) for line in textwrap.wrap(text, width, subsequent_indent="  ")]
    return [*textwrap.wrap(f"{about} ({words}).", width), "", render_tables(label, blocks, width), "", *lines]


def _spread(cell: dict[str, Any] | None, closures: Sequence[str]) -> tuple[str, ...]:
    if cell is None:
        return ("none",) * (3 + len(closures))
    others = [cell["closures"].get(closure) for closure in closures]
    ends = (percent(cell["percent"]), percent(cell["low"]), percent(cell["high"]))
    return (*ends, *("none" if other is None else percent(other["percent"]) for other in others))


def _solved(summary: dict[str, Any]) -> list[dict[str, Any]]:
    """Histories that have an equilibrium under the first closure."""
    main = summary["closures"][0]
    return [history for history in summary["histories"] if history["closures"][main]["actor"]]


def _blocks(summary: dict[str, Any]) -> list[Block]:
    """Actors, exposed actors under other closures, the world, and the outsiders by rank."""
    closures, histories = summary["closures"], _solved(summary)
    entries = [h["closures"][closures[0]] for h in histories]

    def changes(kind: str, n: int) -> tuple[tuple[str, ...], ...]:
        return tuple((percent(e[kind][n]["percent"]), billions(e[kind][n]["billion_usd"])) for e in entries)

    listed = entries[0]["actor"]
    headings = [actor["label"] + (_DOUBT if actor["doubtful"] else "") for actor in listed]
    blocks = [Block(heading, ("%", "bn"), changes("actor", n)) for n, heading in enumerate(headings)]
    for other in closures[1:]:
        for n, actor in enumerate(listed):
            if actor["who"] in summary["exposed_actors"]:
                found = [h["closures"][other]["actor"] for h in histories]
                cells = tuple((percent(actors[n]["percent"]) if actors else "none",) for actors in found)
                blocks.append(Block(f"{actor['label']}*", (f"% {other}",), cells))
    blocks.append(Block("World", ("%", "bn"), changes("world", 0)))
    for n, rank in enumerate(("hardest-hit outsiders", "second", "third")[: len(entries[0]["outsider"])]):
        names = [e["outsider"][n]["who"] if e["outsider"][n]["percent"] < -NOTHING else "none" for e in entries]
        losers = tuple((name, *cells) for name, cells in zip(names, changes("outsider", n), strict=True))
        blocks.append(Block(rank, ("", "%", "bn"), losers))
    return blocks


def _footnotes(summary: dict[str, Any]) -> list[str]:
    """What the marks of the table mean, if they stand in it."""
    closures, notes = summary["closures"], []
    entries = [h["closures"][closures[0]] for h in _solved(summary)]
    names = ", ".join(a["label"] for a in entries[0]["actor"] if a["who"] in summary["exposed_actors"])
    if names and len(closures) > 1:
        others = "; ".join(f"{c}: {CLOSURE_WORDS[c]}" for c in closures[1:])
        notes.append(
            f"* {names}: the trade balance exceeds 5 % of value added, so that the closure matters; the same history "
            f"under {others}."
        )
    elif names and len(summary["horizons"]["closures"]) < 2:
        other = "fixed" if closures[0] == "balanced" else "balanced"
        notes.append(
            f"{names}: the trade balance exceeds 5 % of value added, so that results depend on how deficits answer. "
            f"Add another closure to the scenario: closures: [{closures[0]}, {other}]."
        )
    if any(actor["doubtful"] for e in entries for actor in e["actor"]):
        notes.append(
            f"{_DOUBT} more than a tenth of this actor are economies whose final demand the table recovers poorly."
        )
    apart: dict[str, float] = {}
    for e in entries:
        for loser in e["doubtful"]:
            apart[loser["who"]] = min(apart.get(loser["who"], 0.0), loser["percent"])
    if apart:
        losses = ", ".join(f"{who} (to {percent(worst)} %)" for who, worst in sorted(apart.items(), key=lambda x: x[1]))
        notes.append(
            "Not ranked among the outsiders, since the table recovers their final demand poorly (a trade balance "
            f"beyond half of value added): {losses}."
        )
    notes += [
        f"! No equilibrium under {failure['closure']}: {', '.join(failure['histories'])}. {failure['message']}"
        for failure in summary.get("failures", [])
    ]
    if summary["world_note"]:
        notes.append(f"- {summary['world_note']}")
    return notes
