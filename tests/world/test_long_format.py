"""The long format: a row for each sale, from CSV, gzip and Parquet, with tariffs beside it."""

from __future__ import annotations

import builtins
import csv
import gzip
import warnings
from contextlib import nullcontext, suppress
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given

import halys
from halys.errors import FileError, InputError, TableError
from halys.world.build import build_world
from halys.world.long_format import COLUMNS, TARIFF_COLUMNS, is_final
from halys.world.long_rows import _csv_pieces
from table_files import long_rows
from worlds import make_world, worlds

EXAMPLE = Path(__file__).parents[2] / "docs" / "table-example.csv"


def write(path: Path, rows: list[Any], header: Any = COLUMNS) -> Path:
    with path.open("w", newline="") as file:
        csv.writer(file).writerows([header, *rows])
    return path


def write_tariffs(path: Path, world: halys.World) -> Path:
    rows = [
        (world.economies[i], world.industries[s], world.economies[j], float(world.tariff[s, i, j]))
        for s, i, j in np.argwhere(world.tariff != 0)
    ]
    return write(path, rows, TARIFF_COLUMNS)


def assert_same(found: halys.World, wanted: halys.World) -> None:
    """The same accounts, whatever the order of codes."""
    e = [found.economies.index(code) for code in wanted.economies]
    k = [found.industries.index(code) for code in wanted.industries]
    for name, at in (
        ("flows", np.ix_(k, e, e)),
        ("intermediate", np.ix_(k, k, e)),
        ("value_added", np.ix_(e, k)),
        ("final", np.ix_(e, k)),
        ("deficit", np.ix_(e)),
    ):
        there = getattr(wanted, name)
        np.testing.assert_allclose(getattr(found, name)[at], there, rtol=1e-9, atol=1e-9 * np.abs(there).max())
    if wanted.tariff is None:
        assert found.tariff is None
    else:
        np.testing.assert_array_equal(found.tariff[np.ix_(k, e, e)], wanted.tariff)


def refused(path: Path, **options: Any) -> str:
    with pytest.raises(FileError) as raised:
        build_world(path, **options)
    return str(raised.value)


def test_the_example_of_the_guide() -> None:
    """Worked out by hand: two economies, two industries."""
    w = build_world(EXAMPLE)
    assert w.economies == ("AAA", "BBB")
    assert w.industries == ("goods", "services")
    np.testing.assert_array_equal(w.flows[0], [[70, 30], [15, 40]])
    np.testing.assert_array_equal(w.flows[1], [[90, 5], [5, 45]])
    np.testing.assert_array_equal(w.intermediate[:, :, 0], [[30, 10], [20, 15]])
    np.testing.assert_array_equal(w.intermediate[:, :, 1], [[20, 5], [5, 5]])
    np.testing.assert_array_equal(w.value_added, [[50, 70], [30, 40]])
    np.testing.assert_array_equal(w.final, [[45, 60], [45, 40]])
    np.testing.assert_allclose(w.deficit, [-15, 15])
    assert w.id == "table-example"
    assert w.unit == 1e6


@given(worlds())
def test_any_world_comes_back(tmp_path_factory: pytest.TempPathFactory, w: halys.World) -> None:
    """Tariffs, holes and deficits included: inputs are at buyers' prices, sales are net of tariffs."""
    folder = tmp_path_factory.mktemp("long")
    tariffs = None if w.tariff is None else write_tariffs(folder / "tariffs.csv", w)
    assert_same(build_world(write(folder / "table.csv", long_rows(w)), tariffs=tariffs), w)


@pytest.mark.parametrize("ending", ["csv.gz", "parquet", "dictionary.parquet"])
def test_gzip_and_parquet(ending: str, small_world: halys.World, tmp_path: Path) -> None:
    tariffs, path = write_tariffs(tmp_path / "tariffs.csv", small_world), tmp_path / f"table.{ending}"
    frame = pd.DataFrame(long_rows(small_world), columns=list(COLUMNS))
    if ending == "csv.gz":
        path.write_bytes(gzip.compress(frame.to_csv(index=False).encode()))
    elif ending == "parquet":
        frame["exporter"] = frame["exporter"].replace("", None)  # no exporter may be null too
        frame.to_parquet(path)
    else:
        frame.astype(dict.fromkeys(COLUMNS[:-1], "category")).to_parquet(path)
    found = build_world(path, tariffs=tariffs)
    assert_same(found, small_world)
    assert found.provenance["layout"] == "long"


