"""The scenarios whose types and signals hang on evidence: the belief at which each changes its answer.

Checked by an induction of this file, which knows nothing of the engine's trees: given what chance drew, every later
stage takes its best move; the actor who does not see the draw takes the best mean over what it may be, by Bayes' rule.
"""

from __future__ import annotations

import numpy as np
import pytest
from solved_games import solve_position

from halys.answer.position import Position
from halys.measures import value_of
from halys.scenario import load_scenario
from halys.scenario.numbers import numbers_without_source
from halys.strategy import solve_play

# Of each scenario: the hidden draw and its first move, the signal, the stage that decides not knowing, the number that
# the evidence leaves, and what is chosen where it is low and high.
CASES = {
    "call-2022": ("resolve", "resolute", "call", "china", "belief-threat-carried-out-resolute", ("arms", "energy")),
    "readouts-2022": ("given", "dual-use", "seen", "usa", "belief-beijing-gives-goods", ("nothing", "banks")),
}


@pytest.fixture(scope="module", params=CASES)
def position(request: pytest.FixtureRequest) -> Position:
    return solve_position(load_scenario(request.param))


def induce(position: Position, fixed: dict[str, str]) -> np.ndarray:
    """Payoffs of all actors where these moves are made and every later stage takes its best."""
    scenario, payoffs = position.scenario, position.payoffs.total()
    rows = [dict(h.moves) for h in scenario.histories]
    here = [n for n, moves in enumerate(rows) if all(moves.get(stage, m) == m for stage, m in fixed.items())]
    here = [n for n in here if all(stage in rows[n] for stage in list(fixed)[:3])]

    def best(members: list[int], stages: list) -> np.ndarray:
        if len(members) == 1 or not stages:
            return payoffs[members[0]]
        stage, *rest = stages
        moves = list(dict.fromkeys(rows[n].get(stage.id) for n in members))
        found = [best([n for n in members if rows[n].get(stage.id) == m], rest) for m in moves]
        if len(found) == 1:
            return found[0]
        actor = position.actors.index(stage.actor)
        return max(found, key=lambda payoff: payoff[actor])

    return best(here, list(scenario.file.stages))


def choose(position: Position, case: tuple, seen: str, probability: float) -> str:
    """What the actor who does not see the draw chooses after a signal, at a prior probability of the first draw."""
    draw, first, signal, stage, _, _ = case
    file = position.scenario.file
    actor = position.actors.index(next(s.actor for s in file.stages if s.id == stage))
    prior = {m: probability if m == first else 1 - probability for m in file.moves[draw]}
    weight = {}
    for drawn, p in prior.items():
        odds = {}
        for name, move in file.moves[signal].items():
            stated = move.probability
            for part in move.cases:
                if part.probability is not None and drawn in np.atleast_1d(part.when.get(draw, drawn)):
                    stated = part.probability
            odds[name] = None if stated in (None, "rest") else value_of(stated)
        left = 1 - sum(x for x in odds.values() if x is not None)
        weight[drawn] = p * (left if odds[seen] is None else odds[seen])
    worth = {
        move: sum(w * induce(position, {draw: d, signal: seen, stage: move})[actor] for d, w in weight.items())
        for move in file.moves[stage]
    }
    return max(worth, key=worth.__getitem__)


def played(position: Position, probability: float, case: tuple, seen: str) -> str:
    """The engine's choice after the same signal, at the same probability."""
    moved = position.scenario.with_unknown(case[4], probability)
    tree, stages = moved.game_tree(), list(position.stages)
    play = solve_play(tree, position.payoffs.total())
    for n, stage in enumerate(stages):
        if stage == case[3] and f"{case[2]}={seen}" in tree.terminals[first_below(tree, n)].split("/"):
            return tree.nodes[n].moves[play.choice[n]]
    raise AssertionError(seen)


def first_below(tree, place: int) -> int:
    while place >= 0:
        place = tree.nodes[place].children[0]
    return ~place


def test_every_number_has_a_source(position):
    assert numbers_without_source(position.scenario.file) == []


def test_choices_after_each_signal_at_any_belief(position):
    case = CASES[position.scenario.id]
    for seen in position.scenario.file.moves[case[2]]:
        for probability in np.linspace(0.03, 0.97, 12):
            assert played(position, probability, case, seen) == choose(position, case, seen, probability)


def test_the_belief_decides(position):
    """Where the belief is low one thing is chosen, where it is high another, after some signal."""
    case = CASES[position.scenario.id]
    unknown = next(u for u in position.scenario.unknowns if u.id == case[4])
    assert 0 < unknown.quantity.low < unknown.quantity.value < unknown.quantity.high < 1
    found = {
        played(position, p, case, seen)
        for seen in position.scenario.file.moves[case[2]]
        for p in np.linspace(0.02, 0.98, 40)
    }
    assert set(case[5]) <= found
