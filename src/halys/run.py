"""The one path from measures or a scenario to results, used by the command line, notebooks and every server."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from importlib import resources
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
import xarray as xr
from numpy.typing import NDArray

import halys
from halys.answer.build import build_answer
from halys.answer.results import Kept, collect_results, reduce_outcome, summarize, who_pays
from halys.answer.sensitivity import Evaluate
from halys.economy import EquilibriumStore, SolverOptions, open_default_store
from halys.errors import HalysError, InputError, StorageError
from halys.outcome import Outcome
from halys.report import RunFolder, find_run, write_run
from halys.report.html import render_report
from halys.scenario import History, Scenario, load_scenario
from halys.solving import Failure, Job, solve_batch
from halys.solving import solve as solve
from halys.solving import solve_baseline as solve_baseline

Progress = Callable[[int, int, str], None]


@dataclass(frozen=True, eq=False, repr=False)
class Run:
    """A solved scenario.

    Attributes:
        scenario: what was solved. hash: of scenario, world and engine; the same hash gives the same results.
        summary: the run in plain data (the content of `summary.json`). folder: where it is on disk, if anywhere.
        reused: whether a complete run of the same hash was found and nothing was solved.
    """

    scenario: Scenario
    hash: str
    summary: dict[str, Any]
    folder: RunFolder | None
    reused: bool
    results: xr.Dataset | None

    def __repr__(self) -> str:
        where = "" if self.folder is None else f", in {self.folder.path}"
        return f"<Run of {self.scenario.id}: {len(self.scenario.histories)} histories{where}>"

    @cached_property
    def data(self) -> xr.Dataset:
        """All results over closures, histories, economies and industries."""
        if self.results is not None:
            return self.results
        assert self.folder is not None
        file = self.folder.path / "results.nc"
        try:
            return xr.load_dataset(file)
        except (OSError, ValueError) as error:
            reason = getattr(error, "strerror", None) or error
            raise StorageError(f"{file} cannot be read: {reason}. Run the scenario again with force=True.") from error

    @property
    def who_pays(self) -> pd.DataFrame:
        """Real income of actors, hardest-hit outsiders and the world by closure and history."""
        return who_pays(self.scenario, self.data)


def run(
    scenario: Scenario | str | Path,
    *,
    out: str | Path | None = None,
    force: bool = False,
    cache: bool = True,
    xlsx: bool = False,
    economy: str | None = None,
    progress: Progress | None = None,
) -> Run:
    """Solve every history of a scenario under every closure that it names.

    Histories with the same measures are solved once.

    Args:
        scenario: a bundled name, a path or a loaded scenario.
        out: folder to write the run to; a complete run of the same hash there is read instead of solved again. None
            writes nothing.
        force: solve and replace whatever run is there.
        cache: take equilibria that were solved before from the user's cache folder, and keep new ones there.
        xlsx: write every table as a spreadsheet too.
        economy: a code, group or actor that the report puts first.
        progress: called with (done, total, history id) before each solve and once at the end.

    Raises:
        FileError, InputError: the scenario or the folder cannot be used.
        InfeasibleError, ConvergenceError: no history has an equilibrium under some closure. Where only some have none,
            the others are kept and `summary["failures"]` says which and why.
        StorageError: the disk; nothing is left behind.
    """
    chosen = scenario if isinstance(scenario, Scenario) else load_scenario(scenario)
    run_hash = hash_run(chosen)
    path = None if out is None else _folder(out)
    found = None if path is None else find_run(path)
    if found is not None:
        same = found.hash == run_hash and found.summary.get("report_for") == economy
        if same and found.complete and not force and (found.has_spreadsheets or not xlsx):
            return Run(chosen, run_hash, found.summary, found, True, None)
        _may_replace(found, run_hash, force)
    store = open_default_store() if cache else None
    solved = _solve_histories(chosen, store, progress or _silent)
    summary = summarize(chosen, solved.results, run_hash, halys.__version__)
    summary |= {"failures": solved.failures, "report_for": economy}
    answer = None
    if chosen.file.stages:
        answer = build_answer(chosen, solved.results, _evaluation(chosen, solved, store))
        summary["answer"] = answer.data
    folder = None
    if path is not None:
        game = None if answer is None else answer.game
        report = render_report(chosen, solved.results, game, summary.get("answer"), summary, economy)
        gambit = None if answer is None else answer.gambit
        folder = write_run(path, chosen, solved.results, summary, report, game=game, gambit=gambit, xlsx=xlsx)
    return Run(chosen, run_hash, summary, folder, False, solved.results)


def _folder(out: str | Path) -> Path:
    if str(out) in ("", ".") or Path(out).resolve() == Path.cwd():
        raise InputError(
            "--out must name a folder of its own, which is made or replaced as a whole; try --out results."
        )
    return Path(out)


def _may_replace(found: RunFolder, run_hash: str, force: bool) -> None:
    """Refuse to replace a run that was not meant, or a folder with things of the user's own."""
    if found.hash != run_hash and not force:
        other = found.summary["scenario"]["id"]
        raise InputError(
            f"{found.path} holds another run ({other}, {found.hash[:12]}). "
            "--force replaces it, --out names another folder."
        )
    if found.strangers:
        raise InputError(
            f"{found.path} holds files that are not of the run: {', '.join(found.strangers[:5])}. "
            "Move them away, or choose another --out."
        )


