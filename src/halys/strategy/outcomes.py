"""Where play may end: at a terminal, or, where chance moves on the way, at a lottery over terminals.

Outcomes o = 0..T−1 are the terminals; from T on they are lotteries, each made once. Payoffs are expectations, so that
payoffs which are lines (or planes) in an unknown stay lines:

    U_i(o) = Σ over t of p_o(t)·U_i(t)
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

Lottery: TypeAlias = tuple[tuple[int, float], ...]
"""Terminals in increasing order, each with its probability; these are greater than 0 and sum to 1."""


class Outcomes:
    """The terminals of a tree and the lotteries over them that have been asked for.

    Attributes:
        tables: [table][player][outcome] numbers that expectations are taken of, such as payoffs, or constants and
            slopes of payoffs that are lines; they grow with every new lottery.
        lotteries: [outcome] the terminals that it may end in.
        main: [outcome] the terminal in which it ends if chance always makes its most likely move, the first of equals.
    """

    def __init__(self, *tables: NDArray[np.float64]) -> None:
        """Tables: [terminal, player] each."""
        self.tables: list[list[list[float]]] = [table.T.tolist() for table in tables]
        count = len(tables[0])
        self.lotteries: list[Lottery] = [((t, 1.0),) for t in range(count)]
        self.main: list[int] = list(range(count))
        self._made: dict[tuple[Lottery, int], int] = {(((t, 1.0),), t): t for t in range(count)}

    def mix(self, parts: Sequence[tuple[float, int]]) -> int:
        """The outcome that is each of these with its probability; the first of the most likely is the main one."""
        total: dict[int, float] = {}
        for weight, outcome in parts:
            for t, p in self.lotteries[outcome]:
                total[t] = total.get(t, 0.0) + weight * p
        _, leading = max(parts, key=lambda part: part[0])
        lottery = ((next(iter(total)), 1.0),) if len(total) == 1 else tuple(sorted(total.items()))
        key = (lottery, self.main[leading])
        found = self._made.get(key)
        if found is None:
            found = self._made[key] = len(self.lotteries)
            self.lotteries.append(lottery)
            self.main.append(key[1])
            for table in self.tables:
                for row in table:
                    row.append(sum(p * row[t] for t, p in lottery))
        return found


def expected(values: Sequence[float], weights: Iterable[float]) -> float:
    """Σ w·x; x itself where there is one, so that nothing is rounded."""
    if len(values) == 1:
        return values[0]
    return sum(w * x for w, x in zip(weights, values, strict=True))
