"""`solve_coalition`: what makes a coalition effective, who pays for it, who wavers and what keeps them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd

from halys.coalition.describe import Found, describe
from halys.coalition.equilibria import Coalitions, Progress
from halys.coalition.keeping import keep_together
from halys.coalition.setup import Setup, economies_of, set_up
from halys.coalition.values import MOST_EXACT, SAMPLES, Values, solve_values
from halys.economy import Horizon
from halys.errors import InputError
from halys.measures import Measure
from halys.scenario import Scenario
from halys.scenario.coalition_schema import CoalitionSpec
from halys.solving import LOOSEST_REPORTED
from halys.strategy.coalitions import members_of
from halys.strategy.joining import Joining, order_joining
from halys.world import World

_SEED = 20220314


@dataclass(frozen=True, eq=False, repr=False)
class CoalitionRecord:
    """A solved coalition. Amounts are billion US dollars a year, percentages of the own baseline income.

    Attributes:
        data: everything as plain data, as `--json` prints it.
        values: the losses in every coalition that was solved, as arrays.
    """

    data: Mapping[str, Any]
    values: Values = field(repr=False)

    def __repr__(self) -> str:
        d = self.data
        return (
            f"<CoalitionRecord: {d['label']}; {len(d['members'])} members, {d['equilibria']} coalitions, "
            f"{d['method']}; {d['target']['label']} loses {d['loss']['full']['percent']:.2f} %>"
        )

    @cached_property
    def members(self) -> pd.DataFrame:
        """One row for each member: its part in the loss, what it bears, what leaving brings, payment, transfer."""
        frame = pd.DataFrame([dict(row) for row in self.data["members"]])
        return frame.assign(economies=[" ".join(codes) for codes in frame["economies"]])

    @cached_property
    def coalitions(self) -> pd.DataFrame:
        """One row for each coalition that was solved: who has joined, and the losses of target and members, bn."""
        ids = [row["id"] for row in self.data["members"]]
        joined = [" ".join(ids[i] for i in members_of(int(mask))) for mask in self.values.masks]
        losses = self.values.losses
        own = {f"{name}_loss_billion": losses[:, 1 + i] for i, name in enumerate(ids)}
        percent = 100.0 * losses[:, 0] / self.data["target"]["income_billion"]
        head = {"members": joined, "count": [len(members_of(int(mask))) for mask in self.values.masks]}
        return pd.DataFrame({**head, "target_loss_percent": percent, "target_loss_billion": losses[:, 0], **own})

    @cached_property
    def candidates(self) -> pd.DataFrame:
        """What each candidate would add by joining."""
        rows = [{**row, "economies": " ".join(row["economies"])} for row in self.data["candidates"]["each"]]
        return pd.DataFrame(rows)

    @cached_property
    def outsiders(self) -> pd.DataFrame:
        """What the coalition changes for every economy that is neither target nor member."""
        return pd.DataFrame(self.data["outsiders"]["economies"])

    @cached_property
    def pivots(self) -> pd.DataFrame:
        """Share of orders in which a member carries the loss to a level: one row for each level."""
        given = self.data["pivots"]
        rows = (
            []
            if given is None
            else [{"percent": at["percent"], **at["shares"], "never": at["never"]} for at in given["at"]]
        )
        return pd.DataFrame(rows)

    @cached_property
    def order(self) -> pd.DataFrame:
        """The order of joining on each interval of omega, and how many of it join."""
        rows = [{**row, "order": " ".join(row["order"])} for row in self.data["order"]["rankings"]]
        return pd.DataFrame(rows)


def solve_coalition(
    given: Scenario | World,
    spec: CoalitionSpec | Mapping[str, Any] | None = None,
    *,
    horizon: Horizon | None = None,
    closure: str | None = None,
    in_force: Iterable[Measure] = (),
    omega: tuple[float, float] | None = None,
    samples: int | None = None,
    seed: int = _SEED,
    tolerance: float = LOOSEST_REPORTED,
    progress: Progress | None = None,
) -> CoalitionRecord:
    """Who makes a coalition effective, who pays, who wavers and what keeps them.

    Every coalition of the members has an equilibrium of its own. None is kept in the cache of equilibria: thousands
    would push out what else is there, and to read one takes half as long as to solve it.

    Args:
        given: a scenario with a section `coalition`, or a world.
        spec: with a world, that section as a mapping; its target is a code, a group or a list of these.
        horizon, closure: default those of the scenario; of a world the long run and fixed deficits.
        in_force: with a world, measures that apply in every coalition.
        omega: range of what a dollar of the target's loss is worth to a member; default wide enough for every switch.
        samples: random orders, an even number, instead of all coalitions; the default beyond 12 members, 200.
        seed: of these orders.
        tolerance: bound on the largest dimensionless residual of the coalitions' equilibria, 1e-13 to 1e-8. Transfers
            and payments are found to 1e-12 whatever it is.
        progress: called with the number of equilibria that are solved and of all, those of transfers left out.

    Raises:
        InputError: something that cannot be used.
        InfeasibleError, ConvergenceError: coalitions without an equilibrium, which are named.
    """
    if not 1e-13 <= tolerance <= LOOSEST_REPORTED:
        raise InputError(f"tolerance is {tolerance!r}; it must lie between 1e-13 and {LOOSEST_REPORTED:g}.")
    setup = set_up(given, spec, horizon, closure, in_force)
    coalitions = Coalitions(setup, tolerance, progress, _count_equilibria(setup, samples))
    values = solve_values(coalitions, samples, seed)
    members, extra = economies_of(setup.members), list(setup.candidates)
    sets = [(*members, *bloc.economies) for bloc in extra]
    sets += [(*members, *economies_of(extra))] if len(extra) > 1 else []
    *joined, everyone = coalitions.solve_others([*sets, setup.everyone])
    together = joined.pop() if len(extra) > 1 else None
    embargo = coalitions.solve_embargo()
    coalitions.finish()
    keeping = keep_together(setup)
    joining = _order(setup, values, omega)
    found = Found(setup, coalitions, values, keeping, joining, joined, together, everyone, embargo)
    return CoalitionRecord(describe(found), values)


def _count_equilibria(setup: Setup, samples: int | None) -> int:
    """How many there are at most: of random orders it is not known ahead how many coalitions they share."""
    count, extra = len(setup.members), len(setup.candidates)
    references = extra + (extra > 1) + 2
    if samples is None and count <= MOST_EXACT:
        return references + (1 << count)
    along = (SAMPLES if samples is None else samples) * (count - 1)
    return references + min(1 << count, along + 2 * count + 2)


def _order(setup: Setup, values: Values, omega: tuple[float, float] | None) -> Joining:
    """The order of joining by what each adds to the target's loss and to its own, both means over all orders."""
    imposed = values.shapley[:, 0]
    borne = np.array([values.shapley[i, 1 + i] for i in range(len(setup.members))])
    if omega is None:
        first = order_joining(imposed, borne, 0.0, 1.0).joins_from
        omega = (0.0, float(1.25 * max([0.8, *first[np.isfinite(first)]])))
    return order_joining(imposed, borne, *omega)
