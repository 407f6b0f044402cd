"""The section `campaign` of a scenario file: decisions of its stages that are taken again each quarter."""

from __future__ import annotations

from typing import Annotated, Any, Final, Literal

from pydantic import BaseModel, BeforeValidator, Field

from halys.measures.numbers import Bounds, Number
from halys.scenario.repetition_schema import DISCOUNT_FACTOR
from halys.scenario.schema_base import MODEL, Exposure, Id, Text, When

MOST_QUARTERS: Final = 80
MOMENTUM: Final = "momentum"
"""The word under `when` for the state of the momentum."""
CROSSED: Final = "crossed"
"""The word under `when` for tracks whose line has been crossed, or `none`."""
NONE: Final = "none"
FREE: Final = "free"
"""Play without a commitment."""
REST: Final = "rest"
"""The future of paths that no rule names."""

HALF_LIFE: Final = Bounds(0.0, 80.0, "greater than 0 and at most 80 quarters", above=True)
CHANGE_COST: Final = Bounds(0.0, 100.0, "between 0 and 100, once, in % of the yearly income of who decides")
PRECISION: Final = Bounds(0.0, 1e6, "greater than 0 and at most a million, per % of yearly income", above=True)
QUARTERLY: Final = Bounds(0.0, 1.0, "between 0 and 1, the probability in a quarter")
SHIFT: Final = Bounds(-10.0, 10.0, "between -10 and 10, added to the log odds of moving up and taken from those down")
EROSION: Final = Bounds(0.0, 10.0, "between 0 and 10, in % of the actor's yearly income for each year that it is held")
CAMPAIGN_BOUNDS: Final = {
    "discount": DISCOUNT_FACTOR,
    "half_life": HALF_LIFE,
    "precision": PRECISION,
    "up": QUARTERLY,
    "down": QUARTERLY,
    "by": SHIFT,
    "percent_a_year": EROSION,
    "entry": CHANGE_COST,
    "exit": CHANGE_COST,
}
"""By the key of a number, or of the mapping that holds it."""

Cost = Annotated[Number, CHANGE_COST]


def _check_continuation(given: Any) -> Any:
    number = isinstance(given, int | float) and not isinstance(given, bool) and 0 <= given <= 50
    if given == "forever" or (number and (4 * given) % 1 == 0):
        return given
    raise ValueError(
        f"{given!r} is not allowed here. Write forever, or for how many years what is held at the end is held on: a "
        "number from 0 to 50, in whole quarters (0.25)"
    )


class _Model(BaseModel):
    model_config = MODEL


class TrackSpec(_Model):
    """A decision that is taken again each quarter: a level is held, and its holder may take another.

    A track of the name of a stage has moves of that stage as its levels, which can be taken up where stage and move
    are open (`when`), and kept elsewhere. Any other names its actor and labels its levels; these bring no measures, and
    only what the section says about them.
    """

    levels: Annotated[list[Id], Field(min_length=2)]
    """The mildest first. The first is the level without a programme, unless `none` names another."""
    actor: Id | None = None
    label: Text | None = None
    labels: dict[Id, Text] = {}
    """Of levels; those of moves are their own where none is given."""
    start: Id | None = None
    """The level held before the first quarter; default the first."""
    held_for: Annotated[int, Field(ge=0, le=12)] = 0
    """For how many quarters it has been held; of no effect where the level brings no measures."""
    none: Id | None = None
    """The level to which the others compare; default the first."""
    crosses: list[Id] = []
    """Levels that cross the line of the track. A line that is crossed stays crossed."""
    entry: dict[Id, Cost] = {}
    """What taking up a level costs, once."""
    exit: dict[Id, Cost] = {}
    """What giving up a level costs, once."""
    precision: Annotated[Number, PRECISION] | None = None
    """Of choices on this track, instead of that of the campaign."""


class RestCase(_Model):
    """A move of a stage that is no track, in the states that agree; the first case that agrees counts."""

    when: When = {}
    move: Id


class ShiftSpec(_Model):
    """What moves the momentum."""

    when: When
    by: Annotated[Number, SHIFT]
    """Added to the log odds of moving up against staying, taken from those of moving down; all that agree add up."""


