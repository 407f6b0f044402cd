"""The tables of an outcome: tidy data frames, each column with its meaning and unit."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import pandas as pd
import xarray as xr

from halys.economy.exposure import reliance_by_origin
from halys.errors import InputError, UnknownNameError, did_you_mean
from halys.outcome.dependence import concentration_dataset
from halys.outcome.variables import BILLION
from halys.world.model import Selection

if TYPE_CHECKING:
    from halys.outcome.result import Outcome

Column = tuple[str, str]  # meaning, unit; the unit is empty for words

KEYS: dict[str, Column] = {
    "economy": ("Code of the economy", ""),
    "economy_name": ("Economy", ""),
    "industry": ("Code of the industry", ""),
    "industry_name": ("Industry", ""),
    "exporter": ("Code of the exporter", ""),
    "importer": ("Code of the importer", ""),
    "origin": ("Code of the economy where value added is earned", ""),
    "destination": ("Code of the economy whose final demand absorbs it", ""),
    "block": ("Block of equations", ""),
    "where": ("Economy and industry of the largest residual", ""),
    "largest_residual": ("Largest residual of the block", "1 (dimensionless)"),
    "kind": ("hit, other (abroad, not hit) or home", ""),
}

EXPOSURES: dict[str, Column] = {
    "inputs_face_value": ("Share of the industry's inputs that the suppliers sell", "1 (share of inputs)"),
    "inputs_look_through": (
        "Share of the production along the chain of the industry's inputs that is located there",
        "1 (share of inputs)",
    ),
    "value_added_share": ("Suppliers' value added in the industry's output", "1 (share of output)"),
}

DIVERSION: dict[str, Column] = {
    "value_baseline": ("Purchases before the shock, net of tariffs", BILLION),
    "value": ("Purchases after the shock", BILLION),
    "value_change": ("Change of purchases", BILLION),
    "quantity": ("Purchases after the shock at baseline prices, delivered", BILLION),
    "quantity_change": ("Change of the quantity", BILLION),
    "diversion_ratio": ("Gain in quantity over what those hit lost", "1 (share of the quantity lost)"),
}


class OutcomeTable(NamedTuple):
    """One table: what it holds and how it is made, with the options of `Outcome.table`."""

    about: str
    make: Callable[..., pd.DataFrame]
    options: tuple[str, ...] = ()


def listed_tables(names: Sequence[str]) -> list[str]:
    """Names of tables, given as a list.

    Raises:
        InputError: something else, such as one name.
    """
    if isinstance(names, str):
        raise InputError(f"tables is {names!r}; it must be a list of names: tables=[{names!r}].")
    if not isinstance(names, Iterable):
        raise InputError(f"tables is {names!r}; it must be a list of names, of {', '.join(OUTCOME_TABLES)}.")
    return list(names)


def make_table(outcome: Outcome, name: str, options: Mapping[str, Any]) -> pd.DataFrame:
    """A table, with `attrs["about"]` and `attrs["columns"]`: {column: [meaning, unit]}.

    Raises:
        UnknownNameError: no such table. InputError: an option that it does not have.
    """
    if not isinstance(name, str) or name not in OUTCOME_TABLES:
        hint = did_you_mean(str(name), OUTCOME_TABLES)
        raise UnknownNameError(f"an outcome has no table {name!r}.{hint} It has {', '.join(OUTCOME_TABLES)}.")
    allowed = OUTCOME_TABLES[name].options
    for option in options:
        if option not in allowed:
            these = f"its options are {', '.join(allowed)}" if allowed else "it has none"
            raise InputError(f"table {name} has no option {option!r}; {these}.{did_you_mean(option, allowed)}")
    frame = OUTCOME_TABLES[name].make(outcome, **options)
    columns = dict(frame.attrs.get("columns", {}))
    columns |= {str(c): list(KEYS[str(c)]) for c in frame if str(c) in KEYS}
    frame.attrs = {"about": OUTCOME_TABLES[name].about, "columns": columns}
    return frame


def _tidy(data: xr.Dataset, names: list[str], keys: list[str]) -> pd.DataFrame:
    """Variables on the same dimensions as columns, after their codes and names."""
    frame = data[names].to_dataframe().reset_index()[[*keys, *names]]
    frame.attrs["columns"] = {n: [data[n].attrs["long_name"], data[n].attrs["units"]] for n in names}
    return frame


def _names(data: xr.Dataset, dims: tuple[str, ...]) -> list[str]:
    return [str(name) for name, v in data.data_vars.items() if v.dims == dims]


def _economies(outcome: Outcome) -> pd.DataFrame:
    data = outcome.data
    return _tidy(data, _names(data, ("economy",)), ["economy", "economy_name"])


def _industries(outcome: Outcome) -> pd.DataFrame:
    data, keys = outcome.data, ["economy", "industry", "economy_name", "industry_name"]
    frame = _tidy(data, _names(data, ("economy", "industry")), keys)
    used = (frame["output_baseline"] > 0) | (frame["expenditure_baseline"] > 0)
    return frame[used].reset_index(drop=True)


def _trade(outcome: Outcome) -> pd.DataFrame:
    keys = ["industry", "exporter", "importer"]
    frame = _tidy(outcome.data, _names(outcome.data, tuple(keys)), keys)
    return frame[(frame["trade_flow_baseline"] > 0) | (frame["trade_flow"] > 0)].reset_index(drop=True)


def _partners(outcome: Outcome) -> pd.DataFrame:
    data = outcome.data
    flows = data[["trade_flow_baseline", "trade_flow"]].sum("industry", keep_attrs=True)
    flows["partner_tariff_revenue"] = data["partner_tariff_revenue"]
    return _tidy(flows, [str(name) for name in flows.data_vars], ["exporter", "importer"])


def _decomposition(outcome: Outcome) -> pd.DataFrame:
    terms = outcome.data["decomposition"]
    names = [str(term) for term in terms["term"].values]
    values = dict(zip(names, terms.transpose("term", "economy").values, strict=True))
    codes = {"economy": terms["economy"].values, "economy_name": terms["economy_name"].values}
    frame = pd.DataFrame({**codes, **values})
    words = {name: f"Change of real income due to {name.replace('_', ' ')}" for name in names}
    words["remainder"] = "Change of real income that no term explains"
    frame.attrs["columns"] = {term: [text, terms.attrs["units"]] for term, text in words.items()}
    return frame


def _concentration(outcome: Outcome) -> pd.DataFrame:
    after, before = (concentration_dataset(outcome.world, c) for c in (outcome.chain, outcome.chain_baseline))
    names = _names(after, ("economy", "industry"))
    both = after[names].assign({f"{n}_baseline": before[n] for n in names})
    for n in names:
        both[f"{n}_baseline"].attrs["long_name"] = f"{before[n].attrs['long_name']}, before the shock"
    frame = _tidy(both, [str(n) for n in both.data_vars], ["economy", "industry"])
    return frame.dropna(how="all", subset=list(both.data_vars)).reset_index(drop=True)


def _exposures(outcome: Outcome, suppliers: Selection = "all") -> pd.DataFrame:
    """Every economy's exposure to suppliers other than itself, before and after."""
    world, named = outcome.world, outcome.world.positions(suppliers)
    others = np.zeros((len(world.economies),) * 2)
    others[:, named] = 1.0
    np.fill_diagonal(others, 0.0)  # (economy, supplier)
    variables, columns = {}, {}
    for when, chain in (("", outcome.chain), ("_baseline", outcome.chain_baseline)):
        for name, share in zip(EXPOSURES, reliance_by_origin(chain)[:3], strict=True):
            values = np.einsum("jo,ojk->jk", others, share)
            variables[name + when] = xr.Variable(("economy", "industry"), values)
            text, units = EXPOSURES[name]
            columns[name + when] = [text + (", before the shock" if when else ""), units]
    frame = xr.Dataset(variables, outcome.data[["economy_name", "industry_name"]].coords).to_dataframe().reset_index()
    frame = frame[["economy", "industry", *variables]].dropna(how="all", subset=list(variables)).reset_index(drop=True)
    frame.attrs["columns"] = columns
    return frame


