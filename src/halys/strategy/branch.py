"""Agent-logit quantal-response equilibrium of any game: the principal branch, followed from λ = 0.

With z_h(m) = λ_i (q(h, m) − mean over m′ of q(h, m′)) and σ_h = logit(z_h), an equilibrium is a zero of

    F(z, s) = z − s (λ_i / max λ) (q(σ(z)) − mean),    s from 0 to max λ,

where beliefs in q follow from σ by Bayes' rule: σ > 0 everywhere, so every set is reached. At s = 0 the only zero is z
= 0, the uniform profile. The branch that starts there, the *principal branch* [1, 2], is followed by pseudo-arclength:
a step along its tangent, then Newton's method back to it; where it turns, s decreases for a while. The first point at s
= max λ is reported. For large λ other equilibria may exist off this branch; they are not looked for.

Reach, beliefs and σ are kept as logarithms, so that sets which are reached with probability 1e-10000 have beliefs too.
Derivatives of q are by complex steps, exact to rounding [3].

References:
    1. McKelvey, R. D. and Palfrey, T. R. (1998). Quantal response equilibria for extensive form games. Experimental
       Economics 1(1), 9-41.
    2. Turocy, T. L. (2005). A dynamic homotopy interpretation of the logistic quantal response equilibrium
       correspondence. Games and Economic Behavior 51(2), 243-263.
    3. Squire, W. and Trapp, G. (1998). Using complex variables to estimate derivatives of real functions. SIAM Review
       40(1), 110-112.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from halys.errors import ConvergenceError, InputError
from halys.strategy.behaviour import Strategy
from halys.strategy.choice import NestsOf, Number, check_nests, check_precision, log_choice
from halys.strategy.tree import Tree, payoff_array

RESIDUAL = 1e-10
"""A point counts as an equilibrium if no probability differs from the response to it by more."""

MOST_UNKNOWNS = 400
"""Moves at information sets of players, all together."""

_IMAGINARY = 1e-30  # a complex step: so small that its square vanishes
_STEPS = 3_000  # along the branch
_NEWTON = 12  # iterations back to the branch
_FIRST, _LEAST = 1e-2, 1e-12  # length of a step along the branch, at the start and when it gives up
_SHARE = 0.5  # most that a step may be of the way from the origin
_TURN = 0.9  # least cosine between the tangents at both ends of a step


@dataclass(frozen=True, eq=False)
class Branch:
    """The point of the principal branch at the given precision."""

    strategy: Strategy
    """For each unit [move], all probabilities ≥ 0."""
    beliefs: tuple[NDArray[np.float64], ...]
    """For each unit [node of the unit], by Bayes' rule, also where the strategy is 0 in floating point."""
    residual: float
    """Largest difference between a probability and the response to it."""
    steps: int
    """Steps along the branch."""


