"""`energy-bargain`: terms on which China buys Russian oil and gas, and what stops that.

What is pinned is qualitative, each with its reason; sizes are those of the notes, or set against arithmetic done here.
"""

from __future__ import annotations

import pytest
from solved_games import moves_played, payoffs_of, solve_position

import halys
from halys.answer.deterrence import describe_deterrence
from halys.answer.lines import describe_lines
from halys.answer.position import Position
from halys.authoring import check_scenario
from halys.scenario import Scenario, load_scenario

NAME = "energy-bargain"
ASKED = ("discount", "volume", "pipeline")
BARRELS = 2.14 * 365 / 1000
"""China's purchases of Russian crude oil in 2023, billion barrels: 2.14 million a day."""


@pytest.fixture(scope="module")
def scenario() -> Scenario:
    return load_scenario(NAME)


@pytest.fixture(scope="module")
def position(scenario: Scenario) -> Position:
    return solve_position(scenario)


def name_of(china: str, usa: str = "keep", europe: str = "joins") -> str:
    """A history in which Moscow takes what is asked for."""
    parts = [f"china={china}", *(["russia=accepts"] if china in ASKED else []), f"usa={usa}"]
    return "/".join([*parts, *([f"europe={europe}"] if usa in {"lower", "tankers", "producers"} else [])])


def billions(position: Position, history: str) -> dict[str, float]:
    """Real income of every actor in a history, billion USD a year."""
    row = position.tree.terminals.index(history)
    return dict(zip(position.actors, position.welfare_billion[row].tolist(), strict=True))


def gains(position: Position, history: str, over: str = name_of("market")) -> dict[str, float]:
    """What a history adds to the real income of every actor, over trade on the terms in force; billion USD a year."""
    base = billions(position, over)
    return {actor: value - base[actor] for actor, value in billions(position, history).items()}


class TestFile:
    def test_has_no_doubts_and_no_number_without_source(self, scenario: Scenario) -> None:
        found = check_scenario(scenario)
        assert (found["doubts"], found["numbers_without_source"]) == ([], [])
        assert len(scenario.histories) <= 150
        assert found["distinct"] <= 60

    def test_every_source_is_used_and_every_move_explains_itself(self, scenario: Scenario) -> None:
        for source in scenario.file.sources:
            assert scenario.text.count(source) > 1, source
        for moves in scenario.file.moves.values():
            assert all(move.mapping and move.sources for move in moves.values())

    def test_numbers_are_what_their_notes_compute(self, scenario: Scenario) -> None:
        values = {name: assumption.value for name, assumption in scenario.file.assumptions.items()}
        assert values["discount-asked"] == pytest.approx(4 * BARRELS, abs=0.05)
        assert values["savings-china"] == pytest.approx(4.34 / 0.75 / 2, abs=0.05)
        assert values["savings-others"] == pytest.approx((7.9 * 12 / 11 + 2.0) / 2, abs=0.05)
        assert values["lower-china"] == pytest.approx(0.06 * 0.35 * 64.37 * BARRELS, abs=0.05)
        assert 1.0 + values["concession-volume"] == pytest.approx((107.02 / 86.2) ** (1 / 13.53), abs=0.0005)

    def test_what_moscow_turns_down_leaves_trade_as_it_was(self, scenario: Scenario) -> None:
        market = scenario.history(name_of("market")).instruments
        for move in ASKED:
            held_out = scenario.history(f"china={move}/russia=holds-out/walk=buys-on")
            assert held_out.instruments == market


