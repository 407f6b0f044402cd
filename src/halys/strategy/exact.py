"""Payoffs and probabilities as exact fractions, so that ties are ties.

Whether two moves are worth the same decides whether a game has one equilibrium or a line of them, and a sum that is off
by 1e-17 decides wrongly. So a float is read as the simplest fraction that rounds to it: 0.1 is 1/10, 0.3333333333333333
is 1/3. Payoffs of one player that differ by less than a tolerance are first set equal.
"""

from __future__ import annotations

from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from halys.strategy.tree import Tree


def simplest_fraction(value: float) -> Fraction:
    """A fraction with a small denominator, up to 10^6, that rounds to the float; else the float's shortest decimal."""
    exact = Fraction(value)
    near = exact.limit_denominator(1_000_000)
    if float(near) == value:
        # The nearest one need not be the simplest one that rounds to the same float.
        for denominator in (1, 10, 100, 1000):
            simpler = exact.limit_denominator(denominator)
            if float(simpler) == value:
                return simpler
        return near
    return Fraction(repr(value))


def exact_payoffs(payoffs: NDArray[np.float64], tie_tolerance: float) -> list[list[Fraction]]:
    """[terminal][player], with payoffs of one player closer than the tolerance set equal to the least of them."""
    snapped = payoffs.copy()
    for player in range(payoffs.shape[1]):
        column = payoffs[:, player]
        order = np.argsort(column, kind="stable")
        ranked = column[order]
        starts = np.concatenate([[True], np.diff(ranked) > tie_tolerance])
        snapped[order, player] = ranked[starts][np.cumsum(starts) - 1]
    known: dict[float, Fraction] = {}
    return [
        [known[value] if value in known else known.setdefault(value, simplest_fraction(value)) for value in row]
        for row in snapped.tolist()
    ]


def exact_probabilities(tree: Tree, n: int) -> tuple[Fraction, ...]:
    """The probabilities of a chance node, summing to exactly 1."""
    shares = [simplest_fraction(value) for value in tree.nodes[n].probabilities]
    total = sum(shares, Fraction(0))
    return tuple(share / total for share in shares)
