"""What the models of a scenario file are made of: ids, texts and dates."""

from __future__ import annotations

import datetime
import re
from typing import Annotated, Any, Final

from pydantic import AfterValidator, Field

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
"""Stage: a move, or a list of moves of which one was made."""
