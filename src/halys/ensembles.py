"""Ensembles of a scenario: every number with a range drawn, the equilibria solved, the game played, draw by draw.

Draw n is the n-th point of a scrambled Sobol sequence, so that a batch of draws is known by its first index. Within a
batch all equilibria are solved side by side; which these are hangs on the batch alone, so that results are the same, to
the bit, on one process or two and after any stop.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy.typing import NDArray

from halys.drawing import Drawing, drawn_unknowns
from halys.economy import EquilibriumStore, open_default_store
from halys.errors import InputError
from halys.evaluator import Evaluator, focal_moves
from halys.futures.cluster import PATIENCE_S, run_on_cluster
from halys.futures.ensemble import Evaluate, describe_spread, rank_correlations, run_batches, share_with_error
from halys.futures.store import DrawStore
from halys.run import hash_run
from halys.scenario import Scenario, load_scenario

if TYPE_CHECKING:
    from distributed import Client

Array = NDArray[np.float64]
Told = Callable[[int, int], None]

BATCH: Final = 8  # draws; with some hundred equilibria they fill the columns that are solved side by side
SEED: Final = 20220314
MOST_DRAWS: Final = 1_000_000
_SHOWN: Final = 8  # numbers whose correlations are listed


@dataclass(frozen=True, eq=False)
class Ensemble:
    """The draws of a scenario.

    Attributes:
        scenario: what was drawn. draws: how many. columns: by name, arrays whose first axis are the draws:
            numbers (draw, unknown); moves (draw, focal move), how likely each is in the play of the draw; percent,
            billion (draw, actor), real income as played, the mean over chance; failed (draw,), equilibria that do not
            exist, −1 where the numbers drawn cannot stand together. data: what they say together, in plain data.
    """

    scenario: Scenario
    draws: int
    columns: Mapping[str, NDArray[Any]]
    data: Mapping[str, Any]


Making = Callable[[Scenario, int, EquilibriumStore | None], Evaluate]
"""From a scenario, a seed and a store of equilibria to what evaluates batches of draws."""


@dataclass(frozen=True, eq=False)
class Work:
    """What evaluates batches of draws, here or on a worker of a cluster; it is pickled with the scenario and its world.

    Attributes:
        make: what makes the evaluator. hash: of the run, where the draws are kept. cache: whether equilibria are kept
            in the cache folder of the machine at work.
    """

    make: Making
    scenario: Scenario
    seed: int
    cache: bool
    hash: str

    def __call__(self, where: str) -> Evaluate:
        """What evaluates batches in this process.

        Raises:
            InputError: the Halys here differs from the one that keeps the draws, in version or in any file of it.
        """
        if hash_run(self.scenario) != self.hash:
            raise InputError(
                f"the worker at {where} has another Halys, so that its draws may be others. Install the same version "
                "on every machine and start its workers again."
            )
        return self.here()

    def here(self) -> Evaluate:
        """The same in the process that keeps the draws."""
        return self.make(self.scenario, self.seed, open_default_store() if self.cache else None)


def check_draws(draws: int, most: int, patience: float) -> None:
    """Refuse numbers that no ensemble can have.

    Raises:
        InputError: which, and what is allowed.
    """
    if not 1 <= draws <= most:
        raise InputError(f"draws: {draws}. Give 1 to {most:,}.")
    if not patience >= 0:
        raise InputError(f"patience: {patience!r}. Give the seconds that a cluster may be without workers, from 0.")


def keep_draws(
    store: DrawStore,
    draws: int,
    work: Work,
    scheduler: str | Path | Client | None,
    told: Told | None,
    noted: Callable[[str], None] | None,
    patience: float,
) -> Mapping[str, NDArray[Any]]:
    """Make what a store lacks of the first draws, here or on a cluster, and read them; see `run_ensemble`."""
    if scheduler is None:
        run_batches(store, draws, work.here(), told)
    else:
        run_on_cluster(store, draws, work, scheduler, told, noted=noted, patience=patience)
    return store.read(draws)


def run_ensemble(
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
) -> Ensemble:
    """Draw the numbers of a scenario, solve and play each draw, and keep every batch in a folder.

    Draws that are in the folder already are not made again; more of them may be asked for later.

    Args:
        scenario: a bundled name, a path or a loaded scenario. out: folder of the store.
        cache: keep equilibria in the user's cache folder too, which is of use only where numbers are drawn twice.
        told: called with (draws done, draws in all).
        scheduler: of a Dask cluster whose workers evaluate the batches: an address, a scheduler file or a client. None
            evaluates them here, in two processes where that is safe. Draws are kept here either way, with the same
            bits on machines of one kind.
        noted: called with a sentence while the cluster has no worker; patience: seconds that this may last.

    Raises:
        InputError: nothing to draw, a game in which actors hide moves from each other, a folder of something else, a
            scheduler that does not answer, a worker with another Halys.
        ClusterError: no worker, workers that die on the same draws, a scheduler that goes away; see
            `halys.futures.cluster`.
        StorageError: the disk; finished draws are kept, as after any error.
    """
    chosen = scenario if isinstance(scenario, Scenario) else load_scenario(scenario)
    check_draws(draws, MOST_DRAWS, patience)
    drawn = drawn_unknowns(chosen)
    tree = chosen.game_tree()
    if not tree.information.given:
        raise InputError(
            "actors hide moves from each other in this game, so that a draw may have several equilibria and none is "
            "picked. An ensemble needs a game in which chance alone decides what is hidden."
        )
    own = hash_run(chosen)
    manifest = {
        "scenario": chosen.id,
        "hash": own,
        "seed": seed,
        "numbers": [unknown.id for unknown in drawn],
    }
    store = DrawStore.open(Path(out), manifest, BATCH)
    work = Work(Evaluator, chosen, seed, cache, own)
    columns = keep_draws(store, draws, work, scheduler, told, noted, patience)
    return Ensemble(chosen, draws, columns, describe_ensemble(chosen, columns, seed))


def default_folder(scenario: Scenario, seed: int = SEED) -> Path:
    """Where draws go if no folder is named: one for each scenario, version and seed."""
    return Path("ensembles") / f"{scenario.id}-{hash_run(scenario)[:12]}-{seed}"


def describe_ensemble(scenario: Scenario, columns: Mapping[str, NDArray[Any]], seed: int) -> dict[str, Any]:
    """What draws say together, in plain data: shares of moves, spread of real income, what goes along with it."""
    file, moves = scenario.file, focal_moves(scenario)
    failed = columns["failed"]
    known = np.isfinite(columns["percent"]).all(axis=1)
    record: dict[str, Any] = {
        "scenario": scenario.id,
        "title": file.title,
        "seed": seed,
        "draws": len(failed),
        "played": int(known.sum()),
        "impossible": int((failed < 0).sum()),
        "without_some_equilibrium": int((failed > 0).sum()),
        "moves": [],
        "crosses": None,
        "actors": [],
        "correlations": [],
    }
    drawing, numbers = Drawing(scenario, seed), columns["numbers"][known]
    labels = {unknown.id: unknown.label for unknown in drawing.unknowns}
    if moves and known.any():
        assert file.focus is not None
        weights = columns["moves"][known]
        mean, error = share_with_error(weights)
        for n, move in enumerate(moves):
            label = file.moves[file.focus.stage][move].label
            entry = {"move": move, "label": label, "crosses": move in file.focus.line}
            record["moves"].append({**entry, "share": float(mean[n]), "standard_error": float(error[n])})
        crossing = weights[:, [m in file.focus.line for m in moves]].sum(axis=1)
        share, spread = share_with_error(crossing[:, None])
        record["crosses"] = {"share": float(share[0]), "standard_error": float(spread[0])}
        record["correlations"].append(correlations_with("crossing the line", numbers, crossing, labels))
    for n, (name, actor) in enumerate(file.actors.items()):
        spreads = {unit: describe_spread(columns[unit][:, n]) for unit in ("percent", "billion")}
        record["actors"].append({"actor": name, "label": actor.label, **spreads})
    chooser = next((stage.actor for stage in file.stages if file.focus and stage.id == file.focus.stage), None)
    if chooser is not None and known.any():
        at = list(file.actors).index(chooser)
        words = f"real income of {file.actors[chooser].label}"
        record["correlations"].append(correlations_with(words, numbers, columns["percent"][known, at], labels))
    return {**record, **drawing.describe()}


def correlations_with(words: str, numbers: Array, result: Array, labels: Mapping[str, str]) -> dict[str, Any]:
    """Which drawn numbers (draw, number), of ids and labels in order, go along with a result (draw,)."""
    found = rank_correlations(numbers, result, list(labels))[:_SHOWN]
    return {"with": words, "numbers": [{**entry, "label": labels[entry["name"]]} for entry in found]}
