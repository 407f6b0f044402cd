"""Elasticities: defaults with their source, overrides, and what is refused."""

from __future__ import annotations

import numpy as np
import pytest

import halys
from halys.economy import (
    Elasticities,
    Horizon,
    Shock,
    calibrate_baseline,
    load_elasticity_sets,
    load_standard_elasticities,
    load_trade_elasticities,
    solve_equilibrium,
)
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


# The short run and free horizons --------------------------------------------------------------------------------------


def test_the_two_standard_horizons(world):
    """Elasticities of the table of horizons in the model's description."""
    long, short = (h.elasticities(world.industries) for h in (Horizon.long(), Horizon.short()))
    assert long.cobb_douglas
    assert long.mobile
    assert (short.theta == 1.0).all()
    assert (short.value_added == 0.5).all()
    assert (short.inputs == 0.2).all()
    assert (short.consumption, short.factor_mobility) == (0.9, 1.0)


def test_the_data_agree_with_the_code():
    """Sources stand beside the numbers that the horizons use."""
    for name, horizon in (("long", Horizon.long()), ("short", Horizon.short())):
        for key, row in load_standard_elasticities()[name].items():
            assert row.value in (getattr(horizon, key), "by industry"), (name, key)
            assert row.source


def test_every_elasticity_has_a_source():
    for horizon in (Horizon.long(), Horizon.short(), Horizon.short(2.0), Horizon("mine", "boehm-2023", factors=2.0)):
        sources = horizon.sources()
        assert set(sources) == {
            "trade_elasticity",
            "value_added_substitution",
            "input_substitution",
            "consumption_substitution",
            "factors",
        }
        assert all(sources.values())
    assert "Boehm" in Horizon(trade_elasticity="boehm-2023").sources()["trade_elasticity"]
    assert Horizon.short(2.0).sources()["trade_elasticity"] == "given by the user"
    assert Horizon.short(2.0, source="my paper").sources()["trade_elasticity"] == "given: my paper"
    assert (
        Horizon.short({"C19": 3.0}).sources()["trade_elasticity"].startswith("1 of them given by the user; the others")
    )


def test_published_sets_by_name(world):
    for name, one in load_elasticity_sets().items():
        theta = Horizon(trade_elasticity=name).theta(world.industries)
        assert (theta == (one.value or Horizon.long().theta(world.industries))).all()
        assert one.source
        assert one.confirmed
        if one.range:
            assert one.range[0] <= theta.min() <= theta.max() <= one.range[1]
    with pytest.raises(UnknownNameError, match=r"one of the published sets .*Nearest: 'boehm-2023'"):
        Horizon(trade_elasticity="boem-2023")


def test_what_a_mapping_leaves_out_is_that_of_the_horizon(world):
    at = world.industries.index("C19")
    e = Horizon.short({"C19": 3.0}, input_substitution={"C19": 0.7}).elasticities(world.industries)
    assert (e.theta[at], e.inputs[at]) == (3.0, 0.7)
    assert set(np.delete(e.theta, at)) == {1.0}
    assert set(np.delete(e.inputs, at)) == {0.2}
    e = Horizon.long(value_added_substitution={"C19": 0.0}).elasticities(world.industries)
    assert (e.value_added[at], set(np.delete(e.value_added, at))) == (0.0, {1.0})


@pytest.mark.parametrize("name", ["value_added_substitution", "input_substitution", "consumption_substitution"])
@pytest.mark.parametrize("value", [-0.1, float("nan"), 51.0, "0.5", True])
def test_substitution_that_cannot_be(name, value):
    with pytest.raises(InputError, match=f"{name} is"):
        Horizon.short(**{name: value})


@pytest.mark.parametrize("factors", [1.0, 0.5, float("inf"), 1e7, True])
def test_mobility_that_cannot_be(factors):
    with pytest.raises(InputError, match="factors is"):
        Horizon.short(factors=factors)


def test_what_is_left_out_is_that_of_the_name():
    assert Horizon("short") == Horizon.short()
    assert Horizon("long") == Horizon() == Horizon.long()
    assert Horizon("mine").factors == "mobile"
    assert Horizon("short", factors=2.0).input_substitution == 0.2


