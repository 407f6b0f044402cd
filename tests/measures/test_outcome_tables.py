"""What can be asked of outcomes: comparisons, tables, files, exposure, value added; and what the docs say of them."""

from __future__ import annotations

import inspect
import itertools
import json
import re
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import xarray as xr

import halys
from halys.critical import COLUMNS
from halys.errors import InputError, StorageError, UnknownNameError
from halys.outcome.files import write_files
from halys.outcome.tables import OUTCOME_TABLES
from worlds import FIVE, make_world

BAN = halys.Ban(exporters="BBB", importers="DDD", coverage=0.6)


@pytest.fixture(scope="module")
def outcome(small_world: halys.World) -> halys.Outcome:
    return halys.solve(small_world, [BAN, halys.Tariff(exporters="AAA", importers="BBB", rate=0.2)], horizon=FIVE)


class TestCompare:
    def test_is_the_second_less_the_first(self, small_world: halys.World, outcome: halys.Outcome) -> None:
        other = halys.solve(small_world, BAN, horizon=halys.Horizon.short(), closure="proportional")
        change = outcome.compare(other, labels=("both", "ban"))
        a, b = outcome.data, other.data
        np.testing.assert_allclose(change["real_income"], 100 * (b["real_income"] - a["real_income"]), atol=1e-12)
        assert change["real_income"].attrs["units"] == "percentage points"
        difference = b["equivalent_variation"] - a["equivalent_variation"]
        np.testing.assert_allclose(change["equivalent_variation"], difference, atol=1e-15)
        assert change["equivalent_variation"].attrs["units"] == "billion USD a year"
        assert change["decomposition"].attrs["units"] == "percentage points of baseline final spending"
        assert not [name for name in change if str(name).endswith("_baseline")]
        assert change.attrs["title"] == "ban less both"
        assert change.attrs["closure_2"] == "proportional"
        assert change.attrs["horizon_2"].startswith("short run")
        np.testing.assert_allclose(other.compare(outcome)["real_income"], -change["real_income"], atol=1e-12)

    def test_with_itself_nothing_differs(self, outcome: halys.Outcome) -> None:
        change = outcome.compare(outcome)
        assert all(float(abs(v).max()) == 0.0 for v in change.data_vars.values())

    def test_the_balanced_closure_is_of_the_same_world(self, small_world: halys.World, outcome: halys.Outcome) -> None:
        other = halys.solve(small_world, BAN, horizon=FIVE, closure="balanced")
        assert other.world.hash != small_world.hash
        change = outcome.compare(other)
        expected = 100 * (other.data["real_income"] - outcome.data["real_income"])
        np.testing.assert_allclose(change["real_income"], expected, atol=1e-12)
        assert change.attrs["world_hash_1"] != change.attrs["world_hash_2"]

    def test_other_worlds_are_refused(self, outcome: halys.Outcome) -> None:
        """Naming what differs: codes, order, numbers."""
        smaller = halys.solve(make_world(1, count=3), horizon=FIVE)
        with pytest.raises(InputError, match="economies differ, DDD in one only"):
            outcome.compare(smaller)
        with pytest.raises(InputError, match="industries differ, services in one only"):
            outcome.compare(halys.solve(make_world(1, kinds=2), horizon=FIVE))
        with pytest.raises(InputError, match=r"small-1 \(.{8}\) and small-2 .* differ in their technologies or tastes"):
            outcome.compare(halys.solve(make_world(2), horizon=FIVE))
        balanced = halys.solve(make_world(2), horizon=FIVE, closure="balanced")
        with pytest.raises(InputError, match="technologies or tastes"):
            outcome.compare(balanced)


