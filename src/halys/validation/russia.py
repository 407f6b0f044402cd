"""Russia cut off by the coalition of 2022."""

from __future__ import annotations

import numpy as np

from halys.economy import Horizon
from halys.measures import Ban
from halys.validation.grid import LONG, SHORT, At, Experiment, Grid, Path, Search, cut_off, find_number
from halys.validation.record import Result, Row, published
from halys.world import World

RUSSIA, CHINA, COALITION, UNION = "RUS", "CHN", "coalition_2022", "EU27"
IN_FORCE = 0.7  # coverage taken for the sanctions in force: this much of goods, both ways. An assumption


def compute(world: World) -> Result:
    """The run."""
    coalition = list(world.select(COALITION))
    grid = _solve(world, coalition)
    long, short = grid.at(LONG), grid.at(SHORT)
    surplus = -world.deficit[world.economies.index(RUSSIA)] / world.value_added[world.economies.index(RUSSIA)].sum()
    return Result(
        name="russia-2022",
        title="Russia cut off by the coalition of 2022",
        done=(
            f"Trade between Russia and the {len(coalition)} economies of {COALITION} is banned, both ways; the world "
            "of 2022. Per cent of final spending (equivalent variation). Long run: trade elasticities by product, "
            "range those and 1 and 5 throughout. Short run: elasticity 1, range 0.75 to 2.",
        ),
        columns=(LONG, SHORT),
        rows=_rows(grid),
        reasons=(
            *_elasticities(world, coalition, long("embargo", "Russia")),
            _coverage(world, coalition),
            _exposure(world, coalition),
            _joining(world, coalition, long("in force", "Russia")),
            f"Deficits decide much: Russia's surplus is {100 * surplus:.0f} % of its value added, and fixed it must go "
            f"on being shipped. In the long run {long('embargo', 'Russia'):+.2f} % fixed against "
            f"{long('embargo, balanced', 'Russia'):+.2f} % balanced, in the short run "
            f"{short('embargo', 'Russia'):+.1f} against {short('embargo, balanced', 'Russia'):+.1f} %.",
            "Either part of the coalition leaves Russia the other to trade with, so that together they cost it more "
            "than the sum. The abstract of Hausmann, Schetter and Yildirim calls the cost highly convex in the market "
            "share, by product; here, over whole industries, it is weakly so.",
            "Not in the runs: exit of investment, finance, reserves and technology. Mahlstein and others name the "
            "first as the largest part of their loss.",
        ),
    )


def _solve(world: World, coalition: list[str]) -> Grid:
    others = [code for code in coalition if code not in world.select(UNION)]
    abroad = [code for code in world.economies if code != RUSSIA]
    exports = Ban(exporters=COALITION, importers=RUSSIA, industries="goods", coverage=1.0)
    experiments = {
        "embargo": Experiment(cut_off(coalition, RUSSIA)),
        "embargo, balanced": Experiment(cut_off(coalition, RUSSIA), "balanced"),
        "all": Experiment(cut_off(abroad, RUSSIA), "balanced"),
        "in force": Experiment(cut_off(coalition, RUSSIA, "goods", IN_FORCE)),
        "in force, balanced": Experiment(cut_off(coalition, RUSSIA, "goods", IN_FORCE), "balanced"),
        "with China": Experiment(cut_off([*coalition, CHINA], RUSSIA, "goods", IN_FORCE)),
        "export bans": Experiment([exports]),
        "goods": Experiment(cut_off(coalition, RUSSIA, "goods")),
        "union": Experiment(cut_off(UNION, RUSSIA, "goods")),
        "others": Experiment(cut_off(others, RUSSIA, "goods")),
    }
    return Grid(world, experiments, {"Russia": RUSSIA, "coalition": COALITION})


def _rows(grid: Grid) -> tuple[Row, ...]:
    def added_by_china(at: At) -> float:
        return 100.0 * (at("with China", "Russia") / at("in force", "Russia") - 1.0)

    def multiple(at: At) -> float:
        return at("export bans", "Russia") / at("export bans", "coalition")

    def convexity(at: At) -> float:
        return at("goods", "Russia") / (at("union", "Russia") + at("others", "Russia"))

    listed = (
        ("Russia, all trade banned, deficits fixed", "embargo", "Russia", "russia-decoupling", LONG),
        ("the same, deficits balanced", "embargo, balanced", "Russia", "russia-decoupling", LONG),
        ("the coalition, deficits fixed", "embargo", "coalition", "russia-decoupling-allies", LONG),
        ("Russia, deficits fixed", "embargo", "Russia", "russia-decoupling-flach", LONG),
        ("the same", "embargo", "Russia", "russia-embargo-gdp", SHORT),
        ("Russia, banned by the whole world, balanced", "all", "Russia", "russia-all-world", LONG),
        ("Russia, all goods banned, fixed", "goods", "Russia", "russia-decoupling-goods", LONG),
        (f"Russia, {IN_FORCE:g} of goods banned, fixed", "in force", "Russia", "russia-restrictions", LONG),
        ("the same", "in force", "Russia", "russia-in-force", LONG),
        ("the same, balanced", "in force, balanced", "Russia", "russia-restrictions", LONG),
    )
    rows = [Row(words, grid.income(e, target), published(key), column) for words, e, target, key, column in listed]
    china, bans = published("russia-with-china"), published("russia-export-bans")
    rows.append(Row("what China adds to that loss, % of it", grid.figures(added_by_china), china, LONG, 0))
    words = "exports of goods to Russia banned: its loss over the coalition's, times"
    rows.append(Row(words, grid.figures(multiple), bans, LONG, 0))
    words = "all goods banned by the coalition over the sum of the EU and the others, times"
    rows.append(Row(words, grid.figures(convexity), None, LONG, remark="convex above 1"))
    return tuple(rows)


