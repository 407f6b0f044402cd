"""Evidence: who says what, and how far it moves beliefs. Plain records and arrays; knows nothing of games.

See docs/evidence.md for the definitions, and the modules for the methods.
"""

from halys.evidence.beliefs import (
    Belief,
    Evidence,
    Ranged,
    believe,
    draw_posteriors,
    effective_reports,
    find_bounds,
    find_posterior,
    log_ratios,
    vary_likelihoods,
)
from halys.evidence.ledger import Claim, Conflict, Group, Ledger, by_day, find_circles, find_conflicts
from halys.evidence.matrix import inconsistency, make_matrix

__all__ = [
    "Belief",
    "Claim",
    "Conflict",
    "Evidence",
    "Group",
    "Ledger",
    "Ranged",
    "believe",
    "by_day",
    "draw_posteriors",
    "effective_reports",
    "find_bounds",
    "find_circles",
    "find_conflicts",
    "find_posterior",
    "inconsistency",
    "log_ratios",
    "make_matrix",
    "vary_likelihoods",
]
