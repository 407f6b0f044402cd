"""Large shocks on the real table: they converge to 1e-10, or the refusal names the economy and the product.

Elasticity 5 everywhere unless said otherwise: the default elasticities reach 64.85, which is tested apart.
"""

from __future__ import annotations

import numpy as np
import pytest

import halys
from halys.economy import Shock, calibrate_baseline, solve_equilibrium
from halys.errors import InfeasibleError
from worlds import FIVE, gaps, make_world, pairs, random_pairs

COALITION = "coalition_2022"


def percent(outcome, economy: str) -> float:
    return outcome.total(economy).percent


def both_ways(one, other, **options):
    return [
        halys.Ban(exporters=one, importers=other, **options),
        halys.Ban(exporters=other, importers=one, **options),
    ]


def converged(outcome) -> bool:
    return outcome.solver.status == "converged" and outcome.solver.largest_residual <= 1e-10


# Shocks that must converge --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("closure", ["fixed", "proportional", "balanced"])
def test_tariffs_between_the_usa_and_china(world, closure):
    measures = [
        halys.Tariff(exporters="USA", importers="CHN", rate=0.2),
        halys.Tariff(exporters="CHN", importers="USA", rate=0.2),
    ]
    outcome = halys.solve(world, measures, horizon=FIVE, closure=closure)
    assert converged(outcome)
    assert outcome.solver.newton_steps == 0


@pytest.mark.parametrize("industries", ["goods", "all"])
@pytest.mark.parametrize("closure", ["fixed", "proportional", "balanced"])
def test_complete_embargo_of_russia(world, closure, industries):
    """Both ways, coverage 1: no flow is left to the bit, every equation holds, Russia loses more than the coalition."""
    outcome = halys.solve(
        world, both_ways(COALITION, "RUS", coverage=1.0, industries=industries), horizon=FIVE, closure=closure
    )
    assert converged(outcome)
    found = gaps(outcome.world, outcome.equilibrium)
    assert max(found.values()) < 1e-8, found
    flows = outcome.data["trade_flow"].sel(
        industry=list(world.select(industries, "industry")), exporter="RUS", importer=list(world.select(COALITION))
    )
    assert float(flows.sum()) == 0.0
    assert percent(outcome, "RUS") < 5.0 * percent(outcome, COALITION) < 0.0


def test_dependence_on_one_supplier_shows(world):
    """Slovakia buys 98 % of its crude oil and gas from Russia and makes almost none. An embargo costs it more than
    Russia: a loss of several per cent is what an elasticity of 5 says of a share of 98 %, not a fault of the
    solver."""
    b06, slovakia = world.industries.index("B06"), world.economies.index("SVK")
    assert world.trade_share[b06, world.economies.index("RUS"), slovakia] > 0.95
    outcome = halys.solve(world, both_ways(COALITION, "RUS", coverage=1.0, industries="goods"), horizon=FIVE)
    assert percent(outcome, "SVK") < percent(outcome, "RUS")
    assert int(outcome.equilibrium.real_income.argmin()) == slovakia


@pytest.mark.parametrize(("closure", "loss"), [("fixed", -2.3), ("balanced", -1.7)])
def test_surplus_makes_the_embargo_dearer(world, closure, loss):
    """A fixed surplus of 15 % of value added must still be shipped under embargo: −2.3 % against −1.7 % with balanced
    trade, a complete embargo on goods both ways. 0.05 is half of the last digit of these trial runs."""
    measures = both_ways(COALITION, "RUS", coverage=1.0, industries="goods")
    assert percent(halys.solve(world, measures, horizon=FIVE, closure=closure), "RUS") == pytest.approx(loss, abs=0.05)


@pytest.mark.slow
def test_fifty_random_worlds_of_trade_costs(world):
    """Iceberg shocks of 0 to 50 % on every pair and industry, drawn anew fifty times: all converge to 1e-10."""
    b, theta = calibrate_baseline(world), np.full(50, 5.0)
    for seed in range(50):
        q = solve_equilibrium(b, theta, Shock(iceberg=random_pairs(world, seed, 1.0, 1.5, 1.0)))
        assert q.solution.largest <= 1e-10
        assert (q.real_income < 1.0).all()


@pytest.mark.parametrize("theta", [0.5, 0.76, 2.0, 50.0])
@pytest.mark.parametrize("case", ["tariffs", "trade costs", "ban"])
def test_extreme_elasticities(world, theta, case):
    """From far below to far above the estimates. Trade costs are kept to 5 % at 50, where 1.05 ** 50 = 11.5."""
    pair = {"exporters": "USA", "importers": "CHN"}
    shocks = {
        "tariffs": [halys.Tariff(**pair, rate=0.2), halys.Tariff(exporters="CHN", importers="USA", rate=0.2)],
        "trade costs": [halys.TradeCost(exporters="all", importers="all", factor=1.05)],
        "ban": both_ways(COALITION, "RUS", coverage=0.5, industries="goods"),
    }
    outcome = halys.solve(world, shocks[case], horizon=halys.Horizon.long(trade_elasticity=theta))
    assert converged(outcome)
    found = gaps(world, outcome.equilibrium, theta)
    assert max(found.values()) < 1e-7, found


