# ruff: noqa: E501 (files read better in one line)
"""What is drawn in a scenario: correlated numbers, elasticities that the file leaves out, posteriors of one question."""

from __future__ import annotations

import re

import numpy as np
import pytest
from games import GAME, scenario, spoil
from scipy import stats

from halys.drawing import Drawing, drawn_unknowns
from halys.economy import Horizon, load_elasticity_sets
from halys.economy.elasticity_ranges import load_elasticity_ranges, range_of_set
from halys.economy.elasticity_sets import load_standard_elasticities, load_trade_elasticities
from halys.errors import InputError
from halys.evidence.beliefs import draw_posteriors
from halys.futures import Prior, quantiles, sobol_points
from halys.run import hash_run
from halys.scenario import Scenario, bundled_scenarios, load_scenario
from halys.scenario.document import parse_document
from halys.scenario.elasticity_ranges import with_elasticity_ranges
from halys.scenario.load import check_document
from halys.world import load_world

RESOLVE = "stakes.resolve.percent_of_income"
BARE = "\n".join(line for line in GAME.splitlines() if not line.startswith(("  thetas:", "horizon:"))) + "\n"


def with_horizon(horizon: str, text: str = BARE) -> Scenario:
    return scenario(text.replace("sources:", f"horizon: {horizon}\nsources:", 1))


def with_correlations(*entries: str, text: str = GAME) -> str:
    lines = "".join(f"  - {{{entry}, source: own}}\n" for entry in entries)
    return text.replace("sources:", f"correlations:\n{lines}sources:", 1)


def ids(drawing: Drawing) -> list[str]:
    return [unknown.id for unknown in drawing.unknowns]


class TestIndependent:
    def test_the_bits_are_those_of_each_number_at_its_coordinate(self) -> None:
        drawing = Drawing(scenario(), 5)
        priors = [Prior(u.quantity.value, u.quantity.low, u.quantity.high) for u in drawing.unknowns]
        expected = quantiles(priors, sobol_points(len(priors), 16, 32, 5))
        np.testing.assert_array_equal(drawing.numbers(16, 32), expected)
        assert drawing.groups == ()
        assert drawing.built_in == ()
        assert drawing.base is drawing.scenario

    def test_the_scenario_of_a_draw(self) -> None:
        drawing = Drawing(scenario(), 5)
        row = drawing.numbers(3, 1)[0]
        found = drawing.variant(row)
        named = drawing.named(row)
        assert found.file.assumptions["friction"].value == named["friction"]
        assert found.horizon == Horizon.long(trade_elasticity_factor=named["thetas"])

    def test_a_discrete_number(self) -> None:
        text = spoil(
            "value: 0.5, low: 0.2, high: 0.8",
            "value: 0.5, distribution: discrete, values: [0.2, 0.5, 0.8], probabilities: [0.25, 0.5, 0.25]",
        )
        drawing = Drawing(scenario(text), 5)
        found = drawing.numbers(0, 256)[:, ids(drawing).index("help")]
        assert [int((found == value).sum()) for value in (0.2, 0.5, 0.8)] == [64, 128, 64]

    def test_points_of_another_number_of_columns(self) -> None:
        with pytest.raises(InputError, match="must have 8 columns"):
            Drawing(scenario(), 5).at(np.full((2, 3), 0.5))


