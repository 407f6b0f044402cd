"""A small hand-made answer for a solved scenario, so that the report can be tested apart from how answers are found.

Three stakes are laid over the game of `rome-2022`; what follows is found by the functions of `halys.strategy`, and the
rest (shares, switching values, words) is written by hand.
"""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import numpy as np
import xarray as xr

from halys.scenario import Scenario
from halys.strategy import Tree, find_pieces, solve_grid, solve_play

POLITICAL = {"china": {"political": 0.1, "relief": 0.25, "dual-use": 0.35, "arms": 0.6}}
STAKES = (
    {"stake": "russia-undefeated", "label": "Russia is not defeated", "actor": "china", "range": (0.0, 3.0, 1.3)},
    {"stake": "resolve", "label": "A threat carried out", "actor": "usa", "range": (0.0, 0.4, 0.25)},
    {"stake": "alliance", "label": "Standing with Washington", "actor": "europe", "range": (0.0, 0.8, 0.3)},
)
LINE = ["relief", "dual-use", "arms"]


def exposure(stake: str, moves: dict[str, str]) -> float:
    """Exposure of a stake at a history."""
    if stake == "russia-undefeated":
        return POLITICAL["china"].get(moves["china"], 0.0)
    if stake == "resolve":
        return {"warning": -1.0, "banks": 0.0, "broad": 0.4}.get(moves.get("usa", ""), 0.0)
    return {"joins": 1.0, "stays-out": 0.0}.get(moves.get("europe", ""), 0.0)


def build_game(scenario: Scenario, results: xr.Dataset) -> xr.Dataset:
    """The dataset `game`: welfare, exposures and payoffs by history."""
    actors, ids = scenario.actor_economies, [s["stake"] for s in STAKES]
    first = results.isel(closure=0).sel(equilibrium=results["equilibrium_of"].values)
    masks = [np.isin(results["economy"].values, codes) for codes in actors.values()]
    change = np.stack([first["equivalent_variation"].values[:, m].sum(axis=1) for m in masks], axis=1)
    income = np.array([first["final_spending_baseline"].values[m].sum() for m in masks])
    welfare = 100 * change / income
    moves = [dict(h.moves) for h in scenario.histories]
    exposures = np.array([[exposure(k, m) for k in ids] for m in moves])
    payoff = welfare.copy()
    for k, stake in enumerate(STAKES):
        payoff[:, list(actors).index(stake["actor"])] += stake["range"][2] * exposures[:, k]
    percent = {"units": "% of baseline final spending a year"}
    file = scenario.file
    labels = [
        "; ".join(f"{file.actors[s].label}: {file.moves[s][m].label}" for s, m in h.moves) for h in scenario.histories
    ]
    return xr.Dataset(
        {
            "welfare": (("history", "actor"), welfare, {"long_name": "Change of real income", **percent}),
            "welfare_billion": (
                ("history", "actor"),
                change,
                {"long_name": "Change of real income", "units": "billion USD a year"},
            ),
            "payoff": (("history", "actor"), payoff, {"long_name": "Payoff", **percent}),
            "exposure": (("history", "stake"), exposures, {"long_name": "Exposure", "units": "1"}),
            **{
                f"stake_{name}": ("stake", [float(s["range"][n]) for s in STAKES], {"long_name": name, **percent})
                for n, name in enumerate(("low", "high", "value"))
            },
        },
        {
            "history": [h.id for h in scenario.histories],
            "actor": list(actors),
            "stake": ids,
            "history_label": ("history", labels),
            "actor_label": ("actor", [file.actors[a].label for a in actors]),
            "stake_label": ("stake", [s["label"] for s in STAKES]),
            "stake_actor": ("stake", [s["actor"] for s in STAKES]),
        },
    )


def build_tree(scenario: Scenario) -> tuple[Tree, tuple[str, ...]]:
    from halys.scenario.game import game_tree

    return game_tree(scenario)


