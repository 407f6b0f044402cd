"""Evasion through hubs and its policing, from the instrument to the world."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tiny import PAIR, one_product, solve, world_gain

import halys
from halys.economy import Shock
from halys.errors import InfeasibleError, InputError
from halys.measures import compile_measures
from worlds import FIVE, make_world, worlds

BAN = halys.Ban(**PAIR, coverage=0.8)


def around(**fields) -> halys.Evasion:
    return halys.Evasion(**{**PAIR, "hub": "CCC", "capacity": 0.5, **fields})


def test_share_by_hand():
    """theta 5, b 0.8, half of it at 10 % margin and 5 % loss: AAA's coefficient is pi (0.2 + 0.4 (1.1 x 1.05)^−5)."""
    w = one_product()
    q = solve(w, [BAN, around(margin=0.1, loss=1.05)])
    pi = 20.0 / 200.0
    assert q.coefficients.trade[0, 0, 1] == pytest.approx(pi * (0.2 + 0.4 * (1.1 * 1.05) ** -5), rel=1e-12)
    detour = q.detours
    assert q.solution.evaluation.claimed[2] == pytest.approx(detour.landed[0] * (0.1 / 1.1), rel=1e-10)
    assert q.solution.evaluation.claimed[[0, 1]] == pytest.approx([0.0, 0.0])
    assert q.through_hubs[0, 2] == detour.landed[0]


def test_outcome_tells_what_passes_each_hub():
    """Without duties on the way a hub earns its margin on exactly what passes it: 0.1 of 1.1."""
    w = make_world(1, tariffs=False)
    two = [around(capacity=0.3, margin=0.1), around(hub="DDD", capacity=0.4, margin=0.25)]
    data = halys.solve(w, [BAN, *two], horizon=FIVE, tolerance=1e-13).data
    through = data["reexports"].values
    assert through[[0, 1]] == pytest.approx([0.0, 0.0])
    assert through.min() >= 0.0
    earned = data["rents_received"].values
    np.testing.assert_allclose(earned[[2, 3]], through[[2, 3]] * [0.1 / 1.1, 0.25 / 1.25], rtol=1e-10)
    assert np.all(halys.solve(w, BAN, horizon=FIVE).data["reexports"].values == 0.0)


def test_hub_gains_and_both_sides_lose_less():
    w = one_product()
    banned, evaded = solve(w, BAN), solve(w, [BAN, around(margin=0.1)])
    assert np.all(evaded.real_income[[0, 1]] > banned.real_income[[0, 1]])
    assert evaded.real_income[2] > banned.real_income[2]
    assert evaded.flows[0, 0, 1] > banned.flows[0, 0, 1]


@pytest.mark.parametrize("measures", [[], [halys.Tariff(**PAIR, rate=0.5)], [halys.Ban(**PAIR, coverage=0.0)]])
def test_without_a_ban_nothing_changes_by_a_bit(measures):
    w = make_world(1, tariffs=True)
    evaded = solve(w, [*measures, around(), halys.Policing(hubs="CCC", capacity_factor=0.5)])
    assert np.array_equal(evaded.real_income, solve(w, measures or Shock()).real_income)
    assert evaded.shock.routes is None


def test_hub_under_sanctions_itself():
    """A ban of all from the exporter to the hub, or from the hub to the importer, shuts the route."""
    w = one_product()
    for leg in ({"exporters": "AAA", "importers": "CCC"}, {"exporters": "CCC", "importers": "BBB"}):
        both = [BAN, halys.Ban(**leg, coverage=1.0)]
        shut, none = solve(w, [*both, around()]), solve(w, both)
        assert np.array_equal(shut.real_income, none.real_income)


def test_a_group_leaves_out_the_hub():
    """CCC among all exporters needs no way around through itself."""
    w = one_product()
    ban = halys.Ban(exporters="all", importers="BBB", coverage=0.5)
    table = compile_measures(w, [ban, around(exporters="all")]).routes
    assert table.cells.tolist() == [1]  # AAA to BBB alone


def test_capacities_of_several_hubs():
    w = make_world(1, tariffs=False)
    two = [around(capacity=0.6), around(hub="DDD", capacity=0.4)]
    assert compile_measures(w, [BAN, *two]).routes.capacity.sum() == pytest.approx(3.0)  # three products
    with pytest.raises(InputError, match=r"re-export capacities above 1: those on farms from AAA to BBB sum to 1\.1"):
        compile_measures(w, [BAN, around(capacity=0.6), around(hub="DDD", capacity=0.5)])
    ranged = {"value": 0.2, "low": 0.1, "high": 0.7}
    with pytest.raises(InputError, match="at the high ends of their ranges"):
        compile_measures(w, [BAN, around(capacity=ranged), around(hub="DDD", capacity=0.4)])


