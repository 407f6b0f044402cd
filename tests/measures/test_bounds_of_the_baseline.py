"""What one baseline bears and another does not ends no run: the history is reported, the others are solved."""

from __future__ import annotations

import pytest
from tiny import one_product

import halys
from halys.authoring import check_scenario
from halys.economy import Horizon
from halys.errors import FileError, HalysError, InfeasibleError
from halys.measures import compile_measures
from halys.scenario import Scenario
from halys.scenario.document import parse_document
from halys.scenario.load import check_document
from halys.solving import Job, baseline_for, solve_batch

ARMS = """\
schema_version: 1
id: arms
title: Arms
question: What?
sources: {own: {title: Chosen for this test, publisher: The author, date: "2026"}}
actors: {usa: {label: USA, economies: USA}, ukraine: {label: Ukraine, economies: UKR}}
stakes:
  help: {label: Ukraine holds out, actor: usa, accrual: flow, percent_of_income: {low: 0, high: 3, source: own}}
closures: [fixed]
stages: [{id: usa, actor: usa}]
moves:
  usa:
    none: {label: No arms}
    arms:
      label: Arms
      exposures: {help: 1}
      measures:
        - {instrument: military_transfer, donors: USA, recipients: UKR, amount: AMOUNT, fungible: 1}
"""


def load(amount: float, closures: str = "[fixed]") -> Scenario:
    text = ARMS.replace("AMOUNT", f"{amount:.6g}").replace("[fixed]", closures)
    return check_document(parse_document(text, "f.yaml"))


def bought(world: halys.World) -> float:
    """Ukraine's final use of arms, billion US dollars."""
    arms = world.positions("arms", "industry")
    return float(world.final[world.economies.index("UKR"), arms].sum() * world.unit / 1e9)


def test_a_gift_too_large_without_deficits_is_a_failure_of_that_closure(world):
    """Ukraine imports more than it exports: without its deficit it buys fewer arms than it is given."""
    with_deficit, without = bought(world), bought(baseline_for(world, Horizon.long(), "balanced"))
    amount = 0.5 * (with_deficit + without)
    assert without < amount < with_deficit
    run = halys.run(load(amount), cache=False)
    assert run.summary["failures"] == []
    failed = run.summary["horizons"]["failed"]
    assert {(f["closure"], f["kind"]) for f in failed} == {("balanced", "infeasible")}
    assert all("military transfers free UKR" in f["message"] for f in failed)
    with pytest.raises(InfeasibleError, match="history usa=arms, closure balanced: military transfers free UKR"):
        check_scenario(load(amount, "[fixed, balanced]"))


def test_a_gift_too_large_at_the_reference_is_refused_in_its_place(world):
    with pytest.raises(FileError, match=r"moves\.usa\.arms\.measures\[0\].*military transfers free UKR"):
        load(1.1 * bought(world))


def test_ends_of_a_range_that_cannot_be_leave_the_others():
    """A batch of many sets of measures, a few of which this world cannot bear."""
    w = one_product()
    most = 200.0 * w.unit / 1e9  # what BBB buys
    parts = [0.025 * n for n in range(48)]
    gifts = [
        halys.MilitaryTransfer(donors="CCC", recipients="BBB", industries="all", amount=part * most, fungible=1.0)
        for part in parts
    ]
    found = list(solve_batch(w, [Job((gift,), "fixed", Horizon.long(5.0)) for gift in gifts], lambda outcome: outcome))
    assert [isinstance(each, InfeasibleError) for each in found] == [part > 1.0 for part in parts]
    assert not any(isinstance(each, HalysError) for each in found[:40])


def test_a_drawdown_does_nothing_where_nobody_has_a_deficit(world):
    """The balanced world has none to stop, whatever is left of them by rounding."""
    freeze = halys.ReserveFreeze(
        target="UKR", custodians="USA", reserves=25.0, frozen=20.0, return_rate=0.0, drawdown=10.0
    )
    balanced = baseline_for(world, Horizon.long(), "balanced")
    assert compile_measures(world, [freeze]).transfer.min() == pytest.approx(-10e9)
    assert compile_measures(balanced, [freeze]).transfer.min() == 0.0
