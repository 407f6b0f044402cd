"""Backward induction on campaigns: against the enumeration of every history, closed forms and simulation."""

from __future__ import annotations

import itertools
import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import optimize

from halys.errors import InputError
from halys.futures.campaign import OLDEST, Campaign, Policy, Track, no_tracks_closed, simulate_paths, solve_campaign


def track(owner: int, levels: int, *, line: int | None = None, cost: float = 0.0, precision: float = 2.0) -> Track:
    """Level 0 without a programme; from `line` on the levels cross a line."""
    bits = np.array([int(line is not None and n >= line) for n in range(levels)])
    price = np.where(np.arange(levels) > 0, cost, 0.0)
    return Track(owner, 0, 0, np.arange(levels) > 0, bits, price, price / 2, precision)


def random_campaign(seed: int, *, quarters: int = 3, precision: float = 2.0, continuation: float = 0.75) -> Campaign:
    """Two tracks of three levels and two, two states of the momentum of which one may end it, one line."""
    r = np.random.default_rng(seed)
    tracks = (
        track(0, 3, line=2, cost=0.1, precision=precision),
        track(1, 2, cost=0.2, precision=precision),
    )
    levels, states = (3, 2), 2
    short, long = r.normal(size=(2, *levels, 3))
    stakes = r.normal(size=(*levels, states, 2, 3))
    momentum = r.dirichlet(np.ones(states), size=(*levels, states))
    absorbing = np.array([False, seed % 2 == 1])
    momentum[:, :, absorbing] = np.eye(states)[absorbing]
    allowed = no_tracks_closed(levels, states, 2)
    allowed[0][:, 1, 0, :, 2] = False  # the second level of the other closes the third here in one state
    discount = np.array([0.9, 0.95, 0.97])
    return Campaign(
        tracks, short, long, stakes, momentum, absorbing, allowed, discount, quarters, 3.0, continuation, 0, 0
    )


class Enumeration:
    """The same game by its histories: nothing is known but what was held in every quarter."""

    def __init__(self, campaign: Campaign) -> None:
        self.c = campaign

    def welfare(self, history: list[tuple[int, ...]], later: int = 0) -> np.ndarray:
        """Real income from what was held in each quarter so far, so many quarters after the last of them."""
        c = self.c
        ages = []
        for k in range(len(c.tracks)):
            now, age = history[-1][k], -1
            for held in reversed(history):
                if held[k] != now:
                    break
                age += 1
            ages.append(min(age, OLDEST) + later if c.tracks[k].aged[now] else 0)
        order = sorted(range(len(ages)), key=lambda k: -ages[k])
        levels = [t.none for t in c.tracks]
        total = c.long[tuple(levels)].copy()
        for k in order:
            before = tuple(levels)
            levels[k] = history[-1][k]
            w = 1 - 2 ** (-ages[k] / c.half_life)
            total += (1 - w) * (c.short[tuple(levels)] - c.short[before])
            total += w * (c.long[tuple(levels)] - c.long[before])
        return total

    def crossed(self, history: list[tuple[int, ...]]) -> int:
        return max(int(self.c.tracks[k].bits[level]) for held in history for k, level in enumerate(held))

    def quarter(self, history: list[tuple[int, ...]], m: int, later: int = 0) -> np.ndarray:
        return (self.welfare(history, later) + self.c.stakes[(*history[-1], m, self.crossed(history))]) / 4

    def after(self, history: list[tuple[int, ...]], m: int, left: int, later: int = 1) -> np.ndarray:
        """Worth and chance that the line is kept, when nobody decides any more."""
        if left == 0:
            return np.append(np.zeros(3), float(self.crossed(history) == 0))
        found = np.append(self.quarter(history, m, later), 0.0)
        delta = np.append(self.c.discount**0.25, 1.0)
        for n, p in enumerate(self.c.momentum[(*history[-1], m)]):
            found += p * delta * self.after(history, n, left - 1, later + 1)
        return found

    def open(self, history: list[tuple[int, ...]], m: int, quarter: int) -> np.ndarray:
        left = round(4 * self.c.continuation)
        if quarter == self.c.decided:
            return self.after(history, m, left)
        if self.c.absorbing[m]:
            return self.after(history, m, left + self.c.decided - quarter)
        return self.move(history, m, quarter, [])

    def move(self, history: list[tuple[int, ...]], m: int, quarter: int, made: list[int]) -> np.ndarray:
        c, k = self.c, len(made)
        if k == len(c.tracks):
            held = [*history, tuple(made)]
            found = np.append(self.quarter(held, m), 0.0)
            delta = np.append(c.discount**0.25, 1.0)
            for n, p in enumerate(c.momentum[(*made, m)]):
                found += p * delta * self.open(held, n, quarter + 1)
            return found
        t, old = c.tracks[k], history[-1][k]
        now = (*made, *history[-1][k:])
        open_ = [a for a in range(t.levels) if c.allowed[k][(*now, m, self.crossed([*history, now]), a)]]
        worth = []
        for a in open_:
            value = self.move(history, m, quarter, [*made, a])
            value[t.owner] -= 0.0 if a == old else t.exit[old] + t.entry[a]
            worth.append(value)
        scale = t.precision * np.array([w[t.owner] for w in worth])
        odds = np.exp(scale - scale.max())
        return (odds / odds.sum()) @ np.array(worth)


