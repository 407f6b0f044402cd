"""A page of docs/instruments for every instrument; its example prints what it says, and its chart shows that."""

from __future__ import annotations

import importlib.util
import re
import sys
import xml.etree.ElementTree as ElementTree
from pathlib import Path
from textwrap import indent
from types import ModuleType

import pytest

import halys
from halys.measures import INSTRUMENTS

ROOT = Path(__file__).parents[2]
PAGES = ROOT / "docs" / "instruments"


def load_tool() -> ModuleType:
    spec = importlib.util.spec_from_file_location("draw_instruments", ROOT / "tools" / "draw_instruments.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def tool() -> ModuleType:
    """tools/draw_instruments.py, which draws the charts from the examples."""
    return load_tool()


def page_of(name: str) -> str:
    return (PAGES / f"{name}.md").read_text(encoding="utf-8")


def test_every_instrument_has_a_page_and_every_page_an_instrument(tool: ModuleType) -> None:
    assert {file.stem for file in PAGES.glob("*.md")} == {*INSTRUMENTS, "README"}
    assert {file.stem for file in (PAGES / "charts").iterdir()} == set(INSTRUMENTS) == set(tool.DRAWINGS)


@pytest.mark.parametrize("name", INSTRUMENTS)
def test_page_tells_all(name: str) -> None:
    """Economics, rule, fields, limits, sources, an example; and the fields table names every field."""
    page = page_of(name)
    assert f"`instrument: {name}`, in Python `halys.{INSTRUMENTS[name].__name__}`" in page
    headings = re.findall(r"^## (.*)$", page, re.MULTILINE)
    assert headings == ["What it compiles to", "Fields", "Limits", "Sources", "Example"]
    named = set(re.findall(r"`(\w+)`", " ".join(re.findall(r"^\| (`.*?) \|", page, re.MULTILINE))))
    assert named == set(INSTRUMENTS[name].model_fields) - {"instrument"}


@pytest.mark.parametrize("name", INSTRUMENTS)
def test_example_prints_what_the_page_says_and_the_chart_shows(name: str, tool: ModuleType, world: halys.World) -> None:
    page, drawing = page_of(name), tool.DRAWINGS[name]
    code = tool.example_of(page)
    assert len(code.splitlines()) <= 14
    (said,) = re.findall(r"^prints\n\n```text\n(.*?)```", page, re.DOTALL | re.MULTILINE)
    printed, outcomes = tool.run_example(code)
    assert printed == said
    shown = {(row["strength"], row["line"]): row["value"] for row in tool.read_points(PAGES / "charts" / f"{name}.svg")}
    for row in tool.points_of(drawing, tool.strengths_of(code), outcomes):
        assert shown[row["strength"], row["line"]] == pytest.approx(row["value"], abs=2e-4)


@pytest.mark.parametrize("name", INSTRUMENTS)
def test_chart_is_a_small_picture(name: str) -> None:
    file = PAGES / "charts" / f"{name}.svg"
    assert file.stat().st_size <= 40 * 1024
    assert ElementTree.fromstring(file.read_text(encoding="utf-8")).tag.endswith("svg")
    assert re.search(rf"!\[.+\]\(charts/{name}\.svg\)", page_of(name))


SCENARIO = """\
schema_version: 1
id: snippet
title: A snippet of the guide
question: Does it load?
sources:
  own: {title: Chosen for this test, publisher: The author, date: "2026"}
actors:
  west: {label: The West, economies: coalition_2022}
  russia: {label: Russia, economies: RUS}
in_force:
  programme:
    label: The snippet
"""


@pytest.mark.parametrize("number", range(4))
def test_snippets_of_the_index_load(number: int, tmp_path: Path) -> None:
    """Each is a list of measures that a scenario takes as it stands, and it compiles."""
    snippets = re.findall(r"```yaml\n(.*?)```", page_of("README"), re.DOTALL)
    assert len(snippets) == 4
    file = tmp_path / "snippet.yaml"
    file.write_text(SCENARIO + indent(snippets[number], "    "), encoding="utf-8")
    (history,) = halys.load_scenario(file).histories
    assert len(history.measures) == snippets[number].count("instrument:")


def test_index_and_reference_link_every_page() -> None:
    index = page_of("README")
    reference = (ROOT / "docs" / "scenario.md").read_text(encoding="utf-8")
    for name in INSTRUMENTS:
        assert (
            f"| [{name.replace('_', ' ').replace('dual use', 'dual-use').replace('cut off', 'cut-off')}]({name}.md) |"
            in index
        )
        assert f"[`{name}`](instruments/{name}.md)" in reference


def test_links_lead_somewhere() -> None:
    for file in PAGES.glob("*.md"):
        for target in re.findall(r"\]\(([^)#]+)(?:#[^)]*)?\)", file.read_text(encoding="utf-8")):
            assert (file.parent / target).is_file(), (file.name, target)
