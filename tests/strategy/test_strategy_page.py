"""The examples of docs/strategy.md print what they say, and the page names all that the package offers."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import halys.strategy

PAGE = (Path(__file__).parents[2] / "docs" / "strategy.md").read_text(encoding="utf-8")


def test_the_examples_print_what_they_say(capsys: pytest.CaptureFixture[str]) -> None:
    """The second example goes on where the first ends; what a loop prints stands below it."""
    code = "\n".join(re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL))
    exec(code, {})
    said = re.findall(r"^(?:print\(.*\)  )?# (.*)$", code, re.MULTILINE)
    assert capsys.readouterr().out.splitlines() == said
    assert len(said) == 8


def test_every_function_is_on_the_page() -> None:
    functions = [name for name in halys.strategy.__all__ if name[0].islower()]
    assert len(functions) == 18
    assert all(f"`{name}`" in PAGE for name in functions)
