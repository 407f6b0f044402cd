"""Driving an ensemble: which batches are left, each evaluated and kept at once, and what the draws say together."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from halys.futures.store import Columns, DrawStore

Array = NDArray[np.float64]
Evaluate = Callable[[int, int], Columns]
"""From the index of the first draw and a number of draws to what is kept of them."""
Told = Callable[[int, int], None]
QUANTILES = (0.05, 0.25, 0.5, 0.75, 0.95)


def run_batches(store: DrawStore, draws: int, evaluate: Evaluate, told: Told | None = None) -> int:
    """Evaluate what the store lacks of the first draws, batch by batch; returns how many batches that were.

    A stop at any moment loses the batch at hand and nothing else. Memory holds one batch.

    Args:
        told: called with (draws done, draws in all) before each batch and at the end.
    """
    missing = store.missing(draws)
    total = -(-draws // store.size) * store.size
    done = total - len(missing) * store.size
    for first in missing:
        if told is not None:
            told(done, total)
        store.write(first, evaluate(first, store.size))
        done += store.size
    if told is not None:
        told(done, total)
    return len(missing)


def share_with_error(weights: Array) -> tuple[Array, Array]:
    """Means (n,) of weights (draw, n) and their standard errors, as of independent draws.

    Sobol points are more even than independent ones, so that these errors are on the safe side.
    """
    count = len(weights)
    mean = weights.mean(axis=0)
    spread = weights.std(axis=0, ddof=1) if count > 1 else np.full_like(mean, np.nan)
    return mean, spread / np.sqrt(count)


def describe_spread(values: Array) -> dict[str, float]:
    """Mean and quantiles of numbers (draw,); of those that are numbers."""
    known = values[np.isfinite(values)]
    if not known.size:
        return {"mean": float("nan"), **{f"q{round(100 * q)}": float("nan") for q in QUANTILES}}
    found = np.quantile(known, QUANTILES)
    return {
        "mean": float(known.mean()),
        **{f"q{round(100 * q)}": float(x) for q, x in zip(QUANTILES, found, strict=True)},
    }


def rank_correlations(numbers: Array, result: Array, names: Sequence[str]) -> list[Mapping[str, Any]]:
    """Rank correlation of each drawn number (draw, n) with a result (draw,), the strongest first.

    It tells in which direction a number moves the result and how regularly, not how much of its spread is due to it.
    `beyond_chance` is whether so strong a correlation would be among as many numbers that have nothing to do with the
    result in fewer than one of a hundred ensembles of this size.
    """
    known = np.isfinite(result)
    if known.sum() < 3 or np.ptp(result[known]) == 0:
        return []
    ranked = stats.rankdata(result[known])
    bar = stats.norm.isf(0.005 / max(1, len(names))) / np.sqrt(known.sum() - 1)
    found = []
    for n, name in enumerate(names):
        column = numbers[known, n]
        r = float(np.corrcoef(stats.rankdata(column), ranked)[0, 1]) if np.ptp(column) > 0 else 0.0
        found.append({"name": name, "correlation": r, "beyond_chance": bool(abs(r) > bar)})
    return sorted(found, key=lambda entry: -abs(entry["correlation"]))
