"""`halys ensemble`: the numbers of a scenario drawn, solved and played."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from halys.cli.common import AsJson, Settings, errors, print_json, width
from halys.cli.draws import draws_progress, note

SEED = 20220314
PATIENCE = 300.0


def ensemble(
    scenario: Annotated[
        str, typer.Argument(metavar="SCENARIO", help="A scenario file, or the name of a bundled scenario.")
    ],
    draws: Annotated[int, typer.Option("--draws", metavar="N", help="How many draws, in all.")] = 256,
    seed: Annotated[int, typer.Option("--seed", metavar="N", help="Of the sequence of draws.")] = SEED,
    out: Annotated[
        str | None,
        typer.Option("--out", metavar="DIR", help="Folder of the draws; by default ensembles/SCENARIO-HASH."),
    ] = None,
    scheduler: Annotated[
        str | None,
        typer.Option(
            "--scheduler",
            metavar="ADDRESS",
            help="Work on a Dask cluster: tcp://host:8786, or its scheduler file (.json). Draws are kept here.",
        ),
    ] = None,
    patience: Annotated[
        float, typer.Option("--patience", metavar="SECONDS", help="How long the cluster may be without any worker.")
    ] = PATIENCE,
    settings: Settings = None,
    as_json: AsJson = False,
) -> None:
    """Draw every number with a range, and play each draw.

    Solves the equilibria of every draw and plays the game on them: how often each move is played, how real income is
    spread. Draws are kept batch by batch; the same command goes on after a stop, and adds draws where more are asked
    for.
    """
    with errors(as_json, "interrupted; finished draws are kept, and the same command goes on from there"):
        from halys.ensembles import default_folder, run_ensemble
        from halys.report.draws_page import write_draws
        from halys.report.ensemble_view import render_ensemble
        from halys.scenario.overrides import load_overridden

        loaded, _ = load_overridden(scenario, settings or ())
        folder = Path(out) if out is not None else default_folder(loaded, seed)
        with draws_progress() as told:
            found = run_ensemble(
                loaded, draws, folder, seed=seed, told=told, scheduler=scheduler, noted=note, patience=patience
            )
        _, page = write_draws(found.data, folder)
        if as_json:
            print_json({**found.data, "folder": str(folder)})
        else:
            typer.echo(render_ensemble(found.data, width()))
            typer.echo(f"Draws: {folder}\nCharts: {page}")
