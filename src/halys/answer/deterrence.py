"""Would the threat be carried out, would it be enough, and who in the coalition wavers?

For each crossing of the line and each reply p of the sender:

    credible    U_S(cross, p) ≥ U_S(cross, no reply)
    sufficient  U_T(cross, p) < U_T(best move below the line)
    assured     U_S(stay, no reply) ≥ U_S(stay, p)        a sender that gains by punishing anyway does not deter

A threat deters where all three hold. What follows a reply is subgame-perfect play.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from halys.answer.lines import WIDEST
from halys.answer.position import Array, Position
from halys.strategy import Interval, Threat, deter

SETS = ("credible", "sufficient", "assured", "deters")


@dataclass(frozen=True)
class Crossing:
    """A move that crosses the line, and the node at which the sender answers it."""

    move: str
    node: int
    unanswered: int


def describe_deterrence(position: Position) -> dict[str, Any] | None:
    """The table of crossings and replies, the chart over each stake, the values needed, and what the partners do.

    None where the scenario names no reply, or no crossing comes to it.
    """
    focus, node = position.focus, position.focal_node
    if focus is None or node is None or focus.reply is None:
        return None
    crossings = find_crossings(position)
    if not crossings:
        return None
    sender = position.actors.index(position.actor_of(focus.reply))
    target = position.tree.nodes[node].player
    chosen = tempting(position, crossings)
    replies = _replies(position, crossings)
    moves = [
        {
            "move": crossing.move,
            "label": position.label_of(focus.stage, crossing.move),
            "cells": [_cell(position, crossing, reply, sender, target) for reply in replies],
        }
        for crossing in crossings
    ]
    return {
        "sender": position.actors[sender],
        "sender_label": position.scenario.file.actors[position.actors[sender]].label,
        "crossing": chosen.move,
        "crossing_label": position.label_of(focus.stage, chosen.move),
        "replies": [{"move": reply, "label": _label(position, reply)} for reply in replies],
        "answer_played": position.tree.nodes[chosen.node].moves[position.play.choice[chosen.node]],
        "moves": moves,
        "needed": _needed(position, chosen, replies, sender, target),
        "chart": _chart(position, chosen, replies, sender, target),
        "partners": _partners(position, chosen),
        "unanswered": _unanswerable(position, crossings),
    }


def find_crossings(position: Position) -> list[Crossing]:
    """Crossing moves of the focal node that come to an answer in which the sender may carry something out."""
    focus, node = position.focus, position.focal_node
    assert focus is not None
    assert focus.reply is not None
    assert node is not None
    found = []
    for move in position.tree.nodes[node].moves:
        place = position.child(node, move)
        if not position.crosses(move) or place is None:
            continue
        answer = position.descend(place, focus.reply)
        unanswered = None if answer is None else _unanswered(position, answer)
        if answer is not None and unanswered is not None and _open_replies(position, answer):
            found.append(Crossing(move, answer, unanswered))
    return found


def _open_replies(position: Position, node: int) -> list[str]:
    """Moves of a reply that carry something out."""
    assert position.focus is not None
    return [move for move in position.tree.nodes[node].moves if move not in position.focus.no_reply]


def _unanswered(position: Position, node: int) -> int | None:
    """Where the move leads that carries nothing out; of several the one that the sender likes best at the reference."""
    assert position.focus is not None
    total, player = position.payoffs.total(), position.tree.nodes[node].player
    places = [place for move in position.focus.no_reply if (place := position.child(node, move)) is not None]
    return max(places, key=lambda place: float(position.mean(place, total)[player]), default=None)


def tempting(position: Position, crossings: list[Crossing]) -> Crossing:
    """The crossing that the target would like best if nothing followed."""
    player = position.tree.nodes[position.focal_node or 0].player
    total = position.payoffs.total()
    return max(crossings, key=lambda c: float(position.mean(c.unanswered, total)[player]))


def _replies(position: Position, crossings: list[Crossing]) -> list[str]:
    """Replies that carry something out, in the order of the file."""
    assert position.focus is not None
    assert position.focus.reply is not None
    open_ = {move for crossing in crossings for move in _open_replies(position, crossing.node)}
    return [move for move in position.scenario.file.moves[position.focus.reply] if move in open_]


def _label(position: Position, reply: str) -> str:
    assert position.focus is not None
    assert position.focus.reply is not None
    return position.label_of(position.focus.reply, reply)


def _threat(position: Position, crossing: Crossing, reply: str) -> Threat | None:
    node = position.focal_node
    assert node is not None
    assert position.focus is not None
    assert position.focus.reply is not None
    crossed = position.child(crossing.node, reply)
    if crossed is None:
        return None
    player, total = position.tree.nodes[node].player, position.payoffs.total()
    decision = position.tree.nodes[node]
    below = [c for m, c in zip(decision.moves, decision.children, strict=True) if not position.crosses(m)]
    stays = sorted(below, key=lambda c: -float(position.mean(c, total)[player]))
    answers = [position.descend(c, position.focus.reply) for c in stays]
    answer = next((n for n in answers if n is not None and position.child(n, reply) is not None), None)
    quiet = None if answer is None else _unanswered(position, answer)
    punished = None if answer is None or quiet is None else position.child(answer, reply)
    return Threat(
        crossed=crossed,
        unanswered=crossing.unanswered,
        below=tuple(below),
        stay_unanswered=None if punished is None else quiet,
        stay_punished=punished,
    )


def _cell(position: Position, crossing: Crossing, reply: str, sender: int, target: int) -> dict[str, Any] | None:
    threat = _threat(position, crossing, reply)
    if threat is None:
        return None
    total = position.payoffs.total()
    sets = deter(position.tree, total, np.zeros_like(total), 0.0, 0.0, sender, target, threat)
    after, quiet = threat.crossed, threat.unanswered

    def by(table: Array, player: int) -> float:
        return float(position.mean(after, table)[player] - position.mean(quiet, table)[player])

    def cost(player: int) -> dict[str, float]:
        return {"percent": by(position.payoffs.welfare, player), "billion": by(position.welfare_billion, player)}

    return {
        "reply": reply,
        "history": position.history(position.end(after)),
        **{name: bool(getattr(sets, name)) for name in SETS},
        "own_cost": cost(sender),
        "target_cost": cost(target),
        "gain": by(total, sender),
    }


def _unanswerable(position: Position, crossings: list[Crossing]) -> list[dict[str, str]]:
    """Crossing moves that come to no answer."""
    assert position.focus is not None
    assert position.focal_node is not None
    answered = {crossing.move for crossing in crossings}
    return [
        {"move": move, "label": position.label_of(position.focus.stage, move)}
        for move in position.tree.nodes[position.focal_node].moves
        if position.crosses(move) and move not in answered
    ]


def _needed(
    position: Position, crossing: Crossing, replies: list[str], sender: int, target: int
) -> list[dict[str, Any]]:
    """The sender's stake values at which each reply is credible: from `at` up to `upto` if it ends.

    The interval nearest to the reference; replies that are credible everywhere or nowhere are left out.
    """
    found = []
    for k, name in enumerate(position.stakes):
        if int(position.payoffs.owner[k]) != sender:
            continue
        constant, slope = position.payoffs.along(k)
        annual = position.scenario.annual_factor(name)
        stake = position.scenario.file.stakes[name]
        low, high = min(0.0, float(position.payoffs.low[k])), max(WIDEST, float(position.payoffs.high[k]))
        for reply in replies:
            threat = _threat(position, crossing, reply)
            if threat is None:
                continue
            sets = deter(position.tree, constant, slope, low, high, sender, target, threat)
            value = float(position.payoffs.value[k])
            first = min(sets.credible, key=lambda i: max(i.low - value, value - i.high, 0.0), default=None)
            if first is None or (first.low <= low and first.high >= high):
                continue
            found.append(
                {
                    "reply": reply,
                    "label": _label(position, reply),
                    "stake": name,
                    "stake_label": stake.label,
                    "at": first.low,
                    "upto": None if first.high >= high else first.high,
                    "at_billion": position.money(sender, first.low),
                    "at_once": first.low / annual if stake.accrual == "once" else None,
                    "within": bool(position.payoffs.low[k] <= first.low <= position.payoffs.high[k]),
                }
            )
    return found


def _chart(
    position: Position, crossing: Crossing, replies: list[str], sender: int, target: int
) -> list[dict[str, Any]]:
    """The sets of every reply along each stake of the sender and of the target, over the stake's range."""
    charts = []
    for k, name in enumerate(position.stakes):
        if int(position.payoffs.owner[k]) not in (sender, target):
            continue
        constant, slope = position.payoffs.along(k)
        low, high = float(position.payoffs.low[k]), float(position.payoffs.high[k])
        rows = []
        for reply in replies:
            threat = _threat(position, crossing, reply)
            if threat is None:
                continue
            sets = deter(position.tree, constant, slope, low, high, sender, target, threat)
            rows += [
                {
                    "reply": reply,
                    "label": _label(position, reply),
                    "set": which,
                    "intervals": [_ends(interval) for interval in getattr(sets, which)],
                }
                for which in SETS
            ]
        stake = position.scenario.file.stakes[name]
        value = float(position.payoffs.value[k])
        about = {"stake": name, "label": stake.label, "actor": stake.actor, "accrual": stake.accrual}
        charts.append({**about, "low": low, "high": high, "value": value, "rows": rows})
    return charts


