"""The reference runs by name, and the one way to compute them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from halys.errors import UnknownNameError, did_you_mean
from halys.validation import china, fragmentation, germany, nafta, russia
from halys.validation.record import Result
from halys.world import World, load_world


@dataclass(frozen=True)
class Run:
    """A reference run: its name, what it compares with what, and how it is computed."""

    name: str
    title: str
    compute: Callable[[World], Result]


RUNS: Mapping[str, Run] = {
    run.name: run
    for run in (
        Run("nafta", "NAFTA's tariffs beside Caliendo and Parro (2015), Table 2", nafta.compute),
        Run("russia-2022", "Russia cut off by the coalition of 2022, beside six studies", russia.compute),
        Run("germany-energy", "Germany without Russian energy, beside Bachmann and others (2022)", germany.compute),
        Run("eu-china", "the EU and China without trade, beside Felbermayr and others (2022)", china.compute),
        Run("fragmentation", "a world in two blocs, beside the IMF and others", fragmentation.compute),
    )
}


def compute_run(name: str, world: World | None = None) -> Result:
    """Compute a reference run, on the bundled world if no other is given.

    Raises:
        UnknownNameError: no run has this name.
        ConvergenceError, InfeasibleError: an equilibrium was not found; the experiment is named.
    """
    if name not in RUNS:
        raise UnknownNameError(
            f"{name!r} is not a reference run; the runs are {', '.join(RUNS)}.{did_you_mean(name, RUNS)}"
        )
    return RUNS[name].compute(load_world() if world is None else world)


def describe_runs() -> list[dict[str, str]]:
    """Names and titles."""
    return [{"name": run.name, "title": run.title} for run in RUNS.values()]
