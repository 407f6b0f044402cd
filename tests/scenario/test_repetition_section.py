"""The section `repetition`: what it may say, its place among the numbers of a scenario, and a file that breaks each rule."""

# ruff: noqa: E501 - a fault, its place and its message stand on one line

from __future__ import annotations

import json
import re

import pytest
from games import GAME, scenario

from halys.errors import FileError, InputError
from halys.scenario import all_numbers, numbers_without_source
from halys.scenario.json_schema import json_schema
from halys.scenario.overrides import apply_overrides
from halys.scenario.validation import path_text

SECTION = """\
repetition:
  label: Later supporters
  discount: {value: 0.97, low: 0.9, high: 0.99, source: own}
  occasions_per_year: {value: 0.5, low: 0.2, high: 1, source: own}
  horizon: 10
  tough: {value: 0.1, low: 0.02, high: 0.3, source: own}
  instead_of: [resolve]
  sources: [own]
"""


def repeated(old: str = "", new: str = "", text: str = GAME) -> str:
    """The small game with the section, one piece of which is replaced."""
    assert not old or SECTION.count(old) == 1, old
    return text + (SECTION.replace(old, new) if old else SECTION)


def problems(text: str) -> list[tuple[str, str]]:
    with pytest.raises(FileError) as caught:
        scenario(text)
    found = []
    for problem in caught.value.problems:
        place = re.fullmatch(r"f\.yaml:\d+:\d+ › (\S+)", problem.where)
        assert place, problem.where
        found.append((place[1], problem.message))
    return found


def test_the_section_is_read() -> None:
    given = scenario(repeated()).file.repetition
    assert given is not None
    assert (given.horizon, given.instead_of, given.discount.value) == (10, ["resolve"], 0.97)


def test_most_of_it_may_be_left_out() -> None:
    text = GAME + "repetition: {label: More, discount: 0.9, occasions_per_year: 1}\n"
    given = scenario(text).file.repetition
    assert given is not None
    assert (given.horizon, given.tough, given.instead_of) == ("infinite", None, [])
    assert scenario(text.replace("year: 1}", "year: 1, horizon: infinite}")).file.repetition == given


@pytest.mark.parametrize(
    ("old", "new", "path", "told"),
    [
        ("value: 0.97, low: 0.9, high: 0.99", "value: 1, low: 0.9, high: 1", "repetition.discount", "less than 1"),
        ("value: 0.97, low: 0.9, high: 0.99", "value: 1", "repetition.discount", "the number is 1; it must be greater than 0 and less than 1"),
        ("value: 0.97, low: 0.9, high: 0.99", "value: 1.03", "repetition.discount", "the number is 1.03"),
        ("value: 0.97, low: 0.9, high: 0.99", "value: 0", "repetition.discount", "greater than 0"),
        ("high: 0.99", "high: 1.0", "repetition.discount", "high of the number is 1"),
        ("low: 0.9, high: 0.99", "low: 0.99, high: 0.9", "repetition.discount", "low must not exceed high"),
        ("low: 0.9,", "low: 0.98,", "repetition.discount", "below its own low"),
        ("{value: 0.97, low: 0.9, high: 0.99, source: own}", "97 %", "repetition.discount", "'97 %'"),
        ("  discount: {value: 0.97, low: 0.9, high: 0.99, source: own}\n", "", "repetition.discount", "missing"),
        ("  label: Later supporters\n", "", "repetition.label", "missing"),
        ("value: 0.5, low: 0.2", "value: 0, low: 0", "repetition.occasions_per_year", "greater than 0"),
        ("high: 1, source", "high: 400, source", "repetition.occasions_per_year", "at most 365"),
        ("low: 0.2, high: 1", "low: 1, high: 0.2", "repetition.occasions_per_year", "low must not exceed high"),
        ("horizon: 10", "horizon: 0", "repetition.horizon", "whole number from 1 to 50"),
        ("horizon: 10", "horizon: 51", "repetition.horizon", "whole number from 1 to 50"),
        ("horizon: 10", "horizon: 2.5", "repetition.horizon", "whole number from 1 to 50"),
        ("horizon: 10", "horizon: true", "repetition.horizon", "whole number from 1 to 50"),
        ("horizon: 10", "horizon: forever", "repetition.horizon", "Write infinite"),
        ("horizon: 10", "horizon: infinite", "repetition.tough", "needs a number of occasions"),
        ("value: 0.1, low: 0.02, high: 0.3", "value: 1", "repetition.tough", "less than 1"),
        ("value: 0.1, low: 0.02, high: 0.3", "value: 0", "repetition.tough", "leave it out where the type is known"),
        ("low: 0.02, high: 0.3", "low: 0.3, high: 0.02", "repetition.tough", "low must not exceed high"),
        ("[resolve]", "[resolv]", "repetition.instead_of[0]", "Nearest: 'resolve'"),
        ("[resolve]", "[undefeated]", "repetition.instead_of[0]", "is of 'china'"),
        ("[resolve]", "[resolve, resolve]", "repetition.instead_of[1]", "there twice"),
        ("sources: [own]", "sources: [owl]", "repetition.sources[0]", "'owl'"),
        ("high: 0.99, source: own", "high: 0.99, source: owl", "repetition.discount.source", "'owl'"),
        ("discount:", "discont:", "repetition.discont", "Nearest: 'discount'"),
        ("horizon: 10", "horizn: 10", "repetition.horizn", "Allowed here: label, discount"),
    ],
)  # fmt: skip
def test_refused(old: str, new: str, path: str, told: str) -> None:
    found = problems(repeated(old, new))
    assert any(at == path and told in message for at, message in found), found
    assert len(found) == (2 if "discont" in new else 1)


