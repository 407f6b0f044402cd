"""The one path from measures or a scenario to results, used by the command line, notebooks and every server."""

from __future__ import annotations

import contextlib
import errno
import hashlib
import re
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache
from importlib import resources
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import xarray as xr
from numpy.typing import ArrayLike

import halys
from halys.economy import (
    Horizon,
    SolverOptions,
    calibrate_baseline,
    check_closure,
    check_shock,
    solve_equilibrium,
)
from halys.economy import solve_baseline as _solve_baseline
from halys.economy.memo import Memo
from halys.errors import HalysError, InputError, StorageError
from halys.measures import Measure, Quantity, compile_measures, value_of
from halys.outcome import Outcome, record_solver
from halys.report import RunFolder, collect_results, find_run, summarize, who_pays, write_run
from halys.report.results import Kept, reduce_outcome
from halys.scenario import History, Scenario, all_numbers, bundled_scenarios, load_scenario, template_text
from halys.scenario.validation import path_text
from halys.world import World


def solve(
    world: World,
    measures: Measure | Iterable[Measure] = (),
    *,
    horizon: Horizon | None = None,
    closure: str = "fixed",
    tolerance: float = 1e-10,
    max_steps: int = 400,
) -> Outcome:
    """The equilibrium that a set of measures leads to.

    Args:
        world: a baseline in equilibrium, from `load_world`, `World.from_arrays` or `solve_baseline`.
        measures: instruments; none gives the baseline back, all changes being 1.
        horizon: elasticities; default `Horizon.long()`, trade elasticities by industry.
        closure: how deficits answer. "fixed" keeps them in the numeraire; "proportional" keeps them in proportion to
            value added; "balanced" first re-solves the world without deficits, and measures changes from there.
        tolerance: bound on the largest dimensionless residual, 1e-13 to 1e-8.

    Raises:
        InputError: a name, number or option that cannot be used.
        InfeasibleError: the measures admit no equilibrium.
        ConvergenceError: the tolerance was not reached; nothing is returned as if it were.
    """
    if not isinstance(world, World):
        raise InputError(
            f"world must be a halys.World, not {type(world).__name__}; halys.load_world() gives the bundled one."
        )
    if not world.in_equilibrium:
        raise InputError(
            f"world {world.id} does not balance; re-solve it first: halys.solve_baseline(world, horizon=...)."
        )
    chosen = check_closure(closure)
    if not isinstance(measures, Iterable | Measure):
        raise InputError(
            f"measures must be instruments such as halys.Tariff(...), or a list of these, not {measures!r}."
        )
    horizon = _horizon(horizon)
    theta = horizon.theta(world.industries)
    if chosen == "balanced":
        world = _balanced(world, horizon)
    shock = compile_measures(world, [measures] if isinstance(measures, Measure) else measures)
    options = SolverOptions(tolerance=tolerance, max_steps=max_steps)
    equilibrium = solve_equilibrium(calibrate_baseline(world), theta, shock, chosen, options)
    return Outcome(world, equilibrium, record_solver(world, equilibrium, options, horizon.describe()))


def solve_baseline(world: World, *, horizon: Horizon | None = None, deficit: ArrayLike | None = None) -> World:
    """A world re-solved to equilibrium: for a table that does not balance, or to change its deficits.

    Technologies, preferences, tariffs and world value added stay; trade, output and value added are the solution's.

    Args:
        deficit: new deficits (economy,) in the world's unit, summing to zero; 0 for none; None keeps the world's own.

    Raises:
        InputError, InfeasibleError, ConvergenceError: as `solve`.
    """
    horizon = _horizon(horizon)
    target = None
    if deficit is not None:
        target = np.asarray(deficit, dtype=np.float64)
        target = np.full(len(world.economies), float(target)) if target.ndim == 0 else target
    return _solve_baseline(world, horizon.theta(world.industries), target)


def _horizon(horizon: Horizon | None) -> Horizon:
    if horizon is None:
        return Horizon.long()
    if not isinstance(horizon, Horizon):
        raise InputError(
            f"horizon must be a halys.Horizon, such as halys.Horizon.long(trade_elasticity=5.0), not {horizon!r}."
        )
    return horizon


_balanced_worlds: Memo[World] = Memo()


def _balanced(world: World, horizon: Horizon) -> World:
    """The world re-solved without deficits, under its own name."""
    return _balanced_worlds.get(
        (world, horizon), lambda: replace(solve_baseline(world, horizon=horizon, deficit=0.0), id=world.id)
    )


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
    progress: Progress | None = None,
) -> Run:
    """Solve every history of a scenario under every closure that it names.

    Histories with the same measures are solved once.

    Args:
        scenario: a bundled name, a path or a loaded scenario.
        out: folder to write the run to; a complete run of the same hash there is read instead of solved again. None
            writes nothing.
        force: solve and replace whatever run is there.
        progress: called with (done, total, history id) before each solve and once at the end.

    Raises:
        FileError, InputError: the scenario or the folder cannot be used.
        InfeasibleError, ConvergenceError: with the history in the message; nothing is written.
        StorageError: the disk; nothing is left behind.
    """
    chosen = scenario if isinstance(scenario, Scenario) else load_scenario(scenario)
    run_hash = hash_run(chosen)
    path = None if out is None else _folder(out)
    found = None if path is None else find_run(path)
    if found is not None:
        if found.hash == run_hash and found.complete and not force:
            return Run(chosen, run_hash, found.summary, found, True, None)
        _may_replace(found, run_hash, force)
    results = _solve_histories(chosen, progress or _silent)
    summary = summarize(chosen, results, run_hash, halys.__version__)
    folder = None if path is None else write_run(path, chosen, results, summary)
    return Run(chosen, run_hash, summary, folder, False, results)


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


