"""Backward induction on a campaign, with logit choice: what each holder chooses in every state of every quarter.

Arrays are over the slots that may be held in a quarter (`Track.reach`), then the momentum and the lines crossed; there
is one for each owner's value and one for each line, which holds how likely it is not to be crossed at the end.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from halys.futures.campaign.model import Array, Campaign, Integers, Track

Single = NDArray[np.float32]
_TIE = 1e-12
_FEW = 12  # states of the momentum


@dataclass(frozen=True, eq=False)
class Policy:
    """A commitment: the level that a track takes wherever one is stated, from a quarter on and before another.

    Attributes:
        track: its index. choice: (level..., momentum, crossed) the level, −1 where it is left to the owner.
        first, last: quarters; it holds from the first up to, not including, the last.
    """

    track: int
    choice: Integers
    first: int = 0
    last: int = 10_000


@dataclass(frozen=True, eq=False)
class CampaignPlay:
    """What is chosen, and what it is worth.

    Attributes:
        campaign: the game.
        choices: for each quarter, the run-off too, and track (own level, slot..., momentum, crossed) probabilities of
            what is chosen, over the slots of the quarter.
        value: (owner,) present value at the start, % of yearly income, in the order of `Campaign.owners`.
        second: values, of owners and of lines, when the second quarter opens.
        kept: for each quarter that is told (line, slot..., momentum, crossed) how likely it is, before anybody moves,
            that a line is not crossed by the last one.
    """

    campaign: Campaign
    choices: tuple[tuple[Single, ...], ...]
    value: Array
    second: tuple[Array, ...]
    kept: tuple[Single, ...]

    @cached_property
    def places(self) -> tuple[tuple[Integers, ...], ...]:
        """For each quarter and track (slot,) where a slot stands in the arrays of the quarter."""
        tracks = self.campaign.tracks
        return tuple(tuple(_places(track, t) for track in tracks) for t in range(self.campaign.quarters))


def solve_campaign(
    campaign: Campaign,
    policies: Sequence[Policy] = (),
    *,
    best: int | None = None,
    given: CampaignPlay | None = None,
    onward: CampaignPlay | None = None,
) -> CampaignPlay:
    """Play by backward induction.

    Args:
        policies: commitments; of several on one track the last that says something counts. Where the level is not
            allowed the owner is free.
        best: a track whose owner makes the best choice, while the others choose as in `given`.
        onward: a play that is the same from the second quarter on; only the first is solved, and is in the answer.
    """
    owners, tracks = campaign.owners, campaign.tracks
    flow, chain, ahead = _prepared(campaign)
    delta = [*_discounts(campaign), *[1.0] * campaign.lines]
    now = [track.reach(campaign.decided) for track in tracks]
    values = [value[np.ix_(*now)] for value in ahead]
    choices, kept, second = [], [], tuple(values)
    if onward is not None:
        values, now, second = list(onward.second), [track.reach(1) for track in tracks], onward.second
    for quarter in reversed(range(campaign.decided if onward is None else 1)):
        if quarter == campaign.quarters - 1 and onward is None:  # lines are asked after by the last quarter told
            values = [*values[: len(owners)], *_kept_lines(campaign, values[0].shape)]
        second = tuple(values) if quarter == 0 else second
        after, now = now, [track.reach(quarter) for track in tracks]
        older = np.ix_(*(np.searchsorted(a, t.older[n]) for t, a, n in zip(tracks, after, now, strict=True)))
        here, chance = np.ix_(*now), chain[np.ix_(*now)]
        values = [d * _expected(chance, value[older]) for d, value in zip(delta, values, strict=True)]
        for n, each in enumerate(flow):
            values[n] += each[here]
        over = [value[..., campaign.absorbing, :] for value in values]  # nobody decides any more
        made: list[Single] = []
        for k in reversed(range(len(tracks))):
            held = [p for p in policies if p.track == k and p.first <= quarter < p.last]
            fixed = given.choices[quarter][k] if given is not None and k != best else None
            values, chosen = _Decision(campaign, k, now, held, fixed, k == best).made(values)
            made.append(chosen)
        for value, end in zip(values, over, strict=True):
            value[..., campaign.absorbing, :] = end
        choices.append(tuple(reversed(made)))
        if quarter < campaign.quarters:
            each_line = np.array(values[len(owners) :], dtype=np.float32)
            kept.append(each_line.reshape(campaign.lines, *values[0].shape))
    start = tuple(int(np.searchsorted(n, t.initial)) for n, t in zip(now, tracks, strict=True))
    at = (*start, campaign.start_momentum, campaign.start_crossed)
    first = np.array([values[n][at] for n in range(len(owners))])
    return CampaignPlay(campaign, tuple(reversed(choices)), first, second, tuple(reversed(kept)))


@lru_cache(maxsize=2)
def _prepared(campaign: Campaign) -> tuple[list[Array], Array, list[Array]]:
    """What does not hang on choices: the owners' flows, the chain over slots, worth at the end."""
    flow, chain = [campaign.flow(owner) for owner in campaign.owners], campaign.on_slots(campaign.momentum)
    return flow, chain, _continuation(campaign)


