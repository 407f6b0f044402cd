"""docs/bounds.md: the example of plain numbers prints what it says, and that of a scenario gives the table shown."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import halys
from halys.report.bounds_view import render_bounds
from halys.scenario import template_text

PAGE = (Path(__file__).parents[2] / "docs" / "bounds.md").read_text(encoding="utf-8")


def test_the_example_of_plain_numbers(capsys: pytest.CaptureFixture[str]) -> None:
    code = next(block for block in re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL) if "Choice.plain" in block)
    exec(code, {})
    said = re.findall(r"^print\(.*\)  # (.*)$", code, re.MULTILINE)
    assert capsys.readouterr().out.splitlines() == said
    assert len(said) == 2


def test_the_example_of_a_scenario(tmp_path: Path) -> None:
    (section,) = re.findall(r"```yaml\n(observed:.*?)```", PAGE, re.DOTALL)
    path = tmp_path / "mine.yaml"
    path.write_text(f"{template_text('mine')}\n{section}", encoding="utf-8")
    found = halys.solve_bounds(path)
    text = render_bounds(found.data, "", "mine", 80)
    (shown,) = re.findall(r"```\n(CHINA.*?)```", PAGE, re.DOTALL)
    assert shown.strip() in text
    assert f"{found.data['actors'][0]['views'][0]['stakes'][0]['high']:.4f}" == "0.3024"
    assert "# 0.3024..." in PAGE
