"""The OECD's files: every layout gives the world back that it was written from, and every fault is told with its
place."""

from __future__ import annotations

import gzip
import re
import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

import halys
from halys.errors import FileError, TableError
from halys.world import load_groups
from halys.world.build import build_world
from table_files import CATEGORIES, FINAL_TAX, SPREAD, TAX, IcioFile
from worlds import make_arrays

CODES = ("CHN", "DEU", "MEX", "USA")
KINDS = ("A01", "C17_18", "G")
LAYOUTS = {
    "2025": {},
    "2023": {"names": ("TLS", "VA", "OUT", "TOTAL")},
    "2021": {
        "names": ("TAXSUB", "VALU", "OUTPUT", "TOTAL"),
        "by_economy": True,
        "parts": [("MX1", "MEX", 0.25), ("MX2", "MEX", 0.15), ("CN1", "CHN", 0.5), ("CN2", "CHN", 0.3)],
    },
    "2018": {
        "names": ("TAXSUB", "VALU", "OUTPUT", "TOTAL"),
        "by_economy": True,
        "categories": ("HFCE", "NPISH", "GGFC", "GFCF", "INVNT", "P33"),
    },
}


@pytest.fixture(scope="module")
def wanted() -> halys.World:
    """A world without tariffs, with holes in its trade."""
    return halys.World.from_arrays(CODES, KINDS, **make_arrays(seed=5, count=4, tariffs=False, holes=True))


@pytest.fixture
def file(wanted: halys.World) -> IcioFile:
    return IcioFile(wanted)


def assert_same(found: halys.World, wanted: halys.World, tolerance: float = 1e-9) -> None:
    assert found.economies == wanted.economies
    assert found.industries == wanted.industries
    for name in ("flows", "intermediate", "value_added", "final", "deficit"):
        there = getattr(wanted, name)
        size = np.abs(there).max()
        np.testing.assert_allclose(getattr(found, name), there, rtol=tolerance, atol=tolerance * size, err_msg=name)


def refused(path: Path, error: type[Exception] = FileError, **options: object) -> str:
    with pytest.raises(error) as raised:
        build_world(path, **options)  # type: ignore[arg-type]
    return str(raised.value)


@pytest.mark.parametrize("layout", LAYOUTS)
def test_every_layout_gives_the_world_back(layout: str, wanted: halys.World, tmp_path: Path) -> None:
    """Flows, inputs, value added (with taxes on inputs), final use and deficits; parts of China and Mexico summed."""
    path = IcioFile(wanted, **LAYOUTS[layout]).write(tmp_path / "ICIO2021_2018.csv")
    found = build_world(path)
    assert_same(found, wanted)
    assert found.provenance["layout"] == "icio"
    assert found.provenance["year"] == 2018
    assert found.title == "OECD Inter-Country Input-Output tables, reference year 2018"
    assert found.name_of("USA") == "United States"


@pytest.mark.parametrize(
    ("format", "end"),
    [
        ({"encoding": "utf-8-sig"}, ""),
        ({"lineterminator": "\r\n"}, ""),
        ({"quoting": 1}, ""),
        ({}, "\n\n\n"),
        ({}, ".gz"),
    ],
    ids=["byte order mark", "CR LF", "quotes", "blank lines at the end", "gzip"],
)
def test_ways_of_writing_csv(format: dict, end: str, file: IcioFile, wanted: halys.World, tmp_path: Path) -> None:
    path = file.write(tmp_path / "2022_SML.csv", **format)
    if end == ".gz":
        packed = tmp_path / "2022_SML.csv.gz"
        packed.write_bytes(gzip.compress(path.read_bytes()))
        path = packed
    else:
        path.write_bytes(path.read_bytes() + end.encode())
    assert_same(build_world(path), wanted)


def test_order_of_rows_and_columns_does_not_matter(file: IcioFile, wanted: halys.World, tmp_path: Path) -> None:
    def shuffle(cells: list[list[str]]) -> None:
        rng = np.random.default_rng(0)
        order = [0, *(1 + rng.permutation(len(cells[0]) - 1))]
        rows = [0, *(1 + rng.permutation(len(cells) - 1))]
        cells[:] = [[cells[r][c] for c in order] for r in rows]

    found = build_world(file.write(tmp_path / "t.csv", shuffle))
    assert sorted(found.economies) == sorted(wanted.economies)
    at = [found.economies.index(code) for code in CODES]
    of = [found.industries.index(code) for code in KINDS]
    np.testing.assert_allclose(found.flows[of][:, at][:, :, at], wanted.flows, rtol=1e-12)
    np.testing.assert_allclose(found.intermediate[of][:, of][:, :, at], wanted.intermediate, rtol=1e-12)


