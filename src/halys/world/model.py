"""`World`: balanced accounts of many economies and industries, with names, groups and provenance."""

from __future__ import annotations

import hashlib
import textwrap
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np

from halys.errors import InputError, TableError, UnknownNameError, nearest
from halys.world.accounts import (
    Array,
    Imbalance,
    calc_balance,
    calc_purchases,
    calc_tariff_revenue,
    calc_trade_deficit,
)
from halys.world.groups import EVERYTHING, Group, Kind, load_groups

Selection = str | Iterable[str]
_SHOWN_CELLS = 8
_DOUBTFUL = 0.5  # of value added; the largest balances on record, of small oil exporters, are below it
_NOISE = 1e-12  # a residual below this share of its node is rounding, not final demand or value added


@dataclass(frozen=True, eq=False)
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

    def __post_init__(self) -> None:
        for name in ("flows", "intermediate", "value_added", "final", "deficit", "tariff"):
            array = getattr(self, name)
            if array is not None:
                array.setflags(write=False)

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
            tolerance: largest relative gap of an identity that counts as rounding; what is below it is put into value
                added and final use, so that the stored accounts close exactly.
            balanced: False accepts a table whose identities do not hold. It must still give shares (every industry that
                sells has a cost, every economy spends), and it needs `final`. Re-solve it with `halys.solve_baseline`.

        Raises:
            TableError: wrong shapes, negative or non-finite cells, an economy without income, or a table that does not
                balance, with the worst cells named.
        """
        names = _check_codes(economies, "economies"), _check_codes(industries, "industries")
        count, kinds = len(names[0]), len(names[1])
        pair, square, node = (kinds, count, count), (kinds, kinds, count), (count, kinds)
        axes = names[1], names[0], names[0]
        f = _check_array("flows", flows, pair, axes)
        z = _check_array("intermediate", intermediate, square, (names[1], names[1], names[0]))
        v = _check_array("value_added", value_added, node, names)
        t = None if tariff is None else _check_array("tariff", tariff, pair, axes, floor=-1.0, open_floor=True)
        if t is not None and not t.any():
            t = None
        c = None if final is None else _check_array("final", final, node, names)
        d = None if deficit is None else _check_array("deficit", deficit, (count,), (names[0],), floor=-np.inf)
        if balanced:
            worst = calc_balance(*names, f, z, v, c, t, tolerance)
            if worst:
                raise TableError(_unbalanced(worst, tolerance))
            v = _residual(f.sum(axis=2).T, z.sum(axis=0).T)
            c = _residual(calc_purchases(f, t), z.sum(axis=1).T)
        elif c is None:
            raise TableError("A table that does not balance needs final use: pass final=(economy, industry).")
        _check_income(names[0], v, c)
        implied = calc_trade_deficit(f)
        if d is None:
            d = c.sum(axis=1) - v.sum(axis=1) - calc_tariff_revenue(f, t) if balanced else implied
        elif balanced and np.abs(d - implied).max() > tolerance * max(v.sum(), 1e-300):
            j = int(np.abs(d - implied).argmax())
            raise TableError(
                f"deficit of {names[0][j]} is given as {d[j]:.6g} but its flows imply {implied[j]:.6g}. "
                "Leave deficit out, or pass balanced=False and re-solve with halys.solve_baseline."
            )
        elif abs(d.sum()) > tolerance * v.sum():
            raise TableError(f"deficits must sum to zero over the world; these sum to {d.sum():.6g}.")
        d = d - d.sum() * v.sum(axis=1) / v.sum()
        known = load_groups() if groups is None else groups
        return cls(
            id,
            *names,
            f,
            z,
            v,
            c,
            d,
            t,
            unit,
            dict(economy_names or {}),
            dict(industry_names or {}),
            known,
            title,
            balanced,
        )

    # Sizes and shares ------------------------------------------------------------------------------------------------

    @cached_property
    def purchases(self) -> Array:
        """X: purchases (economy, industry) at buyers' prices, for all uses."""
        return calc_purchases(self.flows, self.tariff)

    @cached_property
    def output(self) -> Array:
        """Y: sales (economy, industry) at basic prices."""
        return np.ascontiguousarray(self.flows.sum(axis=2).T)

    @cached_property
    def income(self) -> Array:
        """Final spending (economy,): factor income + tariff revenue + deficit. The base of every percentage."""
        return np.asarray(self.final.sum(axis=1))

    @cached_property
    def tariff_revenue(self) -> Array:
        """Baseline tariff revenue (economy,)."""
        return calc_tariff_revenue(self.flows, self.tariff)

    @cached_property
    def trade_share(self) -> Array:
        """pi (industry, exporter, importer): share of each exporter in an importer's purchases; 0 if it buys none."""
        gross = self.flows if self.tariff is None else self.flows * (1.0 + self.tariff)
        bought = gross.sum(axis=1, keepdims=True)
        return np.asarray(np.divide(gross, bought, out=np.zeros_like(gross), where=bought > 0))

    @cached_property
    def hash(self) -> str:
        """sha256 of codes, unit and arrays: two worlds with the same hash give the same results."""
        digest = hashlib.sha256()
        digest.update(repr((self.economies, self.industries, float(self.unit))).encode())
        for array in (self.flows, self.intermediate, self.value_added, self.final, self.deficit, self.tariff):
            digest.update(b"none" if array is None else np.ascontiguousarray(array).tobytes())
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
        codes = self.codes(kind)
        return np.array([codes.index(code) for code in self.select(names, kind)], dtype=np.intp)

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


