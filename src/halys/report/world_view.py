"""What `halys world` shows: the baseline as a whole, or one economy with its partners, industries and exposures."""

from __future__ import annotations

import textwrap
from typing import Any

import numpy as np

from halys.errors import UnknownNameError
from halys.report.text import Block, render_tables
from halys.world import WORLDS, World, load_world
from halys.world.groups import EVERYTHING

_TOP = 10
_NAME = 44
_COALITION = "coalition_2022"


def view(economy: str | None, codes: bool, width: int, world: World | None = None) -> tuple[dict[str, Any], str]:
    """Plain data and text of a world (the bundled one if none is given), of its codes, or of one economy.

    Raises:
        UnknownNameError: not the code of one economy.
    """
    world = load_world() if world is None else world
    if codes:
        return describe_codes(world), _codes_text(world, width)
    if economy is None:
        record = describe_world(world)
        return record, _world_text(record, width)
    if economy not in world.economies:
        if economy in world.groups or economy == EVERYTHING:
            raise UnknownNameError(f"{economy!r} is a group; `halys world` shows one economy at a time, such as DEU.")
        world.select(economy)  # raises, with the nearest names
    record = describe_economy(world, economy)
    return record, _economy_text(record, width)


def describe_world(world: World) -> dict[str, Any]:
    """Size of the world, its largest economies, and its groups: members that the world has, and those it lacks."""
    scale = world.unit / 1e9
    value_added = world.value_added.sum(axis=1) * scale
    flows = world.flows.sum(axis=0) * scale
    np.fill_diagonal(flows, 0.0)
    order = np.argsort(-value_added)
    largest = [
        {
            "code": world.economies[j],
            "name": world.name_of(world.economies[j]),
            "value_added": float(value_added[j]),
            "exports": float(flows[j].sum()),
            "imports": float(flows[:, j].sum()),
            "balance_percent": float(-100.0 * world.deficit[j] * scale / value_added[j]),
        }
        for j in order
    ]
    groups = [
        {
            "name": g.name,
            "kind": g.kind,
            "label": g.label,
            "members": list(g.present(world.codes(g.kind))),
            "missing": list(g.missing(world.codes(g.kind))),
            "source": g.source,
            "note": g.note,
        }
        for g in world.groups.values()
    ]
    return {
        "doubtful": list(world.doubtful),
        "id": world.id,
        "title": world.title,
        "hash": world.hash,
        "unit": "billion USD a year",
        "economies": len(world.economies),
        "industries": len(world.industries),
        "value_added": float(value_added.sum()),
        "trade": float(flows.sum()),
        "largest_economies": largest,
        "groups": groups,
    }


def describe_codes(world: World) -> dict[str, Any]:
    """All codes with names, groups with the members that the world has, and, apart, those that it lacks."""
    groups = {g.name: list(g.present(world.codes(g.kind))) for g in world.groups.values()}
    missing = {g.name: list(lacking) for g in world.groups.values() if (lacking := g.missing(world.codes(g.kind)))}
    names = {kind: {code: world.name_of(code) for code in world.codes(kind)} for kind in ("economy", "industry")}
    return {"economies": names["economy"], "industries": names["industry"], "groups": groups, "missing": missing}


