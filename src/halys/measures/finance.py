"""Instruments of finance: banks cut off from clearing, and reserves that custodians freeze."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Annotated, Final, Literal

from halys.errors import InputError
from halys.measures.base import Composite, Measure, Name, Names
from halys.measures.instruments import Ban, TradeCost, Transfer
from halys.measures.numbers import Amount, Bounds, Number, Quantity, Share, highest_of, lowest_of, value_of

if TYPE_CHECKING:
    from halys.world import World

FRICTION: Final = Bounds(0.0, 1e3, "0 or more, as a fraction of the value paid (0.05 is 5 %), and at most 1000")
SUBSTITUTION: Final = Bounds(0.0, 100.0, "0 or more (0: payments stay on the rails they use) and at most 100")
RETURN: Final = Bounds(0.0, 1.0, "between 0 and 1, a fraction a year (0.02 is 2 %)")
STOCK: Final = Bounds(0.0, None, "0 or more, in billion US dollars")

Friction = Annotated[Number, FRICTION]
Substitution = Annotated[Number, SUBSTITUTION]
Return = Annotated[Number, RETURN]
Stock = Annotated[Number, STOCK]


def payment_factor(friction: float, cleared: float, substitution: float) -> float:
    """kappa: the factor on the cost of delivery when the share `cleared` of payments costs 1 + friction.

    A unit of payment service is bundled from two rails, the cut one (share q at baseline) and the others, with
    elasticity of substitution eta: kappa = [(1 − q) + q (1 + psi)^(1 − eta)]^(1 / (1 − eta)); 1 + q psi at eta = 0, (1
    + psi)^q at eta = 1, towards 1 as eta grows while q < 1.

    Args:
        friction: psi >= 0. cleared: q in [0, 1]. substitution: eta >= 0.
    """
    logged = math.log1p(friction)
    power = 1.0 - substitution
    if power == 1.0:
        return 1.0 + cleared * friction
    if cleared in (0.0, 1.0) or power == 0.0:
        return math.exp(cleared * logged)
    step = power * logged
    if step > -1.0:
        return math.exp(math.log1p(cleared * math.expm1(step)) / power)
    low, high = sorted((math.log1p(-cleared), math.log(cleared) + step))
    return math.exp((high + math.log1p(math.exp(low - high))) / power)


class FinancialCutOff(Composite):
    """Banks of the targets lose access to clearing in the senders' currencies.

    Economics: what was paid through the cut rails is paid by detours, at `friction` psi of its value, or in other
    currencies. A real cost, lost to all, on trade in both directions with `partners`: all of them by default, for
    dollars clear in the United States whoever trades. `cleared` q is the share of that trade which clears in the
    senders' currencies, and `rails_substitution` eta how readily payments leave them. Cost factor on each pair:
    kappa = [(1 − q) + q (1 + psi)^(1 − eta)]^(1 / (1 − eta)), so 1 + q psi at eta = 0 (the default) and (1 + psi)^q at
    eta = 1. `energy_exempt` leaves out the group `energy`, as General License 8 of the U.S. Treasury did in 2022.
    `finance` shuts out that share of the trade in finance itself, both ways, between senders and targets; none by
    default.
    Where partners clear in different shares, write one measure for each group of partners. Senders whose currencies
    one pair uses belong into one measure with their joint share; two measures multiply, which is psi² q₁ q₂ too much.
    Limits: friction and shares are rarely measured (invoicing shares: Boz et al. 2022); that lost trade finance hurts
    trade nobody banned is found by Crozet and Hinz (2016, working-paper version). No bank runs, defaults or exchange
    rates. Fees of banks that offer detours count as lost, not as their income.
    """

    instrument: Literal["financial_cut_off"] = "financial_cut_off"
    senders: Names
    targets: Names
    partners: Names = "all"
    industries: Names = "all"
    friction: Friction
    cleared: Share
    rails_substitution: Substitution | None = None
    energy_exempt: bool = False
    finance: Share | None = None

    @property
    def parties(self) -> tuple[Names | None, Names]:
        return self.senders, self.targets

    def expand(self, world: World) -> tuple[Measure, ...]:
        senders, targets = separate(self, world)
        partners, industries = list(world.select(self.partners)), self._industries(world)
        factor = payment_factor(
            value_of(self.friction), value_of(self.cleared), value_of(self.rails_substitution or 0.0)
        )
        outside = [code for code in partners if code not in targets]
        if not outside and len(targets) == 1:
            raise InputError(
                f"a FinancialCutOff of {targets[0]} needs partners other than itself; `partners` names nobody else."
            )
        # Trade between two targets is among the first; named in both it would be hit twice.
        ways = [(targets, partners), *([(outside, targets)] if outside else [])]
        found: list[Measure] = [
            TradeCost(exporters=a, importers=b, industries=industries, factor=factor, programme=self.programme)
            for a, b in ways
        ]
        if self.finance is not None:
            found += [
                Ban(exporters=a, importers=b, industries="finance", coverage=self.finance, programme=self.programme)
                for a, b in ((senders, targets), (targets, senders))
            ]
        return tuple(found)

    def _industries(self, world: World) -> list[str]:
        chosen = list(world.select(self.industries, "industry"))
        if not self.energy_exempt:
            return chosen
        energy = world.select("energy", "industry")
        left = [code for code in chosen if code not in energy]
        if not left:
            raise InputError("a FinancialCutOff that exempts energy hits nothing: `industries` names energy alone.")
        return left


class ReserveFreeze(Composite):
    """Custodians freeze reserves of a target's central bank.

    Economics: the target no longer receives the return on the frozen part, `return_rate` r times the part; custodians
    keep it, in proportion to their final spending. Two transfers at most, target to custodians, a year: r times the
    frozen part, and `drawdown`. Give the frozen part as `frozen`, billion dollars, or as `share` of `reserves`; the
    part cannot exceed the reserves. One measure stands for one decision: custodians that open or shut their part on
    their own get a measure each. That the parts of several measures fit into the reserves is not checked.
    `drawdown`, billion dollars a year, is what the target spends out of the frozen part in the baseline year and cannot
    spend any more (short run); it cannot exceed the frozen part, nor the target's baseline deficit: only spending
    that the baseline holds can be stopped. A ceiling on deficits never binds an economy with a surplus (Russia in
    2022), which adds to its foreign assets instead of drawing on them; stating a drawdown for it is refused. What such
    an economy loses is the return, and a buffer that a model of one year does not value.
    Under the balanced closure, where nobody has a deficit, `drawdown` does nothing.
    Limits: the stock itself is not lost, only withheld; no risk premium, no run on the currency. Custodians that hand
    the return on (the European Union, to Ukraine, from 2024) need a `transfer` of their own. A baseline of 2022
    already holds ten months of the freeze of February 2022.
    """

    instrument: Literal["reserve_freeze"] = "reserve_freeze"
    target: Name
    custodians: Names
    reserves: Stock
    frozen: Stock | None = None
    share: Share | None = None
    return_rate: Return
    drawdown: Amount | None = None

    @property
    def parties(self) -> tuple[Names | None, Names]:
        return self.custodians, self.target

    def _fault(self) -> str:
        if (self.frozen is None) == (self.share is None):
            given = "neither" if self.frozen is None else "both"
            return f"a reserve freeze needs frozen or share, exactly one of them; {given} given"
        fault = _above(self.frozen, self.reserves, "freezes above the reserves")
        if fault or self.frozen is not None:
            return fault or _above(self.drawdown, self.frozen, "drawdown above the frozen part")
        assert self.share is not None
        least = lowest_of(self.share) * lowest_of(self.reserves)
        return _above(self.drawdown, least, "drawdown above the frozen part")

    def expand(self, world: World) -> tuple[Measure, ...]:
        fault = self._fault()  # again: another value of a range may have taken a number's place
        if fault:
            raise InputError(f"ReserveFreeze: {fault}")
        (target, *more), custodians = world.select(self.target), list(world.select(self.custodians))
        if more:
            raise InputError(
                f"a ReserveFreeze is of the reserves of one economy; {self.target!r} names {1 + len(more)}. "
                "Write one measure for each."
            )
        if target in custodians:
            raise InputError(f"a ReserveFreeze has {target} both as target and as custodian.")
        self._check_drawdown(world, target)
        part = (
            value_of(self.share) * value_of(self.reserves) if self.share is not None else value_of(self.frozen or 0.0)
        )
        stopped = 0.0 if _without_deficits(world) else value_of(self.drawdown or 0.0)
        lost = value_of(self.return_rate) * part + stopped
        return (Transfer(payers=target, recipients=custodians, amount=lost, programme=self.programme),)

    def _check_drawdown(self, world: World, target: str) -> None:
        drawdown = highest_of(self.drawdown or 0.0)
        deficit = float(world.deficit[world.economies.index(target)]) * world.unit / 1e9
        if drawdown > max(deficit, 0.0) and not _without_deficits(world):
            state = f"a deficit of {deficit:.3g}" if deficit > 0 else f"a surplus of {-deficit:.3g}"
            raise InputError(
                f"a ReserveFreeze stops {drawdown:g} billion dollars a year of {target}'s spending, but {target} has "
                f"{state} billion in world {world.id}: a freeze stops no spending that the baseline does not hold. "
                "Leave drawdown out, or state a smaller one."
            )


def _without_deficits(world: World) -> bool:
    """Whether the world has none, as where the balanced closure has re-solved it."""
    return bool(abs(world.deficit).max() <= 1e-9 * world.value_added.sum())


def separate(measure: Measure, world: World) -> tuple[list[str], list[str]]:
    """Codes of the two parties of a measure, senders and targets, none of them both.

    Raises:
        UnknownNameError: a name that the world does not have. InputError: an economy on both sides.
    """
    origin, target = measure.parties
    senders, targets = list(world.select("all" if origin is None else origin)), list(world.select(target))
    both = [code for code in targets if code in senders]
    if both:
        raise InputError(f"a {measure.__class__.__name__} has {both[0]} both as sender and as target.")
    return senders, targets


def _above(number: float | Quantity | None, ceiling: float | Quantity | None, what: str) -> str:
    """What is wrong if a number may be above its ceiling: ranges are drawn on their own, so their far ends meet."""
    if number is None or ceiling is None or highest_of(number) <= lowest_of(ceiling):
        return ""
    return f"{what}: up to {highest_of(number):g} against as little as {lowest_of(ceiling):g} billion US dollars"
