"""Reference runs: their figures are pinned, verdicts follow from figures, tables fit, and the page is what is computed.

The runs themselves take seconds each and are marked slow. Pins of the long run are wide enough for another table of the
same year and narrow enough for a lost term: 2 % of the figure.
"""

from __future__ import annotations

import functools
import hashlib
import json
import pathlib
import re
from importlib import resources

import numpy as np
import pytest
import typer
from typer.testing import CliRunner

from halys.cli.validate import validate
from halys.economy import Horizon
from halys.errors import InputError, UnknownNameError
from halys.validation import RUNS, Figure, Published, Result, Row, compute_run, render
from halys.validation.germany import shares_of_2021
from halys.validation.grid import LONG, SHORT, Experiment, Path, Search, cut_off, find_number
from halys.validation.nafta import load_data
from halys.validation.page import write_page
from halys.validation.record import CONFIRMED, _entries, published, published_table
from halys.validation.shares import with_import_shares
from halys.validation.text import cite
from worlds import make_world

DATA = resources.files("halys.validation").joinpath("data")
PAGE = pathlib.Path(__file__).resolve().parents[2] / "docs" / "validation.md"
SINGLE = [key for key in _entries() if not key.startswith("nafta")]


def in_print(
    low: float, high: float | None = None, step: float = 0.1, at_least: bool = False, confirmed: str = "first-hand"
) -> Published:
    exact = at_least or high is not None
    return Published(
        key="key",
        what="what",
        low=low,
        high=low if high is None else high,
        step=step,
        source="Someone (2020)",
        confirmed=confirmed,
        at_least=at_least,
        tolerance=0.0 if exact else step / 2,
    )


def row(value: float, low: float, high: float, figure: Published | None, other: Figure | None = None) -> Row:
    figures = {LONG: Figure(value, low, high)} | ({SHORT: other} if other else {})
    return Row("a quantity", figures, figure, LONG)


# What is in print.


@pytest.mark.parametrize("key", SINGLE)
def test_every_published_figure_is_told_with_its_source(key):
    figure = published(key)
    assert figure.low <= figure.high
    assert figure.step > 0
    assert figure.confirmed in CONFIRMED
    assert figure.source
    assert not figure.source.endswith(".")
    assert "this project" not in figure.source + figure.note


def test_what_could_not_be_read_is_marked():
    assert published("russia-in-force").confirmed == "not confirmed"
    assert published("world-imf").confirmed == "secondary"


@pytest.mark.parametrize("key", SINGLE)
def test_a_tolerance_is_that_of_rounding_or_has_a_reason(key):
    figure = published(key)
    usual = 0.0 if figure.at_least or figure.low != figure.high else figure.step / 2
    if key in ("russia-export-bans", "russia-restrictions"):
        assert figure.tolerance > usual
    else:
        assert figure.tolerance == pytest.approx(usual)
    if figure.step >= 1 and figure.low == figure.high and not figure.at_least:
        assert figure.why
        assert f"Within {figure.tolerance:g} of {figure.text} counts as the same: {figure.why}." in cite([figure])


def test_nafta_with_deficits_is_that_of_the_replication():
    """The article's own figures with deficits were not read; the replication's tests were."""
    assert published_table("nafta-table-2", "deficits") == {}
    assert published_table("nafta-replication", "deficits")["welfare"][0].confirmed == "first-hand"
    for effect, figures in published_table("nafta-table-2", "zero deficits").items():
        for coarse, fine in zip(figures, published_table("nafta-replication", "zero deficits")[effect], strict=True):
            assert coarse.low == pytest.approx(fine.low, abs=coarse.tolerance)
            assert coarse.confirmed == "secondary"


@pytest.mark.parametrize(
    ("figure", "text"),
    [
        (in_print(-9.7), "-9.7"),
        (in_print(-1.9, -1.4), "-1.9 to -1.4"),
        (in_print(-15.0, step=1.0), "-15"),
        (in_print(-4.0, step=1.0, at_least=True), "beyond -4"),
        (in_print(1.1743, step=1e-4), "1.1743"),
        (in_print(-1.9, -1.4, confirmed="not confirmed"), "(-1.9 to -1.4)"),
    ],
)
def test_figures_keep_the_digits_in_print(figure, text):
    assert figure.text == text


