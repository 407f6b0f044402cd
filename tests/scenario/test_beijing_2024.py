"""The bundled scenario of Beijing in May 2024: what it holds, and the results that it stands for.

Results are checked by a backward induction of this file over the payoffs of all histories, which knows nothing of the
engine's trees: the actor of the next stage takes the best move, the first of equals, in each course of the war.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pytest

import halys
from halys.answer.deterrence import describe_deterrence
from halys.answer.position import Position, locate
from halys.authoring import check_scenario
from halys.measures import Quantity
from halys.scenario import Scenario, all_numbers, bundled_scenarios, load_scenario, numbers_without_source
from halys.solving import Job, solve_batch

NAME = "beijing-2024"
STATES = ("moscow", "stalemate", "kyiv")
CROSSES = {"supplies", "expanded", "arms"}
FRONT = {"dprk": "shells", "momentum": "stalemate"}
"""What is played up to Beijing's decision, in the likeliest course of the war."""


@pytest.fixture(scope="module")
def scenario() -> Scenario:
    return load_scenario(NAME)


def change(outcome: halys.Outcome) -> np.ndarray:
    """Equivalent variation by economy, billion USD a year."""
    return np.asarray(outcome.equivalent_variation)


@pytest.fixture(scope="module")
def position(scenario: Scenario) -> Position:
    """The game on the reference closure, solved once; the sensitivities of a whole run are not needed here."""
    first, own = scenario.distinct
    jobs = [Job(tuple(history.instruments), "fixed", scenario.horizon) for history in first]
    found = list(solve_batch(scenario.world, jobs, change))
    income = np.asarray(scenario.world.income) / 1000.0
    return locate(scenario, np.array(found), income, np.asarray(own))


@dataclass(frozen=True)
class Game:
    """Histories as moves by stage, payoffs (history, actor) in % of income, and real income in billions."""

    scenario: Scenario
    histories: list[dict[str, str]]
    payoff: np.ndarray
    billion: np.ndarray

    def play(self, **fixed: str) -> int:
        """Index of the history that is played where these moves are made, the course of the war among them."""
        here = [n for n, h in enumerate(self.histories) if all(h.get(stage) == m for stage, m in fixed.items())]
        assert here, fixed
        return self._from(here, [stage.id for stage in self.scenario.file.stages])

    def _from(self, here: list[int], stages: list[str]) -> int:
        if len(here) == 1:
            return here[0]
        stage, rest = stages[0], stages[1:]
        moves = list(dict.fromkeys(self.histories[n].get(stage) for n in here))
        ends = [self._from([n for n in here if self.histories[n].get(stage) == m], rest) for m in moves]
        if len(ends) == 1:
            return ends[0]
        actor = next(s.actor for s in self.scenario.file.stages if s.id == stage)
        assert actor is not None, "the course of the war is to be fixed"
        best = max(self.payoff[n, self.at(actor)] for n in ends)
        return next(n for n in ends if self.payoff[n, self.at(actor)] >= best - 1e-9)

    def at(self, actor: str) -> int:
        return list(self.scenario.file.actors).index(actor)

    def of(self, history: int, actor: str) -> float:
        """Real income of an actor, billion USD a year."""
        return float(self.billion[history, self.at(actor)])

    def income(self, actor: str) -> float:
        """Baseline final spending of an actor, billion USD a year."""
        world = self.scenario.world
        return float(world.income[world.positions(self.scenario.actor_economies[actor])].sum()) / 1000.0

    def worth(self, history: int, actor: str) -> float:
        return float(self.payoff[history, self.at(actor)])


@pytest.fixture(scope="module")
def game(position: Position) -> Game:
    assert len(position.rows) == len(position.scenario.histories), "every history has an equilibrium"
    order = np.argsort(position.rows)
    histories = [dict(history.moves) for history in position.scenario.histories]
    return Game(position.scenario, histories, position.payoffs.total()[order], position.welfare_billion[order])


