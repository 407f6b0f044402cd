"""Problems solved side by side: what single solves find, and the same bits whatever is solved beside them."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from tests.worlds import make_world

import halys
from halys.economy import (
    EquilibriumStore,
    Horizon,
    Shock,
    SolverOptions,
    calibrate_baseline,
    many,
    solve_equilibria,
    solve_equilibrium,
)
from halys.economy.batch import Lockstep
from halys.economy.batch_equations import BatchEquations
from halys.economy.batch_shocks import WIDTH, cover_changes
from halys.economy.shock import Backfill, Rents, Routes
from halys.errors import ConvergenceError, InfeasibleError
from halys.solving import FEWEST_ALIKE, Job, solve_batch

COUNT, KINDS = 5, 3
_WORLD = make_world(3, COUNT, KINDS, tariffs=False, holes=True)
MONEY = float(_WORLD.value_added.sum() * _WORLD.unit)
"""World value added in US dollars, the unit of transfers and gifts."""
HORIZONS = {"long": Horizon.long(trade_elasticity=5.0), "short": Horizon.short()}


@pytest.fixture(scope="module")
def world() -> halys.World:
    """Without tariffs of its own: with them every economy levies some, and problems are solved by themselves."""
    return _WORLD


@pytest.fixture(params=HORIZONS)
def horizon(request: pytest.FixtureRequest) -> Horizon:
    return HORIZONS[request.param]


def make_shock(seed: int) -> Shock:
    """Barriers of every kind around one or two economies."""
    rng = np.random.default_rng(seed)
    at = rng.choice(COUNT, size=1 + seed % 2, replace=False)
    ban, iceberg, tariff = np.zeros((3, KINDS, COUNT, COUNT))
    iceberg += 1.0
    for economy in at:
        ban[:, economy] = rng.uniform(0.0, 0.9, (KINDS, COUNT)) * (seed % 3 > 0)
        iceberg[:, :, economy] = rng.uniform(1.0, 1.6, (KINDS, COUNT))
        tariff[:, :, economy] = rng.uniform(0.0, 0.5, (KINDS, COUNT)) * (seed % 4 > 1)
    for array, rest in ((ban, 0.0), (iceberg, 1.0), (tariff, 0.0)):
        array[:, np.arange(COUNT), np.arange(COUNT)] = rest
    transfer = np.zeros(COUNT)
    transfer[:2] = 0.01 * MONEY * rng.uniform() * np.array([1.0, -1.0])
    return Shock(ban=ban, iceberg=iceberg, tariff=tariff, transfer=transfer)


def make_other_shock(seed: int) -> Shock:
    """Price ceilings, ways around bans, copies, gifts, export taxes, productivities and barriers everywhere."""
    rng, shock = np.random.default_rng(100 + seed), make_shock(3 * seed + 1)
    abroad = np.flatnonzero(~np.eye(COUNT, dtype=bool))
    cells = rng.choice(np.concatenate([s * COUNT**2 + abroad for s in range(KINDS)]), 8, replace=False)
    exporter, importer = cells // COUNT % COUNT, cells % COUNT
    ban = shock.ban.copy()
    ban.reshape(-1)[cells] = 0.6
    hub = np.array([next(h for h in range(COUNT) if h not in pair) for pair in zip(exporter, importer, strict=True)])
    even = np.full(8, 0.3)
    parts = {
        "routes": Routes(cells, hub, even, even / 3, 1.0 + even, np.zeros(8)),
        "backfill": Backfill(cells, hub, even, 1.0 + even),
        "rents": Rents(cells, 0.1 * even, even, 0.9 + even / 3),
        "gifts": MONEY * rng.uniform(-1e-3, 4e-3, (COUNT, KINDS)) * (rng.random((COUNT, KINDS)) < 0.3),
        "productivity": np.where(rng.random((COUNT, KINDS)) < 0.4, 0.95, 1.0),
        "export_tax": rng.uniform(0.0, 0.3, (KINDS, COUNT, COUNT))
        * (np.arange(COUNT) == 1)[:, None]
        * ~np.eye(COUNT, dtype=bool),
        "iceberg": 1.0 + rng.uniform(0.0, 0.3, (KINDS, COUNT, COUNT)) * ~np.eye(COUNT, dtype=bool),
    }
    names = list(parts)
    chosen = {names[seed % len(names)], *rng.choice(names, 1 + seed // len(names) * 3, replace=False)}
    return replace(shock, ban=ban, **{name: parts[name] for name in names if name in chosen})


SHOCKS = [make_shock(seed) for seed in range(20)]
OTHERS = [make_other_shock(seed) for seed in range(14)]


def solve_together(world, horizon, shocks, closure="fixed", **others):
    e = horizon.elasticities(world.industries)
    return list(solve_equilibria(calibrate_baseline(world), [e] * len(shocks), shocks, closure, **others))


@pytest.fixture
def counted(monkeypatch: pytest.MonkeyPatch) -> list[bool]:
    """Whether each candidate of the test was one."""
    found: list[bool] = []
    solve = Lockstep.solve

    def counting(self, *arguments):
        candidates = solve(self, *arguments)
        found.extend(candidate is not None for candidate in candidates)
        return candidates

    monkeypatch.setattr(Lockstep, "solve", counting)
    return found


# What is found ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("closure", ["fixed", "proportional"])
def test_it_is_what_single_solves_find(world, horizon, closure, counted):
    found = solve_together(world, horizon, SHOCKS, closure)
    b, e = calibrate_baseline(world), horizon.elasticities(world.industries)
    for q, shock in zip(found, SHOCKS, strict=True):
        single = solve_equilibrium(b, e, shock, closure)
        np.testing.assert_allclose(q.solution.point, single.solution.point, rtol=0, atol=1e-8)
        np.testing.assert_allclose(q.real_income, single.real_income, rtol=1e-9)
        assert q.solution.largest <= 1e-10
        assert not q.solution.recalled
    assert counted == [True] * len(SHOCKS)


def test_no_shock_changes_nothing(world, horizon):
    (q,) = solve_together(world, horizon, [Shock()])
    np.testing.assert_allclose(q.real_income, 1.0, rtol=1e-12)


def test_starts_and_elasticities_nearby(world, horizon, counted):
    """Problems at trade elasticities of their own, from solutions at others, with the preconditioner of these."""
    b, near = calibrate_baseline(world), horizon.elasticities(world.industries)
    shocks = SHOCKS[:6]
    own = [near._replace(theta=near.theta * factor) for factor in np.linspace(0.7, 1.5, len(shocks))]
    starts = [q.solution.point for q in solve_together(world, horizon, shocks)]
    starts[2] = None
    counted.clear()
    found = list(solve_equilibria(b, own, shocks, starts=starts, near=near))
    for q, e, shock in zip(found, own, shocks, strict=True):
        np.testing.assert_allclose(q.real_income, solve_equilibrium(b, e, shock).real_income, rtol=1e-9)
    assert counted == [True] * len(shocks)


def test_what_single_precision_cannot_hold_is_tried_again(world, horizon, counted, monkeypatch):
    """A power that overflows there shows as a residual that is no number; the second attempt is in double alone."""
    evaluate, attempt, attempts = BatchEquations.evaluate, Lockstep._solve, []

    def overflowing(self, shocks, x, gap):
        labour = evaluate(self, shocks, x, gap)
        if self.precision == np.float32:
            gap[:, :, 0] = np.nan
        return labour

    def recording(self, given, tolerance, single):
        attempts.append((len(given), single > 0))
        return attempt(self, given, tolerance, single)

    monkeypatch.setattr(BatchEquations, "evaluate", overflowing)
    monkeypatch.setattr(Lockstep, "_solve", recording)
    found = solve_together(world, horizon, SHOCKS[:3])
    b, e = calibrate_baseline(world), horizon.elasticities(world.industries)
    for q, shock in zip(found, SHOCKS[:3], strict=True):
        np.testing.assert_allclose(q.real_income, solve_equilibrium(b, e, shock).real_income, rtol=1e-9)
    assert attempts == [(3, True), (1, False)]
    assert counted == [True] * 3


def test_all_that_a_shock_may_hold(world, horizon, counted):
    found = solve_together(world, horizon, OTHERS)
    b, e = calibrate_baseline(world), horizon.elasticities(world.industries)
    for q, shock in zip(found, OTHERS, strict=True):
        single = solve_equilibrium(b, e, shock)
        np.testing.assert_allclose(q.solution.point, single.solution.point, rtol=0, atol=1e-8)
        np.testing.assert_allclose(q.real_income, single.real_income, rtol=1e-9)
    assert counted == [True] * len(OTHERS)


def test_what_is_not_of_the_common_form_is_solved_by_itself(horizon, counted):
    """An economy that trade does not reach is a part of the world with a numeraire of its own."""
    world = make_world(3, COUNT, KINDS, tariffs=False, symmetric=True)
    apart = np.zeros((KINDS, COUNT, COUNT))
    apart[:, 0, 1:] = apart[:, 1:, 0] = 1.0
    shocks = [Shock(ban=SHOCKS[0].ban), Shock(ban=apart), Shock(tariff=SHOCKS[2].tariff)]
    found = solve_together(world, horizon, shocks)
    b, e = calibrate_baseline(world), horizon.elasticities(world.industries)
    for q, shock in zip(found, shocks, strict=True):
        np.testing.assert_allclose(q.real_income, solve_equilibrium(b, e, shock).real_income, rtol=1e-9)
    assert counted == [True, True]


@pytest.mark.parametrize(
    "own",
    [Horizon.long(5.0, factors=3.0), Horizon.short(factors="mobile"), Horizon.short(consumption_substitution=1.0)],
)
def test_horizons_of_other_forms_and_worlds_with_tariffs_are_solved_singly(world, own, counted):
    for w in (world, make_world(3, COUNT, KINDS)):
        (q,) = solve_together(w, own, SHOCKS[:1])
        single = solve_equilibrium(calibrate_baseline(w), own.elasticities(w.industries), SHOCKS[0])
        np.testing.assert_array_equal(q.solution.point, single.solution.point)
    assert not counted


def test_a_wrong_candidate_is_never_taken(world, horizon, monkeypatch):
    solve = Lockstep.solve

    def wrong(self, *arguments):
        return [candidate._replace(point=candidate.point * 1.0001) for candidate in solve(self, *arguments)]

    monkeypatch.setattr(Lockstep, "solve", wrong)
    found = solve_together(world, horizon, SHOCKS[:3])
    b, e = calibrate_baseline(world), horizon.elasticities(world.industries)
    for q, shock in zip(found, SHOCKS, strict=False):
        np.testing.assert_array_equal(q.solution.point, solve_equilibrium(b, e, shock).solution.point)


def test_failures_come_in_their_place(world, horizon):
    shut, poor = np.zeros((KINDS, COUNT, COUNT)), np.zeros(COUNT)
    shut[0, :, 1] = 1.0  # nobody may sell the product there, at home neither
    poor[:2] = [-5.0 * world.value_added[0].sum() * world.unit, 5.0 * world.value_added[0].sum() * world.unit]
    shocks = [SHOCKS[0], Shock(ban=shut), SHOCKS[1], Shock(transfer=poor), SHOCKS[2]]
    found = solve_together(world, horizon, shocks)
    assert isinstance(found[1], InfeasibleError)
    assert isinstance(found[3], InfeasibleError | ConvergenceError)
    for n in (0, 2, 4):
        (alone,) = solve_together(world, horizon, shocks[n : n + 1])
        np.testing.assert_array_equal(found[n].solution.point, alone.solution.point)


def test_the_cover_holds_every_change():
    rng = np.random.default_rng(5)
    for _ in range(20):
        changed = rng.random((7, 7)) < 0.15
        cover = cover_changes(changed)
        changed[cover] = changed[:, cover] = False
        assert not changed.any()
        assert len(set(cover)) == len(cover)


# Bits ---------------------------------------------------------------------------------------------------------------


def assert_alone_as_together(world, horizon, shocks, seed):
    alone = [solve_together(world, horizon, [shock])[0].solution for shock in shocks]
    rng = np.random.default_rng(seed)
    for size in (2, len(shocks) // 2, len(shocks)):
        order = rng.permutation(len(shocks))[:size]
        for n, q in zip(order, solve_together(world, horizon, [shocks[n] for n in order]), strict=True):
            np.testing.assert_array_equal(q.solution.point, alone[n].point)
            assert q.solution.steps == alone[n].steps


def test_a_result_does_not_depend_on_what_is_solved_beside_it(world, horizon):
    assert_alone_as_together(world, horizon, SHOCKS, 1)
    assert_alone_as_together(world, horizon, [*OTHERS, *SHOCKS[:2]], 3)


def test_nor_on_the_bundled_world(horizon):
    world, shocks = halys.load_world(), []
    count, kinds = len(world.economies), len(world.industries)
    for seed in range(6):
        rng = np.random.default_rng(seed)
        iceberg, at = np.ones((kinds, count, count)), rng.choice(count, size=1 + seed % 2, replace=False)
        iceberg[:, at] = rng.uniform(1.0, 2.0, (kinds, len(at), count))
        iceberg[:, at, at] = 1.0
        shocks.append(Shock(iceberg=iceberg))
    assert_alone_as_together(world, horizon, shocks, 2)
    b, e = calibrate_baseline(world), horizon.elasticities(world.industries)
    for q, shock in zip(solve_together(world, horizon, shocks[:2]), shocks, strict=False):
        np.testing.assert_allclose(q.real_income, solve_equilibrium(b, e, shock).real_income, rtol=1e-9)


def test_nor_on_what_the_store_holds(world, horizon, tmp_path):
    kept = EquilibriumStore(tmp_path, 10**8)
    fresh = solve_together(world, horizon, SHOCKS)
    solve_together(world, horizon, SHOCKS[3:7], store=kept)
    e = horizon.elasticities(world.industries)
    solve_equilibrium(calibrate_baseline(world), e, SHOCKS[8], store=kept)  # has a key of its own
    found = solve_together(world, horizon, SHOCKS, store=kept)
    assert [n for n, q in enumerate(found) if q.solution.recalled] == [3, 4, 5, 6]
    again = solve_together(world, horizon, SHOCKS, store=kept)
    assert all(q.solution.recalled for q in again)
    for one, two, three in zip(fresh, found, again, strict=True):
        np.testing.assert_array_equal(one.solution.point, two.solution.point)
        np.testing.assert_array_equal(one.solution.point, three.solution.point)


def test_few_steps_leave_no_room(world, counted):
    found = solve_together(world, HORIZONS["long"], SHOCKS[:1], options=SolverOptions(max_steps=2))
    assert isinstance(found[0], ConvergenceError)
    assert not counted


# Batches of jobs ----------------------------------------------------------------------------------------------------


def make_jobs(world, count):
    """Tariffs of different heights under two closures and two horizons, with one that is impossible among them."""
    a, b = world.economies[:2]
    jobs = []
    for n in range(count):
        measure = halys.Tariff(exporters=a, importers=b, rate=5.0 + n)
        if n == 5:
            measure = halys.Ban(exporters=world.economies, importers=a, coverage=1.0)
        jobs.append(Job((measure,), ("fixed", "balanced")[n % 2], HORIZONS[("long", "short")[n // 2 % 2]]))
    return jobs


def keep(outcome):
    return outcome.equilibrium.solution.point


def test_jobs_come_back_in_their_order_and_alike_ones_together(world, monkeypatch):
    jobs = make_jobs(world, 4 * (FEWEST_ALIKE + 1))
    found = list(solve_batch(world, jobs, keep))
    for n, (job, point) in enumerate(zip(jobs, found, strict=True)):
        single = halys.solve(world, job.measures, horizon=job.horizon, closure=job.closure) if n != 5 else None
        if single is None:
            assert isinstance(point, InfeasibleError)
        else:
            np.testing.assert_allclose(point, keep(single), rtol=0, atol=1e-8)
    sizes = []
    together = many._find_together
    monkeypatch.setattr(many, "_find_together", lambda problems: sizes.append(len(problems)) or together(problems))
    monkeypatch.setattr("halys.parallel._may_fork", lambda: False)
    again = list(solve_batch(world, jobs, keep))
    assert max(sizes) > FEWEST_ALIKE // 2
    assert max(sizes) <= WIDTH
    for one, two in zip(found, again, strict=True):  # as in two processes
        assert str(one) == str(two) if isinstance(one, InfeasibleError) else (one == two).all()
