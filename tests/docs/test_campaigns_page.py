"""The page on campaigns: every key of the section, an example that loads, and commands that exist."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import yaml
from pydantic import BaseModel

from halys.scenario import campaign_schema, load_scenario

PAGE = (Path(__file__).resolve().parents[2] / "docs" / "campaigns.md").read_text(encoding="utf-8")
MODELS = [
    campaign_schema.CampaignSpec, campaign_schema.TrackSpec, campaign_schema.MomentumSpec, campaign_schema.ShiftSpec,
    campaign_schema.RestCase, campaign_schema.ClosedSpec, campaign_schema.StateCase, campaign_schema.ErosionSpec,
    campaign_schema.PolicySpec, campaign_schema.PolicyRule, campaign_schema.FutureSpec, campaign_schema.Spell,
]  # fmt: skip


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.__name__)
def test_every_key_is_documented(model: type[BaseModel]) -> None:
    for key in model.model_fields:
        assert f"`{key}`" in PAGE, key


def test_the_example_fits_the_schema() -> None:
    (example,) = re.findall(r"```yaml\n(.*?)```", PAGE, re.S)
    spec = campaign_schema.CampaignSpec.model_validate(yaml.safe_load(example)["campaign"])
    assert list(spec.tracks) == ["china", "usa"]


@pytest.mark.parametrize("name", ["rome-2022", "beijing-2024"])
def test_what_a_campaign_must_hold(name: str) -> None:
    """Support, a reply and partners on tracks; a war; a line; what the notes of the file promise."""
    spec = load_scenario(name).file.campaign
    assert spec is not None
    assert {"china", "usa", "europe"} <= set(spec.tracks)
    assert spec.momentum is not None
    assert spec.erosion
    assert spec.futures
    assert {policy.track for policy in spec.policies.values()} == {"usa"}
    assert any(track.crosses for track in spec.tracks.values())
