"""How far the economics moves each line: the band of values within the range of any one of its numbers.

At a line two plays are worth the same to whoever decides between them, player j, whose payoffs are lines in the stake:

    at = (c_j(to) − c_j(from)) / (s_j(from) − s_j(to))

With an economic number at an end of its range, ΔW and exposures by outcome at the ends of both plays are solved again
and the same two plays are compared; what else is played is taken to stay as it is. The band is the least and the
largest value over all these numbers, each alone, and the value itself. Two plays that never meet at some end have no
line there: the band is then open on the side to which the line leaves. Where chance moves, both are averages.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from halys.answer.deciding import Evaluate, solve_terminals
from halys.answer.payoffs import make_payoffs
from halys.answer.position import Position
from halys.answer.study import Study
from halys.strategy import Play, solve_play
from halys.strategy.outcomes import Lottery

Array = NDArray[np.float64]

_STEP = 1e-7  # how far beside a break its two plays are looked at


def find_bands(position: Position, lines: list[dict[str, Any]], studies: Sequence[Study], evaluate: Evaluate) -> None:
    """Add `band_low`, `band_high` (None: open), and `band_by`, what moves it most, to every break of the lines.

    Args:
        studies: of economic unknowns, with what was solved at the ends of their ranges.
    """
    pairs = [(k, b, _meeting(position, k, b)) for k, line in enumerate(lines) for b in line["breaks"]]
    guesses = [guess for study in studies for guess in study.guesses if guess.error is None]
    ends = {t for _, _, meeting in pairs for lottery in (meeting.first, meeting.second) for t, _ in lottery}
    wanted = [guess.unsolved(ends) for guess in guesses]
    if any(wanted):
        solve_terminals(guesses, wanted, evaluate)
    moving, moved = {k for k, _, _ in pairs}, []
    for guess in guesses:
        if guess.error is None:
            payoffs = make_payoffs(position.scenario, guess.welfare, position.made)
            moved.append((guess.unknown.label, {k: payoffs.along(k) for k in moving}))
    for k, b, meeting in pairs:
        found = [(b["at"], "")]
        for label, along in moved:
            constant, slope = (table[:, meeting.player] for table in along[k])
            found.append((_meet(constant, slope, meeting), label))
        low, high = min(found), max(found)
        far = max((low, high), key=lambda end: abs(end[0] - b["at"]))
        b["band_low"] = low[0] if np.isfinite(low[0]) else None
        b["band_high"] = high[0] if np.isfinite(high[0]) else None
        b["band_by"] = far[1] or None


class _Meeting(NamedTuple):
    """The two plays that meet at a break, below it and above, and the player who decides between them."""

    first: Lottery
    second: Lottery
    player: int


def _meeting(position: Position, stake: int, b: dict[str, Any]) -> _Meeting:
    """The decision at which the two moves are worth the same: of those that change there, one that nothing below moves.

    One that either play comes to goes first.
    """
    tree = position.tree
    constant, slope = position.payoffs.along(stake)
    step = _STEP * max(1.0, abs(b["at"]))
    below, above = (solve_play(tree, constant + (b["at"] + d) * slope, find_tied=False) for d in (-step, step))
    units, unit_of = tree.information.units, tree.information.unit_of
    parted = sorted({unit_of[n] for n in range(len(tree.nodes)) if below.choice[n] != above.choice[n]})
    lowest = [k for k in parted if not any(unit_of[n] in parted for n in tree.below(*units[k]) if unit_of[n] != k)]
    met = {unit_of[n] for play in (below, above) for n, _ in play.path}
    chosen = next((k for k in lowest if k in met), lowest[-1] if lowest else None)
    if chosen is None:
        return _Meeting((), (), 0)
    unit, beliefs = units[chosen], tree.information.beliefs[chosen]
    sides = [_blend(play, unit, beliefs) for play in (below, above)]
    return _Meeting(sides[0], sides[1], tree.nodes[unit[0]].player)


def _blend(play: Play, unit: Sequence[int], beliefs: Sequence[float]) -> Lottery:
    """Where the move made at a set leads, as far as its player knows."""
    found: dict[int, float] = {}
    for n, belief in zip(unit, beliefs, strict=True):
        for t, p in play.lotteries[n]:
            found[t] = found.get(t, 0.0) + belief * p
    return tuple(sorted(found.items()))


def _meet(constant: Array, slope: Array, meeting: _Meeting) -> float:
    """Where two lines meet; beyond all numbers, on the side to which they part, where they do not."""

    def apart(table: Array) -> float:
        return sum(p * float(table[t]) for t, p in meeting.first) - sum(p * float(table[t]) for t, p in meeting.second)

    tilt, gap = apart(slope), -apart(constant)
    if tilt == 0.0:
        return float(np.inf if gap < 0 else -np.inf)
    return gap / tilt
