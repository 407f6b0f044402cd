"""The equilibrium engine on plain arrays: shares of a world, elasticities and a shock in, a checked equilibrium out."""

from halys.economy.baseline import Baseline, calibrate_baseline
from halys.economy.decomposition import Decomposition, value_at_border
from halys.economy.equilibrium import Equilibrium, check_shock, solve_baseline, solve_equilibrium
from halys.economy.horizon import Horizon, load_trade_elasticities
from halys.economy.problem import CLOSURES, Closure, check_closure
from halys.economy.shock import Shock
from halys.economy.solver import Solution, SolverOptions, Status

__all__ = [
    "CLOSURES",
    "Baseline",
    "Closure",
    "Decomposition",
    "Equilibrium",
    "Horizon",
    "Shock",
    "Solution",
    "SolverOptions",
    "Status",
    "calibrate_baseline",
    "check_closure",
    "check_shock",
    "load_trade_elasticities",
    "solve_baseline",
    "solve_equilibrium",
    "value_at_border",
]
