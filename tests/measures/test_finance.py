"""Banks cut off and reserves frozen: the shock against formulas worked out here, and what is refused."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import halys
from halys.errors import InputError, UnknownNameError
from halys.measures import compile_measures
from halys.measures.finance import payment_factor
from worlds import FIVE, make_arrays, make_world

CUT = {"senders": "AAA", "targets": "BBB", "friction": 0.2, "cleared": 0.5}
FREEZE = {"target": "AAA", "custodians": ["BBB", "CCC"], "reserves": 600.0, "return_rate": 0.02}


@pytest.fixture(scope="module")
def coded_world():
    """Four economies; crude oil, machinery and finance, with the codes that groups name."""
    return halys.World.from_arrays(("AAA", "BBB", "CCC", "DDD"), ("B06", "C28", "K"), **make_arrays(3), id="coded")


def compiled(world, *measures):
    return compile_measures(world, measures)


# The factor -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("substitution", "expected"),
    [
        (0.0, 1.1),  # 1 + 0.5 · 0.2
        (1.0, math.sqrt(1.2)),  # 1.2^0.5
        (2.0, 1.0 / (0.5 + 0.5 / 1.2)),  # harmonic mean of 1 and 1.2
        (3.0, (0.5 + 0.5 / 1.44) ** -0.5),
    ],
)
def test_factor_by_hand(substitution, expected):
    """s = 0.5, phi = 0.2."""
    assert payment_factor(0.2, 0.5, substitution) == pytest.approx(expected, rel=1e-15)


@pytest.mark.parametrize("away", [1e-6, -1e-6, 1e-9, -1e-9, 1e-14])
def test_factor_is_continuous_at_one(away):
    """The CES formula is 0/0 at eta = 1, and loses digits near it unless it is written with care."""
    exact = 1.2**0.5
    slope = -0.5 * 0.5 * 0.5 * math.log(1.2) ** 2  # d ln kappa / d eta = −s (1 − s) L² / 2
    assert payment_factor(0.2, 0.5, 1.0 + away) == pytest.approx(exact * (1.0 + slope * away), rel=1e-12)


@given(st.floats(0.0, 1e3), st.floats(0.0, 1.0), st.floats(0.0, 100.0), st.floats(0.0, 100.0))
def test_factor_lies_between_nothing_and_the_whole_friction(friction, cleared, one, other):
    """1 <= kappa <= 1 + s phi, and it falls as payments find other rails more easily."""
    low, high = sorted((one, other))
    loose, tight = payment_factor(friction, cleared, high), payment_factor(friction, cleared, low)
    assert 1.0 - 1e-12 <= loose <= tight * (1.0 + 1e-12)
    assert tight <= (1.0 + cleared * friction) * (1.0 + 1e-12)


@given(st.floats(0.0, 1e3), st.floats(0.0, 100.0))
def test_factor_where_all_or_nothing_clears(friction, substitution):
    """With every payment on the cut rails there is nothing to substitute to; with none there is no cost."""
    assert payment_factor(friction, 1.0, substitution) == pytest.approx(1.0 + friction, rel=1e-12)
    assert payment_factor(friction, 0.0, substitution) == 1.0


# The cut-off ----------------------------------------------------------------------------------------------------------


def test_cut_off_hits_trade_of_the_target_with_everybody(small_world):
    """Both directions, all partners: dollars clear in the sender's country whoever trades. Nobody else's trade."""
    iceberg = compiled(small_world, halys.FinancialCutOff(**CUT)).iceberg
    expected = np.ones((3, 4, 4))
    expected[:, 1, :] = expected[:, :, 1] = 1.1
    expected[:, 1, 1] = 1.0
    np.testing.assert_allclose(iceberg, expected, rtol=1e-15)


def test_trade_between_two_targets_is_hit_once(small_world):
    iceberg = compiled(small_world, halys.FinancialCutOff(**CUT | {"targets": ["BBB", "CCC"]})).iceberg
    assert iceberg[0, 1, 2] == iceberg[0, 2, 1] == pytest.approx(1.1)
    assert iceberg[0, 0, 3] == 1.0


def test_partners_bound_it(small_world):
    iceberg = compiled(small_world, halys.FinancialCutOff(**CUT, partners=["AAA", "DDD"])).iceberg
    assert (iceberg[0, 1, 0], iceberg[0, 3, 1]) == pytest.approx((1.1, 1.1))
    assert iceberg[0, 1, 2] == 1.0


def test_energy_exempt(coded_world):
    iceberg = compiled(coded_world, halys.FinancialCutOff(**CUT, energy_exempt=True)).iceberg
    assert np.all(iceberg[0] == 1.0)
    assert iceberg[1, 1, 0] == pytest.approx(1.1)


def test_finance_is_shut_between_senders_and_targets_only(coded_world):
    """Both directions; third economies go on selling financial services to the target, at the friction."""
    ban = compiled(coded_world, halys.FinancialCutOff(**CUT, finance=0.8)).ban
    expected = np.zeros((3, 4, 4))
    expected[2, 0, 1] = expected[2, 1, 0] = 0.8
    np.testing.assert_allclose(ban, expected, rtol=1e-15)


def test_without_substitution_it_is_a_trade_cost(small_world):
    """The same equilibrium as the elementary measures that it stands for."""
    parts = [
        halys.TradeCost(exporters="BBB", importers="all", factor=1.1),
        halys.TradeCost(exporters="all", importers="BBB", factor=1.1),
    ]
    one = halys.solve(small_world, halys.FinancialCutOff(**CUT), horizon=FIVE)
    other = halys.solve(small_world, parts, horizon=FIVE)
    np.testing.assert_allclose(one.data["real_income"], other.data["real_income"], rtol=1e-13)


def test_no_friction_is_no_shock(small_world):
    outcome = halys.solve(small_world, halys.FinancialCutOff(**CUT | {"friction": 0.0}), horizon=FIVE)
    np.testing.assert_array_equal(outcome.data["real_income"], 1.0)


def test_the_target_loses_more_the_larger_the_friction(small_world):
    losses = [
        halys.solve(small_world, halys.FinancialCutOff(**CUT | {"friction": f}), horizon=FIVE).total("BBB").percent
        for f in (0.05, 0.1, 0.2)
    ]
    assert 0 > losses[0] > losses[1] > losses[2]


# Reserves -------------------------------------------------------------------------------------------------------------


def test_freeze_moves_the_return_from_target_to_custodians(small_world):
    """2 % of 300 billion: 6 billion a year, received in proportion to final spending."""
    transfer = compiled(small_world, halys.ReserveFreeze(**FREEZE, frozen=300.0)).transfer
    shares = small_world.income[1:3] / small_world.income[1:3].sum()
    np.testing.assert_allclose(transfer, [-6e9, *(6e9 * shares), 0.0], rtol=1e-14)


def test_share_of_the_reserves(small_world):
    one, other = (compiled(small_world, halys.ReserveFreeze(**FREEZE, **x)) for x in ({"frozen": 150}, {"share": 0.25}))
    np.testing.assert_allclose(one.transfer, other.transfer, rtol=1e-14)


def test_custodians_decide_on_their_own_parts(small_world):
    """Two measures, one custodian each: opening one leaves the other's."""
    parts = [
        halys.ReserveFreeze(**FREEZE | {"custodians": who}, frozen=part) for who, part in (("BBB", 200), ("CCC", 100))
    ]
    np.testing.assert_allclose(compiled(small_world, *parts).transfer, [-6e9, 4e9, 2e9, 0.0], rtol=1e-14)
    np.testing.assert_allclose(compiled(small_world, parts[1]).transfer, [-2e9, 0.0, 2e9, 0.0], rtol=1e-14)


