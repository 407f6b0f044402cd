"""Instruments of statecraft and their compilation to a `Shock` (see `halys.economy.shock`)."""

from halys.measures.base import Composite, Measure, TradeMeasure
from halys.measures.compilation import compile_measures
from halys.measures.instruments import Ban, ExportTax, Productivity, Tariff, TradeCost, Transfer
from halys.measures.numbers import Number, Quantity, as_quantity, value_of
from halys.measures.registry import INSTRUMENTS, MEASURE_BOUNDS, Instrument

__all__ = [
    "INSTRUMENTS",
    "MEASURE_BOUNDS",
    "Ban",
    "Composite",
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
