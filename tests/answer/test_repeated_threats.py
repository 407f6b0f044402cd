"""Repetition and the scale of severity against what they are by hand, and against the table of threats.

At friction 1.1 punishing costs China 1.5 % (Europe joins) and the USA 0.1 %; a China that stays is worth `order`,
0.5 %, to the USA, and crossing is worth `aim`, 1 %, to China.
"""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest
from crisis import CRISIS, INCOME, at
from hypothesis import given, settings
from hypothesis import strategies as st

from halys.answer.deterrence import SETS, describe_deterrence
from halys.answer.position import Position, place
from halys.answer.repetition import describe_repetition
from halys.answer.severity import describe_severity
from halys.scenario import Scenario
from halys.scenario.document import parse_document
from halys.scenario.load import check_document
from halys.strategy.reputation import solve_reputation

ORDER = "  order: {label: Order, actor: usa, accrual: flow, percent_of_income: {low: 0, high: 1, source: made-up}}\n"
SECTION = """\
repetition:
  label: Later crises
  discount: {value: 0.81, low: 0.04, high: 0.9, source: made-up}
  occasions_per_year: {value: 2, low: 1, high: 4, source: made-up}
  instead_of: [resolve]
"""
OTHERS = """\
    light:
      label: Light
      measures:
        - {instrument: trade_cost, exporters: CHN, importers: USA, factor: friction}
"""


def written(section: str = SECTION, order: bool = True) -> Scenario:
    text = CRISIS
    if order:
        text = text.replace("focus:\n", f"{ORDER}focus:\n").replace("{aim: 1}", "{aim: 1, order: -1}")
    return check_document(parse_document(text + section, "crisis.yaml"))


def reply(position: Position) -> dict:
    found = describe_repetition(position)
    assert found is not None
    json.dumps(found, allow_nan=False)
    (one,) = found["replies"]
    return one


def sentences(position: Position) -> str:
    found = describe_repetition(position)
    assert found is not None
    return " ".join(found["sentences"])


# No known end ---------------------------------------------------------------------------------------------------------


def test_cost_benefit_and_the_critical_factor_by_hand() -> None:
    one = reply(at(written()))
    assert one["cost"] == pytest.approx(0.1)
    assert one["benefit"] == pytest.approx(0.5)
    assert one["critical_per_occasion"] == pytest.approx(1 / 6)
    assert one["critical"] == pytest.approx(1 / 36)  # two occasions a year
    assert one["critical_rate"] == pytest.approx(35.0)
    assert one["sets"]["credible"] == [pytest.approx([1 / 36, 1.0])]
    assert one["sets"]["deters"] == one["sets"]["credible"]
    assert one["sets"]["sufficient"] == one["sets"]["assured"] == [[0.0, 1.0]]
    assert (one["once"], one["credible"], one["deters"], one["holds"]) == (False, True, True, True)
    assert one["at_low"] == {"credible": False, "deters": False}  # 0.04 with one occasion a year
    assert one["at_high"]["deters"]


def test_the_numbers_per_occasion_span_both_ranges() -> None:
    found = describe_repetition(at(written()))
    assert found is not None
    assert found["per_occasion"] == pytest.approx({"value": 0.9, "low": 0.04, "high": 0.9**0.25})
    assert found["discount"]["source"] == "made-up"
    assert found["instead_of"] == [{"stake": "resolve", "label": "Resolve"}]
    assert found["known_end"] is None
    assert (found["crossing"], found["sender"]) == ("cross", "usa")


def test_a_stake_in_resolve_counts_unless_repetition_stands_in_its_place() -> None:
    one = reply(at(written(SECTION.replace("  instead_of: [resolve]\n", ""))))
    assert one["once"]
    assert one["critical"] == 0.0
    assert one["critical_rate"] is None
    assert one["sets"]["deters"] == [[0.0, 1.0]]
    assert "On one occasion already" in sentences(at(written(SECTION.replace("  instead_of: [resolve]\n", ""))))