def _discounts(campaign: Campaign) -> list[float]:
    """What a quarter from now counts for each owner."""
    return [float(campaign.discount[owner]) ** 0.25 for owner in campaign.owners]


def _places(track: Track, quarter: int) -> Integers:
    """(slot,) where a slot stands among those of a quarter; −1 where it may not be held."""
    found = np.full(len(track.level), -1)
    reach = track.reach(quarter)
    found[reach] = np.arange(len(reach))
    return found


def _expected(chance: Array, value: Array) -> Array:
    """Σ over the next momentum: (slot..., m, m') and (slot..., m', crossed) to (slot..., m, crossed)."""
    states = chance.shape[-1]
    if states > _FEW:
        return np.asarray(chance @ value)
    found: Array = np.empty(value.shape)
    for m in range(states):  # many products of small matrices take several times as long
        np.multiply(chance[..., m, 0, None], value[..., 0, :], out=found[..., m, :])
        for n in range(1, states):
            found[..., m, :] += chance[..., m, n, None] * value[..., n, :]
    return found


def _continuation(campaign: Campaign) -> list[Array]:
    """What it is worth to hold on to a state when decisions have ended, and whether each line was kept.

    Nobody moves, so that the order of the programmes stays. Programmes grow old: what one lacks to the long run,
    2^(−a/h), shrinks by the factor r = 2^(−1/h) a quarter, and is worth its sum over the quarters; the rest is the long
    run at the levels held, while the momentum moves on.
    """
    short, long = campaign.increments
    chain, states = campaign.momentum, np.eye(len(campaign.absorbing))
    steps, shrinks = 4.0 * campaign.continuation, 0.5 ** (1.0 / campaign.half_life)
    found = []
    for owner, d in zip(campaign.owners, _discounts(campaign), strict=True):
        held = (
            campaign.long[..., owner, None, None] + campaign.stakes[..., owner]
        ) / 4.0  # a quarter, (level..., m, x)
        if math.isinf(steps):
            grown = np.linalg.solve(states - d * chain, held)
        else:
            grown = np.zeros_like(held)
            for _ in range(round(steps)):
                grown = held + d * (chain @ grown)
        lacking = np.zeros(campaign.shape[: len(campaign.tracks)])
        for k in range(len(campaign.tracks)):
            lacking += campaign.youth(k) * (short[k, ..., owner] - long[k, ..., owner])
        sum_ = 1.0 / (1.0 - d * shrinks) if math.isinf(steps) else _geometric(d * shrinks, round(steps))
        found.append(np.asarray(campaign.on_slots(grown) + (sum_ / 4.0 * lacking)[..., None, None]))
    return [*found, *_kept_lines(campaign, campaign.shape)]


def _kept_lines(campaign: Campaign, shape: tuple[int, ...]) -> list[Array]:
    """For each line, 1 in the states in which it has not been crossed."""
    sets = np.arange(campaign.sets)
    return [np.broadcast_to((sets >> line & 1 == 0).astype(np.float64), shape) for line in range(campaign.lines)]


def _geometric(ratio: float, count: int) -> float:
    """1 + ratio + ... , so many terms."""
    return float((ratio ** np.arange(count)).sum())