def test_the_table_by_name_is_the_table_in_every_run(world):
    by_name = Horizon.short("caliendo-parro-2015")
    np.testing.assert_array_equal(by_name.theta(world.industries), Horizon.long().theta(world.industries))
    assert "trade elasticities by industry" in by_name.describe()
    assert by_name.lacking(["C26", "Q99"]) == ["Q99"]
    assert Horizon.short().lacking(["Q99"]) == Horizon.short({"C26": 2.0}).lacking(["Q99"]) == []


def test_names_that_are_not_known(world):
    with pytest.raises(InputError, match=r"factors is 'movile'.*Nearest: 'mobile'"):
        Horizon(factors="movile")
    with pytest.raises(UnknownNameError, match=r"input_substitution names 'C91'.*Nearest"):
        Horizon(input_substitution={"C91": 0.5}).elasticities(world.industries)
    with pytest.raises(InputError, match="name is"):
        Horizon(" ")


def test_words():
    assert Horizon.short().describe() == (
        "short run, trade elasticity 1 in every industry; substitution 0.5 between value added and inputs, 0.2 among "
        "inputs, 0.9 in consumption; factors specific to their industry"
    )
    assert "(ε 1.5)" in Horizon.short(factors=1.5).describe()
    assert "by industry among inputs" in Horizon.short(input_substitution={"C19": 0.7}).describe()
    assert Horizon("my run", 2.0).describe() == "my run, trade elasticity 2 in every industry"


def test_every_field_is_part_of_what_a_horizon_is():
    others = [
        Horizon.short(),
        Horizon.short(2.0),
        Horizon.short(trade_elasticity_factor=2.0),
        Horizon.short(value_added_substitution=0.4),
        Horizon.short(input_substitution={"C19": 0.3}),
        Horizon.short(consumption_substitution=0.8),
        Horizon.short(factors=2.0),
        Horizon.long(),
    ]
    assert len(set(others)) == len(others)
    assert Horizon.short(source="a") == Horizon.short(source="b")


FILE = """
name: short
source: my paper, table 2
trade_elasticity: {C19: 3.0, B06: 2}
factors: 1.5
"""


def test_a_file_of_elasticities(tmp_path, world):
    path = tmp_path / "mine.yaml"
    path.write_text(FILE, encoding="utf-8")
    horizon = Horizon.from_file(path)
    assert horizon == Horizon.short({"C19": 3.0, "B06": 2}, factors=1.5)
    assert horizon.sources()["factors"] == "given: my paper, table 2"
    path.write_text("trade_elasticity: boehm-2023\n", encoding="utf-8")
    assert Horizon.from_file(path) == Horizon(trade_elasticity="boehm-2023")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("trade_elasticty: 5", r"'trade_elasticty' is not a key of a horizon.*Nearest: 'trade_elasticity'"),
        ("trade_elasticity: 0", r"trade_elasticity is 0; it must be greater than 0"),
        ("trade_elasticity: {C19: x}", r"trade_elasticity\['C19'\] is 'x'"),
        ("trade_elasticity: 5\ntrade_elasticity: 6", "stands twice"),
        ("- 5", "must hold keys"),
        ("a: [", "not valid YAML"),
        ("? [a, b]\n: 5", "not valid YAML"),
        ("5: 5", "5 is not a key"),
    ],
)
def test_files_that_cannot_be_used(tmp_path, text, message):
    path = tmp_path / "mine.yaml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(InputError, match=message) as error:
        Horizon.from_file(path)
    assert str(path) in str(error.value)


def test_a_file_that_is_not_there(tmp_path):
    with pytest.raises(InputError, match="cannot be read"):
        Horizon.from_file(tmp_path / "none.yaml")


def test_arrays_of_elasticities_are_checked(small_world):
    b, three = calibrate_baseline(small_world), np.full(3, 2.0)
    good = Elasticities(three, three, three, 1.0, 1.0)
    for bad, message in (
        (np.zeros(3), "theta must be"),
        (good._replace(theta=three - 3), "theta must be"),
        (good._replace(inputs=np.full(2, 1.0)), "one number for each"),
        (good._replace(value_added=-three), "at least 0"),
        (good._replace(consumption=np.nan), "at least 0"),
        (good._replace(factor_mobility=0.9), "factor_mobility"),
    ):
        with pytest.raises(InputError, match=message):
            solve_equilibrium(b, bad, Shock())
