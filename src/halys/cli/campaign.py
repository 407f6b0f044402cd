"""`halys campaign`: the decisions of a scenario taken again each quarter."""

from __future__ import annotations

from typing import Annotated

import typer

from halys.cli.common import AsJson, Settings, errors, print_json, progress, width
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
    form: Annotated[str, typer.Option("--format", metavar="FORMAT", help="text, csv or json.")] = "text",
    as_json: AsJson = False,
) -> None:
    """Play a scenario quarter by quarter, and show which futures come.

    Solves the stochastic game of the section `campaign` by backward induction and simulates paths: how likely each
    named future is, what each actor loses, when the window closes in which a line can still be kept, and what waiting
    and a credible commitment are worth.
    """
    with errors(as_json or form == "json"):
        if form not in FORMATS:
            raise InputError(f"{form!r} is not a format. Write text, csv or json.")
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
