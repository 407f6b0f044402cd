"""Select the arrays of the NAFTA reference run from the converted data of the public replication.

The R package paulofelipe/cp2015 (MIT) ships `data/cp2015_nafta.rda`. Its conversion to NumPy holds 21 arrays, most of
them shares that follow from the others. This script keeps those that the run reads, checks that the rest indeed follow,
and writes `src/halys/validation/data/cp2015_nafta.npz`. What it prints goes into `SOURCE.md` beside it, where the terms
of the data are.

Run: python tools/build_nafta.py CONVERTED.npz
"""

from __future__ import annotations

import argparse
import hashlib
from pathlib import Path

import numpy as np

OUT = Path(__file__).resolve().parent.parent / "src" / "halys" / "validation" / "data" / "cp2015_nafta.npz"
KEPT = (
    "regions",
    "sectors",
    "trade_value",
    "tariff",
    "tariff_cfl",
    "intermediate",
    "final",
    "value_added",
    "theta",
)


def check(data: dict[str, np.ndarray]) -> None:
    """What is left out must follow from what is kept; the experiment changes tariffs only.

    Raises:
        SystemExit: it does not.
    """
    purchases = (data["trade_value"] * (1 + data["tariff"])).sum(axis=1).T
    output = data["intermediate"].sum(axis=0).T + data["value_added"]
    deficit = data["trade_value"].sum(axis=(0, 1)) - data["trade_value"].sum(axis=(0, 2))
    same = {
        "X": np.allclose(purchases, data["X"], rtol=1e-9),
        "Y": np.allclose(output, data["Y"], rtol=1e-9),
        "D": np.allclose(deficit, data["D"], rtol=1e-9, atol=1e-6 * np.abs(data["D"]).max()),
        "tariff_bln": np.array_equal(data["tariff"], data["tariff_bln"]),
        "d_bln": bool((data["d_bln"] == 1).all()),
        "d_cfl": bool((data["d_cfl"] == 1).all()),
    }
    wrong = [name for name, holds in same.items() if not holds]
    if wrong:
        raise SystemExit(f"{', '.join(wrong)} do not follow from the arrays that are kept.")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("converted", type=Path, help="the converted data, cp2015_nafta.npz")
    source = parser.parse_args().converted
    with np.load(source) as stored:
        data = {name: stored[name] for name in stored.files}
    check(data)
    OUT.parent.mkdir(parents=True, exist_ok=True)
    np.savez_compressed(OUT, **{name: data[name] for name in KEPT})
    for label, file in (("read", source), ("wrote", OUT)):
        print(
            f"{label} {file.name}: {file.stat().st_size} bytes, sha256 {hashlib.sha256(file.read_bytes()).hexdigest()}"
        )


if __name__ == "__main__":
    main()
