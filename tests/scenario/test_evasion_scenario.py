"""`evasion`: hubs, secondary sanctions on them, actors outside the dollar.

What is pinned is qualitative, each with its reason, and the few sizes that the notes of the file state.
"""

from __future__ import annotations

from functools import cache

import pytest
from solved_games import moves_played, payoffs_of, solve_position

import halys
from halys.answer.lines import describe_lines
from halys.answer.position import Position
from halys.authoring import check_scenario
from halys.scenario import Scenario, load_scenario
from halys.scenario.overrides import load_overridden

HUBS = {"turkiye": "TUR", "emirates": "ARE", "kazakhstan": "KAZ"}
OUTSIDE = ("iran", "dprk")


@pytest.fixture(scope="module")
def scenario() -> Scenario:
    return load_scenario("evasion")


@pytest.fixture(scope="module")
def position(scenario: Scenario) -> Position:
    return solve_position(scenario)


def name_of(passing: str = "", usa: str = "appeals", checks: str = "trust", iran: str = "nothing") -> str:
    """A history where these hubs, by first letter, pass goods on; North Korea holds back."""
    hubs = [f"{hub}={'passes' if hub[0] in passing else 'stops'}" for hub in HUBS]
    return "/".join([*hubs, f"usa={usa}", f"checks={checks}", f"iran={iran}", "dprk=nothing"])


@cache
def billions(history: str, *settings: str) -> dict[str, float]:
    """Equivalent variation of every actor with an economy, billion USD a year."""
    loaded, _ = load_overridden("evasion", list(settings))
    outcome = halys.solve(loaded.world, loaded.history(history).instruments, horizon=loaded.horizon)
    actors = {name: actor.economies for name, actor in loaded.file.actors.items() if actor.economies}
    return {name: outcome.total(economies).billion_usd for name, economies in actors.items()}


class TestFile:
    def test_has_no_doubts_and_no_number_without_source(self, scenario):
        found = check_scenario(scenario)
        assert (found["doubts"], found["numbers_without_source"]) == ([], [])
        assert found["distinct"] * len(found["closures"]) <= 150

    def test_every_source_is_used_and_every_move_explains_itself(self, scenario):
        for source in scenario.file.sources:
            assert scenario.text.count(source) > 1, source
        for moves in scenario.file.moves.values():
            assert all(move.mapping and move.sources for move in moves.values())

    def test_only_north_korea_and_iran_have_no_economy(self, scenario):
        assert [name for name, actor in scenario.file.actors.items() if not actor.economies] == list(OUTSIDE)


