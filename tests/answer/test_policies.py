"""Policies of the sender: a crisis worked out by hand, and bundled games as on trees cut to the policy."""

from __future__ import annotations

import numpy as np
import pytest
from crisis import ANNUAL, CRISIS, INCOME, at, losses

from halys.answer.payoffs import prune
from halys.answer.policies import AS_IT_SEES_FIT, play_policies, sender_of, sender_policies
from halys.answer.position import Position, place
from halys.scenario import Scenario
from halys.scenario.document import parse_document
from halys.scenario.load import check_document, load_scenario
from halys.strategy import solve_play


def crisis_with(old: str, new: str) -> Scenario:
    assert old in CRISIS
    return check_document(parse_document(CRISIS.replace(old, new), "crisis.yaml"))


def test_by_hand(crisis: Scenario) -> None:
    """The aim is worth 1 % to China. Punished it loses 1 %, and 0.5 % more since Europe joins (0.5 · 0.5 > 0.2).

    Bound to punish, Washington deters; bound to do nothing, it pays its resolve. It punishes by itself, too: that costs
    0.1 %, and its resolve 0.26 % a year.
    """
    position = at(crisis)
    resolve = 2.0 * ANNUAL
    assert sender_policies(crisis) == ("nothing", "punish", AS_IT_SEES_FIT)
    assert sender_of(crisis) == 1
    found = play_policies(position)
    np.testing.assert_array_equal(found.crosses, [1.0, 0.0, 0.0])
    np.testing.assert_allclose(found.payoff, [[1.0, -resolve, 0.0], [0.0, 0.0, 0.0], [0.0, 0.0, 0.0]], atol=1e-12)


def test_a_commitment_that_would_not_be_kept_deters() -> None:
    """With a resolve of at most 0.5 %, spread over years, punishing costs more than it: only a commitment deters."""
    weak = crisis_with("{low: 0, high: 4, source: made-up}", "{low: 0, high: 0.5, source: made-up}")
    found = play_policies(at(weak))
    np.testing.assert_array_equal(found.crosses, [1.0, 0.0, 1.0])
    np.testing.assert_allclose(found.payoff[:, 1], [-0.25 * ANNUAL, 0.0, -0.25 * ANNUAL])


def test_a_commitment_that_does_not_deter_costs_what_it_does() -> None:
    """An aim worth 3 % is pursued all the same: Washington pays for punishing, as it would by itself."""
    strong = crisis_with("{low: 0, high: 2, source: made-up}", "{low: 2, high: 4, source: made-up}")
    found = play_policies(at(strong))
    np.testing.assert_array_equal(found.crosses, [1.0, 1.0, 1.0])
    np.testing.assert_allclose(found.payoff[1], [1.5, -0.1, 0.05], atol=1e-12)


def by_cutting(position: Position, policy: str) -> tuple[np.ndarray, float] | None:
    """The same from the tree without the histories in which the policy is broken."""
    focus = position.focus
    assert focus is not None
    assert focus.reply is not None
    moves = [dict(position.scenario.histories[row].moves) for row in position.rows]
    crossed = np.array([made.get(focus.stage) in focus.line for made in moves])
    replies = [made.get(focus.reply) for made in moves]
    kept, met = np.ones(len(moves), dtype=bool), False
    for t, (beyond, reply) in enumerate(zip(crossed, replies, strict=True)):
        if policy == AS_IT_SEES_FIT or not beyond or reply is None:
            continue
        node = 0
        for stage, move in moves[t].items():  # to the reply on the way to this terminal
            if stage == focus.reply:
                break
            node = position.tree.nodes[node].children[position.tree.nodes[node].moves.index(move)]
        if policy in position.tree.nodes[node].moves:
            met = True
            kept[t] = reply == policy
    if policy != AS_IT_SEES_FIT and not met:
        return None
    tree, _ = prune(position.tree, kept)
    rows = np.array([position.tree.terminals.index(name) for name in tree.terminals])
    total = position.payoffs.total()[rows]
    lottery = solve_play(tree, total).lotteries[0]
    payoff = np.sum([p * total[t] for t, p in lottery], axis=0)
    return payoff, float(sum(p * crossed[rows][t] for t, p in lottery))


