"""Time of a coalition of 12 blocs: 4,096 equilibria of the bundled world. Run with `make bench`.

60 s on two cores is the most that it should take, at either horizon.
"""

from __future__ import annotations

from typing import Any

import pytest

import halys
from halys.coalition.equilibria import Coalitions
from halys.coalition.keeping import keep_together
from halys.coalition.setup import Setup, set_up
from halys.coalition.values import solve_values

BLOCS = {
    "eu": "EU27", "usa": "USA", "uk": "GBR", "japan": "JPN", "korea": "KOR", "canada": "CAN", "australia": "AUS",
    "switzerland": "CHE", "norway": "NOR", "taiwan": "TWN", "others": ["NZL", "ISL", "SGP"], "china": "CHN",
}  # fmt: skip
HORIZONS = {"long": halys.Horizon.long(), "short": halys.Horizon.short()}


def make_setup(horizon: str) -> Setup:
    spec = {
        "label": "Sanctions on Russia",
        "target": "RUS",
        "members": {name: {"label": name, "economies": economies} for name, economies in BLOCS.items()},
        "measures": [
            {"instrument": "ban", "exporters": "members", "importers": "RUS", "industries": "goods", "reduction": 0.7},
            {"instrument": "ban", "exporters": "RUS", "importers": "members", "industries": "goods", "reduction": 0.5},
        ],
    }
    return set_up(halys.load_world(), spec, HORIZONS[horizon], None, ())


@pytest.mark.timeout(300)
@pytest.mark.parametrize("horizon", HORIZONS)
def test_exact_values(benchmark: Any, horizon: str) -> None:
    """Every coalition, and the Shapley values."""
    setup = make_setup(horizon)

    def run() -> None:
        solve_values(Coalitions(setup, 1e-8, None, 0), None, 0)

    benchmark.pedantic(run, rounds=1)


@pytest.mark.parametrize("horizon", HORIZONS)
def test_keeping(benchmark: Any, horizon: str) -> None:
    """Transfers that equalise burdens, and a payment for every member."""
    benchmark.pedantic(keep_together, (make_setup(horizon),), rounds=3)