@pytest.mark.parametrize("seed", range(4))
def test_against_every_history(seed: int) -> None:
    campaign = random_campaign(seed)
    play = solve_campaign(campaign)
    found = Enumeration(campaign).open([(0, 0)], 0, 0)
    np.testing.assert_allclose(play.value, found[:2], atol=1e-12)
    assert play.kept[0][0][(0, 0, 0, 0)] == pytest.approx(found[3], abs=1e-7)


def test_quarters_after_those_that_are_told() -> None:
    """They are decided in as any other; play and chances of the first ones are those of the longer campaign."""
    long = random_campaign(3, quarters=5)
    told = replace(long, quarters=3, run_off=2)
    found, whole = solve_campaign(told), solve_campaign(long)
    np.testing.assert_array_equal(found.value, whole.value)
    for one, other in zip(itertools.chain(*found.choices), itertools.chain(*whole.choices), strict=True):
        np.testing.assert_array_equal(one, other)
    assert len(found.kept) == 3
    paths = simulate_paths(found, 20_000, seed=1)
    assert paths.slots.shape == (20_000, 3, 2)
    kept = float(found.kept[0][0][(0, 0, 0, 0)])  # by the last quarter that is told
    assert kept > float(whole.kept[0][0][(0, 0, 0, 0)])
    assert abs((paths.crossed[:, -1] == 0).mean() - kept) < 4 * math.sqrt(kept * (1 - kept) / 20_000)
    again = solve_campaign(told, best=0, given=found)
    assert again.value[0] >= found.value[0]


def test_a_longer_one_against_every_history() -> None:
    """One track, so that programmes grow as old as they can."""
    r = np.random.default_rng(5)
    one = track(0, 2, line=1, cost=0.05)
    short, long = r.normal(size=(2, 2, 3))
    momentum = np.ones((2, 1, 1))
    campaign = Campaign(
        (one,), short, long, r.normal(size=(2, 1, 2, 3)), momentum, np.array([False]), no_tracks_closed((2,), 1, 2),
        np.array([0.9, 0.9, 0.9]), 11, 4.0, 4.0,
    )  # fmt: skip
    found = Enumeration(campaign).open([(0,)], 0, 0)
    np.testing.assert_allclose(solve_campaign(campaign).value, found[:1], atol=1e-12)


def test_what_is_held_for_ever() -> None:
    """The sum over a very long time."""
    ever = replace(random_campaign(0, quarters=2), continuation=math.inf)
    np.testing.assert_allclose(
        solve_campaign(ever).value, solve_campaign(replace(ever, continuation=1500.0)).value, atol=1e-9
    )


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 10_000))
def test_properties(seed: int) -> None:
    """Constants move values alone; precision times scale is what counts; one level without costs earns what it pays."""
    campaign = random_campaign(seed)
    play = solve_campaign(campaign)
    moved = solve_campaign(replace(campaign, stakes=campaign.stakes + 0.7))
    scaled = replace(
        campaign,
        short=3 * campaign.short,
        long=3 * campaign.long,
        stakes=3 * campaign.stakes,
        tracks=tuple(
            replace(t, precision=t.precision / 3, entry=3 * t.entry, exit=3 * t.exit) for t in campaign.tracks
        ),
    )
    for other in (moved, solve_campaign(scaled)):
        for a, b in zip(itertools.chain(*play.choices), itertools.chain(*other.choices), strict=True):
            np.testing.assert_allclose(a, b, atol=2e-6)
    assert all(abs(p.sum(axis=0) - 1).max() < 1e-5 for p in itertools.chain(*play.choices))
    best = solve_campaign(replace(campaign, tracks=tuple(replace(t, precision=math.inf) for t in campaign.tracks)))
    sharp = solve_campaign(replace(campaign, tracks=tuple(replace(t, precision=1e6) for t in campaign.tracks)))
    np.testing.assert_allclose(best.value, sharp.value, atol=1e-4)


