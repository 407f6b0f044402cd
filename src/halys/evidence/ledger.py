"""The ledger: sources, claims and groups of claims as plain records, and what can be read from them without numbers.

A claim is what somebody said on a day, carried by sources. Groups gather the claims that report one event and bear on
one question.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace


@dataclass(frozen=True)
class Claim:
    """What somebody said; see `halys.scenario.dossier_schema.Claim` for the fields."""

    id: str
    text: str
    speaker: str
    side: str
    date: str
    stance: str
    sources: tuple[str, ...]
    about: tuple[str, ...] = ()
    event: str | None = None
    denies: tuple[str, ...] = ()
    repeats: str | None = None


@dataclass(frozen=True)
class Group:
    """Claims that report one event and bear on a question."""

    id: str
    question: str
    claims: tuple[str, ...]


@dataclass(frozen=True)
class Ledger:
    """Claims and groups, by id, in their order; and through which other source a source was read, where it was."""

    claims: Mapping[str, Claim]
    groups: Mapping[str, Group]
    via: Mapping[str, str] = field(default_factory=dict)

    def read_in(self, source: str) -> str:
        """The source in which a source was read; itself where it was read as it stands."""
        seen = {source}
        while source in self.via and self.via[source] not in seen:
            source = self.via[source]
            seen.add(source)
        return source

    def without(self, source: str) -> Ledger:
        """The ledger as it would be had a source never been read, nor what was read through it.

        Claims that nothing else carries are gone.
        """
        kept = {}
        for name, claim in self.claims.items():
            left = tuple(s for s in claim.sources if source not in (s, self.read_in(s)))
            if left:
                kept[name] = replace(claim, sources=left)
        groups = {}
        for name, group in self.groups.items():
            left = tuple(claim for claim in group.claims if claim in kept)
            if left:
                groups[name] = replace(group, claims=left)
        return Ledger(kept, groups, self.via)

    def sources_of(self, group: str) -> tuple[str, ...]:
        """Sources that carry any claim of a group, each once, in order; not those of what only repeats another one."""
        members = self.groups[group].claims
        own = [self.claims[name] for name in members if not self._repeats(name, members)]
        return tuple(dict.fromkeys(source for claim in own for source in claim.sources))

    def _repeats(self, claim: str, members: tuple[str, ...]) -> bool:
        """Whether a claim passes on, through however many hands, another one of these."""
        seen, origin = {claim}, self.claims[claim].repeats
        while origin is not None and origin in self.claims and origin not in seen:
            if origin in members:
                return True
            seen.add(origin)
            origin = self.claims[origin].repeats
        return False

    def reports(self, group: str) -> int:
        """How many reports a group has: the sources that carry it, those that were read in one place once."""
        return len({self.read_in(source) for source in self.sources_of(group)})

    def sources(self) -> tuple[str, ...]:
        """Every source that carries a claim, in order."""
        return tuple(dict.fromkeys(s for claim in self.claims.values() for s in claim.sources))


def by_day(date: str) -> str:
    """What dates are sorted by: a month or a year alone comes after its days, since nobody knows how early it was."""
    return date + "-99" * (3 - len(date.split("-")))


@dataclass(frozen=True)
class Conflict:
    """Two claims that cannot both be right, or two readouts of one event by different sides."""

    kind: str
    """`denial` or `readouts`."""
    first: str
    second: str


def find_conflicts(claims: Iterable[Claim]) -> tuple[Conflict, ...]:
    """Who denies what, and whose readout of the same event stands beside whose; each pair once, by date."""
    listed = sorted(claims, key=lambda claim: by_day(claim.date))  # stable: the order of the file within a day
    known = {claim.id: claim for claim in listed}
    found = []
    for claim in listed:
        found += [Conflict("denial", other, claim.id) for other in claim.denies if other in known]
    readouts: dict[str, list[Claim]] = {}
    for claim in listed:
        if claim.stance == "readout" and claim.event is not None:
            for other in readouts.setdefault(claim.event, []):
                if other.side != claim.side:
                    found.append(Conflict("readouts", other.id, claim.id))
            readouts[claim.event].append(claim)
    return tuple(found)


def find_circles(links: Mapping[str, Iterable[str]]) -> tuple[tuple[str, ...], ...]:
    """Circles among links from a name to names, each once, starting from the name that comes first."""
    found: list[tuple[str, ...]] = []
    done: set[str] = set()
    for start in links:
        way: list[str] = []
        place: dict[str, int] = {}
        stack: list[tuple[str, list[str]]] = [(start, [n for n in links.get(start, ()) if n in links])]
        if start in done:
            continue
        way.append(start)
        place[start] = 0
        while stack:
            name, waiting = stack[-1]
            if waiting:
                other = waiting.pop(0)
                if other in place:
                    found.append(tuple(way[place[other] :]))
                elif other not in done:
                    place[other] = len(way)
                    way.append(other)
                    stack.append((other, [n for n in links.get(other, ()) if n in links]))
            else:
                stack.pop()
                done.add(name)
                way.pop()
                del place[name]
    return tuple(found)
