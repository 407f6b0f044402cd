"""The section `coalition` of a scenario file: who may join in measures against a target."""

from __future__ import annotations

from typing import Annotated, Final

from pydantic import BaseModel, BeforeValidator, Field

from halys.measures import Instrument, Quantity
from halys.measures.base import Names
from halys.measures.numbers import Bounds
from halys.scenario.schema_base import MODEL, Id, Text

MEMBERS: Final = "members"
"""The word that stands, in measures of a coalition, for the economies of those that have joined."""
MOST_MEMBERS: Final = 20
"""Beyond, even samples of the coalitions take hours."""
LEVEL: Final = Bounds(0.0, 100.0, "greater than 0 and at most 100, in % of the target's income", above=True)
STAYING: Final = Bounds(-100.0, 100.0, "between -100 and 100, in % of the member's own income a year")


def _check_judgement(given: object) -> object:
    if isinstance(given, int | float) and not isinstance(given, bool):
        raise ValueError(
            f"it cannot be measured, so {given:g} alone is not allowed. Write {{value, low, high, source}}, "
            "or the name of an assumption"
        )
    if isinstance(given, dict):
        lacking = [name for name in ("low", "high", "source") if given.get(name) is None]
        if lacking:
            raise ValueError(f"it is a judgement and needs low, high and source; {', '.join(lacking)} missing")
    return given


Judgement = Annotated[Quantity, BeforeValidator(_check_judgement)]


class _Model(BaseModel):
    model_config = MODEL


class MemberSpec(_Model):
    """A bloc that joins as one."""

    label: Text
    economies: Names
    """A code, a group or a list of these. An economy has one member, and the target's have none."""
    candidate: bool = False
    """Whether it is not in the coalition today: it is asked what it would add."""
    staying: Annotated[Judgement, STAYING] | None = None
    """What staying is worth to it beyond the economics, in % of its own income a year; default nothing."""


class CoalitionSpec(_Model):
    """Who may join in measures against a target. Any of its members may: each coalition has an equilibrium."""

    label: Text
    target: Names
    """An actor, or a code, a group or a list of these."""
    members: Annotated[dict[Id, MemberSpec], Field(min_length=1)]
    """In order; at most 20 that are no candidates."""
    measures: Annotated[list[Instrument], Field(min_length=1)]
    """What those that join impose together; the word `members` stands for their economies. One decision."""
    against: list[Id] = []
    """Programmes in force that do not apply here, because these measures take their place."""
    level: Annotated[Judgement, LEVEL] | None = None
    """The loss of the target, in % of its income, at which it gives in."""

    @property
    def current(self) -> dict[str, MemberSpec]:
        """The members that are in the coalition today."""
        return {name: member for name, member in self.members.items() if not member.candidate}

    @property
    def candidates(self) -> dict[str, MemberSpec]:
        """Those that may join it."""
        return {name: member for name, member in self.members.items() if member.candidate}
