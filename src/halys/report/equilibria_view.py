"""The equilibria of a scenario's game under a concept of one's choice, and logit play over draws of the stakes."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping
from typing import Any, get_args

import numpy as np
import xarray as xr

from halys.answer.listing import concept_of, describe_equilibria
from halys.answer.position import Position, find_position
from halys.answer.words import amount, signed
from halys.errors import InputError, did_you_mean
from halys.scenario import Scenario
from halys.strategy import Concept, solve_equilibria, solve_responses

CONCEPTS: dict[Concept, str] = {
    "spe": "subgame-perfect",
    "nash": "Nash",
    "pbe": "perfect Bayesian",
    "qre": "logit quantal response",
}
_SHOWN = 10  # histories of an equilibrium
_SEED = 20220314
MOST_DRAWS = 100_000


def find_record(
    scenario: Scenario, results: xr.Dataset, concept: str | None, precision: float | None, draws: int
) -> dict[str, Any]:
    """Equilibria at the reference stakes, and for `qre` how likely each history is over draws of all stakes.

    Args:
        concept: default `pbe` where somebody does not see what chance has drawn for another, else `spe`.
        precision: λ for `qre`, in 1/(% of income a year). draws: of the stakes, uniform over their ranges; 0 for none.

    Raises:
        InputError: no such concept, arguments that do not fit it, a game that is too large for it.
    """
    position = find_position(scenario, results)
    chosen = _check_concept(position, concept, precision, draws)
    found = solve_equilibria(position.tree, position.payoffs.total(), chosen, precision=precision)
    record: dict[str, Any] = {"scenario": scenario.id, "unit": "% of the actor's own income a year"}
    record |= describe_equilibria(position, found)
    if chosen == "qre":
        record["precision"] = precision
        record["residual"] = found.found[0].residual
    if draws:
        assert precision is not None
        record["over_draws"] = _over_draws(position, precision, draws)
    return record


def _check_concept(position: Position, concept: str | None, precision: float | None, draws: int) -> Concept:
    chosen = concept_of(position.tree) if concept is None else next((c for c in CONCEPTS if c == concept), None)
    if chosen is None:
        known = ", ".join(get_args(Concept))
        raise InputError(f"--concept is {concept!r}. Give one of {known}.{did_you_mean(str(concept), CONCEPTS)}")
    if chosen == "qre" and precision is None:
        raise InputError("--concept qre needs --precision: λ ≥ 0 in 1/(% of income a year), such as 10.")
    if chosen != "qre" and (precision is not None or draws):
        raise InputError("--precision and --draws belong to --concept qre. Add it, or leave them out.")
    if not 0 <= draws <= MOST_DRAWS:
        raise InputError(f"--draws is {draws}. Give 0 to {MOST_DRAWS:,}.")
    if draws and not position.tree.information.given:
        raise InputError("--draws needs a game in which actors hide no moves from each other. Leave it out.")
    return chosen


def _over_draws(position: Position, precision: float, draws: int) -> dict[str, Any]:
    """Probabilities of histories, and of the focal moves, with the stakes uniform over their ranges."""
    p, rng = position.payoffs, np.random.default_rng(_SEED)
    total = np.zeros(len(position.tree.terminals))
    square = np.zeros_like(total)
    moves = {} if position.focus is None else dict.fromkeys(position.scenario.file.moves[position.focus.stage], 0.0)
    done, part = 0, max(1, 4_000_000 // max(1, total.size * len(position.actors)))
    while done < draws:
        size = min(part, draws - done)
        stakes = rng.uniform(p.low, p.high, (size, len(p.low)))
        odds = solve_responses(position.tree, p.total(stakes), precision).terminal_probabilities
        total += odds.sum(axis=0)
        square += (odds**2).sum(axis=0)
        done += size
    mean = total / draws
    error = np.sqrt(np.maximum(square / draws - mean**2, 0.0) / max(1, draws - 1))
    for t, chance in enumerate(mean.tolist()):
        move = position.focal_moves[t] if moves else None
        if move is not None:
            moves[move] += chance
    order = np.argsort(-mean, kind="stable")[:_SHOWN]
    return {
        "draws": draws,
        "seed": _SEED,
        "moves": moves,
        "histories": [
            {
                "history": position.history(int(t)),
                "label": position.after(int(t), ""),
                "probability": float(mean[t]),
                "standard_error": float(error[t]),
            }
            for t in order
        ],
    }


def render_record(scenario: Scenario, record: Mapping[str, Any], columns: int) -> str:
    """The equilibria in words."""
    name = CONCEPTS[record["concept"]]
    count, whole = record["count"], "all there are" if record["complete"] else "there may be more"
    noun = "equilibrium" if count == 1 else "equilibria"
    lines = [scenario.file.title, *textwrap.wrap(f"{count} {name} {noun} ({whole}): {record['method']}.", columns)]
    if "residual" in record:
        lines += textwrap.wrap(
            f"λ = {record['precision']:g} per % of income; residual {record['residual']:.1e}.", columns
        )
    actors = scenario.file.actors
    for n, entry in enumerate(record["listed"], start=1):
        kind = "pure" if entry["pure"] else "mixed"
        worth = ", ".join(f"{actors[a].label} {signed(x)} %" for a, x in entry["payoffs"].items())
        lines += [
            "",
            *textwrap.wrap(f"({n}) {kind}; largest regret {entry['regret']:.1e} %. Payoffs: {worth}.", columns),
        ]
        lines += _histories(entry["histories"], columns)
    if count > len(record["listed"]):
        lines.append(f"and {count - len(record['listed'])} more")
    if "over_draws" in record:
        lines += _draws(scenario, record["over_draws"], columns)
    return "\n".join(lines)


def _histories(histories: list[dict[str, Any]], columns: int) -> list[str]:
    lines = []
    for each in histories[:_SHOWN]:
        text = f"{amount(100 * each['probability'])} %  {each['label']}"
        lines += textwrap.wrap(text, columns, initial_indent="  ", subsequent_indent="      ")
    if len(histories) > _SHOWN:
        lines.append(f"  {len(histories) - _SHOWN} less likely ones")
    return lines


def _draws(scenario: Scenario, record: Mapping[str, Any], columns: int) -> list[str]:
    head = (
        f"Over {record['draws']:,} draws of all stakes, uniform over their ranges: a way to see what hangs on them, "
        "not a belief about them."
    )
    lines = ["", *textwrap.wrap(head, columns)]
    if record["moves"]:
        labels = scenario.file.moves[scenario.file.focus.stage] if scenario.file.focus else {}
        listed = "; ".join(f"{labels[m].label} {amount(100 * p)} %" for m, p in record["moves"].items())
        lines += textwrap.wrap(listed + ".", columns)
    for each in record["histories"]:
        odds = f"{amount(100 * each['probability'])} % (± {amount(100 * each['standard_error'])})"
        lines += textwrap.wrap(f"{odds}  {each['label']}", columns, initial_indent="  ", subsequent_indent="      ")
    return lines
