"""The one path from measures or a scenario to results, used by the command line, notebooks and every server."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable
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
from halys.answer.horizons import describe_horizons, usual_rows
from halys.answer.results import Kept, collect_results, reduce_outcome, select_history, summarize, who_pays
from halys.bounds import read_bounds
from halys.campaigns import run_campaign
from halys.coalition import solve_coalition
from halys.economy import EquilibriumStore, open_default_store
from halys.errors import FileError, HalysError, InputError, StorageError, UnknownNameError
from halys.outcome import Outcome
from halys.report import RunFolder, find_run, write_run
from halys.report.economy_view import select_economies
from halys.report.folder import GAME, RESULTS, SCENARIO
from halys.report.histories import find_history
from halys.report.html import render_report
from halys.scenario import History, Scenario, load_scenario
from halys.scenario.document import parse_document
from halys.scenario.load import check_document
from halys.solving import Failure, Job, solve_batch
from halys.variants import solve_variants, solve_views
from halys.world.stored import describe_world

Progress = Callable[[int, int, str], None]


class Made(NamedTuple):
    """What a run holds in memory: all results, and the game of a scenario with stages.

    `recalled` counts the equilibria that were taken from the cache instead of solved.
    """

    data: xr.Dataset
    game: xr.Dataset | None
    recalled: int


@dataclass(frozen=True, eq=False, repr=False)
class Run:
    """A solved scenario.

    Attributes:
        scenario: what was solved. hash: of scenario, world and engine; the same hash gives the same results.
        summary: the run in plain data (the content of `summary.json`). folder: where it is on disk, if anywhere.
        reused: whether a complete run of the same hash was found and nothing was solved.
        made: what was solved now; None where `data` and `game` are read from the folder.
    """

    scenario: Scenario
    hash: str
    summary: dict[str, Any]
    folder: RunFolder | None
    reused: bool
    made: Made | None = None

    def __repr__(self) -> str:
        where = "" if self.folder is None else f", in {self.folder.path}"
        return f"<Run of {self.scenario.id}: {len(self.scenario.histories)} histories{where}>"

    @cached_property
    def data(self) -> xr.Dataset:
        """All results over closures, equilibria, economies and industries; `history` has those of one history."""
        return self.made.data if self.made is not None else self._read(RESULTS)

    @property
    def answer(self) -> dict[str, Any] | None:
        """The answer in plain data: what is played, lines, threats, who pays; None for a scenario without stages."""
        return self.summary.get("answer")

    @cached_property
    def game(self) -> xr.Dataset | None:
        """Payoffs, exposures and stakes over histories and actors; None for a scenario without stages."""
        if self.made is not None:
            return self.made.game
        return self._read(GAME) if self.answer else None

    def history(self, name: str) -> xr.Dataset:
        """The results of one history over closures, economies and industries; NaN where a closure has none.

        Args:
            name: its id, or moves that tell it apart (`china=arms/europe=joins`), or, where there is an answer,
                `played` or `threat`: what is played, and the threat carried out.

        Raises:
            UnknownNameError: no such history, or several. InputError: it has no equilibrium under any closure.
        """
        chosen = find_history([history.id for history in self.scenario.histories], name, self.answer)
        found = select_history(self.data, chosen)
        if found["real_income"].isnull().all():
            raise InputError(f"history {chosen} has no equilibrium; `summary['failures']` says why.")
        return found

    @property
    def who_pays(self) -> pd.DataFrame:
        """Real income of actors, hardest-hit outsiders and the world by closure and history."""
        return who_pays(self.scenario, self.data)

    def _read(self, name: str) -> xr.Dataset:
        assert self.folder is not None
        file = self.folder.path / name
        try:
            return xr.load_dataset(file, engine="netcdf4")
        except (OSError, ValueError) as error:
            reason = getattr(error, "strerror", None) or error
            raise StorageError(f"{file} cannot be read: {reason}. Run the scenario again with force=True.") from error


def run(
    scenario: Scenario | str | Path,
    *,
    out: str | Path | None = None,
    force: bool = False,
    cache: bool = True,
    xlsx: bool = False,
    economy: str | None = None,
    full: bool = False,
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
        full: find what takes longer too, for the report, where the scenario has the sections: its coalition
            (`halys.solve_coalition`), its campaign (`halys.run_campaign`) and the bounds that observed choices set
            (`halys.solve_bounds`).
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
        same = same and (not full or bool(found.summary.get("full")))
        if same and found.complete and not force and (found.has_spreadsheets or not xlsx):
            return Run(chosen, run_hash, found.summary, found, True)
        _may_replace(found, run_hash, force)
    store = open_default_store() if cache else None
    solved = _solve_histories(chosen, store, progress or _silent)
    summary = summarize(chosen, solved.results, run_hash, halys.__version__)
    summary |= {"failures": solved.failures, "report_for": economy, "full": full}
    answer, shown = None, []
    if economy is not None:
        codes, label = select_economies(chosen, economy)
        shown = [{"kind": "economy", "who": economy, "label": label, "economies": codes}]
    if chosen.file.stages:
        variants = solve_variants(chosen, solved.points, store)
        answer = build_answer(chosen, solved.results, variants, solve_views(chosen, store), shown)
        summary["answer"] = answer.data
        if full:
            summary["answer"] |= _find_more(chosen, solved.results, progress or _silent)
        summary["horizons"] = answer.data.pop("horizons")
    else:
        only = {"history": chosen.histories[0].id, "role": "only", "title": "Measures in force"}
        rows = [*usual_rows(chosen), *shown]
        summary["horizons"], _ = describe_horizons(chosen, solved.results, [only], solve_views(chosen, store), rows)
    game = None if answer is None else answer.game
    folder = None
    if path is not None:
        report = render_report(chosen, solved.results, game, summary.get("answer"), summary, economy)
        gambit = None if answer is None else answer.gambit
        folder = write_run(path, chosen, solved.results, summary, report, game=game, gambit=gambit, xlsx=xlsx)
    return Run(chosen, run_hash, summary, folder, False, Made(solved.results, game, solved.recalled))


def _find_more(scenario: Scenario, results: xr.Dataset, progress: Progress) -> dict[str, Any]:
    """Coalition, campaign and bounds of observed choices in plain data, where the scenario has these sections."""
    found: dict[str, Any] = {}
    if scenario.file.coalition is not None:
        solved = solve_coalition(scenario, progress=lambda done, total: progress(done, total, "coalition"))
        found["coalition"] = dict(solved.data)
    if scenario.file.campaign is not None:
        played = run_campaign(scenario, progress=lambda done, total: progress(done, total, "campaign"))
        found["campaign"] = dict(played.data)
    if scenario.file.observed:
        found["bounds"] = dict(read_bounds(scenario, results).data)
    return found


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

    `points` holds one solution for each distinct set of measures, under the first closure; `recalled` counts the
    equilibria that were solved before and taken from the store.
    """

    results: xr.Dataset
    failures: list[dict[str, Any]]
    points: list[NDArray[np.float64] | None]
    recalled: int


