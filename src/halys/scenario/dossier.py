"""Dossiers: the ledger of a file with its questions, and what follows from it for beliefs."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Final

import numpy as np

from halys.errors import UnknownNameError, did_you_mean
from halys.evidence import Belief, Claim, Conflict, Evidence, Group, Ledger, Ranged, believe, find_conflicts
from halys.evidence.coherence import find_incoherence
from halys.measures import Number, value_of
from halys.measures.numbers import highest_of, lowest_of
from halys.scenario.dossier_schema import REST, EvidenceSpec, Question, Source
from halys.scenario.dossier_schema import Group as GroupSpec

PREFIX: Final = "belief-"
"""How a number that is a posterior begins: belief-QUESTION-HYPOTHESIS."""
_LEAST: Final = 1e-9  # of a prior that `rest` leaves


@dataclass(frozen=True, eq=False)
class Dossier:
    """Evidence that was checked.

    Attributes:
        id, title, notes: of the dossier, or of the scenario that holds it. spec: sides, speakers, claims and so on.
        sources: of the file it stands in. text: of that file. name: of the file, as shown.
    """

    id: str
    title: str
    notes: tuple[str, ...]
    spec: EvidenceSpec
    sources: Mapping[str, Source]
    text: str
    name: str

    @cached_property
    def hash(self) -> str:
        """Of the text."""
        return hashlib.sha256(self.text.encode()).hexdigest()

    @cached_property
    def ledger(self) -> Ledger:
        """Claims and groups as plain records."""
        speakers = self.spec.speakers
        claims = {
            name: Claim(
                name,
                c.text,
                c.speaker,
                speakers[c.speaker].side,
                c.date,
                c.stance,
                tuple(c.sources),
                tuple(c.about),
                c.event,
                tuple(c.denies),
                c.repeats,
            )
            for name, c in self.spec.claims.items()
        }
        groups = {name: Group(name, g.question, tuple(g.claims)) for name, g in self.spec.groups.items()}
        via = {name: source.via for name, source in self.sources.items() if source.via is not None}
        return Ledger(claims, groups, via)

    @cached_property
    def conflicts(self) -> tuple[Conflict, ...]:
        """Contradictions: denials and readouts of one event by several sides."""
        return find_conflicts(self.ledger.claims.values())

    def question(self, name: str) -> Question:
        """A question by its id.

        Raises:
            UnknownNameError: there is none.
        """
        if name not in self.spec.questions:
            known = ", ".join(self.spec.questions) or "none"
            hint = did_you_mean(name, self.spec.questions) or f" It has {known}."
            raise UnknownNameError(f"the dossier has no question {name!r}.{hint}")
        return self.spec.questions[name]

    def groups_of(self, question: str) -> tuple[str, ...]:
        """Groups that bear on a question, in the order of the file."""
        return tuple(name for name, group in self.spec.groups.items() if group.question == question)

    def evidence(self, question: str, ledger: Ledger | None = None) -> Evidence:
        """What bears on a question; of another ledger where it is given (`Ledger.without`)."""
        ledger = ledger or self.ledger
        groups = [name for name in self.groups_of(question) if name in ledger.groups]
        hypotheses = list(self.question(question).hypotheses)
        specs = [self.spec.groups[name] for name in groups]
        shape = len(groups), len(hypotheses)
        stated = [[_stated(spec, h) for h in hypotheses] for spec in specs]
        parts = (
            np.array([[end(x) for x in row] for row in stated]).reshape(shape)
            for end in (value_of, lowest_of, highest_of)
        )
        return Evidence(
            prior=priors_of(self.question(question)),
            likelihood=Ranged(*parts),
            reports=np.array([float(ledger.reports(name)) for name in groups]),
            dependence=_ranged([spec.dependence for spec in specs]),
            trust=_ranged([spec.trust for spec in specs]),
            rest=next((n for n, h in enumerate(self.question(question).hypotheses.values()) if h.prior == REST), None),
        )

    @cached_property
    def beliefs(self) -> Mapping[str, Belief]:
        """The posterior of every question, with its ranges."""
        return {name: believe(self.evidence(name)) for name in self.spec.questions}

    def without_each_source(self, question: str) -> Mapping[str, Belief]:
        """The posterior had a source never been read, for each one in which a group of the question was read."""
        claims = (claim for name in self.groups_of(question) for claim in self.spec.groups[name].claims)
        sources = (source for claim in claims for source in self.spec.claims[claim].sources)
        carrying = dict.fromkeys(map(self.ledger.read_in, sources))
        return {source: believe(self.evidence(question, self.ledger.without(source))) for source in carrying}

    @cached_property
    def warnings(self) -> tuple[str, ...]:
        """What is odd about the likelihoods, though each is allowed."""
        found: list[str] = []
        for name, question in self.spec.questions.items():
            groups = self.groups_of(name)
            one_of: dict[str, list[str]] = {}
            for group in groups:
                tag = self.spec.groups[group].one_of
                if tag is not None:
                    one_of.setdefault(tag, []).append(group)
            partial = [group for group in groups if self._is_partial(group)]
            hypotheses = list(question.hypotheses)
            told = find_incoherence(self.evidence(name), groups, hypotheses, self.ledger, one_of, partial)
            found += [f"{name}: {warning}" for warning in told]
        return tuple(found)

    def _is_partial(self, group: str) -> bool:
        """Whether all who speak in a group gain or lose by the answer, and its likelihood is stated all the same."""
        spec = self.spec.groups[group]
        speakers = (self.spec.speakers[self.spec.claims[claim].speaker] for claim in spec.claims)
        return spec.likelihood is not None and all(spec.question in speaker.interest for speaker in speakers)


def priors_of(question: Question) -> Ranged:
    """Priors of the hypotheses; `rest` is what the others leave of 1, at their values and at the ends of the ranges."""
    stated = {name: h.prior for name, h in question.hypotheses.items()}
    numbers: list[Number] = [p for p in stated.values() if not isinstance(p, str)]
    left = 1.0 - sum(map(value_of, numbers))
    ends = max(_LEAST, 1.0 - sum(map(highest_of, numbers))), min(1.0, 1.0 - sum(map(lowest_of, numbers)))
    rows = [
        (left, *ends) if isinstance(p, str) else (value_of(p), lowest_of(p), highest_of(p)) for p in stated.values()
    ]
    return Ranged(*(np.array(column) for column in zip(*rows, strict=True)))


def _stated(spec: GroupSpec, hypothesis: str) -> Number:
    return 1.0 if spec.likelihood is None else spec.likelihood[hypothesis]


def _ranged(numbers: list[Number]) -> Ranged:
    return Ranged(*(np.array([end(x) for x in numbers], dtype=float) for end in (value_of, lowest_of, highest_of)))
