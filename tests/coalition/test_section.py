"""The section `coalition` of a file: what it may say, every rule with an example that breaks it, and its numbers."""

from __future__ import annotations

import re

import pytest

import halys
from halys.coalition.setup import set_up
from halys.errors import FileError, InputError
from halys.measures import Ban
from halys.scenario import Scenario, all_numbers, load, numbers_without_source
from halys.scenario.coalition_checks import imposed_by, names_members
from halys.scenario.coalition_schema import MOST_MEMBERS
from halys.scenario.document import parse_document
from halys.scenario.validation import path_text
from halys.strategy import coalitions

TEXT = """\
schema_version: 1
id: small
title: Small
question: Who pays?
sources:
  own: {title: Chosen for this test, publisher: The author, date: "2026"}
assumptions:
  cut: {label: Fall of the trade, value: 0.7, low: 0.5, high: 0.9, source: own}
  chip: {label: Chips that are banned, value: 0.5, low: 0.2, high: 0.6, source: own}
actors:
  russia: {label: Russia, economies: RUS}
in_force:
  chips:
    label: Chips
    measures: [{instrument: ban, exporters: EU27, importers: RUS, industries: C26, coverage: chip}]
  machines:
    label: Machines
    measures: [{instrument: ban, exporters: USA, importers: RUS, industries: C28, coverage: {value: 0.5, low: 0.4, high: 0.6, source: own}}]
coalition:
  label: Sanctions on Russia
  target: russia
  members:
    eu: {label: European Union, economies: EU27}
    usa: {label: United States, economies: USA, staying: {value: 0.01, low: 0, high: 0.1, source: own}}
    allies: {label: Allies, economies: [JPN, KOR]}
    china: {label: China, economies: CHN, candidate: true}
  measures:
    - {instrument: ban, exporters: members, importers: RUS, industries: goods, reduction: cut}
    - {instrument: ban, exporters: RUS, importers: [members, GBR], industries: goods, reduction: {value: 0.2, low: 0.1, high: 0.3, source: own}}
  against: [chips]
  level: {value: 1, low: 0.5, high: 1.5, source: own}
"""  # noqa: E501 - one entry on a line


def scenario(text: str = TEXT) -> Scenario:
    return load.check_document(parse_document(text, "f.yaml"))


def spoil(old: str, new: str) -> str:
    assert TEXT.count(old) == 1, old
    return TEXT.replace(old, new)


def test_a_whole_section_is_read() -> None:
    setup = set_up(scenario(), None, None, None, ())
    assert [bloc.id for bloc in setup.members] == ["eu", "usa", "allies"]
    assert [bloc.id for bloc in setup.candidates] == ["china"]
    assert setup.target == ("RUS",)
    assert setup.target_label == "Russia"
    assert setup.members[1].staying == 0.01
    assert setup.level is not None
    (kept,) = setup.in_force  # chips are replaced
    assert kept.parties == ("USA", "RUS")
    assert setup.joined(0b101) == (*halys.load_world().select("EU27"), "JPN", "KOR")
    assert setup.imposed(()) == (kept,)
    one, two = setup.imposed(("JPN", "KOR"))[1:]
    assert one.parties == (["JPN", "KOR"], "RUS")
    assert two.parties == ("RUS", ["JPN", "KOR", "GBR"])
    assert one.programme == two.programme == "coalition"


def test_a_target_may_be_a_code_or_a_group() -> None:
    setup = set_up(scenario(spoil("target: russia", "target: [RUS, KAZ]")), None, None, "balanced", ())
    assert set(setup.target) == {"RUS", "KAZ"}
    assert setup.target_label == "RUS, KAZ"
    assert setup.closure == "balanced"


def test_the_game_knows_nothing_of_it() -> None:
    """Its numbers are numbers of the file; the unknowns of the game are those of the game."""
    with_it = scenario()
    places = [path_text(path) for path, _ in all_numbers(with_it.file)]
    assert {
        "coalition.members.usa.staying",
        "coalition.measures[0].reduction",
        "coalition.measures[1].reduction",
        "coalition.level",
    } < set(places)
    assert numbers_without_source(with_it.file) == []
    assert [unknown.id for unknown in with_it.unknowns] == ["chip", "in_force.machines.measures[0].coverage"]
    assert len(with_it.histories) == 1


def test_an_assumption_of_both_changes_in_both() -> None:
    shared = scenario(spoil("industries: goods, reduction: cut}", "industries: goods, reduction: chip}").replace(
        "  cut: {label: Fall of the trade, value: 0.7, low: 0.5, high: 0.9, source: own}\n", ""
    ))  # fmt: skip
    changed = shared.with_unknown("chip", 0.3)
    assert changed.file.coalition is not None
    ban = changed.file.coalition.measures[0]
    assert isinstance(ban, Ban)
    assert ban.reduction.value == 0.3  # type: ignore[union-attr]
    in_force = changed.file.in_force["chips"].measures[0]
    assert in_force.coverage.value == 0.3  # type: ignore[union-attr]


