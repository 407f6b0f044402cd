"""`halys thresholds`, `equilibria`, `map`, `play`: what they show is the game of the run, wrong words are named."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from commands import halys

from halys.answer.position import find_position
from halys.authoring import write_template
from halys.run import open_run


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The run of the template."""
    place = tmp_path_factory.mktemp("game")
    write_template(place / "mine.yaml")
    answer = halys("run", str(place / "mine.yaml"), "--out", str(place / "run"))
    assert answer.code == 0, answer.err
    return place / "run"


def test_thresholds_are_those_of_the_answer_with_bands_around_them(folder: Path) -> None:
    record = json.loads(halys("thresholds", str(folder), "--json").out)
    answer = open_run(folder).answer
    assert answer is not None
    assert record["lines"] == answer["lines"]
    breaks = [b for line in record["lines"] for b in line["breaks"]]
    assert breaks
    for b in breaks:
        assert b["band_low"] is None or b["band_low"] <= b["at"]
        assert b["band_high"] is None or b["band_high"] >= b["at"]
    stake = record["lines"][0]["stake"]
    only = json.loads(halys("thresholds", str(folder), "--stake", stake, "--json").out)
    assert [line["stake"] for line in only["lines"]] == [stake]
    text = halys("thresholds", str(folder)).out
    assert record["lines"][0]["label"] in text


def test_a_band_is_where_the_game_with_that_number_has_its_line(folder: Path) -> None:
    """The end of a band, against the line of the scenario solved with that number at the end of its range."""
    answer = open_run(folder).answer
    assert answer is not None
    line = next(line for line in answer["lines"] if line["breaks"] and line["accrual"] == "flow")
    (b,) = line["breaks"]
    entry = next(e for e in answer["sensitivity"] if e["label"] == b["band_by"])
    ends = []
    for end in ("low", "high"):
        out = folder.parent / f"moved-{end}"
        done = halys("run", str(folder / "scenario.yaml"), "-s", f"{entry['id']}={entry[end]}", "--out", str(out))
        assert done.code == 0, done.err
        moved = open_run(out).answer
        assert moved is not None
        (other,) = next(x for x in moved["lines"] if x["stake"] == line["stake"])["breaks"]
        ends.append(other["at"])
    assert min(*ends, b["at"]) == pytest.approx(b["band_low"], rel=1e-4)
    assert max(*ends, b["at"]) == pytest.approx(b["band_high"], rel=1e-4)


def test_the_map_is_drawn_and_written(folder: Path, tmp_path: Path) -> None:
    file = tmp_path / "map.svg"
    answer = halys("map", str(folder), "--size", "40", "--out", str(file))
    assert answer.code == 0, answer.err
    assert "of the map)" in answer.out
    assert file.read_text(encoding="utf-8").startswith("<svg")
    assert halys("map", str(folder), "--out", str(file)).code == 2  # it exists
    record = json.loads(halys("map", str(folder), "--json").out)
    assert record["exact"]
    assert record["polygons"]
    stakes = [line["stake"] for line in json.loads(halys("thresholds", str(folder), "--json").out)["lines"]]
    turned = json.loads(halys("map", str(folder), "--x", record["y"], "--y", record["x"], "--json").out)
    assert (turned["x"], turned["y"]) == (record["y"], record["x"])
    assert set(stakes) >= {record["x"], record["y"]}


def test_the_walk_follows_moves_and_ends_where_the_play_does(folder: Path) -> None:
    answer = open_run(folder).answer
    assert answer is not None
    record = json.loads(halys("play", str(folder), "--json").out)
    assert record["places"][-1]["history"] == answer["played"]["history"]
    first = record["places"][0]
    assert sum(move["played"] for move in first["moves"]) == 1
    ladder = {rung["move"]: rung for rung in answer["ladder"]}
    for move in first["moves"]:
        assert move["payoff"] == pytest.approx(ladder[move["move"]]["payoff"])
    other = next(move["move"] for move in first["moves"] if not move["played"])
    walked = json.loads(halys("play", str(folder), "--moves", other, "--json").out)
    assert walked["places"][-1]["history"] == ladder[other]["history"]
    assert "The end:" in halys("play", str(folder)).out


