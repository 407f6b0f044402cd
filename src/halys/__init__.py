"""Halys: what sanctions and support would cost whom.

An exact general-equilibrium model of statecraft on real OECD data. Names are loaded when first used, so that importing
the package is instant.

    import halys
    world = halys.load_world()
    outcome = halys.solve(world, [halys.Tariff(exporters="USA", importers="CHN", rate=0.2)])
    outcome.data["real_income"].sel(economy="CHN")
"""

from __future__ import annotations

import importlib
import sys
import types
from typing import TYPE_CHECKING, Any

__version__ = "0.1.0"

if TYPE_CHECKING:
    from halys.bounds import ObservedBounds as ObservedBounds
    from halys.bounds import solve_bounds as solve_bounds
    from halys.campaign_ensembles import CampaignEnsemble as CampaignEnsemble
    from halys.campaign_ensembles import run_campaign_ensemble as run_campaign_ensemble
    from halys.campaigns import CampaignRecord as CampaignRecord
    from halys.campaigns import run_campaign as run_campaign
    from halys.coalition import CoalitionRecord as CoalitionRecord
    from halys.coalition import solve_coalition as solve_coalition
    from halys.critical import criticality as criticality
    from halys.economy import Horizon as Horizon
    from halys.ensembles import Ensemble as Ensemble
    from halys.ensembles import run_ensemble as run_ensemble
    from halys.errors import HalysError as HalysError
    from halys.measures import Ban as Ban
    from halys.measures import ConcessionalSale as ConcessionalSale
    from halys.measures import DualUseBackfill as DualUseBackfill
    from halys.measures import EconomicRelief as EconomicRelief
    from halys.measures import Evasion as Evasion
    from halys.measures import ExportTax as ExportTax
    from halys.measures import FinancialCutOff as FinancialCutOff
    from halys.measures import MilitaryTransfer as MilitaryTransfer
    from halys.measures import Policing as Policing
    from halys.measures import PriceCap as PriceCap
    from halys.measures import Productivity as Productivity
    from halys.measures import Quantity as Quantity
    from halys.measures import ReserveFreeze as ReserveFreeze
    from halys.measures import SecondarySanctions as SecondarySanctions
    from halys.measures import Tariff as Tariff
    from halys.measures import TechnologyDenial as TechnologyDenial
    from halys.measures import TradeCost as TradeCost
    from halys.measures import Transfer as Transfer
    from halys.measures import VoluntaryExit as VoluntaryExit
    from halys.outcome import Outcome as Outcome
    from halys.outcome import concentration as concentration
    from halys.outcome import exposure as exposure
    from halys.outcome import value_added_trade as value_added_trade
    from halys.run import Run as Run
    from halys.run import open_run as open_run
    from halys.run import run as run
    from halys.scenario import Scenario as Scenario
    from halys.scenario import load_scenario as load_scenario
    from halys.solving import solve as solve
    from halys.solving import solve_baseline as solve_baseline
    from halys.world import World as World
    from halys.world import load_world as load_world
    from halys.world import save_world as save_world
    from halys.world.build import build_world as build_world

_HOME = {
    "Ban": "halys.measures",
    "CampaignEnsemble": "halys.campaign_ensembles",
    "CampaignRecord": "halys.campaigns",
    "CoalitionRecord": "halys.coalition",
    "ConcessionalSale": "halys.measures",
    "DualUseBackfill": "halys.measures",
    "EconomicRelief": "halys.measures",
    "Evasion": "halys.measures",
    "ExportTax": "halys.measures",
    "FinancialCutOff": "halys.measures",
    "Ensemble": "halys.ensembles",
    "HalysError": "halys.errors",
    "Horizon": "halys.economy",
    "MilitaryTransfer": "halys.measures",
    "ObservedBounds": "halys.bounds",
    "Outcome": "halys.outcome",
    "Policing": "halys.measures",
    "PriceCap": "halys.measures",
    "Productivity": "halys.measures",
    "Quantity": "halys.measures",
    "ReserveFreeze": "halys.measures",
    "Run": "halys.run",
    "Scenario": "halys.scenario",
    "SecondarySanctions": "halys.measures",
    "Tariff": "halys.measures",
    "TechnologyDenial": "halys.measures",
    "TradeCost": "halys.measures",
    "Transfer": "halys.measures",
    "VoluntaryExit": "halys.measures",
    "World": "halys.world",
    "build_world": "halys.world.build",
    "concentration": "halys.outcome",
    "criticality": "halys.critical",
    "exposure": "halys.outcome",
    "load_scenario": "halys.scenario",
    "load_world": "halys.world",
    "open_run": "halys.run",
    "run": "halys.run",
    "run_ensemble": "halys.ensembles",
    "save_world": "halys.world",
    "solve": "halys.solving",
    "solve_baseline": "halys.solving",
    "run_campaign": "halys.campaigns",
    "run_campaign_ensemble": "halys.campaign_ensembles",
    "solve_coalition": "halys.coalition",
    "solve_bounds": "halys.bounds",
    "value_added_trade": "halys.outcome",
}

__all__ = ["__version__", *_HOME]


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module 'halys' has no attribute {name!r}")
    value = getattr(importlib.import_module(_HOME[name]), name)
    globals()[name] = value
    return value


class _Package(types.ModuleType):
    """Python binds a submodule to its package when it is first imported; `halys.run` must stay the function."""

    def __setattr__(self, name: str, value: object) -> None:
        if name == "run" and isinstance(value, types.ModuleType):
            value = value.run
        super().__setattr__(name, value)


sys.modules[__name__].__class__ = _Package


def __dir__() -> list[str]:
    return sorted(__all__)
