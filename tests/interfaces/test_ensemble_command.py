"""`halys ensemble` on the scenario that `halys new` writes, and what of ensembles is refused."""

from __future__ import annotations

import json
import signal
import sys
import time
from pathlib import Path

import numpy as np
import pytest
from commands import SMALL, halys, spawn, write
from test_processes import mounted
from test_strategy_commands import AT_ONCE

import halys as package
from halys import parallel
from halys.authoring import write_template
from halys.drawing import drawn_unknowns
from halys.ensembles import BATCH
from halys.evaluator import Evaluator
from halys.scenario import load_scenario


@pytest.fixture(scope="module")
def mine(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The template, with its first draws made."""
    place = tmp_path_factory.mktemp("ensemble")
    write_template(place / "mine.yaml")
    answer = halys("ensemble", str(place / "mine.yaml"), "--draws", str(BATCH), "--out", str(place / "draws"), "--json")
    assert answer.code == 0, answer.err
    (place / "first.json").write_text(answer.out, encoding="utf-8")
    return place


def test_shares_and_spread(mine: Path) -> None:
    record = json.loads((mine / "first.json").read_text(encoding="utf-8"))
    assert record["draws"] == record["played"] == BATCH
    assert sum(entry["share"] for entry in record["moves"]) == pytest.approx(1.0)
    crossing = sum(entry["share"] for entry in record["moves"] if entry["crosses"])
    assert record["crosses"]["share"] == pytest.approx(crossing)
    for actor in record["actors"]:
        assert actor["percent"]["q5"] <= actor["percent"]["q50"] <= actor["percent"]["q95"]


def test_the_same_again_and_more(mine: Path) -> None:
    """Draws that are there are read; more of them are added; the first ones stay what they were."""
    first = package.run_ensemble(mine / "mine.yaml", BATCH, mine / "draws")
    files = {p.name: p.stat().st_mtime_ns for p in (mine / "draws").glob("*.parquet")}
    more = halys("ensemble", str(mine / "mine.yaml"), "--draws", str(BATCH + 3), "--out", str(mine / "draws"))
    assert more.code == 0, more.err
    assert f"{BATCH} of {2 * BATCH} draws" in more.err
    assert f"{BATCH + 3} draws" in more.out
    assert {name: (mine / "draws" / name).stat().st_mtime_ns for name in files} == files
    again = package.run_ensemble(mine / "mine.yaml", BATCH, mine / "draws")
    assert again.data == first.data


def test_a_draw_is_the_scenario_at_its_numbers(mine: Path) -> None:
    """Solved and played by itself, by `halys run` with every number set."""
    found = package.run_ensemble(mine / "mine.yaml", BATCH, mine / "draws")
    ids = [unknown.id for unknown in drawn_unknowns(found.scenario)]
    n = 3
    settings = [f"-s{name}={float(value)!r}" for name, value in zip(ids, found.columns["numbers"][n], strict=True)]
    done = halys("run", str(mine / "mine.yaml"), "--out", str(mine / "one"), *settings)
    assert done.code == 0, done.err
    run = package.open_run(mine / "one")
    assert run.answer is not None
    played = run.answer["played"]
    moves = list(found.scenario.file.moves[found.scenario.file.focus.stage])
    assert moves[int(found.columns["moves"][n].argmax())] == played["move"]
    percent = [played["welfare"][actor]["percent"] for actor in found.scenario.file.actors]
    np.testing.assert_allclose(found.columns["percent"][n], percent, atol=1e-6)


def test_the_same_bits_on_one_process_and_two(mine: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    kept = package.run_ensemble(mine / "mine.yaml", BATCH, mine / "draws").columns
    monkeypatch.setattr(parallel, "_may_fork", lambda: False)
    alone = Evaluator(load_scenario(mine / "mine.yaml"), 20220314, None)(0, BATCH)
    for name, array in alone.items():
        np.testing.assert_array_equal(kept[name], array)


@pytest.mark.skipif(sys.platform == "win32", reason="signals of POSIX")
def test_a_kill_in_the_middle(mine: Path, empty_folder: Path) -> None:
    """The same command goes on: what was finished is kept, and the bits are those of a run without a stop."""
    child = spawn("ensemble", mine / "mine.yaml", "--draws", str(4 * BATCH), "--out", "draws", cwd=empty_folder)
    with child:
        deadline = time.monotonic() + 100
        while not list((empty_folder / "draws").glob("*.parquet")) and time.monotonic() < deadline:
            time.sleep(0.01)
        child.send_signal(signal.SIGKILL)
        child.communicate(timeout=60)
    kept = {p.name: p.stat().st_mtime_ns for p in (empty_folder / "draws").glob("*.parquet")}
    assert 1 <= len(kept) < 4
    found = package.run_ensemble(mine / "mine.yaml", 4 * BATCH, "draws")
    assert {name: (empty_folder / "draws" / name).stat().st_mtime_ns for name in kept} == kept
    np.testing.assert_array_equal(found.columns["draw"], np.arange(4 * BATCH))
    first = package.run_ensemble(mine / "mine.yaml", BATCH, mine / "draws")
    for name, array in first.columns.items():
        np.testing.assert_array_equal(found.columns[name][:BATCH], array)


def test_a_full_disk(mine: Path, empty_folder: Path) -> None:
    """A disk of 24 kB, on which a few batches find room."""
    disk = empty_folder / "disk"
    disk.mkdir()
    command = ("ensemble", mine / "mine.yaml", "--draws", "64", "--out", "draws")
    answer = mounted('mount -t tmpfs -o size=24k none "$0"', disk, *command)
    assert answer.code == 5
    assert "Traceback" not in answer.err
    assert "No space left on device. Free space; finished draws are kept." in answer.err
    assert "16 of 64 draws" in answer.err


CHANCE = """\
schema_version: 1
id: odds
horizon: {trade_elasticity_factor: 1}
title: Odds
question: What comes?
world: icio-2022
sources:
  own: {title: Chosen for this test, publisher: The author, date: "2026"}
actors:
  russia: {label: Russia, economies: RUS}
stages:
  - {id: course, chance: true}
moves:
  course:
    one: {label: One, mapping: No measure., probability: {value: 0.5, low: 0.4, high: 0.65, source: own}}
    two: {label: Two, mapping: No measure., probability: {value: 0.3, low: 0.1, high: 0.45, source: own}}
    three:
      label: Three
      mapping: A tariff.
      probability: rest
      measures:
        - {instrument: tariff, exporters: RUS, importers: EU27, industries: goods, rate: {value: 0.2, source: own}}
"""


def test_numbers_that_cannot_stand_together_are_kept_and_counted(empty_folder: Path) -> None:
    """Each probability fits the others' values; both at their high ends leave nothing for the third."""
    found = package.run_ensemble(write(empty_folder, CHANCE), 64, empty_folder / "draws")
    one, two = found.columns["numbers"].T
    impossible = one + two >= 1.0
    assert 0 < impossible.sum() < 64
    np.testing.assert_array_equal(found.columns["failed"] < 0, impossible)
    np.testing.assert_array_equal(np.isnan(found.columns["percent"][:, 0]), impossible)
    assert found.data["impossible"] == impossible.sum()
    assert found.data["played"] == 64 - impossible.sum()
    assert "cannot stand together" in halys("ensemble", "small.yaml", "--draws", "64", "--out", "draws").out
    weight = 1.0 - one[~impossible] - two[~impossible]  # of the course with the tariff, whose cost is always the same
    cost = found.columns["percent"][~impossible, 0] / weight
    np.testing.assert_allclose(cost, cost[0], rtol=1e-5)


@pytest.mark.parametrize(
    ("text", "options", "told"),
    [
        (AT_ONCE, (), "actors hide moves from each other"),
        (SMALL + "horizon: {trade_elasticity_factor: 1}\n", (), "has no number with a range"),
        (AT_ONCE, ("--draws", "0"), "draws: 0"),
    ],
)
def test_refusals(empty_folder: Path, text: str, options: tuple[str, ...], told: str) -> None:
    answer = halys("ensemble", str(write(empty_folder, text)), *options)
    assert answer.code == 2
    assert told in answer.err
    assert not (empty_folder / "ensembles").exists()


def test_another_version_of_the_scenario_is_refused(mine: Path, empty_folder: Path) -> None:
    text = (mine / "mine.yaml").read_text(encoding="utf-8").rstrip() + "\n# another line\n"
    other = empty_folder / "mine.yaml"
    other.write_text(text, encoding="utf-8")
    answer = halys("ensemble", str(other), "--draws", "8", "--out", str(mine / "draws"))
    assert answer.code == 2
    assert "draws of another kind: hash differs" in answer.err