def test_default_elasticities_embargo(world):
    """Elasticities by industry, 64.85 for refined petroleum: the embargo still converges."""
    outcome = halys.solve(world, both_ways(COALITION, "RUS", coverage=1.0, industries="goods"))
    assert converged(outcome)
    assert percent(outcome, "RUS") < 0.0


def test_lower_elasticity_dearer_embargo(world):
    """Where origins replace each other less, losing them costs more."""
    lost = [
        percent(
            halys.solve(
                world,
                both_ways(COALITION, "RUS", coverage=1.0, industries="goods"),
                horizon=halys.Horizon.long(trade_elasticity=theta),
                closure="balanced",
            ),
            "RUS",
        )
        for theta in (2.0, 5.0, 10.0)
    ]
    assert lost[0] < lost[1] < lost[2] < 0.0


def test_everything_at_once(world):
    """Tariffs, export taxes, bans, trade costs, a transfer and lost productivity in one solve."""
    measures = [
        halys.Tariff(exporters="CHN", importers="G7", rate=0.25, industries="goods"),
        halys.ExportTax(exporters="CHN", importers="all", rate=0.05, industries="high_tech"),
        *both_ways(COALITION, "RUS", coverage=0.7, industries="goods", programme="2022"),
        halys.TradeCost(exporters="RUS", importers="all", factor=1.1),
        halys.Transfer(payers="G7", recipients="UKR", amount=50.0),
        halys.Productivity(economies="UKR", factor=0.8),
    ]
    outcome = halys.solve(world, measures, horizon=FIVE)
    assert converged(outcome)
    found = gaps(world, outcome.equilibrium)
    assert max(found.values()) < 1e-8, found


# Shocks without equilibrium -------------------------------------------------------------------------------------------


def home_supplied(world, economy: str) -> list[str]:
    """Industries of which the economy buys none, or supplies a part itself: an autarky can do without trade in
    these."""
    j = world.economies.index(economy)
    share = world.trade_share[:, j, j]
    bought = world.purchases[j] > 0
    return [code for code, s, b in zip(world.industries, share, bought, strict=True) if s > 0 or not b]


def test_cut_off_from_everyone(world):
    """A target without any trade: no equilibrium with a fixed surplus, which the error says with name and remedy;
    autarky with balanced trade."""
    assert home_supplied(world, "RUS") == list(world.industries), "Russia makes some of all that it uses"
    measures = both_ways("RUS", "all", coverage=1.0)
    for closure in ("fixed", "proportional"):
        with pytest.raises(InfeasibleError, match=r"RUS is cut off from all trade .* surplus .*the closure 'balanced'"):
            halys.solve(world, measures, horizon=FIVE, closure=closure)
    outcome = halys.solve(world, measures, horizon=FIVE, closure="balanced")
    assert converged(outcome)
    assert percent(outcome, "RUS") < -1.0
    flows = outcome.data["trade_flow"].sel(exporter="RUS").drop_sel(importer="RUS")
    assert float(flows.sum()) == 0.0


@pytest.mark.slow
def test_autarky_of_every_economy_that_can_bear_it(world):
    """One economy after another loses all trade, with balanced trade elsewhere. Those that make some of all that they
    use converge to 1e-10, also where almost all inputs of a product came from abroad and home output of it rises by
    orders of magnitude (COD metal ores, ISL metals). Money cannot cross either: each part keeps its own numeraire."""
    able = [code for code in world.economies if home_supplied(world, code) == list(world.industries)]
    assert len(able) == 59
    for code in able:
        outcome = halys.solve(world, both_ways(code, "all", coverage=1.0), horizon=FIVE, closure="balanced")
        assert outcome.total(code).percent < 0.0
        alone, e = outcome.world.economies.index(code), outcome.equilibrium
        income = e.solution.evaluation.factor_income
        np.testing.assert_allclose(income[alone], e.baseline.value_added[alone], rtol=1e-9)
        np.testing.assert_allclose(income.sum(), 1.0, rtol=1e-9)


def test_two_groups_cut_from_each_other(world):
    """Blocs that stop all trade with each other keep trade inside: feasible with balanced trade, not with fixed
    deficits of the blocs."""
    rest = [code for code in world.economies if code not in world.select("BRICS")]
    measures = both_ways("BRICS", rest, coverage=1.0)
    with pytest.raises(InfeasibleError, match="cut off from all trade"):
        halys.solve(world, measures, horizon=FIVE)
    outcome = halys.solve(world, measures, horizon=FIVE, closure="balanced")
    assert percent(outcome, "BRICS") < 0.0
    assert max(gaps(outcome.world, outcome.equilibrium).values()) < 1e-8


