"""Charts: whole Altair charts that stand alone, say their units, and draw."""

import json

import numpy as np
import pytest
import vl_convert
import xarray as xr

import halys
from halys.errors import InputError
from halys.report import charts
from halys.report.charts.format import change, exact, plain, signed
from halys.report.charts.theme import _PALETTE, actor_colours, ink_on, move_colours
from halys.report.charts.who_pays import who_pays_spec
from halys.report.charts.world_map import class_borders, class_names, world_map_spec
from halys.report.shapes import area_names

HISTORIES = {"china=arms/usa=broad/europe=joins": "Arms, and everything follows"}


def draw_all(made):
    return {
        "ladder": charts.chart_ladder(made.game, made.answer),
        "lines": charts.chart_lines(made.game, made.answer),
        "deterrence": charts.chart_deterrence(made.game, made.answer),
        "map": charts.chart_world_map(made.results, HISTORIES),
        "map of one": charts.chart_world_map(made.results, HISTORIES, only="china=political"),
        "payers": charts.chart_who_pays(made.game, made.answer),
        "tree": charts.chart_tree(made.game, made.answer),
        "decisions": charts.chart_decision_map(made.game, made.answer),
    }


@pytest.mark.parametrize("name", ["ladder", "lines", "deterrence", "map", "map of one", "payers", "tree", "decisions"])
def test_charts_are_valid_vega_lite_and_draw_as_svg_and_png(made, name):
    chart = draw_all(made)[name]
    spec = chart.to_dict()  # validates against the schema
    json.dumps(spec, allow_nan=False)
    assert spec["title"]["text"]
    assert "%" in " ".join(spec["title"]["subtitle"])
    svg = vl_convert.vegalite_to_svg(spec)
    assert svg.startswith("<svg")
    assert "NaN" not in svg
    assert vl_convert.svg_to_png(svg, scale=0.5).startswith(b"\x89PNG")


def test_the_ladder_says_what_each_rung_costs_and_where_the_line_is(made):
    svg = vl_convert.vegalite_to_svg(charts.chart_ladder(made.game, made.answer).to_dict())
    for rung in made.answer["ladder"]:
        assert rung["label"] in svg
        assert change(rung["percent"], rung["billion"]) in svg
    assert "the line" in svg
    assert "(played)" in svg


def test_lines_show_every_change_within_the_range(made):
    svg = vl_convert.vegalite_to_svg(charts.chart_lines(made.game, made.answer).to_dict())
    for line in made.answer["lines"]:
        flips = [b["at"] for b in line["breaks"] if b["flips"]]
        assert all(f"{plain(at)} %" in svg for at in flips)


def test_the_map_draws_every_economy_once_and_hatches_the_rest(made):
    spec = world_map_spec(made.results, HISTORIES)
    without, hatched, drawn, dots = spec["layer"]
    (listed,) = (t["filter"]["oneOf"] for t in drawn["transform"] if "filter" in t)
    economies = set(made.results["economy"].values.tolist())
    assert set(listed) == economies
    assert set(without["transform"][0]["filter"]["oneOf"]) == set(area_names()) - economies
    assert hatched["transform"] == [without["transform"][0]]
    assert {d["name"] for d in dots["data"]["values"]} >= {"Singapore", "Malta", "Hong Kong, China", "Luxembourg"}


def test_the_map_holds_the_numbers_of_every_equilibrium(made):
    spec = world_map_spec(made.results, HISTORIES)
    values = spec["layer"][2]["transform"][1]["from"]["data"]["values"]
    russia = next(v for v in values if v["code"] == "RUS")
    first = made.results.isel(closure=0)
    wanted = 100 * (first["equivalent_variation"] / first["final_spending_baseline"]).sel(economy="RUS").values
    np.testing.assert_allclose(russia["p"], wanted, rtol=1e-3)
    assert russia["name"] == halys.load_world().name_of("RUS")
    options = spec["params"][4]["bind"]
    assert len(options["labels"]) == made.results.sizes["equilibrium"] == len(options["options"])