def _check_codes(codes: Sequence[str], what: str) -> tuple[str, ...]:
    names = tuple(str(code) for code in codes)
    twice = sorted({name for name in names if names.count(name) > 1})
    if not names or twice or EVERYTHING in names or "" in names:
        fault = f"{', '.join(twice)} given twice" if twice else "none, or an empty or reserved ('all') code"
        raise TableError(f"{what}: {fault}. Codes must be distinct, not empty and not 'all'.")
    return names


def _check_array(
    name: str,
    values: object,
    shape: tuple[int, ...],
    axes: tuple[tuple[str, ...], ...],
    floor: float = 0.0,
    open_floor: bool = False,
) -> Array:
    try:
        array = np.array(values, dtype=np.float64, order="C")
    except (TypeError, ValueError) as error:
        raise TableError(f"{name} is not an array of numbers: {error}.") from None
    if array.shape != shape:
        raise TableError(f"{name} has shape {array.shape}; with these codes it must be {shape}.")
    bad = ~np.isfinite(array) | (array <= floor if open_floor else array < floor)
    if bad.any():
        cells = np.argwhere(bad)[:_SHOWN_CELLS]
        shown = "; ".join(
            f"{', '.join(axis[i] for axis, i in zip(axes, cell, strict=True))} = {array[tuple(cell)]:.6g}"
            for cell in cells
        )
        limit = f"finite and {'>' if open_floor else '>='} {floor:g}" if np.isfinite(floor) else "finite"
        raise TableError(f"{name} must be {limit}. {int(bad.sum())} cells are not, among them {shown}.")
    return array


def _residual(total: Array, part: Array) -> Array:
    """total − part, with what is below rounding set to zero."""
    rest = total - part
    return np.where(rest > _NOISE * total, rest, 0.0)


def _check_income(economies: tuple[str, ...], value_added: Array, final: Array) -> None:
    for what, total in (("value added", value_added.sum(axis=1)), ("final use", final.sum(axis=1))):
        poor = [economies[j] for j in np.flatnonzero(~(total > 0))]
        if poor:
            raise TableError(f"every economy needs positive {what}; {', '.join(poor[:_SHOWN_CELLS])} has none.")


def _unbalanced(worst: list[Imbalance], tolerance: float) -> str:
    lines = "\n".join(f"  {cell}" for cell in worst[:_SHOWN_CELLS])
    more = f"\n  and {len(worst) - _SHOWN_CELLS} more" if len(worst) > _SHOWN_CELLS else ""
    return (
        f"the table does not balance: {len(worst)} identities fail by more than {tolerance:g} of their size. Worst:\n"
        f"{lines}{more}\nMend these cells; or, if the shares are what you trust, pass balanced=False and re-solve the "
        "table to an equilibrium with halys.solve_baseline."
    )
