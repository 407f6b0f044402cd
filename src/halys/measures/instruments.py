"""The elementary instruments of statecraft. Each names who, against whom and in which industries, and how much.

`exporters`, `importers`, `economies` and `industries` take a code, a group, `all`, or a list of these. Sales at home
are never hit. Numbers are plain, or `{value, low, high, distribution, unit, source}`. How instruments on the same
trade combine is in `halys.measures.compilation`.
"""

from __future__ import annotations

from typing import Literal

from halys.measures.base import Measure, Names, TradeMeasure
from halys.measures.numbers import Amount, CostFactor, PositiveFactor, Quantity, Rate, Share


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
    r)), P their joint market share. `lines` l is the share of customs lines, by value, from which the exporters are
    shut out wholly, as where an act lists lines: their sales fall by l, and as the others are left alone in these lines
    the price rises by the factor (1 − P)^(−l/theta), both at baseline costs (`halys.measures.lines`). Give one of the
    three, in [0, 1]; 1 is an exact embargo in all of them.
    """

    instrument: Literal["ban"] = "ban"
    coverage: Share | None = None
    reduction: Share | None = None
    lines: Share | None = None

    def _fault(self) -> str:
        return extent_fault("a ban", self.coverage, self.reduction, self.lines)


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


def extent_fault(what: str, *given: float | Quantity | None) -> str:
    """What is wrong unless exactly one of coverage, reduction and lines is given; empty if nothing is."""
    count = sum(number is not None for number in given)
    said = {0: "none", 2: "two"}.get(count, "all")
    return "" if count == 1 else f"{what} needs coverage, reduction or lines, exactly one of them; {said} given"
