"""Support for a sanctioned economy or a belligerent: relief, goods in place of banned ones, arms."""

from __future__ import annotations

from typing import Literal

from halys.measures.base import Measure, Names, TradeMeasure
from halys.measures.numbers import Amount, CostFactor, Share


class EconomicRelief(TradeMeasure):
    """Barriers that other measures created are lifted in part.

    Economics: on this trade `share` of what other measures added goes: of coverages b, of cost factors (kappa − 1), of
    tariffs and export taxes beyond the baseline. It is resolved after all other measures, whatever their order, and
    goes back to the baseline at most, for relief beyond it would be income from nothing: without a barrier it has no
    effect whatever. Relief of one programme counts once, the largest; independent ones leave prod(1 − share).
    Price caps, concessions, lost productivity and transfers stay: they are no barriers.
    Limits: relief that is paid for is something else, a `transfer` or a `concessional_sale`; write it beside this.
    """

    instrument: Literal["economic_relief"] = "economic_relief"
    share: Share


class DualUseBackfill(Measure):
    """A supporter makes what others no longer sell.

    Economics: of what bans on `replaces` (whoever is banned, by default) shut out of the targets' market and what finds
    no way around, the supporters make the share `share` in their own varieties, at `cost` (>= 1) times their own unit
    cost: a_hjs gains share x sum_i b_ijs (1 − S_ijs) pi_ijs x cost^(−theta), S what evasion would let pass were it
    free, times the barriers of the supporter's own sales. At cost 1 and baseline prices buyers are as well off as if
    that share were not banned, never better. Several supporters share in proportion to what they produce; one that
    produces none of a product, or is itself banned there, replaces none of it. Several such measures leave prod(1 −
    share).
    Limits: share and cost are assumptions; state ranges. A copy that is worse is a higher cost.
    """

    instrument: Literal["dual_use_backfill"] = "dual_use_backfill"
    supporters: Names
    targets: Names
    industries: Names = "dual_use"
    replaces: Names = "all"
    share: Share
    cost: CostFactor

    @property
    def parties(self) -> tuple[Names | None, Names]:
        return self.supporters, self.targets


class MilitaryTransfer(Measure):
    """Arms given: bought by the donor in its own market, used by the recipient in war.

    Economics: `amount`, billion US dollars a year, of the donors' spending goes to goods of `industries` that are not
    for their own use, divided among them in proportion to the donors' own final spending there; several donors share
    it in proportion to their final spending, several recipients receive in the same way. The part `fungible` replaces
    what the recipient would have bought itself: it frees income, which the recipient spends as it likes, and its own
    purchases of these goods fall. The rest is used up, without a place in anyone's real income. What it does in the
    war is the strategy's to say (stakes and exposures), not the economy's.
    The default industries are the group `arms`, those that hold weapons and ammunition, warships, military aircraft and
    vehicles in ISIC Rev. 4; each holds far more than arms.
    Limits: `fungible` has no good source; state a range. Arms from stock cost the donor what it spends to replace them.
    """

    instrument: Literal["military_transfer"] = "military_transfer"
    donors: Names
    recipients: Names
    industries: Names = "arms"
    amount: Amount
    fungible: Share

    @property
    def parties(self) -> tuple[Names | None, Names]:
        return self.donors, self.recipients
