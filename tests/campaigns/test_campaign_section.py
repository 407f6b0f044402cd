"""The section `campaign`: what it becomes, every rule with an example that breaks it, its numbers."""

from __future__ import annotations

import math
import re

import numpy as np
import pytest
from small import TEXT, scenario, spoil

from halys.campaigns.setup import Setup
from halys.errors import FileError, InputError
from halys.scenario import all_numbers, numbers_without_source
from halys.scenario.validation import path_text

ZEROS = np.zeros((2, 2, 3))


def test_what_it_becomes() -> None:
    setup = Setup(scenario())
    assert [history.id for history in setup.histories] == [
        "china=none/usa=words", "china=none/usa=tariffs", "china=help/usa=words", "china=help/usa=tariffs",
    ]  # fmt: skip
    assert len(setup.own[0]) == 4
    campaign = setup.campaign(ZEROS, ZEROS)
    china, usa = campaign.tracks
    assert (china.owner, usa.owner) == (1, 2)
    assert (china.bits.tolist(), usa.bits.tolist()) == ([0, 1], [0, 0])
    assert (china.exit.tolist(), usa.entry.tolist()) == ([0, 0.1], [0, 0.02])
    assert (china.precision, usa.precision) == (10, 50)
    assert china.aged.tolist() == usa.aged.tolist() == [False, True]
    assert campaign.absorbing.tolist() == [False, False, True]
    assert campaign.start == (0, 0, 1, 0)
    assert not campaign.allowed[1][:, :, 0, :, 1].any()
    assert campaign.allowed[1][1, :, 1].all()
    assert not campaign.allowed[1][0, 0, 1, :, 1].any()  # there is no reply to nothing
    assert campaign.allowed[1][0, 1, 1, :, 1].all()  # but what stands may be kept


def test_stakes_accrue_through_states_alone() -> None:
    """Help shifts the war, so that what it says of the stake that the war exposes does not count too."""
    stakes = Setup(scenario()).campaign(ZEROS, ZEROS).stakes
    assert (stakes[:, :, 0, :, 1] == -0.5).all()  # losing: the middle of 0 to 1, wherever help is
    assert (stakes[:, :, 1:, :, 1] == 0).all()
    resolve = stakes[..., 1, :, 2]  # (china, usa, crossed)
    np.testing.assert_allclose(resolve[0, 0], [0, -0.05])
    np.testing.assert_allclose(resolve[1, 0], [-0.1, -0.1])  # -1 by the move, cut off there
    pv = 0.001 * 0.95 / 0.05  # of a permanent loss
    np.testing.assert_allclose(resolve[:, 1], -pv)


def test_the_chain_of_the_war() -> None:
    chain = Setup(scenario()).campaign(ZEROS, ZEROS).momentum
    np.testing.assert_allclose(chain[0, 0, 1], [0.2, 0.75, 0.05])
    up, down = 0.05 * math.exp(0.5), 0.2 * math.exp(-0.5)
    total = up + down + 0.75
    np.testing.assert_allclose(chain[1, 0, 1], [down / total, 0.75 / total, up / total])
    np.testing.assert_allclose(chain[1, 0, 0], [1 - up / total, up / total, 0])
    np.testing.assert_allclose(chain[:, :, 2], np.broadcast_to([0, 0, 1], (2, 2, 3)))


def test_states_of_a_condition() -> None:
    setup = Setup(scenario())
    assert setup.states({}).all()
    assert setup.states({"china": "help"}).sum() == 12
    found = setup.states({"china": ["none", "help"], "momentum": "even", "crossed": "none"})
    assert found.sum() == 4
    assert found[..., 1, 0].all()
    assert setup.states({"crossed": ["china", "none"]}).all()


def test_the_game_knows_nothing_of_it() -> None:
    made = scenario()
    assert {unknown.id for unknown in made.unknowns} == {
        "size", "horizon.trade_elasticity_factor", "stakes.undefeated.percent_of_income",
        "stakes.resolve.percent_of_income",
    }  # fmt: skip
    own = {unknown.id for unknown in made.campaign_unknowns} - {unknown.id for unknown in made.unknowns}
    assert own == {
        "campaign.discount", "campaign.half_life", "campaign.precision", "campaign.tracks.china.exit.help",
        "campaign.tracks.usa.precision", "campaign.momentum.up", "campaign.momentum.down",
        "campaign.momentum.shifts[0].by", "campaign.exposures[1].exposures.resolve",
        "campaign.erosion[0].percent_a_year",
    }  # fmt: skip
    places = {path_text(path) for path, _ in all_numbers(made.file)}
    assert own < places
    assert [path_text(path) for path in numbers_without_source(made.file)] == ["campaign.tracks.usa.entry.tariffs"]


def test_every_number_of_it_may_be_set_within_its_bounds() -> None:
    made = scenario()
    for unknown in made.campaign_unknowns:
        changed = made.with_unknowns({unknown.id: unknown.quantity.low})
        again = {u.id: u for u in changed.campaign_unknowns}[unknown.id]
        assert again.quantity.value == unknown.quantity.low, unknown.id
        assert unknown.label
    with pytest.raises(InputError, match="discount"):
        made.with_unknowns({"campaign.discount": 1.2})


