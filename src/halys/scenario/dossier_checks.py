"""Checks of the ledger that need more than its schema: references, days, hypotheses and groups. All faults at once."""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Iterator, Mapping

from halys.errors import did_you_mean
from halys.evidence import find_circles
from halys.measures import Quantity, value_of
from halys.scenario.document import Fault
from halys.scenario.dossier_schema import Claim, EvidenceSpec, Group, Question, Source

Path = tuple[str | int, ...]
_SUM = 1e-9


def find_faults(spec: EvidenceSpec, sources: Mapping[str, Source], today: datetime.date) -> Iterator[Fault]:
    """Everything that is wrong with a ledger that fits the schema."""
    yield from _sides(spec)
    for name, event in spec.events.items():
        at: Path = ("events", name)
        yield from _known(event.sources, sources, "source", "sources", (*at, "sources"))
        yield from _past(event.date, (*at, "date"), today)
    for name, claim in spec.claims.items():
        yield from _claim(spec, sources, name, claim, today)
    yield from _chains(spec)
    yield from _ways(spec, sources)
    yield from _same_names(spec)
    for name, question in spec.questions.items():
        yield from _question(question, sources, ("questions", name))
    for name, group in spec.groups.items():
        yield from _group(spec, sources, name, group)
    yield from _shared(spec)
    for name, vote in spec.votes.items():
        at = ("votes", name)
        yield from _known(vote.sources, sources, "source", "sources", (*at, "sources"))
        yield from _past(vote.date, (*at, "date"), today)
        if vote.event is not None:
            yield from _known([vote.event], spec.events, "event", "events", (*at, "event"), single=True)
        for side in vote.positions:
            if side not in spec.sides:
                yield Fault((*at, "positions", side), _unlisted(side, spec.sides, "side", "sides"), True)


def _unlisted(name: str, known: Iterable[str], what: str, section: str) -> str:
    known = list(known)
    hint = did_you_mean(name, known) or (f" It has {', '.join(known)}." if 0 < len(known) <= 8 else "")
    return f"{what} {name!r} is not listed under `{section}`.{hint} Add it there, or correct the id."


def _known(
    names: Iterable[str], known: Iterable[str], what: str, section: str, at: Path, *, single: bool = False
) -> Iterator[Fault]:
    listed = set(known)
    for n, name in enumerate(names):
        if name not in listed:
            yield Fault(at if single else (*at, n), _unlisted(name, known, what, section))


def _sides(spec: EvidenceSpec) -> Iterator[Fault]:
    for name, speaker in spec.speakers.items():
        at: Path = ("speakers", name)
        yield from _known([speaker.side], spec.sides, "side", "sides", (*at, "side"), single=True)
        yield from _known(speaker.interest, spec.questions, "question", "questions", (*at, "interest"))
    for name, event in spec.events.items():
        yield from _known(event.sides, spec.sides, "side", "sides", ("events", name, "sides"))
    for name, question in spec.questions.items():
        yield from _known([question.about], spec.sides, "side", "sides", ("questions", name, "about"), single=True)


def _past(date: str, at: Path, today: datetime.date) -> Iterator[Fault]:
    if date > today.isoformat()[: len(date)]:
        yield Fault(
            at, f"{date} lies in the future (today is {today}). A ledger holds what was said; correct the date."
        )


def _before(first: str, second: str) -> bool:
    """Whether a day is surely before another, of which one may be a month or a year alone."""
    size = min(len(first), len(second))
    return first[:size] < second[:size]


