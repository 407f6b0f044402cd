"""The command that computes the reference runs."""

from __future__ import annotations

from typing import Annotated

import typer

from halys.cli.common import AsJson, errors, print_json, width
from halys.errors import InputError


def validate(
    names: Annotated[
        list[str] | None, typer.Argument(metavar="NAME", help="Reference runs to compute; none lists them.")
    ] = None,
    every: Annotated[bool, typer.Option("--all", help="Compute all of them.")] = False,
    as_json: AsJson = False,
) -> None:
    """Compute reference runs beside the published figures.

    Each run gives Halys's figures at both horizons with their ranges, the published figure with its source, a verdict,
    and in numbers why they differ where they do. A difference is not an error.
    """
    with errors(as_json):
        from halys.validation import RUNS, compute_run, describe_runs, render
        from halys.world import load_world

        if every and names:
            raise InputError("--all computes all reference runs; leave it out to name some.")
        wanted = list(RUNS) if every else names
        if not wanted:
            runs = describe_runs()
            if as_json:
                print_json({"runs": runs})
                return
            for run in runs:
                typer.echo(f"{run['name']}  {run['title']}")
            return
        world = load_world()
        results = []
        for n, name in enumerate(wanted):
            result = compute_run(name, world)
            results.append(result)
            if not as_json:
                typer.echo(("\n\n" if n else "") + render(result, width()))
        if as_json:
            print_json({"runs": [result.as_record() for result in results]})
