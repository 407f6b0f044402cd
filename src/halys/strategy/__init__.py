"""Games as trees: subgame-perfect play, where it changes, when threats deter. Plain arrays, no scenarios.

See docs/strategy.md for the definitions, and the modules for the methods.
"""

from halys.strategy.behaviour import Beliefs, Strategy, find_regret
from halys.strategy.branch import Branch, follow_branch
from halys.strategy.changes import EquilibriumChange, find_changes
from halys.strategy.choice import Nests
from halys.strategy.decision_map import DecisionMap, Region, Segment, draw_map
from halys.strategy.deterrence import Deterrence, Threat, deter, prefers
from halys.strategy.efg import write_efg
from halys.strategy.efg_reader import Game, read_efg
from halys.strategy.equilibria import solve_equilibria
from halys.strategy.equilibrium import Concept, Equilibria, Equilibrium, Sender, Signalling
from halys.strategy.information import Information
from halys.strategy.intervals import Interval, Intervals
from halys.strategy.many import solve_grid, solve_many
from halys.strategy.payoff_table import load_payoffs, read_payoffs
from halys.strategy.pieces import Piece, Threshold, find_pieces, find_thresholds
from halys.strategy.play import TIE_TOLERANCE, Play, solve_play
from halys.strategy.quantal import Responses, solve_responses
from halys.strategy.subgames import find_subgames
from halys.strategy.tree import CHANCE, Node, Tree

__all__ = [
    "CHANCE",
    "TIE_TOLERANCE",
    "Beliefs",
    "Branch",
    "Concept",
    "DecisionMap",
    "Deterrence",
    "Equilibria",
    "Equilibrium",
    "EquilibriumChange",
    "Game",
    "Information",
    "Interval",
    "Intervals",
    "Nests",
    "Node",
    "Piece",
    "Play",
    "Region",
    "Responses",
    "Segment",
    "Sender",
    "Signalling",
    "Strategy",
    "Threat",
    "Threshold",
    "Tree",
    "deter",
    "draw_map",
    "find_changes",
    "find_pieces",
    "find_regret",
    "find_subgames",
    "find_thresholds",
    "follow_branch",
    "load_payoffs",
    "prefers",
    "read_efg",
    "read_payoffs",
    "solve_equilibria",
    "solve_grid",
    "solve_many",
    "solve_play",
    "solve_responses",
    "write_efg",
]
