"""Horizons: sets of elasticities. In the long run factors move between industries and things replace each other.

The trade elasticity theta is (minus) the elasticity of the ratio of two origins' sales in the ratio of their prices;
elasticities of substitution say the same of value added against inputs, of inputs against each other and of products in
consumption: 0 is fixed proportions, 1 constant shares. Defaults and their sources are in `data/elasticities.yaml`.
"""

from __future__ import annotations

import math
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import numpy as np
import yaml
from numpy.typing import NDArray

from halys.economy.elasticities import Elasticities
from halys.economy.elasticity_sets import (
    load_elasticity_sets,
    load_standard_elasticities,
    load_trade_elasticities,
    without_default,
)
from halys.errors import InputError, UnknownNameError, did_you_mean

Array = NDArray[np.float64]
ByIndustry = float | Mapping[str, float]
LARGEST_THETA: Final = 200.0  # beyond this origins are one good and powers of prices leave the range of floats
LARGEST_SIGMA: Final = 50.0
LARGEST_MOBILITY: Final = 1e6
_SIGMAS: Final = ("value_added_substitution", "input_substitution", "consumption_substitution")
PARAMETERS: Final = ("trade_elasticity", "trade_elasticity_factor", *_SIGMAS, "factors")
"""Fields of a horizon that hold its elasticities, also the keys of a file of elasticities."""


