"""What a scenario file may say (schema version 1), as Pydantic models. Until 1.0 the schema only grows.

A scenario names its sources, its actors, programmes of measures that are in force in every history, and stages at
which an actor, or chance, chooses a move. A history is one choice at each stage that comes up; its measures are those
in force, less what its moves supersede, and those of its moves. Political values, which no model measures, are stakes:
ranges that a history's moves, or its outcome, expose to a degree between −1 and 1.

Wherever a number may stand, a file may name one of its `assumptions` instead; the loader puts the numbers there before
these models see them (`halys.scenario.assumptions`).
"""

from __future__ import annotations

from typing import Annotated, Any, Final, Literal

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Discriminator,
    Field,
    Tag,
    model_validator,
)

from halys.economy import Closure
from halys.economy.horizon import LARGEST_MOBILITY, LARGEST_SIGMA, LARGEST_THETA
from halys.measures import Instrument, Quantity
from halys.measures.base import Names
from halys.measures.numbers import Bounds, Finite, Number
from halys.scenario.campaign_schema import CampaignSpec
from halys.scenario.coalition_schema import CoalitionSpec
from halys.scenario.correlation_schema import Correlation
from halys.scenario.dossier_schema import EvidenceSpec, Source
from halys.scenario.observed_schema import Observation
from halys.scenario.repetition_schema import Repetition
from halys.scenario.schema_base import MODEL, Exposure, Id, Text, When

SCHEMA_VERSION = 1


def _check_distinct(names: list[Closure]) -> list[Closure]:
    if len(set(names)) < len(names):
        raise ValueError(f"{', '.join(names)} names one twice. Name each closure once")
    return names


THETA: Final = Bounds(0.0, LARGEST_THETA, f"greater than 0 and at most {LARGEST_THETA:g}", above=True)
THETA_FACTOR: Final = Bounds(
    0.0, LARGEST_THETA, f"greater than 0 and at most {LARGEST_THETA:g}; 1 leaves the elasticities", above=True
)
SUBSTITUTION: Final = Bounds(
    0.0, LARGEST_SIGMA, f"0 or more and at most {LARGEST_SIGMA:g}; 1 is Cobb-Douglas, 0 fixed proportions"
)
FACTOR_MOBILITY: Final = Bounds(
    1.0,
    LARGEST_MOBILITY,
    "greater than 1 and at most a million, or mobile (freely), or specific (not at all)",
    above=True,
)
DISCOUNT_RATE: Final = Bounds(
    0.0, 1.0, "greater than 0 and less than 1, a fraction a year (0.03 is 3 %)", above=True, below=True
)
YEARS: Final = Bounds(0.0, 1000.0, "greater than 0 and at most 1000 years", above=True)
LOSS: Final = Bounds(0.0, 100.0, "greater than 0 and at most 100, in % of income", above=True)
PROBABILITY: Final = Bounds(0.0, 1.0, "greater than 0 and at most 1; leave out what never happens", above=True)
PERCENT: Final = Bounds(-1e4, 1e4, "between -10000 and 10000, in % of the actor's income")


def _check_range(given: Any) -> Any:
    if isinstance(given, int | float) and not isinstance(given, bool):
        raise ValueError(
            f"a stake is a range, not {given:g}: political values cannot be measured. Write {{low, high, source}}"
        )
    return given


class _Model(BaseModel):
    model_config = MODEL


class Assumption(Quantity):
    """A number with a name. Its name may stand wherever a number may; it is then one and the same number everywhere."""

    label: Text
    note: Text | None = None


class Actor(_Model):
    """A player and the economies that are its own. Payoffs and tables sum over these."""

    label: Text
    economies: Names | None = None
    """A code, a group or a list of these. An economy has one actor. An actor without has moves and stakes alone."""


def _ends_or_values(schema: dict[str, Any]) -> None:
    schema["required"] = [name for name in schema["required"] if name not in ("low", "high")]
    schema["anyOf"] = [{"required": ["low", "high"]}, {"required": ["values", "probabilities"]}]


class StakeRange(Quantity):
    """The range that a political value may lie in. `value` is where a single run sets it; default the middle."""

    model_config = ConfigDict(json_schema_extra=_ends_or_values)

    value: Finite = 0.0
    low: Finite
    high: Finite
    source: Text

    @model_validator(mode="before")
    @classmethod
    def _middle(cls, given: Any) -> Any:
        if not isinstance(given, dict) or "value" in given:
            return given
        if given.get("distribution") == "discrete":
            raise ValueError("a discrete stake needs `value`, the one of its values that a single run uses")
        ends = [given.get("low"), given.get("high")]
        plain = all(isinstance(end, int | float) and not isinstance(end, bool) for end in ends)
        return {**given, "value": (ends[0] + ends[1]) / 2} if plain else given  # type: ignore[operator]

    @model_validator(mode="after")
    def _wide(self) -> StakeRange:
        if self.low == self.high:
            raise ValueError(
                f"low and high are both {self.low:g}; a stake is a range. Write the ends it may lie between"
            )
        return self


