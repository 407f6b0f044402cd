"""The folder of a run: what is in it, when it is reused, replaced or refused, and that it is never half there."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
import xarray as xr
from commands import OLDER_ROME, ROME_IDS, SMALL, Solved, halys, tree, write

import halys as package
from halys.answer.results import select_history
from halys.errors import HalysError, InputError, StorageError

FILES = {
    "README.txt",
    "report.html",
    "assumptions.csv",
    "scenario.yaml",
    "results.nc",
    "horizons.csv",
    "who_pays.csv",
    "economies.csv",
    "industries.csv",
    "decomposition.csv",
    "measures.csv",
    "sources.csv",
    "summary.json",
}
OF_A_GAME = {"game.nc", "game.efg", "payoffs.csv", "lines.csv", "sensitivity.csv"}
DEAD = 2**22 + 1  # above the largest process id of Linux and macOS


class TestContent:
    def test_files(self, rome: Solved) -> None:
        assert {p.name for p in rome.folder.iterdir()} == FILES | OF_A_GAME
        assert list(rome.folder.parent.iterdir()) == [rome.folder], "nothing is left beside it"

    def test_scenario_is_kept_as_written(self, rome: Solved) -> None:
        assert (rome.folder / "scenario.yaml").read_bytes() == OLDER_ROME.read_bytes()

    def test_netcdf_says_what_everything_is(self, rome: Solved) -> None:
        with xr.open_dataset(rome.folder / "results.nc") as data:
            assert dict(data.sizes) == {
                "closure": 2,
                "history": 17,
                "equilibrium": 16,
                "economy": 80,
                "industry": 50,
                "exporter": 80,
                "importer": 80,
                "term": data.sizes["term"],
            }
            for name, variable in data.data_vars.items():
                assert variable.attrs.get("long_name"), name
                if variable.dtype.kind == "f":
                    assert variable.attrs.get("units"), name
                    assert np.isfinite(variable.values).all() or "price" in str(name), name
            for name in data.dims:
                assert data[name].attrs.get("long_name"), name
            assert list(data["history"].values) == list(ROME_IDS)
            assert data.attrs["title"] == "Rome, March 2022"
            assert data.attrs["scenario"] == "rome-2022"

    def test_every_variable_has_units(self, rome: Solved) -> None:
        with xr.open_dataset(rome.folder / "results.nc") as data:
            bare = [name for name, v in data.data_vars.items() if not v.attrs.get("units") and v.dtype.kind in "fiu"]
            assert bare == []

    def test_netcdf_is_what_the_python_interface_gives(self, small: Path) -> None:
        solved = package.run(small, out="out")
        with xr.open_dataset("out/results.nc") as stored:
            xr.testing.assert_equal(stored.load(), solved.data)
        assert package.run(small, out="out").data.identical(xr.load_dataset("out/results.nc"))

    def test_tables_parse_and_agree(self, rome: Solved) -> None:
        tables = {p.stem: pd.read_csv(p) for p in rome.folder.glob("*.csv")}
        for name, table in tables.items():
            assert len(table) or name in ("lines", "assumptions", "sensitivity"), name
            assert not any(str(c).startswith("Unnamed") for c in table.columns), name
        with xr.open_dataset(rome.folder / "results.nc") as data:
            economies = tables["economies"].set_index(["closure", "equilibrium", "economy"])["real_income"]
            for closure, history, economy in [("fixed", ROME_IDS[3], "RUS"), ("balanced", ROME_IDS[-1], "CHN")]:
                exact = float(data["real_income"].sel(closure=closure, equilibrium=history, economy=economy))
                assert economies[closure, history, economy] == exact, "CSV keeps every digit"
        who = tables["who_pays"]
        assert list(who.columns)[:7] == ["closure", "history", "kind", "who", "label", "percent", "billion_usd"]
        ranked = who[who["kind"] != "doubtful"]
        assert (ranked.groupby(["closure", "history"]).size() == 4 + 3 + 1).all()
        assert set(tables["sources"]["id"]) >= set(tables["measures"]["source"])
        assert len(tables["economies"]) == 2 * 16 * 80

    def test_summary_has_every_history(self, rome: Solved) -> None:
        summary = json.loads((rome.folder / "summary.json").read_text(encoding="utf-8"))
        assert [h["id"] for h in summary["histories"]] == list(ROME_IDS)
        for history in summary["histories"]:
            assert list(history["closures"]) == ["fixed", "balanced"]
            for entry in history["closures"].values():
                assert [a["who"] for a in entry["actor"]] == ["china", "russia", "usa", "europe"]
                assert len(entry["outsider"]) == 3
                assert [w["who"] for w in entry["world"]] == ["world"]
                assert entry["largest_residual"] < 1e-9
        assert summary["exposed_actors"] == ["russia"]

    def test_tables_of_a_scenario_without_sources_or_measures_parse(self, empty_folder: Path) -> None:
        text = SMALL.split("in_force:")[0].replace(
            'own: {title: Chosen for this test, publisher: The author, date: "2026"}', ""
        )
        package.run(write(empty_folder, text.replace("sources:\n  \n", "")), out="out")
        for table in Path("out").glob("*.csv"):
            assert list(pd.read_csv(table).columns), table.name


class TestNumbers:
    def test_same_measures_give_identical_numbers(self, rome_run: package.Run) -> None:
        data = rome_run.data
        first, second = (select_history(data, h).drop_vars("history") for h in ("china=restraint", "china=political"))
        assert str(data["equilibrium_of"].sel(history="china=political").item()) == "china=restraint"
        xr.testing.assert_identical(first, second)

    def test_two_runs_give_the_same_bytes(self, small: Path) -> None:
        summaries = []
        for name in ("one", "two"):
            assert halys("run", small, "--out", name).code == 0
            summaries.append(tree(Path(name)))
        assert summaries[0]["summary.json"] == summaries[1]["summary.json"]
        for name in (n for n in FILES if n.endswith(".csv")):
            assert summaries[0][name] == summaries[1][name], name

    def test_two_processes_give_the_same_bytes(self, small: Path, empty_folder: Path) -> None:
        """With hashes of strings, and so the order of sets, that differ."""
        program = "import halys, pathlib; print(halys.run('small.yaml').summary)"
        environment = {**os.environ, "PYTHONHASHSEED": "1", "PYTHONUTF8": "1"}
        command = [sys.executable, "-c", program]
        done = subprocess.run(command, capture_output=True, text=True, env=environment, timeout=100)
        assert done.returncode == 0, done.stderr
        assert done.stdout == f"{package.run(small).summary}\n"

    def test_solver_of_an_order_of_histories_does_not_matter(self, small: Path, empty_folder: Path) -> None:
        """A history gives the same numbers alone and among others."""
        alone = select_history(package.run(small).data, "in-force")
        stages = "stages: [{id: s, actor: russia}]\nmoves: {s: {a: {label: A}, b: {label: B}}}\n"
        among = package.run(write(empty_folder, SMALL + stages, "two.yaml")).data
        for history in ("s=a", "s=b"):
            found = select_history(among, history)
            np.testing.assert_array_equal(found["real_income"], alone["real_income"])


class TestHash:
    def test_it_covers_every_file_that_decides_what_a_run_holds(self) -> None:
        """Code, settings, and what the page looks like; the world counts by its own hash."""
        from halys.run import HASHED

        files = [file for file in Path(package.__file__).parent.rglob("*") if file.is_file()]
        left = {file.suffix for file in files if "__pycache__" not in file.parts and file.suffix not in HASHED}
        assert left == {".npz", ".md", ".typed"}, "say in HASHED, or here, whether files of a new kind count"

    def test_where_a_process_cannot_be_asked_for_its_folder_stays(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """On Windows, signal 0 would be Ctrl-C."""
        from halys.report import folder

        def kill(pid: int, signal: int) -> None:
            raise AssertionError("nothing may be sent")

        monkeypatch.setattr(folder, "os", SimpleNamespace(name="nt", getpid=os.getpid, kill=kill))
        assert folder._busy(1)
        assert not folder._busy(os.getpid())


class TestReuse:
    def test_default_folder_is_reused_and_named(self, small: Path, empty_folder: Path) -> None:
        first = halys("run", small)
        (folder,) = (empty_folder / "runs").iterdir()
        summary = json.loads((folder / "summary.json").read_text())
        assert folder.name == f"small-{summary['hash'][:12]}"
        assert first.out.endswith(f"Results: runs/{folder.name}\n")
        before = {p: p.stat().st_mtime_ns for p in folder.iterdir()}
        second = halys("run", small)
        assert second.code == 0
        assert "solving" not in second.err
        assert f"Results: runs/{folder.name} (complete already; --force solves again)" in second.out
        assert {p: p.stat().st_mtime_ns for p in folder.iterdir()} == before
        assert second.out.startswith(first.out.rstrip("\n"))

    def test_out_is_the_folder_itself(self, small: Path) -> None:
        assert halys("run", small, "--out", "deep/down/out").code == 0
        assert {p.name for p in Path("deep/down/out").iterdir()} == FILES

    def test_empty_folder_is_used(self, small: Path) -> None:
        Path("out").mkdir()
        assert halys("run", small, "--out", "out").code == 0
        assert {p.name for p in Path("out").iterdir()} == FILES

    def test_force_rebuilds(self, small: Path, small_run: Path) -> None:
        (small_run / "results.nc").write_text("spoilt")
        answer = halys("run", small, "--out", small_run, "--force")
        assert answer.code == 0
        assert "solved 1 equilibrium" in answer.err
        xr.load_dataset(small_run / "results.nc")
        assert {p.name for p in Path().iterdir()} == {"small.yaml", "out"}

    def test_changed_scenario_is_another_run(self, empty_folder: Path, small_run: Path) -> None:
        other = write(empty_folder, SMALL.replace("value: 0.5", "value: 0.6"), "other.yaml")
        before = tree(small_run)
        answer = halys("run", other, "--out", small_run)
        assert answer.code == 2
        assert "holds another run (small, " in answer.err
        assert "--force replaces it, --out names another folder" in answer.err
        assert halys("run", other, "--out", small_run, "--json").error["kind"] == "input"
        assert tree(small_run) == before
        assert halys("run", other, "--out", small_run, "--force").code == 0
        assert tree(small_run)["scenario.yaml"] == other.read_bytes()

    @pytest.mark.parametrize("missing", sorted(FILES - {"summary.json"}))
    def test_a_run_with_a_missing_file_is_not_complete(self, small: Path, small_run: Path, missing: str) -> None:
        """It is solved again or refused, but never passed off as complete."""
        (small_run / missing).unlink()
        answer = halys("run", small, "--out", small_run)
        assert answer.code == 2 or (small_run / missing).exists()


class TestRefusal:
    @pytest.mark.parametrize("force", [(), ("--force",)])
    @pytest.mark.parametrize(
        ("name", "content"),
        [
            ("diary.txt", b"mine"),
            ("summary.json", b"mine"),
            ("summary.json", b"{}"),
            ("summary.json", b"[]"),
            ("summary.json", b'{"hash": "x", "histories": []}'),
            ("summary.json", b'{"hash": 1, "histories": [], "scenario": 3}'),
            ("summary.json", b""),
            ("summary.json", b"\xff\xfe\x00binary"),
            (".hidden", b""),
        ],
    )
    def test_a_folder_with_other_files_is_left_as_it_is(
        self, small: Path, name: str, content: bytes, force: tuple[str, ...]
    ) -> None:
        Path("out").mkdir()
        (Path("out") / name).write_bytes(content)
        answer = halys("run", small, "--out", "out", *force)
        assert answer.code == 2
        assert "Choose another --out" in answer.err
        assert tree(Path("out")) == {name: content}
        assert {p.name for p in Path().iterdir()} == {"small.yaml", "out"}

    def test_force_spares_files_that_are_not_of_the_run(self, small: Path, small_run: Path) -> None:
        """Someone's notes put into the folder of a run must not vanish with it."""
        (small_run / "notes.txt").write_text("mine")
        answer = halys("run", small, "--out", small_run, "--force")
        assert answer.code == 2
        assert "holds files that are not of the run: notes.txt" in answer.err
        assert (small_run / "notes.txt").read_text() == "mine"
        assert halys("run", small, "--out", small_run).code == 0, "reading the run again is no danger to them"

    def test_a_run_moved_away_by_a_killed_process_comes_back(self, small: Path, small_run: Path) -> None:
        """kill -9 between the two renames of --force: the old run is beside its place, and is put back."""
        before = tree(small_run)
        small_run.rename(small_run.with_name(f".{small_run.name}.partial-{DEAD}-old"))
        assert "complete already" in halys("run", small, "--out", small_run).out
        assert tree(small_run) == before

    def test_a_file_is_left_as_it_is(self, small: Path) -> None:
        Path("out").write_text("mine")
        answer = halys("run", small, "--out", "out")
        assert answer.code == 2
        assert "out is a file; the results need a folder" in answer.err
        assert Path("out").read_text() == "mine"

    @pytest.mark.parametrize("out", ["parent/out", "parent/deep/out"])
    def test_a_file_among_the_parents(self, small: Path, out: str, empty_folder: Path) -> None:
        Path("parent").write_text("mine")
        before = tree(empty_folder)
        answer = halys("run", small, "--out", out)
        assert answer.code in (2, 5)
        assert out in answer.err
        assert tree(empty_folder) == before

    def test_that_parent_is_named(self, small: Path) -> None:
        """`runs` as a file: "File exists ... Free some space" sends the user the wrong way."""
        Path("runs").write_text("mine")
        message = halys("run", small, "--json").error["message"]
        assert "Free some space" not in message
        assert "runs" in message

    def test_empty_name(self, small: Path, empty_folder: Path) -> None:
        answer = halys("run", small, "--out", "")
        assert answer.code == 2
        assert "--out" in answer.err
        assert list(tree(empty_folder)) == ["small.yaml"]

    @pytest.mark.parametrize("name", ["x" * 300, "x" * 240])
    def test_name_too_long(self, small: Path, name: str, empty_folder: Path) -> None:
        answer = halys("run", small, "--out", name)
        if answer.code != 0:
            assert answer.code in (2, 5)
            assert "File name too long" in answer.err
            assert list(tree(empty_folder)) == ["small.yaml"]


