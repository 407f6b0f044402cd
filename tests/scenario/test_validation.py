"""Errors of the schema in plain words: the place, what was given, what is allowed and what to do."""

from __future__ import annotations

import datetime
from collections.abc import Callable, Iterable, Sequence
from enum import Enum
from typing import Annotated, Any, Literal

import pytest
from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Discriminator,
    Field,
    Tag,
    TypeAdapter,
    ValidationError,
    field_validator,
    model_validator,
)
from pydantic_core import PydanticCustomError

from halys.scenario.document import parse_document
from halys.scenario.validation import DataPath, path_text, problems_from_validation, shown


class Strict(BaseModel):
    model_config = ConfigDict(extra="forbid")


class Schedule(Strict):
    start: float
    steps: list[float] = []


Rate = Annotated[float, Field(gt=0, le=1, allow_inf_nan=False)]


class Ban(Strict):
    kind: Literal["ban"]
    exporters: list[str] | Literal["all"]
    share: Rate | Schedule = 1.0
    ban: float = 1.0


class Tariff(Strict):
    kind: Literal["tariff"]
    tariff: float | dict[str, float] | Literal["none"]
    base: str | None = None


class Move(Strict):
    measures: Annotated[list[Annotated[Ban | Tariff, Field(discriminator="kind")]], Field(min_length=1)]


class Color(Enum):
    RED = "red"
    BLUE = "blue"


def problems(
    kind: Any,
    text: str,
    prefix: Sequence[str | int] = (),
    allowed_keys: Callable[[DataPath], Iterable[str]] | None = None,
) -> list[str]:
    document = parse_document(text, "f")
    value: Any = document.data
    for item in prefix:
        value = value[item]
    with pytest.raises(ValidationError) as caught:
        TypeAdapter(kind).validate_python(value)
    return [str(p) for p in problems_from_validation(document, caught.value, prefix, allowed_keys)]


def only(kind: Any, text: str) -> str:
    """The one problem of a document `a: <text>` whose key `a` has the given type."""
    found = problems(dict[str, kind], f"\na: {text}")
    assert len(found) == 1, found
    return found[0]


def measure(text: str) -> list[str]:
    return problems(Move, f"measures:\n- {text}")


