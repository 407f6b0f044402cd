"""Published elasticities, with their sources: what a horizon may take by name, and what the standard ones rest on.

The default table by industry is `data/trade_elasticity.yaml`, the rest `data/elasticities.yaml`.
"""

from __future__ import annotations

import functools
from collections.abc import Iterable, Mapping
from importlib import resources
from typing import Any, NamedTuple

import yaml


class Elasticity(NamedTuple):
    """One row of the default table: value, the estimated sector it comes from, and why that sector."""

    theta: float
    sector: str
    reason: str


class ElasticityTable(NamedTuple):
    """Default trade elasticities by industry code, with their source in full and in short."""

    source: str
    label: str
    industries: Mapping[str, Elasticity]


class ElasticitySet(NamedTuple):
    """Published trade elasticities: one number for every industry, or a table by industry (then `value` is None).

    `range` is what the source, or the reading of it, allows; `confirmed` how the number was checked.
    """

    name: str
    title: str
    source: str
    value: float | None
    range: tuple[float, float] | None
    confirmed: str
    note: str


class StandardElasticity(NamedTuple):
    """One elasticity of a standard horizon: its value, the range that is in print or assumed, and the source.

    `ends` are the values, one throughout, at which results are shown beside the default; none but for theta.
    """

    value: float | str
    range: str
    source: str
    ends: tuple[float, ...] = ()


def without_default(industries: Iterable[str]) -> list[str]:
    """The industries for which the default table has no trade elasticity, in order."""
    known = load_trade_elasticities().industries
    return [code for code in industries if code not in known]


@functools.cache
def load_trade_elasticities() -> ElasticityTable:
    """The default trade elasticity of every industry of the bundled world, with source and reason."""
    record = _read("trade_elasticity.yaml")
    rows = {
        code: Elasticity(float(row["theta"]), row["sector"], row["reason"])
        for code, row in record["industries"].items()
    }
    return ElasticityTable(record["source"], record["label"], rows)


@functools.cache
def load_elasticity_sets() -> Mapping[str, ElasticitySet]:
    """Published trade elasticities by name, which `Horizon(trade_elasticity=name)` takes."""
    return {
        name: ElasticitySet(
            name,
            row["title"],
            row["source"],
            float(row["trade_elasticity"]) if "trade_elasticity" in row else None,
            tuple(row["range"]) if "range" in row else None,
            row["confirmed"],
            row["note"].strip(),
        )
        for name, row in _read("elasticities.yaml")["trade"].items()
    }


@functools.cache
def load_standard_elasticities() -> Mapping[str, Mapping[str, StandardElasticity]]:
    """What the horizons "long" and "short" are made of: horizon -> parameter of `Horizon` -> value and source."""
    return {
        horizon: {name: _read_standard(row) for name, row in rows.items()}
        for horizon, rows in _read("elasticities.yaml")["standard"].items()
    }


def _read_standard(row: Mapping[str, Any]) -> StandardElasticity:
    ends = tuple(map(float, row.get("ends", ())))
    words = row.get("range", " to ".join(f"{end:g}" for end in ends))
    return StandardElasticity(row["value"], str(words), row["source"], ends)


def theta_ends(run: str) -> tuple[float, ...]:
    """Trade elasticities, one in every industry, at which results of a run are shown beside its default.

    In the long run 1, if one believes estimates from tariffs alone (Boehm, Levchenko and Pandalai-Nayar 2023: 0.75 to
    1.25); in the short run the ends of the range that is assumed around 1.

    Args:
        run: "long" or "short".
    """
    return load_standard_elasticities()[run]["trade_elasticity"].ends


def _read(name: str) -> Any:
    text = resources.files("halys.economy").joinpath(f"data/{name}").read_text(encoding="utf-8")
    return yaml.load(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))
