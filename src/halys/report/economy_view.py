"""One economy first: what it gains and loses in a history, why, in which industries, with whom, and at what prices.

A group of economies is taken together: money adds up, trade among its members is left out, and prices are averages
weighted by what they bought before.
"""

from __future__ import annotations

import textwrap
from collections.abc import Mapping, Sequence
from string import ascii_uppercase
from typing import Any

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from halys.answer.results import describe_history
from halys.errors import UnknownNameError, nearest
from halys.report.histories import at_history, named_histories
from halys.report.text import CLOSURE_WORDS, Block, billions, percent, render_tables
from halys.scenario import Scenario
from halys.world.groups import EVERYTHING

Array = NDArray[np.float64]

TERMS = {
    "terms_of_trade": "prices of exports and imports",
    "volume_of_trade": "trade under tariffs",
    "trade_costs": "costs of trading",
    "bans": "bans",
    "productivity": "productivity",
    "rents": "rents and margins on trade",
    "transfers": "transfers",
    "deficit": "trade balance",
    "remainder": "remainder",
}
ROLES = {"played": "played", "threat": "the threat carried out", "worst": "the worst history for it"}
_LISTED = 3
_NOTICEABLE = 0.001  # of all purchases: what is bought less than this does not stand among the prices


def economy_view(
    scenario: Scenario,
    results: xr.Dataset,
    answer: Mapping[str, Any] | None,
    code: str,
    histories: Sequence[str] = (),
) -> dict[str, Any]:
    """What an economy gains and loses, as plain data.

    Args:
        results: of the run. answer: of the run, or None. code: an economy, a group, `all`, or an actor of the scenario.
        histories: ids; default the played history and the threat carried out, or, where there is none, the history
            that costs it most.

    Raises:
        UnknownNameError: no such economy or history. InputError: a history without an equilibrium.
    """
    members, name = select_economies(scenario, code)
    closure = str(results["closure"].values[0])
    codes = [str(c) for c in results["economy"].values]
    at = np.array([codes.index(member) for member in members])
    wanted = [(h, "named") for h in histories] or _histories(results, answer, at)
    world = scenario.world
    doubtful = [member for member in members if member in world.doubtful]
    income = results["final_spending_baseline"].isel(closure=0).values[at]
    return {
        "code": code,
        "name": name,
        "members": list(members),
        "doubtful": doubtful if income[np.isin(members, doubtful)].sum() > 0.1 * income.sum() else [],
        "scenario": scenario.id,
        "world": world.id,
        "closure": closure,
        "horizon": str(results.attrs["horizon"]),
        "final_spending": float(income.sum()),
        "unit": "billion USD a year",
        "histories": [{"role": role, **_history(scenario, results, history, at)} for history, role in wanted],
        "notes": [world.note] if world.note else [],
    }


def select_economies(scenario: Scenario, code: str) -> tuple[tuple[str, ...], str]:
    """Codes and name of an economy, a group, `all` or an actor.

    Raises:
        UnknownNameError: none of these, with the nearest.
    """
    world = scenario.world
    if code in scenario.file.actors:
        return scenario.actor_economies[code], scenario.file.actors[code].label
    if code == EVERYTHING:
        return world.economies, "World"
    if code in world.economies:
        return (code,), world.name_of(code)
    group = world.groups.get(code)
    if group is not None and group.kind == "economy":
        return world.select(code), group.label
    near = nearest(code, scenario.file.actors, 1)
    if near and group is None and code not in world.industries:
        raise UnknownNameError(f"{code!r} is neither an economy nor a group nor an actor. Nearest: {near[0]!r}.")
    return world.select(code), code  # raises, with the nearest names


def _histories(results: xr.Dataset, answer: Mapping[str, Any] | None, at: NDArray[np.intp]) -> list[tuple[str, str]]:
    """The histories to show, each with its role: what is played, and the threat carried out or else the worst."""
    change = results["equivalent_variation"].isel(closure=0).transpose("equilibrium", "economy").values[:, at]
    worst = str(results["equilibrium"].values[int(np.nanargmin(change.sum(axis=1)))])
    if not answer:
        return [(worst, "worst" if results.sizes["equilibrium"] > 1 else "named")]
    listed = [(history, role) for role, history in named_histories(answer).items()]
    own = {str(h): str(e) for h, e in zip(results["history"].values, results["equilibrium_of"].values, strict=True)}
    if own[listed[-1][0]] == own[listed[0][0]]:
        listed = [listed[0], (worst, "worst")]
    return listed if own[listed[-1][0]] != own[listed[0][0]] else listed[:1]