class TestEveryKind:
    @pytest.mark.parametrize(
        ("kind", "text", "message"),
        [
            (float, "abc", "'abc' is not allowed here. Write a plain number such as 0.25."),
            (float, "25%", "'25%' is not allowed here. Write a plain number such as 0.25 (no unit, no '%'"),
            (float, "", "nothing (null) is not allowed here. Write a plain number"),
            (float, "[1, 2]", "a list of 2 is not allowed here. Write a plain number"),
            (float, "{b: 1}", "a mapping (keys 'b') is not allowed here. Write a plain number"),
            (int, "1.5", "1.5 is not allowed here. Write a whole number such as 3."),
            (int, "x", "'x' is not allowed here. Write a whole number"),
            (int, "[]", "an empty list is not allowed here. Write a whole number"),
            (str, "12", "12 is not allowed here. Write text; put it in quotes"),
            (str, "true", "true is not allowed here. Write text; put it in quotes"),
            (bool, "maybe", "'maybe' is not allowed here. Write true or false."),
            (bool, "[]", "an empty list is not allowed here. Write true or false."),
            (list[str], "CHN", "'CHN' is not allowed here. Write a list, as '[a, b]' or as lines"),
            (tuple[float, ...], "1", "1 is not allowed here. Write a list"),
            (dict[str, int], "[1]", "a list of 1 is not allowed here. Write a mapping of 'key: value' lines."),
            (Schedule, "7", "7 is not allowed here. Write a mapping of 'key: value' lines."),
            (Annotated[float, Field(gt=0)], "-1", "-1 is not allowed here. Write a value greater than 0"),
            (Annotated[float, Field(ge=0)], "-1", "Write a value of at least 0"),
            (Annotated[float, Field(lt=1)], "1", "1 is not allowed here. Write a value less than 1"),
            (Annotated[float, Field(le=1)], "2", "Write a value of at most 1"),
            (Annotated[int, Field(multiple_of=5)], "7", "Write a multiple of 5"),
            (Rate, ".nan", ".nan is not allowed here. Write a finite number (not .inf or .nan)."),
            (Rate, "1e999", ".inf is not allowed here. Write a finite number"),
            (Literal["ban", "tariff"], "tarif", "Write one of 'ban' or 'tariff'. Nearest: 'tariff'."),
            (Literal["ban"], "bann", "'bann' is not allowed here. Write 'ban'. Nearest: 'ban'."),
            (Color, "rod", "Write one of 'red' or 'blue'. Nearest: 'red'."),
            (datetime.date, "2022-13-01", "'2022-13-01' is not allowed here (month value is outside"),
            (datetime.date, "soon", "Write a date as YYYY-MM-DD, such as 2022-03-14."),
            (datetime.date, "[]", "an empty list is not allowed here. Write a date"),
            (datetime.datetime, "soon", "Write a date and time"),
            (Annotated[list[int], Field(min_length=2)], "[1]", "a list of 1 is not allowed here. Write 2 or more"),
            (Annotated[list[int], Field(max_length=1)], "[1, 2]", "Write 1 or fewer entries."),
            (Annotated[str, Field(min_length=3)], "ab", "'ab' is not allowed here. Write text of at least 3"),
            (Annotated[str, Field(max_length=1)], "ab", "Write text of at most 1 characters."),
            (Annotated[str, Field(pattern="^[A-Z]{3}$")], "ab", "Write text of the form ^[A-Z]{3}$."),
            (None, "1", "1 is not allowed here. Write null, or leave the value empty."),
            (datetime.timedelta, "soon", "the value should be a valid"),
        ],
    )
    def test_message_and_place(self, kind: Any, text: str, message: str) -> None:
        found = only(kind, text)
        assert found.startswith("f:2:" + ("3" if text == "" else "4") + " › a: ")
        assert message in found

    def test_missing(self) -> None:
        assert problems(dict[str, Schedule], "a:\n  steps: []") == ["f:2:3 › a.start: 'start' is missing. Add it here."]

    def test_unknown_key_is_placed_at_the_key(self) -> None:
        text = "b:\n  a:\n    start: 1\n    stepps: [1]"
        plain = problems(dict[str, Schedule], text, ["b"])
        assert plain == ["f:4:5 › b.a.stepps: unknown key 'stepps'. Correct its spelling or remove it."]
        asked: list[DataPath] = []

        def allowed(path: DataPath) -> Iterable[str]:
            asked.append(path)
            return iter(["start", "steps"])

        assert problems(dict[str, Schedule], text, ["b"], allowed) == [
            "f:4:5 › b.a.stepps: unknown key 'stepps'. Allowed here: start, steps. Nearest: 'steps'. "
            "Correct its spelling or remove it."
        ]
        assert asked == [("b", "a")]

    def test_many_allowed_keys_are_cut_off(self) -> None:
        found = problems(Schedule, "start: 1\nx: 1", (), lambda _: [f"key{i}" for i in range(100)])
        assert "key29, …." in found[0]

    def test_value_error_keeps_its_own_text(self) -> None:
        def fail(value: Any) -> Any:
            raise ValueError(value)

        kind = Annotated[str, BeforeValidator(fail)]
        assert only(kind, "'no such\n\n  country'") == "f:2:4 › a: no such country"
        assert only(kind, "''") == "f:2:4 › a: '' is not allowed here. Correct the value."

    def test_assertion_and_custom_errors(self) -> None:
        def check(value: Any) -> Any:
            assert value != 1, "one is taken"
            raise PydanticCustomError("mine", "not a {what}", {"what": "thing"})

        kind = Annotated[int, BeforeValidator(check)]
        assert only(kind, "1").startswith("f:2:4 › a: one is taken")
        assert only(kind, "2") == "f:2:4 › a: not a thing; given: 2. Correct the value."

    def test_error_of_a_whole_model(self) -> None:
        class Pair(Strict):
            low: int
            high: int

            @model_validator(mode="after")
            def ordered(self) -> Pair:
                if self.low > self.high:
                    raise ValueError("low is above high. Swap them.")
                return self

            @field_validator("low")
            @classmethod
            def positive(cls, value: int) -> int:
                if value < 0:
                    raise ValueError("low is negative.")
                return value

        assert only(Pair, "{low: 2, high: 1}") == "f:2:4 › a: low is above high. Swap them."
        assert only(Pair, "{low: -2, high: 1}") == "f:2:10 › a.low: low is negative."

    def test_keys_of_mappings(self) -> None:
        kind = dict[Annotated[str, Field(pattern="^[A-Z]+$")], int]
        assert problems(kind, "A: 1\nb c: x") == [
            "f:2:1 › 'b c': 'b c' is not allowed here. Write text of the form ^[A-Z]+$.",
            "f:2:6 › 'b c': 'x' is not allowed here. Write a whole number such as 3.",
        ]

    def test_sorted_by_place_and_without_repeats(self) -> None:
        found = problems(dict[str, Schedule], "b: {start: x, steps: [y, 1, z]}\na: {}\nc: {start: 1, w: 2}")
        assert [p.split(": ")[0] for p in found] == [
            "f:1:12 › b.start",
            "f:1:23 › b.steps[0]",
            "f:1:29 › b.steps[2]",
            "f:2:4 › a.start",
            "f:3:15 › c.w",
        ]
        assert len(set(found)) == len(found)

    def test_prefix_that_is_not_in_the_document(self) -> None:
        document = parse_document("a: 1", "f")
        with pytest.raises(ValidationError) as caught:
            TypeAdapter(dict[str, int]).validate_python({"x": "y"})
        (found,) = problems_from_validation(document, caught.value, ["b"])
        assert found.where.startswith("f:1:1 › b")