@pytest.mark.parametrize("name", ["rome-2022", "evasion", "call-2022", "beijing-2024", "iron-curtain"])
@pytest.mark.parametrize("lost", [0.0, 0.15])
def test_as_on_a_tree_cut_to_the_policy(name: str, lost: float) -> None:
    """On random real incomes, with and without histories that have no equilibrium."""
    scenario = load_scenario(name)
    rng = np.random.default_rng(4)
    actors, met = len(scenario.file.actors), set()
    for _ in range(3):
        welfare = rng.normal(size=(len(scenario.histories), actors))
        welfare[rng.random(len(welfare)) < lost] = np.nan
        position = place(scenario, welfare, welfare, np.full(actors, 100.0))
        found = play_policies(position)
        for n, policy in enumerate(sender_policies(scenario)):
            wanted = by_cutting(position, policy)
            if wanted is None:
                assert np.isnan(found.payoff[n]).all()
                continue
            np.testing.assert_allclose(found.payoff[n], wanted[0], atol=1e-12)
            assert found.crosses[n] == pytest.approx(wanted[1], abs=1e-12)
            met.add(policy)
    assert len(met) > 2


def test_a_move_that_is_open_after_no_crossing_has_no_outcome(crisis: Scenario) -> None:
    """Every punishment of the crossing without an equilibrium."""
    position = at(crisis)
    welfare = np.array([[0.0, 0.0, 0.0]] * len(crisis.histories))
    for n, history in enumerate(crisis.histories):
        made = dict(history.moves)
        if made["china"] == "cross" and made.get("usa") == "punish":
            welfare[n] = np.nan
    found = play_policies(place(crisis, welfare, welfare, position.income))
    assert np.isnan(found.payoff[1]).all()
    assert np.isnan(found.crosses[1])
    assert np.isfinite(found.payoff[[0, 2]]).all()


def test_no_reply_no_policies() -> None:
    scenario = load_scenario("readouts-2022")
    assert sender_policies(scenario) == ()
    assert sender_of(scenario) is None


def test_what_the_sender_does_not_see_of_chance() -> None:
    """Whether all costs are halved is not known to Washington, nor to Beijing before: both play for both seasons."""
    text = CRISIS.replace(
        "  - {id: usa, actor: usa}\n", "  - {id: season, chance: true, hidden_from: [usa]}\n  - {id: usa, actor: usa}\n"
    ).replace(
        "moves:\n",
        "moves:\n  season:\n    mild: {label: Mild, probability: 0.75}\n    hard: {label: Hard, probability: rest}\n",
    )
    scenario = check_document(parse_document(text, "crisis.yaml"))
    welfare = np.array([losses(history.id, 1.1) for history in scenario.histories])
    welfare[["season=mild" in history.id for history in scenario.histories]] *= 0.5
    position = place(scenario, welfare, welfare, INCOME)
    assert not position.tree.information.perfect
    found = play_policies(position)
    mean = 0.75 * 0.5 + 0.25  # of the costs; punished, China loses 1.5 % of it, which is less than its aim
    np.testing.assert_array_equal(found.crosses, 1.0)
    np.testing.assert_allclose(found.payoff[1], [1.0 - 1.5 * mean, -0.1 * mean, 0.25 - 0.2 * mean], atol=1e-12)
    np.testing.assert_allclose(found.payoff[2], found.payoff[1], atol=1e-12)
    for n, policy in enumerate(sender_policies(scenario)):
        wanted = by_cutting(position, policy)
        assert wanted is not None
        np.testing.assert_allclose(found.payoff[n], wanted[0], atol=1e-12)
        assert found.crosses[n] == pytest.approx(wanted[1])