def test_order_case_and_spaces_of_headers_and_rows_do_not_matter(small_world: halys.World, tmp_path: Path) -> None:
    frame = pd.DataFrame(long_rows(small_world), columns=list(COLUMNS)).sample(frac=1, random_state=0)
    frame["industry"] = frame["industry"] + " "
    path = tmp_path / "table.csv"
    frame[["value", "use", "industry", "exporter", "importer"]].rename(columns=str.title).to_csv(path, index=False)
    assert_same(build_world(path, tariffs=write_tariffs(tmp_path / "t.csv", small_world)), small_world)


def test_categories_of_final_use_add_up() -> None:
    assert [is_final(use) for use in ("final", "final_investment", "final:HFCE", "finals", "finance", "cars")] == [
        *(True, True, True),
        *(False, False, False),
    ]


def test_negative_stock_changes_are_netted(tmp_path: Path) -> None:
    """A category may be negative as long as the economy's use of the product is not; what is below is told."""
    rows = list(csv.reader(EXAMPLE.read_text().splitlines()))[1:]
    at = rows.index(["AAA", "goods", "AAA", "final", "40"])
    rows[at : at + 1] = [
        ["AAA", "goods", "AAA", "final_consumption", "45"],
        ["AAA", "goods", "AAA", "final_stocks", "-5"],
    ]
    found = build_world(write(tmp_path / "t.csv", rows))
    np.testing.assert_array_equal(found.final, build_world(EXAMPLE).final)
    assert found.provenance["facts"]["sum of negative cells of final demand"] == 5.0


@pytest.mark.parametrize(
    ("row", "told"),
    [
        ("AAA,goods,BBB,services,", ":25: (AAA, goods, BBB, services): the value is empty"),
        ("AAA,goods,BBB,services,ten", ":25: (AAA, goods, BBB, services): 'ten' is not a finite number"),
        ("AAA,goods,BBB,services,inf", "'inf' is not a finite number"),
        ("AAA,goods,BBB,services,1_0", "'1_0' is not a finite number"),
        ("AAA,goods,BBB,services", ":25: 4 cells; a row has 5. Is the file cut short?"),
        ("AAA,goods,BBB,services,1,2", ":25: 6 cells; a row has 5"),
        ("AAA,goods,BBB,services,-1", "row 24 (AAA, goods, BBB, services: -1): sales to industries cannot be negative"),
        (",goods,BBB,services,1", "row 24 ((empty), goods, BBB, services: 1): the exporter is empty"),
        ("AAA,goods,,services,1", "the importer is empty"),
        ("AAA,goods,BBB,,1", "the use is empty"),
        ("AAA,value_added,BBB,goods,1", "the exporter of value_added must be empty"),
        (",value_added,BBB,final,1", "value_added belongs to an industry, not to final use"),
        ("AAA,final,BBB,goods,1", "an industry cannot have the name of a final use"),
        ("all,goods,BBB,goods,1", "the code is reserved"),
        ("AAA,goods,BBB,final_investment,1", "BBB, final_investment: 1) repeats the cell of row 10."),
        ("AAB,goods,BBB,final,1", "AAB has no row of value_added. Nearest: AAA."),
        ("AAA,godos,BBB,final,1", "godos of AAA sells but has no row of value_added."),
    ],
)  # fmt: skip
def test_fault_is_told_with_its_place(row: str, told: str, tmp_path: Path) -> None:
    path = tmp_path / "table.csv"
    path.write_text(EXAMPLE.read_text() + row + "\n")
    assert told in refused(path)


def test_first_row_too_long(tmp_path: Path) -> None:
    """pandas would cut all rows to the header, whatever stands before the first row and in it."""
    lines, path = EXAMPLE.read_text().splitlines(), tmp_path / "table.csv"
    for before, first, place in (("", lines[1] + ",7", 2), ("\n  \n", lines[1] + ",", 4), ("", '"A\nB",g,C,d,1,2', 3)):
        path.write_text(f"{lines[0]}\n{before}{first}\n" + "\n".join([*lines[2:], ""]))
        assert f":{place}: 6 cells; a row has 5" in refused(path)


def test_reading_leaves_warnings_of_others_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Filters of warnings are those of the whole process: between two pieces they must be the caller's."""
    monkeypatch.setattr("halys.world.long_rows._CHUNK", 4)
    before = list(warnings.filters)
    assert [warnings.filters == before for _ in _csv_pieces(EXAMPLE, "text", COLUMNS)] == [True] * 6


