"""Bounds on stakes from the choices that a scenario lists as observed, in plain data.

For every actor with an observed choice and every one of its stakes: the prior range, what the choices leave of it, and
which choice decides each end. Three views: at the stated beliefs; for some admissible belief (an outer set); for every
admissible belief (an inner set). The last two only where a belief has a range.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from halys.answer.bound_words import belief_words, comparison_words, view_sentences
from halys.answer.observed import Seen, Unused, find_seen
from halys.answer.position import Position
from halys.answer.results import NOTHING
from halys.strategy.bounds import Bounds, Choice, Conflict, Reach, find_bounds, project

VIEWS: Mapping[str, str] = {
    "stated": "at the stated beliefs",
    "some": "valid for some admissible belief",
    "every": "valid for every admissible belief",
}


def describe_bounds(position: Position) -> dict[str, Any] | None:
    """What the observed choices say about stakes; None where the scenario lists none.

    Raises:
        InputError: plans and beliefs of an observation are too many.
        ConvergenceError: a linear programme could not be solved.
    """
    observed = position.scenario.file.observed
    if not observed:
        return None
    found = [find_seen(position, id) for id in observed]
    seen = [one for one in found if isinstance(one, Seen)]
    actors = dict.fromkeys(one.player for one in seen)
    return {
        "unit": "% of the actor's own baseline final spending a year",
        "views": dict(VIEWS),
        "actors": [_Actor(position, [one for one in seen if one.player == player]).record() for player in actors],
        "unused": [
            {"observation": one.id, "label": observed[one.id].label, "reason": one.reason}
            for one in found
            if isinstance(one, Unused)
        ],
    }


class _Actor:
    """The observed choices of one actor, and the bounds on its stakes."""

    def __init__(self, position: Position, seen: Sequence[Seen]) -> None:
        self.position, self.seen, self.player = position, seen, seen[0].player
        self.ids = [position.stakes[k] for k in seen[0].stakes]
        at = list(seen[0].stakes)
        payoffs = position.payoffs
        self.low, self.high, self.value = payoffs.low[at], payoffs.high[at], payoffs.value[at]

    def record(self) -> dict[str, Any]:
        file, actor = self.position.scenario.file, self.position.actors[self.player]
        certain = all(one.certain for one in self.seen)
        views = [self._view(name) for name in (("stated",) if certain else VIEWS)]
        income = float(self.position.income[self.player])
        record: dict[str, Any] = {
            "actor": actor,
            "label": file.actors[actor].label,
            "income_billion": income if self._paid else None,
            "stakes": [self._prior(k) for k in range(len(self.ids))],
            "observations": [self._observation(one) for one in self.seen],
            "views": views,
            "shadow": self._shadow(views[0]),
        }
        record["sentences"] = view_sentences(record)
        return record

    def _view(self, name: str) -> dict[str, Any]:
        choices = [one.stated if name == "stated" else one.ranged for one in self.seen]
        bounds = find_bounds(choices, self.low, self.high, "every" if name == "every" else "some")
        return {"view": name, "title": VIEWS[name], **self._bounds(bounds, self.seen)}

    def _bounds(self, bounds: Bounds, seen: Sequence[Seen]) -> dict[str, Any]:
        centre = bounds.centre
        return {
            "stakes": [self._stake(k, reach, seen) for k, reach in enumerate(bounds.reaches)],
            "conflict": None if bounds.conflict is None else self._conflict(bounds.conflict, seen),
            "centre": None if centre is None else dict(zip(self.ids, map(float, centre), strict=True)),
        }

    def _prior(self, k: int) -> dict[str, Any]:
        """A stake as the scenario has it."""
        stake = self.position.scenario.file.stakes[self.ids[k]]
        return {
            "stake": self.ids[k],
            "label": stake.label,
            "accrual": stake.accrual,
            "source": stake.percent_of_income.source,
            "value": float(self.value[k]),
            "prior_low": float(self.low[k]),
            "prior_high": float(self.high[k]),
        }

    def _stake(self, k: int, reach: Reach, seen: Sequence[Seen]) -> dict[str, Any]:
        prior = self._prior(k)
        annual = self.position.scenario.annual_factor(self.ids[k])
        ends = {"low": reach.low, "high": reach.high}
        return {
            **prior,
            **ends,
            **{f"{end}_billion": self._billion(x) for end, x in ends.items()},
            **{f"{end}_once": None if prior["accrual"] == "flow" else x / annual for end, x in ends.items()},
            "narrower": reach.narrower,
            "holds_value": bool(reach.low <= self.value[k] <= reach.high),
            "revealed_low": _finite(reach.revealed_low),
            "revealed_high": _finite(reach.revealed_high),
            "unbounded_low": not np.isfinite(reach.revealed_low),
            "unbounded_high": not np.isfinite(reach.revealed_high),
            "binding_low": self._binding(reach.at_low, seen),
            "binding_high": self._binding(reach.at_high, seen),
            "held_low": [self.ids[j] for j in reach.held_low],
            "held_high": [self.ids[j] for j in reach.held_high],
        }

    def _binding(self, active: Sequence[Any], seen: Sequence[Seen]) -> list[dict[str, Any]]:
        """The comparisons that decide an end, the one with most weight first."""
        return [
            {
                "observation": seen[one.observation].id,
                "label": seen[one.observation].observation.label,
                "move": (move := seen[one.observation].moves[one.alternative + 1]),
                "move_label": self.position.label_of(seen[one.observation].observation.stage, move),
                "multiplier": one.multiplier,
            }
            for one in sorted(active, key=lambda one: -one.multiplier)
        ]

    def _conflict(self, conflict: Conflict, seen: Sequence[Seen]) -> dict[str, Any]:
        return {
            "slack": conflict.slack,
            "slack_billion": self._billion(conflict.slack),
            "observations": [seen[o].id for o in conflict.observations],
            "ranges_alone": conflict.unranged_slack == 0.0,
            "stakes": dict(zip(self.ids, map(float, conflict.stakes), strict=True)),
        }

    @property
    def _paid(self) -> bool:
        """Whether the actor has an income that shares of it can be told in money of."""
        income = float(self.position.income[self.player])
        return bool(np.isfinite(income) and income > 0)

    def _billion(self, percent: float) -> float | None:
        return self.position.money(self.player, percent) if self._paid and np.isfinite(percent) else None

    def _observation(self, seen: Seen) -> dict[str, Any]:
        """An observation, and what it says alone at the stated beliefs."""
        given, position = seen.observation, self.position
        alone = find_bounds([seen.stated], self.low, self.high)
        return {
            "id": seen.id,
            "label": given.label,
            "date": given.date,
            "stage": given.stage,
            "move": given.move,
            "move_label": position.label_of(given.stage, given.move),
            "after": position.tree.nodes[seen.node].label,
            "after_label": self._path_words(seen),
            "excludes": [position.label_of(given.stage, move) for move in given.excludes],
            "lost": [position.label_of(given.stage, move) for move in seen.lost],
            "beliefs": belief_words(position, given),
            "assumed": list(seen.assumed),
            "assumed_labels": list(dict.fromkeys(position.label_of_actor(stage) for stage in seen.assumed)),
            "plans": len(seen.stated.chosen),
            "sources": list(given.sources),
            "summary": given.summary,
            "limits": given.limits,
            "comparisons": self._comparisons(seen),
            "alone": self._bounds(alone, [seen]),
        }

    def _path_words(self, seen: Seen) -> str:
        label = self.position.tree.nodes[seen.node].label
        parts = [part.split("=") for part in label.split("/")] if label else []
        return "; ".join(f"{self.position.label_of_actor(s)}: {self.position.label_of(s, m)}" for s, m in parts)

    def _comparisons(self, seen: Seen) -> list[dict[str, Any]]:
        """The move made against each other move, at the stated beliefs; none where a plan is not seen."""
        choice: Choice = seen.stated
        rows = []
        for move, family in zip(seen.moves[1:], choice.alternatives, strict=True):
            if len(choice.chosen) > 1 or len(family) > 1 or len(family[0]) > 1:
                continue
            difference = choice.chosen[0][0] - family[0][0]
            row: dict[str, Any] = {
                "move": move,
                "move_label": self.position.label_of(seen.observation.stage, move),
                "gain": float(difference[0]),
                "gain_billion": self._billion(float(difference[0])),
                "exposures": {id: float(x) for id, x in zip(self.ids, difference[1:], strict=True) if x != 0},
                "informative": self._informative(difference),
            }
            labels = {id: self.position.scenario.file.stakes[id].label for id in self.ids}
            rows.append({**row, "words": comparison_words(row, labels, self._income)})
        return rows

    def _informative(self, difference: NDArray[np.float64]) -> bool:
        """Whether a comparison rules out any values within the prior ranges."""
        worst = difference[0] + np.minimum(difference[1:] * self.low, difference[1:] * self.high).sum()
        return bool(worst < -NOTHING)

    @property
    def _income(self) -> float | None:
        return float(self.position.income[self.player]) if self._paid else None

    def _shadow(self, view: Mapping[str, Any]) -> dict[str, Any] | None:
        """The set seen along two stakes, those that the choices narrow most; None with fewer stakes or an empty set."""
        if len(self.ids) < 2 or view["conflict"] is not None:
            return None
        kept = [(s["high"] - s["low"]) / (s["prior_high"] - s["prior_low"]) for s in view["stakes"]]
        x, y = sorted(sorted(range(len(kept)), key=lambda k: kept[k])[:2])
        points = project([one.stated for one in self.seen], self.low, self.high, x, y)
        return {"x": self.ids[x], "y": self.ids[y], "points": points.tolist()}


def _finite(value: float) -> float | None:
    return float(value) if np.isfinite(value) else None


def flat_rows(record: Mapping[str, Any]) -> list[dict[str, Any]]:
    """One row for each actor, view and stake, for tables: infinite ends as such."""
    return [
        {"actor": actor["actor"], "beliefs": view["view"], **_row(stake)}
        for actor in record["actors"]
        for view in actor["views"]
        for stake in view["stakes"]
    ]


def _row(stake: Mapping[str, Any]) -> dict[str, Any]:
    kept = ("stake", "label", "prior_low", "prior_high", "low", "high", "low_billion", "high_billion")
    return {
        **{name: stake[name] for name in (*kept, "low_once", "high_once")},
        "revealed_low": -np.inf if stake["unbounded_low"] else stake["revealed_low"],
        "revealed_high": np.inf if stake["unbounded_high"] else stake["revealed_high"],
        "narrower": stake["narrower"],
        **{f"binding_{end}": _names(stake[f"binding_{end}"]) for end in ("low", "high")},
    }


def _names(binding: Sequence[Mapping[str, Any]]) -> str:
    return " ".join(f"{one['observation']}:{one['move']}" for one in binding)
