"""`halys coalition`: text, CSV, JSON, settings and refusals; the section of the page and the charts."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import vl_convert
from typer.testing import CliRunner

import halys
from conftest import make_spec
from halys.cli.app import app
from halys.report.charts import chart_coalition, chart_joining
from halys.report.charts.coalition import coalition_spec, joining_spec
from halys.report.coalition_view import render_coalition
from halys.report.html.coalition import coalition as section
from halys.report.html.model import Page
from halys.scenario import Scenario
from halys.scenario.document import parse_document
from halys.scenario.load import check_document
from worlds import FIVE

FILE = """\
schema_version: 1
id: small
title: A small coalition
question: Who pays?
world: world.npz
horizon: {trade_elasticity: {value: 5, source: own}}
sources:
  own: {title: Chosen for this test, publisher: The author, date: "2026"}
actors:
  target: {label: Target, economies: AAA}
coalition: COALITION
"""


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory, six: halys.World) -> Path:
    folder = tmp_path_factory.mktemp("coalition")
    halys.save_world(six, folder / "world.npz")
    spec = make_spec(target="target", level={"value": 5, "low": 1, "high": 40, "source": "own"})
    for measure in spec["measures"]:
        measure["reduction"] = {"value": measure["reduction"], "source": "own"}
    path = folder / "small.yaml"
    path.write_text(FILE.replace("COALITION", json.dumps(spec)), encoding="utf-8")
    return path


def call(*arguments: str | Path, columns: int = 80) -> tuple[int, str, str]:
    done = CliRunner().invoke(app, ["coalition", *map(str, arguments)], env={"COLUMNS": str(columns)})
    return done.exit_code, done.stdout, done.stderr


def test_the_text_fits_and_says_everything(file: Path) -> None:
    code, out, err = call(file)
    assert code == 0, err
    assert max(map(len, out.splitlines())) <= 80
    for words in (
        "Sanctions on AAA: 3 members against Target",
        "all 8 coalitions",
        "Bee",
        "Dee and Eff",
        "Would leave first",
        "Join where a dollar of the loss is worth",
        "A loss of 40 % of income is not reached by any coalition.",
        "What would change if they joined too",
        "Eee",
        "The same measures by every other economy",
        "All trade banned by everyone",
    ):
        assert words in out, out
    assert "solved 11 equilibria" in err


def test_json_is_the_record_and_csv_the_members(file: Path) -> None:
    code, out, _ = call(file, "--json")
    assert code == 0
    record = json.loads(out)
    assert [row["id"] for row in record["members"]] == ["bee", "cee", "dee"]
    code, out, _ = call(file, "--format", "csv")
    assert code == 0
    rows = list(csv.DictReader(io.StringIO(out)))
    assert float(rows[0]["shapley_billion"]) == pytest.approx(record["members"][0]["shapley_billion"], rel=1e-9)


def test_settings_range_samples_and_horizon(file: Path) -> None:
    setting = "coalition.measures[0].reduction=0.1"
    code, out, err = call(file, "--json", "-s", setting, "--omega", "0:3", "--samples", "8", "--horizon", "4")
    assert code == 0, err
    record = json.loads(out)
    assert record["settings"][0]["path"] == "coalition.measures[0].reduction.value"
    assert (record["order"]["low"], record["order"]["high"]) == (0.0, 3.0)
    assert (record["method"], record["samples"]) == ("sampled", 8)
    assert "4" in record["horizon"]
    code, out, _ = call(file, "--samples", "8")
    assert code == 0
    assert "8 random orders" in out
    assert "±" in out


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("evasion",), "has no section `coalition`"),
        (("FILE", "--omega", "2"), "'2' is not a range. Write LOW:HIGH"),
        (("FILE", "--omega", "a:b"), "'a:b' is not a range"),
        (("FILE", "--omega", "2:1"), "range of omega"),
        (("FILE", "--format", "xml"), "not a format"),
        (("FILE", "--samples", "3"), "even number"),
        (("FILE", "--horizon", "lnog"), "not a horizon"),
    ],
)
def test_refusals_are_one_message(file: Path, arguments: tuple[str, ...], message: str) -> None:
    given = [str(file) if argument == "FILE" else argument for argument in arguments]
    code, _, err = call(*given)
    assert code == 2
    assert message in err.replace("\n", " ")


@pytest.fixture(scope="module")
def sampled(six: halys.World) -> halys.CoalitionRecord:
    return halys.solve_coalition(six, make_spec(), horizon=FIVE, samples=8)


def test_charts_are_whole_and_draw(solved: halys.CoalitionRecord, sampled: halys.CoalitionRecord) -> None:
    for record in (solved.data, sampled.data):
        for chart, spec in ((chart_coalition, coalition_spec), (chart_joining, joining_spec)):
            whole = chart(record).to_dict()  # validates against the schema
            json.dumps(spec(record), allow_nan=False)
            assert whole["title"]["text"]
            svg = vl_convert.vegalite_to_svg(whole)
            assert "NaN" not in svg
            for row in record["members"]:
                assert row["label"] in svg
    bars = coalition_spec(sampled.data)
    assert any("low" in bar for bar in bars["data"]["values"])
    largest = coalition_spec(solved.data)["data"]["values"][0]
    assert largest["value"] == max(row["shapley_billion"] for row in solved.data["members"])


def page_of(scenario: Scenario, answer: Mapping[str, Any]) -> Page:
    return Page(scenario, None, None, answer, {}, None)  # type: ignore[arg-type]


def test_the_section_of_the_page(file: Path, solved: halys.CoalitionRecord) -> None:
    scenario = check_document(parse_document(file.read_text(encoding="utf-8"), str(file)))
    assert section(page_of(scenario, {})) == ""
    page = page_of(scenario, {"coalition": solved.data})
    html = section(page)
    assert html.count("<figure") == 2
    assert set(page.figures.specs) == {"coalition", "joining"}
    for words in ("Bee", "Dee and Eff", "Would leave first", "What would change if they joined too", "Range"):
        assert words in html
    assert "[<a" in html  # the mark of a source
    assert "<script" not in html


def test_failures_and_gains_are_told(solved: halys.CoalitionRecord) -> None:
    data = json.loads(json.dumps(solved.data))
    data["candidates"]["each"][0] = {"id": "eee", "label": "Eee", "economies": ["EEE"], "failed": "no way"}
    data["everyone"] = {"failed": "nobody left"}
    data["order"]["gaining"], data["order"]["refusing"] = ["bee"], ["cee"]
    data["members"][1]["joins_from"] = None
    for row in data["members"]:
        row["leaving_net_percent"] = -0.1
    data["pivots"]["at"][0]["already"] = True
    text = " ".join(render_coalition(data, 80).split())
    assert "! Eee: no way" in text
    assert "no equilibrium: nobody left" in text
    assert "Gain from joining, whatever the loss is worth: Bee." in text
    assert "Add nothing to the loss and bear a cost: Cee." in text
    assert "No member would gain by leaving" in text
    assert "is reached without any member" in text