def _silent(done: int, total: int, history: str) -> None:
    """Progress nobody asked for."""


class _Solved(NamedTuple):
    """Results of all histories, those that have none with the reason, and where each equilibrium lies.

    `points` holds one solution for each distinct set of measures, under the first closure.
    """

    results: xr.Dataset
    failures: list[dict[str, Any]]
    points: list[NDArray[np.float64] | None]


def _solve_histories(scenario: Scenario, store: EquilibriumStore | None, progress: Progress) -> _Solved:
    first, own = scenario.distinct
    closures = scenario.file.closures
    labels = [(closure, history) for history in first for closure in closures]
    jobs = [Job(tuple(history.instruments), closure, scenario.horizon) for closure, history in labels]
    kept: dict[str, list[tuple[Kept, NDArray[np.float64]] | None]] = {closure: [] for closure in closures}
    failures: list[tuple[str, History, Failure]] = []
    progress(0, len(jobs), labels[0][1].id)
    found = solve_batch(scenario.world, jobs, _keep, store)
    for done, ((closure, history), outcome) in enumerate(zip(labels, found, strict=True), start=1):
        if isinstance(outcome, HalysError):
            failures.append((closure, history, outcome))
        kept[closure].append(None if isinstance(outcome, HalysError) else outcome)
        progress(done, len(jobs), history.id)
    for name, outcomes in kept.items():
        if not any(outcomes):
            _, history, error = next(f for f in failures if f[0] == name)
            raise _named(scenario, history, name, error)
    reduced = [[None if o is None else o[0] for o in outcomes] for outcomes in kept.values()]
    points = [None if o is None else o[1] for o in kept[closures[0]]]
    results = collect_results(scenario, scenario.horizon.describe(), reduced, own)
    return _Solved(results, [_failure(scenario, *failure) for failure in failures], points)


def _keep(outcome: Outcome) -> tuple[Kept, NDArray[np.float64]]:
    return reduce_outcome(outcome), outcome.equilibrium.solution.point


def _evaluation(scenario: Scenario, solved: _Solved, store: EquilibriumStore | None) -> Evaluate:
    """Solves variants of a scenario for its sensitivities, from the solutions at hand."""
    closure, own = scenario.file.closures[0], scenario.distinct[1]
    positions = [scenario.world.positions(codes) for codes in scenario.actor_economies.values()]

    def welfare(outcome: Outcome) -> NDArray[np.float64]:
        income = outcome.equilibrium.baseline.income * outcome.equilibrium.baseline.money / 1e9
        change = outcome.equivalent_variation
        return np.array([100.0 * change[at].sum() / income[at].sum() for at in positions])

    def evaluate(variants: Sequence[tuple[Scenario, int]]) -> list[NDArray[np.float64] | HalysError]:
        jobs = [
            Job(
                tuple(variant.histories[row].instruments),
                closure,
                variant.horizon,
                SolverOptions(tolerance=_VARIANT_TOLERANCE),
                solved.points[own[row]],
            )
            for variant, row in variants
        ]
        return list(solve_batch(scenario.world, jobs, welfare, store))

    return evaluate


_VARIANT_TOLERANCE = 1e-8  # a switching value needs no more


def _named(scenario: Scenario, history: History, closure: str, error: HalysError) -> HalysError:
    """The error with the history in its message."""
    error.args = (f"{scenario.name} › history {history.id}, closure {closure}: {error}", *error.args[1:])
    return error


def _failure(scenario: Scenario, closure: str, history: History, error: HalysError) -> dict[str, Any]:
    """Why a history has no equilibrium, in plain data."""
    same = [
        h.id
        for h, n in zip(scenario.histories, scenario.distinct[1], strict=True)
        if scenario.distinct[0][n] is history
    ]
    return {"histories": same, "closure": closure, **error.as_record()}


def hash_run(scenario: Scenario) -> str:
    """sha256 of the scenario as written, the world and the code of the engine."""
    digest = hashlib.sha256(scenario.text.encode())
    digest.update(scenario.world.hash.encode())
    digest.update(_engine_hash().encode())
    return digest.hexdigest()


@lru_cache(maxsize=1)
def _engine_hash() -> str:
    """sha256 of the package's code and small data, so that results of older code are never taken for new ones."""
    digest = hashlib.sha256(halys.__version__.encode())
    for name, file in sorted(_files(resources.files("halys"), "")):
        if name.endswith((".py", ".yaml", ".json")):
            digest.update(name.encode())
            digest.update(file.read_bytes())
    return digest.hexdigest()


def _files(folder: Traversable, prefix: str) -> Iterable[tuple[str, Traversable]]:
    for entry in folder.iterdir():
        if entry.is_dir() and entry.name != "__pycache__":
            yield from _files(entry, f"{prefix}{entry.name}/")
        elif entry.is_file():
            yield f"{prefix}{entry.name}", entry


def default_folder(scenario: Scenario) -> Path:
    """`runs/<id>-<hash>` in the current folder."""
    return Path("runs") / f"{scenario.id}-{hash_run(scenario)[:12]}"
