"""Bounds from observed choices in a game that can be worked out by hand.

At friction 1.1 punishing costs China 1 %, 1.5 % if Europe joins, the USA 0.1 %, and joining costs Europe 0.2 %. At the
reference Europe joins, the USA punish a crossing and China stays.
"""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest
from crisis import ANNUAL, CRISIS, INCOME, at

from halys.answer.bounds import describe_bounds, flat_rows
from halys.answer.observed import Seen, Unused, find_seen
from halys.answer.position import Position, place
from halys.scenario.document import parse_document
from halys.scenario.load import check_document
from halys.scenario.observed_schema import Observation
from halys.strategy import Node, Tree
from halys.strategy.bounds import find_bounds
from halys.strategy.tree import CHANCE


def position_with(observed: str, friction: float = 1.1, text: str = CRISIS) -> Position:
    return at(check_document(parse_document(text + "observed:\n" + observed, "crisis.yaml")), friction)


def bounds_of(observed: str, **given) -> dict:
    found = describe_bounds(position_with(observed, **given))
    assert found is not None
    json.dumps(found, allow_nan=False)
    return found


def stakes_of(record: dict, actor: int = 0, view: int = 0) -> dict[str, dict]:
    return {stake["stake"]: stake for stake in record["actors"][actor]["views"][view]["stakes"]}


STAYED = "  spring: {label: By spring, stage: china, move: stay}\n"
CROSSED = "  spring: {label: By spring, stage: china, move: cross}\n"
PUNISHED = "  reply: {label: The reply, stage: usa, move: punish, after: {china: cross}}\n"
FEARED = "usa: [{when: {china: cross}, moves: {punish: 1}}], europe: {out: 1}"  # staying is spared, as played
SOURCE = "low: 0.2, high: 0.6, source: made-up"


def test_without_observed_choices_there_is_no_record(position: Position) -> None:
    assert describe_bounds(position) is None


def test_staying_says_that_the_aim_is_worth_less_than_the_punishment() -> None:
    """With play as the belief crossing costs 1.5 %: the aim is worth at most that, 15 bn of 1000."""
    record = bounds_of(STAYED)
    aim = stakes_of(record)["aim"]
    assert (aim["low"], aim["high"]) == pytest.approx((0.0, 1.5))
    assert (aim["low_billion"], aim["high_billion"]) == pytest.approx((0.0, 15.0))
    assert (aim["revealed_low"], aim["unbounded_low"], aim["unbounded_high"]) == (None, True, False)
    assert aim["narrower"]
    assert aim["holds_value"]
    (binding,) = aim["binding_high"]
    assert (binding["observation"], binding["move"], binding["multiplier"]) == ("spring", "cross", pytest.approx(1.0))
    (actor,) = record["actors"]
    assert actor["observations"][0]["assumed"] == ["usa", "europe"]
    (row,) = actor["observations"][0]["comparisons"]
    assert row["words"] == (
        "gains 1.5 % of its income (15 bn USD a year); reveals that “The aim” ≤ 1.5 % of its income (15 bn USD a year)"
    )
    assert [view["view"] for view in actor["views"]] == ["stated"]
    assert "The high end: By spring, over “Cross”." in actor["sentences"][0]


def test_crossing_says_the_reverse_and_its_upper_end_is_open() -> None:
    aim = stakes_of(bounds_of(CROSSED))["aim"]
    assert (aim["low"], aim["high"]) == pytest.approx((1.5, 2.0))
    assert (aim["unbounded_low"], aim["revealed_high"], aim["unbounded_high"]) == (False, None, True)


def test_a_certain_belief_takes_the_place_of_play() -> None:
    """Nothing was thought to follow: crossing is worth the whole aim, so that staying leaves only 0."""
    stayed = STAYED.replace("}\n", ", beliefs: {usa: {nothing: 1}}}\n")
    aim = stakes_of(bounds_of(stayed))["aim"]
    assert (aim["low"], aim["high"]) == (0.0, pytest.approx(0.0, abs=1e-9))
    crossed = CROSSED.replace("}\n", f", beliefs: {{{FEARED}}}}}\n")
    assert stakes_of(bounds_of(crossed))["aim"]["low"] == pytest.approx(1.0)


