"""The bundled world is the one that was built: its identities, its published balances, its gaps and its totals.

Identities are tested to 1e-12 of their size: sums of 4000 numbers in float64 carry about 1e-15 each.
"""

from __future__ import annotations

import csv
import hashlib
import json
from importlib import resources
from pathlib import Path

import numpy as np
import pytest

import halys
from halys.errors import StorageError, UnknownNameError
from halys.world import load as loading

DATA = resources.files("halys.world").joinpath("data")
EXACT = 1e-12


def relative_gap(left: np.ndarray, right: np.ndarray) -> float:
    size = np.maximum(np.abs(left), np.abs(right))
    return float(np.max(np.abs(left - right) / np.where(size > 0, size, 1.0)))


def test_size(world):
    assert (len(world.economies), len(world.industries)) == (80, 50)
    assert world.flows.shape == (50, 80, 80)
    assert world.intermediate.shape == (50, 50, 80)
    assert world.value_added.shape == world.final.shape == (80, 50)


def test_sales_equal_inputs_plus_value_added(world):
    """Σ_j flow = Σ_s input + value added for every industry of every economy."""
    assert relative_gap(world.output, world.intermediate.sum(axis=0).T + world.value_added) < EXACT


def test_purchases_equal_uses(world):
    """Σ_i flow = Σ_k input + final use for every product in every economy: no product is bought and not used."""
    assert relative_gap(world.purchases, world.intermediate.sum(axis=1).T + world.final) < EXACT


def test_deficit_is_imports_less_exports(world):
    """Final spending less value added is the trade deficit, to 1e-12 of the economy's value added."""
    trade = world.flows.sum(axis=(0, 1)) - world.flows.sum(axis=(0, 2))
    size = world.value_added.sum(axis=1)
    assert np.abs((world.deficit - trade) / size).max() < EXACT
    assert np.abs((world.income - size - world.deficit) / size).max() < EXACT


def test_deficits_sum_to_zero(world):
    assert abs(world.deficit.sum()) < EXACT * np.abs(world.deficit).sum()


def test_trade_shares_sum_to_one_where_a_product_is_bought(world):
    total = world.trade_share.sum(axis=1).T
    np.testing.assert_allclose(total[world.purchases > 0], 1.0, rtol=EXACT)
    assert np.all(total[world.purchases <= 0] == 0.0)


def test_nothing_is_negative_or_infinite(world):
    for array in (world.flows, world.intermediate, world.value_added, world.final):
        assert np.isfinite(array).all()
        assert (array >= 0).all()


@pytest.mark.parametrize(
    ("economy", "percent"),
    [("USA", -2.9), ("CHN", 2.09), ("RUS", 15.30), ("SAU", 21.4), ("NOR", 34.5), ("FRA", -4.5)],
)
def test_trade_balances(world, economy, percent):
    """Trade balance over value added as measured when the table was first built; 0.05 is half of the last digit
    kept."""
    j = world.economies.index(economy)
    assert -100 * world.deficit[j] / world.value_added[j].sum() == pytest.approx(percent, abs=0.05)


def test_world_value_added_is_93_trillion(world):
    assert world.value_added.sum() * world.unit / 1e12 == pytest.approx(93.17, abs=0.005)


def test_empty_industries_and_products_not_bought(world):
    """51 economy-industry nodes make nothing, and 10 products are bought by nobody in an economy, not even at home."""
    empty, unbought = world.output <= 0, world.purchases <= 0
    assert (int(empty.sum()), int(unbought.sum())) == (51, 10)
    assert np.all(world.value_added[empty] == 0.0)
    assert np.all(world.intermediate.sum(axis=0).T[empty] == 0.0)
    assert np.all(world.final[unbought] == 0.0)


def test_every_economy_has_income(world):
    assert (world.income > 0).all()
    assert (world.value_added.sum(axis=1) > 0).all()


def test_totals_by_economy_are_pinned(world):
    """Sales, inputs and value added of each economy, written down once. 1e-12 allows another order of summation."""
    with Path(__file__).with_name("pins.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert tuple(row["economy"] for row in rows) == world.economies
    for name, actual in (
        ("flows", world.flows.sum(axis=(0, 2))),
        ("intermediate", world.intermediate.sum(axis=(0, 1))),
        ("value_added", world.value_added.sum(axis=1)),
    ):
        np.testing.assert_allclose(actual, [float(row[name]) for row in rows], rtol=EXACT)


def test_file_is_the_recorded_one_and_small():
    record = json.loads(DATA.joinpath("icio-2022.json").read_text(encoding="utf-8"))
    content = DATA.joinpath("icio-2022.npz").read_bytes()
    assert hashlib.sha256(content).hexdigest() == record["sha256"]
    assert len(content) <= 4_000_000


def test_source_states_publisher_licence_and_attribution():
    text = DATA.joinpath("icio-2022.SOURCE.md").read_text(encoding="utf-8")
    for said in (
        "Organisation for Economic Co-operation and Development",
        "CC BY 4.0",
        "subject to the OECD's terms and conditions",
        "adaptation of an original work",
        "tools/build_world.py",
        "2025 release",
    ):
        assert said in " ".join(text.split())


def test_stored_in_double_precision():
    """float32 would break the identities at 8e-8."""
    with DATA.joinpath("icio-2022.npz").open("rb") as file, np.load(file) as stored:
        assert {stored[name].dtype for name in ("flows", "intermediate", "final")} == {np.dtype(np.float64)}


def test_codes_of_the_arrays_are_those_of_the_record(world):
    """Names come from the record, numbers from the arrays: their order must be one."""
    with DATA.joinpath("icio-2022.npz").open("rb") as file, np.load(file) as stored:
        assert tuple(stored["economies"]) == world.economies
        assert tuple(stored["industries"]) == world.industries


def test_loaded_once_and_read_only(world):
    assert halys.load_world() is world
    for array in (world.flows, world.intermediate, world.value_added, world.final, world.deficit):
        with pytest.raises(ValueError, match="read-only"):
            array[...] = 0.0


def test_names(world):
    assert world.name_of("RUS") == "Russian Federation"
    assert all(world.name_of(code) != "" for code in (*world.economies, *world.industries))


def test_unknown_world_names_the_one_there_is():
    with pytest.raises(UnknownNameError, match=r"'icio-2021' is not a bundled world\. Nearest: 'icio-2022'"):
        halys.load_world("icio-2021")


def test_damaged_installation_is_a_storage_error(tmp_path, monkeypatch):
    """A file cut short must say which data cannot be read, not show a trace from the zip reader."""
    folder = tmp_path / "data"
    folder.mkdir()
    folder.joinpath("icio-2022.json").write_bytes(DATA.joinpath("icio-2022.json").read_bytes())
    folder.joinpath("icio-2022.npz").write_bytes(DATA.joinpath("icio-2022.npz").read_bytes()[:1000])
    monkeypatch.setattr(loading.resources, "files", lambda package: tmp_path)
    with pytest.raises(StorageError, match="icio-2022 cannot be read"):
        loading.load_bundled.__wrapped__("icio-2022")


def test_hash_depends_on_numbers_and_unit(small_world):
    """The hash of a world tells two worlds apart whenever their results could differ."""
    arrays = (small_world.flows, small_world.intermediate, small_world.value_added, small_world.tariff)
    codes = small_world.economies, small_world.industries
    same = halys.World.from_arrays(*codes, *arrays)
    assert same.hash == small_world.hash
    assert halys.World.from_arrays(*codes, *arrays, unit=1.0).hash != small_world.hash
    assert halys.World.from_arrays(codes[0][::-1], codes[1], *arrays).hash != small_world.hash
