"""What matters: which unknown drives the answer of a scenario, where deterrence fails, which policy is regretted least.

Every number with a range is drawn by a design that tells the numbers apart (`halys.futures.indices`), one at a time
(`tornado`), and the draws at its base points, which are draws like those of an ensemble, are searched for the box in
which the line is crossed (`prim`) and for what each policy of the sender would cost (`regret`).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from halys.ensembles import SEED, default_folder, run_ensemble
from halys.errors import InputError
from halys.evaluator import Evaluator
from halys.futures.ensemble import run_batches
from halys.futures.indices import LEAST_BLOCKS, SaltelliDesign, full_groups, require_salib
from halys.futures.store import Columns, DrawStore
from halys.futures.tornado import tornado_rows
from halys.importance.record import describe_importance
from halys.run import hash_run
from halys.scenario import Scenario, load_scenario

Array = NDArray[np.float64]
Told = Callable[[int, int], None]

MOST_BASE: Final = 1 << 16
_SIDE_BY_SIDE: Final = 64  # rows
_DESIGN, _SINGLE = "design", "one-at-a-time"


@dataclass(frozen=True, eq=False)
class Plan:
    """What is to be solved.

    Attributes:
        evaluator: of the scenario. base: how many base points.
    """

    evaluator: Evaluator
    base: int

    @property
    def scenario(self) -> Scenario:
        return self.evaluator.scenario

    @cached_property
    def design(self) -> SaltelliDesign:
        """The design of the indices; numbers that are correlated are one group."""
        count = len(self.evaluator.drawing.unknowns)
        return SaltelliDesign(count, full_groups(count, self.evaluator.drawing.groups), self.evaluator.seed)

    @cached_property
    def single(self) -> Array:
        """(row, number) one number at a time; see `tornado_rows`."""
        drawing = self.evaluator.drawing
        return tornado_rows(drawing.priors, np.array([unknown.quantity.value for unknown in drawing.unknowns]))

    @property
    def batch(self) -> int:
        """Blocks that are solved side by side: so few that a stop loses little, so many that they fill the solver."""
        return 1 << max(0, (_SIDE_BY_SIDE // self.design.rows).bit_length() - 1)

    @property
    def evaluations(self) -> int:
        """Rows in all: each a scenario at numbers of its own."""
        return self.base * self.design.rows + len(self.single)

    @cached_property
    def equilibria(self) -> int:
        """About how many equilibria differ in all of these rows; counted at the first base point.

        A number that stands in no measure of a history, nor among the elasticities, leaves its equilibrium as it is.
        """
        drawing = self.evaluator.drawing
        economic = [unknown.economic for unknown in drawing.unknowns]
        groups = [n for n, group in enumerate(self.design.groups) if any(economic[m] for m in group)]
        block = drawing.at(self.design.block(0))[[0, *(1 + n for n in groups), -1]]
        single = self.single[[0, *(row for n, e in enumerate(economic) if e for row in (1 + 2 * n, 2 + 2 * n))]]
        return self.base * self._differing(block) + self._differing(single)

    def _differing(self, rows: Array) -> int:
        """Equilibria of the first row, and of each other those that differ from it."""
        first, _ = self.scenario.distinct
        places = [self.scenario.row_of(history.id) for history in first]
        reference, *others = (self.evaluator.drawing.variant(row) for row in rows)
        before = [reference.histories[p].instruments for p in places]
        total = len(places)
        for variant in others:
            if variant.horizon != reference.horizon:
                total += len(places)
            else:
                total += sum(variant.histories[p].instruments != b for p, b in zip(places, before, strict=True))
        return total


@dataclass(frozen=True, eq=False)
class Importance:
    """What matters in a scenario.

    Attributes:
        scenario: of the numbers. design: (block, row, ...) arrays by name, the results of the design's rows.
        single: (row, ...) arrays by name, one number at a time. data: what follows, in plain data.
    """

    scenario: Scenario
    design: Columns
    single: Columns
    data: Mapping[str, Any]


def plan_importance(scenario: Scenario | str | Path, base: int, seed: int = SEED) -> Plan:
    """What it takes to say what matters.

    Args:
        scenario: a bundled name, a path or a loaded scenario. base: base points, a power of two.

    Raises:
        InputError: nothing to draw, a game in which actors hide moves from each other, another number of base points, a
            seed below 0, SALib is not installed.
    """
    chosen = scenario if isinstance(scenario, Scenario) else load_scenario(scenario)
    if not LEAST_BLOCKS <= base <= MOST_BASE or base & (base - 1):
        raise InputError(f"base: {base}. Give a power of two, {LEAST_BLOCKS} to {MOST_BASE:,}.")
    if seed < 0:
        raise InputError(f"seed: {seed}. Give 0 or more.")
    require_salib()
    if not chosen.game_tree().information.given:
        raise InputError(
            "actors hide moves from each other in this game, so that a draw may have several equilibria and none is "
            "picked. What matters needs a game in which chance alone decides what is hidden."
        )
    return Plan(Evaluator(chosen, seed, None), base)


def run_importance(
    scenario: Plan | Scenario | str | Path,
    base: int,
    out: str | Path,
    *,
    draws: int = 0,
    seed: int = SEED,
    told: Told | None = None,
) -> Importance:
    """Say what matters in a scenario, and keep every block of the design in a folder.

    Blocks that are in the folder already are not made again; more may be asked for later.

    Args:
        scenario: a plan, whose base points and seed are taken, or what `plan_importance` takes. out: the folder.
        draws: of the ensemble in which box and regret are looked for; 0 for the base points of the design instead.
            Draws that are in the ensemble's own folder (`halys.ensembles.default_folder`) are read.
        told: called with (rows done, rows in all).

    Raises:
        InputError: as `plan_importance`, or a folder of something else.
        StorageError: the disk; finished blocks are kept.
    """
    plan = scenario if isinstance(scenario, Plan) else plan_importance(scenario, base, seed)
    chosen, design, evaluator = plan.scenario, plan.design, plan.evaluator
    manifest = {
        "scenario": chosen.id,
        "hash": hash_run(chosen),
        "seed": evaluator.seed,
        "numbers": [unknown.id for unknown in evaluator.drawing.unknowns],
        "groups": [list(group) for group in design.groups],
    }

    def batch(first: int, size: int) -> Columns:
        at = range(first // design.rows, (first + size) // design.rows)
        points = np.concatenate([design.block(n) for n in at])
        return _kept(evaluator.evaluate(evaluator.drawing.at(points)), first)

    def single(first: int, _: int) -> Columns:
        return _kept(evaluator.evaluate(plan.single), first)

    ones = DrawStore.open(Path(out) / _SINGLE, {**manifest, "design": _SINGLE}, len(plan.single))
    blocks = DrawStore.open(Path(out) / _DESIGN, {**manifest, "design": _DESIGN}, plan.batch * design.rows)
    count = plan.base * design.rows
    run_batches(ones, len(plan.single), single, _within(told, 0, plan.evaluations))
    run_batches(blocks, count, batch, _within(told, len(plan.single), plan.evaluations))
    alone = ones.read(len(plan.single))
    made = {name: a.reshape(plan.base, design.rows, *a.shape[1:]) for name, a in blocks.read(count).items()}
    numbers, columns = _drawn(plan, made)
    if draws:
        ensemble = run_ensemble(chosen, draws, default_folder(chosen, evaluator.seed), seed=evaluator.seed)
        numbers, columns = ensemble.columns["numbers"], ensemble.columns
    data = describe_importance(evaluator.drawing, design, plan.single, made, alone, numbers, columns)
    return Importance(chosen, made, alone, data)


def _kept(columns: Mapping[str, NDArray[Any]], first: int) -> Columns:
    """What is kept of rows: their numbers follow from the seed."""
    kept = {name: array for name, array in columns.items() if name != "numbers"}
    return {"draw": np.arange(first, first + len(columns["failed"])), **kept}


def _within(told: Told | None, before: int, total: int) -> Told | None:
    return None if told is None else lambda done, _: told(min(before + done, total), total)


def _drawn(plan: Plan, made: Columns) -> tuple[Array, Columns]:
    """The numbers and results at both points of every block: as many independent draws."""
    points = plan.design.base_points(0, plan.base).reshape(2 * plan.base, -1)
    columns = {name: array[:, [0, -1]].reshape(2 * plan.base, *array.shape[2:]) for name, array in made.items()}
    return plan.evaluator.drawing.at(points), columns


def default_importance_folder(scenario: Scenario, seed: int = SEED) -> Path:
    """Where the design is kept if no folder is named: one for each scenario, version and seed."""
    return Path("importance") / f"{scenario.id}-{hash_run(scenario)[:12]}-{seed}"