# Verdicts.


@pytest.mark.parametrize(
    ("found", "verdict"),
    [
        (row(-0.84, -3.0, -0.5, in_print(-0.8)), "agrees"),
        (row(-0.86, -3.0, -0.5, in_print(-0.8)), "in our range"),
        (row(-0.74, -0.76, -0.5, in_print(-0.8)), "in our range"),
        (row(-0.5, -0.6, -0.4, in_print(-0.8)), "ours is smaller"),
        (row(-1.5, -1.6, -1.4, in_print(-0.8)), "ours is larger"),
        (row(-1.6, -2.0, -1.0, in_print(-1.9, -1.4)), "inside"),
        (row(-1.0, -1.2, -0.8, in_print(-1.9, -1.4)), "ours is smaller"),
        (row(-1.39, -1.39, -1.2, in_print(-1.9, -1.4)), "ours is smaller"),
        (row(-1.91, -1.95, -1.8, in_print(-1.9, -1.4)), "in our range"),
        (row(-1.6, -2.0, -1.0, in_print(-1.9, -1.4, confirmed="not confirmed")), "not confirmed"),
        (row(-4.0, -6.0, -3.0, in_print(-4.0, step=1.0, at_least=True)), "agrees"),
        (row(-3.9, -3.9, -3.0, in_print(-4.0, step=1.0, at_least=True)), "ours is smaller"),
        (row(-3.0, -6.0, -2.0, in_print(-4.0, step=1.0, at_least=True)), "in our range"),
        (row(-3.0, -3.2, -2.0, in_print(-4.0, step=1.0, at_least=True)), "ours is smaller"),
        (row(-0.5, -0.6, -0.4, in_print(-0.8), Figure(-2.0, -3.0, -0.8)), "only in the short run"),
        (row(0.5, 0.4, 0.6, in_print(-0.8)), "other sign"),
    ],
)
def test_verdicts_follow_from_the_figures(found, verdict):
    """Half of the last digit of a figure is rounding; ends of ranges and bounds are as printed."""
    assert found.verdict == verdict


def test_nothing_in_print_gives_the_remark():
    assert Row("a quantity", {}, None, LONG, remark="not in print").verdict == "not in print"


# Tables.


def example(ranges: bool = True) -> Result:
    low = -17.61 if ranges else -3.4
    figures = {LONG: Figure(-3.4, low, -3.4), SHORT: Figure(-9.2, -9.2, -9.2)}
    rows = (
        Row("Russia, all trade banned, deficits fixed", figures, in_print(-9.7), LONG),
        Row("a quantity with a very long name that has to be broken", figures, None, LONG, remark="not in print"),
    )
    return Result("name", "A title", ("What was done.",), (LONG, SHORT), rows, ("A reason. " * 20,))


@pytest.mark.parametrize("width", [40, 60, 71, 72, 80, 120])
def test_tables_fit_the_terminal(width):
    text = render(example(), width)
    assert max(len(line) for line in text.splitlines()) <= width
    for part in ("-3.40", "-17.61 to -3.40", "-9.20", "-9.7 [1]", "in our range", "not in print", "Someone (2020)."):
        assert part in " ".join(text.split())


def test_a_range_that_prints_as_one_figure_is_not_printed():
    assert "-3.40 to" not in render(example(ranges=False), 80)


# Numbers between.


def test_number_between_two_ends():
    """x² = 2."""
    assert find_number(lambda x: x * x, 2.0, 1.0, 2.0) == pytest.approx(2**0.5, abs=1e-3)
    assert find_number(lambda x: x * x, 5.0, 1.0, 2.0) is None


@pytest.mark.parametrize("closure", ["fixed", "balanced"])
def test_incomes_along_a_path_are_those_found_afresh(small_world, closure):
    """Where a solve starts, and what preconditions it, decides nothing beyond the tolerance."""
    one, other = small_world.economies[:2]
    path, experiment = Path(small_world, one), Experiment(cut_off(one, other, coverage=0.5), closure)
    for theta in (8.0, 2.0, 1.0):
        afresh = Path(small_world, one).income(experiment, Horizon.short(theta))
        assert path.income(experiment, Horizon.short(theta)) == pytest.approx(afresh, abs=1e-6)


