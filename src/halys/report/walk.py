"""A walk through the game of a scenario: at each decision what every move leads to, costs and is worth."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from halys.answer.position import Position, find_position
from halys.answer.words import amount, signed
from halys.errors import FileError, InputError, Problem, did_you_mean
from halys.scenario import Scenario
from halys.strategy import solve_play
from halys.strategy.efg_reader import read_efg
from halys.strategy.payoff_table import load_payoffs

Array = NDArray[np.float64]


def payoffs_from(scenario: Scenario, results: xr.Dataset, file: Path) -> Array:
    """Payoffs (terminal, actor) from a table or a game of Gambit, for the game of a run.

    Raises:
        FileError: the file cannot be read, or its histories or players are not those of the game.
    """
    tree = find_position(scenario, results).tree
    if file.suffix.lower() != ".efg":
        return load_payoffs(file, tree)
    try:
        text = file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"{file}: cannot be read as text ({error}). Give a game in Gambit's format.") from error
    game = read_efg(text, str(file))
    rows = {name: n for n, name in enumerate(game.tree.terminals)}
    lacking = [name for name in tree.terminals if name not in rows]
    columns = {name: n for n, name in enumerate(game.tree.players)}
    labels = [scenario.file.actors[name].label for name in tree.players]
    chosen = [columns.get(name, columns.get(label)) for name, label in zip(tree.players, labels, strict=True)]
    problems = []
    if lacking:
        told = f"{len(lacking)} histories of the game are not among its outcomes, such as {lacking[0]!r}."
        problems.append(Problem(str(file), f"{told} Name outcomes by histories, as game.efg of a run does."))
    for name, column in zip(tree.players, chosen, strict=True):
        if column is None:
            problems.append(Problem(str(file), f"no player is called {name!r}; it has {', '.join(columns)}."))
    if problems:
        raise FileError(problems)
    return game.payoffs[[rows[name] for name in tree.terminals]][:, [c for c in chosen if c is not None]]


class Walk:
    """The game of a run, place by place.

    Args:
        payoffs: (terminal, actor) to play on instead of those of the scenario.
    """

    def __init__(self, scenario: Scenario, results: xr.Dataset, payoffs: Array | None = None) -> None:
        self.position: Position = find_position(scenario, results)
        self.total = self.position.payoffs.total() if payoffs is None else payoffs
        if payoffs is not None:
            self.position.__dict__["play"] = solve_play(self.position.tree, payoffs)
        self.own = payoffs is None

    @property
    def start(self) -> int:
        """Where the game starts."""
        return self.position.tree.root

    def step(self, place: int, given: str) -> int:
        """The place that a move leads to; without one, that of the move played (of chance the most likely).

        Raises:
            InputError: there is no such move.
        """
        node = self.position.tree.nodes[place]
        if not given:
            return node.children[self.position.play.choice[place]]
        name = given.rpartition("=")[2]
        if name.isdigit() and 1 <= int(name) <= len(node.moves):
            return node.children[int(name) - 1]
        if name not in node.moves:
            raise InputError(
                f"{given!r} is no move of {self._stage(place)}. It has {', '.join(node.moves)}."
                f"{did_you_mean(name, node.moves)}"
            )
        return node.children[node.moves.index(name)]

    def follow(self, moves: Sequence[str]) -> list[int]:
        """The places that the moves lead through, then those of the play to its end.

        Raises:
            InputError: a move that is not there, or more moves than decisions.
        """
        places = [self.start]
        for move in moves:
            if places[-1] < 0:
                raise InputError(f"the game has ended before {move!r}: {self._path(places[-1])}.")
            places.append(self.step(places[-1], move))
        while places[-1] >= 0:
            places.append(self.step(places[-1], ""))
        return places

    def record(self, places: Sequence[int]) -> dict[str, Any]:
        """The places in plain data."""
        return {"scenario": self.position.scenario.id, "unit": _UNIT, "places": [self._record(p) for p in places]}

    def render(self, places: Sequence[int], columns: int) -> str:
        """The places in words."""
        return "\n\n".join(self.describe(place, columns) for place in places)

    def describe(self, place: int, columns: int) -> str:
        """One place in words: who decides and what each move costs, or what the end brings everybody."""
        record = self._record(place)
        if place < 0:
            lines = ["The end: " + self._path(place)]
            wide = max(len(row["label"]) for row in record["actors"])
            lines += [f"  {row['label']:<{wide}}  {_change(row)}" for row in record["actors"]]
            return "\n".join(lines)
        head = f"{record['actor_label']}: {record['question'] or record['stage']}"
        lines = textwrap.wrap(head, columns)
        if record["unseen"]:
            lines += textwrap.wrap("(It does not see all that went before.)", columns)
        wide = max(len(move["label"]) for move in record["moves"])
        for number, move in enumerate(record["moves"], start=1):
            mark = "*" if move["played"] else " "
            text = f"{mark}{number:>2}  {move['label']:<{wide}}  {_what(move)}"
            lines += textwrap.wrap(text, columns, subsequent_indent=" " * 6, drop_whitespace=True) or [text]
            if move["then"]:
                lines += textwrap.wrap(
                    f"then {move['then']}", columns, initial_indent=" " * 6, subsequent_indent=" " * 8
                )
        return "\n".join(lines)

    def _record(self, place: int) -> dict[str, Any]:
        position = self.position
        if place < 0:
            rows = [self._worth(place, i) for i in range(len(position.actors))]
            return {"history": position.history(~place), "actors": rows}
        node, stage = position.tree.nodes[place], position.stages[place]
        moves = []
        for m, (move, child) in enumerate(zip(node.moves, node.children, strict=True)):
            entry: dict[str, Any] = {
                "move": move,
                "label": position.label_of(stage, move),
                "played": m == position.play.choice[place] and not node.chance,
                "then": position.after(position.end(child), stage) if child >= 0 else "",
                "history": position.history(position.end(child)),
            }
            if node.chance:
                entry["probability"] = node.probabilities[m]
            else:
                entry |= self._worth(child, node.player)
                entry["label"] = position.label_of(stage, move)
            moves.append(entry)
        question = next(s.question for s in position.scenario.file.stages if s.id == stage)
        return {
            "stage": stage,
            "actor": position.actor_of(stage),
            "actor_label": position.label_of_actor(stage),
            "question": question,
            "after": node.label,
            "unseen": bool(node.information),
            "moves": moves,
        }

    def _worth(self, place: int, player: int) -> dict[str, Any]:
        """What a place comes to for an actor: real income (where it has an economy) and payoff."""
        position, actor = self.position, self.position.actors[player]
        paid = position.income[player] > 0 and self.own
        return {
            "actor": actor,
            "label": position.scenario.file.actors[actor].label,
            "percent": float(position.mean(place, position.payoffs.welfare)[player]) if paid else None,
            "billion": float(position.mean(place, position.welfare_billion)[player]) if paid else None,
            "payoff": float(position.mean(place, self.total)[player]),
        }

    def _stage(self, place: int) -> str:
        return f"stage {self.position.stages[place]!r}"

    def _path(self, place: int) -> str:
        return self.position.after(~place, "")


_UNIT = "% of the actor's own baseline income a year"


def _what(move: dict[str, Any]) -> str:
    return f"probability {move['probability']:.2g}" if "probability" in move else _change(move)


def _change(row: dict[str, Any]) -> str:
    if row["percent"] is None:
        return f"payoff {signed(row['payoff'])} %"
    money = f"{signed(row['billion'])} bn USD" if abs(row["billion"]) >= 5e-4 else "0 bn USD"
    income = signed(row["percent"]) if abs(row["percent"]) >= 1e-6 else amount(0.0)
    return f"income {income} %, {money}; payoff {signed(row['payoff'])} %"
