"""Subgame-perfect equilibria of any game: every subgame in turn, the innermost first.

A subgame starts at a node that its player tells from all others and after which no information set reaches outside. A
profile is subgame perfect if it is a Nash equilibrium of every subgame [1]. Each piece, from one subgame's root to the
roots of the next inner ones, is solved for its Nash equilibria with the values of the inner subgames put in, once for
every combination of equilibria of the inner subgames: so every subgame-perfect equilibrium is built from listed parts,
and none is picked.

With perfect information each piece is one decision, and its equilibria are the moves within the tie tolerance of the
best. The first equilibrium of the list is then that of `solve_play`.

Where the equilibria of an inner subgame are a continuum (a tie), its extreme points stand for it. Mixtures of them may
support still other equilibria before it, so that the list then counts as incomplete, though it holds all pure ones.

References:
    1. Selten, R. (1975). Reexamination of the perfectness concept for equilibrium points in extensive games.
       International Journal of Game Theory 4(1), 25-55.
"""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import TypeAlias

from numpy.typing import ArrayLike

from halys.errors import InputError
from halys.strategy.equilibrium import Equilibria, make_equilibrium
from halys.strategy.exact import exact_payoffs, exact_probabilities
from halys.strategy.nash import Found, behaviour_of, fill_strategy, solve_piece
from halys.strategy.play import TIE_TOLERANCE
from halys.strategy.strategic import make_piece
from halys.strategy.tree import Tree, check_tolerance, payoff_array

MOST_EQUILIBRIA = 1_000
"""More equilibria of one subgame than this are not listed, unless asked for."""

Values: TypeAlias = tuple[Fraction, ...]
"""What each player of the tree expects."""


@dataclass(frozen=True)
class Part:
    """One equilibrium of a subgame: what it says in its own piece, and the parts of the inner subgames."""

    said: Mapping[int, tuple[Fraction, ...]]
    inner: tuple[Part, ...]
    values: Values
    component: int | None

    def all_said(self) -> dict[int, tuple[Fraction, ...]]:
        """What it says at each unit of the subgame."""
        found: dict[int, tuple[Fraction, ...]] = {}
        waiting = [self]
        while waiting:
            part = waiting.pop()
            found.update(part.said)
            waiting += part.inner
        return found


@dataclass
class Search:
    """What is known so far about all subgames of a tree."""

    tree: Tree
    roots: frozenset[int]
    tolerance: Fraction
    most: int
    values: dict[int, Values]
    """Of the terminals, by place."""
    parts: dict[int, list[Part]] = field(default_factory=dict)
    """By root."""
    words: set[str] = field(default_factory=set)
    complete: bool = True
    complete_pure: bool = True


def find_subgames(tree: Tree) -> tuple[int, ...]:
    """Nodes at which a subgame starts, in increasing order; the root is one."""
    units, unit_of = tree.information.units, tree.information.unit_of
    # For each node the nodes below, as counts by unit of sets with several nodes: whole sets only make a subgame.
    counts: list[dict[int, int]] = [{} for _ in tree.nodes]
    roots = []
    for n in range(len(tree.nodes) - 1, -1, -1):
        k = unit_of[n]
        below = counts[n]
        for child in tree.nodes[n].children:
            if child >= 0:
                for unit, count in counts[child].items():
                    below[unit] = below.get(unit, 0) + count
        if len(units[k]) > 1:
            below[k] = below.get(k, 0) + 1
        for unit in [unit for unit, count in below.items() if count == len(units[unit])]:
            del below[unit]
        if len(units[k]) == 1 and not below:
            roots.append(n)
    return tuple(reversed(roots))


def solve_subgames(
    tree: Tree, payoffs: ArrayLike, tie_tolerance: float = TIE_TOLERANCE, most: int = MOST_EQUILIBRIA
) -> Equilibria:
    """The subgame-perfect equilibria of a game.

    Args:
        payoffs: [terminal, player], finite.
        tie_tolerance: payoffs of one player this close count as equal; ≥ 0, in the unit of the payoffs.
        most: how many equilibria of one subgame are listed.

    Raises:
        InputError: if the payoffs do not fit, or a piece of the game is too large (the message says what to do).
    """
    array = payoff_array(tree, payoffs, "payoffs")
    if not tree.nodes:
        return Equilibria("spe", (make_equilibrium(tree, (), array, component=0),), True, True, "nothing to decide")
    search = find_parts(tree, payoffs, tie_tolerance, most)
    roots = find_subgames(tree)
    found = []
    for part in search.parts[0]:
        strategy = fill_strategy(tree, part.all_said(), array)
        component = part.component if len(roots) == 1 else None
        found.append(make_equilibrium(tree, strategy, array, roots=roots, component=component))
    return Equilibria("spe", tuple(found), search.complete, search.complete_pure, describe_search(search))


