"""How much the future must count for a threat to deter, over a stake of the sender: δ*(s) = c(s)/(c(s) + g(s)).

Between the values of the stake at which the play changes, c and g are lines in s, so that the critical discount factor
is a ratio of lines on each cell (`halys.strategy.repetition.find_discount_curve`). Cells end where the play from any of
the places that a threat turns on changes, and where a threat stops being sufficient or assured.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise
from typing import Any

import numpy as np

from halys.answer.deterrence import Crossing, list_replies, make_threat, reply_label
from halys.answer.position import Position
from halys.answer.repetition_terms import Word, weigh
from halys.strategy import deter, find_thresholds
from halys.strategy.repetition import CurvePiece, Line, discount_per_year, find_discount_curve

_POINTS = 33  # of a curve between two breaks, as drawn


def describe_curves(
    position: Position, crossings: list[Crossing], chosen: Crossing, left_out: Sequence[str], occasions: float
) -> list[dict[str, Any]]:
    """For every stake of the sender the critical yearly factor of every reply, in exact pieces with points to draw.

    Args:
        chosen: the crossing that is answered. left_out: stakes that count nothing. occasions: a year.
    """
    sender = position.tree.nodes[chosen.node].player
    found = []
    for k, name in enumerate(position.stakes):
        if int(position.payoffs.owner[k]) != sender or name in left_out:
            continue
        stake = position.scenario.file.stakes[name]
        found.append(
            {
                "stake": name,
                "label": stake.label,
                "low": float(position.payoffs.low[k]),
                "high": float(position.payoffs.high[k]),
                "value": float(position.payoffs.value[k]),
                "replies": [
                    {
                        "reply": reply,
                        "label": reply_label(position, reply),
                        "pieces": [_piece(piece, occasions) for piece in pieces],
                    }
                    for reply, pieces in find_curves(position, crossings, chosen, k).items()
                ],
            }
        )
    return found


def find_curves(
    position: Position, crossings: list[Crossing], chosen: Crossing, stake: int
) -> dict[str, tuple[CurvePiece, ...]]:
    """For every reply to the crossing its curve over one stake of the sender, per occasion."""
    replies = list_replies(position, [chosen])
    curves: dict[str, list[CurvePiece]] = {reply: [] for reply in replies}
    for low, high in pairwise(_breaks(position, crossings, chosen, stake, replies)):
        near, far = low + (high - low) / 4.0, high - (high - low) / 4.0
        first, second = (_moved(position, stake, s) for s in (near, far))
        for reply, pieces in curves.items():
            one, two = weigh(first, crossings, chosen, reply), weigh(second, crossings, chosen, reply)
            if one is not None and two is not None:
                pieces += _in_cell(one, two, near, far, low, high)
    return {reply: tuple(pieces) for reply, pieces in curves.items() if pieces}


def _in_cell(one: Word, two: Word, near: float, far: float, low: float, high: float) -> tuple[CurvePiece, ...]:
    """The curve between two breaks, from a reply at two values of the stake inside."""
    if not (one.sufficient and one.assured):  # and so everywhere in the cell
        return (CurvePiece(low, high, "never"),)
    cost, benefit = _line(near, one.cost, far, two.cost), _line(near, one.benefit, far, two.benefit)
    return find_discount_curve(cost, benefit, low, high)


def _line(near: float, at_near: float, far: float, at_far: float) -> Line:
    slope = (at_far - at_near) / (far - near)
    return at_near - slope * near, slope


def _moved(position: Position, stake: int, s: float) -> Position:
    value = position.payoffs.value.copy()
    value[stake] = s
    return replace(position, payoffs=replace(position.payoffs, value=value))


def _breaks(
    position: Position, crossings: list[Crossing], chosen: Crossing, stake: int, replies: Sequence[str]
) -> list[float]:
    """The ends of the cells, in increasing order, those of the range included."""
    constant, slope = position.payoffs.along(stake)
    low, high = float(position.payoffs.low[stake]), float(position.payoffs.high[stake])
    sender, target = position.tree.nodes[chosen.node].player, position.tree.nodes[position.focal_node or 0].player
    places = {crossing.unanswered for crossing in crossings}
    points: set[float] = set()
    for reply in replies:
        threat = make_threat(position, chosen, reply)
        if threat is None:
            continue
        places |= {threat.crossed, threat.unanswered, *threat.below}
        places |= {place for place in (threat.stay_unanswered, threat.stay_punished) if place is not None}
        sets = deter(position.tree, constant, slope, low, high, sender, target, threat)
        points |= {end for part in (*sets.sufficient, *sets.assured) for end in (part.low, part.high)}
    for place in places:
        points |= {t.at for t in find_thresholds(position.tree, constant, slope, low, high, place)}
    apart = 1e-9 * (high - low)
    kept = [low]
    for at in sorted(points):
        if at - kept[-1] > apart and high - at > apart:
            kept.append(at)
    return [*kept, high]


def _piece(piece: CurvePiece, occasions: float) -> dict[str, Any]:
    """A piece in yearly factors; what always deters does so from 0 on, what never does has no points."""
    points: list[list[float]] = []
    if piece.credible != "never":
        count = _POINTS if piece.credible == "from" else 2
        for s in np.linspace(piece.low, piece.high, count).tolist():
            least = piece.at(s)
            assert least is not None
            points.append([s, 1.0 if least >= 1.0 else discount_per_year(least, occasions)])
    return {"low": piece.low, "high": piece.high, "credible": piece.credible, "points": points}