class TestOddPlaces:
    @pytest.mark.parametrize("out", [".", "./", "../here"])
    def test_the_current_folder(self, small: Path, out: str, empty_folder: Path) -> None:
        """`mkdir my-run; cd my-run; halys run FILE --out .`"""
        file = small.rename(empty_folder.parent / "small.yaml")
        answer = halys("run", file, "--out", out)
        if answer.code == 0:
            assert {p.name for p in empty_folder.iterdir()} == FILES
        else:
            assert answer.code == 2
            assert tree(empty_folder) == {}

    @pytest.mark.parametrize("out", ["a b", "Ünïcode", "日本", "run[1]", "*", "-dash", "a.b", ".hidden", "100%"])
    def test_names(self, small: Path, out: str) -> None:
        answer = halys("run", small, f"--out={out}")
        assert answer.code == 0
        assert {p.name for p in Path(out).iterdir()} == FILES
        assert f"Results: {out}\n" in answer.out
        assert "complete already" in halys("run", small, f"--out={out}").out

    def test_link_to_a_folder(self, small: Path, empty_folder: Path) -> None:
        """A link to another disk, as for large results: reused, and replaced where it points."""
        Path("disk").mkdir()
        Path("out").symlink_to("disk")
        first = halys("run", small, "--out", "out")
        assert first.code == 0, first.err
        assert {p.name for p in Path("disk").iterdir()} == FILES
        assert halys("run", small, "--out", "out", "--force").code == 0
        assert Path("out").is_symlink()
        assert {p.name for p in empty_folder.iterdir()} == {"small.yaml", "disk", "out"}

    def test_force_through_a_link_leaves_nothing_beside(self, small: Path, small_run: Path, empty_folder: Path) -> None:
        small_run.rename("disk")
        Path("out").symlink_to("disk")
        assert halys("run", small, "--out", "out", "--force").code == 0
        assert {p.name for p in empty_folder.iterdir()} == {"small.yaml", "disk", "out"}


