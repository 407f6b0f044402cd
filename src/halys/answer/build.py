"""`build_answer`: from the results of a scenario to its game as a dataset and the answer in plain data."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from halys.answer.bands import find_bands
from halys.answer.deterrence import describe_deterrence, find_crossings, full_threat, tempting
from halys.answer.horizons import Beside, SolveViews, describe_horizons
from halys.answer.lines import describe_ladder, describe_lines
from halys.answer.listing import describe_equilibria, equilibrium_sentences, find_equilibria
from halys.answer.map import describe_map
from halys.answer.payers import describe_payers, measure_waverers
from halys.answer.position import CHANCE_NAME, Position, find_position, locate
from halys.answer.repetition import describe_repetition
from halys.answer.results import describe_history
from halys.answer.sensitivity import Evaluate, study_unknowns
from halys.answer.severity import describe_severity
from halys.answer.words import answer_sentence, beside_sentences, describe_block, range_sentences
from halys.scenario import Scenario
from halys.strategy import solve_many, write_efg

DRAWS = 2048
WAVERERS = 8
_NUMBERS = 1 << 21
PERCENT = "% of own baseline final spending a year"


class Answer(NamedTuple):
    """`game`: payoffs, exposures and stakes, labelled. `data`: the answer in plain data. `gambit`: the game as text."""

    game: xr.Dataset
    data: dict[str, Any]
    gambit: str


def build_answer(
    scenario: Scenario,
    results: xr.Dataset,
    evaluate: Evaluate,
    solve: SolveViews,
    shown: Sequence[Mapping[str, Any]] = (),
) -> Answer:
    """The answer to a scenario that has stages.

    Args:
        results: of all histories. evaluate: solves variants of the scenario for the sensitivities. solve: solves
            histories at other elasticities. shown: further rows of long and short run (`describe_horizons`).
    """
    position = find_position(scenario, results)
    if not position.tree.information.given:
        return _list_equilibria(position, results, solve, shown)
    deterrence = describe_deterrence(position)
    histories = _spoken_of(position)
    if deterrence is not None:
        deterrence["waverers"] = measure_waverers(position, results, deterrence["partners"], WAVERERS)
    found = describe_map(position)
    studied, lines = study_unknowns(position, evaluate), describe_lines(position)
    find_bands(position, lines, studied.economic, evaluate)
    data: dict[str, Any] = {
        "focus": _focus(position),
        "played": _played(position),
        "possible": _possible(position),
        "ladder": describe_ladder(position),
        "lines": lines,
        "named": {entry["role"]: entry["history"] for entry in histories},
        "who_pays": describe_payers(position, results, _once(histories)),
        "horizons": None,
        "deterrence": deterrence,
        "severity": describe_severity(deterrence),
        "repetition": describe_repetition(position),
        "bounds": None,
        "sensitivity": studied.entries,
        "lost": _lost(position),
        "tree": _tree(position),
        "map": None if found is None else found.data,
    }
    payers = data["who_pays"]
    listed = [*payers["rows"], *payers["unranked"], *shown]
    data["horizons"], beside = describe_horizons(scenario, results, payers["histories"], solve, listed, whole=True)
    data["horizons"]["play"] = None if beside is None else _play_beside(scenario, beside)
    data["played"]["range"] = _range_of_income(position, data["sensitivity"])
    data["sentence"] = answer_sentence(data)
    data["holds_if"] = range_sentences(data)
    data["not_modelled"] = list(scenario.file.not_modelled)
    data["block"] = describe_block(data, data["not_modelled"])
    title = f"{scenario.file.title}: payoffs in {PERCENT}, at the reference stakes"
    gambit = write_efg(position.tree, position.payoffs.total(), title)
    return Answer(_game(position, position.play.terminal, None if found is None else found.raster), data, gambit)


def _list_equilibria(
    position: Position, results: xr.Dataset, solve: SolveViews, shown: Sequence[Mapping[str, Any]]
) -> Answer:
    """The answer to a game in which actors hide moves from each other: its equilibria, and who pays in the first."""
    scenario, record = position.scenario, describe_equilibria(position, find_equilibria(position))
    sentences = equilibrium_sentences(position, record)
    first = record["listed"][0]["histories"][0] if record["listed"] else None
    history = scenario.histories[0].id if first is None else first["history"]
    title = "first history" if first is None else "most likely history of (1)"
    named = [{"history": history, "role": "played", "title": title}]
    payers = describe_payers(position, results, named)
    rows = [*payers["rows"], *payers["unranked"], *shown]
    horizons, _ = describe_horizons(scenario, results, named, solve, rows)
    left_out = list(scenario.file.not_modelled)
    data: dict[str, Any] = {
        "focus": None, "played": {"history": history, "move": None}, "possible": [], "ladder": [], "lines": [],
        "named": {"played": history}, "who_pays": payers, "horizons": {**horizons, "play": None}, "deterrence": None,
        "severity": None, "repetition": None, "bounds": None, "sensitivity": [], "lost": [], "tree": None, "map": None,
        "equilibria": record, "sentence": sentences[0], "holds_if": sentences[1:], "not_modelled": left_out,
    }  # fmt: skip
    data["block"] = describe_block(data, left_out)
    gambit = write_efg(position.tree, position.payoffs.total(), f"{scenario.file.title}: payoffs in {PERCENT}")
    return Answer(_game(position, position.tree.terminals.index(history), None), data, gambit)


def _play_beside(scenario: Scenario, beside: Beside) -> dict[str, Any] | None:
    """The game as it would be played on the horizon that stands beside: what is played, its lines, the threat."""
    position = locate(scenario, *beside, np.array(scenario.distinct[1]))
    if not position.tree.terminals:
        return None
    deterrence = describe_deterrence(position)
    data: dict[str, Any] = {
        "run": scenario.beside.name,
        "focus": _focus(position),
        "played": {**_played(position), "range": None},
        "ladder": describe_ladder(position),
        "lines": describe_lines(position),
        "possible": _possible(position),
        "deterrence": None if deterrence is None else {**deterrence, "waverers": []},
        "lost": _lost(position),
    }
    return {**data, "sentences": beside_sentences(data)}


def _focus(position: Position) -> dict[str, Any] | None:
    focus = position.focus
    if focus is None:
        return None
    stage = next(s for s in position.scenario.file.stages if s.id == focus.stage)
    return {
        "stage": focus.stage,
        "actor": stage.actor,
        "actor_label": position.label_of_actor(focus.stage),
        "question": stage.question,
        "line": list(focus.line),
        "reply": focus.reply,
        "reply_actor": None if focus.reply is None else position.actor_of(focus.reply),
        "no_reply": list(focus.no_reply),
        "partners": list(focus.partners),
        "target": focus.target,
    }


def _played(position: Position) -> dict[str, Any]:
    t, root = position.play.terminal, position.tree.root
    history = position.scenario.histories[position.rows[t]]
    move = None if position.focus is None else position.move_at(t, position.focus.stage)
    welfare = {
        actor: {
            "percent": float(position.mean(root, position.payoffs.welfare)[i]),
            "billion": float(position.mean(root, position.welfare_billion)[i]),
            "payoff": float(position.mean(root, position.payoffs.total())[i]),
        }
        for i, actor in enumerate(position.actors)
    }
    return {
        "history": history.id,
        "label": describe_history(position.scenario, history),
        "moves": dict(history.moves),
        "move": move,
        "crosses": None if position.focus is None or move is None else position.crosses(move),
        "ties": _ties(position),
        "regret": position.play.regret,
        "welfare": welfare,
    }


def _range_of_income(position: Position, sensitivity: list[dict[str, Any]]) -> dict[str, float] | None:
    """The focal actor's ΔW in the played history over the ranges of measures and elasticities, each alone."""
    found = [x for entry in sensitivity for end in ("low", "high") if (x := entry.get(f"percent_{end}")) is not None]
    if not found or position.focal_node is None:
        return None
    player = position.tree.nodes[position.focal_node].player
    found.append(float(position.payoffs.welfare[position.play.terminal, player]))
    low, high = min(found), max(found)
    return {
        "percent_low": low,
        "percent_high": high,
        "billion_low": position.money(player, low),
        "billion_high": position.money(player, high),
    }


