"""`iron-curtain`: two blocs, payments and reserves split, third countries choose a side.

What is pinned is qualitative, each with its reason, and the sizes that the notes compare with published studies.
"""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest
from solved_games import moves_played, payoffs_of, solve_position

import halys
from halys.answer.deterrence import describe_deterrence
from halys.answer.lines import describe_lines
from halys.answer.position import Position
from halys.authoring import check_scenario
from halys.scenario import Scenario, load_scenario
from halys.scenario.overrides import load_overridden

NOBODY = "europe=stays-out/allies=stay-out"
ALL = "europe=joins/allies=join"
BETWEEN = {"southeast-asia": "between", "gulf": "between", "india": "between"}


@pytest.fixture(scope="module")
def scenario() -> Scenario:
    return load_scenario("iron-curtain")


@pytest.fixture(scope="module")
def position(scenario: Scenario) -> Position:
    return solve_position(scenario)


def curtain(allies: str = "join", **sides: str) -> str:
    """Both draw the curtain and Europe joins; `sides` of those between."""
    taken = BETWEEN | {name.replace("_", "-"): side for name, side in sides.items()}
    thirds = "/".join(f"{name}={side}" for name, side in taken.items())
    return f"usa=curtain/europe=joins/allies={allies}/china=curtain/{thirds}"


PLAYED = curtain("stay-out")


@cache
def percents(history: str, *settings: str, without: str = "", closure: str = "fixed") -> dict[str, float]:
    """Equivalent variation of every actor, of the sanctioning economies and the world, % of final spending."""
    loaded, _ = load_overridden("iron-curtain", list(settings))
    measures = [m for m in loaded.history(history).instruments if m.instrument != without]
    outcome = halys.solve(loaded.world, measures, horizon=loaded.horizon, closure=closure)
    groups = {name: actor.economies for name, actor in loaded.file.actors.items()}
    groups |= {"west": "coalition_2022", "world": "all"}
    return {name: outcome.total(economies).percent for name, economies in groups.items()}


class TestFile:
    def test_has_no_doubts_and_no_number_without_source(self, scenario):
        found = check_scenario(scenario)
        assert (found["doubts"], found["numbers_without_source"]) == ([], [])
        assert found["distinct"] <= 150

    def test_every_source_is_used_and_every_move_explains_itself(self, scenario):
        for source in scenario.file.sources:
            assert scenario.text.count(source) > 1, source
        for moves in scenario.file.moves.values():
            assert all(move.mapping and move.sources for move in moves.values())


