"""What an equilibrium means: labelled results with units, and what can be asked of them.

`Outcome` is what `halys.solve` returns. Exposure, concentration and trade in value added are functions of a baseline
world too.
"""

from halys.outcome.dependence import concentration, exposure
from halys.outcome.diversion import Diversion
from halys.outcome.result import Outcome, SolverRecord, Total, WorstResidual, record_solver
from halys.outcome.value_added import value_added_trade
from halys.outcome.variables import (
    BILLION,
    RATIO,
    SHARE,
    Array,
    Variable,
    coordinates,
    economy_variables,
    industry_variables,
    trade_variables,
)

__all__ = [
    "BILLION",
    "RATIO",
    "SHARE",
    "Array",
    "Diversion",
    "Outcome",
    "SolverRecord",
    "Total",
    "Variable",
    "WorstResidual",
    "concentration",
    "coordinates",
    "economy_variables",
    "exposure",
    "industry_variables",
    "record_solver",
    "trade_variables",
    "value_added_trade",
]
