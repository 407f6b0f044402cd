"""Sections about threats that are met again, and about how severe a threat must and may be."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from halys.answer.repetition_words import chance, factor
from halys.report.charts.format import NARROW, change, exact, plain
from halys.report.charts.repetition import discount_curves_spec, moving_curves, repetition_spec
from halys.report.charts.severity import severity_spec, severity_stakes
from halys.report.charts.theme import Spec
from halys.report.html.elements import bullets, disclosure, paragraphs, table, text
from halys.report.html.model import Page

_YES = {True: '<span class="yes">yes</span>', False: '<span class="no">no</span>'}


def repetition(page: Page) -> str:
    """What the threats are worth on many occasions: sentences, the numbers, each reply, the chart, and the doubt."""
    found = page.answer.get("repetition")
    if not found:
        return ""
    lead = bullets(text(sentence) for sentence in found["sentences"])
    chart = ""
    if found["replies"]:
        chart = page.figures.add("repetition", repetition_spec(dict(page.answer)), _sets_in_words(found))
        for n, curve in enumerate(moving_curves(dict(page.answer)), start=1):
            spec = discount_curves_spec(dict(page.answer), curve["stake"])
            chart += page.figures.add(f"discount-{n}", spec, _curves_in_words(curve))
    said = [found[key] for key in ("summary", "limits") if found.get(key)]
    marks = page.notes.mark(*found["sources"])
    about = f'<p class="small">{" ".join(map(text, said))}{marks}</p>' if said or marks else ""
    return f"{lead}{_replies(found)}{chart}{_doubt(found)}{_numbers(page, found)}{about}"


def _replies(found: Mapping[str, Any]) -> str:
    rows = [
        [
            text(reply["label"]),
            text(_share(reply["cost"])),
            text(_share(reply["benefit"])),
            _YES[reply["sufficient"]],
            _YES[reply["assured"]],
            _YES[reply["once"]],
            _from(reply),
            _YES[reply["deters"]],
        ]
        for reply in found["replies"]
    ]
    heads = ["Reply", "Costs", "A kept word is worth", "Sufficient", "Assured", "Deters once"]
    heads += ["Deters from this factor a year on", f"Deters at {text(factor(found['discount']['value']))}"]
    caption = (
        f"If “{text(found['crossing_label'])}” came: on one occasion, in % of the income of "
        f"{text(found['sender_label'])} a year; the last two columns if no occasion is known to be the last"
    )
    return table(heads, rows, caption=caption, numeric=(1, 2)) if rows else ""


def _share(value: float) -> str:
    return f"{plain(value)}{NARROW}%"


def _from(reply: Mapping[str, Any]) -> str:
    if not (reply["sufficient"] and reply["assured"]) or reply["critical"] is None:
        return "none"
    if not reply["critical"]:
        return "any"
    return text(f"{factor(reply['critical'])} (rate up to {plain(100.0 * reply['critical_rate'])} %)")


def _sets_in_words(found: Mapping[str, Any]) -> str:
    lines = []
    for reply in found["replies"]:
        parts = []
        for name, intervals in reply["sets"].items():
            where = " and ".join("everywhere" if not low else f"from {factor(low)} on" for low, _ in intervals)
            parts.append(f"{name} {where or 'nowhere'}")
        lines.append(text(f"{reply['label']}: {', '.join(parts)}."))
    return paragraphs(lines)


def _curves_in_words(curve: Mapping[str, Any]) -> str:
    """A line for every reply: the factors at the ends of its pieces."""
    lines = []
    for reply in curve["replies"]:
        parts = []
        for piece in reply["pieces"]:
            where = f"{plain(piece['low'])} to {plain(piece['high'])} %"
            if piece["credible"] == "from":
                ends = [factor(piece["points"][end][1]) for end in (0, -1)]
                parts.append(f"{where}: {ends[0]}" if ends[0] == ends[1] else f"{where}: {ends[0]} to {ends[1]}")
            else:
                parts.append(f"{where}: {'at any factor' if piece['credible'] == 'always' else 'at none'}")
        lines.append(text(f"{reply['label']}: {'; '.join(parts)}."))
    return paragraphs([*lines, text(f"Reference value: {plain(curve['value'])} %.")])


def _doubt(found: Mapping[str, Any]) -> str:
    """On how many occasions each threat deters if the sender may be tough, and every occasion on demand."""
    kept = [reply for reply in found["replies"] if reply["doubt"] is not None]
    if not kept:
        return ""
    rows, parts = [], ""
    for reply in kept:
        doubt = reply["doubt"]
        first = doubt["first_crossing"]
        rows.append(
            [
                text(reply["label"]),
                f"{doubt['deterred']} ({doubt['deterred_low']} to {doubt['deterred_high']})",
                text(plain(doubt["expected"])),
                text(chance(doubt["prior_first"])),
                text(chance(doubt["prior_all"])),
                "none" if first is None else f"on occasion {first}: {text(factor(doubt['answered_then']))}",
            ]
        )
        parts += _path(reply)
    heads = ["Reply", "Occasions surely without a crossing", "Expected", "Prior for the first", "Prior for all"]
    heads.append("A first crossing is answered with probability")
    caption = (
        f"If {text(found['sender_label'])} carries every threat out with a prior probability of "
        f"{text(factor(found['tough']['value']))}: {found['horizon']} occasions; in brackets over the ranges"
    )
    listed = table(heads, rows, caption=caption, numeric=(1, 2))
    return listed + disclosure("Every occasion", parts)


def _path(reply: Mapping[str, Any]) -> str:
    rows = [
        [str(o["occasion"]), *(text(factor(o[key])) for key in ("stays", "answered", "passes"))]
        for o in reply["doubt"]["path"]
    ]
    heads = ["Occasion", "No crossing", "Crossing, threat carried out", "Crossing, nothing follows"]
    return table(
        heads, rows, caption=f"{text(reply['label'])}: probabilities as seen before the first", numeric=range(4)
    )


def _numbers(page: Page, found: Mapping[str, Any]) -> str:
    listed = (
        ("discount", f"What a year from now counts for {found['sender_label']}", "factor"),
        ("occasions_per_year", "Occasions", "a year"),
        ("tough", f"Prior that {found['sender_label']} carries every threat out", "probability"),
    )
    rows = []
    for key, label, unit in listed:
        number = found[key]
        if number is not None:
            ends = "" if number["low"] == number["high"] else f"{exact(number['low'])} to {exact(number['high'])}"
            mark = page.notes.mark(number["source"])
            rows.append([f"{text(label)}{mark}", text(exact(number["value"])), text(ends), unit])
    return table(["Number", "Value", "Range", "Unit"], rows, caption="The numbers of the repetition", numeric=(1,))


def severity(page: Page) -> str:
    """The scale of replies, and over each stake that moves them how severe a threat may and must be."""
    found = page.answer.get("severity")
    if not found:
        return ""
    answer = dict(page.answer)
    listed = severity_stakes(answer)
    drawn = [stake for stake in listed if len(stake["steps"]) > 1] or listed[:1]
    labels = {entry["reply"]: str(entry["label"]) for entry in found["scale"]}
    charts = ""
    for n, stake in enumerate(drawn):
        spec: Spec = severity_spec(answer, stake["stake"])
        charts += page.figures.add(f"severity-{n + 1}", spec, _steps_in_words(stake, labels))
    still = "; ".join(f"“{stake['label']}”" for stake in listed if stake not in drawn)
    rest = f'<p class="small">Nothing moves over the whole ranges of: {text(still)}.</p>' if still else ""
    return f"{_scale(found)}{charts}{rest}"


def _scale(found: Mapping[str, Any]) -> str:
    rows = [
        [str(entry["rank"]), text(entry["label"]), text(change(-entry["severity"], -entry["billion"]))]
        for entry in found["scale"]
    ]
    caption = (
        f"Replies to “{text(found['crossing_label'])}” by what they add to the loss of the target, the mildest first"
    )
    return table(
        ["Rank", "Reply", "Cost to the target, % of its income a year (bn USD)"], rows, caption=caption, numeric=(0, 2)
    )


def _steps_in_words(stake: Mapping[str, Any], labels: Mapping[str, str]) -> str:
    """A line for every step."""
    lines = []
    for step in stake["steps"]:
        most = "none" if step["most"] is None else f"“{labels[step['most']]}”"
        least = "none" if step["least"] is None else f"“{labels[step['least']]}”"
        deters = ", ".join(f"“{labels[reply]}”" for reply in step["deters"]) or "none"
        gaps = [
            f"those that are {name} are no interval ({', '.join(labels[reply] for reply in step[name])})"
            for name in ("credible", "sufficient")
            if not step[f"{name}_is_interval"]
        ]
        where = f"{plain(step['low'])} to {plain(step['high'])} %"
        parts = [f"severest that is credible {most}", f"mildest that is enough {least}", f"deters: {deters}", *gaps]
        lines.append(text(f"{where}: {'; '.join(parts)}."))
    return paragraphs([*lines, text(f"Reference value: {plain(stake['value'])} %.")])
