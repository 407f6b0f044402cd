"""What a scenario file may say (schema version 1), as Pydantic models. Until 1.0 the schema only grows.

A scenario names its sources, its actors, programmes of measures that are in force in every history, and stages at
which an actor chooses a move. A history is one choice at each stage that comes up; its measures are those in force,
less what its moves supersede, and those of its moves.
"""

from __future__ import annotations

import datetime
import re
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Discriminator, Field, Tag

from halys.economy import Closure
from halys.measures import Instrument
from halys.measures.instruments import Names
from halys.measures.numbers import Number

SCHEMA_VERSION = 1


def _check_id(text: str) -> str:
    if not re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", text) or len(text) > 60:
        raise ValueError(
            f"{text!r} is not an id. Write lowercase letters, digits and single hyphens, such as export-ban"
        )
    return text


def _check_day(text: str) -> str:
    try:
        parts = [int(part) for part in text.split("-")]
        if re.fullmatch(r"\d{4}(-\d{2}(-\d{2})?)?", text) and datetime.date(*[*parts, 1, 1][:3]):
            return text
    except ValueError:
        pass
    raise ValueError(f"{text!r} is not a date. Write YYYY, YYYY-MM or YYYY-MM-DD, in quotes")


def _check_distinct(names: list[Closure]) -> list[Closure]:
    if len(set(names)) < len(names):
        raise ValueError(f"{', '.join(names)} names one twice. Name each closure once")
    return names


Id = Annotated[str, AfterValidator(_check_id)]
Text = Annotated[str, Field(min_length=1)]
Day = Annotated[str, AfterValidator(_check_day)]
When = dict[Id, Id | Annotated[list[Id], Field(min_length=1)]]


class _Model(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Source(_Model):
    """Where a fact or a number comes from. `date` is YYYY, YYYY-MM or YYYY-MM-DD."""

    title: Text
    publisher: Text
    date: Day
    author: Text | None = None
    url: Text | None = None
    note: Text | None = None


class Actor(_Model):
    """A player and the economies that are its own. Payoffs and tables sum over these."""

    label: Text
    economies: Names


class Programme(_Model):
    """Measures that are one decision. `mapping` says how it becomes instruments, `limits` what that loses."""

    label: Text
    summary: Text | None = None
    mapping: Text | None = None
    limits: Text | None = None
    sources: list[Id] = []
    measures: list[Instrument] = []


class Case(_Model):
    """Measures of a move that apply only after certain moves of earlier stages."""

    when: When
    measures: list[Instrument] = Field(min_length=1)


class Move(Programme):
    """One choice at a stage.

    `supersede` names what it replaces: an id under in_force, or `stage.move`. What a replaced move had itself replaced
    stays replaced: the heavier rung stands for the lighter ones.
    """

    when: When = {}
    supersede: list[Text] = []
    cases: list[Case] = []


class Stage(_Model):
    """A decision. It comes up only in histories that agree with `when` (stage: move, or a list of moves)."""

    id: Id
    actor: Id
    question: Text | None = None
    when: When = {}


def _shape(given: object) -> str:
    return "each" if isinstance(given, dict) and "value" not in given else "one"


Elasticity = Annotated[Annotated[Number, Tag("one")] | Annotated[dict[str, Number], Tag("each")], Discriminator(_shape)]


class HorizonSpec(_Model):
    """Elasticities; see `halys.Horizon`."""

    name: Literal["long"] = "long"
    trade_elasticity: Elasticity | None = None


class ScenarioFile(_Model):
    """A whole scenario file."""

    schema_version: Literal[1]
    id: Id
    title: Text
    question: Text
    world: Text = "icio-2022"
    notes: list[Text] = []
    horizon: HorizonSpec = HorizonSpec()
    closures: Annotated[list[Closure], Field(min_length=1), AfterValidator(_check_distinct)] = ["fixed"]
    sources: dict[Id, Source] = {}
    actors: dict[Id, Actor] = Field(min_length=1)
    in_force: dict[Id, Programme] = {}
    stages: list[Stage] = []
    moves: dict[Id, dict[Id, Move]] = {}