def _ends(interval: Interval) -> list[float]:
    return [interval.low, interval.high]


def _joining(position: Position, start: int) -> list[tuple[str, int]]:
    """Nodes at which partners decide after a reply, following play but with every partner joining."""
    assert position.focus is not None
    found, place = [], start
    while place >= 0:
        stage = position.stages[place]
        move = position.focus.joins.get(stage)
        joined = None if move is None else position.child(place, move)
        if joined is not None:
            found.append((stage, place))
            place = joined
        else:
            place = position.tree.nodes[place].children[position.play.choice[place]]
    return found


def full_threat(position: Position, crossing: Crossing) -> tuple[str, int]:
    """The reply that costs the target most with every partner joining, and the terminal it ends in."""
    player = position.tree.nodes[position.focal_node or 0].player
    decision, ends = position.tree.nodes[crossing.node], {}
    for reply in _open_replies(position, crossing.node):
        ends[reply] = _end_joined(position, decision.children[decision.moves.index(reply)])
    reply = min(ends, key=lambda r: float(position.payoffs.welfare[ends[r], player]))
    return reply, ends[reply]


def _end_joined(position: Position, place: int) -> int:
    joining = _joining(position, place)
    if joining:
        stage, node = joining[-1]
        assert position.focus is not None
        child = position.child(node, position.focus.joins[stage])
        assert child is not None
        place = child
    return position.end(place)


