"""Switching values against closed forms, with a stand-in for the engine whose losses are known."""

from __future__ import annotations

import numpy as np
import pytest
from crisis import ANNUAL, at, losses

from halys.answer.position import Position
from halys.answer.sensitivity import study_unknowns
from halys.errors import HalysError, InfeasibleError
from halys.measures import value_of
from halys.scenario import Scenario


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
    return {entry["id"]: entry for entry in study_unknowns(position, Engine())}


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
    found = study_unknowns(position, Engine())
    ids = [entry["id"] for entry in found]
    shares = [abs(e["at"] - e["value"]) / (e["high"] - e["low"]) for e in found if e["at"] is not None]
    assert shares == sorted(shares)
    assert ids[0] == "friction"
    assert [entry["at"] is None for entry in found] == sorted(entry["at"] is None for entry in found)


def test_all_ends_are_asked_in_one_batch(position: Position) -> None:
    engine = Engine()
    study_unknowns(position, engine)
    assert engine.batches[0] == 2
    assert sum(engine.batches[1:]) <= 12  # the switching value that is named, solved until it stands still


def test_a_number_at_whose_end_nothing_can_be_solved_is_told(position: Position) -> None:
    def engine(jobs) -> list[HalysError]:
        return [InfeasibleError("no equilibrium") for _ in jobs]

    found = study_unknowns(position, engine)
    assert found[-1]["id"] == "friction"
    assert found[-1]["failed"] == "no equilibrium"


def test_switching_values_agree_with_playing_there(crisis: Scenario) -> None:
    """On both sides of the value the play is what it is said to be."""
    found = {entry["id"]: entry for entry in study_unknowns(at(crisis), Engine())}["friction"]
    for step, move in ((-1e-4, "cross"), (1e-4, "stay")):
        position = at(crisis, found["at"] + step)
        assert position.move_at(position.play.terminal, "china") == move
