"""Play, ladder, lines and threats against what they are by hand.

At friction 1.1 punishing costs China 1 %, 1.5 % if Europe joins, the USA 0.1 %, and joining costs Europe 0.2 %.
"""

from __future__ import annotations

import numpy as np
import pytest
from crisis import ANNUAL, CRISIS, at, losses

from halys.answer.deterrence import describe_deterrence
from halys.answer.lines import describe_ladder, describe_lines
from halys.answer.map import describe_map
from halys.answer.payoffs import prune
from halys.answer.position import Position, place
from halys.scenario import Scenario
from halys.scenario.document import parse_document
from halys.scenario.load import check_document


def test_payoffs_are_welfare_and_annual_stakes_times_exposures(position: Position) -> None:
    row = position.tree.terminals.index("china=cross/usa=nothing")
    np.testing.assert_allclose(position.payoffs.total()[row], [1.0, -2.0 * ANNUAL, 0.0])
    row = position.tree.terminals.index("china=cross/usa=punish/europe=joins")
    np.testing.assert_allclose(position.payoffs.total()[row], [1.0 - 1.5, -0.1, 0.5 * 0.5 - 0.2])


def test_the_play_is_the_one_by_hand(position: Position) -> None:
    """Europe joins (0.25 > 0.2), the USA punish (0.1 < 2·0.1295), so China stays."""
    assert position.history(position.play.terminal) == "china=stay/usa=nothing"
    rungs = {rung["move"]: rung for rung in describe_ladder(position)}
    assert rungs["stay"]["played"]
    assert rungs["cross"]["history"] == "china=cross/usa=punish/europe=joins"
    assert rungs["cross"]["percent"] == pytest.approx(-1.5)
    assert rungs["cross"]["billion"] == pytest.approx(-15.0)
    assert rungs["cross"]["gain"] == pytest.approx(-0.5)
    assert rungs["stay"]["gain"] == 0.0


def test_lines_are_exact_and_in_money_and_in_once(position: Position) -> None:
    lines = {line["stake"]: line for line in describe_lines(position)}
    (aim,) = lines["aim"]["breaks"]
    assert aim["at"] == pytest.approx(1.5, abs=1e-12)
    assert aim["at_billion"] == pytest.approx(15.0, abs=1e-10)
    assert (aim["from"], aim["to"], aim["flips"], aim["within"], aim["at_once"]) == ("stay", "cross", True, True, None)
    (resolve,) = lines["resolve"]["breaks"]
    assert resolve["at"] == pytest.approx(0.1, abs=1e-12)
    assert resolve["at_once"] == pytest.approx(0.1 / ANNUAL, abs=1e-10)
    assert (resolve["from"], resolve["to"]) == ("cross", "stay")
    assert lines["unity"]["breaks"] == []  # China stays whether or not Europe joins


def test_a_line_beyond_the_range_is_found_and_marked(crisis: Scenario) -> None:
    line = describe_lines(at(crisis, friction=1.15))[0]
    (found,) = line["breaks"]
    assert found["at"] == pytest.approx(2.25)  # Europe stays out
    assert not found["within"]
    assert [piece["move"] for piece in line["pieces"]] == ["stay"]


def test_threats_are_credible_sufficient_and_assured_by_hand(position: Position) -> None:
    found = describe_deterrence(position)
    assert found is not None
    (row,) = found["moves"]
    (cell,) = row["cells"]
    assert cell["credible"]
    assert cell["sufficient"]
    assert cell["assured"]
    assert cell["deters"]
    assert cell["own_cost"] == pytest.approx({"percent": -0.1, "billion": -2.0})
    assert cell["target_cost"] == pytest.approx({"percent": -1.5, "billion": -15.0})
    (needed,) = found["needed"]
    assert needed["at"] == pytest.approx(0.1)
    assert needed["at_once"] == pytest.approx(0.1 / ANNUAL)
    (partner,) = found["partners"]
    assert partner["joins"]
    assert partner["margin"] == pytest.approx(0.05)
    assert partner["cost"] == pytest.approx({"percent": -0.2, "billion": -1.0})
    charts = {chart["stake"]: chart for chart in found["chart"]}
    sets = {row["set"]: row["intervals"] for row in charts["aim"]["rows"]}
    assert sets["sufficient"] == [pytest.approx([0.0, 1.5])]
    sets = {row["set"]: row["intervals"] for row in charts["resolve"]["rows"]}
    assert sets["credible"] == [pytest.approx([0.1, 4.0 * ANNUAL])]


def test_a_sender_that_gains_by_punishing_does_not_assure(crisis: Scenario) -> None:
    welfare = np.array([losses(history.id, 1.1) for history in crisis.histories])
    welfare[:, 1] *= -1.0
    found = describe_deterrence(place(crisis, welfare, welfare, np.ones(3)))
    assert found is not None
    cell = found["moves"][0]["cells"][0]
    assert not cell["assured"]
    assert not cell["deters"]


def test_the_map_agrees_with_the_lines(position: Position) -> None:
    found = describe_map(position)
    assert found is not None
    assert (found.data["x"], found.data["y"]) == ("aim", "resolve")
    assert found.raster.shape == (400, 400)
    x, y = found.raster["map_x"].values, found.raster["map_y"].values
    names = found.raster.attrs["moves"]
    crossed = found.raster.values == names.index("cross")
    np.testing.assert_array_equal(crossed, (x[None, :] > 1.5) | (y[:, None] < 0.1) & (x[None, :] > 0))


def test_histories_without_equilibrium_are_no_part_of_the_game(crisis: Scenario) -> None:
    welfare = np.array([losses(history.id, 1.1) for history in crisis.histories])
    lost = [n for n, history in enumerate(crisis.histories) if history.id == "china=cross/usa=punish/europe=joins"]
    welfare[lost] = np.nan
    position = place(crisis, welfare, welfare, np.ones(3))
    assert "china=cross/usa=punish/europe=joins" not in position.tree.terminals
    assert position.history(position.end(position.child(0, "cross"))) == "china=cross/usa=punish/europe=out"


def test_pruning_drops_nodes_that_lead_nowhere(position: Position) -> None:
    kept = np.array([terminal.startswith("china=stay") for terminal in position.tree.terminals])
    tree, nodes = prune(position.tree, kept)
    assert tree.nodes[0].moves == ("stay",)
    assert len(tree.terminals) == 3
    assert nodes[0] == 0


def test_without_a_focus_there_is_still_a_play() -> None:
    text = "\n".join(
        line for line in CRISIS.splitlines() if line[:5] != "focus" and "joins: {" not in line and "{stage:" not in line
    )
    position = at(check_document(parse_document(text, "plain.yaml")))
    assert position.focal_node is None
    assert describe_ladder(position) == []
    assert describe_deterrence(position) is None
    assert describe_map(position) is None
    assert describe_lines(position)[0]["breaks"][0]["at"] == pytest.approx(1.5)
