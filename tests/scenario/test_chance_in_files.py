# ruff: noqa: E501 (files and messages read better in one line)
"""Chance stages, hidden moves and actors without an economy in scenario files, and what of them is refused."""

from __future__ import annotations

import numpy as np
import pytest
from games import GAME

from halys.errors import FileError
from halys.scenario import Scenario
from halys.scenario.document import parse_document
from halys.scenario.game import game_tree
from halys.scenario.load import check_document
from halys.strategy import CHANCE

HEAD = GAME.partition("stakes:")[0]
FILE = (
    HEAD.replace("  russia: {label: Russia, economies: RUS}\n", "  dprk: {label: DPRK}\n").partition("assumptions:")[0]
    + "sources:\n  own: {title: Chosen for this test, publisher: The author, date: '2026'}\n"
    + """actors:
  usa: {label: USA, economies: USA}
  china: {label: China, economies: CHN}
  dprk: {label: DPRK}
stakes:
  friend: {label: A friend is helped, actor: china, accrual: flow, percent_of_income: {low: 0, high: 1, source: own}}
  resolve: {label: Resolve, actor: usa, accrual: flow, percent_of_income: {low: 0, high: 1, source: own}}
  standing: {label: Standing, actor: dprk, accrual: flow, percent_of_income: {low: 0, high: 1, source: own}}
focus: {stage: china, line: [help], reply: usa, no_reply: [nothing]}
stages:
  - {id: type, chance: true, hidden_from: [china, dprk], revealed_at: usa}
  - {id: leak, chance: true}
  - {id: dprk, actor: dprk}
  - {id: china, actor: china}
  - {id: usa, actor: usa, when: {china: help}}
moves:
  type:
    tough: {label: Tough, probability: {value: 0.5, low: 0.2, high: 0.8, source: own}}
    weak: {label: Weak, probability: rest}
  leak:
    leak:
      label: A leak
      probability: {value: 0.8, low: 0.6, high: 0.9, source: own}
      cases: [{when: {type: weak}, probability: {value: 0.2, low: 0.1, high: 0.4, source: own}}]
    none: {label: Silence, probability: rest}
  dprk:
    quiet: {label: Quiet}
    shells: {label: Shells, exposures: {standing: 1}}
  china:
    stay: {label: Stay}
    help: {label: Help, exposures: {friend: 1}}
  usa:
    nothing:
      label: Nothing
      cases: [{when: {type: tough}, exposures: {resolve: -1}}]
    tariff:
      label: Tariffs
      measures: [{instrument: tariff, exporters: CHN, importers: USA, industries: goods, rate: {value: 0.25, source: own}}]
"""
)


def load(text: str) -> Scenario:
    return check_document(parse_document(text, "chance.yaml"))


def refused(old: str, new: str) -> str:
    assert old in FILE, old
    with pytest.raises(FileError) as caught:
        load(FILE.replace(old, new))
    return str(caught.value)


def test_beliefs_after_a_signal_are_those_of_bayes() -> None:
    tree, stages = game_tree(load(FILE))
    assert [stages[n] for n, node in enumerate(tree.nodes) if node.player == CHANCE][:2] == ["type", "leak"]
    found = tree.information
    assert found.given
    assert not found.perfect
    beliefs = {
        tree.nodes[unit[0]].information: b
        for unit, b in zip(found.units, found.beliefs, strict=True)
        if stages[unit[0]] == "china"
    }
    leak = 0.5 * 0.8 / (0.5 * 0.8 + 0.5 * 0.2)
    assert beliefs["china: leak=leak/dprk=quiet"] == pytest.approx((leak, 1 - leak))
    usa = [node for n, node in enumerate(tree.nodes) if stages[n] == "usa"]
    assert all(not node.information for node in usa)  # the type is revealed there


def test_an_actor_without_an_economy_has_stakes_alone() -> None:
    scenario = load(FILE)
    assert "dprk" not in scenario.actor_economies
    assert [len(at) for at in scenario.actor_positions] == [1, 1, 0]


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("probability: rest}\n  leak:", "probability: 0.6}\n  leak:", "the probabilities sum to 1.1 (tough 0.5, weak 0.6)"),
        ("high: 0.8, source: own}}\n    weak", "high: 1.0, source: own}}\n    weak", "at its high end, 1, the probability of"),
        ("value: 0.5, low: 0.2, high: 0.8", "value: 0.5, low: 0.9, high: 0.8", "low is 0.9 and high is 0.8"),
        ("tough: {label: Tough, probability: {value: 0.5, low: 0.2, high: 0.8, source: own}}",
         "tough: {label: Tough, probability: 0}", "greater than 0 and at most 1"),
        ("none: {label: Silence, probability: rest}", "none: {label: Silence}", "has no probability. Add one, or `rest`"),
        ("quiet: {label: Quiet}", "quiet: {label: Quiet, probability: 0.5}", "whose moves have no probability"),
        ("{id: leak, chance: true}", "{id: leak, chance: true, actor: usa}", "Remove one of the two"),
        ("{id: leak, chance: true}", "{id: leak}", "Name the actor, or write chance: true"),
        ("hidden_from: [china, dprk]", "hidden_from: [chin, dprk]", "'chin' is not listed under `actors`"),
        ("revealed_at: usa", "revealed_at: nowhere", "'nowhere' is not a later stage. Later stages: leak, dprk, china, usa"),
        ("{id: dprk, actor: dprk}", "{id: dprk, actor: dprk, hidden_from: [dprk]}", "moves here and knows its own move"),
        ("{id: dprk, actor: dprk}", "{id: dprk, actor: dprk, revealed_at: usa}", "there is no hidden_from"),
        ("help: {label: Help, exp", "help: {label: Help, when: {type: tough}, exp", "China cannot tell which, but has the moves"),
        ("focus: {stage: china", "focus: {stage: leak", "'leak' is a move of chance, which decides nothing"),
        ("actor: dprk, accrual: flow, percent_of_income: {low: 0, high: 1, source: own}}",
         "actor: usa, accrual: flow, percent_of_income: {low: 0, high: 1, source: own}, outcome: {loss_of: dprk, percent: 5}}",
         "DPRK has no economy, so that its loss is not known"),
    ],
)  # fmt: skip
def test_what_is_no_game_of_chance_is_refused(old: str, new: str, told: str) -> None:
    message = refused(old, new)
    assert told in message
    assert message.startswith("chance.yaml:")


def test_a_run_averages_over_chance_and_moves_a_probability_along_its_range() -> None:
    import halys

    run = halys.run(load(FILE), cache=False)
    answer = run.answer
    assert answer is not None
    rungs = {rung["move"]: rung for rung in answer["ladder"]}
    assert rungs["stay"]["percent"] == pytest.approx(0.0, abs=1e-9)
    assert answer["tree"]["nodes"][0]["probabilities"] == [0.5, 0.5]
    ids = {entry["id"] for entry in answer["sensitivity"]}
    assert "moves.type.tough.probability" in ids
    line = next(line for line in answer["lines"] if line["stake"] == "standing")
    assert line["breaks"] == [] or line["breaks"][0]["at_billion"] is None
    assert run.game is not None
    assert np.isfinite(run.game["payoff"].values).all()
