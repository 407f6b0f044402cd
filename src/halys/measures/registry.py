"""All instruments by name, and the bounds of their numbers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Annotated, Any, Final, get_args

from pydantic import Field

from halys.measures.base import Measure
from halys.measures.caps import ConcessionalSale, PriceCap
from halys.measures.denial import TechnologyDenial, VoluntaryExit
from halys.measures.evasion import Evasion, Policing
from halys.measures.finance import FinancialCutOff, ReserveFreeze
from halys.measures.instruments import Ban, ExportTax, Productivity, Tariff, TradeCost, Transfer
from halys.measures.numbers import Bounds
from halys.measures.secondary import SecondarySanctions
from halys.measures.support import DualUseBackfill, EconomicRelief, MilitaryTransfer
from halys.world.groups import Kind

Instrument = Annotated[
    Tariff
    | ExportTax
    | TradeCost
    | Ban
    | Transfer
    | Productivity
    | FinancialCutOff
    | ReserveFreeze
    | SecondarySanctions
    | TechnologyDenial
    | VoluntaryExit
    | PriceCap
    | ConcessionalSale
    | EconomicRelief
    | DualUseBackfill
    | MilitaryTransfer
    | Evasion
    | Policing,
    Field(discriminator="instrument"),
]

INSTRUMENTS: Final[Mapping[str, type[Measure]]] = MappingProxyType(
    {cls.model_fields["instrument"].default: cls for cls in get_args(get_args(Instrument)[0])}
)
"""Every instrument by the name that files write."""


def _bounds(annotation: Any) -> Iterator[Bounds]:
    for part in get_args(annotation):
        if isinstance(part, Bounds):
            yield part
        yield from _bounds(part)


def _numbers(cls: type[Measure]) -> dict[str, Bounds]:
    found = {}
    for name, field in cls.model_fields.items():
        for bounds in (*(part for part in field.metadata if isinstance(part, Bounds)), *_bounds(field.annotation)):
            found[name] = bounds
    return found


MEASURE_BOUNDS: Final[Mapping[str, Mapping[str, Bounds]]] = MappingProxyType(
    {name: _numbers(cls) for name, cls in INSTRUMENTS.items()}
)
"""The numbers of each instrument and their bounds, read from its fields."""

MEASURE_NAMES: Final[Mapping[str, Kind]] = MappingProxyType(
    {
        "exporters": "economy",
        "importers": "economy",
        "payers": "economy",
        "recipients": "economy",
        "economies": "economy",
        "senders": "economy",
        "targets": "economy",
        "partners": "economy",
        "target": "economy",
        "custodians": "economy",
        "donors": "economy",
        "supporters": "economy",
        "replaces": "economy",
        "hub": "economy",
        "hubs": "economy",
        "industries": "industry",
        "affected": "industry",
    }
)
"""The fields of instruments that hold names of a world, and of what kind."""
