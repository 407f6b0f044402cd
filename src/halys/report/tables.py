"""The tables of a run: as data frames, CSV, spreadsheets and plain data, each column with its meaning and unit."""

from __future__ import annotations

import datetime
import json
import math
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
import xarray as xr

from halys.answer.payoffs import find_welfare, make_payoffs
from halys.answer.results import who_pays
from halys.measures import Quantity, as_quantity
from halys.outcome import BILLION, RATIO
from halys.outcome.files import table_writer
from halys.scenario import Scenario, all_measures, all_numbers, numbers

Column = tuple[str, str]  # meaning, unit; the unit is empty for words

_EPOCH = datetime.datetime(2022, 1, 1)  # stands in spreadsheets, so that the same run gives the same bytes
_PERCENT, _BILLION = "% of baseline final spending", BILLION
_COLUMNS: dict[str, Column] = {
    "closure": ("How deficits answer", ""),
    "run": ("long or short run", ""),
    "role": ("Why the history is shown: played, crossed, threat, or the only one", ""),
    "history": ("Moves in order", ""),
    "equilibrium": ("First history with these measures, which names the equilibrium", ""),
    "values": ("The values that a discrete number may be", ""),
    "probabilities": ("How likely each of them is", ""),
    "economy": ("Code of the economy", ""),
    "economy_name": ("Economy", ""),
    "industry": ("Code of the industry", ""),
    "real_output": ("Quantity that the industry makes: sales over its unit cost", RATIO),
    "kind": ("actor, outsider (by rank of the loss), doubtful (not ranked) or world", ""),
    "who": ("Actor or economy", ""),
    "label": ("Name", ""),
    "percent": ("Change of real income", _PERCENT),
    "billion_usd": ("Change of real income: equivalent variation", _BILLION),
    "doubtful": ("Final demand is poorly recovered by the table", ""),
    "real_income_percent": ("Change of real income", _PERCENT),
    "welfare_percent": ("Change of real income of the actor", _PERCENT),
    "welfare_billion_usd": ("Change of real income of the actor", _BILLION),
    "stakes_percent": ("What its stakes add, at their reference values", _PERCENT),
    "payoff_percent": ("Payoff: change of real income and stakes", _PERCENT),
    "programme": ("Programme or move that the measure belongs to", ""),
    "field": ("Which number of the measure", ""),
    "value": ("Value that the run uses", "see unit"),
    "low": ("Lower end of the range", "see unit"),
    "high": ("Upper end of the range", "see unit"),
    "distribution": ("How the number is spread between its ends", ""),
    "unit": ("Unit of the number", ""),
    "source": ("Id of the source", ""),
    "assumption": ("Name of the assumption that the number comes from", ""),
    "uses": ("Number of places that use it", "1"),
    "at": ("Where the answer changes", "see unit"),
    "at_billion": ("The same in money", _BILLION),
    "within": ("Whether that lies in the range of the stake", ""),
    "from": ("Exporters or payers; of a line: the move below it", ""),
    "to": ("Importers, recipients or economies; of a line or a number: the move beyond it", ""),
    "from_history": ("History that is played below it", ""),
    "to_history": ("History that is played above it", ""),
    "flips": ("Whether one of the two moves crosses the line and the other does not", ""),
    "exact": ("Whether the value is exact; else it is interpolated between solved values", ""),
    "flip_below": ("Value below which crossing the line changes", "see unit"),
    "flip_above": ("Value above which crossing the line changes", "see unit"),
    "failed": ("Why there is no equilibrium at an end of the range", ""),
    "at_once": ("The same as one sum, for a stake that accrues once", _PERCENT),
}

_OWN_COLUMNS: dict[tuple[str, str], Column] = {
    ("horizons", "low"): ("The lowest over the range of θ; of the first closure", _PERCENT),
    ("horizons", "high"): ("The highest over the range of θ; of the first closure", _PERCENT),
    ("horizons", "kind"): ("actor, member of an actor, outsider, rest, world, or unranked", ""),
    ("sensitivity", "kind"): ("political (stakes, exposures, discounting) or economic (the other numbers)", ""),
}
"""Columns whose name means something else in another table."""


class Table(NamedTuple):
    """One table: what it holds, how it is made, and whether it needs an answer."""

    about: str
    make: Callable[[Scenario, xr.Dataset, Mapping[str, Any]], pd.DataFrame]


@dataclass(frozen=True, eq=False)
class Sheet:
    """A table that was made: its frame, what it is about, and the meaning and unit of every column."""

    name: str
    about: str
    frame: pd.DataFrame
    columns: dict[str, Column]


