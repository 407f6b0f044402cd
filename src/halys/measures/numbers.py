"""Numbers with their range, unit and source: what a scenario or an instrument may write wherever it needs a number."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Discriminator, Field, Strict, Tag, model_validator

Finite = Annotated[float, Strict(), Field(allow_inf_nan=False)]
Distribution = Literal["uniform", "triangular", "pert", "loguniform", "normal", "lognormal", "beta"]


class Quantity(BaseModel):
    """A number with what is known about it.

    `value` is what a single run uses. `low` and `high` bound it, `distribution` says how it is spread between them
    (both are carried with every result). `source` names an entry of the scenario's `sources`.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    value: Finite
    low: Finite | None = None
    high: Finite | None = None
    distribution: Distribution | None = None
    unit: str | None = None
    source: str | None = None

    @model_validator(mode="after")
    def _ordered(self) -> Quantity:
        if self.low is not None and self.high is not None and self.low > self.high:
            raise ValueError(f"low is {self.low:g} and high is {self.high:g}; low must not exceed high")
        if self.low is not None and self.value < self.low:
            raise ValueError(f"value is {self.value:g}, below its own low {self.low:g}")
        if self.high is not None and self.value > self.high:
            raise ValueError(f"value is {self.value:g}, above its own high {self.high:g}")
        if self.distribution == "loguniform" and self.low is not None and self.low <= 0:
            raise ValueError("distribution 'loguniform' needs low greater than 0")
        if self.distribution is not None and (self.low is None or self.high is None):
            raise ValueError(f"distribution {self.distribution!r} needs low and high")
        return self


def _branch(given: Any) -> str:
    return "quantity" if isinstance(given, dict | Quantity) else "number"


Number = Annotated[
    Annotated[Finite, Tag("number")] | Annotated[Quantity, Tag("quantity")],
    Discriminator(_branch),
]


def value_of(number: float | Quantity) -> float:
    """The number that a single run uses."""
    return number.value if isinstance(number, Quantity) else number


def within(low: float | None, high: float | None, allowed: str) -> AfterValidator:
    """A validator that keeps a number and the ends of its range between bounds; `allowed` says which, in words."""

    def check(number: float | Quantity) -> float | Quantity:
        parts: list[tuple[str, float | None]] = [("", value_of(number))]
        if isinstance(number, Quantity):
            parts += [("low of ", number.low), ("high of ", number.high)]
        for which, x in parts:
            if x is None:
                continue
            if (low is not None and x < low) or (high is not None and x > high):
                raise ValueError(f"{which}the number is {x:g}; it must be {allowed}")
        return number

    return AfterValidator(check)


Rate = Annotated[
    Number,
    within(0.0, 1e3, "0 or more, as a fraction (0.25 is 25 %), and at most 1000; subsidies are not tariffs below 0"),
]
Share = Annotated[Number, within(0.0, 1.0, "between 0 and 1")]
CostFactor = Annotated[
    Number,
    within(
        1.0, 1e6, "1 or more (1.25 adds 25 % to the cost of delivery) and at most a million; a full embargo is a ban"
    ),
]
PositiveFactor = Annotated[
    Number, within(1e-3, 1e3, "greater than 0, from 0.001 to 1000 (0.95 takes 5 % off productivity)")
]
Amount = Annotated[Number, within(0.0, None, "0 or more, in billion US dollars a year")]
