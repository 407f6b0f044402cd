# ruff: noqa: E501 (files and messages read better in one line)
"""Distributions as files state them: the discrete one, and what of any kind is refused where."""

from __future__ import annotations

from typing import get_args

import pytest
from games import GAME, scenario, spoil

from halys.errors import FileError
from halys.measures import Quantity
from halys.measures.numbers import Distribution
from halys.scenario import Scenario

RANGE = "value: 1.04, low: 1.01, high: 1.08, distribution: uniform"
DISCRETE = "value: 1.04, distribution: discrete, values: [1.01, 1.04, 1.08], probabilities: [0.2, 0.5, 0.3]"
STAKE = "percent_of_income: {low: 0, high: 3, source: own}"


def faults(text: str) -> list[str]:
    with pytest.raises(FileError) as caught:
        scenario(text)
    return [str(problem) for problem in caught.value.problems]


@pytest.fixture
def discrete() -> Scenario:
    return scenario(spoil(RANGE, DISCRETE))


def test_the_ends_of_a_discrete_number_follow(discrete: Scenario) -> None:
    (unknown,) = [u for u in discrete.unknowns if u.id == "friction"]
    q = unknown.quantity
    assert (q.value, q.low, q.high, q.ranged) == (1.04, 1.01, 1.08, True)
    assert q.values == (1.01, 1.04, 1.08)
    assert q.probabilities == (0.2, 0.5, 0.3)
    (uniform,) = [u for u in scenario().unknowns if u.id == "friction"]
    assert unknown.paths == uniform.paths


def test_it_may_be_set_anywhere_in_its_range(discrete: Scenario) -> None:
    """As sensitivities do."""
    assert discrete.with_unknown("friction", 1.02).histories[2].measures[0].measure.factor.value == 1.02


def test_the_ends_may_be_stated_as_they_are() -> None:
    scenario(spoil(RANGE, f"{DISCRETE}, low: 1.01, high: 1.08"))


@pytest.mark.parametrize("where", ["stake", "exposure", "discounting", "elasticity"])
def test_it_stands_wherever_a_number_may(where: str) -> None:
    lists = "distribution: discrete, probabilities: [0.25, 0.75], source: own"
    old, new = {
        "stake": (STAKE, f"percent_of_income: {{value: 3, values: [0, 3], {lists}}}"),
        "exposure": ("{value: -0.25, low: -0.5, high: 0, source: own}", f"{{value: -0.5, values: [-0.5, 0], {lists}}}"),
        "discounting": (
            "{value: 0.03, low: 0.01, high: 0.07, source: own}",
            f"{{value: 0.03, values: [0.03, 0.07], {lists}}}",
        ),
        "elasticity": (
            "{trade_elasticity_factor: thetas}",
            f"{{trade_elasticity_factor: thetas, trade_elasticity: {{C26: {{value: 2, values: [2, 5], {lists}}}}}}}",
        ),
    }[where]
    found = [u for u in scenario(spoil(old, new)).unknowns if u.quantity.distribution == "discrete"]
    assert [u.quantity.ranged for u in found] == [True]


AT = "f.yaml:6:13 › assumptions.friction: "