def _claim(
    spec: EvidenceSpec, sources: Mapping[str, Source], name: str, claim: Claim, today: datetime.date
) -> Iterator[Fault]:
    at: Path = ("claims", name)
    yield from _known([claim.speaker], spec.speakers, "speaker", "speakers", (*at, "speaker"), single=True)
    yield from _known(claim.sources, sources, "source", "sources", (*at, "sources"))
    yield from _known(claim.about, spec.sides, "side", "sides", (*at, "about"))
    yield from _known(claim.denies, spec.claims, "claim", "claims", (*at, "denies"))
    if claim.repeats is not None:
        yield from _known([claim.repeats], spec.claims, "claim", "claims", (*at, "repeats"), single=True)
    if name in claim.denies:
        yield Fault((*at, "denies"), "the claim denies itself. Name the claim that it contradicts.")
    if len(set(claim.sources)) < len(claim.sources):
        yield Fault((*at, "sources"), "a source is named twice. Name each once.")
    for n, other in enumerate(claim.denies):
        if other in spec.claims and _before(claim.date, spec.claims[other].date):
            yield Fault((*at, "denies", n), f"it is of {claim.date}, and {other!r} came later. Correct a date.")
    if claim.stance == "denies" and not claim.denies and not claim.about:
        yield Fault((*at, "stance"), "a denial names what it denies (`denies`), or whom it is about (`about`).")
    yield from _past(claim.date, (*at, "date"), today)
    for n, source in enumerate(claim.sources):
        if source in sources and _before(sources[source].date, claim.date):
            yield Fault(
                (*at, "sources", n),
                f"{source!r} is of {sources[source].date}, before the claim of {claim.date} that it is said to carry. "
                "Correct a date, or name another source.",
            )
    if claim.event is not None:
        yield from _known([claim.event], spec.events, "event", "events", (*at, "event"), single=True)
        event = spec.events.get(claim.event)
        if event is not None and claim.stance == "readout" and _before(claim.date, event.date):
            yield Fault((*at, "date"), f"a readout of {claim.date}, and the event {claim.event!r} was on {event.date}.")
    elif claim.stance == "readout":
        yield Fault((*at, "stance"), "a readout is of an event. Name it (`event`).")


def _chains(spec: EvidenceSpec) -> Iterator[Fault]:
    links = {name: [claim.repeats] for name, claim in spec.claims.items() if claim.repeats is not None}
    for circle in find_circles(links):
        words = " repeats ".join([*circle, circle[0]])
        yield Fault(("claims", circle[0], "repeats"), f"{words}: a circle. One of them must come from somebody.")


def _ways(spec: EvidenceSpec, sources: Mapping[str, Source]) -> Iterator[Fault]:
    """Sources through which others were read: listed, and no circle. Told at a claim that rests on one."""
    ways = {name: [source.via] for name, source in sources.items() if source.via is not None}
    carrying = {s: (claim, n) for claim, c in spec.claims.items() for n, s in enumerate(c.sources)}
    circles = {circle[0]: circle for circle in find_circles(ways)}
    for name, (via,) in ways.items():
        claim, n = carrying.get(name, (None, 0))
        at: Path = ("claims", claim, "sources", n) if claim is not None else ("claims",)
        if via not in sources:
            yield Fault(at, f"{name!r} was read via {_unlisted(via, sources, 'source', 'sources')}")
        elif name in circles:
            yield Fault(at, f"{' via '.join([*circles[name], name])}: a circle. One of them was read as it stands.")


def _same_names(spec: EvidenceSpec) -> Iterator[Fault]:
    """Posteriors that would bear one name, as a-b with c and a with b-c do."""
    seen: dict[str, str] = {}
    for question, entry in spec.questions.items():
        for hypothesis in entry.hypotheses:
            other = seen.setdefault(f"{question}-{hypothesis}", question)
            if other != question:
                message = (
                    f"{question}-{hypothesis} is the name of a posterior of the question {other!r} too. Rename one."
                )
                yield Fault(("questions", question, "hypotheses", hypothesis), message, True)


def _numbers(number: object, sources: Mapping[str, Source], at: Path) -> Iterator[Fault]:
    if isinstance(number, Quantity) and number.source is not None:
        yield from _known([number.source], sources, "source", "sources", (*at, "source"), single=True)


def _question(question: Question, sources: Mapping[str, Source], at: Path) -> Iterator[Fault]:
    rest = [name for name, h in question.hypotheses.items() if isinstance(h.prior, str)]
    numbers = {name: h.prior for name, h in question.hypotheses.items() if not isinstance(h.prior, str)}
    for name, prior in numbers.items():
        yield from _numbers(prior, sources, (*at, "hypotheses", name, "prior"))
    total = sum(map(value_of, numbers.values()))
    listed = ", ".join(f"{name} {value_of(p):g}" for name, p in numbers.items())
    if len(rest) > 1:
        yield Fault((*at, "hypotheses"), f"{' and '.join(rest)} are both `rest`. One hypothesis may be.")
    elif rest and total >= 1.0 - _SUM:
        yield Fault((*at, "hypotheses"), f"the other priors sum to {total:g} ({listed}), so that nothing is left.")
    elif not rest and abs(total - 1.0) > _SUM:
        yield Fault(
            (*at, "hypotheses"),
            f"the priors sum to {total:.10g} ({listed}). Hypotheses leave nothing out and exclude each other: they sum "
            "to 1; write `rest` for one.",
        )
    yield from _partition(question, at)