class TestCorrelated:
    PAIRS = (f"between: [help, {RESOLVE}], rank: 0.7", "between: [discounting.rate, help], rank: -0.4")

    @pytest.fixture
    def drawing(self) -> Drawing:
        return Drawing(scenario(with_correlations(*self.PAIRS)), 5)

    def test_ranks_are_reached(self, drawing: Drawing) -> None:
        (group,) = drawing.groups
        assert {drawing.unknowns[n].id for n in group} == {"help", "discounting.rate", RESOLVE}
        found = drawing.numbers(0, 8192)
        at = {name: n for n, name in enumerate(ids(drawing))}
        for a, b, rank in (
            (RESOLVE, "help", 0.7),
            ("discounting.rate", "help", -0.4),
            ("discounting.rate", RESOLVE, 0.0),
        ):
            assert stats.spearmanr(found[:, at[a]], found[:, at[b]]).statistic == pytest.approx(rank, abs=0.01)

    def test_each_keeps_its_own_distribution(self, drawing: Drawing) -> None:
        found = drawing.numbers(0, 4096)
        for n, unknown in enumerate(drawing.unknowns):
            q = unknown.quantity
            assert stats.kstest(found[:, n], stats.uniform(q.low, q.high - q.low).cdf).statistic < 0.01

    def test_others_keep_their_draws_to_the_bit(self, drawing: Drawing) -> None:
        before, after = Drawing(scenario(), 5).numbers(0, 64), drawing.numbers(0, 64)
        same = [n for n in range(len(drawing.unknowns)) if n not in drawing.groups[0]]
        assert len(same) == 5
        np.testing.assert_array_equal(before[:, same], after[:, same])

    def test_a_draw_is_known_by_its_index(self, drawing: Drawing) -> None:
        np.testing.assert_array_equal(drawing.numbers(0, 64)[40:48], drawing.numbers(40, 8))

    def test_a_set_hangs_on_its_own_points_alone(self, drawing: Drawing) -> None:
        """As indices of sensitivity need: other points for the rest leave the set as it was."""
        one, two = (sobol_points(len(drawing.unknowns), first, 64, 5) for first in (0, 64))
        group = list(drawing.groups[0])
        two[:, group] = one[:, group]
        np.testing.assert_array_equal(drawing.at(one)[:, group], drawing.at(two)[:, group])

    def test_two_sets(self) -> None:
        text = with_correlations("between: [friction, thetas], rank: 0.3", f"between: [{RESOLVE}, help], rank: 0.5")
        drawing = Drawing(scenario(text), 5)
        named = [{drawing.unknowns[n].id for n in group} for group in drawing.groups]
        assert named == [{"friction", "thetas"}, {"help", RESOLVE}]

    def test_ranks_near_the_ends(self) -> None:
        drawing = Drawing(scenario(with_correlations("between: [friction, help], rank: -0.999")), 5)
        found = drawing.numbers(0, 1024)[:, list(drawing.groups[0])]
        assert stats.spearmanr(found).statistic == pytest.approx(-0.999, abs=1e-3)