@dataclass(frozen=True)
class Horizon:
    """A set of elasticities.

    Attributes:
        name: "long" and "short" are the standard ones, from which all that is left out is taken, here or in a mapping
            ("long" for any other name).
        trade_elasticity: theta > 0 between origins, at most 200. One number for all industries, {industry: number}, or
            the name of a published set (`load_elasticity_sets`). Industries that a mapping leaves out, and all of them
            where it is None, take the default: in the long run the table by industry, in the short run 1.
        trade_elasticity_factor: > 0, multiplies every theta, of the default table and given; 1 leaves them.
        value_added_substitution: sigma_v >= 0 between value added and inputs, a number or {using industry: number}.
        input_substitution: sigma_m >= 0 among the inputs of an industry, a number or {using industry: number}.
        consumption_substitution: sigma_c >= 0 among products in final spending. All sigma are at most 50; 0 means fixed
            proportions, 1 constant shares.
        factors: "mobile" between the industries of an economy, "specific" to their industry, or a number epsilon
            between: > 1 and at most a million, workers drawing a productivity for every industry from a Frechet
            distribution of that shape; small is specific, large is mobile.
        source: where the user's own numbers come from; told with them, and nothing else.
    """

    name: str = "long"
    trade_elasticity: float | Mapping[str, float] | str | None = None
    trade_elasticity_factor: float = 1.0
    value_added_substitution: ByIndustry = None  # type: ignore[assignment]  # what is left out is filled in by name
    input_substitution: ByIndustry = None  # type: ignore[assignment]
    consumption_substitution: float = None  # type: ignore[assignment]
    factors: str | float = None  # type: ignore[assignment]
    source: str = field(default="", compare=False)

    def __post_init__(self) -> None:
        if not isinstance(self.name, str) or not self.name.strip():
            raise InputError(f"name is {self.name!r}; it must be a text, such as 'long' or 'my estimates'.")
        standard = load_standard_elasticities()["short" if self.name == "short" else "long"]
        for name in (*_SIGMAS, "factors"):
            if getattr(self, name) is None:
                object.__setattr__(self, name, standard[name].value)
        if self.trade_elasticity is None and self.name == "short":
            object.__setattr__(self, "trade_elasticity", float(standard["trade_elasticity"].value))
        _require("trade_elasticity_factor", self.trade_elasticity_factor, 0.0, LARGEST_THETA, above=True)
        given = self.trade_elasticity
        if isinstance(given, str):
            known = load_elasticity_sets()
            if given not in known:
                raise UnknownNameError(
                    f"trade_elasticity is {given!r}; it must be a number, a mapping from industry to number, or one of "
                    f"the published sets {', '.join(known)}.{did_you_mean(given, known)}"
                )
        elif given is not None:
            self._check_by_industry("trade_elasticity", 0.0, LARGEST_THETA, above=True)
        for name in _SIGMAS[:2]:
            self._check_by_industry(name, 0.0, LARGEST_SIGMA)
        _require("consumption_substitution", self.consumption_substitution, 0.0, LARGEST_SIGMA)
        self._check_factors()

    def _check_by_industry(self, name: str, low: float, high: float, above: bool = False) -> None:
        given = getattr(self, name)
        or_else = ", or a mapping from industry to number"
        if not isinstance(given, Mapping):
            _require(name, given, low, high, or_else, above=above)
            return
        for code, value in given.items():
            _require(f"{name}[{code!r}]", value, low, high, or_else, above=above)
        object.__setattr__(self, name, dict(given))

    def _check_factors(self) -> None:
        if isinstance(self.factors, str):
            if self.factors not in ("mobile", "specific"):
                raise InputError(
                    f"factors is {self.factors!r}; it must be 'mobile', 'specific' or a number greater than 1."
                    f"{did_you_mean(self.factors, ('mobile', 'specific'))}"
                )
            return
        _require("factors", self.factors, 1.0, LARGEST_MOBILITY, ", 'mobile' or 'specific'", above=True)

    def __hash__(self) -> int:
        rows = (getattr(self, name) for name in PARAMETERS)
        return hash((self.name, *(tuple(sorted(v.items())) if isinstance(v, Mapping) else v for v in rows)))

    @classmethod
    def long(
        cls,
        trade_elasticity: float | Mapping[str, float] | str | None = None,
        trade_elasticity_factor: float = 1.0,
        **others: Any,
    ) -> Horizon:
        """The long run: constant shares of inputs and in consumption, factors move freely between industries.

        Args:
            others: further fields of `Horizon`.
        """
        return cls("long", trade_elasticity, trade_elasticity_factor, **others)

    @classmethod
    def short(
        cls,
        trade_elasticity: float | Mapping[str, float] | str | None = None,
        trade_elasticity_factor: float = 1.0,
        **others: Any,
    ) -> Horizon:
        """The short run, about a year: little replaces anything, and factors stay in their industry.

        Its trade elasticity of 1 is an assumption within 0.75 to 2, on which the size of every result depends: show
        the range, never one figure.

        Args:
            others: further fields of `Horizon`.
        """
        return cls("short", trade_elasticity, trade_elasticity_factor, **others)

    @classmethod
    def from_file(cls, path: str | Path) -> Horizon:
        """A horizon from a YAML file, whose keys are the fields of `Horizon`; what it leaves out is that of its name.

        Raises:
            InputError: the file cannot be read, is not YAML, or holds a key or value that cannot be used.
        """
        record = _read_file(Path(path))
        unknown = [key for key in record if key not in ("name", "source", *PARAMETERS)]
        if unknown:
            known = ("name", *PARAMETERS, "source")
            raise InputError(
                f"{path}: {unknown[0]!r} is not a key of a horizon; these are {', '.join(known)}."
                f"{did_you_mean(str(unknown[0]), known)}"
            )
        name = record.pop("name", "long")
        try:
            if name == "short":
                return cls.short(**record)
            return cls(name, **record)
        except InputError as error:
            raise type(error)(f"{path}: {error}") from error

    def elasticities(self, industries: Sequence[str]) -> Elasticities:
        """All elasticities for these industries, in their order.

        Raises:
            UnknownNameError, InputError: as `theta`, for any of them.
        """
        mobility = {"mobile": math.inf, "specific": 1.0}
        return Elasticities(
            self.theta(industries),
            self._sigma("value_added_substitution", industries),
            self._sigma("input_substitution", industries),
            float(self.consumption_substitution),
            mobility[self.factors] if isinstance(self.factors, str) else float(self.factors),
        )

    def theta(self, industries: Sequence[str]) -> Array:
        """theta (industry,) for these industries, in their order.

        Raises:
            UnknownNameError: the mapping names an industry that is not among them.
            InputError: an industry for which neither the mapping nor the default table has a value, or for which the
                factor makes it too large.
        """
        theta = self.trade_elasticity_factor * self._before_factor(industries)
        if theta.size and theta.max() > LARGEST_THETA:
            at = int(theta.argmax())
            raise InputError(
                f"trade_elasticity_factor {self.trade_elasticity_factor:g} makes the trade elasticity of "
                f"{industries[at]} {theta[at]:g}; it must be at most {LARGEST_THETA:g}. "
                "Take a smaller factor, or a smaller elasticity there."
            )
        return theta

    @property
    def _theta_given(self) -> float | Mapping[str, float] | None:
        """One number, a mapping, or None for the default table by industry; a published set stands for its own."""
        given = self.trade_elasticity
        return load_elasticity_sets()[given].value if isinstance(given, str) else given

    def lacking(self, industries: Sequence[str]) -> list[str]:
        """The industries for which neither the horizon nor the default table has a trade elasticity."""
        given = self._theta_given
        if given is None:
            return without_default(industries)
        if not isinstance(given, Mapping) or self.name == "short":
            return []
        return without_default(code for code in industries if code not in given)

    def _before_factor(self, industries: Sequence[str]) -> Array:
        given = self._theta_given
        if given is not None and not isinstance(given, Mapping):
            return np.full(len(industries), float(given))
        own = given or {}
        _check_names("trade_elasticity", own, industries)
        if given is not None and self.name == "short":
            rest = float(self._standard()["trade_elasticity"].value)
            return np.array([float(own.get(code, rest)) for code in industries])
        table, lacking = load_trade_elasticities().industries, self.lacking(industries)
        if lacking:
            raise InputError(
                f"no trade elasticity is known for {', '.join(lacking[:6])}{' ...' if len(lacking) > 6 else ''}. "
                "Give one: Horizon.long(trade_elasticity=5.0), or a mapping from industry to number."
            )
        return np.array([float(own[code]) if code in own else table[code].theta for code in industries])

    def _sigma(self, name: str, industries: Sequence[str]) -> Array:
        given = getattr(self, name)
        if not isinstance(given, Mapping):
            return np.full(len(industries), float(given))
        _check_names(name, given, industries)
        rest = self._standard()[name].value
        return np.array([float(given.get(code, rest)) for code in industries])

    def _standard(self) -> Mapping[str, Any]:
        known = load_standard_elasticities()
        return known.get(self.name, known["long"])

    def describe(self) -> str:
        """The elasticities in words, for reports; what is as in the long run is told of other horizons only."""
        parts = [f"{self.name} run" if self.name in ("long", "short") else self.name, self._describe_theta()]
        places = ("between value added and inputs", "among inputs", "in consumption")
        sigmas = [getattr(self, name) for name in _SIGMAS]
        if any(isinstance(value, Mapping) or value != 1.0 for value in sigmas):
            told = (
                f"by industry {place}" if isinstance(value, Mapping) else f"{value:g} {place}"
                for value, place in zip(sigmas, places, strict=True)
            )
            parts.append("substitution " + ", ".join(told))
        if self.factors == "specific":
            parts.append("factors specific to their industry")
        elif self.factors != "mobile":
            parts.append(f"factors partly mobile (ε {self.factors:g})")
        return ", ".join(parts[:2]) + "".join(f"; {part}" for part in parts[2:])

    def _describe_theta(self) -> str:
        given, factor = self._theta_given, self.trade_elasticity_factor
        several = given is None or isinstance(given, Mapping)
        times = "" if factor == 1.0 else f", {'all ' if several else ''}times {factor:g}"
        if given is None:
            return f"trade elasticities by industry ({load_trade_elasticities().label}){times}"
        if isinstance(given, Mapping):
            return f"trade elasticities by industry, {len(given)} of them given{times}"
        named = self.trade_elasticity
        title = f" ({load_elasticity_sets()[named].title})" if isinstance(named, str) else ""
        return f"trade elasticity {given:g} in every industry{title}{times}"

    def sources(self) -> dict[str, str]:
        """Where each elasticity comes from: a field of the horizon -> its source."""
        own = f"given: {self.source}" if self.source else "given by the user"
        return {name: self._source_of(name, own) for name in PARAMETERS if name != "trade_elasticity_factor"}

    def _source_of(self, name: str, own: str) -> str:
        value, standard = getattr(self, name), self._standard()[name]
        if name == "trade_elasticity":
            scaled = "" if self.trade_elasticity_factor == 1.0 else f"; times {self.trade_elasticity_factor:g}, {own}"
            if isinstance(value, str):
                return load_elasticity_sets()[value].source + scaled
            usual = standard.value if self.name == "short" else None
            if isinstance(value, Mapping):
                return f"{len(value)} of them {own}; the others: {standard.source}{scaled}"
            return (standard.source if value == usual else own) + scaled
        if isinstance(value, Mapping):
            return f"{len(value)} of them {own}; the others: {standard.source}"
        return standard.source if value == standard.value else own


