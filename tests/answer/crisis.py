"""A small game whose answer can be worked out by hand."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from halys.answer.position import Position, place
from halys.scenario import Scenario

CRISIS = """
schema_version: 1
id: crisis
title: A crisis
question: Does China cross the line?
sources:
  made-up: {title: An example, publisher: Halys, date: "2026"}
assumptions:
  friction: {label: Friction, value: 1.1, low: 1.02, high: 1.3, source: made-up, unit: factor}
discounting: {rate: {value: 0.05, low: 0.02, high: 0.08, source: made-up}, years: 10}
actors:
  china: {label: China, economies: CHN}
  usa: {label: USA, economies: USA}
  europe: {label: Europe, economies: [DEU, FRA]}
stakes:
  aim: {label: The aim, actor: china, accrual: flow, percent_of_income: {low: 0, high: 2, source: made-up}}
  resolve: {label: Resolve, actor: usa, accrual: once, percent_of_income: {low: 0, high: 4, source: made-up}}
  unity: {label: Unity, actor: europe, accrual: flow, percent_of_income: {low: 0, high: 1, source: made-up}}
focus:
  {stage: china, line: [cross], reply: usa, no_reply: [nothing], partners: [europe],
   joins: {europe: joins}, map: [aim, resolve]}
stages:
  - {id: china, actor: china, question: Cross?}
  - {id: usa, actor: usa}
  - {id: europe, actor: europe, when: {usa: punish}}
moves:
  china:
    stay: {label: Stay}
    cross: {label: Cross, exposures: {aim: 1}}
  usa:
    nothing:
      label: Nothing
      cases: [{when: {china: cross}, exposures: {resolve: -1}}]
    punish:
      label: Punish
      measures:
        - {instrument: trade_cost, exporters: CHN, importers: USA, factor: friction}
  europe:
    out: {label: Out}
    joins:
      label: Joins
      exposures: {unity: {value: 0.5, low: 0.1, high: 0.9, source: made-up}}
      measures:
        - {instrument: trade_cost, exporters: CHN, importers: [DEU, FRA], factor: friction}
"""

INCOME = np.array([1000.0, 2000.0, 500.0])
ANNUAL = 0.05 / (1 - 1.05**-10)  # of the stake that counts once


def losses(history: str, friction: float) -> NDArray[np.float64]:
    """ΔW of China, the USA and Europe in %, as it would be if a friction cost what its square says."""
    f = 100.0 * (friction - 1.0) ** 2
    found = np.zeros(3)
    if "usa=punish" in history:
        found += [-f, -0.1 * f, 0.0]
    if "europe=joins" in history:
        found += [-0.5 * f, 0.0, -0.2 * f]
    return found


def at(scenario: Scenario, friction: float = 1.1) -> Position:
    welfare = np.array([losses(history.id, friction) for history in scenario.histories])
    return place(scenario, welfare, welfare / 100.0 * INCOME, INCOME)
