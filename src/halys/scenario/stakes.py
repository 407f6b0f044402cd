"""Stakes of a scenario: what its moves put at work, and the ranges as yearly values.

The exposure of a stake at a history is the sum over the history's moves, and those of their cases that agree with it.
That of a stake with an `outcome` follows from results and is not made here.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from halys.measures import Quantity, value_of
from halys.scenario.assumptions import Path
from halys.scenario.schema import ScenarioFile

Array = NDArray[np.float64]


@dataclass(frozen=True)
class ExposureTerm:
    """What one move, or one of its cases, adds to the exposure of a stake; `path` in the file."""

    stake: str
    number: float | Quantity
    path: Path


@dataclass(frozen=True, eq=False)
class Stakes:
    """The stakes of a scenario as arrays over stake, in the order of the file.

    Attributes:
        ids: stake ids. actor: index of the owner among the actors.
        annual: factor that makes a value a yearly one; 1 for a stake that accrues as a flow.
        value, low, high: % of the owner's baseline income a year, `annual` included.
    """

    ids: tuple[str, ...]
    actor: NDArray[np.intp]
    annual: Array
    value: Array
    low: Array
    high: Array


def annual_factor(file: ScenarioFile, stake: str) -> float:
    """What turns a stake into a yearly value: r / (1 − (1 + r)^−T) where it accrues once, else 1."""
    if file.stakes[stake].accrual == "flow":
        return 1.0
    assert file.discounting is not None
    rate, years = value_of(file.discounting.rate), value_of(file.discounting.years)
    return float(rate / -np.expm1(-years * np.log1p(rate)))


def stakes_of(file: ScenarioFile) -> Stakes:
    """The stakes as arrays."""
    actors = {name: n for n, name in enumerate(file.actors)}
    annual = np.array([annual_factor(file, name) for name in file.stakes])
    worth = np.array([(w.value, w.low, w.high) for w in (s.percent_of_income for s in file.stakes.values())])
    value, low, high = annual * worth.reshape(-1, 3).T
    owner = np.array([actors[s.actor] for s in file.stakes.values()], dtype=np.intp)
    return Stakes(tuple(file.stakes), owner, annual, value, low, high)


def terms(exposures: Mapping[str, float | Quantity], at: Path) -> tuple[ExposureTerm, ...]:
    """The exposures of a move or a case whose path is `at`."""
    return tuple(ExposureTerm(stake, number, (*at, "exposures", stake)) for stake, number in exposures.items())


def sum_exposures(stakes: Iterable[str], by_history: Iterable[Iterable[ExposureTerm]]) -> Array:
    """Sums (history, stake) of terms at their values."""
    column = {name: n for n, name in enumerate(stakes)}
    rows = []
    for row in by_history:
        total = np.zeros(len(column))
        for term in row:
            total[column[term.stake]] += value_of(term.number)
        rows.append(total)
    return np.array(rows).reshape(len(rows), len(column))
