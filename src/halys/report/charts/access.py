"""What charts and pages read from results and from the game, under names that say what it is.

`results` has its large arrays over `equilibrium`; `equilibrium_of(history)` says which one a history leads to. The
first closure is the one that is drawn.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import xarray as xr
from numpy.typing import NDArray

Array = NDArray[np.float64]
TOLERATED = 1e-8  # the largest residual that a solved equilibrium may have


def first_closure(results: xr.Dataset) -> xr.Dataset:
    """The results under the closure that stands first."""
    return results.isel(closure=0) if "closure" in results.dims else results


def income_change(results: xr.Dataset) -> tuple[Array, Array]:
    """Change of real income (equilibrium, economy): % of baseline final spending, and billion US dollars a year."""
    first = first_closure(results)
    billion = first["equivalent_variation"].transpose("equilibrium", "economy").values
    return 100.0 * billion / first["final_spending_baseline"].values, billion


def equilibria(results: xr.Dataset) -> list[str]:
    """Ids of the equilibria."""
    return [str(name) for name in results["equilibrium"].values]


def equilibrium_of(results: xr.Dataset) -> dict[str, str]:
    """The equilibrium that each history leads to."""
    histories, own = results["history"].values, results["equilibrium_of"].values
    return {str(history): str(name) for history, name in zip(histories, own, strict=True)}


def sharing(results: xr.Dataset) -> dict[str, list[str]]:
    """The histories that lead to each equilibrium, in the order of the file."""
    groups: dict[str, list[str]] = {name: [] for name in equilibria(results)}
    for history, own in equilibrium_of(results).items():
        groups[own].append(history)
    return groups


def unsolved(results: xr.Dataset) -> dict[str, str]:
    """Equilibria that do not exist or were not found to the tolerance, with a word that says which."""
    residual = first_closure(results)["largest_residual"].values
    words = {}
    for name, value in zip(equilibria(results), residual, strict=True):
        if np.isnan(value):
            words[name] = "no equilibrium"
        elif value > TOLERATED:
            words[name] = "not converged"
    return words


def history_labels(game: xr.Dataset) -> dict[str, str]:
    """Every history in words."""
    return _labels(game, "history")


def actor_labels(game: xr.Dataset) -> dict[str, str]:
    """Every actor in words."""
    return _labels(game, "actor")


def stake_labels(game: xr.Dataset) -> dict[str, str]:
    """Every stake in words."""
    return _labels(game, "stake") if "stake" in game.dims else {}


def _labels(game: xr.Dataset, dimension: str) -> dict[str, str]:
    names, words = game[dimension].values, game[f"{dimension}_label"].values
    return {str(name): str(label) for name, label in zip(names, words, strict=True)}


def units(game: xr.Dataset, variable: str, default: str) -> str:
    """The unit that a variable states."""
    return str(game[variable].attrs.get("units", default)) if variable in game else default


def played_history(answer: dict[str, Any]) -> str | None:
    """Id of the history that is played."""
    played = answer.get("played") or {}
    found = played.get("history")
    return None if found is None else str(found)


def threat_history(answer: dict[str, Any]) -> str | None:
    """Id of the history in which the threat is carried out, if the answer names one."""
    listed = (answer.get("who_pays") or {}).get("histories") or []
    return next((str(h["history"]) for h in listed if h.get("role") == "threat"), None)


def focal_moves(answer: dict[str, Any]) -> list[tuple[str, bool]]:
    """Moves of the focal decision in order, and whether each crosses the line."""
    return [(str(rung["move"]), bool(rung["crosses"])) for rung in answer.get("ladder") or []]