class _Decision:
    """One track moves: from what states are worth after it, to what they are worth before, and what is chosen."""

    def __init__(
        self,
        campaign: Campaign,
        k: int,
        now: Sequence[Integers],
        policies: Sequence[Policy],
        fixed: Single | None,
        best: bool,
    ) -> None:
        self.k, self.track, self.policies, self.fixed = k, campaign.tracks[k], policies, fixed
        self.own = campaign.owners.index(self.track.owner)
        self.precision = math.inf if best else self.track.precision
        self.allowed = campaign.allowed[k]
        self.others = [t.level[n] for i, (t, n) in enumerate(zip(campaign.tracks, now, strict=True)) if i != k]
        level = self.track.level[now[k]]
        self.first = np.searchsorted(level, np.arange(self.track.levels))
        self.last = np.searchsorted(level, np.arange(self.track.levels), side="right")
        self.sets = np.arange(campaign.sets)

    def made(self, values: Sequence[Array]) -> tuple[list[Array], Single]:
        """Values before the move; and what is chosen (own level, slot..., momentum, crossed)."""
        after = [np.moveaxis(value, self.k, 0) for value in values]
        before = [np.empty_like(value) for value in values]
        chosen = np.empty((self.track.levels, *values[0].shape), dtype=np.float32)
        fresh = [[self._crossing(value[self.first[a]], a) for value in after] for a in range(self.track.levels)]
        for level in range(self.track.levels):
            slots = slice(int(self.first[level]), int(self.last[level]))
            stay = [self._crossing(value[slots], level) for value in after]
            odds = self._odds(level, slots, stay[self.own], [each[self.own] for each in fresh])
            for a, share in enumerate(odds):
                np.moveaxis(chosen[a], self.k, 0)[slots] = share
            for n, value in enumerate(before):
                total = odds[level] * stay[n]
                for a, share in enumerate(odds):
                    if a != level:
                        cost = self.track.cost[level, a] if n == self.own else 0.0
                        total += share * (fresh[a][n] - cost)
                np.moveaxis(value, self.k, 0)[slots] = total
        return before, chosen

    def _crossing(self, value: Array, level: int) -> Array:
        """Values in the states that holding a level leads to: its lines are crossed."""
        bits = int(self.track.bits[level])
        return value[..., self.sets | bits] if bits else value

    def _odds(self, level: int, slots: slice, stay: Array, fresh: Sequence[Array]) -> list[Array]:
        """Probabilities of every level where one is held."""
        if self.fixed is not None:
            return [np.moveaxis(share, self.k, 0)[slots].astype(np.float64) for share in self.fixed]
        may = self._spread(self.allowed, level)
        worth = []
        for a, new in enumerate(fresh):
            value = stay if a == level else (new - self.track.cost[level, a])[None]
            worth.append(value if may[..., a].all() else np.where(may[..., a], value, -np.inf))
        top = worth[0]
        for value in worth[1:]:
            top = np.maximum(top, value)
        top = np.broadcast_to(top, stay.shape)
        odds = self._best(worth, top) if math.isinf(self.precision) else self._logit(worth, top)
        for policy in self.policies:
            wanted = self._spread(policy.choice, level)
            bound = np.zeros(wanted.shape, dtype=bool)
            for a in range(len(odds)):
                bound |= (wanted == a) & may[..., a]
            odds = [np.where(bound, wanted == a, share) for a, share in enumerate(odds)]
        return odds

    def _spread(self, table: NDArray[Any], level: int) -> NDArray[Any]:
        """A table (level..., ...) at one level of the track, over the slots of the other tracks."""
        held = np.moveaxis(table, self.k, 0)[level]
        return np.asarray(held[np.ix_(*self.others)]) if self.others else np.asarray(held)

    def _logit(self, worth: Sequence[Array], top: Array) -> list[Array]:
        odds = [np.exp(self.precision * (value - top)) for value in worth]
        total = odds[0].copy()
        for each in odds[1:]:
            total += each
        return [np.divide(each, total, out=each) for each in odds]

    def _best(self, worth: Sequence[Array], top: Array) -> list[Array]:
        """All on the best level, the first of equals."""
        free, odds = np.ones(top.shape, dtype=bool), []
        for value in worth:
            here = free & (value >= top - _TIE * (1.0 + abs(top)))
            free &= ~here
            odds.append(here.astype(np.float64))
        return odds