def test_a_named_number_serves_here_too() -> None:
    made = scenario(spoil("by: {value: 0.5, low: 0, high: 1, source: own}", "by: shift").replace(
        "assumptions:\n", "assumptions:\n  shift: {label: What help does, value: 0.4, low: 0, high: 1, source: own}\n"
    ))  # fmt: skip
    assert made.file.campaign is not None
    assert made.file.campaign.momentum is not None
    assert made.with_unknowns({"shift": 0.7}).file.campaign.momentum.shifts[0].by.value == 0.7  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("old", "new", "where", "message"),
    [
        ("    china: {levels: [none, help]", "    chine: {levels: [none, help]", "tracks.chine", "no stage 'chine'.*china"),  # noqa: E501
        ("levels: [words, tariffs]", "levels: [words, tarifs]", "usa.levels\\[1\\]", "'tarifs' is not listed.*tariffs"),
        ("levels: [words, tariffs]", "levels: [words, words]", "usa.levels\\[1\\]", "is there twice"),
        ("levels: [words, tariffs]", "levels: [words]", "usa.levels", "2"),
        ("levels: [words, tariffs]", "levels: [words, tariffs], start: duties", "usa.start", "'duties'.*words, tariffs"),  # noqa: E501
        ("levels: [words, tariffs]", "levels: [words, tariffs], actor: usa", "usa.actor", "says so already"),
        ("crosses: [help]", "crosses: [arms]", "china.crosses\\[0\\]", "'arms'"),
        ("exit: {help:", "exit: {arms:", "china.exit.arms", "'arms'"),
        ("begins: 2022-Q3", "begins: 2022-Q5", "begins", "2022-Q5"),
        ("quarters: 8", "quarters: 81", "quarters", "80"),
        ("    never: {label: Words", "    free: {label: Words", "policies.free", "play without a commitment"),
        ("continuation: 2", "continuation: 0.1", "continuation", "whole quarters"),
        ("crosses: [help]", "labels: {arms: Arms}, crosses: [help]", "china.labels.arms", "'arms'"),
        ("continuation: 2", "continuation: ever", "continuation", "forever"),
        ("{value: 0.95, low: 0.9, high: 0.98, source: own}", "1", "discount", "below 1|less than 1"),
        ("start: even", "start: evn", "momentum.start", "'evn'.*even"),
        ("ends: [lost]", "ends: [even]", "momentum.ends", "over before it begins"),
        ("up: {value: 0.05, low: 0.01, high: 0.1", "up: {value: 0.05, low: 0.01, high: 0.8", "momentum.up", "1.1"),
        ("shifts: [{when: {china: help}", "shifts: [{when: {momentum: even}", "shifts\\[0\\].when.momentum", "'momentum'"),  # noqa: E501
        ("track: usa, levels: [tariffs]}]", "track: usa, levels: [words, tariffs]}]", "closed\\[0\\].levels", "every level"),  # noqa: E501
        ("track: usa, levels: [tariffs]}]", "track: us, levels: [tariffs]}]", "closed\\[0\\].track", "'us'.*usa"),
        ("exposures: {undefeated: -1}}", "exposures: {undefeted: -1}}", "exposures\\[0\\]", "'undefeted'.*undefeated"),
        ("exposures: {undefeated: -1}}", "exposures: {undefeated: -0.4}}", "exposures\\[0\\]", "range and source"),
        ("actor: usa, when: {usa: tariffs}, percent", "actor: us, when: {usa: tariffs}, percent", "erosion\\[0\\]", "'us'"),  # noqa: E501
        ("rules: [{move: words}]", "rules: [{move: word}]", "policies.never.rules\\[0\\].move", "'word'.*words"),
        ("at_end: {china: help}", "at_end: {china: helps}", "futures.quiet.at_end.china", "'helps'.*help"),
        ("quiet: {label: Quiet help, at_end: {china: help}}", "quiet: {label: Quiet help}", "futures.quiet", "states nothing"),  # noqa: E501
        ("at_least: 3", "at_least: 9", "quarters\\[0\\].at_least", "the campaign has 8"),
        ("    kept: {label", "    rest: {label", "futures.rest", "no rule names"),
        ("never: [{crossed: china}]", "never: [{crossed: usa}]", "never\\[0\\].crossed", "'usa'.*china, none"),
        ("  closed: [", "  close: [", ".close", "closed"),
    ],
)  # fmt: skip
def test_refusals(old: str, new: str, where: str, message: str) -> None:
    with pytest.raises(FileError) as caught:
        scenario(spoil(old, new))
    text = str(caught.value)
    assert re.search(rf"f\.yaml:\d+:\d+ › campaign.*{where}", text)
    assert re.search(message, text, 16), text


def test_a_scenario_without_it() -> None:
    bare = scenario(TEXT[: TEXT.index("campaign:")])
    with pytest.raises(InputError, match="no section `campaign`"):
        Setup(bare)


def test_levels_that_are_shut_together_are_refused_before_anything_is_solved() -> None:
    shut = "closed: [{when: {momentum: even}, track: usa, levels: [words]}, {when: {china: help}, track: usa, levels: [tariffs]}]"  # noqa: E501
    made = Setup(scenario(spoil("closed: [{when: {momentum: losing}, track: usa, levels: [tariffs]}]", shut)))
    with pytest.raises(
        InputError, match="every level of usa is closed in the state china: none, usa: words, momentum: even"
    ):
        made.check()


def test_steps_that_leave_no_chance_to_stay() -> None:
    """0.8 and 0.2 are 1 but for rounding."""
    text = spoil("up: {value: 0.05, low: 0.01, high: 0.1", "up: {value: 0.8, low: 0.7, high: 0.8").replace(
        "down: {value: 0.2, low: 0.1, high: 0.3", "down: {value: 0.2, low: 0.1, high: 0.2"
    )
    chain = Setup(scenario(text)).campaign(ZEROS, ZEROS).momentum
    assert (chain >= 0).all()