def test_parts_of_the_world_share_no_money():
    """Two blocs that never traded with each other: a tariff inside one leaves the other as it was, under every closure.
    A closure that shared deficits over the whole world would move money where no goods can."""
    two = [make_world(seed, 2, 2) for seed in (1, 2)]
    kinds = two[0].industries
    names = ["A", "B", "C", "D"]
    flows, uses = np.zeros((2, 4, 4)), 0.3 * np.concatenate([w.intermediate for w in two], axis=2)
    flows[:, :2, :2], flows[:, 2:, 2:] = two[0].flows, two[1].flows
    world = halys.World.from_arrays(names, kinds, flows, uses, flows.sum(axis=2).T - uses.sum(axis=0).T)
    tariff = halys.Tariff(exporters="A", importers="B", rate=0.3)
    for closure in ("fixed", "proportional", "balanced"):
        outcome = halys.solve(world, tariff, horizon=FIVE, closure=closure)
        assert converged(outcome)
        assert max(gaps(outcome.world, outcome.equilibrium).values()) < 1e-8
        np.testing.assert_allclose(outcome.data["real_income"].sel(economy=["C", "D"]), 1.0, atol=1e-9)
        assert abs(percent(outcome, "A")) > 0.01


def test_an_economy_cut_off_under_the_balanced_closure_of_any_world():
    """The re-solved world has deficits of exactly zero: no rounding of it may count as a surplus that cannot be run."""
    for seed in range(40):
        world = make_world(seed, 4, 3)
        outcome = halys.solve(world, both_ways("AAA", "all", coverage=1.0), horizon=FIVE, closure="balanced")
        assert converged(outcome)


def test_cut_one_way_under_balanced_trade(world):
    """An economy that may import but not export cannot pay: infeasible, and the error says which way is left."""
    exports = halys.Ban(exporters="RUS", importers="all", coverage=1.0)
    imports = halys.Ban(exporters="all", importers="RUS", coverage=1.0)
    with pytest.raises(InfeasibleError, match="RUS keeps imports but has lost all exports"):
        halys.solve(world, exports, horizon=FIVE, closure="balanced")
    with pytest.raises(InfeasibleError, match="RUS keeps exports but has lost all imports"):
        halys.solve(world, imports, horizon=FIVE, closure="balanced")


def test_cut_one_way_that_the_deficit_allows(small_world):
    """An economy with a surplus may lose all imports: its exports pay for a fixed surplus."""
    j = int(small_world.deficit.argmin())
    code = small_world.economies[j]
    outcome = halys.solve(
        small_world, halys.Ban(exporters="all", importers=code, coverage=1.0), horizon=FIVE, closure="fixed"
    )
    assert converged(outcome)
    found = gaps(small_world, outcome.equilibrium)
    assert max(found.values()) < 1e-8, found


def test_cut_one_way_that_the_deficit_does_not_allow(small_world):
    """An economy with a deficit cannot lose all imports and keep its exports, nor one with a surplus the reverse."""
    deficit = small_world.economies[int(small_world.deficit.argmax())]
    surplus = small_world.economies[int(small_world.deficit.argmin())]
    with pytest.raises(InfeasibleError, match="lost all"):
        halys.solve(small_world, halys.Ban(exporters="all", importers=deficit, coverage=1.0), horizon=FIVE)
    with pytest.raises(InfeasibleError, match="lost all"):
        halys.solve(small_world, halys.Ban(exporters=surplus, importers="all", coverage=1.0), horizon=FIVE)


def test_last_supplier_lost(world):
    """A product that an economy buys and does not make: a ban of all foreign suppliers names the product and the
    economy."""
    home = np.einsum("sjj->js", world.trade_share)
    j, s = np.argwhere((world.purchases > 0) & (home == 0))[0]
    economy, industry = world.economies[j], world.industries[s]
    measure = halys.Ban(exporters="all", importers=economy, industries=industry, coverage=1.0)
    with pytest.raises(
        InfeasibleError, match=rf"last supplier .* is cut off: {industry} in {economy}\. .*coverage below 1"
    ):
        halys.solve(world, measure, horizon=FIVE)
    almost = halys.Ban(exporters="all", importers=economy, industries=industry, coverage=0.99)
    assert converged(halys.solve(world, almost, horizon=FIVE))


def test_error_of_infeasible_problems_has_its_exit_code(small_world):
    with pytest.raises(InfeasibleError) as refused:
        halys.solve(small_world, both_ways("AAA", "all", coverage=1.0), horizon=FIVE)
    assert refused.value.as_record()["kind"] == "infeasible"
    assert refused.value.exit_code == 3


def test_many_small_worlds_under_embargo():
    """Fifty small worlds, one economy embargoed by two others: all converge under every closure, large deficits or
    not."""
    for seed in range(50):
        w = make_world(seed, 4, 3)
        shock = Shock(ban=pairs(w, ["AAA", "BBB"], "CCC", 1.0, 0.0) + pairs(w, "CCC", ["AAA", "BBB"], 1.0, 0.0))
        for closure in ("proportional", "balanced"):
            base = halys.solve_baseline(w, horizon=FIVE, deficit=0.0) if closure == "balanced" else w
            q = solve_equilibrium(calibrate_baseline(base), np.full(3, 5.0), shock, closure)
            found = gaps(base, q)
            assert max(found.values()) < 1e-7, (seed, closure, found)