def test_a_search_finds_the_elasticity_it_started_from(small_world):
    one, other = small_world.economies[:2]
    search = Search(small_world, Experiment(cut_off(one, other)), one, 1.0, 8.0)
    assert search.find(search.income(3.0)) == pytest.approx(3.0, abs=5e-3)
    assert search.find(100.0) is None


# Import shares of another year.


def test_shares_of_2021():
    """Crude 10.298 of 35.360 billion, gas 55 % of 30.808 billion; coal 1.492 of 4.050 billion."""
    shares = shares_of_2021()
    assert shares["B06"] == pytest.approx((10298 + 0.55 * 30808) / (35360 + 30808))
    assert shares["B05"] == pytest.approx(1492 / 4050)


def test_other_import_shares_keep_every_account(world):
    """Sales, purchases, value added and deficits stay, industry by industry; only who sells to whom changes."""
    other = with_import_shares(world, "RUS", "DEU", {"B06": 0.4})
    k, at, to = world.industries.index("B06"), world.economies.index("RUS"), world.economies.index("DEU")
    flows = other.flows[k]
    assert flows[at, to] / (flows[:, to].sum() - flows[to, to]) == pytest.approx(0.4, rel=1e-10)
    for axis in (1, 2):
        sums = other.flows.sum(axis=axis), world.flows.sum(axis=axis)
        np.testing.assert_allclose(*sums, rtol=1e-9, atol=1e-6)
    np.testing.assert_allclose(other.value_added, world.value_added, rtol=1e-9, atol=1e-4)
    np.testing.assert_allclose(other.deficit, world.deficit, rtol=0, atol=1e-4)
    np.testing.assert_array_equal(np.diag(flows), np.diag(world.flows[k]))
    assert (np.delete(other.flows, k, axis=0) == np.delete(world.flows, k, axis=0)).all()


def test_the_share_it_has_changes_nothing():
    small = make_world(seed=1, tariffs=False)
    economies, industry = small.economies, small.industries[0]
    flows = small.flows[0]
    share = float(flows[0, 1] / (flows[:, 1].sum() - flows[1, 1]))
    again = with_import_shares(small, economies[0], economies[1], {industry: share})
    np.testing.assert_allclose(again.flows, small.flows, rtol=1e-9)


def test_tariffs_are_refused(small_world):
    assert small_world.tariff is not None
    with pytest.raises(InputError, match="has tariffs"):
        with_import_shares(small_world, *small_world.economies[:2], {small_world.industries[0]: 0.1})


def test_more_than_the_supplier_sells_is_refused(world):
    with pytest.raises(InputError, match="more than it sells abroad"):
        with_import_shares(world, "ISL", "USA", {"B06": 0.9})


# The data of the NAFTA run.


def test_bundled_data_are_those_described():
    content = DATA.joinpath("cp2015_nafta.npz").read_bytes()
    source = DATA.joinpath("SOURCE.md").read_text(encoding="utf-8")
    assert hashlib.sha256(content).hexdigest() in source
    assert f"{len(content):,} bytes" in source
    assert "Copyright (c) 2021 cp2015 authors" in source
    assert {name: array.shape for name, array in load_data().items()} == {
        "regions": (31,),
        "sectors": (40,),
        "trade_value": (40, 31, 31),
        "tariff": (40, 31, 31),
        "tariff_cfl": (40, 31, 31),
        "intermediate": (40, 40, 31),
        "final": (31, 40),
        "value_added": (31, 40),
        "theta": (40,),
    }


def test_nafta_agrees_with_what_is_in_print(result_of):
    """Every figure; the six exact real incomes stand beside nothing."""
    result = result_of("nafta")
    verdicts = [r.verdict for r in result.rows]
    assert verdicts.count("agrees") == len(verdicts) - 6
    assert verdicts.count("not in print") == 6
    assert len({r.quantity for r in result.rows}) == 42


# The command.


@pytest.fixture(scope="module")
def command():
    app = typer.Typer()
    app.command()(validate)
    runner = CliRunner()
    return lambda *arguments: runner.invoke(app, list(arguments), env={"COLUMNS": "80"})


