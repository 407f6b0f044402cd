"""What it is worth to be able to wait, in a campaign that is played."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass

import numpy as np

from halys.futures.campaign import Campaign, CampaignPlay, Policy, solve_campaign


@dataclass(frozen=True)
class Waiting:
    """Present values for whoever may cross a line, % of yearly income, with the others choosing as in free play.

    Attributes:
        track: whose line it is. free: crossing whenever it is best. now: crossing in the first quarter, by the level
            that is best then. level: that level. never: not crossing at all.
    """

    track: int
    free: float
    now: float
    level: int
    never: float

    @property
    def value(self) -> float:
        """What it is worth to wait and see rather than to decide now or never; 0 or more."""
        return self.free - max(self.now, self.never)


def value_of_waiting(campaign: Campaign, play: CampaignPlay, track: int) -> Waiting | None:
    """What waiting is worth on a track with a line; None where its line is crossed from the start.

    Its owner makes the best choices, for every other track chooses as in `play`. To decide now is to cross in the
    first quarter and to be free afterwards, or never to cross.
    """
    bits, start = campaign.tracks[track].bits, campaign.tracks[track].start
    if bits[start] or campaign.start_crossed & int(bits.max()):
        return None
    owner = campaign.owners.index(campaign.tracks[track].owner)

    def worth(game: Campaign, *policies: Policy, onward: CampaignPlay | None = None) -> CampaignPlay:
        return solve_campaign(game, policies, best=track, given=play, onward=onward)

    free = worth(campaign)
    shape = campaign.allowed[track].shape[:-1]
    first = (*(t.start for t in campaign.tracks), campaign.start_momentum, campaign.start_crossed)
    now = {
        int(level): float(worth(campaign, Policy(track, np.full(shape, level), 0, 1), onward=free).value[owner])
        for level in np.flatnonzero(bits)
        if campaign.allowed[track][(*first, level)]
    }
    kept = campaign.allowed[track] & (bits == 0)
    kept[~kept.any(axis=-1)] = campaign.allowed[track][~kept.any(axis=-1)]  # where nothing else may be held
    allowed = tuple(kept if k == track else table for k, table in enumerate(campaign.allowed))
    level = max(now, key=now.__getitem__) if now else -1
    return Waiting(
        track,
        float(free.value[owner]),
        now.get(level, -np.inf),
        level,
        float(worth(dataclasses.replace(campaign, allowed=allowed)).value[owner]),
    )