def big_world():
    """The small world in units of ten billion dollars, so that deficits are of the size of drawdowns."""
    w = make_world(1)
    arrays = {"flows": w.flows, "intermediate": w.intermediate, "value_added": w.value_added, "tariff": w.tariff}
    return halys.World.from_arrays(w.economies, w.industries, **arrays, unit=1e10)


def test_drawdown_is_spending_that_stops():
    w = big_world()
    place = int(np.argmax(w.deficit))
    target, deficit = w.economies[place], float(w.deficit[place]) * 10.0
    others = [code for code in w.economies if code != target]
    freeze = {"target": target, "custodians": others, "reserves": 600, "return_rate": 0.02, "share": 0.5}
    transfer = compiled(w, halys.ReserveFreeze(**freeze, drawdown=0.5 * deficit)).transfer
    assert transfer[place] == pytest.approx(-6e9 - 0.5e9 * deficit, rel=1e-14)
    with pytest.raises(InputError, match=rf"{target} has a deficit of .*stops no spending that the baseline"):
        compiled(w, halys.ReserveFreeze(**freeze, drawdown={"value": 0.1, "low": 0, "high": 1.01 * deficit}))
    balanced = halys.solve_baseline(w, horizon=FIVE, deficit=0.0)
    assert compiled(balanced, halys.ReserveFreeze(**freeze, drawdown=0.5 * deficit)).transfer[place] == -6e9


def test_a_surplus_economy_draws_nothing(world):
    """Russia in 2022: a ceiling on deficits does not bind it."""
    freeze = halys.ReserveFreeze(
        target="RUS", custodians="EU27", reserves=600, frozen=300, return_rate=0.02, drawdown=50
    )
    with pytest.raises(InputError, match=r"RUS has a surplus of .* Leave drawdown out"):
        compiled(world, freeze)


def test_frozen_return_costs_the_target_and_not_the_world(world):
    freeze = halys.ReserveFreeze(target="RUS", custodians="coalition_2022", reserves=600, frozen=300, return_rate=0.02)
    outcome = halys.solve(world, freeze, horizon=FIVE)
    assert -7.5 < outcome.total("RUS").billion_usd < -6.0  # 6, and the terms of trade of the economy that pays
    assert outcome.total("coalition_2022").billion_usd > 6.0
    assert outcome.total().billion_usd == pytest.approx(0.0, abs=0.05)


