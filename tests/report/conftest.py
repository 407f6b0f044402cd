"""A solved scenario with a hand-made answer, for charts and pages."""

from __future__ import annotations

import json
from pathlib import Path
from typing import NamedTuple

import pytest
import xarray as xr
from builders import build_answer, build_game

import halys
from halys.scenario import Scenario, load_scenario

OLDER = Path(__file__).resolve().parent.parent / "scenario" / "older" / "rome-2022-v1a.yaml"


class Made(NamedTuple):
    """What a report is made of."""

    scenario: Scenario
    results: xr.Dataset
    game: xr.Dataset
    answer: dict
    summary: dict


@pytest.fixture(scope="session")
def solved(own_cache) -> Made:
    scenario = load_scenario(OLDER)
    run = halys.run(scenario)
    game = build_game(scenario, run.data)
    summary = {key: value for key, value in run.summary.items() if key != "answer"}
    return Made(scenario, run.data, game, build_answer(scenario, run.data, game), summary)


@pytest.fixture
def made(solved) -> Made:
    """A fresh copy of the plain data, to be changed by a test."""
    return solved._replace(answer=json.loads(json.dumps(solved.answer)), summary=json.loads(json.dumps(solved.summary)))