def test_beliefs_multiply_along_the_path() -> None:
    """Punished with 0.4, and Europe joins with 0.5: 0.4 · (1 + 0.5 · 0.5) = 0.5 % is expected."""
    beliefs = f"usa: [{{when: {{china: cross}}, moves: {{punish: {{value: 0.4, {SOURCE}}}, nothing: rest}}}}, "
    beliefs += "{when: {china: stay}, moves: {nothing: 1}}], "
    beliefs += "europe: {joins: {value: 0.5, low: 0, high: 1, source: made-up}, out: rest}"
    record = bounds_of(STAYED.replace("}\n", f", beliefs: {{{beliefs}}}}}\n"))
    stated, some, every = (stakes_of(record, view=n)["aim"] for n in range(3))
    assert stated["high"] == pytest.approx(0.5)
    assert some["high"] == pytest.approx(0.6 * 1.5)  # punished most likely, by both
    assert every["high"] == pytest.approx(0.2 * 1.0)
    words = record["actors"][0]["observations"][0]["beliefs"]
    assert words[0] == {
        "stage": "usa",
        "label": "USA",
        "when": "China: Cross",
        "words": "Punish 0.4 (0.2 to 0.6), Nothing the rest",
    }


def test_anything_may_be_believed() -> None:
    """From no answer to the worst: some belief explains an aim up to 1.5, every belief none above 0."""
    record = bounds_of(STAYED.replace("}\n", ", beliefs: {usa: any, europe: any}}\n"))
    (actor,) = record["actors"]
    assert [view["view"] for view in actor["views"]] == ["stated", "some", "every"]
    assert [view["title"] for view in actor["views"]][1:] == [
        "valid for some admissible belief",
        "valid for every admissible belief",
    ]
    assert stakes_of(record, view=1)["aim"]["high"] == pytest.approx(1.5)  # nothing on staying, all on crossing
    assert actor["views"][2]["conflict"]["slack"] == pytest.approx(1.5)  # punished though staying, not when crossing
    assert "has no explanation" in " ".join(actor["sentences"])


def test_a_stake_that_counts_once_is_told_as_such_too() -> None:
    """Punishing costs the USA 0.1 %: the word is worth at least that a year."""
    resolve = stakes_of(bounds_of(PUNISHED))["resolve"]
    assert resolve["low"] == pytest.approx(0.1)
    assert resolve["low_once"] == pytest.approx(0.1 / ANNUAL)
    assert resolve["low_billion"] == pytest.approx(0.1 / 100 * INCOME[1])


def test_choices_of_several_actors_and_joint_choices_of_one() -> None:
    record = bounds_of(STAYED + PUNISHED + CROSSED.replace("spring", "later").replace("By spring", "Later"))
    assert [actor["actor"] for actor in record["actors"]] == ["china", "usa"]
    aim = stakes_of(record)["aim"]
    assert (aim["low"], aim["high"]) == pytest.approx((1.5, 1.5))


def test_conflicting_choices_are_named_with_the_slack_that_opens_them() -> None:
    later = "  later: {label: Later, stage: china, move: cross, beliefs: {usa: {nothing: 1}}}\n"
    stayed = STAYED.replace("}\n", ", beliefs: {usa: {nothing: 1}}}\n")
    assert stakes_of(bounds_of(stayed + later))["aim"]["high"] == pytest.approx(0.0, abs=1e-9)
    worse = f"  later: {{label: Later, stage: china, move: cross, beliefs: {{{FEARED}}}}}\n"
    record = bounds_of(stayed + worse)
    (actor,) = record["actors"]
    conflict = actor["views"][0]["conflict"]
    assert conflict["observations"] == ["spring", "later"]
    assert conflict["slack"] == pytest.approx(0.5)
    assert conflict["slack_billion"] == pytest.approx(5.0)
    assert conflict["stakes"]["aim"] == pytest.approx(0.5)
    assert not conflict["ranges_alone"]
    assert actor["sentences"] == [
        "“By spring” and “Later” conflict at any values. Allowing each choice to fall short of the best by 0.5 % of "
        "its income (5.0 bn USD a year) opens the set."
    ]
    alone = actor["observations"][1]["alone"]["stakes"][0]
    assert (alone["low"], alone["high"]) == pytest.approx((1.0, 2.0))