class TestElasticities:
    def test_they_are_drawn_where_the_file_says_nothing(self) -> None:
        given = scenario(BARE)
        drawing = Drawing(given, 5)
        (unknown,) = drawing.built_in
        assert unknown.id == "horizon.trade_elasticity_factor"
        assert (unknown.quantity.value, unknown.quantity.low, unknown.quantity.high) == (1.0, 0.5, 1.5)
        assert drawing.base.file.sources[unknown.quantity.source].author == "Ina Simonovska and Michael Waugh"
        at = ids(drawing).index(unknown.id)
        row = drawing.numbers(3, 1)[0]
        assert drawing.variant(row).horizon == Horizon.long(trade_elasticity_factor=row[at])
        assert drawn_unknowns(given) == drawing.unknowns

    def test_what_readers_are_told(self) -> None:
        pair = f"between: [help, {RESOLVE}], rank: 0.7, note: both are Beijing's"
        told = Drawing(scenario(with_correlations(pair, text=BARE)), 5).describe()
        (together,) = told["together"]
        assert together["labels"] == ["Help for Russia", "Resolve: % of income"]
        assert (together["rank"], together["source"], together["note"]) == (0.7, "own", "both are Beijing's")
        (elasticity,) = told["elasticities"]
        assert elasticity["name"] == "horizon.trade_elasticity_factor"
        assert (elasticity["value"], elasticity["low"], elasticity["high"]) == (1.0, 0.5, 1.5)
        assert "High: an assumption" in elasticity["source"]["note"]
        assert Drawing(scenario(), 5).describe() == {"together": [], "elasticities": []}

    def test_a_single_run_does_not_change(self) -> None:
        given = scenario(BARE)
        base = Drawing(given, 5).base
        assert base.horizon == given.horizon
        assert given.file.horizon.trade_elasticity_factor is None
        assert "horizon.trade_elasticity_factor" not in {unknown.id for unknown in given.unknowns}
        assert hash_run(base) == hash_run(given)

    def test_the_short_run_has_more(self) -> None:
        given = with_horizon("{name: short}")
        drawing = Drawing(given, 5)
        assert drawing.base.horizon == given.horizon == Horizon.short()
        found = {u.id.removeprefix("horizon."): (u.quantity.low, u.quantity.high) for u in drawing.built_in}
        assert found == {
            "trade_elasticity_factor": (0.75, 2.0),
            "value_added_substitution": (0.4, 0.8),
            "input_substitution": (0.001, 0.2),
            "consumption_substitution": (0.4, 1.0),
        }

    @pytest.mark.parametrize(
        ("horizon", "left"),
        [
            ("{trade_elasticity_factor: 1}", []),
            ("{trade_elasticity_factor: {value: 1, low: 0.9, high: 1.2, source: own}}", []),
            ("{trade_elasticity: 4}", []),
            ("{trade_elasticity: {C26: 4}}", []),
            ("{trade_elasticity_set: simonovska-waugh-2014}", []),
            ("{value_added_substitution: 0.5}", ["trade_elasticity_factor"]),
            (
                "{name: short, trade_elasticity: 1, input_substitution: 0.1}",
                ["value_added_substitution", "consumption_substitution"],
            ),
            (
                "{name: short, value_added_substitution: 0.5, input_substitution: 0.2, consumption_substitution: 0.9}",
                ["trade_elasticity_factor"],
            ),
        ],
    )
    def test_what_the_file_states_takes_their_place(self, horizon: str, left: list[str]) -> None:
        found = [unknown.id for unknown in Drawing(with_horizon(horizon), 5).built_in]
        assert found == [f"horizon.{name}" for name in left]

    @pytest.mark.parametrize(("name", "low", "high"), [("boehm-2023", 0.75, 1.25), ("eaton-kortum-2002", 3.6, 12.86)])
    def test_a_published_set_has_its_own_range(self, name: str, low: float, high: float) -> None:
        drawing = Drawing(with_horizon(f"{{trade_elasticity_set: {name}}}"), 5)
        (unknown,) = drawing.built_in
        at = ids(drawing).index(unknown.id)
        row = drawing.numbers(0, 1)[0]
        for factor, theta in ((unknown.quantity.low, low), (unknown.quantity.high, high)):
            row[at] = factor
            np.testing.assert_allclose(drawing.variant(row).horizon.theta(["C26", "K"]), theta)

    def test_the_table_by_name_is_the_default(self) -> None:
        (unknown,) = Drawing(with_horizon("{trade_elasticity_set: caliendo-parro-2015}"), 5).built_in
        assert (unknown.quantity.low, unknown.quantity.high) == (0.5, 1.5)

    def test_bundled_scenarios_that_state_theirs_keep_it(self) -> None:
        for name in bundled_scenarios():
            found = load_scenario(name)
            if found.file.horizon.trade_elasticity_factor is not None and found.file.horizon.name == "long":
                assert with_elasticity_ranges(found.file) is found.file

    def test_ranges_are_those_of_the_standard_elasticities(self) -> None:
        """The words of `halys elasticities`, and the ends at which results stand beside."""
        standard, ranges = load_standard_elasticities()["short"], load_elasticity_ranges("short")
        for name, row in ranges.items():
            if name == "trade_elasticity_factor":
                assert (row.low, row.high) == standard["trade_elasticity"].ends
                assert standard["trade_elasticity"].value == 1
            else:
                assert f"{row.low:g} to {row.high:g}" == standard[name].range
                assert row.low <= float(standard[name].value) <= row.high
        assert set(standard) - set(ranges) == {"trade_elasticity", "factors"}

    def test_the_low_end_is_half_the_mean_of_the_table(self) -> None:
        """Weighted by trade between economies, the table has a mean of 8.1; Simonovska and Waugh find 4."""
        world, table = load_world("icio-2022"), load_trade_elasticities().industries
        abroad = world.flows.sum(axis=(1, 2)) - np.trace(world.flows, axis1=1, axis2=2)
        mean = np.average([table[code].theta for code in world.industries], weights=abroad)
        assert mean == pytest.approx(8.1, abs=0.05)
        found = load_elasticity_ranges("long")["trade_elasticity_factor"]
        assert load_elasticity_sets()["simonovska-waugh-2014"].value / mean == pytest.approx(found.low, abs=0.01)
        assert found.high - 1 == pytest.approx(1 - found.low)
        told = [float(x) / mean for x in re.findall(r"3\.6|12\.86", found.note)]
        assert told == pytest.approx([0.44, 1.6], abs=0.02)

    def test_every_range_holds_1_or_its_value(self) -> None:
        for name in load_elasticity_sets():
            found = range_of_set(name)
            assert found is None or found.low < 1 < found.high


