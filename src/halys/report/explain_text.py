"""Explanations as text for the terminal."""

from __future__ import annotations

import textwrap
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from halys.report.text import CLOSURE_WORDS, billions, percent

_HISTORIES = 12

_Record = Mapping[str, Any]


def render_values(known: Mapping[str, Sequence[str]], width: int) -> str:
    """What can be explained."""
    actors, histories = known["actors"], known["histories"]
    example = f"{actors[0]}@{'played' if known['named'] else histories[-1]}"
    lines = [
        *_wrapped(f"Real income: ACTOR@HISTORY, such as {example}.", width),
        *_wrapped(f"Actors: {', '.join(actors)}; or the code of an economy or group.", width, 2),
        *_wrapped("Histories: the moves that tell one apart are enough.", width, 2),
        *(f"    {history}" for history in [*known["named"], *histories[:_HISTORIES]]),
        *([f"    and {len(histories) - _HISTORIES} more"] if len(histories) > _HISTORIES else []),
    ]
    for title, key in (
        ("Payoffs, each @HISTORY", "payoffs"),
        ("Lines", "lines"),
        ("Named numbers", "assumptions"),
        ("Numbers", "numbers"),
    ):
        if known[key]:
            lines += ["", f"{title}:", *(f"  {name}" for name in known[key])]
    return "\n".join(lines)


def render_explanation(record: _Record, width: int) -> str:
    """One explanation."""
    lines = [*_wrapped(_headline(record), width)]
    if "history" in record:
        lines += _wrapped(record["history"]["label"], width, 2)
    for equation in record["equations"]:
        lines += ["", *_wrapped(equation["symbols"], width, 2), *_wrapped(equation["words"], width, 2)]
    lines += ["", *_PARTS[record["kind"]](record, width)]
    if record["sources"]:
        lines += ["", "Sources"]
    for source in record["sources"]:
        text = f"{source['id']}: {source['title']}. {source['publisher']}, {source['date']}. {source.get('url', '')}"
        lines += _wrapped(text.strip(), width, 2)
    for note in record["notes"]:
        lines += ["", *_wrapped(note.strip(), width)]
    return "\n".join(lines)


def _wrapped(text: str, width: int, indent: int = 0) -> list[str]:
    first, rest = " " * indent, " " * (indent + 2)
    return textwrap.wrap(text, width, initial_indent=first, subsequent_indent=rest)


def _headline(record: _Record) -> str:
    number = record["number"]
    if record["kind"] == "number":
        return f"{record['title']}: {_range(number)}"
    if number is None:
        return str(record["title"])
    money = "" if number["billion"] is None else f", {billions(number['billion'])} billion USD a year"
    return f"{record['title']}: {percent(number['percent'])} %{money}"


def _range(q: _Record) -> str:
    unit = f" ({q['unit']})" if q.get("unit") else ""
    if q.get("low") is None or q.get("high") is None:
        return f"{q['value']:g}{unit}"
    spread = f", {q['distribution']}" if q.get("distribution") else ""
    return f"{q['value']:g}{unit}, from {q['low']:g} to {q['high']:g}{spread}"


def _real_income(record: _Record, width: int) -> Iterator[str]:
    yield "Inputs: W, I and EV in billion USD a year"
    for row in record["inputs"]:
        yield f"  {row['code']}  W = {row['W']:.6f}   I = {row['I']:>11,.1f}   EV = {row['EV']:+,.2f}"
    if record["more"]:
        yield f"  and {record['more']} more economies"
    yield ""
    yield "Why, to first order"
    for term in record["terms"]:
        if abs(term["percent"]) >= 0.0005 or abs(term["billion"]) >= 0.05:
            yield f"  {term['label']:<30}{percent(term['percent']):>8} %{billions(term['billion']):>10} bn"
    yield ""
    yield "Measures of this history"
    for m in record["measures"]:
        on = "; ".join(m["on"][:2]) + ("; …" if len(m["on"]) > 2 else "")
        source = f"; assumption {m['assumption']}" if m["assumption"] else ""
        source += f"; source {m['source']}" if m["source"] else ""
        yield from _wrapped(f"{m['programme']}: {m['instrument']} ({on}), {m['field']} {_range(m)}{source}", width, 2)
    solver = record["solver"]
    yield ""
    yield from _wrapped(
        f"Solved on world {solver['world']}, {solver['horizon']}, {CLOSURE_WORDS[solver['closure']]}; "
        f"{solver['steps']} steps, largest residual {solver['largest_residual']:.1e}.",
        width,
    )
    for run, cell in (record["runs"] or {}).items():
        if cell is not None:
            span = f"{percent(cell['low'])} to {percent(cell['high'])} over the range of θ"
            yield from _wrapped(f"In the {run} run: {percent(cell['percent'])} %; {span}.", width)
    others = [c for c in record["closures"][1:] if c["percent"] is not None]
    for other in others:
        yield from _wrapped(f"The same, {CLOSURE_WORDS[other['closure']]}: {percent(other['percent'])} %.", width)


