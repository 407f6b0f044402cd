"""`halys exposure` as text: whom an economy's industries depend on, and which imports it could least do without."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from halys.report.text import Block, billions, percent, render_tables

_TOP = 10
_NAME = 40


def render_exposure(record: dict[str, Any], table: pd.DataFrame, width: int, everything: bool) -> str:
    """What `halys.critical.describe_exposure` found: who controls how much, and the industries that rely on it most."""
    who = ", ".join(record["suppliers"])
    number = len(record["supplier_codes"])
    count = f", {number} economies" if number > 1 else ""
    shares = ("inputs_face_value", "inputs_look_through", "value_added_share")
    sold, located, income = ("-" if record[name] is None else _percent(record[name]) for name in shares)
    squares = [record[f"{way}_partner_concentration"] for way in ("import", "export")]
    bought_from, sold_to = ("-" if x is None else f"{x:.3f}" for x in squares)
    facts = [
        f"{record['name']} [{record['code']}], {record['world']}: exposure to {who}{count}",
        f"Of the inputs of its industries {sold} % are sold by them (face value). Of all production along the chain of "
        f"these inputs {located} % is located there (look-through). Of the value of its output {income} % is income "
        "earned there.",
        f"Imports from them: {record['imports']:,.1f} billion USD a year. Hirschman index of all its import partners "
        f"{bought_from}, of its export partners {sold_to}.",
    ]
    lines = [line for fact in facts for line in textwrap.wrap(fact, width, subsequent_indent="  ")]
    shown = len(table) if everything else _TOP
    reliant = table[table["input_spending"] > 0].sort_values("inputs_look_through", ascending=False)[:shown]
    lines += _listing("Industries whose inputs rely on them most", reliant, [_inputs(reliant)], width)
    solved = "real_income_percent" in table
    order = "real_income_percent" if solved else "replacement_cost"
    supplied = table[table["imports"] > 0].sort_values(order, ascending=solved, na_position="first")[:shown]
    lines += _listing("Imports from them that would be missed most", supplied, _products(supplied, solved), width)
    told = (
        "Concentration is the sum of squared shares of origins (Hirschman). Weight: imports over final spending, the "
        "loss per 1 % on their cost. Replacing: loss when they are shut out and all else stands, % of final spending."
    )
    if solved:
        told += " Lost: change of real income when they sell none of this product, in an equilibrium of its own; "
        told += f"{record['horizon']}."
    lines += ["", *textwrap.wrap(told, width)]
    failures = [row["failed"] for row in _rows(supplied) if row.get("failed")]
    for failed in failures:
        lines += textwrap.wrap(f"! No equilibrium: {failed}", width, subsequent_indent="  ")
    if record["doubtful"]:
        doubt = f"- {record['name']}: the trade balance exceeds half of value added, so that the table recovers final "
        lines += textwrap.wrap(f"{doubt}demand poorly. Read its figures with care.", width, subsequent_indent="  ")
    if record["note"]:
        lines += textwrap.wrap(f"- {record['note']}", width, subsequent_indent="  ")
    return "\n".join(lines)


def _rows(frame: pd.DataFrame) -> list[dict[str, Any]]:
    return [{str(name): value for name, value in row.items()} for row in frame.to_dict("records")]


def _inputs(frame: pd.DataFrame) -> Block:
    shares = ("inputs_face_value", "inputs_look_through", "value_added_share")
    cells = tuple((f"{r['input_spending']:,.1f}", *(_percent(r[name]) for name in shares)) for r in _rows(frame))
    return Block("", ("inputs bn", "sold %", "located %", "income %"), cells)


def _products(frame: pd.DataFrame, solved: bool) -> list[Block]:
    rows = _rows(frame)
    trade = tuple(
        (
            f"{r['imports']:,.1f}",
            _percent(r["purchase_share"]),
            _percent(r["import_share"]),
            f"{r['import_concentration']:.2f}",
        )
        for r in rows
    )
    loss: list[tuple[str, ...]] = []
    for r in rows:
        weight = (_percent(r["import_weight"], 2), _percent(r["replacement_cost"], 2))
        lost = (_change(r["real_income_percent"], percent), _change(r["billion_usd"], billions)) if solved else ()
        loss.append((*weight, *lost))
    columns = ("weight %", "replacing %", *(("lost %", "lost bn") if solved else ()))
    return [
        Block("imports", ("bn", "% of purchases", "% of imports", "concentration"), trade),
        Block("loss", columns, tuple(loss)),
    ]


def _percent(share: float, digits: int = 1) -> str:
    if np.isinf(share):
        return "none left"
    return "" if np.isnan(share) else f"{100 * share:.{digits}f}"


def _change(value: float, form: Any) -> str:
    return "none" if np.isnan(value) else str(form(value))


def _listing(title: str, rows: pd.DataFrame, blocks: Sequence[Block], width: int) -> list[str]:
    """A titled table of codes and names with their cells; names are cut to what the width leaves."""
    if rows.empty:
        return ["", f"{title}: none."]
    code = max(len(c) for c in rows["industry"])
    room = min(_NAME, max(width - max(b.width for b in blocks) - code - 5, 8))
    names = [textwrap.shorten(name, room, placeholder=" ...") for name in rows["industry_name"]]
    names = [short if len(short) > 4 else name[:room] for short, name in zip(names, rows["industry_name"], strict=True)]
    label = Block("", ("code", "name"), tuple(zip(rows["industry"], names, strict=True)), words=True)
    return ["", *textwrap.wrap(f"{title}:", width), *render_tables(label, blocks, width).splitlines()]
