"""The answer in words and small tables: what the terminal prints first and the report opens with.

Each part is a dict with `title`, `text` (paragraphs) and, for who pays, `table`.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

MOST_NAMED = 3
NOTHING = 1e-6  # % of income: what the solver's tolerance leaves, not an effect


def amount(value: float) -> str:
    """A number with two digits that say something: 157, 13, 1.3, 0.082."""
    size = abs(value)
    if size >= 100:
        return f"{value:,.0f}"
    if size >= 10:
        return f"{value:.1f}".rstrip("0").rstrip(".")
    if size >= 1:
        return f"{value:.2g}" if size >= 9.95 else f"{value:.1f}"
    return "0" if size < 1e-9 else f"{float(f'{value:.2g}'):.10f}".rstrip("0").rstrip(".")


def signed(value: float) -> str:
    """`amount` with its sign."""
    text = amount(value)
    return text if text == "0" or text.startswith("-") else f"+{text}"


def loss(percent: float, billion: float) -> str:
    """A change of income in words: `loses 0.55 % of income (94 bn USD a year)`."""
    if abs(percent) < NOTHING:
        return "neither gains nor loses income"
    verb = "loses" if percent < 0 else "gains"
    return f"{verb} {amount(abs(percent))} % of income ({amount(abs(billion))} bn USD a year)"


def describe_block(answer: dict[str, Any], left_out: list[str]) -> list[dict[str, Any]]:
    """In the order in which an adviser reads: answer, line, who pays, threat, what flips it, what is left out."""
    parts: list[dict[str, Any]] = [
        {"id": "answer", "title": "Answer", "text": [answer["sentence"], *answer["holds_if"]]},
        {"id": "line", "title": "The line", "text": line_sentences(answer)},
        {"id": "who-pays", "title": "Who pays", "text": payer_sentences(answer), "table": payer_table(answer)},
        {"id": "threat", "title": "The threat", "text": threat_sentences(answer)},
        {"id": "flips", "title": "What flips the answer", "text": flip_sentences(answer)},
        {"id": "left-out", "title": "Not modelled", "text": [f"{'; '.join(left_out)}."] if left_out else []},
    ]
    return [part for part in parts if part["text"] or part.get("table")]


# ---- The answer and the line -----------------------------------------------------------------------------------------


def answer_sentence(answer: dict[str, Any]) -> str:
    """Would the line be crossed, by which move, and what follows."""
    focus, played = answer["focus"], answer["played"]
    if focus is None:
        return f"The play: {played['label']}."
    actor = focus["actor_label"]
    if played["move"] is None:
        return f"The decision of {actor} does not come up: {played['label']}."
    rung = next(r for r in answer["ladder"] if r["move"] == played["move"])
    head = f"{actor} crosses the line" if played["crosses"] else f"{actor} does not cross the line"
    follow = f" What follows: {rung['path_label']}." if rung["path_label"] else ""
    return f"{head}: it chooses “{rung['label']}” and {loss(rung['percent'], rung['billion'])}{_span(played)}.{follow}"


def _span(played: dict[str, Any]) -> str:
    """The range of what the move costs, where a number changes it."""
    span = played["range"]
    if span is None or span["percent_high"] - span["percent_low"] < NOTHING:
        return ""
    return f", from {signed(span['billion_low'])} to {signed(span['billion_high'])} bn over the range of any one number"


def range_sentences(answer: dict[str, Any]) -> list[str]:
    """What else comes out within the ranges, and what the answer holds by."""
    if answer["focus"] is None:
        return []
    found, possible = [], answer["possible"]
    if len(possible) > 1:
        listed = ", ".join(f"“{p['label']}” {_share(p['share'])}" for p in possible[:MOST_NAMED])
        found.append(f"Within the ranges of the stakes: {listed} (shares of the ranges, not probabilities).")
    elif possible:
        found.append("The same move comes out everywhere within the ranges of the stakes.")
    flips = [s for s in answer["sensitivity"] if s.get("flips")]
    if flips:
        found.append(f"Holds if {_holds(flips[0])}.")
    else:
        found.append("No number of the scenario, taken alone, flips it within its range.")
    return found


def _share(share: float) -> str:
    return "under 1 %" if share < 0.005 else f"{100 * share:.0f} %"


def _holds(entry: dict[str, Any]) -> str:
    side = "below" if entry["at"] > entry["value"] else "above"
    return f"“{entry['label']}” stays {side} {with_unit(entry, entry['at'])}"


def with_unit(entry: dict[str, Any], value: float) -> str:
    """A value of an unknown with its unit."""
    unit = entry.get("unit") or ""
    return f"{value:.3g}" + (f" {unit}" if unit.startswith("%") else f" ({unit})" if unit else "")


def line_sentences(answer: dict[str, Any]) -> list[str]:
    """At which values of the focal actor's stakes the line is crossed."""
    focus = answer["focus"]
    if focus is None:
        return []
    found, nothing = [], []
    for line in answer["lines"]:
        if line["actor"] != focus["actor"]:
            continue
        flips = [b for b in line["breaks"] if b["flips"]]
        if not flips:
            nothing.append(f"“{line['label']}”")
            continue
        b = min(flips, key=lambda x: abs(x["at"] - line["value"]))
        once = "" if b["at_once"] is None else f", {amount(b['at_once'])} % once"
        where = "" if b["within"] else ", which ends before"
        upwards = answer_crosses(answer, b["to"])
        move = b["to_label"] if upwards else b["from_label"]
        found.append(
            f"“{move}” only where “{line['label']}” is worth {'more' if upwards else 'less'} than "
            f"{amount(b['at'])} % of "
            f"{focus['actor_label']}'s income a year{once}: {amount(b['at_billion'])} bn USD a year (its range: "
            f"{amount(line['low'])} to {amount(line['high'])} %{where})."
        )
    if not found and nothing:
        found.append(f"No value of {' or '.join(nothing)}, taken alone, changes whether the line is crossed.")
    return found