def test_empty_margins_and_a_trailing_comma_are_no_fault(file: IcioFile, wanted: halys.World, tmp_path: Path) -> None:
    """The corner of value added, taxes and output against final demand and output holds nothing."""

    def clear(cells: list[list[str]]) -> None:
        sellers = len(CODES) * len(KINDS)
        for row in cells[-3:]:
            row[1 + sellers :] = [""] * (len(row) - 1 - sellers)
        for row in cells:
            row.append("")

    assert_same(build_world(file.write(tmp_path / "t.csv", clear)), wanted)


def test_taxes(file: IcioFile, wanted: halys.World, tmp_path: Path) -> None:
    """Taxes on inputs are part of value added; those on final use are left out, and told."""
    facts = build_world(file.write(tmp_path / "t.csv")).provenance["facts"]
    total = wanted.value_added.sum()
    assert facts["published value added"] == pytest.approx((1 - TAX) * total)
    assert facts["taxes less subsidies on inputs, counted as value added"] == pytest.approx(TAX * total)
    taxes = FINAL_TAX * wanted.final.sum() * SPREAD.sum()
    assert facts["taxes less subsidies on final demand, left out"] == pytest.approx(taxes)
    assert facts["sum of negative cells of final demand"] == pytest.approx(-SPREAD.min() * wanted.final.sum())


def test_tariffs_are_taken_out_of_value_added(file: IcioFile, wanted: halys.World, tmp_path: Path) -> None:
    """Duties on inputs are among the taxes of the file: with tariffs they become part of the price of inputs."""
    (tmp_path / "duties.csv").write_text("exporter,industry,importer,tariff\nDEU,A01,USA,0.1\nCHN,G,USA,0.2\n")
    path = file.write(tmp_path / "t.csv")
    found = build_world(path, tariffs=tmp_path / "duties.csv")
    j, share = CODES.index("USA"), wanted.trade_share
    duty = {0: 0.1 * share[0, 1, 3], 2: 0.2 * share[2, 0, 3]}
    paid = sum(rate * wanted.intermediate[s, :, j] for s, rate in duty.items())
    np.testing.assert_allclose(found.flows, wanted.flows, rtol=1e-9)
    np.testing.assert_allclose(found.value_added[j], wanted.value_added[j] - paid, rtol=1e-9)
    np.testing.assert_allclose(found.value_added[:j], wanted.value_added[:j], rtol=1e-9)
    revenue = sum(rate * wanted.purchases[j, s] for s, rate in duty.items())
    assert found.tariff_revenue[j] == pytest.approx(revenue, rel=1e-9)
    np.testing.assert_allclose(found.deficit, wanted.deficit, atol=1e-9 * wanted.value_added.sum())


def test_groups_keep_the_members_that_are_there(file: IcioFile, tmp_path: Path) -> None:
    found = build_world(file.write(tmp_path / "t.csv"))
    assert found.select("G7") == ("DEU", "USA")
    assert found.groups == load_groups()


# Faults ---------------------------------------------------------------------------------------------------------------


def put(row: str | int, column: str | int, text: str) -> Callable[[list[list[str]]], None]:
    """A change of one cell, by labels or numbers."""

    def change(cells: list[list[str]]) -> None:
        r = row if isinstance(row, int) else [line[0] for line in cells].index(row)
        c = column if isinstance(column, int) else cells[0].index(column)
        cells[r][c] = text

    return change


def drop_row(label: str) -> Callable[[list[list[str]]], None]:
    return lambda cells: cells.remove(next(row for row in cells if row[0] == label))