def test_a_choice_that_only_the_ranges_forbid() -> None:
    """Punished, crossing costs 4 % at friction 1.2; the aim is worth 2 % at most."""
    crossed = CROSSED.replace("}\n", f", beliefs: {{{FEARED}}}}}\n")
    (actor,) = bounds_of(crossed, friction=1.2)["actors"]
    conflict = actor["views"][0]["conflict"]
    assert conflict["slack"] == pytest.approx(2.0)
    assert conflict["ranges_alone"]
    assert "“By spring” has no explanation within the prior ranges; without them there is one" in actor["sentences"][0]
    assert actor["shadow"] is None


OWN_LATER = CRISIS.replace("{id: europe, actor: europe,", "{id: europe, actor: usa,").replace(
    "actor: europe, accrual: flow", "actor: usa, accrual: flow"
)


def test_own_later_moves_are_plans_of_which_the_best_may_be_meant() -> None:
    """The USA move at both later stages. Punishing may be meant with or without joining, whatever it is worth."""
    position = position_with(PUNISHED, text=OWN_LATER)
    seen = find_seen(position, "reply")
    assert isinstance(seen, Seen)
    assert len(seen.stated.chosen) == 2
    record = describe_bounds(position)
    assert record is not None
    stakes = stakes_of(record)
    assert stakes["resolve"]["low"] == 0.0  # joining may be worth it for unity alone: 0.5 · 1 > 0.1
    assert record["actors"][0]["observations"][0]["comparisons"] == []
    fixed = bounds_of(PUNISHED.replace("}}\n", "}, beliefs: {europe: {out: 1}}}\n"), text=OWN_LATER)
    assert stakes_of(fixed)["resolve"]["low"] == pytest.approx(0.1)


def test_excluded_moves_make_no_inequality() -> None:
    text = CRISIS.replace("    cross: {label", "    wait: {label: Wait}\n    cross: {label")
    record = bounds_of(STAYED.replace("}\n", ", excludes: [cross]}\n"), text=text)
    aim = stakes_of(record)["aim"]
    assert not aim["narrower"]
    assert record["actors"][0]["observations"][0]["excludes"] == ["Cross"]
    (row,) = record["actors"][0]["observations"][0]["comparisons"]
    assert row["words"] == "costs nothing; fits all values within the ranges"


@pytest.mark.parametrize(
    ("observed", "told"),
    [
        (
            "  e: {label: E, stage: europe, move: joins}\n",
            "play does not come to 'europe' after these moves: it ends at",
        ),
        ("  e: {label: E, stage: europe, move: joins, after: {china: cross}}\n", None),
        ("  e: {label: E, stage: europe, move: joins, after: {usa: punish}}\n", None),
    ],
)
def test_earlier_moves_that_are_not_named_are_as_played(observed: str, told: str | None) -> None:
    found = find_seen(position_with(observed), "e")
    if told is None:
        assert isinstance(found, Seen)
    else:
        assert isinstance(found, Unused)
        assert told in found.reason


def test_an_unused_observation_is_told() -> None:
    record = bounds_of("  e: {label: E, stage: europe, move: joins}\n")
    assert record["actors"] == []
    (unused,) = record["unused"]
    assert (unused["observation"], unused["label"]) == ("e", "E")


def test_moves_without_an_equilibrium() -> None:
    """The move seen leads to none; an alternative does; a move believed in does."""
    scenario = check_document(
        parse_document(
            CRISIS + "observed:\n" + CROSSED + STAYED.replace("spring", "other").replace("By spring", "Other"), "c.yaml"
        )
    )
    welfare = np.zeros((len(scenario.histories), 3))
    lost = [n for n, h in enumerate(scenario.histories) if dict(h.moves)["china"] == "cross"]
    welfare[lost] = np.nan
    position = place(scenario, welfare, welfare, INCOME)
    for id, told in (("spring", "leads to no equilibrium"), ("other", "no other move is open")):
        found = find_seen(position, id)
        assert isinstance(found, Unused)
        assert told in found.reason
    believed = STAYED.replace("}\n", ", beliefs: {usa: {punish: 1}}}\n")
    scenario = check_document(parse_document(CRISIS + "observed:\n" + believed, "c.yaml"))
    welfare = np.zeros((len(scenario.histories), 3))
    welfare[[n for n, h in enumerate(scenario.histories) if "cross/usa=punish" in h.id]] = np.nan
    found = find_seen(place(scenario, welfare, welfare, INCOME), "spring")
    assert isinstance(found, Unused)
    assert "usa=punish was believed possible" in found.reason