def answer_crosses(answer: dict[str, Any], move: str | None) -> bool:
    """Whether a focal move crosses the line."""
    return answer["focus"] is not None and move in answer["focus"]["line"]


# ---- Who pays --------------------------------------------------------------------------------------------------------


def payer_table(answer: dict[str, Any]) -> dict[str, Any]:
    """Actors and the world, one pair of columns for each history."""
    payers = answer["who_pays"]
    rows = [
        [row["label"], *(cell for v in row["values"] for cell in (signed(v["percent"]), signed(v["billion"])))]
        for row in payers["rows"]
        if row["kind"] in ("actor", "world")
    ]
    return {"headings": [h["title"] for h in payers["histories"]], "columns": ["%", "bn USD"], "rows": rows}


def payer_sentences(answer: dict[str, Any]) -> list[str]:
    """Those hit hardest in the last history: members of the first actor that has many, and outsiders."""
    rows = answer["who_pays"]["rows"]
    ranked = [r for r in rows if r["kind"] in ("member", "outsider") and r["values"][-1]["percent"] < -NOTHING]
    groups = list(dict.fromkeys((r["kind"], r.get("of")) for r in ranked))
    found = []
    for kind, of in [g for g in groups if g[0] == "member"][:1] + [g for g in groups if g[0] == "outsider"]:
        listed = [r for r in ranked if (r["kind"], r.get("of")) == (kind, of)]
        cells = ", ".join(f"{r['label']} {signed(r['values'][-1]['percent'])} %" for r in listed)
        found.append(f"{'outsiders' if kind == 'outsider' else _actor_label(answer, of)}: {cells}")
    which = f" in ({len(answer['who_pays']['histories'])})" if len(answer["who_pays"]["histories"]) > 1 else ""
    return [f"Hit hardest{which}: {'; '.join(found)}."] if found else []


def _actor_label(answer: dict[str, Any], actor: str | None) -> str:
    return next(str(r["label"]) for r in answer["who_pays"]["rows"] if r["kind"] == "actor" and r["who"] == actor)


# ---- The threat ------------------------------------------------------------------------------------------------------


