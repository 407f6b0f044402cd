"""Switching values against closed forms, with a stand-in for the engine whose losses are known."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from crisis import ANNUAL, CRISIS, at, losses

from halys.answer.position import Position, place
from halys.answer.sensitivity import study_unknowns
from halys.errors import HalysError, InfeasibleError
from halys.measures import value_of
from halys.scenario import Scenario
from halys.scenario.document import parse_document
from halys.scenario.load import check_document


class Engine:
    """Counts what it is asked, and answers by `losses`."""

    def __init__(self) -> None:
        self.batches: list[int] = []

    def __call__(self, jobs):
        self.batches.append(len(jobs))
        return [losses(variant.histories[row].id, value_of(_friction(variant))) for variant, row in jobs]


def _friction(variant: Scenario):
    return variant.file.assumptions["friction"]


@pytest.fixture
def entries(position: Position):
    return {entry["id"]: entry for entry in study_unknowns(position, Engine()).entries}


def test_every_number_with_a_range_is_there_once(position: Position, entries) -> None:
    assert set(entries) == {
        "friction",
        "discounting.rate",
        "moves.europe.joins.exposures.unity",
        *(f"stakes.{stake}.percent_of_income" for stake in ("aim", "resolve", "unity")),
    }


def test_a_measure_switches_where_its_cost_is_what_the_aim_is_worth(entries) -> None:
    """150 (f − 1)² = 1 below; the USA no longer punish where 10 (f − 1)² = 2·0.1295 above."""
    low, high = 1 + np.sqrt(1.0 / 150.0), 1 + np.sqrt(2.0 * ANNUAL / 10.0)
    found = entries["friction"]
    assert found["at"] == pytest.approx(low, rel=1e-5)
    assert abs(low - 1.1) < abs(high - 1.1)
    assert (found["to"], found["flips"], found["exact"]) == ("cross", True, False)
    assert (found["label"], found["unit"], found["source"]) == ("Friction", "factor", "made-up")


def test_stakes_and_discounting_switch_exactly(entries) -> None:
    assert entries["stakes.aim.percent_of_income"]["at"] == pytest.approx(1.5, abs=1e-12)
    resolve = entries["stakes.resolve.percent_of_income"]
    assert resolve["at"] == pytest.approx(0.1 / ANNUAL, abs=1e-10)
    assert resolve["unit"] == "% of income, once"
    assert resolve["exact"]
    assert entries["stakes.unity.percent_of_income"]["at"] is None
    rate = entries["discounting.rate"]  # 2·r/(1−(1+r)^−10) stays above 0.1
    assert rate["at"] is None
    assert rate["lead_low"] == pytest.approx(0.5)


def test_what_flips_comes_first_and_then_by_the_part_of_the_range_it_takes(position: Position) -> None:
    found = study_unknowns(position, Engine()).entries
    ids = [entry["id"] for entry in found]
    shares = [abs(e["at"] - e["value"]) / (e["high"] - e["low"]) for e in found if e["at"] is not None]
    assert shares == sorted(shares)
    assert ids[0] == "friction"
    assert [entry["at"] is None for entry in found] == sorted(entry["at"] is None for entry in found)


def test_ends_are_asked_side_by_side(position: Position) -> None:
    engine = Engine()
    study_unknowns(position, engine)
    assert engine.batches[0] == 4  # both ends, with Europe and without
    assert sum(engine.batches[1:]) <= 12  # the switching values that are named, solved until they stand still


def test_a_number_at_whose_end_nothing_can_be_solved_is_told(position: Position) -> None:
    def engine(jobs) -> list[HalysError]:
        return [InfeasibleError("no equilibrium") for _ in jobs]

    found = study_unknowns(position, engine).entries
    assert found[-1]["id"] == "friction"
    assert found[-1]["failed"] == "no equilibrium"


def test_switching_values_agree_with_playing_there(crisis: Scenario) -> None:
    """On both sides of the value the play is what it is said to be."""
    found = {entry["id"]: entry for entry in study_unknowns(at(crisis), Engine()).entries}["friction"]
    for step, move in ((-1e-4, "cross"), (1e-4, "stay")):
        position = at(crisis, found["at"] + step)
        assert position.move_at(position.play.terminal, "china") == move


def test_a_number_that_changes_an_earlier_decision_is_found() -> None:
    """The USA watch at a cost of (f − 1), up to what order is worth to them; where they look away China crosses."""
    found = study("""
focus: {stage: china, line: [cross]}
stages:
  - {id: usa, actor: usa}
  - {id: china, actor: china}
moves:
  usa:
    watch:
      label: Watch
      measures: [{instrument: trade_cost, exporters: CHN, importers: USA, factor: friction}]
    look-away: {label: Look away, exposures: {unity: 1}}
  china:
    stay: {label: Stay}
    cross:
      label: Cross
      exposures: {resolve: -1}
      cases:
        - {when: {usa: watch}, exposures: {aim: -1}}
        - {when: {usa: look-away}, exposures: {aim: 1}}
""", lambda history, f: [0.0, 1.0 - f if "usa=watch" in history else 0.0, 0.0])  # fmt: skip
    assert found["friction"]["at"] == pytest.approx(1.0 + 2.0 * ANNUAL, rel=1e-9)
    assert found["friction"]["flip_above"] == found["friction"]["at"]
    assert (found["friction"]["to"], found["friction"]["flips"]) == ("cross", True)


def test_a_number_that_changes_what_follows_a_reply_not_played_is_found() -> None:
    """Europe joins while (f − 1) costs it less than unity is worth; only then do the USA punish, and China stays."""
    found = study("""
