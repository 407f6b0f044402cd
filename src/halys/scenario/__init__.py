"""Scenario files: what they may say, how they are read and checked, and the ones that come with Halys."""

from halys.scenario.load import bundled_scenarios, bundled_text, check_document, load_scenario, template_text
from halys.scenario.numbers import all_numbers, numbers, numbers_without_source
from halys.scenario.scenario import History, PlacedMeasure, Scenario, all_measures
from halys.scenario.schema import SCHEMA_VERSION, ScenarioFile
from halys.scenario.stakes import ExposureTerm, Stakes
from halys.scenario.unknowns import Unknown, list_unknowns

__all__ = [
    "SCHEMA_VERSION",
    "ExposureTerm",
    "History",
    "PlacedMeasure",
    "Scenario",
    "ScenarioFile",
    "Stakes",
    "Unknown",
    "all_measures",
    "all_numbers",
    "bundled_scenarios",
    "bundled_text",
    "check_document",
    "list_unknowns",
    "load_scenario",
    "numbers",
    "numbers_without_source",
    "template_text",
]
