"""`halys importance` as text: what drives each result, one number at a time, where deterrence fails, and regrets."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping, Sequence
from typing import Any

from halys.answer.words import amount, signed

_FEW, _MORE = 3, 8  # numbers listed of results further down, and of the first two
_WIDEST = 110
_NAME = 60
_ROOMY = 76  # where every column of regrets has room
_FIRST = "S1: the part of the variance that goes once the number is known alone."
_TOTAL = "ST: the part that is left while it alone is unknown; ST − S1 is what it does together with others."
_DRAWN = (
    "Indices are of the distributions that the file states: where a range is a judgement, so is what matters. Brackets "
    "hold 95 % intervals from the bootstrap."
)


def render_plan(numbers: int, base: int, evaluations: int, equilibria: int) -> str:
    """What is to be solved, before it starts."""
    return (
        f"{numbers} numbers, {base:,} base points: {evaluations:,} evaluations of the game, about {equilibria:,} "
        "equilibria. Time left is told as it goes."
    )


def render_importance(record: Mapping[str, Any], columns: int, everything: bool = False) -> str:
    """What matters, in lines of at most `columns`, and at most 110.

    Args:
        everything: every number of every result.
    """
    width = min(columns, _WIDEST)
    head = f"{record['title']} [{record['scenario']}]: {record['base']:,} base points, seed {record['seed']}"
    lines = textwrap.wrap(head, width)
    for n, result in enumerate(record["results"]):
        lines += ["", *_indices(result, width, None if everything else _MORE if n < 2 else _FEW)]
    for n, tornado in enumerate(record["tornado"]):
        if n < 2 or everything:
            lines += ["", *_tornado(tornado, width, None if everything else _MORE)]
    lines += ["", *_box(record["box"], width), "", *_regret(record["regret"], width)]
    notes = " ".join([_FIRST, _TOTAL, _DRAWN, *([] if everything else ["--all lists every number."])])
    return "\n".join([*lines, "", *textwrap.wrap(notes, width)])


def spread_words(result: Mapping[str, Any]) -> str:
    """What a result is spread over: `mean −0.03 %, standard deviation 0.07`."""
    if result["mean"] is None:
        return "no play in any draw"
    if result["unit"] == "probability":
        return f"probability {amount(100 * result['mean'])} %"
    return f"mean {signed(result['mean'])} %, standard deviation {amount(result['standard_deviation'])}"


def status_words(result: Mapping[str, Any]) -> str:
    """Why a result has no indices; empty where it has."""
    if result["status"] == "constant":
        return "It does not vary: no number drives it."
    if result["status"] == "too few":
        return "Too few base points with a play, or all of them alike: nothing can be said. Give more with --base."
    return ""


def left_words(result: Mapping[str, Any]) -> str:
    """What is not identified, what changes nothing, and what was left out."""
    parts = []
    if result["groups"]:
        known = [group for group in result["groups"] if not group["without_effect"]]
        unsure = sum(not group["total_identified"] for group in known)
        none = len(result["groups"]) - len(known)
        parts.append(f"S1 sum to {amount(result['sum_first'])}.")
        if unsure:
            verb = "intervals of ST hold" if unsure > 1 else "interval of ST holds"
            parts.append(f"Not identified: {unsure}, whose {verb} 0; more base points tell more.")
        if none:
            parts.append(f"Without any effect: {none}.")
    if result["left_out"]:
        parts.append(
            f"{result['left_out']} of {result['left_out'] + result['blocks']} base points left out, since some draw of "
            "theirs has no play."
        )
    return " ".join(parts)


def _indices(result: Mapping[str, Any], width: int, most: int | None) -> list[str]:
    lines = textwrap.wrap(f"What drives {result['label']} ({spread_words(result)})", width)
    if words := status_words(result):
        return [*lines, *textwrap.wrap(words, width, initial_indent="  ", subsequent_indent="  ")]
    shown = [group for group in result["groups"] if not group["without_effect"]][:most]
    rows = [(group["label"], _interval(group, "first"), _interval(group, "total")) for group in shown]
    lines += _table(("", "S1", "ST"), rows, width)
    return [*lines, *textwrap.wrap(left_words(result), width, initial_indent="  ", subsequent_indent="  ")]


def _interval(group: Mapping[str, Any], which: str) -> str:
    low, high = group[f"{which}_low"], group[f"{which}_high"]
    return f"{_two(group[which])} [{_two(low)}, {_two(high)}]"


def _two(value: float) -> str:
    """Two decimals, and no sign before a zero."""
    text = f"{value:.2f}"
    return text[1:] if text == "-0.00" else text


def _tornado(tornado: Mapping[str, Any], width: int, most: int | None) -> list[str]:
    if tornado["reference"] is None:
        return textwrap.wrap(f"One number at a time, {tornado['label']}: no play at the reference values.", width)
    head = f"One number at a time, {tornado['label']}: {_value(tornado, 'reference')} at the reference"
    moving = [entry for entry in tornado["numbers"] if entry["span"] is None or entry["span"] > 0 or entry["flips"]]
    lines = textwrap.wrap(head, width)
    if not moving:
        return [*lines, "  No number moves it by itself."]
    rows = []
    for entry in moving[:most]:
        mark = "* " if entry["flips"] else "  "
        at = f"{amount(entry['at'][0])} to {amount(entry['at'][1])}"
        rows.append(
            (mark + entry["label"], at, " to ".join(_value({**tornado, **entry}, end) for end in ("low", "high")))
        )
    lines += _table(("", "at 5 to 95 %", tornado["label"].split(" of ")[0]), rows, width)
    if any(entry["flips"] for entry in moving[:most]):
        lines.append("  * at one of the ends another move is the most likely one")
    return lines


def _value(entry: Mapping[str, Any], name: str) -> str:
    value = entry[name]
    if value is None:
        return "no play"
    return _share(value) if entry["unit"] == "probability" else f"{signed(value)} %"


def box_words(box: Mapping[str, Any]) -> list[str]:
    """The box of failed deterrence in sentences."""
    if box["absent"]:
        return [f"Nothing to look for: {box['absent']}"]
    lost = f" {box['left_out']:,} draws without a play are left out." if box["left_out"] else ""
    head = f"The line is crossed in {box['cases']:,} of {box['draws']:,} draws.{lost}"
    if box["cases"] in (0, box["draws"]):
        which = "none" if box["cases"] == 0 else "every one"
        return [f"{head} It is crossed in {which}, so that no number tells draws apart."]
    if not box["limits"]:
        return [f"{head} No box of numbers holds crossings more often than chance would bring about."]
    held = (
        f"{head} In {_share(box['mass'])} of the draws, those with all of the following, it is crossed in "
        f"{_share(box['density'])} (density), which are {_share(box['coverage'])} of all crossings (coverage)."
    )
    if box["reached"]:
        return [held]
    more = " Further limits would come nearer to it, but chance could have brought them." if box["dropped"] else ""
    return [f"{held} No sure box reaches the density of {_share(box['wanted'])} that was asked for.{more}"]


def limit_words(limit: Mapping[str, Any]) -> str:
    """`at least 0.4 (drawn from 0 to 1)`."""
    low, high = limit["low"], limit["high"]
    if low is not None and high is not None:
        words = f"{amount(low)} to {amount(high)}"
    else:
        words = f"at least {amount(low)}" if low is not None else f"at most {amount(high)}"
    return f"{words} (drawn from {amount(limit['range'][0])} to {amount(limit['range'][1])})"


def _box(box: Mapping[str, Any], width: int) -> list[str]:
    lines = ["Where deterrence fails"]
    for words in box_words(box):
        lines += textwrap.wrap(words, width, initial_indent="  ", subsequent_indent="  ")
    if box["absent"]:
        return lines
    rows = [(limit["label"], limit_words(limit), f"{limit['quasi_p']:.1g}") for limit in box["limits"]]
    return [*lines, *(_table(("", "limits", "quasi-p"), rows, width) if rows else [])]


def regret_words(regret: Mapping[str, Any]) -> list[str]:
    """Which policy each of the two rules chooses."""
    if regret["absent"]:
        return [f"None: {regret['absent']}"]
    labels = {entry["policy"]: entry["label"] for entry in regret["policies"]}
    chosen = {rule: _named([labels[p] for p in regret[rule]]) for rule in ("by_loss", "by_regret")}
    same = regret["by_loss"] == regret["by_regret"]
    lost = (
        f" {regret['left_out']:,} draws without a payoff for every policy are left out." if regret["left_out"] else ""
    )
    first = f"Least expected loss: {chosen['by_loss']}. Least worst regret: {chosen['by_regret']}."
    return [f"{first} The two rules {'agree' if same else 'do not agree'}, over {regret['draws']:,} draws.{lost}"]


def _named(labels: Sequence[str]) -> str:
    quoted = [f"“{label}”" for label in labels]
    return quoted[0] if len(quoted) == 1 else f"{', '.join(quoted[:-1])} and {quoted[-1]}, which tie"


def _regret(regret: Mapping[str, Any], width: int) -> list[str]:
    head = "Regret of each policy" if regret["absent"] else f"Regret of each policy of {regret['sender_label']}"
    lines = textwrap.wrap(head, width)
    for words in regret_words(regret):
        lines += textwrap.wrap(words, width, initial_indent="  ", subsequent_indent="  ")
    if regret["absent"]:
        return lines
    heads = ("once the line is crossed", "loss, %", "worst regret", "regret, %", "at 95 %", "crossed")
    rows = [
        (
            entry["label"],
            f"{signed(entry['loss'])}{_error(entry['loss_error'])}",
            amount(entry["worst_regret"]),
            amount(entry["regret"]),
            amount(entry["regret_q95"]),
            _share(entry["crosses"]),
        )
        for entry in regret["policies"]
    ]
    kept = range(len(heads)) if width >= _ROOMY else (0, 1, 2, 5)
    lines += _table([heads[n] for n in kept], [[row[n] for n in kept] for row in rows], width)
    note = (
        "Loss is that of real income and stakes, % of its own income a year; each policy but the last is carried out "
        "whatever it costs, and known to be."
    )
    return [*lines, *textwrap.wrap(note, width, initial_indent="  ", subsequent_indent="  ")]


def _error(error: float | None) -> str:
    return "" if error is None else f" ± {amount(error)}"


def _share(share: float) -> str:
    return f"{amount(100 * share)} %"


def _table(heads: Sequence[str], rows: Sequence[Sequence[str]], width: int) -> list[str]:
    """Names to the left, numbers to the right of them; names too long for the width go over several lines."""
    wide = [max(len(row[n]) for row in (heads, *rows)) for n in range(1, len(heads))]
    room = max(12, min(_NAME, width - sum(wide) - 2 * len(wide) - 2, max(len(row[0]) for row in (heads, *rows))))
    lines = []
    for row in (heads, *rows):
        first, *rest = textwrap.wrap(row[0], room, subsequent_indent="  ", drop_whitespace=True) or [""]
        cells = "  ".join(f"{cell:>{w}}" for cell, w in zip(row[1:], wide, strict=True))
        lines += [f"  {first:<{room}}  {cells}".rstrip(), *(f"  {more}" for more in rest)]
    return lines
