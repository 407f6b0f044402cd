"""The charts and sections on repetition and severity: whole, readable, and absent where there is nothing to show."""

from __future__ import annotations

import json
from types import SimpleNamespace

import pytest
import vl_convert

from halys.errors import InputError
from halys.report.charts.repetition import (
    chart_discount_curves,
    chart_repetition,
    discount_curves_spec,
    moving_curves,
    repetition_spec,
)
from halys.report.charts.severity import LEAST, MOST, chart_severity, severity_spec
from halys.report.html.elements import Figures, Footnotes
from halys.report.html.repetition import repetition, severity
from halys.scenario.dossier_schema import Source

WHOLE = [[0.0, 1.0]]
NUMBER = {"value": 0.97, "low": 0.9, "high": 0.99, "source": "own"}


def reply(name: str, least: float | None, sufficient: bool = True, doubt: bool = False) -> dict:
    enough = WHOLE if sufficient else []
    credible = [] if least is None else [[least, 1.0]]
    path = [{"occasion": k + 1, "stays": 1.0 - k, "answered": 0.25 * k, "passes": 0.75 * k} for k in range(2)]
    doubted = {"deterred": 1, "deterred_low": 0, "deterred_high": 2, "expected": 1.0, "prior_first": 0.001}
    doubted |= {"prior_all": 0.4, "first_crossing": 2, "answered_then": 0.25, "path": path}
    return {
        "reply": name,
        "label": f"The <{name}>",
        "cost": 0.1,
        "benefit": 0.2,
        "sufficient": sufficient,
        "assured": True,
        "once": least == 0.0,
        "critical": least,
        "critical_rate": 1 / least - 1 if least else None,
        "sets": {"credible": credible, "sufficient": enough, "assured": WHOLE, "deters": credible if enough else []},
        "deters": bool(least is not None and sufficient),
        "doubt": doubted if doubt else None,
    }


@pytest.fixture
def answer() -> dict:
    step = {"low": 0.0, "high": 0.1, "most": None, "least": "a", "credible": [], "sufficient": ["a", "b"], "deters": []}
    step |= {"credible_is_interval": True, "sufficient_is_interval": True}
    later = {**step, "low": 0.1, "high": 0.3, "most": "c", "credible": ["a", "c"], "deters": ["a"]}
    later |= {"credible_is_interval": False}
    scale = [{"reply": r, "label": f"<{r}>", "severity": p, "billion": 9 * p} for p, r in enumerate("abc", start=1)]
    stake = {"stake": "s", "label": "A <stake>", "actor": "x", "low": 0.0, "high": 0.3, "value": 0.2}
    still = {**stake, "stake": "t", "label": "Another", "steps": [{**step, "high": 0.3}]}
    return {
        "repetition": {
            "label": "Later lines",
            "summary": "What it is.",
            "limits": None,
            "sources": ["own"],
            "sentences": ["One <sentence>."],
            "horizon": 2,
            "sender_label": "Washington",
            "crossing_label": "Arms",
            "discount": NUMBER,
            "occasions_per_year": {"value": 0.5, "low": 0.5, "high": 0.5, "source": None},
            "tough": {"value": 0.1, "low": 0.05, "high": 0.2, "source": "own"},
            "curves": [
                {
                    "stake": "s",
                    "label": "A <stake>",
                    "low": 0.0,
                    "high": 0.3,
                    "value": 0.2,
                    "replies": [
                        {
                            "reply": "a",
                            "label": "The <a>",
                            "pieces": [
                                {"low": 0.0, "high": 0.1, "credible": "never", "points": []},
                                {"low": 0.1, "high": 0.2, "credible": "from", "points": [[0.1, 1.0], [0.2, 0.0]]},
                                {"low": 0.2, "high": 0.3, "credible": "always", "points": [[0.2, 0.0], [0.3, 0.0]]},
                            ],
                        }
                    ],
                }
            ],
            "replies": [reply("a", 0.4, doubt=True), reply("b", None, sufficient=False), reply("c", 0.0)],
        },
        "severity": {
            "crossing_label": "Arms",
            "scale": [{**entry, "rank": n} for n, entry in enumerate(scale, start=1)],
            "stakes": [still, {**stake, "steps": [step, later]}],
        },
    }


def page(answer: dict) -> SimpleNamespace:
    source = Source(title="A source", publisher="Somebody", date="2026")
    return SimpleNamespace(answer=answer, figures=Figures(), notes=Footnotes({"own": source}))


