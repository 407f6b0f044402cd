"""What differs between two outcomes of one world: the second less the first."""

from __future__ import annotations

import numpy as np
import xarray as xr

from halys.errors import InputError
from halys.outcome.variables import BILLION
from halys.world import World

POINTS = "percentage points"


def compare_data(
    first: xr.Dataset, second: xr.Dataset, worlds: tuple[World, World], labels: tuple[str, str]
) -> xr.Dataset:
    """The differences of all results, second less first. Money in billion US dollars a year, all else in points.

    Raises:
        InputError: outcomes of different worlds.
    """
    check_same_world(*worlds, (first.attrs["closure"], second.attrs["closure"]))
    variables = {}
    for name, old in first.data_vars.items():
        if str(name).endswith("_baseline"):
            continue
        change = second[name] - old
        money = old.attrs["units"] == BILLION
        variables[name] = xr.Variable(
            old.dims,
            (change if money else 100.0 * change).values,
            {"long_name": f"{old.attrs['long_name']}: change", "units": BILLION if money else _points(old)},
        )
    told = {f"{field}_{n}": data.attrs[field] for n, data in ((1, first), (2, second)) for field in _TOLD}
    attributes = {
        "title": f"{labels[1]} less {labels[0]}",
        "first": labels[0],
        "second": labels[1],
        "world": first.attrs["world"],
        **told,
    }
    return xr.Dataset(variables, first.coords, attributes)


_TOLD = ("horizon", "closure", "world_hash")


def _points(old: xr.DataArray) -> str:
    """Percentage points of what the share or ratio is of."""
    _, _, of = str(old.attrs["units"]).partition("(")
    of = of.rstrip(")").removeprefix("share of ")
    return POINTS if of in ("", "new / baseline") else f"{POINTS} of {of}"


def check_same_world(first: World, second: World, closures: tuple[str, str]) -> None:
    """Refuse outcomes whose changes are not of the same world.

    Under the balanced closure changes are measured from the world re-solved without deficits; its technologies and
    tastes are those of the world itself, by which it is known.

    Raises:
        InputError: naming what differs.
    """
    if first.hash == second.hash:
        return
    for kind in ("economies", "industries"):
        ours, theirs = getattr(first, kind), getattr(second, kind)
        if ours != theirs:
            only = sorted(set(ours) ^ set(theirs))
            what = f"{', '.join(only[:5])}{' ...' if len(only) > 5 else ''} in one only" if only else "in another order"
            raise InputError(f"outcomes of {first.id} and {second.id} cannot be compared: {kind} differ, {what}.")
    if "balanced" in closures and _same_technology(first, second):
        return
    name = "values" if _same_technology(first, second) else "technologies or tastes"
    raise InputError(
        f"outcomes of {first.id} ({first.hash[:8]}) and {second.id} ({second.hash[:8]}) cannot be compared: the worlds "
        f"differ in their {name}. Solve both on the same world."
    )


def _same_technology(first: World, second: World) -> bool:
    """Whether cost shares and shares of final spending agree."""

    def shares(w: World) -> list[np.ndarray]:
        cost = w.value_added + w.intermediate.sum(axis=0).T
        inputs = w.intermediate / np.where(cost > 0, cost, 1.0).T
        return [inputs, w.final / w.final.sum(axis=1, keepdims=True)]

    return all(np.allclose(a, b, rtol=1e-6, atol=1e-9) for a, b in zip(shares(first), shares(second), strict=True))
