"""Elasticities: defaults with their source, overrides, and what is refused."""

from __future__ import annotations

import numpy as np
import pytest

import halys
from halys.economy import load_trade_elasticities
from halys.errors import InputError, UnknownNameError


def test_defaults_cover_the_bundled_world(world):
    """Every industry has a value; goods from Caliendo and Parro (2015), services 5."""
    theta = dict(zip(world.industries, halys.Horizon.long().theta(world.industries), strict=True))
    assert (theta["C19"], theta["C28"], theta["B06"], theta["A01"]) == (64.85, 1.45, 13.53, 9.11)
    assert all(theta[code] == 5.0 for code in world.select("services", "industry"))
    assert "Caliendo and Parro (2015)" in load_trade_elasticities().source


@pytest.mark.reference
def test_defaults_are_the_published_estimates(reference_folder):
    """All goods values of the table are elasticities of the replication data, or their stated mean."""
    with np.load(reference_folder / "cp2015_nafta.npz") as d:
        published = dict(zip((str(s) for s in d["sectors"]), d["theta"], strict=True))
    known = {round(float(value), 2) for value in published.values()}
    table = load_trade_elasticities().industries
    other = {code for code, row in table.items() if round(row.theta, 2) not in known and row.sector != "services"}
    assert other == {"C26"}, "C26 spans three sectors and takes their mean"


def test_one_number_for_all_and_one_by_name(world):
    assert set(halys.Horizon.long(trade_elasticity=5.0).theta(world.industries)) == {5.0}
    some = halys.Horizon.long(trade_elasticity={"C19": 8.0}).theta(world.industries)
    usual = halys.Horizon.long().theta(world.industries)
    changed = np.flatnonzero(some != usual)
    assert [world.industries[k] for k in changed] == ["C19"]
    assert some[changed[0]] == 8.0


@pytest.mark.parametrize("theta", [0.0, -1.0, float("nan"), float("inf"), 201.0, "5", True])
def test_elasticities_that_cannot_be(theta):
    with pytest.raises(InputError, match="trade_elasticity is"):
        halys.Horizon.long(trade_elasticity=theta)
    with pytest.raises(InputError, match=r"trade_elasticity\['C19'\] is"):
        halys.Horizon.long(trade_elasticity={"C19": theta})


def test_unknown_industry(world):
    with pytest.raises(UnknownNameError, match=r"trade_elasticity names 'C91'.*Nearest: 'C19'"):
        halys.Horizon.long(trade_elasticity={"C91": 5.0}).theta(world.industries)


def test_industries_of_another_table_need_their_own(small_world):
    with pytest.raises(InputError, match="no trade elasticity is known for farms, factories, services"):
        halys.solve(small_world)


def test_horizons_can_be_compared_and_hashed():
    """They are keys of the store of re-solved worlds."""
    one, two = (halys.Horizon.long(trade_elasticity={"C19": 8.0, "B06": 5.0}) for _ in range(2))
    assert one == two
    assert hash(one) == hash(two)
    assert hash(halys.Horizon.long()) != hash(one)
