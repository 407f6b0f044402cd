"""`halys campaign`, and its draws: kept, gone on with, the same on one process and two, and what is refused."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import numpy as np
import pytest
from commands import SMALL, halys, write

import halys as package
from halys import parallel
from halys.campaign_ensembles import BATCH
from halys.campaigns.draws import CampaignEvaluator
from halys.scenario import load_scenario

sys.path.append(str(Path(__file__).resolve().parent.parent / "campaigns"))
from small import TEXT


@pytest.fixture(scope="module")
def drawn(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("campaign")
    (place / "mine.yaml").write_text(TEXT, encoding="utf-8")
    answer = halys("campaign", str(place / "mine.yaml"), "--draws", str(BATCH), "--out", str(place / "d"), "--json")
    assert answer.code == 0, answer.err
    (place / "first.json").write_text(answer.out, encoding="utf-8")
    return place


def test_one_campaign(empty_folder: Path) -> None:
    path = str(write(empty_folder, TEXT))
    text = halys("campaign", path, "--paths", "500")
    assert text.code == 0, text.err
    assert "Which future comes" in text.out
    record = json.loads(halys("campaign", path, "--paths", "500", "--json").out)
    assert record["paths"] == 500
    table = halys("campaign", path, "--paths", "500", "--format", "csv").out.splitlines()
    assert table[0] == "quarter,quantity,value"
    changed = json.loads(
        halys("campaign", path, "--paths", "500", "--json", "-s", "stakes.undefeated.percent_of_income=0").out
    )
    assert changed["futures"][2]["share"] > record["futures"][2]["share"]
    assert changed["settings"]


def test_draws_are_described(drawn: Path) -> None:
    record = json.loads((drawn / "first.json").read_text(encoding="utf-8"))
    assert record["draws"] == record["played"] == BATCH
    assert sum(f["share"] for f in record["futures"]) == pytest.approx(1)
    (line,) = record["lines"]
    assert {w["id"] for w in line["windows"]} == {"free", "answer", "never"}
    assert line["crossed"] == sorted(line["crossed"])
    for actor in record["actors"]:
        for n in range(8):
            assert actor["percent"]["q5"][n] <= actor["percent"]["q50"][n] <= actor["percent"]["q95"][n]


def test_the_same_command_goes_on(drawn: Path) -> None:
    files = {p.name: p.stat().st_mtime_ns for p in (drawn / "d").glob("*.parquet")}
    more = halys("campaign", str(drawn / "mine.yaml"), "--draws", str(BATCH + 1), "--out", str(drawn / "d"))
    assert more.code == 0, more.err
    assert f"{BATCH + 1} draws of 1,000 paths" in more.out
    assert {name: (drawn / "d" / name).stat().st_mtime_ns for name in files} == files


def test_a_draw_is_the_campaign_at_its_numbers(drawn: Path) -> None:
    """Played by itself with every number set; gains and windows hang on no random number."""
    found = package.run_campaign_ensemble(drawn / "mine.yaml", BATCH, drawn / "d")
    scenario = load_scenario(drawn / "mine.yaml")
    evaluator = CampaignEvaluator(scenario, 20220314, None)
    numbers = evaluator.drawing.named(found.columns["numbers"][2])
    alone = package.run_campaign(scenario.with_unknowns(numbers), 4000, cache=False)
    gains = [policy["gain"] for policy in alone.data["policies"]]
    np.testing.assert_allclose(found.columns["gain"][2], gains, atol=1e-5)
    assert found.columns["waiting"][2, 0] == pytest.approx(alone.data["waiting"]["value"], abs=1e-5)
    (line,) = alone.data["lines"]
    kept = found.columns["kept"][2].reshape(3, 8)
    np.testing.assert_allclose(kept[:, 0], [w["kept"][0] for w in line["windows"]], atol=1e-5)
    assert found.columns["crossed"][2, -1] == pytest.approx(line["ever"]["share"], abs=0.08)


def test_the_same_bits_on_one_process_and_two(drawn: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    kept = package.run_campaign_ensemble(drawn / "mine.yaml", BATCH, drawn / "d").columns
    monkeypatch.setattr(parallel, "_may_fork", lambda: False)
    alone = CampaignEvaluator(load_scenario(drawn / "mine.yaml"), 20220314, None)(0, BATCH)
    for name, array in alone.items():
        np.testing.assert_array_equal(kept[name], array)


@pytest.mark.parametrize(
    ("text", "options", "told"),
    [
        (SMALL, (), "has no section `campaign`"),
        (TEXT, ("--paths", "0"), "paths: 0. Give 1 to 1,000,000"),
        (TEXT, ("--format", "xml"), "'xml' is not a format"),
        (TEXT, ("--out", "somewhere"), "--out and --scheduler are of draws"),
        (TEXT, ("--draws", "-1"), "draws: -1"),
    ],
)
def test_campaigns_that_are_refused(empty_folder: Path, text: str, options: tuple[str, ...], told: str) -> None:
    answer = halys("campaign", str(write(empty_folder, text)), *options)
    assert answer.code == 2
    assert told in answer.err
    assert not (empty_folder / "ensembles").exists()


def test_draws_of_the_game_are_not_those_of_the_campaign(drawn: Path) -> None:
    answer = halys("ensemble", str(drawn / "mine.yaml"), "--draws", "8", "--out", str(drawn / "d"))
    assert answer.code == 2
    assert "draws of another kind" in answer.err
