"""A small scenario with a game, which the tests of this folder take and spoil."""

from __future__ import annotations

from halys.scenario import Scenario
from halys.scenario.document import parse_document
from halys.scenario.load import check_document

GAME = """\
schema_version: 1
id: small
title: Small
question: What?
assumptions:
  friction: {label: Payment friction, value: 1.04, low: 1.01, high: 1.08, distribution: uniform, unit: factor, source: own}
  thetas: {label: Elasticities, value: 1, low: 0.5, high: 2, source: own, note: against the table}
  help: {label: Help for Russia, value: 0.5, low: 0.2, high: 0.8, source: own}
horizon: {trade_elasticity_factor: thetas}
sources:
  own: {title: Chosen for this test, publisher: The author, date: "2026"}
actors:
  usa: {label: USA, economies: USA}
  china: {label: China, economies: CHN}
  russia: {label: Russia, economies: RUS}
stakes:
  undefeated: {label: Russia is not defeated, actor: china, accrual: flow, percent_of_income: {low: 0, high: 3, source: own}}
  resolve: {label: Resolve, actor: usa, accrual: once, percent_of_income: {value: 1, low: 0, high: 4, source: own}}
  punish: {label: Russia bears a cost, actor: usa, accrual: flow, percent_of_income: {low: 0, high: 0.5, source: own}, outcome: {loss_of: russia, percent: 5}}
discounting: {rate: {value: 0.03, low: 0.01, high: 0.07, source: own}, years: 20}
focus:
  stage: china
  line: [arms]
  reply: usa
  no_reply: [warning]
  partners: [allies]
  joins: {allies: join}
  target: russia
  map: [undefeated, resolve]
stages:
  - {id: china, actor: china}
  - {id: usa, actor: usa}
  - {id: allies, actor: usa, when: {usa: banks}}
moves:
  china:
    none: {label: No support, ends: true}
    arms:
      label: Arms
      exposures: {undefeated: help}
  usa:
    warning: {label: Warning, exposures: {resolve: -1}}
    banks:
      label: Banks cut off
      measures:
        - {instrument: trade_cost, exporters: CHN, importers: all, factor: friction}
        - {instrument: trade_cost, exporters: all, importers: CHN, factor: friction}
      cases: [{when: {china: arms}, exposures: {undefeated: {value: -0.25, low: -0.5, high: 0, source: own}}}]
  allies:
    stay: {label: Stay out}
    join: {label: Join, exposures: {resolve: 1, undefeated: 0}}
"""  # noqa: E501 - one entry on a line


def scenario(text: str = GAME) -> Scenario:
    return check_document(parse_document(text, "f.yaml"))


def spoil(old: str, new: str) -> str:
    """The game with one piece of its text replaced."""
    assert GAME.count(old) == 1, old
    return GAME.replace(old, new)