class TestTables:
    @pytest.mark.parametrize("name", list(OUTCOME_TABLES))
    def test_are_tidy_and_say_what_they_hold(self, outcome: halys.Outcome, name: str) -> None:
        frame = outcome.table(name)
        assert len(frame)
        assert frame.attrs["about"]
        assert set(frame.attrs["columns"]) == set(frame.columns)
        for column, (text, unit) in frame.attrs["columns"].items():
            assert text, column
            assert unit or not pd.api.types.is_numeric_dtype(frame[column]), column
        keys = [c for c in frame if not pd.api.types.is_numeric_dtype(frame[c])]
        assert not frame.duplicated(keys).any()

    def test_hold_the_numbers_of_the_dataset(self, outcome: halys.Outcome) -> None:
        d = outcome.data
        economies = outcome.table("economies").set_index("economy")
        np.testing.assert_array_equal(economies["real_income"], d["real_income"])
        trade = outcome.table("trade").set_index(["industry", "exporter", "importer"])["trade_flow"]
        assert trade["farms", "AAA", "CCC"] == float(
            d["trade_flow"].sel(industry="farms", exporter="AAA", importer="CCC")
        )
        partners = outcome.table("partners").set_index(["exporter", "importer"])
        np.testing.assert_allclose(
            partners["trade_flow"].to_numpy().reshape(4, 4), d["trade_flow"].sum("industry"), rtol=1e-12
        )
        terms = outcome.table("decomposition").set_index("economy").drop(columns="economy_name")
        np.testing.assert_allclose(terms.sum(axis=1), d["real_income"] - 1.0, atol=1e-14)

    def test_exposures_are_to_others(self, outcome: halys.Outcome) -> None:
        """Without suppliers named: everyone else. Shares of one supplier are those of `exposure`."""
        frame = outcome.table("exposures", suppliers="BBB").set_index(["economy", "industry"])
        one = outcome.exposure("DDD", "BBB").to_dataframe()
        np.testing.assert_allclose(
            frame.loc["DDD", "inputs_look_through"].loc[one.index], one["inputs_look_through"], rtol=1e-10
        )
        before = halys.exposure(outcome.world, "DDD", "BBB", horizon=FIVE).to_dataframe()
        np.testing.assert_allclose(
            frame.loc["DDD", "inputs_face_value_baseline"].loc[before.index], before["inputs_face_value"], rtol=1e-10
        )
        assert (frame.loc["BBB", "inputs_face_value"] == 0.0).all()
        everyone = outcome.table("exposures").set_index(["economy", "industry"])
        assert (everyone["inputs_look_through"] >= frame["inputs_look_through"]).all()

    def test_diversion_takes_options_and_is_there_only_where_measures_hit(
        self, small_world: halys.World, outcome: halys.Outcome
    ) -> None:
        frame = outcome.table("diversion", importers="DDD", by_industry=True)
        assert set(frame["industry"]) == set(small_world.industries)
        assert "diversion" in outcome.tables
        assert "diversion" not in halys.solve(small_world, horizon=FIVE).tables

    def test_diversion_is_from_others(self, outcome: halys.Outcome) -> None:
        """The one buyer is no supplier abroad; beside others it is left out."""
        with pytest.raises(InputError, match=r"DDD is the only supplier named and the only buyer.*or 'all'"):
            outcome.diversion("DDD", exporters="DDD")
        assert (
            outcome.diversion("DDD", exporters=["AAA", "DDD"]).quantity
            == outcome.diversion("DDD", exporters="AAA").quantity
        )
        assert not outcome.diversion(["AAA", "DDD"], exporters="DDD").table.empty

    @pytest.mark.parametrize("other", [3, None, "outcome"])
    def test_compares_outcomes_only(self, outcome: halys.Outcome, other: object) -> None:
        with pytest.raises(InputError, match=r"an outcome is compared with another outcome"):
            outcome.compare(other)

    def test_unknown_table(self, outcome: halys.Outcome) -> None:
        with pytest.raises(UnknownNameError, match=r"no table 'economy'.*'economies'"):
            outcome.table("economy")
        with pytest.raises(UnknownNameError, match=r"no table \['economies'\]"):
            outcome.table(["economies"])

    @pytest.mark.parametrize("name", list(OUTCOME_TABLES))
    def test_unknown_option(self, outcome: halys.Outcome, name: str) -> None:
        with pytest.raises(InputError, match=rf"table {name} has no option 'supplier'; (it has none|its options are )"):
            outcome.table(name, supplier="BBB")

    @pytest.mark.parametrize("name", [n for n, table in OUTCOME_TABLES.items() if table.options])
    def test_options_are_those_of_their_functions(self, name: str) -> None:
        function = halys.Outcome.diversion if name == "diversion" else OUTCOME_TABLES[name].make
        assert OUTCOME_TABLES[name].options == tuple(inspect.signature(function).parameters)[1:]


