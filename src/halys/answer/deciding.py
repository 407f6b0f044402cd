"""The play at another value of an economic unknown, from as few equilibria as settle it.

At that value some equilibria are solved; for the others ΔW is estimated. An unknown enters a history through certain
places of the file. Histories that it enters through the same places are a class, within which it shifts ΔW much alike:
the estimate is the middle of the shifts solved for so far, its slack a multiple of their spread. The lightest and the
heaviest history of each class are solved first, with what follows each focal move.

With payoffs known to lie in intervals, a move may be played if its best is not below the worst of every other; what
may be reached is found by backward induction over sets. While more than one focal move may be reached from the root,
whatever that hangs on is solved: at the end one focal move is left, or all that may be reached is known.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

from halys.answer.payoffs import make_payoffs
from halys.answer.position import Position
from halys.errors import HalysError
from halys.measures import value_of
from halys.scenario import Scenario
from halys.scenario.unknowns import Unknown
from halys.strategy import TIE_TOLERANCE, Play, Tree, solve_play

Array = NDArray[np.float64]
Indices = NDArray[np.intp]
Solved = Array | HalysError
Evaluate = Callable[[Sequence[tuple[Scenario, int]]], list[Solved]]
"""From scenarios and positions of histories in them to ΔW (actor,) in %, or why there is none."""

_SPREAD = 3.0  # a shift is looked for within so many times half the spread of those of its class, around their middle
_FLOOR = 0.25  # and at least within this part of the largest


def find_classes(position: Position, unknown: Unknown) -> list[Indices]:
    """Terminals that an unknown enters, those that it enters through the same places together."""
    everywhere = any(path[0] == "horizon" for path in unknown.paths)
    wanted = {path[:-1] for path in unknown.paths}
    own, through = _equilibria(position), dict[int, frozenset[object]]()
    found: dict[frozenset[object], list[int]] = {}
    for t, equilibrium in enumerate(own.tolist()):
        if equilibrium not in through:
            measures = position.scenario.histories[position.rows[t]].measures
            through[equilibrium] = frozenset(wanted & {placed.path for placed in measures})
        if everywhere or through[equilibrium]:
            found.setdefault(through[equilibrium], []).append(t)
    return [np.array(members, dtype=np.intp) for members in found.values()]


def _equilibria(position: Position) -> Indices:
    """(terminal,) which of the distinct equilibria is its own."""
    return np.array(position.scenario.distinct[1], dtype=np.intp)[position.rows]


class Guess:
    """ΔW of every history with an unknown at one value: solved for some, estimated for the others.

    Attributes:
        welfare: (terminal, actor), % of own baseline final spending. slack: (terminal, actor), 0 where known.
        known: (terminal,) solved, or not entered by the unknown.
        error: why an equilibrium that was asked for does not exist.
    """

    def __init__(self, position: Position, unknown: Unknown, value: float, classes: list[Indices]) -> None:
        self.position, self.unknown, self.value, self._classes = position, unknown, value, classes
        self.welfare = position.payoffs.welfare.copy()
        self.slack = np.zeros_like(self.welfare)
        self.error: HalysError | None = None
        self._own = _equilibria(position)
        self._entered = np.zeros(len(self._own), dtype=bool)
        for members in classes:
            self._entered[members] = True
        self.known = ~self._entered  # (terminal,)

    def first(self) -> set[int]:
        """Terminals to start from."""
        position = self.position
        size = np.abs(position.payoffs.welfare).sum(axis=1)
        found = [int(members[pick(size[members])]) for members in self._classes for pick in (np.argmin, np.argmax)]
        return self.unsolved([*found, *self._ends(position.play, position.play.terminal)])

    def learn(self, solved: dict[int, Solved]) -> None:
        """Take in what was solved for terminals, and estimate the others anew."""
        for terminal, found in solved.items():
            if isinstance(found, HalysError):
                self.error = found
                return
            same = self._own == self._own[terminal]
            self.welfare[same], self.slack[same], self.known[same] = found, 0.0, True
        base = self.position.payoffs.welfare
        for members in self._classes:
            known, others = members[self.known[members]], members[~self.known[members]]
            if others.size:
                shifts = self.welfare[known] - base[known]
                low, high = shifts.min(axis=0), shifts.max(axis=0)
                self.welfare[others] = base[others] + (low + high) / 2
                self.slack[others] = np.maximum(_SPREAD * (high - low) / 2, _FLOOR * np.abs(shifts).max(axis=0))

    def missing(self) -> set[int]:
        """Terminals that the focal move played here may still hang on; none once it is settled."""
        if self.error is not None:
            return set()
        position, tree = self.position, self.position.tree
        total, slack = self._payoffs()
        play = solve_play(tree, total, find_tied=False)
        beside = [c for n, _ in play.path for c in tree.nodes[n].children]
        found = self.unsolved([*_ends_of(play, beside), *self._ends(play, play.terminal)])
        if found:
            return found
        reached = may_reach(tree, total - slack, total + slack)
        return self.unsolved(reached) if len({position.focal_moves[t] for t in reached}) > 1 else set()

    def _payoffs(self) -> tuple[Array, Array]:
        """U (terminal, actor) and its slack, which a stake in another's loss adds to."""
        position = self.position
        payoffs, slack = make_payoffs(position.scenario, self.welfare, position.made), self.slack.copy()
        for k, stake in enumerate(position.scenario.file.stakes.values()):
            if stake.outcome is not None:
                moved = self.slack[:, position.actors.index(stake.outcome.loss_of)] / value_of(stake.outcome.percent)
                slack[:, payoffs.owner[k]] += abs(payoffs.value[k]) * moved
        return payoffs.total(), slack

    def _ends(self, play: Play, terminal: int) -> list[int]:
        """What may follow each focal move, and the terminal reached."""
        node = self.position.focal_node_of(terminal)
        return [terminal, *(_ends_of(play, () if node is None else self.position.tree.nodes[node].children))]

    def unsolved(self, terminals: Iterable[int]) -> set[int]:
        """One terminal for each equilibrium among them that is not solved."""
        return set({int(self._own[t]): int(t) for t in terminals if not self.known[t]}.values())