def find_parts(tree: Tree, payoffs: ArrayLike, tie_tolerance: float, most: int) -> Search:
    """The equilibria of every subgame, the innermost first; those of the whole game are `parts[0]`."""
    array, tolerance = payoff_array(tree, payoffs, "payoffs"), check_tolerance(tie_tolerance)
    if most < 1:
        raise InputError(f"most: {most}. Give a whole number ≥ 1.")
    rows = exact_payoffs(array, tolerance)
    roots = find_subgames(tree)
    search = Search(tree, frozenset(roots), Fraction(tolerance), most, {~t: tuple(row) for t, row in enumerate(rows)})
    for root in reversed(roots):
        children = tree.nodes[root].children
        single = all(child < 0 or child in search.roots for child in children)
        listed = _solve_node(search, root) if single else _solve_root(search, root)
        if len(listed) > most:
            search.complete = search.complete_pure = False
            search.words.add(f"of a subgame with more than {most} equilibria only the first {most} are used")
        search.parts[root] = listed[:most]
        if root and _is_continuum(search.parts[root]):
            search.complete = False
            search.words.add("where an inner subgame has a continuum of equilibria its extreme points stand for it")
    return search


def describe_search(search: Search) -> str:
    """The method in words."""
    alone = "each decision on its own; ties within the tolerance branch"
    return "subgames from the innermost on: " + "; ".join(sorted(search.words) or [alone])


def _is_continuum(parts: Sequence[Part]) -> bool:
    """Whether a connected set holds equilibria that are not worth the same to all."""
    first: dict[int, Values] = {}
    return any(
        part.component is not None and first.setdefault(part.component, part.values) != part.values for part in parts
    )


def _combinations(search: Search, ends: Sequence[int]) -> list[tuple[Part, ...]]:
    """Combinations of the equilibria of the inner subgames at these ends, one more than is listed at most."""
    lists = [search.parts[place] for place in ends if place >= 0]
    return list(itertools.islice(itertools.product(*lists), search.most + 1))


def _values_at(search: Search, ends: Sequence[int], inner: Sequence[Part]) -> dict[int, Values]:
    places = [place for place in ends if place >= 0]
    values = {place: search.values[place] for place in ends if place < 0}
    values.update({place: part.values for place, part in zip(places, inner, strict=True)})
    return values


def _solve_node(search: Search, n: int) -> list[Part]:
    """The equilibria of a piece that is one node."""
    node, unit = search.tree.nodes[n], search.tree.information.unit_of[n]
    listed: list[Part] = []
    for number, inner in enumerate(_combinations(search, node.children)):
        values = _values_at(search, node.children, inner)
        following = [values[child] for child in node.children]
        if node.chance:
            shares = exact_probabilities(search.tree, n)
            expected = tuple(
                sum((share * row[i] for share, row in zip(shares, following, strict=True)), Fraction(0))
                for i in range(len(search.tree.players))
            )
            listed.append(Part({}, inner, expected, _component(inner, number, 0)))
            continue
        worth = [row[node.player] for row in following]
        best = max(worth) - search.tolerance
        for m, value in enumerate(worth):
            if value >= best:
                said = {unit: (*(Fraction(0),) * m, Fraction(1))}
                listed.append(Part(said, inner, following[m], _component(inner, number, 0)))
    return listed


def _component(inner: Sequence[Part], number: int, own: int | None) -> int | None:
    """A number for a connected set: one for each combination of inner equilibria and set of the piece."""
    if own is None or any(part.component is None for part in inner):
        return None
    return number * (1 << 20) + own


def _solve_root(search: Search, root: int) -> list[Part]:
    """The equilibria of a piece with several nodes."""
    piece = make_piece(search.tree, root, search.roots - {root})
    ends = [end.place for end in piece.ends]
    solved: dict[tuple[Values, ...], Found] = {}
    listed: list[Part] = []
    for number, inner in enumerate(_combinations(search, ends)):
        values = _values_at(search, ends, inner)
        key = tuple(values[place] for place in ends)
        if key not in solved:
            solved[key] = solve_piece(piece, values)
        found = solved[key]
        search.words.add(f"in strategic form, {found.words}")
        search.complete &= found.complete
        said: set[str] = set()
        for point in found.points:
            behaviour = behaviour_of(piece, point)
            mark = repr(sorted(behaviour.items()))
            if mark not in said:
                said.add(mark)
                component = _component(inner, number, point.component)
                listed.append(Part(behaviour, inner, piece.expected(values, point.mixtures), component))
        if len(listed) > search.most:
            break
    return listed
