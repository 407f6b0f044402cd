"""Exposure: against dense input-output algebra, by hand, and against the equilibrium."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from test_value_added_trade import chain_of, dense

import halys
from halys.economy import calibrate_baseline
from halys.economy.exposure import (
    concentration,
    import_exposure,
    input_reliance,
    reliance_by_origin,
    trade_concentration,
)
from halys.economy.supply_chain import SupplyChain
from worlds import FIVE, make_world, worlds


def test_concentration_by_hand() -> None:
    values = np.array([[1.0, 0.0, 2.0], [1.0, 0.0, 0.0], [2.0, 0.0, 0.0]])
    np.testing.assert_allclose(concentration(values, 0), [0.375, np.nan, 1.0])
    np.testing.assert_allclose(concentration(values, 1), [5 / 9, 1.0, 1.0])


@given(world=worlds(), factor=st.floats(0.1, 10.0))
def test_concentration_lies_between_even_and_single(world: halys.World, factor: float) -> None:
    """1/n <= H <= 1, whatever the unit of money."""
    c = trade_concentration(chain_of(world))
    fewest = 1.0 / max(len(world.economies) - 1, 1)
    for index in c:
        known = index[~np.isnan(index)]
        assert (known >= fewest * (1 - 1e-12)).all()
        assert (known <= 1 + 1e-12).all()
    flows = chain_of(world).exports
    np.testing.assert_allclose(concentration(factor * flows, 1), concentration(flows, 1), rtol=1e-12)


@pytest.mark.parametrize("tariffs", [False, True])
def test_input_reliance_from_the_tables(tariffs: bool) -> None:
    """Face value: spending on the suppliers over that on inputs. Look-through: their rows of L − I over all rows."""
    world = make_world(5, tariffs=tariffs, holes=True)
    suppliers = np.array([1, 3])
    found = input_reliance(chain_of(world), suppliers)
    _, inverse, v, _ = dense(world)
    count, kinds = world.output.shape
    theirs = np.repeat(np.isin(range(count), suppliers), kinds)
    chain = inverse - np.eye(count * kinds)
    np.testing.assert_allclose(found.look_through.ravel(), chain[theirs].sum(axis=0) / chain.sum(axis=0), rtol=1e-11)
    np.testing.assert_allclose(found.production.ravel(), chain.sum(axis=0), rtol=1e-10)
    np.testing.assert_allclose(found.value_added.ravel(), (v[:, None] * inverse)[theirs].sum(axis=0), rtol=1e-11)
    gross = world.flows if world.tariff is None else world.flows * (1.0 + world.tariff)
    share = gross[:, suppliers].sum(axis=1) / gross.sum(axis=1)  # (product, buyer)
    spent = np.einsum("sj,skj->jk", share, world.intermediate) / world.intermediate.sum(axis=0).T
    np.testing.assert_allclose(found.face_value, spent, rtol=1e-12)


@given(world=worlds(least=3))
def test_shares_of_all_origins_sum_to_one(world: halys.World) -> None:
    """And those of a set are the sum of its members'. Value added falls short of 1 by taxes along the chain."""
    chain = chain_of(world)
    each, some = reliance_by_origin(chain), input_reliance(chain, np.array([0, 2]))
    buys = chain.input_share.sum(axis=2) > 0
    for part in (each.face_value, each.look_through):
        np.testing.assert_allclose(part.sum(axis=0)[buys], 1.0, rtol=1e-11)
        assert np.isnan(part.sum(axis=0)[~buys]).all()
    for one, other in zip(each[:3], some[:3], strict=True):
        np.testing.assert_allclose(one[[0, 2]].sum(axis=0), other, rtol=1e-11)
    np.testing.assert_allclose(each.production, some.production, rtol=1e-11, atol=1e-15)
    total = each.value_added.sum(axis=0)[chain.output > 0]
    assert (total <= 1 + 1e-12).all()
    if world.tariff is None:
        np.testing.assert_allclose(total, 1.0, rtol=1e-11)


