"""A game from Gambit's EFG 2 text: chance, personal and terminal nodes, shared information sets and outcomes.

The nodes of the tree come in the order of the text. An outcome may stand at any node; payoffs at a terminal are the sum
of the outcomes on the way there, as in Gambit. Numbers may be whole, decimal or fractions such as 1/3.

What a text may have and a `Tree` may not is refused with its line: moves of chance with probability 0, names of moves
that repeat at a node, and players who forget (by the rule of the tree).

References:
    1. Gambit, Game representation formats, "The extensive game (.efg) file format".
       https://gambitproject.readthedocs.io/en/stable/formats.html
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from fractions import Fraction
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from halys.errors import InputError
from halys.strategy.tree import CHANCE, Node, Tree

_TOKEN = re.compile(r'"((?:\\.|[^"\\])*)"|([{}])|([^\s{},"]+)|([\s,]+)', re.DOTALL)


class Game(NamedTuple):
    """What a text says."""

    tree: Tree
    payoffs: NDArray[np.float64]
    """[terminal, player]."""
    title: str


class _Token(NamedTuple):
    kind: str
    """`text` in quotes, `brace`, `word`, or `end`."""
    value: str
    at: str
    """line:column."""


@dataclass
class _Open:
    """A node whose moves are still being read."""

    index: int
    moves: tuple[str, ...]
    children: list[int]
    payoffs: list[Fraction]


@dataclass
class _Draft:
    """What is known of a node before the tree is made."""

    player: int
    label: str
    moves: tuple[str, ...]
    probabilities: tuple[float, ...]
    number: int
    """Of the information set."""
    children: list[int] = field(default_factory=list)


def read_efg(text: str, name: str = "efg") -> Game:
    """The game that a text in Gambit's EFG 2 format describes.

    Args:
        text: the whole file.
        name: what to call it in messages.

    Raises:
        InputError: with name:line:column, if the text breaks the format; or if it is no game that a `Tree` can hold.
    """
    return _Reader(text, name).read()


class _Reader:
    def __init__(self, text: str, name: str) -> None:
        self.name = name
        self.tokens = list(_split(text, name))
        self.at = 0
        self.players: tuple[str, ...] = ()
        self.sets: dict[tuple[int, int], tuple[str, tuple[str, ...], tuple[float, ...]]] = {}
        self.outcomes: dict[int, tuple[str, list[Fraction]]] = {}
        self.drafts: list[_Draft] = []
        self.ends: list[str] = []
        self.payoffs: list[list[Fraction]] = []

    def read(self) -> Game:
        for wanted in ("EFG", "2"):
            if self.take("word", f"the word {wanted}").value != wanted:
                raise self.error(self.tokens[self.at - 1], "this is no text in format EFG 2")
        if self.take("word", "R or D").value not in ("R", "D"):
            raise self.error(self.tokens[self.at - 1], "expected R or D after EFG 2")
        title = self.take("text", "the title in quotes").value
        self.players = tuple(self.names("the names of the players"))
        if self.peek().kind == "text":
            self.at += 1  # the comment
        self.nodes()
        if self.peek().kind != "end":
            raise self.error(self.peek(), "all moves lead somewhere already; expected the end of the text")
        return Game(self.tree(), np.array([[float(value) for value in row] for row in self.payoffs]), title)

    # ---- Tokens ------------------------------------------------------------------------------------------------------

    def peek(self) -> _Token:
        return self.tokens[self.at]

    def take(self, kind: str, what: str) -> _Token:
        token = self.tokens[self.at]
        if token.kind != kind:
            found = "the end of the text" if token.kind == "end" else repr(token.value)
            raise self.error(token, f"expected {what}, found {found}")
        self.at += 1
        return token

    def error(self, token: _Token, message: str) -> InputError:
        return InputError(f"{self.name}:{token.at}: {message}.")

    def brace(self, which: str, what: str) -> None:
        token = self.take("brace", f"{which} {what}")
        if token.value != which:
            raise self.error(token, f"expected {which} {what}, found {token.value}")

    def names(self, what: str) -> list[str]:
        self.brace("{", f"before {what}")
        found = []
        while self.peek().kind == "text":
            found.append(self.take("text", what).value)
        self.brace("}", f"after {what}")
        return found

    def whole(self, what: str) -> int:
        token = self.take("word", what)
        if not re.fullmatch(r"\d+", token.value):
            raise self.error(token, f"expected {what}, a whole number, found {token.value!r}")
        return int(token.value)

    def number(self, what: str) -> Fraction:
        token = self.take("word", what)
        try:
            return Fraction(token.value)
        except (ValueError, ZeroDivisionError):
            raise self.error(token, f"expected {what}, a number such as 2, 0.5 or 1/3, found {token.value!r}") from None

    # ---- Nodes -------------------------------------------------------------------------------------------------------

    def nodes(self) -> None:
        """All nodes in prefix order."""
        zero = [Fraction(0)] * len(self.players)
        waiting: list[_Open] = []
        while True:
            above = waiting[-1].payoffs if waiting else zero
            token = self.take("word", "a node: c, p or t")
            label = self.take("text", "the name of the node in quotes").value
            if token.value == "t":
                place = self.terminal(label, above)
            elif token.value in ("c", "p"):
                draft = self.decision(token.value == "c", label)
                place = len(self.drafts)
                self.drafts.append(draft)
                payoffs = [a + b for a, b in zip(above, self.outcome()[1], strict=True)]
                waiting.append(_Open(place, draft.moves, draft.children, payoffs))
            else:
                raise self.error(token, f"expected a node: c, p or t, found {token.value!r}")
            if token.value != "t":
                if len(waiting) > 1:
                    waiting[-2].children.append(place)
            elif waiting:
                waiting[-1].children.append(place)
            while waiting and len(waiting[-1].children) == len(waiting[-1].moves):
                waiting.pop()
            if not waiting:
                return

    def terminal(self, label: str, above: list[Fraction]) -> int:
        name, payoffs = self.outcome()
        self.ends.append(name or label)
        self.payoffs.append([a + b for a, b in zip(above, payoffs, strict=True)])
        return ~(len(self.ends) - 1)

    def decision(self, chance: bool, label: str) -> _Draft:
        start = self.peek()
        player = CHANCE
        if not chance:
            player = self.whole("the number of the player") - 1
            if not 0 <= player < len(self.players):
                raise self.error(start, f"player {player + 1} is out of range; give 1..{len(self.players)}")
        number = self.whole("the number of the information set")
        name = self.take("text", "a name").value if self.peek().kind == "text" else ""
        key = (player, number)
        if self.peek().kind == "brace":
            moves, probabilities = self.chances() if chance else (self.names("the moves"), [])
            if not moves:
                raise self.error(start, "the node has no moves")
            named = tuple(move or f"move {m + 1}" for m, move in enumerate(moves))
            if len(set(named)) < len(named):
                raise self.error(start, f"two of the moves {', '.join(named)} have one name; names differ at a node")
            self.check_again(start, key, named)
            self.sets[key] = (name or self.sets.get(key, ("",))[0], named, tuple(probabilities))
        elif key not in self.sets:
            raise self.error(self.peek(), f"information set {number} has no moves yet; expected {{")
        name, named, shares = self.sets[key]
        return _Draft(player, label or name, named, shares, number)

    def check_again(self, start: _Token, key: tuple[int, int], moves: tuple[str, ...]) -> None:
        before = self.sets.get(key)
        if before is not None and before[1] != moves:
            raise self.error(
                start, f"information set {key[1]} had the moves {', '.join(before[1])} and now {', '.join(moves)}"
            )

    def chances(self) -> tuple[list[str], list[float]]:
        start = self.peek()
        self.brace("{", "before the moves of chance")
        moves: list[str] = []
        shares: list[Fraction] = []
        while self.peek().kind == "text":
            token = self.take("text", "a move")
            moves.append(token.value)
            shares.append(self.number("the probability of the move"))
            if not 0 < shares[-1] <= 1:
                raise self.error(
                    token,
                    f"probability {shares[-1]} of {token.value!r}; give more than 0 and at most 1, or no such move",
                )
        self.brace("}", "after the moves of chance")
        if abs(float(sum(shares)) - 1.0) > 1e-9:
            raise self.error(start, f"the probabilities sum to {float(sum(shares)):.10g}, not 1")
        return moves, [float(share) for share in shares]

    def outcome(self) -> tuple[str, list[Fraction]]:
        start = self.peek()
        number = self.whole("the number of the outcome")
        if number and self.peek().kind in ("text", "brace"):
            name = self.take("text", "a name").value if self.peek().kind == "text" else ""
            self.brace("{", "before the payoffs")
            payoffs = []
            while self.peek().kind == "word":
                payoffs.append(self.number("a payoff"))
            self.brace("}", "after the payoffs")
            if len(payoffs) != len(self.players):
                raise self.error(start, f"{len(payoffs)} payoffs for {len(self.players)} players; give one for each")
            if self.outcomes.get(number, (name, payoffs))[1] != payoffs:
                raise self.error(start, f"outcome {number} had other payoffs before; outcomes that differ have numbers")
            self.outcomes[number] = (name, payoffs)
        if number == 0:
            return "", [Fraction(0)] * len(self.players)
        if number not in self.outcomes:
            raise self.error(start, f"outcome {number} is used before it is described; give its payoffs in braces")
        return self.outcomes[number]

    # ---- The tree ----------------------------------------------------------------------------------------------------

    def tree(self) -> Tree:
        members = Counter((draft.player, draft.number) for draft in self.drafts)
        names = self.set_names([key for key, count in members.items() if count > 1 and key[0] != CHANCE])
        nodes = tuple(
            Node(
                draft.player,
                draft.label,
                draft.moves,
                tuple(draft.children),
                draft.probabilities,
                names.get((draft.player, draft.number), ""),
            )
            for draft in self.drafts
        )
        return Tree(self.players, nodes, tuple(_distinct(self.ends)))

    def set_names(self, keys: list[tuple[int, int]]) -> dict[tuple[int, int], str]:
        """A name for each set of several nodes, different from those of the player's other sets."""
        found: dict[tuple[int, int], str] = {}
        for player in {key[0] for key in keys}:
            own = sorted(key for key in keys if key[0] == player)
            found.update(zip(own, _distinct(self.sets[key][0] or str(key[1]) for key in own), strict=True))
        return found


def _distinct(names: Iterable[str]) -> list[str]:
    """The names, with a number behind those that came before; an empty one is `end`."""
    found: dict[str, None] = {}
    for name in names:
        base, k = name or "end", 1
        while (candidate := base if k == 1 else f"{base} {k}") in found:
            k += 1
        found[candidate] = None
    return list(found)


def _split(text: str, name: str) -> Iterable[_Token]:
    at, line, start = 0, 1, 0
    while at < len(text):
        match = _TOKEN.match(text, at)
        where = f"{line}:{at - start + 1}"
        if match is None:
            raise InputError(f"{name}:{where}: a quote opens and does not close. Close it.")
        if match[1] is not None:
            yield _Token("text", re.sub(r"\\(.)", r"\1", match[1], flags=re.DOTALL), where)
        elif match[2] or match[3]:
            yield _Token("brace" if match[2] else "word", match[2] or match[3], where)
        broken = match[0].count("\n")
        if broken:
            line, start = line + broken, at + match[0].rindex("\n") + 1
        at = match.end()
    yield _Token("end", "", f"{line}:{at - start + 1}")
