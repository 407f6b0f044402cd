"""Ways around bans through third economies, and policing of them."""

from __future__ import annotations

from typing import Annotated, Final, Literal

from halys.measures.base import Measure, Name, Names, TradeMeasure
from halys.measures.numbers import Bounds, CostFactor, Number, Share

MARGIN: Final = Bounds(0.0, 1e3, "0 or more, as a share of the price before it (0.1 is 10 %), and at most 1000")
ROUTE_ELASTICITY: Final = Bounds(0.0, 200.0, "greater than 0 and at most 200", above=True)

Margin = Annotated[Number, MARGIN]
RouteElasticity = Annotated[Number, ROUTE_ELASTICITY]


class Evasion(TradeMeasure):
    """Banned goods that reach their buyer through a third economy.

    Economics: of the varieties that bans shut out between `exporters` and `importers`, the share `capacity` can be
    re-exported by the economy `hub`, at a `margin` (a share of the price, income of the hub) and a `loss` (>= 1,
    units shipped for one that arrives; lost to all). Bans, trade costs and added taxes between exporter and hub and
    between hub and importer count too. Write one measure for each hub; the capacities on one trade sum to at most 1.
    `rho` is how readily trade moves between routes; by default the trade elasticity of the industry, at which capacity
    is exactly the share of banned varieties that passes where passing is free. Of several rho on one trade the
    smallest counts. The formula is in `halys.economy.routes`. Without a ban nothing happens: evasion undoes part of
    bans, never of tariffs, trade costs or caps.
    The flow is counted once, from exporter to importer; what passes each hub is told apart, in
    `reexports` of an outcome.
    Limits: capacities and margins are assumptions or estimates from mirror statistics; state ranges. A hub's margin
    is rent: it takes no labour there. A hub is skipped where it is itself the exporter or the importer of a group;
    named outright as either it is refused.
    """

    instrument: Literal["evasion"] = "evasion"
    hub: Name
    capacity: Share
    margin: Margin = 0.0
    loss: CostFactor = 1.0
    rho: RouteElasticity | None = None

    @property
    def kind(self) -> str:
        return f"{super().kind} through {self.hub}"

    def _fault(self) -> str:
        for side, names in (("exporters", self.exporters), ("importers", self.importers)):
            if self.hub in ([names] if isinstance(names, str) else names):
                origin = "the origin of the goods" if side == "exporters" else "their buyer"
                return (
                    f"the hub {self.hub} is also among the {side}: a hub is a third economy, never {origin}. "
                    f"Name another hub, or take {self.hub} out of the {side}"
                )
        return ""


class Policing(Measure):
    """Enforcement against hubs: checks, seizures, pressure on their banks and carriers.

    Economics: every evasion through `hubs` between `exporters` and `importers` in these industries has its capacity
    multiplied by `capacity_factor` (0 shuts the hub) and its loss by `loss_factor` (>= 1). Factors of several measures
    multiply. Without evasion there is nothing to police and nothing happens.
    Limits: what policing costs those who police is a `transfer` or `trade_cost` of its own.
    """

    instrument: Literal["policing"] = "policing"
    hubs: Names
    exporters: Names = "all"
    importers: Names = "all"
    industries: Names = "all"
    capacity_factor: Share | None = None
    loss_factor: CostFactor | None = None

    @property
    def parties(self) -> tuple[Names | None, Names]:
        return None, self.hubs

    def _fault(self) -> str:
        if self.capacity_factor is None and self.loss_factor is None:
            return "policing needs capacity_factor, loss_factor or both; neither given"
        return ""
