"""Games with a part missing: no answer, no equilibrium, no decision; and lines of several parts."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from crisis import CRISIS, losses
from test_words import beside, engine, results

from halys.answer.build import build_answer
from halys.answer.deciding import Guess, find_classes, may_reach, solve_guesses
from halys.answer.position import place
from halys.answer.words import line_sentences, range_sentences, threat_sentences
from halys.report.summary_text import render_answer
from halys.scenario import Scenario
from halys.scenario.document import parse_document
from halys.scenario.load import check_document
from halys.strategy import solve_play


def load(text: str) -> Scenario:
    return check_document(parse_document(text, "edge.yaml"))


def answer_of(scenario: Scenario, lost: str | None = None) -> dict[str, Any]:
    """The answer, without an equilibrium for histories that hold `lost`."""
    data = results(scenario)
    if lost is not None:
        gone = [n for n, history in enumerate(scenario.histories) if lost in history.id]
        data["equivalent_variation"][:, gone] = np.nan
    return build_answer(scenario, data, engine, beside(scenario)).data


def test_a_line_that_no_answer_follows() -> None:
    text = CRISIS.replace("punish:\n      label: Punish", "punish:\n      label: Punish\n      when: {china: stay}")
    answer = answer_of(load(text))
    assert answer["deterrence"] is None
    assert threat_sentences(answer) == ["No answer comes after the line is crossed."]
    assert answer["played"]["move"] == "cross"


@pytest.mark.parametrize(
    ("lost", "words"),
    [
        ("usa=punish", "Not among the choices, having no equilibrium: “Punish” (USA)."),
        ("china=cross", "Not among the choices, having no equilibrium: “Cross” (China)."),
        ("europe=joins", "Not among the choices, having no equilibrium: “Joins” (Europe)."),
    ],
)
def test_moves_without_an_equilibrium_are_named_beside_the_answer(crisis: Scenario, lost: str, words: str) -> None:
    answer = answer_of(crisis, lost)
    assert answer["holds_if"][0] == words
    scenario = {"id": "crisis", "title": "A crisis", "question": ""}
    summary = {"scenario": scenario, "failures": [], "histories": [], "answer": answer}
    assert words in " ".join(render_answer(summary, 100).split())


def test_a_decision_that_does_not_come_up() -> None:
    first = "first:\n    talk: {label: Talk, ends: true, exposures: {resolve: 1}}\n    wait: {label: Wait}"
    text = CRISIS.replace("stages:\n", "stages:\n  - {id: first, actor: usa}\n")
    text = text.replace("moves:\n", f"moves:\n  {first}\n")
    answer = answer_of(load(text))
    assert answer["sentence"] == "The decision of China does not come up: USA: Talk."
    assert answer["possible"][0]["label"] == "the decision does not come up"
    assert "“the decision" not in " ".join(answer["holds_if"])


def breaks(*found: tuple[float, str, str]) -> list[dict[str, Any]]:
    return [
        {"at": at, "at_billion": 10 * at, "at_once": None, "from": a, "to": b, "from_label": a, "to_label": b,
         "flips": (a == "cross") != (b == "cross")}
        for at, a, b in found
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("found", "words"),
    [
        ([(1.0, "stay", "cross")], "worth more than 1.0 % of China's income a year: 10 bn"),
        ([(1.0, "cross", "stay")], "worth less than 1.0 % of China's income a year: 10 bn"),
        ([(1.0, "stay", "cross"), (2.0, "cross", "stay")], "worth 1.0 to 2.0 % of China's income a year: 10 and 20 bn"),
        ([(1.0, "cross", "stay"), (2.0, "stay", "cross")], "worth less than 1.0 or more than 2.0 % of China's"),
        ([(0.5, "stay", "hint"), (1.0, "hint", "cross")], "worth more than 1.0 % of China's"),
    ],
)
def test_a_line_is_told_with_all_its_parts(found: list[tuple[float, str, str]], words: str) -> None:
    line = {"actor": "china", "actor_label": "China", "label": "Aim", "low": 0.0, "high": 3.0, "breaks": breaks(*found)}
    (told,) = line_sentences({"focus": {"actor": "china", "line": ["cross"]}, "lines": [line]})
    assert told.startswith("“cross” only where “Aim” is ")
    assert words in told
    assert "(range 0 to 3.0 %)." in told


def test_an_answer_holds_by_every_number_that_flips_it_and_on_both_sides() -> None:
    entries = [
        {"label": "A", "unit": "%", "flips": True, "flip_below": 1.0, "flip_above": 2.0},
        {"label": "B", "unit": None, "flips": True, "flip_below": None, "flip_above": 0.5},
        {"label": "C", "unit": None, "failed": "no equilibrium"},
    ]
    answer = {"focus": {}, "lost": [], "possible": [], "sensitivity": entries}
    assert range_sentences(answer) == ["Holds if “A” stays between 1 and 2 %; “B” stays below 0.5, each taken alone."]
    answer["sensitivity"] = entries[2:]
    (told,) = range_sentences(answer)
    assert (
        told == "No number of the scenario that could be tried (1 could not), taken alone, flips it within its range."
    )


def test_a_reply_deters_each_crossing_by_itself() -> None:
    dash = "    dash: {label: Dash, exposures: {aim: -1, resolve: 1}}\n"
    text = CRISIS.replace("line: [cross]", "line: [dash, cross]").replace(
        "    cross: {label", f"{dash}    cross: {{label"
    )
    text = text.replace("when: {china: cross}", "when: {china: [dash, cross]}")
    answer = answer_of(load(text))
    cells = {row["move"]: row["cells"][0]["deters"] for row in answer["deterrence"]["moves"]}
    assert cells == {"dash": True, "cross": True}
    for row in answer["deterrence"]["moves"]:
        row["cells"][0]["deters"] = row["move"] == "cross"
    assert "Deters: nothing from “Dash”; “Punish” from “Cross”." in threat_sentences(answer)[0]


def test_few_equilibria_settle_the_play_that_all_of_them_give(crisis: Scenario) -> None:
    """At random ΔW, which an unknown shifts by classes and a little by history, what is guessed is what is played."""
    random = np.random.default_rng(5)
    (friction,) = (unknown for unknown in crisis.unknowns if unknown.economic)
    for _ in range(60):
        before = random.normal(0.0, 0.4, (len(crisis.histories), 3))
        position = place(crisis, before, before, np.ones(3))
        after = before.copy()
        for members in find_classes(position, friction):
            after[members] += random.normal(0.0, 0.5, 3) * random.uniform(0.9, 1.1, (len(members), 3))
        own = crisis.distinct[1]
        after = after[[own.index(n) for n in own]]
        guess = Guess(position, friction, 1.3, find_classes(position, friction))
        solve_guesses([guess], lambda jobs, after=after: [after[row] for _, row in jobs])
        truth = place(crisis, after, after, np.ones(3))
        found = solve_play(position.tree, guess._payoffs()[0]).terminal
        assert position.focal_moves[found] == truth.focal_moves[truth.play.terminal]


def test_what_may_be_reached_widens_with_what_is_not_known(crisis: Scenario) -> None:
    welfare = np.array([losses(history.id, 1.1) for history in crisis.histories])
    position = place(crisis, welfare, welfare, np.ones(3))
    total = position.payoffs.total()
    assert may_reach(position.tree, total, total) == [position.play.terminal]
    assert may_reach(position.tree, total - 9.0, total + 9.0) == list(range(len(position.tree.terminals)))
