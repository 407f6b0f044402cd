"""Named futures: groups of paths by rules over the states that they pass through."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from halys.futures.campaign.model import Campaign, Integers
from halys.futures.campaign.paths import Paths

States = NDArray[np.bool_]
"""(level..., momentum, crossed) the states that agree with a condition."""


@dataclass(frozen=True, eq=False)
class Future:
    """What all paths of a future have in common; everything stated must hold.

    Attributes:
        ever: states each of which comes about in some quarter. never: states none of which does. at_end: what holds in
            the last quarter. spells: states with the least number of quarters, of all, in which they hold.
    """

    ever: tuple[States, ...] = ()
    never: tuple[States, ...] = ()
    at_end: States | None = None
    spells: tuple[tuple[States, int], ...] = ()

    def met(self, campaign: Campaign, paths: Paths) -> NDArray[np.bool_]:
        """(path,) whether a path meets all of it."""
        found = np.ones(len(paths.slots), dtype=bool)
        for states in self.ever:
            found &= held(campaign, paths, states).any(axis=1)
        for states in self.never:
            found &= ~held(campaign, paths, states).any(axis=1)
        if self.at_end is not None:
            found &= held(campaign, paths, self.at_end)[:, -1]
        for states, least in self.spells:
            found &= held(campaign, paths, states).sum(axis=1) >= least
        return found


def held(campaign: Campaign, paths: Paths, states: States) -> NDArray[np.bool_]:
    """(path, quarter) whether the state, when the flow of a quarter accrues, is among some."""
    levels = paths.levels(campaign)
    at = tuple(levels[..., k] for k in range(levels.shape[-1]))
    return np.asarray(states[(*at, paths.momentum[:, :-1], paths.crossed)])


def name_paths(campaign: Campaign, paths: Paths, futures: Sequence[Future]) -> Integers:
    """(path,) the first future that each path meets; their number where it meets none."""
    found = np.full(len(paths.slots), len(futures))
    for n in reversed(range(len(futures))):
        found[futures[n].met(campaign, paths)] = n
    return found
