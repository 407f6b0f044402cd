"""Chance moves and information sets: closed forms, every profile tried, and what is refused."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from halys.errors import InputError
from halys.strategy import CHANCE, Node, Tree, draw_map, find_pieces, find_thresholds, solve_many, solve_play


def gamble(p: float = 0.25, information: str = "") -> Tree:
    """Chance, then one player who sees its move, or does not, stays out or goes in."""
    moves = ("out", "in")
    return Tree(
        ("one",),
        (
            Node(CHANCE, "weather", ("good", "bad"), (1, 2), (p, 1.0 - p)),
            Node(0, "good", moves, (~0, ~1), information=information),
            Node(0, "bad", moves, (~2, ~3), information=information),
        ),
        ("good-out", "good-in", "bad-out", "bad-in"),
    )


PAYOFFS = np.array([[0.0], [8.0], [0.0], [-2.0]])


def test_who_sees_chance_reacts_to_it_and_who_does_not_goes_by_the_odds():
    seen, hidden = solve_play(gamble(), PAYOFFS), solve_play(gamble(information="h"), PAYOFFS)
    assert seen.choice[1:] == (1, 0)
    assert seen.values[0, 0] == pytest.approx(0.25 * 8)
    assert hidden.choice[1:] == (1, 1)  # 0.25·8 − 0.75·2 = 0.5 > 0
    assert hidden.values[0, 0] == pytest.approx(0.5)
    assert hidden.lotteries[0] == ((1, 0.25), (3, 0.75))
    assert hidden.terminal == 3  # the most likely line
    assert solve_play(gamble(0.15, "h"), PAYOFFS).choice[1:] == (0, 0)  # 0.15·8 − 0.85·2 < 0


def test_a_tie_at_a_hidden_set_reaches_every_end_that_either_move_may():
    play = solve_play(gamble(0.2, "h"), PAYOFFS)  # 0.2·8 = 0.8·2
    assert play.tied[1] == play.tied[2] == (0, 1)
    assert play.terminals_tied == (0, 1, 2, 3)
    assert play.ties_complete


def test_a_signal_with_stated_likelihoods_moves_beliefs_by_bayes():
    """A type drawn by chance, a signal that depends on it, and a receiver who sees the signal alone."""
    prior, likely, rare = 0.3, 0.9, 0.2
    replies = ("stay", "cross")
    nodes = [
        Node(CHANCE, "type", ("tough", "weak"), (1, 2), (prior, 1 - prior)),
        Node(CHANCE, "signal if tough", ("loud", "quiet"), (3, 4), (likely, 1 - likely)),
        Node(CHANCE, "signal if weak", ("loud", "quiet"), (5, 6), (rare, 1 - rare)),
        Node(0, "tough loud", replies, (~0, ~1), information="loud"),
        Node(0, "tough quiet", replies, (~2, ~3), information="quiet"),
        Node(0, "weak loud", replies, (~4, ~5), information="loud"),
        Node(0, "weak quiet", replies, (~6, ~7), information="quiet"),
    ]
    tree = Tree(("receiver",), tuple(nodes), tuple("abcdefgh"))
    after_loud = prior * likely / (prior * likely + (1 - prior) * rare)
    found = dict(zip(tree.information.units, tree.information.beliefs, strict=True))
    assert found[3, 5] == pytest.approx((after_loud, 1 - after_loud))
    # Crossing is worth 1 against the weak and −1 against the tough: cross where tough is less likely than not.
    payoffs = np.array([[0.0], [-1.0]] * 2 + [[0.0], [1.0]] * 2)
    play = solve_play(tree, payoffs)
    assert (play.choice[3], play.choice[4]) == (0, 1)
    assert after_loud > 0.5


def test_hidden_moves_of_players_are_refused_with_what_to_use():
    tree = Tree(
        ("one", "two"),
        (
            Node(0, "one", ("a", "b"), (1, 2)),
            Node(1, "after a", ("x", "y"), (~0, ~1), information="two"),
            Node(1, "after b", ("x", "y"), (~2, ~3), information="two"),
        ),
        tuple("abcd"),
    )
    assert not tree.information.given
    with pytest.raises(InputError, match="hide moves from each other"):
        solve_play(tree, np.zeros((4, 2)))


def two(**changes) -> tuple[Node, ...]:
    """Chance, then a decision at each of its moves; the second is changed."""
    second = Node(0, "bad", ("out", "in"), (~2, ~3), information="h")
    fields = {name: changes.get(name, getattr(second, name)) for name in ("player", "moves", "children")}
    return (
        Node(CHANCE, "weather", ("good", "bad"), (1, 2), changes.get("probabilities", (0.5, 0.5))),
        Node(0, "good", ("out", "in"), (~0, ~1), information="h"),
        Node(label="bad", information="h", **fields),
    )


@pytest.mark.parametrize(
    ("nodes", "message"),
    [
        (two(probabilities=(0.5, 0.6)), "sum to 1.1"),
        (two(probabilities=(1.0,)), "1 probabilities for 2 moves of chance"),
        (two(probabilities=(0.0, 1.0)), "the probability of 'good' is 0. Give a number greater than 0"),
        (two(moves=("out", "stay")), r"information set 'h': node 1 .* and node 2 .* have the moves out, in and out,"),
        (
            (Node(0, "a", ("l", "r"), (1, ~3), information="h"), Node(0, "b", ("l", "r"), (~0, 2), information="h"),
             Node(0, "c", ("l", "r"), (~1, ~2))),
            "follow other own moves of 'one', who would have to forget them",
        ),
        ((Node(0, "a", ("l", "r"), (~0, ~1), (0.5, 0.5)),), "probabilities belong to chance"),
        ((Node(CHANCE, "a", ("l", "r"), (~0, ~1), (0.5, 0.5), "h"),), "chance has no information set"),
    ],
)  # fmt: skip
def test_what_is_no_game_is_refused(nodes, message):
    count = 1 + max(~c for node in nodes for c in node.children if c < 0)
    with pytest.raises(InputError, match=message):
        Tree(("one",), nodes, tuple(f"t{t}" for t in range(count)))


@st.composite
def hidden_games(draw: st.DrawFn) -> tuple[Tree, np.ndarray]:
    """A type drawn by chance, a first player who sees it or not, a second who sees the first's move alone or all."""
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    first, second = draw(st.booleans()), draw(st.booleans())
    types = int(rng.integers(2, 4))
    odds = rng.dirichlet(np.ones(types))
    nodes = [Node(CHANCE, "type", tuple(f"t{k}" for k in range(types)), tuple(range(1, types + 1)), tuple(odds))]
    start = types + 1
    for k in range(types):
        children = (start + 2 * k, start + 2 * k + 1)
        nodes.append(Node(0, f"one {k}", ("a", "b"), children, information="one" if first else ""))
    ends = 0
    for k in range(types):
        for move in "ab":
            hidden = f"two {move}" if second and first else ""
            nodes.append(
                Node(1, f"two {k}{move}", ("x", "y", "z"), (~ends, ~(ends + 1), ~(ends + 2)), information=hidden)
            )
            ends += 3
    tree = Tree(("one", "two"), tuple(nodes), tuple(f"e{t}" for t in range(ends)))
    return tree, rng.normal(size=(ends, 2)).round(2)


