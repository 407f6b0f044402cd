"""`halys importance` on the scenario that `halys new` writes and on one that is linear in its numbers."""

from __future__ import annotations

import json
import re
from pathlib import Path

import numpy as np
import pytest
from commands import SMALL, halys, write
from test_strategy_commands import AT_ONCE

from halys.authoring import write_template
from halys.futures import indices
from halys.importance import plan_importance, run_importance
from halys.scenario import load_scenario

BASE = 8


@pytest.fixture(scope="module")
def mine(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The template, with its first base points solved."""
    place = tmp_path_factory.mktemp("importance")
    write_template(place / "mine.yaml")
    answer = halys("importance", place / "mine.yaml", "--base", str(BASE), "--out", place / "found", "--json")
    assert answer.code == 0, answer.err
    (place / "first.json").write_text(answer.out, encoding="utf-8")
    (place / "told.txt").write_text(answer.err, encoding="utf-8")
    return place


def record_of(mine: Path) -> dict:
    return json.loads((mine / "first.json").read_text(encoding="utf-8"))


def test_it_says_before_what_is_to_be_solved(mine: Path) -> None:
    plan = plan_importance(mine / "mine.yaml", BASE)
    count = len(plan.evaluator.drawing.unknowns)
    assert plan.evaluations == BASE * (count + 2) + 2 * count + 1
    distinct = len(load_scenario(mine / "mine.yaml").distinct[0])
    assert 2 * BASE * distinct < plan.equilibria < plan.evaluations * distinct
    first = (mine / "told.txt").read_text(encoding="utf-8").splitlines()[0]
    assert f"{plan.evaluations:,} evaluations of the game, about {plan.equilibria:,} equilibria" in first


def test_every_result_has_every_number(mine: Path) -> None:
    record = record_of(mine)
    ids = {number["id"] for number in record["numbers"]}
    assert [result["result"] for result in record["results"]][:2] == ["crossing", "china"]
    for result in record["results"]:
        assert result["status"] == "found"
        assert (result["blocks"], result["left_out"]) == (BASE, 0)
        assert {group["numbers"][0] for group in result["groups"]} == ids
        totals = [group["total"] for group in result["groups"]]
        assert totals == sorted(totals, reverse=True)
        for group in result["groups"]:
            assert group["total_low"] <= group["total"] <= group["total_high"]
            assert group["total_identified"] == (group["total_low"] > 0)


def test_a_number_that_changes_nothing_has_the_index_zero(mine: Path) -> None:
    """How the stake of the sender is made yearly does not move what the target does, nor anybody's income below it."""
    record = record_of(mine)
    for result in record["results"]:
        discount = next(group for group in result["groups"] if group["numbers"] == ["discounting.rate"])
        assert discount["total"] == discount["first"] == 0.0
        assert discount["without_effect"]


def test_swings_and_flips(mine: Path) -> None:
    record = record_of(mine)
    for tornado in record["tornado"]:
        spans = [entry["span"] for entry in tornado["numbers"]]
        assert spans == sorted(spans, reverse=True)
    crossing = record["tornado"][0]
    assert crossing["unit"] == "probability"
    for entry in crossing["numbers"]:
        assert entry["flips"] == any(move != crossing["played"] for move in entry["moves"])
    assert any(entry["flips"] for entry in crossing["numbers"])


def test_policies_of_the_sender(mine: Path) -> None:
    record = record_of(mine)
    regret = record["regret"]
    assert regret["absent"] is None
    assert regret["draws"] == record["draws"] == 2 * BASE
    assert regret["policies"][-1]["policy"] is None
    least = min(entry["loss"] for entry in regret["policies"])
    assert all(
        entry["loss"] == pytest.approx(least) for entry in regret["policies"] if entry["policy"] in regret["by_loss"]
    )
    # What binds nothing is play as the game has it.
    assert regret["policies"][-1]["crosses"] == pytest.approx(record["box"]["cases"] / record["draws"])


def test_the_same_again_and_more(mine: Path) -> None:
    """Blocks that are there are read; more are added; the same numbers come of them."""
    files = {p: p.stat().st_mtime_ns for p in (mine / "found").rglob("*.parquet")}
    again = run_importance(mine / "mine.yaml", BASE, mine / "found")
    assert {**again.data, "folder": str(mine / "found")} == record_of(mine)
    assert {p: p.stat().st_mtime_ns for p in (mine / "found").rglob("*.parquet")} == files
    more = run_importance(mine / "mine.yaml", 2 * BASE, mine / "found")
    assert {p: p.stat().st_mtime_ns for p in files} == files
    assert len(list((mine / "found" / "design").glob("*.parquet"))) > len(list(files)) - 1
    np.testing.assert_array_equal(more.design["percent"][:BASE], again.design["percent"])


def test_text_and_page(mine: Path) -> None:
    answer = halys("importance", mine / "mine.yaml", "--base", str(BASE), "--out", mine / "found")
    assert answer.code == 0, answer.err
    for words in ("What drives crossing the line", "One number at a time", "Where deterrence fails", "Regret of each"):
        assert words in answer.out
    assert "S1 sum to" in answer.out
    page = (mine / "found" / "importance.html").read_text(encoding="utf-8")
    assert "http://" not in page
    assert "https://" not in page
    assert "<script" not in page
    images = re.findall(r'<img src="data:image/svg\+xml;base64,[^"]+" alt="([^"]+)">', page)
    assert len(images) == page.count('media="screen and (prefers-color-scheme: dark)"') > 4
    assert all(len(words) > 40 for words in images)
    kept = json.loads((mine / "found" / "importance.json").read_text(encoding="utf-8"))
    assert {**kept, "folder": str(mine / "found")} == record_of(mine)


def test_box_and_regrets_of_an_ensemble(mine: Path, empty_folder: Path) -> None:
    answer = halys(
        "importance", mine / "mine.yaml", "--base", str(BASE), "--draws", "16", "--out", mine / "found", "--json"
    )
    assert answer.code == 0, answer.err
    record = answer.record
    assert record["draws"] == record["box"]["draws"] == record["regret"]["draws"] == 16
    assert (empty_folder / "ensembles").is_dir()
    assert record["results"] == record_of(mine)["results"]


LINEAR = """\
schema_version: 1
id: odds
title: Odds
question: What comes?
world: icio-2022
sources:
  own: {title: Chosen for this test, publisher: The author, date: "2026"}
horizon: {name: long, trade_elasticity_factor: 1}
actors:
  russia: {label: Russia, economies: RUS}
  nobody: {label: Nobody}
stages:
  - {id: course, chance: true}
moves:
  course:
    one: {label: One, mapping: No measure., probability: {value: 0.5, low: 0.4, high: 0.6, source: own}}
    two: {label: Two, mapping: No measure., probability: {value: 0.15, low: 0.1, high: 0.2, source: own}}
    three:
      label: Three
      mapping: A tariff.
      probability: rest
      measures:
        - {instrument: tariff, exporters: RUS, importers: EU27, industries: goods, rate: {value: 0.2, source: own}}
"""


def test_a_linear_scenario(empty_folder: Path) -> None:
    """Real income is (1 − one − two) times a cost: the variances of the two are as the squares of their widths."""
    found = run_importance(write(empty_folder, LINEAR), 64, empty_folder / "found")
    russia, nobody = found.data["results"]
    assert [group["numbers"] for group in russia["groups"]] == [
        ["moves.course.one.probability"],
        ["moves.course.two.probability"],
    ]
    for group, share in zip(russia["groups"], (0.8, 0.2), strict=True):
        assert group["total"] == pytest.approx(share, abs=0.05)
        assert group["first"] == pytest.approx(share, abs=0.1)
    assert nobody["status"] == "constant"
    cost = found.single["percent"][0, 0] / 0.35
    swing = found.data["tornado"][0]["numbers"][0]
    assert swing["span"] == pytest.approx(abs(cost) * 0.18, rel=1e-4)
    assert found.data["box"]["absent"]
    assert found.data["regret"]["absent"]
    told = halys("importance", "small.yaml", "--base", "64", "--out", "found")
    assert "It does not vary: no number drives it." in told.out
    assert "names no line" in told.out
    assert "names no reply" in told.out


def test_numbers_that_cannot_stand_together_leave_their_block_out(empty_folder: Path) -> None:
    text = LINEAR.replace("low: 0.1, high: 0.2", "low: 0.1, high: 0.45")
    found = run_importance(write(empty_folder, text), 32, empty_folder / "found")
    russia = found.data["results"][0]
    holes = np.isnan(found.design["percent"][..., 0]).any(axis=1)
    assert 0 < holes.sum() < 32
    assert (russia["blocks"], russia["left_out"]) == (32 - holes.sum(), holes.sum())
    assert "base points left out" in halys("importance", "small.yaml", "--base", "32", "--out", "found").out


@pytest.mark.parametrize(
    ("text", "options", "told"),
    [
        (AT_ONCE, (), "actors hide moves from each other"),
        (SMALL, ("--base", "48"), "Give a power of two"),
        (SMALL, ("--base", "4"), "Give a power of two, 8 to 65,536"),
        (SMALL, ("--seed", "-1"), "Give 0 or more"),
    ],
)
def test_refusals(empty_folder: Path, text: str, options: tuple[str, ...], told: str) -> None:
    answer = halys("importance", write(empty_folder, text), *options)
    assert answer.code == 2
    assert told in answer.err
    assert not (empty_folder / "importance").exists()


def test_without_salib_nothing_is_solved(mine: Path, empty_folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(indices, "find_spec", lambda name: None)
    answer = halys("importance", mine / "mine.yaml")
    assert answer.code == 2
    assert "pip install halys[futures]" in answer.err
    assert not (empty_folder / "importance").exists()


def test_the_folder_of_another_seed_is_refused(mine: Path) -> None:
    answer = halys("importance", mine / "mine.yaml", "--base", "8", "--seed", "5", "--out", mine / "found")
    assert answer.code == 2
    assert "seed was 20220314 and is 5" in answer.err