def table_names(summary: Mapping[str, Any]) -> tuple[str, ...]:
    """The tables that the run of this summary has."""
    lacking = set() if summary.get("answer") else {"lines", "sensitivity"}
    lacking |= set() if any(history["moves"] for history in summary["histories"]) else {"payoffs"}
    return tuple(name for name in TABLES if name not in lacking)


def make_table(name: str, scenario: Scenario, data: xr.Dataset, summary: Mapping[str, Any]) -> Sheet:
    """One table of a run."""
    frame = TABLES[name].make(scenario, data, summary)
    note = f" {_NARROWED}" if name == "industries" and _named(summary) is not None else ""
    return Sheet(name, TABLES[name].about + note, frame, {str(c): _column(name, str(c), data, scenario) for c in frame})


def _column(table: str, name: str, data: xr.Dataset, scenario: Scenario) -> Column:
    if (table, name) in _OWN_COLUMNS:
        return _OWN_COLUMNS[table, name]
    if name in _COLUMNS:
        return _COLUMNS[name]
    if table == "decomposition":
        words = name.replace("_", " ")
        label = "Change of real income that no term explains" if name == "remainder" else f"Change due to {words}"
        return label, str(data["decomposition"].attrs["units"])
    if name in data:
        return str(data[name].attrs.get("long_name", name)), str(data[name].attrs.get("units", ""))
    if name.startswith("stake:"):
        return f"What the stake adds to the payoff: {scenario.file.stakes[name[6:]].label}", _PERCENT
    return name.replace("_", " ").capitalize(), ""


# Making -----------------------------------------------------------------------------------------------------------


def _who_pays(scenario: Scenario, data: xr.Dataset, _: Mapping[str, Any]) -> pd.DataFrame:
    return who_pays(scenario, data)


def _economies(_: Scenario, data: xr.Dataset, __: Mapping[str, Any]) -> pd.DataFrame:
    names = [n for n, v in data.data_vars.items() if v.dims[-1:] == ("economy",) and "term" not in v.dims]
    frame = data[names].to_dataframe().reset_index()
    frame["real_income_percent"] = 100.0 * (frame["real_income"] - 1.0)
    first = ["closure", "equilibrium", "economy", "economy_name", "real_income", "real_income_percent"]
    return frame[[*first, *(name for name in frame if name not in first)]]


def _industries(_: Scenario, data: xr.Dataset, summary: Mapping[str, Any]) -> pd.DataFrame:
    first, named = data.isel(closure=0), _named(summary)
    if named is not None:
        kept = {str(e) for e in data["equilibrium_of"].sel(history=named).values}
        first = first.isel(equilibrium=[n for n, e in enumerate(data["equilibrium"].values) if str(e) in kept])
    names = ["output_baseline", "output", "producer_price", "value_added_baseline", "value_added"]
    frame = first[names].to_dataframe().reset_index()
    frame = frame[frame["output_baseline"] > 0]
    frame["real_output"] = frame["output"] / frame["output_baseline"] / frame["producer_price"]
    return frame[["closure", "equilibrium", "economy", "industry", *names, "real_output"]]


_NARROWED = "Only for the histories that the answer names; those of the others are in results.nc."


def _named(summary: Mapping[str, Any]) -> list[str] | None:
    """The histories that the answer names; None where there is no answer."""
    answer = summary.get("answer")
    if not answer:
        return None
    listed = [answer["played"]["history"], *(h["history"] for h in answer["who_pays"]["histories"])]
    listed += [rung["history"] for rung in answer["ladder"]]
    return list(dict.fromkeys(listed))


def _decomposition(_: Scenario, data: xr.Dataset, __: Mapping[str, Any]) -> pd.DataFrame:
    return data["decomposition"].to_dataframe()["decomposition"].unstack("term").reset_index()


def _measures(scenario: Scenario, _: xr.Dataset, __: Mapping[str, Any]) -> pd.DataFrame:
    rows = []
    for placed in all_measures(scenario.file):
        m = placed.measure
        base = {
            "programme": placed.programme,
            "instrument": m.kind,
            "from": _names(m.parties[0] or ""),
            "to": _names(m.parties[1]),
            "industries": _names(getattr(m, "industries", "")),
        }
        for field, number in numbers(m):
            rows.append({**base, "field": field, **as_quantity(number).model_dump()})
    columns = ["programme", "instrument", "from", "to", "industries", "field", *Quantity.model_fields]
    return pd.DataFrame(rows, columns=columns)


