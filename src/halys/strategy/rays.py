"""Extreme rays of a pointed polyhedral cone, exactly, by the double description method.

    C = {x ∈ R^d : x ≥ 0, a_j · x ≥ 0 for j = 1..J}

starts as the orthant, whose extreme rays are the axes. Each inequality in turn keeps the rays on its good side and
makes a new ray where the line between two *adjacent* rays on opposite sides meets it; two rays are adjacent if no third
one is tight in all the inequalities in which both are [1, 2]. Rays are vectors of whole numbers without a common
divisor, so that nothing is rounded and degenerate cones, in which many inequalities meet in one ray, need no special
care.

References:
    1. Motzkin, T. S., Raiffa, H., Thompson, G. L. and Thrall, R. M. (1953). The double description method. In
       Contributions to the Theory of Games II. Princeton University Press.
    2. Fukuda, K. and Prodon, A. (1996). Double description method revisited. In Combinatorics and Computer Science.
       Springer.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TypeAlias

from halys.errors import InputError

Ray: TypeAlias = tuple[tuple[int, ...], int]
"""A vector, and the inequalities in which it is tight as bits: first the d signs, then the rows in order."""

MOST_RAYS = 1_500
"""More rays than this at any moment, and the cone is refused."""


def find_rays(rows: Sequence[Sequence[int]], dimension: int) -> list[Ray]:
    """The extreme rays of {x ≥ 0, rows · x ≥ 0}.

    Args:
        rows: whole numbers [J][d].
        dimension: d.

    Raises:
        InputError: if more than `MOST_RAYS` rays arise.
    """
    every = (1 << dimension) - 1
    rays: list[Ray] = [(tuple(int(i == k) for i in range(dimension)), every & ~(1 << k)) for k in range(dimension)]
    for j, row in enumerate(rows):
        rays = _cut(rays, row, 1 << (dimension + j))
        if len(rays) > MOST_RAYS:
            raise InputError(
                f"tree: its strategies have more than {MOST_RAYS} extreme points. Make the game smaller, or use "
                "concept 'qre'."
            )
    return rays


def _cut(rays: list[Ray], row: Sequence[int], bit: int) -> list[Ray]:
    """The rays of the cone with one inequality more."""
    above: list[tuple[Ray, int]] = []
    below: list[tuple[Ray, int]] = []
    kept: list[Ray] = []
    for vector, tight in rays:
        value = sum(a * x for a, x in zip(row, vector, strict=True) if x)
        if value > 0:
            above.append(((vector, tight), value))
            kept.append((vector, tight))
        elif value < 0:
            below.append(((vector, tight), value))
        else:
            kept.append((vector, tight | bit))
    masks = [tight for _, tight in rays]
    for (up, tight_up), high in above:
        for (down, tight_down), low in below:
            common = tight_up & tight_down
            if sum(1 for mask in masks if mask & common == common) == 2:
                mixed = [high * y - low * x for x, y in zip(up, down, strict=True)]
                divisor = math.gcd(*mixed)
                kept.append((tuple(x // divisor for x in mixed), common | bit))
    return kept
