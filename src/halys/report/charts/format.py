"""Numbers as readers see them: as many digits as say something, a real minus sign, the unit with them."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from halys.answer.results import NOTHING

NARROW = "\u202f"  # a narrow space that does not break


def plain(value: float) -> str:
    """A number without sign rules: 157, 13.2, 1.3, 0.082; 1,234 from a thousand on."""
    size = abs(value)
    if not math.isfinite(value):
        return "–"
    if size < NOTHING:
        return "0"
    digits = 0 if size >= 99.95 else 1 if size >= 9.995 else 2 if size >= 0.095 else 1 - math.floor(math.log10(size))
    text = f"{size:,.{min(digits, 6)}f}"
    text = text.rstrip("0").rstrip(".") if "." in text else text
    return f"−{text}" if value < 0 else text


def exact(value: float) -> str:
    """A number of a scenario as its file has it, to six digits: 1.0375, 0.259, 12.5."""
    return f"{value:.6g}".replace("-", "−")


def rounded(value: float) -> str:
    """A number that was computed, to three digits: 0.182, 1.02, 1240."""
    return exact(float(f"{value:.3g}"))


def signed(value: float) -> str:
    """A change with its sign. What would print as zero at three decimals is said to be about nothing."""
    size = abs(value)
    if not math.isfinite(value):
        return "–"
    if size < 0.0005:
        return "0" if size < NOTHING else "≈0"
    digits = 0 if size >= 99.95 else 1 if size >= 9.995 else 2 if size >= 0.00995 else 3
    return f"{'−' if value < 0 else '+'}{size:,.{digits}f}"


def percent(value: float) -> str:
    """A change in per cent with its sign."""
    return f"{signed(value)}{NARROW}%"


def billions(value: float) -> str:
    """A change in billion US dollars with its sign."""
    return f"{signed(value)}{NARROW}bn"


def change(value: float, billion: float) -> str:
    """Both: `−0.92 % (−157 bn)`."""
    return f"{percent(value)} ({billions(billion)})"


def share(entry: Mapping[str, Any]) -> str:
    """`37 % (± 0.5)`; the standard error in points. Where all paths agree, the bound that 95 % confidence leaves."""
    if entry["share"] in (0.0, 1.0) and entry["paths"]:
        bound = 300.0 / entry["paths"]
        return f"under {plain(bound)} %" if entry["share"] == 0.0 else f"over {100.0 - bound:.4g} %"
    error = entry["standard_error"]
    return f"{plain(100 * entry['share'])} %" + ("" if error is None else f" (± {plain(100 * error)})")


def brief(entry: Mapping[str, Any]) -> str:
    """The share alone, `37 %`; where no path has it, below what."""
    if entry["share"] == 0.0 and entry["paths"]:
        return f"<{plain(300.0 / entry['paths'])} %"
    return f"{plain(100 * entry['share'])} %"