class _Builder:
    def __init__(self, scenario: Scenario, game: xr.Dataset) -> None:
        self.scenario, self.game = scenario, game
        self.tree, self.stages = build_tree(scenario)
        self.payoffs = game["payoff"].values
        self.play = solve_play(self.tree, self.payoffs)
        self.actors = [str(a) for a in game["actor"].values]
        self.income = game["welfare_billion"].values[-1] / game["welfare"].values[-1] * 100

    def end(self, place: int) -> int:
        return self.play.outcome[place] if place >= 0 else ~place

    def label(self, stage: str, move: str) -> str:
        return self.scenario.file.moves[stage][move].label

    def after(self, terminal: int, stage: str) -> str:
        moves = self.scenario.histories[terminal].moves
        names = [s for s, _ in moves]
        return "; ".join(
            f"{self.scenario.file.actors[s].label}: {self.label(s, m)}" for s, m in moves[names.index(stage) + 1 :]
        )

    def pair(self, terminal: int, actor: str) -> dict[str, float]:
        n = self.actors.index(actor)
        return {
            "percent": float(self.game["welfare"].values[terminal, n]),
            "billion": float(self.game["welfare_billion"].values[terminal, n]),
        }

    def along(self, k: int) -> tuple[np.ndarray, np.ndarray]:
        owner = self.actors.index(STAKES[k]["actor"])
        slope = np.zeros_like(self.payoffs)
        slope[:, owner] = self.game["exposure"].values[:, k]
        return self.payoffs - STAKES[k]["range"][2] * slope, slope

    def ladder(self) -> list[dict[str, Any]]:
        root = self.tree.nodes[0]
        rungs = []
        for move, child in zip(root.moves, root.children, strict=True):
            t = self.end(child)
            worth = float(self.payoffs[t, root.player])
            rungs.append(
                {
                    "move": move,
                    "label": self.label("china", move),
                    "crosses": move in LINE,
                    "history": self.tree.terminals[t],
                    "path_label": self.after(t, "china"),
                    **self.pair(t, "china"),
                    "payoff": worth,
                    "gain": worth - float(self.play.values[0, root.player]),
                }
            )
        return rungs

    def lines(self) -> list[dict[str, Any]]:
        found = []
        for k, stake in enumerate(STAKES):
            low, high, value = stake["range"]
            pieces, merged = find_pieces(self.tree, *self.along(k), low, high)[0], []
            for piece in pieces:
                move = dict(self.scenario.histories[piece.terminal].moves)["china"]
                if merged and merged[-1]["move"] == move:
                    merged[-1]["high"] = piece.high
                    continue
                history = self.tree.terminals[piece.terminal]
                label = self.label("china", move)
                entry = {"low": piece.low, "high": piece.high, "history": history, "move": move, "move_label": label}
                merged.append({**entry, "crosses": move in LINE})
            income = float(self.income[self.actors.index(stake["actor"])])
            breaks = [
                {
                    "at": a["high"],
                    "at_billion": a["high"] * income / 100,
                    "at_once": None,
                    "within": True,
                    "from": a["move"],
                    "to": b["move"],
                    "from_label": a["move_label"],
                    "to_label": b["move_label"],
                    "flips": a["crosses"] != b["crosses"],
                }
                for a, b in pairwise(merged)
            ]
            label = self.scenario.file.actors[stake["actor"]].label
            found.append(
                {"stake": stake["stake"], "label": stake["label"], "actor": stake["actor"], "actor_label": label}
                | {"accrual": "flow", "source": "assumption", "low": low, "high": high, "value": value}
                | {"pieces": merged, "breaks": breaks}
            )
        return found

    def nodes(self) -> list[dict[str, Any]]:
        on_path = dict(self.play.path)
        file, found = self.scenario.file, []
        for n, node in enumerate(self.tree.nodes):
            stage = next(s for s in file.stages if s.id == self.stages[n])
            moves = [
                {
                    "move": move,
                    "label": self.label(stage.id, move),
                    "child": child if child >= 0 else None,
                    "history": self.tree.terminals[~child] if child < 0 else None,
                    "chosen": self.play.choice[n] == m,
                    "on_path": on_path.get(n) == m,
                }
                for m, (move, child) in enumerate(zip(node.moves, node.children, strict=True))
            ]
            entry = {"label": node.label, "stage": stage.id, "actor": stage.actor, "question": stage.question}
            found.append({**entry, "moves": moves})
        return found

    def deterrence(self) -> dict[str, Any]:
        usa, china = self.actors.index("usa"), self.actors.index("china")
        moves = []
        node = self.tree.nodes[0]
        stay = max(float(self.payoffs[self.end(node.children[m]), china]) for m in (0, 1))
        for move in LINE:
            place = node.children[node.moves.index(move)]
            reply = self.tree.nodes[place]
            quiet = self.end(reply.children[0])
            cells = []
            for name, child in list(zip(reply.moves, reply.children, strict=True))[1:]:
                t = self.end(child)
                gain = float(self.payoffs[t, usa] - self.payoffs[quiet, usa])
                cells.append(
                    {
                        "reply": name,
                        "history": self.tree.terminals[t],
                        "credible": gain >= 0,
                        "sufficient": bool(self.payoffs[t, china] < stay),
                        "assured": True,
                        "own_cost": self.pair(t, "usa"),
                        "target_cost": self.pair(t, "china"),
                    }
                )
            moves.append({"move": move, "label": self.label("china", move), "cells": cells})
        rows = [
            {"reply": "banks", "label": "Chinese banks cut off", "set": "credible", "intervals": [[0.07, 0.4]]},
            {"reply": "banks", "label": "Chinese banks cut off", "set": "sufficient", "intervals": []},
            {"reply": "banks", "label": "Chinese banks cut off", "set": "assured", "intervals": [[0.0, 0.4]]},
            {"reply": "broad", "label": "Broad sanctions", "set": "credible", "intervals": [[0.12, 0.4]]},
            {"reply": "broad", "label": "Broad sanctions", "set": "sufficient", "intervals": [[0, 0.1], [0.2, 0.4]]},
            {"reply": "broad", "label": "Broad sanctions", "set": "assured", "intervals": [[0.0, 0.4]]},
            {"reply": "broad", "label": "Broad sanctions", "set": "deters", "intervals": [[0.2, 0.4]]},
        ]
        chart = {"stake": "resolve", "label": "A threat carried out", "actor": "usa", "accrual": "flow"}
        needed = {"reply": "banks", "label": "Chinese banks cut off", "stake": "resolve", "at": 0.07}
        return {
            "replies": [{"move": m, "label": self.label("usa", m)} for m in ("banks", "broad")],
            "moves": moves,
            "needed": [{**needed, "stake_label": "A threat carried out", "at_billion": 17.5, "at_once": None}],
            "waverers": [{"who": "DEU", "label": "Germany", "cost_percent": -0.24, "cost_billion": -8.1}],
            "sentence": "Washington would carry out the threat of a cut-off of banks; the European Union wavers.",
            "chart": [{**chart, "rows": rows, "low": 0.0, "high": 0.4, "value": 0.25}],
        }

    def decision_map(self) -> dict[str, Any]:
        (c0, s0), (_, s1) = self.along(0), self.along(1)
        constant = c0 - STAKES[1]["range"][2] * s1
        ys = [(p.low, p.high) for p in find_pieces(self.tree, *self.along(1), 0.0, 0.4)[0]]
        cuts = sorted({0.0, 0.4, *(y for pair in ys for y in pair)})
        polygons = []
        for low, high in pairwise(cuts):
            y = (low + high) / 2
            for p in find_pieces(self.tree, constant + y * s1, s0, 0.0, 3.0)[0]:
                move = dict(self.scenario.histories[p.terminal].moves)["china"]
                points = [[p.low, low], [p.high, low], [p.high, high], [p.low, high]]
                entry = {"history": self.tree.terminals[p.terminal], "move": move, "label": self.label("china", move)}
                polygons.append({**entry, "points": points})
        lines = [[[0.0, y], [3.0, y]] for y in cuts[1:-1]]
        lines += [[p["points"][1], p["points"][2]] for p in polygons if p["points"][1][0] < 3.0]
        return {"x": "russia-undefeated", "y": "resolve", "polygons": polygons, "lines": lines, "at": [1.3, 0.25]}

    def grid(self) -> np.ndarray:
        (c0, s0), (_, s1) = self.along(0), self.along(1)
        constant = c0 - STAKES[1]["range"][2] * s1
        return solve_grid(self.tree, constant, s0, s1, np.linspace(0, 3, 50), np.linspace(0, 0.4, 50))


