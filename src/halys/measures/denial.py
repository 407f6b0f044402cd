"""Instruments that take goods and know-how away: technology denied by governments, firms that leave of their own."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Final, Literal

from halys.measures.base import Composite, Measure, Names
from halys.measures.finance import separate
from halys.measures.instruments import Ban, Productivity, extent_fault
from halys.measures.numbers import Bounds, Number, Quantity, Share, value_of

if TYPE_CHECKING:
    from halys.world import World

LOSS: Final = Bounds(0.0, 0.999, "0 or more and at most 0.999, as a share (0.02 takes 2 % off productivity)")

Loss = Annotated[Number, LOSS]


class TechnologyDenial(Composite):
    """Advanced goods withheld from a target, and the productivity that it loses without them.

    Economics: a ban on the senders' sales of `industries` to the targets, with the meanings of `coverage` (share of
    varieties), `reduction` (fall of the flow) and `lines` (share of customs lines) that a `Ban` gives them; and in the
    targets' `affected` industries a factor 1 − `productivity_loss` on productivity: know-how, updates and services
    that come with the goods, which no table of flows holds. The default industries are the group `dual_use`, which is
    what controls name; `high_tech` would withhold medicines too.
    Limits: the loss of productivity is far more uncertain than the ban, and larger. With diffusion of ideas full
    decoupling costs up to 12 % of welfare in the regions that lose most (Góes and Bekkers 2022, WTO ERSD-2022-09),
    technological fragmentation up to the order of 5 % of GDP (Cerdeiro et al. 2021, IMF WP/21/069). These are losses
    of whole economies over many years, not of an industry's productivity in one: state a range that starts at 0.
    Controls on foreign goods made with the senders' technology are bans by those who sell them; name them as senders.
    """

    instrument: Literal["technology_denial"] = "technology_denial"
    senders: Names
    targets: Names
    industries: Names = "dual_use"
    coverage: Share | None = None
    reduction: Share | None = None
    lines: Share | None = None
    productivity_loss: Loss | None = None
    affected: Names | None = None

    @property
    def parties(self) -> tuple[Names | None, Names]:
        return self.senders, self.targets

    def _fault(self) -> str:
        fault = extent_fault("a technology denial", self.coverage, self.reduction, self.lines)
        return fault or _loss_fault(self.productivity_loss, self.affected, "productivity_loss")

    def expand(self, world: World) -> tuple[Measure, ...]:
        senders, targets = separate(self, world)
        ban = Ban(
            exporters=senders,
            importers=targets,
            industries=self.industries,
            coverage=self.coverage,
            reduction=self.reduction,
            lines=self.lines,
            programme=self.programme,
        )
        return (ban, *_losses(targets, self.affected, self.productivity_loss, self.programme))


class VoluntaryExit(Composite):
    """Firms leave a market that their governments did not close to them.

    Economics: `share` of the varieties that firms of the senders sell to the targets is withdrawn (a ban of that
    coverage, by nobody's order), and where they ran affiliates, the targets' `affected` industries lose
    `affiliate_loss` of productivity: the share of output that the affiliates made times what buyers of their plants
    run them worse. The decision is the firms' own: its coverage is independent of every official ban, 1 − (1 − share)
    (1 − b), also of bans in the same programme; several exits of one programme count once, the largest.
    Sources: by November 2022, 8.5 % of 1,404 firms of the European Union and the G7 had sold at least one Russian
    subsidiary, below 18 % of the American, 15 % of the Japanese and 8.3 % of the European subsidiaries (Evenett and
    Pisani 2023); by January 2024, 348 firms or 9.5 % of those that the Kyiv School of Economics follows had left. Both
    count firms that sold plants, neither counts exports ended: `share` is an assumption, between these and the far
    larger numbers that announced to leave or paused.
    Limits: what leavers bought from the target goes on; the price at which they sold their plants is not modelled.
    """

    instrument: Literal["voluntary_exit"] = "voluntary_exit"
    senders: Names
    targets: Names
    industries: Names = "all"
    share: Share
    affiliate_loss: Loss | None = None
    affected: Names | None = None

    @property
    def parties(self) -> tuple[Names | None, Names]:
        return self.senders, self.targets

    def _fault(self) -> str:
        return _loss_fault(self.affiliate_loss, self.affected, "affiliate_loss")

    def expand(self, world: World) -> tuple[Measure, ...]:
        senders, targets = separate(self, world)
        own = None if self.programme is None else f"{self.programme}: firms' own exit"
        ban = Ban(exporters=senders, importers=targets, industries=self.industries, coverage=self.share, programme=own)
        return (ban, *_losses(targets, self.affected, self.affiliate_loss, self.programme))


def _loss_fault(loss: float | Quantity | None, affected: Names | None, name: str) -> str:
    if (loss is None) == (affected is None):
        return ""
    given, missing = ("affected", name) if loss is None else (name, "affected")
    return f"{given} is given without {missing}; a loss of productivity needs its size and its industries"


def _losses(
    targets: list[str], affected: Names | None, loss: float | Quantity | None, programme: str | None
) -> tuple[Measure, ...]:
    if loss is None or affected is None:
        return ()
    return (Productivity(economies=targets, industries=affected, factor=1.0 - value_of(loss), programme=programme),)