class MomentumSpec(_Model):
    """The course of the war as a Markov chain, a step at most in a quarter."""

    label: Text
    states: Annotated[dict[Id, Text], Field(min_length=2, max_length=9)]
    """In order, from the bottom up, with their labels."""
    start: Id
    up: Annotated[Number, QUARTERLY]
    """Probability of moving up in a quarter, where nothing shifts it."""
    down: Annotated[Number, QUARTERLY]
    ends: list[Id] = []
    """States that end the campaign: what is held then is held on."""
    shifts: list[ShiftSpec] = []


class ClosedSpec(_Model):
    """Levels that may not be held in some states: support under a condition, a red line.

    Who holds one when the state comes about must take another level.
    """

    when: When
    track: Id
    levels: Annotated[list[Id], Field(min_length=1)]
    label: Text | None = None
    sources: list[Id] = []


class StateCase(_Model):
    """Exposure of stakes in the states that agree, added to that of the moves held.

    A stake that a state of the momentum by itself exposes accrues through states alone: what moves say of it does not
    count, since they shift the momentum.
    """

    when: When
    exposures: Annotated[dict[Id, Exposure], Field(min_length=1)]


class ErosionSpec(_Model):
    """What holding a level wears away for good, such as the share of trade that clears in a currency."""

    label: Text
    actor: Id
    when: When
    percent_a_year: Annotated[Number, EROSION]
    """The loss a year, ever after, that each year of holding adds."""
    sources: list[Id] = []


class PolicyRule(_Model):
    """The level taken in the states that agree."""

    when: When = {}
    move: Id


class PolicySpec(_Model):
    """A commitment of whoever decides on a track; the first rule that agrees binds, elsewhere the owner is free."""

    label: Text
    track: Id
    rules: Annotated[list[PolicyRule], Field(min_length=1)]


class Spell(_Model):
    """Quarters, of all of a path, in which a state held: at least so many."""

    when: When
    at_least: Annotated[int, Field(ge=1, le=MOST_QUARTERS)]


class FutureSpec(_Model):
    """A named group of paths: those that meet everything stated. A path is of the first future that it meets."""

    label: Text
    summary: Text | None = None
    ever: list[When] = []
    """States each of which comes about in some quarter."""
    never: list[When] = []
    """States none of which ever comes about."""
    at_end: When = {}
    """What holds in the last quarter."""
    quarters: list[Spell] = []


class CampaignSpec(_Model):
    """A game in quarters over the moves of the scenario (`halys campaign`).

    Under `when` stand tracks with their levels; `momentum` with its states; `crossed` with tracks, or `none`.
    """

    label: Text
    begins: Annotated[str, Field(pattern=r"^\d{4}-Q[1-4]$")]
    """The first quarter, such as 2022-Q2."""
    quarters: Annotated[int, Field(ge=1, le=MOST_QUARTERS)]
    discount: Annotated[Number, DISCOUNT_FACTOR]
    """What a year from now counts today."""
    half_life: Annotated[Number, HALF_LIFE]
    """Quarters after which half of the way from the short to the long run is gone."""
    run_off: Annotated[int, Field(ge=0, le=MOST_QUARTERS)] = 12
    """Quarters after the last one that is told, in which decisions are still taken."""
    precision: Annotated[Number, PRECISION]
    """Of the logit choice, per % of yearly income; the higher, the surer the better choice."""
    continuation: Annotated[Literal["forever"] | float, BeforeValidator(_check_continuation)] = "forever"
    """How long, in years, what is held at the end is held on."""
    tracks: Annotated[dict[Id, TrackSpec], Field(min_length=1, max_length=5)]
    """In the order in which they move in a quarter."""
    rest: dict[Id, Id | Annotated[list[RestCase], Field(min_length=1)]] = {}
    """Moves of stages that are no tracks; a stage that is left out does not come up."""
    momentum: MomentumSpec | None = None
    closed: list[ClosedSpec] = []
    exposures: list[StateCase] = []
    erosion: list[ErosionSpec] = []
    policies: dict[Id, PolicySpec] = {}
    """Commitments that are compared with free play."""
    futures: dict[Id, FutureSpec] = {}
    """Named futures, in the order in which paths are tried."""
    summary: Text | None = None
    limits: Text | None = None
    sources: list[Id] = []
