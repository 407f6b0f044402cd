"""Which assumptions flip the answer, and at which value.

Every unknown of the scenario (each number with a range) is moved over its range, the others staying at the reference:

- stakes, exposures and discounting need no new equilibrium. Where payoffs are affine in the unknown the switching value
  is exact; else it is bracketed to machine precision;
- measures and elasticities are solved again at both ends of the range, all in one batch, and ΔW follows the parabola
  through both ends and the value. The switching values that the answer names are solved again until they stand still.

For measures the play is followed among the histories that decide: what follows each focal move, and each deviation from
that by one step.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from halys.answer.payoffs import make_payoffs, prune
from halys.answer.position import Position
from halys.errors import HalysError
from halys.scenario import History, Scenario
from halys.scenario.unknowns import Unknown
from halys.strategy import Tree, find_pieces, solve_play

Array = NDArray[np.float64]
Evaluate = Callable[[Sequence[tuple[Scenario, int]]], list[Array | HalysError]]
"""From scenarios and positions of histories in them to ΔW (actor,) in %, or why there is none."""

_GRID = 65
_NAMED = 3  # switching values that are solved again
_ROUNDS = 3
_STILL = 1e-3  # of the range
_STRAIGHT = 1e-12  # % of income: payoffs that bend less are lines


@dataclass
class Study:
    """One unknown: payoffs along its range and where the focal move changes.

    Attributes:
        knots: values at which payoffs are known, with the payoffs of the deciding histories there.
        exact: whether payoffs are known at every value, not only at the knots.
    """

    unknown: Unknown
    tree: Tree
    rows: NDArray[np.intp]
    moves: tuple[str | None, ...]
    focal: int
    at: Callable[[float], Array]
    exact: bool
    affine: bool = False
    knots: dict[float, Array] = field(default_factory=dict)

    def move(self, value: float) -> str | None:
        """The focal move played at a value."""
        return self.moves[solve_play(self.tree, self.at(value)).terminal]

    def gap(self, value: float) -> dict[str, float]:
        """Worth of each focal move at a value, by move, in % of income."""
        payoffs = self.at(value)
        play, node = solve_play(self.tree, payoffs), self.tree.nodes[self.focal]
        ends = (play.outcome[c] if c >= 0 else ~c for c in node.children)
        return {move: float(payoffs[t, node.player]) for move, t in zip(node.moves, ends, strict=True)}

    def switches(self) -> list[tuple[float, str | None, str | None]]:
        """Values at which the focal move changes, with the moves below and above."""
        low, high = _range(self.unknown)
        if self.affine:
            slope = (self.at(high) - self.at(low)) / (high - low)
            pieces = find_pieces(self.tree, self.at(low) - low * slope, slope, low, high)[0]
            ends = [(p.high, self.moves[p.terminal]) for p in pieces]
            found = pairwise(ends)
            return [(value, here, there) for (value, here), (_, there) in found if here != there]
        grid = np.unique(np.append(np.linspace(low, high, _GRID), self.unknown.quantity.value))
        played = [self.move(float(v)) for v in grid]
        return [
            self._bisect(float(a), float(b), here, there)
            for a, b, here, there in zip(grid, grid[1:], played, played[1:], strict=False)
            if here != there
        ]

    def _bisect(self, a: float, b: float, here: str | None, there: str | None) -> tuple[float, str | None, str | None]:
        for _ in range(60):
            middle = (a + b) / 2
            if not a < middle < b:
                break
            if self.move(middle) == here:
                a = middle
            else:
                b = middle
        return (a + b) / 2, here, there

    def nearest(self) -> tuple[float, str | None, str | None] | None:
        """The switch nearest to the reference: value, move at the reference, move beyond."""
        value = self.unknown.quantity.value
        found = [(abs(at - value), at, here, there) for at, here, there in self.switches()]
        if not found:
            return None
        _, at, here, there = min(found, key=lambda x: x[0])
        return (at, here, there) if at >= value else (at, there, here)


def _range(unknown: Unknown) -> tuple[float, float]:
    low, high = unknown.quantity.low, unknown.quantity.high
    assert low is not None
    assert high is not None
    return low, high


def study_unknowns(position: Position, evaluate: Evaluate) -> list[dict[str, Any]]:
    """Every unknown with a range: its switching value nearest to the reference, and what it does to the answer.

    Those that flip whether the line is crossed come first, then those that change the move, each by how little of the
    range it takes; then the others by how far they move the gap between the move played and the next best.
    """
    if position.focal_node is None:
        return []
    unknowns = [u for u in position.scenario.unknowns if u.quantity.low is not None and u.quantity.high is not None]
    unknowns = [u for u in unknowns if u.quantity.low != u.quantity.high]
    political = [_political(position, u) for u in unknowns if not _is_economic(u)]
    economic, failed = _economic(position, [u for u in unknowns if _is_economic(u)], evaluate)
    studies = sorted(political + economic, key=lambda s: _rank(position, s))
    for study in studies[:_NAMED]:
        if not study.exact:
            _settle(position, study, evaluate)
    described = [_describe(position, study) for study in sorted(studies, key=lambda s: _rank(position, s))]
    return described + [{**_identify(unknown), "failed": str(error)} for unknown, error in failed]


def _rank(position: Position, study: Study) -> tuple[int, float]:
    found = study.nearest()
    low, high = _range(study.unknown)
    if found is None:
        ends = [_lead(study.gap(v)) for v in (low, high)]
        return (2, -abs(ends[0] - ends[1]))
    at, here, there = found
    flips = position.crosses(here) != position.crosses(there)
    return (0 if flips else 1, abs(at - study.unknown.quantity.value) / (high - low))


def _lead(worth: dict[str, float]) -> float:
    """How far the best move leads the next."""
    best = sorted(worth.values(), reverse=True)
    return best[0] - best[1] if len(best) > 1 else 0.0


def _describe(position: Position, study: Study) -> dict[str, Any]:
    unknown, found = study.unknown, study.nearest()
    low, high = _range(unknown)
    assert position.focus is not None
    entry: dict[str, Any] = {
        **_identify(unknown),
        "exact": study.exact,
        "lead_low": _lead(study.gap(low)),
        "lead_high": _lead(study.gap(high)),
        "move_low": study.move(low),
        "move_high": study.move(high),
        "at": None,
        "to": None,
        "to_label": None,
        "crosses": None,
        "flips": False,
    }
    if found is not None:
        at, here, there = found
        label = None if there is None else position.label_of(position.focus.stage, there)
        flips = position.crosses(here) != position.crosses(there)
        entry |= {"at": at, "to": there, "to_label": label, "crosses": position.crosses(there), "flips": flips}
    return entry


def _identify(unknown: Unknown) -> dict[str, Any]:
    q = unknown.quantity
    return {
        "id": unknown.id,
        "label": unknown.label,
        "unit": q.unit,
        "source": q.source,
        "kind": "economic" if _is_economic(unknown) else "political",
        "value": q.value,
        "low": q.low,
        "high": q.high,
    }


# ---- Stakes, exposures, discounting ----------------------------------------------------------------------------------


def _political(position: Position, unknown: Unknown) -> Study:
    scenario, welfare = position.scenario, position.payoffs.welfare
    everything = np.full((len(scenario.histories), welfare.shape[1]), 0.0)
    everything[position.rows] = welfare
    made: dict[float, Array] = {}

    def at(value: float) -> Array:
        if value not in made:
            variant = scenario.with_unknown(unknown.id, value)
            made[value] = make_payoffs(variant, everything).rows(position.rows).total()
        return made[value]

    node = position.focal_node
    assert node is not None
    low, high = _range(unknown)
    affine = bool(np.abs(at((low + high) / 2) - (at(low) + at(high)) / 2).max() < _STRAIGHT)
    return Study(unknown, position.tree, position.rows, position.focal_moves, node, at, True, affine)


# ---- Measures and elasticities ---------------------------------------------------------------------------------------


def deciding(position: Position) -> NDArray[np.bool_]:
    """(terminal,) what follows each focal move, and each deviation from that by one step."""
    node = position.focal_node
    assert node is not None
    found = np.zeros(len(position.tree.terminals), dtype=bool)
    for start in position.tree.nodes[node].children:
        found[position.end(start)] = True
        at = start
        while at >= 0:
            children = position.tree.nodes[at].children
            for child in children:
                found[position.end(child)] = True
            at = children[position.play.choice[at]]
    return found


def _economic(
    position: Position, unknowns: Sequence[Unknown], evaluate: Evaluate
) -> tuple[list[Study], list[tuple[Unknown, HalysError]]]:
    """Studies of measures and elasticities; both ends of all ranges are solved in one batch.

    Apart from them the unknowns at an end of whose range there is no equilibrium, with the reason.
    """
    kept = deciding(position)
    wanted = [(unknown, value) for unknown in unknowns for value in _range(unknown) if value != unknown.quantity.value]
    found = dict(zip([(u.id, v) for u, v in wanted], _solve_at(position, kept, wanted, evaluate), strict=True))
    studies, failed = [], []
    for unknown in unknowns:
        ends = {v: found[unknown.id, v] for v in _range(unknown) if v != unknown.quantity.value}
        error = next((end for end in ends.values() if isinstance(end, HalysError)), None)
        if error is not None:
            failed.append((unknown, error))
            continue
        knots = {v: end for v, end in ends.items() if not isinstance(end, HalysError)}
        knots[unknown.quantity.value] = position.payoffs.welfare[kept]
        studies.append(_between(position, unknown, kept, knots))
    return studies, failed


def _between(position: Position, unknown: Unknown, kept: NDArray[np.bool_], knots: dict[float, Array]) -> Study:
    """A study whose ΔW is the polynomial through its knots."""
    tree, nodes = prune(position.tree, kept)
    rows, scenario = position.rows[kept], position.scenario
    everything = np.full((len(scenario.histories), len(position.actors)), np.nan)

    def at(value: float) -> Array:
        everything[rows] = sum(weight * knots[x] for x, weight in _weights(list(knots), value).items())
        return make_payoffs(scenario, everything).rows(rows).total()

    moves = tuple(position.focal_moves[t] for t in np.flatnonzero(kept))
    focal = int(np.flatnonzero(nodes == position.focal_node)[0])
    return Study(unknown, tree, rows, moves, focal, at, False, False, knots)


def _weights(knots: list[float], value: float) -> dict[float, float]:
    """Lagrange weights of the knots at a value."""
    return {x: float(np.prod([(value - y) / (x - y) for y in knots if y != x])) for x in knots}


def _solve_at(
    position: Position, kept: NDArray[np.bool_], wanted: Sequence[tuple[Unknown, float]], evaluate: Evaluate
) -> list[Array | HalysError]:
    """ΔW (deciding history, actor) in % with each unknown at its value; what an unknown does not touch is not solved.

    An error takes the place of what has no equilibrium.
    """
    scenario, rows, own = position.scenario, position.rows[kept], position.scenario.distinct[1]
    jobs: list[tuple[Scenario, int]] = []
    places: list[dict[int, int]] = []
    for unknown, value in wanted:
        variant, job_of = scenario.with_unknown(unknown.id, value), {}
        for row in rows:
            if own[row] not in job_of and _touches(unknown, scenario.histories[row]):
                job_of[own[row]] = len(jobs)
                jobs.append((variant, int(row)))
        places.append({n: job_of[own[row]] for n, row in enumerate(rows) if own[row] in job_of})
    results = evaluate(jobs)
    found: list[Array | HalysError] = []
    for place in places:
        welfare: Array | HalysError = position.payoffs.welfare[kept].copy()
        for n, job in place.items():
            outcome = results[job]
            if isinstance(outcome, HalysError):
                welfare = outcome
                break
            assert not isinstance(welfare, HalysError)
            welfare[n] = outcome
        found.append(welfare)
    return found


def _is_economic(unknown: Unknown) -> bool:
    """Whether equilibria depend on it."""
    return any(path[0] == "horizon" or "measures" in path for path in unknown.paths)


def _touches(unknown: Unknown, history: History) -> bool:
    """Whether an economic unknown is part of a history's measures, or of the elasticities."""
    measures = {placed.path for placed in history.measures}
    return any(path[0] == "horizon" or path[:-1] in measures for path in unknown.paths)


def _settle(position: Position, study: Study, evaluate: Evaluate) -> None:
    """Solve again at the switching value until it stands still."""
    low, high = _range(study.unknown)
    kept = np.isin(position.rows, study.rows)
    for _ in range(_ROUNDS):
        found = study.nearest()
        if found is None or min(abs(found[0] - x) for x in study.knots) < _STILL * (high - low):
            return
        solved = _solve_at(position, kept, [(study.unknown, found[0])], evaluate)[0]
        if isinstance(solved, HalysError):  # both ends have an equilibrium, a value between them has none
            raise solved
        study.knots[found[0]] = solved
