"""What follows from the numbers of a draw: the equilibria of all histories solved side by side, and the game played."""

from __future__ import annotations

import pickle
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from halys.answer.policies import play_policies, sender_of, sender_policies
from halys.answer.position import locate
from halys.drawing import Drawing
from halys.economy import EquilibriumStore, SolverOptions
from halys.errors import HalysError, InputError
from halys.futures.store import Columns
from halys.scenario import Scenario
from halys.solving import LOOSEST_REPORTED, Job, keep_welfare, prepare_batch, solve_batch

Array = NDArray[np.float64]


class Evaluator:
    """Evaluates batches of draws of a scenario.

    Args:
        store: where equilibria are looked for and kept, None for nowhere.
    """

    def __init__(self, scenario: Scenario, seed: int, store: EquilibriumStore | None) -> None:
        self.scenario, self.seed, self._store = scenario, seed, store
        self.drawing = Drawing(scenario, seed)
        first, own = scenario.distinct
        self._rows = [scenario.row_of(history.id) for history in first]
        self._own = np.array(own, dtype=np.intp)
        self._economic = np.array([unknown.economic for unknown in self.drawing.unknowns])
        self.moves = focal_moves(scenario)
        self.policies, self._sender = sender_policies(scenario), sender_of(scenario)
        prepare_batch(scenario.world, scenario.horizon, scenario.file.closures[0], store)

    def __call__(self, first: int, size: int) -> Columns:
        """What is kept of the draws first to first + size − 1; see `Ensemble`."""
        return {"draw": np.arange(first, first + size), **self.evaluate(self.drawing.numbers(first, size))}

    def evaluate(self, numbers: Array) -> dict[str, NDArray[Any]]:
        """What is kept of draws of these numbers (draw, number), all solved side by side; see `Ensemble`.

        What draws have in common is solved once: their equilibria, where they differ in no number of the economy.
        """
        size = len(numbers)
        variants = [self._variant(row) for row in numbers]
        solved = [n for n, variant in enumerate(variants) if isinstance(variant, Scenario)]
        economies: dict[bytes, int] = {}
        place = {n: economies.setdefault(numbers[n, self._economic].tobytes(), len(economies)) for n in solved}
        first = {at: n for n, at in reversed(place.items())}
        jobs = [job for at in range(len(economies)) for job in self._jobs(variants[first[at]])]
        results = self._solve(jobs)
        count, actors = len(self._rows), len(self.scenario.file.actors)
        columns: dict[str, NDArray[Any]] = {
            "numbers": numbers,
            "failed": np.full(size, -1, dtype=np.int32),
            "moves": np.full((size, max(1, len(self.moves))), np.nan),
            "percent": np.full((size, actors), np.nan),
            "billion": np.full((size, actors), np.nan),
            "payoff": np.full((size, actors), np.nan),
        }
        for name in ("policy_payoff", "policy_crosses") if self.policies else ():
            columns[name] = np.full((size, len(self.policies)), np.nan)
        for n, at in place.items():
            variant = variants[n]
            assert isinstance(variant, Scenario)
            self._play(variant, results[at * count : (at + 1) * count], columns, n)
        return columns

    def _variant(self, row: Array) -> Scenario | HalysError:
        """The scenario at the numbers of a draw, or why they cannot stand together."""
        try:
            variant = self.drawing.variant(row)
            variant.game_tree()  # probabilities may sum to more than 1
        except InputError as error:
            return error
        return variant

    def _jobs(self, variant: Scenario | HalysError) -> list[Job]:
        assert isinstance(variant, Scenario)
        options, closure = SolverOptions(tolerance=LOOSEST_REPORTED), variant.file.closures[0]
        horizon, near = variant.horizon, self.scenario.horizon
        return [
            Job(tuple(variant.histories[row].instruments), closure, horizon, options, near=near) for row in self._rows
        ]

    def _solve(self, jobs: list[Job]) -> list[Any]:
        """What is kept of the equilibrium of each job. Jobs that are equal, as those of histories that a number does
        not touch, are solved once."""
        own: dict[bytes, int] = {}
        place = [own.setdefault(pickle.dumps((job.measures, job.horizon)), len(own)) for job in jobs]
        first = {at: n for n, at in reversed(list(enumerate(place)))}
        few = [jobs[first[at]] for at in range(len(own))]
        made = list(solve_batch(self.scenario.world, few, keep_welfare, self._store, far=True))
        return [made[at] for at in place]

    def _play(self, variant: Scenario, results: list[Any], columns: Mapping[str, NDArray[Any]], n: int) -> None:
        """Play a draw and put what follows into its row."""
        failed = [isinstance(result, HalysError) for result in results]
        columns["failed"][n] = sum(failed)
        if all(failed):
            return
        income = next(result[1] for result in results if not isinstance(result, HalysError))
        empty = np.full(len(income), np.nan)
        change = np.array([empty if isinstance(r, HalysError) else r[0] for r in results])
        position = locate(variant, change, income, self._own)
        if not position.rows.size:
            return
        lottery = position.play.lotteries[0] if position.tree.nodes else ((0, 1.0),)
        at, odds = np.array([t for t, _ in lottery]), np.array([p for _, p in lottery])
        columns["percent"][n] = odds @ position.payoffs.welfare[at]
        columns["billion"][n] = odds @ position.welfare_billion[at]
        columns["payoff"][n] = odds @ position.payoffs.total()[at]
        if self.policies:
            policies = play_policies(position)
            columns["policy_payoff"][n] = policies.payoff[:, self._sender]
            columns["policy_crosses"][n] = policies.crosses
        if self.moves:
            found = [position.focal_moves[t] for t in at.tolist()]
            columns["moves"][n] = [sum(p for p, m in zip(odds, found, strict=True) if m == move) for move in self.moves]


def focal_moves(scenario: Scenario) -> tuple[str, ...]:
    """The moves of the focal decision, in their order; none where the scenario has no focus."""
    focus = scenario.file.focus
    return () if focus is None else tuple(scenario.file.moves[focus.stage])