class TestEconomy:
    def test_a_discount_is_chinas_gain_and_russias_loss(self, position: Position) -> None:
        """A transfer of 3.1 billion dollars and a little more, by the terms of trade."""
        found = gains(position, name_of("discount"))
        assert found["china"] == pytest.approx(3.3, abs=0.1)
        assert found["russia"] == pytest.approx(-3.3, abs=0.1)

    @pytest.mark.parametrize(("move", "china", "russia"), [("volume", 0.43, -0.23), ("pipeline", 1.08, -0.80)])
    def test_a_concession_serves_china_and_costs_russia(self, position, move, china, russia) -> None:
        found = gains(position, name_of(move))
        assert found["china"] == pytest.approx(china, abs=0.03)
        assert found["russia"] == pytest.approx(russia, abs=0.03)

    def test_money_in_advance_alone_helps_russia(self, position: Position) -> None:
        found = gains(position, name_of("ahead"))
        assert found["russia"] == pytest.approx(3.9, abs=0.1)
        assert found["china"] == pytest.approx(-3.7, abs=0.1)
        assert all(gains(position, name_of(move))["russia"] < 0 for move in ASKED)

    def test_a_concession_draws_in_the_volume_that_it_is_sized_by(self, scenario: Scenario) -> None:
        """A quarter more, and 61 % more with the pipeline, before prices answer in full."""
        sold = {}
        for move in ("market", "volume", "pipeline"):
            instruments = scenario.history(name_of(move)).instruments
            found = halys.solve(scenario.world, instruments, horizon=scenario.horizon).data
            sold[move] = float(found["trade_flow"].sel(industry="B06", exporter="RUS", importer="CHN"))
        assert sold["volume"] / sold["market"] == pytest.approx(1.24, abs=0.08)
        assert sold["pipeline"] / sold["market"] == pytest.approx(1.61, abs=0.2)

    def test_a_lower_cap_is_a_present_to_those_who_buy(self, position: Position) -> None:
        """2.1 billion dollars from Russia, half of them to China, none to Washington."""
        found = gains(position, name_of("market", "lower", "stays-out"))
        assert found["russia"] == pytest.approx(-2.2, abs=0.1)
        assert found["china"] == pytest.approx(1.2, abs=0.1)
        assert found["buyers"] == pytest.approx(1.1, abs=0.1)
        assert abs(found["usa"]) < 0.05

    def test_tankers_and_producers_cost_seller_and_buyer(self, position: Position) -> None:
        tankers, producers = (gains(position, name_of("market", usa, "stays-out")) for usa in ("tankers", "producers"))
        for actor in ("russia", "china", "buyers"):
            assert producers[actor] < tankers[actor] < 0, actor

    def test_tariffs_on_china_spare_russia(self, position: Position) -> None:
        found = gains(position, name_of("market", "buyers"))
        assert found["china"] < -15
        assert found["usa"] < -8
        assert abs(found["russia"]) < 0.5

    def test_staying_away_costs_both(self, position: Position) -> None:
        found = gains(position, "china=away")
        assert found["china"] < 0
        assert found["russia"] < 0
        assert found["buyers"] > 0


class TestGame:
    def test_trade_goes_on_at_the_terms_in_force_and_the_cap_comes_down(self, position: Position) -> None:
        assert moves_played(position) == {"china": "market", "usa": "lower", "europe": "joins"}

    @pytest.mark.parametrize("move", ASKED)
    def test_moscow_holds_out_because_beijing_would_buy_on(self, position: Position, move: str) -> None:
        """Washington lowers the cap either way; the best that Moscow could get by accepting is the cap as it is."""
        buys_on, stays_away = (
            payoffs_of(position, f"china={move}/russia=holds-out/walk={walk}") for walk in ("buys-on", "stays-away")
        )
        assert buys_on["china"] > stays_away["china"]
        accepted = payoffs_of(position, name_of(move))
        assert accepted["russia"] < buys_on["russia"]
        assert accepted["russia"] > stays_away["russia"], "a threat that was believed would be enough"

    def test_no_threat_deters_help_in_money(self, position: Position) -> None:
        """What would be enough is not worth its cost to Washington; the lower cap comes below the line as well."""
        found = describe_deterrence(position)
        assert found is not None
        cells = {m["move"]: {c["reply"]: c for c in m["cells"]} for m in found["moves"]}["ahead"]
        assert not any(cell["deters"] for cell in cells.values())
        assert (cells["buyers"]["sufficient"], cells["buyers"]["credible"]) == (True, False)
        assert (cells["lower"]["credible"], cells["lower"]["assured"]) == (True, False)

    def test_only_what_the_war_is_worth_to_beijing_brings_it_to_pay(self, position: Position) -> None:
        """0.13 of certainty against 0.2 of standing and four billion dollars."""
        (line,) = (line for line in describe_lines(position) if line["stake"] == "russia-undefeated")
        assert [piece["move"] for piece in line["pieces"]][-1] == "ahead"
        assert 0.55 < line["pieces"][-1]["low"] < 0.9
