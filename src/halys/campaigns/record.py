"""Solve and simulate the campaign of a scenario, under free play and under each commitment, and describe it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Final

import pandas as pd

from halys.campaigns.describe import Played, describe_campaign
from halys.campaigns.setup import Setup
from halys.campaigns.value import Waiting, value_of_waiting
from halys.campaigns.welfare import Told, solve_states
from halys.economy import open_default_store
from halys.futures.campaign import Campaign, CampaignPlay, Paths, simulate_paths, solve_campaign
from halys.scenario import Scenario, load_scenario

PATHS: Final = 10_000
SEED: Final = 20220314


@dataclass(frozen=True, eq=False)
class CampaignRecord:
    """What a campaign comes to.

    Attributes:
        scenario: whose campaign it is. campaign: the game as arrays. free: free play with its paths.
        committed: by policy, paths under each commitment. data: all of it in plain data, as the report shows it.
    """

    scenario: Scenario
    campaign: Campaign
    free: Played
    committed: Mapping[str, Paths]
    data: Mapping[str, Any]

    @cached_property
    def quarters(self) -> pd.DataFrame:
        """A row for each quarter and quantity: shares of levels and of the momentum, the line, cumulated change."""
        rows: list[dict[str, Any]] = []
        names = self.data["quarters"]
        for track in self.data["tracks"]:
            for n, level in enumerate(track["levels"]):
                rows += _rows(names, f"share holding {track['id']}: {level['id']}", [s[n] for s in track["shares"]])
        if self.data["momentum"] is not None:
            for n, state in enumerate(self.data["momentum"]["states"]):
                shares = [s[n] for s in self.data["momentum"]["shares"]]
                rows += _rows(names, f"share with momentum: {state['id']}", shares)
        for line in self.data["lines"]:
            rows += _rows(names, f"line of {line['track']} crossed", line["crossed"])
            for window in line["windows"]:
                rows += _rows(names, f"line of {line['track']} kept if {window['id']}", window["kept"])
        for actor in self.data["actors"]:
            for unit in ("percent", "billion"):
                for name, values in actor[unit].items():
                    rows += _rows(names, f"cumulated change of {actor['id']}, {unit}, {name}", values)
        return pd.DataFrame(rows)


def _rows(quarters: list[str], what: str, values: list[float]) -> list[dict[str, Any]]:
    return [{"quarter": q, "quantity": what, "value": v} for q, v in zip(quarters, values, strict=True)]


def run_campaign(
    scenario: Scenario | str | Path,
    paths: int = PATHS,
    *,
    seed: int = SEED,
    cache: bool = True,
    progress: Told | None = None,
) -> CampaignRecord:
    """Solve the campaign of a scenario by backward induction and simulate paths of it.

    Args:
        scenario: a bundled name, a path or a loaded scenario, with a section `campaign`.
        paths: how many are simulated, under free play and under each commitment, with the same random numbers.
        cache: take equilibria that were solved before from the user's cache folder, and keep new ones there.
        progress: called with (equilibria done, equilibria in all).

    Raises:
        InputError: no section `campaign`, or too many states. InfeasibleError: a state has no equilibrium.
    """
    chosen = scenario if isinstance(scenario, Scenario) else load_scenario(scenario)
    setup = Setup(chosen)
    setup.check()
    solved = solve_states(setup, open_default_store() if cache else None, progress)
    campaign = setup.campaign(solved.short, solved.long)
    free = _play(solve_campaign(campaign), paths, seed)
    committed = {
        name: _play(solve_campaign(campaign, [policy]), paths, seed) for name, policy in setup.policies().items()
    }
    waiting: Waiting | None = value_of_waiting(campaign, free.play, setup.lined) if setup.lines else None
    data = describe_campaign(setup, solved, free, committed, waiting)
    kept = {name: each.paths for name, each in committed.items()}
    return CampaignRecord(chosen, campaign, free, kept, {**data, "seed": seed})


def _play(play: CampaignPlay, paths: int, seed: int) -> Played:
    return Played(play, simulate_paths(play, paths, seed))
