"""The campaign of a scenario, solved: against its own parts, hand arithmetic, and the ways it is shown."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from small import TEXT, scenario

import halys
from halys.campaigns import CampaignRecord, run_campaign
from halys.campaigns.describe import cumulated, window_closes
from halys.campaigns.setup import Setup
from halys.futures.campaign import simulate_paths, solve_campaign
from halys.report.campaign_view import render_campaign
from halys.report.charts.campaign import chart_fan, chart_held, chart_window
from halys.report.charts.format import share


@pytest.fixture(scope="module")
def found() -> CampaignRecord:
    return run_campaign(scenario(), 4000, cache=False)


def test_real_income_is_that_of_the_equilibria(found: CampaignRecord) -> None:
    """Each combination solved by itself, in the short and in the long run, from its instruments."""
    setup = Setup(found.scenario)
    world = found.scenario.world
    for horizon, table in zip(setup.horizons, (found.campaign.short, found.campaign.long), strict=True):
        for history, at in zip(setup.histories, np.ndindex(2, 2), strict=True):
            alone = halys.solve(world, history.instruments, horizon=horizon)
            change = np.array(alone.equivalent_variation)
            for n, code in enumerate(("RUS", "CHN", "USA")):
                place = world.positions([code])[0]
                percent = 100 * change[place] / np.array(alone.income_baseline)[place]
                assert table[(*at, 3 + n)] == pytest.approx(percent, abs=1e-6)


def test_futures_share_out_the_paths(found: CampaignRecord) -> None:
    data = found.data
    assert [f["id"] for f in data["futures"]] == ["answered", "quiet", "kept", "rest"]
    assert sum(f["share"] for f in data["futures"]) == pytest.approx(1)
    for policy in ("answer", "never"):
        assert sum(f["under"][policy]["share"] for f in data["futures"]) == pytest.approx(1)
    levels = found.free.paths.levels(found.campaign)
    kept = (levels[..., 0] == 0).all(axis=1)
    assert {f["id"]: f["share"] for f in data["futures"]}["kept"] == kept.mean()
    long = ((levels[..., 0] == 1) & (levels[..., 1] == 1)).sum(axis=1) >= 3
    assert {f["id"]: f["share"] for f in data["futures"]}["answered"] == long.mean()
    p = kept.mean()
    assert data["futures"][2]["standard_error"] == pytest.approx(np.sqrt(p * (1 - p) / 4000))


def test_windows_agree_with_paths(found: CampaignRecord) -> None:
    """Free play from the first quarter on keeps the line as often as its paths do, within four errors."""
    (line,) = found.data["lines"]
    windows = {w["id"]: w for w in line["windows"]}
    crossed = line["ever"]["share"]
    assert abs(windows["free"]["kept"][0] - (1 - crossed)) < 4 * line["ever"]["standard_error"] + 1e-6
    assert line["crossed"] == sorted(line["crossed"])
    policies = Setup(found.scenario).policies()
    for name, paths in found.committed.items():
        for quarter in (0, 3):  # free play until then, and the policy from then on
            play = solve_campaign(found.campaign, [policies[name]])
            mixed = replace(play, choices=(*found.free.play.choices[:quarter], *play.choices[quarter:]))
            made = simulate_paths(mixed, 4000, seed=77)
            p, share_kept = windows[name]["kept"][quarter], float((made.crossed[:, -1] == 0).mean())
            assert abs(p - share_kept) < 4 * np.sqrt(p * (1 - p) / 4000) + 4 * windows[name]["standard_error"][quarter]
        assert paths.crossed.shape == (4000, 8)


def test_the_quarter_in_which_a_window_closes() -> None:
    names = ["a", "b", "c"]
    assert window_closes(np.array([[0.9, 0.4, 0.2], [0.3, 0.6, 0.1]]), names) == "c"
    assert window_closes(np.array([[0.4, 0.4, 0.5]]), names) is None
    assert window_closes(np.array([[0.4, 0.4, 0.3]]), names) == "a"


def test_what_is_lost_is_what_is_held(found: CampaignRecord) -> None:
    """A path's cumulated change, added up by hand from levels and ages."""
    campaign, paths = found.campaign, found.free.paths
    levels, none = paths.levels(campaign), campaign.long[0, 0, 3:]
    for path in np.flatnonzero(levels.sum(axis=(1, 2)) > 4)[:3]:
        total = np.zeros(3)
        ages = [-1, -1]
        for quarter in range(8):
            held = levels[path, quarter]
            for k in range(2):
                same = quarter > 0 and held[k] == levels[path, quarter - 1, k]
                ages[k] = ages[k] + 1 if same else 0
            order = sorted(range(2), key=lambda k: -ages[k] if held[k] else 0)
            now, value = [0, 0], none.copy()
            for k in order:
                before = tuple(now)
                now[k] = held[k]
                w = 1 - 0.5 ** (ages[k] / 6) if held[k] else 0.0
                for weight, table in ((1 - w, campaign.short), (w, campaign.long)):
                    value += weight * (table[tuple(now)][3:] - table[before][3:])
            total += (value - none) / 4
        made = cumulated(Setup(found.scenario), found.free.play, paths)[path, -1]
        np.testing.assert_allclose(made, total, atol=1e-10)


