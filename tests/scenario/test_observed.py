"""The section `observed`: each rule has a file that breaks it; what is stated becomes a belief at each decision."""

# ruff: noqa: E501 - a fault, its place and its message stand on one line

from __future__ import annotations

import re

import pytest
from games import GAME, scenario
from jsonschema import Draft202012Validator

from halys.errors import FileError
from halys.scenario import all_numbers, list_unknowns, numbers_without_source
from halys.scenario.document import parse_document
from halys.scenario.json_schema import json_schema
from halys.scenario.observed_checks import belief_at, probability_range
from halys.scenario.validation import path_text

OBSERVED = """\
observed:
  spring:
    label: By spring
    date: "2022-03"
    stage: china
    move: arms
    sources: [own]
    summary: What was reported.
    beliefs:
      usa:
        - when: {china: arms}
          moves: {banks: {value: 0.4, low: 0.2, high: 0.6, source: own}, warning: rest}
      allies: {join: help, stay: rest}
  summer:
    label: In summer
    stage: usa
    move: warning
    after: {china: arms}
    beliefs: {allies: any}
"""


def with_observed(old: str = "", new: str = "") -> str:
    assert not old or OBSERVED.count(old) == 1, old
    return GAME + OBSERVED.replace(old, new)


def refused(text: str, path: str, told: str) -> None:
    with pytest.raises(FileError) as caught:
        scenario(text)
    (problem,) = caught.value.problems
    place = re.fullmatch(r"f\.yaml:\d+:\d+ › (\S+)", problem.where)
    assert place, problem.where
    assert place[1] == path
    assert told in problem.message, problem.message


def test_the_section_these_tests_spoil_is_valid() -> None:
    assert list(scenario(with_observed()).file.observed) == ["spring", "summer"]
    assert scenario().file.observed == {}


SUMMER = "observed.summer"
ALLIES = "observed.spring.beliefs.allies"
USA = "observed.spring.beliefs.usa"
NUMBER = "{value: 0.4, low: 0.2, high: 0.6, source: own}"


@pytest.mark.parametrize(
    ("old", "new", "path", "told"),
    [
        ("label: In summer", "label: In summer\n    sumary: x", f"{SUMMER}.sumary", "Nearest: 'summary'"),
        ("    label: In summer\n", "", f"{SUMMER}.label", "missing"),
        ('"2022-03"', '"2022-13"', "observed.spring.date", "is not a date"),
        ("sources: [own]", "sources: [owl]", "observed.spring.sources[0]", "source 'owl' is not listed"),
        ("stage: usa", "stage: us", f"{SUMMER}.stage", "Nearest: 'usa'"),
        ("move: warning", "move: warn", f"{SUMMER}.move", "Nearest: 'warning'"),
        ("after: {china: arms}", "after: {allies: join}", f"{SUMMER}.after.allies", "earlier stages: china"),
        ("after: {china: arms}", "after: {china: tanks}", f"{SUMMER}.after.china", "it has none, arms"),
        ("after: {china: arms}", "after: {china: none}", f"{SUMMER}.after", "comes up in no history with {china: none}"),
        ("after: {china: arms}", "excludes: [sanctions]", f"{SUMMER}.excludes[0]", "has no move 'sanctions'"),
        ("after: {china: arms}", "excludes: [banks]", f"{SUMMER}.excludes", "every other move is excluded"),
        ("beliefs: {allies: any}", "beliefs: {china: any}", f"{SUMMER}.beliefs.china", "not a stage after 'usa'; later stages: allies"),
        ("beliefs: {allies: any}", "beliefs: {allies: all}", f"{SUMMER}.beliefs.allies", "'any'"),
        ("beliefs: {allies: any}", "beliefs: {allies: {leave: 1}}", f"{SUMMER}.beliefs.allies.leave", "has no move 'leave'"),
        ("beliefs: {allies: any}", "beliefs: {allies: {join: 1, stay: 1}}", f"{SUMMER}.beliefs.allies", "sum to 2 (join 1, stay 1), not to 1"),
        ("beliefs: {allies: any}", "beliefs: {allies: {join: 0}}", f"{SUMMER}.beliefs.allies", "sum to 0"),
        ("beliefs: {allies: any}", "beliefs: {allies: {join: rest, stay: rest}}", f"{SUMMER}.beliefs.allies.stay", "`rest` stands twice"),
        ("beliefs: {allies: any}", "beliefs: {allies: {join: 0.5, stay: rest}}", f"{SUMMER}.beliefs.allies.join", "0.5 without range and source"),
        ("beliefs: {allies: any}", "beliefs: {allies: {join: {value: 0.5, low: 0.1, high: 0.9}, stay: rest}}", f"{SUMMER}.beliefs.allies.join", "source missing"),
        ("beliefs: {allies: any}", "beliefs: {allies: {join: {value: 0.5, low: 0.9, high: 0.1, source: own}, stay: rest}}", f"{SUMMER}.beliefs.allies.join", "low must not exceed high"),
        ("beliefs: {allies: any}", "beliefs: {allies: {join: 2}}", f"{SUMMER}.beliefs.allies.join", "between 0 and 1"),
        ("beliefs: {allies: any}", "beliefs: {allies: {}}", f"{SUMMER}.beliefs.allies", "1 or more"),
        ("beliefs: {allies: any}", "beliefs: {allies: []}", f"{SUMMER}.beliefs.allies", "1 or more"),
        ("join: help", "join: halp", f"{ALLIES}.join", "neither a number nor the name of an assumption"),
        ("{china: arms}\n          moves", "{chin: arms}\n          moves", f"{USA}[0].when.chin", "not a stage before 'usa'"),
        ("{china: arms}\n          moves", "{china: [arms, x]}\n          moves", f"{USA}[0].when.china[1]", "has no move 'x'"),
        ("{china: arms}\n          moves", "{china: none}\n          moves", f"{USA}[0]", "never comes up there"),
        ("warning: rest", "warning: 1", f"{USA}[0].moves", "sum to 1.4"),
        (f"banks: {NUMBER}, warning: rest", f"banks: 1, warning: {NUMBER}", f"{USA}[0].moves", "sum to 1.4"),
        (f"banks: {NUMBER}, warning: rest", "banks: 1, moves: 1", f"{USA}[0].moves.moves", "has no move 'moves'"),
        ("when: {china: arms}", "if: {china: arms}", f"{USA}[0].if", "Allowed here: when, moves"),
    ],
)  # fmt: skip
def test_faults(old: str, new: str, path: str, told: str) -> None:
    if "if:" in new:
        with pytest.raises(FileError, match="Allowed here: when, moves"):
            scenario(with_observed(old, new))
        return
    refused(with_observed(old, new), path, told)