def _history(scenario: Scenario, results: xr.Dataset, history: str, at: NDArray[np.intp]) -> dict[str, Any]:
    data = at_history(results, history)
    own = scenario.history(history)
    income = data["final_spending_baseline"].values[at]
    size = float(income.sum())
    terms = (data["decomposition"].transpose("term", "economy").values[:, at] * income).sum(axis=1)
    amount = float(data["equivalent_variation"].values[at].sum())
    return {
        "history": history,
        "label": describe_history(scenario, own),
        "real_income": {"percent": 100.0 * amount / size, "billion": amount},
        "why": [
            {"term": str(term), "label": TERMS[str(term)], "percent": 100.0 * float(x) / size, "billion": float(x)}
            for term, x in zip(data["term"].values, terms, strict=True)
        ],
        "consumer_price_percent": 100.0 * (_mean(data["consumer_price"].values[at], income) - 1.0),
        "industries": _industries(data, at),
        "exports": _partners(data, at, "exporter"),
        "imports": _partners(data, at, "importer"),
        "prices": _prices(data, at),
    }


def _mean(values: Array, weights: Array) -> float:
    return float((values * weights).sum() / weights.sum())


def _row(code: object, name: object, before: float, after: float) -> dict[str, Any]:
    change = after - before
    share = 100.0 * change / before if before > 0 else None
    return {"code": str(code), "name": str(name), "before": before, "billion": change, "percent": share}


