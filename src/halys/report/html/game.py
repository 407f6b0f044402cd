"""The section about the game: the tree of the played path, and below it the whole tree as a list that opens."""

from __future__ import annotations

from typing import Any

from halys.report.charts.format import percent
from halys.report.charts.tree import follow, income_changes, played_path, tree_spec
from halys.report.html.elements import disclosure, text
from halys.report.html.model import Page

_PRINTED = 60  # histories: a list of more is not printed; the matrix has them all


def game(page: Page) -> str:
    """The chart, its words and the whole tree."""
    nodes = (page.answer.get("tree") or {}).get("nodes") or []
    if not nodes or page.game is None:
        return ""
    path = "; then ".join(f"{page.actors.get(n['actor'], 'Chance')}: {m['label']}" for n, m in played_path(nodes))
    words = f"The play: {path}. Every other move of these decisions is drawn with what would follow it."
    chart = page.figures.add("tree", tree_spec(page.game, dict(page.answer)), text(words), titled=False)
    drawn = _List(page, nodes)
    whole = f'<div class="game"><ul>{drawn.node(0)}</ul></div>'
    many = sum(1 for node in nodes for move in node["moves"] if move["child"] is None)
    listed = disclosure(f"The whole game as a list ({many} histories; chosen moves are bold)", whole)
    if many <= _PRINTED:
        return chart + listed
    instead = f'<p class="print-only small">All {many} histories stand in the table “Every history”.</p>'
    return f'{chart}<div class="screen-only">{listed}</div>{instead}'


class _List:
    def __init__(self, page: Page, nodes: list[dict[str, Any]]) -> None:
        assert page.game is not None
        self.page, self.nodes = page, nodes
        self.welfare = income_changes(page.game)

    def node(self, n: int) -> str:
        """A decision with its moves, each with what comes after it."""
        node = self.nodes[n]
        question = f" {text(node['question'])}" if node.get("question") else ""
        head = f"<li>{self.page.chip(str(node['actor']))}:{question}<ul>"
        return head + "".join(self.move(move) for move in node["moves"]) + "</ul></li>"

    def move(self, move: dict[str, Any]) -> str:
        name = f'<span class="chosen">{text(move["label"])}</span>' if move["chosen"] else text(move["label"])
        if move["child"] is None:
            return f'<li>{name} <span class="end">{self.end(str(move["history"]))}</span></li>'
        _, end = follow(self.nodes, move)
        inner = f"<ul>{self.node(move['child'])}</ul>"
        opened = " open" if move["on_path"] else ""
        label = f'{name} <span class="end">leads to {self.end(end)}</span>'
        return f"<li><details{opened}><summary>{label}</summary>{inner}</details></li>"

    def end(self, history: str) -> str:
        """Real income of every actor at the end of a history."""
        found = ((label, self.welfare.get((history, actor))) for actor, label in self.page.actors.items())
        parts = (f"{text(label)} {text(percent(value))}" for label, value in found if value is not None)
        return " · ".join(parts)
