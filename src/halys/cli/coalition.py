"""`halys coalition`: who makes a coalition effective, who pays, who wavers and what keeps them."""

from __future__ import annotations

import contextlib
from typing import Annotated

import typer

from halys.cli.common import AsJson, Settings, errors, print_json, progress, width
from halys.cli.exposure import named_horizon
from halys.errors import InputError

FORMATS = ("text", "csv", "json")


def coalition(
    scenario: Annotated[
        str, typer.Argument(metavar="SCENARIO", help="A bundled scenario or a file, with a section `coalition`.")
    ],
    settings: Settings = None,
    omega: Annotated[
        str | None,
        typer.Option(
            "--omega",
            metavar="LOW:HIGH",
            help="Range of what a dollar of the target's loss is worth to a member. Default: where members switch.",
        ),
    ] = None,
    samples: Annotated[
        int | None,
        typer.Option(
            "--samples",
            metavar="N",
            help="Random orders of joining instead of all coalitions. Default: 200 beyond 12 members.",
        ),
    ] = None,
    horizon: Annotated[
        str | None,
        typer.Option(
            "--horizon",
            metavar="NAME",
            help="long, short, a published set (halys elasticities), a number for θ everywhere, or a YAML file. "
            "Default: that of the scenario.",
        ),
    ] = None,
    form: Annotated[str, typer.Option("--format", metavar="FORMAT", help="text, csv or json.")] = "text",
    as_json: AsJson = False,
) -> None:
    """Show who makes a coalition effective and who pays.

    Solves the equilibrium of every coalition of the members: each member's part in the target's loss, what it bears,
    who is pivotal, who joins and leaves first, what payment keeps it, and which transfers make burdens equal.
    """
    with errors(as_json or form == "json"):
        if form not in FORMATS:
            raise InputError(f"{form!r} is not a format. Write text, csv or json.")
        between = None if omega is None else read_range(omega)
        from halys.coalition import solve_coalition
        from halys.report.coalition_view import render_coalition
        from halys.scenario.overrides import load_overridden

        chosen, changes = load_overridden(scenario, settings or ())
        elasticities = None if horizon is None else named_horizon(horizon)
        with progress() as told:
            record = solve_coalition(
                chosen,
                horizon=elasticities,
                omega=between,
                samples=samples,
                progress=lambda done, total: told(done, total, ""),
            )
        if as_json or form == "json":
            made = {"settings": [change.as_record() for change in changes]} if changes else {}
            print_json({**record.data, **made})
        elif form == "csv":
            typer.echo(record.members.to_csv(index=False), nl=False)
        else:
            for change in changes:
                typer.echo(f"Set here: {change}")
            typer.echo(render_coalition(record.data, width()))


def read_range(text: str) -> tuple[float, float]:
    """`0:2` as two numbers.

    Raises:
        InputError: anything else.
    """
    low, found, high = text.partition(":")
    if found:
        with contextlib.suppress(ValueError):
            return float(low), float(high)
    raise InputError(f"{text!r} is not a range. Write LOW:HIGH, such as 0:2.")
