"""Instruments of statecraft and their compilation to a `Shock` (see `halys.economy.shock`)."""

from halys.measures.compilation import compile_measures
from halys.measures.instruments import (
    INSTRUMENTS,
    Ban,
    ExportTax,
    Instrument,
    Measure,
    Productivity,
    Tariff,
    TradeCost,
    TradeMeasure,
    Transfer,
)
from halys.measures.numbers import Number, Quantity, as_quantity, value_of

__all__ = [
    "INSTRUMENTS",
    "Ban",
    "ExportTax",
    "Instrument",
    "Measure",
    "Number",
    "Productivity",
    "Quantity",
    "Tariff",
    "TradeCost",
    "TradeMeasure",
    "Transfer",
    "as_quantity",
    "compile_measures",
    "value_of",
]
