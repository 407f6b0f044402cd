"""Games as trees: subgame-perfect play, where it changes, when threats deter; coalitions. Plain arrays, no scenarios.

See docs/strategy.md for the definitions, and the modules for the methods.
"""

from halys.strategy.coalitions import (
    Margins,
    Pivots,
    banzhaf_values,
    find_margins,
    find_pivots,
    shapley_values,
)
from halys.strategy.decision_map import DecisionMap, Region, Segment, draw_map
from halys.strategy.deterrence import Deterrence, Threat, deter, prefers
from halys.strategy.efg import write_efg
from halys.strategy.intervals import Interval, Intervals
from halys.strategy.joining import Joining, Ranking, order_joining
from halys.strategy.many import solve_grid, solve_many
from halys.strategy.pieces import Piece, Threshold, find_pieces, find_thresholds
from halys.strategy.play import TIE_TOLERANCE, Play, solve_play
from halys.strategy.sampled_coalitions import Sample, sample_pivots, sample_shapley
from halys.strategy.tree import Node, Tree

__all__ = [
    "TIE_TOLERANCE",
    "DecisionMap",
    "Deterrence",
    "Interval",
    "Intervals",
    "Joining",
    "Margins",
    "Node",
    "Piece",
    "Pivots",
    "Play",
    "Ranking",
    "Region",
    "Sample",
    "Segment",
    "Threat",
    "Threshold",
    "Tree",
    "banzhaf_values",
    "deter",
    "draw_map",
    "find_margins",
    "find_pieces",
    "find_pivots",
    "find_thresholds",
    "order_joining",
    "prefers",
    "sample_pivots",
    "sample_shapley",
    "shapley_values",
    "solve_grid",
    "solve_many",
    "solve_play",
    "write_efg",
]
