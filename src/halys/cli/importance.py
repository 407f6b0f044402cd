"""`halys importance`: which unknown drives the answer, where deterrence fails, which policy is regretted least."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from halys.cli.common import AsJson, Settings, errors, print_json, width
from halys.cli.draws import draws_progress

SEED = 20220314


def importance(
    scenario: Annotated[
        str, typer.Argument(metavar="SCENARIO", help="A scenario file, or the name of a bundled scenario.")
    ],
    base: Annotated[int, typer.Option("--base", metavar="N", help="Base points of the design, a power of two.")] = 256,
    draws: Annotated[
        int,
        typer.Option(
            "--draws",
            metavar="N",
            help="Look for box and regrets in so many draws of the ensemble; 0: the base points.",
        ),
    ] = 0,
    seed: Annotated[int, typer.Option("--seed", metavar="N", help="Of the sequence of points.")] = SEED,
    out: Annotated[
        str | None,
        typer.Option("--out", metavar="DIR", help="Folder of the design; by default importance/SCENARIO-HASH."),
    ] = None,
    everything: Annotated[bool, typer.Option("--all", help="List every number of every result.")] = False,
    settings: Settings = None,
    as_json: AsJson = False,
) -> None:
    """Say which unknown drives the answer.

    First-order and total Sobol indices of every number with a range, with intervals; one number at a time; the box of
    numbers in which deterrence fails; the regret of each policy of the sender. Says first how much is to be solved.
    Blocks are kept: the same command goes on after a stop, and adds base points where more are asked for.
    """
    with errors(as_json, "interrupted; finished blocks are kept, and the same command goes on from there"):
        from halys.importance import default_importance_folder, plan_importance, run_importance
        from halys.report.importance_page import write_importance
        from halys.report.importance_view import render_importance, render_plan
        from halys.scenario.overrides import load_overridden

        loaded, _ = load_overridden(scenario, settings or ())
        plan = plan_importance(loaded, base, seed)
        folder = Path(out) if out is not None else default_importance_folder(loaded, seed)
        typer.echo(render_plan(plan.design.count, base, plan.evaluations, plan.equilibria), err=True)
        with draws_progress("evaluations", quiet=10.0) as told:
            found = run_importance(plan, base, folder, draws=draws, told=told)
        record, page = write_importance(found.data, folder)
        if as_json:
            print_json({**found.data, "folder": str(folder)})
        else:
            typer.echo(render_importance(found.data, width(), everything))
            typer.echo(f"Charts: {page}\nData: {record}")
