"""Games with as many histories as are promised, and what a changed number makes the engine solve again."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

import halys

STEPS = 10
ACTORS = {"eu": "EU27", "china": "CHN", "russia": "RUS", "usa": "USA"}


def make_game(steps: int, rate: float = 0.01, best: int = 6) -> dict[str, Any]:
    """Every actor moves once, in `steps` ways; only the first one's tariffs cost anything, `rate` for each step."""
    own = {"source": "own"}
    game: dict[str, Any] = {
        "schema_version": 1,
        "id": "large",
        "title": "A large game",
        "question": "What is played?",
        "world": "icio-2022",
        "sources": {"own": {"title": "Chosen for this test", "publisher": "The author", "date": "2026"}},
        "actors": {actor: {"label": actor.upper(), "economies": economies} for actor, economies in ACTORS.items()},
        "stakes": {},
        "stages": [{"id": f"by-{actor}", "actor": actor, "question": "How far?"} for actor in ACTORS],
        "moves": {},
    }
    for actor in ACTORS:
        game["stakes"][f"of-{actor}"] = {
            "label": f"Aim of {actor}",
            "actor": actor,
            "accrual": "flow",
            "percent_of_income": {"low": 0, "high": 1, **own},
        }
        moves: dict[str, Any] = {}
        for n in range(steps):
            moves[f"m{n}"] = move = {"label": f"Step {n}", "mapping": "As the test says."}
            worth = 0.1 * (n if n <= best else best - n)
            if n:
                move["exposures"] = {f"of-{actor}": {"value": worth, "low": -0.5, "high": 1, **own}}
            if n and actor == "eu":
                tariff = {"instrument": "tariff", "exporters": "RUS", "importers": "EU27", "industries": "goods"}
                move["measures"] = [{**tariff, "rate": {"value": rate * n, **own}}]
        game["moves"][f"by-{actor}"] = moves
    return game


def run(folder: Path, game: dict[str, Any]) -> halys.Run:
    path = folder / "game.yaml"
    path.write_text(yaml.safe_dump(game, sort_keys=False), encoding="utf-8")
    return halys.run(path, out=folder / "run", force=True)


@pytest.mark.slow
def test_ten_thousand_histories(empty_folder, monkeypatch):
    monkeypatch.setenv("HALYS_CACHE", str(empty_folder / "cache"))
    found = run(empty_folder, make_game(STEPS))
    assert len(found.scenario.histories) == STEPS ** len(ACTORS) == 10_000
    assert len(found.scenario.distinct[0]) == STEPS
    assert found.data.sizes["equilibrium"] == STEPS
    # A step is worth 0.05 % of an actor's income; the tariffs cost the European Union less than that.
    assert found.summary["answer"]["played"]["history"] == "by-eu=m6/by-china=m6/by-russia=m6/by-usa=m6"


def test_a_changed_number_solves_what_depends_on_it_and_nothing_else(empty_folder, monkeypatch):
    monkeypatch.setenv("HALYS_CACHE", str(empty_folder / "cache"))
    game = make_game(4, best=3)
    first = run(empty_folder, game)
    assert first.made.recalled == 0
    game["stakes"]["of-eu"]["percent_of_income"]["high"] = 0.5
    game["moves"]["by-usa"]["m1"]["exposures"]["of-usa"]["value"] = 0.2
    assert run(empty_folder, game).made.recalled == 4  # all of them
    game["moves"]["by-eu"]["m2"]["measures"][0]["rate"]["value"] = 0.3
    assert run(empty_folder, game).made.recalled == 3  # all but those after that move
