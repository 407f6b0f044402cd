"""`halys elasticities`: every horizon and published set with its source, as text and as JSON."""

from __future__ import annotations

import json

import pytest
import typer
from typer.testing import CliRunner

from halys.cli.elasticities import elasticities
from halys.economy import load_elasticity_sets

app = typer.Typer()
app.command()(elasticities)


def run(*arguments: str):
    return CliRunner().invoke(app, list(arguments))


def test_the_list_names_every_set_and_source():
    shown = run().output
    joined = " ".join(shown.split())
    for name, one in load_elasticity_sets().items():
        assert f"{name}: " in shown
        assert " ".join(one.source.split()) in joined
    assert "among inputs (σm): 0.2, range 0.001 to 0.2" in shown
    assert "factors: specific" in shown


def test_one_set_with_its_industries():
    shown = run("caliendo-parro-2015").output
    assert "C19: 64.85 (Petroleum: " in shown
    assert "boehm" not in shown


def test_one_horizon():
    assert "short run" not in run("long").output
    assert "A01: 9.11" in run("long").output
    assert "A01" not in run("short").output


def test_json_holds_the_same():
    record = json.loads(run("--json").output)
    assert {one["name"] for one in record["trade_elasticities"]} == set(load_elasticity_sets())
    assert record["horizons"]["short"]["value_added_substitution"]["value"] == 0.5
    assert all(row["source"] for rows in record["horizons"].values() for row in rows.values())


@pytest.mark.parametrize("extra", [(), ("--json",)])
def test_a_name_that_is_not_there(extra):
    found = run("boem-2023", *extra)
    assert found.exit_code == 2
    assert "Nearest: 'boehm-2023'" in found.output
