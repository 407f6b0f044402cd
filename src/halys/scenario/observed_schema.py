"""The section `observed` of a scenario: choices that actors were seen to make, and what they then believed.

A belief about a later stage is one word, or a distribution over its moves:

- `play`: what subgame-perfect play at the reference values would bring there; the default for stages of others;
- `any`: nothing is known of what the chooser believed; every distribution over the moves open there is admissible;
- `{move: probability, …}`: a probability is 0 or 1, or {value, low, high, source}, or the name of an assumption; `rest`
  for one move is 1 minus the others. Moves that are not named have probability 0.

A list of cases gives each of these only after certain moves; the first that agrees holds, and `play` where none does.
"""

from __future__ import annotations

from typing import Annotated, Any, Final, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Discriminator, Field, Tag

from halys.measures import Quantity
from halys.measures.numbers import Bounds, Number
from halys.scenario.schema_base import Day, Id, Text, When

PROBABILITY: Final = Bounds(0.0, 1.0, "a probability, between 0 and 1")
REST: Final = "rest"


def _check_stated(number: float | Quantity) -> float | Quantity:
    """A probability is certain, or a judgement with a range and a source."""
    if isinstance(number, Quantity):
        lacking = [name for name in ("low", "high", "source") if getattr(number, name) is None]
        if lacking and number.value not in (0, 1):
            raise ValueError(f"a belief is a judgement: it needs low, high and source; {', '.join(lacking)} missing")
    elif number not in (0, 1):
        raise ValueError(
            f"the probability is {number:g} without range and source; a plain one is 0 or 1. Write {{value, low, high, "
            "source}, the name of an assumption, or rest"
        )
    return number


def _sort(given: Any) -> str:
    return "word" if given == REST else "number"


def _shape(given: Any) -> str:
    return "word" if isinstance(given, str) else "moves"


def _form(given: Any) -> str:
    return "cases" if isinstance(given, list) else "one"


Probability = Annotated[
    Annotated[Literal["rest"], Tag("word")]
    | Annotated[Annotated[Number, PROBABILITY, AfterValidator(_check_stated)], Tag("number")],
    Discriminator(_sort),
]
OneBelief = Annotated[
    Annotated[Literal["play", "any"], Tag("word")]
    | Annotated[Annotated[dict[Id, Probability], Field(min_length=1)], Tag("moves")],
    Discriminator(_shape),
]


class _Model(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)


class BeliefCase(_Model):
    """What was believed of a later stage after certain moves of the stages before it."""

    when: When
    """Stage: a move, or a list of moves."""
    moves: OneBelief
    """play, any, or the probability of each move."""


Belief = Annotated[
    Annotated[OneBelief, Tag("one")] | Annotated[Annotated[list[BeliefCase], Field(min_length=1)], Tag("cases")],
    Discriminator(_form),
]


class Observation(_Model):
    """A choice that was seen. The actor of the stage preferred this move to every other, given what it believed."""

    label: Text
    stage: Id
    """Whose choice: the stage of the decision."""
    move: Id
    """What was seen."""
    date: Day | None = None
    after: dict[Id, Id] = {}
    """Earlier moves when the choice was made; an earlier stage that is not named is as played."""
    excludes: list[Id] = []
    """Moves of the stage that were not open to the actor then."""
    beliefs: dict[Id, Belief] = {}
    """Later stage: what the actor believed would follow each of its moves. Its own later stages need none."""
    summary: Text | None = None
    limits: Text | None = None
    sources: list[Id] = []
