"""A world of the user's own on the command line: built from a table, shown, named by a scenario, kept with the run."""

from __future__ import annotations

import csv
import dataclasses
import json
import shutil
from pathlib import Path

import pytest
from commands import halys, write

import halys as package
from halys.errors import InputError, StorageError
from halys.world import save_world
from table_files import long_rows
from worlds import make_world

EXAMPLE = Path(__file__).parents[2] / "docs" / "table-example.csv"
SCENARIO = """\
schema_version: 1
id: own
title: A ban in a made-up world
question: What does it cost?
world: tables/five.npz
horizon: {trade_elasticity: 5}
sources:
  own: {title: Chosen for this test, publisher: The author, date: "2026"}
actors:
  a: {label: Alpha, economies: AAA}
  g: {label: Others, economies: west}
in_force:
  ban:
    label: A ban
    measures:
      - {instrument: ban, exporters: west, importers: AAA, industries: hard, coverage: {value: 0.5, source: own}}
"""
META = "groups:\n  west: {kind: economy, members: [BBB, CCC]}\n  hard: {kind: industry, members: [factories]}\n"


@pytest.fixture
def table(empty_folder: Path) -> Path:
    """Five economies and three industries in the long format."""
    with (empty_folder / "five.csv").open("w", newline="") as file:
        rows = long_rows(make_world(seed=3, count=5, tariffs=False))
        csv.writer(file).writerows([("exporter", "industry", "importer", "use", "value"), *rows])
    (empty_folder / "meta.yaml").write_text(META)
    (empty_folder / "tables").mkdir()
    return empty_folder / "five.csv"


@pytest.fixture
def scenario(table: Path) -> Path:
    """A scenario on the world of that table."""
    assert halys("world", "build", table, "--meta", "meta.yaml", "--out", "tables/five.npz").code == 0
    return write(table.parent, SCENARIO, "own.yaml")


class TestBuild:
    def test_reports_and_writes(self, empty_folder: Path) -> None:
        answer = halys("world", "build", EXAMPLE)
        assert answer.code == 0
        for told in (
            "table-example: Own table",
            "2 economies × 2 industries",
            "Rule, inputs above output, moved to final use: nothing",
            "Balance of trade of the largest, % of value added: AAA +12.5, BBB -21.4",
            "No trade elasticity is known for goods, services: a scenario must give horizon.trade_elasticity",
            "Wrote table-example.npz",
        ):
            assert told in answer.out
        assert package.load_world(empty_folder / "table-example.npz").value_added.sum() == 190

    def test_json(self, empty_folder: Path) -> None:
        record = halys("world", "build", EXAMPLE, "--title", "Two", "--year", 2020, "--json").record
        assert record["file"] == "table-example.npz"
        assert (record["title"], record["provenance"]["year"]) == ("Two", 2020)
        assert [entry["cells"] for entry in record["provenance"]["adjustments"]] == [0, 0, 0, 0]

    def test_does_not_overwrite_unless_told(self, empty_folder: Path) -> None:
        assert halys("world", "build", EXAMPLE).code == 0
        again = halys("world", "build", EXAMPLE)
        assert again.code == 2
        assert "table-example.npz exists. Give another name with --out, or replace it with --force." in again.err
        assert halys("world", "build", EXAMPLE, "--force").code == 0
        named = halys("world", "build", "nosuch.csv", "--out", "table-example.npz")
        assert "exists" in named.err  # told before a large table is read

    def test_refusals(self, empty_folder: Path) -> None:
        bad = empty_folder / "bad.csv"
        bad.write_text(EXAMPLE.read_text() + "AAA,goods,BBB,services,\nAAA,goods,BBB,x,no\n")
        answer = halys("world", "build", bad)
        assert answer.code == 2
        assert "2 problems" in answer.err
        assert "bad.csv:25: (AAA, goods, BBB, services): the value is empty" in answer.err
        assert not list(empty_folder.glob("*.npz"))
        error = halys("world", "build", bad, "--json").error
        assert (error["kind"], len(error["problems"])) == ("file", 2)
        assert "--layout is 'OECD'; it must be icio or long" in halys("world", "build", bad, "--layout", "OECD").err
        assert "Missing argument 'TABLE'" in halys("world", "build").err
        assert "title is ''" in halys("world", "build", EXAMPLE, "--title", "").err
        assert "the id ''" in halys("world", "build", EXAMPLE, "--id", "").err
        assert "year is 0" in halys("world", "build", EXAMPLE, "--year", 0).err

    def test_a_table_that_does_not_balance_is_one_problem(self, empty_folder: Path) -> None:
        """Its worst cells are told in lines of their own, which are no further problems."""
        (empty_folder / "bad.csv").write_text(EXAMPLE.read_text().replace("AAA,goods,50", "AAA,goods,90"))
        told = halys("world", "build", "bad.csv").err
        assert told.startswith("halys: bad.csv: the table does not balance")
        assert len(told.splitlines()) > 2

    def test_mapping_and_tolerance(self, empty_folder: Path) -> None:
        (empty_folder / "m.csv").write_text("kind,from,to\neconomy,AAA,keep\n")
        assert "economies left out: BBB" in halys("world", "build", EXAMPLE, "--mapping", "m.csv").err
        assert "tolerance is 0.5" in halys("world", "build", EXAMPLE, "--tolerance", 0.5).err


