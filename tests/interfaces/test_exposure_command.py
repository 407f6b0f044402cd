"""`halys exposure`: what it prints agrees with the functions, fits the terminal, and refuses what it cannot read."""

from __future__ import annotations

import io
import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import typer
from typer.testing import CliRunner, Result

import halys
from halys.cli.exposure import exposure
from halys.economy import load_elasticity_sets
from halys.world.stored import save_world
from worlds import FIVE

app = typer.Typer()
app.command()(exposure)


def ask(*args: str) -> Result:
    return CliRunner().invoke(app, list(args), catch_exceptions=False)


@pytest.fixture(scope="module")
def record() -> dict[str, object]:
    return json.loads(ask("RUS", "--coalition", "coalition_2022", "--json").stdout)


def test_json_holds_what_the_functions_say(world: halys.World, record: dict[str, object]) -> None:
    rows = pd.DataFrame(record["industries"]).set_index("industry")
    expected = halys.exposure(world, "RUS", "coalition_2022").to_dataframe()
    for name in ("inputs_face_value", "inputs_look_through", "imports", "purchase_share", "replacement_cost"):
        np.testing.assert_array_equal(rows.loc[expected.index, name].astype(float), expected[name])
    losses = halys.criticality(world, "RUS", "coalition_2022").set_index("industry")
    np.testing.assert_allclose(rows.loc[losses.index, "real_income_percent"], losses["real_income_percent"], rtol=1e-6)
    spent = expected["input_spending"]
    assert record["inputs_face_value"] == pytest.approx((expected["inputs_face_value"] * spent).sum() / spent.sum())
    assert record["imports"] == pytest.approx(expected["imports"].sum())
    assert len(record["supplier_codes"]) == len(world.positions("coalition_2022"))
    assert record["inputs_look_through"] > record["inputs_face_value"]