def test_a_reputation_that_changes_nothing_is_worth_nothing() -> None:
    position = at(written(order=False))
    one = reply(position)
    assert one["benefit"] == 0.0
    assert one["critical"] is None
    assert one["sets"]["credible"] == one["sets"]["deters"] == []
    assert "a kept word is worth nothing" in sentences(position)


def test_a_threat_that_is_not_enough_is_not_worth_keeping() -> None:
    position = at(written(), friction=1.05)
    one = reply(position)
    assert not one["sufficient"]
    assert one["cost"] > 0
    assert one["sets"]["credible"] == []
    assert "not sufficient" in sentences(position)


def test_a_target_that_would_stay_anyway_needs_no_threat() -> None:
    scenario = written()
    position = at(scenario)
    value = position.payoffs.value.copy()
    value[position.stakes.index("aim")] = -0.5
    position = replace(position, payoffs=replace(position.payoffs, value=value))
    one = reply(position)
    assert not one["tempted"]
    assert one["benefit"] == 0.0
    assert one["critical"] is None
    assert "the target would stay anyway" in sentences(position)


def test_a_sender_that_gains_by_punishing_does_not_deter() -> None:
    scenario = written()
    welfare = np.array([[-0.5, 0.2, 0.0] if "punish" in h.id else [0.0, 0.0, 0.0] for h in scenario.histories])
    position = place(scenario, 3 * welfare, welfare, np.ones(3))
    one = reply(position)
    assert (one["assured"], one["once"]) == (False, False)
    assert "would carry it out below the line too" in sentences(position)
    assert one["sets"]["credible"] == [[0.0, 1.0]]
    assert one["sets"]["deters"] == []


def test_without_the_section_or_a_reply_there_is_nothing() -> None:
    assert describe_repetition(at(written(""))) is None
    scenario = written()
    welfare = np.zeros((len(scenario.histories), 3))
    welfare[["punish" in h.id for h in scenario.histories]] = np.nan
    assert describe_repetition(place(scenario, welfare, welfare, np.ones(3))) is None


# A known end, and a doubt ---------------------------------------------------------------------------------------------


def test_a_known_end_unravels() -> None:
    position = at(written(SECTION + "  horizon: 12\n"))
    found = describe_repetition(position)
    assert found is not None
    end = found["known_end"]
    assert (end["same"], end["move"], end["answer"], end["crosses"]) == (True, "cross", "nothing", True)
    assert end["written_out"] == {"occasions": 7, "ends": 3**7, "same": True}
    assert found["replies"][0]["deters"]
    assert not found["replies"][0]["holds"]
    assert "unravels from the last one" in sentences(position)
    assert "There is one occasion" in sentences(at(written(SECTION + "  horizon: 1\n")))


def test_a_known_end_does_not_undo_what_deters_once() -> None:
    text = SECTION.replace("  instead_of: [resolve]\n", "  horizon: 12\n")
    found = describe_repetition(at(written(text)))
    assert found is not None
    assert (found["known_end"]["move"], found["known_end"]["answer"]) == ("stay", None)
    assert found["replies"][0]["holds"]


def test_a_doubt_about_the_sender_deters_as_kreps_and_wilson_say() -> None:
    """b = 1/(1 + 0.5), a = 0.5/0.1."""
    text = SECTION + "  horizon: 12\n  tough: {value: 0.1, low: 0.01, high: 0.8, source: made-up}\n"
    position = at(written(text))
    doubt = reply(position)["doubt"]
    assert doubt["temptation"] == pytest.approx(2 / 3)
    assert doubt["peace"] == pytest.approx(5.0)
    assert doubt["price"] == 1
    assert doubt["prior_first"] == pytest.approx((2 / 3) ** 12)
    assert doubt["prior_all"] == pytest.approx(2 / 3)
    assert doubt["deterred"] == 7  # (2/3)^6 < 0.1 < (2/3)^5
    assert (doubt["deterred_low"], doubt["deterred_high"]) == (0, 12)  # at 0.04 a year no answer is worth it
    assert doubt["first_crossing"] == 8
    assert doubt["answered_then"] == pytest.approx(0.1 / (2 / 3) ** 4)
    wanted = solve_reputation(0.1, 12, 0.1, 0.5, 2 / 3, 0.9)
    assert [o["stays"] for o in doubt["path"]] == pytest.approx([o.stays for o in wanted.path])
    assert "7 (0 to 12 over the ranges)" in sentences(position)
    assert reply(position)["holds"]


