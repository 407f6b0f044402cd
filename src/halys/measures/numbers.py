"""Numbers with their range, unit and source: what a scenario or an instrument may write wherever it needs a number."""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import pairwise
from typing import Annotated, Any, Final, Literal

from pydantic import (
    BaseModel,
    ConfigDict,
    Discriminator,
    Field,
    GetCoreSchemaHandler,
    GetJsonSchemaHandler,
    Strict,
    Tag,
    field_serializer,
    model_validator,
)
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema, core_schema

from halys.errors import InputError

Finite = Annotated[float, Strict(), Field(allow_inf_nan=False)]
Distribution = Literal["uniform", "triangular", "pert", "loguniform", "normal", "lognormal", "beta", "discrete"]
_SUM: Final = 1e-9  # by how much probabilities may miss 1


class Quantity(BaseModel):
    """A number with what is known about it.

    `value` is what a single run uses. `low` and `high` bound it, `distribution` says how it is spread between them
    (both are carried with every result). `source` names an entry of the scenario's `sources`. `assumption` is the id
    of the assumption of a scenario that the number was taken from; files write the id instead of the number.
    A `discrete` number is one of `values`, rising, each with one of `probabilities`; its ends follow from them.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    value: Finite
    low: Finite | None = None
    high: Finite | None = None
    distribution: Distribution | None = None
    values: tuple[Finite, ...] | None = None
    probabilities: tuple[Finite, ...] | None = None
    unit: str | None = None
    source: str | None = None
    assumption: str | None = None

    @model_validator(mode="before")
    @classmethod
    def _ends_of_values(cls, given: Any) -> Any:
        """The ends of a discrete number that leaves them out; what is no list of numbers is refused as a field."""
        values = given.get("values") if isinstance(given, dict) else None
        if not (isinstance(values, list | tuple) and values and all(map(_is_number, values))):
            return given
        return {"low": min(values), "high": max(values), **given}

    @model_validator(mode="after")
    def _ordered(self) -> Quantity:
        if self.low is not None and self.high is not None and self.low > self.high:
            raise ValueError(f"low is {self.low:g} and high is {self.high:g}; low must not exceed high")
        if self.low is not None and self.value < self.low:
            raise ValueError(f"value is {self.value:g}, below its own low {self.low:g}")
        if self.high is not None and self.value > self.high:
            raise ValueError(f"value is {self.value:g}, above its own high {self.high:g}")
        if self.distribution is not None and (self.low is None or self.high is None):
            needed = "values and probabilities" if self.distribution == "discrete" else "low and high"
            raise ValueError(f"distribution {self.distribution!r} needs {needed}")
        if self.distribution in ("loguniform", "lognormal") and self.low is not None and self.low <= 0:
            raise ValueError(
                f"distribution {self.distribution!r} needs low greater than 0, and it is {self.low:g}: there are no "
                "logarithms at or below 0"
            )
        if self.distribution == "beta" and self.ranged and self.value in (self.low, self.high):
            raise ValueError(
                f"distribution 'beta' has its mean, value, between low and high, and it is {self.value:g}. Write pert "
                "for a most likely value at an end"
            )
        self._check_values()
        return self

    def _check_values(self) -> None:
        """Refuses values and probabilities that are no discrete distribution."""
        lists = {"values": self.values, "probabilities": self.probabilities}
        stated = [name for name, given in lists.items() if given is not None]
        if self.distribution != "discrete":
            if stated:
                raise ValueError(f"{' and '.join(stated)} belong to distribution: discrete. Write it, or remove them")
            return
        if self.values is None or self.probabilities is None:
            raise ValueError("distribution 'discrete' needs values and probabilities, two lists of the same length")
        if len(self.values) != len(self.probabilities):
            raise ValueError(
                f"there are {len(self.values)} values and {len(self.probabilities)} probabilities. Give each value one"
            )
        if len(self.values) < 2 or any(a >= b for a, b in pairwise(self.values)):
            raise ValueError(f"values must be two or more and rise; they are {_listed(self.values) or 'none'}")
        if min(self.probabilities) <= 0:
            raise ValueError(
                f"probabilities must be greater than 0; they are {_listed(self.probabilities)}. Leave out what never "
                "happens"
            )
        total = math.fsum(self.probabilities)
        if abs(total - 1.0) > _SUM:
            raise ValueError(f"probabilities must sum to 1; they sum to {total:.10g}")
        if (self.low, self.high) != (self.values[0], self.values[-1]):
            raise ValueError(
                f"low and high follow from values, {self.values[0]:g} and {self.values[-1]:g}. Leave them out"
            )
        if self.value not in self.values:
            raise ValueError(f"value is {self.value:g}, which is none of its values: {_listed(self.values)}")

    @field_serializer("values", "probabilities")
    def _in_a_cell(self, given: tuple[float, ...] | None) -> str | None:
        """As text: what is dumped of a number goes into tables, whose cells hold no lists."""
        return None if given is None else ", ".join(map(repr, given))

    @property
    def ranged(self) -> bool:
        """Whether it may be any of several numbers."""
        return self.low is not None and self.high is not None and self.low < self.high


def _is_number(given: object) -> bool:
    return isinstance(given, int | float) and not isinstance(given, bool)


def _listed(given: tuple[float, ...]) -> str:
    return ", ".join(f"{x:g}" for x in given)


def _branch(given: Any) -> str:
    return "quantity" if isinstance(given, dict | Quantity) else "number"


Number = Annotated[
    Annotated[Finite, Tag("number")] | Annotated[Quantity, Tag("quantity")],
    Discriminator(_branch),
]


def value_of(number: float | Quantity) -> float:
    """The number that a single run uses."""
    return number.value if isinstance(number, Quantity) else number


def highest_of(number: float | Quantity) -> float:
    """The high end of the number's range; its value where that is higher, as an override may be, or stands alone."""
    q = as_quantity(number)
    return q.value if q.high is None else max(q.value, q.high)


