"""One occasion of a repeated threat: what each reply costs, what a kept word is worth, and the terms of the section."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import NamedTuple

import numpy as np

from halys.answer.deterrence import Crossing, make_threat
from halys.answer.position import Position
from halys.measures import value_of
from halys.measures.numbers import highest_of, lowest_of
from halys.scenario.repetition_schema import Repetition
from halys.strategy import TIE_TOLERANCE, Threat, deter
from halys.strategy.repetition import discount_per_occasion


@dataclass(frozen=True)
class Word:
    """One reply on one occasion.

    Attributes:
        cost: c. benefit: g. sufficient, assured: as on one occasion.
        stays, passes, answered: what the target gets if it stays, if its crossing passes, if it is answered.
    """

    reply: str
    cost: float
    benefit: float
    sufficient: bool
    assured: bool
    stays: float
    passes: float
    answered: float

    @property
    def once(self) -> bool:
        """Whether the threat deters on one occasion alone."""
        return self.cost <= TIE_TOLERANCE and self.sufficient and self.assured

    @property
    def doubtful(self) -> bool:
        """Whether it matters what the sender is: the threat costs something, and would deter if it were believed."""
        tempted = self.passes - self.stays > TIE_TOLERANCE
        return (
            self.cost > TIE_TOLERANCE and self.benefit > TIE_TOLERANCE and self.sufficient and self.assured and tempted
        )


class Ends(NamedTuple):
    """A number of the section: its value and the ends of its range."""

    value: float
    low: float
    high: float


@dataclass(frozen=True)
class Terms:
    """The numbers of the section. Attributes: prior: None where the sender is known; last: N, None for no known end."""

    yearly: Ends
    occasions: Ends
    prior: Ends | None
    last: int | None

    @cached_property
    def discount(self) -> Ends:
        """δ per occasion, over the ranges of both numbers that make it."""
        return Ends(*(discount_per_occasion(y, n) for y, n in zip(self.yearly, self.occasions, strict=True)))


def without(position: Position, stakes: Sequence[str]) -> Position:
    """The position with some stakes at 0."""
    value = position.payoffs.value.copy()
    value[[position.stakes.index(name) for name in stakes]] = 0.0
    return replace(position, payoffs=replace(position.payoffs, value=value))


def worth(position: Position, place: int, player: int) -> float:
    """What a player gets under the play from a place, at the reference."""
    return float(position.mean(place, position.payoffs.total())[player])


def read_terms(spec: Repetition) -> Terms:
    """The numbers of the section with their ranges."""
    yearly, occasions = (
        Ends(value_of(n), lowest_of(n), highest_of(n)) for n in (spec.discount, spec.occasions_per_year)
    )
    prior = None if spec.tough is None else Ends(value_of(spec.tough), lowest_of(spec.tough), highest_of(spec.tough))
    return Terms(yearly, occasions, prior, None if spec.horizon == "infinite" else spec.horizon)


def weigh(position: Position, crossings: Sequence[Crossing], chosen: Crossing, reply: str) -> Word | None:
    """A reply on one occasion; None where it does not answer the crossing."""
    threat = make_threat(position, chosen, reply)
    if threat is None:
        return None
    sender, target = position.tree.nodes[chosen.node].player, position.tree.nodes[position.focal_node or 0].player
    stay, lost = find_peace(position, crossings, threat)
    total = position.payoffs.total()
    sets = deter(position.tree, total, np.zeros_like(total), 0.0, 0.0, sender, target, threat)
    return Word(
        reply,
        cost=worth(position, threat.unanswered, sender) - worth(position, threat.crossed, sender),
        benefit=worth(position, stay, sender) - worth(position, lost, sender),
        sufficient=bool(sets.sufficient),
        assured=bool(sets.assured),
        stays=max(worth(position, place, target) for place in threat.below),
        passes=worth(position, threat.unanswered, target),
        answered=worth(position, threat.crossed, target),
    )


def find_peace(position: Position, crossings: Sequence[Crossing], threat: Threat) -> tuple[int, int]:
    """Where an occasion leads if the target stays and is spared, and where if it expects nothing to follow at all."""
    target = position.tree.nodes[position.focal_node or 0].player

    def liked(place: int) -> float:
        return worth(position, place, target)

    stay = threat.stay_unanswered
    lost = max([*threat.below, *(c.unanswered for c in crossings)], key=liked)
    return max(threat.below, key=liked) if stay is None else stay, lost
