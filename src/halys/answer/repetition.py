"""The threat of the focus on many distinct occasions: what a kept word is worth, and what a known end or a doubt does.

One occasion is the decision of the focus with its reply: a target stays below the line or crosses it, and the sender
carries reply p out or nothing. With U at the reference, stakes named in `instead_of` at 0,

    c(p) = U_S(cross, none) − U_S(cross, p);
    g    = U_S(stay, none) − U_S(lost),      `lost` being what the target likes best if nothing ever follows;

`halys.strategy.repetition` and `halys.strategy.reputation` do the rest. As in the table of threats, the crossing is the
one that the target would like best if nothing followed, and each reply stands alone: the sender carries it out or
nothing. An occasion lasts until the next, so that c and g, which are both flows, accrue for equally long.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from halys.answer.deterrence import SETS, Crossing, find_crossings, list_replies, reply_label, tempting
from halys.answer.position import Position
from halys.answer.repetition_curves import describe_curves
from halys.answer.repetition_terms import Terms, Word, read_terms, weigh, without, worth
from halys.answer.repetition_words import repetition_sentences
from halys.measures import Quantity, value_of
from halys.measures.numbers import highest_of, lowest_of
from halys.strategy import TIE_TOLERANCE, Deterrence, Node, Tree, solve_play
from halys.strategy.repetition import (
    deter_repeatedly,
    discount_per_year,
    discount_rate,
    find_critical_discount,
    repeat_game,
    unravel,
)
from halys.strategy.reputation import Reputation, find_temptation, solve_reputation

_MOST_WRITTEN = 5000  # ends of the repeated game that is solved as a whole beside


def describe_repetition(position: Position) -> dict[str, Any] | None:
    """Every reply over the discount factor, the play with a known end, and what a doubt about the sender does.

    None where the scenario has no `repetition`, or no crossing comes to a reply. Discount factors are yearly, if their
    names do not say otherwise; c and g in % of the sender's income a year. `holds` says whether a reply deters as the
    section has it: at its discount factor, or with its known end (on the first occasion, where there is a prior).
    """
    spec = position.scenario.file.repetition
    once = None if spec is None else without(position, spec.instead_of)
    if spec is None or once is None or once.focus is None or once.focus.reply is None or once.focal_node is None:
        return None
    crossings = find_crossings(once)
    if not crossings:
        return None
    terms, chosen = read_terms(spec), tempting(once, crossings)
    sender = once.actor_of(once.focus.reply)
    words = [word for r in list_replies(once, crossings) if (word := weigh(once, crossings, chosen, r)) is not None]
    actors, stakes = once.scenario.file.actors, once.scenario.file.stakes
    data: dict[str, Any] = {
        "label": spec.label,
        "summary": spec.summary,
        "limits": spec.limits,
        "sources": list(spec.sources),
        "horizon": spec.horizon,
        "sender": sender,
        "sender_label": actors[sender].label,
        "target_label": once.label_of_actor(once.focus.stage),
        "crossing": chosen.move,
        "crossing_label": once.label_of(once.focus.stage, chosen.move),
        "discount": _number(spec.discount),
        "occasions_per_year": _number(spec.occasions_per_year),
        "per_occasion": terms.discount._asdict(),
        "tough": None if spec.tough is None else _number(spec.tough),
        "instead_of": [{"stake": name, "label": stakes[name].label} for name in spec.instead_of],
        "replies": [_reply(once, word, terms) for word in words],
        "curves": describe_curves(once, crossings, chosen, spec.instead_of, terms.occasions.value),
        "known_end": None if terms.last is None else _known_end(once, crossings, terms),
    }
    return {**data, "sentences": repetition_sentences(data)}


def _number(number: float | Quantity) -> dict[str, Any]:
    source = number.source if isinstance(number, Quantity) else None
    return {"value": value_of(number), "low": lowest_of(number), "high": highest_of(number), "source": source}


# Over the discount factor ---------------------------------------------------------------------------------------------


def _reply(position: Position, word: Word, terms: Terms) -> dict[str, Any]:
    sets = deter_repeatedly(word.cost, word.benefit, word.sufficient, word.assured)
    believed = word.benefit if word.sufficient and word.assured else 0.0
    critical = find_critical_discount(word.cost, believed)
    yearly = None if critical is None else discount_per_year(critical, terms.occasions.value)
    at = [_at(sets, discount) for discount in terms.discount]
    return {
        "reply": word.reply,
        "label": reply_label(position, word.reply),
        "cost": word.cost,
        "benefit": word.benefit,
        "sufficient": word.sufficient,
        "assured": word.assured,
        "tempted": word.passes - word.stays > TIE_TOLERANCE,
        "once": word.once,
        "critical_per_occasion": critical,
        "critical": yearly,
        "critical_rate": None if not yearly else discount_rate(yearly),
        "sets": {name: _intervals(sets, name, terms) for name in SETS},
        **{name: at[0][name] for name in ("credible", "deters")},
        "at_low": at[1],
        "at_high": at[2],
        "doubt": (doubt := _doubt(word, terms)),
        "holds": at[0]["deters"] if terms.last is None else word.once or (doubt or {}).get("deterred", 0) > 0,
    }


def _at(sets: Deterrence, discount: float) -> dict[str, bool]:
    """Whether a threat is credible, and whether it deters, without a known end."""
    return {name: any(discount in part for part in getattr(sets, name)) for name in ("credible", "deters")}


def _intervals(sets: Deterrence, name: str, terms: Terms) -> list[list[float]]:
    """The intervals of a set in yearly factors; the upper end 1 does not belong."""
    return [[discount_per_year(part.low, terms.occasions.value), part.high] for part in getattr(sets, name)]


# A known end ----------------------------------------------------------------------------------------------------------


def _known_end(position: Position, crossings: Sequence[Crossing], terms: Terms) -> dict[str, Any]:
    """The play on each of N occasions, and the whole game of as many as can be written out, solved to compare."""
    assert terms.last is not None
    focus = position.focus
    assert focus is not None
    assert focus.reply is not None
    tree, payoffs, ends = make_occasion(position, crossings)
    found = unravel(tree, payoffs, [0], terms.last, terms.discount.value)
    played = [ends[play.terminal] for play in found.plays]
    written = 1
    while written < terms.last and len(tree.terminals) ** (written + 1) <= _MOST_WRITTEN:
        written += 1
    whole, sums = repeat_game(tree, payoffs, [0], written, terms.discount.value)
    reached = whole.terminals[solve_play(whole, sums, find_tied=False).terminal]
    move, answer = played[-1]
    return {
        "occasions": terms.last,
        "same": found.same and len(set(played)) == 1,
        "move": move,
        "label": position.label_of(focus.stage, move),
        "crosses": position.crosses(move),
        "answer": answer,
        "answer_label": None if answer is None else position.label_of(focus.reply, answer),
        "written_out": {
            "occasions": written,
            "ends": len(whole.terminals),
            "same": reached == "; ".join([tree.terminals[found.plays[-1].terminal]] * written),
        },
    }


def make_occasion(
    position: Position, crossings: Sequence[Crossing]
) -> tuple[Tree, NDArray[np.float64], list[tuple[str, str | None]]]:
    """One occasion as a game of its own: the focal decision, and the reply to those crossings that come to one.

    Returns:
        The tree of the sender (player 0) and the target (1), payoffs [terminal, player], and the moves that each end
        stands for; what follows the reply, or a move without one, is at its worth under the play.
    """
    node = position.focal_node
    assert node is not None
    decision, answers = position.tree.nodes[node], {c.move: position.tree.nodes[c.node] for c in crossings}
    players = (position.tree.nodes[crossings[0].node].player, decision.player)
    ends: list[tuple[str, str | None]] = []
    places: list[int] = []
    replies: list[Node] = []
    children: list[int] = []
    for move, child in zip(decision.moves, decision.children, strict=True):
        answer = answers.get(move)
        options = [(None, child)] if answer is None else list(zip(answer.moves, answer.children, strict=True))
        first = len(ends)
        ends += [(move, name) for name, _ in options]
        places += [place for _, place in options]
        children.append(~first if answer is None else len(replies) + 1)
        if answer is not None:
            replies.append(Node(0, f"after {move}", answer.moves, tuple(~t for t in range(first, len(ends)))))
    names = tuple(move if name is None else f"{move}/{name}" for move, name in ends)
    tree = Tree(("sender", "target"), (Node(1, "target", decision.moves, tuple(children)), *replies), names)
    return tree, np.array([[worth(position, place, p) for p in players] for place in places]), ends


# A doubt about the sender ---------------------------------------------------------------------------------------------


def _doubt(word: Word, terms: Terms) -> dict[str, Any] | None:
    """The equilibrium for a sender that may be tough; None where the file has no prior, or the type does not matter."""
    if terms.prior is None or terms.last is None or not word.doubtful:
        return None
    temptation, last, discount = find_temptation(word.stays, word.passes, word.answered), terms.last, terms.discount

    def solve(prior: float, factor: float) -> Reputation:
        return solve_reputation(prior, last, word.cost, word.benefit, temptation, factor)

    found, least, most = (solve(p, d) for p, d in zip(terms.prior, discount, strict=True))
    crossed = next((k for k, occasion in enumerate(found.path) if occasion.stays < 1.0), None)
    after = None if crossed is None else found.path[crossed]
    return {
        "temptation": temptation,
        "peace": found.peace,
        "price": found.price,
        "deterred": found.deterred,
        "deterred_low": least.deterred,
        "deterred_high": most.deterred,
        "prior_first": found.threshold(last),
        "prior_all": found.threshold(1),
        "expected": sum(occasion.stays for occasion in found.path),
        "first_crossing": None if crossed is None else crossed + 1,
        "answered_then": None if after is None else after.answered / (after.answered + after.passes),
        "path": [
            {"occasion": k + 1, "stays": o.stays, "answered": o.answered, "passes": o.passes}
            for k, o in enumerate(found.path)
        ],
    }
