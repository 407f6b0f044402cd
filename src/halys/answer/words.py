"""The answer in words and small tables: what the terminal prints first and the report opens with.

Each part is a dict with `title`, `text` (paragraphs) and, for who pays, `table`.
"""

from __future__ import annotations

from collections.abc import Iterable
from itertools import zip_longest
from typing import Any

from halys.answer.horizon_words import brief, horizon_sentences, payer_table
from halys.answer.lines import WIDEST
from halys.answer.results import NOTHING

MOST_NAMED = 3


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


def loss(percent: float, billion: float, span: str = "") -> str:
    """A change of income in words: `loses 0.55 % of income (94 bn USD a year)`."""
    if abs(percent) < NOTHING:
        return f"neither gains nor loses income{span and f' ({span[2:]})'}"
    verb = "loses" if percent < 0 else "gains"
    return f"{verb} {amount(abs(percent))} % of income ({amount(abs(billion))} bn USD a year{span})"


def describe_block(answer: dict[str, Any], left_out: list[str]) -> list[dict[str, Any]]:
    """In the order in which an adviser reads: answer, line, who pays, threat, what flips it, what is left out."""
    parts: list[dict[str, Any]] = [
        {"id": "answer", "title": "Answer", "text": [answer["sentence"], *answer["holds_if"]]},
        {"id": "line", "title": "The line", "text": line_sentences(answer)},
        {"id": "who-pays", "title": "Who pays", "text": payer_text(answer), "table": payer_table(answer["horizons"])},
        {"id": "beside", "title": _ON[answer["horizons"]["main"]], "text": _on_the_other_run(answer)},
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
    return f"{head}: it chooses “{rung['label']}” and {loss(rung['percent'], rung['billion'], _span(played))}."


def _span(played: dict[str, Any]) -> str:
    """The range of what the move costs, where a number changes it."""
    span = played["range"]
    if span is None or span["billion_low"] is None or span["percent_high"] - span["percent_low"] < NOTHING:
        return ""
    return f"; {signed(span['billion_low'])} to {signed(span['billion_high'])} over any number's range"


def range_sentences(answer: dict[str, Any]) -> list[str]:
    """What was left out, what else comes out within the ranges, and what the answer holds by."""
    found = _lost_sentences(answer)
    if answer["focus"] is None:
        return found
    possible = answer["possible"]
    if len(possible) > 1:
        listed = ", ".join(f"{_move(p['move'], p['label'])} {_share(p['share'])}" for p in possible[:MOST_NAMED])
        found.append(f"Within the ranges of the stakes: {listed} (shares of the ranges, not probabilities).")
    elif possible:
        found.append("The same move comes out everywhere within the ranges of the stakes.")
    flips = [s for s in answer["sensitivity"] if s.get("flips")]
    if flips:
        alone = ", each taken alone" if len(flips) > 1 else ""
        left = len(flips) - MOST_NAMED
        more = f"; {left} more number{'s flip' if left > 1 else ' flips'} it" if left > 0 else ""
        found.append(f"Holds if {'; '.join(map(_holds, flips[:MOST_NAMED]))}{alone}{more}.")
    else:
        found.append(f"No number of the scenario{_tried(answer)}, taken alone, flips it within its range.")
    return found


def _lost_sentences(answer: dict[str, Any]) -> list[str]:
    """Moves that nobody could choose because what follows has no equilibrium."""
    labels = list(dict.fromkeys(f"“{lost['label']}” ({lost['actor_label']})" for lost in answer["lost"]))
    more = f" and {len(labels) - MOST_NAMED} more" if len(labels) > MOST_NAMED else ""
    return [f"Not among the choices, having no equilibrium: {', '.join(labels[:MOST_NAMED])}{more}."] if labels else []


def _tried(answer: dict[str, Any]) -> str:
    """A reservation, where some numbers have no equilibrium at an end of their range."""
    failed = [s for s in answer["sensitivity"] if "failed" in s]
    return f" that could be tried ({len(failed)} could not)" if failed else ""


def _move(move: str | None, label: str) -> str:
    return label if move is None else f"“{label}”"


def _share(share: float) -> str:
    return "under 1 %" if share < 0.005 else f"{100 * share:.0f} %"


def _holds(entry: dict[str, Any]) -> str:
    below, above = entry["flip_below"], entry["flip_above"]
    if below is not None and above is not None:
        return f"“{entry['label']}” stays between {below:.3g} and {_short_unit(entry, above)}"
    side, at = ("above", below) if above is None else ("below", above)
    return f"“{entry['label']}” stays {side} {_short_unit(entry, at)}"


def _short_unit(entry: dict[str, Any], value: float) -> str:
    """A value with its unit, of which `% of …` says no more than %: it is given in full where the number is listed."""
    return f"{value:.3g} %" if (entry.get("unit") or "").startswith("%") else with_unit(entry, value)


def with_unit(entry: dict[str, Any], value: float) -> str:
    """A value of an unknown with its unit."""
    unit = entry.get("unit") or ""
    return f"{value:.3g}" + (f" {unit}" if unit.startswith("%") else f" ({unit})" if unit else "")


def line_sentences(answer: dict[str, Any]) -> list[str]:
    """At which values of the focal actor's stakes the line is crossed."""
    focus = answer["focus"]
    if focus is None:
        return []
    own = [line for line in answer["lines"] if line["actor"] == focus["actor"]]
    found = [_line_sentence(answer, line) for line in own if any(b["flips"] for b in line["breaks"])]
    if found:
        return [text[0].upper() + text[1:] for text in found]
    labels = " or ".join(f"“{line['label']}”" for line in own)
    return (
        [f"No value of {labels} up to {WIDEST:.0f} %, taken alone, changes whether the line is crossed."] if own else []
    )


def _line_sentence(answer: dict[str, Any], line: dict[str, Any]) -> str:
    flips = [b for b in line["breaks"] if b["flips"]]
    over = answer_crosses(answer, flips[0]["from"])  # from the lowest value on
    parts = ["less than " + amount(flips[0]["at"])] if over else []
    for start, end in zip_longest(flips[over::2], flips[over + 1 :: 2]):
        parts.append(
            f"more than {amount(start['at'])}" if end is None else f"{amount(start['at'])} to {amount(end['at'])}"
        )
    moves = {(b[side], b[f"{side}_label"]) for b in line["breaks"] for side in ("from", "to")}
    crossing = [label for move, label in moves if answer_crosses(answer, move)]
    what = f"“{crossing[0]}”" if len(crossing) == 1 else "the line is crossed"
    once = "" if flips[0]["at_once"] is None else f", {_list(b['at_once'] for b in flips)} % once"
    return (
        f"{what} only where “{line['label']}” is worth {' or '.join(parts)} % of {line['actor_label']}'s income a year"
        f"{once}{_money(b['at_billion'] for b in flips)} (range {amount(line['low'])} to {amount(line['high'])} %)."
    )


def _money(billions: Iterable[float | None]) -> str:
    """Billions after a colon; nothing for an actor whose income is not known."""
    known = [value for value in billions if value is not None]
    return f": {_list(known)} bn USD" if known else ""


def _list(values: Iterable[float]) -> str:
    return " and ".join(map(amount, values))


def answer_crosses(answer: dict[str, Any], move: str | None) -> bool:
    """Whether a focal move crosses the line."""
    return answer["focus"] is not None and move in answer["focus"]["line"]


# ---- Who pays --------------------------------------------------------------------------------------------------------


def payer_text(answer: dict[str, Any]) -> list[str]:
    """What the table leaves out: how far θ and deficits move its numbers, and who is hit hardest."""
    focus = answer["focus"]
    return [*horizon_sentences(answer["horizons"], focus and focus["actor"]), *payer_sentences(answer)]


def payer_sentences(answer: dict[str, Any]) -> list[str]:
    """Those hit hardest in the last history: of all, of the first actor that has many members, and of outsiders."""
    payers = answer["who_pays"]
    ranked = [r for r in payers["rows"] if r["kind"] in ("member", "outsider") and _last(r) < -NOTHING]
    if not ranked:
        return []
    hardest = sorted(ranked, key=_last)[:MOST_NAMED]
    found = [_losses(hardest)]
    first = next((r.get("of") for r in ranked if r["kind"] == "member"), None)
    for kind, of, name in (("member", first, _actor_label(answer, first)), ("outsider", None, "outsiders")):
        listed = [r for r in ranked if (r["kind"], r.get("of")) == (kind, of) and r not in hardest]
        found += [f"{name}: {_losses(listed)}"] if listed else []
    which = f" in ({len(payers['histories'])})" if len(payers["histories"]) > 1 else ""
    return [f"Hit hardest{which}: {'; '.join(found)}."]


def _last(row: dict[str, Any]) -> float:
    return float(row["values"][-1]["percent"])


def _losses(rows: list[dict[str, Any]]) -> str:
    return ", ".join(f"{r['label'] if r['kind'] == 'actor' else r['who']} {signed(_last(r))} %" for r in rows)


def _actor_label(answer: dict[str, Any], actor: str | None) -> str:
    rows = answer["who_pays"]["rows"]
    return next((str(r["label"]) for r in rows if r["kind"] == "actor" and r["who"] == actor), "")


# ---- The other run ---------------------------------------------------------------------------------------------------

_ON = {"long": "In the short run", "short": "In the long run"}


def beside_sentences(play: dict[str, Any]) -> list[str]:
    """The game on the horizon that stands beside: what is played, where the line lies, what threat would come."""
    return [answer_sentence(play), *line_sentences(play), *threat_sentences(play)[:1]]


def _on_the_other_run(answer: dict[str, Any]) -> list[str]:
    """In a few words, for the summary: the move, the line in the stake that the answer named, what deters."""
    play = answer["horizons"]["play"]
    if play is None or answer["focus"] is None:
        return []
    if play["played"]["move"] is None:
        return [play["sentences"][0]]
    rung = next(r for r in play["ladder"] if r["played"])
    same = "The same, " if play["played"]["move"] == answer["played"]["move"] else ""
    crosses = ", across the line" if play["played"]["crosses"] else ""
    parts = [f"{same}“{rung['label']}”{crosses} ({brief(rung['percent'])} %)", *_line_beside(answer, play)]
    deterrence = play["deterrence"]
    if deterrence is not None:
        labels = {r["move"]: r["label"] for r in deterrence["replies"]}
        cells = next(m["cells"] for m in deterrence["moves"] if m["move"] == deterrence["crossing"])
        deters = [labels[c["reply"]] for c in cells if c is not None and c["deters"]]
        parts.append(f"deters: {_quoted(deters) if deters else 'no threat'}")
    return [f"{'; '.join(parts)}."]


def _line_beside(answer: dict[str, Any], play: dict[str, Any]) -> list[str]:
    actor = answer["focus"]["actor"]
    flips = {
        line["stake"]: (line, b)
        for line in play["lines"]
        if line["actor"] == actor
        for b in line["breaks"]
        if b["flips"]
    }
    named = [
        line["stake"] for line in answer["lines"] if line["actor"] == actor and any(b["flips"] for b in line["breaks"])
    ]
    chosen = next((flips[stake] for stake in [*named, *flips] if stake in flips), None)
    if chosen is None:
        return []
    line, b = chosen
    upwards = answer_crosses(play, b["to"])
    move, side = (b["to_label"], "above") if upwards else (b["from_label"], "below")
    money = "" if b["at_billion"] is None else f" ({amount(b['at_billion'])} bn USD)"
    return [f"“{move}” where “{line['label']}” is {side} {amount(b['at'])} %{money}"]


# ---- The threat ------------------------------------------------------------------------------------------------------


def threat_sentences(answer: dict[str, Any]) -> list[str]:
    """Would the sender carry it out, at what own cost, and who wavers."""
    deterrence, focus = answer["deterrence"], answer["focus"]
    if deterrence is None:
        return [] if focus is None or focus["reply"] is None else ["No answer comes after the line is crossed."]
    sender, crossing = deterrence["sender_label"], deterrence["crossing_label"]
    labels = {r["move"]: r["label"] for r in deterrence["replies"]}
    rows = {m["move"]: [c for c in m["cells"] if c is not None] for m in deterrence["moves"]}
    cells, would = rows[deterrence["crossing"]], deterrence["answer_played"]
    found = []
    if would in labels:
        cell = next(c for c in cells if c["reply"] == would)
        found.append(f"If “{crossing}” came, {sender} would answer with “{labels[would]}”, {_own(cell['own_cost'])}.")
    else:
        cheapest = max(cells, key=lambda c: float(c["own_cost"]["billion"]))
        price = _own(cheapest["own_cost"]).removeprefix("at ")
        found.append(
            f"If “{crossing}” came, {sender} would carry nothing out: the cheapest threat, "
            f"“{labels[cheapest['reply']]}”, comes at {price}."
        )
    if any(c["credible"] for c in cells) and any(not c["credible"] for c in cells):
        found.append(f"Not credible: {_quoted(labels[c['reply']] for c in cells if not c['credible'])}.")
    found.append(_deterring(deterrence, rows, labels))
    if deterrence["unanswered"]:
        found.append(f"No answer comes to {_quoted(m['label'] for m in deterrence['unanswered'])}.")
    return [" ".join(found), *_waverers(answer)]


def _deterring(deterrence: dict[str, Any], rows: dict[str, list[dict[str, Any]]], labels: dict[str, str]) -> str:
    """Which replies deter; by crossing, where they differ."""
    deters = {move: tuple(labels[c["reply"]] for c in cells if c["deters"]) for move, cells in rows.items()}
    if not any(deters.values()):
        cells = rows[deterrence["crossing"]]
        enough = [labels[c["reply"]] for c in cells if c["sufficient"]]
        if not enough:
            return "No threat is sufficient at the reference."
        gains = [labels[c["reply"]] for c in cells if c["sufficient"] and not c["assured"]]
        spared = f"; worth carrying out even below the line: {_quoted(gains)}" if gains else ""
        return f"No threat deters; sufficient if carried out: {_quoted(enough)}{spared}."
    if len(set(deters.values())) == 1:
        return f"Deters: {_quoted(deters[deterrence['crossing']])}."
    crossings = {m["move"]: m["label"] for m in deterrence["moves"]}
    groups: dict[tuple[str, ...], list[str]] = {}
    for move, found in deters.items():
        groups.setdefault(found, []).append(crossings[move])
    parts = (f"{_quoted(found) if found else 'nothing'} from {_quoted(of)}" for found, of in groups.items())
    return f"Deters: {'; '.join(parts)}."


def _quoted(labels: Iterable[str]) -> str:
    return ", ".join(f"“{label}”" for label in labels)


def _own(cost: dict[str, float]) -> str:
    if abs(cost["percent"]) < NOTHING:
        return "at no own cost"
    word = "cost" if cost["billion"] < 0 else "gain"
    return f"at an own {word} of {amount(abs(cost['percent']))} % ({amount(abs(cost['billion']))} bn USD a year)"


def _waverers(answer: dict[str, Any]) -> list[str]:
    deterrence = answer["deterrence"]
    partners = deterrence["partners"]
    if not partners:
        return []
    joined, apart = (
        " and ".join(f"{p['label']} ({_cost(p['cost'])})" for p in partners if p["joins"] == joins)
        for joins in (True, False)
    )
    reply = next(r["label"] for r in deterrence["replies"] if r["move"] == partners[0]["reply"])
    asked = [p["joins"] for p in partners]
    given = ", each asked after those before it joined" if False in asked[:-1] else ""
    words = f"be joined by {joined}" + (f", not by {apart}" if apart else "") if joined else f"not be joined by {apart}"
    found = f"“{reply}” would {words}{given}."
    losing = [w for w in deterrence["waverers"] if w["cost_percent"] < -NOTHING][:2]
    hardest = ", ".join(f"{w['who']} {signed(w['cost_percent'])} %" for w in losing)
    return [f"{found} Joining costs most: {hardest.replace('-', '')}." if losing else found]


def _cost(cost: dict[str, float]) -> str:
    word = "at" if cost["billion"] <= 0 else "gaining"
    return f"{word} {amount(abs(cost['percent']))} %, {amount(abs(cost['billion']))} bn"


# ---- What flips it ---------------------------------------------------------------------------------------------------


def flip_sentences(answer: dict[str, Any]) -> list[str]:
    """The three assumptions that flip the answer, with the switching values; what comes nearest, where fewer do."""
    if answer["focus"] is None:
        return []
    found = []
    moving = [s for s in answer["sensitivity"] if s.get("at") is not None]
    for entry in moving[:MOST_NAMED]:
        side = "above" if entry["at"] > entry["value"] else "below"
        span = f"now {entry['value']:.3g}; {entry['low']:.3g} to {entry['high']:.3g}"
        line = "" if not entry["flips"] else ", across the line" if entry["crosses"] else ", below the line"
        move = _move(entry["to"], entry["to_label"])
        value = with_unit(entry, entry["at"]).replace("% of income", "%").replace("%, once", "% once")
        found.append(f"“{entry['label']}” {side} {value} ({span}): {move}{line}.")
    if len(found) < MOST_NAMED:
        other = "other " if found else ""
        found.append(f"No {other}number{_tried(answer)}, taken alone, changes the move within its range.")
    left = len(moving) - MOST_NAMED
    if left > 0:
        found[-1] += f" {left} more in the report."
    return found