def _ranked(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """From the largest fall to the largest rise, in billions."""
    return sorted(rows, key=lambda row: float(row["billion"]))


def _industries(data: xr.Dataset, at: NDArray[np.intp]) -> list[dict[str, Any]]:
    """Output at its new price; money in the numeraire, world factor income."""
    before = data["output_baseline"].transpose("economy", "industry").values[at].sum(axis=0)
    after = data["output"].transpose("economy", "industry").values[at].sum(axis=0)
    names = zip(data["industry"].values, data["industry_name"].values, before, after, strict=True)
    return _ranked([_row(code, name, float(x), float(y)) for code, name, x, y in names if x > 0])


def _partners(data: xr.Dataset, at: NDArray[np.intp], side: str) -> list[dict[str, Any]]:
    """Trade with each economy outside, `side` being what the economy itself is in it."""
    other = "importer" if side == "exporter" else "exporter"
    before, after = (
        data[name].transpose(side, other).values[at].sum(axis=0) for name in ("trade_flow_baseline", "trade_flow")
    )
    names = zip(data["economy"].values, data["economy_name"].values, before, after, strict=True)
    rows = [_row(code, name, float(x), float(y)) for code, name, x, y in names]
    return _ranked([row for n, row in enumerate(rows) if n not in at])


def _prices(data: xr.Dataset, at: NDArray[np.intp]) -> list[dict[str, Any]]:
    """Products by the rise of their price to buyers, of those that are a noticeable part of purchases."""
    bought = data["expenditure_baseline"].transpose("economy", "industry").values[at]
    price = data["price"].transpose("economy", "industry").values[at]
    weight = bought.sum(axis=0)
    paid = np.where(bought > 0, bought * price, 0.0).sum(axis=0)
    change = np.divide(paid, weight, out=np.ones_like(paid), where=weight > 0) - 1.0
    share = weight / weight.sum()
    order = [s for s in np.argsort(-change) if share[s] >= _NOTICEABLE]
    code, name = data["industry"].values, data["industry_name"].values
    return [
        {"code": str(code[s]), "name": str(name[s]), "percent": 100.0 * float(change[s]), "share": float(share[s])}
        for s in order
    ]


# Text -------------------------------------------------------------------------------------------------------------


def render_economy_view(view: Mapping[str, Any], width: int, runs: Sequence[str] = ()) -> str:
    """The view as text, at most 40 lines of 80 columns for two histories, and `runs`, of `describe_runs`."""
    shown = view["histories"]
    letters = [ascii_uppercase[n] if n < len(ascii_uppercase) else str(n + 1) for n in range(len(shown))]
    lines = textwrap.wrap(_title(view), width)
    for letter, entry in zip(letters, shown, strict=True):
        role = f"{ROLES[entry['role']]}: " if entry["role"] in ROLES else ""
        text = f"{letter}  {role}{entry['label']}"
        lines += textwrap.wrap(text, width, subsequent_indent="   ", max_lines=2, placeholder=" ...")
    lines += _tables(view, letters, width)
    if runs:
        lines.append("Real income in the long and in the short run, over the range of θ")
        lines += [line for text in runs for line in textwrap.wrap(text, width, subsequent_indent="  ")]
    lines += textwrap.wrap(
        "Output, trade and prices in terms of world factor income, the numeraire; prices of products that are at least "
        "0.1 % of purchases.",
        width,
    )
    if view["doubtful"]:
        lines += textwrap.wrap(
            f"Read with care: the table recovers the final demand of {', '.join(view['doubtful'])} poorly.", width
        )
    return "\n".join(lines)


def describe_runs(horizons: Mapping[str, Any], code: str) -> list[str]:
    """Long and short run of an economy, with the range of θ, in each history in which the run has solved both."""
    rows = [row for row in horizons["rows"] if row["who"] == code]
    found = []
    for entry, value in zip(horizons["histories"], rows[0]["values"] if rows else [], strict=False):
        cells = [
            f"{run} run {percent(cell['percent'])} % ({percent(cell['low'])} to {percent(cell['high'])})"
            for run, cell in value.items()
            if cell is not None
        ]
        found += [f"{entry['title'][0].upper()}{entry['title'][1:]}: {', '.join(cells)}."] if cells else []
    return found


def _title(view: Mapping[str, Any]) -> str:
    name = view["name"] if view["name"] == view["code"] else f"{view['name']} [{view['code']}]"
    many = f", {len(view['members'])} economies together" if len(view["members"]) > 1 else ""
    return (
        f"{name}{many}: gains and losses in {view['scenario']}, against a final spending of "
        f"{view['final_spending']:,.0f} billion USD a year. World {view['world']}; {CLOSURE_WORDS[view['closure']]}."
    )


def _tables(view: Mapping[str, Any], letters: Sequence[str], width: int) -> list[str]:
    """A table of as many histories as fit the width, under it one of the next; headings stand between the rows."""
    sections = _sections(view["histories"])
    cells = [
        Block(letter, ("%", "bn"), tuple(row[1][n] for _, rows in sections for row in rows))
        for n, letter in enumerate(letters)
    ]
    room = max(width - sum(3 + max(block.width, 15) for block in cells) - 2, 12)
    words = [textwrap.shorten(row[0], room, placeholder="...") for _, rows in sections for row in rows]
    label = Block("", ("",), tuple((f"  {word}",) for word in words), words=True)
    lines: list[str] = []
    for table in render_tables(label, cells, width).split("\n\n"):
        head, body = table.splitlines()[:3], iter(table.splitlines()[3:])
        lines += [*([""] if lines else []), *head]
        for heading, rows in sections:
            lines += [*([heading] if heading else []), *(next(body) for _ in rows)]
    return [line.rstrip() for line in lines]


_Rows = list[tuple[str, list[tuple[str, str]]]]


def _sections(shown: Sequence[Mapping[str, Any]]) -> list[tuple[str, _Rows]]:
    """Headings and rows: a label, and for each history the cells of per cent and billions."""
    money = [(percent(e["real_income"]["percent"]), billions(e["real_income"]["billion"])) for e in shown]
    rows: _Rows = [("Real income", money)]
    for n, term in enumerate(shown[0]["why"]):
        cells = [(e["why"][n]["percent"], e["why"][n]["billion"]) for e in shown]
        if any(abs(x) >= 0.005 for x, _ in cells):
            rows.append((f"  by {term['label']}", [(percent(x), billions(y)) for x, y in cells]))
    sections = [("", rows)]
    for heading, key in (("Industries: output", "industries"), ("Exports to", "exports"), ("Imports from", "imports")):
        last = shown[-1][key]
        lost = [row for row in last[:_LISTED] if row["billion"] < 0]
        gained = [row for row in last[len(lost) :][-_LISTED + 1 :] if row["billion"] > 0]
        sections.append((heading, _listed(shown, key, [*lost, *gained])))
    sections.append(("Prices to buyers", _listed(shown, "prices", shown[-1]["prices"][:_LISTED])))
    return [(heading, rows) for heading, rows in sections if rows]


def _listed(shown: Sequence[Mapping[str, Any]], key: str, chosen: Sequence[Mapping[str, Any]]) -> _Rows:
    """The chosen rows of the last history, with those of the others."""
    by_code = [{row["code"]: row for row in entry[key]} for entry in shown]
    return [(f"{row['code']} {_short(row['name'])}", [_cells(rows[row["code"]]) for rows in by_code]) for row in chosen]


def _short(name: str) -> str:
    """Half of the names of industries begin with the same words."""
    cut = name.removeprefix("Manufacture of ")
    return cut[0].upper() + cut[1:]


def _cells(row: Mapping[str, Any]) -> tuple[str, str]:
    change = "" if row["percent"] is None else percent(row["percent"])
    return change, billions(row["billion"]) if "billion" in row else ""
