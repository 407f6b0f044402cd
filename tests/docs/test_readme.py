"""What README.md shows is what a reader gets: its Python runs, its table and its error message are true."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest
from typer.testing import CliRunner

import halys
from halys.cli.app import app

README = (Path(__file__).parents[2] / "README.md").read_text(encoding="utf-8")


def test_python_example(world: halys.World) -> None:
    code, *others = re.findall(r"```python\n(.*?)```", README, re.DOTALL)
    names: dict[str, object] = {}
    for block in (code, *others):
        exec(block, names)
    outcome = names["outcome"]
    assert isinstance(outcome, halys.Outcome)
    (shown,) = re.findall(r'sel\(economy="RUS"\)\s+# (0\.\d+)\.\.\.', code)
    assert f"{float(outcome.data['real_income'].sel(economy='RUS')):.10f}".startswith(shown)


def test_the_answer_shown_is_the_answer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The block of the README is what `halys run rome-2022` prints at 80 columns."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "80")
    (shown,) = re.findall(r"```text\n(.*?)```", README, re.DOTALL)
    printed = CliRunner().invoke(app, ["run", "rome-2022"]).stdout
    assert shown.splitlines()[:-1] == printed.splitlines()[:-1]
    assert len(printed.splitlines()) <= 40
    assert Path(printed.splitlines()[-1].removeprefix("Report: ")).is_file()
    for command in re.findall(
        r"^    halys ((?:explain|compare|tables|run) rome-2022.*?)(?: *#.*)?$", README, re.MULTILINE
    ):
        answer = CliRunner().invoke(app, shlex.split(command))
        assert answer.exit_code == 0, (command, answer.stderr)
    found = {file.name for file in next(Path("runs").glob("rome-2022-*")).iterdir()}
    assert found == set(re.findall(r"`([a-z_]+\.[a-z]+|README\.txt)`", README)) & found


def test_error_message(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The mistake of the README, made in the file that `halys new` writes."""
    monkeypatch.chdir(tmp_path)
    runner = CliRunner()
    assert runner.invoke(app, ["new", "mine.yaml"]).exit_code == 0
    text = Path("mine.yaml").read_text(encoding="utf-8").replace("importers: RUS", "importers: RUSS", 1)
    Path("mine.yaml").write_text(text, encoding="utf-8")
    (shown,) = re.findall(r"^    (mine\.yaml:\d.*?)\n\n", README, re.DOTALL | re.MULTILINE)
    assert " ".join(shown.split()) in runner.invoke(app, ["check", "mine.yaml"]).stderr


def test_limits_are_true(world: halys.World) -> None:
    """The two numbers under "No bottlenecks"."""
    electronics = halys.solve(world, halys.Ban(exporters="all", importers="RUS", industries="C26", coverage=1.0))
    assert electronics.total("RUS").percent == pytest.approx(-0.15, abs=0.006)
    both = [halys.Ban(exporters=a, importers=b, coverage=1.0) for a, b in (("all", "RUS"), ("RUS", "all"))]
    assert halys.solve(world, both, closure="balanced").total("RUS").percent == pytest.approx(-5.3, abs=0.06)
