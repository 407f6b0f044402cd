"""Instruments on the price of trade that goes on: caps, and sales on terms that a budget pays for."""

from __future__ import annotations

from typing import Annotated, Final, Literal

from halys.measures.base import TradeMeasure
from halys.measures.numbers import Bounds, Number, Share, highest_of, lowest_of, value_of

DISCOUNT: Final = Bounds(0.0, 1.0, "0 or more and less than 1, as a share of the price (0.3 is 30 %)", below=True)
PRICE: Final = Bounds(0.0, None, "greater than 0, in the same unit as the other price", above=True)

Discount = Annotated[Number, DISCOUNT]
Price = Annotated[Number, PRICE]


class PriceCap(TradeMeasure):
    """A ceiling on what an exporter may be paid.

    Economics: the importers pay the exporter less for what they buy, while the price at the margin, at which the next
    unit is bought and sold, stays the market's: a rent moves from the exporter's income to the importers'. It is
    `coverage` x `discount` of the value of the flow at the exporter's border. Instead of `discount` give `cap` and the
    `price` before, in one unit: the discount is then what the exporter's price of the equilibrium exceeds the cap by,
    as a share of it, and zero where the market price falls below the cap. Prices move with world value added, the
    numeraire. `coverage` is the share of the flows that the cap reaches.
    `form` wedge is the upper bound: importers keep the discount as a tariff d / (1 − d) whose revenue is theirs, so
    that demand falls too; with a cap the discount is that of the baseline price.
    A cap binds whoever needs the services of those who imposed it: that of December 2022 (Council Decision (CFSP)
    2022/2369) bound buyers in third countries that used insurers, ships or banks of its members. Name them among the
    importers, with the coverage that their use of these services gives.
    Limits: at given incomes a cap in the form of a rent changes neither the exporter's price nor what it sells. In
    equilibrium it acts exactly as a plain transfer of the rent: the exporter is poorer, its costs fall in the long run,
    and it sells more to pay for what it still buys (a discount of 20 % to EU, G7 and Australia on Russian crude and
    refined oil: prices −0.2 %, volumes +2 % and +15 %, the latter by a trade elasticity of refined oil above 50). In
    the short run the price of a covered product may rise a little, where buyers spend their rent on it. Evasion by
    false price attestations or other ships is coverage below 1. Of several caps on the same trade the one
    that moves most counts alone, by coverage x discount at the prices of the equilibrium: another cap never lowers the
    rent. Where caps reach different parts of a trade, write one with the coverage of both. Write one form for one
    trade.
    """

    instrument: Literal["price_cap"] = "price_cap"
    discount: Discount | None = None
    cap: Price | None = None
    price: Price | None = None
    coverage: Share = 1.0
    form: Literal["rent", "wedge"] = "rent"

    @property
    def kind(self) -> str:
        return super().kind if self.form == "rent" else f"{super().kind} as a wedge"

    def _fault(self) -> str:
        if (self.cap is None) != (self.price is None):
            given, missing = ("price", "cap") if self.cap is None else ("cap", "price")
            return f"{given} is given without {missing}; a cap is known by both, in the same unit"
        if (self.discount is None) == (self.cap is None):
            given = "neither" if self.discount is None else "both"
            return f"a price cap needs discount, or cap and price; {given} given"
        if self.cap is None or self.price is None:
            return ""
        highest, lowest = highest_of(self.cap), lowest_of(self.price)
        if highest > lowest:  # ranges are drawn on their own, so their far ends meet
            return (
                f"the cap is above the price: up to {highest:g} against as little as {lowest:g}. A cap is at most the "
                "price before it; make it smaller, or leave the measure out, for such a cap binds nobody"
            )
        return ""

    @property
    def ratio(self) -> float | None:
        """Cap over price; None where the discount is stated."""
        return None if self.cap is None or self.price is None else value_of(self.cap) / value_of(self.price)

    @property
    def stated(self) -> float:
        """The discount as stated, or at baseline prices."""
        return value_of(self.discount) if self.discount is not None else 1.0 - (self.ratio or 1.0)


class ConcessionalSale(TradeMeasure):
    """Sales on terms better than the market's, paid from a budget.

    Economics: buyers of the importers pay (1 − `discount`) of the price and the budget of `paid_by` the rest. Paid by
    the exporter it is a sale below price: a negative export tax, e = −discount. Paid by the importer it is a purchase
    above price, for the exporter is paid more than the buyers' own worth: a negative tariff, t = −discount. Either way
    somebody pays: where trade was not distorted before, no concession raises the income of the world (Σ of equivalent
    variation <= 0), it moves income and wastes a little. Factors 1 − discount multiply (1 + rate) of tariffs or export
    taxes on the same trade, and each other.
    Limits: a sale that is cheap because the seller has no other buyer is no concession; the model finds it by itself.
    """

    instrument: Literal["concessional_sale"] = "concessional_sale"
    discount: Discount
    paid_by: Literal["exporter", "importer"] = "exporter"

    @property
    def kind(self) -> str:
        return f"{super().kind} paid by the {self.paid_by}"
