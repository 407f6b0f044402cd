"""The sources of a change of real income: they sum to it exactly, and what first order leaves out is second order.

Halving a shock must quarter the remainder, if every term is right to first order. A forgotten or doubled term would
halve it. Shocks of 1 % and 0.5 %, solved to 1e-13, leave remainders near 1e-5 and 1e-6, far above rounding; third-order
terms move the ratio of 4 by a few per cent.
"""

from __future__ import annotations

import numpy as np
import pytest

from halys.economy import Shock, SolverOptions, calibrate_baseline, solve_equilibrium
from worlds import make_world, pairs, random_pairs

BEST = SolverOptions(tolerance=1e-13)
THETA = np.array([3.0, 5.0, 8.0])


def shock_of(w, kind: str, h: float) -> Shock:
    """A shock of size h of one kind, all pairs hit unevenly."""
    uneven = random_pairs(w, 3, 0.0, 1.0, 0.0)
    nodes = np.random.default_rng(4).uniform(-1.0, 1.0, w.value_added.shape)
    tariff = 0.0 if w.tariff is None else w.tariff
    gift = np.array([-1.0, 0.7, 0.6, -0.3]) * w.unit
    parts = {
        "tariff": {"tariff": tariff + h * uneven},
        "export tax": {"export_tax": h * uneven},
        "trade cost": {"iceberg": 1.0 + h * uneven},
        "ban": {"ban": h * uneven},
        "productivity": {"productivity": 1.0 + h * nodes},
        "transfer": {"transfer": h * 10 * gift},
    }
    if kind == "all":
        return Shock(**{name: array for part in parts.values() for name, array in part.items()})
    return Shock(**parts[kind])


def solve(w, shock, closure="fixed"):
    return solve_equilibrium(calibrate_baseline(w), THETA, shock, closure, BEST)


KINDS = ["tariff", "export tax", "trade cost", "ban", "productivity", "transfer", "all"]


@pytest.mark.parametrize("closure", ["fixed", "proportional"])
@pytest.mark.parametrize("tariffs", [True, False], ids=["baseline tariffs", "no baseline tariffs"])
@pytest.mark.parametrize("kind", KINDS)
def test_remainder_is_of_second_order(kind, tariffs, closure):
    w = make_world(1, 4, 3, tariffs=tariffs)
    remainders = []
    for h in (0.01, 0.005):
        q = solve(w, shock_of(w, kind, h), closure)
        remainders.append(np.abs(q.decomposition.remainder).max())
        assert remainders[-1] < 0.1 * np.abs(q.real_income - 1.0).max()
    assert remainders[0] / remainders[1] == pytest.approx(4.0, rel=0.1)


@pytest.mark.parametrize("kind", KINDS)
def test_terms_sum_to_the_change(kind):
    """Exact by construction of the remainder; 1e-15 is the rounding of eight terms."""
    w = make_world(2)
    q = solve(w, shock_of(w, kind, 0.3), "proportional")
    np.testing.assert_allclose(sum(q.decomposition), q.real_income - 1.0, rtol=0, atol=1e-15)


def test_terms_sum_on_the_bundled_world(world):
    shock = Shock(ban=pairs(world, "coalition_2022", "RUS", 0.7, 0.0))
    q = solve_equilibrium(calibrate_baseline(world), np.full(50, 5.0), shock)
    np.testing.assert_allclose(sum(q.decomposition), q.real_income - 1.0, rtol=0, atol=1e-15)


def test_terms_of_trade_sum_to_zero_over_the_world():
    """What one gains on prices another loses: Σ I_j · terms of trade = 0."""
    w = make_world(3)
    q = solve(w, shock_of(w, "all", 0.2))
    gains = q.decomposition.terms_of_trade * q.baseline.income
    assert abs(gains.sum()) < 1e-13 * np.abs(gains).sum()


def test_only_the_terms_of_the_shock_are_there():
    """A trade cost has no term of bans, transfers or productivity."""
    w = make_world(1)
    d = solve(w, shock_of(w, "trade cost", 0.1)).decomposition
    for name in ("bans", "productivity", "transfers", "deficit"):
        assert np.all(getattr(d, name) == 0.0)
    assert (d.trade_costs < 0).all()


def test_direct_cost_of_a_ban_is_its_first_order_loss():
    """−Σ X (1/theta) pi b, per cent of final spending: the loss of varieties at given prices."""
    w = make_world(1, tariffs=False)
    ban = pairs(w, "AAA", "BBB", 0.01, 0.0)
    d = solve(w, Shock(ban=ban)).decomposition
    lost = (w.flows[:, 0, 1] * 0.01 / THETA).sum() / w.income[1]
    assert d.bans[1] == pytest.approx(-lost, rel=1e-12)
    assert np.all(d.bans[[0, 2, 3]] == 0.0)