class _Found(NamedTuple):
    """What is kept of one equilibrium."""

    kept: Kept
    point: NDArray[np.float64]
    recalled: bool


def _solve_histories(scenario: Scenario, store: EquilibriumStore | None, progress: Progress) -> _Solved:
    first, own = scenario.distinct
    closures = scenario.file.closures
    labels = [(closure, history) for history in first for closure in closures]
    jobs = [Job(tuple(history.instruments), closure, scenario.horizon) for closure, history in labels]
    kept: dict[str, list[_Found | None]] = {closure: [] for closure in closures}
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
    reduced = [[None if o is None else o.kept for o in outcomes] for outcomes in kept.values()]
    points = [None if o is None else o.point for o in kept[closures[0]]]
    recalled = sum(o is not None and o.recalled for outcomes in kept.values() for o in outcomes)
    results = collect_results(scenario, scenario.horizon.describe(), reduced, own)
    return _Solved(results, [_failure(scenario, *failure) for failure in failures], points, recalled)


def _keep(outcome: Outcome) -> _Found:
    solution = outcome.equilibrium.solution
    return _Found(reduce_outcome(outcome), solution.point, solution.recalled)


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
    """sha256 of the scenario as written, the world with all that reports tell of it, and the code of the engine."""
    digest = hashlib.sha256(scenario.text.encode())
    digest.update(json.dumps(describe_world(scenario.world), sort_keys=True).encode())
    digest.update(b"" if scenario.dossier is None else scenario.dossier.hash.encode())
    digest.update(_engine_hash().encode())
    return digest.hexdigest()


