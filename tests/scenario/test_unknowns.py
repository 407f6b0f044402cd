"""Assumptions put in place, unknowns listed once, and scenarios with one of them at another value."""

from __future__ import annotations

import numpy as np
import pytest
from games import GAME, scenario, spoil

from halys.errors import FileError, InputError
from halys.measures import Quantity, value_of
from halys.run import hash_run
from halys.scenario import Scenario, all_numbers, load_scenario, numbers_without_source
from halys.scenario.validation import path_text

BANKS = ("moves", "usa", "banks")


@pytest.fixture
def game() -> Scenario:
    return scenario()


def problems(text: str) -> list[str]:
    with pytest.raises(FileError) as caught:
        scenario(text)
    return [str(p) for p in caught.value.problems]


class TestAssumptions:
    def test_the_numbers_stand_where_the_name_stood(self, game: Scenario) -> None:
        factors = [p.measure.factor for p in game.histories[2].measures]
        assert factors[0] == factors[1]
        assert isinstance(factors[0], Quantity)
        assert (factors[0].value, factors[0].high, factors[0].source) == (1.04, 1.08, "own")
        assert factors[0].assumption == "friction"
        assert game.file.horizon.trade_elasticity_factor.assumption == "thetas"

    @pytest.mark.parametrize(
        ("old", "new"),
        [
            ("percent_of_income: {low: 0, high: 3, source: own}", "percent_of_income: x"),
            ("percent: 5", "percent: x"),
            ("rate: {value: 0.03, low: 0.01, high: 0.07, source: own}", "rate: x"),
            ("years: 20", "years: x"),
            ("{value: -0.25, low: -0.5, high: 0, source: own}", "x"),
            ("{trade_elasticity_factor: thetas}", "{trade_elasticity_factor: thetas, trade_elasticity: x}"),
            ("{trade_elasticity_factor: thetas}", "{trade_elasticity_factor: thetas, trade_elasticity: {C26: x}}"),
        ],
    )
    def test_a_name_may_stand_wherever_a_number_may(self, old: str, new: str) -> None:
        text = spoil(old, new).replace(
            "  help:", "  x: {label: X, value: 0.5, low: 0.4, high: 0.6, source: own}\n  help:"
        )
        (found,) = [u for u in scenario(text).unknowns if u.id == "x"]
        assert len(found.paths) == 1

    def test_unknown_name(self) -> None:
        (found,) = problems(spoil("importers: all, factor: friction", "importers: all, factor: fricton"))
        assert found == (
            "f.yaml:45:76 › moves.usa.banks.measures[0].factor: 'fricton' is neither a number nor the name of an "
            "assumption under `assumptions`. Nearest: 'friction'. Write a number, or list it there."
        )

    def test_not_used(self) -> None:
        (found,) = problems(GAME.replace("undefeated: help", "undefeated: 1"))
        assert found.startswith("f.yaml:8:3 › assumptions.help: no number uses the assumption 'help'.")

    def test_a_misspelt_name_does_not_make_its_assumption_unused(self) -> None:
        (found,) = problems(spoil("undefeated: help", "undefeated: hepl"))
        assert "Nearest: 'help'" in found

    def test_bounds_are_those_of_the_place_of_use(self) -> None:
        found = problems(spoil("value: 1.04, low: 1.01", "value: 1.04, low: 0.9"))
        assert [f.partition(": ")[0] for f in found] == [
            f"f.yaml:{line}:76 › moves.usa.banks.measures[{n}].factor" for n, line in enumerate((45, 46))
        ]
        assert "low of the number is 0.9; it must be 1 or more" in found[0]
        assert found[0].endswith(" The number is the assumption 'friction' of line 6.")

    def test_a_faulty_assumption_is_told_once_where_it_is_defined(self) -> None:
        (found,) = problems(spoil("value: 1.04, low: 1.01", "value: 1.04, low: 1.05"))
        assert found.startswith("f.yaml:6:13 › assumptions.friction: value is 1.04, below its own low 1.05")

    @pytest.mark.parametrize(
        ("old", "new", "told"),
        [
            ("label: Payment friction, ", "", "assumptions.friction.label: 'label' is missing"),
            ("note: against", "nota: against", "assumptions.thetas.nota: unknown key 'nota'. Allowed here: value, low"),
            ("value: 1.04, ", "", "assumptions.friction.value: 'value' is missing"),
            (
                "unit: factor, source: own",
                "unit: factor, source: owl",
                "assumptions.friction.source: source 'owl' is not",
            ),
            ("note: against", "assumption: x, note: against", "assumptions.thetas.assumption: a file writes the name"),
        ],
    )
    def test_refused(self, old: str, new: str, told: str) -> None:
        (found,) = problems(spoil(old, new))
        assert told in found

    def test_a_stake_needs_a_range_from_its_assumption_too(self) -> None:
        text = spoil("percent_of_income: {low: 0, high: 3, source: own}", "percent_of_income: x")
        found = problems(text.replace("  help:", "  x: {label: X, value: 0.5}\n  help:"))
        assert len(found) == 3
        assert all("› stakes.undefeated.percent_of_income." in f and "assumption 'x' of line 8" in f for f in found)

    @pytest.mark.parametrize("text", ["'0.1'", "25 %", "1e5x y", "nan"])
    def test_what_is_no_name_is_a_bad_number(self, text: str) -> None:
        (found,) = problems(spoil("importers: all, factor: friction", f"importers: all, factor: {text}"))
        assert "Write a plain number such as 0.25" in found

    def test_the_data_of_the_document_stay_as_written(self) -> None:
        from halys.scenario.assumptions import place_assumptions
        from halys.scenario.document import parse_document

        document = parse_document(GAME, "f.yaml")
        placed = place_assumptions(document)
        assert document.data["horizon"] == {"trade_elasticity_factor": "thetas"}
        assert placed.document.data["horizon"]["trade_elasticity_factor"]["assumption"] == "thetas"


