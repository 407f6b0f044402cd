"""The matrix of competing hypotheses, for reading: how each group of reports stands to each hypothesis.

Heuer's matrix [1]_ marks evidence as consistent or not with each hypothesis and prefers the one with the least against
it. It is shown because readers know it. It ranks nothing here: trials find no gain in accuracy from it [2]_, it throws
away how strong evidence is, and what speaks against all hypotheses alike counts in it.

References:
    .. [1] Heuer (1999), Psychology of Intelligence Analysis.
    .. [2] Dhami, Belton and Mandel (2019), Applied Cognitive Psychology 33(6); Whitesmith (2019), Intelligence and
       National Security 34(2).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from halys.evidence.beliefs import Evidence

MARKS = ("II", "I", "N", "C", "CC")
_BOUNDS = np.log(np.array([1 / 4, 1 / 1.5, 1.5, 4]))  # between the marks, of L over its mean under the prior


def make_matrix(e: Evidence) -> NDArray[np.str_]:
    """(group, hypothesis) marks: II and I inconsistent, N neither, C and CC consistent.

    By the probability of the report under the hypothesis over that under the prior, at the reference: below 1/4, below
    1/1.5, between, above 1.5, above 4. Trust and dependence are left out, as the matrix does.
    """
    ratio = np.log(e.likelihood.value / e.expected[:, None])
    return np.array(MARKS)[np.searchsorted(_BOUNDS, ratio)]


def inconsistency(marks: NDArray[np.str_]) -> NDArray[np.float64]:
    """(hypothesis,) Heuer's score: I counts 1, II counts 2."""
    return np.asarray((marks == "I").sum(axis=0) + 2.0 * (marks == "II").sum(axis=0))