def _partners(position: Position, crossing: Crossing) -> list[dict[str, Any]]:
    """Each partner's decision when the heaviest threat is carried out and those before it have joined."""
    reply, _ = full_threat(position, crossing)
    start = position.child(crossing.node, reply)
    assert start is not None
    assert position.focus is not None
    total, found = position.payoffs.total(), []
    for stage, node in _joining(position, start):
        decision, player = position.tree.nodes[node], position.tree.nodes[node].player
        joins = position.focus.joins[stage]
        joined = decision.children[decision.moves.index(joins)]
        others = [c for m, c in zip(decision.moves, decision.children, strict=True) if m != joins]
        apart = max(others, key=lambda c: float(position.mean(c, total)[player]), default=joined)

        def by(table: Array, joined: int = joined, apart: int = apart, player: int = player) -> float:
            return float(position.mean(joined, table)[player] - position.mean(apart, table)[player])

        found.append(
            {
                "stage": stage,
                "actor": position.actors[player],
                "label": position.scenario.file.actors[position.actors[player]].label,
                "joins": bool(decision.moves[position.play.choice[node]] == joins),
                "margin": by(total),
                "cost": {"percent": by(position.payoffs.welfare), "billion": by(position.welfare_billion)},
                "joined": position.history(position.end(joined)),
                "apart": position.history(position.end(apart)),
                "reply": reply,
            }
        )
    return found