def test_the_map_leaves_out_what_has_no_equilibrium(made):
    results = made.results.copy(deep=True)
    results["equivalent_variation"][0, 3] = np.nan
    results["largest_residual"][0, 3] = np.nan
    spec = world_map_spec(results, {})
    assert len(spec["params"][4]["bind"]["options"]) == results.sizes["equilibrium"] - 1
    lost = str(results["equilibrium"].values[3])
    with pytest.raises(InputError, match="no equilibrium"):
        charts.chart_world_map(results, {}, only=lost)


def test_classes_are_symmetric_with_nothing_in_the_middle():
    borders = class_borders(np.array([-4.2, -0.3, 0.001, 0.2]))
    assert borders == sorted(borders)
    np.testing.assert_allclose(borders, [-b for b in borders[::-1]])
    assert len(class_names(borders)) == len(borders) + 1 == 9
    assert class_borders(np.zeros(3))


def test_actors_keep_their_colours():
    few, many = actor_colours(["china", "usa"]), actor_colours(["usa", "iran", "china", "atlantis"])
    assert few["china"] == many["china"]
    assert few["usa"] == many["usa"]
    assert len(set(many.values())) == 4
    assert set(actor_colours([f"a{n}" for n in range(20)]).values()) <= set(_PALETTE)


def test_moves_below_and_beyond_the_line_have_colours_of_their_own():
    colours = move_colours([("a", False), ("b", False), ("c", True), ("d", True)])
    assert len(set(colours.values())) == 4
    assert ink_on("#0d4a73") == "#ffffff"
    assert ink_on("#f9cf9c") == "#10151b"


def test_numbers_have_as_many_digits_as_say_something():
    assert [signed(v) for v in (-157.4, -13.24, -1.64, 0.0018, 2e-4, 0.0)] == [
        "−157",
        "−13.2",
        "−1.64",
        "+0.002",
        "≈0",
        "0",
    ]
    assert [plain(v) for v in (3.0, 0.4, 0.0613, 1292.3, float("nan"))] == ["3", "0.4", "0.061", "1,292", "–"]
    assert exact(1.0375) == "1.0375"


@pytest.mark.parametrize("many", [1, 2, 3])
def test_bars_cope_with_one_to_three_histories_and_with_everyone_else(made, many):
    payers = made.answer["who_pays"]
    roles = ("played", "crossed", "threat")[:many]
    payers["histories"] = [{"history": f"h{n}", "role": role, "title": "same"} for n, role in enumerate(roles)]
    value = {"percent": -0.2, "billion": -3.0}
    payers["rows"] = [row | {"values": [value] * many} for row in payers["rows"]]
    payers["rows"].append({"kind": "rest", "who": "rest", "label": "Everyone else", "values": [value] * many})
    payers["unranked"] = [{"kind": "unranked", "who": "CYP", "label": "Cyprus", "values": [value] * many}]
    spec = who_pays_spec(made.game, made.answer)
    svg = vl_convert.vegalite_to_svg(spec)
    assert all(name in svg for name in ("Everyone else", "Cyprus"))
    titles = {bar["history"] for bar in spec["data"]["values"]}
    assert len(titles) == many
    assert all(f"({n + 1})" in title for n, title in enumerate(sorted(titles))) == (many > 1)


def test_a_stake_without_sets_is_refused(made):
    with pytest.raises(InputError, match="nothing-of-the-kind"):
        charts.chart_deterrence(made.game, made.answer, "nothing-of-the-kind")


def test_a_map_with_too_many_parts_is_drawn_from_its_raster(made):
    moves = [rung["move"] for rung in made.answer["ladder"]]
    raster = np.zeros((400, 400), dtype=np.int16)
    raster[:, 200:] = 4
    places = {"map_y": np.linspace(0, 0.4, 400), "map_x": np.linspace(0, 3, 400)}
    array = xr.DataArray(raster, places, ("map_y", "map_x"), attrs={"moves": moves})
    answer = {**made.answer, "map": {**made.answer["map"], "polygons": [], "exact": False}}
    spec = charts.chart_decision_map(made.game.assign(map_history=array), answer).to_dict()
    corners = spec["layer"][0]["data"]["values"]
    assert len(corners) == 4 * 2 * 99
    assert {c["label"] for c in corners} == {made.answer["ladder"][0]["label"], made.answer["ladder"][4]["label"]}
