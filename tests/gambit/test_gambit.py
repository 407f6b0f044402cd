"""Gambit finds the same equilibria from the exported text. Runs where pygambit is installed: `make gambit`.

Profiles are compared as realisation plans: for each information set and move the probability that the own moves of the
player lead there and then make it. Sets that a player's own moves exclude count as 0 on both sides.
"""

from __future__ import annotations

import io
import os
import subprocess
import sys
from importlib import resources
from pathlib import Path

import numpy as np
import pytest

from halys.strategy import Tree, read_efg, solve_equilibria, write_efg

gambit = pytest.importorskip("pygambit", reason="pygambit is not installed; `make gambit` sets it up")

sys.path.insert(0, str(Path(__file__).parents[1] / "strategy"))
from trees import horse, make_game, make_tree, signalling, simultaneous  # noqa: E402

RANDOM = 30  # games of each kind
SCENARIOS = sorted(
    item.name.removesuffix(".yaml")
    for item in resources.files("halys.scenario").joinpath("bundled").iterdir()
    if item.name.endswith(".yaml")
)


def load(tree: Tree, payoffs):
    return gambit.read_efg(io.StringIO(write_efg(tree, payoffs, "A game")))


def numbered_units(tree: Tree) -> list[int]:
    """Units in Gambit's order: by player, then as they come in prefix order."""
    order, waiting = [], [tree.root]
    while waiting:
        place = waiting.pop()
        if place >= 0:
            order.append(place)
            waiting += reversed(tree.nodes[place].children)
    found = list(dict.fromkeys(tree.information.unit_of[n] for n in order if not tree.nodes[n].chance))
    return sorted(found, key=lambda k: tree.nodes[tree.information.units[k][0]].player)


def own_reach(tree: Tree, strategy) -> list[float]:
    """For each unit the probability that the player's own moves lead there."""
    reach = [dict.fromkeys(range(len(tree.players)), 1.0) for _ in tree.nodes]
    for n, node in enumerate(tree.nodes):
        for m, child in enumerate(node.children):
            if child >= 0:
                own = reach[n].get(node.player, 1.0) * strategy[tree.information.unit_of[n]][m]
                reach[child] = reach[n] if node.chance else {**reach[n], node.player: own}
    return [
        1.0 if tree.nodes[unit[0]].chance else reach[unit[0]][tree.nodes[unit[0]].player]
        for unit in tree.information.units
    ]


def plan(tree: Tree, strategy) -> tuple[float, ...]:
    """The realisation plans of all players, rounded."""
    reach = own_reach(tree, strategy)
    values = [reach[k] * share for k in numbered_units(tree) for share in strategy[k]]
    return tuple((np.round(values, 7) + 0.0).tolist())


def strategy_of(tree: Tree, game, profile):
    """Gambit's behaviour profile as one array per unit; zeros where it says nothing."""
    strategy = [np.array(tree.nodes[unit[0]].probabilities) for unit in tree.information.units]
    for k, infoset in zip(numbered_units(tree), game.infosets, strict=True):
        said = profile.is_defined_at(infoset)
        strategy[k] = np.array([float(share) if said else 0.0 for _, share in profile[infoset]])
    return strategy


def plans_of(tree: Tree, game, profiles) -> set[tuple[float, ...]]:
    found = set()
    for profile in profiles:
        behaviour = profile.as_behavior() if hasattr(profile, "as_behavior") else profile
        found.add(plan(tree, strategy_of(tree, game, behaviour)))
    return found


def quantal(tree: Tree, game, precision: float):
    """Gambit's point of the principal branch, as one array per unit."""
    (point,) = gambit.qre.logit_solve_lambda(game, precision, first_step=0.001, max_accel=1.02)
    shares = iter([point[i] for i in range(len(point))])
    strategy = [np.array(tree.nodes[unit[0]].probabilities) for unit in tree.information.units]
    for k in numbered_units(tree):
        strategy[k] = np.array([next(shares) for _ in tree.nodes[tree.information.units[k][0]].moves])
    return strategy


def payoffs_of(rng: np.random.Generator, tree: Tree) -> np.ndarray:
    """Payoffs without ties."""
    count = len(tree.terminals)
    return np.column_stack([rng.permutation(count) + 1.0 for _ in tree.players])


@pytest.mark.parametrize("seed", range(RANDOM))
def test_the_one_equilibrium_of_perfect_information(seed):
    rng = np.random.default_rng(seed)
    tree = make_tree(rng, int(rng.integers(3, 10)), int(rng.integers(2, 4)))
    payoffs = payoffs_of(rng, tree)
    (found,) = solve_equilibria(tree, payoffs, "spe")
    game = load(tree, payoffs)
    assert plan(tree, found.strategy) in plans_of(tree, game, gambit.nash.enumpure_solve(game).equilibria)
    # The limit of the logit branch is the subgame-perfect one; off the path too.
    limit = quantal(tree, game, 200.0)
    for one, other in zip(found.strategy, limit, strict=True):
        np.testing.assert_allclose(one, other, atol=1e-6)


@pytest.mark.parametrize("seed", range(RANDOM))
def test_all_extreme_equilibria_of_two_players(seed):
    """With chance and information sets; every other game has ties."""
    rng = np.random.default_rng(1000 + seed)
    tree = make_game(rng, int(rng.integers(4, 10)), 2, chance=0.2, hidden=0.7)
    ties = rng.integers(-2, 3, (len(tree.terminals), 2)).astype(float)
    payoffs = ties if seed % 2 else payoffs_of(rng, tree)
    game = load(tree, payoffs)
    found = solve_equilibria(tree, payoffs, "nash")
    assert found.complete
    expected = plans_of(tree, game, gambit.nash.enummixed_solve(game, rational=True).equilibria)
    assert {plan(tree, item.strategy) for item in found} == expected


