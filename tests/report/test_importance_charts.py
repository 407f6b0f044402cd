"""Charts and words of what matters, from a record written by hand."""

from __future__ import annotations

import json
from typing import Any

import pytest
import vl_convert

from halys.errors import InputError
from halys.report.charts.importance import chart_box, chart_indices, chart_regret, chart_tornado
from halys.report.importance_page import importance_page
from halys.report.importance_view import render_importance


def group(name: str, first: float, total: float, error: float = 0.1) -> dict[str, Any]:
    ends = {f"{kind}_{end}": v + s * error for kind, v in (("first", first), ("total", total)) for end, s in ENDS}
    known = {f"{kind}_identified": v > error for kind, v in (("first", first), ("total", total))}
    return {
        "numbers": [name],
        "label": name,
        "first": first,
        "total": total,
        **ends,
        **known,
        "without_effect": not total,
    }


ENDS = (("low", -1), ("high", 1))


def swing(name: str, low: float | None, high: float | None, flips: bool = False) -> dict[str, Any]:
    span = None if low is None or high is None else abs(high - low)
    at = {"number": name, "label": name, "at": [0.05, 0.95], "moves": ["stay", "cross" if flips else "stay"]}
    return {**at, "low": low, "high": high, "span": span, "flips": flips}


def result(
    id: str, label: str, unit: str, status: str, groups: list[dict[str, Any]], left_out: int = 0
) -> dict[str, Any]:
    return {
        "result": id,
        "label": label,
        "unit": unit,
        "status": status,
        "blocks": 64 - left_out,
        "left_out": left_out,
        "mean": 0.25,
        "standard_deviation": 0.0 if status == "constant" else 0.4,
        "sum_first": sum(g["first"] for g in groups) if groups else None,
        "groups": groups,
    }


def policy(name: str | None, loss: float, regret: float, worst: float) -> dict[str, Any]:
    return {
        "policy": name,
        "label": name or "as it sees fit",
        "carries_out": name == "punish",
        "crosses": 0.25,
        "crosses_error": 0.05,
        "loss": loss,
        "loss_error": 0.01,
        "margin_error": 0.01,
        "regret": regret,
        "regret_error": 0.01,
        "regret_q50": 0.0,
        "regret_q75": regret,
        "regret_q95": worst / 2,
        "worst_regret": worst,
        "best": 0.3,
    }


def box_at(coverage: float, density: float, mass: float) -> dict[str, float]:
    return {"coverage": coverage, "density": density, "mass": mass}


@pytest.fixture
def record() -> dict[str, Any]:
    drivers = [group("Resolve & <will>", 0.5, 0.7), group("Friction", 0.1, 0.05), group("Discount rate", 0.0, 0.0, 0.0)]
    limit = {
        "number": "resolve",
        "label": "Resolve & <will>",
        "low": None,
        "high": 1.5,
        "range": [0, 4],
        "quasi_p": 1e-9,
    }
    return {
        "scenario": "crisis",
        "title": "A crisis",
        "seed": 7,
        "base": 64,
        "evaluations": 327,
        "draws": 128,
        "results": [
            result("crossing", "crossing the line", "probability", "found", drivers, left_out=3),
            result("china", "real income of China", "%", "constant", []),
            result("nobody", "real income of Nobody", "%", "too few", []),
        ],
        "tornado": [
            {
                "result": id,
                "label": label,
                "unit": unit,
                "quantiles": [0.05, 0.95],
                "reference": 0.0,
                "played": "stay",
                "numbers": [
                    swing("Resolve & <will>", 0.0, 1.0, True),
                    swing("Friction", 0.0, 0.0),
                    swing("Belief", None, 0.0),
                ],
            }
            for id, label, unit in (
                ("crossing", "crossing the line", "probability"),
                ("china", "real income of China", "%"),
                ("nobody", "real income of Nobody", "%"),
            )
        ],
        "box": {
            "absent": None,
            "draws": 128,
            "left_out": 2,
            "cases": 32,
            "wanted": 0.8,
            "reached": True,
            **box_at(0.75, 0.9, 0.2),
            "limits": [limit],
            "dropped": [{"number": "friction", "label": "Friction", "quasi_p": 0.2}],
            "path": [{**box_at(1.0, 0.25, 1.0), "limited": 0}, {**box_at(0.75, 0.85, 0.22), "limited": 2}],
        },
        "regret": {
            "absent": None,
            "sender": "usa",
            "sender_label": "USA",
            "unit": "% of its own income a year",
            "draws": 128,
            "left_out": 0,
            "policies": [
                policy("nothing", 0.2, 0.1, 0.9),
                policy("punish", 0.3, 0.2, 0.4),
                policy(None, 0.2, 0.1, 0.9),
            ],
            "by_loss": ["nothing", None],
            "by_regret": ["punish"],
        },
    }