def test_import_exposure_from_the_tables() -> None:
    world = make_world(6, tariffs=True)
    target, suppliers, theta = 2, np.array([0, 1, 2]), np.array([3.0, 5.0, 8.0])
    found = import_exposure(chain_of(world), theta, target, suppliers)
    flows, paid = world.flows[:, :, target], world.flows[:, :, target] * (1.0 + world.tariff[:, :, target])
    size = world.value_added.sum()
    taken = flows[:, :2].sum(axis=1)  # the target does not supply itself
    np.testing.assert_allclose(found.imports, taken / size, rtol=1e-12)
    share = paid[:, :2].sum(axis=1) / paid.sum(axis=1)
    np.testing.assert_allclose(found.purchase_share, share, rtol=1e-12)
    np.testing.assert_allclose(found.import_share, taken / flows[:, [0, 1, 3]].sum(axis=1), rtol=1e-12)
    np.testing.assert_allclose(found.import_weight, taken / world.income[target], rtol=1e-12)
    cost = paid.sum(axis=1) / world.income[target] * -np.log(1.0 - share) / theta
    np.testing.assert_allclose(found.replacement_cost, cost, rtol=1e-11)


def test_import_weight_is_the_first_order_loss_of_the_decomposition(small_world: halys.World) -> None:
    """Trade costs of 1 % on what AAA and CCC sell BBB: the term of the decomposition is the sum of the weights."""
    o = halys.solve(small_world, halys.TradeCost(exporters=["AAA", "CCC"], importers="BBB", factor=1.01), horizon=FIVE)
    found = import_exposure(chain_of(small_world), np.full(3, 5.0), 1, np.array([0, 2]))
    loss = float(o.data["decomposition"].sel(term="trade_costs", economy="BBB"))
    assert -found.import_weight.sum() * np.log(1.01) == pytest.approx(loss, rel=1e-10)


def test_cost_of_replacement_is_the_price_that_buyers_would_pay() -> None:
    """Origin nest alone: with costs held, shutting out share m raises the price of a product by (1 − m)^(−1/theta)."""
    world, theta = make_world(7, tariffs=False), np.array([3.0, 5.0, 8.0])
    chain = chain_of(world)
    found = import_exposure(chain, theta, 0, np.array([1, 2]))
    left = chain.trade_share[:, [0, 3], 0].sum(axis=1)
    rise = np.log(left ** (-1.0 / theta))
    weight = chain.purchases[0] / calibrate_baseline(world).income[0]
    np.testing.assert_allclose(found.replacement_cost, weight * rise, rtol=1e-10)


def test_a_product_that_nobody_else_sells_cannot_be_replaced() -> None:
    world = make_world(1, tariffs=False)
    chain = chain_of(world)
    shares = chain.trade_share.copy()
    shares[0, :, 0] = [0.0, 1.0, 0.0, 0.0]
    found = import_exposure(SupplyChain(**{**vars_of(chain), "trade_share": shares}), np.full(3, 5.0), 0, np.array([1]))
    assert np.isposinf(found.replacement_cost[0])
    assert np.isfinite(found.replacement_cost[1:]).all()


def vars_of(chain: SupplyChain) -> dict[str, np.ndarray]:
    return {name: getattr(chain, name) for name in SupplyChain.__dataclass_fields__}


def test_most_inputs_of_american_industries_are_american(world: halys.World) -> None:
    """Baldwin, Freeman and Theodorakopoulos (2023, abstract): over 80 % of US industrial inputs are sourced at home.

    Seen through to where they are produced, and more so at face value: hidden exposure is the difference.
    """
    chain, usa = chain_of(world), world.economies.index("USA")
    abroad = np.delete(np.arange(len(world.economies)), usa)
    found = input_reliance(chain, abroad)
    made = found.production[usa] * chain.output[usa]
    spent = chain.input_share[usa].sum(axis=1) * chain.output[usa]
    look_through = np.nansum(found.look_through[usa] * made) / made.sum()
    face_value = np.nansum(found.face_value[usa] * spent) / spent.sum()
    assert face_value < look_through < 0.2
    assert look_through > 1.5 * face_value
