"""A game as text for Gambit, format EFG 2, so that its solvers can check the play.

Prefix order: a node, then what each of its moves leads to, in order. Every node is an information set of its own,
numbered for each player from 1; every terminal is an outcome, numbered from 1 and named by its id.

References:
    1. Gambit, Game representation formats, "The extensive game (.efg) file format".
       https://gambitproject.readthedocs.io/en/stable/formats.html
"""

from __future__ import annotations

from collections import Counter

from numpy.typing import ArrayLike

from halys.strategy.tree import Tree, payoff_array


def write_efg(tree: Tree, payoffs: ArrayLike, title: str) -> str:
    """The game in Gambit's EFG 2 format.

    Numbers are written with as many digits as it takes to read the same float back. In names, quotes are escaped;
    line breaks become spaces and backslashes become slashes, because Gambit's reader cannot take every one of them.

    Args:
        payoffs: [terminal, player], finite.
        title: what Gambit shows as the title of the game.

    Raises:
        InputError: if the payoffs do not fit the tree.
    """
    rows: list[list[float]] = payoff_array(tree, payoffs, "payoffs").tolist()
    lines = [f"EFG 2 R {_quote(title)} {_list(tree.players)}", '""', ""]
    labels = Counter((node.player, node.label) for node in tree.nodes)
    sets: Counter[int] = Counter()
    waiting = [tree.root]
    while waiting:
        place = waiting.pop()
        if place < 0:
            numbers = ", ".join(repr(number) for number in rows[~place])
            lines.append(f't "" {~place + 1} {_quote(tree.terminals[~place])} {{ {numbers} }}')
            continue
        node = tree.nodes[place]
        sets[node.player] += 1
        number = sets[node.player]
        alone = node.label and labels[node.player, node.label] == 1
        name = node.label if alone else f"{node.label} {number}".strip()
        label, moves = _quote(node.label), _list(node.moves)
        lines.append(f"p {label} {node.player + 1} {number} {_quote(name)} {moves} 0")
        waiting += reversed(node.children)
    return "\n".join(lines) + "\n"


def _quote(name: str) -> str:
    plain = " ".join(name.split()).replace("\\", "/").replace('"', '\\"')
    return f'"{plain}"'


def _list(names: tuple[str, ...]) -> str:
    return "{ " + " ".join(_quote(name) for name in names) + " }"
