"""What a run says about its own limits: notes of the world, doubtful economies, numbers probably meant otherwise."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from commands import HEAD, SMALL, write
from commands import halys as command

import halys
from halys.report import render_who_pays


def test_the_note_of_the_world_stands_beside_every_result(world: halys.World, small: Path) -> None:
    assert "ten months of sanctions" in world.note
    assert world.note in " ".join(command("run", small).out.split())
    assert command("run", small, "--json").record["world_note"] == world.note
    assert halys.solve(world).data.attrs["note"] == world.note


def test_an_exposed_actor_under_one_closure_has_the_other_beside(small: Path) -> None:
    summary = command("run", small, "--json").record
    assert (summary["closures"], summary["exposed_actors"]) == (["fixed"], ["russia"])
    assert summary["horizons"]["closures"] == ["fixed", "balanced"]
    (russia,) = (row for row in summary["horizons"]["rows"] if row["who"] == "russia")
    for cell in russia["values"][0].values():
        assert 0.5 < cell["closures"]["balanced"]["percent"] / cell["percent"] < 1.5
    assert "% balanced" in command("run", small, "--force").out


def test_an_actor_of_poorly_recovered_economies_is_marked(empty_folder: Path) -> None:
    text = SMALL.replace("russia: {label: Russia, economies: RUS}", "estonia: {label: Estonia, economies: EST}")
    summary = command("run", write(empty_folder, text), "--json").record
    assert summary["histories"][0]["closures"]["fixed"]["actor"][0]["doubtful"] is True
    assert "Estonia†" in render_who_pays(summary, 200)
    assert "† more than a tenth of this actor" in render_who_pays(summary, 200)


def test_where_nothing_happens_nobody_is_named(empty_folder: Path) -> None:
    """What the tolerance of the solver leaves is not an effect."""
    summary = command("run", write(empty_folder, HEAD), "--json").record
    table = render_who_pays(summary, 200)
    row = next(line for line in table.splitlines() if line.startswith("in-force"))
    assert row.split()[1:] == ["0", "0", "0", "0", *["none", "0", "0"] * 3]


@pytest.mark.parametrize(
    ("number", "told"),
    [
        ("instrument: tariff, exporters: CHN, importers: EU27, rate: 25", "rate is 25, which is 2500 %"),
        ("instrument: tariff, exporters: CHN, importers: EU27, rate: {value: 2, unit: percent}", "unit 'percent'"),
        (
            "instrument: transfer, payers: CHN, recipients: RUS, amount: {value: 20, unit: million USD}",
            "20 is read as billion US dollars",
        ),
    ],
)
def test_numbers_that_were_probably_meant_otherwise(empty_folder: Path, number: str, told: str) -> None:
    text = HEAD + f"in_force:\n  m:\n    label: M\n    measures:\n      - {{{number}}}\n"
    file = write(empty_folder, text)
    assert told in command("check", file).out
    assert told in command("run", file).err


def test_elasticities_are_numbers_like_all_others(empty_folder: Path) -> None:
    """Plain, with a range and a source, for all industries or for some."""
    spoken = "horizon: {trade_elasticity: {value: 5, low: 3, high: 8, source: own}}\n"
    assert halys.load_scenario(write(empty_folder, SMALL + spoken)).horizon == halys.Horizon.long(5.0)
    by_industry = "horizon: {trade_elasticity: {C26: 4, C19: {value: 13.5, source: own}}}\n"
    file = write(empty_folder, SMALL + by_industry)
    assert halys.load_scenario(file).horizon == halys.Horizon.long({"C26": 4.0, "C19": 13.5})
    assert command("check", file, "--json").record["numbers_without_source"] == ["horizon.trade_elasticity.C26"]
    wrong = write(empty_folder, SMALL + "horizon: {trade_elasticity: {C26: -1}}\n")
    assert "must be greater than 0" in command("check", wrong).err


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (SMALL + "closures: [fixed, fixed]\n", "names one twice"),
        (
            SMALL.replace("value: 0.5", "value: 0.5, low: 0, high: 1, distribution: loguniform"),
            "needs low greater than 0",
        ),
        (
            SMALL + "stages: [{id: a, actor: russia}]\nmoves: {a: {b: {label: B, supersede: [a.b]}}}\n",
            "neither a programme in force nor a move of an earlier stage",
        ),
    ],
)
def test_refused(empty_folder: Path, text: str, told: str) -> None:
    answer = command("check", write(empty_folder, text))
    assert answer.code == 2
    assert told in answer.err


def test_shared_arrays_cannot_be_changed(world: halys.World) -> None:
    """A world is loaded once and shared: writing into it would corrupt every later result."""
    for name in ("flows", "purchases", "output", "income", "trade_share", "deficit"):
        with pytest.raises(ValueError, match="read-only"):
            getattr(world, name)[...] = 0.0


def test_names_may_be_any_collection(world: halys.World) -> None:
    listed = halys.Tariff(exporters=["CHN", "IND"], importers="EU27", rate=0.1)
    for names in (("CHN", "IND"), {"CHN": 1, "IND": 2}.keys(), np.array(["CHN", "IND"])):
        assert list(halys.Tariff(exporters=names, importers="EU27", rate=0.1).exporters) == listed.exporters


def test_short_representations(world: halys.World, small: Path) -> None:
    assert repr(world).startswith("<World icio-2022: 80 economies × 50 industries")
    assert "converged" in repr(halys.solve(world))
    assert len(repr(halys.run(small))) < 200


@pytest.mark.parametrize(
    ("measure", "told"),
    [
        ("{instrument: evasion, exporters: DEU, importers: RUS, hub: TUR, capacity: 0.1}", "a ban to get around"),
        (
            "{instrument: policing, hubs: TUR, exporters: DEU, importers: RUS, capacity_factor: 0.5}",
            "evasion to police",
        ),
        ("{instrument: economic_relief, exporters: CHN, importers: RUS, share: 0.5}", "a barrier to take down"),
        (
            "{instrument: dual_use_backfill, supporters: CHN, targets: RUS, share: 0.5, cost: 1.2}",
            "a ban to make up for",
        ),
    ],
)
def test_a_measure_that_only_changes_others_needs_them(empty_folder: Path, measure: str, told: str) -> None:
    alone = HEAD + f"in_force:\n  one: {{label: One, measures: [{measure}]}}\n"
    assert told in command("check", write(empty_folder, alone)).out
    barrier = "{instrument: ban, exporters: DEU, importers: RUS, coverage: 0.5}"
    evasion = "{instrument: evasion, exporters: DEU, importers: RUS, hub: KAZ, capacity: 0.1}"
    both = alone.replace("measures: [", f"measures: [{barrier}, {evasion}, ")
    assert "does nothing" not in command("check", write(empty_folder, both)).out
