from __future__ import annotations

import pytest
from crisis import CRISIS, at

from halys.answer.position import Position
from halys.scenario import Scenario
from halys.scenario.document import parse_document
from halys.scenario.load import check_document


@pytest.fixture(scope="session")
def crisis() -> Scenario:
    return check_document(parse_document(CRISIS, "crisis.yaml"))


@pytest.fixture
def position(crisis: Scenario) -> Position:
    return at(crisis)
