"""What a scenario file means: its histories, the measures of each, and how measures of one or several moves combine."""

# ruff: noqa: E501 - the scenarios of these tests are written with one move on a line

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import halys
from halys.errors import UnknownNameError
from halys.measures import Ban, Quantity, compile_measures
from halys.scenario import (
    Scenario,
    all_measures,
    all_numbers,
    bundled_scenarios,
    load_scenario,
    numbers,
    numbers_without_source,
    template_text,
)
from halys.scenario.document import parse_document, read_document
from halys.scenario.load import bundled_text, check_document

HEAD = """\
schema_version: 1
id: small
title: Small
question: What?
actors: {usa: {label: USA, economies: USA}, china: {label: China, economies: CHN}}
"""


def scenario(text: str) -> Scenario:
    return check_document(parse_document(HEAD + text, "f.yaml"))


def ids(text: str) -> list[str]:
    return [h.id for h in scenario(text).histories]


def ban(coverage: float, extra: str = "") -> str:
    return f"{{instrument: ban, exporters: CHN, importers: USA, industries: C26, coverage: {coverage}{extra}}}"


def open_share(world: halys.World, measures: list[object]) -> float:
    """Share of Chinese varieties of C26 that the United States may still buy."""
    at = world.industries.index("C26"), world.economies.index("CHN"), world.economies.index("USA")
    shut = compile_measures(world, measures).ban
    return 1.0 if shut is None else 1.0 - float(shut[at])


class TestRome:
    """The first version of the bundled scenario, which is kept as it was."""

    IDS = (
        "china=restraint",
        "china=political",
        "china=relief/usa=warning",
        "china=relief/usa=banks/europe=stays-out",
        "china=relief/usa=banks/europe=joins",
        "china=relief/usa=broad/europe=stays-out",
        "china=relief/usa=broad/europe=joins",
        "china=dual-use/usa=warning",
        "china=dual-use/usa=banks/europe=stays-out",
        "china=dual-use/usa=banks/europe=joins",
        "china=dual-use/usa=broad/europe=stays-out",
        "china=dual-use/usa=broad/europe=joins",
        "china=arms/usa=warning",
        "china=arms/usa=banks/europe=stays-out",
        "china=arms/usa=banks/europe=joins",
        "china=arms/usa=broad/europe=stays-out",
        "china=arms/usa=broad/europe=joins",
    )

    @pytest.fixture
    def rome(self) -> Scenario:
        return check_document(read_document(Path(__file__).parent / "older" / "rome-2022-v1a.yaml"))

    def test_histories(self, rome: Scenario) -> None:
        assert tuple(h.id for h in rome.histories) == self.IDS

    def test_by_its_id(self, rome: Scenario) -> None:
        for history in rome.histories:
            assert rome.history(history.id) is history
        with pytest.raises(UnknownNameError, match=r"no history 'china=restrain'.*'china=restraint'"):
            rome.history("china=restrain")

    def test_moves_are_the_id(self, rome: Scenario) -> None:
        for history in rome.histories:
            assert "/".join(f"{s}={m}" for s, m in history.moves) == history.id

    def test_restraint_ends_where_china_sells(self, rome: Scenario) -> None:
        for history in rome.histories:
            present = any(p.programme == "in_force.china-restraint" for p in history.measures)
            assert present == (dict(history.moves)["china"] in ("restraint", "political", "relief")), history.id

    def test_all_other_measures_in_force_are_in_every_history(self, rome: Scenario) -> None:
        lasting = {f"in_force.{name}" for name in rome.file.in_force} - {"in_force.china-restraint"}
        assert len(lasting) == 6
        for history in rome.histories:
            assert lasting <= {p.programme for p in history.measures}, history.id

    def test_europe_joins_in_what_washington_chose(self, rome: Scenario) -> None:
        for history in rome.histories:
            moves = dict(history.moves)
            count = sum(p.programme == "moves.europe.joins" for p in history.measures)
            joined = moves.get("europe") == "joins"
            assert count == ({"banks": 2, "broad": 5}[moves["usa"]] if joined else 0), history.id

    def test_washington_answers_only_support(self, rome: Scenario) -> None:
        for history in rome.histories:
            moves = dict(history.moves)
            assert ("usa" in moves) == (moves["china"] in ("relief", "dual-use", "arms"))
            assert ("europe" in moves) == (moves.get("usa") in ("banks", "broad"))

    def test_only_restraint_and_political_have_the_same_measures(self, rome: Scenario) -> None:
        keys = [repr(h.instruments) for h in rome.histories]
        assert keys[0] == keys[1]
        assert len(set(keys)) == len(keys) - 1

    def test_actors(self, rome: Scenario) -> None:
        codes = rome.actor_economies
        assert {name: len(c) for name, c in codes.items()} == {"china": 1, "russia": 1, "usa": 1, "europe": 27}


