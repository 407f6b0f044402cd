"""What a scenario says about its game: histories that end, exposures, stakes as arrays, the tree."""

from __future__ import annotations

import numpy as np
import pytest
from games import GAME, scenario, spoil

from halys.errors import InputError
from halys.measures import value_of
from halys.scenario import Scenario
from halys.scenario.game import game_tree

IDS = (
    "china=none",
    "china=arms/usa=warning",
    "china=arms/usa=banks/allies=stay",
    "china=arms/usa=banks/allies=join",
)


@pytest.fixture
def game() -> Scenario:
    return scenario()


def test_a_move_that_ends_is_followed_by_no_stage(game: Scenario) -> None:
    assert tuple(h.id for h in game.histories) == IDS
    goes_on = scenario(spoil(", ends: true", ""))
    assert "china=none/usa=warning" in [h.id for h in goes_on.histories]


def test_exposures_are_sums_over_moves_and_agreeing_cases(game: Scenario) -> None:
    expected = [[0, 0, 0], [0.5, -1, 0], [0.25, 0, 0], [0.25, 1, 0]]
    np.testing.assert_array_equal(game.exposures(), expected)


def test_terms_name_the_moves_that_expose(game: Scenario) -> None:
    terms = game.exposure_terms(game.histories[3])
    assert [(t.stake, value_of(t.number), t.path) for t in terms] == [
        ("undefeated", 0.5, ("moves", "china", "arms", "exposures", "undefeated")),
        ("undefeated", -0.25, ("moves", "usa", "banks", "cases", 0, "exposures", "undefeated")),
        ("resolve", 1.0, ("moves", "allies", "join", "exposures", "resolve")),
        ("undefeated", 0.0, ("moves", "allies", "join", "exposures", "undefeated")),
    ]
    sums = game.exposures()
    for row, history in zip(sums, game.histories, strict=True):
        for column, stake in enumerate(game.stakes.ids):
            total = sum(value_of(t.number) for t in game.exposure_terms(history) if t.stake == stake)
            assert row[column] == total


def test_a_superseded_move_loses_its_measures_and_keeps_its_exposures() -> None:
    game = scenario(spoil("stay: {label: Stay out}", "stay: {label: Stay out, supersede: [usa.banks]}"))
    replaced = game.histories[2]
    assert replaced.measures == ()
    assert game.exposures()[2, 0] == 0.25


def test_stakes_as_arrays(game: Scenario) -> None:
    stakes = game.stakes
    annual = 0.03 / (1 - 1.03**-20)
    assert stakes.ids == ("undefeated", "resolve", "punish")
    assert stakes.actor.tolist() == [1, 0, 0]
    np.testing.assert_allclose(stakes.annual, [1, annual, 1], rtol=1e-14)
    np.testing.assert_allclose(stakes.value, [1.5, annual, 0.25], rtol=1e-14)
    np.testing.assert_allclose(stakes.low, [0, 0, 0])
    np.testing.assert_allclose(stakes.high, [3, 4 * annual, 0.5], rtol=1e-14)
    assert [game.annual_factor(name) for name in stakes.ids] == stakes.annual.tolist()


def test_the_annual_factor_spreads_the_sum_over_the_years(game: Scenario) -> None:
    """A yearly payment of the factor, for 20 years at 3 %, is worth 1 today."""
    assert sum(game.annual_factor("resolve") / 1.03**year for year in range(1, 21)) == pytest.approx(1, rel=1e-13)


def test_a_scenario_without_stakes_has_empty_arrays() -> None:
    game = scenario(GAME[: GAME.index("assumptions:")] + "actors: {usa: {label: USA, economies: USA}}\n")
    assert game.stakes.value.shape == (0,)
    assert game.exposures().shape == (1, 0)
    assert game.unknowns == ()


def test_the_middle_of_the_range_is_the_default() -> None:
    worth = scenario().file.stakes["undefeated"].percent_of_income
    assert (worth.low, worth.value, worth.high) == (0, 1.5, 3)


class TestTree:
    def test_nodes_in_the_order_of_the_file(self, game: Scenario) -> None:
        tree, stages = game_tree(game)
        assert tree == game.game_tree()
        assert tree.players == ("usa", "china", "russia")
        assert tree.terminals == IDS
        assert stages == ("china", "usa", "allies")
        assert [(n.player, n.label, n.moves, n.children) for n in tree.nodes] == [
            (1, "", ("none", "arms"), (~0, 1)),
            (0, "china=arms", ("warning", "banks"), (~1, 2)),
            (0, "china=arms/usa=banks", ("stay", "join"), (~2, ~3)),
        ]

    def test_without_stages_there_is_one_terminal(self) -> None:
        tree, stages = game_tree(
            scenario(GAME[: GAME.index("assumptions:")] + "actors: {usa: {label: U, economies: USA}}\n")
        )
        assert (tree.nodes, tree.terminals, stages) == ((), ("in-force",), ())

    def test_every_path_of_moves_leads_to_its_history(self) -> None:
        game = scenario(spoil(", ends: true", ""))
        tree, stages = game_tree(game)
        for number, history in enumerate(game.histories):
            place = 0
            for stage, move in history.moves:
                assert stages[place] == stage
                node = tree.nodes[place]
                place = node.children[node.moves.index(move)]
            assert ~place == number


class TestHorizonFactor:
    def test_multiplies_every_elasticity(self) -> None:
        world = scenario().world
        plain = scenario().horizon.theta(world.industries)
        twice = scenario().with_unknown("thetas", 2.0).horizon
        np.testing.assert_array_equal(twice.theta(world.industries), 2 * plain)
        assert twice.describe().endswith("all times 2")
        assert "times" not in scenario().horizon.describe()

    def test_with_elasticities_of_its_own(self) -> None:
        game = scenario(
            spoil("{trade_elasticity_factor: thetas}", "{trade_elasticity: 4, trade_elasticity_factor: thetas}")
        )
        half = game.with_unknown("thetas", 0.5).horizon
        assert set(half.theta(game.world.industries)) == {2.0}
        assert half.describe() == "long run, trade elasticity 4 in every industry, times 0.5"

    def test_out_of_bounds(self) -> None:
        with pytest.raises(
            InputError, match=r"Elasticities \(horizon.trade_elasticity_factor\) is 0; it must be greater"
        ):
            scenario().with_unknown("thetas", 0.0)