def solve_guesses(guesses: Sequence[Guess], evaluate: Evaluate) -> None:
    """Solve until the focal move of each is settled, all of them side by side."""
    wanted = [guess.first() for guess in guesses]
    while any(wanted):
        solve_terminals(guesses, wanted, evaluate)
        wanted = [guess.missing() for guess in guesses]


def solve_alike(groups: Sequence[Sequence[Guess]], evaluate: Evaluate) -> None:
    """Solve for each guess of a group what is known in another, so that values between them can be interpolated."""
    guesses = [guess for group in groups for guess in group if all(other.error is None for other in group)]
    known = {id(guess): np.any([other.known for other in group], axis=0) for group in groups for guess in group}
    wanted = [guess.unsolved(np.flatnonzero(known[id(guess)])) for guess in guesses]
    if any(wanted):
        solve_terminals(guesses, wanted, evaluate)


def solve_terminals(guesses: Sequence[Guess], wanted: Sequence[set[int]], evaluate: Evaluate) -> None:
    """Solve the terminals that each guess wants, in one batch."""
    jobs: list[tuple[Scenario, int]] = []
    for guess, terminals in zip(guesses, wanted, strict=True):
        if terminals:
            variant = guess.position.scenario.with_unknown(guess.unknown.id, guess.value)
            jobs += [(variant, int(guess.position.rows[t])) for t in sorted(terminals)]
    results = iter(evaluate(jobs))
    for guess, terminals in zip(guesses, wanted, strict=True):
        if terminals:
            guess.learn({t: next(results) for t in sorted(terminals)})


def _ends_of(play: Play, places: Iterable[int]) -> list[int]:
    """Terminals that play may reach from places."""
    return [t for place in places for t in ([~place] if place < 0 else (t for t, _ in play.lotteries[place]))]


def may_reach(tree: Tree, low: Array, high: Array) -> list[int]:
    """Terminals that subgame-perfect play may reach with payoffs (terminal, player) between low and high."""
    if not tree.nodes:
        return [0]
    reached = [0] * len(tree.nodes)  # sets of terminals, as bits
    below, above = low.tolist(), high.tolist()
    worst: list[list[float]] = [[]] * len(tree.nodes)
    best: list[list[float]] = [[]] * len(tree.nodes)
    for unit in reversed(tree.information.units):
        first = tree.nodes[unit[0]]
        ends = [
            [(c, worst[c], best[c]) if c >= 0 else (c, below[~c], above[~c]) for c in tree.nodes[n].children]
            for n in unit
        ]
        if first.chance:
            (row,) = ends
            worst[unit[0]] = _averages(first.probabilities, [lows for _, lows, _ in row])
            best[unit[0]] = _averages(first.probabilities, [highs for _, _, highs in row])
            open_ = list(range(len(first.moves)))
        else:
            beliefs, i = tree.information.beliefs[tree.information.unit_of[unit[0]]], first.player
            columns = list(zip(*ends, strict=True))
            lows = [sum(b * end[1][i] for b, end in zip(beliefs, column, strict=True)) for column in columns]
            highs = [sum(b * end[2][i] for b, end in zip(beliefs, column, strict=True)) for column in columns]
            bar = max(lows) - TIE_TOLERANCE
            open_ = [m for m, x in enumerate(highs) if x >= bar]
            for n, row in zip(unit, ends, strict=True):
                worst[n] = [min(column) for column in zip(*(row[m][1] for m in open_), strict=True)]
                best[n] = [max(column) for column in zip(*(row[m][2] for m in open_), strict=True)]
        for n, row in zip(unit, ends, strict=True):
            for m in open_:
                child = row[m][0]
                reached[n] |= reached[child] if child >= 0 else 1 << ~child
    return [t for t, bit in enumerate(reversed(f"{reached[0]:b}")) if bit == "1"]


def _averages(weights: Sequence[float], rows: Sequence[Sequence[float]]) -> list[float]:
    return [sum(w * x for w, x in zip(weights, column, strict=True)) for column in zip(*rows, strict=True)]