def _elasticities(world: World, coalition: list[str], by_product: float) -> tuple[str, str]:
    """At which uniform elasticity the losses in print come out, and why the loss by product is small."""
    target, allies = published("russia-decoupling"), published("russia-decoupling-allies")
    fixed = Experiment(cut_off(coalition, RUSSIA))
    balanced = Experiment(fixed.measures, "balanced")
    wanted = (
        (f"{target.text} % for Russia, deficits fixed,", Search(world, fixed, RUSSIA, 0.8, 5.0), target),
        ("the same with balanced deficits", Search(world, balanced, RUSSIA, 0.8, 5.0), target),
        (f"{allies.text} % for the coalition", Search(world, fixed, coalition, 0.8, 5.0), allies),
    )
    said = []
    for words, search, p in wanted:
        theta = search.find(p.low)
        said.append(f"{words} takes {'none from 0.8 to 5' if theta is None else f'{theta:.2f}'}")
    for_fuels = Horizon.long(dict.fromkeys(world.select("fossil_fuels", "industry"), 5.0))
    mild = Path(world, RUSSIA).income(fixed, for_fuels)
    at = world.economies.index(RUSSIA)
    sold = world.flows[:, at, :].sum(axis=1) - world.flows[:, at, at]
    mean = float((Horizon.long().theta(world.industries) * sold).sum() / sold.sum())
    return (
        f"The trade elasticity decides the size. One throughout, in the long run: {'; '.join(said)}.",
        f"By product, elasticities weighted with Russia's exports average {mean:.1f}: fuels are nearly one good "
        f"whoever sells them. With 5 for fuels and the rest by product Russia loses {mild:+.2f} instead of "
        f"{by_product:+.2f} %.",
    )


def _coverage(world: World, coalition: list[str]) -> str:
    """Which coverage of a ban on goods costs Russia what is in print for the sanctions in force, or passed on."""
    read, heard = published("russia-restrictions"), published("russia-in-force")
    runs = [(Horizon.long(), Path(world, RUSSIA), "long run"), (Horizon.short(), Path(world, RUSSIA), "short run")]

    def said(wanted: float) -> str:
        found = []
        for horizon, path, name in runs:

            def loss(b: float, horizon: Horizon = horizon, path: Path = path) -> float:
                return path.income(Experiment(cut_off(coalition, RUSSIA, "goods", b)), horizon)

            b = find_number(loss, wanted, 0.05, 1.0)
            found.append(f"{'out of reach' if b is None else f'{b:.2f}'} in the {name}")
        return f"{wanted:.1f} % ({', '.join(found)})"

    return (
        f"The sanctions in force are taken as a ban of {IN_FORCE:g} of goods, an assumption. The coverage "
        f"that gives, with deficits fixed, {said(read.low)}. For orientation only, as these figures are not confirmed: "
        f"{said(heard.high)}; {said(heard.low)}."
    )


def _abroad(world: World, members: list[str]) -> tuple[float, float]:
    """Shares of Russia's exports and imports with these economies."""
    at, places = world.economies.index(RUSSIA), [world.economies.index(code) for code in members]
    sold, bought = (np.asarray(world.flows[:, at, :]).sum(axis=0), np.asarray(world.flows[:, :, at]).sum(axis=0))
    return (
        float(sold[places].sum() / (sold.sum() - sold[at])),
        float(bought[places].sum() / (bought.sum() - bought[at])),
    )


def _exposure(world: World, coalition: list[str]) -> str:
    """How much of Russia's trade the table of 2022 still has with the coalition."""
    exports, imports = _abroad(world, coalition)
    return (
        f"The table is of 2022, after ten months of sanctions: the coalition takes {100 * exports:.0f} % of Russia's "
        f"exports and sells {100 * imports:.0f} % of its imports. What had begun by then cannot be banned again. That "
        "would be consistent with larger losses in studies that start from years before the war; their data were not "
        "read."
    )


def _joining(world: World, coalition: list[str], without: float) -> str:
    """What China would have to ban to add what is in print."""
    p = published("russia-with-china")

    path = Path(world, RUSSIA)

    def loss(b: float) -> float:
        joined = [*cut_off(coalition, RUSSIA, "goods", IN_FORCE), *cut_off(CHINA, RUSSIA, "goods", b)]
        return path.income(Experiment(joined), Horizon.long())

    b = find_number(loss, without * (1.0 + p.low / 100.0), 0.0, IN_FORCE)
    exports, imports = _abroad(world, [CHINA])
    said = "none" if b is None else f"{b:.2f}"
    return (
        f"China takes {100 * exports:.0f} % of Russia's exports in the table and sells {100 * imports:.0f} % of its "
        f"imports. In the long run it adds {p.text} % to the loss where it bans {said} of its goods trade with Russia, "
        f"not {IN_FORCE:g}; the study's measures are those of 2014, estimated by sector."
    )
