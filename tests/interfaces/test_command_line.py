"""Every command, its JSON, its exit codes and its messages."""

from __future__ import annotations

import importlib
import json
import re
import subprocess
import sys
from pathlib import Path

import pytest
from commands import OLDER_ROME, PROGRAM, ROME_IDS, SMALL, Solved, halys, process, spawn, tree, write

import halys as package
from halys.cli import main
from halys.cli.app import app
from halys.errors import ConvergenceError, InfeasibleError, StorageError
from halys.report import render_who_pays
from halys.scenario import bundled_scenarios

SOLVING = importlib.import_module("halys.solving")
COMMANDS = (
    *("run", "check", "show", "explain", "compare", "tables", "thresholds", "equilibria", "map", "play"),
    *(
        "new",
        "scenarios",
        "world",
        "exposure",
        "coalition",
        "bounds",
        "evidence",
        "sources",
        "campaign",
        "ensemble",
        "importance",
        "elasticities",
        "validate",
        "schema",
        "cache",
    ),
)


class TestHelp:
    def test_version(self) -> None:
        answer = halys("--version")
        assert (answer.code, answer.out) == (0, f"halys {package.__version__}\n")

    @pytest.mark.parametrize("flag", ["-h", "--help"])
    def test_lists_every_command_and_exit_code(self, flag: str) -> None:
        answer = halys(flag)
        assert answer.code == 0
        assert re.findall(r"^  (\w+)  ", answer.out, re.MULTILINE) == list(COMMANDS)
        text = " ".join(answer.out.split())
        assert "0 done, 2 usage or file, 3 no equilibrium exists, 4 not converged, 5 disk, 6 cluster, 130 inter" in text

    @pytest.mark.parametrize("command", COMMANDS)
    def test_of_each_command(self, command: str) -> None:
        answer = halys(command, "--help")
        assert answer.code == 0
        assert "--json" in answer.out
        assert answer.err == ""

    def test_no_command_shows_the_help(self) -> None:
        answer = halys()
        assert answer.code == 2
        assert "Usage: halys" in answer.out + answer.err

    def test_no_summary_of_a_command_is_cut(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("COLUMNS", "80")
        commands = halys("--help").out.split("Commands:")[1]
        assert "..." not in commands


class TestUsage:
    @pytest.mark.parametrize(
        ("args", "told"),
        [
            (("run",), "Missing argument 'SCENARIO'"),
            (("check",), "Missing argument 'FILE'"),
            (("new",), "Missing argument 'FILE'"),
            (("run", "rome-2022", "--forse"), "--force"),
            (("run", "rome-2022", "--out"), "--out"),
            (("run", "rome-2022", "rome-2022"), "unexpected extra argument"),
            (("world", "DEU", "USA"), "unexpected extra argument"),
            (("rum",), "No such command 'rum'"),
        ],
    )
    def test_refused_with_exit_code_2(self, args: tuple[str, ...], told: str, empty_folder: Path) -> None:
        answer = halys(*args)
        assert answer.code == 2
        assert answer.out == ""
        assert told in answer.err
        assert tree(empty_folder) == {}

    @pytest.mark.parametrize(
        "args", [("run", "--json"), ("run", "rome-2022", "--json", "--forse"), ("world", "A", "B", "--json")]
    )
    def test_json_holds_errors_of_usage_too(
        self, args: tuple[str, ...], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
    ) -> None:
        """`--json: Print JSON, also for errors.` A program that reads the output must get an error that it can read."""
        monkeypatch.setattr(sys, "argv", ["halys", *args])
        with pytest.raises(SystemExit) as caught:
            main()
        assert caught.value.code == 2
        assert json.loads(capsys.readouterr().out)["error"]["exit_code"] == 2


class TestScenarios:
    def test_text_and_json(self) -> None:
        answer, record = halys("scenarios"), halys("scenarios", "--json").record
        assert answer.code == 0
        (rome,) = (s for s in record["scenarios"] if s["id"] == "rome-2022")
        assert rome["histories"] == len(package.load_scenario("rome-2022").histories)
        for scenario in record["scenarios"]:
            assert scenario["id"] in answer.out
            assert scenario["question"] in answer.out


class TestCheck:
    @pytest.mark.parametrize("name", bundled_scenarios())
    def test_bundled(self, name: str) -> None:
        answer = halys("check", name)
        assert answer.code == 0
        assert f"{len(package.load_scenario(name).histories)} histories, " in answer.out
        assert "0 without a source." in answer.out

    def test_text(self) -> None:
        assert "17 histories, 16 distinct; closures: fixed, balanced." in halys("check", OLDER_ROME).out

    def test_json(self) -> None:
        record = halys("check", OLDER_ROME, "--json").record
        assert record["histories"] == 17
        assert record["closures"] == ["fixed", "balanced"]
        assert record["numbers_without_source"] == []

    def test_names_numbers_without_source(self, empty_folder: Path) -> None:
        file = write(empty_folder, SMALL.replace("{value: 0.5, source: own}", "0.5"))
        where = "in_force.machines.measures[0].coverage"
        assert where in halys("check", file).out
        assert halys("check", file, "--json").record["numbers_without_source"] == [where]

    def test_writes_nothing(self, small: Path, empty_folder: Path) -> None:
        assert halys("check", small).code == 0
        assert list(tree(empty_folder)) == ["small.yaml"]


class TestNew:
    def test_new_check_run_in_an_empty_folder(self, empty_folder: Path) -> None:
        assert halys("new", "mine.yaml").code == 0
        checked = halys("check", "mine.yaml")
        assert checked.code == 0
        assert "0 without a source" in checked.out
        solved = halys("run", "mine.yaml")
        assert solved.code == 0
        (folder,) = (empty_folder / "runs").iterdir()
        assert re.fullmatch(r"mine-[0-9a-f]{12}", folder.name)
        assert f"Report: runs/{folder.name}/report.html" in solved.out

    def test_says_what_to_do_next(self) -> None:
        answer = halys("new", "mine.yaml")
        assert "halys check mine.yaml" in answer.out
        assert "halys run mine.yaml" in answer.out

    def test_json(self) -> None:
        assert halys("new", "mine.yaml", "--json").record == {"file": "mine.yaml"}

    def test_existing_file_is_refused_and_untouched(self, empty_folder: Path) -> None:
        file = write(empty_folder, "my work", "mine.yaml")
        answer = halys("new", file)
        assert answer.code == 2
        assert "exists already" in answer.err
        assert file.read_text() == "my work"
        assert halys("new", file, "--json").error["kind"] == "input"

    def test_missing_folder_is_refused(self, empty_folder: Path) -> None:
        answer = halys("new", "nosuch/mine.yaml")
        assert answer.code == 2
        assert "nosuch is not a folder" in answer.err
        assert tree(empty_folder) == {}

    def test_dangling_link_is_refused(self, empty_folder: Path) -> None:
        (empty_folder / "link.yaml").symlink_to(empty_folder / "away.yaml")
        assert halys("new", "link.yaml").code == 2
        assert not (empty_folder / "away.yaml").exists()

    @pytest.mark.parametrize(
        "name",
        ["two words.yaml", "Ünïcode ß.yaml", "日本.yaml", "a--b__c.yaml", "UPPER.YAML", "plain", ".hidden", "-x.yaml"],
    )
    def test_any_name_of_a_file_gives_a_valid_scenario(self, name: str) -> None:
        assert halys("new", "--", name).code == 0
        assert halys("check", "--", f"./{name}").code == 0

    @pytest.mark.parametrize(
        "name", ["2022.yaml", "null.yaml", "true.yaml", "1e5.yaml", "0x1f.yaml", f"{'a' * 80}.yaml"]
    )
    def test_a_name_that_reads_as_another_value_or_is_long_gives_a_valid_scenario(self, name: str) -> None:
        assert halys("new", name).code == 0
        answer = halys("check", name)
        assert answer.code == 0, answer.err

    def test_name_too_long_for_the_disk(self, empty_folder: Path) -> None:
        answer = halys("new", "a" * 300)
        assert answer.code in (2, 5)
        assert "is too long" in answer.err
        assert tree(empty_folder) == {}


class TestWorld:
    def test_text(self) -> None:
        answer = halys("world")
        assert answer.code == 0
        for told in ("80 economies, 50 industries", "United States", "EU27 (27)", "halys world --codes"):
            assert told in answer.out

    def test_json(self) -> None:
        record = halys("world", "--json").record
        assert (record["economies"], record["industries"]) == (80, 50)
        assert len(record["largest_economies"]) == 80
        assert {g["name"] for g in record["groups"]} >= {"EU27", "coalition_2022", "goods"}

    def test_codes(self) -> None:
        text, record = halys("world", "--codes").out, halys("world", "--codes", "--json").record
        assert (len(record["economies"]), len(record["industries"])) == (80, 50)
        for code in (*record["economies"], *record["industries"], *record["groups"]):
            assert code in text
        assert len(record["groups"]["EU27"]) == 27

    def test_every_economy(self, world: package.World) -> None:
        """In text and in JSON without NaN, with shares that are shares."""
        from halys.report import world_view

        for code in world.economies:
            record, text = world_view.view(code, False, 200)
            assert f"[{code}]" in text
            assert "nan" not in text.split("Groups:")[1].casefold().split()
            json.dumps(record, allow_nan=False)
            for key in ("export_partners", "import_partners", "industries", "exported_products"):
                shares = [row["share"] for row in record[key]]
                assert shares == sorted(shares, reverse=True)
                assert all(0 < share <= 1 for share in shares)

    def test_one_economy_json(self) -> None:
        record = halys("world", "DEU", "--json").record
        assert record["code"] == "DEU"
        assert "EU27" in record["groups"]

    @pytest.mark.parametrize(
        ("given", "told"),
        [
            ("deu", "'DEU'"),
            ("Germany", "'DEU'"),
            ("GRB", "'GBR'"),
            ("eu27", "'EU27'"),
            ("EU27", "is a group"),
            ("all", "is a group"),
            ("XX", "halys world --codes"),
            ("", "halys world --codes"),
        ],
    )
    def test_unknown_economy(self, given: str, told: str) -> None:
        answer = halys("world", given)
        assert answer.code == 2
        assert told in answer.err
        error = halys("world", given, "--json").error
        assert error["kind"] == "unknown-name"

    @pytest.mark.parametrize("width", [80, 100, 200])
    def test_fits_the_terminal(self, width: int) -> None:
        from halys.report import world_view

        for economy in (None, "LUX", "RUS"):
            _, text = world_view.view(economy, False, width)
            widest = max(text.splitlines(), key=len)
            assert len(widest) <= width, widest


class TestRunOutput:
    def test_table_has_every_history_and_who_pays(self, rome: Solved) -> None:
        text = rome.answer.out
        assert rome.answer.code == 0
        lines = text.splitlines()
        for history in ROME_IDS:
            (row,) = (line for line in lines if line.startswith(f"{history} "))
            assert len(re.findall(r"\b[A-Z]{3}†? +[-+]\d+\.\d\d +[-+]", row)) == 3, "three outsiders"
        (heading,) = (line for line in lines if line.split()[:2] == ["China", "Russia"])
        assert heading.split()[:6] == ["China", "Russia", "USA", "EU", "Russia*", "World"]
        assert "billion USD" in text
        assert "deficits fixed" in text
        assert "Caliendo and Parro" in " ".join(text.split())
        assert text.rstrip().endswith(f"Results: {rome.folder}")

    def test_order_is_that_of_the_file(self, rome: Solved) -> None:
        shown = [line.split()[0] for line in rome.answer.out.splitlines() if line.startswith("china=")]
        assert shown == list(ROME_IDS)

    def test_progress_is_on_stderr_alone(self, rome: Solved) -> None:
        told = rome.answer.err.splitlines()
        assert told[:2] == ["solving 32 equilibria", "solved 32 equilibria"]
        assert told[2:] in ([], ["32 of these were in the cache"])  # another test may have solved them
        assert "solving" not in rome.answer.out

    def test_what_came_from_the_cache_is_told(self, small: Path) -> None:
        halys("run", small)
        again = halys("run", small, "--force").err
        assert again.endswith(" of these were in the cache\n")
        assert "cache" not in halys("run", small, "--force", "--no-cache").err

    def test_json_is_the_summary(self, small: Path) -> None:
        answer = halys("run", small, "--out", "out", "--json")
        summary = json.loads(Path("out/summary.json").read_text())
        assert answer.record == {"folder": "out", "reused": False, **summary}
        again = halys("run", small, "--out", "out", "--json")
        assert again.record == {**answer.record, "reused": True}
        assert again.err == ""

    @pytest.mark.parametrize("width", [40, 60, 70, 80, 100, 120, 160, 200])
    def test_table_fits_the_width(self, rome_run: package.Run, width: int) -> None:
        """No line is wider than the terminal, unless no narrower table can be made."""
        narrowest = max(map(len, render_who_pays(rome_run.summary, 20).splitlines()))
        for line in render_who_pays(rome_run.summary, width).splitlines():
            assert len(line) <= max(width, narrowest), line

    def test_numbers_on_80_columns_fit(self, rome_run: package.Run) -> None:
        text = render_who_pays(rome_run.summary, 80)
        tables = [part for part in text.split("\n\n") if "history " in part]
        for table in tables:
            if "hardest-hit" not in table:
                assert max(map(len, table.splitlines())) <= 80
        joined = " ".join(text.split())
        for told in ("China", "Russia", "USA", "EU", "World", "hardest-hit outsiders"):
            assert told in joined

    def test_outsiders_on_80_columns_fit(self, rome_run: package.Run) -> None:
        """The three outsiders are columns of one block; where they do not fit together they must be split."""
        text = render_who_pays(rome_run.summary, 80)
        (table,) = (part for part in text.split("\n\n") if "hardest-hit" in part)
        widest = max(table.splitlines(), key=len)
        assert len(widest) <= 80, f"{len(widest)} columns: {widest}"

    def test_a_negligible_change_keeps_its_sign_and_none_has_none(self) -> None:
        from halys.report.text import percent

        assert percent(0.0) == "0"
        assert percent(-0.0) == "0"
        assert (percent(0.001), percent(-0.001)) == ("+0.00", "-0.00")
        assert (percent(0.005), percent(-1.234)) == ("+0.01", "-1.23")

    def test_actors_that_are_everyone_leave_no_outsiders(self, empty_folder: Path) -> None:
        file = write(empty_folder, SMALL.replace("economies: RUS}", "economies: all}"))
        answer = halys("run", file)
        assert answer.code == 0
        assert "outsiders" not in answer.out
        assert halys("run", file, "--json").record["histories"][0]["closures"]["fixed"]["outsider"] == []

    def test_long_and_unusual_words_do_not_break_the_table(self, empty_folder: Path) -> None:
        odd = SMALL.replace("label: Russia,", f'label: "{"Ж" * 70} [bold] %s {{0}}",')
        answer = halys("run", write(empty_folder, odd.replace("A small scenario", "'[red]Ü € 100 %[/red]'")))
        assert answer.code == 0
        assert "[red]Ü € 100 %[/red]" in answer.out


class TestErrorsAreMessages:
    @pytest.mark.parametrize(
        ("error", "code", "kind"),
        [
            (ConvergenceError("stopped after 400 steps"), 4, "not-converged"),
            (InfeasibleError("no equilibrium"), 3, "infeasible"),
            (StorageError("disk"), 5, "storage"),
            (OSError(28, "No space left on device"), 5, "storage"),
        ],
    )
    def test_exit_codes(
        self, small: Path, empty_folder: Path, monkeypatch: pytest.MonkeyPatch, error: Exception, code: int, kind: str
    ) -> None:
        def fails(*args: object, **options: object) -> None:
            raise error

        monkeypatch.setattr(SOLVING, "solve_job", fails)
        before = tree(empty_folder)
        answer = halys("run", small)
        assert answer.code == code
        assert answer.err.splitlines()[-1].startswith("halys: ")
        assert halys("run", small, "--json").error["kind"] == kind
        assert tree(empty_folder) == before

    def test_not_converged_names_the_history(self, small: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        def fails(*args: object, **options: object) -> None:
            raise ConvergenceError("stopped after 400 steps")

        monkeypatch.setattr(SOLVING, "solve_job", fails)
        message = halys("run", small, "--json").error["message"]
        assert "history in-force, closure fixed: stopped after 400 steps" in message

    def test_interrupted(self, small: Path, empty_folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        def interrupted(*args: object, **options: object) -> None:
            raise KeyboardInterrupt

        monkeypatch.setattr(SOLVING, "solve_job", interrupted)
        answer = halys("run", small)
        assert answer.code == 130
        assert answer.err.endswith("interrupted; no run folder was written\n")
        assert list(tree(empty_folder)) == ["small.yaml"]

    def test_interrupted_commands_that_write_no_run_do_not_speak_of_one(self, monkeypatch: pytest.MonkeyPatch) -> None:
        from halys.report import world_view

        def interrupted(*args: object) -> None:
            raise KeyboardInterrupt

        monkeypatch.setattr(world_view, "view", interrupted)
        answer = halys("world")
        assert answer.code == 130
        assert "run folder" not in answer.err

    def test_interrupted_json_is_json(self, small: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        def interrupted(*args: object, **options: object) -> None:
            raise KeyboardInterrupt

        monkeypatch.setattr(SOLVING, "solve_job", interrupted)
        assert halys("run", small, "--json").error["exit_code"] == 130

    def test_a_bug_keeps_its_traceback(self, small: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        """Only errors raised on purpose become messages."""

        def broken(*args: object, **options: object) -> None:
            raise ZeroDivisionError

        monkeypatch.setattr(SOLVING, "solve_job", broken)
        with pytest.raises(ZeroDivisionError):
            halys("run", small)

    def test_app_is_quiet_about_its_tracebacks(self) -> None:
        assert app.pretty_exceptions_enable is False


class TestPipes:
    @pytest.mark.parametrize("args", [("world", "--codes"), ("world", "nosuch"), ("--help",)])
    def test_reader_that_goes_away(self, args: tuple[str, ...], empty_folder: Path) -> None:
        """As in `halys world --codes | head -1`, with a reader that has gone before the first line."""
        with spawn(*args, cwd=empty_folder, stderr=subprocess.PIPE) as child:
            assert child.stdout is not None
            assert child.stderr is not None
            child.stdout.close()
            err = child.stderr.read()
            child.wait(60)
        assert "Traceback" not in err
        assert "Exception ignored" not in err
        assert child.returncode == (2 if "nosuch" in args else 0)

    def test_head(self, empty_folder: Path) -> None:
        command = f'"{sys.executable}" -c "{PROGRAM}" world --codes | head -1'
        done = subprocess.run(command, shell=True, cwd=empty_folder, capture_output=True, text=True, timeout=60)
        assert done.stdout == "Economies:\n"
        assert done.stderr == ""

    @pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full, a device that is always full")
    @pytest.mark.parametrize("args", [("world",), ("world", "--json"), ("world", "XX", "--json")])
    def test_full_disk_behind_the_output(self, args: tuple[str, ...], empty_folder: Path) -> None:
        with Path("/dev/full").open("w") as full:
            answer = process(*args, cwd=empty_folder, stdout=full)
        assert "Traceback" not in answer.err
        assert "Exception ignored" not in answer.err
        assert answer.code == 5
        assert "No space left on device" in answer.err
