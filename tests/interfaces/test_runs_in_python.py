"""A run in a notebook: the answer, the game and one history, solved now or read from its folder."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import xarray as xr
from commands import HEAD, Solved, halys, write

import halys as package
from halys.errors import FileError, InputError, StorageError, UnknownNameError

FAILING = (
    HEAD
    + """\
stages: [{id: s, actor: russia}]
moves:
  s:
    nothing: {label: Nothing}
    everything:
      label: No ores at all for one that has none of its own
      measures: [{instrument: ban, exporters: all, importers: DEU, industries: B07, coverage: 1}]
"""
)


class TestOpenRun:
    def test_it_is_the_run_that_was_made(self, small: Path) -> None:
        made = package.run(small, out="out")
        opened = package.open_run("out")
        assert (opened.hash, opened.summary, opened.reused, made.reused) == (made.hash, made.summary, True, False)
        assert opened.folder is not None
        assert opened.folder.path == Path("out")
        assert opened.data.identical(xr.load_dataset("out/results.nc"))
        xr.testing.assert_equal(opened.data, made.data)
        assert opened.who_pays.equals(made.who_pays)

    def test_by_the_scenario(self, small: Path) -> None:
        assert halys("run", small).code == 0
        (folder,) = Path("runs").iterdir()
        opened = package.open_run(small)
        assert opened.folder is not None
        assert opened.folder.path == folder

    @pytest.mark.parametrize(
        ("name", "error", "told"),
        [
            ("nosuch", UnknownNameError, "neither the folder of a run nor a scenario"),
            ("empty", UnknownNameError, "neither the folder of a run nor a scenario"),
            ("small.yaml", UnknownNameError, "has not been run here"),
            ("nosuch.yaml", FileError, "nosuch.yaml"),
            ("other", InputError, "other holds other files, and no run.$"),
        ],
    )
    def test_what_is_no_run(self, small: Path, name: str, error: type[Exception], told: str) -> None:
        Path("empty").mkdir()
        Path("other").mkdir()
        Path("other/x").touch()
        with pytest.raises(error, match=told):
            package.open_run(name)

    def test_a_file_that_is_gone(self, small_run: Path) -> None:
        (small_run / "results.nc").unlink()
        with pytest.raises(InputError, match="not complete"):
            package.open_run(small_run)

    def test_a_file_that_is_damaged(self, small_run: Path) -> None:
        (small_run / "results.nc").write_bytes(b"x" * 100)
        opened = package.open_run(small_run)
        with pytest.raises(StorageError, match=r"results\.nc cannot be read: NetCDF.*force=True"):
            _ = opened.data
        (small_run / "scenario.yaml").write_bytes(b"\xff\xfe\x00")
        with pytest.raises(StorageError, match=r"scenario\.yaml cannot be read"):
            package.open_run(small_run)


class TestParts:
    def test_answer(self, game: Solved, solved_small: Solved) -> None:
        summary = json.loads((game.folder / "summary.json").read_text(encoding="utf-8"))
        assert package.open_run(game.folder).answer == summary["answer"]
        assert package.open_run(solved_small.folder).answer is None

    def test_game_made_and_read_are_one(self, game: Solved, solved_small: Solved) -> None:
        opened = package.open_run(game.folder)
        made = package.run(opened.scenario)
        assert opened.game is not None
        assert made.game is not None
        xr.testing.assert_equal(opened.game, made.game)
        assert opened.game.identical(xr.load_dataset(game.folder / "game.nc"))
        assert package.open_run(solved_small.folder).game is None

    def test_history(self, game: Solved) -> None:
        opened = package.open_run(game.folder)
        assert opened.answer is not None
        played = opened.answer["played"]["history"]
        by_name, by_id = opened.history("played"), opened.history(played)
        xr.testing.assert_identical(by_name, by_id)
        assert by_id["history"].item() == played
        assert set(by_id.dims) >= {"closure", "economy", "industry"}
        assert "equilibrium" not in by_id.dims
        own = str(opened.data["equilibrium_of"].sel(history=played).item())
        expected = opened.data["real_income"].sel(equilibrium=own).values
        np.testing.assert_array_equal(by_id["real_income"].values, expected)

    def test_a_history_that_is_not_there(self, game: Solved) -> None:
        with pytest.raises(UnknownNameError, match="the run has no history 'nosuch'"):
            package.open_run(game.folder).history("nosuch")

    def test_a_history_without_equilibrium(self, empty_folder: Path) -> None:
        run = package.run(write(empty_folder, FAILING))
        failed = run.summary["failures"][0]["histories"]
        assert failed == ["s=everything"]
        assert float(run.history("s=nothing")["real_income"].isnull().sum()) == 0
        with pytest.raises(InputError, match=r"s=everything has no equilibrium.*failures"):
            run.history("s=everything")


def test_commands_use_it(small: Path) -> None:
    """`show` of a folder with other things does not speak of `--out`, which it does not have."""
    Path("other").mkdir()
    Path("other/x").touch()
    assert "--out" not in halys("show", "other").err
