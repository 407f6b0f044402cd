"""The questions of the first five minutes: what if, what for me, what differs, why, and give me the tables."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from commands import HEAD, OLDER_ROME, ROME_IDS, SMALL, Solved, halys, tree, write

import halys as package
from halys.answer.results import select_history
from halys.errors import HalysError
from halys.report import render_who_pays
from halys.report.economy_view import economy_view, render_economy_view
from halys.report.histories import find_history
from halys.report.tables import TABLES
from halys.scenario.overrides import listed_overrides

GIFT = "china=gift/europe=tariffs"


class TestSettings:
    def test_the_run_is_that_of_the_file_edited_by_hand(self, small: Path, empty_folder: Path) -> None:
        """Numbers agree with the edited file, and the saved scenario reproduces the run to its hash."""
        answer = halys("run", small, "-s", "in_force.machines.coverage=0.7", "--out", "a", "--json")
        edited = write(empty_folder, SMALL.replace("value: 0.5", "value: 0.7"), "edited.yaml")
        by_hand = halys("run", edited, "--out", "b", "--json").record
        assert answer.record["histories"] == by_hand["histories"]
        again = halys("run", "a/scenario.yaml", "--out", "c", "--json").record
        assert (again["hash"], again["histories"]) == (answer.record["hash"], by_hand["histories"])
        (change,) = answer.record["settings"]
        assert (change["path"], change["before"], change["after"]) == (
            "in_force.machines.measures[0].coverage.value",
            "0.5",
            "0.7",
        )

    def test_it_is_a_run_of_its_own_and_says_so(self, small: Path, empty_folder: Path) -> None:
        plain, changed = halys("run", small), halys("run", small, "--set", "in_force.machines.coverage=0.7")
        assert len(list((empty_folder / "runs").iterdir())) == 2
        assert "Set here" not in plain.out
        assert "Set here: in_force.machines.measures[0].coverage.value = 0.7 (was 0.5)" in changed.out
        assert small.read_text() == SMALL, "the file of the user is not touched"

    def test_show_says_it_too(self, small: Path) -> None:
        halys("run", small, "-s", "in_force.machines.coverage=0.7", "--out", "out")
        assert "Set here: in_force.machines" in halys("show", "out").out
        assert len(listed_overrides(Path("out/scenario.yaml").read_text())) == 1

    def test_check(self, small: Path) -> None:
        answer = halys("check", small, "-s", "in_force.machines.coverage=0.7")
        assert answer.code == 0
        assert "Set here: in_force.machines" in answer.out
        assert "settings" in halys("check", small, "-s", "in_force.machines.coverage=0.7", "--json").record

    @pytest.mark.parametrize("setting", ["resolve=3", "stakes.resolve=3", "stakes.resolve.percent_of_income.value=3"])
    def test_a_stake_by_its_name(self, empty_folder: Path, setting: str) -> None:
        halys("new", "mine.yaml")
        (change,) = halys("check", "mine.yaml", "-s", setting, "--json").record["settings"]
        assert change["path"] == "stakes.resolve.percent_of_income.value"
        assert halys("check", "mine.yaml", "-s", "resolve.high=6", "-s", "resolve=5").code == 0
        assert "0 to 4" in halys("check", "mine.yaml", "-s", "resolve=5").err

    @pytest.mark.parametrize("command", ["run", "check"])
    @pytest.mark.parametrize("setting", ["nosuch=1", "in_force.machines.coverage=1.5", "in_force.machines.coverage"])
    def test_faults_point_at_the_setting(self, small: Path, empty_folder: Path, command: str, setting: str) -> None:
        answer = halys(command, small, "-s", setting)
        assert answer.code == 2
        assert answer.err.startswith(f"halys: -s {setting}")
        assert halys(command, small, "-s", setting, "--json").error["kind"] == "file"
        assert list(tree(empty_folder)) == ["small.yaml"]


class TestOneEconomy:
    @pytest.mark.parametrize("code", ["DEU", "EU27", "russia", "all", "LAO"])
    def test_numbers_are_those_of_the_results(self, rome_run: package.Run, code: str) -> None:
        history = ROME_IDS[-1]
        view = economy_view(rome_run.scenario, rome_run.data, None, code, [history])
        (entry,) = view["histories"]
        data = select_history(rome_run.data, history).isel(closure=0)
        inside = list(view["members"])
        change = data["equivalent_variation"].sel(economy=inside).sum().item()
        assert entry["real_income"]["billion"] == pytest.approx(change, rel=1e-12)
        assert sum(term["billion"] for term in entry["why"]) == pytest.approx(change, rel=1e-9, abs=1e-9)
        output = (data["output"] - data["output_baseline"]).sel(economy=inside).sum().item()
        assert sum(row["billion"] for row in entry["industries"]) == pytest.approx(output, rel=1e-9, abs=1e-6)
        outside = [c for c in data["economy"].values if c not in inside]
        trade = (data["trade_flow"] - data["trade_flow_baseline"]).sel(exporter=inside, importer=outside).sum().item()
        assert sum(row["billion"] for row in entry["exports"]) == pytest.approx(trade, rel=1e-9, abs=1e-6)
        for key in ("industries", "exports", "imports"):
            changes = [row["billion"] for row in entry[key]]
            assert changes == sorted(changes)
        json.dumps(view, allow_nan=False)

    def test_one_economy_has_its_own_prices(self, rome_run: package.Run) -> None:
        view = economy_view(rome_run.scenario, rome_run.data, None, "DEU", [ROME_IDS[-1]])
        data = select_history(rome_run.data, ROME_IDS[-1]).isel(closure=0).sel(economy="DEU")
        for row in view["histories"][0]["prices"]:
            expected = 100 * (data["price"].sel(industry=row["code"]).item() - 1)
            assert row["percent"] == pytest.approx(expected, rel=1e-9)

    @pytest.mark.parametrize("code", ["DEU", "EU27", "LUX", "RUS"])
    def test_two_histories_fit_a_screen(self, rome_run: package.Run, code: str) -> None:
        answer = rome_run.summary["answer"]
        view = economy_view(rome_run.scenario, rome_run.data, answer, code)
        lines = render_economy_view(view, 80).splitlines()
        assert len(view["histories"]) == 2
        assert len(lines) <= 40
        assert max(map(len, lines)) <= 80

    def test_run_and_show(self, rome: Solved) -> None:
        shown = halys("show", rome.folder, "--for", "DEU")
        assert shown.out.startswith("Germany [DEU]: gains and losses in rome-2022")
        assert "played: " in shown.out
        record = halys("show", rome.folder, "--for", "DEU", "--json").record
        assert record["economy_view"]["code"] == "DEU"
        assert (
            halys("run", OLDER_ROME, "--for", "DEU", "--out", "out").out.splitlines()[:20]
            == (shown.out.splitlines()[:20])
        )

    def test_named_histories(self, rome: Solved) -> None:
        args = ("show", rome.folder, "--for", "CHN", "--history", "china=arms/europe=joins/usa=banks", "--json")
        (entry,) = halys(*args).record["economy_view"]["histories"]
        assert entry["history"] == "china=arms/usa=banks/europe=joins"

    @pytest.mark.parametrize("columns", [60, 80, 200])
    def test_no_history_is_left_out(self, rome_run: package.Run, columns: int) -> None:
        """More of them than fit side by side stand below each other, with the same rows."""
        view = economy_view(rome_run.scenario, rome_run.data, None, "CHN", ROME_IDS[:10])
        lines = render_economy_view(view, columns).splitlines()
        heads = [line.split() for line in lines if line.strip() and set(line.split()) <= set("ABCDEFGHIJ")]
        assert [name for head in heads for name in head] == list("ABCDEFGHIJ")
        assert max(map(len, lines)) <= columns
        assert sum("Industries: output" in line for line in lines) == len(heads)
        incomes = [line.split()[2:] for line in lines if line.startswith("  Real income")]
        assert [n for row in incomes for n in row[::2]] == [
            f"{entry['real_income']['percent']:+.2f}" if abs(entry["real_income"]["percent"]) > 1e-6 else "0"
            for entry in view["histories"]
        ]

    @pytest.mark.parametrize(
        ("code", "told"),
        [("deu", "'DEU'"), ("goods", "group of industries"), ("chin", "'china'"), ("C26", "industry"), ("", "--codes")],
    )
    def test_unknown_economies_are_told_before_anything_is_solved(
        self, code: str, told: str, empty_folder: Path
    ) -> None:
        answer = halys("run", "rome-2022", "--for", code)
        assert answer.code == 2
        assert told in answer.err
        assert "solving" not in answer.err
        assert tree(empty_folder) == {}

    @pytest.mark.parametrize(
        ("given", "found"),
        [(ROME_IDS[4], ROME_IDS[4]), ("china=arms/usa=warning", ROME_IDS[-5]), ("china=political", ROME_IDS[1])],
    )
    def test_histories_by_their_moves(self, given: str, found: str) -> None:
        assert find_history(ROME_IDS, given) == found

    def test_histories_of_the_answer_have_names(self, game: Solved) -> None:
        record = halys("show", game.folder, "--json").record["answer"]
        played, threat = (
            halys("explain", game.folder, f"china@{name}", "--json").record for name in ("played", "threat")
        )
        assert played["history"]["id"] == record["played"]["history"] == "china=nothing"
        assert threat["history"]["id"] == GIFT
        assert halys("compare", game.folder, "--histories", "threat", "played").code == 0
        assert halys("show", game.folder, "--for", "DEU", "--history", "threat").code == 0

    @pytest.mark.parametrize(
        ("given", "told"),
        [
            (
                "china=arms",
                r"5 histories have .* They differ in usa \(warning, banks, broad\); europe \(stays-out, joins\)",
            ),
            ("china=army", "no history"),
            ("played", "no history"),
        ],
    )
    def test_unclear_histories(self, given: str, told: str) -> None:
        with pytest.raises(HalysError, match=told):
            find_history(ROME_IDS, given)

    def test_history_without_for(self, rome: Solved) -> None:
        assert "--for CODE" in halys("show", rome.folder, "--history", ROME_IDS[0]).err

    def test_a_history_without_equilibrium(self, empty_folder: Path) -> None:
        bad = "{instrument: ban, exporters: all, importers: DEU, industries: B07, coverage: 1}"
        moves = f"{{s: {{a: {{label: A}}, b: {{label: B, measures: [{bad}]}}}}}}"
        text = f"{HEAD}stages: [{{id: s, actor: russia}}]\nmoves: {moves}\n"
        halys("run", write(empty_folder, text), "--out", "out")
        answer = halys("show", "out", "--for", "DEU", "--history", "s=b")
        assert answer.code == 2
        assert "s=b has no equilibrium" in answer.err


class TestShow:
    def test_prints_what_run_printed(self, game: Solved) -> None:
        assert halys("show", game.folder).out == game.answer.out
        assert game.answer.out.splitlines()[2].startswith("ANSWER")

    def test_table(self, rome: Solved) -> None:
        assert halys("show", rome.folder, "--table").out == rome.answer.out

    def test_json_is_the_summary(self, game: Solved) -> None:
        record = halys("show", game.folder, "--json").record
        assert record == {"folder": str(game.folder), **json.loads((game.folder / "summary.json").read_text())}

    def test_by_the_name_of_the_scenario(self, small: Path) -> None:
        halys("run", small)
        assert halys("show", "small.yaml").out == halys("run", small).out.replace(
            " (complete already; --force solves again)", ""
        )

    @pytest.mark.parametrize(
        ("name", "told"),
        [
            ("nosuch", "neither the folder of a run nor a scenario"),
            ("small.yaml", "has not been run here as it is now"),
            ("empty", "neither the folder of a run nor a scenario"),
            ("other", "holds other files"),
            ("nosuch.yaml", "nosuch.yaml"),
        ],
    )
    def test_what_is_no_run(self, small: Path, name: str, told: str) -> None:
        Path("empty").mkdir()
        Path("other").mkdir()
        Path("other/x").touch()
        for command in (("show", name), ("tables", name), ("explain", name), ("compare", name, name)):
            answer = halys(*command)
            assert answer.code == 2
            assert told in answer.err

    def test_runs_that_are_there_are_named(self, small: Path) -> None:
        halys("run", small, "-s", "in_force.machines.coverage=0.7")
        assert "There is runs/small-" in halys("show", "small.yaml").err

    def test_a_run_with_a_missing_file(self, small_run: Path) -> None:
        (small_run / "results.nc").unlink()
        assert "not complete" in halys("show", small_run).err


class TestCompare:
    def test_two_runs(self, game: Solved, empty_folder: Path) -> None:
        file = shutil.copy(game.folder / "scenario.yaml", "game.yaml")
        settings = ("-s", "moves.china.gift.amount=10", "-s", "elasticities=0.8")
        halys("run", file, *settings, "--out", "other")
        answer, record = (halys("compare", game.folder, "other", *more) for more in ((), ("--json",)))
        assert answer.code == 0
        assert len(answer.out.splitlines()) <= 40
        assert [row["path"] for row in record.record["numbers"]] == [
            "assumptions.elasticities.value",
            "moves.china.gift.measures[0].amount.value",
        ]
        assert record.record["rests_on"][0]["what"] == "horizon"
        assert not record.record["answer"]["same_history"]
        first, second = (halys("show", run, "--json").record for run in (game.folder, "other"))
        for row in record.record["who_pays"]:
            pair = [
                next(
                    p["percent"]
                    for h in run["histories"] if h["id"] == row["history"]
                    for kind in ("actor", "world") for p in h["closures"]["fixed"][kind] if p["who"] == row["who"]
                )
                for run in (first, second)
            ]  # fmt: skip
            assert row["change"]["percent"] == pytest.approx(pair[1] - pair[0], abs=1e-12)

    def test_places_and_histories_of_one_alone(self, small: Path, empty_folder: Path) -> None:
        """Numbers, other places and histories that only one run has; labels do not count."""
        stages = "stages: [{id: s, actor: russia}]\nmoves: {s: {a: {label: A}, b: {label: B}}}\n"
        text = SMALL.replace("industries: C28", "industries: C29").replace("label: Embargo", "label: An embargo")
        write(empty_folder, text.replace("value: 0.5,", "value: 0.5, low: 0.4, high: 0.6,") + stages, "other.yaml")
        for name in ("small", "other"):
            assert halys("run", f"{name}.yaml", "--out", name).code == 0
        record = halys("compare", "small", "other", "--json").record
        at = "in_force.machines.measures[0]"
        assert record["numbers"] == [
            {"path": f"{at}.coverage.low", "first": None, "second": 0.4},
            {"path": f"{at}.coverage.high", "first": None, "second": 0.6},
        ]
        assert f"{at}.industries" in record["other_places"]
        assert not any("label" in place for place in record["other_places"])
        assert (record["only_first"], record["only_second"]) == (["in-force"], ["s=a", "s=b"])
        assert (record["shared_histories"], record["who_pays"]) == (0, [])

    def test_a_run_with_itself(self, game: Solved) -> None:
        answer = halys("compare", game.folder, game.folder)
        assert "The two runs are the same" in answer.out

    def test_unlike_scenarios(self, game: Solved, rome: Solved) -> None:
        answer = halys("compare", game.folder, rome.folder)
        assert "No history is in both." in answer.out
        assert len(answer.out.splitlines()) <= 40
        assert len(halys("compare", game.folder, rome.folder, "--all").out.splitlines()) >= len(ROME_IDS)

    def test_histories(self, rome: Solved, rome_run: package.Run) -> None:
        pair = ("china=arms/usa=broad/europe=joins", "china=arms/usa=broad/europe=stays-out")
        record = halys("compare", rome.folder, "--histories", *pair, "--json").record
        change = [select_history(rome_run.data, h)["equivalent_variation"].isel(closure=0) for h in pair]
        europe = list(rome_run.scenario.actor_economies["europe"])
        row = next(r for r in record["rows"] if r["who"] == "europe")
        assert row["billion"] == pytest.approx((change[1] - change[0]).sel(economy=europe).sum().item(), rel=1e-12)
        assert sum(row["why"].values()) == pytest.approx(row["billion"], rel=1e-9)
        text = halys("compare", rome.folder, "--histories", *pair).out
        assert "costs of trading" in text
        assert len(text.splitlines()) <= 40
        assert max(map(len, text.splitlines())) <= 120

    def test_histories_of_one_equilibrium(self, rome: Solved) -> None:
        answer = halys("compare", rome.folder, "--histories", ROME_IDS[0], ROME_IDS[1])
        assert "same equilibrium" in answer.out

    @pytest.mark.parametrize("args", [("RUN",), ("RUN", "RUN", "--histories", "a", "b"), ("RUN", "--histories", "a")])
    def test_wrong_usage(self, game: Solved, args: tuple[str, ...]) -> None:
        answer = halys("compare", *(str(game.folder) if a == "RUN" else a for a in args))
        assert answer.code == 2
        assert "--histories" in answer.err


class TestExplain:
    def test_everything_that_is_listed_can_be_explained(self, game: Solved) -> None:
        known = halys("explain", game.folder, "--json").record
        listed = halys("explain", game.folder).out
        values = [*known["lines"], *known["assumptions"], *known["numbers"]]
        values += [
            f"{who}@{history}" for who in (*known["actors"], *known["payoffs"]) for history in known["histories"]
        ]
        for value in values:
            answer = halys("explain", game.folder, value)
            assert answer.code == 0, (value, answer.err)
            assert "\n" in answer.out.strip()
            json.dumps(halys("explain", game.folder, value, "--json").record, allow_nan=False)
        for name in (*known["lines"], *known["payoffs"], *known["numbers"]):
            assert name in listed

    def test_real_income(self, game: Solved) -> None:
        record = halys("explain", game.folder, f"china@{GIFT}", "--json").record
        (row,) = record["inputs"]
        assert record["number"]["billion"] == pytest.approx((row["W"] - 1) * row["I"], rel=1e-12)
        assert sum(t["percent"] for t in record["terms"]) == pytest.approx(record["number"]["percent"], rel=1e-9)
        tariff = next(m for m in record["measures"] if m["instrument"] == "tariff")
        assert (tariff["value"], tariff["low"], tariff["assumption"]) == (0.25, 0.1, "tariff-rate")
        assert record["solver"]["largest_residual"] < 1e-9
        assert [s["id"] for s in record["sources"]] == ["own"]

    def test_codes_groups_and_the_world(self, game: Solved) -> None:
        values = [halys("explain", game.folder, f"{who}@{GIFT}", "--json").record["number"]["billion"] for who in
                  ("EU27", "europe", "DEU", "world", "all")]  # fmt: skip
        assert values[0] == values[1] != values[2]
        assert values[3] == values[4]

    def test_payoff(self, game: Solved) -> None:
        payoffs = pd.read_csv(game.folder / "payoffs.csv").set_index(["history", "who"])["payoff_percent"]
        for (history, who), expected in payoffs.items():
            record = halys("explain", game.folder, f"payoff.{who}@{history}", "--json").record
            assert record["number"]["percent"] == pytest.approx(expected, abs=1e-12)
            for stake in record["stakes"]:
                assert stake["adds"] == pytest.approx(stake["value"] * stake["exposure"])
                assert stake["exposure"] == pytest.approx(sum(term["value"] for term in stake["terms"]))

    @pytest.mark.parametrize("stake", ["russia-undefeated", "resolve"])
    def test_at_a_line_two_payoffs_are_equal(self, game: Solved, stake: str) -> None:
        record = halys("explain", game.folder, f"line.{stake}", "--json").record
        text = halys("explain", game.folder, f"line.{stake}").out
        assert record["breaks"]
        for found in record["breaks"]:
            first, second = found["indifferent"]["between"]
            label = found["indifferent"]["actor_label"]
            assert f"There {label} is indifferent between" in " ".join(text.split())
            assert first["history"] != second["history"]
            assert first["payoff"] == pytest.approx(second["payoff"], abs=1e-9)

    def test_threshold_is_another_word_for_line(self, game: Solved) -> None:
        one, other = (halys("explain", game.folder, f"{word}.resolve").out for word in ("line", "threshold"))
        assert one == other

    def test_number(self, game: Solved) -> None:
        record = halys("explain", game.folder, "tariff-rate", "--json").record
        assert record["uses"] == ["moves.europe.tariffs.measures[0].rate"]
        assert record["histories"] == [GIFT]
        assert record == halys("explain", game.folder, record["uses"][0], "--json").record
        amount = halys("explain", game.folder, "moves.china.gift.measures[0].amount", "--json").record
        assert amount["switch"]["at"] == pytest.approx(17.16, abs=0.1)

    @pytest.mark.parametrize(
        ("value", "told"),
        [
            ("china", "needs a history: china@china=nothing"),
            ("payoff.china", "needs a history"),
            ("line.resolv", "Nearest: line.resolve"),
            ("assumption.tarif-rate", "Nearest: assumption.tariff-rate"),
            ("nosuch", "nothing that can be explained"),
            ("chin@china=nothing", "'china'"),
            ("payoff.chin@china=nothing", "'china'"),
            ("china@china=gift", "2 histories have"),
            ("china@china=gifts", "no history"),
            ("", "nothing that can be explained"),
            ("@", "no history"),
        ],
    )
    def test_unknown_values(self, game: Solved, value: str, told: str) -> None:
        answer = halys("explain", game.folder, value)
        assert answer.code == 2
        assert told in answer.err
        assert halys("explain", game.folder, value, "--json").error["kind"] == "unknown-name"

    def test_without_stages_there_are_no_payoffs(self, solved_small: Solved) -> None:
        known = halys("explain", solved_small.folder, "--json").record
        assert known["payoffs"] == known["lines"] == []
        assert halys("explain", solved_small.folder, "russia@in-force").code == 0


def opened(file: Path) -> dict[str, list[list[Any]]]:
    """The sheets of a spreadsheet, cell by cell, from its XML: strings stand inline."""
    import zipfile
    from xml.etree import ElementTree

    space = {"m": "http://schemas.openxmlformats.org/spreadsheetml/2006/main"}
    with zipfile.ZipFile(file) as book:
        names = [
            s.attrib["name"] for s in ElementTree.fromstring(book.read("xl/workbook.xml")).iterfind(".//m:sheet", space)
        ]
        found = {}
        for n, name in enumerate(names, start=1):
            rows = ElementTree.fromstring(book.read(f"xl/worksheets/sheet{n}.xml")).iterfind(".//m:row", space)
            found[name] = [
                ["".join(c.itertext()) if c.attrib.get("t") == "inlineStr" else float("".join(c.itertext()) or "nan")
                 for c in row.iterfind("m:c", space)]
                for row in rows
            ]  # fmt: skip
    return found


class TestTables:
    def test_listed(self, game: Solved, solved_small: Solved) -> None:
        record = halys("tables", game.folder, "--json").record
        assert [row["table"] for row in record["tables"]] == list(TABLES)
        assert "payoffs" not in halys("tables", solved_small.folder).out
        for name in TABLES:
            assert name in halys("tables", game.folder).out

    @pytest.mark.parametrize("name", list(TABLES))
    def test_printed_as_in_the_folder(self, game: Solved, name: str) -> None:
        printed = halys("tables", game.folder, name)
        assert printed.out.replace("\r", "") == (game.folder / f"{name}.csv").read_text(encoding="utf-8")

    @pytest.mark.parametrize("name", list(TABLES))
    def test_json_has_every_cell_and_what_it_means(self, game: Solved, name: str) -> None:
        record = halys("tables", game.folder, name, "--format", "json").record
        frame = pd.read_csv(game.folder / f"{name}.csv")
        assert [c["name"] for c in record["columns"]] == list(frame)
        assert len(record["rows"]) == len(frame)
        assert all(column["label"] for column in record["columns"])
        for n, column in enumerate(record["columns"]):
            if frame[column["name"]].dtype.kind == "f" and frame[column["name"]].notna().any():
                assert column["unit"], (name, column)
                values = [np.nan if row[n] is None else row[n] for row in record["rows"]]
                np.testing.assert_array_equal(values, frame[column["name"]])

    @pytest.mark.parametrize("form", ["csv", "xlsx", "json", "parquet"])
    def test_written(self, game: Solved, form: str) -> None:
        answer = halys("tables", game.folder, "--format", form, "--out", "deep/tables")
        assert answer.code == 0
        assert {p.name for p in Path("deep/tables").iterdir()} == {f"{name}.{form}" for name in TABLES}
        assert answer.out.splitlines() == [f"deep/tables/{name}.{form}" for name in TABLES]

    def test_spreadsheets_hold_numbers_and_say_what_they_are(self, game: Solved) -> None:
        halys("tables", game.folder, "who_pays", "--format", "xlsx", "--out", ".")
        sheets, frame = opened(Path("who_pays.xlsx")), pd.read_csv(game.folder / "who_pays.csv")
        assert list(sheets) == ["who_pays", "about"]
        assert sheets["who_pays"][0] == list(frame)
        at = list(frame).index("percent")
        np.testing.assert_allclose([row[at] for row in sheets["who_pays"][1:]], frame["percent"], rtol=1e-14)
        about = {row[0]: row[1:] for row in sheets["about"] if row}
        assert about["percent"] == ["Change of real income", "% of baseline final spending"]

    def test_industries_are_those_of_the_histories_that_the_answer_names(self, rome: Solved, game: Solved) -> None:
        summary = json.loads((rome.folder / "summary.json").read_text())
        table = pd.read_csv(rome.folder / "industries.csv")
        assert summary["answer"]["played"]["history"] in set(table["equilibrium"])
        assert len(set(table["equilibrium"])) <= 16
        record = halys("tables", game.folder, "industries", "--format", "json").record
        assert "Only for the histories that the answer names" in record["about"]

    @pytest.mark.parametrize(
        ("args", "told"),
        [
            (("nosuch",), "no table 'nosuch'"),
            (("who_pay",), "'who_pays'"),
            (("--format", "xls"), "csv, xlsx, json or parquet"),
            (("who_pays", "--format", "xlsx"), "--out DIR"),
            (("who_pays", "--format", "parquet"), "--out DIR"),
            (("who_pays", "economies"), "--out DIR"),
            (("--out", "file"), "is a file"),
        ],
    )
    def test_refused(self, game: Solved, args: tuple[str, ...], told: str) -> None:
        Path("file").write_text("mine")
        answer = halys("tables", game.folder, *args)
        assert answer.code == 2
        assert told in answer.err
        assert Path("file").read_text() == "mine"

    def test_files_that_are_there_are_left_alone(self, game: Solved) -> None:
        Path("who_pays.csv").write_text("mine")
        answer = halys("tables", game.folder, "--out", ".")
        assert answer.code == 2
        assert "who_pays.csv" in answer.err
        assert tree(Path()) == {"who_pays.csv": b"mine"}
        assert halys("tables", game.folder, "--out", ".", "--force").code == 0


class TestSpreadsheetsOfARun:
    def test_written_with_the_run_and_part_of_it(self, small: Path) -> None:
        assert halys("run", small, "--out", "out", "--xlsx").code == 0
        names = {p.name for p in Path("out").iterdir()}
        assert {n.removesuffix(".csv") for n in names if n.endswith(".csv")} == {
            n.removesuffix(".xlsx") for n in names if n.endswith(".xlsx")
        }
        assert "complete already" in halys("run", small, "--out", "out", "--xlsx").out
        assert halys("run", small, "--out", "out", "--force").code == 0, "they are no files of the user's own"

    def test_asked_for_later(self, small: Path) -> None:
        halys("run", small, "--out", "out")
        assert "complete already" not in halys("run", small, "--out", "out", "--xlsx").out
        assert Path("out/who_pays.xlsx").exists()

    def test_the_same_run_gives_the_same_bytes(self, small: Path) -> None:
        for name in ("a", "b"):
            halys("run", small, "--out", name, "--xlsx")
        assert tree(Path("a"))["who_pays.xlsx"] == tree(Path("b"))["who_pays.xlsx"]

    def test_readme_names_every_file_and_column(self, game: Solved) -> None:
        text = (game.folder / "README.txt").read_text(encoding="utf-8")
        for file in game.folder.iterdir():
            assert file.name in text or file.name == "README.txt"
        for column in ("payoff_percent", "stake:resolve", "equivalent_variation"):
            assert column in text


class TestSchemaAndCache:
    def test_schema(self) -> None:
        schema = halys("schema").record
        assert schema["$schema"].startswith("https://json-schema.org/")
        assert {"moves", "assumptions", "stakes"} <= set(schema["properties"])

    def test_cache_is_filled_and_cleared(self, small: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("HALYS_CACHE", str(tmp_path / "cache"))
        assert halys("cache", "--json").record["equilibria"] == 0
        halys("run", small, "--no-cache")
        assert halys("cache", "--json").record["equilibria"] == 0
        halys("run", small, "--force")
        record = halys("cache", "--json").record
        count = record["equilibria"]  # its own, and those of other elasticities and closures that stand beside
        assert count - (1 + 4 + 2) in (0, 1)  # and the world without deficits, unless this process has it in memory
        assert record["folder"] == str(tmp_path / "cache" / "equilibria")
        assert record["size_bytes"] > 0
        assert f"{count} equilibria, " in halys("cache").out
        assert halys("cache", "--clear").out.startswith(f"Removed {count} equilibria.")
        assert halys("cache", "--json").record["equilibria"] == 0

    def test_cache_that_is_off(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("HALYS_CACHE", "")
        assert halys("cache").out == "The cache is off.\n"
        assert halys("cache", "--clear", "--json").record == {"on": False, "removed": 0}

    def test_results_do_not_depend_on_the_cache(self, small: Path) -> None:
        records = [halys("run", small, "--out", n, *more, "--json").record["histories"] for n, more in
                   (("a", ()), ("b", ()), ("c", ("--no-cache",)))]  # fmt: skip
        for other in records[1:]:
            for x, y in zip(
                records[0][0]["closures"]["fixed"]["actor"], other[0]["closures"]["fixed"]["actor"], strict=True
            ):
                assert x["percent"] == pytest.approx(y["percent"], abs=1e-8)


def test_the_table_keeps_to_a_narrow_terminal(rome_run: package.Run) -> None:
    for width in (40, 60, 80):
        text = render_who_pays(rome_run.summary, width)
        assert max(map(len, text.splitlines())) <= width
        assert all(history.id.rsplit("/", 1)[-1] in text for history in rome_run.scenario.histories if width < 60)