def describe_economy(world: World, economy: str) -> dict[str, Any]:
    """One economy: size, balance, partners, industries, and what it depends on. Money in billion USD a year."""
    j = world.economies.index(economy)
    scale = world.unit / 1e9
    flows = world.flows * scale
    exports, imports = flows[:, j, :].copy(), flows[:, :, j].copy()
    exports[:, j] = imports[:, j] = 0.0
    value_added = float(world.value_added[j].sum() * scale)
    share = world.trade_share[:, :, j]
    foreign = 1.0 - share[:, j]
    bought = world.purchases[j] * scale

    def top(values: np.ndarray, codes: tuple[str, ...]) -> list[dict[str, Any]]:
        total = values.sum()
        return [
            {
                "code": codes[i],
                "name": world.name_of(codes[i]),
                "value": float(values[i]),
                "share": float(values[i] / total),
            }
            for i in np.argsort(-values)[:_TOP]
            if values[i] > 0
        ]

    # Hirschman: the sum of squared import shares says how concentrated the origins of a product are.
    abroad = imports.sum(axis=1)
    concentration = np.divide((imports**2).sum(axis=1), abroad**2, out=np.zeros_like(abroad), where=abroad > 0)
    largest = imports.argmax(axis=1)
    exposures = [
        {
            "code": world.industries[s],
            "name": world.name_of(world.industries[s]),
            "import_share": float(foreign[s]),
            "concentration": float(concentration[s]),
            "largest_origin": world.economies[int(largest[s])],
            "largest_share": float(imports[s].max() / abroad[s]),
            "imports": float(abroad[s]),
        }
        for s in np.argsort(-abroad * concentration)[:_TOP]
        if abroad[s] > 0
    ]
    group = world.groups.get(_COALITION)
    members = group.present(world.economies) if group is not None else ()
    others = np.array([world.economies.index(code) for code in members if code != economy], dtype=int)
    return {
        "code": economy,
        "name": world.name_of(economy),
        "world": world.id,
        "unit": "billion USD a year",
        "value_added": value_added,
        "share_of_world": float(value_added / (world.value_added.sum() * scale)),
        "final_spending": float(world.income[j] * scale),
        "exports": float(exports.sum()),
        "imports": float(imports.sum()),
        "balance_percent": float(-100.0 * world.deficit[j] * scale / value_added),
        "imported_share_of_purchases": float((foreign * bought).sum() / bought.sum()),
        "groups": [g.name for g in world.groups.values() if g.kind == "economy" and economy in g.members],
        "coalition_2022": {
            "share_of_exports": _share(exports[:, others], exports),
            "share_of_imports": _share(imports[:, others], imports),
        },
        "export_partners": top(exports.sum(axis=0), world.economies),
        "import_partners": top(imports.sum(axis=0), world.economies),
        "industries": top(world.value_added[j] * scale, world.industries),
        "exported_products": top(exports.sum(axis=1), world.industries),
        "exposures": exposures,
    }


def _share(part: np.ndarray, whole: np.ndarray) -> float:
    """Share of a part in what is traded; 0 for an economy that does not trade."""
    return float(part.sum() / whole.sum()) if whole.sum() > 0 else 0.0


def _world_text(record: dict[str, Any], width: int) -> str:
    rows = record["largest_economies"]
    label = Block("", ("economy", "name"), tuple((r["code"], _short(r["name"])) for r in rows), words=True)
    money = tuple((f"{r['value_added']:,.0f}", f"{r['exports']:,.0f}", f"{r['imports']:,.0f}") for r in rows)
    balance = tuple((f"{r['balance_percent']:+.1f}",) for r in rows)
    blocks = [
        Block("billion USD a year", ("value added", "exports", "imports"), money),
        Block("balance", ("% of value added",), balance),
    ]
    size = (
        f"{record['economies']} economies, {record['industries']} industries; "
        f"value added {record['value_added'] / 1e3:,.2f} and trade {record['trade'] / 1e3:,.2f} trillion USD a year"
    )
    lines = [
        *textwrap.wrap(f"{record['id']}: {record['title']}", width),
        *textwrap.wrap(size, width),
        "",
        render_tables(label, blocks, width),
        "",
        *textwrap.wrap(
            # What lies behind such balances is known of the bundled world only.
            f"Balance beyond half of value added{', final demand poorly recovered' if record['id'] in WORLDS else ''}: "
            f"{', '.join(record['doubtful']) or 'none'}.",
            width,
        ),
        "",
        "Groups:",
    ]
    for g in record["groups"]:
        missing = f" Not in the table: {', '.join(g['missing'])}." if g["missing"] else ""
        present = len(g["members"])
        size = f"{present} of {present + len(g['missing'])}" if g["missing"] else f"{present}"
        text = f"{g['name']} ({size}): {g['label']}.{missing}"
        lines += textwrap.wrap(text, width, initial_indent="  ", subsequent_indent="      ")
    lines += ["", *textwrap.wrap("halys world CODE shows one economy; halys world --codes lists all codes.", width)]
    return "\n".join(lines)


