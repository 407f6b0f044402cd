"""Technology denied and firms that leave: what they compile to, and how their bans combine with others."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import halys
from halys.errors import InputError, UnknownNameError
from halys.measures import compile_measures
from worlds import FIVE, make_arrays

DENIAL = {"senders": "AAA", "targets": "BBB"}
EXIT = {"senders": "AAA", "targets": "BBB", "share": 0.1}
NAN = float("nan")


@pytest.fixture(scope="module")
def coded_world():
    """Four economies; crude oil, electronics and machinery."""
    return halys.World.from_arrays(("AAA", "BBB", "CCC", "DDD"), ("B06", "C26", "C28"), **make_arrays(3), id="coded")


def compiled(world, *measures):
    return compile_measures(world, measures)


def test_denial_is_a_ban_on_dual_use_industries(coded_world):
    ban = compiled(coded_world, halys.TechnologyDenial(**DENIAL, coverage=0.6)).ban
    expected = np.zeros((3, 4, 4))
    expected[1:, 0, 1] = 0.6
    np.testing.assert_allclose(ban, expected, rtol=1e-15)


@pytest.mark.parametrize("form", ["reduction", "lines"])
def test_forms_mean_what_they_mean_for_a_ban(coded_world, form):
    one = compiled(coded_world, halys.TechnologyDenial(**DENIAL, **{form: 0.6}))
    other = compiled(coded_world, halys.Ban(exporters="AAA", importers="BBB", industries="dual_use", **{form: 0.6}))
    np.testing.assert_array_equal(one.ban, other.ban)
    np.testing.assert_equal(one.origin_nest, other.origin_nest)


def test_productivity_is_lost_in_the_affected_industries_of_the_target(coded_world):
    denial = halys.TechnologyDenial(**DENIAL, coverage=0.6, productivity_loss=0.05, affected=["C26"])
    expected = np.ones((4, 3))
    expected[1, 1] = 0.95
    np.testing.assert_allclose(compiled(coded_world, denial).productivity, expected, rtol=1e-15)


def test_productivity_is_most_of_what_the_target_loses(coded_world):
    """5 % off an industry costs about its share of the economy, whatever it trades; the ban costs far less."""
    plain = halys.solve(coded_world, halys.TechnologyDenial(**DENIAL, coverage=0.1), horizon=FIVE)
    both = halys.TechnologyDenial(**DENIAL, coverage=0.1, productivity_loss=0.05, affected="dual_use")
    assert halys.solve(coded_world, both, horizon=FIVE).total("BBB").percent < plain.total("BBB").percent < 0


def test_exit_is_independent_of_official_bans(coded_world):
    """1 − (1 − 0.1)(1 − 0.5): firms decide on their own, also where a file lists both in one programme."""
    pair = {"exporters": "AAA", "importers": "BBB"}
    measures = [halys.Ban(**pair, coverage=0.5, programme="2022"), halys.VoluntaryExit(**EXIT, programme="2022")]
    assert compiled(coded_world, *measures).ban[0, 0, 1] == pytest.approx(0.55, rel=1e-14)


def test_exits_of_one_programme_count_once(coded_world):
    exits = [halys.VoluntaryExit(**EXIT | {"share": s}, programme="2022") for s in (0.1, 0.3)]
    assert compiled(coded_world, *exits).ban[0, 0, 1] == pytest.approx(0.3, rel=1e-14)
    apart = [halys.VoluntaryExit(**EXIT | {"share": s}) for s in (0.1, 0.3)]
    assert compiled(coded_world, *apart).ban[0, 0, 1] == pytest.approx(0.37, rel=1e-14)


def test_denials_of_one_programme_do_not_add_up(coded_world):
    """Composites obey the rule of bans: the largest coverage counts within a programme; productivity multiplies."""
    loss = {"productivity_loss": 0.1, "affected": "C26"}
    parts = [halys.TechnologyDenial(**DENIAL, coverage=b, programme="p", **loss) for b in (0.3, 0.6)]
    shock = compiled(coded_world, *parts, halys.Ban(exporters="AAA", importers="BBB", coverage=0.4, programme="p"))
    assert shock.ban[1, 0, 1] == pytest.approx(0.6, rel=1e-14)
    assert shock.ban[0, 0, 1] == pytest.approx(0.4, rel=1e-14)
    assert shock.productivity[1, 1] == pytest.approx(0.81, rel=1e-14)


def test_affiliates_that_change_hands(coded_world):
    leaving = halys.VoluntaryExit(**EXIT, affiliate_loss=0.02, affected="all")
    expected = np.ones((4, 3))
    expected[1] = 0.98
    np.testing.assert_allclose(compiled(coded_world, leaving).productivity, expected, rtol=1e-15)


@given(st.floats(0.0, 1.0), st.floats(0.0, 1.0))
def test_coverage_stays_a_share_whatever_combines(one, other):
    w = halys.World.from_arrays(("AAA", "BBB"), ("C26",), **make_arrays(2, 2, 1), id="two")
    shock = compiled(w, halys.TechnologyDenial(**DENIAL, coverage=one), halys.VoluntaryExit(**EXIT | {"share": other}))
    assert max(one, other) - 1e-12 <= shock.ban[0, 0, 1] <= 1.0


@pytest.mark.parametrize(
    ("build", "said"),
    [
        (lambda: halys.TechnologyDenial(**DENIAL), "exactly one of them; none given"),
        (lambda: halys.TechnologyDenial(**DENIAL, coverage=0.5, reduction=0.5), "exactly one of them; two given"),
        (lambda: halys.TechnologyDenial(**DENIAL, coverage=1.5), r"TechnologyDenial\.coverage: the number is 1\.5"),
        (lambda: halys.TechnologyDenial(**DENIAL, coverage=NAN), r"TechnologyDenial\.coverage"),
        (
            lambda: halys.TechnologyDenial(**DENIAL, coverage=0.5, productivity_loss=0.1),
            "productivity_loss is given without affected",
        ),
        (
            lambda: halys.TechnologyDenial(**DENIAL, coverage=0.5, affected="all"),
            "affected is given without productivity_loss",
        ),
        (
            lambda: halys.TechnologyDenial(**DENIAL, coverage=0.5, productivity_loss=1.0, affected="all"),
            r"productivity_loss: the number is 1; it must be 0 or more and at most 0\.999",
        ),
        (lambda: halys.VoluntaryExit(**DENIAL), r"VoluntaryExit\.share: is required"),
        (lambda: halys.VoluntaryExit(**EXIT | {"share": -0.1}), r"VoluntaryExit\.share: the number is -0\.1"),
        (lambda: halys.VoluntaryExit(**EXIT | {"share": NAN}), r"VoluntaryExit\.share"),
        (lambda: halys.VoluntaryExit(**EXIT, affiliate_loss=0.1), "affiliate_loss is given without affected"),
        (lambda: halys.VoluntaryExit(**EXIT, exporters="AAA"), r"exporters: no such field"),
    ],
)
def test_refused(build, said):
    with pytest.raises(InputError, match=said):
        build()


@pytest.mark.parametrize(
    ("measure", "error", "said"),
    [
        (halys.VoluntaryExit(**EXIT | {"targets": "all"}), InputError, "VoluntaryExit has AAA both as sender and"),
        (halys.VoluntaryExit(**EXIT | {"senders": "ZZZ"}), UnknownNameError, "ZZZ"),
        (halys.TechnologyDenial(**DENIAL, coverage=0.5, industries="K"), UnknownNameError, "'K'"),
        (
            halys.TechnologyDenial(**DENIAL, coverage=0.5, productivity_loss=0.1, affected="K"),
            UnknownNameError,
            "'K'",
        ),
    ],
)
def test_what_this_world_cannot_bear(coded_world, measure, error, said):
    with pytest.raises(error, match=said):
        compiled(coded_world, measure)
