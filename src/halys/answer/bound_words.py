"""Bounds from observed choices in words."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from halys.answer.position import Position
from halys.answer.results import NOTHING
from halys.answer.words import amount
from halys.scenario.observed_checks import belief_cases
from halys.scenario.observed_schema import Observation
from halys.scenario.schema_base import When

_FEWEST = 1e-9  # an exposure below makes no difference


def money(percent: float, income: float | None) -> str:
    """`0.31 % of its income (53 bn USD a year)`; without the money where the actor has no income in the table."""
    share = f"{amount(percent)} % of its income"
    return share if income is None else f"{share} ({amount(percent / 100 * income)} bn USD a year)"


def comparison_words(row: Mapping[str, Any], labels: Mapping[str, str], income: float | None) -> str:
    """What one comparison of the move made with another says: an inequality, solved where it is about one stake.

    Args:
        row: `gain`, ΔW of the move made less that of the other in %; `exposures`, the same for each stake; and
            `informative`, whether any values within the prior ranges are ruled out.
    """
    gain = float(row["gain"])
    stakes = {id: float(x) for id, x in row["exposures"].items() if abs(x) > _FEWEST}
    if abs(gain) < NOTHING:
        cost, gain = "costs nothing", 0.0
    else:
        cost = f"{'gives up' if gain < 0 else 'gains'} {money(abs(gain), income)}"
    if not row["informative"]:
        return f"{cost}; fits all values within the ranges"
    if not stakes:
        return f"{cost}; no stake differs, so that no values explain it"
    if len(stakes) == 1:
        ((id, x),) = stakes.items()
        return f"{cost}; reveals that “{labels[id]}” {'≥' if x > 0 else '≤'} {money(-gain / x, income)}"
    above, below = (
        " + ".join(f"{amount(abs(x))} × “{labels[id]}”" for id, x in stakes.items() if (x > 0) == positive)
        for positive in (True, False)
    )
    if not below or not above:
        return (
            f"{cost}; reveals that {above or below} {'≥' if above else '≤'} {money(-gain if above else gain, income)}"
        )
    more = f" + {money(-gain, income)}" if gain < 0 else ""
    less = f" + {money(gain, income)}" if gain > 0 else ""
    return f"{cost}; reveals that {above}{less} ≥ {below}{more}"


def view_sentences(actor: Mapping[str, Any]) -> list[str]:
    """The bounds of one actor: stakes that the choices narrow, those that they do not, and conflicts.

    A view that agrees with the one at the stated beliefs is not told again.
    """
    found, told = list[str](), dict[str, tuple[float, float]]()
    labels = {one["id"]: one["label"] for one in actor["observations"]}
    for view in actor["views"]:
        lead = f"{view['title'].capitalize()}: " if len(actor["views"]) > 1 else ""
        if view["conflict"] is not None:
            found.append(lead + conflict_words(view["conflict"], labels, actor["income_billion"]))
            continue
        new = [s for s in view["stakes"] if told.get(s["stake"]) != (s["low"], s["high"])]
        told |= {stake["stake"]: (stake["low"], stake["high"]) for stake in view["stakes"]}
        found += [lead + stake_words(stake, actor["income_billion"]) for stake in new if stake["narrower"]]
        others = [f"“{stake['label']}”" for stake in new if not stake["narrower"]]
        if others:
            found.append(f"{lead}not narrowed within the prior range: {', '.join(others)}.")
    return found


def stake_words(stake: Mapping[str, Any], income: float | None) -> str:
    """The interval of one stake and what decides its ends."""
    low, high = float(stake["low"]), float(stake["high"])
    span = f"{amount(low)} to {amount(high)} % of income a year"
    if income is not None:
        span += f" ({amount(low / 100 * income)} to {amount(high / 100 * income)} bn USD)"
    text = f"“{stake['label']}” lies within {span}; prior range {amount(stake['prior_low'])} to "
    text += f"{amount(stake['prior_high'])} %."
    for end, moved in (("low", low > stake["prior_low"]), ("high", high < stake["prior_high"])):
        if moved and stake[f"binding_{end}"]:
            first = stake[f"binding_{end}"][0]
            text += f" The {end} end: {first['label']}, over “{first['move_label']}”."
    return text


def conflict_words(conflict: Mapping[str, Any], labels: Mapping[str, str], income: float | None) -> str:
    """Why no values of the stakes explain the choices."""
    named = " and ".join(f"“{labels[id]}”" for id in conflict["observations"])
    which = f"{named} conflict" if len(conflict["observations"]) > 1 else f"{named} has no explanation"
    why = " within the prior ranges; without them there is one" if conflict["ranges_alone"] else " at any values"
    return (
        f"{which}{why}. Allowing each choice to fall short of the best by {money(conflict['slack'], income)} opens "
        "the set."
    )


def belief_words(position: Position, seen: Observation) -> list[dict[str, str]]:
    """What the file states about later stages, in words."""
    return [
        {
            "stage": stage,
            "label": position.label_of_actor(stage),
            "when": _when_words(position, case.when),
            "words": _distribution_words(position, stage, case.moves),
        }
        for stage in seen.beliefs
        for case in belief_cases(seen, stage)
    ]


def _when_words(position: Position, when: When) -> str:
    parts = []
    for stage, moves in when.items():
        names = [position.label_of(stage, move) for move in ([moves] if isinstance(moves, str) else moves)]
        parts.append(f"{position.label_of_actor(stage)}: {' or '.join(names)}")
    return "; ".join(parts)


def _distribution_words(position: Position, stage: str, moves: Any) -> str:
    if isinstance(moves, str):
        return {"play": "as in subgame-perfect play at the reference", "any": "anything that is open there"}[moves]
    parts = []
    for move, p in moves.items():
        if isinstance(p, str):
            odds = "the rest"
        elif isinstance(p, int | float):
            odds = f"{p:g}"
        else:
            odds = f"{p.value:g}" + (f" ({p.low:g} to {p.high:g})" if p.ranged else "")
        parts.append(f"{position.label_of(stage, move)} {odds}")
    return ", ".join(parts)
