"""A campaign as arrays: who holds which level of what, and what each state of affairs is worth a year.

Time runs in quarters. A *track* is a decision that is taken again each quarter: a level is held, and its holder may
move to another. Tracks move in their order, each seeing what was chosen before it in the quarter; then a quarter of the
yearly flow accrues, the momentum of the war moves as a Markov chain, and every programme grows a quarter older.

A programme works at first as in the short run and comes nearer to the long run with its age a,

    w(a) = 1 − 2^(−a/h),

which is applied to the increments that programmes add in the order of their age [1]_: with S≤m the m oldest,

    W(t) = Σ_m (1 − w(a_m)) ΔW_short(m) + w(a_m) ΔW_long(m),   ΔW(m) = W(S≤m) − W(S<m).

While decisions are taken ages saturate at `OLDEST` quarters; what is held on afterwards grows old without end. A line
that is crossed stays crossed, whatever is given up later. Absorbing states of the momentum end the campaign: what is
held then is held on. After the last quarter that is told, decisions go on for `run_off` quarters, so that the end of
what can be changed does not stand where play is looked at; then what is held is held on.

References:
    .. [1] The decomposition telescopes: programmes of one age may stand in any order.
"""

from __future__ import annotations

import itertools
import math
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from halys.errors import InputError

Array = NDArray[np.float64]
Integers = NDArray[np.intp]

OLDEST: Final = 12  # quarters after which a programme ages no more
MOST_QUARTERS: Final = 80
MOST_ENTRIES: Final = 150_000_000  # probabilities of choices held at once, four bytes each


@dataclass(frozen=True, eq=False)
class Track:
    """A decision taken again each quarter.

    Attributes:
        owner: index of the actor who decides. start, none: the level held before the first quarter, and the level
            without a programme. aged: (level,) whether a level has a programme whose effect comes with its age.
        bits: (level,) lines that holding a level crosses, as bits. entry, exit: (level,) what it costs the owner to
            take a level up and to give it up, once, in % of its yearly income. precision: of the logit choice, per %
            of yearly income; infinite for the best choice, the first of equals. start_age: in quarters.
    """

    owner: int
    start: int
    none: int
    aged: NDArray[np.bool_]
    bits: Integers
    entry: Array
    exit: Array
    precision: float
    start_age: int = 0

    @property
    def levels(self) -> int:
        """How many there are."""
        return len(self.aged)

    @cached_property
    def level(self) -> Integers:
        """(slot,) the level of each slot; a slot is a level at an age."""
        return np.repeat(np.arange(self.levels), np.where(self.aged, OLDEST + 1, 1))

    @cached_property
    def first(self) -> Integers:
        """(level,) the slot of each level at age 0."""
        return np.searchsorted(self.level, np.arange(self.levels))

    @cached_property
    def age(self) -> Integers:
        """(slot,) quarters; 0 where there is no programme."""
        return np.arange(len(self.level)) - self.first[self.level]

    @cached_property
    def older(self) -> Integers:
        """(slot,) the slot a quarter later."""
        grows = self.aged[self.level] & (self.age < OLDEST)
        return np.arange(len(self.level)) + grows

    @cached_property
    def oldest(self) -> Integers:
        """(slot,) the slot of the same level at the greatest age."""
        return self.first[self.level] + np.where(self.aged[self.level], OLDEST, 0)

    @cached_property
    def initial(self) -> int:
        """The slot held before the first quarter."""
        age = min(self.start_age, OLDEST) if self.aged[self.start] else 0
        return int(self.first[self.start]) + age

    def reach(self, quarter: int) -> Integers:
        """The slots that may be held in a quarter: nothing is older than the campaign lets it be."""
        oldest = np.where(np.arange(self.levels) == self.start, self.start_age + quarter, quarter)
        return np.flatnonzero(self.age <= oldest[self.level])

    @cached_property
    def cost(self) -> Array:
        """(level, level) what a change costs the owner once, % of its yearly income."""
        return np.where(np.eye(self.levels, dtype=bool), 0.0, self.exit[:, None] + self.entry[None, :])


