"""A world in two blocs."""

from __future__ import annotations

from halys.measures import Tariff
from halys.validation.grid import LONG, SHORT, Experiment, Grid, Search, cut_off
from halys.validation.record import Result, Row, published
from halys.world import World

WEST = "coalition_2022"
EAST = ["CHN", "HKG", "RUS", "BLR"]
BRIC = ["BRA", "RUS", "IND", "CHN"]
TARIFF = 0.25


def compute(world: World) -> Result:
    """The run."""
    west = list(world.select(WEST))
    rest = [code for code in world.economies if code not in EAST]
    blocs = Experiment(cut_off(west, EAST))
    alone = Experiment(cut_off(rest, EAST), "balanced")
    pairs = ((west, EAST), (EAST, west))
    experiments = {
        "tariffs": Experiment([Tariff(exporters=i, importers=j, industries="goods", rate=TARIFF) for i, j in pairs]),
        "high technology": Experiment(cut_off(west, EAST, "high_tech")),
        "blocs": blocs,
        "alone": alone,
        "BRIC": Experiment(cut_off(west, BRIC)),
    }
    targets = {"world": "all", "West": west, "East": EAST, "BRIC": BRIC, "Germany": "DEU"}
    grid = Grid(world, experiments, targets)
    at = grid.at(LONG)
    return Result(
        name="fragmentation",
        title="A world in two blocs",
        done=(
            f"West: the {len(west)} economies of {WEST}. East: {', '.join(EAST)}. The rest trades with both, except "
            "where it joins the West; that is measured from a world without deficits, because the East then has no "
            "trade to run one with. Per cent of final spending (equivalent variation). Long run: trade elasticities by "
            "product, range those and 1 and 5 throughout. Short run: elasticity 1, range 0.75 to 2.",
        ),
        columns=(LONG, SHORT),
        rows=_rows(grid),
        reasons=(
            _elasticities(world, blocs, alone),
            f"Which instrument decides: tariffs of {100 * TARIFF:.0f} % cost the world {at('tariffs', 'world'):+.2f} % "
            "in the long run, because their revenue stays; a ban of that trade and of services costs "
            f"{at('blocs', 'world'):+.2f} %.",
            "Studies at the upper end add what is not here: diffusion of ideas through trade (Góes and Bekkers say "
            "that losses are substantially smaller without it), technology, capital flows, and commodities in more "
            "detail than 50 industries.",
        ),
    )


def _rows(grid: Grid) -> tuple[Row, ...]:
    listed = (
        (f"world, tariffs of {100 * TARIFF:.0f} % on goods between the blocs", "tariffs", "world", "world-imf", LONG),
        ("world, high technology banned between the blocs", "high technology", "world", "world-imf", LONG),
        ("world, all trade between the blocs banned", "blocs", "world", "world-imf", LONG),
        ("the same", "blocs", "world", "world-imf-blocs", LONG),
        ("the West, the same", "blocs", "West", None, LONG),
        ("the East, the same", "blocs", "East", None, LONG),
        ("Germany, the same", "blocs", "Germany", "germany-blocs-long", LONG),
        ("Germany, the same", "blocs", "Germany", "germany-blocs-short", SHORT),
        ("world, the rest joins the West", "alone", "world", "world-wto", LONG),
        ("Brazil, Russia, India and China, cut off by the West", "BRIC", "BRIC", "east-west-east", LONG),
        ("the West, the same", "BRIC", "West", "east-west-west", LONG),
    )
    return tuple(
        Row(words, grid.income(experiment, target), published(key) if key else None, compared)
        for words, experiment, target, key, compared in listed
    )


def _elasticities(world: World, blocs: Experiment, alone: Experiment) -> str:
    """Uniform long-run elasticities at which figures in print come out."""
    two, none = Search(world, blocs, "all", 0.6, 8.0), Search(world, alone, "all", 0.6, 8.0)
    imf, wto = published("world-imf-blocs"), published("world-wto")
    found = []
    for words, search, wanted in (
        ("two blocs", two, imf.high),
        ("two blocs", two, imf.low),
        ("the rest in the West", none, wto.low),
    ):
        theta = search.find(wanted)
        said = f"none from {search.low:g} to {search.high:g}" if theta is None else f"{theta:.2f}"
        found.append(f"{wanted:.1f} % with {words} takes {said}")
    return f"The trade elasticity decides the size. Uniform, in the long run: {'; '.join(found)}."
