"""The tutorial notebook runs from top to bottom, and what it says of beliefs is what it prints."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

NOTEBOOK = Path(__file__).parents[2] / "docs" / "tutorial.ipynb"


def test_the_notebook_runs(capsys: pytest.CaptureFixture[str]) -> None:
    cells = [cell for cell in json.loads(NOTEBOOK.read_text(encoding="utf-8"))["cells"] if cell["cell_type"] == "code"]
    names: dict[str, object] = {}
    printed = []
    for number, cell in enumerate(cells):
        exec(compile("".join(cell["source"]), f"cell {number}", "exec"), names)
        printed.append(capsys.readouterr().out)
    thresholds, beliefs = printed[3].split()[:2], printed[3].split()[2:]
    assert thresholds == beliefs == ["0.0870", "0.6667"]
    equilibria = printed[4].splitlines()
    assert len(equilibria) == 4  # neither joins, both do, a mixed one; and that these are all
    assert equilibria[-1] == "True"
    assert "0.25, 0.25, 0.25, 0.25" in printed[5].splitlines()[0]
