"""What differs between two runs, or between two histories of one run, as plain data and as text."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import xarray as xr

from halys.answer.results import NOTHING, describe_history
from halys.report.economy_view import TERMS
from halys.report.histories import at_history, find_history, named_histories
from halys.report.text import CLOSURE_WORDS, Block, billions, percent, render_tables
from halys.scenario import Scenario
from halys.scenario.document import parse_document
from halys.scenario.places import is_number
from halys.scenario.validation import path_text

_TOP = 5
_SHOWN = 8
_ALL = 10**6
_ROWS = 4  # of one history
_LINES = 33  # before the table of who pays and in it, so that all is 40 with headings and what is in one alone
_WORDS = frozenset(("title", "question", "label", "summary", "mapping", "limits", "note", "notes", "sources", "source"))

Opened = tuple[Scenario, Mapping[str, Any]]


# Two runs ---------------------------------------------------------------------------------------------------------


def compare_runs(first: Opened, second: Opened, names: tuple[str, str] = ("A", "B")) -> dict[str, Any]:
    """Differences of two runs: what they rest on, numbers, the answer, and who pays in histories that both have.

    Args:
        first, second: scenario and summary of each. Changes are second less first.
    """
    a, b = first[1], second[1]
    entries = [{h["id"]: h["closures"][s["closures"][0]] for h in s["histories"]} for s in (a, b)]
    shared = [history for history in entries[0] if history in entries[1]]
    numbers, others = _places(first[0], second[0])
    return {
        "runs": [
            {"name": name, "scenario": s["scenario"]["id"], "title": s["scenario"]["title"], "hash": s["hash"]}
            for name, s in zip(names, (a, b), strict=True)
        ],
        "identical": a["hash"] == b["hash"],
        "rests_on": list(_frames(a, b)),
        "numbers": numbers,
        "other_places": others,
        "answer": _answers(a, b),
        "who_pays": [row for h in shared for row in _payers(h, entries[0][h], entries[1][h])],
        "named": _named(a, b, shared),
        "shared_histories": len(shared),
        "only_first": [history for history in entries[0] if history not in entries[1]],
        "only_second": [history for history in entries[1] if history not in entries[0]],
        "units": dict(a["units"]),
    }


def _named(a: Mapping[str, Any], b: Mapping[str, Any], shared: Sequence[str]) -> list[dict[str, str]]:
    """What is played and the threat of each run, among the histories that both have."""
    found = []
    for role in ("played", "threat"):
        first, second = (named_histories(s.get("answer")).get(role) for s in (a, b))
        same = first == second
        pairs = ((role if same else f"{role} in A", first), (role if same else f"{role} in B", second))
        found += [{"name": name, "history": h} for name, h in dict(pairs).items() if h is not None and h in shared]
    return found


def _frames(a: Mapping[str, Any], b: Mapping[str, Any]) -> Iterator[dict[str, str]]:
    """World, elasticities, closures and the version, where they differ."""
    for what, own in (
        ("scenario", lambda s: s["scenario"]["id"]),
        ("world", lambda s: f"{s['world']['id']} ({s['world']['hash'][:8]})"),
        ("horizon", lambda s: s["horizon"]),
        ("closures", lambda s: ", ".join(s["closures"])),
        ("version", lambda s: s["halys"]),
    ):
        if own(a) != own(b):
            yield {"what": what, "first": str(own(a)), "second": str(own(b))}


def _leaves(value: Any, at: tuple[str | int, ...] = ()) -> Iterator[tuple[tuple[str | int, ...], Any]]:
    if isinstance(value, dict | list) and value:
        for key, entry in value.items() if isinstance(value, dict) else enumerate(value):
            yield from _leaves(entry, (*at, key))
    else:
        yield at, value


def _data(scenario: Scenario) -> dict[str, Any]:
    return dict(_leaves(parse_document(scenario.text, scenario.name).data))  # type: ignore[arg-type]


def _places(first: Scenario, second: Scenario) -> tuple[list[dict[str, Any]], list[str]]:
    """Numbers of the files that differ, by place, and other places of the same scenario that do.

    A number that only one file has is None in the other, and left out for unlike scenarios. Of other places, words that
    only describe are left out.
    """
    a, b, alike = _data(first), _data(second), first.id == second.id
    numbers, others = [], []
    for path in dict.fromkeys((*a, *b)):
        x, y = a.get(path), b.get(path)
        if x == y:
            continue
        if (is_number(x) or is_number(y)) and all(v is None or is_number(v) for v in (x, y)):
            if alike or None not in (x, y):
                numbers.append({"path": path_text(path), "first": x, "second": y})
        elif alike and not any(item in _WORDS for item in path):
            others.append(path_text(path))
    return numbers, others


def _answers(a: Mapping[str, Any], b: Mapping[str, Any]) -> dict[str, Any] | None:
    """What is played in each, and where the lines lie; None where a run has no answer."""
    x, y = a.get("answer"), b.get("answer")
    if not x or not y:
        return None
    lines = []
    own = {line["stake"]: line for line in y["lines"]}
    for line in x["lines"]:
        if line["stake"] in own:
            ends = [[found["at"] for found in entry["breaks"]] for entry in (line, own[line["stake"]])]
            same = len(ends[0]) == len(ends[1]) and np.allclose(ends[0], ends[1], rtol=1e-6)
            entry = {"stake": line["stake"], "label": line["label"], "first": ends[0], "second": ends[1]}
            lines.append({**entry, "same": bool(same)})
    played = [{"history": s["played"]["history"], "label": s["played"]["label"]} for s in (x, y)]
    return {
        "first": {**played[0], "sentence": x["sentence"]},
        "second": {**played[1], "sentence": y["sentence"]},
        "same_history": played[0]["history"] == played[1]["history"],
        "lines": lines,
    }


def _payers(history: str, first: Mapping[str, Any], second: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """Actors and the world in a history, from its entries under the first closure of each run."""
    for kind in ("actor", "world"):
        there = {row["who"]: row for row in second[kind]}
        for row in first[kind]:
            other = there.get(row["who"])
            if other is not None:
                yield {
                    "history": history,
                    "who": row["who"],
                    "label": row["label"],
                    "first": {"percent": row["percent"], "billion": row["billion_usd"]},
                    "second": {"percent": other["percent"], "billion": other["billion_usd"]},
                    "change": {
                        "percent": other["percent"] - row["percent"],
                        "billion": other["billion_usd"] - row["billion_usd"],
                    },
                }


# Two histories ----------------------------------------------------------------------------------------------------


def compare_histories(
    scenario: Scenario, results: xr.Dataset, first: str, second: str, answer: Mapping[str, Any] | None = None
) -> dict[str, Any]:
    """The second history less the first: actors with the reasons, the world, and the economies that differ most.

    Raises:
        UnknownNameError: no such history. InputError: one without an equilibrium.
    """
    ids = [h.id for h in scenario.histories]
    chosen = [find_history(ids, name, answer) for name in (first, second)]
    a, b = (at_history(results, history) for history in chosen)
    codes, names = [str(c) for c in a["economy"].values], a["economy_name"].values
    income = a["final_spending_baseline"].values
    change = b["equivalent_variation"].values - a["equivalent_variation"].values
    terms = [data["decomposition"].transpose("term", "economy").values * income for data in (a, b)]
    why = terms[1] - terms[0]
    masks = {name: np.isin(codes, members) for name, members in scenario.actor_economies.items()}

    def row(who: str, label: str, mask: Any) -> dict[str, Any]:
        amount, size = float(change[mask].sum()), float(income[mask].sum())
        reasons = {TERMS[str(t)]: float(x[mask].sum()) for t, x in zip(a["term"].values, why, strict=True)}
        return {"who": who, "label": label, "percent": 100.0 * amount / size, "billion": amount, "why": reasons}

    actors = [row(name, scenario.file.actors[name].label, mask) for name, mask in masks.items()]
    single = [
        {"who": codes[j], "label": str(names[j]), "percent": float(100.0 * change[j] / income[j]),
         "billion": float(change[j])}
        for j in range(len(codes))
    ]  # fmt: skip
    return {
        "histories": [{"id": h, "label": describe_history(scenario, scenario.history(h))} for h in chosen],
        "same_equilibrium": bool(np.abs(change).max() < NOTHING),
        "closure": str(results["closure"].values[0]),
        "rows": [*actors, row("world", "World", np.ones(len(codes), dtype=bool))],
        "economies": sorted(single, key=lambda r: float(r["percent"])),
        "doubtful": list(scenario.world.doubtful),
    }


# Text -------------------------------------------------------------------------------------------------------------


def render_runs(record: Mapping[str, Any], width: int, everything: bool = False) -> str:
    """Differences of two runs; at most 40 lines unless everything is asked for."""
    most = _ALL if everything else _SHOWN
    a, b = record["runs"]
    lines = [f"A  {a['name']}: {a['title']}", f"B  {b['name']}: {b['title']}"]
    if record["identical"]:
        return "\n".join([*lines, "", "The two runs are the same: scenario, world and code agree."])
    for frame in record["rests_on"]:
        lines += textwrap.wrap(f"{frame['what']}: {frame['first']} | {frame['second']}", width, subsequent_indent="  ")
    lines += _section("Numbers that differ (A, B)", list(map(_number_line, record["numbers"])), most)
    lines += _section("Other places that differ", record["other_places"], most)
    if record["answer"] is not None:
        lines += _answer_lines(record["answer"], width)
    lines += _changes(record, width, _ALL if everything else max(_LINES - len(lines), 8))
    for name, own in (("A", "only_first"), ("B", "only_second")):
        lines += _section(f"Histories of {name} alone", record[own], 4 if not everything else most)
    return "\n".join(lines)


def _number_line(row: Mapping[str, Any]) -> str:
    values = ["none" if row[key] is None else f"{row[key]:g}" for key in ("first", "second")]
    return f"{row['path']}: {values[0]}, {values[1]}"


def _section(title: str, rows: Sequence[str], most: int) -> list[str]:
    if not rows:
        return []
    more = [f"  and {len(rows) - most} more; --all shows them"] if len(rows) > most else []
    return ["", f"{title}:", *(f"  {row}" for row in rows[:most]), *more]


def _answer_lines(answer: Mapping[str, Any], width: int) -> list[str]:
    first, second = answer["first"], answer["second"]
    lines = ["", "Played:"]
    if answer["same_history"]:
        lines += textwrap.wrap(f"in both: {first['label']}", width, initial_indent="  ", subsequent_indent="    ")
    else:
        for name, entry in (("A", first), ("B", second)):
            text = f"{name}  {entry['label']}"
            lines += textwrap.wrap(text, width, initial_indent="  ", subsequent_indent="     ")
    moved = [line for line in answer["lines"] if not line["same"]]
    if moved:
        lines += ["", "Lines, % of income a year (A, B):"]
    for line in moved[:_SHOWN]:
        ends = [", ".join(f"{at:.4g}" for at in line[key]) or "none" for key in ("first", "second")]
        lines += textwrap.wrap(f"{line['label']}: {ends[0]} | {ends[1]}", width, initial_indent="  ")
    return lines


def _changes(record: Mapping[str, Any], width: int, most: int) -> list[str]:
    """Who pays, in at most so many lines: the histories that the answers name, then those that changed most.

    Histories in which all changes print alike stand for one another.
    """
    moved = [row for row in record["who_pays"] if abs(row["change"]["percent"]) > NOTHING]
    if not record["shared_histories"]:
        return ["", "No history is in both."]
    if not moved:
        return ["", f"Who pays is the same in the {record['shared_histories']} histories that both have."]
    groups: dict[str, list[Mapping[str, Any]]] = {}
    for row in sorted(moved, key=lambda row: -abs(float(row["change"]["percent"]))):
        groups.setdefault(row["history"], []).append(row)
    names = {entry["history"]: entry["name"] for entry in reversed(record["named"])}
    order = [*(e["history"] for e in record["named"] if e["history"] in groups), *groups]
    alike: dict[Any, list[str]] = {}
    for history in dict.fromkeys(order):
        rows = groups[history]
        same_text = frozenset((r["who"], percent(r["change"]["percent"])) for r in rows)
        alike.setdefault(history if most == _ALL else same_text, []).append(history)
    texts = [[_pair(r[key]) for r in moved] for key in ("first", "second", "change")]
    room = max(width - sum(3 + Block("", ("%", "bn"), tuple(rows)).width for rows in texts), 20)
    table: list[tuple[str, Mapping[str, Any] | None]] = []
    shown = 0
    for history, *same in alike.values():
        what = "; ".join(filter(None, (names.get(history), _moves_apart(history, record))))
        what += f" (and {len(same)} more histories with the same changes)" if same else ""
        heads = textwrap.wrap(what.replace("/", "/ "), room, subsequent_indent="  ", break_on_hyphens=False)
        rows = groups[history][: _ROWS if most < _ALL else None]
        if table and len(table) + len(heads) + len(rows) > most:
            break
        table += [(head.replace("/ ", "/"), None) for head in heads]
        table += [("  " + str(row["label"])[: room - 2], row) for row in rows]
        shown += 1
    cells = [
        Block(name, ("%", "bn"), tuple(("", "") if r is None else _pair(r[key]) for _, r in table))
        for name, key in (("A", "first"), ("B", "second"), ("B - A", "change"))
    ]
    label = Block("", ("who pays",), tuple((words,) for words, _ in table), words=True)
    more = len(alike) - shown
    base = " by the moves that differ from those played" if any(n.startswith("played") for n in names.values()) else ""
    heading = textwrap.wrap(f"Who pays, B minus A, largest changes; histories{base}:", width)
    tail = [f"and {more} more with other changes; --all shows them"] if more > 0 else []
    return ["", *heading, *render_tables(label, cells, width).splitlines(), *tail]


def _pair(entry: Mapping[str, float]) -> tuple[str, str]:
    return percent(entry["percent"]), billions(entry["billion"])


def _moves_apart(history: str, record: Mapping[str, Any]) -> str:
    """The moves of a history that are not those of the one played; nothing for that one."""
    played = [e["history"] for e in record["named"] if e["name"].startswith("played")]
    common = set(played[0].split("/")) if played else set()
    return "/".join(move for move in history.split("/") if move not in common)


def render_histories(record: Mapping[str, Any], width: int, everything: bool = False) -> str:
    """The difference of two histories; at most 40 lines unless everything is asked for."""
    lines = []
    for name, history in zip("AB", record["histories"], strict=True):
        lines += textwrap.wrap(f"{name}  {history['label']}", width, subsequent_indent="   ")
    text = f"B minus A: change of real income, % of baseline final spending and billion USD a year; " \
           f"{CLOSURE_WORDS[record['closure']]}."  # fmt: skip
    lines += ["", *textwrap.wrap(text, width)]
    if record["same_equilibrium"]:
        return "\n".join([*lines, "", "Both lead to the same equilibrium: nothing differs."])
    rows = record["rows"]
    label = Block("", ("",), tuple((r["label"],) for r in rows), words=True)
    cells = tuple((percent(r["percent"]), billions(r["billion"]), _reason(r["why"])) for r in rows)
    lines += ["", *render_tables(label, [Block("", ("%", "bn", "mostly"), cells)], width).splitlines()[1:]]
    ranked = [r for r in record["economies"] if r["who"] not in record["doubtful"]]
    count = len(ranked) if everything else _TOP
    for title, part in (("Lose most", ranked[:count]), ("Gain most", ranked[::-1][:count])):
        kept = [r for r in part if (r["percent"] < -NOTHING if title == "Lose most" else r["percent"] > NOTHING)]
        if kept:
            label = Block("", ("code", "name"), tuple((r["who"], r["label"]) for r in kept), words=True)
            money = tuple((percent(r["percent"]), billions(r["billion"])) for r in kept)
            table = render_tables(label, [Block("", ("%", "bn"), money)], width).splitlines()[1:]
            lines += ["", f"{title} in B against A:", *table]
    return "\n".join(lines)


def _reason(why: Mapping[str, float]) -> str:
    """The largest term, with its money."""
    name, amount = max(why.items(), key=lambda pair: abs(pair[1]))
    return f"{name} {billions(amount)}" if abs(amount) > NOTHING else ""