EVIDENCE = """\
schema_version: 1
id: asks
title: What if it asked
question: Does Washington act?
sources:
  times: {title: A request, publisher: The Times, date: "2022-03-14"}
  own: {title: Own judgement, publisher: The author, date: "2022-06"}
actors:
  usa: {label: USA, economies: USA}
stakes:
  order: {label: Order, actor: usa, accrual: flow, percent_of_income: {low: 0, high: 1, source: own}}
stages:
  - {id: truth, chance: true, hidden_from: [usa]}
  - {id: answer, actor: usa, question: "Does it act?"}
moves:
  truth:
    arms: {label: It asked for arms, mapping: No measure., probability: belief-asked-arms}
    money: {label: It asked for money, mapping: No measure., probability: belief-asked-money}
    nothing: {label: It did not ask, mapping: No measure., probability: rest}
  answer:
    waits: {label: Waits, mapping: No measure.}
    acts: {label: Acts, mapping: A tariff., exposures: {order: belief-asked-nothing}, measures: [{instrument: tariff, exporters: RUS, importers: USA, industries: goods, rate: {value: 0.1, source: own}}]}
evidence:
  sides: {usa: {label: USA}, russia: {label: Russia}}
  speakers: {officials: {label: Officials, side: usa}}
  claims:
    request: {text: It asked., speaker: officials, date: "2022-03-13", stance: asserts, about: [russia], sources: [times]}
  questions:
    asked:
      label: Did it ask?
      about: russia
      hypotheses:
        arms: {label: For arms, prior: {value: 0.3, low: 0.25, high: 0.35, source: own}}
        money: {label: For money, prior: {value: 0.3, low: 0.2, high: 0.4, source: own}}
        nothing: {label: It did not, prior: rest}
  groups:
    leaked:
      label: Officials say so
      question: asked
      claims: [request]
      likelihood: {arms: {value: 0.5, low: 0.4, high: 0.6, source: own}, money: {value: 0.3, low: 0.2, high: 0.4, source: own}, nothing: {value: 0.4, low: 0.3, high: 0.5, source: own}}
"""
FIXED = EVIDENCE.replace("stakes:", "horizon: {trade_elasticity_factor: 1}\nstakes:", 1)


def asks(text: str = FIXED) -> Scenario:
    return check_document(parse_document(text, "asks.yaml"))


