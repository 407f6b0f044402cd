"""What matters, in plain data: indices, swings, the box of failed deterrence and regrets, with names and units."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from halys.answer.policies import AS_IT_SEES_FIT, sender_of, sender_policies
from halys.drawing import Drawing
from halys.evaluator import focal_moves
from halys.futures.ensemble import share_with_error
from halys.futures.indices import LEVEL, SaltelliDesign, sobol_indices
from halys.futures.prim import Box, find_box
from halys.futures.regret import QUANTILES, Regrets, find_regret
from halys.futures.store import Columns
from halys.futures.tornado import ENDS, read_tornado
from halys.scenario import Scenario
from halys.solving import LOOSEST_REPORTED

Array = NDArray[np.float64]
Label = Mapping[str, Any]

RESOLUTION: Final = 100.0 * LOOSEST_REPORTED
"""Changes of real income, %, that differ by no more are the same: equilibria are solved no finer."""
_CASE: Final = 0.5  # a draw is one of failed deterrence where the line is more likely crossed than not


@dataclass(frozen=True)
class _Result:
    """A result that is taken apart."""

    id: str
    label: str
    unit: str
    resolution: float
    actor: int | None

    def of(self, scenario: Scenario, columns: Columns) -> Array:
        """Its values, over the leading axes of the columns."""
        if self.actor is not None:
            return np.asarray(columns["percent"][..., self.actor])
        focus = scenario.file.focus
        assert focus is not None
        crossing = [move in focus.line for move in focal_moves(scenario)]
        return np.asarray(columns["moves"][..., crossing].sum(axis=-1))


def _results(scenario: Scenario) -> list[_Result]:
    """Crossing of the line, then the real income of each actor, whoever decides first."""
    file = scenario.file
    chooser = next((stage.actor for stage in file.stages if file.focus and stage.id == file.focus.stage), None)
    first = [] if file.focus is None else [_Result("crossing", "crossing the line", "probability", 0.0, None)]
    incomes = [
        _Result(name, f"real income of {actor.label}", "%", RESOLUTION, n)
        for n, (name, actor) in enumerate(file.actors.items())
    ]
    return [*first, *sorted(incomes, key=lambda result: result.id != chooser)]


def describe_importance(
    drawing: Drawing,
    design: SaltelliDesign,
    single: Array,
    made: Columns,
    alone: Columns,
    numbers: Array,
    columns: Columns,
) -> dict[str, Any]:
    """What matters in the scenario of a drawing.

    Args:
        single: (row, number) of `tornado_rows`. made: (block, row, ...) results of the design. alone: (row, ...) those
            of `single`. numbers, columns: (draw, number) and (draw, ...), in which box and regret are looked for.
    """
    scenario = drawing.scenario
    labels = [
        {"id": u.id, "label": u.label, "value": u.quantity.value, "low": p.low, "high": p.high}
        for u, p in zip(drawing.unknowns, drawing.priors, strict=True)
    ]
    results = _results(scenario)
    base = len(made["failed"])
    return {
        "scenario": scenario.id,
        "title": scenario.file.title,
        "seed": drawing.seed,
        "base": base,
        "evaluations": base * design.rows + len(single),
        "level": LEVEL,
        "numbers": labels,
        "groups": [[labels[n]["id"] for n in group] for group in design.groups],
        "results": [_indices(scenario, design, result, made, labels) for result in results],
        "tornado": [_tornado(scenario, single, result, alone, labels) for result in results],
        "draws": len(numbers),
        "box": _box(scenario, numbers, columns, labels),
        "regret": _regret(scenario, columns),
    }


def _indices(
    scenario: Scenario, design: SaltelliDesign, result: _Result, made: Columns, labels: Sequence[Label]
) -> dict[str, Any]:
    found = sobol_indices(result.of(scenario, made), design.seed, resolution=result.resolution)
    listed = []
    for g, group in enumerate(design.groups) if found.status == "found" else ():
        first, total = float(found.first[g]), float(found.total[g])
        first_error, total_error = float(found.first_error[g]), float(found.total_error[g])
        listed.append(
            {
                "numbers": [labels[n]["id"] for n in group],
                "label": " with ".join(labels[n]["label"] for n in group),
                "first": first,
                "first_low": first - first_error,
                "first_high": first + first_error,
                "total": total,
                "total_low": total - total_error,
                "total_high": total + total_error,
                "first_identified": first - first_error > 0.0,
                "total_identified": total - total_error > 0.0,
                "without_effect": total == 0.0,
            }
        )
    return {
        "result": result.id,
        "label": result.label,
        "unit": result.unit,
        "status": found.status,
        "blocks": found.blocks,
        "left_out": found.left_out,
        "mean": _number(found.mean),
        "standard_deviation": _number(np.sqrt(found.variance)),
        "sum_first": float(found.first.sum()) if listed else None,
        "groups": sorted(listed, key=lambda entry: (-entry["total"], -entry["first"])),
    }


def _tornado(
    scenario: Scenario, rows: Array, result: _Result, alone: Columns, labels: Sequence[Label]
) -> dict[str, Any]:
    found = read_tornado(result.of(scenario, alone), result.resolution)
    played = _played(scenario, alone)
    listed = []
    for n in found.order:
        low, high = 1 + 2 * n, 2 + 2 * n
        listed.append(
            {
                "number": labels[n]["id"],
                "label": labels[n]["label"],
                "at": [float(rows[low, n]), float(rows[high, n])],
                "low": _number(found.low[n]),
                "high": _number(found.high[n]),
                "span": _number(found.span[n]),
                "moves": [played[low], played[high]],
                "flips": any(move is not None and move != played[0] for move in (played[low], played[high])),
            }
        )
    return {
        "result": result.id,
        "label": result.label,
        "unit": result.unit,
        "quantiles": list(ENDS),
        "reference": _number(found.reference),
        "played": played[0],
        "numbers": listed,
    }


def _played(scenario: Scenario, columns: Columns) -> list[str | None]:
    """The most likely focal move of each row; None where there is none."""
    moves, weights = focal_moves(scenario), columns["moves"]
    if not moves:
        return [None] * len(weights)
    return [moves[int(row.argmax())] if np.isfinite(row).all() and row.any() else None for row in weights]


def _box(scenario: Scenario, numbers: Array, columns: Columns, labels: Sequence[Label]) -> dict[str, Any]:
    """The box of numbers in which the line is crossed."""
    if scenario.file.focus is None:
        return {"absent": "the scenario names no line that a decision may cross."}
    crossing = _Result("crossing", "", "", 0.0, None).of(scenario, columns)
    known = np.isfinite(crossing)
    if not known.any():
        return {"absent": "no draw has a play."}
    found = find_box(numbers[known], crossing[known] > _CASE)
    return {
        "absent": None,
        "draws": found.draws,
        "left_out": int((~known).sum()),
        "cases": found.cases,
        "wanted": found.wanted,
        "reached": found.reached,
        **_traded(found.box),
        "limits": [
            {
                "number": labels[n]["id"],
                "label": labels[n]["label"],
                "low": _number(found.box.low[n]),
                "high": _number(found.box.high[n]),
                "range": [labels[n]["low"], labels[n]["high"]],
                "quasi_p": found.quasi_p[n],
            }
            for n in sorted(found.box.limited, key=lambda n: found.quasi_p[n])
        ],
        "dropped": [
            {"number": labels[n]["id"], "label": labels[n]["label"], "quasi_p": p} for n, p in found.dropped.items()
        ],
        "path": [{**_traded(box), "limited": len(box.limited)} for box in found.path],
    }


def _traded(box: Box) -> dict[str, float]:
    return {"coverage": box.coverage, "density": box.density, "mass": box.mass}


def _regret(scenario: Scenario, columns: Columns) -> dict[str, Any]:
    """What each policy of the sender would cost it, and which one each rule chooses."""
    policies, sender = sender_policies(scenario), sender_of(scenario)
    if not policies or sender is None:
        return {
            "absent": "the scenario names no reply to a crossing of the line, so that there is no policy to choose."
        }
    found = find_regret(-columns["policy_payoff"])
    if found is None:
        return {"absent": "no draw has a payoff for every policy."}
    kept = np.isfinite(columns["policy_payoff"]).all(axis=1)
    crosses, errors = share_with_error(columns["policy_crosses"][kept])
    focus = scenario.file.focus
    assert focus is not None
    assert focus.reply is not None
    replies = scenario.file.moves[focus.reply]
    names = ["as it sees fit" if policy == AS_IT_SEES_FIT else replies[policy].label for policy in policies]
    actor = list(scenario.file.actors.values())[sender]
    listed = []
    for n, policy in enumerate(policies):
        listed.append(
            {
                "policy": policy or None,
                "label": names[n],
                "carries_out": policy != AS_IT_SEES_FIT and policy not in focus.no_reply,
                "crosses": float(crosses[n]),
                "crosses_error": _number(errors[n]),
                **_of_policy(found, n),
            }
        )
    return {
        "absent": None,
        "sender": list(scenario.file.actors)[sender],
        "sender_label": actor.label,
        "unit": "% of its own income a year",
        "draws": found.draws,
        "left_out": found.left_out,
        "policies": listed,
        "by_loss": [policies[n] or None for n in found.by_loss],
        "by_regret": [policies[n] or None for n in found.by_regret],
    }


def _of_policy(found: Regrets, n: int) -> dict[str, Any]:
    return {
        "loss": float(found.loss[n]),
        "loss_error": _number(found.loss_error[n]),
        "margin_error": _number(found.margin_error[n]),
        "regret": float(found.mean[n]),
        "regret_error": _number(found.mean_error[n]),
        **{f"regret_q{round(100 * q)}": float(x) for q, x in zip(QUANTILES, found.quantiles[n], strict=True)},
        "worst_regret": float(found.worst[n]),
        "best": float(found.best[n]),
    }


def _number(value: float) -> float | None:
    return float(value) if np.isfinite(value) else None