@pytest.mark.parametrize(
    ("new", "told"),
    [
        (DISCRETE.replace("0.3]", "0.2]"), f"{AT}probabilities must sum to 1; they sum to 0.9"),
        (DISCRETE.replace("0.3]", "0.300001]"), f"{AT}probabilities must sum to 1; they sum to 1.000001"),
        (DISCRETE.replace("0.5, 0.3", "0.8, 0"), f"{AT}probabilities must be greater than 0"),
        (DISCRETE.replace("0.5, 0.3", "1.1, -0.3"), f"{AT}probabilities must be greater than 0"),
        (DISCRETE.replace("0.5, 0.3", "0.8"), f"{AT}there are 3 values and 2 probabilities"),
        (DISCRETE.replace("1.04, 1.08", "1.08, 1.04"), f"{AT}values must be two or more and rise; they are 1.01, 1.08, 1.04"),
        (DISCRETE.replace("1.04, 1.08", "1.04, 1.04"), f"{AT}values must be two or more and rise"),
        (DISCRETE.replace("[1.01, 1.04, 1.08]", "[1.04]").replace("[0.2, 0.5, 0.3]", "[1]"), f"{AT}values must be two or more"),
        (DISCRETE.replace("[1.01, 1.04, 1.08]", "[]").replace("[0.2, 0.5, 0.3]", "[]"), "needs values and probabilities"),
        (DISCRETE.replace("value: 1.04", "value: 1.05"), f"{AT}value is 1.05, which is none of its values: 1.01, 1.04, 1.08"),
        (DISCRETE.replace("value: 1.04", "value: 1.2"), f"{AT}value is 1.2, above its own high 1.08"),
        (f"{DISCRETE}, low: 1", f"{AT}low and high follow from values, 1.01 and 1.08. Leave them out"),
        (DISCRETE.replace("discrete", "uniform"), f"{AT}values and probabilities belong to distribution: discrete"),
        (DISCRETE.replace("distribution: discrete, ", ""), f"{AT}values and probabilities belong to distribution: discrete"),
        (DISCRETE.replace(", probabilities: [0.2, 0.5, 0.3]", ""), f"{AT}distribution 'discrete' needs values and probabilities"),
        ("value: 1.04, distribution: discrete", f"{AT}distribution 'discrete' needs values and probabilities"),
        (DISCRETE.replace("1.08]", "many]"), "f.yaml:6:97 › assumptions.friction.values[2]: "),
        (DISCRETE.replace("[1.01, 1.04, 1.08]", "1.04"), "› assumptions.friction.values: "),
        (DISCRETE.replace("discrete", "discreet"), "› assumptions.friction.distribution: "),
        ("value: 1.04, distribution: normal", f"{AT}distribution 'normal' needs low and high"),
    ],
)  # fmt: skip
def test_no_discrete_distribution(new: str, told: str) -> None:
    found = faults(spoil(RANGE, new))
    assert any(told in fault for fault in found), found


def test_a_discrete_stake_says_which_value_a_run_uses() -> None:
    (found,) = faults(
        spoil(
            STAKE, "percent_of_income: {values: [0, 3], probabilities: [0.5, 0.5], distribution: discrete, source: own}"
        )
    )
    assert "a discrete stake needs `value`" in found


def test_probabilities_that_rounding_keeps_from_1() -> None:
    Quantity(value=0.0, distribution="discrete", values=tuple(map(float, range(10))), probabilities=(0.1,) * 10)


BEYOND = "value: 1.04, low: 0.9, high: 1.08"


@pytest.mark.parametrize("kind", get_args(Distribution))
def test_support_outside_what_the_place_allows(kind: str) -> None:
    """A factor on costs is 1 or more: refused at both places of use, with what is allowed there."""
    stated = f"{BEYOND}, distribution: {kind}"
    if kind == "discrete":
        stated = DISCRETE.replace("[1.01,", "[0.9,")
    found = faults(spoil(RANGE, stated))
    assert [fault.partition(": ")[0] for fault in found] == [
        f"f.yaml:{line}:76 › moves.usa.banks.measures[{n}].factor" for n, line in enumerate((45, 46))
    ]
    assert all("low of the number is 0.9; it must be 1 or more" in fault for fault in found)


@pytest.mark.parametrize("kind", get_args(Distribution))
def test_support_above_what_the_place_allows(kind: str) -> None:
    stated = f"{{value: 0.03, low: 0.01, high: 1.5, distribution: {kind}, source: own}}"
    if kind == "discrete":
        stated = "{value: 0.03, distribution: discrete, values: [0.03, 1.5], probabilities: [0.5, 0.5], source: own}"
    (found,) = faults(spoil("{value: 0.03, low: 0.01, high: 0.07, source: own}", stated))
    assert "› discounting.rate: high of the number is 1.5; it must be greater than 0 and less than 1" in found


@pytest.mark.parametrize(
    ("kind", "ends", "told"),
    [
        ("loguniform", "value: 1, low: 0, high: 2", "needs low greater than 0, and it is 0"),
        ("lognormal", "value: 1, low: -1, high: 2", "needs low greater than 0, and it is -1"),
        ("beta", "value: 0, low: 0, high: 2", "'beta' has its mean, value, between low and high, and it is 0"),
        ("beta", "value: 2, low: 0, high: 2", "Write pert for a most likely value at an end"),
    ],
)
def test_no_support_in_the_range(kind: str, ends: str, told: str) -> None:
    (found,) = faults(spoil(STAKE, f"percent_of_income: {{{ends}, distribution: {kind}, source: own}}"))
    assert "› stakes.undefeated.percent_of_income: " in found
    assert told in found


def test_a_number_without_width_may_have_any_kind() -> None:
    text = spoil(
        "value: 0.5, low: 0.2, high: 0.8, source: own",
        "value: 0.5, low: 0.5, high: 0.5, distribution: beta, source: own",
    )
    assert text != GAME
    assert scenario(text).unknowns