@pytest.mark.parametrize("columns", [80, 100, 160])
def test_text_fits_the_terminal(columns: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", str(columns))
    told = ask("RUS", "--coalition", "coalition_2022", "--coalition", "CHN").stdout
    assert max(map(len, told.splitlines())) <= columns
    assert "exposure to coalition_2022, CHN, 40 economies" in " ".join(told.split())
    assert "C28" in told
    assert "The baseline is the year 2022" in told


def test_answers_the_question_in_its_first_lines(record: dict[str, object]) -> None:
    told = ask("RUS", "--coalition", "coalition_2022", "--no-solve").stdout
    share = 100 * float(record["inputs_face_value"])  # type: ignore[arg-type]
    assert f"{share:.1f} % are sold by them" in told
    assert "lost %" not in told


def test_doubtful_economies_are_marked(world: halys.World) -> None:
    assert "recovers final demand poorly" in " ".join(ask(world.doubtful[0], "--no-solve").stdout.split())
    assert "poorly" not in ask("DEU", "--no-solve").stdout


def test_csv_and_selection() -> None:
    frame = pd.read_csv(io.StringIO(ask("DEU", "--industry", "high_tech", "--format", "csv", "--no-solve").stdout))
    assert set(frame["industry"]) == set(halys.load_world().select("high_tech", "industry"))
    assert len(ask("DEU", "--all", "--no-solve").stdout.splitlines()) > 90


def test_horizon() -> None:
    """In the short run the same imports are missed more."""
    args = ("RUS", "--coalition", "coalition_2022", "--industry", "C28", "--json")
    long, short = (json.loads(ask(*args, "--horizon", name).stdout) for name in ("long", "short"))
    assert short["industries"][0]["real_income_percent"] < long["industries"][0]["real_income_percent"] < 0
    assert short["horizon"].startswith("short run")


@pytest.mark.parametrize("name", [*load_elasticity_sets(), "4", "2.5"])
def test_published_sets_and_numbers(name: str) -> None:
    """Trade elasticities of the long run, by the name that `halys elasticities` lists or as one number."""
    args = ("RUS", "--coalition", "CHN", "--industry", "C28", "--no-solve", "--format", "csv")
    horizon = halys.Horizon.long(name if name in load_elasticity_sets() else float(name))
    expected = halys.exposure(halys.load_world(), "RUS", "CHN", horizon=horizon)["replacement_cost"].sel(industry="C28")
    found = pd.read_csv(io.StringIO(ask(*args, "--horizon", name).stdout))["replacement_cost"]
    assert found.item() == pytest.approx(float(expected), rel=1e-9)


@pytest.mark.parametrize(
    ("name", "told"),
    [
        (
            "boehm-2032",
            "a number such as 4 for the trade elasticity of every industry, or the path of a YAML file of "
            "elasticities. Nearest: 'boehm-2023'",
        ),
        ("0", "trade_elasticity is 0.0; it must be greater than 0"),
        ("nan", "trade_elasticity is nan"),
        ("4.x", "4.x cannot be read as a file of elasticities"),
    ],
)
def test_what_is_no_horizon(name: str, told: str) -> None:
    refused = ask("RUS", "--horizon", name)
    assert refused.exit_code == 2
    assert told in " ".join(refused.stderr.split())


def test_a_world_of_ones_own(small_world: halys.World, tmp_path: Path) -> None:
    """From a file; where the table of elasticities does not know its industries, a horizon brings them."""
    path, horizon = save_world(small_world, tmp_path / "mine.npz"), tmp_path / "mine.yaml"
    horizon.write_text("name: mine\ntrade_elasticity: 5.0\n", encoding="utf-8")
    told = json.loads(ask("DDD", "--in", str(path), "--horizon", str(horizon), "--json").stdout)
    expected = halys.exposure(small_world, "DDD", "all", horizon=FIVE).to_dataframe()
    rows = pd.DataFrame(told["industries"]).set_index("industry")
    np.testing.assert_allclose(rows["replacement_cost"], expected["replacement_cost"], rtol=1e-12)
    assert told["world"] == "small-1"
    refused = ask("DDD", "--in", str(path))
    assert refused.exit_code == 2
    told = " ".join(refused.stderr.split())
    assert "no trade elasticity is known for farms, factories, services. Give one with --horizon FILE" in told
    assert "Horizon.long" not in told
    by_industry = ask("DDD", "--in", str(path), "--horizon", "caliendo-parro-2015")  # which knows none of them
    assert "Give one with --horizon FILE" in " ".join(by_industry.stderr.split())
    assert ask("DDD", "--in", str(path), "--horizon", "boehm-2023", "--no-solve").exit_code == 0
    horizon.write_text("trade_elasticity: {farms: 5.0}\n", encoding="utf-8")
    refused = ask("DDD", "--in", str(path), "--horizon", str(horizon))
    assert "no trade elasticity is known for factories, services. Give one" in " ".join(refused.stderr.split())
    assert ask("DDD", "--in", str(path), "--horizon", "short", "--no-solve").exit_code == 0


def test_exposure_is_found_once(monkeypatch: pytest.MonkeyPatch) -> None:
    calls = []
    found = halys.critical.exposure
    monkeypatch.setattr("halys.critical.exposure", lambda *args, **kw: calls.append(args) or found(*args, **kw))
    assert ask("RUS", "--coalition", "CHN", "--industry", "C28").exit_code == 0
    assert len(calls) == 1


def test_where_nothing_is_bought(tmp_path: Path) -> None:
    """No inputs, no product of the suppliers, no trade at all: nothing is a share of nothing."""
    flows = np.full((2, 3, 3), 2.0)
    flows[:, range(3), range(3)] = 10.0
    flows[0, 2, 0] = 0.0  # CCC sells no farm products to AAA
    flows[:, 1, [0, 2]] = flows[:, [0, 2], 1] = 0.0  # BBB does not trade
    value_added = flows.sum(axis=2).T
    codes = (("AAA", "BBB", "CCC"), ("farms", "factories"))
    world = halys.World.from_arrays(*codes, flows, np.zeros((2, 2, 3)), value_added)
    path = str(save_world(world, tmp_path / "w.npz"))
    for economy, args in (("AAA", ("--coalition", "CCC", "--industry", "farms")), ("BBB", ())):
        told = json.loads(ask(economy, "--in", path, "--horizon", "short", "--json", *args).stdout)
        assert told["inputs_face_value"] is None
        assert told["value_added_share"] == 0.0
        assert {row["imports"] for row in told["industries"]} == {0.0}
        assert (told["import_partner_concentration"] is None) == (economy == "BBB")
        text = ask(economy, "--in", path, "--horizon", "short", *args).stdout
        assert "Of the inputs of its industries - % are sold" in " ".join(text.split())


@pytest.mark.parametrize(
    ("args", "told"),
    [
        (("EU27",), "'EU27' is a group"),
        (("RUSS",), "'RUS'"),
        (("RUS", "--coalition", "coalition"), "'coalition_2022'"),
        (("RUS", "--coalition", "RUS"), "only supplier named"),
        (("RUS", "--industry", "tanks"), "'tanks' is not an industry"),
        (("RUS", "--format", "xlsx"), "text, csv or json"),
        (("RUS", "--horizon", "medium"), "Write long, short, a published set (caliendo-parro-2015, "),
        (("RUS", "--horizon", "none.yaml"), "none.yaml cannot be read"),
    ],
)
def test_refused(args: tuple[str, ...], told: str) -> None:
    answer = ask(*args)
    assert answer.exit_code == 2
    assert told in answer.stderr
    assert answer.stdout == ""