def _ties(position: Position) -> list[str]:
    """Moves on the played path that tie with the one played."""
    found = []
    for node, choice in position.play.path:
        tied, stage = position.play.tied[node], position.stages[node]
        if len(tied) > 1:
            names = [position.label_of(stage, position.tree.nodes[node].moves[m]) for m in tied if m != choice]
            own = position.label_of(stage, position.tree.nodes[node].moves[choice])
            same = ", ".join(f"“{name}”" for name in names)
            found.append(f"{position.label_of_actor(stage)}: “{own}” is worth the same as {same}; the first is played.")
    return found


def _possible(position: Position) -> list[dict[str, Any]]:
    """Focal moves that come out over evenly spread draws of all stakes within their ranges, with their shares."""
    if position.focus is None or not position.stakes:
        return []
    p = position.payoffs
    draws = p.low + _spread(DRAWS, len(position.stakes)) * (p.high - p.low)
    size = max(1, _NUMBERS // p.welfare.size)  # draws whose payoffs are held at once
    moves: list[str | None] = []
    for start in range(0, DRAWS, size):
        _, terminals = solve_many(position.tree, p.total(draws[start : start + size]))
        moves += [position.focal_moves[t] for t in terminals[:, 0]]
    stage = position.focus.stage
    found = [
        {
            "move": move,
            "label": "the decision does not come up" if move is None else position.label_of(stage, move),
            "crosses": position.crosses(move),
            "share": moves.count(move) / DRAWS,
        }
        for move in dict.fromkeys(moves)
    ]
    return sorted(found, key=lambda x: (-x["share"], str(x["move"])))


def _spread(count: int, dimensions: int) -> NDArray[np.float64]:
    """Evenly spread points of the unit cube (point, dimension): n/g, n/g², …, modulo 1, with g^(d+1) = g + 1.

    The generalised golden ratio: M. Roberts (2018), "The unreasonable effectiveness of quasirandom sequences".
    """
    g = 2.0
    for _ in range(64):
        g = (1.0 + g) ** (1.0 / (dimensions + 1))
    steps = g ** -np.arange(1.0, dimensions + 1)
    return np.asarray((0.5 + np.arange(1, count + 1)[:, None] * steps) % 1.0)


def _spoken_of(position: Position) -> list[dict[str, str]]:
    """The played history; what would follow if the line were crossed; the worst case, a threat carried out by all.

    The last two only where someone may answer.
    """
    focus = position.focus
    stage = position.scenario.file.stages[0].id if focus is None else focus.stage
    t = position.play.terminal
    move = position.move_at(t, stage)
    title = "as played" if move is None else f"as played: {position.label_of(stage, move)}"
    found = [{"history": position.history(t), "role": "played", "title": title}]
    crossings = find_crossings(position) if focus is not None and focus.reply is not None else []
    if not crossings or focus is None or focus.reply is None:
        return found
    chosen = tempting(position, crossings)
    crossed = position.label_of(stage, chosen.move)
    after = position.end(chosen.node)
    answer = position.move_at(after, focus.reply)
    follows = "nothing" if answer is None else position.label_of(focus.reply, answer)
    title = f"if “{crossed}” came: {follows}"
    found.append({"history": position.history(after), "role": "crossed", "title": title})
    reply, end = full_threat(position, chosen)
    joined = any(position.move_at(end, partner) == move for partner, move in focus.joins.items())
    everyone = " by all" if joined else ""
    title = f"the worst case then, not expected: {position.label_of(focus.reply, reply)}{everyone}"
    found.append({"history": position.history(end), "role": "threat", "title": title})
    return found


def _once(histories: list[dict[str, str]]) -> list[dict[str, str]]:
    """Each history under the first of its names."""
    seen: dict[str, dict[str, str]] = {}
    for entry in histories:
        seen.setdefault(entry["history"], entry)
    return list(seen.values())


def _lost(position: Position) -> list[dict[str, Any]]:
    """Moves without an equilibrium, which nobody could choose: on the played path and in what follows a focal move."""
    tree, play, focal = position.tree, position.play, position.focal_node
    starts = [0, *(() if focal is None else (focal, *tree.nodes[focal].children))] if tree.nodes else []
    nodes: list[int] = []
    for at in starts:
        while at >= 0:
            nodes.append(at)
            at = tree.nodes[at].children[play.choice[at]]
    return [
        {
            "after": tree.nodes[n].label,
            "stage": position.stages[n],
            "move": move,
            "actor_label": position.label_of_actor(position.stages[n]),
            "label": position.label_of(position.stages[n], move),
        }
        for n in dict.fromkeys(nodes)
        for move in position.lost[n]
    ]


def _tree(position: Position) -> dict[str, Any]:
    path = dict(position.play.path)
    nodes = []
    for n, node in enumerate(position.tree.nodes):
        stage = position.stages[n]
        moves = [
            {
                "move": move,
                "label": position.label_of(stage, move),
                "child": child if child >= 0 else None,
                "history": position.history(~child) if child < 0 else None,
                "chosen": m == position.play.choice[n],
                "tied": m in position.play.tied[n],
                "on_path": path.get(n) == m,
            }
            for m, (move, child) in enumerate(zip(node.moves, node.children, strict=True))
        ]
        question = next(s.question for s in position.scenario.file.stages if s.id == stage)
        actor = CHANCE_NAME if node.chance else position.actors[node.player]
        entry: dict[str, Any] = {
            "label": node.label,
            "stage": stage,
            "actor": actor,
            "question": question,
            "moves": moves,
        }
        if node.information:
            entry["information"] = node.information
        if node.chance:
            entry["probabilities"] = list(node.probabilities)
        nodes.append(entry)
    return {"nodes": nodes}


def _game(position: Position, played: int, raster: xr.DataArray | None) -> xr.Dataset:
    """Payoffs of every history of the game, and what they are made of; `played` marks one."""
    p, file = position.payoffs, position.scenario.file

    def variable(dims: tuple[str, ...], values: Any, label: str, units: str = "1") -> xr.Variable:
        return xr.Variable(dims, values, {"long_name": label, "units": units})

    labels = [describe_history(position.scenario, position.scenario.histories[row]) for row in position.rows]
    variables = {
        "welfare": variable(("history", "actor"), p.welfare, "Change of real income", PERCENT),
        "welfare_billion": variable(
            ("history", "actor"), position.welfare_billion, "Equivalent variation", "billion USD a year"
        ),
        "payoff": variable(("history", "actor"), p.total(), "Payoff at the reference stakes", PERCENT),
        "exposure": variable(("history", "stake"), p.exposure, "Exposure of the stake, from -1 to 1"),
        "stake_value": variable(("stake",), p.value, "Stake, yearly equivalent, reference", PERCENT),
        "stake_low": variable(("stake",), p.low, "Stake, yearly equivalent, low end", PERCENT),
        "stake_high": variable(("stake",), p.high, "Stake, yearly equivalent, high end", PERCENT),
        "played": variable(
            ("history",), np.arange(len(position.rows)) == played, "Played, by the most likely moves of chance"
        ),
    }
    places = {
        "history": variable(("history",), list(position.tree.terminals), "History: moves in order"),
        "actor": variable(("actor",), list(position.actors), "Actor"),
        "stake": variable(("stake",), np.array(position.stakes, dtype=str), "Stake"),
        "history_label": variable(("history",), labels, "History in words"),
        "actor_label": variable(("actor",), [file.actors[a].label for a in position.actors], "Actor"),
        "stake_label": variable(
            ("stake",), np.array([file.stakes[k].label for k in position.stakes], dtype=str), "Stake"
        ),
        "stake_actor": variable(("stake",), np.array([position.actors[o] for o in p.owner], dtype=str), "Owner"),
    }
    game = xr.Dataset(variables, places, {"title": file.title, "scenario": file.id})
    return game if raster is None else game.assign(map_history=raster)