def test_payoffs_from_elsewhere_change_the_play(folder: Path, tmp_path: Path) -> None:
    run = open_run(folder)
    assert run.game is not None
    frame = run.game["payoff"].to_pandas()
    played = json.loads(halys("play", str(folder), "--json").out)["places"][-1]["history"]
    frame.loc[played] -= 100.0  # nobody wants it any more
    table = tmp_path / "payoffs.csv"
    frame.to_csv(table, index_label="history")
    record = json.loads(halys("play", str(folder), "--payoffs", str(table), "--json").out)
    assert record["places"][-1]["history"] != played
    same = json.loads(halys("play", str(folder), "--payoffs", str(folder / "game.efg"), "--json").out)
    assert same["places"][-1]["history"] == played


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("thresholds", "RUN", "--stake", "resolv"), "the scenario has no stake 'resolv'"),
        (("map", "RUN", "--x", "nothing"), "the scenario has no stake 'nothing'"),
        (("map", "RUN", "--size", "1"), "--size is 1. Give 2 to 2000 points."),
        (("map", "RUN", "--out", "map.gif"), "Name a file that ends in .svg, .png, .html"),
        (("play", "RUN", "--moves", "sideways"), "'sideways' is no move of stage"),
        (("thresholds", "RUN", "-s", "a=1"), "is a finished run, whose numbers stay"),
        (("play", "RUN", "--payoffs", "nowhere.csv"), "nowhere.csv: cannot be read as text"),
        (("thresholds", "no-such-scenario"), "no-such-scenario"),
    ],
)
def test_wrong_words_are_named(folder: Path, words: tuple[str, ...], told: str) -> None:
    answer = halys(*(str(folder) if word == "RUN" else word for word in words))
    assert answer.code == 2
    assert told in answer.err


AT_ONCE = """\
schema_version: 1
id: at-once
title: Two senders at once
question: Who bears the cost of acting?
world: icio-2022
sources:
  own: {title: Chosen for this test, publisher: The author, date: "2026"}
actors:
  eu: {label: EU, economies: EU27}
  usa: {label: USA, economies: USA}
  russia: {label: Russia, economies: RUS}
stakes:
  europe-acts: {label: Something is done, actor: eu, accrual: flow, percent_of_income: {low: 0, high: 1, source: own}}
  america-acts: {label: Something is done, actor: usa, accrual: flow, percent_of_income: {low: 0, high: 1, source: own}}
stages:
  - {id: eu, actor: eu, question: "Does the EU act?", hidden_from: [usa]}
  - {id: usa, actor: usa, question: "Does the USA act?"}
moves:
  eu:
    waits: {label: The EU waits, mapping: No measure.}
    acts:
      label: The EU acts
      mapping: Half of its imports from Russia stop.
      exposures: {europe-acts: 1, america-acts: 1}
      measures:
        - {instrument: ban, exporters: RUS, importers: EU27, industries: goods, coverage: {value: 0.5, source: own}}
  usa:
    waits: {label: The USA waits, mapping: No measure.}
    acts:
      label: The USA acts
      mapping: Half of its imports from Russia stop.
      cases:
        - {when: {eu: waits}, exposures: {europe-acts: 1, america-acts: 1}}
      measures:
        - {instrument: ban, exporters: RUS, importers: USA, industries: goods, coverage: {value: 0.5, source: own}}
"""


