"""Long and short run in words and in the table of who pays."""

from __future__ import annotations

from typing import Any

from halys.answer.results import NOTHING

_MOST = 2  # actors and views that a sentence names
_CLOSED = {
    "balanced": "With trade balanced",
    "proportional": "With deficits in proportion to income",
    "fixed": "With deficits fixed",
}
_MOVED = 0.1  # of the change itself, and of a per cent: by less another closure is not worth a line


def payer_table(horizons: dict[str, Any]) -> dict[str, Any]:
    """Actors and the world: for each history per cent in the long and the short run, and billions in the main one."""
    main = horizons["main"]
    rows = [
        [row["label"], *(cell for value in row["values"] for cell in _three(value, main))]
        for row in horizons["rows"]
        if row["kind"] in ("actor", "world")
    ]
    return {
        "headings": [h["title"] for h in horizons["histories"]],
        "columns": ["long", "short", "bn"],
        "about": f"Real income: % in long and short run, bn USD a year in the {main} run.",
        "rows": rows,
    }


def _three(value: dict[str, Any], main: str) -> list[str]:
    percents = ["none" if value[run] is None else brief(value[run]["percent"]) for run in ("long", "short")]
    return [*percents, "none" if value[main] is None else brief(value[main]["billion"])]


def horizon_sentences(horizons: dict[str, Any], actor: str | None = None) -> list[str]:
    """In the last history: the range of θ, and what another closure of deficits does, for those it moves most.

    Args:
        actor: the one whose range is told; default the two that lose or gain most.
    """
    rows = [row for row in horizons["rows"] if row["kind"] == "actor" and any(row["values"][-1].values())]
    where = f" in ({len(horizons['histories'])})" if len(horizons["histories"]) > 1 else ""
    most = [row for row in rows if row["who"] == actor]
    most = most or sorted(rows, key=lambda row: -_size(row["values"][-1]))[:_MOST]
    spans = "; ".join(f"{row['label']} {_runs(row['values'][-1], _interval)}" for row in most)
    found = [f"Over the range of θ{where}: {spans}."] if spans else []
    for closure in horizons["closures"][1:]:
        moved = [row for row in rows if _moved(row["values"][-1], closure)]
        cells = [
            (row["label"], {run: _under(cell, closure) for run, cell in row["values"][-1].items()}) for row in moved
        ]
        parts = "; ".join(f"{label} {_runs(runs, lambda c: brief(c['percent']))}" for label, runs in cells[:_MOST])
        found += [f"{_CLOSED[closure]}{where}: {parts}."] if parts else []
    first = horizons["closures"][0]
    failed = list(
        dict.fromkeys(
            f"{f['words']} ({f['run']} run{'' if f['closure'] == first else ', ' + f['closure']})"
            for f in horizons["failed"]
        )
    )
    if failed:
        found.append(f"No equilibrium in some histories at {'; '.join(failed[:_MOST])}: the report says why.")
    return found


def _runs(value: dict[str, Any], words: Any) -> str:
    return ", ".join(f"{run} {words(cell)} %" for run, cell in value.items() if cell is not None)


def _size(value: dict[str, Any]) -> float:
    return max(abs(float(cell["percent"])) for cell in value.values() if cell is not None)


def _interval(cell: dict[str, Any]) -> str:
    low, high = brief(cell["low"]), brief(cell["high"])
    return low if low == high else f"{low} to {high}"


def _moved(value: dict[str, Any], closure: str) -> bool:
    """Whether another closure changes what a row shows by more than a tenth, and a tenth of a per cent."""
    for cell in value.values():
        other = _under(cell, closure)
        if cell and other and abs(other["percent"] - cell["percent"]) > max(_MOVED * abs(cell["percent"]), _MOVED):
            return True
    return False


def _under(cell: dict[str, Any] | None, closure: str) -> dict[str, float] | None:
    found: dict[str, float] | None = None if cell is None else cell["closures"].get(closure)
    return found


def brief(value: float) -> str:
    """A change with its sign in at most seven characters: -239, -1.4, +0.02; what rounds away is about nothing."""
    size = abs(value)
    if size < 0.0005:
        return "0" if size < NOTHING else "≈0"
    digits = 0 if size >= 9.95 else 1 if size >= 0.995 else 2 if size >= 0.0995 else 3
    return f"{value:+,.{digits}f}"
