"""`halys exposure`: whom an economy depends on, and for what."""

from __future__ import annotations

import contextlib
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from halys.cli.common import AsJson, errors, print_json, width
from halys.errors import InputError, did_you_mean

if TYPE_CHECKING:
    from halys.economy import Horizon
    from halys.world import World

FORMATS = ("text", "csv", "json")


def exposure(
    economy: Annotated[str, typer.Argument(metavar="ECONOMY", help="Code of the economy, such as RUS.")],
    coalition: Annotated[
        list[str] | None,
        typer.Option(
            "--coalition",
            metavar="NAME",
            help="A group or economy to depend on. Repeatable. Without it: everyone else.",
        ),
    ] = None,
    industry: Annotated[
        list[str] | None,
        typer.Option("--industry", metavar="NAME", help="Only this industry or group of industries. Repeatable."),
    ] = None,
    solve: Annotated[
        bool, typer.Option("--solve/--no-solve", help="Find the equilibrium without each product too.")
    ] = True,
    everything: Annotated[bool, typer.Option("--all", help="Show every industry, not only the first ten.")] = False,
    horizon: Annotated[
        str,
        typer.Option(
            "--horizon",
            metavar="NAME",
            help="long, short, a published set (halys elasticities), a number for θ everywhere, or a YAML file.",
        ),
    ] = "long",
    world_file: Annotated[
        str | None, typer.Option("--in", metavar="FILE", help="Look into this world file, not the bundled world.")
    ] = None,
    form: Annotated[str, typer.Option("--format", metavar="FORMAT", help="text, csv or json.")] = "text",
    as_json: AsJson = False,
) -> None:
    """Show what share of an economy's inputs others control.

    By industry: what a coalition sells directly and along the supply chain, how concentrated imports are, and what the
    economy would lose without each product.
    """
    with errors(as_json or form == "json"):
        if form not in FORMATS:
            raise InputError(f"{form!r} is not a format. Write text, csv or json.")
        from halys.critical import describe_exposure
        from halys.economy import open_default_store
        from halys.report.exposure_view import render_exposure
        from halys.world import load_world

        world = load_world() if world_file is None else load_world(world_file)
        chosen = named_horizon(horizon)
        _check_known(world, chosen)
        store = open_default_store() if solve else None
        record, table = describe_exposure(
            world, economy, coalition or ["all"], industry or ["all"], chosen, solve, store
        )
        if as_json or form == "json":
            print_json(record)
        elif form == "csv":
            typer.echo(table.to_csv(index=False), nl=False)
        else:
            typer.echo(render_exposure(record, table, width(), everything))


def named_horizon(name: str) -> Horizon:
    """What a name means. A published set and a number are trade elasticities of the long run."""
    from halys.economy import Horizon, load_elasticity_sets

    if name in ("long", "short"):
        return Horizon.long() if name == "long" else Horizon.short()
    known = load_elasticity_sets()
    if name in known:
        return Horizon.long(name)
    with contextlib.suppress(ValueError):
        return Horizon.long(float(name))
    if not Path(name).suffix:
        raise InputError(
            f"{name!r} is not a horizon. Write long, short, a published set ({', '.join(known)}), a number such as 4 "
            "for the trade elasticity of every industry, or the path of a YAML file of elasticities."
            f"{did_you_mean(name, ('long', 'short', *known))}"
        )
    return Horizon.from_file(name)


def _check_known(world: World, horizon: Horizon) -> None:
    """Say in words of the command line what a world of one's own lacks: `Horizon` speaks of Python."""
    lacking = horizon.lacking(world.industries)
    if lacking:
        raise InputError(
            f"no trade elasticity is known for {', '.join(lacking[:6])}{' ...' if len(lacking) > 6 else ''}. Give one "
            "with --horizon FILE, a YAML file with a line such as trade_elasticity: 5.0 (one number, or a mapping from "
            "industry to number), or take --horizon short, where it is 1 everywhere."
        )
