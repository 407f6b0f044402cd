"""Reaching a hard equilibrium in steps: solve part of the shock, start the next part from there.

The last resort of a solve. A part p of a shock takes logarithms of iceberg costs and productivity, and rates, rents,
transfers and gifts themselves, p of the way from the baseline; coverages 1 − (1 − p)^3 of the way, since the last
varieties matter most. A part that fails is halved; one that is solved lets the next grow.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from halys.economy.baseline import Baseline
from halys.economy.shock import Shock
from halys.economy.solver import Array, Solution, Status

_FIRST = 0.25
_SMALLEST = 0.01
_MOST = 40


def part_of_shock(b: Baseline, shock: Shock, part: float) -> Shock:
    """`part` in [0, 1] of the way from the baseline to `shock`."""
    tariff = shock.tariff
    if tariff is not None:
        before = 0.0 if b.tariff is None else b.tariff
        tariff = before + part * (tariff - before)
    return Shock(
        iceberg=None if shock.iceberg is None else shock.iceberg**part,
        tariff=tariff,
        export_tax=None if shock.export_tax is None else part * shock.export_tax,
        ban=None if shock.ban is None else (1.0 - (1.0 - part) ** 3) * shock.ban,
        transfer=None if shock.transfer is None else part * shock.transfer,
        productivity=None if shock.productivity is None else shock.productivity**part,
        gifts=None if shock.gifts is None else part * shock.gifts,
        origin_nest=None if shock.origin_nest is None else shock.origin_nest**part,
        rents=None if shock.rents is None else shock.rents.part(part),
        routes=shock.routes,  # both act on what is banned, which is in part
        backfill=shock.backfill,
    )


def solve_in_parts(solve: Callable[[float, Array | None], Solution], failed: Solution) -> Solution:
    """Solve the whole shock by parts.

    Args:
        solve: solves a part from a start (a `Solution.point`; None: the baseline). failed: the direct attempt, returned
            with all steps counted where parts do not help either.
    """
    reached, start, step = 0.0, None, _FIRST
    steps, newton, seconds, last = failed.steps, failed.newton_steps, failed.seconds, failed
    for _ in range(_MOST):
        target = min(1.0, reached + step)
        step = target - reached
        last = solve(target, start)
        steps, newton, seconds = steps + last.steps, newton + last.newton_steps, seconds + last.seconds
        if last.status is Status.CONVERGED:
            if target >= 1.0:
                return replace(last, steps=steps, newton_steps=newton, seconds=seconds)
            reached, start, step = target, last.point, 1.5 * step
        else:
            step *= 0.5
            if step < _SMALLEST:
                break
    return replace(failed, steps=steps, newton_steps=newton, seconds=seconds)
