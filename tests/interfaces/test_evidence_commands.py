"""`halys evidence` and `halys sources`, and evidence in a run."""

from __future__ import annotations

from pathlib import Path

import pytest
from commands import halys

from halys.answer.evidence import describe_evidence
from halys.run import open_run
from halys.scenario.dossier_load import load_dossier

DOSSIER = """\
dossier_version: 1
id: mine
title: Mine
sources:
  paper: {title: News, publisher: A paper, date: "2022-03-14", kind: press, reliability: B}
  own: {title: Own judgement, publisher: The author, date: "2022-06"}
sides: {usa: {label: USA}, russia: {label: Russia}}
speakers: {officials: {label: Officials, side: usa}}
claims:
  request: {text: It <asked>., speaker: officials, date: "2022-03-13", stance: asserts, sources: [paper]}
questions:
  asked:
    label: Did it ask?
    about: russia
    hypotheses:
      it-did: {label: It asked, prior: {value: 0.5, low: 0.4, high: 0.6, source: own}}
      it-did-not: {label: It did not, prior: rest}
groups:
  leaked:
    label: Officials say so
    question: asked
    claims: [request]
    likelihood:
      it-did: {value: 0.6, low: 0.4, high: 0.8, source: own}
      it-did-not: {value: 0.2, low: 0.1, high: 0.4, source: own}
"""
SCENARIO = """\
schema_version: 1
id: asks
title: What if it asked
question: Does Washington act?
world: icio-2022
dossier: mine.yaml
sources:
  paper: {title: News, publisher: A paper, date: "2022-03-14"}
  own: {title: Own judgement, publisher: The author, date: "2022-06", kind: own}
actors:
  usa: {label: USA, economies: USA}
stakes:
  order: {label: Order, actor: usa, accrual: flow, percent_of_income: {low: 0, high: 1, source: own}}
focus: {stage: answer, line: [acts]}
stages:
  - {id: truth, chance: true, hidden_from: [usa]}
  - {id: answer, actor: usa, question: "Does it act?"}
moves:
  truth:
    asked: {label: It asked, mapping: No measure., probability: belief-asked-it-did}
    not-asked: {label: It did not, mapping: No measure., probability: rest}
  answer:
    waits: {label: Waits, mapping: No measure.}
    acts:
      label: Acts
      mapping: A tariff.
      cases:
        - {when: {truth: asked}, exposures: {order: 1}}
        - {when: {truth: not-asked}, exposures: {order: -1}}
      measures:
        - {instrument: tariff, exporters: RUS, importers: USA, industries: goods, rate: {value: 0.1, source: paper}}
"""


@pytest.fixture
def here(empty_folder: Path) -> Path:
    (empty_folder / "mine.yaml").write_text(DOSSIER, encoding="utf-8")
    (empty_folder / "asks.yaml").write_text(SCENARIO, encoding="utf-8")
    return empty_folder


def test_a_dossier_on_its_own(here: Path) -> None:
    """0.6 against 0.2 from even odds: three quarters."""
    record = halys("evidence", "mine.yaml", "--json").record
    posterior = record["questions"][0]["hypotheses"][0]["posterior"]
    assert posterior["value"] == pytest.approx(0.75)
    assert record == describe_evidence(load_dossier("mine.yaml"))
    text = halys("evidence", "mine.yaml").out
    assert "75 %" in text
    assert "3.0 times as much" in text
    assert "1 claim, 1 source, 0 events" in text
    assert "It <asked>." not in text
    assert "It <asked>." in halys("evidence", "mine.yaml", "--claims").out
    assert "It ranks nothing" in halys("evidence", "mine.yaml", "--matrix").out
    assert halys("evidence", "asks.yaml", "--json").record == record


def test_the_bundled_dossier_and_scenarios() -> None:
    text = halys("evidence", "rome-to-beijing").out
    assert "CONTRADICTIONS" in text
    assert "denied by" in text
    assert halys("evidence", "rome-2022", "--json").record["id"] == "rome-to-beijing"
    assert halys("evidence", "call-2022").code == 0


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("iron-curtain", "has no evidence"),
        ("rome-to-bejing", "neither a file nor a bundled dossier. Nearest: 'rome-to-beijing'"),
        ("nowhere.yaml", "nowhere.yaml"),
    ],
)
def test_what_is_no_evidence(empty_folder: Path, name: str, told: str) -> None:
    answer = halys("evidence", name)
    assert answer.code == 2
    assert told in answer.err


def test_an_empty_dossier_says_what_is_missing(empty_folder: Path) -> None:
    (empty_folder / "mine.yaml").write_text("dossier_version: 1\nid: mine\ntitle: Mine\n", encoding="utf-8")
    answer = halys("evidence", "mine.yaml")
    assert answer.code == 2
    assert "claims" in answer.err
    (empty_folder / "mine.yaml").write_text("", encoding="utf-8")
    assert halys("evidence", "mine.yaml").code == 2


def test_sources_of_every_number(here: Path) -> None:
    record = halys("sources", "asks.yaml", "--json").record
    assert record["counts"] == {"claims": 1, "document": 0, "belief": 1, "judgement": 1, "definition": 2, "orphan": 0}
    by = {entry["basis"]: entry for entry in record["numbers"]}
    assert by["belief"]["claims"] == ["request"]
    assert by["claims"]["claims"] == ["request"]
    text = halys("sources", "asks.yaml").out
    assert "orphans: none" in text
    assert "claim request: It <asked>." in text
    bare = SCENARIO.replace("rate: {value: 0.1, source: paper}", "rate: 0.1")
    (here / "asks.yaml").write_text(bare, encoding="utf-8")
    text = halys("sources", "asks.yaml").out
    assert "ORPHANS" in text
    assert "moves.answer.acts.measures[0].rate: 0.1" in text


def test_a_run_keeps_its_evidence(here: Path) -> None:
    done = halys("run", "asks.yaml", "--out", "out")
    assert done.code == 0, done.err
    assert (here / "out" / "mine.yaml").read_text(encoding="utf-8") == DOSSIER
    run = open_run("out")
    assert run.summary["dossier"] == "mine.yaml"
    assert run.summary["evidence"]["questions"][0]["id"] == "asked"
    assert run.answer is not None
    assert run.answer["played"]["move"] == "acts"
    flips = [entry for entry in run.answer["sensitivity"] if entry["id"] == "belief-asked-it-did"]
    assert flips[0]["at"] is None or 0.4 < flips[0]["at"] < 0.6
    page = (here / "out" / "report.html").read_text(encoding="utf-8")
    assert 'id="evidence"' in page
    assert "It &lt;asked&gt;." in page
    assert "It <asked>." not in page
    (here / "mine.yaml").write_text(DOSSIER.replace("value: 0.6", "value: 0.5"), encoding="utf-8")
    assert open_run("out").scenario.dossier.text == DOSSIER  # the copy, whatever stands beside the file by now
    again = halys("run", "asks.yaml", "--out", "other")
    assert open_run("other").hash != run.hash, again.err
