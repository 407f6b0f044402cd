"""A solved coalition against equilibria solved one by one, and what its transfers and payments promise."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import halys
from conftest import make_spec
from halys.coalition import equilibria, solve_coalition
from halys.coalition.keeping import match_transfers, solve_broyden
from halys.coalition.setup import Bloc
from halys.errors import ConvergenceError, InfeasibleError, InputError
from worlds import FIVE, make_world

BLOCS = {"bee": ("BBB",), "cee": ("CCC",), "dee": ("DDD", "FFF")}
MEMBERS = list(BLOCS)


def measures(economies: Sequence[str], beside: Sequence[Any] = ()) -> list[Any]:
    """What these economies impose, written out, with more beside."""
    if not economies:
        return list(beside)
    codes = list(economies)
    return [
        halys.Ban(exporters=codes, importers="AAA", reduction=0.6, programme="together"),
        halys.Ban(exporters="AAA", importers=codes, reduction=0.4, programme="together"),
        *beside,
    ]


def change(world: halys.World, economies: Sequence[str], who: Sequence[str], beside: Sequence[Any] = ()) -> float:
    """Change of real income of some, bn, in an equilibrium of its own."""
    outcome = halys.solve(world, measures(economies, beside), horizon=FIVE, tolerance=1e-12)
    return float(outcome.equivalent_variation[world.positions(list(who))].sum())


def economies(*names: str) -> tuple[str, ...]:
    return tuple(code for name in names for code in BLOCS[name])


def row_of(record: halys.CoalitionRecord, name: str) -> dict[str, Any]:
    (row,) = [row for row in record.data["members"] if row["id"] == name]
    return row


def test_every_coalition_is_the_equilibrium_of_its_measures(six: halys.World, solved: halys.CoalitionRecord) -> None:
    frame = solved.coalitions.set_index("members")
    assert len(frame) == 8
    for names in ((), ("bee",), ("bee", "dee"), ("bee", "cee", "dee")):
        row = frame.loc[" ".join(names)]
        codes = economies(*names)
        assert row["target_loss_billion"] == pytest.approx(-change(six, codes, ("AAA",)), abs=1e-12)
        for name in MEMBERS:
            assert row[f"{name}_loss_billion"] == pytest.approx(-change(six, codes, BLOCS[name]), abs=1e-12)


def test_parts_sum_to_the_loss_imposed(solved: halys.CoalitionRecord) -> None:
    loss, members = solved.data["loss"], solved.members
    assert members["shapley_billion"].sum() == pytest.approx(loss["imposed"]["billion"], rel=1e-12)
    assert members["share"].sum() == pytest.approx(1.0, rel=1e-12)
    assert loss["imposed"]["billion"] == pytest.approx(loss["full"]["billion"] - loss["nobody"]["billion"])
    assert members["error_billion"].isna().all()


def test_what_leaving_brings(six: halys.World, solved: halys.CoalitionRecord) -> None:
    everyone = economies(*MEMBERS)
    for name in MEMBERS:
        without = economies(*(other for other in MEMBERS if other != name))
        gain = change(six, without, BLOCS[name]) - change(six, everyone, BLOCS[name])
        row = row_of(solved, name)
        assert row["leaving_billion"] == pytest.approx(gain, abs=1e-11)
        assert row["leaving_percent"] == pytest.approx(100 * gain / row["income_billion"], abs=1e-9)


def test_transfers_sum_to_zero_and_equalise(six: halys.World, solved: halys.CoalitionRecord) -> None:
    received = {name: row_of(solved, name)["transfer_billion"] for name in MEMBERS}
    assert sum(received.values()) == pytest.approx(0.0, abs=1e-15)
    assert max(map(abs, received.values())) > 1e-4 * max(row_of(solved, n)["income_billion"] for n in MEMBERS)
    payers = [name for name in MEMBERS if received[name] < 0]
    takers = [name for name in MEMBERS if received[name] > 0]
    beside = [  # pairs in proportion: the same net amounts as any other matching
        halys.Transfer(
            payers=list(BLOCS[i]),
            recipients=list(BLOCS[j]),
            amount=-received[i] * received[j] / sum(received[k] for k in takers),
        )
        for i in payers
        for j in takers
    ]
    burdens = [
        -100.0 * change(six, economies(*MEMBERS), BLOCS[name], beside) / row_of(solved, name)["income_billion"]
        for name in MEMBERS
    ]
    np.testing.assert_allclose(burdens, solved.data["burden"]["equal_percent"], atol=3e-8)
    assert solved.data["burden"]["residual_percent"] <= 1e-8


def test_a_payment_makes_its_member_indifferent(six: halys.World) -> None:
    spec = make_spec()
    spec["members"]["cee"]["staying"] = {"value": 0.02, "low": 0.0, "high": 0.1, "source": "own"}
    record = solve_coalition(six, spec, horizon=FIVE)
    everyone, paid = economies(*MEMBERS), 0
    for name in MEMBERS:
        row = row_of(record, name)
        if row["leaving_net_percent"] <= 0:
            assert row["payment_billion"] == 0.0
            continue
        paid += 1
        others = economies(*(other for other in MEMBERS if other != name))
        pay = halys.Transfer(payers=list(others), recipients=list(BLOCS[name]), amount=row["payment_billion"])
        stays = change(six, everyone, BLOCS[name], [pay])
        leaves = change(six, others, BLOCS[name])
        gap = 100.0 * (leaves - stays) / row["income_billion"] - row["staying_percent"]
        assert gap == pytest.approx(0.0, abs=3e-8)
        assert row["payment_costs_others_billion"] == pytest.approx(
            change(six, everyone, others, [pay]) - change(six, everyone, others), abs=1e-9
        )
    assert paid
    plain = {n: row_of(solve_coalition(six, make_spec(), horizon=FIVE), n) for n in MEMBERS}
    assert row_of(record, "cee")["leaving_net_percent"] == pytest.approx(plain["cee"]["leaving_percent"] - 0.02)


def test_a_candidate_adds_what_its_joining_changes(six: halys.World, solved: halys.CoalitionRecord) -> None:
    (row,) = solved.data["candidates"]["each"]
    before, after = economies(*MEMBERS), (*economies(*MEMBERS), "EEE")
    assert row["added_billion"] == pytest.approx(
        change(six, before, ("AAA",)) - change(six, after, ("AAA",)), abs=1e-10
    )
    assert row["cost_billion"] == pytest.approx(change(six, before, ("EEE",)) - change(six, after, ("EEE",)), abs=1e-10)
    assert solved.data["candidates"]["together"] is None
    assert solved.data["everyone"]["billion"] == pytest.approx(-change(six, after, ("AAA",)), abs=1e-10)
    assert [row["id"] for row in solved.data["outsiders"]["economies"]] == ["EEE"]


def test_pivots_are_those_of_the_losses(solved: halys.CoalitionRecord) -> None:
    low, middle, high = solved.data["pivots"]["at"]
    assert (low["percent"], middle["percent"], high["percent"]) == (0.2, 1.0, 40.0)
    assert sum(middle["shares"].values()) + middle["never"] == pytest.approx(1.0)
    assert high["never"] == 1.0
    frame = solved.coalitions
    for at in (low, middle, high):
        enough = frame[frame["target_loss_percent"] >= at["percent"]]
        assert at["smallest_count"] == sum(
            not any(set(other.split()) < set(one.split()) for other in enough["members"]) for one in enough["members"]
        )


def test_the_order_of_joining_follows_from_the_parts(solved: halys.CoalitionRecord) -> None:
    for row in solved.data["members"]:
        if row["joins_from"]:
            assert row["joins_from"] == pytest.approx(row["joining_billion"] / row["shapley_billion"])
        else:
            assert row["joining_billion"] <= 0
    assert set(solved.data["order"]["gaining"]) == {r["id"] for r in solved.data["members"] if r["joins_from"] == 0.0}
    assert solved.order["high"].iloc[-1] == solved.data["order"]["high"]


def test_the_data_are_plain_and_the_tables_hold_them(solved: halys.CoalitionRecord) -> None:
    again = json.loads(json.dumps(solved.data, allow_nan=False))
    assert again == solved.data
    assert again["target"]["economies"] == ["AAA"]
    assert list(solved.members["id"]) == MEMBERS
    assert list(solved.candidates["id"]) == ["eee"]
    assert len(solved.pivots) == 3
    assert "3 members, 8 coalitions, exact" in repr(solved)


def test_a_sample_is_near_the_exact_parts(six: halys.World, solved: halys.CoalitionRecord) -> None:
    record = solve_coalition(six, make_spec(), horizon=FIVE, samples=40, seed=2, tolerance=1e-11)
    assert record.data["method"] == "sampled"
    for row, exact in zip(record.data["members"], solved.data["members"], strict=True):
        assert abs(row["shapley_billion"] - exact["shapley_billion"]) <= 4 * row["error_billion"] + 1e-12
        assert row["first_billion"] == pytest.approx(exact["first_billion"], abs=1e-9)
        assert row["last_billion"] == pytest.approx(exact["last_billion"], abs=1e-9)
    total = sum(row["shapley_billion"] for row in record.data["members"])
    assert total == pytest.approx(record.data["loss"]["imposed"]["billion"], rel=1e-9)
    level = {"value": 0.5, "low": 0.2, "high": 1.0, "source": "own"}
    drawn = solve_coalition(six, make_spec(level=level), horizon=FIVE, samples=200)
    exactly = solve_coalition(six, make_spec(level=level), horizon=FIVE)
    for one, other in zip(drawn.data["pivots"]["at"], exactly.data["pivots"]["at"], strict=True):
        assert one["decisive"] == other["decisive"]
        np.testing.assert_allclose(list(one["shares"].values()), list(other["shares"].values()), atol=0.12)


@pytest.mark.parametrize("horizon", [FIVE, halys.Horizon.short()], ids=["long", "short"])
def test_starts_from_the_strongest_decide_nothing(
    six: halys.World, monkeypatch: pytest.MonkeyPatch, horizon: halys.Horizon
) -> None:
    """More members than strongest ones, so that starts are made of corners."""
    spec = make_spec()
    names = {"bee": "BBB", "cee": "CCC", "dee": "DDD", "eff": "FFF", "eee": "EEE"}
    spec["members"] = {name: {"label": name, "economies": code} for name, code in names.items()}
    plain = solve_coalition(six, spec, horizon=horizon, tolerance=1e-11)
    monkeypatch.setattr(equilibria, "MANY", 2)
    monkeypatch.setattr(equilibria, "STRONGEST", 2)
    told: list[tuple[int, int]] = []
    started = solve_coalition(
        six, spec, horizon=horizon, tolerance=1e-11, progress=lambda done, total: told.append((done, total))
    )
    np.testing.assert_allclose(started.values.losses, plain.values.losses, atol=1e-9)
    assert told[0] == (0, 34)
    assert told[-1] == (34, 34)
    assert [done for done, _ in told] == sorted({done for done, _ in told})


def test_other_closures(six: halys.World) -> None:
    record = solve_coalition(six, make_spec(), horizon=FIVE, closure="balanced", tolerance=1e-11)
    outcome = halys.solve(six, measures(economies(*MEMBERS)), horizon=FIVE, closure="balanced", tolerance=1e-12)
    lost = -outcome.total("AAA").percent
    assert record.data["loss"]["full"]["percent"] == pytest.approx(lost, abs=1e-7)
    assert record.data["burden"]["residual_percent"] <= 1e-8


def test_measures_in_force_count_before_anyone_joins(six: halys.World) -> None:
    tariff = halys.Tariff(exporters="AAA", importers="BBB", rate=0.3)
    record = solve_coalition(six, make_spec(), horizon=FIVE, in_force=[tariff], tolerance=1e-11)
    assert record.data["loss"]["nobody"]["billion"] == pytest.approx(-change(six, (), ("AAA",), [tariff]), abs=1e-12)
    assert record.data["loss"]["nobody"]["billion"] > 0


def test_one_member_has_nobody_to_pay_it(six: halys.World) -> None:
    spec = make_spec(members={"bee": {"label": "Bee", "economies": "BBB"}})
    record = solve_coalition(six, spec, horizon=FIVE)
    (row,) = record.data["members"]
    assert row["share"] == pytest.approx(1.0)
    assert row["payment_billion"] == row["transfer_billion"] == 0.0
    assert record.candidates.empty


def test_coalitions_without_an_equilibrium_are_named() -> None:
    """All members together leave the target, which has a surplus to ship, nobody to trade with."""
    world = make_world(seed=4, count=4)
    spec = make_spec(
        members={name: {"label": name, "economies": code} for name, code in (("b", "BBB"), ("c", "CCC"), ("d", "DDD"))}
    )
    spec["measures"] = [{**measure, "coverage": 1.0} for measure in spec["measures"]]
    for measure in spec["measures"]:
        del measure["reduction"]
    with pytest.raises(InfeasibleError, match=r"1 of 8 coalitions have no equilibrium: b \+ c \+ d.*none may be left"):
        solve_coalition(world, spec, horizon=FIVE)


def test_a_reference_without_an_equilibrium_is_reported() -> None:
    world = make_world(seed=4, count=4)
    names = (("b", "BBB"), ("c", "CCC"), ("d", "DDD"))
    spec = make_spec(members={n: {"label": n, "economies": code, "candidate": n == "d"} for n, code in names})
    spec["measures"] = [
        {"instrument": "ban", "exporters": "members", "importers": "AAA", "coverage": 1.0},
        {"instrument": "ban", "exporters": "AAA", "importers": "members", "coverage": 1.0},
    ]
    record = solve_coalition(world, spec, horizon=FIVE)
    (row,) = record.data["candidates"]["each"]
    assert "failed" in row
    assert "failed" in record.data["everyone"]
    assert "failed" not in record.data["embargo"]  # without deficits it has one


@pytest.mark.parametrize(
    ("changes", "options", "message"),
    [
        ({}, {"tolerance": 1e-3}, "between 1e-13 and 1e-08"),
        ({}, {"samples": 7}, "even number"),
        ({}, {"omega": (2.0, 1.0)}, "range of omega"),
        ({}, {"closure": "open"}, "closure is 'open'"),
        ({"target": "ZZZ"}, {}, "spec.target: .*'ZZZ'"),
        ({"measures": []}, {}, "spec.measures: .*at least 1"),
        ({"nonsense": 1}, {}, "spec.nonsense"),
        ({"against": ["chips"]}, {}, "'chips' is not listed under `in_force`"),
        ({"target": "BBB"}, {}, "BBB belongs to the target"),
    ],
)
def test_what_cannot_be_used_is_refused(six: halys.World, changes, options, message: str) -> None:
    with pytest.raises(InputError, match=message):
        solve_coalition(six, make_spec(**changes), **{"horizon": FIVE, **options})


def test_a_world_needs_a_spec_and_a_scenario_none(six: halys.World) -> None:
    with pytest.raises(InputError, match="Give spec="):
        solve_coalition(six)
    with pytest.raises(InputError, match="give a halys"):
        solve_coalition("russia")  # type: ignore[arg-type]
    with pytest.raises(InputError, match="has no section `coalition`"):
        solve_coalition(halys.load_scenario("evasion"))
    with pytest.raises(InputError, match="a scenario brings its coalition"):
        solve_coalition(halys.load_scenario("rome-2022"), make_spec())


@given(seed=st.integers(0, 10_000), count=st.integers(2, 6))
def test_matched_transfers_give_what_is_received(seed: int, count: int) -> None:
    received = np.random.default_rng(seed).normal(size=count)
    received -= received.mean()
    blocs = tuple(Bloc(f"b{n}", "", (f"C{n}",)) for n in range(count))
    net = np.zeros(count)
    found = match_transfers(blocs, received)
    for transfer in found:
        net[int(transfer.payers[0][1:])] -= float(transfer.amount)  # type: ignore[arg-type]
        net[int(transfer.recipients[0][1:])] += float(transfer.amount)  # type: ignore[arg-type]
    np.testing.assert_allclose(net, received, atol=1e-12)
    assert len(found) < count


@given(seed=st.integers(0, 10_000), count=st.integers(2, 6))
@settings(max_examples=50)
def test_broyden_solves_what_is_nearly_linear(seed: int, count: int) -> None:
    rng = np.random.default_rng(seed)
    near, goal = np.eye(count) + 0.3 * rng.normal(size=(count, count)) / count, rng.normal(size=count)
    found, left = solve_broyden(
        lambda x: goal - near @ x - 0.01 * x**2, np.zeros(count), lambda gap: float(np.abs(gap).max())
    )
    assert np.abs(left).max() <= 1e-8
    np.testing.assert_allclose(goal - near @ found - 0.01 * found**2, 0.0, atol=1e-8)


def test_broyden_says_when_it_fails() -> None:
    with pytest.raises(ConvergenceError, match="not found in 40 steps"):
        solve_broyden(lambda x: np.ones(2) + 0.0 * x, np.zeros(2), lambda gap: float(np.abs(gap).max()))