def test_nothing_is_left_for_the_rest() -> None:
    given = "banks: 1, warning: rest"
    assert scenario(with_observed(f"banks: {NUMBER}, warning: rest", given))
    spoilt = with_observed("allies: any", "allies: {join: {value: 1, low: 0.5, high: 1, source: own}, stay: rest}")
    assert scenario(spoilt)
    many = GAME.replace("stay: {label: Stay out}", "stay: {label: Stay out}\n    wait: {label: Wait}") + OBSERVED
    refused(
        many.replace("allies: any", "allies: {join: 1, stay: 1, wait: rest}"),
        f"{SUMMER}.beliefs.allies.wait",
        "nothing is left for 'wait': the others sum to 2",
    )


def test_a_move_must_be_open_where_it_is_believed_in() -> None:
    game = GAME.replace("join: {label: Join,", "join: {label: Join, when: {china: none},")
    with pytest.raises(FileError, match="'join' is not open at 'allies' after china=arms/usa=banks; open: stay"):
        scenario(game + OBSERVED)


def test_the_move_seen_must_be_open() -> None:
    game = GAME.replace("warning: {label: Warning,", "warning: {label: Warning, when: {china: none},")
    with pytest.raises(FileError, match="'warning' is not open at 'usa' after these moves"):
        scenario(game + OBSERVED.replace(", warning: rest", ", warning: 0").replace(NUMBER, "1"))


def test_every_fault_is_told_at_once() -> None:
    with pytest.raises(FileError) as caught:
        scenario(
            with_observed()
            .replace("move: warning", "move: x")
            .replace("focus:\n  stage: china", "focus:\n  stage: chin")
        )
    assert len(caught.value.problems) == 2


class TestNumbers:
    def test_beliefs_are_numbers_of_the_file_and_no_unknowns_of_its_answer(self) -> None:
        file = scenario(with_observed()).file
        found = [path_text(path) for path, _ in all_numbers(file) if path[0] == "observed"]
        assert found == [f"{USA}[0].moves.banks", f"{ALLIES}.join"]
        assert numbers_without_source(file) == numbers_without_source(scenario().file)
        assert [u.id for u in list_unknowns(file)] == [u.id for u in list_unknowns(scenario().file)]

    def test_an_assumption_that_only_a_belief_uses_is_used(self) -> None:
        text = with_observed("join: help", "join: odds").replace(
            "assumptions:\n", "assumptions:\n  odds: {label: Odds, value: 0.3, low: 0.1, high: 0.5, source: own}\n"
        )
        loaded = scenario(text)
        belief = belief_at(loaded.file.observed["spring"], "allies", {})
        assert probability_range(belief, "join") == (0.3, 0.1, 0.5)
        assert probability_range(belief, "stay") == pytest.approx((0.7, 0.5, 0.9))
        assert all("observed" not in path for u in loaded.unknowns for path in u.paths)
        assert loaded.with_unknown("friction", 1.05).file.observed == loaded.file.observed

    def test_the_first_case_that_agrees_holds_and_play_where_none_does(self) -> None:
        spring = scenario(with_observed()).file.observed["spring"]
        belief = belief_at(spring, "usa", {"china": "arms"})
        assert probability_range(belief, "banks") == (0.4, 0.2, 0.6)
        assert probability_range(belief, "warning") == pytest.approx((0.6, 0.4, 0.8))
        assert probability_range(belief, "else") == (0.0, 0.0, 0.0)
        assert belief_at(spring, "usa", {"china": "none"}) == "play"
        assert belief_at(scenario(with_observed()).file.observed["summer"], "allies", {}) == "any"


def test_the_schema_for_editors_knows_the_section() -> None:
    validator = Draft202012Validator(json_schema())

    def faults(text: str) -> list[object]:
        return list(validator.iter_errors(parse_document(text, "f.yaml").data))

    assert faults(with_observed()) == []
    for old, new in (
        ("allies: any", "allies: {join: 0.5x}"),
        ("move: arms", "moves: arms"),
        ("allies: any", "allies: 1"),
    ):
        assert faults(with_observed(old, new)), new
