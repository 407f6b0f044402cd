"""Small balanced worlds for tests, and an account of an equilibrium that shares no code with the solver.

A world is built so that it balances whatever the draw: flows come first, then intermediate use is scaled so that no
economy uses more of a product than it buys and no industry spends more on inputs than it sells; value added and final
use are what is left.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from hypothesis import strategies as st
from numpy.typing import NDArray

import halys
from halys.economy import Equilibrium, Horizon

Array = NDArray[np.float64]

ECONOMIES = ("AAA", "BBB", "CCC", "DDD", "EEE", "FFF")
INDUSTRIES = ("farms", "factories", "services", "mines")
FIVE = Horizon.long(trade_elasticity=5.0)


def make_arrays(
    seed: int = 1,
    count: int = 4,
    kinds: int = 3,
    *,
    tariffs: bool = True,
    inputs: float = 0.6,
    holes: bool = False,
    symmetric: bool = False,
) -> dict[str, Array | None]:
    """Arrays of a balanced table, with the names of the arguments of `World.from_arrays`.

    Args:
        inputs: upper bound on the share of intermediate use in each purchase and each sale; 0 for none.
        holes: leave out about a fifth of the flows across borders, so that some trade shares are zero.
        symmetric: what i sells j equals what j sells i, so that all deficits are zero (without tariffs).
    """
    rng = np.random.default_rng(seed)
    flows = np.exp(0.6 * rng.standard_normal((kinds, count, count)))
    home = np.arange(count)
    if symmetric:
        flows = (flows + flows.transpose(0, 2, 1)) / 2.0
    if holes:
        shut = rng.random(flows.shape) < 0.2
        shut[:, home, home] = False
        flows[shut] = 0.0
    flows[:, home, home] *= 5.0
    tariff = None
    if tariffs:
        tariff = 0.3 * rng.random(flows.shape)
        tariff[:, home, home] = 0.0
    purchases = (flows if tariff is None else flows * (1.0 + tariff)).sum(axis=1)  # (input, economy)
    output = flows.sum(axis=2)  # (industry, economy)
    weight = 0.2 + rng.random((kinds, kinds, count))
    by_input = purchases[:, None, :] / weight.sum(axis=1, keepdims=True)
    by_industry = output[None, :, :] / weight.sum(axis=0, keepdims=True)
    intermediate = inputs * weight * np.minimum(by_input, by_industry)
    value_added = (output - intermediate.sum(axis=0)).T
    return {"flows": flows, "intermediate": intermediate, "value_added": value_added, "tariff": tariff}


def make_world(seed: int = 1, count: int = 4, kinds: int = 3, **options: object) -> halys.World:
    """A balanced world of `count` economies and `kinds` industries; options as in `make_arrays`."""
    table = make_arrays(seed, count, kinds, **options)  # type: ignore[arg-type]
    return halys.World.from_arrays(ECONOMIES[:count], INDUSTRIES[:kinds], **table, id=f"small-{seed}")


def worlds(
    *, tariffs: bool | None = None, least: int = 2, inputs: float | None = None
) -> st.SearchStrategy[halys.World]:
    """Hypothesis strategy for small balanced worlds. None lets hypothesis choose."""
    return st.builds(
        make_world,
        seed=st.integers(0, 10_000),
        count=st.integers(least, 4),
        kinds=st.integers(1, 3),
        tariffs=st.booleans() if tariffs is None else st.just(tariffs),
        inputs=st.floats(0.0, 0.8) if inputs is None else st.just(inputs),
        holes=st.booleans(),
    )


def random_pairs(world: halys.World, seed: int, low: float, high: float, at_home: float) -> Array:
    """Uniform numbers (industry, exporter, importer) between low and high; `at_home` on domestic sales."""
    kinds, count = len(world.industries), len(world.economies)
    values = np.random.default_rng(seed).uniform(low, high, (kinds, count, count))
    values[:, range(count), range(count)] = at_home
    return values


def pairs(
    world: halys.World, exporters: Sequence[str] | str, importers: Sequence[str] | str, value: float, rest: float
) -> Array:
    """(industry, exporter, importer): `value` on the trade between two groups, `rest` elsewhere and at home."""
    kinds, count = len(world.industries), len(world.economies)
    out = np.full((kinds, count, count), rest)
    out[np.ix_(range(kinds), world.positions(exporters), world.positions(importers))] = value
    out[:, range(count), range(count)] = rest
    return out


def gaps(world: halys.World, q: Equilibrium, theta: Array | float = 5.0) -> dict[str, float]:
    """Largest gap of every equation of the model at an equilibrium, from the world's tables and the new flows alone.

    All are relative to the size of the thing itself, save the trade balance and the budget, which are relative to the
    economy's baseline value added, and the world's value added, relative to itself.
    """
    shock, total = q.shock, world.value_added.sum()
    count, kinds = world.purchases.shape
    theta = np.broadcast_to(np.asarray(theta, dtype=float), (kinds,))
    ones, zeros = np.ones((kinds, count, count)), np.zeros((kinds, count, count))
    old_tariff = zeros if world.tariff is None else world.tariff
    tariff = old_tariff if shock.tariff is None else shock.tariff
    export_tax = zeros if shock.export_tax is None else shock.export_tax
    ban = zeros if shock.ban is None else shock.ban
    iceberg = ones if shock.iceberg is None else shock.iceberg
    productivity = np.ones((count, kinds)) if shock.productivity is None else shock.productivity
    transfer = np.zeros(count) if shock.transfer is None else shock.transfer / world.unit

    bought, sold = world.purchases > 0, world.output > 0
    wage, price = q.wage_hat, np.where(bought, q.price_hat, 1.0)
    flows = q.flows * total
    output = (flows / (1.0 + export_tax)).sum(axis=2).T
    purchases = (flows * (1.0 + tariff)).sum(axis=1).T
    cost = np.where(sold, world.intermediate.sum(axis=0).T + world.value_added, 1.0)
    labour_share = np.where(sold, world.value_added / cost, 1.0)
    input_share = world.intermediate / cost.T  # (input, industry, economy)

    unit_cost = wage[:, None] ** labour_share / productivity
    unit_cost = unit_cost * np.exp(np.einsum("js,skj->jk", np.log(price), input_share))
    wedge = iceberg * (1.0 + tariff) * (1.0 + export_tax) / (1.0 + old_tariff)
    pull = world.trade_share * (1.0 - ban) * (wedge * unit_cost.T[:, :, None]) ** -theta[:, None, None]
    if shock.origin_nest is not None:
        pull = pull * shock.origin_nest[:, None, :]
    together = pull.sum(axis=1)  # (industry, importer)
    implied_price = np.where(bought, np.where(bought, together.T, 1.0) ** (-1.0 / theta), 1.0)
    implied_share = np.divide(pull, together[:, None, :], out=np.zeros_like(pull), where=together[:, None, :] > 0)

    factor_income = wage * world.value_added.sum(axis=1)
    revenue = (flows * tariff).sum(axis=(0, 1)) + (flows * export_tax / (1.0 + export_tax)).sum(axis=(0, 2))
    deficit = q.solution.evaluation.deficit * total  # the closure's, with transfers
    income = factor_income + revenue + deficit
    spending_share = world.final / world.final.sum(axis=1, keepdims=True)
    demand = np.einsum("skj,jk->js", input_share, output) + spending_share * income[:, None]
    balance = flows.sum(axis=(0, 1)) - flows.sum(axis=(0, 2))
    size = world.value_added.sum(axis=1)

    def relative(new: Array, old: Array, where: Array | None = None) -> float:
        keep = np.abs(old) > 0 if where is None else where
        return float(np.abs(new / np.where(keep, old, 1.0) - 1.0)[keep].max(initial=0.0))

    return {
        "unit cost": relative(np.where(sold, q.cost_hat, 1.0), unit_cost, sold),
        "price": relative(price, implied_price),
        "trade share": float(np.abs(q.trade_share - implied_share).max()),
        "shares sum to one": float(np.abs(q.trade_share.sum(axis=1).T[bought] - 1.0).max()),
        "expenditure": relative(purchases, demand, bought),
        "output": relative(q.solution.evaluation.output * total, output, sold),
        "labour": relative((labour_share * output).sum(axis=1), factor_income),
        "income": relative(q.income_hat * world.income, income),
        "trade balance": float((np.abs(balance - deficit) / size).max()),
        "transfers": abs(float(transfer.sum())) / total,
        "deficits": abs(float(deficit.sum())) / total,
        "world value added": abs(float(factor_income.sum()) / total - 1.0),
    }


def solve_slowly(world: halys.World, theta: float, tariff: Array | None = None, iceberg: Array | None = None) -> Array:
    """Real income by plain tatonnement: wages rise where labour is short; prices and spending are inner fixed points.

    Fixed deficits. It shares nothing with the package but the world's tables, and is slow on purpose.
    """
    count, kinds = world.purchases.shape
    zeros = np.zeros((kinds, count, count))
    old = zeros if world.tariff is None else world.tariff
    new = old if tariff is None else tariff
    wedge = (1.0 if iceberg is None else iceberg) * (1.0 + new) / (1.0 + old)
    cost = world.intermediate.sum(axis=0).T + world.value_added
    labour_share, input_share = world.value_added / cost, world.intermediate / cost.T
    final_share = world.final / world.final.sum(axis=1, keepdims=True)
    endowment = world.value_added.sum(axis=1)
    wage, price, spent = np.ones(count), np.ones((count, kinds)), world.purchases.copy()
    for _ in range(20_000):
        while True:
            unit = wage[:, None] ** labour_share * np.exp(np.einsum("js,skj->jk", np.log(price), input_share))
            pull = world.trade_share * (wedge * unit.T[:, :, None]) ** -theta
            implied = pull.sum(axis=1).T ** (-1.0 / theta)
            moved, price = np.abs(implied / price - 1.0).max(), implied
            if moved < 1e-13:
                break
        share = pull / pull.sum(axis=1, keepdims=True)
        while True:
            flows = share * spent.T[:, None, :] / (1.0 + new)
            income = wage * endowment + (new * flows).sum(axis=(0, 1)) + world.deficit
            output = flows.sum(axis=2).T
            implied = np.einsum("skj,jk->js", input_share, output) + final_share * income[:, None]
            moved, spent = np.abs(implied / spent - 1.0).max(), implied
            if moved < 1e-13:
                break
        excess = (labour_share * output).sum(axis=1) / (wage * endowment) - 1.0
        if np.abs(excess).max() < 1e-11:
            return income / world.final.sum(axis=1) / np.exp((final_share * np.log(price)).sum(axis=1))
        wage = wage * (1.0 + 0.2 * excess)
        wage = wage * endowment.sum() / (wage * endowment).sum()
    raise AssertionError("the slow solver did not converge")