class TestUnknowns:
    def test_each_once_with_its_places_and_words(self, game: Scenario) -> None:
        assert [(u.id, u.label, len(u.paths), u.assumption) for u in game.unknowns] == [
            ("friction", "Payment friction", 2, True),
            ("thetas", "Elasticities", 1, True),
            ("help", "Help for Russia", 1, True),
            ("discounting.rate", "Discount rate", 1, False),
            ("stakes.undefeated.percent_of_income", "Russia is not defeated: % of income", 1, False),
            ("stakes.resolve.percent_of_income", "Resolve: % of income", 1, False),
            ("stakes.punish.percent_of_income", "Russia bears a cost: % of income", 1, False),
            (
                "moves.usa.banks.cases[0].exposures.undefeated",
                "Banks cut off: exposure of 'Russia is not defeated'",
                1,
                False,
            ),
        ]

    def test_what_depends_on_them(self, game: Scenario) -> None:
        assert [u.id for u in game.unknowns if u.economic] == ["friction", "thetas"]
        assert [u.id for u in game.unknowns if not u.economic and not u.affine] == ["discounting.rate"]

    def test_the_same_number_at_several_places_is_one(self) -> None:
        number = "{value: 1.2, low: 1.1, high: 1.3, source: own}"
        text = GAME.replace("factor: friction", f"factor: {number}").replace("undefeated: help", "undefeated: 1")
        text = "\n".join(line for line in text.splitlines() if not line.startswith(("  friction:", "  help:"))) + "\n"
        found = [u for u in scenario(text).unknowns if u.economic and not u.assumption]
        assert [(u.id, len(u.paths)) for u in found] == [("moves.usa.banks.measures[0].factor", 2)]
        other = text.replace(number, number.replace("1.3", "1.4"), 1)
        found = [u for u in scenario(other).unknowns if u.economic and not u.assumption]
        assert [u.label for u in found] == [
            "Banks cut off: factor (trade_cost 1, CHN to all)",
            "Banks cut off: factor (trade_cost 2, all to CHN)",
        ]

    def test_stakes_with_the_same_range_are_different(self) -> None:
        text = spoil("high: 0.5, source: own}, outcome", "high: 3, source: own}, outcome")
        assert sum(u.id.startswith("stakes.") for u in scenario(text).unknowns) == 3

    def test_rome_names_every_anchor_once(self) -> None:
        found = load_scenario("rome-2022").unknowns
        assert len({u.id for u in found}) == len(found)
        assert len({u.label for u in found}) == len(found)
        paths = [path for u in found for path in u.paths]
        assert len(set(paths)) == len(paths)
        numbers = all_numbers(load_scenario("rome-2022").file)
        apart = ("coalition", "campaign", "observed")  # questions of their own, which decide nothing in the answer
        ranged = [p for p, n in numbers if isinstance(n, Quantity) and n.ranged and p[0] not in apart]
        assert set(ranged) <= set(paths)

    def test_all_numbers_are_there(self, game: Scenario) -> None:
        assert [path_text(p) for p, _ in all_numbers(game.file)] == [
            "horizon.trade_elasticity_factor",
            "discounting.rate",
            "discounting.years",
            "stakes.undefeated.percent_of_income",
            "stakes.resolve.percent_of_income",
            "stakes.punish.percent_of_income",
            "stakes.punish.outcome.percent",
            "moves.china.arms.exposures.undefeated",
            "moves.usa.warning.exposures.resolve",
            "moves.usa.banks.measures[0].factor",
            "moves.usa.banks.measures[1].factor",
            "moves.usa.banks.cases[0].exposures.undefeated",
            "moves.allies.join.exposures.resolve",
            "moves.allies.join.exposures.undefeated",
        ]

    def test_definitions_need_no_source(self, game: Scenario) -> None:
        assert numbers_without_source(game.file) == [("discounting", "years")]