@dataclass(frozen=True, eq=False)
class Campaign:
    """A finite-horizon stochastic game in quarters; `level...` stands for one axis for each track, in their order.

    Attributes:
        tracks: in the order in which they move in a quarter.
        short, long: (level..., actor) real income a year, % of each actor's own, were it the short or the long run.
        stakes: (level..., momentum, crossed, actor) what else a state is worth a year, % of income; crossed runs over
            the sets of lines, as bits.
        momentum: (level..., momentum, momentum) probabilities of moving within a quarter.
        absorbing: (momentum,) whether a state ends the campaign.
        allowed: for each track (level..., momentum, crossed, own level) whether a level may be chosen.
        discount: (actor,) what a year from now counts, between 0 and 1.
        quarters: that are told, 1 to 80. run_off: further ones in which decisions are taken, 0 to 80. half_life: in
            quarters. continuation: years for which what is held at the end is held on, in whole quarters; infinite for
            ever, 0 for none. start_momentum: state; start_crossed: lines, as bits.

    Raises:
        InputError: shapes that do not fit, probabilities that do not sum to 1, a state without a level allowed.
    """

    tracks: tuple[Track, ...]
    short: Array
    long: Array
    stakes: Array
    momentum: Array
    absorbing: NDArray[np.bool_]
    allowed: tuple[NDArray[np.bool_], ...]
    discount: Array
    quarters: int
    half_life: float
    continuation: float
    start_momentum: int = 0
    start_crossed: int = 0
    run_off: int = 0

    def __post_init__(self) -> None:
        levels, actors = self.levels, len(self.discount)
        states, sets = len(self.absorbing), self.sets
        wanted: dict[str, tuple[NDArray[Any], tuple[int, ...]]] = {
            "short": (self.short, (*levels, actors)),
            "long": (self.long, (*levels, actors)),
            "stakes": (self.stakes, (*levels, states, sets, actors)),
            "momentum": (self.momentum, (*levels, states, states)),
        }
        for k, table in enumerate(self.allowed):
            wanted[f"allowed[{k}]"] = (table, (*levels, states, sets, levels[k]))
        for name, (array, shape) in wanted.items():
            if array.shape != shape:
                raise InputError(f"{name} has shape {array.shape}; it must be {shape}.")
        if len(self.allowed) != len(self.tracks) or not self.tracks:
            raise InputError("a campaign needs a track, and `allowed` for each.")
        if (self.momentum < 0).any() or abs(self.momentum.sum(axis=-1) - 1.0).max() > 1e-9:
            raise InputError("momentum: probabilities of the next state must be 0 or more and sum to 1.")
        for k, table in enumerate(self.allowed):
            if not table.any(axis=-1).all():
                raise InputError(f"allowed[{k}]: in some state no level may be chosen. Allow one in every state.")
        if not (1 <= self.quarters <= MOST_QUARTERS and 0 <= self.run_off <= MOST_QUARTERS):
            raise InputError(
                f"quarters: {self.quarters}, and {self.run_off} after. Give 1 to {MOST_QUARTERS}, and 0 or more."
            )
        if not (self.half_life > 0 and self.continuation >= 0 and ((self.discount > 0) & (self.discount <= 1)).all()):
            raise InputError("half_life must be above 0, continuation 0 or more, discount above 0 and at most 1.")
        if math.isinf(self.continuation) and (self.discount >= 1).any():
            raise InputError("what is held for ever needs a discount below 1; it would be worth more than anything.")
        entries = sum(math.prod(self.shape_at(t)) for t in range(self.decided)) * sum(levels)
        if entries > MOST_ENTRIES:
            raise InputError(
                f"{math.prod(self.shape):,} states over {self.decided} quarters hold {entries:,} probabilities; "
                f"at most {MOST_ENTRIES:,} are held. Use fewer levels, tracks, states of the momentum or quarters."
            )

    @property
    def decided(self) -> int:
        """Quarters in which decisions are taken."""
        return self.quarters + self.run_off

    @property
    def levels(self) -> tuple[int, ...]:
        """Levels of each track."""
        return tuple(track.levels for track in self.tracks)

    @property
    def sets(self) -> int:
        """Sets of lines that may be crossed."""
        return 1 << self.lines

    @property
    def lines(self) -> int:
        """How many lines there are."""
        return max(int(track.bits.max()).bit_length() for track in self.tracks)

    @property
    def shape(self) -> tuple[int, ...]:
        """Of arrays over states: a slot of each track, the momentum, the set of lines crossed."""
        return (*(len(track.level) for track in self.tracks), len(self.absorbing), self.sets)

    def shape_at(self, quarter: int) -> tuple[int, ...]:
        """Of arrays over the states that may come about in a quarter."""
        return (*(len(track.reach(quarter)) for track in self.tracks), len(self.absorbing), self.sets)

    @property
    def owners(self) -> tuple[int, ...]:
        """Actors who decide, once each, in the order of their first track."""
        return tuple(dict.fromkeys(track.owner for track in self.tracks))

    @property
    def start(self) -> tuple[int, ...]:
        """The state before the first quarter."""
        return (*(track.initial for track in self.tracks), self.start_momentum, self.start_crossed)

    def on_slots(self, table: NDArray[Any]) -> NDArray[Any]:
        """A table (level..., ...) as (slot..., ...)."""
        return np.asarray(table[np.ix_(*(track.level for track in self.tracks))])

    @cached_property
    def increments(self) -> tuple[Array, Array]:
        """(track, slot..., actor) what the programme of each track adds a year in the short and in the long run.

        Programmes are added in the order of their ages, the oldest first.
        """
        tracks, count = self.tracks, len(self.tracks)
        short = np.empty((count, *self.shape[:count], len(self.discount)))
        long = np.empty_like(short)
        ages = np.meshgrid(*(track.age for track in tracks), indexing="ij", sparse=True)
        for order in itertools.permutations(range(count)):
            here = np.ones(short.shape[1:-1], dtype=bool)
            for a, b in itertools.pairwise(order):
                here &= (ages[a] > ages[b]) | ((ages[a] == ages[b]) & (a < b))
            if not here.any():
                continue
            at = np.nonzero(here)
            levels = [np.full(len(at[0]), track.none) for track in tracks]
            before = self.short[tuple(levels)], self.long[tuple(levels)]
            for k in order:
                levels[k] = tracks[k].level[at[k]]
                now = self.short[tuple(levels)], self.long[tuple(levels)]
                short[k][at], long[k][at] = now[0] - before[0], now[1] - before[1]
                before = now
        return short, long

    @property
    def without(self) -> Array:
        """(actor,) real income a year without any programme of a track, which is of long standing."""
        return np.asarray(self.long[tuple(track.none for track in self.tracks)])

    def youth(self, k: int) -> Array:
        """(slot...) 2^(−a/h): how far the programme of a track is from the long run, over all slots."""
        shape = [-1 if n == k else 1 for n in range(len(self.tracks))]
        return np.asarray(0.5 ** (self.tracks[k].age / self.half_life)).reshape(shape)

    @cached_property
    def welfare(self) -> Array:
        """(slot..., actor) real income a year, % of each actor's own, at the ages of the programmes."""
        short, long = self.increments
        found = self.without + long.sum(axis=0)
        for k in range(len(self.tracks)):
            found += self.youth(k)[..., None] * (short[k] - long[k])
        return np.asarray(found)

    def flow(self, actor: int) -> Array:
        """(slot..., momentum, crossed) what a state is worth a quarter to an actor, % of yearly income."""
        return np.asarray((self.welfare[..., actor, None, None] + self.on_slots(self.stakes[..., actor])) / 4.0)


def no_tracks_closed(levels: tuple[int, ...], states: int, sets: int) -> tuple[NDArray[np.bool_], ...]:
    """`allowed` where every level may always be chosen."""
    return tuple(np.ones((*levels, states, sets, own), dtype=bool) for own in levels)
