"""What the section `correlations` of a scenario file may say: numbers that are not drawn independently."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, Field

from halys.measures.numbers import Finite
from halys.scenario.schema_base import MODEL, Text


class Correlation(BaseModel):
    """Two numbers whose draws go along with each other, by Spearman's correlation of their ranks."""

    model_config = MODEL

    between: Annotated[list[Text], Field(min_length=2, max_length=2)]
    """Two numbers with a range: the id of an assumption or of a posterior, or the place of a number in the file."""
    rank: Annotated[Finite, Field(gt=-1, lt=1)]
    """Between -1 and 1, neither included: above 0 both are high together."""
    source: Text
    """An id under `sources`: who found it, or whose judgement it is."""
    note: Text | None = None
