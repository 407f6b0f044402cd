"""Small games for the tests, and slow solvers that are obviously correct. Rational numbers make them exact."""

from __future__ import annotations

import itertools
from fractions import Fraction

import numpy as np
from hypothesis import strategies as st

from halys.strategy import Node, Tree


def make_tree(rng: np.random.Generator, terminals: int, players: int, moves: int = 4) -> Tree:
    """A random tree with so many terminals; nodes with a single move occur."""
    sizes, nodes, used = [terminals], [], 0
    while len(nodes) < len(sizes) and terminals > 1:
        size = sizes[len(nodes)]
        count = int(rng.integers(1, min(size, moves) + 1)) if size < terminals else int(rng.integers(2, moves + 1))
        count = min(count, size)
        cuts = np.sort(rng.choice(np.arange(1, size), count - 1, replace=False)) if count > 1 else []
        children = []
        for part in np.diff([0, *cuts, size]):
            if part == 1:
                children.append(~used)
                used += 1
            else:
                sizes.append(int(part))
                children.append(len(sizes) - 1)
        names = tuple(f"m{k}" for k in range(count))
        nodes.append(Node(int(rng.integers(players)), f"decision {len(nodes)}", names, tuple(children)))
    return Tree(tuple(f"player {p}" for p in range(players)), tuple(nodes), tuple(f"t{t}" for t in range(terminals)))


@st.composite
def trees(draw: st.DrawFn, most: int = 14) -> tuple[Tree, np.random.Generator]:
    """A tree and a generator for its payoffs."""
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    return make_tree(rng, draw(st.integers(1, most)), draw(st.integers(1, 3))), rng


def make_game(
    rng: np.random.Generator, terminals: int, players: int, *, chance: float = 0.2, hidden: float = 0.6, moves: int = 3
) -> Tree:
    """A random tree with chance moves and information sets; players remember what they knew and did."""
    plain = make_tree(rng, terminals, players, moves)
    nodes: list[Node] = []
    own: list[dict[int, tuple]] = [{} for _ in plain.nodes]
    sets: dict[tuple, list[str]] = {}
    for n, node in enumerate(plain.nodes):
        if rng.random() < chance:
            shares = rng.integers(1, 5, len(node.moves))
            new = Node(-1, node.label, node.moves, node.children, tuple((shares / shares.sum()).tolist()))
        else:
            names = sets.setdefault((node.player, own[n].get(node.player, ()), node.moves), [])
            if not names or rng.random() >= hidden:
                names.append(f"set {n}")
            name = names[int(rng.integers(len(names)))]
            new = Node(node.player, node.label, node.moves, node.children, information=name)
        nodes.append(new)
        for m, child in enumerate(node.children):
            if child >= 0:
                past = own[n].get(node.player, ())
                own[child] = own[n] if new.chance else {**own[n], node.player: (*past, (new.information, m))}
    return Tree(plain.players, tuple(nodes), plain.terminals)


@st.composite
def games(
    draw: st.DrawFn, most: int = 9, players: int = 3, chance: float = 0.2, hidden: float = 0.6
) -> tuple[Tree, np.random.Generator]:
    """A game with chance moves and information sets, and a generator for its payoffs."""
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    count = draw(st.integers(1, most))
    return make_game(rng, count, draw(st.integers(1, players)), chance=chance, hidden=hidden), rng


def brute(tree: Tree, payoffs, place: int | None = None) -> int:
    """Terminal of backward induction from a place, ties to the first move; payoffs [terminal][player] of any kind."""
    place = tree.root if place is None else place
    if place < 0:
        return ~place
    node = tree.nodes[place]
    reached = [brute(tree, payoffs, child) for child in node.children]
    best = max(payoffs[t][node.player] for t in reached)
    return next(t for t in reached if payoffs[t][node.player] == best)


def rational(constant, slope, s) -> list[list[Fraction]]:
    """constant + s·slope without rounding."""
    return [
        [Fraction(c) + Fraction(s) * Fraction(k) for c, k in zip(row_c, row_k, strict=True)]
        for row_c, row_k in zip(np.asarray(constant).tolist(), np.asarray(slope).tolist(), strict=True)
    ]


def equilibrium_terminals(tree: Tree, payoffs) -> set[int]:
    """Terminals of all subgame-perfect equilibria, by trying every pure strategy profile."""
    reached = set()
    for profile in itertools.product(*(range(len(node.moves)) for node in tree.nodes)):

        def follow(place: int, profile=profile) -> int:
            while place >= 0:
                place = tree.nodes[place].children[profile[place]]
            return ~place

        def gains(n: int, profile=profile, follow=follow) -> bool:
            player, children = tree.nodes[n].player, tree.nodes[n].children
            kept = payoffs[follow(children[profile[n]])][player]
            return any(payoffs[follow(child)][player] > kept for child in children)

        if not any(gains(n) for n in range(len(tree.nodes))):
            reached.add(follow(tree.root))
    return reached


