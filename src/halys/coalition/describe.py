"""A solved coalition as plain data, for tables, JSON, charts and pages."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from halys.coalition.equilibria import Coalitions, Kept
from halys.coalition.keeping import Keeping
from halys.coalition.setup import Setup, economies_of
from halys.coalition.values import Values
from halys.measures import Quantity
from halys.solving import Failure
from halys.strategy.coalitions import members_of
from halys.strategy.joining import Joining

Array = NDArray[np.float64]
Plain = dict[str, Any]


@dataclass(frozen=True, eq=False)
class Found:
    """Everything that was solved.

    Attributes:
        candidates: for each candidate the equilibrium where it has joined too; together: where all have.
        everyone: where every economy has; embargo: where all trade is banned by everyone.
    """

    setup: Setup
    coalitions: Coalitions
    values: Values
    keeping: Keeping
    joining: Joining
    candidates: Sequence[Kept | Failure]
    together: Kept | Failure | None
    everyone: Kept | Failure
    embargo: Kept | Failure


def describe(found: Found) -> Plain:
    """Plain data: amounts in billion US dollars a year, `percent` of the baseline income of whom they belong to."""
    setup, values = found.setup, found.values
    income = setup.income(setup.target)
    nobody, full = values.nobody[0], values.full[0]

    def loss(amount: float) -> Plain:
        return {"percent": 100.0 * amount / income, "billion": float(amount)}

    found_data = {
        "label": setup.label,
        "target": {"label": setup.target_label, "economies": list(setup.target), "income_billion": income},
        "world": setup.world.id,
        "horizon": setup.horizon.describe(),
        "closure": setup.closure,
        "method": "sampled" if values.samples else "exact",
        "samples": values.samples,
        "equilibria": len(values.masks),
        "loss": {"nobody": loss(nobody), "full": loss(full), "imposed": loss(full - nobody)},
        "members": _members(found),
        "burden": _burden(found),
        "outsiders": _outsiders(found),
        "candidates": _candidates(found),
        "everyone": _reference(setup, found.everyone),
        "embargo": _reference(setup, found.embargo),
        "pivots": _pivots(found),
        "order": _order(found),
    }
    return {key: _plain(value) for key, value in found_data.items()}


def _plain(value: Any) -> Any:
    """Without the numbers of NumPy, which print otherwise."""
    if isinstance(value, dict):
        return {key: _plain(entry) for key, entry in value.items()}
    if isinstance(value, list):
        return [_plain(entry) for entry in value]
    return float(value) if isinstance(value, np.floating) else value


def _members(found: Found) -> list[Plain]:
    """Every member, in the order of the file."""
    setup, values, keeping, joining = found.setup, found.values, found.keeping, found.joining
    income, imposed = setup.income(setup.target), values.full[0] - values.nobody[0]
    listed = []
    for i, bloc in enumerate(setup.members):
        own = setup.income(bloc.economies)

        def amount(key: str, value: float, own: float = own) -> Plain:
            return {f"{key}_percent": 100.0 * value / own, f"{key}_billion": float(value)}

        added = float(values.shapley[i, 0])
        error = None if values.errors is None else float(values.errors[i, 0])
        leaving, lost = float(keeping.gain[i]), float(values.last[i, 0])
        others = sum(setup.income(other.economies) for other in setup.members if other is not bloc)
        listed.append(
            {
                "id": bloc.id,
                "label": bloc.label,
                "economies": list(bloc.economies),
                "income_billion": own,
                "shapley_billion": added,
                "shapley_percent": 100.0 * added / income,
                "share": _ratio(added, imposed),
                "error_billion": error,
                "error_share": None if error is None else _ratio(error, abs(imposed)),
                "first_billion": float(values.first[i, 0]),
                "last_billion": lost,
                **amount("borne", float(values.full[1 + i] - values.nobody[1 + i])),
                **amount("joining", float(values.shapley[i, 1 + i])),
                **amount("leaving", leaving),
                "staying_percent": bloc.staying,
                "leaving_net_percent": 100.0 * leaving / own - bloc.staying,
                **amount("payment", float(keeping.payment[i])),
                "payment_costs_others_billion": float(keeping.payers[i]),
                "payment_costs_others_percent": _ratio(100.0 * float(keeping.payers[i]), others) or 0.0,
                **amount("transfer", float(keeping.transfer[i])),
                "joins_from": _finite(float(joining.joins_from[i])),
                "stays_from": 0.0 if leaving <= 0 else _ratio(leaving, lost) if lost > 0 else None,
            }
        )
    return listed


def _burden(found: Found) -> Plain:
    """What the members bear together, and each where burdens are made equal."""
    setup, values, keeping = found.setup, found.values, found.keeping
    borne = float((values.full - values.nobody)[1:].sum())
    income = setup.income(economies_of(setup.members))
    imposed = float(values.full[0] - values.nobody[0])
    return {
        "percent": 100.0 * borne / income,
        "billion": borne,
        "per_imposed": _ratio(borne, imposed),
        "equal_percent": keeping.burden,
        "moved_billion": float(np.maximum(keeping.transfer, 0.0).sum()),
        "residual_percent": keeping.residual,
        "rounds": keeping.rounds,
    }


def _outsiders(found: Found) -> Plain:
    """Economies that are neither target nor members: what the coalition changes for them."""
    setup, keeping = found.setup, found.keeping
    inside = {*setup.target, *economies_of(setup.members)}
    change = keeping.full - keeping.nobody
    rows = []
    for n, code in enumerate(setup.world.economies):
        if code not in inside:
            own = setup.income((code,))
            rows.append(
                {
                    "id": code,
                    "label": setup.world.name_of(code),
                    "percent": 100.0 * float(change[n]) / own,
                    "billion": float(change[n]),
                    "doubtful": code in setup.world.doubtful,
                }
            )
    rows.sort(key=lambda row: -float(str(row["billion"])))
    return {"billion": sum(float(str(row["billion"])) for row in rows), "economies": rows}


def _candidates(found: Found) -> Plain:
    """What each candidate would add as the last to join, and all of them together."""
    setup, values, full = found.setup, found.values, found.keeping.full
    imposed, income = float(values.full[0] - values.nobody[0]), setup.income(setup.target)
    target, members = (setup.world.positions(list(codes)) for codes in (setup.target, economies_of(setup.members)))

    def added(kept: Kept | Failure, who: Sequence[str]) -> Plain:
        if not isinstance(kept, Kept):
            return {"failed": str(kept)}
        change = kept.change - full
        own = float(change[setup.world.positions(list(who))].sum())
        more = -float(change[target].sum())
        return {
            "added_billion": more,
            "added_percent": 100.0 * more / income,
            "added_share": _ratio(more, imposed),
            "cost_billion": -own,
            "cost_percent": -100.0 * own / setup.income(who),
            "members_billion": float(change[members].sum()),
        }

    listed = [
        {"id": bloc.id, "label": bloc.label, "economies": list(bloc.economies), **added(kept, bloc.economies)}
        for bloc, kept in zip(setup.candidates, found.candidates, strict=True)
    ]
    everyone = economies_of(setup.candidates)
    return {"each": listed, "together": None if found.together is None else added(found.together, everyone)}


def _reference(setup: Setup, kept: Kept | Failure) -> Plain:
    if not isinstance(kept, Kept):
        return {"failed": str(kept)}
    at = setup.world.positions(list(setup.target))
    lost = -float(kept.change[at].sum())
    return {"percent": 100.0 * lost / float(kept.income[at].sum()), "billion": lost}


def _pivots(found: Found) -> Plain | None:
    """Who carries the target's loss to the level, at its value and at both ends of its range."""
    level = found.setup.level
    if level is None:
        return None
    income = found.setup.income(found.setup.target)
    at = []
    for percent in dict.fromkeys(x for x in (level.low, level.value, level.high) if x is not None):
        pivots = found.values.pivots(percent / 100.0 * income)
        ids = [bloc.id for bloc in found.setup.members]
        at.append(
            {
                "percent": percent,
                "shares": dict(zip(ids, pivots.share.tolist(), strict=True)),
                "never": pivots.never,
                "already": pivots.already,
                "decisive": [name for name, needed in zip(ids, pivots.decisive, strict=True) if needed],
                "smallest": [[ids[i] for i in members_of(mask)] for mask in pivots.smallest[:_MOST_LISTED]],
                "smallest_count": len(pivots.smallest),
            }
        )
    return {**_quantity(level), "at": at}


_MOST_LISTED = 20


def _quantity(level: Quantity) -> Plain:
    return {"value": level.value, "low": level.low, "high": level.high, "source": level.source}


def _order(found: Found) -> Plain:
    """The order of joining, with every omega at which it changes."""
    ids, joining = [bloc.id for bloc in found.setup.members], found.joining
    return {
        "low": joining.rankings[0].low,
        "high": joining.rankings[-1].high,
        "gaining": [ids[i] for i in joining.gaining],
        "refusing": [ids[i] for i in joining.refusing],
        "rankings": [
            {"low": r.low, "high": r.high, "order": [ids[i] for i in r.order], "willing": r.willing}
            for r in joining.rankings
        ],
    }


def _ratio(part: float, whole: float) -> float | None:
    return float(part / whole) if whole else None


def _finite(value: float) -> float | None:
    return value if math.isfinite(value) else None