class LossOf(_Model):
    """Exposure by the outcome: the loss of real income of an actor, in % of its income, over `percent`, within ±1."""

    loss_of: Id
    """The actor whose loss counts; never one whose own stake this is."""
    percent: Annotated[Number, LOSS]
    """The loss at which the exposure is 1."""


class Stake(_Model):
    """A political value: what an actor would pay, in % of its own baseline income, for exposure 1 instead of 0.

    It may not name anything that real income already holds.
    """

    label: Text
    actor: Id
    accrual: Literal["flow", "once"]
    """flow: a year, as long as the history lasts; once: one sum, turned into a yearly one by `discounting`."""
    percent_of_income: Annotated[StakeRange, BeforeValidator(_check_range), PERCENT]
    outcome: LossOf | None = None
    """Makes the exposure a function of the outcome; moves may then not set it."""
    summary: Text | None = None
    limits: Text | None = None
    sources: list[Id] = []


class Discounting(_Model):
    """How a stake that accrues once becomes a yearly one: times r / (1 − (1 + r)^−T)."""

    rate: Annotated[Number, DISCOUNT_RATE]
    """r, a fraction a year."""
    years: Annotated[Number, YEARS]
    """T."""


class Focus(_Model):
    """What the answer is about: one decision, the line that some of its moves cross, and who may answer."""

    stage: Id
    """The stage of the decision."""
    line: Annotated[list[Id], Field(min_length=1)]
    """Its moves that cross the line: some, not all."""
    reply: Id | None = None
    """The later stage that answers."""
    no_reply: list[Id] = []
    """Moves of the reply that carry nothing out."""
    partners: list[Id] = []
    """Later stages of those who may join the reply."""
    joins: dict[Id, Id] = {}
    """For each partner, its move that is joining."""
    target: Id | None = None
    """The actor whose loss the reply to the line is meant to bring about, or to add to."""
    map: Annotated[list[Id], Field(min_length=2, max_length=2)] | None = None
    """Two stakes, the axes of the decision map."""


class Programme(_Model):
    """Measures that are one decision. `mapping` says how it becomes instruments, `limits` what that loses."""

    label: Text
    summary: Text | None = None
    mapping: Text | None = None
    limits: Text | None = None
    sources: list[Id] = []
    measures: list[Instrument] = []


def _odds(given: object) -> str:
    return "word" if isinstance(given, str) else "number"


Probability = Annotated[
    Annotated[Literal["rest"], Tag("word")] | Annotated[Annotated[Number, PROBABILITY], Tag("number")],
    Discriminator(_odds),
]


class Case(_Model):
    """Measures, exposures and probability of a move that apply only after certain moves of earlier stages."""

    when: When
    probability: Probability | None = None
    """Of a move of chance, instead of that of the move; the last case that agrees counts."""
    measures: list[Instrument] = []
    exposures: dict[Id, Exposure] = {}

    @model_validator(mode="after")
    def _something(self) -> Case:
        if not self.measures and not self.exposures and self.probability is None:
            raise ValueError("a case needs measures, exposures or a probability; it has none of them")
        return self


class Move(Programme):
    """One choice at a stage.

    `supersede` names measures that it replaces: an id under in_force, or `stage.move`. What a replaced move had itself
    replaced stays replaced: the heavier rung stands for the lighter ones. Exposures of a replaced move stay.
    """

    when: When = {}
    """The move is open only after these moves (stage: move, or a list of moves)."""
    supersede: list[Text] = []
    exposures: dict[Id, Exposure] = {}
    """Stake: how much of it the move puts at work, from −1 to 1; moves of one history add up."""
    probability: Probability | None = None
    """Of a move of chance: a number, or `rest` for what the other moves leave of 1."""
    ends: bool = False
    """Whether the history ends here: no later stage comes up."""
    cases: list[Case] = []


class Stage(_Model):
    """A decision, or a move of chance.

    It comes up only in histories that agree with `when` (stage: move, or a list of moves).
    """

    id: Id
    actor: Id | None = None
    """Who decides."""
    chance: bool = False
    """Whether chance moves, with the probabilities of its moves, and nobody decides."""
    question: Text | None = None
    when: When = {}
    hidden_from: list[Id] = []
    """Actors who do not see the move made here when they decide later."""
    revealed_at: Id | None = None
    """A later stage, from which on everybody has seen it."""

    @model_validator(mode="after")
    def _one_mover(self) -> Stage:
        if self.chance == (self.actor is not None):
            raise ValueError(
                "a stage is a decision of an `actor`, or `chance: true`. "
                + ("Remove one of the two" if self.chance else "Name the actor, or write chance: true")
            )
        if self.revealed_at is not None and not self.hidden_from:
            raise ValueError("revealed_at says when what was hidden is seen; there is no hidden_from. Remove it")
        return self


def _shape(given: object) -> str:
    return "each" if isinstance(given, dict) and "value" not in given else "one"