# Refusals -------------------------------------------------------------------------------------------------------------

NAN = float("nan")


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"friction": -0.1}, r"FinancialCutOff\.friction: the number is -0\.1; it must be 0 or more"),
        ({"friction": NAN}, r"FinancialCutOff\.friction"),
        ({"cleared": 1.2}, r"FinancialCutOff\.cleared: the number is 1\.2; it must be between 0 and 1"),
        ({"cleared": {"value": 0.5, "low": 0.1, "high": 1.5}}, r"high of the number is 1\.5"),
        ({"cleared": NAN}, r"FinancialCutOff\.cleared"),
        ({"rails_substitution": -1.0}, r"rails_substitution: the number is -1"),
        ({"finance": 2.0}, r"finance: the number is 2"),
        ({"energy_exempt": "gas"}, r"FinancialCutOff\.energy_exempt"),
        ({"partner": "AAA"}, r"partner: no such field\. Nearest: 'partners'"),
        ({"senders": []}, r"FinancialCutOff\.senders"),
    ],
)
def test_cut_offs_refused(change, said):
    with pytest.raises(InputError, match=said):
        halys.FinancialCutOff(**CUT | change)


@pytest.mark.parametrize("missing", CUT)
def test_cut_off_needs(missing):
    with pytest.raises(InputError, match=rf"FinancialCutOff\.{missing}: is required"):
        halys.FinancialCutOff(**{key: value for key, value in CUT.items() if key != missing})


@pytest.mark.parametrize(
    ("change", "error", "said"),
    [
        ({"targets": ["AAA", "BBB"]}, InputError, "has AAA both as sender and as target"),
        ({"partners": "BBB"}, InputError, "needs partners other than itself"),
        ({"senders": "ZZZ"}, UnknownNameError, "ZZZ"),
        ({"partners": "ZZZ"}, UnknownNameError, "ZZZ"),
        ({"energy_exempt": True, "industries": "B06"}, InputError, "`industries` names energy alone"),
    ],
)
def test_cut_offs_that_this_world_cannot_bear(coded_world, change, error, said):
    with pytest.raises(error, match=said):
        compiled(coded_world, halys.FinancialCutOff(**CUT | change))


def test_finance_needs_an_industry_of_that_name(small_world):
    """A table without finance is refused, and not taken for one without trade in finance."""
    with pytest.raises(UnknownNameError, match="finance"):
        compiled(small_world, halys.FinancialCutOff(**CUT, finance=0.5))


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"frozen": 700}, r"freezes above the reserves: up to 700 against as little as 600"),
        ({"frozen": {"value": 300, "low": 100, "high": 650}}, "freezes above the reserves: up to 650"),
        ({"frozen": 500, "reserves": {"value": 600, "low": 400, "high": 700}}, "as little as 400"),
        ({}, "exactly one of them; neither given"),
        ({"frozen": 300, "share": 0.5}, "exactly one of them; both given"),
        ({"share": 1.1}, r"ReserveFreeze\.share: the number is 1\.1"),
        ({"frozen": -1}, r"ReserveFreeze\.frozen: the number is -1"),
        ({"frozen": NAN}, r"ReserveFreeze\.frozen"),
        ({"frozen": 300, "return_rate": 1.5}, r"return_rate: the number is 1\.5; it must be between 0 and 1, a frac"),
        ({"frozen": 300, "reserves": -600}, r"ReserveFreeze\.reserves: the number is -600"),
        ({"frozen": 300, "drawdown": 301}, r"drawdown above the frozen part: up to 301 against as little as 300"),
        ({"share": 0.5, "drawdown": 301}, r"drawdown above the frozen part"),
        ({"frozen": 300, "drawdown": -1}, r"drawdown: the number is -1"),
    ],
)
def test_freezes_refused(change, said):
    with pytest.raises(InputError, match=said):
        halys.ReserveFreeze(**FREEZE | change)


@pytest.mark.parametrize(
    ("change", "error", "said"),
    [
        ({"custodians": ["AAA", "BBB"]}, InputError, "has AAA both as target and as custodian"),
        ({"target": "all", "custodians": "BBB"}, InputError, "'all' names 4. Write one measure for each"),
        ({"custodians": "ZZZ"}, UnknownNameError, "ZZZ"),
    ],
)
def test_freezes_that_this_world_cannot_bear(small_world, change, error, said):
    with pytest.raises(error, match=said):
        compiled(small_world, halys.ReserveFreeze(**FREEZE | {"frozen": 300} | change))


def test_another_value_of_a_range_is_checked_again(small_world):
    """Sensitivities copy a measure with another number in place, past its own checks."""
    freeze = halys.ReserveFreeze(**FREEZE, frozen=300.0).model_copy(update={"frozen": 900.0})
    with pytest.raises(InputError, match="freezes above the reserves"):
        compiled(small_world, freeze)
