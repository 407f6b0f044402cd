"""Published elasticities, with their sources: what a horizon may take by name, and what the standard ones rest on.

The default table by industry is `data/trade_elasticity.yaml`, the rest `data/elasticities.yaml`.
"""

from __future__ import annotations

import functools
from collections.abc import Mapping
from importlib import resources
from typing import Any, NamedTuple

import yaml

DEFAULT_SET = "caliendo-parro-2015"


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
    """One elasticity of a standard horizon: its value, the range that is in print or assumed, and the source."""

    value: float | str
    range: str
    source: str


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
        horizon: {
            name: StandardElasticity(row["value"], str(row.get("range", "")), row["source"])
            for name, row in rows.items()
        }
        for horizon, rows in _read("elasticities.yaml")["standard"].items()
    }


def _read(name: str) -> Any:
    text = resources.files("halys.economy").joinpath(f"data/{name}").read_text(encoding="utf-8")
    return yaml.load(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))
