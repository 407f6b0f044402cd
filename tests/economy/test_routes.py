"""Ways around bans and copies of what is banned: the multiplier by hand, its bounds, and the accounts of detours."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from halys.economy import Horizon, Shock, SolverOptions, calibrate_baseline, check_shock, solve_equilibrium
from halys.economy.key import identify_problem
from halys.economy.problem import compile_coefficients
from halys.economy.routes import copied, evaded, reroute
from halys.economy.shock import Backfill, Rents, Routes
from halys.errors import InfeasibleError, InputError
from worlds import make_world, pairs, random_pairs

BEST = SolverOptions(tolerance=1e-12)
COUNT, KINDS = 4, 2
THETA = np.array([4.0, 6.0])
HORIZONS = [Horizon.long({"farms": 4.0, "factories": 6.0}), Horizon.short(), Horizon.short(factors=3.0)]
CELL = 1 * COUNT**2 + 0 * COUNT + 1  # industry 1 from economy 0 to economy 1
FIRST, SECOND = 1 * COUNT**2 + 0 * COUNT + 2, 1 * COUNT**2 + 2 * COUNT + 1  # legs through economy 2


def routes(*rows: tuple[int, int, float, float, float, float]) -> Routes:
    """Rows of cell, hub, capacity, margin, loss, elasticity."""
    cells, hub, *numbers = (np.array(column) for column in zip(*rows, strict=True))
    return Routes(cells, hub, *(column.astype(float) for column in numbers))


def cells(value: float, *changed: tuple[int, float]) -> np.ndarray:
    out = np.full((KINDS, COUNT, COUNT), value)
    for cell, new in changed:
        out.reshape(-1)[cell] = new
    return out


def passing(shock: Shock, theta=THETA, **world) -> float:
    b = calibrate_baseline(make_world(1, COUNT, KINDS, **world))
    return float(evaded(b, theta, shock)[1][0])


def test_one_hub_by_hand():
    """theta = rho = 6: R = omega (1 − b_ih) (1 − b_hj) ((1 + m) delta kappa_ih kappa_hj)^−6."""
    shock = Shock(
        ban=cells(0.0, (CELL, 0.8), (FIRST, 0.3), (SECOND, 0.1)),
        iceberg=cells(1.0, (FIRST, 1.02), (SECOND, 1.03), (CELL, 5.0)),
        routes=routes((CELL, 2, 0.5, 0.1, 1.05, 0.0)),
    )
    assert passing(shock) == pytest.approx(0.5 * 0.7 * 0.9 * (1.1 * 1.05 * 1.02 * 1.03) ** -6, rel=1e-12)


def test_two_hubs_by_hand():
    """rho = 12 above theta = 6: R = Omega^(1 − 1/2) [sum omega mu^−12]^(1/2); spending divides by the terms."""
    shock = Shock(
        ban=cells(0.0, (CELL, 1.0)), routes=routes((CELL, 2, 0.3, 0.0, 1.1, 12.0), (CELL, 3, 0.2, 0.2, 1.0, 12.0))
    )
    terms = np.array([0.3 * 1.1**-12, 0.2 * 1.2**-12])
    expected = np.sqrt(0.5 * terms.sum())
    assert passing(shock) == pytest.approx(expected, rel=1e-12)
    w = make_world(1, COUNT, KINDS, tariffs=False)
    b = calibrate_baseline(w)
    spent = reroute(b, THETA, shock).spent
    np.testing.assert_allclose(spent, b.trade_share.take(CELL) * expected * terms / terms.sum(), rtol=1e-12)


def test_taxes_on_the_legs_by_hand():
    """What measures add to the legs' taxes raises the cost of the route; its revenue goes to who levies it."""
    tariff = cells(0.0, (FIRST, 0.1), (SECOND, 0.2), (CELL, 0.9))
    shock = Shock(
        ban=cells(0.0, (CELL, 1.0)),
        tariff=tariff,
        export_tax=cells(0.0, (FIRST, 0.05), (SECOND, 0.03), (CELL, 0.7)),
        routes=routes((CELL, 2, 1.0, 0.25, 1.0, 0.0)),
    )
    b = calibrate_baseline(make_world(1, COUNT, KINDS, tariffs=False))
    r = reroute(b, THETA, shock)
    assert r.spent[0] == pytest.approx(b.trade_share.take(CELL) * (1.25 * 1.1 * 1.2 * 1.05 * 1.03) ** -6, rel=1e-12)
    assert r.spent[0] / r.landed[0] == pytest.approx(1.2, rel=1e-12)
    assert r.landed[0] / r.shipped[0] == pytest.approx(1.25 * 1.1 * 1.03, rel=1e-12)
    assert r.shipped[0] / r.received[0] == pytest.approx(1.05, rel=1e-12)


