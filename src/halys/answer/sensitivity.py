"""Which assumptions flip the answer, and at which value.

Every unknown of the scenario (each number with a range) is moved over its range, the others staying at the reference:

- stakes, exposures and discounting need no new equilibrium. Where payoffs are lines in the unknown the switching value
  is exact; else it is bracketed to machine precision;
- measures and elasticities are solved again at both ends of the range, and ΔW follows the parabola through both ends
  and the value. The switching values that the answer names are solved again until they stand still.

For measures and elasticities the play is followed among the histories that decide: what follows each focal move, and
each deviation from that by one step. An unknown that is part of what follows some focal move is solved first there; of
the deviations only those follow that it could make worthwhile, being less far behind than a multiple of what it shifts.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from halys.answer.payoffs import make_payoffs, prune
from halys.answer.position import Position
from halys.answer.study import Study
from halys.errors import HalysError
from halys.scenario import History, Scenario
from halys.scenario.unknowns import Unknown

Array = NDArray[np.float64]
Mask = NDArray[np.bool_]
Solved = Array | HalysError
Evaluate = Callable[[Sequence[tuple[Scenario, int]]], list[Solved]]
"""From scenarios and positions of histories in them to ΔW (actor,) in %, or why there is none."""

NAMED = 3  # switching values that are solved again
_ROUNDS = 3
_STILL = 1e-3  # of the range
_STRAIGHT = 1e-12  # % of income: payoffs that bend less are lines
_SAFE = 4.0  # a deviation that is behind by more than so many times the shift of its player's payoffs stays behind


def study_unknowns(position: Position, evaluate: Evaluate) -> list[dict[str, Any]]:
    """Every unknown with a range: its switching value nearest to the reference, and what it does to the answer.

    Those that flip whether the line is crossed come first, then those that change the move, each by how little of the
    range it takes; then the others by how far they move the lead of the move played.
    """
    if position.focal_node is None:
        return []
    unknowns = [u for u in position.scenario.unknowns if u.quantity.low is not None and u.quantity.high is not None]
    unknowns = [u for u in unknowns if u.quantity.low != u.quantity.high]
    studies = [_political(position, u) for u in unknowns if not u.economic]
    economic, failed = _economic(position, [u for u in unknowns if u.economic], evaluate)
    described = [(_describe(position, study), study) for study in (*studies, *economic)]
    described.sort(key=lambda pair: _rank(pair[0]))
    for entry, study in described[:NAMED]:
        if not study.exact and entry["at"] is not None:
            _settle(position, study, evaluate)
            entry |= _describe(position, study)
    entries = sorted((entry for entry, _ in described), key=_rank)
    return entries + [{**_identify(position, unknown), "failed": str(error)} for unknown, error in failed]


def _rank(entry: dict[str, Any]) -> tuple[int, float]:
    if entry["at"] is None:
        return 2, -abs(entry["lead_high"] - entry["lead_low"])
    return 0 if entry["flips"] else 1, abs(entry["at"] - entry["value"]) / (entry["high"] - entry["low"])


def _describe(position: Position, study: Study) -> dict[str, Any]:
    found, ends = study.nearest(), study.ends()
    assert position.focus is not None
    entry = {
        **_identify(position, study.unknown),
        "exact": study.exact,
        "move_low": ends[0][0],
        "move_high": ends[1][0],
        "lead_low": ends[0][1],
        "lead_high": ends[1][1],
        "at": None,
        "to": None,
        "to_label": None,
        "crosses": None,
        "flips": False,
        "percent_low": _income(position, study, study.range[0]),
        "percent_high": _income(position, study, study.range[1]),
    }
    if found is not None:
        label = None if found.there is None else position.label_of(position.focus.stage, found.there)
        flips = position.crosses(found.here) != position.crosses(found.there)
        entry |= {"at": found.at, "to": found.there, "to_label": label, "flips": flips}
        entry["crosses"] = position.crosses(found.there)
    return entry


def _income(position: Position, study: Study, value: float) -> float | None:
    """ΔW in % of the focal actor in the played history, at an end of the range of an economic unknown."""
    place = np.flatnonzero(study.terminals == position.play.terminal)
    assert position.focal_node is not None
    player = position.tree.nodes[position.focal_node].player
    return float(study.knots[value][place[0], player]) if value in study.knots and place.size else None


def _identify(position: Position, unknown: Unknown) -> dict[str, Any]:
    q, label, unit = unknown.quantity, unknown.label, unknown.quantity.unit
    path = unknown.paths[0]
    if path[0] == "stakes" and path[-1] == "percent_of_income":
        stake = position.scenario.file.stakes[str(path[1])]
        owner = position.scenario.file.actors[stake.actor].label
        label = f"{stake.label} ({owner})" if unknown.id != str(path[1]) else label
        unit = f"% of income{' a year' if stake.accrual == 'flow' else ', once'}"
    return {
        "id": unknown.id,
        "label": label,
        "unit": unit,
        "source": q.source,
        "kind": "economic" if unknown.economic else "political",
        "value": q.value,
        "low": q.low,
        "high": q.high,
    }


# ---- Stakes, exposures, discounting ----------------------------------------------------------------------------------


def _political(position: Position, unknown: Unknown) -> Study:
    scenario, welfare = position.scenario, position.payoffs.welfare
    of_moves = any("exposures" in path for path in unknown.paths)

    def at(value: float) -> Array:
        variant = scenario.with_unknown(unknown.id, value)
        made = variant.exposures()[position.rows] if of_moves else position.made
        return make_payoffs(variant, welfare, made).total()

    low, high = unknown.quantity.low, unknown.quantity.high
    assert low is not None
    assert high is not None
    ends = at(low), at(high)
    affine = bool(np.abs(at((low + high) / 2) - (ends[0] + ends[1]) / 2).max() < _STRAIGHT)

    def payoffs(values: Array) -> Array:
        if not affine:
            return np.stack([at(float(value)) for value in values])
        share = ((values - low) / (high - low))[:, None, None]
        return (1.0 - share) * ends[0] + share * ends[1]

    node = position.focal_node
    assert node is not None
    everything = np.arange(len(position.rows))
    return Study(unknown, position.tree, everything, position.focal_moves, node, payoffs, True, affine)


# ---- Measures and elasticities ---------------------------------------------------------------------------------------


def _economic(
    position: Position, unknowns: Sequence[Unknown], evaluate: Evaluate
) -> tuple[list[Study], list[tuple[Unknown, HalysError]]]:
    """Studies of measures and elasticities; ends of all ranges are solved in as few batches as can be.

    Apart from them the unknowns at an end of whose range there is no equilibrium, with the reason.
    """
    ends, deviations = _deciding(position)
    reached = [np.array([_touches(u, position, int(t)) for t in np.flatnonzero(ends)]) for u in unknowns]
    masks = [ends if touched.any() else deviations for touched in reached]
    first = _solve_ends(position, list(zip(unknowns, masks, strict=True)), evaluate)
    more = [
        _tempting(position, ends, touched, solved) if touched.any() else np.zeros_like(ends)
        for touched, solved in zip(reached, first, strict=True)
    ]
    again = _solve_ends(position, list(zip(unknowns, more, strict=True)), evaluate)
    studies: list[Study] = []
    failed: list[tuple[Unknown, HalysError]] = []
    for n, unknown in enumerate(unknowns):
        kept = masks[n] | more[n]
        knots: dict[float, Array] = {}
        for value in first[n]:
            one, other = first[n][value], again[n][value]
            if isinstance(one, HalysError) or isinstance(other, HalysError):
                failed.append((unknown, one if isinstance(one, HalysError) else other))  # type: ignore[arg-type]
                break
            everything = position.payoffs.welfare.copy()
            everything[masks[n]], everything[more[n]] = one, other
            knots[value] = everything[kept]
        else:
            studies.append(_between(position, unknown, kept, knots))
    return studies, failed


def _deciding(position: Position) -> tuple[Mask, Mask]:
    """(terminal,) where each focal move ends; and these with each deviation on the way by one step."""
    node = position.focal_node
    assert node is not None
    ends = np.zeros(len(position.tree.terminals), dtype=bool)
    deviations = ends.copy()
    for start in position.tree.nodes[node].children:
        ends[position.end(start)] = True
        at = start
        while at >= 0:
            children = position.tree.nodes[at].children
            deviations[[position.end(child) for child in children]] = True
            at = children[position.play.choice[at]]
    return ends, deviations | ends


def _tempting(position: Position, ends: Mask, touched: Mask, solved: dict[float, Solved]) -> Mask:
    """(terminal,) deviations that an unknown could make worthwhile, judged by how far it shifts payoffs at the ends.

    What shifts all ends alike changes no decision and does not count.
    """
    total, made = position.payoffs.total(), position.made[ends]
    shift = np.zeros(len(position.actors))
    for found in solved.values():
        if not isinstance(found, HalysError):
            moved = make_payoffs(position.scenario, found, made).total() - total[ends]
            shift = np.maximum(shift, np.abs(moved - (moved.mean(axis=0) if touched.all() else 0.0)).max(axis=0))
    node, chosen = position.focal_node, np.zeros_like(ends)
    assert node is not None
    for at in position.tree.nodes[node].children:
        while at >= 0:
            decision = position.tree.nodes[at]
            children = [position.end(child) for child in decision.children]
            best = float(total[position.end(at), decision.player])
            reach = _SAFE * shift[decision.player]
            chosen[[t for t in children if best - float(total[t, decision.player]) < reach]] = True
            at = decision.children[position.play.choice[at]]
    return chosen & ~ends


def _between(position: Position, unknown: Unknown, kept: Mask, knots: dict[float, Array]) -> Study:
    """A study whose ΔW is the polynomial through its knots."""
    tree, nodes = prune(position.tree, kept)
    terminals, scenario = np.flatnonzero(kept), position.scenario

    def payoffs(values: Array) -> Array:
        welfare = sum(_weight(list(knots), x, values)[:, None, None] * knots[x] for x in knots)
        return make_payoffs(scenario, np.asarray(welfare), position.made[kept]).total()

    moves = tuple(position.focal_moves[t] for t in terminals)
    focal = int(np.flatnonzero(nodes == position.focal_node)[0])
    return Study(unknown, tree, terminals, moves, focal, payoffs, False, False, knots)


def _weight(knots: list[float], knot: float, values: Array) -> Array:
    """Lagrange weight of a knot at values (n,)."""
    others = np.array([x for x in knots if x != knot])
    return np.asarray(((values[:, None] - others) / (knot - others)).prod(axis=1))


def _solve_ends(
    position: Position, wanted: Sequence[tuple[Unknown, Mask]], evaluate: Evaluate
) -> list[dict[float, Solved]]:
    """For each unknown, ΔW of the histories kept at its value and at both ends of its range, by value."""
    jobs = []
    for n, (unknown, kept) in enumerate(wanted):
        q = unknown.quantity
        jobs += [(n, (unknown, float(end), kept)) for end in (q.low, q.high) if end is not None and end != q.value]
    found: list[dict[float, Solved]] = [
        {unknown.quantity.value: position.payoffs.welfare[kept]} for unknown, kept in wanted
    ]
    for (n, job), solved in zip(jobs, _solve_at(position, [job for _, job in jobs], evaluate), strict=True):
        found[n][job[1]] = solved
    return found


def _solve_at(position: Position, wanted: Sequence[tuple[Unknown, float, Mask]], evaluate: Evaluate) -> list[Solved]:
    """ΔW (history kept, actor) in % with each unknown at its value; what an unknown does not touch is not solved.

    An error takes the place of what has no equilibrium.
    """
    scenario, own = position.scenario, position.scenario.distinct[1]
    jobs: list[tuple[Scenario, int]] = []
    places: list[tuple[Mask, dict[int, int]]] = []
    for unknown, value, kept in wanted:
        variant, job_of = scenario.with_unknown(unknown.id, value), {}
        for t in np.flatnonzero(kept):
            row = int(position.rows[t])
            if own[row] not in job_of and _touches(unknown, position, int(t)):
                job_of[own[row]] = len(jobs)
                jobs.append((variant, row))
        rows = position.rows[kept]
        places.append((kept, {n: job_of[own[row]] for n, row in enumerate(rows) if own[row] in job_of}))
    results = evaluate(jobs)
    return [_assemble(position.payoffs.welfare[kept], place, results) for kept, place in places]


def _assemble(welfare: Array, place: dict[int, int], results: list[Solved]) -> Solved:
    """ΔW with the rows that were solved in place of those that were."""
    welfare = welfare.copy()
    for n, job in place.items():
        outcome = results[job]
        if isinstance(outcome, HalysError):
            return outcome
        welfare[n] = outcome
    return welfare


def _touches(unknown: Unknown, position: Position, terminal: int) -> bool:
    """Whether an economic unknown is part of a history's measures, or of the elasticities."""
    if any(path[0] == "horizon" for path in unknown.paths):
        return True
    history: History = position.scenario.histories[position.rows[terminal]]
    measures = {placed.path for placed in history.measures}
    return any(path[:-1] in measures for path in unknown.paths)


def _settle(position: Position, study: Study, evaluate: Evaluate) -> None:
    """Solve again at the switching value until it stands still."""
    low, high = study.range
    kept = np.zeros(len(position.rows), dtype=bool)
    kept[study.terminals] = True
    for _ in range(_ROUNDS):
        found = study.nearest()
        if found is None or min(abs(found.at - x) for x in study.knots) < _STILL * (high - low):
            return
        solved = _solve_at(position, [(study.unknown, found.at, kept)], evaluate)[0]
        if isinstance(solved, HalysError):  # both ends have an equilibrium, a value between them has none
            raise solved
        study.knots[found.at] = solved