def _solve_histories(scenario: Scenario, progress: Progress) -> xr.Dataset:
    first, own = scenario.distinct
    jobs = [(closure, history) for history in first for closure in scenario.file.closures]
    pool = ThreadPoolExecutor(_WORKERS)
    kept: dict[str, list[Kept]] = {closure: [] for closure in scenario.file.closures}
    try:
        futures = [pool.submit(_solve_history, scenario, history, closure) for closure, history in jobs]
        for done, ((closure, history), future) in enumerate(zip(jobs, futures, strict=True)):
            progress(done, len(jobs), history.id)
            kept[closure].append(future.result())
    finally:
        pool.shutdown(cancel_futures=True)
    progress(len(jobs), len(jobs), "")
    solved = list(kept.values())
    return collect_results(scenario, scenario.horizon.describe(), solved, own)


_WORKERS = 2  # NumPy leaves the interpreter free in its products; more threads than this gain nothing


def _solve_history(scenario: Scenario, history: History, closure: str) -> Kept:
    with _naming(scenario, history, closure):
        return reduce_outcome(solve(scenario.world, history.instruments, horizon=scenario.horizon, closure=closure))


@contextlib.contextmanager
def _naming(scenario: Scenario, history: History, closure: str) -> Iterator[None]:
    """Put the history into the message of an error."""
    try:
        yield
    except HalysError as error:
        error.args = (f"{scenario.name} › history {history.id}, closure {closure}: {error}", *error.args[1:])
        raise


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


def check_scenario(scenario: Scenario) -> dict[str, Any]:
    """Counts of a valid scenario, its numbers without a source, and a check that every history can have an equilibrium.

    Raises:
        InfeasibleError: a history that cannot, with its id.
    """
    theta = scenario.horizon.theta(scenario.world.industries)
    distinct, _ = scenario.distinct
    for closure in scenario.file.closures:
        world = _balanced(scenario.world, scenario.horizon) if closure == "balanced" else scenario.world
        for history in distinct:
            with _naming(scenario, history, closure):
                check_shock(calibrate_baseline(world), theta, compile_measures(world, history.instruments), closure)
    listed = list(all_numbers(scenario.file))
    return {
        "id": scenario.id,
        "title": scenario.file.title,
        "world": scenario.world.id,
        "histories": len(scenario.histories),
        "distinct": len(distinct),
        "closures": list(scenario.file.closures),
        "numbers": len(listed),
        "numbers_without_source": [path_text(p) for p, n in listed if not (isinstance(n, Quantity) and n.source)],
        "doubts": find_doubts(scenario),
    }


def find_doubts(scenario: Scenario) -> list[str]:
    """Numbers that are allowed but were probably meant otherwise: per cent for a fraction, millions for billions."""
    found = []
    for path, number in all_numbers(scenario.file):
        value, where = value_of(number), path_text(path)
        unit = (number.unit or "").casefold() if isinstance(number, Quantity) else ""
        if path[-1] == "rate" and value > _LARGE_RATE:
            found.append(f"{where} is {value:g}, which is {100 * value:g} %")
        if "%" in unit or "percent" in unit or "per cent" in unit:
            found.append(f"{where} has the unit {unit!r}, but {value:g} is read as a fraction or factor")
        if path[-1] == "amount" and ("million" in unit or "trillion" in unit):
            found.append(f"{where} has the unit {unit!r}, but {value:g} is read as billion US dollars a year")
    return found


_LARGE_RATE = 3.0  # beyond 300 % a rate was more likely meant in per cent


def list_scenarios() -> list[dict[str, Any]]:
    """The bundled scenarios: id, title, question and number of histories."""
    loaded = [load_scenario(name) for name in bundled_scenarios()]
    return [
        {"id": s.id, "title": s.file.title, "question": s.file.question, "histories": len(s.histories)} for s in loaded
    ]


def write_template(file: str | Path) -> Path:
    """Write a small complete scenario to a new file.

    Raises:
        InputError: the file exists, or its folder does not.
        StorageError: the disk.
    """
    path = Path(file)
    try:
        if str(file).endswith(("/", "\\")) or path.is_dir():
            raise InputError(f"{file} is a folder; name a file in it, such as {path / 'mine.yaml'}.")
        if not path.parent.is_dir():
            raise InputError(f"{path.parent} is not a folder. Make it first, or name another file.")
        text = template_text(re.sub(r"[^a-z0-9]+", "-", path.stem.lower()).strip("-") or "scenario")
        with path.open("x", encoding="utf-8") as stream, _removing(path):
            stream.write(text)
            stream.flush()
    except FileExistsError:
        raise InputError(f"{path} exists already and is left as it is. Name another file.") from None
    except OSError as error:
        if error.errno == errno.ENAMETOOLONG:
            raise InputError(f"the name {path.name[:40]}... is too long. Choose a shorter one.") from None
        raise StorageError(f"{path} could not be written: {error.strerror or error}.") from error
    return path


@contextlib.contextmanager
def _removing(path: Path) -> Iterator[None]:
    """Leave no half-written file behind."""
    try:
        yield
    except BaseException:
        path.unlink(missing_ok=True)
        raise


def default_folder(scenario: Scenario) -> Path:
    """`runs/<id>-<hash>` in the current folder."""
    return Path("runs") / f"{scenario.id}-{hash_run(scenario)[:12]}"