def lowest_of(number: float | Quantity) -> float:
    """The low end of the number's range; its value where that is lower, as an override may be, or stands alone."""
    q = as_quantity(number)
    return q.value if q.low is None else min(q.value, q.low)


def as_quantity(number: float | Quantity) -> Quantity:
    """The number with what is known about it: of a plain number, nothing but its value."""
    return number if isinstance(number, Quantity) else Quantity(value=number)


def with_value(number: float | Quantity, value: float) -> float | Quantity:
    """The same number at another value; what is known about it stays."""
    return number.model_copy(update={"value": value}) if isinstance(number, Quantity) else value


@dataclass(frozen=True)
class Bounds:
    """Keeps a number and the ends of its range between bounds; stands in the type of a field.

    Attributes:
        low, high: the bounds, None where there is none; `above` and `below`: whether they are themselves excluded.
        allowed: the bounds in words.
    """

    low: float | None
    high: float | None
    allowed: str
    above: bool = False
    below: bool = False

    def fits(self, x: float) -> bool:
        """Whether a number is finite and within the bounds."""
        too_low = self.low is not None and (x <= self.low if self.above else x < self.low)
        too_high = self.high is not None and (x >= self.high if self.below else x > self.high)
        return math.isfinite(x) and not (too_low or too_high)

    def check(self, number: float | Quantity) -> float | Quantity:
        """The number, if it and its range are within the bounds; else ValueError."""
        parts: list[tuple[str, float | None]] = [("", value_of(number))]
        if isinstance(number, Quantity):
            parts += [("low of ", number.low), ("high of ", number.high)]
        for which, x in parts:
            if x is not None and not self.fits(x):
                raise ValueError(f"{which}the number is {x:g}; it must be {self.allowed}")
        return number

    def require(self, x: float, what: str) -> None:
        """Refuses a number from Python that is out of bounds: InputError."""
        if not self.fits(x):
            raise InputError(f"{what} is {x:g}; it must be {self.allowed}.")

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.no_info_after_validator_function(self.check, handler(source))

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        found = handler(schema)
        ends = {"exclusiveMinimum" if self.above else "minimum": self.low}
        ends |= {"exclusiveMaximum" if self.below else "maximum": self.high}
        limits = {name: end for name, end in ends.items() if end is not None}
        for key in ("oneOf", "anyOf"):
            found[key] = [entry | limits if entry.get("type") == "number" else entry for entry in found.get(key, [])]
        return {name: part for name, part in found.items() if part} | {"description": f"Must be {self.allowed}."}


RATE: Final = Bounds(
    0.0, 1e3, "0 or more, as a fraction (0.25 is 25 %), and at most 1000; subsidies are not tariffs below 0"
)
SHARE: Final = Bounds(0.0, 1.0, "between 0 and 1")
COST_FACTOR: Final = Bounds(
    1.0, 1e6, "1 or more (1.25 adds 25 % to the cost of delivery) and at most a million; a full embargo is a ban"
)
POSITIVE_FACTOR: Final = Bounds(1e-3, 1e3, "greater than 0, from 0.001 to 1000 (0.95 takes 5 % off productivity)")
AMOUNT: Final = Bounds(0.0, None, "0 or more, in billion US dollars a year")

Rate = Annotated[Number, RATE]
Share = Annotated[Number, SHARE]
CostFactor = Annotated[Number, COST_FACTOR]
PositiveFactor = Annotated[Number, POSITIVE_FACTOR]
Amount = Annotated[Number, AMOUNT]