@pytest.mark.parametrize("ending", ["csv", "parquet"])
@pytest.mark.parametrize("fault", [False, True])
def test_files_are_closed(ending: str, fault: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """After reading, and after a fault in the middle."""
    pytest.importorskip("pyarrow")
    if not Path("/proc/self/fd").is_dir():
        pytest.skip("open files of a process are listed on Linux only")
    monkeypatch.setattr("halys.world.long_rows._CHUNK", 4)
    frame, path = pd.read_csv(EXAMPLE), tmp_path / f"t.{ending}"
    if fault:
        frame.loc[5, "value"] = np.nan
    frame.to_csv(path, index=False) if ending == "csv" else frame.to_parquet(path)
    with pytest.raises(FileError) if fault else nullcontext() as kept:  # whose traceback keeps the frames alive
        build_world(path)
    names = []
    for entry in Path("/proc/self/fd").iterdir():
        with suppress(FileNotFoundError):  # that of the listing itself
            names.append(str(entry.readlink()))
    assert names
    assert str(path) not in names, kept


def test_all_faults_at_once(tmp_path: Path) -> None:
    path = tmp_path / "table.csv"
    path.write_text(EXAMPLE.read_text() + "".join(f"AAA,goods,BBB,x{n},oops\n" for n in range(20)) + "AAA,goods\n")
    message = refused(path)
    assert message.count("'oops' is not a finite number") == 8
    assert "and 12 more: cells that hold no number." in message
    assert ":45: 2 cells; a row has 5" in message


def test_many_faults_of_one_kind_are_counted(tmp_path: Path) -> None:
    path = tmp_path / "table.csv"
    text = EXAMPLE.read_text()
    path.write_text(text + "".join(f"AAA,goods,BBB,x{n},-1\n" for n in range(30)) + text.split("\n", 1)[1])
    message = refused(path)
    assert message.count("-1): sales to industries cannot be negative") == 8
    assert "and 22 more: sales to industries cannot be negative." in message
    assert message.count("repeats the cell of row") == 8
    assert "and 15 more: repeated cells." in message


@pytest.mark.parametrize(
    ("header", "told"),
    [
        ("exporter,industry,importer,use,values", "the column 'value' is missing. The columns are exporter, "),
        ("exporter,industry,importer,use,values", "use, value. Is it 'values'? Rename it."),
        ("exporter,industry,importer,use,value,year", "the column 'year' is not known. Take it out"),
        ("exporter,industry,importer,value,value", "the column 'use' is missing"),
        ("exporter,industry,exporter,use,value,importer", "the column 'exporter' is given twice"),
        ("exporter;industry;importer;use;value", "separated by ';'"),
    ],
)  # fmt: skip
def test_headers(header: str, told: str, tmp_path: Path) -> None:
    path = tmp_path / "table.csv"
    path.write_text(EXAMPLE.read_text().replace("exporter,industry,importer,use,value", header, 1))
    assert told in refused(path)


def test_header_and_nothing_else(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text("exporter,industry,importer,use,value\n")
    assert "the file has a header and no rows" in refused(tmp_path / "t.csv")


def test_no_value_added_and_no_final_use(tmp_path: Path) -> None:
    message = refused(write(tmp_path / "t.csv", [("AAA", "goods", "AAA", "goods", 1.0)]))
    assert "no row of value_added" in message
    assert "no row of final use" in message


def test_parquet_faults(tmp_path: Path) -> None:
    frame = pd.read_csv(EXAMPLE)
    frame.loc[5, "value"] = np.nan
    frame.loc[7, "use"] = None
    frame.to_parquet(tmp_path / "t.parquet")
    message = refused(tmp_path / "t.parquet")
    assert "t.parquet, row 6: (AAA, goods, AAA, services): the value is empty" in message
    frame.drop(columns="use").to_parquet(tmp_path / "t.parquet")
    assert "the column 'use' is missing" in refused(tmp_path / "t.parquet")


def test_parquet_without_its_package_names_the_extra(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pd.read_csv(EXAMPLE).to_parquet(tmp_path / "t.parquet")
    real = builtins.__import__

    def no_pyarrow(name: str, *rest: Any, **more: Any) -> Any:
        if name.startswith("pyarrow"):
            raise ImportError(name)
        return real(name, *rest, **more)

    monkeypatch.setattr(builtins, "__import__", no_pyarrow)
    with pytest.raises(InputError, match=r"pip install 'halys\[parquet\]'"):
        build_world(tmp_path / "t.parquet")


def test_unbalanced_table(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_text(EXAMPLE.read_text().replace(",value_added,AAA,goods,50", ",value_added,AAA,goods,60"))
    with pytest.raises(TableError, match=r"(?s)does not balance: 1 sums.*AAA goods sells 100, .* 110 \(9.09 % apart\)"):
        build_world(path)


def test_no_value_added_in_an_economy_is_refused(tmp_path: Path) -> None:
    text = EXAMPLE.read_text().replace(",value_added,BBB,goods,30\n", "").replace(",value_added,BBB,services,40\n", "")
    (tmp_path / "t.csv").write_text(text)
    assert "BBB has no row of value_added" in refused(tmp_path / "t.csv")


@pytest.mark.parametrize(
    ("row", "told"),
    [
        ("AAA,goods,BBB,5", "row 2 (AAA, goods, BBB: 5)"),
        ("AAA,goods,BBB,50", "a fraction above -1 is meant, 0.05 for 5 %"),
        ("AAA,goods,BBB,-1", "a fraction above -1 is meant"),
        ("AAA,goods,AAA,0.1", "an economy levies no tariff on its own goods"),
        ("AAA,cars,BBB,0.1", "column industry: 'cars' is not in the table."),
        ("AAX,goods,BBB,0.1", "column exporter: 'AAX' is not in the table. Nearest: AAA"),
        ("BBB,goods,AAA,0.2", "repeats the cell of row 1"),
        ("AAA,goods,BBB,", "the value is empty"),
    ],
)
def test_tariff_faults(row: str, told: str, tmp_path: Path) -> None:
    path = tmp_path / "tariffs.csv"
    path.write_text(f"exporter,industry,importer,tariff\nBBB,goods,AAA,0.1\n{row}\n")
    if row.endswith(",5"):  # 500 % is high, and possible
        with pytest.raises(TableError, match="does not balance"):
            build_world(EXAMPLE, tariffs=path)
    else:
        assert told in refused(EXAMPLE, tariffs=path)


@pytest.mark.parametrize("ending", ["csv", "parquet"])
def test_a_tariff_that_is_no_number_hides_no_unknown_code(ending: str, tmp_path: Path) -> None:
    """Both are told, each once, and what to do is that of tariffs."""
    rows = [("BBB", "goods", "AAA", "x"), ("AAX", "goods", "BBB", "0.1"), ("AAX", "cars", "BBB", "0.2")]
    frame = pd.DataFrame(rows, columns=["exporter", "industry", "importer", "tariff"])
    path = tmp_path / f"tariffs.{ending}"
    if ending == "csv":
        frame.to_csv(path, index=False)
    else:
        pytest.importorskip("pyarrow", reason="Parquet files need pyarrow")
        frame.to_parquet(path)
    number, exporter, industry = refused(EXAMPLE, tariffs=path).splitlines()
    assert "'x' is not a finite number. Write a fraction, 0.05 for 5 %; leave out rows of what bears" in number
    assert "sold" not in number
    assert exporter.endswith("column exporter: 'AAX' is not in the table. Nearest: AAA.")
    assert industry.endswith("column industry: 'cars' is not in the table.")


def test_solutions_are_those_of_the_same_arrays(tmp_path: Path) -> None:
    """A run on an imported world and one on `World.from_arrays` give the same numbers."""
    w = make_world(seed=7, count=4, kinds=3)
    names = sorted(w.industries)
    order = [w.industries.index(name) for name in names]
    same = halys.World.from_arrays(
        w.economies,
        names,
        w.flows[order],
        w.intermediate[np.ix_(order, order)],
        w.value_added[:, order],
        w.tariff[order],
    )
    path = write(tmp_path / "t.csv", long_rows(w))
    found = build_world(path, tariffs=write_tariffs(tmp_path / "tariffs.csv", w))
    measures = [halys.Tariff(exporters="AAA", importers="BBB", rate=0.3)]
    horizon = halys.Horizon.long(trade_elasticity=5.0)
    a, b = (halys.solve(world, measures, horizon=horizon) for world in (found, same))
    np.testing.assert_allclose(a.data.real_income, b.data.real_income, rtol=1e-9)
