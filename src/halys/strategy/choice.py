"""Logit choice: how likely each move is, given what each is worth.

Every move's value is perceived with a mistake of its own of extreme-value type I; then [1]

    σ(m) = exp(λ q(m)) / Σ over m′ of exp(λ q(m′)),

with λ ≥ 0 in 1/(unit of the payoffs): 0 is a coin with equal sides, ∞ the best move. Only differences of λ q count, so
that a constant in the payoffs changes nothing and payoffs times a with λ/a neither.

**Nests.** Two copies of one move have two independent mistakes and together twice the weight: naming a move twice
changes the odds. Where moves are variants of one thing they belong in a nest g with dissimilarity μ in (0, 1] [2]:

    σ(m) = σ(g) σ(m | g),    σ(m | g) ∝ exp(λ q(m) / μ_g),    σ(g) ∝ exp(I_g),
    I_g = μ_g log Σ over m in g of exp(λ q(m) / μ_g).

n copies weigh n^μ: with μ = 1 the nest makes no difference, with μ → 0 the copies weigh as one move.

References:
    1. McFadden, D. (1974). Conditional logit analysis of qualitative choice behavior. In Frontiers in Econometrics.
    2. McFadden, D. (1978). Modelling the choice of residential location. In Spatial Interaction Theory and Planning
       Models. North-Holland.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeAlias, TypeVar

import numpy as np
from numpy.typing import ArrayLike, NDArray

from halys.errors import InputError
from halys.strategy.tree import Tree, number_array

Number = TypeVar("Number", np.float64, np.complex128)
"""Complex numbers carry derivatives by complex steps."""


@dataclass(frozen=True, slots=True)
class Nests:
    """How the moves of one information set are grouped. Moves in no group are nests of their own."""

    groups: tuple[tuple[int, ...], ...]
    """Indices of moves; no move is in two groups."""
    dissimilarity: tuple[float, ...]
    """μ of each group, in (0, 1]: 1 for independent mistakes, towards 0 for copies of one move."""


NestsOf: TypeAlias = Mapping[int, Nests]
"""Nests by unit, an index into `tree.information.units`."""


def check_nests(tree: Tree, nests: NestsOf | None) -> NestsOf:
    """The nests, checked.

    Raises:
        InputError: naming the unit and group at fault.
    """
    units = tree.information.units
    for k, nest in (nests or {}).items():
        if not 0 <= k < len(units) or tree.nodes[units[k][0]].chance:
            raise InputError(f"nests: {k} is no information set of a player. Give an index into the tree's units.")
        where, count = f"nests of unit {k}, {tree.name(units[k][0])}", len(tree.nodes[units[k][0]].moves)
        if len(nest.groups) != len(nest.dissimilarity):
            raise InputError(
                f"{where}: {len(nest.groups)} groups, {len(nest.dissimilarity)} dissimilarities. Pair them."
            )
        listed = [m for group in nest.groups for m in group]
        if any(not 0 <= m < count for m in listed) or len(set(listed)) < len(listed) or not all(nest.groups):
            raise InputError(f"{where}: groups {nest.groups}. Give moves 0..{count - 1}, each in one group at most.")
        for mu in nest.dissimilarity:
            if not 0.0 < mu <= 1.0:
                raise InputError(f"{where}: dissimilarity {mu:g}. Give a number greater than 0 and at most 1.")
    return nests or {}


def check_precision(tree: Tree, precision: ArrayLike) -> NDArray[np.float64]:
    """λ of each player [player], from one number for all or one for each.

    Raises:
        InputError: if a value is negative or not finite, or the shape is another.
    """
    array = number_array(precision, "precision")
    if array.shape not in ((), (len(tree.players),)):
        raise InputError(f"precision: shape {array.shape}. Give one number, or one for each of the players.")
    if not (np.isfinite(array).all() and (array >= 0).all()):
        raise InputError(f"precision: {array.tolist()}. Give finite numbers ≥ 0, in 1/(unit of the payoffs).")
    return np.broadcast_to(array, (len(tree.players),)).copy()


def log_choice(scaled: NDArray[Number], nests: Nests | None = None) -> NDArray[Number]:
    """log σ [..., move] of moves worth `scaled` = λ q [..., move]; does not overflow at any λ."""
    if nests is None:
        return scaled - _log_sum(scaled)[..., None]
    groups, mus = _all_groups(nests, scaled.shape[-1])
    inner = [scaled[..., list(group)] / mu for group, mu in zip(groups, mus, strict=True)]
    sums = [_log_sum(values) for values in inner]
    between = np.stack([total * mu for total, mu in zip(sums, mus, strict=True)], axis=-1)
    between = between - _log_sum(between)[..., None]
    found = np.empty_like(scaled)
    for g, group in enumerate(groups):
        found[..., list(group)] = inner[g] - sums[g][..., None] + between[..., g][..., None]
    return found


def _all_groups(nests: Nests, moves: int) -> tuple[list[tuple[int, ...]], list[float]]:
    """The groups and their dissimilarities, with a group of its own for every other move."""
    alone = [m for m in range(moves) if not any(m in group for group in nests.groups)]
    return [*nests.groups, *((m,) for m in alone)], [*nests.dissimilarity, *(1.0 for _ in alone)]


def _log_sum(values: NDArray[Number]) -> NDArray[Number]:
    """log Σ exp over the last axis, with the largest real part taken out."""
    most = values.real.max(axis=-1)
    found: NDArray[Number] = np.log(np.exp(values - most[..., None]).sum(axis=-1)) + most
    return found
