"""From an imported table to closed accounts: is it balanced, and what is done with cells the model cannot hold.

The flows of the file are kept: trade and output are as published. Value added is what they leave, output less inputs at
buyers' prices, so that small gaps of the published table end there. A file whose gaps are not small is refused. Three
rules then change as little as possible; what each moves is counted and told.

1. A sale that stock changes make negative is set to zero.
2. Where industries use more of a product than the economy bought in the year, stocks ran down. The purchases are scaled
   up to the use: what came out of stock counts as produced in the year, by the sellers of the year.
3. Where inputs exceed what an industry sells, value added would be negative. The inputs are scaled down to leave
   `LEAST_SHARE` of output, and what is taken off counts as final use of the same economy.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from halys.errors import Problem, TableError
from halys.world.accounts import Array, calc_purchases
from halys.world.files import SHOWN

LEAST_SHARE = 0.02
"""Value added over output where inputs exceed output; two industries of the bundled world stand at the same share."""
TOLERANCE = 1e-3
"""Largest relative gap of an identity that an import takes for rounding, unless told otherwise."""
_FLOOR = 1e-9  # of world output: a gap below it counts as rounding however small the cell
_ROUNDING = 1e-9  # of the larger side: below it nothing is a rule's work


@dataclass
class Draft:
    """A table as read, before it is closed. Money in the unit of the file.

    Attributes:
        flows: sales (industry, exporter, importer) for all uses, net of tariffs; stock changes may make one negative.
        intermediate: use of inputs (input, industry, economy) at buyers' prices.
        cost: what the file says each industry spent (economy, industry): inputs, taxes and value added.
        tariff: (industry, exporter, importer) or None.
        stated_output: (economy, industry) by the name of the row or column that states it; NaN where it does not.
        facts: what the report tells of the file, by name.
    """

    economies: tuple[str, ...]
    industries: tuple[str, ...]
    flows: Array
    intermediate: Array
    cost: Array
    tariff: Array | None = None
    stated_output: dict[str, Array] = field(default_factory=dict)
    facts: dict[str, float | int | str] = field(default_factory=dict)


@dataclass(frozen=True)
class Adjustment:
    """What one rule moved: in how many cells, how much of world output, and where most."""

    rule: str
    cells: int
    amount: float
    share_of_output: float
    largest: tuple[tuple[str, float], ...]

    def as_record(self) -> dict[str, object]:
        """Plain data."""
        return {
            "rule": self.rule,
            "cells": self.cells,
            "amount": self.amount,
            "share_of_output": self.share_of_output,
            "largest": [{"where": where, "amount": amount} for where, amount in self.largest],
        }


@dataclass(frozen=True)
class Settled:
    """Closed accounts, with the shapes of `World.from_arrays`."""

    flows: Array
    intermediate: Array
    value_added: Array
    adjustments: tuple[Adjustment, ...]


def settle(draft: Draft, name: str, tolerance: float = TOLERANCE) -> Settled:
    """Check that a table balances and close its accounts.

    Raises:
        TableError: it does not balance; the worst cells are named.
    """
    gaps = _check_balance(draft, name, tolerance)
    total = float(draft.flows.sum())
    flows, below = _no_negative_sales(draft, total)
    flows, stocks = _meet_use(draft, flows, total)
    output = flows.sum(axis=2)
    inputs = draft.intermediate.sum(axis=0)
    over = inputs > output * (1.0 + _ROUNDING)
    scale = np.divide((1.0 - LEAST_SHARE) * output, inputs, out=np.ones_like(inputs), where=over)
    intermediate = draft.intermediate * scale[None, :, :]
    value_added = np.maximum(output - intermediate.sum(axis=0), 0.0).T
    freed = np.where(over, inputs * (1.0 - scale), 0.0)
    capped = _adjustment("inputs above output, moved to final use", freed, (draft.industries, draft.economies), total)
    return Settled(flows, intermediate, np.ascontiguousarray(value_added), (gaps, below, stocks, capped))


def _check_balance(draft: Draft, name: str, tolerance: float) -> Adjustment:
    """Sales against costs and the stated outputs. Returns the gaps, which end in value added."""
    sales = np.ascontiguousarray(draft.flows.sum(axis=2).T)
    pairs = [("sells", sales, "its inputs, taxes and value added are", draft.cost)]
    pairs += [("sells", sales, f"{word} states", stated) for word, stated in draft.stated_output.items()]
    floor = _FLOOR * sales.sum()
    found: list[tuple[float, str]] = []
    for left_word, left, right_word, right in pairs:
        gap = np.abs(left - right)
        for j, k in np.argwhere(gap > tolerance * np.maximum(np.abs(left), np.abs(right)) + floor):
            a, b = left[j, k], right[j, k]
            apart = 100.0 * gap[j, k] / max(abs(a), abs(b))
            words = f"{left_word} {a:,.6g}, {right_word} {b:,.6g} ({apart:.3g} % apart)"
            found.append((gap[j, k], f"  {draft.economies[j]} {draft.industries[k]} {words}"))
    if found:
        found.sort(key=lambda entry: -entry[0])
        lines = "\n".join(text for _, text in found[:SHOWN])
        more = f"\n  and {len(found) - SHOWN:,} more" if len(found) > SHOWN else ""
        raise TableError(
            f"{Problem(name, 'the table does not balance')}: {len(found):,} sums differ by more than {tolerance:g} of "
            f"their size. Largest:\n{lines}{more}\nMend these cells. A table that is only rounded more coarsely passes "
            "with a larger --tolerance, up to 0.01."
        )
    gap = np.abs(sales - draft.cost)
    gap[gap <= _ROUNDING * np.abs(sales)] = 0.0
    words = "gaps between sales and costs, moved to value added"
    return _adjustment(words, gap, (draft.economies, draft.industries), float(sales.sum()))


def _no_negative_sales(draft: Draft, total: float) -> tuple[Array, Adjustment]:
    moved = np.maximum(-draft.flows, 0.0)
    axes = draft.industries, draft.economies, draft.economies
    words = "sales that stock changes made negative, set to zero"
    return np.maximum(draft.flows, 0.0), _adjustment(words, moved, axes, total, "->")


def _meet_use(draft: Draft, flows: Array, total: float) -> tuple[Array, Adjustment]:
    """Purchases scaled up to what industries use; a product bought from nobody is then bought at home."""
    used = draft.intermediate.sum(axis=1)
    bought = calc_purchases(flows, draft.tariff).T
    short = used > bought * (1.0 + _ROUNDING)
    scale = np.divide(used, bought, out=np.ones_like(used), where=short & (bought > 0))
    raised = flows * scale[:, None, :]
    for s, j in np.argwhere(short & (bought <= 0)):
        raised[s, j, j] = used[s, j]  # no tariff at home
    words = "use above purchases, met from stocks: counted as produced in the year"
    moved = (raised - flows).sum(axis=1)
    return raised, _adjustment(words, moved, (draft.industries, draft.economies), total)


def _adjustment(rule: str, moved: Array, axes: Sequence[Sequence[str]], total: float, between: str = " ") -> Adjustment:
    cells = np.argwhere(moved > 0)
    size = moved[tuple(cells.T)]
    largest = [
        (_place([axis[i] for axis, i in zip(axes, cells[at], strict=True)], between), float(size[at]))
        for at in np.argsort(-size, kind="stable")[:SHOWN]
    ]
    amount = float(moved.sum())
    return Adjustment(rule, len(cells), amount, amount / total if total else 0.0, tuple(largest))


def _place(codes: Sequence[str], between: str) -> str:
    """`DEU C19`, or `C19 DEU->FRA`."""
    return " ".join(codes[:2]) if len(codes) == 2 else f"{codes[0]} {codes[1]}{between}{codes[2]}"
