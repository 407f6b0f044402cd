"""What docs/evidence.md shows is true: its file can be read, its Python runs, its sections are those of the schema."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from halys.scenario.document import parse_document
from halys.scenario.dossier_load import check_dossier
from halys.scenario.dossier_schema import EvidenceSpec

PAGE = (Path(__file__).parents[2] / "docs" / "evidence.md").read_text(encoding="utf-8")
HEAD = """\
dossier_version: 1
id: page
title: The page
sources:
  times: {title: A request, publisher: The Times, date: "2022-03-14"}
  herald: {title: The request, publisher: The Herald, date: "2022-03-15"}
  own: {title: Own judgement, publisher: The author, date: "2022-06"}
"""


def test_the_example_is_a_dossier() -> None:
    (text, *_) = re.findall(r"```yaml\n(.*?)```", PAGE, re.DOTALL)
    dossier = check_dossier(parse_document(HEAD + text, "page.yaml"))
    assert 0.5 < dossier.beliefs["asked"].value[0] < 0.9


def test_the_python_prints_what_it_says(capsys: pytest.CaptureFixture[str]) -> None:
    (code,) = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)
    exec(code, {})
    assert capsys.readouterr().out.strip() == "[0.8 0.2]"


def test_every_section_is_on_the_page() -> None:
    assert set(re.findall(r"^\| `([a-z]+)` \|", PAGE, re.MULTILINE)) == set(EvidenceSpec.model_fields)
