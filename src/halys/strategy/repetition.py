"""One threat on many distinct occasions: what a kept word is worth, and why a known end takes that worth away.

An occasion is a game of one sender S, who stays, and a target T_k of its own, k = 1, 2, ...: another line, another
supporter. T_k stays below the line or crosses it; then S carries out p or lets it pass. All see what happened before.
S counts the next occasion with a discount factor δ in [0, 1). In units of one occasion,

    c = U_S(cross, none) − U_S(cross, p)     what carrying out costs S;
    g = U_S(stay, none) − U_S(lost)          what a kept word is worth on every later occasion: a target stays instead
                                             of doing what it likes best when it expects nothing to follow (`lost`).

**No known end.** Targets believe S until it once lets a crossing pass, and never again after (grim loss of reputation).
S carries p out if c ≤ δ/(1 − δ)·g, so that the set of discount factors at which the threat is credible is

    C = [0, 1)               if c ≤ 0: it is carried out on one occasion already;
    C = [δ*, 1),  δ* = c/(c + g),   if c > 0, g > 0 and a believed threat deters (p ∈ D ∩ A);
    C = ∅                    else: no reputation is worth its price.

D (sufficient) and A (assured) are those of one occasion (`halys.strategy.deterrence`); the targets are there once and
do not count the future. p deters at δ in C ∩ D ∩ A. No other equilibrium does with less: nothing rewards S more than
that all later targets stay, and nothing punishes it more than that all later targets do what they like best [1, 4].
With payoffs that are lines in a stake s, δ*(s) is a ratio of lines (`find_discount_curve`).

**A known end.** With N occasions and everybody's payoffs known the play unravels from the last one [2]: whatever came
before adds the same to every payoff, so that each occasion is played as if it were the only one (`unravel`). Unless
the target doubts what S is: `halys.strategy.reputation` [3].

References:
    1. Friedman, J. W. (1971). A non-cooperative equilibrium for supergames. Review of Economic Studies 38(1), 1-12.
    2. Selten, R. (1978). The chain store paradox. Theory and Decision 9, 127-159.
    3. Milgrom, P. and Roberts, J. (1982). Predation, reputation, and entry deterrence. Journal of Economic Theory
       27(2), 280-312.
    4. Fudenberg, D. and Maskin, E. (1986). The folk theorem in repeated games with discounting or with incomplete
       information. Econometrica 54(3), 533-554.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Literal, TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

from halys.errors import InputError
from halys.strategy.deterrence import Deterrence
from halys.strategy.intervals import Interval, Intervals, intersect
from halys.strategy.play import TIE_TOLERANCE, Play, solve_play
from halys.strategy.tree import Node, Tree, check_range, check_tolerance, payoff_array

MOST_TERMINALS = 100_000
"""Of a repeated game that is written out."""

ALWAYS: Intervals = (Interval(0.0, 1.0, True, False),)
"""All discount factors."""

Line: TypeAlias = tuple[float, float]
"""A number that is constant + s·slope: (constant, slope)."""

_SNAP = 1e-12  # breaks of a curve closer than this share of the range are one


# No known end ---------------------------------------------------------------------------------------------------------


def find_critical_discount(cost: float, benefit: float, tie_tolerance: float = TIE_TOLERANCE) -> float | None:
    """The smallest discount factor at which a threat that deters is carried out: 0 or c/(c + g), or None for none.

    Args:
        cost: c, what carrying out costs the sender on one occasion; unit of the payoffs.
        benefit: g, what a kept word is worth to it on each later occasion; the same unit.
        tie_tolerance: a cost or a benefit that is no larger counts as nothing; ≥ 0.

    Raises:
        InputError: if a number is not finite or the tolerance is negative.
    """
    tolerance = check_tolerance(tie_tolerance)
    for name, value in (("cost", cost), ("benefit", benefit)):
        if not math.isfinite(value):
            raise InputError(f"{name}: {value} is not a finite number.")
    if cost <= tolerance:
        return 0.0
    return cost / (cost + benefit) if benefit > tolerance else None


def deter_repeatedly(
    cost: float, benefit: float, sufficient: bool, assured: bool, tie_tolerance: float = TIE_TOLERANCE
) -> Deterrence:
    """Discount factors per occasion, in [0, 1), at which a threat is credible, sufficient and assured, and so deters.

    Args:
        cost, benefit: c and g, as in `find_critical_discount`.
        sufficient, assured: whether the threat is, on one occasion; a word that does not deter is not worth keeping.

    Raises:
        InputError: as in `find_critical_discount`.
    """
    least = find_critical_discount(cost, benefit if sufficient and assured else 0.0, tie_tolerance)
    credible: Intervals = () if least is None or least >= 1.0 else (Interval(least, 1.0, True, False),)
    enough, spared = ALWAYS if sufficient else (), ALWAYS if assured else ()
    return Deterrence(credible, enough, spared, intersect(intersect(credible, enough), spared))


def discount_per_year(discount: float, occasions: float) -> float:
    """A discount factor per occasion as one per year, with so many occasions a year: δ^n.

    Raises:
        InputError: if the factor is not in [0, 1), or there is no positive number of occasions.
    """
    return float(_factor(discount) ** _occasions(occasions))


def discount_per_occasion(yearly: float, occasions: float) -> float:
    """A discount factor per year as one per occasion, with so many occasions a year: β^(1/n).

    Raises:
        InputError: as `discount_per_year`.
    """
    return float(_factor(yearly) ** (1.0 / _occasions(occasions)))


def discount_rate(yearly: float) -> float:
    """The yearly rate of a yearly discount factor: 1/β − 1; infinite at 0.

    Raises:
        InputError: if the factor is not in [0, 1).
    """
    return 1.0 / yearly - 1.0 if _factor(yearly) else math.inf


def _factor(discount: float) -> float:
    if not 0.0 <= discount < 1.0:
        raise InputError(
            f"discount: {discount:g} is no discount factor. Give one from 0 to below 1; at 1 or more what never ends "
            "is worth more than anything."
        )
    return discount


def _occasions(occasions: float) -> float:
    if not (math.isfinite(occasions) and occasions > 0):
        raise InputError(f"occasions: {occasions:g} occasions a year. Give a finite number greater than 0.")
    return occasions


@dataclass(frozen=True, slots=True)
class CurvePiece:
    """A stretch of a stake s on which the critical discount factor is one formula.

    `credible` says which: `always` (0, no reputation is needed), `never` (none will do), or `from` the ratio of two
    lines, `numerator` over `denominator`, which is monotone on the stretch.
    """

    low: float
    high: float
    credible: Literal["always", "from", "never"]
    numerator: Line = (0.0, 0.0)
    denominator: Line = (1.0, 0.0)

    def at(self, s: float) -> float | None:
        """δ* at a value of the stake; None where the threat is never credible."""
        if self.credible == "never":
            return None
        (a, b), (c, d) = self.numerator, self.denominator
        below = c + s * d
        return min(1.0, max(0.0, (a + s * b) / below)) if below > 0.0 else 1.0


def find_discount_curve(
    cost: Line, benefit: Line, low: float, high: float, tie_tolerance: float = TIE_TOLERANCE
) -> tuple[CurvePiece, ...]:
    """The critical discount factor δ*(s) = c(s)/(c(s) + g(s)) over a stake, exact, as its pieces without gaps.

    Pieces end where c or g is 0: δ* comes down to 0 where c does, and goes up to 1 where g goes to 0.

    Args:
        cost, benefit: c and g as lines in s.
        low, high: range of s, finite, low < high.
        tie_tolerance: as in `find_critical_discount`, for a c or g that is the same everywhere.

    Raises:
        InputError: if a number is not finite, or the range or the tolerance cannot be used.
    """
    low, high = check_range(low, high, "range of s", point=False)
    tolerance = check_tolerance(tie_tolerance)
    if not all(math.isfinite(x) for x in (*cost, *benefit)):
        raise InputError("cost, benefit: not all numbers of the lines are finite.")
    snap = _SNAP * (high - low)
    cuts = [low]
    for at in sorted(-line[0] / line[1] for line in (cost, benefit) if line[1] != 0.0):
        if at - cuts[-1] > snap and high - at > snap:
            cuts.append(at)
    pieces: list[CurvePiece] = []
    for start, end in pairwise([*cuts, high]):
        piece = _piece(cost, benefit, start, end, tolerance)
        last = pieces[-1] if pieces else None
        if last is not None and piece == replace(last, low=start, high=end):
            pieces[-1] = replace(last, high=end)
        else:
            pieces.append(piece)
    return tuple(pieces)


def _piece(cost: Line, benefit: Line, low: float, high: float, tolerance: float) -> CurvePiece:
    """What holds between two neighbouring roots: c and g keep their signs there."""
    middle = low + (high - low) / 2.0

    def positive(line: Line) -> bool:
        flat = max(abs(line[0] + low * line[1]), abs(line[0] + high * line[1])) <= tolerance
        return not flat and line[0] + middle * line[1] > 0.0

    if not positive(cost):
        return CurvePiece(low, high, "always")
    if not positive(benefit):
        return CurvePiece(low, high, "never")
    return CurvePiece(low, high, "from", cost, (cost[0] + benefit[0], cost[1] + benefit[1]))


# A known end ----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, eq=False)
class Unravelled:
    """Subgame-perfect play of a game repeated a known number of times."""

    plays: tuple[Play, ...]
    """By occasion, the first first: the same after every history, since the past adds a constant to every payoff."""
    same: bool
    """Whether every occasion is played as the last one is: every decision of it, reached or not."""


def unravel(
    tree: Tree,
    payoffs: ArrayLike,
    lasting: Collection[int],
    occasions: int,
    discount: float = 1.0,
    tie_tolerance: float = TIE_TOLERANCE,
) -> Unravelled:
    """Backward induction over occasions, each with what comes after it added to the payoffs of those who stay.

    Args:
        tree, payoffs: of one occasion; [terminal, player].
        lasting: players who are there on every occasion; the others are new each time.
        occasions: how many, ≥ 1.
        discount: what the next occasion counts, greater than 0 and at most 1.

    Raises:
        InputError: if the payoffs do not fit the tree, or a player, number of occasions or factor cannot be used.
    """
    array = payoff_array(tree, payoffs, "payoffs")
    _check_repetition(tree, lasting, occasions, discount)
    after = np.zeros(len(tree.players))
    plays: list[Play] = []
    for _ in range(occasions):
        play = solve_play(tree, array + after, tie_tolerance)
        after = discount * _only(play.values[0], lasting)
        plays.insert(0, play)
    return Unravelled(tuple(plays), all(play.choice == plays[-1].choice for play in plays))


def repeat_game(
    tree: Tree, payoffs: ArrayLike, lasting: Collection[int], occasions: int, discount: float = 1.0
) -> tuple[Tree, NDArray[np.float64]]:
    """The repeated game written out: a copy of the occasion after each of its ends, and the payoffs of the whole.

    Players who are there once are named `name (k)` for occasion k. With `unravel` there is no need for it; it is what
    `unravel` solves, for those who want to see it.

    Args:
        tree, payoffs, lasting, occasions, discount: as in `unravel`.

    Raises:
        InputError: as `unravel`, or if the game would have more than `MOST_TERMINALS` ends.
    """
    array = payoff_array(tree, payoffs, "payoffs")
    _check_repetition(tree, lasting, occasions, discount)
    size, ends = len(tree.nodes), len(tree.terminals)
    if ends**occasions > MOST_TERMINALS:
        raise InputError(
            f"occasions: {occasions} occasions with {ends} ends each make {ends**occasions:,} ends; at most "
            f"{MOST_TERMINALS:,} are written out. `unravel` solves the game without that."
        )
    players, seats = _seats(tree, lasting, occasions)
    nodes: list[Node] = []
    layer: list[_Past] = [("", np.zeros(len(players)))]
    for k, seat in enumerate(seats):
        following = len(nodes) + size * len(layer)  # the first node of the copies for the next occasion
        for n, (past, _) in enumerate(layer):
            reached = [
                ~(n * ends + t) if k + 1 == occasions else following + size * (n * ends + t) for t in range(ends)
            ]
            nodes += _copy(tree, seat, past, len(nodes), reached)
        weights = np.array([discount**k if p in lasting else 1.0 for p in range(len(tree.players))])
        layer = [end for past in layer for end in _ends(tree, past, seat, weights * array)]
    terminals, rows = zip(*layer, strict=True)
    return Tree(players, tuple(nodes), terminals), np.array(rows)


_Past: TypeAlias = tuple[str, NDArray[np.float64]]
"""What happened before an occasion, and what every player got from it."""


def _seats(tree: Tree, lasting: Collection[int], occasions: int) -> tuple[tuple[str, ...], list[list[int]]]:
    """The players of the whole game, and for each occasion which of them every player of the tree is."""
    stay = sorted(set(lasting))
    players = [tree.players[p] for p in stay]
    seats = []
    for k in range(occasions):
        own = []
        for p, name in enumerate(tree.players):
            own.append(stay.index(p) if p in stay else len(players))
            players += [] if p in stay else [f"{name} ({k + 1})"]
        seats.append(own)
    return tuple(players), seats


def _copy(tree: Tree, seat: Sequence[int], past: str, offset: int, reached: Sequence[int]) -> list[Node]:
    """The nodes of one occasion after what came before; `reached` is the place that each of its ends leads to."""
    before = f"{past} | " if past else ""
    return [
        replace(
            node,
            player=node.player if node.chance else seat[node.player],
            label=f"{before}{node.label}",
            children=tuple(offset + c if c >= 0 else reached[~c] for c in node.children),
            information=node.information and f"{before}{node.information}",
        )
        for node in tree.nodes
    ]


def _ends(tree: Tree, past: _Past, seat: Sequence[int], payoffs: NDArray[np.float64]) -> list[_Past]:
    """The pasts that one occasion leads to."""
    found = []
    for name, row in zip(tree.terminals, payoffs, strict=True):
        gained = past[1].copy()
        gained[seat] += row
        found.append((f"{past[0]}; {name}" if past[0] else name, gained))
    return found


def _only(values: NDArray[np.float64], lasting: Collection[int]) -> NDArray[np.float64]:
    kept = np.zeros_like(values)
    for p in lasting:
        kept[p] = values[p]
    return kept


def _check_repetition(tree: Tree, lasting: Collection[int], occasions: int, discount: float) -> None:
    for p in lasting:
        tree.check_player(p, "lasting")
    if not tree.nodes:
        raise InputError("tree: an occasion without a decision has nothing to repeat. Give a tree with a node.")
    if occasions < 1:
        raise InputError(f"occasions: {occasions}. Give a whole number of at least 1.")
    if not 0.0 < discount <= 1.0:
        raise InputError(f"discount: {discount:g}. Give a factor greater than 0 and at most 1.")
