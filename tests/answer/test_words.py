"""What an adviser reads first: in order, in forty lines, and true to the numbers."""

from __future__ import annotations

import json
import math

import numpy as np
import pytest
import xarray as xr
from crisis import CRISIS, INCOME, at, losses
from hypothesis import given
from hypothesis import strategies as st

from halys.answer.build import build_answer
from halys.answer.horizons import Found
from halys.answer.words import amount, signed
from halys.measures import value_of
from halys.report.summary_text import MOST_LINES, render_answer
from halys.scenario import Scenario
from halys.scenario.document import parse_document
from halys.scenario.load import check_document


def results(scenario: Scenario) -> xr.Dataset:
    """Results in which each actor's economies lose what `losses` says, and outsiders nothing."""
    codes, groups = list(scenario.world.economies), list(scenario.actor_economies.values())
    income = np.ones(len(codes))
    for members, size in zip(groups, INCOME, strict=True):
        income[scenario.world.positions(members)] = size / len(members)
    change = np.zeros((1, len(scenario.histories), len(codes)))
    for n, history in enumerate(scenario.histories):
        for members, percent in zip(groups, losses(history.id, 1.1), strict=True):
            positions = scenario.world.positions(members)
            change[0, n, positions] = percent / 100.0 * income[positions]
    ids = [history.id for history in scenario.histories]
    return xr.Dataset(
        {
            "equivalent_variation": (("closure", "equilibrium", "economy"), change),
            "final_spending_baseline": (("closure", "economy"), income[None]),
            "equilibrium_of": ("history", ids),
        },
        {"closure": ["fixed"], "equilibrium": ids, "history": ids, "economy": codes},
    )


def engine(jobs):
    return [losses(v.histories[row].id, value_of(v.file.assumptions["friction"])) for v, row in jobs]


def beside(scenario: Scenario):
    """Solves views: the short run doubles every loss, and a θ that is one number divides it."""
    data = results(scenario)

    def solve(wanted):
        found = []
        for horizon, _, n in wanted:
            theta = horizon.trade_elasticity
            scale = (2.0 if horizon.name == "short" else 1.0) / (theta if isinstance(theta, float) else 1.0)
            change = data["equivalent_variation"].sel(closure="fixed", equilibrium=scenario.distinct[0][n].id).values
            found.append(Found(scale * change, data["final_spending_baseline"].values[0]))
        return found

    return solve


def summary_of(scenario: Scenario):
    answer = build_answer(scenario, results(scenario), engine, beside(scenario)).data
    file = scenario.file
    return {
        "scenario": {"id": file.id, "title": file.title, "question": file.question},
        "failures": [],
        "histories": [{"id": history.id} for history in scenario.histories],
        "answer": answer,
    }


@pytest.fixture(scope="module")
def summary(crisis: Scenario):
    return summary_of(crisis)


def test_the_parts_come_in_order(summary) -> None:
    text = render_answer(summary, 80, ["Report: report.html"])
    titles = ["ANSWER", "THE LINE", "WHO PAYS", "THE THREAT", "WHAT FLIPS THE ANSWER", "Report: report.html"]
    places = [text.index(title) for title in titles]
    assert places == sorted(places)


def test_the_sentences_say_what_the_numbers_are(summary) -> None:
    text = " ".join(render_answer(summary, 100).split())
    assert "China does not cross the line: it chooses “Stay” and neither gains nor loses income." in text
    assert "“Cross” only where “The aim” is worth more than 1.5 % of China's income a year: 15 bn USD" in text
    assert "USA would answer with “Punish”, at an own cost of 0.1 % (2.0 bn USD a year)" in text
    assert "“Punish” would be joined by Europe (at 0.2 %, 1.0 bn)" in text
    assert "“Friction” below 1.08 (factor) (now 1.1; 1.02 to 1.3): “Cross”, across the line" in text


def test_the_answer_is_plain_data(summary) -> None:
    assert json.loads(json.dumps(summary["answer"], allow_nan=False)) == summary["answer"]


def test_a_tie_on_the_played_path_is_told(crisis: Scenario) -> None:
    text = CRISIS.replace("    stay: {label: Stay}", "    stay: {label: Stay}\n    wait: {label: Wait}")
    tied = summary_of(check_document(parse_document(text, "tie.yaml")))["answer"]["played"]["ties"]
    assert "“Stay” is worth the same as “Wait”" in tied[0]


@pytest.mark.parametrize("width", [20, 80, 300])
def test_never_more_than_forty_lines(width: int) -> None:
    words = "a very long label that somebody wrote who likes to say all of it at once, twice and again"
    text = CRISIS
    for label in ("Stay", "Cross", "Punish", "Nothing", "Joins", "The aim", "Resolve", "Friction"):
        text = text.replace(f"label: {label}", f'label: "{label} {words}"')
    text = text.replace("title: A crisis", f'title: "{words} {words}"')
    text += "\nnot_modelled: [" + ", ".join(f'"{words}"' for _ in range(9)) + "]\n"
    long = check_document(parse_document(text, "long.yaml"))
    lines = render_answer(summary_of(long), width, ["Report: report.html"]).splitlines()
    assert len(lines) <= MOST_LINES
    assert max(map(len, lines)) <= max(min(width, 100), 60)
    assert lines[-1] == "Report: report.html"


def test_the_shares_of_the_ranges_add_up(summary) -> None:
    assert sum(p["share"] for p in summary["answer"]["possible"]) == pytest.approx(1.0)


@given(st.floats(-1e6, 1e6))
def test_amounts_keep_two_digits_and_their_sign(value: float) -> None:
    shown = float(amount(value).replace(",", ""))
    assert math.isclose(shown, value, rel_tol=0.051, abs_tol=1e-8)
    assert shown == 0 or signed(value)[0] == ("-" if value < 0 else "+")


def test_the_tree_says_what_is_played(crisis: Scenario, summary) -> None:
    nodes = summary["answer"]["tree"]["nodes"]
    assert [sum(m["chosen"] for m in node["moves"]) for node in nodes] == [1] * len(nodes)
    path, node = [], 0
    while node is not None:
        move = next(m for m in nodes[node]["moves"] if m["on_path"])
        path.append(move["move"])
        node = move["child"]
    assert path == ["stay", "nothing"]
    assert at(crisis).play.regret == 0.0
