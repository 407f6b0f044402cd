"""Ranges of the elasticities of a horizon, with their sources: what draws take where nothing else is stated."""

from __future__ import annotations

import functools
import re
from collections.abc import Mapping
from importlib import resources
from typing import NamedTuple

import yaml

from halys.economy.elasticity_sets import load_elasticity_sets


class ElasticityRange(NamedTuple):
    """The range of one elasticity.

    low, high: its ends, low < high. title, publisher, author, date: of the source. note: which end rests on what, also
    where one is an assumption.
    """

    low: float
    high: float
    title: str
    publisher: str
    author: str | None
    date: str
    note: str


@functools.cache
def load_elasticity_ranges(run: str) -> Mapping[str, ElasticityRange]:
    """The ranges of a run, "long" or "short": field of `Horizon` -> range.

    `trade_elasticity_factor` multiplies the standard trade elasticities of the run. An elasticity without a range in
    print, or one that the data state as an assumption, is not there.
    """
    text = resources.files("halys.economy").joinpath("data/elasticity_ranges.yaml").read_text(encoding="utf-8")
    rows = yaml.load(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))[run]
    return {
        name: ElasticityRange(
            float(row["low"]),
            float(row["high"]),
            row["source"]["title"],
            row["source"]["publisher"],
            row["source"].get("author"),
            row["source"]["date"],
            row["note"],
        )
        for name, row in rows.items()
    }


def range_of_set(name: str) -> ElasticityRange | None:
    """How far the factor on a published set of trade elasticities may lie from 1.

    The range that the set states, over its one number; of the table by industry that of the long run; None where no
    range is known.
    """
    known = load_elasticity_sets()[name]
    if known.value is None:
        return load_elasticity_ranges("long")["trade_elasticity_factor"]
    if known.range is None:
        return None
    low, high = (end / known.value for end in known.range)
    told = f"{known.range[0]:g} to {known.range[1]:g}, around {known.value:g}. {known.note}"
    (date,) = re.findall(r"\((\d{4})\)", known.source)
    return ElasticityRange(low, high, known.title, known.source, None, date, told)
