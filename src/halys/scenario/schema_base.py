"""What models of a scenario file share: ids, texts and days that are checked, exposures, how a model is set up."""

from __future__ import annotations

import datetime
import re
from typing import Annotated, Any, Final

from pydantic import AfterValidator, ConfigDict, Field

from halys.measures.numbers import Bounds, Number, Quantity

ID_PATTERN: Final = r"[a-z0-9]+(-[a-z0-9]+)*"
LONGEST_ID: Final = 60


def _check_id(text: str) -> str:
    if not re.fullmatch(ID_PATTERN, text) or len(text) > LONGEST_ID:
        raise ValueError(
            f"{text!r} is not an id. Write lowercase letters, digits and single hyphens, such as export-ban"
        )
    return text


# Escapes for the terminal, and marks that reverse the order in which letters are shown.
_HIDDEN = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069]")


def _check_text(text: str) -> str:
    found = _HIDDEN.search(text)
    if found:
        raise ValueError(f"the text holds the invisible character U+{ord(found[0]):04X}. Remove it")
    return text


def _check_day(text: str) -> str:
    try:
        parts = [int(part) for part in text.split("-")]
        if re.fullmatch(r"\d{4}(-\d{2}(-\d{2})?)?", text) and datetime.date(*[*parts, 1, 1][:3]):
            return text
    except ValueError:
        pass
    raise ValueError(f"{text!r} is not a date. Write YYYY, YYYY-MM or YYYY-MM-DD, in quotes")


_ID_SCHEMA: Any = {"pattern": f"^{ID_PATTERN}$", "maxLength": LONGEST_ID}
_DAY_SCHEMA: Any = {"pattern": r"^\d{4}(-\d{2}(-\d{2})?)?$"}

Id = Annotated[str, AfterValidator(_check_id), Field(json_schema_extra=_ID_SCHEMA)]
Text = Annotated[str, Field(min_length=1), AfterValidator(_check_text)]
Day = Annotated[str, AfterValidator(_check_day), Field(json_schema_extra=_DAY_SCHEMA)]
When = dict[Id, Id | Annotated[list[Id], Field(min_length=1)]]
"""Earlier moves: by stage a move, or a list of moves of which one was made."""

MODEL: Final = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)
"""How every model of a file is set up."""

EXPOSURE: Final = Bounds(-1.0, 1.0, "between -1 and 1")


def _check_stated(number: float | Quantity) -> float | Quantity:
    if isinstance(number, Quantity):
        if number.value not in (-1, 0, 1) or number.low is not None or number.high is not None:
            lacking = [name for name in ("low", "high", "source") if getattr(number, name) is None]
            if lacking:
                raise ValueError(
                    f"an exposure is a judgement: it needs low, high and source; {', '.join(lacking)} missing"
                )
    elif number not in (-1, 0, 1):
        raise ValueError(
            f"the exposure is {number:g} without range and source; a plain one is -1, 0 or 1. "
            "Write {value, low, high, source}, or the name of an assumption"
        )
    return number


Exposure = Annotated[Number, EXPOSURE, AfterValidator(_check_stated)]
"""How much of a stake is at work: -1, 0 or 1, or a judgement with its range."""