class TestWithUnknown:
    def test_every_place_of_use_changes_and_nothing_else(self, game: Scenario) -> None:
        changed = game.with_unknown("friction", 1.08)
        before = {p: value_of(n) for p, n in all_numbers(game.file)}
        after = {p: value_of(n) for p, n in all_numbers(changed.file)}
        different = {p for p in before if before[p] != after[p]}
        assert different == {(*BANKS, "measures", 0, "factor"), (*BANKS, "measures", 1, "factor")}
        assert changed.file.assumptions["friction"].value == 1.08
        assert [p.measure.factor.value for p in changed.histories[2].measures] == [1.08, 1.08]
        assert [p.measure.factor.value for p in game.histories[2].measures] == [1.04, 1.04]
        assert [h.id for h in changed.histories] == [h.id for h in game.histories]
        assert hash_run(changed) != hash_run(game)

    def test_every_unknown_can_be_moved(self, game: Scenario) -> None:
        for unknown in game.unknowns:
            for value in (unknown.quantity.low, unknown.quantity.high):
                assert value is not None
                changed = game.with_unknown(unknown.id, value)
                found = {p: value_of(n) for p, n in all_numbers(changed.file)}
                assert {found[path] for path in unknown.paths} == {value}
                (same,) = [u for u in changed.unknowns if u.id == unknown.id]
                assert (same.quantity.low, same.quantity.high) == (unknown.quantity.low, unknown.quantity.high)

    def test_stakes_and_exposures_follow(self, game: Scenario) -> None:
        assert game.with_unknown("stakes.undefeated.percent_of_income", 3).stakes.value[0] == 3
        np.testing.assert_allclose(game.with_unknown("help", 0.8).exposures()[:, 0], [0, 0.8, 0.55, 0.55])
        assert game.with_unknown("discounting.rate", 0.07).annual_factor("resolve") > game.annual_factor("resolve")

    @pytest.mark.parametrize(
        ("id", "value", "told"),
        [
            ("fricton", 1.0, "'fricton' is not an unknown of this scenario. Nearest: 'friction'"),
            ("friction", 0.9, "Payment friction (moves.usa.banks.measures[0].factor) is 0.9; it must be 1 or more"),
            ("help", 1.5, "is 1.5; it must be between -1 and 1"),
            ("discounting.rate", 0.0, "Discount rate (discounting.rate) is 0; it must be greater than 0"),
            ("discounting.rate", 1.0, "it must be greater than 0 and less than 1"),
            ("thetas", float("nan"), "is nan"),
        ],
    )
    def test_refused(self, game: Scenario, id: str, value: float, told: str) -> None:
        with pytest.raises(InputError) as caught:
            game.with_unknown(id, value)
        assert told in str(caught.value)


@pytest.mark.parametrize("hidden", ["\\e[31m", "\\u202e", "\\x07"])
def test_texts_hide_nothing_from_the_reader(hidden: str) -> None:
    """What reaches a terminal may neither colour it nor turn its letters round."""
    text = f'schema_version: 1\nid: a\ntitle: "Plain {hidden} text"\nquestion: Q\n'
    (found,) = problems(text + "actors: {a: {label: A, economies: USA}}\n")
    assert "title: the text holds the invisible character U+" in found


@pytest.mark.parametrize("name", ["rome-2022", "beijing-2024"])
def test_many_unknowns_at_once_are_one_after_another(name: str) -> None:
    scenario = load_scenario(name)
    ranged = [unknown for unknown in scenario.unknowns if unknown.quantity.ranged][::5]
    values = {unknown.id: unknown.quantity.low for unknown in ranged}
    single = scenario
    for id, value in values.items():
        single = single.with_unknown(id, value)
    together = scenario.with_unknowns(values)
    assert together.file == single.file
    assert together.text == scenario.text
    with pytest.raises(InputError, match="is not an unknown"):
        scenario.with_unknowns({"nothing": 1.0})
    with pytest.raises(InputError, match="between"):
        scenario.with_unknowns({next(u.id for u in ranged if not u.economic and u.affine): 1e9})
