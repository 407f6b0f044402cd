"""What every solver returns: equilibria as records, and whether there may be others.

An equilibrium is never picked in silence. A solver lists what it found, in an order that depends on the game alone, and
says by which method and whether the list is complete.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

from halys.strategy.behaviour import (
    Beliefs,
    Strategy,
    expected_payoffs,
    find_beliefs,
    find_gap,
    find_reach,
    find_regret,
)
from halys.strategy.tree import Tree

Concept: TypeAlias = Literal["spe", "nash", "pbe", "qre"]
"""Subgame-perfect, Nash, perfect Bayesian, or logit quantal-response equilibrium."""


class Signalling(StrEnum):
    """What the moves of a player's types tell."""

    POOLING = "pooling"
    """All types move alike, so that the move tells nothing."""
    SEPARATING = "separating"
    """No move is made by two types, so that the move tells all."""
    HYBRID = "hybrid"
    """Anything between."""


@dataclass(frozen=True)
class Sender:
    """Sets of one player between which chance alone decides: its types."""

    player: int
    units: tuple[int, ...]
    """Indices into `tree.information.units`."""
    signalling: Signalling
    passes_intuitive: bool | None
    """Whether the beliefs off the path pass the intuitive criterion; None where the game is not of the simple form."""


@dataclass(frozen=True, eq=False)
class Equilibrium:
    """One equilibrium of a game."""

    strategy: Strategy
    """For each unit the probability of each move [move]; chance included."""
    beliefs: Beliefs
    """For each unit the probability of each of its nodes; nan where the concept leaves it open."""
    terminal_probabilities: NDArray[np.float64]
    """[terminal], sum 1."""
    payoffs: NDArray[np.float64]
    """[player], expected."""
    regret: float
    """The most that one player gains by another whole strategy, ≥ 0; for `spe` from the start of any subgame."""
    gap: float
    """The most that one player gains by another move at one set with a belief, ≥ 0; see `halys.strategy.behaviour`."""
    residual: float | None
    """For `qre` the largest difference between the probabilities and the response to them; else None."""
    pure: bool
    """Whether every player moves with certainty at every set."""
    component: int | None
    """Number of the connected set of equilibria that this one belongs to, where that is known."""
    belief_ranges: tuple[NDArray[np.float64], ...] | None = None
    """For `pbe` the least and largest belief [2, node of the unit] that support the same strategy; else None."""
    senders: tuple[Sender, ...] = ()
    """For `pbe` every player with types, and what their moves tell."""


@dataclass(frozen=True, eq=False)
class Equilibria:
    """The equilibria that were found."""

    concept: Concept
    found: tuple[Equilibrium, ...]
    """In an order that depends on the game alone; may be empty."""
    complete: bool
    """Whether every equilibrium is listed, or lies on a connected set whose extreme points are listed."""
    complete_pure: bool
    """Whether every equilibrium in pure strategies is listed, up to moves at sets that own moves exclude."""
    method: str
    """How they were found and what may be missing, in words."""

    def __iter__(self) -> Iterator[Equilibrium]:
        return iter(self.found)

    def __len__(self) -> int:
        return len(self.found)


def is_pure(tree: Tree, strategy: Strategy) -> bool:
    """Whether every player moves with certainty."""
    return all(
        tree.nodes[unit[0]].chance or bool(np.max(sigma) == 1.0)
        for unit, sigma in zip(tree.information.units, strategy, strict=True)
    )


def make_equilibrium(
    tree: Tree,
    strategy: Strategy,
    payoffs: NDArray[np.float64],
    *,
    beliefs: Beliefs | None = None,
    roots: Sequence[int] = (),
    residual: float | None = None,
    component: int | None = None,
    belief_ranges: tuple[NDArray[np.float64], ...] | None = None,
    senders: tuple[Sender, ...] = (),
) -> Equilibrium:
    """The record of a strategy profile, with regret and gap recomputed from the extensive form.

    Args:
        strategy: one array [move] per unit.
        payoffs: [terminal, player].
        beliefs: those of the solver; Bayes' rule where None.
        roots: nodes from which deviations count besides the root.
    """
    beliefs = find_beliefs(tree, strategy) if beliefs is None else beliefs
    return Equilibrium(
        strategy=strategy,
        beliefs=beliefs,
        terminal_probabilities=find_reach(tree, strategy)[1],
        payoffs=expected_payoffs(tree, strategy, payoffs),
        regret=find_regret(tree, strategy, payoffs, roots),
        gap=find_gap(tree, strategy, beliefs, payoffs),
        residual=residual,
        pure=is_pure(tree, strategy),
        component=component,
        belief_ranges=belief_ranges,
        senders=senders,
    )
