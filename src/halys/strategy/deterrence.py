"""When does a player prefer one continuation to others, and when does a threat deter? Sets of one number s, exact.

Payoffs are lines in s (`halys.strategy.lines`); U_i(place; s) is what player i gets under subgame-perfect play from
the place. A threat of the sender S against the target T is made of places: what follows when the line is crossed and
the reply is carried out (`crossed`) or is not (`unanswered`), what follows each move below the line (`below`), and what
follows below the line without and with the reply (`stay_unanswered`, `stay_punished`). The threat is

    credible    where U_S(crossed) ≥ U_S(unanswered): the sender carries it out when it comes to that;
    sufficient  where U_T(crossed) < max over below of U_T: the target would rather stay below the line;
    assured     where U_S(stay_unanswered) ≥ U_S(stay_punished): the sender spares a target that stays;

and deters where all three hold. A sender that gains by punishing anyway does not deter: the cost is already priced in.
The sets need not be intervals.

At the breakpoints of the play itself a continuation is the one that the tie rule selects, the first move in order.

References:
    1. Schelling, T. C. (1966). Arms and Influence. Yale University Press. Chapter 2 (threats and assurances).
    2. Selten, R. (1978). The chain store paradox. Theory and Decision 9, 127-159.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from numpy.typing import ArrayLike

from halys.errors import InputError
from halys.strategy.intervals import Interval, Intervals, complement, holds_something, intersect, join
from halys.strategy.lines import Lines
from halys.strategy.pieces import constant_piece, pieces_below, refine
from halys.strategy.play import TIE_TOLERANCE
from halys.strategy.tree import Tree


@dataclass(frozen=True, slots=True)
class Threat:
    """A threatened reply, as the places of the tree that it turns on: nodes n ≥ 0, or terminals t as ~t."""

    crossed: int
    """The line is crossed and the reply carried out."""
    unanswered: int
    """The line is crossed and nothing is carried out."""
    below: tuple[int, ...]
    """What follows each move of the target below the line; at least one."""
    stay_unanswered: int | None = None
    """The target stays below the line and nothing is carried out."""
    stay_punished: int | None = None
    """The target stays below the line and the reply is carried out all the same; None where it is not available."""


@dataclass(frozen=True, slots=True)
class Deterrence:
    """The values of s at which each condition holds, as intervals in increasing order (possibly none or several)."""

    credible: Intervals
    sufficient: Intervals
    assured: Intervals
    deters: Intervals
    """Where all three hold."""


def prefers(
    tree: Tree,
    constant: ArrayLike,
    slope: ArrayLike,
    low: float,
    high: float,
    player: int,
    place: int,
    others: Sequence[int],
    strict: bool = False,
    tie_tolerance: float = TIE_TOLERANCE,
) -> Intervals:
    """The values of s at which a player likes the play from one place at least as much as that from all others.

    Args:
        constant, slope: [terminal, player], finite; payoffs are constant + s·slope.
        low, high: range of s, finite, low ≤ high.
        player: whose payoffs are compared.
        place: a node n ≥ 0, or a terminal t as ~t.
        others: places, at least one.
        strict: whether the player must like it more; a tie then does not count.
        tie_tolerance: payoffs that differ by no more at both ends of the range tie everywhere; ≥ 0.

    Returns:
        Intervals in increasing order; empty if it holds nowhere.

    Raises:
        InputError: if the arrays do not fit the tree, or a player, place, range or tolerance cannot be used.
    """
    lines = Lines(tree, constant, slope, low, high, tie_tolerance)
    tree.check_player(player)
    if not others:
        raise InputError("others: there is nothing to compare with. Give at least one place.")
    for each in (place, *others):
        tree.check_place(each)
    return _prefers(lines, player, (place, *others), strict)


def deter(
    tree: Tree,
    constant: ArrayLike,
    slope: ArrayLike,
    low: float,
    high: float,
    sender: int,
    target: int,
    threat: Threat,
    tie_tolerance: float = TIE_TOLERANCE,
) -> Deterrence:
    """Where a threat is credible, sufficient and assured, and therefore deters.

    Args:
        constant, slope: [terminal, player], finite; payoffs are constant + s·slope.
        low, high: range of s, finite; low = high asks about one value.
        sender, target: players who threaten and are threatened.
        threat: the places that it turns on.
        tie_tolerance: payoffs that differ by no more at both ends of the range tie everywhere; ≥ 0.

    Raises:
        InputError: if the arrays do not fit the tree, nothing lies below the line, or a player, place, range or
            tolerance cannot be used.
    """
    lines = Lines(tree, constant, slope, low, high, tie_tolerance)
    tree.check_player(sender, "sender")
    tree.check_player(target, "target")
    _check_threat(tree, threat)
    everywhere = (Interval(lines.low, lines.high),)
    credible = _prefers(lines, sender, (threat.crossed, threat.unanswered), strict=False)
    worth_it = _prefers(lines, target, (threat.crossed, *threat.below), strict=False)
    sufficient = complement(worth_it, lines.low, lines.high)
    assured: Intervals = everywhere
    if threat.stay_unanswered is not None and threat.stay_punished is not None:
        assured = _prefers(lines, sender, (threat.stay_unanswered, threat.stay_punished), strict=False)
    return Deterrence(credible, sufficient, assured, intersect(intersect(credible, sufficient), assured))


def _check_threat(tree: Tree, threat: Threat) -> None:
    if not threat.below:
        raise InputError("threat.below: the target has no move below the line, so nothing can deter it. Give one.")
    if (threat.stay_unanswered is None) != (threat.stay_punished is None):
        raise InputError("threat: give both stay_unanswered and stay_punished, or neither.")
    named = {"crossed": threat.crossed, "unanswered": threat.unanswered}
    named |= {f"below[{k}]": place for k, place in enumerate(threat.below)}
    if threat.stay_unanswered is not None and threat.stay_punished is not None:
        named |= {"stay_unanswered": threat.stay_unanswered, "stay_punished": threat.stay_punished}
    for name, place in named.items():
        tree.check_place(place, f"threat.{name}")


def _prefers(lines: Lines, player: int, places: Sequence[int], strict: bool) -> Intervals:
    """Where the first place is liked at least as much (or more) as all others: by turns points and open cells."""
    pieces = pieces_below(lines, *places)
    cells = refine(lines, [pieces[p] if p >= 0 else constant_piece(lines, ~p) for p in places])
    parts = _at_point(lines, player, places, lines.low, strict)
    if lines.low == lines.high:
        return join(parts)
    for low, high, terminals in cells:
        parts += _in_cell(lines, player, terminals, low, high, strict)
        parts += _at_point(lines, player, places, high, strict)
    return join(parts)


def _at_point(lines: Lines, player: int, places: Sequence[int], s: float, strict: bool) -> list[Interval]:
    own, *others = lines.outcomes_at(places, s)
    needed = 1 if strict else 0
    holds = all(lines.compare(player, own, other, s) >= needed for other in others)
    return [Interval(s, s)] if holds else []


def _in_cell(
    lines: Lines, player: int, terminals: Sequence[int], low: float, high: float, strict: bool
) -> list[Interval]:
    """The part of the open cell from low to high where the first line is above all others: at most one interval."""
    own, *others = terminals
    start, end = Interval(low, low, False, False), Interval(high, high, False, False)
    for other in others:
        above_low, above_high = lines.compare(player, own, other, low), lines.compare(player, own, other, high)
        if above_low == above_high == 0:  # the same line
            if strict:
                return []
            continue
        if max(above_low, above_high) <= 0:  # below at both ends, or touching one of them
            return []
        if min(above_low, above_high) < 0:
            at = lines.crossing(player, own, other)
            crossed = Interval(at, at, not strict, not strict)
            if above_low < 0:
                start = max(start, crossed, key=lambda point: point.low)
            else:
                end = min(end, crossed, key=lambda point: point.low)
    if abs(end.low - start.low) <= lines.snap:  # two crossings at one point, up to rounding
        end = Interval(start.low, start.low, end.includes_low, end.includes_high)
    part = Interval(start.low, end.low, start.includes_low, end.includes_high)
    return [part] if holds_something(part) else []
