"""Instruments of statecraft. Each names who, against whom and in which industries, and how much.

`exporters`, `importers`, `economies` and `industries` take a code, a group, `all`, or a list of these. Sales at home
are never hit. Numbers are plain, or `{value, low, high, distribution, unit, source}`. How instruments on the same
trade combine is in `halys.measures.compilation`.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterable
from typing import Annotated, Any, Literal

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Discriminator,
    Field,
    ModelWrapValidatorHandler,
    Tag,
    ValidationError,
    ValidationInfo,
    model_validator,
)

from halys.errors import InputError, did_you_mean
from halys.measures.numbers import Amount, CostFactor, PositiveFactor, Rate, Share

Name = Annotated[str, Field(min_length=1)]


def _branch(given: Any) -> str:
    return "names" if isinstance(given, list) else "name"


def _listed(given: Any) -> Any:
    """Tuples, sets and arrays of names as lists."""
    if isinstance(given, str | list | dict) or not isinstance(given, Iterable):
        return given
    return [str(name) if isinstance(name, str) else name for name in given]


Names = Annotated[
    Annotated[Name, Tag("name")] | Annotated[list[Name], Field(min_length=1), Tag("names")],
    Discriminator(_branch),
    BeforeValidator(_listed),
]


class Measure(BaseModel):
    """What all instruments share.

    `programme` ties measures of one decision together: coverages of one programme do not add up on the same trade, the
    largest counts. Without it each measure stands alone. Instruments other than bans do not read it.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    programme: Name | None = None

    @model_validator(mode="wrap")
    @classmethod
    def _clear_errors(cls, data: Any, handler: ModelWrapValidatorHandler[Measure], info: ValidationInfo) -> Measure:
        reading = info.context is not None  # a file is being read: its reader turns faults into lines and columns
        try:
            measure = handler(data)
        except ValidationError as error:
            if reading:
                raise
            raise InputError(_explain(cls, error)) from None
        fault = measure._fault()
        if fault and reading:
            raise ValueError(fault)
        if fault:
            raise InputError(f"{cls.__name__}: {fault}")
        return measure

    @property
    @abstractmethod
    def parties(self) -> tuple[Names | None, Names]:
        """From whom to whom it goes, as written; from nobody where it is on economies themselves."""

    def _fault(self) -> str:
        """What is wrong with the fields taken together; empty if nothing is."""
        return ""


class TradeMeasure(Measure):
    """An instrument on the trade of some exporters with some importers in some industries."""

    exporters: Names
    importers: Names
    industries: Names = "all"

    @property
    def parties(self) -> tuple[Names | None, Names]:
        return self.exporters, self.importers


class Tariff(TradeMeasure):
    """An ad-valorem import tariff, in addition to the baseline tariff; its revenue goes to the importer.

    Economics: buyers pay (1 + t) times the border price; the importer collects t of it. `rate` >= 0, a fraction: 0.25
    is 25 percentage points. Rates of several tariffs on the same trade add up.
    """

    instrument: Literal["tariff"] = "tariff"
    rate: Rate


class ExportTax(TradeMeasure):
    """An ad-valorem tax on exports levied by the exporter, who keeps the revenue.

    Economics: the border price is (1 + e) times the price at the factory. By Lerner's symmetry a uniform export tax
    acts on real incomes as a uniform import tariff of the same economy does. `rate` >= 0, a fraction; rates add up.
    """

    instrument: Literal["export_tax"] = "export_tax"
    rate: Rate


class TradeCost(TradeMeasure):
    """A real cost of trading: insurance, detours, red tape, payment friction, firms that leave.

    Economics: iceberg cost. To deliver one unit `factor` units are shipped; the difference is lost to all. `factor` >=
    1; factors on the same trade multiply. A full embargo is a `Ban` with coverage 1, not a large factor.
    """

    instrument: Literal["trade_cost"] = "trade_cost"
    factor: CostFactor


class Ban(TradeMeasure):
    """An embargo, export ban, import ban or export control on part or all of some trade.

    Economics: `coverage` b is the share of the exporter's varieties shut out. At given prices and spending the flow
    falls to (1 − b) / (1 − b pi), pi being the exporter's market share: a ban of coverage 0.9 on a dominant supplier
    cuts far less than 90 %. `reduction` r states the fall of the flow itself and is turned into the coverage that
    brings it about at baseline prices and spending when all exporters named here are hit together: b = r / (1 − P (1 −
    r)), P their joint market share. Give one of the two, in [0, 1]; 1 is an exact embargo.
    """

    instrument: Literal["ban"] = "ban"
    coverage: Share | None = None
    reduction: Share | None = None

    def _fault(self) -> str:
        if (self.coverage is None) != (self.reduction is None):
            return ""
        given = "neither" if self.coverage is None else "both"
        return f"a ban needs coverage or reduction, exactly one of them; {given} given"


class Transfer(Measure):
    """Money or goods given without return, a year: aid, credit not repaid, income of frozen reserves withheld.

    Economics: income moves from payers to recipients, in the numeraire; several payers share it in proportion to
    their final spending, several recipients receive in the same way. `amount` >= 0, billion US dollars a year.
    """

    instrument: Literal["transfer"] = "transfer"
    payers: Names
    recipients: Names
    amount: Amount

    @property
    def parties(self) -> tuple[Names | None, Names]:
        return self.payers, self.recipients


class Productivity(Measure):
    """A change of productivity: war damage, lost technology (factor < 1), or gains (factor > 1).

    Economics: unit costs are divided by `factor`, from 0.001 to 1000. Factors on the same industry multiply.
    """

    instrument: Literal["productivity"] = "productivity"
    economies: Names
    industries: Names = "all"
    factor: PositiveFactor

    @property
    def parties(self) -> tuple[Names | None, Names]:
        return None, self.economies


Instrument = Annotated[
    Tariff | ExportTax | TradeCost | Ban | Transfer | Productivity, Field(discriminator="instrument")
]
INSTRUMENTS: dict[str, type[Measure]] = {
    cls.model_fields["instrument"].default: cls for cls in (Tariff, ExportTax, TradeCost, Ban, Transfer, Productivity)
}


def _explain(cls: type[Measure], error: ValidationError) -> str:
    lines = []
    for fault in error.errors(include_url=False):
        path = ".".join(str(part) for part in fault["loc"] if part not in ("number", "quantity", "name", "names"))
        text, given = fault["msg"].removeprefix("Value error, "), f"; given {fault['input']!r}"
        if fault["type"] == "extra_forbidden":
            allowed = [name for name in cls.model_fields if name != "instrument"]
            text = f"no such field.{did_you_mean(path, allowed)} It has {', '.join(allowed)}"
        elif fault["type"] == "missing":
            text, given = "is required", ""
        elif fault["type"] == "value_error":
            given = ""
        lines.append(f"{cls.__name__}{'.' if path else ''}{path}: {text}{given}")
    return "\n".join(dict.fromkeys(lines))
