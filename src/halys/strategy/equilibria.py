"""One way into all solutions: the equilibria of a game under a concept, by the method that fits the game.

| concept | what nobody gains by | method |
|---|---|---|
| `spe` | another plan in any subgame | subgames from the innermost on (`halys.strategy.subgames`) |
| `nash` | another plan | reduced strategic form (`halys.strategy.nash`) |
| `pbe` | another move at any set, given beliefs | subgame-perfect candidates, beliefs (`halys.strategy.bayes`) |
| `qre` | (everybody responds by logit to the others) | recursion (`halys.strategy.quantal`), or the principal branch |

Every record is checked afterwards in the extensive form: regret, gap and residual are measured, not assumed.
"""

from __future__ import annotations

from typing import get_args

import numpy as np
from numpy.typing import ArrayLike

from halys.errors import InputError, did_you_mean
from halys.strategy.bayes import solve_bayes
from halys.strategy.branch import follow_branch
from halys.strategy.choice import NestsOf
from halys.strategy.equilibrium import Concept, Equilibria, make_equilibrium
from halys.strategy.nash import solve_nash
from halys.strategy.play import TIE_TOLERANCE
from halys.strategy.quantal import response_residual, solve_responses
from halys.strategy.subgames import MOST_EQUILIBRIA, solve_subgames
from halys.strategy.tree import Tree, payoff_array


def solve_equilibria(
    tree: Tree,
    payoffs: ArrayLike,
    concept: Concept = "spe",
    *,
    precision: ArrayLike | None = None,
    nests: NestsOf | None = None,
    tie_tolerance: float = TIE_TOLERANCE,
    most: int = MOST_EQUILIBRIA,
) -> Equilibria:
    """The equilibria of a game, all that were found.

    Args:
        payoffs: [terminal, player], finite.
        concept: `spe`, `nash`, `pbe` or `qre`.
        precision: for `qre`, and only there: λ ≥ 0 in 1/(unit of the payoffs), one number or one for each player.
        nests: for `qre`, and only there: groups of similar moves by unit.
        tie_tolerance: payoffs of one player this close count as equal; ≥ 0, in the unit of the payoffs.
        most: how many equilibria of one subgame are listed, for `spe` and `pbe`.

    Raises:
        InputError: if an argument does not fit, or the game is too large for the concept (the message says what to do).
        ConvergenceError: if the principal branch of `qre` could not be followed to this precision.
    """
    if concept not in get_args(Concept):
        known = ", ".join(get_args(Concept))
        raise InputError(f"concept: {concept!r}. Give one of {known}.{did_you_mean(str(concept), get_args(Concept))}")
    if concept == "qre":
        return _solve_quantal(tree, payoffs, precision, nests)
    if precision is not None or nests is not None:
        raise InputError(f"precision, nests: they belong to concept 'qre', not {concept!r}. Leave them out.")
    if concept == "nash":
        return solve_nash(tree, payoffs, tie_tolerance)
    solve = solve_subgames if concept == "spe" else solve_bayes
    return solve(tree, payoffs, tie_tolerance, most)


def _solve_quantal(tree: Tree, payoffs: ArrayLike, precision: ArrayLike | None, nests: NestsOf | None) -> Equilibria:
    if precision is None:
        raise InputError("precision: missing. Quantal response needs λ ≥ 0 in 1/(unit of the payoffs).")
    array = payoff_array(tree, payoffs, "payoffs")
    if tree.information.given:
        strategy = solve_responses(tree, array, precision, nests).strategy
        beliefs = tuple(np.array(belief) for belief in tree.information.beliefs)
        residual = response_residual(tree, strategy, array, precision, nests)
        found = make_equilibrium(tree, strategy, array, beliefs=beliefs, residual=residual)
        words = "backward recursion; chance alone decides beliefs, so that the equilibrium is unique"
        return Equilibria("qre", (found,), True, True, words)
    branch = follow_branch(tree, array, precision, nests)
    found = make_equilibrium(tree, branch.strategy, array, beliefs=branch.beliefs, residual=branch.residual)
    words = "principal branch, followed from the uniform profile at λ = 0; equilibria off it are not looked for"
    return Equilibria("qre", (found,), False, False, words)
