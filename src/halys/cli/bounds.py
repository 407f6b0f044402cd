"""`halys bounds`: what observed choices say about political values."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from halys.cli.common import AsJson, Settings, errors, print_json, progress, width
from halys.errors import InputError

if TYPE_CHECKING:
    from halys.bounds import ObservedBounds

FORMATS = ("text", "csv", "json")


def bounds(
    scenario: Annotated[
        str, typer.Argument(metavar="SCENARIO|RUN", help="A bundled scenario, a file, or the folder of a run.")
    ],
    settings: Settings = None,
    everything: Annotated[
        bool, typer.Option("--all", help="Show what was believed and what each comparison says, too.")
    ] = False,
    form: Annotated[str, typer.Option("--format", metavar="FORMAT", help="text, csv or json.")] = "text",
    as_json: AsJson = False,
) -> None:
    """Bound stakes by what actors were seen to choose.

    From the section `observed`: for each actor and stake what its choices, with what it believed, leave of the prior
    range, and which choice decides; or which choices conflict. A run that is there is read instead of solved.
    """
    with errors(as_json or form == "json"):
        if form not in FORMATS:
            raise InputError(f"{form!r} is not a format. Write text, csv or json.")
        from halys.report.bounds_view import render_bounds

        found = _find(scenario, settings or ())
        if as_json or form == "json":
            print_json({"scenario": found.scenario.id, **found.data})
        elif form == "csv":
            typer.echo(found.table.to_csv(index=False), nl=False)
        else:
            typer.echo(render_bounds(found.data, found.scenario.file.title, found.scenario.id, width(), everything))


def _find(name: str, settings: list[str] | tuple[str, ...]) -> ObservedBounds:
    """From the folder of a run, from the run of a scenario that is there, or solved now."""
    from halys.bounds import check_observed, read_bounds, solve_bounds
    from halys.run import default_folder, open_run
    from halys.scenario.overrides import load_overridden

    if Path(name).is_dir():
        if settings:
            raise InputError(
                "--set changes a scenario before it is solved; a finished run stays as it is. Leave it out."
            )
        run = open_run(name)
        return read_bounds(run.scenario, run.data)
    chosen, _ = load_overridden(name, settings)
    check_observed(chosen)
    folder = default_folder(chosen)
    if _is_complete(folder):
        run = open_run(folder)
        return read_bounds(run.scenario, run.data)
    with progress() as told:
        return solve_bounds(chosen, progress=told)


def _is_complete(folder: Path) -> bool:
    """Whether a complete run is there; a folder with other things in it is not looked at here."""
    from halys.report import find_run

    if not folder.is_dir():
        return False
    try:
        found = find_run(folder)
    except InputError:  # other files, and no run
        return False
    return found is not None and found.complete
