"""A game as text for Gambit, format EFG 2, so that its solvers can check the play.

Prefix order: a node, then what each of its moves leads to, in order. Information sets are numbered for each player from
1, in the order in which they come; every chance node is a set of its own. Every terminal is an outcome, numbered from 1
and named by its id. The reader is `halys.strategy.efg_reader`.

References:
    1. Gambit, Game representation formats, "The extensive game (.efg) file format".
       https://gambitproject.readthedocs.io/en/stable/formats.html
"""

from __future__ import annotations

from collections import Counter
from fractions import Fraction

from numpy.typing import ArrayLike

from halys.strategy.exact import exact_probabilities
from halys.strategy.tree import CHANCE, Node, Tree, payoff_array


def write_efg(tree: Tree, payoffs: ArrayLike, title: str) -> str:
    """The game in Gambit's EFG 2 format.

    Numbers are written with as many digits as it takes to read the same float back; probabilities that would not sum to
    exactly 1 that way are written as fractions. In names, quotes are escaped; line breaks become spaces and backslashes
    become slashes, because Gambit's reader cannot take every one of them.

    Args:
        payoffs: [terminal, player], finite.
        title: what Gambit shows as the title of the game.

    Raises:
        InputError: if the payoffs do not fit the tree.
    """
    rows: list[list[float]] = payoff_array(tree, payoffs, "payoffs").tolist()
    lines = [f"EFG 2 R {_quote(title)} {_list(tree.players)}", '""', ""]
    labels = Counter((node.player, node.label) for node in tree.nodes)
    numbers: dict[int, int] = {}  # of each unit, within its player
    count: Counter[int] = Counter()
    waiting = [tree.root]
    while waiting:
        place = waiting.pop()
        if place < 0:
            values = ", ".join(repr(number) for number in rows[~place])
            lines.append(f't "" {~place + 1} {_quote(tree.terminals[~place])} {{ {values} }}')
            continue
        node, unit = tree.nodes[place], tree.information.unit_of[place]
        if unit not in numbers:
            count[node.player] += 1
            numbers[unit] = count[node.player]
        alone = bool(node.label) and labels[node.player, node.label] == 1
        lines.append(_node(tree, place, numbers[unit], alone))
        waiting += reversed(node.children)
    return "\n".join(lines) + "\n"


def _node(tree: Tree, n: int, number: int, alone: bool) -> str:
    node = tree.nodes[n]
    label, name = _quote(node.label), _quote(_set_name(node, number, alone))
    if node.player == CHANCE:
        shares = " ".join(
            f"{_quote(move)} {share}" for move, share in zip(node.moves, _probabilities(tree, n), strict=True)
        )
        return f"c {label} {number} {name} {{ {shares} }} 0"
    return f"p {label} {node.player + 1} {number} {name} {_list(node.moves)} 0"


def _set_name(node: Node, number: int, alone: bool) -> str:
    if node.information:
        return node.information
    return node.label if alone else f"{node.label} {number}".strip()


def _probabilities(tree: Tree, n: int) -> list[str]:
    """As decimals where these sum to exactly 1, else as fractions."""
    given = [repr(float(value)) for value in tree.nodes[n].probabilities]
    if sum((Fraction(text) for text in given), Fraction(0)) == 1:
        return given
    return [str(share) for share in exact_probabilities(tree, n)]


def _quote(name: str) -> str:
    plain = " ".join(name.split()).replace("\\", "/").replace('"', '\\"')
    return f'"{plain}"'


def _list(names: tuple[str, ...]) -> str:
    return "{ " + " ".join(_quote(name) for name in names) + " }"
