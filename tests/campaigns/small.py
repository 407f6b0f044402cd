"""A scenario with a campaign that is small: two tracks, a war in three states, one line."""

from __future__ import annotations

from halys.scenario import Scenario, load
from halys.scenario.document import parse_document

TEXT = """\
schema_version: 1
id: small
title: Small
question: What comes?
horizon: {trade_elasticity_factor: {value: 1, low: 0.8, high: 1.2, source: own}}
sources:
  own: {title: Chosen for this test, publisher: The author, date: "2026"}
assumptions:
  size: {label: Size of the help, value: 10, low: 5, high: 20, source: own}
actors:
  russia: {label: Russia, economies: RUS}
  china: {label: China, economies: CHN}
  usa: {label: USA, economies: USA}
stakes:
  undefeated: {label: Russia is not defeated, actor: china, accrual: flow, percent_of_income: {low: 0, high: 1, source: own}}
  resolve: {label: Threats are carried out, actor: usa, accrual: flow, percent_of_income: {low: 0, high: 0.2, source: own}}
focus: {stage: china, line: [help], reply: usa, no_reply: [words], target: russia}
stages:
  - {id: china, actor: china}
  - {id: usa, actor: usa, when: {china: help}}
moves:
  china:
    none: {label: Nothing, mapping: No measure., exposures: {undefeated: 0}}
    help:
      label: Help
      mapping: A transfer.
      exposures: {undefeated: 1}
      measures: [{instrument: transfer, payers: CHN, recipients: RUS, amount: size}]
  usa:
    words: {label: Words, mapping: No measure., cases: [{when: {china: help}, exposures: {resolve: -1}}]}
    tariffs:
      label: Tariffs
      mapping: A tariff.
      measures: [{instrument: tariff, exporters: CHN, importers: USA, industries: goods, rate: {value: 0.1, source: own}}]
campaign:
  label: Two years
  begins: 2022-Q3
  quarters: 8
  discount: {value: 0.95, low: 0.9, high: 0.98, source: own}
  half_life: {value: 6, low: 3, high: 12, source: own}
  precision: {value: 10, low: 5, high: 40, source: own}
  continuation: 2
  tracks:
    china: {levels: [none, help], crosses: [help], exit: {help: {value: 0.1, low: 0, high: 0.2, source: own}}}
    usa: {levels: [words, tariffs], entry: {tariffs: 0.02}, precision: {value: 50, low: 20, high: 80, source: own}}
  momentum:
    label: The war
    states: {losing: Losing, even: Even, lost: Lost}
    start: even
    up: {value: 0.05, low: 0.01, high: 0.1, source: own}
    down: {value: 0.2, low: 0.1, high: 0.3, source: own}
    ends: [lost]
    shifts: [{when: {china: help}, by: {value: 0.5, low: 0, high: 1, source: own}}]
  closed: [{when: {momentum: losing}, track: usa, levels: [tariffs]}]
  exposures:
    - {when: {momentum: losing}, exposures: {undefeated: -1}}
    - {when: {crossed: china, usa: words}, exposures: {resolve: {value: -0.5, low: -1, high: 0, source: own}}}
  erosion: [{label: Trust, actor: usa, when: {usa: tariffs}, percent_a_year: {value: 0.001, low: 0, high: 0.002, source: own}}]
  policies:
    answer: {label: Tariffs once crossed, track: usa, rules: [{when: {crossed: china}, move: tariffs}]}
    never: {label: Words, track: usa, rules: [{move: words}]}
  futures:
    answered: {label: Help and an answer, quarters: [{when: {china: help, usa: tariffs}, at_least: 3}]}
    quiet: {label: Quiet help, at_end: {china: help}}
    kept: {label: The line holds, never: [{crossed: china}]}
"""  # noqa: E501 - one entry on a line


def scenario(text: str = TEXT) -> Scenario:
    return load.check_document(parse_document(text, "f.yaml"))


def spoil(old: str, new: str) -> str:
    assert TEXT.count(old) == 1, old
    return TEXT.replace(old, new)
