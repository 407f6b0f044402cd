"""The command on elasticities: the horizons, the published sets, and where every number comes from."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from halys.cli.common import AsJson, errors, print_json, width

if TYPE_CHECKING:
    from halys.economy import ElasticitySet

_WORDS = {
    "trade_elasticity": "between origins (θ)",
    "value_added_substitution": "between value added and inputs (σv)",
    "input_substitution": "among inputs (σm)",
    "consumption_substitution": "in consumption (σc)",
    "factors": "factors",
}


def elasticities(
    name: Annotated[
        str | None,
        typer.Argument(metavar="NAME", help="A horizon (long, short) or a published set, to look at closely."),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """List horizons and published elasticities with sources.

    A horizon is a set of elasticities: how easily origins, inputs and products replace each other, and whether factors
    move. A scenario or `halys.Horizon` takes a published set by its name.
    """
    with errors(as_json):
        record = _list() if name is None else _show(name)
        if as_json:
            print_json(record)
        else:
            typer.echo("\n".join(_text(record)))


def _list() -> dict[str, Any]:
    from halys.economy import load_elasticity_sets, load_standard_elasticities

    horizons = {name: _horizon(rows) for name, rows in load_standard_elasticities().items()}
    return {"horizons": horizons, "trade_elasticities": [_set(one) for one in load_elasticity_sets().values()]}


def _show(name: str) -> dict[str, Any]:
    from halys.economy import load_elasticity_sets, load_standard_elasticities, load_trade_elasticities
    from halys.errors import UnknownNameError, did_you_mean

    standard, sets = load_standard_elasticities(), load_elasticity_sets()
    if name in standard:
        record: dict[str, Any] = {"horizons": {name: _horizon(standard[name])}}
        if name == "long":
            record["industries"] = _industries(load_trade_elasticities().industries)
        return record
    if name not in sets:
        known = (*standard, *sets)
        raise UnknownNameError(
            f"{name!r} is no horizon and no published set; these are {', '.join(known)}.{did_you_mean(name, known)}"
        )
    record = {"trade_elasticities": [_set(sets[name])]}
    if sets[name].value is None:
        record["industries"] = _industries(load_trade_elasticities().industries)
    return record


def _horizon(rows: Any) -> dict[str, Any]:
    return {key: row._asdict() for key, row in rows.items()}


def _set(one: ElasticitySet) -> dict[str, Any]:
    return {**one._asdict(), "range": None if one.range is None else list(one.range)}


def _industries(rows: Any) -> dict[str, Any]:
    return {code: row._asdict() for code, row in rows.items()}


def _text(record: dict[str, Any]) -> list[str]:
    lines: list[str] = []
    for name, rows in record.get("horizons", {}).items():
        lines.append(f"{name} run")
        for key, row in rows.items():
            between = f", range {row['range']}" if row["range"] else ""
            lines += [f"  {_WORDS[key]}: {row['value']}{between}", *_wrapped(row["source"])]
    if "horizons" in record and "trade_elasticities" in record:
        lines += ["", "published trade elasticities (θ)"]
    for one in record.get("trade_elasticities", []):
        value = "by industry" if one["value"] is None else f"{one['value']:g}"
        between = "" if one["range"] is None else f", range {one['range'][0]:g} to {one['range'][1]:g}"
        lines.append(f"  {one['name']}: {value}{between}")
        lines += [*_wrapped(one["source"]), *_wrapped(one["note"]), f"    confirmed: {one['confirmed']}"]
    if "industries" in record:
        lines += ["", "trade elasticity by industry"]
        lines += [
            f"  {code}: {row['theta']:g} ({row['sector']}: {row['reason']})"
            for code, row in record["industries"].items()
        ]
    return lines


def _wrapped(text: str) -> list[str]:
    import textwrap

    return textwrap.wrap(text, max(width(), 40), initial_indent="    ", subsequent_indent="    ")