@pytest.mark.parametrize("name", [*bundled_scenarios(), "the template"])
class TestBundled:
    @pytest.fixture
    def found(self, name: str) -> Scenario:
        if name == "the template":
            return check_document(parse_document(template_text("template"), "template.yaml"))
        return load_scenario(name)

    def test_every_number_has_a_source(self, found: Scenario, name: str) -> None:
        assert numbers_without_source(found.file) == []

    def test_every_source_is_used(self, found: Scenario, name: str) -> None:
        programmes = [
            *found.file.in_force.values(),
            *(m for moves in found.file.moves.values() for m in moves.values()),
        ]
        used = {s for p in (*programmes, *found.file.stakes.values()) for s in p.sources}
        used |= {n.source for _, n in all_numbers(found.file) if isinstance(n, Quantity) and n.source}
        assert used == set(found.file.sources)

    def test_every_programme_says_how_it_became_instruments(self, found: Scenario, name: str) -> None:
        if name == "the template":  # a start, not a study
            return
        programmes = [
            *found.file.in_force.values(),
            *(m for moves in found.file.moves.values() for m in moves.values()),
        ]
        for programme in programmes:
            assert programme.mapping, programme.label
            assert programme.sources, programme.label
            if programme.measures:
                assert programme.limits, programme.label

    def test_sources_of_numbers_are_listed_with_their_programme(self, found: Scenario, name: str) -> None:
        if name == "the template":  # it has one source
            return
        listed = {f"in_force.{k}": set(p.sources) for k, p in found.file.in_force.items()}
        listed |= {f"moves.{s}.{k}": set(m.sources) for s, moves in found.file.moves.items() for k, m in moves.items()}
        for placed in all_measures(found.file):
            for _, number in numbers(placed.measure):
                assert isinstance(number, Quantity)
                assert number.source in listed[placed.programme], placed.path

    def test_ranges_hold_their_value(self, found: Scenario, name: str) -> None:
        for placed in all_measures(found.file):
            for _, n in numbers(placed.measure):
                assert isinstance(n, Quantity)
                assert n.low is None or n.low <= n.value
                assert n.high is None or n.value <= n.high

    def test_ids_are_unique(self, found: Scenario, name: str) -> None:
        seen = [h.id for h in found.histories]
        assert len(seen) == len(set(seen))


def test_file_and_id_of_a_bundled_scenario_agree() -> None:
    for name in bundled_scenarios():
        assert load_scenario(name).id == name


def test_a_copy_of_a_bundled_scenario_is_the_same(tmp_path: Path) -> None:
    copy = tmp_path / "copy.yaml"
    copy.write_text(bundled_text("rome-2022"), encoding="utf-8")
    one, two = load_scenario("rome-2022"), load_scenario(copy)
    assert one.file == two.file
    assert [h.id for h in one.histories] == [h.id for h in two.histories]


class TestHistories:
    def test_without_stages(self) -> None:
        found = scenario("")
        assert [(h.id, h.moves, h.measures) for h in found.histories] == [("in-force", (), ())]

    def test_product_of_stages_depth_first(self) -> None:
        text = "stages: [{id: s, actor: usa}, {id: t, actor: china}]\n"
        text += "moves: {s: {b: {label: B}, a: {label: A}}, t: {y: {label: Y}, x: {label: X}}}\n"
        assert ids(text) == ["s=b/t=y", "s=b/t=x", "s=a/t=y", "s=a/t=x"]

    def test_stage_comes_up_only_when(self) -> None:
        text = "stages: [{id: s, actor: usa}, {id: t, actor: china, when: {s: a}}, {id: u, actor: usa}]\n"
        text += "moves: {s: {a: {label: A}, b: {label: B}}, t: {x: {label: X}}, u: {z: {label: Z}}}\n"
        assert ids(text) == ["s=a/t=x/u=z", "s=b/u=z"]

    def test_several_conditions_must_all_hold(self) -> None:
        text = "stages: [{id: s, actor: usa}, {id: t, actor: usa}, {id: u, actor: usa, when: {s: a, t: [x, y]}}]\n"
        text += "moves: {s: {a: {label: A}, b: {label: B}}, t: {x: {label: X}, y: {label: Y}, z: {label: Z}}, u: {o: {label: O}}}\n"
        assert ids(text) == ["s=a/t=x/u=o", "s=a/t=y/u=o", "s=a/t=z", "s=b/t=x", "s=b/t=y", "s=b/t=z"]

    def test_move_is_open_only_when(self) -> None:
        text = "stages: [{id: s, actor: usa}, {id: t, actor: china}]\n"
        text += "moves: {s: {a: {label: A}, b: {label: B}}, t: {x: {label: X, when: {s: a}}, y: {label: Y}}}\n"
        assert ids(text) == ["s=a/t=x", "s=a/t=y", "s=b/t=y"]

    def test_stage_whose_moves_are_all_closed_does_not_come_up(self) -> None:
        text = "stages: [{id: s, actor: usa}, {id: t, actor: china}, {id: u, actor: usa, when: {t: x}}]\n"
        text += "moves: {s: {a: {label: A}, b: {label: B}}, t: {x: {label: X, when: {s: a}}}, u: {o: {label: O}}}\n"
        assert ids(text) == ["s=a/t=x/u=o", "s=b"]

    def test_keys_like_words_of_yaml_1_1_stay_text(self) -> None:
        text = "stages: [{id: on, actor: usa}, {id: t, actor: usa, when: {on: no}}]\n"
        text += "moves: {on: {yes: {label: Y}, no: {label: N}}, t: {off: {label: O}}}\n"
        assert ids(text) == ["on=yes", "on=no/t=off"]

    def test_label_in_words(self) -> None:
        from halys.answer.results import describe_history

        found = scenario(
            "stages: [{id: s, actor: usa}, {id: t, actor: china}]\nmoves: {s: {a: {label: Go}}, t: {b: {label: Stay}}}\n"
        )
        assert describe_history(found, found.histories[0]) == "USA: Go; China: Stay"