def test_baseline_duties():
    """The importer's baseline duty on the exporter's goods stays; those on the legs are not paid in transit."""
    b = calibrate_baseline(make_world(1, COUNT, KINDS, tariffs=True))
    shock = Shock(ban=cells(0.0, (CELL, 1.0)), routes=routes((CELL, 2, 1.0, 0.0, 1.0, 0.0)))
    r = reroute(b, THETA, shock)
    assert r.spent[0] == b.trade_share.take(CELL)
    assert r.spent[0] / r.received[0] == pytest.approx(1.0 + b.tariff.take(CELL), rel=1e-12)


@given(
    st.lists(st.tuples(st.floats(0, 1), st.floats(0, 3), st.floats(1, 3)), min_size=1, max_size=4),
    st.floats(0.1, 200),
    st.floats(0.5, 200),
    st.integers(0, 3),
)
def test_what_passes_is_bounded_by_capacity_and_rises_in_it(hubs, rho, theta, which):
    total = sum(capacity for capacity, *_ in hubs)
    hubs = [(capacity / max(total, 1.0), margin, loss) for capacity, margin, loss in hubs]
    capacity = sum(c for c, *_ in hubs)

    def found(rows):
        table = routes(*((CELL, 2 + n % 2, *row, rho) for n, row in enumerate(rows)))
        return passing(Shock(ban=cells(0.0, (CELL, 1.0)), routes=table), np.array([4.0, theta]))

    before = found(hubs)
    assert 0.0 <= before <= capacity * (1 + 1e-12)
    at = which % len(hubs)
    smaller = [(0.5 * c if n == at else c, m, d) for n, (c, m, d) in enumerate(hubs)]
    assert found(smaller) <= before * (1 + 1e-12) + 1e-300
    dearer = [(c, m, d * (1.1 if n == at else 1.0)) for n, (c, m, d) in enumerate(hubs)]
    assert found(dearer) <= before * (1 + 1e-12) + 1e-300


@given(st.floats(0.05, 1.0), st.floats(1.0, 5.0))
def test_capacity_is_the_share_that_passes_where_passing_is_free(capacity, ratio):
    """Whatever rho >= theta and however it is divided between hubs."""
    table = routes((CELL, 2, 0.4 * capacity, 0, 1, 6.0 * ratio), (CELL, 3, 0.6 * capacity, 0, 1, 6.0 * ratio))
    assert passing(Shock(ban=cells(0.0, (CELL, 1.0)), routes=table)) == pytest.approx(capacity, rel=1e-12)


@pytest.mark.parametrize("tariffs", [True, False])
def test_free_evasion_of_all_undoes_the_ban(tariffs):
    w = make_world(2, COUNT, KINDS, tariffs=tariffs)
    b = calibrate_baseline(w)
    shock = Shock(ban=cells(0.0, (CELL, 0.9)), routes=routes((CELL, 2, 0.7, 0, 1, 0), (CELL, 3, 0.3, 0, 1, 0)))
    q = solve_equilibrium(b, THETA, shock, options=BEST)
    np.testing.assert_allclose(q.real_income, 1.0, rtol=0, atol=1e-11)
    np.testing.assert_allclose(q.flows, b.flows, rtol=1e-9)


def everything(w, h: float = 1.0) -> Shock:
    """Bans of size h on all trade between two groups, with hubs, copies, taxes and losses of full size."""
    ban = pairs(w, ["AAA", "DDD"], ["BBB"], h, 0.0)
    shut = np.flatnonzero(ban)
    hub = np.full(shut.size, 2)
    return Shock(
        ban=ban,
        routes=Routes(shut, hub, np.full(shut.size, 0.6), np.full(shut.size, 0.2), np.full(shut.size, 1.1), 0.0 * shut),
        backfill=Backfill(shut, hub, np.full(shut.size, 0.5), np.full(shut.size, 1.3)),
    )


