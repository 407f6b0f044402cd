"""The European Union and China without trade."""

from __future__ import annotations

from halys.economy import Horizon
from halys.measures import Ban
from halys.validation.grid import LONG, SHORT, Experiment, Grid, Search, cut_off
from halys.validation.record import Result, Row, published
from halys.world import World

UNION, CHINA = "EU27", "CHN"
NEARLY = 0.97  # fall of trade that an almost complete decoupling brings, as the press gives it for the Kiel studies


def compute(world: World) -> Result:
    """The run."""
    full = Experiment(cut_off(UNION, CHINA))
    pairs = ((UNION, CHINA), (CHINA, UNION))
    nearly = [Ban(exporters=i, importers=j, industries="all", reduction=NEARLY) for i, j in pairs]
    experiments = {
        "all": full,
        "balanced": Experiment(cut_off(UNION, CHINA), "balanced"),
        "goods": Experiment(cut_off(UNION, CHINA, "goods")),
        "nearly": Experiment(nearly),
    }
    grid = Grid(world, experiments, {"EU": UNION, "China": CHINA})
    words = {
        "all": "all trade banned",
        "nearly": f"trade falls by {100 * NEARLY:.0f} %",
        "goods": "goods banned",
        "balanced": "all trade banned, deficits balanced",
    }
    rows = []
    for name, said in words.items():
        union = published("eu-china-kiel" if name == "nearly" else "eu-china-eu")
        rows.append(Row(f"the EU, {said}", grid.income(name, "EU"), union, LONG))
        rows.append(Row("China, the same", grid.income(name, "China"), published("eu-china-china"), LONG))
    at = grid.at(LONG)
    return Result(
        name="eu-china",
        title="The European Union and China without trade",
        done=(
            "Trade between the EU's 27 members and China is banned, both ways. Per cent of final spending (equivalent "
            "variation). Long run: trade elasticities by product, range those and 1 and 5 throughout. Short run: "
            "elasticity 1, range 0.75 to 2; what is in print is for the long run.",
        ),
        columns=(LONG, SHORT),
        rows=tuple(rows),
        reasons=(
            _elasticities(world, full),
            f"Services and construction are {at('all', 'EU') - at('goods', 'EU'):+.2f} points of the EU's and "
            f"{at('all', 'China') - at('goods', 'China'):+.2f} of China's change. Decoupling in print is a doubling of "
            f"non-tariff barriers, which leaves some trade; what a fall by {100 * NEARLY:.0f} % leaves is worth "
            f"{at('nearly', 'EU') - at('all', 'EU'):+.2f} points to the EU.",
            _sizes(world),
        ),
    )


def _scaled(factor: float) -> Horizon:
    return Horizon.long(trade_elasticity_factor=factor)


def _elasticities(world: World, full: Experiment) -> str:
    """By which factor all trade elasticities must be multiplied to give what is in print."""
    found = []
    for name, target, key in (("the EU", UNION, "eu-china-eu"), ("China", CHINA, "eu-china-china")):
        p = published(key)
        factor = Search(world, full, target, 0.2, 2.0, _scaled).find(p.low)
        found.append(f"{'no factor' if factor is None else f'{factor:.2f}'} for {name} ({p.text} %)")
    return (
        f"The figures in print come out when all long-run trade elasticities are multiplied by {' and '.join(found)}. "
        "Those of the study were not read."
    )


def _sizes(world: World) -> str:
    union, china = world.positions(UNION), world.economies.index(CHINA)
    spent = world.final.sum(axis=1) * world.unit / 1e12
    bought = float(world.flows[:, china, union].sum()) * world.unit / 1e9
    sold = float(world.flows[:, union, china].sum()) * world.unit / 1e9
    return (
        f"The table of 2022 has a China as large as the EU: final spending of {spent[china]:.1f} against "
        f"{spent[union].sum():.1f} trillion USD; China sells the EU {bought:.0f} billion and buys {sold:.0f}. That its "
        "loss exceeds the EU's in print and not here would be consistent with data of earlier years, in which China is "
        "smaller and the same trade weighs more; the study's data were not read."
    )
