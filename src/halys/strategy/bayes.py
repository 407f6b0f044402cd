"""Perfect Bayesian equilibria of small games with hidden information.

A strategy profile with beliefs is listed if every information set is sequentially rational and beliefs follow Bayes'
rule wherever it applies, with no signalling of what one does not know (`halys.strategy.assessment`). That is more than
weak perfect Bayesian equilibrium and no more than sequential equilibrium [1] demands; in signalling games with one
sender, in which only its move can be a mistake, it is what Fudenberg and Tirole [2] define, and all three of a listed
equilibrium's regret, gap and beliefs can be checked from the record.

**Where chance alone decides beliefs** backward induction over information sets finds all equilibria in pure strategies;
ties within the tolerance branch.

**Other games.** Every such equilibrium is subgame perfect, so the candidates are the subgame-perfect equilibria
(`halys.strategy.subgames`). At sets that own moves exclude each pure move is tried. In two-player games nothing is lost
by trying extreme points only: with beliefs free off the path, the equilibria of a connected set that are perfect
Bayesian form faces of it, whose corners are corners of the set.

References:
    1. Kreps, D. M. and Wilson, R. (1982). Sequential equilibria. Econometrica 50(4), 863-894.
    2. Fudenberg, D. and Tirole, J. (1991). Perfect Bayesian equilibrium and sequential equilibrium. Journal of Economic
       Theory 53(2), 236-260.
    3. Cho, I.-K. and Kreps, D. M. (1987). Signaling games and stable equilibria. Quarterly Journal of Economics 102(2).
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction

import numpy as np
from numpy.typing import ArrayLike, NDArray

from halys.errors import InputError
from halys.strategy.assessment import Assessment, find_assessment
from halys.strategy.behaviour import Strategy
from halys.strategy.equilibrium import Equilibria, Equilibrium, make_equilibrium
from halys.strategy.exact import exact_payoffs, exact_probabilities
from halys.strategy.nash import fill_strategy
from halys.strategy.play import TIE_TOLERANCE
from halys.strategy.signals import label_senders
from halys.strategy.subgames import MOST_EQUILIBRIA, Values, describe_search, find_parts, find_subgames
from halys.strategy.tree import Tree, check_tolerance, payoff_array

MOST_COMPLETIONS = 500
"""Combinations of moves at sets that own moves exclude, tried for one candidate."""


def solve_bayes(
    tree: Tree, payoffs: ArrayLike, tie_tolerance: float = TIE_TOLERANCE, most: int = MOST_EQUILIBRIA
) -> Equilibria:
    """The perfect Bayesian equilibria of a game.

    Args:
        payoffs: [terminal, player], finite.
        tie_tolerance: payoffs of one player this close count as equal; ≥ 0, in the unit of the payoffs.
        most: how many equilibria of one subgame are listed.

    Raises:
        InputError: if the payoffs do not fit, or a piece of the game is too large (the message says what to do).
    """
    array, tolerance = payoff_array(tree, payoffs, "payoffs"), check_tolerance(tie_tolerance)
    if most < 1:
        raise InputError(f"most: {most}. Give a whole number ≥ 1.")
    if tree.information.given:
        return _solve_given(tree, array, tolerance, most)
    search = find_parts(tree, array, tolerance, most)
    words, roots = {describe_search(search)}, find_subgames(tree)
    complete, complete_pure = search.complete, search.complete_pure
    listed: dict[bytes, Equilibrium] = {}
    for part in search.parts[0]:
        said = part.all_said()
        silent = _silent(tree, said)
        if _count(tree, silent) > MOST_COMPLETIONS:
            complete = complete_pure = False
            words.add(f"of more than {MOST_COMPLETIONS} completions of a candidate only the first were tried")
        kept = 0
        for strategy in itertools.islice(_completions(tree, said, silent, array), MOST_COMPLETIONS):
            found = find_assessment(tree, strategy, array, tolerance)
            if found is not None:
                kept += 1
                key = b"".join(sigma.tobytes() for sigma in strategy)
                component = part.component if len(roots) == 1 else None
                listed.setdefault(key, _record(tree, strategy, array, found, component))
        if len(silent) > 1 or (silent and not kept):
            complete = False
            words.add("mixtures at sets that own moves exclude were not tried")
    items = sorted(listed.values(), key=lambda item: not item.pure)
    method = "subgame-perfect equilibria for which beliefs exist; " + "; ".join(sorted(words))
    return Equilibria("pbe", tuple(items), complete, complete_pure, method)


def _silent(tree: Tree, said: Mapping[int, object]) -> list[int]:
    """Units with a choice at which nothing is said."""
    nodes = [tree.nodes[unit[0]] for unit in tree.information.units]
    return [k for k, node in enumerate(nodes) if not node.chance and len(node.moves) > 1 and k not in said]


def _count(tree: Tree, silent: Sequence[int]) -> int:
    return math.prod(len(tree.nodes[tree.information.units[k][0]].moves) for k in silent)


def _completions(
    tree: Tree, said: dict[int, tuple[Fraction, ...]], silent: Sequence[int], payoffs: NDArray[np.float64]
) -> Iterator[Strategy]:
    ranges = [range(len(tree.nodes[tree.information.units[k][0]].moves)) for k in silent]
    for moves in itertools.product(*ranges):
        chosen = {k: (*(Fraction(0),) * m, Fraction(1)) for k, m in zip(silent, moves, strict=True)}
        yield fill_strategy(tree, {**said, **chosen}, payoffs)


def _record(
    tree: Tree, strategy: Strategy, payoffs: NDArray[np.float64], found: Assessment, component: int | None
) -> Equilibrium:
    return make_equilibrium(
        tree,
        strategy,
        payoffs,
        beliefs=found.beliefs,
        component=component,
        belief_ranges=found.ranges,
        senders=label_senders(tree, strategy, payoffs),
    )


def _solve_given(tree: Tree, payoffs: NDArray[np.float64], tolerance: float, most: int) -> Equilibria:
    """Backward induction over units, with every tie as a branch."""
    weights = _chance_weights(tree)
    ends = {~t: tuple(row) for t, row in enumerate(exact_payoffs(payoffs, tolerance))}
    branches: list[tuple[dict[int, Values], dict[int, int]]] = [(ends, {})]
    cut = continuum = False
    for k in range(len(tree.information.units) - 1, -1, -1):
        following = []
        for values, moves in branches:
            options = _options(tree, k, values, weights, Fraction(tolerance))
            for m, part in options[1:]:
                following.append(({**values, **part}, {**moves, k: m}))
            continuum |= k > 0 and any(part != options[0][1] for _, part in options)
            # The first option continues the branch itself: without ties nothing is copied.
            values.update(options[0][1])
            moves[k] = options[0][0]
            following.insert(len(following) - len(options) + 1, (values, moves))
        cut |= len(following) > most
        branches = following[:most]
    found = []
    for _, moves in branches:
        said = {k: (*(Fraction(0),) * m, Fraction(1)) for k, m in moves.items()}
        strategy = fill_strategy(tree, said, payoffs)
        beliefs = tuple(np.array(belief) for belief in tree.information.beliefs)
        ranges = tuple(np.array([belief, belief]) for belief in beliefs)
        found.append(_record(tree, strategy, payoffs, Assessment(beliefs, ranges), None))
    words = "backward induction over information sets, whose beliefs chance alone decides"
    if continuum:
        words += "; where ties make a continuum its pure ends stand for it"
    if cut:
        words += f"; only the first {most} are listed"
    return Equilibria("pbe", tuple(found), not continuum and not cut, not cut, words)


def _chance_weights(tree: Tree) -> list[Fraction]:
    """For each node the exact probability of the moves of chance on the way there."""
    weights = [Fraction(1)] * len(tree.nodes)
    for n, node in enumerate(tree.nodes):
        shares = exact_probabilities(tree, n) if node.chance else (Fraction(1),) * len(node.moves)
        for share, child in zip(shares, node.children, strict=True):
            if child >= 0:
                weights[child] = weights[n] * share
    return weights


def _options(
    tree: Tree, k: int, values: Mapping[int, Values], weights: Sequence[Fraction], tolerance: Fraction
) -> list[tuple[int, dict[int, Values]]]:
    """Best moves at a unit in order, each with the values it gives to the unit's nodes; for chance the one average."""
    unit = tree.information.units[k]
    node = tree.nodes[unit[0]]
    if node.chance:
        shares = exact_probabilities(tree, unit[0])
        parts = [values[child] for child in node.children]
        average = tuple(
            sum((share * part[i] for share, part in zip(shares, parts, strict=True)), Fraction(0))
            for i in range(len(tree.players))
        )
        return [(0, {unit[0]: average})]
    total = sum((weights[n] for n in unit), Fraction(0))
    worth = [
        sum((weights[n] * values[tree.nodes[n].children[m]][node.player] for n in unit), Fraction(0)) / total
        for m in range(len(node.moves))
    ]
    best = max(worth) - tolerance
    return [(m, {n: values[tree.nodes[n].children[m]] for n in unit}) for m, value in enumerate(worth) if value >= best]