class TestShow:
    def test_a_world_file(self, scenario: Path) -> None:
        answer = halys("world", "tables/five.npz")
        assert "5 economies, 3 industries" in answer.out
        assert "west (2): west." in answer.out
        assert halys("world", "show", "tables/five.npz", "--json").record["industries"] == 3

    def test_members_that_the_world_lacks_are_told_apart(self, table: Path) -> None:
        (table.parent / "eu.csv").write_text(table.read_text().replace("AAA", "DEU").replace("BBB", "FRA"))
        assert halys("world", "build", "eu.csv").code == 0
        shown, codes = halys("world", "eu.npz"), halys("world", "--in", "eu.npz", "--codes")
        assert "EU27 (2 of 27): " in shown.out
        assert "in the table)" not in shown.out
        assert "EU27: DEU FRA (not in the table: AUT BEL" in codes.out
        group = next(g for g in halys("world", "eu.npz", "--json").record["groups"] if g["name"] == "EU27")
        assert (set(group["members"]), len(group["missing"])) == ({"DEU", "FRA"}, 25)
        record = halys("world", "--in", "eu.npz", "--codes", "--json").record
        assert set(record["groups"]["EU27"]) == {"DEU", "FRA"}
        assert len(record["missing"]["EU27"]) == 25

    def test_an_economy_in_it(self, scenario: Path) -> None:
        assert halys("world", "BBB", "--in", "tables/five.npz").out.startswith("BBB [BBB], five")
        assert "'DEU' is not an economy" in halys("world", "DEU", "--in", "tables/five.npz").err
        assert "factories" in halys("world", "--in", "tables/five.npz", "--codes").out

    def test_no_such_file(self, empty_folder: Path) -> None:
        assert "there is no world file 'nosuch.npz'" in halys("world", "nosuch.npz").err


