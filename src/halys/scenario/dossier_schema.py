"""The ledger of evidence: who says what, and how likely each report is under each hypothesis.

It stands in a scenario file under `evidence`, or in a file of its own, a dossier, which a scenario names (`dossier`)
and `halys evidence` shows. A claim is what somebody said, in a paraphrase, with the day, the stance and the sources
that carry it; it is not a fact. Claims that report one event form a group. A group, not each claim, has one likelihood
for each hypothesis of a question.
"""

from __future__ import annotations

from typing import Annotated, Any, Final, Literal

from pydantic import AfterValidator, BaseModel, Discriminator, Field, Tag

from halys.measures import Quantity
from halys.measures.numbers import Bounds, Finite, Number
from halys.scenario.schema_base import MODEL, Day, Id, Text

DOSSIER_VERSION: Final = 1
REST: Final = "rest"

PRIOR: Final = Bounds(0.0, 1.0, "a probability, greater than 0 and less than 1", above=True, below=True)
LIKELIHOOD: Final = Bounds(
    0.0, 1.0, "a probability, greater than 0 and at most 1; nothing that was reported is impossible", above=True
)
SHARE: Final = Bounds(0.0, 1.0, "between 0 and 1")

SourceKind = Literal["press", "official", "statistics", "law", "study", "interview", "own"]
Reliability = Literal["A", "B", "C", "D", "E", "F"]
Stance = Literal["asserts", "denies", "readout", "warns", "promises", "asks", "judges", "reports"]
EventKind = Literal["talks", "call", "summit", "vote", "plan", "statement", "measure", "war"]
Position = Literal["for", "against", "abstains", "absent", "stays-out"]


class _Model(BaseModel):
    model_config = MODEL


class Source(_Model):
    """Where a fact or a number comes from."""

    title: Text
    publisher: Text
    date: Day
    """YYYY, YYYY-MM or YYYY-MM-DD, in quotes."""
    author: Text | None = None
    url: Text | None = None
    note: Text | None = None
    kind: SourceKind | None = None
    reliability: Reliability | None = None
    """Of the source by the Admiralty code, A (reliable) to F (cannot be judged). Shown, never computed with."""
    via: Id | None = None
    """The source through which it was read; the two are one report, and are lost together."""


def _check_judged(number: float | Quantity) -> float | Quantity:
    """A probability of the ledger is a judgement, or the certain 1."""
    if isinstance(number, Quantity):
        lacking = [name for name in ("low", "high", "source") if getattr(number, name) is None]
        if number.distribution is not None:
            raise ValueError("a distribution has no effect here: likelihoods are drawn log-uniform, the rest uniform")
        if lacking and number.value != 1:
            raise ValueError(f"it is a judgement: it needs low, high and source; {', '.join(lacking)} missing")
    elif number not in (0, 1):
        raise ValueError(f"{number:g} stands without range and source. Write {{value, low, high, source}}")
    return number


def _sort(given: Any) -> str:
    return "word" if given == REST else "number"


Prior = Annotated[
    Annotated[Literal["rest"], Tag("word")]
    | Annotated[Annotated[Number, PRIOR, AfterValidator(_check_judged)], Tag("number")],
    Discriminator(_sort),
]
Likelihood = Annotated[Number, LIKELIHOOD, AfterValidator(_check_judged)]
Share = Annotated[Number, SHARE, AfterValidator(_check_judged)]


class Side(_Model):
    """A state, a group of them, or those who watch: whose voice a claim is, and whom it is about."""

    label: Text


class Speaker(_Model):
    """Somebody who says something: a person in an office, a ministry, officials who are not named, an analyst."""

    label: Text
    side: Id
    interest: list[Id] = []
    """Questions whose answer the speaker gains or loses by; a denial by such a speaker moves nothing by default."""


class Event(_Model):
    """Something that happened between sides: talks, a call, a summit, a vote, a plan."""

    label: Text
    date: Day
    kind: EventKind
    sides: list[Id] = []
    summary: Text | None = None
    sources: list[Id] = []


class Figure(_Model):
    """A number that a claim states."""

    value: Finite
    unit: Text


class Claim(_Model):
    """What somebody said, in a paraphrase. It is what is claimed, not what is so."""

    text: Text
    speaker: Id
    date: Day
    stance: Stance
    """asserts or denies something; gives a readout of an event; warns, promises or asks; judges (an analysis);
    reports what is known otherwise (a newspaper in its own name)."""
    sources: Annotated[list[Id], Field(min_length=1)]
    """Which of the sources carry it."""
    about: list[Id] = []
    """Sides that it is about."""
    event: Id | None = None
    denies: list[Id] = []
    """Claims that it contradicts."""
    repeats: Id | None = None
    """The claim that it passes on; a copy moves beliefs no further than what it copies."""
    figures: list[Figure] = []
    signal: Id | None = None
    """A stage of the game in which this very report is already a move: it is then no evidence about that actor too."""


class Hypothesis(_Model):
    """One of several answers to a question, of which exactly one is true."""

    label: Text
    prior: Prior
    """Before any of this evidence: {value, low, high, source}, or `rest` for what the others leave of 1."""
    covers: list[Id] = []
    """Outcomes of the question that it stands for."""


class Question(_Model):
    """Hypotheses that exclude each other and leave nothing out."""

    label: Text
    about: Id
    """The side that it is about."""
    outcomes: list[Id] = []
    """What may be the case; each is covered by exactly one hypothesis."""
    hypotheses: Annotated[dict[Id, Hypothesis], Field(min_length=2)]


class Group(_Model):
    """Claims that report one event, and how likely such a report is under each hypothesis."""

    label: Text
    question: Id
    claims: Annotated[list[Id], Field(min_length=1)]
    likelihood: dict[Id, Likelihood] | None = None
    """For each hypothesis the probability that this would be reported. May be left out where all claims are denials by
    speakers with an interest: these move nothing by default."""
    dependence: Share = 1.0
    """rho: 1 where the sources copy one report, 0 where they know it independently of each other."""
    trust: Share = 1.0
    """Probability that the report has to do with what happened; otherwise it says nothing."""
    one_of: Id | None = None
    """Name of a set of groups of which only one could be reported; their likelihoods sum to no more than 1."""
    note: Text | None = None
    """Why these likelihoods. Needed where a denial by an interested speaker is made to count."""


class Vote(_Model):
    """How sides voted, or what they stated to join."""

    label: Text
    date: Day
    event: Id | None = None
    positions: Annotated[dict[Id, Position], Field(min_length=1)]
    """By side."""
    sources: Annotated[list[Id], Field(min_length=1)]
    note: Text | None = None


class EvidenceSpec(_Model):
    """The ledger: sides, speakers, events, claims, questions and groups of claims that bear on them."""

    sides: dict[Id, Side] = {}
    speakers: dict[Id, Speaker] = {}
    events: dict[Id, Event] = {}
    claims: Annotated[dict[Id, Claim], Field(min_length=1)]
    questions: dict[Id, Question] = {}
    groups: dict[Id, Group] = {}
    votes: dict[Id, Vote] = {}


class DossierFile(EvidenceSpec):
    """A dossier of Halys: evidence in a file of its own, which scenarios may share."""

    dossier_version: Literal[1]
    id: Id
    title: Text
    notes: list[Text] = []
    """What a reader must know, the most important first."""
    sources: dict[Id, Source] = Field(min_length=1)
