"""Germany without Russian energy."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial
from importlib import resources
from typing import Any

import yaml

from halys.economy import Horizon
from halys.measures import Ban
from halys.validation.grid import LONG, SHORT, Experiment, Grid, Search
from halys.validation.record import Result, Row, published
from halys.validation.shares import with_import_shares
from halys.world import World

GERMANY, RUSSIA, ENERGY = "DEU", "RUS", "energy"
RIGID = 0.1  # the lowest elasticity between value added, inputs and goods that is tried: below, solves may fail


def stop() -> Experiment:
    """Germany buys no energy from Russia."""
    return Experiment([Ban(exporters=RUSSIA, importers=GERMANY, industries=ENERGY, coverage=1.0)])


def shares_of_2021() -> Mapping[str, float]:
    """Russia's shares of German imports before the war, by industry, from `data/german-energy-2021.yaml`."""
    text = resources.files("halys.validation").joinpath("data/german-energy-2021.yaml").read_text(encoding="utf-8")
    record: Mapping[str, Any] = yaml.load(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))
    shares = {}
    for industry, entry in record.items():
        parts = entry if isinstance(entry, list) else [entry]
        russian = sum(part.get("russian", part["imports"] * part.get("share", 0.0)) for part in parts)
        shares[industry] = russian / sum(part["imports"] for part in parts)
    return shares


def compute(world: World) -> Result:
    """The run."""
    before = with_import_shares(world, RUSSIA, GERMANY, shares_of_2021())
    now, then = (Grid(w, {"stop": stop()}, {"Germany": GERMANY, "Russia": RUSSIA}) for w in (world, before))
    gdp, model = published("germany-gdp"), published("germany-model")
    rows = (
        Row("Germany, the table of 2022 as it is", now.income("stop", "Germany"), gdp, SHORT),
        Row("the same", now.income("stop", "Germany"), model, SHORT),
        Row("Germany, Russia's shares of 2021 in its coal, oil and gas", then.income("stop", "Germany"), gdp, SHORT),
        Row("the same", then.income("stop", "Germany"), model, SHORT),
        Row("Russia, shares of 2021", then.income("stop", "Russia"), None, SHORT),
    )
    return Result(
        name="germany-energy",
        title="Germany without Russian energy",
        done=(
            "Germany's purchases of energy from Russia (coal, oil and gas, refined petroleum, electricity and gas "
            "supply) are banned. Per cent of final spending (equivalent variation), the studies' loss of national "
            "expenditure. Short run: trade elasticity 1, range 0.75 to 2. Long run: trade elasticities by product, "
            "range those and 1 and 5 throughout; what is in print is for the first year.",
        ),
        columns=(SHORT, LONG),
        rows=rows,
        reasons=(_baseline(world, before), *_elasticities(world, before, gdp.low), _mild(before)),
    )


def _baseline(world: World, before: World) -> str:
    """What the table holds of Russian energy, against 2021."""
    at, to = world.economies.index(RUSSIA), world.economies.index(GERMANY)
    earned = float(world.value_added[to].sum())

    def bought(of: World) -> str:
        flow = float(of.flows[of.positions(ENERGY, "industry"), at, to].sum())
        return f"{flow * of.unit / 1e9:.1f} billion USD or {100 * flow / earned:.2f} %"

    def share(of: World, industry: str) -> str:
        flows = of.flows[of.industries.index(industry)]
        return f"{100 * float(flows[at, to] / (flows[:, to].sum() - flows[to, to])):.0f}"

    return (
        "The table of 2022 has less Russian energy than Germany bought before the war: Russia sells "
        f"{share(world, 'B06')} % of German imports of oil and gas, against {share(before, 'B06')} % in 2021, and "
        f"{share(world, 'B05')} against {share(before, 'B05')} % of coal. In all that is {bought(world)} of German "
        f"value added, and {bought(before)} with the shares of 2021. Even then others' energy takes the place of "
        "Russia's at the trade elasticity: pipelines, terminals and stores are not in the model."
    )


def _origins(world: World, theta: float) -> Horizon:
    """The short run with another trade elasticity of energy."""
    energy = world.select(ENERGY, "industry")
    own = dict.fromkeys(world.industries, 1.0) | dict.fromkeys(energy, theta)
    return replace(Horizon.short(), trade_elasticity=own)


def _mild(before: World) -> str:
    """What it takes to reach the lower figure in print."""
    p = published("germany-model")
    low, high = 1.0, 40.0
    found = Search(before, stop(), GERMANY, low, high, partial(_origins, before)).find(p.low)
    said = f"none from {low:g} to {high:g}" if found is None else f"{found:.1f}"
    return f"A change of {p.low:+.1f} %, with the shares of 2021, asks of the trade elasticity of energy: {said}."


def _elasticities(world: World, before: World, wanted: float) -> list[str]:
    """What it takes to reach the upper figure in print: between origins, or between energy and all else."""
    short = Horizon.short()

    def nests(sigma: float) -> Horizon:
        return replace(short, value_added_substitution=sigma, input_substitution=sigma, consumption_substitution=sigma)

    tried: tuple[tuple[str, Callable[[float], Horizon], float, float], ...] = (
        ("the trade elasticity of energy, all else as in the short run", partial(_origins, world), 0.2, 1.0),
        ("one elasticity, of all economies, between value added, inputs and consumer goods", nests, RIGID, 0.5),
    )
    out = []
    for words, make, low, high in tried:
        said = []
        for of, name in ((world, "the table of 2022"), (before, "the shares of 2021")):
            search = Search(of, stop(), GERMANY, low, high, make)
            found = search.find(wanted)
            if found is None:
                ends = f"{search.income(low):+.2f} % at {low:g} and {search.income(high):+.2f} % at {high:g}"
                said.append(f"not reached with {name} ({ends})")
            else:
                said.append(f"{found:.2f} with {name}")
        out.append(f"A change of {wanted:+.0f} % asks of {words}: {'; '.join(said)}.")
    return out