class _Map:
    """z → (λ_i / max λ) (q(σ(z)) − mean) for a batch of z.

    Without the mean z would grow with λ where play is mixed, and lose digits.
    """

    def __init__(self, tree: Tree, payoffs: NDArray[np.float64], lam: NDArray[np.float64], nests: NestsOf) -> None:
        self.tree, self.payoffs, self.nests = tree, payoffs, nests
        self.end = float(lam.max())
        self.weights = lam / self.end if self.end > 0 else np.ones_like(lam)
        self.starts: list[int] = []
        self.size = 0
        for unit in tree.information.units:
            self.starts.append(self.size)
            self.size += 0 if tree.nodes[unit[0]].chance else len(tree.nodes[unit[0]].moves)

    def log_strategy(self, z: NDArray[Number]) -> list[NDArray[Number]]:
        """For each unit log σ [..., move]."""
        found = []
        for k, unit in enumerate(self.tree.information.units):
            node, start = self.tree.nodes[unit[0]], self.starts[k]
            if node.chance:
                logs = np.log(np.array(node.probabilities)).astype(z.dtype)
                found.append(np.broadcast_to(logs, (*z.shape[:-1], len(logs))))
            else:
                found.append(log_choice(z[..., start : start + len(node.moves)], self.nests.get(k)))
        return found

    def log_beliefs(self, logs: list[NDArray[Number]]) -> list[NDArray[Number]]:
        """For each unit log b [..., node of the unit]."""
        tree, shape = self.tree, logs[0].shape[:-1]
        reach: list[NDArray[Number]] = [np.zeros(shape, dtype=logs[0].dtype)] * len(tree.nodes)
        for n, node in enumerate(tree.nodes):
            for m, child in enumerate(node.children):
                if child >= 0:
                    reach[child] = reach[n] + logs[tree.information.unit_of[n]][..., m]
        return [log_choice(np.stack([reach[n] for n in unit], axis=-1)) for unit in tree.information.units]

    def __call__(self, z: NDArray[Number]) -> NDArray[Number]:
        """(λ_i / max λ) (q − mean) [..., unknown]."""
        tree, logs = self.tree, self.log_strategy(z)
        beliefs = [np.exp(log) for log in self.log_beliefs(logs)]
        sigma = [np.exp(log) for log in logs]
        values: list[NDArray[Number]] = [np.empty(0, dtype=z.dtype)] * len(tree.nodes)
        q = np.zeros_like(z)
        for n in range(len(tree.nodes) - 1, -1, -1):
            node, k = tree.nodes[n], tree.information.unit_of[n]
            parts = [
                values[child]
                if child >= 0
                else np.broadcast_to(self.payoffs[~child], (*z.shape[:-1], len(self.weights)))
                for child in node.children
            ]
            following = np.stack(parts, axis=-2)
            values[n] = (sigma[k][..., None] * following).sum(axis=-2)
            if not node.chance:
                belief = beliefs[k][..., tree.information.units[k].index(n)]
                start = self.starts[k]
                q[..., start : start + len(node.moves)] += (
                    self.weights[node.player] * belief[..., None] * following[..., node.player]
                )
        for k, unit in enumerate(tree.information.units):
            if not tree.nodes[unit[0]].chance:
                part = q[..., self.starts[k] : self.starts[k] + len(tree.nodes[unit[0]].moves)]
                part -= part.mean(axis=-1, keepdims=True)
        return q

    def with_derivative(self, z: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """The value [unknown] and its derivative [unknown, by unknown]."""
        moved = self(z + _IMAGINARY * 1j * np.eye(self.size))
        return moved[0].real.copy(), moved.imag.T / _IMAGINARY

    def residual(self, z: NDArray[np.float64]) -> float:
        """Largest difference between σ(z) and the logit response to it."""
        now, then = self.log_strategy(z), self.log_strategy(self.end * self(z))
        return max((float(np.abs(np.exp(a) - np.exp(b)).max()) for a, b in zip(now, then, strict=True)), default=0.0)


def follow_branch(tree: Tree, payoffs: ArrayLike, precision: ArrayLike, nests: NestsOf | None = None) -> Branch:
    """The agent-logit equilibrium on the principal branch.

    Args:
        payoffs: [terminal, player], finite.
        precision: λ ≥ 0 in 1/(unit of the payoffs): one number, or one for each player.
        nests: groups of similar moves by unit; none if None.

    Raises:
        InputError: if the payoffs do not fit, or the game has more than `MOST_UNKNOWNS` moves at its sets.
        ConvergenceError: if the branch could not be followed to this precision, or the residual exceeds `RESIDUAL`.
    """
    array, lam = payoff_array(tree, payoffs, "payoffs"), check_precision(tree, precision)
    mapping = _Map(tree, array, lam, check_nests(tree, nests))
    if mapping.size > MOST_UNKNOWNS:
        raise InputError(
            f"tree: {mapping.size} moves at information sets, more than {MOST_UNKNOWNS}. Make the game smaller: fewer "
            "stages, moves or types."
        )
    if not mapping.size:
        strategy = tuple(np.array(tree.nodes[unit[0]].probabilities) for unit in tree.information.units)
        return Branch(strategy, tuple(np.ones(1) for _ in strategy), 0.0, 0)
    z, steps = _follow(mapping)
    residual = mapping.residual(z)
    if not residual <= RESIDUAL:
        raise ConvergenceError(
            f"precision {lam.max():g}: the response differs from the strategy by {residual:.1e}, more than "
            f"{RESIDUAL:g}. Lower the precision."
        )
    logs = mapping.log_strategy(z)
    beliefs = tuple(np.exp(log) for log in mapping.log_beliefs(logs))
    return Branch(tuple(np.exp(log) for log in logs), beliefs, residual, steps)


def _follow(mapping: _Map) -> tuple[NDArray[np.float64], int]:
    """From z = 0, s = 0 to the first point with s = max λ. Points are [z, s]."""
    point = np.zeros(mapping.size + 1)
    start = _tangent(mapping, point, np.eye(mapping.size + 1)[-1])
    assert start is not None, "at s = 0 the derivative by z is the identity"
    tangent: NDArray[np.float64] = start
    length = _FIRST
    for step in range(1, _STEPS + 1):
        reached = _correct(mapping, point + length * tangent, tangent)
        turned = _tangent(mapping, reached, tangent) if reached is not None else None
        if turned is not None and reached is not None and turned @ tangent >= _TURN and reached[-1] >= 0.0:
            if reached[-1] < mapping.end:
                point, tangent = reached, turned
                length = min(2 * length, _SHARE * (1.0 + float(np.linalg.norm(point))))
                continue
            share = (mapping.end - point[-1]) / (reached[-1] - point[-1])
            end = _settle(mapping, point[:-1] + share * (reached - point)[:-1])
            if end is not None:
                return end, step
        length /= 3
        if length < _LEAST:
            break
    raise ConvergenceError(
        f"precision {mapping.end:g}: the principal branch could be followed to {point[-1]:.3g} only. Give a lower one."
    )


def _system(mapping: _Map, point: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """F [unknown] and its derivative by (z, s) [unknown, unknown + 1]."""
    q, slope = mapping.with_derivative(point[:-1])
    s = point[-1]
    return point[:-1] - s * q, np.column_stack([np.eye(mapping.size) - s * slope, -q])


def _tangent(mapping: _Map, point: NDArray[np.float64], before: NDArray[np.float64]) -> NDArray[np.float64] | None:
    """Unit tangent of the branch that keeps the direction; None where it is not determined."""
    matrix = np.vstack([_system(mapping, point)[1], before])
    try:
        found = np.linalg.solve(matrix, np.eye(mapping.size + 1)[-1])
    except np.linalg.LinAlgError:
        return None
    length = float(np.linalg.norm(found))
    return found / length if np.isfinite(length) and length > 0 else None


def _correct(mapping: _Map, guess: NDArray[np.float64], tangent: NDArray[np.float64]) -> NDArray[np.float64] | None:
    """Newton's method on the plane through the guess across the tangent; None if it does not converge."""
    point = guess.copy()
    for _ in range(_NEWTON):
        value, slope = _system(mapping, point)
        full = np.append(value, tangent @ (point - guess))
        try:
            move = np.linalg.solve(np.vstack([slope, tangent]), full)
        except np.linalg.LinAlgError:
            return None
        point = point - move
        if not np.isfinite(point).all():
            return None
        if np.abs(move).max() <= 1e-9 * (1.0 + np.abs(point).max()):
            return point
    return None


def _settle(mapping: _Map, z: NDArray[np.float64]) -> NDArray[np.float64] | None:
    """Newton's method at s = max λ, until rounding stops it; None if it leaves the neighbourhood."""
    best, least = None, np.inf
    for _ in range(_NEWTON):
        value, slope = _system(mapping, np.append(z, mapping.end))
        error = float(np.abs(value).max())
        if not np.isfinite(error) or (best is not None and error >= least):
            break
        best, least = z, error
        try:
            z = z - np.linalg.solve(slope[:, :-1], value)
        except np.linalg.LinAlgError:
            break
    near = best is not None and least <= 1e-6 * (1.0 + float(np.abs(best).max()))
    return best if near else None
