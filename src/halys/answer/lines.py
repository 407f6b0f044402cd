"""The ladder of the focal decision, and the lines on it: values of a stake at which the play changes."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from halys.answer.position import Position
from halys.strategy import find_pieces

WIDEST = 100.0  # % of income a year: how far beyond its range a stake is searched for a line


def describe_ladder(position: Position) -> list[dict[str, Any]]:
    """Each move of the focal decision: what follows it at the reference, what that costs, what it is worth.

    `gain` is the payoff less that of the move played: 0 for it, negative for the others.
    """
    node = position.focal_node
    if node is None:
        return []
    assert position.focus is not None
    decision, stage = position.tree.nodes[node], position.focus.stage
    total, played = position.payoffs.total(), position.play.values[node, decision.player]
    welfare, billions = position.payoffs.welfare, position.welfare_billion
    rungs = []
    for move, child in zip(decision.moves, decision.children, strict=True):
        t = position.end(child)
        rungs.append(
            {
                "move": move,
                "label": position.label_of(stage, move),
                "crosses": position.crosses(move),
                "played": child == decision.children[position.play.choice[node]],
                "history": position.history(t),
                "path_label": position.after(t, stage),
                "percent": float(position.mean(child, welfare)[decision.player]),
                "billion": float(position.mean(child, billions)[decision.player]),
                "payoff": float(position.mean(child, total)[decision.player]),
                "gain": float(position.mean(child, total)[decision.player] - played),
            }
        )
    return rungs


@dataclass(frozen=True)
class Stretch:
    """An interval of a stake on which the focal move (or the path, without a focus) stays the same.

    Play may end in several terminals one after another; `first` and `last` are those at its ends.
    """

    low: float
    high: float
    first: int
    last: int
    move: str | None


def find_stretches(position: Position, stake: int, low: float, high: float) -> list[Stretch]:
    """Play along one stake, exact, neighbours with the same focal move joined."""
    constant, slope = position.payoffs.along(stake)
    if not position.tree.nodes:
        return [Stretch(low, high, 0, 0, None)]
    pieces = find_pieces(position.tree, constant, slope, low, high)[0]
    found: list[Stretch] = []
    for piece in pieces:
        move = position.focal_moves[piece.terminal] if position.focus is not None else None
        last = found[-1] if found else None
        same = last is not None and (last.move == move if position.focus else last.last == piece.terminal)
        if same and last is not None:
            found[-1] = Stretch(last.low, piece.high, last.first, piece.terminal, last.move)
        else:
            found.append(Stretch(piece.low, piece.high, piece.terminal, piece.terminal, move))
    return found


def describe_lines(position: Position) -> list[dict[str, Any]]:
    """For every stake, the play along its range and the values at which it changes, also beyond the range.

    Values are the yearly equivalent in % of the owner's income; `_once` are those of a stake that counts once.
    """
    return [_line(position, k, name) for k, name in enumerate(position.stakes)]


def _line(position: Position, k: int, name: str) -> dict[str, Any]:
    stake, payoffs = position.scenario.file.stakes[name], position.payoffs
    annual = position.scenario.annual_factor(name)
    low, high = float(payoffs.low[k]), float(payoffs.high[k])
    owner = int(payoffs.owner[k])

    def once(value: float) -> float | None:
        return value / annual if stake.accrual == "once" else None

    def words(stretch: Stretch) -> str:
        stage = position.focus.stage if position.focus else ""
        if stretch.move is not None:
            return position.label_of(stage, stretch.move)
        return position.after(stretch.first, "")

    within = find_stretches(position, k, low, high)
    widest = find_stretches(position, k, min(low, 0.0), max(WIDEST, high))
    breaks = [
        {
            "at": here.high,
            "at_billion": position.money(owner, here.high),
            "at_once": once(here.high),
            "within": low <= here.high <= high,
            "from": here.move,
            "to": there.move,
            "from_label": words(here),
            "to_label": words(there),
            "from_history": position.history(here.last),
            "to_history": position.history(there.first),
            "flips": position.crosses(here.move) != position.crosses(there.move),
        }
        for here, there in pairwise(widest)
    ]
    return {
        "stake": name,
        "label": stake.label,
        "actor": stake.actor,
        "actor_label": position.scenario.file.actors[stake.actor].label,
        "accrual": stake.accrual,
        "source": stake.percent_of_income.source,
        "low": low,
        "high": high,
        "value": float(payoffs.value[k]),
        "low_once": once(low),
        "high_once": once(high),
        "value_once": once(float(payoffs.value[k])),
        "pieces": [
            {
                "low": piece.low,
                "high": piece.high,
                "history": position.history(piece.first),
                "move": piece.move,
                "move_label": words(piece),
                "crosses": position.crosses(piece.move),
            }
            for piece in within
        ],
        "breaks": breaks,
    }