def test_without_a_reply_there_is_no_threat_to_repeat() -> None:
    reply = "  reply: usa\n  no_reply: [warning]\n  partners: [allies]\n  joins: {allies: join}\n"
    assert GAME.count(reply) == 1
    ((at, message),) = problems(repeated(text=GAME.replace(reply, "")))
    assert at == "repetition"
    assert "`reply`" in message
    whole = GAME[GAME.index("focus:") : GAME.index("stages:")]
    ((at, message),) = problems(repeated(text=GAME.replace(whole, "")))
    assert (at, "Add `focus`" in message) == ("repetition", True)


def test_nobody_threatens_himself() -> None:
    text = GAME.replace("{id: usa, actor: usa}", "{id: usa, actor: china}")
    found = problems(repeated(text=text))
    assert found[0][0] == "repetition"
    assert "a target that is not its sender" in found[0][1]


def test_its_numbers_are_numbers_of_the_scenario() -> None:
    game = scenario(repeated())
    paths = [path_text(path) for path, _ in all_numbers(game.file)]
    assert paths[3:6] == ["repetition.discount", "repetition.occasions_per_year", "repetition.tough"]
    plain = scenario(repeated("{value: 0.1, low: 0.02, high: 0.3, source: own}", "0.1"))
    assert ("repetition", "tough") in numbers_without_source(plain.file)


def test_its_numbers_are_unknowns_that_need_no_equilibrium() -> None:
    game = scenario(repeated())
    unknowns = {u.id: u for u in game.unknowns}
    found = unknowns["repetition.discount"]
    assert found.label == "Discount factor of the sender, a year"
    assert not any(unknowns[f"repetition.{key}"].economic for key in ("discount", "occasions_per_year", "tough"))
    moved = game.with_unknown("repetition.discount", 0.95)
    assert moved.file.repetition is not None
    assert moved.file.repetition.discount.value == 0.95
    for id, value in (("discount", 1.0), ("occasions_per_year", 0.0), ("tough", 1.5)):
        with pytest.raises(InputError, match="it must be"):
            game.with_unknown(f"repetition.{id}", value)


def test_an_assumption_may_stand_there() -> None:
    line = "  help:"
    text = GAME.replace(line, "  patience: {label: Patience, value: 0.9, low: 0.8, high: 0.95, source: own}\n" + line)
    game = scenario(repeated("{value: 0.97, low: 0.9, high: 0.99, source: own}", "patience", text))
    (found,) = [u for u in game.unknowns if u.id == "patience"]
    assert found.paths == (("repetition", "discount"),)


@pytest.mark.parametrize(
    ("text", "setting", "wanted"),
    [
        (repeated(), "repetition.discount=0.95", 0.95),
        (
            repeated("  horizon: 10\n  tough: {value: 0.1, low: 0.02, high: 0.3, source: own}\n", ""),
            "repetition.horizon=5",
            5,
        ),
    ],
)
def test_settings_reach_it(text: str, setting: str, wanted: float) -> None:
    done = apply_overrides(text, "f.yaml", [setting])
    given = scenario(done.text).file.repetition
    assert given is not None
    assert wanted in (given.horizon, getattr(given.discount, "value", None))


def test_editors_know_it() -> None:
    schema = json_schema()
    found = schema["$defs"]["Repetition"]["properties"]
    assert found["discount"]["anyOf"][0] == {"type": "number", "exclusiveMinimum": 0.0, "exclusiveMaximum": 1.0}
    assert {"const": "infinite", "type": "string"} in found["horizon"]["anyOf"]
    json.dumps(schema, allow_nan=False)
