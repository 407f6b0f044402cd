"""The values of coalitions: every one up to 12 members, random orders beyond; and what follows from them.

The first value function is the target's loss of real income, the others are the members' own losses, all in billion US
dollars a year against the world without any measure.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from halys.coalition.equilibria import Coalitions
from halys.strategy.coalitions import Pivots, find_margins, find_pivots, shapley_values
from halys.strategy.sampled_coalitions import sample_pivots, sample_shapley

Array = NDArray[np.float64]

MOST_EXACT = 12  # members: 4,096 equilibria
SAMPLES = 200  # orders


@dataclass(frozen=True, eq=False)
class Values:
    """What coalitions do, and what each member's part in it is. Losses, bn a year.

    Attributes:
        masks: coalitions solved, ascending. losses: of these (mask, 1 + member): the target, then each member.
        shapley: (member, 1 + member) mean of what the joining of a member adds to each loss.
        errors: standard errors of that, None where it is exact.
        first, last: (member, 1 + member) what it adds to nobody and to all others.
        samples: orders drawn; 0 where all coalitions are solved.
    """

    masks: NDArray[np.int64]
    losses: Array
    shapley: Array
    errors: Array | None
    first: Array
    last: Array
    samples: int
    orders: NDArray[np.intp] | None
    paths: Array | None

    @property
    def nobody(self) -> Array:
        """(1 + member,) losses where nobody has joined."""
        return np.asarray(self.losses[0])

    @property
    def full(self) -> Array:
        """(1 + member,) losses where all have joined."""
        return np.asarray(self.losses[-1])

    def pivots(self, level: float) -> Pivots:
        """Who carries the target's loss to a level, bn. In a sample `smallest` is empty: it needs every coalition."""
        if self.orders is None or self.paths is None:
            return find_pivots(self.losses[:, 0], level)
        share, never = sample_pivots(self.orders, self.paths[:, :, 0], level)
        reached = self.full[0] >= level
        without = self.full[0] - self.last[:, 0] < level
        return Pivots(level, share, never, bool(self.nobody[0] >= level), without & reached, ())


def solve_values(coalitions: Coalitions, samples: int | None, seed: int) -> Values:
    """Solve the coalitions and find what each member's part is.

    Args:
        samples: random orders; None for all coalitions up to 12 members, and 200 orders beyond.

    Raises:
        InfeasibleError, ConvergenceError: a coalition has no equilibrium; they are named.
    """
    setup = coalitions.setup
    count = len(setup.members)
    places = [setup.world.positions(list(codes)) for codes in (setup.target, *(m.economies for m in setup.members))]

    def losses(masks: NDArray[np.int64]) -> Array:
        coalitions.solve(masks.tolist())
        coalitions.refuse_failed()
        changes = [coalitions.found[int(mask)] for mask in masks]
        return 0.0 - np.array([[change[at].sum() for at in places] for change in changes])  # none is 0, not -0

    if samples is None and count <= MOST_EXACT:
        masks = np.arange(1 << count)
        values = losses(masks)
        margins = find_margins(values)
        return Values(masks, values, shapley_values(values), None, margins.first, margins.last, 0, None, None)
    every, ones = (1 << count) - 1, 1 << np.arange(count)
    margins_of = np.unique(np.concatenate([[0, every], ones, every - ones]))
    drawn = SAMPLES if samples is None else samples

    def with_margins(masks: NDArray[np.int64]) -> Array:
        losses(np.union1d(masks, margins_of))  # one batch
        return losses(masks)

    sample = sample_shapley(with_margins, count, drawn, seed)
    masks = np.union1d(sample.known, margins_of)
    values = losses(masks)

    def at(wanted: NDArray[np.int64]) -> Array:
        return np.asarray(values[np.searchsorted(masks, wanted)])

    first, last = at(ones) - values[0], values[-1] - at(every - ones)
    errors, orders, paths = sample.standard_errors, sample.orders, sample.paths
    return Values(masks, values, sample.values, errors, first, last, drawn, orders, paths)
