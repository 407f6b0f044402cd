"""Ensembles of a campaign: its numbers drawn, each draw solved, played quarter by quarter and simulated."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy.typing import NDArray

from halys.campaigns.draws import PATHS, CampaignEvaluator, describe_draws
from halys.economy import open_default_store
from halys.errors import InputError
from halys.futures.cluster import PATIENCE_S, run_on_cluster
from halys.futures.ensemble import Evaluate, Told, rank_correlations, run_batches
from halys.futures.store import DrawStore
from halys.run import hash_run
from halys.scenario import Scenario, load_scenario
from halys.solving import baseline_for

if TYPE_CHECKING:
    from distributed import Client

BATCH: Final = 4  # draws
SEED: Final = 20220314
MOST_DRAWS: Final = 100_000
_SHOWN = 8


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


@dataclass(frozen=True, eq=False)
class Work:
    """What a worker of a cluster needs to evaluate batches of a campaign."""

    scenario: Scenario
    seed: int
    cache: bool
    hash: str

    def __call__(self, where: str) -> Evaluate:
        """What evaluates batches in this process.

        Raises:
            InputError: the Halys here differs from the one that keeps the draws.
        """
        if hash_run(self.scenario) != self.hash:
            raise InputError(
                f"the worker at {where} has another Halys, so that its draws may be others. Install the same version "
                "on every machine and start its workers again."
            )
        return CampaignEvaluator(self.scenario, self.seed, open_default_store() if self.cache else None)


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
    if not 1 <= draws <= MOST_DRAWS:
        raise InputError(f"draws: {draws}. Give 1 to {MOST_DRAWS:,}.")
    evaluator = CampaignEvaluator(chosen, seed, open_default_store() if cache else None)
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
    if scheduler is None:
        run_batches(store, draws, evaluator, told)
    else:
        run_on_cluster(store, draws, Work(chosen, seed, cache, own), scheduler, told, noted=noted, patience=patience)
    columns = store.read(draws)
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
        found = rank_correlations(columns["numbers"][known], columns["crossed"][known, -1], list(labels))[:_SHOWN]
        numbers = [{**entry, "label": labels[entry["name"]]} for entry in found]
        record["correlations"].append({"with": "crossing the line", "numbers": numbers})
    return {**record, **evaluator.drawing.describe()}