class TestLeftovers:
    @pytest.mark.parametrize("out", ["out", "run[1]", "a b"])
    @pytest.mark.parametrize("suffix", ["", "-old"])
    def test_those_of_dead_processes_are_cleared(self, small: Path, out: str, suffix: str, empty_folder: Path) -> None:
        stale = empty_folder / f".{out}.partial-{DEAD}{suffix}"
        stale.mkdir()
        (stale / "results.nc").write_text("half")
        assert halys("run", small, "--out", out).code == 0
        assert {p.name for p in empty_folder.iterdir()} == {"small.yaml", out}

    def test_those_of_living_processes_are_left_alone(self, small: Path, empty_folder: Path) -> None:
        busy = empty_folder / f".out.partial-{os.getppid()}"
        busy.mkdir()
        assert halys("run", small, "--out", "out").code == 0
        assert busy.exists()

    def test_those_of_a_dead_process_with_our_own_number(self, small: Path, empty_folder: Path) -> None:
        """In a container every run may have the same process id, so that a killed run blocks all later ones."""
        stale = empty_folder / f".out.partial-{os.getpid()}"
        stale.mkdir()
        (stale / "results.nc").write_text("half")
        answer = halys("run", small, "--out", "out")
        assert answer.code == 0, answer.err
        assert {p.name for p in Path("out").iterdir()} == FILES

    def test_neighbours_with_like_names_are_left_alone(self, small: Path, empty_folder: Path) -> None:
        for name in (".out2.partial-1", ".out.partial", "out.partial-1", f".other.partial-{DEAD}"):
            (empty_folder / name).mkdir()
        before = {p.name for p in empty_folder.iterdir()}
        assert halys("run", small, "--out", "out").code == 0
        assert {p.name for p in empty_folder.iterdir()} == before | {"out"}


