"""`halys bounds` and `halys.solve_bounds`: the same numbers from each, in 80 columns, and what they refuse."""

from __future__ import annotations

import io
import json
from pathlib import Path

import pandas as pd
import pytest
import vl_convert
from commands import HEAD, Answer, halys, write

import halys as package
from halys.errors import InputError
from halys.report.charts.bounds import bounds_spec, chart_bounds, chart_joint_bounds
from halys.report.html.bounds import bounds as section
from halys.report.html.model import Page
from halys.run import default_folder

GAME = (
    HEAD.replace("actors:", "actors:\n  china: {label: China, economies: CHN}\n  usa: {label: USA, economies: USA}")
    + """\
stakes:
  aim: {label: The aim, actor: china, accrual: flow, percent_of_income: {low: 0, high: 2, source: own}}
  name: {label: Good name, actor: china, accrual: flow, percent_of_income: {low: 0, high: 1, source: own}}
  word: {label: The word given, actor: usa, accrual: flow, percent_of_income: {low: 0, high: 1, source: own}}
stages:
  - {id: china, actor: china}
  - {id: usa, actor: usa}
moves:
  china:
    stay: {label: Stay}
    cross: {label: Cross, exposures: {aim: 1, name: {value: -0.5, low: -1, high: 0, source: own}}}
  usa:
    nothing: {label: Nothing, cases: [{when: {china: cross}, exposures: {word: -1}}]}
    punish:
      label: Punish
      measures: [{instrument: tariff, exporters: CHN, importers: USA, rate: {value: 0.3, source: own}}]
"""
)
OBSERVED = """\
observed:
  spring:
    label: By spring
    date: "2022-03"
    stage: china
    move: stay
    summary: It stayed.
    sources: [own]
    beliefs:
      usa: [{when: {china: cross}, moves: {punish: {value: 0.5, low: 0.2, high: 0.8, source: own}, nothing: rest}}]
  reply: {label: The reply, stage: usa, move: nothing}
"""


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write(tmp_path_factory.mktemp("bounds"), GAME + OBSERVED)


@pytest.fixture(scope="module")
def answer(file: Path) -> Answer:
    return halys("bounds", file, "--json")


@pytest.fixture(scope="module")
def run(file: Path) -> package.Run:
    return package.run(file)


def test_json_holds_what_the_function_says(file: Path, answer: Answer) -> None:
    assert answer.code == 0
    record = answer.record
    found = package.solve_bounds(file)
    assert record == {"scenario": "small", **json.loads(json.dumps(found.data))}
    assert [actor["actor"] for actor in record["actors"]] == ["china", "usa"]
    assert record["unused"] == []
    assert repr(found) == "ObservedBounds()"


def test_the_bound_is_the_expected_cost_of_being_punished(run: package.Run, answer: Answer) -> None:
    """0.5 × what the tariff costs China bounds the aim less half of the good name."""
    cost = float(run.game["welfare"].sel(history="china=cross/usa=punish", actor="china"))
    assert cost < 0
    aim = answer.record["actors"][0]["views"][0]["stakes"][0]
    assert aim["high"] == pytest.approx(min(-0.5 * cost + 0.5 * 1.0, 2.0))
    some, every = (answer.record["actors"][0]["views"][n]["stakes"][0] for n in (1, 2))
    assert some["high"] == pytest.approx(-0.8 * cost + 0.5)
    assert every["high"] == pytest.approx(-0.2 * cost + 0.5)


def test_csv_is_the_table(file: Path) -> None:
    frame = pd.read_csv(io.StringIO(halys("bounds", file, "--format", "csv").out))
    table = package.solve_bounds(file).table
    assert list(frame.columns) == list(table.columns) == list(table.attrs["columns"])
    pd.testing.assert_frame_equal(frame[["low", "high", "revealed_high"]], table[["low", "high", "revealed_high"]])
    assert set(frame["beliefs"]) == {"stated", "some", "every"}


@pytest.mark.parametrize("columns", [80, 120])
@pytest.mark.parametrize("more", [(), ("--all",)])
def test_text_fits_the_terminal(file: Path, columns: int, more: tuple[str, ...], monkeypatch) -> None:
    monkeypatch.setenv("COLUMNS", str(columns))
    told = halys("bounds", file, *more)
    assert told.code == 0
    assert max(map(len, told.out.splitlines())) <= min(columns, 100)
    words = " ".join(told.out.split())
    for part in ("CHINA (income", "By spring [spring]: “Stay”.", "valid for", "The aim", "0 to 2.0"):
        assert part.lower() in words.lower(), part
    assert ("Believed: USA after China: Cross: Punish 0.5 (0.2 to 0.8), Nothing the rest" in words) == bool(more)
    assert ("Over “Cross”: gains" in words) == bool(more)