class TestTaggedUnions:
    def test_tag_is_not_part_of_the_path(self) -> None:
        (found,) = measure("{kind: ban, exporters: all, share: 2}")
        assert found == "f:2:38 › measures[0].share: 2 is not allowed here. Write a value of at most 1.0."

    def test_tag_named_like_a_key(self) -> None:
        assert measure("{kind: ban, exporters: [A], ban: x}")[0].startswith("f:2:36 › measures[0].ban: 'x' is")
        assert measure("{kind: ban, ban: 1}") == ["f:2:3 › measures[0].exporters: 'exporters' is missing. Add it here."]
        assert measure("{kind: tariff, tariff: 1, x: 1}")[0].startswith("f:2:29 › measures[0].x: unknown key 'x'.")
        (found,) = measure("{kind: tariff, tariff: {x: y}, base: b}")
        assert found.startswith("f:2:30 › measures[0].tariff.x: 'y' is not allowed here. Write a plain number")

    def test_unknown_tag(self) -> None:
        assert measure("{kind: tarif, rate: 1}") == [
            "f:2:10 › measures[0].kind: 'tarif' is not allowed here. Write one of 'ban', 'tariff'. Nearest: 'tariff'."
        ]

    def test_no_tag(self) -> None:
        (found,) = measure("{rate: 1}")
        assert found == "f:2:3 › measures[0].kind: 'kind' is missing; it says which sort of entry this is. Add it."

    @pytest.mark.parametrize(
        ("text", "given"), [("7", "7"), ("ban", "'ban'"), ("", "nothing (null)"), ("[1]", "a list")]
    )
    def test_no_mapping_at_all(self, text: str, given: str) -> None:
        (found,) = measure(text)
        assert found.startswith(f"f:2:{3 if text else 2} › measures[0]: {given}")
        assert "Write a mapping of 'key: value' lines" in found

    def test_tag_chosen_by_a_function(self) -> None:
        def sort(value: Any) -> str | None:
            return {int: "whole", str: "word"}.get(type(value))

        kind = Annotated[
            Annotated[Annotated[int, Field(gt=0)], Tag("whole")] | Annotated[Literal["w"], Tag("word")],
            Discriminator(sort),
        ]
        assert only(kind, "-1") == "f:2:4 › a: -1 is not allowed here. Write a value greater than 0."
        assert only(kind, "x") == "f:2:4 › a: 'x' is not allowed here. Write 'w'."
        assert only(kind, "[]").startswith("f:2:4 › a: an empty list is not allowed here.")