class TestEconomy:
    def test_each_step_of_washington_costs_china_more(self):
        losses = [
            percents("usa=open")["china"],
            percents("usa=tariffs/china=absorbs")["china"],
            percents(f"usa=technology/{NOBODY}/china=absorbs")["china"],
            percents(f"usa=curtain/{NOBODY}/china=absorbs")["china"],
        ]
        assert losses == sorted(losses, reverse=True)
        assert losses[0] == pytest.approx(0, abs=1e-9)

    @pytest.mark.parametrize("number", ["curtain-tariff", "curtain-reach", "lost-productivity", "friction"])
    def test_china_loses_more_the_severer_the_curtain(self, scenario, number):
        found = scenario.file.assumptions[number]
        mild, severe = (percents(PLAYED, f"assumptions.{number}.value={end}") for end in (found.low, found.high))
        assert severe["china"] < mild["china"] < 0
        assert severe["world"] < mild["world"]

    def test_the_freeze_pays_three_quarters_of_the_curtain(self):
        """A transfer of 54 billion dollars to America; the world as a whole loses nothing by it."""
        with_it, without = percents(PLAYED), percents(PLAYED, without="reserve_freeze")
        assert with_it["usa"] == pytest.approx(-0.08, abs=0.01)
        assert without["usa"] == pytest.approx(-0.30, abs=0.01)
        assert with_it["world"] == pytest.approx(without["world"], abs=0.005)

    def test_a_currency_that_few_hold_cuts_off_nobody(self):
        """America loses twenty times less by the cut from renminbi than China by the cut from dollars."""
        world = halys.load_world()
        cut = {"friction": 0.05, "finance": 0}
        dollars = halys.FinancialCutOff(senders="USA", targets=["CHN", "HKG"], cleared=0.65, **cut)
        yuan = halys.FinancialCutOff(senders=["CHN", "HKG"], targets="USA", cleared=0.02, **cut)
        china = halys.solve(world, dollars).total(["CHN", "HKG"]).billion_usd
        america = halys.solve(world, yuan).total("USA").billion_usd
        assert china < 20 * america < 0

    @pytest.mark.parametrize(
        ("history", "settings", "world"),
        [
            (PLAYED, (), -0.64),
            (PLAYED, ("assumptions.lost-productivity.value=0",), -0.39),
            (PLAYED, ("assumptions.lost-productivity.value=0.24",), -1.4),
            (curtain(), (), -0.85),
            (curtain(), ("assumptions.lost-productivity.value=0",), -0.60),
            (curtain(), ("assumptions.lost-productivity.value=0.24",), -1.7),
            (
                curtain(),
                ("assumptions.lost-productivity.value=0.24", "assumptions.trade-elasticities.value=0.5"),
                -2.1,
            ),
        ],
    )
    def test_sizes_of_the_notes(self, history, settings, world):
        """Inside the 0.2 to 7 % of the studies that the International Monetary Fund reviewed, at their lower end."""
        assert percents(history, *settings)["world"] == pytest.approx(world, rel=0.03)
        assert -7 < world < -0.2

    def test_both_blocs_lose_and_the_east_loses_more(self):
        """As in Felbermayr and others (2022): -3.9 % and -1.3 % where nearly all trade ends."""
        found = percents(curtain())
        assert found["china"] == pytest.approx(-3.3, abs=0.05)
        assert found["west"] == pytest.approx(-0.28, abs=0.01)

    def test_balanced_trade_changes_little(self):
        found = percents(PLAYED, closure="balanced")
        assert found["usa"] == pytest.approx(-0.04, abs=0.01)
        assert found["china"] == pytest.approx(-2.5, abs=0.05)

    @pytest.mark.parametrize(
        ("third", "side", "cost"),
        [
            ("southeast-asia", "east", 4.1),
            ("southeast-asia", "west", 1.0),
            ("gulf", "east", 6.8),
            ("gulf", "west", 0.9),
            ("india", "west", 0.1),
        ],
    )
    def test_what_choosing_a_side_costs(self, third, side, cost):
        """The West is the larger market, and the dollar goes with it."""
        between, taken = percents(PLAYED), percents(curtain("stay-out", **{third.replace("-", "_"): side}))
        assert between[third] - taken[third] == pytest.approx(cost, abs=0.1)


class TestGame:
    def test_washington_draws_the_curtain_and_nobody_between_chooses(self, position):
        assert moves_played(position) == {
            "usa": "curtain",
            "europe": "joins",
            "allies": "stay-out",
            "china": "curtain",
            "southeast-asia": "between",
            "gulf": "between",
            "india": "between",
        }

    def test_it_is_drawn_only_for_the_sake_of_holding_the_rival_back(self, position):
        """Every step costs America income, so that it takes none where China's loss is worth nothing to it."""
        (line,) = (line for line in describe_lines(position) if line["stake"] == "rival")
        assert line["pieces"][0]["move"] == "open"
        assert line["pieces"][-1]["move"] == "curtain"
        assert 0.1 < line["pieces"][-1]["low"] < 0.25

    def test_no_answer_of_beijing_deters_it(self, position):
        found = describe_deterrence(position)
        assert found is not None
        assert not any(cell["deters"] for move in found["moves"] for cell in move["cells"])

    @pytest.mark.parametrize("start", ["usa=tariffs", f"usa=technology/{ALL}", f"usa=curtain/{ALL}"])
    def test_beijing_never_bears_it_in_silence(self, position, start):
        """To answer in kind costs China less than silence is worth to it."""
        silent, answers = (payoffs_of(position, f"{start}/china={move}") for move in ("absorbs", "answers"))
        assert answers["china"] > silent["china"]

    @pytest.mark.parametrize(("third", "tie"), [("southeast-asia", "southeast-east"), ("gulf", "gulf-east")])
    def test_nobody_between_would_go_east_at_any_value_of_its_stakes(self, position, third, tie):
        """The whole range of ties is worth less than the larger market and the dollar are."""
        n, rows = position.actors.index(third), position.tree.terminals
        between, east = (
            rows.index(PLAYED.replace(f"{third}=between", f"{third}={side}")) for side in ("between", "east")
        )
        loss = np.subtract(*position.payoffs.welfare[[between, east], n])
        assert loss > position.payoffs.high[position.stakes.index(tie)]