@pytest.mark.parametrize("seed", range(RANDOM))
def test_all_extreme_equilibria_of_strategic_forms(seed):
    rng = np.random.default_rng(2000 + seed)
    shape = tuple(rng.integers(2, 5, 2))
    high = 3 if seed % 2 else 100
    tree, payoffs = simultaneous(rng.integers(0, high, shape), rng.integers(0, high, shape))
    game = load(tree, payoffs)
    found = {plan(tree, item.strategy) for item in solve_equilibria(tree, payoffs, "nash")}
    assert found == plans_of(tree, game, gambit.nash.enummixed_solve(game, rational=True).equilibria)


@pytest.mark.parametrize("seed", range(RANDOM))
def test_all_pure_equilibria_of_three_players(seed):
    rng = np.random.default_rng(3000 + seed)
    tree = make_game(rng, int(rng.integers(5, 10)), 3, chance=0.15, hidden=0.7)
    payoffs = rng.integers(-2, 3, (len(tree.terminals), 3)).astype(float) if seed % 2 else payoffs_of(rng, tree)
    game = load(tree, payoffs)
    found = solve_equilibria(tree, payoffs, "nash")
    listed = {plan(tree, item.strategy) for item in found if _is_pure_plan(tree, item.strategy)}
    assert listed == plans_of(tree, game, gambit.nash.enumpure_solve(game).equilibria)


def _is_pure_plan(tree: Tree, strategy) -> bool:
    return all(value in (0.0, 1.0) for value in plan(tree, strategy))


@pytest.mark.parametrize("seed", range(RANDOM))
def test_the_principal_branch_of_quantal_response(seed):
    rng = np.random.default_rng(4000 + seed)
    tree = make_game(rng, int(rng.integers(3, 9)), int(rng.integers(2, 4)), chance=0.2, hidden=0.7)
    payoffs = rng.normal(size=(len(tree.terminals), len(tree.players)))
    precision = (0.3, 1.0, 4.0)[seed % 3]
    (found,) = solve_equilibria(tree, payoffs, "qre", precision=precision)
    for one, other in zip(found.strategy, quantal(tree, load(tree, payoffs), precision), strict=True):
        np.testing.assert_allclose(one, other, atol=1e-6)


def test_signalling_and_the_horse():
    rng = np.random.default_rng(9)
    for tree, payoffs in ((signalling(0.3), rng.integers(0, 5, (8, 2)).astype(float)), horse()):
        game = load(tree, payoffs)
        solve = gambit.nash.enummixed_solve if len(tree.players) == 2 else gambit.nash.enumpure_solve
        found = solve_equilibria(tree, payoffs, "nash")
        listed = {plan(tree, item.strategy) for item in found if len(tree.players) == 2 or item.pure}
        assert listed == plans_of(tree, game, solve(game).equilibria)


def profile_of(tree: Tree, game, strategy):
    """The strategy as Gambit holds it."""
    data: list[list[list[float]]] = [[] for _ in tree.players]
    for k in numbered_units(tree):
        data[tree.nodes[tree.information.units[k][0]].player].append(strategy[k].tolist())
    return game.mixed_behavior_profile(data=data, rational=False)


def nodes_of(game) -> list:
    """Gambit's nodes in prefix order, which is the order of a tree that was read."""
    found, waiting = [], [game.root]
    while waiting:
        node = waiting.pop()
        found.append(node)
        waiting += reversed(list(node.children))
    return found


@pytest.mark.slow
@pytest.mark.timeout(1200)
@pytest.mark.parametrize("name", SCENARIOS)
def test_the_game_of_every_bundled_scenario(name, tmp_path):
    """Too large for Gambit's solvers, it is given the play, and says what everybody could gain from it."""
    environment = {**os.environ, "HALYS_CACHE": str(tmp_path / "cache")}
    command = [sys.executable, "-m", "halys", "run", name]
    subprocess.run(command, cwd=tmp_path, env=environment, check=True, capture_output=True, timeout=1100)
    (file,) = tmp_path.rglob("game.efg")
    text = file.read_text(encoding="utf-8")
    tree, payoffs, _ = read_efg(text, file.name)
    game = gambit.read_efg(io.StringIO(text))
    found = solve_equilibria(tree, payoffs, "spe")
    assert found.found
    for item in found:
        _check_no_gain(tree, game, item)
    for share in (0.3, 3.0, 30.0):
        precision = share / float(np.ptp(payoffs))
        (item,) = solve_equilibria(tree, payoffs, "qre", precision=precision)
        profile = profile_of(tree, game, item.strategy)
        for k, infoset in zip(numbered_units(tree), game.infosets, strict=True):
            worth = precision * np.array([profile.action_value(action) for action in infoset.actions])
            response = np.exp(worth - worth.max())
            np.testing.assert_allclose(item.strategy[k], response / response.sum(), atol=1e-9)


def _check_no_gain(tree: Tree, game, item) -> None:
    """By Gambit's values nobody gains by another move at a set that is reached, or at a set of one node."""
    profile = profile_of(tree, game, item.strategy)
    assert [profile.payoff(player) for player in game.players] == pytest.approx(item.payoffs.tolist())
    assert float(profile.agent_max_regret()) <= 1e-9
    places = [node for node in nodes_of(game) if list(node.children)]
    for n, place in enumerate(places):
        node = tree.nodes[n]
        if not node.chance and len(tree.information.units[tree.information.unit_of[n]]) == 1:
            player = list(game.players)[node.player]
            value = float(profile.node_value(player, place))
            assert all(float(profile.node_value(player, child)) <= value + 1e-9 for child in place.children)