def test_the_rows_of_tables_have_infinite_ends() -> None:
    rows = flat_rows(bounds_of(CROSSED))
    (aim,) = rows
    assert (aim["actor"], aim["beliefs"], aim["revealed_high"]) == ("china", "stated", np.inf)
    assert aim["binding_low"] == "spring:stay"


@pytest.mark.parametrize("aim", [0.2, 0.9, 1.6])
@pytest.mark.parametrize("resolve", [0.5, 3.0])
def test_bounds_from_played_choices_hold_the_stakes_that_played_them(aim: float, resolve: float) -> None:
    """What the reference stakes play is observed, with play as the belief: the bounds hold the reference."""
    text = CRISIS.replace("{low: 0, high: 2, source", f"{{value: {aim}, low: 0, high: 2, source")
    text = text.replace("{low: 0, high: 4, source", f"{{value: {resolve}, low: 0, high: 4, source")
    bare = at(check_document(parse_document(text, "c.yaml")))
    moves = dict(bare.scenario.histories[bare.rows[bare.play.terminal]].moves)
    observed = "".join(
        f"  {stage}: {{label: {stage}, stage: {stage}, move: {move}}}\n" for stage, move in moves.items()
    )
    record = bounds_of(observed, text=text)
    assert len(record["actors"]) == len(moves)
    for actor in record["actors"]:
        assert actor["views"][0]["conflict"] is None
        assert all(stake["holds_value"] for stake in actor["views"][0]["stakes"])


class TestHiddenTypes:
    """Chance decides in the dark whether a crossing costs China 1 or 3 %; it is told neither, and stays or crosses."""

    def position(self, observed: str, *, seen: bool) -> Position:
        base = position_with(observed)
        information = "" if seen else "dark"
        nodes = (
            Node(CHANCE, "", ("mild", "harsh"), (1, 2), (0.75, 0.25)),
            Node(0, "kind=mild", ("stay", "cross"), (~0, ~1), information=information),
            Node(0, "kind=harsh", ("stay", "cross"), (~2, ~3), information=information),
        )
        tree = Tree(base.tree.players, nodes, ("a", "b", "c", "d"))
        welfare, exposure = np.zeros((4, 3)), np.zeros((4, 3))
        welfare[[1, 3], 0], exposure[[1, 3], 0] = [-1.0, -3.0], 1.0
        payoffs = replace(base.payoffs, welfare=welfare, exposure=exposure)
        rows = np.zeros(4, dtype=np.intp)
        return replace(
            base, tree=tree, stages=("kind", "china", "china"), lost=((), (), ()), rows=rows, payoffs=payoffs
        )

    def highest(self, observed: str, *, seen: bool) -> float:
        found = find_seen(self.position(observed, seen=seen), "spring")
        assert isinstance(found, Seen)
        return find_bounds([found.stated], [0.0], [5.0]).reaches[0].high

    def test_in_the_dark_both_count_as_likely_as_they_are(self) -> None:
        assert self.highest(STAYED, seen=False) == pytest.approx(0.75 * 1 + 0.25 * 3)

    def test_a_move_of_chance_that_is_seen_is_named_or_the_likeliest(self) -> None:
        assert self.highest(STAYED, seen=True) == pytest.approx(1.0)
        named = Observation.model_validate({"label": "x", "stage": "china", "move": "stay", "after": {"kind": "harsh"}})
        position = self.position(STAYED, seen=True)
        file = position.scenario.file.model_copy(update={"observed": {"spring": named}})
        found = find_seen(replace(position, scenario=replace(position.scenario, file=file)), "spring")
        assert isinstance(found, Seen)
        assert find_bounds([found.stated], [0.0], [5.0]).reaches[0].high == pytest.approx(3.0)