HASHED = (".py", ".yaml", ".json", ".css", ".js")
"""Endings of the files of the package that the hash of a run covers; the world has a hash of its own."""


@lru_cache(maxsize=1)
def _engine_hash() -> str:
    """sha256 of all that a run is made with, so that results and pages of older code are never taken for new ones."""
    digest = hashlib.sha256(halys.__version__.encode())
    for name, file in sorted(_files(resources.files("halys"), "")):
        if name.endswith(HASHED):
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


def open_run(name: str | Path) -> Run:
    """A finished run, read from its folder; nothing is solved.

    Args:
        name: the folder of the run, or a scenario (a bundled name or a file) that was run in the current folder.

    Raises:
        UnknownNameError: neither. InputError: the folder holds no run, or one that is not complete.
        FileError: a scenario file that cannot be used. StorageError: a file of the run cannot be read, or the world is
            no longer the one that it was run on.
    """
    path = Path(name)
    if not _is_filled(path):
        path = _folder_of(str(name))
    try:
        found = find_run(path)
    except InputError:
        raise InputError(f"{path} holds other files, and no run.") from None
    assert found is not None  # it is filled
    if not found.complete:
        raise InputError(f"{path} is not complete: a file of the run is gone. Run the scenario again with --force.")
    file = path / SCENARIO
    try:
        text = file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise StorageError(f"{file} cannot be read: {getattr(error, 'strerror', None) or error}.") from error
    scenario = check_document(parse_document(text, str(file)))
    _check_world(scenario, found)
    return Run(scenario, found.hash, found.summary, found, True)


def _check_world(scenario: Scenario, found: RunFolder) -> None:
    """Refuse a run whose results are of another world than the one that its scenario now finds."""
    solved, name = found.summary["world"], scenario.world_file
    if scenario.world.hash != solved["hash"]:
        where = found.path / name if name else f"the bundled world {scenario.world.id}"
        raise StorageError(
            f"the results in {found.path} are of world {solved['id']} ({solved['hash'][:12]}), and {where} is another "
            f"one ({scenario.world.hash[:12]}). Put that of the run back, or run the scenario again with --force."
        )


def _is_filled(path: Path) -> bool:
    """Whether a path is a folder with something in it."""
    try:
        return path.is_dir() and any(path.iterdir())
    except OSError:
        return False


def _folder_of(name: str) -> Path:
    """The default folder of a scenario that was run here."""
    try:
        scenario = load_scenario(name)
    except (FileError, UnknownNameError) as error:
        if isinstance(error, FileError) and name.endswith((".yaml", ".yml")):
            raise
        raise UnknownNameError(f"{name!r} is neither the folder of a run nor a scenario.{_others('')}") from None
    path = default_folder(scenario)
    if not _is_filled(path):
        raise UnknownNameError(
            f"{name} has not been run here as it is now: there is no {path}.{_others(scenario.id)} "
            f"`halys run {name}` makes it."
        )
    return path


def _others(id: str) -> str:
    """The runs of a scenario, or of all, that stand in `runs`."""
    folder = Path("runs")
    names = sorted(str(p) for p in folder.iterdir() if p.name.startswith(id)) if folder.is_dir() else []
    shown = [name for name in names if not Path(name).name.startswith(".")][:5]
    return f" There is {', '.join(shown)}." if shown else ""
