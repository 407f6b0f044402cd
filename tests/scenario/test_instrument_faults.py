"""Faults of instruments in a file are told with their place, before anything is solved."""

from __future__ import annotations

import pytest
from games import scenario, spoil

from halys.errors import FileError

PLACE = "{instrument: trade_cost, exporters: CHN, importers: all, factor: friction}"
AT = r"moves\.usa\.banks\.measures\[0\]"


@pytest.mark.parametrize(
    ("measure", "said"),
    [
        (
            "evasion, exporters: [USA, TUR], importers: RUS, hub: TUR, capacity: 0.5",
            rf"{AT}.*the hub TUR is also among the exporters: a hub is a third economy, never the origin of the goods",
        ),
        (
            "evasion, exporters: G7, importers: RUS, hub: RUS, capacity: 0.5",
            rf"{AT}.*the hub RUS is also among the importers",
        ),
        ("evasion, exporters: G7, importers: RUS, hub: TUR, capacity: 1.5", rf"{AT}\.capacity.*between 0 and 1"),
        ("evasion, exporters: G7, importers: RUS, hub: EU27, capacity: 0.5", r"a hub is one economy"),
        ("evasion, exporters: G7, importers: RUS, hub: TUR, capacity: .nan", rf"{AT}\.capacity"),
        (
            "price_cap, exporters: RUS, importers: IND, cap: 90, price: 75",
            rf"{AT}.*the cap is above the price: up to 90 against as little as 75",
        ),
        ("price_cap, exporters: RUS, importers: IND, discount: 1.2", rf"{AT}\.discount.*0 or more and less than 1"),
        ("economic_relief, exporters: CHN, importers: RUS, share: -0.2", rf"{AT}\.share.*must be between 0 and 1"),
        ("dual_use_backfill, supporters: CHN, targets: RUS, share: 2, cost: 1.1", rf"{AT}\.share"),
        ("dual_use_backfill, supporters: CHN, targets: CHN, share: 0.2, cost: 1.1", "has CHN both as supporter and as"),
        ("military_transfer, donors: USA, recipients: UKR, amount: -3, fungible: 0.1", rf"{AT}\.amount.*0 or more"),
        ("policing, hubs: TUR", rf"{AT}.*policing needs capacity_factor, loss_factor or both"),
        ("concessional_sale, exporters: RUS, importers: CHN, discount: .inf", rf"{AT}\.discount"),
    ],
)
def test_place_and_remedy(measure, said):
    with pytest.raises(FileError, match=said):
        scenario(spoil(PLACE, f"{{instrument: {measure}}}"))
