"""`render_report`: a run as one HTML page that opens from the disk, without any network."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Callable, Mapping
from importlib import resources
from typing import Any

import xarray as xr

from halys.report.economy_view import economy_view as view_economy
from halys.report.html import (
    bounds,
    campaign,
    coalition,
    decisions,
    evidence,
    game,
    horizons,
    method,
    numbers,
    opening,
    payers,
    repetition,
)
from halys.report.html.bundle import javascript_bundle
from halys.report.html.elements import plain_json, text
from halys.report.html.model import Page
from halys.report.shapes import load_shapes
from halys.scenario import Scenario

Section = tuple[str, str, Callable[[Page], str]]

_SECTIONS: tuple[Section, ...] = (
    ("cautions", "Read this first", opening.cautions),
    ("economy", "{economy}", payers.economy),
    ("ladder", "The ladder and its lines", decisions.ladder),
    ("threat", "When a threat deters", decisions.deterrence),
    ("severity", "How severe a threat must and may be", repetition.severity),
    ("repetition", "When the threat is met again", repetition.repetition),
    ("bounds", "What observed choices say", bounds.bounds),
    ("coalition", "The coalition", coalition.coalition),
    ("campaign", "Futures", campaign.campaign),
    ("flips", "What flips the answer", decisions.flips),
    ("map", "Gains and losses across the world", payers.world_map),
    ("payers", "Who pays", payers.who_pays),
    ("horizons", "Long run and short run", horizons.horizons),
    ("game", "The game", game.game),
    ("decisions", "The decision map", decisions.decision_map),
    ("evidence", "Who says what", evidence.evidence),
    ("matrix", "Every history", payers.matrix),
    ("numbers", "Numbers and where they come from", numbers.assumptions),
    ("method", "Method", method.method),
)


def render_report(
    scenario: Scenario,
    results: xr.Dataset,
    game: xr.Dataset | None,
    answer: Mapping[str, Any] | None,
    summary: Mapping[str, Any],
    focus_economy: str | None = None,
    economy_view: Mapping[str, Any] | None = None,
) -> str:
    """The report of a run as one HTML document. The same arguments give the same text.

    Args:
        results: of the run. game, answer: of `halys.answer`; None, or without a part, where the scenario has none.
        summary: of the run, in plain data. focus_economy: an economy, group or actor to put first.
        economy_view: of that economy, from `halys.report.economy_view`; None to make it here.

    Raises:
        UnknownNameError: no such economy.
    """
    view = economy_view
    if view is None and focus_economy is not None:
        view = view_economy(scenario, results, answer or None, focus_economy)
    page = Page(
        scenario, results, game if game is not None and "welfare" in game else None, answer or {}, summary, view
    )
    head, answered = opening.header(page), opening.opening(page)
    made = [(name, _title(page, title), make(page)) for name, title, make in _SECTIONS]
    sources = page.notes.section()
    made.append(("sources", "Sources", sources))
    shown = [(name, title, content) for name, title, content in made if content]
    links = [("answer", "The answer")] if answered else []
    links += [(name, title) for name, title, _ in shown]
    items = "".join(f'<li><a href="#{name}">{text(title)}</a></li>' for name, title in links)
    body = [
        '<a class="skip" href="#main">To the content</a>',
        f'<div class="page">{head}<nav aria-label="Contents"><ol>{items}</ol></nav><main id="main">',
        f'<section class="opening" id="answer" aria-label="The answer">{answered}</section>' if answered else "",
        *(f'<section id="{name}"><h2>{text(title)}</h2>{content}</section>' for name, title, content in shown),
        f"</main>{_footer(page)}</div>",
    ]
    return _document(scenario.file.title, "\n".join(body), page)


def _title(page: Page, title: str) -> str:
    return str(page.view["name"]) if page.view and title == "{economy}" else title


def _footer(page: Page) -> str:
    return (
        "<footer><p>Halys takes no side; it shows what each choice costs each. Every number of a measure that could "
        "not be measured is a range whose source is an assumption; this page uses the value inside it.</p>"
        f"<p>Run {text(page.summary.get('hash', ''))}</p></footer>"
    )


def _document(title: str, body: str, page: Page) -> str:
    drawn = bool(page.figures.specs)
    scripts = [javascript_bundle(), _read("page.js")] if drawn else []
    allowed = " ".join(_hash(script) for script in scripts) or "'none'"
    policy = (
        f"default-src 'none'; script-src {allowed}; style-src 'unsafe-inline'; "
        "img-src data:; base-uri 'none'; form-action 'none'"
    )
    data = [page.figures.scripts()] if drawn else []
    if any(name.startswith("map") for name in page.figures.specs):
        shapes = {name: load_shapes()[name] for name in ("economies", "hatch")}
        data.insert(0, f'<script type="application/json" id="shapes">{plain_json(shapes)}</script>')
    without = '<noscript><p class="warning">Charts need JavaScript; the tables hold the same numbers.</p></noscript>'
    return "\n".join(
        [
            "<!DOCTYPE html>",
            '<html lang="en">',
            "<head>",
            '<meta charset="utf-8">',
            f'<meta http-equiv="Content-Security-Policy" content="{policy}">',
            '<meta name="viewport" content="width=device-width, initial-scale=1">',
            '<meta name="color-scheme" content="light dark">',
            '<meta name="referrer" content="no-referrer">',
            f"<title>{text(title)}</title>",
            f"<style>{_read('page.css')}</style>",
            "</head>",
            "<body>",
            without if drawn else "",
            body,
            *data,
            *(f"<script>{script}</script>" for script in scripts),
            "</body>",
            "</html>",
            "",
        ]
    )


def _read(name: str) -> str:
    return resources.files(__package__).joinpath(name).read_text(encoding="utf-8").replace("\r\n", "\n")


def _hash(script: str) -> str:
    """The source expression that lets a policy run exactly this script."""
    return f"'sha256-{base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()}'"