def drop_column(label: str) -> Callable[[list[list[str]]], None]:
    def change(cells: list[list[str]]) -> None:
        at = cells[0].index(label)
        for row in cells:
            del row[at]

    return change


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (put("DEU_A01", "USA_G", ""), [":5: row DEU_A01, column USA_G: the cell is empty. Write 0"]),
        (put("DEU_A01", "USA_G", "n/a"), [":5: row DEU_A01, column USA_G: 'n/a' is not a finite number"]),
        (put("DEU_A01", "USA_G", "nan"), ["row DEU_A01, column USA_G: 'nan' is not a finite number"]),
        (put("DEU_A01", "USA_G", "-inf"), ["row DEU_A01, column USA_G: '-inf' is not a finite number"]),
        (put("DEU_A01", "USA_G", "1_000"), ["row DEU_A01, column USA_G: '1_000' is not a finite number"]),
        (put("DEU_A01", "USA_G", "-3.5"), ["row DEU_A01, column USA_G: -3.5; sales to industries cannot be negative"]),
        (put("DEU_A01", "MEX_HFCE", "x"), ["row DEU_A01, column MEX_HFCE: 'x' is not a finite number"]),
        (put("VA", "USA_G", ""), ["row VA, column USA_G: the cell is empty"]),
        (put("TLS", "USA_G", "1e999"), ["row TLS, column USA_G: '1e999' is not a finite number"]),
        (put(0, "USA_G", "USAG"), [":1, column 13: the header 'USAG' is not of the form", "missing columns: USA_G"]),
        (put(0, "USA_HFCE", "USA_HFEC"), ["only USA has an industry 'HFEC'. Nearest: HFCE", "columns: USA_HFCE"]),
        (put(0, "USA_G", "USA_A01"), [":1, column 13: USA_A01 is also the header of column 11"]),
        (put("DEU_A01", 0, "DEU_A10"), [":5: the row 'DEU_A10' is neither", "Nearest: DEU_A01", "11 of 12 rows of"]),
        (put("DEU_A01", 0, "CHN_G"), [":5: the row CHN_G stands at line 4 already", "Missing: DEU_A01"]),
        (drop_row("USA_G"), ["11 of 12 rows of sellers are there", "Missing: USA_G. Is the file cut short?"]),
        (drop_row("VA"), ["there is no row of value added (VA or VALU"]),
        (drop_column("USA_NPISH"), ["missing columns: USA_NPISH. Other economies have NPISH."]),
        (drop_column("USA_G"), ["missing columns: USA_G. Other economies have G."]),
        (lambda cells: cells[4].pop(), [":5: row DEU_A01 has 36 cells after its label, and the header has 37"]),
        (lambda cells: cells[4].append("7"), [":5: row DEU_A01 has 38 cells after its label, and the header has 37"]),
    ],
)  # fmt: skip
def test_fault_is_told_with_its_place(
    change: Callable[[list[list[str]]], None], told: list[str], file: IcioFile, tmp_path: Path
) -> None:
    message = refused(file.write(tmp_path / "2022.csv", change), layout="icio")
    for part in told:
        assert part in message
    assert all(line.startswith(str(tmp_path / "2022.csv")) for line in message.splitlines())


def test_all_faults_at_once_and_a_bounded_list(file: IcioFile, tmp_path: Path) -> None:
    """Faults of three kinds; of one there are eighty, of which eight are told."""

    def spoil(cells: list[list[str]]) -> None:
        for row in range(1, 11):
            cells[row][1:9] = ["?"] * 8
        cells[11][5] = "-1"
        cells[12][0] = "XXX_G"

    message = refused(file.write(tmp_path / "t.csv", spoil))
    lines = message.splitlines()
    assert sum("'?' is not a finite number" in line for line in lines) == 8
    assert "and 72 more: cells that hold no number." in message
    assert "cannot be negative" in message
    assert "the row 'XXX_G' is neither" in message