def test_a_number_without_a_source_is_found() -> None:
    bare = scenario(spoil("{value: 0.2, low: 0.1, high: 0.3, source: own}", "0.2"))
    assert [path_text(path) for path in numbers_without_source(bare.file)] == ["coalition.measures[1].reduction"]


MEMBER = "    china: {label: China, economies: CHN, candidate: true}\n"
MANY = "".join(f"    m{n}: {{label: M, economies: {code}}}\n" for n, code in enumerate(
    code for code in halys.load_world().economies if code not in ("RUS", "CHN", "USA", "JPN", "KOR")
    and code not in halys.load_world().select("EU27")
))  # fmt: skip


@pytest.mark.parametrize(
    ("old", "new", "where", "message"),
    [
        ("target: russia", "target: rusia", "coalition.target", "'rusia'.*It may be an actor too: russia"),
        ("target: russia", "target: USA", "coalition.members.usa.economies", "USA belongs to the target"),
        ("economies: CHN,", "economies: [CHN, JPN],", "members.china.economies", "JPN belongs to member 'allies'"),
        ("economies: CHN,", "economies: CHM,", "members.china.economies", "'CHM'.*Nearest"),
        ("exporters: members", "exporters: EU27", "measures\\[0\\]", "names `members` nowhere"),
        ("exporters: members", "exporters: member", "measures\\[0\\].exporters", "'member'"),
        ("importers: RUS, industries: goods", "importers: USA, industries: goods", "measures\\[0\\]", "'usa' alone"),
        ("against: [chips]", "against: [chip]", "against\\[0\\]", "'chip' is not listed under `in_force`.*chips"),
        ("against: [chips]", "against: [chips, chips]", "against\\[1\\]", "is there twice"),
        (MEMBER, MANY, "coalition.members", f"a coalition has at most {MOST_MEMBERS}"),
        (TEXT[TEXT.index("    eu: {") : TEXT.index(MEMBER)], "", "coalition.members", "every member is a candidate"),
        ("level: {value: 1, low: 0.5, high: 1.5, source: own}", "level: 1", "coalition.level", "so 1 alone is not"),
        ("high: 1.5, source: own}", "high: 1.5}", "coalition.level", "needs low, high and source; source missing"),
        ("value: 1, low: 0.5, high: 1.5", "value: 1, low: 0.5, high: 150", "coalition.level", "at most 100"),
        ("value: 0.01, low: 0,", "value: 0.01,", "members.usa.staying", "low missing"),
        ("{value: 0.01, low: 0, high: 0.1, source: own}", "0.01", "members.usa.staying", "so 0.01 alone is not"),
        ("value: 0.01, low: 0, high: 0.1", "value: 0.01, low: 0, high: 101", "usa.staying", "between -100 and 100"),
        ("candidate: true", "candidat: true", "members.china.candidat", "candidate"),
        ("  label: Sanctions on Russia\n", "  lable: Sanctions on Russia\n", "coalition.lable", "label"),
        ("    allies:", "    All_ies:", "coalition.members", "is not an id"),
        ("  label: Sanctions on Russia\n", "", "coalition", "label"),
        ("reduction: cut", "reduction: cutt", "measures\\[0\\].reduction", "'cutt'.*Nearest: 'cut'"),
        ("high: 1.5, source: own", "high: 1.5, source: owm", "coalition.level", "'owm' is not listed under `sources`"),
    ],
)
def test_every_rule_is_told_with_its_place(old: str, new: str, where: str, message: str) -> None:
    with pytest.raises(FileError, match=message) as caught:
        scenario(spoil(old, new))
    assert any(problem.where.startswith("f.yaml:") for problem in caught.value.problems)
    places = " ".join(problem.where for problem in caught.value.problems)
    assert re.search(where, places), places


def test_a_measure_takes_the_economies_that_joined() -> None:
    plain = Ban(exporters="USA", importers="RUS", coverage=0.5)
    assert not names_members(plain)
    assert imposed_by(plain, ("JPN",)).parties == ("USA", "RUS")
    asked = Ban(exporters="RUS", importers=["members", "GBR", "JPN"], coverage=0.5)
    assert names_members(asked)
    assert imposed_by(asked, ("JPN", "KOR")).parties == ("RUS", ["JPN", "KOR", "GBR"])


def test_limits_agree() -> None:
    assert MOST_MEMBERS == coalitions.MOST_MEMBERS


def test_a_scenario_without_the_section_says_what_to_add() -> None:
    with pytest.raises(InputError, match=r"evasion.yaml has no section `coalition`.*docs/coalitions.md"):
        set_up(halys.load_scenario("evasion"), None, None, None, ())