def test_a_doubt_that_nothing_hangs_on() -> None:
    text = SECTION + "  horizon: 12\n  tough: 0.1\n"
    position = at(written(text), friction=1.05)
    assert reply(position)["doubt"] is None
    assert "no threat hangs on that" in sentences(position)


# Against the table of threats -----------------------------------------------------------------------------------------


def several(text: str = SECTION) -> Scenario:
    """The crisis with two replies."""
    changed = CRISIS.replace("focus:\n", f"{ORDER}focus:\n").replace("{aim: 1}", "{aim: 1, order: -1}")
    changed = changed.replace("    punish:\n", f"{OTHERS}    punish:\n")
    return check_document(parse_document(changed + text, "crisis.yaml"))


@pytest.fixture(scope="module")
def many() -> Scenario:
    return several(SECTION.replace("  instead_of: [resolve]\n", ""))


@given(st.integers(0, 2**32 - 1))
@settings(max_examples=40)
def test_at_a_factor_of_zero_the_sets_are_those_of_one_occasion(many: Scenario, seed: int) -> None:
    welfare = np.random.default_rng(seed).normal(size=(len(many.histories), 3))
    position = place(many, welfare, welfare, INCOME)
    table, found = describe_deterrence(position), describe_repetition(position)
    assert table is not None
    assert found is not None
    cells = {c["reply"]: c for c in next(m["cells"] for m in table["moves"] if m["move"] == table["crossing"])}
    assert found["crossing"] == table["crossing"]
    for one in found["replies"]:
        cell = cells[one["reply"]]
        for name in SETS:
            assert any(low == 0.0 for low, _ in one["sets"][name]) == cell[name]
        assert one["once"] == cell["deters"]
        assert one["cost"] == pytest.approx(-cell["gain"], abs=1e-12)


@given(st.integers(0, 2**32 - 1))
@settings(max_examples=15)
def test_curves_are_the_critical_factor_at_every_value_of_the_stake(many: Scenario, seed: int) -> None:
    welfare = np.random.default_rng(seed).normal(size=(len(many.histories), 3))
    position = place(many, welfare, welfare, INCOME)
    found = describe_repetition(position)
    assert found is not None
    assert [curve["stake"] for curve in found["curves"]] == ["resolve", "order"]
    for curve in found["curves"]:
        k = position.stakes.index(curve["stake"])
        for n, one in enumerate(curve["replies"]):
            assert one["pieces"][0]["low"] == curve["low"]
            assert one["pieces"][-1]["high"] == curve["high"]
            for piece in one["pieces"]:
                value = position.payoffs.value.copy()
                s, at = (piece["points"] or [[0.6 * piece["low"] + 0.4 * piece["high"], None]])[
                    len(piece["points"]) // 3
                ]
                if piece["credible"] == "always":
                    s = (piece["low"] + piece["high"]) / 2
                value[k] = s
                moved = describe_repetition(replace(position, payoffs=replace(position.payoffs, value=value)))
                assert moved is not None
                if moved["crossing"] != found["crossing"]:
                    continue
                there = moved["replies"][n]
                deters = there["sufficient"] and there["assured"]
                wanted = there["critical"] if deters else None
                assert at == (None if wanted is None else pytest.approx(wanted, abs=1e-6))


def test_the_curve_of_a_stake_by_hand() -> None:
    """c = 0.1, g = s: δ* = 0.1/(0.1 + s), squared for a year; nothing at s = 0."""
    found = describe_repetition(at(written()))
    assert found is not None
    (curve,) = found["curves"]
    assert (curve["stake"], curve["low"], curve["high"], curve["value"]) == ("order", 0.0, 1.0, 0.5)
    (piece,) = curve["replies"][0]["pieces"]
    for s, factor in piece["points"]:
        assert factor == pytest.approx((0.1 / (0.1 + s)) ** 2)


# Severity -------------------------------------------------------------------------------------------------------------


