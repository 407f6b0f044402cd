"""The section about method: what is solved, what is played, and what the numbers rest on."""

from __future__ import annotations

import numpy as np

from halys.report.html.elements import paragraphs, text
from halys.report.html.model import Page
from halys.report.text import CLOSURE_WORDS

_OECD = (
    "Baseline: OECD (2025), Inter-Country Input-Output tables, CC BY 4.0. This is an adaptation of an original work by "
    "the OECD. The opinions expressed and arguments employed in this adaptation should not be reported as representing "
    "the official views of the OECD or of its Member countries."
)
_PRICES = (
    "ĉ<sub>is</sub> = ŵ<sub>i</sub><sup>β<sub>is</sub></sup> · ∏<sub>k</sub> P̂<sub>ik</sub><sup>γ<sub>iks</sub></sup>",
    "P̂<sub>js</sub> = [ Σ<sub>i</sub> π<sub>ijs</sub> (κ̂<sub>ijs</sub> ĉ<sub>is</sub>)<sup>−θ<sub>s</sub></sup> ]"
    "<sup>−1/θ<sub>s</sub></sup>",
    "π′<sub>ijs</sub> = π<sub>ijs</sub> (κ̂<sub>ijs</sub> ĉ<sub>is</sub> / P̂<sub>js</sub>)<sup>−θ<sub>s</sub></sup>",
)
_NESTS = (
    "ĉ<sub>is</sub> = [ β<sub>is</sub> f̂<sub>is</sub><sup>1−σv</sup> + (1 − β<sub>is</sub>) m̂<sub>is</sub>"
    "<sup>1−σv</sup> ]<sup>1/(1−σv)</sup>, m̂<sub>is</sub> = [ Σ<sub>k</sub> γ<sub>iks</sub> P̂<sub>ik</sub>"
    "<sup>1−σm</sup> ]<sup>1/(1−σm)</sup>"
)
_HORIZONS = (
    "The first of these is the long run’s: σ is 1 everywhere and factors earn one wage in all industries of an "
    "economy. In the short run every industry has its own factor return f̂, and inputs replace each other and value "
    "added less easily:"
)
_PAYOFF = "U<sub>i</sub>(h) = ΔW<sub>i</sub>(h) + Σ<sub>k</sub> v<sub>ik</sub> · e<sub>k</sub>(h)"
_INSTRUMENTS = (
    "Markets clear and budgets hold in every economy. Tariffs raise κ and bring revenue; trade costs raise κ and are "
    "lost; a ban closes a share of varieties, to which a detour through a hub or another supplier’s copies may open a "
    "dearer way; a price cap moves a part of what is paid back to the buyer; transfers move income, and gifts in kind "
    "take from the final use of who gives. Composite instruments (cut-offs, freezes, denial, exit, secondary "
    "sanctions) stand for these. Real income is final spending over its price; its "
    "change times baseline final spending is the equivalent variation, billion US dollars a year."
)
_STAKES = (
    "The payoff of actor i at history h, in % of its own baseline income a year, is the change of real income ΔW and, "
    "for each of its stakes k, what the stake is worth to it, v, times how far the history puts it at work, e, from −1 "
    "to 1. Political values cannot be measured: they are ranges with a source, and the answer says where in them it "
    "changes. A stake that counts once is made yearly by r / (1 − (1 + r)<sup>−T</sup>)."
)
_PLAY = (
    "Play is subgame-perfect: every actor chooses the best for itself, knowing what follows, by backward induction. "
    "Ties go to the milder move and are reported. The lines are exact: between two of them nothing changes. Shares of "
    "ranges or of the map are not probabilities."
)
_THREATS = (
    "A threat is credible where carrying it out is worth more to the sender than not doing so, sufficient where the "
    "target would rather stay below the line, and assured where who stays below it is spared. It deters where all hold."
)


def method(page: Page) -> str:
    """How the numbers come about, in a page."""
    world, closures = page.scenario.world, [str(c) for c in page.results["closure"].values]
    words = "; ".join(CLOSURE_WORDS.get(c, c) for c in closures)
    residuals = page.results["largest_residual"].values
    worst = f"{np.nanmax(residuals):.0e}".replace("-", "−") if np.isfinite(residuals).any() else "not known"
    parts = [
        "<h3>Who pays</h3>",
        paragraphs(
            [
                f"A general equilibrium of {len(world.economies)} economies and {len(world.industries)} industries "
                "(Caliendo and Parro 2015) is solved for every history. With x̂ the new value over the old one, ŵ the "
                "wage, ĉ the unit cost, κ̂ the cost of trading, and π the share of seller i in what j buys of product s:"
            ]
        ),
        "".join(f'<p class="equation">{equation}</p>' for equation in _PRICES),
        f'{paragraphs([_HORIZONS])}<p class="equation">{_NESTS}</p>',
        paragraphs(
            [
                _INSTRUMENTS,
                f"Elasticities θ: {text(page.results.attrs.get('horizon', ''))}. Trade balances: {text(words)}"
                f"{'; what is shown is the first' if len(closures) > 1 else ''}. The largest dimensionless residual of "
                f"any equation is {worst}.",
                f"{text(world.title)} ({text(world.id)}, sha256 {text(world.hash[:16])}…).",
            ]
        ),
    ]
    if page.game is not None and page.answer:
        parts.append(f'<h3>Who would do what</h3><p class="equation">{_PAYOFF}</p>')
        parts.append(paragraphs([_STAKES, _PLAY, _THREATS]))
    parts.append(f'<p class="small">{text(_OECD)}</p>' if world.title.startswith("OECD") else "")
    return "".join(parts)
