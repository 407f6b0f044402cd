"""A game as text for Gambit, format EFG 2, so that its solvers can check the play.

Prefix order: a node, then what each of its moves leads to, in order. Information sets are numbered for each player from
1, in the order in which they come; every chance node is a set of its own. Every terminal is an outcome, numbered from 1
and named by its id. The reader is `halys.strategy.efg_reader`.

References:
    1. Gambit, Game representation formats, "The extensive game (.efg) file format".
       https://gambitproject.readthedocs.io/en/stable/formats.html
"""

from __future__ import annotations

import unicodedata
from collections import Counter
from collections.abc import Iterable
from fractions import Fraction

from numpy.typing import ArrayLike

from halys.strategy.exact import exact_probabilities
from halys.strategy.tree import Tree, payoff_array

_ASCII = str.maketrans(
    {"–": "-", "—": "-", "−": "-", "×": "x", "…": "...", "→": "->", "≤": "<=", "≥": ">=", "‘": "'", "’": "'"}
    | dict.fromkeys("“”„«»", '"')
    | {"ß": "ss", "ø": "o", "Ø": "O", "æ": "ae", "Æ": "AE", "œ": "oe", "Œ": "OE", "ł": "l", "Ł": "L", "\\": "/"}
)


def write_efg(tree: Tree, payoffs: ArrayLike, title: str) -> str:
    """The game in Gambit's EFG 2 format.

    Numbers are written with as many digits as it takes to read the same float back; probabilities that would not sum to
    exactly 1 that way are written as fractions. Names are as Gambit's reader takes them: line breaks become spaces and
    backslashes slashes, quotes are escaped, accents go, other letters than those of ASCII become question marks, and
    names that Gambit wants to differ (nodes, a player's information sets, moves of a node) get numbers where they do
    not.

    Args:
        payoffs: [terminal, player], finite.
        title: what Gambit shows as the title of the game.

    Raises:
        InputError: if the payoffs do not fit the tree.
    """
    rows: list[list[float]] = payoff_array(tree, payoffs, "payoffs").tolist()
    order = _prefix_order(tree)
    sets = _sets(tree, order)
    decisions = [place for place in order if place >= 0]
    labels = dict(zip(decisions, _distinct(tree.nodes[n].label for n in decisions), strict=True))
    lines = [f"EFG 2 R {_quote(_plain(title))} {_list(tree.players)}", '""', ""]
    for place in order:
        if place < 0:
            values = ", ".join(repr(number) for number in rows[~place])
            lines.append(f't "" {~place + 1} {_quote(_plain(tree.terminals[~place]))} {{ {values} }}')
            continue
        node = tree.nodes[place]
        number, name = sets[tree.information.unit_of[place]]
        start = f"{_quote(labels[place])} {number if node.chance else f'{node.player + 1} {number}'} {_quote(name)}"
        if node.chance:
            pairs = zip(_distinct(node.moves), _probabilities(tree, place), strict=True)
            lines.append(f"c {start} {{ {' '.join(f'{_quote(move)} {share}' for move, share in pairs)} }} 0")
        else:
            lines.append(f"p {start} {_list(node.moves)} 0")
    return "\n".join(lines) + "\n"


def _prefix_order(tree: Tree) -> list[int]:
    """All places: a node, then what each of its moves leads to."""
    order, waiting = [], [tree.root]
    while waiting:
        place = waiting.pop()
        order.append(place)
        if place >= 0:
            waiting += reversed(tree.nodes[place].children)
    return order


def _sets(tree: Tree, order: list[int]) -> dict[int, tuple[int, str]]:
    """For each unit its number within its player, and its name."""
    members: dict[int, dict[int, str]] = {}  # by player: unit → wanted name
    for n in order:
        if n >= 0:
            node = tree.nodes[n]
            members.setdefault(node.player, {}).setdefault(tree.information.unit_of[n], node.information or node.label)
    found: dict[int, tuple[int, str]] = {}
    for units in members.values():
        names = _distinct(units.values())
        found.update({unit: (k + 1, name) for k, (unit, name) in enumerate(zip(units, names, strict=True))})
    return found


def _distinct(names: Iterable[str]) -> list[str]:
    """The names in plain letters; those that are there several times, or empty, all bear a number."""
    plain = [_plain(name) for name in names]
    count = Counter(plain)
    used, seen, found = {name for name in plain if count[name] == 1}, Counter[str](), []
    for k, name in enumerate(plain):
        if name and count[name] == 1:
            found.append(name)
            continue
        seen[name] += 1
        number = k + 1 if not name else seen[name]
        while (candidate := f"{name} {number}".strip()) in used:
            number += 1
        seen[name] = number if name else seen[name]
        used.add(candidate)
        found.append(candidate)
    return found


def _probabilities(tree: Tree, n: int) -> list[str]:
    """As decimals where these sum to exactly 1, else as fractions."""
    given = [repr(float(value)) for value in tree.nodes[n].probabilities]
    if sum((Fraction(text) for text in given), Fraction(0)) == 1:
        return given
    return [str(share) for share in exact_probabilities(tree, n)]


def _plain(name: str) -> str:
    """The name in printable ASCII, with single spaces."""
    letters = unicodedata.normalize("NFKD", name.translate(_ASCII))
    kept = "".join(letter for letter in letters if not unicodedata.combining(letter))
    shown = "".join(letter if letter.isspace() or " " <= letter <= "~" else "?" for letter in kept)
    return " ".join(shown.split())


def _quote(plain: str) -> str:
    escaped = plain.replace('"', '\\"')
    return f'"{escaped}"'


def _list(names: tuple[str, ...]) -> str:
    return "{ " + " ".join(_quote(name) for name in _distinct(names)) + " }"
