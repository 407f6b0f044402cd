"""`halys coalition` as text: who makes a coalition effective, who pays, who wavers, what keeps them."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping, Sequence
from typing import Any

from halys.report.text import CLOSURE_WORDS, Block, billions, percent, render_tables

_NAME = 24
_MOST = 8  # members named in a sentence


def render_coalition(data: Mapping[str, Any], width: int) -> str:
    """What `CoalitionRecord.data` holds, for a terminal of this width."""
    parts = [
        _wrap(_heading(data), width),
        _wrap(loss_sentences(data), width),
        [f"Who brings about the loss, and who pays [{_method(data)}]:", "", *_members(data, width)],
        _wrap([f"- {line}" for line in keeping_sentences(data)], width),
        _wrap([f"- {line}" for line in joining_sentences(data)], width),
        _wrap([f"- {line}" for line in pivot_sentences(data)], width),
        _candidates(data, width),
        _wrap(_notes(data), width),
    ]
    return "\n\n".join("\n".join(lines) for lines in parts if lines)


def _wrap(lines: Sequence[str], width: int) -> list[str]:
    return [row for line in lines for row in textwrap.wrap(line, width, subsequent_indent="  ")]


def _heading(data: Mapping[str, Any]) -> list[str]:
    count, target = len(data["members"]), data["target"]["label"]
    return [
        f"{data['label']}: {count} members against {target}",
        f"World {data['world']}; {data['horizon']}; {CLOSURE_WORDS[data['closure']]}.",
    ]


def _method(data: Mapping[str, Any]) -> str:
    if data["method"] == "exact":
        return f"all {data['equilibria']:,} coalitions"
    return f"{data['samples']:,} random orders, {data['equilibria']:,} coalitions"


def loss_sentences(data: Mapping[str, Any]) -> list[str]:
    """What the target loses, against what is in force alone and against what everyone could do, and what that costs."""
    loss, burden, target = data["loss"], data["burden"], data["target"]["label"]
    before = "" if abs(loss["nobody"]["percent"]) < 5e-7 else f", {percent(-loss['nobody']['percent'])} % before"
    lines = [
        f"{target}: {_change(-loss['full']['percent'], -loss['full']['billion'])} a year with all members{before}."
    ]
    ratio = burden["per_imposed"]
    per = "" if ratio is None else f": {ratio:.2f} for each dollar of that loss"
    lines.append(f"The members: {_change(-burden['percent'], -burden['billion'])} together{per}.")
    same, all_trade = data["everyone"], data["embargo"]
    lines.append(f"The same measures by every other economy: {_reference(same)}.")
    lines.append(f"All trade banned by everyone, trade balanced: {_reference(all_trade)}.")
    return lines


def _change(share: float, amount: float) -> str:
    return f"{percent(share)} % of income ({billions(amount)} bn)"


def _reference(given: Mapping[str, Any]) -> str:
    return f"no equilibrium: {given['failed']}" if "failed" in given else _change(-given["percent"], -given["billion"])


def _members(data: Mapping[str, Any], width: int) -> list[str]:
    rows = data["members"]
    room = min(_NAME, max(width - 64, 12))
    label = Block("", ("member",), tuple((_short(row["label"], room),) for row in rows), words=True)
    blocks = [_part(rows), _two("it bears", "borne", rows, -1), _two("if it left", "leaving", rows, 1)]
    if len(rows) > 1:
        kept = tuple((_amount(row["payment_billion"]), billions(row["transfer_billion"])) for row in rows)
        blocks.append(Block("bn to", ("stay", "even out"), kept))
    return render_tables(label, blocks, width).splitlines()


def _part(rows: Sequence[Mapping[str, Any]]) -> Block:
    sampled = rows[0]["error_billion"] is not None
    cells = []
    for row in rows:
        error = (f"{row['error_billion']:.2g}",) if sampled else ()
        share = "" if row["share"] is None else f"{100 * row['share']:.1f}"
        cells.append((_amount(row["shapley_billion"]), *error, share))
    return Block("part in loss", ("bn", *(("±",) if sampled else ()), "%"), tuple(cells))


def _two(heading: str, key: str, rows: Sequence[Mapping[str, Any]], sign: int) -> Block:
    cells = tuple((_fine(sign * row[f"{key}_percent"]), billions(sign * row[f"{key}_billion"])) for row in rows)
    return Block(heading, ("%", "bn"), cells)


def _fine(value: float) -> str:
    """Per cent with three decimals: burdens of large economies are small."""
    return percent(value) if abs(value) >= 0.995 or abs(value) < 5e-4 else f"{value:+.3f}"


def _amount(value: float) -> str:
    return f"{value:,.1f}" if abs(value) >= 9.95 else f"{value:,.2f}"


def _short(name: str, room: int) -> str:
    return name if len(name) <= room else textwrap.shorten(name, room, placeholder="...") or name[:room]


def keeping_sentences(data: Mapping[str, Any]) -> list[str]:
    """Who would leave first, what keeps them, and what makes burdens equal."""
    rows = sorted(data["members"], key=lambda row: -row["leaving_net_percent"])
    leaving = [row for row in rows if row["leaving_net_percent"] > 0]
    if not leaving:
        return ["No member would gain by leaving the full coalition."]
    named = "; ".join(f"{row['label']} ({_fine(row['leaving_net_percent'])} %)" for row in leaving[:_MOST])
    more = f" and {len(leaving) - _MOST} more" if len(leaving) > _MOST else ""
    net = ", net of what staying is worth to it" if any(row["staying_percent"] for row in rows) else ""
    lines = [f"Would leave first, by what leaving is worth in % of its income a year{net}: {named}{more}."]
    if len(rows) > 1:
        first, equal = leaving[0], data["burden"]
        lines.append(
            f"{first['label']} stays for {_amount(first['payment_billion'])} bn a year from the others, whose real "
            f"income changes by {billions(first['payment_costs_others_billion'])} bn with it."
        )
        lines.append(
            f"Burdens are equal at {_fine(-equal['equal_percent'])} % of income where "
            f"{_amount(equal['moved_billion'])} bn a year move between members."
        )
    return lines


def joining_sentences(data: Mapping[str, Any]) -> list[str]:
    """From which value of the target's loss each member joins by itself."""
    order, rows = data["order"], {row["id"]: row for row in data["members"]}

    def names(ids: Sequence[str]) -> str:
        return "; ".join(rows[name]["label"] for name in ids)

    lines = []
    if order["gaining"]:
        lines.append(f"Gain from joining, whatever the loss is worth: {names(order['gaining'])}.")
    apart = {*order["gaining"], *order["refusing"]}
    switching = sorted((row for row in rows.values() if row["id"] not in apart), key=lambda row: row["joins_from"])
    if switching:
        listed = "; ".join(f"{row['label']} {row['joins_from']:.2f}" for row in switching)
        lines.append(f"Join where a dollar of the loss is worth to them at least (dollars): {listed}.")
    if order["refusing"]:
        lines.append(f"Add nothing to the loss and bear a cost: {names(order['refusing'])}.")
    last = order["rankings"][-1]
    lines.append(f"Who wants to join most where a dollar is worth {last['high']:.2f}: {names(last['order'][:_MOST])}.")
    return lines