def threat_sentences(answer: dict[str, Any]) -> list[str]:
    """Would the sender carry it out, at what own cost, and who wavers."""
    deterrence = answer["deterrence"]
    if deterrence is None:
        return []
    sender, crossing = deterrence["sender_label"], deterrence["crossing_label"]
    cells = next(m["cells"] for m in deterrence["moves"] if m["move"] == deterrence["crossing"])
    cells = [c for c in cells if c is not None]
    labels = {r["move"]: r["label"] for r in deterrence["replies"]}
    credible = [c for c in cells if c["credible"]]
    would = deterrence["answer_played"]
    found = []
    if would in labels:
        cell = next(c for c in cells if c["reply"] == would)
        found.append(
            f"If “{crossing}” came, {sender} would answer with “{labels[would]}”, at an own cost of "
            f"{_cost(cell['own_cost'])}."
        )
    else:
        cheapest = min(cells, key=lambda c: abs(c["own_cost"]["billion"]))
        found.append(
            f"If “{crossing}” came, {sender} would carry nothing out: the cheapest threat, "
            f"“{labels[cheapest['reply']]}”, costs it {_cost(cheapest['own_cost'])}."
        )
    if credible and any(not c["credible"] for c in cells):
        found.append(f"Not credible: {_quoted(labels[c['reply']] for c in cells if not c['credible'])}.")
    deters = [labels[c["reply"]] for c in cells if c["deters"]]
    enough = [labels[c["reply"]] for c in cells if c["sufficient"]]
    if deters:
        found.append(f"Deters: {_quoted(deters)}.")
    elif enough:
        found.append(f"No threat deters; sufficient if carried out: {_quoted(enough)}.")
    else:
        found.append("No threat is sufficient at the reference.")
    return [" ".join(found), *_waverers(answer)]


def _quoted(labels: Iterable[str]) -> str:
    return ", ".join(f"“{label}”" for label in labels)


def _cost(cost: dict[str, float]) -> str:
    word = "" if cost["billion"] <= 0 else "a gain of "
    return f"{word}{amount(abs(cost['percent']))} % of income ({amount(abs(cost['billion']))} bn USD a year)"


def _waverers(answer: dict[str, Any]) -> list[str]:
    deterrence = answer["deterrence"]
    partners = deterrence["partners"]
    if not partners:
        return []
    joined, apart = (
        " and ".join(f"{p['label']} ({_short_cost(p['cost'])})" for p in partners if p["joins"] == joins)
        for joins in (True, False)
    )
    reply = next(r["label"] for r in deterrence["replies"] if r["move"] == partners[0]["reply"])
    hardest = ", ".join(f"{w['label']} {signed(w['cost_percent'])} %" for w in deterrence["waverers"][:MOST_NAMED])
    who = f"joined by {joined}" if joined else "joined by nobody"
    return [f"“{reply}” would be {who}{f', not by {apart}' if apart else ''}. Joining costs most: {hardest}."]


def _short_cost(cost: dict[str, float]) -> str:
    gain = "" if cost["billion"] <= 0 else "a gain of "
    return f"{gain}{amount(abs(cost['percent']))} %, {amount(abs(cost['billion']))} bn"


# ---- What flips it ---------------------------------------------------------------------------------------------------


def flip_sentences(answer: dict[str, Any]) -> list[str]:
    """The three assumptions that flip the answer, with the switching values; what comes nearest, where fewer do."""
    if answer["focus"] is None:
        return []
    found = []
    for entry in [s for s in answer["sensitivity"] if s.get("at") is not None][:MOST_NAMED]:
        side = "above" if entry["at"] > entry["value"] else "below"
        span = f"now {entry['value']:.3g}, range {entry['low']:.3g} to {entry['high']:.3g}"
        line = ", across the line" if entry["flips"] and entry["crosses"] else ""
        found.append(
            f"“{entry['label']}” {side} {with_unit(entry, entry['at'])} ({span}): “{entry['to_label']}”{line}."
        )
    if len(found) < MOST_NAMED:
        found.append(f"No {'other ' if found else ''}number, taken alone, changes the move within its range.")
    return found