class TestPosteriors:
    @pytest.fixture
    def drawing(self) -> Drawing:
        return Drawing(asks(), 5)

    @pytest.fixture
    def draws(self, drawing: Drawing) -> np.ndarray:
        """Of the evidence itself (draw, hypothesis)."""
        assert drawing.scenario.dossier is not None
        return draw_posteriors(drawing.scenario.dossier.evidence("asked"))

    @pytest.fixture
    def found(self, drawing: Drawing) -> np.ndarray:
        at = [ids(drawing).index(f"belief-asked-{name}") for name in ("arms", "money", "nothing")]
        return drawing.numbers(0, 4096)[:, at]

    def test_together_they_are_1_in_every_draw(self, drawing: Drawing, found: np.ndarray) -> None:
        np.testing.assert_allclose(found.sum(axis=1), 1.0, atol=1e-12)
        variant = drawing.variant(drawing.numbers(7, 1)[0])
        at = ids(drawing).index("belief-asked-nothing")
        assert variant.game_tree().nodes[0].probabilities[2] == pytest.approx(drawing.numbers(7, 1)[0, at])

    def test_they_have_the_distribution_of_the_evidence(self, found: np.ndarray, draws: np.ndarray) -> None:
        for n in range(3):
            assert stats.ks_2samp(found[:, n], draws[:, n]).statistic < 0.02
        np.testing.assert_allclose(stats.spearmanr(found).statistic, stats.spearmanr(draws).statistic, atol=0.03)
        assert {tuple(row) for row in found.round(12)} <= {tuple(row) for row in draws.round(12)}

    def test_the_range_shown_holds_nine_tenths(self, drawing: Drawing, found: np.ndarray) -> None:
        q = next(u for u in drawing.unknowns if u.id == "belief-asked-money").quantity
        assert ((found[:, 1] >= q.low) & (found[:, 1] <= q.high)).mean() == pytest.approx(0.9, abs=0.01)

    def test_they_are_a_set_that_hangs_together(self, drawing: Drawing) -> None:
        (group,) = drawing.groups
        assert {drawing.unknowns[n].id for n in group} == {f"belief-asked-{h}" for h in ("arms", "money", "nothing")}

    def test_their_distribution_by_itself(self, drawing: Drawing, draws: np.ndarray) -> None:
        at = ids(drawing).index("belief-asked-money")
        p = (np.arange(4096) + 0.5) / 4096
        np.testing.assert_allclose(drawing.priors[at].quantile(p), np.sort(draws[:, 1]), atol=1e-12)

    def test_one_alone_is_its_empirical_quantile(self) -> None:
        text = FIXED.replace("probability: belief-asked-money", "probability: 0.2").replace("belief-asked-nothing", "1")
        drawing = Drawing(asks(text), 5)
        assert drawing.groups == ()
        assert drawing.scenario.dossier is not None
        draws = draw_posteriors(drawing.scenario.dossier.evidence("asked"))[:, 0]
        at = ids(drawing).index("belief-asked-arms")
        points = sobol_points(len(drawing.unknowns), 0, 4096, 5)
        expected = np.sort(draws)[(points[:, at] * 4096).astype(int)]
        np.testing.assert_array_equal(drawing.at(points)[:, at], expected)

    def test_one_may_be_correlated_with_another_number(self) -> None:
        entry = "correlations: [{between: [belief-asked-money, stakes.order.percent_of_income], rank: 0.6, source: own}]\nstakes:"
        drawing = Drawing(asks(FIXED.replace("stakes:", entry, 1)), 5)
        (group,) = drawing.groups
        assert len(group) == 4
        found = drawing.numbers(0, 8192)
        a, b = (ids(drawing).index(name) for name in ("belief-asked-money", "stakes.order.percent_of_income"))
        assert stats.spearmanr(found[:, a], found[:, b]).statistic == pytest.approx(0.6, abs=0.01)
        beliefs = [n for n in group if n != b]
        np.testing.assert_allclose(found[:, beliefs].sum(axis=1), 1.0, atol=1e-12)
        assert drawing.scenario.dossier is not None
        draws = draw_posteriors(drawing.scenario.dossier.evidence("asked"))
        assert stats.ks_2samp(found[:, a], draws[:, 1]).statistic < 0.02

    def test_two_of_a_question_are_not_correlated_by_hand(self) -> None:
        entry = "correlations: [{between: [belief-asked-money, belief-asked-arms], rank: 0.6, source: own}]\nstakes:"
        with pytest.raises(InputError, match="answer the same question and are drawn together from the evidence"):
            asks(FIXED.replace("stakes:", entry, 1))

    def test_the_posterior_of_a_bundled_scenario(self) -> None:
        drawing = Drawing(load_scenario("call-2022"), 5)
        at = ids(drawing).index("belief-threat-carried-out-resolute")
        found = drawing.numbers(0, 4096)[:, at]
        assert drawing.scenario.dossier is not None
        belief = drawing.scenario.dossier.beliefs["threat-carried-out"]
        np.testing.assert_allclose(
            np.quantile(found, [0.05, 0.95]), [belief.inner_low[0], belief.inner_high[0]], atol=1e-3
        )
        assert found.min() >= belief.low[0]
        assert found.max() <= belief.high[0]
