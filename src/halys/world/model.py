"""`World`: balanced accounts of many economies and industries, with names, groups and provenance."""

from __future__ import annotations

import hashlib
import textwrap
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np

from halys.errors import InputError, TableError, UnknownNameError, nearest
from halys.world.accounts import Array, calc_purchases, calc_tariff_revenue
from halys.world.groups import EVERYTHING, Group, Kind, load_groups
from halys.world.table import Table, check_codes, check_tolerance, frozen

Selection = str | Iterable[str]
_DOUBTFUL = 0.5  # of value added; the largest balances on record, of small oil exporters, are below it


@dataclass(frozen=True, eq=False, repr=False)
class World:
    """A baseline economy. Build one with `load_world` or `World.from_arrays`; the arrays are read-only.

    Attributes:
        flows: sales of each product (industry, exporter, importer), net of tariffs, >= 0, in `unit` US dollars.
        intermediate: use of each input (input, industry, economy) at buyers' prices, >= 0.
        value_added: income of factors (economy, industry), >= 0.
        final: consumption, investment and government use (economy, industry) at buyers' prices, >= 0.
        tariff: baseline ad-valorem tariff (industry, exporter, importer) as a fraction, or None for none.
        deficit: final spending less factor income and tariff revenue (economy,): the excess of imports. Sums to zero.
        in_equilibrium: False for accounts that are consistent in shares but do not balance yet; solve refuses these,
            `halys.solve_baseline` makes a balanced world of them.
        note: what a reader of any result from this world should know; stands beside every result.
        provenance: for a world built from a file, what it was made from and what was changed, as plain data.
    """

    id: str
    economies: tuple[str, ...]
    industries: tuple[str, ...]
    flows: Array
    intermediate: Array
    value_added: Array
    final: Array
    deficit: Array
    tariff: Array | None = None
    unit: float = 1e6
    economy_names: Mapping[str, str] = field(default_factory=dict)
    industry_names: Mapping[str, str] = field(default_factory=dict)
    groups: Mapping[str, Group] = field(default_factory=load_groups)
    title: str = ""
    in_equilibrium: bool = True
    note: str = ""
    provenance: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for name in ("flows", "intermediate", "value_added", "final", "deficit", "tariff"):
            array = getattr(self, name)
            if array is not None:
                frozen(array)

    def __repr__(self) -> str:
        size = f"{len(self.economies)} economies × {len(self.industries)} industries"
        return f"<World {self.id}: {size}{', ' + self.title if self.title else ''}>"

    @classmethod
    def from_arrays(
        cls,
        economies: Sequence[str],
        industries: Sequence[str],
        flows: object,
        intermediate: object,
        value_added: object,
        tariff: object | None = None,
        final: object | None = None,
        deficit: object | None = None,
        *,
        id: str = "custom",
        unit: float = 1e6,
        economy_names: Mapping[str, str] | None = None,
        industry_names: Mapping[str, str] | None = None,
        groups: Mapping[str, Group] | None = None,
        title: str = "",
        tolerance: float = 1e-6,
        balanced: bool = True,
    ) -> World:
        """A world from a user's own table.

        Args:
            flows: (industry, exporter, importer), net of tariffs, finite and >= 0.
            intermediate: (input, industry, economy) at buyers' prices, finite and >= 0.
            value_added: (economy, industry), finite and >= 0.
            tariff: (industry, exporter, importer), fractions > -1; None for none.
            final: (economy, industry) at buyers' prices; None for what purchases leave after intermediate use.
            deficit: (economy,), imports less exports; None for what the flows imply. It must sum to zero.
            unit: US dollars per unit of the arrays (1e6: USD million).
            tolerance: largest relative gap of an identity that counts as rounding, at most 0.01. What is below it goes
                into value added and final use (inputs are scaled down where these would be negative), so that the
                stored accounts close exactly.
            balanced: False accepts a table whose identities do not hold. It must still give shares (every industry that
                sells has a cost, every economy spends), and it needs `final`. Re-solve it with `halys.solve_baseline`.

        Raises:
            TableError: wrong shapes, negative or non-finite cells, an economy without income, or a table that does not
                balance, with the worst cells named.
        """
        table = Table(
            check_codes(economies, "economies"),
            check_codes(industries, "industries"),
            flows,
            intermediate,
            value_added,
            tariff,
            final,
            check_tolerance(tolerance),
        )
        if not (np.isfinite(unit) and unit > 0):
            raise TableError(
                f"unit is {unit!r}; it must be a number of US dollars greater than 0, such as 1e6 for USD million."
            )
        table.close() if balanced else table.check_shares()
        table.check_income()
        return cls(
            id,
            table.economies,
            table.industries,
            table.flows,
            table.intermediate,
            table.value_added,
            table.final,
            table.settle_deficits(deficit, balanced),
            table.tariff,
            float(unit),
            dict(economy_names or {}),
            dict(industry_names or {}),
            load_groups() if groups is None else groups,
            title,
            balanced,
        )

    # Sizes and shares ------------------------------------------------------------------------------------------------

    @cached_property
    def purchases(self) -> Array:
        """X: purchases (economy, industry) at buyers' prices, for all uses."""
        return frozen(calc_purchases(self.flows, self.tariff))

    @cached_property
    def output(self) -> Array:
        """Y: sales (economy, industry) at basic prices."""
        return frozen(np.ascontiguousarray(self.flows.sum(axis=2).T))

    @cached_property
    def income(self) -> Array:
        """Final spending (economy,): factor income + tariff revenue + deficit. The base of every percentage."""
        return frozen(self.final.sum(axis=1))

    @cached_property
    def tariff_revenue(self) -> Array:
        """Baseline tariff revenue (economy,)."""
        return frozen(calc_tariff_revenue(self.flows, self.tariff))

    @cached_property
    def trade_share(self) -> Array:
        """pi (industry, exporter, importer): share of each exporter in an importer's purchases; 0 if it buys none."""
        gross = self.flows if self.tariff is None else self.flows * (1.0 + self.tariff)
        bought = gross.sum(axis=1, keepdims=True)
        return frozen(np.divide(gross, bought, out=np.zeros_like(gross), where=bought > 0))

    @cached_property
    def hash(self) -> str:
        """sha256 of codes, unit, arrays and groups of its own: worlds with the same hash give the same results."""
        digest = hashlib.sha256()
        digest.update(repr((self.economies, self.industries, float(self.unit))).encode())
        for array in (self.flows, self.intermediate, self.value_added, self.final, self.deficit, self.tariff):
            digest.update(b"none" if array is None else np.ascontiguousarray(array).tobytes())
        if self.groups != load_groups():  # the bundled ones are part of the code
            digest.update(repr([(g.name, g.kind, g.members) for g in self.groups.values()]).encode())
        return digest.hexdigest()

    @cached_property
    def doubtful(self) -> tuple[str, ...]:
        """Economies whose deficit or surplus exceeds half of their value added.

        In the bundled world these are small economies whose final demand import proportionality recovers poorly: their
        results are to be read with care.
        """
        size = self.value_added.sum(axis=1)
        return tuple(self.economies[j] for j in np.flatnonzero(np.abs(self.deficit) > _DOUBTFUL * size))

    # Names -----------------------------------------------------------------------------------------------------------

    def codes(self, kind: Kind) -> tuple[str, ...]:
        """All codes of one kind, in table order."""
        return self.economies if kind == "economy" else self.industries

    def name_of(self, code: str) -> str:
        """Full name of an economy or industry; its code where the table gives none."""
        return self.economy_names.get(code) or self.industry_names.get(code) or code

    def select(self, names: Selection, kind: Kind = "economy") -> tuple[str, ...]:
        """Codes that a code, a group, `all` or a list of these stands for, in table order, each once.

        Raises:
            UnknownNameError: a name that is neither a code nor a group of this kind, or a group with no member here.
        """
        if not isinstance(names, Iterable):
            raise InputError(f"{names!r} is not a code, a group or a list of these.")
        wanted = [names] if isinstance(names, str) else list(names)
        if not wanted:
            raise InputError(f"an empty list of {_PLURAL[kind]}. Give a code, a group, a list of these, or 'all'.")
        codes = self.codes(kind)
        chosen: set[str] = set()
        for name in wanted:
            if name == EVERYTHING:
                chosen.update(codes)
            elif name in codes:
                chosen.add(name)
            elif isinstance(name, str) and name in self.groups and self.groups[name].kind == kind:
                present = self.groups[name].present(codes)
                if not present:
                    raise UnknownNameError(f"group {name!r} has no member in world {self.id}.")
                chosen.update(present)
            else:
                raise UnknownNameError(self._unknown(name, kind))
        return tuple(code for code in codes if code in chosen)

    def positions(self, names: Selection, kind: Kind = "economy") -> np.ndarray:
        """Indices of `select(names, kind)` on the axis of that kind."""
        places = self._places[kind]
        return np.array([places[code] for code in self.select(names, kind)], dtype=np.intp)

    @cached_property
    def _places(self) -> dict[Kind, dict[str, int]]:
        """Of each code on the axis of its kind."""
        return {
            "economy": {code: at for at, code in enumerate(self.economies)},
            "industry": {code: at for at, code in enumerate(self.industries)},
        }

    def aggregate(
        self, economies: Mapping[str, Selection] | None = None, industries: Mapping[str, Selection] | None = None
    ) -> World:
        """A coarser world that preserves totals: `world.aggregate(economies={"EU": "EU27"})`. See `aggregate_world`."""
        from halys.world.aggregate import aggregate_world  # it builds on this module

        return aggregate_world(self, economies, industries)

    def _unknown(self, name: object, kind: Kind) -> str:
        groups = [g.name for g in self.groups.values() if g.kind == kind]
        noun = "an economy" if kind == "economy" else "an industry"
        message = f"{name!r} is not {noun} or a group of {_PLURAL[kind]} of world {self.id}."
        other = self.groups.get(name) if isinstance(name, str) else None
        if other is not None:
            return f"{message} It is a group of {_PLURAL[other.kind]}."
        other_kind: Kind = "industry" if kind == "economy" else "economy"
        if name in self.codes(other_kind):
            return f"{message} It is an {other_kind}."
        found = {near: repr(near) for near in nearest(str(name), [*self.codes(kind), *groups])}
        start = str(name).casefold()
        if len(start) > 3:
            for code in self.codes(kind):
                label = self.name_of(code)
                if any(word.startswith(start) for word in label.casefold().split()):
                    found[code] = f"{code!r} ({textwrap.shorten(label, 40, placeholder=' ...')})"
        hint = f" Nearest: {', '.join(list(found.values())[:3])}." if found else ""
        return f"{message}{hint} `halys world --codes` lists them all."


_PLURAL: dict[Kind, str] = {"economy": "economies", "industry": "industries"}
