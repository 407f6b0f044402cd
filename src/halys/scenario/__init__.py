"""Scenario files: what they may say, how they are read and checked, and the ones that come with Halys."""

from halys.scenario.load import bundled_scenarios, bundled_text, check_document, load_scenario, template_text
from halys.scenario.scenario import History, PlacedMeasure, Scenario, all_measures, all_numbers, numbers
from halys.scenario.schema import SCHEMA_VERSION, ScenarioFile

__all__ = [
    "SCHEMA_VERSION",
    "History",
    "PlacedMeasure",
    "Scenario",
    "ScenarioFile",
    "all_measures",
    "all_numbers",
    "bundled_scenarios",
    "bundled_text",
    "check_document",
    "load_scenario",
    "numbers",
    "template_text",
]
