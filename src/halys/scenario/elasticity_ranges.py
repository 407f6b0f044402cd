"""Elasticities that a file leaves out, as numbers with a published range: a file for draws, never for a single run."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from halys.economy.elasticity_ranges import ElasticityRange, load_elasticity_ranges, range_of_set
from halys.economy.elasticity_sets import load_elasticity_sets
from halys.measures import Quantity
from halys.scenario.dossier_schema import Source
from halys.scenario.scenario import horizon_of
from halys.scenario.schema import HorizonSpec, ScenarioFile

SOURCE_PREFIX: Final = "built-in-"
"""How the id of the source of such a number begins; the field of the horizon follows."""
_FACTOR: Final = "trade_elasticity_factor"


def missing_ranges(spec: HorizonSpec) -> Mapping[str, ElasticityRange]:
    """The ranges of the elasticities that a horizon neither states nor fixes: field -> range.

    Any number of a field fixes it, and `trade_elasticity` fixes its factor too. A published set of one number has the
    range that it was published with, if any.
    """
    ranges = dict(load_elasticity_ranges(spec.name))
    if spec.trade_elasticity_set is not None:
        known = spec.trade_elasticity_set in load_elasticity_sets()
        own = range_of_set(spec.trade_elasticity_set) if known else None
        ranges.pop(_FACTOR)
        ranges |= {} if own is None else {_FACTOR: own}
    return {
        name: row
        for name, row in ranges.items()
        if getattr(spec, name) is None and not (name == _FACTOR and spec.trade_elasticity is not None)
    }


def with_elasticity_ranges(file: ScenarioFile) -> ScenarioFile:
    """The file with the elasticities that it leaves out as numbers with a range, at the values of its horizon.

    Its horizon has the same elasticities as before. The sources of the ranges stand among those of the file.
    """
    missing = missing_ranges(file.horizon)
    if not missing:
        return file
    central = horizon_of(file.horizon)
    numbers = {
        name: Quantity(
            value=getattr(central, name),
            low=row.low,
            high=row.high,
            distribution="uniform",
            source=_source_id(name),
        )
        for name, row in missing.items()
    }
    sources = {
        _source_id(name): Source(
            title=row.title, publisher=row.publisher, author=row.author, date=row.date, note=row.note
        )
        for name, row in missing.items()
    }
    horizon = file.horizon.model_copy(update=numbers)
    return file.model_copy(update={"horizon": horizon, "sources": {**file.sources, **sources}})


def _source_id(name: str) -> str:
    return SOURCE_PREFIX + name.replace("_", "-")
