"""Merging economies or industries of a world into larger ones, preserving every total."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from halys.errors import InputError
from halys.world.accounts import Array
from halys.world.groups import EVERYTHING, Group, Kind
from halys.world.model import Selection, World

Merge = Mapping[str, Selection]


def aggregate_world(world: World, economies: Merge | None = None, industries: Merge | None = None) -> World:
    """A coarser world: each key is a new code, its value the codes or groups that it merges.

    Codes that are not named stay as they are. Flows, intermediate use, value added, final use, deficits and tariff
    revenue keep their totals; a merged tariff is the revenue-weighted mean, and trade inside a merged economy becomes
    domestic. A group keeps a merged code if all parts belonged to it.

    Raises:
        UnknownNameError: a part that the world does not have.
        InputError: a code in two merges, or a new code that is taken.
    """
    rows, economy_codes, economy_parts = _plan(world, economies or {}, "economy")
    kinds, industry_codes, industry_parts = _plan(world, industries or {}, "industry")
    flows = _merge_pairs(world.flows, kinds, rows)
    tariff = None
    if world.tariff is not None:
        revenue = _merge_pairs(world.flows * world.tariff, kinds, rows)
        tariff = np.divide(revenue, flows, out=np.zeros_like(flows), where=flows > 0)
    names = {code: world.name_of(parts[0]) if len(parts) == 1 else code for code, parts in economy_parts.items()}
    labels = {code: world.name_of(parts[0]) if len(parts) == 1 else code for code, parts in industry_parts.items()}
    groups = {name: _merge_group(group, economy_parts, industry_parts) for name, group in world.groups.items()}
    return replace(
        world,
        id=f"{world.id}-{len(economy_codes)}x{len(industry_codes)}",
        economies=economy_codes,
        industries=industry_codes,
        flows=flows,
        intermediate=np.ascontiguousarray(
            np.einsum("as,bk,skj,cj->abc", kinds, kinds, world.intermediate, rows, optimize=True)
        ),
        value_added=rows @ world.value_added @ kinds.T,
        final=rows @ world.final @ kinds.T,
        deficit=rows @ world.deficit,
        tariff=tariff,
        economy_names=names,
        industry_names=labels,
        groups=groups,
    )


def _merge_pairs(pairs: Array, kinds: Array, rows: Array) -> Array:
    return np.ascontiguousarray(np.einsum("as,sij,bi,cj->abc", kinds, pairs, rows, rows, optimize=True))


def _plan(world: World, merges: Merge, kind: Kind) -> tuple[Array, tuple[str, ...], dict[str, tuple[str, ...]]]:
    """Membership matrix (new, old), new codes in the order of their first part, and the parts of each new code."""
    codes = world.codes(kind)
    target = {code: code for code in codes}
    for new, parts in merges.items():
        for part in world.select(parts, kind):
            if target[part] != part:
                raise InputError(f"{part} is merged twice, into {target[part]} and {new}. Each code may be named once.")
            target[part] = new
    parts_of: dict[str, list[str]] = {}
    for code in codes:
        parts_of.setdefault(target[code], []).append(code)
    if EVERYTHING in merges or "" in merges:
        raise InputError(f"{EVERYTHING!r} and the empty code are reserved; name the merged {kind} otherwise.")
    for new, old in merges.items():
        if new in codes and new not in world.select(old, kind):
            raise InputError(f"new code {new!r} is already a code of world {world.id} that it does not contain.")
    member = np.zeros((len(parts_of), len(codes)))
    for row, parts in enumerate(parts_of.values()):
        member[row, [codes.index(part) for part in parts]] = 1.0
    return member, tuple(parts_of), {new: tuple(parts) for new, parts in parts_of.items()}


def _merge_group(group: Group, economies: dict[str, tuple[str, ...]], industries: dict[str, tuple[str, ...]]) -> Group:
    """A group in new codes: a new code stands for its parts if all of them belong; other merged parts are missing."""
    members = set(group.members)
    parts_of = economies if group.kind == "economy" else industries
    whole = {part: new for new, parts in parts_of.items() if members.issuperset(parts) for part in parts}
    mixed = {new for new, parts in parts_of.items() if not members.issuperset(parts)}
    kept = [whole.get(member, member) for member in group.members if member in whole or member not in mixed]
    return replace(group, members=tuple(dict.fromkeys(kept)))
