"""Commands on what comes with Halys: scenarios, the world, the schema, the cache."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import Annotated

import typer

from halys.cli.common import AsJson, count, errors, print_json, width
from halys.errors import InputError


def new(
    file: Annotated[str, typer.Argument(metavar="FILE", help="The file to write. It must not exist yet.")],
    as_json: AsJson = False,
) -> None:
    """Write a small complete scenario to start from."""
    with errors(as_json):
        from halys.authoring import write_template

        path = write_template(file)
        if as_json:
            print_json({"file": str(path)})
            return
        name = shlex.quote(str(path))
        typer.echo(f"Wrote {path}. Next: halys check {name}, then halys run {name}")


def scenarios(as_json: AsJson = False) -> None:
    """List the scenarios that come with Halys."""
    with errors(as_json):
        from halys.authoring import list_scenarios

        entries = list_scenarios()
        if as_json:
            print_json({"scenarios": entries})
            return
        for entry in entries:
            typer.echo(
                f"{entry['id']}  {entry['title']} ({count(entry['histories'], 'history')})\n    {entry['question']}"
            )


def world(
    economy: Annotated[
        str | None,
        typer.Argument(metavar="ECONOMY", help="An economy, by its code, to look at closely; or a world file."),
    ] = None,
    file: Annotated[
        str | None, typer.Option("--in", metavar="FILE", help="Look into this world file, not the bundled world.")
    ] = None,
    codes: Annotated[bool, typer.Option("--codes", help="List all codes and groups.")] = False,
    as_json: AsJson = False,
) -> None:
    """Show the baseline world, or one economy closely.

    The world: its size, its economies and groups. An economy: partners, industries, exposures.
    """
    with errors(as_json):
        from halys.report import world_view
        from halys.world import is_world_file, load_world

        if file is None and economy is not None and is_world_file(economy):
            economy, file = None, economy
        if codes and economy is not None:
            raise InputError(f"--codes lists all codes; leave it out to look at {economy}.")
        shown = load_world() if file is None else load_world(Path(file))
        record, text = world_view.view(economy, codes, width(), shown)
        if as_json:
            print_json(record)
        else:
            typer.echo(text)


def schema(as_json: AsJson = False) -> None:
    """Print the JSON Schema of scenario files.

    Editors that know JSON Schema complete keys and mark faults with it while you type.
    """
    with errors(as_json):
        from halys.scenario.json_schema import json_schema

        print_json(json_schema())


def cache(
    clear: Annotated[bool, typer.Option("--clear", help="Remove every equilibrium that is kept.")] = False,
    as_json: AsJson = False,
) -> None:
    """Show where solved equilibria are kept, and how many.

    What was solved once is taken from there and checked. HALYS_CACHE names another folder, HALYS_CACHE_MB the most
    that it may take.
    """
    with errors(as_json):
        from halys.economy import open_default_store

        store = open_default_store()
        removed = store.clear().equilibria if clear and store is not None else 0
        size = None if store is None else store.describe()
        if as_json:
            fields = {} if size is None else {**size._asdict(), "folder": str(size.folder)}
            print_json({"on": size is not None, **fields, **({"removed": removed} if clear else {})})
        elif size is None:
            typer.echo("The cache is off.")
        else:
            if clear:
                typer.echo(f"Removed {_equilibria(removed)}.")
            megabytes = f"{size.size_bytes / 1e6:,.1f} of at most {size.cap_bytes / 1e6:,.0f} MB"
            typer.echo(f"{size.folder}: {_equilibria(size.equilibria)}, {megabytes}")


def _equilibria(number: int) -> str:
    return f"{number} {'equilibrium' if number == 1 else 'equilibria'}"
