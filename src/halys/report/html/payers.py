"""Sections about who pays: bars, the world map, the matrix of all histories, and one economy seen first."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import xarray as xr

from halys.answer.results import NOTHING
from halys.report.charts.access import equilibria, income_change, sharing
from halys.report.charts.format import change, percent, signed
from halys.report.charts.who_pays import history_colours, history_titles, who_pays_spec
from halys.report.charts.world_map import RATIO, world_map_spec
from halys.report.economy_view import describe_runs
from halys.report.html.elements import bullets, disclosure, long_head, short_heads, table, text
from halys.report.html.model import Page
from halys.report.shapes import BOUNDARY_NOTE, drawn_areas

_LISTED = 5
_FEW = 8  # names of members that are shown at once


def who_pays(page: Page) -> str:
    """Bars and their table."""
    payers = page.payers
    if not payers or not payers.get("rows"):
        return ""
    answer = {**page.answer, "who_pays": payers}
    game = page.game if page.game is not None else xr.Dataset()
    hardest = [r for r in payers["rows"] if r["kind"] == "outsider" and r["values"][-1]]
    titles = history_titles(payers["histories"])
    actors = "; ".join(
        f"{r['label']} {change(r['values'][-1]['percent'], r['values'][-1]['billion'])}"
        for r in payers["rows"]
        if r["kind"] == "actor" and r["values"][-1]
    )
    words = f"{titles[-1]}: {actors}."
    if hardest:
        listed = ", ".join(f"{r['label']} {percent(r['values'][-1]['percent'])}" for r in hardest[:3])
        words += f" Outsiders hit hardest: {listed}."
    drawn = who_pays_spec(game, answer, legend=False)
    chart = page.figures.add("who-pays", drawn, text(words), titled=False, legend=_legend(payers))
    return chart + _members(page) + disclosure("The same as a table", _payers_table(payers))


def _legend(payers: Mapping[str, Any]) -> str:
    """Which colour is which history; in the page itself, where long titles run over several lines."""
    histories = payers["histories"]
    if len(histories) < 2:
        return ""
    pairs = zip(history_colours(histories), history_titles(histories), strict=True)
    items = (f'<li><span class="chip" style="background:{colour}"></span>{text(title)}</li>' for colour, title in pairs)
    return f'<ul class="legend">{"".join(items)}</ul>'


def _members(page: Page) -> str:
    """Who the actors of several economies are."""
    name_of, parts = page.scenario.world.name_of, []
    for actor, codes in page.scenario.actor_economies.items():
        if len(codes) < 2:
            continue
        label, names = text(page.actors.get(actor, actor)), text(", ".join(name_of(code) for code in codes))
        if len(codes) > _FEW:
            parts.append(disclosure(f"{label}: its {len(codes)} economies", f'<p class="small">{names}.</p>'))
        else:
            parts.append(f'<p class="small">{label}: {names}.</p>')
    return "".join(parts)


def _payers_table(payers: Mapping[str, Any]) -> str:
    histories = payers["histories"]
    rows = [
        [
            f"{text(row['label'])}{_kind(row)}",
            *(cell for value in row["values"] for cell in _pair(value)),
        ]
        for row in (*payers["rows"], *(payers.get("unranked") or []))
    ]
    heads, titles = ["Who", *("%", "bn USD") * len(histories)], history_titles(histories)
    groups = [("", 1), *((long_head(title), 2) for title in titles)]
    return short_heads(titles) + table(heads, rows, numeric=range(1, len(heads)), groups=groups)


def _kind(row: Mapping[str, Any]) -> str:
    """Whether a row is a member of an actor, an outsider or not ranked; the others need no word."""
    word = {"unranked": "not ranked", "doubtful": "not ranked"}.get(row["kind"], row["kind"])
    return f' <span class="small">{text(word)}</span>' if word in ("member", "outsider", "not ranked") else ""


def _pair(value: Mapping[str, Any] | None) -> tuple[str, str]:
    if not value or value.get("percent") is None:
        return "–", "–"
    return text(signed(value["percent"])), text(signed(value["billion"]))


def world_map(page: Page) -> str:
    """The map with its choice of history, and for paper the histories that matter most."""
    solved = [name for name in equilibria(page.results) if name not in page.unsolved]
    if not solved:
        return ""
    groups = sharing(page.results)
    own = {history: name for name, shared in groups.items() for history in shared}
    chosen = own.get(page.played or "")
    start = page.played if chosen in solved and page.played else groups[solved[0]][0]
    world = page.scenario.world
    absent = [world.name_of(code) for code in world.economies if code not in drawn_areas()]
    if len(absent) == len(world.economies):  # made-up economies, or groups of them
        return f"<p>{text(f'No economy of this world is on the map. {_map_words(page, start)}')}</p>"
    spec = world_map_spec(page.results, page.histories, shapes=False)
    if chosen in solved:
        next(p for p in spec["params"] if p["name"] == "pick")["value"] = solved.index(chosen)
    beside = f" In the table and not on the map: {', '.join(absent)}." if absent else ""
    note = text(f"{BOUNDARY_NOTE}{_unranked(page)}{beside}")
    words = [_map_words(page, groups[name][0]) for name in solved]
    figure = page.figures.add("map", spec, text(_map_words(page, start)), ratio=RATIO, note=note, titled=False)
    figure += page.figures.add_captions("map", words)
    last = str(page.payers["histories"][-1]["history"]) if page.payers else page.threat
    printed = [h for h in dict.fromkeys((page.played, last)) if h and own.get(h) in solved] or [start]
    static = "".join(
        page.figures.add_printed(
            f"map-{n + 1}",
            world_map_spec(page.results, page.histories, history, shapes=False),
            f"{text(_map_words(page, history))} {text(BOUNDARY_NOTE) if n else note}",
            ratio=RATIO,
        )
        for n, history in enumerate(printed)
    )
    missing = [f"“{page.histories[h]}”" for name in page.unsolved for h in groups[name]]
    warning = (
        f'<p class="warning">Not drawn, for want of an equilibrium: {text("; ".join(missing))}.</p>' if missing else ""
    )
    return f'<div class="screen-only">{figure}</div>{static}{warning}'


def _unranked(page: Page) -> str:
    """Economies on the map that are in no ranking."""
    names = ", ".join(page.scenario.world.name_of(code) for code in page.scenario.world.doubtful)
    return f" Drawn but not ranked, since the table recovers their final demand poorly: {names}." if names else ""


def _map_words(page: Page, history: str) -> str:
    """The economies that lose and gain most in a history, but for those that the table recovers poorly."""
    at = equilibria(page.results).index(str(page.results["equilibrium_of"].sel(history=history).item()))
    values, names = income_change(page.results)[0][at], page.results["economy_name"].values
    ranked = np.flatnonzero(~np.isin(page.results["economy"].values, page.scenario.world.doubtful))
    order = ranked[np.argsort(values[ranked], kind="stable")]
    worst = ", ".join(f"{names[j]} {percent(float(values[j]))}" for j in order[:_LISTED])
    best = ", ".join(f"{names[j]} {percent(float(values[j]))}" for j in order[::-1][:_LISTED] if values[j] > 0)
    gains = f" Largest gains: {best}." if best else " Nobody gains."
    return f"{page.histories[history]}. Largest losses: {worst}.{gains}"


def matrix(page: Page) -> str:
    """Every history and every actor, those with the same measures together."""
    groups = sharing(page.results)
    billion = income_change(page.results)[1]
    income = page.results["final_spending_baseline"].isel(closure=0).values
    codes = page.results["economy"].values
    masks = [np.isin(codes, members) for members in page.scenario.actor_economies.values()]
    masks.append(np.ones(len(codes), dtype=bool))
    rows = []
    for n, name in enumerate(equilibria(page.results)):
        cells = ""
        if name in page.unsolved:
            cells = f'<td colspan="{2 * len(masks)}">{text(_why(page, groups[name], page.unsolved[name]))}</td>'
        else:
            for mask in masks:
                amount = float(billion[n, mask].sum())
                share = 100.0 * amount / float(income[mask].sum())
                cells += f'<td class="n c{page.shade(share)}">{text(signed(share))}</td>'
                cells += f'<td class="n">{text(signed(amount))}</td>'
        rows.append(f'<tr><th scope="row">{_names(page, groups[name])}</th>{cells}</tr>')
    heads = [page.chip(actor) for actor in page.actors] + ["World"]
    over = "".join(f'<th colspan="2" scope="colgroup">{head}</th>' for head in heads)
    units = '<th class="n" scope="col">%</th><th class="n" scope="col">bn USD</th>' * len(heads)
    search = (
        '<div class="filter"><label for="matrix-filter">Show histories with</label><input type="search" '
        'id="matrix-filter" data-filter="#histories tbody tr" data-count="matrix-count">'
        f'<span id="matrix-count" role="status">{len(rows)} of {len(rows)}</span></div>'
        if len(rows) > 1
        else ""
    )
    return (
        '<p class="unit">Change of real income: % of baseline final spending, and billion US dollars a year. A row '
        f"holds all histories with the same measures. Shades as on the map.</p>{search}"
        '<div class="scroll tall" tabindex="0" role="group" aria-label="Cost matrix">'
        '<table class="matrix" id="histories">'
        f'<thead><tr class="over"><th></th>{over}</tr><tr><th scope="col">History</th>{units}</tr></thead>'
        f"<tbody>{''.join(rows)}</tbody></table></div>"
    )


def _names(page: Page, shared: list[str]) -> str:
    """The first history, in short what else leads to the same, and all of it on demand; the played one stands first."""
    order = sorted(shared, key=lambda h: (h != page.played, h != page.threat))
    badge = ' <span class="badge">played</span>' if order[0] == page.played else ""
    if page.threat in shared and page.threat != page.played:
        badge += ' <span class="badge alarm">threat</span>'
    first = f"{text(page.histories[order[0]])}{badge}"
    if len(order) == 1:
        return first
    others = "".join(f"<li>{text(page.histories[h])}</li>" for h in order[1:])
    short = f'<div class="small">Or {text(_other_moves(page, order))}</div>'
    return f"{first}{short}{disclosure(f'all {len(order)} histories', f'<ul>{others}</ul>')}"


def _other_moves(page: Page, order: list[str]) -> str:
    """By stage, the moves of the other histories that the first does not have."""
    file, moves = page.scenario.file, {h.id: h.moves for h in page.scenario.histories}
    own = dict(moves[order[0]])
    found: dict[str, dict[str, None]] = {}
    for history in order[1:]:
        for stage, move in moves[history]:
            if own.get(stage) != move:
                found.setdefault(stage, {})[file.moves[stage][move].label] = None
    parts = [f"{page.scenario.movers[stage]}: {', '.join(labels)}" for stage, labels in found.items()]
    return "; ".join(parts) or "without the last moves"


def _why(page: Page, shared: list[str], word: str) -> str:
    """Why there are no numbers."""
    told = [(entry["history"], entry["message"]) for entry in page.answer.get("infeasible") or []]
    told += [(h, entry["message"]) for entry in page.summary.get("failures") or [] for h in entry["histories"]]
    message = next((str(message) for history, message in told if history in shared), "")
    return f"{word}: {message}" if message else word


def economy(page: Page) -> str:
    """One economy first: real income, why, and the industries and partners that change most."""
    view = page.view
    if not view:
        return ""
    shown = view["histories"]
    heads = ["", *(text(h["label"]) for h in shown)]
    rows = [["Real income", *(text(change(h["real_income"]["percent"], h["real_income"]["billion"])) for h in shown)]]
    for n, term in enumerate(shown[0].get("why") or []):
        values = [h["why"][n]["percent"] for h in shown]
        if any(abs(value) > NOTHING for value in values):
            rows.append([f"of it: {text(term['label'])}", *(text(percent(value)) for value in values)])
    caption = "Real income and, to first order, what it is made of, % of baseline final spending a year"
    doubt = ""
    if view.get("doubtful"):
        listed = ", ".join(str(code) for code in view["doubtful"])
        doubt = f'<p class="warning">Read with care: the table recovers the final demand of {text(listed)} poorly.</p>'
    first = doubt + table(heads, rows, caption=caption, numeric=range(1, len(heads)))
    runs = describe_runs(page.summary["horizons"], str(view["code"]))
    both = f"<p>Real income in the long and in the short run, over the range of θ:</p>{bullets(map(text, runs))}"
    return first + (both if runs else "") + "".join(map(_details, shown))


def _details(entry: Mapping[str, Any]) -> str:
    listed = (("industries", "Output"), ("exports", "Exports to"), ("imports", "Imports from"))
    tables = "".join(f"<div>{_moved(entry[key], title)}</div>" for key, title in listed if entry.get(key))
    return f'<h3>{text(entry["label"])}</h3><div class="columns">{tables}</div>' if tables else ""


def _moved(listed: list[Mapping[str, Any]], title: str) -> str:
    """The largest falls and rises."""
    chosen = [*listed[:_LISTED], *(row for row in listed[-_LISTED:] if row not in listed[:_LISTED])]
    rows = [
        [
            text(row["name"]),
            text(signed(row["billion"])),
            "–" if row.get("percent") is None else text(signed(row["percent"])),
        ]
        for row in chosen
    ]
    return table([text(title), "bn USD", "%"], rows, caption="Largest falls and rises", numeric=(1, 2))
