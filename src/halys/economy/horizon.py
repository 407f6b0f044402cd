"""Horizons: sets of elasticities. The long run lets factors move between industries and origins replace each other.

The trade elasticity theta is (minus) the elasticity of the ratio of two origins' sales in the ratio of their prices.
Its default is by product, from Caliendo and Parro (2015) mapped to the industries of the table
(`data/trade_elasticity.yaml`), and 5 for services.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib import resources
from typing import NamedTuple

import numpy as np
import yaml
from numpy.typing import NDArray

from halys.errors import InputError, UnknownNameError, did_you_mean

Array = NDArray[np.float64]
_LARGEST = 200.0  # beyond this origins are one good and powers of prices leave the range of floats


class Elasticity(NamedTuple):
    """One row of the default table: value, the estimated sector it comes from, and why that sector."""

    theta: float
    sector: str
    reason: str


class ElasticityTable(NamedTuple):
    """Default trade elasticities by industry code, with their source in full and in short."""

    source: str
    label: str
    industries: Mapping[str, Elasticity]


@functools.cache
def load_trade_elasticities() -> ElasticityTable:
    """The default trade elasticity of every industry of the bundled world, with source and reason."""
    text = resources.files("halys.economy").joinpath("data/trade_elasticity.yaml").read_text(encoding="utf-8")
    record = yaml.load(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))
    rows = {
        code: Elasticity(float(row["theta"]), row["sector"], row["reason"])
        for code, row in record["industries"].items()
    }
    return ElasticityTable(record["source"], record["label"], rows)


@dataclass(frozen=True)
class Horizon:
    """A set of elasticities.

    Attributes:
        name: "long".
        trade_elasticity: theta > 0, one number for all industries or {industry: number}; industries that the mapping
            leaves out, and all of them where it is None, take the default table.
        trade_elasticity_factor: > 0, multiplies every theta, of the default table and given; 1 leaves them.
    """

    name: str = "long"
    trade_elasticity: float | Mapping[str, float] | None = None
    trade_elasticity_factor: float = 1.0

    def __post_init__(self) -> None:
        _require_positive("trade_elasticity_factor", self.trade_elasticity_factor)
        given = self.trade_elasticity
        if given is None:
            return
        rows = given.items() if isinstance(given, Mapping) else [("", given)]
        for code, value in rows:
            where = f"trade_elasticity[{code!r}]" if code else "trade_elasticity"
            _require_positive(where, value, ", or a mapping from industry to number")
        if isinstance(given, Mapping):
            object.__setattr__(self, "trade_elasticity", dict(given))

    def __hash__(self) -> int:
        given = self.trade_elasticity
        rows = tuple(sorted(given.items())) if isinstance(given, Mapping) else given
        return hash((self.name, rows, self.trade_elasticity_factor))

    @classmethod
    def long(
        cls, trade_elasticity: float | Mapping[str, float] | None = None, trade_elasticity_factor: float = 1.0
    ) -> Horizon:
        """The long run: Cobb-Douglas between inputs and in consumption, factors move freely between industries."""
        return cls("long", trade_elasticity, trade_elasticity_factor)

    def theta(self, industries: Sequence[str]) -> Array:
        """theta (industry,) for these industries, in their order.

        Raises:
            UnknownNameError: the mapping names an industry that is not among them.
            InputError: an industry for which neither the mapping nor the default table has a value, or for which the
                factor makes it too large.
        """
        theta = self.trade_elasticity_factor * self._before_factor(industries)
        if theta.size and theta.max() > _LARGEST:
            at = int(theta.argmax())
            raise InputError(
                f"trade_elasticity_factor {self.trade_elasticity_factor:g} makes the trade elasticity of "
                f"{industries[at]} {theta[at]:g}; it must be at most {_LARGEST:g}. "
                "Take a smaller factor, or a smaller elasticity there."
            )
        return theta

    def _before_factor(self, industries: Sequence[str]) -> Array:
        given = self.trade_elasticity
        if given is not None and not isinstance(given, Mapping):
            return np.full(len(industries), float(given))
        own = given or {}
        for code in own:
            if code not in industries:
                raise UnknownNameError(
                    f"trade_elasticity names {code!r}, which is not an industry of this world."
                    f"{did_you_mean(code, industries)}"
                )
        table = load_trade_elasticities().industries
        lacking = [code for code in industries if code not in own and code not in table]
        if lacking:
            raise InputError(
                f"no trade elasticity is known for {', '.join(lacking[:6])}{' ...' if len(lacking) > 6 else ''}. "
                "Give one: Horizon.long(trade_elasticity=5.0), or a mapping from industry to number."
            )
        return np.array([float(own[code]) if code in own else table[code].theta for code in industries])

    def describe(self) -> str:
        """The elasticities in words, for reports."""
        given, factor = self.trade_elasticity, self.trade_elasticity_factor
        times = (
            ""
            if factor == 1.0
            else f", {'all ' if given is None or isinstance(given, Mapping) else ''}times {factor:g}"
        )
        if given is None:
            return f"{self.name} run, trade elasticities by industry ({load_trade_elasticities().label}){times}"
        if isinstance(given, Mapping):
            return f"{self.name} run, trade elasticities by industry, {len(given)} of them given{times}"
        return f"{self.name} run, trade elasticity {given:g} in every industry{times}"


def _require_positive(where: str, value: object, or_else: str = "") -> None:
    if isinstance(value, bool) or not isinstance(value, int | float | np.integer | np.floating):
        raise InputError(f"{where} is {value!r}; it must be a number{or_else}.")
    if not (math.isfinite(value) and 0 < value <= _LARGEST):
        raise InputError(f"{where} is {value!r}; it must be greater than 0 and at most {_LARGEST:g}.")
