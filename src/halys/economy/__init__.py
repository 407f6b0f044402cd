"""The equilibrium engine on plain arrays: shares of a world, elasticities and a shock in, a checked equilibrium out."""

from halys.economy.baseline import Baseline, calibrate_baseline
from halys.economy.decomposition import Decomposition, value_at_border
from halys.economy.elasticities import Elasticities
from halys.economy.elasticity_sets import (
    ElasticitySet,
    load_elasticity_sets,
    load_standard_elasticities,
    load_trade_elasticities,
    theta_ends,
    without_default,
)
from halys.economy.equilibrium import Equilibrium, check_shock, solve_equilibrium
from halys.economy.horizon import Horizon
from halys.economy.many import solve_equilibria
from halys.economy.problem import CLOSURES, Closure, check_closure
from halys.economy.resolving import solve_baseline
from halys.economy.shock import Shock
from halys.economy.solver import Solution, SolverOptions, Status
from halys.economy.store import EquilibriumStore, StoreSize, StoreStats, open_default_store

__all__ = [
    "CLOSURES",
    "Baseline",
    "Closure",
    "Decomposition",
    "Elasticities",
    "ElasticitySet",
    "Equilibrium",
    "EquilibriumStore",
    "Horizon",
    "Shock",
    "Solution",
    "SolverOptions",
    "Status",
    "StoreSize",
    "StoreStats",
    "calibrate_baseline",
    "check_closure",
    "check_shock",
    "load_elasticity_sets",
    "load_standard_elasticities",
    "load_trade_elasticities",
    "open_default_store",
    "solve_baseline",
    "solve_equilibria",
    "solve_equilibrium",
    "theta_ends",
    "value_at_border",
    "without_default",
]