class TestMeasures:
    def test_in_force_then_moves_then_cases(self) -> None:
        text = f"""\
in_force: {{p: {{label: P, measures: [{ban(0.1)}]}}}}
stages: [{{id: s, actor: usa}}, {{id: t, actor: china}}]
moves:
  s: {{a: {{label: A, measures: [{ban(0.2)}]}}, b: {{label: B}}}}
  t:
    x:
      label: X
      measures: [{ban(0.3)}]
      cases:
        - {{when: {{s: a}}, measures: [{ban(0.4)}]}}
        - {{when: {{s: b}}, measures: [{ban(0.5)}]}}
        - {{when: {{s: [a, b]}}, measures: [{ban(0.6)}]}}
"""
        first, second = scenario(text).histories
        assert [m.coverage for m in first.instruments] == [0.1, 0.2, 0.3, 0.4, 0.6]
        assert [m.coverage for m in second.instruments] == [0.1, 0.3, 0.5, 0.6]
        assert [p.programme for p in first.measures] == ["in_force.p", "moves.s.a", *["moves.t.x"] * 3]
        assert first.measures[3].path == ("moves", "t", "x", "cases", 0, "measures", 0)

    def test_supersede_of_what_is_in_force(self) -> None:
        text = f"""\
in_force: {{p: {{label: P, measures: [{ban(0.1)}]}}, q: {{label: Q, measures: [{ban(0.2)}]}}}}
stages: [{{id: s, actor: usa}}]
moves: {{s: {{keep: {{label: K}}, drop: {{label: D, supersede: [p]}}, both: {{label: B, supersede: [q, p]}}}}}}
"""
        seen = {h.id: [m.coverage for m in h.instruments] for h in scenario(text).histories}
        assert seen == {"s=keep": [0.1, 0.2], "s=drop": [0.2], "s=both": []}

    def test_supersede_of_an_earlier_move_with_its_cases(self) -> None:
        text = f"""\
stages: [{{id: r, actor: usa}}, {{id: s, actor: usa}}, {{id: t, actor: usa}}]
moves:
  r: {{o: {{label: O}}}}
  s: {{a: {{label: A, measures: [{ban(0.1)}], cases: [{{when: {{r: o}}, measures: [{ban(0.2)}]}}]}}, b: {{label: B, measures: [{ban(0.3)}]}}}}
  t: {{x: {{label: X, supersede: [s.a], measures: [{ban(0.4)}]}}, y: {{label: Y}}}}
"""
        seen = {h.id: [m.coverage for m in h.instruments] for h in scenario(text).histories}
        assert seen == {
            "r=o/s=a/t=x": [0.4],
            "r=o/s=a/t=y": [0.1, 0.2],
            "r=o/s=b/t=x": [0.3, 0.4],
            "r=o/s=b/t=y": [0.3],
        }

    def test_a_superseded_move_still_supersedes(self) -> None:
        """Its measures lapse, but what it had replaced does not come back: one rule, pinned here."""
        text = f"""\
in_force: {{p: {{label: P, measures: [{ban(0.1)}]}}}}
stages: [{{id: s, actor: usa}}, {{id: t, actor: usa}}]
moves:
  s: {{a: {{label: A, supersede: [p], measures: [{ban(0.2)}]}}}}
  t: {{x: {{label: X, supersede: [s.a]}}}}
"""
        (history,) = scenario(text).histories
        assert history.instruments == []


