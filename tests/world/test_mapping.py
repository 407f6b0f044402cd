"""Merging codes by a file: totals stay, every code is accounted for, and faults are told together."""

from __future__ import annotations

import re
from pathlib import Path
from textwrap import dedent

import numpy as np
import pytest

import halys
from halys.errors import FileError
from halys.world.mapping import apply_mapping
from worlds import make_arrays

CODES = ("AUT", "CHN", "DEU", "FRA", "NOR", "USA")


@pytest.fixture(scope="module")
def six() -> halys.World:
    return halys.World.from_arrays(CODES, ("farms", "mines", "cars", "banks"), **make_arrays(seed=2, count=6, kinds=4))


def mapped(world: halys.World, folder: Path, text: str, name: str = "m.csv") -> halys.World:
    (folder / name).write_text(text)
    return apply_mapping(world, folder / name)


def refused(world: halys.World, folder: Path, text: str, name: str = "m.csv") -> str:
    with pytest.raises(FileError) as raised:
        mapped(world, folder, text, name)
    return str(raised.value)


CSV = """kind,from,to
economy,EU27,EU
economy,NOR,keep
economy,*,REST
industry,farms,primary
industry,mines,primary
industry,*,keep
"""
YAML = "economies: {EU: [EU27], keep: NOR, REST: '*'}\nindustries:\n  primary: [farms, mines]\n  keep: '*'\n"


@pytest.mark.parametrize(("text", "name"), [(CSV, "m.csv"), (YAML, "m.yaml"), ("\ufeff" + CSV, "m.txt")])
def test_totals_stay(text: str, name: str, six: halys.World, tmp_path: Path) -> None:
    w = mapped(six, tmp_path, text, name)
    assert w.economies == ("EU", "REST", "NOR")
    assert w.industries == ("primary", "cars", "banks")
    for what in ("flows", "intermediate", "value_added", "final", "tariff_revenue"):
        assert getattr(w, what).sum() == pytest.approx(getattr(six, what).sum(), rel=1e-12)
    parts = [CODES.index(code) for code in ("AUT", "DEU", "FRA")]
    np.testing.assert_allclose(w.value_added[0].sum(), six.value_added[parts].sum(), rtol=1e-12)
    np.testing.assert_allclose(w.deficit[0], six.deficit[parts].sum(), atol=1e-12 * six.value_added.sum())
    assert w.select("EU27") == ("EU",)


def test_examples_of_the_guide_are_one_mapping(world: halys.World, tmp_path: Path) -> None:
    guide = (Path(__file__).parents[2] / "docs" / "tables.md").read_text(encoding="utf-8")
    blocks = [dedent(block) for block in re.findall(r"(?:^    .*\n)+", guide, re.MULTILINE)]
    found = [
        mapped(world, tmp_path, next(block for block in blocks if block.startswith(start)), name)
        for start, name in (("kind,from,to", "m.csv"), ("economies: {EU", "m.yaml"))
    ]
    assert found[0].economies == ("REST", "EU", "GBR")
    assert len(found[0].industries) == 49
    assert found[0].hash == found[1].hash


def test_norway_is_not_false(six: halys.World, tmp_path: Path) -> None:
    """In YAML 1.1 `NO` is false; codes are texts here."""
    w = mapped(six, tmp_path, "economies: {NO: NOR, keep: '*'}", "m.yaml")
    assert w.economies == ("AUT", "CHN", "DEU", "FRA", "NO", "USA")


def test_kind_that_is_not_named_stays_whole(six: halys.World, tmp_path: Path) -> None:
    w = mapped(six, tmp_path, "kind,from,to\nindustry,*,everything\n")
    assert w.economies == CODES
    assert w.industries == ("everything",)


@pytest.mark.parametrize(
    ("lines", "told"),
    [
        ("economy,EU27,EU", "economies left out: CHN, NOR, USA. Name them, or say what becomes of the rest with '*'"),
        ("economy,EU27,EU\neconomy,DEU,DE\neconomy,*,R", "m.csv:3: DEU goes to DE and, at 2 through EU27, to EU."),
        ("economy,USA,A\neconomy,USA,A\neconomy,*,R", "m.csv:3: USA goes to A and, at 2, to A."),
        ("economy,XXX,EU\neconomy,*,R", "m.csv:2: 'XXX' is not an economy or a group of economies"),
        ("industry,USA,EU\nindustry,*,R", "'USA' is not an industry"),
        ("economy,*,A\neconomy,*,B", "m.csv:3: '*' stands at 2 already"),
        ("economy,USA,all\neconomy,*,R", "'all' cannot be a code"),
        ("economy,USA,CHN\neconomy,*,keep", "CHN"),
        ("country,USA,A", "m.csv:2: the kind 'country' is neither 'economy' nor 'industry'"),
        ("economy,USA", "m.csv:2: 'economy,USA': a line has kind, from and to"),
        ("economy,,A", "a line has kind, from and to, none of them empty"),
    ],
)
def test_faults_are_told_with_their_line(lines: str, told: str, six: halys.World, tmp_path: Path) -> None:
    assert told in refused(six, tmp_path, f"kind,from,to\n{lines}\n")


def test_all_faults_at_once(six: halys.World, tmp_path: Path) -> None:
    message = refused(six, tmp_path, "kind,from,to\neconomy,XXX,A\neconomy,USA,B\neconomy,USA,C\nindustry,farms,X\n")
    for part in ("'XXX'", "USA goes to C", "economies left out", "industries left out: mines, cars, banks"):
        assert message.count(part) == 1
    assert len(message.splitlines()) == 4


@pytest.mark.parametrize(
    ("text", "name", "told"),
    [
        ("from,to\nUSA,A\n", "m.csv", "the header is 'from,to'; it must be 'kind,from,to'"),
        ("kind,from,to\n", "m.csv", "names no economy and no industry"),
        ("", "m.csv", "the file is empty"),
        ("[1, 2]", "m.yaml", "expected 'economies:' and 'industries:'"),
        ("countries: {A: B}", "m.yaml", ":1:1: expected 'economies:' and 'industries:'"),
        ("economies: {A: {B: C}}", "m.yaml", "expected a code, a group, '*' or a list of these"),
        ("economies: {A: [", "m.yaml", "while parsing"),
    ],
)
def test_what_is_no_mapping(text: str, name: str, told: str, six: halys.World, tmp_path: Path) -> None:
    assert told in refused(six, tmp_path, text, name)