def _value_added_trade(outcome: Outcome) -> pd.DataFrame:
    data = outcome.value_added_trade
    return _tidy(data, _names(data, ("economy",)), ["economy", "economy_name"])


def _value_added_in_exports(outcome: Outcome) -> pd.DataFrame:
    data = outcome.value_added_trade
    frame = _tidy(data, _names(data, ("economy", "industry")), ["economy", "industry"])
    return frame[(frame["gross_exports"] > 0) | (frame["gross_exports_baseline"] > 0)].reset_index(drop=True)


def _value_added_absorbed(outcome: Outcome) -> pd.DataFrame:
    data = outcome.value_added_trade
    return _tidy(data, _names(data, ("origin", "destination")), ["origin", "destination"])


def _diversion(outcome: Outcome, **options: Any) -> pd.DataFrame:
    frame = outcome.diversion(**options).table.copy()
    frame.attrs["columns"] = {name: list(column) for name, column in DIVERSION.items()}
    return frame


def _solver(outcome: Outcome) -> pd.DataFrame:
    rows = [
        {"block": block, "largest_residual": worst.value, "where": worst.where}
        for block, worst in outcome.solver.residuals.items()
    ]
    return pd.DataFrame(rows, columns=["block", "largest_residual", "where"])


OUTCOME_TABLES: dict[str, OutcomeTable] = {
    "economies": OutcomeTable("Real income, prices, trade and money of every economy.", _economies),
    "industries": OutcomeTable("Output, prices, trade and income of every industry.", _industries),
    "trade": OutcomeTable("Sales of every product between all economies.", _trade),
    "partners": OutcomeTable("Sales between economies, all products, and tariff revenue.", _partners),
    "decomposition": OutcomeTable("Why real income changes, to first order, with the remainder.", _decomposition),
    "concentration": OutcomeTable("Hirschman indices of the trade of every industry.", _concentration),
    "exposures": OutcomeTable(
        "Share of inputs that suppliers abroad control, by industry.", _exposures, ("suppliers",)
    ),
    "value_added_trade": OutcomeTable("Value added in exports and final demand, by economy.", _value_added_trade),
    "value_added_in_exports": OutcomeTable(
        "Domestic and foreign value added in exports, by industry.", _value_added_in_exports
    ),
    "value_added_absorbed": OutcomeTable(
        "Value added by where it is earned and where final demand absorbs it.", _value_added_absorbed
    ),
    "diversion": OutcomeTable(
        "Who replaces the suppliers that measures hit.",
        _diversion,
        ("importers", "industries", "exporters", "by_industry"),
    ),
    "solver": OutcomeTable("Largest residual of every block of equations.", _solver),
}
