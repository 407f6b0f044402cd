"""`halys campaign` as text, and the sentences that the report shares with it."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping, Sequence
from typing import Any

from halys.report.charts.format import brief, exact, plain, share, signed
from halys.report.drawn_words import along_lines, drawn_words

_SHOWN = 8  # quarters in a table of the terminal
_LITTLE = 0.001  # % of yearly income
_BAND = 0.05  # between taking up and keeping, from which it is told


def render_campaign(data: Mapping[str, Any], width: int) -> str:
    """What `CampaignRecord.data` holds, for a terminal of this width."""
    parts = [
        _wrap(heading(data), width),
        _futures(data, width),
        *[_line(data, line, width) for line in data["lines"]],
        _held(data),
        _losses(data, width),
        _wrap([f"- {line}" for line in [*worth_sentences(data), *band_sentences(data)]], width),
        _wrap([f"- {line}" for line in notes(data)], width),
    ]
    return "\n\n".join("\n".join(lines) for lines in parts if lines)


def render_campaign_draws(data: Mapping[str, Any], width: int) -> str:
    """What `CampaignEnsemble.data` holds."""
    lost = data["draws"] - data["played"]
    head = [
        f"{data['label']} [{data['scenario']}]: {data['quarters'][0]} to {data['quarters'][-1]}, "
        f"{data['draws']:,} draws of {data['paths']:,} paths, seed {data['seed']}"
    ]
    if lost:
        head.append(
            f"{lost:,} draws have no play: in {data['impossible']:,} the numbers cannot stand together, in "
            f"{data['without_some_equilibrium']:,} some state has no equilibrium. They are kept in the store."
        )
    worth = worth_of_draws(data)
    parts = [
        _wrap(head, width),
        _futures(data, width),
        *[_line(data, line, width) for line in data["lines"]],
        _losses(data, width) if data["actors"] else [],
        _wrap([f"- {line}" for line in worth], width),
        *[along_lines(block, width) for block in data["correlations"]],
        _wrap([*drawn_words(data), _DRAWN], width),
    ]
    return "\n\n".join("\n".join(lines) for lines in parts if lines)


def worth_of_draws(data: Mapping[str, Any]) -> list[str]:
    """What commitments and waiting are worth over the draws of a campaign."""
    waiting = data["waiting"]
    worth = [
        f"“{p['label']}”, if it were believed: {signed(p['q50'])} % of a year's income for {p['actor_label']} in the "
        f"middle of the draws, {signed(p['q5'])} to {signed(p['q95'])} in nine tenths of them."
        for p in data["policies"]
    ]
    if waiting is not None:
        worth.append(
            f"Being able to wait is worth {_worth(waiting['mean'])} of a year's income on average, "
            f"{_worth(waiting['q5'])} to {_worth(waiting['q95'])} in nine tenths of the draws."
        )
    return worth


def _worth(value: float) -> str:
    return f"{plain(value)} %" if value >= _LITTLE or value == 0.0 else f"under {_LITTLE:g} %"


_DRAWN = (
    "Every number with a range was drawn, those of the campaign too. Shares say what follows from the ranges of the "
    "file; where a range is a judgement, so is the share. Errors are those of independent draws."
)


def _wrap(lines: Sequence[str], width: int) -> list[str]:
    return [row for line in lines for row in textwrap.wrap(line, width, subsequent_indent="  ")]


def heading(data: Mapping[str, Any]) -> list[str]:
    """What was played."""
    names, numbers = data["quarters"], data["numbers"]
    after = numbers["continuation"]
    held = "for ever" if after == "forever" else f"for {exact(float(after))} years"
    return [
        f"{data['label']} [{data['scenario']}]: {names[0]} to {names[-1]}, {data['paths']:,} paths, "
        f"seed {data['seed']}",
        f"{data['states']:,} states, {data['equilibria']} equilibria. Precision of choices "
        f"{exact(numbers['precision'])} per % of yearly income; a year from now counts {exact(numbers['discount'])}; "
        f"half of the long run after {exact(numbers['half_life'])} quarters; what is held at the end is held on "
        f"{held}.",
    ]


def _futures(data: Mapping[str, Any], width: int) -> list[str]:
    if not data["futures"]:
        return []
    wide = max(len(f["label"]) for f in data["futures"])
    policies = data["policies"]
    lines = ["Which future comes: free play" + ("; under a commitment" if policies else ""), ""]
    lines += _wrap([f"  ({n}) {p['label']}" for n, p in enumerate(policies, 1)], width)
    marks = "".join(f"{f'({n})':>9}" for n in range(1, len(policies) + 1))
    lines += ["", f"  {'':<{wide}}  {'free play':<18}{marks}"] if policies else []
    for f in data["futures"]:
        under = "".join(f"{brief(f['under'][p['id']]):>9}" for p in policies)
        lines.append(f"  {f['label']:<{wide}}  {share(f):<18}{under}")
    return lines


def window_sentence(data: Mapping[str, Any], line: Mapping[str, Any]) -> str:
    """When it is too late to keep a line."""
    ever = f"The line of “{line['label']}” is crossed on {share(line['ever'])} of the paths of free play."
    best = {window["id"]: window for window in line["windows"]}[line["best"][0]]
    if line["closes"] is None:
        last = {window["id"]: window for window in line["windows"]}[line["best"][-1]]["kept"][-1]
        return (
            f"{ever} The window stays open: in every quarter some policy keeps the line with a probability of more "
            f"than 50 %; in the last one with {plain(100 * last)} %."
        )
    if line["closes"] == data["quarters"][0]:
        most = plain(100 * best["kept"][0])
        return f"{ever} The window is never open: at best, “{best['label']}” keeps the line with {most} %."
    return f"{ever} The window closes in {line['closes']}: from then on no policy keeps the line with 50 % or more."


def _line(data: Mapping[str, Any], line: Mapping[str, Any], width: int) -> list[str]:
    rows = _wrap([window_sentence(data, line)], width)
    at = _some(len(data["quarters"]))
    rows += ["", "  " + f"{'%':<34}" + "".join(f"{data['quarters'][n]:>9}" for n in at)]
    rows.append("  " + f"{'crossed by then':<34}" + "".join(f"{plain(100 * line['crossed'][n]):>9}" for n in at))
    for window in line["windows"]:
        words = textwrap.shorten(f"kept if from then: {window['label']}", 34, placeholder="…")
        rows.append("  " + f"{words:<34}" + "".join(f"{plain(100 * window['kept'][n]):>9}" for n in at))
    return rows


def _some(count: int) -> list[int]:
    """Positions of at most some quarters, evenly spread, the first and the last among them."""
    if count <= _SHOWN:
        return list(range(count))
    return sorted({round(n * (count - 1) / (_SHOWN - 1)) for n in range(_SHOWN)})


def _held(data: Mapping[str, Any]) -> list[str]:
    at = _some(len(data["quarters"]))
    rows = ["What is held, % of the paths of free play", ""]
    rows.append("  " + f"{'':<34}" + "".join(f"{data['quarters'][n]:>9}" for n in at))
    blocks: list[tuple[str, Any, Any]] = [(t["label"], t["levels"], t["shares"]) for t in data["tracks"]]
    if data["momentum"] is not None:
        blocks.append((data["momentum"]["label"], data["momentum"]["states"], data["momentum"]["shares"]))
    for label, levels, shares in blocks:
        still = still_level(levels, shares)
        if still is not None:
            rows.append(f"  {label} {still} throughout")
            continue
        rows.append(f"  {label}")
        for n, level in enumerate(levels):
            mark = "!" if level.get("crosses") else " "
            words = textwrap.shorten(f"{mark} {level['label']}", 32, placeholder="…") if mark == "!" else level["label"]
            words = f"  {words}" if mark == " " else words
            rows.append("    " + f"{words[:32]:<32}" + "".join(f"{plain(100 * shares[k][n]):>9}" for k in at))
    return rows


def still_level(levels: Sequence[Mapping[str, Any]], shares: Sequence[Sequence[float]]) -> str | None:
    """The label of the level that is held on every path in every quarter, if there is one."""
    held = [n for n in range(len(levels)) if all(quarter[n] == 1.0 for quarter in shares)]
    return str(levels[held[0]]["label"]) if held else None


def _losses(data: Mapping[str, Any], width: int) -> list[str]:
    last = data["quarters"][-1]
    words = (
        f"Cumulated change of real income until {last}, against no level being changed: mean, median, 5 to 95 % "
        f"of the {'paths of all draws' if 'draws' in data else 'paths'}, % of one year's income; median in bn USD"
    )
    rows = _wrap([words], width)
    wide = max(len(actor["label"]) for actor in data["actors"])
    for actor in data["actors"]:
        p, b = actor["percent"], actor["billion"]
        span = f"{signed(p['q5'][-1])} to {signed(p['q95'][-1])}"
        rows.append(
            f"  {actor['label']:<{wide}}  {signed(p['mean'][-1]):>8} {signed(p['q50'][-1]):>8}   {span:<20} "
            f"{signed(b['q50'][-1]):>8}"
        )
    return rows


def worth_sentences(data: Mapping[str, Any]) -> list[str]:
    """What waiting and each commitment are worth."""
    found = []
    waiting = data["waiting"]
    if waiting is not None:
        now = "cannot cross now" if waiting["now"] is None else f"{signed(waiting['now'])} by “{waiting['level']}” now"
        found.append(
            f"{waiting['label']}: being able to wait is worth {_worth(waiting['value'])} of a year's income, with the "
            f"others choosing as they do: {signed(waiting['free'])} where it may cross whenever it is best, {now}, "
            f"{signed(waiting['never'])} never (present values, stakes included)."
        )
    for policy in data["policies"]:
        gain = policy["gains"][policy["actor"]]
        crossed = "".join(
            f"; the line of “{line['label']}” is crossed on {share(entry)} of the paths"
            for line, entry in zip(data["lines"], policy["crossed"], strict=True)
        )
        found.append(
            f"“{policy['label']}”, if it were believed: {signed(policy['gain'])} % of a year's income for "
            f"{gain['label']} against free play{crossed}."
        )
    return found


def band_sentences(data: Mapping[str, Any]) -> list[str]:
    """Where a reply that is not there is not imposed, and one that is there is not lifted."""
    band = data["band"]
    if band is None:
        return []
    return [
        f"In {band['quarter']}, while “{row['label']}” is held: “{reply['label']}” is taken up with "
        f"{plain(100 * reply['taken_up'])} % where nothing stands, and kept with {plain(100 * reply['kept'])} % "
        f"where it has stood for {band['held_for']} quarters; the war and the other levels as at first."
        for row in band["rows"]
        for reply in row["replies"]
        if reply["kept"] - reply["taken_up"] >= _BAND
    ]


def notes(data: Mapping[str, Any]) -> list[str]:
    """What must be known to read it."""
    errors = (
        "Errors are those of the simulation alone; stakes and all other numbers stand at the values of the file. What "
        "changing course costs, stakes and erosion are in choices, not in the change of real income."
    )
    return [*([str(data["limits"])] if data["limits"] else []), errors]