class TestFile:
    def test_is_bundled_and_every_number_has_a_source(self, scenario: Scenario) -> None:
        assert NAME in bundled_scenarios()
        check_scenario(scenario)
        assert numbers_without_source(scenario.file) == []

    def test_every_source_is_named_somewhere(self, scenario: Scenario) -> None:
        text = scenario.text
        unused = [id_ for id_ in scenario.file.sources if text.count(id_) < 2]
        assert unused == []

    def test_ranges_hold_their_values(self, scenario: Scenario) -> None:
        for path, number in all_numbers(scenario.file):
            if isinstance(number, float | int) or number.low is None or number.high is None:
                continue
            assert number.low <= number.value <= number.high, path

    def test_has_a_number_and_a_move_that_no_other_has(self, scenario: Scenario) -> None:
        """The mark-up that Russia pays China, and the break with a partner that crossed the nuclear line."""
        for other in (load_scenario(name) for name in bundled_scenarios() if name != NAME):
            assert "markup" not in (other.file.assumptions or {})
            assert "red-line" not in other.file.moves
            assert all(stage.id != "momentum" or stage.actor is not None for stage in other.file.stages)
        assert "markup" in scenario.file.assumptions
        assert "breaks" in scenario.file.moves["red-line"]

    def test_actors_without_an_economy_move(self, scenario: Scenario) -> None:
        assert {"dprk", "iran"} <= set(scenario.file.actors)
        assert not scenario.file.actors["dprk"].economies
        assert not scenario.file.actors["iran"].economies
        assert {stage.actor for stage in scenario.file.stages} >= {"dprk", "iran"}

    def test_what_was_seen_is_a_history(self, scenario: Scenario) -> None:
        """Goods and no arms, firms listed and no bank, the tariffs; no European duties in May, duties in October."""
        for duties in ("none", "duties"):
            seen = {"dprk": "shells", "momentum": "moscow", "china": "supplies", "usa": "listings", "duties": duties}
            assert seen in [dict(history.moves) for history in scenario.histories]

    def test_size(self, scenario: Scenario) -> None:
        measures = {tuple(map(repr, history.measures)) for history in scenario.histories}
        assert len(scenario.histories) <= 500
        assert len(measures) <= 75


class TestPlay:
    def test_goods_go_on_where_the_front_holds_and_firms_are_listed(self, game: Game, position: Position) -> None:
        """The middle of every range gives what was seen: supplies, listings, the tariffs; and later the duties."""
        played = game.histories[game.play(dprk="shells", momentum="stalemate")]
        assert (played["china"], played["usa"], played["duties"]) == ("supplies", "listings", "duties")
        assert position.history(position.play.terminal) == "/".join(f"{stage}={move}" for stage, move in played.items())
        assert played["dprk"] == "shells", "and Pyongyang sends them of its own accord"

    def test_beijing_puts_distance_between_itself_and_a_losing_friend(self, game: Game) -> None:
        choices = [game.histories[game.play(dprk="shells", momentum=state)]["china"] for state in STATES]
        assert choices == ["supplies", "supplies", "distance"]

    def test_momentum_moves_the_line(self, game: Game) -> None:
        """What crossing is worth over staying below rises with the war: validated by gains, a burden in defeat."""
        gains = []
        for state in STATES:
            ends = {m: game.play(dprk="shells", momentum=state, china=m) for m in game.scenario.file.moves["china"]}
            worth = {m: game.worth(n, "china") for m, n in ends.items()}
            crossed = max(w for m, w in worth.items() if m in CROSSES)
            gains.append(crossed - max(w for m, w in worth.items() if m not in CROSSES))
        assert gains[0] > gains[1] > 0 > gains[2]

    def test_shells_from_pyongyang_make_the_branch_rarer_in_which_beijing_steps_back(self, scenario: Scenario) -> None:
        kyiv = scenario.file.moves["momentum"]["kyiv"]
        (case,) = kyiv.cases
        assert dict(case.when) == {"dprk": ["shells"]} or dict(case.when) == {"dprk": "shells"}
        with_shells, without = case.probability, kyiv.probability
        assert isinstance(with_shells, Quantity)
        assert isinstance(without, Quantity)
        assert with_shells.value < without.value

    def test_moscow_abstains_because_beijing_would_break(self, game: Game) -> None:
        fixed = {"dprk": "shells", "momentum": "kyiv", "china": "supplies"}
        assert game.histories[game.play(**fixed, nuclear="uses")]["red-line"] == "breaks"
        assert game.histories[game.play(**fixed)]["nuclear"] == "abstains"
        stood_by = game.play(**fixed, nuclear="uses", **{"red-line": "stands-by"})
        assert game.worth(stood_by, "russia") > game.worth(game.play(**fixed, nuclear="uses"), "russia")