def pivot_sentences(data: Mapping[str, Any]) -> list[str]:
    """Who carries the loss to the level at which the target gives in."""
    given = data["pivots"]
    if given is None:
        return []
    labels = {row["id"]: row["label"] for row in data["members"]}
    lines = []
    for at in given["at"]:
        head = f"A loss of {at['percent']:g} % of income"
        if at["already"]:
            lines.append(f"{head} is reached without any member.")
            continue
        shares = sorted(((share, name) for name, share in at["shares"].items() if share > 5e-4), reverse=True)
        if not shares:
            lines.append(f"{head} is not reached by any coalition.")
            continue
        listed = "; ".join(f"{labels[name]} in {100 * share:.1f} %" for share, name in shares[:_MOST])
        never = f"; never reached in {100 * at['never']:.1f} %" if at["never"] > 5e-4 else ""
        needed = "; ".join(labels[name] for name in at["decisive"])
        lines.append(
            f"{head} is reached at the arrival of {listed} of all orders of joining{never}. "
            + (f"Not without {needed}." if needed else "No single member is needed.")
        )
    return lines


def _candidates(data: Mapping[str, Any], width: int) -> list[str]:
    rows = [row for row in data["candidates"]["each"] if "failed" not in row]
    failed = [f"! {row['label']}: {row['failed']}" for row in data["candidates"]["each"] if "failed" in row]
    lines = _wrap(failed, width)
    together = data["candidates"]["together"]
    if together and "failed" not in together:
        rows = [*rows, {"label": "all of them", **together}]
    if not rows:
        return lines
    label = Block("", ("candidate",), tuple((_short(row["label"], _NAME),) for row in rows), words=True)
    shares = ("" if row["added_share"] is None else f"{100 * row['added_share']:+.1f}" for row in rows)
    adds = tuple((billions(row["added_billion"]), share) for row, share in zip(rows, shares, strict=True))
    costs = tuple((_fine(-row["cost_percent"]), billions(-row["cost_billion"])) for row in rows)
    members = tuple((billions(row["members_billion"]),) for row in rows)
    blocks = [
        Block("adds to the loss", ("bn", "%"), adds),
        Block("for itself", ("%", "bn"), costs),
        Block("for members", ("bn",), members),
    ]
    return ["What would change if they joined too:", "", *render_tables(label, blocks, width).splitlines(), *lines]


def _notes(data: Mapping[str, Any]) -> list[str]:
    stay = "; even out: bn received (+) or paid (−) so that all bear the same share of income" * (
        len(data["members"]) > 1
    )
    return [
        "Its part: the mean of what its joining adds over all orders of joining (Shapley); the parts sum to the loss "
        "imposed. It bears: the change of its real income with all members. If it left: what it would gain, the others "
        f"staying. Stay: what the others must pay it to be indifferent{stay}. Billion USD a year; % of own baseline "
        "final spending; on the target's loss, % of that loss."
    ]