@settings(max_examples=60, deadline=None)
@given(hidden_games())
def test_play_is_the_profile_that_nobody_gains_by_leaving_at_any_set(game):
    tree, payoffs = game
    play = solve_play(tree, payoffs)
    sets = [unit for unit in tree.information.units if not tree.nodes[unit[0]].chance]

    def value(place: int, chosen: dict[int, int]) -> np.ndarray:
        if place < 0:
            return payoffs[~place]
        node = tree.nodes[place]
        if node.chance:
            return sum(p * value(c, chosen) for p, c in zip(node.probabilities, node.children, strict=True))
        return value(node.children[chosen[place]], chosen)

    chosen = dict(enumerate(play.choice))
    assert np.allclose(value(0, chosen), play.values[0])
    for unit in sets:
        k = tree.information.unit_of[unit[0]]
        player = tree.nodes[unit[0]].player
        believed = list(zip(unit, tree.information.beliefs[k], strict=True))
        worth = [
            sum(b * value(tree.nodes[n].children[m], chosen)[player] for n, b in believed)
            for m in range(len(tree.nodes[unit[0]].moves))
        ]
        assert worth[chosen[unit[0]]] >= max(worth) - 1e-9
        assert len({chosen[n] for n in unit}) == 1


def test_beliefs_are_the_ratio_of_ways_of_chance() -> None:
    assert gamble(0.25, "h").information.beliefs[1] == (0.25, 0.75)
    assert gamble(0.9, "h").information.beliefs[1] == pytest.approx((0.9, 0.1))


