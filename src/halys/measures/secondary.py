"""Sanctions on those who help a target."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, Literal, NamedTuple

from pydantic import model_validator

from halys.measures.base import Composite, Measure, Names
from halys.measures.denial import Loss, TechnologyDenial
from halys.measures.finance import FinancialCutOff, Friction, Substitution, separate
from halys.measures.instruments import Ban, ExportTax, Tariff, TradeCost
from halys.measures.numbers import CostFactor, Rate, Share

if TYPE_CHECKING:
    from halys.world import World

By = Literal["tariff", "export_tax", "trade_cost", "ban", "financial_cut_off", "technology_denial"]
Direction = Literal["imports", "exports", "both"]


class _Way(NamedTuple):
    """What an instrument needs and may have beside the parties, and the trade that it can be on, the usual first."""

    needs: tuple[tuple[str, ...], ...]
    may: tuple[str, ...] = ()
    directions: tuple[str, ...] = ()


_WAYS: Final[dict[str, _Way]] = {
    "tariff": _Way((("rate",),), directions=("imports",)),
    "export_tax": _Way((("rate",),), directions=("exports",)),
    "trade_cost": _Way((("factor",),), directions=("both", "imports", "exports")),
    "ban": _Way((("coverage", "reduction", "lines"),), directions=("both", "imports", "exports")),
    "financial_cut_off": _Way(
        (("friction",), ("cleared",)), may=("partners", "rails_substitution", "energy_exempt", "finance")
    ),
    "technology_denial": _Way(
        (("coverage", "reduction", "lines"),), may=("productivity_loss", "affected"), directions=("exports",)
    ),
}
_ELEMENTARY: Final[dict[str, type[Measure]]] = {
    "tariff": Tariff,
    "export_tax": ExportTax,
    "trade_cost": TradeCost,
    "ban": Ban,
}
_COMMON: Final = frozenset(("instrument", "programme", "senders", "targets", "by", "industries", "direction"))


class SecondarySanctions(Composite):
    """Sanctions that senders put on a supporter of the sanctioned state.

    Economics: the instrument decides who pays, so `by` must name it: a `tariff` brings the senders revenue and turns
    the terms of trade their way, a trade cost of the same size is lost to all and costs the senders too, a ban costs
    what the trade was worth to both. Compiles to exactly the instrument named, with its fields: `tariff` (`rate`, on
    the senders' imports), `export_tax` (`rate`, on their exports), `trade_cost` (`factor`) and `ban` (`coverage`,
    `reduction` or `lines`), these on `direction` imports, exports or both (the default), `financial_cut_off`
    (`friction`, `cleared`, and its options) and `technology_denial` (`coverage`, `reduction` or `lines`, and its
    options). `targets` are the supporters, named outright: who is hit is the sender's decision, not a consequence that
    the model finds. `industries` are all, and `dual_use` where technology is denied, unless named.
    Source: Executive Order 14114 of 22 December 2023 let the United States cut foreign banks off for payments that
    serve Russia's war industry.
    Limits: what the threat alone does (banks that stop before they are named) is a `trade_cost` or a
    `financial_cut_off` of its own.
    """

    instrument: Literal["secondary_sanctions"] = "secondary_sanctions"
    senders: Names
    targets: Names
    by: By
    industries: Names = "all"
    direction: Direction | None = None
    rate: Rate | None = None
    factor: CostFactor | None = None
    coverage: Share | None = None
    reduction: Share | None = None
    lines: Share | None = None
    friction: Friction | None = None
    cleared: Share | None = None
    partners: Names | None = None
    rails_substitution: Substitution | None = None
    energy_exempt: bool | None = None
    finance: Share | None = None
    productivity_loss: Loss | None = None
    affected: Names | None = None

    @model_validator(mode="before")
    @classmethod
    def _usual_industries(cls, data: Any) -> Any:
        if isinstance(data, dict) and data.get("by") == "technology_denial":
            return {"industries": TechnologyDenial.model_fields["industries"].default, **data}
        return data

    @property
    def kind(self) -> str:
        return f"{super().kind} by {self.by}"

    @property
    def parties(self) -> tuple[Names | None, Names]:
        return self.senders, self.targets

    def _fault(self) -> str:
        way = _WAYS[self.by]
        known = {name for names in way.needs for name in names} | {*way.may}
        given = [name for name in type(self).model_fields if name not in _COMMON and getattr(self, name) is not None]
        foreign = [name for name in given if name not in known]
        if foreign:
            allowed = ", ".join(name for name in type(self).model_fields if name in known)
            return f"by {self.by} takes no {foreign[0]}; it takes {allowed}"
        for names in way.needs:
            if sum(name in given for name in names) != 1:
                wanted = " or ".join(names) + (", exactly one of them" if len(names) > 1 else "")
                return f"by {self.by} needs {wanted}"
        if self.direction is not None and self.direction not in way.directions:
            allowed = f"only {' or '.join(way.directions)}" if way.directions else "no direction"
            return f"by {self.by} takes {allowed}; direction {self.direction} given"
        if (self.productivity_loss is None) != (self.affected is None):
            return "productivity_loss and affected go together: a loss needs its size and its industries"
        return ""

    def expand(self, world: World) -> tuple[Measure, ...]:
        separate(self, world)
        way = _WAYS[self.by]
        known = [name for names in way.needs for name in names] + [*way.may]
        numbers: dict[str, Any] = {name: getattr(self, name) for name in known if getattr(self, name) is not None}
        numbers |= {"industries": self.industries, "programme": self.programme}
        if self.by == "financial_cut_off":
            return (FinancialCutOff(senders=self.senders, targets=self.targets, **numbers),)
        if self.by == "technology_denial":
            return (TechnologyDenial(senders=self.senders, targets=self.targets, **numbers),)
        direction = self.direction or way.directions[0]
        ways = {"imports": (self.targets, self.senders), "exports": (self.senders, self.targets)}
        chosen = ways.values() if direction == "both" else (ways[direction],)
        cls: Any = _ELEMENTARY[self.by]
        return tuple(cls(exporters=a, importers=b, **numbers) for a, b in chosen)