class TestPlainUnions:
    def share(self, text: str) -> list[str]:
        return [p.partition("].")[2] for p in measure(f"{{kind: ban, exporters: all, share: {text}}}")]

    def test_scalar_gets_the_advice_for_scalars(self) -> None:
        assert self.share("abc") == ["share: 'abc' is not allowed here. Write a plain number such as 0.25."]
        assert self.share("-1") == ["share: -1 is not allowed here. Write a value greater than 0.0."]

    def test_mapping_gets_the_advice_for_mappings(self) -> None:
        assert self.share("{start: abc, foo: 1}") == [
            "share.start: 'abc' is not allowed here. Write a plain number such as 0.25.",
            "share.foo: unknown key 'foo'. Correct its spelling or remove it.",
        ]
        assert self.share("{}") == ["share.start: 'start' is missing. Add it here."]

    def test_neither_gets_both_in_one_message(self) -> None:
        both = "Write a plain number such as 0.25, or a mapping of 'key: value' lines."
        assert self.share("[1]") == [f"share: a list of 1 is not allowed here. {both}"]
        assert self.share("null") == [f"share: nothing (null) is not allowed here. {both}"]

    def test_choice_or_list(self) -> None:
        (found,) = measure("{kind: ban, exporters: al}")
        assert found == (
            "f:2:26 › measures[0].exporters: 'al' is not allowed here. Write a list, as '[a, b]' or as lines that "
            "begin with '- ', or 'all'. Nearest: 'all'."
        )
        (found,) = measure("{kind: ban, exporters: [A, 1]}")
        assert found.startswith("f:2:30 › measures[0].exporters[1]: 1 is not allowed here. Write text")

    def test_three_branches(self) -> None:
        (found,) = measure("{kind: tariff, tariff: {x: 1, y: z}}")
        assert found.startswith("f:2:36 › measures[0].tariff.y: 'z' is not allowed here. Write a plain number")
        (found,) = measure("{kind: tariff, tariff: nono}")
        assert "Write a plain number such as 0.25, or 'none'." in found

    def test_two_sorts_of_mapping(self) -> None:
        class Other(Strict):
            first: int
            second: int
            third: int

        assert problems(dict[str, Other | Schedule], "a: {start: x}") == [
            "f:1:12 › a.start: 'x' is not allowed here. Write a plain number such as 0.25."
        ]
        (found,) = problems(dict[str, Other | Schedule], "a: {first: 1, second: 2}")
        assert found.startswith("f:1:4 › a.third: 'third' is missing")

    def test_own_check_together_with_another_branch(self) -> None:
        def fail(_: Any) -> Any:
            raise ValueError("no group of this name.")

        kind = float | Annotated[str, BeforeValidator(fail)]
        assert only(kind, "x") == "f:2:4 › a: no group of this name. Or write a plain number such as 0.25."

    def test_union_within_a_union(self) -> None:
        class Inner(Strict):
            value: int | list[int]

        kind = float | list[Inner]
        assert only(kind, "[{value: [1, x]}]").startswith(
            "f:2:17 › a[0].value[1]: 'x' is not allowed here. Write a whole"
        )
        assert only(kind, "[{value: x}]").startswith("f:2:13 › a[0].value: 'x' is not allowed here. Write a whole")
        assert only(kind, "[{value: {}}]").endswith(
            "Write a whole number such as 3, or a list, as '[a, b]' or as lines that begin with '- '."
        )

    def test_changed_input(self) -> None:
        kind = Annotated[dict[str, float], BeforeValidator(lambda value: {**value, "extra": "y"})]
        assert only(kind, "{b: 1}").startswith("f:2:4 › a: 'y' is not allowed here.")


def test_repeated_names_do_not_take_for_ever() -> None:
    class Chain(Strict):
        a: Chain | None = None

    text = "a: " + "{a: " * 50 + "1" + "}" * 50
    (found,) = problems(Chain, text)
    assert found.startswith("f:1:204 › a.a.a.")


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("x" * 100, "'" + "x" * 39 + "…'"),
        (10**39 + 1, str(10**39 + 1)),
        (10**50, "1" + "0" * 38 + "…"),
        ({"a": 1, "b": 2, "c": 3, "d": 4}, "a mapping (keys 'a', 'b', 'c', …)"),
        ({}, "an empty mapping"),
        (float("-inf"), "-.inf"),
        ("a\nb", "'a\\nb'"),
    ],
)
def test_shown(value: object, text: str) -> None:
    assert shown(value) == text


def test_path_text() -> None:
    assert path_text(()) == ""
    assert path_text([0, "a", 1, 2, "b-c", "d e", "1", "x" * 61]) == f"[0].a[1][2].b-c.'d e'.1.'{'x' * 59}…'"