def test_charts_are_valid_vega_lite_and_draw(answer: dict) -> None:
    for chart in (chart_repetition(answer), chart_discount_curves(answer, "s"), chart_severity(answer)):
        spec = chart.to_dict()
        json.dumps(spec, allow_nan=False)
        assert "%" in " ".join(spec["title"]["subtitle"])
        svg = vl_convert.vegalite_to_svg(spec)
        assert "NaN" not in svg
        assert vl_convert.svg_to_png(svg, scale=0.5).startswith(b"\x89PNG")


def test_the_sets_stand_where_they_are(answer: dict) -> None:
    band, bars, deters, heads, empty, at = repetition_spec(answer)["layer"]
    assert band["data"]["values"] == [{"low": 0.9, "high": 0.99}]
    assert at["data"]["values"][0]["at"] == 0.97
    listed = [(b["reply"], b["set"], b["low"]) for b in bars["data"]["values"] + deters["data"]["values"]]
    assert ("The <a>", "credible", 0.4) in listed
    assert ("The <c>", "deters", 0.0) in listed
    assert not any(who == "The <b>" and which in ("sufficient", "deters") for who, which, _ in listed)
    assert len(heads["data"]["values"]) == 3
    assert {e["text"] for e in empty["data"]["values"]} == {
        "at no factor credible",
        "at no factor sufficient",
        "at no factor all three",
    }
    answer["repetition"]["discount"] = {**NUMBER, "low": 0.97, "high": 0.97}
    assert len(repetition_spec(answer)["layer"]) == 5  # without a band


def test_steps_join_where_nothing_changes_and_are_dashed_where_a_set_has_a_gap(answer: dict) -> None:
    shade, *_, steps, _ = severity_spec(answer, "s")["layer"]
    assert [(b["low"], b["high"], b["text"]) for b in shade["data"]["values"]] == [(0.1, 0.3, "<a>")]
    found = [(s["set"], s["low"], s["high"], s["severity"], s["whole"]) for s in steps["data"]["values"]]
    assert found == [(MOST, 0.0, 0.1, 0.0, True), (LEAST, 0.0, 0.3, 1, True), (MOST, 0.1, 0.3, 3, False)]


def test_the_stake_that_moves_comes_first_and_an_unknown_one_is_refused(answer: dict) -> None:
    assert "A <stake>" in severity_spec(answer)["title"]["text"]
    with pytest.raises(InputError, match="no severities over the stake 'u'"):
        severity_spec(answer, "u")
    with pytest.raises(InputError, match="no curves over the stake 'u'"):
        discount_curves_spec(answer, "u")
    with pytest.raises(InputError, match="says nothing about repetition"):
        repetition_spec({})


def test_the_sections_say_it_all_and_escape_what_a_file_says(answer: dict) -> None:
    made = page(answer)
    html = repetition(made)
    assert "One &lt;sentence&gt;." in html
    assert "The &lt;a&gt;" in html
    assert "0.4 (rate up to 150 %)" in html
    assert "1 in 1,000" in html
    assert "0 to 0.1 %: at none; 0.1 to 0.2 %: 1 to 0; 0.2 to 0.3 %: at any factor." in html
    assert "on occasion 2: 0.25" in html
    assert "1 (0 to 2)" in html
    assert 'href="#source-1"' in html
    html += severity(made)
    assert "<stake>" not in html
    assert "those that are credible are no interval" in html
    assert "Nothing moves over the whole ranges of: “Another”" in html
    assert set(made.figures.specs) == {"repetition", "discount-1", "severity-1"}


def test_a_curve_that_is_the_same_throughout_is_not_drawn(answer: dict) -> None:
    assert [curve["stake"] for curve in moving_curves(answer)] == ["s"]
    (one,) = answer["repetition"]["curves"][0]["replies"]
    one["pieces"] = one["pieces"][-1:]
    assert moving_curves(answer) == []


def test_there_is_nothing_where_the_answer_has_no_such_part(answer: dict) -> None:
    assert repetition(page({})) == severity(page({})) == ""
    assert repetition(page({"repetition": None})) == severity(page({"severity": None})) == ""
    answer["repetition"] |= {"tough": None, "replies": [reply("a", 0.4)], "summary": None, "sources": []}
    assert "Every occasion" not in repetition(page(answer))
