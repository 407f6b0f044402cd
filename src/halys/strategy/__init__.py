"""Games as trees: subgame-perfect play, where it changes, when threats deter. Plain arrays, no scenarios.

See docs/strategy.md for the definitions, and the modules for the methods.
"""

from halys.strategy.decision_map import DecisionMap, Region, Segment, draw_map
from halys.strategy.deterrence import Deterrence, Threat, deter, prefers
from halys.strategy.efg import write_efg
from halys.strategy.information import Information
from halys.strategy.intervals import Interval, Intervals
from halys.strategy.many import solve_grid, solve_many
from halys.strategy.pieces import Piece, Threshold, find_pieces, find_thresholds
from halys.strategy.play import TIE_TOLERANCE, Play, solve_play
from halys.strategy.tree import CHANCE, Node, Tree

__all__ = [
    "CHANCE",
    "TIE_TOLERANCE",
    "DecisionMap",
    "Deterrence",
    "Information",
    "Interval",
    "Intervals",
    "Node",
    "Piece",
    "Play",
    "Region",
    "Segment",
    "Threat",
    "Threshold",
    "Tree",
    "deter",
    "draw_map",
    "find_pieces",
    "find_thresholds",
    "prefers",
    "solve_grid",
    "solve_many",
    "solve_play",
    "write_efg",
]