def build_answer(scenario: Scenario, results: xr.Dataset, game: xr.Dataset) -> dict[str, Any]:
    """An answer in the shape that the report reads."""
    b = _Builder(scenario, game)
    t = b.play.terminal
    moves = dict(scenario.histories[t].moves)
    threat = next(n for n, h in enumerate(scenario.histories) if h.id == "china=arms/usa=broad/europe=joins")
    first = results.isel(closure=0)
    change, income = first["equivalent_variation"], first["final_spending_baseline"]

    def economy(code: str) -> list[dict[str, float]]:
        values = []
        for n in (t, threat):
            own = str(results["equilibrium_of"].values[n])
            amount = float(change.sel(equilibrium=own, economy=code))
            values.append({"percent": 100 * amount / float(income.sel(economy=code)), "billion": amount})
        return values

    rows = [
        {"kind": "actor", "who": a, "label": scenario.file.actors[a].label, "values": [b.pair(t, a), b.pair(threat, a)]}
        for a in b.actors
    ]
    for kind, codes in (("member", ("DEU", "IRL", "HUN")), ("outsider", ("VNM", "HKG", "KOR"))):
        names = {code: scenario.world.name_of(code) for code in codes}
        rows += [{"kind": kind, "who": c, "label": name, "values": economy(c)} for c, name in names.items()]
    focus = {"stage": "china", "actor": "china", "actor_label": "China", "line": LINE, "reply": "usa"}
    focus |= {"question": "How far does Beijing go in backing Russia?", "no_reply": ["warning"], "partners": ["europe"]}
    sensitivity = [
        {"id": "bank-friction", "label": "Payment friction on China's dollar trade", "unit": "factor on delivered cost"}
        | {"source": "assumption", "value": 1.0375, "low": 1.006, "high": 1.085, "at": 1.0221, "to": "relief"}
        | {"to_label": "Economic relief", "crosses": True, "flips": True, "exact": False},
        {"id": "russia-undefeated", "label": "Russia is not defeated", "unit": "% of income a year", "value": 1.3}
        | {"source": "assumption", "low": 0.0, "high": 3.0, "at": 2.31, "to": "arms", "exact": True}
        | {"to_label": "Arms and military aid", "crosses": True, "flips": True},
        {"id": "resolve", "label": "A threat carried out", "unit": "% of income a year", "value": 0.25, "low": 0.0}
        | {"source": "assumption", "high": 0.4, "at": 0.068, "to": "relief", "to_label": "Economic relief"}
        | {"crosses": True, "flips": True, "exact": True},
        {"id": "trade-elasticities", "label": "Trade elasticities", "unit": "factor", "source": "assumption"}
        | {"value": 1.0, "low": 0.5, "high": 1.5, "at": None, "to": None, "to_label": None, "exact": False},
    ]
    return {
        "focus": focus,
        "played": {
            "history": scenario.histories[t].id,
            "label": str(game["history_label"].values[t]),
            "moves": moves,
            "move": moves["china"],
            "crosses": moves["china"] in LINE,
            "ties": [],
            "welfare": {a: b.pair(t, a) for a in b.actors},
        },
        "sentence": "China does not cross the line: it chooses “Political backing”.",
        "holds_if": ["It holds if “Payment friction on China's dollar trade” stays above 1.022."],
        "possible": [{"move": "political", "label": "Political backing", "share": 0.71, "crosses": False}],
        "ladder": b.ladder(),
        "lines": b.lines(),
        "who_pays": {
            "histories": [
                {"history": scenario.histories[t].id, "role": "played", "title": "As played"},
                {"history": scenario.histories[threat].id, "role": "threat", "title": "The threat carried out"},
            ],
            "rows": rows,
        },
        "named": {"played": scenario.histories[t].id, "threat": scenario.histories[threat].id},
        "deterrence": b.deterrence(),
        "sensitivity": sensitivity,
        "tree": {"nodes": b.nodes()},
        "map": b.decision_map(),
        "infeasible": [],
        "not_modelled": list(scenario.file.notes),
        "report": "report.html",
    }
