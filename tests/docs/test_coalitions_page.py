"""The example of docs/coalitions.md prints what it says, and the page names every key of the section."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from halys.scenario.coalition_schema import CoalitionSpec, MemberSpec

PAGE = (Path(__file__).parents[2] / "docs" / "coalitions.md").read_text(encoding="utf-8")


def test_the_example_prints_what_it_says(capsys: pytest.CaptureFixture[str]) -> None:
    (code,) = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)
    exec(code, {})
    said = re.findall(r"^print\(.*\)  # (.*)$", code, re.MULTILINE)
    assert capsys.readouterr().out.splitlines() == said
    assert len(said) == 1


def test_every_key_is_on_the_page() -> None:
    names = [*CoalitionSpec.model_fields, *MemberSpec.model_fields]
    assert all(re.search(rf"`(members\.\*\.)?{name}`", PAGE) for name in names)