def test_a_best_reply_is_no_worse_and_leaves_others_as_they_are() -> None:
    campaign = random_campaign(1)
    play = solve_campaign(campaign)
    again = solve_campaign(campaign, given=play)
    np.testing.assert_allclose(again.value, play.value, atol=1e-6)
    best = solve_campaign(campaign, best=0, given=play)
    assert best.value[0] >= play.value[0]
    np.testing.assert_array_equal(best.choices[0][1], play.choices[0][1])


def test_a_line_that_was_crossed_stays_crossed() -> None:
    campaign = random_campaign(2, quarters=6)
    paths = simulate_paths(solve_campaign(campaign), 2000, seed=1)
    levels = paths.levels(campaign)
    crossing = np.asarray(campaign.tracks[0].bits)[levels[..., 0]]
    np.testing.assert_array_equal(np.maximum.accumulate(crossing, axis=1), paths.crossed)
    assert (paths.crossed[:, -1] > crossing[:, -1]).any()  # some gave up, and the line stays crossed


def test_paths_agree_with_what_is_solved() -> None:
    """Values and the chance that the line is kept, within four standard errors; and the same seed, the same paths."""
    campaign = replace(random_campaign(0, quarters=8), continuation=0.0)
    play = solve_campaign(campaign)
    paths = simulate_paths(play, 20_000, seed=3)
    at = tuple(paths.slots[..., k] for k in range(2))
    state = (*at, paths.momentum[:, :-1], paths.crossed)
    flow = np.stack([campaign.flow(0)[state], campaign.flow(1)[state]], axis=-1)
    quarter = np.arange(8)[:, None]
    present = ((flow - paths.paid) * (campaign.discount[:2] ** 0.25) ** quarter).sum(axis=1)
    error = present.std(axis=0) / math.sqrt(len(present))
    assert (abs(present.mean(axis=0) - play.value) < 4 * error).all()
    kept = float(play.kept[0][0][(0, 0, 0, 0)])
    share = float((paths.crossed[:, -1] == 0).mean())
    assert abs(share - kept) < 4 * math.sqrt(kept * (1 - kept) / 20_000)
    again = simulate_paths(play, 20_000, seed=3)
    np.testing.assert_array_equal(again.slots, paths.slots)


def test_an_absorbing_state_ends_it() -> None:
    campaign = random_campaign(1, quarters=8)
    paths = simulate_paths(solve_campaign(campaign), 1000, seed=3)
    over = paths.ended(campaign)
    assert over.any()
    levels = paths.levels(campaign)
    still = (levels[:, 1:] == levels[:, :-1]).all(axis=2)
    assert still[over[:, 1:]].all()
    assert (paths.momentum[:, 1:][over] == 1).all()


def test_a_commitment_is_kept_and_costs_what_it_costs() -> None:
    campaign = random_campaign(4)
    never = np.full((3, 2, 2, 2), 0)
    play = solve_campaign(campaign, [Policy(1, never)])
    assert all((choice[1][0] == 1).all() for choice in play.choices)
    alone = replace(
        campaign,
        allowed=(campaign.allowed[0], np.broadcast_to([True, False], campaign.allowed[1].shape)),
    )
    np.testing.assert_allclose(solve_campaign(alone).value, play.value, atol=1e-12)
    nothing = solve_campaign(campaign, [Policy(1, np.full((3, 2, 2, 2), -1))])
    np.testing.assert_array_equal(nothing.value, solve_campaign(campaign).value)


