"""The section `repetition`: the threat of the focus, met again on further occasions (`halys.strategy.repetition`)."""

from __future__ import annotations

from typing import Annotated, Any, Final, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from halys.measures.numbers import Bounds, Number
from halys.scenario.schema_base import Id, Text

LONGEST_HORIZON: Final = 50

DISCOUNT_FACTOR: Final = Bounds(
    0.0,
    1.0,
    "greater than 0 and less than 1: what a year from now counts today (0.97 is a rate of about 3 % a year). At 1 or "
    "more what never ends would be worth more than anything today",
    above=True,
    below=True,
)
OCCASIONS: Final = Bounds(0.0, 365.0, "greater than 0 and at most 365 occasions a year", above=True)
PRIOR: Final = Bounds(
    0.0,
    1.0,
    "a probability greater than 0 and less than 1; leave it out where the type is known",
    above=True,
    below=True,
)
REPETITION_BOUNDS: Final = {"discount": DISCOUNT_FACTOR, "occasions_per_year": OCCASIONS, "tough": PRIOR}


def _check_horizon(given: Any) -> Any:
    whole = isinstance(given, int) and not isinstance(given, bool) and 1 <= given <= LONGEST_HORIZON
    if given == "infinite" or whole:
        return given
    raise ValueError(
        f"{given!r} is not allowed here. Write infinite, where no occasion is known to be the last, or how many there "
        f"are: a whole number from 1 to {LONGEST_HORIZON}"
    )


class Repetition(BaseModel):
    """The decision of the focus on many distinct occasions, each with a target of its own and the same sender."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)

    label: Text
    """What the occasions are."""
    discount: Annotated[Number, DISCOUNT_FACTOR]
    """What a year from now counts for the sender today, a factor below 1."""
    occasions_per_year: Annotated[Number, OCCASIONS]
    horizon: Annotated[
        Literal["infinite"] | Annotated[int, Field(ge=1, le=LONGEST_HORIZON)], BeforeValidator(_check_horizon)
    ] = "infinite"
    """infinite: no occasion is known to be the last; or the number of occasions, which all know."""
    tough: Annotated[Number, PRIOR] | None = None
    """Prior probability that the sender carries out every threat whatever it costs; needs a number of occasions."""
    instead_of: list[Id] = []
    """Stakes of the sender that stand for its reputation in a single game; here they are 0, or it would count twice."""
    summary: Text | None = None
    limits: Text | None = None
    sources: list[Id] = []