def _payoff(record: _Record, width: int) -> Iterator[str]:
    yield f"  real income {percent(record['welfare']):>24} %"
    for stake in record["stakes"]:
        yield from _wrapped(
            f"{stake['label']}: v = {stake['value']:.4g} ({stake['low']:.4g} to {stake['high']:.4g}) times "
            f"e = {stake['exposure']:+.4g} adds {percent(stake['adds'])} %; source {stake['source']}",
            width,
            2,
        )
        if stake["accrual"] == "once":
            yield from _wrapped(f"once: V = {stake['written']:g}, {_discounting(record)}", width, 6)
        if stake["by_outcome"]:
            yield from _wrapped(f"exposure by the loss of {stake['by_outcome']}", width, 6)
        for term in stake["terms"]:
            yield from _wrapped(f"{term['path']}: {term['value']:+g}", width, 6)


def _discounting(record: _Record) -> str:
    found = record["discounting"]
    return f"r = {found['rate']:g}, T = {found['years']:g}"


def _line(record: _Record, width: int) -> Iterator[str]:
    stake = record["stake"]
    yield from _wrapped(
        f"In % of its income a year: {stake['value']:.4g} at the reference, from {stake['low']:.4g} to "
        f"{stake['high']:.4g}; source {stake['source']}",
        width,
        2,
    )
    if record["discounting"]:
        yield from _wrapped(f"It accrues once: {_discounting(record)}.", width, 2)
    if not record["breaks"]:
        yield "  No value of it changes the play."
    for found in record["breaks"]:
        where = "" if found["within"] else " (outside its range)"
        once = f", once {found['at_once']:.4g} %" if found["at_once"] is not None else ""
        yield ""
        yield from _wrapped(
            f"At {found['at']:.4g} % a year ({found['at_billion']:,.2f} billion USD){once}{where}: from "
            f"{found['from_label']!r} to {found['to_label']!r}",
            width,
        )
        if found["indifferent"] is None:
            continue
        yield from _wrapped(f"There {found['indifferent']['actor_label']} is indifferent between", width, 2)
        for end in found["indifferent"]["between"]:
            parts = f"{end['welfare']:+.5f} from real income, exposure {end['exposure']:+g}"
            yield from _wrapped(f"{end['history']}: U = {end['payoff']:+.5f} % ({parts})", width, 4)


def _number(record: _Record, width: int) -> Iterator[str]:
    yield "Used at" if record["uses"] else "No number uses it: what was set takes its place."
    for use in record["uses"][:12]:
        yield f"  {use}"
    if len(record["uses"]) > 12:
        yield f"  and {len(record['uses']) - 12} more places"
    if record["histories"]:
        yield from _wrapped(f"Histories that it changes: {len(record['histories'])}.", width)
    switch = record["switch"]
    if switch is None:
        return
    if switch["at"] is None:
        yield from _wrapped("No value in its range changes the answer.", width)
        return
    exact = "" if switch["exact"] else ", bracketed by solving"
    yield from _wrapped(f"The answer becomes {switch['to_label'] or switch['to']!r} at {switch['at']:g}{exact}.", width)


_PARTS: dict[str, Callable[[_Record, int], Iterator[str]]] = {
    "real income": _real_income,
    "payoff": _payoff,
    "line": _line,
    "number": _number,
}