_Theta = Annotated[Number, THETA]
Elasticity = Annotated[Annotated[_Theta, Tag("one")] | Annotated[dict[str, _Theta], Tag("each")], Discriminator(_shape)]


_Sigma = Annotated[Number, SUBSTITUTION]
Substitution = Annotated[
    Annotated[_Sigma, Tag("one")] | Annotated[dict[str, _Sigma], Tag("each")], Discriminator(_shape)
]


def _mobility(given: object) -> str:
    return "word" if isinstance(given, str) else "number"


Mobility = Annotated[
    Annotated[Literal["mobile", "specific"], Tag("word")]
    | Annotated[Annotated[Number, FACTOR_MOBILITY], Tag("number")],
    Discriminator(_mobility),
]


class HorizonSpec(_Model):
    """Elasticities; see `halys.Horizon`. What is left out is that of the horizon of this name."""

    name: Literal["long", "short"] = "long"
    """long: factors have moved and buyers found other suppliers; short: the first year or two."""
    trade_elasticity_set: Text | None = None
    """A published set of trade elasticities, of those that `halys elasticities` lists."""
    trade_elasticity: Elasticity | None = None
    """One number for every industry, or {industry: number}; the rest, and by default all, come from the table."""
    trade_elasticity_factor: Annotated[Number, THETA_FACTOR] | None = None
    """Multiplies every trade elasticity; default 1."""
    value_added_substitution: Substitution | None = None
    """Between value added and inputs; one number, or {industry: number} by the industry that uses them."""
    input_substitution: Substitution | None = None
    """Among inputs; one number, or {industry: number} by the industry that uses them."""
    consumption_substitution: Annotated[Number, SUBSTITUTION] | None = None
    """Among products of final spending."""
    factors: Mobility | None = None
    """mobile, specific, or a number above 1: how readily factors move between industries (Roy)."""

    @model_validator(mode="after")
    def _one_source(self) -> HorizonSpec:
        if self.trade_elasticity_set is not None and self.trade_elasticity is not None:
            raise ValueError(
                "trade_elasticity and trade_elasticity_set are both given. Keep one; "
                "trade_elasticity_factor scales either"
            )
        return self


class BesideSpec(HorizonSpec):
    """Elasticities of the run that stands beside: as `horizon`, and of the other run where `name` is left out."""

    name: Literal["long", "short"] | None = None  # type: ignore[assignment]
    """long or short: the one that `horizon` is not."""


class ScenarioFile(_Model):
    """A scenario of Halys: who may do what to whom, and what is at stake."""

    schema_version: Literal[1]
    id: Id
    title: Text
    question: Text
    world: Text = "icio-2022"
    notes: list[Text] = []
    """What a reader must know, the most important first; shown with the results."""
    not_modelled: list[Text] = []
    """What the answer leaves out, in a few words each; shown at the end of the answer."""
    assumptions: dict[Id, Assumption] = {}
    correlations: list[Correlation] = []
    """Numbers that are drawn together: which two, and how strongly their ranks go along with each other."""
    horizon: HorizonSpec = HorizonSpec()
    """The elasticities on which the scenario is solved and played."""
    beside: BesideSpec | None = None
    """The elasticities of the results that stand beside: by default the short run beside the long, and the reverse."""
    closures: Annotated[list[Closure], Field(min_length=1), AfterValidator(_check_distinct)] = ["fixed"]
    """How deficits answer: fixed, proportional or balanced. Each is solved; the first is the reference."""
    sources: dict[Id, Source] = {}
    actors: dict[Id, Actor] = Field(min_length=1)
    stakes: dict[Id, Stake] = {}
    discounting: Discounting | None = None
    focus: Focus | None = None
    repetition: Repetition | None = None
    """The decision of the focus, met again on occasions of their own."""
    in_force: dict[Id, Programme] = {}
    """Programmes that apply in every history."""
    stages: list[Stage] = []
    """Decisions and moves of chance, in order."""
    moves: dict[Id, dict[Id, Move]] = {}
    """By stage: its moves, the mildest first."""
    coalition: CoalitionSpec | None = None
    """Who may join in measures against a target; `halys coalition` solves it."""
    campaign: CampaignSpec | None = None
    """The same decisions taken again each quarter; `halys campaign` plays it."""
    observed: dict[Id, Observation] = {}
    """Choices that were seen, from which bounds on the chooser's stakes follow."""
    evidence: EvidenceSpec | None = None
    """Who says what, and how likely each report is under each hypothesis; `belief-QUESTION-HYPOTHESIS` is a number."""
    dossier: Text | None = None
    """The evidence in a file of its own: a dossier that comes with Halys, or a YAML file beside the scenario."""

    @model_validator(mode="after")
    def _one_ledger(self) -> ScenarioFile:
        if self.evidence is not None and self.dossier is not None:
            raise ValueError("evidence and dossier are both given. Keep the evidence in one place")
        return self
