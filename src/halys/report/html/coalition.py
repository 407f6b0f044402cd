"""The section on a coalition: who makes it effective, who pays, who wavers and what keeps them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from halys.measures import Quantity
from halys.report.charts.coalition import COALITION_COLOURS, coalition_spec, joining_spec
from halys.report.charts.format import exact, plain, signed
from halys.report.coalition_view import joining_sentences, keeping_sentences, loss_sentences, pivot_sentences
from halys.report.html.elements import bullets, disclosure, paragraphs, table, text
from halys.report.html.model import Page
from halys.scenario.coalition_schema import CoalitionSpec
from halys.scenario.numbers import numbers

_ABOUT = (
    "Every coalition of the members has an equilibrium of its own. A member’s part in the loss is the mean, over all "
    "orders of joining, of what its joining adds (its Shapley value); the parts sum to the loss imposed. Transfers and "
    "payments move income and prices, and are found in the equilibrium itself."
)


def coalition(page: Page) -> str:
    """Chart, table of members, who wavers, who joins, who is pivotal, candidates; nothing where there is none."""
    record: Mapping[str, Any] | None = page.answer.get("coalition")
    if not record:
        return ""
    losses = list(loss_sentences(record))
    caption = f"{text(record['label'])}. {text(losses[0])} {text(losses[1])}"
    bars = page.figures.add("coalition", coalition_spec(record, legend=False), caption, legend=_legend())
    said = [*keeping_sentences(record), *joining_sentences(record), *pivot_sentences(record)]
    worth = page.figures.add("joining", joining_spec(record), text(joining_sentences(record)[0]))
    return (
        paragraphs([text(_ABOUT)])
        + bars
        + _members(record)
        + bullets(map(text, [*said, *losses[2:]]))
        + _candidates(record)
        + worth
        + _numbers(page)
    )


def _legend() -> str:
    items = (
        f'<li><span class="chip" style="background:{colour}"></span>{text(words)}</li>'
        for words, colour in COALITION_COLOURS.items()
    )
    return f'<ul class="legend">{"".join(items)}</ul>'


def _members(record: Mapping[str, Any]) -> str:
    heads = ["Member", "bn USD", "% of it", "% of income", "bn USD", "% of income", "bn USD", "to stay", "to even out"]
    groups = [("", 1), ("Part in the loss", 2), ("Bears", 2), ("If it left", 2), ("bn USD from others", 2)]
    rows = [
        [
            text(row["label"]),
            plain(row["shapley_billion"]) + _error(row),
            "–" if row["share"] is None else plain(100 * row["share"]),
            signed(-row["borne_percent"]),
            signed(-row["borne_billion"]),
            signed(row["leaving_percent"]),
            signed(row["leaving_billion"]),
            plain(row["payment_billion"]),
            signed(row["transfer_billion"]),
        ]
        for row in record["members"]
    ]
    many = f"{record['equilibria']:,} coalitions"
    caption = f"Members; {many}" + (f" in {record['samples']:,} random orders" if record["samples"] else "")
    return table(heads, rows, caption=caption, numeric=range(1, len(heads)), groups=groups)


def _error(row: Mapping[str, Any]) -> str:
    error = row["error_billion"]
    return "" if error is None else f' <span class="small">± {plain(error)}</span>'


def _candidates(record: Mapping[str, Any]) -> str:
    rows = [
        [
            text(row["label"]),
            signed(row["added_billion"]),
            "–" if row["added_share"] is None else signed(100 * row["added_share"]),
            signed(-row["cost_percent"]),
            signed(-row["cost_billion"]),
            signed(row["members_billion"]),
        ]
        for row in record["candidates"]["each"]
        if "failed" not in row
    ]
    failed = [f"{row['label']}: {row['failed']}" for row in record["candidates"]["each"] if "failed" in row]
    warned = f'<div class="warning"><p>No equilibrium:</p>{bullets(map(text, failed))}</div>' if failed else ""
    if not rows:
        return warned
    heads = ["Candidate", "adds, bn USD", "adds, %", "own income, %", "own income, bn USD", "members, bn USD"]
    return table(heads, rows, caption="What would change if they joined too", numeric=range(1, len(heads))) + warned


def _numbers(page: Page) -> str:
    """The numbers of the section of the file, with the marks of their sources."""
    spec: CoalitionSpec | None = page.scenario.file.coalition
    if spec is None:
        return ""
    listed: list[tuple[str, float | Quantity]] = []
    for n, measure in enumerate(spec.measures, 1):
        listed += [(f"measure {n}, {measure.kind.replace('_', ' ')}: {field}", x) for field, x in numbers(measure)]
    for member in spec.members.values():
        if member.staying is not None:
            listed.append((f"{member.label}: what staying is worth, % of income", member.staying))
    if spec.level is not None:
        listed.append(("loss at which the target gives in, % of income", spec.level))
    rows = []
    for label, number in listed:
        q = number if isinstance(number, Quantity) else Quantity(value=number)
        ends = "" if q.low is None or q.high is None else f"{exact(q.low)} to {exact(q.high)}"
        rows.append([text(label) + page.notes.mark(q.source), exact(q.value), ends])
    return disclosure("Numbers of the coalition", table(["Number", "Value", "Range"], rows, numeric=(1,)))