def test_a_run_that_is_there_is_read(file: Path, answer: Answer, tmp_path: Path, monkeypatch) -> None:
    monkeypatch.chdir(tmp_path)
    folder = default_folder(package.load_scenario(file))
    package.run(file, out=folder)
    monkeypatch.setattr("halys.bounds.solve_batch", None)
    for name in (folder, file):
        read = halys("bounds", name, "--json").record
        assert read["actors"][0]["views"][0]["stakes"] == answer.record["actors"][0]["views"][0]["stakes"]
    refused = halys("bounds", folder, "-s", "closures=[balanced]")
    assert refused.code == 2
    assert "a finished run stays as it is" in refused.err


def test_settings_change_the_scenario(file: Path, answer: Answer) -> None:
    changed = halys("bounds", file, "-s", "moves.usa.punish.rate=0.1", "--json").record
    high = [record["actors"][0]["views"][0]["stakes"][0]["high"] for record in (changed, answer.record)]
    assert high[0] < high[1]
    belief = halys("bounds", file, "-s", "observed.spring.beliefs.usa[0].moves.punish=0.3", "--json")
    assert belief.record["actors"][0]["views"][0]["stakes"][0]["high"] < high[1]


class TestRefused:
    def test_nothing_observed(self, tmp_path: Path) -> None:
        refused = halys("bounds", write(tmp_path, GAME))
        assert refused.code == 2
        assert "lists no observed choice. Add a section such as `observed:" in refused.err
        with pytest.raises(InputError, match="lists no observed choice"):
            package.solve_bounds(write(tmp_path, GAME))

    def test_a_format_that_is_none(self, file: Path) -> None:
        refused = halys("bounds", file, "--format", "xlsx")
        assert refused.code == 2
        assert "Write text, csv or json" in refused.err

    def test_a_faulty_file(self, tmp_path: Path) -> None:
        error = halys("bounds", write(tmp_path, GAME + OBSERVED.replace("move: stay", "move: say")), "--json").error
        assert error["kind"] == "file"
        assert "has no move 'say'" in error["message"]


class TestCharts:
    def test_both_charts_draw(self, answer: Answer) -> None:
        for chart in (chart_bounds(answer.record), chart_joint_bounds(answer.record, "china")):
            spec = chart.to_dict()
            assert "%" in " ".join(spec["title"]["subtitle"])
            svg = vl_convert.vegalite_to_svg(spec)
            assert svg.startswith("<svg")
            assert "NaN" not in svg

    def test_rows_are_actors_and_stakes_and_open_ends_have_arrows(self, answer: Answer) -> None:
        spec = bounds_spec(answer.record)
        assert spec["params"][-1]["value"] == ["", "The aim", "Good name", "", "The word given"]
        svg = vl_convert.vegalite_to_svg(chart_bounds(answer.record).to_dict())
        for text in ("China", "The aim", "◀"):
            assert text in svg

    def test_an_empty_set_is_said_in_the_chart(self, tmp_path: Path) -> None:
        feared = OBSERVED.replace("move: stay", "move: cross").replace(
            "{value: 0.5, low: 0.2, high: 0.8, source: own}", "1"
        )
        text = GAME.replace("low: 0, high: 2, source", "low: 0, high: 0.001, source") + feared.replace(
            "nothing: rest", "nothing: 0"
        )
        record = package.solve_bounds(write(tmp_path, text)).data
        assert record["actors"][0]["views"][0]["conflict"]["ranges_alone"]
        assert "no values explain the choices" in vl_convert.vegalite_to_svg(chart_bounds(record).to_dict())
        with pytest.raises(InputError, match="no joint bounds of 'china'"):
            chart_joint_bounds(record, "china")

    def test_nothing_to_draw_is_refused(self) -> None:
        with pytest.raises(InputError, match="nothing to draw"):
            chart_bounds({"actors": []})


class TestSection:
    def test_it_tells_all_and_nothing_without_bounds(self, run: package.Run, answer: Answer) -> None:
        page = Page(run.scenario, run.data, run.game, {"bounds": answer.record}, run.summary, None)
        html = section(page)
        for part in ("figure-bounds", "The aim", "By spring", "It stayed.", "Punish 0.5 (0.2 to 0.8)", "Rather than"):
            assert part in html, part
        assert list(page.figures.specs) == ["bounds", "bounds-china"]
        assert section(Page(run.scenario, run.data, run.game, {}, run.summary, None)) == ""
