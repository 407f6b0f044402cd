"""Build the bundled world `icio-2022` from the benchmark network that the package `sanction-simulator` carries.

The package (MIT) holds a lossless copy of the OECD Inter-Country Input-Output tables, 2025 release, reference year
2022, without the rest of the world and without the destination of final sales. This script fetches its wheel into a
temporary folder, recovers final sales by import proportionality read backwards, checks the accounts and writes

    src/halys/world/data/icio-2022.npz   flows and intermediate use, USD million, float64, compressed
    src/halys/world/data/icio-2022.json  names, provenance, and the sha256 of the data file

The package is never a dependency. Run: python tools/build_world.py [--wheel FILE]
"""

from __future__ import annotations

import argparse
import csv
import hashlib
import io
import json
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

import numpy as np
from scipy.optimize import nnls

PACKAGE = "sanction-simulator==0.1.4"
WHEEL_SHA256 = "1c29bce64dd5e15d14b956556fc544cae21ac504f0cea07558019c4b9eae4909"
DATA = Path(__file__).resolve().parent.parent / "src" / "halys" / "world" / "data"
NOTE = (
    "The baseline is the year 2022, not the year before the war: ten months of sanctions are already in the trade of "
    "Russia. Where sanctions had ended trade, the model finds nothing left to lose and understates the loss of Russia; "
    "where trade went on, it cuts again what had already been cut and overstates it. Read differences between "
    "histories first."
)
NEGLIGIBLE = 1e-9  # a final sale below this share of its seller's final sales is set to zero


def fetch_wheel(folder: Path) -> Path:
    """Download the pinned wheel; pip itself refuses a file whose sha256 differs."""
    wanted = folder / "wanted.txt"
    wanted.write_text(f"{PACKAGE} --hash=sha256:{WHEEL_SHA256}\n", encoding="utf-8")
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--require-hashes"]
    subprocess.run([*command, "--dest", str(folder), "--requirement", str(wanted)], check=True)
    return next(folder.glob("*.whl"))


def read_wheel(wheel: Path) -> tuple[dict[str, np.ndarray], dict[str, str], dict[str, str]]:
    """The benchmark arrays and the names of economies and industries."""
    if hashlib.sha256(wheel.read_bytes()).hexdigest() != WHEEL_SHA256:
        raise SystemExit(f"{wheel} is not the pinned release of {PACKAGE}: its sha256 differs.")
    with zipfile.ZipFile(wheel) as archive:
        arrays = dict(np.load(io.BytesIO(archive.read("sanction_simulator/data/bench_cache.npz"))))

        def names(stem: str) -> dict[str, str]:
            text = archive.read(f"sanction_simulator/data/OECD_ICIO_2025_{stem}_code_mapping.csv").decode("utf-8-sig")
            return {row[0].strip(): row[1].strip() for row in list(csv.reader(io.StringIO(text)))[1:]}

        return arrays, names("country"), names("sector")


def final_sales(intermediate_sales: np.ndarray, sold_to_users: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Final sales by destination (industry, exporter, importer) from each seller's total.

    Import proportionality: an economy's final purchases of a product come from the same origins, in the same shares, as
    its intermediate purchases of it. Read backwards: find final demand F >= 0 with sum_j m_ij F_j nearest to what
    seller i sold to final users, then scale each seller's row to hit its total exactly. Returns the sales and, by
    industry, the relative residual of the least-squares fit.
    """
    count, economies, _ = intermediate_sales.shape
    bought = intermediate_sales.sum(axis=1)
    own = np.eye(economies)
    sales = np.zeros_like(intermediate_sales)
    misfit = np.zeros(count)
    for s in range(count):
        used = bought[s] > 0
        share = np.where(used, intermediate_sales[s] / np.where(used, bought[s], 1.0), own)
        demand, residual = nnls(share, sold_to_users[s], maxiter=100 * economies)
        misfit[s] = residual / sold_to_users[s].sum()
        rows = share * demand
        unsold = rows.sum(axis=1) <= 0
        rows[unsold] = own[unsold]
        rows[rows < NEGLIGIBLE * rows.sum(axis=1, keepdims=True)] = 0.0
        sales[s] = rows * (sold_to_users[s] / rows.sum(axis=1))[:, None]
    return sales, misfit


def build(bench: dict[str, np.ndarray]) -> tuple[dict[str, np.ndarray], np.ndarray]:
    """Flows (industry, exporter, importer), intermediate (input, industry, economy) and final (economy, industry)."""
    economies, industries = len(bench["countries"]), len(bench["sectors"])
    cost = bench["omb"] * bench["s"]
    uses = (bench["A"] * cost).reshape(industries, economies, industries, economies)
    to_industries = uses.sum(axis=2)
    final, misfit = final_sales(to_industries, bench["z"].reshape(industries, economies))
    table = {"flows": to_industries + final, "intermediate": uses.sum(axis=1), "final": final.sum(axis=1).T.copy()}
    return table, misfit


def check(table: dict[str, np.ndarray], bench: dict[str, np.ndarray]) -> None:
    """Refuse to write a table whose accounts do not close."""
    flows, intermediate, final = table["flows"], table["intermediate"], table["final"]
    output = flows.sum(axis=2)
    published = bench["s"].reshape(output.shape)
    used = intermediate.sum(axis=1) + final.T
    value_added = output - intermediate.sum(axis=0)
    problems = []
    if not np.allclose(output, published, rtol=1e-12, atol=0):
        problems.append("output differs from the source")
    if not np.allclose(used, flows.sum(axis=1), rtol=1e-12, atol=0):
        problems.append("uses differ from purchases")
    if value_added.min() < -1e-9 * output.max():
        problems.append("negative value added")
    if abs(final.sum() - value_added.sum()) > 1e-12 * value_added.sum():
        problems.append("world spending differs from world income")
    if problems:
        raise SystemExit("The table does not close: " + "; ".join(problems))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--wheel", type=Path, help="an already downloaded wheel of " + PACKAGE)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        bench, economy_names, industry_names = read_wheel(options.wheel or fetch_wheel(Path(folder)))
    table, misfit = build(bench)
    check(table, bench)
    economies = [str(code) for code in bench["countries"]]
    industries = [str(code) for code in bench["sectors"]]
    packed = io.BytesIO()
    np.savez_compressed(packed, economies=economies, industries=industries, **table)
    record = {
        "id": "icio-2022",
        "title": "OECD Inter-Country Input-Output tables, 2025 release, reference year 2022",
        "note": NOTE,
        "year": 2022,
        "unit": 1e6,
        "sha256": hashlib.sha256(packed.getvalue()).hexdigest(),
        "made_by": "tools/build_world.py",
        "made_from": {"package": PACKAGE, "wheel_sha256": WHEEL_SHA256},
        "largest_misfit_of_final_demand": {industries[s]: round(float(misfit[s]), 6) for s in np.argsort(-misfit)[:5]},
        "economies": {code: economy_names[code] for code in economies},
        "industries": {code: industry_names[code] for code in industries},
    }
    (DATA / "icio-2022.npz").write_bytes(packed.getvalue())
    text = json.dumps(record, ensure_ascii=False, indent=1) + "\n"
    (DATA / "icio-2022.json").write_text(text, encoding="utf-8")
    value_added = table["flows"].sum() - table["intermediate"].sum()
    print(f"icio-2022.npz: {len(packed.getvalue()) / 1e6:.2f} MB, value added {value_added / 1e6:.2f} trillion USD")


if __name__ == "__main__":
    main()
