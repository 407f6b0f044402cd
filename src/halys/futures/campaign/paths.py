"""Paths of a campaign, simulated from what is chosen in every state."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from halys.errors import InputError
from halys.futures.campaign.model import Array, Campaign, Integers
from halys.futures.campaign.solve import CampaignPlay

MOST_PATHS: Final = 1_000_000
MOST_CELLS: Final = 200_000_000  # of the arrays of all paths
_AT_ONCE = 50_000  # paths
Small = NDArray[np.int16]


@dataclass(frozen=True, eq=False)
class Paths:
    """Simulated paths.

    Attributes:
        slots: (path, quarter, track) the slot held when the flow of a quarter accrues. momentum: (path, quarter + 1)
            the state in each quarter, and after the last. crossed: (path, quarter) lines, as bits, after the moves.
        before: (path, quarter, track + 2) the state in which a quarter opens, before anybody moves.
        paid: (path, quarter, track) what changing levels cost the owner, % of its yearly income.
    """

    slots: Small
    momentum: Small
    crossed: Small
    before: Small
    paid: NDArray[np.float32]

    def levels(self, campaign: Campaign) -> Integers:
        """(path, quarter, track) levels held."""
        return np.stack([track.level[self.slots[..., k]] for k, track in enumerate(campaign.tracks)], axis=-1)

    def ended(self, campaign: Campaign) -> NDArray[np.bool_]:
        """(path, quarter) whether the campaign had ended when a quarter opened."""
        return np.asarray(campaign.absorbing[self.momentum[:, :-1]])

    def chance_kept(self, play: CampaignPlay, line: int) -> Array:
        """(path, quarter) how likely a line is never crossed, if from a quarter on all choose as in a play."""
        count, quarters, _ = self.before.shape
        found = np.empty((count, quarters))
        for quarter in range(quarters):
            *slots, m, x = self.before[:, quarter].T
            at = tuple(place[slot] for place, slot in zip(play.places[quarter], slots, strict=True))
            found[:, quarter] = play.kept[quarter][line][(*at, m, x)]
        return found

    def welfare(self, campaign: Campaign, actors: Sequence[int]) -> Array:
        """(path, quarter, actor) what programmes come to in a quarter for some actors, % of yearly income."""
        at = tuple(self.slots[..., k] for k in range(len(campaign.tracks)))
        return np.asarray(campaign.welfare[..., list(actors)][at] / 4.0)


def simulate_paths(play: CampaignPlay, count: int, seed: int) -> Paths:
    """Paths from the start of a campaign; the same for the same seed.

    Args:
        count: 1 to a million.

    Raises:
        InputError: a number of paths outside.
    """
    if not 1 <= count <= MOST_PATHS:
        raise InputError(f"paths: {count}. Give 1 to {MOST_PATHS:,}.")
    cells = count * play.campaign.quarters * (3 * len(play.campaign.tracks) + 4)
    if cells > MOST_CELLS:
        raise InputError(
            f"{count:,} paths of {play.campaign.quarters} quarters hold {cells:,} numbers; at most {MOST_CELLS:,} are "
            "held. Simulate fewer paths."
        )
    random = np.random.default_rng(seed)
    sizes = [min(_AT_ONCE, count - first) for first in range(0, count, _AT_ONCE)]
    parts = [_simulate(play, size, random) for size in sizes]
    names = ("slots", "momentum", "crossed", "before", "paid")
    return Paths(*(np.concatenate([getattr(part, name) for part in parts]) for name in names))


def _simulate(play: CampaignPlay, count: int, random: np.random.Generator) -> Paths:
    campaign = play.campaign
    tracks, quarters = campaign.tracks, campaign.quarters
    slots = np.empty((count, quarters, len(tracks)), dtype=np.int16)
    momentum = np.empty((count, quarters + 1), dtype=np.int16)
    crossed = np.empty((count, quarters), dtype=np.int16)
    before = np.empty((count, quarters, len(tracks) + 2), dtype=np.int16)
    paid = np.zeros((count, quarters, len(tracks)), dtype=np.float32)
    held = [np.full(count, track.initial) for track in tracks]
    m, x = np.full(count, campaign.start_momentum), np.full(count, campaign.start_crossed)
    cumulated = campaign.momentum.cumsum(axis=-1)
    for quarter in range(quarters):
        before[:, quarter] = np.stack([*held, m, x], axis=-1)
        over = campaign.absorbing[m]
        for k, track in enumerate(tracks):
            at = tuple(place[slot] for place, slot in zip(play.places[quarter], held, strict=True))
            odds = play.choices[quarter][k][(slice(None), *at, m, x)].T
            level = _pick(odds.cumsum(axis=-1), random.random(count))
            old = track.level[held[k]]
            level = np.where(over, old, level)
            paid[:, quarter, k] = track.cost[old, level]
            held[k] = np.where(level == old, held[k], track.first[level])
            x = np.where(over, x, x | track.bits[level])
            slots[:, quarter, k] = held[k]
        momentum[:, quarter], crossed[:, quarter] = m, x
        levels = tuple(track.level[held[k]] for k, track in enumerate(tracks))
        m = np.where(over, m, _pick(cumulated[(*levels, m)], random.random(count)))
        held = [track.older[held[k]] for k, track in enumerate(tracks)]
    momentum[:, quarters] = m
    return Paths(slots, momentum, crossed, before, paid)


def _pick(cumulated: NDArray[np.floating], uniform: Array) -> Integers:
    """The first index whose cumulated probability (path, index) is above a uniform number (path,)."""
    over = cumulated > (uniform * cumulated[:, -1])[:, None]
    return np.asarray(np.argmax(over, axis=-1))
