"""Ensembles of a campaign: its numbers drawn, each draw solved, played quarter by quarter and simulated."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy.typing import NDArray

from halys.campaigns.draws import PATHS, CampaignEvaluator, describe_draws
from halys.ensembles import SEED, Work, check_draws, correlations_with, keep_draws
from halys.futures.cluster import PATIENCE_S
from halys.futures.ensemble import Told
from halys.futures.store import DrawStore
from halys.run import hash_run
from halys.scenario import Scenario, load_scenario
from halys.solving import baseline_for

if TYPE_CHECKING:
    from distributed import Client

BATCH: Final = 4  # draws
MOST_DRAWS: Final = 100_000


@dataclass(frozen=True, eq=False)
class CampaignEnsemble:
    """The draws of a campaign.

    Attributes:
        columns: by name, arrays whose first axis are the draws (docs/campaigns.md). data: what they say together.
    """

    scenario: Scenario
    draws: int
    columns: Mapping[str, NDArray[Any]]
    data: Mapping[str, Any]


def run_campaign_ensemble(
    scenario: Scenario | str | Path,
    draws: int,
    out: str | Path,
    *,
    seed: int = SEED,
    cache: bool = False,
    told: Told | None = None,
    scheduler: str | Path | Client | None = None,
    noted: Callable[[str], None] | None = None,
    patience: float = PATIENCE_S,
) -> CampaignEnsemble:
    """Draw the numbers of a campaign, and solve, play and simulate each draw; every batch is kept in a folder.

    Arguments and errors are those of `run_ensemble`.
    """
    chosen = scenario if isinstance(scenario, Scenario) else load_scenario(scenario)
    check_draws(draws, MOST_DRAWS, patience)
    evaluator = CampaignEvaluator(chosen, seed, None)
    own = hash_run(chosen)
    manifest = {
        "scenario": chosen.id,
        "kind": "campaign",
        "hash": own,
        "seed": seed,
        "paths": PATHS,
        "numbers": evaluator.drawn,
    }
    store = DrawStore.open(Path(out), manifest, BATCH)
    work = Work(CampaignEvaluator, chosen, seed, cache, own)
    columns = keep_draws(store, draws, work, scheduler, told, noted, patience)
    return CampaignEnsemble(chosen, draws, columns, _describe(evaluator, columns, seed))


def default_folder(scenario: Scenario, seed: int = SEED) -> Path:
    """Where draws go if no folder is named."""
    return Path("ensembles") / f"{scenario.id}-campaign-{hash_run(scenario)[:12]}-{seed}"


def _describe(evaluator: CampaignEvaluator, columns: Mapping[str, NDArray[Any]], seed: int) -> dict[str, Any]:
    setup = evaluator.setup
    world = baseline_for(setup.scenario.world, setup.horizons[0], setup.closure)
    spending = world.income * world.unit / 1e9
    income = np.array([float(spending[at].sum()) for at in setup.scenario.actor_positions])
    record = {**describe_draws(setup, columns, income), "seed": seed, "paths": PATHS, "correlations": []}
    known = np.isfinite(columns["change"]).all(axis=1)
    labels = {unknown.id: unknown.label for unknown in evaluator.drawing.unknowns}
    if setup.lines and known.sum() > 2:
        crossed = columns["crossed"][known, -1]
        along = correlations_with("crossing the line", columns["numbers"][known], crossed, labels)
        record["correlations"].append(along)
    return {**record, **evaluator.drawing.describe()}
