"""Long and short run side by side: which elasticities are solved, and what the table makes of them."""

from __future__ import annotations

import pytest
from crisis import CRISIS, losses
from test_words import beside, engine, results

from halys.answer.build import build_answer
from halys.answer.horizon_words import brief, horizon_sentences, payer_table
from halys.answer.horizons import Found, describe_horizons, list_views
from halys.answer.words import amount
from halys.errors import InfeasibleError
from halys.report.summary_text import render_answer
from halys.scenario import Scenario
from halys.scenario.document import parse_document
from halys.scenario.load import check_document

PUNISHED = "china=cross/usa=punish/europe=joins"


def load(text: str) -> Scenario:
    return check_document(parse_document(text, "horizons.yaml"))


def words(scenario: Scenario) -> list[tuple[str, bool, str]]:
    return [(view.run, view.central, view.words) for view in list_views(scenario)]


def table(scenario: Scenario, solve=None):
    histories = [{"history": PUNISHED, "role": "crossed", "title": "punished"}]
    return describe_horizons(scenario, results(scenario), histories, solve or beside(scenario))[0]


class TestViews:
    def test_by_default_published_estimates_are_the_range(self, crisis: Scenario) -> None:
        assert words(crisis) == [
            ("long", True, "θ by industry"),
            ("long", False, "θ 1 in every industry"),
            ("short", True, "θ 1"),
            ("short", False, "θ 0.75 in every industry"),
            ("short", False, "θ 2 in every industry"),
        ]

    def test_a_range_of_the_file_joins_them(self) -> None:
        horizon = "horizon: {trade_elasticity_factor: {value: 1, low: 0.5, high: 1.5, source: made-up}}\n"
        short = "beside: {trade_elasticity: {value: 1.5, low: 1.2, high: 1.9, source: made-up}}\n"
        assert [w for _, _, w in words(load(CRISIS + horizon + short))] == [
            "θ by industry",
            "θ times 0.5",
            "θ times 1.5",
            "θ 1 in every industry",
            "θ 1.5",
            "θ 1.2",
            "θ 1.9",
            "θ 0.75 in every industry",
            "θ 2 in every industry",
        ]

    def test_ranges_by_industry_are_taken_to_their_ends_together(self) -> None:
        given = "{C19: {value: 4, low: 2, high: 8, source: made-up}, C20: 3}"
        found = list_views(load(CRISIS + f"horizon: {{trade_elasticity: {given}}}\n"))
        low, high = (view.horizon.trade_elasticity for view in found if "ends" in view.words)
        assert (low, high) == ({"C19": 2.0, "C20": 3.0}, {"C19": 8.0, "C20": 3.0})

    def test_a_published_set_brings_its_own_range(self) -> None:
        found = words(load(CRISIS + "horizon: {trade_elasticity_set: boehm-2023}\n"))
        assert [w for run, central, w in found if run == "long" and not central][:2] == ["θ 0.75", "θ 1.25"]

    def test_a_scenario_of_the_short_run_has_the_long_run_beside(self) -> None:
        scenario = load(CRISIS + "horizon: {name: short}\n")
        assert scenario.horizon.factors == "specific"
        assert [run for run, _, _ in words(scenario)] == ["long", "long", "short", "short", "short"]
        assert table(scenario)["main"] == "short"


class TestTable:
    def test_numbers_are_those_of_the_views(self, crisis: Scenario) -> None:
        found = table(crisis)
        (china,) = (row for row in found["rows"] if row["who"] == "china")
        loss = losses(PUNISHED, 1.1)[0]
        long, short = china["values"][0]["long"], china["values"][0]["short"]
        assert (long["percent"], long["low"], long["high"]) == pytest.approx((loss, loss, loss))
        assert (short["percent"], short["low"], short["high"]) == pytest.approx((2 * loss, 2 * loss / 0.75, loss))
        assert short["billion"] == pytest.approx(2 * loss / 100 * 1000)
        assert found["failed"] == []

    def test_actors_with_a_large_balance_get_the_other_closure(self, crisis: Scenario) -> None:
        assert table(crisis)["closures"] == ["fixed"]
        russia = load(CRISIS.replace("china: {label: China, economies: CHN}", "china: {label: Russia, economies: RUS}"))
        found = table(russia)
        assert found["closures"] == ["fixed", "balanced"]
        assert set(found["rows"][0]["values"][0]["long"]["closures"]) == {"balanced"}

    def test_what_has_no_equilibrium_is_said_with_the_reason(self, crisis: Scenario) -> None:
        usual = beside(crisis)

        def solve(wanted):
            error = InfeasibleError("no equilibrium: for a test")
            pairs = zip(wanted, usual(wanted), strict=True)
            return [error if w[0].trade_elasticity == 0.75 else f for w, f in pairs]

        found = table(crisis, solve)
        (failed,) = found["failed"]
        assert (failed["run"], failed["words"], failed["history"]) == ("short", "θ 0.75 in every industry", PUNISHED)
        assert "for a test" in failed["message"]
        assert found["rows"][0]["values"][0]["short"]["low"] == pytest.approx(2 * losses(PUNISHED, 1.1)[0])
        assert "No equilibrium in some histories at θ 0.75 in every industry (short run)" in " ".join(
            horizon_sentences(found)
        )

    def test_a_run_without_its_central_equilibrium_has_no_numbers(self, crisis: Scenario) -> None:
        def solve(wanted):
            return [
                InfeasibleError("none") if w[0].name == "short" else f
                for w, f in zip(wanted, long(wanted), strict=True)
            ]

        long = beside(crisis)
        found = table(crisis, solve)
        assert found["rows"][0]["values"][0]["short"] is None
        assert payer_table(found)["rows"][0][2] == "none"

    def test_nothing_is_solved_that_the_run_has(self, crisis: Scenario) -> None:
        asked = []

        def solve(wanted):
            asked.extend(wanted)
            return beside(crisis)(wanted)

        table(crisis, solve)
        assert crisis.horizon not in [horizon for horizon, _, _ in asked]
        assert len(asked) == len(set(asked)) == 4