def _partition(question: Question, at: Path) -> Iterator[Fault]:
    """Whether every outcome is covered by one hypothesis."""
    by: dict[str, list[str]] = {outcome: [] for outcome in question.outcomes}
    for name, hypothesis in question.hypotheses.items():
        place = (*at, "hypotheses", name)
        if question.outcomes and not hypothesis.covers:
            yield Fault(place, "the hypothesis covers none of the `outcomes`. Write `covers`.")
        for n, outcome in enumerate(hypothesis.covers):
            if outcome in by:
                by[outcome].append(name)
            else:
                yield Fault((*place, "covers", n), _unlisted(outcome, by, "outcome", "outcomes"))
    for outcome, names in by.items():
        if len(names) > 1:
            message = f"{' and '.join(names)} overlap: both cover {outcome!r}. One hypothesis covers each outcome."
            yield Fault((*at, "hypotheses"), message)
        elif not names:
            yield Fault((*at, "outcomes"), f"no hypothesis covers {outcome!r}: something is left out. Add it to one.")


def _group(spec: EvidenceSpec, sources: Mapping[str, Source], name: str, group: Group) -> Iterator[Fault]:
    at: Path = ("groups", name)
    yield from _known(group.claims, spec.claims, "claim", "claims", (*at, "claims"))
    yield from _known([group.question], spec.questions, "question", "questions", (*at, "question"), single=True)
    for field in ("dependence", "trust"):
        yield from _numbers(getattr(group, field), sources, (*at, field))
    if len(set(group.claims)) < len(group.claims):
        yield Fault((*at, "claims"), "a claim is named twice. Name each once.")
    for n, claim in enumerate(group.claims):
        if claim in spec.claims and spec.claims[claim].signal is not None:
            yield Fault(
                (*at, "claims", n),
                f"{claim!r} is a move of the game already (signal: {spec.claims[claim].signal}). Counted here too it "
                "would move the same beliefs twice. Take it out of the group, or remove `signal`.",
            )
    question = spec.questions.get(group.question)
    if question is None:
        return
    denial = _is_interested_denial(spec, group)
    if group.likelihood is None:
        if not denial:
            yield Fault(
                at,
                "`likelihood` is missing: how probable is such a report under each of "
                f"{', '.join(question.hypotheses)}? Only denials by speakers with an interest may go without.",
                True,
            )
        return
    if denial and group.note is None:
        yield Fault(
            (*at, "likelihood"),
            "denials by speakers with an interest move nothing by default. Leave the likelihood out, or say in `note` "
            "why this one counts.",
            True,
        )
    for hypothesis, number in group.likelihood.items():
        if hypothesis not in question.hypotheses:
            message = _unlisted(hypothesis, question.hypotheses, "hypothesis", f"questions.{group.question}.hypotheses")
            yield Fault((*at, "likelihood", hypothesis), message, True)
        yield from _numbers(number, sources, (*at, "likelihood", hypothesis))
    missing = [h for h in question.hypotheses if h not in group.likelihood]
    if missing:
        yield Fault((*at, "likelihood"), f"no likelihood under {', '.join(missing)}. State one for every hypothesis.")


def _is_interested_denial(spec: EvidenceSpec, group: Group) -> bool:
    """Whether all claims of a group are denials by speakers whom the question concerns."""
    claims = [spec.claims[c] for c in group.claims if c in spec.claims]
    return bool(claims) and all(
        c.stance == "denies" and c.speaker in spec.speakers and group.question in spec.speakers[c.speaker].interest
        for c in claims
    )


def _shared(spec: EvidenceSpec) -> Iterator[Fault]:
    """Claims that would count twice for one question: in two groups, or in one while another holds what they repeat."""
    seen: dict[tuple[str, str], str] = {}
    for name, group in spec.groups.items():
        for n, claim in enumerate(group.claims):
            origin, passed = claim, {claim}
            while (before := spec.claims[origin].repeats if origin in spec.claims else None) and before not in passed:
                passed.add(before)
                origin = before
            other = seen.setdefault((group.question, origin), name)
            if other != name:
                why = "it" if origin == claim else f"{origin!r}, which it repeats,"
                message = f"{claim!r} would count twice: {why} is in the group {other!r} of the same question too."
                yield Fault(("groups", name, "claims", n), f"{message} One event is one group.")
