"""A small world with a target and four blocs, and its coalition solved once."""

from __future__ import annotations

from typing import Any

import pytest

import halys
from worlds import FIVE, make_world


def make_spec(**changes: Any) -> dict[str, Any]:
    """A coalition against AAA of three members and a candidate, that bans part of the trade both ways."""
    spec: dict[str, Any] = {
        "label": "Sanctions on AAA",
        "target": "AAA",
        "members": {
            "bee": {"label": "Bee", "economies": "BBB"},
            "cee": {"label": "Cee", "economies": "CCC"},
            "dee": {"label": "Dee and Eff", "economies": ["DDD", "FFF"]},
            "eee": {"label": "Eee", "economies": "EEE", "candidate": True},
        },
        "measures": [
            {"instrument": "ban", "exporters": "members", "importers": "AAA", "reduction": 0.6},
            {"instrument": "ban", "exporters": "AAA", "importers": ["members"], "reduction": 0.4},
        ],
    }
    return {**spec, **changes}


@pytest.fixture(scope="session")
def six() -> halys.World:
    """Six economies and three industries, with tariffs and deficits."""
    return make_world(seed=4, count=6)


@pytest.fixture(scope="session")
def solved(six: halys.World) -> halys.CoalitionRecord:
    """The coalition of `make_spec`, solved at trade elasticities of 5."""
    level = {"value": 1.0, "low": 0.2, "high": 40.0, "source": "own"}
    return halys.solve_coalition(six, make_spec(level=level), horizon=FIVE, tolerance=1e-11)
