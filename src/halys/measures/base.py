"""What all instruments share: names of parties, errors that say where, and how a composite becomes simpler ones."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterable
from typing import TYPE_CHECKING, Annotated, Any

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Discriminator,
    Field,
    ModelWrapValidatorHandler,
    Tag,
    ValidationError,
    ValidationInfo,
    model_validator,
)

from halys.errors import InputError, did_you_mean

if TYPE_CHECKING:
    from halys.world import World

Name = Annotated[str, Field(min_length=1)]


def _branch(given: Any) -> str:
    return "names" if isinstance(given, list) else "name"


def _listed(given: Any) -> Any:
    """Tuples, sets and arrays of names as lists."""
    if isinstance(given, str | list | dict) or not isinstance(given, Iterable):
        return given
    return [str(name) if isinstance(name, str) else name for name in given]


Names = Annotated[
    Annotated[Name, Tag("name")] | Annotated[list[Name], Field(min_length=1), Tag("names")],
    Discriminator(_branch),
    BeforeValidator(_listed),
]


class Measure(BaseModel):
    """What all instruments share.

    `programme` ties measures of one decision together: coverages of one programme do not add up on the same trade, the
    largest counts. Without it each measure stands alone. Instruments other than bans do not read it.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    programme: Name | None = None

    @model_validator(mode="wrap")
    @classmethod
    def _clear_errors(cls, data: Any, handler: ModelWrapValidatorHandler[Measure], info: ValidationInfo) -> Measure:
        reading = info.context is not None  # a file is being read: its reader turns faults into lines and columns
        try:
            measure = handler(data)
        except ValidationError as error:
            if reading:
                raise
            raise InputError(_explain(cls, error)) from None
        fault = measure._fault()
        if fault and reading:
            raise ValueError(fault)
        if fault:
            raise InputError(f"{cls.__name__}: {fault}")
        return measure

    @property
    @abstractmethod
    def parties(self) -> tuple[Names | None, Names]:
        """From whom to whom it goes, as written; from nobody where it is on economies themselves."""

    @property
    def kind(self) -> str:
        """The name of the instrument; one that stands for one of several says which."""
        return str(type(self).model_fields["instrument"].default)

    def _fault(self) -> str:
        """What is wrong with the fields taken together; empty if nothing is."""
        return ""


class TradeMeasure(Measure):
    """An instrument on the trade of some exporters with some importers in some industries."""

    exporters: Names
    importers: Names
    industries: Names = "all"

    @property
    def parties(self) -> tuple[Names | None, Names]:
        return self.exporters, self.importers


class Composite(Measure):
    """An instrument that stands for simpler ones: its whole effect is that of what `expand` gives."""

    @abstractmethod
    def expand(self, world: World) -> tuple[Measure, ...]:
        """The instruments that it stands for in a world; all carry its programme.

        Raises:
            UnknownNameError, InputError: names or numbers that this world cannot bear.
        """


def _explain(cls: type[Measure], error: ValidationError) -> str:
    lines = []
    for fault in error.errors(include_url=False):
        path = ".".join(str(part) for part in fault["loc"] if part not in ("number", "quantity", "name", "names"))
        text, given = fault["msg"].removeprefix("Value error, "), f"; given {fault['input']!r}"
        if fault["type"] == "extra_forbidden":
            allowed = [name for name in cls.model_fields if name != "instrument"]
            text = f"no such field.{did_you_mean(path, allowed)} It has {', '.join(allowed)}"
        elif fault["type"] == "missing":
            text, given = "is required", ""
        elif fault["type"] == "value_error":
            given = ""
        lines.append(f"{cls.__name__}{'.' if path else ''}{path}: {text}{given}")
    return "\n".join(dict.fromkeys(lines))
