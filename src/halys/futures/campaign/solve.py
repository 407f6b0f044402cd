"""Backward induction on a campaign, with logit choice: what each holder chooses in every state of every quarter."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from halys.futures.campaign.model import OLDEST, Array, Campaign, Integers

Single = NDArray[np.float32]
_TIE = 1e-12


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
        choices: for each quarter and track (slot..., momentum, crossed, own level) probabilities of what is chosen.
        value: (owner,) present value at the start, % of yearly income, in the order of `Campaign.owners`.
        kept: for each quarter (slot..., momentum, crossed, line) how likely it is, before anybody moves, that a line
            is not crossed at the end.
    """

    campaign: Campaign
    choices: tuple[tuple[Single, ...], ...]
    value: Array
    kept: tuple[Single, ...]


def solve_campaign(
    campaign: Campaign,
    policies: Sequence[Policy] = (),
    *,
    best: int | None = None,
    given: CampaignPlay | None = None,
) -> CampaignPlay:
    """Play by backward induction.

    Args:
        policies: commitments; of several on one track the last that says something counts. Where the level is not
            allowed the owner is free.
        best: a track whose owner makes the best choice, while the others choose as in `given`.
    """
    owners = campaign.owners
    flow = _with_lines(campaign, owners)
    chance = np.asarray(campaign.on_slots(campaign.momentum))
    delta = np.append(campaign.discount[list(owners)] ** 0.25, np.ones(campaign.lines))
    older = np.ix_(*(track.older for track in campaign.tracks))
    value, choices, kept = _continuation(campaign, owners), [], []
    for quarter in reversed(range(campaign.quarters)):
        value = flow + delta * _expected(chance, value[older])
        over = value[..., campaign.absorbing, :, :]  # nobody decides any more
        made: list[Single] = []
        for k in reversed(range(len(campaign.tracks))):
            held = [p for p in policies if p.track == k and p.first <= quarter < p.last]
            fixed = given.choices[quarter][k] if given is not None and k != best else None
            value, chosen = _decide(campaign, k, owners, value, held, fixed, k == best)
            made.append(chosen)
        value[..., campaign.absorbing, :, :] = over
        choices.append(tuple(reversed(made)))
        kept.append(value[..., len(owners) :].astype(np.float32))
    return CampaignPlay(
        campaign, tuple(reversed(choices)), value[campaign.start][: len(owners)].copy(), tuple(reversed(kept))
    )


def _with_lines(campaign: Campaign, owners: Sequence[int]) -> Array:
    """The flow of owners, and nothing for the lines: their last components are probabilities."""
    flow = campaign.flow(owners)
    return np.concatenate([flow, np.zeros((*flow.shape[:-1], campaign.lines))], axis=-1)


def _expected(chance: Array, value: Array) -> Array:
    """Σ over the next momentum: (slot..., m, m') and (slot..., m', crossed, n) to (slot..., m, crossed, n)."""
    flat = value.reshape(*value.shape[:-2], -1)
    return np.asarray((chance @ flat).reshape(value.shape))


def _continuation(campaign: Campaign, owners: Sequence[int]) -> Array:
    """(slot..., momentum, crossed, owner and line) what it is worth to hold on to a state when decisions have ended.

    Programmes grow older and the momentum moves on; nobody moves.
    """
    flow, count = campaign.flow(owners), len(owners)
    found = np.zeros((*campaign.shape, count + campaign.lines))
    for line in range(campaign.lines):
        found[..., count + line] = (np.arange(campaign.sets) >> line & 1) == 0
    delta = campaign.discount[list(owners)] ** 0.25
    chance = np.asarray(campaign.on_slots(campaign.momentum))
    held = np.zeros_like(flow)
    steps = round(4 * campaign.continuation) if math.isfinite(campaign.continuation) else OLDEST
    if not math.isfinite(campaign.continuation):
        grown = np.ix_(*(np.unique(track.oldest) for track in campaign.tracks))
        back = np.ix_(*(np.searchsorted(np.unique(track.oldest), track.oldest) for track in campaign.tracks))
        eye, last = np.eye(len(campaign.absorbing)), flow[grown]
        for n, d in enumerate(delta):
            held[..., n] = np.linalg.solve(eye - d * chance[grown], last[..., n])[back]
    older = np.ix_(*(track.older for track in campaign.tracks))
    for _ in range(steps):
        held = flow + delta * _expected(chance, held[older])
    found[..., :count] = held
    return found


def _decide(
    campaign: Campaign,
    k: int,
    owners: Sequence[int],
    value: Array,
    policies: Sequence[Policy],
    fixed: Single | None,
    best: bool,
) -> tuple[Array, Single]:
    """The value before a track moves, from that after; and what is chosen (slot..., momentum, crossed, own level)."""
    track, own = campaign.tracks[k], owners.index(campaign.tracks[k].owner)
    after = np.moveaxis(value, k, 0)
    made = np.empty_like(after)
    chosen = np.empty((*after.shape[:-1], track.levels), dtype=np.float32)
    sets = np.arange(campaign.sets)
    fresh = [after[track.first[a]][..., sets | track.bits[a], :] for a in range(track.levels)]
    others = [t.level for n, t in enumerate(campaign.tracks) if n != k]
    for level in range(track.levels):
        slots = slice(int(track.first[level]), int(track.oldest[track.first[level]]) + 1)
        stay = after[slots][..., sets | track.bits[level], :]
        if fixed is not None:
            odds = np.asarray(np.moveaxis(fixed, k, 0)[slots], dtype=np.float64)
        else:
            worth = np.empty((*stay.shape[:-1], track.levels))
            for a in range(track.levels):
                worth[..., a] = stay[..., own] if a == level else fresh[a][..., own] - track.cost[level, a]
            may = (
                np.moveaxis(campaign.allowed[k], k, 0)[level][np.ix_(*others)] if others else campaign.allowed[k][level]
            )
            odds = _choose(worth, np.broadcast_to(may, worth.shape), math.inf if best else track.precision)
            for policy in policies:
                table = np.moveaxis(policy.choice, k, 0)[level]
                odds = _committed(odds, table[np.ix_(*others)] if others else table, may)
        chosen[slots] = odds
        total = odds[..., level, None] * stay
        for a in range(track.levels):
            if a != level:
                total += odds[..., a, None] * fresh[a]
                total[..., own] -= odds[..., a] * track.cost[level, a]
        made[slots] = total
    return np.moveaxis(made, 0, k), np.moveaxis(chosen, 0, k)


def _choose(worth: Array, may: NDArray[np.bool_], precision: float) -> Array:
    """Probabilities (..., level) of a logit choice among the levels that may be chosen."""
    open_ = np.where(may, worth, -np.inf)
    top = open_.max(axis=-1, keepdims=True)
    if math.isinf(precision):
        level = np.argmax(open_ >= top - _TIE * (1.0 + abs(top)), axis=-1)
        return np.asarray(np.arange(worth.shape[-1]) == level[..., None], dtype=np.float64)
    odds = np.exp(precision * (open_ - top))
    return np.asarray(odds / odds.sum(axis=-1, keepdims=True))


def _committed(odds: Array, choice: Integers, may: NDArray[np.bool_]) -> Array:
    """Choices with a commitment in their place, where it says something that may be chosen."""
    wanted = np.arange(odds.shape[-1]) == choice[..., None]
    bound = (wanted & may).any(axis=-1)
    return np.where(bound[..., None], wanted, odds)
