"""Fixtures of the tests of the interfaces."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from commands import OLDER_ROME, SMALL, Solved, write
from commands import halys as command

import halys


@pytest.fixture(autouse=True)
def empty_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Every test starts in an empty folder of its own."""
    folder = tmp_path / "here"
    folder.mkdir()
    monkeypatch.chdir(folder)
    return folder


@pytest.fixture(scope="session")
def rome(tmp_path_factory: pytest.TempPathFactory) -> Solved:
    """`halys run --table` of the older Rome, once. Tests only read it."""
    folder = tmp_path_factory.mktemp("rome") / "run"
    return Solved(folder, command("run", OLDER_ROME, "--table", "--out", folder))


@pytest.fixture(scope="session")
def rome_run(rome: Solved) -> halys.Run:
    """The same run through the Python interface."""
    return halys.run(OLDER_ROME, out=rome.folder)


@pytest.fixture(scope="session")
def solved_small(tmp_path_factory: pytest.TempPathFactory) -> Solved:
    """A run of the small scenario, once. Tests only read it."""
    home = tmp_path_factory.mktemp("small")
    return Solved(home / "run", command("run", write(home, SMALL), "--out", home / "run"))


@pytest.fixture(scope="session")
def game(tmp_path_factory: pytest.TempPathFactory) -> Solved:
    """A run of the scenario that `halys new` writes, a small game with an answer. Tests only read it."""
    home = tmp_path_factory.mktemp("game")
    assert command("new", home / "game.yaml").code == 0
    return Solved(home / "run", command("run", home / "game.yaml", "--out", home / "run"))


@pytest.fixture
def small(empty_folder: Path) -> Path:
    """The small scenario as a file in the current folder."""
    return write(empty_folder, SMALL)


@pytest.fixture
def small_run(solved_small: Solved, empty_folder: Path) -> Path:
    """A copy of the run of the small scenario, to be spoilt."""
    return Path(shutil.copytree(solved_small.folder, empty_folder / "out"))
