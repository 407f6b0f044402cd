"""The equilibria of coalitions: many at once, each reduced to the change of real income of every economy.

Coalitions with the same strong members differ little, and smaller members hardly act on each other. So the equilibria
of the strongest members, alone and with one more member each, are solved first; from these each other coalition S
starts at

    x(S) = x(B) + sum over i in S − B of (x(B + i) − x(B)),

B being the strongest members in S. That decides how long a solve takes, and nothing beyond the tolerance.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from halys.coalition.setup import Setup
from halys.economy import SolverOptions
from halys.errors import ConvergenceError, HalysError, InfeasibleError
from halys.measures import Measure
from halys.outcome import Outcome
from halys.solving import Failure, Job, prepare_batch, solve_batch
from halys.strategy.coalitions import members_of

Array = NDArray[np.float64]
Progress = Callable[[int, int], None]

STRONGEST = 3  # members whose coalitions are solved first
MANY = 256  # coalitions from which this is worth while
FLOOR = 0.1  # of the purchases of B, below which a start does not fall
TIGHT = 1e-12  # of what transfers are found from


class Kept(NamedTuple):
    """Of an equilibrium: equivalent variation (economy,) and income (economy,), bn; its point where wanted."""

    change: Array
    income: Array
    point: Array | None


def _keep(outcome: Outcome) -> Kept:
    return Kept(outcome.equivalent_variation, outcome.income_baseline, None)


def _keep_point(outcome: Outcome) -> Kept:
    return _keep(outcome)._replace(point=outcome.equilibrium.solution.point)


class Coalitions:
    """Equilibria of coalitions of the members, by mask. Each is solved once.

    Attributes:
        found: change of real income (economy,) of each mask, bn. failed: masks without an equilibrium, and why.
    """

    def __init__(self, setup: Setup, tolerance: float, progress: Progress | None, total: int) -> None:
        self.setup, self.total = setup, total
        self.found: dict[int, Array] = {}
        self.failed: dict[int, Failure] = {}
        self._options = SolverOptions(tolerance=tolerance)
        self._points: dict[int, Array] = {}
        self._progress = progress
        self._told_last = -1
        self._others = 0
        self._strong = 0

    def solve(self, masks: Iterable[int]) -> None:
        """Solve the coalitions that are not solved yet."""
        wanted = [mask for mask in dict.fromkeys(int(m) for m in masks) if mask not in self.found]
        wanted = [mask for mask in wanted if mask not in self.failed]
        if not self.found:
            self._tell()
            prepare_batch(self.setup.world, self.setup.horizon, self.setup.closure)
        if len(wanted) >= MANY:
            self._solve_corners()
            wanted = [mask for mask in wanted if mask not in self.found and mask not in self.failed]
        self._solve(wanted, points=False)

    def _tell(self, done: int | None = None) -> None:
        done = min(len(self.found) + len(self.failed) + self._others, self.total) if done is None else done
        if self._progress is not None and done != self._told_last:
            self._progress(done, self.total)
            self._told_last = done

    def _solve_corners(self) -> None:
        """The strongest members, alone, together, and with one more member."""
        ones = [1 << i for i in range(len(self.setup.members))]
        self._solve([0, *ones], points=True)
        at = self.setup.world.positions(list(self.setup.target))
        effect = [self.found[one][at].sum() if one in self.found else 0.0 for one in ones]
        strong = [ones[i] for i in np.argsort(effect, kind="stable")[:STRONGEST]]
        self._strong = sum(strong)
        bases = [sum(one for n, one in enumerate(strong) if which >> n & 1) for which in range(1 << len(strong))]
        self._solve([base | one for base in bases for one in (0, *ones)], points=True)

    def _start(self, mask: int) -> Array | None:
        base = mask & self._strong
        others = [base | 1 << i for i in members_of(mask & ~self._strong)]
        if any(corner not in self._points for corner in (base, *others)):
            return None
        point = self._points[base] * (1.0 - len(others))
        for corner in others:
            point += self._points[corner]
        purchases = slice(-self.setup.world.final.size, None)  # the last part of a point; they stay positive
        point[purchases] = np.maximum(point[purchases], FLOOR * self._points[base][purchases])
        return point

    def _solve(self, masks: Sequence[int], points: bool) -> None:
        known = self._points if points else self.found
        masks = [mask for mask in dict.fromkeys(masks) if mask not in known and mask not in self.failed]
        # Neighbours in this order are about equally hard: one goes to each process, and they are solved side by side.
        masks.sort(key=lambda mask: (mask & self._strong, mask.bit_count(), mask))
        starts = [None if points else self._start(mask) for mask in masks]
        for far in (False, True):
            some = [n for n in range(len(masks)) if (starts[n] is not None) == far]
            self._batch([masks[n] for n in some], [starts[n] for n in some], points)

    def _batch(self, masks: Sequence[int], starts: Sequence[Array | None], points: bool) -> None:
        setup = self.setup
        jobs = [
            Job(setup.imposed(setup.joined(mask)), setup.closure, setup.horizon, self._options, start)
            for mask, start in zip(masks, starts, strict=True)
        ]
        answers = solve_batch(setup.world, jobs, _keep_point if points else _keep, far=True)
        for mask, answer in zip(masks, answers, strict=True):
            if isinstance(answer, HalysError):
                self.failed[mask] = answer
            else:
                self.found[mask] = answer.change
                if answer.point is not None:
                    self._points[mask] = answer.point
            self._tell()

    def finish(self) -> None:
        """Tell that everything is solved: of random orders it is not known ahead how many coalitions they share."""
        self._tell(self.total)

    def refuse_failed(self) -> None:
        """Raise if any coalition has no equilibrium, naming the coalitions."""
        if not self.failed:
            return
        names = [self.name(mask) for mask in self.failed]
        more = f" and {len(names) - 5} more" if len(names) > 5 else ""
        first = next(iter(self.failed.values()))
        message = (
            f"{len(names)} of {len(self.found) + len(names)} coalitions have no equilibrium: {'; '.join(names[:5])}"
            f"{more}. What a member adds is a mean over all coalitions, so that none may be left out. "
            f"The first: {first}"
        )
        raise type(first)(message)

    def name(self, mask: int) -> str:
        """The members of a coalition in words."""
        return " + ".join(self.setup.members[i].id for i in members_of(mask)) or "nobody"

    def solve_others(self, sets: Sequence[tuple[str, ...]]) -> list[Kept | Failure]:
        """Equilibria where these economies have joined."""
        setup = self.setup
        jobs = [Job(setup.imposed(codes), setup.closure, setup.horizon, self._options) for codes in sets]
        return self._solve_told(jobs)

    def solve_embargo(self) -> Kept | Failure:
        """All trade with the target banned by everyone, without deficits: they could not be shipped."""
        job = Job(self.setup.embargo(), "balanced", self.setup.horizon, self._options)
        return self._solve_told([job])[0]

    def _solve_told(self, jobs: Sequence[Job]) -> list[Kept | Failure]:
        answers = []
        for answer in solve_batch(self.setup.world, jobs, _keep):
            answers.append(answer)
            self._others += 1
            self._tell()
        return answers


class Precise:
    """Equilibria with transfers between blocs, to `TIGHT`; each starts from the last one of the same coalition."""

    def __init__(self, setup: Setup) -> None:
        self._setup = setup
        self._points: dict[tuple[str, ...], Array] = {}

    def solve(self, wanted: Sequence[tuple[tuple[str, ...], Sequence[Measure]]]) -> list[Array]:
        """Changes of real income (economy,), bn, for economies that have joined, with measures beside.

        Raises:
            InfeasibleError, ConvergenceError: one has no equilibrium.
        """
        setup, options = self._setup, SolverOptions(tolerance=TIGHT)
        jobs = [
            Job(
                (*setup.imposed(codes), *beside),
                setup.closure,
                setup.horizon,
                options,
                self._points.get(codes),
            )
            for codes, beside in wanted
        ]
        changes = []
        for (codes, _), answer in zip(wanted, solve_batch(setup.world, jobs, _keep_point), strict=True):
            if isinstance(answer, InfeasibleError | ConvergenceError):
                raise answer
            assert answer.point is not None
            self._points[codes] = answer.point
            changes.append(answer.change)
        return changes