class TestPlay:
    """On the short run every loss is twice as large. Punished by both, China would lose 1.5 % on the long run; on the
    short run 2 %, since Europe, for which joining is worth 0.25 % and then costs 0.4 % instead of 0.2 %, stays out."""

    def test_the_game_is_played_on_the_other_run_too(self, crisis: Scenario) -> None:
        answer = build_answer(crisis, results(crisis), engine, beside(crisis)).data
        play = answer["horizons"]["play"]
        assert play["run"] == "short"
        found = {
            run: next(b["at"] for line in lines if line["stake"] == "aim" for b in line["breaks"] if b["flips"])
            for run, lines in (("long", answer["lines"]), ("short", play["lines"]))
        }
        assert found == pytest.approx({"long": 1.5, "short": 2.0})
        (part,) = (part for part in answer["block"] if part["id"] == "beside")
        assert part["title"] == "In the short run"
        assert f"“Cross” where “The aim” is above {amount(2.0)} %" in part["text"][0]

    def test_histories_without_an_equilibrium_are_no_choice(self, crisis: Scenario) -> None:
        usual = beside(crisis)

        def solve(wanted):
            pairs = zip(wanted, usual(wanted), strict=True)
            lost = [n for n, history in enumerate(crisis.distinct[0]) if "usa=punish" in history.id]
            gone = InfeasibleError("none")
            return [gone if w[0].name == "short" and w[2] in lost else f for w, f in pairs]

        play = build_answer(crisis, results(crisis), engine, solve).data["horizons"]["play"]
        assert {entry["move"] for entry in play["lost"]} == {"punish"}
        assert play["played"]["move"] == "cross"

    def test_without_any_equilibrium_there_is_no_play(self, crisis: Scenario) -> None:
        usual = beside(crisis)

        def solve(wanted):
            pairs = zip(wanted, usual(wanted), strict=True)
            return [InfeasibleError("none") if w[0].name == "short" else f for w, f in pairs]

        answer = build_answer(crisis, results(crisis), engine, solve).data
        assert answer["horizons"]["play"] is None
        assert "beside" not in [part["id"] for part in answer["block"]]


def test_sums_over_economies_are_weighted_by_income(crisis: Scenario) -> None:
    data = results(crisis)
    found = table(crisis)
    (world,) = (row for row in found["rows"] if row["who"] == "world")
    change = data["equivalent_variation"].sel(closure="fixed", equilibrium=PUNISHED).values
    assert world["values"][0]["long"]["percent"] == pytest.approx(
        100 * change.sum() / data["final_spending_baseline"].values.sum()
    )
    assert isinstance(beside(crisis)([(crisis.horizon, "fixed", 0)])[0], Found)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.0, "0"),
        (1e-5, "≈0"),
        (-0.0074, "-0.007"),
        (0.0224, "+0.022"),
        (-0.324, "-0.32"),
        (-1.44, "-1.4"),
        (-9.97, "-10"),
        (-238.7, "-239"),
        (1234.5, "+1,234"),
        (-12345.0, "-12,345"),
    ],
)
def test_a_brief_number_keeps_what_it_says(value: float, text: str) -> None:
    assert brief(value) == text
    assert len(text) <= 7


@pytest.mark.parametrize("width", [60, 80, 100])
def test_a_number_stands_under_its_history_and_its_run(width: int) -> None:
    rows = [[who, "-1.1", "-2.2", f"-3{n}"] for n, who in enumerate(("China", "USA", "Europe", "World"))]
    titles = ["as played", "if it came"]
    table = {"headings": titles, "columns": ["long", "short", "bn"], "about": "Real income.", "rows": []}
    table["rows"] = [[*row, *row[1:]] for row in rows]
    part = {"id": "who-pays", "title": "Who pays", "text": [], "table": table}
    scenario = {"id": "t", "title": "T", "question": ""}
    summary = {"scenario": scenario, "failures": [], "histories": [], "answer": {"block": [part]}}
    lines = render_answer(summary, width).splitlines()
    heads = [n for n, line in enumerate(lines) if "(1)" in line and "WHO" not in line]
    assert len(heads) == 1
    numbers, names, body = lines[heads[0]], lines[heads[0] + 1], lines[heads[0] + 2 :]
    assert numbers.count("(2)") == names.count("bn") / 2
    assert sum(line.count("-1.1") for line in body) == 8
    for line in body:
        for word in ("China", "USA", "Europe", "World"):
            at = line.find(word)
            assert at < 0 or names[at : at + 4].strip() == ""
        at = names.index("long")
        assert line[at : at + 4] in ("-1.1", "    ")
