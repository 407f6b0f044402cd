"""Threats on one scale: how severe may a reply be and still be carried out, how severe must it be to be enough?

Replies are ordered by p, what they cost the target at the reference, in % of its income a year. Over a stake s of the
sender or the target, with the sets C (credible), D (sufficient) and A (assured) that `halys.strategy.deter` finds,

    p_max(s) = max C(s),      p_min(s) = min D(s),      and p deters where p ∈ C ∩ D ∩ A.

If C holds every reply up to p_max and D every reply from p_min on, a threat deters where p_min ≤ p_max (and it is
assured). Neither need be so: where a set leaves out a reply between two that it holds, it is not an interval of the
scale, and that is marked. With finitely many replies both are steps in s, whose ends are the exact ends of the sets.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any

from halys.answer.deterrence import SETS


def describe_severity(deterrence: Mapping[str, Any] | None) -> dict[str, Any] | None:
    """The scale, and p_max and p_min over every stake, from the answer's part on deterrence (`describe_deterrence`).

    None where there is none, or no reply answers the crossing that its chart is about.
    """
    if deterrence is None:
        return None
    cells = next(m["cells"] for m in deterrence["moves"] if m["move"] == deterrence["crossing"])
    labels = {reply["move"]: reply["label"] for reply in deterrence["replies"]}
    scale = sorted(
        (
            {
                "reply": cell["reply"],
                "label": labels[cell["reply"]],
                "severity": -cell["target_cost"]["percent"],
                "billion": -cell["target_cost"]["billion"],
            }
            for cell in cells
            if cell is not None
        ),
        key=lambda entry: float(entry["severity"]),
    )
    if not scale:
        return None
    stakes = [_over(chart, [entry["reply"] for entry in scale]) for chart in deterrence["chart"] if chart["rows"]]
    return {
        "crossing": deterrence["crossing"],
        "crossing_label": deterrence["crossing_label"],
        "sender_label": deterrence["sender_label"],
        "scale": [{**entry, "rank": rank} for rank, entry in enumerate(scale, start=1)],
        "stakes": stakes,
    }


def _over(chart: Mapping[str, Any], order: Sequence[str]) -> dict[str, Any]:
    """The steps over one stake; `order` is that of the scale."""
    holds = {(row["reply"], row["set"]): row["intervals"] for row in chart["rows"]}
    low, high = chart["low"], chart["high"]
    inner = {end for intervals in holds.values() for pair in intervals for end in pair if low < end < high}
    steps: list[dict[str, Any]] = []
    for start, end in pairwise([low, *sorted(inner), high]):
        middle = start + (end - start) / 2.0
        step = {"low": start, "high": end, **_at(holds, order, middle)}
        if steps and {**steps[-1], "high": end} == {**step, "low": steps[-1]["low"]}:
            steps[-1]["high"] = end
        else:
            steps.append(step)
    about = {key: chart[key] for key in ("stake", "label", "actor", "accrual", "low", "high", "value")}
    return {**about, "steps": steps}


def _at(holds: Mapping[tuple[str, str], list[list[float]]], order: Sequence[str], s: float) -> dict[str, Any]:
    """p_max and p_min at one value of the stake, as replies, and whether the sets are intervals of the scale."""
    found = {
        name: [
            k for k, reply in enumerate(order) if any(low <= s <= high for low, high in holds.get((reply, name), []))
        ]
        for name in SETS
    }
    credible, sufficient = found["credible"], found["sufficient"]
    return {
        "most": order[credible[-1]] if credible else None,
        "least": order[sufficient[0]] if sufficient else None,
        "credible": [order[k] for k in credible],
        "sufficient": [order[k] for k in sufficient],
        "deters": [order[k] for k in found["deters"]],
        "credible_is_interval": _without_gaps(credible),
        "sufficient_is_interval": _without_gaps(sufficient),
    }


def _without_gaps(ranks: Sequence[int]) -> bool:
    return not ranks or ranks[-1] - ranks[0] == len(ranks) - 1
