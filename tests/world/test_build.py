"""What a built world says of itself: id, title, year, unit, names, groups and where it comes from."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

import halys
from halys.errors import FileError, InputError, TableError
from halys.world.build import build_world, describe_build
from table_files import IcioFile
from worlds import make_arrays

EXAMPLE = Path(__file__).parents[2] / "docs" / "table-example.csv"
META = """\
id: two-lands
title: Two made-up economies
source: Made up for the guide
licence: CC0
note: Nothing here is measured.
year: 2019
unit: 1e9
economies: {AAA: Alpha, BBB: Beta, ZZZ: Nowhere}
industries: {goods: Goods}
groups:
  trade_union: {kind: economy, members: [AAA, BBB], label: Both, source: made up}
"""


def test_metadata(tmp_path: Path) -> None:
    (tmp_path / "meta.yaml").write_text(META)
    w = build_world(EXAMPLE, metadata=tmp_path / "meta.yaml")
    assert (w.id, w.title, w.note, w.unit) == ("two-lands", "Two made-up economies", "Nothing here is measured.", 1e9)
    assert w.name_of("AAA") == "Alpha"
    assert w.name_of("services") == "services"
    assert "ZZZ" not in w.economy_names
    assert w.select("trade_union") == ("AAA", "BBB")
    assert w.provenance["source"] == "Made up for the guide"
    assert w.provenance["licence"] == "CC0"
    assert w.provenance["year"] == 2019


def test_groups_are_of_the_codes_after_the_mapping(tmp_path: Path) -> None:
    """What a mapping makes may be a member; what it merges may not, and the fault says why. All faults at once."""
    (tmp_path / "m.csv").write_text("kind,from,to\nindustry,*,everything\n")
    meta = tmp_path / "meta.yaml"
    meta.write_text("groups: {g: {kind: industry, members: [everything]}, h: {kind: economy, members: [AAA]}}")
    w = build_world(EXAMPLE, mapping=tmp_path / "m.csv", metadata=meta)
    assert w.select("g", "industry") == ("everything",)
    assert w.select("h") == ("AAA",)
    meta.write_text("groups: {g: {kind: industry, members: [goods, XXX]}, everything: {kind: economy, members: [BBA]}}")
    with pytest.raises(FileError) as raised:
        build_world(EXAMPLE, mapping=tmp_path / "m.csv", metadata=meta)
    assert [problem.message for problem in raised.value.problems] == [
        "'goods' is not an industry of this world. The mapping merged it: name the new code.",
        "'XXX' is not an industry of this world.",
        "'BBA' is not an economy of this world. Nearest: BBB.",
        "'everything' is the code of an industry. Choose another name for the group.",
    ]


def test_arguments_go_before_metadata(tmp_path: Path) -> None:
    (tmp_path / "meta.yaml").write_text(META)
    w = build_world(EXAMPLE, metadata=tmp_path / "meta.yaml", id="mine", title="Mine", year=1900)
    assert (w.id, w.title, w.provenance["year"]) == ("mine", "Mine", 1900)


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("titel: x", "meta.yaml › titel: this key is not known. Nearest: title."),
        ("year: soon", "meta.yaml › year: 'soon' is not a year such as 2022"),
        (f"year: {'1' * 5000}", "is not a year such as 2022"),
        ("unit: -1", "meta.yaml › unit: '-1' is not a number of US dollars greater than 0"),
        ("unit: nan", "not a number of US dollars"),
        ("title: ''", "meta.yaml › title: expected a text"),
        ("economies: [A]", "meta.yaml › economies: expected a mapping from code to name"),
        ("groups: {EU27: {kind: economy, members: [AAA]}}", "EU27 is the name of a group that comes with Halys"),
        ("groups: {g: {kind: country, members: [AAA]}}", "g: kind is 'country'; it must be economy or industry"),
        ("groups: {g: {kind: economy, members: []}}", "g: members must be a list of codes"),
        (
            "groups: {a b: {kind: economy, members: [AAA]}}",
            "the name 'a b' of a group must be letters (A to Z), digits",
        ),
        ("groups: {'': {kind: economy, members: [AAA]}}", "the name '' of a group must be letters"),
        ("groups: {AAA: {kind: economy, members: [AAA]}}", "groups › AAA: 'AAA' is the code of an economy. Choose"),
        ("groups: {goods: {kind: economy, members: [AAA]}}", "goods is the name of a group that comes with Halys"),
        ("groups: {services: {kind: economy, members: [AAA]}}", "the name of a group that comes with Halys"),
        ("groups: {g: {kind: economy, members: [AAX]}}", "› g: 'AAX' is not an economy of this world. Nearest: AAA"),
        ("groups: {g: {kind: economy, members: [goods]}}", "'goods' is not an economy of this world."),
        ("groups: {g: {kind: economy, codes: [AAA]}}", "g: expected a mapping with the keys kind, members"),
        ("- a", "expected 'key: value' lines"),
        ("title: [", "while parsing"),
    ],
)
def test_metadata_faults(line: str, told: str, tmp_path: Path) -> None:
    (tmp_path / "meta.yaml").write_text(line + "\n")
    with pytest.raises(FileError) as raised:
        build_world(EXAMPLE, metadata=tmp_path / "meta.yaml")
    assert told in str(raised.value)


def test_provenance_names_the_file_and_not_where_it_was(tmp_path: Path) -> None:
    """Neither user names nor folders go into a file that may be handed on."""
    w = build_world(EXAMPLE)
    data = EXAMPLE.read_bytes()
    assert w.provenance["table"] == {
        "file": "table-example.csv",
        "sha256": hashlib.sha256(data).hexdigest(),
        "bytes": len(data),
    }
    assert str(EXAMPLE.parent) not in str(w.provenance)


def test_names_of_codes_that_a_mapping_makes(tmp_path: Path) -> None:
    (tmp_path / "m.csv").write_text("kind,from,to\nindustry,*,all_of_it\n")
    (tmp_path / "meta.yaml").write_text("industries: {all_of_it: Everything}\n")
    w = build_world(EXAMPLE, mapping=tmp_path / "m.csv", metadata=tmp_path / "meta.yaml")
    assert w.id == "table-example"
    assert w.industries == ("all_of_it",)
    assert w.name_of("all_of_it") == "Everything"
    assert w.provenance["size_of_table"] == {"economies": 2, "industries": 2}
    assert w.value_added.sum() == 190.0


def test_ids(tmp_path: Path) -> None:
    path = tmp_path / "My Table (2020).csv"
    path.write_bytes(EXAMPLE.read_bytes())
    w = build_world(path)
    assert w.id == "my-table-2020"
    assert w.title == "Own table, reference year 2020"
    with pytest.raises(InputError, match="'icio-2022' is the id of a bundled world"):
        build_world(EXAMPLE, id="icio-2022")


@pytest.mark.parametrize("id", ["a/b", " ", "../x", "-x", "ä", "x" * 101])
def test_id_is_the_name_of_a_file(id: str) -> None:
    with pytest.raises(InputError, match="must be letters, digits"):
        build_world(EXAMPLE, id=id)


def test_arguments_are_checked(tmp_path: Path) -> None:
    with pytest.raises(TableError, match=r"tolerance is 0\.5"):
        build_world(EXAMPLE, tolerance=0.5)
    with pytest.raises(FileError, match="not an ICIO table"):
        build_world(EXAMPLE, layout="icio")


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({"id": ""}, "the id '' must be letters, digits"),
        ({"id": 5}, "the id 5 must be letters, digits"),
        ({"title": ""}, "title is ''; it must be a text that is not empty"),
        ({"title": " "}, "title is ' '"),
        ({"year": 0}, "year is 0; it must be a year from 1800 to 2200"),
        ({"year": True}, "year is True"),
        ({"year": "2020"}, "year is '2020'"),
        ({"layout": ""}, "layout is ''; it must be icio or long"),
        ({"layout": "oecd"}, "layout is 'oecd'"),
    ],
)
def test_what_is_given_is_not_passed_over(given: dict[str, object], told: str, tmp_path: Path) -> None:
    """Empty texts and zeros are no way to say nothing: metadata and file name are not taken instead."""
    (tmp_path / "meta.yaml").write_text(META)
    with pytest.raises(InputError) as raised:
        build_world(EXAMPLE, metadata=tmp_path / "meta.yaml", **given)
    assert told in str(raised.value)


def test_description() -> None:
    record = describe_build(build_world(EXAMPLE))
    assert record["value_added"] == pytest.approx(0.19)
    assert record["output"] == pytest.approx(0.3)
    assert record["trade"] == pytest.approx(0.055)
    assert record["largest_economies"][0]["code"] == "AAA"
    assert record["largest_economies"][0]["balance_percent"] == pytest.approx(100 * 15 / 120)
    assert record["doubtful"] == []
    assert record["empty_industries"] == []


def test_industries_without_output_are_told(tmp_path: Path) -> None:
    arrays = make_arrays(seed=1, count=3, kinds=2, tariffs=False, inputs=0.0)
    arrays["flows"][1, 2] = 0.0
    arrays["value_added"][2, 1] = 0.0
    world = halys.World.from_arrays(("AUT", "BEL", "CZE"), ("A01", "T"), **arrays)
    assert describe_build(build_world(IcioFile(world).write(tmp_path / "t.csv")))["empty_industries"] == ["CZE T"]
