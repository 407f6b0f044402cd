"""Agent-logit quantal-response equilibrium where chance alone decides beliefs: exact, by backward recursion.

Each set is played by an agent of its player who chooses by logit (`halys.strategy.choice`) and knows that everybody
later, itself included, does the same [1]. From the last unit to the first,

    q(h, m) = Σ over n in h of b(n) V(child(n, m), i),
    σ_h = logit(λ_i q(h, ·)),    V(n, ·) = Σ_m σ_h(m) V(child(n, m), ·).

With beliefs b that chance alone decides (`tree.information.given`) nothing has to be iterated: the equilibrium is
unique and the recursion finds it, for many payoffs at once. Other games: `halys.strategy.branch`.

References:
    1. McKelvey, R. D. and Palfrey, T. R. (1998). Quantal response equilibria for extensive form games. Experimental
       Economics 1(1), 9-41.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from halys.errors import InputError
from halys.strategy.behaviour import Strategy, move_values
from halys.strategy.choice import NestsOf, check_nests, check_precision, log_choice
from halys.strategy.tree import Tree, number_array


@dataclass(frozen=True, eq=False)
class Responses:
    """Logit play of one game for many draws of its payoffs."""

    strategy: tuple[NDArray[np.float64], ...]
    """For each unit [..., move]; chance included."""
    terminal_probabilities: NDArray[np.float64]
    """[..., terminal], sum 1 over the terminals."""
    values: NDArray[np.float64]
    """[..., player]: what each player expects at the start."""


def solve_responses(tree: Tree, payoffs: ArrayLike, precision: ArrayLike, nests: NestsOf | None = None) -> Responses:
    """Logit play by backward recursion, for any number of draws of the payoffs at once.

    Args:
        tree: a game in which chance alone decides beliefs.
        payoffs: [..., terminal, player], finite; the leading axes are draws.
        precision: λ ≥ 0 in 1/(unit of the payoffs): one number, or one for each player.
        nests: groups of similar moves by unit; none if None.

    Raises:
        InputError: if the payoffs do not fit the tree, or beliefs depend on what players choose.
    """
    array, lam, nests = _check_draws(tree, payoffs), check_precision(tree, precision), check_nests(tree, nests)
    if not tree.information.given:
        raise InputError(
            "payoffs: what players believe depends on what others choose, so backward recursion does not solve this "
            "game. Use solve_equilibria with concept 'qre', one draw at a time."
        )
    draws = array.shape[:-2]
    values: list[NDArray[np.float64]] = [np.empty(0)] * len(tree.nodes)
    units, beliefs = tree.information.units, tree.information.beliefs
    strategy: list[NDArray[np.float64]] = [np.empty(0)] * len(units)
    for k in range(len(units) - 1, -1, -1):
        node = tree.nodes[units[k][0]]
        following = [_following(tree, n, values, array) for n in units[k]]
        if node.chance:
            strategy[k] = np.broadcast_to(np.array(node.probabilities), (*draws, len(node.moves)))
        else:
            worth = sum(b * part[..., node.player] for b, part in zip(beliefs[k], following, strict=True))
            strategy[k] = np.exp(log_choice(lam[node.player] * np.asarray(worth), nests.get(k)))
        for n, part in zip(units[k], following, strict=True):
            values[n] = (strategy[k][..., None] * part).sum(axis=-2)
    probabilities = _terminal_probabilities(tree, strategy, draws)
    return Responses(tuple(strategy), probabilities, values[0] if tree.nodes else array[..., 0, :])


def response_residual(
    tree: Tree, strategy: Strategy, payoffs: NDArray[np.float64], precision: ArrayLike, nests: NestsOf | None = None
) -> float:
    """The largest difference between a strategy and the logit response to it, where chance alone decides beliefs."""
    lam, nests = check_precision(tree, precision), check_nests(tree, nests)
    beliefs = tuple(np.array(belief) for belief in tree.information.beliefs)
    worst = 0.0
    for k, values in enumerate(move_values(tree, strategy, beliefs, payoffs)):
        node = tree.nodes[tree.information.units[k][0]]
        if not node.chance:
            response = np.exp(log_choice(lam[node.player] * values, nests.get(k)))
            worst = max(worst, float(np.abs(response - strategy[k]).max()))
    return worst


def _check_draws(tree: Tree, payoffs: ArrayLike) -> NDArray[np.float64]:
    array = number_array(payoffs, "payoffs")
    shape = (len(tree.terminals), len(tree.players))
    if array.ndim < 2 or array.shape[-2:] != shape:
        raise InputError(f"payoffs: shape {array.shape}. Give [..., terminal, player] with {shape[0]} × {shape[1]}.")
    if not np.isfinite(array).all():
        raise InputError("payoffs: a value is not a finite number. Give finite payoffs in every draw.")
    return array


def _following(
    tree: Tree, n: int, values: list[NDArray[np.float64]], payoffs: NDArray[np.float64]
) -> NDArray[np.float64]:
    """[..., move, player]."""
    children = tree.nodes[n].children
    return np.stack([values[child] if child >= 0 else payoffs[..., ~child, :] for child in children], axis=-2)


def _terminal_probabilities(
    tree: Tree, strategy: list[NDArray[np.float64]], draws: tuple[int, ...]
) -> NDArray[np.float64]:
    reach: list[NDArray[np.float64]] = [np.ones(draws)] * max(1, len(tree.nodes))
    found = np.ones((*draws, len(tree.terminals)))
    for n, node in enumerate(tree.nodes):
        sigma = strategy[tree.information.unit_of[n]]
        for m, child in enumerate(node.children):
            probability = reach[n] * sigma[..., m]
            if child >= 0:
                reach[child] = probability
            else:
                found[..., ~child] = probability
    return found