def _names(names: str | list[str]) -> str:
    return names if isinstance(names, str) else " ".join(names)


def _sources(scenario: Scenario, _: xr.Dataset, __: Mapping[str, Any]) -> pd.DataFrame:
    rows = [{"id": name, **source.model_dump()} for name, source in scenario.file.sources.items()]
    return pd.DataFrame(rows, columns=["id", "title", "publisher", "date", "author", "url", "note"])


def _assumptions(scenario: Scenario, _: xr.Dataset, __: Mapping[str, Any]) -> pd.DataFrame:
    named = [n.assumption for _, n in all_numbers(scenario.file) if isinstance(n, Quantity) and n.assumption]
    used = Counter(named)
    fields = ("label", "value", "low", "high", "distribution", "unit", "source", "note")
    rows = [
        {"id": name, **{field: getattr(entry, field) for field in fields}, "uses": used[name]}
        for name, entry in scenario.file.assumptions.items()
    ]
    return pd.DataFrame(rows, columns=["id", *fields, "uses"])


def _payoffs(scenario: Scenario, data: xr.Dataset, _: Mapping[str, Any]) -> pd.DataFrame:
    """Every history and actor: real income, what each stake adds, and the payoff."""
    welfare, billion = find_welfare(scenario, data)
    payoffs = make_payoffs(scenario, welfare, scenario.exposures())
    stakes, total = list(scenario.file.stakes), payoffs.total()
    rows = []
    for h, history in enumerate(scenario.histories):
        for a, (name, actor) in enumerate(scenario.file.actors.items()):
            own = {k: payoffs.value[k] * payoffs.exposure[h, k] for k in range(len(stakes)) if payoffs.owner[k] == a}
            row = {"history": history.id, "who": name, "label": actor.label, "welfare_percent": welfare[h, a]}
            row |= {"welfare_billion_usd": billion[h, a]}
            row |= {f"stake:{stakes[k]}": float(x) for k, x in own.items()}
            rows.append({**row, "stakes_percent": float(sum(own.values())), "payoff_percent": total[h, a]})
    first = ["history", "who", "label", "welfare_percent", "welfare_billion_usd"]
    return pd.DataFrame(rows, columns=[*first, *(f"stake:{k}" for k in stakes), "stakes_percent", "payoff_percent"])


def _lines(_: Scenario, __: xr.Dataset, summary: Mapping[str, Any]) -> pd.DataFrame:
    own = ("stake", "label", "actor", "accrual", "low", "value", "high")
    each = ("at", "at_billion", "at_once", "within", "from", "to", "from_history", "to_history", "flips")
    rows = [
        {**{key: line.get(key) for key in own}, **{key: found.get(key) for key in each}}
        for line in summary["answer"]["lines"]
        for found in line["breaks"]
    ]
    return pd.DataFrame(rows, columns=[*own, *each])


def _sensitivity(_: Scenario, __: xr.Dataset, summary: Mapping[str, Any]) -> pd.DataFrame:
    columns = ["id", "label", "kind", "unit", "source", "low", "value", "high", "at", "to", "flips", "exact"]
    columns += ["flip_below", "flip_above", "failed"]
    rows = [{key: row.get(key) for key in columns} for row in summary["answer"]["sensitivity"]]
    return pd.DataFrame(rows, columns=columns)


def _horizons(_: Scenario, __: xr.Dataset, summary: Mapping[str, Any]) -> pd.DataFrame:
    """Long and short run: one row for each history, actor or economy, run and closure."""
    given, rows = summary["horizons"], []
    for row in given["rows"]:
        for history, value in zip(given["histories"], row["values"], strict=True):
            base = {"history": history["history"], "role": history["role"]}
            base |= {key: row[key] for key in ("kind", "who", "label")}
            for run, cell in value.items():
                if cell is None:
                    continue
                cells = {given["closures"][0]: cell, **cell["closures"]}
                rows += [
                    {**base, "run": run, "closure": closure, **{key: x.get(key) for key in _RUN_NUMBERS}}
                    for closure, x in cells.items()
                    if x is not None
                ]
    columns = ["history", "role", "kind", "who", "label", "run", "closure", *_RUN_NUMBERS]
    return pd.DataFrame(rows, columns=columns).rename(columns={"billion": "billion_usd"})


_RUN_NUMBERS = ("percent", "low", "high", "billion")