@given(st.integers(0, 2**32 - 1))
@settings(max_examples=25)
def test_steps_are_what_the_table_says_at_every_value_of_the_stake(many: Scenario, seed: int) -> None:
    welfare = np.random.default_rng(seed).normal(size=(len(many.histories), 3))
    position = place(many, welfare, welfare, INCOME)
    found = describe_severity(describe_deterrence(position))
    assert found is not None
    json.dumps(found, allow_nan=False)
    order = [entry["reply"] for entry in found["scale"]]
    assert [entry["severity"] for entry in found["scale"]] == sorted(entry["severity"] for entry in found["scale"])
    for stake in found["stakes"]:
        k = position.stakes.index(stake["stake"])
        assert stake["steps"][0]["low"] == stake["low"]
        assert stake["steps"][-1]["high"] == stake["high"]
        for step in stake["steps"]:
            value = position.payoffs.value.copy()
            value[k] = 0.7 * step["low"] + 0.3 * step["high"]
            moved = describe_deterrence(replace(position, payoffs=replace(position.payoffs, value=value)))
            assert moved is not None
            cells = next(m["cells"] for m in moved["moves"] if m["move"] == found["crossing"])
            held = {name: [c["reply"] for c in cells if c[name]] for name in SETS}
            held = {name: [r for r in order if r in kept] for name, kept in held.items()}
            for name in ("credible", "sufficient", "deters"):
                assert step[name] == held[name]
            assert step["most"] == (held["credible"] or [None])[-1]
            assert step["least"] == (held["sufficient"] or [None])[0]


def table(holds: dict[str, dict[str, list[list[float]]]]) -> dict:
    """A part on deterrence with three replies of severity 1, 2, 3, given where each set holds."""
    cells = [{"reply": r, "target_cost": {"percent": -p, "billion": -10.0 * p}} for p, r in enumerate("abc", start=1)]
    rows = [{"reply": r, "set": s, "intervals": holds[r].get(s, [])} for r in "abc" for s in SETS]
    about = {"stake": "s", "label": "S", "actor": "x", "accrual": "flow", "low": 0.0, "high": 4.0, "value": 1.0}
    return {
        "crossing": "cross",
        "crossing_label": "Cross",
        "sender_label": "X",
        "moves": [{"move": "cross", "cells": [cells[2], None, cells[0], cells[1]]}],
        "replies": [{"move": r, "label": r.upper()} for r in "abc"],
        "chart": [{**about, "rows": rows}],
    }


def test_the_scale_and_its_steps_by_hand() -> None:
    whole = [[0.0, 4.0]]
    found = describe_severity(
        table(
            {
                "a": {"credible": whole, "assured": whole},
                "b": {"credible": [[2.0, 4.0]], "sufficient": whole, "assured": whole, "deters": [[2.0, 4.0]]},
                "c": {"credible": [[1.0, 4.0]], "sufficient": [[0.0, 3.0]], "assured": whole, "deters": [[1.0, 3.0]]},
            }
        )
    )
    assert found is not None
    assert [(e["rank"], e["reply"], e["severity"]) for e in found["scale"]] == [(1, "a", 1), (2, "b", 2), (3, "c", 3)]
    (stake,) = found["stakes"]
    assert [(s["low"], s["high"], s["most"], s["least"], s["deters"]) for s in stake["steps"]] == [
        (0.0, 1.0, "a", "b", []),
        (1.0, 2.0, "c", "b", ["c"]),
        (2.0, 3.0, "c", "b", ["b", "c"]),
        (3.0, 4.0, "c", "b", ["b"]),
    ]
    assert [s["credible_is_interval"] for s in stake["steps"]] == [True, False, True, True]
    assert all(s["sufficient_is_interval"] for s in stake["steps"])


def test_where_nothing_is_credible_or_enough_there_is_no_severity() -> None:
    nothing = describe_severity(table({r: {} for r in "abc"}))
    assert nothing is not None
    (step,) = nothing["stakes"][0]["steps"]
    assert (step["most"], step["least"], step["deters"]) == (None, None, [])
    assert step["credible_is_interval"]
    assert describe_severity(None) is None