class TestFailureWhileWriting:
    @pytest.fixture(params=["scenario.yaml", "results.nc", "industries.csv", "summary.json", "flush", "move"])
    def broken(self, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
        """A disk that fills up at one of the steps of writing."""
        step = str(request.param)
        full = OSError(28, "No space left on device")

        def fail_at(owner: type, method: str, matches: object) -> None:
            real = getattr(owner, method)

            def call(self: object, *args: object, **options: object) -> object:
                if matches(self, args):
                    raise full
                return real(self, *args, **options)

            monkeypatch.setattr(owner, method, call)

        if step == "results.nc":

            def netcdf(self: object, path: Path, **options: object) -> None:
                Path(path).write_bytes(b"half")
                raise RuntimeError("NetCDF: HDF error")

            monkeypatch.setattr(xr.Dataset, "to_netcdf", netcdf)
        elif step.endswith(".csv"):
            fail_at(pd.DataFrame, "to_csv", lambda self, args: Path(args[0]).name == step)
        elif step == "flush":

            def fsync(_: int) -> None:
                raise full

            monkeypatch.setattr(os, "fsync", fsync)
        elif step == "move":
            fail_at(Path, "rename", lambda self, args: ".partial-" in self.name and "old" not in self.name)
        else:
            fail_at(Path, "write_text", lambda self, args: self.name == step)
        return step

    def test_leaves_nothing(self, small: Path, broken: str, empty_folder: Path) -> None:
        before = tree(empty_folder)
        answer = halys("run", small, "--out", "deep/out")
        assert answer.code == 5
        assert "deep/out" in answer.err
        assert "Nothing was left there. Free some space, or choose another place with --out." in answer.err
        left = {n: c for n, c in tree(empty_folder).items() if n != "deep"}
        assert left == before
        assert halys("run", small, "--out", "deep/out", "--json").error["kind"] == "storage"

    def test_keeps_the_run_that_was_there(self, small: Path, small_run: Path, broken: str, empty_folder: Path) -> None:
        before = tree(empty_folder)
        assert halys("run", small, "--out", small_run, "--force").code == 5
        assert tree(empty_folder) == before

    @pytest.mark.parametrize("kind", [KeyboardInterrupt, MemoryError])
    def test_anything_else_leaves_nothing_too(
        self, small: Path, empty_folder: Path, monkeypatch: pytest.MonkeyPatch, kind: type[BaseException]
    ) -> None:
        def stop(self: object, path: Path, **options: object) -> None:
            Path(path).write_bytes(b"half")
            raise kind

        monkeypatch.setattr(xr.Dataset, "to_netcdf", stop)
        before = tree(empty_folder)
        with pytest.raises(kind):
            package.run(small, out="out")
        assert tree(empty_folder) == before

    def test_interrupt_between_the_renames_keeps_the_old_run(
        self, small: Path, small_run: Path, empty_folder: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Ctrl-C after the old run was moved aside and before the new one took its place."""
        before = tree(small_run)
        real = Path.rename

        def rename(self: Path, target: Path) -> Path:
            moved = real(self, target)
            if self.name == "out":
                raise KeyboardInterrupt
            return moved

        monkeypatch.setattr(Path, "rename", rename)
        with pytest.raises(KeyboardInterrupt):
            package.run(small, out=small_run, force=True)
        monkeypatch.undo()
        assert small_run.exists()
        assert tree(small_run) == before
        assert {p.name for p in empty_folder.iterdir()} == {"small.yaml", "out"}


class TestPythonInterface:
    def test_without_out_nothing_is_written(self, small: Path, empty_folder: Path) -> None:
        solved = package.run(small)
        assert solved.folder is None
        assert not solved.reused
        assert list(tree(empty_folder)) == ["small.yaml"]
        assert solved.data.sizes["history"] == 1
        assert set(solved.who_pays["kind"]) == {"actor", "outsider", "world"}
        assert solved.summary["histories"][0]["id"] == "in-force"

    def test_with_out_it_returns_the_folder(self, small: Path) -> None:
        solved = package.run(str(small), out="out")
        assert solved.folder is not None
        assert solved.folder.path == Path("out")
        assert solved.folder.hash == solved.hash
        assert solved.folder.summary == solved.summary == json.loads(Path("out/summary.json").read_text())
        again = package.run(package.load_scenario(small), out="out")
        assert again.reused
        assert again.summary == solved.summary
        xr.testing.assert_equal(again.data, solved.data)
        pd.testing.assert_frame_equal(again.who_pays, solved.who_pays)

    def test_who_pays_is_the_table_of_the_folder(self, rome: Solved, rome_run: package.Run) -> None:
        pd.testing.assert_frame_equal(rome_run.who_pays, pd.read_csv(rome.folder / "who_pays.csv"))

    def test_who_pays_adds_up(self, rome_run: package.Run) -> None:
        data = rome_run.data
        table = rome_run.who_pays.set_index(["closure", "history", "who"])["billion_usd"]
        change = select_history(data, ROME_IDS[5])["equivalent_variation"].sel(closure="fixed")
        world = package.load_world()
        assert table["fixed", ROME_IDS[5], "world"] == pytest.approx(float(change.sum()), rel=1e-12)
        europe = change.sel(economy=list(world.select("EU27"))).sum()
        assert table["fixed", ROME_IDS[5], "europe"] == pytest.approx(float(europe), rel=1e-12)

    def test_outsiders_are_the_worst_and_no_actors(self, rome_run: package.Run) -> None:
        """Economies that the table recovers poorly are not ranked, but those that lose more stand in the table too."""
        doubtful = set(rome_run.scenario.world.doubtful)
        inside = {c for codes in rome_run.scenario.actor_economies.values() for c in codes}
        data = rome_run.data
        for history in ROME_IDS[::4]:
            at = select_history(data, history).sel(closure="fixed")
            loss = (at["equivalent_variation"] / data["final_spending_baseline"].sel(closure="fixed")).to_series()
            ranked = loss[[c for c in loss.index if c not in inside]].sort_values()
            worst = [c for c in ranked.index if c not in doubtful][:3]
            rows = rome_run.who_pays.query("closure == 'fixed' and history == @history")
            assert list(rows[rows["kind"] == "outsider"]["who"]) == worst
            apart = [c for c in ranked.index if c in doubtful and ranked[c] < ranked[worst[-1]]]
            assert list(rows[rows["kind"] == "doubtful"]["who"]) == apart

    def test_data_of_a_run_whose_netcdf_is_gone_is_an_error_of_ours(self, small: Path, small_run: Path) -> None:
        solved = package.run(small, out=small_run)
        (small_run / "results.nc").unlink()
        with pytest.raises(HalysError):
            _ = solved.data

    def test_progress_counts(self, small: Path) -> None:
        seen: list[tuple[int, int, str]] = []
        package.run(small, progress=lambda *step: seen.append(step))
        assert seen == [(0, 1, "in-force"), (1, 1, "in-force")]

    @pytest.mark.parametrize("given", [3, None, b"rome-2022", ["rome-2022"], {}])
    def test_what_is_no_scenario_is_refused(self, given: object) -> None:
        with pytest.raises(HalysError):
            package.run(given)

    def test_errors_are_of_their_classes(self, small: Path, small_run: Path) -> None:
        with pytest.raises(InputError, match="holds another run"):
            package.run("rome-2022", out=small_run)
        with pytest.raises(InputError, match="neither a file nor a bundled scenario"):
            package.run("nosuch")
        Path("runs").write_text("")
        with pytest.raises((StorageError, InputError)):
            package.run(small, out="runs/x")

    def test_shutil_copies_a_run(self, rome: Solved, tmp_path: Path) -> None:
        """A folder that was copied or moved is still the run."""
        copied = shutil.copytree(rome.folder, tmp_path / "copy")
        assert package.run(OLDER_ROME, out=copied).reused