def _economy_text(r: dict[str, Any], width: int) -> str:
    coalition = r["coalition_2022"]
    facts = [
        f"{r['name']} [{r['code']}], {r['world']}, billion USD a year",
        f"Value added {r['value_added']:,.1f} ({100 * r['share_of_world']:.2f} % of the world), "
        f"final spending {r['final_spending']:,.1f}",
        f"Exports {r['exports']:,.1f}, imports {r['imports']:,.1f}, "
        f"balance {r['balance_percent']:+.2f} % of value added; "
        f"{100 * r['imported_share_of_purchases']:.1f} % of all purchases are imported",
        f"With the 2022 coalition: {100 * coalition['share_of_exports']:.1f} % of exports, "
        f"{100 * coalition['share_of_imports']:.1f} % of imports",
        f"Groups: {', '.join(r['groups']) or 'none'}",
    ]
    lines = [line for fact in facts for line in textwrap.wrap(fact, width, subsequent_indent="  ")]
    for title, key in (
        ("Exports to", "export_partners"),
        ("Imports from", "import_partners"),
        ("Exported products", "exported_products"),
        ("Industries by value added", "industries"),
    ):
        cells = tuple((f"{x['value']:,.1f}", f"{100 * x['share']:.1f}") for x in r[key])
        lines += _listing(title, r[key], Block("", ("bn USD", "%"), cells), width)
    origins = tuple(
        (
            f"{x['imports']:,.1f}",
            f"{100 * x['import_share']:.1f}",
            f"{x['concentration']:.2f}",
            f"{x['largest_origin']} {100 * x['largest_share']:.0f} %",
        )
        for x in r["exposures"]
    )
    block = Block("", ("imports bn", "% of purchases", "concentration", "largest origin"), origins)
    title = "Most exposed imports (large and from few origins; concentration is the sum of squared shares of origins)"
    return "\n".join(lines + _listing(title, r["exposures"], block, width))


def _listing(title: str, rows: list[dict[str, Any]], cells: Block, width: int) -> list[str]:
    """A titled table of codes and names with their cells; names are cut to what the width leaves."""
    code = max((len(x["code"]) for x in rows), default=4)
    room = min(_NAME, max(width - cells.width - code - 5, 8))
    label = Block("", ("code", "name"), tuple((x["code"], _short(x["name"], room)) for x in rows), words=True)
    return ["", *textwrap.wrap(f"{title}:", width), *render_tables(label, [cells], width).splitlines()[1:]]


def _codes_text(world: World, width: int) -> str:
    lines = ["Economies:"]
    lines += [f"  {code:<5} {world.name_of(code)}" for code in world.economies]
    lines += ["", "Industries:"] + [f"  {code:<9} {world.name_of(code)}" for code in world.industries]
    lines += ["", "Groups:"]
    for g in world.groups.values():
        codes = world.codes(g.kind)
        lacking = f" (not in the table: {' '.join(g.missing(codes))})" if g.missing(codes) else ""
        text = f"{g.name}: {' '.join(g.present(codes)) or 'none'}{lacking}"
        lines += textwrap.wrap(text, max(width, 60), initial_indent="  ", subsequent_indent="      ")
    return "\n".join(lines)


def _short(name: str, room: int = _NAME) -> str:
    cut = textwrap.shorten(name, room, placeholder=" ...")
    return cut if len(cut) > 4 else name[:room]