class TestEconomy:
    @pytest.mark.parametrize("hub", HUBS)
    def test_passing_on_pays_the_hub_and_relieves_russia(self, hub):
        """The margin is rent, and a detour undoes part of a ban."""
        stops, passes = billions(name_of()), billions(name_of(hub[0]))
        assert passes[hub] > stops[hub]
        assert passes["russia"] > stops["russia"]
        assert passes["russia"] < 0

    @pytest.mark.parametrize(
        ("hub", "earns", "loses"), [("turkiye", 0.32, 7.7), ("emirates", 0.12, 22.6), ("kazakhstan", 0.12, 4.1)]
    )
    def test_sizes_of_the_notes(self, hub, earns, loses):
        stops, passes = billions(name_of()), billions(name_of(hub[0]))
        banks = billions(name_of(hub[0], usa="banks"))
        assert passes[hub] - stops[hub] == pytest.approx(earns, abs=0.006)
        assert stops[hub] - banks[hub] == pytest.approx(loses, abs=0.06)

    def test_a_cut_off_costs_what_friction_and_dollars_make_of_it(self):
        """Friction × part in dollars × trade bounds the loss from above: buyers and sellers move away from it."""
        world = halys.load_world()
        k = world.economies.index("TUR")
        home = world.flows[:, k, k].sum()
        trade = (world.flows[:, k, :].sum() + world.flows[:, :, k].sum() - 2 * home) * world.unit / 1e9
        loss = billions(name_of("t"))["turkiye"] - billions(name_of("t", usa="banks"))["turkiye"]
        assert 0.3 * 0.05 * 0.5 * trade < loss < 0.05 * 0.5 * trade

    def test_a_hub_is_hurt_more_by_more_friction(self):
        low, high = (
            billions(name_of("t", usa="banks"), f"assumptions.friction.value={f}")["turkiye"] for f in (0.01, 0.1)
        )
        assert high < low < billions(name_of("t"))["turkiye"]

    def test_checks_pay_and_banks_do_not_by_russias_loss_alone(self):
        """1.6 dollars of Russia's for one of the partners'; 4.5 of the senders' for one of Russia's."""
        free, checks = billions(name_of("tek")), billions(name_of("tek", checks="checks"))
        assert free["russia"] - checks["russia"] == pytest.approx(0.39, abs=0.01)
        assert free["partners"] - checks["partners"] == pytest.approx(0.25, abs=0.01)
        banks = billions(name_of("tek", usa="banks"))
        lost = sum(free[sender] - banks[sender] for sender in ("usa", "partners"))
        assert lost == pytest.approx(6.3, abs=0.1)
        assert free["russia"] - banks["russia"] == pytest.approx(1.4, abs=0.05)

    def test_networks_outside_the_dollar_undo_a_part_of_the_cut_off(self):
        banks, open_way = (billions(name_of("tek", usa="banks", iran=iran)) for iran in ("nothing", "networks"))
        assert banks["russia"] < open_way["russia"] < billions(name_of("tek"))["russia"]

    def test_networks_do_nothing_where_banks_are_open(self, scenario):
        nothing, networks = (scenario.history(name_of("tek", iran=iran)) for iran in ("nothing", "networks"))
        assert nothing.instruments == networks.instruments


class TestGame:
    def test_the_ally_passes_goods_on_and_the_others_stop(self, position):
        """Washington would cut off the two that are no allies; Türkiye alone is not worth an estranged ally to it."""
        assert moves_played(position) == {
            "turkiye": "passes",
            "emirates": "stops",
            "kazakhstan": "stops",
            "usa": "appeals",
            "checks": "checks",
            "iran": "drones",
            "dprk": "shells",
        }

    @pytest.mark.parametrize(("hub", "believed"), [("turkiye", False), ("emirates", True), ("kazakhstan", True)])
    def test_a_cut_off_would_stop_every_hub_but_is_not_believed_of_the_ally(self, position, hub, believed):
        passes, banks = (payoffs_of(position, name_of(hub[0], usa=usa)) for usa in ("appeals", "banks"))
        assert banks[hub] < payoffs_of(position, name_of())[hub] < passes[hub]
        assert (banks["usa"] > passes["usa"]) == believed

    def test_goodwill_holds_turkiye_not_the_margin(self, position):
        """With checks on its trade, passing costs Türkiye income: below a threshold of goodwill it stops."""
        (line,) = (line for line in describe_lines(position) if line["stake"] == "goodwill")
        assert [piece["move"] for piece in line["pieces"]] == ["stops", "passes"]
        assert 0.03 < line["pieces"][0]["high"] < 0.08

    @pytest.mark.parametrize("actor", OUTSIDE)
    def test_no_step_of_washington_moves_those_outside_the_dollar(self, position, actor):
        """What they get and risk hangs on their own move alone."""
        n, total = position.actors.index(actor), position.payoffs.total()
        worth: dict[str | None, set[float]] = {}
        for terminal in range(len(position.tree.terminals)):
            worth.setdefault(position.move_at(terminal, actor), set()).add(round(float(total[terminal, n]), 9))
        assert len(worth) > 1
        assert all(len(found) == 1 for found in worth.values())

    def test_their_arms_outweigh_what_passes_the_hubs(self, scenario):
        values = {name: assumption.value for name, assumption in scenario.file.assumptions.items()}
        hubs = sum(values[f"through-{hub}"] for hub in HUBS)
        assert values["shells"] + values["drones"] < hubs < 0
        assert -12.5 * hubs == pytest.approx(1.45, abs=0.01)
        assert -12.5 * (values["shells"] + values["drones"]) == pytest.approx(2.05, abs=0.01)