@pytest.fixture(scope="module")
def at_once(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The run of a game in which two move without seeing each other: either would rather that the other acted."""
    place = tmp_path_factory.mktemp("at-once")
    (place / "mine.yaml").write_text(AT_ONCE, encoding="utf-8")
    answer = halys("run", str(place / "mine.yaml"), "--out", str(place / "run"))
    assert answer.code == 0, answer.err
    return place / "run"


def test_where_moves_are_hidden_thresholds_are_where_the_equilibria_change(at_once: Path) -> None:
    """An actor whose stake is less than acting alone costs it never acts; above, either acts, or both draw lots."""
    record = halys("thresholds", str(at_once), "--json").record
    assert record["method"] == "numerical"
    run = open_run(at_once)
    welfare = dict(
        zip((h.id for h in run.scenario.histories), find_position(run.scenario, run.data).payoffs.welfare, strict=True)
    )
    alone = {"europe-acts": -welfare["eu=acts/usa=waits"][0], "america-acts": -welfare["eu=waits/usa=acts"][1]}
    for stake in record["stakes"]:
        (change,) = stake["changes"]
        assert change["low"] - 1e-9 <= alone[stake["stake"]] <= change["high"] + 1e-9
        assert change["high"] - change["low"] < 1e-8
        assert (change["below"]["count"], change["above"]["count"]) == (1, 3)
    text = halys("thresholds", str(at_once), "--stake", "europe-acts").out
    assert "No equilibrium is picked" in text
    assert halys("thresholds", str(at_once), "--stake", "europe").code == 2


def test_equilibria_are_listed_with_regret(at_once: Path, folder: Path) -> None:
    record = halys("equilibria", str(at_once), "--json").record
    assert (record["concept"], record["count"], record["complete"]) == ("spe", 3, True)
    assert all(entry["regret"] <= 1e-12 for entry in record["listed"])
    assert sum(h["probability"] for h in record["listed"][2]["histories"]) == pytest.approx(1.0)
    single = halys("equilibria", str(folder), "--concept", "spe", "--json").record
    answer = open_run(folder).answer
    assert answer is not None
    assert answer["played"]["history"] in {h["history"] for entry in single["listed"] for h in entry["histories"]}


def test_quantal_response_and_its_mean_over_draws(folder: Path) -> None:
    sharp = halys("equilibria", str(folder), "--concept", "qre", "--precision", "1e6", "--json").record
    answer = open_run(folder).answer
    assert answer is not None
    assert sharp["residual"] <= 1e-10
    assert sharp["listed"][0]["histories"][0]["history"] == answer["played"]["history"]
    blunt = halys("equilibria", str(folder), "--concept", "qre", "--precision", "0", "--draws", "50", "--json").record
    listed, drawn = blunt["listed"][0]["histories"], blunt["over_draws"]
    assert drawn["draws"] == 50
    mean = {h["history"]: h["probability"] for h in drawn["histories"]}  # without precision nothing hangs on the stakes
    for entry in listed[: len(mean)]:
        assert mean[entry["history"]] == pytest.approx(entry["probability"])
    assert all(h["standard_error"] < 1e-9 for h in drawn["histories"])
    assert sum(drawn["moves"].values()) == pytest.approx(1.0)
    assert (
        "not a belief" in halys("equilibria", str(folder), "--concept", "qre", "--precision", "3", "--draws", "5").out
    )


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (["--concept", "quantal"], "Give one of spe, nash, pbe, qre"),
        (["--concept", "qre"], "needs --precision"),
        (["--concept", "qre", "--precision", "-1"], "precision"),
        (["--precision", "3"], "belong to --concept qre"),
        (["--concept", "qre", "--precision", "3", "--draws", "-1"], "Give 0 to"),
    ],
)
def test_wrong_concepts_are_named(folder: Path, options: list[str], told: str) -> None:
    answer = halys("equilibria", str(folder), *options)
    assert answer.code == 2
    assert told in answer.err


def test_draws_need_a_game_in_which_nothing_is_hidden(at_once: Path) -> None:
    answer = halys("equilibria", str(at_once), "--concept", "qre", "--precision", "3", "--draws", "9")
    assert (answer.code, "hide no moves" in answer.err) == (2, True)
