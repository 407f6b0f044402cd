"""Instruments of statecraft and their compilation to a `Shock` (see `halys.economy.shock`)."""

from halys.measures.base import Composite, Measure, TradeMeasure
from halys.measures.caps import ConcessionalSale, PriceCap
from halys.measures.compilation import Compiler, compile_measures
from halys.measures.denial import TechnologyDenial, VoluntaryExit
from halys.measures.evasion import Evasion, Policing
from halys.measures.finance import FinancialCutOff, ReserveFreeze
from halys.measures.instruments import Ban, ExportTax, Productivity, Tariff, TradeCost, Transfer
from halys.measures.numbers import Number, Quantity, as_quantity, value_of
from halys.measures.registry import INSTRUMENTS, MEASURE_BOUNDS, Instrument
from halys.measures.secondary import SecondarySanctions
from halys.measures.support import DualUseBackfill, EconomicRelief, MilitaryTransfer

__all__ = [
    "INSTRUMENTS",
    "MEASURE_BOUNDS",
    "Ban",
    "Compiler",
    "Composite",
    "ConcessionalSale",
    "DualUseBackfill",
    "EconomicRelief",
    "Evasion",
    "ExportTax",
    "FinancialCutOff",
    "Instrument",
    "Measure",
    "MilitaryTransfer",
    "Number",
    "Policing",
    "PriceCap",
    "Productivity",
    "Quantity",
    "ReserveFreeze",
    "SecondarySanctions",
    "Tariff",
    "TechnologyDenial",
    "TradeCost",
    "TradeMeasure",
    "Transfer",
    "VoluntaryExit",
    "as_quantity",
    "compile_measures",
    "value_of",
]