def crisis() -> Tree:
    """The target stays or crosses; in either case the sender does nothing or punishes."""
    reply = ("nothing", "punish")
    return Tree(
        players=("sender", "target"),
        nodes=(
            Node(1, "Cross the line?", ("stay", "cross"), (1, 2)),
            Node(0, "Reply to staying?", reply, (~0, ~1)),
            Node(0, "Reply to crossing?", reply, (~2, ~3)),
        ),
        terminals=("stay-nothing", "stay-punish", "cross-nothing", "cross-punish"),
    )


def chain_store(occasions: int) -> tuple[Tree, np.ndarray]:
    """Selten's chain store: at each occasion a new rival stays out or enters, and then the store yields or fights.

    The store gets 5 if the rival stays out, 2 if it yields, 0 if it fights, summed over the occasions; a rival gets 1
    outside, 2 if the store yields, 0 if it fights.
    """
    nodes: list[Node] = []
    terminals: list[str] = []
    payoffs: list[list[float]] = []
    # Breadth first, so that children come later: (occasions gone, what each occasion was, waiting for the store?)
    waiting: list[tuple[str, bool]] = [("", False)]
    while len(nodes) < len(waiting):
        gone, store = waiting[len(nodes)]
        children = []
        options = [(gone + "y", False), (gone + "f", False)] if store else [(gone + "o", False), (gone, True)]
        for following, to_store in options:
            if not to_store and len(following) == occasions:
                children.append(~len(terminals))
                terminals.append(following)
                gains = {"o": (5.0, 1.0), "y": (2.0, 2.0), "f": (0.0, 0.0)}
                payoffs.append([sum(gains[e][0] for e in following), *(gains[e][1] for e in following)])
            else:
                waiting.append((following, to_store))
                children.append(len(waiting) - 1)
        player, moves = (0, ("yield", "fight")) if store else (len(gone) + 1, ("stay out", "enter"))
        nodes.append(Node(player, f"after {gone or 'nothing'}", moves, tuple(children)))
    players = ("store", *(f"rival {k + 1}" for k in range(occasions)))
    return Tree(players, tuple(nodes), tuple(terminals)), np.array(payoffs)


def simultaneous(*tables) -> tuple[Tree, np.ndarray]:
    """A strategic form as a tree: each player in turn, and nobody sees the moves before; one table for each player."""
    arrays = [np.asarray(table, dtype=float) for table in tables]
    shape = arrays[0].shape
    nodes: list[Node] = []
    count = 0
    for player, size in enumerate(shape):
        before = int(np.prod(shape[:player]))
        first = count + before
        for k in range(before):
            children = tuple(~(k * size + m) if player == len(shape) - 1 else first + k * size + m for m in range(size))
            moves = tuple(f"m{m}" for m in range(size))
            nodes.append(Node(player, f"player {player}", moves, children, information="all" if before > 1 else ""))
        count += before
    terminals = tuple("-".join(map(str, cell)) for cell in np.ndindex(shape))
    names = tuple(f"player {p}" for p in range(len(shape)))
    return Tree(names, tuple(nodes), terminals), np.stack([array.ravel() for array in arrays], axis=-1)


def signalling(prior: float) -> Tree:
    """Two types send one of two signals; a receiver who sees the signal alone gives one of two replies.

    Terminals are in the order type, signal, reply.
    """
    return Tree(
        ("sender", "receiver"),
        (
            Node(-1, "Type", ("a", "b"), (1, 2), (prior, 1 - prior)),
            Node(0, "Signal of a", ("x", "y"), (3, 4)),
            Node(0, "Signal of b", ("x", "y"), (5, 6)),
            Node(1, "Reply to x", ("u", "v"), (~0, ~1), information="x"),
            Node(1, "Reply to y", ("u", "v"), (~2, ~3), information="y"),
            Node(1, "Reply to x", ("u", "v"), (~4, ~5), information="x"),
            Node(1, "Reply to y", ("u", "v"), (~6, ~7), information="y"),
        ),
        tuple(f"{t}{s}{r}" for t in "ab" for s in "xy" for r in "uv"),
    )


def horse() -> tuple[Tree, np.ndarray]:
    """Selten's horse (1975)."""
    tree = Tree(
        ("one", "two", "three"),
        (
            Node(0, "One", ("D", "C"), (2, 1)),
            Node(1, "Two", ("d", "c"), (3, ~4)),
            Node(2, "Three", ("L", "R"), (~0, ~1), information="three"),
            Node(2, "Three", ("L", "R"), (~2, ~3), information="three"),
        ),
        ("DL", "DR", "CdL", "CdR", "Cc"),
    )
    return tree, np.array([[3, 3, 2], [0, 0, 0], [4, 4, 0], [0, 0, 1], [1, 1, 1.0]])
