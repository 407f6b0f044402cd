"""Sets of numbers that are unions of intervals: the answers to "for which values of a stake does this hold?"."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TypeAlias


@dataclass(frozen=True, slots=True)
class Interval:
    """Numbers from low to high; a single point has low = high and includes both ends."""

    low: float
    high: float
    includes_low: bool = True
    includes_high: bool = True

    def __contains__(self, s: float) -> bool:
        above = s >= self.low if self.includes_low else s > self.low
        return above and (s <= self.high if self.includes_high else s < self.high)


Intervals: TypeAlias = tuple[Interval, ...]
"""A set: intervals in increasing order that do not touch. The empty tuple is the empty set."""


def join(parts: Iterable[Interval]) -> Intervals:
    """The union of intervals that are given in increasing order and do not overlap."""
    joined: list[Interval] = []
    for part in parts:
        last = joined[-1] if joined else None
        if last is not None and last.high == part.low and (last.includes_high or part.includes_low):
            joined[-1] = Interval(last.low, part.high, last.includes_low, part.includes_high)
        else:
            joined.append(part)
    return tuple(joined)


def complement(intervals: Sequence[Interval], low: float, high: float) -> Intervals:
    """What the set leaves of the range from low to high, ends included. The set lies in the range."""
    left: list[Interval] = []
    start, includes_start = low, True
    for interval in intervals:
        left.append(Interval(start, interval.low, includes_start, not interval.includes_low))
        start, includes_start = interval.high, not interval.includes_high
    left.append(Interval(start, high, includes_start, True))
    return tuple(part for part in left if holds_something(part))


def intersect(first: Sequence[Interval], second: Sequence[Interval]) -> Intervals:
    """The numbers that are in both sets."""
    common = []
    for a in first:
        for b in second:
            low, high = max(a.low, b.low), min(a.high, b.high)
            includes_low = (a.includes_low or a.low < low) and (b.includes_low or b.low < low)
            includes_high = (a.includes_high or a.high > high) and (b.includes_high or b.high > high)
            common.append(Interval(low, high, includes_low, includes_high))
    return tuple(part for part in common if holds_something(part))


def holds_something(part: Interval) -> bool:
    """Whether there is a number in the interval."""
    return part.low < part.high or (part.low == part.high and part.includes_low and part.includes_high)
