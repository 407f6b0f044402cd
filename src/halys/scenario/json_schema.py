"""The schema of scenario files as JSON Schema, for editors that complete and check YAML while it is written.

It says less than the loader, which also checks names, ranges and what needs the world. The copy in
`docs/scenario.schema.json` is written by `python -m halys.scenario.json_schema > docs/scenario.schema.json`.
"""

from __future__ import annotations

import json
import re
import sys
from typing import Any, Final

from halys.measures import INSTRUMENTS
from halys.scenario.schema import ID_PATTERN, LONGEST_ID, SCHEMA_VERSION, ScenarioFile

_NAMED: Final = {"$ref": "#/$defs/AssumptionName"}


def json_schema() -> dict[str, Any]:
    """JSON Schema (draft 2020-12) of a scenario file."""
    found: dict[str, Any] = _plain(ScenarioFile.model_json_schema())
    definitions = found.pop("$defs")
    for name in ("Quantity", "StakeRange", "Assumption"):
        del definitions[name]["properties"]["assumption"]
    del definitions["StakeRange"]["properties"]["value"]["default"]
    stake = definitions["Stake"]["properties"]
    stake["percent_of_income"] = {"anyOf": [{"$ref": "#/$defs/StakeRange"}, _NAMED]}
    definitions["Case"]["anyOf"] = [{"required": ["measures"]}, {"required": ["exposures"]}]
    for name in ("Move", "Case"):
        (number,) = definitions[name]["properties"]["exposures"]["patternProperties"].values()
        number["anyOf"][0] = {"enum": [-1, 0, 1]}
    for cls in INSTRUMENTS.values():
        definitions[cls.__name__]["required"].insert(0, "instrument")
    definitions["AssumptionName"] = {
        "description": "The id of an assumption, whose number stands here.",
        "type": "string",
        "pattern": f"^{ID_PATTERN}$",
        "maxLength": LONGEST_ID,
    }
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": f"urn:halys:scenario:{SCHEMA_VERSION}",
        "title": "Halys scenario",
        **found,
        "$defs": dict(sorted(definitions.items())),
    }


def _plain(part: Any) -> Any:
    """Pydantic's schema without titles and keywords of OpenAPI; a number may be the name of an assumption."""
    if isinstance(part, list):
        return [_plain(entry) for entry in part]
    if not isinstance(part, dict):
        return part
    found: dict[str, Any] = {}
    for key, value in part.items():
        if key == "discriminator" or (key == "title" and isinstance(value, str)):
            continue
        if key == "description" and isinstance(value, str):
            found[key] = re.sub(r"(?<!\n)\n(?!\n)", " ", value)
        else:
            found["anyOf" if key == "oneOf" else key] = _plain(value)
    if {"$ref": "#/$defs/Quantity"} in found.get("anyOf", []):
        found["anyOf"].append(_NAMED)
    if "patternProperties" in found:
        found["additionalProperties"] = False
    return found


def schema_text() -> str:
    """The schema as it is committed."""
    return json.dumps(json_schema(), indent=2, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    sys.stdout.write(schema_text())
