"""Sections about decisions: the ladder and its lines, when threats deter, what flips the answer, the decision map."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from typing import Any

from halys.report.charts.decision_map import decision_map_spec
from halys.report.charts.deterrence import deterrence_spec, stake_charts, varies
from halys.report.charts.format import change, exact, percent, plain, rounded, signed
from halys.report.charts.ladder import ladder_spec, lines_spec, moving_lines
from halys.report.html.elements import disclosure, paragraphs, table, text
from halys.report.html.model import Page

_EXPOSURE = "exposure, −1\u00a0to\u00a01"


def ladder(page: Page) -> str:
    """The rungs with their cost and the lines between them."""
    rungs, answer = page.answer.get("ladder"), dict(page.answer)
    if not rungs or page.game is None or not answer.get("focus"):
        return ""
    crossing = [r for r in rungs if r["crosses"]]
    worst = min(rungs, key=lambda r: float(r["percent"]))
    words = (
        f"{len(rungs)} rungs, {len(crossing)} of which cross the line. The dearest is “{text(worst['label'])}”, "
        f"{text(change(worst['percent'], worst['billion']))}. The table lists all of them."
    )
    chart = page.figures.add("ladder", ladder_spec(page.game, answer), words)
    return f"{chart}{_rungs(page, rungs)}{_lines(page, answer)}"


def _rungs(page: Page, rungs: list[Mapping[str, Any]]) -> str:
    played = (page.answer.get("played") or {}).get("move")
    own = [line for line in page.answer.get("lines") or [] if line["actor"] == page.answer["focus"]["actor"]]
    rows = []
    for rung in rungs:
        badge = '<span class="badge">played</span>' if rung["move"] == played else ""
        badge += '<span class="badge alarm">crosses</span>' if rung["crosses"] else ""
        spans = [
            f"{text(line['label'])}: {text(plain(piece['low']))} to {text(plain(piece['high']))} %"
            + page.notes.mark(line.get("source"))
            for line in own
            for piece in line["pieces"]
            if piece.get("move") == rung["move"]
        ]
        rows.append(
            [
                f"{text(rung['label'])} {badge}",
                text(rung.get("path_label") or "nothing follows"),
                text(percent(rung["percent"])),
                text(signed(rung["billion"])),
                text(signed(rung["payoff"])),
                "<br>".join(spans) or "nowhere in the ranges",
            ]
        )
    heads = ["Rung", "What follows", "Real income", "bn USD a year", "Payoff, %", "Chosen where the stake is worth"]
    caption = "The rungs, the mildest first. Payoff: real income and stakes at their reference values, % of income."
    return table(heads, rows, caption=caption, numeric=(2, 3, 4))


def _lines(page: Page, answer: dict[str, Any]) -> str:
    lines = answer.get("lines")
    if not lines or page.game is None:
        return ""
    moving = moving_lines(answer)
    words = []
    for line in moving:
        inside = [b for b in line["breaks"] if line["low"] < b["at"] < line["high"]]
        changes = "; ".join(f"at {plain(b['at'])} % from “{b['from_label']}” to “{b['to_label']}”" for b in inside)
        what = f"{line['actor_label']}: {line['label']} ({plain(line['low'])} to {plain(line['high'])} %)"
        words.append(text(f"{what}: {changes or 'no change within the range'}.") + page.notes.mark(line.get("source")))
    still = [line for line in lines if line not in moving]
    if still:
        listed = "; ".join(
            f"{text(line['actor_label'])}: {text(line['label'])} ({text(plain(line['low']))} to "
            f"{text(plain(line['high']))} %){page.notes.mark(line.get('source'))}"
            for line in still
        )
        words.append(f"Nothing changes within the ranges of: {listed}.")
    return page.figures.add("lines", lines_spec(page.game, answer), paragraphs(words)) + _breaks(page, lines)


def _breaks(page: Page, lines: list[Mapping[str, Any]]) -> str:
    rows = []
    for line in lines:
        for b in line["breaks"]:
            once = "" if b.get("at_once") is None else f" ({text(plain(b['at_once']))} % once)"
            outside = "" if line["low"] <= b["at"] <= line["high"] else ", beyond the range"
            rows.append(
                [
                    f"{text(line['actor_label'])}: {text(line['label'])}{page.notes.mark(line.get('source'))}",
                    f"{text(plain(line['low']))} to {text(plain(line['high']))} %",
                    f"{text(plain(b['at']))} %{once}{outside}",
                    text(plain(b["at_billion"])),
                    text(b.get("from_label") or ""),
                    text(b.get("to_label") or ""),
                    '<span class="badge alarm">crosses</span>' if b.get("flips") else "",
                ]
            )
    if not rows:
        return ""
    heads = ["Stake", "Range", "Changes at", "bn USD a year", "Below", "Above", "The line"]
    return table(heads, rows, caption="Where the move changes, % of the owner's income a year", numeric=(3,))


def deterrence(page: Page) -> str:
    """Whether the threat would be carried out, and whether it is enough."""
    found = page.answer.get("deterrence")
    if not found or page.game is None:
        return ""
    answer = dict(page.answer)
    lead = paragraphs([text(found["sentence"])]) if found.get("sentence") else ""
    listed = stake_charts(answer)
    drawn = [chart for chart in listed if varies(chart)] or listed[:1]
    charts = ""
    for n, chart in enumerate(drawn):
        spec = deterrence_spec(page.game, answer, chart["stake"])
        charts += page.figures.add(f"deterrence-{n + 1}", spec, _sets_in_words(chart))
    still = "; ".join(f"“{chart['label']}”" for chart in listed if chart not in drawn)
    rest = f'<p class="small">The sets stay as they are over the whole ranges of: {text(still)}.</p>' if still else ""
    return f"{lead}{_replies(page, found)}{_needed(page, found)}{_waverers(found)}{charts}{rest}"


def _sets_in_words(chart: Mapping[str, Any]) -> str:
    """A line for every reply: where it is credible, sufficient, assured, and where all three."""
    replies: dict[str, list[str]] = {}
    for row in chart["rows"]:
        where = " and ".join(f"{plain(low)} to {plain(high)} %" for low, high in row["intervals"])
        replies.setdefault(str(row["label"]), []).append(f"{row['set']} {where or 'nowhere'}")
    lines = [f"{label}: {', '.join(sets)}." for label, sets in replies.items()]
    return paragraphs([text(line) for line in [*lines, f"Reference value: {plain(chart['value'])} %."]])


def _replies(page: Page, found: Mapping[str, Any]) -> str:
    labels = {reply["move"]: reply["label"] for reply in found.get("replies") or []}
    rows = [
        [
            text(move["label"]),
            text(labels.get(cell["reply"], cell["reply"])),
            *(_yes(cell.get(name)) for name in ("credible", "sufficient", "assured")),
            _yes(all(cell.get(name) for name in ("credible", "sufficient", "assured"))),
            _cost(cell.get("own_cost")),
            _cost(cell.get("target_cost")),
        ]
        for move in found.get("moves") or []
        for cell in move["cells"]
        if cell is not None
    ]
    if not rows:
        return ""
    heads = ["If this came", "and were answered by", "Credible", "Sufficient", "Assured", "Deters"]
    target = page.actors.get(str((page.answer.get("focus") or {}).get("actor", "")), "the target")
    heads += [f"Cost of the reply to {text(who)}" for who in (found.get("sender_label") or "the sender", target)]
    caption = (
        "Every crossing and every reply, at the reference values; costs (−) against the same crossing without a reply"
    )
    return table(heads, rows, caption=caption, numeric=(6, 7))


def _yes(value: object) -> str:
    return "" if value is None else '<span class="yes">yes</span>' if value else '<span class="no">no</span>'


def _cost(cost: Mapping[str, Any] | None) -> str:
    return "" if not cost else text(change(cost["percent"], cost["billion"]))


def _needed(page: Page, found: Mapping[str, Any]) -> str:
    rows = [
        [
            text(entry["label"]),
            text(entry.get("stake_label") or entry["stake"]) + page.notes.mark(_stake_source(page, entry["stake"])),
            f"{'' if entry.get('upto') is None else 'from '}{text(plain(entry['at']))} %"
            + ("" if entry.get("at_once") is None else f" ({text(plain(entry['at_once']))} % once)")
            + ("" if entry.get("upto") is None else f", up to {text(plain(entry['upto']))} %"),
            text(plain(entry["at_billion"])),
        ]
        for entry in found.get("needed") or []
    ]
    heads = ["Reply", "Credible once the stake", "is worth, of income a year", "bn USD a year"]
    return table(heads, rows, caption="What makes each reply credible", numeric=(2, 3)) if rows else ""


def _stake_source(page: Page, stake: str) -> str | None:
    lines = page.answer.get("lines") or []
    return next((line.get("source") for line in lines if line["stake"] == stake), None)


def _waverers(found: Mapping[str, Any]) -> str:
    rows = [
        [text(w["label"]), text(percent(w["cost_percent"])), text(signed(w["cost_billion"]))]
        for w in found.get("waverers") or []
    ]
    heads = ["Who wavers", "Joining costs, of own income", "bn USD a year"]
    return table(heads, rows, caption="Members that joining costs most", numeric=(1, 2)) if rows else ""


def flips(page: Page) -> str:
    """Which numbers change the answer, and at which value; those that change nothing follow on demand."""
    listed = page.answer.get("sensitivity") or []
    moving = [entry for entry in listed if entry.get("at") is not None]
    failed = [entry for entry in listed if entry.get("failed")]
    still = [entry for entry in listed if entry.get("at") is None and not entry.get("failed")]
    heads = ["Number", "Reference", "Range", "Unit"]
    caption = "Each number alone, the others at the reference; nearest to flipping first. ≈: interpolated."
    found = ""
    if moving:
        rows = [[*_unknown(page, entry), _switch(entry), _beyond(entry), _flips(entry)] for entry in moving]
        found = table([*heads, "Changes the move at", "Then", "Flips the answer"], rows, caption=caption, numeric=(1,))
    if still:
        rows = [_unknown(page, entry) for entry in still]
        many = "No number" if not moving else "No other number"
        summary = f"{many} changes the move within its range, taken alone: the list of {len(still)}"
        found += disclosure(summary, table(heads, rows, numeric=(1,)))
    if failed:
        rows = [[*_unknown(page, entry), text(entry["failed"])] for entry in failed]
        caption = "Could not be tried over the whole range: at an end there is no equilibrium."
        found += table([*heads, "Why"], rows, caption=caption, numeric=(1,))
    return found


def _flips(entry: Mapping[str, Any]) -> str:
    """The values on both sides of the reference beyond which crossing the line changes."""
    sides = (("below", entry.get("flip_below")), ("above", entry.get("flip_above")))
    return "; ".join(f"{side} {text(rounded(at))}" for side, at in sides if at is not None)


def _unknown(page: Page, entry: Mapping[str, Any]) -> list[str]:
    return [
        f"{text(entry['label'])}{page.notes.mark(entry.get('source'))}",
        text(exact(entry["value"])),
        f"{text(exact(entry['low']))} to {text(exact(entry['high']))}",
        text(_unit(entry)),
    ]


def _unit(entry: Mapping[str, Any]) -> str:
    """The unit of a number; exposures have a scale in place of one."""
    unit = str(entry.get("unit") or "")
    return _EXPOSURE if unit == "exposure" or (not unit and ".exposures." in str(entry.get("id"))) else unit


def _switch(entry: Mapping[str, Any]) -> str:
    return f"{'' if entry.get('exact', True) else '≈ '}{text(rounded(entry['at']))}"


def _beyond(entry: Mapping[str, Any]) -> str:
    badge = ' <span class="badge alarm">across the line</span>' if entry.get("flips") and entry.get("crosses") else ""
    return f"{text(entry.get('to_label') or '')}{badge}"


def decision_map(page: Page) -> str:
    """Which move is played over two stakes."""
    found = page.answer.get("map")
    if not found or page.game is None or not (found.get("polygons") or "map_history" in page.game):
        return ""
    spec = decision_map_spec(page.game, dict(page.answer))
    return page.figures.add("decision-map", spec, text(_shares(found, page.histories)), titled=False)


def _shares(found: Mapping[str, Any], histories: Mapping[str, str]) -> str:
    """How much of the map each move takes."""
    sizes: dict[str, float] = defaultdict(float)
    for polygon in found.get("polygons") or []:
        points = polygon["points"]
        pairs = zip(points, [*points[1:], points[0]], strict=True)
        label = str(polygon.get("label") or histories.get(polygon.get("history", ""), ""))
        sizes[label] += abs(sum(a[0] * b[1] - b[0] * a[1] for a, b in pairs)) / 2
    total = sum(sizes.values())
    if not total:
        return "The map was drawn on a grid, since it has too many parts to be drawn exactly."
    ranked = sorted(sizes.items(), key=lambda item: -item[1])
    listed = "; ".join(f"“{label}” on {100 * size / total:.0f} %" for label, size in ranked)
    return f"Of the area of the map (not a probability): {listed}."