def test_policing():
    """Factors multiply; a hub that is not named goes on."""
    w = make_world(1, tariffs=False)
    hubs = [around(capacity=0.4, loss=1.1), around(hub="DDD", capacity=0.4)]
    half = halys.Policing(hubs="CCC", capacity_factor=0.5, loss_factor=1.2)
    fewer = halys.Policing(hubs=["CCC", "DDD"], industries="farms", capacity_factor=0.5)
    table = compile_measures(w, [half, BAN, *hubs, fewer]).routes
    by_hand = {(0, 2): (0.1, 1.32), (0, 3): (0.2, 1.0), (1, 2): (0.2, 1.32), (1, 3): (0.4, 1.0)}
    rows = zip(table.cells // 16, table.hub, table.capacity, table.loss, strict=True)
    found = {(s, h): (c, loss) for s, h, c, loss in rows if s < 2}
    for key, expected in by_hand.items():
        assert found[key] == pytest.approx(expected)


@given(
    worlds(tariffs=False, least=3), st.floats(0, 1), st.floats(0, 1), st.floats(0, 1), st.floats(1, 2), st.floats(1, 20)
)
def test_evasion_gives_back_no_more_than_the_ban_took(w, coverage, capacity, margin, loss, rho):
    """The world never has more than at baseline, and the flow is between that of the ban and that without."""
    ban = halys.Ban(exporters="AAA", importers="BBB", coverage=0.99 * coverage)
    evasion = halys.Evasion(**PAIR, hub="CCC", capacity=capacity, margin=margin, loss=loss, rho=rho)
    q = solve(w, [ban, evasion])
    assert world_gain(w, q) <= 1e-11
    pi = q.baseline.trade_share[:, 0, 1]
    trade = q.coefficients.trade[:, 0, 1]
    assert np.all(trade <= pi * (1 + 1e-12))
    assert np.all(trade >= pi * (1 - 0.99 * coverage) * (1 - 1e-12))


@pytest.mark.parametrize(
    ("build", "said"),
    [
        (
            lambda: around(hub="AAA"),
            "the hub AAA is also among the exporters: a hub is a third economy",
        ),
        (lambda: around(importers=["BBB", "CCC"]), "the hub CCC is also among the importers.*never their buyer"),
        (lambda: around(capacity=1.2), r"Evasion\.capacity: the number is 1\.2; it must be between 0 and 1"),
        (lambda: around(capacity=float("nan")), r"Evasion\.capacity"),
        (lambda: around(margin=-0.1), r"Evasion\.margin: the number is -0\.1; it must be 0 or more"),
        (lambda: around(loss=0.9), r"Evasion\.loss: the number is 0\.9; it must be 1 or more"),
        (lambda: around(rho=0.0), r"Evasion\.rho: the number is 0; it must be greater than 0"),
        (lambda: around(hub=["CCC"]), r"Evasion\.hub"),
        (lambda: halys.Policing(hubs="CCC"), "policing needs capacity_factor, loss_factor or both"),
        (lambda: halys.Policing(hubs="CCC", capacity_factor=1.5), r"Policing\.capacity_factor: the number is 1\.5"),
        (lambda: halys.Policing(hubs="CCC", loss_factor=0.5), r"Policing\.loss_factor: the number is 0\.5"),
        (lambda: halys.Policing(capacity_factor=0.5), r"Policing\.hubs: is required"),
    ],
)
def test_refused(build, said):
    with pytest.raises(InputError, match=said):
        build()


@pytest.mark.parametrize(
    ("measure", "said"),
    [
        (around(exporters="coalition_2022", hub="all"), "hub 'all' is a group of 3 economies; a hub is one economy"),
        (around(exporters="all", importers="all", hub="ZZZ"), "'ZZZ' is not an economy"),
    ],
)
def test_refused_in_a_world(measure, said):
    with pytest.raises(InputError, match=said):
        compile_measures(one_product(), [measure])


def test_lines_are_refused():
    """Which lines get around is not known."""
    w = make_world(1, tariffs=False)
    with pytest.raises(InfeasibleError, match="where a ban states lines: which lines get through is not known"):
        compile_measures(w, [halys.Ban(**PAIR, lines=0.5), around()])