def investment(
    *, exit_cost: float | None, shift: float, steps: int = 101
) -> tuple[Campaign, np.ndarray, dict[str, float]]:
    """Dixit (1989): a firm may enter at k and leave at l; the price is a geometric random walk, the cost w.

    The momentum is the price, on a grid of its logarithm that matches mean and variance of its growth in a quarter.
    """
    r, mu, sigma, w, k, steps = 0.05, 0.0, 0.2, 1.0, 2.0, 101
    dt, step = 0.25, 2.2 * 0.2 * math.sqrt(0.25) / 2
    grid = (np.arange(steps) - steps // 2 + shift) * step
    price = np.exp(grid)
    variance, drift = sigma**2 * dt, (mu - sigma**2 / 2) * dt
    up = (variance + drift**2) / (2 * step**2) + drift / (2 * step)
    down = up - drift / step
    chain = np.diag(np.full(steps, 1 - up - down)) + np.diag(np.full(steps - 1, up), 1)
    chain += np.diag(np.full(steps - 1, down), -1)
    chain[0, 0] += down
    chain[-1, -1] += up
    stays = exit_cost is None
    firm = Track(
        0, 0, 0, np.zeros(2, dtype=bool), np.zeros(2, dtype=np.intp),
        np.array([0.0, k]), np.array([0.0, 0.0 if exit_cost is None else exit_cost]), math.inf,
    )  # fmt: skip
    stakes = np.zeros((2, steps, 1, 1))
    stakes[1, :, 0, 0] = price - w
    allowed = np.ones((2, steps, 1, 2), dtype=bool)
    allowed[1, :, :, 0] = not stays
    campaign = Campaign(
        (firm,), np.zeros((2, 1)), np.zeros((2, 1)), stakes, np.broadcast_to(chain, (2, steps, steps)).copy(),
        np.zeros(steps, dtype=bool), (allowed,), np.array([math.exp(-r)]), 80, 4.0, math.inf, steps // 2, 0,
    )  # fmt: skip
    return campaign, price, {"r": r, "mu": mu, "sigma": sigma, "w": w, "k": k}


def thresholds(exit_cost: float | None) -> tuple[float, float, dict[str, float]]:
    """The lowest price at which the firm enters and the highest at which it leaves, 20 years before the end.

    Grids that are shifted against each other find both to a sixth of a step. A firm that looks once in a quarter acts
    a little earlier than one that always looks: by the factor exp(0.5826 σ √dt) (AitSahlia and Lai, 2001), taken out.
    """
    enters, leaves = [], []
    for shift in range(6):
        campaign, price, given = investment(exit_cost=exit_cost, shift=shift / 6)
        chosen = solve_campaign(campaign).choices[0][0].argmax(axis=0)[:, :, 0]
        enters.append(price[chosen[0] == 1].min())
        leaves.append(price[chosen[1] == 0].max(initial=0.0))
    sooner = math.exp(0.5826 * given["sigma"] * math.sqrt(0.25))
    return min(enters) * sooner, max(leaves) / sooner, given


def roots(given: dict[str, float]) -> tuple[float, float]:
    """β1 > 1 and β2 < 0 of σ²β(β − 1)/2 + μβ − r = 0."""
    half = given["sigma"] ** 2 / 2
    b = given["mu"] - half
    both = np.roots([half, b, -given["r"]])
    return float(both.max()), float(both.min())


def test_the_threshold_of_an_investment_that_cannot_be_undone() -> None:
    """McDonald and Siegel (1986): enter at β/(β − 1) of the price that just repays, in closed form."""
    found, _, given = thresholds(None)
    beta, _ = roots(given)
    delta = given["r"] - given["mu"]
    closed = beta / (beta - 1) * delta * (given["w"] / given["r"] + given["k"])
    naive = delta * (given["w"] / given["r"] + given["k"])
    assert found > 1.3 * naive  # waiting has value
    assert found == pytest.approx(closed, rel=0.02)


def test_entry_and_exit_thresholds() -> None:
    """Dixit (1989), equations (12) to (15): value matching and smooth pasting at both ends, solved numerically."""
    exit_cost = 1.0
    entered, left, given = thresholds(exit_cost)
    b1, b2 = roots(given)
    r, delta, w, k = given["r"], given["r"] - given["mu"], given["w"], given["k"]

    def conditions(z: np.ndarray) -> list[float]:
        high, low, a, b = z
        gain = [b * p**b2 + p / delta - w / r - a * p**b1 for p in (high, low)]
        slope = [b2 * b * p ** (b2 - 1) + 1 / delta - b1 * a * p ** (b1 - 1) for p in (high, low)]
        return [gain[0] - k, gain[1] + exit_cost, *slope]

    solved = optimize.root(conditions, [1.6, 0.6, 1.0, 1.0])
    assert solved.success
    high, low = solved.x[:2]
    assert entered == pytest.approx(high, rel=0.02)
    assert left == pytest.approx(low, rel=0.02)
    assert left < w < entered  # the band


def test_refusals() -> None:
    campaign = random_campaign(0)
    with pytest.raises(InputError, match="must be 0 or more and sum to 1"):
        replace(campaign, momentum=campaign.momentum * 0.9)
    with pytest.raises(InputError, match="no level may be chosen"):
        replace(campaign, allowed=(campaign.allowed[0], np.zeros_like(campaign.allowed[1])))
    with pytest.raises(InputError, match="short has shape"):
        replace(campaign, short=campaign.short[:2])
    with pytest.raises(InputError, match="needs a discount below 1"):
        replace(campaign, continuation=math.inf, discount=np.ones(3))
    with pytest.raises(InputError, match="quarters: 81"):
        replace(campaign, quarters=81)
    with pytest.raises(InputError, match="paths: 0"):
        simulate_paths(solve_campaign(campaign), 0, 1)
