"""What a scenario file may say (schema version 1), as Pydantic models. Until 1.0 the schema only grows.

A scenario names its sources, its actors, programmes of measures that are in force in every history, and stages at
which an actor chooses a move. A history is one choice at each stage that comes up; its measures are those in force,
less what its moves supersede, and those of its moves.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from halys.measures import Instrument
from halys.measures.instruments import Names
from halys.measures.numbers import Finite

SCHEMA_VERSION = 1

Id = Annotated[str, Field(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$", max_length=60)]
Text = Annotated[str, Field(min_length=1)]
Day = Annotated[str, Field(pattern=r"^\d{4}(-\d{2}(-\d{2})?)?$")]
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
    """One choice at a stage. `supersede` names what it replaces: an id under in_force, or `stage.move`."""

    when: When = {}
    supersede: list[Text] = []
    cases: list[Case] = []


class Stage(_Model):
    """A decision. It comes up only in histories that agree with `when` (stage: move, or a list of moves)."""

    id: Id
    actor: Id
    question: Text | None = None
    when: When = {}


class HorizonSpec(_Model):
    """Elasticities; see `halys.Horizon`."""

    name: Literal["long"] = "long"
    trade_elasticity: Finite | dict[str, Finite] | None = None


class ScenarioFile(_Model):
    """A whole scenario file."""

    schema_version: Literal[1]
    id: Id
    title: Text
    question: Text
    world: Text = "icio-2022"
    notes: list[Text] = []
    horizon: HorizonSpec = HorizonSpec()
    closures: list[Literal["fixed", "proportional", "balanced"]] = Field(default=["fixed"], min_length=1)
    sources: dict[Id, Source] = {}
    actors: dict[Id, Actor] = Field(min_length=1)
    in_force: dict[Id, Programme] = {}
    stages: list[Stage] = []
    moves: dict[Id, dict[Id, Move]] = {}