@pytest.mark.parametrize("horizon", HORIZONS)
@pytest.mark.parametrize("tariffs", [True, False])
@pytest.mark.parametrize("closure", ["fixed", "proportional"])
def test_accounts(tariffs, closure, horizon):
    """What importers spend is what sellers, hubs and governments receive; incomes are spent; payments balance."""
    w = make_world(3, COUNT, KINDS, tariffs=tariffs)
    b = calibrate_baseline(w)
    shock = replace(everything(w, 0.8), export_tax=random_pairs(w, 3, 0.0, 0.3, 0.0))
    q = solve_equilibrium(b, horizon.elasticities(w.industries), shock, closure, BEST)
    e, r = q.solution.evaluation, q.detours
    received = e.output.sum() + e.tariff_revenue.sum() + e.export_revenue.sum() + e.claimed.sum()
    assert q.solution.purchases.sum() == pytest.approx(received, rel=1e-10)
    inputs = ((1.0 - e.value_added_share) * e.output).sum()
    assert e.income.sum() == pytest.approx(received - inputs, rel=1e-10)
    margins = (r.landed - r.shipped)[r.hub == 2].sum()
    assert e.claimed[2] * (1.0 + 1e-12) >= margins > 0
    assert q.through_hubs[:, 2].sum() == pytest.approx(r.landed.sum(), rel=1e-12)
    assert q.through_hubs[:, [0, 1, 3]].sum() == 0.0
    # counted once, from exporter to buyer, as it leaves the exporter; what sellers receive is their output
    around = np.zeros(q.flows.shape)
    np.add.at(around.reshape(-1), r.cell, r.shipped)
    np.testing.assert_allclose(q.flows - q.direct_flows, around, rtol=1e-9, atol=1e-15)
    sold = q.direct_flows / (1.0 + shock.export_tax)
    np.add.at(sold.reshape(-1), r.cell, r.received)
    np.testing.assert_allclose(sold.sum(axis=2).T, e.output, rtol=1e-9)


@pytest.mark.parametrize("horizon", HORIZONS)
@pytest.mark.parametrize("tariffs", [True, False])
def test_remainder_of_the_decomposition_is_of_second_order(tariffs, horizon):
    w = make_world(1, COUNT, KINDS, tariffs=tariffs)
    b = calibrate_baseline(w)
    remainders: list[float] = []
    gifts, none = np.zeros((COUNT, KINDS)), np.zeros((2, 1))
    gifts[0, 1], gifts[3, 1] = 0.1 * w.final[0, 1] * w.unit, -0.05 * w.final[3, 1] * w.unit
    for h in (0.01, 0.005):
        shock = replace(everything(w, h), gifts=gifts * h, rents=Rents(np.array([2]), np.array([0.2 * h]), *none))
        elasticities = horizon.elasticities(w.industries)
        q = solve_equilibrium(b, elasticities, shock, options=SolverOptions(tolerance=1e-13))
        remainders.append(np.abs(q.decomposition.remainder).max())
        assert remainders[-1] < 0.1 * np.abs(q.real_income - 1.0).max()
        np.testing.assert_allclose(sum(q.decomposition), q.real_income - 1.0, rtol=0, atol=1e-15)
    assert remainders[0] / remainders[1] == pytest.approx(4.0, rel=0.1)


def test_copies_by_hand():
    """phi b (1 − R) pi chi^−theta on the supplier's own trade with the buyer, under its own barriers."""
    w = make_world(1, COUNT, KINDS, tariffs=False)
    b = calibrate_baseline(w)
    shock = Shock(
        ban=cells(0.0, (CELL, 0.8)),
        iceberg=cells(1.0, (SECOND, 1.2)),
        routes=routes((CELL, 3, 0.25, 0.0, 1.0, 0.0)),
        backfill=Backfill(np.array([CELL]), np.array([2]), np.array([0.5]), np.array([1.1])),
    )
    gain = 0.5 * 0.8 * 0.75 * b.trade_share.take(CELL) * 1.1**-6
    at, gained = copied(b, THETA, shock)
    assert at[0] == SECOND
    assert gained[0] == pytest.approx(gain, rel=1e-12)
    c = compile_coefficients(b, THETA, shock, "fixed")
    assert c.trade.take(SECOND) == pytest.approx((b.trade_share.take(SECOND) + gain) * 1.2**-6, rel=1e-12)


