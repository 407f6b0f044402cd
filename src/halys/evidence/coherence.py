"""What is odd about likelihoods that are each allowed: told to the author, refused by nobody."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import numpy as np

from halys.evidence.beliefs import Evidence, log_ratios
from halys.evidence.ledger import Ledger

OVERWHELMING = 100.0  # times as much for one hypothesis as for another, trust and copies counted
_SLACK = 1e-9


def find_incoherence(
    e: Evidence,
    groups: Sequence[str],
    hypotheses: Sequence[str],
    ledger: Ledger,
    one_of: Mapping[str, Sequence[str]],
    partial: Sequence[str] = (),
) -> Iterator[str]:
    """Warnings about the groups of a question, in words.

    Args:
        groups, hypotheses: ids, as the axes of `e`. one_of: by name of a set, the groups of which one can be reported.
        partial: groups in which only those speak who gain or lose by the answer.
    """
    value, low, high = e.likelihood
    weights = log_ratios(e)
    for name, members in one_of.items():
        at = [n for n, group in enumerate(groups) if group in members]
        for h, total in enumerate(value[at].sum(axis=0)):
            if total > 1.0 + _SLACK:
                yield (
                    f"only one of {', '.join(groups[n] for n in at)} can be reported ({name}), and under "
                    f"{hypotheses[h]} their likelihoods sum to {total:.3g}, more than 1."
                )
    open_: list[str] = []
    for g, group in enumerate(groups):
        ratio, weight = value[g].max() / value[g].min(), float(np.exp(np.ptp(weights[g])))
        stated = not (value[g] == 1.0).all()
        if group in partial and e.trust.low[g] == 1.0:
            yield f"only those who gain or lose by the answer speak in {group}: give `trust` a range."
        if weight > OVERWHELMING:
            yield (
                f"{group} speaks {weight:.3g} times as much for {hypotheses[int(value[g].argmax())]} as for "
                f"{hypotheses[int(value[g].argmin())]}: it decides almost alone."
            )
        elif stated and ratio < 1.0 + _SLACK:
            yield f"{group} is as likely under every hypothesis, so that it moves nothing."
        elif stated and low[g].max() <= high[g].min():
            open_.append(group)
    if open_:
        yield f"which way these point is open, the ranges overlap for every pair of hypotheses: {', '.join(open_)}."
    for first in range(len(groups)):
        for second in range(first + 1, len(groups)):
            shared = _same_voice(ledger, groups[first], groups[second])
            if shared:
                yield (
                    f"{groups[first]} and {groups[second]} both rest on what {shared} said that day: if it is one "
                    "event, put it into one group."
                )
    if len(groups) and np.ptp(e.trust.value) == 0 and e.trust.value[0] == 1.0 and len(ledger.sources()) == 1:
        yield "a single source carries everything and is trusted fully; give `trust` a range."


def _same_voice(ledger: Ledger, first: str, second: str) -> str:
    """Who says something in both groups on one day, but for what is told or judged of several things; or nothing."""

    def voices(group: str) -> set[tuple[str, str]]:
        claims = (ledger.claims[c] for c in ledger.groups[group].claims)
        return {(c.speaker, c.date) for c in claims if c.stance not in ("reports", "judges") and len(c.date) == 10}

    return min((speaker for speaker, _ in voices(first) & voices(second)), default="")
