"""What no set of measures can do: make the world richer than it was.

Without taxes the baseline is efficient. Valued at baseline prices no feasible allocation is worth more than it, and the
equivalent variation of an allocation is at most its value; so the sum of equivalent variation over the world is at most
zero, whatever moves income, adds barriers, takes some of them back, leads around them or copies what they shut out.
"""

from __future__ import annotations

from dataclasses import fields

import numpy as np
from hypothesis import given, reject, settings
from hypothesis import strategies as st
from tiny import PAIR, solve, world_gain

import halys
from halys.economy import Horizon
from halys.economy.shock import RESTING, TABLES
from halys.economy.solver import Status
from halys.errors import ConvergenceError, InfeasibleError, InputError
from halys.measures import compile_measures
from worlds import make_world, worlds

shares = st.floats(0.0, 0.9)
WORLDS = st.builds(
    make_world,
    seed=st.integers(0, 9999),
    count=st.integers(3, 4),
    kinds=st.integers(1, 3),
    tariffs=st.just(False),
    inputs=st.floats(0.1, 0.8),
)
HORIZONS = st.one_of(
    st.builds(Horizon.long, st.floats(1.0, 8.0)),
    st.builds(Horizon.short, st.floats(0.75, 2.0)),
    st.builds(Horizon.short, factors=st.floats(1.1, 5.0)),
)
EVERYONE = {"exporters": "all", "importers": "all"}
MEASURES = st.one_of(
    st.builds(halys.PriceCap, **{k: st.just(v) for k, v in PAIR.items()}, discount=st.floats(0, 0.4), coverage=shares),
    st.builds(
        halys.PriceCap,
        **{k: st.just(v) for k, v in PAIR.items()},
        cap=st.floats(50, 100),
        price=st.just(100),
        coverage=shares,
    ),
    st.builds(
        halys.ConcessionalSale,
        exporters=st.just("BBB"),
        importers=st.just("CCC"),
        discount=st.floats(0, 0.3),
        paid_by=st.sampled_from(["exporter", "importer"]),
    ),
    st.builds(halys.EconomicRelief, **{k: st.just(v) for k, v in EVERYONE.items()}, share=st.floats(0, 1)),
    st.builds(
        halys.Evasion,
        **{k: st.just(v) for k, v in PAIR.items()},
        hub=st.just("CCC"),
        capacity=st.floats(0, 1),
        margin=shares,
        loss=st.floats(1, 2),
    ),
    st.builds(halys.Policing, hubs=st.just("CCC"), capacity_factor=st.floats(0, 1), loss_factor=st.floats(1, 3)),
    st.builds(
        halys.DualUseBackfill,
        supporters=st.just("CCC"),
        targets=st.just("BBB"),
        industries=st.just("all"),
        share=shares,
        cost=st.floats(1, 2),
    ),
    st.builds(halys.Ban, exporters=st.just("AAA"), importers=st.sampled_from(["BBB", "CCC"]), coverage=shares),
    st.builds(halys.TradeCost, exporters=st.just("CCC"), importers=st.just("all"), factor=st.floats(1, 1.5)),
    st.builds(halys.Tariff, exporters=st.just("all"), importers=st.just("BBB"), rate=st.floats(0, 0.5)),
)


def test_copies_of_what_passes_are_not_made():
    """A variety that gets around at a price is there; copies of it would be varieties from nothing."""
    w = make_world(32, 4, 1, tariffs=False)
    measures = [
        halys.Ban(**PAIR, coverage=0.6),
        halys.Evasion(**PAIR, hub="CCC", capacity=0.97, margin=0.2),
        halys.DualUseBackfill(supporters="CCC", targets="BBB", industries="all", share=0.5, cost=1.2),
    ]
    assert world_gain(w, solve(w, measures, 1.0)) < 0


@settings(max_examples=100)
@given(WORLDS, st.lists(MEASURES, min_size=1, max_size=5), HORIZONS)
def test_no_set_of_measures_makes_the_world_richer(w, measures, horizon):
    try:
        q = solve(w, measures, horizon)
    except (InfeasibleError, InputError):  # no trade to pay for a deficit; capacities above 1
        reject()
    except ConvergenceError as error:
        if error.report.status is not Status.INCOME_NOT_POSITIVE:  # an economy that would give more than it makes
            raise
        reject()
    assert world_gain(w, q) <= 1e-11
    assert np.isfinite(q.real_income).all()


@given(worlds(tariffs=False, least=3), st.lists(MEASURES, min_size=2, max_size=5))
def test_order_of_measures_does_not_matter(w, measures):
    """Every number of the shock is the same to rounding whatever the order of the file."""
    try:
        one, other = compile_measures(w, measures), compile_measures(w, measures[::-1])
    except InputError:  # capacities above 1
        reject()
    for name in RESTING:
        a, b = getattr(one, name), getattr(other, name)
        assert (a is None) == (b is None)
        if a is not None:
            np.testing.assert_allclose(a, b, rtol=1e-12, atol=1e-15)
    for name in TABLES:
        a, b = getattr(one, name), getattr(other, name)
        assert (a is None) == (b is None)
        if a is not None:
            np.testing.assert_allclose(rows_of(a), rows_of(b), rtol=1e-12, atol=1e-15)


def rows_of(table) -> np.ndarray:
    """Its rows, all columns, in an order of their own: by cell, by economy if they name one, then by the others."""
    columns = [getattr(table, field.name) for field in fields(table)]
    rounded = [np.round(column, 10) for column in columns]  # what differs by rounding alone is no order
    return np.stack(columns)[:, np.lexsort(rounded[::-1])]
