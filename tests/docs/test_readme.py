"""What README.md shows is what a reader gets: its Python runs, its table and its error message are true."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from typer.testing import CliRunner

import halys
from halys.cli.app import app

README = (Path(__file__).parents[2] / "README.md").read_text(encoding="utf-8")


def test_python_example(world: halys.World) -> None:
    (code,) = re.findall(r"```python\n(.*?)```", README, re.DOTALL)
    names: dict[str, object] = {}
    exec(code, names)
    outcome = names["outcome"]
    assert isinstance(outcome, halys.Outcome)
    (shown,) = re.findall(r'sel\(economy="RUS"\)\s+# (0\.\d+)\.\.\.', code)
    assert f"{float(outcome.data['real_income'].sel(economy='RUS')):.10f}".startswith(shown)


def test_table_of_rome() -> None:
    """Every row of the table, against a run: China, Russia and the USA, % and billion USD."""
    rows = re.findall(r"^    (china=\S+) +(.*)$", README, re.MULTILINE)
    assert len(rows) >= 5
    table = halys.run("rome-2022").who_pays.set_index(["closure", "history", "who"])
    for history, cells in rows:
        shown = [float(cell) for cell in cells.split()]
        found = [table.loc[("fixed", history, who), column] for who in ("china", "russia", "usa") for column in COLUMNS]
        assert shown == pytest.approx(found, abs=0.051)
        assert shown[::2] == pytest.approx(found[::2], abs=0.0051)


COLUMNS = ["percent", "billion_usd"]


def test_error_message(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The mistake of the README, made in the file that `halys new` writes."""
    monkeypatch.chdir(tmp_path)
    runner = CliRunner()
    assert runner.invoke(app, ["new", "mine.yaml"]).exit_code == 0
    text = Path("mine.yaml").read_text(encoding="utf-8").replace("importers: RUS", "importers: RUSS", 1)
    Path("mine.yaml").write_text(text, encoding="utf-8")
    (shown,) = re.findall(r"^    (mine\.yaml:\d.*?)\n\n", README, re.DOTALL | re.MULTILINE)
    assert " ".join(shown.split()) in runner.invoke(app, ["check", "mine.yaml"]).stderr


def test_files_of_a_run_are_all_named() -> None:
    from halys.report.folder import FILES

    assert all(f"`{name}`" in README for name in FILES)


def test_limits_are_true(world: halys.World) -> None:
    """The two numbers under "No bottlenecks"."""
    electronics = halys.solve(world, halys.Ban(exporters="all", importers="RUS", industries="C26", coverage=1.0))
    assert electronics.total("RUS").percent == pytest.approx(-0.15, abs=0.006)
    both = [halys.Ban(exporters=a, importers=b, coverage=1.0) for a, b in (("all", "RUS"), ("RUS", "all"))]
    assert halys.solve(world, both, closure="balanced").total("RUS").percent == pytest.approx(-5.3, abs=0.06)
