"""Which assumptions flip the answer, and at which value.

Every unknown of the scenario (each number with a range) is moved over its range, the others staying at the reference:

- stakes, exposures and discounting need no new equilibrium. Where payoffs are lines in the unknown the switching value
  is exact; else it is bracketed to machine precision;
- measures and elasticities are solved again at both ends of the range, as far as the focal move played there hangs on
  it (`halys.answer.deciding`), and ΔW follows the parabola through both ends and the value. Switching values are solved
  again until they stand still. A move played only somewhere inside a range, and at neither end, shows as far as the
  parabola has it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from halys.answer.deciding import Evaluate as Evaluate
from halys.answer.deciding import Guess, find_classes, solve_alike, solve_guesses
from halys.answer.payoffs import make_payoffs, prune
from halys.answer.position import Position
from halys.answer.study import Study
from halys.errors import HalysError
from halys.scenario.dossier import PREFIX
from halys.scenario.game import game_tree
from halys.scenario.unknowns import Unknown

Array = NDArray[np.float64]

_ROUNDS = 3
_STILL = 1e-3  # of the range
_STRAIGHT = 1e-12  # % of income: payoffs that bend less are lines


class Studied(NamedTuple):
    """`entries`: every unknown with a range, in plain data. `economic`: studies of measures and elasticities."""

    entries: list[dict[str, Any]]
    economic: list[Study]


def study_unknowns(position: Position, evaluate: Evaluate) -> Studied:
    """Every unknown with a range: the value `at` which the answer changes, and what it becomes.

    That is the nearest value at which crossing the line changes, `flip_below` or `flip_above` the reference; where
    there is none, the nearest at which the move changes. Those that flip whether the line is crossed come first, then
    those that change the move, beliefs from the evidence before the others, each by how little of the range it takes;
    then the others by how far they move the lead of the best move.
    """
    if position.focal_node is None:
        return Studied([], [])
    unknowns = [u for u in position.scenario.unknowns if u.quantity.low is not None and u.quantity.high is not None]
    unknowns = [u for u in unknowns if u.quantity.low != u.quantity.high]
    studies = [_political(position, u) for u in unknowns if not u.economic]
    economic, failed = _economic(position, [u for u in unknowns if u.economic], evaluate)
    described = [(_describe(position, study), study) for study in (*studies, *economic)]
    for entry, study in described:
        if not study.exact and entry["at"] is not None:
            _settle(position, study, evaluate)
            entry |= _describe(position, study)
    entries = sorted((entry for entry, _ in described), key=_rank)
    told = [{**_identify(position, unknown), "failed": str(error)} for unknown, error in failed]
    return Studied([*entries, *told], economic)


def _rank(entry: dict[str, Any]) -> tuple[int, bool, float]:
    judged = not entry["id"].startswith(PREFIX)
    if entry["at"] is None:
        return 2, False, -abs(entry["lead_high"] - entry["lead_low"])
    return 0 if entry["flips"] else 1, judged, abs(entry["at"] - entry["value"]) / (entry["high"] - entry["low"])


def _describe(position: Position, study: Study) -> dict[str, Any]:
    named, ends = study.named(), study.ends()
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
        "flip_below": None,
        "flip_above": None,
        "percent_low": _income(position, study, study.range[0]),
        "percent_high": _income(position, study, study.range[1]),
    }
    if named:
        found, value = named[0], study.unknown.quantity.value
        flips = [s.at for s in named if study.flips(s)]
        entry |= {"at": found.at, "to": found.there, "flips": bool(flips), "crosses": position.crosses(found.there)}
        entry["to_label"] = _label(position, found.there)
        entry["flip_below"] = next((at for at in flips if at <= value), None)
        entry["flip_above"] = next((at for at in flips if at > value), None)
    return entry


def _label(position: Position, move: str | None) -> str:
    assert position.focus is not None
    return "the decision does not come up" if move is None else position.label_of(position.focus.stage, move)


def _income(position: Position, study: Study, value: float) -> float | None:
    """ΔW in % of the focal actor in the played history, at an end of the range of an economic unknown."""
    assert position.focal_node is not None
    player = position.tree.nodes[position.focal_node].player
    return float(study.knots[value][position.play.terminal, player]) if value in study.knots else None


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
    if any(path[-1] == "probability" for path in unknown.paths):
        return _chance(position, unknown, low, high)
    ends = at(low), at(high)
    affine = bool(np.abs(at((low + high) / 2) - (ends[0] + ends[1]) / 2).max() < _STRAIGHT)

    def payoffs(values: Array) -> Array:
        if not affine:
            return np.stack([at(float(value)) for value in values])
        share = ((values - low) / (high - low))[:, None, None]
        return (1.0 - share) * ends[0] + share * ends[1]

    return Study(position, unknown, payoffs, True, affine)


def _chance(position: Position, unknown: Unknown, low: float, high: float) -> Study:
    """A probability: payoffs stay, the odds of chance move along lines."""
    kept = np.zeros(len(position.scenario.histories), dtype=bool)
    kept[position.rows] = True
    trees = [prune(game_tree(position.scenario.with_unknown(unknown.id, end))[0], kept)[0] for end in (low, high)]
    first, last = ({n: np.array(x.probabilities) for n, x in enumerate(tree.nodes) if x.chance} for tree in trees)
    total = position.payoffs.total()

    def payoffs(values: Array) -> Array:
        return np.broadcast_to(total, (len(values), *total.shape))

    def odds(values: Array) -> dict[int, Array]:
        share = ((values - low) / (high - low))[:, None]
        return {n: (1.0 - share) * first[n] + share * last[n] for n in first}

    return Study(position, unknown, payoffs, True, odds=odds)


# ---- Measures and elasticities ---------------------------------------------------------------------------------------


def _economic(
    position: Position, unknowns: Sequence[Unknown], evaluate: Evaluate
) -> tuple[list[Study], list[tuple[Unknown, HalysError]]]:
    """Studies of measures and elasticities; the ends of all ranges are solved side by side.

    Apart from them the unknowns at an end of whose range there is no equilibrium, with the reason.
    """
    guesses = {}
    for unknown in unknowns:
        q, classes = unknown.quantity, find_classes(position, unknown)
        ends = [float(end) for end in (q.low, q.high) if end is not None and end != q.value]
        guesses[unknown.id] = [Guess(position, unknown, end, classes) for end in ends]
    solve_guesses([guess for own in guesses.values() for guess in own], evaluate)
    solve_alike(list(guesses.values()), evaluate)
    studies: list[Study] = []
    failed: list[tuple[Unknown, HalysError]] = []
    for unknown in unknowns:
        error = next((guess.error for guess in guesses[unknown.id] if guess.error is not None), None)
        if error is not None:
            failed.append((unknown, error))
            continue
        knots = {guess.value: guess.welfare for guess in guesses[unknown.id]}
        knots = {unknown.quantity.value: position.payoffs.welfare, **knots}
        studies.append(replace(_between(position, unknown, knots), guesses=guesses[unknown.id]))
    return studies, failed


def _between(position: Position, unknown: Unknown, knots: dict[float, Array]) -> Study:
    """A study whose ΔW follows parabolas through its knots."""

    def payoffs(values: Array) -> Array:
        welfare = np.stack([_interpolate(knots, float(value)) for value in values])
        return make_payoffs(position.scenario, welfare, position.made).total()

    return Study(position, unknown, payoffs, False, False, knots)


def _interpolate(knots: dict[float, Array], value: float) -> Array:
    """ΔW (terminal, actor) on the parabola through the three knots nearest to a value (a line through two)."""
    near = sorted(knots, key=lambda x: abs(x - value))[:3]
    found = np.zeros_like(knots[near[0]])
    for x in near:
        found += knots[x] * float(np.prod([(value - y) / (x - y) for y in near if y != x]))
    return found


def _settle(position: Position, study: Study, evaluate: Evaluate) -> None:
    """Solve again at the switching values until they stand still; where one has no equilibrium it stays as it is.

    What the play there does not hang on is not solved but stays on the parabola.
    """
    low, high = study.range
    classes = find_classes(position, study.unknown)
    for _ in range(_ROUNDS):
        moved = [s.at for s in study.named() if min(abs(s.at - x) for x in study.knots) >= _STILL * (high - low)]
        guesses = [Guess(position, study.unknown, at, classes) for at in moved]
        solve_guesses(guesses, evaluate)
        for guess in guesses:
            if guess.error is None:
                between = _interpolate(study.knots, guess.value)
                study.knots[guess.value] = np.where(guess.known[:, None], guess.welfare, between)
        if all(guess.error is not None for guess in guesses):
            return
