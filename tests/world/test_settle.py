"""The rules for cells that the model cannot hold, on a table small enough to work out by hand.

Two economies, AA and BB, one product. AA sells 60 at home and 40 to BB, BB sells 30 at home and 20 to AA. Industries
use 50 of the 80 that AA buys and 20 of the 70 that BB buys.
"""

from __future__ import annotations

import numpy as np
import pytest

from halys.errors import TableError
from halys.world import World
from halys.world.settle import LEAST_SHARE, Draft, Settled, settle

FLOWS = np.array([[[60.0, 40.0], [20.0, 30.0]]])
USED = np.array([[[50.0, 20.0]]])
COST = np.array([[100.0], [50.0]])


def settled(flows: np.ndarray, used: np.ndarray, cost: np.ndarray, tariff: np.ndarray | None = None) -> Settled:
    return settle(Draft(("AA", "BB"), ("X",), flows, used, cost, tariff), "table.csv")


def moved(result: Settled) -> list[tuple[int, float]]:
    return [(entry.cells, entry.amount) for entry in result.adjustments]


def test_a_sound_table_is_left_alone() -> None:
    result = settled(FLOWS, USED, COST)
    np.testing.assert_array_equal(result.flows, FLOWS)
    np.testing.assert_array_equal(result.intermediate, USED)
    np.testing.assert_array_equal(result.value_added, [[50.0], [30.0]])
    assert moved(result) == [(0, 0.0)] * 4


def test_negative_sale_becomes_zero() -> None:
    """BB took back 5 more from AA's stocks than it bought: the sale is 0, AA's output 60 and not 55."""
    flows = np.array([[[60.0, -5.0], [20.0, 30.0]]])
    result = settled(flows, USED, np.array([[55.0], [50.0]]))
    np.testing.assert_array_equal(result.flows, [[[60.0, 0.0], [20.0, 30.0]]])
    np.testing.assert_array_equal(result.value_added, [[10.0], [30.0]])
    assert moved(result) == [(0, 0.0), (1, 5.0), (0, 0.0), (0, 0.0)]
    assert result.adjustments[1].largest == (("X AA->BB", 5.0),)
    assert result.adjustments[1].share_of_output == pytest.approx(5.0 / 105.0)


def test_use_above_purchases_counts_as_produced() -> None:
    """AA's industries use 100, of which 20 came out of stock: the purchases of 80 grow to 100, by a quarter each."""
    result = settled(FLOWS, np.array([[[100.0, 20.0]]]), np.array([[100.0], [50.0]]))
    np.testing.assert_allclose(result.flows, [[[75.0, 40.0], [25.0, 30.0]]], rtol=1e-15)
    np.testing.assert_allclose(result.value_added, [[15.0], [35.0]], rtol=1e-14)
    assert moved(result)[2] == (1, pytest.approx(20.0))
    assert result.adjustments[2].largest[0][0] == "X AA"


def test_use_of_what_nobody_sold_is_bought_at_home() -> None:
    flows = np.array([[[0.0, 40.0], [0.0, 30.0]]])
    result = settled(flows, np.array([[[12.0, 20.0]]]), np.array([[40.0], [30.0]]))
    np.testing.assert_allclose(result.flows, [[[12.0, 40.0], [0.0, 30.0]]])
    np.testing.assert_allclose(result.value_added, [[40.0], [10.0]])


def test_tariffs_count_in_what_is_bought() -> None:
    """With a tariff of a half on BB's goods AA's purchases are 90: a use of 90 needs no more, of 99 a tenth more."""
    tariff = np.array([[[0.0, 0.0], [0.5, 0.0]]])
    np.testing.assert_array_equal(settled(FLOWS, np.array([[[90.0, 20.0]]]), COST, tariff).flows, FLOWS)
    more = settled(FLOWS, np.array([[[99.0, 20.0]]]), COST, tariff).flows
    np.testing.assert_allclose(more, [[[66.0, 40.0], [22.0, 30.0]]], rtol=1e-15)


def test_inputs_above_output_become_final_use() -> None:
    """BB's industry uses 60 and sells 50: it is left inputs of 49, and 11 are final use of BB."""
    result = settled(FLOWS, np.array([[[50.0, 60.0]]]), COST)
    np.testing.assert_array_equal(result.flows, FLOWS)
    assert result.intermediate[0, 0, 1] == pytest.approx((1 - LEAST_SHARE) * 50.0)
    assert result.value_added[1, 0] == pytest.approx(LEAST_SHARE * 50.0)
    assert moved(result)[3] == (1, pytest.approx(11.0))
    world = World.from_arrays(("AA", "BB"), ("X",), result.flows, result.intermediate, result.value_added)
    assert world.final[1, 0] == pytest.approx(70.0 - 49.0)


def test_what_is_settled_closes() -> None:
    """Whatever the draw, the rules leave accounts that close to rounding and are nowhere negative."""
    rng = np.random.default_rng(3)
    for _ in range(50):
        flows = rng.normal(1.0, 0.8, (3, 4, 4))
        flows[:, range(4), range(4)] += 4.0
        used = rng.uniform(0.0, 1.2, (3, 3, 4))
        cost = np.ascontiguousarray(flows.sum(axis=2).T)
        draft = Draft(tuple("ABCD"), tuple("xyz"), flows, used, cost)
        result = settle(draft, "t")
        world = World.from_arrays(
            draft.economies, draft.industries, result.flows, result.intermediate, result.value_added, tolerance=1e-12
        )
        assert world.final.min() >= 0
        np.testing.assert_allclose(world.flows, result.flows)


def test_gaps_are_refused_by_their_size() -> None:
    with pytest.raises(TableError, match=r"(?s)table.csv: the table does not balance: 1 sums.*AA X sells 100, .* 103"):
        settled(FLOWS, USED, np.array([[103.0], [50.0]]))
    result = settled(FLOWS, USED, np.array([[100.05], [50.0]]))
    np.testing.assert_array_equal(result.value_added, [[50.0], [30.0]])
    assert moved(result)[0] == (1, pytest.approx(0.05))
