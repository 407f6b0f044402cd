"""A supporter makes what others no longer sell: by hand, who shares it, and never better than no ban."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tiny import PAIR, one_product, solve, world_gain

import halys
from halys.economy import Shock
from halys.errors import InputError
from halys.measures import compile_measures
from worlds import make_world, worlds

BAN = halys.Ban(**PAIR, coverage=0.8)


def fill(**fields) -> halys.DualUseBackfill:
    return halys.DualUseBackfill(
        **{"supporters": "CCC", "targets": "BBB", "industries": "all", "share": 0.5, "cost": 1.2, **fields}
    )


def test_by_hand():
    """Half of 0.8 of AAA's tenth of BBB's market, at 1.2 times CCC's cost: 0.04 x 1.2^−5 on CCC's own 0.15."""
    q = solve(one_product(), [BAN, fill()])
    np.testing.assert_allclose(q.coefficients.trade[0, :, 1], [0.1 * 0.2, 0.75, 0.15 + 0.04 * 1.2**-5], rtol=1e-12)


def test_target_loses_less_and_the_supporter_gains():
    w = one_product()
    banned, filled = solve(w, BAN), solve(w, [BAN, fill()])
    assert filled.real_income[1] > banned.real_income[1]
    assert filled.real_income[2] > banned.real_income[2]


@pytest.mark.parametrize("measures", [[], [halys.Tariff(**PAIR, rate=0.5)]])
def test_without_a_ban_nothing_changes_by_a_bit(measures):
    w = make_world(1, tariffs=True)
    assert np.array_equal(solve(w, [*measures, fill()]).real_income, solve(w, measures or Shock()).real_income)


def test_who_replaces_whom():
    """Supporters share by output; one that is banned itself makes nothing, nor does one that would replace itself."""
    w = make_world(1, tariffs=False)
    bans = [halys.Ban(exporters=["AAA", "CCC"], importers="BBB", industries="farms", coverage=0.6)]
    table = compile_measures(w, [*bans, fill(supporters=["CCC", "DDD"], industries="farms")]).backfill
    assert table.supplier.tolist() == [3, 3]
    assert table.share.tolist() == [0.5, 0.5]
    only = compile_measures(w, [*bans, fill(supporters="DDD", industries="farms", replaces="AAA")]).backfill
    assert only.cells.tolist() == [1]
    made = w.output[[2, 3], 0]
    shared = compile_measures(w, [BAN, fill(supporters=["CCC", "DDD"], industries="farms")]).backfill
    np.testing.assert_allclose(shared.share, 0.5 * made / made.sum(), rtol=1e-12)


def test_several_measures_leave_the_product():
    w = one_product()
    table = compile_measures(w, [BAN, fill(share=0.5), fill(share=0.4)]).backfill
    assert table.share.sum() == pytest.approx(1 - 0.5 * 0.6)
    one = compile_measures(w, [BAN, fill(share=0.5, programme="p"), fill(share=0.4, programme="p")]).backfill
    assert one.share.sum() == pytest.approx(0.5)


def test_only_what_evasion_leaves_is_replaced():
    w = make_world(1, tariffs=False)
    evasion = halys.Evasion(**PAIR, hub="DDD", capacity=1.0)
    free, both = solve(w, [BAN, evasion]), solve(w, [BAN, evasion, fill(share=1.0, cost=1.0)])
    np.testing.assert_allclose(both.real_income, free.real_income, rtol=0, atol=1e-11)


@given(worlds(tariffs=False, least=3), st.floats(0, 1), st.floats(0, 1), st.floats(1, 3), st.floats(1, 8))
def test_never_better_than_no_ban(w, coverage, share, cost, theta):
    """At given prices the buyer's market is no larger than without the ban; the world has no more than at baseline."""
    ban = halys.Ban(exporters="AAA", importers="BBB", coverage=0.99 * coverage)
    q = solve(w, [ban, fill(share=share, cost=cost)], theta)
    bought = q.coefficients.trade[:, :, 1].sum(axis=1)
    assert np.all(bought <= 1.0 + 1e-12)
    assert world_gain(w, q) <= 1e-11


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"share": 1.1}, r"DualUseBackfill\.share: the number is 1\.1; it must be between 0 and 1"),
        ({"share": float("nan")}, r"DualUseBackfill\.share"),
        ({"cost": 0.9}, r"DualUseBackfill\.cost: the number is 0\.9; it must be 1 or more"),
    ],
)
def test_refused(fields, said):
    with pytest.raises(InputError, match=said):
        fill(**fields)


@pytest.mark.parametrize("measures", [[], [BAN]])
def test_supporter_among_the_targets_is_refused(measures):
    with pytest.raises(InputError, match="has BBB both as supporter and as target"):
        compile_measures(one_product(), [*measures, fill(supporters=["BBB", "CCC"])])
