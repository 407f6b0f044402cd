"""Where a number of a run comes from: its equation, its inputs, the measures and sources behind it.

What can be explained is named as in `china@HISTORY` (the change of real income of an actor, an economy or a group),
`payoff.china@HISTORY`, `line.STAKE`, `assumption.ID`, or by the place of a number in the scenario.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import numpy as np
import xarray as xr

from halys.answer.payoffs import Payoffs
from halys.answer.position import Position, find_position
from halys.answer.results import describe_history
from halys.errors import InputError, UnknownNameError, nearest
from halys.measures import Instrument, Quantity, as_quantity, value_of
from halys.report.economy_view import TERMS, select_economies
from halys.report.histories import at_history, find_history, named_histories
from halys.scenario import History, Scenario, all_numbers, numbers
from halys.scenario.validation import path_text
from halys.strategy import solve_play

_MEMBERS = 5

REAL_INCOME = {
    "symbols": "EV = sum over its economies j of (W_j - 1) I_j;  percent = 100 EV / sum of I_j",
    "words": "The change of real income at baseline prices: W is real income (final spending over its price) new over "
    "baseline, I is baseline final spending.",
}
PAYOFF = {
    "symbols": "U = DW + sum over its stakes k of v_k e_k",
    "words": "The payoff in per cent of the actor's own baseline final spending a year: the change of real income, and "
    "for each stake its yearly value v times the exposure e of the history, from -1 to 1.",
}
ONCE = {
    "symbols": "v = V r / (1 - (1 + r)^-T)",
    "words": "A stake V that accrues once becomes a yearly one: r is the discount rate, T the years.",
}
LINE = {
    "symbols": "U(one history; s) = U(other history; s)",
    "words": "The value s of the stake at which its owner is indifferent between two ways on; every payoff is linear "
    "in s, the other stakes being at their reference values, so that the value is exact.",
}


def list_values(scenario: Scenario, summary: Mapping[str, Any]) -> dict[str, list[str]]:
    """What can be explained, by kind."""
    solved = [h["id"] for h in summary["histories"] if any(e["actor"] for e in h["closures"].values())]
    answer = summary.get("answer")
    listed = (answer or {}).get("lines", [])
    return {
        "actors": [*scenario.file.actors, "world"],
        "named": [f"{name}: {history}" for name, history in named_histories(answer).items()],
        "histories": solved,
        "payoffs": [f"payoff.{actor}" for actor in scenario.file.actors] if scenario.file.stages else [],
        "lines": [f"line.{line['stake']}" for line in listed],
        "assumptions": [f"assumption.{name}" for name in scenario.file.assumptions],
        "numbers": [path_text(path) for path, _ in all_numbers(scenario.file)],
    }


def explain_value(scenario: Scenario, results: xr.Dataset, summary: Mapping[str, Any], value: str) -> dict[str, Any]:
    """The explanation of one number, as plain data.

    Raises:
        UnknownNameError: nothing of this name, with the nearest. InputError: a history without an equilibrium.
    """
    name, at, history = value.partition("@")
    kind, _, rest = name.partition(".")
    if at:
        chosen = find_history([h.id for h in scenario.histories], history, summary.get("answer"))
        if kind == "payoff" and rest:
            return _payoff(scenario, results, rest, chosen)
        return {**_real_income(scenario, results, name, chosen), "runs": _runs(summary, name, chosen)}
    if kind in ("line", "threshold") and rest:
        return _line(scenario, results, summary, rest)
    number = _number(scenario, summary, rest if kind in ("assumption", "assumptions") and rest else value)
    if number is not None:
        return number
    raise UnknownNameError(_unknown(scenario, summary, value))


def _unknown(scenario: Scenario, summary: Mapping[str, Any], value: str) -> str:
    known = list_values(scenario, summary)
    if value in known["actors"] or value in known["payoffs"] or value in scenario.world.economies:
        return f"{value!r} needs a history: {value}@{known['histories'][0]}."
    names = [*known["lines"], *known["assumptions"], *known["numbers"]]
    near = nearest(value, names)
    hint = f" Nearest: {', '.join(near)}." if near else ""
    return (
        f"{value!r} is nothing that can be explained.{hint} "
        "Write ACTOR@HISTORY, payoff.ACTOR@HISTORY, line.STAKE or assumption.ID; without a value all are listed."
    )


# Real income ------------------------------------------------------------------------------------------------------


def _real_income(scenario: Scenario, results: xr.Dataset, who: str, history: str) -> dict[str, Any]:
    members, label = select_economies(scenario, "all" if who == "world" else who)
    data = at_history(results, history)
    own = scenario.history(history)
    codes = [str(code) for code in data["economy"].values]
    at = [codes.index(code) for code in members]
    income, change = data["final_spending_baseline"].values[at], data["equivalent_variation"].values[at]
    welfare = data["real_income"].values[at]
    order = sorted(range(len(at)), key=lambda n: -abs(float(change[n])))
    size, total = float(income.sum()), float(change.sum())
    terms = (data["decomposition"].transpose("term", "economy").values[:, at] * income).sum(axis=1)
    return {
        "value": f"{who}@{history}",
        "kind": "real income",
        "title": f"Change of real income of {label}",
        "history": {"id": history, "label": describe_history(scenario, own)},
        "number": {"percent": 100.0 * total / size, "billion": total},
        "equations": [REAL_INCOME],
        "inputs": [
            {"code": members[n], "W": float(welfare[n]), "I": float(income[n]), "EV": float(change[n])}
            for n in order[:_MEMBERS]
        ],
        "more": max(len(members) - _MEMBERS, 0),
        "terms": [
            {"label": TERMS[str(term)], "percent": 100.0 * float(x) / size, "billion": float(x)}
            for term, x in zip(data["term"].values, terms, strict=True)
        ],
        "closures": _closures(results, history, at),
        "measures": _measures(own),
        "solver": _solver(results, data),
        "sources": _sources(scenario, own),
        "notes": [scenario.world.note] if scenario.world.note else [],
    }


def _runs(summary: Mapping[str, Any], who: str, history: str) -> dict[str, Any] | None:
    """The same number in the long and in the short run over θ, where the run has solved it."""
    given = summary["horizons"]
    for n, entry in enumerate(given["histories"]):
        for row in given["rows"]:
            if entry["history"] == history and row["who"] == who:
                found: dict[str, Any] = row["values"][n]
                return found
    return None


def _closures(results: xr.Dataset, history: str, at: list[int]) -> list[dict[str, Any]]:
    """The same number under every closure of the run."""
    own = results["equilibrium_of"].sel(history=history).item()
    found = []
    for closure in results["closure"].values:
        there = results.sel(closure=closure)
        change = there["equivalent_variation"].sel(equilibrium=own).values[at]
        percent = 100.0 * float(change.sum()) / float(there["final_spending_baseline"].values[at].sum())
        found.append({"closure": str(closure), "percent": None if np.isnan(percent) else percent})
    return found


def _solver(results: xr.Dataset, data: xr.Dataset) -> dict[str, Any]:
    return {
        "closure": str(results["closure"].values[0]),
        "horizon": str(results.attrs["horizon"]),
        "world": str(results.attrs["world"]),
        "largest_residual": float(data["largest_residual"]),
        "steps": int(data["steps"]),
    }


def _measures(history: History) -> list[dict[str, Any]]:
    """The measures of a history, each with its numbers; the same numbers of one programme stand together."""
    found: dict[tuple[str, str], dict[str, Any]] = {}
    for placed in history.measures:
        for field, number in numbers(placed.measure):
            q = as_quantity(number)
            entry = {"programme": placed.programme, "field": field, "path": path_text((*placed.path, field))}
            entry |= q.model_dump()
            key = placed.programme, repr((placed.measure.kind, field, q))
            found.setdefault(key, {**entry, "instrument": placed.measure.kind, "on": []})
            found[key]["on"].append(_trade(placed.measure))
    return list(found.values())


def _trade(measure: Instrument) -> str:
    """Whom a measure is between, and in what."""
    origin, target = measure.parties
    industries = getattr(measure, "industries", None)
    to = _names(target, "economies")
    pair = to if origin is None else f"{_names(origin, 'economies')} to {to}"
    return pair if industries is None else f"{pair}, {_names(industries, 'industries')}"


def _names(names: str | list[str], noun: str) -> str:
    if isinstance(names, str):
        return f"{names} {noun}" if names == "all" else names
    return " ".join(names) if len(names) <= 4 else f"{len(names)} {noun}"


def _sources(scenario: Scenario, history: History) -> list[dict[str, Any]]:
    ids = [n.source for placed in history.measures for _, n in numbers(placed.measure) if isinstance(n, Quantity)]
    return _source_entries(scenario, ids)


def _source_entries(scenario: Scenario, ids: Iterable[str | None]) -> list[dict[str, Any]]:
    known = scenario.file.sources
    return [{"id": i, **known[i].model_dump(exclude_none=True)} for i in dict.fromkeys(ids) if i in known]


# Payoffs and lines ------------------------------------------------------------------------------------------------


def _payoff(scenario: Scenario, results: xr.Dataset, actor: str, history: str) -> dict[str, Any]:
    actors = list(scenario.file.actors)
    if actor not in actors:
        near = nearest(actor, actors)
        hint = f" Nearest: {near[0]!r}." if near else f" It has {', '.join(actors)}."
        raise UnknownNameError(f"{actor!r} is not an actor of the scenario.{hint}")
    position = find_position(scenario, results)
    row = _terminal(position, history)
    own, payoffs = scenario.history(history), position.payoffs
    stakes = [
        _stake_term(scenario, payoffs, own, k, row)
        for k in range(len(position.stakes))
        if payoffs.owner[k] == actors.index(actor)
    ]
    welfare = float(payoffs.welfare[row, actors.index(actor)])
    once = any(stake["accrual"] == "once" for stake in stakes)
    return {
        "value": f"payoff.{actor}@{history}",
        "kind": "payoff",
        "title": f"Payoff of {scenario.file.actors[actor].label}",
        "history": {"id": history, "label": describe_history(scenario, own)},
        "number": {"percent": welfare + sum(stake["adds"] for stake in stakes), "billion": None},
        "equations": [PAYOFF, *([ONCE] if once else [])],
        "welfare": welfare,
        "stakes": stakes,
        "discounting": _discounting(scenario) if once else None,
        "sources": _source_entries(scenario, [s["source"] for s in stakes]),
        "notes": [f"Real income itself: {actor}@{history}."],
    }


def _terminal(position: Position, history: str) -> int:
    if history not in position.tree.terminals:
        raise InputError(f"history {history} has no equilibrium under this closure; it is not part of the game.")
    return position.tree.terminals.index(history)


def _stake_term(scenario: Scenario, payoffs: Payoffs, history: History, k: int, row: int) -> dict[str, Any]:
    name, stake = list(scenario.file.stakes.items())[k]
    value, exposure = float(payoffs.value[k]), float(payoffs.exposure[row, k])
    return {
        "stake": name,
        "label": stake.label,
        "accrual": stake.accrual,
        "value": value,
        "low": float(payoffs.low[k]),
        "high": float(payoffs.high[k]),
        "written": stake.percent_of_income.value,
        "source": stake.percent_of_income.source,
        "exposure": exposure,
        "adds": value * exposure,
        "by_outcome": stake.outcome.loss_of if stake.outcome is not None else None,
        "terms": [
            {"path": path_text(t.path), "value": value_of(t.number)}
            for t in scenario.exposure_terms(history)
            if t.stake == name
        ],
    }


def _discounting(scenario: Scenario) -> dict[str, float]:
    found = scenario.file.discounting
    assert found is not None  # checked when the file was read
    return {"rate": value_of(found.rate), "years": value_of(found.years)}


def _line(scenario: Scenario, results: xr.Dataset, summary: Mapping[str, Any], stake: str) -> dict[str, Any]:
    lines = {line["stake"]: line for line in (summary.get("answer") or {}).get("lines", [])}
    if stake not in lines:
        near = nearest(stake, lines)
        hint = f" Nearest: line.{near[0]}." if near else f" It has {', '.join(f'line.{k}' for k in lines) or 'none'}."
        raise UnknownNameError(f"the run has no line of a stake {stake!r}.{hint}")
    line, position = lines[stake], find_position(scenario, results)
    given = scenario.file.stakes[stake]
    return {
        "value": f"line.{stake}",
        "kind": "line",
        "title": f"Where the play changes in the stake {given.label!r} of {line['actor_label']}",
        "stake": {key: line.get(key) for key in ("stake", "label", "accrual", "low", "value", "high", "source")},
        "number": None,
        "equations": [LINE, *([ONCE] if given.accrual == "once" else [])],
        "breaks": [
            {**found, **_indifference(position, stake, found["at"], line["actor_label"])} for found in line["breaks"]
        ],
        "pieces": line["pieces"],
        "discounting": _discounting(scenario) if given.accrual == "once" else None,
        "sources": _source_entries(scenario, [given.percent_of_income.source]),
        "notes": [text for text in (given.summary, given.limits) if text],
    }


def _indifference(position: Position, stake: str, at: float, label: str) -> dict[str, Any]:
    """Whose choice turns at a value of a stake, and the two histories between which its owner is indifferent there."""
    k = position.stakes.index(stake)
    constant, slope = position.payoffs.along(k)
    step = 1e-6 * max(abs(at), 1.0)  # well beyond what counts as a tie
    below, above = (solve_play(position.tree, constant + s * slope) for s in (at - step, at + step))
    owner = int(position.payoffs.owner[k])
    turned = [
        n for n, node in enumerate(position.tree.nodes) if below.choice[n] != above.choice[n] and node.player == owner
    ]
    if not turned:
        return {"indifferent": None}
    node = turned[-1]  # the last to move: the earlier ones follow it
    ends = [below.outcome[node], above.outcome[node]]
    pairs = [
        {
            "history": position.history(t),
            "welfare": float(position.payoffs.welfare[t, owner]),
            "exposure": float(position.payoffs.exposure[t, k]),
            "payoff": float(constant[t, owner] + at * slope[t, owner]),
        }
        for t in ends
    ]
    return {
        "indifferent": {
            "actor": position.actors[owner],
            "actor_label": label,
            "stage": position.stages[node],
            "between": pairs,
        }
    }


_UNITS = {
    "percent_of_income": "% of its owner's baseline final spending",
    "percent": "% of baseline final spending",
    "years": "years",
}
"""Units of numbers of the scenario for which the file need not write one, by the last key of the place."""


# Numbers of the scenario ------------------------------------------------------------------------------------------


def _number(scenario: Scenario, summary: Mapping[str, Any], name: str) -> dict[str, Any] | None:
    """A named assumption, or the number at a place of the file."""
    file = scenario.file
    listed = [(path_text(path), number) for path, number in all_numbers(file)]
    assumption = file.assumptions.get(name)
    label, note = name, None
    if assumption is not None:
        number: float | Quantity = assumption
        label, note = assumption.label, assumption.note
        uses = [path for path, n in listed if isinstance(n, Quantity) and n.assumption == name]
    else:
        places = [path for path, _ in listed if name in (path, f"{path}.value")]
        if not places:
            return None
        number, uses = dict(listed)[places[0]], places
        if isinstance(number, Quantity) and number.assumption:
            return _number(scenario, summary, number.assumption)
    q = as_quantity(number)
    unit = q.unit or _UNITS.get(uses[0].rpartition(".")[2] if uses else "")
    rows = (summary.get("answer") or {}).get("sensitivity", [])
    row = next((row for row in rows if row["id"] in (name, *uses)), None)
    return {
        "value": f"assumption.{name}" if assumption is not None else uses[0],
        "kind": "number",
        "title": label,
        "number": {**{k: getattr(q, k) for k in ("value", "low", "high", "distribution")}, "unit": unit},
        "equations": [],
        "uses": uses,
        "histories": list(_reached(scenario, uses)),
        "switch": None if row is None else {k: row.get(k) for k in ("at", "to", "to_label", "flips", "exact")},
        "sources": _source_entries(scenario, [q.source]),
        "notes": [*([note] if note else []), *_correlated(scenario, name)],
    }


def _reached(scenario: Scenario, uses: list[str]) -> Iterator[str]:
    """The histories whose equilibria use a number."""
    wanted = {use for use in uses if ".measures[" in use}
    for history in scenario.histories:
        if any(use.startswith("horizon.") for use in uses):
            yield history.id
            continue
        paths = (path_text((*p.path, field)) for p in history.measures for field, _ in numbers(p.measure))
        if not wanted.isdisjoint(paths):
            yield history.id


def _correlated(scenario: Scenario, name: str) -> list[str]:
    """With what else a number is drawn together."""
    return [
        f"Drawn with rank correlation {entry.rank:g} between {' and '.join(entry.between)} ({entry.source})."
        for entry in scenario.file.correlations
        if name in entry.between
    ]