class TestFiles:
    def test_netcdf_holds_every_variable(self, outcome: halys.Outcome, tmp_path: Path) -> None:
        path = outcome.to_netcdf(tmp_path / "deep" / "o.nc")
        with xr.open_dataset(path) as read:
            xr.testing.assert_identical(read.load(), outcome.data)

    def test_csv_and_parquet_hold_every_table_to_the_digit(self, outcome: halys.Outcome, tmp_path: Path) -> None:
        pytest.importorskip("pyarrow")
        files = outcome.to_csv(tmp_path / "csv")
        assert [f.name for f in files] == [f"{name}.csv" for name in outcome.tables]
        pd.testing.assert_frame_equal(
            pd.read_csv(tmp_path / "csv" / "economies.csv"), outcome.table("economies"), check_dtype=False, rtol=1e-15
        )
        outcome.to_parquet(tmp_path / "parquet", ["industries"])
        read = pd.read_parquet(tmp_path / "parquet" / "industries.parquet")
        pd.testing.assert_frame_equal(read, outcome.table("industries"), check_dtype=False)
        assert read.attrs["columns"]["output"] == ["Sales of the industry", "billion USD a year"]

    def test_what_is_there_stays_unless_asked(self, outcome: halys.Outcome, tmp_path: Path) -> None:
        path = tmp_path / "o.nc"
        path.write_text("mine")
        with pytest.raises(InputError, match="exists already"):
            outcome.to_netcdf(path)
        assert path.read_text() == "mine"
        (tmp_path / "solver.csv").write_text("mine")
        with pytest.raises(InputError, match=r"solver\.csv exists already"):
            outcome.to_csv(tmp_path, ["economies", "solver"])
        assert {f.name for f in tmp_path.iterdir()} == {"o.nc", "solver.csv"}
        outcome.to_netcdf(path, overwrite=True)
        with xr.open_dataset(path) as read:
            assert "real_income" in read
        with pytest.raises(InputError, match="is a file"):
            outcome.to_csv(path)
        with pytest.raises(InputError, match="is a folder"):
            outcome.to_netcdf(tmp_path, overwrite=True)

    def test_nothing_half_written_is_left(
        self, outcome: halys.Outcome, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def full(*_: object, **__: object) -> None:
            raise OSError(28, "No space left on device")

        monkeypatch.setattr(pd.DataFrame, "to_csv", full)
        with pytest.raises(StorageError, match="No space left"):
            outcome.to_csv(tmp_path)
        assert not list(tmp_path.iterdir())

    @pytest.mark.parametrize("links", [True, False])
    @pytest.mark.parametrize("fails_at", range(1, 4))
    @pytest.mark.parametrize("error", [OSError(5, "Input/output error"), KeyboardInterrupt()])
    def test_all_or_none_where_a_move_fails(
        self, error: BaseException, fails_at: int, links: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Whichever move fails: new files are gone, old ones are back, and nothing stands beside them."""
        names = ["old.csv", "new.csv", "older.csv"]
        for name in ("old.csv", "older.csv"):
            (tmp_path / name).write_text(name)
        moves = itertools.count(1)
        replace = Path.replace

        def failing(self: Path, target: Path) -> Path:
            if next(moves) == fails_at:
                raise error
            return replace(self, target)

        def without_links(*_: object) -> None:
            raise OSError(95, "Operation not supported")

        monkeypatch.setattr(Path, "replace", failing)
        if not links:
            monkeypatch.setattr(Path, "hardlink_to", without_links)
        files = {tmp_path / name: lambda path: path.write_text("fresh") for name in names}
        told = (
            rf"{names[fails_at - 1]} could not be written: Input/output error" if isinstance(error, OSError) else None
        )
        with pytest.raises((StorageError, KeyboardInterrupt), match=told):
            write_files(files, overwrite=True)
        assert {file.name: file.read_text() for file in tmp_path.iterdir()} == {n: n for n in ("old.csv", "older.csv")}

    def test_what_cannot_be_put_back_is_not_deleted(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        """A disk that fails for good in the middle: the old file is in the folder aside, and the message says so."""
        first, second = tmp_path / "a.csv", tmp_path / "b.csv"
        first.write_text("mine")
        moves = itertools.count(1)
        replace = Path.replace

        def failing(self: Path, to: Path) -> Path:
            if next(moves) > 1:
                raise OSError(5, "Input/output error")
            return replace(self, to)

        monkeypatch.setattr(Path, "replace", failing)
        with pytest.raises(
            StorageError, match=r"b\.csv could not be written.*a\.csv could not be made.* is in .*\.halys-"
        ):
            write_files({path: lambda file: file.write_text("fresh") for path in (first, second)}, overwrite=True)
        (folder,) = [entry for entry in tmp_path.iterdir() if entry != first]
        assert [file.read_text() for file in folder.iterdir()] == ["mine"]

    def test_threads_that_write_the_same_do_not_collide(self, outcome: halys.Outcome, tmp_path: Path) -> None:
        with ThreadPoolExecutor(4) as pool:
            for _ in pool.map(lambda _: outcome.to_csv(tmp_path, ["solver", "partners"], overwrite=True), range(20)):
                pass
        assert {file.name for file in tmp_path.iterdir()} == {"solver.csv", "partners.csv"}
        assert len(pd.read_csv(tmp_path / "partners.csv")) == len(outcome.table("partners"))

    @pytest.mark.parametrize("tables", ["economies", 3])
    def test_tables_are_a_list(self, outcome: halys.Outcome, tmp_path: Path, tables: object) -> None:
        with pytest.raises(InputError, match=rf"tables is {tables!r}; it must be a list of names"):
            outcome.to_csv(tmp_path, tables)
        assert not list(tmp_path.iterdir())

    def test_parquet_without_its_library(
        self, outcome: halys.Outcome, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
        with pytest.raises(InputError, match=r"halys\[parquet\]"):
            outcome.to_parquet(tmp_path)


class TestValueAdded:
    def test_shares_and_sums(self, outcome: halys.Outcome) -> None:
        v, d = outcome.value_added_trade, outcome.data
        for suffix in ("", "_baseline"):
            absorbed = v[f"value_added_absorbed{suffix}"]
            paid = absorbed.sum("origin").rename(destination="economy") + v[f"taxes_absorbed{suffix}"]
            np.testing.assert_allclose(paid, d[f"final_spending{suffix}"], rtol=1e-9)
            np.testing.assert_allclose(
                absorbed.sum("destination"), d[f"value_added{suffix}"].sum("industry"), rtol=1e-9
            )
            np.testing.assert_allclose(v[f"gross_exports{suffix}"], d[f"industry_exports{suffix}"], rtol=1e-12)
            own = v[f"domestic_in_exports{suffix}"].sum("industry") / v[f"gross_exports{suffix}"].sum("industry")
            np.testing.assert_allclose(v[f"domestic_share{suffix}"], own, rtol=1e-12)
        for name, variable in v.data_vars.items():
            assert variable.attrs["units"], name
            assert variable.attrs["long_name"], name

    def test_of_a_world_is_the_baseline_of_its_outcomes(self, small_world: halys.World, outcome: halys.Outcome) -> None:
        of_world = halys.value_added_trade(small_world)
        for name in of_world:
            np.testing.assert_array_equal(of_world[name], outcome.value_added_trade[f"{name}_baseline"])

    def test_a_ban_moves_value_added(self, outcome: halys.Outcome) -> None:
        v = outcome.value_added_trade
        pair = {"origin": "BBB", "destination": "DDD"}
        assert float(v["value_added_absorbed"].sel(pair)) < float(v["value_added_absorbed_baseline"].sel(pair))


class TestExposure:
    def test_of_world_and_outcome(self, small_world: halys.World) -> None:
        """Without a shock they agree; a ban lowers what its target buys."""
        before = halys.exposure(small_world, "DDD", ["AAA", "BBB"], horizon=FIVE)
        idle = halys.solve(small_world, horizon=FIVE).exposure("DDD", ["AAA", "BBB"])
        after = halys.solve(small_world, BAN, horizon=FIVE).exposure("DDD", ["AAA", "BBB"])
        for name, variable in before.data_vars.items():
            np.testing.assert_allclose(idle[name], variable, rtol=1e-8, err_msg=str(name))
        assert (after["imports"] < before["imports"]).all()
        assert before.attrs["suppliers"] == "AAA BBB"

    def test_an_economy_is_not_exposed_to_itself(self, small_world: halys.World) -> None:
        everyone = halys.exposure(small_world, "DDD", "all", horizon=FIVE)
        others = halys.exposure(small_world, "DDD", ["AAA", "BBB", "CCC"], horizon=FIVE)
        xr.testing.assert_identical(everyone, others)

    def test_names(self, small_world: halys.World, world: halys.World) -> None:
        with pytest.raises(InputError, match="DDD is the only supplier named"):
            halys.exposure(small_world, "DDD", "DDD", horizon=FIVE)
        with pytest.raises(UnknownNameError, match="'EU27' is a group; name one economy"):
            halys.exposure(world, "EU27", "RUS")
        with pytest.raises(UnknownNameError, match="'GERMANY' is not an economy"):
            halys.exposure(world, "GERMANY", "RUS")
        with pytest.raises(UnknownNameError, match="'EUU'"):
            halys.exposure(world, "DEU", "EUU")

    def test_concentration_of_a_world(self, small_world: halys.World) -> None:
        found = halys.concentration(small_world)
        imports = small_world.flows[1, :, 2] * (np.arange(4) != 2)
        expected = ((imports / imports.sum()) ** 2).sum()
        assert float(found["import_concentration"].sel(economy="CCC", industry="factories")) == pytest.approx(expected)


class TestCriticality:
    def test_each_row_is_an_equilibrium_of_its_own(self, small_world: halys.World) -> None:
        table = halys.criticality(small_world, "DDD", "BBB", horizon=FIVE).set_index("industry")
        assert set(table.index) == set(small_world.industries)
        for code in small_world.industries:
            ban = halys.Ban(exporters="BBB", importers="DDD", industries=code, coverage=1.0)
            outcome = halys.solve(small_world, ban, horizon=FIVE)
            assert table.loc[code, "real_income_percent"] == pytest.approx(outcome.total("DDD").percent, rel=1e-6)
            assert table.loc[code, "suppliers_billion_usd"] == pytest.approx(outcome.total("BBB").billion_usd, rel=1e-6)
            d = outcome.data.sel(economy="DDD")
            made = float((d["real_output"] * d["output_baseline"]).sum() / d["output_baseline"].sum())
            assert table.loc[code, "output_percent"] == pytest.approx(100 * (made - 1), rel=1e-5)
        assert list(table["real_income_percent"]) == sorted(table["real_income_percent"])
        assert set(table.attrs["columns"]) == set(COLUMNS)

    def test_first_order_cost_of_replacement_ranks_as_the_equilibria_do(self, world: halys.World) -> None:
        """Russia without the coalition's products: the largest losses agree within a half, the order nearly."""
        table = halys.criticality(world, "RUS", "coalition_2022")
        exact, simple = -table["real_income_percent"], 100 * table["replacement_cost"]
        assert exact.rank().corr(simple.rank()) > 0.95
        top = table.index[:5]
        np.testing.assert_allclose(simple[top], exact[top], rtol=0.5)
        assert table["industry"][0] == "C28"  # machinery

    def test_only_some_products_and_what_cannot_be_done_without(self) -> None:
        """A product that nobody else sells: no equilibrium, told in its row, which stands first."""
        world = _sole_supplier()
        table = halys.criticality(world, "AAA", "BBB", horizon=FIVE)
        assert table["industry"].tolist()[0] == "farms"
        assert "farms" in table["failed"][0]
        assert np.isnan(table["real_income_percent"][0])
        assert np.isposinf(table["replacement_cost"][0])
        assert table["failed"].tolist()[1:] == [""] * (len(table) - 1)
        one = halys.criticality(world, "AAA", "BBB", industries="factories", horizon=FIVE)
        assert one["industry"].tolist() == ["factories"]


def _sole_supplier() -> halys.World:
    """BBB alone sells farm products to AAA."""
    flows = np.full((2, 3, 3), 2.0)
    flows[:, range(3), range(3)] = 10.0
    flows[0, [0, 2], 0] = 0.0
    value_added = flows.sum(axis=2).T
    return halys.World.from_arrays(
        ("AAA", "BBB", "CCC"), ("farms", "factories"), flows, np.zeros((2, 2, 3)), value_added, id="sole"
    )


PAGE = Path(__file__).parents[2] / "docs" / "outcome.md"


def _documented(heading: str) -> set[str]:
    """Names in the first column of the tables under a heading of the page."""
    text = PAGE.read_text(encoding="utf-8")
    (section,) = re.findall(rf"^## {re.escape(heading)}\n(.*?)(?=^## |\Z)", text, re.DOTALL | re.MULTILINE)
    return {
        name for row in re.findall(r"^\| (`[^|]*) \|", section, re.MULTILINE) for name in re.findall(r"`(\w+)`", row)
    }


class TestPage:
    """docs/outcome.md names every result, and nothing that is not there."""

    def test_variables(self, outcome: halys.Outcome) -> None:
        names = {str(n).removesuffix("_baseline") for n in outcome.data.data_vars}
        assert _documented("Variables of `Outcome.data`") == names

    def test_tables(self) -> None:
        assert _documented("Tables") == set(OUTCOME_TABLES)

    def test_value_added(self, small_world: halys.World) -> None:
        assert _documented("Trade in value added") == {str(n) for n in halys.value_added_trade(small_world).data_vars}

    def test_exposure(self, small_world: halys.World, outcome: halys.Outcome) -> None:
        names = {str(n) for n in halys.exposure(small_world, "AAA", "BBB", horizon=FIVE).data_vars}
        names |= {str(n) for n in halys.concentration(small_world).data_vars}
        assert _documented("Exposure") == names
        assert _documented("Criticality") == set(COLUMNS) - {"industry", "industry_name"} - names

    def test_diversion(self, outcome: halys.Outcome) -> None:
        assert _documented("Trade diversion") == set(outcome.diversion("DDD").table) - {"industry", "exporter"}


def test_json_of_attributes(outcome: halys.Outcome) -> None:
    """Tables carry what JSON can hold, so that Parquet keeps it."""
    for name in outcome.tables:
        json.dumps(outcome.table(name).attrs)