def _check_names(what: str, given: Mapping[str, float], industries: Sequence[str]) -> None:
    for code in given:
        if code not in industries:
            raise UnknownNameError(
                f"{what} names {code!r}, which is not an industry of this world.{did_you_mean(str(code), industries)}"
            )


def _require(where: str, value: object, low: float, high: float, or_else: str = "", *, above: bool = False) -> None:
    if isinstance(value, bool) or not isinstance(value, int | float | np.integer | np.floating):
        raise InputError(f"{where} is {value!r}; it must be a number{or_else}.")
    if not (math.isfinite(value) and (low < value if above else low <= value) and value <= high):
        least = f"greater than {low:g}" if above else f"at least {low:g}"
        raise InputError(f"{where} is {value!r}; it must be {least} and at most {high:g}.")


def _read_file(path: Path) -> dict[str, Any]:
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"{path} cannot be read as a file of elasticities: {error}.") from error
    try:
        record = yaml.load(text, Loader=_UniqueKeys)
    except yaml.YAMLError as error:
        raise InputError(f"{path} is not valid YAML: {' '.join(str(error).split())}.") from error
    if not isinstance(record, dict):
        raise InputError(f"{path} must hold keys such as trade_elasticity: 5.0; see docs/horizons.md.")
    return record


class _UniqueKeys(yaml.SafeLoader):
    """Refuses a key that stands twice, of which YAML would take the last."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        seen: set[Any] = set()
        for key_node, _ in node.value:
            key = self.construct_object(key_node, deep=True)
            if not isinstance(key, Hashable):
                continue  # YAML itself refuses it
            if key in seen:
                raise yaml.constructor.ConstructorError(None, None, f"{key!r} stands twice", key_node.start_mark)
            seen.add(key)
        return super().construct_mapping(node, deep=deep)
