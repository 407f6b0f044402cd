"""`halys world`: show a world, as the command did before it had others beside it, and build one from a table."""

from __future__ import annotations

import shlex
import textwrap
from pathlib import Path
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from halys.cli.catalogue import world
from halys.cli.common import AsJson, errors, print_json, width

_SHOW, _BUILD = "show", "build"
_REPLACE = "Give another name with --out, or replace it with --force."


class _Group(TyperGroup):
    """Takes anything that is no command for what `show` should show: `halys world DEU`, `halys world --help`."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        if args[:1] not in ([_SHOW], [_BUILD]):
            args = [_SHOW, *args]
        return super().parse_args(ctx, args)


world_app = typer.Typer(
    cls=_Group,
    rich_markup_mode=None,
    help="Show the baseline world, or build one from a table.",
)
world_app.command(
    _SHOW,
    epilog="The word show may be left out. To make a world from a table of your own: halys world build --help",
)(world)

Option = typer.Option


@world_app.command(_BUILD)
def build(
    table: Annotated[str, typer.Argument(metavar="TABLE", help="An ICIO file of the OECD, or a long table.")],
    layout: Annotated[
        str | None, Option("--layout", metavar="NAME", help="icio or long; found out from the headers if left out.")
    ] = None,
    mapping: Annotated[
        str | None, Option("--mapping", metavar="FILE", help="Which economies and industries to merge (CSV or YAML).")
    ] = None,
    tariffs: Annotated[
        str | None, Option("--tariffs", metavar="FILE", help="Baseline tariffs: exporter,industry,importer,tariff.")
    ] = None,
    meta: Annotated[
        str | None, Option("--meta", metavar="FILE", help="Title, year, unit, names and groups (YAML or JSON).")
    ] = None,
    id: Annotated[str | None, Option("--id", metavar="NAME", help="The id of the world.")] = None,
    title: Annotated[str | None, Option("--title", metavar="TEXT", help="Its title in results.")] = None,
    year: Annotated[int | None, Option("--year", metavar="YEAR", help="The year of the table.")] = None,
    tolerance: Annotated[
        float | None, Option("--tolerance", help="Largest gap of a sum that is rounding, 0.001 if left out.")
    ] = None,
    out: Annotated[
        str | None, Option("--out", metavar="FILE", help="The world file to write, ID.npz if left out.")
    ] = None,
    force: Annotated[bool, Option("--force", help="Replace the world file if it is there.")] = False,
    as_json: AsJson = False,
) -> None:
    """Make a world from a table: check it, close its accounts, merge codes, and say what was done.

    Use it in a scenario with `world: FILE`, the path starting at the scenario file. docs/tables.md has the formats.
    """
    with errors(as_json, "interrupted; nothing was written"):
        from halys.economy import without_default
        from halys.errors import InputError, did_you_mean
        from halys.world.build import LAYOUTS, build_world, describe_build
        from halys.world.settle import TOLERANCE
        from halys.world.stored import SUFFIX, check_target, save_world

        found = next((name for name in LAYOUTS if name == layout), None)
        if layout is not None and found is None:
            raise InputError(
                f"--layout is {layout!r}; it must be {' or '.join(LAYOUTS)}.{did_you_mean(layout, LAYOUTS)}"
            )
        # Looked at before a large table is read.
        if out is not None:
            check_target(out, overwrite=force, advice=_REPLACE)
        built = build_world(
            table,
            layout=found,
            mapping=mapping,
            tariffs=tariffs,
            metadata=meta,
            id=id,
            title=title,
            year=year,
            tolerance=TOLERANCE if tolerance is None else tolerance,
        )
        target = Path(f"{built.id}{SUFFIX}") if out is None else out
        path = save_world(built, check_target(target, overwrite=force, advice=_REPLACE), overwrite=force)
        record = {
            "file": str(path),
            **describe_build(built),
            "without_trade_elasticity": without_default(built.industries),
        }
        if as_json:
            print_json(record)
        else:
            typer.echo(_text(record, width()))


def _text(r: dict[str, Any], columns: int) -> str:
    made = r["provenance"]
    before, facts = made["size_of_table"], made["facts"]
    merged = "" if made["mapping"] is None else f", merged from {before['economies']} × {before['industries']}"
    lines = [
        f"{r['id']}: {r['title']}",
        f"{r['economies']} economies × {r['industries']} industries{merged}; read as {made['layout']} table "
        f"{made['table']['file']} (sha256 {made['table']['sha256'][:12]})",
        f"Value added {_money(r['value_added'])}, output {_money(r['output'])}, final use {_money(r['final_use'])}, "
        f"trade {_money(r['trade'])}" + (f", tariffs {_money(r['tariff_revenue'])}" if r["tariff_revenue"] else ""),
    ]
    unit = r["unit"] / 1e9
    for name, value in facts.items():
        words = f"{value:,}" if isinstance(value, int) else _money(value * unit)
        lines.append(f"{name[:1].upper()}{name[1:]}: {words}")
    for entry in made["adjustments"]:
        if entry["cells"]:
            most = "; ".join(f"{x['where']} {_money(x['amount'] * unit)}" for x in entry["largest"][:3])
            moved = f"{_money(entry['amount'] * unit)}, {100 * entry['share_of_output']:.2g} % of output"
            lines.append(f"Rule, {entry['rule']}: {entry['cells']:,} cells, {moved}; largest {most}")
        else:
            lines.append(f"Rule, {entry['rule']}: nothing")
    balances = ", ".join(f"{x['code']} {x['balance_percent']:+.1f}" for x in r["largest_economies"])
    lines += [
        f"Balance of trade of the largest, % of value added: {balances}",
        f"Balance beyond half of value added: {', '.join(r['doubtful']) or 'none'}",
        f"Industries without output: {_few(r['empty_industries'])}",
    ]
    if r["without_trade_elasticity"]:
        codes = _few(r["without_trade_elasticity"])
        lines.append(f"No trade elasticity is known for {codes}: a scenario must give horizon.trade_elasticity")
    name = shlex.quote(r["file"])
    lines.append(f"Wrote {r['file']} (hash {r['hash'][:12]}). Look at it with: halys world {name}")
    return "\n".join(part for line in lines for part in textwrap.wrap(line, columns, subsequent_indent="  "))


def _money(billions: float) -> str:
    if billions >= 1000:
        return f"{billions / 1000:,.2f} trillion USD"
    return f"{billions:,.1f} billion USD" if billions >= 1 else f"{billions * 1000:,.4g} million USD"


def _few(codes: list[str], most: int = 12) -> str:
    more = f" and {len(codes) - most} more" if len(codes) > most else ""
    return ", ".join(codes[:most]) + more if codes else "none"
