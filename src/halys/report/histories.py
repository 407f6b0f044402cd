"""Histories of a run by what a user calls them, and the results of one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import xarray as xr

from halys.answer.results import select_history
from halys.errors import InputError, UnknownNameError, did_you_mean


def find_history(ids: Sequence[str], given: str, answer: Mapping[str, Any] | None = None) -> str:
    """The history with this id, or the only one with these moves (`china=arms/europe=joins`).

    Where there is an answer, `played`, `crossed` and `threat` stand for the histories that it speaks of.

    Raises:
        UnknownNameError: none, or several.
    """
    known = {**named_histories(answer), **{history: history for history in ids}}
    if given in known:
        return known[given]
    moves = set(given.split("/"))
    found = [history for history in ids if moves <= set(history.split("/"))]
    if len(found) == 1:
        return found[0]
    if found:
        raise UnknownNameError(f"{len(found)} histories have the moves {given!r}. {_open_stages(found)}")
    hint = did_you_mean(given, known) or f" It has {', '.join(ids[:4])}{', …' if len(ids) > 4 else ''}."
    raise UnknownNameError(f"the run has no history {given!r}.{hint}")


def named_histories(answer: Mapping[str, Any] | None) -> dict[str, str]:
    """Histories with a name of their own: `played`, `crossed` (what would follow) and `threat` (the worst case)."""
    return dict(answer["named"]) if answer else {}


def _open_stages(found: Sequence[str]) -> str:
    """In which stages histories differ, and by which moves."""
    moves = [dict(part.split("=", 1) for part in history.split("/")) for history in found]
    stages = dict.fromkeys(stage for history in moves for stage in history)
    choices = {stage: list(dict.fromkeys(h[stage] for h in moves if stage in h)) for stage in stages}
    differing = [f"{s} ({', '.join(c)})" for s, c in choices.items() if len({h.get(s) for h in moves}) > 1]
    return f"They differ in {'; '.join(differing)}. Add moves until one is left."


def at_history(results: xr.Dataset, history: str) -> xr.Dataset:
    """The results of one history under the first closure.

    Raises:
        InputError: it has no equilibrium.
    """
    found = select_history(results, history).isel(closure=0)
    if np.isnan(found["real_income"].values).any():
        raise InputError(f"history {history} has no equilibrium under this closure; there are no numbers of it.")
    return found
