"""Bans of whole customs lines, in the terms of the origin nest.

A product is a bundle of lines of equal weight, Cobb-Douglas; in each, all exporters compete with their market shares.
An act that lists the share l_i of lines for exporter i shuts it out of these wholly. Lists of one programme are
nested: what the shorter list names, the longer names too. Between two neighbouring lengths lies a segment of lines,
width w, from which the same exporters are shut out, with joint market share P. There the others divide the spending
and the price rises by (1 − P)^(−1/theta), at baseline costs. Over all segments

    share of i    pi_i sum_{open to i} w / (1 − P)
    price         prod (1 − P)^(−w/theta)

With one length l for all who are shut out: (1 − l) pi and (1 − P)^(−l/theta). The same shares and price come from the
origin nest with coverages b_i and a factor N on its sum,

    1 − b_i = sum_{open to i} w / (1 − P) / sum w / (1 − P),    N = prod (1 − P)^w  sum w / (1 − P),

where theta does not appear. At other than baseline costs this is the nest with these constants, not line by line.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

WHOLE = 1.0 - 1e-12
"""From this joint market share on, nobody else sells."""


class ShutLines(NamedTuple):
    """What the lists amount to. open: 1 − b (exporter, n). nest: N (n,). sole: (n,) whether some lines lose all
    sellers while others keep theirs, which no price can clear."""

    open: Array
    nest: Array
    sole: NDArray[np.bool_]


def shut_lines(share: Array, lines: Array) -> ShutLines:
    """The nest after exporters are shut out of lines.

    Args:
        share: pi (exporter, n), market shares in n markets; lines: l (exporter, n), in [0, 1].
    """
    order = np.argsort(-lines, axis=0, kind="stable")
    length = np.take_along_axis(lines, order, axis=0)
    joint = np.minimum(np.take_along_axis(share, order, axis=0).cumsum(axis=0), 1.0)
    width = length - np.vstack([length[1:], np.zeros((1, lines.shape[1]))])
    used = width > 0
    empty = used & (joint >= WHOLE)
    left = np.where(used & ~empty, 1.0 - joint, 1.0)
    weight = np.where(empty, 0.0, width / left)
    untouched = 1.0 - length[:1]
    before = untouched + np.vstack([np.zeros((1, lines.shape[1])), weight.cumsum(axis=0)[:-1]])
    total = untouched[0] + weight.sum(axis=0)
    some = total > 0
    opened = np.zeros_like(lines)
    np.put_along_axis(opened, order, before / np.where(some, total, 1.0), axis=0)
    logged = (width * np.log(left)).sum(axis=0) + np.log(np.where(some, total, 1.0))
    return ShutLines(opened, np.exp(logged), empty.any(axis=0) & some)
