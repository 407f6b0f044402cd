"""A campaign in plain data: what is held, who loses what, which future comes, when the window closes, what waiting and
a commitment are worth."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from halys.campaigns.setup import Setup
from halys.campaigns.value import Waiting
from halys.campaigns.welfare import Solved
from halys.futures.campaign import Campaign, CampaignPlay, Paths, name_paths
from halys.measures import value_of
from halys.scenario.campaign_schema import FREE, REST

Array = NDArray[np.float64]
QUANTILES: Final = (0.05, 0.25, 0.5, 0.75, 0.95)
OPEN: Final = 0.5
"""The window is open while some policy still keeps the line with at least this probability."""
HELD_FOR: Final = 4  # quarters for which a level has been held where it is asked whether it is kept


@dataclass(frozen=True, eq=False)
class Played:
    """A campaign played in one way, with paths."""

    play: CampaignPlay
    paths: Paths


def describe_campaign(
    setup: Setup, solved: Solved, free: Played, committed: Mapping[str, Played], waiting: Waiting | None
) -> dict[str, Any]:
    """All of it, as `halys campaign --json` prints it and the report shows it."""
    spec, campaign = setup.spec, free.play.campaign
    return {
        "scenario": setup.scenario.id,
        "title": setup.scenario.file.title,
        "label": spec.label,
        "summary": spec.summary,
        "limits": spec.limits,
        "quarters": quarter_names(spec.begins, spec.quarters),
        "paths": len(free.paths.slots),
        "states": int(np.prod(campaign.shape)),
        "equilibria": 2 * len(setup.own[0]),
        "numbers": {
            "discount": value_of(spec.discount),
            "half_life": value_of(spec.half_life),
            "precision": value_of(spec.precision),
            "continuation": spec.continuation,
        },
        "tracks": _tracks(setup, campaign, free.paths),
        "momentum": _momentum(setup, free.paths),
        "futures": _futures(setup, free, committed),
        "lines": [_line(setup, n, free, committed) for n in range(len(setup.lines))],
        "actors": _actors(setup, solved, free),
        "policies": _policies(setup, free, committed),
        "waiting": None if waiting is None else _waiting(setup, waiting),
        "band": _band(setup, free.play),
    }


def quarter_names(begins: str, count: int) -> list[str]:
    """`2022-Q4`, `2023-Q1` and so on."""
    year, quarter = int(begins[:4]), int(begins[-1]) - 1
    return [f"{year + (quarter + n) // 4}-Q{(quarter + n) % 4 + 1}" for n in range(count)]


def _shares(which: NDArray[np.signedinteger[Any]], count: int) -> list[list[float]]:
    """(path, quarter) indices to shares by quarter."""
    return [(np.bincount(column, minlength=count) / len(which)).tolist() for column in which.T]


def _tracks(setup: Setup, campaign: Campaign, paths: Paths) -> list[dict[str, Any]]:
    labels, held = setup.labels, paths.levels(campaign)
    actors = setup.scenario.file.actors
    return [
        {
            "id": name,
            "label": labels.tracks[k],
            "actor": actors[labels.owners[k]].label,
            "levels": [
                {"id": level, "label": words, "crosses": bool(setup.tracks[k].bits[n])}
                for n, (level, words) in enumerate(labels.levels[k])
            ],
            "shares": _shares(held[..., k], len(labels.levels[k])),
        }
        for k, name in enumerate(setup.names)
    ]


def _momentum(setup: Setup, paths: Paths) -> dict[str, Any] | None:
    given = setup.spec.momentum
    if given is None:
        return None
    return {
        "label": given.label,
        "states": [{"id": s, "label": words, "ends": s in given.ends} for s, words in given.states.items()],
        "shares": _shares(paths.momentum[:, :-1], len(given.states)),
    }


def _share(mask: NDArray[np.bool_]) -> dict[str, Any]:
    p = float(mask.mean())
    return {"share": p, "standard_error": float(np.sqrt(p * (1.0 - p) / len(mask))), "paths": len(mask)}


def future_labels(setup: Setup) -> list[tuple[str, str, str | None]]:
    """(id, label, summary) of the named futures, and of what none of them is."""
    named = [(name, future.label, future.summary) for name, future in setup.spec.futures.items()]
    return [*named, (REST, "None of these", None)] if named else []


def _futures(setup: Setup, free: Played, committed: Mapping[str, Played]) -> list[dict[str, Any]]:
    """How likely each named future is, and under each commitment."""
    rules = list(setup.futures().values())
    ways = {FREE: free, **committed}
    campaign = free.play.campaign
    which = {name: name_paths(campaign, way.paths, rules) for name, way in ways.items()} if rules else {}
    return [
        {
            "id": id,
            "label": label,
            "summary": summary,
            **_share(which[FREE] == n),
            "under": {name: _share(found == n) for name, found in which.items() if name != FREE},
        }
        for n, (id, label, summary) in enumerate(future_labels(setup))
    ]


def _line(setup: Setup, line: int, free: Played, committed: Mapping[str, Played]) -> dict[str, Any]:
    """How likely a line has been crossed by each quarter, and is kept for good if from then on a policy holds."""
    crossed = (free.paths.crossed >> line & 1).astype(bool)
    by_quarter = [_share(column) for column in crossed.T]
    return {
        "track": setup.lines[line],
        "label": setup.labels.tracks[setup.names.index(setup.lines[line])],
        "crossed": [each["share"] for each in by_quarter],
        "standard_error": [each["standard_error"] for each in by_quarter],
        "ever": by_quarter[-1],
        **windows(setup, line, [free.paths.chance_kept(way.play, line) for way in (free, *committed.values())]),
    }


def windows(setup: Setup, line: int, kept: Sequence[Array]) -> dict[str, Any]:
    """How likely a line is kept for good if from a quarter on a policy holds, and when that window closes.

    Args:
        kept: for free play and each policy (row, quarter), of paths or draws that count alike.
    """
    policies, names = setup.spec.policies, quarter_names(setup.spec.begins, setup.spec.quarters)
    labels = {FREE: "Free play", **{name: policy.label for name, policy in policies.items()}}
    found: list[dict[str, Any]] = [
        {"id": name, "label": label, **dict(zip(("kept", "standard_error"), means(values), strict=True))}
        for (name, label), values in zip(labels.items(), kept, strict=True)
    ]
    others = [w for w in found if w["id"] == FREE or policies[w["id"]].track != setup.lines[line]]
    best = np.array([window["kept"] for window in others])
    return {
        "windows": found,
        "best": [others[n]["id"] for n in best.argmax(axis=0)],
        "closes": window_closes(best, names),
    }


def means(values: Array) -> tuple[list[float], list[float | None]]:
    """Means (column,) over rows that count alike, with the standard errors of independent rows; None for one row."""
    errors: list[float | None] = [None] * values.shape[1]
    if len(values) > 1:
        errors = (values.std(axis=0, ddof=1) / np.sqrt(len(values))).tolist()
    return values.mean(axis=0).tolist(), errors


def window_closes(kept: Array, quarters: list[str]) -> str | None:
    """The quarter from which no policy keeps a line with `OPEN` or more; None where some does in the last one.

    Args:
        kept: (policy, quarter) how likely the line is kept for good if a policy of somebody else holds from then on.
    """
    open_ = np.flatnonzero(kept.max(axis=0) >= OPEN)
    if open_.size and open_[-1] == kept.shape[1] - 1:
        return None
    return quarters[int(open_[-1]) + 1 if open_.size else 0]


def cumulated(setup: Setup, play: CampaignPlay, paths: Paths) -> Array:
    """(path, quarter, actor) real income lost or won so far, % of yearly income, against no level being changed."""
    campaign, actors = play.campaign, len(setup.scenario.file.actors)
    slots, unmoved = [track.initial for track in campaign.tracks], []
    for _ in range(campaign.quarters):
        unmoved.append(campaign.welfare[tuple(slots)][actors:] / 4.0)
        slots = [int(track.older[slot]) for track, slot in zip(campaign.tracks, slots, strict=True)]
    change = paths.welfare(campaign, range(actors, 2 * actors)) - np.array(unmoved)
    return np.asarray(change.cumsum(axis=1))


def _actors(setup: Setup, solved: Solved, free: Played) -> list[dict[str, Any]]:
    so_far = cumulated(setup, free.play, free.paths)
    found = []
    for n, (name, actor) in enumerate(setup.scenario.file.actors.items()):
        if solved.income[n] == 0.0:
            continue
        billion = so_far[..., n] * solved.income[n] / 100.0
        found.append({"id": name, "label": actor.label, "percent": fan(so_far[..., n]), "billion": fan(billion)})
    return found


def fan(values: Array) -> dict[str, list[float]]:
    """Mean and quantiles (column,) over rows that count alike."""
    quantiles = np.quantile(values, QUANTILES, axis=0)
    return {
        "mean": values.mean(axis=0).tolist(),
        **{f"q{round(100 * q)}": row.tolist() for q, row in zip(QUANTILES, quantiles, strict=True)},
    }


def _policies(setup: Setup, free: Played, committed: Mapping[str, Played]) -> list[dict[str, Any]]:
    """What each commitment is worth to who makes it and to the others who decide."""
    owners = free.play.campaign.owners
    actors = list(setup.scenario.file.actors.items())
    found = []
    for name, way in committed.items():
        policy = setup.spec.policies[name]
        owner = free.play.campaign.tracks[setup.names.index(policy.track)].owner
        gains = {
            actors[o][0]: {"label": actors[o][1].label, "gain": float(way.play.value[i] - free.play.value[i])}
            for i, o in enumerate(owners)
        }
        found.append(
            {
                "id": name,
                "label": policy.label,
                "track": policy.track,
                "actor": actors[owner][0],
                "gain": gains[actors[owner][0]]["gain"],
                "gains": gains,
                "crossed": [_share((way.paths.crossed[:, -1] >> n & 1).astype(bool)) for n in range(len(setup.lines))],
            }
        )
    return found


def _waiting(setup: Setup, waiting: Waiting) -> dict[str, Any]:
    levels = setup.labels.levels[waiting.track]
    actor = setup.labels.owners[waiting.track]
    return {
        "track": setup.names[waiting.track],
        "actor": actor,
        "label": setup.scenario.file.actors[actor].label,
        "free": waiting.free,
        "now": waiting.now if waiting.level >= 0 else None,
        "level": levels[waiting.level][1] if waiting.level >= 0 else None,
        "never": waiting.never,
        "value": waiting.value,
    }


def _band(setup: Setup, play: CampaignPlay) -> dict[str, Any] | None:
    """How likely a reply is taken up where none is given, and is kept where it is held, half-way through.

    What a change costs makes the two differ: a band in which a measure that is not there is not imposed, and one that
    is there is not lifted.
    """
    policies = list(setup.spec.policies.values())
    if not setup.lines or not policies:
        return None
    k, reply = setup.lined, setup.names.index(policies[0].track)
    if k == reply:
        return None
    campaign, quarter = play.campaign, setup.spec.quarters // 2
    age = min(HELD_FOR, quarter)
    labels, rows = setup.labels, []
    for level, (id, words) in enumerate(labels.levels[k]):
        entry: dict[str, Any] = {"level": id, "label": words, "replies": []}
        for n, (other, name) in enumerate(labels.levels[reply]):
            if n != campaign.tracks[reply].none:
                none = {k: (level, age), reply: (campaign.tracks[reply].none, 0)}
                taken = _chance(play, quarter, none, reply, n)
                kept = _chance(play, quarter, {k: (level, age), reply: (n, age)}, reply, n)
                entry["replies"].append({"level": other, "label": name, "taken_up": taken, "kept": kept})
        rows.append(entry)
    names = quarter_names(setup.spec.begins, setup.spec.quarters)
    return {"track": setup.names[reply], "quarter": names[quarter], "held_for": age, "rows": rows}


def _chance(play: CampaignPlay, quarter: int, held: Mapping[int, tuple[int, int]], track: int, level: int) -> float:
    """How likely a level is chosen on a track where some levels have been held for some quarters."""
    campaign = play.campaign
    at, crossed = [], campaign.start_crossed
    for k, each in enumerate(campaign.tracks):
        now, age = held.get(k, (each.start, 0))
        crossed |= int(each.bits[now])
        slot = int(each.first[now]) + (age if each.aged[now] else 0)
        at.append(int(play.places[quarter][k][slot]))
    return float(play.choices[quarter][track][(level, *at, campaign.start_momentum, crossed)])
