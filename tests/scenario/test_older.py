"""The schema only grows until 1.0: files of earlier versions still load, with the same histories and measures."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import pytest

from halys.authoring import check_scenario
from halys.scenario import History
from halys.scenario.document import read_document
from halys.scenario.load import check_document

FOLDER = Path(__file__).parent / "older"
"""Scenarios as they were published, and beside each the sha256 of the measures of every history, made at that time."""


def measures_hash(history: History) -> str:
    rows = [[p.programme, p.measure.model_dump(mode="json", exclude_none=True)] for p in history.measures]
    return hashlib.sha256(json.dumps(rows, sort_keys=True).encode()).hexdigest()


def test_there_are_older_files() -> None:
    assert {file.stem for file in FOLDER.glob("*.yaml")} >= {"rome-2022-v1a", "template-v1a"}


@pytest.mark.parametrize("file", sorted(FOLDER.glob("*.yaml")), ids=lambda file: file.stem)
def test_an_older_file_means_the_same(file: Path) -> None:
    scenario = check_document(read_document(file))
    expected = json.loads(file.with_suffix(".json").read_text(encoding="utf-8"))
    assert {history.id: measures_hash(history) for history in scenario.histories} == expected
    assert list(expected) == [history.id for history in scenario.histories]
    assert check_scenario(scenario)["numbers_without_source"] == []
