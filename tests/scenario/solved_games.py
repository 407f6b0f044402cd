"""The position of a scenario, solved and played without the rest of an answer: seconds instead of a minute."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from halys.answer.position import Position, locate
from halys.outcome import Outcome
from halys.scenario import Scenario
from halys.solving import Job, solve_batch


def solve_position(scenario: Scenario) -> Position:
    """All histories solved under fixed deficits on the horizon of the file; payoffs at the values of the file."""
    first, own = scenario.distinct
    jobs = [Job(tuple(history.instruments), "fixed", scenario.horizon) for history in first]
    found = list(solve_batch(scenario.world, jobs, _keep))
    assert all(isinstance(change, np.ndarray) for change in found)
    world = scenario.world
    income = world.income * world.unit / 1e9
    return locate(scenario, np.array(found), income, np.array(own))


def _keep(outcome: Outcome) -> NDArray[np.float64]:
    """Equivalent variation (economy,), billion USD a year."""
    return np.array(outcome.data["equivalent_variation"].values)


def moves_played(position: Position) -> dict[str, str]:
    """The move made at each stage that comes up."""
    terminal = position.play.terminal
    return {stage.id: move for stage in position.scenario.file.stages if (move := position.move_at(terminal, stage.id))}


def payoffs_of(position: Position, history: str) -> dict[str, float]:
    """Payoff of every actor in a history, % of own income a year."""
    row = position.tree.terminals.index(history)
    return dict(zip(position.actors, position.payoffs.total()[row].tolist(), strict=True))
