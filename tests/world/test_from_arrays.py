"""A user's own table: what is refused, with the cells named, and what counts as rounding."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given

import halys
from halys.errors import TableError
from halys.world import calc_balance
from worlds import ECONOMIES, INDUSTRIES, make_arrays, make_world, worlds

CODES = ECONOMIES[:4], INDUSTRIES[:3]


@pytest.fixture
def table():
    """Arrays of the small world, free to be spoiled."""
    return make_arrays(seed=1)


def build(table, **options):
    return halys.World.from_arrays(*CODES, **table, **options)


@given(worlds())
def test_what_is_built_closes_exactly(w):
    """Whatever the table, the stored accounts close to rounding (1e-12): the solver starts from an exact
    equilibrium."""
    assert (
        calc_balance(w.economies, w.industries, w.flows, w.intermediate, w.value_added, w.final, w.tariff, 1e-12) == []
    )
    size = w.value_added.sum()
    assert abs(w.deficit.sum()) < 1e-12 * size
    np.testing.assert_allclose(w.income, w.value_added.sum(axis=1) + w.tariff_revenue + w.deficit, rtol=1e-11)


def test_deficits_are_imports_less_exports_whatever_the_tariffs(small_world):
    trade = small_world.flows.sum(axis=(0, 1)) - small_world.flows.sum(axis=(0, 2))
    np.testing.assert_allclose(small_world.deficit, trade, rtol=0, atol=1e-12 * small_world.value_added.sum())


def test_unbalanced_table_names_the_worst_cells_first(table):
    """Value added 50 % and 10 % too high in two cells: both are named, the larger gap first, with both sides."""
    table["value_added"][2, 1] *= 1.1
    table["value_added"][0, 2] *= 1.5
    with pytest.raises(TableError) as refused:
        build(table)
    message = str(refused.value)
    assert "2 identities fail" in message
    assert message.index("AAA services") < message.index("CCC factories")
    assert "sales" in message
    assert "inputs + value added" in message
    assert "halys.solve_baseline" in message


def test_final_use_that_does_not_match_is_named(table):
    w = build(table)
    final = w.final.copy()
    final[3, 0] *= 1.2
    with pytest.raises(TableError, match=r"DDD farms: purchases .* intermediate \+ final use"):
        build(table, final=final)


def test_more_intermediate_use_than_purchases_is_refused(table):
    """Without final use given, the uses identity still refuses a product of which more is used than bought."""
    more = 3.0 * table["intermediate"].sum()
    table["intermediate"][0, 1, 2] += more
    table["flows"][1, 2, 2] += more  # the industry's costs still add up, so only the uses identity fails
    with pytest.raises(TableError, match="CCC farms: purchases"):
        build(table)


@pytest.mark.parametrize("name", ["flows", "intermediate", "value_added", "tariff"])
def test_wrong_shape(table, name):
    table[name] = table[name][..., :-1]
    with pytest.raises(TableError, match=rf"{name} has shape .*; with these codes it must be"):
        build(table)


@pytest.mark.parametrize("name", ["flows", "intermediate", "value_added"])
@pytest.mark.parametrize("value", [-1.0, np.nan, np.inf])
def test_negative_or_not_finite(table, name, value):
    """The cell is named by its codes, not by its indices."""
    table[name][(1,) * table[name].ndim] = value
    with pytest.raises(
        TableError, match=rf"{name} must be finite and >= 0\. 1 cells are not, among them .*(BBB|factories)"
    ):
        build(table)


@pytest.mark.parametrize("value", [-1.0, -2.0, np.nan])
def test_tariff_of_minus_one_or_less(table, value):
    table["tariff"][0, 1, 2] = value
    with pytest.raises(TableError, match=r"tariff must be finite and > -1.*farms, BBB, CCC"):
        build(table)


def test_not_numbers(table):
    table["flows"] = table["flows"].astype(object)
    table["flows"][0, 0, 0] = "many"
    with pytest.raises(TableError, match="flows is not an array of numbers"):
        build(table)


@pytest.mark.parametrize(
    "codes", [("AAA", "BBB", "AAA", "DDD"), ("AAA", "", "CCC", "DDD"), ("all", "BBB", "CCC", "DDD")]
)
def test_codes_must_be_distinct_not_empty_and_not_reserved(table, codes):
    with pytest.raises(TableError, match=r"economies: .*Codes must be distinct, not empty and not 'all'"):
        halys.World.from_arrays(codes, CODES[1], **table)
    with pytest.raises(TableError, match="industries: "):
        halys.World.from_arrays(CODES[0], codes[:3] if "AAA" not in codes else ("a", "b", "a"), **table)


def test_economy_without_income():
    """An economy that makes nothing has no share of its own value added in anything: it is named."""
    table = make_arrays(seed=1, tariffs=False, inputs=0.0)
    table["flows"][:, 1, :] = 0.0
    table["value_added"][1] = 0.0
    with pytest.raises(TableError, match="every economy needs positive value added; BBB has none"):
        build(table)


def test_economy_that_consumes_nothing():
    table = make_arrays(seed=1, tariffs=False, inputs=0.0)
    table["flows"][:, :, 2] = 0.0
    table["value_added"] = table["flows"].sum(axis=2).T
    with pytest.raises(TableError, match="every economy needs positive final use; CCC has none"):
        build(table)


def test_deficits_that_do_not_match_the_flows(table):
    deficit = build(table).deficit + np.array([1.0, -0.5, -0.5, 0.0])
    with pytest.raises(TableError, match=r"deficit of AAA is given as .* but its flows imply"):
        build(table, deficit=deficit)


def test_deficits_that_do_not_sum_to_zero(table):
    """Only a table that need not balance can bring deficits of its own; they must still sum to zero."""
    w = build(table)
    with pytest.raises(TableError, match="deficits must sum to zero"):
        build(table, final=w.final, deficit=w.deficit + 1.0, balanced=False)


def test_given_deficits_that_match_are_kept(table):
    w = build(table)
    np.testing.assert_allclose(build(table, deficit=w.deficit).deficit, w.deficit, rtol=1e-12)


def test_unbalanced_table_needs_final_use(table):
    with pytest.raises(TableError, match="needs final use"):
        build(table, balanced=False)


def test_rounding_is_absorbed_and_accounts_close(table):
    """Gaps of 1e-9 are rounding of a printed table: value added and final use take them up, so that no shock changes
    nothing to 1e-12."""
    exact = build(table)
    rng = np.random.default_rng(3)
    table["value_added"] = table["value_added"] * (1.0 + 1e-9 * rng.standard_normal((4, 3)))
    final = exact.final * (1.0 + 1e-9 * rng.standard_normal((4, 3)))
    w = build(table, final=final)
    np.testing.assert_allclose(w.value_added, exact.value_added, rtol=1e-14)
    assert (
        calc_balance(w.economies, w.industries, w.flows, w.intermediate, w.value_added, w.final, w.tariff, 1e-12) == []
    )


def test_tolerance_is_the_callers(table):
    table["value_added"][0, 0] *= 1.0 + 1e-4
    with pytest.raises(TableError):
        build(table)
    assert build(table, tolerance=1e-3).in_equilibrium


def test_value_added_below_zero_by_rounding_is_zero():
    """An industry whose inputs exceed its sales by rounding has value added of zero, never below."""
    table = make_arrays(seed=1, tariffs=False, inputs=0.0)
    spare = table["flows"].sum(axis=1) - table["flows"].sum(axis=2)
    s, j = np.unravel_index(spare.argmax(), spare.shape)  # bought more than sold, so that it can be its own input
    table["intermediate"][s, s, j] = table["value_added"][j, s] * (1.0 + 1e-9)
    table["value_added"][j, s] = 0.0
    assert build(table).value_added[j, s] == 0.0


def test_callers_arrays_stay_writable_and_are_copied(table):
    w = build(table)
    before = w.flows[0, 0, 0]
    table["flows"][0, 0, 0] += 1.0
    assert w.flows[0, 0, 0] == before


def test_tariff_of_zero_everywhere_is_no_tariff(table):
    table = make_arrays(seed=1, tariffs=False)
    zero = halys.World.from_arrays(*CODES, **{**table, "tariff": np.zeros((3, 4, 4))})
    assert zero.tariff is None
    assert zero.hash == make_world(1, tariffs=False).hash


def test_rounding_that_exceeds_what_is_sold_or_bought_is_closed_exactly():
    """Inputs a little above sales, and uses a little above purchases: they are scaled down, so that the stored accounts
    close and a solve without measures changes nothing."""
    flows = np.array([[[60.0, 40.0], [30.0, 70.0]], [[50.0, 50.0], [20.0, 80.0]]])
    intermediate = np.zeros((2, 2, 2))
    intermediate[0, 0, 0] = 90.0 * (1.0 + 4e-7)  # all x that A buys goes into its x
    intermediate[1, 0, 0] = 10.0  # so that inputs of x in A are 100, all that it sells
    value_added = (flows.sum(axis=2) - intermediate.sum(axis=0)).T.clip(min=0.0)
    world = halys.World.from_arrays(["A", "B"], ["x", "y"], flows, intermediate, value_added)
    np.testing.assert_allclose(world.intermediate.sum(axis=0).T + world.value_added, world.output, rtol=1e-14)
    np.testing.assert_allclose(world.intermediate.sum(axis=1).T + world.final, world.purchases, rtol=1e-14)
    unchanged = halys.solve(world, horizon=halys.Horizon.long(trade_elasticity=5.0))
    np.testing.assert_allclose(unchanged.data["real_income"], 1.0, rtol=1e-12)


@pytest.mark.parametrize("unit", [0.0, -1.0, float("nan"), float("inf")])
def test_unit_must_be_positive(unit):
    flows = np.array([[[8.0, 2.0], [2.0, 8.0]]])
    with pytest.raises(TableError, match="unit is"):
        halys.World.from_arrays(["A", "B"], ["x"], flows, np.zeros((1, 1, 2)), np.full((2, 1), 10.0), unit=unit)


def test_tolerance_is_for_rounding_only():
    flows = np.array([[[8.0, 2.0], [2.0, 8.0]]])
    with pytest.raises(TableError, match="tolerance is"):
        halys.World.from_arrays(["A", "B"], ["x"], flows, np.zeros((1, 1, 2)), np.full((2, 1), 10.0), tolerance=0.05)


def test_a_given_deficit_is_compared_economy_by_economy():
    """Against the economy's own size: what is rounding for the world may be a tenth of a small economy."""
    flows = np.array([[[1e6, 0.5], [0.5, 1.0]]])
    added = flows.sum(axis=2).T
    with pytest.raises(TableError, match="deficit of B"):
        halys.World.from_arrays(["A", "B"], ["x"], flows, np.zeros((1, 1, 2)), added, deficit=[-0.1, 0.1])


def test_unbalanced_table_without_shares_names_the_cells():
    flows = np.array([[[8.0, 2.0], [2.0, 8.0]], [[5.0, 0.0], [0.0, 0.0]]])
    added = np.array([[10.0, 0.0], [10.0, 0.0]])
    final = np.array([[9.0, 5.0], [10.0, 0.0]])
    arguments = ["A", "B"], ["x", "y"], flows, np.zeros((2, 2, 2)), added
    with pytest.raises(TableError, match="y of A sells but has neither inputs nor value added"):
        halys.World.from_arrays(*arguments, final=final, balanced=False)
    added[0, 1], final[1, 1] = 5.0, 1.0
    with pytest.raises(TableError, match="y of B is used but bought from nobody"):
        halys.World.from_arrays(*arguments, final=final, balanced=False)
