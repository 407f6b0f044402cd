"""A threat on N occasions by a sender of unknown type: reputation in the chain-store game of Kreps and Wilson [1].

One sender meets N targets in turn, n = N, ..., 1 occasions being left. A target stays or crosses; then the sender
carries the threat out or lets it pass. With probability ρ the sender is *tough* and always carries it out; else it is
*plain*, and carrying out costs it c on that occasion. Everybody sees what happened. In units of c and of the target,

    plain sender     a = g/c where the target stays, 0 where a crossing passes, −1 where it is answered    a > 0
    target           0 where it stays, b where its crossing passes, b − 1 where it is answered             0 < b < 1

so that b = G/(G + L) for a gain G from a crossing that passes and a loss L from one that is answered. Let δ be what the
next occasion counts, and M the smallest number of later occasions whose peace is worth one answer,

    δ·a·(1 + δ + ... + δ^(M−1)) ≥ 1;        M = 1 where δ·g ≥ c, and M = ∞ where δ ≤ c/(c + g).

**Equilibrium.** Let p be the belief that the sender is tough, with n occasions left, and

    t_n = b^⌈n/M⌉,    q_n = t_n/b = b^(⌈n/M⌉ − 1).

- The target stays if p > t_n and crosses if p < t_n. At p = t_n it is indifferent, and stays with the probability that
  makes good the promise that the sender's last answer was given for: 1/(δ·a) where M = 1.
- After a crossing the plain sender answers if p ≥ q_n, and never if q_n = 1. If p < q_n it answers with probability
  p(1 − q_n)/((1 − p)·q_n), so that the threat is carried out with probability p/q_n in all, and what is left of the
  doubt makes the belief q_n. A crossing that passes shows the plain sender: from then on all cross and nothing follows.

With M = 1 and δ = 1 this is the equilibrium of [1], t_n = b^n. For M > 1, which [1] leaves out by a > 1, it is the same
construction: an answer with n left must buy 1/δ, which a belief q buys if M more targets stay at it. From the prior ρ
the threat deters surely on the first N − M·(e − 1) occasions, e being the smallest exponent with b^e < ρ; then follows
the phase in which both mix. Since t_n falls with n, even a small doubt deters if occasions are many: but not at
δ ≤ c/(c + g), the same bound as where the end is unknown (`halys.strategy.repetition`).

References:
    1. Kreps, D. M. and Wilson, R. (1982). Reputation and imperfect information. Journal of Economic Theory 27(2),
       253-279.
    2. Milgrom, P. and Roberts, J. (1982). Predation, reputation, and entry deterrence. Journal of Economic Theory
       27(2), 280-312.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property

from halys.errors import InputError

MOST_OCCASIONS = 1000


@dataclass(frozen=True, slots=True)
class State:
    """What a target meets: the belief that the sender is tough, and what the last answer is still to bring the sender.

    `promised` is in units of c; None where the belief was not made by a mixed answer.
    """

    belief: float
    promised: float | None = None


@dataclass(frozen=True, slots=True)
class Occasion:
    """One occasion from the first on, as seen before the first: three probabilities that sum to 1."""

    left: int
    """n, occasions left with this one."""
    stays: float
    answered: float
    """The target crosses and the threat is carried out."""
    passes: float
    """The target crosses and nothing follows."""


@dataclass(frozen=True)
class Reputation:
    """The equilibrium. Strategies are functions of the occasions left and of a `State`.

    Attributes:
        prior: ρ. occasions: N. peace: a. temptation: b. discount: δ, per occasion.
    """

    prior: float
    occasions: int
    peace: float
    temptation: float
    discount: float

    @cached_property
    def price(self) -> int | None:
        """M, how many later occasions of peace are worth one answer; None where no number within N is."""
        total, weight = 0.0, 1.0
        for m in range(1, self.occasions + 1):
            weight *= self.discount
            total += weight * self.peace
            if total >= 1.0:
                return m
        return None

    def threshold(self, left: int) -> float:
        """t_n: the belief above which a target stays."""
        return float(self.temptation ** self._exponent(left))

    def needed(self, left: int) -> float:
        """q_n: the belief from which on the plain sender surely answers a crossing; 1 where it never does."""
        return float(self.temptation ** (self._exponent(left) - 1))

    @cached_property
    def deterred(self) -> int:
        """On how many occasions, from the first on, the threat surely deters; 0 if not even on the first."""
        return sum(1 for n in range(1, self.occasions + 1) if self.threshold(n) < self.prior)

    def stays(self, left: int, state: State) -> float:
        """The probability that the target stays."""
        at = self.threshold(left)
        if state.belief != at or state.belief == 0.0:
            return 1.0 if state.belief > at else 0.0
        if state.promised is None:
            return 1.0
        most = self.peace * sum(self.discount**k for k in range(self._indifferent(left)))
        return min(1.0, state.promised / most)

    def answers(self, left: int, state: State) -> float:
        """The probability, over types, that a crossing is answered: p/q_n, at most 1."""
        return min(1.0, state.belief / self.needed(left))

    def plain_answers(self, left: int, state: State) -> float:
        """The probability that the plain sender answers a crossing."""
        p, q = state.belief, self.needed(left)
        if q == 1.0:  # what is left is not worth an answer, even where the target takes the sender to be tough
            return 0.0
        return 1.0 if p >= q else p * (1.0 - q) / ((1.0 - p) * q)

    def after_answer(self, left: int, state: State) -> State:
        """What the next target meets after an answer."""
        q = self.needed(left)
        if state.belief == 0.0 or state.belief >= q:
            return State(state.belief)
        return State(q, None if q == 1.0 else 1.0 / self.discount)

    def after_staying(self, left: int, state: State) -> State:
        """What the next target meets after this one stayed."""
        if state.promised is None:
            return state
        if state.belief == self.threshold(left):  # a coin was thrown for the promise: now it is kept in full
            return State(state.belief)
        return State(state.belief, (state.promised - self.peace) / self.discount)

    @cached_property
    def path(self) -> tuple[Occasion, ...]:
        """What is to be expected on each occasion, the first first."""
        states: dict[State, float] = {State(self.prior): 1.0}
        found = []
        for left in range(self.occasions, 0, -1):
            stayed = answered = passed = 0.0
            following: dict[State, float] = {}
            for state, weight in states.items():
                stays, answers = self.stays(left, state), self.answers(left, state)
                ways = (
                    (stays, self.after_staying(left, state)),
                    ((1.0 - stays) * answers, self.after_answer(left, state)),
                    ((1.0 - stays) * (1.0 - answers), State(0.0)),
                )
                for share, after in ways:
                    if share > 0.0:
                        following[after] = following.get(after, 0.0) + weight * share
                stayed += weight * ways[0][0]
                answered += weight * ways[1][0]
                passed += weight * ways[2][0]
            found.append(Occasion(left, stayed, answered, passed))
            states = following
        return tuple(found)

    def _exponent(self, left: int) -> int:
        """⌈n/M⌉."""
        return 1 if self.price is None else -(-left // self.price)

    def _indifferent(self, left: int) -> int:
        """How many targets in a row, from this one on, have the same threshold."""
        return left if self.price is None else left - self.price * (self._exponent(left) - 1)


def solve_reputation(
    prior: float, occasions: int, cost: float, benefit: float, temptation: float, discount: float = 1.0
) -> Reputation:
    """The equilibrium for a sender that may be tough, in closed form.

    Args:
        prior: ρ, probability that the sender is tough, strictly between 0 and 1.
        occasions: N, from 1 to `MOST_OCCASIONS`.
        cost: c > 0, what an answer costs the plain sender. benefit: g > 0, what a target that stays is worth to it
            against a crossing that passes; both in the unit of its payoffs.
        temptation: b, strictly between 0 and 1 (`find_temptation`).
        discount: δ, what the next occasion counts, greater than 0 and at most 1.

    Raises:
        InputError: if a number is out of its range.
    """
    for name, value in (("prior", prior), ("temptation", temptation)):
        if not 0.0 < value < 1.0:
            raise InputError(f"{name}: {value:g}. Give a number greater than 0 and less than 1.")
    for name, value in (("cost", cost), ("benefit", benefit)):
        if not (math.isfinite(value) and value > 0.0):
            raise InputError(f"{name}: {value:g}. Give a finite number greater than 0; without it there is no dilemma.")
    if not 0.0 < discount <= 1.0:
        raise InputError(f"discount: {discount:g}. Give a factor greater than 0 and at most 1.")
    if not 1 <= occasions <= MOST_OCCASIONS:
        raise InputError(f"occasions: {occasions}. Give a whole number from 1 to {MOST_OCCASIONS}.")
    return Reputation(prior, occasions, benefit / cost, temptation, discount)


def find_temptation(stays: float, passes: float, answered: float) -> float:
    """b = G/(G + L): the probability of an answer at which a target is indifferent between staying and crossing.

    Args:
        stays, passes, answered: the target's payoffs where it stays, where its crossing passes, where it is answered.

    Returns:
        In (0, 1) if the target would cross unanswered and would rather stay than be answered; 0 or less if it does not
        want to cross, 1 or more if the answer does not hold it back.

    Raises:
        InputError: if a payoff is not finite, or an answer costs the target nothing.
    """
    if not all(map(math.isfinite, (stays, passes, answered))):
        raise InputError("stays, passes, answered: not all payoffs are finite.")
    if passes <= answered:
        raise InputError(f"answered: {answered:g} is no worse than {passes:g}, where the crossing passes.")
    return (passes - stays) / (passes - answered)