TABLES: dict[str, Table] = {
    "who_pays": Table("Real income of actors, hardest-hit outsiders and the world in every history.", _who_pays),
    "horizons": Table("Long and short run side by side in the histories that the answer names, over θ.", _horizons),
    "economies": Table("Real income, wages, prices, terms of trade and money of every economy.", _economies),
    "industries": Table("Output, value added and unit cost of every industry, under the first closure.", _industries),
    "decomposition": Table("Why real income changes, to first order, with the remainder.", _decomposition),
    "payoffs": Table("Payoffs of the actors: real income, and what each stake adds at its reference value.", _payoffs),
    "lines": Table("Values of the stakes at which the play changes.", _lines),
    "sensitivity": Table("Numbers of the scenario, and where in each the answer changes.", _sensitivity),
    "assumptions": Table("Named numbers of the scenario with their ranges.", _assumptions),
    "measures": Table("Every number of every measure, with its range and source.", _measures),
    "sources": Table("The sources of the scenario.", _sources),
}


# Writing ----------------------------------------------------------------------------------------------------------


def write_table(sheet: Sheet, path: Path, notes: Sequence[str] = ()) -> None:
    """Write a table as CSV, XLSX, JSON or Parquet, by the ending of the path. All but XLSX keep every digit."""
    if path.suffix == ".csv":
        sheet.frame.to_csv(path, index=False)
    elif path.suffix == ".json":
        text = json.dumps(table_record(sheet, notes), ensure_ascii=False, indent=1, allow_nan=False)
        path.write_text(text + "\n", encoding="utf-8")
    elif path.suffix == ".parquet":
        frame, columns = sheet.frame.copy(deep=False), {name: list(column) for name, column in sheet.columns.items()}
        frame.attrs = {"about": sheet.about, "columns": columns, "notes": list(notes)}
        table_writer(frame, "parquet")(path)
    else:
        _write_xlsx(sheet, path, notes)


def table_record(sheet: Sheet, notes: Sequence[str] = ()) -> dict[str, Any]:
    """A table as plain data: columns with meaning and unit, and rows; what is not there is null."""
    columns = [{"name": name, "label": label, "unit": unit} for name, (label, unit) in sheet.columns.items()]
    rows = [[_plain(cell) for cell in row] for row in sheet.frame.itertuples(index=False, name=None)]
    return {"table": sheet.name, "about": sheet.about, "columns": columns, "rows": rows, "notes": list(notes)}


def _plain(cell: object) -> str | float | int | bool | None:
    """A cell as JSON and spreadsheets take it; NaN and infinity, which neither has, become nothing."""
    if cell is None or isinstance(cell, bool | str):
        return cell
    if isinstance(cell, np.bool_):
        return bool(cell)
    if isinstance(cell, int | np.integer):
        return int(cell)
    number = float(cell)  # type: ignore[arg-type]
    return number if math.isfinite(number) else None


def _write_xlsx(sheet: Sheet, path: Path, notes: Sequence[str]) -> None:
    import xlsxwriter  # type: ignore[import-untyped]  # only spreadsheets need it

    options = {"constant_memory": True, "strings_to_urls": False, "strings_to_formulas": False}
    with xlsxwriter.Workbook(path, options) as book:
        book.set_properties({"created": _EPOCH, "title": sheet.name, "comments": sheet.about})
        bold, wrap = book.add_format({"bold": True, "bottom": 1}), book.add_format({"text_wrap": True, "valign": "top"})
        page = book.add_worksheet(sheet.name)
        page.freeze_panes(1, 0)
        kinds = [sheet.frame[name].dtype.kind for name in sheet.frame]
        for n, (name, kind) in enumerate(zip(sheet.frame, kinds, strict=True)):
            page.set_column(n, n, max(len(str(name)) + 2, 12 if kind in "fiu" else 18))
        page.write_row(0, 0, [str(name) for name in sheet.frame], bold)
        for n, row in enumerate(sheet.frame.itertuples(index=False, name=None), start=1):
            page.write_row(n, 0, [_plain(cell) for cell in row])
        about = book.add_worksheet("about")
        about.set_column(0, 0, 28)
        about.set_column(1, 1, 80, wrap)
        about.set_column(2, 2, 34)
        for n, line in enumerate(_about(sheet, notes)):
            about.write_row(n, 0, line, bold if line == _HEAD else None)


_HEAD = ("column", "meaning", "unit")


def _about(sheet: Sheet, notes: Sequence[str]) -> Iterable[tuple[str, ...]]:
    yield sheet.name, sheet.about
    yield ("",)
    yield _HEAD
    yield from ((name, *column) for name, column in sheet.columns.items())
    yield ("",)
    yield from (("note", note) for note in notes)