@settings(max_examples=40, deadline=None)
@given(hidden_games())
def test_thresholds_are_where_backward_induction_switches(game):
    tree, constant = game
    slope = np.random.default_rng(len(constant)).normal(size=constant.shape).round(2)
    pieces = find_pieces(tree, constant, slope, -2.0, 2.0)
    for n in range(len(tree.nodes)):
        assert pieces[n][0].low == -2.0
        assert pieces[n][-1].high == 2.0
        for piece in pieces[n]:
            middle = (piece.low + piece.high) / 2
            play = solve_play(tree, constant + middle * slope)
            if piece.high - piece.low > 1e-6:
                assert (play.choice[n], play.outcome[n]) == (piece.choice, piece.terminal)
    values = np.linspace(-1.99, 1.99, 101)
    choice, terminal = solve_many(tree, constant + values[:, None, None] * slope)
    for s, row, ends in zip(values, choice, terminal, strict=True):
        play = solve_play(tree, constant + s * slope)
        assert tuple(row) == play.choice
        assert tuple(ends) == play.outcome
    for threshold in find_thresholds(tree, constant, slope, -2.0, 2.0):
        assert {threshold.before, threshold.after} <= set(threshold.tied)


@settings(max_examples=15, deadline=None)
@given(hidden_games())
def test_the_map_agrees_with_play_at_every_point(game):
    tree, constant = game
    rng = np.random.default_rng(len(constant))
    across, up = rng.normal(size=constant.shape).round(2), rng.normal(size=constant.shape).round(2)
    drawn = draw_map(tree, constant, across, up, (-1, 1), (-1, 1), 12)
    assert drawn.exact
    for j, y in enumerate(drawn.y):
        for i, x in enumerate(drawn.x):
            assert drawn.raster[j, i] == solve_play(tree, constant + x * across + y * up).terminal
    for region in drawn.polygons:
        x, y = np.mean(region.points, axis=0)
        assert solve_play(tree, constant + x * across + y * up).terminal == region.label
    area = sum(_area(region.points) for region in drawn.polygons)
    assert area == pytest.approx(4.0)


def _area(points) -> float:
    x, y = np.array(points).T
    return 0.5 * float(np.dot(x, np.roll(y, -1)) - np.dot(y, np.roll(x, -1)))


def test_other_odds_give_other_play_game_by_game():
    tree = gamble(0.25, "h")
    odds = np.array([[p, 1 - p] for p in (0.1, 0.19, 0.21, 0.9)])
    choice, terminal = solve_many(tree, np.broadcast_to(PAYOFFS, (4, 4, 1)), odds={0: odds})
    assert choice[:, 1].tolist() == choice[:, 2].tolist() == [0, 0, 1, 1]
    assert terminal[:, 0].tolist() == [2, 2, 3, 1]