def test_the_last_supplier_may_come_around():
    """A product all of whose sellers are shut out has no price, unless some reaches its buyers through a hub that may
    itself sell (and has nothing of its own)."""
    b = calibrate_baseline(make_world(1, COUNT, KINDS, tariffs=False))
    share = b.trade_share.copy()
    share[1, 2, 1] = 0.0
    share[1, :, 1] /= share[1, :, 1].sum()
    b = replace(b, trade_share=share)
    ban = np.zeros((KINDS, COUNT, COUNT))
    ban[1, [0, 1, 3], 1] = 1.0
    with pytest.raises(InfeasibleError, match="last supplier of a product in use is cut off: factories in BBB"):
        check_shock(b, THETA, Shock(ban=ban), "balanced")
    check_shock(b, THETA, Shock(ban=ban, routes=routes((CELL, 2, 0.5, 0.1, 1.0, 0.0))), "balanced")
    shut = Shock(ban=np.where(np.arange(KINDS * COUNT**2).reshape(ban.shape) == SECOND, 1.0, ban))
    with pytest.raises(InfeasibleError, match="last supplier"):
        check_shock(b, THETA, replace(shut, routes=routes((CELL, 2, 0.5, 0.1, 1.0, 0.0))), "balanced")


def test_key_of_a_problem_knows_the_tables():
    w = make_world(1, COUNT, KINDS, tariffs=False)
    b, ban = calibrate_baseline(w), cells(0.0, (CELL, 0.5))
    none = Routes(*(np.zeros(0, dtype=t) for t in (int, int, float, float, float, float)))
    one = routes((CELL, 2, 0.5, 0.1, 1.0, 0.0))
    rent = Rents(np.array([CELL]), np.array([0.1]), np.zeros(1), np.zeros(1))
    fill = Backfill(np.array([CELL]), np.array([2]), np.array([0.5]), np.array([1.1]))
    shocks = [
        Shock(ban=ban),
        Shock(ban=ban, routes=one),
        Shock(ban=ban, routes=replace(one, margin=np.array([0.2]))),
        Shock(ban=ban, rents=rent),
        Shock(ban=ban, backfill=fill),
        Shock(ban=ban, gifts=np.ones((COUNT, KINDS))),
    ]
    keys = [identify_problem(b, THETA, shock, "fixed", BEST) for shock in shocks]
    assert len(set(keys)) == len(keys)
    assert identify_problem(b, THETA, Shock(ban=ban, routes=none), "fixed", BEST) == keys[0]


@pytest.mark.parametrize(
    ("build", "said"),
    [
        (lambda: routes((CELL, 2, 1.1, 0, 1, 0)), "routes.capacity of a shock must be in"),
        (lambda: routes((CELL, 2, np.nan, 0, 1, 0)), "routes.capacity"),
        (lambda: routes((CELL, 2, 0.6, 0, 1, 0), (CELL, 3, 0.6, 0, 1, 0)), "must sum to at most 1"),
        (lambda: routes((CELL, 2, 0.5, -0.1, 1, 0)), "routes.margin"),
        (lambda: routes((CELL, 2, 0.5, 0.1, 0.9, 0)), "routes.loss"),
        (lambda: routes((CELL, 2, 0.5, 0.1, 1, -1.0)), "routes.elasticity"),
        (lambda: Backfill(np.array([1]), np.array([2]), np.array([1.2]), np.array([1.0])), "backfill.share"),
        (lambda: Backfill(np.array([1]), np.array([2]), np.array([0.2]), np.array([0.9])), "backfill.cost"),
        (lambda: Backfill(np.array([1, 1]), np.array([2, 3]), np.array([0.6, 0.6]), np.ones(2)), "sum to at most 1"),
        (lambda: Rents(np.array([1]), np.array([1.2]), np.zeros(1), np.zeros(1)), "rents.floor"),
        (lambda: Rents(np.array([1]), np.zeros(1), np.array([-0.1]), np.zeros(1)), "rents.weight"),
        (lambda: Rents(np.array([1]), np.zeros(1), np.ones(1), np.array([np.inf])), "rents.ceiling"),
        (lambda: Rents(np.array([1, 2]), np.zeros(1), np.ones(1), np.ones(1)), "vectors of one length"),
    ],
)
def test_tables_refuse(build, said):
    with pytest.raises(InputError, match=said):
        build()