focus: {stage: china, line: [cross], reply: usa, no_reply: [nothing], partners: [europe], joins: {europe: joins}}
stages:
  - {id: china, actor: china}
  - {id: usa, actor: usa, when: {china: cross}}
  - {id: europe, actor: europe, when: {usa: punish}}
moves:
  china:
    stay: {label: Stay}
    cross: {label: Cross, exposures: {aim: 1}}
  usa:
    nothing: {label: Nothing}
    punish: {label: Punish, exposures: {resolve: -1}}
  europe:
    out: {label: Out}
    joins:
      label: Joins
      exposures: {aim: -1, resolve: 1, unity: {value: 0.1, low: 0.05, high: 0.15, source: made-up}}
      measures: [{instrument: trade_cost, exporters: CHN, importers: [DEU, FRA], factor: friction}]
""", lambda history, f: [-0.1, 0.1, 1.0 - f] if "europe=joins" in history else [0.0, 0.0, 0.0])  # fmt: skip
    assert found["friction"]["at"] == pytest.approx(1.05, rel=1e-9)
    assert (found["friction"]["to"], found["friction"]["flip_below"]) == ("stay", found["friction"]["at"])


def test_a_change_across_the_line_is_told_though_another_is_nearer() -> None:
    """Worth 1 to China: staying below 0.25, hints to 1.5, then crossing."""
    found = study("""
focus: {stage: china, line: [cross]}
stages: [{id: china, actor: china}]
moves:
  china:
    stay: {label: Stay}
    hint: {label: Hint, exposures: {aim: {value: 0.4, low: 0.3, high: 0.5, source: made-up}, resolve: 1, unity: 1}}
    cross:
      label: Cross
      exposures: {aim: 1}
      measures: [{instrument: trade_cost, exporters: CHN, importers: USA, factor: friction}]
""", lambda history, f: [-1.0 * f / 1.1 if "cross" in history else -0.1 * ("hint" in history), 0.0, 0.0])  # fmt: skip
    aim = found["stakes.aim.percent_of_income"]
    assert (aim["at"], aim["to"], aim["flips"]) == (pytest.approx(1.5), "cross", True)
    assert (aim["flip_below"], aim["flip_above"]) == (None, aim["at"])


def test_a_short_stretch_between_two_moves_hides_neither_of_its_ends() -> None:
    """Staying is worth 0.5; hints are played between two values closer than the grid on which changes are sought."""

    def welfare(history: str, f: float) -> list[float]:
        cross, hint = 5.0 * (f - 1.2), 1e-3 - abs(f - 1.2)
        return [cross if "cross" in history else hint if "hint" in history else 0.0, 0.0, 0.0]

    found = study("""
focus: {stage: china, line: [cross, hint]}
stages: [{id: china, actor: china}]
moves:
  china:
    stay: {label: Stay}
    hint:
      label: Hint
      exposures: {resolve: 1, unity: 1}
      measures: [{instrument: trade_cost, exporters: CHN, importers: USA, factor: friction}]
    cross:
      label: Cross
      exposures: {aim: {value: 0.0, low: -0.1, high: 0.1, source: made-up}}
      measures: [{instrument: trade_cost, exporters: USA, importers: CHN, factor: friction}]
""", welfare)["friction"]  # fmt: skip
    assert (found["move_low"], found["move_high"], found["to"], found["flips"]) == ("stay", "cross", "hint", True)
    assert found["at"] == pytest.approx(1.199, abs=1e-5)


@pytest.mark.parametrize("power", [3, 6])
def test_a_bent_loss_switches_where_it_does(power: int) -> None:
    """Ends and value alone miss it; solving there again does not."""

    def welfare(history: str, f: float) -> list[float]:
        return [-(((f - 1.0) / 0.2) ** power) if "cross" in history else 0.0, 0.0, 0.0]

    found = study("""
focus: {stage: china, line: [cross]}
stages: [{id: china, actor: china}]
moves:
  china:
    stay: {label: Stay}
    cross:
      label: Cross
      exposures: {aim: 1, resolve: 1, unity: 1}
      measures: [{instrument: trade_cost, exporters: CHN, importers: USA, factor: friction}]
""", welfare)["friction"]  # fmt: skip
    assert found["at"] == pytest.approx(1.2, abs=2e-4)
    assert (found["to"], found["flip_above"]) == ("stay", found["at"])


def study(game: str, welfare: Callable[[str, float], list[float]]) -> dict[str, dict[str, Any]]:
    """The unknowns of the crisis with another game, in which ΔW follows from a history and the friction."""
    scenario = check_document(parse_document(CRISIS[: CRISIS.index("focus:")] + game, "other.yaml"))
    losses = np.array([welfare(history.id, 1.1) for history in scenario.histories])

    def evaluate(jobs):
        return [np.array(welfare(v.histories[row].id, value_of(_friction(v)))) for v, row in jobs]

    return {
        entry["id"]: entry for entry in study_unknowns(place(scenario, losses, losses, np.ones(3)), evaluate).entries
    }
