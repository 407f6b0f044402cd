"""A campaign at drawn numbers: batches of draws, each with its equilibria, its play and paths of its own."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from halys.campaigns.describe import cumulated, fan, future_labels, means, quarter_names, windows
from halys.campaigns.setup import Setup
from halys.campaigns.value import value_of_waiting
from halys.campaigns.welfare import collect
from halys.drawing import Drawing
from halys.economy import EquilibriumStore
from halys.errors import HalysError, InputError
from halys.futures.campaign import name_paths, simulate_paths, solve_campaign
from halys.futures.store import Columns
from halys.parallel import map_in_order
from halys.scenario import Scenario
from halys.solving import keep_welfare, prepare_batch, solve_batch

Array = NDArray[np.float64]

PATHS: Final = 1_000  # of each draw
GRID: Final = (np.arange(20) + 0.5) / 20  # quantiles of the change that are kept, each for a twentieth of the paths
_FEWEST = 2  # draws from which a second process is worth it


class CampaignEvaluator:
    """Evaluates batches of draws of a campaign.

    Args:
        store: where equilibria are looked for and kept, None for nowhere.

    Raises:
        InputError: no section `campaign`, nothing to draw.
    """

    def __init__(self, scenario: Scenario, seed: int, store: EquilibriumStore | None, paths: int = PATHS) -> None:
        self.setup = Setup(scenario)
        self.setup.check()
        self.drawing = Drawing(scenario, seed, campaign=True)
        self.drawn = [unknown.id for unknown in self.drawing.unknowns]
        self._seed, self._store, self._paths = seed, store, paths
        self._near = self.setup.horizons
        for horizon in self._near:
            prepare_batch(scenario.world, horizon, self.setup.closure, store)

    def __call__(self, first: int, size: int) -> Columns:
        """What is kept of the draws first to first + size − 1."""
        numbers = self.drawing.numbers(first, size)
        setups = [self._setup(row) for row in numbers]
        jobs = {n: setup.jobs(self._near) for n, setup in enumerate(setups) if isinstance(setup, Setup)}
        every = [job for each in jobs.values() for job in each]
        found = solve_batch(self.setup.scenario.world, every, keep_welfare, self._store, far=True)
        results = {n: [next(found) for _ in each] for n, each in jobs.items()}
        failed = np.full(size, -1, dtype=np.int32)
        for n, each in results.items():
            failed[n] = sum(isinstance(one, HalysError) for one in each)
        played = [n for n in results if failed[n] == 0]

        def play(n: int) -> dict[str, Array]:
            setup = setups[n]
            assert isinstance(setup, Setup)
            return self._play(setup, results[n], first + n)

        rows = dict(zip(played, map_in_order(play, played, _FEWEST), strict=True))
        shapes = self._shapes()
        columns: dict[str, NDArray[Any]] = {
            "draw": np.arange(first, first + size),
            "numbers": numbers,
            "failed": failed,
            **{name: np.full((size, wide), np.nan) for name, wide in shapes.items()},
        }
        for n, row in rows.items():
            for name in shapes:
                columns[name][n] = row[name]
        return columns

    def _setup(self, row: Array) -> Setup | HalysError:
        """The campaign at the numbers of a draw, or why they cannot stand together."""
        try:
            return Setup(self.drawing.variant(row))
        except InputError as error:
            return error

    def _shapes(self) -> dict[str, int]:
        """Columns of each array of a draw, at least one."""
        spec, file = self.setup.spec, self.setup.scenario.file
        futures, policies, quarters = len(future_labels(self.setup)), len(spec.policies), spec.quarters
        lined = bool(self.setup.lines)
        found = {
            "futures": futures,
            "committed": policies * futures,
            "crossed": quarters * lined,
            "kept": (policies + 1) * quarters * lined,
            "change": quarters * len(file.actors) * len(GRID),
            "mean": quarters * len(file.actors),
            "gain": policies,
            "waiting": int(lined),
        }
        return {name: max(1, wide) for name, wide in found.items()}

    def _play(self, setup: Setup, results: Sequence[Any], draw: int) -> dict[str, Array]:
        """Play one draw, freely and under each commitment."""
        solved = collect(setup, results)
        campaign = setup.campaign(solved.short, solved.long)
        free = solve_campaign(campaign)
        seed = int(np.random.SeedSequence((self._seed, draw)).generate_state(1)[0])
        paths, rules = simulate_paths(free, self._paths, seed), list(setup.futures().values())
        found: dict[str, list[Array]] = {name: [] for name in self._shapes()}
        line = 0 if setup.lines else None
        if rules:
            found["futures"].append(_shares(name_paths(campaign, paths, rules), len(rules) + 1))
        if line is not None:
            found["crossed"].append((paths.crossed >> line & 1).mean(axis=0))
            found["kept"].append(paths.chance_kept(free, line).mean(axis=0))
            waiting = value_of_waiting(campaign, free, setup.lined)
            found["waiting"].append(np.array([np.nan if waiting is None else waiting.value]))
        for policy in setup.policies().values():
            other = solve_campaign(campaign, [policy])
            owner = campaign.owners.index(campaign.tracks[policy.track].owner)
            found["gain"].append(np.array([other.value[owner] - free.value[owner]]))
            if rules:
                named = name_paths(campaign, simulate_paths(other, self._paths, seed), rules)
                found["committed"].append(_shares(named, len(rules) + 1))
            if line is not None:
                found["kept"].append(paths.chance_kept(other, line).mean(axis=0))
        change = cumulated(setup, free, paths)
        found["change"].append(np.quantile(change, GRID, axis=0).transpose(1, 2, 0).ravel())
        found["mean"].append(change.mean(axis=0).ravel())
        return {name: np.concatenate(parts) if parts else np.array([np.nan]) for name, parts in found.items()}


def _shares(which: NDArray[np.intp], count: int) -> Array:
    return np.bincount(which, minlength=count) / len(which)


def describe_draws(setup: Setup, columns: Mapping[str, NDArray[Any]], income: Array) -> dict[str, Any]:
    """What the draws of a campaign say together, in the shape of `describe_campaign` where the meaning is the same.

    Args:
        income: (actor,) baseline final spending, billion US dollars a year.
    """
    spec, actors = setup.spec, setup.scenario.file.actors
    known = np.isfinite(columns["change"]).all(axis=1)
    names, policies = quarter_names(spec.begins, spec.quarters), list(spec.policies.items())
    record: dict[str, Any] = {
        "scenario": setup.scenario.id,
        "title": setup.scenario.file.title,
        "label": spec.label,
        "quarters": names,
        "draws": len(known),
        "played": int(known.sum()),
        "impossible": int((columns["failed"] < 0).sum()),
        "without_some_equilibrium": int((columns["failed"] > 0).sum()),
        "futures": [],
        "policies": [],
        "lines": [],
        "actors": [],
        "waiting": None,
    }
    if not known.any():
        return record
    labels = future_labels(setup)
    under = columns["committed"][known].reshape(known.sum(), -1) if policies and labels else np.empty((0, 0))
    for n, (id, label, summary) in enumerate(labels):
        entry = {"id": id, "label": label, "summary": summary, **_mean(columns["futures"][known, n])}
        entry["under"] = {name: _mean(under[:, p * len(labels) + n]) for p, (name, _) in enumerate(policies)}
        record["futures"].append(entry)
    for p, (name, policy) in enumerate(policies):
        gain = columns["gain"][known, p]
        low, middle, high = np.quantile(gain, (0.05, 0.5, 0.95)).tolist()
        actor = setup.labels.owners[setup.names.index(policy.track)]
        words = {"id": name, "label": policy.label, "actor": actor, "actor_label": actors[actor].label}
        record["policies"].append({**words, "mean": float(gain.mean()), "q5": low, "q50": middle, "q95": high})
    if setup.lines:
        kept = columns["kept"][known].reshape(known.sum(), len(policies) + 1, spec.quarters)
        crossed, errors = means(columns["crossed"][known])
        record["lines"].append(
            {
                "track": setup.lines[0],
                "label": setup.labels.tracks[setup.lined],
                "crossed": crossed,
                "standard_error": errors,
                "ever": _mean(columns["crossed"][known, -1]),
                **windows(setup, 0, list(kept.transpose(1, 0, 2))),
            }
        )
        waits = columns["waiting"][known, 0]
        waits = waits[np.isfinite(waits)]
        if waits.size:
            low, middle, high = np.quantile(waits, (0.05, 0.5, 0.95)).tolist()
            record["waiting"] = {"mean": float(waits.mean()), "q5": low, "q50": middle, "q95": high}
    change = columns["change"][known].reshape(known.sum(), spec.quarters, len(actors), len(GRID))
    averages = columns["mean"][known].reshape(known.sum(), spec.quarters, len(actors))
    for n, (name, player) in enumerate(actors.items()):
        if income[n] == 0.0:
            continue
        pooled = change[:, :, n].transpose(0, 2, 1).reshape(-1, spec.quarters)
        percent = {**fan(pooled), "mean": averages[:, :, n].mean(axis=0).tolist()}  # quantiles know nothing of tails
        money = {key: (np.array(values) * income[n] / 100.0).tolist() for key, values in percent.items()}
        record["actors"].append({"id": name, "label": player.label, "percent": percent, "billion": money})
    return record


def _mean(values: Array) -> dict[str, Any]:
    """The mean over draws of a probability, with the standard error of independent draws."""
    (share,), (error,) = means(values[:, None])
    return {"share": share, "standard_error": error, "paths": None}