class TestPricedIn:
    def test_the_tariffs_come_whatever_beijing_does(self, game: Game) -> None:
        """Washington likes them better than words after every move of China: they pay, and serve another aim."""
        for state in STATES:
            for move in game.scenario.file.moves["china"]:
                fixed = {"dprk": "shells", "momentum": state, "china": move}
                words, tariffs = (game.play(**fixed, usa=reply) for reply in ("words", "tariffs"))
                assert game.worth(tariffs, "usa") > game.worth(words, "usa"), fixed
                assert game.of(tariffs, "usa") > game.of(words, "usa"), fixed
                assert game.histories[game.play(**fixed)]["usa"] != "words", fixed

    def test_so_they_do_not_deter_and_the_threat_to_a_large_bank_is_not_credible(self, position: Position) -> None:
        found = describe_deterrence(position)
        assert found is not None
        cells = {m["move"]: {c["reply"]: c for c in m["cells"]} for m in found["moves"]}
        for crossing in cells.values():
            tariffs, large = crossing["tariffs"], crossing["large-bank"]
            assert (tariffs["credible"], tariffs["assured"], tariffs["deters"]) == (True, False, False)
            assert (large["credible"], large["assured"], large["deters"]) == (False, True, False)
        assert cells["supplies"]["large-bank"]["sufficient"], "carried out, it would have been enough"

    def test_where_moscow_loses_the_tariffs_would_be_enough_and_still_do_not_deter(self, game: Game) -> None:
        """The price of ill-assured threats alone: sufficient and credible, but they fall on the just as well."""
        fixed = {"dprk": "shells", "momentum": "kyiv"}
        crossed = game.play(**fixed, china="supplies", usa="tariffs")
        stays = [m for m in game.scenario.file.moves["china"] if m not in CROSSES]
        best = max((game.play(**fixed, china=m) for m in stays), key=lambda n: game.worth(n, "china"))
        assert game.worth(crossed, "china") < game.worth(best, "china")
        assert game.histories[best]["usa"] == "tariffs"

    def test_where_moscow_gains_not_even_a_large_bank_is_enough(self, game: Game) -> None:
        fixed = {"dprk": "shells", "momentum": "moscow"}
        stays = [m for m in game.scenario.file.moves["china"] if m not in CROSSES]
        best = max(game.worth(game.play(**fixed, china=m), "china") for m in stays)
        assert game.worth(game.play(**fixed, china="supplies", usa="large-bank"), "china") > best


class TestEconomics:
    def test_goods_for_russia_pay_china_and_help_russia(self, game: Game) -> None:
        """A mark-up of 1.0 billion dollars and a few hundred million of gains from trade; Russia gains more."""
        none, seen, more = (game.play(**FRONT, china=m, usa="words") for m in ("political", "supplies", "expanded"))
        assert 1.0 < game.of(seen, "china") - game.of(none, "china") < 3
        assert game.of(more, "china") > game.of(seen, "china")
        assert 1 < game.of(seen, "russia") - game.of(none, "russia") < 6
        assert game.of(more, "russia") > game.of(seen, "russia")

    def test_arms_cost_china_about_what_it_gives(self, game: Game) -> None:
        arms, more = (game.play(**FRONT, china=m, usa="words") for m in ("arms", "expanded"))
        assert game.of(arms, "china") - game.of(more, "china") == pytest.approx(-3.1, abs=0.3)

    def test_each_heavier_answer_costs_china_more(self, game: Game) -> None:
        replies = ("words", "tariffs", "listings", "banks", "large-bank")
        losses = [game.of(game.play(**FRONT, china="supplies", usa=reply), "china") for reply in replies]
        assert losses == sorted(losses, reverse=True)
        assert 3 < losses[0] - losses[-1] < 40, "billions, not hundreds: one bank, not all"

    def test_a_bank_cut_off_costs_its_sender_and_tariffs_of_this_size_pay_it(self, game: Game) -> None:
        words, tariffs, large = (
            game.of(game.play(**FRONT, china="supplies", usa=reply), "usa")
            for reply in ("words", "tariffs", "large-bank")
        )
        assert 0 < tariffs - words < 2.6, "less than the duty on 13.5 billion dollars of goods"
        assert large < words

    def test_tighter_banks_cost_both(self, game: Game) -> None:
        near, far = (game.play(**FRONT, china=m, usa="words") for m in ("political", "distance"))
        assert game.of(far, "china") < game.of(near, "china")
        assert game.of(far, "russia") < game.of(near, "russia")

    def test_duties_and_the_answer_to_them_hit_berlin_more_than_the_rest(self, game: Game) -> None:
        """German cars are what China answers to; the rest of the Union decides, and hardly loses."""
        none, duties = (
            game.play(**FRONT, china="supplies", usa="listings", duties=move) for move in ("none", "duties")
        )
        change = {
            actor: (game.of(duties, actor) - game.of(none, actor)) / game.income(actor)
            for actor in ("berlin", "europe")
        }
        assert game.of(duties, "china") < game.of(none, "china")
        assert change["berlin"] < change["europe"]

    def test_russias_loss_is_of_the_order_in_print(self, game: Game) -> None:
        """1.4 to 1.9 % are printed for the sanctions in force; with goods from China it is less."""
        loss = -game.of(game.play(**FRONT), "russia") / game.income("russia")
        assert 0.008 < loss < 0.02
