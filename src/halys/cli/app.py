"""The `halys` command: its subcommands in the order of the help. Each hands over to the library and prints."""

from __future__ import annotations

from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from halys.cli.bounds import bounds
from halys.cli.campaign import campaign
from halys.cli.catalogue import cache, new, scenarios, schema
from halys.cli.coalition import coalition
from halys.cli.elasticities import elasticities
from halys.cli.ensemble import ensemble
from halys.cli.evidence import evidence, sources
from halys.cli.exposure import exposure
from halys.cli.finished import compare, explain, show, tables
from halys.cli.importance import importance
from halys.cli.solving import check, run
from halys.cli.strategy import equilibria, map_, play, thresholds
from halys.cli.validate import validate
from halys.cli.world_build import world_app


class _Root(TyperGroup):
    def list_commands(self, ctx: Any) -> list[str]:
        """In the order below; what is a group of commands itself, Typer would put last."""
        names = super().list_commands(ctx)
        names.insert(names.index("exposure"), names.pop(names.index("world")))
        return names


app = typer.Typer(
    cls=_Root,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    no_args_is_help=True,
    context_settings={"help_option_names": ["-h", "--help"]},
    help=(
        "What sanctions and support would cost whom. Halys solves a world economy of 80 economies and 50 industries "
        "(OECD, 2022) for the measures of a scenario file. Start with: halys run rome-2022"
    ),
    epilog="Exit codes: 0 done, 2 usage or file, 3 no equilibrium exists, 4 not converged, 5 disk, 6 cluster, "
    "130 interrupted.",
)


@app.callback(invoke_without_command=True)
def _root(
    version: Annotated[bool, typer.Option("--version", help="Print the version and leave.")] = False,
) -> None:
    if version:
        import halys

        typer.echo(f"halys {halys.__version__}")
        raise typer.Exit


for command in (
    run,
    check,
    show,
    explain,
    compare,
    tables,
    thresholds,
    equilibria,
    map_,
    play,
    new,
    scenarios,
    exposure,
    coalition,
    bounds,
    evidence,
    sources,
    campaign,
    ensemble,
    importance,
    elasticities,
    validate,
    schema,
    cache,
):
    app.command("map" if command is map_ else None)(command)
app.add_typer(world_app, name="world")