def test_command_lists_the_runs(command):
    said = command()
    assert said.exit_code == 0
    assert [line.split()[0] for line in said.stdout.splitlines()] == list(RUNS)
    assert [run["name"] for run in json.loads(command("--json").stdout)["runs"]] == list(RUNS)


def test_command_prints_a_run(command, result_of):
    said = command("nafta")
    assert said.exit_code == 0
    assert said.stdout == render(result_of("nafta"), 80) + "\n"


def test_command_prints_plain_data(command):
    (run,) = json.loads(command("nafta", "--json").stdout)["runs"]
    assert run["rows"][0]["published"]["low"] == -0.41
    assert run["rows"][0]["halys"]["Halys"]["value"] == pytest.approx(-0.41, abs=0.005)


def test_unknown_run(command):
    with pytest.raises(UnknownNameError, match="nafta"):
        compute_run("naftaa")
    assert command("naftaa").exit_code == 2
    assert command("nafta", "--all").exit_code == 2


# The runs, and the page that shows them.


@pytest.fixture(scope="module")
def result_of(world):
    """Each run is computed once."""
    return functools.cache(lambda name: compute_run(name, world))


@pytest.fixture(scope="module")
def results(result_of):
    return {name: result_of(name) for name in RUNS}


PINS = {  # run: quantity: long run, short run, per cent
    "russia-2022": {
        "Russia, all trade banned, deficits fixed": (-3.400, -20.26),
        "the same, deficits balanced": (-2.921, -15.14),
        "the coalition, deficits fixed": (-0.0803, -0.781),
        "Russia, 0.7 of goods banned, fixed": (-1.535, -6.96),
        "Russia, banned by the whole world, balanced": (-5.318, -32.86),
        "what China adds to that loss, % of it": (45.6, 67.0),
    },
    "germany-energy": {
        "Germany, the table of 2022 as it is": (-0.030, -0.683),
        "Germany, Russia's shares of 2021 in its coal, oil and gas": (-0.108, -1.896),
    },
    "eu-china": {"the EU, all trade banned": (-0.736, -3.56), "China, the same": (-0.624, -2.66)},
    "fragmentation": {
        "world, tariffs of 25 % on goods between the blocs": (-0.193, -0.108),
        "world, all trade between the blocs banned": (-0.944, -4.97),
        "world, the rest joins the West": (-1.442, -8.80),
        "Brazil, Russia, India and China, cut off by the West": (-2.402, -13.54),
        "Germany, the same": (-0.935, -5.76),
    },
}


@pytest.mark.slow
@pytest.mark.timeout(900)
@pytest.mark.parametrize("name", PINS)
def test_figures_of_the_runs(result_of, name):
    """Pinned to 2 %, or half of the last digit that is printed."""
    found: dict[str, Row] = {}
    for each in result_of(name).rows:
        found.setdefault(each.quantity, each)
    for quantity, pinned in PINS[name].items():
        mine = [found[quantity].figures[column].value for column in (LONG, SHORT)]
        np.testing.assert_allclose(mine, pinned, rtol=0.02, atol=0.005, err_msg=quantity)


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_ranges_hold_their_figures(results):
    for result in results.values():
        for each in result.rows:
            assert all(f.low <= f.value <= f.high for f in each.figures.values())


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_every_published_figure_stands_in_a_run(results):
    used = {each.published.key for result in results.values() for each in result.rows if each.published}
    assert used == set(_entries())


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_the_page_is_what_is_computed(results):
    """Words are equal, and numbers to a unit of their last printed digit, as rounding may fall otherwise elsewhere."""
    number = re.compile(r"\d+\.\d+|\d+")
    shown, computed = PAGE.read_text(encoding="utf-8"), write_page(results.values())
    words = ["".join(number.sub("#", text).replace("-", "").split()) for text in (shown, computed)]
    assert words[0] == words[1], "write it again: python -m halys.validation > docs/validation.md"
    for one, other in zip(number.findall(shown), number.findall(computed), strict=True):
        digits = len(one.partition(".")[2])
        assert float(one) == pytest.approx(float(other), abs=1.01 * 10.0**-digits)