def test_file_cut_short(file: IcioFile, tmp_path: Path) -> None:
    """In the middle of a row: that row is told, and those that are missing are counted."""
    path = file.write(tmp_path / "t.csv")
    text = path.read_text()
    path.write_text(text[: text.index("MEX_C17_18", text.index("\nDEU_G"))] + "MEX_C17_18,1.5,2.2")
    message = refused(path)
    assert ":9: row MEX_C17_18 has 2 cells after its label, and the header has 37. Is the file cut short?" in message
    assert "8 of 12 rows of sellers are there (9 lines). Missing: MEX_G" in message
    assert "there is no row of value added" in message


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"", "the file is empty"),
        (b"\n \n", "the file is empty"),
        (b"a;b;c\n1;2;3\n", "not a CSV file: its columns seem to be separated by ';'"),
        (b"a\tb\n", "separated by tabs"),
        (b"hello\nworld\n", "its first line has one cell only"),
        (b"\x00\x01\x02", "this is a binary file"),
        ("a,b\n".encode("utf-16"), "the file is UTF-16 text"),
        (b"\xe9,b\n1,2\n", ":1: the byte 0xe9 is not UTF-8 text"),
        (b"a,b\r1,2\r", "the lines end in CR alone"),
        (b"year,country,gdp\n2022,USA,1\n", "the headers are neither those of an ICIO table"),
        (b"x,AAA_A,OUT\nAAA_A,1,1\n", "no column of final demand (ECONOMY_HFCE/NPISH/GGFC/GFCF/INVNT/DPABR)"),
        (gzip.compress(b"x,AAA_A,AAA_HFCE\n" * 99, mtime=0)[:40], "cut short or damaged"),
        (b"PAR1 is not enough", "the Parquet file is cut short or damaged"),
    ],
)
def test_what_is_no_table(content: bytes, told: str, tmp_path: Path) -> None:
    path = tmp_path / "table.csv"
    path.write_bytes(content)
    message = refused(path)
    assert told in message
    assert str(path) in message


def test_archives_say_what_they_hold(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "2016-2022_SML.zip", "w") as archive:
        archive.writestr("2022_SML.csv", "x")
    assert "zip archive. Unpack it and give one CSV file. It holds 2022_SML.csv." in refused(
        tmp_path / "2016-2022_SML.zip"
    )
    with zipfile.ZipFile(tmp_path / "t.xlsx", "w") as archive:
        archive.writestr("xl/workbook.xml", "x")
    assert "this is a spreadsheet" in refused(tmp_path / "t.xlsx")
    assert "there is no such file" in refused(tmp_path / "nosuch.csv")
    assert "this is a folder" in refused(tmp_path)


# Balance --------------------------------------------------------------------------------------------------------------


def test_unbalanced_table_names_the_largest_first(file: IcioFile, tmp_path: Path) -> None:
    def spoil(cells: list[list[str]]) -> None:
        put("VA", "USA_G", "1000")(cells)
        at = cells[0].index("DEU_A01")
        row = next(line for line in cells if line[0] == "VA")
        row[at] = repr(float(row[at]) * 1.2)

    message = refused(file.write(tmp_path / "t.csv", spoil), TableError)
    assert "t.csv: the table does not balance: 2 sums differ by more than 0.001" in message
    assert message.index("USA G sells") < message.index("DEU A01 sells")
    assert "its inputs, taxes and value added are" in message
    assert "--tolerance" in message


def test_stated_output_must_agree_too(file: IcioFile, tmp_path: Path) -> None:
    path = file.write(tmp_path / "t.csv", put("OUT", "USA_G", "1"))
    assert re.search(r"USA G sells .*, the row of output states 1 ", refused(path, TableError))
    path = file.write(tmp_path / "t.csv", put("MEX_G", "OUT", "2"))
    assert re.search(r"MEX G sells .*, the column of output states 2 ", refused(path, TableError))


def test_rounding_of_the_published_table_ends_in_value_added(
    file: IcioFile, wanted: halys.World, tmp_path: Path
) -> None:
    """Value added 0.05 % too high in the file passes, the flows stay, and the gap is told."""

    def spoil(cells: list[list[str]]) -> None:
        row = next(line for line in cells if line[0] == "VA")
        row[1] = repr(float(row[1]) + 0.0005 * float(wanted.output[0, 0]))

    path = file.write(tmp_path / "t.csv", spoil)
    found = build_world(path)
    assert_same(found, wanted)
    (gaps, *others) = found.provenance["adjustments"]
    assert gaps["cells"] == 1
    assert gaps["amount"] == pytest.approx(0.0005 * wanted.output[0, 0], rel=1e-6)
    assert gaps["largest"][0]["where"] == "CHN A01"
    assert [entry["cells"] for entry in others] == [0, 0, 0]
    assert "differ by more than 0.0001" in refused(path, TableError, tolerance=1e-4)


def test_categories_are_those_of_the_oecd() -> None:
    assert abs(SPREAD.sum() - 1.0) < 1e-12
    assert CATEGORIES[SPREAD.argmin()] == "INVNT"
