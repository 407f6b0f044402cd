"""The game tree, pruned to the played path and the deviations of one step from it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import xarray as xr

from halys.report.charts.access import actor_labels, history_labels
from halys.report.charts.format import percent
from halys.report.charts.theme import Spec, actor_colours, ink, spec, to_chart

if TYPE_CHECKING:
    import altair as alt

_ROW, _INDENT = 25, 22  # pixels
_CHANCE = "#8a8f98"  # the colour of no actor


def chart_tree(game: xr.Dataset, answer: dict[str, Any]) -> alt.Chart | alt.LayerChart:
    """The played path with every decision on it and all its moves; each other move ends in what would follow it."""
    return to_chart(tree_spec(game, answer))


def follow(
    nodes: list[dict[str, Any]], move: dict[str, Any]
) -> tuple[list[tuple[dict[str, Any], dict[str, Any]]], str]:
    """What follows a move if all play on as chosen: (node, move) in order, and the history it ends in."""
    steps = []
    while move["child"] is not None:
        node = nodes[move["child"]]
        move = next(m for m in node["moves"] if m["chosen"])
        steps.append((node, move))
    return steps, str(move["history"])


def played_path(nodes: list[dict[str, Any]]) -> list[tuple[dict[str, Any], dict[str, Any]]]:
    """The decisions that come up in the play, with the move chosen at each."""
    if not nodes:
        return []
    first = next(m for m in nodes[0]["moves"] if m["chosen"])
    return [(nodes[0], first), *follow(nodes, first)[0]]


def income_changes(game: xr.Dataset) -> dict[tuple[str, str], float]:
    """Change of real income by history and actor, %."""
    values = game["welfare"].transpose("history", "actor").values
    histories, actors = ([str(n) for n in game[dimension].values] for dimension in ("history", "actor"))
    return {(h, a): float(values[i, j]) for i, h in enumerate(histories) for j, a in enumerate(actors)}


class _Drawing:
    """Rows and links of the played path, every decision under the move that leads to it."""

    def __init__(
        self,
        nodes: list[dict[str, Any]],
        actors: dict[str, str],
        colours: dict[str, str],
        histories: dict[str, str],
        welfare: dict[tuple[str, str], float],
    ) -> None:
        self.nodes, self.actors, self.colours = nodes, actors, colours
        self.histories, self.welfare = histories, welfare
        self.texts: list[Spec] = []
        self.links: list[Spec] = []
        self.row = 0

    def decision(self, n: int, depth: int, above: float) -> None:
        """A decision and its moves; what follows the chosen one comes right below it."""
        node, x, top = self.nodes[n], depth * _INDENT, self.row
        actor = str(node["actor"])
        question = f": {node['question']}" if node.get("question") else ""
        label = f"{self.actors.get(actor, 'Chance')}{question}"
        colour = self.colours.get(actor, _CHANCE)
        self.texts.append({"row": top, "x": x, "text": label, "kind": "node", "colour": colour})
        if top > above:
            self.links.append({"row": above, "row2": top, "x": x, "x2": x, "played": True})
        self.row += 1
        last = chosen = top
        odds = node.get("probabilities") or [None] * len(node["moves"])
        for move, probability in zip(node["moves"], odds, strict=True):
            last = self.row
            self._move(move, actor, depth, probability)
            if move["chosen"]:
                chosen = last
                if move["child"] is not None:
                    self.decision(move["child"], depth + 1, last + 0.35)
        self.links.append({"row": top, "row2": last, "x": x, "x2": x, "played": False})
        self.links.append({"row": top, "row2": chosen, "x": x, "x2": x, "played": True})

    def _move(self, move: dict[str, Any], actor: str, depth: int, probability: float | None) -> None:
        x, row, played = depth * _INDENT, self.row, bool(move["chosen"])
        steps, end = follow(self.nodes, move)
        then = "; ".join(f"{self.actors.get(str(n['actor']), 'Chance')}: {m['label']}" for n, m in steps)
        label = move["label"] if played or not then else f"{move['label']} → {then}"
        value = percent(self.welfare.get((end, actor), float("nan")))
        entry = {"row": row, "x": x + _INDENT, "text": label, "kind": "chosen" if played else "move"}
        entry |= {"then": then or "nothing follows", "history": self.histories.get(end, end)}
        right = f"{self.actors.get(actor, actor)} {value}" if probability is None else f"probability {probability:.2g}"
        self.texts.append(entry | {"value": right})
        self.links.append({"row": row, "row2": row, "x": x, "x2": x + _INDENT - 6, "played": played})
        self.row += 1


def tree_spec(game: xr.Dataset, answer: dict[str, Any]) -> Spec:
    """Vega-Lite of `chart_tree`."""
    actors = actor_labels(game)
    colours, nodes = actor_colours(actors), answer["tree"]["nodes"]
    welfare = income_changes(game)
    histories = history_labels(game)
    drawn = _Drawing(nodes, actors, colours, histories, welfare)
    drawn.decision(0, 0, 0)
    rows, texts, links = drawn.row, drawn.texts, drawn.links
    y: Spec = {"field": "row", "type": "quantitative", "axis": None}
    y["scale"] = {"domain": [-0.6, rows - 0.4], "nice": False, "zero": False, "reverse": True}
    x_: Spec = {"field": "x", "type": "quantitative", "scale": None, "axis": None}
    link = {"y": y, "y2": {"field": "row2"}, "x": x_, "x2": {"field": "x2"}}
    tooltip = [
        {"field": "text", "title": "Move"},
        {"field": "then", "title": "What follows"},
        {"field": "history", "title": "History"},
        {"field": "value", "title": "Real income"},
    ]
    text = {"type": "text", "align": "left", "baseline": "middle", "dx": 8}
    room = {"expr": "width - datum.x - 112"}
    is_node, is_move = {"filter": "datum.kind == 'node'"}, {"filter": "datum.kind != 'node'"}
    words = {"text": {"field": "text"}, "x": x_, "y": y}
    layers: list[Spec] = [
        *(
            {
                "data": {"values": [entry for entry in links if entry["played"] == played]},
                "mark": {"type": "rule", "strokeWidth": wide, "color": ink(colour), "strokeCap": "round"},
                "encoding": link,
            }
            for played, wide, colour in ((False, 1.2, "faint"), (True, 3.2, "ink"))
        ),
        {
            "transform": [is_node],
            "mark": {"type": "circle", "size": 130, "opacity": 1, "stroke": ink("paper"), "strokeWidth": 1.5},
            "encoding": {"x": x_, "y": y, "color": {"field": "colour", "type": "nominal", "scale": None}},
        },
        {
            "transform": [is_node],
            "mark": {**text, "dx": 13, "fontWeight": "bold", "fontSize": 13, "limit": {"expr": "width - datum.x - 16"}},
            "encoding": words,
        },
        {
            "transform": [is_move],
            "mark": {
                **text,
                "dx": 2,
                "limit": room,
                "fontWeight": {"expr": "datum.kind == 'chosen' ? 'bold' : 'normal'"},
            },
            "encoding": {**words, "tooltip": tooltip},
        },
        {
            "transform": [is_move],
            "mark": {"type": "text", "align": "right", "baseline": "middle", "color": ink("faint"), "fontSize": 11.5},
            "encoding": {"y": y, "x": {"value": "width"}, "text": {"field": "value"}},
        },
    ]
    note = [
        "Every decision of the played path, with all its moves; after an arrow, what would follow. Thick: the play.",
        "At the right: change of real income of the one who decides, % of baseline final spending a year.",
    ]
    return spec("The game", note, {"data": {"values": texts}, "layer": layers}, height=_ROW * rows)
