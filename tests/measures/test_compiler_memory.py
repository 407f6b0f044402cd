"""A `Compiler` remembers what it has combined; what it returns is what `compile_measures` does, to the bit."""

from __future__ import annotations

from dataclasses import fields

import numpy as np
import pytest

import halys
from halys.economy.shock import TABLES, Shock
from halys.errors import InputError
from halys.measures import Compiler, compile_measures
from halys.scenario import load_scenario
from worlds import make_arrays

ARRAYS = [field.name for field in fields(Shock) if field.name not in (*TABLES, "touched")]


@pytest.fixture(scope="module")
def coded_world():
    """Four economies; crude oil, electronics and machinery."""
    return halys.World.from_arrays(("AAA", "BBB", "CCC", "DDD"), ("B06", "C26", "C28"), **make_arrays(3), id="coded")


def assert_same(found: Shock, expected: Shock) -> None:
    for name in ARRAYS:
        one, two = getattr(found, name), getattr(expected, name)
        assert (one is None) == (two is None), name
        if one is not None:
            np.testing.assert_array_equal(one, two, err_msg=name)
    for name in TABLES:
        one, two = getattr(found, name), getattr(expected, name)
        assert (one is None) == (two is None), name
        for column in () if one is None else fields(one):
            np.testing.assert_array_equal(getattr(one, column.name), getattr(two, column.name), err_msg=name)
    assert found.touched.keys() == expected.touched.keys()
    for name, cells in found.touched.items():
        np.testing.assert_array_equal(cells, expected.touched[name])


@pytest.mark.parametrize("name", ["rome-2022", "ev-tariffs-2024"])
def test_histories_of_a_scenario(name):
    """In two orders: neither what was compiled before nor what is remembered shows."""
    scenario = load_scenario(name)
    sets = [tuple(history.instruments) for history in scenario.distinct[0]][::3]
    compiler, other = Compiler(scenario.world), Compiler(scenario.world)
    for measures in sets:
        assert_same(compiler.compile(measures), compile_measures(scenario.world, measures))
    for measures in reversed(sets):
        assert_same(other.compile(measures), compiler.compile(measures))


def test_relief_is_remembered_apart(coded_world):
    """The same ban, with and without relief, and with another relief."""
    pair = {"exporters": "AAA", "importers": "BBB"}
    ban, cost = halys.Ban(**pair, coverage=0.5, programme="p"), halys.TradeCost(**pair, factor=1.5, programme="p")
    reliefs = [halys.EconomicRelief(**pair, share=share) for share in (0.2, 0.6)]
    compiler = Compiler(coded_world)
    for measures in [(ban, cost), (ban, cost, reliefs[0]), (ban, cost, reliefs[1]), (ban, cost), (ban, cost, *reliefs)]:
        assert_same(compiler.compile(measures), compile_measures(coded_world, measures))
    shock = compiler.compile((ban, cost, reliefs[1]))
    assert shock.ban[0, 0, 1] == pytest.approx(0.2, rel=1e-14)
    assert shock.iceberg[0, 0, 1] == pytest.approx(1.2, rel=1e-14)


def test_a_programme_in_two_places(coded_world):
    """The largest coverage of a programme counts wherever its bans stand."""
    pair = {"exporters": "AAA", "importers": "BBB"}
    one, two = halys.Ban(**pair, coverage=0.5, programme="p"), halys.Ban(**pair, coverage=0.7, programme="p")
    between = halys.Ban(**pair, coverage=0.4, programme="q")
    shock = Compiler(coded_world).compile([one, between, two])
    assert shock.ban[0, 0, 1] == pytest.approx(1.0 - 0.3 * 0.6, rel=1e-14)
    assert_same(shock, compile_measures(coded_world, [one, two, between]))


def test_a_fault_leaves_nothing_behind(coded_world):
    """Lines and coverage in one programme are refused half-way; the next set does not see the first half."""
    pair = {"exporters": "AAA", "importers": "BBB"}
    plain = halys.Ban(**pair, coverage=0.5, programme="p")
    mixed = [halys.Ban(**pair, lines=0.5, programme="q"), halys.Ban(**pair, coverage=0.2, programme="q")]
    compiler = Compiler(coded_world)
    with pytest.raises(InputError, match="in lines and in another form"):
        compiler.compile([plain, *mixed])
    assert_same(compiler.compile([plain]), compile_measures(coded_world, [plain]))
    assert_same(compiler.compile(mixed[:1]), compile_measures(coded_world, mixed[:1]))