class TestScenario:
    def test_path_starts_at_the_scenario(self, scenario: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        assert halys("check", scenario).code == 0
        (scenario.parent / "elsewhere").mkdir()
        monkeypatch.chdir(scenario.parent / "elsewhere")
        assert halys("check", "../own.yaml").code == 0
        found = package.load_scenario("../own.yaml")
        assert found.world.id == "five"
        assert found.world_file == "five.npz"

    @pytest.mark.parametrize(
        ("old", "new", "told"),
        [
            ("tables/five.npz", "tables/fife.npz", "tables/fife.npz'. `halys world build TABLE` makes one"),
            ("tables/five.npz", "five", "own.yaml:5:8 › world: 'five' is not a bundled world"),
            ("tables/five.npz", "meta.yaml/x.npz", "own.yaml:5:8 › world: there is no world file"),
            ("tables/five.npz", "./five.csv", "five.csv is not a world file of Halys, or a damaged one"),
            ("economies: AAA", "economies: DEU", "'DEU' is not an economy or a group of economies of world five"),
            ("economies: west", "economies: G7", "group 'G7' has no member in world five"),
            (
                "horizon: {trade_elasticity: 5}\n",
                "",
                "no trade elasticity is known for factories, farms, services. Give one: "
                "`horizon: {trade_elasticity: 5}`, or a mapping from industry to number.",
            ),
            (
                "horizon: {trade_elasticity: 5}\n",
                "horizon: {name: short}\nbeside: {name: long}\n",
                "Give one: `beside: {name: long, trade_elasticity: 5}`, or a mapping",
            ),
        ],
    )
    def test_faults_have_their_place(self, old: str, new: str, told: str, scenario: Path) -> None:
        answer = halys("check", write(scenario.parent, SCENARIO.replace(old, new, 1), "own.yaml"))
        assert answer.code == 2
        assert told in answer.err
        assert "Horizon." not in answer.err
        if "tables/five.npz" in old:
            assert "own.yaml:5:8 › world: " in answer.err

    def test_run_is_that_of_the_arrays_and_keeps_its_world(self, scenario: Path) -> None:
        """The run folder stands alone: it is read and run again when the world file has gone."""
        answer = halys("run", scenario, "--out", "run", "--table")
        assert answer.code == 0, answer.err
        assert (scenario.parent / "run" / "five.npz").is_file()
        assert "five.npz" in (scenario.parent / "run" / "README.txt").read_text()
        run = package.open_run("run")
        rows = halys("tables", "run", "who_pays", "--json").record
        assert halys("run", scenario, "--out", "run", "--force").code == 0

        wanted = make_world(seed=3, count=5, tariffs=False)
        ban = package.Ban(exporters=["BBB", "CCC"], importers="AAA", industries="factories", coverage=0.5)
        solved = package.solve(wanted, [ban], horizon=package.Horizon.long(trade_elasticity=5.0))
        alpha = 100 * (float(solved.data.real_income.sel(economy="AAA")) - 1)
        assert run.who_pays.set_index("who").percent["a"] == pytest.approx(alpha, rel=1e-6)
        assert rows

        shutil.rmtree(scenario.parent / "tables")
        assert halys("show", "run").code == 0
        assert halys("check", "run/scenario.yaml").code == 0
        assert package.open_run("run").hash == run.hash
        (scenario.parent / "run" / "five.npz").unlink()
        assert "is not complete" in halys("show", "run").err

    def test_a_run_opens_on_its_own_copy(self, scenario: Path) -> None:
        """Another world at the path of the scenario changes nothing; in the folder of the run it is refused."""
        folder = scenario.parent / "run"
        (scenario.parent / "sub").mkdir()
        moved = scenario.parent / "sub" / "own.yaml"
        moved.write_text(scenario.read_text().replace("tables/five.npz", "../tables/five.npz"))
        assert halys("run", moved, "--out", folder).code == 0
        wanted = package.open_run(folder).scenario.world.hash
        other = make_world(seed=8, count=5)
        other = dataclasses.replace(other, id="five", groups=package.load_scenario(moved).world.groups)
        save_world(other, scenario.parent / "tables" / "five.npz", overwrite=True)
        assert package.load_scenario(moved).world.hash == other.hash != wanted
        assert package.open_run(folder).scenario.world.hash == wanted
        assert package.load_scenario(folder / "scenario.yaml").world.hash == wanted
        again = package.run(folder / "scenario.yaml", out=folder)
        assert (again.reused, again.summary["world"]["hash"]) == (True, wanted)
        save_world(other, folder / "five.npz", overwrite=True)
        with pytest.raises(
            StorageError, match=rf"of world five \({wanted[:12]}\), and .*five\.npz is another one .*--force"
        ):
            package.open_run(folder)
        assert halys("show", folder).code == 5

    def test_elsewhere_a_missing_path_is_an_error(self, scenario: Path) -> None:
        """No file of the same name beside the scenario is taken instead, unless a run keeps it there."""
        shutil.copy(scenario.parent / "tables" / "five.npz", scenario.parent / "five.npz")
        gone = write(scenario.parent, SCENARIO.replace("tables/five.npz", "../gone/five.npz"), "own.yaml")
        told = halys("check", gone).err
        assert "own.yaml:5:8 › world: there is no world file" in told
        assert "gone/five.npz" in told
        for text in ("{}", "[", '{"hash": "x", "world": {"file": "five.npz"}}'):
            (scenario.parent / "summary.json").write_text(text)
            assert halys("check", gone).code == 2
        summary = {"hash": "0" * 64, "world": {"file": "five.npz"}}
        (scenario.parent / "summary.json").write_text(json.dumps(summary))
        assert halys("check", gone).code == 0

    def test_a_path_from_the_home_folder(self, scenario: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        for name in ("HOME", "USERPROFILE"):
            monkeypatch.setenv(name, str(scenario.parent / "tables"))
        write(scenario.parent, SCENARIO.replace("tables/five.npz", "~/five.npz"), "own.yaml")
        save_world(make_world(seed=8), scenario.parent / "five.npz")
        assert package.load_scenario(scenario).world.id == "five"
        write(scenario.parent, SCENARIO.replace("tables/five.npz", "~nobody-at-all/five.npz"), "own.yaml")
        assert "home of a user who is not known" in halys("check", scenario).err

    @pytest.mark.parametrize("change", ["title", "note", "name", "provenance"])
    def test_a_run_is_reused_only_if_its_report_says_the_same(self, change: str, scenario: Path) -> None:
        """The numbers are the same, what stands beside them is not."""
        assert package.run(scenario, out="run").reused is False
        assert package.run(scenario, out="run").reused
        old = package.load_scenario(scenario).world
        changes = {
            "title": {"title": "Anew"},
            "note": {"note": "Read with care."},
            "name": {"economy_names": {"AAA": "Alfa"}},
            "provenance": {"provenance": {**old.provenance, "licence": "CC0"}},
        }[change]
        new = dataclasses.replace(old, **changes)
        assert new.hash == old.hash
        save_world(new, scenario.parent / "tables" / "five.npz", overwrite=True)
        with pytest.raises(InputError, match="holds another run"):
            package.run(scenario, out="run")

    def test_report_without_economies_on_the_map(self, scenario: Path) -> None:
        """No made-up economy is on the map; the page and its charts are written all the same."""
        assert halys("run", scenario, "--out", "run").code == 0
        page = (scenario.parent / "run" / "report.html").read_text()
        assert "A ban in a made-up world" in page
        assert "No economy of this world is on the map." in page
        assert 'id="shapes"' not in page
