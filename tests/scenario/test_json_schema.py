"""The schema for editors, and the reference of the file: both are complete and current."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from games import GAME, spoil
from jsonschema import Draft202012Validator
from pydantic import BaseModel

from halys.measures import INSTRUMENTS
from halys.scenario import (
    bundled_scenarios,
    correlation_schema,
    observed_schema,
    schema,
    template_text,
)
from halys.scenario.assumptions import QUANTITY_KEYS
from halys.scenario.document import parse_document
from halys.scenario.game_checks import MEASURED
from halys.scenario.json_schema import json_schema, schema_text
from halys.scenario.load import bundled_text

DOCS = Path(__file__).parents[2] / "docs"
OLDER = Path(__file__).parent / "older"
MODELS = [
    schema.ScenarioFile, schema.Source, schema.Assumption, schema.HorizonSpec, schema.Actor, schema.Stake,
    schema.LossOf, schema.Discounting, schema.Focus, schema.Programme, schema.Move, schema.Case, schema.Stage,
    observed_schema.Observation, observed_schema.BeliefCase, correlation_schema.Correlation,
    *INSTRUMENTS.values(),
]  # fmt: skip


@pytest.fixture(scope="module")
def validator() -> Draft202012Validator:
    return Draft202012Validator(json_schema())


def faults(validator: Draft202012Validator, text: str) -> list[Any]:
    return list(validator.iter_errors(parse_document(text, "f.yaml").data))


def test_the_committed_copy_is_current() -> None:
    command = "python -m halys.scenario.json_schema > docs/scenario.schema.json"
    assert (DOCS / "scenario.schema.json").read_text(encoding="utf-8") == schema_text(), f"Run: {command}"


def test_it_is_a_schema_of_its_draft() -> None:
    found = json.loads(schema_text())
    assert found["$schema"] == Draft202012Validator.META_SCHEMA["$id"]
    assert found["$id"] == "urn:halys:scenario:1"
    Draft202012Validator.check_schema(found)


VALID = {"the game": GAME, "the template": template_text("x")}
VALID |= {name: bundled_text(name) for name in bundled_scenarios()}
VALID |= {file.stem: file.read_text(encoding="utf-8") for file in sorted(OLDER.glob("*.yaml"))}


@pytest.mark.parametrize("text", VALID.values(), ids=VALID)
def test_what_loads_is_valid(validator: Draft202012Validator, text: str) -> None:
    assert faults(validator, text) == []


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("title: Small", "titel: Small"),
        ("schema_version: 1", "schema_version: 2"),
        ("id: small", "id: Small One"),
        ("factor: friction}\n      cases", "factor: 0.5}\n      cases"),
        ("factor: friction}\n      cases", "factor: Not a name}\n      cases"),
        ("factor: friction}\n      cases", "factor: true}\n      cases"),
        ("factor: friction}\n      cases", "}\n      cases"),
        ("{instrument: trade_cost, exporters: CHN", "{exporters: CHN"),
        ("{instrument: trade_cost, exporters: CHN", "{instrument: cost, exporters: CHN"),
        ("undefeated: help", "undefeated: 0.5"),
        ("undefeated: help", "undefeated: 2"),
        ("undefeated: help", "undefeated: {value: 0.5, low: 0, high: 1, assumption: x}"),
        ("percent_of_income: {low: 0, high: 3, source: own}", "percent_of_income: 3"),
        ("percent_of_income: {low: 0, high: 3, source: own}", "percent_of_income: {low: 0, high: 3}"),
        ("accrual: once", "accrual: twice"),
        ("years: 20", "years: 0"),
        ("rate: {value: 0.03", "rat: {value: 0.03"),
        ("line: [arms]", "line: []"),
        ("map: [undefeated, resolve]", "map: [undefeated]"),
        ("ends: true", "ends: maybe"),
        ("exposures: {undefeated: {value: -0.25, low: -0.5, high: 0, source: own}}", "note: x"),
        ("friction: {label: Payment friction", "Friction: {label: Payment friction"),
        ("label: Payment friction, ", ""),
        ("trade_elasticity_factor: thetas", "trade_elasticity: -1, trade_elasticity_factor: thetas"),
    ],
)
def test_what_does_not_load_is_not(validator: Draft202012Validator, old: str, new: str) -> None:
    assert faults(validator, spoil(old, new))


def test_numbers_and_elasticities_in_every_form(validator: Draft202012Validator) -> None:
    for form in ("4", "thetas", "{value: 4, low: 3, high: 5}", "{C26: 4, C19: thetas, C28: {value: 4}}"):
        assert faults(validator, spoil("{trade_elasticity_factor: thetas}", f"{{trade_elasticity: {form}}}")) == []


def test_every_definition_says_what_it_is() -> None:
    for name, definition in json_schema()["$defs"].items():
        assert definition.get("description"), name


class TestReference:
    """docs/scenario.md."""

    @pytest.fixture
    def reference(self) -> str:
        return (DOCS / "scenario.md").read_text(encoding="utf-8")

    @pytest.mark.parametrize("model", MODELS, ids=lambda model: model.__name__)
    def test_every_key_is_documented(self, reference: str, model: type[BaseModel]) -> None:
        for key in model.model_fields:
            assert f"`{key}`" in reference or key == "assumption", key

    def test_every_key_of_a_number_and_every_instrument(self, reference: str) -> None:
        for word in (*QUANTITY_KEYS, *INSTRUMENTS):
            assert f"`{word}`" in reference, word

    def test_the_words_that_no_stake_may_name(self, reference: str) -> None:
        listed = re.search(r"these words in its id or label: (.*?)\. Name", " ".join(reference.split()))
        assert listed
        assert tuple(word.lower() for word in listed[1].split(", ")) == MEASURED

    def test_the_hint_for_editors_is_that_of_the_template(self, reference: str) -> None:
        hint = template_text("x").splitlines()[0]
        assert hint.startswith("# yaml-language-server: $schema=")
        assert hint in reference
        assert (DOCS.parent / hint.partition("=")[2]).is_file()

    def test_every_example_is_yaml(self, reference: str) -> None:
        blocks = re.findall(r"```yaml\n(.*?)```", reference, re.S)
        assert len(blocks) > 10
        for block in blocks:
            if not block.startswith(("#", "- ")):
                parse_document(block, "docs/scenario.md")

    def test_every_path_in_the_file_has_a_section(self, reference: str) -> None:
        for key in (
            "sources",
            "assumptions",
            "horizon",
            "actors",
            "stakes",
            "discounting",
            "focus",
            "in_force",
            "stages",
            "moves",
            "observed",
        ):
            assert f"\n## `{key}`\n" in reference, key