def test_charts_are_valid_and_draw(record: dict[str, Any]) -> None:
    for chart in (chart_indices(record), chart_tornado(record), chart_box(record), chart_regret(record)):
        found = chart.to_dict()  # validates against the schema
        json.dumps(found, allow_nan=False)
        assert len(found["description"]) > 40
        assert found["title"]["text"]
        assert any(param["name"] == "paper" for param in found["params"])
        svg = vl_convert.vegalite_to_svg(found)
        assert svg.startswith("<svg")
        assert "NaN" not in svg


def test_indices_leave_out_what_has_no_effect(record: dict[str, Any]) -> None:
    svg = vl_convert.vegalite_to_svg(chart_indices(record).to_dict())
    assert "Friction" in svg
    assert "Discount rate" not in svg


def test_what_is_not_there_is_not_drawn(record: dict[str, Any]) -> None:
    with pytest.raises(InputError, match="no result 'moon'"):
        chart_indices(record, "moon")
    with pytest.raises(InputError, match="does not vary"):
        chart_indices(record, "china")
    record["tornado"][0]["numbers"] = [swing("Friction", 0.0, 0.0)]
    with pytest.raises(InputError, match="by itself"):
        chart_tornado(record)
    record["box"] = {"absent": "the scenario names no line that a decision may cross."}
    record["regret"] = {"absent": "the scenario names no reply."}
    with pytest.raises(InputError, match="nothing to draw"):
        chart_box(record)
    with pytest.raises(InputError, match="names no reply"):
        chart_regret(record)


@pytest.mark.parametrize("columns", [60, 80, 110])
def test_text(record: dict[str, Any], columns: int) -> None:
    text = render_importance(record, columns)
    assert max(map(len, text.splitlines())) <= columns
    flat = " ".join(text.split())
    assert "0.50 [0.40, 0.60] 0.70 [0.60, 0.80]" in flat
    assert "S1 sum to 0.6. Not identified: 1, whose interval of ST holds 0" in flat
    assert "Without any effect: 1." in flat
    assert "3 of 64 base points left out" in flat
    assert "It does not vary: no number drives it." in flat
    assert "Too few base points" in flat
    assert "0 % to 100 %" in flat
    assert "* at one of the ends another move is the most likely one" in flat
    assert "crossed in 90 % (density), which are 75 % of all crossings (coverage)" in flat
    assert "at most 1.5 (drawn from 0 to 4.0)" in flat
    assert "Least expected loss: “nothing” and “as it sees fit”, which tie. Least worst regret: “punish”." in flat
    assert "do not agree" in flat


def test_other_boxes_in_words(record: dict[str, Any]) -> None:
    box = record["box"]
    box["reached"] = False
    assert "No sure box reaches the density of 80 %" in " ".join(render_importance(record, 100).split())
    box["limits"] = []
    assert "No box of numbers holds crossings" in " ".join(render_importance(record, 100).split())
    box |= {"cases": 128}
    assert "It is crossed in every one" in " ".join(render_importance(record, 100).split())


def test_the_page_escapes_and_needs_no_network(record: dict[str, Any]) -> None:
    page = importance_page(record)
    assert "<will>" not in page
    assert "Resolve &amp; &lt;will&gt;" in page
    assert page.count("<picture>") == page.count('prefers-color-scheme: dark)" srcset') == 6
    assert "<script" not in page
    assert "http" not in page
