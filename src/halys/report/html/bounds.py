"""The section on bounds from observed choices: what was seen, what was believed, what it leaves of each stake."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from halys.report.charts.bounds import bounds_spec, joint_bounds_spec
from halys.report.charts.format import plain
from halys.report.html.elements import bullets, disclosure, paragraphs, table, text
from halys.report.html.model import Page

_ABOUT = (
    "Each choice that was seen was worth at least as much to its actor as every other move, given what it believed "
    "would follow. The change of real income counts once, so that the inequalities bound the stakes in % of income. An "
    "end that nothing bounds is a result too."
)
_RANGED = (
    "Where a belief is a range, the stated values give one set; those that fit some admissible belief a wider one; "
    "those that fit every admissible belief a narrower one, which may be empty."
)


def bounds(page: Page) -> str:
    """Chart, table and comparisons; empty where the scenario lists no observed choice."""
    record: Mapping[str, Any] | None = page.answer.get("bounds")
    if not record:
        return ""
    actors = record["actors"]
    ranged = any(len(actor["views"]) > 1 for actor in actors)
    parts = [paragraphs([text(_ABOUT), *([text(_RANGED)] if ranged else [])])]
    if any(actor["stakes"] for actor in actors):
        words = " ".join(sentence for actor in actors for sentence in actor["sentences"])
        parts.append(page.figures.add("bounds", bounds_spec(record), text(words), titled=False))
    for actor in actors:
        parts += [_actor(page, actor), _joint(page, actor)]
        parts += [_observation(page, seen) for seen in actor["observations"]]
    unused = [f"{text(one['label'])}: {text(one['reason'])}" for one in record["unused"]]
    if unused:
        parts.append(paragraphs(["Not used:"]) + bullets(unused))
    return "".join(parts)


def _actor(page: Page, actor: Mapping[str, Any]) -> str:
    """The table of an actor's stakes, and the sentences that say what decides."""
    if not actor["stakes"]:
        return ""
    views: Sequence[Mapping[str, Any]] = actor["views"]
    heads = ["Stake", "prior range, %", *(text(view["title"]) for view in views), "bn USD", "alone, %"]
    rows = []
    for stake in actor["stakes"]:
        found = [next((s for s in v["stakes"] if s["stake"] == stake["stake"]), None) for v in views]
        stated = found[0]
        money, alone = "", "none"
        if stated is not None:
            paid = stated["low_billion"] is not None
            money = _range(stated["low_billion"], stated["high_billion"]) if paid else ""
            alone = _range(stated["revealed_low"], stated["revealed_high"])
        label = text(stake["label"]) + page.notes.mark(stake["source"])
        cells = ["none" if s is None else _range(s["low"], s["high"]) for s in found]
        rows.append([label, _range(stake["prior_low"], stake["prior_high"]), *cells, money, alone])
    caption = (
        f"{page.chip(actor['actor'])}: stakes, % of its own income a year. Alone: with the range of the stake lifted"
    )
    return table(heads, rows, caption=caption, numeric=range(1, len(heads))) + bullets(map(text, actor["sentences"]))


def _joint(page: Page, actor: Mapping[str, Any]) -> str:
    """Two stakes together, where the choices tie them: a set of more corners than a rectangle has."""
    if actor["shadow"] is None or len(actor["shadow"]["points"]) < 3 or not _narrowed(actor):
        return ""
    words = f"The values of two stakes of {actor['label']} that explain its choices together."
    return page.figures.add(f"bounds-{actor['actor']}", joint_bounds_spec(actor), text(words), ratio=0.6)


def _narrowed(actor: Mapping[str, Any]) -> bool:
    return any(stake["narrower"] for stake in actor["views"][0]["stakes"])


def _range(low: float | None, high: float | None) -> str:
    ends = ["…" if end is None else plain(end) for end in (low, high)]
    return f"{ends[0]} to {ends[1]}"


def _observation(page: Page, seen: Mapping[str, Any]) -> str:
    """One choice on demand: what was seen and believed, and each comparison."""
    after = f" after {seen['after_label']}" if seen["after_label"] else ""
    head = f"{text(seen['label'])}: “{text(seen['move_label'])}”{text(after)}{page.notes.mark(*seen['sources'])}"
    lines = [text(seen[key]) for key in ("summary", "limits") if seen[key]]
    if seen["plans"] > 1:
        lines.append(f"What it would do later was not seen: {seen['plans']} plans begin with this move.")
    for name, moves in (("Left out as not open", seen["excludes"]), ("No equilibrium follows", seen["lost"])):
        lines += [f"{name}: {text(', '.join(moves))}."] if moves else []
    beliefs = [
        f"{text(one['label'])}{text(' after ' + one['when']) if one['when'] else ''}: {text(one['words'])}"
        for one in seen["beliefs"]
    ]
    if seen["assumed"]:
        beliefs.append(f"{text(', '.join(seen['assumed_labels']))}: as in play at the reference values, an assumption")
    believed = paragraphs(["Believed to follow:"]) + bullets(beliefs) if beliefs else ""
    rows = [[text(row["move_label"]), text(row["words"])] for row in seen["comparisons"]]
    compared = table(["Rather than", "What it says"], rows) if rows else ""
    return disclosure(head, paragraphs(lines) + believed + compared)