def test_waiting_is_worth_nothing_or_more(found: CampaignRecord) -> None:
    waiting = found.data["waiting"]
    assert waiting["value"] >= 0
    assert waiting["free"] >= max(waiting["now"], waiting["never"]) - 1e-12


def test_it_is_shown(found: CampaignRecord) -> None:
    text = render_campaign(found.data, 100)
    for words in ("Two years", "Help and an answer", "None of these", "2024-Q2", "being able to wait", "Lost"):
        assert words in text
    assert max(map(len, text.splitlines())) <= 120
    json.dumps(found.data, allow_nan=False)
    table = found.quarters
    assert set(table["quarter"]) == set(found.data["quarters"])
    row = table[(table.quantity == "line of china crossed") & (table.quarter == "2024-Q2")]
    assert row.value.item() == found.data["lines"][0]["crossed"][-1]
    for chart in (chart_fan(found.data, "china"), chart_window(found.data), chart_held(found.data, "usa")):
        assert len(chart.to_json()) > 1000
    with pytest.raises(halys.errors.InputError, match=r"'chine' is no actor.*china"):
        chart_fan(found.data, "chine")


def test_where_all_paths_agree_the_error_is_a_bound() -> None:
    assert share({"share": 0.0, "standard_error": 0.0, "paths": 10_000}) == "under 0.03 %"
    assert share({"share": 1.0, "standard_error": 0.0, "paths": 10_000}) == "over 99.97 %"
    assert share({"share": 0.25, "standard_error": 0.005, "paths": 10_000}) == "25 % (± 0.5)"


def test_the_same_again_and_with_another_seed(found: CampaignRecord) -> None:
    again = run_campaign(scenario(), 4000, cache=False)
    assert again.data == found.data
    other = run_campaign(scenario(), 4000, cache=False, seed=2)
    assert other.data["futures"] != found.data["futures"]
    assert other.data["policies"][0]["gain"] == found.data["policies"][0]["gain"]


def test_without_momentum_lines_and_policies() -> None:
    """Only what must be there."""
    head, tail = TEXT.split("campaign:\n")
    assert "tracks:" in tail
    bare = """campaign:
  label: Bare
  begins: 2022-Q3
  quarters: 2
  discount: {value: 0.95, low: 0.9, high: 0.98, source: own}
  half_life: {value: 6, low: 3, high: 12, source: own}
  precision: {value: 10, low: 5, high: 40, source: own}
  tracks: {china: {levels: [none, help]}}
"""
    data = run_campaign(scenario(head + bare), 100, cache=False).data
    assert (data["futures"], data["lines"], data["waiting"], data["band"]) == ([], [], None, None)
    assert "Bare" in render_campaign(data, 100)


def test_a_full_run_has_it_in_its_report(tmp_path: Path) -> None:
    run = halys.run(scenario(), out=tmp_path / "run", full=True, cache=False)
    assert run.answer is not None
    assert run.answer["campaign"]["futures"]
    page = (tmp_path / "run" / "report.html").read_text(encoding="utf-8")
    assert '<section id="campaign">' in page
    for figure in ("window-0", "held-china", "held-usa", "fan-china"):
        assert f'id="figure-{figure}"' in page
    assert "campaign" not in (halys.run(scenario(), cache=False).answer or {})
    json.dumps(run.summary, allow_nan=False)