class TestCombination:
    """Coverages 0.5 and 0.4 on the same trade: one decision counts the larger, two decisions multiply what stays open."""

    def test_two_bans_of_one_move_count_once(self, world: halys.World) -> None:
        text = (
            f"stages: [{{id: s, actor: usa}}]\nmoves: {{s: {{a: {{label: A, measures: [{ban(0.5)}, {ban(0.4)}]}}}}}}\n"
        )
        (history,) = scenario(text).histories
        assert open_share(world, history.instruments) == pytest.approx(0.5)

    def test_a_case_belongs_to_its_move(self, world: halys.World) -> None:
        text = f"""\
stages: [{{id: r, actor: usa}}, {{id: s, actor: usa}}]
moves:
  r: {{o: {{label: O}}}}
  s: {{a: {{label: A, measures: [{ban(0.5)}], cases: [{{when: {{r: o}}, measures: [{ban(0.4)}]}}]}}}}
"""
        (history,) = scenario(text).histories
        assert open_share(world, history.instruments) == pytest.approx(0.5)

    def test_bans_of_two_moves_are_independent(self, world: halys.World) -> None:
        text = f"""\
stages: [{{id: s, actor: usa}}, {{id: t, actor: china}}]
moves: {{s: {{a: {{label: A, measures: [{ban(0.5)}]}}}}, t: {{b: {{label: B, measures: [{ban(0.4)}]}}}}}}
"""
        (history,) = scenario(text).histories
        assert open_share(world, history.instruments) == pytest.approx(0.3)

    def test_ban_in_force_and_ban_of_a_move_are_independent(self, world: halys.World) -> None:
        text = f"""\
in_force: {{p: {{label: P, measures: [{ban(0.5)}]}}}}
stages: [{{id: s, actor: usa}}]
moves: {{s: {{p: {{label: A, measures: [{ban(0.4)}]}}}}}}
"""
        (history,) = scenario(text).histories
        assert open_share(world, history.instruments) == pytest.approx(0.3)

    @pytest.mark.parametrize(("label", "left"), [(", programme: one", 0.5), ("", 0.3)])
    def test_a_programme_named_in_the_file_ties_moves_together(
        self, world: halys.World, label: str, left: float
    ) -> None:
        text = f"""\
stages: [{{id: s, actor: usa}}, {{id: t, actor: china}}]
moves: {{s: {{a: {{label: A, measures: [{ban(0.5, label)}]}}}}, t: {{b: {{label: B, measures: [{ban(0.4, label)}]}}}}}}
"""
        (history,) = scenario(text).histories
        assert open_share(world, history.instruments) == pytest.approx(left)

    def test_in_python_measures_without_programme_stand_alone(self, world: halys.World) -> None:
        def measures(programme: str | None) -> list[Ban]:
            return [
                Ban(exporters="CHN", importers="USA", industries="C26", coverage=c, programme=programme)
                for c in (0.5, 0.4)
            ]

        assert open_share(world, measures(None)) == pytest.approx(0.3)
        assert open_share(world, measures("one")) == pytest.approx(0.5)

    def test_order_of_measures_does_not_matter(self, world: halys.World) -> None:
        rome = load_scenario("rome-2022").histories[-1].instruments
        one, two = compile_measures(world, rome), compile_measures(world, rome[::-1])
        for field in ("iceberg", "tariff", "ban", "transfer"):
            np.testing.assert_allclose(getattr(one, field), getattr(two, field), rtol=1e-12, atol=1e-12)


class TestLoadScenario:
    def test_bundled_path_and_text_path(self, tmp_path: Path) -> None:
        file = tmp_path / "f.yaml"
        file.write_text(HEAD)
        assert halys.load_scenario(file).id == halys.load_scenario(str(file)).id == "small"
        assert halys.load_scenario("rome-2022").name == "rome-2022.yaml"

    def test_horizon(self) -> None:
        assert np.all(scenario("horizon: {trade_elasticity: 4}\n").horizon.theta(("C26", "K")) == 4)
        mixed = scenario("horizon: {trade_elasticity: {C26: 7}}\n").horizon.theta(halys.load_world().industries)
        assert mixed[halys.load_world().industries.index("C26")] == 7

    def test_is_frozen(self) -> None:
        found = scenario("")
        with pytest.raises(AttributeError):
            found.name = "x"
        with pytest.raises(ValueError, match="frozen"):
            found.file.id = "x"

    def test_hash_is_of_text_world_and_engine(self) -> None:
        from halys.run import hash_run

        one, same, other = scenario(""), scenario(""), scenario("notes: [x]\n")
        assert hash_run(one) == hash_run(same)
        assert hash_run(one) != hash_run(other)
        assert len(hash_run(one)) == 64
