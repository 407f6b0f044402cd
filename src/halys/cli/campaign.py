"""`halys campaign`: the decisions of a scenario taken again each quarter."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

from halys.cli.common import AsJson, Settings, errors, print_json, progress, width
from halys.cli.draws import draws_progress, note
from halys.errors import InputError

FORMATS = ("text", "csv", "json")
PATHS, SEED = 10_000, 20220314


def campaign(
    scenario: Annotated[
        str, typer.Argument(metavar="SCENARIO", help="A bundled scenario or a file, with a section `campaign`.")
    ],
    settings: Settings = None,
    paths: Annotated[int, typer.Option("--paths", metavar="N", help="How many paths are simulated.")] = PATHS,
    seed: Annotated[int, typer.Option("--seed", metavar="N", help="Of the paths.")] = SEED,
    draws: Annotated[
        int,
        typer.Option("--draws", metavar="N", help="Draw the numbers of the file too, so many times."),
    ] = 0,
    out: Annotated[
        str | None, typer.Option("--out", metavar="DIR", help="Folder of the draws; by default below ensembles/.")
    ] = None,
    scheduler: Annotated[
        str | None,
        typer.Option("--scheduler", metavar="ADDRESS", help="Draw on a Dask cluster; as for halys ensemble."),
    ] = None,
    form: Annotated[str, typer.Option("--format", metavar="FORMAT", help="text, csv or json.")] = "text",
    as_json: AsJson = False,
) -> None:
    """Play the decisions again each quarter, and see what comes.

    Solves the stochastic game of the section `campaign` by backward induction and simulates paths: how likely each
    named future is, what each actor loses, when the window closes in which a line can still be kept, and what waiting
    and a credible commitment are worth. With --draws the numbers of the file are drawn as well; draws are kept, and the
    same command goes on after a stop.
    """
    with errors(as_json or form == "json", "interrupted; finished draws are kept" if draws else "interrupted"):
        if form not in FORMATS:
            raise InputError(f"{form!r} is not a format. Write text, csv or json.")
        if not draws and (out is not None or scheduler is not None):
            raise InputError("--out and --scheduler are of draws. Give --draws too, or leave them out.")
        if draws:
            _draw(scenario, settings or (), draws, seed, out, scheduler, as_json or form == "json")
            return
        from halys.campaigns import run_campaign
        from halys.report.campaign_view import render_campaign
        from halys.scenario.overrides import load_overridden

        chosen, changes = load_overridden(scenario, settings or ())
        with progress() as told:
            record = run_campaign(chosen, paths, seed=seed, progress=lambda done, total: told(done, total, ""))
        if as_json or form == "json":
            made = {"settings": [change.as_record() for change in changes]} if changes else {}
            print_json({**record.data, **made})
        elif form == "csv":
            typer.echo(record.quarters.to_csv(index=False), nl=False)
        else:
            for change in changes:
                typer.echo(f"Set here: {change}")
            typer.echo(render_campaign(record.data, width()))


def _draw(
    scenario: str,
    settings: Sequence[str],
    draws: int,
    seed: int,
    out: str | None,
    scheduler: str | None,
    as_json: bool,
) -> None:
    from halys.campaign_ensembles import default_folder, run_campaign_ensemble
    from halys.report.campaign_view import render_campaign_draws
    from halys.report.draws_page import write_draws
    from halys.scenario.overrides import load_overridden

    chosen, changes = load_overridden(scenario, settings)
    folder = Path(out) if out is not None else default_folder(chosen, seed)
    with draws_progress() as told:
        found = run_campaign_ensemble(chosen, draws, folder, seed=seed, told=told, scheduler=scheduler, noted=note)
    _, page = write_draws(found.data, folder)
    if as_json:
        made = {"settings": [change.as_record() for change in changes]} if changes else {}
        print_json({**found.data, **made, "folder": str(folder)})
        return
    for change in changes:
        typer.echo(f"Set here: {change}")
    typer.echo(render_campaign_draws(found.data, width()))
    typer.echo(f"Draws: {folder}\nCharts: {page}")
